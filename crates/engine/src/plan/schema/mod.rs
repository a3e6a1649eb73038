//! The JSON Schema of a playbook, for editors.

use serde_json::{Map, Value, json};

use crate::limits::{
    BRANCHES_MAX, CONCURRENCY_MAX, RETRIES_MAX, ROUNDS_MAX, STEPS_MAX, TARGETS_MAX,
};

mod examples;
mod people;
mod triggers;

/// The JSON Schema (2020-12) of the playbook format 1.
pub fn schema() -> Value {
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Updraft playbook",
        "type": "object",
        "required": ["format", "id", "steps"],
        "additionalProperties": false,
        "properties": {
            "format": {"const": 1},
            "id": {"type": "string", "pattern": "^[a-z0-9][a-z0-9_-]{0,63}$"},
            "title": text("The name that people see"),
            "description": text("What it is for, in a few sentences"),
            "case_types": {"type": "array", "items": {"type": "string"}, "description": "Short for one case_type trigger each"},
            "triggers": triggers::triggers(),
            "concurrency": triggers::concurrency(),
            "limits": triggers::limits(),
            "tags": {"type": "array", "items": {"type": "string"}},
            "inputs": {"type": "object", "additionalProperties": input()},
            "outputs": outputs(),
            "exempt": {"$ref": "#/$defs/exempt"},
            "steps": {"$ref": "#/$defs/block"},
        },
        "$defs": {
            "block": {"type": "array", "minItems": 1, "maxItems": STEPS_MAX, "items": {"$ref": "#/$defs/step"}},
            "step": {"oneOf": kinds()},
            "duration": {"type": "string", "pattern": r"^(\d+(ms|s|m|h|d))+$", "description": "500ms, 30s, 15m, 1h, 7d"},
            "condition": {"type": ["string", "boolean"], "description": "A bare expression, without braces"},
            "retry": retry(),
            "exempt": exempt(),
            "reminder": people::reminder(),
            "form": people::form(),
        },
    })
}

fn text(description: &str) -> Value {
    json!({"type": "string", "description": description})
}

fn outputs() -> Value {
    json!({
        "type": "object",
        "description": "What the playbook gives back: a template, or {type, value, summary}",
        "examples": [{"level": {"type": "string", "value": "{{ vars.level }}"}, "count": "{{ vars.count }}"}],
    })
}

fn input() -> Value {
    json!({
        "type": "object",
        "additionalProperties": false,
        "properties": {
            "type": {"enum": ["string", "integer", "number", "boolean", "list", "object", "any", "secret", "restricted"]},
            "default": {},
            "required": {"type": "boolean"},
            "enum": {"type": "array"},
            "summary": text("What it means"),
        },
    })
}

fn exempt() -> Value {
    json!({
        "type": "object",
        "description": "Warnings of the lint that are accepted, each with the reason why",
        "propertyNames": {"pattern": "^UP[0-9]{3}$"},
        "additionalProperties": {"type": "string", "minLength": 1},
    })
}

fn retry() -> Value {
    json!({
        "type": "object",
        "additionalProperties": false,
        "properties": {
            "max": {"type": "integer", "minimum": 0, "maximum": RETRIES_MAX, "description": "Further attempts; default 3"},
            "delay": {"$ref": "#/$defs/duration"},
            "factor": {"type": "number", "minimum": 1, "maximum": 10},
            "delay_max": {"$ref": "#/$defs/duration"},
            "jitter": {"type": "number", "minimum": 0, "maximum": 1},
            "on": {"type": "array", "items": {"type": "string"}, "description": "Error codes; default: those that may pass by themselves"},
        },
    })
}

/// One schema for each kind: the common fields and its own.
fn kinds() -> Vec<Value> {
    let block = json!({"$ref": "#/$defs/block"});
    let request = json!({
        "with": {"type": ["object", "string"], "description": "The input; templates"},
        "connection": text("The connection's name; default: whichever fits"),
        "key": text("Idempotency key; the same key never acts twice"),
        "retry": {"$ref": "#/$defs/retry"},
    });
    vec![
        kind(
            "action",
            text("connector.action, or an action of the host"),
            &request,
        ),
        kind(
            "capability",
            text("What every connection that can is asked"),
            &merged(
                &request,
                &json!({
                    "fan_out": {"oneOf": [{"enum": ["all", "one", "first"]}, only("quorum", json!({"type": "integer", "minimum": 1, "maximum": TARGETS_MAX}))]},
                }),
            ),
        ),
        kind(
            "for_each",
            text("A template that gives a list"),
            &json!({
                "as": text("The item's name; default item"),
                "concurrency": {"type": "integer", "minimum": 1, "maximum": CONCURRENCY_MAX},
                "do": block,
                "collect": text("What each iteration gives; a template"),
                "on_item_error": {"enum": ["fail", "collect"], "description": "collect: go on; the output is {items, errors}"},
            }),
        ),
        kind(
            "parallel",
            json!({"oneOf": [
                {"type": "array", "minItems": 1, "maxItems": BRANCHES_MAX, "items": block},
                {"type": "object", "required": ["branches"], "additionalProperties": false, "properties": {
                    "branches": {"oneOf": [{"type": "array", "items": block}, {"type": "object", "additionalProperties": block}]},
                    "wait": {"oneOf": [{"enum": ["all", "any"]}, only("n", json!({"type": "integer", "minimum": 1}))]},
                }},
            ]}),
            &json!({}),
        ),
        kind(
            "switch",
            json!({"type": "array", "minItems": 1, "maxItems": BRANCHES_MAX, "items": {
                "type": "object", "required": ["do"], "additionalProperties": false,
                "properties": {"when": {"$ref": "#/$defs/condition"}, "else": {"const": true}, "do": block},
            }}),
            &json!({}),
        ),
        kind(
            "wait",
            json!({"oneOf": [
                only("delay", text("A duration, or a template that gives one")),
                only("until", text("RFC 3339, or a template that gives it")),
                only("signal", text("The signal's name")),
                only("case", json!({"$ref": "#/$defs/condition"})),
            ]}),
            &json!({}),
        ),
        kind(
            "set",
            json!({"type": "object", "minProperties": 1}),
            &json!({}),
        ),
        kind(
            "call",
            json!({"type": "object", "required": ["playbook"], "additionalProperties": false, "properties": {
                "playbook": text("Its id, written out"), "inputs": {"type": "object"},
            }}),
            &json!({}),
        ),
        kind(
            "rollback",
            json!({"oneOf": [
                {"const": "all"},
                only("of", json!({"type": "array", "minItems": 1, "maxItems": STEPS_MAX, "items": text("A step's id")})),
            ]}),
            &json!({}),
        ),
        kind(
            "finish",
            json!({"type": "object", "additionalProperties": false, "properties": {
                "outcome": {"enum": ["succeeded", "failed"]}, "message": text("Why"), "output": {},
            }}),
            &json!({}),
        ),
        kind(
            "loop",
            shape(&["max", "until", "do"], json!({
                "max": {"type": "integer", "minimum": 1, "maximum": ROUNDS_MAX},
                "delay": {"$ref": "#/$defs/duration"},
                "until": {"$ref": "#/$defs/condition"},
                "do": block,
                "on_exhausted": {"enum": ["fail", "continue"]},
            })),
            &json!({}),
        ),
        kind(
            "try",
            block.clone(),
            &json!({"catch": block, "finally": block}),
        ),
        bot(&request),
        kind(
            "emit",
            shape(&["event"], json!({"event": text("Its name; a template"), "payload": {}})),
            &json!({}),
        ),
        kind(
            "fail",
            json!({"oneOf": [text("What went wrong; a template"), shape(&["message"], json!({
                "code": {"type": "string", "pattern": "^[a-z][a-z0-9_]{0,63}$"}, "message": text("What went wrong; a template"),
            }))]}),
            &json!({}),
        ),
        kind("stop", text("Why the run is over; a template"), &json!({})),
    ]
    .into_iter()
    .chain(people::kinds())
    .collect()
}

fn bot(request: &Value) -> Value {
    let mut more = request.clone();
    if let Value::Object(map) = &mut more {
        map.remove("connection");
    }
    kind("bot", text("The bot's name, written out"), &more)
}

fn shape(required: &[&str], properties: Value) -> Value {
    json!({"type": "object", "required": required, "additionalProperties": false, "properties": properties})
}

fn only(name: &str, value: Value) -> Value {
    json!({"type": "object", "required": [name], "additionalProperties": false, "properties": {name: value}})
}

fn kind(name: &str, value: Value, more: &Value) -> Value {
    let common = json!({
        "id": {"type": "string", "pattern": "^[a-z][a-z0-9_]{0,63}$", "description": "Unique in the playbook"},
        "title": text("What people see"),
        "why": text("Why it is done"),
        "phase": text("Phase of NIST SP 800-61"),
        "technique": text("Technique of MITRE ATT&CK, T1566.001"),
        "when": {"$ref": "#/$defs/condition"},
        "on_error": {"oneOf": [{"enum": ["fail", "continue"]}, only("do", json!({"$ref": "#/$defs/block"}))]},
        "exempt": {"$ref": "#/$defs/exempt"},
        "undo": {"$ref": "#/$defs/block", "description": "What takes it back; sees undo.input and undo.output"},
        name: value,
    });
    let mut properties = merged(&common, more);
    let takes_time = crate::steps::KIND_KEYS
        .iter()
        .any(|key| key.name == name && key.takes_time);
    if takes_time && let Value::Object(map) = &mut properties {
        map.insert("timeout".into(), json!({"$ref": "#/$defs/duration"}));
    }
    json!({
        "title": name,
        "description": examples::summary(name),
        "type": "object",
        "required": ["id", name],
        "additionalProperties": false,
        "properties": properties,
        "examples": [examples::example(name)],
    })
}

fn merged(a: &Value, b: &Value) -> Value {
    let entries = |value: &Value| value.as_object().cloned().unwrap_or_default();
    Value::Object(
        entries(a)
            .into_iter()
            .chain(entries(b))
            .collect::<Map<String, Value>>(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_of_step_with_its_fields_is_in_the_schema() {
        let kinds = kinds();
        assert_eq!(kinds.len(), crate::steps::KIND_KEYS.len());
        for key in crate::steps::KIND_KEYS {
            let found = kinds.iter().find(|kind| kind["title"] == key.name).unwrap();
            let properties = found["properties"].as_object().unwrap();
            for field in key.fields {
                assert!(
                    properties.contains_key(*field),
                    "{} lacks {field}",
                    key.name
                );
            }
            assert_eq!(
                properties.contains_key("timeout"),
                key.takes_time,
                "{}",
                key.name
            );
        }
    }
}
