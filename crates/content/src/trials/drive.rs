//! Driving a run without the outside: the real machine, a world that answers from memory, a clock that jumps.
//!
//! Nothing here can reach a network: this crate links no client of any kind, and a [`World`] gives answers,
//! not calls. Time goes to the next answer or timer by itself, so that a wait of weeks takes no time.

use std::{
    collections::{BTreeMap, VecDeque},
    sync::Arc,
};

use serde::Serialize;
use serde_json::Value;
use updraft_engine::{
    ActionResult, AskKind, Effect, Input, Machine, Outcome, PlanSet, Status, StepError, StepKey,
    StepRecord, Target, TimerKey,
};
use updraft_model::{Actor, Timestamp};

use super::host::{CaseLog, Hosted};

/// Inputs that one played run may take.
pub const PLAY_INPUTS_MAX: usize = 100_000;
/// A delay after which nobody waits any more: longer than any wait of a playbook.
pub const NEVER_MS: i64 = 400 * 24 * 3600 * 1000;
/// The error's code of a call that nothing answers.
pub const UNANSWERED: &str = "unanswered";

/// A step asks whom it may ask.
#[derive(Debug, Clone)]
pub struct Asking {
    /// The step's path.
    pub path: String,
    /// The capability, for a fan-out.
    pub capability: Option<String>,
    /// `connector.action`, for a single action.
    pub action: Option<String>,
    /// The connection that the playbook names.
    pub connection: Option<String>,
    /// The step's input.
    pub input: Arc<Value>,
    /// When.
    pub at: Timestamp,
}

/// One attempt of one call.
#[derive(Debug, Clone)]
pub struct Calling {
    /// Which.
    pub key: StepKey,
    /// The step's path, without the target.
    pub step: String,
    /// The capability by which the target was found, if by one.
    pub capability: Option<String>,
    /// Whom; none for an action of the host.
    pub target: Option<Arc<Target>>,
    /// The host's action, or the target's `connector.action`.
    pub action: String,
    /// What is asked.
    pub input: Arc<Value>,
    /// The same for every attempt.
    pub idempotency_key: String,
    /// When it is asked.
    pub at: Timestamp,
}

/// Where an answer comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Source {
    /// A test says it.
    Script,
    /// An earlier run got it.
    Recorded,
    /// The built-in action did it, on the played case.
    Host,
    /// A write that was made up, and never sent.
    Simulated,
    /// Nothing knows it.
    Missing,
}

/// An answer to a call.
#[derive(Debug, Clone)]
pub struct Given {
    /// How the call ends.
    pub result: ActionResult,
    /// How long it takes; [`NEVER_MS`] for an answer that does not come.
    pub delay_ms: i64,
    /// And so many microseconds.
    pub delay_us: i64,
    /// Where it comes from.
    pub source: Source,
}

/// What people are asked.
#[derive(Debug, Clone)]
pub struct Question {
    /// Which step.
    pub key: StepKey,
    /// `manual`, `ask` or `approve`.
    pub kind: &'static str,
    /// What they see.
    pub request: Arc<Value>,
    /// How many answers were given to it before.
    pub answered: u32,
    /// True when the playbook goes on by itself some day.
    pub has_deadline: bool,
    /// When they are asked.
    pub at: Timestamp,
}

/// What people do with a question.
#[derive(Debug, Clone)]
pub enum Reply {
    /// Somebody answers.
    Answer {
        /// Who.
        by: Actor,
        /// What.
        answer: Value,
        /// After how long.
        delay_ms: i64,
    },
    /// Nobody answers until its deadline.
    Silence,
    /// Nothing knows it: the play holds here.
    Unknown,
}

/// What stands for everything outside of a run.
pub trait World {
    /// Whom a step may ask; `None` when nothing knows.
    fn targets(&mut self, asking: &Asking) -> Option<Vec<Target>>;
    /// The answer to a call; `None` when nothing knows. Actions of the host that it leaves out are done on the
    /// played case.
    fn answer(&mut self, calling: &Calling) -> Option<Given>;
    /// What people say.
    fn reply(&mut self, question: &Question) -> Reply;
    /// What happens by itself, each at its own time: signals and the like.
    fn events(&mut self, start: Timestamp) -> Vec<Input> {
        let _ = start;
        Vec::new()
    }
    /// When a timer fires that is due; not before.
    fn fires(&mut self, key: &TimerKey, due: Timestamp) -> Timestamp {
        let _ = key;
        due
    }
}

/// A call that was made in a play.
#[derive(Debug, Clone, Serialize)]
pub struct Call {
    /// The step's path.
    pub step: String,
    /// Which attempt.
    pub attempt: u32,
    /// The capability by which the target was found.
    pub capability: Option<String>,
    /// `connector.action`.
    pub action: String,
    /// The connection's name; `host` for a built-in action.
    pub connection: String,
    /// The action's effect class; empty for a built-in action.
    pub effect: String,
    /// What was asked.
    pub input: Arc<Value>,
    /// The same for every attempt.
    pub idempotency_key: String,
    /// How it ended.
    pub status: Status,
    /// Where the answer came from.
    pub source: Source,
}

/// Something that nothing answered.
#[derive(Debug, Clone, Serialize)]
pub struct Unanswered {
    /// The step's path.
    pub step: String,
    /// What was wanted: an action, a capability or a kind of question.
    pub wanted: String,
    /// The connection, if one was asked.
    pub connection: Option<String>,
    /// What was asked.
    pub input: Arc<Value>,
}

/// A run that was played.
#[derive(Debug)]
pub struct Play {
    /// What happened, for people; parents before children.
    pub records: Vec<StepRecord>,
    /// How it ended; `None` when it waits for something that never comes.
    pub outcome: Option<Outcome>,
    /// For what it waits, in words.
    pub waiting_for: String,
    /// The calls, in order.
    pub calls: Vec<Call>,
    /// What it did to its case.
    pub case: CaseLog,
    /// What nothing answered.
    pub unanswered: Vec<Unanswered>,
    /// What it asked of people without an answer.
    pub open_questions: Vec<Unanswered>,
    /// Answers of people that the machine would not take: the step's path, and why.
    pub refused: Vec<(String, StepError)>,
    /// What the machine was told, in order: folding it again gives the same run.
    pub journal: Vec<Input>,
}

/// A question that was put to people.
struct Asked {
    kind: AskKind,
    request: Arc<Value>,
    answered: u32,
    has_deadline: bool,
}

struct Driver<'w> {
    machine: Machine,
    world: &'w mut dyn World,
    now: Timestamp,
    queue: BTreeMap<(Timestamp, u64), Input>,
    order: u64,
    capabilities: BTreeMap<String, String>,
    questions: BTreeMap<StepKey, Asked>,
    context: Value,
    held: bool,
    play: Play,
}

/// Plays a run from its start to its end, or to where it waits for what never comes.
pub fn play(plans: PlanSet, start: &Input, world: &mut dyn World) -> Play {
    let mut driver = Driver {
        machine: Machine::new(plans, true),
        now: start.at(),
        queue: BTreeMap::new(),
        order: 0,
        capabilities: BTreeMap::new(),
        questions: BTreeMap::new(),
        context: match start {
            Input::Started { context, .. } => context.clone(),
            _ => Value::Null,
        },
        held: false,
        play: Play {
            records: Vec::new(),
            outcome: None,
            waiting_for: String::new(),
            calls: Vec::new(),
            case: CaseLog::of(start),
            unanswered: Vec::new(),
            open_questions: Vec::new(),
            refused: Vec::new(),
            journal: Vec::new(),
        },
        world,
    };
    for event in driver.world.events(start.at()) {
        driver.put(event.at(), event);
    }
    driver.run(start);
    let mut play = driver.play;
    play.records = driver.machine.records().to_vec();
    play.outcome = driver.machine.outcome().cloned();
    play.waiting_for = driver.machine.waiting_for();
    play
}

impl Driver<'_> {
    fn put(&mut self, at: Timestamp, input: Input) {
        self.order += 1;
        self.queue.insert((at, self.order), input);
    }

    fn run(&mut self, start: &Input) {
        self.feed(start);
        for _ in 0..PLAY_INPUTS_MAX {
            if self.machine.outcome().is_some() {
                return;
            }
            let next = self.queue.keys().next().copied();
            let timer = self.next_timer();
            match (next, timer) {
                (Some(key), timer) if timer.is_none_or(|timer| key.0 <= timer) => {
                    if let Some(input) = self.queue.remove(&key) {
                        self.now = self.now.max(key.0);
                        self.feed(&input);
                    }
                }
                (_, Some(timer)) => {
                    // Nobody knows what people would say, so nobody knows what their silence would lead to.
                    if self.held {
                        return;
                    }
                    self.now = self.now.max(timer);
                    for key in self.machine.due_timers(self.now) {
                        let at = self.now;
                        self.feed(&Input::Timer { key, at });
                    }
                }
                (_, None) => return,
            }
        }
    }

    /// When the earliest timer fires.
    fn next_timer(&mut self) -> Option<Timestamp> {
        let (due, _) = self.machine.next_deadline()?;
        let keys = self.machine.due_timers(due);
        let fires = keys.first().map(|key| self.world.fires(key, due));
        Some(fires.unwrap_or(due).max(due))
    }

    fn feed(&mut self, input: &Input) {
        if let Input::Answered {
            key, by, answer, ..
        } = input
            && let Err(error) = self.machine.check_answer(key, by, answer)
        {
            // A deadline or somebody else came first; that is no fault of the answer.
            if error.code != "not_asked" {
                self.play.refused.push((key.path.clone(), error));
                self.held = true;
            }
            return;
        }
        self.play.journal.push(input.clone());
        let mut effects = VecDeque::from(self.machine.handle(input));
        while let Some(effect) = effects.pop_front() {
            self.perform(effect);
        }
        if let Input::Answered { key, .. } = input
            && self.machine.question(key).is_some()
            && let Some(mut asked) = self.questions.remove(key)
        {
            asked.answered += 1;
            self.ask(key.clone(), asked);
        }
    }

    /// Puts a question to the world.
    fn ask(&mut self, key: StepKey, asked: Asked) {
        let question = Question {
            key: key.clone(),
            kind: asked.kind.as_str(),
            request: Arc::clone(&asked.request),
            answered: asked.answered,
            has_deadline: asked.has_deadline,
            at: self.now,
        };
        match self.world.reply(&question) {
            Reply::Answer {
                by,
                answer,
                delay_ms,
            } => {
                let at = self.now.plus_millis(delay_ms.max(0));
                self.questions.insert(key.clone(), asked);
                self.put(
                    at,
                    Input::Answered {
                        key,
                        by,
                        answer,
                        at,
                    },
                );
            }
            Reply::Silence => {}
            Reply::Unknown => {
                self.held = true;
                self.play.open_questions.push(Unanswered {
                    step: key.path,
                    wanted: question.kind.to_owned(),
                    connection: None,
                    input: question.request,
                });
            }
        }
    }

    fn perform(&mut self, effect: Effect) {
        match effect {
            Effect::Resolve {
                key,
                capability,
                action,
                connection,
                hint,
            } => self.resolve(
                key.clone(),
                Asking {
                    path: key.path,
                    capability,
                    action,
                    connection,
                    input: hint,
                    at: self.now,
                },
            ),
            Effect::Invoke {
                key,
                target,
                input,
                idempotency_key,
                ..
            }
            | Effect::Resume {
                key,
                target,
                input,
                idempotency_key,
                ..
            } => {
                let suffix = format!("@{}", target.name);
                let step = key.path.strip_suffix(&suffix).unwrap_or(&key.path);
                self.call(Calling {
                    step: step.to_owned(),
                    capability: self.capabilities.get(step).cloned(),
                    action: format!("{}.{}", target.connector, target.action),
                    target: Some(target),
                    key,
                    input,
                    idempotency_key,
                    at: self.now,
                });
            }
            Effect::Host {
                key,
                action,
                input,
                idempotency_key,
            } => {
                let step = key
                    .path
                    .rsplit_once('@')
                    .map_or(&*key.path, |(step, _)| step);
                self.call(Calling {
                    step: step.to_owned(),
                    capability: None,
                    target: None,
                    action,
                    key,
                    input,
                    idempotency_key,
                    at: self.now,
                });
            }
            Effect::Abandon { key } => {
                self.queue
                    .retain(|_, input| !matches!(input, Input::Done { key: k, .. } if *k == key));
            }
            Effect::Ask {
                key,
                kind,
                request,
                deadline,
                ..
            } => self.ask(
                key,
                Asked {
                    kind,
                    request,
                    answered: 0,
                    has_deadline: deadline.is_some(),
                },
            ),
            // The played case stays as the run found it, but for what its test says.
            Effect::Watch { .. } => {
                let (at, context) = (self.now, self.context.clone());
                self.put(at, Input::CaseChanged { context, at });
            }
            Effect::Remind { .. } | Effect::Emit { .. } | Effect::Finished { .. } => {}
        }
    }

    fn resolve(&mut self, key: StepKey, asking: Asking) {
        if let Some(capability) = &asking.capability {
            self.capabilities
                .insert(asking.path.clone(), capability.clone());
        }
        let at = self.now;
        match self.world.targets(&asking) {
            Some(targets) => self.put(at, Input::Resolved { key, targets, at }),
            None => {
                let wanted = asking.capability.or(asking.action).unwrap_or_default();
                let result = ActionResult::failed(unanswered(&wanted));
                self.play.unanswered.push(Unanswered {
                    step: asking.path,
                    wanted,
                    connection: asking.connection,
                    input: asking.input,
                });
                self.put(at, Input::Done { key, result, at });
            }
        }
    }

    fn call(&mut self, calling: Calling) {
        let given = self.world.answer(&calling);
        let given = match (given, &calling.target) {
            (Some(given), _) => {
                if calling.target.is_none() {
                    self.play.case.note(&calling, &given.result, self.now);
                }
                Some(given)
            }
            (None, None) => match self.play.case.perform(&calling, self.now) {
                Hosted::Done(result) => Some(Given {
                    result: *result,
                    delay_ms: 0,
                    delay_us: 0,
                    source: Source::Host,
                }),
                Hosted::Unknown => None,
            },
            (None, Some(_)) => None,
        };
        let name = calling.target.as_ref().map(|target| target.name.clone());
        let given = given.unwrap_or_else(|| {
            self.play.unanswered.push(Unanswered {
                step: calling.step.clone(),
                wanted: calling.action.clone(),
                connection: name.clone(),
                input: Arc::clone(&calling.input),
            });
            Given {
                result: ActionResult::failed(unanswered(&calling.action)),
                delay_ms: 0,
                delay_us: 0,
                source: Source::Missing,
            }
        });
        let effect = calling.target.as_ref().map(|target| target.effect.clone());
        self.play.calls.push(Call {
            step: calling.step,
            attempt: calling.key.attempt,
            capability: calling.capability,
            action: calling.action,
            connection: name.unwrap_or_else(|| Target::HOST.to_owned()),
            effect: effect.unwrap_or_default(),
            input: calling.input,
            idempotency_key: calling.idempotency_key,
            status: given.result.status,
            source: given.source,
        });
        if given.delay_ms >= NEVER_MS {
            return;
        }
        let at = self.now.plus_millis(given.delay_ms.max(0));
        let at = Timestamp::from_micros(at.micros().saturating_add(given.delay_us.max(0)));
        let (key, result) = (calling.key, given.result);
        self.put(at, Input::Done { key, result, at });
    }
}

fn unanswered(wanted: &str) -> StepError {
    StepError::new(UNANSWERED, format!("nothing answers `{wanted}`"))
}
