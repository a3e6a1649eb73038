//! The way that a run really took: which steps it came to and which branches it chose, with the rounds of a loop laid
//! over each other; what people did to its course; and what people decided in it.
//!
//! Two runs took the same path when the same steps ended the same way, whatever the order in which parallel ones
//! happened to end: steps stand in the order of the playbook.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use updraft_engine::{Input, Outline, OutlineStep, RunOutcome, StepRecord, StepStatus};
use updraft_model::BlobHash;

use crate::trials::Recording;

/// Where a step stands among the others, by its place and by when it was first seen, and what became of it.
type Place = (usize, usize, Vec<String>);

/// Steps of a path that are kept; what follows is counted.
pub const PATH_STEPS_MAX: usize = 300;
/// Deviations of one run that are kept.
pub const DEVIATIONS_MAX: usize = 50;
/// Decisions of one run that are kept.
pub const DECISIONS_MAX: usize = 100;
/// Characters of an answer by which it is told from others.
pub const ANSWER_CHARS_MAX: usize = 400;

/// What a person did to the course of a run, or what went wrong in it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Deviation {
    /// `skipped`, `retried`, `ad_hoc`, `cancelled` or `failed`.
    pub what: String,
    /// The id of the step; empty for the run as a whole.
    pub step: String,
    /// Who did it; empty when nobody did.
    pub by: String,
}

/// What people decided at one point.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Decision {
    /// The id of the step, or of the `switch` that the answer leads through.
    pub step: String,
    /// Its title.
    pub title: String,
    /// `manual`, `ask`, `approve` or `switch`.
    pub kind: String,
    /// The answer: `approved`, `denied`, `skipped`, the values as JSON, or the branch.
    pub answer: String,
    /// How long people took, milliseconds.
    pub human_ms: i64,
    /// Who answered last.
    pub by: String,
}

/// The way that a run took.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Taken {
    /// The steps in the order of the playbook: `lookups`, `route: ticket`, `gate: denied`, `attach: failed`.
    pub steps: Vec<String>,
    /// The same for the same steps.
    pub hash: BlobHash,
    /// What was not as written.
    pub deviations: Vec<Deviation>,
    /// What people decided.
    pub decisions: Vec<Decision>,
}

/// The way that a recorded run took through its playbook.
pub fn taken(recording: &Recording, outline: &Outline) -> Taken {
    let order = Order::of(outline);
    let steps = steps(&recording.records, &order);
    let hash = BlobHash::of(steps.join("\n").as_bytes());
    Taken {
        steps,
        hash,
        deviations: deviations(recording),
        decisions: decisions(recording, &order),
    }
}

struct Known<'o> {
    place: usize,
    step: &'o OutlineStep,
}

/// The steps of the playbook by id.
struct Order<'o>(BTreeMap<&'o str, Known<'o>>);

impl<'o> Order<'o> {
    fn of(outline: &'o Outline) -> Self {
        let mut known = BTreeMap::new();
        let mut todo: Vec<&OutlineStep> = outline.steps.iter().rev().collect();
        while let Some(step) = todo.pop() {
            let place = known.len();
            known
                .entry(step.id.as_str())
                .or_insert(Known { place, step });
            let inner = step.children.iter().rev();
            todo.extend(inner.flat_map(|branch| branch.steps.iter().rev()));
        }
        Self(known)
    }
}

/// A path without the rounds of loops.
fn without_rounds(path: &str) -> String {
    let mut out = String::new();
    let mut depth = 0;
    for c in path.chars() {
        match c {
            '[' => depth += 1,
            ']' => depth -= 1,
            _ if depth == 0 => out.push(c),
            _ => {}
        }
    }
    out
}

fn id_of(path: &str) -> &str {
    let last = path.rsplit('/').next().unwrap_or(path);
    last.split('[').next().unwrap_or(last)
}

fn steps(records: &[StepRecord], order: &Order<'_>) -> Vec<String> {
    let mut first_of: BTreeMap<&str, &str> = BTreeMap::new();
    for record in records.iter().filter(|record| record.kind != "target") {
        first_of.entry(&record.parent).or_insert(&record.id);
    }
    // By path without rounds: what became of the step in all of them.
    let mut ways: BTreeMap<String, (usize, usize, Vec<String>)> = BTreeMap::new();
    for (seen, record) in records.iter().enumerate() {
        if record.kind == "target" || record.status == StepStatus::Skipped {
            continue;
        }
        let path = without_rounds(&record.path);
        // A called playbook's steps stand where the call stands, in the order in which they began.
        let mut place = usize::MAX;
        for part in path.split('/') {
            match order.0.get(part) {
                Some(known) => place = known.place,
                None => break,
            }
        }
        let way = way(record, first_of.get(record.path.as_str()).copied());
        let entry = ways.entry(path).or_insert((place, seen, Vec::new()));
        if !entry.2.contains(&way) {
            entry.2.push(way);
        }
    }
    let mut ways: Vec<(String, Place)> = ways.into_iter().collect();
    ways.sort_by(|a, b| (a.1.0, a.1.1, &a.0).cmp(&(b.1.0, b.1.1, &b.0)));
    let left_out = ways.len().saturating_sub(PATH_STEPS_MAX);
    let mut steps: Vec<String> = ways
        .into_iter()
        .take(PATH_STEPS_MAX)
        .map(|(path, (_, _, mut became))| {
            became.sort();
            became.retain(|way| !way.is_empty());
            match became.is_empty() {
                true => path,
                false => format!("{path}: {}", became.join(" | ")),
            }
        })
        .collect();
    if left_out > 0 {
        steps.push(format!("and {left_out} more"));
    }
    steps
}

/// Which way a step went; empty for one that simply ended well.
fn way(record: &StepRecord, first: Option<&str>) -> String {
    if record.status != StepStatus::Succeeded {
        return record.status.as_str().to_owned();
    }
    match record.kind.as_str() {
        "switch" => first.unwrap_or("no case").to_owned(),
        "approve" | "ask" | "manual" => answer_word(record).to_owned(),
        _ => String::new(),
    }
}

fn answer_word(record: &StepRecord) -> &'static str {
    let yes = |name: &str| record.output.get(name) == Some(&Value::Bool(true));
    let given = |name: &str| {
        record
            .output
            .get(name)
            .is_some_and(|value| !value.is_null())
    };
    match record.kind.as_str() {
        _ if yes("defaulted") => "nobody answered",
        "approve" if yes("approved") => "approved",
        "approve" => "denied",
        _ if yes("broke_out") => "broke out",
        _ if given("skipped") => "skipped",
        _ => "answered",
    }
}

fn deviations(recording: &Recording) -> Vec<Deviation> {
    let mut found = Vec::new();
    let mut add = |what: &str, step: &str, by: String| {
        let deviation = Deviation {
            what: what.to_owned(),
            step: step.to_owned(),
            by,
        };
        if found.len() < DEVIATIONS_MAX && !found.contains(&deviation) {
            found.push(deviation);
        }
    };
    for event in recording.events() {
        if let Input::Cancel { by, .. } = event {
            add("cancelled", "", by.label());
        }
    }
    for record in recording.records.iter().filter(|one| one.kind != "target") {
        if let Some(by) = &record.added_by {
            add("ad_hoc", &record.id, by.label());
        }
        for steered in &record.steered {
            let what = match steered.what.as_str() {
                "skip" => "skipped",
                _ => "retried",
            };
            add(what, &record.id, steered.by.label());
        }
    }
    let failed = recording.outcome.as_ref();
    if failed.is_some_and(|end| end.outcome == RunOutcome::Failed) {
        let last =
            |record: &&StepRecord| record.kind != "target" && record.status == StepStatus::Failed;
        // The deepest step that failed last is the cause; the ones around it failed with it.
        let deepest = recording.records.iter().filter(last).max_by_key(|record| {
            let ended = record.ended_at.map_or(0, updraft_model::Timestamp::micros);
            (ended, record.path.matches('/').count())
        });
        add(
            "failed",
            deepest.map_or("", |record| &record.id),
            String::new(),
        );
    }
    found
}

fn decisions(recording: &Recording, order: &Order<'_>) -> Vec<Decision> {
    let mut found: Vec<Decision> = Vec::new();
    let mut took: BTreeMap<&str, (i64, String)> = BTreeMap::new();
    for (path, by, human_ms) in recording.answers_of_people() {
        let known = took.entry(path).or_default();
        *known = (known.0 + human_ms, by);
    }
    let mut asked: Vec<&str> = Vec::new();
    for (path, (human_ms, by)) in &took {
        let record = recording
            .records
            .iter()
            .rfind(|record| record.path == **path);
        let Some(record) = record.filter(|record| record.status == StepStatus::Succeeded) else {
            continue;
        };
        asked.push(&record.id);
        found.push(Decision {
            step: record.id.clone(),
            title: record.title.clone(),
            kind: record.kind.clone(),
            answer: answer(record),
            human_ms: *human_ms,
            by: by.clone(),
        });
    }
    let times: BTreeMap<&str, i64> = took
        .iter()
        .map(|(path, (human_ms, _))| (id_of(path), *human_ms))
        .collect();
    let mut first_of: BTreeMap<&str, &str> = BTreeMap::new();
    for record in &recording.records {
        first_of.entry(&record.parent).or_insert(&record.id);
    }
    for record in recording.records.iter().filter(|one| one.kind == "switch") {
        let Some(known) = order.0.get(record.id.as_str()) else {
            continue;
        };
        let about = asked.iter().find(|id| reads(known.step, id));
        let Some(about) = about.filter(|_| record.status == StepStatus::Succeeded) else {
            continue;
        };
        let first = first_of.get(record.path.as_str()).copied();
        let branch = known.step.children.iter().find(|branch| {
            let begins = branch.steps.first().map(|step| step.id.as_str());
            first.is_some() && begins == first
        });
        let label = branch.map_or("no case holds", |branch| branch.label.as_str());
        found.push(Decision {
            step: record.id.clone(),
            title: known.step.title.clone(),
            kind: "switch".into(),
            answer: short(label),
            human_ms: times.get(about).copied().unwrap_or(0),
            by: String::new(),
        });
    }
    found.truncate(DECISIONS_MAX);
    found
}

/// Whether a condition of the switch looks at what a step gave.
fn reads(switch: &OutlineStep, id: &str) -> bool {
    let (dot, index) = (format!("steps.{id}."), format!("steps['{id}']"));
    let (dot_maybe, index_other) = (format!("steps.{id}?"), format!("steps[\"{id}\"]"));
    let names = [dot, index, dot_maybe, index_other];
    let mut labels = switch.children.iter().map(|branch| branch.label.as_str());
    labels.any(|label| names.iter().any(|name| label.contains(name.as_str())))
}

fn answer(record: &StepRecord) -> String {
    let word = answer_word(record);
    match (record.kind.as_str(), word) {
        ("ask" | "manual", "answered") => {
            let values = record.output.get("values");
            let values =
                values.filter(|values| values.as_object().is_some_and(|map| !map.is_empty()));
            values.map_or_else(
                || "done".to_owned(),
                |values| short(&sorted(values).to_string()),
            )
        }
        _ => word.to_owned(),
    }
}

/// The same values as the same text.
fn sorted(value: &Value) -> Value {
    match value {
        Value::Object(map) => {
            let ordered: BTreeMap<&String, Value> = map
                .iter()
                .map(|(name, value)| (name, sorted(value)))
                .collect();
            ordered
                .into_iter()
                .map(|(name, value)| (name.clone(), value))
                .collect()
        }
        Value::Array(list) => list.iter().map(sorted).collect(),
        other => other.clone(),
    }
}

fn short(text: &str) -> String {
    text.chars().take(ANSWER_CHARS_MAX).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rounds_of_loops_are_laid_over_each_other() {
        assert_eq!(without_rounds("lookups[3]/both/ask"), "lookups/both/ask");
        assert_eq!(without_rounds("a[0]/b[12]"), "a/b");
        assert_eq!(id_of("lookups[3]/both/ask[1]"), "ask");
    }

    #[test]
    fn the_same_values_are_the_same_text_in_any_order() {
        let one: Value = serde_json::from_str(r#"{"b": 1, "a": {"d": 1, "c": 2}}"#).unwrap();
        let other: Value = serde_json::from_str(r#"{"a": {"c": 2, "d": 1}, "b": 1}"#).unwrap();
        assert_eq!(sorted(&one).to_string(), sorted(&other).to_string());
    }
}
