//! Handing alerts in: durable before 202, everything or a reason.

use axum::{
    body::Body,
    http::{Request, header},
};
use serde_json::json;
use updraft_app::Config;
use updraft_model::Role;

use crate::rig::{Rig, opening};

#[tokio::test]
async fn what_was_acknowledged_can_be_read_byte_for_byte() {
    let rig = Rig::new().await;
    let engineer = rig.person(Role::Engineer).await;
    let token = rig.source(&engineer, "siem").await;
    let bytes = b"hxxp://evil[.]example/<script>alert(1)</script>\xff".to_vec();
    let receipt = rig
        .deliver("siem", &token, "text/plain; charset=utf-8", &bytes)
        .await
        .expect(202);
    assert_eq!(receipt["accepted"], 1);
    let id = receipt["alerts"][0]["id"].as_str().unwrap();
    // No driver runs: what is answered here can only come from the store.
    let alert = rig
        .get(&engineer, &format!("/api/v1/alerts/{id}"))
        .await
        .expect(200);
    assert_eq!(alert["state"], "received");
    assert_eq!(alert["content_type"], "text/plain");
    assert_eq!(alert["raw_bytes"], bytes.len());
    let raw = rig
        .get(&engineer, &format!("/api/v1/alerts/{id}/raw"))
        .await;
    assert_eq!(raw.header("content-type"), "application/octet-stream");
    assert_eq!(raw.header("content-disposition"), "attachment");
    assert_eq!(raw.bytes, bytes);
}

#[tokio::test]
async fn an_alert_outlives_the_process() {
    let folder = tempfile::tempdir().unwrap();
    let config = Config {
        data: folder.path().join("data"),
        ..Config::default()
    };
    let rig = Rig::opened(opening(config.clone())).await;
    let engineer = rig.person(Role::Engineer).await;
    let token = rig.source(&engineer, "siem").await;
    let id = rig.ioc("siem", &token, "192.0.2.1").await;
    rig.app.close().await;
    drop(rig);
    let rig = Rig::opened(opening(config)).await;
    let alert = rig
        .get(&engineer, &format!("/api/v1/alerts/{id}"))
        .await
        .expect(200);
    assert_eq!(alert["id"], id);
    rig.ioc("siem", &token, "192.0.2.1").await;
}

#[tokio::test]
async fn a_batch_is_one_delivery_of_many_alerts() {
    let rig = Rig::new().await;
    let engineer = rig.person(Role::Engineer).await;
    let token = rig.source(&engineer, "siem").await;
    for (kind, bytes, count) in [
        (
            "application/json",
            r#"[{"ip":"192.0.2.1"},{"ip":"192.0.2.2"},{"ip":"192.0.2.3"}]"#,
            3,
        ),
        (
            "application/x-ndjson",
            "{\"ip\":\"192.0.2.1\"}\n{\"ip\":\"192.0.2.2\"}\n",
            2,
        ),
        ("application/json", r#"{"ip":"192.0.2.1"}"#, 1),
        ("", "192.0.2.1", 1),
    ] {
        let receipt = rig
            .deliver("siem", &token, kind, bytes.as_bytes())
            .await
            .expect(202);
        assert_eq!(receipt["accepted"], count, "{kind}: {bytes}");
        assert_eq!(receipt["alerts"].as_array().unwrap().len(), count);
    }
    let mut seen = Vec::new();
    let mut after = String::new();
    loop {
        let path = format!("/api/v1/alerts?limit=2{after}");
        let page = rig.get(&engineer, &path).await.expect(200);
        let items = page["items"].as_array().unwrap();
        assert!(items.len() <= 2);
        seen.extend(
            items
                .iter()
                .map(|item| item["id"].as_str().unwrap().to_owned()),
        );
        match page["next"].as_str() {
            Some(next) => after = format!("&after={next}"),
            None => break,
        }
    }
    assert_eq!(seen.len(), 7);
    assert!(
        seen.is_sorted_by(|a, b| a > b),
        "newest first, none twice: {seen:?}"
    );
}

#[tokio::test]
async fn what_cannot_be_taken_is_refused_in_words() {
    let rig = Rig::with(Config {
        intake_bytes_max: 1_000,
        ..Config::default()
    })
    .await;
    let engineer = rig.person(Role::Engineer).await;
    let token = rig.source(&engineer, "siem").await;
    let empty = rig.deliver("siem", &token, "application/json", b"").await;
    assert_eq!(empty.status, 400);
    assert_ne!(empty.json()["hint"], "");
    rig.deliver("siem", &token, "text/plain", &[b'a'; 1_001])
        .await
        .refused_with_hint(413, "alert.too_large");
    // A body that does not say how long it is.
    let chunks = (0..100).map(|_| Ok::<_, std::io::Error>(vec![b'a'; 100]));
    let request = Request::post("/api/v1/sources/siem/alerts")
        .header(header::AUTHORIZATION, format!("Bearer {token}"))
        .body(Body::from_stream(futures_util::stream::iter(chunks)))
        .unwrap();
    rig.send(request)
        .await
        .refused_with_hint(413, "alert.too_large");
    let broken = vec![Ok(vec![b'a'; 10]), Err(std::io::Error::other("gone"))];
    let request = Request::post("/api/v1/sources/siem/alerts")
        .header(header::AUTHORIZATION, format!("Bearer {token}"))
        .body(Body::from_stream(futures_util::stream::iter(broken)))
        .unwrap();
    rig.send(request).await.refused(400, "body");
    let list = rig.get(&engineer, "/api/v1/alerts").await.expect(200);
    assert_eq!(list["items"], json!([]));
}

#[tokio::test]
async fn hostile_bytes_are_taken_or_refused_but_never_break_anything() {
    let rig = Rig::new().await;
    let engineer = rig.person(Role::Engineer).await;
    let token = rig.source(&engineer, "siem").await;
    let deep = "[".repeat(10_000);
    let wide = format!("{{{}\"a\":1}}", "\"k\":0,".repeat(20_000));
    for (kind, bytes) in [
        ("application/json", deep.as_bytes()),
        ("application/json", wide.as_bytes()),
        ("application/json", b"{\"a\":\xff\xfe}"),
        ("message/rfc822", b"\r\n\r\n\0\0\0"),
        ("../../etc/passwd", b"192.0.2.1"),
        ("text/plain", b"\0"),
    ] {
        let said = rig.deliver("siem", &token, kind, bytes).await;
        assert!(
            matches!(said.status.as_u16(), 202 | 400),
            "{kind}: {}",
            said.text()
        );
    }
    rig.ioc("siem", &token, "192.0.2.1").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn above_the_limit_nothing_is_taken_and_the_sender_is_told_when_to_come_back() {
    // No run ever gets a place, and one may wait.
    let mut rig = Rig::with(Config {
        runs_active_max: 0,
        backlog_max: 1,
        ..Config::default()
    })
    .await;
    rig.start().await;
    let engineer = rig.person(Role::Engineer).await;
    let token = rig.source(&engineer, "siem").await;
    rig.ioc("siem", &token, "45.33.32.1").await;
    rig.until(&engineer, "/api/v1/runs", |runs| {
        runs["items"][0]["state"] == "queued"
    })
    .await;
    let said = rig
        .deliver("siem", &token, "text/plain", b"45.33.32.2")
        .await;
    assert_eq!(said.header("retry-after"), "2");
    said.refused_with_hint(429, "busy");
    let list = rig.get(&engineer, "/api/v1/alerts").await.expect(200);
    assert_eq!(list["items"].as_array().unwrap().len(), 1);
    let ready = rig.get(&engineer, "/readyz").await;
    assert_eq!(ready.status, 503);
}
