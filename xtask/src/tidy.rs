//! Small rules that keep the tree readable. Exceptions are listed and may only shrink.

use std::{fs, path::Path};

/// A file longer than this wants a split along a seam.
const FILE_LINES_MAX: usize = 700;

/// Files that are allowed to be longer, with their reason.
const LONGER: &[(&str, &str)] = &[];

/// Folders that hold nothing written here.
const SKIPPED: &[&str] = &[
    "target",
    "node_modules",
    ".git",
    "dist",
    "generated",
    "data",
];

/// Words that must not appear in the tree, written so that this file does not contain them.
fn banned_words() -> Vec<String> {
    vec![
        ["to", "do!("].concat(),
        ["unimple", "mented!("].concat(),
        ["db", "g!("].concat(),
    ]
}

/// Every violation, one line each.
pub fn check(root: &Path) -> Vec<String> {
    let mut wrong = Vec::new();
    walk(root, root, &mut wrong);
    for (file, _) in LONGER {
        let lines = fs::read_to_string(root.join(file)).map_or(0, |text| text.lines().count());
        if lines <= FILE_LINES_MAX {
            wrong.push(format!(
                "{file} is no longer too long: take it off the list of exceptions"
            ));
        }
    }
    wrong
}

fn walk(root: &Path, folder: &Path, wrong: &mut Vec<String>) {
    let Ok(entries) = fs::read_dir(folder) else {
        return;
    };
    for entry in entries.flatten() {
        let path = entry.path();
        let name = entry.file_name().to_string_lossy().into_owned();
        if path.is_dir() {
            if !SKIPPED.contains(&name.as_str()) {
                walk(root, &path, wrong);
            }
            continue;
        }
        let extension = path
            .extension()
            .and_then(|extension| extension.to_str())
            .unwrap_or("");
        if !matches!(
            extension,
            "rs" | "ts" | "tsx" | "toml" | "yaml" | "md" | "css" | "sql"
        ) {
            continue;
        }
        let Ok(text) = fs::read_to_string(&path) else {
            wrong.push(format!("{}: not UTF-8", path.display()));
            continue;
        };
        let shown = path
            .strip_prefix(root)
            .unwrap_or(&path)
            .display()
            .to_string();
        check_text(&shown, extension, &text, wrong);
    }
}

fn check_text(file: &str, extension: &str, text: &str, wrong: &mut Vec<String>) {
    let code = matches!(extension, "rs" | "ts" | "tsx");
    let lines = text.lines().count();
    if code && lines > FILE_LINES_MAX && !LONGER.iter().any(|(longer, _)| *longer == file) {
        wrong.push(format!(
            "{file}: {lines} lines; split it along a seam (at most {FILE_LINES_MAX})"
        ));
    }
    if code && extension == "rs" && file.starts_with("crates/") && file.contains("/src/") {
        let first = text.lines().next().unwrap_or_default();
        if !first.starts_with("//!") {
            wrong.push(format!(
                "{file}: starts without a `//!` header that says what it is"
            ));
        }
    }
    for (number, line) in text.lines().enumerate() {
        let at = || format!("{file}:{}", number + 1);
        if code && line.ends_with([' ', '\t']) {
            wrong.push(format!("{}: trailing blank", at()));
        }
        if extension == "rs" {
            for word in banned_words()
                .iter()
                .filter(|word| line.contains(word.as_str()))
            {
                wrong.push(format!("{}: `{word}`", at()));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tree_is_tidy() {
        let wrong = check(&crate::root());
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    }

    #[test]
    fn a_long_file_and_a_missing_header_are_found() {
        let mut wrong = Vec::new();
        let text = "fn a() {}\n".repeat(FILE_LINES_MAX + 1);
        check_text("crates/x/src/a.rs", "rs", &text, &mut wrong);
        assert_eq!(wrong.len(), 2);
    }
}
