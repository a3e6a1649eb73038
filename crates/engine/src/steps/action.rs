//! `action`: one action of one connection, or of the host itself.
//!
//! ```yaml
//! - id: open_ticket
//!   action: jira.create_issue          # connector.action, or case.… report.… ticket.… of the host
//!   connection: jira-prod              # optional
//!   with: {title: "{{ case.title }}"}
//!   key: "{{ case.id }}:investigation" # the same key never acts twice; default: run and path
//! ```
//! The step's result has `output`, `found` (false when the thing is not known there), `verdict`, `link`.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use updraft_expr::{Sealed, sealed_inside};

use super::{
    KindKey, Text,
    request::{self, Prepared, Request},
};
use crate::{
    ActionResult, Status, StepError, Target,
    machine::{Done, End, Flow, FrameId, Turn},
    plan::{Fields, Parser},
};

pub(super) const KEY: KindKey = KindKey {
    name: "action",
    fields: request::FIELDS,
    takes_time: true,
};

/// An action step.
#[derive(Debug, Clone)]
pub(crate) struct Action {
    /// `connector.action`.
    pub action: Text,
    /// The rest.
    pub request: Request,
}

/// What the step keeps until its call is open.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Live {
    input: Arc<Value>,
    key: Option<Arc<str>>,
}

pub(super) fn parse(p: &mut Parser, fields: &Fields<'_>) -> Option<Action> {
    let action = Text::parse(p, fields, "action");
    if let Some(name) = action.as_ref().and_then(Text::literal)
        && !is_action_name(name)
    {
        p.error(
            "UP004",
            &fields.at("action"),
            "an action is written as connector.action",
        )
        .hint = "for example virustotal.lookup_ip or case.close".into();
    }
    let request = request::parse(p, fields);
    Some(Action {
        action: action?,
        request,
    })
}

fn is_action_name(name: &str) -> bool {
    let part = |text: &str| {
        !text.is_empty()
            && text
                .bytes()
                .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
    };
    name.len() <= 200 && name.contains('.') && name.split('.').all(part)
}

pub(super) fn start(turn: &mut Turn<'_>, frame: FrameId, kind: &Action) -> Result<Flow, StepError> {
    let action = kind.action.eval(turn, frame)?;
    let prepared = kind.request.prepare(turn, frame)?;
    Ok(ask_host(turn, frame, action, prepared))
}

/// Performs it at once if it is the host's own, or asks who can.
pub(super) fn ask_host(
    turn: &mut Turn<'_>,
    frame: FrameId,
    action: String,
    prepared: Prepared,
) -> Flow {
    if prepared.connection.is_none() && request::is_host_action(&action) {
        if let Some(sealed) = sealed_inside(&prepared.input) {
            return Flow::End(End::Failed(turn.failure(frame, not_here(sealed, &action))));
        }
        turn.open_host(frame, action, prepared.input, prepared.key);
    } else {
        let input = Arc::clone(&prepared.input);
        turn.set_live(
            frame,
            super::Live::Action(Live {
                input: prepared.input,
                key: prepared.key,
            }),
        );
        turn.open_resolve(frame, None, Some(action), prepared.connection, input);
    }
    Flow::Wait
}

/// What the host and bots do is seen by everybody who sees the case.
pub(super) fn not_here(sealed: Sealed, action: &str) -> StepError {
    let text = format!("`{action}` takes no {} value", sealed.word());
    StepError::new("expression", text)
        .hint("only actions of connectors do; show a restricted value with `| mask`")
}

pub(super) fn resolved(turn: &mut Turn<'_>, frame: FrameId, targets: &[Target]) -> Flow {
    let super::Live::Action(live) = turn.take_live(frame) else {
        return Flow::Wait;
    };
    let mut usable = targets.iter().filter(|target| target.skipped.is_none());
    let error = match (usable.next(), usable.next()) {
        (Some(target), None)
            if target.connector == Target::HOST && sealed_inside(&live.input).is_some() =>
        {
            let sealed = sealed_inside(&live.input).unwrap_or(Sealed::Secret);
            not_here(sealed, &target.action)
        }
        (Some(target), None) if target.connector == Target::HOST => {
            turn.open_host(frame, target.action.clone(), live.input, live.key);
            return Flow::Wait;
        }
        (Some(target), None) => {
            turn.open_invoke(frame, 0, Arc::new(target.clone()), live.input, live.key);
            return Flow::Wait;
        }
        (Some(first), Some(second)) => {
            let text = format!("{} and {} can both do it", first.name, second.name);
            StepError::new("ambiguous", text).hint("name one of them with `connection:`")
        }
        (None, _) => match targets.iter().find_map(|target| target.skipped.as_ref()) {
            Some(reason) => StepError::new("skipped", reason.clone()),
            None => StepError::new("no_connection", "no connection can do this")
                .hint("configure a connection for this connector"),
        },
    };
    Flow::End(End::Failed(turn.failure(frame, error)))
}

pub(super) fn answered(turn: &mut Turn<'_>, frame: FrameId, result: &ActionResult) -> Flow {
    if result.status == Status::Error {
        let error = super::fan_out::error_of(result);
        return Flow::End(End::Failed(turn.failure(frame, error)));
    }
    let mut done = Done::output(result.output.clone());
    done.extra
        .push(("found".into(), Value::Bool(result.status == Status::Ok)));
    if let Some(verdict) = &result.verdict {
        let verdict = serde_json::to_value(verdict).unwrap_or_default();
        done.extra.push(("verdict".into(), verdict));
    }
    if let Some(link) = &result.link {
        done.extra.push(("link".into(), Value::from(link.as_str())));
    }
    Flow::End(End::Done(done))
}
