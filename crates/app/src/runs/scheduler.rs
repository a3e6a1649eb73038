//! Which run works next: the most severe first, within one severity the oldest, and of one case only one.

use std::{
    cmp::Reverse,
    collections::{BTreeMap, BinaryHeap, HashMap, VecDeque},
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

#[derive(Debug, Default)]
struct Queues {
    ready: BinaryHeap<Turn>,
    waiting: HashMap<RunId, Waiting>,
    by_case: HashMap<CaseId, VecDeque<Waiting>>,
    sleeping: BTreeMap<(Timestamp, RunId), Waiting>,
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
        let line = queues.by_case.entry(waiting.case).or_default();
        if line.iter().any(|other| other.run == waiting.run) {
            return;
        }
        line.push_back(waiting.clone());
        if line.len() == 1 {
            queues.make_ready(waiting);
            drop(queues);
            self.changed.notify_one();
        }
    }

    /// How many runs of the case wait behind the one at work.
    pub fn queued_of(&self, case: CaseId) -> u32 {
        let queues = self.queues.lock();
        queues
            .by_case
            .get(&case)
            .map_or(0, |line| line.len().saturating_sub(1) as u32)
    }

    /// The run of the case that will work last.
    pub fn last_queued_of(&self, case: CaseId) -> Option<RunId> {
        self.queues
            .lock()
            .by_case
            .get(&case)
            .and_then(|line| line.back())
            .map(|last| last.run)
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
        let next = match queues.by_case.get_mut(&done.case) {
            Some(line) => {
                line.retain(|other| other.run != done.run);
                line.front().cloned()
            }
            None => None,
        };
        match next {
            Some(next) if !queues.waiting.contains_key(&next.run) => queues.make_ready(next),
            Some(_) => {}
            None => {
                queues.by_case.remove(&done.case);
            }
        }
        drop(queues);
        self.changed.notify_one();
    }

    /// The run has nothing to do before `until`; it keeps its place before the case's later runs.
    pub(crate) fn asleep(&self, waiting: Waiting, until: Timestamp) {
        let mut queues = self.queues.lock();
        queues.active = queues.active.saturating_sub(1);
        queues.sleeping.insert((until, waiting.run), waiting);
        drop(queues);
        self.changed.notify_one();
    }

    /// A sleeping run that was found in the store at the start.
    pub(crate) fn recover_sleeping(&self, waiting: Waiting, until: Timestamp) {
        let mut queues = self.queues.lock();
        let line = queues.by_case.entry(waiting.case).or_default();
        if line.iter().any(|other| other.run == waiting.run) {
            return;
        }
        line.push_back(waiting.clone());
        queues.sleeping.insert((until, waiting.run), waiting);
    }

    /// Wakes what is due and answers when the next one is.
    pub(crate) fn wake(&self, now: Timestamp) -> Option<Timestamp> {
        let mut queues = self.queues.lock();
        while let Some(entry) = queues.sleeping.first_entry() {
            if entry.key().0 > now {
                return Some(entry.key().0);
            }
            let waiting = entry.remove();
            queues.make_ready(waiting);
        }
        None
    }

    /// Wakes one sleeping run before its time; false if it does not sleep.
    pub(crate) fn rouse(&self, run: RunId) -> bool {
        let mut queues = self.queues.lock();
        let Some(key) = queues.sleeping.keys().find(|(_, id)| *id == run).copied() else {
            return false;
        };
        if let Some(waiting) = queues.sleeping.remove(&key) {
            queues.make_ready(waiting);
        }
        drop(queues);
        self.changed.notify_one();
        true
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
        scheduler.asleep(first, Timestamp::from_millis(50));
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
}
