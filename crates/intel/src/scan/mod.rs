//! The second pass: finds values in the plain bytes of one chunk.
//!
//! A loop cuts tokens at blanks and quotes and notes which kinds of byte each has; a word without any
//! telling byte is left at once. What remains is walked run by run (letters, digits, dots, dashes), and the
//! bytes around a run decide who gets to read it. The position only moves forward. Where a rule looks back
//! or ahead it does so by a constant, so the time is linear in the input whatever the input is.

mod hosts;
mod words;

use updraft_model::ObservableType as Kind;

use crate::{
    bytes::{
        DIGIT, DOTS, HEX, RUN, SEP, SIGN, SLASH, TELLING, at, before, class, continues, cut, is_at,
        is_dot, run_end,
    },
    classes::{Classes, WORD_BYTES},
    path,
    plain::{Plain, Spelling},
    url::{Host, HostKind, URL_BYTES_MAX, assemble, authority, end_of, scheme_before},
};

/// A value at a place of the plain bytes.
#[derive(Debug)]
pub(crate) struct Hit {
    pub(crate) kind: Kind,
    pub(crate) spelling: Spelling,
    pub(crate) start: usize,
    pub(crate) end: usize,
    pub(crate) within: bool,
}

/// Shortest token without telling bytes that may be a hash or a wallet.
const LONG_WORD_BYTES: usize = 26;
const _: () = assert!(
    LONG_WORD_BYTES > 3 * WORD_BYTES - 2,
    "a long word covers two whole blocks wherever it begins"
);
/// Shortest hash, bytes.
const HASH_BYTES_MIN: usize = 32;

/// Finds everything in a plain text.
pub(crate) fn scan(plain: &Plain, hits: &mut Vec<Hit>) {
    let (bytes, classes) = (plain.text.as_bytes(), &plain.classes);
    let mut scan = Scan {
        t: &plain.text,
        b: bytes,
        classes,
        hits,
        floor: 0,
        colons_read: 0,
    };
    let (mut from, mut last) = (0, 0);
    while let Some(near) = classes.next_telling(from, TELLING) {
        let start = classes.word_start(from, near);
        if at(bytes, start).is_ascii_digit() && before(bytes, start) == b' ' {
            let floor = if start > from { from } else { last };
            let number_end = scan.spaced_number(floor, start - 1) + 1;
            if number_end > start {
                from = number_end;
                continue;
            }
        }
        let token = Run::of(classes, start, classes.find(near, bytes.len(), SEP));
        from = token.stop + 1;
        if token.any & TELLING != 0 || token.stop - start >= LONG_WORD_BYTES {
            from = from.max(scan.token(token) + 1);
        }
        last = start;
    }
}

/// Bytes of the same kind in a row: a token, or the letters, digits, dots and dashes within one.
#[derive(Clone, Copy)]
struct Run {
    start: usize,
    stop: usize,
    /// The classes that some byte has.
    any: u8,
    /// The classes that every byte has.
    all: u8,
}

impl Run {
    #[inline]
    fn of(classes: &Classes, start: usize, stop: usize) -> Self {
        let (any, all) = classes.summary(start, stop);
        Self {
            start,
            stop,
            any,
            all,
        }
    }
}

struct Scan<'a> {
    /// The plain text.
    t: &'a str,
    /// Its bytes.
    b: &'a [u8],
    classes: &'a Classes,
    hits: &'a mut Vec<Hit>,
    /// Nothing before this position may be used again.
    floor: usize,
    /// Up to here colons have been tried as address separators.
    colons_read: usize,
}

impl<'a> Scan<'a> {
    fn hit(&mut self, kind: Kind, spelling: Spelling, start: usize, end: usize) {
        self.hits.push(Hit {
            kind,
            spelling,
            start,
            end,
            within: false,
        });
        self.floor = self.floor.max(end);
    }

    fn inner(&mut self, kind: Kind, spelling: Spelling, start: usize, end: usize) {
        self.hits.push(Hit {
            kind,
            spelling,
            start,
            end,
            within: true,
        });
    }

    /// The plain text from `start` to `end`.
    fn part(&self, start: usize, end: usize) -> &'a str {
        self.t.get(start..end).unwrap_or_default()
    }

    /// The spelling in lower case.
    fn lower(&self, start: usize, end: usize) -> Spelling {
        let plain = self.part(start, end);
        match plain.bytes().any(|c| c.is_ascii_uppercase()) {
            true => Spelling::Other(plain.to_ascii_lowercase()),
            false => Spelling::Plain,
        }
    }

    /// Reads one token; answers where to go on, which may be beyond its end for paths with blanks.
    fn token(&mut self, token: Run) -> usize {
        let (start, end) = (token.start, token.stop);
        if token.all & RUN != 0 && start >= self.floor {
            return self.run(token, end).max(end);
        }
        let mut i = start;
        if token.any & SLASH != 0 {
            if let Some(found) = path::find(self.b, start, end) {
                self.pieces(start, found.start);
                let (kind, from, to) = (found.kind, found.start, found.end);
                self.hit(kind, Spelling::Other(found.value), from, to);
                if continues(self.b, from, b"\\\\")
                    && let Some(share) = authority(self.t, from + 2, to)
                {
                    self.host(share.host, share.host_start, share.host_end);
                }
                self.inner_words(from, to);
                return to;
            }
            if token.any & SIGN != 0 {
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
        let parts = authority(self.t, host, limit)?;
        self.pieces(floor, begin);
        let mut end = end_of(self.b, parts.port_end, limit);
        if slashes >= 2 && at(self.b, parts.port_end) == b'\\' && at(self.b, colon + 1) == b'/' {
            end = parts.port_end;
        }
        if end - begin <= URL_BYTES_MAX {
            let spelling = assemble(scheme, &parts, self.t, begin, end);
            self.hit(Kind::Url, spelling, begin, end);
        } else {
            end = limit;
            self.floor = limit;
        }
        self.host(parts.host, parts.host_start, parts.host_end);
        self.inner_words(parts.host_start, end);
        Some((begin, end))
    }

    fn host(&mut self, host: Host, start: usize, end: usize) {
        match host.kind {
            HostKind::V4 => self.inner(Kind::Ipv4, host.spelling, start, end),
            HostKind::V6 => self.inner(Kind::Ipv6, host.spelling, start + 1, end - 1),
            HostKind::Unlisted => {}
            HostKind::Name => self.inner(Kind::Domain, host.spelling, start, end),
        }
    }

    /// Hashes and CVE numbers inside a URL or path.
    fn inner_words(&mut self, start: usize, end: usize) {
        self.hashes(start, end, true);
        for step in memchr::memchr2_iter(b'v', b'V', cut(self.b, start, end)) {
            let from = (start + step).saturating_sub(1);
            let fresh =
                from == start || from > start && !before(self.b, from).is_ascii_alphanumeric();
            if fresh {
                self.cve(from, true);
            }
        }
    }

    /// Reads everything in a stretch that is not a URL.
    fn pieces(&mut self, start: usize, end: usize) {
        let mut i = start.max(self.floor);
        while i < end {
            let c = at(self.b, i);
            if class(c) & RUN != 0 {
                let run = Run::of(self.classes, i, self.classes.past(i, end, RUN));
                i = self.run(run, end).max(run.stop);
            } else if c == b':' && i >= self.colons_read && at(self.b, i + 1) == b':' {
                i = self.colons(i, end).unwrap_or(i + 1);
            } else {
                i += 1;
            }
        }
    }

    fn run(&mut self, run: Run, end: usize) -> usize {
        let Run {
            start,
            stop,
            any,
            all,
        } = run;
        let len = stop - start;
        let next = if stop < end { at(self.b, stop) } else { 0 };
        let special = match next {
            b':' if start >= self.colons_read => self
                .ssdeep(start, stop, end)
                .or_else(|| self.colons(start, end)),
            sign if is_at(sign) => self.mail(stop, end),
            _ => None,
        };
        if let Some(after) = special {
            return after;
        }
        if all & HEX != 0 && len >= HASH_BYTES_MIN {
            if all & DIGIT == 0 {
                self.hash(start, stop, false);
            }
            return stop;
        }
        if len >= HASH_BYTES_MIN {
            self.hashes(start, stop, false);
        }
        if any & DOTS != 0 {
            return self.dotted(start, stop, end).unwrap_or(stop);
        }
        if len > 3 {
            let dash = |c: &&u8| **c == b'-';
            let bytes = cut(self.b, start, stop);
            let from = start + bytes.iter().take_while(dash).count();
            let to = stop - bytes.iter().rev().take_while(dash).count();
            if from < to {
                self.word(from, to);
            }
        }
        stop
    }

    /// Reads a run that has a dot in it.
    fn dotted(&mut self, start: usize, stop: usize, end: usize) -> Option<usize> {
        let (from, to) = self.trimmed(start, stop);
        if to <= from || self.word(from, to) {
            return None;
        }
        let dot = self.classes.find(from, to, DOTS);
        if dot == to {
            return None;
        }
        if at(self.b, from).is_ascii_digit()
            && dot - from <= 3
            && let Some(after) = self.address(start, from, to, end)
        {
            return Some(after);
        }
        if stop < end && is_at(at(self.b, stop)) {
            return Some(stop + 1);
        }
        self.name(start, from, to, end)
    }

    /// Leaves out dots and dashes at both ends, and everything before an empty label.
    fn trimmed(&self, start: usize, stop: usize) -> (usize, usize) {
        let (mut from, mut to) = (start, stop);
        while to > from && (is_dot(at(self.b, to - 1)) || at(self.b, to - 1) == b'-') {
            to -= 1;
        }
        let mut dot = self.classes.find(from, to, DOTS);
        while dot < to {
            let next = at(self.b, dot + 1);
            if is_dot(next) || next == b'-' {
                from = dot + 1;
            }
            dot = self.classes.find(dot + 1, to, DOTS);
        }
        while from < to && (is_dot(at(self.b, from)) || at(self.b, from) == b'-') {
            from += 1;
        }
        (from, to)
    }
}
