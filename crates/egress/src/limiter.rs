//! Keeping to a vendor's pace: rates, concurrency and pauses of one connection.
//!
//! A [`Gate`] is passed once per exchange. Inside is a [`Schedule`], which knows no clock: it hands out the
//! moment at which the next exchange may start. Rates per second are a token bucket; allowances per minute, hour
//! and day are sliding windows, because vendors count that way and a bucket would allow twice the number at its
//! start. (Windows live in memory: a restart forgets what was used of a day.)
//! A `Retry-After` *pauses* the connection: slots that were handed out beyond that moment are taken back and
//! their holders ask again, so that nobody else in the queue runs into the same answer.
//! Who would have to wait longer than his deadline is told so at once, and takes no slot.

use std::{
    collections::VecDeque,
    sync::atomic::{AtomicU32, Ordering},
    time::Duration,
};

use parking_lot::Mutex;
use tokio::{
    sync::{Semaphore, SemaphorePermit},
    time::Instant,
};

/// A vendor that asks for more than this is asked again after this.
pub const PAUSE_MAX: Duration = Duration::from_secs(60 * 60);
/// Calls waiting at one connection; the next is told to come back.
pub const WAITING_MAX: u32 = 10_000;
/// Starts that a sliding window remembers; a larger allowance is spread evenly over its time instead.
const WINDOW_MAX: f64 = 6_000.0;

/// The numbers that a connection must keep to; zero is no limit.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Rates {
    /// Exchanges a second, on average.
    pub per_second: f64,
    /// Exchanges in any 60 seconds.
    pub per_minute: f64,
    /// Exchanges in any hour.
    pub per_hour: f64,
    /// Exchanges in any 24 hours.
    pub per_day: f64,
    /// Exchanges that may start together after a rest.
    pub burst: u32,
    /// Exchanges under way at the same time.
    pub concurrent: u32,
}

/// The queue is too long for the caller's deadline.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Busy {
    /// After this it is worth asking again.
    pub retry_after: Duration,
}

/// At most `max` starts in any `span`.
#[derive(Debug)]
struct Window {
    max: usize,
    span: Duration,
    /// The starts that still count, oldest first, at most `max`.
    starts: VecDeque<Instant>,
}

/// When the next exchange may start. Pure: `now` is an argument.
#[derive(Debug)]
struct Schedule {
    /// Time between two exchanges; zero without a rate per second.
    spacing: Duration,
    /// How far ahead of that pace a burst may run.
    tolerance: Duration,
    /// The moment at which the bucket is full again.
    full_at: Option<Instant>,
    windows: Vec<Window>,
    paused_until: Option<Instant>,
    /// Changes with every pause: older slots are void.
    epoch: u64,
}

impl Schedule {
    fn new(rates: Rates) -> Self {
        let mut per_second = rates.per_second;
        let mut windows = Vec::new();
        for (max, seconds) in [
            (rates.per_minute, 60.0),
            (rates.per_hour, 3_600.0),
            (rates.per_day, 86_400.0),
        ] {
            if max > WINDOW_MAX {
                let pace = max / seconds;
                per_second = if per_second > 0.0 {
                    per_second.min(pace)
                } else {
                    pace
                };
            } else if max > 0.0 {
                windows.push(Window {
                    max: (max as usize).max(1),
                    span: Duration::from_secs_f64(seconds / max.min(1.0)),
                    starts: VecDeque::new(),
                });
            }
        }
        let spacing = if per_second > 0.0 {
            Duration::from_secs_f64((1.0 / per_second).clamp(1e-6, 86_400.0))
        } else {
            Duration::ZERO
        };
        let burst = if rates.burst > 0 {
            rates.burst
        } else {
            (per_second as u32).max(1)
        };
        Self {
            spacing,
            tolerance: spacing.saturating_mul(burst - 1),
            full_at: None,
            windows,
            paused_until: None,
            epoch: 0,
        }
    }

    /// The earliest start for somebody who asks at `now`.
    fn earliest(&self, now: Instant) -> Instant {
        let mut at = now.max(self.paused_until.unwrap_or(now));
        if let Some(ahead) = self
            .full_at
            .and_then(|full| full.checked_sub(self.tolerance))
        {
            at = at.max(ahead);
        }
        for window in &self.windows {
            if window.starts.len() >= window.max
                && let Some(oldest) = window.starts.front()
            {
                at = at.max(*oldest + window.span);
            }
        }
        at
    }

    /// Takes the next slot, unless it lies beyond `latest`; then says when it would be.
    fn reserve(&mut self, now: Instant, latest: Instant) -> Result<Instant, Instant> {
        let at = self.earliest(now);
        if at > latest {
            return Err(at);
        }
        if !self.spacing.is_zero() {
            self.full_at = Some(self.full_at.map_or(at, |full| full.max(at)) + self.spacing);
        }
        for window in &mut self.windows {
            window.starts.push_back(at);
            while window.starts.len() > window.max {
                window.starts.pop_front();
            }
        }
        Ok(at)
    }

    /// Nothing starts before `until`; slots that nobody has used yet are void.
    fn pause(&mut self, now: Instant, until: Instant) {
        if self.paused_until.is_some_and(|known| known >= until) {
            return;
        }
        self.paused_until = Some(until);
        self.epoch += 1;
        for window in &mut self.windows {
            window.starts.retain(|start| *start <= now);
        }
        if let Some(full) = &mut self.full_at {
            *full = (*full).min(now + self.tolerance + self.spacing);
        }
    }
}

/// The way in to one connection.
#[derive(Debug)]
pub struct Gate {
    schedule: Mutex<Schedule>,
    slots: Option<Semaphore>,
    waiting: AtomicU32,
    unlimited: bool,
}

/// Leave to perform one exchange; the concurrency slot is free again when this is dropped.
#[derive(Debug)]
pub struct Pass<'a> {
    _slot: Option<SemaphorePermit<'a>>,
}

/// Counts somebody in the queue for as long as he is in it.
struct Waiting<'a>(&'a AtomicU32);

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Gate {
    /// A gate with these limits.
    pub fn new(rates: Rates) -> Self {
        let slots = (rates.concurrent > 0).then(|| Semaphore::new(rates.concurrent as usize));
        let schedule = Schedule::new(rates);
        Self {
            unlimited: schedule.spacing.is_zero() && schedule.windows.is_empty(),
            schedule: Mutex::new(schedule),
            slots,
            waiting: AtomicU32::new(0),
        }
    }

    /// Waits for a turn, at most until `deadline`.
    pub async fn enter(&self, deadline: Instant) -> Result<Pass<'_>, Busy> {
        let queued = self.waiting.fetch_add(1, Ordering::Relaxed);
        let _waiting = Waiting(&self.waiting);
        self.hopeless(queued, deadline)?;
        let slot = match &self.slots {
            None => None,
            Some(slots) => match slots.try_acquire() {
                Ok(slot) => Some(slot),
                Err(_) => Some(self.wait_for_slot(slots, deadline).await?),
            },
        };
        loop {
            let now = Instant::now();
            let (at, epoch) = {
                let mut schedule = self.schedule.lock();
                if self.unlimited && schedule.paused_until.is_none_or(|until| until <= now) {
                    return Ok(Pass { _slot: slot });
                }
                let at = schedule.reserve(now, deadline).map_err(|at| Busy {
                    retry_after: at - now,
                })?;
                (at, schedule.epoch)
            };
            if at > now {
                tokio::time::sleep_until(at).await;
            }
            if self.schedule.lock().epoch == epoch {
                return Ok(Pass { _slot: slot });
            }
        }
    }

    /// Turns away at the door whoever could not be served in time anyway.
    fn hopeless(&self, queued: u32, deadline: Instant) -> Result<(), Busy> {
        let now = Instant::now();
        let schedule = self.schedule.lock();
        let behind = schedule.spacing.saturating_mul(queued);
        let at = schedule.earliest(now) + behind;
        if at > deadline || queued >= WAITING_MAX {
            let retry_after = (at - now).max(Duration::from_millis(100));
            return Err(Busy { retry_after });
        }
        Ok(())
    }

    async fn wait_for_slot<'a>(
        &self,
        slots: &'a Semaphore,
        deadline: Instant,
    ) -> Result<SemaphorePermit<'a>, Busy> {
        let busy = Busy {
            retry_after: Duration::from_secs(1),
        };
        match tokio::time::timeout_at(deadline, slots.acquire()).await {
            Ok(Ok(slot)) => Ok(slot),
            Ok(Err(_)) | Err(_) => Err(busy),
        }
    }

    /// The vendor asked for a rest: nothing starts before it is over.
    pub fn pause(&self, rest: Duration) {
        let now = Instant::now();
        self.schedule.lock().pause(now, now + rest.min(PAUSE_MAX));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn starts(rates: Rates, count: usize) -> Vec<u128> {
        let mut schedule = Schedule::new(rates);
        let now = Instant::now();
        let far = now + Duration::from_secs(100_000);
        (0..count)
            .map(|_| (schedule.reserve(now, far).unwrap() - now).as_millis())
            .collect()
    }

    #[test]
    fn a_burst_starts_together_and_then_the_pace_holds() {
        let rates = Rates {
            per_second: 2.0,
            burst: 3,
            ..Rates::default()
        };
        assert_eq!(starts(rates, 6), [0, 0, 0, 500, 1000, 1500]);
        let slow = Rates {
            per_second: 0.1,
            ..Rates::default()
        };
        assert_eq!(starts(slow, 3), [0, 10_000, 20_000]);
    }

    #[test]
    fn no_window_of_a_minute_holds_more_than_allowed() {
        let rates = Rates {
            per_minute: 4.0,
            ..Rates::default()
        };
        assert_eq!(
            starts(rates, 9),
            [0, 0, 0, 0, 60_000, 60_000, 60_000, 60_000, 120_000]
        );
    }

    #[test]
    fn an_hour_and_a_day_hold_too_and_huge_allowances_become_a_pace() {
        let rates = Rates {
            per_minute: 2.0,
            per_hour: 3.0,
            ..Rates::default()
        };
        assert_eq!(starts(rates, 5), [0, 0, 60_000, 3_600_000, 3_600_000]);
        let rates = Rates {
            per_day: 864_000.0,
            burst: 1,
            ..Rates::default()
        };
        assert_eq!(starts(rates, 3), [0, 100, 200]);
    }

    #[test]
    fn a_slot_beyond_the_deadline_is_not_taken() {
        let mut schedule = Schedule::new(Rates {
            per_second: 1.0,
            burst: 1,
            ..Rates::default()
        });
        let now = Instant::now();
        assert_eq!(schedule.reserve(now, now), Ok(now));
        let next = now + Duration::from_secs(1);
        assert_eq!(schedule.reserve(now, now), Err(next));
        assert_eq!(schedule.reserve(now, now), Err(next));
        assert_eq!(schedule.reserve(now, next), Ok(next));
    }

    #[test]
    fn a_pause_takes_back_slots_that_nobody_used() {
        let mut schedule = Schedule::new(Rates {
            per_minute: 2.0,
            ..Rates::default()
        });
        let now = Instant::now();
        let far = now + Duration::from_secs(1000);
        let before: Vec<_> = (0..4)
            .map(|_| schedule.reserve(now, far).unwrap())
            .collect();
        assert_eq!(before[3], now + Duration::from_secs(60));
        let rest = now + Duration::from_secs(30);
        schedule.pause(now, rest);
        assert_eq!(schedule.epoch, 1);
        assert_eq!(schedule.reserve(now, far), Ok(rest));
        // A shorter pause changes nothing.
        schedule.pause(now, now + Duration::from_secs(1));
        assert_eq!(schedule.epoch, 1);
    }

    #[tokio::test(start_paused = true)]
    async fn the_queue_holds_the_pace_and_refuses_the_hopeless() {
        let gate = Gate::new(Rates {
            per_second: 10.0,
            burst: 1,
            ..Rates::default()
        });
        let begin = Instant::now();
        for _ in 0..5 {
            gate.enter(begin + Duration::from_secs(60)).await.unwrap();
        }
        assert_eq!((Instant::now() - begin).as_millis(), 400);
        let busy = gate
            .enter(Instant::now() + Duration::from_millis(50))
            .await
            .unwrap_err();
        assert_eq!(busy.retry_after.as_millis(), 100);
    }

    #[tokio::test(start_paused = true)]
    async fn a_pause_holds_back_everybody_in_the_queue() {
        let gate = Gate::new(Rates::default());
        let begin = Instant::now();
        gate.pause(Duration::from_secs(7));
        let late = gate
            .enter(begin + Duration::from_secs(5))
            .await
            .unwrap_err();
        assert_eq!(late.retry_after.as_secs(), 7);
        gate.enter(begin + Duration::from_secs(10)).await.unwrap();
        assert_eq!((Instant::now() - begin).as_secs(), 7);
    }

    #[tokio::test(start_paused = true)]
    async fn only_so_many_are_under_way() {
        let gate = Gate::new(Rates {
            concurrent: 2,
            ..Rates::default()
        });
        let deadline = Instant::now() + Duration::from_secs(1);
        let first = gate.enter(deadline).await.unwrap();
        let _second = gate.enter(deadline).await.unwrap();
        assert!(gate.enter(deadline).await.is_err());
        drop(first);
        assert!(
            gate.enter(Instant::now() + Duration::from_secs(1))
                .await
                .is_ok()
        );
    }
}
