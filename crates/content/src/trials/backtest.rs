//! A version of a playbook on past runs: what it would have done, beside what was done.
//!
//! Reads are answered from the recording of the past run, writes are pretended ([`Writes::Simulated`]); nothing here can
//! send anything. A call that was never recorded has no answer, so that what follows from it is not known: such runs
//! are counted first and never mixed with those that are known.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use updraft_engine::{PlanSet, Status, StepRecord, Target};

use super::{
    drive::{Call, Play, play},
    expect::{state_of, state_of_outcome},
    memory::{Connected, Memory, Writes},
    recording::Recording,
};
use crate::Library;

/// Runs that are listed because what would be done differs from what was done; further ones are counted.
pub const DIFFERS_MAX: usize = 500;
/// Calls without a recording that are listed, each kind once.
pub const UNKNOWNS_MAX: usize = 200;
/// Names of contained things, and of people asked, that are listed.
pub const NAMES_MAX: usize = 200;
/// Things that one run may contain before the rest is left out.
const CONTAINED_MAX: usize = 50;
/// Characters of a name.
const NAME_CHARS_MAX: usize = 120;

/// What a run did, or would do.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Deeds {
    /// `succeeded`, `failed`, `cancelled`, or `waiting` for an answer of people.
    pub state: String,
    /// The verdict; empty when there is none.
    pub verdict: String,
    /// Why the case was closed, if it was.
    pub closed: Option<String>,
    /// Internal Investigation cases that were opened.
    pub escalated: usize,
    /// Tickets that were opened.
    pub tickets: usize,
    /// What was contained: the action and the thing.
    pub contained: Vec<String>,
    /// Who was asked: roles, addresses, or `anybody`.
    pub asked: Vec<String>,
}

/// A call that has no recording.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UnknownCall {
    /// The step's path.
    pub step: String,
    /// The action or the capability.
    pub wanted: String,
    /// The connection; empty when nobody could be asked.
    pub connection: String,
}

/// One past run with the version on trial.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trial {
    /// What was done.
    pub did: Deeds,
    /// What would be done.
    pub would: Deeds,
    /// What is not known.
    pub unknown: Vec<UnknownCall>,
    /// Steps that were played.
    pub steps: usize,
}

/// Plays a version on a past run. `connected` says whom a step may ask at present that the run did not ask.
pub fn backtest(
    recording: &Recording,
    plans: PlanSet,
    library: &Library,
    connected: Option<&Connected<'_>>,
) -> Trial {
    let mut memory = Memory::new(recording, library, Writes::Simulated);
    if let Some(connected) = connected {
        memory = memory.connected(connected);
    }
    let mut start = recording.start_of(&plans.main);
    if let updraft_engine::Input::Started { origin, .. } = &mut start {
        *origin = None;
    }
    let played = play(plans, &start, &mut memory);
    let unknown = played.unanswered.iter().map(|missing| UnknownCall {
        step: missing.step.clone(),
        wanted: missing.wanted.clone(),
        connection: missing.connection.clone().unwrap_or_default(),
    });
    Trial {
        did: did(recording),
        would: would(&played),
        unknown: unknown.collect(),
        steps: played.records.len(),
    }
}

fn did(recording: &Recording) -> Deeds {
    let case = &recording.case;
    let mut deeds = Deeds {
        state: state_of_outcome(recording.outcome.as_ref()).to_owned(),
        verdict: case.verdict.clone(),
        closed: case.closed.clone(),
        escalated: case.escalated.len(),
        asked: asked(&recording.records),
        ..Deeds::default()
    };
    for call in &recording.calls {
        let (Some(target), Some(result)) = (&call.target, &call.result) else {
            continue;
        };
        if result.status == Status::Ok {
            let capability = call.capability.as_deref();
            deeds.write(
                target.effect.as_str(),
                capability,
                &call.action,
                &call.input,
            );
        }
    }
    deeds
}

fn would(played: &Play) -> Deeds {
    let case = &played.case;
    let mut deeds = Deeds {
        state: state_of(played).to_owned(),
        verdict: case.verdict.clone(),
        closed: case.closed.clone(),
        escalated: case.escalated.len(),
        asked: asked(&played.records),
        ..Deeds::default()
    };
    let done = |call: &&Call| call.status == Status::Ok && call.connection != Target::HOST;
    for call in played.calls.iter().filter(done) {
        let capability = call.capability.as_deref();
        deeds.write(&call.effect, capability, &call.action, &call.input);
    }
    deeds
}

impl Deeds {
    fn write(&mut self, effect: &str, capability: Option<&str>, action: &str, input: &Value) {
        match effect {
            "contain_reversible" | "irreversible" if self.contained.len() < CONTAINED_MAX => {
                let name = format!("{} {}", capability.unwrap_or(action), thing(input));
                let name: String = name.trim().chars().take(NAME_CHARS_MAX).collect();
                if !self.contained.contains(&name) {
                    self.contained.push(name);
                }
            }
            _ if capability == Some("ticket.create") => self.tickets += 1,
            _ => {}
        }
    }

    /// What differs between two, with both values.
    fn against(&self, other: &Deeds) -> Vec<(&'static str, Value, Value)> {
        let sorted = |names: &[String]| {
            let mut names = names.to_vec();
            names.sort();
            Value::from(names)
        };
        let closed = |deeds: &Deeds| deeds.closed.clone().map_or(Value::Null, Value::from);
        let pairs = [
            (
                "state",
                self.state.as_str().into(),
                other.state.as_str().into(),
            ),
            (
                "verdict",
                self.verdict.as_str().into(),
                other.verdict.as_str().into(),
            ),
            ("closed", closed(self), closed(other)),
            ("tickets", self.tickets.into(), other.tickets.into()),
            ("escalated", self.escalated.into(), other.escalated.into()),
            (
                "contained",
                sorted(&self.contained),
                sorted(&other.contained),
            ),
        ];
        pairs
            .into_iter()
            .filter(|(_, then, now): &(_, Value, Value)| then != now)
            .collect()
    }
}

/// The thing that an action is about: the first short value of its input.
fn thing(input: &Value) -> String {
    let short = |value: &Value| match value {
        Value::String(text) if !text.is_empty() => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    };
    let values = input.as_object().into_iter().flatten();
    let mut values = values.map(|(_, value)| value);
    values.find_map(short).unwrap_or_default()
}

fn asked(records: &[StepRecord]) -> Vec<String> {
    let people = |record: &&StepRecord| {
        matches!(record.kind.as_str(), "manual" | "ask" | "approve") && record.input.is_object()
    };
    let mut found: Vec<String> = Vec::new();
    for record in records.iter().filter(people) {
        let texts = |name: &str| -> Vec<&str> {
            match record.input.get(name) {
                Some(Value::String(one)) => vec![one.as_str()],
                Some(Value::Array(list)) => list.iter().filter_map(Value::as_str).collect(),
                _ => Vec::new(),
            }
        };
        let mut whom = texts("roles");
        whom.extend(texts("to"));
        let whom = match whom.is_empty() {
            true => "anybody".to_owned(),
            false => whom.join(", "),
        };
        found.push(whom.chars().take(NAME_CHARS_MAX).collect());
    }
    found
}

/// Which past run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Which {
    /// The run.
    pub run: String,
    /// Its case.
    pub case: String,
    /// The number that people say.
    pub case_number: u64,
}

/// One difference between what was done and what would be done.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Differs {
    /// In which run.
    #[serde(flatten)]
    pub which: Which,
    /// `state`, `verdict`, `closed`, `tickets`, `escalated` or `contained`.
    pub what: String,
    /// What was done.
    pub then: Value,
    /// What would be done.
    pub now: Value,
}

/// One kind of call without a recording.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UnknownKind {
    /// The action or the capability.
    pub wanted: String,
    /// The connection; empty when nobody could be asked.
    pub connection: String,
    /// The id of the step that asks.
    pub step: String,
    /// Runs in which it happens.
    pub runs: u64,
    /// One of them.
    pub example: Which,
}

/// What the version would do in the runs whose every call is known.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Table {
    /// Runs that would close their case.
    pub closed: u64,
    /// The same by reason.
    pub closed_as: BTreeMap<String, u64>,
    /// Runs that would open an internal Investigation case.
    pub escalated: u64,
    /// What would be contained, each once.
    pub contained: Vec<String>,
    /// Runs that would contain something.
    pub contain_runs: u64,
    /// Runs that would ask people.
    pub asked: u64,
    /// Questions by whom they go to.
    pub asked_whom: BTreeMap<String, u64>,
    /// Runs that would wait for people and go no further, because nobody knows what they would say.
    pub waiting: u64,
    /// Tickets that would be opened.
    pub tickets: u64,
    /// Runs that would fail.
    pub failed: u64,
}

/// What a backtest found so far.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Tally {
    /// Runs that were played.
    pub played: u64,
    /// Of them: with calls that have no recording.
    pub unknown: u64,
    /// Runs without a readable journal: too old, still under way, or taking another one back.
    pub unreadable: u64,
    /// What would be done in the others.
    pub table: Table,
    /// Runs, of the others, in which everything would be as it was.
    pub same: u64,
    /// Runs, of the others, in which something would differ.
    pub different: u64,
    /// What would differ.
    pub differs: Vec<Differs>,
    /// Differences that are not listed.
    pub differs_left_out: u64,
    /// Calls without a recording, the most frequent first.
    pub unknowns: Vec<UnknownKind>,
    /// Steps that were played.
    pub steps: u64,
}

impl Tally {
    /// Takes in one past run.
    pub fn add(&mut self, which: &Which, trial: &Trial) {
        self.played += 1;
        self.steps += trial.steps as u64;
        if !trial.unknown.is_empty() {
            self.unknown += 1;
            self.add_unknown(which, &trial.unknown);
            return;
        }
        self.table.add(&trial.would);
        let differs = trial.did.against(&trial.would);
        match differs.is_empty() {
            true => self.same += 1,
            false => self.different += 1,
        }
        for (what, then, now) in differs {
            if self.differs.len() >= DIFFERS_MAX {
                self.differs_left_out += 1;
                continue;
            }
            self.differs.push(Differs {
                which: which.clone(),
                what: what.to_owned(),
                then,
                now,
            });
        }
    }

    fn add_unknown(&mut self, which: &Which, unknown: &[UnknownCall]) {
        let mut seen: Vec<(&str, &str, String)> = Vec::new();
        for call in unknown {
            let last = call.step.rsplit('/').next().unwrap_or(&call.step);
            let step = last.split('[').next().unwrap_or(last).to_owned();
            let kind = (call.wanted.as_str(), call.connection.as_str(), step);
            if seen.contains(&kind) {
                continue;
            }
            let room = self.unknowns.len() < UNKNOWNS_MAX;
            let known = self.unknowns.iter_mut().find(|known| {
                known.wanted == kind.0 && known.connection == kind.1 && known.step == kind.2
            });
            match known {
                Some(known) => known.runs += 1,
                None if room => self.unknowns.push(UnknownKind {
                    wanted: kind.0.to_owned(),
                    connection: kind.1.to_owned(),
                    step: kind.2.clone(),
                    runs: 1,
                    example: which.clone(),
                }),
                None => {}
            }
            seen.push(kind);
        }
        self.unknowns
            .sort_by(|a, b| b.runs.cmp(&a.runs).then_with(|| a.wanted.cmp(&b.wanted)));
    }
}

impl Table {
    fn add(&mut self, would: &Deeds) {
        if let Some(reason) = &would.closed {
            self.closed += 1;
            *self.closed_as.entry(reason.clone()).or_default() += 1;
        }
        self.escalated += u64::from(would.escalated > 0);
        self.contain_runs += u64::from(!would.contained.is_empty());
        for name in &would.contained {
            if self.contained.len() < NAMES_MAX && !self.contained.contains(name) {
                self.contained.push(name.clone());
            }
        }
        self.asked += u64::from(!would.asked.is_empty());
        for whom in &would.asked {
            if self.asked_whom.len() < NAMES_MAX || self.asked_whom.contains_key(whom) {
                *self.asked_whom.entry(whom.clone()).or_default() += 1;
            }
        }
        self.waiting += u64::from(would.state == "waiting");
        self.tickets += would.tickets as u64;
        self.failed += u64::from(would.state == "failed");
    }
}
