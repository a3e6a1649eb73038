//! The stand-in for a product.

use std::collections::BTreeMap;

use serde_json::json;
use updraft_connector::{ReplayBook, Sample, samples};

use crate::connector_with;

#[test]
fn recorded_requests_are_answered_and_unknown_ones_are_a_miss() {
    let connector = connector_with(
        json!({"auth": {"kind": "oauth2", "grant": "client_credentials", "token_url": "/oauth/token"}}),
        json!({"inputs": {"ip": {"type": "ip"}}, "not_found": "status == 404",
            "steps": [
                {"id": "look", "request": {"path": "/ip/{{ input.ip }}", "query": {"full": "1"}}},
                {"id": "wait", "poll": {"request": {"path": "/task/9"}, "every": "1s", "for": "1m", "done": "body.done"}}],
            "outputs": {"done": {"type": "boolean", "value": "{{ body.done }}"}}}),
    );
    let parse = |document| Sample::parse("act", &document, &BTreeMap::new()).0.unwrap();
    let task =
        |done: bool| json!({"request": {"path": "/task/9"}, "response": {"json": {"done": done}}});
    let list = [
        parse(
            json!({"case": "hit", "source": "x", "input": {"ip": "1.2.3.4"}, "expect": {"status": "ok", "output": {"done": true}},
            "exchanges": [{"request": {"path": "/ip/1.2.3.4", "query": {"full": 1}}, "response": {"json": {"a": 1}}}, task(false), task(true)]}),
        ),
        parse(
            json!({"case": "miss", "source": "x", "input": {"ip": "9.9.9.9"}, "expect": {"status": "not_found"},
            "exchanges": [{"request": {"path": "/ip/9.9.9.9", "query": {"full": 1}}, "response": {"status": 404, "json": {"gone": true}}}]}),
        ),
    ];
    for sample in &list {
        assert_eq!(samples::check(&connector, sample), Vec::<String>::new());
    }
    let book = ReplayBook::new([(&connector, list.as_slice())]);
    let ask = |path: &str| book.answer("acme", "GET", path, b"").unwrap();
    assert_eq!(ask("/v1/ip/1.2.3.4?full=1").body.as_ref(), br#"{"a":1}"#);
    assert_eq!(ask("/ip/1.2.3.4?full=1").status, 200);
    assert_eq!(
        ask("/v1/ip/5.5.5.5?full=1").body.as_ref(),
        br#"{"gone":true}"#
    );
    assert_eq!(ask("/v1/task/9").body.as_ref(), br#"{"done":false}"#);
    assert_eq!(ask("/v1/task/9").body.as_ref(), br#"{"done":true}"#);
    assert_eq!(ask("/v1/task/9").body.as_ref(), br#"{"done":true}"#);
    assert_eq!(ask("/v1/other/thing/else").status, 404);
    assert_eq!(
        book.answer("acme", "POST", "/v1/oauth/token", b"grant_type=x")
            .unwrap()
            .status,
        200
    );
    assert!(book.answer("nobody", "GET", "/", b"").is_none());
}

#[test]
fn a_key_in_the_query_does_not_keep_a_request_from_being_found() {
    let connector = connector_with(
        json!({"secrets": {"api_key": {"summary": "Key"}},
            "auth": {"kind": "query", "params": {"key": "{{ secret.api_key }}"}}}),
        json!({"inputs": {"url": {"type": "string"}}, "not_found": "body == {}",
            "request": {"method": "POST", "path": "/find", "query": {"full": "1"}, "body": {"json": {"url": "{{ input.url }}"}}},
            "outputs": {"hits": {"type": "integer", "value": "{{ body.hits }}"}}}),
    );
    let parse = |document| Sample::parse("act", &document, &BTreeMap::new()).0.unwrap();
    let list = [parse(
        json!({"case": "hit", "source": "x", "input": {"url": "bad"}, "expect": {"status": "ok", "output": {"hits": 1}},
        "exchanges": [{"request": {"method": "POST", "path": "/find", "query": {"full": 1}, "body": {"json": {"url": "bad"}}}, "response": {"json": {"hits": 1}}}]}),
    )];
    let book = ReplayBook::new([(&connector, list.as_slice())]);
    let ask = |path: &str, body: &[u8]| book.answer("acme", "POST", path, body).unwrap();
    let known = br#"{"url":"bad"}"#;
    for path in [
        "/v1/find?full=1",
        "/v1/find?full=1&key=demo",
        "/v1/find?key=a%20b&full=1",
    ] {
        assert_eq!(ask(path, known).body.as_ref(), br#"{"hits":1}"#, "{path}");
    }
    assert_eq!(ask("/v1/find?full=2&key=demo", known).status, 404);
    assert_eq!(
        ask("/v1/find?full=1&key=demo", br#"{"url":"good"}"#).status,
        404
    );
}

#[test]
fn a_sample_that_does_not_fit_says_where() {
    let connector = connector_with(
        json!({}),
        json!({"request": {"path": "/a"}, "outputs": {"n": {"type": "integer", "value": "{{ body.n }}"}}}),
    );
    let document = json!({"case": "hit", "source": "x", "expect": {"status": "ok", "output": {"n": 2}},
        "exchanges": [{"request": {"path": "/b", "query": {"x": "1"}}, "response": {"json": {"n": 1}}}]});
    let sample = Sample::parse("act", &document, &BTreeMap::new()).0.unwrap();
    let faults = samples::check(&connector, &sample);
    assert_eq!(faults.len(), 3, "{faults:#?}");
    assert!(faults[0].starts_with("exchange 1: address: expected https://api.acme.example/v1/b"));
}

#[test]
fn one_whois_stand_in_gives_the_last_servers_answer() {
    let connector = connector_with(
        json!({"transport": "whois", "allowed_hosts": ["*"]}),
        json!({"inputs": {"d": {"type": "domain"}}, "steps": [
            {"id": "root", "request": {"server": "whois.iana.org", "query": "{{ input.d }}"}, "capture": {"next": "{{ body | trim }}"}},
            {"id": "registry", "request": {"server": "{{ captured.next }}", "query": "{{ input.d }}"}}],
            "outputs": {"text": {"type": "string", "value": "{{ body }}"}}}),
    );
    let document = json!({"case": "hit", "source": "x", "input": {"d": "a.example"}, "expect": {"status": "ok", "output": {"text": "Registrar: R"}},
        "exchanges": [
            {"request": {"server": "whois.iana.org", "query": "a.example"}, "response": {"text": "whois.r.example\n"}},
            {"request": {"server": "whois.r.example", "query": "a.example"}, "response": {"text": "Registrar: R"}}]});
    let sample = Sample::parse("act", &document, &BTreeMap::new()).0.unwrap();
    assert_eq!(samples::check(&connector, &sample), Vec::<String>::new());
    let book = ReplayBook::new([(&connector, [sample].as_slice())]);
    assert_eq!(
        book.answer_whois("a.example\r\n").unwrap().body.as_ref(),
        b"Registrar: R"
    );
    assert!(book.answer_whois("b.example").is_none());
}
