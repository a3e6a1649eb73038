//! Byte classes and slices that cannot panic.
//!
//! The scanner works on bytes; every table here is built at compile time and looked up once per byte.
//! Reading past the end yields `0`, which every table treats as a separator.

/// A dot that was defanged (`[.]`, ` dot `, `\.`) in the text as written.
pub(crate) const DOT: u8 = 0x01;
/// An at sign that was spelled (`[at]`, ` AT `) in the text as written.
pub(crate) const AT: u8 = 0x02;
/// Stands for any character that ends a value but has no ASCII form.
pub(crate) const GAP: u8 = 0x1f;

/// Ends a token: blank, control, quote, angle bracket, pipe.
pub(crate) const SEP: u8 = 1;
/// A dot, plain or defanged.
pub(crate) const DOTS: u8 = 2;
/// A colon, or an at sign, plain or spelled.
pub(crate) const SIGN: u8 = 4;
/// May begin a defanged spelling, in text as written; plain bytes are not asked for it.
pub(crate) const TRIGGER: u8 = 8;
/// A slash or backslash.
pub(crate) const SLASH: u8 = 16;
/// A decimal digit.
pub(crate) const DIGIT: u8 = 32;
/// Part of a host-like run: letters, digits, `-`, `_`, dots, anything beyond ASCII.
pub(crate) const RUN: u8 = 64;
/// A hexadecimal digit.
pub(crate) const HEX: u8 = 128;

/// Any byte that a word has to contain to be looked at, unless it is long.
pub(crate) const TELLING: u8 = DOTS | SIGN | SLASH | DIGIT;

/// What each byte is; bits of the constants above.
pub(crate) static CLASS: [u8; 256] = classes();

const fn classes() -> [u8; 256] {
    let mut table = [0u8; 256];
    let mut i = 0usize;
    while i < 256 {
        let c = i as u8;
        let mut bits = 0;
        if (c <= b' ' && c != DOT && c != AT) || c == 0x7f {
            bits |= SEP;
        }
        if matches!(c, b'<' | b'>' | b'"' | b'\'' | b'`' | b'|') {
            bits |= SEP;
        }
        if c == b'.' || c == DOT {
            bits |= DOTS | RUN;
        }
        if c == b':' || c == b'@' || c == AT {
            bits |= SIGN;
        }
        let bracket = matches!(c, b'[' | b'(' | b'{' | b'<' | b']' | b')' | b'}' | b'>');
        let rare = matches!(c, b'\\' | b'^' | b'@' | DOT | AT) || c >= 0x80;
        if bracket || rare || matches!(c, b'/' | b'D' | b'A' | b'-' | b',') {
            bits |= TRIGGER;
        }
        if c == b'/' || c == b'\\' {
            bits |= SLASH;
        }
        if c.is_ascii_digit() {
            bits |= DIGIT;
        }
        if c.is_ascii_alphanumeric() || c == b'-' || c == b'_' || c >= 0x80 {
            bits |= RUN;
        }
        if c.is_ascii_hexdigit() {
            bits |= HEX;
        }
        table[i] = bits;
        i += 1;
    }
    table
}

/// The class bits of a byte.
#[inline]
pub(crate) fn class(c: u8) -> u8 {
    CLASS[c as usize]
}

/// The byte at `i`, or `0` past the end.
#[inline]
pub(crate) fn at(bytes: &[u8], i: usize) -> u8 {
    match bytes.get(i) {
        Some(c) => *c,
        None => 0,
    }
}

/// The byte before `i`, or `0` at the beginning.
#[inline]
pub(crate) fn before(bytes: &[u8], i: usize) -> u8 {
    if i == 0 { 0 } else { at(bytes, i - 1) }
}

/// The bytes of a range, empty if it does not exist.
#[inline]
pub(crate) fn cut(bytes: &[u8], start: usize, end: usize) -> &[u8] {
    bytes.get(start..end).unwrap_or_default()
}

/// A letter, digit or underscore, or anything beyond ASCII.
#[inline]
pub(crate) fn is_word(c: u8) -> bool {
    c.is_ascii_alphanumeric() || c == b'_' || c >= 0x80
}

/// A dot, plain or defanged.
#[inline]
pub(crate) const fn is_dot(c: u8) -> bool {
    c == b'.' || c == DOT
}

/// An at sign, plain or spelled.
#[inline]
pub(crate) fn is_at(c: u8) -> bool {
    c == b'@' || c == AT
}

/// An opening bracket people defang with.
#[inline]
pub(crate) fn is_open(c: u8) -> bool {
    matches!(c, b'[' | b'(' | b'{' | b'<')
}

/// A closing bracket people defang with.
#[inline]
pub(crate) fn is_close(c: u8) -> bool {
    matches!(c, b']' | b')' | b'}' | b'>')
}

/// Where the run of bytes that satisfy `keep` and begins at `from` ends, at most `max` bytes later.
#[inline]
pub(crate) fn run_end(bytes: &[u8], from: usize, max: usize, keep: impl Fn(u8) -> bool) -> usize {
    let limit = from.saturating_add(max).min(bytes.len());
    let stretch = cut(bytes, from, limit);
    from + stretch
        .iter()
        .position(|c| !keep(*c))
        .unwrap_or(stretch.len())
}

/// True when `bytes` at `i` continue with `word`, ignoring ASCII case.
#[inline]
pub(crate) fn continues(bytes: &[u8], i: usize, word: &[u8]) -> bool {
    cut(bytes, i, i + word.len()).eq_ignore_ascii_case(word)
}
