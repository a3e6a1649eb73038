//! A tenant's own playbooks: a draft that people work on, versions that never change, and which of them is live.
//!
//! The text and its tests are kept beside these records, a version's by their digests. What ships with the program is
//! no record: a tenant's own playbook of the same id stands before the shipped one while a version of it is live.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{Actor, BlobHash, TenantId, Timestamp};

/// A playbook as people write it: its text and the tests beside it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlaybookText {
    /// The YAML.
    pub text: String,
    /// File name to YAML: `phishing.yaml`.
    #[serde(default)]
    pub tests: BTreeMap<String, String>,
}

impl PlaybookText {
    /// One digest of text and tests; whoever saves names the one that they had read.
    pub fn digest(&self) -> BlobHash {
        let mut bytes = Vec::new();
        // Lengths keep two different bundles from running into the same bytes.
        let mut add = |part: &str| {
            bytes.extend((part.len() as u64).to_be_bytes());
            bytes.extend(part.as_bytes());
        };
        add(&self.text);
        for (name, test) in &self.tests {
            add(name);
            add(test);
        }
        BlobHash::of(&bytes)
    }
}

/// The head of one playbook.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Playbook {
    /// Whose it is.
    pub tenant: TenantId,
    /// Its id, as in its text.
    pub id: String,
    /// Its title, as in its newest text.
    pub title: String,
    /// Counts every change of this record; a writer names the one that it had read.
    pub revision: u64,
    /// What people work on, if it differs from the newest version.
    #[serde(default)]
    pub draft: Option<Draft>,
    /// The number of the newest version; 0 when there is none.
    #[serde(default)]
    pub newest: u32,
    /// The version that new runs take.
    #[serde(default)]
    pub live: Option<u32>,
    /// When the live version was activated; breaks the tie between two playbooks of one case type.
    #[serde(default)]
    pub activated_at: Option<Timestamp>,
    /// True when it was put away: it starts nothing and is not listed.
    #[serde(default)]
    pub archived: bool,
    /// The repository's file that it comes from; such a playbook is changed there and nowhere else.
    #[serde(default)]
    pub git_file: Option<String>,
    /// When it was made.
    pub created_at: Timestamp,
    /// Who made it.
    pub created_by: Actor,
    /// When it was last changed.
    pub updated_at: Timestamp,
}

/// A text that people work on. It may be broken.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Draft {
    /// [`PlaybookText::digest`]: what the next writer must have read.
    pub digest: BlobHash,
    /// Who saved it last.
    pub author: Actor,
    /// Everybody who saved it since the newest version, each once, in that order.
    pub authors: Vec<Actor>,
    /// When it was saved last.
    pub at: Timestamp,
    /// True when it has no errors; warnings do not count.
    pub sound: bool,
    /// The file that it was read from, if it was handed in as one.
    #[serde(default)]
    pub imported: Option<String>,
}

/// One version; its text and its tests never change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlaybookVersion {
    /// From 1, without gaps.
    pub number: u32,
    /// SHA-256 of the text.
    pub digest: BlobHash,
    /// SHA-256 of its tests as they are kept; `None` when it has none.
    #[serde(default)]
    pub tests: Option<BlobHash>,
    /// The text that it was made from; `None` for a first one.
    #[serde(default)]
    pub parent: Option<BlobHash>,
    /// Who made it a version.
    pub author: Actor,
    /// Everybody who wrote on it.
    #[serde(default)]
    pub authors: Vec<Actor>,
    /// When.
    pub at: Timestamp,
    /// What changed and why, in the author's words; may be empty.
    pub message: String,
    /// Where the text came from.
    pub origin: Origin,
}

/// Where a version's text came from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Origin {
    /// A copy of one that ships with the program, unchanged.
    Shipped,
    /// Written here.
    Editor,
    /// A file that was handed in.
    Import {
        /// Its name.
        file: String,
    },
    /// The repository that is the source of truth.
    Git {
        /// The commit that last changed the file.
        commit: String,
        /// That commit's author, as the repository says.
        author: String,
        /// The file's path in the repository.
        file: String,
        /// True when the signature of the branch's newest commit was checked and good.
        signed: bool,
    },
}

/// A change of what is live.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Activation {
    /// The version that became live; `None` when the playbook was taken out of service.
    pub number: Option<u32>,
    /// The version that was live before.
    pub before: Option<u32>,
    /// Who did it.
    pub actor: Actor,
    /// When.
    pub at: Timestamp,
    /// Why, in the actor's words; may be empty.
    pub message: String,
    /// True when an earlier version came back.
    #[serde(default)]
    pub rollback: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_moves_from_the_text_to_a_test_changes_the_digest() {
        let bundle = |text: &str, tests: &[(&str, &str)]| PlaybookText {
            text: text.into(),
            tests: tests
                .iter()
                .map(|(name, test)| ((*name).into(), (*test).into()))
                .collect(),
        };
        let all = [
            bundle("ab", &[]),
            bundle("a", &[("b", "")]),
            bundle("", &[("a", "b")]),
            bundle("", &[("ab", "")]),
            bundle("", &[("a", ""), ("b", "")]),
        ];
        let mut digests: Vec<_> = all.iter().map(PlaybookText::digest).collect();
        digests.sort();
        digests.dedup();
        assert_eq!(digests.len(), all.len());
    }
}
