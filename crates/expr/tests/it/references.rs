//! Which paths an expression is known to read before it runs.

use serde_json::json;
use updraft_expr::{Expr, JsonTemplate, Reference, Segment, Template};

fn text(references: &[Reference], source: &str) -> Vec<String> {
    let one = |reference: &Reference| {
        let mut out = String::new();
        for segment in &reference.path {
            match segment {
                Segment::Key(key) => out += &format!(".{key}"),
                Segment::Index(index) => out += &format!("[{index}]"),
                Segment::Dynamic => out += "[*]",
            }
        }
        let at = source.get(reference.span.0..reference.span.1).unwrap_or("");
        let guard = if reference.guarded { " guarded" } else { "" };
        format!("{} @ {at}{guard}", out.trim_start_matches('.'))
    };
    references.iter().map(one).collect()
}

fn check(source: &str, wanted: &[&str]) {
    let found = Expr::parse(source).unwrap().references();
    assert_eq!(text(&found, source), wanted, "{source}");
}

#[test]
fn every_root_path_is_listed_in_source_order() {
    check("1 + 2", &[]);
    check("a.b['c'][0][-1].d", &["a.b.c[0][-1].d @ a.b['c'][0][-1].d"]);
    check("a[b.c].d", &["a[*].d @ a[b.c].d", "b.c @ b.c"]);
    check(
        "f if len(a) else {[k]: v}",
        &["f @ f", "a @ a", "k @ k", "v @ v"],
    );
    check("a | join(b)", &["a @ a", "b @ b"]);
}

#[test]
fn variables_of_comprehensions_are_not_references() {
    check("[x.a ~ y for x in list if x.b]", &["y @ y", "list @ list"]);
    check("[x for x in x.items] + x", &["x.items @ x.items", "x @ x"]);
    check("[[x + y for y in x] for x in a]", &["a @ a"]);
}

#[test]
fn guarded_paths_are_marked() {
    check("a.b ?? c", &["a.b @ a.b guarded", "c @ c"]);
    check("a.b | default(c.d)", &["a.b @ a.b guarded", "c.d @ c.d"]);
    check("a?.b", &["a.b @ a?.b guarded"]);
}

#[test]
fn templates_list_the_paths_of_all_holes() {
    let source = "é {{ a.b }} {{ c }}";
    let found = Template::parse(source).unwrap().references();
    assert_eq!(text(&found, source), ["a.b @ a.b", "c @ c"]);
    assert_eq!(found.first().map(Reference::root), Some("a"));

    let body = JsonTemplate::parse(&json!({"x": ["{{ a }}"], "{{ k }}": 1})).unwrap();
    let found = body.references();
    let roots: Vec<_> = found
        .iter()
        .map(|(at, r)| (at.as_str(), r.root()))
        .collect();
    assert_eq!(roots, [("/x/0", "a"), ("/{{ k }}", "k")]);
}
