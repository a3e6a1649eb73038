//! Every socket that Updraft listens on: the HTTP API, the intake, the event stream, the pages.
//!
//! A handler authenticates, asks `app`, and puts the answer into the API's shape; it holds no rule of
//! its own. `router` lists every route in one reading, each with the permission that it takes.

pub mod api;
pub mod auth;
pub mod error;
pub mod events;
pub mod intake;
pub mod metrics;
pub mod pages;
pub mod refused;
pub mod replay;
pub mod router;
pub mod serve;

pub use router::{Route, openapi, router, routes};
pub use serve::{Listening, serve};
