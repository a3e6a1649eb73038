//! What people do to a run: it stays in the records, and a run can be done again or taken back.

use serde_json::{Value, json};
use updraft_engine::{
    Effect, Input, Machine, Origin, PlanSet, Rerun, RerunError, RunOutcome, StepStatus, replay,
    rerun,
};
use updraft_model::{Actor, RunId, Timestamp};

use crate::host;

fn journal(lines: &[&str]) -> Vec<Input> {
    let mut now = host::T0;
    lines
        .iter()
        .map(|line| host::input(line, &mut now))
        .collect()
}

fn folded(plans: &PlanSet, journal: &[Input]) -> Machine {
    let done = replay(plans.clone(), journal).unwrap();
    assert!(done.ignored.is_empty(), "{:?}", done.ignored);
    done.machine
}

fn wanted(from: &str) -> Rerun<'_> {
    Rerun {
        run: RunId::new(host::T0, 8),
        of: RunId::new(host::T0, 7),
        from,
        by: Actor::system("analyst"),
        at: Timestamp::from_millis(host::T0 + 3_600_000),
        paused: false,
    }
}

fn lines(effects: &[Effect]) -> Vec<String> {
    effects.iter().map(host::line).collect()
}

#[test]
fn who_did_what_to_a_run_is_on_record() {
    let plans = host::plans(
        &json!([{"id": "a", "action": "x.write", "with": {}, "retry": {"delay": "1h"}},
                                   {"id": "b", "action": "case.note", "with": {}}]),
    );
    let machine = folded(
        &plans,
        &journal(&[
            "start",
            "resolved a x",
            "error a@x unavailable~",
            "control retry a",
            "control skip a the vendor is down",
            "add {\"id\": \"more\", \"action\": \"case.note\", \"with\": {}}",
        ]),
    );
    let a = &machine.records()[0];
    let steered: Vec<&str> = a.steered.iter().map(|s| s.what.as_str()).collect();
    assert_eq!(steered, ["retry", "skip"]);
    assert_eq!(a.status, StepStatus::Skipped);
    assert_eq!(a.steered[1].reason, "the vendor is down");
    assert_eq!(a.steered[1].by, Actor::system("test"));
    let more = machine.records().iter().find(|r| r.id == "more").unwrap();
    assert_eq!(more.added_by, Some(Actor::system("test")));
    assert_eq!(more.path, "adhoc[0]/more");
    assert_eq!(machine.controls().len(), 2);
}

#[test]
fn a_run_is_done_again_from_a_step_without_asking_what_is_known() {
    let plans = host::plans(&json!([
        {"id": "a", "action": "x.read", "with": {}},
        {"id": "p", "parallel": [[{"id": "l", "action": "x.write", "with": {"n": "{{ steps.a.output }}"}}],
                                 [{"id": "r", "action": "x.write", "with": {}, "timeout": "1m"}, {"id": "r2", "action": "case.note", "with": {}}]],
         "timeout": "10m"},
        {"id": "last", "action": "case.note", "with": {"l": "{{ steps.l.output }}"}},
    ]));
    let old = journal(&[
        "start",
        "resolved a x",
        "done a@x 5",
        "resolved p/l x",
        "resolved p/r x",
        "begun p/l@x",
        "begun p/r@x",
        "error p/r@x auth",
    ]);
    assert!(folded(&plans, &old).outcome().is_some());
    let mut old = old;
    // What was answered beside the failed step after it began is taken over as well.
    old.insert(
        7,
        host::input("done p/l@x \"wrote\"", &mut host::T0.clone()),
    );
    let prefix = rerun(plans.clone(), &old, &wanted("p/r")).unwrap();
    let mut machine = folded(&plans, &prefix);
    assert_eq!(lines(&machine.pending()), ["resolve p/r#1 x.write {}"]);
    let mut now = host::T0 + 3_600_000;
    let out = host::lines(&mut machine, &mut now, "resolved p/r x");
    // A new deed has a new key and a new limit.
    let new = RunId::new(host::T0, 8);
    assert_eq!(
        out,
        [format!(
            "invoke p/r@x#1 {{}} key={new}:p/r@x until +3660000ms"
        )]
    );
    assert!(machine.due_timers(Timestamp::from_millis(now)).is_empty());
    host::lines(&mut machine, &mut now, "done p/r@x");
    let out = host::lines(&mut machine, &mut now, "done p/r2");
    assert_eq!(out, ["host last#1 case.note {\"l\":\"wrote\"}"]);
}

#[test]
fn a_run_is_done_again_in_a_later_iteration_and_can_wait_for_a_person() {
    let plans = host::plans(
        &json!([{"id": "each", "for_each": "{{ [1, 2] }}", "concurrency": 1, "timeout": "1m",
                                    "do": [{"id": "n", "action": "case.note", "with": {"n": "{{ item }}"}}]}]),
    );
    let old = journal(&[
        "start",
        "done each[0]/n",
        "timer timeout each +2m",
        "cancel enough",
    ]);
    let waits = Rerun {
        paused: true,
        ..wanted("each[1]/n")
    };
    let prefix = rerun(plans.clone(), &old, &waits).unwrap();
    let mut machine = folded(&plans, &prefix);
    assert!(machine.pending().is_empty());
    assert_eq!(machine.held_steps(), ["each[1]/n"]);
    assert_eq!(machine.paused_by(), Some("system (analyst)"));
    let mut now = host::T0 + 3_700_000;
    let out = host::lines(&mut machine, &mut now, "control resume");
    assert_eq!(out, ["host each[1]/n#1 case.note {\"n\":2}"]);
    assert!(machine.due_timers(Timestamp::from_millis(now)).is_empty());
    assert_eq!(
        rerun(plans.clone(), &old, &wanted("each[2]/n")),
        Err(RerunError::NotReached("each[2]/n".into()))
    );
    assert_eq!(
        rerun(plans, &old[1..], &wanted("each")),
        Err(RerunError::NotStarted)
    );
}

#[test]
fn a_run_that_ended_is_taken_back_by_a_run_of_its_own_with_the_same_keys() {
    let plans = host::plans(&json!([
        {"id": "a", "action": "x.block", "with": {"v": 1},
         "undo": [{"id": "off", "action": "x.unblock", "with": {"v": "{{ undo.input.v }}", "id": "{{ undo.output }}", "case": "{{ case.id }}"}}]},
        {"id": "f", "finish": {"outcome": "failed", "message": "no"}},
    ]));
    let added = r#"add {"id": "more", "action": "case.block", "with": {}, "undo": [{"id": "less", "action": "case.unblock", "with": {}}]}"#;
    let old = folded(
        &plans,
        &journal(&[
            "start",
            added,
            "done adhoc[0]/more",
            "resolved a x",
            "done a@x \"id1\"",
        ]),
    );
    assert_eq!(old.outcome().unwrap().outcome, RunOutcome::Failed);
    let paths: Vec<&str> = old.undoable().iter().map(|u| u.path.as_str()).collect();
    assert_eq!(paths, ["adhoc[0]/more", "a"]);
    let origin = Origin::Rollback {
        of: RunId::new(host::T0, 7),
        undo: old.undoable().to_vec(),
        ad_hoc: old.ad_hoc_steps().to_vec(),
        by: Actor::system("analyst"),
    };
    let mut started = host::started(json!({}), json!({"case": {"id": "c1"}}));
    if let Input::Started { run, origin: o, .. } = &mut started {
        *run = RunId::new(host::T0, 9);
        *o = Some(Box::new(origin));
    }
    let mut machine = Machine::new(plans.clone(), true);
    assert_eq!(
        lines(&machine.handle(&started)),
        ["resolve a~undo/off#1 x.unblock {\"v\":1,\"id\":\"id1\",\"case\":\"c1\"}"]
    );
    let mut machine = Machine::restore(plans, &machine.snapshot()).unwrap();
    let mut now = host::T0;
    let out = host::lines(&mut machine, &mut now, "resolved a~undo/off x");
    assert!(out[0].ends_with("key=run:a~undo/off@x"), "{out:?}");
    assert_eq!(
        host::lines(&mut machine, &mut now, "done a~undo/off@x"),
        ["host adhoc[0]/more~undo/less#1 case.unblock {}"]
    );
    let out = host::lines(&mut machine, &mut now, "done adhoc[0]/more~undo/less");
    assert!(out[0].starts_with("finished succeeded"), "{out:?}");
}

#[test]
fn the_taking_back_of_a_step_is_a_record_around_its_steps() {
    let plans = host::plans(&json!([
        {"id": "a", "action": "case.block", "with": {}, "undo": [{"id": "off", "action": "case.unblock", "with": {}}]},
        {"id": "w", "wait": {"delay": "1d"}},
    ]));
    let machine = folded(
        &plans,
        &journal(&[
            "start",
            "done a",
            "control rollback",
            "error a~undo/off auth",
        ]),
    );
    let seen: Vec<(&str, &str, StepStatus)> = machine
        .records()
        .iter()
        .map(|r| (r.path.as_str(), r.parent.as_str(), r.status))
        .collect();
    assert_eq!(
        seen,
        [
            ("a", "", StepStatus::Succeeded),
            ("w", "", StepStatus::Cancelled),
            ("a~undo", "", StepStatus::Failed),
            ("a~undo/off", "a~undo", StepStatus::Failed),
        ]
    );
    // What was not taken back can be tried again.
    assert_eq!(machine.undoable().len(), 1);
}

#[test]
fn a_rollback_that_is_cancelled_keeps_what_is_left() {
    let plans = host::plans(&json!([
        {"id": "a", "action": "case.a", "with": {}, "undo": [{"id": "a_off", "action": "case.x", "with": {}}]},
        {"id": "b", "action": "case.b", "with": {}, "undo": [{"id": "b_off", "action": "case.x", "with": {}}]},
        {"id": "back", "rollback": "all"},
    ]));
    let begun = ["start", "done a", "done b"];
    let by_step = [&begun[..], &["cancel no"]].concat();
    let by_hand = [
        &begun[..],
        &["control rollback", "done b~undo2/b_off", "cancel no"],
    ]
    .concat();
    let left = |lines: &[&str]| -> Vec<String> {
        let machine = folded(&plans, &journal(lines));
        machine.undoable().iter().map(|u| u.path.clone()).collect()
    };
    assert_eq!(left(&by_step), ["a", "b"]);
    assert_eq!(left(&by_hand), ["a"]);
}

#[test]
fn a_machine_from_a_snapshot_knows_the_steps_that_were_added() {
    let plans = host::plans(&json!([{"id": "w", "wait": {"delay": "1d"}}]));
    let add = r#"add {"id": "more", "parallel": [[{"id": "x", "action": "case.x", "with": {}}, {"id": "y", "action": "case.y", "with": {}}]]}"#;
    let machine = folded(&plans, &journal(&["start", add]));
    let mut thawed = Machine::restore(plans, &machine.snapshot()).unwrap();
    assert_eq!(thawed.digest(), machine.digest());
    let mut now = host::T0;
    assert_eq!(
        host::lines(&mut thawed, &mut now, "done adhoc[0]/more/x"),
        ["host adhoc[0]/more/y#1 case.y {}"]
    );
    let bad: Value = json!({"id": "bad", "action": "x.y", "with": {"n": "{{ inputs.nobody }}"}});
    let problems = thawed.check_ad_hoc(&bad).unwrap_err();
    assert_eq!(problems[0].pointer, "/with/n");
}

#[test]
fn a_run_takes_so_many_added_steps_and_no_more() {
    let plans = host::plans(&json!([{"id": "w", "wait": {"delay": "1d"}}]));
    let mut machine = Machine::new(plans, false);
    let mut now = host::T0;
    host::lines(&mut machine, &mut now, "start");
    let add = r#"add {"id": "more", "action": "case.x", "with": {}}"#;
    for _ in 0..updraft_engine::limits::AD_HOC_STEPS_MAX {
        assert_eq!(host::lines(&mut machine, &mut now, add).len(), 1);
    }
    assert!(host::lines(&mut machine, &mut now, add).is_empty());
}

#[test]
fn an_undo_sees_its_own_and_a_rollback_names_what_can_be_taken_back() {
    let problems = |steps: Value| -> Vec<String> {
        let (_, problems) = updraft_engine::Plan::from_value(&host::playbook(steps));
        problems
            .iter()
            .map(|p| format!("{} {}", p.code, p.pointer))
            .collect()
    };
    let note = |with: Value| json!([{"id": "off", "action": "case.note", "with": with}]);
    let with_undo = |undo: Value| {
        json!([{"id": "a", "action": "case.a", "with": {}},
                                          {"id": "b", "action": "case.b", "with": {}, "undo": undo}])
    };
    assert_eq!(
        problems(with_undo(note(
            json!({"x": "{{ undo.output.id }}{{ case.id }}"})
        ))),
        [""; 0]
    );
    assert_eq!(
        problems(with_undo(note(json!({"x": "{{ steps.a.output }}"})))),
        ["UP008 /steps/1/undo/0/with/x"]
    );
    assert_eq!(
        problems(with_undo(json!([{"id": "f", "finish": {}}]))),
        ["UP012 /steps/1/undo/0"]
    );
    assert_eq!(
        problems(with_undo(json!([{"id": "f", "rollback": "all"}]))),
        ["UP012 /steps/1/undo/0"]
    );
    let back = |of: &str| json!([{"id": "a", "action": "case.a", "with": {}}, {"id": "r", "rollback": {"of": [of]}}]);
    assert_eq!(problems(back("a")), ["UP012 /steps/1/rollback/of"]);
    assert_eq!(problems(back("nobody")), ["UP007 /steps/1/rollback/of"]);
}

#[test]
fn a_capability_that_asked_nobody_has_nothing_to_take_back() {
    let playbook = host::playbook(json!([
        {"id": "a", "capability": "ip.block", "with": {}, "fan_out": "one",
         "undo": [{"id": "off", "capability": "ip.unblock", "with": {}}]},
        {"id": "pause", "wait": {"delay": "1h"}},
    ]));
    let undoable = |lines: &[&str]| {
        let mut machine = Machine::new(host::plan(&playbook).into(), true);
        let mut now = host::T0;
        host::lines(&mut machine, &mut now, "start {}");
        for line in lines {
            host::lines(&mut machine, &mut now, line);
        }
        machine.undoable().len()
    };
    assert_eq!(undoable(&["resolved a"]), 0);
    assert_eq!(undoable(&["resolved a fw!switched off"]), 0);
    // Whether a failed write happened is not always known.
    assert_eq!(undoable(&["resolved a fw", "error a@fw timeout"]), 1);
    assert_eq!(undoable(&["resolved a fw", "done a@fw"]), 1);
}
