//! A past run against another version of its playbook: where the two part, and what became of each step.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::Value;
use updraft_engine::{Outcome, PlanSet, StepRecord, StepStatus};

use super::{
    drive::{Play, Unanswered, play},
    expect::state_of_outcome,
    host::CaseLog,
    memory::{Memory, Writes},
    recording::Recording,
};
use crate::Library;

/// Differences that are listed; further ones are counted.
pub const DIFFERENCES_MAX: usize = 1_000;
/// Differences of one step that are named.
const FIELDS_MAX: usize = 20;
/// Bytes of one value that is shown; larger ones are cut.
pub const SHOWN_BYTES_MAX: usize = 4_096;

/// What a comparison found.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Comparison {
    /// True when every step went the same way with the same values.
    pub identical: bool,
    /// The first place where the two part, in the order of time.
    pub first: Option<FirstDifference>,
    /// Steps that differ, in the order of the run; added ones where they begin.
    pub steps: Vec<StepDifference>,
    /// Differing steps that are not listed.
    pub left_out: usize,
    /// Calls and questions that the recording has no answer to.
    pub unanswered: Vec<Missing>,
    /// How the run ended.
    pub then: Ending,
    /// How it ends with the other version.
    pub now: Ending,
}

/// Where two versions part.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct FirstDifference {
    /// The step's path.
    pub path: String,
    /// `added`, `removed`, `input`, `branch`, `status`, `output`, `error` or `end`.
    pub what: &'static str,
    /// The place inside of the value; empty for the whole.
    pub at: String,
    /// What the run had.
    pub then: Value,
    /// What the other version gives.
    pub now: Value,
}

/// What became of one step.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct StepDifference {
    /// Its path.
    pub path: String,
    /// Its id.
    pub id: String,
    /// Its kind, or `target`.
    pub kind: String,
    /// `added`, `removed` or `changed`.
    pub change: &'static str,
    /// What it was in the run.
    pub before: Option<Brief>,
    /// What it is with the other version.
    pub after: Option<Brief>,
    /// What differs in a changed step.
    pub differs: Vec<FieldDifference>,
}

/// A step in short.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Brief {
    /// How it ended.
    pub status: StepStatus,
    /// The first step of the branch that it took; empty for a step without branches.
    pub branch: String,
    /// Why it failed.
    pub error: Option<String>,
}

/// One thing that differs in a step.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct FieldDifference {
    /// `input`, `branch`, `status`, `output` or `error`.
    pub what: &'static str,
    /// The place inside of the value; empty for the whole.
    pub at: String,
    /// What the run had.
    pub then: Value,
    /// What the other version gives.
    pub now: Value,
}

/// Something that the recording does not know.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Missing {
    /// The step's path.
    pub step: String,
    /// An action, a capability, `manual`, `ask` or `approve`.
    pub wanted: String,
    /// The connection, if one was asked.
    pub connection: Option<String>,
    /// What was asked, cut when it is long.
    pub input: Value,
}

/// How a run ended.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Ending {
    /// `succeeded`, `failed`, `cancelled`, or `waiting`.
    pub state: String,
    /// In words; for what it waits, if it does.
    pub message: String,
    /// The playbook's outputs.
    pub output: Value,
    /// What it did to its case.
    pub case: CaseLog,
}

impl Missing {
    pub(super) fn of(missing: &Unanswered) -> Missing {
        Missing {
            step: missing.step.clone(),
            wanted: missing.wanted.clone(),
            connection: missing.connection.clone(),
            input: shown(&missing.input),
        }
    }
}

impl Ending {
    fn of(outcome: Option<&Outcome>, waiting_for: &str, case: &CaseLog) -> Ending {
        Ending {
            state: state_of_outcome(outcome).to_owned(),
            message: outcome.map_or_else(|| waiting_for.to_owned(), |end| end.message.clone()),
            output: outcome.map_or(Value::Null, |end| shown(&end.output)),
            case: case.clone(),
        }
    }
}

/// Plays a recorded run with other plans, and says where it goes another way.
pub fn compare(recording: &Recording, plans: PlanSet, library: &Library) -> Comparison {
    let mut memory = Memory::new(recording, library, Writes::Recorded);
    let start = recording.start_of(&plans.main);
    let played = play(plans, &start, &mut memory);
    differences(recording, &played)
}

fn differences(recording: &Recording, played: &Play) -> Comparison {
    let (old, new) = (&recording.records, &played.records);
    let places = |records: &[StepRecord]| -> BTreeMap<String, usize> {
        let paths = records.iter().enumerate();
        paths
            .map(|(at, record)| (record.path.clone(), at))
            .collect()
    };
    let (old_places, new_places) = (places(old), places(new));
    let (old_branches, new_branches) = (branches(old), branches(new));
    let mut found: Vec<(Order, StepDifference)> = Vec::new();
    for (place, before) in old.iter().enumerate() {
        let brief = brief(before, &old_branches);
        let Some(after) = new_places.get(&before.path).and_then(|at| new.get(*at)) else {
            found.push((
                Order::new(before.started_at.micros(), 3, &before.path, place),
                step(before, "removed", Some(brief), None),
            ));
            continue;
        };
        let now = self::brief(after, &new_branches);
        let differs = fields(before, after, &brief, &now);
        let Some(first) = differs.first() else {
            continue;
        };
        let (time, rank) = match first.what {
            "input" => (before.started_at, 0),
            "branch" => (before.started_at, 1),
            _ => {
                let ended = [before.ended_at, after.ended_at].into_iter().flatten();
                (ended.min().unwrap_or(before.started_at), 2)
            }
        };
        let mut difference = step(before, "changed", Some(brief), Some(now));
        difference.differs = differs;
        found.push((
            Order::new(time.micros(), rank, &before.path, place),
            difference,
        ));
    }
    for (place, after) in new.iter().enumerate() {
        if !old_places.contains_key(&after.path) {
            let brief = brief(after, &new_branches);
            found.push((
                Order::new(after.started_at.micros(), 3, &after.path, place),
                step(after, "added", None, Some(brief)),
            ));
        }
    }
    let then = Ending::of(recording.outcome.as_ref(), "", &recording.case);
    let now = Ending::of(played.outcome.as_ref(), &played.waiting_for, &played.case);
    let first = found.iter().min_by(|a, b| a.0.cmp(&b.0));
    let first = first
        .map(|(_, difference)| first_of(difference))
        .or_else(|| ending_differs(&then, &now));
    found.sort_by_key(|(order, _)| order.place);
    let missing = played.unanswered.iter().chain(&played.open_questions);
    Comparison {
        identical: first.is_none(),
        first,
        left_out: found.len().saturating_sub(DIFFERENCES_MAX),
        steps: found
            .into_iter()
            .take(DIFFERENCES_MAX)
            .map(|(_, difference)| difference)
            .collect(),
        unanswered: missing.map(Missing::of).take(DIFFERENCES_MAX).collect(),
        then,
        now,
    }
}

/// When a difference showed, what kind it is (causes before consequences), and how deep: what is inside of a step
/// ends in the same moment as the step itself.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Order {
    micros: i64,
    rank: u8,
    shallow: std::cmp::Reverse<usize>,
    place: usize,
}

impl Order {
    fn new(micros: i64, rank: u8, path: &str, place: usize) -> Order {
        Order {
            micros,
            rank,
            shallow: std::cmp::Reverse(path.matches(['/', '@']).count()),
            place,
        }
    }
}

fn first_of(difference: &StepDifference) -> FirstDifference {
    let (path, word) = (difference.path.clone(), |brief: &Option<Brief>| {
        let status = brief.as_ref().map(|brief| brief.status.as_str());
        status.map_or(Value::Null, Value::from)
    });
    match difference.differs.first() {
        Some(field) => FirstDifference {
            path,
            what: field.what,
            at: field.at.clone(),
            then: field.then.clone(),
            now: field.now.clone(),
        },
        None => FirstDifference {
            path,
            what: difference.change,
            at: String::new(),
            then: word(&difference.before),
            now: word(&difference.after),
        },
    }
}

fn ending_differs(then: &Ending, now: &Ending) -> Option<FirstDifference> {
    let pairs = [
        (
            Value::from(then.state.as_str()),
            Value::from(now.state.as_str()),
        ),
        (then.output.clone(), now.output.clone()),
    ];
    let (then, now) = pairs.into_iter().find(|(then, now)| then != now)?;
    let (at, then, now) = place_of(&then, &now)?;
    Some(FirstDifference {
        path: String::new(),
        what: "end",
        at,
        then: shown(&then),
        now: shown(&now),
    })
}

fn step(
    record: &StepRecord,
    change: &'static str,
    before: Option<Brief>,
    after: Option<Brief>,
) -> StepDifference {
    StepDifference {
        path: record.path.clone(),
        id: record.id.clone(),
        kind: record.kind.clone(),
        change,
        before,
        after,
        differs: Vec::new(),
    }
}

/// Which step of a `switch`, a `try` and the like began first, by the path of the step around it.
fn branches(records: &[StepRecord]) -> BTreeMap<&str, &str> {
    let mut first: BTreeMap<&str, &str> = BTreeMap::new();
    for record in records {
        first.entry(&record.parent).or_insert(&record.id);
    }
    first
}

fn brief(record: &StepRecord, branches: &BTreeMap<&str, &str>) -> Brief {
    let parts = record.kind == "switch";
    let branch = branches.get(record.path.as_str()).filter(|_| parts);
    Brief {
        status: record.status,
        branch: branch.map(|id| (*id).to_owned()).unwrap_or_default(),
        error: record.error.as_ref().map(|error| error.code.clone()),
    }
}

fn fields(
    before: &StepRecord,
    after: &StepRecord,
    then: &Brief,
    now: &Brief,
) -> Vec<FieldDifference> {
    let mut found = Vec::new();
    let mut differ = |what: &'static str, then: &Value, now: &Value| {
        if let Some((at, then, now)) = place_of(then, now).filter(|_| found.len() < FIELDS_MAX) {
            found.push(FieldDifference {
                what,
                at,
                then: shown(&then),
                now: shown(&now),
            });
        }
    };
    differ("input", &before.input, &after.input);
    let word = |text: &str| Value::from(text);
    differ("branch", &word(&then.branch), &word(&now.branch));
    differ(
        "status",
        &word(then.status.as_str()),
        &word(now.status.as_str()),
    );
    differ("output", &before.output, &after.output);
    let error = |record: &StepRecord| {
        let error = record.error.as_ref();
        error.map_or(Value::Null, |error| {
            Value::from(format!("{}: {}", error.code, error.message))
        })
    };
    differ("error", &error(before), &error(after));
    found
}

/// The first place where two values differ, and both values there.
fn place_of(then: &Value, now: &Value) -> Option<(String, Value, Value)> {
    if then == now {
        return None;
    }
    let inside = |name: String, then: &Value, now: &Value| {
        let (at, then, now) = place_of(then, now)?;
        let dot = match at.starts_with('[') || at.is_empty() {
            true => "",
            false => ".",
        };
        Some((format!("{name}{dot}{at}"), then, now))
    };
    match (then, now) {
        (Value::Object(a), Value::Object(b)) => {
            let names = a
                .keys()
                .chain(b.keys().filter(|name| !a.contains_key(*name)));
            let null = Value::Null;
            for name in names {
                let (then, now) = (a.get(name).unwrap_or(&null), b.get(name).unwrap_or(&null));
                if let Some(found) = inside(name.clone(), then, now) {
                    return Some(found);
                }
            }
            // The same names, some of them null on one side only.
            None
        }
        (Value::Array(a), Value::Array(b)) if a.len() == b.len() => a
            .iter()
            .zip(b)
            .enumerate()
            .find_map(|(at, (then, now))| inside(format!("[{at}]"), then, now)),
        _ => Some((String::new(), then.clone(), now.clone())),
    }
}

/// A value for people: what is long is cut.
pub(super) fn shown(value: &Value) -> Value {
    let text = value.to_string();
    if text.len() <= SHOWN_BYTES_MAX {
        return value.clone();
    }
    let cut: String = text.chars().take(SHOWN_BYTES_MAX / 8).collect();
    Value::from(format!("{cut}… ({} bytes in all)", text.len()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_first_place_that_differs_is_named() {
        let place = |a: Value, b: Value| place_of(&a, &b);
        assert_eq!(place(json!({"a": 1}), json!({"a": 1})), None);
        assert_eq!(
            place(json!({"a": [{"b": 1}]}), json!({"a": [{"b": 2}]})),
            Some(("a[0].b".into(), json!(1), json!(2)))
        );
        assert_eq!(
            place(json!({"a": [1]}), json!({"a": [1, 2]})),
            Some(("a".into(), json!([1]), json!([1, 2])))
        );
        assert_eq!(
            place(json!({}), json!({"x": true})),
            Some(("x".into(), Value::Null, json!(true)))
        );
    }

    #[test]
    fn what_is_long_is_cut_and_says_so() {
        let long = json!("x".repeat(10_000));
        let text = shown(&long).to_string();
        assert!(text.len() < 1_000 && text.contains("10002 bytes"), "{text}");
    }
}
