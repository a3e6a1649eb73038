//! Sessions: opened once for a connection, however many calls need one at the same moment.
//!
//! The one that holds the door logs in, the others wait for it. A session lives as long as its answer or the
//! manifest says, or until the vendor rejects it. A login that the vendor refused is not tried again for
//! [`REFUSED_REST`]: a wrong password, tried by every run, locks the account.

use std::{sync::Arc, time::Duration};

use parking_lot::Mutex;
use tokio::time::Instant;
use updraft_connector::{CallError, ErrorCode, Failure, auth::Session};

use crate::{http::Credentials, scrub::Scrubber};

/// How long a refused login is remembered.
pub const REFUSED_REST: Duration = Duration::from_secs(30);

/// An open session, ready for use.
#[derive(Debug)]
pub(crate) struct Held {
    /// What to add to each request.
    pub credentials: Credentials,
    /// Covers the session's values as well as the secrets.
    pub scrubber: Scrubber,
    /// The address that the login answer named: requests to the base URL go there.
    pub base_url: Option<url::Url>,
    until: Instant,
}

impl Held {
    pub(crate) fn new(
        session: &Session,
        credentials: Credentials,
        scrubber: Scrubber,
        base_url: Option<url::Url>,
    ) -> Self {
        // A lifetime beyond a day is as good as for ever; adding it must not overflow.
        let lifetime = Duration::from_millis(session.lifetime_ms.min(86_400_000));
        let until = Instant::now() + lifetime;
        Self {
            credentials,
            scrubber,
            base_url,
            until,
        }
    }

    /// Nobody in particular: who is about to log in.
    pub(crate) fn anonymous() -> Self {
        Self {
            credentials: Credentials::default(),
            scrubber: Scrubber::default(),
            base_url: None,
            until: Instant::now(),
        }
    }
}

#[derive(Debug, Default)]
struct Known {
    held: Option<Arc<Held>>,
    refused: Option<(Failure, Instant)>,
}

/// The session of one connection.
#[derive(Debug, Default)]
pub(crate) struct Sessions {
    known: Mutex<Known>,
    door: tokio::sync::Mutex<()>,
}

/// What somebody who needs a session finds.
pub(crate) enum Found {
    Open(Arc<Held>),
    Refused(Failure),
    Nothing,
}

impl Sessions {
    pub(crate) fn find(&self, now: Instant) -> Found {
        let mut known = self.known.lock();
        match &known.held {
            Some(held) if held.until > now => return Found::Open(held.clone()),
            Some(_) => known.held = None,
            None => {}
        }
        match &known.refused {
            Some((failure, until)) if *until > now => {
                let mut failure = failure.clone();
                failure.retry_after_ms = Some((*until - now).as_millis() as u64);
                Found::Refused(failure)
            }
            _ => Found::Nothing,
        }
    }

    /// Only the holder of this may log in.
    pub(crate) async fn door(&self) -> tokio::sync::MutexGuard<'_, ()> {
        self.door.lock().await
    }

    pub(crate) fn opened(&self, held: &Arc<Held>) {
        *self.known.lock() = Known {
            held: Some(held.clone()),
            refused: None,
        };
    }

    pub(crate) fn refused(&self, error: &CallError) {
        if matches!(error.code, ErrorCode::Auth | ErrorCode::Forbidden) {
            let failure = failure_of(error);
            self.known.lock().refused = Some((failure, Instant::now() + REFUSED_REST));
        }
    }

    /// The vendor rejected this session; a newer one stays.
    pub(crate) fn rejected(&self, which: &Arc<Held>) {
        let mut known = self.known.lock();
        if known
            .held
            .as_ref()
            .is_some_and(|held| Arc::ptr_eq(held, which))
        {
            known.held = None;
        }
    }
}

/// An error before the exchange, told to the call as the failure of the exchange.
pub(crate) fn failure_of(error: &CallError) -> Failure {
    let message = match error.hint.is_empty() {
        true => error.message.clone(),
        false => format!("{}; {}", error.message, error.hint),
    };
    Failure {
        code: error.code,
        message,
        retryable: error.retryable,
        retry_after_ms: error.retry_after_ms,
    }
}
