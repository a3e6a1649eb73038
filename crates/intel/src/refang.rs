//! The first pass: undoes defanging.
//!
//! Text is copied into a [`Plain`] buffer in which one byte stands for a defanged dot or a spelled at sign,
//! zero-width characters are gone and foreign punctuation is a gap. Every rule looks at a bounded neighbourhood of one trigger byte; nothing goes back over what it wrote.

use crate::{
    bytes::{
        AT, DOT, GAP, TRIGGER, at, before, continues, cut, is_close, is_open, is_word, run_end,
    },
    classes::Classes,
    plain::Plain,
};

/// [`DOT`] as text.
const DOT_TEXT: &str = "\u{1}";
/// [`AT`] as text.
const AT_TEXT: &str = "\u{2}";
/// [`GAP`] as text.
const GAP_TEXT: &str = "\u{1f}";
const _: () = assert!(DOT == 1 && AT == 2 && GAP == 0x1f);

/// Brackets that are read around one defanged character.
const BRACKETS_MAX: usize = 8;
/// Blanks that are swallowed on one side of a spelled dot or at sign.
const BLANKS_MAX: usize = 3;
/// Backslashes in front of one escaped dot (escaped once more at every nesting).
const ESCAPES_MAX: usize = 16;
/// How far a rule looks along a word.
const WORD_MAX: usize = 64;
/// Labels joined by spelled dots behind one spelled at sign.
const SPELLED_DOTS_MAX: usize = 6;

/// What a trigger byte is good for: bits that [`NEXT`] must have for the byte behind it.
static FIRST: [u8; 256] = firsts();
/// What may follow a trigger byte.
static NEXT: [u8; 256] = nexts();
const BEFORE_ANY: u8 = 1;
const BEFORE_D: u8 = 2;
const BEFORE_O: u8 = 4;
const BEFORE_T: u8 = 8;
const BEFORE_SLASH: u8 = 16;
const BEFORE_DIGIT: u8 = 32;

const fn firsts() -> [u8; 256] {
    let mut table = [BEFORE_ANY; 256];
    table[b'-' as usize] = BEFORE_D;
    table[b'D' as usize] = BEFORE_O;
    table[b'A' as usize] = BEFORE_T;
    table[b'/' as usize] = BEFORE_SLASH;
    table[b',' as usize] = BEFORE_DIGIT;
    table
}

const fn nexts() -> [u8; 256] {
    let mut table = [BEFORE_ANY; 256];
    table[b'd' as usize] |= BEFORE_D;
    table[b'O' as usize] |= BEFORE_O;
    table[b'T' as usize] |= BEFORE_T;
    table[b'/' as usize] |= BEFORE_SLASH;
    let mut digit = b'0';
    while digit <= b'9' {
        table[digit as usize] |= BEFORE_DIGIT;
        digit += 1;
    }
    table
}

/// Fills `out`, which has the classes of `text` already, with its plain form.
pub(crate) fn fill(out: &mut Plain, text: &str) {
    let source = std::mem::take(&mut out.source);
    let mut pass = Pass {
        text,
        src: text.as_bytes(),
        out,
        source: &source,
        copied: 0,
    };
    pass.run();
    out.source = source;
}

struct Pass<'a> {
    text: &'a str,
    src: &'a [u8],
    out: &'a mut Plain,
    source: &'a Classes,
    copied: usize,
}

impl Pass<'_> {
    fn run(&mut self) {
        let source = self.source;
        source.visit(TRIGGER, |p| {
            if self.idle(p) {
                p + 1
            } else {
                self.trigger(p).max(p + 1)
            }
        });
        self.out
            .copy(source, self.text, self.copied, self.src.len());
    }

    /// True for a frequent trigger byte whose neighbour says at once that nothing is to be done.
    #[inline]
    fn idle(&self, p: usize) -> bool {
        FIRST[at(self.src, p) as usize] & NEXT[at(self.src, p + 1) as usize] == 0
    }

    #[inline(never)]
    fn trigger(&mut self, p: usize) -> usize {
        match at(self.src, p) {
            b'[' | b'(' | b'{' | b'<' => self.opening(p),
            b']' | b')' | b'}' | b'>' => self.closing(p),
            b'\\' => self.backslash(p),
            b'^' => self.caret(p),
            b'@' => self.spaced_at(p),
            b'/' => self.double_slash(p),
            b'D' => self.capital_dot(p),
            b'A' => self.capital_at(p),
            b'-' => self.dashed_dot(p),
            b',' => self.comma_quad(p),
            DOT | AT => self.replace(p, p + 1, GAP_TEXT),
            _ => self.foreign(p),
        }
    }

    /// Puts `with` in the place of the text from `start` to `end`; answers where to go on.
    fn replace(&mut self, start: usize, end: usize, with: &str) -> usize {
        let start = start.max(self.copied);
        if end < start {
            return start;
        }
        self.out.copy(self.source, self.text, self.copied, start);
        self.out.replace(start, end, with);
        self.copied = end;
        end
    }

    fn blanks_before(&self, p: usize) -> usize {
        let mut i = p;
        while i > self.copied && p - i < BLANKS_MAX && at(self.src, i - 1) == b' ' {
            i -= 1;
        }
        i
    }

    fn blanks_after(&self, p: usize) -> usize {
        run_end(self.src, p, BLANKS_MAX, |c| c == b' ')
    }

    /// Replaces `start..end` and the blanks around it, if a word is on both sides.
    fn join(&mut self, start: usize, end: usize, with: &str) -> usize {
        let (left, right) = (self.blanks_before(start), self.blanks_after(end));
        if is_word(before(self.src, left)) && is_word(at(self.src, right)) {
            self.replace(left, right, with)
        } else {
            self.replace(start, end, with)
        }
    }

    fn opening(&mut self, p: usize) -> usize {
        let src = self.src;
        let opened = run_end(src, p, BRACKETS_MAX, is_open);
        let inner = opened + usize::from(at(src, opened) == b' ');
        let Some((with, content_end)) = content(src, inner) else {
            return self.bracketed_word(p, opened);
        };
        let mut closed = content_end + usize::from(at(src, content_end) == b' ');
        let first_close = closed;
        while closed - first_close < BRACKETS_MAX
            && (is_close(at(src, closed))
                || (is_open(at(src, closed)) && closed - first_close < opened - p))
        {
            closed += 1;
        }
        if closed == first_close {
            return self.half_open(p, inner, content_end);
        }
        match with {
            DOT_TEXT => self.join(p, closed, DOT_TEXT),
            AT_TEXT => {
                let next = self.join(p, closed, AT_TEXT);
                self.spelled_dots(next)
            }
            other => self.replace(p, closed, other),
        }
    }

    /// `evil[.com`, `http[://evil.com`.
    fn half_open(&mut self, p: usize, inner: usize, end: usize) -> usize {
        let src = self.src;
        let tight = is_word(before(src, p)) && is_word(at(src, end)) && at(src, p) != b'<';
        if tight && end == inner + 1 && at(src, inner) == b'.' {
            return self.replace(p, end, DOT_TEXT);
        }
        if tight && cut(src, inner, end) == b"://" {
            return self.replace(p, end, "://");
        }
        p + 1
    }

    /// `(www).example.com`, `evil.[com].my`, `[https]://`.
    fn bracketed_word(&mut self, p: usize, opened: usize) -> usize {
        let src = self.src;
        let word_end = run_end(src, opened, 24, |c| c.is_ascii_alphanumeric() || c == b'-');
        if opened != p + 1 || word_end == opened || !is_close(at(src, word_end)) {
            return p + 1;
        }
        let (prev, next) = (before(src, p), at(src, word_end + 1));
        let dotted = next == b'.' && is_word(at(src, word_end + 2));
        let scheme = continues(src, word_end + 1, b"://");
        let hive = next == b'\\' && continues(src, opened, b"hk");
        let dotted = dotted && (prev == b'.' || prev == 0 || prev.is_ascii_whitespace());
        if dotted || scheme || hive {
            self.replace(p, p + 1, "");
            return self.replace(word_end, word_end + 1, "");
        }
        p + 1
    }

    fn closing(&mut self, p: usize) -> usize {
        let src = self.src;
        let end = run_end(src, p, BRACKETS_MAX, is_close);
        let prev = before(src, p);
        if prev == b'.' && is_word(at(src, end)) && p >= 2 && is_word(at(src, p - 2)) {
            return self.replace(p - 1, end, DOT_TEXT);
        }
        if !is_word(prev) {
            return end;
        }
        if at(src, end) == b'.' {
            let after = run_end(src, end + 1, BRACKETS_MAX, |c| is_open(c) || is_close(c));
            if after > end + 1 && is_word(at(src, after)) {
                return self.replace(p, after, DOT_TEXT);
            }
        }
        if continues(src, end, b"://") && matches!(prev, b'p' | b's' | b'P' | b'S') {
            return self.replace(p, end, "");
        }
        if is_word(at(src, end)) {
            return self.half_closed_word(p, end);
        }
        end
    }

    /// `evilDOT]com`, `bobat]evil.com`: a spelled sign whose opening bracket was lost.
    fn half_closed_word(&mut self, p: usize, end: usize) -> usize {
        const WORDS: [(&[u8], &str); 6] = [
            (b"dot", DOT_TEXT),
            (b"punkt", DOT_TEXT),
            (b"punto", DOT_TEXT),
            (b"arroba", AT_TEXT),
            (b"at", AT_TEXT),
            (b"et", AT_TEXT),
        ];
        let src = self.src;
        for (word, with) in WORDS {
            let Some(start) = p.checked_sub(word.len()) else {
                continue;
            };
            let fits = continues(src, start, word) && is_word(before(src, start));
            let target = with == DOT_TEXT || self.host_follows(end);
            if fits && target && start > self.copied && !self.bracket_opened(start) {
                return self.replace(start, end, with);
            }
        }
        end
    }

    fn bracket_opened(&self, p: usize) -> bool {
        let from = p.saturating_sub(WORD_MAX);
        cut(self.src, from, p)
            .iter()
            .rev()
            .take_while(|c| !c.is_ascii_whitespace())
            .any(|c| is_open(*c))
    }

    fn backslash(&mut self, p: usize) -> usize {
        let src = self.src;
        let next = at(src, p + 1);
        if next == b'/' {
            return self.replace(p, p + 1, "");
        }
        let dot = run_end(src, p, ESCAPES_MAX, |c| c == b'\\');
        let dotted = at(src, dot) == b'.' && is_word(before(src, p)) && is_word(at(src, dot + 1));
        if dotted && !self.in_path(p) {
            return self.replace(p, dot + 1, DOT_TEXT);
        }
        dot
    }

    /// A backslash earlier in the token that does not escape a dot: this is a path.
    fn in_path(&self, p: usize) -> bool {
        let from = p.saturating_sub(WORD_MAX);
        let mut after = b'.';
        for c in cut(self.src, from, p).iter().rev() {
            if c.is_ascii_whitespace() {
                return false;
            }
            if *c == b'\\' && after != b'.' {
                return true;
            }
            after = *c;
        }
        false
    }

    fn caret(&mut self, p: usize) -> usize {
        let src = self.src;
        if at(src, p + 1) == b'.' && is_word(before(src, p)) && is_word(at(src, p + 2)) {
            return self.replace(p, p + 2, DOT_TEXT);
        }
        p + 1
    }

    /// `bob @ evil.com`, and the spelled dots behind any at sign.
    fn spaced_at(&mut self, p: usize) -> usize {
        let (left, right) = (self.blanks_before(p), self.blanks_after(p + 1));
        if left == p && right == p + 1 {
            return self.spelled_dots(p + 1);
        }
        let both = left < p && right > p + 1;
        if both && is_word(before(self.src, left)) && self.host_follows(right) {
            let next = self.replace(left, right, AT_TEXT);
            return self.spelled_dots(next);
        }
        p + 1
    }

    /// `evil dot com` directly behind an at sign.
    fn spelled_dots(&mut self, from: usize) -> usize {
        let mut next = from;
        for _ in 0..SPELLED_DOTS_MAX {
            let word = run_end(self.src, next, WORD_MAX, |c| {
                is_word(c) || c == b'-' || c == b'.'
            });
            let dot = self.blanks_after(word);
            let label = self.blanks_after(dot + 3);
            let spelled = word > next
                && dot > word
                && label > dot + 3
                && continues(self.src, dot, b"dot")
                && is_word(at(self.src, label));
            if !spelled {
                break;
            }
            next = self.replace(word, label, DOT_TEXT);
        }
        next
    }

    /// A word that goes on with a dot in any spelling.
    fn host_follows(&self, from: usize) -> bool {
        let src = self.src;
        let end = run_end(src, from, WORD_MAX, |c| is_word(c) || c == b'-');
        let next = self.blanks_after(end);
        end > from
            && ((at(src, end) == b'.' && is_word(at(src, end + 1)))
                || (is_open(at(src, next)) && content(src, next + 1).is_some())
                || (next > end && continues(src, next, b"dot ")))
    }

    /// `https :// evil.com`, `http//evil.com`.
    fn double_slash(&mut self, p: usize) -> usize {
        let src = self.src;
        if at(src, p + 1) != b'/' {
            return p + 1;
        }
        if before(src, p) != b':' {
            return self.missing_colon(p);
        }
        let left = self.blanks_before(p - 1);
        if left < p - 1 && matches!(before(src, left), b'p' | b's' | b'P' | b'S') {
            self.replace(left, p - 1, "");
        }
        self.spaced_host(p)
    }

    fn spaced_host(&mut self, p: usize) -> usize {
        let slashes = run_end(self.src, p, 4, |c| c == b'/');
        let host = self.blanks_after(slashes);
        if host > slashes && self.host_follows(host) {
            return self.replace(slashes, host, "");
        }
        slashes
    }

    /// `http//evil.com`.
    fn missing_colon(&mut self, p: usize) -> usize {
        let src = self.src;
        if !matches!(before(src, p), b'p' | b's' | b'P' | b'S') {
            return p + 1;
        }
        let word = cut(src, p.saturating_sub(5), p);
        let web = word.eq_ignore_ascii_case(b"https")
            || word.len() >= 4 && continues(word, word.len() - 4, b"http")
            || word.len() >= 4 && continues(word, word.len() - 4, b"hxxp")
            || word.eq_ignore_ascii_case(b"hxxps");
        if web {
            self.replace(p, p, ":");
            return self.spaced_host(p);
        }
        p + 1
    }

    /// `evil DOT com`, `evilDOTcom`.
    fn capital_dot(&mut self, p: usize) -> usize {
        let src = self.src;
        if at(src, p + 1) != b'O' || at(src, p + 2) != b'T' {
            return p + 1;
        }
        let (left, right) = (self.blanks_before(p), self.blanks_after(p + 3));
        if (left < p) != (right > p + 3) || !lower_around(src, left, right) {
            return p + 1;
        }
        self.replace(left, right, DOT_TEXT)
    }

    /// `bob AT evil.com`, `bobATevil.com`.
    fn capital_at(&mut self, p: usize) -> usize {
        let src = self.src;
        if at(src, p + 1) != b'T' {
            return p + 1;
        }
        let (left, right) = (self.blanks_before(p), self.blanks_after(p + 2));
        if (left < p) != (right > p + 2) || !lower_around(src, left, right) {
            return p + 1;
        }
        if !self.host_follows(right) {
            return p + 1;
        }
        let next = self.replace(left, right, AT_TEXT);
        self.spelled_dots(next)
    }

    /// `evil-dot-com`, when nothing but the last label follows.
    fn dashed_dot(&mut self, p: usize) -> usize {
        let src = self.src;
        if at(src, p + 1) != b'd' || !continues(src, p, b"-dot-") || !is_word(before(src, p)) {
            return p + 1;
        }
        let end = run_end(src, p + 5, WORD_MAX, |c| c.is_ascii_lowercase());
        let next = at(src, end);
        if end > p + 6 && !is_word(next) && next != b'-' && next != b'.' {
            return self.replace(p, p + 5, DOT_TEXT);
        }
        p + 1
    }

    /// `1,2,3,4` standing alone.
    fn comma_quad(&mut self, p: usize) -> usize {
        let src = self.src;
        if !before(src, p).is_ascii_digit() || !at(src, p + 1).is_ascii_digit() {
            return p + 1;
        }
        let mut start = p;
        while start > self.copied && p - start < 4 && at(src, start - 1).is_ascii_digit() {
            start -= 1;
        }
        let mut commas = [p; 3];
        let mut from = p;
        for (n, comma) in commas.iter_mut().enumerate() {
            *comma = from;
            let end = run_end(src, from + 1, 4, |c| c.is_ascii_digit());
            let digits = cut(src, from + 1, end);
            let more = if n < 2 {
                at(src, end) == b','
            } else {
                blank(at(src, end))
            };
            if !octet(digits) || !more {
                return p + 1;
            }
            from = end;
        }
        if !octet(cut(src, start, p)) || !blank(before(src, start)) || self.counts_things(start) {
            return p + 1;
        }
        for comma in commas {
            self.replace(comma, comma + 1, DOT_TEXT);
        }
        from
    }

    /// `ports 21,22,25,80` is a list, not an address.
    fn counts_things(&self, p: usize) -> bool {
        let word = cut(self.src, p.saturating_sub(WORD_MAX), p).trim_ascii_end();
        let word = word.strip_suffix(b":").unwrap_or(word);
        word.last().is_some_and(|c| matches!(c, b's' | b'S'))
            || word.len() >= 4 && continues(word, word.len() - 4, b"port")
    }

    fn foreign(&mut self, p: usize) -> usize {
        let Some(c) = self.text.get(p..).and_then(|rest| rest.chars().next()) else {
            return p + 1;
        };
        let end = p + c.len_utf8();
        match c {
            '\u{200b}'..='\u{200f}' | '\u{2060}'..='\u{2064}' | '\u{feff}' | '\u{ad}' => {
                self.replace(p, end, "")
            }
            '\u{2010}' | '\u{2011}' => self.replace(p, end, "-"),
            '\u{2012}'..='\u{2015}' if self.in_cve(p) => self.replace(p, end, "-"),
            '\u{3002}' | '\u{ff0e}' | '\u{ff61}'
                if is_word(before(self.src, p)) && at(self.src, end).is_ascii_alphanumeric() =>
            {
                self.replace(p, end, DOT_TEXT)
            }
            c if is_foreign_mark(c) => self.replace(p, end, GAP_TEXT),
            _ => end,
        }
    }

    fn in_cve(&self, p: usize) -> bool {
        let from = p.saturating_sub(3);
        continues(self.src, from, b"cve")
            || cut(self.src, from, p).iter().all(u8::is_ascii_digit)
                && [8, 10]
                    .iter()
                    .any(|back| p >= *back && continues(self.src, p - back, b"cve"))
    }
}

/// What stands between the brackets, and where it ends.
fn content(src: &[u8], i: usize) -> Option<(&'static str, usize)> {
    const WORDS: [(&[u8], &str); 8] = [
        (b"dot", DOT_TEXT),
        (b"d0t", DOT_TEXT),
        (b"punkt", DOT_TEXT),
        (b"punto", DOT_TEXT),
        (b"point", DOT_TEXT),
        (b"arroba", AT_TEXT),
        (b"at", AT_TEXT),
        (b"et", AT_TEXT),
    ];
    match at(src, i) {
        b'.' | b',' => Some((DOT_TEXT, i + 1)),
        b'@' => Some((AT_TEXT, i + 1)),
        b'-' => Some(("-", i + 1)),
        b':' if continues(src, i, b"://") => Some(("://", i + 3)),
        b':' => Some((":", i + 1)),
        b'/' if at(src, i + 1) == b'/' => Some(("//", i + 2)),
        b'/' => Some(("/", i + 1)),
        b'd' | b'D' | b'p' | b'P' | b'a' | b'A' | b'e' | b'E' => WORDS
            .iter()
            .find(|(word, _)| continues(src, i, word) && !is_word(at(src, i + word.len())))
            .map(|(word, with)| (*with, i + word.len())),
        _ => None,
    }
}

fn lower_around(src: &[u8], left: usize, right: usize) -> bool {
    let fits = |c: u8| c.is_ascii_lowercase() || c.is_ascii_digit();
    fits(before(src, left)) && fits(at(src, right))
}

fn octet(digits: &[u8]) -> bool {
    let value = digits
        .iter()
        .fold(0u32, |sum, c| sum * 10 + u32::from(c.wrapping_sub(b'0')));
    (1..=3).contains(&digits.len()) && value <= 255
}

fn blank(c: u8) -> bool {
    c == 0 || c.is_ascii_whitespace()
}

/// Punctuation, symbols and blanks beyond ASCII: none of them is part of a name.
fn is_foreign_mark(c: char) -> bool {
    matches!(c,
        '\u{80}'..='\u{a9}' | '\u{ab}'..='\u{b4}' | '\u{b6}'..='\u{b9}' | '\u{bb}'..='\u{bf}'
        | '\u{d7}' | '\u{f7}' | '\u{2000}'..='\u{206f}' | '\u{20a0}'..='\u{20cf}'
        | '\u{2190}'..='\u{2bff}' | '\u{2e00}'..='\u{2e7f}' | '\u{3000}'..='\u{3004}'
        | '\u{3008}'..='\u{3020}' | '\u{3030}' | '\u{fe10}'..='\u{fe1f}' | '\u{fe30}'..='\u{fe6f}'
        | '\u{ff01}'..='\u{ff0f}' | '\u{ff1a}'..='\u{ff20}' | '\u{ff3b}'..='\u{ff40}'
        | '\u{ff5b}'..='\u{ff65}' | '\u{e000}'..='\u{f8ff}' | '\u{fff0}'..='\u{ffff}'
        | '\u{1f000}'..='\u{1faff}')
}
