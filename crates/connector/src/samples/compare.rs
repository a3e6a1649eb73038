//! Compares what was asked and what came out with what a sample says.

use serde_json::{Map, Value};

use crate::{
    Body, CallResult, Part, PartContent, Request, Transport,
    encode::{decode, query_pairs},
    values::plain,
};

/// Longest value quoted in a fault, in characters.
const QUOTED_CHARS_MAX: usize = 300;

/// How a request differs from the recorded one.
pub(crate) fn request(expected: &Value, request: &Request, base_url: &str) -> Vec<String> {
    let mut faults = Vec::new();
    let text = |field: &str| expected.get(field).and_then(Value::as_str);
    if request.transport == Transport::Whois {
        if let Some(server) = text("server") {
            let url = request.url.strip_prefix("whois://").unwrap_or(&request.url);
            if url != server && url.strip_suffix(":43") != Some(server) {
                faults.push(differs("server", server, url));
            }
        }
        let query = body_text(&request.body);
        if let Some(expected) = text("query")
            && query.trim_end() != expected
        {
            faults.push(differs("query", expected, query.trim_end()));
        }
        return faults;
    }
    let method = text("method").unwrap_or("GET");
    if request.method != method {
        faults.push(differs("method", method, &request.method));
    }
    let (address, query) = request.url.split_once('?').unwrap_or((&request.url, ""));
    let mut expected_query = pairs(expected.get("query"));
    let expected_address = match (text("url"), text("path")) {
        (Some(url), _) => Some(url.to_owned()),
        (None, Some(path)) => Some(join(base_url, path)),
        (None, None) => None,
    };
    if let Some(written) = expected_address {
        let (written, in_path) = written.split_once('?').unwrap_or((&written, ""));
        expected_query.extend(query_pairs(in_path));
        if !same_address(written, address) {
            faults.push(differs("address", written, address));
        }
    }
    let mut query = query_pairs(query);
    query.sort();
    expected_query.sort();
    if query != expected_query {
        faults.push(differs("query", &shown(&expected_query), &shown(&query)));
    }
    for (name, value) in expected
        .get("headers")
        .and_then(Value::as_object)
        .into_iter()
        .flatten()
    {
        let name = name.to_ascii_lowercase();
        let sent = request.headers.iter().find(|(known, _)| *known == name);
        let sent = sent.map(|(_, value)| value.as_str()).unwrap_or_default();
        if sent != plain(value) {
            faults.push(differs(&format!("header {name}"), &plain(value), sent));
        }
    }
    if let Some(written) = expected.get("body") {
        body(written, &request.body, &mut faults);
    }
    faults
}

/// Equal after percent-decoding: `%3a` and `:` name the same thing in a recording.
fn same_address(left: &str, right: &str) -> bool {
    left == right || decode(left, false) == decode(right, false)
}

fn join(base: &str, path: &str) -> String {
    let base = base.trim_end_matches('/');
    if path.starts_with('/') {
        format!("{base}{path}")
    } else {
        format!("{base}/{path}")
    }
}

fn pairs(query: Option<&Value>) -> Vec<(String, String)> {
    let mut pairs = Vec::new();
    for (name, value) in query.and_then(Value::as_object).into_iter().flatten() {
        match value {
            Value::Array(list) => pairs.extend(list.iter().map(|item| (name.clone(), plain(item)))),
            one => pairs.push((name.clone(), plain(one))),
        }
    }
    pairs
}

fn body(expected: &Value, sent: &Body, faults: &mut Vec<String>) {
    if let Some(json) = expected.get("json") {
        let value: Value = match sent {
            Body::Bytes { data, .. } => serde_json::from_slice(data).unwrap_or_default(),
            _ => Value::Null,
        };
        if !same(json, &value) {
            faults.push(differs("body", &json.to_string(), &value.to_string()));
        }
    } else if let Some(form) = expected.get("form") {
        let mut written = pairs(Some(form));
        let mut sent = query_pairs(&body_text(sent));
        written.sort();
        sent.sort();
        if written != sent {
            faults.push(differs("form", &shown(&written), &shown(&sent)));
        }
    } else if let Some(text) = expected.get("text") {
        let sent = body_text(sent);
        if plain(text) != sent {
            faults.push(differs("body", &plain(text), &sent));
        }
    } else if let Some(written) = expected.get("multipart") {
        let sent = match sent {
            Body::Multipart { parts } => parts.iter().map(part).collect(),
            _ => Vec::new(),
        };
        let written = written.as_array().cloned().unwrap_or_default();
        let fits = written.len() == sent.len()
            && written
                .iter()
                .zip(&sent)
                .all(|(written, sent)| subset(written, sent));
        if !fits {
            let (written, sent) = (Value::Array(written), Value::Array(sent));
            faults.push(differs(
                "multipart",
                &written.to_string(),
                &sent.to_string(),
            ));
        }
    } else if let Some(file) = expected.get("raw_file") {
        let hash = match sent {
            Body::Blob { hash, .. } => hash.to_string(),
            _ => String::new(),
        };
        let written = file.get("blob").unwrap_or(file);
        if plain(written) != hash {
            faults.push(differs("raw_file", &plain(written), &hash));
        }
    }
}

/// A part as a sample writes it: `{name, filename, content_type, value | file}`.
fn part(part: &Part) -> Value {
    let mut map = Map::new();
    map.insert("name".into(), part.name.clone().into());
    if let Some(filename) = &part.filename {
        map.insert("filename".into(), filename.clone().into());
    }
    if let Some(content_type) = &part.content_type {
        map.insert("content_type".into(), content_type.clone().into());
    }
    match &part.content {
        PartContent::Bytes(bytes) => {
            let text = String::from_utf8_lossy(bytes).into_owned();
            if let Ok(json) = serde_json::from_str::<Value>(&text)
                && !json.is_string()
            {
                map.insert("json".into(), json);
            }
            map.insert("value".into(), text.into());
        }
        PartContent::Blob(hash) => {
            map.insert("file".into(), hash.to_string().into());
        }
    }
    Value::Object(map)
}

/// How a result differs from what the sample expects.
pub(super) fn result(expect: &Value, result: &CallResult, faults: &mut Vec<String>) {
    let found = serde_json::to_value(result).unwrap_or_default();
    for (field, written) in expect.as_object().into_iter().flatten() {
        let value = found.get(field).unwrap_or(&Value::Null);
        let no_opinion = field == "verdict"
            && value.is_null()
            && written.get("level").is_none_or(|level| level == "unknown");
        if !no_opinion && !subset(written, value) {
            let mut fault = differs(field, &written.to_string(), &value.to_string());
            if field == "status"
                && let Some(error) = &result.error
            {
                fault = format!("{fault} ({}: {})", error.code, error.message);
            }
            faults.push(fault);
        }
    }
}

/// True if everything that `written` says holds for `value`: mappings may have more, the rest is equal.
fn subset(written: &Value, value: &Value) -> bool {
    match (written, value) {
        (Value::Object(written), Value::Object(value)) => written
            .iter()
            .all(|(key, written)| subset(written, value.get(key).unwrap_or(&Value::Null))),
        (Value::Array(written), Value::Array(value)) => {
            written.len() == value.len() && written.iter().zip(value).all(|(w, v)| subset(w, v))
        }
        _ => same(written, value),
    }
}

/// Equal, with 1 and 1.0 the same number.
fn same(left: &Value, right: &Value) -> bool {
    match (left, right) {
        (Value::Number(left), Value::Number(right)) => {
            left == right
                || left
                    .as_f64()
                    .zip(right.as_f64())
                    .is_some_and(|(l, r)| l == r)
        }
        (Value::Array(left), Value::Array(right)) => {
            left.len() == right.len() && left.iter().zip(right).all(|(l, r)| same(l, r))
        }
        (Value::Object(left), Value::Object(right)) => {
            left.len() == right.len()
                && left
                    .iter()
                    .all(|(key, l)| right.get(key).is_some_and(|r| same(l, r)))
        }
        _ => left == right,
    }
}

fn body_text(body: &Body) -> String {
    match body {
        Body::Bytes { data, .. } => String::from_utf8_lossy(data).into_owned(),
        _ => String::new(),
    }
}

fn shown(pairs: &[(String, String)]) -> String {
    let list: Vec<String> = pairs
        .iter()
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    if list.is_empty() {
        "nothing".into()
    } else {
        list.join("&")
    }
}

fn differs(what: &str, expected: &str, found: &str) -> String {
    let cut = |text: &str| text.chars().take(QUOTED_CHARS_MAX).collect::<String>();
    format!("{what}: expected {}, found {}", cut(expected), cut(found))
}
