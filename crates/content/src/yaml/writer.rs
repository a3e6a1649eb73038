//! Writing YAML that this crate reads back as the same value.

use std::fmt::Write;

use serde_json::Value;

/// Characters of a flow value that still stand on one line.
const LINE_CHARS_MAX: usize = 100;

/// A value as a YAML document, one line for what is short.
pub fn write(value: &Value) -> String {
    let mut out = String::new();
    match value {
        Value::Object(_) | Value::Array(_) => block(value, 0, &mut out),
        other => {
            out.push_str(&flow(other));
            out.push('\n');
        }
    }
    out
}

/// A text as a YAML scalar: bare where that is safe.
pub fn quoted(text: &str) -> String {
    let plain = text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '/' | '-'))
        && !matches!(
            text.to_ascii_lowercase().as_str(),
            "true" | "false" | "null"
        );
    if plain {
        return text.to_owned();
    }
    let json = Value::from(text).to_string();
    // YAML wants some more characters escaped than JSON does.
    json.chars().fold(String::new(), |mut out, c| {
        if matches!(
            c,
            '\u{7f}'..='\u{9f}' | '\u{2028}' | '\u{2029}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}'
        ) {
            let _ = write!(out, "\\u{:04x}", u32::from(c));
        } else {
            out.push(c);
        }
        out
    })
}

fn flow(value: &Value) -> String {
    match value {
        Value::String(text) => quoted(text),
        Value::Array(list) => {
            let items: Vec<String> = list.iter().map(flow).collect();
            format!("[{}]", items.join(", "))
        }
        Value::Object(map) => {
            let items: Vec<String> = map
                .iter()
                .map(|(key, value)| format!("{}: {}", quoted(key), flow(value)))
                .collect();
            format!("{{{}}}", items.join(", "))
        }
        other => other.to_string(),
    }
}

fn short(value: &Value) -> Option<String> {
    let is_open = match value {
        Value::Object(map) => !map.is_empty(),
        Value::Array(list) => !list.is_empty(),
        _ => false,
    };
    if !is_open {
        return Some(flow(value));
    }
    let text = flow(value);
    (text.chars().count() <= LINE_CHARS_MAX).then_some(text)
}

fn block(value: &Value, indent: usize, out: &mut String) {
    let pad = " ".repeat(indent);
    match value {
        Value::Object(map) => {
            for (key, value) in map {
                let key = quoted(key);
                match short(value).filter(|_| indent > 0 || !value.is_array()) {
                    Some(text) => {
                        let _ = writeln!(out, "{pad}{key}: {text}");
                    }
                    None => {
                        let _ = writeln!(out, "{pad}{key}:");
                        block(value, indent + 2, out);
                    }
                }
            }
        }
        Value::Array(list) => {
            for item in list {
                match short(item) {
                    Some(text) => {
                        let _ = writeln!(out, "{pad}- {text}");
                    }
                    None => {
                        let mut inner = String::new();
                        block(item, indent + 2, &mut inner);
                        let _ = write!(out, "{pad}- {}", inner.trim_start());
                    }
                }
            }
        }
        other => {
            let _ = writeln!(out, "{pad}{}", flow(other));
        }
    }
}
