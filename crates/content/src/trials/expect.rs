//! What a test expects of the run, and what it says when that is not so.

use serde_json::Value;
use updraft_engine::{Outcome, RunOutcome, StepRecord, StepStatus};
use updraft_model::Problem;

use super::{
    drive::{Call, Play},
    fields::{Fields, Notes},
    pattern::Pattern,
};

/// Characters of a value that a complaint shows.
const SHOWN_CHARS_MAX: usize = 300;

/// One thing that is expected, and where it is written.
#[derive(Debug, Clone)]
pub(super) struct Expectation {
    pointer: String,
    what: What,
}

#[derive(Debug, Clone)]
enum What {
    State(String),
    Message(String),
    Outputs(Value),
    Step(Pattern, Box<Step>),
    Order(Vec<Pattern>),
    Case(String, Value),
    Calls(Box<Calls>),
}

#[derive(Debug, Clone, Default)]
struct Step {
    fate: Option<String>,
    count: Option<u64>,
    input: Option<Value>,
    output: Option<Value>,
    error: Option<String>,
}

/// Calls with these properties, so many of them.
#[derive(Debug, Clone, Default)]
struct Calls {
    step: Option<Pattern>,
    asked: Option<String>,
    connection: Option<String>,
    input: Option<Value>,
    times: Option<u64>,
}

const FATES: &[&str] = &[
    "ran",
    "succeeded",
    "failed",
    "skipped",
    "cancelled",
    "never",
];
const CASE_FIELDS: &[&str] = &[
    "verdict",
    "score",
    "closed",
    "note",
    "comments",
    "escalated",
    "opened",
    "severity",
    "owner",
    "reports",
];

pub(super) fn parse(value: &Value, pointer: &str, notes: &mut Notes) -> Vec<Expectation> {
    let known = [
        "state", "message", "outputs", "steps", "order", "case", "calls", "tickets",
    ];
    let Some(fields) = notes.map(value, pointer, &known) else {
        return Vec::new();
    };
    let mut found = Vec::new();
    let mut add = |pointer: String, what: What| found.push(Expectation { pointer, what });
    if let Some(state) = notes.text(&fields, "state") {
        let states = ["succeeded", "failed", "cancelled", "waiting"];
        if !states.contains(&state.as_str()) {
            let text = format!("a run is {}, not `{state}`", states.join(", "));
            notes.error(&fields.at("state"), text);
        }
        add(fields.at("state"), What::State(state));
    }
    if let Some(text) = notes.text(&fields, "message") {
        add(fields.at("message"), What::Message(text));
    }
    if let Some(outputs) = fields.get("outputs") {
        add(fields.at("outputs"), What::Outputs(outputs.clone()));
    }
    for (name, wanted) in map_of(&fields, "steps", notes) {
        let place = format!("{}/{}", fields.at("steps"), super::fields::escape(name));
        if let Some(step) = step(wanted, &place, notes) {
            add(place, What::Step(Pattern::new(name), Box::new(step)));
        }
    }
    let order = notes.list(&fields, "order");
    let order: Vec<Pattern> = order
        .iter()
        .filter_map(|(step, _)| step.as_str().map(Pattern::new))
        .collect();
    if order.len() > 1 {
        add(fields.at("order"), What::Order(order));
    }
    for (name, wanted) in map_of(&fields, "case", notes) {
        let place = format!("{}/{}", fields.at("case"), super::fields::escape(name));
        if CASE_FIELDS.contains(&name.as_str()) {
            add(place, What::Case(name.clone(), wanted.clone()));
        } else {
            let text = format!("of a case these are known: {}", CASE_FIELDS.join(", "));
            notes.error(&place, text);
        }
    }
    for (value, place) in notes.list(&fields, "calls") {
        if let Some(calls) = calls(value, &place, notes) {
            add(place, What::Calls(Box::new(calls)));
        }
    }
    match fields.get("tickets") {
        None => {}
        Some(Value::Array(list)) => {
            for (place, input) in list.iter().enumerate() {
                let calls = Calls {
                    asked: Some("ticket.create".into()),
                    input: Some(input.clone()),
                    ..Calls::default()
                };
                let place = format!("{}/{place}", fields.at("tickets"));
                add(place, What::Calls(Box::new(calls)));
            }
            add(fields.at("tickets"), tickets(list.len() as u64));
        }
        Some(_) => {
            if let Some(count) = notes.count(&fields, "tickets") {
                add(fields.at("tickets"), tickets(count));
            }
        }
    }
    if found.is_empty() && notes.0.is_empty() {
        notes.error(pointer, "this expects nothing, so the test cannot fail");
    }
    found
}

fn tickets(count: u64) -> What {
    What::Calls(Box::new(Calls {
        asked: Some("ticket.create".into()),
        times: Some(count),
        ..Calls::default()
    }))
}

fn map_of<'v>(
    fields: &Fields<'v>,
    key: &str,
    notes: &mut Notes,
) -> impl Iterator<Item = (&'v String, &'v Value)> + use<'v> {
    let value = fields.get(key);
    if value.is_some_and(|value| !value.is_object()) {
        notes.error(&fields.at(key), format!("`{key}` must be a map"));
    }
    value.and_then(Value::as_object).into_iter().flatten()
}

fn step(value: &Value, pointer: &str, notes: &mut Notes) -> Option<Step> {
    let fate = |word: &str, notes: &mut Notes| {
        if !FATES.contains(&word) {
            let text = format!("a step is {}, not `{word}`", FATES.join(", "));
            notes.error(pointer, text);
        }
        Some(word.to_owned())
    };
    if let Value::String(word) = value {
        return Some(Step {
            fate: fate(word, notes),
            ..Step::default()
        });
    }
    let fields = notes.map(value, pointer, &["is", "count", "input", "output", "error"])?;
    let word = notes.text(&fields, "is");
    Some(Step {
        fate: word.and_then(|word| fate(&word, notes)),
        count: notes.count(&fields, "count"),
        input: fields.get("input").cloned(),
        output: fields.map.get("output").cloned(),
        error: notes.text(&fields, "error"),
    })
}

fn calls(value: &Value, pointer: &str, notes: &mut Notes) -> Option<Calls> {
    let known = [
        "step",
        "capability",
        "action",
        "connection",
        "input",
        "times",
    ];
    let fields = notes.map(value, pointer, &known)?;
    Some(Calls {
        step: notes.text(&fields, "step").map(|text| Pattern::new(&text)),
        asked: notes
            .text(&fields, "capability")
            .or(notes.text(&fields, "action")),
        connection: notes.text(&fields, "connection"),
        input: fields.get("input").cloned(),
        times: notes.count(&fields, "times"),
    })
}

/// What is not as expected.
pub(super) fn check(expected: &[Expectation], play: &Play) -> Vec<Problem> {
    let mut faults = Vec::new();
    for Expectation { pointer, what } in expected {
        if let Err((text, hint)) = holds(what, play) {
            let mut problem = Problem::error("UT002", pointer.as_str(), text);
            problem.hint = hint;
            faults.push(problem);
        }
    }
    faults
}

type Held = Result<(), (String, String)>;

fn fault(text: String) -> Held {
    Err((text, String::new()))
}

fn holds(what: &What, play: &Play) -> Held {
    match what {
        What::State(wanted) => {
            let is = state_of(play);
            let message = play.outcome.as_ref().map_or("", |end| end.message.as_str());
            let more = match (is, message) {
                ("waiting", _) => format!(": it waits for {}", play.waiting_for),
                (_, "") => String::new(),
                (_, message) => format!(": {message}"),
            };
            same(is == wanted, || {
                format!("expected the run {wanted}, it is {is}{more}")
            })
        }
        What::Message(wanted) => {
            let message = play.outcome.as_ref().map_or("", |end| end.message.as_str());
            same(message.contains(wanted.as_str()), || {
                format!("expected a message with `{wanted}`, it is `{message}`")
            })
        }
        What::Outputs(wanted) => {
            let output = play
                .outcome
                .as_ref()
                .map_or(&Value::Null, |end| &end.output);
            within(wanted, output, "the outputs")
        }
        What::Step(pattern, wanted) => step_holds(pattern, wanted, play),
        What::Order(patterns) => order_holds(patterns, play),
        What::Case(name, wanted) => {
            let case = serde_json::to_value(&play.case).unwrap_or_default();
            within(
                wanted,
                &case[name.as_str()],
                &format!("`{name}` of the case"),
            )
        }
        What::Calls(wanted) => calls_hold(wanted, play),
    }
}

/// `succeeded`, `failed`, `cancelled`, or `waiting` for what never comes.
pub(super) fn state_of(play: &Play) -> &'static str {
    state_of_outcome(play.outcome.as_ref())
}

/// As [`state_of`], of an outcome; none waits.
pub(super) fn state_of_outcome(outcome: Option<&Outcome>) -> &'static str {
    match outcome.map(|end| end.outcome) {
        Some(RunOutcome::Succeeded) => "succeeded",
        Some(RunOutcome::Failed) => "failed",
        Some(RunOutcome::Cancelled) => "cancelled",
        None => "waiting",
    }
}

fn same(holds: bool, text: impl Fn() -> String) -> Held {
    match holds {
        true => Ok(()),
        false => fault(text()),
    }
}

fn within(wanted: &Value, is: &Value, what: &str) -> Held {
    match difference(wanted, is, "") {
        None => Ok(()),
        Some((place, wanted, is)) => fault(format!(
            "{what}{place}: expected {}, got {}",
            shown(&wanted),
            shown(&is)
        )),
    }
}

fn step_holds(pattern: &Pattern, wanted: &Step, play: &Play) -> Held {
    let name = pattern.text();
    let found: Vec<&StepRecord> = play
        .records
        .iter()
        .filter(|record| record.kind != "target" && pattern.matches(&record.path))
        .collect();
    let ran: Vec<&&StepRecord> = found
        .iter()
        .filter(|record| record.status != StepStatus::Skipped)
        .collect();
    if let Some(fate) = &wanted.fate {
        let is = |status| !ran.is_empty() && ran.iter().any(|record| record.status == status);
        let good = match fate.as_str() {
            "ran" => !ran.is_empty(),
            "succeeded" => {
                !ran.is_empty()
                    && ran
                        .iter()
                        .all(|record| record.status == StepStatus::Succeeded)
            }
            "failed" => is(StepStatus::Failed),
            "cancelled" => is(StepStatus::Cancelled),
            "skipped" => !found.is_empty() && ran.is_empty(),
            _ => ran.is_empty(),
        };
        if !good {
            let became = match found.is_empty() {
                true => "it was never reached".to_owned(),
                false => became(&found),
            };
            return fault(format!("expected `{name}` {fate}, {became}"));
        }
    }
    if let Some(count) = wanted.count
        && ran.len() as u64 != count
    {
        return fault(format!(
            "expected `{name}` {count} times, it ran {} times",
            ran.len()
        ));
    }
    let all = |what: &str, wanted: &Option<Value>, part: &dyn Fn(&StepRecord) -> Value| {
        let Some(wanted) = wanted else { return Ok(()) };
        if ran.is_empty() {
            return fault(format!("`{name}` did not run, so it has no {what}"));
        }
        let mut first = Ok(());
        for record in &ran {
            match within(
                wanted,
                &part(record),
                &format!("{what} of `{}`", record.path),
            ) {
                Ok(()) => return Ok(()),
                Err(why) => first = first.and(Err(why)),
            }
        }
        first
    };
    all("input", &wanted.input, &|record| (*record.input).clone())?;
    all("output", &wanted.output, &|record| record.output.clone())?;
    if let Some(code) = &wanted.error {
        let codes: Vec<&str> = ran
            .iter()
            .filter_map(|record| record.error.as_ref())
            .map(|error| error.code.as_str())
            .collect();
        same(codes.contains(&code.as_str()), || match codes.is_empty() {
            true => format!("expected `{name}` with the error `{code}`, it has none"),
            false => format!(
                "expected `{name}` with the error `{code}`, it has `{}`",
                codes.join("`, `")
            ),
        })?;
    }
    Ok(())
}

fn became(found: &[&StepRecord]) -> String {
    let mut words: Vec<String> = Vec::new();
    for record in found {
        let error = record.error.as_ref();
        let word = match error {
            Some(error) => format!("{} ({error})", record.status.as_str()),
            None => record.status.as_str().to_owned(),
        };
        if !words.contains(&word) && words.len() < 5 {
            words.push(word);
        }
    }
    format!("it is {}", words.join(", "))
}

fn order_holds(patterns: &[Pattern], play: &Play) -> Held {
    let mut from = 0;
    let ran: Vec<&str> = play
        .records
        .iter()
        .filter(|record| record.status != StepStatus::Skipped && record.kind != "target")
        .map(|record| record.path.as_str())
        .collect();
    let mut before = "";
    for pattern in patterns {
        let rest = ran.get(from..).unwrap_or_default();
        match rest.iter().position(|path| pattern.matches(path)) {
            Some(place) => from += place + 1,
            None if ran.iter().any(|path| pattern.matches(path)) => {
                let text = format!(
                    "expected `{}` after `{before}`, it ran before",
                    pattern.text()
                );
                return fault(text);
            }
            None => return fault(format!("`{}` of the order did not run", pattern.text())),
        }
        before = pattern.text();
    }
    Ok(())
}

fn calls_hold(wanted: &Calls, play: &Play) -> Held {
    let about = |call: &&Call| {
        let step = wanted.step.as_ref();
        let asked = wanted.asked.as_ref();
        let connection = wanted.connection.as_ref();
        step.is_none_or(|step| step.matches(&call.step))
            && asked
                .is_none_or(|name| *name == call.action || call.capability.as_ref() == Some(name))
            && connection.is_none_or(|name| *name == call.connection)
            && call.attempt == 1
    };
    let near: Vec<&Call> = play.calls.iter().filter(about).collect();
    let fits = |call: &&&Call| {
        let input = wanted.input.as_ref();
        input.is_none_or(|wanted| difference(wanted, &call.input, "").is_none())
    };
    let found = near.iter().filter(fits).count() as u64;
    match wanted.times {
        Some(times) => same(found == times, || {
            let all: Vec<&str> = play.calls.iter().map(|call| call.action.as_str()).collect();
            format!(
                "expected {times} such calls, there were {found} (calls: {})",
                short(&all)
            )
        }),
        None if found > 0 => Ok(()),
        None => match (near.first(), &wanted.input) {
            (Some(call), Some(input)) => {
                within(input, &call.input, &format!("input of `{}`", call.action))
            }
            _ => {
                let all: Vec<&str> = play.calls.iter().map(|call| call.action.as_str()).collect();
                fault(format!("no such call was made (calls: {})", short(&all)))
            }
        },
    }
}

fn short(names: &[&str]) -> String {
    match names {
        [] => "none".to_owned(),
        _ => {
            let text = names.join(", ");
            cut(&text)
        }
    }
}

/// Where a value is not what is wanted: every key of a wanted map must be there, a list must fit item by item,
/// and `{contains: x}` looks inside a text or a list.
pub(super) fn difference(
    wanted: &Value,
    is: &Value,
    place: &str,
) -> Option<(String, Value, Value)> {
    let differs = || Some((place.to_owned(), wanted.clone(), is.clone()));
    match (wanted, is) {
        (Value::Object(map), _) if map.len() == 1 && map.contains_key("contains") => {
            let part = map.get("contains").unwrap_or(&Value::Null);
            let inside = match (part, is) {
                (Value::String(part), Value::String(text)) => text.contains(part.as_str()),
                (part, Value::Array(list)) => {
                    list.iter().any(|item| difference(part, item, "").is_none())
                }
                _ => false,
            };
            if inside { None } else { differs() }
        }
        (Value::Object(wanted), Value::Object(is)) => wanted.iter().find_map(|(key, wanted)| {
            let is = is.get(key).unwrap_or(&Value::Null);
            difference(wanted, is, &format!("{place}.{key}"))
        }),
        (Value::Array(wanted), Value::Array(items)) if wanted.len() == items.len() => {
            let mut pairs = wanted.iter().zip(items).enumerate();
            pairs.find_map(|(at, (wanted, is))| difference(wanted, is, &format!("{place}[{at}]")))
        }
        (Value::Number(wanted), Value::Number(is)) if wanted.as_f64() == is.as_f64() => None,
        (wanted, is) if wanted == is => None,
        _ => differs(),
    }
}

fn shown(value: &Value) -> String {
    cut(&value.to_string())
}

fn cut(text: &str) -> String {
    match text.char_indices().nth(SHOWN_CHARS_MAX) {
        Some((place, _)) => format!("{}…", text.get(..place).unwrap_or_default()),
        None => text.to_owned(),
    }
}
