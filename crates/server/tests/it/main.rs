//! The HTTP API from the outside: the real router in process, on a store in a temporary folder.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // A failure to set up is a failure of the test.

mod access;
mod accounts;
mod cases;
mod connections;
mod headers;
mod intake;
mod playbooks;
mod rig;
mod runs;
mod sessions;
mod sources;
mod steering;
mod tenants;
mod triggers;
mod trust;
mod upkeep;
