//! Playbooks over the API: from an empty editor to a live version and back, and who may do what.

use axum::http::Method;
use serde_json::{Value, json};
use updraft_model::{Role, TenantId};

use crate::rig::{Person, Rig};

/// A playbook that closes its case.
fn text(id: &str, note: &str) -> String {
    format!(
        "format: 1\nid: {id}\ntitle: Close it\ncase_types: [Enrichment]\ntags: [quick]\nsteps:\n  - id: close\n    action: case.close\n    with: {{reason: clean, note: {note}}}\n"
    )
}

const TEST: &str = "title: It closes\ntrigger: {case: {type: Enrichment}}\nexpect:\n  state: succeeded\n  steps: {close: ran}\n";

async fn put(rig: &Rig, who: &Person, path: &str, body: Value) -> crate::rig::Said {
    rig.call(who, Method::PUT, path, body).await
}

#[tokio::test]
async fn a_playbook_goes_from_a_draft_to_live_and_back() {
    let rig = Rig::new().await;
    let anna = rig.person(Role::Engineer).await;
    let ben = rig.person(Role::Engineer).await;
    let input = json!({"text": text("quick", "one"), "tests": {"closes.yaml": TEST}});
    let made = rig.post(&anna, "/api/v1/playbooks", input.clone()).await;
    assert_eq!(made.expect(201)["id"], "quick");
    rig.post(&anna, "/api/v1/playbooks", input)
        .await
        .refused_with_hint(409, "playbook.exists");

    let path = "/api/v1/playbooks/quick";
    let opened = rig.get(&ben, path).await.expect(200);
    assert_eq!(opened["source"], "draft");
    assert_eq!(opened["draft"]["author"], anna.name.as_str());
    assert_eq!(opened["test_files"]["closes.yaml"], TEST);
    assert_eq!(opened["version"], "", "new runs cannot take it yet");
    assert_eq!(opened["graph"]["nodes"][0]["id"], "close");
    assert_eq!(opened["tree"]["steps"][0]["line"], 7);

    // Two editors: the second hears who was first.
    let save = |note: &str, base: &Value| json!({"text": text("quick", note), "tests": {"closes.yaml": TEST}, "base": base});
    let draft = format!("{path}/draft");
    let saved = put(&rig, &ben, &draft, save("two", &opened["digest"]))
        .await
        .expect(200);
    assert_eq!(saved["diagnostics"], json!([]));
    let late = put(&rig, &anna, &draft, save("three", &opened["digest"])).await;
    let problem = late.refused_with_hint(409, "playbook.changed");
    let detail = problem["detail"].as_str().unwrap();
    assert!(
        detail.starts_with(&format!("{} saved `quick` at ", ben.name)),
        "{detail}"
    );

    let version = rig
        .post(
            &anna,
            &format!("{path}/versions"),
            json!({"message": "first"}),
        )
        .await
        .expect(201);
    assert_eq!(
        (&version["number"], &version["message"]),
        (&json!(1), &json!("first"))
    );
    assert_eq!(version["authors"], json!([anna.name, ben.name]));
    assert_eq!(version["origin"], json!({"kind": "editor"}));
    let live = rig
        .post(&anna, &format!("{path}/activate"), json!({"number": 1}))
        .await
        .expect(200);
    assert_eq!(
        (&live["number"], &live["before"]),
        (&json!(1), &Value::Null)
    );

    let opened = rig.get(&anna, path).await.expect(200);
    assert_eq!(
        (&opened["source"], &opened["live"], &opened["draft"]),
        (&json!("live"), &json!(1), &Value::Null)
    );
    put(&rig, &anna, &draft, save("four", &opened["digest"]))
        .await
        .expect(200);
    let diff = rig
        .get(&anna, &format!("{path}/diff?from=live&to=draft"))
        .await
        .expect(200);
    let unified = diff["unified"].as_str().unwrap();
    assert!(
        unified.contains(
            "-    with: {reason: clean, note: two}\n+    with: {reason: clean, note: four}\n"
        ),
        "{unified}"
    );
    assert_eq!(
        diff["steps"][0]["fields"][0],
        json!({"path": "with.note", "before": "two", "after": "four"})
    );
    rig.post(&ben, &format!("{path}/versions"), json!({}))
        .await
        .expect(201);
    rig.post(
        &ben,
        &format!("{path}/activate"),
        json!({"number": 2, "message": "better"}),
    )
    .await
    .expect(200);
    let back = rig
        .post(
            &ben,
            &format!("{path}/rollback"),
            json!({"message": "worse"}),
        )
        .await
        .expect(200);
    assert_eq!(
        (&back["number"], &back["before"], &back["rollback"]),
        (&json!(1), &json!(2), &json!(true))
    );
    let shown = rig
        .get(&anna, &format!("{path}/versions/2"))
        .await
        .expect(200);
    assert!(shown["text"].as_str().unwrap().contains("note: four"));
    assert_eq!(shown["tests"]["closes.yaml"], TEST);
    rig.post(&ben, &format!("{path}/deactivate"), json!({}))
        .await
        .expect(200);
    rig.post(&ben, &format!("{path}/deactivate"), json!({}))
        .await
        .refused(409, "playbook.not_live");
    let history = rig
        .get(&anna, &format!("{path}/activations"))
        .await
        .expect(200);
    let numbers: Vec<&Value> = history
        .as_array()
        .unwrap()
        .iter()
        .map(|one| &one["number"])
        .collect();
    assert_eq!(numbers, [&Value::Null, &json!(1), &json!(2), &json!(1)]);

    rig.post(&ben, &format!("{path}/archive"), json!({}))
        .await
        .expect(204);
    let ids = |list: &Value| -> Vec<String> {
        let lines = list.as_array().unwrap().iter();
        lines
            .map(|line| line["id"].as_str().unwrap().to_owned())
            .collect()
    };
    let list = rig.get(&anna, "/api/v1/playbooks").await.expect(200);
    assert!(!ids(&list).contains(&"quick".to_owned()));
    let all = rig
        .get(&anna, "/api/v1/playbooks?archived=true")
        .await
        .expect(200);
    assert!(ids(&all).contains(&"quick".to_owned()));
    rig.post(&ben, &format!("{path}/archive"), json!({"archived": false}))
        .await
        .expect(204);
    let audited = rig.audited(TenantId::DEFAULT).await;
    assert_eq!(
        audited
            .iter()
            .filter(|action| action.starts_with("playbook."))
            .map(String::as_str)
            .collect::<Vec<_>>(),
        [
            "playbook.unarchive",
            "playbook.archive",
            "playbook.deactivate",
            "playbook.rollback",
            "playbook.activate",
            "playbook.version",
            "playbook.draft",
            "playbook.activate",
            "playbook.version",
            "playbook.draft",
            "playbook.draft",
        ]
    );
}

#[tokio::test]
async fn a_text_is_checked_and_played_without_being_stored() {
    let rig = Rig::new().await;
    let engineer = rig.person(Role::Engineer).await;
    let broken = json!({"text": "format: 1\nid: x\nsteps:\n  - id: a\n    actoin: case.close\n"});
    let check = rig
        .post(&engineer, "/api/v1/playbooks/check", broken.clone())
        .await
        .expect(200);
    let first = &check["diagnostics"][0];
    assert_eq!(
        (&first["level"], &first["file"]),
        (&json!("error"), &json!("playbook.yaml"))
    );
    assert!(
        first["line"].as_u64().unwrap() >= 4
            && first["end_column"].as_u64() > first["column"].as_u64()
    );
    assert_eq!(check["outline"], Value::Null);
    assert_eq!(check["tree"]["steps"][0]["id"], "a");
    rig.post(&engineer, "/api/v1/playbooks/test", broken)
        .await
        .refused_with_hint(400, "playbook.errors");

    let wrong = TEST.replace("close: ran", "close: skipped");
    let input = json!({"text": text("x", "n"), "tests": {"a.yaml": TEST, "b.yaml": wrong}});
    let check = rig
        .post(&engineer, "/api/v1/playbooks/check", input.clone())
        .await
        .expect(200);
    assert_eq!(
        (&check["diagnostics"], &check["outline"]["steps"][0]["id"]),
        (&json!([]), &json!("close"))
    );
    let report = rig
        .post(&engineer, "/api/v1/playbooks/test", input)
        .await
        .expect(200);
    assert_eq!(report["passed"], false);
    let lines: Vec<(&str, bool)> = report["tests"]
        .as_array()
        .unwrap()
        .iter()
        .map(|test| {
            (
                test["file"].as_str().unwrap(),
                test["passed"].as_bool().unwrap(),
            )
        })
        .collect();
    assert_eq!(lines, [("tests/a.yaml", true), ("tests/b.yaml", false)]);
    let fault = &report["tests"][1]["faults"][0];
    assert_eq!(
        (&fault["file"], &fault["line"]),
        (&json!("tests/b.yaml"), &json!(5))
    );
    assert_eq!(report["coverage"]["percent"], 100);
    let names = json!({"text": text("x", "n"), "tests": {"../a.yaml": TEST}});
    rig.post(&engineer, "/api/v1/playbooks/check", names)
        .await
        .refused_with_hint(400, "playbook.test_name");
    let long = json!({"text": "#".repeat(600 << 10)});
    rig.post(&engineer, "/api/v1/playbooks/check", long)
        .await
        .refused_with_hint(400, "playbook.size");
    let list = rig
        .get(&engineer, "/api/v1/playbooks?archived=true")
        .await
        .expect(200);
    assert!(
        list.as_array()
            .unwrap()
            .iter()
            .all(|line| line["id"] != "x")
    );

    let schema = rig
        .get(&engineer, "/api/v1/playbook-schema")
        .await
        .expect(200);
    assert!(schema["$defs"]["step"].is_object());
    let words = rig
        .get(&engineer, "/api/v1/playbook-vocabulary")
        .await
        .expect(200);
    let has = |list: &str, field: &str, wanted: &str| {
        words[list]
            .as_array()
            .unwrap()
            .iter()
            .any(|one| one[field] == wanted)
    };
    assert!(has("capabilities", "name", "reputation.ip"));
    assert!(has("actions", "name", "jira_cloud.create_ticket"));
    assert!(has("actions", "name", "case.close"));
    assert!(has("functions", "name", "len"));
    assert!(has("playbooks", "id", "enrichment-only"));
    assert!(words["roots"].as_array().unwrap().contains(&json!("case")));
}

#[tokio::test]
async fn the_policy_is_an_administrators_and_refuses_with_every_point() {
    let rig = Rig::new().await;
    let admin = rig.person(Role::Admin).await;
    let engineer = rig.person(Role::Engineer).await;
    let path = "/api/v1/playbook-policy";
    let policy = rig.get(&engineer, path).await.expect(200);
    assert_eq!(
        (&policy["tests"], &policy["coverage_min"]),
        (&json!(false), &json!(0))
    );
    let strict =
        json!({"tests": true, "coverage_min": 90, "second_person": true, "backtest_days": 30});
    put(&rig, &engineer, path, strict.clone())
        .await
        .refused_with_hint(403, "denied");
    let set = put(&rig, &admin, path, strict).await.expect(200);
    assert_eq!(set["ad_hoc"], policy["ad_hoc"], "what is not given stays");
    put(&rig, &admin, path, json!({"coverage_min": 101}))
        .await
        .refused(400, "playbook.policy");

    // A copy of what ships meets the same policy.
    let id = "/api/v1/playbooks/enrichment-only";
    let made = rig
        .post(
            &engineer,
            &format!("{id}/versions"),
            json!({"message": "ours"}),
        )
        .await
        .expect(201);
    assert_eq!(made["origin"]["kind"], "shipped");
    let refused = rig
        .post(&engineer, &format!("{id}/activate"), json!({"number": 1}))
        .await;
    let problem = refused.refused_with_hint(409, "playbook.policy");
    let codes: Vec<&str> = problem["points"]
        .as_array()
        .unwrap()
        .iter()
        .map(|point| {
            assert_ne!(point["hint"], "", "{point}");
            point["code"].as_str().unwrap()
        })
        .collect();
    assert_eq!(codes, ["second_person", "backtest"], "{problem}");
    assert!(
        rig.audited(TenantId::DEFAULT)
            .await
            .contains(&"playbook.policy".to_owned())
    );
}

#[tokio::test]
async fn what_is_exported_can_be_imported() {
    let rig = Rig::new().await;
    let engineer = rig.person(Role::Engineer).await;
    let shipped = "/api/v1/playbooks/enrichment-only/export";
    let bundle = rig
        .get(&engineer, &format!("{shipped}?format=bundle"))
        .await
        .expect(200);
    assert!(bundle["tests/verdicts.yaml"].is_string());
    let yaml = rig.get(&engineer, shipped).await;
    assert_eq!(
        yaml.header("content-type"),
        "application/yaml; charset=utf-8"
    );
    assert_eq!(Some(yaml.text().as_str()), bundle["playbook.yaml"].as_str());
    rig.get(&engineer, &format!("{shipped}?format=pdf"))
        .await
        .refused_with_hint(400, "playbook.format");
    rig.get(&engineer, &format!("{shipped}?version=7"))
        .await
        .refused(404, "not_found");

    let text = bundle["playbook.yaml"]
        .as_str()
        .unwrap()
        .replace("id: enrichment-only", "id: ours");
    let mut ours = bundle.clone();
    ours["playbook.yaml"] = json!(text);
    let input = json!({"bundle": ours, "file": "ours.json", "message": "taken over"});
    rig.post(&engineer, "/api/v1/playbooks", input)
        .await
        .expect(201);
    let version = rig
        .get(&engineer, "/api/v1/playbooks/ours/versions/1")
        .await
        .expect(200);
    assert_eq!(
        version["origin"],
        json!({"kind": "import", "file": "ours.json"})
    );
    assert_eq!(
        version["tests"]["verdicts.yaml"],
        bundle["tests/verdicts.yaml"]
    );
    let strange = json!({"bundle": {"playbook.yaml": text, "../evil": ""}});
    rig.post(&engineer, "/api/v1/playbooks", strange)
        .await
        .refused_with_hint(400, "playbook.bundle");
}

#[tokio::test]
async fn the_repository_is_an_administrators_and_says_what_it_did() {
    let rig = Rig::new().await;
    let admin = rig.person(Role::Admin).await;
    let engineer = rig.person(Role::Engineer).await;
    let path = "/api/v1/playbook-repository";
    let none = rig.get(&engineer, path).await.expect(200);
    assert_eq!((&none["folder"], &none["last"]), (&json!(""), &Value::Null));
    rig.post(&engineer, &format!("{path}/pull"), json!({}))
        .await
        .refused_with_hint(409, "playbook.no_repository");
    let input = json!({"folder": "/nonexistent/playbooks", "branch": "main", "every_minutes": 5});
    put(&rig, &engineer, path, input.clone())
        .await
        .refused(403, "denied");
    put(&rig, &admin, path, json!({"folder": "playbooks"}))
        .await
        .refused_with_hint(400, "playbook.repository");
    put(&rig, &admin, path, input).await.expect(200);
    let pull = rig
        .post(&engineer, &format!("{path}/pull"), json!({}))
        .await
        .expect(200);
    assert_ne!(pull["error"], "");
    let view = rig.get(&engineer, path).await.expect(200);
    assert_eq!(
        (&view["last"]["error"], &view["last"]["by"]),
        (&pull["error"], &json!(engineer.name))
    );
    put(&rig, &admin, path, json!({"folder": ""}))
        .await
        .expect(200);
}

#[tokio::test]
async fn a_stranger_sees_no_draft_and_no_live_version() {
    let rig = Rig::new().await;
    let engineer = rig.person(Role::Engineer).await;
    let stranger = rig.person_of(TenantId::new(2, 2), Role::Admin, false).await;
    let input = json!({"text": text("quick", "one"), "message": "first"});
    rig.post(&engineer, "/api/v1/playbooks", input)
        .await
        .expect(201);
    rig.post(
        &engineer,
        "/api/v1/playbooks/quick/activate",
        json!({"number": 1}),
    )
    .await
    .expect(200);
    for path in [
        "",
        "/versions",
        "/versions/1",
        "/activations",
        "/export",
        "/diff?from=1&to=live",
    ] {
        let path = format!("/api/v1/playbooks/quick{path}");
        rig.get(&stranger, &path).await.refused(404, "not_found");
    }
    let list = rig.get(&stranger, "/api/v1/playbooks").await.expect(200);
    assert!(
        list.as_array()
            .unwrap()
            .iter()
            .all(|line| line["id"] != "quick")
    );
}

#[tokio::test]
async fn a_document_of_another_product_is_read_and_one_is_handed_out() {
    let rig = Rig::new().await;
    let anna = rig.person(Role::Engineer).await;
    let export = "/api/v1/playbooks/enrichment-only/export?format=cacao";
    let document = rig.get(&anna, export).await.expect(200);
    assert_eq!(document["spec_version"], "cacao-2.0");
    let report = rig
        .get(&anna, &format!("{export}-report"))
        .await
        .expect(200);
    assert!(!report.as_array().unwrap().is_empty());
    let import = "/api/v1/playbooks/import";
    let input = json!({"format": "cacao", "document": document});
    let read = rig.post(&anna, import, input).await.expect(200);
    assert_eq!(read["id"], "enrichment-only");
    assert_eq!(read["problems"], json!([]));
    let broken = json!({"format": "cacao", "document": {"type": "playbook"}});
    let refused = rig.post(&anna, import, broken).await.expect(200);
    assert_eq!(refused["text"], Value::Null);
    assert!(!refused["problems"].as_array().unwrap().is_empty());
    let unknown = json!({"format": "bpmn", "document": {}});
    rig.post(&anna, import, unknown)
        .await
        .refused_with_hint(400, "playbook.format");
}
