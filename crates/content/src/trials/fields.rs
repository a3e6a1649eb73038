//! Reading a test's document with a pointer for every complaint.

use serde_json::{Map, Value};
use updraft_connector::shape::closest;
use updraft_engine::parse_duration_ms;
use updraft_model::Problem;

/// Complaints about one document.
#[derive(Debug, Default)]
pub(super) struct Notes(pub Vec<Problem>);

/// A map of the document and where it stands.
#[derive(Debug, Clone)]
pub(super) struct Fields<'v> {
    pub map: &'v Map<String, Value>,
    pub pointer: String,
}

/// A key as a part of a JSON pointer.
pub(super) fn escape(key: &str) -> String {
    key.replace('~', "~0").replace('/', "~1")
}

impl Notes {
    pub(super) fn error(&mut self, pointer: &str, text: impl Into<String>) -> &mut Problem {
        let place = self.0.len();
        self.0.push(Problem::error("UT001", pointer, text));
        &mut self.0[place]
    }

    /// A value that must be a map with no other keys than these.
    pub(super) fn map<'v>(
        &mut self,
        value: &'v Value,
        pointer: &str,
        known: &[&str],
    ) -> Option<Fields<'v>> {
        let Value::Object(map) = value else {
            self.error(pointer, "this must be a map");
            return None;
        };
        let fields = Fields {
            map,
            pointer: pointer.to_owned(),
        };
        for key in map.keys().filter(|key| !known.contains(&key.as_str())) {
            let near = closest(key, known.iter().copied());
            let hint = match near {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("known here: {}", known.join(", ")),
            };
            let shown: String = key.chars().take(60).collect();
            let problem = self.error(&fields.at(key), format!("unknown field `{shown}`"));
            problem.at_key = true;
            problem.hint = hint;
        }
        Some(fields)
    }

    /// A list's items with their places; a missing one is empty.
    pub(super) fn list<'v>(&mut self, fields: &Fields<'v>, key: &str) -> Vec<(&'v Value, String)> {
        let pointer = fields.at(key);
        match fields.get(key) {
            None => Vec::new(),
            Some(Value::Array(list)) => list
                .iter()
                .enumerate()
                .map(|(place, item)| (item, format!("{pointer}/{place}")))
                .collect(),
            Some(_) => {
                self.error(&pointer, format!("`{key}` must be a list"));
                Vec::new()
            }
        }
    }

    pub(super) fn text(&mut self, fields: &Fields<'_>, key: &str) -> Option<String> {
        match fields.get(key)? {
            Value::String(text) => Some(text.clone()),
            _ => {
                self.error(&fields.at(key), format!("`{key}` must be a text"));
                None
            }
        }
    }

    pub(super) fn duration(&mut self, fields: &Fields<'_>, key: &str) -> Option<i64> {
        let value = fields.get(key)?;
        let millis = value.as_str().and_then(parse_duration_ms);
        if millis.is_none() {
            let text = format!("`{key}` must be a duration such as 30s");
            self.error(&fields.at(key), text).hint = "units are ms, s, m, h and d".into();
        }
        millis
    }

    pub(super) fn count(&mut self, fields: &Fields<'_>, key: &str) -> Option<u64> {
        let value = fields.get(key)?;
        let count = value.as_u64();
        if count.is_none() {
            self.error(&fields.at(key), format!("`{key}` must be a whole number"));
        }
        count
    }
}

impl<'v> Fields<'v> {
    /// A field's value; `null` counts as absent.
    pub(super) fn get(&self, key: &str) -> Option<&'v Value> {
        self.map.get(key).filter(|value| !value.is_null())
    }
    /// The pointer to a field.
    pub(super) fn at(&self, key: &str) -> String {
        format!("{}/{}", self.pointer, escape(key))
    }
    /// True when the key is there, whatever its value.
    pub(super) fn has(&self, key: &str) -> bool {
        self.map.contains_key(key)
    }
}
