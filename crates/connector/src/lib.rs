//! Connectors: a product's API as data, and one call of it as a state machine.
//!
//! [`Connector::parse`] reads the documents of one folder and reports every mistake with its place.
//! [`Call`] then says what to send and reads what comes back, until there is a result: outputs, a verdict,
//! or an error with a code. It opens no socket, reads no clock and sees no secret: the caller sends each
//! [`Request`] with the headers that [`auth::apply`] adds at the last moment.

mod action;
pub mod auth;
mod call;
mod check;
mod coherence;
mod connector;
mod decode;
mod encode;
mod error;
mod exchange;
pub mod format;
mod manifest;
mod reference;
pub mod replay;
mod request;
mod retry_after;
pub mod rules;
pub mod samples;
mod schema;
pub mod shape;
mod templates;
pub mod units;
mod values;
mod xml;

pub use action::{Action, Effect, FollowUp, Idempotency, IdempotencyKind, OutputSpec, Verify};
pub use auth::Auth;
pub use call::{Call, CallResult, CallStatus, EXCHANGES_MAX, Environment, Step, UndoCall};
pub use connector::{ACTIONS_MAX, Connector, DocProblem, FollowUpCall};
pub use error::{CODES, CallError, ErrorCode, Failure, MESSAGE_CHARS_MAX};
pub use exchange::{Body, Part, PartContent, Request, Response, Transport};
pub use manifest::{
    ErrorRule, Limits, Manifest, Ping, RESPONSE_BYTES_DEFAULT, SecretSpec, TIMEOUT_MS_DEFAULT,
};
pub use reference::reference;
pub use replay::ReplayBook;
pub use request::{BODY_BYTES_MAX, URL_BYTES_MAX, WHOIS_PORT, host_matches};
pub use samples::{Sample, SampleExchange};
pub use schema::{format_reference, schemas};
pub use templates::{Condition, Json, Text};
pub use values::{Type, ValueSpec};
