//! How an observable is asked about, and how what a playbook gathered becomes answers again.
//!
//! The running application and the tests of playbooks share this, so that a test sees what a run sees.

use serde_json::{Map, Value, json};
use updraft_model::{Answer, AnswerOutcome, Observable, ObservableType, Timestamp, Verdict};

use crate::registrable_domain;

/// An observable as expressions see it: with the capability that looks it up and that capability's input.
pub fn observable_context(observable: &Observable) -> Value {
    let capability = observable.kind.reputation_capability();
    let parameter = capability.and_then(|name| match name {
        "reputation.ip" => Some("ip"),
        "reputation.domain" => Some("domain"),
        "reputation.url" => Some("url"),
        "reputation.email" => Some("email"),
        "reputation.file" => Some("hash"),
        "reputation.cve" => Some("cve"),
        _ => None,
    });
    let mut input = Map::new();
    if let Some(name) = parameter {
        input.insert(name.to_owned(), Value::from(observable.value.as_str()));
    }
    json!({
        "type": observable.kind,
        "value": observable.value,
        "excluded": observable.excluded,
        "capability": capability,
        "input": input,
        "registration": registration(observable),
    })
}

/// Who can say to whom an address or a domain belongs. Registries know domains, not the hosts below them.
fn registration(observable: &Observable) -> Option<Value> {
    let value = observable.value.as_str();
    match observable.kind {
        ObservableType::Ipv4 | ObservableType::Ipv6 => {
            Some(json!({ "capability": "whois.ip", "input": { "ip": value } }))
        }
        ObservableType::Domain => {
            let domain = registrable_domain(value)?;
            Some(json!({ "capability": "whois.domain", "input": { "domain": domain } }))
        }
        _ => None,
    }
}

/// Reads what the fan-outs of a playbook gave: `[{observable, answers: [{target, status, …}]}]`.
///
/// # Errors
/// What is wrong with it, in a sentence.
pub fn answers_of(value: &Value, at: Timestamp) -> Result<Vec<Answer>, String> {
    let wrong = |what: &str| format!("`answers` must be a list of {{observable, answers}}: {what}");
    let Value::Array(groups) = value else {
        return Err(wrong("it is no list"));
    };
    let mut answers = Vec::new();
    for group in groups.iter().filter(|group| !group.is_null()) {
        let named = &group["observable"];
        let named = json!({
            "type": named["type"], "value": named["value"], "excluded": named["excluded"]
        });
        let observable: Observable =
            serde_json::from_value(named).map_err(|error| wrong(&error.to_string()))?;
        let Value::Array(given) = &group["answers"] else {
            continue;
        };
        answers.extend(
            given
                .iter()
                .map(|answer| answer_of(&observable, answer, at)),
        );
    }
    Ok(answers)
}

fn answer_of(observable: &Observable, answer: &Value, at: Timestamp) -> Answer {
    let text = |name: &str| answer[name].as_str().unwrap_or_default().to_owned();
    let outcome = match answer["status"].as_str() {
        Some("answered") => AnswerOutcome::Answered,
        Some("not_found") => AnswerOutcome::NotFound,
        Some("skipped") => AnswerOutcome::Skipped,
        _ => AnswerOutcome::Failed,
    };
    Answer {
        observable: observable.clone(),
        provider: text("connector"),
        connection: text("target"),
        action: text("action"),
        outcome,
        reason: text("reason"),
        verdict: serde_json::from_value::<Verdict>(answer["verdict"].clone()).ok(),
        output: answer["output"].clone(),
        latency_ms: answer["latency_ms"].as_u64().unwrap_or_default(),
        cached: answer["cached"].as_bool().unwrap_or_default(),
        raw: serde_json::from_value(answer["raw"].clone()).ok(),
        link: answer["link"].as_str().map(str::to_owned),
        at,
    }
}
