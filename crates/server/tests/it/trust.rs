//! Comparing a run, making a test of it, backtests, paths and what to automate next, over HTTP.

use serde_json::json;

use crate::cases::Worked;

fn run_of(worked: &Worked) -> String {
    worked.case["runs"][0]["id"].as_str().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_run_is_compared_with_what_new_runs_take_unless_another_version_is_named() {
    let worked = Worked::off().await;
    let path = format!("/api/v1/runs/{}/compare", run_of(&worked));
    let (rig, analyst) = (&worked.rig, &worked.analyst);
    let same = rig.post(analyst, &path, json!({})).await.expect(200);
    assert_eq!(
        (&same["identical"], &same["with"]),
        (&json!(true), &json!("live")),
        "{same:#}"
    );
    assert_eq!(same["then"]["case"]["verdict"], "malicious");
    let text = "format: 1\nid: enrichment-only\ncase_types: [Enrichment]\nsteps: [{id: only, set: {v: 1}}]\n";
    let other = rig
        .post(analyst, &path, json!({ "text": text }))
        .await
        .expect(200);
    assert_eq!(other["identical"], false);
    assert_eq!(other["with"], "text");
    let changes: Vec<&str> = other["steps"]
        .as_array()
        .unwrap()
        .iter()
        .map(|step| step["change"].as_str().unwrap())
        .collect();
    assert!(
        changes.contains(&"added") && changes.contains(&"removed"),
        "{changes:?}"
    );
    rig.post(analyst, &path, json!({"version": "live", "text": text}))
        .await
        .refused_with_hint(400, "candidate");
    rig.post(analyst, &path, json!({"version": "99"}))
        .await
        .refused(404, "not_found");
    let nowhere = "/api/v1/runs/run_00000000000000000000000001/compare";
    rig.post(analyst, nowhere, json!({}))
        .await
        .refused(404, "not_found");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_run_becomes_a_test_document() {
    let worked = Worked::off().await;
    let path = format!("/api/v1/runs/{}/test", run_of(&worked));
    let made = worked
        .rig
        .post(&worked.analyst, &path, json!({"name": "A bad address"}))
        .await
        .expect(200);
    assert_eq!(made["name"], "a-bad-address.yaml");
    let text = made["text"].as_str().unwrap();
    assert!(text.starts_with("title: \"A bad address\""), "{text}");
    assert_eq!(made["masked"], json!([]));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_backtest_runs_in_the_background_and_is_kept() {
    let worked = Worked::off().await;
    let rig = &worked.rig;
    let engineer = rig.person(updraft_model::Role::Engineer).await;
    let path = "/api/v1/playbooks/enrichment-only/backtests";
    let begun = rig
        .post(&engineer, path, json!({"days": 7, "source": "live"}))
        .await
        .expect(202);
    let place = format!("/api/v1/backtests/{}", begun["id"].as_str().unwrap());
    let done = rig
        .until(&engineer, &place, |found| found["ended_at"].is_string())
        .await;
    assert_eq!(
        (&done["state"], &done["matched"]),
        (&json!("done"), &json!(1)),
        "{done:#}"
    );
    assert_eq!(done["result"]["same"], 1);
    let list = rig.get(&engineer, path).await.expect(200);
    assert_eq!(list[0]["id"], begun["id"]);
    let late = rig
        .post(&engineer, &format!("{place}/cancel"), json!({}))
        .await;
    assert_eq!(late.status, 202, "{}", late.text());
    rig.post(&engineer, path, json!({"days": 1_000}))
        .await
        .refused_with_hint(400, "backtest.days");
    rig.post(&engineer, path, json!({"days": 7}))
        .await
        .refused(404, "not_found");
    rig.post(&worked.analyst, path, json!({"days": 7}))
        .await
        .refused(403, "denied");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_paths_of_runs_are_counted_by_case_type() {
    let worked = Worked::off().await;
    let found = worked.get("/api/v1/paths?case_type=Enrichment").await;
    assert_eq!((&found["runs"], &found["days"]), (&json!(1), &json!(30)));
    assert_eq!(found["paths"][0]["playbook"], "enrichment-only");
    assert_eq!(found["paths"][0]["runs"][0], run_of(&worked));
    assert_eq!(worked.get("/api/v1/automate-next").await, json!([]));
    worked
        .rig
        .get(&worked.analyst, "/api/v1/automate-next?days=0")
        .await
        .refused_with_hint(400, "paths.days");
}
