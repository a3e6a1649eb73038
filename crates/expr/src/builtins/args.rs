//! The arguments of one call, and results on their way out.

use std::borrow::Cow;

use serde_json::{Map, Value};

use crate::error::Error;
use crate::eval::Outcome;
use crate::fuel::Fuel;
use crate::number::Num;
use crate::sealed::sealed_map;
use crate::value::{kind, render};

/// Evaluated arguments; the parser has checked how many there are.
pub(crate) struct Args<'s> {
    name: &'static str,
    values: Vec<Cow<'s, Value>>,
}

impl<'s> Args<'s> {
    pub fn new(name: &'static str, values: Vec<Cow<'s, Value>>) -> Args<'s> {
        Args { name, values }
    }

    pub fn has(&self, at: usize) -> bool {
        self.values.len() > at
    }

    pub fn value(&self, at: usize) -> &Value {
        self.values.get(at).map_or(&Value::Null, Cow::as_ref)
    }

    pub fn take(&mut self, at: usize) -> Cow<'s, Value> {
        self.values
            .get_mut(at)
            .map(std::mem::take)
            .unwrap_or_default()
    }

    pub fn text(&self, at: usize) -> Result<&str, Error> {
        match self.value(at) {
            Value::String(text) => Ok(text),
            other => Err(self.wrong(at, "text", other)),
        }
    }

    pub fn text_or<'t>(&'t self, at: usize, fallback: &'t str) -> Result<&'t str, Error> {
        if self.has(at) {
            self.text(at)
        } else {
            Ok(fallback)
        }
    }

    /// Text, or the text form of a number, truth value or null.
    pub fn shown(&self, at: usize, fuel: &mut Fuel) -> Result<Cow<'_, str>, Error> {
        match self.value(at) {
            Value::String(text) => Ok(Cow::Borrowed(text)),
            other @ (Value::Array(_) | Value::Object(_)) => Err(self.wrong(at, "text", other)),
            scalar => {
                let mut text = String::new();
                render(scalar, &mut text, fuel)?;
                Ok(Cow::Owned(text))
            }
        }
    }

    pub fn number(&self, at: usize) -> Result<Num, Error> {
        match self.value(at) {
            Value::Number(number) => Ok(Num::of(number)),
            other => Err(self.wrong(at, "a number", other)),
        }
    }

    pub fn int(&self, at: usize) -> Result<i64, Error> {
        let whole = match self.number(at)? {
            Num::Int(int) => i64::try_from(int).ok(),
            Num::Float(_) => None,
        };
        whole.ok_or_else(|| {
            let message = format!("`{}` needs a whole number as {}", self.name, place(at));
            Error::wrong_type(message, "round it with `| int`")
        })
    }

    pub fn int_or(&self, at: usize, fallback: i64) -> Result<i64, Error> {
        if self.has(at) {
            self.int(at)
        } else {
            Ok(fallback)
        }
    }

    /// A count or width: negative numbers mean none.
    pub fn count(&self, at: usize) -> Result<usize, Error> {
        Ok(usize::try_from(self.int(at)?.max(0)).unwrap_or(usize::MAX))
    }

    pub fn list(&self, at: usize) -> Result<&[Value], Error> {
        match self.value(at) {
            Value::Array(items) => Ok(items),
            other => Err(self.wrong(at, "a list", other)),
        }
    }

    /// A list to change: ours, or a paid copy.
    pub fn take_list(&mut self, at: usize, fuel: &mut Fuel) -> Result<Vec<Value>, Error> {
        self.list(at)?;
        match fuel.own(self.take(at))? {
            Value::Array(items) => Ok(items),
            _ => Ok(Vec::new()),
        }
    }

    /// The elements that pass, copied only if they are not ours.
    pub fn keep(
        &mut self,
        at: usize,
        fuel: &mut Fuel,
        mut pass: impl FnMut(&Value, &mut Fuel) -> Result<bool, Error>,
    ) -> Result<Vec<Value>, Error> {
        self.list(at)?;
        let mut kept = Vec::new();
        match self.take(at) {
            Cow::Owned(Value::Array(items)) => {
                for item in items {
                    fuel.steps(1)?;
                    if pass(&item, fuel)? {
                        kept.push(item);
                    }
                }
            }
            other => {
                for item in other.as_array().into_iter().flatten() {
                    fuel.steps(1)?;
                    if pass(item, fuel)? {
                        kept.push(fuel.copy(item)?);
                    }
                }
            }
        }
        Ok(kept)
    }

    pub fn object(&self, at: usize) -> Result<&Map<String, Value>, Error> {
        match self.value(at) {
            Value::Object(map) if sealed_map(map).is_none() => Ok(map),
            other => Err(self.wrong(at, "an object", other)),
        }
    }

    pub fn take_object(&mut self, at: usize, fuel: &mut Fuel) -> Result<Map<String, Value>, Error> {
        self.object(at)?;
        match fuel.own(self.take(at))? {
            Value::Object(map) => Ok(map),
            _ => Ok(Map::new()),
        }
    }

    /// An error about the type of one argument.
    pub fn wrong(&self, at: usize, wanted: &str, found: &Value) -> Error {
        let hint = match found {
            Value::Null => "give null a value to stand for it: `x ?? ...`",
            Value::Number(_) | Value::Bool(_) if wanted == "text" => "make it text: `x | string`",
            Value::String(_) if wanted == "a number" => "make it a number: `x | int`",
            _ => "",
        };
        let (name, place, found) = (self.name, place(at), kind(found));
        Error::wrong_type(
            format!("`{name}` needs {wanted} as {place}, not {found}"),
            hint,
        )
    }

    /// An error about the value of an argument.
    pub fn refuse(&self, why: &str) -> Error {
        Error::value(format!("`{}` {why}", self.name), "")
    }
}

fn place(at: usize) -> &'static str {
    match at {
        0 => "its input",
        1 => "its first argument",
        _ => "its second argument",
    }
}

/// Text just made: paid here, so only for functions whose output is about as long as their input.
pub(crate) fn text(made: String, fuel: &mut Fuel) -> Outcome<'static> {
    fuel.scan(made.len())?;
    fuel.bytes(made.len())?;
    Ok(Cow::Owned(Value::String(made)))
}

/// A list whose elements are already paid for.
pub(crate) fn list(made: Vec<Value>, fuel: &mut Fuel) -> Outcome<'static> {
    fuel.elements(made.len())?;
    Ok(Cow::Owned(Value::Array(made)))
}

pub(crate) fn owned(value: impl Into<Value>) -> Outcome<'static> {
    Ok(Cow::Owned(value.into()))
}

/// A part of an argument: borrowed if it is, taken out if it is ours.
pub(crate) fn part<'s>(
    value: Cow<'s, Value>,
    fuel: &mut Fuel,
    find: impl for<'v> Fn(&'v Value) -> Option<&'v Value>,
) -> Result<Option<Cow<'s, Value>>, Error> {
    match value {
        Cow::Borrowed(value) => Ok(find(value).map(Cow::Borrowed)),
        Cow::Owned(value) => find(&value)
            .map(|found| fuel.copy(found).map(Cow::Owned))
            .transpose(),
    }
}
