//! What the outside tells a run. The list of these is the run's journal.

use std::fmt;

use crate::{AdHocStep, Undo};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use updraft_model::{Actor, BlobHash, ConnectionId, RunId, Timestamp, Verdict};

/// Which attempt of which step, inside one run.
///
/// The path names the way down the tree: `lookups[3]/ask@virustotal` is the step `ask` in the fourth
/// iteration of `lookups`, asking the connection `virustotal`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct StepKey {
    /// The way down the tree.
    pub path: String,
    /// From 1.
    pub attempt: u32,
}

impl fmt::Display for StepKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}#{}", self.path, self.attempt)
    }
}

/// What a timer is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TimerKind {
    /// A `wait` is over.
    Wait,
    /// A failed attempt may be repeated.
    Retry,
    /// A call that is polling wants to continue.
    Wake,
    /// Something took too long.
    Timeout,
    /// People have not answered yet.
    Reminder,
}

/// Which timer of a run.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct TimerKey {
    /// The step's path.
    pub path: String,
    /// What it is for.
    pub kind: TimerKind,
}

/// A connection that a step may use, as the host resolved it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Target {
    /// The connection's name; unique in one answer.
    pub name: String,
    /// The connection; none for the host's own actions.
    pub connection: Option<ConnectionId>,
    /// The connector's id; [`Target::HOST`] for the host's own actions.
    pub connector: String,
    /// The connector's action.
    pub action: String,
    /// The version of the connector's manifest.
    pub digest: BlobHash,
    /// The action's effect class: `read`, `notify`, `write`, …
    pub effect: String,
    /// Why it is not asked, if it is not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub skipped: Option<String>,
}

impl Target {
    /// The connector of the actions that the host performs itself.
    pub const HOST: &'static str = "host";
    /// The connector of scripts.
    pub const BOT: &'static str = "bot";
}

/// How a call ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// With an answer.
    Ok,
    /// With the answer that the thing is not known there.
    NotFound,
    /// With an error.
    Error,
}

/// Why a step failed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StepError {
    /// One word: `auth`, `rate_limited`, `timeout`, `expression`, `limit`, …
    pub code: String,
    /// What happened, in a sentence.
    pub message: String,
    /// What to do about it; may be empty.
    #[serde(default)]
    pub hint: String,
    /// True when the same call may work later.
    #[serde(default)]
    pub retryable: bool,
    /// When the vendor wants to be asked again, at the earliest.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_after_ms: Option<u64>,
}

impl StepError {
    /// An error that no repetition mends.
    pub fn new(code: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            code: code.into(),
            message: message.into(),
            hint: String::new(),
            retryable: false,
            retry_after_ms: None,
        }
    }
    /// Adds what to do about it.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = hint.into();
        self
    }
}

impl fmt::Display for StepError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.code, self.message)
    }
}

/// One request and its answer, as recorded. The machine only keeps it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Exchange {
    /// The request without its body.
    pub request: Value,
    /// The request's body.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request_body: Option<BlobHash>,
    /// The answer's status; 0 when there was none.
    pub status: u16,
    /// The answer's headers.
    pub response_headers: Value,
    /// The answer's body.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub response_body: Option<BlobHash>,
    /// Why there was no answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failure: Option<Value>,
    /// When the request went out.
    pub started_at: Timestamp,
    /// When the answer was complete.
    pub ended_at: Timestamp,
}

/// How one attempt of one call ended.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ActionResult {
    /// How.
    pub status: Status,
    /// What the action gives back.
    #[serde(default)]
    pub output: Value,
    /// What the vendor thinks of the thing asked about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub verdict: Option<Verdict>,
    /// What went wrong.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<StepError>,
    /// Everything that was said on the wire.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub exchanges: Vec<Exchange>,
    /// True when an earlier answer was used again.
    #[serde(default)]
    pub cached: bool,
    /// Where a person can look.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub link: Option<String>,
    /// How long it took.
    #[serde(default)]
    pub latency_ms: u64,
}

impl ActionResult {
    /// An answer.
    pub fn ok(output: Value) -> Self {
        Self {
            status: Status::Ok,
            output,
            verdict: None,
            error: None,
            exchanges: Vec::new(),
            cached: false,
            link: None,
            latency_ms: 0,
        }
    }
    /// An error.
    pub fn failed(error: StepError) -> Self {
        Self {
            status: Status::Error,
            error: Some(error),
            ..Self::ok(Value::Null)
        }
    }
}

/// How a person steers a run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "op", rename_all = "snake_case")]
pub enum ControlOp {
    /// Nothing new starts; answers of what is under way are taken in.
    Pause,
    /// It goes on.
    Resume,
    /// A paused run begins one step and stays paused.
    Step,
    /// It goes on, and pauses before this step. Without `[n]` in it the path means every iteration.
    RunTo {
        /// The step's path.
        path: String,
    },
    /// A step that is under way, or next in a paused run, is left out.
    Skip {
        /// The step's path.
        path: String,
        /// Why; not empty.
        reason: String,
    },
    /// Another attempt at once: of a call that waits to be repeated, or in place of one under way.
    Retry {
        /// The path of the step, or of one of its targets.
        path: String,
    },
    /// What is under way is let go, what succeeded is taken back, and the run is over.
    Rollback,
}

/// To which earlier run a run belongs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "origin", rename_all = "snake_case")]
pub enum Origin {
    /// It is that run done again from one step on; what was recorded before is not asked again.
    Rerun {
        /// The earlier run.
        of: RunId,
        /// The path of the step.
        from: String,
        /// Who wanted it.
        by: Actor,
    },
    /// It takes back what that run did, and does nothing else.
    Rollback {
        /// The earlier run.
        of: RunId,
        /// What is taken back, oldest first.
        undo: Vec<Undo>,
        /// The steps that people had added to the earlier run.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        ad_hoc: Vec<AdHocStep>,
        /// Who wanted it.
        by: Actor,
    },
}

/// What the outside tells a run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "input", rename_all = "snake_case")]
pub enum Input {
    /// The run begins. Always the first.
    Started {
        /// Its identifier.
        run: RunId,
        /// The values for the playbook's inputs.
        inputs: Value,
        /// What expressions see at the top: `{"case": …, "alert": …}`.
        context: Value,
        /// Where all randomness of the run comes from.
        seed: u64,
        /// When.
        at: Timestamp,
        /// The earlier run to which this one belongs, if there is one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        origin: Option<Box<Origin>>,
    },
    /// The answer to [`crate::Effect::Resolve`].
    Resolved {
        /// Which step.
        key: StepKey,
        /// Whom it may ask.
        targets: Vec<Target>,
        /// When.
        at: Timestamp,
    },
    /// A request with an effect on the outside is about to leave.
    Begun {
        /// Which call.
        key: StepKey,
        /// When.
        at: Timestamp,
    },
    /// A call of several exchanges saved its state.
    Progress {
        /// Which call.
        key: StepKey,
        /// What it needs to continue.
        state: Value,
        /// When it wants to continue; at once if none.
        wake_at: Option<Timestamp>,
        /// What was said on the wire since.
        #[serde(default)]
        exchanges: Vec<Exchange>,
        /// When.
        at: Timestamp,
    },
    /// A call ended.
    Done {
        /// Which call.
        key: StepKey,
        /// How.
        result: ActionResult,
        /// When.
        at: Timestamp,
    },
    /// A timer of [`crate::Machine::due_timers`] fired.
    Timer {
        /// Which.
        key: TimerKey,
        /// When.
        at: Timestamp,
    },
    /// Somebody stops the run.
    Cancel {
        /// Who.
        by: Actor,
        /// Why.
        reason: String,
        /// When.
        at: Timestamp,
    },
    /// Somebody steers the run.
    Control {
        /// How.
        op: ControlOp,
        /// Who.
        by: Actor,
        /// When.
        at: Timestamp,
    },
    /// Somebody adds a step.
    AdHoc {
        /// The step as in a playbook.
        step: Value,
        /// Who.
        by: Actor,
        /// When.
        at: Timestamp,
    },
    /// Something that a step may wait for happened.
    Signal {
        /// What.
        name: String,
        /// More about it.
        payload: Value,
        /// When.
        at: Timestamp,
    },
    /// Somebody answered [`crate::Effect::Ask`]. Does not fit unless
    /// [`crate::Machine::check_answer`] takes it.
    Answered {
        /// Which step.
        key: StepKey,
        /// Who.
        by: Actor,
        /// `{"values": {…}, "note": "…"}`, `{"skipped": "why"}`, or `{"approved": true, "note": "…"}`.
        answer: Value,
        /// When.
        at: Timestamp,
    },
    /// The case as it is now, for a run that watches it.
    CaseChanged {
        /// These names replace those of `Started`.
        context: Value,
        /// When.
        at: Timestamp,
    },
}

impl Input {
    /// When it happened.
    pub fn at(&self) -> Timestamp {
        match self {
            Input::Started { at, .. }
            | Input::Resolved { at, .. }
            | Input::Begun { at, .. }
            | Input::Progress { at, .. }
            | Input::Done { at, .. }
            | Input::Timer { at, .. }
            | Input::Cancel { at, .. }
            | Input::Control { at, .. }
            | Input::AdHoc { at, .. }
            | Input::Signal { at, .. }
            | Input::Answered { at, .. }
            | Input::CaseChanged { at, .. } => *at,
        }
    }
}
