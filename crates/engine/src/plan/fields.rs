//! Reading a document's fields with a precise pointer for every complaint.

use serde_json::{Map, Value};
use updraft_expr::{Error, Expr, JsonTemplate, Template};
use updraft_model::Problem;

use super::{Bound, Parser, Source, parse_duration_ms, suggest};

/// A map of the document and where it stands.
pub(crate) struct Fields<'v> {
    /// The map.
    pub map: &'v Map<String, Value>,
    /// JSON pointer to it.
    pub pointer: String,
}

impl<'v> Fields<'v> {
    /// A field's value; `null` counts as absent.
    pub(crate) fn get(&self, key: &str) -> Option<&'v Value> {
        self.map.get(key).filter(|value| !value.is_null())
    }
    /// The pointer to a field.
    pub(crate) fn at(&self, key: &str) -> String {
        format!("{}/{}", self.pointer, escape(key))
    }
}

/// A key as a part of a JSON pointer.
pub(crate) fn escape(key: &str) -> String {
    key.replace('~', "~0").replace('/', "~1")
}

impl Parser {
    /// Notes an error and gives it back to be completed.
    pub(crate) fn error(
        &mut self,
        code: &'static str,
        pointer: &str,
        message: impl Into<String>,
    ) -> &mut Problem {
        self.note(Problem::error(code, pointer, message))
    }
    /// Notes a warning and gives it back to be completed.
    pub(crate) fn warning(
        &mut self,
        code: &'static str,
        pointer: &str,
        message: impl Into<String>,
    ) -> &mut Problem {
        self.note(Problem::warning(code, pointer, message))
    }
    /// A value that must be a map.
    pub(crate) fn object<'v>(
        &mut self,
        value: &'v Value,
        pointer: &str,
        what: &str,
    ) -> Option<Fields<'v>> {
        match value {
            Value::Object(map) => Some(Fields {
                map,
                pointer: pointer.to_owned(),
            }),
            _ => {
                self.error("UP001", pointer, format!("{what} must be a map"));
                None
            }
        }
    }
    /// A value that must be a list.
    pub(crate) fn list<'v>(
        &mut self,
        value: &'v Value,
        pointer: &str,
        what: &str,
    ) -> Option<&'v [Value]> {
        match value {
            Value::Array(list) => Some(list),
            _ => {
                self.error("UP001", pointer, format!("{what} must be a list"));
                None
            }
        }
    }
    /// Complains about every field that is in none of the lists. What begins with `x-` belongs to other programs.
    pub(crate) fn known_fields(&mut self, fields: &Fields<'_>, known: &[&[&str]]) {
        for key in fields.map.keys().filter(|key| !key.starts_with("x-")) {
            if !known.iter().any(|list| list.contains(&key.as_str())) {
                let names: Vec<&str> = known.iter().flat_map(|list| list.iter().copied()).collect();
                let shown: String = key.chars().take(80).collect();
                let hint = suggest::hint(key, &names);
                let problem =
                    self.error("UP002", &fields.at(key), format!("unknown field `{shown}`"));
                problem.at_key = true;
                problem.hint = hint;
            }
        }
    }
    /// An optional text.
    pub(crate) fn text<'v>(&mut self, fields: &Fields<'v>, key: &str) -> Option<&'v str> {
        match fields.get(key)? {
            Value::String(text) => Some(text),
            _ => {
                self.error("UP001", &fields.at(key), format!("`{key}` must be a text"));
                None
            }
        }
    }
    /// A text that must be there.
    pub(crate) fn required_text<'v>(&mut self, fields: &Fields<'v>, key: &str) -> Option<&'v str> {
        if fields.get(key).is_none() {
            self.missing(fields, key);
            return None;
        }
        self.text(fields, key)
    }
    /// Says that a field is missing.
    pub(crate) fn missing(&mut self, fields: &Fields<'_>, key: &str) {
        let pointer = fields.pointer.clone();
        self.error("UP003", &pointer, format!("`{key}` is missing"));
    }
    /// An optional truth value.
    pub(crate) fn boolean(&mut self, fields: &Fields<'_>, key: &str) -> Option<bool> {
        match fields.get(key)? {
            Value::Bool(value) => Some(*value),
            _ => {
                let text = format!("`{key}` must be true or false");
                self.error("UP001", &fields.at(key), text);
                None
            }
        }
    }
    /// An optional whole number within bounds.
    pub(crate) fn integer(
        &mut self,
        fields: &Fields<'_>,
        key: &str,
        (min, max): (u64, u64),
    ) -> Option<u64> {
        match fields.get(key)?.as_u64() {
            Some(number) if (min..=max).contains(&number) => Some(number),
            _ => {
                let text = format!("`{key}` must be a whole number from {min} to {max}");
                self.error("UP013", &fields.at(key), text);
                None
            }
        }
    }
    /// An optional number within bounds.
    pub(crate) fn number(
        &mut self,
        fields: &Fields<'_>,
        key: &str,
        (min, max): (f64, f64),
    ) -> Option<f64> {
        match fields.get(key)?.as_f64() {
            Some(number) if (min..=max).contains(&number) => Some(number),
            _ => {
                let text = format!("`{key}` must be a number from {min} to {max}");
                self.error("UP013", &fields.at(key), text);
                None
            }
        }
    }
    /// An optional literal duration, in milliseconds.
    pub(crate) fn duration(&mut self, fields: &Fields<'_>, key: &str) -> Option<i64> {
        let value = fields.get(key)?;
        let millis = value.as_str().and_then(parse_duration_ms);
        if millis.is_none() {
            let text = format!("`{key}` must be a duration such as 30s");
            self.error("UP011", &fields.at(key), text).hint =
                "units are ms, s, m, h and d; at most 366d".into();
        }
        millis
    }
    /// An optional list of texts.
    pub(crate) fn texts(&mut self, fields: &Fields<'_>, key: &str) -> Option<Vec<String>> {
        let pointer = fields.at(key);
        let list = self.list(fields.get(key)?, &pointer, &format!("`{key}`"))?;
        let mut texts = Vec::with_capacity(list.len());
        for (index, item) in list.iter().enumerate() {
            match item.as_str() {
                Some(text) => texts.push(text.to_owned()),
                None => {
                    let place = format!("{pointer}/{index}");
                    self.error("UP001", &place, format!("`{key}` holds texts only"));
                }
            }
        }
        Some(texts)
    }
    /// An optional bare condition.
    pub(crate) fn condition(
        &mut self,
        fields: &Fields<'_>,
        key: &'static str,
    ) -> Option<Bound<Expr>> {
        let pointer = fields.at(key);
        // `when: true` is a YAML truth value, not a text; it means what it says.
        let source = match fields.get(key)? {
            Value::Bool(value) => value.to_string(),
            Value::String(text) => text.clone(),
            _ => {
                self.error("UP001", &pointer, format!("`{key}` must be a condition"));
                return None;
            }
        };
        match Expr::parse(&source) {
            Ok(expr) => {
                let uses = self.uses(expr.references().iter(), &pointer);
                self.note_site(&pointer, Source::Condition(expr.clone()));
                Some(Bound {
                    inner: expr,
                    uses,
                    field: key,
                })
            }
            Err(error) => {
                let braces = source.trim_start().starts_with("{{");
                let problem = self.syntax(&pointer, &error);
                if braces {
                    problem.hint = format!("`{key}` is a bare expression: leave out the braces");
                }
                None
            }
        }
    }
    /// An optional template that stands for one value.
    pub(crate) fn template(
        &mut self,
        fields: &Fields<'_>,
        key: &'static str,
    ) -> Option<Bound<Template>> {
        let text = self.text(fields, key)?;
        let pointer = fields.at(key);
        match Template::parse(text) {
            Ok(template) => {
                let uses = self.uses(template.references().iter(), &pointer);
                self.note_site(&pointer, Source::Template(template.clone()));
                Some(Bound {
                    inner: template,
                    uses,
                    field: key,
                })
            }
            Err(error) => {
                self.syntax(&pointer, &error);
                None
            }
        }
    }
    /// An optional value with templates anywhere inside.
    pub(crate) fn json_template(
        &mut self,
        fields: &Fields<'_>,
        key: &'static str,
    ) -> Option<Bound<JsonTemplate>> {
        let value = fields.get(key)?;
        let pointer = fields.at(key);
        self.json_template_of(value, key, &|place| format!("{pointer}{place}"))
    }
    /// The same of a value that stands where `at` says.
    pub(crate) fn json_template_of(
        &mut self,
        value: &Value,
        key: &'static str,
        at: &dyn Fn(&str) -> String,
    ) -> Option<Bound<JsonTemplate>> {
        match JsonTemplate::parse(value) {
            Ok(template) => {
                let references = template.references();
                let uses = self.uses_at(references.iter().map(|(place, r)| (at(place), r)));
                self.note_site(&at(""), Source::Value(template.clone()));
                Some(Bound {
                    inner: template,
                    uses,
                    field: key,
                })
            }
            Err((place, error)) => {
                self.syntax(&at(&place), &error);
                None
            }
        }
    }
    fn syntax(&mut self, pointer: &str, error: &Error) -> &mut Problem {
        let problem = self.error("UP006", pointer, error.message.clone());
        problem.span = Some(error.span);
        problem.hint.clone_from(&error.hint);
        problem
    }
}
