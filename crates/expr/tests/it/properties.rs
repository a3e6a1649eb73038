//! Random sources and random data: no panic, bounded work, same answer twice, print and parse agree.

use proptest::prelude::*;
use serde_json::{Map, Value, json};
use updraft_expr::{Expr, Fuel, JsonTemplate, Template, builtins};

fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        (-5i64..5).prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        ".{0,8}".prop_map(Value::from),
        "[a-c.@ ]{0,6}".prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 24, 5, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            prop::collection::vec(("[a-d]", inner), 0..5)
                .prop_map(|entries| Value::Object(entries.into_iter().collect())),
        ]
    })
}

fn scope() -> impl Strategy<Value = Map<String, Value>> {
    prop::collection::vec(value(), 4).prop_map(|values| {
        ["a", "b", "c", "d"]
            .into_iter()
            .map(str::to_owned)
            .zip(values)
            .collect()
    })
}

/// Sources that mostly parse.
fn source() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        "[a-d]",
        "[0-9]{1,4}",
        "[0-9]{1,3}\\.[0-9]{1,3}",
        "'[a-z*?%. ]{0,5}'",
        Just("null".to_owned()),
        Just("true".to_owned()),
        Just("omit".to_owned()),
        Just("[]".to_owned()),
        Just("{}".to_owned()),
    ];
    leaf.prop_recursive(5, 40, 3, |inner| {
        let operators = prop::sample::select(vec![
            "+", "-", "*", "/", "%", "~", "==", "!=", "<", "<=", ">", ">=", "in", "not in", "and",
            "or", "&&", "||", "??",
        ]);
        let two = (inner.clone(), inner.clone());
        prop_oneof![
            (inner.clone(), operators, inner.clone())
                .prop_map(|(a, o, b)| format!("({a}) {o} ({b})")),
            (inner.clone(), "[a-d]").prop_map(|(a, k)| format!("({a}).{k}")),
            (inner.clone(), "[a-d]").prop_map(|(a, k)| format!("{a}?.{k}")),
            two.clone().prop_map(|(a, b)| format!("{a}[{b}]")),
            two.clone().prop_map(|(a, b)| format!("{a}?[{b}]")),
            two.clone().prop_map(|(a, b)| format!("[{a}, {b}]")),
            two.clone()
                .prop_map(|(a, b)| format!("{{x: {a}, [{b}]: 1, 'q r': 2}}")),
            two.clone()
                .prop_map(|(a, b)| format!("[{a} for a in {b} if a]")),
            (two.clone(), inner.clone()).prop_map(|((a, b), c)| format!("({a}) ? {b} : {c}")),
            (two.clone(), inner.clone()).prop_map(|((a, b), c)| format!("({a}) if ({b}) else {c}")),
            inner.clone().prop_map(|a| format!("!{a}")),
            inner.clone().prop_map(|a| format!("-({a})")),
            inner.clone().prop_map(|a| format!("not {a}")),
            (
                inner.clone(),
                0..builtins().len(),
                prop::collection::vec(inner, 0..2)
            )
                .prop_map(|(a, at, more)| format!(
                    "({a}) | {}({})",
                    builtins()[at].name,
                    more.join(", ")
                )),
        ]
    })
}

fn small_fuel() -> Fuel {
    Fuel::new(20_000, 1 << 20)
}

proptest! {
    // At least so many; `make soak` asks for more.
    #![proptest_config(ProptestConfig {
        cases: ProptestConfig::default().cases.max(2_000), failure_persistence: None, ..ProptestConfig::default()
    })]

    #[test]
    fn no_text_makes_the_parsers_panic(source in ".{0,60}") {
        let _ = Expr::parse(&source);
        let _ = Template::parse(&source);
        let _ = Template::parse(&format!("x {{{{ {source} }}}} y"));
    }

    #[test]
    fn no_mix_of_tokens_makes_anything_panic(source in
        "(a|b\\.|\\?\\.|\\?\\[|\\[|\\]|\\(|\\)|\\{|\\}|\\{\\{|\\}\\}|'|\"|x|,|:|\\?|\\?\\?|~|-|!| not | in | for | if | else |1|0\\.5|\\||len|\\\\|é| ){0,25}",
        scope in scope()
    ) {
        if let Ok(expr) = Expr::parse(&source) {
            let _ = expr.eval(&scope, &mut small_fuel());
        }
        if let Ok(template) = Template::parse(&source) {
            let _ = template.eval(&scope, &mut small_fuel());
        }
    }

    #[test]
    fn evaluation_never_panics_and_repeats_itself(source in source(), scope in scope()) {
        if let Ok(expr) = Expr::parse(&source) {
            let once = expr.eval(&scope, &mut small_fuel());
            prop_assert_eq!(&once, &expr.eval(&scope, &mut small_fuel()));
            if let Err(error) = once {
                prop_assert!(expr.source().get(error.span.0..error.span.1).is_some());
                prop_assert!(!error.message.is_empty(), "{} gave a silent error", source);
            }
        }
    }

    #[test]
    fn printing_and_parsing_agree(source in source(), scope in scope()) {
        if let Ok(expr) = Expr::parse(&source) {
            let printed = expr.to_string();
            let again = Expr::parse(&printed);
            prop_assert!(again.is_ok(), "{} printed as {}: {:?}", source, printed, again);
            let again = again.unwrap();
            prop_assert_eq!(again.to_string(), printed);
            let value = |expr: &Expr| expr.eval(&scope, &mut small_fuel()).map_err(|e| e.kind);
            prop_assert_eq!(value(&expr), value(&again));
        }
    }

    #[test]
    fn any_json_is_a_template_or_an_error(body in value(), scope in scope()) {
        if let Ok(template) = JsonTemplate::parse(&body) {
            let made = template.eval(&scope, &mut small_fuel());
            if template.is_literal() {
                prop_assert_eq!(made, Ok(body));
            }
        }
    }

    #[test]
    fn encodings_give_back_what_went_in(text in ".{0,40}") {
        let scope: Map<String, Value> = [("t".to_owned(), json!(text))].into_iter().collect();
        for source in ["t | base64 | base64_decode", "t | base64url | base64_decode",
            "t | hex | hex_decode", "t | urlencode | urldecode", "t | json | from_json"]
        {
            let made = Expr::parse(source).unwrap().eval(&scope, &mut small_fuel());
            prop_assert_eq!(made, Ok(json!(text)), "{}", source);
        }
    }
}
