//! One look-up with an 18 KB answer: parse, outputs, verdict.
#![allow(clippy::expect_used)]

use std::{collections::BTreeMap, sync::Arc};

use serde_json::{Value, json};
use updraft_connector::{Call, Connector, Environment, Response, Step};

fn main() {
    divan::main();
}

fn connector() -> Arc<Connector> {
    let root = json!({"format": 1, "id": "acme", "name": "Acme", "category": "other", "summary": "s", "base_url": "https://a.example", "auth": {"kind": "none"},
        "errors": [{"when": "status == 401", "code": "auth"}, {"when": "status == 429", "code": "rate_limited"}]});
    let path = "body.data.attributes.last_analysis_stats";
    let action = json!({"action": "lookup_ip", "title": "t", "summary": "s", "effect": "read", "inputs": {"ip": {"type": "ip"}},
        "request": {"path": "/ip/{{ input.ip }}"}, "not_found": "status == 404",
        "outputs": {
            "malicious": {"type": "integer", "value": format!("{{{{ {path}.malicious }}}}")},
            "suspicious": {"type": "integer", "value": format!("{{{{ {path}.suspicious ?? 0 }}}}")},
            "harmless": {"type": "integer", "value": format!("{{{{ {path}.harmless ?? 0 }}}}")},
            "owner": {"type": "string", "value": "{{ body.data.attributes.as_owner ?? null }}"}},
        "verdict": [{"when": "output.malicious > 2", "level": "malicious", "score": "{{ 70 + output.malicious }}", "explain": "{{ output.malicious }} engines"}]});
    let docs = BTreeMap::from([
        ("connector.yaml".to_owned(), root),
        ("actions/lookup_ip.yaml".to_owned(), action),
    ]);
    Arc::new(Connector::parse(&docs).0.expect("the documents are good"))
}

fn body() -> Arc<[u8]> {
    let engines: serde_json::Map<String, Value> = (0..92)
        .map(|i| (format!("Engine number {i}"), json!({"category": "harmless", "result": "clean", "method": "blacklist", "engine_name": format!("Engine number {i}")})))
        .collect();
    let whois = "netname: EXAMPLE country: GB\n".repeat(150);
    let value = json!({"data": {"attributes": {"as_owner": "EXAMPLE", "whois": whois, "last_analysis_results": engines, "last_analysis_stats": {"malicious": 4, "suspicious": 0, "harmless": 77}}}});
    serde_json::to_vec(&value).unwrap_or_default().into()
}

#[divan::bench]
fn start_and_request(bencher: divan::Bencher<'_, '_>) {
    let (connector, env) = (connector(), Arc::new(Environment::default()));
    bencher.bench(|| {
        let input = json!({"ip": "1.2.3.4"});
        let mut call = Call::start(Arc::clone(&connector), "lookup_ip", input, Arc::clone(&env))
            .expect("a good input");
        call.step()
    });
}

#[divan::bench]
fn whole_call_with_a_big_answer(bencher: divan::Bencher<'_, '_>) {
    let (connector, env, body) = (connector(), Arc::new(Environment::default()), body());
    bencher
        .counter(divan::counter::BytesCount::new(body.len()))
        .bench(|| {
            let input = json!({"ip": "1.2.3.4"});
            let mut call =
                Call::start(Arc::clone(&connector), "lookup_ip", input, Arc::clone(&env))
                    .expect("a good input");
            let _ = call.step();
            call.response(Response::new(200, Arc::clone(&body)));
            match call.step() {
                Step::Done(result) => result.output,
                _ => Value::Null,
            }
        });
}
