//! Between types: numbers, truth, text, JSON.

use std::borrow::Cow;

use serde_json::Value;

use super::args::{Args, owned, text};
use super::{Builtin, builtin};
use crate::error::Error;
use crate::eval::Outcome;
use crate::fuel::Fuel;
use crate::number::Num;
use crate::value::{render, truthy};

/// Most decimals `round` knows.
const DECIMALS_MAX: i64 = 15;

pub(super) const TABLE: [Builtin; 13] = [
    builtin!("abs", "abs(number)", 1..=1, "The number without its sign.", "abs(-3)" => "3", abs),
    builtin!("bool", "bool(value)", 1..=1,
        "The truth of a value; text must say true, yes, on, 1 or false, no, off, 0.",
        "'No' | bool" => "false", bool),
    builtin!("ceil", "ceil(number)", 1..=1, "The next whole number above.", "1.2 | ceil" => "2",
        |args, _| whole(&args, f64::ceil)),
    builtin!("coalesce", "coalesce(a, b, ...)", 1..=64,
        "The first that is defined and not null, as with `??`.",
        "coalesce(null, missing, 'c')" => "\"c\"", |mut args, _| Ok(args.take(0))),
    builtin!("default", "default(value, fallback)", 2..=2,
        "The fallback when the value is null or not defined, as with `??`.",
        "missing.key | default('none')" => "\"none\"", |mut args, _| Ok(args.take(0))),
    builtin!("float", "float(value, fallback?)", 1..=2,
        "A number with decimals from a number or text; the fallback when that fails.",
        "'1.5' | float" => "1.5", float),
    builtin!("floor", "floor(number)", 1..=1, "The next whole number below.", "1.8 | floor" => "1",
        |args, _| whole(&args, f64::floor)),
    builtin!("from_json", "from_json(text)", 1..=1, "The value a JSON text stands for.",
        "'{\"a\": [1]}' | from_json" => "{\"a\": [1]}", from_json),
    builtin!("int", "int(value, fallback?)", 1..=2,
        "A whole number from a number (cut), text or truth; the fallback when that fails.",
        "' 42 ' | int" => "42", int),
    builtin!("is_null", "is_null(value)", 1..=1, "Whether the value is null.",
        "null | is_null" => "true", |args, _| owned(args.value(0).is_null())),
    builtin!("json", "json(value, indent?)", 1..=2,
        "The value as JSON text, compact or indented when the second argument is true.",
        "{'a': [1, null]} | json" => "\"{\\\"a\\\":[1,null]}\"", json),
    builtin!("round", "round(number, decimals?)", 1..=2,
        "Rounded half away from zero: a whole number, or with that many decimals.",
        "2.345 | round(1)" => "2.3", round),
    builtin!("string", "string(value)", 1..=1,
        "The text form: null is empty, lists and objects are compact JSON.",
        "1.5 | string" => "\"1.5\"", string),
];

fn abs<'s>(args: Args<'s>, _: &mut Fuel) -> Outcome<'s> {
    let positive = match args.number(0)? {
        Num::Int(int) => Num::Int(int.abs()),
        Num::Float(float) => Num::Float(float.abs()),
    };
    positive.into_value().map(Cow::Owned)
}

fn bool<'s>(args: Args<'s>, _: &mut Fuel) -> Outcome<'s> {
    let Value::String(word) = args.value(0) else {
        return owned(truthy(args.value(0)));
    };
    match word.trim().to_ascii_lowercase().as_str() {
        "true" | "yes" | "on" | "1" => owned(true),
        "false" | "no" | "off" | "0" | "" => owned(false),
        _ => Err(args.refuse("knows true, yes, on, 1, false, no, off and 0, not this text")),
    }
}

fn whole<'s>(args: &Args<'s>, rounding: fn(f64) -> f64) -> Outcome<'s> {
    match args.number(0)? {
        Num::Int(int) => Num::Int(int).into_value().map(Cow::Owned),
        Num::Float(float) => cut(rounding(float)).map(Cow::Owned),
    }
}

/// A float without decimals as an integer; one that has no integer stays an error.
fn cut(float: f64) -> Result<Value, Error> {
    // The cast saturates; the ends of i128 then fail the range check.
    Num::Int(float.trunc() as i128).into_value()
}

fn int<'s>(mut args: Args<'s>, _: &mut Fuel) -> Outcome<'s> {
    let number = match args.value(0) {
        Value::Number(number) => match Num::of(number) {
            int @ Num::Int(_) => int.into_value().ok(),
            Num::Float(float) => cut(float).ok(),
        },
        Value::String(word) => int_of_text(word.trim()),
        Value::Bool(truth) => Some(Value::from(i64::from(*truth))),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    };
    or_fallback(number, &mut args, "cannot make a whole number of this")
}

fn int_of_text(word: &str) -> Option<Value> {
    if let Ok(int) = word.parse::<i128>() {
        return Num::Int(int).into_value().ok();
    }
    let hex = word.strip_prefix("0x").or_else(|| word.strip_prefix("0X"));
    if let Some(hex) = hex.filter(|hex| !hex.starts_with('+')) {
        return u64::from_str_radix(hex, 16).ok().map(Value::from);
    }
    word.parse::<f64>()
        .ok()
        .filter(|float| float.is_finite())
        .and_then(|float| cut(float).ok())
}

fn float<'s>(mut args: Args<'s>, _: &mut Fuel) -> Outcome<'s> {
    let float = match args.value(0) {
        Value::Number(number) => Some(Num::of(number).to_float()),
        Value::String(word) => word.trim().parse::<f64>().ok(),
        Value::Bool(truth) => Some(f64::from(u8::from(*truth))),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    };
    let number = float.and_then(|float| Num::Float(float).into_value().ok());
    or_fallback(number, &mut args, "cannot make a number of this")
}

fn or_fallback<'s>(found: Option<Value>, args: &mut Args<'s>, why: &str) -> Outcome<'s> {
    match found {
        Some(value) => Ok(Cow::Owned(value)),
        None if args.has(1) => Ok(args.take(1)),
        None => {
            let hint = "give a fallback as argument, for example `x | int(0)`";
            Err(args.refuse(why).hinted(hint))
        }
    }
}

fn round<'s>(args: Args<'s>, _: &mut Fuel) -> Outcome<'s> {
    let number = args.number(0)?;
    if !args.has(1) {
        return whole(&args, f64::round);
    }
    let decimals = args.int(1)?;
    if !(0..=DECIMALS_MAX).contains(&decimals) {
        return Err(args.refuse("knows 0 to 15 decimals"));
    }
    let Num::Float(float) = number else {
        return number.into_value().map(Cow::Owned);
    };
    let factor = 10f64.powi(i32::try_from(decimals).unwrap_or(0));
    let rounded = (float * factor).round() / factor;
    // Scaling overflows only for numbers far too large to have decimals.
    let rounded = if rounded.is_finite() { rounded } else { float };
    Num::Float(rounded).into_value().map(Cow::Owned)
}

fn string<'s>(mut args: Args<'s>, fuel: &mut Fuel) -> Outcome<'s> {
    if args.value(0).is_string() {
        return Ok(args.take(0));
    }
    let mut out = String::new();
    render(args.value(0), &mut out, fuel)?;
    owned(out)
}

fn json<'s>(args: Args<'s>, fuel: &mut Fuel) -> Outcome<'s> {
    let value = args.value(0);
    fuel.walk(value)?;
    crate::sealed::must_show(value)?;
    let made = match truthy(args.value(1)) {
        true => format!("{value:#}"),
        false => value.to_string(),
    };
    text(made, fuel)
}

fn from_json<'s>(args: Args<'s>, fuel: &mut Fuel) -> Outcome<'s> {
    let source = args.text(0)?;
    fuel.scan(source.len())?;
    // A value can take far more memory than its text (`[[],[],...]`), so assume the worst first.
    let dense = source
        .bytes()
        .filter(|b| matches!(b, b',' | b'[' | b'{'))
        .count();
    fuel.elements(dense.saturating_add(1))?;
    fuel.bytes(source.len())?;
    let parsed: Result<Value, _> = serde_json::from_str(source);
    parsed.map(Cow::Owned).map_err(|error| {
        let place = format!("line {}, column {}", error.line(), error.column());
        args.refuse(&format!("found no valid JSON: see {place} of the text"))
    })
}
