//! Runs: queued by priority, carried step by step to their end, recovered from their journal.
//!
//! - `fair` decides which run works next: fairly among tenants and severities, never two of the same case at once;
//!   `scheduler` keeps it behind a lock;
//! - `mailbox` keeps what people, other runs and the case want of a run until it is in the run's journal;
//! - `actor` carries one run: it feeds the engine, performs what the engine asks for and records first;
//! - `host` does the built-in actions (`case.*`, `report.*`) inside the run's own transaction;
//! - `invoke` performs connector actions and settles writes whose outcome is unknown;
//! - `replay` proves a finished run from its journal without network.

pub(crate) mod actor;
mod add_step;
mod again;
mod fair;
mod flows;
mod host;
mod host_cases;
mod invoke;
mod journal;
mod mailbox;
mod plans;
mod replay;
mod scheduler;
mod sleepers;
mod steering;
mod view;

pub(crate) use actor::Actor;
pub use again::origin_view;
pub use fair::{Slot, Waiting};
pub use journal::Entry;
pub use mailbox::{Background, Mailbox};
pub use plans::Plans;
pub(crate) use plans::parse_bundle;
pub use replay::{Divergence, ReplayReport};
pub use scheduler::Scheduler;
pub use view::{Can, RunView, StepDetail};

/// How the work on a run ended for now.
#[derive(Debug)]
pub(crate) enum End {
    /// It is over.
    Over,
    /// Nothing to do before a moment, or until something is wanted of it.
    Asleep {
        /// That moment.
        until: Option<updraft_model::Timestamp>,
        /// True when later runs of the case may work meanwhile.
        aside: bool,
    },
    /// The application stops; the journal has everything.
    Stopped,
}
