//! How bad it may be, in the five steps that every team knows.

use serde::{Deserialize, Serialize};

/// Severity of an alert or a case; also the priority of its runs.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize,
)]
#[serde(rename_all = "snake_case")]
#[repr(u8)]
pub enum Severity {
    /// For the record only.
    Informational = 0,
    /// Look at it some day.
    Low = 1,
    /// The default where the sender says nothing.
    #[default]
    Medium = 2,
    /// Look at it now.
    High = 3,
    /// Wake somebody up.
    Critical = 4,
}

impl Severity {
    /// All, mildest first.
    pub const ALL: [Severity; 5] = [
        Severity::Informational,
        Severity::Low,
        Severity::Medium,
        Severity::High,
        Severity::Critical,
    ];

    /// The stored number, 0 to 4.
    pub const fn as_u8(self) -> u8 {
        self as u8
    }

    /// Reads the stored number; anything above 4 is critical.
    pub const fn from_u8(value: u8) -> Self {
        match value {
            0 => Severity::Informational,
            1 => Severity::Low,
            2 => Severity::Medium,
            3 => Severity::High,
            _ => Severity::Critical,
        }
    }

    /// The word used in JSON.
    pub const fn as_str(self) -> &'static str {
        match self {
            Severity::Informational => "informational",
            Severity::Low => "low",
            Severity::Medium => "medium",
            Severity::High => "high",
            Severity::Critical => "critical",
        }
    }

    /// Reads the words that products use: `high`, `HIGH`, `warn`, `sev1`, …; `None` if it is no such word.
    pub fn from_word(word: &str) -> Option<Self> {
        let word = word.trim().to_ascii_lowercase();
        Some(match word.as_str() {
            "informational" | "info" | "information" | "notice" | "debug" | "none" | "ok" => {
                Severity::Informational
            }
            "low" | "minor" | "sev4" => Severity::Low,
            "medium" | "moderate" | "warning" | "warn" | "sev3" => Severity::Medium,
            "high" | "major" | "error" | "sev2" => Severity::High,
            "critical" | "crit" | "fatal" | "emergency" | "alert" | "sev1" => Severity::Critical,
            _ => return None,
        })
    }
}

impl std::fmt::Display for Severity {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}
