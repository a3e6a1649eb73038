//! What a run wants from the outside. The host records the input first, then performs these.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use updraft_model::Timestamp;

use crate::{StepKey, Target};

/// How a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RunOutcome {
    /// It reached its end.
    Succeeded,
    /// A step failed and nothing caught it, or the playbook said so.
    Failed,
    /// Somebody stopped it.
    Cancelled,
}

/// What is asked of people.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AskKind {
    /// To do something and say what came of it.
    Manual,
    /// To answer a question.
    Ask,
    /// To approve of something.
    Approve,
}

impl AskKind {
    /// The word used in playbooks and JSON.
    pub const fn as_str(self) -> &'static str {
        match self {
            AskKind::Manual => "manual",
            AskKind::Ask => "ask",
            AskKind::Approve => "approve",
        }
    }
}

/// What a run wants from the outside.
///
/// The inputs of calls are shared: a fan-out over ten connections holds its input once.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "effect", rename_all = "snake_case")]
pub enum Effect {
    /// Whom may this step ask? Answered with [`crate::Input::Resolved`] at once.
    Resolve {
        /// Which step.
        key: StepKey,
        /// The capability, for a fan-out.
        capability: Option<String>,
        /// `connector.action`, for a single action.
        action: Option<String>,
        /// The connection's name, if the playbook gives one.
        connection: Option<String>,
        /// The evaluated `with`.
        hint: Arc<Value>,
    },
    /// Perform an action of a connector. Answered with `Done`, possibly after `Begun` and `Progress`.
    Invoke {
        /// Which call.
        key: StepKey,
        /// Through which connection.
        target: Arc<Target>,
        /// The action's input.
        input: Arc<Value>,
        /// The same for every attempt.
        idempotency_key: String,
        /// After this moment the machine gives up on the call by itself.
        deadline: Option<Timestamp>,
        /// True when a request of this call, or of an earlier attempt, may already have left.
        begun: bool,
    },
    /// Perform an action of the host. Answered with `Done`.
    Host {
        /// Which call.
        key: StepKey,
        /// `case.close`, `report.render`, …
        action: String,
        /// The action's input.
        input: Arc<Value>,
        /// The same for every attempt.
        idempotency_key: String,
    },
    /// Continue a call from its saved state.
    Resume {
        /// Which call.
        key: StepKey,
        /// Through which connection.
        target: Arc<Target>,
        /// The action's input.
        input: Arc<Value>,
        /// The same for every attempt.
        idempotency_key: String,
        /// After this moment the machine gives up on the call by itself.
        deadline: Option<Timestamp>,
        /// What `Progress` saved.
        state: Value,
    },
    /// Ask people. Answered with [`crate::Input::Answered`], for an approval more than once; at the
    /// deadline the machine goes on by itself.
    Ask {
        /// Which step.
        key: StepKey,
        /// What is asked of them.
        kind: AskKind,
        /// The rendered step: `title`, `why` and the fields of its kind. See the kind's page.
        request: Arc<Value>,
        /// Until when an answer is of use.
        deadline: Option<Timestamp>,
        /// When they are to be reminded; each moment comes back as an [`Effect::Remind`].
        reminders: Vec<Timestamp>,
    },
    /// A moment of `reminders` has come and there is no answer yet. Needs no answer.
    Remind {
        /// Which step.
        key: StepKey,
        /// The how manieth reminder, from 1.
        number: u32,
    },
    /// Tell the run of its case: as it is now, and again whenever it changes, with
    /// [`crate::Input::CaseChanged`], until a [`Effect::Abandon`] or the wait's end.
    Watch {
        /// Which step.
        key: StepKey,
    },
    /// Something happened that others may wait for. Needs no answer; to be performed in the same
    /// transaction as the input that it follows.
    Emit {
        /// Which step.
        key: StepKey,
        /// What happened.
        event: String,
        /// More about it.
        payload: Arc<Value>,
    },
    /// Nobody waits for this call any more; its answer would be ignored.
    Abandon {
        /// Which call.
        key: StepKey,
    },
    /// The run is over.
    Finished {
        /// How.
        outcome: RunOutcome,
        /// In words; empty when there is nothing to say.
        message: String,
        /// The playbook's outputs.
        output: Value,
    },
}
