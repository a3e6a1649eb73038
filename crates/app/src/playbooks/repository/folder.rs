//! The playbooks of a commit: `playbooks/<id>/playbook.yaml` and `playbooks/<id>/tests/<name>.yaml`.
//!
//! What cannot be taken (a link, a strange name, a file that is too large) stands against its own playbook only.

use std::collections::BTreeMap;

use updraft_model::PlaybookText;

use super::{
    super::{BUNDLE_BYTES_MAX, TEST_FILES_MAX, TEXT_BYTES_MAX, drafts::is_id, is_test_name},
    git::{Entry, Fault, Repository, What},
};

/// The folder that holds the playbooks.
pub(super) const FOLDER: &str = "playbooks";
/// Most playbooks of one repository.
const PLAYBOOKS_MAX: usize = 1_000;

/// A playbook of the repository.
#[derive(Debug)]
pub(super) struct Found {
    /// Its id: the name of its folder.
    pub id: String,
    /// Its folder's path.
    pub folder: String,
    /// Text and tests, or why it cannot be taken.
    pub bundle: Result<PlaybookText, Vec<String>>,
}

impl Found {
    /// The path of its text.
    pub(super) fn file(&self) -> String {
        format!("{}/playbook.yaml", self.folder)
    }
}

/// What belongs to one playbook, before its files are read.
#[derive(Debug, Default)]
struct Parts {
    text: Option<(String, u64)>,
    tests: BTreeMap<String, (String, u64)>,
    faults: Vec<String>,
}

/// Reads every playbook below a path of a commit.
pub(super) async fn read(
    repository: &Repository,
    commit: &str,
    path: &str,
) -> Result<Vec<Found>, Fault> {
    let place = match path {
        "" => FOLDER.to_owned(),
        path => format!("{path}/{FOLDER}"),
    };
    let entries = repository.list(commit, &place).await?;
    let parts = sort(&entries, &place);
    if parts.is_empty() {
        return Err(format!(
            "the commit holds no `{place}/<id>/playbook.yaml`; nothing was changed"
        ));
    }
    if parts.len() > PLAYBOOKS_MAX {
        return Err(format!("there are more than {PLAYBOOKS_MAX} playbooks"));
    }
    let good = || parts.values().filter(|parts| parts.faults.is_empty());
    let mut names: Vec<String> = Vec::new();
    let mut bytes: u64 = 0;
    for (name, size) in good().flat_map(|parts| parts.text.iter().chain(parts.tests.values())) {
        names.push(name.clone());
        bytes = bytes.saturating_add(*size);
    }
    let contents = repository.contents(&names, bytes).await?;
    let found = parts.into_iter().map(|(id, parts)| Found {
        folder: format!("{place}/{}", id.escape_debug()),
        bundle: bundle(parts, &contents),
        id,
    });
    Ok(found.collect())
}

/// Which entries belong to which playbook.
fn sort(entries: &[Entry], place: &str) -> BTreeMap<String, Parts> {
    let mut found: BTreeMap<String, Parts> = BTreeMap::new();
    for entry in entries {
        let Some(rest) = entry
            .path
            .strip_prefix(place)
            .and_then(|rest| rest.strip_prefix('/'))
        else {
            continue;
        };
        let (id, inner) = match rest.split_once('/') {
            Some((id, inner)) => (id, inner),
            // A link or a submodule in the place of a folder; a plain file there is a readme.
            None if matches!(entry.what, What::File(..)) => continue,
            None => (rest, ""),
        };
        let parts = found.entry(id.to_owned()).or_default();
        if !is_id(id) {
            let fault = format!("`{}` is no id of a playbook", id.escape_debug());
            parts.faults = vec![fault];
            continue;
        }
        parts.take(inner, &entry.what);
    }
    // A folder that holds nothing of a playbook is none.
    found.retain(|_, parts| {
        parts.text.is_some() || !parts.tests.is_empty() || !parts.faults.is_empty()
    });
    found
}

impl Parts {
    fn take(&mut self, inner: &str, what: &What) {
        let test = inner.strip_prefix("tests/");
        let shown = inner.escape_debug();
        let subject = match inner {
            "" => "its folder".to_owned(),
            _ => format!("`{shown}`"),
        };
        match what {
            What::Link => self.fault(format!("{subject} is a symbolic link")),
            What::Submodule => self.fault(format!("{subject} is a submodule")),
            What::Unreadable => self.fault(format!("the name `{shown}` is no UTF-8")),
            What::File(name, size) if inner == "playbook.yaml" => {
                if *size > TEXT_BYTES_MAX as u64 {
                    self.fault(format!(
                        "`{shown}` has more than {} KiB",
                        TEXT_BYTES_MAX >> 10
                    ));
                }
                self.text = Some((name.clone(), *size));
            }
            What::File(name, size) => {
                let Some(test) = test.filter(|test| test.ends_with(".yaml")) else {
                    return;
                };
                if !is_test_name(test) {
                    self.fault(format!("`{shown}` is no name for a file with tests"));
                    return;
                }
                self.tests.insert(test.to_owned(), (name.clone(), *size));
                let bytes: u64 = self.tests.values().map(|(_, size)| size).sum();
                if self.tests.len() > TEST_FILES_MAX || bytes > BUNDLE_BYTES_MAX as u64 {
                    self.fault(format!(
                        "its tests are more than {TEST_FILES_MAX} files or {} KiB",
                        BUNDLE_BYTES_MAX >> 10
                    ));
                }
            }
        }
    }

    fn fault(&mut self, fault: String) {
        if self.faults.len() < 10 && !self.faults.contains(&fault) {
            self.faults.push(fault);
        }
    }
}

fn bundle(parts: Parts, contents: &BTreeMap<String, Vec<u8>>) -> Result<PlaybookText, Vec<String>> {
    if !parts.faults.is_empty() {
        return Err(parts.faults);
    }
    let text_of = |what: &str, name: &str| {
        let bytes = contents.get(name);
        let bytes = bytes.ok_or_else(|| vec![format!("the content of `{what}` is missing")])?;
        let text = String::from_utf8(bytes.clone());
        text.map_err(|_| vec![format!("`{what}` is no UTF-8")])
    };
    let Some((name, _)) = &parts.text else {
        return Err(vec!["there are tests and no `playbook.yaml`".into()]);
    };
    let text = text_of("playbook.yaml", name)?;
    let mut tests = BTreeMap::new();
    for (test, (name, _)) in &parts.tests {
        tests.insert(test.clone(), text_of(&format!("tests/{test}"), name)?);
    }
    Ok(PlaybookText { text, tests })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(path: &str, size: u64) -> Entry {
        let what = What::File(format!("name of {path}"), size);
        let path = path.to_owned();
        Entry { path, what }
    }

    #[test]
    fn files_find_their_playbook_and_strangers_stand_against_theirs_only() {
        let link = |path: &str| Entry {
            path: path.into(),
            what: What::Link,
        };
        let entries = [
            file("soc/playbooks/README.md", 1),
            file("soc/playbooks/block/README.md", 1),
            file("soc/playbooks/block/playbook.yaml", 10),
            file("soc/playbooks/block/tests/a.yaml", 10),
            file("soc/playbooks/block/tests/deep/a.txt", 10),
            file("soc/playbooks/empty/README.md", 1),
            file("soc/playbooks/big/playbook.yaml", 1 << 30),
            file("soc/playbooks/Not An Id/playbook.yaml", 1),
            file("soc/playbooks/test/tests/.hidden.yaml", 1),
            link("soc/playbooks/linked"),
            link("soc/playbooks/inside/playbook.yaml"),
            file("elsewhere/playbooks/no/playbook.yaml", 1),
        ];
        let found = sort(&entries, "soc/playbooks");
        let faults: Vec<String> = found
            .iter()
            .map(|(id, parts)| format!("{id}: {}", parts.faults.join(", ")))
            .collect();
        assert_eq!(
            faults,
            [
                "Not An Id: `Not An Id` is no id of a playbook",
                "big: `playbook.yaml` has more than 512 KiB",
                "block: ",
                "inside: `playbook.yaml` is a symbolic link",
                "linked: its folder is a symbolic link",
                "test: `tests/.hidden.yaml` is no name for a file with tests",
            ]
        );
        assert_eq!(found["block"].tests.len(), 1);
    }
}
