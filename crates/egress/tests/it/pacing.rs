//! The vendor's limits and pauses hold for everybody on the connection.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use futures_util::future::join_all;
use serde_json::json;
use updraft_testkit::vendor::{Asked, Fault, Reply, Rule, Server};

use crate::world::{World, connector, lookup, outcome, result};

fn vendor() -> Server {
    Server::start(Arc::new(|_: &Asked| Reply::json(200, &json!({"v": 1}))))
}

#[tokio::test]
async fn calls_keep_the_pace_and_hopeless_ones_are_told_at_once() {
    let server = vendor();
    let limited = connector(
        json!({"limits": {"per_second": 20, "burst": 1}}),
        &[lookup(json!({}))],
    );
    let world = World::new(&server.url(""), limited);
    let begun = Instant::now();
    let ips: Vec<String> = (0..6).map(|n| n.to_string()).collect();
    let all = join_all(ips.iter().map(|ip| world.lookup(ip))).await;
    assert!(all.iter().all(|performed| outcome(performed) == "ok"));
    assert!(
        begun.elapsed() >= Duration::from_millis(245),
        "{:?}",
        begun.elapsed()
    );
    let begun = Instant::now();
    let hopeless = world.lookup_within("x", 10).await;
    let error = result(&hopeless).error.clone().unwrap();
    assert_eq!(error.code.as_str(), "rate_limited");
    assert!(error.retry_after_ms.is_some_and(|millis| millis <= 100) && error.retryable);
    assert!(begun.elapsed() < Duration::from_millis(40) && server.requests() == 6);
}

#[tokio::test]
async fn only_as_many_as_allowed_are_under_way() {
    let server = vendor();
    server.fault(Rule::new("*", "/", Fault::Delay(Duration::from_millis(60))));
    let limited = connector(json!({"limits": {"concurrent": 2}}), &[lookup(json!({}))]);
    let world = World::new(&server.url(""), limited);
    let begun = Instant::now();
    join_all(["a", "b", "c", "d", "e", "f"].map(|ip| world.lookup(ip))).await;
    assert!(begun.elapsed() >= Duration::from_millis(180));
    assert_eq!(server.connections(), 2);
}

#[tokio::test]
async fn after_a_retry_after_nobody_asks_before_it_is_over() {
    let server = vendor();
    server.fault(Rule::new("*", "/", Fault::RateLimited(1)).times(1));
    let world = World::simple(&server.url(""));
    let begun = Instant::now();
    let first = world.lookup("a").await;
    assert_eq!(
        result(&first).error.as_ref().unwrap().retry_after_ms,
        Some(1_000)
    );
    // Short of time: told at once. With time: served when the pause is over.
    let hasty = world.lookup_within("b", 300).await;
    assert_eq!(
        result(&hasty).error.as_ref().unwrap().code.as_str(),
        "rate_limited"
    );
    assert!(begun.elapsed() < Duration::from_millis(500));
    let patient = join_all(["c", "d", "e"].map(|ip| world.lookup(ip))).await;
    assert!(patient.iter().all(|performed| outcome(performed) == "ok"));
    assert!(begun.elapsed() >= Duration::from_millis(1_000));
    assert_eq!(server.requests(), 4);
}
