//! Sources and their tokens.

use axum::http::Method;
use serde_json::json;
use updraft_model::{Role, TenantId};

use crate::rig::Rig;

#[tokio::test]
async fn a_token_is_shown_once_and_opens_its_own_source_only() {
    let rig = Rig::new().await;
    let engineer = rig.person(Role::Engineer).await;
    let siem = rig.source(&engineer, "siem").await;
    let edr = rig.source(&engineer, "edr").await;
    let list = rig.get(&engineer, "/api/v1/sources").await.expect(200);
    assert_eq!(list[0]["name"], "edr");
    assert_eq!(list[1]["default_severity"], "medium");
    assert!(!list.to_string().contains(&siem));
    rig.deliver("siem", &siem, "text/plain", b"192.0.2.1")
        .await
        .expect(202);
    let list = rig.get(&engineer, "/api/v1/sources").await.expect(200);
    assert!(list[0]["last_alert_at"].is_null(), "nothing came to edr");
    assert!(list[1]["last_alert_at"].is_string());
    let wrong = [
        ("siem", edr.as_str()),
        ("nothing", &siem),
        ("siem", "ups_guess"),
    ];
    let mut answers = Vec::new();
    for (source, token) in wrong {
        let said = rig.deliver(source, token, "text/plain", b"192.0.2.1").await;
        answers.push(said.refused(401, "unauthenticated"));
    }
    answers.dedup();
    assert_eq!(
        answers.len(),
        1,
        "a stranger learns which sources exist: {answers:?}"
    );
}

#[tokio::test]
async fn a_new_token_stops_the_old_one_at_once() {
    let rig = Rig::new().await;
    let engineer = rig.person(Role::Engineer).await;
    let old = rig.source(&engineer, "siem").await;
    rig.ioc("siem", &old, "192.0.2.1").await;
    let made = rig
        .post(&engineer, "/api/v1/sources/siem/token", json!({}))
        .await;
    let new = made.expect(201)["token"].as_str().unwrap().to_owned();
    rig.deliver("siem", &old, "text/plain", b"192.0.2.1")
        .await
        .refused(401, "unauthenticated");
    rig.ioc("siem", &new, "192.0.2.1").await;
    rig.post(&engineer, "/api/v1/sources/nothing/token", json!({}))
        .await
        .refused(404, "not_found");
    assert_eq!(
        rig.audited(TenantId::DEFAULT).await,
        ["source.token", "source.create", "user.create"]
    );
}

#[tokio::test]
async fn what_makes_no_sense_is_refused_with_the_words_that_do() {
    let rig = Rig::new().await;
    let engineer = rig.person(Role::Engineer).await;
    let make = |body| rig.post(&engineer, "/api/v1/sources", body);
    make(json!({"name": "SIEM prod"}))
        .await
        .refused_with_hint(400, "source.name");
    let problem = make(json!({"name": "siem", "mapping": "qradar"})).await;
    let problem = problem.refused(400, "source.mapping");
    assert!(
        problem["hint"].as_str().unwrap().contains("suricata"),
        "{problem}"
    );
    make(json!({"name": "siem", "default_severity": "urgent"}))
        .await
        .refused_with_hint(400, "severity");
    make(json!({"name": "siem"})).await.expect(201);
    make(json!({"name": "siem"}))
        .await
        .refused_with_hint(409, "conflict");
    let (one, two) = tokio::join!(make(json!({"name": "edr"})), make(json!({"name": "edr"})));
    let mut done = [one.status.as_u16(), two.status.as_u16()];
    done.sort_unstable();
    assert_eq!(done, [201, 409]);
}

#[tokio::test]
async fn a_source_that_is_switched_off_takes_nothing() {
    let rig = Rig::new().await;
    let engineer = rig.person(Role::Engineer).await;
    let token = rig.source(&engineer, "siem").await;
    let put = |body| rig.call(&engineer, Method::PUT, "/api/v1/sources/siem", body);
    let off = put(json!({"enabled": false, "default_severity": "high"}))
        .await
        .expect(200);
    assert_eq!(off["default_severity"], "high");
    rig.deliver("siem", &token, "text/plain", b"192.0.2.1")
        .await
        .refused_with_hint(400, "source.disabled");
    put(json!({})).await.expect(200);
    rig.ioc("siem", &token, "192.0.2.1").await;
    rig.call(&engineer, Method::PUT, "/api/v1/sources/nothing", json!({}))
        .await
        .refused(404, "not_found");
}
