//! Values that are one word: hashes, CVE numbers, wallets, hardware addresses, ATT&CK ids.

use updraft_model::ObservableType as Kind;

use super::{HASH_BYTES_MIN, Scan};
use crate::{
    address::mac,
    bytes::{DIGIT, HEX, at, before, class, continues, cut, is_dot, is_word, run_end},
    plain::Spelling,
    wallet,
};

/// Shortest word that may be a wallet, bytes.
const WALLET_BYTES_MIN: usize = 26;
/// How far back the label of a hash is looked for, bytes.
const LABEL_BYTES: usize = 24;
const IMPORT_HASH: [&[u8]; 3] = [b"imphash", b"import hash", b"import_hash"];

impl Scan<'_> {
    /// Words that are something by themselves. True if the run is used up.
    pub(super) fn word(&mut self, from: usize, to: usize) -> bool {
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
        if len >= WALLET_BYTES_MIN {
            let found = match at(run, 0) {
                b'1' | b'3' | b'b' | b'B' => {
                    wallet::bitcoin(run).map(|value| (Kind::Bitcoin, value))
                }
                b'0' => wallet::ethereum(run).map(|value| (Kind::Ethereum, value)),
                b'4' | b'8' => wallet::monero(run).map(|value| (Kind::Monero, value)),
                _ => None,
            };
            if let Some((kind, value)) = found {
                self.hit(kind, Spelling::Other(value), from, to);
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
            self.hit(Kind::Mac, Spelling::Other(value), from, to);
            return true;
        }
        false
    }

    fn inner_cve(&mut self, from: usize, to: usize) {
        let run = cut(self.b, from, to);
        let found = memchr::memchr3_iter(b'-', b'_', b'.', run)
            .find(|mark| continues(run, mark + 1, b"cve-"));
        if let Some(mark) = found {
            self.cve(from + mark + 1, false);
        }
    }

    /// `CVE-2021-44228` at `from`.
    pub(super) fn cve(&mut self, from: usize, within: bool) -> bool {
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
        let spelling = match self.part(from, digits) {
            plain if plain.starts_with("CVE-") => Spelling::Plain,
            plain => Spelling::Other(["CVE-", plain.get(4..).unwrap_or_default()].concat()),
        };
        if within {
            self.inner(Kind::Cve, spelling, from, digits);
        } else {
            self.hit(Kind::Cve, spelling, from, digits);
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
        self.hit(Kind::Asn, Spelling::Other(value), from, to);
        true
    }

    /// `T1059`, `T1059.001`, `TA0002`.
    fn technique(&mut self, from: usize, to: usize) -> bool {
        let run = cut(self.b, from, to);
        let length = if at(run, 1) == b'A' { 6 } else { 5 };
        let Some(sub) = run.get(length..) else {
            return false;
        };
        let formed = match sub {
            [] => true,
            [dot, digits @ ..] => is_dot(*dot) && length == 5 && digits.len() == 3,
        };
        let known = || crate::canonical::is_attack(&Spelling::Plain.of(self.part(from, to)));
        if !formed || is_word(before(self.b, from)) || !known() {
            return false;
        }
        self.hit(Kind::Attack, Spelling::Plain, from, to);
        true
    }

    /// `CVE 2021-44228`, `AS 64500`: a label and a number in the next token.
    pub(super) fn spaced_number(&mut self, start: usize, space: usize) -> usize {
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
                    self.hit(Kind::Asn, Spelling::Other(value), word_start, end);
                }
            }
            _ => {}
        }
        space.max(self.floor.saturating_sub(1))
    }

    /// The hashes of a stretch that has other characters as well. A word shorter than a hash is left out by a
    /// look at where the hash would end.
    pub(super) fn hashes(&mut self, start: usize, stop: usize, within: bool) {
        let mut i = start;
        while i + HASH_BYTES_MIN <= stop {
            let window = cut(self.b, i, i + HASH_BYTES_MIN);
            if let Some(gap) = window.iter().rposition(|c| !c.is_ascii_alphanumeric()) {
                i += gap + 1;
                continue;
            }
            let end = run_end(self.b, i, stop - i, |c| c.is_ascii_alphanumeric());
            self.hex_word(i, end, within);
            i = end + 1;
        }
    }

    /// A word that is a hash if it is hexadecimal and not a plain number.
    pub(super) fn hex_word(&mut self, start: usize, end: usize, within: bool) {
        let all = cut(self.b, start, end)
            .iter()
            .fold(0xff, |all, c| all & class(*c));
        let joined = before(self.b, start) >= 0x80 || at(self.b, end) >= 0x80;
        if all & HEX != 0 && all & DIGIT == 0 && !joined {
            self.hash(start, end, within);
        }
    }

    /// A hexadecimal word of a hash's length.
    pub(super) fn hash(&mut self, start: usize, end: usize, within: bool) {
        let kind = match end - start {
            32 => Kind::Md5,
            40 => Kind::Sha1,
            64 => Kind::Sha256,
            128 => Kind::Sha512,
            _ => return,
        };
        if kind == Kind::Sha256 && self.label_before(start, &[b"authentihash"]) {
            return;
        }
        let kind = match kind {
            Kind::Md5 if self.label_before(start, &IMPORT_HASH) => Kind::Imphash,
            kind => kind,
        };
        let spelling = self.lower(start, end);
        if within {
            self.inner(kind, spelling, start, end);
        } else {
            self.hit(kind, spelling, start, end);
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

    /// `96:ukILJhn54R…:uk0Jx54…`
    pub(super) fn ssdeep(&mut self, start: usize, colon: usize, end: usize) -> Option<usize> {
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
        if !crate::canonical::is_ssdeep(self.part(start, second)) {
            return None;
        }
        self.hit(Kind::Ssdeep, Spelling::Plain, start, second);
        Some(second)
    }
}
