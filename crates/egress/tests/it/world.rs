//! A connection to a fake vendor in two lines.

use std::{collections::BTreeMap, sync::Arc};

use serde_json::{Value, json};
use updraft_connector::{Call, CallResult, Connector, Environment};
use updraft_egress::{Egress, Ended, Link, NoBlobs, Options, Performed, Secrets};
use updraft_model::{ConnectionId, Reliability, TenantId};

pub const SECRET: &str = "s3cr3t/K€Y+of=this\"connection";

pub struct World {
    pub egress: Egress,
    pub link: Arc<Link>,
}

/// `patch` is merged into the connector document; null takes a field away.
pub fn connector(patch: Value, actions: &[(&str, Value)]) -> Arc<Connector> {
    let mut root = json!({
        "format": 1, "id": "fake", "name": "Fake", "category": "threat_intelligence", "summary": "A fake.",
        "base_url": "http://127.0.0.1:1",
        "secrets": {"key": {"summary": "The key"}},
        "auth": {"kind": "header", "name": "x-key", "value": "Token {{ secret.key }}"},
        "timeout": "5s", "response_bytes_max": "1MiB",
    });
    for (name, value) in patch.as_object().unwrap() {
        root[name] = value.clone();
    }
    root.as_object_mut()
        .unwrap()
        .retain(|_, value| !value.is_null());
    let mut docs = BTreeMap::from([("connector.yaml".to_owned(), root)]);
    for (name, document) in actions {
        docs.insert(format!("actions/{name}.yaml"), document.clone());
    }
    let (connector, problems) = Connector::parse(&docs);
    Arc::new(connector.unwrap_or_else(|| panic!("{problems:#?}")))
}

/// A GET that puts out `body.v`.
pub fn lookup(patch: Value) -> (&'static str, Value) {
    let mut document = json!({
        "action": "lookup_ip", "title": "Look up", "summary": "Looks up.", "effect": "read",
        "inputs": {"ip": {"type": "string", "required": true, "summary": "Which"}},
        "request": {"method": "GET", "path": "/ip/{{ input.ip }}"},
        "outputs": {"v": {"type": "any", "summary": "It", "value": "{{ body?.v }}"}},
    });
    for (name, value) in patch.as_object().unwrap() {
        document[name] = value.clone();
    }
    ("lookup_ip", document)
}

impl World {
    pub fn new(base_url: &str, connector: Arc<Connector>) -> Self {
        Self::with(base_url, connector, json!({}), Options::default())
    }

    pub fn with(
        base_url: &str,
        connector: Arc<Connector>,
        settings: Value,
        options: Options,
    ) -> Self {
        let settings = connector.settings(&settings).expect("settings are right");
        let environment = Environment {
            settings,
            base_url: Some(base_url.to_owned()),
            idempotency_key: Some("key-1".into()),
        };
        let limits = connector.manifest.limits;
        let link = Link {
            tenant: TenantId::DEFAULT,
            connection: ConnectionId::new(1, 1),
            name: "Fake (main)".into(),
            connector,
            environment: Arc::new(environment),
            secrets: Secrets::new([("key".to_owned(), SECRET.to_owned())]),
            allow_private: true,
            reliability: Reliability::C,
            limits,
        };
        Self {
            egress: Egress::new(options).expect("egress starts"),
            link: Arc::new(link),
        }
    }

    pub fn simple(base_url: &str) -> Self {
        Self::new(base_url, connector(json!({}), &[lookup(json!({}))]))
    }

    pub fn call(&self, action: &str, input: Value) -> Call {
        let link = &self.link;
        Call::start(
            link.connector.clone(),
            action,
            input,
            link.environment.clone(),
        )
        .expect("input is right")
    }

    pub async fn perform(&self, action: &str, input: Value) -> Performed {
        self.egress
            .perform(&self.link, self.call(action, input), &NoBlobs, None)
            .await
    }

    pub async fn lookup(&self, ip: &str) -> Performed {
        self.perform("lookup_ip", json!({"ip": ip})).await
    }

    pub async fn lookup_within(&self, ip: &str, millis: u64) -> Performed {
        let deadline = tokio::time::Instant::now() + std::time::Duration::from_millis(millis);
        let call = self.call("lookup_ip", json!({"ip": ip}));
        self.egress
            .perform(&self.link, call, &NoBlobs, Some(deadline))
            .await
    }
}

pub fn result(performed: &Performed) -> &CallResult {
    match &performed.end {
        Ended::Done(result) => result,
        Ended::Wait { reason, .. } => panic!("waits: {reason}"),
    }
}

/// `ok`, or `code: message`.
pub fn outcome(performed: &Performed) -> String {
    match &result(performed).error {
        None => "ok".into(),
        Some(error) => format!("{}: {}", error.code, error.message),
    }
}
