//! How fast a run moves. Items are inputs handled or steps done; a machine is new for each sample.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use divan::{Bencher, counter::ItemsCount};
use serde_json::{Value, json};
use updraft_engine::{ActionResult, Effect, Input, Machine, Plan, PlanSet, Target, replay};
use updraft_model::{BlobHash, RunId, Timestamp};

fn main() {
    divan::main();
}

fn plans(steps: Value) -> PlanSet {
    let (plan, problems) = Plan::from_value(&json!({"format": 1, "id": "bench", "steps": steps}));
    plan.unwrap_or_else(|| panic!("{problems:?}")).into()
}

/// The shape of the first use case: look-ups by capability, a verdict, one ticket, close.
fn enrichment() -> PlanSet {
    plans(json!([
        {"id": "lookups", "for_each": "{{ case.observables }}", "as": "o", "on_error": "continue",
         "collect": "{{ steps.ask.output }}", "do": [
            {"id": "ask", "capability": "reputation.{{ o.type }}", "with": {"value": "{{ o.value }}"},
             "timeout": "60s", "retry": {"max": 3}}]},
        {"id": "verdict", "action": "case.verdict", "with": {"answers": "{{ steps.lookups.output }}"}},
        {"id": "open", "action": "jira.create_issue", "when": "steps.verdict.output.level == 'malicious'",
         "key": "{{ case.id }}:investigation", "with": {"title": "{{ case.title }}"}},
        {"id": "close", "action": "case.close", "with": {"reason": "done"}}
    ]))
}

fn context(observables: usize) -> Value {
    let one = |n| json!({"type": "ip", "value": format!("192.0.2.{n}")});
    let list: Vec<Value> = (0..observables).map(one).collect();
    json!({"case": {"id": "case_1", "title": "Look into it", "observables": list}})
}

fn target(name: &str) -> Target {
    Target {
        name: name.into(),
        connection: None,
        connector: name.into(),
        action: "lookup".into(),
        digest: BlobHash::from_bytes([7; 32]),
        effect: "read".into(),
        skipped: None,
    }
}

/// The inputs that take a run to its end, with a host that answers everything at once.
fn journal(plans: PlanSet, context: Value) -> Vec<Input> {
    let at = Timestamp::from_millis(1_700_000_000_000);
    let run = RunId::new(1, 1);
    let mut machine = Machine::new(plans, false);
    let mut inputs = vec![Input::Started {
        run,
        inputs: Value::Null,
        context,
        origin: None,
        seed: 1,
        at,
    }];
    let mut next = 0;
    while let Some(input) = inputs.get(next).cloned() {
        for effect in machine.handle(&input) {
            match effect {
                Effect::Resolve {
                    key, capability, ..
                } => {
                    let names = if capability.is_some() { 3 } else { 1 };
                    let targets = ["a", "b", "c"]
                        .iter()
                        .take(names)
                        .map(|n| target(n))
                        .collect();
                    inputs.push(Input::Resolved { key, targets, at });
                }
                Effect::Invoke { key, .. } | Effect::Host { key, .. } => {
                    let output = json!({"level": "malicious", "engines": 70, "malicious": 12, "tags": ["a", "b"]});
                    inputs.push(Input::Done {
                        key,
                        result: ActionResult::ok(output),
                        at,
                    });
                }
                Effect::Resume { .. }
                | Effect::Ask { .. }
                | Effect::Remind { .. }
                | Effect::Watch { .. }
                | Effect::Emit { .. }
                | Effect::Abandon { .. }
                | Effect::Finished { .. } => {}
            }
        }
        next += 1;
    }
    assert!(machine.outcome().is_some());
    inputs
}

fn fold(bencher: Bencher<'_, '_>, plans: PlanSet, context: Value, history: bool) {
    let inputs = journal(plans.clone(), context);
    bencher
        .counter(ItemsCount::new(inputs.len()))
        .with_inputs(|| Machine::new(plans.clone(), history))
        .bench_local_values(|mut machine| {
            for input in &inputs {
                divan::black_box(machine.handle(input));
            }
            machine
        });
}

#[divan::bench]
fn enrichment_run_of_one_observable(bencher: Bencher<'_, '_>) {
    fold(bencher, enrichment(), context(1), false);
}

#[divan::bench]
fn enrichment_run_of_200_observables(bencher: Bencher<'_, '_>) {
    fold(bencher, enrichment(), context(200), false);
}

#[divan::bench]
fn enrichment_run_with_history(bencher: Bencher<'_, '_>) {
    fold(bencher, enrichment(), context(1), true);
}

#[divan::bench]
fn chain_of_host_actions(bencher: Bencher<'_, '_>) {
    let step = |n| json!({"id": format!("s{n}"), "action": "case.note", "with": {"n": n}});
    fold(
        bencher,
        plans((0..100).map(step).collect()),
        json!({}),
        false,
    );
}

#[divan::bench]
fn chain_of_set_steps(bencher: Bencher<'_, '_>) {
    let step = |n| json!({"id": format!("s{n}"), "set": {"x": "{{ run.id }}"}});
    let plans = plans((0..500).map(step).collect());
    let inputs = journal(plans.clone(), json!({}));
    bencher
        .counter(ItemsCount::new(500usize))
        .with_inputs(|| Machine::new(plans.clone(), false))
        .bench_local_values(|mut machine| machine.handle(&inputs[0]).len());
}

#[divan::bench]
fn replay_with_history(bencher: Bencher<'_, '_>) {
    let inputs = journal(enrichment(), context(20));
    bencher
        .counter(ItemsCount::new(inputs.len()))
        .bench_local(|| replay(enrichment(), &inputs).map(|run| run.effects.len()));
}

#[divan::bench]
fn lint_of_500_steps(bencher: Bencher<'_, '_>) {
    let step = |n: usize| match n {
        0 => json!({"id": "s0", "action": "x.read", "with": {}}),
        n => {
            json!({"id": format!("s{n}"), "action": "x.read", "when": format!("steps.s{} != 1", n - 1),
                    "with": {"a": format!("{{{{ steps.s{}.output }}}} and {{{{ case.id }}}}", n / 2)}})
        }
    };
    let steps: Vec<Value> = (0..500).map(step).collect();
    let document = json!({"format": 1, "id": "big", "steps": steps});
    bencher.bench_local(|| Plan::from_value(&document).1.len());
}
