//! What belongs to another tenant is not there: not in a list, not by its id, not in the stream of events.

use std::time::Duration;

use axum::http::Method;
use futures_util::StreamExt;
use serde_json::{Value, json};
use updraft_model::{Role, TenantId};

use crate::{
    cases::{Worked, closed},
    rig::{BAD, Person, Rig, ask},
};

fn other_tenant() -> TenantId {
    TenantId::new(2, 2)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_of_a_tenant_is_there_for_another() {
    let worked = Worked::off().await;
    let rig = &worked.rig;
    let stranger = rig.person_of(other_tenant(), Role::Admin, false).await;
    let case = worked.case["id"].as_str().unwrap();
    let run = worked.case["runs"][0]["id"].as_str().unwrap();
    let alerts = worked.get("/api/v1/alerts").await;
    let alert = alerts["items"][0]["id"].as_str().unwrap();
    let auditor = rig.person(Role::Auditor).await;
    let connections = rig.get(&auditor, "/api/v1/connections").await.expect(200);
    let connection = connections[0]["id"].as_str().unwrap();
    for path in [
        format!("alerts/{alert}"),
        format!("alerts/{alert}/raw"),
        format!("cases/{case}"),
        "cases/1".to_owned(),
        format!("cases/{case}/timeline"),
        format!("cases/{case}/report"),
        format!("runs/{run}"),
        format!("runs/{run}/step?path=a"),
        format!("runs/{run}/blobs/{}", "0".repeat(64)),
        format!("connections/{connection}"),
    ] {
        rig.get(&stranger, &format!("/api/v1/{path}"))
            .await
            .refused(404, "not_found");
    }
    for (method, path, body) in [
        (
            Method::PATCH,
            format!("cases/{case}"),
            json!({"title": "mine"}),
        ),
        (
            Method::POST,
            format!("cases/{case}/comments"),
            json!({"text": "hello"}),
        ),
        (Method::POST, format!("cases/{case}/rerun"), json!({})),
        (
            Method::POST,
            format!("cases/{case}/close"),
            json!({"reason": "clean"}),
        ),
        (Method::POST, format!("cases/{case}/reopen"), json!({})),
        (Method::POST, format!("runs/{run}/cancel"), json!({})),
        (Method::POST, format!("runs/{run}/replay"), json!({})),
        (
            Method::PATCH,
            format!("connections/{connection}"),
            json!({"name": "mine"}),
        ),
        (
            Method::DELETE,
            format!("connections/{connection}"),
            json!({}),
        ),
        (
            Method::POST,
            format!("connections/{connection}/test"),
            json!({}),
        ),
        (Method::PUT, "sources/siem".to_owned(), json!({})),
        (Method::POST, "sources/siem/token".to_owned(), json!({})),
        (
            Method::PATCH,
            format!("users/{}", worked.analyst.id),
            json!({"role": "admin"}),
        ),
        (
            Method::POST,
            format!("users/{}/password-reset", worked.analyst.id),
            json!({}),
        ),
    ] {
        let said = rig
            .call(&stranger, method, &format!("/api/v1/{path}"), body)
            .await;
        said.refused(404, "not_found");
    }
    for list in ["alerts", "cases", "runs", "audit"] {
        let page = rig
            .get(&stranger, &format!("/api/v1/{list}"))
            .await
            .expect(200);
        assert_eq!(page["items"], json!([]), "{list}");
    }
    for list in ["connections", "sources"] {
        let all = rig
            .get(&stranger, &format!("/api/v1/{list}"))
            .await
            .expect(200);
        assert_eq!(all, json!([]), "{list}");
    }
    let counts = rig.get(&stranger, "/api/v1/cases/counts").await.expect(200);
    assert_eq!(counts["total"], 0);
    let seen = rig
        .get(&stranger, &format!("/api/v1/observables?value={BAD}"))
        .await
        .expect(200);
    assert_eq!(
        (&seen["cases"], &seen["first_seen"]),
        (&json!(0), &Value::Null)
    );
    let doctor = rig.get(&stranger, "/api/v1/doctor").await;
    assert!(!doctor.text().contains("Abuse"), "{}", doctor.text());
    let path = "/api/v1/sources/siem/alerts";
    let request = ask(
        Method::POST,
        path,
        Some(&stranger.token),
        Some(json!({"ip": BAD})),
    );
    rig.send(request).await.refused(404, "not_found");
    let after = closed(rig, &worked.analyst, 1).await;
    assert_eq!(after, worked.case);
}

#[tokio::test]
async fn two_tenants_have_sources_of_the_same_name_with_tokens_of_their_own() {
    let rig = Rig::new().await;
    let ours = rig.person(Role::Engineer).await;
    let theirs = rig.person_of(other_tenant(), Role::Engineer, false).await;
    let our_token = rig.source(&ours, "siem").await;
    let their_token = rig.source(&theirs, "siem").await;
    let our_alert = rig.ioc("siem", &our_token, "192.0.2.1").await;
    let their_alert = rig.ioc("siem", &their_token, "192.0.2.2").await;
    for (person, own, other) in [
        (&ours, &our_alert, &their_alert),
        (&theirs, &their_alert, &our_alert),
    ] {
        let list = rig.get(person, "/api/v1/alerts").await.expect(200);
        assert_eq!(list["items"].as_array().unwrap().len(), 1);
        assert_eq!(list["items"][0]["id"], *own.as_str());
        rig.get(person, &format!("/api/v1/alerts/{other}"))
            .await
            .refused(404, "not_found");
    }
}

/// The events that one person gets until nothing comes any more.
async fn listen(rig: &Rig, person: &Person) -> impl Future<Output = String> + use<> {
    let request = ask(Method::GET, "/api/v1/events", Some(&person.token), None);
    let response = rig.open(request).await;
    assert_eq!(response.status(), 200);
    assert_eq!(response.headers()["content-type"], "text/event-stream");
    let mut body = response.into_body().into_data_stream();
    async move {
        let mut text = String::new();
        let quiet = Duration::from_millis(700);
        while let Ok(Some(Ok(bytes))) = tokio::time::timeout(quiet, body.next()).await {
            text.push_str(&String::from_utf8_lossy(&bytes));
        }
        text
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_stream_of_events_carries_the_own_tenant_only() {
    let worked = Worked::off().await;
    let rig = &worked.rig;
    let stranger = rig.person_of(other_tenant(), Role::Engineer, false).await;
    let their_token = rig.source(&stranger, "theirs").await;
    let ours = listen(rig, &worked.analyst).await;
    let theirs = listen(rig, &stranger).await;
    rig.post(
        &worked.analyst,
        &worked.path("/comments"),
        json!({"text": "hello"}),
    )
    .await
    .expect(204);
    let their_alert = rig.ioc("theirs", &their_token, "192.0.2.99").await;
    let our_alert = rig.ioc("siem", &worked.token, "192.0.2.98").await;
    let (ours, theirs) = tokio::join!(ours, theirs);
    let case = format!(
        "event: case\ndata: {{\"kind\":\"case\",\"id\":{}}}",
        worked.case["id"]
    );
    assert!(ours.contains(&case), "{ours}");
    assert!(
        ours.contains(&our_alert) && !ours.contains(&their_alert),
        "{ours}"
    );
    assert!(
        theirs.contains(&their_alert) && !theirs.contains(&our_alert),
        "{theirs}"
    );
    assert!(
        !theirs.contains(worked.case["id"].as_str().unwrap()),
        "{theirs}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_stream_of_events_ends_with_the_session() {
    let rig = Rig::new().await;
    let analyst = rig.person(Role::Analyst).await;
    let request = ask(Method::GET, "/api/v1/events", Some(&analyst.token), None);
    let mut body = rig.open(request).await.into_body().into_data_stream();
    let out = ask(
        Method::DELETE,
        "/api/v1/session",
        Some(&analyst.token),
        None,
    );
    rig.send(out).await.expect(204);
    let ended = tokio::time::timeout(Duration::from_secs(30), async {
        while body.next().await.is_some() {}
    });
    ended
        .await
        .expect("a stream that nobody may hear any more ends");
}
