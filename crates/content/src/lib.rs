//! Content: connectors, playbooks and source mappings, from files to things that can be used.
//!
//! Files arrive as a map from path to bytes: this crate touches no disk. [`load`] reads a whole folder; what
//! is broken is left out and comes back as diagnostics with file, line and column, and the rest works.
//! [`embedded`] is the content that ships inside the binary; [`overlay`] puts a folder of your own on top.
//! Who runs a thing defines its shape (connector, engine, ingest); content only reads, places and cross-checks.

pub mod cacao;
mod capabilities;
mod catalogue;
mod check;
pub mod compare;
mod connectors;
pub mod graph;
mod library;
pub mod paths;
pub mod rules;
mod scaffold;
pub mod tree;
pub mod trials;
pub mod yaml;

use std::collections::BTreeMap;

pub use capabilities::{Capabilities, Capability};
pub use catalogue::catalogue;
pub use check::{check_playbook, world};
pub use connectors::{FILES_MAX, TestResult, lint_connector, play, test_connector};
pub use library::{Library, Playbook, folders, lint_playbook, load, parse_mapping, parse_playbook};
pub use scaffold::scaffold;
pub use updraft_engine::lint::World;

/// Files by path, relative to the folder they belong to.
pub type Files = BTreeMap<String, Vec<u8>>;

static EMBEDDED: &[(&str, &[u8])] = include!(concat!(env!("OUT_DIR"), "/embedded.rs"));

/// The content that ships inside the binary.
pub fn embedded() -> Files {
    EMBEDDED
        .iter()
        .map(|(path, bytes)| ((*path).to_owned(), bytes.to_vec()))
        .collect()
}

/// Puts `upper` on top of `lower`. A connector or playbook folder is replaced as a whole, so that no file of
/// the lower one stays behind in it.
pub fn overlay(lower: Files, upper: Files) -> Files {
    let unit = |path: &str| {
        let mut parts = path.splitn(3, '/');
        let (first, second) = (parts.next().unwrap_or_default(), parts.next());
        match (second, parts.next()) {
            (Some(second), Some(_)) => format!("{first}/{second}/"),
            _ => path.to_owned(),
        }
    };
    let replaced: std::collections::BTreeSet<String> =
        upper.keys().map(|path| unit(path)).collect();
    let mut files = lower;
    files.retain(|path, _| !replaced.contains(&unit(path)));
    files.extend(upper);
    files
}

/// The verbs that ship inside the binary.
pub fn builtin_capabilities() -> Capabilities {
    EMBEDDED
        .iter()
        .find(|(path, _)| *path == "capabilities.yaml")
        .and_then(|(_, bytes)| library::capabilities(bytes).ok())
        .unwrap_or_default()
}
