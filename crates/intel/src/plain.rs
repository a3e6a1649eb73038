//! A piece of text without defanging, and the way back to the text.
//!
//! A short list of edits maps any position of the plain bytes to the text they came from, so that a find can
//! show its spelling as written. Between two edits the bytes are copies, or they replace what was there.

use crate::{
    bytes::{AT, DOT, GAP},
    chunks::chunks,
    refang::fill,
};

/// Marks an edit whose plain bytes replace the text instead of copying it. Positions lie within a chunk, so
/// the bit is free.
const REPLACED: u32 = 1 << 31;

/// A chunk of text without defanging.
#[derive(Debug, Default)]
pub(crate) struct Plain {
    /// The plain bytes.
    pub(crate) bytes: Vec<u8>,
    edits: Vec<(u32, u32)>,
    /// How many edits lie at or before the last position asked for.
    passed: usize,
}

impl Plain {
    /// Replaces the content with the plain form of `text`, which is at most a chunk long.
    pub(crate) fn refill(&mut self, text: &str) {
        self.bytes.clear();
        self.edits.clear();
        self.passed = 0;
        fill(self, text);
    }

    /// Appends `with`, which stands for the text from `start` to `end`. What follows is copied again.
    pub(crate) fn replace(&mut self, start: usize, end: usize, with: &[u8]) {
        if !with.is_empty() {
            self.push(start as u32 | REPLACED);
            self.bytes.extend_from_slice(with);
        }
        self.push(end as u32);
    }

    fn push(&mut self, from: u32) {
        let plain = self.bytes.len() as u32;
        match self.edits.last_mut() {
            Some(last) if last.0 == plain => last.1 = from,
            _ => self.edits.push((plain, from)),
        }
    }

    /// The last edit at or before `position`, and the index of the next one. Finds come nearly in order, so
    /// the edit is looked for from where the last one was.
    fn edit(&mut self, position: usize) -> (usize, Option<(u32, u32)>) {
        let lies_behind =
            |edit: Option<&(u32, u32)>| edit.is_some_and(|(plain, _)| *plain as usize > position);
        let at = |i: usize| self.edits.get(i);
        let mut next = self.passed;
        while next > 0 && lies_behind(at(next - 1)) {
            next -= 1;
        }
        while at(next).is_some() && !lies_behind(at(next)) {
            next += 1;
        }
        self.passed = next;
        let last = next.checked_sub(1).and_then(|i| self.edits.get(i));
        (next, last.copied())
    }

    /// Where the plain byte at `position` begins in the text.
    pub(crate) fn start(&mut self, position: usize) -> usize {
        match self.edit(position).1 {
            None => position,
            Some((_, from)) if from & REPLACED != 0 => (from & !REPLACED) as usize,
            Some((plain, from)) => from as usize + (position - plain as usize),
        }
    }

    /// Where the text ends that the plain bytes before `position` stand for.
    pub(crate) fn end(&mut self, position: usize) -> usize {
        let Some(last) = position.checked_sub(1) else {
            return 0;
        };
        match self.edit(last) {
            (_, None) => position,
            (next, Some((_, from))) if from & REPLACED != 0 => {
                let after = self.edits.get(next).map_or(from, |(_, after)| *after);
                (after & !REPLACED) as usize
            }
            (_, Some((plain, from))) => from as usize + (position - plain as usize),
        }
    }
}

/// The plain spelling of a short piece of text, with real dots and at signs.
pub fn refang(text: &str) -> String {
    let mut plain = Plain::default();
    let mut out = Vec::with_capacity(text.len());
    for (start, end) in chunks(text) {
        plain.refill(text.get(start..end).unwrap_or_default());
        out.extend(plain.bytes.iter().map(|c| match *c {
            DOT => b'.',
            AT => b'@',
            GAP => b' ',
            other => other,
        }));
    }
    String::from_utf8(out).unwrap_or_default()
}
