//! Values that name a machine: addresses, networks, names, mail addresses, URLs without a scheme.

use updraft_model::ObservableType as Kind;

use super::Scan;
use crate::{
    address::{ipv4_prefix, ipv6, mac, mask32, network},
    bytes::{
        AT, DOT, HEX, RUN, at, before, class, continues, cut, is_at, is_dot, is_word, run_end,
    },
    domain::{domain, looks_like_code},
    plain::Spelling,
    url::{Host, HostKind, URL_BYTES_MAX, assemble, authority, end_of},
};

/// Longest local part of a mail address, bytes.
const LOCAL_BYTES_MAX: usize = 64;
/// How far back the label of a version number is looked for, bytes.
const LABEL_BYTES: usize = 24;

impl Scan<'_> {
    /// An IPv4 address or network at `from`.
    pub(super) fn address(
        &mut self,
        start: usize,
        from: usize,
        to: usize,
        end: usize,
    ) -> Option<usize> {
        let (address, used) = ipv4_prefix(cut(self.b, from, to))?;
        let stop = from + used;
        let next = at(self.b, stop);
        let glued = stop < to && next != b'-';
        if from > start || glued || matches!(before(self.b, from), b'\\' | b'$' | b'#') {
            return None;
        }
        if stop < to && domain(self.part(from, to)).is_some() {
            return None;
        }
        let defanged = cut(self.b, from, stop).contains(&DOT);
        if address.octets()[0] == 0 || !defanged && self.version_before(from) {
            return Some(to);
        }
        if let Some((net, net_end)) = self.prefix_length(from, stop) {
            self.hit(Kind::Cidr, Spelling::Other(net), from, net_end);
            self.inner(Kind::Ipv4, Spelling::Plain, from, stop);
            return Some(net_end);
        }
        if let Some(after) = self.bare_url(from, stop, end) {
            return Some(after);
        }
        self.hit(Kind::Ipv4, Spelling::Plain, from, stop);
        Some(if stop < to { stop + 1 } else { to })
    }

    /// The network of the address from `from` to `slash`, and where its prefix length ends.
    fn prefix_length(&self, from: usize, slash: usize) -> Option<(String, usize)> {
        if at(self.b, slash) != b'/' {
            return None;
        }
        let end = run_end(self.b, slash + 1, 4, |c| c.is_ascii_digit());
        let digits = std::str::from_utf8(cut(self.b, slash + 1, end)).ok()?;
        let next = at(self.b, end);
        if is_word(next)
            || matches!(next, b'/' | b'-')
            || is_dot(next) && is_word(at(self.b, end + 1))
        {
            return None;
        }
        let length = digits.parse().ok()?;
        let written = Spelling::Plain.of(self.part(from, end));
        mask32(length).or(written.contains(':').then_some(0))?;
        Some((network(&written)?, end))
    }

    /// `Chrome/120.0.0.0`, `version 1.2.3.4`.
    fn version_before(&self, from: usize) -> bool {
        let near = cut(self.b, from.saturating_sub(LABEL_BYTES), from);
        if matches!(near, [.., letter, b'/'] if letter.is_ascii_alphabetic()) {
            return true;
        }
        let label = near.trim_ascii_end();
        let label = label.strip_suffix(b":").unwrap_or(label).trim_ascii_end();
        const WORDS: [&[u8]; 8] = [
            b"version",
            b"versions",
            b"ver",
            b"ver.",
            b"build",
            b"release",
            b"rv",
            b"firmware",
        ];
        WORDS.iter().any(|word| {
            label.len() >= word.len()
                && continues(label, label.len() - word.len(), word)
                && !is_word(before(label, label.len() - word.len()))
        }) || matches!(label, [b'v' | b'V'] | [.., b' ', b'v' | b'V'])
    }

    /// A domain name in the run.
    pub(super) fn name(
        &mut self,
        start: usize,
        from: usize,
        to: usize,
        end: usize,
    ) -> Option<usize> {
        let prev = before(self.b, start);
        let path = prev == b'/' && cut(self.b, start.saturating_sub(3), start) != b"://";
        if path || matches!(prev, b'\\' | b'%' | b'$' | b'#') || is_at(prev) && start == from {
            return None;
        }
        let plain = self.part(from, to);
        let spelling = domain(plain)?;
        let canonical = match &spelling {
            Spelling::Plain => plain,
            Spelling::Other(value) => value,
        };
        let next = at(self.b, to);
        if looks_like_code(plain.as_bytes(), canonical, next) && !plain.as_bytes().contains(&DOT) {
            return None;
        }
        if let Some(after) = self.bare_url(from, to, end) {
            return Some(after);
        }
        self.hit(Kind::Domain, spelling, from, to);
        Some(to)
    }

    /// `evil.com/a.php`, `192.0.2.1:8080/x`: a URL whose scheme was left out.
    fn bare_url(&mut self, from: usize, host_end: usize, limit: usize) -> Option<usize> {
        let next = at(self.b, host_end);
        if next != b'/' && next != b':' || host_end >= limit {
            return None;
        }
        let parts = authority(self.t, from, limit)?;
        if parts.host_end != host_end || at(self.b, parts.port_end) != b'/' {
            return None;
        }
        let end = end_of(self.b, parts.port_end, limit);
        if end <= parts.port_end + 1 || end - from > URL_BYTES_MAX {
            return None;
        }
        let spelling = assemble("http", &parts, self.t, from, end);
        self.hit(Kind::Url, spelling, from, end);
        self.host(parts.host, parts.host_start, parts.host_end);
        self.inner_words(host_end, end);
        Some(end)
    }

    /// A mail address around the sign at `sign`.
    pub(super) fn mail(&mut self, sign: usize, end: usize) -> Option<usize> {
        let b = self.b;
        let mut start = sign;
        while start > self.floor && sign - start < LOCAL_BYTES_MAX && in_local(at(b, start - 1)) {
            start -= 1;
        }
        while start < sign && matches!(at(b, start), b'.' | DOT | b'-' | b'+' | b'%') {
            start += 1;
        }
        if start == sign || is_dot(at(b, sign - 1)) {
            return None;
        }
        let open = sign + 1;
        let (host, host_start, host_end, stop) = if at(b, open) == b'[' {
            let (_, used) = ipv4_prefix(cut(b, open + 1, end))?;
            if at(b, open + 1 + used) != b']' {
                return None;
            }
            let host = Host {
                kind: HostKind::V4,
                spelling: Spelling::Plain,
            };
            (host, open + 1, open + 1 + used, open + 2 + used)
        } else {
            let stop = self.classes.past(open, end, RUN);
            let (from, to) = self.trimmed(open, stop);
            if from != open {
                return None;
            }
            let host = Host::of_mail(self.part(from, to))?;
            if is_at(at(b, stop)) && host.kind == HostKind::V4 {
                return None;
            }
            (host, from, to, to)
        };
        let local = cut(b, start, sign);
        if local.windows(2).any(|pair| pair.iter().all(|c| is_dot(*c))) {
            return None;
        }
        let upper = local.iter().any(u8::is_ascii_uppercase);
        let spelling = if upper || host.spelling != Spelling::Plain {
            let mut value = Spelling::Plain.of(self.part(start, open));
            value.make_ascii_lowercase();
            value.push_str(self.part(open, host_start));
            host.spelling
                .push(&mut value, self.part(host_start, host_end));
            value.push_str(self.part(host_end, stop));
            Spelling::Other(value)
        } else {
            Spelling::Plain
        };
        self.hit(Kind::Email, spelling, start, stop);
        self.host(host, host_start, host_end);
        Some(stop)
    }

    /// IPv6 and hardware addresses: hex digits and colons.
    pub(super) fn colons(&mut self, from: usize, end: usize) -> Option<usize> {
        let b = self.b;
        let colon_run = |c: u8| class(c) & HEX != 0 || c == b':' || is_dot(c);
        let stop = run_end(b, from, end - from, colon_run);
        self.colons_read = stop;
        let mut to = stop;
        let mut from = from;
        while from < to && is_dot(at(b, from)) {
            from += 1;
        }
        while to > from && is_dot(at(b, to - 1)) {
            to -= 1;
        }
        if at(b, to.wrapping_sub(1)) == b':' && at(b, to.wrapping_sub(2)) != b':' {
            to -= 1;
        }
        let next = at(b, to);
        let group = cut(b, from, to);
        if to <= from || is_word(next) && to == stop || is_word(before(b, from)) || group.len() > 45
        {
            return None;
        }
        if next == b'-' && is_word(at(b, to + 1)) || before(b, from) == b':' {
            return None;
        }
        if group.len() == 17
            && let Some(value) = mac(group)
        {
            self.hit(Kind::Mac, Spelling::Other(value), from, to);
            return Some(to);
        }
        self.ipv6(from, to, end)
    }

    fn ipv6(&mut self, from: usize, to: usize, end: usize) -> Option<usize> {
        let b = self.b;
        let group: Vec<u8> = cut(b, from, to)
            .iter()
            .map(|c| if is_dot(*c) { b'.' } else { *c })
            .collect();
        let colons = group.iter().filter(|c| **c == b':').count();
        let digits = group.iter().any(u8::is_ascii_digit);
        let loopback = group == b"::1";
        if colons < 2 || !loopback && (!digits || group.len() < 6 && colons < 4) {
            return None;
        }
        let value = ipv6(&group)?.to_string();
        let mut stop = to;
        if let Some((net, net_end)) = self.prefix_length(from, to) {
            self.hit(Kind::Cidr, Spelling::Other(net), from, net_end);
            self.inner(Kind::Ipv6, Spelling::Other(value), from, to);
            return Some(net_end);
        }
        if at(b, to) == b'%' {
            stop = run_end(b, to + 1, (end - to).min(17), |c| c.is_ascii_alphanumeric());
        }
        self.hit(Kind::Ipv6, Spelling::Other(value), from, to);
        Some(stop)
    }
}

fn in_local(c: u8) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, b'.' | DOT | b'_' | b'%' | b'+' | b'-') && c != AT
}
