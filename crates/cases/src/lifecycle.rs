//! What may become of a case.
//!
//! ```text
//! open ──► new / in progress / waiting ──close──► closed ──reopen──► in progress
//! ```

use updraft_intel::Merged;
use updraft_model::{
    Alert, Case, CaseId, CaseStatus, CaseType, CloseReason, Severity, TenantId, Timestamp,
    VerdictLevel,
};

/// Longest note on closing, and longest explanation of a verdict, in characters.
pub const NOTE_CHARS_MAX: usize = 2_000;

/// A change that the case's state does not allow.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Forbidden {
    /// It is over already.
    #[error("case #{number} is closed already ({})", .reason.map_or("no reason", CloseReason::as_str))]
    Closed {
        /// The case's number.
        number: u64,
        /// Why it was closed.
        reason: Option<CloseReason>,
    },
    /// It is not over.
    #[error("case #{number} is not closed, so it cannot be reopened")]
    NotClosed {
        /// The case's number.
        number: u64,
    },
}

/// A new case that no alert opened: for a run that people, a schedule or a program asked for.
pub fn open_without_alert(
    id: CaseId,
    tenant: TenantId,
    kind: CaseType,
    title: String,
    now: Timestamp,
) -> Case {
    Case {
        id,
        tenant,
        number: 0,
        kind,
        title,
        severity: Severity::default(),
        status: CaseStatus::New,
        verdict: VerdictLevel::Unknown,
        score: 0,
        explanation: String::new(),
        dedup_key: String::new(),
        occurrences: 0,
        owner: None,
        parent: None,
        opened_at: now,
        updated_at: now,
        closed_at: None,
        close_reason: None,
        close_note: String::new(),
        last_run: None,
        version: 1,
        observables: Vec::new(),
    }
}

/// What a verdict changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Changes {
    /// The level before.
    pub level_before: VerdictLevel,
    /// The level after.
    pub level: VerdictLevel,
    /// The score before.
    pub score_before: u8,
    /// The score after.
    pub score: u8,
}

impl Changes {
    /// True when level or score differ.
    pub fn any(&self) -> bool {
        self.level != self.level_before || self.score != self.score_before
    }
}

/// A new case for an alert. The store gives it its number.
pub fn open(
    id: CaseId,
    tenant: TenantId,
    kind: CaseType,
    alert: &Alert,
    dedup_key: &str,
    now: Timestamp,
) -> Case {
    Case {
        id,
        tenant,
        number: 0,
        kind,
        title: alert.title.clone(),
        severity: alert.severity,
        status: CaseStatus::New,
        verdict: VerdictLevel::Unknown,
        score: 0,
        explanation: String::new(),
        dedup_key: dedup_key.to_owned(),
        occurrences: 1,
        owner: None,
        parent: None,
        opened_at: now,
        updated_at: now,
        closed_at: None,
        close_reason: None,
        close_note: String::new(),
        last_run: None,
        version: 0,
        observables: alert.observables.clone(),
    }
}

/// An Investigation case that carries on what `parent` found. `key` is its own identity; the severity is the
/// parent's unless given.
pub fn escalate(
    id: CaseId,
    parent: &Case,
    key: &str,
    title: &str,
    severity: Option<Severity>,
    now: Timestamp,
) -> Case {
    Case {
        id,
        kind: CaseType::investigation(),
        number: 0,
        title: title.to_owned(),
        severity: severity.unwrap_or(parent.severity),
        status: CaseStatus::New,
        dedup_key: key.to_owned(),
        occurrences: 1,
        owner: None,
        parent: Some(parent.id),
        opened_at: now,
        updated_at: now,
        closed_at: None,
        close_reason: None,
        close_note: String::new(),
        last_run: None,
        version: 0,
        ..parent.clone()
    }
}

/// Closes a case.
///
/// # Errors
/// [`Forbidden::Closed`].
pub fn close(
    case: &mut Case,
    reason: CloseReason,
    note: &str,
    now: Timestamp,
) -> Result<(), Forbidden> {
    if case.status == CaseStatus::Closed {
        return Err(Forbidden::Closed {
            number: case.number,
            reason: case.close_reason,
        });
    }
    case.status = CaseStatus::Closed;
    case.closed_at = Some(now);
    case.close_reason = Some(reason);
    case.close_note = note.trim().chars().take(NOTE_CHARS_MAX).collect();
    case.updated_at = now;
    Ok(())
}

/// A run that failed must not leave an Enrichment case open with nobody to look at it. Other cases have
/// people; they wait for them.
pub fn close_after_failure(case: &mut Case, note: &str, now: Timestamp) {
    if case.status == CaseStatus::Closed {
        return;
    }
    if case.kind == CaseType::enrichment() {
        // It is not closed, so this cannot be refused.
        let _ = close(case, CloseReason::Error, note, now);
    } else {
        case.status = CaseStatus::Waiting;
        case.updated_at = now;
    }
}

/// Opens a closed case again, with what was found before.
///
/// # Errors
/// [`Forbidden::NotClosed`].
pub fn reopen(case: &mut Case, now: Timestamp) -> Result<(), Forbidden> {
    if case.status != CaseStatus::Closed {
        return Err(Forbidden::NotClosed {
            number: case.number,
        });
    }
    case.status = CaseStatus::InProgress;
    case.closed_at = None;
    case.close_reason = None;
    case.close_note.clear();
    case.updated_at = now;
    Ok(())
}

/// Writes a run's merged verdict into the case: the latest run counts, whether milder or worse.
pub fn apply_verdict(case: &mut Case, merged: &Merged, now: Timestamp) -> Changes {
    let changes = Changes {
        level_before: case.verdict,
        level: merged.level,
        score_before: case.score,
        score: merged.score,
    };
    case.verdict = merged.level;
    case.score = merged.score;
    case.explanation = merged.explanation.chars().take(NOTE_CHARS_MAX).collect();
    case.updated_at = now;
    changes
}
