//! Which branches of a playbook its tests took, and which destructive steps they reached.

use std::collections::BTreeMap;

use serde::Serialize;
use updraft_connector::Effect;
use updraft_engine::{Branch, BranchSign, OutlineStep, Plan, StepRecord, StepStatus};
use updraft_model::Problem;

use crate::{Library, yaml};

/// How far tests go through a playbook.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Coverage {
    /// Branches that some test takes.
    pub taken: usize,
    /// All branches.
    pub total: usize,
    /// Hundredths of all branches that are taken, rounded down; 100 for a playbook without branches.
    pub percent: u32,
    /// The branches that no test takes, as they are written.
    pub missing: Vec<MissingBranch>,
    /// The steps that change something outside.
    pub destructive: Vec<Destructive>,
}

/// A branch that no test takes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct MissingBranch {
    /// The id of the step where the ways part.
    pub step: String,
    /// Which way.
    pub branch: String,
    /// Line in the playbook, from 1; 0 when the text is not at hand.
    pub line: u32,
    /// Column, from 1.
    pub column: u32,
}

/// A step whose action changes something outside.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Destructive {
    /// Its id.
    pub step: String,
    /// What it does.
    pub action: String,
    /// `write`, `contain_reversible` or `irreversible`.
    pub effect: String,
    /// True when a test runs it.
    pub reached: bool,
    /// True when a test runs it after somebody approved.
    pub approved: bool,
    /// True when the same approval is denied in a test, and the step does not run.
    pub denied: bool,
}

/// Counts the coverage of one playbook over its tests.
#[derive(Debug)]
pub struct Counter {
    branches: Vec<(Branch, bool)>,
    destructive: Vec<Destructive>,
    /// For each destructive step the approvals that came before it in every test that ran it.
    gates: BTreeMap<String, Vec<String>>,
    /// For each test: the approvals that were denied, and the steps that ran.
    denials: Vec<(Vec<String>, Vec<String>)>,
}

impl Counter {
    /// Begins to count; `library` knows what actions do.
    pub fn new(plan: &Plan, library: &Library) -> Counter {
        let branches = plan.branches().into_iter().map(|branch| (branch, false));
        Counter {
            branches: branches.collect(),
            destructive: destructive_steps(plan, library),
            gates: BTreeMap::new(),
            denials: Vec::new(),
        }
    }

    /// Takes in what one test did. `records` are all of its run.
    pub fn take(&mut self, records: &[StepRecord]) {
        let own = own_records(records);
        for (branch, taken) in &mut self.branches {
            *taken = *taken || branch.is_taken(&own);
        }
        let ran = |record: &&&StepRecord| record.status != StepStatus::Skipped;
        let decided = |answer: bool| {
            let own = own.iter().filter(|record| record.kind == "approve");
            own.filter(move |record| {
                record.output.get("approved").and_then(|yes| yes.as_bool()) == Some(answer)
            })
        };
        for step in &mut self.destructive {
            let Some(record) = own.iter().filter(ran).find(|record| record.id == step.step) else {
                continue;
            };
            step.reached = true;
            let before =
                |gate: &&&StepRecord| gate.ended_at.is_some_and(|at| at <= record.started_at);
            let gates: Vec<String> = decided(true)
                .filter(before)
                .map(|gate| gate.id.clone())
                .collect();
            step.approved |= !gates.is_empty();
            self.gates
                .entry(step.step.clone())
                .and_modify(|known| known.retain(|gate| gates.contains(gate)))
                .or_insert(gates);
        }
        let denied: Vec<String> = decided(false).map(|record| record.id.clone()).collect();
        if !denied.is_empty() {
            let ran = own.iter().filter(ran).map(|record| record.id.clone());
            self.denials.push((denied, ran.collect()));
        }
    }

    /// What was counted. `spans` are the places of the playbook's text.
    pub fn finish(mut self, spans: Option<&yaml::Spans>) -> Coverage {
        for step in &mut self.destructive {
            let gates = self.gates.get(&step.step).map_or(&[][..], Vec::as_slice);
            step.denied = self.denials.iter().any(|(denied, ran)| {
                denied.iter().any(|gate| gates.contains(gate)) && !ran.contains(&step.step)
            });
        }
        let total = self.branches.len();
        let taken = self.branches.iter().filter(|(_, taken)| *taken).count();
        let missing = self.branches.into_iter().filter(|(_, taken)| !taken);
        Coverage {
            taken,
            total,
            percent: match total {
                0 => 100,
                _ => u32::try_from(taken * 100 / total).unwrap_or(100),
            },
            missing: missing
                .map(|(branch, _)| missing_branch(branch, spans))
                .collect(),
            destructive: self.destructive,
        }
    }
}

fn missing_branch(branch: Branch, spans: Option<&yaml::Spans>) -> MissingBranch {
    let problem = Problem::error("UT010", branch.pointer.as_str(), "");
    let (line, column) = spans.map_or((0, 0), |spans| {
        let place = spans.diagnostic(&problem);
        (place.line, place.column)
    });
    MissingBranch {
        step: branch.step,
        branch: match branch.sign {
            BranchSign::Began(_) if branch.label == "do" => "with items".into(),
            _ => branch.label,
        },
        line,
        column,
    }
}

/// The records of the playbook's own steps: not of targets, called playbooks and what people added.
pub(super) fn own_records(records: &[StepRecord]) -> Vec<&StepRecord> {
    let mut foreign: BTreeMap<&str, bool> = BTreeMap::new();
    let mut own = Vec::new();
    for record in records {
        let outside = foreign
            .get(record.parent.as_str())
            .copied()
            .unwrap_or(false)
            || record.added_by.is_some();
        foreign.insert(&record.path, outside || record.kind == "call");
        if !outside && record.kind != "target" {
            own.push(record);
        }
    }
    own
}

/// What a step's action changes outside, as far as content knows it.
pub(super) fn effect_of(library: &Library, kind: &str, subject: &str) -> Option<Effect> {
    match kind {
        "action" => {
            let (connector, action) = subject.split_once('.')?;
            let connector = library.connectors.get(connector)?;
            connector.action(action).map(|action| action.effect)
        }
        "capability" => {
            let declared = library.capabilities.capabilities.get(subject);
            declared.map(|capability| capability.effect)
        }
        _ => None,
    }
}

fn destructive_steps(plan: &Plan, library: &Library) -> Vec<Destructive> {
    let mut found = Vec::new();
    let outline = plan.outline();
    let mut todo: Vec<&OutlineStep> = outline.steps.iter().rev().collect();
    while let Some(step) = todo.pop() {
        let effect = effect_of(library, &step.kind, &step.subject);
        let changes = matches!(
            effect,
            Some(Effect::Write | Effect::ContainReversible | Effect::Irreversible)
        );
        if let Some(effect) = effect.filter(|_| changes) {
            found.push(Destructive {
                step: step.id.clone(),
                action: step.subject.clone(),
                effect: effect.as_str().to_owned(),
                reached: false,
                approved: false,
                denied: false,
            });
        }
        let inner = step.children.iter().rev();
        todo.extend(inner.flat_map(|branch| branch.steps.iter().rev()));
    }
    found
}
