//! One exchange of a call, with everything around it: session, circuit, pace, guard, scrubber.

use std::{
    sync::Arc,
    time::{Duration, SystemTime},
};

use tokio::time::Instant;
use updraft_connector::{Body, CallError, ErrorCode, Failure, Request, Response, Transport, auth};
use updraft_model::Timestamp;
use url::Url;

use crate::{
    Blobs, Egress, Filling, Link, Login, Recorded,
    breaker::{Open, Trial},
    failure::{Broken, failure},
    guard::host_of,
    http,
    limiter::Busy,
    line::{self, Line},
    options::Door,
    scrub::Scrubber,
    session::{Found, Held, failure_of},
    whois,
};

/// What the exchanges of one call have in common.
pub(crate) struct Exchanging<'a> {
    pub(crate) egress: &'a Egress,
    pub(crate) link: &'a Arc<Link>,
    pub(crate) line: &'a Line,
    pub(crate) blobs: &'a dyn Blobs,
    pub(crate) deadline: Instant,
    pub(crate) filling: &'a Filling,
}

/// Who we are for one exchange.
enum Identity {
    Fixed,
    Session(Arc<Held>),
}

impl Exchanging<'_> {
    /// Performs one exchange and writes it down.
    pub(crate) async fn perform(&self, request: Request, logins: &mut Vec<Login>) -> Recorded {
        let started_at = clock();
        let answer = self.answered(&request, logins).await;
        let ended_at = clock();
        let request_body = match &request.body {
            Body::Bytes { data, .. } => Some(Arc::from(data.as_slice())),
            Body::None | Body::Multipart { .. } | Body::Blob { .. } => None,
        };
        let (response, failure, reached) = match answer {
            Ok(response) => (Some(response), None, true),
            Err(broken) => {
                self.log(&request, &broken.failure);
                (None, Some(broken.failure), broken.reached)
            }
        };
        Recorded {
            request,
            request_body,
            response,
            failure,
            reached,
            started_at,
            ended_at,
        }
    }

    async fn answered(
        &self,
        request: &Request,
        logins: &mut Vec<Login>,
    ) -> Result<Response, Broken> {
        let manifest = &self.link.connector.manifest;
        let again_on = auth::relogin_on(&manifest.auth, &self.link.environment.settings);
        let mut relogins = 0;
        loop {
            let identity = self.identity(logins).await?;
            let scrubber = match &identity {
                Identity::Session(held) => &held.scrubber,
                Identity::Fixed => &self.line.scrubber,
            };
            let answer = self.paced(request, &identity).await;
            if let (Ok(response), Identity::Session(held)) = (&answer, &identity)
                && again_on.contains(&response.status)
                && relogins == 0
            {
                relogins += 1;
                self.line.sessions.rejected(held);
                continue;
            }
            let filled = self.filling.scrubber();
            return match answer {
                Ok(response) => Ok(clean(clean(response, scrubber), filled)),
                Err(mut broken) => {
                    let message = scrubber.text(broken.failure.message);
                    broken.failure.message = filled.text(message);
                    Err(broken)
                }
            };
        }
    }

    /// One request, when circuit and pace allow it.
    async fn paced(&self, request: &Request, identity: &Identity) -> Result<Response, Broken> {
        let (credentials, base_url) = match identity {
            Identity::Session(held) => (&held.credentials, held.base_url.as_ref()),
            Identity::Fixed => match &self.line.credentials {
                Ok(credentials) => (credentials, None),
                Err(error) => return Err(not_sent(failure_of(error))),
            },
        };
        let moved = base_url.and_then(|base| self.moved(request, base));
        let request = moved.as_ref().unwrap_or(request);
        let filled = (!self.filling.is_empty()).then(|| self.filling.fill(request));
        let request = filled.as_ref().unwrap_or(request);
        let circuit = self.line.circuit(&request.url);
        // Nobody waits for his turn at a closed shop.
        circuit
            .refuses(Instant::now())
            .map_err(|open| closed_shop(open, &request.url))?;
        let _pass = self
            .line
            .gate
            .enter(self.deadline)
            .await
            .map_err(|busy| self.busy(busy))?;
        let now = Instant::now();
        let trial = circuit
            .admit(now)
            .map_err(|open| closed_shop(open, &request.url))?;
        let until = self
            .deadline
            .min(now + Duration::from_millis(request.timeout_ms));
        let session_host = base_url.and_then(|url| host_of(url.as_str()));
        let hosts = self.line.hosts(session_host.as_deref());
        let door = self.door();
        #[cfg(feature = "simulation")]
        if let Some(wire) = &self.egress.0.wire {
            let answer = crate::simulation::exchange(&**wire, request, until).await;
            judge(trial, &answer, until == self.deadline);
            self.pause(&answer);
            return answer;
        }
        let answer = match request.transport {
            Transport::Http => {
                http::exchange(door, &hosts, request, credentials, self.blobs, until).await
            }
            Transport::Whois => {
                let instead = self.line.base_url.as_ref();
                whois::exchange(door, &hosts, request, instead, until).await
            }
        };
        let hurried = until == self.deadline;
        judge(trial, &answer, hurried);
        self.pause(&answer);
        answer
    }

    /// The same request at the address that the session named.
    fn moved(&self, request: &Request, base: &Url) -> Option<Request> {
        let mut url = Url::parse(&request.url).ok()?;
        let ours = self.line.base_url.as_ref()?;
        if url.origin() != ours.origin() {
            return None;
        }
        url.set_scheme(base.scheme()).ok()?;
        url.set_host(base.host_str()).ok()?;
        url.set_port(base.port()).ok()?;
        Some(Request {
            url: url.into(),
            ..request.clone()
        })
    }

    fn door(&self) -> &Door {
        let doors = &self.egress.0.doors;
        match self.link.allow_private {
            true => &doors.inner,
            false => &doors.public,
        }
    }

    fn busy(&self, busy: Busy) -> Broken {
        let millis = busy.retry_after.as_millis() as u64;
        let mut failure = failure(
            ErrorCode::RateLimited,
            format!(
                "the connection `{}` keeps to the vendor's limits: the next turn is in {} s",
                self.link.name,
                millis.div_ceil(1_000)
            ),
        );
        failure.retry_after_ms = Some(millis);
        not_sent(failure)
    }

    /// `Retry-After` holds for the whole connection.
    fn pause(&self, answer: &Result<Response, Broken>) {
        if let Ok(response) = answer
            && matches!(response.status, 429 | 503)
            && let Some(rest) = retry_after(response)
        {
            self.line.gate.pause(rest);
        }
    }

    async fn identity(&self, logins: &mut Vec<Login>) -> Result<Identity, Broken> {
        if !self.line.needs_session {
            return Ok(Identity::Fixed);
        }
        let found = |found: Found| match found {
            Found::Open(held) => Some(Ok(Identity::Session(held))),
            Found::Refused(failure) => Some(Err(not_sent(failure))),
            Found::Nothing => None,
        };
        if let Some(known) = found(self.line.sessions.find(Instant::now())) {
            return known;
        }
        let waiting = self.line.sessions.door();
        let Ok(_door) = tokio::time::timeout_at(self.deadline, waiting).await else {
            return Err(Broken::before(
                ErrorCode::Timeout,
                "the login took too long",
            ));
        };
        // Whoever held the door before us may have logged in.
        if let Some(known) = found(self.line.sessions.find(Instant::now())) {
            return known;
        }
        let held = self.login(logins).await?;
        self.line.sessions.opened(&held);
        Ok(Identity::Session(held))
    }

    async fn login(&self, logins: &mut Vec<Login>) -> Result<Arc<Held>, Broken> {
        let auth = &self.link.connector.manifest.auth;
        let settings = &self.link.environment.settings;
        let secret = |name: &str| self.link.secrets.get(name).map(str::to_owned);
        let base_url = self.link.connector.base_url(&self.link.environment);
        let login = auth::login_request(auth, settings, &secret, base_url.as_deref())
            .map_err(|error| not_sent(failure_of(&error)))?
            .ok_or_else(|| Broken::before(ErrorCode::Auth, "the connector has no login"))?;
        let request = login.expose();
        let started_at = clock();
        let answer = self.paced_login(request).await;
        let mut record = Login {
            host: host_of(&request.url).unwrap_or_default(),
            status: answer.as_ref().ok().map(|response| response.status),
            failure: None,
            started_at,
            ended_at: clock(),
        };
        let held = answer.and_then(|response| self.hold(&response));
        if let Err(broken) = &held {
            record.failure = Some(broken.failure.clone());
            self.log(request, &broken.failure);
        }
        logins.push(record);
        held
    }

    /// A login is a request like any other, except that nothing of it is written down.
    async fn paced_login(&self, request: &Request) -> Result<Response, Broken> {
        let nobody = Held::anonymous();
        let mut answer = self
            .paced(request, &Identity::Session(Arc::new(nobody)))
            .await;
        if let Err(broken) = &mut answer {
            let message = std::mem::take(&mut broken.failure.message);
            broken.failure.message = format!("login: {}", self.line.scrubber.text(message));
            // The call's own request was not sent, whatever became of the login.
            broken.reached = false;
        }
        answer
    }

    fn hold(&self, response: &Response) -> Result<Arc<Held>, Broken> {
        let auth = &self.link.connector.manifest.auth;
        let kept = auth::capture(auth, &self.link.environment.settings, response)
            .and_then(|session| Ok((line::credentials(self.link, Some(&session))?, session)));
        let (credentials, session) = kept.map_err(|error| {
            let error = CallError {
                message: self.line.scrubber.text(error.message),
                ..error
            };
            self.line.sessions.refused(&error);
            not_sent(failure_of(&error))
        })?;
        let scrubber = line::scrubber(self.link, Some(&credentials), true);
        let base_url = session
            .base_url
            .as_deref()
            .and_then(|text| Url::parse(text).ok());
        let secure = |url: &Url| url.scheme() == "https";
        if let (Some(base), Some(ours)) = (&base_url, &self.line.base_url)
            && secure(ours)
            && !secure(base)
        {
            let message = "the login answer names an address without https";
            return Err(Broken::before(ErrorCode::Refused, message));
        }
        Ok(Arc::new(Held::new(
            &session,
            credentials,
            scrubber,
            base_url,
        )))
    }

    /// The failure's text is clean; the URL is left out, for it may hold an observable.
    fn log(&self, request: &Request, failure: &Failure) {
        tracing::warn!(
            connection.id = %self.link.connection,
            connector = %self.link.connector.manifest.id,
            host = host_of(&request.url).unwrap_or_default(),
            code = failure.code.as_str(),
            "An exchange of the connection `{}` failed: {}",
            self.link.name,
            failure.message,
        );
    }
}

/// Tells the circuit how it went. What says nothing about the vendor's health is not counted.
fn judge(trial: Trial<'_>, answer: &Result<Response, Broken>, hurried: bool) {
    match answer {
        // 501 and 505 are the words of a server that works.
        Ok(response) if matches!(response.status, 500 | 502..=504 | 506..=599) => {
            trial.failed(Instant::now(), clock());
        }
        Ok(_) => trial.succeeded(),
        Err(broken) => match broken.failure.code {
            ErrorCode::Timeout if hurried => {}
            ErrorCode::Timeout | ErrorCode::Unavailable => trial.failed(Instant::now(), clock()),
            _ => {}
        },
    }
}

fn closed_shop(open: Open, url: &str) -> Broken {
    let millis = open.retry_after.as_millis() as u64;
    let mut failure = failure(
        ErrorCode::Unavailable,
        format!(
            "{} failed repeatedly and is left alone: circuit open since {}; next try in {} s",
            host_of(url).unwrap_or_default(),
            open.since,
            millis.div_ceil(1_000)
        ),
    );
    failure.retry_after_ms = Some(millis);
    not_sent(failure)
}

fn not_sent(failure: Failure) -> Broken {
    Broken {
        failure,
        reached: false,
    }
}

/// Takes secrets and cookies out of an answer.
fn clean(mut response: Response, scrubber: &Scrubber) -> Response {
    response.headers.retain(|(name, _)| name != "set-cookie");
    for (_, value) in &mut response.headers {
        *value = scrubber.text(std::mem::take(value));
    }
    if let Some(covered) = scrubber.bytes(&response.body) {
        response.body = Arc::from(covered);
    }
    response
}

/// Seconds or a date.
fn retry_after(response: &Response) -> Option<Duration> {
    let text = response.header("retry-after")?.trim();
    if let Ok(seconds) = text.parse::<u32>() {
        return Some(Duration::from_secs(u64::from(seconds)));
    }
    let until = httpdate::parse_http_date(text).ok()?;
    let now = response
        .header("date")
        .and_then(|date| httpdate::parse_http_date(date).ok())
        .unwrap_or_else(SystemTime::now);
    until.duration_since(now).ok()
}

fn clock() -> Timestamp {
    let since = SystemTime::now()
        .duration_since(SystemTime::UNIX_EPOCH)
        .unwrap_or_default();
    Timestamp::from_micros(i64::try_from(since.as_micros()).unwrap_or(i64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn retry_after_is_seconds_or_a_date() {
        let after = |value: &str| {
            let mut response = Response::new(429, Vec::new());
            response.headers = vec![
                ("retry-after".into(), value.into()),
                ("date".into(), "Sat, 21 Nov 2026 08:00:00 GMT".into()),
            ];
            retry_after(&response).map(|rest| rest.as_secs())
        };
        assert_eq!(after("17"), Some(17));
        assert_eq!(after("Sat, 21 Nov 2026 08:01:30 GMT"), Some(90));
        assert_eq!(after("Sat, 21 Nov 2026 07:00:00 GMT"), None);
        for wrong in ["", "soon", "-1", "99999999999999"] {
            assert_eq!(after(wrong), None, "{wrong}");
        }
    }
}
