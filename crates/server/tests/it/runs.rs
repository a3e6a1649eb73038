//! Runs: their steps, what was said on the wire, cancelling, and the proof by replay.

use serde_json::{Value, json};

use crate::{cases::Worked, rig::SECRET};

fn run_path(case: &Value, rest: &str) -> String {
    format!(
        "/api/v1/runs/{}{rest}",
        case["runs"][0]["id"].as_str().unwrap()
    )
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_run_shows_every_step_and_what_was_said_on_the_wire() {
    let worked = Worked::off().await;
    let list = worked.get("/api/v1/runs?state=succeeded&limit=1").await;
    assert_eq!(list["items"][0]["playbook"], "enrichment-only");
    let of_case = format!("/api/v1/runs?case={}", worked.case["id"].as_str().unwrap());
    assert_eq!(
        worked.get(&of_case).await["items"]
            .as_array()
            .unwrap()
            .len(),
        1
    );
    let run = worked.get(&run_path(&worked.case, "")).await;
    assert_eq!(run["state"], "succeeded");
    assert_eq!(run["case_number"], worked.case["number"]);
    assert_eq!(list["items"][0]["case_number"], worked.case["number"]);
    let steps = run["steps"].as_array().unwrap();
    let round = steps
        .iter()
        .find(|step| step["path"] == "lookups[0]/both")
        .unwrap();
    assert_eq!(round["round"], "118.25.6.39");
    assert_eq!(steps[0]["round"], Value::Null);
    let asked = steps
        .iter()
        .filter(|step| step["exchanges"].as_u64() > Some(0));
    let mut hashes = Vec::new();
    for step in asked {
        let path = step["path"].as_str().unwrap().replace('#', "%23");
        let detail = worked
            .get(&run_path(&worked.case, &format!("/step?path={path}")))
            .await;
        assert_eq!(detail["path"], step["path"]);
        for exchange in detail["wire"].as_array().unwrap() {
            assert_eq!(exchange["status"], 200, "{exchange:#}");
            let text = exchange.to_string();
            assert!(
                text.contains("118.25.6.39") && !text.contains(SECRET),
                "{text}"
            );
            hashes.push(exchange["response_body"].as_str().unwrap().to_owned());
        }
    }
    assert!(!hashes.is_empty(), "nobody was asked: {run:#}");
    let (rig, analyst) = (&worked.rig, &worked.analyst);
    let blob = rig
        .get(
            analyst,
            &run_path(&worked.case, &format!("/blobs/{}", hashes[0])),
        )
        .await;
    assert_eq!(blob.header("content-type"), "application/octet-stream");
    assert_eq!(blob.header("content-disposition"), "attachment");
    assert!(
        blob.text().contains("abuseConfidenceScore"),
        "{}",
        blob.text()
    );
    let other = "/api/v1/runs/run_00000000000000000000000001";
    for path in [
        format!("{other}/blobs/{}", hashes[0]),
        run_path(&worked.case, &format!("/blobs/{}", "0".repeat(64))),
        run_path(&worked.case, "/blobs/nothing"),
        run_path(&worked.case, "/step?path=nothing"),
        format!("{other}/step?path=a"),
    ] {
        rig.get(analyst, &path).await.refused(404, "not_found");
    }
    rig.post(analyst, &format!("{other}/replay"), json!({}))
        .await
        .refused(404, "not_found");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_payloads_of_another_run_are_not_there() {
    let worked = Worked::off().await;
    worked.rig.ioc("siem", &worked.token, "192.0.2.77").await;
    let other = worked
        .rig
        .until(
            &worked.analyst,
            "/api/v1/cases?type=Enrichment&q=192.0.2.77",
            |list| list["items"][0]["status"] == "closed",
        )
        .await;
    let other = format!(
        "/api/v1/cases/{}",
        other["items"][0]["id"].as_str().unwrap()
    );
    let other = worked.get(&other).await;
    let run = worked.get(&run_path(&worked.case, "")).await;
    let mut hash = None;
    for step in run["steps"].as_array().unwrap() {
        if step["exchanges"].as_u64() > Some(0) {
            let path = step["path"].as_str().unwrap().replace('#', "%23");
            let detail = worked
                .get(&run_path(&worked.case, &format!("/step?path={path}")))
                .await;
            hash = detail["wire"][0]["response_body"]
                .as_str()
                .map(str::to_owned);
        }
    }
    let path = format!("/blobs/{}", hash.unwrap());
    let get = async |path: &str| worked.rig.get(&worked.analyst, path).await;
    assert_eq!(get(&run_path(&worked.case, &path)).await.status, 200);
    get(&run_path(&other, &path))
        .await
        .refused(404, "not_found");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_run_replays_byte_for_byte_without_network() {
    let worked = Worked::off().await;
    let path = run_path(&worked.case, "/replay");
    let replay = worked
        .rig
        .post(&worked.analyst, &path, json!({}))
        .await
        .expect(200);
    assert_eq!(replay["identical"], true, "{replay:#}");
    assert_eq!(replay["divergence"], Value::Null);
    assert!(replay["exchanges"].as_u64() >= Some(1), "{replay}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_run_that_is_over_cannot_be_cancelled() {
    let worked = Worked::off().await;
    let path = run_path(&worked.case, "/cancel");
    let said = worked
        .rig
        .post(&worked.analyst, &path, json!({"reason": "late"}))
        .await;
    assert_eq!(said.status, 400, "{}", said.text());
}
