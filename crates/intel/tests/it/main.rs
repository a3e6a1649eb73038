//! What the crate promises, measured from outside.

// Helpers of tests may stop the test.
#![allow(clippy::unwrap_used)]

mod fuzz;
mod gold;
mod properties;
mod spellings;
mod suffixes;
mod verdicts;
