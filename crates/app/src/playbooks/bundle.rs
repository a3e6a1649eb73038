//! A playbook with its tests as one document: `playbook.yaml` and `tests/…` by path, as they lie in a folder.

use std::collections::BTreeMap;

use updraft_model::PlaybookText;

use super::is_test_name;
use crate::{Error, error::Result};

/// The path of the text.
pub(crate) const TEXT_PATH: &str = "playbook.yaml";
/// The folder of the tests.
pub(crate) const TESTS_PATH: &str = "tests/";

/// Paths and texts of a playbook's folder.
pub fn files_of(bundle: &PlaybookText) -> BTreeMap<String, String> {
    let tests = bundle.tests.iter();
    let tests = tests.map(|(name, text)| (format!("{TESTS_PATH}{name}"), text.clone()));
    tests
        .chain([(TEXT_PATH.to_owned(), bundle.text.clone())])
        .collect()
}

/// Reads a folder's paths and texts.
///
/// # Errors
/// [`Error::Invalid`] when the text is missing, or for a path that has no place in it.
pub fn of_files(files: BTreeMap<String, String>) -> Result<PlaybookText> {
    let mut bundle = PlaybookText::default();
    let mut has_text = false;
    for (path, text) in files {
        if path == TEXT_PATH {
            bundle.text = text;
            has_text = true;
            continue;
        }
        match path
            .strip_prefix(TESTS_PATH)
            .filter(|name| is_test_name(name))
        {
            Some(name) => bundle.tests.insert(name.to_owned(), text),
            None => {
                return Err(Error::invalid(
                    "playbook.bundle",
                    format!("`{}` has no place in a playbook", path.escape_debug()),
                    "a bundle holds `playbook.yaml` and `tests/NAME.yaml`",
                ));
            }
        };
    }
    match has_text {
        true => Ok(bundle),
        false => Err(Error::invalid(
            "playbook.bundle",
            "the bundle has no `playbook.yaml`",
            "a bundle is {\"playbook.yaml\": \"…\", \"tests/NAME.yaml\": \"…\"}",
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bundle_comes_back_as_it_was() {
        let bundle = PlaybookText {
            text: "id: a\n".into(),
            tests: [("one.yaml".to_owned(), "[]".to_owned())].into(),
        };
        assert_eq!(of_files(files_of(&bundle)).unwrap(), bundle);
    }

    #[test]
    fn a_path_out_of_the_folder_is_refused() {
        for path in [
            "../x.yaml",
            "tests/../x.yaml",
            "tests/a/b.yaml",
            "tests/.yaml",
            "readme.md",
        ] {
            let files = [
                (path.to_owned(), String::new()),
                (TEXT_PATH.to_owned(), String::new()),
            ];
            assert!(of_files(files.into()).is_err(), "{path}");
        }
        assert!(of_files(BTreeMap::new()).is_err());
    }
}
