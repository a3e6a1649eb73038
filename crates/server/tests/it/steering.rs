//! Steering runs and answering tasks over the wire: what is taken, what is refused, and how a refusal reads.

use serde_json::{Value, json};

use crate::{
    cases::Worked,
    rig::{Person, Rig},
};

fn path(case: &Value, rest: &str) -> String {
    let run = case["runs"][0]["id"].as_str().unwrap();
    format!("/api/v1/runs/{run}{rest}")
}

async fn accepted(rig: &Rig, person: &Person, path: &str, body: Value) {
    let said = rig.post(person, path, body).await;
    assert_eq!(said.status, 202, "{}", said.text());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_run_that_is_over_is_not_steered_but_done_again() {
    let worked = Worked::off().await;
    let (rig, analyst) = (&worked.rig, &worked.analyst);
    let run = worked.get(&path(&worked.case, "")).await;
    assert_eq!(run["can"]["rerun"], true, "{run:#}");
    assert_eq!(run["can"]["pause"], false);
    assert_eq!(run["paused"], Value::Null);
    assert_eq!(run["undoable"], json!([]));
    assert_eq!(run["controls"], json!([]));
    assert_eq!(run["origin"], Value::Null);
    let control = path(&worked.case, "/control");
    let refused = rig.post(analyst, &control, json!({"op": "pause"})).await;
    assert_eq!(refused.status, 400);
    assert_eq!(refused.json()["code"], "run.over");
    let odd = rig.post(analyst, &control, json!({"op": "explode"})).await;
    assert_eq!(odd.json()["code"], "run.op");
    let placeless = rig.post(analyst, &control, json!({"op": "skip"})).await;
    assert_eq!(placeless.json()["code"], "run.path");
    let back = rig
        .post(analyst, &path(&worked.case, "/rollback"), json!({}))
        .await;
    assert_eq!(back.json()["code"], "run.nothing_to_take_back");
    let again = path(&worked.case, "/rerun");
    let nowhere = rig.post(analyst, &again, json!({"from": "nowhere"})).await;
    assert_eq!(nowhere.json()["code"], "run.not_reached");
    let step = run["steps"][0]["path"].as_str().unwrap();
    let made = rig
        .post(analyst, &again, json!({"from": step, "paused": true}))
        .await
        .expect(201);
    assert_eq!(made["origin"]["kind"], "rerun");
    assert_eq!(made["origin"]["of"], run["id"]);
    let new = format!("/api/v1/runs/{}", made["id"].as_str().unwrap());
    let held = rig
        .until(analyst, &new, |run| {
            run["held"] == json!([step]) && run["state"] == "waiting"
        })
        .await;
    assert_eq!(held["can"]["resume"], true);
    assert!(held["paused"].is_string(), "{held:#}");
    accepted(
        rig,
        analyst,
        &format!("{new}/control"),
        json!({"op": "resume"}),
    )
    .await;
    let ended = rig
        .until(analyst, &new, |run| !run["ended_at"].is_null())
        .await;
    assert_eq!(ended["state"], "succeeded", "{ended:#}");
    // The pause with which it began, and the resume.
    let ops: Vec<&str> = ended["controls"]
        .as_array()
        .unwrap()
        .iter()
        .map(|control| control["op"].as_str().unwrap())
        .collect();
    assert_eq!(ops, ["pause", "resume"]);
    let replay = rig
        .post(analyst, &format!("{new}/replay"), json!({}))
        .await
        .expect(200);
    assert_eq!(replay["identical"], true, "{replay:#}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_step_that_asks_people_is_added_and_answered_over_the_wire() {
    let worked = Worked::off().await;
    let (rig, analyst) = (&worked.rig, &worked.analyst);
    let run = worked.get(&path(&worked.case, "")).await;
    let step = run["steps"][0]["path"].as_str().unwrap();
    let made = rig
        .post(
            analyst,
            &path(&worked.case, "/rerun"),
            json!({"from": step, "paused": true}),
        )
        .await
        .expect(201);
    let new = format!("/api/v1/runs/{}", made["id"].as_str().unwrap());
    rig.until(analyst, &new, |run| run["state"] == "waiting")
        .await;
    let asks = json!({"id": "call", "title": "Call the user", "manual": {"form": [
        {"name": "known", "type": "boolean", "required": true}]}});
    accepted(
        rig,
        analyst,
        &format!("{new}/steps"),
        json!({"step": asks, "note": "to be sure"}),
    )
    .await;
    let tasks = "/api/v1/tasks?state=open&kind=manual&mine=true";
    // The run is paused: the added step waits with it.
    rig.until(analyst, &new, |run| {
        run["held"].as_array().unwrap().len() == 2
    })
    .await;
    accepted(
        rig,
        analyst,
        &format!("{new}/control"),
        json!({"op": "resume"}),
    )
    .await;
    let list = rig
        .until(analyst, tasks, |list| list["items"][0].is_object())
        .await;
    let task = &list["items"][0];
    assert_eq!(task["title"], "Call the user");
    assert_eq!(task["case_number"], worked.case["number"]);
    let one = format!("/api/v1/tasks/{}", task["id"].as_str().unwrap());
    assert_eq!(worked.get(&one).await["request"], task["request"]);
    let refused = rig
        .post(
            analyst,
            &format!("{one}/answer"),
            json!({"values": {"known": "perhaps"}}),
        )
        .await;
    assert_eq!(refused.status, 400);
    let problem = refused.json();
    assert_eq!(problem["code"], "form");
    assert_eq!(problem["fields"][0]["field"], "known");
    assert_eq!(
        problem["fields"][0]["message"],
        "`known` must be true or false"
    );
    let done = rig
        .post(
            analyst,
            &format!("{one}/answer"),
            json!({"values": {"known": true}}),
        )
        .await
        .expect(200);
    assert_eq!(done["state"], "answered", "{done:#}");
    assert_eq!(done["answer"]["values"]["known"], true);
    let late = rig
        .post(
            analyst,
            &format!("{one}/answer"),
            json!({"skipped": "late"}),
        )
        .await;
    assert_eq!(late.status, 409);
    let ended = rig
        .until(analyst, &new, |run| !run["ended_at"].is_null())
        .await;
    let added = ended["steps"].as_array().unwrap().iter();
    let added: Vec<&Value> = added.filter(|step| step["added_by"].is_string()).collect();
    assert_eq!(added.len(), 1, "{ended:#}");
    assert!(ended["people"].as_u64() >= Some(3), "{ended:#}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_no_task_no_signal_and_no_filter_is_refused() {
    let worked = Worked::off().await;
    let (rig, analyst) = (&worked.rig, &worked.analyst);
    for path in [
        "/api/v1/tasks/nothing",
        "/api/v1/tasks/task_00000000000000000000000001",
    ] {
        rig.get(analyst, path).await.refused(404, "not_found");
    }
    for (query, code) in [("state=never", "state"), ("kind=wish", "kind")] {
        let said = rig.get(analyst, &format!("/api/v1/tasks?{query}")).await;
        assert_eq!(
            (said.status.as_u16(), said.json()["code"].clone()),
            (400, json!(code))
        );
    }
    let case = worked.case["number"].to_string();
    let signals = format!("/api/v1/cases/{case}/signals");
    let odd = rig
        .post(analyst, &signals, json!({"name": "two words"}))
        .await;
    assert_eq!(odd.json()["code"], "signal.name");
    let told = rig
        .post(analyst, &signals, json!({"name": "go"}))
        .await
        .expect(202);
    assert_eq!(told["runs"], json!([]));
}
