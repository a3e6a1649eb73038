//! A recording as a test's document, with everything it knows.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};
use updraft_engine::{ActionResult, Input, PlanSet, Status, Target};
use updraft_intel::observable_context;
use updraft_model::{Actor, Observable, Timestamp};

use super::recording::{Answered, Recording, Resolution, Said};

/// A delay that outlasts every wait of a playbook.
const NEVER: &str = "366d";

pub(super) fn document(recording: &Recording, plans: &PlanSet, title: &str) -> Value {
    let mut document = Map::new();
    document.insert("title".into(), Value::from(title));
    document.insert("playbook".into(), Value::from(plans.main.id()));
    document.insert("trigger".into(), trigger(&recording.start));
    let names = Names::of(recording);
    let lists = [
        ("connections", connections(recording, &names)),
        ("answers", answers(recording, &names)),
        ("people", people(recording, &names)),
        ("signals", signals(recording)),
    ];
    for (name, list) in lists {
        if !list.is_empty() {
            document.insert(name.into(), Value::Array(list));
        }
    }
    document.insert("expect".into(), json!({"state": "succeeded"}));
    Value::Object(document)
}

fn trigger(start: &Input) -> Value {
    let Input::Started {
        run,
        inputs,
        context,
        seed,
        at,
        ..
    } = start
    else {
        return json!({});
    };
    let mut trigger = Map::new();
    trigger.insert("at".into(), json!(at));
    trigger.insert("run".into(), json!(run));
    trigger.insert("seed".into(), json!(seed));
    if inputs.as_object().is_some_and(|map| !map.is_empty()) {
        trigger.insert("inputs".into(), inputs.clone());
    }
    let mut case = context["case"].clone();
    if let Some(Value::Array(list)) = case.get_mut("observables") {
        list.iter_mut().for_each(|item| *item = observable(item));
    }
    trigger.insert("case".into(), case);
    if !context["alert"].is_null() {
        trigger.insert("alert".into(), context["alert"].clone());
    }
    let others = context.as_object().into_iter().flatten();
    let others: Map<String, Value> = others
        .filter(|(name, _)| !matches!(name.as_str(), "case" | "alert"))
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect();
    if !others.is_empty() {
        trigger.insert("context".into(), Value::Object(others));
    }
    Value::Object(trigger)
}

/// An observable as short as the rest follows from it.
fn observable(full: &Value) -> Value {
    let mut short = json!({"type": full["type"], "value": full["value"]});
    if !full["excluded"].is_null() {
        short["excluded"] = full["excluded"].clone();
    }
    let mut whole = short.clone();
    whole["excluded"] = full["excluded"].clone();
    match serde_json::from_value::<Observable>(whole) {
        Ok(read) if observable_context(&read) == *full => short,
        _ => full.clone(),
    }
}

/// How steps are named: by id where one step has it, by path otherwise.
struct Names(BTreeMap<String, BTreeSet<String>>);

impl Names {
    fn of(recording: &Recording) -> Names {
        let mut names: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        let steps = recording.records.iter().filter(|one| one.kind != "target");
        for record in steps {
            let paths = names.entry(id_of(&record.path)).or_default();
            paths.insert(record.path.clone());
        }
        Names(names)
    }

    fn name(&self, path: &str) -> String {
        let id = id_of(path);
        match self.0.get(&id).is_none_or(|paths| paths.len() <= 1) {
            true => id,
            false => path.to_owned(),
        }
    }
}

fn id_of(path: &str) -> String {
    let last = path.rsplit('/').next().unwrap_or(path);
    last.split('[').next().unwrap_or(last).to_owned()
}

fn is_asked(recording: &Recording, resolution: &Resolution, target: &Target) -> bool {
    let own = |call: &&Answered| {
        let name = call.target.as_ref().map(|target| target.name.as_str());
        call.step == resolution.path && name == Some(target.name.as_str())
    };
    recording.calls.iter().any(|call| own(&call))
}

/// Who could have been asked, for the steps that did not ask all of them.
fn connections(recording: &Recording, names: &Names) -> Vec<Value> {
    let mut found = Vec::new();
    for resolution in &recording.resolved {
        let idle =
            |target: &&Target| target.skipped.is_none() && !is_asked(recording, resolution, target);
        if !resolution.targets.iter().any(|target| idle(&target)) {
            continue;
        }
        for target in &resolution.targets {
            let mut one = connected(&names.name(&resolution.path), target);
            if let Some(why) = &target.skipped {
                one.insert("skipped".into(), Value::from(why.as_str()));
            }
            found.push(Value::Object(one));
        }
    }
    found.dedup();
    found
}

fn connected(step: &str, target: &Target) -> Map<String, Value> {
    let fields = [
        ("step", step),
        ("connection", &target.name),
        ("connector", &target.connector),
        ("does", &target.action),
        ("effect", &target.effect),
    ];
    let fields = fields.map(|(name, value)| (name.to_owned(), Value::from(value)));
    fields.into_iter().collect()
}

fn answers(recording: &Recording, names: &Names) -> Vec<Value> {
    let mut found = Vec::new();
    for resolution in &recording.resolved {
        let step = names.name(&resolution.path);
        if resolution.targets.is_empty() {
            found.push(json!({"step": step, "nobody": true}));
        }
        for target in &resolution.targets {
            let own = recording.calls.iter().filter(|call| {
                let name = call.target.as_ref().map(|target| target.name.as_str());
                call.step == resolution.path && name == Some(target.name.as_str())
            });
            let mut own: Vec<&Answered> = own.collect();
            own.sort_by_key(|call| call.key.attempt);
            let head = connected(&step, target);
            match &target.skipped {
                Some(why) if own.is_empty() => {
                    let mut answer = head;
                    answer.insert("skipped".into(), Value::from(why.as_str()));
                    found.push(Value::Object(answer));
                }
                _ => found.extend(attempts(&head, &own)),
            }
        }
    }
    let built_in = recording.calls.iter().filter(|call| call.target.is_none());
    for call in built_in {
        let told = matches!(call.action.as_str(), "case.verdict" | "case.escalate");
        let known = call.action.starts_with("case.") || call.action.starts_with("report.");
        let failed = call.result.as_ref().is_some_and(|r| r.status != Status::Ok);
        if told || failed || !known {
            let mut head = Map::new();
            head.insert("step".into(), Value::from(names.name(&call.step)));
            head.insert("action".into(), Value::from(call.action.as_str()));
            found.extend(attempts(&head, &[call]));
        }
    }
    found
}

/// The attempts of one call in order; equal ones beside each other are one answer.
fn attempts(head: &Map<String, Value>, calls: &[&Answered]) -> Vec<Value> {
    let mut found: Vec<(Map<String, Value>, u64)> = Vec::new();
    for call in calls {
        let mut answer = head.clone();
        says(&mut answer, call);
        match found.last_mut() {
            Some((known, times)) if *known == answer => *times += 1,
            _ => found.push((answer, 1)),
        }
    }
    let last = found.len().saturating_sub(1);
    let with_times = found.into_iter().enumerate();
    with_times
        .map(|(place, (mut answer, times))| {
            if place < last {
                answer.insert("times".into(), json!(times));
            }
            Value::Object(answer)
        })
        .collect()
}

fn says(answer: &mut Map<String, Value>, call: &Answered) {
    let Some(result) = &call.result else {
        answer.insert("ok".into(), json!({}));
        answer.insert("delay".into(), Value::from(NEVER));
        return;
    };
    result_of(answer, result);
    let took = call.done.millis_since(call.asked);
    if took > 0 {
        answer.insert("delay".into(), Value::from(duration(took)));
    }
}

fn result_of(answer: &mut Map<String, Value>, result: &ActionResult) {
    match (result.status, &result.error) {
        (Status::Ok, _) => {
            answer.insert("ok".into(), result.output.clone());
        }
        (Status::NotFound, _) => {
            answer.insert("not_found".into(), json!(true));
        }
        (Status::Error, error) => {
            let error = match error {
                Some(error) => json!(error),
                None => Value::from("error"),
            };
            answer.insert("error".into(), error);
        }
    }
    if let Some(verdict) = &result.verdict {
        answer.insert("verdict".into(), json!(verdict));
    }
    if let Some(link) = &result.link {
        answer.insert("link".into(), Value::from(link.as_str()));
    }
}

fn people(recording: &Recording, names: &Names) -> Vec<Value> {
    let one = |said: &Said| {
        let mut person = json!({ "step": names.name(&said.path) });
        match &said.answer {
            Some((by, answer)) => {
                person["answer"] = answer.clone();
                person["by"] = Value::from(name_of(by));
                let took = said.at.millis_since(said.asked);
                if took > 0 {
                    person["delay"] = Value::from(duration(took));
                }
            }
            None => person["silence"] = json!(true),
        }
        person
    };
    recording.said.iter().map(one).collect()
}

fn name_of(actor: &Actor) -> String {
    match actor {
        Actor::User { name, .. } => name.clone(),
        other => other.label(),
    }
}

/// What came by itself, at its distance from the start.
fn signals(recording: &Recording) -> Vec<Value> {
    let began = recording.began();
    let case = match &recording.start {
        Input::Started { context, .. } => context["case"].clone(),
        _ => Value::Null,
    };
    let after = |at: &Timestamp| duration(at.millis_since(began).max(0));
    let one = |event: &Input| {
        let mut signal = match event {
            Input::Signal { name, payload, .. } => json!({"name": name, "payload": payload}),
            Input::Cancel { by, reason, .. } => json!({"cancel": reason, "by": name_of(by)}),
            Input::Control { op, by, .. } => json!({"control": op, "by": name_of(by)}),
            Input::AdHoc { step, by, .. } => json!({"ad_hoc": step, "by": name_of(by)}),
            Input::CaseChanged { context, .. } => json!({"case": changed(&case, &context["case"])}),
            _ => return None,
        };
        signal["after"] = Value::from(after(&event.at()));
        Some(signal)
    };
    recording.events.iter().filter_map(one).collect()
}

fn changed(before: &Value, after: &Value) -> Value {
    let after = after.as_object().into_iter().flatten();
    let differs = after.filter(|(name, value)| before.get(name.as_str()) != Some(*value));
    let differs: Map<String, Value> = differs.map(|(k, v)| (k.clone(), v.clone())).collect();
    Value::Object(differs)
}

/// A duration as playbooks write it.
pub(super) fn duration(millis: i64) -> String {
    let units = [
        (86_400_000, "d"),
        (3_600_000, "h"),
        (60_000, "m"),
        (1_000, "s"),
    ];
    let whole = units
        .iter()
        .find(|(unit, _)| millis >= *unit && millis % unit == 0);
    match whole {
        Some((unit, word)) => format!("{}{word}", millis / unit),
        None => format!("{millis}ms"),
    }
}
