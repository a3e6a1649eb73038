//! Triggers and limits as the language reads them: what is found wrong, and what a condition says of an event.

use serde_json::{Value, json};
use updraft_engine::{Judgement, Overlap, Plan, RunEnd, TriggerKind, schema};

use crate::host::plan;

fn with(more: Value) -> Value {
    let mut document = json!({
        "format": 1, "id": "test", "inputs": {"who": {"default": ""}},
        "steps": [{"id": "a", "set": {"x": 1}}],
    });
    let Value::Object(fields) = more else {
        panic!()
    };
    document.as_object_mut().unwrap().extend(fields);
    document
}

fn findings(triggers: Value) -> Vec<String> {
    let (_, problems) = Plan::from_value(&with(json!({"triggers": triggers})));
    let line = |p: &updraft_model::Problem| {
        let span = p
            .span
            .map(|(a, b)| format!("[{a}..{b}]"))
            .unwrap_or_default();
        let key = if p.at_key { "*" } else { "" };
        format!(
            "{} {}{key}{span} {} ({})",
            p.code, p.pointer, p.message, p.hint
        )
    };
    problems.iter().map(line).collect()
}

#[test]
fn every_kind_is_read_and_said_in_words() {
    let plan = plan(&with(json!({
        "case_types": ["Enrichment"],
        "triggers": [
            {"case_type": "Phishing", "when": "case.severity in ['high', 'critical']"},
            {"alert": {"source": "siem"}, "when": "alert.fields.rule == 'x'", "inputs": {"who": "{{ alert.title }}"}},
            {"alert": {}},
            {"schedule": {"cron": "0 7 * * 1-5", "zone": "Europe/Berlin", "overlap": "queue", "case_type": "Hunt", "title": "Morning"}},
            {"button": {"title": "Isolate host"}, "when": "case.severity == 'high'"},
            {"api": {}},
            {"run": {"playbook": "enrichment-only", "outcome": "failed"}, "when": "run.error != ''"},
        ],
        "concurrency": 5,
        "limits": {"wall_time": "2d", "steps": 500},
    })));
    let words: Vec<String> = plan
        .triggers()
        .iter()
        .map(updraft_engine::Trigger::text)
        .collect();
    assert_eq!(
        words,
        [
            "case of type Enrichment",
            "case of type Phishing when case.severity in ['high', 'critical']",
            "alert of siem when alert.fields.rule == 'x'",
            "any alert",
            "schedule 0 7 * * 1-5 (Europe/Berlin)",
            "button “Isolate host” when case.severity == 'high'",
            "request by API",
            "end of enrichment-only (failed) when run.error != ''",
        ]
    );
    let TriggerKind::Schedule(schedule) = plan.triggers()[4].kind() else {
        panic!()
    };
    assert_eq!(schedule.overlap, Overlap::Queue);
    assert_eq!(
        (schedule.case_type.as_str(), schedule.title.as_str()),
        ("Hunt", "Morning")
    );
    assert!(matches!(
        plan.triggers()[7].kind(),
        TriggerKind::Run {
            outcome: RunEnd::Failed,
            ..
        }
    ));
    assert_eq!(plan.triggers()[0].pointer(), "/case_types/0");
    let limits = plan.run_limits();
    assert_eq!(limits.concurrency, Some(5));
    assert_eq!(limits.wall_time_ms, Some(2 * 86_400_000));
    assert_eq!(limits.steps, Some(500));
    assert_eq!(plan.outline().triggers.len(), 8);
    assert_eq!(plan.outline().limits, limits);
}

#[test]
fn what_is_left_out_has_a_meaning() {
    let plan = plan(&with(json!({"triggers": [
        {"schedule": {"cron": "@daily"}}, {"api": null}, {"run": {"playbook": "other"}},
    ]})));
    let TriggerKind::Schedule(schedule) = plan.triggers()[0].kind() else {
        panic!()
    };
    assert_eq!((schedule.zone(), schedule.overlap), ("UTC", Overlap::Skip));
    assert_eq!(schedule.case_type, "Operations");
    assert!(matches!(
        plan.triggers()[2].kind(),
        TriggerKind::Run {
            outcome: RunEnd::Succeeded,
            ..
        }
    ));
    assert_eq!(plan.run_limits(), updraft_engine::RunLimits::default());
}

#[test]
fn what_is_wrong_is_said_where_it_stands() {
    let check = |triggers: Value, expected: &[&str]| assert_eq!(findings(triggers), expected);
    check(
        json!([{"shedule": {"cron": "@daily"}}, {"api": {}, "button": {"title": "x"}}, {}]),
        &[
            "UP060 /triggers/0 the trigger says nothing to wait for (did you mean `schedule`?)",
            "UP060 /triggers/1 a trigger is one thing, not `button` and `api` (make two triggers of it)",
            "UP060 /triggers/2 the trigger says nothing to wait for (give it one of case_type, alert, schedule, button, api, run)",
        ],
    );
    check(
        json!([
            {"schedule": {"cron": "0 7 * * 8", "zone": "Europe/Berlinn", "overlap": "skipp", "case_typ": "x"}},
            {"schedule": {"cron": "0 0 30 2 *"}, "when": "true"},
        ]),
        &[
            "UP002 /triggers/0/schedule/case_typ* unknown field `case_typ` (did you mean `case_type`?)",
            "UP062 /triggers/0/schedule/cron[8..9] `8` is no day of the week (0 to 7, or sun to sat)",
            "UP062 /triggers/0/schedule/zone `Europe/Berlinn` is no time zone (did you mean `Europe/Berlin`?)",
            "UP019 /triggers/0/schedule/overlap `overlap` is one of skip, queue, cancel (did you mean `skip`?)",
            "UP002 /triggers/1/when* unknown field `when` (known here: schedule, inputs)",
            "UP062 /triggers/1/schedule/cron[0..10] no year has such a day ()",
        ],
    );
    check(
        json!([
            {"button": {"title": "x"}, "when": "alert.severity == 'high'"},
            {"case_type": "Phishing", "when": "case.severity =="},
            {"alert": {}, "inputs": {"how": 1, "who": "{{ steps.a.output }}"}},
            {"run": {"playbook": "No", "outcome": "faild"}},
            {"run": {}},
            {"case_type": " "},
        ]),
        &[
            "UP014 /triggers/0/when[0..14] nothing is called `alert` before a run begins (known here: case)",
            "UP006 /triggers/1/when[16..16] expected a value, found the end ()",
            "UP015 /triggers/2/inputs/how* the playbook takes no input `how` (known here: who)",
            "UP014 /triggers/2/inputs/who[3..17] nothing is called `steps` before a run begins (known here: case, alert)",
            "UP019 /triggers/3/run/outcome `outcome` is one of succeeded, failed, cancelled, any (did you mean `failed`?)",
            "UP003 /triggers/4/run `playbook` is missing ()",
            "UP004 /triggers/5/case_type this is no case type (one line of at most 64 characters)",
        ],
    );
    check(
        json!([{"case_type": "A"}, {"case_type": "A"}]),
        &["UP061 /triggers/1 the same trigger stands above already (take one of them out)"],
    );
}

#[test]
fn limits_have_limits() {
    let (_, problems) = Plan::from_value(&with(json!({
        "concurrency": 0, "limits": {"wall_time": "0s", "steps": 10_001, "time": 1},
    })));
    let found: Vec<(&str, &str)> = problems
        .iter()
        .map(|p| (p.code, p.pointer.as_str()))
        .collect();
    assert_eq!(
        found,
        [
            ("UP013", "/concurrency"),
            ("UP002", "/limits/time"),
            ("UP011", "/limits/wall_time"),
            ("UP013", "/limits/steps"),
        ]
    );
    let many: Vec<Value> = (0..51)
        .map(|n| json!({"case_type": format!("T{n}")}))
        .collect();
    assert_eq!(
        findings(json!(many)),
        ["UP013 /triggers/50 a playbook may have 50 triggers ()"]
    );
}

#[test]
fn a_condition_that_does_not_hold_shows_what_it_read() {
    let plan = plan(&with(json!({"triggers": [
        {"alert": {}, "when": "alert.severity == 'high' and (alert.fields.count ?? 0) > 3 and alert.fields?.tags[0] == 'x'",
         "inputs": {"who": "{{ alert.fields.user }}"}},
    ]})));
    let trigger = &plan.triggers()[0];
    let scope = |alert: Value| match json!({"alert": alert, "case": {}}) {
        Value::Object(map) => map,
        _ => unreachable!(),
    };
    let no = scope(json!({"severity": "low", "fields": {"tags": ["y".repeat(500)]}}));
    let Judgement::Fails { condition, read } = trigger.judge(&no) else {
        panic!()
    };
    assert!(condition.starts_with("alert.severity"));
    let named: Vec<(&str, usize)> = read
        .iter()
        .map(|(path, value)| (path.as_str(), value.chars().count()))
        .collect();
    assert_eq!(
        named,
        [
            ("alert.severity", 5),
            ("alert.fields.count", 7),
            ("alert.fields.tags[0]", 201)
        ]
    );
    assert_eq!(
        (read[0].1.as_str(), read[1].1.as_str()),
        ("\"low\"", "missing")
    );

    let broken = scope(json!({"fields": {}}));
    let Judgement::Broken { message } = trigger.judge(&broken) else {
        panic!()
    };
    assert!(message.contains("severity"), "{message}");
    let error = trigger.inputs(&broken).unwrap_err();
    assert!(error.starts_with("inputs/who: "), "{error}");

    let yes =
        scope(json!({"severity": "high", "fields": {"count": 4, "tags": ["x"], "user": "u"}}));
    assert_eq!(trigger.judge(&yes), Judgement::Holds);
    assert_eq!(trigger.inputs(&yes).unwrap()["who"], "u");
}

#[test]
fn the_schema_knows_every_trigger() {
    let schema = schema();
    let kinds = schema["properties"]["triggers"]["items"]["oneOf"]
        .as_array()
        .unwrap();
    let titles: Vec<&str> = kinds
        .iter()
        .map(|kind| kind["title"].as_str().unwrap())
        .collect();
    assert_eq!(
        titles,
        ["case_type", "alert", "schedule", "button", "api", "run"]
    );
    assert!(schema["properties"]["limits"]["properties"]["wall_time"].is_object());
}
