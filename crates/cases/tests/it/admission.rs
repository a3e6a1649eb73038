//! Admission: whatever arrives in whatever order, one key has one case.

use std::collections::BTreeMap;

use proptest::prelude::*;
use serde_json::json;
use updraft_cases::{Admission, RERUNS_QUEUED_MAX, Rules, admit, close, escalate, open, reopen};
use updraft_model::*;

use crate::build::{alert, at};

#[derive(Debug, Clone)]
enum Event {
    Arrives(u8, bool),
    Closes(u8),
    Reopens(u8),
    RunsStart(u8),
}

fn events() -> impl Strategy<Value = Vec<Event>> {
    let event = prop_oneof![
        (0..5u8, any::<bool>()).prop_map(|(key, info)| Event::Arrives(key, info)),
        (0..5u8).prop_map(Event::Closes),
        (0..5u8).prop_map(Event::Reopens),
        (0..5u8).prop_map(Event::RunsStart),
    ];
    proptest::collection::vec(event, 0..300)
}

fn rules() -> Rules {
    let (rules, problems) = Rules::from_value(&json!({
        "format": 1,
        "rules": [
            {"when": {"title": "*k3*"}, "then": {"attach": "counted"}},
            {"when": {"severity_at_most": "informational", "field": {"kind": "te*"}}, "then": {"ignore": "noise"}},
        ],
        "otherwise": {"open": "Enrichment", "playbook": "enrichment-only"},
    }));
    assert!(problems.is_empty(), "{problems:?}");
    rules.unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn one_key_has_one_case_whatever_the_order(events in events()) {
        let rules = rules();
        let mut cases: BTreeMap<CaseId, Case> = BTreeMap::new();
        let mut queued: BTreeMap<CaseId, u32> = BTreeMap::new();
        for (number, event) in events.into_iter().enumerate() {
            let now = at(number as i64);
            let of = |key: u8, cases: &BTreeMap<CaseId, Case>| {
                cases.values().find(|case| case.dedup_key == format!("k{key}")).cloned()
            };
            match event {
                Event::Arrives(key, info) => {
                    let severity = if info { Severity::Informational } else { Severity::High };
                    let name = format!("k{key}");
                    let alert = alert(&name, severity);
                    let existing = of(key, &cases);
                    let waiting = existing.as_ref().and_then(|case| queued.get(&case.id)).copied().unwrap_or(0);
                    match admit(&rules, &alert, &name, existing.as_ref(), waiting, now) {
                        Admission::Open { kind, .. } => {
                            prop_assert!(existing.is_none());
                            let id = CaseId::new(now.millis(), number as u128);
                            cases.insert(id, open(id, TenantId::DEFAULT, kind, &alert, &name, now));
                            queued.insert(id, 1);
                        }
                        Admission::Rerun { case, reopen: again, .. } => {
                            let case = cases.get_mut(&case).unwrap();
                            prop_assert_eq!(again, case.status == CaseStatus::Closed);
                            if again {
                                reopen(case, now).unwrap();
                            }
                            *queued.entry(case.id).or_default() += 1;
                            prop_assert!(queued[&case.id] <= RERUNS_QUEUED_MAX);
                        }
                        Admission::Attach { case, .. } => prop_assert!(cases.contains_key(&case)),
                        Admission::Ignore { reason } => {
                            prop_assert!(info && key != 3);
                            prop_assert_eq!(reason, "noise");
                        }
                    }
                }
                Event::Closes(key) => {
                    if let Some(case) = of(key, &cases) {
                        let was_closed = case.status == CaseStatus::Closed;
                        let case = cases.get_mut(&case.id).unwrap();
                        prop_assert_eq!(close(case, CloseReason::Clean, "", now).is_err(), was_closed);
                        prop_assert!(case.closed_at.is_some() && case.close_reason.is_some());
                    }
                }
                Event::Reopens(key) => {
                    if let Some(case) = of(key, &cases) {
                        let was_closed = case.status == CaseStatus::Closed;
                        let case = cases.get_mut(&case.id).unwrap();
                        prop_assert_eq!(reopen(case, now).is_ok(), was_closed);
                        prop_assert!(case.closed_at.is_none() && case.close_reason.is_none());
                    }
                }
                Event::RunsStart(key) => {
                    if let Some(case) = of(key, &cases) {
                        queued.insert(case.id, 0);
                    }
                }
            }
            let mut keys: Vec<_> = cases.values().map(|case| &case.dedup_key).collect();
            let all = keys.len();
            keys.sort();
            keys.dedup();
            prop_assert_eq!(keys.len(), all, "two cases with one key");
        }
    }
}

#[test]
fn a_case_with_a_hundred_waiting_runs_takes_no_more() {
    let alert = alert("k0", Severity::High);
    let case = open(
        CaseId::new(1, 1),
        TenantId::DEFAULT,
        CaseType::enrichment(),
        &alert,
        "k0",
        at(0),
    );
    let rules = Rules::standard();
    let answer = |queued| admit(&rules, &alert, "k0", Some(&case), queued, at(1));
    assert!(matches!(
        answer(RERUNS_QUEUED_MAX - 1),
        Admission::Rerun { reopen: false, .. }
    ));
    assert!(matches!(
        answer(RERUNS_QUEUED_MAX),
        Admission::Attach { .. }
    ));
}

#[test]
fn a_closed_case_says_why_it_cannot_be_closed_again() {
    let alert = alert("k0", Severity::High);
    let mut case = open(
        CaseId::new(1, 1),
        TenantId::DEFAULT,
        CaseType::enrichment(),
        &alert,
        "k0",
        at(0),
    );
    case.number = 7;
    assert_eq!(
        reopen(&mut case, at(1)).unwrap_err().to_string(),
        "case #7 is not closed, so it cannot be reopened"
    );
    close(&mut case, CloseReason::Clean, " fine ", at(1)).unwrap();
    assert_eq!(case.close_note, "fine");
    let error = close(&mut case, CloseReason::Escalated, "", at(2)).unwrap_err();
    assert_eq!(error.to_string(), "case #7 is closed already (clean)");
    let child = escalate(
        CaseId::new(1, 2),
        &case,
        "investigation:x",
        "Look",
        None,
        at(3),
    );
    assert_eq!(
        (child.parent, child.status, child.severity),
        (Some(case.id), CaseStatus::New, Severity::High)
    );
    assert_eq!((child.closed_at, child.close_note.as_str()), (None, ""));
}
