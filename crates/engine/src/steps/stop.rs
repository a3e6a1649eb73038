//! `stop`: the whole run is over, and well, also from inside a called playbook.
//!
//! ```yaml
//! - id: known
//!   when: "steps.check.output.known"
//!   stop: "a known false alarm"
//! ```
//! The outputs are those of the playbook that runs, if they can be evaluated. `finally` blocks under
//! way run first.

use super::{KindKey, Text};
use crate::{
    StepError,
    machine::{End, Flow, FrameId, Turn},
    plan::{Fields, Parser},
};

pub(super) const KEY: KindKey = KindKey {
    name: "stop",
    fields: &[],
    takes_time: false,
};

/// A stop step.
#[derive(Debug, Clone)]
pub(crate) struct Stop {
    message: Text,
}

pub(super) fn parse(p: &mut Parser, fields: &Fields<'_>) -> Option<Stop> {
    p.refuse_in_finally("stop", &fields.pointer);
    Some(Stop {
        message: Text::parse(p, fields, "stop")?,
    })
}

pub(super) fn start(turn: &mut Turn<'_>, frame: FrameId, kind: &Stop) -> Result<Flow, StepError> {
    let message = kind.message.eval(turn, frame)?;
    Ok(Flow::End(End::Stop(message)))
}
