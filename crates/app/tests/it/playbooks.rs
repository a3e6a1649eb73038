//! What a team sets for a playbook reaches its runs, and never keeps them from starting.

use serde_json::json;
use updraft_model::{Permission, RunState, TenantId};
use updraft_store::{Op, Tx};

use crate::{
    house::{BAD, House, granted, receive, settled},
    recovery::reopened,
};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_value_that_the_playbook_no_longer_takes_is_left_out() {
    let house = House::new();
    let (app, drivers) = house.open(8).await.unwrap();
    house.connect(&app).await;
    let put = Op::PutSetting {
        name: "playbook.enrichment-only.inputs".into(),
        value: json!({"policy": "reliability-weighted", "gone": 1}),
    };
    app.store()
        .commit(Tx::new(TenantId::DEFAULT).with(put))
        .await
        .unwrap();
    app.close().await;
    drop((app, drivers));
    let app = reopened(&house).await;
    receive(&app, BAD).await;
    let case = settled(&app, 1, 1).await.remove(0);
    let reader = granted(Permission::CaseRead);
    let run = app
        .store()
        .runs_of_case(&reader, case.id)
        .await
        .unwrap()
        .remove(0);
    assert_eq!(run.state, RunState::Succeeded, "{}", run.error);
    let journal = app.store().journal(&reader, run.id).await.unwrap();
    let started: serde_json::Value = serde_json::from_slice(&journal[0].1).unwrap();
    assert_eq!(started["inputs"], json!({"policy": "reliability-weighted"}));
}
