//! Secret and restricted values of runs: sealed at the door, opened when a request is sent.
//!
//! A run never holds such a value. What people type, what the API gives and what a restricted output of an
//! action says becomes a handle here ([`updraft_expr::sealed`]) before it is journaled: `{"$sealed":
//! "restricted", "id", "box", "mask", "hash", "kind", "count"}`. The box is the value under the keyring, bound to
//! tenant and id, so a handle is as durable as the journal it stands in, and opens nowhere else. For a call each
//! handle becomes a token; egress puts the text in when the request is sent. Pages and the API see handles
//! without their box. What comes from outside and only looks like a handle is disarmed.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use updraft_egress::Filling;
use updraft_engine::{InputSpec, InputType};
use updraft_model::TenantId;

use crate::{
    App,
    clock::random_bytes,
    error::{Error, Result},
    secrets::{Keyring, Secret, hex, unhex_all},
};

/// Longest value that is sealed, as JSON.
pub const SEALED_BYTES_MAX: usize = 16 << 10;
const KEY: &str = updraft_expr::SEALED_KEY;
const NAME: &str = "value";
/// Shorter texts show no letter of themselves.
const MASKED_CHARS_MIN: usize = 8;

impl App {
    /// The inputs of a run with their secret and restricted values sealed.
    ///
    /// # Errors
    /// [`Error::Invalid`] for a value that is too large, or that is a handle already.
    pub fn seal_inputs(
        &self,
        tenant: TenantId,
        specs: &[InputSpec],
        mut inputs: Value,
    ) -> Result<Value> {
        for spec in specs {
            if let Some(value) = inputs.get_mut(&spec.name) {
                self.seal_in_place(tenant, spec.kind, value)?;
            }
        }
        Ok(inputs)
    }

    /// One value for an input, sealed if it has to be.
    pub(crate) fn seal_input(
        &self,
        tenant: TenantId,
        spec: &InputSpec,
        mut value: Value,
    ) -> Result<Value> {
        self.seal_in_place(tenant, spec.kind, &mut value)?;
        Ok(value)
    }

    /// An answer to a form with its secret and restricted fields sealed; `request` is what was asked.
    ///
    /// # Errors
    /// As [`App::seal_inputs`].
    pub fn seal_answer(
        &self,
        tenant: TenantId,
        request: &Value,
        mut answer: Value,
    ) -> Result<Value> {
        let fields = request["form"].as_array().map_or(&[][..], Vec::as_slice);
        for field in fields {
            let kind = match field["type"].as_str() {
                Some("secret") => InputType::Secret,
                Some("restricted") => InputType::Restricted,
                _ => continue,
            };
            let name = field["name"].as_str().unwrap_or_default();
            if let Some(value) = answer
                .get_mut("values")
                .and_then(|values| values.get_mut(name))
            {
                self.seal_in_place(tenant, kind, value)?;
            }
        }
        Ok(answer)
    }

    fn seal_in_place(&self, tenant: TenantId, kind: InputType, value: &mut Value) -> Result<()> {
        if !kind.is_sealed() || value.is_null() {
            return Ok(());
        }
        if updraft_expr::sealed_inside(value).is_some() {
            let text = "a secret or restricted value is given as it is, not as a handle";
            return Err(invalid(text));
        }
        *value = self.seal(tenant, kind, value)?;
        Ok(())
    }

    /// A value as a handle.
    pub(crate) fn seal(&self, tenant: TenantId, kind: InputType, value: &Value) -> Result<Value> {
        let plain = match value {
            Value::String(text) => text.clone(),
            other => other.to_string(),
        };
        if plain.len() > SEALED_BYTES_MAX {
            let text = format!("a sealed value may have {SEALED_BYTES_MAX} bytes");
            return Err(invalid(&text));
        }
        let keyring = self.0.keyring.read().clone();
        let id = hex(&random_bytes::<16>());
        let sealed = keyring.seal(
            &place(tenant, &id),
            &BTreeMap::from([(NAME.to_owned(), Secret::new(plain.as_str()))]),
        );
        let mut handle = json!({KEY: kind.word(), "id": id, "box": hex(&sealed)});
        if kind == InputType::Restricted {
            handle["mask"] = mask(value).into();
            handle["hash"] = keyring.fingerprint(&tenant.to_string(), &plain).into();
            handle["kind"] = kind_of(value).into();
            handle["count"] = count(value).into();
        }
        Ok(handle)
    }

    /// The texts behind the handles of a call's input.
    pub(crate) fn filling(&self, tenant: TenantId, input: &Value) -> Result<Filling> {
        let mut handles = Vec::new();
        collect(input, &mut handles);
        if handles.is_empty() {
            return Ok(Filling::default());
        }
        let keyring = self.0.keyring.read().clone();
        let opened = handles
            .into_iter()
            .map(|handle| open(&keyring, tenant, handle));
        Ok(Filling::new(opened.collect::<Result<Vec<_>>>()?))
    }
}

/// Seals every handle in a value with the newest key; says whether there was one.
pub(crate) fn reseal(keyring: &Keyring, tenant: TenantId, value: &mut Value) -> Result<bool> {
    match value {
        Value::Object(map) if map.contains_key(KEY) => {
            let id = value["id"].as_str().unwrap_or_default().to_owned();
            let sealed = unhex_all(value["box"].as_str().unwrap_or_default()).unwrap_or_default();
            let plain = keyring.open(&place(tenant, &id), &sealed)?;
            value["box"] = hex(&keyring.seal(&place(tenant, &id), &plain)).into();
            Ok(true)
        }
        Value::Object(map) => map.values_mut().try_fold(false, |found, value| {
            Ok(reseal(keyring, tenant, value)? || found)
        }),
        Value::Array(items) => items.iter_mut().try_fold(false, |found, value| {
            Ok(reseal(keyring, tenant, value)? || found)
        }),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => Ok(false),
    }
}

fn open(keyring: &Keyring, tenant: TenantId, handle: &Value) -> Result<(String, String)> {
    let id = handle["id"].as_str().unwrap_or_default();
    let lost = || invalid("a sealed value of this run does not open here");
    let sealed = unhex_all(handle["box"].as_str().unwrap_or_default()).ok_or_else(lost)?;
    let mut values = keyring.open(&place(tenant, id), &sealed)?;
    let value = values.remove(NAME).ok_or_else(lost)?;
    Ok((token(id), value.reveal().to_owned()))
}

fn invalid(text: &str) -> Error {
    Error::invalid(
        "value.sealed",
        text,
        "give the value itself; Updraft seals it",
    )
}

fn place(tenant: TenantId, id: &str) -> String {
    format!("sealed:{tenant}:{id}")
}

/// What a call knows of a handle: letters and digits, so that it survives every spelling.
fn token(id: &str) -> String {
    let sound = id.chars().filter(char::is_ascii_alphanumeric).take(64);
    format!("updraftsealed{}", sound.collect::<String>())
}

/// An input as a call sees it: tokens in the place of handles.
pub(crate) fn tokens(input: &Value) -> Value {
    match input {
        Value::Object(map) if map.contains_key(KEY) => {
            Value::from(token(input["id"].as_str().unwrap_or_default()))
        }
        Value::Object(map) => {
            let each = map
                .iter()
                .map(|(name, value)| (name.clone(), tokens(value)));
            Value::Object(each.collect())
        }
        Value::Array(items) => Value::Array(items.iter().map(tokens).collect()),
        other => other.clone(),
    }
}

fn collect<'v>(value: &'v Value, found: &mut Vec<&'v Value>) {
    match value {
        Value::Object(map) if map.contains_key(KEY) => found.push(value),
        Value::Object(map) => map.values().for_each(|value| collect(value, found)),
        Value::Array(items) => items.iter().for_each(|value| collect(value, found)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// Takes from what came from outside the look of a handle.
pub(crate) fn disarm(value: &mut Value) {
    match value {
        Value::Object(map) => {
            if let Some(word) = map.remove(KEY) {
                map.insert("sealed".into(), word);
            }
            map.values_mut().for_each(disarm);
        }
        Value::Array(items) => items.iter_mut().for_each(disarm),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// Takes the box out of every handle: what people see of it is its mask, kind and count.
pub fn without_boxes(value: &mut Value) {
    match value {
        Value::Object(map) if map.contains_key(KEY) => {
            map.remove("box");
            map.remove("id");
        }
        Value::Object(map) => map.values_mut().for_each(without_boxes),
        Value::Array(items) => items.iter_mut().for_each(without_boxes),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

fn mask(value: &Value) -> String {
    match value.as_str() {
        Some(text) if text.chars().count() >= MASKED_CHARS_MIN => {
            let end = |end: Option<char>| end.map(String::from).unwrap_or_default();
            format!(
                "{}***{}",
                end(text.chars().next()),
                end(text.chars().next_back())
            )
        }
        _ => "***".to_owned(),
    }
}

fn kind_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "list",
        Value::Object(_) => "object",
    }
}

fn count(value: &Value) -> usize {
    match value {
        Value::String(text) => text.chars().count(),
        Value::Array(items) => items.len(),
        Value::Object(map) => map.len(),
        Value::Null | Value::Bool(_) | Value::Number(_) => 1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_looks_like_a_handle_is_disarmed_and_a_box_is_taken_out() {
        let mut value = json!({"a": [{KEY: "secret", "id": "x", "box": "00"}], "b": 1});
        let mut seen = value.clone();
        without_boxes(&mut seen);
        assert_eq!(seen, json!({"a": [{KEY: "secret"}], "b": 1}));
        assert_eq!(tokens(&value), json!({"a": ["updraftsealedx"], "b": 1}));
        disarm(&mut value);
        assert_eq!(updraft_expr::sealed_inside(&value), None);
    }

    #[test]
    fn a_mask_shows_two_letters_of_a_long_text_and_none_of_a_short_one() {
        assert_eq!(mask(&json!("4111111111111111")), "4***1");
        assert_eq!(mask(&json!("1234567")), "***");
        assert_eq!(mask(&json!(["a"])), "***");
    }
}
