//! `call`: another playbook as one step.
//!
//! ```yaml
//! - id: sub
//!   call: {playbook: block-indicator, inputs: {value: "{{ observable.value }}"}}
//! ```
//! The called playbook sees the same case and alert, its own `inputs`, `steps` and `vars`. Output:
//! its outputs. The version is pinned with the run.

use std::sync::Arc;

use serde_json::Value;
use updraft_expr::JsonTemplate;

use super::KindKey;
use crate::{
    StepError,
    machine::{Flow, FrameId, Turn},
    plan::{Bound, Fields, Parser},
};

pub(super) const KEY: KindKey = KindKey {
    name: "call",
    fields: &[],
    takes_time: true,
};

/// A call step.
#[derive(Debug, Clone)]
pub(crate) struct Call {
    /// The playbook's id.
    pub playbook: Arc<str>,
    inputs: Option<Bound<JsonTemplate>>,
}

pub(super) fn parse(p: &mut Parser, fields: &Fields<'_>) -> Option<Call> {
    let call = p.object(fields.get("call")?, &fields.at("call"), "`call`")?;
    p.known_fields(&call, &[&["playbook", "inputs"]]);
    let playbook = p.required_text(&call, "playbook")?;
    if !crate::plan::is_playbook_id(playbook) {
        p.error("UP004", &call.at("playbook"), "this is not a playbook's id")
            .hint = "which playbook is called must be written out, it cannot be computed".into();
    }
    if call.get("inputs").is_some_and(|inputs| !inputs.is_object()) {
        p.error("UP001", &call.at("inputs"), "`inputs` must be a map");
    }
    Some(Call {
        playbook: Arc::from(playbook),
        inputs: p.json_template(&call, "inputs"),
    })
}

pub(super) fn start(turn: &mut Turn<'_>, frame: FrameId, kind: &Call) -> Result<Flow, StepError> {
    let inputs = match &kind.inputs {
        Some(inputs) => turn.eval(frame, inputs)?,
        None => Value::Null,
    };
    turn.record_input(frame, &Arc::new(inputs.clone()));
    turn.call_playbook(frame, &kind.playbook, &inputs)?;
    Ok(Flow::Wait)
}
