//! Integration tests: admission as a property, and reports as documents.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

mod admission;
mod build;
mod report;
