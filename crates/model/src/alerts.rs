//! One received item: the bytes as they came, plus what we understood of them.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{AlertId, BlobHash, CaseId, Observable, RunId, Severity, SourceId, Timestamp};

/// How far an alert has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[repr(u8)]
pub enum AlertState {
    /// Stored, not yet looked at.
    Received = 0,
    /// It belongs to a case.
    Admitted = 1,
    /// A triage rule dropped it; the reason is kept.
    Ignored = 2,
}

impl AlertState {
    /// The stored number.
    pub const fn as_u8(self) -> u8 {
        self as u8
    }
    /// Reads the stored number.
    pub const fn from_u8(value: u8) -> Self {
        match value {
            0 => AlertState::Received,
            1 => AlertState::Admitted,
            _ => AlertState::Ignored,
        }
    }
}

/// One received item. The raw bytes never change; the rest is filled once, when it is normalised.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Alert {
    /// Its identifier, answered to the sender.
    pub id: AlertId,
    /// Which intake it came through.
    pub source: SourceId,
    /// When it was durable.
    pub received_at: Timestamp,
    /// The bytes as they came.
    pub raw: BlobHash,
    /// How many bytes that were.
    pub raw_bytes: u64,
    /// What the sender said the bytes are (`Content-Type`), lower case, without parameters; may be empty.
    pub content_type: String,
    /// How far it has come.
    pub state: AlertState,
    /// What a person reads first.
    pub title: String,
    /// The sender's severity, or the mapping's default.
    pub severity: Severity,
    /// When it happened, if the alert says so.
    pub occurred_at: Option<Timestamp>,
    /// The mapped fields.
    pub fields: Value,
    /// The typed values found in it.
    pub observables: Vec<Observable>,
    /// What could not be understood, in words; the alert is kept all the same.
    pub diagnostics: Vec<String>,
    /// The case that it belongs to.
    pub case: Option<CaseId>,
    /// The run that it started or joined.
    pub run: Option<RunId>,
}
