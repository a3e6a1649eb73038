//! Arithmetic: integers stay integers and overflow is an error; floats stay finite.

use std::cmp::Ordering;

use serde_json::{Number, Value};

use crate::ast::Operator;
use crate::error::Error;

/// A JSON number with room for every intermediate integer.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Num {
    Int(i128),
    Float(f64),
}

impl Num {
    pub fn of(number: &Number) -> Num {
        match (number.as_i64(), number.as_u64()) {
            (Some(int), _) => Num::Int(int.into()),
            (None, Some(int)) => Num::Int(int.into()),
            (None, None) => Num::Float(number.as_f64().unwrap_or(0.0)),
        }
    }

    pub fn into_value(self) -> Result<Value, Error> {
        let number = match self {
            Num::Int(int) => match (i64::try_from(int), u64::try_from(int)) {
                (Ok(int), _) => Some(Number::from(int)),
                (Err(_), Ok(int)) => Some(Number::from(int)),
                (Err(_), Err(_)) => None,
            },
            Num::Float(float) => Number::from_f64(float),
        };
        number.map(Value::Number).ok_or_else(overflow)
    }

    pub fn to_float(self) -> f64 {
        match self {
            Num::Int(int) => int as f64,
            Num::Float(float) => float,
        }
    }

    pub fn negate(self) -> Result<Num, Error> {
        match self {
            Num::Int(int) => int.checked_neg().map(Num::Int).ok_or_else(overflow),
            Num::Float(float) => Ok(Num::Float(-float)),
        }
    }

    /// Exact even where an integer has no float of its own. JSON has no NaN.
    pub fn compare(self, other: Num) -> Ordering {
        match (self, other) {
            (Num::Int(a), Num::Int(b)) => a.cmp(&b),
            (Num::Float(a), Num::Float(b)) => a.partial_cmp(&b).unwrap_or(Ordering::Equal),
            (Num::Int(a), Num::Float(b)) => int_to_float(a, b),
            (Num::Float(a), Num::Int(b)) => int_to_float(b, a).reverse(),
        }
    }

    pub fn calculate(self, operator: Operator, other: Num) -> Result<Num, Error> {
        match (self, other) {
            (Num::Int(a), Num::Int(b)) => int(operator, a, b),
            (a, b) => float(operator, a.to_float(), b.to_float()),
        }
    }
}

fn int_to_float(int: i128, float: f64) -> Ordering {
    let floor = float.floor();
    // The cast saturates, and no JSON integer reaches the ends of i128.
    match int.cmp(&(floor as i128)) {
        Ordering::Equal if float > floor => Ordering::Less,
        other => other,
    }
}

fn int(operator: Operator, a: i128, b: i128) -> Result<Num, Error> {
    let result = match operator {
        Operator::Add => a.checked_add(b),
        Operator::Subtract => a.checked_sub(b),
        Operator::Multiply => a.checked_mul(b),
        Operator::Divide | Operator::Remainder if b == 0 => return Err(by_zero()),
        Operator::Divide => a.checked_div(b),
        Operator::Remainder => a.checked_rem(b),
        _ => None,
    };
    let fits = |int: &i128| *int >= i64::MIN.into() && *int <= u64::MAX.into();
    result.filter(fits).map(Num::Int).ok_or_else(overflow)
}

fn float(operator: Operator, a: f64, b: f64) -> Result<Num, Error> {
    let result = match operator {
        Operator::Add => a + b,
        Operator::Subtract => a - b,
        Operator::Multiply => a * b,
        Operator::Divide | Operator::Remainder if b == 0.0 => return Err(by_zero()),
        Operator::Divide => a / b,
        Operator::Remainder => a % b,
        _ => f64::NAN,
    };
    match result.is_finite() {
        true => Ok(Num::Float(result)),
        false => Err(overflow()),
    }
}

fn overflow() -> Error {
    Error::value("the result does not fit a number", "")
}

fn by_zero() -> Error {
    Error::value(
        "division by zero",
        "check the divisor first: `b == 0 ? 0 : a / b`",
    )
}
