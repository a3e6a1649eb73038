//! Which run works next: the most severe first, within one severity the oldest, and of one case only one.
//!
//! A run that waits for a vendor keeps its place before the case's later runs. One that waits for people, a signal,
//! its case, or somebody to go on stands aside: later runs work meanwhile, and when it is roused it goes first.

use std::{
    cmp::Reverse,
    collections::{BTreeSet, BinaryHeap, HashMap, HashSet, VecDeque},
};

use parking_lot::Mutex;
use tokio::sync::Notify;
use updraft_model::{CaseId, Run, RunId, Severity, TenantId, Timestamp};

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
}

impl Waiting {
    /// What the scheduler needs to know of a run.
    pub fn of(run: &Run) -> Self {
        Self {
            run: run.id,
            case: run.case,
            tenant: run.tenant,
            priority: run.priority,
        }
    }
}

#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Turn {
    priority: Severity,
    order: Reverse<u64>,
    run: RunId,
}

/// The runs of one case, in the order in which they work.
#[derive(Debug, Default)]
struct Line {
    runs: VecDeque<Waiting>,
    /// Which of them is ready or at work.
    turn: Option<RunId>,
}

/// A run that has nothing to do.
#[derive(Debug)]
struct Sleeper {
    waiting: Waiting,
    until: Option<Timestamp>,
    /// True when the case's later runs may work meanwhile.
    aside: bool,
}

#[derive(Debug, Default)]
struct Queues {
    ready: BinaryHeap<Turn>,
    waiting: HashMap<RunId, Waiting>,
    lines: HashMap<CaseId, Line>,
    sleepers: HashMap<RunId, Sleeper>,
    alarms: BTreeSet<(Timestamp, RunId)>,
    /// How many sleepers stand aside, by case.
    aside: HashMap<CaseId, usize>,
    /// Runs whose end is being written down.
    ending: HashSet<RunId>,
    order: u64,
    active: usize,
}

/// The queues of the runs in this process.
#[derive(Debug, Default)]
pub struct Scheduler {
    queues: Mutex<Queues>,
    changed: Notify,
}

impl Scheduler {
    /// Queues a run behind the earlier runs of its case. Doing it twice does nothing.
    pub fn submit(&self, waiting: Waiting) {
        let mut queues = self.queues.lock();
        let known = queues.sleepers.contains_key(&waiting.run);
        let line = queues.lines.entry(waiting.case).or_default();
        if known || line.runs.iter().any(|other| other.run == waiting.run) {
            return;
        }
        let case = waiting.case;
        line.runs.push_back(waiting);
        if queues.next_of(case) {
            drop(queues);
            self.changed.notify_one();
        }
    }

    /// How many runs of the case wait behind the one at work.
    pub fn queued_of(&self, case: CaseId) -> u32 {
        let queues = self.queues.lock();
        let line = queues.lines.get(&case);
        line.map_or(0, |line| line.runs.len().saturating_sub(1) as u32)
    }

    /// The run of the case that will work last.
    pub fn last_queued_of(&self, case: CaseId) -> Option<RunId> {
        let queues = self.queues.lock();
        let line = queues.lines.get(&case)?;
        line.runs.back().map(|last| last.run)
    }

    /// The run is about to end; true when no other run of its case is at work, waits for its turn or sleeps. Of several
    /// that end at once, the last one to ask is the last.
    pub(crate) fn last_of_case(&self, run: RunId, case: CaseId) -> bool {
        let mut queues = self.queues.lock();
        queues.ending.insert(run);
        let stays = |other: &Waiting| other.run != run && !queues.ending.contains(&other.run);
        let line = queues.lines.get(&case);
        let in_line = line.is_some_and(|line| line.runs.iter().any(stays));
        !in_line && !queues.aside.contains_key(&case)
    }

    /// How many runs wait for a place.
    pub fn waiting(&self) -> usize {
        self.queues.lock().ready.len()
    }

    /// How many runs are at work.
    pub fn active(&self) -> usize {
        self.queues.lock().active
    }

    /// The next run to work, if a place is free.
    pub(crate) fn take(&self, active_max: usize) -> Option<Waiting> {
        let mut queues = self.queues.lock();
        if queues.active >= active_max {
            return None;
        }
        let turn = queues.ready.pop()?;
        let waiting = queues.waiting.remove(&turn.run)?;
        queues.active += 1;
        Some(waiting)
    }

    /// The run is over: the case's next run may work.
    pub(crate) fn finished(&self, done: &Waiting) {
        let mut queues = self.queues.lock();
        queues.active = queues.active.saturating_sub(1);
        queues.ending.remove(&done.run);
        queues.leave(done, true);
        queues.next_of(done.case);
        drop(queues);
        self.changed.notify_one();
    }

    /// The run has nothing to do before `until`, or until it is roused. It keeps its place before the case's later
    /// runs, unless it stands `aside`.
    pub(crate) fn asleep(&self, waiting: Waiting, until: Option<Timestamp>, aside: bool) {
        let mut queues = self.queues.lock();
        queues.active = queues.active.saturating_sub(1);
        queues.leave(&waiting, aside);
        let case = waiting.case;
        queues.sleep(waiting, until, aside);
        queues.next_of(case);
        drop(queues);
        self.changed.notify_one();
    }

    /// A sleeping run that was found in the store at the start.
    pub(crate) fn recover_sleeping(&self, waiting: Waiting, until: Option<Timestamp>, aside: bool) {
        let mut queues = self.queues.lock();
        if queues.sleepers.contains_key(&waiting.run) {
            return;
        }
        if !aside {
            let line = queues.lines.entry(waiting.case).or_default();
            line.runs.push_back(waiting.clone());
        }
        queues.sleep(waiting, until, aside);
    }

    /// Wakes what is due and answers when the next one is.
    pub(crate) fn wake(&self, now: Timestamp) -> Option<Timestamp> {
        let mut queues = self.queues.lock();
        while let Some((at, run)) = queues.alarms.first().copied() {
            if at > now {
                return Some(at);
            }
            queues.alarms.pop_first();
            queues.awaken(run);
        }
        None
    }

    /// Wakes one sleeping run before its time; false if it does not sleep.
    pub(crate) fn rouse(&self, run: RunId) -> bool {
        let roused = self.queues.lock().awaken(run);
        if roused {
            self.changed.notify_one();
        }
        roused
    }

    /// Lets a run that waits behind others of its case work at once: it is to be ended, not to begin.
    pub(crate) fn out_of_turn(&self, run: RunId, case: CaseId) {
        let mut queues = self.queues.lock();
        let Some(line) = queues.lines.get_mut(&case) else {
            return;
        };
        let behind = line.turn != Some(run);
        let place = line.runs.iter().position(|other| other.run == run);
        let Some(place) = place.filter(|_| behind) else {
            return;
        };
        if let Some(waiting) = line.runs.remove(place) {
            queues.make_ready(waiting);
        }
        drop(queues);
        self.changed.notify_one();
    }

    pub(crate) async fn changed(&self) {
        self.changed.notified().await;
    }

    pub(crate) fn nudge(&self) {
        self.changed.notify_one();
    }
}

impl Queues {
    fn make_ready(&mut self, waiting: Waiting) {
        self.order += 1;
        let turn = Turn {
            priority: waiting.priority,
            order: Reverse(self.order),
            run: waiting.run,
        };
        self.waiting.insert(waiting.run, waiting);
        self.ready.push(turn);
    }

    /// The case's first run gets its turn, if none has it and it is awake.
    fn next_of(&mut self, case: CaseId) -> bool {
        let Some(line) = self.lines.get_mut(&case) else {
            return false;
        };
        let Some(first) = line.runs.front().filter(|_| line.turn.is_none()).cloned() else {
            if line.runs.is_empty() && line.turn.is_none() {
                self.lines.remove(&case);
            }
            return false;
        };
        if self.sleepers.contains_key(&first.run) {
            return false;
        }
        line.turn = Some(first.run);
        self.make_ready(first);
        true
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

    fn sleep(&mut self, waiting: Waiting, until: Option<Timestamp>, aside: bool) {
        let run = waiting.run;
        self.alarms.extend(until.map(|at| (at, run)));
        if aside {
            *self.aside.entry(waiting.case).or_default() += 1;
        }
        let sleeper = Sleeper {
            waiting,
            until,
            aside,
        };
        self.sleepers.insert(run, sleeper);
    }

    /// A sleeper takes its place again; who stood aside goes before the runs that came later.
    fn awaken(&mut self, run: RunId) -> bool {
        let Some(sleeper) = self.sleepers.remove(&run) else {
            return false;
        };
        if let Some(at) = sleeper.until {
            self.alarms.remove(&(at, run));
        }
        let case = sleeper.waiting.case;
        if sleeper.aside {
            if let Some(count) = self.aside.get_mut(&case) {
                *count -= 1;
                if *count == 0 {
                    self.aside.remove(&case);
                }
            }
            self.lines
                .entry(case)
                .or_default()
                .runs
                .push_front(sleeper.waiting);
        }
        self.next_of(case);
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn waiting(run: u128, case: u128, priority: Severity) -> Waiting {
        Waiting {
            run: RunId::new(1, run),
            case: CaseId::new(1, case),
            tenant: TenantId::DEFAULT,
            priority,
        }
    }

    #[test]
    fn the_most_severe_works_first_and_equals_in_order_of_arrival() {
        let scheduler = Scheduler::default();
        scheduler.submit(waiting(1, 1, Severity::Low));
        scheduler.submit(waiting(2, 2, Severity::Critical));
        scheduler.submit(waiting(3, 3, Severity::Low));
        let order: Vec<RunId> = std::iter::from_fn(|| scheduler.take(8))
            .map(|turn| turn.run)
            .collect();
        assert_eq!(
            order,
            [RunId::new(1, 2), RunId::new(1, 1), RunId::new(1, 3)]
        );
        assert!(scheduler.active() == 3);
    }

    #[test]
    fn two_runs_of_one_case_never_work_at_once() {
        let scheduler = Scheduler::default();
        scheduler.submit(waiting(1, 1, Severity::Low));
        scheduler.submit(waiting(2, 1, Severity::Critical));
        assert_eq!(scheduler.queued_of(CaseId::new(1, 1)), 1);
        let first = scheduler.take(8).unwrap();
        assert_eq!(first.run, RunId::new(1, 1));
        assert!(scheduler.take(8).is_none());
        scheduler.finished(&first);
        assert_eq!(scheduler.take(8).unwrap().run, RunId::new(1, 2));
    }

    #[test]
    fn a_sleeping_run_wakes_at_its_time_and_blocks_its_case_until_then() {
        let scheduler = Scheduler::default();
        scheduler.submit(waiting(1, 1, Severity::Low));
        scheduler.submit(waiting(2, 1, Severity::Low));
        let first = scheduler.take(8).unwrap();
        scheduler.asleep(first, Some(Timestamp::from_millis(50)), false);
        assert!(scheduler.take(8).is_none());
        assert_eq!(
            scheduler.wake(Timestamp::from_millis(10)),
            Some(Timestamp::from_millis(50))
        );
        assert_eq!(scheduler.wake(Timestamp::from_millis(50)), None);
        assert_eq!(scheduler.take(8).unwrap().run, RunId::new(1, 1));
    }

    #[test]
    fn a_place_must_be_free() {
        let scheduler = Scheduler::default();
        scheduler.submit(waiting(1, 1, Severity::Low));
        scheduler.submit(waiting(2, 2, Severity::Low));
        let first = scheduler.take(1).unwrap();
        assert!(scheduler.take(1).is_none());
        scheduler.finished(&first);
        assert!(scheduler.take(1).is_some());
    }

    #[test]
    fn a_run_that_stands_aside_lets_others_work_and_goes_first_when_it_is_roused() {
        let scheduler = Scheduler::default();
        for run in 1..=3 {
            scheduler.submit(waiting(run, 1, Severity::Low));
        }
        let first = scheduler.take(8).unwrap();
        scheduler.asleep(first.clone(), None, true);
        assert!(!scheduler.last_of_case(RunId::new(1, 2), CaseId::new(1, 1)));
        let second = scheduler.take(8).unwrap();
        assert_eq!(second.run, RunId::new(1, 2));
        assert!(scheduler.rouse(first.run));
        assert!(!scheduler.rouse(first.run));
        assert!(scheduler.take(8).is_none(), "two of one case at work");
        scheduler.finished(&second);
        assert_eq!(scheduler.take(8).unwrap().run, first.run);
        assert!(scheduler.take(8).is_none());
        scheduler.finished(&first);
        assert_eq!(scheduler.take(8).unwrap().run, RunId::new(1, 3));
    }

    #[test]
    fn a_run_that_is_roused_does_not_wait_for_one_that_sleeps_in_its_place() {
        let scheduler = Scheduler::default();
        scheduler.submit(waiting(1, 1, Severity::Low));
        scheduler.submit(waiting(2, 1, Severity::Low));
        let first = scheduler.take(8).unwrap();
        scheduler.asleep(first.clone(), None, true);
        let second = scheduler.take(8).unwrap();
        scheduler.asleep(second.clone(), Some(Timestamp::from_millis(50)), false);
        scheduler.rouse(first.run);
        assert_eq!(scheduler.take(8).unwrap().run, first.run);
        // What is due while another works waits for it, and is made ready once.
        assert_eq!(scheduler.wake(Timestamp::from_millis(50)), None);
        assert!(scheduler.take(8).is_none());
        scheduler.finished(&first);
        assert_eq!(scheduler.take(8).unwrap().run, second.run);
        scheduler.finished(&second);
        assert!(scheduler.take(8).is_none());
        assert_eq!(scheduler.active(), 0);
    }

    #[test]
    fn a_run_that_is_to_be_ended_does_not_wait_for_its_turn() {
        let scheduler = Scheduler::default();
        for run in 1..=3 {
            scheduler.submit(waiting(run, 1, Severity::Low));
        }
        let case = CaseId::new(1, 1);
        let first = scheduler.take(8).unwrap();
        scheduler.out_of_turn(first.run, case);
        assert!(scheduler.take(8).is_none());
        scheduler.out_of_turn(RunId::new(1, 2), case);
        let second = scheduler.take(8).unwrap();
        assert_eq!(second.run, RunId::new(1, 2));
        scheduler.finished(&second);
        assert!(scheduler.take(8).is_none(), "the first is still at work");
        scheduler.finished(&first);
        assert_eq!(scheduler.take(8).unwrap().run, RunId::new(1, 3));
    }

    #[test]
    fn of_two_runs_that_end_at_once_one_is_the_last_of_its_case() {
        let scheduler = Scheduler::default();
        scheduler.submit(waiting(1, 1, Severity::Low));
        scheduler.submit(waiting(2, 1, Severity::Low));
        let case = CaseId::new(1, 1);
        assert!(!scheduler.last_of_case(RunId::new(1, 1), case));
        assert!(scheduler.last_of_case(RunId::new(1, 2), case));
    }
}
