//! All mappings together: which one an item gets, and what templates see of it.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::Value;
use updraft_expr::{Error, Fuel, Scope};
use updraft_intel::{Exclusions, Observer};
use updraft_model::Timestamp;

use crate::limits::{ITEMS_MAX, Rejected};
use crate::mapping::Mapping;
use crate::normalize::{Normalized, Tools, apply};
use crate::reading::{self, Reading};
use crate::split::{Item, Kind};

/// Steps and bytes that one mapping may use for one alert.
const FUEL_STEPS: u64 = 1_000_000;
const FUEL_BYTES: usize = 16 * 1024 * 1024;

/// The mappings of an installation, by id; `auto` asks them in that order.
#[derive(Debug, Clone, Default)]
pub struct Mappings {
    by_id: BTreeMap<String, Arc<Mapping>>,
}

impl Mappings {
    /// These mappings; of two with one id the last counts.
    pub fn new(list: impl IntoIterator<Item = Mapping>) -> Self {
        let by_id = list
            .into_iter()
            .map(|mapping| (mapping.id().to_owned(), Arc::new(mapping)));
        Self {
            by_id: by_id.collect(),
        }
    }

    /// Adds a mapping; answers the one that had its id before.
    pub fn insert(&mut self, id: String, mapping: Arc<Mapping>) -> Option<Arc<Mapping>> {
        self.by_id.insert(id, mapping)
    }

    /// The mapping of an id; `None` also for `auto`.
    pub fn get(&self, id: &str) -> Option<&Arc<Mapping>> {
        self.by_id.get(id)
    }

    /// True when there is a mapping of that id.
    pub fn contains_key(&self, id: &str) -> bool {
        self.by_id.contains_key(id)
    }

    /// The ids, in order.
    pub fn keys(&self) -> impl Iterator<Item = &String> {
        self.by_id.keys()
    }

    /// The mappings, in the order of their ids.
    pub fn values(&self) -> impl Iterator<Item = &Arc<Mapping>> {
        self.by_id.values()
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.by_id.len()
    }

    /// True when there are none; then everything is found by looking.
    pub fn is_empty(&self) -> bool {
        self.by_id.is_empty()
    }

    /// The mapping for an item: the one of that name, or the first that recognises the item when the name is
    /// `auto` or unknown, or the standard one.
    pub fn choose(&self, id: &str, item: &Item<'_>) -> Mapping {
        self.choose_for(id, &reading::read(item))
    }

    fn choose_for(&self, id: &str, reading: &Reading<'_>) -> Mapping {
        let detects = |mapping: &&Arc<Mapping>| mapping.detects(reading);
        let found = self.get(id).or_else(|| self.by_id.values().find(detects));
        found.map_or_else(Mapping::standard, |mapping| Mapping::clone(mapping))
    }

    /// Chooses the mapping and applies it, reading the item once.
    pub fn normalize(
        &self,
        id: &str,
        item: &Item<'_>,
        now: Timestamp,
        observer: &Observer,
        exclusions: &Exclusions,
    ) -> Normalized {
        let mut reading = reading::read(item);
        let mapping = self.choose_for(id, &reading);
        if id != "auto" && mapping.id() != id && id != "generic" {
            let note = format!("there is no mapping `{id}`; `{}` was used", mapping.id());
            reading.diagnostics.push(note);
        }
        apply(
            &item.bytes,
            reading,
            &mapping,
            now,
            &Tools {
                observer,
                exclusions,
            },
        )
    }

    /// Takes an item apart into the alerts that its mapping says it holds. An item that is one alert keeps its
    /// bytes as they are.
    ///
    /// # Errors
    /// `too_many_items`.
    pub fn expand<'a>(&self, id: &str, item: Item<'a>) -> Result<Vec<Item<'a>>, Rejected> {
        let (parts, note) = {
            let reading = reading::read(&item);
            let mapping = self.choose_for(id, &reading);
            (mapping.parts(&reading), item.note.clone())
        };
        match parts {
            Ok(Some(parts)) if parts.len() > ITEMS_MAX => {
                Err(Rejected::too_many(parts.len(), ITEMS_MAX))
            }
            Ok(Some(parts)) if parts.len() > 1 => Ok(parts
                .into_iter()
                .map(|part| Item {
                    bytes: part.to_string().into_bytes().into(),
                    kind: Kind::Json,
                    note: note.clone(),
                })
                .collect()),
            // One part, none, or an expression that fails: the item stands for itself.
            _ => Ok(vec![item]),
        }
    }
}

impl Mapping {
    /// True when the mapping recognises the item as its own.
    fn detects(&self, reading: &Reading<'_>) -> bool {
        let Some(detect) = &self.inner.detect else {
            return false;
        };
        let scope = Seen::new(reading, self.inner.needs_text);
        detect.eval_bool(&scope, &mut fuel()).unwrap_or(false)
    }

    /// The values that the document holds by its `items` expression, if it has one.
    pub(crate) fn parts(&self, reading: &Reading<'_>) -> Result<Option<Vec<Value>>, Error> {
        let Some(items) = &self.inner.items else {
            return Ok(None);
        };
        let scope = Seen::new(reading, self.inner.needs_text);
        match items.eval(&scope, &mut fuel())? {
            Value::Array(parts) => Ok(Some(parts)),
            Value::Null => Ok(None),
            part => Ok(Some(vec![part])),
        }
    }
}

/// A fresh allowance.
pub(crate) fn fuel() -> Fuel {
    Fuel::new(FUEL_STEPS, FUEL_BYTES)
}

/// What templates see.
pub(crate) struct Seen<'r> {
    body: &'r Value,
    log: &'r Value,
    kind: Value,
    text: Option<Value>,
}

impl<'r> Seen<'r> {
    pub(crate) fn new(reading: &'r Reading<'_>, needs_text: bool) -> Self {
        Self {
            body: &reading.body,
            log: &reading.log,
            kind: reading.kind.as_str().into(),
            text: needs_text.then(|| reading.text.to_string().into()),
        }
    }
}

impl Scope for Seen<'_> {
    fn get(&self, name: &str) -> Option<&Value> {
        match name {
            "body" => Some(self.body),
            "log" => Some(self.log),
            "kind" => Some(&self.kind),
            "text" => self.text.as_ref(),
            _ => None,
        }
    }

    fn names(&self) -> Vec<String> {
        crate::mapping::NAMES.map(str::to_owned).to_vec()
    }
}
