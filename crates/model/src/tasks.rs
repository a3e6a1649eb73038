//! What a run asks of people, and how they answered.
//!
//! ```text
//! open ──answered──► answered
//!   ├────deadline──► expired     the run went on with the default, or failed
//!   └────let go────► withdrawn   nobody needs the answer any more
//! ```

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{Actor, CaseId, RunId, TaskId, TenantId, Timestamp};

/// What is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[repr(u8)]
pub enum TaskKind {
    /// To do something and say what came of it.
    Manual = 0,
    /// To answer a question.
    Ask = 1,
    /// To approve of something.
    Approve = 2,
}

impl TaskKind {
    /// All.
    pub const ALL: [TaskKind; 3] = [TaskKind::Manual, TaskKind::Ask, TaskKind::Approve];

    /// The stored number.
    pub const fn as_u8(self) -> u8 {
        self as u8
    }
    /// The word used in JSON.
    pub const fn as_str(self) -> &'static str {
        match self {
            TaskKind::Manual => "manual",
            TaskKind::Ask => "ask",
            TaskKind::Approve => "approve",
        }
    }
    /// Reads the word used in JSON.
    pub fn from_word(word: &str) -> Option<Self> {
        TaskKind::ALL.into_iter().find(|kind| kind.as_str() == word)
    }
}

/// Where a task stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[repr(u8)]
pub enum TaskState {
    /// It waits for an answer.
    Open = 0,
    /// It was answered, and the run went on.
    Answered = 1,
    /// Its deadline passed.
    Expired = 2,
    /// The run went on, or ended, without it.
    Withdrawn = 3,
}

impl TaskState {
    /// The stored number.
    pub const fn as_u8(self) -> u8 {
        self as u8
    }
    /// The word used in JSON.
    pub const fn as_str(self) -> &'static str {
        match self {
            TaskState::Open => "open",
            TaskState::Answered => "answered",
            TaskState::Expired => "expired",
            TaskState::Withdrawn => "withdrawn",
        }
    }
}

/// One person's answer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TaskAnswer {
    /// Who.
    pub by: Actor,
    /// When.
    pub at: Timestamp,
    /// `{"values": {…}, "note": "…"}`, `{"skipped": "why"}`, or `{"approved": true, "note": "…"}`.
    pub answer: Value,
}

/// What a step of a run asks of people.
// WIRE: stored data; fields are only ever added.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Task {
    /// Its identifier.
    pub id: TaskId,
    /// Whose it is.
    pub tenant: TenantId,
    /// The run that asks.
    pub run: RunId,
    /// The step that asks; with `attempt` unique in its run.
    pub path: String,
    /// Which attempt of the step.
    pub attempt: u32,
    /// The case that it is about.
    pub case: CaseId,
    /// The run's playbook.
    pub playbook: String,
    /// What is asked.
    pub kind: TaskKind,
    /// What it is about, in a few words; the step's id if the playbook says nothing.
    pub title: String,
    /// Why it is asked; may be empty.
    pub why: String,
    /// The rendered step: the form, the question, whom.
    pub request: Value,
    /// The roles or people that it is for; empty for everybody who may change cases.
    pub roles: Vec<String>,
    /// Where it stands.
    pub state: TaskState,
    /// Since when.
    pub asked_at: Timestamp,
    /// Until when an answer is of use.
    pub deadline: Option<Timestamp>,
    /// How often people were reminded.
    pub reminded: u32,
    /// The answers so far: one, or for an approval one of each person.
    pub answered: Vec<TaskAnswer>,
    /// Since when it is not open any more.
    pub closed_at: Option<Timestamp>,
}

/// What happened to a task.
#[derive(Debug, Clone, PartialEq)]
pub enum TaskChange {
    /// A moment to remind of it has come.
    Reminded {
        /// The how manieth reminder, from 1.
        number: u32,
    },
    /// Somebody answered.
    Answered {
        /// Who, when and what.
        answer: TaskAnswer,
        /// True when the run needs no further answer.
        closes: bool,
    },
    /// It is not open any more, without an answer that counts.
    Closed {
        /// [`TaskState::Expired`] or [`TaskState::Withdrawn`].
        state: TaskState,
        /// When.
        at: Timestamp,
    },
}

impl Task {
    /// Takes in what happened; false when the task is not open any more and nothing changes.
    pub fn change(&mut self, change: &TaskChange) -> bool {
        if self.state != TaskState::Open {
            return false;
        }
        match change {
            TaskChange::Reminded { number } => self.reminded = self.reminded.max(*number),
            TaskChange::Answered { answer, closes } => {
                if *closes {
                    self.state = TaskState::Answered;
                    self.closed_at = Some(answer.at);
                }
                self.answered.push(answer.clone());
            }
            TaskChange::Closed { state, at } => {
                self.state = *state;
                self.closed_at = Some(*at);
            }
        }
        true
    }
}
