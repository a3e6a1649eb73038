//! The evaluator: walks the tree, borrows from scope and tree wherever it can.

use std::borrow::Cow;

use serde_json::{Map, Value};

use crate::ast::{Access, For, Key, Kind, Node, Operator, Step};
use crate::builtins::{Args, Builtin};
use crate::error::{Error, ErrorKind, quoted, suggestion};
use crate::fuel::Fuel;
use crate::number::Num;
use crate::operator;
use crate::scope::Scope;
use crate::sealed::{refuse, sealed};
use crate::value::{OMIT, is_omit, kind, position, render, truthy};

pub(crate) type Outcome<'s> = Result<Cow<'s, Value>, Error>;

/// What names mean at one point of the tree.
#[derive(Clone, Copy)]
pub(crate) struct Env<'s> {
    scope: &'s dyn Scope,
    local: Option<&'s Local<'s>>,
    /// Set on the left of `??`: an undefined name is then ordinary, so its message is not written.
    quiet: bool,
}

impl<'s> Env<'s> {
    pub fn new(scope: &'s dyn Scope) -> Env<'s> {
        Env {
            scope,
            local: None,
            quiet: false,
        }
    }
}

/// A variable of a comprehension.
struct Local<'s> {
    name: &'s str,
    value: &'s Value,
    outer: Option<&'s Local<'s>>,
}

pub(crate) fn eval<'s>(node: &'s Node, env: Env<'s>, fuel: &mut Fuel) -> Outcome<'s> {
    fuel.steps(1).map_err(|error| error.at(node.span))?;
    match &node.kind {
        Kind::Literal(value) => Ok(Cow::Borrowed(value)),
        Kind::Omit => Ok(Cow::Borrowed(&OMIT)),
        Kind::Name(name) => look_up(name, node, env),
        Kind::Path(base, steps) => path(base, steps, env, fuel),
        Kind::List(items) => list(items, env, fuel),
        Kind::Object(entries) => object(entries, env, fuel),
        Kind::For(each) => comprehension(each, env, fuel),
        Kind::If(parts) => {
            let [condition, then, otherwise] = parts.as_ref();
            let chosen = truthy(eval(condition, env, fuel)?.as_ref());
            eval(if chosen { then } else { otherwise }, env, fuel)
        }
        Kind::Not(operand) => {
            let truth = truthy(eval(operand, env, fuel)?.as_ref());
            Ok(Cow::Owned(Value::Bool(!truth)))
        }
        Kind::Negate(operand) => negate(operand, env, fuel),
        Kind::Binary(operator, sides) => binary(*operator, sides, node, env, fuel),
        Kind::Call(builtin, arguments) => call(builtin, arguments, node, env, fuel),
    }
}

fn look_up<'s>(name: &str, node: &Node, env: Env<'s>) -> Outcome<'s> {
    let mut local = env.local;
    while let Some(found) = local {
        if found.name == name {
            return Ok(Cow::Borrowed(found.value));
        }
        local = found.outer;
    }
    match env.scope.get(name) {
        Some(value) => Ok(Cow::Borrowed(value)),
        None => Err(undefined(env, node.span, || {
            let names = env.scope.names();
            let hint = suggestion(name, names.iter().map(String::as_str));
            (format!("`{}` is not defined", quoted(name)), hint)
        })),
    }
}

fn undefined(env: Env<'_>, span: crate::Span, words: impl FnOnce() -> (String, String)) -> Error {
    let (message, hint) = if env.quiet {
        Default::default()
    } else {
        words()
    };
    Error::new(ErrorKind::Undefined, message, hint).at(span)
}

fn path<'s>(base: &'s Node, steps: &'s [Step], env: Env<'s>, fuel: &mut Fuel) -> Outcome<'s> {
    let mut value = eval(base, env, fuel)?;
    for step in steps {
        fuel.steps(1).map_err(|error| error.at(step.span))?;
        let found = match &step.access {
            Access::Key(key) => get_key(value, key, step, env)?,
            Access::Index(index) => get_index(value, *index, step, env)?,
            Access::Dynamic(node) => {
                let index = eval(node, env, fuel)?;
                match index.as_ref() {
                    Value::String(key) => get_key(value, key, step, env)?,
                    Value::Number(number) if number.is_i64() => {
                        get_index(value, number.as_i64().unwrap_or(0), step, env)?
                    }
                    other => {
                        let message = format!("cannot use {} as a key or index", kind(other));
                        return Err(Error::wrong_type(message, "").at(step.span));
                    }
                }
            }
        };
        match found {
            Some(found) => value = found,
            None => return Ok(Cow::Owned(Value::Null)),
        }
    }
    Ok(value)
}

/// The value under a key; none when a safe step finds nothing.
fn get_key<'s>(
    value: Cow<'s, Value>,
    key: &str,
    step: &Step,
    env: Env<'_>,
) -> Result<Option<Cow<'s, Value>>, Error> {
    if let Some(sealed) = sealed(&value) {
        return Err(refuse(sealed, "has no members").at(step.span));
    }
    let missing = match value {
        Cow::Borrowed(Value::Object(map)) => match map.get(key) {
            Some(found) => return Ok(Some(Cow::Borrowed(found))),
            None => Cow::Borrowed(map),
        },
        Cow::Owned(Value::Object(mut map)) => match map.get_mut(key) {
            Some(found) => return Ok(Some(Cow::Owned(std::mem::take(found)))),
            None => Cow::Owned(map),
        },
        other => return no_member(&other, &format!("key `{}`", quoted(key)), step, env),
    };
    if step.safe {
        return Ok(None);
    }
    Err(undefined(env, step.span, || missing_key(key, &missing)))
}

fn missing_key(key: &str, map: &Map<String, Value>) -> (String, String) {
    let message = format!("there is no key `{}`", quoted(key));
    let dashed = map.keys().find(|known| {
        known
            .strip_prefix(key)
            .is_some_and(|rest| !rest.starts_with(char::is_alphanumeric))
    });
    let hint = match dashed {
        Some(known) => format!("for the key `{0}` write `[\"{0}\"]`", quoted(known)),
        None => suggestion(key, map.keys().map(String::as_str)),
    };
    (message, hint)
}

fn get_index<'s>(
    value: Cow<'s, Value>,
    index: i64,
    step: &Step,
    env: Env<'_>,
) -> Result<Option<Cow<'s, Value>>, Error> {
    let length = match value {
        Cow::Borrowed(Value::Array(items)) => {
            match position(index, items.len()).and_then(|at| items.get(at)) {
                Some(found) => return Ok(Some(Cow::Borrowed(found))),
                None => items.len(),
            }
        }
        Cow::Owned(Value::Array(mut items)) => match position(index, items.len()) {
            Some(at) => return Ok(Some(Cow::Owned(items.swap_remove(at)))),
            None => items.len(),
        },
        other => return no_member(&other, &format!("place {index}"), step, env),
    };
    if step.safe {
        return Ok(None);
    }
    Err(undefined(env, step.span, || {
        let message = format!("there is no place {index} in a list of {length}");
        (
            message,
            "use `?[...]` or `| first` when it may be shorter".to_owned(),
        )
    }))
}

fn no_member<'s>(
    value: &Value,
    what: &str,
    step: &Step,
    env: Env<'_>,
) -> Result<Option<Cow<'s, Value>>, Error> {
    match value {
        Value::Null if step.safe => Ok(None),
        Value::Null => Err(undefined(env, step.span, || {
            let hint = "use `?.` or `??` when it may be missing".to_owned();
            (format!("null has no {what}"), hint)
        })),
        other => {
            let hint = match other {
                Value::Array(_) => {
                    "take one element with `[0]`, or all with `| map('key')` or `[x.key for x in list]`"
                }
                _ => "",
            };
            Err(Error::wrong_type(format!("{} has no {what}", kind(other)), hint).at(step.span))
        }
    }
}

fn list<'s>(items: &'s [Node], env: Env<'s>, fuel: &mut Fuel) -> Outcome<'s> {
    let mut made = Vec::with_capacity(items.len());
    for item in items {
        let value = eval(item, env, fuel)?;
        if !is_omit(&value) {
            push(&mut made, value, fuel).map_err(|error| error.at(item.span))?;
        }
    }
    Ok(Cow::Owned(Value::Array(made)))
}

fn push(made: &mut Vec<Value>, value: Cow<'_, Value>, fuel: &mut Fuel) -> Result<(), Error> {
    fuel.elements(1)?;
    made.push(fuel.own(value)?);
    Ok(())
}

fn object<'s>(entries: &'s [(Key, Node)], env: Env<'s>, fuel: &mut Fuel) -> Outcome<'s> {
    let mut made = Map::with_capacity(entries.len());
    for (key, node) in entries {
        let key = match key {
            Key::Fixed(key) => key.to_string(),
            Key::Computed(key) => {
                let mut text = String::new();
                let value = eval(key, env, fuel)?;
                render(&value, &mut text, fuel).map_err(|error| error.at(key.span))?;
                text
            }
        };
        let value = eval(node, env, fuel)?;
        if !is_omit(&value) {
            let paid = fuel.elements(1).and_then(|()| fuel.bytes(key.len()));
            let value = paid.and_then(|()| fuel.own(value));
            made.insert(key, value.map_err(|error| error.at(node.span))?);
        }
    }
    Ok(Cow::Owned(Value::Object(made)))
}

fn comprehension<'s>(each: &'s For, env: Env<'s>, fuel: &mut Fuel) -> Outcome<'s> {
    let list = eval(&each.list, env, fuel)?;
    let Value::Array(items) = list.as_ref() else {
        let hint = match list.as_ref() {
            Value::Object(_) => "walk the entries of an object: `[e.value for e in obj | entries]`",
            Value::Null => "give a list to fall back on: `list ?? []`",
            _ => "",
        };
        let message = format!("`for` needs a list, not {}", kind(&list));
        return Err(Error::wrong_type(message, hint).at(each.list.span));
    };
    let mut made = Vec::new();
    for value in items {
        let local = Local {
            name: &each.name,
            value,
            outer: env.local,
        };
        let inner = Env {
            local: Some(&local),
            ..env
        };
        if let Some(condition) = &each.condition
            && !truthy(eval(condition, inner, fuel)?.as_ref())
        {
            continue;
        }
        let value = eval(&each.body, inner, fuel)?;
        if !is_omit(&value) {
            push(&mut made, value, fuel).map_err(|error| error.at(each.body.span))?;
        }
    }
    Ok(Cow::Owned(Value::Array(made)))
}

fn negate<'s>(operand: &'s Node, env: Env<'s>, fuel: &mut Fuel) -> Outcome<'s> {
    let value = eval(operand, env, fuel)?;
    let negative = match value.as_ref() {
        Value::Number(number) => Num::of(number).negate().and_then(Num::into_value),
        other => {
            let message = format!("`-` needs a number, not {}", kind(other));
            Err(Error::wrong_type(message, ""))
        }
    };
    negative
        .map(Cow::Owned)
        .map_err(|error| error.at(operand.span))
}

fn binary<'s>(
    operator: Operator,
    sides: &'s [Node; 2],
    node: &Node,
    env: Env<'s>,
    fuel: &mut Fuel,
) -> Outcome<'s> {
    let [left, right] = sides;
    match operator {
        Operator::Coalesce => match eval(left, Env { quiet: true, ..env }, fuel) {
            Ok(value) if !value.is_null() => Ok(value),
            Err(error) if error.kind != ErrorKind::Undefined => Err(error),
            Ok(_) | Err(_) => eval(right, env, fuel),
        },
        Operator::And | Operator::Or => {
            let value = eval(left, env, fuel)?;
            match truthy(&value) == (operator == Operator::Or) {
                true => Ok(value),
                false => eval(right, env, fuel),
            }
        }
        _ => {
            let left = eval(left, env, fuel)?;
            let right = eval(right, env, fuel)?;
            operator::apply(operator, left, right, fuel).map_err(|error| error.at(node.span))
        }
    }
}

fn call<'s>(
    builtin: &'static Builtin,
    arguments: &'s [Node],
    node: &Node,
    env: Env<'s>,
    fuel: &mut Fuel,
) -> Outcome<'s> {
    let mut values = Vec::with_capacity(arguments.len());
    for argument in arguments {
        values.push(eval(argument, env, fuel)?);
    }
    let arguments = Args::new(builtin.name, values);
    (builtin.run)(arguments, fuel).map_err(|error| error.at(node.span))
}
