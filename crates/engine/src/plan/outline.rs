//! The tree of a playbook's steps as people see it.

use serde::Serialize;

use super::{OnError, Plan, RunLimits};

/// A playbook's steps as a tree.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Outline {
    /// The playbook's id.
    pub id: String,
    /// Its title.
    pub title: String,
    /// What starts it, `case_types` first.
    pub triggers: Vec<OutlineTrigger>,
    /// What bounds its runs.
    pub limits: RunLimits,
    /// Its steps in order.
    pub steps: Vec<OutlineStep>,
}

/// One trigger.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct OutlineTrigger {
    /// `case_type`, `alert`, `schedule`, `button`, `api` or `run`.
    pub kind: String,
    /// What it is, in one line.
    pub text: String,
    /// JSON pointer to it in the playbook.
    pub pointer: String,
}

/// One step of the tree.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct OutlineStep {
    /// Its id.
    pub id: String,
    /// JSON pointer to it in the playbook.
    pub pointer: String,
    /// Its title; empty if it has none.
    pub title: String,
    /// Why it is done; may be empty.
    pub why: String,
    /// `action`, `capability`, `for_each`, …
    pub kind: String,
    /// What it names: the action, the capability, the called playbook; may be empty.
    pub subject: String,
    /// The phase of NIST SP 800-61; may be empty.
    pub phase: String,
    /// The technique of MITRE ATT&CK; may be empty.
    pub technique: String,
    /// True when a condition can skip it.
    pub conditional: bool,
    /// The blocks inside it.
    pub children: Vec<OutlineBranch>,
}

/// A block inside a step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct OutlineBranch {
    /// What leads there: `do`, a branch's name, a case's condition, `on_error`.
    pub label: String,
    /// Its steps in order.
    pub steps: Vec<OutlineStep>,
}

pub(super) fn outline(plan: &Plan) -> Outline {
    Outline {
        id: plan.id.clone(),
        title: plan.title.clone(),
        triggers: plan
            .triggers
            .iter()
            .map(|trigger| OutlineTrigger {
                kind: trigger.word().into(),
                text: trigger.text(),
                pointer: trigger.pointer().into(),
            })
            .collect(),
        limits: plan.run_limits,
        steps: block(plan, plan.root),
    }
}

fn block(plan: &Plan, index: u32) -> Vec<OutlineStep> {
    let steps = plan.block(index).iter();
    steps.filter_map(|index| step(plan, *index)).collect()
}

fn step(plan: &Plan, index: u32) -> Option<OutlineStep> {
    let step = plan.step(index)?;
    let branch = |(label, index): (String, u32)| OutlineBranch {
        label,
        steps: block(plan, index),
    };
    let mut children: Vec<OutlineBranch> = step.kind.blocks().into_iter().map(branch).collect();
    if let OnError::Do(index) = step.on_error {
        children.push(branch(("on_error".into(), index)));
    }
    if let Some(index) = step.undo {
        children.push(branch(("undo".into(), index)));
    }
    Some(OutlineStep {
        id: step.id.to_string(),
        pointer: step.pointer.to_string(),
        title: step.title.clone(),
        why: step.why.clone(),
        kind: step.kind.word().into(),
        subject: step.kind.subject(),
        phase: step.phase.clone(),
        technique: step.technique.clone(),
        conditional: step.when.is_some(),
        children,
    })
}
