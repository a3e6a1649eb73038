//! Whose turn it is: the bound on a playbook's runs, limits of one run, cancelling wherever a run waits.

use updraft_app::{App, triggers::Start};
use updraft_model::{Permission, Run, RunId, RunState};

use crate::house::{House, granted, until};

const SLOW: &str = "  - id: sleep\n    wait: {delay: 2h}\n";

async fn start(app: &App, id: &str, case: Option<&Run>) -> Run {
    let start = Start {
        case: case.map(|run| run.case.to_string()),
        ..Start::default()
    };
    let writer = granted(Permission::CaseWrite);
    app.start_playbook(&writer, id, start).await.unwrap()
}

async fn run(app: &App, id: RunId) -> Run {
    let reader = granted(Permission::CaseRead);
    app.store().run(&reader, id).await.unwrap().unwrap()
}

async fn reaches(app: &App, id: RunId, state: RunState) -> Run {
    until(&format!("{id} is {}", state.as_str()), async || {
        let run = run(app, id).await;
        (run.state == state).then_some(run)
    })
    .await
}

async fn states(app: &App, runs: &[Run]) -> Vec<RunState> {
    let mut states = Vec::new();
    for one in runs {
        states.push(run(app, one.id).await.state);
    }
    states
}

async fn cancel(app: &App, id: RunId) {
    let writer = granted(Permission::CaseWrite);
    app.cancel_run(&writer, id, "enough").await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_playbook_has_no_more_runs_under_way_than_it_says_also_after_a_restart() {
    let house = House::new();
    house.playbook_of("bounded", "concurrency: 2", SLOW);
    house.playbook_of("free", "title: Free", SLOW);
    let app = house.first().await;
    let mut runs = Vec::new();
    for _ in 0..5 {
        runs.push(start(&app, "bounded", None).await);
    }
    let free = start(&app, "free", None).await;
    reaches(&app, free.id, RunState::Waiting).await;
    for one in &runs[..2] {
        reaches(&app, one.id, RunState::Waiting).await;
    }
    let two_and_three = [
        RunState::Waiting,
        RunState::Waiting,
        RunState::Queued,
        RunState::Queued,
        RunState::Queued,
    ];
    assert_eq!(states(&app, &runs).await, two_and_three);
    app.stop();
    app.close().await;
    drop(app);

    let (app, drivers) = house.open(512).await.unwrap();
    drivers.start().await.unwrap();
    let free = start(&app, "free", None).await;
    reaches(&app, free.id, RunState::Waiting).await;
    assert_eq!(states(&app, &runs).await, two_and_three);
    // One that sleeps is woken to be ended; its slot goes to the next.
    cancel(&app, runs[0].id).await;
    reaches(&app, runs[0].id, RunState::Cancelled).await;
    reaches(&app, runs[2].id, RunState::Waiting).await;
    // One that waits for a slot is ended at once, and takes none.
    cancel(&app, runs[3].id).await;
    let ended = reaches(&app, runs[3].id, RunState::Cancelled).await;
    assert!(ended.error.contains("enough"), "{}", ended.error);
    assert_eq!(run(&app, runs[4].id).await.state, RunState::Queued);
    cancel(&app, runs[1].id).await;
    reaches(&app, runs[4].id, RunState::Waiting).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_run_that_waits_behind_another_of_its_case_can_be_cancelled_at_once() {
    let house = House::new();
    house.playbook_of("slow", "title: Slow", SLOW);
    let app = house.first().await;
    let first = start(&app, "slow", None).await;
    reaches(&app, first.id, RunState::Waiting).await;
    let second = start(&app, "slow", Some(&first)).await;
    let third = start(&app, "slow", Some(&first)).await;
    cancel(&app, second.id).await;
    reaches(&app, second.id, RunState::Cancelled).await;
    assert_eq!(run(&app, first.id).await.state, RunState::Waiting);
    assert_eq!(run(&app, third.id).await.state, RunState::Queued);
    cancel(&app, first.id).await;
    reaches(&app, third.id, RunState::Waiting).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_run_ends_at_the_limits_that_its_playbook_sets() {
    let house = House::new();
    house.playbook_of("long", "limits: {wall_time: 100ms}", SLOW);
    let many = "  - id: each\n    for_each: \"{{ range(0, 50) }}\"\n    do:\n      - id: x\n        set: {x: 1}\n";
    house.playbook_of("many", "limits: {steps: 10}", many);
    let app = house.first().await;
    for (id, what) in [("long", "wall time of 100 ms"), ("many", "10 steps")] {
        let made = start(&app, id, None).await;
        let failed = reaches(&app, made.id, RunState::Failed).await;
        assert!(failed.error.contains("limit"), "{}", failed.error);
        assert!(failed.error.contains(what), "{}", failed.error);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_run_that_sleeps_for_weeks_is_known_after_a_restart_and_keeps_its_line() {
    let house = House::new();
    house.playbook_of(
        "weeks",
        "title: Weeks",
        "  - id: sleep\n    wait: {delay: 21d}\n",
    );
    let app = house.first().await;
    let first = start(&app, "weeks", None).await;
    let asleep = reaches(&app, first.id, RunState::Waiting).await;
    let days = asleep.wake_at.unwrap().millis_since(first.created_at) / 86_400_000;
    assert_eq!(days, 21);
    let behind = start(&app, "weeks", Some(&first)).await;
    app.stop();
    app.close().await;
    drop(app);
    let (app, drivers) = house.open(512).await.unwrap();
    drivers.start().await.unwrap();
    let later = start(&app, "weeks", None).await;
    reaches(&app, later.id, RunState::Waiting).await;
    assert_eq!(run(&app, behind.id).await.state, RunState::Queued);
    cancel(&app, first.id).await;
    let ended = reaches(&app, first.id, RunState::Cancelled).await;
    assert!(ended.ended_at.is_some());
    reaches(&app, behind.id, RunState::Waiting).await;
}
