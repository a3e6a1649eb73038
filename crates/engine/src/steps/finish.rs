//! `finish`: the playbook ends here, whatever else is under way in it.
//!
//! ```yaml
//! - id: done
//!   finish: {outcome: succeeded, message: "nothing to look up", output: {level: unknown}}
//! ```
//! In a called playbook it ends the call; `outcome: failed` makes the calling step fail. Without
//! `output` the playbook's `outputs` are taken if they can be evaluated from here.

use serde_json::Value;
use updraft_expr::JsonTemplate;

use super::{KindKey, Text};
use crate::{
    StepError,
    machine::{End, Ending, Flow, FrameId, Turn},
    plan::{Bound, Fields, Parser, suggest_hint},
};

pub(super) const KEY: KindKey = KindKey {
    name: "finish",
    fields: &[],
    takes_time: false,
};

/// A finish step.
#[derive(Debug, Clone)]
pub(crate) struct Finish {
    succeeded: bool,
    message: Option<Text>,
    output: Option<Bound<JsonTemplate>>,
}

pub(super) fn parse(p: &mut Parser, fields: &Fields<'_>) -> Option<Finish> {
    let finish = p.object(fields.get("finish")?, &fields.at("finish"), "`finish`")?;
    p.refuse_in_finally("finish", &finish.pointer);
    p.known_fields(&finish, &[&["outcome", "message", "output"]]);
    let succeeded = match p.text(&finish, "outcome") {
        None | Some("succeeded") => true,
        Some("failed") => false,
        Some(other) => {
            let hint = suggest_hint(other, &["succeeded", "failed"]);
            p.error(
                "UP019",
                &finish.at("outcome"),
                "`outcome` is succeeded or failed",
            )
            .hint = hint;
            return None;
        }
    };
    Some(Finish {
        succeeded,
        message: Text::parse(p, &finish, "message"),
        output: p.json_template(&finish, "output"),
    })
}

pub(super) fn start(turn: &mut Turn<'_>, frame: FrameId, kind: &Finish) -> Result<Flow, StepError> {
    let message = match &kind.message {
        Some(message) => message.eval(turn, frame)?,
        None => String::new(),
    };
    let output = match &kind.output {
        Some(output) => turn.eval(frame, output)?,
        None => turn.outputs(frame).unwrap_or(Value::Null),
    };
    Ok(Flow::End(End::Finish(Ending {
        succeeded: kind.succeeded,
        message,
        output,
    })))
}
