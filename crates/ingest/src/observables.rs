//! Collecting the observables of one alert: named ones first, found ones after, each once.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use updraft_intel::{Exclusions, Observer, canonical, classify};
use updraft_model::{Observable, ObservableType};

use crate::limits::OBSERVABLES_MAX;
use crate::references::{REFERENCE, is_skipped};
use crate::{standard, text};

/// Shortest text that can hold an observable.
const TEXT_BYTES_MIN: usize = 4;
/// Longest value that is quoted in a diagnostic, in characters.
const QUOTED_CHARS_MAX: usize = 60;

pub(crate) struct Collector<'c> {
    observer: &'c Observer,
    exclusions: &'c Exclusions,
    seen: BTreeSet<(ObservableType, String)>,
    /// Found so far, in order.
    pub list: Vec<Observable>,
    /// What part a named value plays: `type:value` to role.
    pub roles: BTreeMap<String, String>,
    /// Values that extraction leaves out, lower case.
    pub ignored: BTreeSet<String>,
    /// What could not be read.
    pub notes: Vec<String>,
    full: bool,
}

impl<'c> Collector<'c> {
    pub(crate) fn new(observer: &'c Observer, exclusions: &'c Exclusions) -> Self {
        Self {
            observer,
            exclusions,
            seen: BTreeSet::new(),
            list: Vec::new(),
            roles: BTreeMap::new(),
            ignored: BTreeSet::new(),
            notes: Vec::new(),
            full: false,
        }
    }

    /// Adds a value in canonical form. Named values are kept whatever list they are on; found ones are
    /// dropped when they only explain the alert.
    pub(crate) fn add(&mut self, mut observable: Observable, named: bool) {
        if self.full {
            return;
        }
        let identity = (observable.kind.clone(), observable.value.clone());
        if self.seen.contains(&identity) {
            return;
        }
        observable.excluded = self.exclusions.excluded(&observable).map(str::to_owned);
        let explains = observable.excluded.as_deref() == Some(REFERENCE);
        if !named && (explains || self.ignored.contains(&observable.value.to_lowercase())) {
            return;
        }
        if self.list.len() == OBSERVABLES_MAX {
            self.full = true;
            self.notes.push(format!(
                "only the first {OBSERVABLES_MAX} observables were kept"
            ));
            return;
        }
        self.seen.insert(identity);
        self.list.push(observable);
    }

    /// Adds what a mapping names: a value, a list of values, or nothing.
    pub(crate) fn name(&mut self, kind: &Wanted, value: &Value, role: Option<&str>) {
        let written = match value {
            Value::Array(list) => {
                return list.iter().for_each(|value| self.name(kind, value, role));
            }
            Value::String(written) => written.trim().to_owned(),
            Value::Number(number) => number.to_string(),
            _ => return,
        };
        if matches!(
            written.as_str(),
            "" | "-" | "--" | "null" | "None" | "N/A" | "n/a" | "unknown"
        ) {
            return;
        }
        match kind.read(&written) {
            Some(observable) => {
                if let Some(role) = role {
                    self.roles
                        .entry(observable.key())
                        .or_insert_with(|| role.to_owned());
                }
                self.add(observable, true);
            }
            None => {
                let quoted = text::one_line(&written, QUOTED_CHARS_MAX);
                self.notes.push(format!("`{quoted}` is no {}", kind.word()));
            }
        }
    }

    /// Searches one text.
    pub(crate) fn search(&mut self, text: &str) {
        self.search_under("", text);
    }

    /// Searches the text under a key. What products call an id is no file hash, whatever it looks like.
    fn search_under(&mut self, key: &str, text: &str) {
        if text.len() < TEXT_BYTES_MIN || self.full {
            return;
        }
        let identifies = ["id", "key", "uid", "fingerprint", "token"];
        let identifies = identifies.iter().any(|ending| key.ends_with(ending));
        for found in self.observer.observe(text) {
            if !(identifies && found.kind.is_hash()) {
                self.add(Observable::new(found.kind, found.value), false);
            }
        }
    }

    /// Searches all texts of a value, except under keys that hold links and versions.
    pub(crate) fn search_value(&mut self, value: &Value, skipped: &[String]) {
        self.search_value_under("", value, skipped);
    }

    fn search_value_under(&mut self, key: &str, value: &Value, skipped: &[String]) {
        match value {
            Value::String(text) => self.search_under(key, text),
            Value::Array(list) => {
                list.iter()
                    .for_each(|inner| self.search_value_under(key, inner, skipped));
            }
            Value::Object(object) => {
                for (key, inner) in object {
                    let key = standard::plain(key);
                    if !is_skipped(&key) && !skipped.contains(&key) {
                        self.search_value_under(&key, inner, skipped);
                    }
                }
            }
            _ => {}
        }
    }
}

/// The type that a mapping asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Wanted {
    /// Whatever the value looks like.
    Auto,
    /// IPv4 or IPv6.
    Ip,
    /// Any of the file hashes, by length.
    Hash,
    /// One type.
    One(ObservableType),
}

impl Wanted {
    pub(crate) fn from_word(word: &str) -> Self {
        match word {
            "auto" => Wanted::Auto,
            "ip" => Wanted::Ip,
            "hash" => Wanted::Hash,
            word => Wanted::One(word.parse().unwrap_or_else(|never| match never {})),
        }
    }

    fn word(&self) -> &str {
        match self {
            Wanted::Auto => "observable",
            Wanted::Ip => "ip",
            Wanted::Hash => "hash",
            Wanted::One(kind) => kind.as_str(),
        }
    }

    fn read(&self, written: &str) -> Option<Observable> {
        let seen = || classify(written);
        match self {
            Wanted::Auto => seen(),
            Wanted::Ip => {
                seen().filter(|o| matches!(o.kind, ObservableType::Ipv4 | ObservableType::Ipv6))
            }
            Wanted::Hash => seen().filter(|o| o.kind.is_hash()),
            Wanted::One(kind) => canonical(kind, written)
                .ok()
                .map(|value| Observable::new(kind.clone(), value))
                .or_else(|| seen().filter(|found| found.kind == *kind)),
        }
    }
}
