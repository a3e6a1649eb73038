//! `approve`: nothing goes on until enough people approve.
//!
//! ```yaml
//! - id: gate
//!   approve:
//!     question: "Isolate {{ vars.host }}?"
//!     roles: [lead]                    # who may approve; anybody who may answer tasks if left out
//!     needs: 2                         # different people; default 1
//!     reminder: 1h
//!     default: deny                    # at the deadline: deny | approve
//!   timeout: 4h
//! ```
//! Output: `{approved, by, note, defaulted}`. One person who denies is enough. The step itself ends
//! well in both cases: look at `approved`.

use serde_json::{Map, Value};

use super::{
    KindKey, Text,
    people::{self, Reminders},
};
use crate::{
    AskKind, StepError,
    limits::APPROVERS_MAX,
    machine::{Flow, FrameId, Turn},
    plan::{Fields, Parser, Step, suggest_hint},
};

pub(super) const KEY: KindKey = KindKey {
    name: "approve",
    fields: &[],
    takes_time: true,
};

/// An approve step.
#[derive(Debug, Clone)]
pub(crate) struct Approve {
    question: Option<Text>,
    roles: Vec<String>,
    needs: u64,
    default: Option<&'static str>,
    reminders: Reminders,
}

pub(super) fn parse(p: &mut Parser, fields: &Fields<'_>) -> Option<Approve> {
    let approve = p.object(fields.get("approve")?, &fields.at("approve"), "`approve`")?;
    p.known_fields(
        &approve,
        &[&["question", "roles", "needs", "reminder", "default"]],
    );
    if approve.get("question").is_none() {
        p.missing(&approve, "question");
    }
    people::check_default(p, fields, &approve);
    let default = match p.text(&approve, "default") {
        None => None,
        Some("deny") => Some("deny"),
        Some("approve") => Some("approve"),
        Some(other) => {
            let hint = suggest_hint(other, &["deny", "approve"]);
            let text = "`default` is deny or approve";
            p.error("UP019", &approve.at("default"), text).hint = hint;
            None
        }
    };
    Some(Approve {
        question: Text::parse(p, &approve, "question"),
        roles: p.texts(&approve, "roles").unwrap_or_default(),
        needs: p
            .integer(&approve, "needs", (1, APPROVERS_MAX))
            .unwrap_or(1),
        default,
        reminders: Reminders::parse(p, &approve),
    })
}

pub(super) fn start(
    turn: &mut Turn<'_>,
    frame: FrameId,
    step: &Step,
    kind: &Approve,
) -> Result<Flow, StepError> {
    let mut request = Map::new();
    people::put_text(
        turn,
        frame,
        &mut request,
        "question",
        kind.question.as_ref(),
    )?;
    request.insert("roles".into(), Value::from(kind.roles.clone()));
    request.insert("needs".into(), Value::from(kind.needs));
    if let Some(default) = kind.default {
        request.insert("default".into(), Value::from(default));
    }
    people::open(
        turn,
        frame,
        step,
        AskKind::Approve,
        request,
        &kind.reminders,
    )
}
