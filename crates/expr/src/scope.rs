//! Where root names come from.

use std::collections::BTreeMap;
use std::fmt;

use serde_json::{Map, Value};

/// The names an expression may use. Expressions only ever read it.
pub trait Scope {
    /// The value of a name, if it exists.
    fn get(&self, name: &str) -> Option<&Value>;

    /// All names, for suggestions in errors; may be empty.
    fn names(&self) -> Vec<String> {
        Vec::new()
    }
}

impl Scope for BTreeMap<String, Value> {
    fn get(&self, name: &str) -> Option<&Value> {
        BTreeMap::get(self, name)
    }

    fn names(&self) -> Vec<String> {
        self.keys().cloned().collect()
    }
}

impl Scope for Map<String, Value> {
    fn get(&self, name: &str) -> Option<&Value> {
        Map::get(self, name)
    }

    fn names(&self) -> Vec<String> {
        self.keys().cloned().collect()
    }
}

/// Scopes on top of each other: the first that knows a name answers.
#[derive(Clone, Copy)]
pub struct Layers<'a> {
    layers: &'a [&'a dyn Scope],
}

impl<'a> Layers<'a> {
    /// Layers from innermost to outermost.
    pub const fn new(layers: &'a [&'a dyn Scope]) -> Layers<'a> {
        Layers { layers }
    }
}

impl Scope for Layers<'_> {
    fn get(&self, name: &str) -> Option<&Value> {
        self.layers.iter().find_map(|layer| layer.get(name))
    }

    fn names(&self) -> Vec<String> {
        let mut names: Vec<String> = Vec::new();
        for name in self.layers.iter().flat_map(|layer| layer.names()) {
            if !names.contains(&name) {
                names.push(name);
            }
        }
        names
    }
}

impl fmt::Debug for Layers<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Layers")
            .field("names", &self.names())
            .finish()
    }
}
