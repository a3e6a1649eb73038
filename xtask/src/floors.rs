//! Who may import whom. An edge may only point to an earlier row; a new row or edge needs a decision
//! record in `docs/adr`.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
};

/// One row per crate: what it may import.
const FLOORS: &[(&str, &str)] = &[
    ("model", ""),
    ("expr", ""),
    ("intel", "model"),
    ("connector", "model expr"),
    ("engine", "model expr"),
    ("ingest", "model expr intel"),
    ("cases", "model intel"),
    ("content", "model expr intel connector engine ingest"),
    ("store", "model"),
    ("egress", "model connector"),
    (
        "app",
        "model expr intel connector engine ingest cases content store egress",
    ),
    ("server", "model app"),
    ("cli", "model intel connector content app server"),
    // Development only: nothing that ships may import it.
    ("testkit", "model connector content"),
];

const PURE: &[&str] = &[
    "model",
    "expr",
    "intel",
    "connector",
    "engine",
    "ingest",
    "cases",
    "content",
];

/// Libraries that bring sockets, files, threads or SQL.
const BANNED_IN_PURE: &[&str] = &[
    "tokio",
    "reqwest",
    "axum",
    "rusqlite",
    "tokio-postgres",
    "hyper",
    "hyper-util",
    "getrandom",
    "rand",
];

/// Words that a pure crate's source may not use.
const BANNED_WORDS: &[&str] = &[
    "SystemTime::now",
    "Instant::now",
    "Timestamp::now",
    "std::fs::",
    "std::net::Tcp",
    "std::net::Udp",
    "std::thread",
    "HashMap<",
];

fn dependencies(manifest: &str) -> BTreeSet<String> {
    let mut on = false;
    let mut found = BTreeSet::new();
    for line in manifest.lines().map(str::trim) {
        if line.starts_with('[') {
            on = line == "[dependencies]";
        } else if on && let Some((name, _)) = line.split_once(['=', '.', ' ']) {
            found.insert(name.trim().to_owned());
        }
    }
    found
}

/// Features with which tests steer what is otherwise the machine's or the system's.
const TEST_FEATURES: [&str; 2] = ["simulation", "defects"];

/// The test features that a crate's own dependencies, or its default, switch on.
fn test_features(manifest: &str) -> Vec<&'static str> {
    let mut section = String::new();
    let mut found = Vec::new();
    for line in manifest.lines().map(str::trim) {
        if line.starts_with('[') {
            section = line.to_owned();
        }
        let ships = section.starts_with("[dependencies")
            || section.starts_with("[build-dependencies")
            || (section == "[features]" && line.starts_with("default"));
        let named = |feature: &&str| line.contains(&format!("\"{feature}\""));
        if ships {
            found.extend(TEST_FEATURES.iter().filter(|feature| named(feature)));
        }
    }
    found
}

/// Every violation, one line each.
pub fn check(root: &Path) -> Vec<String> {
    let table: BTreeMap<&str, BTreeSet<&str>> = FLOORS
        .iter()
        .map(|(name, may)| (*name, may.split_whitespace().collect()))
        .collect();
    let mut wrong = Vec::new();
    let Ok(entries) = fs::read_dir(root.join("crates")) else {
        return vec!["crates/ cannot be read".to_owned()];
    };
    for entry in entries.flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        let Some(may) = table.get(name.as_str()) else {
            wrong.push(format!(
                "{name}: no row in FLOORS (a new crate needs a decision record)"
            ));
            continue;
        };
        let manifest = fs::read_to_string(entry.path().join("Cargo.toml")).unwrap_or_default();
        for feature in test_features(&manifest) {
            wrong.push(format!(
                "{name} must not ship the feature `{feature}`: name it under [dev-dependencies]"
            ));
        }
        for dependency in dependencies(&manifest) {
            if let Some(inner) = dependency.strip_prefix("updraft-") {
                if !may.contains(inner) {
                    wrong.push(format!("{name} must not import {inner}"));
                }
            } else if PURE.contains(&name.as_str()) && BANNED_IN_PURE.contains(&dependency.as_str())
            {
                wrong.push(format!("{name} is pure and must not link {dependency}"));
            }
        }
        if PURE.contains(&name.as_str()) {
            words(&entry.path().join("src"), &mut wrong);
        }
    }
    for (row, (name, may)) in FLOORS.iter().enumerate() {
        for other in may.split_whitespace() {
            if !FLOORS
                .iter()
                .take(row)
                .any(|(earlier, _)| *earlier == other)
            {
                wrong.push(format!("{name} -> {other} points up"));
            }
        }
    }
    wrong
}

fn words(folder: &Path, wrong: &mut Vec<String>) {
    let Ok(entries) = fs::read_dir(folder) else {
        return;
    };
    for entry in entries.flatten() {
        let path = entry.path();
        if path.is_dir() {
            words(&path, wrong);
            continue;
        }
        let text = fs::read_to_string(&path).unwrap_or_default();
        let product = text.split("#[cfg(test)]").next().unwrap_or_default();
        for (number, line) in product.lines().enumerate() {
            if line.trim_start().starts_with("//") {
                continue;
            }
            for word in BANNED_WORDS.iter().filter(|word| line.contains(**word)) {
                wrong.push(format!(
                    "{}:{}: a pure crate must not use `{word}`",
                    path.display(),
                    number + 1
                ));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn floors_hold() {
        let wrong = check(&crate::root());
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    }

    #[test]
    fn what_only_tests_may_switch_on_is_found_where_it_would_ship() {
        let ships = "[dependencies]\nx = { path = \"x\", features = [\"simulation\"] }";
        assert_eq!(test_features(ships), ["simulation"]);
        assert_eq!(
            test_features("[features]\ndefault = [\"defects\"]"),
            ["defects"]
        );
        let tests =
            "[features]\nsimulation = []\n[dev-dependencies]\nx = { features = [\"simulation\"] }";
        assert!(test_features(tests).is_empty());
    }

    #[test]
    fn a_manifest_is_read_by_section() {
        let found =
            dependencies("[dependencies]\na.workspace = true\n[dev-dependencies]\nb = \"1\"");
        assert_eq!(found.into_iter().collect::<Vec<_>>(), ["a"]);
    }
}
