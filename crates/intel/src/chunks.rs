//! Cuts a text into pieces that fit the scanner's fixed buffers.
//!
//! A piece ends at a line break if there is one, else at a blank, else wherever a character ends. So memory
//! does not grow with the input, and only a single unbroken token longer than a piece can be cut through.

use memchr::memrchr;

/// Bytes scanned at once.
pub(crate) const CHUNK_BYTES: usize = 64 * 1024;

/// The ranges, in order, without gaps.
pub(crate) fn chunks(text: &str) -> impl Iterator<Item = (usize, usize)> + '_ {
    let mut start = 0;
    std::iter::from_fn(move || {
        if start >= text.len() {
            return None;
        }
        let from = start;
        start = end_of(text, from);
        Some((from, start))
    })
}

fn end_of(text: &str, start: usize) -> usize {
    let limit = text.floor_char_boundary(start.saturating_add(CHUNK_BYTES));
    if limit >= text.len() {
        return text.len();
    }
    let window = text.as_bytes().get(start..limit).unwrap_or_default();
    let cut = memrchr(b'\n', window).or_else(|| memrchr(b' ', window));
    match cut {
        Some(at) => start + at + 1,
        None if limit > start => limit,
        None => text.len(),
    }
}
