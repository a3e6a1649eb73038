//! What the rounds of a loop are called: by the item that each is about.

use std::collections::BTreeMap;

use serde_json::Value;
use updraft_app::engine::StepRecord;

/// Longest label, characters.
const LABEL_CHARS_MAX: usize = 80;
/// What an item is known by, the first that it has.
const NAMES: [&str; 6] = ["value", "name", "title", "id", "key", "url"];

/// The loops of a run, with what they walk.
#[derive(Debug, Default)]
pub struct Rounds<'a>(BTreeMap<&'a str, &'a [Value]>);

impl<'a> Rounds<'a> {
    /// Finds the loops among the steps.
    pub fn of(steps: &'a [StepRecord]) -> Self {
        let loops = steps.iter().filter(|step| step.kind == "for_each");
        let walked = loops.filter_map(|step| match &*step.input {
            Value::Array(items) => Some((step.path.as_str(), items.as_slice())),
            _ => None,
        });
        Self(walked.collect())
    }

    /// What the round that a step belongs to is about.
    pub fn label(&self, step: &StepRecord) -> Option<String> {
        let items = self.0.get(step.parent.as_str())?;
        label_of(items.get(step.iteration? as usize)?)
    }
}

fn label_of(item: &Value) -> Option<String> {
    let text = match item {
        Value::String(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        Value::Object(map) => {
            let named = NAMES.iter().find_map(|name| match map.get(*name)? {
                Value::String(text) if !text.is_empty() => Some(text.clone()),
                Value::Number(number) => Some(number.to_string()),
                _ => None,
            });
            named?
        }
        Value::Null | Value::Bool(_) | Value::Array(_) => return None,
    };
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let mut short: String = line.chars().take(LABEL_CHARS_MAX).collect();
    if short.len() < line.len() {
        short.push('…');
    }
    (!short.is_empty()).then_some(short)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_item_is_called_by_its_value_or_name_on_one_short_line() {
        let label = |item: Value| label_of(&item);
        let observable = json!({"type": "ipv4", "value": "1.2.3.4", "name": "x"});
        assert_eq!(label(observable).as_deref(), Some("1.2.3.4"));
        assert_eq!(
            label(json!({"blob": "00", "name": "a.exe"})).as_deref(),
            Some("a.exe")
        );
        assert_eq!(label(json!("a\n b")).as_deref(), Some("a b"));
        assert_eq!(label(json!(7)).as_deref(), Some("7"));
        for nameless in [
            json!(null),
            json!({}),
            json!([1]),
            json!(""),
            json!({"id": true}),
        ] {
            assert_eq!(label(nameless), None);
        }
        let long = label(json!("é".repeat(500))).unwrap();
        assert_eq!(long.chars().count(), LABEL_CHARS_MAX + 1);
    }
}
