//! CACAO: security playbooks as OASIS writes them (version 2.0), read and written.
//!
//! [`validate`] holds a document against the schemas of OASIS and against what its prose says and schemas cannot.
//! [`import`] makes a structured playbook of its graph of steps: what branches and joins becomes nested blocks, what
//! names a command for a machine that Updraft does not drive becomes a task for a person that carries the command,
//! and every such thing is said in a report. [`export`] goes the other way.
//!
//! Nothing is lost on the way there and back. An imported playbook keeps the original of each step under `x-cacao`, and
//! is written back as it came unless somebody changed it; an exported one carries its own text in an extension.
//!
//! Not done: signatures are kept, and neither checked nor made.

mod condition;
mod export;
mod flow;
mod ids;
mod import;
mod names;
mod rules;
mod schema;
mod steps;
mod values;

use serde::Serialize;
use serde_json::{Map, Value};

pub use export::{Exported, export};
pub use ids::playbook_id;
pub use import::{Imported, import};

use updraft_model::{Problem, Timestamp};

/// Steps that a document may have.
pub const STEPS_MAX: usize = 2_000;
/// How deep a document may nest.
pub const DEPTH_MAX: usize = 64;
/// Findings that are reported of one document.
const FINDINGS_MAX: usize = 100;
/// The key under which a playbook keeps what it was imported from.
pub(crate) const KEPT: &str = "x-cacao";

/// Something of a document that the playbook, or the other way round, says otherwise or not at all.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Unmapped {
    /// The step's id in the document, or its path in the playbook; empty for the whole.
    pub step: String,
    /// What it is: `command`, `condition`, `jump`, …
    pub what: String,
    /// What became of it, and why.
    pub why: String,
}

impl Unmapped {
    pub(crate) fn new(step: &str, what: &str, why: impl Into<String>) -> Self {
        Self {
            step: step.to_owned(),
            what: what.to_owned(),
            why: why.into(),
        }
    }
}

/// What is wrong with a document: errors first, at most a hundred. `now` is for what is over by then.
pub fn validate(document: &Value, now: Option<Timestamp>) -> Vec<Problem> {
    if deeper_than(document, DEPTH_MAX) {
        let text = format!("the document nests deeper than {DEPTH_MAX} levels");
        return vec![Problem::error("UA001", "", text)];
    }
    let many = document.get("workflow").and_then(Value::as_object);
    if many.is_some_and(|steps| steps.len() > STEPS_MAX) {
        let text = format!("a document may have {STEPS_MAX} steps");
        return vec![Problem::error("UA001", "/workflow", text)];
    }
    let mut found = schema::check(document);
    found.extend(rules::check(document, now));
    found.sort_by_key(|problem| std::cmp::Reverse(problem.level));
    found.truncate(FINDINGS_MAX);
    found
}

fn deeper_than(value: &Value, levels: usize) -> bool {
    match value {
        Value::Array(list) => levels == 0 || list.iter().any(|v| deeper_than(v, levels - 1)),
        Value::Object(map) => levels == 0 || map.values().any(|v| deeper_than(v, levels - 1)),
        _ => false,
    }
}

/// A field that is a text.
pub(crate) fn text<'v>(value: &'v Value, key: &str) -> Option<&'v str> {
    value.get(key).and_then(Value::as_str)
}

/// The steps of a document by their ids.
pub(crate) fn workflow(document: &Value) -> Option<&Map<String, Value>> {
    document.get("workflow").and_then(Value::as_object)
}
