//! `manual`: a task for a person.
//!
//! ```yaml
//! - id: call_user
//!   title: Call the user back
//!   why: The mail may be forged; the phone number of the directory is not
//!   manual:
//!     how: "Take the number from the directory, not from the mail."   # templates
//!     expect: "The user knows the payment, or does not."
//!     assignee: analyst                # a role or a person; may be a template
//!     mandatory: true                  # may be skipped, but only with a typed reason
//!     form: [{name: known, type: boolean, required: true}]
//!     reminder: 4h
//!     default: {known: false}          # at the deadline
//!   timeout: 8h
//! ```
//! Output: `{values, note, skipped, by, defaulted}`; `skipped` is the reason or null.

use serde_json::{Map, Value};

use super::{
    KindKey, Text,
    people::{self, Reminders, Sheet},
};
use crate::{
    AskKind, StepError,
    machine::{Flow, FrameId, Turn},
    plan::{Fields, Parser, Step},
};

pub(super) const KEY: KindKey = KindKey {
    name: "manual",
    fields: &[],
    takes_time: true,
};

/// A manual step.
#[derive(Debug, Clone)]
pub(crate) struct Manual {
    how: Option<Text>,
    expect: Option<Text>,
    assignee: Option<Text>,
    mandatory: bool,
    /// What is filled in.
    pub sheet: Sheet,
    reminders: Reminders,
}

pub(super) fn parse(p: &mut Parser, fields: &Fields<'_>) -> Option<Manual> {
    let manual = p.object(fields.get("manual")?, &fields.at("manual"), "`manual`")?;
    p.known_fields(
        &manual,
        &[&[
            "how",
            "expect",
            "assignee",
            "mandatory",
            "form",
            "reminder",
            "default",
        ]],
    );
    people::check_default(p, fields, &manual);
    Some(Manual {
        how: Text::parse(p, &manual, "how"),
        expect: Text::parse(p, &manual, "expect"),
        assignee: Text::parse(p, &manual, "assignee"),
        mandatory: p.boolean(&manual, "mandatory").unwrap_or(false),
        sheet: Sheet::parse(p, &manual),
        reminders: Reminders::parse(p, &manual),
    })
}

pub(super) fn start(
    turn: &mut Turn<'_>,
    frame: FrameId,
    step: &Step,
    kind: &Manual,
) -> Result<Flow, StepError> {
    let mut request = Map::new();
    people::put_text(turn, frame, &mut request, "how", kind.how.as_ref())?;
    people::put_text(turn, frame, &mut request, "expect", kind.expect.as_ref())?;
    people::put_text(
        turn,
        frame,
        &mut request,
        "assignee",
        kind.assignee.as_ref(),
    )?;
    request.insert("mandatory".into(), Value::Bool(kind.mandatory));
    kind.sheet.render(turn, frame, &mut request)?;
    people::open(turn, frame, step, AskKind::Manual, request, &kind.reminders)
}
