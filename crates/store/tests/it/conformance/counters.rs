//! Counters equal a recount after any sequence of changes, refused ones included.

use std::collections::BTreeMap;

use proptest::{
    prelude::*,
    strategy::ValueTree,
    test_runner::{Config, TestRunner},
};
use updraft_model::{Case, CaseStatus, CaseType, Severity, VerdictLevel};
use updraft_store::{CaseCounts, CaseFilter, Op, Page, Store, Tx};

use super::promises;
use crate::builders::{TENANT, at, case, granted};

promises!(counters_equal_a_recount);

#[derive(Debug, Clone)]
struct Change {
    which: usize,
    kind: bool,
    status: u8,
    severity: u8,
    verdict: u8,
    /// A wrong version, or a key that is taken: the change must leave no trace.
    wrong: bool,
}

fn changes() -> impl Strategy<Value = Vec<Change>> {
    let change = (
        0..12_usize,
        any::<bool>(),
        0..4_u8,
        0..5_u8,
        0..4_u8,
        prop::bool::weighted(0.25),
    );
    let change = change.prop_map(|(which, kind, status, severity, verdict, wrong)| Change {
        which,
        kind,
        status,
        severity,
        verdict,
        wrong,
    });
    prop::collection::vec(change, 1..60)
}

async fn counters_equal_a_recount(store: &Store) {
    // The values are drawn first; running them needs this test's own runtime.
    let mut runner = TestRunner::new_with_rng(
        Config::default(),
        proptest::test_runner::TestRng::deterministic_rng(
            proptest::test_runner::RngAlgorithm::ChaCha,
        ),
    );
    let rounds: Vec<_> = (0..12)
        .map(|_| changes().new_tree(&mut runner).unwrap().current())
        .collect();
    let mut known: BTreeMap<usize, Case> = BTreeMap::new();
    for (round, changes) in rounds.into_iter().enumerate() {
        let mut waiting = vec![];
        for change in changes {
            let which = change.which + round / 4 * 12;
            waiting.push(store.commit_nowait(tx(&mut known, which, &change)));
        }
        for one in waiting {
            let _ = one.await;
        }
        let counts = store
            .case_counts(&granted(), CaseFilter::default())
            .await
            .unwrap();
        assert_eq!(counts, recount(known.values()), "round {round}");
        let stored = store
            .cases(&granted(), CaseFilter::default(), Page::first(200))
            .await
            .unwrap();
        assert_eq!(stored.total, Some(known.len() as u64));
        assert_eq!(stored.items.len(), known.len());
        for item in stored.items {
            let model = known.values().find(|case| case.id == item.id).unwrap();
            assert_eq!(
                (item.status, item.severity, item.verdict, &item.kind),
                (model.status, model.severity, model.verdict, &model.kind)
            );
        }
    }
}

fn tx(known: &mut BTreeMap<usize, Case>, which: usize, change: &Change) -> Tx {
    let mut next = known
        .get(&which)
        .cloned()
        .unwrap_or_else(|| case(&format!("key{which}")));
    next.kind = if change.kind {
        CaseType::enrichment()
    } else {
        CaseType::investigation()
    };
    next.status = CaseStatus::from_u8(change.status);
    next.severity = Severity::from_u8(change.severity);
    next.verdict = VerdictLevel::from_u8(change.verdict);
    next.updated_at = at(i64::from(change.severity));
    let exists = known.contains_key(&which);
    let expected_version = next.version;
    match (exists, change.wrong) {
        (false, false) => {
            known.insert(which, next.clone());
            Tx::new(TENANT).with(Op::InsertCase(Box::new(next)))
        }
        (true, false) => {
            next.version += 1;
            known.insert(which, next.clone());
            Tx::new(TENANT).with(Op::UpdateCase {
                case: Box::new(next),
                expected_version,
            })
        }
        // Something that would go well, and then the refusal that undoes it.
        (_, true) => Tx::new(TENANT)
            .with(Op::InsertCase(Box::new(case(&format!("trace{which}")))))
            .with(Op::UpdateCase {
                case: Box::new(next),
                expected_version: expected_version + 7,
            }),
    }
}

fn recount<'a>(cases: impl Iterator<Item = &'a Case>) -> CaseCounts {
    let mut counts = CaseCounts::default();
    for case in cases {
        counts.total += 1;
        *counts.by_status.entry(case.status.as_str()).or_default() += 1;
        *counts
            .by_severity
            .entry(case.severity.as_str())
            .or_default() += 1;
        *counts.by_verdict.entry(case.verdict.as_str()).or_default() += 1;
        *counts
            .by_type
            .entry(case.kind.as_str().to_owned())
            .or_default() += 1;
    }
    counts
}
