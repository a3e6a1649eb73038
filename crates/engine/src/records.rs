//! What happened in a run, for people: one record a step and target, parents before children.

use std::{collections::BTreeMap, sync::Arc};

use serde::{Deserialize, Serialize};
use serde_json::Value;
use updraft_model::{Actor, ConnectionId, Timestamp, Verdict};

use crate::{
    ActionResult, ControlOp, Exchange, Status, StepError, Target,
    limits::{CONTROLS_MAX, RECORDS_MAX},
};

/// Where a step stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StepStatus {
    /// Not begun.
    Pending,
    /// Under way.
    Running,
    /// It waits to be repeated or continued.
    Waiting,
    /// It ended well.
    Succeeded,
    /// It ended badly.
    Failed,
    /// Its condition did not hold.
    Skipped,
    /// Nobody waited for it any more.
    Cancelled,
}

impl StepStatus {
    /// The word used in JSON and expressions.
    pub const fn as_str(self) -> &'static str {
        match self {
            StepStatus::Pending => "pending",
            StepStatus::Running => "running",
            StepStatus::Waiting => "waiting",
            StepStatus::Succeeded => "succeeded",
            StepStatus::Failed => "failed",
            StepStatus::Skipped => "skipped",
            StepStatus::Cancelled => "cancelled",
        }
    }
}

/// Whom a step asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TargetName {
    /// The connection's name.
    pub name: String,
    /// The connection.
    pub connection: Option<ConnectionId>,
    /// The connector's id.
    pub connector: String,
    /// The connector's action.
    pub action: String,
    /// The action's effect class.
    pub effect: String,
}

impl TargetName {
    pub(crate) fn of(target: &Target) -> Self {
        Self {
            name: target.name.clone(),
            connection: target.connection,
            connector: target.connector.clone(),
            action: target.action.clone(),
            effect: target.effect.clone(),
        }
    }
    pub(crate) fn host(action: &str) -> Self {
        Self {
            name: Target::HOST.to_owned(),
            connection: None,
            connector: Target::HOST.to_owned(),
            action: action.to_owned(),
            effect: String::new(),
        }
    }
}

/// One attempt of one call.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Attempt {
    /// From 1.
    pub attempt: u32,
    /// How it ended, if it has.
    pub status: Option<Status>,
    /// What went wrong.
    pub error: Option<StepError>,
    /// What was said on the wire.
    pub exchanges: Vec<Exchange>,
    /// True when an earlier answer was used again.
    pub cached: bool,
    /// How long the host says it took.
    pub latency_ms: u64,
    /// When it began.
    pub started_at: Timestamp,
    /// When it ended.
    pub ended_at: Option<Timestamp>,
}

/// One step, or one target of a capability step.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct StepRecord {
    /// Its path in the run; unique.
    pub path: String,
    /// The step's id, or the target's name.
    pub id: String,
    /// The step's title; may be empty.
    pub title: String,
    /// `action`, `capability`, `for_each`, …, or `target`.
    pub kind: String,
    /// The path of the step around it; empty at the top.
    pub parent: String,
    /// In which iteration of the loop around it.
    pub iteration: Option<u32>,
    /// Where it stands.
    pub status: StepStatus,
    /// What it was given.
    pub input: Arc<Value>,
    /// What it gave.
    pub output: Value,
    /// Why it failed.
    pub error: Option<StepError>,
    /// Whom it asked.
    pub target: Option<TargetName>,
    /// What the target thinks.
    pub verdict: Option<Verdict>,
    /// Where a person can look.
    pub link: Option<String>,
    /// Its attempts.
    pub attempts: Vec<Attempt>,
    /// When it began.
    pub started_at: Timestamp,
    /// When it ended.
    pub ended_at: Option<Timestamp>,
    /// Who added it to the run; none for a step of the playbook.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub added_by: Option<Actor>,
    /// What people did to it, in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub steered: Vec<Steered>,
}

/// What a person did to a step.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Steered {
    /// `skip` or `retry`.
    pub what: String,
    /// Why; may be empty.
    pub reason: String,
    /// Who.
    pub by: Actor,
    /// When.
    pub at: Timestamp,
}

/// What a person did to a run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ControlRecord {
    /// What.
    pub op: ControlOp,
    /// Who.
    pub by: Actor,
    /// When.
    pub at: Timestamp,
}

/// How a record begins.
pub(crate) struct Begin<'a> {
    pub path: &'a str,
    pub id: &'a str,
    pub title: &'a str,
    pub kind: &'a str,
    pub parent: &'a str,
    pub iteration: Option<u32>,
}

/// All records of a run.
#[derive(Debug, Clone, Default)]
pub(crate) struct History {
    records: Vec<StepRecord>,
    controls: Vec<ControlRecord>,
    places: BTreeMap<String, usize>,
}

impl History {
    pub(crate) fn records(&self) -> &[StepRecord] {
        &self.records
    }

    fn at(&mut self, path: &str) -> Option<&mut StepRecord> {
        let place = *self.places.get(path)?;
        self.records.get_mut(place)
    }

    pub(crate) fn begin(&mut self, begin: Begin<'_>, at: Timestamp) {
        if self.records.len() >= RECORDS_MAX {
            return;
        }
        self.places
            .insert(begin.path.to_owned(), self.records.len());
        self.records.push(StepRecord {
            path: begin.path.to_owned(),
            id: begin.id.to_owned(),
            title: begin.title.to_owned(),
            kind: begin.kind.to_owned(),
            parent: begin.parent.to_owned(),
            iteration: begin.iteration,
            status: StepStatus::Running,
            input: Arc::new(Value::Null),
            output: Value::Null,
            error: None,
            target: None,
            verdict: None,
            link: None,
            attempts: Vec::new(),
            started_at: at,
            ended_at: None,
            added_by: None,
            steered: Vec::new(),
        });
    }

    pub(crate) fn added(&mut self, path: &str, by: Actor) {
        if let Some(record) = self.at(path) {
            record.added_by = Some(by);
        }
    }

    pub(crate) fn control(&mut self, control: ControlRecord) {
        if self.controls.len() < CONTROLS_MAX {
            self.controls.push(control);
        }
    }

    pub(crate) fn controls(&self) -> &[ControlRecord] {
        &self.controls
    }

    pub(crate) fn steered(&mut self, path: &str, steered: Steered) {
        if let Some(record) = self.at(path)
            && record.steered.len() < CONTROLS_MAX
        {
            record.steered.push(steered);
        }
    }

    /// Nobody waits for this attempt any more, another follows.
    pub(crate) fn given_up(&mut self, path: &str, number: u32, at: Timestamp) {
        let Some(record) = self.at(path) else {
            return;
        };
        let mut attempts = record.attempts.iter_mut();
        if let Some(attempt) = attempts.rfind(|attempt| attempt.attempt == number) {
            attempt.ended_at.get_or_insert(at);
        }
    }

    pub(crate) fn input(&mut self, path: &str, input: &Arc<Value>) {
        if let Some(record) = self.at(path) {
            record.input = Arc::clone(input);
        }
    }

    pub(crate) fn waiting(&mut self, path: &str) {
        if let Some(record) = self.at(path) {
            record.status = StepStatus::Waiting;
        }
    }

    pub(crate) fn target(&mut self, path: &str, target: TargetName) {
        if let Some(record) = self.at(path) {
            record.target = Some(target);
        }
    }

    pub(crate) fn attempt(&mut self, path: &str, attempt: u32, at: Timestamp) {
        if let Some(record) = self.at(path) {
            record.status = StepStatus::Running;
            record.attempts.push(Attempt {
                attempt,
                status: None,
                error: None,
                exchanges: Vec::new(),
                cached: false,
                latency_ms: 0,
                started_at: at,
                ended_at: None,
            });
        }
    }

    pub(crate) fn exchanges(&mut self, path: &str, exchanges: &[Exchange]) {
        if let Some(record) = self.at(path) {
            record.status = StepStatus::Waiting;
            if let Some(attempt) = record.attempts.last_mut() {
                attempt.exchanges.extend_from_slice(exchanges);
            }
        }
    }

    pub(crate) fn attempt_ended(
        &mut self,
        path: &str,
        number: u32,
        result: &ActionResult,
        at: Timestamp,
    ) {
        let Some(record) = self.at(path) else {
            return;
        };
        record.status = StepStatus::Waiting;
        record.verdict.clone_from(&result.verdict);
        record.link.clone_from(&result.link);
        let found = record
            .attempts
            .iter_mut()
            .rfind(|attempt| attempt.attempt == number);
        if let Some(attempt) = found {
            attempt.status = Some(result.status);
            attempt.error.clone_from(&result.error);
            attempt.exchanges.extend_from_slice(&result.exchanges);
            attempt.cached = result.cached;
            attempt.latency_ms = result.latency_ms;
            attempt.ended_at = Some(at);
        }
    }

    pub(crate) fn target_ended(&mut self, path: &str, result: &ActionResult, at: Timestamp) {
        let status = match result.status {
            Status::Ok | Status::NotFound => StepStatus::Succeeded,
            Status::Error => StepStatus::Failed,
        };
        self.ended(path, status, &result.output, result.error.as_ref(), at);
    }

    pub(crate) fn ended(
        &mut self,
        path: &str,
        status: StepStatus,
        output: &Value,
        error: Option<&StepError>,
        at: Timestamp,
    ) {
        if let Some(record) = self.at(path) {
            record.status = status;
            record.output = output.clone();
            record.error = error.cloned();
            record.ended_at = Some(at);
        }
    }

    pub(crate) fn cancelled(&mut self, path: &str, at: Timestamp) {
        if let Some(record) = self.at(path).filter(|record| record.ended_at.is_none()) {
            record.status = StepStatus::Cancelled;
            record.ended_at = Some(at);
            if let Some(attempt) = record.attempts.last_mut() {
                attempt.ended_at.get_or_insert(at);
            }
        }
    }
}
