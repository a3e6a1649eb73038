//! Random playbooks whose course can be foreseen: as data for the reference, as a document for the product.
//!
//! What depends on who is faster is left out (`wait: any`, deadlines, variables shared by branches); the playbooks
//! of [`super::wild`] have it.

use serde_json::{Value, json};

use super::{Dice, content::CONNECTOR};

/// Deepest nesting of blocks.
const DEPTH_MAX: u32 = 3;
/// The connection that actions name.
pub const CONNECTION: &str = "main";
/// The playbook that the others call.
pub const CALLED: &str = "called";

/// A number that a step computes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Number {
    /// Itself.
    Const(i64),
    /// The input `n` and something.
    Input(i64),
    /// What a step gave, or this.
    Step(String, i64),
    /// A variable, or this.
    Var(String, i64),
    /// `item`, `index` or `round` of the innermost loop, and something.
    Local(&'static str, i64),
}

/// A condition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Condition {
    /// The number is larger.
    Over(Number, i64),
    /// The number is even.
    Even(Number),
}

/// What follows a failure.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OnError {
    /// The block fails.
    Fail,
    /// The block goes on.
    Continue,
    /// These steps are to mend it.
    Do(Vec<Step>),
}

/// A step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// Its id, unique in the playbook.
    pub id: String,
    /// Whether it runs.
    pub when: Option<Condition>,
    /// What follows a failure.
    pub on_error: OnError,
    /// What it does.
    pub kind: Kind,
}

/// A case of a switch; without a condition it holds always.
pub type Case = (Option<Condition>, Vec<Step>);

/// What a step does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kind {
    /// Asks the product, with so many repetitions.
    Action {
        /// Which action.
        action: &'static str,
        /// Its input.
        n: Number,
        /// Repetitions at most.
        retries: u32,
        /// The number of a key that all runs of the case share.
        key: Option<i64>,
    },
    /// Comments the case.
    Comment(Number),
    /// Waits so many seconds.
    Wait(u64),
    /// Sets variables.
    Set(Vec<(String, Number)>),
    /// Tells others.
    Emit,
    /// Fails.
    Fail,
    /// Ends the playbook, well or not.
    Finish(bool),
    /// Ends the run.
    Stop,
    /// Rounds until one is larger than `over`.
    Loop {
        /// Rounds at most.
        max: u32,
        /// The last round.
        over: i64,
        /// Seconds between rounds.
        delay: u64,
        /// Whether it is no failure when the rounds are used up.
        goes_on: bool,
        /// The steps.
        body: Vec<Step>,
    },
    /// Steps, their failure caught, their end never missed.
    Try {
        /// The steps.
        body: Vec<Step>,
        /// What mends.
        catch: Option<Vec<Step>>,
        /// What follows in any case.
        finally: Option<Vec<Step>>,
    },
    /// The same for every number.
    ForEach {
        /// The numbers.
        items: Vec<i64>,
        /// How many at once.
        concurrency: u32,
        /// Whether errors of items are gathered.
        gathers: bool,
        /// The steps.
        body: Vec<Step>,
    },
    /// Branches at the same time; a failure stops no other.
    Parallel(Vec<Vec<Step>>),
    /// The first case that holds.
    Switch(Vec<Case>),
    /// The other playbook.
    Call(Number),
}

/// A playbook.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Playbook {
    /// Its id.
    pub id: String,
    /// What `n` is when nobody says it.
    pub n: i64,
    /// Its steps.
    pub steps: Vec<Step>,
}

/// Where the author is.
#[derive(Clone)]
struct Place {
    depth: u32,
    /// Steps whose output can be used.
    seen: Vec<String>,
    /// Names of the loop around.
    local: Option<&'static str>,
    /// Something else is under way at the same time.
    concurrent: bool,
    /// In the called playbook.
    called: bool,
    /// In a `finally`.
    last: bool,
}

/// Writes the playbook of a seed and the one that it calls.
pub fn write(seed: u64, id: &str) -> (Playbook, Playbook) {
    let mut author = Author {
        dice: Dice(seed),
        next: 0,
    };
    let mut place = Place {
        depth: 0,
        seen: Vec::new(),
        local: None,
        concurrent: false,
        called: true,
        last: false,
    };
    let called = author.playbook(CALLED, &mut place.clone());
    place.called = false;
    (author.playbook(id, &mut place), called)
}

struct Author {
    dice: Dice,
    next: u32,
}

impl Author {
    fn playbook(&mut self, id: &str, place: &mut Place) -> Playbook {
        let count = 1 + self.dice.roll(if place.called { 3 } else { 6 });
        // A variable must be set somewhere to be used anywhere.
        let known = ["v0", "v1", "v2"].map(|name| (name.to_owned(), Number::Const(0)));
        let mut steps = vec![Step {
            id: self.id(),
            when: None,
            on_error: OnError::Fail,
            kind: Kind::Set(known.into()),
        }];
        steps.extend((0..count).map(|_| self.step(place)));
        Playbook {
            id: id.to_owned(),
            n: self.dice.roll(20) as i64,
            steps,
        }
    }

    fn id(&mut self) -> String {
        self.next += 1;
        format!("s{}", self.next)
    }

    /// A block inside a step; what it gives is not used outside.
    fn block(&mut self, place: &Place) -> Vec<Step> {
        let mut inside = Place {
            depth: place.depth + 1,
            ..place.clone()
        };
        let count = 1 + self.dice.roll(3);
        (0..count).map(|_| self.step(&mut inside)).collect()
    }

    fn step(&mut self, place: &mut Place) -> Step {
        let id = self.id();
        let kind = match place.depth < DEPTH_MAX && self.dice.chance(3) {
            true => self.holding(place),
            false => self.plain(place, &id),
        };
        let ends = matches!(kind, Kind::Finish(_) | Kind::Stop | Kind::Set(..));
        let patient = match &kind {
            Kind::Parallel(_) => true,
            Kind::ForEach {
                concurrency,
                gathers,
                ..
            } => *concurrency > 1 && !gathers,
            _ => false,
        };
        let on_error = match self.dice.roll(5) {
            _ if patient => OnError::Continue,
            0 | 1 => OnError::Continue,
            2 if place.depth < DEPTH_MAX && !ends => OnError::Do(self.block(place)),
            _ => OnError::Fail,
        };
        let when = self.dice.chance(7).then(|| self.condition(place));
        if matches!(kind, Kind::Action { .. }) {
            place.seen.push(id.clone());
        }
        Step {
            id,
            when,
            on_error,
            kind,
        }
    }

    fn plain(&mut self, place: &Place, id: &str) -> Kind {
        match self.dice.roll(16) {
            0..=6 => self.action(place),
            7 => Kind::Comment(self.number(place)),
            8 => Kind::Wait(self.dice.roll(90)),
            9 | 10 => {
                // One of several iterations would be the last to set it: all of them set the same.
                let value = match place.concurrent {
                    true => Number::Const(self.dice.roll(50) as i64),
                    false => self.number(place),
                };
                let name = match place.concurrent {
                    true => format!("v_{id}"),
                    false => format!("v{}", self.dice.roll(3)),
                };
                Kind::Set(vec![(name, value)])
            }
            11 => Kind::Emit,
            12 if self.dice.chance(2) => Kind::Fail,
            13 if self.dice.chance(3) && !place.concurrent && !place.last => {
                Kind::Finish(self.dice.chance(2))
            }
            14 if self.dice.chance(4) && !place.concurrent && !place.last && !place.called => {
                Kind::Stop
            }
            _ => self.action(place),
        }
    }

    fn action(&mut self, place: &Place) -> Kind {
        let action = match self.dice.roll(10) {
            0..=3 => "look",
            4 | 5 => "write_find",
            6 | 7 => "write_key",
            8 => "write_natural",
            _ => match self.dice.chance(3) {
                true => "job",
                false => "write_none",
            },
        };
        let retries = self.dice.roll(4) as u32;
        if self.dice.chance(6) {
            let key = self.dice.roll(3) as i64;
            let (action, n) = ("write_find", Number::Const(key));
            let key = Some(key);
            return Kind::Action {
                action,
                n,
                retries,
                key,
            };
        }
        Kind::Action {
            action,
            n: self.number(place),
            retries,
            key: None,
        }
    }

    fn holding(&mut self, place: &Place) -> Kind {
        match self.dice.roll(8) {
            0 => Kind::Loop {
                max: 1 + self.dice.roll(3) as u32,
                over: self.dice.roll(3) as i64,
                delay: self.dice.roll(20),
                goes_on: self.dice.chance(2),
                body: self.block(&Place {
                    local: Some("round"),
                    ..place.clone()
                }),
            },
            1 | 2 => self.attempt(place),
            3 | 4 => self.for_each(place),
            5 => {
                let inside = Place {
                    concurrent: true,
                    ..place.clone()
                };
                let branches = 2 + self.dice.roll(2);
                Kind::Parallel((0..branches).map(|_| self.block(&inside)).collect())
            }
            6 => Kind::Switch(vec![
                (Some(self.condition(place)), self.block(place)),
                (
                    self.dice.chance(3).then(|| self.condition(place)),
                    self.block(place),
                ),
            ]),
            _ if place.called => self.attempt(place),
            _ => Kind::Call(self.number(place)),
        }
    }

    fn attempt(&mut self, place: &Place) -> Kind {
        let body = self.block(place);
        let catch = self.dice.chance(2).then(|| self.block(place));
        let last = Place {
            last: true,
            ..place.clone()
        };
        let finally = (catch.is_none() || self.dice.chance(2)).then(|| self.block(&last));
        Kind::Try {
            body,
            catch,
            finally,
        }
    }

    fn for_each(&mut self, place: &Place) -> Kind {
        let count = self.dice.roll(4);
        let items = (0..count).map(|_| self.dice.roll(40) as i64).collect();
        let concurrency = 1 + self.dice.roll(3) as u32;
        let inside = Place {
            local: Some(if self.dice.chance(2) { "item" } else { "index" }),
            concurrent: place.concurrent || concurrency > 1,
            ..place.clone()
        };
        Kind::ForEach {
            items,
            concurrency,
            gathers: self.dice.chance(3),
            body: self.block(&inside),
        }
    }

    fn number(&mut self, place: &Place) -> Number {
        let plus = self.dice.roll(20) as i64;
        match self.dice.roll(6) {
            0 | 1 => {
                let at = self.dice.roll(place.seen.len() as u64) as usize;
                match place.seen.get(at) {
                    Some(id) => Number::Step(id.clone(), plus),
                    None => Number::Input(plus),
                }
            }
            2 if !place.concurrent => Number::Var(format!("v{}", self.dice.roll(3)), plus),
            3 | 4 => match place.local {
                Some(name) => Number::Local(name, plus),
                None => Number::Input(plus),
            },
            _ => Number::Const(plus),
        }
    }

    fn condition(&mut self, place: &Place) -> Condition {
        let number = self.number(place);
        match self.dice.chance(3) {
            true => Condition::Even(number),
            false => Condition::Over(number, self.dice.roll(10) as i64),
        }
    }
}

impl Number {
    fn text(&self) -> String {
        match self {
            Number::Const(n) => n.to_string(),
            Number::Input(plus) => format!("inputs.n + {plus}"),
            Number::Step(id, or) => format!("steps?.{id}?.output?.n ?? {or}"),
            Number::Var(name, or) => format!("vars?.{name} ?? {or}"),
            Number::Local(name, plus) => format!("{name} + {plus}"),
        }
    }
    fn template(&self) -> Value {
        match self {
            Number::Const(n) => json!(n),
            other => json!(format!("{{{{ {} }}}}", other.text())),
        }
    }
}

impl Condition {
    fn text(&self) -> String {
        match self {
            Condition::Over(number, than) => format!("({}) > {than}", number.text()),
            Condition::Even(number) => format!("({}) % 2 == 0", number.text()),
        }
    }
}

impl Playbook {
    /// The document, as the product reads it.
    pub fn document(&self) -> Value {
        json!({
            "format": 1,
            "id": self.id,
            "title": self.id,
            "inputs": {"n": {"type": "integer", "default": self.n}},
            "outputs": {"vars": "{{ vars }}", "n": "{{ inputs.n }}"},
            "steps": block(&self.steps),
        })
    }
}

fn block(steps: &[Step]) -> Value {
    steps.iter().map(Step::document).collect()
}

impl Step {
    fn document(&self) -> Value {
        let mut step = self.kind.document();
        step["id"] = json!(self.id);
        if let Some(when) = &self.when {
            step["when"] = json!(when.text());
        }
        match &self.on_error {
            OnError::Fail => {}
            OnError::Continue => step["on_error"] = json!("continue"),
            OnError::Do(steps) => step["on_error"] = json!({"do": block(steps)}),
        }
        step
    }
}

impl Kind {
    fn document(&self) -> Value {
        match self {
            Kind::Action {
                action,
                n,
                retries,
                key,
            } => {
                let mut step = json!({
                    "action": format!("{CONNECTOR}.{action}"),
                    "connection": CONNECTION,
                    "with": {"n": n.template()},
                });
                if let Some(key) = key {
                    step["key"] = json!(format!("{{{{ case.id }}}}:{key}"));
                }
                if *retries > 0 {
                    step["retry"] = json!({"max": retries, "delay": "2s", "delay_max": "9s"});
                }
                step
            }
            Kind::Comment(n) => {
                let text = match n {
                    Number::Const(n) => json!(format!("number {n}")),
                    other => json!(format!("number {{{{ {} }}}}", other.text())),
                };
                json!({"action": "case.comment", "with": {"text": text}})
            }
            Kind::Wait(seconds) => json!({"wait": {"delay": format!("{seconds}s")}}),
            Kind::Set(values) => {
                let values = values.iter().map(|(name, n)| (name.clone(), n.template()));
                json!({"set": values.collect::<serde_json::Map<String, Value>>()})
            }
            Kind::Emit => json!({"emit": {"event": "noted", "payload": {"n": 1}}}),
            Kind::Fail => json!({"fail": {"code": "no_luck", "message": "it was to be"}}),
            Kind::Finish(well) => {
                json!({"finish": {"outcome": if *well { "succeeded" } else { "failed" }}})
            }
            Kind::Stop => json!({"stop": "enough"}),
            Kind::Loop {
                max,
                over,
                delay,
                goes_on,
                body,
            } => json!({"loop": {
                "max": max,
                "delay": format!("{delay}s"),
                "until": format!("round > {over}"),
                "do": block(body),
                "on_exhausted": if *goes_on { "continue" } else { "fail" },
            }}),
            Kind::Try {
                body,
                catch,
                finally,
            } => {
                let mut step = json!({"try": block(body)});
                if let Some(catch) = catch {
                    step["catch"] = block(catch);
                }
                if let Some(finally) = finally {
                    step["finally"] = block(finally);
                }
                step
            }
            Kind::ForEach {
                items,
                concurrency,
                gathers,
                body,
            } => {
                let mut step = json!({
                    "for_each": format!("{{{{ {} }}}}", json!(items)),
                    "concurrency": concurrency,
                    "do": block(body),
                });
                if *gathers {
                    step["on_item_error"] = json!("collect");
                }
                step
            }
            Kind::Parallel(branches) => {
                let branches: Vec<Value> = branches.iter().map(|steps| block(steps)).collect();
                json!({"parallel": branches})
            }
            Kind::Switch(cases) => {
                let last = cases.len().saturating_sub(1);
                let case = |(at, (when, steps)): (usize, &Case)| match when {
                    Some(when) => json!({"when": when.text(), "do": block(steps)}),
                    None if at == last => json!({"else": true, "do": block(steps)}),
                    None => json!({"when": "true", "do": block(steps)}),
                };
                json!({"switch": cases.iter().enumerate().map(case).collect::<Vec<_>>()})
            }
            Kind::Call(n) => json!({"call": {"playbook": CALLED, "inputs": {"n": n.template()}}}),
        }
    }
}
