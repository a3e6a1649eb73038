//! What starts playbooks, over HTTP.

use serde_json::{Value, json};
use updraft_model::Role;

use crate::cases::Worked;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_playbook_is_started_on_a_case_and_says_why_it_did_not_start() {
    let worked = Worked::off().await;
    let triggers = worked
        .get("/api/v1/playbooks/enrichment-only/triggers")
        .await;
    assert_eq!(triggers[0]["kind"], "case_type");
    assert_eq!(triggers[0]["text"], "case of type Enrichment");
    assert_eq!(
        (&triggers[0]["enabled"], &triggers[0]["next_at"]),
        (&json!(true), &Value::Null)
    );

    let (rig, analyst) = (&worked.rig, &worked.analyst);
    let number = worked.case["number"].to_string();
    let start = json!({ "case": number });
    let run = rig
        .post(analyst, "/api/v1/playbooks/enrichment-only/runs", start)
        .await
        .expect(201);
    assert_eq!(
        (&run["case"], &run["playbook"]),
        (&worked.case["id"], &json!("enrichment-only"))
    );
    let path = format!("/api/v1/runs/{}", run["id"].as_str().unwrap());
    rig.until(analyst, &path, |run| run["state"] == "succeeded")
        .await;

    let about = format!("/api/v1/trigger-decisions?playbook=enrichment-only&case={number}&limit=1");
    let decisions = worked.get(&about).await;
    assert_eq!(
        (&decisions[0]["started"], &decisions[0]["kind"]),
        (&json!(true), &json!("hand"))
    );
    assert_eq!(decisions[0]["run"], run["id"]);
    let why = worked
        .get(&format!(
            "/api/v1/playbooks/enrichment-only/why?case={number}"
        ))
        .await;
    assert_eq!(why["now"][0]["starts"], true);
    assert_eq!(why["decisions"][0]["outcome"], "started");
    let gone = worked
        .get(&format!("/api/v1/playbooks/nothing/why?case={number}"))
        .await;
    assert!(
        gone["obstacle"].as_str().unwrap().contains("no version"),
        "{gone}"
    );
    let buttons = worked.get(&format!("/api/v1/cases/{number}/buttons")).await;
    let own = buttons.as_array().unwrap().iter();
    assert_eq!(
        own.filter(|b| b["playbook"] == "enrichment-only").count(),
        0
    );

    let wrong = json!({ "case": number, "inputs": { "nothing": 1 } });
    let said = rig
        .post(analyst, "/api/v1/playbooks/enrichment-only/runs", wrong)
        .await;
    said.refused_with_hint(400, "playbook.input");
    rig.post(analyst, "/api/v1/playbooks/nothing/runs", json!({}))
        .await
        .refused(404, "not_found");
    rig.get(analyst, "/api/v1/trigger-decisions?alert=nothing")
        .await
        .refused(404, "not_found");
    let auditor = rig.person(Role::Auditor).await;
    rig.post(
        &auditor,
        "/api/v1/playbooks/enrichment-only/runs",
        json!({}),
    )
    .await
    .refused(403, "denied");
}
