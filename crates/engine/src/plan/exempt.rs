//! `exempt`: warnings that a playbook lives with, each with the reason why.
//!
//! ```yaml
//! exempt: {UP040: "the page is only a courtesy; nobody waits for it"}
//! ```
//! On a step it holds for the step and all inside it, at the top for the whole playbook. An error is never
//! exempted.

use serde_json::Value;
use updraft_model::{Level, Problem};

use super::{Fields, Parser};

/// One warning that is accepted.
#[derive(Debug, Clone)]
pub(crate) struct Exemption {
    /// Its code.
    pub code: String,
    /// JSON pointer to the step; empty for the playbook.
    pub within: String,
    /// JSON pointer to the exemption.
    pub pointer: String,
}

impl Exemption {
    /// Whether it is about this finding.
    pub(crate) fn covers(&self, problem: &Problem) -> bool {
        let inside = problem
            .pointer
            .strip_prefix(self.within.as_str())
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
        problem.level == Level::Warning && problem.code == self.code && inside
    }
}

/// Leaves out what is accepted.
pub(crate) fn apply(exemptions: &[Exemption], problems: &mut Vec<Problem>) {
    if !exemptions.is_empty() {
        problems.retain(|problem| !exemptions.iter().any(|one| one.covers(problem)));
    }
}

impl Parser {
    /// Reads `exempt:`.
    pub(super) fn exempt(&mut self, fields: &Fields<'_>) {
        let Some(value) = fields.get("exempt") else {
            return;
        };
        let Some(map) = self.object(value, &fields.at("exempt"), "`exempt`") else {
            return;
        };
        for (code, reason) in map.map {
            let pointer = map.at(code);
            let shape = code.strip_prefix("UP").is_some_and(|digits| {
                digits.len() == 3 && digits.bytes().all(|digit| digit.is_ascii_digit())
            });
            if !shape {
                let problem = self.error("UP050", &pointer, "this is not the code of a rule");
                problem.at_key = true;
                problem.hint = "for example UP040".into();
                continue;
            }
            if !matches!(reason, Value::String(text) if !text.trim().is_empty()) {
                self.error("UP050", &pointer, "say why this warning is accepted");
                continue;
            }
            self.exemptions.push(Exemption {
                code: code.clone(),
                within: fields.pointer.clone(),
                pointer,
            });
        }
    }
}
