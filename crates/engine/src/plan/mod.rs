//! A playbook as the machine runs it: checked, flat, every expression compiled.
//!
//! Steps and blocks lie in two arrays and name each other by index, so that a run can point into its
//! plan with two small numbers and thousands of runs share one plan. Steps are numbered in the order
//! in which they are written; ids are unique in the playbook.

mod branches;
mod check;
mod cron;
mod duration;
mod exempt;
mod expression;
mod fields;
mod inputs;
mod outline;
mod outputs;
mod parse;
mod schema;
mod sites;
mod suggest;
mod trigger_parse;
mod triggers;
mod undo;

use std::{collections::BTreeMap, sync::Arc};

use serde_json::Value;
use updraft_expr::{Expr, JsonTemplate};
use updraft_model::Problem;

use crate::steps::Kind;

pub use branches::{Branch, BranchSign};
pub use cron::{Cron, CronError};
pub(crate) use duration::duration_of_value;
pub use duration::parse_duration_ms;
pub(crate) use exempt::Exemption;
pub(crate) use expression::{Bound, Evaluate, StepUses, Uses};
pub(crate) use fields::Fields;
pub(crate) use inputs::bind as bind_inputs;
pub use inputs::{InputSpec, InputType};
pub use outline::{Outline, OutlineBranch, OutlineStep, OutlineTrigger};
pub use outputs::OutputSpec;
pub(crate) use outputs::check as check_outputs;
pub use parse::{EXPRESSION_ROOTS, is_playbook_id};
pub(crate) use parse::{Parser, is_name};
pub use schema::schema;
pub(crate) use sites::{Site, Source};
pub(crate) use suggest::hint as suggest_hint;
pub use triggers::{Judgement, Overlap, RunEnd, RunLimits, Schedule, Trigger, TriggerKind};

/// A checked playbook.
#[derive(Debug, Clone)]
pub struct Plan {
    pub(crate) id: String,
    pub(crate) title: String,
    pub(crate) description: String,
    pub(crate) case_types: Vec<String>,
    pub(crate) triggers: Vec<Trigger>,
    pub(crate) run_limits: RunLimits,
    pub(crate) tags: Vec<String>,
    pub(crate) inputs: Vec<InputSpec>,
    pub(crate) outputs: Option<Bound<JsonTemplate>>,
    pub(crate) output_specs: Vec<OutputSpec>,
    /// Every expression, in the order in which they are written.
    pub(crate) sites: Vec<Site>,
    pub(crate) exemptions: Vec<Exemption>,
    pub(crate) steps: Vec<Step>,
    pub(crate) blocks: Vec<Vec<u32>>,
    pub(crate) root: u32,
}

/// A playbook and those it calls, by id. They are pinned: a run keeps them to its end.
#[derive(Debug, Clone)]
pub struct PlanSet {
    /// The one that runs.
    pub main: Arc<Plan>,
    /// The others.
    pub called: BTreeMap<String, Arc<Plan>>,
}

impl From<Plan> for PlanSet {
    fn from(main: Plan) -> Self {
        Self {
            main: Arc::new(main),
            called: BTreeMap::new(),
        }
    }
}

/// One node of a playbook.
#[derive(Debug, Clone)]
pub(crate) struct Step {
    pub id: Arc<str>,
    /// JSON pointer to it in the document.
    pub pointer: Box<str>,
    pub title: String,
    pub why: String,
    pub phase: String,
    pub technique: String,
    pub when: Option<Bound<Expr>>,
    pub timeout_ms: Option<i64>,
    pub on_error: OnError,
    /// The steps that take back what it did.
    /// The block that takes back what the step did. It sees `undo`: `{input, output}` of the step.
    pub undo: Option<u32>,
    pub kind: Kind,
    /// False when no expression of the playbook looks at this step: a composite step then does not
    /// build its output.
    pub output_used: bool,
}

/// What follows when a step fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum OnError {
    /// The block fails.
    Fail,
    /// The next step follows.
    Continue,
    /// These steps, then the next.
    Do(u32),
}

impl Plan {
    /// Reads and checks a playbook. Every problem is reported; a plan comes only without errors.
    pub fn from_value(value: &Value) -> (Option<Plan>, Vec<Problem>) {
        parse::plan(value)
    }
    /// Its id.
    pub fn id(&self) -> &str {
        &self.id
    }
    /// Its title.
    pub fn title(&self) -> &str {
        &self.title
    }
    /// What it is for, in a few sentences.
    pub fn description(&self) -> &str {
        &self.description
    }
    /// The case types that it is for, each of which is a trigger too.
    pub fn case_types(&self) -> &[String] {
        &self.case_types
    }
    /// Words that it is found by.
    pub fn tags(&self) -> &[String] {
        &self.tags
    }
    /// The values it takes.
    pub fn inputs(&self) -> &[InputSpec] {
        &self.inputs
    }
    /// The values it gives back.
    pub fn outputs(&self) -> &[OutputSpec] {
        &self.output_specs
    }
    /// The events that it names literally in `emit`, without repetition.
    pub fn events(&self) -> Vec<String> {
        self.collect(|kind| match kind {
            Kind::Emit(step) => step.event.literal().map(str::to_owned),
            _ => None,
        })
    }
    /// How many steps it has, nested ones included.
    pub fn step_count(&self) -> usize {
        self.steps.len()
    }
    /// The playbooks that it calls, without repetition.
    pub fn calls(&self) -> Vec<String> {
        self.collect(|kind| match kind {
            Kind::Call(call) => Some(call.playbook.to_string()),
            _ => None,
        })
    }
    /// The bots that it runs, without repetition.
    pub fn bots(&self) -> Vec<String> {
        self.collect(|kind| match kind {
            Kind::Bot(step) => Some(step.name.clone()),
            _ => None,
        })
    }
    /// The capabilities that it names literally, without repetition.
    pub fn capabilities(&self) -> Vec<String> {
        self.collect(|kind| match kind {
            Kind::FanOut(step) => step.capability.literal().map(str::to_owned),
            _ => None,
        })
    }
    /// The actions that it names literally, the host's included, without repetition.
    pub fn actions(&self) -> Vec<String> {
        self.collect(|kind| match kind {
            Kind::Action(step) => step.action.literal().map(str::to_owned),
            _ => None,
        })
    }
    /// The tree of steps, for people.
    pub fn outline(&self) -> Outline {
        outline::outline(self)
    }

    /// A step that ends the run and not only itself.
    pub(crate) fn ends_the_run(&self) -> Option<&str> {
        let ends = |step: &&Step| step.kind.ends_the_run();
        self.steps.iter().find(ends).map(|step| &*step.id)
    }

    fn collect(&self, pick: impl Fn(&Kind) -> Option<String>) -> Vec<String> {
        let mut found: Vec<String> = self.steps.iter().filter_map(|s| pick(&s.kind)).collect();
        found.sort();
        found.dedup();
        found
    }
    pub(crate) fn step(&self, index: u32) -> Option<&Step> {
        self.steps.get(index as usize)
    }
    pub(crate) fn block(&self, index: u32) -> &[u32] {
        self.blocks.get(index as usize).map_or(&[], Vec::as_slice)
    }
}
