//! `set`: variables of the playbook, visible as `vars.…` from the next step on.
//!
//! ```yaml
//! - id: remember
//!   set: {level: "{{ steps.verdict.output.level }}"}
//! ```
//! All values are evaluated before the first one is set. Variables belong to one call of a playbook.

use serde_json::Value;
use updraft_expr::JsonTemplate;

use super::KindKey;
use crate::{
    StepError,
    machine::{Done, End, Flow, FrameId, Turn},
    plan::{Bound, Fields, Parser},
};

pub(super) const KEY: KindKey = KindKey {
    name: "set",
    fields: &[],
    takes_time: false,
};

/// A set step.
#[derive(Debug, Clone)]
pub(crate) struct Set {
    values: Bound<JsonTemplate>,
}

pub(super) fn parse(p: &mut Parser, fields: &Fields<'_>) -> Option<Set> {
    let pointer = fields.at("set");
    let values = p.object(fields.get("set")?, &pointer, "`set`")?;
    if values.map.is_empty() {
        p.error("UP010", &pointer, "there is no variable to set");
    }
    for name in values.map.keys() {
        if !crate::plan::is_name(name) {
            let problem = p.error(
                "UP004",
                &values.at(name),
                "this is not a name for a variable",
            );
            problem.at_key = true;
            problem.hint = "use small letters, digits and `_`, a letter first".into();
        }
    }
    p.define_vars(values.map.keys());
    Some(Set {
        values: p.json_template(fields, "set")?,
    })
}

pub(super) fn start(turn: &mut Turn<'_>, frame: FrameId, kind: &Set) -> Result<Flow, StepError> {
    let values = turn.eval(frame, &kind.values)?;
    turn.set_vars(frame, values)?;
    Ok(Flow::End(End::Done(Done::output(Value::Null))))
}
