//! QRadar Log Event Extended Format: `LEEF:2.0|vendor|product|version|event|delimiter|key=value…`.
//!
//! Version 1 separates by tabs. Version 2 names its separator, as a character or as `0x5E`/`x5E`.

use serde_json::{Map, Value};

use super::{LOG_FIELDS_MAX, pipe_fields};

/// Most bytes before `LEEF:`.
const PREFIX_BYTES_MAX: usize = 512;

/// Reads a LEEF message; text before `LEEF:` is allowed.
pub fn leef(message: &str) -> Option<Map<String, Value>> {
    let at = message.find("LEEF:")?;
    if at > PREFIX_BYTES_MAX {
        return None;
    }
    let (fields, rest) = pipe_fields(message.get(at + 5..)?, 5)?;
    let two = fields
        .first()
        .is_some_and(|version| version.starts_with('2'));
    let (delimiter, rest) = match rest.split_once('|') {
        Some((named, rest)) if two && !named.contains('=') => (delimiter(named), rest),
        _ => ('\t', rest),
    };
    let names = ["version", "vendor", "product", "device_version", "event_id"];
    let mut object: Map<String, Value> = names
        .iter()
        .zip(fields)
        .map(|(name, value)| ((*name).to_owned(), Value::String(value.trim().to_owned())))
        .collect();
    let extension: Map<String, Value> = rest
        .split(delimiter)
        .filter_map(|pair| pair.split_once('='))
        .map(|(key, value)| {
            (
                key.trim().to_owned(),
                Value::String(value.trim_end().to_owned()),
            )
        })
        .filter(|(key, _)| !key.is_empty())
        .take(LOG_FIELDS_MAX)
        .collect();
    object.insert("extension".into(), Value::Object(extension));
    Some(object)
}

fn delimiter(named: &str) -> char {
    let hex = named.strip_prefix("0x").or_else(|| named.strip_prefix('x'));
    let coded = hex
        .and_then(|hex| u32::from_str_radix(hex, 16).ok())
        .and_then(char::from_u32);
    coded.or_else(|| named.chars().next()).unwrap_or('\t')
}
