//! Text with `{{ expression }}` holes.
//!
//! A template that is exactly one hole keeps the type of its value; any other becomes text. Spans in
//! errors and references count from the start of the template. `}}` outside of a hole is plain text;
//! for the text `{{` write `{{ '{{' }}`.

use std::borrow::Cow;
use std::sync::Arc;

use serde_json::Value;

use crate::error::Error;
use crate::fuel::Fuel;
use crate::reference::Reference;
use crate::scope::Scope;
use crate::value::{is_omit, render};
use crate::{EXPR_BYTES_MAX, Expr, TEMPLATE_BYTES_MAX, TEMPLATE_HOLES_MAX, lex, parse};

/// One stretch of a template.
#[derive(Clone, Debug)]
pub enum Part {
    /// Copied as it is.
    Text(String),
    /// Evaluated.
    Hole(Expr),
}

/// A compiled template. Cloning shares it.
#[derive(Clone, Debug)]
pub struct Template {
    source: Arc<str>,
    parts: Arc<[Part]>,
}

impl Template {
    /// Compiles a template.
    ///
    /// # Errors
    /// As [`Expr::parse`], for the first hole at fault.
    pub fn parse(source: &str) -> Result<Template, Error> {
        if source.len() > TEMPLATE_BYTES_MAX {
            let message = format!("the template is longer than {TEMPLATE_BYTES_MAX} bytes");
            return Err(Error::limit(message, "keep long text in a file of its own"));
        }
        let mut parts = Vec::new();
        let mut at = 0;
        let mut holes = 0;
        while let Some(open) = source.get(at..).and_then(|rest| rest.find("{{")) {
            let open = at + open;
            push_text(&mut parts, source, at, open);
            let (tokens, end) = lex::hole(source, open)?;
            holes += 1;
            if holes > TEMPLATE_HOLES_MAX {
                let message = format!("the template has more than {TEMPLATE_HOLES_MAX} holes");
                return Err(Error::limit(message, "build a list and `join` it").at((open, end)));
            }
            if end - open > EXPR_BYTES_MAX {
                let message = format!("the expression is longer than {EXPR_BYTES_MAX} bytes");
                return Err(Error::limit(message, "").at((open, end)));
            }
            let inner = source.get(open + 2..end - 2).unwrap_or("");
            parts.push(Part::Hole(Expr::compiled(inner, parse::parse(tokens)?)));
            at = end;
        }
        push_text(&mut parts, source, at, source.len());
        Ok(Template {
            source: source.into(),
            parts: parts.into(),
        })
    }

    /// The text this was parsed from.
    pub fn source(&self) -> &str {
        &self.source
    }

    /// The stretches in order; empty for an empty template.
    pub fn parts(&self) -> &[Part] {
        &self.parts
    }

    /// Whether there are no holes.
    pub fn is_literal(&self) -> bool {
        self.parts.iter().all(|part| matches!(part, Part::Text(_)))
    }

    /// Evaluates: the value of the only hole with its type, otherwise text. `omit` becomes null.
    ///
    /// # Errors
    /// As [`Expr::eval`].
    pub fn eval(&self, scope: &dyn Scope, fuel: &mut Fuel) -> Result<Value, Error> {
        let value = self.eval_ref(scope, fuel)?;
        fuel.own(value)
    }

    /// Evaluates, with `omit` as none.
    ///
    /// # Errors
    /// As [`Expr::eval`].
    pub fn eval_present(&self, scope: &dyn Scope, fuel: &mut Fuel) -> Result<Option<Value>, Error> {
        let value = self.eval_ref(scope, fuel)?;
        match is_omit(&value) {
            true => Ok(None),
            false => fuel.own(value).map(Some),
        }
    }

    /// Evaluates to text: null becomes nothing, lists and objects compact JSON.
    ///
    /// # Errors
    /// As [`Expr::eval`].
    pub fn eval_string(&self, scope: &dyn Scope, fuel: &mut Fuel) -> Result<String, Error> {
        if let [Part::Text(text)] = self.parts.as_ref() {
            return Ok(text.clone());
        }
        let mut out = String::with_capacity(self.source.len());
        for part in self.parts.iter() {
            match part {
                Part::Text(text) => {
                    fuel.bytes(text.len())?;
                    out.push_str(text);
                }
                Part::Hole(expr) => {
                    let value = expr.eval_ref(scope, fuel)?;
                    let rendered = render(&value, &mut out, fuel);
                    rendered.map_err(|error| error.at(expr.inner.root.span))?;
                }
            }
        }
        Ok(out)
    }

    /// Every path of every hole.
    pub fn references(&self) -> Vec<Reference> {
        let holes = self.parts.iter().filter_map(|part| match part {
            Part::Text(_) => None,
            Part::Hole(expr) => Some(expr.references()),
        });
        holes.flatten().collect()
    }

    pub(crate) fn eval_ref<'s>(
        &'s self,
        scope: &'s dyn Scope,
        fuel: &mut Fuel,
    ) -> Result<Cow<'s, Value>, Error> {
        match self.parts.as_ref() {
            [Part::Hole(expr)] => expr.eval_ref(scope, fuel),
            _ => self
                .eval_string(scope, fuel)
                .map(|text| Cow::Owned(Value::String(text))),
        }
    }
}

fn push_text(parts: &mut Vec<Part>, source: &str, from: usize, to: usize) {
    if let Some(text) = source.get(from..to).filter(|text| !text.is_empty()) {
        parts.push(Part::Text(text.to_owned()));
    }
}
