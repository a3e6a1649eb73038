//! The functions of the language: one table, from which the reference page is generated.
//!
//! `x | name(a)` and `name(x, a)` are the same call. Every function is total (an answer or an error,
//! never a panic), pure, and pays for the elements it walks and the bytes it makes before or as it
//! makes them. The example of each entry is executed by a test.

mod args;
mod convert;
mod encode;
mod list;
mod list_by;
mod net;
mod object;
mod sealed;
mod text;
mod text_shape;
mod time;
mod time_format;

use std::sync::OnceLock;

pub(crate) use args::Args;

use crate::eval::Outcome;
use crate::fuel::Fuel;

/// One function: what the reference says about it, and how it runs.
#[derive(Debug)]
pub struct Builtin {
    /// The name it is called by.
    pub name: &'static str,
    /// Name and arguments, optional ones with `?`.
    pub signature: &'static str,
    /// One sentence.
    pub summary: &'static str,
    /// An expression that shows it.
    pub example: &'static str,
    /// What the example evaluates to, as JSON.
    pub result: &'static str,
    pub(crate) arguments_min: usize,
    pub(crate) arguments_max: usize,
    pub(crate) run: for<'s> fn(Args<'s>, &mut Fuel) -> Outcome<'s>,
}

impl Builtin {
    /// Whether a call is another spelling of `??`.
    pub(crate) fn coalesces(&self) -> bool {
        matches!(self.name, "default" | "coalesce")
    }
}

/// All functions, by name.
pub fn builtins() -> &'static [Builtin] {
    static ALL: OnceLock<Vec<Builtin>> = OnceLock::new();
    ALL.get_or_init(|| {
        let mut all: Vec<Builtin> = Vec::new();
        all.extend(convert::TABLE);
        all.extend(encode::TABLE);
        all.extend(list::TABLE);
        all.extend(list_by::TABLE);
        all.extend(net::TABLE);
        all.extend(object::TABLE);
        all.extend(sealed::TABLE);
        all.extend(text::TABLE);
        all.extend(text_shape::TABLE);
        all.extend(time::TABLE);
        all.sort_by_key(|builtin| builtin.name);
        all
    })
}

pub(crate) fn find(name: &str) -> Option<&'static Builtin> {
    let all = builtins();
    let at = all
        .binary_search_by(|builtin| builtin.name.cmp(name))
        .ok()?;
    all.get(at)
}

/// An entry of the table: `name, signature, arguments, summary, example => result, function`.
macro_rules! builtin {
    ($name:literal, $signature:literal, $min:literal..=$max:literal, $summary:literal,
     $example:literal => $result:literal, $run:expr) => {
        $crate::builtins::Builtin {
            name: $name,
            signature: $signature,
            summary: $summary,
            example: $example,
            result: $result,
            arguments_min: $min,
            arguments_max: $max,
            run: $run,
        }
    };
}
use builtin;

#[cfg(test)]
mod tests {
    use super::builtins;
    use crate::{Expr, Fuel};
    use serde_json::{Map, Value};

    #[test]
    fn every_example_gives_its_result() {
        for builtin in builtins() {
            let expr = Expr::parse(builtin.example).unwrap();
            let value = expr.eval(&Map::new(), &mut Fuel::default());
            let wanted: Value = serde_json::from_str(builtin.result).unwrap();
            assert_eq!(value, Ok(wanted), "`{}`", builtin.example);
            assert!(builtin.example.contains(builtin.name), "{}", builtin.name);
            assert!(
                builtin.signature.starts_with(builtin.name),
                "{}",
                builtin.name
            );
            assert!(builtin.summary.ends_with('.'), "{}", builtin.name);
        }
    }

    #[test]
    fn no_two_functions_share_a_name() {
        let names: Vec<_> = builtins().iter().map(|builtin| builtin.name).collect();
        assert!(names.windows(2).all(|pair| pair[0] < pair[1]), "{names:?}");
    }

    #[test]
    fn wrong_types_are_errors_and_never_panics() {
        let values = [
            "null",
            "true",
            "-9223372036854775808",
            "18446744073709551615",
            "1e308",
            "''",
            "'é{[%'",
            "[]",
            "[null, 1, 'a', [], {}]",
            "{}",
            "{'a': 1}",
        ];
        for builtin in builtins() {
            for first in values {
                for second in values {
                    for third in values {
                        let all = [first, second, third];
                        let (min, max) = (builtin.arguments_min, builtin.arguments_max.min(3));
                        for count in min..=max {
                            let call = format!("{}({})", builtin.name, all[..count].join(", "));
                            let expr = Expr::parse(&call).unwrap();
                            let _ = expr.eval(&Map::new(), &mut Fuel::new(100_000, 1 << 20));
                        }
                    }
                }
            }
        }
    }
}
