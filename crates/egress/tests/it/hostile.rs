//! A vendor that means harm costs one call, and neither memory nor time.

use std::{
    io::Write,
    sync::Arc,
    time::{Duration, Instant},
};

use serde_json::json;
use updraft_testkit::vendor::{Asked, Fault, Reply, Rule, Server, Whois};

use crate::world::{World, connector, lookup, outcome, result};

/// What the answer to a raw reply is.
async fn raw(bytes: impl Into<Vec<u8>>) -> String {
    let server = Server::start(Arc::new(|_: &Asked| Reply::empty(200)));
    server.fault(Rule::new("*", "/", Fault::Raw(bytes.into())));
    let patch = json!({"timeout": "2s"});
    let world = World::new(&server.url(""), connector(patch, &[lookup(json!({}))]));
    outcome(&world.lookup("1").await)
}

fn gzip(content: &[u8]) -> Vec<u8> {
    let mut writer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    writer.write_all(content).unwrap();
    writer.finish().unwrap()
}

fn compressed(bytes: &[u8]) -> Vec<u8> {
    let head = format!(
        "HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: {}\r\n\r\n",
        bytes.len()
    );
    [head.as_bytes(), bytes].concat()
}

#[tokio::test]
async fn a_gzip_bomb_is_stopped_at_the_limit() {
    assert_eq!(raw(compressed(&gzip(br#"{"v": 1}"#))).await, "ok");
    let bomb = gzip(&vec![b' '; 200 << 20]);
    assert!(bomb.len() < 1 << 20);
    let begun = Instant::now();
    assert_eq!(
        raw(compressed(&bomb)).await,
        "malformed: the answer of 127.0.0.1 is longer than 1048576 bytes"
    );
    assert!(begun.elapsed() < Duration::from_secs(2));
    let mut broken = gzip(b"{}");
    broken[12] ^= 0xff;
    assert!(
        raw(compressed(&broken))
            .await
            .starts_with("malformed: the compressed answer"),
        "{}",
        raw(compressed(&broken)).await
    );
}

#[tokio::test]
async fn bodies_and_headers_without_end_are_stopped() {
    for (fault, expected) in [
        (
            Fault::Huge(1 << 40),
            "malformed: the answer of 127.0.0.1 is longer than 1048576 bytes",
        ),
        (
            Fault::Huge(2 << 20),
            "malformed: the answer of 127.0.0.1 is longer than 1048576 bytes",
        ),
        (
            Fault::Endless,
            "malformed: the answer of 127.0.0.1 is longer than 1048576 bytes",
        ),
        (
            Fault::Headers(1_000_000),
            "malformed: 127.0.0.1 did not answer in HTTP",
        ),
        (
            Fault::Headers(200),
            "malformed: 127.0.0.1 did not answer in HTTP",
        ),
    ] {
        let server = Server::start(Arc::new(|_: &Asked| Reply::empty(200)));
        server.fault(Rule::new("*", "/", fault.clone()));
        let world = World::simple(&server.url(""));
        let begun = Instant::now();
        let outcome = outcome(&world.lookup("1").await);
        assert!(outcome.starts_with(expected), "{fault:?}: {outcome}");
        assert!(begun.elapsed() < Duration::from_secs(3), "{fault:?}");
    }
}

#[tokio::test]
async fn crooked_answers_are_errors_with_words() {
    let table: [(&[u8], &str); 8] = [
        (
            b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{}",
            "unavailable: the connection to 127.0.0.1 broke off",
        ),
        (
            b"HTTP/1.1 200 OK\r\ncontent-length: -1\r\n\r\n{}",
            "malformed: ",
        ),
        (
            b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\ncontent-length: 6\r\n\r\n{}   ",
            "malformed: ",
        ),
        (
            b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n",
            "unavailable: the connection to 127.0.0.1 broke off",
        ),
        (b"HTTP/1.1 999999 OK\r\n\r\n", "malformed: "),
        (
            b"HTTP/1.1 200 OK\r\nx: \xff\xfe\r\ncontent-length: 9\r\n\r\n{\"v\": \"\xff\"",
            "malformed: ",
        ),
        (
            b"HTTP/1.1 200 OK\r\nx: \xff\xfe\r\ncontent-length: 8\r\n\r\n{\"v\": 1}",
            "ok",
        ),
        (
            b"HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n",
            "failed: ",
        ),
    ];
    for (bytes, expected) in table {
        let outcome = raw(bytes).await;
        assert!(
            outcome.starts_with(expected),
            "{}: {outcome}",
            String::from_utf8_lossy(bytes)
        );
    }
}

fn whois(server: &Whois) -> World {
    let request = json!({"server": "whois.example.com", "query": "{{ input.ip }}"});
    let outputs = json!({"v": {"type": "string", "summary": "It", "value": "{{ text }}"}});
    let patch = json!({
        "transport": "whois", "base_url": null, "allowed_hosts": ["whois.example.com"],
        "timeout": "1s", "response_bytes_max": "64KiB", "auth": {"kind": "none"}, "secrets": null,
    });
    let action = lookup(json!({"request": request, "outputs": outputs}));
    World::new(&server.url(), connector(patch, &[action]))
}

#[tokio::test]
async fn whois_speaks_tcp_with_the_same_limits() {
    let server = Whois::start(|query| match query {
        "empty" => Vec::new(),
        "latin" => b"registrant: M\xfcller\r\n".to_vec(),
        query => format!("domain: {query}\r\n").into_bytes(),
    });
    let world = whois(&server);
    let performed = world.lookup("example.com").await;
    assert_eq!(
        result(&performed).output["v"],
        "domain: example.com\r\n",
        "{}",
        outcome(&performed)
    );
    assert_eq!(
        result(&world.lookup("latin").await).output["v"],
        "registrant: Müller\r\n"
    );
    for (query, expected) in [
        ("empty", "unavailable: 127.0.0.1 hung up without an answer"),
        ("hang", "timeout: 127.0.0.1 did not answer in time"),
        (
            "endless",
            "malformed: the answer of 127.0.0.1 is longer than 65536 bytes",
        ),
    ] {
        assert_eq!(outcome(&world.lookup(query).await), expected);
    }
    let mut link = (*world.link).clone();
    link.allow_private = false;
    let closed = World {
        link: Arc::new(link),
        ..world
    };
    assert!(outcome(&closed.lookup("a").await).starts_with("refused: "));
}
