//! Which run works next, as a pure structure: no clock, no lock, every step in O(log n).
//!
//! Runs that may work wait in *flows*, one for each tenant and severity ([`flows`](super::flows)). Of one case only
//! one run works at a time; the others stand in its line. A run that sleeps keeps its place in the line, unless it
//! stands aside: then later runs work meanwhile, and when it is roused it goes before them. A playbook with a bound
//! on its runs has slots: a run takes one with its first step and gives it back at its end, so also while it sleeps.
//!
//! A million runs may sleep. Of each of them a few words are known (whose it is, its case), so that it can be roused
//! and stands in its line; only those that wake soon have an alarm, and the driver sets further ones in time.

use std::{
    cmp::Reverse,
    collections::{BTreeMap, BTreeSet, HashMap, HashSet, VecDeque},
    sync::Arc,
};

use updraft_model::{CaseId, Run, RunId, Severity, TenantId, Timestamp};

use super::flows::Flows;

/// The place in the order of moments before all others.
pub(super) fn first_moment() -> (Timestamp, RunId) {
    (Timestamp::from_micros(i64::MIN), RunId::from_bytes([0; 16]))
}

/// A bound on the runs of one playbook.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Slot {
    /// Whose runs.
    pub playbook: Arc<str>,
    /// How many may be under way at once.
    pub at_once: u32,
}

/// A run that waits for its turn.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Waiting {
    /// Which run.
    pub run: RunId,
    /// Its case.
    pub case: CaseId,
    /// Whose.
    pub tenant: TenantId,
    /// Its place in the queue.
    pub priority: Severity,
    /// The bound that it counts against.
    pub slot: Option<Slot>,
}

impl Waiting {
    /// What the scheduler needs to know of a run.
    pub fn of(run: &Run) -> Self {
        Self {
            run: run.id,
            case: run.case,
            tenant: run.tenant,
            priority: run.priority,
            slot: run.at_once.map(|at_once| Slot {
                playbook: run.playbook.as_str().into(),
                at_once,
            }),
        }
    }
}

type SlotKey = (TenantId, Arc<str>);

#[derive(Debug, Default)]
struct Slots {
    begun: HashSet<RunId>,
    held: BTreeMap<(Reverse<Severity>, RunId), Waiting>,
}

/// The runs of one case, in the order in which they work.
#[derive(Debug, Default)]
struct Line {
    runs: VecDeque<Waiting>,
    /// Which of them is ready or at work.
    turn: Option<RunId>,
}

/// A run that has nothing to do, in few bytes.
#[derive(Debug, Clone, Copy)]
struct Sleeper {
    case: CaseId,
    tenant: u32,
    slot: u32,
    priority: Severity,
    /// True when the case's later runs may work meanwhile.
    aside: bool,
}

/// Numbers for what few things many sleepers name.
#[derive(Debug)]
struct Names<T> {
    all: Vec<T>,
    numbers: BTreeMap<T, u32>,
}

impl<T> Default for Names<T> {
    fn default() -> Self {
        Self {
            all: Vec::new(),
            numbers: BTreeMap::new(),
        }
    }
}

impl<T: Clone + Ord> Names<T> {
    fn number(&mut self, name: &T) -> u32 {
        if let Some(number) = self.numbers.get(name) {
            return *number;
        }
        let number = u32::try_from(self.all.len()).unwrap_or(u32::MAX);
        self.all.push(name.clone());
        self.numbers.insert(name.clone(), number);
        number
    }
    fn name(&self, number: u32) -> Option<&T> {
        self.all.get(number as usize)
    }
}

/// All runs of this process that are not over.
#[derive(Debug)]
pub(super) struct Queues {
    flows: Flows,
    /// Runs that are to be ended, not to go on: they need no turn.
    urgent: VecDeque<Waiting>,
    held: usize,
    lines: HashMap<CaseId, Line>,
    /// Cases whose only run in the line sleeps there.
    resting: HashMap<CaseId, RunId>,
    sleepers: HashMap<RunId, Sleeper>,
    /// How many sleepers stand aside, by case.
    aside: HashMap<CaseId, u32>,
    alarms: BTreeSet<(Timestamp, RunId)>,
    /// Every sleeping run that wakes up to here has an alarm.
    known_to: (Timestamp, RunId),
    slots: HashMap<SlotKey, Slots>,
    /// Runs whose end is being written down.
    ending: HashSet<RunId>,
    tenants: Names<TenantId>,
    bounds: Names<Option<Slot>>,
}

impl Default for Queues {
    fn default() -> Self {
        Self {
            flows: Flows::default(),
            urgent: VecDeque::new(),
            held: 0,
            lines: HashMap::new(),
            resting: HashMap::new(),
            sleepers: HashMap::new(),
            aside: HashMap::new(),
            alarms: BTreeSet::new(),
            known_to: first_moment(),
            slots: HashMap::new(),
            ending: HashSet::new(),
            tenants: Names::default(),
            bounds: Names::default(),
        }
    }
}

impl Queues {
    /// Queues a run behind the earlier runs of its case; false if it is known already.
    pub fn submit(&mut self, waiting: Waiting) -> bool {
        let (run, case) = (waiting.run, waiting.case);
        if self.sleepers.contains_key(&run) {
            return false;
        }
        let line = self.line(case);
        if line.turn == Some(run) || line.runs.iter().any(|other| other.run == run) {
            return false;
        }
        line.runs.push_back(waiting);
        self.next_of(case);
        true
    }

    /// How many runs of the case wait behind the one whose turn it is.
    pub fn queued_of(&self, case: CaseId) -> u32 {
        let behind = self
            .lines
            .get(&case)
            .map(|line| line.runs.len().saturating_sub(1));
        u32::try_from(behind.unwrap_or(0)).unwrap_or(u32::MAX)
    }

    /// The run of the case that will work last.
    pub fn last_queued_of(&self, case: CaseId) -> Option<RunId> {
        let last = self.lines.get(&case).and_then(|line| line.runs.back());
        last.map(|last| last.run)
            .or_else(|| self.resting.get(&case).copied())
    }

    /// The run is about to end; true when no other run of its case is at work, waits for its turn or sleeps. Of
    /// several that end at once, the last one to ask is the last.
    pub fn last_of_case(&mut self, run: RunId, case: CaseId) -> bool {
        self.ending.insert(run);
        let stays = |other: &Waiting| other.run != run && !self.ending.contains(&other.run);
        let line = self.lines.get(&case);
        let in_line = line.is_some_and(|line| line.runs.iter().any(stays));
        let resting = self.resting.get(&case).is_some_and(|other| *other != run);
        !in_line && !resting && !self.aside.contains_key(&case)
    }

    /// How many runs wait for a place or a slot.
    pub fn waiting(&self) -> usize {
        self.flows.ready() + self.urgent.len() + self.held
    }

    /// How many runs are at work.
    pub fn active(&self) -> usize {
        self.flows.active()
    }

    /// How many runs sleep.
    pub fn asleep_now(&self) -> usize {
        self.sleepers.len()
    }

    /// The next run to work, if a place is free for one.
    pub fn take(&mut self, places: usize) -> Option<Waiting> {
        while self.flows.active() < places {
            if let Some(urgent) = self.urgent.pop_front() {
                self.flows.begin(&urgent);
                return Some(urgent);
            }
            let waiting = self.flows.pop(places)?;
            let Some(slot) = &waiting.slot else {
                self.flows.begin(&waiting);
                return Some(waiting);
            };
            let key = (waiting.tenant, Arc::clone(&slot.playbook));
            let slots = self.slots.entry(key).or_default();
            if slots.begun.contains(&waiting.run) || slots.begun.len() < slot.at_once as usize {
                slots.begun.insert(waiting.run);
                self.flows.begin(&waiting);
                return Some(waiting);
            }
            let key = (waiting.tenant, Arc::clone(&slot.playbook));
            if self.gives_way(&waiting) {
                continue;
            }
            let slots = self.slots.entry(key).or_default();
            slots
                .held
                .insert((Reverse(waiting.priority), waiting.run), waiting);
            self.held += 1;
        }
        None
    }

    /// The run is over: its slot, its place and its case are free.
    pub fn finished(&mut self, done: &Waiting) {
        self.flows.end(done);
        self.ending.remove(&done.run);
        self.leave(done, true);
        self.free_slot(done);
        self.next_of(done.case);
    }

    /// The run has nothing to do before `until`, or until it is roused; it keeps its slot. It keeps its place before
    /// the case's later runs, unless it stands `aside`.
    pub fn asleep(&mut self, waiting: &Waiting, until: Option<Timestamp>, aside: bool) {
        self.flows.end(waiting);
        self.leave(waiting, aside);
        self.fall_asleep(waiting, aside);
        if let Some(until) = until {
            self.set_alarm(until, waiting.run);
        }
        self.next_of(waiting.case);
    }

    /// A sleeping run that the store knows of, at the start; before any is submitted.
    pub fn recover_sleeping(&mut self, waiting: &Waiting, aside: bool) {
        if self.sleepers.contains_key(&waiting.run) {
            return;
        }
        self.fall_asleep(waiting, aside);
        if aside {
            return;
        }
        // Two of one case: one that had stood aside was roused and slept again in front of another.
        if self.resting.contains_key(&waiting.case) || self.lines.contains_key(&waiting.case) {
            self.line(waiting.case).runs.push_back(waiting.clone());
        } else {
            self.resting.insert(waiting.case, waiting.run);
        }
    }

    /// A run that has begun and is not over, at the start: it has its slot.
    pub fn recover_slot(&mut self, waiting: &Waiting) {
        if let Some(slot) = &waiting.slot {
            let key = (waiting.tenant, Arc::clone(&slot.playbook));
            self.slots.entry(key).or_default().begun.insert(waiting.run);
        }
    }

    /// Up to where sleeping runs have an alarm.
    pub fn known_to(&self) -> (Timestamp, RunId) {
        self.known_to
    }

    /// How many alarms are set, and runs wait: what reading ahead adds to.
    pub fn kept(&self) -> usize {
        self.alarms.len() + self.waiting()
    }

    /// Runs that fall asleep until then get an alarm from now on; for those that sleep already the driver sets one.
    pub fn know_to(&mut self, moment: (Timestamp, RunId)) {
        self.known_to = moment;
    }

    /// An alarm for a run that sleeps, read from the store. A run that is awake again needs none.
    pub fn alarm(&mut self, until: Timestamp, run: RunId) {
        if self.sleepers.contains_key(&run) {
            self.alarms.insert((until, run));
        }
    }

    /// Wakes up to `count` runs that are due and answers when the next one is, as far as it is known here.
    pub fn wake(&mut self, now: Timestamp, count: usize) -> Option<Timestamp> {
        for _ in 0..count {
            let (at, run) = self.alarms.first().copied()?;
            if at > now {
                return Some(at);
            }
            self.alarms.pop_first();
            self.rouse(run);
        }
        self.alarms.first().map(|(at, _)| *at)
    }

    /// Wakes a sleeping run; false if it does not sleep. Who stood aside goes before the runs that came later.
    pub fn rouse(&mut self, run: RunId) -> bool {
        let Some(sleeper) = self.sleepers.get(&run).copied() else {
            return false;
        };
        let case = sleeper.case;
        // The line is made while the sleeper is still one: it stands in it.
        self.line(case);
        self.sleepers.remove(&run);
        if sleeper.aside {
            self.aside_again(case);
            let waiting = self.waiting_of(run, &sleeper);
            self.line(case).runs.push_front(waiting);
            self.give_way_of_held(case);
        }
        self.next_of(case);
        true
    }

    /// A run that waits for a slot gives its turn back to one that was roused before it: that may hold the very slot.
    fn gives_way(&mut self, waiting: &Waiting) -> bool {
        let Some(line) = self.lines.get_mut(&waiting.case) else {
            return false;
        };
        if line
            .runs
            .front()
            .is_none_or(|first| first.run == waiting.run)
        {
            return false;
        }
        line.turn = None;
        self.next_of(waiting.case);
        true
    }

    /// The same for one that waits there already.
    fn give_way_of_held(&mut self, case: CaseId) {
        let line = self.lines.get(&case);
        let turn = line.and_then(|line| {
            let run = line.turn?;
            line.runs.iter().find(|other| other.run == run).cloned()
        });
        if let Some(turn) = turn
            && self.unhold(&turn)
            && let Some(line) = self.lines.get_mut(&case)
        {
            line.turn = None;
        }
    }

    /// Lets a run that has not had its turn, or waits for a slot, work at once: it is to be ended, not to begin.
    pub fn out_of_turn(&mut self, run: RunId, case: CaseId) -> bool {
        let Some(line) = self.lines.get_mut(&case) else {
            return false;
        };
        let Some(place) = line.runs.iter().position(|other| other.run == run) else {
            return false;
        };
        let Some(mut waiting) = line.runs.get(place).cloned() else {
            return false;
        };
        let its_turn = line.turn == Some(run);
        if self.sleepers.contains_key(&run) {
            return false;
        }
        if its_turn {
            if !self.flows.remove(&waiting) && !self.unhold(&waiting) {
                return false;
            }
        } else {
            line.runs.remove(place);
        }
        if !self.has_slot(&waiting) {
            waiting.slot = None;
        }
        self.urgent.push_back(waiting);
        true
    }

    fn has_slot(&self, waiting: &Waiting) -> bool {
        waiting.slot.as_ref().is_some_and(|slot| {
            let slots = self
                .slots
                .get(&(waiting.tenant, Arc::clone(&slot.playbook)));
            slots.is_some_and(|slots| slots.begun.contains(&waiting.run))
        })
    }

    /// Takes a run from before the slots; false if it does not wait there.
    fn unhold(&mut self, waiting: &Waiting) -> bool {
        let Some(slot) = &waiting.slot else {
            return false;
        };
        let key = (waiting.tenant, Arc::clone(&slot.playbook));
        let held = (Reverse(waiting.priority), waiting.run);
        let slots = self.slots.get_mut(&key);
        let found = slots.is_some_and(|slots| slots.held.remove(&held).is_some());
        self.held -= usize::from(found);
        found
    }

    /// The line of a case, with the run that rests in it.
    fn line(&mut self, case: CaseId) -> &mut Line {
        if let Some(run) = self.resting.remove(&case)
            && let Some(sleeper) = self.sleepers.get(&run).copied()
        {
            let waiting = self.waiting_of(run, &sleeper);
            self.lines.entry(case).or_default().runs.push_front(waiting);
        }
        self.lines.entry(case).or_default()
    }

    /// The case's first run gets its turn, if none has it and it is awake.
    fn next_of(&mut self, case: CaseId) {
        let Some(line) = self.lines.get_mut(&case) else {
            return;
        };
        if line.turn.is_some() {
            return;
        }
        let Some(first) = line.runs.front() else {
            self.lines.remove(&case);
            return;
        };
        if self.sleepers.contains_key(&first.run) {
            if line.runs.len() == 1 {
                self.resting.insert(case, first.run);
                self.lines.remove(&case);
            }
            return;
        }
        line.turn = Some(first.run);
        let first = first.clone();
        self.flows.push(first);
    }

    /// The run does not work any more; with `out` it leaves the case's line.
    fn leave(&mut self, done: &Waiting, out: bool) {
        if let Some(line) = self.lines.get_mut(&done.case) {
            line.turn.take_if(|turn| *turn == done.run);
            if out {
                line.runs.retain(|other| other.run != done.run);
            }
        }
    }

    fn free_slot(&mut self, done: &Waiting) {
        let Some(slot) = &done.slot else { return };
        let key = (done.tenant, Arc::clone(&slot.playbook));
        let Some(slots) = self.slots.get_mut(&key) else {
            return;
        };
        slots.begun.remove(&done.run);
        let next = slots.release();
        if slots.begun.is_empty() && slots.held.is_empty() {
            self.slots.remove(&key);
        }
        if let Some(next) = next {
            self.held -= 1;
            self.flows.push(next);
        }
    }

    fn fall_asleep(&mut self, waiting: &Waiting, aside: bool) {
        let sleeper = Sleeper {
            case: waiting.case,
            tenant: self.tenants.number(&waiting.tenant),
            slot: self.bounds.number(&waiting.slot),
            priority: waiting.priority,
            aside,
        };
        self.sleepers.insert(waiting.run, sleeper);
        if aside {
            *self.aside.entry(waiting.case).or_default() += 1;
        }
    }

    fn set_alarm(&mut self, until: Timestamp, run: RunId) {
        if (until, run) <= self.known_to {
            self.alarms.insert((until, run));
        }
    }

    fn aside_again(&mut self, case: CaseId) {
        if let Some(count) = self.aside.get_mut(&case) {
            *count -= 1;
            if *count == 0 {
                self.aside.remove(&case);
            }
        }
    }

    fn waiting_of(&self, run: RunId, sleeper: &Sleeper) -> Waiting {
        Waiting {
            run,
            case: sleeper.case,
            tenant: self
                .tenants
                .name(sleeper.tenant)
                .copied()
                .unwrap_or(TenantId::DEFAULT),
            priority: sleeper.priority,
            slot: self.bounds.name(sleeper.slot).cloned().flatten(),
        }
    }
}

impl Slots {
    /// The run that waits for a slot and may have one: the most severe, then the oldest.
    fn release(&mut self) -> Option<Waiting> {
        let entry = self.held.first_entry()?;
        let at_once = entry
            .get()
            .slot
            .as_ref()
            .map_or(u32::MAX, |slot| slot.at_once);
        (self.begun.len() < at_once as usize).then(|| entry.remove())
    }
}

#[cfg(test)]
#[path = "fair_tests.rs"]
mod tests;
