//! Plain scalars by the core schema of YAML 1.2.

use std::borrow::Cow;

use serde_json::{Number, Value};

/// A plain scalar by the core schema. What JSON cannot hold exactly stays a text: numbers that are too
/// big, and digits with a leading zero (hashes, telephone numbers).
pub(super) fn plain(text: &str) -> Value {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => return Value::Null,
        "true" | "True" | "TRUE" => return Value::Bool(true),
        "false" | "False" | "FALSE" => return Value::Bool(false),
        _ => {}
    }
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    if !digits.starts_with(|c: char| c.is_ascii_digit() || c == '.') {
        return Value::String(text.to_owned());
    }
    let unsigned = text
        .strip_prefix('+')
        .map_or(Cow::Borrowed(text), Cow::Borrowed);
    let number = if let Some(hex) = text.strip_prefix("0x") {
        i64::from_str_radix(hex, 16).ok().map(Number::from)
    } else if let Some(octal) = text.strip_prefix("0o") {
        i64::from_str_radix(octal, 8).ok().map(Number::from)
    } else if digits.len() > 1 && digits.starts_with('0') && !digits.starts_with("0.") {
        None
    } else if digits.bytes().all(|byte| byte.is_ascii_digit()) {
        let signed = unsigned.parse::<i64>().ok().map(Number::from);
        signed.or_else(|| unsigned.parse::<u64>().ok().map(Number::from))
    } else if is_float(digits) {
        unsigned.parse::<f64>().ok().and_then(Number::from_f64)
    } else {
        None
    };
    number.map_or_else(|| Value::String(text.to_owned()), Value::Number)
}

/// `(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?`
fn is_float(text: &str) -> bool {
    let all_digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    let (base, exponent) = match text.split_once(['e', 'E']) {
        Some((base, exponent)) => (base, Some(exponent)),
        None => (text, None),
    };
    let base_fits = match base.split_once('.') {
        None => all_digits(base),
        Some(("", fraction)) => all_digits(fraction),
        Some((whole, fraction)) => {
            all_digits(whole) && (fraction.is_empty() || all_digits(fraction))
        }
    };
    base_fits
        && exponent.is_none_or(|exponent| {
            all_digits(exponent.strip_prefix(['-', '+']).unwrap_or(exponent))
        })
}
