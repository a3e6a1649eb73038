//! What the store promises, checked on both databases by one suite (`conformance/`), and what only one of them can show.
#![allow(clippy::unwrap_used, clippy::panic)]

mod builders;
mod conformance;
mod postgres;
mod sqlite;
