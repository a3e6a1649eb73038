//! Pagination: five ways to say "more".

use serde_json::{Value, json};
use updraft_connector::{Response, Step};

use crate::{answer, connector, start};

/// Asks until the call is over; the addresses asked for, and the collected elements.
fn collect(paginate: Value, answers: &[Response]) -> (Vec<String>, Value) {
    let connector = connector(json!({
        "request": {"path": "/l", "query": {"q": "1"}}, "paginate": paginate,
        "outputs": {"all": {"type": "list", "value": "{{ items }}"}}}));
    let mut call = start(&connector, Value::Null);
    let (mut asked, mut answers) = (Vec::new(), answers.iter());
    loop {
        match call.step() {
            Step::Exchange(request) => {
                asked.push(request.url.replace("https://api.acme.example/v1/l", ""));
                call.response(answers.next().unwrap().clone());
            }
            Step::Done(result) if result.error.is_some() => {
                return (asked, json!(result.error.unwrap().code));
            }
            Step::Done(result) => return (asked, result.output["all"].clone()),
            Step::Wait { .. } => panic!("nothing to wait for"),
        }
    }
}

#[test]
fn a_cursor_is_followed_until_there_is_none() {
    let paginate = json!({"kind": "cursor", "items": "{{ body.d }}", "cursor": "{{ body?.next }}", "param": "c", "limit_param": "n", "page_size": 2});
    let answers = [
        answer(200, json!({"d": [1, 2], "next": "A&"})),
        answer(200, json!({"d": [3]})),
    ];
    let (asked, items) = collect(paginate, &answers);
    assert_eq!(asked, ["?q=1&n=2", "?q=1&n=2&c=A%26"]);
    assert_eq!(items, json!([1, 2, 3]));
}

#[test]
fn a_cursor_that_never_changes_ends() {
    let paginate = json!({"kind": "cursor", "items": "{{ body.d }}", "cursor": "{{ body.next }}", "param": "c"});
    let same = answer(200, json!({"d": [1], "next": "A"}));
    let (asked, items) = collect(paginate, &[same.clone(), same]);
    assert_eq!((asked.len(), items), (2, json!([1, 1])));
}

#[test]
fn offset_and_page_end_with_a_short_page() {
    let full = answer(200, json!({"d": [1, 2]}));
    let short = answer(200, json!({"d": [3]}));
    let offset = json!({"kind": "offset", "items": "{{ body.d }}", "param": "o", "page_size": 2});
    let (asked, items) = collect(offset, &[full.clone(), full.clone(), short.clone()]);
    assert_eq!(asked, ["?q=1&o=0", "?q=1&o=2", "?q=1&o=4"]);
    assert_eq!(items, json!([1, 2, 1, 2, 3]));
    let page = json!({"kind": "page", "items": "{{ body.d }}", "param": "p", "page_size": 2, "max_pages": 2});
    let (asked, _) = collect(page, &[full.clone(), full]);
    assert_eq!(asked, ["?q=1&p=1", "?q=1&p=2"]);
}

#[test]
fn a_next_address_is_followed_on_the_same_host_only() {
    let paginate = json!({"kind": "next_url", "items": "{{ body.d }}", "next": "{{ body?.next }}"});
    let first = |next: &str| answer(200, json!({"d": [1], "next": next}));
    let last = answer(200, json!({"d": [2]}));
    let (asked, items) = collect(
        paginate.clone(),
        &[first("https://api.acme.example/v1/l?after=5"), last.clone()],
    );
    assert_eq!((asked[1].as_str(), items), ("?after=5", json!([1, 2])));
    let (asked, code) = collect(paginate, &[first("https://evil.example/l"), last]);
    assert_eq!((asked.len(), code), (1, json!("refused")));
}

#[test]
fn a_link_header_is_followed() {
    let paginate = json!({"kind": "link_header", "items": "{{ body }}"});
    let mut first = answer(200, json!([1]));
    first.headers = vec![("link".into(), "<https://api.acme.example/v1/l?p=0>; rel=\"prev\", <https://api.acme.example/v1/l?p=2>; rel=\"next\"".into())];
    let (asked, items) = collect(paginate, &[first, answer(200, json!([2]))]);
    assert_eq!((asked[1].as_str(), items), ("?p=2", json!([1, 2])));
}
