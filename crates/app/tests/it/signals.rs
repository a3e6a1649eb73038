//! What happens reaches the runs that wait for it: signals, what other runs emit, changes of the case.

use serde_json::json;
use updraft_model::{Permission, Role, RunId, RunState, Severity};

use crate::{
    house::{House, granted, receive, until},
    play::{comments, crash_between, head, over, person, view, waiting_run},
};

const LISTENER: &str = r#"
  - id: pick
    switch:
      - when: "case.occurrences == 1"
        do:
          - id: listen
            wait: {signal: contained}
          - id: heard
            action: case.comment
            with: {text: "heard {{ steps.listen.output.host }}"}
      - else: true
        do:
          - id: contained
            emit: {event: contained, payload: {host: ws-7}}
          - id: close
            action: case.close
            with: {reason: clean}
"#;

const WATCHER: &str = r#"
  - id: watch
    wait: {case: "case.severity == 'critical' or get(case, 'comment.text') == 'go on'"}
    timeout: 1d
  - id: heard
    action: case.comment
    with: {text: "severity {{ case.severity }}, owner {{ case.owner }}"}
  - id: close
    action: case.close
    with: {reason: clean}
"#;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_one_run_emits_another_run_of_the_case_hears() {
    let house = House::new().with_steps(LISTENER);
    let app = house.first().await;
    let listener = waiting_run(&app).await;
    let ann = person("ann", Role::Analyst);
    let case = head(&app, listener).await.case.to_string();
    // The alert again: the run that it starts emits.
    receive(&app, crate::house::BAD).await;
    let ended = over(&app, listener).await;
    assert_eq!(ended.state, RunState::Succeeded, "{}", ended.error);
    assert_eq!(comments(&app, listener).await, ["heard ws-7"]);
    assert_eq!(ended.people, 0, "no person took part");
    let runs = app.store().runs_of_case(&ann, ended.case).await.unwrap();
    assert_eq!(runs.len(), 2, "{case}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_signal_to_a_case_reaches_its_runs_and_no_others() {
    let steps = LISTENER.replace("case.occurrences == 1", "true");
    let house = House::new().with_steps(&steps);
    let app = house.first().await;
    receive(&app, "192.0.2.9").await;
    let run = waiting_run(&app).await;
    let ann = person("ann", Role::Analyst);
    let waiting = async || {
        let runs = app.store().unfinished_runs().await.unwrap();
        runs.iter()
            .filter(|run| run.state == RunState::Waiting)
            .count()
    };
    until("both wait", async || (waiting().await == 2).then_some(())).await;
    let case = head(&app, run).await.case.to_string();
    let told = app
        .signal_case(&ann, &case, "contained", json!({"host": "ws-9"}))
        .await
        .unwrap();
    assert_eq!(told, [run]);
    over(&app, run).await;
    assert_eq!(comments(&app, run).await, ["heard ws-9"]);
    assert_eq!(waiting().await, 1);
}

async fn watching(app: &updraft_app::App) -> (RunId, String) {
    let run = waiting_run(app).await;
    let head = head(app, run).await;
    assert!(head.watches);
    (run, head.case.to_string())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_change_of_the_case_wakes_the_run_that_waits_for_it() {
    let house = House::new().with_steps(WATCHER);
    let app = house.first().await;
    let (run, case) = watching(&app).await;
    let ann = person("ann", Role::Analyst);
    let owner = Some(Some("ann".to_owned()));
    app.edit_case(&ann, &case, None, None, owner).await.unwrap();
    until("it has looked and waits on", async || {
        let looked = crate::play::journal(&app, run).await;
        let looked = looked
            .iter()
            .filter(|entry| entry["input"] == "case_changed");
        (looked.count() == 2 && head(&app, run).await.state == RunState::Waiting).then_some(())
    })
    .await;
    let critical = Some(Severity::Critical);
    app.edit_case(&ann, &case, None, critical, None)
        .await
        .unwrap();
    let ended = over(&app, run).await;
    assert_eq!(ended.state, RunState::Succeeded, "{}", ended.error);
    assert!(!ended.watches);
    assert_eq!(comments(&app, run).await, ["severity critical, owner ann"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_comment_of_a_person_can_be_waited_for() {
    let house = House::new().with_steps(WATCHER);
    let app = house.first().await;
    let (run, case) = watching(&app).await;
    let ann = person("ann", Role::Analyst);
    app.comment(&ann, &case, "not yet").await.unwrap();
    app.comment(&ann, &case, "go on").await.unwrap();
    assert_eq!(over(&app, run).await.state, RunState::Succeeded);
}

#[test]
fn a_change_of_the_case_right_before_a_crash_is_not_missed() {
    let house = House::new().with_steps(WATCHER);
    let (sender, receiver) = std::sync::mpsc::channel();
    crash_between(
        &house,
        async |app| {
            let (run, case) = watching(&app).await;
            sender.send(run).unwrap();
            let ann = person("ann", Role::Analyst);
            let critical = Some(Severity::Critical);
            app.edit_case(&ann, &case, None, critical, None)
                .await
                .unwrap();
        },
        async |app| {
            let run = receiver.recv().unwrap();
            assert_eq!(over(&app, run).await.state, RunState::Succeeded);
        },
    );
}

#[test]
fn what_a_run_emitted_before_a_crash_is_heard_once() {
    let house = House::new().with_steps(LISTENER);
    let (sender, receiver) = std::sync::mpsc::channel();
    crash_between(
        &house,
        async |app| {
            let run = waiting_run(&app).await;
            sender.send(run).unwrap();
            receive(&app, crate::house::BAD).await;
            until("the other run has emitted", async || {
                let lines = crate::play::lines(&app, run).await;
                lines.iter().any(|(kind, _)| kind == "event").then_some(())
            })
            .await;
        },
        async |app| {
            let run = receiver.recv().unwrap();
            assert_eq!(over(&app, run).await.state, RunState::Succeeded);
            assert_eq!(comments(&app, run).await, ["heard ws-7"]);
            let reader = granted(Permission::CaseRead);
            let signals = crate::play::journal(&app, run).await;
            let heard = signals.iter().filter(|entry| entry["input"] == "signal");
            assert_eq!(heard.count(), 1);
            assert!(app.replay_run(&reader, run).await.unwrap().identical);
            assert!(view(&app, run).await.controls.is_empty());
        },
    );
}
