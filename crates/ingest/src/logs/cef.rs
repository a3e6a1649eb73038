//! ArcSight Common Event Format: `CEF:0|vendor|product|version|id|name|severity|key=value …`.
//!
//! Values are not quoted and may hold blanks and even `=`, so a value ends where the next
//! ` key=` begins, a key being a word of letters, digits and `_ . - [ ]`.

use serde_json::{Map, Value};

use super::{LOG_FIELDS_MAX, pipe_fields};

/// Most bytes before `CEF:`.
const PREFIX_BYTES_MAX: usize = 512;

/// Reads a CEF message; text before `CEF:` is allowed.
pub fn cef(message: &str) -> Option<Map<String, Value>> {
    let at = message.find("CEF:")?;
    if at > PREFIX_BYTES_MAX {
        return None;
    }
    let body = message.get(at + 4..)?;
    let with_end = format!("{body}|");
    let (fields, rest) = match pipe_fields(body, 7) {
        Some((fields, rest)) => (fields, rest),
        None => (pipe_fields(&with_end, 7)?.0, ""),
    };
    let names = [
        "version",
        "vendor",
        "product",
        "device_version",
        "signature_id",
        "name",
        "severity",
    ];
    let mut object: Map<String, Value> = names
        .iter()
        .zip(fields)
        .map(|(name, value)| ((*name).to_owned(), Value::String(value.trim().to_owned())))
        .collect();
    object.insert("extension".into(), Value::Object(extension(rest)));
    Some(object)
}

fn extension(text: &str) -> Map<String, Value> {
    let text = text.trim();
    let bytes = text.as_bytes();
    let is_key = |byte: &u8| {
        byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b'-' | b'[' | b']')
    };
    let mut found = Map::new();
    let mut pending: Option<(&str, usize)> = None;
    let mut store = |key: &str, value: &str| {
        if found.len() < LOG_FIELDS_MAX {
            found.insert(key.to_owned(), Value::String(unescape(value)));
        }
    };
    let mut word_start = 0;
    for (at, byte) in bytes.iter().enumerate() {
        match byte {
            b'=' if at > word_start
                && bytes
                    .get(word_start..at)
                    .is_some_and(|key| key.iter().all(is_key)) =>
            {
                if let Some((key, start)) = pending {
                    store(
                        key,
                        text.get(start..word_start).unwrap_or_default().trim_end(),
                    );
                }
                pending = text.get(word_start..at).map(|key| (key, at + 1));
                // Until the next blank no other key can begin.
                word_start = usize::MAX;
            }
            b' ' | b'\t' | b'\n' | b'\r' => word_start = at + 1,
            _ => {}
        }
    }
    if let Some((key, start)) = pending {
        store(key, text.get(start..).unwrap_or_default());
    }
    found
}

/// `\=`, `\\`, `\n` and `\r` are escapes; any other backslash stands for itself.
fn unescape(value: &str) -> String {
    let mut out = String::with_capacity(value.len());
    let mut chars = value.chars().peekable();
    while let Some(c) = chars.next() {
        let escaped = match (c, chars.peek()) {
            ('\\', Some('=')) => '=',
            ('\\', Some('\\')) => '\\',
            ('\\', Some('n')) => '\n',
            ('\\', Some('r')) => '\r',
            _ => {
                out.push(c);
                continue;
            }
        };
        out.push(escaped);
        chars.next();
    }
    out
}
