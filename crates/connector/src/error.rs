//! How a call goes wrong: a code that programs branch on, one sentence and a hint for people.

use serde::{Deserialize, Serialize};

/// Longest message that is taken over from a vendor's answer, in characters.
pub const MESSAGE_CHARS_MAX: usize = 500;

/// What kind of failure it was, independent of the vendor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ErrorCode {
    /// The credentials are missing, wrong or expired.
    Auth,
    /// The credentials are fine and do not allow this.
    Forbidden,
    /// Too many requests; it works again after a while.
    RateLimited,
    /// The plan's allowance is used up.
    Quota,
    /// The request was refused for what it said.
    InvalidInput,
    /// A thing that must exist does not.
    NotFound,
    /// The thing changed meanwhile or exists already.
    Conflict,
    /// The service is down or not reachable.
    Unavailable,
    /// The answer is not what the connector was written for.
    Malformed,
    /// No answer in time.
    Timeout,
    /// Updraft itself refused: a host that is not allowed, a policy.
    Refused,
    /// Anything else the vendor calls an error.
    Failed,
}

/// Every code with its word, in the order of the documentation.
pub const CODES: &[(ErrorCode, &str)] = &[
    (ErrorCode::Auth, "auth"),
    (ErrorCode::Forbidden, "forbidden"),
    (ErrorCode::RateLimited, "rate_limited"),
    (ErrorCode::Quota, "quota"),
    (ErrorCode::InvalidInput, "invalid_input"),
    (ErrorCode::NotFound, "not_found"),
    (ErrorCode::Conflict, "conflict"),
    (ErrorCode::Unavailable, "unavailable"),
    (ErrorCode::Malformed, "malformed"),
    (ErrorCode::Timeout, "timeout"),
    (ErrorCode::Refused, "refused"),
    (ErrorCode::Failed, "failed"),
];

impl ErrorCode {
    /// The word used in manifests and JSON.
    pub fn as_str(self) -> &'static str {
        CODES
            .iter()
            .find(|(code, _)| *code == self)
            .map_or("failed", |(_, word)| word)
    }
    /// True when the same call may well work a little later.
    pub const fn retryable(self) -> bool {
        matches!(
            self,
            ErrorCode::RateLimited | ErrorCode::Unavailable | ErrorCode::Timeout
        )
    }
}

impl std::fmt::Display for ErrorCode {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Why a call has no result.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("{message}")]
pub struct CallError {
    /// What kind.
    pub code: ErrorCode,
    /// What happened, one sentence.
    pub message: String,
    /// What to do about it; may be empty.
    #[serde(default)]
    pub hint: String,
    /// True when the same call may work later.
    #[serde(default)]
    pub retryable: bool,
    /// How long the vendor asked to wait, milliseconds.
    #[serde(default)]
    pub retry_after_ms: Option<u64>,
}

impl CallError {
    /// An error that is as retryable as its code says.
    pub fn new(code: ErrorCode, message: impl Into<String>) -> Self {
        let message: String = message.into();
        Self {
            code,
            message: shorten(&message),
            hint: String::new(),
            retryable: code.retryable(),
            retry_after_ms: None,
        }
    }
    /// Adds what to do about it.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = shorten(&hint.into());
        self
    }
}

/// An exchange that never got an answer, as the transport reports it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// `timeout`, `unavailable`, `refused`, …
    pub code: ErrorCode,
    /// What happened.
    pub message: String,
    /// True when it may work later.
    pub retryable: bool,
    /// How long to wait, if known.
    #[serde(default)]
    pub retry_after_ms: Option<u64>,
}

impl From<Failure> for CallError {
    fn from(failure: Failure) -> Self {
        Self {
            retryable: failure.retryable,
            retry_after_ms: failure.retry_after_ms,
            ..CallError::new(failure.code, failure.message)
        }
    }
}

/// Cuts foreign text to a length that fits a report.
pub(crate) fn shorten(text: &str) -> String {
    let text = text.trim();
    match text.char_indices().nth(MESSAGE_CHARS_MAX) {
        None => text.to_owned(),
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
    }
}
