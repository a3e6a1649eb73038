//! From the bytes of an answer to a value. JSON nests 128 deep at most, the limit of serde_json.

use std::borrow::Cow;

use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::Value;

use crate::{
    action::{Decode, ResponseSpec},
    xml,
};

/// Most lines of an NDJSON answer.
pub const LINES_MAX: usize = 100_000;

/// The body as a value, or why it is not one.
pub(crate) fn decode(spec: &ResponseSpec, body: &[u8]) -> Result<Value, String> {
    let body = match &spec.strip_prefix {
        Some(prefix) => {
            let trimmed = body.trim_ascii_start();
            trimmed.strip_prefix(prefix.as_bytes()).unwrap_or(body)
        }
        None => body,
    };
    match spec.decode {
        Decode::None => Ok(Value::Null),
        Decode::Text => Ok(Value::String(text(body).into_owned())),
        Decode::Binary => Ok(Value::String(STANDARD.encode(body))),
        Decode::Xml => xml::decode(&text(body), &spec.lists),
        // No content (204) is a good answer to many writes.
        Decode::Json if body.trim_ascii().is_empty() => Ok(Value::Null),
        Decode::Json => serde_json::from_slice(without_mark(body))
            .map_err(|error| format!("it is not JSON: {error}")),
        Decode::Ndjson => {
            let mut list = Vec::new();
            for line in body.split(|byte| *byte == b'\n') {
                if line.trim_ascii().is_empty() {
                    continue;
                }
                if list.len() >= LINES_MAX {
                    return Err(format!("it has more than {LINES_MAX} lines"));
                }
                let number = list.len() + 1;
                list.push(
                    serde_json::from_slice(line)
                        .map_err(|error| format!("line {number} is not JSON: {error}"))?,
                );
            }
            Ok(Value::Array(list))
        }
    }
}

/// UTF-8, or Latin-1 where it is not: many WHOIS servers still send it.
pub(crate) fn text(body: &[u8]) -> Cow<'_, str> {
    match std::str::from_utf8(without_mark(body)) {
        Ok(text) => Cow::Borrowed(text),
        Err(_) => Cow::Owned(body.iter().map(|byte| char::from(*byte)).collect()),
    }
}

fn without_mark(body: &[u8]) -> &[u8] {
    body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn spec(decode: Decode) -> ResponseSpec {
        ResponseSpec {
            decode,
            ..ResponseSpec::default()
        }
    }

    #[test]
    fn bodies_become_values() {
        assert_eq!(
            decode(&spec(Decode::Json), b"\xef\xbb\xbf{\"a\":1}"),
            Ok(json!({"a": 1}))
        );
        assert_eq!(decode(&spec(Decode::Json), b""), Ok(Value::Null));
        assert_eq!(
            decode(&spec(Decode::Ndjson), b"1\n\n{\"a\":2}\n"),
            Ok(json!([1, {"a": 2}]))
        );
        assert_eq!(
            decode(&spec(Decode::Text), b"caf\xe9"),
            Ok(json!("caf\u{e9}"))
        );
        let prefixed = ResponseSpec {
            strip_prefix: Some("OK:".into()),
            ..spec(Decode::Json)
        };
        assert_eq!(decode(&prefixed, b"OK:\n[1]"), Ok(json!([1])));
    }

    #[test]
    fn deep_json_is_an_error_not_a_crash() {
        let deep = "[".repeat(100_000);
        assert!(decode(&spec(Decode::Json), deep.as_bytes()).is_err());
        assert!(decode(&spec(Decode::Json), b"<html>").is_err());
    }
}
