//! The course of a playbook, foreseen: one thing after the other, by recursion, without a table, a timer or a frame.
//!
//! It knows what a step asks the outside and asks an [`Oracle`] for the answer: the record of the run that is
//! checked, or the vendor's honest answer. What it says of a run must be what the run did.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::author::{CALLED, Condition, Kind, Number, OnError, Playbook, Step};

/// What a call came back with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// The number, if it gave one.
    pub n: Option<i64>,
    /// Whether it failed, and whether the failure says that a repetition may help.
    pub failed: Option<bool>,
}

/// Somebody who knows what calls came back with.
pub trait Oracle {
    /// The answer to an attempt of a call; nothing if it was never made.
    fn answer(&mut self, call: &Call) -> Option<Answer>;
}

/// A call to the product.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Call {
    /// The step's path.
    pub path: String,
    /// Which attempt, from 1.
    pub attempt: u32,
    /// The action.
    pub action: String,
    /// Its input.
    pub n: i64,
}

/// How a step ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    /// Well.
    Succeeded,
    /// Badly.
    Failed,
    /// Its condition did not hold.
    Skipped,
}

/// The whole course.
#[derive(Debug, Clone, PartialEq)]
pub struct Course {
    /// `succeeded` or `failed`.
    pub outcome: &'static str,
    /// What the playbook gives; null when it failed.
    pub output: Value,
    /// How each step ended, by path.
    pub steps: BTreeMap<String, Ended>,
    /// Every call.
    pub calls: Vec<Call>,
}

/// Foresees the course of a run.
///
/// # Errors
/// A call of which the oracle knows nothing.
pub fn foresee(
    main: &Playbook,
    called: &Playbook,
    oracle: &mut dyn Oracle,
) -> Result<Course, String> {
    let mut reference = Reference {
        called,
        oracle,
        steps: BTreeMap::new(),
        calls: Vec::new(),
        depth: 0,
        said: None,
    };
    let mut scope = Scope::new(main.n);
    let flow = reference.block(&main.steps, "", &mut scope)?;
    let said = reference.said.take();
    let output = said.unwrap_or_else(|| scope.output());
    let (outcome, output) = match flow {
        Flow::On => ("succeeded", scope.output()),
        Flow::Stop | Flow::Finish(true) => ("succeeded", output),
        Flow::Finish(false) => ("failed", output),
        Flow::Failed => ("failed", Value::Null),
    };
    Ok(Course {
        outcome,
        output,
        steps: reference.steps,
        calls: reference.calls,
    })
}

/// How a block or a step leaves what is around it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Flow {
    On,
    Failed,
    Finish(bool),
    Stop,
}

/// What expressions see in one playbook.
struct Scope {
    n: i64,
    vars: BTreeMap<String, i64>,
    results: BTreeMap<String, Option<i64>>,
    locals: BTreeMap<&'static str, i64>,
}

impl Scope {
    fn new(n: i64) -> Self {
        Self {
            n,
            vars: BTreeMap::new(),
            results: BTreeMap::new(),
            locals: BTreeMap::new(),
        }
    }
    fn output(&self) -> Value {
        json!({"vars": self.vars, "n": self.n})
    }
    fn number(&self, number: &Number) -> i64 {
        match number {
            Number::Const(n) => *n,
            Number::Input(plus) => self.n + plus,
            Number::Step(id, or) => self.results.get(id).copied().flatten().unwrap_or(*or),
            Number::Var(name, or) => self.vars.get(name).copied().unwrap_or(*or),
            Number::Local(name, plus) => self.locals.get(name).copied().unwrap_or(0) + plus,
        }
    }
    fn holds(&self, condition: &Condition) -> bool {
        match condition {
            Condition::Over(number, than) => self.number(number) > *than,
            Condition::Even(number) => self.number(number) % 2 == 0,
        }
    }
}

struct Reference<'a> {
    called: &'a Playbook,
    oracle: &'a mut dyn Oracle,
    steps: BTreeMap<String, Ended>,
    calls: Vec<Call>,
    /// How many playbooks deep it is.
    depth: u32,
    /// What the run gives, as its end saw it; a `finally` comes later.
    said: Option<Value>,
}

type Known<T> = Result<T, String>;

fn join(block: &str, id: &str) -> String {
    match block.is_empty() {
        true => id.to_owned(),
        false => format!("{block}/{id}"),
    }
}

impl Reference<'_> {
    fn block(&mut self, steps: &[Step], path: &str, scope: &mut Scope) -> Known<Flow> {
        for step in steps {
            let flow = self.step(step, &join(path, &step.id), scope)?;
            if flow != Flow::On {
                return Ok(flow);
            }
        }
        Ok(Flow::On)
    }

    fn step(&mut self, step: &Step, path: &str, scope: &mut Scope) -> Known<Flow> {
        scope.results.insert(step.id.clone(), None);
        if step.when.as_ref().is_some_and(|when| !scope.holds(when)) {
            self.steps.insert(path.to_owned(), Ended::Skipped);
            return Ok(Flow::On);
        }
        let patient = step.on_error == OnError::Continue;
        let flow = self.kind(step, path, patient, scope)?;
        match flow {
            Flow::On => {
                self.steps.insert(path.to_owned(), Ended::Succeeded);
                Ok(Flow::On)
            }
            Flow::Failed => {
                self.steps.insert(path.to_owned(), Ended::Failed);
                match &step.on_error {
                    OnError::Fail => Ok(Flow::Failed),
                    OnError::Continue => Ok(Flow::On),
                    OnError::Do(steps) => self.block(steps, path, scope),
                }
            }
            // What is around the end counts as done, up to the playbook that ends.
            Flow::Finish(_) | Flow::Stop => {
                if !matches!(step.kind, Kind::Call(_)) {
                    self.steps.insert(path.to_owned(), Ended::Succeeded);
                }
                Ok(flow)
            }
        }
    }

    fn kind(&mut self, step: &Step, path: &str, patient: bool, scope: &mut Scope) -> Known<Flow> {
        match &step.kind {
            Kind::Action {
                action, n, retries, ..
            } => {
                let n = scope.number(n);
                let answer = self.call(path, action, n, *retries)?;
                scope.results.insert(step.id.clone(), answer.n);
                Ok(match answer.failed {
                    Some(_) => Flow::Failed,
                    None => Flow::On,
                })
            }
            Kind::Comment(_) | Kind::Wait(_) | Kind::Emit => Ok(Flow::On),
            Kind::Set(values) => {
                let values: Vec<_> = values
                    .iter()
                    .map(|(name, value)| (name.clone(), scope.number(value)))
                    .collect();
                scope.vars.extend(values);
                Ok(Flow::On)
            }
            Kind::Fail => Ok(Flow::Failed),
            Kind::Finish(_) | Kind::Stop => {
                if self.depth == 0 {
                    self.said = Some(scope.output());
                }
                Ok(match step.kind {
                    Kind::Finish(well) => Flow::Finish(well),
                    _ => Flow::Stop,
                })
            }
            Kind::Loop {
                max,
                over,
                goes_on,
                body,
                ..
            } => self.rounds(path, *max, *over, *goes_on, body, scope),
            Kind::Try {
                body,
                catch,
                finally,
            } => self.attempt(path, body, catch.as_deref(), finally.as_deref(), scope),
            Kind::ForEach {
                items,
                gathers,
                body,
                ..
            } => self.each(path, items, (patient, *gathers), body, scope),
            Kind::Parallel(branches) => {
                let mut well = 0;
                for branch in branches {
                    well += u32::from(self.block(branch, path, scope)? == Flow::On);
                }
                Ok(if well == 0 { Flow::Failed } else { Flow::On })
            }
            Kind::Switch(cases) => {
                let holds = |when: &Option<Condition>| when.as_ref().is_none_or(|w| scope.holds(w));
                match cases.iter().find(|(when, _)| holds(when)) {
                    Some((_, steps)) => self.block(steps, path, scope),
                    None => Ok(Flow::On),
                }
            }
            Kind::Call(n) => {
                debug_assert_eq!(self.called.id, CALLED);
                let mut inside = Scope::new(scope.number(n));
                let steps = &self.called.steps;
                self.depth += 1;
                let flow = self.block(steps, path, &mut inside);
                self.depth -= 1;
                Ok(match flow? {
                    Flow::On | Flow::Finish(true) => Flow::On,
                    Flow::Failed | Flow::Finish(false) => Flow::Failed,
                    Flow::Stop => Flow::Stop,
                })
            }
        }
    }

    fn call(&mut self, path: &str, action: &str, n: i64, retries: u32) -> Known<Answer> {
        let mut attempt = 1;
        loop {
            let call = Call {
                path: path.to_owned(),
                attempt,
                action: action.to_owned(),
                n,
            };
            let answer = self
                .oracle
                .answer(&call)
                .ok_or_else(|| format!("there is no record of {call:?}"))?;
            self.calls.push(call);
            match answer.failed {
                Some(true) if attempt <= retries => attempt += 1,
                _ => return Ok(answer),
            }
        }
    }

    fn rounds(
        &mut self,
        path: &str,
        max: u32,
        over: i64,
        goes_on: bool,
        body: &[Step],
        scope: &mut Scope,
    ) -> Known<Flow> {
        for round in 0..max {
            let outer = scope.locals.insert("round", i64::from(round));
            let flow = self.block(body, &format!("{path}[{round}]"), scope)?;
            restore(scope, "round", outer);
            if flow != Flow::On {
                return Ok(flow);
            }
            if i64::from(round) > over {
                return Ok(Flow::On);
            }
        }
        Ok(if goes_on { Flow::On } else { Flow::Failed })
    }

    fn attempt(
        &mut self,
        path: &str,
        body: &[Step],
        catch: Option<&[Step]>,
        finally: Option<&[Step]>,
        scope: &mut Scope,
    ) -> Known<Flow> {
        let mut flow = self.block(body, path, scope)?;
        if flow == Flow::Failed
            && let Some(catch) = catch
        {
            flow = self.block(catch, path, scope)?;
        }
        if let Some(finally) = finally {
            let last = self.block(finally, path, scope)?;
            if flow == Flow::On {
                flow = last;
            }
        }
        Ok(flow)
    }

    fn each(
        &mut self,
        path: &str,
        items: &[i64],
        (patient, gathers): (bool, bool),
        body: &[Step],
        scope: &mut Scope,
    ) -> Known<Flow> {
        let mut failed = 0;
        for (index, item) in items.iter().enumerate() {
            let outer = [
                ("item", scope.locals.insert("item", *item)),
                ("index", scope.locals.insert("index", index as i64)),
            ];
            let flow = self.block(body, &format!("{path}[{index}]"), scope)?;
            for (name, value) in outer {
                restore(scope, name, value);
            }
            match flow {
                Flow::On => {}
                Flow::Failed if gathers => {}
                Flow::Failed if patient => failed += 1,
                other => return Ok(other),
            }
        }
        Ok(match failed > 0 && failed == items.len() {
            true => Flow::Failed,
            false => Flow::On,
        })
    }
}

fn restore(scope: &mut Scope, name: &'static str, value: Option<i64>) {
    match value {
        Some(value) => scope.locals.insert(name, value),
        None => scope.locals.remove(name),
    };
}

/// The product as it answers when nothing goes wrong.
#[derive(Debug, Clone, Copy, Default)]
pub struct Honest;

impl Oracle for Honest {
    fn answer(&mut self, call: &Call) -> Option<Answer> {
        use super::vendors::{Said, honest};
        Some(match honest(&call.action, call.n) {
            Said::Number(n) => Answer {
                n: Some(n),
                failed: None,
            },
            Said::Status(404) => Answer {
                n: None,
                failed: None,
            },
            Said::Status(_) | Said::Garbage => Answer {
                n: None,
                failed: Some(false),
            },
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sim::author;

    #[test]
    fn every_random_playbook_has_a_course_and_some_of_each_kind() {
        let mut seen = BTreeMap::<&str, u32>::new();
        for seed in 0..500 {
            let (main, called) = author::write(seed, "main");
            let course = foresee(&main, &called, &mut Honest).unwrap();
            assert!(!course.steps.is_empty(), "{seed}");
            *seen.entry(course.outcome).or_default() += 1;
            for ended in course.steps.values() {
                *seen
                    .entry(match ended {
                        Ended::Succeeded => "step succeeded",
                        Ended::Failed => "step failed",
                        Ended::Skipped => "step skipped",
                    })
                    .or_default() += 1;
            }
        }
        assert_eq!(seen.len(), 5, "{seen:?}");
        assert!(seen.values().all(|count| *count > 50), "{seen:?}");
    }
}
