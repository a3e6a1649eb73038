//! The machine from outside: scenarios as data, lint findings, random playbooks against invariants.

// Helpers of tests are not `#[test]` functions themselves.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout
)]

mod branches;
mod fuzz;
mod host;
mod lint;
mod records;
mod scenarios;
mod simulation;
mod steering;
mod triggers;
