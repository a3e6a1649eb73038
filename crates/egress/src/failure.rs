//! Words for what goes wrong between us and a vendor.
//!
//! Every failure says whether the request may have *reached* the vendor: that decides whether a write has to be
//! looked up before it is sent again. Not reached is said only where it is certain.

use updraft_connector::{ErrorCode, Failure};

use crate::guard::{self, Refused};

/// A failure, and whether the vendor may have seen the request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Broken {
    /// For the call.
    pub failure: Failure,
    /// False only if no byte of the request can have arrived.
    pub reached: bool,
}

impl Broken {
    /// Nothing was sent.
    pub fn before(code: ErrorCode, message: impl Into<String>) -> Self {
        Self {
            failure: failure(code, message),
            reached: false,
        }
    }
    /// Something may have been sent.
    pub fn after(code: ErrorCode, message: impl Into<String>) -> Self {
        Self {
            failure: failure(code, message),
            reached: true,
        }
    }
}

/// A failure that is as retryable as its code says.
pub fn failure(code: ErrorCode, message: impl Into<String>) -> Failure {
    Failure {
        code,
        message: message.into(),
        retryable: code.retryable(),
        retry_after_ms: None,
    }
}

impl From<Refused> for Broken {
    fn from(refused: Refused) -> Self {
        Broken::before(ErrorCode::Refused, refused.to_string())
    }
}

/// Sorts an error of the HTTP client. `host` is for the text: the URL may hold a credential.
pub fn from_http(error: reqwest::Error, host: &str) -> Broken {
    if let Some(refused) = guard::refusal(&error) {
        return refused.clone().into();
    }
    let error = error.without_url();
    let reasons = reasons(&error);
    if error.is_connect() {
        let code = if error.is_timeout() {
            ErrorCode::Timeout
        } else {
            ErrorCode::Unavailable
        };
        return Broken::before(code, format!("cannot connect to {host}: {reasons}"));
    }
    if error.is_timeout() {
        return Broken::after(ErrorCode::Timeout, format!("{host} did not answer in time"));
    }
    let protocol = find::<hyper::Error>(&error);
    if protocol.is_some_and(hyper::Error::is_parse) {
        return Broken::after(
            ErrorCode::Malformed,
            format!("{host} did not answer in HTTP: {reasons}"),
        );
    }
    if error.is_decode() && protocol.is_none() {
        return Broken::after(
            ErrorCode::Malformed,
            format!("the compressed answer of {host} cannot be read: {reasons}"),
        );
    }
    if error.is_builder() {
        return Broken::before(
            ErrorCode::InvalidInput,
            format!("the request to {host} cannot be built: {reasons}"),
        );
    }
    Broken::after(
        ErrorCode::Unavailable,
        format!("the connection to {host} broke off: {reasons}"),
    )
}

/// The innermost reasons, without the library's own words around them.
fn reasons(error: &dyn std::error::Error) -> String {
    let mut texts: Vec<String> = Vec::new();
    let mut next = error.source();
    while let Some(error) = next {
        let text = error.to_string();
        if texts.last() != Some(&text) {
            texts.push(text);
        }
        next = error.source();
    }
    let skip = texts.len().saturating_sub(2);
    match texts.is_empty() {
        true => error.to_string(),
        false => texts.split_off(skip).join(": "),
    }
}

fn find<'a, E: std::error::Error + 'static>(
    error: &'a (dyn std::error::Error + 'static),
) -> Option<&'a E> {
    let mut next = Some(error);
    while let Some(error) = next {
        if let Some(found) = error.downcast_ref::<E>() {
            return Some(found);
        }
        if let Some(io) = error.downcast_ref::<std::io::Error>()
            && let Some(found) = io.get_ref().and_then(|inner| inner.downcast_ref::<E>())
        {
            return Some(found);
        }
        next = error.source();
    }
    None
}
