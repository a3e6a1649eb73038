//! Playbook inputs, the doctor, backups, and the pages of the audit record.

use axum::http::Method;
use serde_json::json;
use updraft_model::{Role, TenantId};

use crate::rig::Rig;

#[tokio::test]
async fn a_playbook_takes_only_values_of_its_inputs() {
    let rig = Rig::new().await;
    let engineer = rig.person(Role::Engineer).await;
    let path = "/api/v1/playbooks/enrichment-only/inputs";
    let set = |body| rig.call(&engineer, Method::PATCH, path, body);
    let given = set(json!({"policy": "reliability-weighted"})).await;
    assert_eq!(given.expect(200), json!({"policy": "reliability-weighted"}));
    let list = rig.get(&engineer, "/api/v1/playbooks").await.expect(200);
    let found = list.as_array().unwrap().iter();
    let own = found.filter(|one| one["id"] == "enrichment-only");
    let own = own.collect::<Vec<_>>()[0];
    assert_eq!(own["given"], json!({"policy": "reliability-weighted"}));
    for wrong in [
        json!({"policy": "whatever"}),
        json!({"policy": 7}),
        json!({"colour": "red"}),
    ] {
        set(wrong).await.refused_with_hint(400, "playbook.input");
    }
    set(json!([])).await.refused_with_hint(400, "request");
    assert_eq!(set(json!({"policy": null})).await.expect(200), json!({}));
    rig.call(
        &engineer,
        Method::PATCH,
        "/api/v1/playbooks/nothing/inputs",
        json!({}),
    )
    .await
    .refused(404, "not_found");
    assert_eq!(
        rig.audited(TenantId::DEFAULT).await,
        ["playbook.inputs", "playbook.inputs", "user.create"]
    );
}

#[tokio::test]
async fn a_backup_is_a_whole_database_on_the_servers_own_disk() {
    let rig = Rig::new().await;
    let admin = rig.person(Role::Admin).await;
    let made = rig
        .post(&admin, "/api/v1/backups", json!({}))
        .await
        .expect(201);
    let path = std::path::PathBuf::from(made["path"].as_str().unwrap());
    assert!(path.starts_with(rig.data().canonicalize().unwrap().join("backups")));
    updraft_store::check_file(&path).unwrap();
    let database = rusqlite::Connection::open(&path).unwrap();
    let users: u32 = database
        .query_row("SELECT count(*) FROM users", [], |row| row.get(0))
        .unwrap();
    assert_eq!(users, 2);
    let findings = rig.get(&admin, "/api/v1/doctor").await.expect(200);
    for finding in findings.as_array().unwrap() {
        assert_eq!(finding["ok"], true, "{finding}");
    }
}

#[tokio::test]
async fn the_audit_record_pages_without_gap_or_repeat_and_names_who_did_it() {
    let rig = Rig::new().await;
    let engineer = rig.person(Role::Engineer).await;
    let auditor = rig.person(Role::Auditor).await;
    for n in 0..5 {
        rig.source(&engineer, &format!("source-{n}")).await;
    }
    let mut objects = Vec::new();
    let mut after = String::new();
    loop {
        let path = format!("/api/v1/audit?limit=2{after}");
        let page = rig.get(&auditor, &path).await.expect(200);
        for line in page["items"].as_array().unwrap() {
            if line["action"] == "source.create" {
                assert_eq!(line["actor"], engineer.name);
            }
            objects.push(line["object"].as_str().unwrap().to_owned());
        }
        match page["next"].as_str() {
            Some(next) => after = format!("&after={next}"),
            None => break,
        }
    }
    let expected = [
        "source-4", "source-3", "source-2", "source-1", "source-0", "admin",
    ];
    assert_eq!(objects, expected);
}
