//! Forms: what people are asked to fill in, and whether what they filled in fits.
//!
//! ```yaml
//! form:
//!   - {name: known, label: "Do you know the sender?", type: choice, options: ["yes", "no"], required: true}
//!   - {name: note, type: long_text, help: "In your own words"}
//! ```
//! Types: `text`, `long_text`, `choice`, `choices`, `boolean`, `number`, `date` (`2026-11-21`, or a
//! moment in RFC 3339), `secret` and `restricted` (the host seals what is typed there; the run gets a handle). `options` is a list, or a template that gives one.

use serde_json::{Map, Value};
use updraft_expr::{JsonTemplate, Sealed, sealed};
use updraft_model::Timestamp;

use crate::{
    StepError,
    limits::{ANSWER_TEXT_CHARS_MAX, FORM_FIELDS_MAX, FORM_OPTIONS_MAX},
    machine::{FrameId, Turn},
    plan::{Bound, Fields, Parser, is_name, suggest_hint},
};

/// The types of fields.
pub(crate) const TYPES: &[&str] = &[
    "text",
    "long_text",
    "choice",
    "choices",
    "boolean",
    "number",
    "date",
    "secret",
    "restricted",
];
const FIELDS: &[&str] = &["name", "label", "type", "options", "required", "help"];

/// A form as the playbook writes it.
#[derive(Debug, Clone)]
pub(crate) struct Form {
    template: Bound<JsonTemplate>,
    /// The names of the fields with their types.
    pub fields: Vec<(String, String)>,
}

/// Reads `form:`.
pub(super) fn parse(p: &mut Parser, fields: &Fields<'_>) -> Option<Form> {
    let pointer = fields.at("form");
    let list = p.list(fields.get("form")?, &pointer, "`form`")?;
    if list.is_empty() {
        p.error("UP010", &pointer, "there is no field in this form");
    }
    if list.len() > FORM_FIELDS_MAX {
        let text = format!("a form may have {FORM_FIELDS_MAX} fields");
        p.error("UP013", &pointer, text);
        return None;
    }
    let mut names = Vec::new();
    for (index, item) in list.iter().enumerate() {
        field(p, item, &format!("{pointer}/{index}"), &mut names);
    }
    let word = |item: &Value, key: &str| item.get(key).and_then(Value::as_str).map(str::to_owned);
    let one = |item| {
        let kind = word(item, "type").unwrap_or_else(|| "text".to_owned());
        Some((word(item, "name")?, kind))
    };
    Some(Form {
        template: p.json_template(fields, "form")?,
        fields: list.iter().filter_map(one).collect(),
    })
}

fn field<'v>(p: &mut Parser, value: &'v Value, pointer: &str, names: &mut Vec<&'v str>) {
    let Some(field) = p.object(value, pointer, "a field") else {
        return;
    };
    p.known_fields(&field, &[FIELDS]);
    if let Some(name) = p.required_text(&field, "name") {
        if !is_name(name) {
            p.error("UP004", &field.at("name"), "this is not a name for a field")
                .hint = "use small letters, digits and `_`, a letter first".into();
        } else if names.contains(&name) {
            let text = format!("another field has the name `{name}`");
            p.error("UP005", &field.at("name"), text);
        }
        names.push(name);
    }
    p.boolean(&field, "required");
    for key in ["label", "help"] {
        p.text(&field, key);
    }
    let kind = p.text(&field, "type").unwrap_or("text");
    if !TYPES.contains(&kind) {
        let text = format!("`{kind}` is no type of a field");
        p.error("UP019", &field.at("type"), text).hint = suggest_hint(kind, TYPES);
        return;
    }
    match (kind, field.get("options")) {
        ("choice" | "choices", None) => p.missing(&field, "options"),
        ("choice" | "choices", Some(options)) => check_options(p, options, &field.at("options")),
        (_, Some(_)) => {
            let text = format!("a field of type `{kind}` has no options");
            p.error("UP012", &field.at("options"), text).at_key = true;
        }
        (_, None) => {}
    }
}

fn check_options(p: &mut Parser, options: &Value, pointer: &str) {
    match options {
        Value::String(text) if text.contains("{{") => {}
        Value::Array(list) if list.is_empty() => {
            p.error("UP010", pointer, "there is no option");
        }
        Value::Array(list) if list.iter().any(|item| !is_option(item)) => {
            p.error("UP001", pointer, "options are texts or numbers")
                .hint = "put yes and no in quotes: YAML reads them as true and false".into();
        }
        Value::Array(_) => {}
        _ => {
            p.error("UP001", pointer, "`options` must be a list").hint =
                "or a template that gives one".into();
        }
    }
}

fn is_option(value: &Value) -> bool {
    value.is_string() || value.is_number()
}

impl Form {
    /// The fields with every template evaluated.
    pub(super) fn render(
        &self,
        turn: &mut Turn<'_>,
        frame: FrameId,
    ) -> Result<Vec<Value>, StepError> {
        let Value::Array(mut fields) = turn.eval(frame, &self.template)? else {
            return Ok(Vec::new());
        };
        for field in &mut fields {
            let Some(map) = field.as_object_mut() else {
                continue;
            };
            map.entry("type").or_insert_with(|| Value::from("text"));
            map.entry("required").or_insert(Value::Bool(false));
            for key in ["label", "help"] {
                if let Some(value) = map.get_mut(key).filter(|value| !value.is_string()) {
                    *value = Value::from(value.to_string());
                }
            }
            let name = map.get("name").cloned().unwrap_or_default();
            let label = map.entry("label").or_insert_with(|| name.clone());
            if label == &Value::from("") {
                *label = name.clone();
            }
            let Some(options) = map.get("options") else {
                continue;
            };
            let wrong = |text: &str| StepError::new("expression", format!("`form`: {text} {name}"));
            match options {
                Value::Array(list) if list.len() > FORM_OPTIONS_MAX => {
                    return Err(wrong("too many options for").hint(format!(
                        "a field may have {FORM_OPTIONS_MAX} of them; it has {}",
                        list.len()
                    )));
                }
                Value::Array(list) if list.iter().all(is_option) => {}
                _ => {
                    return Err(wrong("no list of texts are the options of").hint(
                        "`options` is a list of texts or numbers, or a template that gives one",
                    ));
                }
            }
        }
        Ok(fields)
    }
}

/// What is wrong with one field of a form that somebody filled in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldFault {
    /// The field's name.
    pub field: String,
    /// What is wrong, in a sentence.
    pub message: String,
    /// What to do about it; may be empty.
    pub hint: String,
}

/// Everything that is wrong with values for the form of a rendered request, at most one fault a field.
pub fn form_faults(request: &Value, values: &Map<String, Value>) -> Vec<FieldFault> {
    let form = request.get("form").and_then(Value::as_array);
    let faults = faults(form.map_or(&[][..], Vec::as_slice), values);
    let fault = |(field, error): (String, StepError)| FieldFault {
        field,
        message: error.message,
        hint: error.hint,
    };
    faults.map(fault).collect()
}

/// Whether values fit a rendered form.
pub(super) fn check_values(form: &[Value], values: &Map<String, Value>) -> Result<(), StepError> {
    match faults(form, values).next() {
        None => Ok(()),
        Some((_, error)) => Err(error),
    }
}

/// The faults of unknown fields, then those of the form's own.
fn faults<'v>(
    form: &'v [Value],
    values: &'v Map<String, Value>,
) -> impl Iterator<Item = (String, StepError)> + 'v {
    let name_of = |field: &Value| field.get("name").and_then(Value::as_str).map(str::to_owned);
    let known: Vec<String> = form.iter().filter_map(name_of).collect();
    let unknown = values.keys().filter_map(move |name| {
        if known.contains(name) {
            return None;
        }
        let odd: String = name.chars().take(80).collect();
        let known: Vec<&str> = known.iter().map(String::as_str).collect();
        let hint = match known.is_empty() {
            true => "nothing is to be filled in here".to_owned(),
            false => suggest_hint(&odd, &known),
        };
        let error = wrong(format!("the form has no field `{odd}`")).hint(hint);
        Some((odd, error))
    });
    let own = form.iter().filter_map(move |field| {
        let name = field
            .get("name")
            .and_then(Value::as_str)
            .unwrap_or_default();
        let error = check_field(field, name, values).err()?;
        Some((name.to_owned(), error))
    });
    unknown.chain(own)
}

fn check_field(field: &Value, name: &str, values: &Map<String, Value>) -> Result<(), StepError> {
    let required = field.get("required") == Some(&Value::Bool(true));
    let value = values.get(name).unwrap_or(&Value::Null);
    let empty = match value {
        Value::Null => true,
        Value::String(text) => text.trim().is_empty(),
        Value::Array(list) => list.is_empty(),
        Value::Bool(_) | Value::Number(_) | Value::Object(_) => false,
    };
    if empty && required {
        return Err(wrong(format!("`{name}` must be filled in")));
    }
    if value.is_null() || (empty && value.is_string()) {
        return Ok(());
    }
    let kind = field.get("type").and_then(Value::as_str);
    check_value(name, kind.unwrap_or_default(), field.get("options"), value)
}

fn check_value(
    name: &str,
    kind: &str,
    options: Option<&Value>,
    value: &Value,
) -> Result<(), StepError> {
    let options = options
        .and_then(Value::as_array)
        .map_or(&[][..], Vec::as_slice);
    let one_of = |value: &Value| match options.contains(value) {
        true => Ok(()),
        false => Err(wrong(format!("`{name}` has none of its options"))
            .hint(format!("one of {}", Value::from(options.to_vec())))),
    };
    let fits = match (kind, value) {
        ("choice", value) => return one_of(value),
        ("choices", Value::Array(list)) => return list.iter().try_for_each(one_of),
        ("boolean", value) => value.is_boolean(),
        ("number", value) => value.is_number(),
        ("date", Value::String(text)) => is_date(text),
        ("secret", value) => sealed(value) == Some(Sealed::Secret),
        ("restricted", value) => sealed(value) == Some(Sealed::Restricted),
        ("text" | "long_text", Value::String(text)) => {
            if text.chars().count() > ANSWER_TEXT_CHARS_MAX {
                let text = format!("`{name}` is longer than {ANSWER_TEXT_CHARS_MAX} characters");
                return Err(wrong(text));
            }
            kind == "long_text" || !text.contains('\n')
        }
        _ => false,
    };
    let means = match kind {
        "choices" => "a list of its options",
        "boolean" => "true or false",
        "number" => "a number",
        "date" => "a date such as 2026-11-21",
        "secret" => "a sealed secret",
        "restricted" => "a sealed value",
        "long_text" => "a text",
        _ => "a text of one line",
    };
    match fits {
        true => Ok(()),
        false => Err(wrong(format!("`{name}` must be {means}"))),
    }
}

/// `2026-11-21`, or a moment in RFC 3339.
fn is_date(text: &str) -> bool {
    let day = text.len() == 10 && format!("{text}T00:00:00Z").parse::<Timestamp>().is_ok();
    day || text.parse::<Timestamp>().is_ok()
}

pub(super) fn wrong(text: impl Into<String>) -> StepError {
    StepError::new("invalid_answer", text)
}
