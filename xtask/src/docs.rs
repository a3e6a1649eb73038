//! What the documents promise about the tree: every link leads somewhere, every path they name exists,
//! and every page under `docs/` can be reached from another one.
//!
//! Looked at are the Markdown files in the root and under `docs/`. A link is `[text](target)`; targets with a
//! scheme are left alone, anchors are compared with the headings of their page. A path is inline code that
//! begins with one of the tree's own folders and holds no placeholder (`<id>`, `*`, `{…}`). Fenced blocks
//! are examples and not looked at.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Component, Path, PathBuf},
};

/// The folders that a path in the text may begin with.
const FOLDERS: &[&str] = &[
    ".ci/", "api/", "content/", "crates/", "docs/", "fuzz/", "scripts/", "web/", "xtask/",
];
/// Signs of a placeholder, of several paths in one, or of something that is no path.
const NO_PATH: &[char] = &['<', '>', '*', '{', '}', '…', ' ', '$', '(', '?', '='];
/// The page from which a reader starts.
const START: &str = "README.md";

/// One page: what it links to, which paths it names, and its headings as anchors.
#[derive(Debug, Default)]
struct Page {
    links: Vec<(usize, String)>,
    paths: Vec<(usize, String)>,
    anchors: BTreeSet<String>,
}

/// Every promise that does not hold, one line each.
pub fn check(root: &Path) -> Vec<String> {
    let mut files = Vec::new();
    markdown(root, root, false, &mut files);
    markdown(root, &root.join("docs"), true, &mut files);
    let pages: BTreeMap<PathBuf, Page> = files
        .into_iter()
        .map(|file| {
            let text = fs::read_to_string(root.join(&file)).unwrap_or_default();
            (file, read(&text))
        })
        .collect();
    let mut wrong = Vec::new();
    let mut reached = BTreeSet::from([PathBuf::from(START)]);
    for (file, page) in &pages {
        for (line, target) in &page.links {
            let at = format!("{}:{line}", file.display());
            match follow(root, file, target, &pages) {
                Ok(Some(found)) if found != *file => {
                    // A link to a folder offers all that lies in it.
                    let inside = pages.keys().filter(|page| page.parent() == Some(&found));
                    reached.extend(inside.cloned());
                    reached.insert(found);
                }
                Ok(_) => {}
                Err(why) => wrong.push(format!("{at}: {why}")),
            }
        }
        for (line, path) in page
            .paths
            .iter()
            .filter(|(_, path)| !root.join(path).exists())
        {
            wrong.push(format!("{}:{line}: there is no `{path}`", file.display()));
        }
    }
    for file in pages
        .keys()
        .filter(|file| file.starts_with("docs") && !reached.contains(*file))
    {
        wrong.push(format!("{}: no page links to it", file.display()));
    }
    wrong
}

/// The Markdown files of a folder, relative to the root.
fn markdown(root: &Path, folder: &Path, deep: bool, found: &mut Vec<PathBuf>) {
    let Ok(entries) = fs::read_dir(folder) else {
        return;
    };
    for entry in entries.flatten() {
        let path = entry.path();
        if path.is_dir() {
            if deep {
                markdown(root, &path, deep, found);
            }
        } else if path.extension().is_some_and(|extension| extension == "md")
            && let Ok(file) = path.strip_prefix(root)
        {
            found.push(file.to_owned());
        }
    }
}

fn read(text: &str) -> Page {
    let mut page = Page::default();
    let mut fence = None;
    for (number, line) in (1..).zip(text.lines()) {
        let start = line.trim_start();
        let mark = ["```", "~~~"]
            .into_iter()
            .find(|mark| start.starts_with(mark));
        match (fence, mark) {
            (None, Some(_)) => fence = mark,
            (Some(open), Some(mark)) if open == mark => fence = None,
            (Some(_), _) => {}
            (None, None) => read_line(line, number, &mut page),
        }
    }
    page
}

fn read_line(line: &str, number: usize, page: &mut Page) {
    if line.starts_with('#') {
        let heading = line.trim_start_matches('#').trim();
        let anchor = anchor(heading);
        // A second heading of the same words gets a number, as the common renderers do it.
        let taken = (1..).map(|count| format!("{anchor}-{count}"));
        let free = std::iter::once(anchor.clone()).chain(taken);
        page.anchors
            .extend(free.into_iter().find(|name| !page.anchors.contains(name)));
    }
    let mut text = String::new();
    for (index, part) in line.split('`').enumerate() {
        match index % 2 {
            0 => text.push_str(part),
            _ if is_path(part) => page.paths.push((number, without_line(part).to_owned())),
            _ => {}
        }
    }
    let mut rest = text.as_str();
    while let Some((_, after)) = rest.split_once("](") {
        let Some((target, behind)) = after.split_once(')') else {
            return;
        };
        page.links.push((number, target.trim().to_owned()));
        rest = behind;
    }
}

fn is_path(code: &str) -> bool {
    FOLDERS.iter().any(|folder| code.starts_with(folder)) && !code.contains(NO_PATH)
}

/// `file.rs:12` names the file.
fn without_line(path: &str) -> &str {
    match path.rsplit_once(':') {
        Some((file, line)) if line.bytes().all(|b| b.is_ascii_digit() || b == b'-') => file,
        _ => path,
    }
}

/// The file or folder of the tree that a link leads to; none for a link to elsewhere.
fn follow(
    root: &Path,
    from: &Path,
    target: &str,
    pages: &BTreeMap<PathBuf, Page>,
) -> Result<Option<PathBuf>, String> {
    if target.contains("://") || target.starts_with("mailto:") {
        return Ok(None);
    }
    let (path, fragment) = target.split_once('#').unwrap_or((target, ""));
    let folder = from.parent().unwrap_or(Path::new(""));
    let file = match path {
        "" => from.to_owned(),
        path => flat(&folder.join(path))
            .ok_or_else(|| format!("the link `{target}` leads out of the tree"))?,
    };
    if !root.join(&file).exists() {
        return Err(format!("the link `{target}` leads nowhere"));
    }
    let known = |page: &Page| page.anchors.contains(fragment);
    if !fragment.is_empty() && pages.get(&file).is_some_and(|page| !known(page)) {
        return Err(format!(
            "the link `{target}` names no heading of {}",
            file.display()
        ));
    }
    Ok(Some(file))
}

/// Resolves `..` without looking at the disk; none when it climbs above the root.
fn flat(path: &Path) -> Option<PathBuf> {
    let mut out = PathBuf::new();
    for part in path.components() {
        match part {
            Component::ParentDir => {
                if !out.pop() {
                    return None;
                }
            }
            Component::Normal(name) => out.push(name),
            Component::CurDir => {}
            Component::RootDir | Component::Prefix(_) => return None,
        }
    }
    Some(out)
}

/// The anchor of a heading: small letters, blanks as hyphens, no punctuation.
fn anchor(heading: &str) -> String {
    heading
        .chars()
        .filter_map(|c| match c {
            ' ' => Some('-'),
            '-' | '_' => Some(c),
            c if c.is_alphanumeric() => Some(c.to_ascii_lowercase()),
            _ => None,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_link_and_path_of_the_documents_exists() {
        let wrong = check(&crate::root());
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    }

    #[test]
    fn links_and_paths_are_found_outside_of_fences_only() {
        let page = read(
            "# A `b` c\nsee [x](y.md#z), `crates/x.rs:7`, `content/<id>/a`\n```\n[q](r)\n```\n# A b c",
        );
        assert_eq!(page.links, [(2, "y.md#z".to_owned())]);
        assert_eq!(page.paths, [(2, "crates/x.rs".to_owned())]);
        assert_eq!(
            page.anchors.into_iter().collect::<Vec<_>>(),
            ["a-b-c", "a-b-c-1"]
        );
    }

    #[test]
    fn a_link_is_followed_from_its_own_page() {
        let root = crate::root();
        let pages = BTreeMap::from([(PathBuf::from("README.md"), read("# Start here"))]);
        let go = |target| follow(&root, Path::new("docs/dev/x.md"), target, &pages);
        assert_eq!(
            go("../../README.md#start-here"),
            Ok(Some(PathBuf::from("README.md")))
        );
        assert_eq!(go("https://example.com/x"), Ok(None));
        assert!(go("../../README.md#elsewhere").is_err());
        assert!(go("../../../etc").is_err());
        assert!(go("nowhere.md").is_err());
    }
}
