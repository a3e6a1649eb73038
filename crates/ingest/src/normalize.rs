//! An item becomes an alert: never an error, at worst an alert that says what could not be understood.

use std::collections::BTreeMap;

use serde_json::{Map, Value};
use updraft_expr::{Error, ErrorKind, Fuel, Template};
use updraft_intel::{Exclusions, Observer};
use updraft_model::{BlobHash, Observable, ObservableType, Severity, Timestamp};

use crate::limits::{DEDUP_BYTES_MAX, DIAGNOSTICS_MAX, FIELDS_BYTES_MAX, TITLE_CHARS_MAX};
use crate::mail::Attachment;
use crate::mapping::{Compiled, Extract, Mapping, Rule};
use crate::mappings::{Seen, fuel};
use crate::observables::{Collector, Wanted};
use crate::reading::{self, Reading};
use crate::split::{Item, Kind};
use crate::{levels, moments, standard, text};

/// What was understood of one item.
#[derive(Debug, Clone, PartialEq)]
pub struct Normalized {
    /// What it is.
    pub kind: Kind,
    /// The mapping that was used.
    pub mapping: String,
    /// What a person reads first; one line, never empty.
    pub title: String,
    /// How bad the sender says it is; `None` if it says nothing.
    pub severity: Option<Severity>,
    /// When it happened, if it says so.
    pub occurred_at: Option<Timestamp>,
    /// The mapped fields; without a mapping what was read.
    pub fields: Value,
    /// The typed values, those that the mapping names first, each once; excluded ones marked.
    pub observables: Vec<Observable>,
    /// What part a named value plays: `ipv4:203.0.113.7` to `attacker`.
    pub roles: BTreeMap<String, String>,
    /// The identity by which the case is found.
    pub dedup_key: String,
    /// Files that came with it.
    pub attachments: Vec<Attachment>,
    /// What could not be understood, in words.
    pub diagnostics: Vec<String>,
}

/// Normalises one item with one mapping.
pub fn normalize(
    item: &Item<'_>,
    mapping: &Mapping,
    now: Timestamp,
    observer: &Observer,
    exclusions: &Exclusions,
) -> Normalized {
    apply(
        &item.bytes,
        reading::read(item),
        mapping,
        now,
        &Tools {
            observer,
            exclusions,
        },
    )
}

/// What extraction needs.
pub(crate) struct Tools<'t> {
    pub observer: &'t Observer,
    pub exclusions: &'t Exclusions,
}

/// Evaluates the templates of one mapping and notes what fails.
struct Evaluation<'e> {
    scope: Seen<'e>,
    fuel: Fuel,
    notes: Vec<String>,
}

impl Evaluation<'_> {
    /// A value; nothing when it is missing or null. Only a fault of the mapping is worth a note.
    fn value(&mut self, name: &str, template: &Template) -> Option<Value> {
        match template.eval(&self.scope, &mut self.fuel) {
            Ok(Value::Null) => None,
            Ok(value) => Some(value),
            Err(error) => {
                self.note(name, &error);
                None
            }
        }
    }

    fn note(&mut self, name: &str, error: &Error) {
        self.notes.push(format!("{name}: {}", error.message));
    }
}

/// Applies a mapping to what was read.
pub(crate) fn apply(
    raw: &[u8],
    mut reading: Reading<'_>,
    mapping: &Mapping,
    now: Timestamp,
    tools: &Tools<'_>,
) -> Normalized {
    let compiled = &*mapping.inner;
    let mut diagnostics = std::mem::take(&mut reading.diagnostics);
    match mapping.parts(&reading) {
        Ok(Some(parts)) => {
            if parts.len() > 1 {
                diagnostics.push(format!(
                    "the document holds {} alerts; this is the first",
                    parts.len()
                ));
            }
            if let Some(first) = parts.into_iter().next() {
                reading.body = first;
            }
        }
        Ok(None) => {}
        Err(error) => diagnostics.push(format!("items: {}", error.message)),
    }
    let found = reading.look(now);
    let scope = Seen::new(&reading, compiled.needs_text);
    let mut evaluation = Evaluation {
        scope,
        fuel: fuel(),
        notes: Vec::new(),
    };

    let title = title(compiled, &mut evaluation, &reading, &found);
    let severity = severity(compiled, &mut evaluation).or(found.severity);
    let occurred_at = time(compiled, &mut evaluation, now).or(found.time);
    let mut fields = fields(compiled, &mut evaluation, &reading);
    let mut collector = Collector::new(tools.observer, tools.exclusions);
    observe(compiled, &mut evaluation, &reading, &mut collector);
    let dedup_key =
        dedup(compiled, &mut evaluation).unwrap_or_else(|| standard_dedup(&collector.list, raw));

    diagnostics.append(&mut evaluation.notes);
    diagnostics.append(&mut collector.notes);
    bound_fields(&mut fields, &mut diagnostics);
    if diagnostics.len() > DIAGNOSTICS_MAX {
        diagnostics.truncate(DIAGNOSTICS_MAX - 1);
        diagnostics.push("there was more".into());
    }
    Normalized {
        kind: reading.kind,
        mapping: compiled.id.clone(),
        title,
        severity,
        occurred_at,
        fields: Value::Object(fields),
        observables: collector.list,
        roles: collector.roles,
        dedup_key,
        attachments: reading.files,
        diagnostics,
    }
}

fn title(
    compiled: &Compiled,
    evaluation: &mut Evaluation<'_>,
    reading: &Reading<'_>,
    found: &standard::Found,
) -> String {
    let template = compiled.fields.title.as_ref();
    let mapped = template.and_then(|template| evaluation.value("title", template));
    let line = match mapped {
        Some(Value::String(text)) => text::one_line(&text, TITLE_CHARS_MAX),
        Some(other) => text::one_line(&other.to_string(), TITLE_CHARS_MAX),
        None => String::new(),
    };
    if line.is_empty() {
        reading.title(found)
    } else {
        line
    }
}

fn severity(compiled: &Compiled, evaluation: &mut Evaluation<'_>) -> Option<Severity> {
    let value = evaluation.value("severity", compiled.fields.severity.as_ref()?)?;
    let written = match &value {
        Value::String(text) => text.trim().to_lowercase(),
        other => other.to_string(),
    };
    if let Some((_, severity)) = compiled
        .severity_map
        .iter()
        .find(|(word, _)| *word == written)
    {
        return Some(*severity);
    }
    let number = value.as_f64().or_else(|| written.parse().ok());
    if let Some(number) = number.filter(|_| !compiled.severity_ranges.is_empty()) {
        let range = compiled
            .severity_ranges
            .iter()
            .find(|(below, _)| number < *below);
        return range.map(|(_, severity)| *severity);
    }
    let read = levels::read(&value);
    if read.is_none() && !written.is_empty() {
        let quoted = text::one_line(&written, 40);
        evaluation
            .notes
            .push(format!("severity: `{quoted}` is no severity"));
    }
    read
}

fn time(compiled: &Compiled, evaluation: &mut Evaluation<'_>, now: Timestamp) -> Option<Timestamp> {
    let value = evaluation.value("time", compiled.fields.time.as_ref()?)?;
    let read = moments::read(&value, now);
    if read.is_none() && value != Value::String(String::new()) {
        evaluation
            .notes
            .push("time: the value is no date and time".into());
    }
    read
}

fn fields(
    compiled: &Compiled,
    evaluation: &mut Evaluation<'_>,
    reading: &Reading<'_>,
) -> Map<String, Value> {
    let Some(others) = &compiled.fields.others else {
        return reading::fields(reading);
    };
    let mut fields = Map::new();
    for (name, template) in others {
        match template.eval(&evaluation.scope, &mut evaluation.fuel) {
            Ok(value) => {
                fields.insert(name.clone(), value);
            }
            // An optional field that is not there needs no words.
            Err((_, error)) if error.kind == ErrorKind::Undefined => {}
            Err((_, error)) => evaluation.note(name, &error),
        }
    }
    fields
}

fn observe(
    compiled: &Compiled,
    evaluation: &mut Evaluation<'_>,
    reading: &Reading<'_>,
    collector: &mut Collector<'_>,
) {
    for rule in &compiled.observables {
        match rule {
            Rule::Value {
                kind,
                value,
                role,
                when,
            } => {
                let holds = when.as_ref().is_none_or(|when| {
                    when.eval_bool(&evaluation.scope, &mut evaluation.fuel)
                        .unwrap_or(false)
                });
                if let Some(value) = holds
                    .then(|| evaluation.value("observables", value))
                    .flatten()
                {
                    collector.name(kind, &value, role.as_deref());
                }
            }
            Rule::From(template) => {
                if let Some(value) = evaluation.value("observables", template) {
                    collector.search_value(&value, &compiled.skip);
                }
            }
        }
    }
    if let Some(ioc) = &reading.ioc {
        collector.add(ioc.clone(), true);
    }
    match &compiled.extract {
        Extract::None => {}
        Extract::Parts(parts) => {
            for part in parts {
                if let Some(value) = evaluation.value("extract", part) {
                    collector.search_value(&value, &compiled.skip);
                }
            }
        }
        Extract::All => search_all(compiled, reading, collector),
    }
}

fn search_all(compiled: &Compiled, reading: &Reading<'_>, collector: &mut Collector<'_>) {
    for file in reading
        .files
        .iter()
        .filter(|file| !file.inline && !file.bytes.is_empty())
    {
        let hash = file.sha256.to_string();
        collector.add(Observable::new(ObservableType::Sha256, hash), true);
    }
    let Some(mail) = &reading.mail else {
        match (reading.kind, reading.log.is_null()) {
            (Kind::Ioc | Kind::File, _) => {}
            // The header of a log line names the machine that wrote it.
            (Kind::Log, true) => {
                let skip: Vec<_> = compiled
                    .skip
                    .iter()
                    .cloned()
                    .chain(["syslog".into()])
                    .collect();
                collector.search_value(&reading.body, &skip);
            }
            _ => collector.search_value(&reading.body, &compiled.skip),
        }
        return;
    };
    collector.ignored = mail
        .recipients
        .iter()
        .map(|address| address.to_lowercase())
        .collect();
    for address in &mail.senders {
        collector.name(
            &Wanted::One(ObservableType::Email),
            &address.as_str().into(),
            None,
        );
    }
    for ip in &mail.hop_ips {
        collector.name(&Wanted::Ip, &ip.as_str().into(), None);
    }
    collector.notes.clear();
    for link in &mail.links {
        collector.search(&link.href);
    }
    for text in &mail.texts {
        collector.search(text);
    }
}

fn dedup(compiled: &Compiled, evaluation: &mut Evaluation<'_>) -> Option<String> {
    let value = evaluation.value("dedup", compiled.fields.dedup.as_ref()?)?;
    let written = match value {
        Value::String(text) => text,
        other => other.to_string(),
    };
    let written = text::one_line(&written, usize::MAX);
    // Two products may number their alerts alike.
    match written.len() {
        0 => None,
        length if length > DEDUP_BYTES_MAX => Some(format!(
            "{}:sha256:{}",
            compiled.id,
            BlobHash::of(written.as_bytes())
        )),
        _ => Some(format!("{}:{written}", compiled.id)),
    }
}

/// The identity of an alert whose mapping gives none: what it is about, or else its bytes.
fn standard_dedup(observables: &[Observable], raw: &[u8]) -> String {
    let mut keys: Vec<String> = observables
        .iter()
        // A technique says how, not what.
        .filter(|o| o.excluded.is_none() && o.kind != ObservableType::Attack)
        .map(Observable::key)
        .collect();
    keys.sort_unstable();
    match keys.as_slice() {
        [] => format!("raw:{}", BlobHash::of(raw)),
        [only] if only.len() <= DEDUP_BYTES_MAX => only.clone(),
        several => format!("set:{}", BlobHash::of(several.join("\n").as_bytes())),
    }
}

/// Keeps what is stored beside every alert small and storable; the raw bytes hold the rest.
fn bound_fields(fields: &mut Map<String, Value>, diagnostics: &mut Vec<String>) {
    fields.values_mut().for_each(text::without_nul);
    if size_of_fields(fields) <= FIELDS_BYTES_MAX {
        return;
    }
    let mut left = FIELDS_BYTES_MAX;
    fields.retain(|key, value| {
        let bytes = key.len() + size(value);
        let kept = bytes <= left;
        left -= if kept { bytes } else { 0 };
        kept
    });
    diagnostics.push(format!(
        "fields beyond {FIELDS_BYTES_MAX} bytes were left out; the raw alert has them"
    ));
}

/// About how long a value is as JSON, without writing it.
fn size(value: &Value) -> usize {
    match value {
        Value::String(text) => text.len() + 3,
        Value::Array(list) => list.iter().map(size).sum::<usize>() + 2,
        Value::Object(object) => {
            object
                .iter()
                .map(|(key, value)| key.len() + 4 + size(value))
                .sum::<usize>()
                + 2
        }
        _ => 8,
    }
}

fn size_of_fields(fields: &Map<String, Value>) -> usize {
    fields
        .iter()
        .map(|(key, value)| key.len() + size(value))
        .sum()
}
