//! One WHOIS exchange (RFC 3912): a line over TCP, the answer until the server hangs up.

use std::net::IpAddr;

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::Instant,
};
use updraft_connector::{Body, ErrorCode, Request, Response};
use url::Url;

use crate::{
    failure::Broken,
    guard::{self, Hosts, check_url},
    options::{CONNECT_TIMEOUT, Door},
};

/// Longest line that is sent.
const QUERY_BYTES_MAX: usize = 512;
/// The port that RFC 3912 names.
const PORT: u16 = 43;

/// Performs an exchange. Ends at `until` at the latest. A connection whose own base URL is `whois://host:port`
/// asks there, `instead` of the server that the request names.
pub async fn exchange(
    door: &Door,
    hosts: &Hosts<'_>,
    request: &Request,
    instead: Option<&Url>,
    until: Instant,
) -> Result<Response, Broken> {
    let target = match instead.filter(|url| url.scheme() == "whois") {
        Some(gateway) => gateway.as_str(),
        None => request.url.as_str(),
    };
    let url = check_url(&door.guard, hosts, target)?;
    let host = url
        .host_str()
        .unwrap_or_default()
        .trim_matches(['[', ']'])
        .to_owned();
    let line = line_of(request)?;
    let connecting = connect(door, &host, url.port().unwrap_or(PORT));
    let limit = until.min(Instant::now() + CONNECT_TIMEOUT);
    let stream = match tokio::time::timeout_at(limit, connecting).await {
        Ok(stream) => stream?,
        Err(_) => {
            let message = format!("cannot connect to {host} in time");
            return Err(Broken::before(ErrorCode::Timeout, message));
        }
    };
    let asking = ask(stream, &line, request.response_bytes_max, &host);
    match tokio::time::timeout_at(until, asking).await {
        Ok(answer) => answer,
        Err(_) => {
            let message = format!("{host} did not answer in time");
            Err(Broken::after(ErrorCode::Timeout, message))
        }
    }
}

/// The query, one line: a line break inside would be a second query.
fn line_of(request: &Request) -> Result<Vec<u8>, Broken> {
    let wrong = |message: &str| Broken::before(ErrorCode::InvalidInput, message);
    let Body::Bytes { data, .. } = &request.body else {
        return Err(wrong("a WHOIS request needs a query"));
    };
    let text = data.trim_ascii();
    if text.is_empty() || text.len() > QUERY_BYTES_MAX || text.iter().any(u8::is_ascii_control) {
        return Err(wrong("a WHOIS query is one line of 1 to 512 bytes"));
    }
    Ok([text, b"\r\n"].concat())
}

async fn connect(door: &Door, host: &str, port: u16) -> Result<TcpStream, Broken> {
    let unreachable = |error: std::io::Error| match guard::refusal(&error) {
        Some(refused) => refused.clone().into(),
        None => Broken::before(
            ErrorCode::Unavailable,
            format!("cannot connect to {host}: {error}"),
        ),
    };
    let addresses = match host.parse::<IpAddr>() {
        Ok(address) => vec![(address, port).into()],
        Err(_) => door.guard.resolve(host, port).await.map_err(unreachable)?,
    };
    TcpStream::connect(addresses.as_slice())
        .await
        .map_err(unreachable)
}

async fn ask(
    mut stream: TcpStream,
    line: &[u8],
    bytes_max: u64,
    host: &str,
) -> Result<Response, Broken> {
    let broke = |error: std::io::Error| {
        Broken::after(
            ErrorCode::Unavailable,
            format!("the connection to {host} broke off: {error}"),
        )
    };
    stream.write_all(line).await.map_err(broke)?;
    let mut answer = Vec::new();
    let mut limited = stream.take(bytes_max.saturating_add(1));
    limited.read_to_end(&mut answer).await.map_err(broke)?;
    if answer.len() as u64 > bytes_max {
        let message = format!("the answer of {host} is longer than {bytes_max} bytes");
        return Err(Broken::after(ErrorCode::Malformed, message));
    }
    if answer.is_empty() {
        let message = format!("{host} hung up without an answer");
        return Err(Broken::after(ErrorCode::Unavailable, message));
    }
    // WHOIS never had a character set; what is not UTF-8 was most likely Latin-1.
    let text = match String::from_utf8(answer) {
        Ok(text) => text,
        Err(error) => error.into_bytes().into_iter().map(char::from).collect(),
    };
    Ok(Response::new(200, text.into_bytes()))
}
