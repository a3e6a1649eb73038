//! The JSON Schema of playbooks: it says yes to what ships and to every example, and no to mistakes.

use serde_json::{Value, json};
use updraft_content::{embedded, rules};

/// As much of JSON Schema as the playbook schema uses; patterns are taken as met.
fn fits(schema: &Value, value: &Value, root: &Value) -> bool {
    if let Some(target) = schema["$ref"].as_str() {
        let target = root
            .pointer(target.trim_start_matches('#'))
            .unwrap_or_else(|| panic!("{target}"));
        return fits(target, value, root);
    }
    let kinds: Vec<&str> = match &schema["type"] {
        Value::String(kind) => vec![kind],
        Value::Array(kinds) => kinds.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    };
    let is = |kind: &&str| match *kind {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "boolean" => value.is_boolean(),
        "integer" => value.is_i64() || value.is_u64(),
        "number" => value.is_number(),
        "null" => value.is_null(),
        other => panic!("{other}"),
    };
    let number = |key: &str| schema[key].as_f64();
    let length = value
        .as_array()
        .map(Vec::len)
        .or(value.as_object().map(serde_json::Map::len));
    (kinds.is_empty() || kinds.iter().any(is))
        && schema.get("const").is_none_or(|wanted| wanted == value)
        && schema["enum"]
            .as_array()
            .is_none_or(|words| words.contains(value))
        && schema["oneOf"]
            .as_array()
            .is_none_or(|all| all.iter().filter(|one| fits(one, value, root)).count() == 1)
        && schema["anyOf"]
            .as_array()
            .is_none_or(|all| all.iter().any(|one| fits(one, value, root)))
        && value.as_f64().is_none_or(|value| {
            number("minimum").is_none_or(|least| value >= least)
                && number("maximum").is_none_or(|most| value <= most)
        })
        && length.is_none_or(|length| {
            ["minItems", "minProperties"]
                .iter()
                .all(|key| number(key).is_none_or(|n| length as f64 >= n))
                && ["maxItems", "maxProperties"]
                    .iter()
                    .all(|key| number(key).is_none_or(|n| length as f64 <= n))
        })
        && value.as_array().is_none_or(|items| {
            !schema["items"].is_object()
                || items.iter().all(|item| fits(&schema["items"], item, root))
        })
        && value.as_object().is_none_or(|map| {
            let required = schema["required"].as_array().into_iter().flatten();
            let complete = required
                .filter_map(Value::as_str)
                .all(|name| map.contains_key(name));
            complete
                && map
                    .iter()
                    .all(|(name, inner)| match schema["properties"].get(name) {
                        Some(own) => fits(own, inner, root),
                        None => match &schema["additionalProperties"] {
                            Value::Bool(more) => *more,
                            Value::Object(_) => fits(&schema["additionalProperties"], inner, root),
                            _ => true,
                        },
                    })
        })
}

fn accepts(text: &str) -> bool {
    let schema = updraft_engine::schema();
    let document = updraft_content::yaml::parse("playbook.yaml", text).unwrap();
    fits(&schema, &document.value, &schema)
}

#[test]
fn every_shipped_playbook_and_every_good_example_fits() {
    for (path, bytes) in embedded() {
        if path.starts_with("playbooks/") && path.ends_with("/playbook.yaml") {
            assert!(accepts(&String::from_utf8(bytes).unwrap()), "{path}");
        }
    }
    for rule in rules::rules() {
        assert!(accepts(&rules::Rule::whole(rule.good)), "{}", rule.code);
    }
    let schema = updraft_engine::schema();
    for kind in schema["$defs"]["step"]["oneOf"].as_array().unwrap() {
        assert!(
            kind["description"]
                .as_str()
                .is_some_and(|text| !text.is_empty())
        );
        for example in kind["examples"].as_array().unwrap() {
            assert!(fits(kind, example, &schema), "{example}");
        }
    }
}

#[test]
fn mistakes_do_not_fit() {
    let playbook = |step: Value| json!({"format": 1, "id": "x", "steps": [step]});
    for wrong in [
        json!({"id": "x", "steps": []}),
        json!({"format": 2, "id": "x", "steps": [{"id": "a", "stop": "x"}]}),
        json!({"format": 1, "id": "x", "steps": []}),
        json!({"format": 1, "id": "x", "steps": {"a": 1}}),
        json!({"format": 1, "id": "x", "step": [], "steps": [{"id": "a", "stop": "x"}]}),
        json!({"format": 1, "id": "x", "inputs": {"a": {"type": "text"}}, "steps": [{"id": "a", "stop": "x"}]}),
        json!({"format": 1, "id": "x", "exempt": {"UP040": 1}, "steps": [{"id": "a", "stop": "x"}]}),
        playbook(json!({"stop": "x"})),
        playbook(json!({"id": "a"})),
        playbook(json!({"id": "a", "stop": "x", "wait": {"delay": "1s"}})),
        playbook(json!({"id": "a", "stop": "x", "wen": "true"})),
        playbook(json!({"id": "a", "wait": {"delai": "1s"}})),
        playbook(json!({"id": "a", "wait": {"delay": "1s", "until": "x"}})),
        playbook(json!({"id": "a", "set": {}})),
        playbook(json!({"id": "a", "set": {"x": 1}, "timeout": "1s"})),
        playbook(json!({"id": "a", "set": {"x": 1}, "retry": {}})),
        playbook(json!({"id": "a", "capability": "x.y", "fan_out": "some"})),
        playbook(json!({"id": "a", "capability": "x.y", "fan_out": {"quorum": 0}})),
        playbook(json!({"id": "a", "action": "x.y", "retry": {"max": 100}})),
        playbook(json!({"id": "a", "for_each": "{{ [] }}", "do": [], "concurrency": 5})),
        playbook(
            json!({"id": "a", "for_each": "{{ [] }}", "do": [{"id": "b", "stop": "x"}], "concurrency": 1000}),
        ),
        playbook(json!({"id": "a", "loop": {"until": "true", "do": [{"id": "b", "stop": "x"}]}})),
        playbook(json!({"id": "a", "switch": [{"when": "true"}]})),
        playbook(json!({"id": "a", "parallel": {"branches": [], "wait": "some"}})),
        playbook(json!({"id": "a", "call": {"inputs": {}}})),
        playbook(json!({"id": "a", "finish": {"outcome": "well"}})),
        playbook(json!({"id": "a", "manual": {"form": [{"name": "x", "type": "colour"}]}})),
        playbook(json!({"id": "a", "ask": {"to": "x", "subject": "y"}})),
        playbook(json!({"id": "a", "approve": {"question": "x", "needs": 0}})),
        playbook(json!({"id": "a", "on_error": "ignore", "stop": "x"})),
        playbook(json!({"id": "a", "rollback": {"of": []}})),
        playbook(json!({"id": "a", "emit": {"payload": 1}})),
    ] {
        let schema = updraft_engine::schema();
        assert!(!fits(&schema, &wrong, &schema), "{wrong}");
        // What the schema refuses the reader refuses, too.
        assert!(
            updraft_engine::Plan::from_value(&wrong).0.is_none(),
            "{wrong}"
        );
    }
}
