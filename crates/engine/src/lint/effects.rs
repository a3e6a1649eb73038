//! What a step does outside: an error path, an approval before it, a way back, no second time.

use super::{Effect, Lint, is_call, names};
use crate::{
    plan::{OnError, Step},
    steps::Kind,
};

/// Inputs that say until when something holds.
const EXPIRY_WORDS: &[&str] = &[
    "expire",
    "expiry",
    "expires",
    "expiration",
    "duration",
    "ttl",
    "until",
    "valid",
];

impl Lint<'_> {
    /// Walks all steps that act outside.
    pub(super) fn effects(&mut self) {
        for (index, step) in self.steps() {
            if !is_call(&step.kind) {
                continue;
            }
            let Some(verb) = self.verb(step) else {
                continue;
            };
            if verb.effect < Effect::Notify || self.takes_back(index) {
                continue;
            }
            let word = step.kind.word();
            let pointer = format!("{}/{word}", step.pointer);
            if verb.effect >= Effect::Write && !self.has_error_path(index, step) {
                let text = "this changes something outside, and nothing follows when it fails";
                self.warning("UP040", &pointer, text).hint =
                    "give it `on_error`, put it in a `try`, or look at its result".into();
            }
            if verb.effect >= Effect::ContainReversible {
                if !self.is_approved(index) {
                    let text = match verb.effect {
                        Effect::Irreversible => {
                            "this cannot be taken back, and nobody approves of it before"
                        }
                        _ => "this contains something, and nobody approves of it before",
                    };
                    self.warning("UP043", &pointer, text).hint =
                        "put an `approve` step before it and look at its `output.approved`".into();
                }
                let contains = verb.effect == Effect::ContainReversible;
                if contains && step.undo.is_none() && !self.expires(index) {
                    let text = "this contains something for ever";
                    self.warning("UP044", &pointer, text).hint =
                        "give the step an `undo`, or the action a time when it ends".into();
                }
            }
            let repeats = step.kind.retry().is_some_and(|retry| retry.max > 0);
            if repeats && !verb.repeatable && !step.kind.has_key() {
                let text =
                    "a repetition of this may act twice: the product does not know the first";
                self.warning("UP049", &format!("{}/retry", step.pointer), text)
                    .hint =
                    "leave `retry` out, or give it a `key` that the product keeps apart".into();
            }
        }
    }

    /// The steps of an `undo` are themselves the way back.
    fn takes_back(&self, index: u32) -> bool {
        let around = self.around(index);
        around
            .iter()
            .any(|(parent, outer)| outer.undo == Some(parent.block))
    }

    fn has_error_path(&self, index: u32, step: &Step) -> bool {
        if step.on_error != OnError::Fail {
            return true;
        }
        let guarded = self
            .around(index)
            .into_iter()
            .any(|(parent, outer)| match &outer.kind {
                Kind::Try(guarded) if guarded.body == parent.block => guarded.catch.is_some(),
                Kind::ForEach(each) if each.block == parent.block => {
                    each.gathers || outer.on_error != OnError::Fail
                }
                _ => outer.on_error != OnError::Fail && OnError::Do(parent.block) != outer.on_error,
            });
        // A fan-out to all does not fail; whoever looks at it sees what did.
        let looked_at = match &step.kind {
            Kind::FanOut(fan) => fan.gathers_all() && step.output_used,
            _ => false,
        };
        guarded || looked_at
    }

    /// A person approved on the way here, and somebody looks at the answer.
    fn is_approved(&self, index: u32) -> bool {
        let before = |at: u32| {
            let own = self.plan.step(at);
            own.is_some_and(|step| {
                matches!(step.kind, Kind::Approve(_) | Kind::Ask(_) | Kind::Manual(_))
            })
        };
        let mut asked = Vec::new();
        let mut at = index;
        loop {
            let parent = self.parents.get(at as usize).copied().flatten();
            let block = parent.map_or(self.plan.root, |parent| parent.block);
            let earlier = self
                .plan
                .block(block)
                .iter()
                .take_while(|step| **step != at);
            asked.extend(earlier.copied().filter(|step| before(*step)));
            match parent {
                Some(parent) => at = parent.step,
                None => break,
            }
        }
        asked.into_iter().any(|step| self.is_looked_at(step, index))
    }

    /// A condition between the two reads the answer.
    fn is_looked_at(&self, asked: u32, until: u32) -> bool {
        let Some(id) = self.plan.step(asked).map(|step| &*step.id) else {
            return false;
        };
        let between = self.plan.sites.iter().filter(|site| {
            let condition = matches!(site.source, crate::plan::Source::Condition(_));
            condition && site.step.is_some_and(|step| step > asked && step <= until)
        });
        let reads = |site: &crate::plan::Site| {
            let all = self.reads_at(&site.pointer).iter();
            all.map(names)
                .any(|(root, member)| (root == "steps" && member == Some(id)) || root == "vars")
        };
        between.into_iter().any(reads)
    }

    fn expires(&self, index: u32) -> bool {
        let with = self
            .plan
            .step(index)
            .map(|step| format!("{}/with", step.pointer));
        let given = with.and_then(|with| self.given.get(with.as_str()));
        let Some(updraft_expr::Type::Object(shape)) = given else {
            return false;
        };
        shape
            .fields
            .keys()
            .any(|name| name.split('_').any(|part| EXPIRY_WORDS.contains(&part)))
    }
}
