//! Any document as a playbook; if it is one, a run of it with answers drawn from the rest of the input.

use serde_json::{Value, json};
use updraft_engine::{
    ActionResult, Effect, Input, Machine, Plan, PlanSet, Status, StepError, Target, replay,
};
use updraft_model::{BlobHash, RunId, Timestamp};

const INPUTS_MAX: usize = 500;
const PLANS_MAX: usize = 4;

fn targets(count: u8) -> Vec<Target> {
    (0..count % 4)
        .map(|n| Target {
            name: format!("t{n}"),
            connection: None,
            connector: "x".into(),
            action: "y".into(),
            digest: BlobHash::from_bytes([n; 32]),
            effect: "read".into(),
            skipped: (count > 200).then(|| "no key".into()),
        })
        .collect()
}

fn result(byte: u8) -> ActionResult {
    match byte % 5 {
        0 => ActionResult::failed(StepError {
            retryable: true,
            ..StepError::new("unavailable", "x")
        }),
        1 => ActionResult::failed(StepError::new("auth", "x")),
        2 => ActionResult {
            status: Status::NotFound,
            ..ActionResult::ok(Value::Null)
        },
        _ => ActionResult::ok(json!({"n": byte})),
    }
}

/// Panics when something that must hold does not.
pub fn check(data: &[u8]) {
    let (text, answers) = match data.iter().position(|byte| *byte == 0) {
        Some(place) => data.split_at(place),
        None => (data, &[][..]),
    };
    let Ok(document) = serde_json::from_slice::<Value>(text) else {
        return;
    };
    // A list is a playbook and those that it may call.
    let documents = match &document {
        Value::Array(list) => list.as_slice(),
        other => std::slice::from_ref(other),
    };
    let mut read = documents.iter().take(PLANS_MAX).map(Plan::from_value);
    let Some((Some(plan), _)) = read.next() else {
        return;
    };
    let mut plans = PlanSet::from(plan);
    for called in read.filter_map(|(plan, _)| plan) {
        plans.called.insert(called.id().to_owned(), called.into());
    }
    let mut machine = Machine::new(plans.clone(), true);
    let mut now = Timestamp::from_millis(1_700_000_000_000);
    let run = RunId::new(1, 1);
    let observables = json!([
        {"type": "ip", "value": "203.0.113.7", "capability": "reputation.ip", "input": {"ip": "203.0.113.7"}},
        {"type": "url", "value": "https://a.example/", "registration": "registration.domain"},
        {"type": "file", "value": "a.exe", "excluded": "list"},
    ]);
    let context = json!({
        "case": {"id": "c", "observables": observables, "files": [{"name": "a.exe"}]},
        "alert": {"title": "a"},
    });
    let mut journal = vec![Input::Started {
        origin: None,
        run,
        inputs: Value::Null,
        context,
        seed: 1,
        at: now,
    }];
    let mut bytes = answers.iter().copied().chain(std::iter::repeat(3));
    let mut next = 0;
    while let Some(input) = journal.get(next).cloned() {
        next += 1;
        machine.handle(&input);
        if machine.outcome().is_some() || next > INPUTS_MAX {
            break;
        }
        let byte = bytes.next().unwrap_or(0);
        let pending = machine.pending();
        let input = match pending.get(usize::from(byte) % pending.len().max(1)) {
            Some(Effect::Resolve { key, .. }) => Input::Resolved {
                key: key.clone(),
                targets: targets(byte),
                at: now,
            },
            Some(Effect::Invoke { key, .. } | Effect::Resume { key, .. }) if byte % 7 == 0 => {
                let wake_at = Some(now.plus_millis(i64::from(byte) * 100));
                Input::Progress {
                    key: key.clone(),
                    state: json!(byte),
                    wake_at,
                    exchanges: vec![],
                    at: now,
                }
            }
            Some(
                Effect::Invoke { key, .. } | Effect::Resume { key, .. } | Effect::Host { key, .. },
            ) => Input::Done {
                key: key.clone(),
                result: result(byte),
                at: now,
            },
            _ => {
                let Some((at, _)) = machine.next_deadline() else {
                    break;
                };
                now = now.max(at);
                let Some(key) = machine.due_timers(now).into_iter().next() else {
                    panic!("a deadline without a timer");
                };
                Input::Timer { key, at: now }
            }
        };
        journal.push(input);
    }
    let again = replay(plans, &journal[..next.min(journal.len())]).expect("a journal");
    assert_eq!(again.machine.digest(), machine.digest());
}
