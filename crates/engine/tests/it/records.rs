//! What people see of a run.

use serde_json::json;
use updraft_engine::{Machine, StepStatus};

use crate::host;

#[test]
fn records_form_a_tree_with_attempts_and_targets() {
    let plan = host::plan(&host::playbook(json!([
        {"id": "all", "title": "Everything", "for_each": "{{ [1, 2] }}", "do": [
            {"id": "ask", "capability": "reputation.ip", "with": {"n": "{{ item }}"}, "retry": {"delay": "1s", "jitter": 0}}]},
        {"id": "no", "when": "false", "set": {"x": 1}}
    ])));
    let mut machine = Machine::new(plan.into(), true);
    let mut now = host::T0;
    for line in [
        "start",
        "resolved all[0]/ask vt",
        "error all[0]/ask@vt unavailable~",
        "timer retry all[0]/ask@vt +1s",
        "done all[0]/ask@vt#2 1",
        "resolved all[1]/ask vt",
        "unknown all[1]/ask@vt",
    ] {
        host::lines(&mut machine, &mut now, line);
    }
    let summary: Vec<String> = machine
        .records()
        .iter()
        .map(|r| {
            let place = r.iteration.map(|n| format!("[{n}]")).unwrap_or_default();
            format!(
                "{} <- {}{place} {} {} x{}",
                r.path,
                r.parent,
                r.kind,
                r.status.as_str(),
                r.attempts.len()
            )
        })
        .collect();
    assert_eq!(
        summary,
        [
            "all <- … for_each succeeded x0".replace("… ", " "),
            "all[0]/ask <- all[0] capability succeeded x0".into(),
            "all[1]/ask <- all[1] capability succeeded x0".into(),
            "all[0]/ask@vt <- all[0]/ask target succeeded x2".into(),
            "all[1]/ask@vt <- all[1]/ask target succeeded x1".into(),
            "no <-  set skipped x0".into(),
        ]
    );
    let target = &machine.records()[3];
    assert_eq!(target.status, StepStatus::Succeeded);
    assert_eq!(*target.input, json!({"n": 1}));
    assert_eq!(
        target.attempts[0].error.as_ref().unwrap().code,
        "unavailable"
    );
    assert_eq!(target.target.as_ref().unwrap().connector, "vt_connector");
    assert_eq!(machine.steps_done(), 4);
}

#[test]
fn a_step_that_failed_stays_failed_when_its_handler_ends_the_run() {
    let plan = host::plan(&host::playbook(json!([
        {"id": "around", "parallel": [[{"id": "bad", "fail": "no", "on_error": {"do": [{"id": "end", "stop": "enough"}]}}]]}
    ])));
    let mut machine = Machine::new(plan.into(), true);
    let mut now = host::T0;
    host::lines(&mut machine, &mut now, "start");
    let ends: Vec<_> = machine
        .records()
        .iter()
        .map(|record| (record.path.as_str(), record.status))
        .collect();
    assert_eq!(
        ends,
        [
            ("around", StepStatus::Succeeded),
            ("around/bad", StepStatus::Failed),
            ("around/bad/end", StepStatus::Succeeded),
        ]
    );
}
