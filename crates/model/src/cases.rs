//! The internal record that people and playbooks work on.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{Actor, CaseId, Observable, RunId, Severity, TenantId, Timestamp, VerdictLevel};

/// The kind of a case, which decides its playbook, SLA and layout. A word: content may add more.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct CaseType(pub String);

impl CaseType {
    /// Enrichment only: nobody owns it, it closes itself.
    pub fn enrichment() -> Self {
        Self("Enrichment".into())
    }
    /// Something is bad and a person looks at it.
    pub fn investigation() -> Self {
        Self("Investigation".into())
    }
    /// The word.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Where a case stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[repr(u8)]
pub enum CaseStatus {
    /// Nobody has begun.
    New = 0,
    /// A playbook or a person is on it.
    InProgress = 1,
    /// It waits for a person.
    Waiting = 2,
    /// It is over; the reason says how.
    Closed = 3,
}

impl CaseStatus {
    /// All, in order.
    pub const ALL: [CaseStatus; 4] = [
        CaseStatus::New,
        CaseStatus::InProgress,
        CaseStatus::Waiting,
        CaseStatus::Closed,
    ];
    /// The stored number.
    pub const fn as_u8(self) -> u8 {
        self as u8
    }
    /// Reads the stored number.
    pub const fn from_u8(value: u8) -> Self {
        match value {
            0 => CaseStatus::New,
            1 => CaseStatus::InProgress,
            2 => CaseStatus::Waiting,
            _ => CaseStatus::Closed,
        }
    }
    /// The word used in JSON.
    pub const fn as_str(self) -> &'static str {
        match self {
            CaseStatus::New => "new",
            CaseStatus::InProgress => "in_progress",
            CaseStatus::Waiting => "waiting",
            CaseStatus::Closed => "closed",
        }
    }
}

/// Why a case was closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[repr(u8)]
pub enum CloseReason {
    /// Looked up, and nothing is held against it.
    Clean = 0,
    /// Bad: a ticket or an Investigation case carries on.
    Escalated = 1,
    /// There was nothing to look up.
    NothingToEnrich = 2,
    /// The playbook failed; the text says where.
    Error = 3,
    /// A person decided: true positive, dealt with.
    Resolved = 4,
    /// A person decided: no threat.
    FalsePositive = 5,
    /// The same as another case.
    Duplicate = 6,
    /// Looked up, and nobody knows it (or nobody could answer).
    Inconclusive = 7,
}

impl CloseReason {
    /// The stored number.
    pub const fn as_u8(self) -> u8 {
        self as u8
    }
    /// Reads the stored number; anything unknown is an error.
    pub const fn from_u8(value: u8) -> Self {
        match value {
            0 => CloseReason::Clean,
            1 => CloseReason::Escalated,
            2 => CloseReason::NothingToEnrich,
            4 => CloseReason::Resolved,
            5 => CloseReason::FalsePositive,
            6 => CloseReason::Duplicate,
            7 => CloseReason::Inconclusive,
            _ => CloseReason::Error,
        }
    }
    /// The word used in JSON.
    pub const fn as_str(self) -> &'static str {
        match self {
            CloseReason::Clean => "clean",
            CloseReason::Escalated => "escalated",
            CloseReason::NothingToEnrich => "nothing_to_enrich",
            CloseReason::Error => "error",
            CloseReason::Resolved => "resolved",
            CloseReason::FalsePositive => "false_positive",
            CloseReason::Duplicate => "duplicate",
            CloseReason::Inconclusive => "inconclusive",
        }
    }
    /// Reads the word used in JSON and playbooks.
    pub fn from_word(word: &str) -> Option<Self> {
        (0..8)
            .map(Self::from_u8)
            .find(|reason| reason.as_str() == word)
    }
}

/// The internal record that people and playbooks work on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Case {
    /// Its identifier.
    pub id: CaseId,
    /// Whose it is.
    pub tenant: TenantId,
    /// The number that people say aloud, from 1 in each tenant; given by the store.
    pub number: u64,
    /// Its type.
    #[serde(rename = "type")]
    pub kind: CaseType,
    /// What a person reads first.
    pub title: String,
    /// How bad it may be.
    pub severity: Severity,
    /// Where it stands.
    pub status: CaseStatus,
    /// The merged verdict of the latest run.
    pub verdict: VerdictLevel,
    /// 0 to 100, of the merged verdict.
    pub score: u8,
    /// In words, which rule led to the verdict.
    pub explanation: String,
    /// The identity by which the next alert finds this case.
    pub dedup_key: String,
    /// How many alerts it stands for.
    pub occurrences: u64,
    /// Who owns it, if anybody does.
    pub owner: Option<String>,
    /// The case that this one was escalated from.
    pub parent: Option<CaseId>,
    /// When it was first opened.
    pub opened_at: Timestamp,
    /// When anything last changed.
    pub updated_at: Timestamp,
    /// When it was last closed, if it is.
    pub closed_at: Option<Timestamp>,
    /// Why it was closed, if it is.
    pub close_reason: Option<CloseReason>,
    /// More about the closing, one sentence.
    pub close_note: String,
    /// The run that is at work on it or worked on it last.
    pub last_run: Option<RunId>,
    /// Counts every change: a writer says which version it read.
    pub version: u64,
    /// The typed values it is about.
    pub observables: Vec<Observable>,
}

/// How far a ticket in an outside system has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[repr(u8)]
pub enum TicketState {
    /// We are about to create it; whether it exists is not known until the answer is recorded.
    Intended = 0,
    /// It exists.
    Created = 1,
}

/// A record in an outside system that belongs to a case.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ticket {
    /// Our case.
    pub case: CaseId,
    /// What it is for, `investigation`; one ticket for each case and purpose.
    pub purpose: String,
    /// The connection's name.
    pub connection: String,
    /// The connector's id.
    pub connector: String,
    /// How far it has come.
    pub state: TicketState,
    /// Their identifier, `SEC-42`.
    pub external_id: String,
    /// Where a person opens it.
    pub url: String,
    /// When it was created.
    pub at: Timestamp,
}

/// One line of what happened to a case.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TimelineEntry {
    /// When.
    pub at: Timestamp,
    /// A stable word for filters: `alert`, `run_started`, `run_finished`, `verdict`, `ticket`, `closed`, `reopened`, `comment`, `escalated`, …
    pub kind: String,
    /// Who did it.
    pub actor: Actor,
    /// One sentence for people.
    pub text: String,
    /// References: `{"alert":…,"run":…,"ticket":…}`.
    #[serde(default)]
    pub data: Value,
}
