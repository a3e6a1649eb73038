//! What may be told of a restricted value, and the same of ordinary ones.

use serde_json::Value;

use super::args::{Args, owned, text};
use super::{Builtin, builtin};
use crate::error::Error;
use crate::eval::Outcome;
use crate::fuel::Fuel;
use crate::sealed::{Sealed, refuse, sealed};

/// Shorter texts are covered as a whole.
const MASKED_CHARS_MIN: usize = 8;

pub(super) const TABLE: [Builtin; 3] = [
    builtin!("count", "count(value)", 1..=1,
        "How many characters, elements or entries, also of a restricted value.",
        "'secret word' | count" => "11", count),
    builtin!("fingerprint", "fingerprint(value)", 1..=1,
        "The keyed hash of a restricted value: equal values of one tenant have equal ones.",
        "null | fingerprint" => "null", fingerprint),
    builtin!("mask", "mask(value)", 1..=1,
        "First and last character with stars between; of a short text only stars. Also of a restricted value.",
        "'4111111111111111' | mask" => "\"4***1\"", mask),
];

/// A field of a restricted value's handle.
fn told<'v>(value: &'v Value, field: &str) -> Result<Option<&'v Value>, Error> {
    match sealed(value) {
        None => Ok(None),
        Some(Sealed::Restricted) => Ok(Some(value.get(field).unwrap_or(&Value::Null))),
        Some(Sealed::Secret) => Err(refuse(Sealed::Secret, "tells nothing of itself")),
    }
}

fn count<'s>(args: Args<'s>, fuel: &mut Fuel) -> Outcome<'s> {
    match told(args.value(0), "count")? {
        Some(count) => owned(count.clone()),
        None => super::list::len(args, fuel),
    }
}

fn fingerprint<'s>(args: Args<'s>, fuel: &mut Fuel) -> Outcome<'s> {
    match (told(args.value(0), "hash")?, args.value(0)) {
        (Some(Value::String(hash)), _) => text(hash.clone(), fuel),
        (Some(_), _) | (None, Value::Null) => owned(Value::Null),
        (None, other) => Err(args.wrong(0, "a restricted value", other)),
    }
}

fn mask<'s>(args: Args<'s>, fuel: &mut Fuel) -> Outcome<'s> {
    match (told(args.value(0), "mask")?, args.value(0)) {
        (Some(Value::String(mask)), _) => text(mask.clone(), fuel),
        (Some(_), _) => text("***".to_owned(), fuel),
        (None, Value::Null) => owned(Value::Null),
        (None, _) => {
            let shown = args.shown(0, fuel)?;
            text(masked(&shown), fuel)
        }
    }
}

/// `4***1`.
fn masked(text: &str) -> String {
    let mut ends = (text.chars().next(), text.chars().next_back());
    if text.chars().count() < MASKED_CHARS_MIN {
        ends = (None, None);
    }
    let end = |end: Option<char>| end.map(String::from).unwrap_or_default();
    format!("{}***{}", end(ends.0), end(ends.1))
}
