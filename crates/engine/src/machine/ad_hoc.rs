//! Steps that a person adds to a run under way.
//!
//! An added step is a playbook of one step beside the run's own: it sees the case, the alert and the
//! run's inputs, and its own steps. It runs at once, beside what is under way; what it does never
//! fails the run. A run whose playbook is over ends when its added steps are over.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use updraft_model::{Actor, Problem};

use super::{
    Machine, Turn,
    state::{Activation, FrameId, State, size_of_value},
};
use crate::{
    limits::{AD_HOC_BYTES_MAX, AD_HOC_STEPS_MAX},
    plan::Plan,
};

/// The id that no playbook can have, so that nothing can call an added step.
const ID: &str = "";

/// A step that somebody added.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AdHocStep {
    /// As in a playbook.
    pub step: Value,
    /// Who added it.
    pub by: Actor,
}

/// Reads an added step.
pub(super) fn plan(main: &Plan, step: &Value) -> Result<Plan, Vec<Problem>> {
    if size_of_value(step).is_none_or(|size| size > AD_HOC_BYTES_MAX) {
        let text = format!("an added step may have {AD_HOC_BYTES_MAX} bytes");
        return Err(vec![Problem::error("UP013", "", text)]);
    }
    let any = |name: &String| (name.clone(), json!({"type": "any"}));
    let names = main.inputs.iter().map(|spec| any(&spec.name));
    let inputs: Map<String, Value> = names.collect();
    let document = json!({"format": 1, "id": "added", "inputs": inputs, "steps": [step]});
    let (plan, mut problems) = Plan::from_value(&document);
    for problem in &mut problems {
        let inner = problem.pointer.strip_prefix("/steps/0").map(str::to_owned);
        problem.pointer = inner.unwrap_or_default();
    }
    let Some(mut plan) = plan else {
        return Err(problems);
    };
    if let Some(place) = plan.ends_the_run() {
        let text = format!("the added step `{place}` would end the run");
        let mut problem = Problem::error("UP012", "", text);
        problem.hint = "cancel the run if it should end".into();
        return Err(vec![problem]);
    }
    plan.id = ID.to_owned();
    Ok(plan)
}

impl Machine {
    /// Whether a step can be added: what is wrong with it, or nothing.
    ///
    /// # Errors
    /// The problems, with pointers into the step.
    pub fn check_ad_hoc(&self, step: &Value) -> Result<(), Vec<Problem>> {
        if self.state.outcome.is_some() {
            return Err(vec![Problem::error("UP012", "", "the run is over")]);
        }
        if self.state.control.ad_hoc.len() >= AD_HOC_STEPS_MAX {
            let text = format!("{AD_HOC_STEPS_MAX} steps were added to this run already");
            return Err(vec![Problem::error("UP013", "", text)]);
        }
        let main = self.plans.first();
        main.map_or(Ok(()), |main| plan(main, step).map(drop))
    }

    /// Steps that were added, in order.
    pub fn ad_hoc_steps(&self) -> &[AdHocStep] {
        &self.state.control.ad_hoc
    }

    /// Makes the added steps of the state part of the plans.
    pub(super) fn learn_ad_hoc(&mut self) {
        let known = self.base_plans;
        let steps = &self.state.control.ad_hoc;
        if self.plans.len() == known + steps.len() {
            return;
        }
        let Some(main) = self.plans.first() else {
            return;
        };
        let base = self.plans.iter().take(known).cloned();
        let added = steps
            .iter()
            .filter_map(|added| plan(main, &added.step).ok());
        self.plans = base.chain(added.map(Into::into)).collect();
    }
}

impl State {
    /// The number of the added step to which a frame belongs.
    pub(super) fn ad_hoc_of(&self, frame: FrameId, base_plans: usize) -> Option<usize> {
        let activation = self.activations.get(self.activation_of(frame)?)?;
        (activation.plan as usize).checked_sub(base_plans)
    }
}

impl Turn<'_> {
    /// Begins the step that was added last.
    pub(super) fn begin_ad_hoc(&mut self) {
        let number = self.state.control.ad_hoc.len().saturating_sub(1);
        let Some((plan, source)) = (0u32..).zip(self.plans).last() else {
            return;
        };
        let inputs = self.main_inputs();
        let path = format!("adhoc[{number}]");
        let root = source.root;
        let frame = self.begin_beside(None, 0, (plan, root), inputs, Vec::new(), path.into());
        self.state.control.ad_hoc_roots.insert(frame);
    }

    /// The inputs of the run's own playbook.
    fn main_inputs(&self) -> Value {
        let mut all = self.state.activations.ids();
        let main = all.find_map(|id| self.state.activations.get(id).filter(|a| a.plan == 0));
        main.map_or_else(|| Value::Object(Default::default()), |a| a.inputs.clone())
    }

    /// Begins a block that has its own inputs and sees nothing of its surroundings.
    pub(super) fn begin_beside(
        &mut self,
        parent: Option<FrameId>,
        slot: u32,
        (plan, block): (u32, u32),
        inputs: Value,
        locals: Vec<(std::sync::Arc<str>, Value)>,
        path: std::sync::Arc<str>,
    ) -> FrameId {
        let depth = parent
            .and_then(|frame| self.state.activation_of(frame))
            .and_then(|outer| self.state.activations.get(outer))
            .map_or(0, |outer| outer.depth);
        let bytes = size_of_value(&inputs).unwrap_or(0);
        self.state.bytes += bytes;
        let activation = self.state.activations.insert(Activation {
            plan,
            inputs,
            vars: Value::Object(Default::default()),
            root: FrameId(u32::MAX),
            depth,
            bytes,
        });
        let level = self.level(None, activation, locals);
        let root = self.block_frame(parent, slot, block, level, path, true);
        if let Some(activation) = self.state.activations.get_mut(activation) {
            activation.root = root;
        }
        root
    }

    /// True when the block was an added step: its end is not the run's.
    pub(super) fn ad_hoc_ended(&mut self, root: FrameId) -> bool {
        if !self.state.control.ad_hoc_roots.contains(&root) {
            return false;
        }
        self.remove_block(root);
        if self.state.control.ad_hoc_roots.is_empty()
            && let Some(ending) = self.state.control.ending.take()
        {
            self.finish_run(ending.outcome, ending.message, ending.output);
        }
        true
    }
}
