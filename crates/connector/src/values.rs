//! Typed values at the door: inputs of an action, settings of a connection, outputs of a call.
//!
//! `ip`, `domain` and `hash` are brought to canonical form, so that the same thing always makes the same
//! request. Text from a command line is accepted for numbers and flags.

use std::{
    collections::BTreeMap,
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
};

use serde::Deserialize;
use serde_json::{Map, Number, Value};

use crate::{check::short, shape::closest};

/// Longest text of an input or a setting, in bytes.
pub const TEXT_BYTES_MAX: usize = 1 << 20;
/// Most elements of a list given as input.
pub const LIST_ITEMS_MAX: usize = 10_000;

/// What a value is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs)]
pub enum Type {
    String,
    Integer,
    Number,
    Boolean,
    Ip,
    Ipv4,
    Ipv6,
    Domain,
    Url,
    Email,
    Hash,
    File,
    List,
    Object,
    Any,
}

/// The declaration of an input or a setting.
#[derive(Debug, Clone, Deserialize)]
pub struct ValueSpec {
    /// What it is.
    #[serde(rename = "type")]
    pub kind: Type,
    /// True when it must be given.
    #[serde(default)]
    pub required: bool,
    /// Taken when it is not given.
    #[serde(default)]
    pub default: Option<Value>,
    /// Label in forms.
    #[serde(default)]
    pub title: String,
    /// What it is for.
    #[serde(default)]
    pub summary: String,
    /// A value as people would give it.
    #[serde(default)]
    pub example: Option<Value>,
    /// The only values allowed; empty: any.
    #[serde(default, rename = "enum")]
    pub allowed: Vec<Value>,
    /// Smallest number.
    #[serde(default)]
    pub minimum: Option<f64>,
    /// Biggest number.
    #[serde(default)]
    pub maximum: Option<f64>,
    /// Longest text (characters) or list (elements).
    #[serde(default)]
    pub max_length: Option<usize>,
    /// A glob that the text must match.
    #[serde(default)]
    pub pattern_like: Option<String>,
    /// Type of a list's elements.
    #[serde(default)]
    pub items: Option<Type>,
}

impl Type {
    /// The word in a manifest.
    pub fn as_str(self) -> &'static str {
        match self {
            Type::String => "string",
            Type::Integer => "integer",
            Type::Number => "number",
            Type::Boolean => "boolean",
            Type::Ip => "ip",
            Type::Ipv4 => "ipv4",
            Type::Ipv6 => "ipv6",
            Type::Domain => "domain",
            Type::Url => "url",
            Type::Email => "email",
            Type::Hash => "hash",
            Type::File => "file",
            Type::List => "list",
            Type::Object => "object",
            Type::Any => "any",
        }
    }

    /// The value in canonical form, or what is wrong with it ("is not an IP address").
    pub fn admit(self, value: Value) -> Result<Value, String> {
        if let Value::String(text) = &value
            && text.len() > TEXT_BYTES_MAX
        {
            return Err(format!("is longer than {TEXT_BYTES_MAX} bytes"));
        }
        match (self, value) {
            (Type::Any, value) => Ok(value),
            (Type::String, Value::String(text)) => Ok(Value::String(text)),
            (Type::String, Value::Number(number)) => Ok(Value::String(number.to_string())),
            (Type::Integer, value) => integer(value).ok_or_else(|| "is not a whole number".into()),
            (Type::Number, Value::Number(number)) => Ok(Value::Number(number)),
            (Type::Number, Value::String(text)) => text
                .trim()
                .parse::<f64>()
                .ok()
                .and_then(Number::from_f64)
                .map(Value::Number)
                .ok_or_else(|| "is not a number".into()),
            (Type::Boolean, Value::Bool(flag)) => Ok(Value::Bool(flag)),
            (Type::Boolean, Value::String(text)) if text == "true" => Ok(Value::Bool(true)),
            (Type::Boolean, Value::String(text)) if text == "false" => Ok(Value::Bool(false)),
            (Type::List, Value::Array(list)) if list.len() <= LIST_ITEMS_MAX => {
                Ok(Value::Array(list))
            }
            (Type::Object, Value::Object(map)) => Ok(Value::Object(map)),
            (Type::File, value) => file(value),
            (
                Type::Ip
                | Type::Ipv4
                | Type::Ipv6
                | Type::Domain
                | Type::Url
                | Type::Email
                | Type::Hash,
                Value::String(text),
            ) => self.canonical(text).map(Value::String),
            _ => Err(format!("is not {}", self.noun())),
        }
    }

    fn noun(self) -> &'static str {
        match self {
            Type::String => "a text",
            Type::Integer => "a whole number",
            Type::Number => "a number",
            Type::Boolean => "true or false",
            Type::Ip => "an IP address",
            Type::Ipv4 => "an IPv4 address",
            Type::Ipv6 => "an IPv6 address",
            Type::Domain => "a domain name",
            Type::Url => "a URL",
            Type::Email => "an e-mail address",
            Type::Hash => "an MD5, SHA-1, SHA-256 or SHA-512 hash",
            Type::File => "a stored file",
            Type::List => "a list",
            Type::Object => "a mapping",
            Type::Any => "a value",
        }
    }

    fn canonical(self, text: String) -> Result<String, String> {
        let found = match self {
            Type::Ip => text.parse::<IpAddr>().ok().map(|ip| ip.to_string()),
            Type::Ipv4 => text.parse::<Ipv4Addr>().ok().map(|ip| ip.to_string()),
            Type::Ipv6 => text.parse::<Ipv6Addr>().ok().map(|ip| ip.to_string()),
            Type::Domain => domain(&text),
            Type::Url => is_url(&text).then_some(text),
            Type::Email => is_email(&text).then_some(text),
            Type::Hash => is_hash(&text).then(|| text.to_ascii_lowercase()),
            _ => Some(text),
        };
        found.ok_or_else(|| format!("is not {}", self.noun()))
    }
}

impl ValueSpec {
    /// The value in canonical form and inside the limits, or what is wrong with it.
    pub fn admit(&self, value: Value) -> Result<Value, String> {
        let mut value = self.kind.admit(value)?;
        if let (Some(kind), Value::Array(list)) = (self.items, &mut value) {
            for (index, item) in list.iter_mut().enumerate() {
                *item = kind
                    .admit(item.take())
                    .map_err(|fault| format!("element {index} {fault}"))?;
            }
        }
        if !self.allowed.is_empty() && !self.allowed.contains(&value) {
            let words: Vec<String> = self.allowed.iter().map(plain).collect();
            return Err(format!("is not one of {}", words.join(", ")));
        }
        if let Some(number) = value.as_f64() {
            if let Some(minimum) = self.minimum.filter(|minimum| number < *minimum) {
                return Err(format!("is less than {minimum}"));
            }
            if let Some(maximum) = self.maximum.filter(|maximum| number > *maximum) {
                return Err(format!("is more than {maximum}"));
            }
        }
        let length = match &value {
            Value::String(text) => text.chars().count(),
            Value::Array(list) => list.len(),
            _ => 0,
        };
        if let Some(longest) = self.max_length.filter(|longest| length > *longest) {
            return Err(format!("is longer than {longest}"));
        }
        if let (Some(glob), Value::String(text)) = (&self.pattern_like, &value)
            && !like(glob, text)
        {
            return Err(format!("does not look like `{glob}`"));
        }
        Ok(value)
    }
}

/// Brings given values to the declared ones: canonical, defaults filled, missing ones null.
/// All faults at once, one sentence each.
pub(crate) fn admit_all(
    what: &str,
    specs: &BTreeMap<String, ValueSpec>,
    given: Value,
) -> Result<Value, Vec<String>> {
    let mut given = match given {
        Value::Object(map) => map,
        Value::Null => Map::new(),
        _ => {
            return Err(vec![format!(
                "the {what}s must be a mapping of names to values"
            )]);
        }
    };
    let mut faults = Vec::new();
    let mut admitted = Map::new();
    for (name, spec) in specs {
        let value = given
            .remove(name)
            .filter(|value| !value.is_null())
            .or_else(|| spec.default.clone());
        let value = match value {
            None if spec.required => {
                faults.push(format!("{what} `{name}` is missing"));
                Value::Null
            }
            None | Some(Value::Null) => Value::Null,
            Some(value) => spec.admit(value).unwrap_or_else(|fault| {
                faults.push(format!("{what} `{name}` {fault}"));
                Value::Null
            }),
        };
        admitted.insert(name.clone(), value);
    }
    for name in given.keys() {
        let near = closest(name, specs.keys().map(String::as_str))
            .map(|near| format!("; did you mean `{near}`?"))
            .unwrap_or_default();
        faults.push(format!("there is no {what} `{}`{near}", short(name)));
    }
    if faults.is_empty() {
        Ok(Value::Object(admitted))
    } else {
        Err(faults)
    }
}

/// A value of the expression language in a text: strings as they are, null empty, the rest as JSON.
pub(crate) fn plain(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

fn integer(value: Value) -> Option<Value> {
    match value {
        Value::Number(number) if number.is_i64() || number.is_u64() => Some(Value::Number(number)),
        Value::Number(number) => {
            let float = number.as_f64()?;
            // LIMIT: beyond 2^53 a float no longer names one whole number.
            (float.fract() == 0.0 && float.abs() <= 9_007_199_254_740_992.0)
                .then(|| Value::from(float as i64))
        }
        Value::String(text) => text.trim().parse::<i64>().ok().map(Value::from),
        _ => None,
    }
}

/// `{"blob": …, "name": …, "content_type": …, "bytes": …}`.
fn file(value: Value) -> Result<Value, String> {
    let blob = value
        .get("blob")
        .and_then(Value::as_str)
        .unwrap_or_default();
    match blob.parse::<updraft_model::BlobHash>() {
        Ok(_) => Ok(value),
        Err(_) => {
            Err("is not a stored file: a mapping with `blob`, the SHA-256 of its bytes".into())
        }
    }
}

fn domain(text: &str) -> Option<String> {
    let text = text.strip_suffix('.').unwrap_or(text);
    let label = |label: &str| {
        (1..=63).contains(&label.len())
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
    };
    (text.len() <= 253 && text.split('.').all(label)).then(|| text.to_ascii_lowercase())
}

fn is_url(text: &str) -> bool {
    text.len() <= 16_384
        && !text.contains(|c: char| c.is_control())
        && url::Url::parse(text).is_ok_and(|url| url.has_host())
}

fn is_email(text: &str) -> bool {
    let clean =
        |part: &str| !part.is_empty() && !part.contains(|c: char| c.is_control() || c == ' ');
    text.len() <= 320
        && text
            .rsplit_once('@')
            .is_some_and(|(user, host)| clean(user) && clean(host))
}

fn is_hash(text: &str) -> bool {
    matches!(text.len(), 32 | 40 | 64 | 128) && text.bytes().all(|b| b.is_ascii_hexdigit())
}

/// Glob match with `*` and `?`, in time linear in text × stars.
fn like(glob: &str, text: &str) -> bool {
    let (glob, text): (Vec<char>, Vec<char>) = (glob.chars().collect(), text.chars().collect());
    let (mut g, mut t) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    while let Some(c) = text.get(t) {
        match glob.get(g) {
            Some('*') => {
                star = Some((g, t));
                g += 1;
            }
            Some(p) if p == c || *p == '?' => {
                g += 1;
                t += 1;
            }
            _ => match star {
                Some((at, from)) => {
                    g = at + 1;
                    t = from + 1;
                    star = Some((at, from + 1));
                }
                None => return false,
            },
        }
    }
    glob.iter().skip(g).all(|c| *c == '*')
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn things_come_to_canonical_form_or_are_refused() {
        let ok = |kind: Type, from: Value, to: Value| assert_eq!(kind.admit(from), Ok(to));
        ok(Type::Ip, json!("2001:DB8:0::1"), json!("2001:db8::1"));
        ok(Type::Domain, json!("Example.COM."), json!("example.com"));
        ok(
            Type::Hash,
            json!("D41D8CD98F00B204E9800998ECF8427E"),
            json!("d41d8cd98f00b204e9800998ecf8427e"),
        );
        ok(Type::Integer, json!("5"), json!(5));
        ok(Type::Integer, json!(3.0), json!(3));
        ok(Type::Boolean, json!("true"), json!(true));
        for (kind, wrong) in [
            (Type::Ip, json!("1.2.3")),
            (Type::Ipv4, json!("::1")),
            (Type::Domain, json!("a/../b")),
            (Type::Url, json!("javascript:alert(1)")),
            (Type::Email, json!("nobody")),
            (Type::Hash, json!("zz")),
            (Type::File, json!({"blob": "x"})),
            (Type::Integer, json!(1.5)),
        ] {
            assert!(kind.admit(wrong.clone()).is_err(), "{wrong}");
        }
    }

    #[test]
    fn globs_match_without_backtracking_explosion() {
        assert!(like("a*c?", "abbbcd"));
        assert!(!like("a*c", "ab"));
        assert!(!like("*a*a*a*a*a*b", &"a".repeat(2_000)));
    }
}
