//! What can go wrong in a use case, in words for the person who asked.

use serde::Serialize;
use updraft_model::Denied;

/// The outcome of a use case that did not work.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// There is no such thing, or it is not the asker's to see.
    #[error("there is no {what} `{id}`")]
    NotFound {
        /// What was looked for: `case`, `run`, …
        what: &'static str,
        /// The id or name that was given.
        id: String,
    },
    /// The request makes no sense; the hint says how to mend it.
    #[error("{message}")]
    Invalid {
        /// A stable word: `alert.too_deep`, `case.closed`, …
        code: &'static str,
        /// What is wrong.
        message: String,
        /// How to mend it; may be empty.
        hint: String,
    },
    /// As things stand it may not be done; the points say all that is missing, and how to meet each.
    #[error("{message}")]
    Refused {
        /// A stable word: `playbook.changed`, `playbook.policy`, …
        code: &'static str,
        /// What stands against it.
        message: String,
        /// How to mend it; may be empty.
        hint: String,
        /// What is missing, each by itself; may be empty.
        points: Vec<Point>,
    },
    /// What was filled in does not fit the form.
    #[error("{message}")]
    Form {
        /// What is wrong, in a sentence.
        message: String,
        /// What is wrong with each field.
        faults: Vec<updraft_engine::FieldFault>,
    },
    /// The asker may do this in general, but not to this thing.
    #[error("{message}")]
    Forbidden {
        /// What is wrong.
        message: String,
        /// Who may do it, or what would allow it.
        hint: String,
    },
    /// Something else changed it first.
    #[error("{0}")]
    Conflict(String),
    /// The role does not carry the permission.
    #[error(transparent)]
    Denied(#[from] Denied),
    /// Who is asking is not known.
    #[error("{0}")]
    Unauthenticated(String),
    /// Too much at once; nothing was taken.
    #[error("Updraft is at its limit; try again in {retry_after_s} s")]
    Busy {
        /// Seconds after which it makes sense to try again.
        retry_after_s: u32,
    },
    /// The store could not do it; nothing that was acknowledged is lost.
    #[error(transparent)]
    Store(#[from] updraft_store::Error),
    /// A secret could not be sealed or opened.
    #[error(transparent)]
    Secret(#[from] crate::secrets::SecretError),
    /// Anything that is a defect or the machine's fault.
    #[error("{0}")]
    Internal(String),
}

/// One of several things that stand against a request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Point {
    /// A stable word: `tests`, `coverage`, …
    pub code: &'static str,
    /// What is missing.
    pub what: String,
    /// How to meet it.
    pub hint: String,
}

impl Error {
    /// As things stand it may not be done.
    pub fn refused(
        code: &'static str,
        message: impl Into<String>,
        hint: impl Into<String>,
    ) -> Self {
        Error::Refused {
            code,
            message: message.into(),
            hint: hint.into(),
            points: Vec::new(),
        }
    }
    /// A request that makes no sense.
    pub fn invalid(
        code: &'static str,
        message: impl Into<String>,
        hint: impl Into<String>,
    ) -> Self {
        Error::Invalid {
            code,
            message: message.into(),
            hint: hint.into(),
        }
    }
    /// Nothing there, or not theirs to see.
    pub fn not_found(what: &'static str, id: impl ToString) -> Self {
        Error::NotFound {
            what,
            id: id.to_string(),
        }
    }
}

/// The result of a use case.
pub type Result<T> = std::result::Result<T, Error>;
