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
        BLOCK_BYTES, CLASS, COLON, DIGIT, DOTS, HEX, RUN, SEP, SLASH, TELLING, any, at, before,
        class, continues, cut, first, is_at, is_dot, run_end, text,
    },
    path,
    url::{Host, URL_BYTES_MAX, assemble, authority, end_of, scheme_before},
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
const _: () = assert!(
    LONG_WORD_BYTES > 3 * BLOCK_BYTES - 2,
    "a long word covers two whole blocks wherever it begins"
);
/// Shortest hash, bytes.
const HASH_BYTES_MIN: usize = 32;

/// Finds everything in `bytes`.
pub(crate) fn scan(bytes: &[u8], hits: &mut Vec<Hit>) {
    let mut scan = Scan {
        b: bytes,
        hits,
        floor: 0,
        colons_read: 0,
    };
    let (mut from, mut last) = (0, 0);
    while let Some(near) = next_telling(bytes, from) {
        let token = Run::token(bytes, from, near);
        let start = token.start;
        if at(bytes, start).is_ascii_digit() && before(bytes, start) == b' ' {
            let floor = if start > from { from } else { last };
            let number_end = scan.spaced_number(floor, start - 1) + 1;
            if number_end > start {
                from = number_end;
                continue;
            }
        }
        from = token.stop + 1;
        if token.any & TELLING != 0 || token.stop - start >= LONG_WORD_BYTES {
            from = from.max(scan.token(token) + 1);
        }
        last = start;
    }
}

/// The next byte of a word that has a telling byte or may be long. Prose has few of them, so bytes are looked
/// at in blocks: without a telling byte, only a word over two whole blocks can be a long one.
#[inline(never)]
fn next_telling(bytes: &[u8], from: usize) -> Option<usize> {
    let (blocks, tail) = bytes.get(from..)?.as_chunks::<BLOCK_BYTES>();
    let mut base = from;
    let mut unbroken = false;
    for block in blocks {
        let bits = any(&CLASS, block);
        if bits & TELLING != 0 {
            return Some(base + first(&CLASS, block, TELLING));
        }
        let whole = bits & SEP == 0;
        if whole && unbroken {
            return Some(base);
        }
        unbroken = whole;
        base += BLOCK_BYTES;
    }
    tail.iter()
        .position(|c| class(*c) & TELLING != 0)
        .map(|step| base + step)
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
    /// The run from `start`, at most to `end`.
    fn read(b: &[u8], start: usize, end: usize) -> Self {
        let mut run = Self {
            start,
            stop: start,
            any: 0,
            all: 0xff,
        };
        run.stop += run.take(cut(b, start, end).iter(), |bits| bits & RUN != 0);
        run
    }

    /// The token around `near`, at least from `from`.
    fn token(b: &[u8], from: usize, near: usize) -> Self {
        let mut token = Self {
            start: near,
            stop: near,
            any: 0,
            all: 0xff,
        };
        let keep = |bits| bits & SEP == 0;
        token.start -= token.take(cut(b, from, near).iter().rev(), keep);
        token.stop += token.take(cut(b, near, b.len()).iter(), keep);
        token
    }

    /// Adds the bytes that are to be kept; answers how many there are.
    #[inline(always)]
    fn take<'a>(
        &mut self,
        bytes: impl ExactSizeIterator<Item = &'a u8>,
        keep: impl Fn(u8) -> bool,
    ) -> usize {
        let length = bytes.len();
        for (step, c) in bytes.enumerate() {
            let bits = class(*c);
            if !keep(bits) {
                return step;
            }
            self.any |= bits;
            self.all &= bits;
        }
        length
    }
}

struct Scan<'a> {
    b: &'a [u8],
    hits: &'a mut Vec<Hit>,
    /// Nothing before this position may be used again.
    floor: usize,
    /// Up to here colons have been tried as address separators.
    colons_read: usize,
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
        text(cut(self.b, start, end).to_ascii_lowercase())
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
                self.hit(kind, found.value, from, to);
                if continues(self.b, from, b"\\\\")
                    && let Some(share) = authority(self.b, from + 2, to)
                {
                    self.host(share.host, share.host_start, share.host_end);
                }
                self.inner_words(from, to);
                return to;
            }
            if token.any & COLON != 0 {
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
                let run = Run::read(self.b, i, end);
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
        let dot = cut(self.b, from, to).iter().position(|c| is_dot(*c))?;
        if at(self.b, from).is_ascii_digit()
            && dot <= 3
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
        let run = cut(self.b, from, to);
        for (step, _) in run.iter().enumerate().filter(|(_, c)| is_dot(**c)) {
            let next = at(run, step + 1);
            if is_dot(next) || next == b'-' {
                from = start + step + 1;
            }
        }
        while from < to && (is_dot(at(self.b, from)) || at(self.b, from) == b'-') {
            from += 1;
        }
        (from, to)
    }
}
