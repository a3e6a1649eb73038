//! What a test that is made of a run expects: how the run ends, what becomes of each step, and what it changes outside.

use serde_json::{Map, Value, json};
use updraft_engine::{PlanSet, StepStatus};

use super::{drive::Play, expect, made::SHORT_CHARS_MAX};

/// Characters of a longer text that are expected.
const PART_CHARS_MAX: usize = 60;
/// Kinds of calls that are expected.
const CALLS_MAX: usize = 20;
/// Comments that are expected.
const COMMENTS_MAX: usize = 5;

/// What the play did, as a test expects it.
pub(super) fn expectations(played: &Play, plans: &PlanSet) -> Value {
    let mut expect = Map::new();
    expect.insert("state".into(), Value::from(expect::state_of(played)));
    if let Some(end) = &played.outcome {
        if !end.message.is_empty() {
            let part: String = end.message.chars().take(SHORT_CHARS_MAX).collect();
            expect.insert("message".into(), Value::from(part));
        }
        if let Value::Object(output) = &end.output {
            let short = output
                .iter()
                .filter(|(_, value)| value.to_string().chars().count() <= SHORT_CHARS_MAX);
            let short: Map<String, Value> = short.map(|(k, v)| (k.clone(), v.clone())).collect();
            if !short.is_empty() {
                expect.insert("outputs".into(), Value::Object(short));
            }
        }
    }
    let steps = step_fates(played);
    if !steps.is_empty() {
        expect.insert("steps".into(), Value::Object(steps));
    }
    let case = case_of(played);
    if !case.is_empty() {
        expect.insert("case".into(), Value::Object(case));
    }
    let tickets = |plan: &updraft_engine::Plan| {
        let names = plan.capabilities();
        names.iter().any(|name| name == "ticket.create")
    };
    if tickets(&plans.main) || plans.called.values().any(|plan| tickets(plan)) {
        let opened = played.calls.iter().filter(|call| {
            call.attempt == 1 && call.capability.as_deref() == Some("ticket.create")
        });
        expect.insert("tickets".into(), json!(opened.count()));
    }
    let calls = writes(played);
    if !calls.is_empty() {
        expect.insert("calls".into(), Value::Array(calls));
    }
    Value::Object(expect)
}

fn step_fates(played: &Play) -> Map<String, Value> {
    let mut fates: Vec<(String, Vec<StepStatus>)> = Vec::new();
    for record in played
        .records
        .iter()
        .filter(|record| record.kind != "target")
    {
        let last = record.path.rsplit('/').next().unwrap_or(&record.path);
        let id = last.split('[').next().unwrap_or(last);
        match fates.iter_mut().find(|(known, _)| known == id) {
            Some((_, all)) => all.push(record.status),
            None => fates.push((id.to_owned(), vec![record.status])),
        }
    }
    let mut steps = Map::new();
    for (id, all) in fates {
        let ran: Vec<&StepStatus> = all.iter().filter(|s| **s != StepStatus::Skipped).collect();
        let has = |status| ran.iter().any(|known| **known == status);
        let fate = match () {
            () if ran.is_empty() => "skipped",
            () if has(StepStatus::Failed) => "failed",
            () if has(StepStatus::Cancelled) => "cancelled",
            () if ran.iter().all(|status| **status == StepStatus::Succeeded) => "succeeded",
            () => "ran",
        };
        let expected = match ran.len() {
            0 | 1 => Value::from(fate),
            count => json!({"is": fate, "count": count}),
        };
        steps.insert(id, expected);
    }
    steps
}

fn case_of(played: &Play) -> Map<String, Value> {
    let (mut case, log) = (Map::new(), &played.case);
    if !log.verdict.is_empty() {
        case.insert("verdict".into(), Value::from(log.verdict.as_str()));
    }
    if let Some(reason) = &log.closed {
        case.insert("closed".into(), Value::from(reason.as_str()));
    }
    if !log.escalated.is_empty() {
        let titles = log
            .escalated
            .iter()
            .map(|title| part(&Value::from(title.as_str())));
        case.insert("escalated".into(), titles.collect());
    }
    if !log.comments.is_empty() && log.comments.len() <= COMMENTS_MAX {
        let texts = log
            .comments
            .iter()
            .map(|text| part(&Value::from(text.as_str())));
        case.insert("comments".into(), texts.collect());
    }
    case
}

/// What was changed outside, each kind of call once.
fn writes(played: &Play) -> Vec<Value> {
    let mut found: Vec<(Value, u64)> = Vec::new();
    let changes = |effect: &str| !matches!(effect, "" | "read" | "host");
    let first = played.calls.iter().filter(|call| call.attempt == 1);
    for call in first.filter(|call| changes(&call.effect)) {
        let mut expected = Map::new();
        match &call.capability {
            Some(name) => expected.insert("capability".into(), Value::from(name.as_str())),
            None => expected.insert("action".into(), Value::from(call.action.as_str())),
        };
        expected.insert("connection".into(), Value::from(call.connection.as_str()));
        expected.insert("input".into(), part(&call.input));
        let expected = Value::Object(expected);
        match found.iter_mut().find(|(known, _)| *known == expected) {
            Some((_, times)) => *times += 1,
            None => found.push((expected, 1)),
        }
    }
    found.truncate(CALLS_MAX);
    let with_times = found.into_iter().map(|(mut call, times)| {
        call["times"] = json!(times);
        call
    });
    with_times.collect()
}

/// As much of a value as a test needs to show that it is the right one.
fn part(value: &Value) -> Value {
    let short = value.to_string().chars().count() <= SHORT_CHARS_MAX;
    match value {
        Value::Object(map) if map.len() == 1 && map.contains_key("contains") => json!({}),
        Value::Object(map) => map
            .iter()
            .filter(|(_, value)| !value.is_null())
            .map(|(name, value)| (name.clone(), part(value)))
            .collect(),
        _ if short => value.clone(),
        Value::String(text) => {
            let part: String = text.chars().take(PART_CHARS_MAX).collect();
            json!({ "contains": part })
        }
        Value::Array(list) => list.iter().map(part).collect(),
        other => other.clone(),
    }
}
