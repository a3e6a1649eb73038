//! The schema of what starts a playbook and bounds its runs.

use serde_json::{Value, json};

use super::text;
use crate::limits::{EXECUTIONS_MAX, ID_CHARS_MAX, RUNS_AT_ONCE_MAX, TRIGGERS_MAX};

pub(super) fn triggers() -> Value {
    let when = json!({"$ref": "#/$defs/condition"});
    let inputs = json!({"type": "object", "description": "What its run takes; templates"});
    let word = json!({"type": "string", "minLength": 1, "maxLength": ID_CHARS_MAX});
    let both = json!({"when": when, "inputs": inputs});
    let kinds = [
        trigger("case_type", word.clone(), &both),
        trigger(
            "alert",
            map(
                &[],
                json!({"source": text("Only of the source with this name")}),
            ),
            &both,
        ),
        trigger(
            "schedule",
            map(
                &["cron"],
                json!({
                    "cron": text("minute hour day-of-month month day-of-week: 0 7 * * 1-5"),
                    "zone": text("A time zone such as Europe/Berlin; default UTC"),
                    "overlap": {"enum": ["skip", "queue", "cancel"], "description": "While the run before is not over; default skip"},
                    "case_type": word,
                    "title": text("The title of the case that it opens"),
                }),
            ),
            &json!({"inputs": inputs}),
        ),
        trigger(
            "button",
            map(&["title"], json!({"title": word})),
            &json!({"when": when}),
        ),
        trigger(
            "api",
            json!({"type": ["object", "null"], "additionalProperties": false}),
            &json!({}),
        ),
        trigger(
            "run",
            map(
                &["playbook"],
                json!({
                    "playbook": text("Whose run ends"),
                    "outcome": {"enum": ["succeeded", "failed", "cancelled", "any"], "description": "Default succeeded"},
                }),
            ),
            &both,
        ),
    ];
    json!({"type": "array", "maxItems": TRIGGERS_MAX, "items": {"oneOf": kinds}})
}

pub(super) fn concurrency() -> Value {
    json!({"type": "integer", "minimum": 1, "maximum": RUNS_AT_ONCE_MAX, "description": "Runs of it at work at once; others wait"})
}

pub(super) fn limits() -> Value {
    map(
        &[],
        json!({
            "wall_time": {"$ref": "#/$defs/duration"},
            "steps": {"type": "integer", "minimum": 1, "maximum": EXECUTIONS_MAX},
        }),
    )
}

fn map(required: &[&str], properties: Value) -> Value {
    super::shape(required, properties)
}

fn trigger(name: &str, value: Value, more: &Value) -> Value {
    let properties = super::merged(&json!({name: value}), more);
    json!({"title": name, "type": "object", "required": [name], "additionalProperties": false, "properties": properties})
}
