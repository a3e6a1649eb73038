//! Binary operators on values.

use std::borrow::Cow;
use std::cmp::Ordering;

use serde_json::Value;

use crate::ast::Operator;
use crate::error::Error;
use crate::fuel::Fuel;
use crate::number::Num;
use crate::sealed::sealed_map;
use crate::value::{compare, equal, kind, render};

/// Applies an operator that needs both sides; the lazy ones are the evaluator's.
pub(crate) fn apply<'s>(
    operator: Operator,
    left: Cow<'s, Value>,
    right: Cow<'s, Value>,
    fuel: &mut Fuel,
) -> Result<Cow<'s, Value>, Error> {
    let truth = match operator {
        Operator::Equal => equal(&left, &right, fuel)?,
        Operator::NotEqual => !equal(&left, &right, fuel)?,
        Operator::Less => ordered(operator, &left, &right, fuel)?.is_lt(),
        Operator::LessOrEqual => ordered(operator, &left, &right, fuel)?.is_le(),
        Operator::Greater => ordered(operator, &left, &right, fuel)?.is_gt(),
        Operator::GreaterOrEqual => ordered(operator, &left, &right, fuel)?.is_ge(),
        Operator::In => contains(&right, &left, fuel)?,
        Operator::NotIn => !contains(&right, &left, fuel)?,
        Operator::Concat => {
            // Grow the left text in place when it is ours, so that a chain of `~` stays linear.
            let mut text = match left {
                Cow::Owned(Value::String(text)) => text,
                other => {
                    let mut text = String::new();
                    render(&other, &mut text, fuel)?;
                    text
                }
            };
            render(&right, &mut text, fuel)?;
            return Ok(Cow::Owned(Value::String(text)));
        }
        Operator::Add if left.is_array() && right.is_array() => {
            return join(left, right, fuel).map(Cow::Owned);
        }
        Operator::Add
        | Operator::Subtract
        | Operator::Multiply
        | Operator::Divide
        | Operator::Remainder => {
            return calculate(operator, &left, &right).map(Cow::Owned);
        }
        Operator::And | Operator::Or | Operator::Coalesce => return Ok(right),
    };
    Ok(Cow::Owned(Value::Bool(truth)))
}

fn ordered(
    operator: Operator,
    left: &Value,
    right: &Value,
    fuel: &mut Fuel,
) -> Result<Ordering, Error> {
    if let (Value::String(a), Value::String(b)) = (left, right) {
        fuel.scan(a.len().min(b.len()))?;
    }
    compare(left, right).ok_or_else(|| mismatch(operator, left, right, "two numbers or two texts"))
}

/// Whether a list has the element, an object the key, a text the part.
pub(crate) fn contains(container: &Value, wanted: &Value, fuel: &mut Fuel) -> Result<bool, Error> {
    match (container, wanted) {
        (Value::Array(items), _) => {
            for item in items {
                if equal(item, wanted, fuel)? {
                    return Ok(true);
                }
            }
            Ok(false)
        }
        (Value::Object(map), Value::String(key)) if sealed_map(map).is_none() => {
            Ok(map.contains_key(key))
        }
        (Value::String(text), Value::String(part)) => {
            fuel.scan(text.len())?;
            Ok(text.contains(part.as_str()))
        }
        (container, wanted) => {
            let message = format!("cannot look for {} in {}", kind(wanted), kind(container));
            let hint = match container {
                Value::Null => "give a list to fall back on: `x in (list ?? [])`",
                _ => "look for anything in a list, for text in text or among the keys of an object",
            };
            Err(Error::wrong_type(message, hint))
        }
    }
}

fn join(left: Cow<'_, Value>, right: Cow<'_, Value>, fuel: &mut Fuel) -> Result<Value, Error> {
    match (fuel.own(left)?, fuel.own(right)?) {
        (Value::Array(mut items), Value::Array(more)) => {
            items.extend(more);
            Ok(Value::Array(items))
        }
        (left, _) => Ok(left),
    }
}

fn calculate(operator: Operator, left: &Value, right: &Value) -> Result<Value, Error> {
    match (left, right) {
        (Value::Number(a), Value::Number(b)) => {
            Num::of(a).calculate(operator, Num::of(b))?.into_value()
        }
        _ => Err(mismatch(operator, left, right, "two numbers")),
    }
}

fn mismatch(operator: Operator, left: &Value, right: &Value, wanted: &str) -> Error {
    let text = left.is_string() || right.is_string();
    let hint = match operator {
        _ if left.is_null() || right.is_null() => "give null a value to stand for it: `x ?? 0`",
        Operator::Add if text => "join text with `~`",
        _ if text => "turn text into a number with `| int` or `| float`",
        _ => "",
    };
    let (operator, left, right) = (operator.text(), kind(left), kind(right));
    Error::wrong_type(
        format!("`{operator}` needs {wanted}, not {left} and {right}"),
        hint,
    )
}
