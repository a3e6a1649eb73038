//! Syslog headers: RFC 5424, and BSD syslog as RFC 3164 describes it and devices vary it.

use serde_json::{Map, Value, json};

use super::LOG_FIELDS_MAX;

/// A recognised header.
#[derive(Debug, Clone, PartialEq)]
pub struct Header {
    /// `syslog_rfc5424` or `syslog_rfc3164`.
    pub format: &'static str,
    /// `facility`, `severity`, `timestamp`, `host`, `app`, `procid`, `msgid`, `structured_data`, as far as known.
    pub fields: Map<String, Value>,
}

/// Reads the header of a line that begins with `<priority>`; answers it and the message after it.
pub fn syslog(line: &str) -> Option<(Header, &str)> {
    let (digits, rest) = line.strip_prefix('<')?.split_once('>')?;
    let well_formed = (1..=3).contains(&digits.len())
        && digits.bytes().all(|byte| byte.is_ascii_digit())
        && (digits.len() == 1 || !digits.starts_with('0'));
    let priority: u8 = well_formed.then(|| digits.parse().ok()).flatten()?;
    if priority > 191 {
        return None;
    }
    let mut fields = Map::new();
    fields.insert("priority".into(), priority.into());
    fields.insert("facility".into(), (priority / 8).into());
    fields.insert("severity".into(), (priority % 8).into());
    let known = fields.clone();
    match rfc5424(rest, fields) {
        Some((fields, message)) => Some((
            Header {
                format: "syslog_rfc5424",
                fields,
            },
            message,
        )),
        None => {
            let (fields, message) = rfc3164(rest, known);
            Some((
                Header {
                    format: "syslog_rfc3164",
                    fields,
                },
                message,
            ))
        }
    }
}

/// `VERSION TIMESTAMP HOST APP PROCID MSGID STRUCTURED-DATA [MSG]`, `-` standing for nothing.
fn rfc5424(text: &str, mut fields: Map<String, Value>) -> Option<(Map<String, Value>, &str)> {
    let (version, mut rest) = text.split_once(' ')?;
    let good = (1..=3).contains(&version.len())
        && version.bytes().all(|byte| byte.is_ascii_digit())
        && !version.starts_with('0');
    let version: u16 = good.then(|| version.parse().ok()).flatten()?;
    fields.insert("version".into(), version.into());
    for (name, most) in [
        ("timestamp", 64),
        ("host", 255),
        ("app", 48),
        ("procid", 128),
        ("msgid", 32),
    ] {
        let (word, after) = rest.split_once(' ')?;
        let printable = word.bytes().all(|byte| byte.is_ascii_graphic());
        if word.is_empty() || word.len() > most || !printable {
            return None;
        }
        if name == "timestamp" && word != "-" && !word.contains('T') {
            return None;
        }
        if word != "-" {
            fields.insert(name.into(), word.into());
        }
        rest = after;
    }
    let (data, message) = match rest.strip_prefix('-') {
        Some(after) => (Map::new(), after),
        None => structured_data(rest)?,
    };
    if !data.is_empty() {
        fields.insert("structured_data".into(), Value::Object(data));
    }
    if !message.is_empty() && !message.starts_with(' ') {
        return None;
    }
    let message = message.strip_prefix(' ').unwrap_or(message);
    Some((fields, message.trim_start_matches('\u{feff}')))
}

/// `[id name="value" …][…]`; `\"`, `\\` and `\]` are escapes in values.
fn structured_data(text: &str) -> Option<(Map<String, Value>, &str)> {
    let mut found = Map::new();
    let mut rest = text;
    let mut count = 0;
    while let Some(inner) = rest.strip_prefix('[') {
        let id_end = inner.find([' ', ']'])?;
        let (id, mut params) = inner.split_at(id_end);
        if id.is_empty() || id.contains(['=', '"']) {
            return None;
        }
        let mut element = Map::new();
        loop {
            params = params.trim_start_matches(' ');
            if let Some(after) = params.strip_prefix(']') {
                rest = after;
                break;
            }
            let (name, quoted) = params.split_once("=\"")?;
            if name.is_empty() || name.contains([' ', ']', '"']) {
                return None;
            }
            let (value, after) = quoted_value(quoted)?;
            count += 1;
            if count <= LOG_FIELDS_MAX {
                element.insert(name.to_owned(), value.into());
            }
            params = after;
        }
        found.insert(id.to_owned(), json!(element));
    }
    (!found.is_empty()).then_some((found, rest))
}

fn quoted_value(text: &str) -> Option<(String, &str)> {
    let mut value = String::new();
    let mut chars = text.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        match (c, chars.peek()) {
            ('"', _) => return Some((value, text.get(at + 1..)?)),
            ('\\', Some((_, next @ ('"' | '\\' | ']')))) => {
                value.push(*next);
                chars.next();
            }
            _ => value.push(c),
        }
    }
    None
}

/// `Mmm dd hh:mm:ss host tag[pid]: message`, every piece of it optional.
fn rfc3164(text: &str, mut fields: Map<String, Value>) -> (Map<String, Value>, &str) {
    let mut rest = text.trim_start();
    let Some((timestamp, after)) = bsd_timestamp(rest) else {
        return (fields, rest);
    };
    fields.insert("timestamp".into(), timestamp.into());
    rest = after;
    if let Some((host, after)) = rest.split_once(' ')
        && !host.is_empty()
        && host.len() <= 255
        && !host.ends_with(':')
        && !host.contains('[')
    {
        fields.insert("host".into(), host.into());
        rest = after.trim_start();
    }
    let tag_end = rest.find(|c: char| !(c.is_ascii_alphanumeric() || "_-./".contains(c)));
    if let Some(end) = tag_end.filter(|end| (1..=64).contains(end)) {
        let (tag, after) = rest.split_at(end);
        let with_pid = after
            .strip_prefix('[')
            .and_then(|inner| inner.split_once(']'));
        if let Some((pid, after)) = with_pid
            && let Some(message) = after.strip_prefix(':')
        {
            fields.insert("app".into(), tag.into());
            fields.insert("procid".into(), pid.into());
            rest = message.trim_start();
        } else if let Some(message) = after.strip_prefix(": ")
            && tag != "CEF"
            && tag != "LEEF"
        {
            fields.insert("app".into(), tag.into());
            rest = message.trim_start();
        }
    }
    (fields, rest)
}

/// `Nov 21 08:30:00`, `Nov 21 2026 08:30:00`, or an ISO moment, and the text after it.
fn bsd_timestamp(text: &str) -> Option<(&str, &str)> {
    let first = text.split(' ').next()?;
    let zero = updraft_model::Timestamp::default();
    if first.len() >= 19 && crate::moments::read_text(first, zero).is_some() {
        return Some((first, text.get(first.len()..)?.trim_start()));
    }
    [20, 15].into_iter().find_map(|length| {
        let stamp = text.get(..length)?;
        let after = text.get(length..)?;
        let starts = stamp
            .as_bytes()
            .first()
            .is_some_and(u8::is_ascii_alphabetic);
        let ends = after.is_empty() || after.starts_with([' ', ':', '.']);
        let after = after.trim_start_matches(|c: char| c == '.' || c == ':' || c.is_ascii_digit());
        // Any year will do for the question whether it is a moment at all; a leap year, for 29 February.
        let moment = updraft_model::Timestamp::from_millis(1_735_603_200_000);
        let good = starts && ends && crate::moments::read_text(stamp, moment).is_some();
        good.then(|| (stamp, after.trim_start()))
    })
}
