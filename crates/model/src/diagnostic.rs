//! What is wrong with something a person wrote, where, and how to mend it.
//!
//! A pure crate that checks a parsed document reports [`Problem`]s: they point into the document with a
//! JSON pointer. `content` knows the file's text and turns each into a [`Diagnostic`] with file, line and column.

use std::fmt;

use serde::{Deserialize, Serialize};

/// How bad a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// It works, but somebody will regret it.
    Warning,
    /// It cannot be used.
    Error,
}

/// A finding inside one parsed document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Problem {
    /// How bad.
    pub level: Level,
    /// `UC…` connector, `UP…` playbook, `US…` source mapping, `UX…` expression, `UY…` YAML.
    pub code: &'static str,
    /// JSON pointer (RFC 6901) to the offending value; empty for the whole document.
    pub pointer: String,
    /// True when the key itself is wrong (an unknown field), not its value.
    pub at_key: bool,
    /// Byte range inside the string value that the pointer names, for an expression error.
    pub span: Option<(usize, usize)>,
    /// What is wrong, one sentence, no full stop.
    pub message: String,
    /// How to mend it; empty if the message says it all.
    pub hint: String,
}

impl Problem {
    /// An error at `pointer`.
    pub fn error(
        code: &'static str,
        pointer: impl Into<String>,
        message: impl Into<String>,
    ) -> Self {
        Self {
            level: Level::Error,
            code,
            pointer: pointer.into(),
            at_key: false,
            span: None,
            message: message.into(),
            hint: String::new(),
        }
    }
    /// A warning at `pointer`.
    pub fn warning(
        code: &'static str,
        pointer: impl Into<String>,
        message: impl Into<String>,
    ) -> Self {
        Self {
            level: Level::Warning,
            ..Self::error(code, pointer, message)
        }
    }
    /// Adds how to mend it.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = hint.into();
        self
    }
    /// Points at the key instead of at its value.
    #[must_use]
    pub fn at_key(mut self) -> Self {
        self.at_key = true;
        self
    }
    /// Narrows it to a byte range inside the string value.
    #[must_use]
    pub fn within(mut self, start: usize, end: usize) -> Self {
        self.span = Some((start, end));
        self
    }
}

/// A finding with its place in a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Diagnostic {
    /// How bad.
    pub level: Level,
    /// The finding's code.
    pub code: String,
    /// The file's path as the user gave it.
    pub file: String,
    /// Line, from 1.
    pub line: u32,
    /// Column in characters, from 1.
    pub column: u32,
    /// What is wrong.
    pub message: String,
    /// How to mend it; may be empty.
    pub hint: String,
    /// The line's text, for display; may be empty.
    pub source: String,
    /// How many characters to underline, at least 1.
    pub width: u32,
}

impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let level = match self.level {
            Level::Warning => "warning",
            Level::Error => "error",
        };
        writeln!(f, "{level}[{}]: {}", self.code, self.message)?;
        write!(f, "  --> {}:{}:{}", self.file, self.line, self.column)?;
        if !self.source.is_empty() {
            let gutter = self.line.to_string().len();
            let indent = (self.column as usize).saturating_sub(1);
            write!(f, "\n{:gutter$} |\n{} | {}", "", self.line, self.source)?;
            let marks = "^".repeat(self.width.max(1) as usize);
            write!(f, "\n{:gutter$} | {:indent$}{marks}", "", "")?;
        }
        if !self.hint.is_empty() {
            write!(f, "\nhint: {}", self.hint)?;
        }
        Ok(())
    }
}
