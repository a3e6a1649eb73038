//! End to end: the real program, over HTTP and the command line, with made-up vendors.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod access;
mod bombs;
mod crash;
mod dedup;
mod flow;
mod ground;
mod hostile;
mod http;
mod life;
mod pressure;
mod providers;
mod replay;
mod secrets;
