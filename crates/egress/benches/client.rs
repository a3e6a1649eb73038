//! How many exchanges a second the client makes on one core, against a vendor on threads of its own.
//!
//! `cargo bench -p updraft-egress`; the numbers are wall-clock, `client cpu` is what the client's thread used.

#![allow(clippy::print_stdout, clippy::expect_used, clippy::panic)]

use std::{
    collections::BTreeMap,
    sync::Arc,
    time::{Duration, Instant},
};

use futures_util::{StreamExt, stream};
use serde_json::{Value, json};
use updraft_connector::{Call, Connector, Environment};
use updraft_egress::{Egress, Link, NoBlobs, Options, Secrets};
use updraft_model::{ConnectionId, Reliability, TenantId};
use updraft_testkit::vendor::{Asked, Reply, Server};

const CALLS: usize = 30_000;
const CONCURRENT: usize = 32;

fn main() {
    let small = measure(
        "small answers (40 B)",
        json!({"v": 1, "w": "a small answer, as it were"}),
        None,
    );
    let engines: Vec<Value> = (0..90)
        .map(|n| json!({"engine": format!("engine-{n}"), "category": "harmless", "result": "clean", "method": "blacklist", "updated": "2026-11-21T08:00:00Z"}))
        .collect();
    measure(
        "large answers (11 KB)",
        json!({"v": 1, "engines": engines}),
        None,
    );
    measure("kept answers", json!({"v": 1}), Some("1h"));
    assert!(small > 0.0);
}

fn measure(name: &str, answer: Value, cache: Option<&str>) -> f64 {
    let server = Server::start(Arc::new(move |_: &Asked| Reply::json(200, &answer)));
    server.keep_log(false);
    let link = link(&server.url(""), cache);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime");
    let egress = Egress::new(Options::default()).expect("egress starts");
    let run = |calls: usize| {
        let (egress, link) = (&egress, &link);
        runtime.block_on(async move {
            stream::iter(0..calls)
                .for_each_concurrent(CONCURRENT, |n| async move {
                    let input =
                        json!({"ip": if cache.is_some() { "1".to_owned() } else { n.to_string() }});
                    let call = Call::start(
                        link.connector.clone(),
                        "lookup_ip",
                        input,
                        link.environment.clone(),
                    );
                    let performed = egress
                        .perform(link, call.expect("input is right"), &NoBlobs, None)
                        .await;
                    let result = performed.result().expect("it is over");
                    assert!(result.error.is_none(), "{:?}", result.error);
                })
                .await;
        });
    };
    run(2_000);
    let (wall, cpu) = (Instant::now(), thread_cpu());
    run(CALLS);
    let (wall, cpu) = (wall.elapsed(), thread_cpu().saturating_sub(cpu));
    let rate = CALLS as f64 / wall.as_secs_f64();
    let per_core = CALLS as f64 / cpu.as_secs_f64().max(0.01);
    println!("{name}: {rate:.0}/s, {per_core:.0} per client core second");
    rate
}

fn link(base_url: &str, cache: Option<&str>) -> Arc<Link> {
    let root = json!({
        "format": 1, "id": "fake", "name": "Fake", "category": "threat_intelligence", "summary": "A fake.",
        "base_url": "http://127.0.0.1:1", "secrets": {"key": {"summary": "The key"}},
        "auth": {"kind": "header", "name": "x-key", "value": "{{ secret.key }}"},
    });
    let mut action = json!({
        "action": "lookup_ip", "title": "Look up", "summary": "Looks up.", "effect": "read",
        "inputs": {"ip": {"type": "string", "required": true, "summary": "Which"}},
        "request": {"method": "GET", "path": "/ip/{{ input.ip }}"},
        "outputs": {"v": {"type": "integer", "summary": "It", "value": "{{ body.v }}"}},
    });
    if let Some(cache) = cache {
        action["cache"] = json!(cache);
    }
    let docs = BTreeMap::from([
        ("connector.yaml".to_owned(), root),
        ("actions/lookup_ip.yaml".to_owned(), action),
    ]);
    let (connector, problems) = Connector::parse(&docs);
    let connector = Arc::new(connector.unwrap_or_else(|| panic!("{problems:#?}")));
    let environment = Environment {
        settings: connector.settings(&json!({})).expect("no settings"),
        base_url: Some(base_url.to_owned()),
        idempotency_key: None,
    };
    let limits = connector.manifest.limits;
    Arc::new(Link {
        tenant: TenantId::DEFAULT,
        connection: ConnectionId::new(1, 1),
        name: "Fake".into(),
        connector,
        environment: Arc::new(environment),
        secrets: Secrets::new([("key".to_owned(), "a-secret-of-this-connection".to_owned())]),
        allow_private: true,
        reliability: Reliability::C,
        limits,
    })
}

/// Time that this thread has spent on a core, from the system's ten-millisecond ticks.
fn thread_cpu() -> Duration {
    let stat = std::fs::read_to_string("/proc/thread-self/stat").unwrap_or_default();
    let after = stat.rsplit_once(')').map_or("", |(_, rest)| rest);
    let fields: Vec<u64> = after
        .split_whitespace()
        .map(|field| field.parse().unwrap_or(0))
        .collect();
    let ticks = fields.get(11).unwrap_or(&0) + fields.get(12).unwrap_or(&0);
    Duration::from_millis(ticks * 10)
}
