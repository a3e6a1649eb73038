//! `emit`: something happened that others may wait for.
//!
//! ```yaml
//! - id: contained
//!   emit: {event: host_isolated, payload: {host: "{{ vars.host }}"}}
//! ```
//! Every run of the same case that waits for a signal of this name goes on, this run included; in the
//! other runs it is kept until a step waits for it. It is on the case's timeline.

use serde_json::Value;
use updraft_expr::{JsonTemplate, sealed_inside};

use super::{KindKey, Text};
use crate::{
    StepError,
    limits::{ANSWER_BYTES_MAX, ID_CHARS_MAX},
    machine::{Done, End, Flow, FrameId, Turn, size_of_value},
    plan::{Bound, Fields, Parser},
};

pub(super) const KEY: KindKey = KindKey {
    name: "emit",
    fields: &[],
    takes_time: false,
};

/// An emit step.
#[derive(Debug, Clone)]
pub(crate) struct Emit {
    /// The event's name.
    pub event: Text,
    payload: Option<Bound<JsonTemplate>>,
}

pub(super) fn parse(p: &mut Parser, fields: &Fields<'_>) -> Option<Emit> {
    let emit = p.object(fields.get("emit")?, &fields.at("emit"), "`emit`")?;
    p.known_fields(&emit, &[&["event", "payload"]]);
    if emit.get("event").is_none() {
        p.missing(&emit, "event");
    }
    let event = Text::parse(p, &emit, "event")?;
    if let Some(name) = event.literal()
        && !is_event(name)
    {
        p.error(
            "UP004",
            &emit.at("event"),
            "this is not a name for an event",
        )
        .hint = format!("1 to {ID_CHARS_MAX} characters without spaces");
    }
    Some(Emit {
        event,
        payload: p.json_template(&emit, "payload"),
    })
}

fn is_event(name: &str) -> bool {
    let sound = |c: char| !c.is_whitespace() && !c.is_control();
    !name.is_empty() && name.len() <= ID_CHARS_MAX && name.chars().all(sound)
}

pub(super) fn start(turn: &mut Turn<'_>, frame: FrameId, kind: &Emit) -> Result<Flow, StepError> {
    let event = kind.event.eval(turn, frame)?;
    if !is_event(&event) {
        return Err(
            StepError::new("expression", "`event` gives no name for an event")
                .hint(format!("1 to {ID_CHARS_MAX} characters without spaces")),
        );
    }
    let payload = match &kind.payload {
        Some(payload) => turn.eval(frame, payload)?,
        None => Value::Null,
    };
    if sealed_inside(&payload).is_some() {
        let text = "a secret or restricted value cannot be part of an event";
        return Err(StepError::new("expression", text));
    }
    if size_of_value(&payload).is_none_or(|size| size > ANSWER_BYTES_MAX) {
        let text = "the payload is too large";
        return Err(StepError::new("limit", text).hint(format!("at most {ANSWER_BYTES_MAX} bytes")));
    }
    turn.emit(frame, &event, payload);
    Ok(Flow::End(End::Done(Done::output(Value::Null))))
}
