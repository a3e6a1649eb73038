//! Driving one call to its end, alone or for all who ask the same.

use std::{sync::Arc, time::Duration};

use sha2::{Digest, Sha256};
use tokio::time::Instant;
use updraft_connector::{Call, CallError, CallResult, CallStatus, ErrorCode, Response, Step};

use crate::{
    Blobs, Egress, Ended, Filling, Link, Performed,
    cache::{Key, Turn},
    exchange::Exchanging,
    line::Line,
};

/// How long a call without a deadline may take.
const CALL_MAX: Duration = Duration::from_secs(10 * 60);
/// A pause that a vendor's 429 asks for without saying how long.
const PAUSE_DEFAULT: Duration = Duration::from_secs(1);

impl Egress {
    /// Performs a call: until it is over, or until the vendor must be given time. Never fails: what went
    /// wrong is in the result.
    pub async fn perform(
        &self,
        link: &Arc<Link>,
        call: Call,
        blobs: &dyn Blobs,
        deadline: Option<Instant>,
    ) -> Performed {
        let begun = Instant::now();
        let deadline = deadline.unwrap_or(begun + CALL_MAX);
        let line = self.0.lines.of(link);
        let lifetime = link
            .connector
            .action(call.action())
            .filter(|action| !action.effect.needs_intent())
            .and_then(|action| action.cache_ms);
        let mut performed = match lifetime {
            // A restored call is in the middle of its own conversation.
            Some(millis) if call.exchanges() == 0 => {
                let lifetime = Duration::from_millis(millis);
                self.shared(link, &line, call, blobs, deadline, lifetime)
                    .await
            }
            _ => {
                let none = Filling::default();
                self.drive(link, &line, call, blobs, deadline, &none).await
            }
        };
        performed.latency_ms = begun.elapsed().as_millis() as u64;
        performed
    }

    /// Like [`Egress::perform`], for a call with sealed values: they are put in when its requests are sent, and
    /// its answer is shared with nobody.
    pub async fn perform_filled(
        &self,
        link: &Arc<Link>,
        call: Call,
        blobs: &dyn Blobs,
        deadline: Option<Instant>,
        filling: &Filling,
    ) -> Performed {
        if filling.is_empty() {
            return self.perform(link, call, blobs, deadline).await;
        }
        self.perform_alone(link, call, blobs, deadline, filling)
            .await
    }

    async fn perform_alone(
        &self,
        link: &Arc<Link>,
        call: Call,
        blobs: &dyn Blobs,
        deadline: Option<Instant>,
        filling: &Filling,
    ) -> Performed {
        let begun = Instant::now();
        let deadline = deadline.unwrap_or(begun + CALL_MAX);
        let line = self.0.lines.of(link);
        let mut performed = self
            .drive(link, &line, call, blobs, deadline, filling)
            .await;
        performed.latency_ms = begun.elapsed().as_millis() as u64;
        performed
    }

    /// Like [`Egress::perform`], without using or sharing another call's answer: for reading back what was
    /// just written.
    pub async fn perform_uncached(
        &self,
        link: &Arc<Link>,
        call: Call,
        blobs: &dyn Blobs,
        deadline: Option<Instant>,
    ) -> Performed {
        let none = Filling::default();
        self.perform_alone(link, call, blobs, deadline, &none).await
    }

    async fn shared(
        &self,
        link: &Arc<Link>,
        line: &Line,
        call: Call,
        blobs: &dyn Blobs,
        deadline: Instant,
        lifetime: Duration,
    ) -> Performed {
        let key = key(link, line, &call);
        loop {
            match self.0.cache.ask(key, Instant::now()) {
                Turn::Kept(performed) => return reused(&performed),
                Turn::Lead(lead) => {
                    let none = Filling::default();
                    let performed = self.drive(link, line, call, blobs, deadline, &none).await;
                    let keep = performed.result().is_some_and(|result| {
                        matches!(result.status, CallStatus::Ok | CallStatus::NotFound)
                    });
                    lead.finish(&performed, deadline, keep.then_some(lifetime));
                    return performed;
                }
                Turn::Follow(mut flight) => {
                    let told = flight.wait_for(Option::is_some);
                    let told = match tokio::time::timeout_at(deadline, told).await {
                        Err(_) => return Performed::failed(too_late()),
                        // The leader left without a word: ask again.
                        Ok(Err(_)) => continue,
                        Ok(Ok(told)) => told.clone(),
                    };
                    if let Some((performed, leaders)) = told
                        && !spoilt(&performed, leaders, deadline)
                    {
                        return reused(&performed);
                    }
                }
            }
        }
    }

    async fn drive(
        &self,
        link: &Arc<Link>,
        line: &Line,
        mut call: Call,
        blobs: &dyn Blobs,
        deadline: Instant,
        filling: &Filling,
    ) -> Performed {
        let way = Exchanging {
            egress: self,
            link,
            line,
            blobs,
            deadline,
            filling,
        };
        let mut exchanges = Vec::new();
        let mut logins = Vec::new();
        let end = loop {
            match call.step() {
                Step::Done(result) => {
                    rest(line, &result);
                    break Ended::Done(result);
                }
                Step::Wait { millis, reason } => {
                    // Woken before it is saved: who restores it has waited.
                    call.woken();
                    break Ended::Wait {
                        state: call.save(),
                        millis,
                        reason,
                    };
                }
                Step::Exchange(request) => {
                    let recorded = way.perform(request, &mut logins).await;
                    match (&recorded.response, &recorded.failure) {
                        (Some(response), _) => call.response(Response::clone(response)),
                        (None, Some(failure)) => call.failed(failure.clone()),
                        (None, None) => call.failed(crate::failure::failure(
                            ErrorCode::Failed,
                            "the exchange gave neither an answer nor a failure",
                        )),
                    }
                    exchanges.push(recorded);
                }
            }
        };
        Performed {
            end,
            exchanges,
            logins,
            cached: false,
            latency_ms: 0,
        }
    }
}

/// What identical calls have in common.
fn key(link: &Link, line: &Line, call: &Call) -> Key {
    let mut digest = Sha256::new();
    digest.update(link.tenant.to_bytes());
    digest.update(link.connection.to_bytes());
    digest.update(line.fingerprint());
    digest.update(call.action());
    digest.update([0]);
    digest.update(call.input().to_string());
    digest.finalize().into()
}

fn reused(performed: &Arc<Performed>) -> Performed {
    let mut performed = Performed::clone(performed);
    performed.cached = true;
    performed
}

/// A failure for want of time says nothing to somebody who has more of it.
fn spoilt(performed: &Performed, leaders_deadline: Instant, mine: Instant) -> bool {
    let error = performed.result().and_then(|result| result.error.as_ref());
    mine > leaders_deadline
        && error
            .is_some_and(|error| matches!(error.code, ErrorCode::Timeout | ErrorCode::RateLimited))
}

fn too_late() -> CallError {
    CallError::new(
        ErrorCode::Timeout,
        "an identical look-up is under way and took too long",
    )
}

/// A vendor that says "too many" in the body, or by a rule of the manifest, gets its rest too.
fn rest(line: &Line, result: &CallResult) {
    if let Some(error) = &result.error
        && error.code == ErrorCode::RateLimited
    {
        let pause = error
            .retry_after_ms
            .map_or(PAUSE_DEFAULT, Duration::from_millis);
        line.gate.pause(pause);
    }
}
