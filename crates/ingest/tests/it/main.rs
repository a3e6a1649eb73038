//! Integration tests: shipped mappings over their samples, properties over arbitrary bytes, and, when the
//! environment variable `UPDRAFT_CORPORA` names a folder of corpora, all alerts and mails in it.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    missing_docs
)]

mod content;
mod corpora;
mod fuzz;
mod hostile;
mod vectors;
