//! One execution of one playbook version.

use serde::{Deserialize, Serialize};

use crate::{Actor, AlertId, BlobHash, CaseId, Cause, RunId, Severity, TenantId, Timestamp};

/// Where a run stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[repr(u8)]
pub enum RunState {
    /// It waits for a free place, or for the case's earlier run.
    Queued = 0,
    /// Steps are being done.
    Running = 1,
    /// Nothing to do until a moment or an answer; `waiting_for` says which.
    Waiting = 2,
    /// It reached its end.
    Succeeded = 3,
    /// A step failed and nothing caught it.
    Failed = 4,
    /// A person stopped it.
    Cancelled = 5,
}

impl RunState {
    /// The stored number.
    pub const fn as_u8(self) -> u8 {
        self as u8
    }
    /// Reads the stored number.
    pub const fn from_u8(value: u8) -> Self {
        match value {
            0 => RunState::Queued,
            1 => RunState::Running,
            2 => RunState::Waiting,
            3 => RunState::Succeeded,
            4 => RunState::Failed,
            _ => RunState::Cancelled,
        }
    }
    /// True when nothing more will happen.
    pub const fn is_over(self) -> bool {
        matches!(
            self,
            RunState::Succeeded | RunState::Failed | RunState::Cancelled
        )
    }
    /// The word used in JSON.
    pub const fn as_str(self) -> &'static str {
        match self {
            RunState::Queued => "queued",
            RunState::Running => "running",
            RunState::Waiting => "waiting",
            RunState::Succeeded => "succeeded",
            RunState::Failed => "failed",
            RunState::Cancelled => "cancelled",
        }
    }
}

/// The head of a run; what happened in it is its journal.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Run {
    /// Its identifier.
    pub id: RunId,
    /// Whose it is.
    pub tenant: TenantId,
    /// The case it works on.
    pub case: CaseId,
    /// The alert that started it, if one did.
    #[serde(default)]
    pub alert: Option<AlertId>,
    /// The playbook's name.
    pub playbook: String,
    /// The pinned version: the address of the playbook's source.
    pub playbook_version: BlobHash,
    /// That version's number in the tenant's own playbook; 0 for one that ships with the program.
    #[serde(default)]
    pub playbook_number: u32,
    /// Where it stands.
    pub state: RunState,
    /// Its place in the queues: the case's severity when it was made.
    pub priority: Severity,
    /// When it was made.
    pub created_at: Timestamp,
    /// When its first step started.
    pub started_at: Option<Timestamp>,
    /// When it ended.
    pub ended_at: Option<Timestamp>,
    /// When it must be looked at next, at the latest.
    pub wake_at: Option<Timestamp>,
    /// For what it waits, in words.
    pub waiting_for: String,
    /// What went wrong, if it failed.
    pub error: String,
    /// How many steps it has done so far.
    pub steps: u64,
    /// How often a person took part: an answer, an approval, a skip, a cancel.
    #[serde(default)]
    pub people: u32,
    /// True while a step of it waits for something to hold on its case.
    #[serde(default)]
    pub watches: bool,
    /// True while it waits for others than vendors and lets the case's later runs work.
    #[serde(default)]
    pub aside: bool,
    /// The earlier run to which it belongs, if there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub origin: Option<Box<RunOrigin>>,
    /// Why it was made; `None` when a triage rule named its playbook.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cause: Option<Box<Cause>>,
    /// How many runs of its playbook may be under way at once, as its version says; `None` for any number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at_once: Option<u32>,
}

/// To which earlier run a run belongs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RunOrigin {
    /// How.
    pub kind: OriginKind,
    /// The earlier run.
    pub of: RunId,
    /// The step with which it begins again; empty for a rollback.
    pub from: String,
    /// Who wanted it.
    pub by: Actor,
}

/// How a run belongs to an earlier one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OriginKind {
    /// It is that run done again from one step on.
    Rerun,
    /// It takes back what that run did.
    Rollback,
}

impl OriginKind {
    /// The word used in JSON.
    pub const fn as_str(self) -> &'static str {
        match self {
            OriginKind::Rerun => "rerun",
            OriginKind::Rollback => "rollback",
        }
    }
}
