//! One login serves everybody, and is repeated once when the vendor forgets it.

use std::sync::{
    Arc,
    atomic::{AtomicU32, Ordering},
};

use futures_util::future::join_all;
use serde_json::{Value, json};
use updraft_testkit::vendor::{Asked, Fault, Reply, Rule, Server};

use crate::world::{SECRET, World, connector, lookup, outcome};

/// Hands out tokens; only the newest is good.
fn vendor() -> Server {
    let token = AtomicU32::new(0);
    Server::start(Arc::new(move |asked: &Asked| match asked.path() {
        "/login" if String::from_utf8_lossy(&asked.body).contains("wrong") => Reply::empty(401),
        "/login" => {
            let number = token.fetch_add(1, Ordering::SeqCst) + 1;
            Reply::json(200, &json!({"t": format!("session-token-{number}")}))
        }
        path => {
            let given = asked.headers.get("x-session").cloned().unwrap_or_default();
            if given != format!("session-token-{}", token.load(Ordering::SeqCst)) {
                return Reply::empty(401);
            }
            Reply::json(200, &json!({"v": format!("{path} {given}")}))
        }
    }))
}

fn world(server: &Server, password: &str) -> World {
    let auth = json!({
        "kind": "login",
        "request": {"path": "/login", "body": {"json": {"password": password, "key": "{{ secret.key }}"}}},
        "capture": {"token": {"json": "body.t"}},
        "inject": {"headers": {"X-Session": "{{ token }}"}},
    });
    World::new(
        &server.url(""),
        connector(json!({"auth": auth}), &[lookup(json!({}))]),
    )
}

#[tokio::test]
async fn many_calls_share_one_login() {
    let server = vendor();
    let world = world(&server, "right");
    let ips: Vec<String> = (0..20).map(|n| n.to_string()).collect();
    let all = join_all(ips.iter().map(|ip| world.lookup(ip))).await;
    assert!(all.iter().all(|performed| outcome(performed) == "ok"));
    assert_eq!(server.count("POST", "/login"), 1);
    assert_eq!(
        all.iter()
            .map(|performed| performed.logins.len())
            .sum::<usize>(),
        1
    );
    let json: Value = serde_json::from_slice(&server.log()[0].body).unwrap();
    assert_eq!(json["key"], SECRET);
    // The session's token is a secret, too.
    let text = format!("{all:?}");
    assert!(text.contains("/ip/3 ***") && !text.contains("session-token"));
}

#[tokio::test]
async fn a_forgotten_session_is_opened_again_once() {
    let server = vendor();
    let world = world(&server, "right");
    world.lookup("a").await;
    server.fault(Rule::new("GET", "/ip", Fault::Status(401)).times(1));
    let performed = world.lookup("b").await;
    assert_eq!(
        (outcome(&performed).as_str(), performed.exchanges.len()),
        ("ok", 1)
    );
    assert_eq!(server.count("POST", "/login"), 2);
    server.fault(Rule::new("GET", "/ip", Fault::Status(401)));
    assert!(outcome(&world.lookup("c").await).starts_with("auth: "));
    assert_eq!(server.count("POST", "/login"), 3, "once, not for ever");
}

#[tokio::test]
async fn a_refused_login_is_not_hammered() {
    let server = vendor();
    let world = world(&server, "wrong");
    for _ in 0..10 {
        let performed = world.lookup("a").await;
        assert!(
            outcome(&performed).starts_with("auth: "),
            "{}",
            outcome(&performed)
        );
        assert!(!performed.exchanges[0].reached);
    }
    assert_eq!(server.requests(), 1);
}

#[tokio::test]
async fn oauth2_moves_to_the_address_that_its_answer_names() {
    let instance = Server::start(Arc::new(|asked: &Asked| {
        Reply::json(200, &json!({"v": asked.headers.get("authorization")}))
    }));
    let named = instance.url("").replace("127.0.0.1", "localhost");
    let login = Server::start(Arc::new(move |_: &Asked| {
        let answer =
            json!({"access_token": "0123456789abcdef", "expires_in": 3600, "instance_url": named});
        Reply::json(200, &answer)
    }));
    let auth = json!({
        "kind": "oauth2", "grant": "client_credentials", "token_url": "/token", "client_id": "me",
        "client_secret": "{{ secret.key }}", "base_url_from": "instance_url",
    });
    let world = World::new(
        &login.url(""),
        connector(json!({"auth": auth}), &[lookup(json!({}))]),
    );
    let performed = world.lookup("9").await;
    assert_eq!(outcome(&performed), "ok");
    assert_eq!(instance.log()[0].target, "/ip/9");
    assert_eq!(
        instance.log()[0].headers["authorization"],
        "Bearer 0123456789abcdef"
    );
    assert_eq!(
        (
            login.requests(),
            performed.exchanges[0].request.url.as_str()
        ),
        (1, login.url("/ip/9").as_str())
    );
    assert!(!format!("{performed:?}").contains("0123456789abcdef"));
}
