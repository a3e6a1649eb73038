//! Identical look-ups share one answer; nothing else does.

use std::{sync::Arc, time::Duration};

use futures_util::future::join_all;
use serde_json::json;
use updraft_egress::{Ended, NoBlobs};
use updraft_model::{ConnectionId, TenantId};
use updraft_testkit::vendor::{Asked, Fault, Reply, Rule, Server};

use crate::world::{World, connector, lookup, outcome, result};

fn vendor() -> Server {
    Server::start(Arc::new(|asked: &Asked| match asked.path() {
        "/ip/unknown" => Reply::empty(404),
        "/ip/broken" => Reply::empty(500),
        _ => Reply::json(200, &json!({"v": 1})),
    }))
}

fn cached(server: &Server) -> World {
    let action = lookup(json!({"cache": "1h", "not_found": "status == 404"}));
    World::new(&server.url(""), connector(json!({}), &[action]))
}

#[tokio::test]
async fn fifty_at_once_make_one_request() {
    let server = vendor();
    server.fault(Rule::new("*", "/", Fault::Delay(Duration::from_millis(50))));
    let world = cached(&server);
    let all = join_all((0..50).map(|_| world.lookup("1.2.3.4"))).await;
    assert!(
        all.iter()
            .all(|performed| outcome(performed) == "ok" && performed.exchanges.len() == 1)
    );
    assert_eq!(all.iter().filter(|performed| !performed.cached).count(), 1);
    assert!(world.lookup("1.2.3.4").await.cached);
    assert_eq!((server.requests(), world.egress.cache_size().0), (1, 1));
}

#[tokio::test]
async fn answers_are_kept_failures_are_not() {
    let server = vendor();
    let world = cached(&server);
    for (ip, requests) in [("unknown", 1), ("unknown", 1), ("broken", 2), ("broken", 3)] {
        world.lookup(ip).await;
        assert_eq!(server.requests(), requests, "{ip}");
    }
}

#[tokio::test]
async fn another_tenant_connection_or_key_never_gets_the_answer() {
    let server = vendor();
    let world = cached(&server);
    world.lookup("a").await;
    let change = |change: fn(&mut updraft_egress::Link)| {
        let mut link = (*world.link).clone();
        change(&mut link);
        World {
            egress: world.egress.clone(),
            link: Arc::new(link),
        }
    };
    let others = [
        change(|link| link.tenant = TenantId::new(5, 5)),
        change(|link| link.connection = ConnectionId::new(5, 5)),
        change(|link| {
            link.secrets = updraft_egress::Secrets::new([("key".into(), "another".into())])
        }),
    ];
    for other in &others {
        assert!(!other.lookup("a").await.cached);
    }
    assert!(
        change(|_| ()).lookup("a").await.cached,
        "the same configuration in a new Arc"
    );
    assert_eq!(server.requests(), 4);
}

#[tokio::test]
async fn reading_back_always_asks() {
    let server = vendor();
    let world = cached(&server);
    world.lookup("a").await;
    let call = world.call("lookup_ip", json!({"ip": "a"}));
    let performed = world
        .egress
        .perform_uncached(&world.link, call, &NoBlobs, None)
        .await;
    assert!(!performed.cached && server.requests() == 2);
}

#[tokio::test]
async fn a_leader_that_gives_up_leaves_its_place() {
    let server = vendor();
    server.fault(Rule::new("*", "/", Fault::Hang).times(2));
    let world = cached(&server);
    // Dropped halfway.
    let dropped = tokio::time::timeout(Duration::from_millis(100), world.lookup("a"));
    // Out of time: its failure is not the others'.
    let short = async {
        tokio::time::sleep(Duration::from_millis(20)).await;
        world.lookup_within("a", 200).await
    };
    let patient = async {
        tokio::time::sleep(Duration::from_millis(40)).await;
        world.lookup("a").await
    };
    let (dropped, short, patient) = tokio::join!(dropped, short, patient);
    assert!(dropped.is_err() && outcome(&short).starts_with("timeout"));
    assert_eq!(outcome(&patient), "ok");
}

#[tokio::test]
async fn a_poll_is_given_back_with_its_state_and_goes_on_after_the_pause() {
    let server = Server::start(Arc::new(|asked: &Asked| match asked.path() {
        "/submit" => Reply::json(200, &json!({"id": "t1"})),
        _ => Reply::json(200, &json!({"state": "done", "v": 7})),
    }));
    let action = json!({
        "action": "scan_url", "title": "Scan", "summary": "Scans.", "effect": "read",
        "inputs": {"url": {"type": "string", "required": true, "summary": "Which"}},
        "steps": [
            {"id": "submit", "request": {"method": "POST", "path": "/submit"}, "capture": {"id": "{{ body.id }}"}},
            {"id": "wait", "poll": {"request": {"method": "GET", "path": "/task/{{ captured.id }}"}, "delay": "2s",
                "every": "5s", "for": "1m", "done": "body.state == 'done'"}},
        ],
        "outputs": {"v": {"type": "integer", "summary": "It", "value": "{{ body.v }}"}},
    });
    let world = World::new(
        &server.url(""),
        connector(json!({}), &[("scan_url", action)]),
    );
    let performed = world.perform("scan_url", json!({"url": "u"})).await;
    let Ended::Wait {
        state,
        millis: 2_000,
        ..
    } = performed.end
    else {
        panic!("{performed:?}")
    };
    let link = &world.link;
    let call =
        updraft_connector::Call::restore(link.connector.clone(), &state, link.environment.clone())
            .unwrap();
    let performed = world.egress.perform(link, call, &NoBlobs, None).await;
    assert_eq!(
        result(&performed).output,
        json!({"v": 7}),
        "{}",
        outcome(&performed)
    );
    assert_eq!(server.log()[1].target, "/task/t1");
}
