//! Text and JSON with holes.

use serde_json::{Map, Value, json};
use updraft_expr::{Fuel, JsonTemplate, Layers, Part, Scope, Template};

use crate::scope;

fn eval(source: &str) -> Value {
    Template::parse(source)
        .unwrap()
        .eval(&scope(), &mut Fuel::default())
        .unwrap()
}

#[test]
fn a_single_hole_keeps_its_type() {
    assert_eq!(eval("{{ n }}"), json!(3));
    assert_eq!(eval("{{alert.tags}}"), json!(["identity", "vpn"]));
    assert_eq!(eval("{{ nothing }}"), json!(null));
    assert_eq!(eval(" {{ n }}"), json!(" 3"));
    assert_eq!(eval("{{ n }}{{ n }}"), json!("33"));
}

#[test]
fn holes_in_text_become_text() {
    assert_eq!(
        eval("{{ n }} of {{ alert.ratio }}, {{ true }}"),
        json!("3 of 0.5, true")
    );
    assert_eq!(eval("<{{ nothing }}{{ omit }}>"), json!("<>"));
    assert_eq!(
        eval("tags={{ alert.tags }}"),
        json!("tags=[\"identity\",\"vpn\"]")
    );
    assert_eq!(eval(""), json!(""));
    assert_eq!(eval("é{{ 'ü' }}ß"), json!("éüß"));
}

#[test]
fn holes_end_at_their_own_braces() {
    assert_eq!(eval("{{ {'a': {'b': 1}} }}"), json!({"a": {"b": 1}}));
    assert_eq!(eval("{{ {'a': {'b': 1}}}}"), json!({"a": {"b": 1}}));
    assert_eq!(eval("{{{'a': 1}}}"), json!({"a": 1}));
    assert_eq!(eval("{{ '}}' }}"), json!("}}"));
    assert_eq!(eval("{{ '{{' }} x }}"), json!("{{ x }}"));
    assert_eq!(
        eval("{\"a\": {\"b\": {{ n }}}}"),
        json!("{\"a\": {\"b\": 3}}")
    );
}

#[test]
fn data_is_never_evaluated_again() {
    assert_eq!(eval("{{ evil }}"), json!("{{ alert.title }}"));
    assert_eq!(eval("x {{ evil }}"), json!("x {{ alert.title }}"));
    let body = JsonTemplate::parse(&json!({"{{ evil }}": "{{ evil }}"})).unwrap();
    let made = body.eval(&scope(), &mut Fuel::default()).unwrap();
    assert_eq!(made, json!({"{{ alert.title }}": "{{ alert.title }}"}));
}

#[test]
fn a_template_without_holes_costs_nothing() {
    let template = Template::parse("plain {text}").unwrap();
    assert!(template.is_literal() && template.references().is_empty());
    let mut fuel = Fuel::new(0, 0);
    assert_eq!(
        template.eval(&scope(), &mut fuel),
        Ok(json!("plain {text}"))
    );
    let body = JsonTemplate::parse(&json!({"a": ["b", 1]})).unwrap();
    assert!(body.is_literal());
    assert_eq!(body.eval(&scope(), &mut fuel), Ok(json!({"a": ["b", 1]})));
}

#[test]
fn omit_leaves_out_entries_and_elements() {
    let body = json!({
        "keep": "{{ null }}",
        "drop": "{{ alert.owner ?? omit }}",
        "list": [1, "{{ omit }}", "{{ n }}"],
        "text": "a{{ omit }}b",
        "{{ 'k' ~ n }}": {"deep": "{{ n > 1 ? omit : 1 }}"},
    });
    let made = JsonTemplate::parse(&body)
        .unwrap()
        .eval(&scope(), &mut Fuel::default())
        .unwrap();
    let wanted = json!({"keep": null, "list": [1, 3], "text": "ab", "k3": {}});
    assert_eq!(made, wanted);

    let omitted = Template::parse("{{ alert.owner ?? omit }}").unwrap();
    assert_eq!(
        omitted.eval_present(&scope(), &mut Fuel::default()),
        Ok(None)
    );
    assert_eq!(
        omitted.eval(&scope(), &mut Fuel::default()),
        Ok(json!(null))
    );
    let null = Template::parse("{{ alert.owner }}").unwrap();
    assert_eq!(
        null.eval_present(&scope(), &mut Fuel::default()),
        Ok(Some(json!(null)))
    );
}

#[test]
fn parts_show_text_and_holes() {
    let template = Template::parse("a {{ n }} b").unwrap();
    let parts: Vec<String> = template
        .parts()
        .iter()
        .map(|part| match part {
            Part::Text(text) => format!("text:{text}"),
            Part::Hole(expr) => format!("hole:{}", expr.source()),
        })
        .collect();
    assert_eq!(parts, ["text:a ", "hole:n", "text: b"]);
}

#[test]
fn the_innermost_layer_wins() {
    let inner: Map<String, Value> = [("n".to_owned(), json!("inner"))].into_iter().collect();
    let outer = scope();
    let layers: [&dyn Scope; 2] = [&inner, &outer];
    let layers = Layers::new(&layers);
    let template = Template::parse("{{ n }} {{ alert.severity }}").unwrap();
    let made = template.eval_string(&layers, &mut Fuel::default());
    assert_eq!(made.as_deref(), Ok("inner high"));
    assert_eq!(layers.names().iter().filter(|name| *name == "n").count(), 1);
}
