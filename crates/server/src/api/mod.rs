//! The API's nouns, one file each: the shapes on the wire and the handlers that fill them.
//!
//! Conventions: times are RFC 3339 in UTC, ids carry their prefix, enums are snake_case words, lists are
//! `{items, next}` where `next` goes into `after` for the following page, an id that is not the asker's to
//! see is 404.

pub mod alerts;
pub mod audit;
pub mod cases;
pub mod connections;
pub mod connectors;
pub mod observables;
pub mod paths;
pub mod playbooks;
mod rounds;
pub mod runs;
pub mod session;
pub mod sources;
pub mod steering;
pub mod tasks;
pub mod trials;
pub mod triggers;
pub mod upkeep;
pub mod users;

use axum::http::StatusCode;
use updraft_model::Severity;

use crate::error::Refusal;

/// The largest page.
pub const LIMIT_MAX: u32 = 200;

pub(crate) fn limit(asked: Option<u32>) -> u32 {
    asked.unwrap_or(50).clamp(1, LIMIT_MAX)
}

pub(crate) fn severity(word: &str) -> Result<Severity, Refusal> {
    Severity::from_word(word).ok_or_else(|| {
        bad(
            "severity",
            format!("`{word}` is no severity"),
            "use informational, low, medium, high or critical",
        )
    })
}

pub(crate) fn bad(code: &str, detail: impl Into<String>, hint: &str) -> Refusal {
    Refusal::new(StatusCode::BAD_REQUEST, code, detail, hint)
}

/// An id in a path or a query; one of the wrong form is simply not there.
pub(crate) fn id<T: std::str::FromStr>(text: &str, what: &'static str) -> Result<T, Refusal> {
    text.parse()
        .map_err(|_| updraft_app::Error::not_found(what, text).into())
}
