//! Connections: secrets go in and never come out.

use axum::http::Method;
use serde_json::json;
use updraft_model::{Role, TenantId};

use crate::rig::{Rig, SECRET};

#[tokio::test]
async fn a_secret_goes_in_and_never_comes_out() {
    let rig = Rig::new().await;
    let engineer = rig.person(Role::Engineer).await;
    let auditor = rig.person(Role::Auditor).await;
    // That no answer holds the secret is checked for every answer of these tests.
    let body = json!({"connector": "abuseipdb", "name": "Abuse", "secrets": {"api_key": SECRET}});
    let made = rig
        .post(&engineer, "/api/v1/connections", body)
        .await
        .expect(201);
    assert_eq!(made["secrets"], json!(["api_key"]));
    assert_eq!(made["problem"], json!(null));
    let path = format!("/api/v1/connections/{}", made["id"].as_str().unwrap());
    rig.get(&auditor, &path).await.expect(200);
    rig.get(&auditor, "/api/v1/connections").await.expect(200);
    rig.get(&auditor, "/api/v1/audit").await.expect(200);
    rig.get(&auditor, "/api/v1/doctor").await.expect(200);
    let change = |body| rig.call(&engineer, Method::PATCH, &path, body);
    let kept = change(json!({"enabled": false})).await.expect(200);
    assert_eq!(kept["secrets"], json!(["api_key"]));
    assert_eq!(kept["enabled"], false);
    assert_eq!(kept["name"], "Abuse");
    let bare = change(json!({"secrets": {"api_key": ""}}))
        .await
        .expect(200);
    assert_eq!(bare["secrets"], json!([]));
    assert!(
        bare["problem"].is_string(),
        "it says that it cannot be used: {bare}"
    );
    rig.call(&engineer, Method::DELETE, &path, json!(null))
        .await
        .expect(204);
    rig.get(&engineer, &path).await.refused(404, "not_found");
    assert_eq!(
        rig.audited(TenantId::DEFAULT).await,
        [
            "connection.delete",
            "connection.change",
            "connection.change",
            "connection.create",
            "user.create"
        ]
    );
    let mut files = vec![rig.data()];
    while let Some(path) = files.pop() {
        if path.is_dir() {
            files.extend(
                std::fs::read_dir(path)
                    .unwrap()
                    .map(|entry| entry.unwrap().path()),
            );
        } else {
            let bytes = std::fs::read(&path).unwrap();
            let plain = bytes
                .windows(SECRET.len())
                .any(|part| part == SECRET.as_bytes());
            assert!(!plain, "{} holds the secret in plain", path.display());
        }
    }
}

#[tokio::test]
async fn what_a_connector_does_not_know_is_refused_with_what_it_does() {
    let rig = Rig::new().await;
    let engineer = rig.person(Role::Engineer).await;
    let make = |body| rig.post(&engineer, "/api/v1/connections", body);
    make(json!({"connector": "crystal_ball"}))
        .await
        .refused_with_hint(400, "connection.connector");
    let problem = make(json!({"connector": "abuseipdb", "secrets": {"password": "x"}})).await;
    let problem = problem.refused(400, "connection.secret");
    assert_eq!(problem["hint"], "it knows: api_key");
    make(json!({"connector": "abuseipdb", "settings": {"colour": "red"}}))
        .await
        .refused_with_hint(400, "connection.settings");
    make(json!({"connector": "abuseipdb", "reliability": "Z"}))
        .await
        .refused(400, "connection.reliability");
    make(json!({"connector": "abuseipdb", "name": "  "}))
        .await
        .refused(400, "connection.name");
    make(json!({"connector": "abuseipdb", "name": "Abuse"}))
        .await
        .expect(201);
    make(json!({"connector": "otx", "name": "Abuse"}))
        .await
        .refused_with_hint(409, "conflict");
    let second = make(json!({"connector": "otx", "name": "OTX"}))
        .await
        .expect(201);
    let path = format!("/api/v1/connections/{}", second["id"].as_str().unwrap());
    rig.call(&engineer, Method::PATCH, &path, json!({"name": "Abuse"}))
        .await
        .refused(409, "conflict");
    let gone = "/api/v1/connections/conn_00000000000000000000000001";
    rig.call(&engineer, Method::PATCH, gone, json!({}))
        .await
        .refused(404, "not_found");
    rig.post(&engineer, &format!("{gone}/test"), json!({}))
        .await
        .refused(404, "not_found");
}

#[tokio::test]
async fn a_test_says_what_is_wrong_and_reaches_no_private_address_unasked() {
    let rig = Rig::new().await;
    let engineer = rig.person(Role::Engineer).await;
    for address in [
        "http://127.0.0.1:1",
        "http://169.254.169.254/latest",
        "http://[::1]:1",
        "http://0x7f.1",
    ] {
        let body = json!({
            "connector": "abuseipdb", "name": address, "base_url": address, "secrets": {"api_key": SECRET}
        });
        let said = rig.post(&engineer, "/api/v1/connections", body).await;
        if said.status == 400 {
            continue;
        }
        let made = said.expect(201);
        let path = format!("/api/v1/connections/{}/test", made["id"].as_str().unwrap());
        let tested = rig.post(&engineer, &path, json!({})).await.expect(200);
        assert_eq!(tested["ok"], false, "{address}");
        assert_ne!(tested["message"], "", "{address}");
    }
}

#[tokio::test]
async fn every_connector_says_what_it_needs() {
    let rig = Rig::new().await;
    let auditor = rig.person(Role::Auditor).await;
    let list = rig.get(&auditor, "/api/v1/connectors").await.expect(200);
    let list = list.as_array().unwrap();
    assert!(list.len() >= 17, "{}", list.len());
    for connector in list {
        for field in ["id", "name", "category", "summary"] {
            assert_ne!(connector[field], "", "{connector}");
        }
        assert!(
            !connector["actions"].as_array().unwrap().is_empty(),
            "{connector}"
        );
    }
}
