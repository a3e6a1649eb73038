//! A piece of text without defanging, and the way back to the text.
//!
//! A short list of edits maps any position of the plain bytes to the text they came from, so that a find can
//! show its spelling as written. Between two edits the bytes are copies, or they replace what was there.

use crate::{
    bytes::{AT, DOT, GAP, at},
    chunks::chunks,
    classes::Classes,
    refang::fill,
};

/// Marks an edit whose plain bytes replace the text instead of copying it. Positions lie within a chunk, so
/// the bit is free.
const REPLACED: u32 = 1 << 31;

/// A chunk of text without defanging.
#[derive(Debug, Default)]
pub(crate) struct Plain {
    /// The plain text.
    pub(crate) text: String,
    /// The classes of its bytes.
    pub(crate) classes: Classes,
    /// The classes of the bytes it was made from.
    pub(crate) source: Classes,
    edits: Vec<(u32, u32)>,
    /// How many edits lie at or before the last position asked for.
    passed: usize,
}

impl Plain {
    /// Replaces the content with the plain form of `text`, which is at most a chunk long.
    pub(crate) fn refill(&mut self, text: &str) {
        self.text.clear();
        self.classes.clear();
        self.edits.clear();
        self.passed = 0;
        self.source.read(text.as_bytes());
        fill(self, text);
        self.classes.close();
    }

    /// Appends the text from `start` to `end` as it is; `source` has the classes of its bytes.
    pub(crate) fn copy(&mut self, source: &Classes, text: &str, start: usize, end: usize) {
        self.text.push_str(text.get(start..end).unwrap_or_default());
        self.classes.copy(source, start, end);
    }

    /// Appends `with`, which stands for the text from `start` to `end`. What follows is copied again.
    pub(crate) fn replace(&mut self, start: usize, end: usize, with: &str) {
        if !with.is_empty() {
            self.push(start as u32 | REPLACED);
            self.text.push_str(with);
            self.classes.push(with.as_bytes());
        }
        self.push(end as u32);
    }

    fn push(&mut self, from: u32) {
        let plain = self.text.len() as u32;
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

    /// Where the plain bytes from `start` to `end` come from, and whether they are a copy.
    pub(crate) fn origin(&mut self, start: usize, end: usize) -> (usize, usize, bool) {
        if self.edits.is_empty() {
            return (start, end, true);
        }
        let from = self.start(start);
        let first = self.passed;
        let to = self.end(end);
        let edit = first.checked_sub(1).and_then(|i| self.edits.get(i));
        let copied = edit.is_none_or(|(_, from)| from & REPLACED == 0);
        (from, to, copied && self.passed == first)
    }

    /// Where the plain byte at `position` begins in the text.
    fn start(&mut self, position: usize) -> usize {
        match self.edit(position).1 {
            None => position,
            Some((_, from)) if from & REPLACED != 0 => (from & !REPLACED) as usize,
            Some((plain, from)) => from as usize + (position - plain as usize),
        }
    }

    /// Where the text ends that the plain bytes before `position` stand for.
    fn end(&mut self, position: usize) -> usize {
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
    let mut out = String::with_capacity(text.len());
    for (start, end) in chunks(text) {
        plain.refill(text.get(start..end).unwrap_or_default());
        let mut rest = plain.text.as_str();
        while let Some(mark) = memchr::memchr3(DOT, AT, GAP, rest.as_bytes()) {
            out.push_str(rest.get(..mark).unwrap_or_default());
            out.push(match at(rest.as_bytes(), mark) {
                DOT => '.',
                AT => '@',
                _ => ' ',
            });
            rest = rest.get(mark + 1..).unwrap_or_default();
        }
        out.push_str(rest);
    }
    out
}

/// How the canonical form of a find is spelled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Spelling {
    /// As the plain bytes have it, with real dots and at signs.
    Plain,
    /// Otherwise.
    Other(String),
}

impl Spelling {
    /// The canonical form of the plain text `plain`.
    pub(crate) fn of(self, plain: &str) -> String {
        match self {
            Self::Plain => {
                let mut value = String::with_capacity(plain.len());
                self.push(&mut value, plain);
                value
            }
            Self::Other(value) => value,
        }
    }

    /// Appends the canonical form of the plain text `plain`.
    pub(crate) fn push(&self, out: &mut String, plain: &str) {
        match self {
            Self::Plain => push_plain(out, plain),
            Self::Other(value) => out.push_str(value),
        }
    }
}

/// Appends plain text with real dots and at signs.
pub(crate) fn push_plain(out: &mut String, plain: &str) {
    let mut rest = plain;
    while let Some(mark) = rest.bytes().position(|c| c == DOT || c == AT) {
        let dot = at(rest.as_bytes(), mark) == DOT;
        out.push_str(rest.get(..mark).unwrap_or_default());
        out.push(if dot { '.' } else { '@' });
        rest = rest.get(mark + 1..).unwrap_or_default();
    }
    out.push_str(rest);
}
