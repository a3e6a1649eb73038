//! What the check of types finds, and what it leaves alone.

use serde_json::Value;
use updraft_expr::{Expr, Template, Type, TypeFault, TypeFaultKind, TypeScope};

struct Names;
impl TypeScope for Names {
    fn type_of(&self, name: &str) -> Option<Type> {
        let host = Type::closed([("name", Type::Text), ("risk", Type::Number)]);
        Some(match name {
            "host" => host,
            "hosts" => Type::list(host),
            "text" => Type::Text,
            "flag" => Type::Boolean,
            "secret" => Type::Secret,
            "card" => Type::Restricted,
            _ => return None,
        })
    }
}

fn faults(source: &str) -> Vec<String> {
    let mut found = Vec::new();
    Expr::parse(source).unwrap().infer(&Names, &mut found);
    let line = |f: TypeFault| match f.hint.as_str() {
        "" => f.message,
        hint => format!("{} ({hint})", f.message),
    };
    found.into_iter().map(line).collect()
}

#[test]
fn what_cannot_go_well_is_found_with_a_suggestion() {
    for (source, wanted) in [
        (
            "host.nmae",
            "there is no `nmae` here (did you mean `name`?)",
        ),
        (
            "hosts.name",
            "a list has no `name` (take one element with `[0]`, or all with `| map('key')`)",
        ),
        ("text.x", "text has no `x`"),
        (
            "text + 1",
            "`+` needs numbers, not text (join text with `~`)",
        ),
        (
            "host.risk > 'high'",
            "`>` needs two numbers or two texts, not a number and text",
        ),
        ("host.risk == 'high'", "a number never equals text"),
        (
            "[h.naem for h in hosts]",
            "there is no `naem` here (did you mean `name`?)",
        ),
        ("hosts | upper", "`upper` needs text, not a list"),
        ("host | first", "`first` needs a list, not an object"),
        (
            "(hosts | first).os",
            "there is no `os` here (known here: name, risk)",
        ),
        (
            "hosts[0].os",
            "there is no `os` here (known here: name, risk)",
        ),
    ] {
        let found = faults(source);
        assert_eq!(found.len(), 1, "{source}: {found:?}");
        assert!(
            found[0].starts_with(wanted.trim_end_matches(')')),
            "{source}: {found:?}"
        );
    }
}

#[test]
fn what_may_go_well_is_left_alone() {
    for source in [
        "host.name ~ ' ' ~ host.risk",
        "unknown.a.b.c",
        "host.name == null",
        "flag and host.name",
        "hosts | map('name') | join(', ')",
        "[h.name for h in hosts if h.risk > 3]",
        "(hosts | first)?.name ?? 'none'",
        "text == host.name",
        "host.risk + 1 > 2",
        "secret != null",
        "card | mask",
        "card | count",
        "unknown + 1",
        "unknown > 'a'",
        "hosts + [host]",
        "host['name']",
        "secret ?? null",
        "text | int > 4",
    ] {
        assert_eq!(faults(source), Vec::<String>::new(), "{source}");
    }
}

#[test]
fn whatever_would_show_what_is_sealed_is_found() {
    for source in [
        "secret ~ 'x'",
        "card == 'x'",
        "secret.id",
        "secret | upper",
        "card | string",
        "[secret] | json",
        "secret | mask",
        "'x' in secret",
        "{[card]: 1}",
        "card < 'a'",
        "secret | len",
        "card[0]",
        "(secret ?? 'x') ~ ''",
        "(flag ? secret : 'x') | lower",
    ] {
        assert!(!faults(source).is_empty(), "{source}");
    }
    let mut found = Vec::new();
    Template::parse("key {{ secret }}")
        .unwrap()
        .infer(&Names, &mut found);
    assert_eq!(found[0].kind, TypeFaultKind::Sealed);
    found.clear();
    let kind = Template::parse("{{ secret }}")
        .unwrap()
        .infer(&Names, &mut found);
    assert_eq!((kind, found.len()), (Type::Secret, 0));
}

#[test]
fn a_constant_is_known() {
    assert_eq!(
        Expr::parse("1 > 2").unwrap().constant(),
        Some(Value::Bool(false))
    );
    assert_eq!(Expr::parse("host.name").unwrap().constant(), None);
    assert_eq!(Expr::parse("1 / 0").unwrap().constant(), None);
}
