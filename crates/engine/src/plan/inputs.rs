//! The values that a playbook takes: declared with type and default, checked before the first step.

use std::sync::Arc;

use serde::Serialize;
use serde_json::{Map, Value};
use updraft_expr::{Sealed, Type, sealed};

use super::{Fields, Parser, suggest};
use crate::StepError;

/// What kind of value an input takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum InputType {
    /// Text, also for addresses, domains, hashes and the like.
    String,
    /// A whole number.
    Integer,
    /// A number.
    Number,
    /// True or false.
    Boolean,
    /// A list.
    List,
    /// A map.
    Object,
    /// Whatever comes.
    Any,
    /// A handle of a secret: never shown, of use only in the `with` of an action.
    Secret,
    /// A value that is shown only masked, hashed or counted.
    Restricted,
}

const TYPES: [(&str, InputType); 9] = [
    ("string", InputType::String),
    ("integer", InputType::Integer),
    ("number", InputType::Number),
    ("boolean", InputType::Boolean),
    ("list", InputType::List),
    ("object", InputType::Object),
    ("any", InputType::Any),
    ("secret", InputType::Secret),
    ("restricted", InputType::Restricted),
];

impl InputType {
    fn from_word(word: &str) -> Option<Self> {
        TYPES
            .iter()
            .find(|(name, _)| *name == word)
            .map(|(_, kind)| *kind)
    }
    /// The word used in playbooks.
    pub fn word(self) -> &'static str {
        TYPES
            .iter()
            .find(|(_, kind)| *kind == self)
            .map_or("any", |(name, _)| name)
    }
    /// True when a value of this type travels as a handle and never as its text.
    pub fn is_sealed(self) -> bool {
        matches!(self, InputType::Secret | InputType::Restricted)
    }
    /// The type as the check of expressions knows it.
    pub(crate) fn kind(self) -> Type {
        match self {
            InputType::String => Type::Text,
            InputType::Integer | InputType::Number => Type::Number,
            InputType::Boolean => Type::Boolean,
            InputType::List => Type::list(Type::Any),
            InputType::Object => Type::open::<String>([]),
            InputType::Any => Type::Any,
            InputType::Secret => Type::Secret,
            InputType::Restricted => Type::Restricted,
        }
    }
    /// Whether a value is of this type. Secret and restricted values are handles: see [`updraft_expr::sealed`].
    pub fn fits(self, value: &Value) -> bool {
        match self {
            InputType::String => value.is_string(),
            InputType::Integer => value.is_i64() || value.is_u64(),
            InputType::Number => value.is_number(),
            InputType::Boolean => value.is_boolean(),
            InputType::List => value.is_array(),
            InputType::Object => value.is_object(),
            InputType::Secret => sealed(value) == Some(Sealed::Secret),
            InputType::Restricted => sealed(value) == Some(Sealed::Restricted),
            InputType::Any => true,
        }
    }
}

/// One value that a playbook takes.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct InputSpec {
    /// Its name in `inputs.…`.
    pub name: String,
    /// Its type.
    #[serde(rename = "type")]
    pub kind: InputType,
    /// True when the run cannot start without it.
    pub required: bool,
    /// What it is when nobody gives it.
    pub default: Value,
    /// The values it may have; empty for any.
    pub options: Vec<Value>,
    /// What it means.
    pub summary: String,
}

/// Reads `inputs:`.
pub(super) fn parse(p: &mut Parser, fields: &Fields<'_>) -> Vec<InputSpec> {
    let Some(value) = fields.get("inputs") else {
        return Vec::new();
    };
    let pointer = fields.at("inputs");
    let Some(map) = p.object(value, &pointer, "`inputs`") else {
        return Vec::new();
    };
    map.map
        .iter()
        .filter_map(|(name, spec)| parse_one(p, name, spec, &map.at(name)))
        .collect()
}

fn parse_one(p: &mut Parser, name: &str, value: &Value, pointer: &str) -> Option<InputSpec> {
    if !super::parse::is_name(name) {
        p.error(
            "UP004",
            pointer,
            format!("`{name}` is not a name for an input"),
        )
        .hint = "use small letters, digits and underscores, a letter first".into();
    }
    let spec = p.object(value, pointer, "an input")?;
    p.known_fields(
        &spec,
        &[&["type", "default", "required", "enum", "summary"]],
    );
    let kind = parse_type(p, &spec);
    let default = spec.get("default").cloned();
    if kind.is_sealed() {
        for key in ["default", "enum"] {
            if spec.get(key).is_some() {
                let text = format!("a {} input has no `{key}`", kind.word());
                let problem = p.error("UP012", &spec.at(key), text);
                problem.at_key = true;
                problem.hint = "everybody who reads the playbook would see it".into();
            }
        }
    }
    if let Some(value) = &default
        && !value.is_null()
        && !kind.fits(value)
        && !kind.is_sealed()
    {
        let text = format!("the default is not of the type {}", kind.word());
        p.error("UP001", &spec.at("default"), text);
    }
    Some(InputSpec {
        name: name.to_owned(),
        kind,
        required: p.boolean(&spec, "required").unwrap_or(default.is_none()),
        default: default.unwrap_or(Value::Null),
        options: match spec.get("enum") {
            Some(Value::Array(list)) => list.clone(),
            Some(_) => {
                p.error("UP001", &spec.at("enum"), "`enum` must be a list");
                Vec::new()
            }
            None => Vec::new(),
        },
        summary: p.text(&spec, "summary").unwrap_or_default().to_owned(),
    })
}

/// Reads `type:`.
pub(super) fn parse_type(p: &mut Parser, spec: &Fields<'_>) -> InputType {
    match p.text(spec, "type") {
        None => InputType::Any,
        Some(word) => InputType::from_word(word).unwrap_or_else(|| {
            let known: Vec<&str> = TYPES.iter().map(|(name, _)| *name).collect();
            p.error("UP019", &spec.at("type"), format!("`{word}` is no type"))
                .hint = suggest::hint(word, &known);
            InputType::Any
        }),
    }
}

/// The values of a run: given ones checked, missing ones from the defaults.
pub(crate) fn bind(
    specs: &[InputSpec],
    given: &Value,
    playbook: &Arc<super::Plan>,
) -> Result<Value, StepError> {
    let wrong = |text: String| StepError::new("invalid_input", text);
    let empty = Map::new();
    let given = match given {
        Value::Null => &empty,
        Value::Object(map) => map,
        Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => {
            return Err(wrong("the inputs of a playbook must be a map".into()));
        }
    };
    if let Some(name) = given
        .keys()
        .find(|name| !specs.iter().any(|s| s.name == **name))
    {
        let name: String = name.chars().take(80).collect();
        let known: Vec<&str> = specs.iter().map(|s| s.name.as_str()).collect();
        let text = format!("the playbook {} takes no input `{name}`", playbook.id);
        return Err(wrong(text).hint(suggest::hint(&name, &known)));
    }
    let mut bound = Map::with_capacity(specs.len());
    for spec in specs {
        let value = match given.get(&spec.name) {
            None | Some(Value::Null) if spec.required => {
                return Err(wrong(format!("the input `{}` is missing", spec.name)));
            }
            None | Some(Value::Null) => spec.default.clone(),
            Some(value) if !spec.kind.fits(value) => {
                let text = format!(
                    "the input `{}` must be of type {}",
                    spec.name,
                    spec.kind.word()
                );
                return Err(wrong(text));
            }
            Some(value) => value.clone(),
        };
        if !spec.options.is_empty() && !value.is_null() && !spec.options.contains(&value) {
            let text = format!(
                "the input `{}` has none of the values it may have",
                spec.name
            );
            return Err(wrong(text).hint(format!("one of {}", Value::from(spec.options.clone()))));
        }
        bound.insert(spec.name.clone(), value);
    }
    Ok(Value::Object(bound))
}
