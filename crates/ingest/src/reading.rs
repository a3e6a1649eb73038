//! One item, read: its bytes became a value that mappings can speak about.
//!
//! | kind | `body` |
//! |---|---|
//! | `ioc` | `{"value": as written, "type": …, "canonical": …}` |
//! | `json` | the document |
//! | `log` | what [`crate::logs::read`] recognised; or the JSON object in the line, with the line's header under `log` |
//! | `mail` | the mail's fields |
//! | `file` | `{"bytes": …, "sha256": …}` |

use std::borrow::Cow;

use serde_json::{Map, Value, json};
use updraft_model::{BlobHash, Observable, Severity, Timestamp};

use crate::limits::TITLE_CHARS_MAX;
use crate::mail::{self, Attachment, Mail};
use crate::split::{Item, Kind};
use crate::{json, levels, logs, moments, standard, text};

/// An item that was read.
#[derive(Debug, Clone, PartialEq)]
pub struct Reading<'a> {
    /// What it is; a JSON string is what its text is.
    pub kind: Kind,
    /// What templates see as `body`.
    pub body: Value,
    /// What templates see as `log`: the header of a log line that carries JSON; null otherwise.
    pub log: Value,
    /// The text, where there is one.
    pub(crate) text: Cow<'a, str>,
    pub(crate) mail: Option<Mail>,
    pub(crate) files: Vec<Attachment>,
    pub(crate) ioc: Option<Observable>,
    pub(crate) diagnostics: Vec<String>,
}

/// Reads an item. Whatever the bytes are, something comes back.
pub fn read<'a>(item: &'a Item<'_>) -> Reading<'a> {
    let mut reading = Reading {
        kind: item.kind,
        body: Value::Null,
        log: Value::Null,
        text: Cow::Borrowed(""),
        mail: None,
        files: Vec::new(),
        ioc: None,
        diagnostics: item.note.iter().cloned().collect(),
    };
    match item.kind {
        Kind::Mail => {
            let mut read = mail::read(&item.bytes);
            reading.body = Value::Object(std::mem::take(&mut read.fields));
            reading.files = std::mem::take(&mut read.attachments);
            reading.diagnostics.append(&mut read.diagnostics);
            reading.mail = Some(read);
        }
        Kind::File => {
            let sha256 = BlobHash::of(&item.bytes);
            reading.body = json!({"bytes": item.bytes.len(), "sha256": sha256.to_string()});
            reading.files.push(Attachment {
                name: format!("{}.bin", sha256.to_string().get(..12).unwrap_or("file")),
                content_type: "application/octet-stream".into(),
                bytes: item.bytes.to_vec(),
                sha256,
                inline: false,
            });
        }
        Kind::Json | Kind::Ioc | Kind::Log => {
            let (decoded, clean) = text::decode(&item.bytes);
            if !clean {
                let note = "the bytes are not all valid text; what is none was replaced";
                reading.diagnostics.push(note.into());
            }
            reading.text(decoded);
        }
    }
    reading
}

impl<'a> Reading<'a> {
    fn text(&mut self, text: Cow<'a, str>) {
        if self.kind == Kind::Json {
            match json::parse(&text) {
                Ok((Value::String(inner), _)) => {
                    self.kind = Kind::Log;
                    if updraft_intel::classify(&inner).is_some() {
                        self.kind = Kind::Ioc;
                    }
                    return self.text(Cow::Owned(inner));
                }
                Ok((body, kept)) => {
                    if kept {
                        self.diagnostics
                            .push("a number was too large and is kept as text".into());
                    }
                    self.body = body;
                    self.text = text;
                    return;
                }
                Err(invalid) => {
                    self.kind = Kind::Log;
                    self.diagnostics.push(invalid.to_string());
                }
            }
        }
        let ioc = match self.kind {
            Kind::Ioc => updraft_intel::classify(&text),
            _ => None,
        };
        if let Some(found) = ioc {
            self.body = json!({
                "value": text.trim(),
                "type": found.kind.as_str(),
                "canonical": found.value,
            });
            self.ioc = Some(found);
        } else {
            self.kind = Kind::Log;
            let quoted = text
                .trim()
                .strip_prefix('"')
                .and_then(|inner| inner.strip_suffix('"'));
            let mut line = logs::read(quoted.unwrap_or(&text));
            match line
                .as_object_mut()
                .and_then(|object| object.remove("json"))
            {
                Some(inner) => {
                    self.body = inner;
                    self.log = line;
                }
                None => self.body = line,
            }
        }
        self.text = text;
    }

    /// What a person reads first when no mapping says it.
    pub(crate) fn title(&self, found: &standard::Found) -> String {
        let line = |value: &str| text::one_line(value, TITLE_CHARS_MAX);
        let field = |name: &str| self.body.get(name).and_then(Value::as_str).map(line);
        let title = match self.kind {
            Kind::Ioc => self
                .ioc
                .as_ref()
                .map(|ioc| line(&format!("{} {}", ioc.kind, ioc.value))),
            Kind::File => Some(format!("File of {} bytes", self.body["bytes"])),
            Kind::Mail => field("subject")
                .filter(|subject| !subject.is_empty())
                .or_else(|| {
                    let sender = self.mail.as_ref()?.senders.first()?;
                    Some(line(&format!("Mail from {sender}")))
                }),
            Kind::Json => Some(
                found
                    .title
                    .clone()
                    .unwrap_or_else(|| standard::first_values(&self.body)),
            ),
            Kind::Log => found
                .title
                .clone()
                .or_else(|| field("message"))
                .filter(|title| !title.is_empty())
                .or_else(|| Some(line(&self.text)).filter(|text| !text.is_empty())),
        };
        title.unwrap_or_else(|| format!("{} without a title", self.kind.as_str()))
    }

    /// Title, severity and time as far as they can be found without a mapping.
    pub(crate) fn look(&self, now: Timestamp) -> standard::Found {
        match self.kind {
            Kind::Json => standard::look(&self.body, now),
            Kind::Log => {
                let mut found = match self.log.is_null() {
                    true => standard::Found::default(),
                    false => standard::look(&self.body, now),
                };
                let line = if self.log.is_null() {
                    &self.body
                } else {
                    &self.log
                };
                found.severity = found.severity.or_else(|| log_severity(line));
                found.time = found.time.or_else(|| log_time(line, now));
                found
            }
            Kind::Mail => standard::Found {
                time: self.mail.as_ref().and_then(|mail| mail.date),
                ..standard::Found::default()
            },
            Kind::Ioc | Kind::File => standard::Found::default(),
        }
    }
}

fn log_severity(line: &Value) -> Option<Severity> {
    let said = line
        .pointer("/cef/severity")
        .or_else(|| line.pointer("/leef/extension/sev"));
    let syslog = || {
        let number = line.pointer("/syslog/severity")?.as_u64()?;
        Some(levels::from_syslog(u8::try_from(number).ok()?))
    };
    said.and_then(levels::read).or_else(syslog)
}

fn log_time(line: &Value, now: Timestamp) -> Option<Timestamp> {
    [
        "/cef/extension/rt",
        "/cef/extension/end",
        "/cef/extension/start",
        "/leef/extension/devTime",
        "/syslog/timestamp",
    ]
    .iter()
    .find_map(|pointer| moments::read(line.pointer(pointer)?, now))
}

/// The fields that are stored when no mapping names them.
pub(crate) fn fields(reading: &Reading<'_>) -> Map<String, Value> {
    let mut fields = match &reading.body {
        Value::Object(object) => object.clone(),
        Value::Null => Map::new(),
        other => Map::from_iter([("value".to_owned(), other.clone())]),
    };
    if !reading.log.is_null() {
        fields.entry("log").or_insert_with(|| reading.log.clone());
    }
    fields
}
