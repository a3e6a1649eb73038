//! The use cases of Updraft and the drivers behind them: the only place where a transaction is put
//! together and where the audit record is written.
//!
//! An [`App`] holds the store, the egress, the content and the clock. `server` and `cli` call its use
//! cases; its drivers take alerts from the inbox, make cases of them and carry their runs to the end:
//!
//! ```text
//! alerts::receive ── tx 1 ──► inbox ── normalise, admit ── tx 2 ──► runs ── step by step ── tx 3…n ──► closed case
//! ```
//!
//! Laws: record before act; an acknowledged alert is durable; a write to the outside is intended in the
//! ledger before it is sent, so that after a crash its outcome is looked up and not repeated.

pub mod accounts;
pub mod alerts;
pub mod cases;
pub mod catalog;
pub mod clock;
pub mod connections;
pub mod demo;
pub mod error;
pub mod events;
pub mod inbox;
pub mod paths;
pub mod playbooks;
pub mod probe;
pub mod runs;
pub mod schedules;
pub mod sealing;
pub mod secrets;
pub mod setup;
#[cfg(feature = "simulation")]
pub mod simulation;
pub mod sources;
pub mod tasks;
pub mod trials;
pub mod triggers;
pub mod upkeep;

mod app;
mod look;

/// The parts of the store's answers that the API shows.
pub mod store {
    pub use updraft_store::{CaseFilter, CaseSummary, Cursor, DecisionFilter, Page};
}

/// The command line's own way to a running server.
pub mod operator {
    pub use updraft_egress::operator::{Client, Reply};
}

/// The parts of a run that the API shows.
pub mod engine {
    pub use updraft_engine::{ControlOp, ControlRecord, Exchange, FieldFault, Outline, StepRecord};
}

mod keyed_lock;

pub use app::{App, Config};
pub use error::Error;
