//! `wait`: a pause, a moment, or something that happens.
//!
//! ```yaml
//! - id: pause
//!   wait: {delay: 10m}                       # a duration, or a template that gives one
//!   wait: {until: "{{ case.due_at }}"}       # RFC 3339; a moment that is past does not wait
//!   wait: {signal: break_out}                # output: the signal's payload
//!   wait: {case: "case.severity == 'high'"}  # until it holds; goes on at once if it does
//! ```
//! A condition is looked at again whenever the case changes; from then on the run sees the case as it is.
//! A signal that came before the step waits for it is kept, the latest of each name.

use serde_json::Value;
use updraft_expr::Expr;

use super::{KindKey, Text};
use crate::{
    ActionResult, Status, StepError,
    limits::DELAY_MS_MAX,
    machine::{Done, End, Failure, Flow, FrameId, Turn},
    plan::{Bound, Fields, Parser, Step, duration_of_value, parse_duration_ms},
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
    /// Until this holds.
    Case(Bound<Expr>),
}

pub(super) fn parse(p: &mut Parser, fields: &Fields<'_>) -> Option<Wait> {
    let wait = p.object(fields.get("wait")?, &fields.at("wait"), "`wait`")?;
    p.known_fields(&wait, &[&["delay", "until", "signal", "case"]]);
    if wait.map.len() > 1 {
        p.error(
            "UP009",
            &wait.pointer,
            "a wait has one of `delay`, `until`, `signal` and `case`",
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
    if wait.get("case").is_some() {
        return p.condition(&wait, "case").map(Wait::Case);
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
        // What the run knows of the case may be old: the host is asked first.
        Wait::Case(_) => {
            turn.open_case(frame, step.timeout_ms);
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

/// Whether the step need not wait any more.
pub(super) fn holds(turn: &mut Turn<'_>, frame: FrameId, kind: &Wait) -> Result<bool, StepError> {
    match kind {
        Wait::Case(condition) => turn.holds(frame, condition),
        Wait::Delay(_) | Wait::Until(_) | Wait::Signal(_) => Ok(false),
    }
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
