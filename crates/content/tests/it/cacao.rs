//! CACAO v2.0: the playbooks of others come in, run, and go out as they came; ours go out and come back.

use std::{collections::BTreeMap, fs, path::PathBuf};

use serde_json::{Value, json};
use updraft_content::{cacao, embedded, lint_playbook, load, trials, yaml};
use updraft_model::{Level, Problem, Timestamp};

/// Documents that the schemas and the rules of the standard accept.
const VALID: &[&str] = &[
    "misp__malware_triage",
    "oasis__basic-example-1",
    "oasis__spec-3.1-example",
    "soarca__http-playbook",
    "soarca__powershell-playbook",
    "soarca__ssh-playbook",
];
/// Documents with mistakes that do no harm to a lenient reader.
const WITH_MISTAKES: &[&str] = &[
    "oasis__playbook--aa1898b6-5251-49b4-aeb7-fd5e912583ff",
    "soarca__fin-playbook",
    "soarca__infinite_playbook",
    "soarca__invalid_email_playbook",
    "soarca__playbook",
    "soarca_doc_1",
];

fn document(name: &str) -> Value {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/cacao");
    let text = fs::read_to_string(folder.join(format!("{name}.json"))).unwrap();
    serde_json::from_str(&text).unwrap()
}

fn errors(document: &Value) -> Vec<Problem> {
    let mut found = cacao::validate(document, None);
    found.retain(|problem| problem.level == Level::Error);
    found
}

fn nobody() -> BTreeMap<String, String> {
    BTreeMap::new()
}

fn times() -> (Timestamp, Timestamp) {
    let at = |text: &str| text.parse().unwrap();
    (
        at("2026-01-02T03:04:05.678Z"),
        at("2026-02-03T04:05:06.789Z"),
    )
}

#[test]
fn the_examples_are_judged_as_the_standard_does() {
    for name in VALID {
        assert_eq!(errors(&document(name)), [], "{name}");
    }
    for name in WITH_MISTAKES {
        assert_ne!(errors(&document(name)), [], "{name}");
    }
}

#[test]
fn every_example_comes_in_lints_clean_and_goes_out_as_it_came() {
    for (name, lenient) in VALID
        .iter()
        .map(|name| (name, false))
        .chain(WITH_MISTAKES.iter().map(|name| (name, true)))
    {
        let original = document(name);
        let imported = cacao::import(&original, &nobody(), lenient)
            .unwrap_or_else(|found| panic!("{name}: {found:?}"));
        let (plan, found) = lint_playbook("playbook.yaml", &imported.text);
        let wrong: Vec<_> = found.iter().filter(|d| d.level == Level::Error).collect();
        assert!(
            plan.is_ok() && wrong.is_empty(),
            "{name}: {wrong:?}\n{}",
            imported.text
        );
        let read = yaml::parse("playbook.yaml", &imported.text).unwrap();
        let exported = cacao::export(&read.value, &imported.text, &nobody(), times());
        assert_eq!(exported.document, original, "{name}");
        assert_eq!(exported.report, [], "{name}");
    }
}

#[test]
fn a_document_with_mistakes_is_refused_unless_asked_for() {
    for name in WITH_MISTAKES {
        let found = cacao::import(&document(name), &nobody(), false).unwrap_err();
        assert!(found.iter().any(|p| p.level == Level::Error), "{name}");
        let imported = cacao::import(&document(name), &nobody(), true).unwrap();
        assert!(
            imported.report.iter().any(|note| note.what == "invalid"),
            "{name}"
        );
    }
    for name in ["soarca__invalid_playbook", "soarca__changed-playbook"] {
        assert!(
            cacao::import(&document(name), &nobody(), false).is_err(),
            "{name}"
        );
    }
}

#[test]
fn what_does_not_map_is_said_step_by_step() {
    let imported = cacao::import(&document("soarca_doc_1"), &nobody(), true).unwrap();
    let said: Vec<String> = imported
        .report
        .iter()
        .filter(|note| note.what != "invalid")
        .map(|note| format!("{} {}: {}", note.step, note.what, note.why))
        .collect();
    insta::assert_snapshot!(said.join("\n"));
    let visible = imported
        .text
        .lines()
        .filter(|line| !line.contains("x-cacao"));
    let steps: Vec<&str> = visible
        .skip_while(|line| !line.starts_with("steps:"))
        .collect();
    assert!(steps.len() > 10);
}

/// One document with every kind of step.
fn everything() -> Value {
    let step = |kind: &str, n: u32| format!("{kind}--00000000-0000-4000-8000-{n:012}");
    let group = step("group", 1);
    let task = |name: &str, next: &str| {
        json!({"type": "action", "name": name, "agent": group, "on_completion": next,
               "commands": [{"type": "manual", "command": format!("{name}: __site__:value {{{{ not a template }}}}")}]})
    };
    let end = |n| (step("end", n), json!({"type": "end"}));
    let mut workflow = serde_json::Map::new();
    let mut put = |id: String, value: Value| workflow.insert(id, value);
    put(
        step("start", 1),
        json!({"type": "start", "on_completion": step("if-condition", 1)}),
    );
    put(
        step("if-condition", 1),
        json!({"type": "if-condition", "name": "Is it ours", "condition": "__site__:value LIKE '%.example'",
        "on_true": step("action", 1), "on_false": step("action", 2)}),
    );
    // Both sides meet again at the parallel step.
    put(step("action", 1), task("Ours", &step("parallel", 1)));
    put(step("action", 2), task("Not ours", &step("parallel", 1)));
    put(
        step("parallel", 1),
        json!({"type": "parallel", "name": "At once", "next_steps": [step("action", 3), step("action", 4)],
        "on_completion": step("switch-condition", 1)}),
    );
    put(step("action", 3), task("One", &step("end", 1)));
    put(step("action", 4), task("Other", &step("end", 2)));
    put(
        step("switch-condition", 1),
        json!({"type": "switch-condition", "name": "Which", "switch": "__kind__:value",
        "cases": {"a": step("action", 5), "default": step("end", 3)}, "on_completion": step("while-condition", 1)}),
    );
    put(step("action", 5), task("Kind a", &step("end", 4)));
    put(
        step("while-condition", 1),
        json!({"type": "while-condition", "name": "Until done", "condition": "__done__:value != 'true'",
        "on_true": step("action", 6), "on_completion": step("action", 7)}),
    );
    put(
        step("action", 6),
        json!({"type": "action", "name": "Look", "agent": group, "out_args": ["__done__"], "delay": 1500,
        "commands": [{"type": "bash", "command": "test -f /tmp/done"}], "on_completion": step("end", 5)}),
    );
    put(
        step("action", 7),
        json!({"type": "action", "name": "Close", "agent": group, "timeout": 60000,
        "commands": [{"type": "manual", "command": "Close it"}], "on_success": step("end", 6), "on_failure": step("playbook-action", 1)}),
    );
    put(
        step("playbook-action", 1),
        json!({"type": "playbook-action", "name": "Clean up",
        "playbook_id": cacao::playbook_id("cleanup"), "in_args": ["__site__"], "on_completion": step("end", 6)}),
    );
    for (id, value) in (1..=6).map(end) {
        put(id, value);
    }
    json!({
        "type": "playbook", "spec_version": "cacao-2.0", "id": step("playbook", 1), "name": "Everything", "description": "One of each",
        "created_by": step("identity", 1), "created": "2026-01-02T03:04:05.678Z", "modified": "2026-01-02T03:04:05.678Z",
        "playbook_variables": {
            "__site__": {"type": "string", "external": true, "value": "www.example"},
            "__kind__": {"type": "string", "value": "a"},
            "__done__": {"type": "bool"},
        },
        "agent_definitions": {group: {"type": "group", "name": "Analysts"}},
        "workflow_start": step("start", 1), "workflow": workflow,
    })
}

#[test]
fn every_kind_of_step_is_read_into_blocks() {
    let imported = cacao::import(&everything(), &nobody(), false).unwrap();
    let mut value = imported.value.clone();
    fn without(value: &mut Value) {
        match value {
            Value::Array(list) => list.iter_mut().for_each(without),
            Value::Object(map) => {
                map.shift_remove("x-cacao");
                map.values_mut().for_each(without);
            }
            _ => {}
        }
    }
    without(&mut value);
    insta::assert_snapshot!(yaml::write(&value));
}

#[test]
fn an_imported_playbook_runs() {
    let imported = cacao::import(&everything(), &nobody(), false).unwrap();
    let tests = r"
title: What was read runs
trigger: {case: {type: Investigation}}
people:
  - {step: ours, answer: {}}
  - {step: one, answer: {}}
  - {step: other, answer: {}}
  - {step: kind_a, answer: {}}
  - {step: look, answer: {values: {done: 'false'}}}
  - {step: look, answer: {values: {done: 'true'}}}
  - {step: close, answer: {}}
expect:
  state: succeeded
  steps: {ours: succeeded, not_ours: never, kind_a: succeeded, close: succeeded, clean_up: never}
";
    let (library, _) = load(&embedded());
    let (plan, _) = lint_playbook("playbook.yaml", &imported.text);
    let plans = trials::plans_of(plan.unwrap().into(), &library);
    let tried = trials::Tried {
        file: "playbook.yaml",
        text: &imported.text,
        plans: &plans,
    };
    let tested = trials::run_tests(tried, &[("tests/runs.yaml".into(), tests.into())], &library);
    assert!(
        tested.tests.iter().all(|test| test.passed),
        "{:#?}",
        tested.tests
    );
}

#[test]
fn a_call_of_a_playbook_that_is_here_becomes_a_call() {
    let known = BTreeMap::from([(cacao::playbook_id("cleanup"), "cleanup".to_owned())]);
    let imported = cacao::import(&everything(), &known, false).unwrap();
    assert!(
        imported.text.contains("playbook: cleanup"),
        "{}",
        imported.text
    );
    assert!(imported.report.iter().all(|note| note.what != "playbook"));
}

#[test]
fn every_shipped_playbook_goes_out_valid_and_comes_back_to_the_letter() {
    let (library, _) = load(&embedded());
    assert!(!library.playbooks.is_empty());
    for (id, playbook) in &library.playbooks {
        let read = yaml::parse("playbook.yaml", &playbook.source).unwrap();
        let exported = cacao::export(&read.value, &playbook.source, &nobody(), times());
        assert_eq!(errors(&exported.document), [], "{id}");
        let again = cacao::export(&read.value, &playbook.source, &nobody(), times());
        assert_eq!(
            exported, again,
            "{id}: the same playbook gives the same document"
        );
        let back = cacao::import(&exported.document, &nobody(), false).unwrap();
        assert_eq!(back.text, playbook.source, "{id}");
        // A document that somebody changed is read as what it says.
        let mut changed = exported.document.clone();
        changed["name"] = json!("Another name");
        let other = cacao::import(&changed, &nobody(), false).unwrap();
        assert_eq!(other.value["title"], "Another name", "{id}");
        let (plan, found) = lint_playbook("playbook.yaml", &other.text);
        assert!(plan.is_ok(), "{id}: {found:?}");
    }
}

#[test]
fn what_the_writer_puts_in_has_names_of_its_own() {
    let text = "format: 1\nid: names\nsteps:\n  - id: poll\n    when: case.severity == 'high'\n    loop:\n      max: 3\n      until: round > 1\n      do:\n        - {id: decide, set: {a: 1}}\n        - {id: again, set: {a: 2}}\n        - {id: end, set: {a: 3}}\n";
    let read = yaml::parse("playbook.yaml", text).unwrap();
    let exported = cacao::export(&read.value, text, &nobody(), times());
    assert_eq!(errors(&exported.document), []);
    let steps = exported.document["workflow"].as_object().unwrap().len();
    // Three steps, three decisions, the loop, the condition, three ends and the start.
    assert_eq!(steps, 12);
}

#[test]
fn a_changed_playbook_keeps_what_only_the_document_had() {
    let original = document("oasis__spec-3.1-example");
    let imported = cacao::import(&original, &nobody(), false).unwrap();
    let text = imported
        .text
        .replacen("IP Lookup", "Look the address up", 1);
    let read = yaml::parse("playbook.yaml", &text).unwrap();
    let exported = cacao::export(&read.value, &text, &nobody(), times()).document;
    assert_eq!(errors(&exported), []);
    assert_eq!(exported["id"], original["id"]);
    assert_eq!(exported["markings"], original["markings"]);
    assert_eq!(
        exported["data_marking_definitions"],
        original["data_marking_definitions"]
    );
    assert_eq!(
        exported["external_references"],
        original["external_references"]
    );
    assert_eq!(exported["modified"], "2026-02-03T04:05:06.789Z");
    assert!(
        exported["workflow"]
            .to_string()
            .contains("Look the address up")
    );
}

/// Changes one document in many ways; each must be found, with its place.
#[test]
fn mistakes_are_found_with_their_place() {
    let cases: &[(&str, &str, Value, &str)] = &[
        ("UA003", "/type", json!("course-of-action"), "/type"),
        (
            "UA003",
            "/spec_version",
            json!("cacao-9.9"),
            "/spec_version",
        ),
        (
            "UA010",
            "/modified",
            json!("2020-01-02T03:04:05.678Z"),
            "/modified",
        ),
        (
            "UA012",
            "/playbook_variables/__done__",
            json!({"type": "integer", "value": "five"}),
            "/playbook_variables/__done__/value",
        ),
        (
            "UA015",
            "/workflow_start",
            json!("start--00000000-0000-4000-8000-000000000099"),
            "/workflow_start",
        ),
        (
            "UA015",
            "/workflow_start",
            json!("action--00000000-0000-4000-8000-000000000001"),
            "/workflow_start",
        ),
        (
            "UA017",
            "/workflow/action--00000000-0000-4000-8000-000000000001/on_completion",
            json!("action--00000000-0000-4000-8000-000000000099"),
            "/workflow/action--00000000-0000-4000-8000-000000000001/on_completion",
        ),
        (
            "UA018",
            "/workflow/action--00000000-0000-4000-8000-000000000001/agent",
            json!("group--00000000-0000-4000-8000-000000000099"),
            "/workflow/action--00000000-0000-4000-8000-000000000001/agent",
        ),
        (
            "UA019",
            "/workflow/action--00000000-0000-4000-8000-000000000003/on_completion",
            json!("if-condition--00000000-0000-4000-8000-000000000001"),
            "/workflow/",
        ),
    ];
    assert_eq!(errors(&everything()), []);
    for (code, place, value, at) in cases {
        let mut document = everything();
        *document.pointer_mut(place).unwrap() = value.clone();
        let found = errors(&document);
        let hit = found
            .iter()
            .any(|p| p.code == *code && p.pointer.starts_with(at));
        assert!(hit, "{code} at {at}: {found:?}");
    }
    let mut both = everything();
    both["workflow"]["action--00000000-0000-4000-8000-000000000001"]["on_success"] =
        json!("end--00000000-0000-4000-8000-000000000001");
    assert!(errors(&both).iter().any(|p| p.code == "UA016"));
    let mut lost = everything();
    lost["workflow"]["end--00000000-0000-4000-8000-000000000077"] = json!({"type": "end"});
    assert!(
        cacao::validate(&lost, None)
            .iter()
            .any(|p| p.code == "UA022")
    );
    let mut old = everything();
    old["valid_until"] = json!("2026-01-03T00:00:00.000Z");
    let now = "2026-06-01T00:00:00Z".parse().unwrap();
    assert!(
        cacao::validate(&old, Some(now))
            .iter()
            .any(|p| p.code == "UA021")
    );
}

#[test]
fn hostile_documents_are_answered_quickly_and_without_a_panic() {
    for document in [
        json!(null),
        json!([]),
        json!({}),
        json!({"workflow": {}}),
        json!({"workflow": 5, "workflow_start": []}),
    ] {
        assert!(
            cacao::import(&document, &nobody(), true).is_err(),
            "{document}"
        );
    }
    let mut deep = json!(1);
    for _ in 0..1000 {
        deep = json!([deep]);
    }
    assert!(cacao::import(&json!({"workflow": deep}), &nobody(), true).is_err());
    // Every step leads to both of the next two: as nested blocks that is exponential.
    let id = |n: u32| format!("if-condition--00000000-0000-4000-8000-{n:012}");
    let mut workflow = serde_json::Map::new();
    for n in 0..200 {
        workflow.insert(id(n), json!({"type": "if-condition", "condition": "__a__:value = 'x'", "on_true": id(n + 1), "on_false": id(n + 2)}));
    }
    let ladder = json!({"workflow": workflow, "workflow_start": id(0)});
    match cacao::import(&ladder, &nobody(), true) {
        Ok(imported) => assert!(imported.text.len() < 1 << 20),
        Err(found) => assert!(
            found
                .iter()
                .any(|p| p.code == "UA005" || p.level == Level::Error)
        ),
    }
    let many: serde_json::Map<String, Value> = (0..100_000)
        .map(|n| (id(n), json!({"type": "end"})))
        .collect();
    let found = cacao::import(
        &json!({"workflow": many, "workflow_start": id(0)}),
        &nobody(),
        true,
    );
    assert!(found.unwrap_err().iter().any(|p| p.code == "UA001"));
}
