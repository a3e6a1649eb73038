//! The examples of the reference pages: each is a whole playbook, sound, and passes the tests beside it.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
    sync::{Arc, LazyLock},
};

use serde_json::Value;
use updraft_content::{
    Library, check_playbook, embedded, load, parse_playbook,
    trials::{Tried, run_tests},
};
use updraft_engine::{Plan, PlanSet};
use updraft_model::Level;

fn library() -> &'static Library {
    static LIBRARY: LazyLock<Library> = LazyLock::new(|| load(&embedded()).0);
    &LIBRARY
}

fn page(name: &str) -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/reference");
    fs::read_to_string(folder.join(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// The pages with examples that are played.
fn pages() -> Vec<String> {
    let kinds = kinds();
    let steps = kinds.keys().map(|kind| format!("steps/{kind}.md"));
    steps.chain(["patterns.md".to_owned()]).collect()
}

/// The YAML blocks of a page.
fn blocks(text: &str) -> Vec<String> {
    let after = text.split("```yaml\n").skip(1);
    after
        .map(|rest| rest.split("```").next().unwrap().to_owned())
        .collect()
}

/// A playbook, those written before it on the page, and its tests.
struct Example {
    text: String,
    before: Vec<Arc<Plan>>,
    tests: Option<String>,
}

fn examples(name: &str) -> Vec<Example> {
    let mut found: Vec<Example> = Vec::new();
    for block in blocks(&page(name)) {
        if block.starts_with("format: 1") {
            let before = found
                .iter()
                .filter_map(|one| parse_playbook(name, &one.text).ok());
            let before = before.map(Arc::new).collect();
            found.push(Example {
                text: block,
                before,
                tests: None,
            });
        } else if block.starts_with("title:") || block.starts_with("tests:") {
            let last = found
                .last_mut()
                .unwrap_or_else(|| panic!("{name}: tests without a playbook"));
            last.tests = Some(block);
        }
    }
    found
}

#[test]
fn every_example_is_sound_and_passes_its_tests() {
    let mut wrong = String::new();
    let mut played = 0;
    for name in pages() {
        let examples = examples(&name);
        assert!(
            examples.iter().any(|one| one.tests.is_some()),
            "{name} shows nothing"
        );
        for example in examples {
            let mut world = updraft_content::world(library());
            for plan in &example.before {
                world
                    .playbooks
                    .insert(plan.id().to_owned(), Arc::clone(plan));
            }
            let (plan, found) = check_playbook(&name, &example.text, &world);
            for one in found.iter().filter(|one| one.level == Level::Error) {
                wrong += &format!("{one}\n");
            }
            let (Ok(plan), Some(tests)) = (plan, example.tests) else {
                continue;
            };
            let called = example
                .before
                .into_iter()
                .map(|plan| (plan.id().to_owned(), plan));
            let plans = PlanSet {
                main: Arc::new(plan),
                called: called.collect(),
            };
            let tried = Tried {
                file: &name,
                text: &example.text,
                plans: &plans,
            };
            let tested = run_tests(tried, &[(format!("{name} (test)"), tests)], library());
            for test in &tested.tests {
                played += 1;
                if !test.passed {
                    wrong += &format!("{name}: {} is {}\n", test.title, test.state);
                    wrong += &test
                        .faults
                        .iter()
                        .map(|fault| format!("{fault}\n"))
                        .collect::<String>();
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
    assert!(played >= 50, "{played}");
}

/// The schema of each kind of step.
fn kinds() -> BTreeMap<String, Value> {
    let schema = updraft_engine::schema();
    let kinds = schema["$defs"]["step"]["oneOf"].as_array().unwrap();
    kinds
        .iter()
        .map(|kind| (kind["title"].as_str().unwrap().to_owned(), kind.clone()))
        .collect()
}

fn options(schema: &Value, place: &str, found: &mut BTreeSet<String>) {
    let root = updraft_engine::schema();
    if let Some(target) = schema["$ref"].as_str() {
        let name = target.rsplit('/').next().unwrap();
        // Steps are options of their own, a condition and a duration are values.
        if ["retry", "form", "reminder"].contains(&name) {
            options(&root["$defs"][name], place, found);
        }
        return;
    }
    for (name, inner) in schema["properties"].as_object().into_iter().flatten() {
        found.insert(format!("{place}/{name}"));
        options(inner, &format!("{place}/{name}"), found);
    }
    for inner in schema["oneOf"].as_array().into_iter().flatten() {
        options(inner, place, found);
    }
    if schema["items"].is_object() {
        options(&schema["items"], place, found);
    }
    for word in schema["enum"].as_array().into_iter().flatten() {
        found.insert(format!("{place}={}", word.as_str().unwrap_or_default()));
    }
}

fn used(value: &Value, place: &str, found: &mut BTreeSet<String>) {
    match value {
        Value::Object(map) => {
            for (name, inner) in map {
                found.insert(format!("{place}/{name}"));
                used(inner, &format!("{place}/{name}"), found);
            }
        }
        Value::Array(items) => items.iter().for_each(|item| used(item, place, found)),
        Value::String(word) => {
            found.insert(format!("{place}={word}"));
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// Every step of an example, also those inside others, under its kind.
fn steps(value: &Value, kinds: &BTreeMap<String, Value>, found: &mut BTreeSet<String>) {
    match value {
        Value::Object(map) => {
            if map.contains_key("id")
                && let Some(kind) = kinds.keys().find(|kind| map.contains_key(*kind))
            {
                used(value, kind, found);
            }
            map.values().for_each(|inner| steps(inner, kinds, found));
        }
        Value::Array(items) => items.iter().for_each(|item| steps(item, kinds, found)),
        _ => {}
    }
}

const COMMON: [&str; 10] = [
    "id",
    "title",
    "why",
    "phase",
    "technique",
    "when",
    "timeout",
    "on_error",
    "undo",
    "exempt",
];

#[test]
fn every_option_of_every_kind_of_step_is_in_an_example() {
    let kinds = kinds();
    let (mut wanted, mut found) = (BTreeSet::new(), BTreeSet::new());
    for (kind, schema) in &kinds {
        options(schema, kind, &mut wanted);
    }
    for name in pages() {
        for example in examples(&name) {
            let document = updraft_content::yaml::parse(&name, &example.text).unwrap();
            steps(&document.value["steps"], &kinds, &mut found);
        }
    }
    // What every step has need not be shown at each kind.
    let common = |option: &str| {
        let (kind, rest) = option.split_once('/').unwrap_or((option, ""));
        let name = rest.split(['/', '=']).next().unwrap_or_default();
        COMMON
            .contains(&name)
            .then(|| format!("{}{}", "*", option.strip_prefix(kind).unwrap_or_default()))
    };
    let wide: BTreeSet<String> = found.iter().filter_map(|option| common(option)).collect();
    let missing: Vec<&String> = wanted
        .iter()
        .filter(|option| match common(option) {
            Some(option) => !wide.contains(&option),
            None => !found.contains(*option) && !is_default(option),
        })
        .collect();
    assert!(missing.is_empty(), "no example shows {missing:#?}");
}

/// A branch of `retry` at a kind that shares it with `action`, whose page shows it whole.
fn is_default(option: &str) -> bool {
    let shared = ["capability/retry/", "bot/retry/"];
    shared.iter().any(|place| option.starts_with(place)) || option.starts_with("ask/ask/form/")
}

#[test]
fn every_supported_pattern_has_an_example() {
    let text = page("patterns.md");
    let rows: Vec<&str> = text
        .lines()
        .filter(|line| line.starts_with("| ") && line.contains(" | yes |"))
        .collect();
    assert!(rows.len() >= 20, "{}", rows.len());
    let anchors: BTreeSet<String> = text
        .lines()
        .filter_map(|line| line.strip_prefix("## "))
        .map(|title| title.to_lowercase().replace(',', "").replace(' ', "-"))
        .collect();
    for row in rows {
        let linked = row
            .split("(#")
            .nth(1)
            .and_then(|rest| rest.split(')').next());
        match linked {
            Some(anchor) => assert!(anchors.contains(anchor), "{row}"),
            None => assert!(row.contains("(7)"), "no example: {row}"),
        }
    }
    let numbers: Vec<usize> = text
        .lines()
        .filter_map(|line| line.strip_prefix("| ")?.split(' ').next()?.parse().ok())
        .collect();
    assert_eq!(numbers, (1..=43).collect::<Vec<_>>());
}
