//! A JSON value whose strings, keys included, are templates: request bodies, mappings, outputs.
//!
//! Parts without holes are kept whole and only cloned. An entry or element that evaluates to `omit`
//! is left out. Errors and references carry the JSON pointer of the string they are about.

use std::sync::Arc;

use serde_json::{Map, Value};

use crate::error::Error;
use crate::fuel::Fuel;
use crate::reference::Reference;
use crate::scope::Scope;
use crate::template::Template;
use crate::types::{Shape, Type, TypeFault, TypeScope};
use crate::value::is_omit;
use crate::{JSON_TEMPLATE_DEPTH_MAX, JSON_TEMPLATE_NODES_MAX};

/// A compiled JSON template. Cloning shares it.
#[derive(Clone, Debug)]
pub struct JsonTemplate {
    root: Arc<Node>,
}

#[derive(Debug)]
enum Node {
    Fixed(Value),
    Text(Template),
    List(Vec<Node>),
    Object(Vec<(Template, Node)>),
}

/// JSON pointer of the string at fault, and the error in it.
type Located = (String, Error);

impl JsonTemplate {
    /// Compiles every string of the value.
    ///
    /// # Errors
    /// As [`Template::parse`], with the JSON pointer of the string.
    pub fn parse(value: &Value) -> Result<JsonTemplate, (String, Error)> {
        let mut nodes = 0;
        let root = compile(value, 0, &mut nodes)?;
        Ok(JsonTemplate {
            root: Arc::new(root),
        })
    }

    /// Whether there are no holes.
    pub fn is_literal(&self) -> bool {
        matches!(*self.root, Node::Fixed(_))
    }

    /// Evaluates every hole. A root of `omit` becomes null.
    ///
    /// # Errors
    /// As [`Template::eval`], with the JSON pointer of the string.
    pub fn eval(&self, scope: &dyn Scope, fuel: &mut Fuel) -> Result<Value, (String, Error)> {
        self.eval_present(scope, fuel)
            .map(Option::unwrap_or_default)
    }

    /// Evaluates every hole, with a root of `omit` as none.
    ///
    /// # Errors
    /// As [`JsonTemplate::eval`].
    pub fn eval_present(
        &self,
        scope: &dyn Scope,
        fuel: &mut Fuel,
    ) -> Result<Option<Value>, (String, Error)> {
        evaluate(&self.root, scope, fuel)
    }

    /// The kind of its value, and what cannot go well with the JSON pointer of its string.
    pub fn infer(&self, scope: &dyn TypeScope, faults: &mut Vec<(String, TypeFault)>) -> Type {
        infer(&self.root, "", scope, faults)
    }

    /// Every path of every hole, with the JSON pointer of its string.
    pub fn references(&self) -> Vec<(String, Reference)> {
        let mut found = Vec::new();
        collect(&self.root, "", &mut found);
        found
    }
}

fn compile(value: &Value, depth: usize, nodes: &mut usize) -> Result<Node, Located> {
    *nodes += 1;
    if *nodes > JSON_TEMPLATE_NODES_MAX {
        let message = format!("the template has more than {JSON_TEMPLATE_NODES_MAX} values");
        return Err((String::new(), Error::limit(message, "")));
    }
    if depth > JSON_TEMPLATE_DEPTH_MAX {
        let message =
            format!("the template is nested deeper than {JSON_TEMPLATE_DEPTH_MAX} levels");
        return Err((String::new(), Error::limit(message, "")));
    }
    match value {
        Value::Null | Value::Bool(_) | Value::Number(_) => Ok(Node::Fixed(value.clone())),
        Value::String(text) => {
            let template = Template::parse(text).map_err(|error| (String::new(), error))?;
            match template.is_literal() {
                true => Ok(Node::Fixed(value.clone())),
                false => Ok(Node::Text(template)),
            }
        }
        Value::Array(items) => {
            let mut compiled = Vec::with_capacity(items.len());
            for (at, item) in items.iter().enumerate() {
                compiled.push(compile(item, depth + 1, nodes).map_err(|e| under(&at, e))?);
            }
            match compiled.iter().all(|node| matches!(node, Node::Fixed(_))) {
                true => Ok(Node::Fixed(value.clone())),
                false => Ok(Node::List(compiled)),
            }
        }
        Value::Object(map) => {
            let mut compiled = Vec::with_capacity(map.len());
            for (key, item) in map {
                let name = Template::parse(key).map_err(|e| under(key, (String::new(), e)))?;
                let node = compile(item, depth + 1, nodes).map_err(|e| under(key, e))?;
                compiled.push((name, node));
            }
            let fixed =
                |(key, node): &(Template, Node)| key.is_literal() && matches!(node, Node::Fixed(_));
            match compiled.iter().all(fixed) {
                true => Ok(Node::Fixed(value.clone())),
                false => Ok(Node::Object(compiled)),
            }
        }
    }
}

fn evaluate(node: &Node, scope: &dyn Scope, fuel: &mut Fuel) -> Result<Option<Value>, Located> {
    match node {
        Node::Fixed(value) => Ok(Some(value.clone())),
        Node::Text(template) => {
            let present = template
                .eval_ref(scope, fuel)
                .and_then(|value| match is_omit(&value) {
                    true => Ok(None),
                    false => fuel.own(value).map(Some),
                });
            present.map_err(|error| (String::new(), error))
        }
        Node::List(items) => {
            let mut made = Vec::with_capacity(items.len());
            for (at, item) in items.iter().enumerate() {
                made.extend(evaluate(item, scope, fuel).map_err(|e| under(&at, e))?);
            }
            Ok(Some(Value::Array(made)))
        }
        Node::Object(entries) => {
            let mut made = Map::with_capacity(entries.len());
            for (key, item) in entries {
                let located = |e| under(&key.source(), e);
                if let Some(value) = evaluate(item, scope, fuel).map_err(located)? {
                    let name = key.eval_string(scope, fuel);
                    let name = name.map_err(|error| located((String::new(), error)))?;
                    made.insert(name, value);
                }
            }
            Ok(Some(Value::Object(made)))
        }
    }
}

fn infer(
    node: &Node,
    pointer: &str,
    scope: &dyn TypeScope,
    faults: &mut Vec<(String, TypeFault)>,
) -> Type {
    let mut found = Vec::new();
    let kind = match node {
        Node::Fixed(value) => Type::of(value),
        Node::Text(template) => template.infer(scope, &mut found),
        Node::List(items) => {
            let mut joined: Option<Type> = None;
            for (at, item) in items.iter().enumerate() {
                let kind = infer(item, &format!("{pointer}/{at}"), scope, faults);
                joined = Some(joined.map_or_else(|| kind.clone(), |known| known.or(&kind)));
            }
            Type::list(joined.unwrap_or(Type::Any))
        }
        Node::Object(entries) => {
            let mut shape = Shape::default();
            for (key, item) in entries {
                let place = format!("{pointer}/{}", escaped(key.source()));
                let kind = infer(item, &place, scope, faults);
                match key.is_literal() {
                    true => {
                        shape.fields.insert(key.source().to_owned(), kind);
                    }
                    false => {
                        let mut found = Vec::new();
                        key.infer(scope, &mut found);
                        faults.extend(found.into_iter().map(|fault| (place.clone(), fault)));
                        shape.open = true;
                    }
                }
            }
            Type::Object(Arc::new(shape))
        }
    };
    faults.extend(found.into_iter().map(|fault| (pointer.to_owned(), fault)));
    kind
}

fn collect(node: &Node, pointer: &str, found: &mut Vec<(String, Reference)>) {
    match node {
        Node::Fixed(_) => {}
        Node::Text(template) => {
            let references = template.references().into_iter();
            found.extend(references.map(|reference| (pointer.to_owned(), reference)));
        }
        Node::List(items) => {
            for (at, item) in items.iter().enumerate() {
                collect(item, &format!("{pointer}/{at}"), found);
            }
        }
        Node::Object(entries) => {
            for (key, item) in entries {
                let pointer = format!("{pointer}/{}", escaped(key.source()));
                let references = key.references().into_iter();
                found.extend(references.map(|reference| (pointer.clone(), reference)));
                collect(item, &pointer, found);
            }
        }
    }
}

/// Puts one step in front of a pointer on its way out.
fn under(step: &dyn std::fmt::Display, (pointer, error): Located) -> Located {
    (format!("/{}{pointer}", escaped(&step.to_string())), error)
}

fn escaped(step: &str) -> String {
    step.replace('~', "~0").replace('/', "~1")
}
