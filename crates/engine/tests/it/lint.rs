//! What the lint says: code, place, message, hint.

use serde_json::{Value, json};
use updraft_engine::Plan;

use crate::host::playbook;

/// All findings as lines: `UP002 /steps/0/fro_each* unknown field … (did you mean …)`.
fn findings(document: &Value) -> Vec<String> {
    let (plan, problems) = Plan::from_value(document);
    let broken = problems
        .iter()
        .any(|p| p.level == updraft_model::Level::Error);
    assert_eq!(plan.is_none(), broken);
    let line = |p: &updraft_model::Problem| {
        let key = if p.at_key { "*" } else { "" };
        let span = p
            .span
            .map(|(a, b)| format!("[{a}..{b}]"))
            .unwrap_or_default();
        let hint = if p.hint.is_empty() {
            String::new()
        } else {
            format!(" ({})", p.hint)
        };
        format!("{} {}{key}{span} {}{hint}", p.code, p.pointer, p.message)
    };
    problems.iter().map(line).collect()
}

fn check(steps: Value, expected: &[&str]) {
    assert_eq!(findings(&playbook(steps)), expected);
}

#[test]
fn a_sound_playbook_has_no_findings() {
    check(
        json!([{"id": "a", "set": {"x": "{{ run.id }} {{ now }}"}}, {"id": "b", "when": "vars.x", "wait": {"delay": "1s"}}]),
        &[],
    );
}

#[test]
fn unknown_fields_are_named_with_a_suggestion() {
    check(
        json!([{"id": "a", "set": {"x": 1}, "wen": "true"}]),
        &["UP002 /steps/0/wen* unknown field `wen` (did you mean `when`?)"],
    );
    check(
        json!([{"id": "a", "fro_each": "{{ [] }}", "do": []}]),
        &["UP009 /steps/0 the step says nothing to do (did you mean `for_each`?)"],
    );
}

#[test]
fn a_step_does_one_thing_and_has_an_id_of_its_own() {
    check(
        json!([{"id": "a", "set": {"x": 1}, "wait": {"delay": "1s"}}, {"id": "a", "set": {"x": 1}}, {"set": {"x": 1}}, {"id": "A-b", "set": {"x": 1}}]),
        &[
            "UP009 /steps/0 a step does one thing, not `wait` and `set` (make two steps of it)",
            "UP005 /steps/1/id another step has the id `a` (ids are unique in the whole playbook)",
            "UP003 /steps/2 `id` is missing",
            "UP004 /steps/3/id this is not an id for a step (use small letters, digits and `_`, a letter first, at most 64)",
        ],
    );
}

#[test]
fn references_reach_only_what_is_over() {
    check(
        json!([
            {"id": "a", "action": "x.read", "with": {"deep": [{"v": "{{ steps.b.output }}"}]}},
            {"id": "b", "for_each": "{{ steps.a.output }}", "do": [{"id": "c", "set": {"x": "{{ item }} {{ steps.b.output }}"}}]},
            {"id": "d", "set": {"x": "{{ steps.c.output }}"}},
            {"id": "e", "parallel": [[{"id": "f", "set": {"x": 1}}], [{"id": "g", "set": {"x": "{{ steps.f.status }}"}}]]},
            {"id": "h", "set": {"x": "{{ steps.f.status }} {{ steps.lokups.output }} {{ item }} {{ vars.y }} {{ inputs.z }}"}}
        ]),
        &[
            "UP008 /steps/1/do/0/set/x[14..28] the step `b` is not over here (refer to a step above this one)",
            "UP024 /steps/2/set/x[3..17] the step `c` is inside a loop and ends with each iteration (give the loop a `collect` and refer to the loop's output)",
            "UP023 /steps/3/parallel/1/0/set/x[3..17] the step `f` is in another branch and may not be over here (refer to it after the `parallel` step)",
            "UP014 /steps/4/set/x[50..54] nothing is called `item` here (known here: case, alert, settings, inputs, steps, vars, run, now)",
            "UP015 /steps/4/set/x[74..82] there is no input `z` (declare it under `inputs`)",
            "UP008 /steps/0/with/deep/0/v[3..17] the step `b` comes later (refer to a step above this one)",
            "UP007 /steps/4/set/x[24..43] there is no step `lokups` (known here: a, b, c, d, e, f, g, h)",
            "UP022 /steps/4/set/x[61..67] no step sets the variable `y` (did you mean `x`?)",
        ],
    );
}

#[test]
fn syntax_errors_point_into_the_text() {
    let found = findings(&playbook(json!([
        {"id": "a", "when": "{{ case.x }}", "set": {"x": "ab {{ 1 + }}"}}
    ])));
    assert!(found[0].starts_with("UP006 /steps/0/when["), "{found:?}");
    assert!(found[0].contains("braces"), "{found:?}");
    assert!(found[1].starts_with("UP006 /steps/0/set/x["), "{found:?}");
}

#[test]
fn durations_limits_and_empty_blocks_are_checked() {
    check(
        json!([
            {"id": "a", "action": "x.read", "timeout": "60", "retry": {"max": 99, "delay": "soon"}},
            {"id": "b", "set": {"x": 1}, "timeout": "1s", "retry": {}},
            {"id": "c", "for_each": "{{ [] }}", "concurrency": 0, "as": "case", "do": []},
            {"id": "d", "wait": {"delay": "x", "signal": "y"}, "phase": "recovry", "technique": "1566"}
        ]),
        &[
            "UP011 /steps/0/timeout `timeout` must be a duration such as 30s (units are ms, s, m, h and d; at most 366d)",
            "UP020 /steps/0 the step gives no input (add `with: {…}`; write `with: {}` if it takes none)",
            "UP011 /steps/0/retry/delay `delay` must be a duration such as 30s (units are ms, s, m, h and d; at most 366d)",
            "UP013 /steps/0/retry/max `max` must be a whole number from 0 to 20",
            "UP012 /steps/1/retry* a `set` step cannot be repeated (`retry` belongs to `action` and `capability` steps)",
            "UP012 /steps/1/timeout* a `set` step takes no time",
            "UP013 /steps/2/concurrency `concurrency` must be a whole number from 1 to 100",
            "UP004 /steps/2/as `case` has a meaning of its own (choose another name)",
            "UP010 /steps/2/do there is no step in this block",
            "UP009 /steps/3/wait a wait has one of `delay`, `until`, `signal` and `case`",
            "UP011 /steps/3/wait/delay `delay` must be a duration such as 30s (units are ms, s, m, h and d; at most 366d)",
            "UP016 /steps/3/phase no phase of NIST SP 800-61 (did you mean `recovery`?)",
            "UP016 /steps/3/technique no technique of MITRE ATT&CK (T and four digits, for a sub-technique a dot and three more: T1566.001)",
        ],
    );
}

#[test]
fn the_head_is_checked() {
    assert_eq!(
        findings(
            &json!({"format": 2, "id": "X", "inputs": {"a": {"type": "strin", "default": 1}}, "steps": {}, "outputs": []})
        ),
        &[
            "UP017 /format this version knows the playbook format 1 only",
            "UP004 /id this is not an id for a playbook (use small letters, digits, `-` and `_`, at most 64)",
            "UP019 /inputs/a/type `strin` is no type (did you mean `string`?)",
            "UP001 /steps a block of steps must be a list",
            "UP001 /outputs `outputs` must be a map",
        ]
    );
    assert_eq!(findings(&json!([])), &["UP001  a playbook must be a map"]);
}

#[test]
fn deep_and_wide_documents_are_refused_without_harm() {
    let mut deep = json!([{"id": "x", "set": {"x": 1}}]);
    for n in 0..40 {
        deep = json!([{"id": format!("s{n}"), "switch": [{"else": true, "do": deep}]}]);
    }
    let found = findings(&playbook(deep));
    assert!(
        found.iter().any(|line| line.starts_with("UP013")),
        "{found:?}"
    );
    let many: Vec<Value> = (0..600)
        .map(|n| json!({"id": format!("s{n}"), "set": {"x": 1}}))
        .collect();
    let found = findings(&playbook(Value::Array(many)));
    assert_eq!(
        found,
        ["UP013 /steps/500 a playbook may have 500 steps (split it and `call` the parts)"]
    );
}

#[test]
fn steps_after_the_end_are_noticed() {
    check(
        json!([{"id": "a", "finish": {}}, {"id": "b", "set": {"x": 1}}]),
        &["UP021 /steps/1 this step is never reached: the one before does not go on"],
    );
}

#[test]
fn a_plan_says_what_it_calls() {
    let (plan, _) = Plan::from_value(&playbook(json!([
        {"id": "a", "capability": "reputation.ip", "with": {}, "title": "Look up"},
        {"id": "b", "capability": "reputation.{{ case.type }}", "with": {}},
        {"id": "c", "action": "jira.create_issue", "with": {}},
        {"id": "d", "when": "true", "parallel": {"branches": {"x": [{"id": "e", "call": {"playbook": "other"}}]}}, "on_error": {"do": [{"id": "f", "set": {"x": 1}}]}}
    ])));
    let plan = plan.unwrap();
    assert_eq!(plan.capabilities(), ["reputation.ip"]);
    assert_eq!(plan.actions(), ["jira.create_issue"]);
    assert_eq!(plan.calls(), ["other"]);
    let outline = serde_json::to_value(plan.outline()).unwrap();
    assert_eq!(outline["steps"][3]["children"][0]["label"], "x");
    assert_eq!(
        outline["steps"][3]["children"][0]["steps"][0]["subject"],
        "other"
    );
    assert_eq!(outline["steps"][3]["children"][1]["label"], "on_error");
    assert_eq!(outline["steps"][3]["conditional"], true);
    assert_eq!(outline["steps"][1]["subject"], "(computed)");
}
