//! A past run made into a test: what started it, who answered what, and what came of it, as short as it can be.
//!
//! The test is first written with everything the run knew, then shortened: a part is left out when the play goes
//! the same way without it. So answers keep what the playbook reads of them and nothing else. What is expected is
//! taken from the play of the shortened test, which therefore passes against the same version. Values of `secret` and
//! `restricted` inputs never reach the text.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use serde_json::{Value, json};
use updraft_engine::{InputType, PlanSet, StepStatus};

use super::{
    drive::{Play, play},
    expect,
    fields::Notes,
    made_expects::expectations,
    recorded_answers as recorded,
    recording::Recording,
    run_one, script,
    scripted::Stage,
};
use crate::{Library, yaml};

/// Steps that are played at most while a test is shortened; then it stays as it is.
pub const SHRINK_STEPS_MAX: usize = 100_000;
/// Characters of a value that is expected or left in one piece.
pub(super) const SHORT_CHARS_MAX: usize = 200;
/// How deep answers are shortened.
const DEPTH_MAX: usize = 4;
/// Stands for a value that must not be shown.
pub const MASK: &str = "***";

/// A test that was made of a run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Made {
    /// What it shows.
    pub title: String,
    /// The YAML document.
    pub text: String,
    /// The inputs whose values are masked.
    pub masked: Vec<String>,
}

/// Why no test can be made of a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MakeError {
    /// The run is not over.
    NotOver,
    /// Played from what the journal says, the run goes another way.
    Differs {
        /// The first step that does.
        path: String,
        /// How it ended in the run.
        then: String,
        /// How it ends when it is played.
        now: String,
    },
    /// What was made does not pass, or is no test.
    Fails(String),
}

impl std::fmt::Display for MakeError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::NotOver => f.write_str("the run is not over"),
            Self::Differs { path, then, now } => write!(
                f,
                "played from its recording the run goes another way at `{path}`: {now} instead of {then}"
            ),
            Self::Fails(why) => write!(f, "what was made of the run is no test: {why}"),
        }
    }
}

struct Workshop<'a> {
    plans: &'a PlanSet,
    library: &'a Library,
    spent: usize,
    goal: Value,
    document: Value,
}

/// Makes a test of a run; `plans` are those that the run was pinned to.
///
/// # Errors
/// The run is not over, or it cannot be told in a test.
pub fn make_test(
    recording: &Recording,
    plans: &PlanSet,
    library: &Library,
    title: &str,
) -> Result<Made, MakeError> {
    if recording.outcome.is_none() {
        return Err(MakeError::NotOver);
    }
    let mut document = recorded::document(recording, plans, title);
    let masked = mask(&mut document, plans);
    let mut workshop = Workshop {
        plans,
        library,
        spent: 0,
        goal: Value::Null,
        document,
    };
    let document = workshop.document.clone();
    let (played, idle) = workshop
        .play(&document)
        .map_err(|why| MakeError::Fails(why.join("; ")))?;
    if masked.is_empty() {
        goes_the_same_way(recording, &played)?;
    }
    if let Some(missing) = played
        .unanswered
        .iter()
        .chain(&played.open_questions)
        .next()
    {
        let text = format!("nothing answers `{}` of `{}`", missing.wanted, missing.step);
        return Err(MakeError::Fails(text));
    }
    workshop.goal = fingerprint(&played);
    workshop.leave_out(&idle);
    workshop.shorten();
    let document = workshop.document.clone();
    let (played, _) = workshop
        .play(&document)
        .map_err(|why| MakeError::Fails(why.join("; ")))?;
    let mut document = document;
    document["expect"] = expectations(&played, plans);
    let text = yaml::write(&document);
    prove(&text, plans, library)?;
    Ok(Made {
        title: title.to_owned(),
        text,
        masked,
    })
}

/// The text as a person would play it.
fn prove(text: &str, plans: &PlanSet, library: &Library) -> Result<(), MakeError> {
    let read =
        yaml::parse("made.yaml", text).map_err(|found| MakeError::Fails(found.to_string()))?;
    let mut notes = Notes::default();
    let scripts = script::scripts(&read.value, &mut notes);
    let mut problems = notes.0;
    for (pointer, script) in &scripts {
        problems.extend(run_one(script, pointer, plans, library).1);
    }
    match problems.first() {
        None => Ok(()),
        Some(problem) => Err(MakeError::Fails(format!(
            "{} ({})",
            problem.message, problem.pointer
        ))),
    }
}

/// Masks what must not be shown, wherever it stands in the document.
fn mask(document: &mut Value, plans: &PlanSet) -> Vec<String> {
    let mut masked = Vec::new();
    let mut texts: Vec<String> = Vec::new();
    for spec in plans.main.inputs() {
        if !matches!(spec.kind, InputType::Secret | InputType::Restricted) {
            continue;
        }
        let Some(value) = document["trigger"]["inputs"].get_mut(&spec.name) else {
            continue;
        };
        collect(value, &mut texts);
        let handle = masked_handle(spec.kind.word());
        *value = match spec.kind.fits(&handle) {
            true => handle,
            false => Value::from(MASK),
        };
        masked.push(spec.name.clone());
    }
    let words = ["secret", "restricted", MASK];
    texts.retain(|text| !text.is_empty() && !words.contains(&text.as_str()));
    texts.sort_by_key(|text| std::cmp::Reverse(text.len()));
    if !texts.is_empty() {
        cover(document, &texts);
    }
    cover_handles(document);
    masked
}

/// The key by which the handle of a sealed value is known.
const SEALED_KEY: &str = "$sealed";

/// A handle that opens nothing and tells nothing.
fn masked_handle(word: &str) -> Value {
    match word {
        "secret" => json!({ SEALED_KEY: word, "id": MASK }),
        _ => {
            json!({ SEALED_KEY: word, "id": MASK, "mask": MASK, "hash": MASK, "kind": "string", "count": 0 })
        }
    }
}

/// Handles of sealed values elsewhere: in answers, outputs and forms.
fn cover_handles(value: &mut Value) {
    match value {
        Value::Object(map) => match map.get(SEALED_KEY).and_then(Value::as_str) {
            Some(word) => *value = masked_handle(word),
            None => map.values_mut().for_each(cover_handles),
        },
        Value::Array(list) => list.iter_mut().for_each(cover_handles),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

fn collect(value: &Value, texts: &mut Vec<String>) {
    match value {
        Value::String(text) => texts.push(text.clone()),
        Value::Number(number) => texts.push(number.to_string()),
        Value::Array(list) => list.iter().for_each(|item| collect(item, texts)),
        Value::Object(map) => map.values().for_each(|item| collect(item, texts)),
        Value::Null | Value::Bool(_) => {}
    }
}

fn cover(value: &mut Value, texts: &[String]) {
    match value {
        Value::String(text) => {
            for secret in texts {
                // A short one inside of a longer word is a word, not the secret.
                if text.contains(secret.as_str()) && (secret.len() >= 4 || text == secret) {
                    *text = text.replace(secret.as_str(), MASK);
                }
            }
        }
        Value::Number(number) if texts.contains(&number.to_string()) => *value = Value::from(MASK),
        Value::Array(list) => list.iter_mut().for_each(|item| cover(item, texts)),
        Value::Object(map) => map.values_mut().for_each(|item| cover(item, texts)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// The steps of the play end as those of the run did.
fn goes_the_same_way(recording: &Recording, played: &Play) -> Result<(), MakeError> {
    let ends = |records: &[updraft_engine::StepRecord]| -> BTreeMap<String, StepStatus> {
        let own = records.iter().filter(|record| record.kind != "target");
        own.map(|record| (record.path.clone(), record.status))
            .collect()
    };
    let (then, now) = (ends(&recording.records), ends(&played.records));
    let word = |status: Option<&StepStatus>| {
        status.map_or_else(|| "not reached".to_owned(), |s| s.as_str().to_owned())
    };
    let in_order = recording.records.iter().chain(&played.records);
    for record in in_order.filter(|record| record.kind != "target") {
        let pair = (then.get(&record.path), now.get(&record.path));
        if pair.0 != pair.1 {
            return Err(MakeError::Differs {
                path: record.path.clone(),
                then: word(pair.0),
                now: word(pair.1),
            });
        }
    }
    let (then, now) = (
        expect::state_of_outcome(recording.outcome.as_ref()),
        expect::state_of(played),
    );
    match then == now {
        true => Ok(()),
        false => Err(MakeError::Differs {
            path: String::new(),
            then: then.to_owned(),
            now: now.to_owned(),
        }),
    }
}

/// What must stay as it is while a test is shortened.
fn fingerprint(played: &Play) -> Value {
    let end = played.outcome.as_ref();
    let records: Vec<Value> = played
        .records
        .iter()
        .map(|record| {
            let code = record.error.as_ref().map(|error| &error.code);
            json!([record.path, record.status, code])
        })
        .collect();
    let calls: Vec<Value> = played
        .calls
        .iter()
        .filter(|call| call.connection != updraft_engine::Target::HOST)
        .map(|call| {
            json!([
                call.step,
                call.attempt,
                call.action,
                call.connection,
                call.effect,
                call.input
            ])
        })
        .collect();
    json!({
        "end": end.map(|end| json!([end.outcome, end.message, end.output])),
        "records": records,
        "calls": calls,
        "case": played.case,
    })
}

type Played = Result<(Play, Vec<String>), Vec<String>>;

impl Workshop<'_> {
    /// Plays a document; with the places of answers that nobody asked for.
    fn play(&mut self, document: &Value) -> Played {
        let mut notes = Notes::default();
        let mut scripts = script::scripts(document, &mut notes);
        let texts = |notes: Notes| notes.0.into_iter().map(|note| note.message).collect();
        let Some((_, script)) = scripts.pop().filter(|_| notes.0.is_empty()) else {
            return Err(texts(notes));
        };
        let mut stage = Stage::new(&script, self.library);
        let played = play(self.plans.clone(), &script.start, &mut stage);
        self.spent += played.records.len() + 10;
        if let Some((step, error)) = played.refused.first() {
            return Err(vec![format!(
                "the answer to `{step}` does not fit: {error}"
            )]);
        }
        let idle = stage.unused().into_iter().map(|one| one.pointer.clone());
        let silent = stage.unspoken().into_iter().map(|one| one.pointer.clone());
        let idle = idle.chain(silent).collect();
        Ok((played, idle))
    }

    /// Takes a change that makes no difference.
    fn take(&mut self, changed: Value) -> bool {
        if changed == self.document || self.spent > SHRINK_STEPS_MAX {
            return false;
        }
        let same = match self.play(&changed) {
            Ok((played, idle)) => {
                idle.is_empty()
                    && played.unanswered.is_empty()
                    && played.open_questions.is_empty()
                    && fingerprint(&played) == self.goal
            }
            Err(_) => false,
        };
        if same {
            self.document = changed;
        }
        same
    }

    /// Tries what `change` makes of the document.
    fn attempt(&mut self, change: impl FnOnce(&mut Value)) -> bool {
        let mut changed = self.document.clone();
        change(&mut changed);
        self.take(changed)
    }

    /// Without answers that nobody asks for; the last ones first, so that places stay.
    fn leave_out(&mut self, idle: &[String]) {
        let mut places: Vec<(&str, usize)> = idle
            .iter()
            .filter_map(|pointer| pointer.rsplit_once('/'))
            .filter_map(|(list, place)| Some((list, place.parse().ok()?)))
            .collect();
        places.sort_unstable();
        for (list, place) in places.into_iter().rev() {
            if let Some(Value::Array(items)) = self.document.pointer_mut(list)
                && place < items.len()
            {
                items.remove(place);
            }
        }
    }

    fn shorten(&mut self) {
        for field in ["at", "run", "seed"] {
            self.attempt(|document| remove(document, "/trigger", field));
        }
        self.attempt(|document| {
            each(document, "/answers", |answer| drop_field(answer, "delay"));
            each(document, "/people", |person| drop_field(person, "delay"));
        });
        self.attempt(|document| {
            each(document, "/people", |person| drop_field(person, "by"));
        });
        self.list_items("/signals");
        self.attempt(|document| remove(document, "", "connections"));
        self.list_items("/connections");
        self.host_answers();
        for field in ["connector", "does", "effect", "link", "delay"] {
            self.everywhere(&|answer| drop_field(answer, field));
        }
        self.everywhere(&|answer| {
            if let Some(code) = answer["error"]["code"].as_str().map(str::to_owned) {
                answer["error"] = Value::from(code);
            }
        });
        self.everywhere(&|answer| drop_field(answer, "verdict"));
        self.everywhere(&|answer| {
            if let Some(level) = answer["verdict"]["level"].as_str().map(str::to_owned) {
                answer["verdict"] = Value::from(level);
            }
        });
        self.everywhere(&|answer| {
            let verdict = &answer["verdict"];
            if verdict.is_object() {
                answer["verdict"] = json!({"level": verdict["level"], "score": verdict["score"]});
            }
        });
        self.everywhere(&|answer| {
            if answer.get("ok").is_some() {
                answer["ok"] = json!({});
            }
        });
        self.merge();
        let count = self.document["answers"].as_array().map_or(0, Vec::len);
        for place in 0..count {
            self.prune(&format!("/answers/{place}/ok"), 0);
        }
        self.merge();
        self.trigger();
    }

    /// First in all answers at once, then in each.
    fn everywhere(&mut self, change: &dyn Fn(&mut Value)) {
        if self.attempt(|document| each(document, "/answers", change)) {
            return;
        }
        let count = self.document["answers"].as_array().map_or(0, Vec::len);
        for place in 0..count {
            self.attempt(|document| {
                if let Some(answer) = document.pointer_mut(&format!("/answers/{place}")) {
                    change(answer);
                }
            });
        }
    }

    fn list_items(&mut self, pointer: &str) {
        let list = |document: &Value| document.pointer(pointer).and_then(Value::as_array).cloned();
        let mut place = list(&self.document).map_or(0, |list| list.len());
        while place > 0 {
            place -= 1;
            self.attempt(|document| {
                if let Some(Value::Array(list)) = document.pointer_mut(pointer)
                    && place < list.len()
                {
                    list.remove(place);
                }
            });
        }
    }

    /// Built-in actions do by themselves what they did in the run, but for the odd one.
    fn host_answers(&mut self) {
        let built_in = |answer: &Value| {
            let action = answer["action"].as_str().unwrap_or_default();
            answer.get("connection").is_none()
                && (action.starts_with("case.") || action.starts_with("report."))
        };
        let without = self.attempt(|document| {
            if let Some(Value::Array(list)) = document.get_mut("answers") {
                list.retain(|answer| !built_in(answer));
            }
        });
        if without {
            return;
        }
        let mut place = self.document["answers"].as_array().map_or(0, Vec::len);
        while place > 0 {
            place -= 1;
            if built_in(&self.document["answers"][place]) {
                self.attempt(|document| {
                    if let Some(Value::Array(list)) = document.get_mut("answers") {
                        list.remove(place);
                    }
                });
            }
        }
    }

    /// Leaves out of a value what the playbook does not read.
    fn prune(&mut self, pointer: &str, depth: usize) {
        let Some(value) = self.document.pointer(pointer) else {
            return;
        };
        let names: Vec<String> = match value {
            Value::Object(map) if depth < DEPTH_MAX => map.keys().cloned().collect(),
            _ => return,
        };
        for name in names {
            if self.attempt(|document| remove(document, pointer, &name)) {
                continue;
            }
            let inner = format!("{pointer}/{}", super::fields::escape(&name));
            let long = |value: &Value| value.to_string().len() > SHORT_CHARS_MAX;
            if self.document.pointer(&inner).is_some_and(long) {
                self.prune(&inner, depth + 1);
            }
        }
    }

    /// Answers of the rounds of a loop that are all the same become one.
    fn merge(&mut self) {
        let Some(answers) = self.document["answers"].as_array().cloned() else {
            return;
        };
        let bare = |answer: &Value| {
            let mut bare = answer.clone();
            drop_field(&mut bare, "step");
            bare
        };
        let id = |answer: &Value| {
            let path = answer["step"].as_str().unwrap_or_default();
            let last = path.rsplit('/').next().unwrap_or_default();
            last.split('[').next().unwrap_or_default().to_owned()
        };
        let steps: BTreeSet<String> = answers.iter().map(id).collect();
        for step in steps {
            self.attempt(|document| {
                let Some(Value::Array(list)) = document.get_mut("answers") else {
                    return;
                };
                let mut kept: Vec<Value> = Vec::new();
                for mut answer in std::mem::take(list) {
                    if id(&answer) == step {
                        answer["step"] = Value::from(step.as_str());
                        if kept
                            .iter()
                            .any(|known| id(known) == step && bare(known) == bare(&answer))
                        {
                            continue;
                        }
                    }
                    kept.push(answer);
                }
                *list = kept;
            });
        }
    }

    fn trigger(&mut self) {
        self.list_items("/trigger/case/observables");
        for place in [
            "/trigger",
            "/trigger/case",
            "/trigger/inputs",
            "/trigger/context",
        ] {
            self.prune(place, DEPTH_MAX - 1);
        }
        self.prune("/trigger/alert", 0);
        self.prune("/trigger/context", 1);
    }
}

fn drop_field(value: &mut Value, name: &str) {
    if let Value::Object(map) = value {
        map.shift_remove(name);
    }
}

fn remove(document: &mut Value, pointer: &str, name: &str) {
    if let Some(value) = document.pointer_mut(pointer) {
        drop_field(value, name);
    }
}

fn each(document: &mut Value, pointer: &str, change: impl Fn(&mut Value)) {
    if let Some(Value::Array(list)) = document.pointer_mut(pointer) {
        list.iter_mut().for_each(change);
    }
}
