//! `bot`: a script of the folder `content/bots`.
//!
//! ```yaml
//! - id: score
//!   bot: risk-score
//!   with: {signals: "{{ steps.gather.output }}"}
//!   timeout: 20s
//! ```
//! The script reads its input as JSON and writes its output as JSON. It has no network and sees nothing
//! but its input. Output: what it wrote.

use super::{
    KindKey, action,
    request::{self, Request},
};
use updraft_expr::sealed_inside;

use crate::{
    StepError, Target,
    machine::{Flow, FrameId, Turn},
    plan::{Fields, Parser, is_playbook_id},
};

pub(super) const KEY: KindKey = KindKey {
    name: "bot",
    fields: &["with", "key", "retry"],
    takes_time: true,
};

/// A bot step.
#[derive(Debug, Clone)]
pub(crate) struct Bot {
    /// The bot's name.
    pub name: String,
    /// The rest.
    pub request: Request,
}

pub(super) fn parse(p: &mut Parser, fields: &Fields<'_>) -> Option<Bot> {
    let name = p.text(fields, "bot")?;
    if !is_playbook_id(name) {
        p.error("UP004", &fields.at("bot"), "this is not a bot's name")
            .hint = "which bot runs must be written out, it cannot be computed".into();
    }
    Some(Bot {
        name: name.to_owned(),
        request: request::parse(p, fields),
    })
}

pub(super) fn start(turn: &mut Turn<'_>, frame: FrameId, kind: &Bot) -> Result<Flow, StepError> {
    let prepared = kind.request.prepare(turn, frame)?;
    let action = format!("{}.{}", Target::BOT, kind.name);
    if let Some(sealed) = sealed_inside(&prepared.input) {
        return Err(action::not_here(sealed, &action));
    }
    Ok(action::ask_host(turn, frame, action, prepared))
}
