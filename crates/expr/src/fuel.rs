//! The allowance an evaluation spends: steps for work, bytes for what it makes.
//!
//! One step pays for one node of the tree or one element walked; scanning text costs a step for each
//! [`SCANNED_BYTES_A_STEP`] bytes. Bytes are charged before or as they are produced and never given
//! back, so the sum of all intermediate results is bounded, not only the last one. One allowance may
//! be shared by many expressions, for example by all of one playbook step.

use std::borrow::Cow;

use serde_json::Value;

use crate::VALUE_DEPTH_MAX;
use crate::error::Error;

/// Bytes of text read for the price of one step.
const SCANNED_BYTES_A_STEP: usize = 64;
/// What one element of a list or object costs besides its own text.
const ELEMENT_BYTES: usize = size_of::<Value>();

/// What is left to spend.
#[derive(Clone, Debug)]
pub struct Fuel {
    steps_left: u64,
    bytes_left: usize,
}

impl Fuel {
    /// Enough for any sensible expression: a million steps (tens of milliseconds), 16 MiB produced.
    pub const DEFAULT: Fuel = Fuel::new(1_000_000, 16 * 1024 * 1024);

    /// An allowance of `steps` and `bytes_max`.
    pub const fn new(steps: u64, bytes_max: usize) -> Fuel {
        Fuel {
            steps_left: steps,
            bytes_left: bytes_max,
        }
    }

    /// Steps not yet spent.
    pub const fn steps_left(&self) -> u64 {
        self.steps_left
    }

    /// Bytes not yet produced.
    pub const fn bytes_left(&self) -> usize {
        self.bytes_left
    }

    #[inline]
    pub(crate) fn steps(&mut self, count: u64) -> Result<(), Error> {
        match self.steps_left.checked_sub(count) {
            Some(left) => {
                self.steps_left = left;
                Ok(())
            }
            None => {
                self.steps_left = 0;
                Err(out_of("steps"))
            }
        }
    }

    #[inline]
    pub(crate) fn bytes(&mut self, count: usize) -> Result<(), Error> {
        match self.bytes_left.checked_sub(count) {
            Some(left) => {
                self.bytes_left = left;
                Ok(())
            }
            None => {
                self.bytes_left = 0;
                Err(out_of("bytes"))
            }
        }
    }

    /// Pays for reading `bytes` of text once.
    pub(crate) fn scan(&mut self, bytes: usize) -> Result<(), Error> {
        self.steps((bytes / SCANNED_BYTES_A_STEP) as u64 + 1)
    }

    /// Pays for `count` new elements of a list or object.
    pub(crate) fn elements(&mut self, count: usize) -> Result<(), Error> {
        self.steps(count as u64)?;
        self.bytes(count.saturating_mul(ELEMENT_BYTES))
    }

    /// Pays for walking all of a value and refuses one nested too deep; returns its rough size.
    pub(crate) fn walk(&mut self, value: &Value) -> Result<usize, Error> {
        self.walk_at(value, 0)
    }

    fn walk_at(&mut self, value: &Value, depth: usize) -> Result<usize, Error> {
        if depth > VALUE_DEPTH_MAX {
            return Err(too_deep());
        }
        self.steps(1)?;
        let mut size = ELEMENT_BYTES;
        match value {
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
            Value::String(text) => size += text.len(),
            Value::Array(items) => {
                for item in items {
                    size = size.saturating_add(self.walk_at(item, depth + 1)?);
                }
            }
            Value::Object(map) => {
                for (key, item) in map {
                    size = size.saturating_add(key.len());
                    size = size.saturating_add(self.walk_at(item, depth + 1)?);
                }
            }
        }
        Ok(size)
    }

    /// A deep copy, paid for before it is made.
    pub(crate) fn copy(&mut self, value: &Value) -> Result<Value, Error> {
        let size = match value {
            Value::Null | Value::Bool(_) | Value::Number(_) => ELEMENT_BYTES,
            Value::String(text) => ELEMENT_BYTES + text.len(),
            Value::Array(_) | Value::Object(_) => self.walk(value)?,
        };
        self.bytes(size)?;
        Ok(value.clone())
    }

    /// The value itself if owned, else a paid copy.
    pub(crate) fn own(&mut self, value: Cow<'_, Value>) -> Result<Value, Error> {
        match value {
            Cow::Owned(value) => Ok(value),
            Cow::Borrowed(value) => self.copy(value),
        }
    }
}

impl Default for Fuel {
    fn default() -> Fuel {
        Fuel::DEFAULT
    }
}

pub(crate) fn too_deep() -> Error {
    Error::limit(
        format!("a value is nested deeper than {VALUE_DEPTH_MAX} levels"),
        "read the part that is needed",
    )
}

#[cold]
fn out_of(what: &str) -> Error {
    Error::limit(
        format!("the expression used up its allowance of {what}"),
        "work on fewer or smaller elements",
    )
}
