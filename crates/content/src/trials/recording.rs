//! What a past run knows of the outside: who could be asked, what was asked and answered, and when.
//!
//! A [`Recording`] is read from a run's journal by folding it once more. [`super::Memory`] answers another play from it.

use std::{collections::BTreeMap, sync::Arc};

use serde_json::Value;
use updraft_engine::{
    ActionResult, Effect, Input, Machine, Origin, Outcome, Plan, PlanSet, StepKey, StepRecord,
    Target, TimerKey,
};
use updraft_model::{Actor, Timestamp};

use super::{drive::Calling, host::CaseLog};

/// Inputs of the longest journal that is read.
pub const RECORDING_INPUTS_MAX: usize = 100_000;

/// Why a journal cannot be read as a recording.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RecordingError {
    /// It does not begin with the start of a run.
    NotStarted,
    /// It takes back another run, and plays no playbook.
    Rollback,
    /// It is longer than [`RECORDING_INPUTS_MAX`].
    TooLong,
}

impl std::fmt::Display for RecordingError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::NotStarted => f.write_str("the journal does not begin with the start of a run"),
            Self::Rollback => f.write_str("this run took back what another one did"),
            Self::TooLong => {
                write!(
                    f,
                    "the journal has more than {RECORDING_INPUTS_MAX} entries"
                )
            }
        }
    }
}

/// Whom a step could ask.
#[derive(Debug, Clone)]
pub(super) struct Resolution {
    pub path: String,
    pub capability: Option<String>,
    pub action: Option<String>,
    pub connection: Option<String>,
    pub targets: Vec<Target>,
}

/// One attempt of one call, and what came of it.
#[derive(Debug, Clone)]
pub(super) struct Answered {
    pub key: StepKey,
    pub step: String,
    pub capability: Option<String>,
    pub action: String,
    pub target: Option<Arc<Target>>,
    pub input: Arc<Value>,
    /// `None`: nobody waited for it any more.
    pub result: Option<ActionResult>,
    pub asked: Timestamp,
    pub done: Timestamp,
}

/// What people said to one question.
#[derive(Debug, Clone)]
pub(super) struct Said {
    pub path: String,
    pub kind: &'static str,
    /// `None`: nobody answered.
    pub answer: Option<(Actor, Value)>,
    pub asked: Timestamp,
    pub at: Timestamp,
}

/// A past run.
#[derive(Debug)]
pub struct Recording {
    /// What started it.
    pub start: Input,
    /// What happened, for people; parents before children.
    pub records: Vec<StepRecord>,
    /// How it ended; `None` while it is under way.
    pub outcome: Option<Outcome>,
    /// What it did to its case.
    pub case: CaseLog,
    /// How many inputs it had.
    pub inputs: usize,
    pub(super) resolved: Vec<Resolution>,
    pub(super) calls: Vec<Answered>,
    pub(super) said: Vec<Said>,
    /// What came by itself: signals, the case as it changed, what people did to the run.
    pub(super) events: Vec<Input>,
    pub(super) timers: Vec<(TimerKey, Timestamp)>,
}

struct Reading {
    recording: Recording,
    resolving: BTreeMap<StepKey, Resolution>,
    calling: BTreeMap<StepKey, Answered>,
    asking: BTreeMap<StepKey, Said>,
    capabilities: BTreeMap<String, String>,
}

impl Recording {
    /// Reads a journal; `plans` are those that the run was pinned to.
    ///
    /// # Errors
    /// It is no journal of a playbook's run.
    pub fn of(plans: PlanSet, journal: &[Input]) -> Result<Recording, RecordingError> {
        let start = match journal.first() {
            Some(Input::Started { origin, .. })
                if matches!(origin.as_deref(), Some(Origin::Rollback { .. })) =>
            {
                return Err(RecordingError::Rollback);
            }
            Some(start @ Input::Started { .. }) => start.clone(),
            _ => return Err(RecordingError::NotStarted),
        };
        if journal.len() > RECORDING_INPUTS_MAX {
            return Err(RecordingError::TooLong);
        }
        let mut machine = Machine::new(plans, true);
        let mut reading = Reading {
            recording: Recording {
                case: CaseLog::of(&start),
                start,
                records: Vec::new(),
                outcome: None,
                inputs: journal.len(),
                resolved: Vec::new(),
                calls: Vec::new(),
                said: Vec::new(),
                events: Vec::new(),
                timers: Vec::new(),
            },
            resolving: BTreeMap::new(),
            calling: BTreeMap::new(),
            asking: BTreeMap::new(),
            capabilities: BTreeMap::new(),
        };
        for input in journal {
            if !machine.fits(input) {
                continue;
            }
            reading.input(input);
            for effect in machine.handle(input) {
                reading.effect(effect, input.at());
            }
            if let Input::Answered { key, .. } = input
                && machine.question(key).is_some()
            {
                reading.ask_again(key, input.at());
            }
        }
        let mut recording = reading.finish();
        recording.records = machine.records().to_vec();
        recording.outcome = machine.outcome().cloned();
        Ok(recording)
    }

    /// What would start another version: of the inputs those that it takes.
    pub fn start_of(&self, plan: &Plan) -> Input {
        let mut start = self.start.clone();
        if let Input::Started {
            inputs: Value::Object(inputs),
            ..
        } = &mut start
        {
            let takes = |name: &str, value: &Value| {
                let mut specs = plan.inputs().iter();
                specs.any(|spec| spec.name == name && spec.kind.fits(value))
            };
            inputs.retain(|name, value| takes(name, value));
        }
        start
    }

    /// When it began.
    pub fn began(&self) -> Timestamp {
        self.start.at()
    }

    /// What came by itself: signals, the case as it changed, what people did to the run.
    pub fn events(&self) -> &[Input] {
        &self.events
    }

    /// Every answer that people gave: the step's path, who, and how long they took, milliseconds.
    pub fn answers_of_people(&self) -> impl Iterator<Item = (&str, String, i64)> {
        self.said.iter().filter_map(|said| {
            let (by, _) = said.answer.as_ref()?;
            let took = said.at.millis_since(said.asked).max(0);
            Some((said.path.as_str(), by.label(), took))
        })
    }

    /// Calls to connections that it made, attempts counted.
    pub fn calls_made(&self) -> usize {
        self.calls
            .iter()
            .filter(|call| call.target.is_some())
            .count()
    }
}

impl Reading {
    fn input(&mut self, input: &Input) {
        match input {
            Input::Resolved { key, targets, .. } => {
                if let Some(mut resolution) = self.resolving.remove(key) {
                    resolution.targets.clone_from(targets);
                    self.recording.resolved.push(resolution);
                }
            }
            Input::Done { key, result, at } => {
                self.resolving.remove(key);
                self.asking.remove(key);
                if let Some(mut call) = self.calling.remove(key) {
                    if call.target.is_none() {
                        self.recording.case.note(&calling_of(&call), result, *at);
                    }
                    call.result = Some(result.clone());
                    call.done = *at;
                    self.recording.calls.push(call);
                }
            }
            Input::Answered {
                key,
                by,
                answer,
                at,
            } => {
                if let Some(mut said) = self.asking.remove(key) {
                    said.answer = Some((by.clone(), answer.clone()));
                    said.at = *at;
                    self.recording.said.push(said);
                }
            }
            Input::Timer { key, at } => self.recording.timers.push((key.clone(), *at)),
            Input::Signal { .. }
            | Input::Control { .. }
            | Input::AdHoc { .. }
            | Input::CaseChanged { .. }
            | Input::Cancel { .. } => self.recording.events.push(input.clone()),
            Input::Started { .. } | Input::Begun { .. } | Input::Progress { .. } => {}
        }
    }

    fn ask_again(&mut self, key: &StepKey, at: Timestamp) {
        let last = self
            .recording
            .said
            .iter()
            .rfind(|said| said.path == key.path);
        if let Some(said) = last.cloned() {
            let again = Said {
                answer: None,
                asked: at,
                at,
                ..said
            };
            self.asking.insert(key.clone(), again);
        }
    }

    fn effect(&mut self, effect: Effect, at: Timestamp) {
        match effect {
            Effect::Resolve {
                key,
                capability,
                action,
                connection,
                ..
            } => {
                if let Some(capability) = &capability {
                    self.capabilities
                        .insert(key.path.clone(), capability.clone());
                }
                let resolution = Resolution {
                    path: key.path.clone(),
                    capability,
                    action,
                    connection,
                    targets: Vec::new(),
                };
                self.resolving.insert(key, resolution);
            }
            Effect::Invoke {
                key, target, input, ..
            }
            | Effect::Resume {
                key, target, input, ..
            } => {
                let suffix = format!("@{}", target.name);
                let step = key.path.strip_suffix(&suffix).unwrap_or(&key.path);
                let call = Answered {
                    step: step.to_owned(),
                    capability: self.capabilities.get(step).cloned(),
                    action: format!("{}.{}", target.connector, target.action),
                    target: Some(target),
                    key: key.clone(),
                    input,
                    result: None,
                    asked: at,
                    done: at,
                };
                self.calling.entry(key).or_insert(call);
            }
            Effect::Host {
                key, action, input, ..
            } => {
                let step = key.path.rsplit_once('@');
                let step = step.map_or(&*key.path, |(step, _)| step).to_owned();
                let call = Answered {
                    step,
                    capability: None,
                    action,
                    target: None,
                    key: key.clone(),
                    input,
                    result: None,
                    asked: at,
                    done: at,
                };
                self.calling.insert(key, call);
            }
            Effect::Ask { key, kind, .. } => {
                let said = Said {
                    path: key.path.clone(),
                    kind: kind.as_str(),
                    answer: None,
                    asked: at,
                    at,
                };
                self.asking.insert(key, said);
            }
            Effect::Abandon { key } => {
                if let Some(call) = self.calling.remove(&key) {
                    self.recording.calls.push(call);
                }
                if let Some(said) = self.asking.remove(&key) {
                    self.recording.said.push(Said { at, ..said });
                }
            }
            Effect::Remind { .. }
            | Effect::Watch { .. }
            | Effect::Emit { .. }
            | Effect::Finished { .. } => {}
        }
    }

    fn finish(self) -> Recording {
        let mut recording = self.recording;
        recording.calls.extend(self.calling.into_values());
        recording.said.extend(self.asking.into_values());
        recording
    }
}

fn calling_of(call: &Answered) -> Calling {
    Calling {
        key: call.key.clone(),
        step: call.step.clone(),
        capability: call.capability.clone(),
        target: call.target.clone(),
        action: call.action.clone(),
        input: Arc::clone(&call.input),
        idempotency_key: String::new(),
        at: call.asked,
    }
}
