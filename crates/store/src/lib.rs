//! Everything that survives a restart: tables, queue of writes, payloads.
//!
//! A caller describes a change as data, a [`Tx`] made of [`Op`]s, and hands it to [`Store::commit`]; when that
//! returns `Ok`, the change is on the disk. One writer takes all transactions that are waiting, runs each of them
//! under its own savepoint inside one database transaction, commits once, and answers all of them: many runs share
//! one `fsync`. A transaction whose guard fails (a version, a unique key) is undone alone; its neighbours are not.
//!
//! Reads go past the writer, on read-only connections, and see what is committed. Every read of a tenant's data takes
//! a [`Granted`](updraft_model::Granted) and answers only from that tenant: a row of another tenant is not found.
//!
//! SQLite (`sqlite/`) and PostgreSQL (`postgres/`) implement one narrow seam (`seam.rs`: statements in, rows out);
//! the nouns (`cases/`, `alerts.rs`, `runs.rs`, …) hold the statements, once, in the SQL that both understand.
//!
//! The store decides nothing: which case an alert belongs to, whether a run is over, who may read, is said by the
//! caller. It never returns a row without a grant, and it never answers a write before it is durable.

pub mod alerts;
pub mod answers;
mod apply;
pub mod audit;
pub mod backtests;
pub mod blobs;
pub mod cases;
pub mod connections;
pub mod content_versions;
pub mod effects;
mod error;
mod heads;
mod names;
pub mod observables;
mod packed;
mod page;
pub mod playbook_health;
pub mod playbooks;
mod postgres;
mod prepare;
mod queue;
pub mod reports;
pub mod retention;
pub mod run_paths;
pub mod runs;
mod schema;
mod seam;
pub mod sessions;
pub mod settings;
#[cfg(feature = "simulation")]
pub mod simulation;
pub mod sources;
mod sqlite;
mod stats;
mod store;
pub mod tasks;
pub mod tickets;
pub mod timeline;
pub mod triggers;
mod tx;
pub mod users;
pub mod wishes;
mod writer;

pub use alerts::{AlertFilter, AlertPage, InboxItem};
pub use answers::WhichRun;
pub use audit::{AuditPage, AuditRow, ChainReport};
pub use cases::{CaseCounts, CaseFilter, CasePage, CaseSummary};
pub use connections::SealedConnection;
pub use content_versions::ContentVersion;
pub use effects::{EffectRow, EffectState};
pub use error::{Conflict, Error};
pub use observables::Sighting;
pub use page::{Cursor, LIMIT_MAX, Page};
pub use playbook_health::{Health, MEDIAN_ERROR};
pub use playbooks::{DraftText, LivePlaybook, TESTS_KIND, TEXT_KIND};
pub use postgres::PostgresOptions;
pub use reports::ReportRow;
pub use retention::{Retention, Swept};
pub use run_paths::{DECISIONS_READ_MAX, Decided, Deviating};
pub use runs::{AsleepRun, RunFilter, RunPage};
pub use sessions::{Session, Token, TokenOwner};
pub use sqlite::{DATABASE_FILE, SqliteOptions, check_file, restore_from};
pub use stats::Stats;
pub use store::Store;
pub use tasks::{TaskFilter, TaskPage};
pub use timeline::{TimelinePage, TimelineRow};
pub use triggers::DecisionFilter;
pub use tx::{Committed, Op, Tx};
pub use users::UserRow;
pub use wishes::{WISHES_MAX, Wish};
