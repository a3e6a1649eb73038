//! One request, taken apart: which alerts does it hold, and of what kind is each?
//!
//! The content type is believed where it is specific; otherwise the bytes are looked at. What claims to
//! be JSON and is not is kept as text, with a note: an alert with a stray comma is still an alert.
//! Only what would harm (too large, too deep, too many) is refused, before anything is stored.

use std::borrow::Cow;
use std::ops::Range;

use crate::limits::{IOC_BYTES_MAX, Limits, Rejected};
use crate::{json, logs, mail, text};

/// What an item is, as its bytes look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// One bare indicator, in any spelling.
    Ioc,
    /// A JSON value.
    Json,
    /// A log line, or text of no known form.
    Log,
    /// A mail.
    Mail,
    /// Bytes that are no text: a file.
    File,
}

impl Kind {
    /// The word used in mappings and JSON.
    pub const fn as_str(self) -> &'static str {
        match self {
            Kind::Ioc => "ioc",
            Kind::Json => "json",
            Kind::Log => "log",
            Kind::Mail => "mail",
            Kind::File => "file",
        }
    }
}

/// One alert's bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item<'a> {
    /// Exactly what the sender wrote, or the element that a batch was taken apart into.
    pub bytes: Cow<'a, [u8]>,
    /// What it is.
    pub kind: Kind,
    /// What was surprising about it.
    pub note: Option<String>,
}

impl<'a> Item<'a> {
    fn new(bytes: &'a [u8], kind: Kind) -> Self {
        Self {
            bytes: Cow::Borrowed(bytes),
            kind,
            note: None,
        }
    }

    /// Recognises bytes that are one item already: what the store kept of an item of [`split`].
    pub fn recognise(bytes: &'a [u8], content_type: &str) -> Self {
        let one = Limits {
            items_max: 1,
            mail_bytes_max: usize::MAX,
            item_bytes_max: usize::MAX,
        };
        match take_apart(bytes, content_type, &one) {
            Ok(mut items) if items.len() == 1 => items.remove(0),
            Ok(_) => Self::new(
                bytes,
                if json::is_valid(bytes) {
                    Kind::Json
                } else {
                    Kind::Log
                },
            ),
            Err(refused) if refused.code == "too_many_items" => Self {
                note: Some(refused.to_string()),
                ..Self::new(bytes, of_many(bytes, &one))
            },
            Err(refused) => Self {
                note: Some(refused.to_string()),
                ..Self::new(bytes, Kind::Log)
            },
        }
    }

    /// The bytes without the borrow.
    pub fn into_owned(self) -> Item<'static> {
        Item {
            bytes: Cow::Owned(self.bytes.into_owned()),
            kind: self.kind,
            note: self.note,
        }
    }
}

/// The kind of bytes that hold several values. Broken JSON is what its text is, as in [`json_items`]:
/// its brackets only look like several values.
fn of_many(bytes: &[u8], one: &Limits) -> Kind {
    if json::is_valid(bytes) {
        return Kind::Json;
    }
    match text_items(bytes, one).as_deref() {
        Ok([only]) => only.kind,
        _ => Kind::Log,
    }
}

/// Takes a request apart: a JSON array, NDJSON or concatenated JSON, one IOC a line, one syslog, CEF or LEEF
/// line a line; anything else is one item.
///
/// # Errors
/// `empty`, `too_large`, `too_many_items` or `too_deep`; nothing of the request is to be stored then.
pub fn split<'a>(
    bytes: &'a [u8],
    content_type: &str,
    limits: &Limits,
) -> Result<Vec<Item<'a>>, Rejected> {
    let items = take_apart(bytes, content_type, limits)?;
    for item in &items {
        let most = match item.kind {
            Kind::Mail | Kind::File => limits.mail_bytes_max,
            Kind::Ioc | Kind::Json | Kind::Log => limits.item_bytes_max,
        };
        if item.bytes.len() > most {
            let kind = item.kind.as_str();
            let size = item.bytes.len();
            return Err(Rejected::new(
                "too_large",
                format!("one {kind} item is {size} bytes; at most {most} are taken"),
                "send less in one alert, or raise the source's limit",
            ));
        }
    }
    Ok(items)
}

fn take_apart<'a>(
    bytes: &'a [u8],
    content_type: &str,
    limits: &Limits,
) -> Result<Vec<Item<'a>>, Rejected> {
    if without_mark(bytes).trim_ascii().is_empty() {
        return Err(Rejected::new(
            "empty",
            "the request has no content",
            "send the alert as the body of the request",
        ));
    }
    let media = content_type
        .split(';')
        .next()
        .unwrap_or_default()
        .trim()
        .to_ascii_lowercase();
    match media.as_str() {
        "message/rfc822" | "message/global" => return Ok(vec![Item::new(bytes, Kind::Mail)]),
        "application/x-www-form-urlencoded" if !begins_json(bytes) => {
            if let Some(item) = form(bytes) {
                return Ok(vec![item]);
            }
        }
        _ => {}
    }
    if media.contains("json") || begins_json(bytes) {
        return json_items(bytes, media.contains("json"), limits);
    }
    text_items(bytes, limits)
}

fn begins_json(bytes: &[u8]) -> bool {
    let bytes = without_mark(bytes);
    matches!(bytes.trim_ascii_start().first(), Some(b'{' | b'['))
}

/// The bytes behind a UTF-8 byte order mark.
fn without_mark(bytes: &[u8]) -> &[u8] {
    bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes)
}

fn json_items<'a>(
    bytes: &'a [u8],
    declared: bool,
    limits: &Limits,
) -> Result<Vec<Item<'a>>, Rejected> {
    let body = without_mark(bytes);
    let ranges = match json::sequence(body, limits.items_max) {
        Ok(ranges) => ranges,
        // Text that begins with a brace is not JSON only because of that.
        Err(refused) if !declared && !begins_object(body) => {
            return text_items(bytes, limits).map_err(|_| refused);
        }
        Err(refused) => return Err(refused),
    };
    let valid = ranges
        .iter()
        .all(|range| json::is_valid(slice(body, range)));
    if !valid {
        let mut items = text_items(bytes, limits)?;
        let begins = ranges
            .first()
            .map(|range| slice(body, range))
            .unwrap_or_default();
        let why = serde_json::from_slice::<serde::de::IgnoredAny>(begins).err();
        if let (Some(first), true) = (items.first_mut(), declared || begins_object(body)) {
            let why = why.map_or_else(|| "a later value is malformed".into(), |e| e.to_string());
            first.note = Some(format!(
                "it is no valid JSON, so it was read as text: {why}"
            ));
        }
        return Ok(items);
    }
    if let [only] = ranges.as_slice() {
        let is_list = slice(body, only).starts_with(b"[");
        let found = match is_list {
            true => json::elements(body, only.clone(), limits.items_max)?,
            false => Vec::new(),
        };
        if found.is_empty() {
            return Ok(vec![Item::new(bytes, Kind::Json)]);
        }
        return Ok(found
            .iter()
            .map(|range| Item::new(slice(body, range), Kind::Json))
            .collect());
    }
    Ok(ranges
        .iter()
        .map(|range| Item::new(slice(body, range), Kind::Json))
        .collect())
}

fn begins_object(body: &[u8]) -> bool {
    let body = body.trim_ascii_start();
    body.starts_with(b"{") || body.starts_with(b"[{") || body.starts_with(b"[[")
}

fn slice<'a>(bytes: &'a [u8], range: &Range<usize>) -> &'a [u8] {
    bytes.get(range.clone()).unwrap_or_default()
}

/// `payload={json}` as chat tools send it, or plain fields, which become a JSON object.
fn form(bytes: &[u8]) -> Option<Item<'static>> {
    let body = std::str::from_utf8(bytes.trim_ascii()).ok()?;
    let mut fields = serde_json::Map::new();
    for pair in body.split('&').take(1_000) {
        let (key, value) = pair.split_once('=')?;
        let value = percent_decoded(value);
        if key == "payload"
            && json::sequence(value.as_bytes(), 1).is_ok()
            && json::is_valid(value.as_bytes())
        {
            return Some(Item {
                bytes: Cow::Owned(value.into_bytes()),
                kind: Kind::Json,
                note: None,
            });
        }
        fields.insert(percent_decoded(key), value.into());
    }
    let bytes = serde_json::to_vec(&fields).ok()?;
    Some(Item {
        bytes: Cow::Owned(bytes),
        kind: Kind::Json,
        note: None,
    })
}

fn percent_decoded(value: &str) -> String {
    let hex = |byte: Option<&u8>| char::from(*byte?).to_digit(16);
    let bytes = value.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        match (byte, hex(bytes.get(at + 1)), hex(bytes.get(at + 2))) {
            (b'%', Some(high), Some(low)) => {
                out.push((high * 16 + low) as u8);
                at += 3;
                continue;
            }
            (b'+', _, _) => out.push(b' '),
            (byte, _, _) => out.push(*byte),
        }
        at += 1;
    }
    String::from_utf8_lossy(&out).into_owned()
}

fn text_items<'a>(bytes: &'a [u8], limits: &Limits) -> Result<Vec<Item<'a>>, Rejected> {
    let marked = bytes.starts_with(b"\xff\xfe") || bytes.starts_with(b"\xfe\xff");
    let start = bytes.get(..bytes.len().min(8_192)).unwrap_or(bytes);
    if !marked && (start.contains(&0) || is_mostly_binary(start)) {
        return Ok(vec![Item::new(bytes, Kind::File)]);
    }
    let (decoded, _) = text::decode(start);
    if mail::looks_like_mail(&decoded) {
        return Ok(vec![Item::new(bytes, Kind::Mail)]);
    }
    if marked {
        return Ok(vec![Item::new(bytes, Kind::Log)]);
    }
    if let Some(items) = lines(bytes, limits, |line| is_ioc(line).then_some(Kind::Ioc))? {
        return Ok(items);
    }
    let is_log = |line: &[u8]| {
        let begins = line.get(..line.len().min(16)).unwrap_or(line);
        logs::begins_line(&String::from_utf8_lossy(begins)).then_some(Kind::Log)
    };
    if let Some(items) = lines(bytes, limits, is_log)? {
        return Ok(items);
    }
    Ok(vec![Item::new(bytes, Kind::Log)])
}

/// Control characters other than white space and escape sequences in more than a tenth of the bytes.
fn is_mostly_binary(start: &[u8]) -> bool {
    let odd = start
        .iter()
        .filter(|byte| **byte < 9 || (14..27).contains(*byte))
        .count();
    odd * 10 > start.len()
}

fn is_ioc(line: &[u8]) -> bool {
    let fits = line.len() <= IOC_BYTES_MAX;
    let text = fits.then(|| std::str::from_utf8(line).ok()).flatten();
    text.and_then(updraft_intel::classify).is_some()
}

/// Every line an item of its own, if all of them are of a kind; blank lines and `#` comments are skipped.
fn lines<'a>(
    bytes: &'a [u8],
    limits: &Limits,
    kind_of: impl Fn(&[u8]) -> Option<Kind>,
) -> Result<Option<Vec<Item<'a>>>, Rejected> {
    let body = without_mark(bytes);
    let mut items = Vec::new();
    let mut count = 0;
    for line in body.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii) {
        if line.is_empty() || line.starts_with(b"#") {
            continue;
        }
        let Some(kind) = kind_of(line) else {
            return Ok(None);
        };
        count += 1;
        if count <= limits.items_max {
            items.push(Item::new(line, kind));
        }
    }
    match count {
        0 => Ok(None),
        count if count > limits.items_max => Err(Rejected::too_many(count, limits.items_max)),
        _ => Ok(Some(items)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kinds(bytes: &[u8], content_type: &str) -> Vec<(Kind, String)> {
        let items = split(bytes, content_type, &Limits::default()).unwrap();
        let text = |item: &Item<'_>| String::from_utf8_lossy(&item.bytes).into_owned();
        items.iter().map(|item| (item.kind, text(item))).collect()
    }

    #[test]
    fn a_batch_is_taken_apart_and_each_item_keeps_its_bytes() {
        let list = kinds(br#" [ {"a": 1} ,{"b":[2]}] "#, "application/json");
        assert_eq!(
            list,
            [
                (Kind::Json, r#"{"a": 1}"#.into()),
                (Kind::Json, r#"{"b":[2]}"#.into())
            ]
        );
        assert_eq!(
            kinds(b"{\"a\":1}\n{\"b\":2}\n\n", "application/x-ndjson").len(),
            2
        );
        assert_eq!(kinds(b"{\n\"a\":1}\n{\"b\":2}", "").len(), 2);
        let iocs = kinds(
            b"# bad\n198[.]51[.]100[.]7\r\n\nhxxps://evil.example.com/x\n",
            "text/plain",
        );
        assert_eq!(
            iocs.iter().map(|i| i.0).collect::<Vec<_>>(),
            [Kind::Ioc, Kind::Ioc]
        );
        assert_eq!(kinds(b"<13>a\n<14>b\nCEF:0|", "text/plain").len(), 3);
        assert_eq!(kinds(b"[]", "application/json").len(), 1);
    }

    #[test]
    fn the_kind_is_seen_without_a_content_type() {
        let mail = b"Received: from a\n\tby b\nFrom: x@a.example\nSubject: hi\n\nbody";
        assert_eq!(kinds(mail, "")[0].0, Kind::Mail);
        assert_eq!(
            kinds(b"MZ\0\0\x01", "application/octet-stream")[0].0,
            Kind::File
        );
        assert_eq!(
            kinds(b"[14/Jul/2026:15:02:41 +0100], x=\"-\"", "")[0].0,
            Kind::Log
        );
        assert_eq!(
            kinds(b"some words, evil.example", "text/plain")[0].0,
            Kind::Log
        );
        let form = kinds(
            b"payload=%7B%22id%22%3A%22f1%22%7D",
            "application/x-www-form-urlencoded",
        );
        assert_eq!(form, [(Kind::Json, "{\"id\":\"f1\"}".into())]);
    }

    #[test]
    fn broken_json_is_text_with_a_note() {
        let items = split(b"{\"id\":\"x\",", "application/json", &Limits::default()).unwrap();
        assert_eq!(items[0].kind, Kind::Log);
        assert!(
            items[0].note.as_deref().unwrap().contains("no valid JSON"),
            "{items:?}"
        );
    }

    #[test]
    fn what_is_too_much_is_refused_with_a_code() {
        let refused = |bytes: &[u8], limits: &Limits| split(bytes, "", limits).unwrap_err().code;
        let limits = Limits {
            items_max: 2,
            item_bytes_max: 20,
            mail_bytes_max: 30,
        };
        assert_eq!(refused(b" \n ", &limits), "empty");
        assert_eq!(refused(b"[1,2,3]", &limits), "too_many_items");
        assert_eq!(
            refused(b"198.51.100.1\n198.51.100.2\n198.51.100.3", &limits),
            "too_many_items"
        );
        assert_eq!(
            refused(b"{\"a\":\"12345678901234567890\"}", &limits),
            "too_large"
        );
        assert_eq!(refused("[".repeat(10_000).as_bytes(), &limits), "too_deep");
    }

    #[test]
    fn an_item_is_recognised_again_from_its_stored_bytes() {
        for (bytes, content_type) in [
            (
                &b"[{\"a\":1},\"evil.example.com\",3]"[..],
                "application/json",
            ),
            (b"evil.example.com\n198.51.100.7", "text/plain"),
            (b"From: a@b.example\nSubject: x\n\nhello", ""),
            (b"<13>a\n<14>b", "text/plain"),
            (b"{\"a\": ]]} {\"b\": \0}", "application/x-ndjson"),
            (b"{\"a\": ]]} {\"b\": 1}", "application/x-ndjson"),
        ] {
            for item in split(bytes, content_type, &Limits::default()).unwrap() {
                assert_eq!(Item::recognise(&item.bytes, content_type).kind, item.kind);
            }
        }
    }
}
