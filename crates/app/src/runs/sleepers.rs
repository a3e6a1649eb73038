//! Runs that sleep: found at the start, and given an alarm shortly before they are due.
//!
//! A million of them may sleep for weeks. What is kept of each is a few words in the scheduler; the alarms are read
//! from the store's index a few minutes ahead of the clock. A clock that is set forward finds more that is due and
//! reads on; one that is set back finds nothing due.

use std::collections::HashMap;

use updraft_model::{RunId, Timestamp};
use updraft_store::AsleepRun;

use super::{Slot, Waiting, fair};
use crate::{App, error::Result};

/// How far ahead of the clock alarms are set.
const AHEAD_MS: i64 = 10 * 60_000;
/// Further ones are read when less than this is left.
const AHEAD_MS_MIN: i64 = 5 * 60_000;
/// Alarms and waiting runs beyond which none are read: what is due works first.
const KEPT_MAX: usize = 50_000;
/// Sleeping runs that are read at once.
const PAGE: u32 = 10_000;

impl App {
    /// Everything that sleeps takes its place in its case's line. Returns how many runs do.
    pub(crate) async fn recover_sleepers(&self) -> Result<usize> {
        let store = &self.0.store;
        let mut slots: HashMap<RunId, Slot> = HashMap::new();
        for run in store.runs_with_a_slot().await? {
            let waiting = Waiting::of(&run);
            self.0.scheduler.recover_slot(&waiting);
            slots.extend(waiting.slot.map(|slot| (run.id, slot)));
        }
        let known = |found: Vec<AsleepRun>| {
            for one in found.iter().filter(|one| one.watches) {
                self.0.mailbox.watch(one.run, one.case);
            }
            let all = found.into_iter().map(|one| {
                let waiting = Waiting {
                    run: one.run,
                    case: one.case,
                    tenant: one.tenant,
                    priority: one.priority,
                    slot: slots.get(&one.run).cloned(),
                };
                (waiting, one.aside)
            });
            self.0.scheduler.recover_sleeping(all);
        };
        let mut count = 0;
        let mut after = fair::first_moment();
        loop {
            let page = store.asleep(after, PAGE).await?;
            let (read, last) = (page.len(), page.last().copied());
            count += read;
            known(page);
            match last.and_then(|last| Some((last.wake_at?, last.run))) {
                Some(place) if read == PAGE as usize => after = place,
                _ => break,
            }
        }
        let mut after = fair::first_moment().1;
        loop {
            let page = store.asleep_without_end(after, PAGE).await?;
            let (read, last) = (page.len(), page.last().map(|last| last.run));
            count += read;
            known(page);
            match last {
                Some(last) if read == PAGE as usize => after = last,
                _ => return Ok(count),
            }
        }
    }

    /// Sets the alarms of what is due soon, as far as there is room for it.
    pub(crate) async fn look_ahead(&self, now: Timestamp) -> Result<()> {
        let scheduler = &self.0.scheduler;
        let (from, mut kept) = scheduler.horizon();
        if from.0 >= now.plus_millis(AHEAD_MS_MIN) || kept >= KEPT_MAX {
            return Ok(());
        }
        let until = now.plus_millis(AHEAD_MS);
        let end = (until, RunId::from_bytes([0xff; 16]));
        // First this, then the reading: what falls asleep meanwhile has its alarm one way or the other.
        scheduler.look_ahead(end);
        let mut after = from;
        while kept < KEPT_MAX {
            let page = match self.0.store.asleep(after, PAGE).await {
                Ok(page) => page,
                Err(error) => {
                    scheduler.look_ahead(after);
                    return Err(error.into());
                }
            };
            let read = page.len();
            let due: Vec<(Timestamp, RunId)> = page
                .into_iter()
                .filter_map(|one| Some((one.wake_at?, one.run)))
                .take_while(|place| *place <= end)
                .collect();
            kept += due.len();
            let last = due.last().copied();
            let all = due.len() < read || read < PAGE as usize;
            scheduler.set_alarms(due.into_iter());
            if all {
                return Ok(());
            }
            after = last.unwrap_or(after);
        }
        scheduler.look_ahead(after);
        Ok(())
    }
}
