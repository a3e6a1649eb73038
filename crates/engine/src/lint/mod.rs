//! The lint: what is sound as a document and still will not go well, or will be regretted.
//!
//! [`crate::Plan::from_value`] checks what a playbook says of itself. The lint looks further: at the types
//! of everything that expressions read, at what there is to be called ([`World`]), and at the ways through
//! the steps. It reads nothing and runs nothing. An error will fail at run time; a warning can be accepted
//! with `exempt` and a reason.

mod calls;
mod effects;
mod flow;
mod types;
mod unused;
mod world;

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use updraft_expr::{Reference, Segment, Shape};
use updraft_model::{Level, Problem};

pub use updraft_expr::{SEALED_KEY, Type};
pub use world::{Effect, HOST_ACTIONS, HostAction, Takes, Verb, World};

use crate::{
    plan::{Plan, Site, Step},
    steps::Kind,
};

/// Everything that the lint finds in a playbook, in the order of the text. What the playbook exempts is left
/// out; so is what [`Plan::from_value`] found already.
pub fn lint(plan: &Plan, world: &World) -> Vec<Problem> {
    let mut lint = Lint::new(plan, world);
    lint.types();
    lint.calls();
    lint.effects();
    lint.flow();
    lint.unused();
    let Lint {
        places,
        mut problems,
        ..
    } = lint;
    check_exemptions(plan, &mut problems);
    let line = |problem: &Problem| places.of(&problem.pointer);
    problems.sort_by_key(|problem| line(problem));
    problems.dedup();
    problems
}

/// One pass over one playbook.
struct Lint<'a> {
    plan: &'a Plan,
    world: &'a World,
    problems: Vec<Problem>,
    /// By step: the step around it and its block there; none at the top.
    parents: Vec<Option<Parent>>,
    /// By step: its expressions.
    sites: Vec<Vec<&'a Site>>,
    /// What each expression reads.
    reads: BTreeMap<&'a str, Vec<Reference>>,
    /// What is known of the results of steps.
    results: Arc<Shape>,
    /// What is known of the variables.
    vars: Arc<Shape>,
    /// By step: the kind of its output.
    outputs: Vec<updraft_expr::Type>,
    /// By pointer: the kind of the map that is given there.
    given: BTreeMap<&'a str, updraft_expr::Type>,
    places: Places,
}

#[derive(Clone, Copy)]
struct Parent {
    step: u32,
    block: u32,
}

/// The order in which steps are written.
struct Places(BTreeMap<String, usize>);

impl Places {
    /// The place of the innermost step around a pointer.
    fn of(&self, pointer: &str) -> (usize, String) {
        let mut at = pointer;
        loop {
            if let Some(place) = self.0.get(at) {
                return (*place, pointer.to_owned());
            }
            match at.rfind('/') {
                Some(end) => at = at.get(..end).unwrap_or_default(),
                None => return (usize::MAX, pointer.to_owned()),
            }
        }
    }
}

impl<'a> Lint<'a> {
    fn new(plan: &'a Plan, world: &'a World) -> Self {
        let mut sites: Vec<Vec<&Site>> = vec![Vec::new(); plan.steps.len()];
        for site in &plan.sites {
            if let Some(own) = site.step.and_then(|step| sites.get_mut(step as usize)) {
                own.push(site);
            }
        }
        let reads = plan.sites.iter();
        let reads = reads.map(|site| (site.pointer.as_str(), site.source.references()));
        let mut parents = vec![None; plan.steps.len()];
        for (index, step) in (0u32..).zip(&plan.steps) {
            for block in blocks_of(step) {
                for child in plan.block(block) {
                    if let Some(place) = parents.get_mut(*child as usize) {
                        *place = Some(Parent { step: index, block });
                    }
                }
            }
        }
        let places = plan.steps.iter().enumerate();
        let places = places.map(|(at, step)| (step.pointer.to_string(), at + 1));
        Lint {
            plan,
            world,
            problems: Vec::new(),
            parents,
            sites,
            reads: reads.collect(),
            results: Arc::default(),
            vars: Arc::default(),
            outputs: vec![updraft_expr::Type::Any; plan.steps.len()],
            given: BTreeMap::new(),
            places: Places(places.collect()),
        }
    }

    fn error(
        &mut self,
        code: &'static str,
        pointer: &str,
        text: impl Into<String>,
    ) -> &mut Problem {
        self.note(Problem::error(code, pointer, text))
    }
    fn warning(
        &mut self,
        code: &'static str,
        pointer: &str,
        text: impl Into<String>,
    ) -> &mut Problem {
        self.note(Problem::warning(code, pointer, text))
    }
    fn note(&mut self, problem: Problem) -> &mut Problem {
        let place = self.problems.len();
        self.problems.push(problem);
        &mut self.problems[place]
    }

    /// The steps with their numbers.
    fn steps(&self) -> impl Iterator<Item = (u32, &'a Step)> + use<'a> {
        (0u32..).zip(&self.plan.steps)
    }
    /// The steps around a step, innermost first, with the block through which each holds it.
    fn around(&self, step: u32) -> Vec<(Parent, &'a Step)> {
        let mut found = Vec::new();
        let mut at = step;
        while let Some(parent) = self.parents.get(at as usize).copied().flatten() {
            let Some(outer) = self.plan.step(parent.step) else {
                break;
            };
            found.push((parent, outer));
            at = parent.step;
        }
        found
    }
    /// The steps inside a block, all the way down.
    fn inside(&self, block: u32) -> Vec<u32> {
        let mut found = Vec::new();
        let mut todo = vec![block];
        while let Some(block) = todo.pop() {
            for index in self.plan.block(block) {
                found.push(*index);
                todo.extend(self.plan.step(*index).into_iter().flat_map(blocks_of));
            }
        }
        found.sort_unstable();
        found
    }
    /// What an expression reads.
    fn reads_at(&self, pointer: &str) -> &[Reference] {
        self.reads.get(pointer).map_or(&[], Vec::as_slice)
    }
    /// The expression of a step at a place below it.
    fn site(&self, step: u32, below: &str) -> Option<&'a Site> {
        let pointer = &self.plan.step(step)?.pointer;
        let own = self.sites.get(step as usize)?;
        let here = |site: &&&Site| site.pointer.strip_prefix(&**pointer) == Some(below);
        own.iter().find(here).copied()
    }
}

/// The first two names of a reference.
fn names(reference: &Reference) -> (&str, Option<&str>) {
    let second = match reference.path.get(1) {
        Some(Segment::Key(name)) => Some(name.as_str()),
        _ => None,
    };
    (reference.root(), second)
}

/// Every block of a step: its own, that of `on_error` and that of `undo`.
fn blocks_of(step: &Step) -> Vec<u32> {
    let mut blocks: Vec<u32> = step
        .kind
        .blocks()
        .into_iter()
        .map(|(_, block)| block)
        .collect();
    if let crate::plan::OnError::Do(block) = step.on_error {
        blocks.push(block);
    }
    blocks.extend(step.undo);
    blocks
}

/// An exemption must be of a warning that is there.
fn check_exemptions(plan: &Plan, problems: &mut Vec<Problem>) {
    let mut notes = Vec::new();
    for exemption in &plan.exemptions {
        let found = problems.iter().any(|problem| exemption.covers(problem));
        let error =
            |problem: &&Problem| problem.level == Level::Error && problem.code == exemption.code;
        if problems.iter().any(|problem| error(&problem)) {
            let text = format!("{} is an error and cannot be exempted", exemption.code);
            notes.push(Problem::error("UP050", exemption.pointer.as_str(), text));
        } else if !found && BY_LINT.contains(&exemption.code.as_str()) {
            let text = format!("nothing here is {}", exemption.code);
            let note = Problem::warning("UP051", exemption.pointer.as_str(), text);
            notes.push(note.at_key().hint("leave the exemption out"));
        }
    }
    problems.retain(|problem| !plan.exemptions.iter().any(|one| one.covers(problem)));
    problems.extend(notes);
}

/// The warnings that come from here and not from reading.
const BY_LINT: &[&str] = &[
    "UP039", "UP040", "UP041", "UP043", "UP044", "UP045", "UP046", "UP047", "UP048", "UP049",
];

/// True for steps that may change something outside.
fn is_call(kind: &Kind) -> bool {
    matches!(kind, Kind::Action(_) | Kind::FanOut(_))
}

/// Names without repetition, for hints.
fn known<'k>(names: impl IntoIterator<Item = &'k String>) -> Vec<&'k str> {
    let all: BTreeSet<&str> = names.into_iter().map(String::as_str).collect();
    all.into_iter().collect()
}
