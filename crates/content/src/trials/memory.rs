//! A world that remembers one run: the same question gets the same answer, and what was never asked has none.
//!
//! Nothing is made up, but for writes when it is told to pretend them: those are marked [`Source::Simulated`].

use std::{collections::BTreeMap, sync::Arc};

use serde_json::Value;
use updraft_engine::{ActionResult, Input, Status, Target, TimerKey};
use updraft_model::Timestamp;

use super::{
    drive::{Asking, Calling, Given, NEVER_MS, Question, Reply, Source, World},
    recording::{Recording, Resolution, Said},
    simulated,
};
use crate::Library;

/// What becomes of a call that changes something outside.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Writes {
    /// It is answered when the run made the same one, like any other call.
    Recorded,
    /// It is pretended, whatever the run did.
    Simulated,
}

/// Whom a step may ask at present: consulted for what the recording does not know.
pub type Connected<'c> = dyn Fn(&Asking) -> Option<Vec<Target>> + 'c;

/// A world that remembers one run.
pub struct Memory<'r> {
    recording: &'r Recording,
    library: &'r Library,
    connected: Option<&'r Connected<'r>>,
    writes: Writes,
    used: Vec<bool>,
    said: Vec<bool>,
    by_path: BTreeMap<&'r str, Vec<usize>>,
    by_action: BTreeMap<&'r str, Vec<usize>>,
}

impl std::fmt::Debug for Memory<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let calls = self.recording.calls.len();
        f.debug_struct("Memory").field("calls", &calls).finish()
    }
}

impl<'r> Memory<'r> {
    /// A memory of one run; `library` says what actions give back.
    pub fn new(recording: &'r Recording, library: &'r Library, writes: Writes) -> Memory<'r> {
        let mut by_path: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
        let mut by_action: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
        for (place, call) in recording.calls.iter().enumerate() {
            by_path.entry(&call.key.path).or_default().push(place);
            by_action.entry(&call.action).or_default().push(place);
        }
        Memory {
            connected: None,
            writes,
            used: vec![false; recording.calls.len()],
            said: vec![false; recording.said.len()],
            by_path,
            by_action,
            recording,
            library,
        }
    }

    /// The same, with a way to know who could be asked at present.
    #[must_use]
    pub fn connected(mut self, connected: &'r Connected<'r>) -> Self {
        self.connected = Some(connected);
        self
    }

    fn is_free(&self, place: usize) -> bool {
        self.used.get(place) == Some(&false)
    }

    fn fits(&self, place: usize, calling: &Calling) -> bool {
        let name = |target: &Option<Arc<Target>>| target.as_ref().map(|t| t.name.clone());
        self.recording.calls.get(place).is_some_and(|call| {
            call.action == calling.action
                && name(&call.target) == name(&calling.target)
                && call.input == calling.input
        })
    }

    /// The recorded answer: of the same attempt, of the same step, or of the same question anywhere.
    fn find(&self, calling: &Calling) -> Option<usize> {
        let of = |known: Option<&Vec<usize>>| known.cloned().unwrap_or_default();
        let here = of(self.by_path.get(calling.key.path.as_str()));
        let here: Vec<usize> = here
            .into_iter()
            .filter(|place| self.is_free(*place) && self.fits(*place, calling))
            .collect();
        let same = |place: &&usize| {
            let call = self.recording.calls.get(**place);
            call.is_some_and(|call| call.key.attempt == calling.key.attempt)
        };
        if let Some(place) = here.iter().find(same).or(here.first()) {
            return Some(*place);
        }
        // What a built-in action does depends on the case, not on its input alone.
        calling.target.as_ref()?;
        let elsewhere = of(self.by_action.get(calling.action.as_str()));
        let elsewhere: Vec<usize> = elsewhere
            .into_iter()
            .filter(|place| self.fits(*place, calling))
            .collect();
        let free = elsewhere.iter().find(|place| self.is_free(**place));
        let answered = |place: &&usize| {
            let call = self.recording.calls.get(**place);
            call.is_some_and(|call| call.result.is_some())
        };
        let reads = calling.target.as_ref().is_some_and(|t| t.effect == "read");
        let again = || elsewhere.iter().filter(|_| reads).rfind(answered);
        free.or_else(again).copied()
    }
}

/// When an answer comes: at its recorded moment while the play is in step with the run, after the recorded time
/// otherwise. In milliseconds and the microseconds beyond.
fn delay(now: Timestamp, asked: Timestamp, done: Timestamp) -> (i64, i64) {
    let took = done.micros().saturating_sub(asked.micros());
    let micros = match now <= asked {
        true => done.micros().saturating_sub(now.micros()),
        false => took,
    };
    (micros.max(0) / 1_000, micros.max(0) % 1_000)
}

impl World for Memory<'_> {
    fn targets(&mut self, asking: &Asking) -> Option<Vec<Target>> {
        let same = |known: &&Resolution| {
            known.capability == asking.capability
                && known.action == asking.action
                && known.connection == asking.connection
        };
        let all = || self.recording.resolved.iter().filter(same);
        let here = all().find(|known| known.path == asking.path);
        if let Some(known) = here.or_else(|| all().next()) {
            return Some(known.targets.clone());
        }
        if let Some(targets) = self.connected.and_then(|connected| connected(asking)) {
            return Some(targets);
        }
        // A narrower question than one that was answered: one of those connections.
        let wider = self.recording.resolved.iter().find(|known| {
            known.capability == asking.capability
                && known.action == asking.action
                && known.connection.is_none()
        })?;
        let name = asking.connection.as_deref()?;
        let targets = wider.targets.iter().filter(|target| target.name == name);
        Some(targets.cloned().collect())
    }

    fn answer(&mut self, calling: &Calling) -> Option<Given> {
        let writes = calling
            .target
            .as_ref()
            .is_some_and(|target| target.effect != "read");
        let Some((place, call)) = self
            .find(calling)
            .and_then(|place| Some((place, self.recording.calls.get(place)?)))
        else {
            if writes && self.writes == Writes::Simulated {
                return Some(simulated::given(self.recording, self.library, calling));
            }
            return None;
        };
        if let Some(used) = self.used.get_mut(place) {
            *used = true;
        }
        let source = match writes && self.writes == Writes::Simulated {
            true => Source::Simulated,
            false => Source::Recorded,
        };
        let (delay_ms, delay_us) = delay(calling.at, call.asked, call.done);
        Some(match &call.result {
            Some(result) => Given {
                result: result.clone(),
                delay_ms,
                delay_us,
                source,
            },
            None => Given {
                result: ActionResult {
                    status: Status::Error,
                    ..ActionResult::ok(Value::Null)
                },
                delay_ms: NEVER_MS,
                delay_us: 0,
                source,
            },
        })
    }

    fn reply(&mut self, question: &Question) -> Reply {
        let said = &self.recording.said;
        let id = |path: &str| path.rsplit('/').next().map(str::to_owned);
        let free = |place: &usize| self.said.get(*place) == Some(&false);
        let about = |place: &usize| said.get(*place).filter(|said| said.kind == question.kind);
        let path = question.key.path.as_str();
        let here = (0..said.len())
            .filter(free)
            .find(|place| about(place).is_some_and(|said| said.path == path));
        let near = || {
            (0..said.len())
                .filter(free)
                .find(|place| about(place).is_some_and(|said| id(&said.path) == id(path)))
        };
        let Some(place) = here.or_else(near) else {
            return Reply::Unknown;
        };
        if let Some(used) = self.said.get_mut(place) {
            *used = true;
        }
        match said.get(place) {
            Some(Said {
                answer: Some((by, answer)),
                asked,
                at,
                ..
            }) => {
                let (delay_ms, _) = delay(question.at, *asked, *at);
                Reply::Answer {
                    by: by.clone(),
                    answer: answer.clone(),
                    delay_ms,
                }
            }
            // In the run nobody answered either.
            _ => Reply::Silence,
        }
    }

    fn events(&mut self, _: Timestamp) -> Vec<Input> {
        self.recording.events.clone()
    }

    fn fires(&mut self, key: &TimerKey, due: Timestamp) -> Timestamp {
        let found = self.recording.timers.iter().find(|(known, at)| {
            // One that was hours late waited for a program that was down.
            known == key && *at >= due && at.millis_since(due) < LATE_MS_MAX
        });
        found.map_or(due, |(_, at)| *at)
    }
}

/// How late a recorded timer may have been for its lateness to be played, too.
const LATE_MS_MAX: i64 = 60_000;
