//! `ask`: a question to somebody, most often outside the team.
//!
//! ```yaml
//! - id: ask_user
//!   ask:
//!     to: "{{ case.reporter }}"          # one, or a list
//!     subject: "Did you sign in from Lisbon?"
//!     message: "We saw a sign-in at {{ alert.time }}."
//!     form: [{name: me, type: choice, options: ["yes", "no"], required: true}]
//!     reminder: [1h, 4h]
//!     default: {me: "no"}
//!     break_out: true                    # the signal break_out ends the question
//!   timeout: 1d
//! ```
//! Output: `{values, note, by, defaulted, broke_out}`.

use serde_json::{Map, Value};
use updraft_expr::JsonTemplate;

use super::{
    KindKey, Text,
    people::{self, Reminders, Sheet},
};
use crate::{
    AskKind, StepError,
    machine::{Flow, FrameId, Turn},
    plan::{Bound, Fields, Parser, Step},
};

pub(super) const KEY: KindKey = KindKey {
    name: "ask",
    fields: &[],
    takes_time: true,
};

/// An ask step.
#[derive(Debug, Clone)]
pub(crate) struct Ask {
    to: Bound<JsonTemplate>,
    subject: Option<Text>,
    message: Option<Text>,
    /// What is filled in.
    pub sheet: Sheet,
    reminders: Reminders,
    break_out: bool,
}

impl Ask {
    /// True when a person can end it without an answer.
    pub(crate) fn breaks_out(&self) -> bool {
        self.break_out
    }
    /// True when something comes back.
    pub(crate) fn has_form(&self) -> bool {
        self.sheet.form_fields().is_some()
    }
}

pub(super) fn parse(p: &mut Parser, fields: &Fields<'_>) -> Option<Ask> {
    let ask = p.object(fields.get("ask")?, &fields.at("ask"), "`ask`")?;
    p.known_fields(
        &ask,
        &[&[
            "to",
            "subject",
            "message",
            "form",
            "reminder",
            "default",
            "break_out",
        ]],
    );
    match ask.get("to") {
        None => p.missing(&ask, "to"),
        Some(Value::String(_) | Value::Array(_)) => {}
        Some(_) => {
            p.error("UP001", &ask.at("to"), "`to` is a text or a list of texts");
        }
    }
    for key in ["subject", "message"] {
        if ask.get(key).is_none() {
            p.missing(&ask, key);
        }
    }
    people::check_default(p, fields, &ask);
    let break_out = p.boolean(&ask, "break_out");
    if break_out.is_none() {
        let pointer = ask.pointer.clone();
        p.warning("UP025", &pointer, "nobody can break out of this question")
            .hint =
            "say `break_out: true`, so that a person can end it, or `false` if that is meant"
                .into();
    }
    Some(Ask {
        to: p.json_template(&ask, "to")?,
        subject: Text::parse(p, &ask, "subject"),
        message: Text::parse(p, &ask, "message"),
        sheet: Sheet::parse(p, &ask),
        reminders: Reminders::parse(p, &ask),
        break_out: break_out.unwrap_or(false),
    })
}

pub(super) fn start(
    turn: &mut Turn<'_>,
    frame: FrameId,
    step: &Step,
    kind: &Ask,
) -> Result<Flow, StepError> {
    let to = match turn.eval(frame, &kind.to)? {
        Value::Array(list) => list,
        Value::Null => Vec::new(),
        one => vec![one],
    };
    let sound = |to: &Value| to.as_str().is_some_and(|to| !to.trim().is_empty());
    if to.is_empty() || !to.iter().all(sound) {
        return Err(StepError::new("expression", "`to` names nobody")
            .hint("an address or a name, or a list of them"));
    }
    let mut request = Map::new();
    request.insert("to".into(), Value::Array(to));
    people::put_text(turn, frame, &mut request, "subject", kind.subject.as_ref())?;
    people::put_text(turn, frame, &mut request, "message", kind.message.as_ref())?;
    request.insert("break_out".into(), Value::Bool(kind.break_out));
    kind.sheet.render(turn, frame, &mut request)?;
    people::open(turn, frame, step, AskKind::Ask, request, &kind.reminders)
}
