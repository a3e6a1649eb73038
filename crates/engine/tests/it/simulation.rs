//! Random playbooks, a random host with faults, and what must hold after every single input.
//!
//! One seed is one playbook and one course of events. `ENGINE_SEEDS=10000` runs more of them,
//! `ENGINE_SEED=17` runs one again.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};
use updraft_engine::{
    ActionResult, AskKind, Effect, Input, Machine, Plan, PlanSet, Status, StepError, StepKey,
    StepStatus, TimerKey, TimerKind, replay,
};
use updraft_model::{Actor, Timestamp};

use crate::host;

/// The random playbooks and the dice are the driver's simulation's.
#[path = "../../../testkit/src/sim/dice.rs"]
mod dice;
#[path = "../../../testkit/src/sim/wild.rs"]
mod wild;

use dice::Dice;

const WORDS: wild::Words = wild::Words {
    actions: &["x.write"],
    connection: None,
    note: ("case.note", "n"),
    address: ("n", None),
    company: true,
};

/// Keeps what the machine asked for, so that what it says later can be held against it.
struct World {
    dice: Dice,
    now: i64,
    plans: PlanSet,
    machine: Machine,
    owed: BTreeMap<StepKey, Effect>,
    /// Calls that saved their state and sleep; they may still be answered.
    asleep: BTreeSet<StepKey>,
    journal: Vec<Input>,
    effects: Vec<Vec<Effect>>,
}

impl World {
    fn new(seed: u64) -> Self {
        let mut author = wild::Author::new(seed, WORDS);
        let other = author.playbook("other");
        let main = author.playbook("main");
        let mut plans = PlanSet::from(host::plan(&main));
        plans
            .called
            .insert("other".into(), host::plan(&other).into());
        World {
            dice: Dice(seed ^ 0xABCD),
            now: host::T0,
            machine: Machine::new(plans.clone(), false),
            plans,
            owed: BTreeMap::new(),
            asleep: BTreeSet::new(),
            journal: Vec::new(),
            effects: Vec::new(),
        }
    }

    /// Hands over an input that must be taken, and checks what must hold ever after.
    fn give(&mut self, input: Input) {
        assert!(self.machine.fits(&input), "{input:?}");
        if let Input::Done { key, .. } | Input::Resolved { key, .. } = &input {
            self.owed.remove(key);
        }
        let answered = match &input {
            Input::Answered { key, .. } => Some(key.clone()),
            _ => None,
        };
        if let Input::Progress {
            key,
            wake_at: Some(_),
            ..
        } = &input
        {
            self.owed.remove(key);
            self.asleep.insert(key.clone());
        }
        let effects = self.machine.handle(&input);
        self.journal.push(input);
        // An approval may need more than one.
        if let Some(key) = answered.filter(|key| self.machine.question(key).is_none()) {
            self.owed.remove(&key);
        }
        for effect in &effects {
            match effect {
                Effect::Resolve { key, .. }
                | Effect::Invoke { key, .. }
                | Effect::Host { key, .. }
                | Effect::Ask { key, .. }
                | Effect::Watch { key }
                | Effect::Resume { key, .. } => {
                    self.asleep.remove(key);
                    let twice = self.owed.insert(key.clone(), effect.clone());
                    assert!(twice.is_none(), "asked twice for {key}");
                }
                Effect::Abandon { key } => {
                    self.owed.remove(key);
                    self.asleep.remove(key);
                }
                Effect::Remind { key, .. } => assert!(self.owed.contains_key(key)),
                Effect::Emit { .. } => {}
                Effect::Finished { .. } => assert!(self.machine.outcome().is_some()),
            }
        }
        self.effects.push(effects);
        self.check();
    }

    fn check(&self) {
        let pending = self.machine.pending();
        if self.machine.outcome().is_some() {
            assert!(matches!(pending.as_slice(), [Effect::Finished { .. }]));
            assert!(self.machine.next_deadline().is_none());
            return;
        }
        let keys: Vec<&StepKey> = pending.iter().filter_map(key_of).collect();
        // A resolve of a run that was dropped is not abandoned, it is answered at once.
        let owed: Vec<&StepKey> = self
            .owed
            .iter()
            .filter(|(key, effect)| !matches!(effect, Effect::Resolve { .. }) || keys.contains(key))
            .map(|(key, _)| key)
            .collect();
        let mut sorted = keys.clone();
        sorted.sort();
        assert_eq!(sorted, owed, "what is pending is what is owed");
        let stuck = pending.is_empty()
            && self.machine.next_deadline().is_none()
            && !self.machine.waiting_for().contains("signal");
        assert!(!stuck, "nothing will ever happen again");
    }

    /// Hands over something that must be ignored.
    fn bother(&mut self, input: &Input) {
        match input {
            Input::Done { key, .. } if self.owed.contains_key(key) || self.asleep.contains(key) => {
                return;
            }
            Input::Answered { key, .. } if self.owed.contains_key(key) => return,
            Input::Resolved { key, .. } if self.owed.contains_key(key) => return,
            Input::Timer { .. } if self.machine.fits(input) => return,
            _ => assert!(!self.machine.fits(input), "{input:?} must not fit"),
        }
        let before = self.machine.digest();
        assert!(self.machine.handle(input).is_empty());
        assert_eq!(self.machine.digest(), before);
    }

    fn play(&mut self) {
        let context = json!({"case": {"due": "2023-11-14T22:14:00Z", "level": 0}});
        self.give(host::started(json!({}), context));
        for _ in 0..3_000 {
            if self.machine.outcome().is_some() {
                return;
            }
            if self.dice.chance(3) {
                self.disturb();
            }
            if self.dice.chance(10) {
                self.crash();
            }
            if self.dice.chance(400) {
                let by = Actor::system("test");
                let at = self.at();
                let cancel = Input::Cancel {
                    by,
                    reason: "enough".into(),
                    at,
                };
                self.give(cancel.clone());
                // What is left of the run are its `finally` blocks; the second cancel ends these, too.
                if self.machine.outcome().is_some() {
                    return;
                }
                if self.dice.chance(2) {
                    return self.give(cancel);
                }
            }
            self.proceed();
        }
        panic!("the run does not end");
    }

    fn at(&self) -> Timestamp {
        Timestamp::from_millis(self.now)
    }

    /// Something that may happen at this point happens.
    fn proceed(&mut self) {
        self.now += i64::try_from(self.dice.roll(2_000)).unwrap();
        let waits = self.machine.waiting_for().contains("signal");
        if self.dice.chance(200) {
            let (name, payload, at) = ("break_out".into(), json!({}), self.at());
            return self.give(Input::Signal { name, payload, at });
        }
        if self.dice.chance(if waits { 3 } else { 50 }) {
            let (name, payload, at) = ("go".into(), json!({"n": 1}), self.at());
            return self.give(Input::Signal { name, payload, at });
        }
        let pending = self.machine.pending();
        let due = self.machine.due_timers(self.at());
        if !due.is_empty() && (pending.is_empty() || self.dice.chance(2)) {
            let key = due[self.dice.roll(due.len() as u64) as usize].clone();
            let at = self.at();
            return self.give(Input::Timer { key, at });
        }
        if pending.is_empty() {
            match self.machine.next_deadline() {
                Some((at, _)) => self.now = self.now.max(at.millis() + 1),
                None => {
                    let (name, payload, at) = ("go".into(), json!(1), self.at());
                    self.give(Input::Signal { name, payload, at });
                }
            }
            return;
        }
        let effect = pending[self.dice.roll(pending.len() as u64) as usize].clone();
        let input = self.answer(&effect);
        self.give(input);
    }

    fn answer(&mut self, effect: &Effect) -> Input {
        let at = self.at();
        let key = key_of(effect).unwrap().clone();
        match effect {
            Effect::Resolve { action, .. } => {
                let names: &[&str] = match (action.is_some(), self.dice.roll(6)) {
                    (true, 0) => &[],
                    (true, 1) => &["a!no key"],
                    (true, _) => &["a"],
                    (false, 0) => &[],
                    (false, 1) => &["a!no key", "b"],
                    (false, _) => &["a", "b", "c"],
                };
                let targets = names.iter().map(|name| host::target(name)).collect();
                Input::Resolved { key, targets, at }
            }
            Effect::Ask { kind, .. } if !self.dice.chance(20) => {
                let by = Actor::system(format!("person {}", self.dice.roll(1_000_000)));
                let answer = match kind {
                    AskKind::Approve => json!({"approved": !self.dice.chance(4), "note": "n"}),
                    AskKind::Manual if self.dice.chance(3) => json!({"skipped": "no time"}),
                    AskKind::Manual | AskKind::Ask => json!({"values": {}}),
                };
                Input::Answered {
                    key,
                    by,
                    answer,
                    at,
                }
            }
            Effect::Watch { .. } => {
                let level = self.dice.roll(5);
                let context = json!({"case": {"due": "2023-11-14T22:14:00Z", "level": level}});
                Input::CaseChanged { context, at }
            }
            Effect::Invoke { .. } | Effect::Resume { .. } if self.dice.chance(5) => {
                let wake = self.dice.roll(20_000);
                Input::Progress {
                    key,
                    state: json!({"n": self.dice.roll(9)}),
                    wake_at: Some(at.plus_millis(wake.try_into().unwrap())),
                    exchanges: Vec::new(),
                    at,
                }
            }
            Effect::Ask { .. } => {
                let result = ActionResult::failed(StepError::new("unsupported", "no people here"));
                Input::Done { key, result, at }
            }
            _ => {
                let result = self.result();
                Input::Done { key, result, at }
            }
        }
    }

    fn result(&mut self) -> ActionResult {
        match self.dice.roll(6) {
            0 => ActionResult::failed(StepError::new("auth", "no")),
            1 => ActionResult::failed(StepError {
                retryable: true,
                ..StepError::new("unavailable", "later")
            }),
            2 => ActionResult {
                status: Status::NotFound,
                ..ActionResult::ok(Value::Null)
            },
            _ => ActionResult::ok(
                json!({"n": self.dice.roll(100), "x": 0.1 + self.dice.roll(10) as f64}),
            ),
        }
    }

    /// Late, duplicate, early, unknown: all of it comes from a bus that delivers at least once.
    fn disturb(&mut self) {
        let at = self.at();
        let past = self.journal[self.dice.roll(self.journal.len() as u64) as usize].clone();
        if !matches!(
            past,
            Input::Signal { .. }
                | Input::CaseChanged { .. }
                | Input::Cancel { .. }
                | Input::Begun { .. }
                | Input::Progress { .. }
        ) {
            self.bother(&past);
        }
        let key = StepKey {
            path: "nowhere@x".into(),
            attempt: 1,
        };
        self.bother(&Input::Done {
            key,
            result: ActionResult::ok(Value::Null),
            at,
        });
        if let Some(path) = self.owed.keys().next().map(|key| key.path.clone()) {
            let key = StepKey {
                path: path.clone(),
                attempt: 77,
            };
            self.bother(&Input::Done {
                key,
                result: ActionResult::ok(Value::Null),
                at,
            });
            let key = TimerKey {
                path,
                kind: TimerKind::Wait,
            };
            self.bother(&Input::Timer { key, at });
        }
    }

    /// The process dies: all that is left is the journal, or a snapshot.
    fn crash(&mut self) {
        let text = serde_json::to_string(&self.journal).unwrap();
        let journal: Vec<Input> = serde_json::from_str(&text).unwrap();
        let again = replay(self.plans.clone(), &journal).unwrap();
        assert!(again.ignored.is_empty());
        assert_eq!(again.effects, self.effects);
        assert_eq!(again.machine.digest(), self.machine.digest());
        let thawed = Machine::restore(self.plans.clone(), &self.machine.snapshot()).unwrap();
        assert_eq!(thawed.digest(), self.machine.digest());
        self.machine = match self.dice.chance(2) {
            true => again.machine,
            false => thawed,
        };
    }

    /// What happened, in single words.
    fn seen(&self) -> Vec<String> {
        let word = |value: Value, tag: &str| value[tag].as_str().unwrap_or_default().to_owned();
        let effects = self.effects.iter().flatten();
        let effects = effects.map(|effect| word(serde_json::to_value(effect).unwrap(), "effect"));
        let inputs = self.journal.iter().map(|input| match input {
            Input::Timer { key, .. } => word(json!({"kind": key.kind}), "kind"),
            other => word(serde_json::to_value(other).unwrap(), "input"),
        });
        let outcome = self
            .machine
            .outcome()
            .map(|end| word(json!({"o": end.outcome}), "o"));
        effects.chain(inputs).chain(outcome).collect()
    }

    fn check_the_end(&mut self) {
        self.crash();
        let again = replay(self.plans.clone(), &self.journal).unwrap();
        let records = again.machine.records();
        for record in records {
            assert!(record.ended_at.is_some(), "{record:#?}");
            assert!(!matches!(
                record.status,
                StepStatus::Pending | StepStatus::Running | StepStatus::Waiting
            ));
            let orphan =
                !record.parent.is_empty() && !records.iter().any(|r| r.path == record.parent);
            assert!(!orphan, "{} has no parent", record.path);
        }
        let at = self.at();
        let input = Input::Signal {
            name: "go".into(),
            payload: Value::Null,
            at,
        };
        self.bother(&input);
    }
}

fn key_of(effect: &Effect) -> Option<&StepKey> {
    match effect {
        Effect::Resolve { key, .. }
        | Effect::Invoke { key, .. }
        | Effect::Host { key, .. }
        | Effect::Resume { key, .. }
        | Effect::Ask { key, .. }
        | Effect::Remind { key, .. }
        | Effect::Watch { key }
        | Effect::Emit { key, .. }
        | Effect::Abandon { key } => Some(key),
        Effect::Finished { .. } => None,
    }
}

#[test]
fn random_playbooks_survive_a_random_world() {
    let number = |name: &str| {
        std::env::var(name)
            .ok()
            .and_then(|text| text.parse::<u64>().ok())
    };
    let seeds = match number("ENGINE_SEED") {
        Some(seed) => seed..seed + 1,
        None => 0..number("ENGINE_SEEDS").unwrap_or(300),
    };
    let all = seeds.end - seeds.start > 100;
    let mut seen = BTreeMap::<String, usize>::new();
    for seed in seeds {
        let result = std::panic::catch_unwind(|| {
            let mut world = World::new(seed);
            world.play();
            world.check_the_end();
            world.seen()
        });
        match result {
            Ok(words) => words
                .into_iter()
                .for_each(|word| *seen.entry(word).or_default() += 1),
            Err(panic) => {
                eprintln!("ENGINE_SEED={seed}");
                std::panic::resume_unwind(panic);
            }
        }
    }
    // A simulation that reaches nothing proves nothing.
    println!("{seen:?}");
    for word in [
        "abandon",
        "answered",
        "ask",
        "cancelled",
        "case_changed",
        "emit",
        "failed",
        "finished",
        "host",
        "invoke",
        "progress",
        "remind",
        "reminder",
        "resolve",
        "resume",
        "retry",
        "signal",
        "succeeded",
        "timeout",
        "wait",
        "wake",
        "watch",
    ] {
        assert!(!all || seen.contains_key(word), "never happened: {word}");
    }
}

#[test]
fn a_run_that_starts_too_much_is_stopped() {
    let inner = json!({"id": "inner", "for_each": "{{ range(200) }}", "do": [{"id": "x", "set": {"n": 1}}]});
    let plan = host::playbook(
        json!([{"id": "outer", "for_each": "{{ range(200) }}", "do": [inner], "on_error": "continue"}]),
    );
    let (plan, problems) = Plan::from_value(&plan);
    let mut machine = Machine::new(plan.unwrap_or_else(|| panic!("{problems:?}")).into(), false);
    let effects = machine.handle(&host::started(json!({}), json!({})));
    let [Effect::Finished { message, .. }] = effects.as_slice() else {
        panic!("{effects:?}");
    };
    assert!(message.contains("limit"), "{message}");
}
