//! From templates to bytes on the wire.

use proptest::prelude::*;
use serde_json::{Value, json};
use updraft_connector::{Body, Call, ErrorCode, PartContent};

use crate::{asked, connector, connector_with, done, env, start};

fn text_input(request: Value) -> Value {
    json!({"inputs": {"x": {"type": "any"}}, "request": request})
}

fn url_for(request: Value, x: Value) -> String {
    let connector = connector(text_input(request));
    asked(&mut start(&connector, json!({"x": x}))).url
}

fn fails(request: Value, x: Value) -> ErrorCode {
    let connector = connector(text_input(request));
    done(&mut start(&connector, json!({"x": x})))
        .error
        .unwrap()
        .code
}

#[test]
fn a_hole_in_a_path_is_one_encoded_segment() {
    let request = json!({"path": "/a/{{ input.x }}/b"});
    for (x, path) in [
        ("plain", "/a/plain/b"),
        ("../../admin", "/a/..%2F..%2Fadmin/b"),
        ("a b?c#d%", "/a/a%20b%3Fc%23d%25/b"),
        (
            "https://evil.example/",
            "/a/https%3A%2F%2Fevil.example%2F/b",
        ),
    ] {
        assert_eq!(
            url_for(request.clone(), json!(x)),
            format!("https://api.acme.example/v1{path}")
        );
    }
    for x in ["", ".", ".."] {
        assert_eq!(
            fails(request.clone(), json!(x)),
            ErrorCode::InvalidInput,
            "{x:?}"
        );
    }
}

#[test]
fn a_query_leaves_out_null_and_omit_and_repeats_lists() {
    let request = json!({"path": "/q", "query": {
        "a": "{{ input.x }}", "b": "{{ omit }}", "c": null, "d": ["1", "2 &"], "e": 5}});
    assert_eq!(
        url_for(request, json!("ä")),
        "https://api.acme.example/v1/q?a=%C3%A4&d=1&d=2%20%26&e=5"
    );
}

#[test]
fn an_absolute_address_must_lie_on_an_allowed_host() {
    let request = json!({"url": "{{ input.x }}"});
    assert_eq!(
        url_for(request.clone(), json!("https://api.acme.example/other?a=1")),
        "https://api.acme.example/other?a=1"
    );
    for x in [
        "https://evil.example/",
        "http://api.acme.example/",
        "https://api.acme.example:8443/",
        "https://api.acme.example@evil.example/",
        "https://user:pass@api.acme.example/",
        "file:///etc/passwd",
        "https://api.acme.example.evil.example/",
        "//evil.example",
        "http://169.254.169.254/",
    ] {
        assert_eq!(fails(request.clone(), json!(x)), ErrorCode::Refused, "{x}");
    }
    let wide = connector_with(
        json!({"allowed_hosts": ["*.cdn.example"]}),
        text_input(request),
    );
    let url = |x: &str| done_or_url(&wide, x);
    assert_eq!(url("https://a.cdn.example/f"), "https://a.cdn.example/f");
    assert_eq!(url("https://cdn.example/f"), "refused");
    assert_eq!(url("https://evilcdn.example/f"), "refused");
}

fn done_or_url(connector: &std::sync::Arc<updraft_connector::Connector>, x: &str) -> String {
    let mut call = start(connector, json!({"x": x}));
    match call.step() {
        updraft_connector::Step::Exchange(request) => request.url,
        updraft_connector::Step::Done(result) => result.error.unwrap().code.to_string(),
        updraft_connector::Step::Wait { .. } => panic!("nothing to wait for"),
    }
}

#[test]
fn a_line_break_in_a_header_is_refused() {
    let request = json!({"path": "/", "headers": {"X-Note": "{{ input.x }}"}});
    assert_eq!(
        fails(request.clone(), json!("a\r\nSet-Cookie: b")),
        ErrorCode::InvalidInput
    );
    let connector = connector(text_input(request));
    let sent = asked(&mut start(&connector, json!({"x": "fine"}))).headers;
    assert!(sent.contains(&("x-note".into(), "fine".into())), "{sent:?}");
}

#[test]
fn bodies_are_json_form_multipart_and_files() {
    let post = |body: Value| json!({"method": "POST", "path": "/", "body": body});
    let sent = |body: Value, x: Value| {
        let connector = connector(text_input(post(body)));
        asked(&mut start(&connector, json!({"x": x}))).body
    };
    let bytes = |body: Body| match body {
        Body::Bytes { data, content_type } => (content_type, String::from_utf8(data).unwrap()),
        other => panic!("{other:?}"),
    };
    let (kind, text) = bytes(sent(
        json!({"json": {"a": "{{ input.x }}", "b": "{{ omit }}"}}),
        json!({"n": [1]}),
    ));
    assert_eq!(
        (kind.as_str(), text.as_str()),
        ("application/json", r#"{"a":{"n":[1]}}"#)
    );
    let (_, text) = bytes(sent(
        json!({"form": {"a": "{{ input.x }}"}}),
        json!("1&b=2"),
    ));
    assert_eq!(text, "a=1%26b%3D2");
    let file = json!({"blob": "00".repeat(32), "name": "a\"b.txt", "content_type": "text/plain", "bytes": 3});
    let parts = json!({"multipart": [{"name": "f", "file": "{{ input.x }}"}, {"name": "n", "value": null}, {"name": "j", "json": {"a": 1}}]});
    // A value that is null in YAML is no template: leave the part to the input instead.
    let parts = json!({"multipart": [parts["multipart"][0], parts["multipart"][2]]});
    match sent(parts, file.clone()) {
        Body::Multipart { parts } => {
            assert_eq!(parts.len(), 2);
            assert!(matches!(parts[0].content, PartContent::Blob(_)));
            assert_eq!(parts[0].filename.as_deref(), Some("a\"b.txt"));
            assert_eq!(parts[1].content, PartContent::Bytes(b"{\"a\":1}".to_vec()));
        }
        other => panic!("{other:?}"),
    }
    assert!(matches!(
        sent(json!({"raw_file": "{{ input.x }}"}), file),
        Body::Blob { .. }
    ));
}

#[test]
fn the_idempotency_key_goes_into_its_header_for_writes() {
    let connector = connector(json!({
        "effect": "write", "undo": "none", "idempotency": {"kind": "key", "header": "Idempotency-Key"},
        "request": {"method": "POST", "path": "/"}}));
    let sent = asked(&mut start(&connector, Value::Null)).headers;
    assert!(
        sent.contains(&("idempotency-key".into(), "key-1".into())),
        "{sent:?}"
    );
}

#[test]
fn inputs_are_checked_and_named_when_wrong() {
    let connector = connector(json!({
        "inputs": {"ip": {"type": "ip", "required": true}, "n": {"type": "integer", "default": 5, "maximum": 10}},
        "request": {"path": "/{{ input.ip }}/{{ input.n }}"}}));
    let start = |input: Value| Call::start(connector.clone(), "act", input, env(&connector));
    assert!(
        asked(&mut start(json!({"ip": "1.2.3.4"})).unwrap())
            .url
            .ends_with("/1.2.3.4/5")
    );
    for (input, text) in [
        (json!({}), "input `ip` is missing"),
        (json!({"ip": "x"}), "input `ip` is not an IP address"),
        (
            json!({"ip": "1.2.3.4", "n": 11}),
            "input `n` is more than 10",
        ),
        (
            json!({"ip": "1.2.3.4", "m": 1}),
            "there is no input `m`; did you mean `n`?",
        ),
        (
            json!([1]),
            "the inputs must be a mapping of names to values",
        ),
    ] {
        assert_eq!(start(input).unwrap_err().message, text);
    }
}

#[test]
fn whois_is_a_line_to_a_server() {
    let whois = connector_with(
        json!({"transport": "whois", "allowed_hosts": ["*"]}),
        json!({"inputs": {"d": {"type": "string"}, "s": {"type": "string"}},
            "request": {"server": "{{ input.s }}", "query": "{{ input.d }}"}, "outputs": {"all": {"type": "string", "value": "{{ body }}"}}}),
    );
    let mut call = start(&whois, json!({"d": "example.com", "s": "whois.iana.org"}));
    let request = asked(&mut call);
    assert_eq!(request.url, "whois://whois.iana.org:43");
    assert!(matches!(request.body, Body::Bytes { data, .. } if data == b"example.com\r\n"));
    call.response(updraft_connector::Response::new(200, b"refer: x".to_vec()));
    assert_eq!(done(&mut call).output["all"], "refer: x");
    for (d, s) in [("a\r\nb", "whois.iana.org"), ("a", "host/path"), ("a", "")] {
        let error = done(&mut start(&whois, json!({"d": d, "s": s})))
            .error
            .unwrap();
        assert_eq!(error.code, ErrorCode::InvalidInput, "{d:?} {s:?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_input_changes_host_or_path_shape(x in "\\PC{1,40}") {
        let connector = connector(text_input(json!({"path": "/a/{{ input.x }}/b", "query": {"q": "{{ input.x }}"}})));
        let mut call = start(&connector, json!({"x": x}));
        if let updraft_connector::Step::Exchange(request) = call.step() {
            let url = url::Url::parse(&request.url).unwrap();
            prop_assert_eq!(url.host_str(), Some("api.acme.example"));
            let segments: Vec<_> = url.path_segments().unwrap().collect();
            prop_assert_eq!(segments.len(), 4);
            prop_assert_eq!(url.query_pairs().count(), 1);
            prop_assert_eq!(url.query_pairs().next().unwrap().1, x);
        }
    }
}

/// An address without a path takes the place of the origin only, so that a proxy or a stand-in with the
/// product's own paths can be named by its host alone.
#[test]
fn another_address_keeps_the_products_path_unless_it_has_its_own() {
    let check = |usual: &str, given: &str, expected: &str| {
        let connector = crate::connector_with(
            serde_json::json!({
                "base_url": usual,
                "settings": {"url": {"type": "string", "default": "https://a.example", "summary": "s"}},
            }),
            serde_json::json!({"request": {"path": "/x"}}),
        );
        let environment = updraft_connector::Environment {
            base_url: Some(given.to_owned()),
            ..updraft_connector::Environment::default()
        };
        assert_eq!(
            connector.base_url(&environment).as_deref(),
            Some(expected),
            "{usual} {given}"
        );
    };
    check(
        "https://vt.example/api/v3",
        "http://127.0.0.1:1",
        "http://127.0.0.1:1/api/v3",
    );
    check(
        "https://vt.example/api/v3",
        "http://127.0.0.1:1/",
        "http://127.0.0.1:1/api/v3",
    );
    check(
        "https://vt.example/api/v3",
        "http://127.0.0.1:1/mock",
        "http://127.0.0.1:1/mock",
    );
    check(
        "{{ settings.url }}/rest/api/2",
        "http://127.0.0.1:1",
        "http://127.0.0.1:1/rest/api/2",
    );
    check(
        "{{ settings.url }}",
        "http://127.0.0.1:1",
        "http://127.0.0.1:1",
    );
}
