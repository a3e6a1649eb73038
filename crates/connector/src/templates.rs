//! The three places of the expression language in a document: text, condition, JSON value.
//!
//! They compile once, when the connector is loaded; a call only evaluates. Reading a document with serde
//! fails on a syntax error, but [`crate::check`] has looked before and reports it with its position.

use serde::{Deserialize, Deserializer, de};
use serde_json::Value;
use updraft_expr::{Error, Expr, Fuel, JsonTemplate, Reference, Scope, Segment, Template};

/// Evaluation steps that one response (or one request) may cost in total.
pub const FUEL_STEPS: u64 = 2_000_000;
/// Bytes that the expressions of one response (or one request) may produce in total.
pub const FUEL_BYTES: usize = 32 << 20;

/// Fuel for everything that is evaluated about one request or one response.
pub(crate) fn fuel() -> Fuel {
    Fuel::new(FUEL_STEPS, FUEL_BYTES)
}

/// A text with `{{ … }}` holes.
#[derive(Debug, Clone)]
pub struct Text {
    pub(crate) template: Template,
    /// The secrets it names; empty outside `auth`.
    pub(crate) secrets: Vec<String>,
}

impl Text {
    pub(crate) fn parse(source: &str) -> Result<Self, Error> {
        let template = Template::parse(source)?;
        let secrets = secrets(template.references().iter());
        Ok(Self { template, secrets })
    }
    /// True if the template says what to do without that secret (`?.`, `??`, `default`).
    pub(crate) fn guards_secret(&self, secret: &str) -> bool {
        self.template.references().iter().all(|reference| {
            reference.guarded
                || !matches!(reference.path.as_slice(),
                    [Segment::Key(root), Segment::Key(name), ..] if root == "secret" && name == secret)
        })
    }
    /// The value; a template that is one hole keeps the type.
    pub(crate) fn eval(&self, scope: &dyn Scope, fuel: &mut Fuel) -> Result<Value, Error> {
        self.template.eval(scope, fuel)
    }
    /// The value as text.
    pub(crate) fn text(&self, scope: &dyn Scope, fuel: &mut Fuel) -> Result<String, Error> {
        self.template.eval_string(scope, fuel)
    }
}

/// A bare expression that holds or does not.
#[derive(Debug, Clone)]
pub struct Condition(pub(crate) Expr);

impl Condition {
    pub(crate) fn holds(&self, scope: &dyn Scope, fuel: &mut Fuel) -> Result<bool, Error> {
        self.0.eval_bool(scope, fuel)
    }
    /// True if the expression names that root.
    pub(crate) fn reads(&self, root: &str) -> bool {
        self.0
            .references()
            .iter()
            .any(|reference| reference.root() == root)
    }
    /// The expression as written.
    pub fn source(&self) -> &str {
        self.0.source()
    }
}

/// Any JSON value whose strings are templates.
#[derive(Debug, Clone)]
pub struct Json(pub(crate) JsonTemplate);

impl Json {
    /// The secrets it names; empty outside `auth`.
    pub(crate) fn secrets(&self) -> Vec<String> {
        let references = self.0.references();
        secrets(references.iter().map(|(_, reference)| reference))
    }
    pub(crate) fn eval(
        &self,
        scope: &dyn Scope,
        fuel: &mut Fuel,
    ) -> Result<Value, (String, Error)> {
        self.0.eval(scope, fuel)
    }
}

/// The secrets that these references name.
fn secrets<'a>(references: impl Iterator<Item = &'a Reference>) -> Vec<String> {
    let mut names: Vec<String> = references
        .filter_map(|reference| match reference.path.as_slice() {
            [Segment::Key(root), Segment::Key(name), ..] if root == "secret" => Some(name.clone()),
            _ => None,
        })
        .collect();
    names.sort();
    names.dedup();
    names
}

/// A scalar as template text: `score: 50` and `score: "{{ … }}"` are both fine.
pub(crate) fn scalar_text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(format!("{{{{ {number} }}}}")),
        Value::Bool(flag) => Some(format!("{{{{ {flag} }}}}")),
        _ => None,
    }
}

impl<'de> Deserialize<'de> for Text {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = Value::deserialize(deserializer)?;
        let text = scalar_text(&value).ok_or_else(|| de::Error::custom("not a text"))?;
        Text::parse(&text).map_err(de::Error::custom)
    }
}

impl<'de> Deserialize<'de> for Condition {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = Value::deserialize(deserializer)?;
        let source = match &value {
            Value::String(text) => text.clone(),
            Value::Bool(flag) => flag.to_string(),
            _ => return Err(de::Error::custom("not an expression")),
        };
        Expr::parse(&source)
            .map(Condition)
            .map_err(de::Error::custom)
    }
}

impl<'de> Deserialize<'de> for Json {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = Value::deserialize(deserializer)?;
        JsonTemplate::parse(&value)
            .map(Json)
            .map_err(|(pointer, error)| de::Error::custom(format!("{pointer}: {error}")))
    }
}
