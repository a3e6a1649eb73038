//! Answers as the products do, from the recorded samples of their connectors.
//!
//! [`ReplayBook::answer`] looks for a recorded request that is exactly this one; a conversation that asks the
//! same thing again (polling) is answered in the recorded order, the last answer for ever after. A request
//! nobody recorded that has the shape of an action's request gets that action's `miss`, or for a write its
//! `hit`; anything else a 404. It is pure: demo server, benchmarks and tests put a socket in front of it.

use std::{
    collections::BTreeMap,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use serde_json::Value;
use updraft_expr::Part;

use crate::{
    Body, Connector, Environment, Request, Response, Transport,
    action::RequestSpec,
    encode::decode,
    samples::{Sample, SampleExchange, environment, request_faults},
};

/// Recorded conversations of many connectors.
#[derive(Debug, Default)]
pub struct ReplayBook {
    shelves: BTreeMap<String, Shelf>,
}

#[derive(Debug, Default)]
struct Shelf {
    /// The path of the base address, which a stand-in server does not have to serve.
    base: String,
    pages: Vec<Page>,
    shapes: Vec<PathShape>,
    sign_in: Vec<String>,
    /// Query parameters that carry credentials; the recordings have none.
    credentials: Vec<String>,
    /// The headers in which a login's answer brings its session.
    session: Vec<(String, String)>,
}

/// The recorded answers to one request.
#[derive(Debug)]
struct Page {
    /// Which conversation it belongs to.
    sample: usize,
    expected: Value,
    base: String,
    answers: Vec<Response>,
    asked: AtomicUsize,
}

/// The shape of an action's request: `*` stands for a hole.
#[derive(Debug)]
struct PathShape {
    method: String,
    segments: Vec<String>,
    answer: Option<Response>,
}

impl ReplayBook {
    /// Everything that these samples have recorded. `hit` comes before other cases, so that a thing that is
    /// known is found; failures of the product (`unauthorized`, `malformed`, …) are left out.
    pub fn new<'a>(
        library: impl IntoIterator<Item = (&'a Arc<Connector>, &'a [Sample])>,
    ) -> ReplayBook {
        let mut book = ReplayBook::default();
        for (connector, samples) in library {
            let shelf = shelf(connector, samples);
            book.shelves.insert(connector.manifest.id.clone(), shelf);
        }
        book
    }

    /// The product's answer over HTTP. `path_and_query` as it was sent; `None` for an unknown connector.
    pub fn answer(
        &self,
        connector: &str,
        method: &str,
        path_and_query: &str,
        body: &[u8],
    ) -> Option<Response> {
        let shelf = self.shelves.get(connector)?;
        let short = path_and_query
            .strip_prefix(shelf.base.as_str())
            .unwrap_or(path_and_query);
        let short = if short.starts_with('/') {
            short.to_owned()
        } else {
            format!("/{short}")
        };
        let path = short.split('?').next().unwrap_or_default();
        let asked = shelf.without_credentials(&short);
        let request = plain_request(method, format!("http://replay{asked}"), body);
        if let Some(page) = shelf.pages.iter().find(|page| page.fits(&request)) {
            return Some(page.turn());
        }
        if shelf
            .sign_in
            .iter()
            .any(|known| known == path || path_and_query.starts_with(known))
        {
            let mut answer = json_response(
                200,
                &serde_json::json!({"access_token": "replay", "token": "replay", "token_type": "Bearer", "expires_in": 3600}),
            );
            answer.headers.extend(shelf.session.iter().cloned());
            return Some(answer);
        }
        let shape = shelf.shapes.iter().find(|shape| shape.fits(method, path));
        Some(match shape.and_then(|shape| shape.answer.clone()) {
            Some(response) => response,
            None => json_response(404, &serde_json::json!({"error": "not recorded"})),
        })
    }

    /// A WHOIS server's answer to a query line, from every WHOIS connector's samples.
    pub fn answer_whois(&self, query: &str) -> Option<Response> {
        let query = query.trim_end_matches(['\r', '\n']);
        let mut request = plain_request("QUERY", "whois://replay:43".into(), query.as_bytes());
        request.transport = Transport::Whois;
        let fits = |page: &&Page| page.expected.get("server").is_some() && page.fits(&request);
        self.shelves.values().find_map(|shelf| {
            let first = shelf.pages.iter().find(fits)?;
            // One stand-in plays all servers of a referral: it gives the last one's answer.
            let own = |page: &&Page| page.sample == first.sample && fits(page);
            shelf.pages.iter().rfind(own).map(Page::turn)
        })
    }

    /// The connectors that have answers.
    pub fn connectors(&self) -> impl Iterator<Item = &str> {
        self.shelves.keys().map(String::as_str)
    }
}

impl Shelf {
    /// The address as it was recorded: before authentication added its parameters.
    fn without_credentials(&self, asked: &str) -> String {
        let Some((path, query)) = asked.split_once('?') else {
            return asked.to_owned();
        };
        let kept = query.split('&').filter(|pair| {
            let name = pair.split('=').next().unwrap_or_default();
            !self.credentials.contains(&decode(name, true))
        });
        let kept: Vec<&str> = kept.collect();
        match kept.is_empty() {
            true => path.to_owned(),
            false => format!("{path}?{}", kept.join("&")),
        }
    }
}

impl Page {
    fn fits(&self, request: &Request) -> bool {
        let mut expected = self.expected.clone();
        if request.transport == Transport::Whois
            && let Some(map) = expected.as_object_mut()
        {
            map.remove("server");
        }
        request_faults(&expected, request, &self.base).is_empty()
    }

    /// The next recorded answer; the last one for ever after.
    fn turn(&self) -> Response {
        let index = self.asked.fetch_add(1, Ordering::Relaxed);
        let last = self.answers.len().saturating_sub(1);
        let answer = self.answers.get(index.min(last)).cloned();
        answer.unwrap_or_else(|| Response::new(404, Vec::new()))
    }
}

impl PathShape {
    /// The recorded exchange whose request has this shape.
    fn typical<'a>(&self, sample: &'a Sample, base: &str) -> Option<&'a SampleExchange> {
        sample.exchanges.iter().find(|exchange| {
            let request = located(&exchange.request, base);
            let text = |field: &str| request.get(field).and_then(Value::as_str);
            let path = text("path")
                .unwrap_or_default()
                .split('?')
                .next()
                .unwrap_or_default();
            self.fits(text("method").unwrap_or("GET"), path)
        })
    }

    fn holes(&self) -> usize {
        self.segments
            .iter()
            .filter(|segment| segment.contains('*'))
            .count()
    }

    fn fits(&self, method: &str, path: &str) -> bool {
        let segments: Vec<&str> = path
            .split('/')
            .filter(|segment| !segment.is_empty())
            .collect();
        self.method == method
            && segments.len() == self.segments.len()
            && self.segments.iter().zip(segments).all(|(shape, given)| {
                match shape.split_once('*') {
                    None => *shape == decode(given, false),
                    Some((front, _)) => decode(given, false).starts_with(front),
                }
            })
    }
}

fn shelf(connector: &Arc<Connector>, samples: &[Sample]) -> Shelf {
    // A site's own address is a setting without default: the samples have one.
    let environments = std::iter::once(Ok(Environment {
        settings: connector.settings(&Value::Null).unwrap_or_default(),
        ..Environment::default()
    }))
    .chain(samples.iter().map(|sample| environment(connector, sample)));
    let base = environments
        .flatten()
        .find_map(|env| connector.base_url(&env))
        .unwrap_or_default();
    let mut shelf = Shelf {
        base: base_path(&base),
        ..Shelf::default()
    };
    // Failures of the product itself are for tests: a stand-in should work.
    let failures = [
        "unauthorized",
        "rate_limited",
        "malformed",
        "unavailable",
        "forbidden",
    ];
    let mut ordered: Vec<&Sample> = samples
        .iter()
        .filter(|sample| !failures.contains(&sample.case.as_str()))
        .collect();
    ordered.sort_by_key(|sample| sample.case != "hit");
    for (index, sample) in ordered.into_iter().enumerate() {
        add_pages(&mut shelf, connector, sample, index);
    }
    for action in connector.actions.values() {
        let of = |case: &str| {
            samples
                .iter()
                .find(|sample| sample.action == action.name && sample.case == case)
        };
        let miss = of("miss").and_then(|sample| sample.exchanges.last());
        for spec in action.steps.iter().filter_map(|step| step.request()) {
            let Some(mut shape) = path_shape(spec) else {
                continue;
            };
            // A look-up of something unknown finds nothing; a write of something unknown works.
            let hit = of("hit").filter(|_| action.effect.needs_intent());
            let typical = hit.and_then(|sample| shape.typical(sample, &base)).or(miss);
            shape.answer = typical.map(|exchange| exchange.response.clone());
            shelf.shapes.push(shape);
        }
    }
    shelf.shapes.sort_by_key(PathShape::holes);
    shelf.sign_in = sign_in(&connector.manifest.auth);
    shelf.credentials = credentials(&connector.manifest.auth);
    shelf.session = session_headers(&connector.manifest.auth);
    shelf
}

fn add_pages(shelf: &mut Shelf, connector: &Connector, sample: &Sample, index: usize) {
    let base = environment(connector, sample)
        .ok()
        .and_then(|env| connector.base_url(&env))
        .unwrap_or_default();
    let mut own: Vec<(Value, Vec<Response>)> = Vec::new();
    for exchange in &sample.exchanges {
        let expected = located(&exchange.request, &base);
        match own.iter_mut().find(|(known, _)| *known == expected) {
            Some((_, answers)) => answers.push(exchange.response.clone()),
            None => own.push((expected, vec![exchange.response.clone()])),
        }
    }
    for (expected, answers) in own {
        let taken = shelf.pages.iter().any(|page| page.expected == expected);
        if !taken {
            shelf.pages.push(Page {
                sample: index,
                expected,
                base: "http://replay".into(),
                answers,
                asked: AtomicUsize::new(0),
            });
        }
    }
}

/// The recorded request with its address relative to the stand-in server.
fn located(request: &Value, base: &str) -> Value {
    let mut request = request.clone();
    if let Some(map) = request.as_object_mut() {
        // Headers and multipart boundaries are the transport's affair.
        map.remove("headers");
        let url = map.get("url").and_then(Value::as_str).map(str::to_owned);
        if let Some(url) = url {
            let path = match url.strip_prefix(base) {
                Some(rest) => rest.to_owned(),
                None => base_path(&url),
            };
            map.remove("url");
            map.insert("path".into(), path.into());
        }
        let loose = map
            .get("body")
            .is_some_and(|body| body.get("multipart").is_some() || body.get("raw_file").is_some());
        if loose {
            map.remove("body");
        }
    }
    request
}

/// The part of an address after its host.
fn base_path(url: &str) -> String {
    let after = url.split_once("://").map_or(url, |(_, rest)| rest);
    let path = after
        .find('/')
        .and_then(|at| after.get(at..))
        .unwrap_or_default();
    path.trim_end_matches('/').to_owned()
}

fn path_shape(spec: &RequestSpec) -> Option<PathShape> {
    let path = spec.path.as_ref()?;
    let mut text = String::new();
    for part in path.template.parts() {
        match part {
            Part::Text(literal) => text.push_str(literal),
            Part::Hole(_) => text.push('*'),
        }
    }
    let text = text.split('?').next().unwrap_or_default();
    let segments = text
        .split('/')
        .filter(|s| !s.is_empty())
        .map(str::to_owned)
        .collect();
    Some(PathShape {
        method: spec.method.clone(),
        segments,
        answer: None,
    })
}

/// The paths of login requests, so that a stand-in can let everybody in.
fn sign_in(auth: &crate::Auth) -> Vec<String> {
    let literal = |text: &crate::Text| {
        let source = text.template.source();
        let path = if source.contains("://") {
            base_path(source)
        } else {
            source.to_owned()
        };
        (!path.is_empty() && !path.contains("{{")).then_some(path)
    };
    match auth {
        crate::Auth::Oauth2(spec) => literal(&spec.token_url).into_iter().collect(),
        crate::Auth::Login(login) => literal(&login.request.path).into_iter().collect(),
        crate::Auth::Choice(choice) => choice.choices.values().flat_map(sign_in).collect(),
        _ => Vec::new(),
    }
}

/// The query parameters that authentication adds to every request.
fn credentials(auth: &crate::Auth) -> Vec<String> {
    match auth {
        crate::Auth::Query(query) => query.params.keys().cloned().collect(),
        crate::Auth::Choice(choice) => choice.choices.values().flat_map(credentials).collect(),
        _ => Vec::new(),
    }
}

/// A session that a login's answer brings in a header or a cookie.
fn session_headers(auth: &crate::Auth) -> Vec<(String, String)> {
    match auth {
        crate::Auth::Login(login) => login
            .capture
            .values()
            .filter_map(|capture| match (&capture.header, &capture.cookie) {
                (Some(header), _) => Some((header.to_lowercase(), "replay".to_owned())),
                (None, Some(cookie)) => Some(("set-cookie".into(), format!("{cookie}=replay"))),
                (None, None) => None,
            })
            .collect(),
        crate::Auth::Choice(choice) => choice.choices.values().flat_map(session_headers).collect(),
        _ => Vec::new(),
    }
}

fn plain_request(method: &str, url: String, body: &[u8]) -> Request {
    Request {
        transport: Transport::Http,
        method: method.to_owned(),
        url,
        headers: Vec::new(),
        body: Body::Bytes {
            content_type: String::new(),
            data: body.to_vec(),
        },
        timeout_ms: 0,
        response_bytes_max: 0,
    }
}

fn json_response(status: u16, body: &Value) -> Response {
    let mut response = Response::new(status, serde_json::to_vec(body).unwrap_or_default());
    response
        .headers
        .push(("content-type".into(), "application/json".into()));
    response
}
