//! Sealed values: a secret or a restricted value stands in data as a handle, never as its text.
//!
//! The host keeps the text under lock and puts an object with the key [`SEALED_KEY`] in its place:
//! `{"$sealed": "secret", "id": "…"}`, or for a restricted value
//! `{"$sealed": "restricted", "id": "…", "mask": "4***1", "hash": "9f2c…", "kind": "string", "count": 16}`.
//! The language hands such a value on as a whole and refuses all else: it has no text, no members, no
//! order and equals nothing but null. Of a restricted one `mask`, `fingerprint` and `count` tell what the
//! handle tells. Data that only looks like a handle is treated as one: it opens nothing.

use serde_json::{Map, Value};

use crate::error::Error;

/// The key by which a handle is known.
pub const SEALED_KEY: &str = "$sealed";

/// What kind of sealed value a handle stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sealed {
    /// Of use only as a whole, in a call.
    Secret,
    /// Shown masked, hashed or counted.
    Restricted,
}

impl Sealed {
    /// The word in playbooks and handles.
    pub const fn word(self) -> &'static str {
        match self {
            Sealed::Secret => "secret",
            Sealed::Restricted => "restricted",
        }
    }
    pub(crate) const fn noun(self) -> &'static str {
        match self {
            Sealed::Secret => "a secret",
            Sealed::Restricted => "a restricted value",
        }
    }
}

/// What the value is a handle of, if it is one.
pub fn sealed(value: &Value) -> Option<Sealed> {
    value.as_object().and_then(sealed_map)
}

pub(crate) fn sealed_map(map: &Map<String, Value>) -> Option<Sealed> {
    let word = map.get(SEALED_KEY)?;
    Some(match word.as_str() {
        Some("secret") => Sealed::Secret,
        _ => Sealed::Restricted,
    })
}

/// What is sealed somewhere inside a value; the value must not nest without bound.
pub fn sealed_inside(value: &Value) -> Option<Sealed> {
    match value {
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => None,
        Value::Array(items) => items.iter().find_map(sealed_inside),
        Value::Object(map) => sealed_map(map).or_else(|| map.values().find_map(sealed_inside)),
    }
}

/// Why something cannot be done with a sealed value.
pub(crate) fn refuse(sealed: Sealed, what: &str) -> Error {
    let hint = match sealed {
        Sealed::Secret => "hand it on as a whole: `{{ inputs.name }}` in the `with` of an action",
        Sealed::Restricted => {
            "show it with `mask`, `fingerprint` or `count`, or hand it on as a whole"
        }
    };
    Error::wrong_type(format!("{} {what}", sealed.noun()), hint)
}

/// Complains if the value, which was walked before, has no text form because of what is sealed in it.
pub(crate) fn must_show(value: &Value) -> Result<(), Error> {
    match sealed_inside(value) {
        Some(sealed) => Err(refuse(sealed, "cannot be shown")),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::{Expr, Fuel, Template};

    fn scope() -> Map<String, Value> {
        let secret = json!({"$sealed": "secret", "id": "canary"});
        let restricted = json!({"$sealed": "restricted", "id": "canary", "mask": "4***1",
            "hash": "9f2c", "kind": "string", "count": 16});
        let scope = json!({"s": secret, "r": restricted, "list": [secret], "deep": {"a": [{"b": restricted}]}});
        scope.as_object().cloned().unwrap_or_default()
    }

    #[test]
    fn no_expression_takes_a_sealed_value_apart() {
        for source in [
            "s ~ 'x'",
            "'x' ~ r",
            "s | string",
            "r | json",
            "deep | json",
            "list | join",
            "s.id",
            "r['id']",
            "r?.mask",
            "s == s",
            "s == 'guess'",
            "'guess' == r",
            "s != 'x'",
            "s < 'x'",
            "s in ['x']",
            "'id' in s",
            "'x' in list",
            "s | len",
            "r | len",
            "r | keys",
            "s | values",
            "r | entries",
            "s | merge({})",
            "r | pick(['id'])",
            "s | upper",
            "r | base64",
            "s | mask",
            "s | fingerprint",
            "s | count",
            "list | contains('x')",
            "{[s]: 1}",
            "[x.id for x in list]",
            "list | index_of('x')",
            "list | max",
            "s + 1",
            "-s",
            "r | replace('a', 'b')",
        ] {
            let expr = Expr::parse(source).unwrap();
            let error = expr.eval(&scope(), &mut Fuel::default());
            let error = error.expect_err(source);
            let told = format!("{error:?}");
            assert!(
                !told.contains("canary") && !told.contains("4***1"),
                "{told}"
            );
        }
        for source in ["key {{ s }}", "{{ r }}!", "{{ deep }} {{ list }}"] {
            let template = Template::parse(source).unwrap();
            template
                .eval(&scope(), &mut Fuel::default())
                .expect_err(source);
        }
    }

    #[test]
    fn columns_of_a_list_do_not_reach_into_a_handle() {
        for source in [
            "list | map('id')",
            "list | pluck('id')",
            "list | where('id', 'canary')",
            "r | get('hash')",
        ] {
            let value = Expr::parse(source)
                .unwrap()
                .eval(&scope(), &mut Fuel::default());
            let text = format!("{value:?}");
            assert!(!text.contains("canary"), "{source}: {text}");
        }
    }

    #[test]
    fn what_is_declared_can_be_shown_and_the_whole_travels() {
        for (source, wanted) in [
            ("r | mask", json!("4***1")),
            ("r | fingerprint", json!("9f2c")),
            ("r | count", json!(16)),
            ("r | type", json!("restricted")),
            ("s | type", json!("secret")),
            ("s != null", json!(true)),
            ("null == r", json!(false)),
            ("s and true", json!(true)),
            ("s ?? 1", scope()["s"].clone()),
            ("list | first", scope()["s"].clone()),
        ] {
            let value = Expr::parse(source)
                .unwrap()
                .eval(&scope(), &mut Fuel::default());
            assert_eq!(value, Ok(wanted), "{source}");
        }
        let whole = Template::parse("{{ s }}").unwrap();
        assert_eq!(
            whole.eval(&scope(), &mut Fuel::default()),
            Ok(scope()["s"].clone())
        );
    }
}
