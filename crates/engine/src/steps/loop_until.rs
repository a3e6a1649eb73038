//! `loop`: the same steps again and again until a condition holds, but not for ever.
//!
//! ```yaml
//! - id: poll
//!   loop:
//!     max: 20
//!     delay: 30s                         # between two rounds; default: none
//!     until: "steps.check.output.state == 'done'"
//!     do: [{id: check, action: scanner.status, with: {id: "{{ vars.scan }}"}}]
//!     on_exhausted: continue             # fail (default) | continue
//! ```
//! First `do`, then `until`; `round` counts from 0. Output: `{rounds, exhausted, last}`, `last` being the
//! output of the last step of the last round. When `max` rounds were not enough the step fails with the
//! code `exhausted`, or goes on with `exhausted: true`.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use updraft_expr::Expr;

use super::KindKey;
use crate::{
    StepError,
    limits::ROUNDS_MAX,
    machine::{Done, End, Failure, Flow, FrameId, Turn},
    plan::{Bound, Fields, Parser, suggest_hint},
};

pub(super) const KEY: KindKey = KindKey {
    name: "loop",
    fields: &[],
    takes_time: true,
};

/// A loop step.
#[derive(Debug, Clone)]
pub(crate) struct Loop {
    max: u32,
    delay_ms: i64,
    /// When it is over, seen from the round.
    pub until: Bound<Expr>,
    /// The body.
    pub block: u32,
    goes_on: bool,
}

/// What the loop keeps.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Live {
    round: u32,
}

pub(super) fn parse(p: &mut Parser, fields: &Fields<'_>) -> Option<Loop> {
    let inner = p.object(fields.get("loop")?, &fields.at("loop"), "`loop`")?;
    p.known_fields(&inner, &[&["max", "delay", "until", "do", "on_exhausted"]]);
    for key in ["max", "until", "do"] {
        if inner.get(key).is_none() {
            p.missing(&inner, key);
        }
    }
    let max = p.integer(&inner, "max", (1, ROUNDS_MAX));
    let delay = p.duration(&inner, "delay");
    let goes_on = match p.text(&inner, "on_exhausted") {
        None | Some("fail") => false,
        Some("continue") => true,
        Some(other) => {
            let hint = suggest_hint(other, &["fail", "continue"]);
            let text = "`on_exhausted` is fail or continue";
            p.error("UP019", &inner.at("on_exhausted"), text).hint = hint;
            false
        }
    };
    let first = p.next_step();
    p.enter_locals(&["round"]);
    let block = inner
        .get("do")
        .and_then(|steps| p.block(steps, &inner.at("do")));
    let until = p.condition(&inner, "until");
    p.leave_locals(1);
    p.leave_loop(first);
    Some(Loop {
        max: u32::try_from(max?).ok()?,
        delay_ms: delay.unwrap_or(0),
        until: until?,
        block: block?,
        goes_on,
    })
}

pub(super) fn start(turn: &mut Turn<'_>, frame: FrameId, kind: &Loop) -> Result<Flow, StepError> {
    begin(turn, frame, kind, 0);
    Ok(Flow::Wait)
}

fn begin(turn: &mut Turn<'_>, frame: FrameId, kind: &Loop, round: u32) {
    turn.set_live(frame, super::Live::Loop(Live { round }));
    let locals = vec![(Arc::from("round"), Value::from(round))];
    turn.spawn_iteration(frame, round, kind.block, locals);
}

/// The pause before the next round is over.
pub(super) fn answered(turn: &mut Turn<'_>, frame: FrameId, kind: &Loop, round: u32) -> Flow {
    begin(turn, frame, kind, round);
    Flow::Wait
}

pub(super) fn block_ended(
    turn: &mut Turn<'_>,
    frame: FrameId,
    kind: &Loop,
    result: Result<Value, Failure>,
) -> Flow {
    let super::Live::Loop(Live { round }) = turn.take_live(frame) else {
        return Flow::Wait;
    };
    let (over, last) = match result {
        Err(failure) => return Flow::End(End::Failed(failure)),
        Ok(Value::Array(mut pair)) if pair.len() == 2 => {
            let last = pair.pop().unwrap_or_default();
            (pair.pop() == Some(Value::Bool(true)), last)
        }
        Ok(_) => (false, Value::Null),
    };
    let rounds = round + 1;
    let exhausted = !over && rounds >= kind.max;
    if exhausted && !kind.goes_on {
        let text = format!("the condition did not hold after {rounds} rounds");
        let error = StepError::new("exhausted", text)
            .hint("raise `max` or `delay`, or say `on_exhausted: continue`");
        return Flow::End(End::Failed(turn.failure(frame, error)));
    }
    if over || exhausted {
        let output = json!({"rounds": rounds, "exhausted": exhausted, "last": last});
        return Flow::End(End::Done(Done::output(output)));
    }
    match kind.delay_ms {
        0 => begin(turn, frame, kind, rounds),
        millis => {
            turn.set_live(frame, super::Live::Loop(Live { round }));
            let until = turn.now().plus_millis(millis);
            turn.open_round(frame, rounds, until);
        }
    }
    Flow::Wait
}
