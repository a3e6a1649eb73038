//! Recorded conversations: what was asked, what was answered, what must come out of it.
//!
//! [`check`] plays one against its connector: it starts the call, compares every request with the recorded
//! one, hands over the recorded answer, skips pauses, and compares the result. The same recordings answer
//! as the product does in [`crate::replay`].

mod compare;

use std::{collections::BTreeMap, sync::Arc};

use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::Value;
use updraft_model::Problem;

use crate::{
    Call, CallResult, Connector, Environment, Response, Step,
    check::{Check, Names, fits},
    format, rules,
    shape::Shape,
    values::plain,
};

/// Most exchanges of one sample.
pub const SAMPLE_EXCHANGES_MAX: usize = 100;

/// One recorded conversation.
#[derive(Debug, Clone)]
pub struct Sample {
    /// The action it calls.
    pub action: String,
    /// `hit`, `miss`, …
    pub case: String,
    /// What it shows.
    pub summary: String,
    /// Where the answers come from.
    pub source: String,
    /// The action's input.
    pub input: Value,
    /// Settings that differ from the defaults.
    pub settings: Value,
    /// The key of a write.
    pub idempotency_key: Option<String>,
    /// In order.
    pub exchanges: Vec<SampleExchange>,
    /// What must come out.
    pub expect: Value,
}

/// One request and its answer.
#[derive(Debug, Clone)]
pub struct SampleExchange {
    /// What must be asked, as written.
    pub request: Value,
    /// What was answered.
    pub response: Response,
    /// True when the answer was built from documentation.
    pub derived: bool,
}

impl Sample {
    /// Reads a sample. `files` are the bytes of files beside it, by name.
    pub fn parse(
        action: &str,
        document: &Value,
        files: &BTreeMap<String, Vec<u8>>,
    ) -> (Option<Sample>, Vec<Problem>) {
        let mut problems = Vec::new();
        if !fits(document) {
            return (
                None,
                vec![Problem::error(
                    rules::TOO_BIG,
                    "",
                    "nested too deep or too big",
                )],
            );
        }
        Check::new(Names::default(), &mut problems).walk(
            &Shape::Object(&format::SAMPLE),
            document,
            "",
        );
        if !problems.is_empty() {
            return (None, problems);
        }
        let mut exchanges = Vec::new();
        let list = document.get("exchanges").and_then(Value::as_array);
        for (index, exchange) in list
            .into_iter()
            .flatten()
            .take(SAMPLE_EXCHANGES_MAX)
            .enumerate()
        {
            let written = exchange.get("response").unwrap_or(&Value::Null);
            match response(written, files) {
                Ok(response) => exchanges.push(SampleExchange {
                    request: exchange.get("request").cloned().unwrap_or_default(),
                    response,
                    derived: written.get("derived") == Some(&Value::Bool(true)),
                }),
                Err(fault) => problems.push(Problem::error(
                    rules::BAD_SAMPLE,
                    format!("/exchanges/{index}/response"),
                    fault,
                )),
            }
        }
        let text = |field: &str| document.get(field).map(plain);
        let sample = Sample {
            action: action.to_owned(),
            case: text("case").unwrap_or_default(),
            summary: text("summary").unwrap_or_default(),
            source: text("source").unwrap_or_default(),
            input: document.get("input").cloned().unwrap_or_default(),
            settings: document.get("settings").cloned().unwrap_or_default(),
            idempotency_key: text("idempotency_key"),
            exchanges,
            expect: document.get("expect").cloned().unwrap_or_default(),
        };
        (problems.is_empty().then_some(sample), problems)
    }
}

fn response(written: &Value, files: &BTreeMap<String, Vec<u8>>) -> Result<Response, String> {
    let bodies = ["json", "text", "base64", "file"];
    if bodies
        .iter()
        .filter(|body| written.get(**body).is_some())
        .count()
        > 1
    {
        return Err(format!("a response has one of {}", bodies.join(", ")));
    }
    let text = |field: &str| written.get(field).and_then(Value::as_str);
    let mut headers: Vec<(String, String)> = Vec::new();
    for (name, value) in written
        .get("headers")
        .and_then(Value::as_object)
        .into_iter()
        .flatten()
    {
        match value {
            Value::Array(list) => {
                headers.extend(
                    list.iter()
                        .map(|item| (name.to_ascii_lowercase(), plain(item))),
                );
            }
            one => headers.push((name.to_ascii_lowercase(), plain(one))),
        }
    }
    let body = if let Some(json) = written.get("json") {
        if !headers.iter().any(|(name, _)| name == "content-type") {
            headers.push(("content-type".into(), "application/json".into()));
        }
        serde_json::to_vec(json).unwrap_or_default()
    } else if let Some(text) = text("text") {
        text.as_bytes().to_vec()
    } else if let Some(text) = text("base64") {
        let packed: String = text.split_whitespace().collect();
        STANDARD
            .decode(packed)
            .map_err(|error| format!("base64: {error}"))?
    } else if let Some(name) = text("file") {
        let file = files.get(name).ok_or_else(|| {
            format!(
                "there is no file `{}` beside the sample",
                crate::check::short(name)
            )
        })?;
        file.clone()
    } else {
        Vec::new()
    };
    let status = written.get("status").and_then(Value::as_u64).unwrap_or(200);
    Ok(Response {
        status: u16::try_from(status).unwrap_or(500),
        headers,
        body: body.into(),
    })
}

/// Plays a sample; the answer lists everything that is not as recorded. Empty: it passes.
pub fn check(connector: &Arc<Connector>, sample: &Sample) -> Vec<String> {
    let mut faults = Vec::new();
    let result = match play(connector, sample, &mut faults) {
        Ok(result) => result,
        Err(fault) => {
            faults.push(fault);
            return faults;
        }
    };
    compare::result(&sample.expect, &result, &mut faults);
    faults
}

/// Plays a sample without comparing; also for pages that show what an action gives.
pub fn outcome(connector: &Arc<Connector>, sample: &Sample) -> Result<CallResult, String> {
    play(connector, sample, &mut Vec::new())
}

/// The environment of a sample.
pub(crate) fn environment(connector: &Connector, sample: &Sample) -> Result<Environment, String> {
    let settings = connector
        .settings(&sample.settings)
        .map_err(|faults| format!("settings: {}", faults.join("; ")))?;
    Ok(Environment {
        settings,
        base_url: None,
        idempotency_key: sample.idempotency_key.clone(),
    })
}

fn play(
    connector: &Arc<Connector>,
    sample: &Sample,
    faults: &mut Vec<String>,
) -> Result<CallResult, String> {
    let env = environment(connector, sample)?;
    let base = connector.base_url(&env).unwrap_or_default();
    let mut call = match Call::start(
        Arc::clone(connector),
        &sample.action,
        sample.input.clone(),
        Arc::new(env),
    ) {
        Ok(call) => call,
        Err(error) => return Ok(refused(error)),
    };
    let mut recorded = sample.exchanges.iter().enumerate();
    loop {
        match call.step() {
            Step::Done(result) => {
                let left = recorded.count();
                if left > 0 {
                    faults.push(format!("{left} recorded exchanges were not asked for"));
                }
                return Ok(result);
            }
            Step::Wait { .. } => call.woken(),
            Step::Exchange(request) => {
                let Some((index, exchange)) = recorded.next() else {
                    return Err(format!(
                        "one more exchange than recorded: {} {}",
                        request.method, request.url
                    ));
                };
                for fault in compare::request(&exchange.request, &request, &base) {
                    faults.push(format!("exchange {}: {fault}", index + 1));
                }
                call.response(exchange.response.clone());
            }
        }
    }
}

fn refused(error: crate::CallError) -> CallResult {
    CallResult {
        status: crate::CallStatus::Error,
        output: Value::Null,
        verdict: None,
        link: None,
        error: Some(error),
        undo: None,
    }
}

pub(crate) use compare::request as request_faults;
