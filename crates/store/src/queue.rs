//! What waits for the writer: five lanes, one for each severity, first come first served within a lane.
//!
//! A batch takes what is there, the most severe lane first; its last eighth is kept for the mildest lanes, so that
//! nothing waits for ever.

use std::{collections::VecDeque, time::Duration};

use parking_lot::{Condvar, Mutex};
use tokio::sync::{OwnedSemaphorePermit, oneshot};
use updraft_model::Severity;

use crate::{error::Error, heads::Heads, prepare::Ready, seam::Db, tx::Committed};

/// The most transactions of one batch.
const BATCH_TXS_MAX: usize = 2_048;
/// The most bytes of one batch: bounds how long it keeps the writer and how far the log grows at once.
const BATCH_BYTES_MAX: usize = 24 * 1024 * 1024;
/// The most transactions that may wait without having taken room (`Store::commit_nowait`).
pub(crate) const WAITING_MAX: usize = 100_000;
/// With nothing to do for this long, the writer cleans up.
const IDLE_AFTER: Duration = Duration::from_millis(200);

/// A piece of the store's own housekeeping; it may be tried more than once.
pub(crate) type Job = Box<dyn FnMut(&mut dyn Db, &mut Heads) -> Result<(), Error> + Send>;

pub(crate) enum Work {
    Tx(Ready),
    Job(Job),
}

pub(crate) struct Item {
    pub(crate) work: Work,
    pub(crate) bytes: usize,
    pub(crate) answer: oneshot::Sender<Result<Committed, Error>>,
    /// Room in the queue, given back when the batch is taken.
    pub(crate) room: Option<OwnedSemaphorePermit>,
}

pub(crate) enum Taken {
    Batch(Vec<Item>),
    Idle,
    Closed,
}

#[derive(Default)]
pub(crate) struct Queue {
    state: Mutex<State>,
    arrived: Condvar,
    /// Whoever moves the writer by hand waits here.
    #[cfg(feature = "simulation")]
    pub(crate) pushed: tokio::sync::Notify,
}

#[derive(Default)]
struct State {
    lanes: [VecDeque<Item>; 5],
    waiting: usize,
    closed: bool,
}

impl Queue {
    /// Adds to the end of a lane; the order of calls is the order in the lane.
    pub(crate) fn push(&self, priority: Severity, item: Item) -> Result<(), Error> {
        let mut state = self.state.lock();
        if state.closed {
            return Err(Error::Closed);
        }
        if item.room.is_none() && state.waiting >= WAITING_MAX {
            return Err(Error::Busy {
                waiting: state.waiting,
                limit: WAITING_MAX,
            });
        }
        state.waiting += 1;
        let lane = usize::from(priority.as_u8());
        if let Some(lane) = state.lanes.get_mut(lane) {
            lane.push_back(item);
        }
        drop(state);
        self.arrived.notify_one();
        #[cfg(feature = "simulation")]
        self.pushed.notify_one();
        Ok(())
    }

    /// Waits for something to do. After `close`, what is left comes first.
    pub(crate) fn take(&self) -> Taken {
        let mut state = self.state.lock();
        loop {
            if state.waiting > 0 {
                return Taken::Batch(state.batch());
            }
            if state.closed {
                return Taken::Closed;
            }
            if self.arrived.wait_for(&mut state, IDLE_AFTER).timed_out() && state.waiting == 0 {
                return Taken::Idle;
            }
        }
    }

    /// What waits, without waiting for it.
    #[cfg(feature = "simulation")]
    pub(crate) fn take_waiting(&self) -> Vec<Item> {
        self.state.lock().batch()
    }

    /// Sleeps until something arrives.
    pub(crate) fn sleep(&self) {
        let mut state = self.state.lock();
        while state.waiting == 0 && !state.closed {
            self.arrived.wait(&mut state);
        }
    }

    pub(crate) fn close(&self) {
        self.state.lock().closed = true;
        self.arrived.notify_all();
    }

    pub(crate) fn waiting(&self) -> usize {
        self.state.lock().waiting
    }
}

impl State {
    fn batch(&mut self) -> Vec<Item> {
        let mut batch = Vec::with_capacity(self.waiting.min(BATCH_TXS_MAX));
        let mut bytes = 0;
        let severe_share = BATCH_TXS_MAX - BATCH_TXS_MAX / 8;
        for lane in self.lanes.iter_mut().rev() {
            fill(
                &mut batch,
                &mut bytes,
                lane,
                severe_share,
                BATCH_BYTES_MAX / 8 * 7,
            );
        }
        for lane in &mut self.lanes {
            fill(&mut batch, &mut bytes, lane, BATCH_TXS_MAX, BATCH_BYTES_MAX);
        }
        self.waiting -= batch.len();
        batch
    }
}

fn fill(
    batch: &mut Vec<Item>,
    bytes: &mut usize,
    lane: &mut VecDeque<Item>,
    txs_max: usize,
    bytes_max: usize,
) {
    while batch.len() < txs_max && (batch.is_empty() || *bytes < bytes_max) {
        let Some(mut item) = lane.pop_front() else {
            return;
        };
        item.room = None;
        *bytes += item.bytes;
        batch.push(item);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn item() -> Item {
        Item {
            work: Work::Job(Box::new(|_, _| Ok(()))),
            bytes: 1,
            answer: oneshot::channel().0,
            room: None,
        }
    }

    #[test]
    fn the_severe_go_first_and_the_mild_are_not_starved() {
        let queue = Queue::default();
        for _ in 0..BATCH_TXS_MAX * 2 {
            queue.push(Severity::Critical, item()).unwrap();
        }
        queue.push(Severity::Low, item()).unwrap();
        let Taken::Batch(batch) = queue.take() else {
            panic!()
        };
        assert_eq!(batch.len(), BATCH_TXS_MAX);
        assert!(queue.state.lock().lanes[1].is_empty());
    }

    #[test]
    fn what_waits_when_the_queue_closes_is_still_taken() {
        let queue = Queue::default();
        queue.push(Severity::Low, item()).unwrap();
        queue.close();
        assert!(matches!(
            queue.push(Severity::Low, item()),
            Err(Error::Closed)
        ));
        assert!(matches!(queue.take(), Taken::Batch(batch) if batch.len() == 1));
        assert!(matches!(queue.take(), Taken::Closed));
    }
}
