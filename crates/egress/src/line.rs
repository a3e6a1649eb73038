//! What egress remembers about one connection: its pace, its circuits, its session.
//!
//! A [`Line`] is made when a connection is used first and again when its configuration changes; a change that
//! leaves the vendor's limits alone keeps the pace. Circuits are per host, because one connection may speak to
//! many servers (WHOIS).

use std::sync::{Arc, Weak};

use lru::LruCache;
use parking_lot::Mutex;
use updraft_connector::{CallError, auth};
use updraft_model::{ConnectionId, TenantId};
use url::Url;

use crate::{
    breaker::Breaker,
    guard::{Hosts, host_of},
    http::Credentials,
    limiter::{Gate, Rates},
    link::Link,
    scrub::Scrubber,
    session::Sessions,
};

/// Connections remembered.
const LINES_MAX: usize = 10_000;
/// Circuits of one connection.
const CIRCUITS_MAX: usize = 256;

/// The living part of a connection.
#[derive(Debug)]
pub(crate) struct Line {
    fingerprint: [u8; 32],
    rates: Rates,
    pub(crate) gate: Arc<Gate>,
    pub(crate) sessions: Sessions,
    pub(crate) needs_session: bool,
    /// Of a connection without sessions.
    pub(crate) credentials: Result<Credentials, CallError>,
    pub(crate) scrubber: Scrubber,
    pub(crate) base_url: Option<Url>,
    base_host: Option<String>,
    listed: Vec<String>,
    circuits: Mutex<LruCache<String, Arc<Breaker>>>,
}

impl Line {
    fn new(link: &Link, fingerprint: [u8; 32], before: Option<&Line>) -> Self {
        let manifest = &link.connector.manifest;
        let environment = &link.environment;
        let rates = rates(&link.limits);
        let gate = match before {
            Some(before) if before.rates == rates => before.gate.clone(),
            _ => Arc::new(Gate::new(rates)),
        };
        let needs_session = manifest.auth.needs_session(&environment.settings);
        let credentials = match needs_session {
            true => Ok(Credentials::default()),
            false => credentials(link, None),
        };
        let scrubber = scrubber(link, credentials.as_ref().ok(), false);
        let base_url = link.connector.base_url(environment);
        Self {
            fingerprint,
            rates,
            gate,
            sessions: Sessions::default(),
            needs_session,
            credentials,
            scrubber,
            base_host: base_url.as_deref().and_then(host_of),
            base_url: base_url.and_then(|text| Url::parse(&text).ok()),
            listed: link.connector.hosts(environment),
            circuits: Mutex::new(LruCache::unbounded()),
        }
    }

    /// The hosts that may be reached; `session`: the one that the login answer named.
    pub(crate) fn hosts<'a>(&'a self, session: Option<&'a str>) -> Hosts<'a> {
        Hosts {
            base: self.base_host.as_deref(),
            session,
            listed: &self.listed,
        }
    }

    /// The circuit of the host that a request goes to.
    pub(crate) fn circuit(&self, url: &str) -> Arc<Breaker> {
        let host = host_of(url).unwrap_or_default();
        let mut circuits = self.circuits.lock();
        if let Some(circuit) = circuits.get(&host) {
            return circuit.clone();
        }
        if circuits.len() >= CIRCUITS_MAX {
            circuits.pop_lru();
        }
        let circuit = Arc::new(Breaker::default());
        circuits.put(host, circuit.clone());
        circuit
    }

    /// What its cached answers depend on.
    pub(crate) fn fingerprint(&self) -> &[u8; 32] {
        &self.fingerprint
    }
}

fn rates(limits: &updraft_connector::Limits) -> Rates {
    Rates {
        per_second: limits.per_second.unwrap_or(0.0),
        per_minute: limits.per_minute.unwrap_or(0.0),
        per_hour: limits.per_hour.unwrap_or(0.0),
        per_day: limits.per_day.unwrap_or(0.0),
        burst: limits.burst.unwrap_or(0),
        concurrent: limits.concurrent.unwrap_or(0),
    }
}

/// What proves who we are, with a session if the connector needs one.
pub(crate) fn credentials(
    link: &Link,
    session: Option<&auth::Session>,
) -> Result<Credentials, CallError> {
    let secret = |name: &str| link.secrets.get(name).map(str::to_owned);
    let settings = &link.environment.settings;
    let applied = auth::apply(&link.connector.manifest.auth, settings, &secret, session)?;
    Ok(Credentials {
        headers: applied.headers,
        query: applied.query,
    })
}

/// Covers the secrets; of a session everything that is sent, for none of it is configuration.
pub(crate) fn scrubber(
    link: &Link,
    credentials: Option<&Credentials>,
    of_session: bool,
) -> Scrubber {
    let sent: Vec<&str> = credentials
        .iter()
        .flat_map(|credentials| credentials.headers.iter().chain(&credentials.query))
        .map(|(_, value)| value.as_str())
        .collect();
    let words = sent
        .iter()
        .filter(|_| of_session)
        .flat_map(|value| value.split([' ', ';', '=', ',']))
        .filter(|word| word.len() >= TOKEN_BYTES_MIN);
    Scrubber::new(link.secrets.values().chain(words), sent.iter().copied())
}

/// Shorter words of a session's headers are names (`Bearer`, `JSESSIONID`), not tokens.
const TOKEN_BYTES_MIN: usize = 12;

/// The line, and the link that it was last used with.
type Used = (Weak<Link>, Arc<Line>);

/// The lines of all connections.
pub(crate) struct Lines {
    known: Mutex<LruCache<(TenantId, ConnectionId), Used>>,
}

impl std::fmt::Debug for Lines {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Lines({})", self.known.lock().len())
    }
}

impl Default for Lines {
    fn default() -> Self {
        Self {
            known: Mutex::new(LruCache::unbounded()),
        }
    }
}

impl Lines {
    /// The line of this connection.
    pub(crate) fn of(&self, link: &Arc<Link>) -> Arc<Line> {
        let key = (link.tenant, link.connection);
        let mut known = self.known.lock();
        let before = known.get(&key).cloned();
        if let Some((last, line)) = &before
            && std::ptr::eq(last.as_ptr(), Arc::as_ptr(link))
        {
            return line.clone();
        }
        let fingerprint = link.fingerprint();
        let line = match before {
            Some((_, line)) if line.fingerprint == fingerprint => line,
            before => {
                let before = before.as_ref().map(|(_, line)| line.as_ref());
                Arc::new(Line::new(link, fingerprint, before))
            }
        };
        known.put(key, (Arc::downgrade(link), line.clone()));
        if known.len() > LINES_MAX {
            known.pop_lru();
        }
        line
    }
}
