//! `try`: steps, what follows when they fail, and what follows in any case.
//!
//! ```yaml
//! - id: guarded
//!   try: [ … ]
//!   catch: [ … ]                       # sees `error`: {code, message, hint, step}
//!   finally: [ … ]                     # always
//! ```
//! One of `catch` and `finally` is there. Output: the output of the last step of `try`, or of `catch`. A
//! failure that `catch` ends well is mended. `finally` runs after both, also when they failed, when the
//! branch is cancelled, and when the run is stopped; only a second cancel cuts it short. A failure in
//! `finally` fails the step unless it failed already. A `timeout` bounds `try` and `catch`; `catch` sees
//! the code `timeout`.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::KindKey;
use crate::{
    StepError,
    machine::{Done, End, Failure, Flow, FrameId, Turn, error_value},
    plan::{Fields, Parser},
};

pub(super) const KEY: KindKey = KindKey {
    name: "try",
    fields: &["catch", "finally"],
    takes_time: true,
};

/// A try step.
#[derive(Debug, Clone)]
pub(crate) struct Try {
    /// What is tried.
    pub body: u32,
    /// What follows a failure.
    pub catch: Option<u32>,
    /// What follows in any case.
    pub finally: Option<u32>,
}

/// Which part is under way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
enum Part {
    Body,
    Catch,
    Finally,
}

/// What the step keeps.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Live {
    part: Part,
    /// What it ends with after `finally`.
    result: Option<Result<Value, Failure>>,
}

impl Live {
    /// Whether `finally` is under way.
    pub(crate) fn in_finally(&self) -> bool {
        self.part == Part::Finally
    }
}

impl Try {
    pub(super) fn blocks(&self) -> Vec<(String, u32)> {
        let more = [("catch", self.catch), ("finally", self.finally)];
        let more = more
            .into_iter()
            .filter_map(|(name, block)| Some((name.to_owned(), block?)));
        std::iter::once(("try".to_owned(), self.body))
            .chain(more)
            .collect()
    }
}

pub(super) fn parse(p: &mut Parser, fields: &Fields<'_>) -> Option<Try> {
    if fields.get("catch").is_none() && fields.get("finally").is_none() {
        let pointer = fields.pointer.clone();
        p.error("UP003", &pointer, "`catch` or `finally` is missing");
    }
    let body = p.block(fields.get("try")?, &fields.at("try"));
    let catch = fields.get("catch").map(|steps| {
        let first = p.next_step();
        p.enter_locals(&["error"]);
        let block = p.block(steps, &fields.at("catch"));
        p.leave_locals(1);
        p.leave_scope(first);
        block
    });
    let finally = fields.get("finally").map(|steps| {
        p.enter_finally();
        let block = p.block(steps, &fields.at("finally"));
        p.leave_finally();
        block
    });
    Some(Try {
        body: body?,
        catch: match catch {
            Some(block) => Some(block?),
            None => None,
        },
        finally: match finally {
            Some(block) => Some(block?),
            None => None,
        },
    })
}

fn keep(turn: &mut Turn<'_>, frame: FrameId, part: Part, result: Option<Result<Value, Failure>>) {
    let live = Box::new(Live { part, result });
    turn.set_live(frame, super::Live::Try(live));
}

pub(super) fn start(turn: &mut Turn<'_>, frame: FrameId, kind: &Try) -> Result<Flow, StepError> {
    keep(turn, frame, Part::Body, None);
    turn.spawn_block(frame, 0, kind.body);
    Ok(Flow::Wait)
}

/// The step is let go: only `finally` is still to be done.
pub(crate) fn clean_up(turn: &mut Turn<'_>, frame: FrameId, kind: &Try) {
    if let Some(block) = kind.finally {
        keep(turn, frame, Part::Finally, None);
        turn.spawn_block(frame, 2, block);
    }
}

/// The part under way failed.
pub(crate) fn part_failed(
    turn: &mut Turn<'_>,
    frame: FrameId,
    kind: &Try,
    failure: Failure,
) -> Flow {
    block_ended(turn, frame, kind, Err(failure))
}

pub(super) fn block_ended(
    turn: &mut Turn<'_>,
    frame: FrameId,
    kind: &Try,
    result: Result<Value, Failure>,
) -> Flow {
    let super::Live::Try(live) = turn.take_live(frame) else {
        return Flow::Wait;
    };
    let result = match (live.part, result) {
        (Part::Body, Err(failure)) => match kind.catch {
            Some(block) => {
                keep(turn, frame, Part::Catch, None);
                let locals = vec![(Arc::from("error"), error_value(&failure))];
                turn.spawn_scope(frame, 1, block, locals);
                return Flow::Wait;
            }
            None => Err(failure),
        },
        (Part::Body | Part::Catch, result) => result,
        // What went wrong first is what people must hear of.
        (Part::Finally, Err(failure)) => match live.result {
            Some(Err(first)) => return end(Err(first)),
            _ => return end(Err(failure)),
        },
        (Part::Finally, Ok(_)) => return end(live.result.unwrap_or(Ok(Value::Null))),
    };
    match kind.finally {
        Some(block) => {
            keep(turn, frame, Part::Finally, Some(result));
            turn.spawn_block(frame, 2, block);
            Flow::Wait
        }
        None => end(result),
    }
}

fn end(result: Result<Value, Failure>) -> Flow {
    Flow::End(match result {
        Ok(output) => End::Done(Done::output(output)),
        Err(failure) => End::Failed(failure),
    })
}
