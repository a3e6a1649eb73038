//! How many decisions are kept: an alert flood is worth a few of them and a count.

use std::collections::HashMap;

use parking_lot::Mutex;
use updraft_model::{Decision, DecisionOutcome, TenantId, Timestamp};

/// Decisions of one playbook, trigger and outcome that are kept within [`WINDOW_MS`].
const KEPT_MAX: u32 = 20;
/// The time within which they are counted.
const WINDOW_MS: i64 = 60_000;
/// Triggers that are counted at once; beyond, counting begins anew.
const COUNTED_MAX: usize = 10_000;

type Key = (TenantId, String, String, DecisionOutcome);

#[derive(Debug, Clone, Copy)]
struct Count {
    since: Timestamp,
    kept: u32,
    more: u64,
}

/// What was decided lately, counted.
#[derive(Debug, Default)]
pub struct Decisions(Mutex<HashMap<Key, Count>>);

impl Decisions {
    /// Whether this one is kept, and how many like it were left out since the last one that was.
    pub(super) fn admit(&self, tenant: TenantId, decision: &Decision) -> Option<u64> {
        let mut counts = self.0.lock();
        if counts.len() >= COUNTED_MAX {
            counts.clear();
        }
        let key = (
            tenant,
            decision.playbook.clone(),
            decision.trigger.clone(),
            decision.outcome,
        );
        let count = counts.entry(key).or_insert(Count {
            since: decision.at,
            kept: 0,
            more: 0,
        });
        // A clock that was set back begins a new window too.
        if !(0..WINDOW_MS).contains(&decision.at.millis_since(count.since)) {
            count.since = decision.at;
            count.kept = 0;
        }
        if count.kept >= KEPT_MAX {
            count.more += 1;
            return None;
        }
        count.kept += 1;
        Some(std::mem::take(&mut count.more))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decision(at: i64, outcome: DecisionOutcome) -> Decision {
        Decision {
            at: Timestamp::from_millis(at),
            playbook: "p".into(),
            kind: "alert".into(),
            trigger: "any alert".into(),
            alert: None,
            case: None,
            run: None,
            outcome,
            reason: String::new(),
            read: Vec::new(),
            more: 0,
        }
    }

    #[test]
    fn a_flood_is_kept_in_part_and_counted() {
        let decisions = Decisions::default();
        let admit = |at, outcome| decisions.admit(TenantId::DEFAULT, &decision(at, outcome));
        for at in 0..20 {
            assert_eq!(admit(at, DecisionOutcome::Condition), Some(0));
        }
        for at in 20..1_000 {
            assert_eq!(admit(at, DecisionOutcome::Condition), None);
        }
        // Something else is not hidden by it.
        assert_eq!(admit(1_000, DecisionOutcome::Started), Some(0));
        // The next window says how many there were.
        assert_eq!(admit(60_000, DecisionOutcome::Condition), Some(980));
        assert_eq!(admit(60_001, DecisionOutcome::Condition), Some(0));
        // Set back by an hour.
        assert_eq!(admit(-3_600_000, DecisionOutcome::Condition), Some(0));
    }
}
