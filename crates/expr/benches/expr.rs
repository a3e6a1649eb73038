//! What a run pays: parsing once, evaluating often.

#![allow(clippy::expect_used)] // The sources below are valid.

use divan::{Bencher, black_box};
use serde_json::{Map, Value, json};
use updraft_expr::{Expr, Fuel, JsonTemplate, Template};

fn main() {
    divan::main();
}

/// A scope with an alert of many observables, so that copying it would show.
fn scope() -> Map<String, Value> {
    let observables: Vec<Value> = (0..200)
        .map(|at| {
            let kind = if at % 2 == 0 { "ip" } else { "domain" };
            json!({"type": kind, "value": format!("198.51.100.{at}"), "score": at})
        })
        .collect();
    let alert = json!({
        "title": "Suspicious sign-in", "severity": "high", "host": {"name": "ws-17", "ip": null},
        "tags": ["identity", "vpn"], "observables": observables,
    });
    [("alert".to_owned(), alert)].into_iter().collect()
}

#[divan::bench(args = [
    "alert.severity",
    "alert.severity in ['high', 'critical']",
    "alert.severity == 'high' and alert.tags | len > 1 and not alert.host.ip",
    "alert.host.owner ?? 'nobody'",
    "alert.observables | where('type', 'ip') | map('value') | join(', ')",
    "[o.value for o in alert.observables if o.score > 100]",
    "alert.observables[-1].value | upper",
])]
fn evaluate(bencher: Bencher, source: &str) {
    let scope = scope();
    let expr = Expr::parse(source).expect("the source is valid");
    bencher.bench(|| {
        let mut fuel = Fuel::default();
        black_box(expr.eval(black_box(&scope), &mut fuel))
    });
}

#[divan::bench]
fn parse_condition() -> Expr {
    Expr::parse(black_box(
        "alert.severity in ['high', 'critical'] and alert.tags | len > 1",
    ))
    .expect("the source is valid")
}

#[divan::bench]
fn template_without_holes(bencher: Bencher) {
    let scope = scope();
    let template = Template::parse("Suspicious sign-in").expect("the source is valid");
    bencher.bench(|| black_box(template.eval(black_box(&scope), &mut Fuel::default())));
}

#[divan::bench]
fn template_with_two_holes(bencher: Bencher) {
    let scope = scope();
    let source = "{{ alert.title }} on {{ alert.host.name | upper }}";
    let template = Template::parse(source).expect("the source is valid");
    bencher.bench(|| black_box(template.eval(black_box(&scope), &mut Fuel::default())));
}

#[divan::bench]
fn request_body(bencher: Bencher) {
    let scope = scope();
    let body = json!({
        "ticket": {"summary": "{{ alert.title }}", "labels": ["soar", "{{ alert.severity }}"],
            "assignee": "{{ alert.owner ?? omit }}", "fields": {"project": "SEC", "type": 3}},
    });
    let template = JsonTemplate::parse(&body).expect("the body is valid");
    bencher.bench(|| black_box(template.eval(black_box(&scope), &mut Fuel::default())));
}
