//! Egress against vendors on loopback: good ones, slow ones, hostile ones.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod failing;
mod hostile;
mod pacing;
mod secrets;
mod sessions;
mod sharing;
mod tickets;
mod world;
