//! The class of every byte of a text, written down once and searched eight bytes at a time.
//!
//! Whoever looks for the end of a word or for the next byte of a kind asks here instead of reading the text
//! again. Past the end everything is a separator.

use crate::bytes::{SEP, class};

/// Bytes that a search looks at together.
pub(crate) const WORD_BYTES: usize = 8;

/// The classes of a text's bytes.
#[derive(Debug, Default)]
pub(crate) struct Classes {
    /// One for each byte, and a word of separators behind them.
    bits: Vec<u8>,
}

/// `bits` in every byte of a word.
#[inline]
const fn spread(bits: u8) -> u64 {
    bits as u64 * 0x0101_0101_0101_0101
}

/// The number of the lowest byte that is not zero; one must be there.
#[inline]
fn lowest(marks: u64) -> usize {
    marks.trailing_zeros() as usize / WORD_BYTES
}

impl Classes {
    /// Forgets everything.
    pub(crate) fn clear(&mut self) {
        self.bits.clear();
    }

    /// Writes down the classes of `bytes` and closes the list.
    pub(crate) fn read(&mut self, bytes: &[u8]) {
        self.bits.resize(bytes.len() + WORD_BYTES, SEP);
        for (to, c) in self.bits.iter_mut().zip(bytes) {
            *to = class(*c);
        }
        let behind = self.bits.get_mut(bytes.len()..).unwrap_or_default();
        behind.fill(SEP);
    }

    /// Appends a stretch of another list.
    pub(crate) fn copy(&mut self, from: &Classes, start: usize, end: usize) {
        self.bits
            .extend_from_slice(from.bits.get(start..end).unwrap_or_default());
    }

    /// Appends the classes of `bytes`.
    pub(crate) fn push(&mut self, bytes: &[u8]) {
        self.bits.extend(bytes.iter().map(|c| class(*c)));
    }

    /// Closes a list that was put together.
    pub(crate) fn close(&mut self) {
        self.bits.extend_from_slice(&[SEP; WORD_BYTES]);
    }

    /// The classes of the bytes from `at`.
    #[inline]
    pub(crate) fn word(&self, at: usize) -> u64 {
        match self.bits.get(at..).and_then(<[u8]>::first_chunk) {
            Some(word) => u64::from_le_bytes(*word),
            None => spread(SEP),
        }
    }

    /// The bytes from `at` that are in one of the classes, as marks in a word.
    #[inline]
    pub(crate) fn marks(&self, at: usize, bits: u8) -> u64 {
        self.word(at) & spread(bits)
    }

    /// The first byte from `from` in one of the classes, at most `end`.
    #[inline]
    pub(crate) fn find(&self, from: usize, end: usize, bits: u8) -> usize {
        self.search(from, end, |word| word & spread(bits))
    }

    /// The first byte from `from` that is not in the class, at most `end`.
    #[inline]
    pub(crate) fn past(&self, from: usize, end: usize, bit: u8) -> usize {
        self.search(from, end, |word| !word & spread(bit))
    }

    #[inline]
    fn search(&self, from: usize, end: usize, marks: impl Fn(u64) -> u64) -> usize {
        let mut at = from;
        while at < end {
            let found = marks(self.word(at));
            if found != 0 {
                return end.min(at + lowest(found));
            }
            at += WORD_BYTES;
        }
        end
    }

    /// The first byte of the word that ends at `end`, at least `from`: what follows a separator.
    #[inline]
    pub(crate) fn word_start(&self, from: usize, end: usize) -> usize {
        let mut end = end;
        while let Some(at) = end.checked_sub(WORD_BYTES) {
            let found = self.marks(at, SEP);
            if found != 0 {
                return from.max(end - found.leading_zeros() as usize / WORD_BYTES);
            }
            end = at;
            if end <= from {
                return from;
            }
        }
        let head = self.bits.get(from..end).unwrap_or_default();
        from + head
            .iter()
            .rposition(|bits| bits & SEP != 0)
            .map_or(0, |last| last + 1)
    }

    /// The classes that some byte of a stretch is in, and those that every byte is in.
    #[inline]
    pub(crate) fn summary(&self, start: usize, end: usize) -> (u8, u8) {
        let (mut any, mut all) = (0, u64::MAX);
        let mut at = start;
        while at + WORD_BYTES <= end {
            let word = self.word(at);
            any |= word;
            all &= word;
            at += WORD_BYTES;
        }
        if at < end {
            let beyond = u64::MAX << (8 * (end - at));
            let word = self.word(at);
            any |= word & !beyond;
            all &= word | beyond;
        }
        for half in [32, 16, 8] {
            any |= any >> half;
            all &= all >> half;
        }
        (any as u8, all as u8)
    }

    /// The next byte of a word that has one of `telling` or may be long. Prose has few of them: without a
    /// telling byte, only a word over two whole blocks can be a long one.
    #[inline(never)]
    pub(crate) fn next_telling(&self, from: usize, telling: u8) -> Option<usize> {
        let end = self.bits.len().saturating_sub(WORD_BYTES);
        let mut at = from;
        let mut unbroken = false;
        while at < end {
            let word = self.word(at);
            let marks = word & spread(telling);
            if marks != 0 {
                return Some(at + lowest(marks));
            }
            let whole = word & spread(SEP) == 0;
            if whole && unbroken {
                return Some(at);
            }
            unbroken = whole;
            at += WORD_BYTES;
        }
        None
    }

    /// Hands every byte of the classes to `visit`, which answers where to go on.
    #[inline]
    pub(crate) fn visit(&self, bits: u8, mut visit: impl FnMut(usize) -> usize) {
        let end = self.bits.len().saturating_sub(WORD_BYTES);
        let (mut at, mut next) = (0, 0);
        while at < end {
            let mut marks = self.marks(at, bits);
            while marks != 0 {
                let found = at + lowest(marks);
                marks &= marks.wrapping_sub(1);
                if found >= next {
                    next = visit(found);
                }
            }
            at = (at + WORD_BYTES).max(next);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bytes::{DIGIT, RUN};

    const TEXT: &str = "a bc.de:12 longer-than-a-word 3 tail_without_end";

    fn classes(text: &str) -> Classes {
        let mut classes = Classes::default();
        classes.read(text.as_bytes());
        classes
    }

    #[test]
    fn every_search_agrees_with_a_walk_over_the_bytes() {
        let (classes, bytes) = (classes(TEXT), TEXT.as_bytes());
        for from in 0..bytes.len() {
            for end in from..=bytes.len() {
                let stretch = &bytes[from..end];
                let walk = |keep: fn(u8) -> bool| {
                    from + stretch
                        .iter()
                        .position(|c| !keep(class(*c)))
                        .unwrap_or(stretch.len())
                };
                assert_eq!(
                    classes.find(from, end, SEP | DIGIT),
                    walk(|bits| bits & (SEP | DIGIT) == 0)
                );
                assert_eq!(classes.past(from, end, RUN), walk(|bits| bits & RUN != 0));
                let word = stretch.iter().rposition(|c| class(*c) & SEP != 0);
                assert_eq!(
                    classes.word_start(from, end),
                    word.map_or(from, |last| from + last + 1)
                );
                let any = stretch.iter().fold(0, |any, c| any | class(*c));
                let all = stretch.iter().fold(0xff, |all, c| all & class(*c));
                assert_eq!(classes.summary(from, end), (any, all));
            }
        }
    }

    #[test]
    fn a_list_put_together_equals_one_that_was_read() {
        let whole = classes(TEXT);
        let mut parts = Classes::default();
        parts.copy(&whole, 0, 7);
        parts.push(&TEXT.as_bytes()[7..20]);
        parts.copy(&whole, 20, TEXT.len());
        parts.close();
        assert_eq!(parts.bits, whole.bits);
    }

    #[test]
    fn a_visitor_sees_every_mark_that_it_does_not_skip() {
        let mut seen = Vec::new();
        classes("1 2 34567 8          9").visit(DIGIT, |at| {
            seen.push(at);
            at + 2
        });
        assert_eq!(seen, [0, 2, 4, 6, 8, 10, 21]);
    }
}
