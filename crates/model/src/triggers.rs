//! Why playbooks started or did not: what set off a run, what was decided when something happened, and when
//! schedules are due.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{Actor, AlertId, CaseId, RunId, TenantId, Timestamp};

/// Why a run was made, and what it was given.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Cause {
    /// The kind of trigger: `case_type`, `alert`, `schedule`, `button`, `api`, `run`; `hand` for a person's wish.
    pub trigger: String,
    /// Who asked for it, if a person or a program did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<Actor>,
    /// The run that led to it, if one did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub run: Option<RunId>,
    /// How many runs led to one another before it.
    #[serde(default)]
    pub depth: u32,
    /// Values of its inputs, before those that the team gives; null for none.
    #[serde(default, skip_serializing_if = "Value::is_null")]
    pub inputs: Value,
}

/// What was decided about one playbook when something happened that may start it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Decision {
    /// When.
    pub at: Timestamp,
    /// Which playbook.
    pub playbook: String,
    /// The kind of trigger, as in [`Cause`].
    pub kind: String,
    /// The trigger in words.
    pub trigger: String,
    /// The alert that it was about, if it was one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub alert: Option<AlertId>,
    /// The case that it was about, if it was one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub case: Option<CaseId>,
    /// The run that was made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub run: Option<RunId>,
    /// How it came out.
    pub outcome: DecisionOutcome,
    /// Why, in one sentence.
    pub reason: String,
    /// What the condition read, if it did not hold: path and value.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub read: Vec<(String, String)>,
    /// How many like it came before and were counted only.
    #[serde(default)]
    pub more: u64,
}

/// How a decision came out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DecisionOutcome {
    /// A run was made.
    Started,
    /// The condition does not hold.
    Condition,
    /// The condition, or an input, cannot be evaluated, or does not fit.
    Error,
    /// The run before is not over.
    Overlap,
    /// A limit stands against it.
    Limit,
}

/// Where a schedule stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScheduleState {
    /// Whose it is.
    pub tenant: TenantId,
    /// Whose schedule.
    pub playbook: String,
    /// What tells it from the playbook's others: its moments as written. A schedule with other moments is another.
    pub key: String,
    /// When it is due next.
    pub due_at: Timestamp,
    /// The moment for which it last made a run.
    #[serde(default)]
    pub last_at: Option<Timestamp>,
    /// That run.
    #[serde(default)]
    pub last_run: Option<RunId>,
}
