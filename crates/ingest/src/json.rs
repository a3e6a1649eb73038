//! JSON as it comes from outside: measured before it is parsed.
//!
//! One pass over the bytes finds the depth and the values that follow each other at the top (NDJSON,
//! concatenated documents) or inside an array, without building anything, so that a document nested
//! ten thousand times is an error with a place and never a deep recursion. Parsing itself keeps
//! numbers that no machine number holds (a 23-digit identifier, `1e400`) as text.

use std::borrow::Cow;
use std::ops::Range;

use serde_json::Value;

use crate::limits::{JSON_DEPTH_MAX, Place, Rejected};

/// The ranges of the values that follow each other, by white space or record separators.
///
/// # Errors
/// `too_deep`, or `too_many_items`.
pub fn sequence(bytes: &[u8], items_max: usize) -> Result<Vec<Range<usize>>, Rejected> {
    let mut ranges = Vec::new();
    let mut at = 0;
    while let Some(start) = next_value(bytes, at) {
        let end = value_end(bytes, start)?;
        if ranges.len() == items_max {
            return Err(Rejected::too_many(items_max + 1, items_max));
        }
        ranges.push(start..end);
        at = end;
    }
    Ok(ranges)
}

/// The ranges of an array's elements. `range` is the array with its brackets, valid JSON.
///
/// # Errors
/// `too_many_items`.
pub fn elements(
    bytes: &[u8],
    range: Range<usize>,
    items_max: usize,
) -> Result<Vec<Range<usize>>, Rejected> {
    let mut ranges = Vec::new();
    let inner_end = range.end.saturating_sub(1);
    let mut at = range.start + 1;
    while at < inner_end {
        match bytes.get(at) {
            Some(b',' | b' ' | b'\t' | b'\r' | b'\n') => at += 1,
            Some(_) => {
                let end = value_end(bytes, at)?.min(inner_end);
                if ranges.len() == items_max {
                    return Err(Rejected::too_many(items_max + 1, items_max));
                }
                ranges.push(at..end);
                at = end.max(at + 1);
            }
            None => break,
        }
    }
    Ok(ranges)
}

fn next_value(bytes: &[u8], from: usize) -> Option<usize> {
    let rest = bytes.get(from..)?;
    let skip = rest
        .iter()
        .position(|byte| !matches!(byte, b' ' | b'\t' | b'\r' | b'\n' | 0x1e))?;
    Some(from + skip)
}

/// The end of the value that starts at `start`: brackets and strings are respected, nothing else is checked.
fn value_end(bytes: &[u8], start: usize) -> Result<usize, Rejected> {
    let mut depth = 0usize;
    let mut at = start;
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'"' => {
                at = string_end(bytes, at);
                if depth == 0 {
                    return Ok(at);
                }
                continue;
            }
            b'{' | b'[' => {
                depth += 1;
                if depth > JSON_DEPTH_MAX {
                    return Err(too_deep(bytes, at));
                }
            }
            b'}' | b']' => {
                if depth <= 1 {
                    return Ok(at + 1);
                }
                depth -= 1;
            }
            b',' | b' ' | b'\t' | b'\r' | b'\n' if depth == 0 && at > start => return Ok(at),
            _ => {}
        }
        at += 1;
    }
    Ok(bytes.len())
}

/// The offset after the closing quote of the string that opens at `start`.
fn string_end(bytes: &[u8], start: usize) -> usize {
    let mut at = start + 1;
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'\\' => at += 2,
            b'"' => return at + 1,
            _ => at += 1,
        }
    }
    bytes.len()
}

fn too_deep(bytes: &[u8], at: usize) -> Rejected {
    Rejected {
        at: Some(Place::of(bytes, at)),
        ..Rejected::new(
            "too_deep",
            format!("the JSON is nested more than {JSON_DEPTH_MAX} levels deep"),
            "send the deep part as text, or leave it out",
        )
    }
}

/// True when the bytes are one valid JSON value. Builds nothing and does not recurse.
pub fn is_valid(bytes: &[u8]) -> bool {
    serde_json::from_slice::<serde::de::IgnoredAny>(bytes).is_ok()
}

/// Why a text is no JSON, and where.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("it is not valid JSON: {0}")]
pub struct Invalid(String);

/// Parses a text. Of two equal keys the last one counts. The second value is true when a number was
/// kept as text because no machine number holds it.
///
/// # Errors
/// What is wrong, with line and column.
pub fn parse(text: &str) -> Result<(Value, bool), Invalid> {
    sequence(text.as_bytes(), usize::MAX).map_err(|deep| Invalid(deep.to_string()))?;
    let kept = keep_numbers(text);
    let changed = matches!(kept, Cow::Owned(_));
    serde_json::from_str(&kept)
        .map(|value| (value, changed))
        .map_err(|error| Invalid(error.to_string()))
}

/// Puts quotes around numbers that would lose digits or overflow.
fn keep_numbers(text: &str) -> Cow<'_, str> {
    let bytes = text.as_bytes();
    let mut out = String::new();
    let mut copied = 0;
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'"' => at = string_end(bytes, at),
            b'-' | b'0'..=b'9' => {
                let end = bytes
                    .iter()
                    .skip(at)
                    .position(|b| !matches!(b, b'0'..=b'9' | b'-' | b'+' | b'.' | b'e' | b'E'))
                    .map_or(bytes.len(), |length| at + length);
                let number = text.get(at..end).unwrap_or_default();
                if is_unholdable(number) {
                    out.push_str(text.get(copied..at).unwrap_or_default());
                    out.push('"');
                    out.push_str(number);
                    out.push('"');
                    copied = end;
                }
                at = end;
            }
            _ => at += 1,
        }
    }
    if copied == 0 {
        return Cow::Borrowed(text);
    }
    out.push_str(text.get(copied..).unwrap_or_default());
    Cow::Owned(out)
}

fn is_unholdable(number: &str) -> bool {
    let digits = number.strip_prefix('-').unwrap_or(number);
    let leading_zero = digits.len() > 1 && digits.starts_with('0') && !digits.starts_with("0.");
    if digits.is_empty() || leading_zero {
        return false;
    }
    if digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return digits.len() > 18
            && number.parse::<i64>().is_err()
            && number.parse::<u64>().is_err();
    }
    (number.contains(['e', 'E']) || number.len() > 300)
        && number.parse::<f64>().is_ok_and(|value| value.is_infinite())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ten_thousand_brackets_are_an_error_with_a_place() {
        let deep = format!("{{\"a\":\n{}", "[".repeat(10_000));
        let error = sequence(deep.as_bytes(), 10).unwrap_err();
        assert_eq!(error.code, "too_deep");
        assert_eq!(
            error.at,
            Some(Place {
                offset: 132,
                line: 2,
                column: 127
            })
        );
        assert!(parse(&deep).is_err());
    }

    #[test]
    fn the_deepest_allowed_value_parses() {
        let text = format!(
            "{}{}",
            "[".repeat(JSON_DEPTH_MAX),
            "]".repeat(JSON_DEPTH_MAX)
        );
        assert!(parse(&text).is_ok());
    }

    #[test]
    fn brackets_inside_strings_do_not_count() {
        let text = format!("{{\"a\":\"{}\\\"\"}} 2 \"x y\"", "[".repeat(500));
        let ranges = sequence(text.as_bytes(), 10).unwrap();
        let found: Vec<_> = ranges.iter().skip(1).map(|r| &text[r.clone()]).collect();
        assert_eq!(found, ["2", "\"x y\""]);
    }

    #[test]
    fn array_elements_are_found_whatever_they_are() {
        let text = r#"[ {"a":[1,2]}, "x,y" ,3, [4] ,null]"#;
        let found = elements(text.as_bytes(), 0..text.len(), 10).unwrap();
        let found: Vec<_> = found.into_iter().map(|range| &text[range]).collect();
        assert_eq!(found, [r#"{"a":[1,2]}"#, "\"x,y\"", "3", "[4]", "null"]);
        assert_eq!(
            elements(b"[1,2,3]", 0..7, 2).unwrap_err().code,
            "too_many_items"
        );
    }

    #[test]
    fn numbers_that_no_machine_number_holds_stay_text() {
        let (value, kept) =
            parse(r#"{"id":12345678901234567890123,"s":1e400,"n":-5,"x":1.5}"#).unwrap();
        assert!(kept);
        assert_eq!(value["id"], "12345678901234567890123");
        assert_eq!(value["s"], "1e400");
        assert_eq!(
            (value["n"].as_i64(), value["x"].as_f64()),
            (Some(-5), Some(1.5))
        );
        assert!(!parse(r#"{"big":18446744073709551615}"#).unwrap().1);
    }
}
