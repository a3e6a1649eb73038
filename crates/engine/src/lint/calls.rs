//! What is called: whether it is there, and takes what it is given.

use std::collections::BTreeSet;

use updraft_expr::{Sealed, Shape, Type};

use super::{HOST_ACTIONS, HostAction, Lint, Takes, known};
use crate::{
    limits::CALL_DEPTH_MAX,
    plan::{Plan, Step, suggest_hint},
    steps::{HOST_NOUNS, Kind},
};

impl Lint<'_> {
    /// Walks all steps that call something.
    pub(super) fn calls(&mut self) {
        for (index, step) in self.steps() {
            match &step.kind {
                Kind::Action(action) => {
                    if let Some(name) = action.action.literal() {
                        self.action(step, name);
                    }
                    self.inputs(index, step, step.kind.subject().as_str());
                }
                Kind::FanOut(fan) => {
                    if let Some(name) = fan.capability.literal()
                        && !self.world.capabilities.contains_key(name)
                    {
                        let hint = suggest_hint(name, &known(self.world.capabilities.keys()));
                        let pointer = format!("{}/capability", step.pointer);
                        let text = format!("there is no capability `{}`", short(name));
                        self.error("UP033", &pointer, text).hint = hint;
                    }
                    self.inputs(index, step, step.kind.subject().as_str());
                }
                Kind::Bot(bot) => {
                    if let Some(bots) = &self.world.bots
                        && !bots.contains(&bot.name)
                    {
                        let hint = suggest_hint(&bot.name, &known(bots));
                        let pointer = format!("{}/bot", step.pointer);
                        let text = format!("there is no bot `{}`", short(&bot.name));
                        self.error("UP035", &pointer, text).hint = hint;
                    }
                    self.nothing_sealed(index, step, "a bot");
                }
                Kind::Call(call) => self.call(index, step, &call.playbook),
                Kind::Emit(_) => self.nothing_sealed(index, step, "an event"),
                _ => {}
            }
        }
        self.cycles();
    }

    fn action(&mut self, step: &Step, name: &str) {
        let pointer = format!("{}/action", step.pointer);
        let (noun, _) = name.split_once('.').unwrap_or_default();
        if HOST_NOUNS.contains(&noun) {
            if HostAction::find(name).is_none() {
                let names: Vec<&str> = HOST_ACTIONS.iter().map(|action| action.name).collect();
                let text = format!("there is no built-in action `{}`", short(name));
                self.error("UP034", &pointer, text).hint = suggest_hint(name, &names);
            }
            return;
        }
        if self.world.actions.contains_key(name) {
            return;
        }
        let prefix = format!("{noun}.");
        let same: Vec<&str> = known(self.world.actions.keys());
        let same: Vec<&str> = same
            .into_iter()
            .filter(|one| one.starts_with(&prefix))
            .collect();
        let (text, hint) = match same.is_empty() {
            false => (
                format!("the connector `{noun}` has no action `{}`", short(name)),
                suggest_hint(name, &same),
            ),
            true => {
                let names = self
                    .world
                    .actions
                    .keys()
                    .filter_map(|name| name.split_once('.'));
                let connectors: BTreeSet<&str> = names.map(|(connector, _)| connector).collect();
                let connectors: Vec<&str> = connectors.into_iter().collect();
                (
                    format!("there is no connector `{}`", short(noun)),
                    suggest_hint(noun, &connectors),
                )
            }
        };
        self.error("UP034", &pointer, text).hint = hint;
    }

    /// The `with` of a call.
    fn inputs(&mut self, index: u32, step: &Step, called: &str) {
        if HostAction::find(called).is_some() {
            self.nothing_sealed(index, step, "the host");
        }
        let Some(verb) = self.verb(step) else { return };
        let with = format!("{}/with", step.pointer);
        match self.given.get(with.as_str()).cloned() {
            Some(Type::Object(given)) => self.fitting(&with, &given, &verb.inputs, called),
            Some(_) => {}
            None => {
                let none = Shape::default();
                self.fitting(&step.pointer, &none, &verb.inputs, called);
            }
        }
    }

    fn fitting(
        &mut self,
        pointer: &str,
        given: &Shape,
        takes: &std::collections::BTreeMap<String, Takes>,
        called: &str,
    ) {
        for (name, kind) in &given.fields {
            let place = format!("{pointer}/{}", name.replace('~', "~0").replace('/', "~1"));
            match takes.get(name) {
                None => {
                    let hint = suggest_hint(name, &known(takes.keys()));
                    let text = format!("`{called}` takes no input `{}`", short(name));
                    let problem = self.error("UP037", &place, text);
                    problem.at_key = true;
                    problem.hint = hint;
                }
                Some(wanted) if !goes_in(kind, &wanted.kind) => {
                    let (found, wanted) = (kind.noun(), wanted.kind.noun());
                    let text = format!("the input `{name}` of `{called}` is {wanted}, not {found}");
                    self.error("UP037", &place, text);
                }
                Some(_) => {}
            }
        }
        if given.open {
            return;
        }
        for (name, wanted) in takes {
            if wanted.required && !given.fields.contains_key(name) {
                let text = format!("`{called}` needs the input `{name}`");
                self.error("UP037", pointer, text).hint = "add it to `with`".into();
            }
        }
    }

    /// What the host, a bot or an event gets is seen by many.
    fn nothing_sealed(&mut self, index: u32, step: &Step, who: &str) {
        for below in ["/with", "/emit/payload"] {
            let pointer = format!("{}{below}", step.pointer);
            let kind = self
                .site(index, below)
                .and(self.given.get(pointer.as_str()));
            if let Some(sealed) = kind.and_then(Type::sealed_inside) {
                let text = format!("{who} takes no {} value", sealed.word());
                self.error("UP032", &pointer, text).hint = match sealed {
                    Sealed::Secret => "only actions of connectors do".into(),
                    Sealed::Restricted => "show it with `mask`, `fingerprint` or `count`".into(),
                };
            }
        }
    }

    fn call(&mut self, index: u32, step: &Step, name: &str) {
        let pointer = format!("{}/call", step.pointer);
        let world = self.world;
        let Some(plan) = world.playbooks.get(name).map(AsRef::as_ref) else {
            if name != self.plan.id {
                let hint = suggest_hint(name, &known(world.playbooks.keys()));
                let text = format!("there is no playbook `{}`", short(name));
                self.error("UP036", &format!("{pointer}/playbook"), text)
                    .hint = hint;
            }
            return;
        };
        let takes = plan.inputs().iter().map(|spec| {
            let kind = spec.kind.kind();
            let required = spec.required;
            (spec.name.clone(), Takes { kind, required })
        });
        let takes = takes.collect();
        let place = format!("{pointer}/inputs");
        let given = self
            .site(index, "/call/inputs")
            .and(self.given.get(place.as_str()));
        match given.cloned() {
            Some(Type::Object(given)) => self.strict(&place, &given, &takes, name),
            Some(_) => {}
            None => self.strict(&pointer, &Shape::default(), &takes, name),
        }
    }

    /// A playbook does not turn texts into numbers.
    fn strict(
        &mut self,
        pointer: &str,
        given: &Shape,
        takes: &std::collections::BTreeMap<String, Takes>,
        called: &str,
    ) {
        for (name, kind) in &given.fields {
            if let Some(wanted) = takes.get(name)
                && goes_in(kind, &wanted.kind)
                && !kind.fits(&wanted.kind)
            {
                let (found, wanted) = (kind.noun(), wanted.kind.noun());
                let text = format!("the input `{name}` of `{called}` is {wanted}, not {found}");
                self.error("UP037", &format!("{pointer}/{name}"), text);
            }
        }
        self.fitting(pointer, given, takes, called);
    }

    /// Playbooks that call each other in a circle never come to an end.
    fn cycles(&mut self) {
        let mut circles = Vec::new();
        for (_, step) in self.steps() {
            if let Kind::Call(call) = &step.kind {
                let mut way = vec![self.plan.id.as_str()];
                if self.leads_back(&call.playbook, &mut way) {
                    way.push(self.plan.id.as_str());
                    circles.push((format!("{}/call/playbook", step.pointer), way.join(" → ")));
                }
            }
        }
        for (pointer, way) in circles {
            self.error(
                "UP038",
                &pointer,
                format!("the playbooks call each other in a circle: {way}"),
            )
            .hint = "let one of them end by itself".into();
        }
    }

    fn leads_back<'w>(&'w self, name: &'w str, way: &mut Vec<&'w str>) -> bool {
        if name == self.plan.id {
            return true;
        }
        if way.contains(&name) || way.len() > CALL_DEPTH_MAX {
            return false;
        }
        way.push(name);
        let calls = self.world.playbooks.get(name).map(|plan| callees(plan));
        let found = calls
            .into_iter()
            .flatten()
            .any(|callee| self.leads_back(callee, way));
        if !found {
            way.pop();
        }
        found
    }
}

fn callees(plan: &Plan) -> Vec<&str> {
    let calls = plan.steps.iter().filter_map(|step| match &step.kind {
        Kind::Call(call) => Some(&*call.playbook),
        _ => None,
    });
    calls.collect()
}

/// Whether a connector takes this for that: texts, numbers and flags are read from each other.
fn goes_in(kind: &Type, wanted: &Type) -> bool {
    let scalar = |kind: &Type| matches!(kind, Type::Text | Type::Number | Type::Boolean);
    match (kind, wanted) {
        (Type::Secret | Type::Restricted, Type::Text) => true,
        (a, b) if scalar(a) && scalar(b) => true,
        (a, b) => a.fits(b),
    }
}

fn short(name: &str) -> String {
    name.chars().take(80).collect()
}
