//! Log lines: the headers that say who wrote the line, and the formats that carry fields.
//!
//! A line may wear a syslog header (RFC 5424, or BSD syslog as RFC 3164 describes it) and inside it
//! CEF, LEEF or a JSON object; any of them may be missing. What is recognised becomes an object:
//!
//! ```json
//! {"format": "cef", "message": "trojan stopped", "syslog": {"host": "fw1", "severity": 4, …},
//!  "cef": {"vendor": …, "product": …, "name": …, "severity": …, "extension": {"src": …}}}
//! ```
//! A line that is none of these is `{"format": "plain", "message": …}`.

mod cef;
mod leef;
mod syslog;

use serde_json::{Map, Value};

pub use cef::cef;
pub use leef::leef;
pub use syslog::syslog;

/// Most fields of one line.
pub(crate) const LOG_FIELDS_MAX: usize = 512;

/// Reads one line.
pub fn read(text: &str) -> Value {
    let text = text.trim();
    let mut object = Map::new();
    let mut format = "plain";
    let mut message = text;
    if let Some((header, rest)) = syslog(text) {
        format = header.format;
        message = rest;
        object.insert("syslog".into(), header.fields.into());
    }
    let mut said = message.trim_start_matches('\u{feff}').to_owned();
    if let Some(fields) = cef(message) {
        format = "cef";
        said = text_of(&fields, "name").unwrap_or(said);
        object.insert("cef".into(), fields.into());
    } else if let Some(fields) = leef(message) {
        format = "leef";
        said = text_of(&fields, "event_id").unwrap_or(said);
        object.insert("leef".into(), fields.into());
    } else if let Some(json) = embedded_json(message) {
        object.insert("json".into(), json);
    }
    object.insert("format".into(), format.into());
    object.insert("message".into(), said.into());
    Value::Object(object)
}

fn text_of(fields: &Map<String, Value>, key: &str) -> Option<String> {
    fields
        .get(key)?
        .as_str()
        .filter(|text| !text.is_empty())
        .map(str::to_owned)
}

/// `prefix: {"json": …}`: the object at the end of the message.
fn embedded_json(message: &str) -> Option<Value> {
    let start = message.find('{')?;
    let candidate = message.get(start..)?;
    let whole = candidate.trim_end().ends_with('}') && start < 256;
    whole
        .then(|| crate::json::parse(candidate).ok())
        .flatten()
        .map(|(value, _)| value)
}

/// True when a line begins as a log line that stands for itself.
pub fn begins_line(line: &str) -> bool {
    let line = line.trim_start();
    let priority = || {
        let (digits, _) = line.strip_prefix('<')?.split_once('>')?;
        let fits = (1..=3).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit());
        fits.then_some(())
    };
    line.starts_with("CEF:") || line.starts_with("LEEF:") || priority().is_some()
}

/// Splits `text` into `count` fields at unescaped `|`; the last takes the rest. Backslash escapes `|` and itself.
pub(crate) fn pipe_fields(text: &str, count: usize) -> Option<(Vec<String>, &str)> {
    let mut fields = Vec::with_capacity(count);
    let mut current = String::new();
    let mut chars = text.char_indices();
    while let Some((at, c)) = chars.next() {
        match c {
            '\\' => match chars.clone().next() {
                Some((_, escaped @ ('|' | '\\'))) => {
                    current.push(escaped);
                    chars.next();
                }
                _ => current.push('\\'),
            },
            '|' => {
                fields.push(std::mem::take(&mut current));
                if fields.len() == count {
                    return Some((fields, text.get(at + 1..)?));
                }
            }
            c => current.push(c),
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn layers_are_peeled_in_order() {
        let line = "<134>Nov 21 08:30:00 fw1 CEF:0|Acme|Fw|1|7|bad thing|8|src=203.0.113.7 msg=a b";
        let found = read(line);
        assert_eq!(found["format"], "cef");
        assert_eq!(found["message"], "bad thing");
        assert_eq!(found["syslog"]["host"], "fw1");
        assert_eq!(found["cef"]["extension"]["src"], "203.0.113.7");
        let json = read(r#"<14>1 2026-11-21T08:30:00Z h suricata - - - {"event_type":"alert"}"#);
        assert_eq!(json["json"]["event_type"], "alert");
        assert_eq!(read("hello world")["format"], "plain");
    }
}
