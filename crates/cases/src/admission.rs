//! What a new alert does to the cases we already have.

use updraft_model::{Alert, Case, CaseId, CaseStatus, CaseType, Timestamp};

use crate::rules::{Rules, Then};

/// Most runs of one case that wait; further alerts join the last of them.
pub const RERUNS_QUEUED_MAX: u32 = 100;

/// The answer of [`admit`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Admission {
    /// Nobody knows the key: a new case and its first run.
    Open {
        /// The case's type.
        kind: CaseType,
        /// The playbook that runs.
        playbook: String,
    },
    /// The case is there: one more occurrence, one more run.
    Rerun {
        /// The case.
        case: CaseId,
        /// True when it is closed and opens again.
        reopen: bool,
        /// The playbook that runs.
        playbook: String,
    },
    /// The case is there: one more occurrence, no new run.
    Attach {
        /// The case.
        case: CaseId,
        /// Why there is no run of its own, in words.
        reason: String,
    },
    /// A rule drops it; the alert is kept with the reason.
    Ignore {
        /// The rule's reason.
        reason: String,
    },
}

/// Decides about one alert. `existing` is the case that has this key, `queued_runs` how many of its runs wait.
///
/// `now` is not looked at yet; rules about time of day will.
pub fn admit(
    rules: &Rules,
    alert: &Alert,
    dedup_key: &str,
    existing: Option<&Case>,
    queued_runs: u32,
    _now: Timestamp,
) -> Admission {
    debug_assert!(
        existing.is_none_or(|case| case.dedup_key == dedup_key),
        "a case of another key"
    );
    let then = rules.first_match(alert);
    match (then, existing) {
        (Then::Ignore { reason }, _) => Admission::Ignore {
            reason: reason.clone(),
        },
        (Then::Open { kind, playbook }, None) => Admission::Open {
            kind: kind.clone(),
            playbook: playbook.clone(),
        },
        (Then::Attach { .. }, None) => {
            let (kind, playbook) = rules.opening();
            Admission::Open {
                kind: kind.clone(),
                playbook: playbook.to_owned(),
            }
        }
        (Then::Attach { reason }, Some(case)) => Admission::Attach {
            case: case.id,
            reason: reason.clone(),
        },
        (Then::Open { .. }, Some(case)) if queued_runs >= RERUNS_QUEUED_MAX => Admission::Attach {
            case: case.id,
            reason: format!("{queued_runs} runs of this case wait already"),
        },
        (Then::Open { playbook, .. }, Some(case)) => Admission::Rerun {
            case: case.id,
            reopen: case.status == CaseStatus::Closed,
            playbook: playbook.clone(),
        },
    }
}
