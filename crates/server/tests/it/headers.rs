//! What machines ask, and what browsers are told. The headers of every answer are checked where it is sent.

use axum::http::Method;
use updraft_model::Role;

use crate::rig::{Rig, ask};

#[tokio::test]
async fn the_metrics_are_in_the_text_format_of_prometheus() {
    let rig = Rig::new().await;
    let engineer = rig.person(Role::Engineer).await;
    let token = rig.source(&engineer, "siem").await;
    rig.ioc("siem", &token, "192.0.2.1").await;
    let metrics = rig.send(ask(Method::GET, "/metrics", None, None)).await;
    assert_eq!(metrics.status, 200);
    assert!(metrics.header("content-type").starts_with("text/plain"));
    let mut described = None;
    let mut samples = 0;
    let text = metrics.text();
    for line in text.lines() {
        if let Some(help) = line.strip_prefix("# HELP ") {
            let (name, words) = help.split_once(' ').unwrap();
            assert!(!words.is_empty());
            described = Some((name.to_owned(), false));
        } else if let Some(kind) = line.strip_prefix("# TYPE ") {
            let (name, kind) = kind.split_once(' ').unwrap();
            assert_eq!(described, Some((name.to_owned(), false)));
            assert!(["counter", "gauge"].contains(&kind));
            assert_eq!(kind == "counter", name.ends_with("_total"), "{name}");
            described = Some((name.to_owned(), true));
        } else {
            let (name, value) = line.split_once(' ').unwrap();
            assert_eq!(described, Some((name.to_owned(), true)));
            assert!(name.starts_with("updraft_"));
            assert!(value.parse::<f64>().unwrap().is_finite());
            samples += 1;
        }
    }
    assert!(samples >= 10, "{text}");
    assert!(
        text.contains("\nupdraft_alerts_received_total 1\n"),
        "{text}"
    );
}

#[tokio::test]
async fn health_is_about_the_process_and_readiness_about_taking_alerts() {
    let rig = Rig::new().await;
    let get = |path| rig.send(ask(Method::GET, path, None, None));
    assert_eq!(get("/healthz").await.text(), "ok");
    assert_eq!(get("/readyz").await.text(), "ready");
    rig.app.stop();
    assert_eq!(get("/healthz").await.status, 200);
    assert_eq!(get("/readyz").await.status, 503);
}

#[tokio::test]
async fn what_is_no_page_of_the_api_is_a_problem_and_nothing_is_cached() {
    let rig = Rig::new().await;
    let auditor = rig.person(Role::Auditor).await;
    for path in ["/api/", "/api/v2/cases", "/api/v1/cases/"] {
        let said = rig.send(ask(Method::GET, path, None, None)).await;
        assert_eq!(said.header("cache-control"), "no-store", "{path}");
        said.refused(404, "not_found");
    }
    let said = rig.get(&auditor, "/api/v1/cases").await;
    assert_eq!(said.header("cache-control"), "no-store");
    assert_eq!(
        said.header("content-security-policy"),
        "default-src 'none'; frame-ancestors 'none'"
    );
    rig.send(ask(Method::GET, "/../../etc/passwd", None, None))
        .await;
    rig.send(ask(Method::GET, "/assets/..%2f..%2fetc", None, None))
        .await;
}
