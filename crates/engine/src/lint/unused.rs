//! What nobody looks at: inputs, variables, answers.

use std::collections::BTreeSet;

use super::{Effect, Lint, names};
use crate::steps::Kind;

impl Lint<'_> {
    /// Looks for names that no expression reads.
    pub(super) fn unused(&mut self) {
        let mut inputs = BTreeSet::new();
        let mut vars = BTreeSet::new();
        let mut steps = BTreeSet::new();
        // `vars[name]` and `vars` alone may read any.
        let mut any = (false, false, false);
        for (root, member) in self.reads.values().flatten().map(names) {
            let (place, all) = match root {
                "inputs" => (&mut inputs, &mut any.0),
                "vars" => (&mut vars, &mut any.1),
                "steps" => (&mut steps, &mut any.2),
                _ => continue,
            };
            match member {
                Some(name) => {
                    place.insert(name.to_owned());
                }
                None => *all = true,
            }
        }
        if !any.0 {
            self.unused_inputs(&inputs);
        }
        if !any.1 {
            self.unused_vars(&vars);
        }
        if !any.2 {
            self.unused_answers(&steps);
        }
    }

    fn unused_inputs(&mut self, read: &BTreeSet<String>) {
        for spec in self.plan.inputs() {
            if !read.contains(&spec.name) {
                let text = format!("nothing reads the input `{}`", spec.name);
                let pointer = format!("/inputs/{}", spec.name);
                self.warning("UP047", &pointer, text).at_key = true;
            }
        }
    }

    fn unused_vars(&mut self, read: &BTreeSet<String>) {
        let mut told = BTreeSet::new();
        for (index, step) in self.steps() {
            let Some(site) = self.site(index, "/set") else {
                continue;
            };
            let Some(updraft_expr::Type::Object(shape)) =
                self.given.get(site.pointer.as_str()).cloned()
            else {
                continue;
            };
            for name in shape.fields.keys() {
                if !read.contains(name) && told.insert(name.clone()) {
                    let text = format!("nothing reads the variable `{name}`");
                    let pointer = format!("{}/set/{name}", step.pointer);
                    self.warning("UP046", &pointer, text).at_key = true;
                }
            }
        }
    }

    /// A question whose answer nobody looks at need not be asked.
    fn unused_answers(&mut self, read: &BTreeSet<String>) {
        for (index, step) in self.steps() {
            let asks = match &step.kind {
                Kind::Action(_) | Kind::FanOut(_) => self
                    .verb(step)
                    .is_some_and(|verb| verb.effect == Effect::Read && !self.is_host(step)),
                Kind::Bot(_) | Kind::Approve(_) => true,
                Kind::Ask(ask) => ask.has_form(),
                _ => false,
            };
            if !asks
                || read.contains(&*step.id)
                || step.undo.is_some()
                || self.is_handed_on(index, read)
            {
                continue;
            }
            let (text, hint) = match &step.kind {
                Kind::Approve(_) => (
                    "nobody looks at the approval: the run goes on either way",
                    "look at `output.approved` in a `when` or a `switch`",
                ),
                _ => (
                    "nothing looks at what this gives",
                    "leave the step out, or use its `output`",
                ),
            };
            let pointer = format!("{}/{}", step.pointer, step.kind.word());
            self.warning("UP048", &pointer, text).hint = hint.into();
        }
    }

    fn is_host(&self, step: &crate::plan::Step) -> bool {
        matches!(&step.kind, Kind::Action(action)
            if action.action.literal().is_some_and(|name| super::HostAction::find(name).is_some()))
    }

    /// The last step of a block gives its output to the step around it.
    fn is_handed_on(&self, index: u32, read: &BTreeSet<String>) -> bool {
        let mut at = index;
        for (parent, outer) in self.around(index) {
            if self.plan.block(parent.block).last() != Some(&at) {
                return false;
            }
            if read.contains(&*outer.id) || outer.undo.is_some() {
                return true;
            }
            at = parent.step;
        }
        false
    }
}
