//! What recorded runs are used for: a version tried on past runs, and the ways that runs took.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{Actor, BacktestId, BlobHash, RunId, TenantId, Timestamp};

/// Where a backtest stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[repr(u8)]
pub enum BacktestState {
    /// It waits for an earlier one.
    Queued = 0,
    /// Past runs are being played.
    Running = 1,
    /// Every run was played.
    Done = 2,
    /// A person stopped it; what was found until then is kept.
    Cancelled = 3,
    /// It could not go on; `error` says why.
    Failed = 4,
}

impl BacktestState {
    /// The stored number.
    pub const fn as_u8(self) -> u8 {
        self as u8
    }
    /// True when nothing more will happen.
    pub const fn is_over(self) -> bool {
        matches!(
            self,
            BacktestState::Done | BacktestState::Cancelled | BacktestState::Failed
        )
    }
    /// The word used in JSON.
    pub const fn as_str(self) -> &'static str {
        match self {
            BacktestState::Queued => "queued",
            BacktestState::Running => "running",
            BacktestState::Done => "done",
            BacktestState::Cancelled => "cancelled",
            BacktestState::Failed => "failed",
        }
    }
}

/// A version of a playbook tried on past runs.
// WIRE: stored data; fields are only ever added.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Backtest {
    /// Its identifier.
    pub id: BacktestId,
    /// Whose it is.
    pub tenant: TenantId,
    /// The playbook.
    pub playbook: String,
    /// What is tried: a version's number, `draft`, `live`, `shipped`, or `text` for one that was handed in.
    pub source: String,
    /// SHA-256 of the text that is tried.
    pub digest: BlobHash,
    /// SHA-256 of it with everything that it calls, as it is kept.
    pub bundle: BlobHash,
    /// Runs that began in the last so many days.
    pub days: u32,
    /// At most so many of them, the newest first.
    pub limit: u32,
    /// Who wanted it.
    pub by: Actor,
    /// When.
    pub created_at: Timestamp,
    /// When it ended.
    #[serde(default)]
    pub ended_at: Option<Timestamp>,
    /// Where it stands.
    pub state: BacktestState,
    /// Past runs that were looked at.
    #[serde(default)]
    pub looked_at: u64,
    /// Of them: those that the version would have been started for.
    #[serde(default)]
    pub matched: u64,
    /// True when there were more than `limit`.
    #[serde(default)]
    pub more: bool,
    /// What was found so far.
    #[serde(default)]
    pub result: Value,
    /// Why it could not go on.
    #[serde(default)]
    pub error: String,
}

/// The way that one run took, as it is kept when the run is over.
#[derive(Debug, Clone, PartialEq)]
pub struct RunPath {
    /// The type of its case.
    pub case_type: String,
    /// Its playbook.
    pub playbook: String,
    /// When it ended.
    pub ended_at: Timestamp,
    /// From start to end, milliseconds.
    pub took_ms: i64,
    /// The same for the same steps.
    pub hash: BlobHash,
    /// The steps.
    pub steps: Vec<String>,
    /// What was not as written; a list.
    pub deviations: Value,
    /// How many of these there are.
    pub deviation_count: u32,
    /// What people decided.
    pub decisions: Vec<HumanDecision>,
}

/// What people decided at one point of a run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HumanDecision {
    /// The id of the step.
    pub step: String,
    /// Its title.
    pub title: String,
    /// `manual`, `ask`, `approve` or `switch`.
    pub kind: String,
    /// The answer, equal when it is the same.
    pub answer: String,
    /// How long people took, milliseconds.
    pub human_ms: i64,
    /// Who answered.
    pub by: String,
}

/// How often a path was taken.
#[derive(Debug, Clone, PartialEq)]
pub struct PathCount {
    /// The playbook.
    pub playbook: String,
    /// Which path.
    pub hash: BlobHash,
    /// Its steps.
    pub steps: Vec<String>,
    /// Runs that took it.
    pub runs: u64,
    /// The median time from start to end, milliseconds.
    pub median_ms: Option<u64>,
    /// Some of the runs, the newest first.
    pub examples: Vec<RunId>,
    /// When the last one ended.
    pub last_at: Timestamp,
}
