//! `capability`: the same question to every connection that can answer it.
//!
//! ```yaml
//! - id: ask
//!   capability: reputation.ip
//!   fan_out: all                       # all (default) | one | first | {quorum: 2}
//!   with: {ip: "{{ observable.value }}"}
//! ```
//! Output: `{answers: [{target, connector, action, status, reason, output, verdict, link, latency_ms, cached, raw}],
//! answered, not_found, failed, skipped}`, answers in the order in which the host named the targets.
//!
//! `all` waits for every provider and never fails because of one. `first` ends with the first answer
//! and fails only if no provider could be asked with success. `one` asks a single provider, the first
//! that can be asked, and nobody else: the way to open one ticket where two systems could. `quorum` ends with the n-th answer and
//! fails when fewer than n providers responded; "not known here" is a response.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::{
    KindKey, Text,
    request::{self, Request},
};
use crate::{
    ActionResult, Status, StepError, Target,
    limits::{COLLECTED_BYTES_MAX, TARGETS_MAX},
    machine::{Done, End, Flow, FrameId, Turn, size_of_value},
    plan::{Fields, Parser},
};

pub(super) const KEY: KindKey = KindKey {
    name: "capability",
    fields: &["with", "connection", "key", "retry", "fan_out"],
    takes_time: true,
};

/// When enough have answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mode {
    /// When all have.
    All,
    /// When the only one that is asked has.
    One,
    /// When one has.
    First,
    /// When so many have.
    Quorum(u32),
}

/// A capability step.
#[derive(Debug, Clone)]
pub(crate) struct FanOut {
    /// `reputation.ip`.
    pub capability: Text,
    /// When it is over.
    pub mode: Mode,
    /// The rest.
    pub request: Request,
}

/// What the step keeps while providers are asked.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Live {
    input: Arc<Value>,
    key: Option<Arc<str>>,
    asked: Vec<Asked>,
    open: u32,
    answered: u32,
    responded: u32,
    bytes: usize,
}

/// One provider.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Asked {
    target: Arc<Target>,
    answer: Option<Value>,
}

impl FanOut {
    /// True when it ends well whatever each of those that are asked says.
    pub(crate) fn gathers_all(&self) -> bool {
        matches!(self.mode, Mode::All | Mode::One)
    }
}

pub(super) fn parse(p: &mut Parser, fields: &Fields<'_>) -> Option<FanOut> {
    let capability = Text::parse(p, fields, "capability");
    let request = request::parse(p, fields);
    let mode = parse_mode(p, fields);
    Some(FanOut {
        capability: capability?,
        mode: mode?,
        request,
    })
}

fn parse_mode(p: &mut Parser, fields: &Fields<'_>) -> Option<Mode> {
    let pointer = fields.at("fan_out");
    match fields.get("fan_out") {
        None => Some(Mode::All),
        Some(Value::String(word)) if word == "all" => Some(Mode::All),
        Some(Value::String(word)) if word == "one" => Some(Mode::One),
        Some(Value::String(word)) if word == "first" => Some(Mode::First),
        Some(Value::Object(map)) => {
            let quorum = Fields { map, pointer };
            p.known_fields(&quorum, &[&["quorum"]]);
            if quorum.get("quorum").is_none() {
                p.missing(&quorum, "quorum");
            }
            let needed = p.integer(&quorum, "quorum", (1, TARGETS_MAX as u64))?;
            u32::try_from(needed).ok().map(Mode::Quorum)
        }
        Some(_) => {
            p.error(
                "UP019",
                &pointer,
                "`fan_out` is all, one, first or {quorum: n}",
            );
            None
        }
    }
}

pub(super) fn start(turn: &mut Turn<'_>, frame: FrameId, kind: &FanOut) -> Result<Flow, StepError> {
    let capability = kind.capability.eval(turn, frame)?;
    let prepared = kind.request.prepare(turn, frame)?;
    let input = Arc::clone(&prepared.input);
    let live = Live {
        input: prepared.input,
        key: prepared.key,
        asked: Vec::new(),
        open: 0,
        answered: 0,
        responded: 0,
        bytes: 0,
    };
    turn.set_live(frame, super::Live::FanOut(live));
    turn.open_resolve(frame, Some(capability), None, prepared.connection, input);
    Ok(Flow::Wait)
}

pub(super) fn resolved(
    turn: &mut Turn<'_>,
    frame: FrameId,
    kind: &FanOut,
    targets: &[Target],
) -> Flow {
    let super::Live::FanOut(mut live) = turn.take_live(frame) else {
        return Flow::Wait;
    };
    if targets.len() > TARGETS_MAX {
        let text = format!(
            "{} connections have this capability, {TARGETS_MAX} may be asked",
            targets.len()
        );
        return Flow::End(End::Failed(
            turn.failure(frame, StepError::new("limit", text)),
        ));
    }
    for target in targets {
        if live
            .asked
            .iter()
            .any(|known| known.target.name == target.name)
        {
            continue;
        }
        let target = Arc::new(target.clone());
        let enough = kind.mode == Mode::One && live.open > 0;
        let reason = match target.skipped.as_deref() {
            None if enough => Some("another connection is asked"),
            reason => reason,
        };
        let skipped = reason.map(|reason| skipped(&target, reason));
        if skipped.is_none() {
            let slot = u32::try_from(live.asked.len()).unwrap_or(u32::MAX);
            let input = Arc::clone(&live.input);
            // The same key at two products would make the second look like a repetition of the first.
            let key = live.key.as_deref().map(|key| match kind.mode {
                Mode::One => Arc::from(key),
                Mode::All | Mode::First | Mode::Quorum(_) => {
                    Arc::from(format!("{key}@{}", target.name))
                }
            });
            turn.open_invoke(frame, slot, Arc::clone(&target), input, key);
            live.open += 1;
        }
        live.asked.push(Asked {
            target,
            answer: skipped,
        });
    }
    conclude(turn, frame, kind, live)
}

pub(super) fn answered(
    turn: &mut Turn<'_>,
    frame: FrameId,
    kind: &FanOut,
    slot: u32,
    result: &ActionResult,
) -> Flow {
    let super::Live::FanOut(mut live) = turn.take_live(frame) else {
        return Flow::Wait;
    };
    let bytes = live.bytes;
    if let Some(asked) = live.asked.get_mut(slot as usize) {
        let size = size_of_value(&result.output).unwrap_or(COLLECTED_BYTES_MAX);
        let fits = bytes.saturating_add(size) <= COLLECTED_BYTES_MAX;
        let answer = match fits {
            true => answer(&asked.target, result),
            false => {
                let text = "the answers of this step are too large together";
                let error = StepError::new("too_large", text);
                answer(&asked.target, &ActionResult::failed(error))
            }
        };
        if fits {
            live.bytes = bytes + size;
            live.answered += u32::from(result.status == Status::Ok);
            live.responded += u32::from(result.status != Status::Error);
        }
        asked.answer = Some(answer);
        live.open = live.open.saturating_sub(1);
    }
    conclude(turn, frame, kind, live)
}

/// Is it over? If so, whoever is still being asked is let go.
fn conclude(turn: &mut Turn<'_>, frame: FrameId, kind: &FanOut, mut live: Live) -> Flow {
    let enough = match kind.mode {
        Mode::All | Mode::One => false,
        Mode::First => live.answered >= 1,
        Mode::Quorum(needed) => live.answered >= needed,
    };
    if live.open > 0 && !enough {
        turn.set_live(frame, super::Live::FanOut(live));
        return Flow::Wait;
    }
    for asked in live.asked.iter_mut().filter(|asked| asked.answer.is_none()) {
        turn.let_go(frame, &asked.target.name);
        asked.answer = Some(skipped(&asked.target, "another provider answered first"));
    }
    let needed = match kind.mode {
        Mode::All | Mode::One => 0,
        Mode::First => 1,
        Mode::Quorum(needed) => needed,
    };
    if live.responded < needed {
        let text = format!("{} of {needed} needed providers responded", live.responded);
        let error = StepError::new("quorum", text).hint(reasons(&live.asked));
        return Flow::End(End::Failed(turn.failure(frame, error)));
    }
    Flow::End(End::Done(Done::output(output(live.asked))))
}

fn output(asked: Vec<Asked>) -> Value {
    let answers: Vec<Value> = asked.into_iter().filter_map(|asked| asked.answer).collect();
    let count = |status: &str| {
        let same = |answer: &&Value| answer.get("status").and_then(Value::as_str) == Some(status);
        answers.iter().filter(same).count()
    };
    let mut output = Map::with_capacity(5);
    for status in ["answered", "not_found", "failed", "skipped"] {
        output.insert(status.to_owned(), Value::from(count(status)));
    }
    output.insert("answers".to_owned(), Value::Array(answers));
    Value::Object(output)
}

/// True when every provider was left out.
pub(super) fn asked_nobody(output: &Value) -> bool {
    let answers = output.get("answers").and_then(Value::as_array);
    let left_out = |answer: &Value| answer.get("status").and_then(Value::as_str) == Some("skipped");
    answers.is_some_and(|answers| answers.iter().all(left_out))
}

fn reasons(asked: &[Asked]) -> String {
    let reason = |asked: &Asked| {
        let reason = asked.answer.as_ref()?.get("reason")?.as_str()?;
        let short: String = reason.chars().take(100).collect();
        (!short.is_empty()).then(|| format!("{}: {short}", asked.target.name))
    };
    asked
        .iter()
        .filter_map(reason)
        .take(5)
        .collect::<Vec<_>>()
        .join("; ")
}

fn answer(target: &Target, result: &ActionResult) -> Value {
    let (status, reason, error) = match result.status {
        Status::Ok => ("answered", String::new(), Value::Null),
        Status::NotFound => ("not_found", String::new(), Value::Null),
        Status::Error => {
            let error = error_of(result);
            ("failed", error.message, Value::from(error.code))
        }
    };
    json!({
        "target": target.name,
        "connector": target.connector,
        "action": target.action,
        "status": status,
        "reason": reason,
        "code": error,
        "output": result.output,
        "verdict": result.verdict,
        "link": result.link,
        "latency_ms": result.latency_ms,
        "cached": result.cached,
        "raw": result.exchanges.last().and_then(|exchange| exchange.response_body),
    })
}

fn skipped(target: &Target, reason: &str) -> Value {
    json!({
        "target": target.name,
        "connector": target.connector,
        "action": target.action,
        "status": "skipped",
        "reason": reason,
        "code": null,
        "output": null,
        "verdict": null,
        "link": null,
        "latency_ms": 0,
        "cached": false,
        "raw": null,
    })
}

/// The error of a result that is one; hosts that forget to say why do not break the run.
pub(crate) fn error_of(result: &ActionResult) -> StepError {
    match &result.error {
        Some(error) => error.clone(),
        None => StepError::new("failed", "the call failed and gave no reason"),
    }
}
