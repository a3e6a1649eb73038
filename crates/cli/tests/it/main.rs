//! End to end: the real program, over HTTP and the command line, with made-up vendors.

// A failure to set up is a failure of the test, and what a test prints is shown when it fails.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout
)]

mod access;
mod bombs;
mod crash;
mod dedup;
mod flow;
mod ground;
mod hostile;
mod http;
mod keep;
mod life;
mod pressure;
mod providers;
mod replay;
mod sealed;
mod secrets;
mod trust;
