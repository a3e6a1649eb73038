//! What a playbook gives back: `level: "{{ … }}"`, or with its type `{type: string, value: "{{ … }}"}`.

use serde::Serialize;
use serde_json::{Map, Value};
use updraft_expr::JsonTemplate;

use super::{Bound, Fields, InputType, Parser, fields::escape};
use crate::StepError;

const FIELDS: &[&str] = &["type", "value", "summary"];

/// One value that a playbook gives back.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct OutputSpec {
    /// Its name.
    pub name: String,
    /// Its type; `any` if the playbook does not say.
    #[serde(rename = "type")]
    pub kind: InputType,
    /// What it means; may be empty.
    pub summary: String,
}

/// Reads `outputs:`.
pub(super) fn parse(
    p: &mut Parser,
    fields: &Fields<'_>,
) -> (Vec<OutputSpec>, Option<Bound<JsonTemplate>>) {
    let Some(value) = fields.get("outputs") else {
        return (Vec::new(), None);
    };
    let pointer = fields.at("outputs");
    let Some(map) = p.object(value, &pointer, "`outputs`") else {
        return (Vec::new(), None);
    };
    let mut specs = Vec::new();
    let mut values = Map::new();
    let mut long = Vec::new();
    for (name, value) in map.map {
        let mut spec = OutputSpec {
            name: name.clone(),
            kind: InputType::Any,
            summary: String::new(),
        };
        match value {
            Value::Object(inner) if is_typed(inner) => {
                let inner = Fields {
                    map: inner,
                    pointer: map.at(name),
                };
                p.known_fields(&inner, &[FIELDS]);
                spec.kind = super::inputs::parse_type(p, &inner);
                spec.summary = p.text(&inner, "summary").unwrap_or_default().to_owned();
                values.insert(
                    name.clone(),
                    inner.map.get("value").cloned().unwrap_or_default(),
                );
                long.push(name.clone());
            }
            short => {
                values.insert(name.clone(), short.clone());
            }
        }
        specs.push(spec);
    }
    let at = |place: &str| {
        let mut parts = place.splitn(3, '/');
        let (name, rest) = (parts.nth(1).unwrap_or_default(), parts.next());
        let rest = rest.map(|rest| format!("/{rest}")).unwrap_or_default();
        match long.iter().any(|known| escape(known) == name) {
            true => format!("{pointer}/{name}/value{rest}"),
            false => format!("{pointer}{place}"),
        }
    };
    let template = p.json_template_of(&Value::Object(values), "outputs", &at);
    (specs, template)
}

/// The long form has a type and a value, and nothing else that it could be.
fn is_typed(map: &Map<String, Value>) -> bool {
    map.contains_key("type")
        && map.contains_key("value")
        && map.keys().all(|key| FIELDS.contains(&key.as_str()))
}

/// Whether what a playbook gives is what it says it gives; null is of every type.
pub(crate) fn check(specs: &[OutputSpec], values: &Value) -> Result<(), StepError> {
    for spec in specs {
        let value = values.get(&spec.name).unwrap_or(&Value::Null);
        if !value.is_null() && !spec.kind.fits(value) {
            let text = format!(
                "the output `{}` is not of the type {}",
                spec.name,
                spec.kind.word()
            );
            return Err(StepError::new("invalid_output", text));
        }
    }
    Ok(())
}
