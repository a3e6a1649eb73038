//! Every way in which a vendor can fail has its code, its words, and says whether the request arrived.

use std::{sync::Arc, time::Duration};

use serde_json::json;
use updraft_testkit::vendor::{Asked, Fault, Reply, Rule, Server};

use crate::world::{World, connector, lookup, outcome, result};

fn vendor() -> Server {
    Server::start(Arc::new(|asked: &Asked| {
        Reply::json(200, &json!({"v": asked.path()}))
    }))
}

#[tokio::test]
async fn a_look_up_gets_its_answer_and_its_exchange_is_recorded() {
    let server = vendor();
    let world = World::simple(&server.url(""));
    let performed = world.lookup("203.0.113.7").await;
    assert_eq!(result(&performed).output, json!({"v": "/ip/203.0.113.7"}));
    let [exchange] = performed.exchanges.as_slice() else {
        panic!("one exchange")
    };
    assert_eq!(exchange.request.url, server.url("/ip/203.0.113.7"));
    assert!(exchange.reached && exchange.started_at <= exchange.ended_at);
    assert!(!performed.cached && !performed.outcome_unknown());
    let log = server.log();
    assert!(log[0].headers["user-agent"].starts_with("Updraft/"));
    world.lookup("203.0.113.8").await;
    assert_eq!(server.connections(), 1, "the connection is kept");
}

#[tokio::test]
async fn every_failure_has_its_code() {
    let table: [(Fault, &str, bool); 10] = [
        (Fault::Status(401), "auth: ", true),
        (Fault::Status(403), "forbidden: ", true),
        (Fault::Status(503), "unavailable: ", true),
        (Fault::Status(418), "failed: ", true),
        (Fault::RateLimited(1), "rate_limited: ", true),
        (
            Fault::Hang,
            "timeout: 127.0.0.1 did not answer in time",
            false,
        ),
        (
            Fault::Lost,
            "unavailable: the connection to 127.0.0.1 broke off",
            false,
        ),
        (
            Fault::Cut,
            "unavailable: the connection to 127.0.0.1 broke off",
            false,
        ),
        (
            Fault::Garbage,
            "malformed: 127.0.0.1 did not answer in HTTP",
            false,
        ),
        (
            Fault::Drip(Duration::from_millis(50)),
            "timeout: 127.0.0.1 did not answer in time",
            false,
        ),
    ];
    for (fault, expected, answered) in table {
        let server = vendor();
        let patch = json!({"timeout": "300ms"});
        let world = World::new(&server.url(""), connector(patch, &[lookup(json!({}))]));
        server.fault(Rule::new("*", "/", fault.clone()));
        let performed = world.lookup("1.2.3.4").await;
        let outcome = outcome(&performed);
        assert!(outcome.starts_with(expected), "{fault:?}: {outcome}");
        assert_eq!(performed.outcome_unknown(), !answered, "{fault:?}");
        assert!(performed.exchanges[0].reached, "{fault:?}");
    }
}

#[tokio::test]
async fn a_port_where_nobody_listens_was_not_reached() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let world = World::simple(&format!("http://{address}"));
    let performed = world.lookup("1.2.3.4").await;
    assert!(
        outcome(&performed).starts_with("unavailable: cannot connect to 127.0.0.1"),
        "{}",
        outcome(&performed)
    );
    assert!(!performed.exchanges[0].reached && !performed.outcome_unknown());
    let error = result(&performed).error.clone().unwrap();
    assert!(error.retryable);
}

#[tokio::test]
async fn the_circuit_opens_and_says_when_it_will_be_tried_again() {
    let server = vendor();
    let world = World::simple(&server.url(""));
    server.fault(Rule::new("*", "/", Fault::Status(502)));
    for _ in 0..updraft_egress::FAILURES_MAX {
        world.lookup("1.2.3.4").await;
    }
    let refused = world.lookup("1.2.3.4").await;
    let error = result(&refused).error.clone().unwrap();
    assert!(
        error.message.contains("circuit open since 20") && error.message.contains("next try in"),
        "{}",
        error.message
    );
    assert_eq!(error.code.as_str(), "unavailable");
    assert!(error.retryable && error.retry_after_ms.is_some() && !refused.exchanges[0].reached);
    assert_eq!(server.requests(), u64::from(updraft_egress::FAILURES_MAX));
}

#[tokio::test]
async fn inner_addresses_are_refused_before_anything_is_sent() {
    let server = vendor();
    let world = World::simple(&server.url(""));
    let mut link = (*world.link).clone();
    link.allow_private = false;
    let world = World {
        link: Arc::new(link),
        ..world
    };
    let outcome = outcome(&world.lookup("1.2.3.4").await);
    assert_eq!(
        outcome,
        "refused: `127.0.0.1` leads to the loopback address 127.0.0.1, which this connection may not reach"
    );
    // By name, and although another connection has a socket to it in its pool.
    let open = World::simple(&server.url("").replace("127.0.0.1", "localhost"));
    assert_eq!(crate::world::outcome(&open.lookup("1").await), "ok");
    let mut link = (*open.link).clone();
    link.allow_private = false;
    let closed = World {
        egress: open.egress.clone(),
        link: Arc::new(link),
    };
    let outcome = crate::world::outcome(&closed.lookup("1").await);
    assert!(
        outcome.starts_with("refused: `localhost` leads to the loopback address"),
        "{outcome}"
    );
    assert_eq!(server.requests(), 1);
}

#[tokio::test]
async fn redirects_are_followed_for_get_to_known_hosts_only() {
    let evil = vendor();
    let evil_url = evil.url("/stolen").replace("127.0.0.1", "localhost");
    let server = Server::start(Arc::new(move |asked: &Asked| match asked.path() {
        "/ip/near" => Reply::empty(302).header("location", "/ip/there?x=1"),
        "/ip/far" => Reply::empty(302).header("location", &evil_url),
        "/ip/meta" => Reply::empty(302).header("location", "http://169.254.169.254/latest"),
        "/ip/file" => Reply::empty(302).header("location", "file:///etc/passwd"),
        "/ip/loop" => Reply::empty(302).header("location", "/ip/loop"),
        _ => Reply::json(200, &json!({"v": "here"})),
    }));
    let world = World::simple(&server.url(""));
    assert_eq!(outcome(&world.lookup("near").await), "ok");
    assert_eq!(server.log().last().unwrap().target, "/ip/there?x=1");
    assert!(
        server.log().last().unwrap().headers.contains_key("x-key"),
        "same origin"
    );
    for ip in ["far", "meta", "file"] {
        let outcome = outcome(&world.lookup(ip).await);
        assert!(
            outcome.starts_with("refused: redirected, but"),
            "{ip}: {outcome}"
        );
    }
    assert!(outcome(&world.lookup("loop").await).starts_with("failed: more than 3 redirects"));
    assert_eq!(evil.requests(), 0);
    // An allowed host is followed, without the key.
    let allowed = connector(
        json!({"allowed_hosts": ["localhost"]}),
        &[lookup(json!({}))],
    );
    let world = World::new(&server.url(""), allowed);
    assert_eq!(outcome(&world.lookup("far").await), "ok");
    assert!(!evil.log()[0].headers.contains_key("x-key"));
}
