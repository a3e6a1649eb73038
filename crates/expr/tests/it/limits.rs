//! Hostile sources and hostile data end in a clean error, on a small stack.

use serde_json::{Map, Value, json};
use updraft_expr::{
    AST_DEPTH_MAX, AST_NODES_MAX, EXPR_BYTES_MAX, ErrorKind, Expr, Fuel, JsonTemplate,
    TEMPLATE_BYTES_MAX, TEMPLATE_HOLES_MAX, Template,
};

/// Less than threads usually get: deep recursion would abort the test binary.
const STACK_BYTES: usize = 1536 * 1024;

fn on_small_stack(work: impl FnOnce() + Send + 'static) {
    let thread = std::thread::Builder::new()
        .stack_size(STACK_BYTES)
        .spawn(work);
    thread.unwrap().join().unwrap();
}

fn parse_kind(source: &str) -> Option<ErrorKind> {
    Expr::parse(source).err().map(|error| error.kind)
}

fn eval_kind(source: &str, fuel: Fuel) -> Option<ErrorKind> {
    let mut fuel = fuel;
    let expr = Expr::parse(source).unwrap();
    expr.eval(&Map::new(), &mut fuel)
        .err()
        .map(|error| error.kind)
}

#[test]
fn deep_nesting_is_refused_without_overflow() {
    on_small_stack(|| {
        for (open, close) in [
            ("(", ")"),
            ("[", "]"),
            ("{a:", "}"),
            ("!", ""),
            ("-", ""),
            ("not ", ""),
            ("len(", ")"),
            ("[x for x in ", "]"),
            ("a[", "]"),
            ("1 ? ", " : 2"),
            ("1 ? 2 : ", ""),
            ("1 if 2 else ", ""),
            ("a ?? (", ")"),
            ("", "|len"),
            ("", "+1"),
            ("1 and (", ")"),
        ] {
            let wide = 10_000 / (open.len() + close.len());
            for times in [wide, 10_000] {
                let source = format!("{}1{}", open.repeat(times), close.repeat(times));
                assert_eq!(
                    parse_kind(&source),
                    Some(ErrorKind::Limit),
                    "{open}1{close}"
                );
            }
            let template = format!("{{{{ {}1{} }}}}", open.repeat(wide), close.repeat(wide));
            assert_eq!(
                Template::parse(&template).unwrap_err().kind,
                ErrorKind::Limit
            );
        }
    });
}

#[test]
fn the_deepest_allowed_tree_evaluates_on_a_small_stack() {
    on_small_stack(|| {
        let times = usize::from(AST_DEPTH_MAX) - 2;
        for (open, close) in [
            ("(", ")"),
            ("[n,", "]"),
            ("{a: n, b:", "}"),
            ("!", ""),
            ("[x for x in [n,", "]]"),
            ("[", " for x in [1]]"),
            ("n ? ", " : 2"),
            ("1 if 0 else ", ""),
            ("", "|string"),
            ("1 + (", ")"),
            ("nope ?? (", ")"),
            ("{a: n}[", "] ?? 1"),
        ] {
            for times in [times, times / 2, times / 3] {
                let source = format!("{}n{}", open.repeat(times), close.repeat(times));
                let Ok(expr) = Expr::parse(&source) else {
                    continue;
                };
                let scope: Map<String, Value> = [("n".to_owned(), json!(1))].into_iter().collect();
                let _ = expr.eval(&scope, &mut Fuel::default());
                let _ = expr.references();
                assert!(!expr.to_string().is_empty());
            }
        }
    });
}

#[test]
fn long_sources_are_refused() {
    assert_eq!(
        parse_kind(&" ".repeat(EXPR_BYTES_MAX + 1)),
        Some(ErrorKind::Limit)
    );
    let many = format!("[{}]", "a,".repeat(AST_NODES_MAX));
    assert_eq!(parse_kind(&many), Some(ErrorKind::Limit));
    let kind = |source: &str| Template::parse(source).err().map(|error| error.kind);
    assert_eq!(
        kind(&"x".repeat(TEMPLATE_BYTES_MAX + 1)),
        Some(ErrorKind::Limit)
    );
    assert_eq!(
        kind(&"{{ 1 }}".repeat(TEMPLATE_HOLES_MAX + 1)),
        Some(ErrorKind::Limit)
    );
    assert_eq!(kind(&"{{ 1 }}".repeat(TEMPLATE_HOLES_MAX)), None);
    let hole = format!("{{{{ '{}' }}}}", "x".repeat(EXPR_BYTES_MAX));
    assert_eq!(kind(&hole), Some(ErrorKind::Limit));
}

#[test]
fn deep_json_templates_are_refused() {
    let deep = (0..100).fold(json!("{{ 1 }}"), |inner, _| json!([inner]));
    assert_eq!(
        JsonTemplate::parse(&deep).unwrap_err().1.kind,
        ErrorKind::Limit
    );
}

#[test]
fn work_and_memory_are_bounded_by_fuel() {
    for source in [
        "[[[[0 for d in range(9999)] for c in range(9999)] for b in range(9999)] for a in range(9)]",
        "['aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa' for d in range(10000)] \
         | join | replace('a', 'bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb')",
        "[range(10000) for d in range(10000)]",
        "[x in range(10000) for x in range(10000)]",
        "['a' for d in range(10000)] | join | like('*a*a*a*a*a*b') ? 1 : \
         [['a' for d in range(10000)] | join | like('*a*a*a*a*a*b') for x in range(10000)]",
        "[[1 for d in range(10000)] | sort for x in range(10000)]",
        "['' for d in range(10000)] | join('xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx') \
         | split('x') | map('a') | json | split('n') | json | split('l') | json",
    ] {
        let fuel = Fuel::new(200_000, 1024 * 1024);
        assert_eq!(eval_kind(source, fuel), Some(ErrorKind::Limit), "{source}");
    }
    assert_eq!(
        eval_kind("range(10001)", Fuel::DEFAULT),
        Some(ErrorKind::Limit)
    );
    assert_eq!(
        eval_kind(
            "range(-9223372036854775808, 9223372036854775807)",
            Fuel::DEFAULT
        ),
        Some(ErrorKind::Limit)
    );
}

#[test]
fn doubling_text_runs_out_of_bytes() {
    // Each level doubles, the last to 4 MiB, and all of them count.
    let source = (0..18).fold("'aaaaaaaaaaaaaaaa'".to_owned(), |inner, _| {
        format!("[x ~ x for x in [{inner}]][0]")
    });
    assert_eq!(
        eval_kind(&source, Fuel::new(1_000_000, 2 << 20)),
        Some(ErrorKind::Limit)
    );
}

#[test]
fn fuel_is_shared_and_what_is_used_stays_used() {
    let expr = Expr::parse("range(100) | len").unwrap();
    let mut fuel = Fuel::new(250, 1 << 20);
    assert!(expr.eval(&Map::new(), &mut fuel).is_ok());
    assert!(fuel.steps_left() < 150 && fuel.bytes_left() < 1 << 20);
    let _ = expr.eval(&Map::new(), &mut fuel);
    assert_eq!(
        expr.eval(&Map::new(), &mut fuel).unwrap_err().kind,
        ErrorKind::Limit
    );
}

#[test]
fn data_nested_deep_is_refused_not_walked() {
    on_small_stack(|| {
        let deep = (0..2_000).fold(Value::Null, |inner, _| Value::Array(vec![inner]));
        let scope: Map<String, Value> = [("d".to_owned(), deep)].into_iter().collect();
        for source in [
            "d",
            "d == d",
            "d | json",
            "'' ~ d",
            "[d]",
            "d | sort",
            "[d] | unique",
            "d in [d]",
            "{a: d}",
            "d | flatten",
        ] {
            let result = Expr::parse(source)
                .unwrap()
                .eval(&scope, &mut Fuel::default());
            assert_eq!(result.unwrap_err().kind, ErrorKind::Limit, "{source}");
        }
        assert!(
            Expr::parse("d | len")
                .unwrap()
                .eval(&scope, &mut Fuel::default())
                .is_ok()
        );
    });
    let text = format!("'{}' | from_json", "[".repeat(5_000));
    assert_eq!(eval_kind(&text, Fuel::DEFAULT), Some(ErrorKind::Value));
}

#[test]
fn reading_one_field_of_a_large_object_is_cheap() {
    let big = json!({"rows": vec![json!({"a": "x".repeat(100)}); 10_000], "id": 7});
    let scope: Map<String, Value> = [("big".to_owned(), big)].into_iter().collect();
    for source in [
        "big.id",
        "big.rows[9000].a",
        "big.rows | len",
        "(big ?? 1).id",
        "big.rows | last",
    ] {
        let mut fuel = Fuel::new(50, 1_000);
        let result = Expr::parse(source).unwrap().eval(&scope, &mut fuel);
        assert!(result.is_ok(), "{source}: {result:?}");
    }
}
