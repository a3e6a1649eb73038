//! `wait`: a pause, a moment, or something that happens.
//!
//! ```yaml
//! - id: pause
//!   wait: {delay: 10m}                       # a duration, or a template that gives one
//!   wait: {until: "{{ case.due_at }}"}       # RFC 3339; a moment that is past does not wait
//!   wait: {signal: break_out}                # output: the signal's payload
//! ```
//! A signal that came before the step waits for it is kept, the latest of each name.

use serde_json::Value;

use super::{KindKey, Text};
use crate::{
    ActionResult, Status, StepError,
    limits::DELAY_MS_MAX,
    machine::{Done, End, Failure, Flow, FrameId, Turn},
    plan::{Fields, Parser, Step, duration_of_value, parse_duration_ms},
};

pub(super) const KEY: KindKey = KindKey {
    name: "wait",
    fields: &[],
    takes_time: true,
};

/// A wait step.
#[derive(Debug, Clone)]
pub(crate) enum Wait {
    /// So long.
    Delay(Text),
    /// Until then.
    Until(Text),
    /// For this.
    Signal(Text),
}

pub(super) fn parse(p: &mut Parser, fields: &Fields<'_>) -> Option<Wait> {
    let wait = p.object(fields.get("wait")?, &fields.at("wait"), "`wait`")?;
    p.known_fields(&wait, &[&["delay", "until", "signal"]]);
    if wait.map.len() > 1 {
        p.error(
            "UP009",
            &wait.pointer,
            "a wait has one of `delay`, `until` and `signal`",
        );
    }
    if wait.get("delay").is_some() {
        let delay = Text::parse(p, &wait, "delay")?;
        if delay.literal().is_some() {
            p.duration(&wait, "delay")?;
        }
        return Some(Wait::Delay(delay));
    }
    if wait.get("until").is_some() {
        let until = Text::parse(p, &wait, "until")?;
        if let Some(text) = until.literal()
            && text.parse::<updraft_model::Timestamp>().is_err()
        {
            p.error(
                "UP011",
                &wait.at("until"),
                "`until` must be a date and time",
            )
            .hint = "for example 2026-11-21T08:30:00Z, or a template that gives one".into();
        }
        return Some(Wait::Until(until));
    }
    match Text::parse(p, &wait, "signal") {
        Some(signal) => Some(Wait::Signal(signal)),
        None => {
            p.missing(&wait, "delay");
            None
        }
    }
}

pub(super) fn start(
    turn: &mut Turn<'_>,
    frame: FrameId,
    step: &Step,
    kind: &Wait,
) -> Result<Flow, StepError> {
    let now = turn.now();
    let until = match kind {
        Wait::Delay(delay) => {
            let millis = match delay {
                Text::Literal(text) => parse_duration_ms(text),
                Text::Template(template) => duration_of_value(&turn.eval(frame, template)?),
            };
            let wrong = || {
                StepError::new("expression", "`delay` gives no duration")
                    .hint("a text such as 10m, or a number of seconds; at most 366 days")
            };
            now.plus_millis(millis.ok_or_else(wrong)?)
        }
        Wait::Until(until) => {
            let text = until.eval(turn, frame)?;
            let wrong = || {
                StepError::new("expression", "`until` gives no date and time")
                    .hint("RFC 3339, for example 2026-11-21T08:30:00Z")
            };
            text.parse().map_err(|_| wrong())?
        }
        Wait::Signal(name) => {
            let name = name.eval(turn, frame)?;
            if let Some(payload) = turn.take_signal(&name) {
                return Ok(Flow::End(End::Done(Done::output(payload))));
            }
            turn.open_signal(frame, name, step.timeout_ms);
            return Ok(Flow::Wait);
        }
    };
    if until <= now {
        return Ok(Flow::End(End::Done(Done::output(Value::Null))));
    }
    if until.millis_since(now) > DELAY_MS_MAX {
        return Err(StepError::new(
            "limit",
            "the moment lies more than 366 days ahead",
        ));
    }
    turn.open_pause(frame, until, step.timeout_ms);
    Ok(Flow::Wait)
}

pub(super) fn answered(turn: &Turn<'_>, frame: FrameId, result: &ActionResult) -> Flow {
    match result.status {
        Status::Ok | Status::NotFound => Flow::End(End::Done(Done::output(result.output.clone()))),
        Status::Error => {
            let error = super::fan_out::error_of(result);
            Flow::End(End::Failed(Failure {
                path: turn.path(frame),
                error,
            }))
        }
    }
}
