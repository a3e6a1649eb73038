//! What `action` and `capability` steps have in common: input, connection, idempotency key.

use std::sync::Arc;

use serde_json::{Map, Value};
use updraft_expr::{JsonTemplate, Template, sealed_inside};

use super::{Retry, retry};
use crate::{
    StepError,
    machine::{FrameId, Turn},
    plan::{Bound, Fields, Parser},
};

/// The nouns whose actions the host performs itself: `case.close`, `report.render`, …
pub const HOST_NOUNS: &[&str] = &[
    "alert",
    "case",
    "indicator",
    "observable",
    "report",
    "run",
    "ticket",
    "verdict",
];

/// The fields that a request adds to a step.
pub(super) const FIELDS: &[&str] = &["with", "connection", "key", "retry"];

/// A text that may be a template.
#[derive(Debug, Clone)]
pub(crate) enum Text {
    /// As it is.
    Literal(String),
    /// To be evaluated.
    Template(Bound<Template>),
}

impl Text {
    /// Reads an optional text.
    pub(crate) fn parse(p: &mut Parser, fields: &Fields<'_>, key: &'static str) -> Option<Self> {
        let template = p.template(fields, key)?;
        if !template.inner.is_literal() {
            p.is_shown();
        }
        Some(match template.inner.is_literal() {
            true => Text::Literal(fields.get(key)?.as_str()?.to_owned()),
            false => Text::Template(template),
        })
    }
    /// The text, if it is written out.
    pub(crate) fn literal(&self) -> Option<&str> {
        match self {
            Text::Literal(text) => Some(text),
            Text::Template(_) => None,
        }
    }
    /// The text, or a mark that it is computed.
    pub(crate) fn shown(&self) -> String {
        self.literal().unwrap_or("(computed)").to_owned()
    }
    /// The evaluated text.
    pub(crate) fn eval(&self, turn: &mut Turn<'_>, frame: FrameId) -> Result<String, StepError> {
        match self {
            Text::Literal(text) => Ok(text.clone()),
            Text::Template(template) => match turn.eval(frame, template)? {
                Value::String(text) => Ok(text),
                Value::Null => Ok(String::new()),
                other => match sealed_inside(&other) {
                    Some(sealed) => {
                        let text = format!("a {} value cannot be shown", sealed.word());
                        Err(StepError::new("expression", text))
                    }
                    None => Ok(other.to_string()),
                },
            },
        }
    }
}

/// The common part of a call to the outside.
#[derive(Debug, Clone)]
pub(crate) struct Request {
    with: Option<Bound<JsonTemplate>>,
    connection: Option<Text>,
    /// The idempotency key.
    pub key: Option<Text>,
    /// How it is repeated.
    pub retry: Option<Retry>,
}

/// A request with everything evaluated.
pub(super) struct Prepared {
    /// The input.
    pub input: Arc<Value>,
    /// The playbook's own idempotency key.
    pub key: Option<Arc<str>>,
    /// The connection that it names.
    pub connection: Option<String>,
}

/// Reads the common part.
pub(super) fn parse(p: &mut Parser, fields: &Fields<'_>) -> Request {
    match fields.get("with") {
        None => {
            let pointer = fields.pointer.clone();
            p.warning("UP020", &pointer, "the step gives no input").hint =
                "add `with: {…}`; write `with: {}` if it takes none".into();
        }
        Some(Value::Object(_)) => {}
        // One expression that gives the whole map: `with: "{{ observable.input }}"`.
        Some(Value::String(text)) if text.trim_start().starts_with("{{") => {}
        Some(_) => {
            p.error("UP001", &fields.at("with"), "`with` must be a map");
        }
    }
    Request {
        with: p.json_template(fields, "with"),
        connection: Text::parse(p, fields, "connection"),
        key: Text::parse(p, fields, "key"),
        retry: retry::parse(p, fields),
    }
}

impl Request {
    /// Evaluates everything.
    pub(super) fn prepare(
        &self,
        turn: &mut Turn<'_>,
        frame: FrameId,
    ) -> Result<Prepared, StepError> {
        let input = match &self.with {
            Some(with) => turn.eval(frame, with)?,
            None => Value::Object(Map::new()),
        };
        let input = Arc::new(input);
        turn.record_input(frame, &input);
        let key = self
            .key
            .as_ref()
            .map(|key| key.eval(turn, frame))
            .transpose()?;
        if key.as_ref().is_some_and(String::is_empty) {
            return Err(StepError::new("expression", "the idempotency key is empty"));
        }
        let connection = self
            .connection
            .as_ref()
            .map(|c| c.eval(turn, frame))
            .transpose()?;
        Ok(Prepared {
            input,
            key: key.map(Arc::from),
            connection: connection.filter(|name| !name.is_empty()),
        })
    }
}

/// True for an action that the host performs itself.
pub(super) fn is_host_action(action: &str) -> bool {
    action
        .split_once('.')
        .is_some_and(|(noun, _)| HOST_NOUNS.contains(&noun))
}
