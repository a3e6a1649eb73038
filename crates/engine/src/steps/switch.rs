//! `switch`: the first case whose condition holds.
//!
//! ```yaml
//! - id: route
//!   switch:
//!     - {when: "case.severity == 'high'", do: [ … ]}
//!     - {else: true, do: [ … ]}
//! ```
//! Output: the output of the chosen block's last step; null when no case holds.

use serde_json::Value;
use updraft_expr::Expr;

use super::KindKey;
use crate::{
    StepError,
    limits::BRANCHES_MAX,
    machine::{Done, End, Flow, FrameId, Turn},
    plan::{Bound, Fields, Parser},
};

pub(super) const KEY: KindKey = KindKey {
    name: "switch",
    fields: &[],
    takes_time: true,
};

/// A switch step.
#[derive(Debug, Clone)]
pub(crate) struct Switch {
    /// In order.
    pub cases: Vec<Case>,
}

/// One case.
#[derive(Debug, Clone)]
pub(crate) struct Case {
    /// None for `else`.
    pub when: Option<Bound<Expr>>,
    /// What follows.
    pub block: u32,
}

impl Switch {
    /// True when a case always holds.
    pub(crate) fn has_else(&self) -> bool {
        self.cases.iter().any(|case| case.when.is_none())
    }
    pub(super) fn blocks(&self) -> Vec<(String, u32)> {
        let label = |case: &Case| match &case.when {
            Some(when) => when.inner.source().to_owned(),
            None => "else".to_owned(),
        };
        self.cases
            .iter()
            .map(|case| (label(case), case.block))
            .collect()
    }
}

pub(super) fn parse(p: &mut Parser, fields: &Fields<'_>) -> Option<Switch> {
    let pointer = fields.at("switch");
    let list = p.list(fields.get("switch")?, &pointer, "`switch`")?;
    if list.is_empty() {
        p.error("UP010", &pointer, "there is no case");
    }
    if list.len() > BRANCHES_MAX {
        p.error(
            "UP013",
            &pointer,
            format!("a step may have {BRANCHES_MAX} cases"),
        );
        return None;
    }
    let mut cases = Vec::with_capacity(list.len());
    let first = p.next_step();
    for (index, value) in list.iter().enumerate() {
        let branch = p.next_step();
        let last = index + 1 == list.len();
        cases.extend(parse_case(p, value, &format!("{pointer}/{index}"), last));
        p.leave_branch(branch);
    }
    p.join_branches(first);
    Some(Switch { cases })
}

fn parse_case(p: &mut Parser, value: &Value, pointer: &str, last: bool) -> Option<Case> {
    let case = p.object(value, pointer, "a case")?;
    p.known_fields(&case, &[&["when", "else", "do"]]);
    let otherwise = p.boolean(&case, "else").unwrap_or(false);
    match (case.get("when").is_some(), otherwise) {
        (true, true) => {
            p.error("UP009", pointer, "a case has `when` or `else`, not both");
        }
        (false, false) => p.missing(&case, "when"),
        (false, true) if !last => {
            p.error(
                "UP021",
                pointer,
                "`else` holds always, no case after it is reached",
            )
            .hint = "make it the last case".into();
        }
        (true, false) | (false, true) => {}
    }
    let when = p.condition(&case, "when");
    let block = match case.get("do") {
        Some(steps) => p.block(steps, &case.at("do")),
        None => {
            p.missing(&case, "do");
            None
        }
    };
    Some(Case {
        when,
        block: block?,
    })
}

pub(super) fn start(turn: &mut Turn<'_>, frame: FrameId, kind: &Switch) -> Result<Flow, StepError> {
    for (slot, case) in (0u32..).zip(&kind.cases) {
        let holds = match &case.when {
            Some(when) => turn.holds(frame, when)?,
            None => true,
        };
        if holds {
            turn.spawn_block(frame, slot, case.block);
            return Ok(Flow::Wait);
        }
    }
    Ok(Flow::End(End::Done(Done::output(Value::Null))))
}
