//! Calls driven as a host drives them, with a connector written for the purpose.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod calls;
mod pages;
mod polling;
mod replaying;
mod requests;

use std::{collections::BTreeMap, sync::Arc};

use serde_json::{Value, json};
use updraft_connector::{Call, CallResult, Connector, Environment, Request, Response, Step};

/// A connector with one action `act`, made of these fields.
pub fn connector(action: Value) -> Arc<Connector> {
    connector_with(json!({}), action)
}

/// The same with further fields of `connector.yaml`.
pub fn connector_with(root: Value, action: Value) -> Arc<Connector> {
    let mut manifest = json!({
        "format": 1, "id": "acme", "name": "Acme", "category": "other", "summary": "For tests.",
        "base_url": "https://api.acme.example/v1", "auth": {"kind": "none"},
        "settings": {"threshold": {"type": "integer", "default": 3}},
    });
    let mut document =
        json!({"action": "act", "title": "Act", "summary": "Acts.", "effect": "read"});
    merge(&mut manifest, root);
    merge(&mut document, action);
    let docs = BTreeMap::from([
        ("connector.yaml".to_owned(), manifest),
        ("actions/act.yaml".to_owned(), document),
    ]);
    let (connector, problems) = Connector::parse(&docs);
    Arc::new(connector.unwrap_or_else(|| panic!("{problems:#?}")))
}

fn merge(into: &mut Value, from: Value) {
    if let (Value::Object(into), Value::Object(from)) = (into, from) {
        into.extend(from);
    }
}

/// Settings at their defaults.
pub fn env(connector: &Connector) -> Arc<Environment> {
    Arc::new(Environment {
        settings: connector.settings(&Value::Null).unwrap(),
        base_url: None,
        idempotency_key: Some("key-1".into()),
    })
}

/// A call that has been started.
pub fn start(connector: &Arc<Connector>, input: Value) -> Call {
    Call::start(Arc::clone(connector), "act", input, env(connector)).unwrap()
}

/// The request that the call asks for now.
pub fn asked(call: &mut Call) -> Request {
    match call.step() {
        Step::Exchange(request) => request,
        other => panic!("{other:?}"),
    }
}

/// The result of a call that is over.
pub fn done(call: &mut Call) -> CallResult {
    match call.step() {
        Step::Done(result) => result,
        other => panic!("{other:?}"),
    }
}

/// A JSON answer.
pub fn answer(status: u16, body: Value) -> Response {
    Response::new(status, serde_json::to_vec(&body).unwrap())
}
