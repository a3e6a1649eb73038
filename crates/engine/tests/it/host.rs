//! A host of strings: inputs are written as short lines, effects are read back as short lines.

use serde_json::{Value, json};
use updraft_engine::{
    ActionResult, ControlOp, Effect, Input, Machine, Plan, PlanSet, StepError, StepKey, Target,
    TimerKey, TimerKind,
};
use updraft_model::{Actor, BlobHash, RunId, Timestamp};

pub const T0: i64 = 1_700_000_000_000;

pub fn plan(value: &Value) -> Plan {
    let (plan, problems) = Plan::from_value(value);
    plan.unwrap_or_else(|| panic!("{problems:#?}\n{value:#}"))
}

/// A playbook around these steps.
pub fn playbook(steps: Value) -> Value {
    json!({"format": 1, "id": "test", "steps": steps})
}

pub fn target(name: &str) -> Target {
    let (name, skipped) = match name.split_once('!') {
        Some((name, reason)) => (name, Some(reason.to_owned())),
        None => (name, None),
    };
    Target {
        name: name.to_owned(),
        connection: None,
        connector: if name == "host" {
            Target::HOST.into()
        } else {
            format!("{name}_connector")
        },
        action: "lookup".to_owned(),
        digest: BlobHash::of(name.as_bytes()),
        effect: "read".to_owned(),
        skipped,
    }
}

pub fn key(text: &str) -> StepKey {
    let (path, attempt) = text.rsplit_once('#').unwrap_or((text, "1"));
    StepKey {
        path: path.to_owned(),
        attempt: attempt.parse().unwrap(),
    }
}

pub fn started(inputs: Value, context: Value) -> Input {
    Input::Started {
        run: RunId::new(T0, 7),
        inputs,
        context,
        seed: 42,
        at: Timestamp::from_millis(T0),
        origin: None,
    }
}

/// Reads one line: `done ask@vt {"x":1}`; `+30s` at its end lets time pass before it.
pub fn input(line: &str, now: &mut i64) -> Input {
    let mut rest = line.trim();
    if let Some((before, wait)) = rest.rsplit_once(" +") {
        *now += updraft_engine::parse_duration_ms(wait).unwrap();
        rest = before.trim();
    }
    let at = Timestamp::from_millis(*now);
    let (verb, rest) = rest.split_once(' ').unwrap_or((rest, ""));
    let (first, more) = rest.split_once(' ').unwrap_or((rest, ""));
    let value = || match more {
        "" => Value::Null,
        text => serde_json::from_str(text).unwrap_or_else(|_| Value::from(text)),
    };
    let done = |result| Input::Done {
        key: key(first),
        result,
        at,
    };
    match verb {
        "start" => match rest {
            "" => started(json!({}), json!({})),
            text => {
                let value: Value = serde_json::from_str(text).unwrap();
                started(value["inputs"].clone(), value["context"].clone())
            }
        },
        "resolved" => {
            let targets = more
                .split(',')
                .filter(|name| !name.is_empty())
                .map(target)
                .collect();
            Input::Resolved {
                key: key(first),
                targets,
                at,
            }
        }
        "begun" => Input::Begun {
            key: key(first),
            at,
        },
        "done" => done(ActionResult::ok(value())),
        "unknown" => done(ActionResult {
            status: updraft_engine::Status::NotFound,
            ..ActionResult::ok(value())
        }),
        "error" => {
            let (code, retryable) = match more.strip_suffix('~') {
                Some(code) => (code, true),
                None => (more, false),
            };
            let error = StepError {
                retryable,
                ..StepError::new(code, "it broke")
            };
            done(ActionResult::failed(error))
        }
        "progress" => Input::Progress {
            key: key(first),
            state: json!({"saved": true}),
            wake_at: match more {
                "" => None,
                wait => {
                    let wait = updraft_engine::parse_duration_ms(wait).unwrap();
                    Some(at.plus_millis(wait))
                }
            },
            exchanges: Vec::new(),
            at,
        },
        "timer" => Input::Timer {
            key: TimerKey {
                path: more.to_owned(),
                kind: serde_json::from_value::<TimerKind>(Value::from(first)).unwrap(),
            },
            at,
        },
        "cancel" => Input::Cancel {
            by: Actor::system("test"),
            reason: rest.to_owned(),
            at,
        },
        "control" => Input::Control {
            op: control(first, more),
            by: Actor::system("test"),
            at,
        },
        "add" => Input::AdHoc {
            step: serde_json::from_str(rest).unwrap(),
            by: Actor::system("test"),
            at,
        },
        "signal" => Input::Signal {
            name: first.to_owned(),
            payload: value(),
            at,
        },
        // `answer path {...}`; `answer path by somebody {...}` for another person.
        "answer" => {
            let (who, text) = match more.strip_prefix("by ").and_then(|m| m.split_once(' ')) {
                Some((who, text)) => (who, text),
                None => ("analyst", more),
            };
            Input::Answered {
                key: key(first),
                by: Actor::system(who),
                answer: serde_json::from_str(text).unwrap(),
                at,
            }
        }
        "case" => Input::CaseChanged {
            context: serde_json::from_str(rest).unwrap(),
            at,
        },
        other => panic!("no such input: {other}"),
    }
}

/// `pause`, `skip path reason`, `run_to path`, …
fn control(op: &str, rest: &str) -> ControlOp {
    let (path, reason) = rest.split_once(' ').unwrap_or((rest, ""));
    let value = json!({"op": op, "path": path, "reason": reason});
    serde_json::from_value(value).unwrap()
}

/// Writes one effect as a line.
pub fn line(effect: &Effect) -> String {
    match effect {
        Effect::Resolve {
            key,
            capability,
            action,
            connection,
            hint,
        } => {
            let what = capability.as_ref().or(action.as_ref()).unwrap();
            let via = connection
                .as_ref()
                .map(|name| format!(" via {name}"))
                .unwrap_or_default();
            format!("resolve {key} {what}{via} {hint}")
        }
        Effect::Invoke {
            key,
            input,
            idempotency_key,
            deadline,
            begun,
            ..
        } => {
            let begun = if *begun { " begun" } else { "" };
            let deadline = deadline.map(|at| format!(" until +{}ms", at.millis() - T0));
            let run = RunId::new(T0, 7).to_string();
            let id = idempotency_key.replace(&run, "run");
            format!(
                "invoke {key} {input} key={id}{}{begun}",
                deadline.unwrap_or_default()
            )
        }
        Effect::Host {
            key, action, input, ..
        } => format!("host {key} {action} {input}"),
        Effect::Resume { key, state, .. } => format!("resume {key} {state}"),
        Effect::Ask {
            key,
            kind,
            request,
            deadline,
            reminders,
        } => {
            let deadline = deadline.map(|at| format!(" until +{}ms", at.millis() - T0));
            let reminders: Vec<String> = reminders
                .iter()
                .map(|at| format!(" remind +{}ms", at.millis() - T0))
                .collect();
            format!(
                "{} {key} {request}{}{}",
                kind.as_str(),
                deadline.unwrap_or_default(),
                reminders.concat()
            )
        }
        Effect::Remind { key, number } => format!("remind {key} {number}"),
        Effect::Watch { key } => format!("watch {key}"),
        Effect::Emit {
            key,
            event,
            payload,
        } => format!("emit {key} {event} {payload}"),
        Effect::Abandon { key } => format!("abandon {key}"),
        Effect::Finished {
            outcome,
            message,
            output,
        } => {
            let outcome = serde_json::to_value(outcome).unwrap();
            format!("finished {} {output} {message}", outcome.as_str().unwrap())
                .trim()
                .to_owned()
        }
    }
}

/// Plans from a document: one playbook, or a list whose first one runs.
pub fn plans(document: &Value) -> PlanSet {
    let document = match document {
        Value::Array(list) if list[0].get("steps").is_none() => &playbook(document.clone()),
        other => other,
    };
    match document {
        Value::Array(list) => {
            let mut set = PlanSet::from(plan(&list[0]));
            for other in &list[1..] {
                let other = plan(other);
                set.called.insert(other.id().to_owned(), other.into());
            }
            set
        }
        other => plan(other).into(),
    }
}

pub fn lines(machine: &mut Machine, now: &mut i64, text: &str) -> Vec<String> {
    machine.handle(&input(text, now)).iter().map(line).collect()
}
