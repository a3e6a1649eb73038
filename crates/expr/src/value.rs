//! What values mean to the language: truth, text form, equality, order, names of types.

use std::cmp::Ordering;
use std::fmt::Write;

use serde_json::Value;

use crate::VALUE_DEPTH_MAX;
use crate::error::Error;
use crate::fuel::Fuel;
use crate::number::Num;
use crate::sealed::{Sealed, must_show, refuse, sealed, sealed_map};

/// The value of `omit`. It is recognised by address, so no data can pass for it, and any copy of it
/// is a plain null.
pub(crate) static OMIT: Value = Value::Null;

pub(crate) fn is_omit(value: &Value) -> bool {
    std::ptr::eq(value, &raw const OMIT)
}

/// Null, false, 0, "", [] and {} are false; everything else is true.
pub fn truthy(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::Bool(truth) => *truth,
        Value::Number(number) => Num::of(number).compare(Num::Int(0)) != Ordering::Equal,
        Value::String(text) => !text.is_empty(),
        Value::Array(items) => !items.is_empty(),
        Value::Object(map) => !map.is_empty(),
    }
}

/// The type with its article, for messages.
pub(crate) fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a truth value",
        Value::Number(_) => "a number",
        Value::String(_) => "text",
        Value::Array(_) => "a list",
        Value::Object(map) => sealed_map(map).map_or("an object", Sealed::noun),
    }
}

/// The text form: text as it is, null as nothing, lists and objects as compact JSON.
pub(crate) fn render(value: &Value, out: &mut String, fuel: &mut Fuel) -> Result<(), Error> {
    let before = out.len();
    match value {
        Value::Null => {}
        Value::Bool(true) => out.push_str("true"),
        Value::Bool(false) => out.push_str("false"),
        Value::Number(number) => {
            // Writing to a String cannot fail.
            let _ = write!(out, "{number}");
        }
        Value::String(text) => {
            fuel.scan(text.len())?;
            fuel.bytes(text.len())?;
            out.push_str(text);
            return Ok(());
        }
        Value::Array(_) | Value::Object(_) => {
            fuel.walk(value)?;
            must_show(value)?;
            let _ = write!(out, "{value}");
        }
    }
    fuel.bytes(out.len() - before)
}

/// Deep equality; 1 equals 1.0, the order of keys does not matter.
pub(crate) fn equal(a: &Value, b: &Value, fuel: &mut Fuel) -> Result<bool, Error> {
    equal_at(a, b, fuel, 0)
}

fn equal_at(a: &Value, b: &Value, fuel: &mut Fuel, depth: usize) -> Result<bool, Error> {
    if depth > VALUE_DEPTH_MAX {
        return Err(crate::fuel::too_deep());
    }
    fuel.steps(1)?;
    match (a, b) {
        (Value::Number(a), Value::Number(b)) => {
            Ok(Num::of(a).compare(Num::of(b)) == Ordering::Equal)
        }
        (Value::String(a), Value::String(b)) => {
            fuel.scan(a.len().min(b.len()))?;
            Ok(a == b)
        }
        (Value::Array(a), Value::Array(b)) => {
            if a.len() != b.len() {
                return Ok(false);
            }
            for (a, b) in a.iter().zip(b) {
                if !equal_at(a, b, fuel, depth + 1)? {
                    return Ok(false);
                }
            }
            Ok(true)
        }
        (Value::Null, other) | (other, Value::Null) => Ok(other.is_null()),
        (a, b) if sealed(a).or(sealed(b)).is_some() => {
            let sealed = sealed(a).or(sealed(b)).unwrap_or(Sealed::Secret);
            Err(refuse(sealed, "cannot be compared"))
        }
        (Value::Object(a), Value::Object(b)) => {
            if a.len() != b.len() {
                return Ok(false);
            }
            for (key, a) in a {
                let Some(b) = b.get(key) else {
                    return Ok(false);
                };
                if !equal_at(a, b, fuel, depth + 1)? {
                    return Ok(false);
                }
            }
            Ok(true)
        }
        (Value::Bool(a), Value::Bool(b)) => Ok(a == b),
        _ => Ok(false),
    }
}

/// The order of two numbers or two texts; none for anything else.
pub(crate) fn compare(a: &Value, b: &Value) -> Option<Ordering> {
    match (a, b) {
        (Value::Number(a), Value::Number(b)) => Some(Num::of(a).compare(Num::of(b))),
        (Value::String(a), Value::String(b)) => Some(a.cmp(b)),
        _ => None,
    }
}

/// A total order for sorting: by type first (null, truth, numbers, text, lists, objects), lists
/// element by element, objects by their sorted entries. Callers have walked both values.
pub(crate) fn order(a: &Value, b: &Value) -> Ordering {
    match (a, b) {
        (Value::Bool(a), Value::Bool(b)) => a.cmp(b),
        (Value::Array(a), Value::Array(b)) => {
            let unequal = a
                .iter()
                .zip(b)
                .map(|(a, b)| order(a, b))
                .find(|o| o.is_ne());
            unequal.unwrap_or_else(|| a.len().cmp(&b.len()))
        }
        (Value::Object(a), Value::Object(b)) => {
            let (a, b) = (sorted(a), sorted(b));
            let pairs = a.iter().zip(&b);
            let unequal = pairs
                .map(|((ka, va), (kb, vb))| ka.cmp(kb).then_with(|| order(va, vb)))
                .find(|o| o.is_ne());
            unequal.unwrap_or_else(|| a.len().cmp(&b.len()))
        }
        _ => compare(a, b).unwrap_or_else(|| rank(a).cmp(&rank(b))),
    }
}

fn sorted(map: &serde_json::Map<String, Value>) -> Vec<(&String, &Value)> {
    let mut entries: Vec<_> = map.iter().collect();
    entries.sort_by_key(|(key, _)| *key);
    entries
}

fn rank(value: &Value) -> u8 {
    match value {
        Value::Null => 0,
        Value::Bool(_) => 1,
        Value::Number(_) => 2,
        Value::String(_) => 3,
        Value::Array(_) => 4,
        Value::Object(_) => 5,
    }
}

/// Follows a dotted path (`a.b.0`) without ever failing.
pub(crate) fn dig<'v>(value: &'v Value, path: &str) -> Option<&'v Value> {
    if sealed(value).is_some() {
        return None;
    }
    if let Value::Object(map) = value
        && let Some(found) = map.get(path)
    {
        return Some(found);
    }
    path.split('.').try_fold(value, |value, part| match value {
        Value::Object(map) if sealed_map(map).is_none() => map.get(part),
        Value::Array(items) => items.get(part.parse::<usize>().ok()?),
        _ => None,
    })
}

/// The place an index means, counted from the end when negative.
pub(crate) fn position(index: i64, length: usize) -> Option<usize> {
    match usize::try_from(index) {
        Ok(at) => Some(at).filter(|at| *at < length),
        Err(_) => length.checked_sub(usize::try_from(index.unsigned_abs()).ok()?),
    }
}
