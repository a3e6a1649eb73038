//! The whole state of a run: plain data, nothing that is not derived from the inputs.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use serde::{Deserialize, Serialize};
use serde_json::Value;
use updraft_model::{Actor, RunId, Timestamp};

use super::{End, control::Control};
use crate::{
    AskKind, RunOutcome, StepError, Target, TimerKind, limits::VALUE_DEPTH_MAX, steps::Live,
};

/// A place in the table of frames.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct FrameId(pub u32);

/// How a run ended.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Outcome {
    /// How.
    pub outcome: RunOutcome,
    /// In words; empty when there is nothing to say.
    pub message: String,
    /// The playbook's outputs.
    pub output: Value,
    /// When.
    pub at: Timestamp,
}

/// Why a step failed, and which.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Failure {
    pub path: Arc<str>,
    pub error: StepError,
}

/// Numbered places that are used again, the last freed first.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Slab<T> {
    items: Vec<Option<T>>,
    free: Vec<u32>,
}

impl<T> Default for Slab<T> {
    fn default() -> Self {
        Self {
            items: Vec::new(),
            free: Vec::new(),
        }
    }
}

impl<T> Slab<T> {
    pub(super) fn insert(&mut self, item: T) -> u32 {
        if let Some(place) = self.free.pop()
            && let Some(slot) = self.items.get_mut(place as usize)
        {
            *slot = Some(item);
            return place;
        }
        self.items.push(Some(item));
        // LIMIT: executions are bounded far below 2^32.
        u32::try_from(self.items.len() - 1).unwrap_or(u32::MAX)
    }
    pub(super) fn get(&self, place: u32) -> Option<&T> {
        self.items.get(place as usize)?.as_ref()
    }
    pub(super) fn get_mut(&mut self, place: u32) -> Option<&mut T> {
        self.items.get_mut(place as usize)?.as_mut()
    }
    pub(super) fn remove(&mut self, place: u32) -> Option<T> {
        let item = self.items.get_mut(place as usize)?.take()?;
        self.free.push(place);
        Some(item)
    }
    pub(super) fn ids(&self) -> impl Iterator<Item = u32> + '_ {
        (0u32..)
            .zip(&self.items)
            .filter(|(_, item)| item.is_some())
            .map(|(place, _)| place)
    }
}

/// A block or a step that is under way.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Frame {
    pub parent: Option<FrameId>,
    /// Which child of its parent it is.
    pub slot: u32,
    pub level: u32,
    /// The step's path; for a block what its steps' paths begin with.
    pub path: Arc<str>,
    pub body: Body,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) enum Body {
    Block {
        block: u32,
        next: u32,
        owns_level: bool,
    },
    Step {
        step: u32,
        live: Live,
    },
}

/// Where results and loop variables live: a called playbook or one iteration of a loop.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Level {
    pub parent: Option<u32>,
    pub activation: u32,
    /// Results by the step's index, sorted.
    pub results: Vec<(u32, Value)>,
    pub locals: Vec<(Arc<str>, Value)>,
    pub bytes: usize,
}

/// One call of a playbook; the first is the run's own.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Activation {
    pub plan: u32,
    pub inputs: Value,
    pub vars: Value,
    pub root: FrameId,
    pub depth: u32,
    pub bytes: usize,
}

/// Where a call to the outside stands.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) enum Phase {
    /// The host has it; with the state from which it would continue.
    Running(Option<Value>),
    /// It sleeps until `due` and continues from this.
    Asleep(Value),
    /// It failed and is repeated at `due`.
    Backoff,
    /// The run is paused; it leaves when the run goes on.
    Held,
}

/// For what a run waits.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) enum Wants {
    Resolve {
        capability: Option<String>,
        action: Option<String>,
        connection: Option<String>,
        hint: Arc<Value>,
    },
    Invoke {
        target: Arc<Target>,
        input: Arc<Value>,
        idempotency_key: Arc<str>,
        phase: Phase,
    },
    Host {
        action: String,
        input: Arc<Value>,
        idempotency_key: Arc<str>,
        phase: Phase,
    },
    Pause,
    Signal {
        name: String,
    },
    /// A condition of the step to hold on the case.
    Case,
    /// People to answer.
    Ask {
        kind: AskKind,
        request: Arc<Value>,
        /// What is still to come.
        reminders: Vec<Timestamp>,
        /// How many there were.
        reminded: u32,
        /// Who approved so far.
        approved: Vec<Approval>,
    },
    /// The end of a step that has others inside, at its timeout.
    Guard,
}

/// One person's approval.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Approval {
    pub by: Actor,
    pub note: String,
}

/// What follows when everything inside a frame is cleaned up.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) enum Closing {
    /// The step ends like this.
    Step(End),
    /// The body or the `catch` of a `try` failed.
    Part(Failure),
    /// The playbook that nobody called ends like this.
    Run {
        outcome: RunOutcome,
        message: String,
        output: Value,
    },
    /// The run ends like this, whatever else is under way.
    Whole {
        outcome: RunOutcome,
        message: String,
        output: Value,
    },
}

/// One thing that a run waits for; its key in the table is the path.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Open {
    pub frame: FrameId,
    /// Which target of the step.
    pub slot: u32,
    pub attempt: u32,
    /// A request of this or an earlier attempt may have left.
    pub begun: bool,
    pub progress: u32,
    pub deadline: Option<Timestamp>,
    pub due: Option<Timestamp>,
    pub wants: Wants,
}

impl Open {
    pub(super) fn new(frame: FrameId, slot: u32, wants: Wants) -> Self {
        Self {
            frame,
            slot,
            attempt: 1,
            begun: false,
            progress: 0,
            deadline: None,
            due: None,
            wants,
        }
    }
    pub(super) fn phase(&self) -> Option<&Phase> {
        match &self.wants {
            Wants::Invoke { phase, .. } | Wants::Host { phase, .. } => Some(phase),
            Wants::Resolve { .. }
            | Wants::Pause
            | Wants::Signal { .. }
            | Wants::Case
            | Wants::Ask { .. }
            | Wants::Guard => None,
        }
    }
    pub(super) fn set_phase(&mut self, new: Phase) {
        if let Wants::Invoke { phase, .. } | Wants::Host { phase, .. } = &mut self.wants {
            *phase = new;
        }
    }
    /// What `due` is for.
    pub(super) fn due_kind(&self) -> TimerKind {
        match self.phase() {
            Some(Phase::Backoff) => TimerKind::Retry,
            Some(Phase::Asleep(_) | Phase::Running(_)) => TimerKind::Wake,
            None if matches!(self.wants, Wants::Ask { .. }) => TimerKind::Reminder,
            Some(Phase::Held) | None => TimerKind::Wait,
        }
    }
}

/// A run.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(super) struct State {
    pub run: Option<RunId>,
    pub seed: u64,
    pub context: Value,
    /// `run` in expressions.
    pub about: Value,
    pub frames: Slab<Frame>,
    pub levels: Slab<Level>,
    pub activations: Slab<Activation>,
    pub open: BTreeMap<Arc<str>, Open>,
    pub timers: BTreeSet<(Timestamp, Arc<str>, TimerKind)>,
    pub signals: BTreeMap<String, Value>,
    pub executions: u64,
    pub done: u64,
    pub bytes: usize,
    pub fuel: u64,
    pub outcome: Option<Outcome>,
    /// When the run must be over, if its playbook says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wall: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Control::is_idle")]
    pub control: Control,
    /// Frames that stay only until the `finally` blocks inside them are over.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub dying: BTreeSet<FrameId>,
    /// What follows then, at the frame that let go of them.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub closing: BTreeMap<FrameId, Closing>,
}

impl State {
    pub(super) fn frame(&self, id: FrameId) -> Option<&Frame> {
        self.frames.get(id.0)
    }
    pub(super) fn activation_of(&self, frame: FrameId) -> Option<u32> {
        Some(self.levels.get(self.frame(frame)?.level)?.activation)
    }
    /// True if `frame` is inside `ancestor`.
    pub(super) fn is_inside(&self, frame: FrameId, ancestor: FrameId) -> bool {
        let mut at = self.frame(frame).and_then(|f| f.parent);
        while let Some(id) = at {
            if id == ancestor {
                return true;
            }
            at = self.frame(id).and_then(|f| f.parent);
        }
        false
    }
}

/// Approximate bytes of a value; `None` when it nests too deep.
pub(crate) fn size_of_value(value: &Value) -> Option<usize> {
    fn walk(value: &Value, depth: usize) -> Option<usize> {
        if depth > VALUE_DEPTH_MAX {
            return None;
        }
        let own = size_of::<Value>();
        Some(match value {
            Value::Null | Value::Bool(_) | Value::Number(_) => own,
            Value::String(text) => own + text.len(),
            Value::Array(list) => {
                let mut sum = own;
                for item in list {
                    sum += walk(item, depth + 1)?;
                }
                sum
            }
            Value::Object(map) => {
                let mut sum = own;
                for (key, item) in map {
                    sum += key.len() + walk(item, depth + 1)?;
                }
                sum
            }
        })
    }
    walk(value, 0)
}
