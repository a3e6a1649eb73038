//! One HTTP exchange: checked, authenticated, sent, read with limits.
//!
//! Redirects are followed here and not by the library: only for GET and HEAD, at most [`REDIRECTS_MAX`], only
//! to hosts that the connection may reach, never from https down to http, and without credentials once the
//! origin is another one. The answer is read piece by piece after decompression, so that neither an endless
//! body nor a small one that unpacks to gigabytes takes more memory than `response_bytes_max`.

use std::sync::Arc;

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method, header};
use tokio::time::Instant;
use updraft_connector::{ErrorCode, Request, Response};
use url::Url;

use crate::{
    body::{self, Blobs},
    failure::{Broken, from_http},
    guard::{Hosts, check_url},
    options::Door,
};

/// Redirects that are followed.
pub const REDIRECTS_MAX: usize = 3;
/// Header bytes of an answer.
const HEADER_BYTES_MAX: usize = 64 << 10;
/// What frames a message belongs to the client, not to a template.
const FRAMING: [HeaderName; 8] = [
    header::HOST,
    header::CONTENT_LENGTH,
    header::TRANSFER_ENCODING,
    header::CONNECTION,
    header::UPGRADE,
    header::TE,
    header::TRAILER,
    header::EXPECT,
];

/// What proves who we are: added when a request is sent, never recorded.
#[derive(Clone, Default)]
pub struct Credentials {
    /// Headers; they replace those of the same name.
    pub headers: Vec<(String, String)>,
    /// Query parameters.
    pub query: Vec<(String, String)>,
}

impl std::fmt::Debug for Credentials {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Credentials(***)")
    }
}

/// Performs an exchange. Ends at `until` at the latest.
pub async fn exchange(
    door: &Door,
    hosts: &Hosts<'_>,
    request: &Request,
    credentials: &Credentials,
    blobs: &dyn Blobs,
    until: Instant,
) -> Result<Response, Broken> {
    if Instant::now() >= until {
        return Err(Broken::before(
            ErrorCode::Timeout,
            "no time is left for the request",
        ));
    }
    let url = check_url(&door.guard, hosts, &request.url)?;
    let host = url.host_str().unwrap_or_default().to_owned();
    let work = prepared(door, hosts, request, url, credentials, blobs);
    match tokio::time::timeout_at(until, work).await {
        Ok(answer) => answer,
        Err(_) => Err(Broken::after(
            ErrorCode::Timeout,
            format!("{host} did not answer in time"),
        )),
    }
}

async fn prepared(
    door: &Door,
    hosts: &Hosts<'_>,
    request: &Request,
    url: Url,
    credentials: &Credentials,
    blobs: &dyn Blobs,
) -> Result<Response, Broken> {
    let wrong = |message: String| Broken::before(ErrorCode::InvalidInput, message);
    let method = Method::from_bytes(request.method.as_bytes())
        .map_err(|_| wrong(format!("`{}` is not an HTTP method", request.method)))?;
    let (content_type, body) = body::bytes_of(&request.body, blobs)
        .await
        .map_err(|error| wrong(error.to_string()))?;
    let mut plain = HeaderMap::new();
    for (name, value) in &request.headers {
        let (name, value) = header_of(name, value).map_err(wrong)?;
        if FRAMING.contains(&name) || name.as_str().starts_with("proxy-") {
            return Err(wrong(format!("a template may not set the header `{name}`")));
        }
        plain.append(name, value);
    }
    if let Some(content_type) = content_type
        && !plain.contains_key(header::CONTENT_TYPE)
    {
        let (name, value) = header_of("content-type", &content_type).map_err(wrong)?;
        plain.insert(name, value);
    }
    let hop = Hop {
        method,
        url,
        plain,
        body,
    };
    follow(door, hosts, hop, credentials, request.response_bytes_max).await
}

struct Hop {
    method: Method,
    url: Url,
    plain: HeaderMap,
    body: Bytes,
}

async fn follow(
    door: &Door,
    hosts: &Hosts<'_>,
    mut hop: Hop,
    credentials: &Credentials,
    bytes_max: u64,
) -> Result<Response, Broken> {
    let origin = hop.url.origin();
    let mut redirects = 0;
    loop {
        let trusted = hop.url.origin() == origin;
        let answer = send(door, &hop, credentials, trusted, redirects == 0).await?;
        let safe = matches!(hop.method, Method::GET | Method::HEAD);
        let Some(target) = safe.then(|| redirect_target(&answer, &hop.url)).flatten() else {
            return read(answer, hop.url.host_str().unwrap_or_default(), bytes_max).await;
        };
        redirects += 1;
        if redirects > REDIRECTS_MAX {
            let message = format!("more than {REDIRECTS_MAX} redirects");
            return Err(Broken::after(ErrorCode::Failed, message));
        }
        let target = check_url(&door.guard, hosts, &target).map_err(|refused| {
            Broken::after(ErrorCode::Refused, format!("redirected, but {refused}"))
        })?;
        if hop.url.scheme() == "https" && target.scheme() != "https" {
            let message = "redirected from https to http";
            return Err(Broken::after(ErrorCode::Refused, message));
        }
        hop.url = target;
    }
}

fn redirect_target(answer: &reqwest::Response, from: &Url) -> Option<String> {
    if !matches!(answer.status().as_u16(), 301 | 302 | 303 | 307 | 308) {
        return None;
    }
    let location = answer.headers().get(header::LOCATION)?.to_str().ok()?;
    // A location that is no URL is handed on as text, for the check to refuse.
    Some(
        from.join(location)
            .map_or_else(|_| location.to_owned(), String::from),
    )
}

async fn send(
    door: &Door,
    hop: &Hop,
    credentials: &Credentials,
    trusted: bool,
    first: bool,
) -> Result<reqwest::Response, Broken> {
    let wrong = |message: String| Broken::before(ErrorCode::InvalidInput, message);
    let mut url = hop.url.clone();
    let host = url.host_str().unwrap_or_default().to_owned();
    let mut headers = hop.plain.clone();
    if trusted {
        for (name, value) in &credentials.headers {
            let (name, mut value) = header_of(name, value).map_err(|_| {
                wrong("a secret of this connection has characters that no header can hold".into())
            })?;
            value.set_sensitive(true);
            headers.insert(name, value);
        }
        // The place that a redirect names has its own query.
        if first && !credentials.query.is_empty() {
            url.query_pairs_mut().extend_pairs(&credentials.query);
        }
    }
    let mut outgoing = reqwest::Request::new(hop.method.clone(), url);
    *outgoing.headers_mut() = headers;
    if !hop.body.is_empty() {
        *outgoing.body_mut() = Some(hop.body.clone().into());
    } else if matches!(hop.method, Method::POST | Method::PUT | Method::PATCH) {
        // Some servers answer 411 without it.
        outgoing
            .headers_mut()
            .insert(header::CONTENT_LENGTH, HeaderValue::from_static("0"));
    }
    door.client
        .execute(outgoing)
        .await
        .map_err(|error| from_http(error, &host))
}

async fn read(
    mut answer: reqwest::Response,
    host: &str,
    bytes_max: u64,
) -> Result<Response, Broken> {
    let too_large = || {
        Broken::after(
            ErrorCode::Malformed,
            format!("the answer of {host} is longer than {bytes_max} bytes"),
        )
    };
    if answer
        .content_length()
        .is_some_and(|length| length > bytes_max)
    {
        return Err(too_large());
    }
    let status = answer.status().as_u16();
    let headers = headers_of(answer.headers(), host)?;
    let mut body: Vec<u8> = Vec::new();
    while let Some(piece) = answer
        .chunk()
        .await
        .map_err(|error| from_http(error, host))?
    {
        if body.len() as u64 + piece.len() as u64 > bytes_max {
            return Err(too_large());
        }
        body.extend_from_slice(&piece);
    }
    Ok(Response {
        status,
        headers,
        body: Arc::from(body),
    })
}

fn headers_of(headers: &HeaderMap, host: &str) -> Result<Vec<(String, String)>, Broken> {
    let bytes: usize = headers
        .iter()
        .map(|(name, value)| name.as_str().len() + value.len())
        .sum();
    if bytes > HEADER_BYTES_MAX {
        let message = format!("the headers of {host} are longer than {HEADER_BYTES_MAX} bytes");
        return Err(Broken::after(ErrorCode::Malformed, message));
    }
    let text = |value: &HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    Ok(headers
        .iter()
        .map(|(name, value)| (name.as_str().to_owned(), text(value)))
        .collect())
}

fn header_of(name: &str, value: &str) -> Result<(HeaderName, HeaderValue), String> {
    let wrong = || {
        format!(
            "the header `{}` cannot be sent",
            name.chars().take(60).collect::<String>()
        )
    };
    let name = HeaderName::from_bytes(name.as_bytes()).map_err(|_| wrong())?;
    let value = HeaderValue::from_bytes(value.as_bytes()).map_err(|_| wrong())?;
    Ok((name, value))
}
