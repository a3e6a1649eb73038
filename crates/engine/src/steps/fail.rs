//! `fail`: the step fails, for `on_error` and `catch` to see.
//!
//! ```yaml
//! - id: no_owner
//!   fail: "nobody owns {{ vars.host }}"
//! # or
//!   fail: {code: no_owner, message: "nobody owns {{ vars.host }}"}
//! ```
//! Without a code it is `failed`.

use serde_json::Value;

use super::{KindKey, Text};
use crate::{
    StepError,
    machine::{Flow, FrameId, Turn},
    plan::{Fields, Parser, is_name},
};

pub(super) const KEY: KindKey = KindKey {
    name: "fail",
    fields: &[],
    takes_time: false,
};

/// A fail step.
#[derive(Debug, Clone)]
pub(crate) struct Fail {
    code: String,
    message: Option<Text>,
}

pub(super) fn parse(p: &mut Parser, fields: &Fields<'_>) -> Option<Fail> {
    let value = fields.get("fail")?;
    if !value.is_object() {
        return Some(Fail {
            code: "failed".into(),
            message: Some(Text::parse(p, fields, "fail")?),
        });
    }
    let fail = p.object(value, &fields.at("fail"), "`fail`")?;
    p.known_fields(&fail, &[&["code", "message"]]);
    let code = p.text(&fail, "code").unwrap_or("failed");
    if !is_name(code) {
        p.error("UP004", &fail.at("code"), "this is not a code for an error")
            .hint = "use small letters, digits and `_`, a letter first".into();
    }
    if fail.get("message").is_none_or(Value::is_null) {
        p.missing(&fail, "message");
    }
    Some(Fail {
        code: code.to_owned(),
        message: Text::parse(p, &fail, "message"),
    })
}

pub(super) fn start(turn: &mut Turn<'_>, frame: FrameId, kind: &Fail) -> Result<Flow, StepError> {
    let message = match &kind.message {
        Some(message) => message.eval(turn, frame)?,
        None => String::new(),
    };
    Err(StepError::new(kind.code.clone(), message))
}
