//! The schema of the steps that ask people.

use serde_json::{Value, json};

use super::{kind, shape, text};
use crate::{
    limits::{APPROVERS_MAX, FORM_FIELDS_MAX, FORM_OPTIONS_MAX, REMINDERS_MAX},
    steps::FIELD_TYPES,
};

pub(super) fn reminder() -> Value {
    let duration = json!({"$ref": "#/$defs/duration"});
    json!({"oneOf": [duration, {"type": "array", "items": duration, "maxItems": REMINDERS_MAX}]})
}

pub(super) fn form() -> Value {
    let field = shape(
        &["name"],
        json!({
            "name": {"type": "string", "pattern": "^[a-z][a-z0-9_]{0,63}$"},
            "label": text("What people see; a template"),
            "type": {"enum": FIELD_TYPES},
            "options": {"oneOf": [
                {"type": "array", "minItems": 1, "maxItems": FORM_OPTIONS_MAX, "items": {"type": ["string", "number"]}},
                text("A template that gives a list"),
            ]},
            "required": {"type": "boolean"},
            "help": text("How to fill it in; a template"),
        }),
    );
    json!({"type": "array", "minItems": 1, "maxItems": FORM_FIELDS_MAX, "items": field})
}

pub(super) fn kinds() -> Vec<Value> {
    let reminder = json!({"$ref": "#/$defs/reminder"});
    let form = json!({"$ref": "#/$defs/form"});
    let default = json!({"type": ["object", "string"], "description": "The values that count at the deadline"});
    let manual = shape(
        &[],
        json!({
            "how": text("How it is done; a template"),
            "expect": text("What is expected to come out; a template"),
            "assignee": text("A role or a person; a template"),
            "mandatory": {"type": "boolean", "description": "It may be skipped only with a reason"},
            "form": form,
            "reminder": reminder,
            "default": default,
        }),
    );
    let ask = shape(
        &["to", "subject", "message"],
        json!({
            "to": {"type": ["string", "array"], "items": {"type": "string"}, "description": "Whom; templates"},
            "subject": text("A template"),
            "message": text("A template"),
            "form": form,
            "reminder": reminder,
            "default": default,
            "break_out": {"type": "boolean", "description": "The signal break_out ends the question"},
        }),
    );
    let approve = shape(
        &["question"],
        json!({
            "question": text("A template"),
            "roles": {"type": "array", "items": {"type": "string"}, "description": "Who may approve"},
            "needs": {"type": "integer", "minimum": 1, "maximum": APPROVERS_MAX},
            "reminder": reminder,
            "default": {"enum": ["deny", "approve"]},
        }),
    );
    let none = json!({});
    vec![
        kind("manual", manual, &none),
        kind("ask", ask, &none),
        kind("approve", approve, &none),
    ]
}
