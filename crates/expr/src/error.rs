//! What went wrong, where in the source, and what to do about it.
//!
//! Messages name operators, functions, keys and types; they never quote a value, because a value can
//! be confidential and an error travels further than the data it came from.

use std::fmt;

use crate::Span;

/// Longest name quoted in a message or hint, in characters.
const NAME_CHARS_MAX: usize = 40;
/// Most names listed in a hint.
const NAMES_LISTED_MAX: usize = 8;
/// Most names compared to find the closest.
const NAMES_COMPARED_MAX: usize = 200;

/// The class of an [`Error`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErrorKind {
    /// The source is not an expression.
    Syntax,
    /// A name, key, index or function does not exist. `??` and `default` catch this at run time.
    Undefined,
    /// A value has the wrong type for what is done with it.
    Type,
    /// A named limit or the fuel is used up.
    Limit,
    /// The type fits but the value does not: division by zero, text that is not a number.
    Value,
}

/// One error with its place in the source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error {
    /// The class.
    pub kind: ErrorKind,
    /// One sentence without a full stop: what is wrong.
    pub message: String,
    /// What to do; may be empty.
    pub hint: String,
    /// The bytes of the source at fault, end excluded; (0, 0) when it is the source as a whole.
    pub span: Span,
}

impl Error {
    pub(crate) fn new(
        kind: ErrorKind,
        message: impl Into<String>,
        hint: impl Into<String>,
    ) -> Error {
        Error {
            kind,
            message: message.into(),
            hint: hint.into(),
            span: (0, 0),
        }
    }

    pub(crate) fn syntax(message: impl Into<String>, hint: impl Into<String>, span: Span) -> Error {
        Error::new(ErrorKind::Syntax, message, hint).at(span)
    }

    pub(crate) fn wrong_type(message: impl Into<String>, hint: impl Into<String>) -> Error {
        Error::new(ErrorKind::Type, message, hint)
    }

    pub(crate) fn value(message: impl Into<String>, hint: impl Into<String>) -> Error {
        Error::new(ErrorKind::Value, message, hint)
    }

    pub(crate) fn limit(message: impl Into<String>, hint: impl Into<String>) -> Error {
        Error::new(ErrorKind::Limit, message, hint)
    }

    /// Places the error, unless something deeper already did.
    pub(crate) fn at(mut self, span: Span) -> Error {
        if self.span == (0, 0) {
            self.span = span;
        }
        self
    }

    pub(crate) fn hinted(mut self, hint: &str) -> Error {
        self.hint = hint.to_owned();
        self
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)?;
        match self.hint.is_empty() {
            true => Ok(()),
            false => write!(f, " ({})", self.hint),
        }
    }
}

impl std::error::Error for Error {}

/// A name as a message quotes it: bounded, without control characters.
pub(crate) fn quoted(name: &str) -> String {
    let mut short: String = name
        .chars()
        .take(NAME_CHARS_MAX)
        .map(|c| if c.is_control() { '\u{fffd}' } else { c })
        .collect();
    if name.chars().nth(NAME_CHARS_MAX).is_some() {
        short.push('…');
    }
    short
}

/// "did you mean `x`? known here: a, b, c" for a name that is not among `known`.
pub(crate) fn suggestion<'n>(wanted: &str, known: impl Iterator<Item = &'n str>) -> String {
    let known: Vec<&str> = known.take(NAMES_COMPARED_MAX).collect();
    if known.is_empty() {
        return "nothing is known here".to_owned();
    }
    let mut listed: Vec<String> = known
        .iter()
        .take(NAMES_LISTED_MAX)
        .map(|name| quoted(name))
        .collect();
    if known.len() > NAMES_LISTED_MAX {
        listed.push("…".to_owned());
    }
    let listed = listed.join(", ");
    match closest(wanted, &known) {
        Some(name) => format!("did you mean `{}`? known here: {listed}", quoted(name)),
        None => format!("known here: {listed}"),
    }
}

/// The known name that is a typing slip away, if any.
pub(crate) fn closest<'n>(wanted: &str, known: &[&'n str]) -> Option<&'n str> {
    // Two letters swapped count as two edits.
    let allowed = if wanted.chars().count() < 4 { 1 } else { 2 };
    known
        .iter()
        .filter(|name| name.len() <= NAME_CHARS_MAX && wanted.len() <= NAME_CHARS_MAX)
        .map(|name| (distance(wanted, name), *name))
        .filter(|(far, _)| *far <= allowed)
        .min_by_key(|(far, _)| *far)
        .map(|(_, name)| name)
}

/// Edits between two short names, case ignored.
fn distance(a: &str, b: &str) -> usize {
    let a: Vec<char> = a.to_lowercase().chars().collect();
    let b: Vec<char> = b.to_lowercase().chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, left) in a.iter().enumerate() {
        let mut diagonal = i;
        let mut before = i + 1;
        if let Some(first) = row.first_mut() {
            *first = before;
        }
        for (cell, right) in row.iter_mut().skip(1).zip(&b) {
            let replaced = diagonal + usize::from(left != right);
            diagonal = *cell;
            before = replaced.min(*cell + 1).min(before + 1);
            *cell = before;
        }
    }
    row.last().copied().unwrap_or(0)
}
