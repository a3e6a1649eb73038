//! URLs: schemes in disguise, where a URL in running text ends, and its one spelling.
//!
//! Canonical: scheme and host in lower case, host in ASCII, IPv6 compressed, the scheme's own port left
//! out, an empty path as `/`. Path, query and fragment stay as they are: servers may tell them apart.

use crate::{
    address::{ipv4, ipv6},
    bytes::{AT, DOT, RUN, at, before, class, continues, cut, is_at, run_end},
    domain::{domain, unlisted},
};

/// Longest URL, bytes. What is longer is not reported as a URL, its host is.
pub(crate) const URL_BYTES_MAX: usize = 8192;
/// Longest scheme spelling that is looked at, bytes.
const SCHEME_BYTES_MAX: usize = 12;

const SCHEMES: [&str; 24] = [
    "http", "https", "ftp", "ftps", "sftp", "tcp", "udp", "ws", "wss", "ldap", "ldaps", "smb",
    "rdp", "ssh", "git", "rtmp", "rtsp", "socks4", "socks5", "telnet", "tftp", "dns", "nfs", "mms",
];

/// The scheme whose spelling ends right before `colon`, and where it begins.
pub(crate) fn scheme_before(
    bytes: &[u8],
    floor: usize,
    colon: usize,
) -> Option<(&'static str, usize)> {
    let mut start = colon;
    while start > floor && colon - start < SCHEME_BYTES_MAX && in_scheme(at(bytes, start - 1)) {
        start -= 1;
    }
    for from in start..colon {
        let glued = from > floor && at(bytes, from - 1).is_ascii_alphanumeric();
        let Some(name) = scheme(cut(bytes, from, colon)) else {
            continue;
        };
        if !glued || matches!(name, "http" | "https") {
            return Some((name, from));
        }
    }
    None
}

fn in_scheme(c: u8) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, b'*' | b'_' | b'#')
}

/// The scheme meant by a spelling, disguised or not.
fn scheme(word: &[u8]) -> Option<&'static str> {
    let mut lower = [0u8; SCHEME_BYTES_MAX];
    let lower = lower.get_mut(..word.len())?;
    lower.copy_from_slice(word);
    lower.make_ascii_lowercase();
    let lower: &[u8] = lower;
    if let Some(name) = SCHEMES.iter().find(|name| name.as_bytes() == lower) {
        return Some(name);
    }
    match lower {
        b"xxxx" | b"meow" => return Some("http"),
        b"xxxxx" | b"xxxxs" | b"meows" => return Some("https"),
        b"fxp" | b"ftx" | b"f*p" => return Some("ftp"),
        b"fxps" => return Some("ftps"),
        _ => {}
    }
    let body = lower.strip_prefix(b"h")?;
    let (body, name) = match body.strip_suffix(b"s") {
        Some(rest) => (rest.strip_suffix(b"p")?, "https"),
        None => (body.strip_suffix(b"p")?, "http"),
    };
    let masked = body
        .iter()
        .all(|c| matches!(c, b't' | b'x' | b'*' | b'_' | b'#' | b'z'));
    ((1..=4).contains(&body.len()) && masked).then_some(name)
}

/// A host in canonical form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Host {
    V4(String),
    V6(String),
    Name(String),
    /// A name whose top-level domain nobody registered; only a mail address may have one.
    Unlisted(String),
}

impl Host {
    pub(crate) fn parse(bytes: &[u8]) -> Option<Host> {
        if at(bytes, 0).is_ascii_digit() && ipv4(bytes).is_some() {
            let mut address = String::with_capacity(bytes.len());
            push_plain(&mut address, bytes);
            return Some(Host::V4(address));
        }
        domain(bytes).map(Host::Name)
    }

    /// The host of a mail address: inside a company it may end in anything that is not a file's ending.
    pub(crate) fn of_mail(bytes: &[u8]) -> Option<Host> {
        Host::parse(bytes).or_else(|| unlisted(bytes).map(Host::Unlisted))
    }
}

/// The parts of a URL behind its scheme, as positions.
#[derive(Debug)]
pub(crate) struct Authority {
    /// Where the user information begins; equal to `host_start` without any.
    pub(crate) user_start: usize,
    pub(crate) host_start: usize,
    pub(crate) host_end: usize,
    /// Where the port's digits end; equal to `host_end` without any.
    pub(crate) port_end: usize,
    pub(crate) host: Host,
}

/// Reads `user@host:port` at `start`.
pub(crate) fn authority(bytes: &[u8], start: usize, limit: usize) -> Option<Authority> {
    let end = start
        + cut(bytes, start, limit)
            .iter()
            .take(1024)
            .take_while(|c| !matches!(c, b'/' | b'\\' | b'?' | b'#'))
            .count();
    let host_start = cut(bytes, start, end)
        .iter()
        .rposition(|c| is_at(*c))
        .map_or(start, |found| start + found + 1);
    let (host, host_end) = if at(bytes, host_start) == b'[' {
        let close = run_end(bytes, host_start + 1, 46, |c| {
            c.is_ascii_hexdigit() || c == b':' || c == b'.'
        });
        let address = ipv6(cut(bytes, host_start + 1, close))?;
        if at(bytes, close) != b']' {
            return None;
        }
        (Host::V6(address.to_string()), close + 1)
    } else {
        let mut host_end = run_end(bytes, host_start, end - host_start, |c| class(c) & RUN != 0);
        while host_end > host_start && matches!(at(bytes, host_end - 1), b'.' | DOT | b'-') {
            host_end -= 1;
        }
        (Host::parse(cut(bytes, host_start, host_end))?, host_end)
    };
    let mut port_end = host_end;
    if at(bytes, host_end) == b':' {
        let digits = run_end(bytes, host_end + 1, 6, |c| c.is_ascii_digit()).min(limit);
        if digits > host_end + 1 {
            port_end = digits;
        }
    }
    Some(Authority {
        user_start: start,
        host_start,
        host_end,
        port_end,
        host,
    })
}

/// Where a URL ends whose authority ends at `from`; `limit` is the end of the token.
pub(crate) fn end_of(bytes: &[u8], from: usize, limit: usize) -> usize {
    if !matches!(
        at(bytes, from),
        b'/' | b'?' | b'#' | b'%' | b'\\' | b':' | b'&' | b'=' | b';'
    ) {
        return from;
    }
    let mut end = placeholder(bytes, from, limit);
    if let Some(next) = next_url(cut(bytes, from, end)) {
        end = from + next;
    }
    let mut surplus = [0i32; 3];
    for c in cut(bytes, from, end) {
        match c {
            b'(' => surplus[0] -= 1,
            b')' => surplus[0] += 1,
            b'[' => surplus[1] -= 1,
            b']' => surplus[1] += 1,
            b'{' => surplus[2] -= 1,
            b'}' => surplus[2] += 1,
            _ => {}
        }
    }
    let [mut round, mut square, mut curly] = surplus;
    while end > from {
        let left = match at(bytes, end - 1) {
            b'.' | DOT | AT | b',' | b';' | b':' | b'!' | b'?' | b'*' | b'\\' | b'#' => {
                continue_from(&mut end)
            }
            b')' if round > 0 => {
                round -= 1;
                continue_from(&mut end)
            }
            b']' if square > 0 => {
                square -= 1;
                continue_from(&mut end)
            }
            b'}' if curly > 0 => {
                curly -= 1;
                continue_from(&mut end)
            }
            _ => false,
        };
        if !left {
            break;
        }
    }
    end
}

fn continue_from(end: &mut usize) -> bool {
    *end -= 1;
    true
}

/// A `[` that opens a remark rather than a part of the path ends the URL.
fn placeholder(bytes: &[u8], from: usize, limit: usize) -> usize {
    let mut close = from;
    let mut i = from;
    while let Some(open) = memchr::memchr(b'[', cut(bytes, i, limit)).map(|step| i + step) {
        if close <= open {
            close = memchr::memchr(b']', cut(bytes, open, limit)).map_or(limit, |step| open + step);
        }
        let next = at(bytes, open + 1);
        let unclosed = close >= limit || close + 1 >= limit;
        if unclosed && (next.is_ascii_alphanumeric() || next == b'-' || open + 1 >= limit) {
            return open;
        }
        i = open + 1;
    }
    limit
}

/// Where another URL is glued on with a comma, semicolon or bracket: `http://a/,http://b/`.
fn next_url(body: &[u8]) -> Option<usize> {
    memchr::memchr_iter(b':', body)
        .filter(|colon| continues(body, colon + 1, b"//"))
        .find_map(|colon| {
            let (_, start) = scheme_before(body, 0, colon)?;
            let glue = before(body, start);
            if !matches!(glue, b',' | b';' | b'(' | b'[' | b')') {
                return None;
            }
            let link = glue == b'(' && before(body, start - 1) == b']';
            Some(start - if link { 2 } else { 1 })
        })
}

/// Builds the canonical URL from its parts. `tail` is everything behind the port.
pub(crate) fn assemble(scheme: &str, parts: &Authority, bytes: &[u8], end: usize) -> String {
    let mut url = String::with_capacity(end.saturating_sub(parts.user_start) + scheme.len() + 4);
    url.push_str(scheme);
    url.push_str("://");
    push_plain(&mut url, cut(bytes, parts.user_start, parts.host_start));
    match &parts.host {
        Host::V4(host) | Host::Name(host) | Host::Unlisted(host) => url.push_str(host),
        Host::V6(host) => {
            url.push('[');
            url.push_str(host);
            url.push(']');
        }
    }
    let port = cut(bytes, parts.host_end, parts.port_end);
    if !port.is_empty() && !own_port(scheme, port) {
        push_plain(&mut url, port);
    }
    let tail = cut(bytes, parts.port_end, end);
    if matches!(tail.first(), None | Some(b'?' | b'#')) {
        url.push('/');
    }
    match masked_scheme(tail) {
        Some(from) => push_unmasked(&mut url, tail, from),
        None => push_plain(&mut url, tail),
    }
    url
}

fn own_port(scheme: &str, port: &[u8]) -> bool {
    matches!(
        (scheme, port),
        ("http" | "ws", b":80") | ("https" | "wss", b":443") | ("ftp", b":21")
    )
}

/// Where `hxxp` stands in a path or query: the address of another page, masked like this one.
fn masked_scheme(tail: &[u8]) -> Option<usize> {
    let mut from = 1;
    while let Some(found) =
        memchr::memchr2(b'x', b'X', cut(tail, from, tail.len())).map(|step| from + step)
    {
        if continues(tail, found, b"xxp") {
            return Some(found);
        }
        from = found + 1;
    }
    None
}

fn push_unmasked(url: &mut String, tail: &[u8], first: usize) {
    let mut done = 0;
    let mut next = Some(first);
    while let Some(found) = next {
        let word = cut(tail, found - 1, found + 3);
        let masked = word.eq_ignore_ascii_case(b"hxxp")
            && (continues(tail, found + 3, b"://") || continues(tail, found + 3, b"s://"));
        push_plain(url, cut(tail, done, found - 1));
        push_plain(url, if masked { b"http" } else { word });
        done = found + 3;
        next = masked_scheme(cut(tail, done, tail.len())).map(|at| done + at);
    }
    push_plain(url, cut(tail, done, tail.len()));
}

/// Appends plain bytes with real dots and at signs.
pub(crate) fn push_plain(out: &mut String, bytes: &[u8]) {
    let mut rest = bytes;
    while let Some(mark) = rest.iter().position(|c| *c == DOT || *c == AT) {
        let (head, tail) = rest.split_at(mark);
        out.push_str(std::str::from_utf8(head).unwrap_or_default());
        out.push(if at(tail, 0) == DOT { '.' } else { '@' });
        rest = cut(tail, 1, tail.len());
    }
    out.push_str(std::str::from_utf8(rest).unwrap_or_default());
}
