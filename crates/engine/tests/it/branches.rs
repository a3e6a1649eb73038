//! The branches of a playbook, and which of them a run took.

use serde_json::{Value, json};
use updraft_engine::{Machine, StepRecord};

use crate::host;

fn document() -> Value {
    host::playbook(json!([
        {"id": "each", "for_each": "{{ case.items }}", "do": [{"id": "inner", "set": {"x": 1}}]},
        {"id": "maybe", "when": "case.high", "set": {"y": 1}},
        {"id": "route", "switch": [
            {"when": "case.high", "do": [{"id": "first", "set": {"z": 1}}]},
        ]},
        {"id": "risky", "action": "vt.lookup", "on_error": "continue"},
        {"id": "caught", "action": "vt.lookup", "on_error": {"do": [{"id": "handler", "set": {"w": 1}}]}},
    ]))
}

/// The labels of the branches that a run takes.
fn taken(high: bool, ask: &str) -> Vec<String> {
    let plan = host::plan(&document());
    let branches = plan.branches();
    let mut machine = Machine::new(plan.into(), true);
    let mut now = host::T0;
    let start = format!(
        "start {}",
        json!({"context": {"case": {"high": high, "items": []}}})
    );
    host::lines(&mut machine, &mut now, &start);
    for step in ["risky", "caught"] {
        host::lines(&mut machine, &mut now, &format!("resolved {step} vt"));
        host::lines(&mut machine, &mut now, &format!("{ask} {step}@vt broken"));
    }
    assert!(machine.outcome().is_some(), "{}", machine.waiting_for());
    let records: Vec<&StepRecord> = machine.records().iter().collect();
    let taken = branches.iter().filter(|branch| branch.is_taken(&records));
    taken
        .map(|branch| format!("{} {}", branch.step, branch.label))
        .collect()
}

#[test]
fn every_way_through_a_playbook_is_one_branch_with_its_place() {
    let branches = host::plan(&document()).branches();
    let shown: Vec<String> = branches
        .iter()
        .map(|branch| format!("{} {}", branch.pointer, branch.label))
        .collect();
    assert_eq!(
        shown,
        [
            "/steps/0/for_each do",
            "/steps/0/for_each no items",
            "/steps/1/when when holds",
            "/steps/1/when when does not hold",
            "/steps/2/switch/0 case.high",
            "/steps/2/switch no case holds",
            "/steps/3/on_error on error: continue",
            "/steps/4/on_error on error: do",
        ]
    );
}

#[test]
fn a_run_takes_one_side_of_each_branch() {
    assert_eq!(
        taken(true, "done"),
        ["each no items", "maybe when holds", "route case.high"]
    );
    assert_eq!(
        taken(false, "error"),
        [
            "each no items",
            "maybe when does not hold",
            "route no case holds",
            "risky on error: continue",
            "caught on error: do",
        ]
    );
}
