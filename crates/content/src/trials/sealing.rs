//! Secret and restricted values in tests: written as they are, seen by the run as handles, as in earnest.
//!
//! The handles of a test open nothing. Their id and hash are of the value, so a test gives the same result
//! every time.

use serde_json::{Value, json};
use updraft_engine::{InputType, Plan, lint::SEALED_KEY};
use updraft_model::BlobHash;

use super::drive::Question;
use crate::Library;

/// The inputs of a run with their secret and restricted values sealed.
pub(super) fn inputs(plan: &Plan, inputs: &mut Value) {
    for spec in plan.inputs() {
        if let Some(value) = inputs.get_mut(&spec.name) {
            seal(spec.kind, value);
        }
    }
}

/// An answer with the secret and restricted fields of its form sealed.
pub(super) fn answer(question: &Question, answer: &mut Value) {
    let fields = question.request["form"].as_array();
    for field in fields.into_iter().flatten() {
        let kind = match field["type"].as_str() {
            Some("secret") => InputType::Secret,
            Some("restricted") => InputType::Restricted,
            _ => continue,
        };
        let name = field["name"].as_str().unwrap_or_default();
        let values = answer.get_mut("values");
        if let Some(value) = values.and_then(|values| values.get_mut(name)) {
            seal(kind, value);
        }
    }
}

/// The output of an action with what nobody may see sealed.
pub(super) fn output(library: &Library, connector: &str, action: &str, output: &mut Value) {
    let known = library.connectors.get(connector);
    let Some(action) = known.and_then(|connector| connector.action(action)) else {
        return;
    };
    for (name, spec) in &action.outputs {
        if let Some(value) = output.get_mut(name).filter(|_| spec.restricted) {
            seal(InputType::Restricted, value);
        }
    }
}

fn seal(kind: InputType, value: &mut Value) {
    if !kind.is_sealed() || value.is_null() || value.get(SEALED_KEY).is_some() {
        return;
    }
    let plain = match &*value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    let id = BlobHash::of(plain.as_bytes()).to_string();
    *value = match kind {
        InputType::Secret => json!({SEALED_KEY: "secret", "id": id}),
        _ => {
            let length = plain.chars().count();
            let ends = (plain.chars().next(), plain.chars().next_back());
            let mask = match ends {
                (Some(first), Some(last)) if length >= 8 => format!("{first}***{last}"),
                _ => "***".to_owned(),
            };
            let hash = id.get(..32).unwrap_or(&id).to_owned();
            json!({SEALED_KEY: "restricted", "id": id, "mask": mask, "hash": hash, "kind": "string", "count": length})
        }
    };
}
