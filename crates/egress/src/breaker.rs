//! A vendor that is down is left alone for a while, and then asked by one call only.
//!
//! Closed: calls pass, failures in a row are counted. Open: every call is refused at once, so that runs do not
//! wait for time-outs one after the other. After the rest one call probes; its answer closes the circuit, its
//! failure opens it again, for twice as long. A probe that is given up halfway lets the next one probe.
//! Only failures of the transport and answers of 5xx count: a 404 or 401 is a vendor that works.

use std::time::Duration;

use parking_lot::Mutex;
use tokio::time::Instant;
use updraft_model::Timestamp;

/// Failures in a row that open the circuit.
pub const FAILURES_MAX: u32 = 5;
/// The first rest.
pub const REST: Duration = Duration::from_secs(15);
/// The longest rest.
pub const REST_MAX: Duration = Duration::from_secs(5 * 60);

#[derive(Debug, Clone, Copy)]
enum State {
    Closed {
        failures: u32,
    },
    Open {
        since: Timestamp,
        until: Instant,
        rest: Duration,
        probing: bool,
    },
}

/// The circuit is open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Open {
    /// Since when.
    pub since: Timestamp,
    /// Until the next probe.
    pub retry_after: Duration,
}

/// The circuit of one connection.
#[derive(Debug)]
pub struct Breaker {
    state: Mutex<State>,
}

/// Leave to make one exchange; says afterwards how it went.
#[derive(Debug)]
pub struct Trial<'a> {
    breaker: &'a Breaker,
    probe: bool,
    told: bool,
}

impl Default for Breaker {
    fn default() -> Self {
        Self {
            state: Mutex::new(State::Closed { failures: 0 }),
        }
    }
}

impl Breaker {
    /// Would an exchange be refused now? Takes no probe.
    pub fn refuses(&self, now: Instant) -> Result<(), Open> {
        match *self.state.lock() {
            State::Open {
                since,
                until,
                probing,
                ..
            } if now < until || probing => Err(Open {
                since,
                retry_after: rest_of(until, now),
            }),
            State::Open { .. } | State::Closed { .. } => Ok(()),
        }
    }

    /// May an exchange be made?
    pub fn admit(&self, now: Instant) -> Result<Trial<'_>, Open> {
        let mut state = self.state.lock();
        let probe = match &mut *state {
            State::Closed { .. } => false,
            State::Open { until, probing, .. } if now >= *until && !*probing => {
                *probing = true;
                true
            }
            State::Open { since, until, .. } => {
                return Err(Open {
                    since: *since,
                    retry_after: rest_of(*until, now),
                });
            }
        };
        Ok(Trial {
            breaker: self,
            probe,
            told: false,
        })
    }
}

/// While a probe is under way its end is not known.
fn rest_of(until: Instant, now: Instant) -> Duration {
    until
        .saturating_duration_since(now)
        .max(Duration::from_millis(500))
}

impl Trial<'_> {
    /// The vendor answered.
    pub fn succeeded(mut self) {
        self.told = true;
        let mut state = self.breaker.state.lock();
        // Stragglers from before the circuit opened do not close it: only the probe's word counts.
        if self.probe || matches!(*state, State::Closed { .. }) {
            *state = State::Closed { failures: 0 };
        }
    }

    /// The vendor did not answer, or answered that it is broken.
    pub fn failed(mut self, now: Instant, clock: Timestamp) {
        self.told = true;
        let mut state = self.breaker.state.lock();
        *state = match *state {
            State::Closed { failures } if failures + 1 < FAILURES_MAX => State::Closed {
                failures: failures + 1,
            },
            State::Closed { .. } => State::Open {
                since: clock,
                until: now + REST,
                rest: REST,
                probing: false,
            },
            State::Open { since, rest, .. } if self.probe => {
                let rest = (rest * 2).min(REST_MAX);
                State::Open {
                    since,
                    until: now + rest,
                    rest,
                    probing: false,
                }
            }
            open @ State::Open { .. } => open,
        };
    }
}

impl Drop for Trial<'_> {
    fn drop(&mut self) {
        if self.probe
            && !self.told
            && let State::Open { probing, .. } = &mut *self.breaker.state.lock()
        {
            *probing = false;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CLOCK: Timestamp = Timestamp::from_millis(0);

    fn opened(now: Instant) -> Breaker {
        let breaker = Breaker::default();
        for _ in 0..FAILURES_MAX {
            breaker.admit(now).unwrap().failed(now, CLOCK);
        }
        breaker
    }

    #[test]
    fn failures_in_a_row_open_it_and_a_success_between_does_not() {
        let now = Instant::now();
        let breaker = Breaker::default();
        for _ in 0..3 {
            for _ in 1..FAILURES_MAX {
                breaker.admit(now).unwrap().failed(now, CLOCK);
            }
            breaker.admit(now).unwrap().succeeded();
        }
        assert_eq!(breaker.refuses(now), Ok(()));
        let open = opened(now).admit(now).unwrap_err();
        assert_eq!(open.retry_after, REST);
    }

    #[test]
    fn one_probe_at_a_time_decides() {
        let now = Instant::now();
        let breaker = opened(now);
        let later = now + REST;
        let probe = breaker.admit(later).unwrap();
        assert!(breaker.admit(later).is_err(), "a second probe");
        probe.failed(later, CLOCK);
        assert_eq!(breaker.admit(later).unwrap_err().retry_after, REST * 2);
        let probe = breaker.admit(later + REST * 2).unwrap();
        probe.succeeded();
        assert!(breaker.refuses(later).is_ok() && breaker.admit(later).is_ok());
    }

    #[test]
    fn a_probe_that_is_given_up_lets_the_next_one_probe() {
        let now = Instant::now();
        let breaker = opened(now);
        drop(breaker.admit(now + REST).unwrap());
        assert!(breaker.admit(now + REST).is_ok());
    }

    #[test]
    fn stragglers_change_nothing_while_it_is_open() {
        let now = Instant::now();
        let breaker = Breaker::default();
        let (early, late) = (breaker.admit(now).unwrap(), breaker.admit(now).unwrap());
        for _ in 0..FAILURES_MAX {
            breaker.admit(now).unwrap().failed(now, CLOCK);
        }
        early.succeeded();
        late.failed(now, CLOCK);
        assert_eq!(breaker.admit(now).unwrap_err().retry_after, REST);
    }
}
