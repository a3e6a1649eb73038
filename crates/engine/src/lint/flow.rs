//! The ways through the steps: what never happens, what always does, what never ends.

use std::collections::BTreeSet;

use updraft_expr::truthy;

use super::{Lint, names};
use crate::{
    plan::{OnError, Source, Step},
    steps::Kind,
};

impl Lint<'_> {
    /// Walks all blocks.
    pub(super) fn flow(&mut self) {
        for block in 0..self.plan.blocks.len() {
            self.reach(u32::try_from(block).unwrap_or(u32::MAX));
        }
        for (index, step) in self.steps() {
            self.condition(index, step);
            match &step.kind {
                Kind::Switch(_) => self.switch(index, step),
                Kind::Loop(each) => self.rounds(index, step, each.block),
                Kind::Wait(_) => self.signal(index, step),
                _ => {}
            }
        }
    }

    /// What stands behind a step that never goes on. Single steps were seen while reading.
    fn reach(&mut self, block: u32) {
        let steps = self.plan.block(block);
        for (before, after) in steps.iter().zip(steps.iter().skip(1)) {
            let inner = self
                .plan
                .step(*before)
                .is_some_and(|step| !step.kind.blocks().is_empty());
            if inner
                && self.ends(*before)
                && let Some(step) = self.plan.step(*after)
            {
                let pointer = step.pointer.to_string();
                let text = "this step is never reached: every way through the one before ends";
                self.warning("UP021", &pointer, text);
                return;
            }
        }
    }

    /// True when nothing after the step ever runs.
    fn ends(&self, index: u32) -> bool {
        let Some(step) = self.plan.step(index).filter(|step| step.when.is_none()) else {
            return false;
        };
        let all_end = |block: u32| self.plan.block(block).iter().any(|step| self.ends(*step));
        match &step.kind {
            Kind::Finish(_) | Kind::Stop(_) => true,
            Kind::Fail(_) => step.on_error == OnError::Fail,
            _ if step.on_error != OnError::Fail => false,
            Kind::Switch(switch) => {
                switch.has_else() && switch.cases.iter().all(|case| all_end(case.block))
            }
            Kind::Parallel(parallel) => {
                parallel.needed.is_none()
                    && parallel.branches.iter().any(|(_, block)| all_end(*block))
            }
            Kind::Try(guarded) => all_end(guarded.body) && guarded.catch.is_none_or(all_end),
            _ => false,
        }
    }

    fn constant(&self, index: u32, below: &str) -> Option<bool> {
        match &self.site(index, below)?.source {
            Source::Condition(expr) => expr.constant().map(|value| truthy(&value)),
            _ => None,
        }
    }

    fn condition(&mut self, index: u32, step: &Step) {
        let Some(holds) = self.constant(index, "/when") else {
            return;
        };
        let (text, hint) = match holds {
            true => ("this condition always holds", "leave `when` out"),
            false => (
                "this condition never holds: the step never runs",
                "leave the step out",
            ),
        };
        self.warning("UP039", &format!("{}/when", step.pointer), text)
            .hint = hint.into();
    }

    fn switch(&mut self, index: u32, step: &Step) {
        let Kind::Switch(switch) = &step.kind else {
            return;
        };
        let mut taken: Option<usize> = None;
        for (at, case) in switch.cases.iter().enumerate() {
            let pointer = format!("{}/switch/{at}", step.pointer);
            if let Some(first) = taken {
                let text = format!(
                    "this case is never reached: case {} always holds",
                    first + 1
                );
                self.warning("UP039", &pointer, text);
                continue;
            }
            let Some(when) = &case.when else { continue };
            match self.constant(index, &format!("/switch/{at}/when")) {
                Some(true) => {
                    let last = at + 1 == switch.cases.len();
                    let text = "this condition always holds";
                    self.warning("UP039", &format!("{pointer}/when"), text).hint = match last {
                        true => "say `else: true`".into(),
                        false => "make it the last case and say `else: true`".into(),
                    };
                    taken = Some(at);
                }
                Some(false) => {
                    let text = "this condition never holds: the case is never reached";
                    self.warning("UP039", &format!("{pointer}/when"), text);
                }
                None => {
                    let source = when.inner.source();
                    let same = |other: &crate::steps::Case| {
                        other
                            .when
                            .as_ref()
                            .is_some_and(|one| one.inner.source() == source)
                    };
                    if switch.cases.iter().take(at).any(same) {
                        let text =
                            "this case is never reached: an earlier one has the same condition";
                        self.warning("UP039", &format!("{pointer}/when"), text);
                    }
                }
            }
        }
    }

    /// The end of a loop must depend on something that a round changes.
    fn rounds(&mut self, index: u32, step: &Step, block: u32) {
        let pointer = format!("{}/loop/until", step.pointer);
        if let Some(holds) = self.constant(index, "/loop/until") {
            let text = match holds {
                true => "this always holds: the loop has one round",
                false => "this never holds: the loop always runs to its `max`",
            };
            self.warning("UP041", &pointer, text).hint = "say what a round changes".into();
            return;
        }
        let inside = self.inside(block);
        let ids: BTreeSet<&str> = inside
            .iter()
            .filter_map(|step| self.plan.step(*step).map(|step| &*step.id))
            .collect();
        let sets = inside.iter().filter_map(|step| self.site(*step, "/set"));
        let sets: BTreeSet<String> = sets
            .filter_map(|site| match self.given.get(site.pointer.as_str()) {
                Some(updraft_expr::Type::Object(shape)) => Some(shape.fields.keys().cloned()),
                _ => None,
            })
            .flatten()
            .collect();
        let changes = self
            .reads_at(&pointer)
            .iter()
            .map(names)
            .any(|(root, member)| match root {
                "steps" => member.is_none_or(|id| ids.contains(id)),
                "vars" => member.is_none_or(|name| sets.contains(name)),
                "round" | "now" | "case" => true,
                _ => false,
            });
        if !changes {
            let text =
                "nothing that a round does changes this: the loop runs once, or to its `max`";
            self.warning("UP041", &pointer, text).hint =
                "look at a step or a variable of the loop".into();
        }
    }

    /// A signal must come from somewhere, or the wait must end by itself.
    fn signal(&mut self, index: u32, step: &Step) {
        let Kind::Wait(crate::steps::Wait::Signal(name)) = &step.kind else {
            return;
        };
        let bounded = step.timeout_ms.is_some()
            || self
                .around(index)
                .iter()
                .any(|(_, outer)| outer.timeout_ms.is_some());
        let Some(name) = name.literal().filter(|_| !bounded) else {
            return;
        };
        let known =
            self.world.events.contains(name) || self.plan.events().iter().any(|one| one == name);
        if !known {
            let text = format!("no playbook emits `{name}`, and nothing ends the wait");
            self.warning("UP045", &format!("{}/wait/signal", step.pointer), text)
                .hint =
                "give the step a `timeout`, or exempt it if the signal comes from outside".into();
        }
    }
}
