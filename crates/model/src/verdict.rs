//! What we think of an observable, who says so, and how far we trust them.

use serde::{Deserialize, Serialize};

use crate::{BlobHash, Observable, Timestamp};

/// The four answers that every product's scale is brought to.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize,
)]
#[serde(rename_all = "snake_case")]
#[repr(u8)]
pub enum VerdictLevel {
    /// Nobody knows it. Not the same as benign.
    #[default]
    Unknown = 0,
    /// Known, and nothing is held against it.
    Benign = 1,
    /// Something is held against it, not enough to act without a look.
    Suspicious = 2,
    /// Act.
    Malicious = 3,
}

impl VerdictLevel {
    /// The word used in JSON.
    pub const fn as_str(self) -> &'static str {
        match self {
            VerdictLevel::Unknown => "unknown",
            VerdictLevel::Benign => "benign",
            VerdictLevel::Suspicious => "suspicious",
            VerdictLevel::Malicious => "malicious",
        }
    }
    /// The stored number, 0 to 3.
    pub const fn as_u8(self) -> u8 {
        self as u8
    }
    /// Reads the stored number; anything else is unknown.
    pub const fn from_u8(value: u8) -> Self {
        match value {
            1 => VerdictLevel::Benign,
            2 => VerdictLevel::Suspicious,
            3 => VerdictLevel::Malicious,
            _ => VerdictLevel::Unknown,
        }
    }
}

impl std::fmt::Display for VerdictLevel {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Source reliability on the Admiralty scale.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize,
)]
pub enum Reliability {
    /// Completely reliable.
    A,
    /// Usually reliable.
    B,
    /// Fairly reliable.
    #[default]
    C,
    /// Not usually reliable.
    D,
    /// Unreliable.
    E,
    /// Cannot be judged.
    F,
}

/// One source's or the merged opinion.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Verdict {
    /// The level.
    pub level: VerdictLevel,
    /// 0 (harmless) to 100 (certainly malicious).
    pub score: u8,
    /// Who says so: a connector's id, or `policy` for a merged verdict.
    pub source: String,
    /// How far the source is trusted.
    pub reliability: Reliability,
    /// Which rule fired, in words: "12 of 70 engines call it malicious (threshold 3)".
    pub explanation: String,
}

/// How a provider's part of a fan-out ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AnswerOutcome {
    /// It knows the value and said something.
    Answered,
    /// It answered that it does not know the value.
    NotFound,
    /// It was asked and failed; the reason says why.
    Failed,
    /// It was not asked: no key, disabled, open circuit, excluded value.
    Skipped,
}

/// What one connection said about one observable in one run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Answer {
    /// What was asked about.
    pub observable: Observable,
    /// The connector's id, `virustotal`.
    pub provider: String,
    /// The connection's name, `VirusTotal (main)`.
    pub connection: String,
    /// The action's name, `lookup_ip`.
    pub action: String,
    /// How it ended.
    pub outcome: AnswerOutcome,
    /// Why it failed or was skipped, one sentence; empty otherwise.
    #[serde(default)]
    pub reason: String,
    /// The provider's opinion, if it has one.
    pub verdict: Option<Verdict>,
    /// The action's declared outputs.
    #[serde(default)]
    pub output: serde_json::Value,
    /// Time from call to answer, milliseconds.
    #[serde(default)]
    pub latency_ms: u64,
    /// True when a recent answer was used again instead of a new call.
    #[serde(default)]
    pub cached: bool,
    /// The raw response body.
    #[serde(default)]
    pub raw: Option<BlobHash>,
    /// Where a person can read on in the product.
    #[serde(default)]
    pub link: Option<String>,
    /// When the answer was there.
    pub at: Timestamp,
}
