//! Submit, poll, fetch; and a restart in between.

use std::sync::Arc;

use serde_json::{Value, json};
use updraft_connector::{Call, CallStatus, Connector, ErrorCode, Failure, Step};

use crate::{answer, asked, connector, done, env, start};

fn sandbox() -> Arc<Connector> {
    connector(json!({
        "inputs": {"u": {"type": "string"}},
        "steps": [
            {"id": "submit", "request": {"method": "POST", "path": "/submit", "body": {"form": {"u": "{{ input.u }}"}}}, "capture": {"task": "{{ body.id }}"}},
            {"id": "wait", "poll": {"request": {"path": "/task/{{ captured.task }}"}, "every": "10s", "backoff": 2, "every_max": "30s", "for": "2m",
                "done": "body.state == 'done'", "failed": "body.state == 'failed'", "failed_message": "the sandbox says {{ body.why }}", "pending": "status == 404"}},
            {"id": "extra", "when": "input.u == 'skip me not'", "request": {"path": "/extra"}},
            {"id": "fetch", "request": {"path": "/report/{{ captured.task }}"}}],
        "outputs": {"score": {"type": "number", "value": "{{ body.score }}"}, "task": {"type": "string", "value": "{{ captured.task }}"}}}))
}

fn waits(call: &mut Call) -> u64 {
    match call.step() {
        Step::Wait { millis, .. } => {
            call.woken();
            millis
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn it_polls_with_growing_pauses_until_done_and_fetches() {
    let connector = sandbox();
    let mut call = start(&connector, json!({"u": "x"}));
    assert!(asked(&mut call).url.ends_with("/submit"));
    call.response(answer(200, json!({"id": "t/1"})));
    assert!(asked(&mut call).url.ends_with("/task/t%2F1"));
    call.response(answer(404, json!({})));
    assert_eq!(waits(&mut call), 10_000);
    call.response(answer(200, json!({"state": "running"})));
    assert_eq!(waits(&mut call), 20_000);
    let mut slow = answer(429, json!({}));
    slow.headers = vec![("retry-after".into(), "45".into())];
    call.response(slow);
    assert_eq!(waits(&mut call), 45_000);
    call.failed(Failure {
        code: ErrorCode::Unavailable,
        message: "reset".into(),
        retryable: true,
        retry_after_ms: None,
    });
    assert_eq!(waits(&mut call), 30_000);
    call.response(answer(200, json!({"state": "done"})));
    assert!(asked(&mut call).url.ends_with("/report/t%2F1"));
    call.response(answer(200, json!({"score": 9.5})));
    assert_eq!(done(&mut call).output, json!({"score": 9.5, "task": "t/1"}));
    assert_eq!(call.exchanges(), 7);
}

#[test]
fn a_product_that_says_when_it_will_be_done_is_asked_then() {
    let connector = connector(json!({
        "steps": [
            {"id": "submit", "request": {"method": "POST", "path": "/submit"}},
            {"id": "wait", "poll": {"request": {"path": "/task"}, "delay": "60s", "every": "30s", "for": "20m", "done": "body.state == 'done'"}}]}));
    let told = |state: &str, after: &str| {
        let mut answer = answer(200, json!({"state": state}));
        answer.headers = vec![("retry-after".into(), after.into())];
        answer
    };
    let mut call = start(&connector, json!({}));
    call.response(told("accepted", "2"));
    assert_eq!(waits(&mut call), 2_000);
    call.response(told("running", "5"));
    assert_eq!(waits(&mut call), 5_000);
    // Never in a tight loop, never for hours, and without a word as the action says.
    call.response(told("running", "0"));
    assert_eq!(waits(&mut call), 1_000);
    call.response(told("running", "86400"));
    assert_eq!(waits(&mut call), 15 * 60_000);
    call.response(answer(200, json!({"state": "running"})));
    assert_eq!(waits(&mut call), 30_000);
    call.response(answer(200, json!({"state": "done"})));
    assert_eq!(done(&mut call).status, CallStatus::Ok);
}

#[test]
fn it_gives_up_after_its_time_and_says_so() {
    let connector = sandbox();
    let mut call = start(&connector, json!({"u": "x"}));
    call.response(answer(200, json!({"id": "1"})));
    let mut total = 0;
    loop {
        call.response(answer(200, json!({"state": "running"})));
        match call.step() {
            Step::Wait { millis, .. } => total += millis,
            Step::Done(result) => {
                let error = result.error.unwrap();
                assert_eq!((error.code, error.retryable), (ErrorCode::Timeout, false));
                break;
            }
            Step::Exchange(_) => panic!("no pause"),
        }
        call.woken();
    }
    assert_eq!(total, 120_000);
}

#[test]
fn a_failed_task_is_an_error_with_the_products_words() {
    let connector = sandbox();
    let mut call = start(&connector, json!({"u": "x"}));
    call.response(answer(200, json!({"id": "1"})));
    call.response(answer(200, json!({"state": "failed", "why": "no machine"})));
    let result = done(&mut call);
    assert_eq!(result.status, CallStatus::Error);
    assert_eq!(result.error.unwrap().message, "the sandbox says no machine");
}

#[test]
fn a_call_saved_at_any_moment_goes_on_the_same() {
    let connector = sandbox();
    let answers = [
        json!({"id": "1"}),
        json!({"state": "running"}),
        json!({"state": "running"}),
        json!({"state": "done"}),
        json!({"score": 1}),
    ];
    let run = |save_at: Option<usize>| {
        let mut call = start(&connector, json!({"u": "x"}));
        let mut trace = Vec::new();
        let mut given = answers.iter();
        for turn in 0.. {
            if save_at == Some(turn) && call.save() != Value::Null {
                let text = call.save().to_string();
                let saved: Value = serde_json::from_str(&text).unwrap();
                call = Call::restore(Arc::clone(&connector), &saved, env(&connector)).unwrap();
            }
            match call.step() {
                Step::Exchange(request) => {
                    trace.push(String::from_utf8(request.canonical_bytes()).unwrap());
                    call.response(answer(200, given.next().unwrap().clone()));
                }
                Step::Wait { millis, .. } => {
                    trace.push(format!("wait {millis}"));
                    call.woken();
                }
                Step::Done(result) => {
                    trace.push(format!("{result:?}"));
                    return trace;
                }
            }
        }
        trace
    };
    let straight = run(None);
    for moment in 0..8 {
        assert_eq!(run(Some(moment)), straight, "saved at {moment}");
    }
}

#[test]
fn a_saved_call_of_another_kind_is_refused() {
    let connector = sandbox();
    for saved in [
        json!(null),
        json!({"format": 2}),
        json!({"format": 1, "action": "gone"}),
    ] {
        assert!(Call::restore(Arc::clone(&connector), &saved, env(&connector)).is_err());
    }
}
