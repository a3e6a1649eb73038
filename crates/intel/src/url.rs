//! URLs: schemes in disguise, where a URL in running text ends, and its one spelling.
//!
//! Canonical: scheme and host in lower case, host in ASCII, IPv6 compressed, the scheme's own port left
//! out, an empty path as `/`. Path, query and fragment stay as they are: servers may tell them apart.

use crate::{
    address::{ipv4, ipv6},
    bytes::{AT, DOT, RUN, at, before, class, continues, cut, is_at, run_end},
    domain::{domain, unlisted},
    plain::{Spelling, push_plain},
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
    if let Some(plain) = plain_scheme(bytes, floor, colon) {
        return Some(plain);
    }
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

/// `http` or `https` right before `colon`, as nearly every URL has it.
fn plain_scheme(bytes: &[u8], floor: usize, colon: usize) -> Option<(&'static str, usize)> {
    let head = cut(bytes, floor, colon);
    let name = if head.ends_with(b"https") {
        "https"
    } else if head.ends_with(b"http") {
        "http"
    } else {
        return None;
    };
    let start = colon - name.len();
    (start == floor || !in_scheme(at(bytes, start - 1))).then_some((name, start))
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

/// What kind of host it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum HostKind {
    V4,
    V6,
    Name,
    /// A name whose top-level domain nobody registered; only a mail address may have one.
    Unlisted,
}

/// A host, and how its canonical form is spelled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Host {
    pub(crate) kind: HostKind,
    pub(crate) spelling: Spelling,
}

impl Host {
    pub(crate) fn parse(plain: &str) -> Option<Host> {
        if at(plain.as_bytes(), 0).is_ascii_digit() && ipv4(plain.as_bytes()).is_some() {
            return Some(Host {
                kind: HostKind::V4,
                spelling: Spelling::Plain,
            });
        }
        domain(plain).map(|spelling| Host {
            kind: HostKind::Name,
            spelling,
        })
    }

    /// The host of a mail address: inside a company it may end in anything that is not a file's ending.
    pub(crate) fn of_mail(plain: &str) -> Option<Host> {
        Host::parse(plain).or_else(|| {
            Some(Host {
                kind: HostKind::Unlisted,
                spelling: Spelling::Other(unlisted(plain)?),
            })
        })
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

/// Longest user information, host and port, bytes.
const AUTHORITY_BYTES_MAX: usize = 1024;

/// Reads `user@host:port` at `start`.
pub(crate) fn authority(text: &str, start: usize, limit: usize) -> Option<Authority> {
    let bytes = text.as_bytes();
    let (mut host_start, mut host_stop) = (start, None);
    let mut end = start;
    for c in cut(bytes, start, limit).iter().take(AUTHORITY_BYTES_MAX) {
        if class(*c) & RUN == 0 {
            if matches!(c, b'/' | b'\\' | b'?' | b'#') {
                break;
            }
            if is_at(*c) {
                (host_start, host_stop) = (end + 1, None);
            } else if host_stop.is_none() {
                host_stop = Some(end);
            }
        }
        end += 1;
    }
    let (host, host_end) = if at(bytes, host_start) == b'[' {
        let close = run_end(bytes, host_start + 1, 46, |c| {
            c.is_ascii_hexdigit() || c == b':' || c == b'.'
        });
        let address = ipv6(cut(bytes, host_start + 1, close))?;
        if at(bytes, close) != b']' {
            return None;
        }
        let host = Host {
            kind: HostKind::V6,
            spelling: Spelling::Other(address.to_string()),
        };
        (host, close + 1)
    } else {
        let mut host_end = host_stop.unwrap_or(end);
        while host_end > host_start && matches!(at(bytes, host_end - 1), b'.' | DOT | b'-') {
            host_end -= 1;
        }
        (Host::parse(text.get(host_start..host_end)?)?, host_end)
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
    let mut left: Option<Surplus> = None;
    let tail = cut(bytes, from, end);
    while end > from {
        let last = at(bytes, end - 1);
        let drop = match last {
            b'.' | DOT | AT | b',' | b';' | b':' | b'!' | b'?' | b'*' | b'\\' | b'#' => true,
            b')' | b']' | b'}' => left.get_or_insert_with(|| Surplus::of(tail)).take(last),
            _ => false,
        };
        if !drop {
            break;
        }
        end -= 1;
    }
    end
}

/// How many closing brackets of each kind a piece has more than opening ones.
struct Surplus {
    round: i32,
    square: i32,
    curly: i32,
}

impl Surplus {
    fn of(bytes: &[u8]) -> Self {
        let mut surplus = Self {
            round: 0,
            square: 0,
            curly: 0,
        };
        for c in bytes {
            match c {
                b'(' => surplus.round -= 1,
                b')' => surplus.round += 1,
                b'[' => surplus.square -= 1,
                b']' => surplus.square += 1,
                b'{' => surplus.curly -= 1,
                b'}' => surplus.curly += 1,
                _ => {}
            }
        }
        surplus
    }

    /// Takes one away, if there is one.
    fn take(&mut self, closing: u8) -> bool {
        let count = match closing {
            b')' => &mut self.round,
            b']' => &mut self.square,
            _ => &mut self.curly,
        };
        let some = *count > 0;
        *count -= i32::from(some);
        some
    }
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

/// The canonical form of the URL from `start` to `end`. Everything behind the port is its tail.
pub(crate) fn assemble(
    scheme: &str,
    parts: &Authority,
    text: &str,
    start: usize,
    end: usize,
) -> Spelling {
    let bytes = text.as_bytes();
    let part = |from, to| text.get(from..to).unwrap_or_default();
    let tail = cut(bytes, parts.port_end, end);
    let port = cut(bytes, parts.host_end, parts.port_end);
    let bare = matches!(tail.first(), None | Some(b'?' | b'#'));
    let own = own_port(scheme, port);
    let masked = masked_scheme(tail);
    let head = part(start, parts.user_start).strip_prefix(scheme);
    let plain = head == Some("://") && parts.host.spelling == Spelling::Plain;
    if plain && !bare && !own && masked.is_none() {
        return Spelling::Plain;
    }
    let mut url = String::with_capacity(end.saturating_sub(parts.user_start) + scheme.len() + 4);
    url.push_str(scheme);
    url.push_str("://");
    push_plain(&mut url, part(parts.user_start, parts.host_start));
    let host = part(parts.host_start, parts.host_end);
    if parts.host.kind == HostKind::V6 {
        url.push('[');
        parts.host.spelling.push(&mut url, host);
        url.push(']');
    } else {
        parts.host.spelling.push(&mut url, host);
    }
    if !own {
        push_plain(&mut url, part(parts.host_end, parts.port_end));
    }
    if bare {
        url.push('/');
    }
    match masked {
        Some(from) => push_unmasked(&mut url, part(parts.port_end, end), from),
        None => push_plain(&mut url, part(parts.port_end, end)),
    }
    Spelling::Other(url)
}

fn own_port(scheme: &str, port: &[u8]) -> bool {
    matches!(
        (scheme, port),
        ("http" | "ws", b":80") | ("https" | "wss", b":443") | ("ftp", b":21")
    )
}

/// Where the `xxp` of `hxxp://` stands in a path or query: the address of another page, masked like this one.
fn masked_scheme(tail: &[u8]) -> Option<usize> {
    let mut from = 1;
    while let Some(found) =
        memchr::memchr2(b'x', b'X', cut(tail, from, tail.len())).map(|step| from + step)
    {
        let masked = continues(tail, found - 1, b"hxxp")
            && (continues(tail, found + 3, b"://") || continues(tail, found + 3, b"s://"));
        if masked {
            return Some(found);
        }
        from = found + 1;
    }
    None
}

fn push_unmasked(url: &mut String, tail: &str, first: usize) {
    let part = |from, to| tail.get(from..to).unwrap_or_default();
    let mut done = 0;
    let mut next = Some(first);
    while let Some(found) = next {
        push_plain(url, part(done, found - 1));
        url.push_str("http");
        done = found + 3;
        next = masked_scheme(part(done, tail.len()).as_bytes()).map(|at| done + at);
    }
    push_plain(url, part(done, tail.len()));
}
