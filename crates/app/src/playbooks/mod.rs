//! Playbooks as a team keeps them: a draft that people work on, versions that never change, one of them live.
//!
//! ```text
//! draft ── save (who has read it) ── version (no errors) ── activate (what the policy wants) ── live ── roll back
//! ```
//!
//! `drafts` and `versions` write texts, `live` says which version new runs take, `policy` what is asked before that,
//! `check` reads texts and plays their tests, `diff` compares, `repository` takes playbooks from Git. What ships with
//! the program stands behind the tenant's own of the same id. A run that is under way keeps the version it started with.
//!
//! Every change holds one turn from what it read to what it wrote, is guarded by the head's revision, and has its
//! audit entry in the same transaction.

mod backtest;
pub mod bundle;
pub mod cacao;
mod check;
mod diff;
mod drafts;
mod inputs;
mod list;
mod live;
mod policy;
pub mod repository;
mod versions;
mod vocabulary;

use updraft_model::{Granted, Playbook, PlaybookText, PlaybookVersion};
use updraft_store::{DraftText, Op};

use crate::{App, Error, error::Result};

pub use backtest::LastBacktest;
pub(crate) use backtest::setting as backtest_setting;
pub use check::{Checked, PlayedTests, TestSummary};
pub use diff::{Difference, TestDifference};
pub use drafts::{NewPlaybook, Opened, Saved, TextSource};
pub use inputs::PlaybookInputs;
pub use list::{PlaybookHead, TriggerLine};
pub use policy::PlaybookPolicy;

pub(crate) use check::TestCache;

/// Longest text of a playbook, bytes.
pub const TEXT_BYTES_MAX: usize = 512 << 10;
/// Most files with tests of one playbook.
pub const TEST_FILES_MAX: usize = 100;
/// Longest text of a playbook with all its tests, bytes.
pub const BUNDLE_BYTES_MAX: usize = 960 << 10;
/// Longest name of a file with tests, characters.
const TEST_NAME_CHARS_MAX: usize = 100;
/// Longest message of a version or an activation, characters.
pub const MESSAGE_CHARS_MAX: usize = 2_000;

/// The shapes of content that the API shows.
pub mod shapes {
    pub use updraft_content::{
        compare::{FieldChange, Hunk, Line, StepChange},
        graph::{Edge, Graph, Node},
        tree::Tree,
        trials::{Coverage, Destructive, MissingBranch, TestOutcome, Tested},
    };
    pub use updraft_store::Health;
}

/// True for a name that a file with tests may have.
pub(crate) fn is_test_name(name: &str) -> bool {
    let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
    name.len() <= TEST_NAME_CHARS_MAX
        && name.ends_with(".yaml")
        && !name.starts_with('.')
        && name.chars().all(allowed)
}

/// Refuses what is too large or has names that no folder could hold.
pub(crate) fn check_sizes(bundle: &PlaybookText) -> Result<()> {
    let too_large = |what: String, hint: &str| Err(Error::invalid("playbook.size", what, hint));
    if bundle.text.len() > TEXT_BYTES_MAX {
        return too_large(
            format!("the playbook has more than {} KiB", TEXT_BYTES_MAX >> 10),
            "move a part to a playbook of its own and `call` it",
        );
    }
    if bundle.tests.len() > TEST_FILES_MAX {
        return too_large(
            format!("there are more than {TEST_FILES_MAX} files with tests"),
            "one file may hold many tests",
        );
    }
    let tests: usize = bundle.tests.values().map(String::len).sum();
    if bundle.text.len() + tests > BUNDLE_BYTES_MAX {
        return too_large(
            format!(
                "the playbook and its tests have more than {} KiB",
                BUNDLE_BYTES_MAX >> 10
            ),
            "shorten the recorded answers of the tests",
        );
    }
    match bundle.tests.keys().find(|name| !is_test_name(name)) {
        None => Ok(()),
        Some(name) => Err(Error::invalid(
            "playbook.test_name",
            format!("`{}` is no name for a file with tests", name.escape_debug()),
            "use letters, digits, `-` and `_`, and end it with `.yaml`",
        )),
    }
}

pub(crate) fn check_message(message: &str) -> Result<()> {
    match message.chars().count() <= MESSAGE_CHARS_MAX {
        true => Ok(()),
        false => Err(Error::invalid(
            "playbook.message",
            format!("the message has more than {MESSAGE_CHARS_MAX} characters"),
            "say it shorter",
        )),
    }
}

/// The head as it is written next: one revision on.
pub(crate) fn put_head(mut head: Playbook, read: Option<u64>, draft: DraftText) -> Op {
    head.revision = read.unwrap_or(0) + 1;
    Op::PutPlaybook {
        playbook: Box::new(head),
        expected: read,
        draft,
    }
}

impl App {
    /// The versions of a playbook below `before` (0: from the newest), the newest first, at most 500.
    ///
    /// # Errors
    /// [`Error::NotFound`] when the team has no such playbook of its own.
    pub async fn playbook_versions(
        &self,
        granted: &Granted,
        id: &str,
        before: u32,
    ) -> Result<Vec<PlaybookVersion>> {
        self.own_head(granted, id).await?;
        Ok(self.0.store.playbook_versions(granted, id, before).await?)
    }

    /// One version with its text and tests.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub async fn playbook_version(
        &self,
        granted: &Granted,
        id: &str,
        number: u32,
    ) -> Result<(PlaybookVersion, PlaybookText)> {
        let found = self.0.store.playbook_version(granted, id, number).await?;
        found.ok_or_else(|| Error::not_found("version of this playbook", number))
    }

    /// The head of a playbook that the team has of its own.
    pub(crate) async fn own_head(
        &self,
        granted: &Granted,
        id: &str,
    ) -> Result<(Playbook, Option<PlaybookText>)> {
        let found = self.0.store.playbook(granted, id).await?;
        found.ok_or_else(
            || match self.catalog().now().published(granted.tenant(), id) {
                None => Error::not_found("playbook", id),
                Some(_) => Error::refused(
                    "playbook.shipped",
                    format!("`{id}` ships with the program, and the team has no copy of it"),
                    "save a draft or make a version of it first",
                ),
            },
        )
    }

    /// Refuses to change a text whose source of truth is the repository.
    pub(crate) async fn refuse_git(&self, granted: &Granted, head: &Playbook) -> Result<()> {
        let Some(file) = &head.git_file else {
            return Ok(());
        };
        if self.playbook_repository(granted).await?.is_none() {
            return Ok(());
        }
        Err(Error::refused(
            "playbook.git",
            format!("`{}` comes from the file {file} of the repository", head.id),
            "change it there and pull; it can be rolled back or deactivated here",
        ))
    }
}
