//! `for_each`: steps for each item of a list, several at a time, results in the list's order.
//!
//! ```yaml
//! - id: lookups
//!   for_each: "{{ case.observables }}"
//!   as: observable                     # default item; the position is `index`
//!   concurrency: 16                    # default 8
//!   do: [ … ]
//!   collect: "{{ steps.ask.output }}"  # default: the output of the last step of `do`
//! ```
//! An item that fails fails the loop and lets the others go; with `on_error: continue` it leaves
//! `null` in the output and the first error in `steps.lookups.error`, and the loop goes on. With
//! `on_item_error: collect` it goes on, too, and the output is `{items, errors}`: the items in the list's
//! order with `null` for those that failed, the errors as `{index, code, message, hint, step}`.

use std::{collections::BTreeMap, sync::Arc};

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use updraft_expr::Template;

use super::KindKey;
use crate::{
    StepError,
    limits::{COLLECTED_BYTES_MAX, CONCURRENCY_DEFAULT, CONCURRENCY_MAX, LOOP_ITEMS_MAX},
    machine::{Done, End, Failure, Flow, FrameId, Turn, error_value, size_of_value},
    plan::{Bound, Fields, OnError, Parser, Step, suggest_hint},
};

pub(super) const KEY: KindKey = KindKey {
    name: "for_each",
    fields: &["as", "concurrency", "do", "collect", "on_item_error"],
    takes_time: true,
};

/// A loop step.
#[derive(Debug, Clone)]
pub(crate) struct ForEach {
    list: Bound<Template>,
    /// The item's name.
    pub name: Arc<str>,
    concurrency: u32,
    /// The body.
    pub block: u32,
    /// What each iteration gives.
    pub collect: Option<Bound<Template>>,
    /// Errors of items are gathered.
    pub gathers: bool,
}

/// What the loop keeps.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Live {
    items: Vec<Value>,
    outputs: Vec<Value>,
    next: u32,
    running: u32,
    bytes: usize,
    failed: u32,
    first_failure: Option<Failure>,
    /// By position; boxed because most loops have none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    errors: Option<Box<Errors>>,
}

/// What went wrong with items.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(transparent)]
struct Errors(BTreeMap<u32, Value>);

pub(super) fn parse(p: &mut Parser, fields: &Fields<'_>) -> Option<ForEach> {
    let list = p.template(fields, "for_each");
    let name = p.text(fields, "as").unwrap_or("item");
    let concurrency = p.integer(fields, "concurrency", (1, CONCURRENCY_MAX));
    let first = p.next_step();
    p.enter_names(name, &fields.at("as"));
    let block = match fields.get("do") {
        Some(steps) => p.block(steps, &fields.at("do")),
        None => {
            p.missing(fields, "do");
            None
        }
    };
    let collect = p.template(fields, "collect");
    let gathers = match p.text(fields, "on_item_error") {
        None | Some("fail") => false,
        Some("collect") => true,
        Some(other) => {
            let hint = suggest_hint(other, &["fail", "collect"]);
            let text = "`on_item_error` is fail or collect";
            p.error("UP019", &fields.at("on_item_error"), text).hint = hint;
            false
        }
    };
    p.leave_names();
    p.leave_loop(first);
    Some(ForEach {
        list: list?,
        name: Arc::from(name),
        concurrency: concurrency
            .and_then(|n| u32::try_from(n).ok())
            .unwrap_or(CONCURRENCY_DEFAULT),
        block: block?,
        collect,
        gathers,
    })
}

pub(super) fn start(
    turn: &mut Turn<'_>,
    frame: FrameId,
    kind: &ForEach,
) -> Result<Flow, StepError> {
    let items = match turn.eval(frame, &kind.list)? {
        Value::Array(items) => items,
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Object(_) => {
            return Err(StepError::new("expression", "`for_each` needs a list")
                .hint("a map has `values` and `entries`"));
        }
    };
    if items.len() > LOOP_ITEMS_MAX {
        let text = format!(
            "the list has {} items, a loop may walk {LOOP_ITEMS_MAX}",
            items.len()
        );
        return Err(StepError::new("limit", text));
    }
    turn.record_items(frame, &items);
    let outputs = vec![Value::Null; items.len()];
    let live = Live {
        items,
        outputs,
        next: 0,
        running: 0,
        bytes: 0,
        failed: 0,
        first_failure: None,
        errors: None,
    };
    Ok(go_on(turn, frame, kind, live))
}

/// Starts as many iterations as may run; ends when none is left.
fn go_on(turn: &mut Turn<'_>, frame: FrameId, kind: &ForEach, mut live: Live) -> Flow {
    while live.running < kind.concurrency
        && let Some(item) = live.items.get_mut(live.next as usize)
    {
        let locals = vec![
            (Arc::clone(&kind.name), std::mem::take(item)),
            (Arc::from("index"), Value::from(live.next)),
        ];
        turn.spawn_iteration(frame, live.next, kind.block, locals);
        live.next += 1;
        live.running += 1;
    }
    if live.running > 0 {
        turn.set_live(frame, super::Live::ForEach(live));
        return Flow::Wait;
    }
    if kind.gathers {
        let errors = live.errors.map(|errors| errors.0.into_values().collect());
        let errors: Vec<Value> = errors.unwrap_or_default();
        let output = json!({"items": live.outputs, "errors": errors});
        return Flow::End(End::Done(Done::output(output)));
    }
    let all_failed = live.failed > 0 && live.failed as usize == live.outputs.len();
    match live.first_failure {
        // The step's own `on_error: continue` takes it from here.
        Some(failure) if all_failed => {
            let mut end = Done::output(Value::Array(live.outputs));
            end.failure = Some(failure);
            end.all_failed = true;
            Flow::End(End::Done(end))
        }
        failure => {
            let mut end = Done::output(Value::Array(live.outputs));
            end.failure = failure;
            Flow::End(End::Done(end))
        }
    }
}

pub(super) fn block_ended(
    turn: &mut Turn<'_>,
    frame: FrameId,
    step: &Step,
    kind: &ForEach,
    slot: u32,
    result: Result<Value, Failure>,
) -> Flow {
    let super::Live::ForEach(mut live) = turn.take_live(frame) else {
        return Flow::Wait;
    };
    live.running = live.running.saturating_sub(1);
    let result = result.and_then(|output| {
        let size = size_of_value(&output).unwrap_or(COLLECTED_BYTES_MAX);
        live.bytes = live.bytes.saturating_add(size);
        if live.bytes > COLLECTED_BYTES_MAX {
            let text = "the loop gathers too much";
            let error = StepError::new("limit", text).hint("let `collect` keep less of each item");
            return Err(turn.failure(frame, error));
        }
        if let Some(place) = live.outputs.get_mut(slot as usize) {
            *place = output;
        }
        Ok(())
    });
    if let Err(failure) = result {
        if kind.gathers {
            let mut error = error_value(&failure);
            if let Some(error) = error.as_object_mut() {
                error.insert("index".into(), Value::from(slot));
            }
            live.errors.get_or_insert_default().0.insert(slot, error);
            return go_on(turn, frame, kind, live);
        }
        if step.on_error != OnError::Continue {
            turn.drop_children(frame);
            return Flow::End(End::Failed(failure));
        }
        live.failed += 1;
        live.first_failure.get_or_insert(failure);
    }
    go_on(turn, frame, kind, live)
}
