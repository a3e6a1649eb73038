//! The use cases and drivers from the outside: a real store on disk, real connectors, vendors on loopback.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // A failure to set up is a failure of the test.

mod admission;
mod demo;
mod fairness;
mod house;
mod keeping;
mod keys;
mod opened_cases;
mod order;
mod play;
mod playbooks;
mod recovery;
mod replay;
mod repository;
mod schedules;
mod signals;
mod simulation;
mod steering;
mod tasks;
mod triggers;
mod trust;
