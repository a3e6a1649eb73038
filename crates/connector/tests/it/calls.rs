//! What answers mean.

use serde_json::{Value, json};
use updraft_connector::{CallResult, CallStatus, ErrorCode, Failure, Response};
use updraft_model::VerdictLevel;

use crate::{answer, connector, connector_with, done, start};

fn ending(action: Value, response: Response) -> CallResult {
    let mut document = json!({"request": {"path": "/x"}});
    document
        .as_object_mut()
        .unwrap()
        .extend(action.as_object().unwrap().clone());
    let connector = connector(document);
    let mut call = start(&connector, Value::Null);
    call.response(response);
    done(&mut call)
}

fn code(action: Value, response: Response) -> ErrorCode {
    ending(action, response).error.unwrap().code
}

#[test]
fn statuses_have_a_meaning_without_any_rule() {
    for (status, expected) in [
        (401, ErrorCode::Auth),
        (403, ErrorCode::Forbidden),
        (429, ErrorCode::RateLimited),
        (408, ErrorCode::Unavailable),
        (502, ErrorCode::Unavailable),
        (418, ErrorCode::Failed),
        (301, ErrorCode::Failed),
    ] {
        assert_eq!(code(json!({}), answer(status, json!({}))), expected);
    }
    let mut slow = answer(429, json!({}));
    slow.headers = vec![("retry-after".into(), "7".into())];
    let error = ending(json!({}), slow).error.unwrap();
    assert_eq!((error.retryable, error.retry_after_ms), (true, Some(7_000)));
}

#[test]
fn an_error_inside_a_good_status_is_found_by_a_rule() {
    let rules = json!({"errors": [{"when": "body?.error != null", "code": "quota", "message": "{{ body.error }}"}]});
    let error = ending(rules.clone(), answer(200, json!({"error": "plan used up"})))
        .error
        .unwrap();
    assert_eq!(
        (error.code, error.message.as_str()),
        (ErrorCode::Quota, "plan used up")
    );
    assert_eq!(ending(rules, answer(200, json!({}))).status, CallStatus::Ok);
}

#[test]
fn a_success_that_is_written_out_decides_alone() {
    let rules = json!({"success": "status in [200, 409]", "errors": [{"when": "status == 409", "code": "conflict"}]});
    assert_eq!(ending(rules, answer(409, json!({}))).status, CallStatus::Ok);
    let body = json!({"success": "body.ok"});
    assert_eq!(
        code(body.clone(), answer(200, json!({"ok": false}))),
        ErrorCode::Failed
    );
    assert_eq!(
        code(body.clone(), answer(200, json!({}))),
        ErrorCode::Malformed
    );
    assert_eq!(code(body, answer(503, json!({}))), ErrorCode::Unavailable);
}

#[test]
fn not_found_comes_before_errors() {
    let rules = json!({"not_found": "status == 404 or body?.state == 'none'", "errors": [{"when": "status == 404", "code": "failed"}]});
    assert_eq!(
        ending(rules.clone(), answer(404, json!({}))).status,
        CallStatus::NotFound
    );
    assert_eq!(
        ending(rules, answer(200, json!({"state": "none"}))).status,
        CallStatus::NotFound
    );
}

#[test]
fn the_connectors_rules_come_after_the_actions_own() {
    let connector = connector_with(
        json!({"errors": [{"when": "status == 400", "code": "quota"}]}),
        json!({"request": {"path": "/x"}, "errors": [{"when": "status == 400 and body?.why == 'x'", "code": "conflict"}]}),
    );
    let ask = |body: Value| {
        let mut call = start(&connector, Value::Null);
        call.response(answer(400, body));
        done(&mut call).error.unwrap().code
    };
    assert_eq!(ask(json!({"why": "x"})), ErrorCode::Conflict);
    assert_eq!(ask(json!({})), ErrorCode::Quota);
}

#[test]
fn an_output_that_is_not_there_makes_the_answer_malformed_and_is_named() {
    let outputs = json!({"outputs": {"n": {"type": "integer", "value": "{{ body.a.n }}"}, "z": {"type": "string", "value": "{{ body?.z }}"}}});
    let good = ending(outputs.clone(), answer(200, json!({"a": {"n": 4}})));
    assert_eq!(good.output, json!({"n": 4, "z": null}));
    for body in [
        json!({}),
        json!({"a": {"n": "many"}}),
        json!({"a": {"n": 1.5}}),
        json!({"a": []}),
    ] {
        let error = ending(outputs.clone(), answer(200, body)).error.unwrap();
        assert_eq!(error.code, ErrorCode::Malformed);
        assert!(error.message.contains("output `n`"), "{}", error.message);
    }
    assert_eq!(
        code(outputs.clone(), Response::new(200, b"<html>".to_vec())),
        ErrorCode::Malformed
    );
    assert_eq!(
        code(outputs, Response::new(500, b"<html>".to_vec())),
        ErrorCode::Unavailable
    );
}

#[test]
fn the_first_verdict_rule_that_holds_wins() {
    let rules = json!({
        "outputs": {"n": {"type": "integer", "value": "{{ body.n }}"}},
        "verdict": [
            {"when": "output.n >= settings.threshold", "level": "malicious", "score": "{{ output.n * 60 }}", "explain": "{{ output.n }} of {{ settings.threshold }}"},
            {"when": "output.n > 0", "level": "suspicious", "explain": "some"},
            {"when": "output.n == 0", "level": "benign", "explain": "none"}],
        "link": "https://acme.example/{{ output.n }}"});
    let verdict = |n: i64| {
        ending(rules.clone(), answer(200, json!({"n": n})))
            .verdict
            .unwrap()
    };
    let bad = verdict(4);
    assert_eq!(
        (
            bad.level,
            bad.score,
            bad.source.as_str(),
            bad.explanation.as_str()
        ),
        (VerdictLevel::Malicious, 100, "acme", "4 of 3")
    );
    assert_eq!(
        (verdict(1).level, verdict(1).score),
        (VerdictLevel::Suspicious, 50)
    );
    assert_eq!(verdict(0).level, VerdictLevel::Benign);
    assert_eq!(verdict(-1).level, VerdictLevel::Unknown);
    assert_eq!(
        ending(rules, answer(200, json!({"n": 1}))).link.as_deref(),
        Some("https://acme.example/1")
    );
}

#[test]
fn a_failed_exchange_ends_the_call_with_its_reason() {
    let connector = connector(json!({"request": {"path": "/x"}}));
    let mut call = start(&connector, Value::Null);
    call.failed(Failure {
        code: ErrorCode::Timeout,
        message: "no answer in 30 s".into(),
        retryable: true,
        retry_after_ms: None,
    });
    let error = done(&mut call).error.unwrap();
    assert_eq!((error.code, error.retryable), (ErrorCode::Timeout, true));
    // Whatever comes later is ignored.
    call.response(answer(200, json!({})));
    assert_eq!(done(&mut call).status, CallStatus::Error);
}

#[test]
fn undo_find_and_verify_are_put_together_from_the_result() {
    let connector = connector(json!({
        "effect": "write", "inputs": {"t": {"type": "string"}},
        "request": {"method": "POST", "path": "/t", "body": {"json": {"t": "{{ input.t }}"}}},
        "outputs": {"id": {"type": "string", "value": "{{ body.id }}"}},
        "idempotency": {"kind": "find", "find": "act", "find_input": {"t": "{{ idempotency_key }}"}, "found": "output.id != null", "settle": "2s"},
        "undo": {"action": "act", "input": {"t": "{{ output.id }}"}},
        "verify": {"action": "act", "input": {"t": "{{ output.id }}"}, "holds": "output.id == input.t"}}));
    let mut call = start(&connector, json!({"t": "a"}));
    call.response(answer(201, json!({"id": "7"})));
    let undo = done(&mut call).undo.unwrap();
    assert_eq!(
        (undo.action.as_str(), undo.input),
        ("act", json!({"t": "7"}))
    );
    let (action, env) = (connector.action("act").unwrap(), crate::env(&connector));
    let find = connector
        .find_call(action, &json!({"t": "a"}), &env)
        .unwrap()
        .unwrap();
    assert_eq!((find.input, find.settle_ms), (json!({"t": "key-1"}), 2_000));
    assert_eq!(
        connector
            .found(action, &json!({"id": "9", "more": 1}))
            .unwrap(),
        Some(json!({"id": "9"}))
    );
    assert_eq!(connector.found(action, &json!({"id": null})).unwrap(), None);
    let verify = connector
        .verify_call(action, &json!({"t": "7"}), &json!({"id": "7"}), &env)
        .unwrap()
        .unwrap();
    assert_eq!(verify.input, json!({"t": "7"}));
    assert!(
        connector
            .verified(action, &json!({"t": "7"}), &json!({"id": "7"}), &env)
            .unwrap()
    );
}

#[test]
fn a_body_that_is_no_value_is_malformed_and_not_a_miss() {
    let rules = json!({"not_found": "body == null or body?.state == null"});
    let page = || Response::new(200, b"<html>maintenance</html>".to_vec());
    assert_eq!(code(rules, page()), ErrorCode::Malformed);
    let by_text = json!({"errors": [{"when": "'maintenance' in text", "code": "unavailable", "message": "{{ body?.why ?? 'closed' }}"}]});
    let error = ending(by_text, page()).error.unwrap();
    assert_eq!(
        (error.code, error.message.as_str()),
        (ErrorCode::Unavailable, "closed")
    );
    let missing = json!({"not_found": "status == 404"});
    assert_eq!(
        ending(missing, Response::new(404, b"<html>".to_vec())).status,
        CallStatus::NotFound
    );
}
