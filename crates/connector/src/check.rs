//! Compares a document with its description and reports every difference with its place.
//!
//! The walk knows what the document declares (inputs, settings, secrets, outputs, captured values), so it
//! also finds names in expressions that nothing provides. It never stops at the first problem.

use std::collections::BTreeSet;

use serde_json::{Map, Value};
use updraft_expr::{Error, Expr, JsonTemplate, Reference, Segment, Template};
use updraft_model::Problem;

use crate::{
    rules,
    shape::{Object, Roots, Shape, Tagged, closest},
    templates::scalar_text,
    units,
};

/// Deepest nesting of a document.
pub const DEPTH_MAX: usize = 48;
/// Most values in one document.
pub const NODES_MAX: usize = 200_000;
/// Longest identifier.
pub const NAME_CHARS_MAX: usize = 64;

/// What a document declares, for the names in its expressions. `None`: not known, not checked.
#[derive(Debug, Default, Clone)]
pub(crate) struct Names {
    pub inputs: Option<BTreeSet<String>>,
    pub settings: Option<BTreeSet<String>>,
    pub secrets: Option<BTreeSet<String>>,
    pub outputs: Option<BTreeSet<String>>,
    pub captured: Option<BTreeSet<String>>,
    /// What a login captures, seen by its `inject`.
    pub session: BTreeSet<String>,
}

/// The names that a mapping of a document declares.
pub(crate) fn keys(value: Option<&Value>) -> BTreeSet<String> {
    value
        .and_then(Value::as_object)
        .map(|map| map.keys().cloned().collect())
        .unwrap_or_default()
}

/// True if the document is small enough to be looked at by recursive code.
pub(crate) fn fits(value: &Value) -> bool {
    let mut nodes = 0usize;
    let mut stack = vec![(value, 0usize)];
    while let Some((value, depth)) = stack.pop() {
        nodes += 1;
        if depth > DEPTH_MAX || nodes > NODES_MAX {
            return false;
        }
        match value {
            Value::Array(list) => stack.extend(list.iter().map(|item| (item, depth + 1))),
            Value::Object(map) => stack.extend(map.values().map(|item| (item, depth + 1))),
            _ => {}
        }
    }
    true
}

/// One walk over one document.
pub(crate) struct Check<'a> {
    pub names: Names,
    pub problems: &'a mut Vec<Problem>,
    /// `input.x`, `settings.x`, `secret.x` seen, for "declared and not used".
    pub used: BTreeSet<(String, String)>,
}

impl<'a> Check<'a> {
    pub fn new(names: Names, problems: &'a mut Vec<Problem>) -> Self {
        Self {
            names,
            problems,
            used: BTreeSet::new(),
        }
    }

    /// Checks `value` and everything in it.
    pub fn walk(&mut self, shape: &Shape, value: &Value, at: &str) {
        if !shape.accepts(value) {
            let message = format!("expected {}, found {}", shape.noun(), kind(value));
            let mut problem = Problem::error(rules::WRONG_TYPE, at, message);
            if let (Shape::Text | Shape::Word(_), Value::Number(_) | Value::Bool(_)) =
                (shape, value)
            {
                problem = problem.hint("put it in quotes");
            }
            self.problems.push(problem);
            return;
        }
        match (shape, value) {
            (Shape::Object(object), Value::Object(map)) => self.object(object, map, at, None),
            (Shape::Tagged(tagged), Value::Object(map)) => self.tagged(tagged, map, at),
            (Shape::Map(inner), Value::Object(map)) => self.map(inner, map, at, false),
            (Shape::Headers(inner), Value::Object(map)) => self.map(inner, map, at, true),
            (Shape::List(inner), Value::Array(list)) => {
                for (index, item) in list.iter().enumerate() {
                    self.walk(inner, item, &format!("{at}/{index}"));
                }
            }
            (Shape::Either(options), _) => {
                if let Some(option) = options.iter().find(|option| option.accepts(value)) {
                    self.walk(option, value, at);
                }
            }
            (Shape::Template(roots), _) => self.template(roots, value, at),
            (Shape::Condition(roots), _) => self.condition(roots, value, at),
            (Shape::Json(roots), _) => self.json(roots, value, at),
            (Shape::Integer(low, high), _) => self.range(value, *low, *high, at),
            (_, Value::String(text)) => self.text(shape, text, at),
            _ => {}
        }
    }

    fn object(&mut self, object: &Object, map: &Map<String, Value>, at: &str, tag: Option<&str>) {
        for (key, value) in map {
            let place = child(at, key);
            match object.fields.iter().find(|field| field.name == key) {
                Some(field) => {
                    if object.title == "login" && key == "inject" {
                        self.names.session = keys(map.get("capture"));
                    }
                    self.walk(&field.shape, value, &place);
                    self.names.session.clear();
                }
                None if Some(key.as_str()) == tag => {}
                None => {
                    let known = object.fields.iter().map(|field| field.name);
                    let mut problem = Problem::error(
                        rules::UNKNOWN_FIELD,
                        place,
                        format!("unknown field `{}` in {}", short(key), object.title),
                    )
                    .at_key();
                    problem.hint = match closest(key, known.clone()) {
                        Some(near) => format!("did you mean `{near}`?"),
                        None if value.is_null() => {
                            "a text with a comma inside { } needs quotes".to_owned()
                        }
                        None => format!("known fields: {}", known.collect::<Vec<_>>().join(", ")),
                    };
                    self.problems.push(problem);
                }
            }
        }
        for field in object.fields.iter().filter(|field| field.required) {
            if !map.contains_key(field.name) {
                self.problems.push(
                    Problem::error(
                        rules::MISSING_FIELD,
                        at,
                        format!("{} needs the field `{}`", object.title, field.name),
                    )
                    .hint(field.summary),
                );
            }
        }
    }

    fn tagged(&mut self, tagged: &Tagged, map: &Map<String, Value>, at: &str) {
        let known = tagged.variants.iter().map(|(name, _)| *name);
        let Some(written) = map.get(tagged.tag) else {
            self.problems.push(
                Problem::error(
                    rules::MISSING_FIELD,
                    at,
                    format!("{} needs the field `{}`", tagged.title, tagged.tag),
                )
                .hint(format!("one of {}", known.collect::<Vec<_>>().join(", "))),
            );
            return;
        };
        let variant = written
            .as_str()
            .and_then(|word| tagged.variants.iter().find(|(name, _)| *name == word));
        match variant {
            Some((_, object)) => self.object(object, map, at, Some(tagged.tag)),
            None => self.not_in_list(&child(at, tagged.tag), written, &known.collect::<Vec<_>>()),
        }
    }

    fn map(&mut self, inner: &Shape, map: &Map<String, Value>, at: &str, headers: bool) {
        for (key, value) in map {
            let place = child(at, key);
            let identifier = matches!(inner, Shape::Object(_)) && !headers;
            let fault = if headers && !is_header_name(key) {
                Some("is not a header name")
            } else if identifier && !is_name(key) {
                Some("is not an identifier ([a-z][a-z0-9_]*, at most 64 characters)")
            } else {
                None
            };
            if let Some(fault) = fault {
                self.problems.push(
                    Problem::error(
                        rules::BAD_NAME,
                        place.as_str(),
                        format!("`{}` {fault}", short(key)),
                    )
                    .at_key(),
                );
            }
            self.walk(inner, value, &place);
        }
    }

    fn text(&mut self, shape: &Shape, text: &str, at: &str) {
        match shape {
            Shape::Name if !is_name(text) => self.problems.push(Problem::error(
                rules::BAD_NAME,
                at,
                format!(
                    "`{}` is not an identifier ([a-z][a-z0-9_]*, at most 64 characters)",
                    short(text)
                ),
            )),
            Shape::HeaderName if !is_header_name(text) => self.problems.push(Problem::error(
                rules::BAD_NAME,
                at,
                format!("`{}` is not a header name", short(text)),
            )),
            Shape::Duration => {
                if let Err(message) = units::duration_ms(text) {
                    self.problems
                        .push(Problem::error(rules::BAD_UNIT, at, message));
                }
            }
            Shape::Size => {
                if let Err(message) = units::size_bytes(text) {
                    self.problems
                        .push(Problem::error(rules::BAD_UNIT, at, message));
                }
            }
            Shape::Word(words) if !words.contains(&text) => {
                self.not_in_list(at, &Value::String(text.to_owned()), words);
            }
            _ => {}
        }
    }

    fn not_in_list(&mut self, at: &str, written: &Value, words: &[&str]) {
        let text = written
            .as_str()
            .map_or_else(|| kind(written).to_owned(), short);
        let mut problem = Problem::error(
            rules::NOT_IN_LIST,
            at,
            format!("`{text}` is not one of {}", words.join(", ")),
        );
        if let Some(near) = closest(&text, words.iter().copied()) {
            problem = problem.hint(format!("did you mean `{near}`?"));
        }
        self.problems.push(problem);
    }

    fn range(&mut self, value: &Value, low: i64, high: i64, at: &str) {
        if value
            .as_i64()
            .is_none_or(|number| number < low || number > high)
        {
            let message = if low == high {
                format!("must be {low}")
            } else {
                format!("must lie between {low} and {high}")
            };
            self.problems
                .push(Problem::error(rules::NOT_IN_LIST, at, message));
        }
    }

    fn template(&mut self, roots: Roots, value: &Value, at: &str) {
        let Some(text) = scalar_text(value) else {
            return;
        };
        match Template::parse(&text) {
            Ok(template) => self.references(roots, at, &template.references()),
            Err(error) => self.syntax(at, &error),
        }
    }

    fn condition(&mut self, roots: Roots, value: &Value, at: &str) {
        let Some(text) = value.as_str() else {
            return;
        };
        match Expr::parse(text) {
            Ok(expr) => self.references(roots, at, &expr.references()),
            Err(error) => {
                self.syntax(at, &error);
                if text.contains("{{")
                    && let Some(problem) = self.problems.last_mut()
                {
                    problem.hint = "this field is a bare expression: leave the braces out".into();
                }
            }
        }
    }

    fn json(&mut self, roots: Roots, value: &Value, at: &str) {
        match JsonTemplate::parse(value) {
            Ok(template) => {
                for (pointer, reference) in template.references() {
                    self.references(roots, &format!("{at}{pointer}"), &[reference]);
                }
            }
            Err((pointer, error)) => self.syntax(&format!("{at}{pointer}"), &error),
        }
    }

    fn syntax(&mut self, at: &str, error: &Error) {
        self.problems.push(
            Problem::error(rules::SYNTAX, at, error.message.clone())
                .hint(error.hint.clone())
                .within(error.span.0, error.span.1),
        );
    }

    fn references(&mut self, roots: Roots, at: &str, references: &[Reference]) {
        for reference in references {
            let Some(Segment::Key(root)) = reference.path.first() else {
                continue;
            };
            let member = match reference.path.get(1) {
                Some(Segment::Key(name)) => Some(name.as_str()),
                _ => None,
            };
            if let Some(problem) = self.reference(roots, root, member) {
                let (start, end) = reference.span;
                let mut problem = problem.within(start, end);
                at.clone_into(&mut problem.pointer);
                self.problems.push(problem);
            }
        }
    }

    /// What is wrong with `root.member` here.
    fn reference(&mut self, roots: Roots, root: &str, member: Option<&str>) -> Option<Problem> {
        if root == "secret" && !roots.contains(&"secret") {
            return Some(
                Problem::error(
                    rules::SECRET_OUTSIDE_AUTH,
                    "",
                    "secrets exist only in `auth`",
                )
                .hint("say in `auth` where the credential goes"),
            );
        }
        if self.names.session.contains(root) {
            return None;
        }
        if !roots.contains(&root) {
            let problem = Problem::error(
                rules::UNKNOWN_NAME,
                "",
                format!("unknown name `{}`", short(root)),
            );
            return Some(match closest(root, roots.iter().copied()) {
                Some(near) => problem.hint(format!("did you mean `{near}`?")),
                None => problem.hint(format!("here you can use {}", roots.join(", "))),
            });
        }
        let member = member?;
        self.used.insert((root.to_owned(), member.to_owned()));
        let (code, declared, what) = match root {
            "input" => (rules::UNKNOWN_INPUT, &self.names.inputs, "input"),
            "settings" => (rules::UNKNOWN_SETTING, &self.names.settings, "setting"),
            "secret" => (rules::UNKNOWN_SECRET, &self.names.secrets, "secret"),
            "output" => (rules::UNKNOWN_OUTPUT, &self.names.outputs, "output"),
            "captured" => (
                rules::UNKNOWN_CAPTURE,
                &self.names.captured,
                "captured value",
            ),
            _ => return None,
        };
        let declared = declared.as_ref()?;
        if declared.contains(member) {
            return None;
        }
        let known: Vec<&str> = declared.iter().map(String::as_str).collect();
        let problem = Problem::error(code, "", format!("unknown {what} `{}`", short(member)));
        Some(match closest(member, known.iter().copied()) {
            Some(near) => problem.hint(format!("did you mean `{near}`?")),
            None if known.is_empty() => problem.hint(format!("no {what} is declared")),
            None => problem.hint(format!("declared: {}", known.join(", "))),
        })
    }
}

/// The pointer of a field.
pub(crate) fn child(at: &str, key: &str) -> String {
    if key.contains(['~', '/']) {
        format!("{at}/{}", key.replace('~', "~0").replace('/', "~1"))
    } else {
        format!("{at}/{key}")
    }
}

/// `[a-z][a-z0-9_]*`.
pub(crate) fn is_name(text: &str) -> bool {
    text.len() <= NAME_CHARS_MAX
        && text.starts_with(|c: char| c.is_ascii_lowercase())
        && text
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
}

/// An RFC 9110 token.
pub(crate) fn is_header_name(text: &str) -> bool {
    !text.is_empty()
        && text.len() <= 100
        && text
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&b))
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "nothing",
        Value::Bool(_) => "true or false",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(_) => "a list",
        Value::Object(_) => "a mapping",
    }
}

/// A foreign word in a message, cut to a sane length.
pub(crate) fn short(text: &str) -> String {
    text.chars().take(60).collect()
}
