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
/// A colon.
pub(crate) const COLON: u8 = 4;
/// An at sign, plain or spelled.
pub(crate) const ATS: u8 = 8;
/// A slash or backslash.
pub(crate) const SLASH: u8 = 16;
/// A decimal digit.
pub(crate) const DIGIT: u8 = 32;
/// Part of a host-like run: letters, digits, `-`, `_`, dots, anything beyond ASCII.
pub(crate) const RUN: u8 = 64;
/// A hexadecimal digit.
pub(crate) const HEX: u8 = 128;

/// Any byte that a word has to contain to be looked at, unless it is long.
pub(crate) const TELLING: u8 = DOTS | COLON | ATS | SLASH | DIGIT;

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
        if c == b'@' || c == AT {
            bits |= ATS;
        }
        if c == b':' {
            bits |= COLON;
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

/// Bytes that the search loops look at together.
pub(crate) const BLOCK_BYTES: usize = 8;
/// What a table says of any byte of a block.
#[inline]
pub(crate) fn any(table: &[u8; 256], block: &[u8; BLOCK_BYTES]) -> u8 {
    block.iter().fold(0, |any, c| any | table[*c as usize])
}

/// The first byte of a block of which the table says one of `bits`; one must be there. All bytes are weighed
/// at once, because a loop that stops somewhere in a block costs more in wrong guesses than in steps.
#[inline]
pub(crate) fn first(table: &[u8; 256], block: &[u8; BLOCK_BYTES], bits: u8) -> usize {
    let marks = u64::from_le_bytes(block.map(|c| table[c as usize] & bits));
    marks.trailing_zeros() as usize / BLOCK_BYTES
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

/// The text of plain ASCII bytes.
#[inline]
pub(crate) fn text(bytes: Vec<u8>) -> String {
    String::from_utf8(bytes).unwrap_or_default()
}

/// True when `bytes` at `i` continue with `word`, ignoring ASCII case.
#[inline]
pub(crate) fn continues(bytes: &[u8], i: usize, word: &[u8]) -> bool {
    cut(bytes, i, i + word.len()).eq_ignore_ascii_case(word)
}
