//! Egress against vendors on loopback: good ones, slow ones, hostile ones.

mod failing;
mod hostile;
mod pacing;
mod secrets;
mod sessions;
mod sharing;
mod tickets;
mod world;
