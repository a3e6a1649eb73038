//! A playbook's test as people write it: what starts the run, who answers what, what is expected.
//!
//! ```yaml
//! title: A malicious address opens one ticket
//! trigger:
//!   inputs: {policy: any-malicious}
//!   case: {type: Enrichment, observables: [{type: ipv4, value: 203.0.113.7}]}
//! answers:
//!   - {step: ask, connection: virustotal, ok: {malicious: 12}, verdict: malicious, delay: 2s}
//!   - {step: ticket, connection: jira_cloud, ok: {id: "10001", key: SEC-1}}
//! expect:
//!   state: succeeded
//!   steps: {ticket: ran, internal: skipped, comment: never}
//!   case: {closed: escalated}
//! ```

use serde_json::{Map, Value, json};
use updraft_engine::Input;
use updraft_intel::observable_context;
use updraft_model::{Actor, Observable, RunId, Timestamp, Verdict, VerdictLevel};

use super::{
    expect::{self, Expectation},
    fields::{Fields, Notes},
    pattern::Pattern,
};

/// Tests in one document.
pub const TESTS_MAX: usize = 200;
/// Answers in one test.
pub const ANSWERS_MAX: usize = 5_000;
/// When a played run starts unless its test says otherwise: 2026-01-05 09:00 UTC.
const START_MS: i64 = 1_767_603_600_000;

/// A test that can be played.
#[derive(Debug, Clone)]
pub struct Script {
    /// What it shows.
    pub title: String,
    /// The playbook that it is for, if it says so.
    pub playbook: Option<String>,
    /// What starts the run.
    pub start: Input,
    pub(super) connections: Vec<Connected>,
    pub(super) answers: Vec<Scripted>,
    pub(super) people: Vec<Person>,
    pub(super) signals: Vec<Input>,
    pub(super) expect: Vec<Expectation>,
}

/// Who can be asked.
#[derive(Debug, Clone)]
pub(super) struct Connected {
    pub step: Option<Pattern>,
    pub asked: Option<String>,
    pub name: String,
    pub connector: Option<String>,
    pub action: Option<String>,
    pub effect: Option<String>,
    pub skipped: Option<String>,
}

/// One answer.
#[derive(Debug, Clone)]
pub(super) struct Scripted {
    pub pointer: String,
    pub step: Option<Pattern>,
    /// A capability or an action.
    pub asked: Option<String>,
    pub connected: Option<Connected>,
    pub input: Option<Value>,
    pub times: u64,
    pub says: Says,
    pub verdict: Option<Verdict>,
    pub link: Option<String>,
    pub delay_ms: i64,
}

#[derive(Debug, Clone)]
pub(super) enum Says {
    Ok(Value),
    NotFound,
    Error(Box<updraft_engine::StepError>),
    /// Nobody can be asked.
    Nobody,
    /// The connection is there and is not asked.
    Skipped(String),
}

/// What people do.
#[derive(Debug, Clone)]
pub(super) struct Person {
    pub pointer: String,
    pub step: Pattern,
    /// `None`: nobody answers.
    pub answer: Option<Value>,
    pub by: Actor,
    pub delay_ms: i64,
}

const TEST_FIELDS: &[&str] = &[
    "title",
    "playbook",
    "trigger",
    "connections",
    "answers",
    "people",
    "signals",
    "expect",
];

/// Reads a document: one test, or several under `tests`.
pub(super) fn scripts(document: &Value, notes: &mut Notes) -> Vec<(String, Script)> {
    if let Some(Value::Array(list)) = document.get("tests") {
        notes.map(document, "", &["tests"]);
        if list.len() > TESTS_MAX {
            let text = format!("one document may hold {TESTS_MAX} tests");
            notes.error("/tests", text);
            return Vec::new();
        }
        let read = |(place, test): (usize, &Value)| {
            let pointer = format!("/tests/{place}");
            Some((pointer.clone(), script(test, &pointer, notes)?))
        };
        return list.iter().enumerate().filter_map(read).collect();
    }
    let one = script(document, "", notes);
    one.map(|script| (String::new(), script))
        .into_iter()
        .collect()
}

fn script(value: &Value, pointer: &str, notes: &mut Notes) -> Option<Script> {
    let test = notes.map(value, pointer, TEST_FIELDS)?;
    let title = notes.text(&test, "title").unwrap_or_default();
    if title.trim().is_empty() {
        notes.error(pointer, "`title` is missing").hint = "say what the test shows".into();
    }
    let start = start(&test, notes);
    let answers = notes.list(&test, "answers");
    if answers.len() > ANSWERS_MAX {
        let text = format!("one test may give {ANSWERS_MAX} answers");
        notes.error(&test.at("answers"), text);
        return None;
    }
    let answers = answers
        .into_iter()
        .filter_map(|(value, place)| answer(value, &place, notes));
    let answers: Vec<Scripted> = answers.collect();
    let connections = notes
        .list(&test, "connections")
        .into_iter()
        .filter_map(|(value, place)| connection(value, &place, notes))
        .collect();
    let people = notes
        .list(&test, "people")
        .into_iter()
        .filter_map(|(value, place)| person(value, &place, notes))
        .collect();
    let signals = notes
        .list(&test, "signals")
        .into_iter()
        .filter_map(|(value, place)| signal(value, &place, &start, notes))
        .collect();
    let expect = match test.get("expect") {
        Some(value) => expect::parse(value, &test.at("expect"), notes),
        None => {
            notes.error(pointer, "`expect` is missing").hint =
                "a test that expects nothing cannot fail".into();
            Vec::new()
        }
    };
    Some(Script {
        title,
        playbook: notes.text(&test, "playbook"),
        start,
        connections,
        answers,
        people,
        signals,
        expect,
    })
}

fn start(test: &Fields<'_>, notes: &mut Notes) -> Input {
    let empty = Value::Object(Map::new());
    let trigger = test.get("trigger").unwrap_or(&empty);
    let known = ["inputs", "case", "alert", "context", "at", "run", "seed"];
    let at = test.at("trigger");
    let mut moment = Timestamp::from_millis(START_MS);
    let mut context = Map::new();
    let mut inputs = empty.clone();
    let mut run = RunId::new(START_MS, 1);
    let mut seed = 42;
    if let Some(trigger) = notes.map(trigger, &at, &known) {
        if let Some(value) = trigger.get("at") {
            match serde_json::from_value(value.clone()) {
                Ok(read) => moment = read,
                Err(_) => {
                    notes.error(&trigger.at("at"), "`at` must be a time").hint =
                        "for example 2026-01-05T09:00:00Z".into();
                }
            }
        }
        if let Some(value) = trigger.get("run") {
            match serde_json::from_value(value.clone()) {
                Ok(read) => run = read,
                Err(_) => {
                    notes.error(&trigger.at("run"), "`run` must be a run's id");
                }
            }
        }
        seed = notes.count(&trigger, "seed").unwrap_or(seed);
        for (key, value) in trigger
            .get("context")
            .and_then(Value::as_object)
            .into_iter()
            .flatten()
        {
            context.insert(key.clone(), value.clone());
        }
        if !context.contains_key("case") || trigger.has("case") {
            context.insert(
                "case".into(),
                case(trigger.get("case"), &trigger.at("case"), notes),
            );
        }
        if let Some(alert) = trigger.get("alert") {
            context.insert("alert".into(), alert.clone());
        }
        context.entry("alert").or_insert(Value::Null);
        if let Some(given) = trigger.get("inputs") {
            inputs = given.clone();
        }
    }
    Input::Started {
        run,
        inputs,
        context: Value::Object(context),
        seed,
        at: moment,
        origin: None,
    }
}

/// A case as expressions see it: what the test leaves out is that of a new case.
fn case(given: Option<&Value>, pointer: &str, notes: &mut Notes) -> Value {
    let mut case = json!({
        "id": "case_00000000000000000000000001",
        "number": 1,
        "type": "Enrichment",
        "title": "A case of a test",
        "severity": "medium",
        "status": "in_progress",
        "verdict": "unknown",
        "occurrences": 1,
        "url": "http://updraft.example/cases/case_00000000000000000000000001",
        "observables": [],
        "files": [],
        "ticket": null,
    });
    let Some(given) = given else { return case };
    let Value::Object(given) = given else {
        notes.error(pointer, "`case` must be a map");
        return case;
    };
    for (key, value) in given {
        case[key.as_str()] = value.clone();
    }
    if let Some(Value::Array(list)) = case.get_mut("observables") {
        for (place, item) in list.iter_mut().enumerate() {
            match serde_json::from_value::<Observable>(json!({
                "type": item["type"], "value": item["value"], "excluded": item["excluded"],
            })) {
                Ok(observable) => {
                    let mut full = observable_context(&observable);
                    for (key, value) in item.as_object().into_iter().flatten() {
                        full[key.as_str()] = value.clone();
                    }
                    *item = full;
                }
                Err(error) => {
                    let place = format!("{pointer}/observables/{place}");
                    let text = format!("this is no observable: {error}");
                    notes.error(&place, text).hint =
                        "write {type: ipv4, value: 203.0.113.7}".into();
                }
            }
        }
    }
    case
}

const CONNECTION_FIELDS: &[&str] = &[
    "step",
    "capability",
    "action",
    "connection",
    "connector",
    "does",
    "effect",
    "skipped",
];
const ANSWER_FIELDS: &[&str] = &[
    "step",
    "capability",
    "action",
    "connection",
    "connector",
    "does",
    "effect",
    "input",
    "times",
    "ok",
    "not_found",
    "error",
    "nobody",
    "skipped",
    "verdict",
    "link",
    "delay",
];

fn connection(value: &Value, pointer: &str, notes: &mut Notes) -> Option<Connected> {
    let fields = notes.map(value, pointer, CONNECTION_FIELDS)?;
    let found = connected(&fields, notes);
    if found.is_none() {
        notes.error(pointer, "`connection` is missing");
    }
    found
}

fn connected(fields: &Fields<'_>, notes: &mut Notes) -> Option<Connected> {
    Some(Connected {
        step: notes.text(fields, "step").map(|text| Pattern::new(&text)),
        asked: notes
            .text(fields, "capability")
            .or(notes.text(fields, "action")),
        name: notes.text(fields, "connection")?,
        connector: notes.text(fields, "connector"),
        action: notes.text(fields, "does"),
        effect: notes.text(fields, "effect"),
        skipped: notes.text(fields, "skipped"),
    })
}

fn answer(value: &Value, pointer: &str, notes: &mut Notes) -> Option<Scripted> {
    let fields = notes.map(value, pointer, ANSWER_FIELDS)?;
    let ways = ["ok", "not_found", "error", "nobody", "skipped"];
    let given: Vec<&str> = ways.into_iter().filter(|way| fields.has(way)).collect();
    if given.len() != 1 {
        notes.error(
            pointer,
            "an answer has one of ok, not_found, error, nobody and skipped",
        );
        return None;
    }
    let says = match given.first().copied() {
        Some("ok") => Says::Ok(fields.map.get("ok").cloned().unwrap_or_default()),
        Some("not_found") => Says::NotFound,
        Some("error") => Says::Error(Box::new(error(&fields, notes)?)),
        Some("nobody") => Says::Nobody,
        _ => Says::Skipped(notes.text(&fields, "skipped")?),
    };
    let step = notes.text(&fields, "step").map(|text| Pattern::new(&text));
    let asked = notes
        .text(&fields, "capability")
        .or(notes.text(&fields, "action"));
    if step.is_none() && asked.is_none() {
        notes.error(pointer, "say which step, capability or action answers this");
        return None;
    }
    Some(Scripted {
        pointer: pointer.to_owned(),
        step,
        asked,
        connected: fields
            .has("connection")
            .then(|| connected(&fields, notes))
            .flatten(),
        input: fields.get("input").cloned(),
        times: notes.count(&fields, "times").unwrap_or(u64::MAX),
        says,
        verdict: fields
            .get("verdict")
            .and_then(|value| verdict(value, &fields, notes)),
        link: notes.text(&fields, "link"),
        delay_ms: notes.duration(&fields, "delay").unwrap_or(0),
    })
}

fn error(fields: &Fields<'_>, notes: &mut Notes) -> Option<updraft_engine::StepError> {
    let value = fields.get("error")?;
    if let Value::String(code) = value {
        let retryable = ["rate_limited", "unavailable", "timeout"].contains(&code.as_str());
        let mut error = updraft_engine::StepError::new(code.as_str(), "the test says so");
        error.retryable = retryable;
        return Some(error);
    }
    let mut whole = json!({ "message": "the test says so" });
    for (key, value) in value.as_object().into_iter().flatten() {
        whole[key.as_str()] = value.clone();
    }
    match serde_json::from_value(whole) {
        Ok(error) => Some(error),
        Err(why) => {
            let text = format!("this is no error: {why}");
            notes.error(&fields.at("error"), text).hint =
                "write a code, or {code: rate_limited, retryable: true}".into();
            None
        }
    }
}

fn verdict(value: &Value, fields: &Fields<'_>, notes: &mut Notes) -> Option<Verdict> {
    let word = value.as_str().map(|level| json!({ "level": level }));
    let given = word.as_ref().unwrap_or(value);
    let level = serde_json::from_value::<VerdictLevel>(given["level"].clone());
    let Ok(level) = level else {
        notes
            .error(&fields.at("verdict"), "this is no verdict")
            .hint =
            "benign, suspicious, malicious, unknown, or {level: malicious, score: 90}".into();
        return None;
    };
    let score = given["score"].as_u64().unwrap_or(match level {
        VerdictLevel::Unknown => 0,
        VerdictLevel::Benign => 5,
        VerdictLevel::Suspicious => 50,
        VerdictLevel::Malicious => 95,
    });
    let reliability = serde_json::from_value(given["reliability"].clone()).unwrap_or_default();
    let text = |key: &str, other: &str| given[key].as_str().unwrap_or(other).to_owned();
    Some(Verdict {
        level,
        score: u8::try_from(score).unwrap_or(100).min(100),
        source: text("source", "test"),
        reliability,
        explanation: text("explanation", "the test says so"),
    })
}

fn person(value: &Value, pointer: &str, notes: &mut Notes) -> Option<Person> {
    let fields = notes.map(
        value,
        pointer,
        &["step", "answer", "silence", "by", "delay"],
    )?;
    let Some(step) = notes.text(&fields, "step") else {
        notes.error(pointer, "`step` is missing");
        return None;
    };
    if fields.has("answer") == fields.has("silence") {
        notes.error(
            pointer,
            "people give an `answer`, or there is `silence: true`",
        );
        return None;
    }
    let by = notes
        .text(&fields, "by")
        .unwrap_or_else(|| "analyst".into());
    Some(Person {
        pointer: pointer.to_owned(),
        step: Pattern::new(&step),
        answer: fields.get("answer").cloned(),
        by: someone(&by),
        delay_ms: notes.duration(&fields, "delay").unwrap_or(0),
    })
}

const SIGNAL_FIELDS: &[&str] = &[
    "name", "payload", "cancel", "control", "ad_hoc", "case", "by", "after",
];

fn signal(value: &Value, pointer: &str, start: &Input, notes: &mut Notes) -> Option<Input> {
    let fields = notes.map(value, pointer, SIGNAL_FIELDS)?;
    let after = notes.duration(&fields, "after").unwrap_or(0);
    let at = start.at().plus_millis(after);
    let by = notes.text(&fields, "by");
    let by = by.as_deref().unwrap_or("analyst");
    if fields.has("cancel") {
        return Some(Input::Cancel {
            by: someone(by),
            reason: notes.text(&fields, "cancel").unwrap_or_default(),
            at,
        });
    }
    if let Some(control) = fields.get("control") {
        let by = someone(by);
        return match serde_json::from_value(control.clone()) {
            Ok(op) => Some(Input::Control { op, by, at }),
            Err(why) => {
                let text = format!("this steers no run: {why}");
                notes.error(&fields.at("control"), text).hint =
                    "for example {op: skip, path: ask, reason: down}".into();
                None
            }
        };
    }
    if let Some(step) = fields.get("ad_hoc") {
        return Some(Input::AdHoc {
            step: step.clone(),
            by: someone(by),
            at,
        });
    }
    if let Some(changes) = fields.get("case") {
        let Value::Object(changes) = changes else {
            notes.error(&fields.at("case"), "`case` must be a map");
            return None;
        };
        let mut case = match start {
            Input::Started { context, .. } => context["case"].clone(),
            _ => Value::Null,
        };
        for (name, value) in changes {
            case[name.as_str()] = value.clone();
        }
        let context = json!({ "case": case });
        return Some(Input::CaseChanged { context, at });
    }
    let Some(name) = notes.text(&fields, "name") else {
        notes.error(pointer, "`name` is missing").hint =
            "a signal has a name, or is one of cancel, control, ad_hoc and case".into();
        return None;
    };
    Some(Input::Signal {
        name,
        payload: fields.get("payload").cloned().unwrap_or_default(),
        at,
    })
}

/// A person with an account, known by name.
fn someone(name: &str) -> Actor {
    let number = name
        .bytes()
        .fold(0, |sum, byte| (sum * 31 + u128::from(byte)) % (1 << 70));
    Actor::User {
        id: updraft_model::UserId::new(START_MS, number),
        name: name.to_owned(),
    }
}
