//! The nouns of Updraft: what an alert, a case, an observable, a verdict and a run *are*.
//!
//! Everything above this crate speaks in these types; nothing here knows SQL, HTTP, YAML or a clock.
//! A time is always an argument, an identifier is made from a time and a random number that the caller
//! brings, and a permission is a value ([`access::Granted`]) that a reader of data must hold.

pub mod access;
pub mod alerts;
pub mod audit;
pub mod blob;
pub mod cases;
pub mod connections;
pub mod diagnostic;
pub mod ids;
pub mod observables;
pub mod playbooks;
pub mod runs;
pub mod severity;
pub mod sources;
pub mod tasks;
pub mod time;
pub mod trials;
pub mod triggers;
pub mod users;
pub mod verdict;

pub use access::{Actor, Denied, Granted, Permission, Principal, Role};
pub use alerts::{Alert, AlertState};
pub use audit::AuditEntry;
pub use blob::BlobHash;
pub use cases::{Case, CaseStatus, CaseType, CloseReason, Ticket, TicketState, TimelineEntry};
pub use connections::{Connection, ConnectionState, SecretName};
pub use diagnostic::{Diagnostic, Level, Problem};
pub use ids::{
    AlertId, BacktestId, CaseId, ConnectionId, RunId, SessionId, SourceId, TaskId, TenantId,
    TokenId, UserId, WishId,
};
pub use observables::{Observable, ObservableType};
pub use playbooks::{Activation, Draft, Origin, Playbook, PlaybookText, PlaybookVersion};
pub use runs::{OriginKind, Run, RunOrigin, RunState};
pub use severity::Severity;
pub use sources::Source;
pub use tasks::{Task, TaskAnswer, TaskChange, TaskKind, TaskState};
pub use time::Timestamp;
pub use trials::{Backtest, BacktestState, HumanDecision, PathCount, RunPath};
pub use triggers::{Cause, Decision, DecisionOutcome, ScheduleState};
pub use users::User;
pub use verdict::{Answer, AnswerOutcome, Reliability, Verdict, VerdictLevel};
