//! The tree as source again, every grouping in parentheses.

use std::fmt::{Formatter, Result};

use serde_json::Value;

use crate::ast::{Access, Key, Kind, Node};

pub(crate) fn print(node: &Node, f: &mut Formatter<'_>) -> Result {
    match &node.kind {
        Kind::Literal(value) => write!(f, "{value}"),
        Kind::Omit => f.write_str("omit"),
        Kind::Name(name) => f.write_str(name),
        Kind::Path(base, steps) => {
            base_of_path(base, f)?;
            for step in steps {
                let mark = if step.safe { "?" } else { "" };
                match &step.access {
                    Access::Key(key) if is_plain(key) => {
                        write!(f, "{}.{key}", mark)?;
                    }
                    Access::Key(key) => write!(f, "{mark}[{}]", Value::from(&**key))?,
                    Access::Index(index) => write!(f, "{mark}[{index}]")?,
                    Access::Dynamic(index) => {
                        write!(f, "{mark}[")?;
                        print(index, f)?;
                        f.write_str("]")?;
                    }
                }
            }
            Ok(())
        }
        Kind::List(items) => {
            f.write_str("[")?;
            commas(items, f)?;
            f.write_str("]")
        }
        Kind::Object(entries) => object(entries, f),
        Kind::For(each) => {
            f.write_str("[")?;
            print(&each.body, f)?;
            write!(f, " for {} in ", each.name)?;
            grouped(&each.list, f)?;
            if let Some(condition) = &each.condition {
                f.write_str(" if ")?;
                grouped(condition, f)?;
            }
            f.write_str("]")
        }
        Kind::If(parts) => {
            let [condition, then, otherwise] = parts.as_ref();
            grouped(condition, f)?;
            f.write_str(" ? ")?;
            grouped(then, f)?;
            f.write_str(" : ")?;
            grouped(otherwise, f)
        }
        Kind::Not(operand) => {
            f.write_str("!")?;
            grouped(operand, f)
        }
        Kind::Negate(operand) => {
            f.write_str("-")?;
            grouped(operand, f)
        }
        Kind::Binary(operator, sides) => {
            let [left, right] = sides.as_ref();
            grouped(left, f)?;
            write!(f, " {} ", operator.text())?;
            grouped(right, f)
        }
        Kind::Call(builtin, arguments) => {
            write!(f, "{}(", builtin.name)?;
            commas(arguments, f)?;
            f.write_str(")")
        }
    }
}

fn object(entries: &[(Key, Node)], f: &mut Formatter<'_>) -> Result {
    f.write_str("{")?;
    for (at, (key, value)) in entries.iter().enumerate() {
        if at > 0 {
            f.write_str(", ")?;
        }
        match key {
            Key::Fixed(key) => write!(f, "{}", Value::from(&**key))?,
            Key::Computed(key) => {
                f.write_str("[")?;
                print(key, f)?;
                f.write_str("]")?;
            }
        }
        f.write_str(": ")?;
        print(value, f)?;
    }
    f.write_str("}")
}

fn commas(items: &[Node], f: &mut Formatter<'_>) -> Result {
    for (at, item) in items.iter().enumerate() {
        if at > 0 {
            f.write_str(", ")?;
        }
        print(item, f)?;
    }
    Ok(())
}

/// In parentheses unless nothing around it could take a part of it away.
fn grouped(node: &Node, f: &mut Formatter<'_>) -> Result {
    match &node.kind {
        Kind::If(_) | Kind::Binary(..) => parenthesised(node, f),
        _ => print(node, f),
    }
}

/// A sign before a path would take the whole path, and a path within would end later when safe.
fn base_of_path(node: &Node, f: &mut Formatter<'_>) -> Result {
    match &node.kind {
        Kind::Not(_) | Kind::Negate(_) | Kind::Path(..) => parenthesised(node, f),
        Kind::Literal(value) if value.is_number() => parenthesised(node, f),
        _ => grouped(node, f),
    }
}

fn parenthesised(node: &Node, f: &mut Formatter<'_>) -> Result {
    f.write_str("(")?;
    print(node, f)?;
    f.write_str(")")
}

fn is_plain(key: &str) -> bool {
    let mut chars = key.chars();
    chars.next().is_some_and(|c| c.is_alphabetic() || c == '_')
        && chars.all(|c| c.is_alphanumeric() || c == '_')
}
