//! `undo`: the steps that take back what a step did.
//!
//! ```yaml
//! - id: isolate
//!   action: edr.isolate
//!   with: {host: "{{ inputs.host }}"}
//!   undo:
//!     - id: release
//!       action: edr.release
//!       with: {host: "{{ undo.input.host }}", case: "{{ undo.output.id }}"}
//! ```
//! They run when the run is rolled back, maybe long after it ended, so they see what the step was given
//! and what it gave (`undo.input`, `undo.output`), the playbook's inputs, the case, and each other, but
//! no other step and no variable.

use super::{Fields, Parser, check::Sight, suggest};

/// The name under which the steps see what they take back.
const NAME: &str = "undo";

impl Parser {
    /// Reads `undo:`.
    pub(super) fn undo(&mut self, fields: &Fields<'_>) -> Option<u32> {
        let steps = fields.get("undo")?;
        let pointer = fields.at("undo");
        if self.undoing {
            let text = "the taking back of a step cannot be taken back";
            self.error("UP012", &pointer, text).at_key = true;
            return None;
        }
        let first = self.next_step();
        let seen = self.sights.clone();
        for sight in &mut self.sights {
            *sight = Sight::Elsewhere;
        }
        let locals = std::mem::take(&mut self.locals);
        self.locals.push(NAME.into());
        self.undoing = true;
        let block = self.block(steps, &pointer);
        self.undoing = false;
        self.locals = locals;
        for sight in self.sights.iter_mut().skip(first) {
            *sight = Sight::Elsewhere;
        }
        for (sight, before) in self.sights.iter_mut().zip(seen) {
            *sight = before;
        }
        block
    }

    /// A `rollback` names this step.
    pub(crate) fn rolled_back(&mut self, id: &str, pointer: &str) {
        self.rolled_back.push((id.to_owned(), pointer.to_owned()));
    }

    /// When everything is read: what a `rollback` names must be there and say how.
    pub(super) fn check_rolled_back(&mut self) {
        for (id, pointer) in std::mem::take(&mut self.rolled_back) {
            let known: Vec<&str> = self.ids.keys().map(String::as_str).collect();
            let Some(index) = self.ids.get(&id).copied() else {
                let hint = suggest::hint(&id, &known);
                let shown: String = id.chars().take(80).collect();
                let text = format!("there is no step `{shown}`");
                self.error("UP007", &pointer, text).hint = hint;
                continue;
            };
            let step = self.steps.get(index as usize).and_then(Option::as_ref);
            if step.is_some_and(|step| step.undo.is_none()) {
                let text = format!("the step `{id}` does not say how it is taken back");
                self.error("UP012", &pointer, text).hint = "give it an `undo: [steps]`".into();
            }
        }
    }

    /// A step inside `undo` must not end the run or roll back.
    pub(super) fn check_in_undo(&mut self, kind: &crate::steps::Kind, fields: &Fields<'_>) {
        if self.undoing && (kind.ends_the_run() || kind.rolls_back()) {
            let text = format!("a `{}` step has no place in an `undo`", kind.word());
            self.error("UP012", &fields.pointer, text);
        }
    }
}
