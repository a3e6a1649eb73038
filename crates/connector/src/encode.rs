//! Percent-encoding, query strings and header maps.

use serde_json::{Map, Value};

/// Appends `text` as part of one path segment or query value: everything but RFC 3986 unreserved is encoded.
pub(crate) fn component(into: &mut String, text: &str) {
    const HEX: &[u8; 16] = b"0123456789ABCDEF";
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~') {
            into.push(char::from(byte));
        } else {
            into.push('%');
            for nibble in [byte >> 4, byte & 15] {
                into.push(
                    HEX.get(usize::from(nibble))
                        .map_or('0', |digit| char::from(*digit)),
                );
            }
        }
    }
}

/// `a=1&b=2`.
pub(crate) fn pairs<N: AsRef<str>, V: AsRef<str>>(list: &[(N, V)]) -> String {
    let mut text = String::new();
    for (name, value) in list {
        if !text.is_empty() {
            text.push('&');
        }
        component(&mut text, name.as_ref());
        text.push('=');
        component(&mut text, value.as_ref());
    }
    text
}

/// The bytes of percent-encoded text, as text; broken UTF-8 is replaced.
pub(crate) fn decode(text: &str, plus_is_space: bool) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        match byte {
            b'+' if plus_is_space => bytes.push(b' '),
            b'%' => {
                let digits = rest.as_slice_hex();
                match digits {
                    Some(value) => {
                        bytes.push(value);
                        rest.next();
                        rest.next();
                    }
                    None => bytes.push(b'%'),
                }
            }
            other => bytes.push(other),
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Looks at the next two bytes as hex digits without taking them.
trait PeekHex {
    fn as_slice_hex(&self) -> Option<u8>;
}
impl PeekHex for std::str::Bytes<'_> {
    fn as_slice_hex(&self) -> Option<u8> {
        let mut ahead = self.clone();
        let high = char::from(ahead.next()?).to_digit(16)?;
        let low = char::from(ahead.next()?).to_digit(16)?;
        u8::try_from(high * 16 + low).ok()
    }
}

/// A query string as decoded pairs, in order.
pub(crate) fn query_pairs(query: &str) -> Vec<(String, String)> {
    query
        .split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            (decode(name, true), decode(value, true))
        })
        .collect()
}

/// Headers as a value: lower-case name to text, repeated ones joined with ", ".
pub(crate) fn headers_value(headers: &[(String, String)]) -> Value {
    let mut map = Map::new();
    for (name, value) in headers {
        match map.get_mut(name) {
            Some(Value::String(known)) => {
                known.push_str(", ");
                known.push_str(value);
            }
            _ => {
                map.insert(name.clone(), Value::String(value.clone()));
            }
        }
    }
    Value::Object(map)
}

/// JSON with sorted keys: equal values give equal text.
pub(crate) fn canonical_json(value: &Value, into: &mut String) {
    match value {
        Value::Array(list) => {
            into.push('[');
            for (index, item) in list.iter().enumerate() {
                if index > 0 {
                    into.push(',');
                }
                canonical_json(item, into);
            }
            into.push(']');
        }
        Value::Object(map) => {
            let mut entries: Vec<_> = map.iter().collect();
            entries.sort_by_key(|(key, _)| *key);
            into.push('{');
            for (index, (key, item)) in entries.into_iter().enumerate() {
                if index > 0 {
                    into.push(',');
                }
                into.push_str(&Value::String(key.clone()).to_string());
                into.push(':');
                canonical_json(item, into);
            }
            into.push('}');
        }
        scalar => into.push_str(&scalar.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_component_cannot_leave_its_place_and_comes_back() {
        let mut text = String::new();
        component(&mut text, "a/b?c#d é%");
        assert_eq!(text, "a%2Fb%3Fc%23d%20%C3%A9%25");
        assert_eq!(decode(&text, false), "a/b?c#d é%");
        assert_eq!(decode("%zz+%4", true), "%zz %4");
    }
}
