//! The queues of the runs in this process, behind a lock, with a bell for who hands out places.
//!
//! Which run is next is decided in [`fair`](super::fair). Of runs that sleep only those have an alarm that wake soon:
//! the driver reads further ones from the store before their time comes ([`Scheduler::horizon`]).

use parking_lot::Mutex;
use tokio::sync::Notify;
use updraft_model::{CaseId, RunId, Timestamp};

use super::fair::{Queues, Waiting};

/// Runs that are woken under one lock.
const WAKE_AT_ONCE: usize = 1_000;

/// The queues of the runs in this process.
#[derive(Debug, Default)]
pub struct Scheduler {
    queues: Mutex<Queues>,
    changed: Notify,
}

impl Scheduler {
    /// Queues a run behind the earlier runs of its case. Doing it twice does nothing.
    pub fn submit(&self, waiting: Waiting) {
        if self.queues.lock().submit(waiting) {
            self.changed.notify_one();
        }
    }

    /// How many runs of the case wait behind the one at work.
    pub fn queued_of(&self, case: CaseId) -> u32 {
        self.queues.lock().queued_of(case)
    }

    /// The run of the case that will work last.
    pub fn last_queued_of(&self, case: CaseId) -> Option<RunId> {
        self.queues.lock().last_queued_of(case)
    }

    /// How many runs wait for a place, or for a slot of their playbook.
    pub fn waiting(&self) -> usize {
        self.queues.lock().waiting()
    }

    /// How many runs are at work.
    pub fn active(&self) -> usize {
        self.queues.lock().active()
    }

    /// The next run to work, if a place is free.
    pub fn take(&self, active_max: usize) -> Option<Waiting> {
        self.queues.lock().take(active_max)
    }

    /// The run is over: the case's next run may work.
    pub fn finished(&self, done: &Waiting) {
        self.queues.lock().finished(done);
        self.changed.notify_one();
    }

    /// The run has nothing to do before `until`, or until it is roused. It keeps its place before the case's later
    /// runs, unless it stands `aside`.
    pub(crate) fn asleep(&self, waiting: &Waiting, until: Option<Timestamp>, aside: bool) {
        self.queues.lock().asleep(waiting, until, aside);
        self.changed.notify_one();
    }

    /// The run is about to end; true when no other run of its case is at work, waits for its turn or sleeps. Of several
    /// that end at once, the last one to ask is the last.
    pub(crate) fn last_of_case(&self, run: RunId, case: CaseId) -> bool {
        self.queues.lock().last_of_case(run, case)
    }

    /// Sleeping runs that were found in the store at the start, and whether they stand aside.
    pub(crate) fn recover_sleeping(&self, found: impl Iterator<Item = (Waiting, bool)>) {
        let mut queues = self.queues.lock();
        for (waiting, aside) in found {
            queues.recover_sleeping(&waiting, aside);
        }
    }

    /// A run that had begun before the start and counts against a bound.
    pub(crate) fn recover_slot(&self, waiting: &Waiting) {
        self.queues.lock().recover_slot(waiting);
    }

    /// Up to which moment sleeping runs have an alarm, and how much waits here.
    pub(crate) fn horizon(&self) -> ((Timestamp, RunId), usize) {
        let queues = self.queues.lock();
        (queues.known_to(), queues.kept())
    }

    /// Moves that moment: what falls asleep until then has an alarm from now on.
    pub(crate) fn look_ahead(&self, moment: (Timestamp, RunId)) {
        self.queues.lock().know_to(moment);
    }

    /// Alarms of runs that slept already.
    pub(crate) fn set_alarms(&self, found: impl Iterator<Item = (Timestamp, RunId)>) {
        let mut queues = self.queues.lock();
        for (until, run) in found {
            queues.alarm(until, run);
        }
    }

    /// How many runs sleep.
    pub fn asleep_now(&self) -> usize {
        self.queues.lock().asleep_now()
    }

    /// Wakes what is due and answers when the next one is, as far as it is known.
    pub(crate) fn wake(&self, now: Timestamp) -> Option<Timestamp> {
        loop {
            let next = self.queues.lock().wake(now, WAKE_AT_ONCE);
            if next.is_none_or(|at| at > now) {
                return next;
            }
            self.changed.notify_one();
        }
    }

    /// Wakes one sleeping run before its time; false if it does not sleep.
    pub(crate) fn rouse(&self, run: RunId) -> bool {
        let roused = self.queues.lock().rouse(run);
        if roused {
            self.changed.notify_one();
        }
        roused
    }

    /// Lets a run that waits behind others of its case, or for a slot, work at once: it is to be ended, not to begin.
    pub(crate) fn out_of_turn(&self, run: RunId, case: CaseId) {
        if self.queues.lock().out_of_turn(run, case) {
            self.changed.notify_one();
        }
    }

    pub(crate) async fn changed(&self) {
        self.changed.notified().await;
    }

    pub(crate) fn nudge(&self) {
        self.changed.notify_one();
    }
}
