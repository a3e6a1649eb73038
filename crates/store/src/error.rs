//! What can go wrong, said so that the caller's code can react and a person knows what to do.

use updraft_model::{AlertId, CaseId, RunId};

/// A transaction was refused by a guard; nothing of it was written.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Conflict {
    /// Another case holds this deduplication key.
    #[error("the key already belongs to {existing}")]
    CaseKey {
        /// The case that holds it.
        existing: CaseId,
    },
    /// The alert does not wait in the inbox any more.
    #[error("{alert} is settled already")]
    AlertSettled {
        /// Which alert.
        alert: AlertId,
    },
    /// Somebody changed the case since it was read.
    #[error(
        "{case} is at version {actual}, not at {expected}: read it again and repeat the change"
    )]
    CaseVersion {
        /// Which case.
        case: CaseId,
        /// The version that the writer had read.
        expected: u64,
        /// The version that is stored.
        actual: u64,
    },
    /// The journal goes on at another place.
    #[error("the journal of {run} goes on at entry {expected}, not at {given}")]
    JournalPosition {
        /// Whose journal.
        run: RunId,
        /// The next free position.
        expected: u64,
        /// The position that was given.
        given: u64,
    },
    /// The case already has another ticket for this purpose.
    #[error("{case} already has the ticket {external_id} for `{purpose}`")]
    Ticket {
        /// Whose ticket.
        case: CaseId,
        /// What for.
        purpose: String,
        /// The ticket that exists.
        external_id: String,
    },
    /// Somebody changed the thing since it was read.
    #[error("this {what} was changed since it was read: {name}")]
    Changed {
        /// What kind of thing.
        what: &'static str,
        /// Which one.
        name: String,
    },
    /// A thing with this identity exists.
    #[error("this {what} exists already: {name}")]
    Duplicate {
        /// What kind of thing.
        what: &'static str,
        /// Which one.
        name: String,
    },
    /// The thing to change does not exist in this tenant.
    #[error("there is no {what} {name}")]
    Missing {
        /// What kind of thing.
        what: &'static str,
        /// Which one.
        name: String,
    },
}

/// Why a read or a write did not happen.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A guard refused the transaction.
    #[error(transparent)]
    Conflict(#[from] Conflict),
    /// No room is left where the database lives.
    #[error(
        "the disk that holds the database is full ({detail}): free space and try again; nothing that was acknowledged is lost"
    )]
    Full {
        /// The database's own words.
        detail: String,
    },
    /// The disk or the file system failed.
    #[error(
        "reading or writing the database failed ({detail}): check the disk and the folder's permissions; nothing that was acknowledged is lost"
    )]
    Io {
        /// The database's own words.
        detail: String,
    },
    /// The database server cannot be reached.
    #[error(
        "the database server does not answer ({detail}): check that it runs and that the URL is right"
    )]
    Unreachable {
        /// The client's own words.
        detail: String,
    },
    /// The connection broke while the transaction was being committed: it may or may not have happened.
    #[error(
        "the connection to the database broke during a commit ({detail}): read the state again before repeating the change"
    )]
    OutcomeUnknown {
        /// The client's own words.
        detail: String,
    },
    /// More writes are waiting than the queue holds.
    #[error(
        "{waiting} writes are waiting, more than the {limit} that the queue holds: try again in a moment"
    )]
    Busy {
        /// How many are waiting.
        waiting: usize,
        /// How many may wait.
        limit: usize,
    },
    /// The store was closed.
    #[error("the store is closed: the program is shutting down")]
    Closed,
    /// Something exceeds its limit.
    #[error("{what} has {actual} bytes, more than the {limit} that are kept")]
    TooLarge {
        /// What is too large.
        what: &'static str,
        /// How large it is.
        actual: usize,
        /// How large it may be.
        limit: usize,
    },
    /// The caller handed in something that contradicts itself.
    #[error("the transaction contradicts itself: {detail}")]
    Invalid {
        /// What contradicts what.
        detail: String,
    },
    /// A stored row cannot be read.
    #[error(
        "the stored {what} cannot be read ({detail}): run the integrity check, and restore a backup if it fails"
    )]
    Corrupt {
        /// Which kind of row.
        what: &'static str,
        /// What is wrong with it.
        detail: String,
    },
    /// The database was written by a newer program.
    #[error(
        "the database has schema {found}, this program knows up to {known}: start the newer program, or restore a backup from before the upgrade"
    )]
    NewerSchema {
        /// The database's schema.
        found: i64,
        /// The newest schema that this program knows.
        known: i64,
    },
    /// Another process has the folder open.
    #[error("another process works in {folder}: stop it first")]
    InUse {
        /// The data folder.
        folder: String,
    },
    /// A read took longer than it may.
    #[error("the query took longer than {limit_ms} ms: narrow it")]
    TooSlow {
        /// How long it may take.
        limit_ms: u64,
    },
    /// The database refused a statement for another reason; a defect of this program.
    #[error("the database refused a statement ({detail}); this is a defect, please report it")]
    Refused {
        /// The database's own words.
        detail: String,
    },
}

impl Error {
    /// True when the whole database transaction is in doubt or gone, not only one part of it.
    pub(crate) fn spoils_the_batch(&self) -> bool {
        matches!(
            self,
            Error::Full { .. }
                | Error::Io { .. }
                | Error::Unreachable { .. }
                | Error::OutcomeUnknown { .. }
                | Error::Closed
                | Error::Busy { .. }
        )
    }

    pub(crate) fn corrupt(what: &'static str, detail: impl std::fmt::Display) -> Self {
        Error::Corrupt {
            what,
            detail: detail.to_string(),
        }
    }
}
