//! `rollback`: takes back what earlier steps did.
//!
//! ```yaml
//! - id: take_back
//!   rollback: all            # or {of: [isolate, block]}
//! ```
//! Runs the `undo` blocks of the steps that succeeded so far in this playbook and in those that it
//! called, the last one first; of named steps in every iteration. Output: `{undone: [paths], failed:
//! [{step, error}]}`. What cannot be taken back does not stop the others; when all are done the step
//! fails with the code `undo`.

use serde_json::Value;

use super::KindKey;
use crate::{
    StepError,
    limits::STEPS_MAX,
    machine::{Done, End, Failure, Flow, FrameId, Rolling, Turn},
    plan::{Fields, Parser},
};

pub(super) const KEY: KindKey = KindKey {
    name: "rollback",
    fields: &[],
    takes_time: true,
};

/// A rollback step.
#[derive(Debug, Clone)]
pub(crate) struct Rollback {
    of: Option<Vec<String>>,
}

pub(super) fn parse(p: &mut Parser, fields: &Fields<'_>) -> Option<Rollback> {
    let pointer = fields.at("rollback");
    match fields.get("rollback")? {
        Value::String(word) if word == "all" => Some(Rollback { of: None }),
        Value::Object(map) => {
            let inner = Fields { map, pointer };
            p.known_fields(&inner, &[&["of"]]);
            let Some(of) = p.texts(&inner, "of") else {
                p.missing(&inner, "of");
                return None;
            };
            if of.is_empty() || of.len() > STEPS_MAX {
                let text = format!("`of` names 1 to {STEPS_MAX} steps");
                p.error("UP013", &inner.at("of"), text);
            }
            for id in &of {
                p.rolled_back(id, &inner.at("of"));
            }
            Some(Rollback { of: Some(of) })
        }
        _ => {
            let text = "`rollback` is all or {of: [step ids]}";
            p.error("UP019", &pointer, text);
            None
        }
    }
}

pub(super) fn start(
    turn: &mut Turn<'_>,
    frame: FrameId,
    kind: &Rollback,
) -> Result<Flow, StepError> {
    let rolling = turn.take_undo(frame, kind.of.as_deref());
    Ok(go_on(turn, frame, Box::new(rolling)))
}

pub(super) fn block_ended(
    turn: &mut Turn<'_>,
    frame: FrameId,
    result: Result<Value, Failure>,
) -> Flow {
    let super::Live::Rollback(mut rolling) = turn.take_live(frame) else {
        return Flow::Wait;
    };
    turn.undo_done(&mut rolling, result.as_ref().map(|_| ()));
    go_on(turn, frame, rolling)
}

fn go_on(turn: &mut Turn<'_>, frame: FrameId, mut rolling: Box<Rolling>) -> Flow {
    if turn.next_undo(Some(frame), &mut rolling) {
        turn.set_live(frame, super::Live::Rollback(rolling));
        return Flow::Wait;
    }
    Flow::End(match rolling.error() {
        None => End::Done(Done::output(rolling.output())),
        Some(error) => End::Failed(turn.failure(frame, error)),
    })
}
