//! Types: what each step gives, and whether everything that is read can be there.
//!
//! The steps are walked in the order in which they run, twice: the first time to learn what variables hold,
//! the second time to complain. A step's result is known to those after it; nothing is ever evaluated.

use std::sync::Arc;

use updraft_expr::{Shape, Type, TypeFaultKind, TypeScope};
use updraft_model::Problem;

use super::{HostAction, Lint, Verb};
use crate::{
    plan::{OnError, Plan, Site, Step},
    steps::Kind,
};

/// The names at the top as they are at one place.
struct Names<'n> {
    plan: &'n Plan,
    results: &'n Arc<Shape>,
    vars: &'n Arc<Shape>,
    locals: &'n [(String, Type)],
}

impl TypeScope for Names<'_> {
    fn type_of(&self, name: &str) -> Option<Type> {
        if let Some((_, kind)) = self.locals.iter().rev().find(|(local, _)| local == name) {
            return Some(kind.clone());
        }
        Some(match name {
            "steps" => Type::Object(Arc::clone(self.results)),
            "vars" => Type::Object(Arc::clone(self.vars)),
            "inputs" => {
                let specs = self.plan.inputs.iter();
                Type::closed(specs.map(|spec| (spec.name.clone(), spec.kind.kind())))
            }
            "run" => Type::closed([("id", Type::Text), ("started_at", Type::Text)]),
            "now" => Type::Text,
            "case" => case(),
            _ => return None,
        })
    }
}

/// What is known of a case.
fn case() -> Type {
    let observable = Type::open([
        ("type", Type::Text),
        ("value", Type::Text),
        ("excluded", Type::Any),
        ("capability", Type::Text),
        ("input", Type::open::<String>([])),
        ("registration", Type::Any),
    ]);
    let ticket = ["id", "url", "connection", "connector"].map(|name| (name, Type::Text));
    let mut fields: Vec<(&str, Type)> = [
        "id", "type", "title", "severity", "status", "verdict", "url",
    ]
    .map(|name| (name, Type::Text))
    .into();
    fields.extend([
        ("number", Type::Number),
        ("occurrences", Type::Number),
        ("observables", Type::list(observable)),
        ("files", Type::list(Type::Any)),
        ("ticket", Type::open(ticket)),
    ]);
    Type::open(fields)
}

impl<'a> Lint<'a> {
    /// Walks all steps and complains.
    pub(super) fn types(&mut self) {
        for complain in [false, true] {
            self.results = Arc::default();
            let mut walk = Walk {
                lint: self,
                locals: Vec::new(),
                complain,
            };
            walk.block(walk.lint.plan.root);
            let last: Vec<&Site> = walk
                .lint
                .plan
                .sites
                .iter()
                .filter(|site| site.step.is_none() && site.pointer == "/outputs")
                .collect();
            for site in last {
                let kind = walk.infer(site);
                walk.outputs(site, &kind);
            }
        }
    }

    /// What a step calls, if it is written out and known.
    pub(super) fn verb(&self, step: &Step) -> Option<Verb> {
        match &step.kind {
            Kind::Action(action) => {
                let name = action.action.literal()?;
                let host = HostAction::find(name).map(HostAction::verb);
                host.or_else(|| self.world.actions.get(name).cloned())
            }
            Kind::FanOut(step) => self
                .world
                .capabilities
                .get(step.capability.literal()?)
                .cloned(),
            _ => None,
        }
    }
}

struct Walk<'w, 'a> {
    lint: &'w mut Lint<'a>,
    locals: Vec<(String, Type)>,
    complain: bool,
}

impl<'a> Walk<'_, 'a> {
    fn infer(&mut self, site: &'a Site) -> Type {
        let names = Names {
            plan: self.lint.plan,
            results: &self.lint.results,
            vars: &self.lint.vars,
            locals: &self.locals,
        };
        let mut faults = Vec::new();
        let kind = site.source.infer(&names, &mut faults);
        if !self.complain {
            return kind;
        }
        for (place, fault) in faults {
            let code = match fault.kind {
                TypeFaultKind::Field => "UP030",
                TypeFaultKind::Mismatch => "UP031",
                TypeFaultKind::Sealed => "UP032",
            };
            let pointer = format!("{}{place}", site.pointer);
            let problem = Problem::error(code, pointer, fault.message).hint(fault.hint);
            let (start, end) = fault.span;
            self.lint.note(problem.within(start, end));
        }
        if site.shown
            && let Some(sealed) = kind.sealed_inside()
        {
            let text = format!("a {} value cannot be shown", sealed.word());
            self.lint.error("UP032", &site.pointer, text).hint = hint_of(sealed).into();
        }
        self.lint.given.insert(&site.pointer, kind.clone());
        kind
    }

    /// What the playbook gives back must be what it says.
    fn outputs(&mut self, site: &'a Site, kind: &Type) {
        let Type::Object(shape) = kind else { return };
        for spec in self.lint.plan.outputs() {
            let Some(found) = shape.fields.get(&spec.name).filter(|_| self.complain) else {
                continue;
            };
            let wanted = spec.kind.kind();
            if !found.fits(&wanted) {
                let pointer = format!("{}/{}/value", site.pointer, spec.name);
                let text = format!(
                    "the output `{}` is {}, not of the type {}",
                    spec.name,
                    found.noun(),
                    spec.kind.word()
                );
                self.lint.error("UP031", &pointer, text);
            }
        }
    }

    fn block(&mut self, block: u32) -> Type {
        let mut last = Type::Any;
        for index in self.lint.plan.block(block) {
            last = self.step(*index);
        }
        last
    }

    fn scoped(&mut self, block: u32, names: &[(&str, Type)]) -> Type {
        let before = self.locals.len();
        let names = names
            .iter()
            .map(|(name, kind)| (String::from(*name), kind.clone()));
        self.locals.extend(names);
        let last = self.block(block);
        self.locals.truncate(before);
        last
    }

    /// Gives the kind of the step's output.
    fn step(&mut self, index: u32) -> Type {
        let Some(step) = self.lint.plan.step(index) else {
            return Type::Any;
        };
        let own = self
            .lint
            .sites
            .get(index as usize)
            .cloned()
            .unwrap_or_default();
        // These see what is inside the step.
        let later = |site: &&&Site| {
            let below = site
                .pointer
                .strip_prefix(&*step.pointer)
                .unwrap_or_default();
            below == "/collect" || below == "/loop/until"
        };
        for site in own.iter().filter(|site| !later(site)) {
            self.infer(site);
        }
        let output = self.output(index, step, own.iter().copied().find(|site| later(&site)));
        self.remember(index, step, output.clone());
        if let OnError::Do(block) = step.on_error {
            self.block(block);
        }
        if let Some(block) = step.undo {
            let undo = Type::closed([("input", Type::Any), ("output", output.clone())]);
            self.scoped(block, &[("undo", undo)]);
        }
        output
    }

    fn output(&mut self, index: u32, step: &'a Step, later: Option<&'a Site>) -> Type {
        match &step.kind {
            Kind::ForEach(each) => {
                self.for_each(index, &each.name, (each.block, each.gathers), later)
            }
            Kind::Loop(each) => {
                let before = self.locals.len();
                self.locals.push(("round".into(), Type::Number));
                let last = self.block(each.block);
                later.map(|site| self.infer(site));
                self.locals.truncate(before);
                let fields = [
                    ("rounds", Type::Number),
                    ("exhausted", Type::Boolean),
                    ("last", last),
                ];
                Type::closed(fields)
            }
            Kind::Try(guarded) => {
                let mut last = self.block(guarded.body);
                if let Some(catch) = guarded.catch {
                    let caught = self.scoped(catch, &[("error", error())]);
                    last = last.or(&caught);
                }
                guarded.finally.map(|block| self.block(block));
                last
            }
            Kind::Switch(switch) => {
                let blocks = switch.cases.iter().map(|case| case.block);
                let kinds: Vec<Type> = blocks.map(|block| self.block(block)).collect();
                kinds
                    .into_iter()
                    .reduce(|a, b| a.or(&b))
                    .unwrap_or(Type::Any)
            }
            Kind::Parallel(parallel) => {
                let kinds: Vec<(String, Type)> = parallel
                    .branches
                    .iter()
                    .map(|(name, block)| (name.clone(), self.block(*block)))
                    .collect();
                match parallel.named {
                    true => Type::closed(kinds),
                    false => {
                        let all = kinds.into_iter().map(|(_, kind)| kind);
                        Type::list(
                            all.reduce(|a, b| if a == b { a } else { Type::Any })
                                .unwrap_or(Type::Any),
                        )
                    }
                }
            }
            Kind::Set(_) => {
                self.set(index);
                Type::Any
            }
            Kind::Call(call) => {
                let called = self.lint.world.playbooks.get(&*call.playbook);
                called.map_or(Type::Any, |plan| outputs_of(plan))
            }
            Kind::Action(_) => self.lint.verb(step).map_or(Type::Any, |verb| verb.output),
            Kind::FanOut(_) => {
                let output = self.lint.verb(step).map_or(Type::Any, |verb| verb.output);
                fan_out(output)
            }
            Kind::Manual(_) => self.answer(index, "/manual/form", &["note", "skipped", "by"]),
            Kind::Ask(_) => self.answer(index, "/ask/form", &["note", "by"]),
            Kind::Approve(_) => Type::closed([
                ("approved", Type::Boolean),
                ("by", Type::list(Type::Text)),
                ("note", Type::Text),
                ("defaulted", Type::Boolean),
            ]),
            Kind::Wait(_)
            | Kind::Rollback(_)
            | Kind::Finish(_)
            | Kind::Bot(_)
            | Kind::Emit(_)
            | Kind::Fail(_)
            | Kind::Stop(_) => Type::Any,
        }
    }

    fn for_each(
        &mut self,
        index: u32,
        name: &str,
        (block, gathers): (u32, bool),
        later: Option<&'a Site>,
    ) -> Type {
        let list = self.lint.site(index, "/for_each").map(|site| {
            let kind = self.infer_quietly(site);
            if self.complain && !matches!(kind, Type::Any | Type::List(_)) {
                let text = format!("`for_each` needs a list, not {}", kind.noun());
                self.lint.error("UP031", &site.pointer, text).hint =
                    "a map has `values` and `entries`".into();
            }
            kind
        });
        let item = match list {
            Some(Type::List(item)) => item.as_ref().clone(),
            _ => Type::Any,
        };
        let before = self.locals.len();
        self.locals.push((name.to_owned(), item));
        self.locals.push(("index".into(), Type::Number));
        let last = self.block(block);
        let collected = match later {
            Some(site) => self.infer(site),
            None => last,
        };
        self.locals.truncate(before);
        match gathers {
            false => Type::list(collected),
            true => {
                let mut fields = error_fields();
                fields.push(("index", Type::Number));
                let errors = Type::list(Type::closed(fields));
                Type::closed([("items", Type::list(collected)), ("errors", errors)])
            }
        }
    }

    fn infer_quietly(&mut self, site: &'a Site) -> Type {
        let complain = std::mem::replace(&mut self.complain, false);
        let kind = self.infer(site);
        self.complain = complain;
        kind
    }

    fn set(&mut self, index: u32) {
        let Some(site) = self.lint.site(index, "/set") else {
            return;
        };
        let Type::Object(found) = self.infer_quietly(site) else {
            return;
        };
        let vars = Arc::make_mut(&mut self.lint.vars);
        for (name, kind) in &found.fields {
            let joined = vars
                .fields
                .get(name)
                .map_or_else(|| kind.clone(), |known| known.or(kind));
            vars.fields.insert(name.clone(), joined);
        }
    }

    /// The output of a step that asks people, with the fields of its form.
    fn answer(&mut self, index: u32, form: &str, texts: &[&str]) -> Type {
        let mut values = Shape {
            open: true,
            ..Shape::default()
        };
        let fields = self.lint.plan.step(index).and_then(|step| step.kind.form());
        for (name, word) in fields.into_iter().flatten() {
            let kind = match word.as_str() {
                "text" | "long_text" | "date" => Type::Text,
                "boolean" => Type::Boolean,
                "number" => Type::Number,
                "choices" => Type::list(Type::Any),
                "secret" => Type::Secret,
                "restricted" => Type::Restricted,
                _ => Type::Any,
            };
            values.fields.insert(name.clone(), kind);
        }
        values.open = values.fields.is_empty();
        // Without a form nothing is filled in.
        values.open &= self.lint.site(index, form).is_some();
        let mut fields: Vec<(&str, Type)> = texts.iter().map(|name| (*name, Type::Text)).collect();
        fields.push(("values", Type::Object(Arc::new(values))));
        fields.push(("defaulted", Type::Boolean));
        if form == "/ask/form" {
            fields.push(("broke_out", Type::Boolean));
        }
        Type::closed(fields)
    }

    fn remember(&mut self, index: u32, step: &Step, output: Type) {
        let mut fields = vec![
            ("status", Type::Text),
            ("output", output.clone()),
            ("error", error()),
        ];
        if matches!(step.kind, Kind::Action(_)) {
            let verdict = ["level", "source", "explanation", "reliability"];
            let mut verdict: Vec<(&str, Type)> = verdict.map(|name| (name, Type::Text)).into();
            verdict.push(("score", Type::Number));
            fields.extend([
                ("found", Type::Boolean),
                ("verdict", Type::open(verdict)),
                ("link", Type::Text),
            ]);
        }
        if let Some(place) = self.lint.outputs.get_mut(index as usize) {
            *place = output;
        }
        let results = Arc::make_mut(&mut self.lint.results);
        results.open = true;
        results
            .fields
            .insert(step.id.to_string(), Type::closed(fields));
    }
}

fn hint_of(sealed: updraft_expr::Sealed) -> &'static str {
    match sealed {
        updraft_expr::Sealed::Secret => {
            "hand it on as a whole: `{{ inputs.name }}` in the `with` of an action"
        }
        updraft_expr::Sealed::Restricted => "show it with `mask`, `fingerprint` or `count`",
    }
}

fn error_fields() -> Vec<(&'static str, Type)> {
    ["code", "message", "hint", "step"]
        .map(|name| (name, Type::Text))
        .into()
}

fn error() -> Type {
    Type::closed(error_fields())
}

/// The outputs of a playbook as its callers see them.
pub(super) fn outputs_of(plan: &Plan) -> Type {
    let specs = plan.outputs().iter();
    // A `finish` may give something else.
    let finishes = plan
        .steps
        .iter()
        .any(|step| matches!(step.kind, Kind::Finish(_)));
    let fields = specs.map(|spec| (spec.name.clone(), spec.kind.kind()));
    match finishes {
        true => Type::open(fields),
        false => Type::closed(fields),
    }
}

fn fan_out(output: Type) -> Type {
    let verdict = [
        ("level", Type::Text),
        ("score", Type::Number),
        ("source", Type::Text),
        ("explanation", Type::Text),
        ("reliability", Type::Text),
    ];
    let texts = [
        "target",
        "connector",
        "action",
        "status",
        "reason",
        "code",
        "link",
        "raw",
    ];
    let mut answer: Vec<(&str, Type)> = texts.map(|name| (name, Type::Text)).into();
    answer.extend([
        ("output", output),
        ("verdict", Type::open(verdict)),
        ("latency_ms", Type::Number),
        ("cached", Type::Boolean),
    ]);
    let mut fields: Vec<(&str, Type)> = ["answered", "not_found", "failed", "skipped"]
        .map(|name| (name, Type::Number))
        .into();
    fields.push(("answers", Type::list(Type::closed(answer))));
    Type::closed(fields)
}
