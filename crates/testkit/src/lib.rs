//! What tests and benches need and the product does not: vendors that run on loopback and misbehave on command.

#![allow(clippy::expect_used)] // For tests: a failure to set up is a failure of the test.

pub mod sim;
pub mod vendor;
