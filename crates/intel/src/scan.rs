//! The second pass: finds values in the plain bytes of one chunk.
//!
//! A loop cuts tokens at blanks and quotes and notes which kinds of byte each has; a word without any
//! telling byte is left at once. What remains is walked run by run (letters, digits, dots, dashes), and the
//! bytes around a run decide who gets to read it. The position only moves forward. Where a rule looks back
//! or ahead it does so by a constant, so the time is linear in the input whatever the input is.

use updraft_model::ObservableType as Kind;

use crate::{
    address::{ipv4_prefix, ipv6, mac, mask32, network},
    bytes::{
        AT, ATS, COLON, DIGIT, DOT, DOTS, HEX, RUN, SEP, SLASH, at, before, class, continues, cut,
        is_at, is_dot, is_word, run_end,
    },
    domain::{domain, looks_like_code},
    path,
    url::{Host, URL_BYTES_MAX, assemble, authority, end_of, push_plain, scheme_before},
    wallet,
};

/// A value at a place of the plain bytes.
#[derive(Debug)]
pub(crate) struct Hit {
    pub(crate) kind: Kind,
    pub(crate) value: String,
    pub(crate) start: usize,
    pub(crate) end: usize,
    pub(crate) within: bool,
}

/// Shortest token without telling bytes that may be a hash or a wallet.
const LONG_WORD_BYTES: usize = 26;
/// Longest local part of a mail address.
const LOCAL_BYTES_MAX: usize = 64;
/// How far back the label of a version number or an import hash is looked for.
const LABEL_BYTES: usize = 24;
const IMPORT_HASH: [&[u8]; 3] = [b"imphash", b"import hash", b"import_hash"];

/// Finds everything in `bytes`.
pub(crate) fn scan(bytes: &[u8], hits: &mut Vec<Hit>) {
    let mut scan = Scan {
        b: bytes,
        hits,
        floor: 0,
        colons_read: 0,
        versions: true,
    };
    let mut i = 0;
    while i < bytes.len() {
        let mut mask = 0;
        let start = i;
        let mut end = bytes.len();
        for (step, c) in cut(bytes, start, bytes.len()).iter().enumerate() {
            let bits = class(*c);
            if bits & SEP != 0 {
                end = start + step;
                break;
            }
            mask |= bits;
        }
        i = end;
        if end > start {
            let telling = mask & (DOTS | COLON | ATS | DIGIT | SLASH) != 0;
            if telling || end - start >= LONG_WORD_BYTES {
                i = scan.token(start, end, mask).max(end);
            }
            if at(bytes, i) == b' ' && at(bytes, i + 1).is_ascii_digit() {
                i = scan.spaced_number(start, i).max(i);
            }
        }
        i += 1;
    }
}

struct Scan<'a> {
    b: &'a [u8],
    hits: &'a mut Vec<Hit>,
    /// Nothing before this position may be used again.
    floor: usize,
    /// Up to here colons have been tried as address separators.
    colons_read: usize,
    versions: bool,
}

impl Scan<'_> {
    fn hit(&mut self, kind: Kind, value: String, start: usize, end: usize) {
        self.hits.push(Hit {
            kind,
            value,
            start,
            end,
            within: false,
        });
        self.floor = self.floor.max(end);
    }

    fn part(&mut self, kind: Kind, value: String, start: usize, end: usize) {
        self.hits.push(Hit {
            kind,
            value,
            start,
            end,
            within: true,
        });
    }

    fn lower(&self, start: usize, end: usize) -> String {
        String::from_utf8_lossy(cut(self.b, start, end)).to_ascii_lowercase()
    }

    /// Reads one token; answers where to go on, which may be beyond its end for paths with blanks.
    fn token(&mut self, start: usize, end: usize, mask: u8) -> usize {
        let mut i = start;
        if mask & SLASH != 0 {
            if let Some(found) = path::find(self.b, start, end) {
                self.pieces(start, found.start);
                let (kind, from, to) = (found.kind, found.start, found.end);
                self.hit(kind, found.value, from, to);
                if continues(self.b, from, b"\\\\")
                    && let Some(share) = authority(self.b, from + 2, to)
                {
                    self.host(share.host, share.host_start, share.host_end);
                }
                self.inner_words(from, to);
                return to;
            }
            if mask & COLON != 0 {
                i = self.urls(start, end);
            }
        }
        self.pieces(i, end);
        end
    }

    /// Reads the URLs of a token and what stands before each; answers where the last one ended.
    fn urls(&mut self, start: usize, end: usize) -> usize {
        let mut done = start;
        let mut from = start;
        while let Some(colon) = memchr::memchr(b':', cut(self.b, from, end)).map(|step| from + step)
        {
            from = colon + 1;
            if let Some((begin, after)) = self.url(colon, done, end) {
                debug_assert!(begin >= done && after > colon);
                done = after;
                from = after;
            }
        }
        done
    }

    fn url(&mut self, colon: usize, floor: usize, limit: usize) -> Option<(usize, usize)> {
        let slashes = run_end(self.b, colon + 1, 4, |c| c == b'/' || c == b'\\') - colon - 1;
        if slashes == 0 {
            return None;
        }
        let (scheme, begin) = scheme_before(self.b, floor, colon)?;
        if slashes < 2 && !matches!(scheme, "http" | "https" | "ftp") {
            return None;
        }
        let mut host = colon + 1 + slashes;
        if matches!(at(self.b, host), b']' | b')') {
            host += 1;
        }
        let parts = authority(self.b, host, limit)?;
        self.pieces(floor, begin);
        let mut end = end_of(self.b, parts.port_end, limit);
        if slashes >= 2 && at(self.b, parts.port_end) == b'\\' && at(self.b, colon + 1) == b'/' {
            end = parts.port_end;
        }
        if end - begin <= URL_BYTES_MAX {
            let value = assemble(scheme, &parts, self.b, end);
            self.hit(Kind::Url, value, begin, end);
        } else {
            end = limit;
            self.floor = limit;
        }
        self.host(parts.host, parts.host_start, parts.host_end);
        self.inner_words(parts.host_start, end);
        Some((begin, end))
    }

    fn host(&mut self, host: Host, start: usize, end: usize) {
        match host {
            Host::V4(value) => self.part(Kind::Ipv4, value, start, end),
            Host::V6(value) => self.part(Kind::Ipv6, value, start + 1, end - 1),
            Host::Unlisted(_) => {}
            Host::Name(value) => self.part(Kind::Domain, value, start, end),
        }
    }

    /// Hashes and CVE numbers inside a URL or path.
    fn inner_words(&mut self, start: usize, end: usize) {
        let mut i = start;
        while i < end {
            let stop = run_end(self.b, i, end - i, |c| c.is_ascii_alphanumeric());
            if stop - i >= 32 {
                self.hash(i, stop, true);
            } else if stop - i == 3 && continues(self.b, i, b"cve") {
                self.cve(i, true);
            }
            i = stop + 1;
        }
    }

    /// Reads everything in a stretch that is not a URL.
    fn pieces(&mut self, start: usize, end: usize) {
        let mut i = start.max(self.floor);
        while i < end {
            let c = at(self.b, i);
            if class(c) & RUN != 0 {
                let stop = run_end(self.b, i, end - i, |c| class(c) & RUN != 0);
                i = self.run(i, stop, end).max(stop);
            } else if c == b':' && i >= self.colons_read && at(self.b, i + 1) == b':' {
                i = self.colons(i, end).unwrap_or(i + 1);
            } else {
                i += 1;
            }
        }
    }

    fn run(&mut self, start: usize, stop: usize, end: usize) -> usize {
        let next = at(self.b, stop);
        if next == b':' && start >= self.colons_read && stop < end {
            if let Some(after) = self
                .ssdeep(start, stop, end)
                .or_else(|| self.colons(start, end))
            {
                return after;
            }
        }
        if is_at(next) && stop < end {
            if let Some(after) = self.mail(stop, end) {
                return after;
            }
        }
        if stop - start >= 32 {
            self.hashes(start, stop);
        }
        let (from, to) = self.trimmed(start, stop);
        if to <= from {
            return stop;
        }
        if self.word(from, to) {
            return stop;
        }
        let Some(dot) = cut(self.b, from, to).iter().position(|c| is_dot(*c)) else {
            return stop;
        };
        if at(self.b, from).is_ascii_digit() && dot <= 3 {
            if let Some(after) = self.address(start, from, to, end) {
                return after;
            }
        }
        if is_at(next) && stop < end {
            return stop + 1;
        }
        self.name(start, from, to, end).unwrap_or(stop)
    }

    /// Leaves out dots and dashes at both ends, and everything before an empty label.
    fn trimmed(&self, start: usize, stop: usize) -> (usize, usize) {
        let (mut from, mut to) = (start, stop);
        while to > from && (is_dot(at(self.b, to - 1)) || at(self.b, to - 1) == b'-') {
            to -= 1;
        }
        let run = cut(self.b, from, to);
        let broken = run
            .windows(2)
            .rposition(|pair| matches!(pair, [a, b] if is_dot(*a) && (is_dot(*b) || *b == b'-')));
        if let Some(dot) = broken {
            from += dot + 1;
        }
        while from < to && (is_dot(at(self.b, from)) || at(self.b, from) == b'-') {
            from += 1;
        }
        (from, to)
    }

    /// Words that are something by themselves. True if the run is used up.
    fn word(&mut self, from: usize, to: usize) -> bool {
        let run = cut(self.b, from, to);
        let len = to - from;
        match at(run, 0) {
            b'C' | b'c' if len >= 13 && self.cve(from, false) => return true,
            b'A' | b'a' if self.asn(from, to) => return true,
            b'T' if self.technique(from, to) => return true,
            _ => {}
        }
        if (len == 17 || len == 14) && self.hardware(from, to) {
            return true;
        }
        if len >= LONG_WORD_BYTES {
            let found = match at(run, 0) {
                b'1' | b'3' | b'b' | b'B' => {
                    wallet::bitcoin(run).map(|value| (Kind::Bitcoin, value))
                }
                b'0' => wallet::ethereum(run).map(|value| (Kind::Ethereum, value)),
                b'4' | b'8' => wallet::monero(run).map(|value| (Kind::Monero, value)),
                _ => None,
            };
            if let Some((kind, value)) = found {
                self.hit(kind, value, from, to);
                return true;
            }
        }
        if len >= 14 {
            self.inner_cve(from, to);
        }
        false
    }

    fn hardware(&mut self, from: usize, to: usize) -> bool {
        let run = cut(self.b, from, to);
        let Some(value) = mac(run) else { return false };
        if run.iter().any(u8::is_ascii_digit) {
            self.hit(Kind::Mac, value, from, to);
            return true;
        }
        false
    }

    fn inner_cve(&mut self, from: usize, to: usize) {
        let run = cut(self.b, from, to);
        let found = run.windows(5).position(|w| {
            matches!(w, [b'-' | b'_' | b'.', c, v, e, b'-']
                if c.eq_ignore_ascii_case(&b'c') && v.eq_ignore_ascii_case(&b'v') && e.eq_ignore_ascii_case(&b'e'))
        });
        if let Some(found) = found {
            self.cve(from + found + 1, false);
        }
    }

    /// `CVE-2021-44228` at `from`.
    fn cve(&mut self, from: usize, within: bool) -> bool {
        let b = self.b;
        if !continues(b, from, b"cve") || !matches!(at(b, from + 3), b'-' | b' ') {
            return false;
        }
        let year = cut(b, from + 4, from + 8);
        let digits = run_end(b, from + 9, 8, |c| c.is_ascii_digit());
        let number = cut(b, from + 9, digits);
        let plain = year.iter().all(u8::is_ascii_digit) && year >= b"1999".as_slice();
        if !plain
            || at(b, from + 8) != b'-'
            || !(4..=7).contains(&number.len())
            || is_word(at(b, digits))
        {
            return false;
        }
        let value = format!(
            "CVE-{}-{}",
            String::from_utf8_lossy(year),
            String::from_utf8_lossy(number)
        );
        if within {
            self.part(Kind::Cve, value, from, digits);
        } else {
            self.hit(Kind::Cve, value, from, digits);
        }
        true
    }

    /// `AS64500`, `ASN64500`.
    fn asn(&mut self, from: usize, to: usize) -> bool {
        let run = cut(self.b, from, to);
        let digits = match run {
            [b'A' | b'a', b'S' | b's', b'N' | b'n', digits @ ..] => digits,
            [b'A', b'S', digits @ ..] => digits,
            _ => return false,
        };
        let Some(value) = crate::canonical::as_number(digits) else {
            return false;
        };
        self.hit(Kind::Asn, value, from, to);
        true
    }

    /// `T1059`, `T1059.001`, `TA0002`.
    fn technique(&mut self, from: usize, to: usize) -> bool {
        let run = cut(self.b, from, to);
        let length = if at(run, 1) == b'A' { 6 } else { 5 };
        let Some(head) = run.get(..length) else {
            return false;
        };
        let sub = cut(run, length, run.len());
        let value = match sub {
            [] => head.to_vec(),
            [dot, digits @ ..] if is_dot(*dot) && length == 5 && digits.len() == 3 => {
                [head, b".", digits].concat()
            }
            _ => return false,
        };
        let value = String::from_utf8_lossy(&value).into_owned();
        if !crate::canonical::is_attack(&value) || is_word(before(self.b, from)) {
            return false;
        }
        self.hit(Kind::Attack, value, from, to);
        true
    }

    /// `CVE 2021-44228`, `AS 64500`: a label and a number in the next token.
    fn spaced_number(&mut self, start: usize, space: usize) -> usize {
        let b = self.b;
        let word_start = space
            - cut(b, start, space)
                .iter()
                .rev()
                .take(4)
                .take_while(|c| is_word(**c))
                .count();
        match cut(b, word_start, space) {
            [b'C' | b'c', b'V' | b'v', b'E' | b'e'] => {
                self.cve(word_start, false);
            }
            [b'A', b'S'] | [b'A' | b'a', b'S' | b's', b'N' | b'n'] => {
                let end = run_end(b, space + 1, 11, |c| c.is_ascii_digit());
                if let Some(value) = crate::canonical::as_number(cut(b, space + 1, end))
                    && !is_word(at(b, end))
                    && !is_dot(at(b, end))
                    && at(b, end) != b'-'
                {
                    self.hit(Kind::Asn, value, word_start, end);
                }
            }
            _ => {}
        }
        space.max(self.floor.saturating_sub(1))
    }

    fn hashes(&mut self, start: usize, stop: usize) {
        let mut i = start;
        while i < stop {
            let end = run_end(self.b, i, stop - i, |c| c.is_ascii_alphanumeric());
            if end - i >= 32 {
                self.hash(i, end, false);
            }
            i = end + 1;
        }
    }

    fn hash(&mut self, start: usize, end: usize, within: bool) {
        let kind = match end - start {
            32 => Kind::Md5,
            40 => Kind::Sha1,
            64 => Kind::Sha256,
            128 => Kind::Sha512,
            _ => return,
        };
        let word = cut(self.b, start, end);
        let hex = word.iter().all(|c| class(*c) & HEX != 0);
        if !hex
            || word.iter().all(u8::is_ascii_digit)
            || before(self.b, start) >= 0x80
            || at(self.b, end) >= 0x80
        {
            return;
        }
        if kind == Kind::Sha256 && self.label_before(start, &[b"authentihash"]) {
            return;
        }
        let kind = match kind {
            Kind::Md5 if self.label_before(start, &IMPORT_HASH) => Kind::Imphash,
            kind => kind,
        };
        let value = self.lower(start, end);
        if within {
            self.part(kind, value, start, end);
        } else {
            self.hit(kind, value, start, end);
        }
    }

    /// One of these labels stands before `start`, with nothing but blanks and marks between.
    fn label_before(&self, start: usize, labels: &[&[u8]]) -> bool {
        let near = cut(self.b, start.saturating_sub(LABEL_BYTES), start);
        let end = near
            .iter()
            .rposition(u8::is_ascii_alphanumeric)
            .map_or(0, |last| last + 1);
        let label = cut(near, 0, end);
        labels.iter().any(|word| {
            label
                .len()
                .checked_sub(word.len())
                .is_some_and(|from| continues(label, from, word))
        })
    }

    /// An IPv4 address or network at `from`.
    fn address(&mut self, start: usize, from: usize, to: usize, end: usize) -> Option<usize> {
        let (address, used) = ipv4_prefix(cut(self.b, from, to))?;
        let stop = from + used;
        let next = at(self.b, stop);
        let glued = stop < to && next != b'-';
        if from > start || glued || matches!(before(self.b, from), b'\\' | b'$' | b'#') {
            return None;
        }
        if stop < to && domain(cut(self.b, from, to)).is_some() {
            return None;
        }
        let defanged = cut(self.b, from, stop).contains(&DOT);
        if !defanged && (address.octets()[0] == 0 || self.versions && self.version_before(from)) {
            return Some(to);
        }
        let value = address.to_string();
        if let Some((net, net_end)) = self.prefix_length(stop, &value) {
            self.hit(Kind::Cidr, net, from, net_end);
            self.part(Kind::Ipv4, value, from, stop);
            return Some(net_end);
        }
        if let Some(after) = self.bare_url(from, stop, end) {
            return Some(after);
        }
        self.hit(Kind::Ipv4, value, from, stop);
        Some(if stop < to { stop + 1 } else { to })
    }

    fn prefix_length(&self, slash: usize, address: &str) -> Option<(String, usize)> {
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
        mask32(digits.parse().ok()?).or(address.contains(':').then_some(0))?;
        Some((network(&format!("{address}/{digits}"))?, end))
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
    fn name(&mut self, start: usize, from: usize, to: usize, end: usize) -> Option<usize> {
        let prev = before(self.b, start);
        let path = prev == b'/' && cut(self.b, start.saturating_sub(3), start) != b"://";
        if path || matches!(prev, b'\\' | b'%' | b'$' | b'#') || is_at(prev) && start == from {
            return None;
        }
        let written = cut(self.b, from, to);
        let value = domain(written)?;
        let defanged = written.contains(&DOT);
        let next = at(self.b, to);
        if !defanged && looks_like_code(written, &value, next) {
            return None;
        }
        if let Some(after) = self.bare_url(from, to, end) {
            return Some(after);
        }
        self.hit(Kind::Domain, value, from, to);
        Some(to)
    }

    /// `evil.com/a.php`, `192.0.2.1:8080/x`: a URL whose scheme was left out.
    fn bare_url(&mut self, from: usize, host_end: usize, limit: usize) -> Option<usize> {
        let next = at(self.b, host_end);
        if next != b'/' && next != b':' || host_end >= limit {
            return None;
        }
        let parts = authority(self.b, from, limit)?;
        if parts.host_end != host_end || at(self.b, parts.port_end) != b'/' {
            return None;
        }
        let end = end_of(self.b, parts.port_end, limit);
        if end <= parts.port_end + 1 || end - from > URL_BYTES_MAX {
            return None;
        }
        let value = assemble("http", &parts, self.b, end);
        self.hit(Kind::Url, value, from, end);
        self.host(parts.host, parts.host_start, parts.host_end);
        self.inner_words(host_end, end);
        Some(end)
    }

    /// A mail address around the sign at `sign`.
    fn mail(&mut self, sign: usize, end: usize) -> Option<usize> {
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
            let (address, used) = ipv4_prefix(cut(b, open + 1, end))?;
            if at(b, open + 1 + used) != b']' {
                return None;
            }
            (
                Host::V4(address.to_string()),
                open + 1,
                open + 1 + used,
                open + 2 + used,
            )
        } else {
            let stop = run_end(b, open, end.saturating_sub(open), |c| class(c) & RUN != 0);
            let (from, to) = self.trimmed(open, stop);
            if from != open {
                return None;
            }
            let host = Host::of_mail(cut(b, from, to))?;
            if is_at(at(b, stop)) && matches!(host, Host::V4(_)) {
                return None;
            }
            (host, from, to, to)
        };
        let mut value = String::with_capacity(stop - start);
        push_plain(&mut value, cut(b, start, sign));
        value.make_ascii_lowercase();
        if value.contains("..") {
            return None;
        }
        value.push('@');
        match (&host, at(b, open)) {
            (Host::V4(address), b'[') => {
                value.push('[');
                value.push_str(address);
                value.push(']');
            }
            (Host::V4(name) | Host::V6(name) | Host::Name(name) | Host::Unlisted(name), _) => {
                value.push_str(name)
            }
        }
        self.hit(Kind::Email, value, start, stop);
        self.host(host, host_start, host_end);
        Some(stop)
    }

    /// IPv6 and hardware addresses: hex digits and colons.
    fn colons(&mut self, from: usize, end: usize) -> Option<usize> {
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
            self.hit(Kind::Mac, value, from, to);
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
        if let Some((net, net_end)) = self.prefix_length(to, &value) {
            self.hit(Kind::Cidr, net, from, net_end);
            self.part(Kind::Ipv6, value, from, to);
            return Some(net_end);
        }
        if at(b, to) == b'%' {
            stop = run_end(b, to + 1, (end - to).min(17), |c| c.is_ascii_alphanumeric());
        }
        self.hit(Kind::Ipv6, value, from, to);
        Some(stop)
    }

    /// `96:ukILJhn54R…:uk0Jx54…`
    fn ssdeep(&mut self, start: usize, colon: usize, end: usize) -> Option<usize> {
        let b = self.b;
        let body = |c: u8| c.is_ascii_alphanumeric() || matches!(c, b'+' | b'/');
        if colon - start > 10 || !at(b, start).is_ascii_digit() {
            return None;
        }
        let first = run_end(b, colon + 1, 65, body);
        if at(b, first) != b':' {
            return None;
        }
        let second = run_end(b, first + 1, 65, body).min(end);
        let value = std::str::from_utf8(cut(b, start, second)).ok()?;
        if !crate::canonical::is_ssdeep(value) {
            return None;
        }
        self.hit(Kind::Ssdeep, value.to_owned(), start, second);
        Some(second)
    }
}

fn in_local(c: u8) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, b'.' | DOT | b'_' | b'%' | b'+' | b'-') && c != AT
}
