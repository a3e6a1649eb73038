//! What is under way when the application ends goes on when it is opened again, and happens once.

use std::time::Duration;

use updraft_model::{CaseStatus, CloseReason, Permission, RunState};
use updraft_testkit::vendor::{Fault, Rule};

use crate::house::{BAD, House, cases, granted, receive, settled, until};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_run_that_was_stopped_in_the_middle_goes_on_where_it_was() {
    let house = House::new();
    house
        .vendors
        .fault(Rule::new("GET", "/abuse/", Fault::Hang));
    let app = house.first().await;
    receive(&app, BAD).await;
    until("the provider is asked", async || {
        (house.vendors.count("GET", "/abuse/") > 0).then_some(())
    })
    .await;
    app.stop();
    app.close().await;
    drop(app);
    house.vendors.heal();
    let app = reopened(&house).await;
    let case = settled(&app, 1, 1).await.remove(0);
    assert_eq!(house.jira.issues(), 1);
    let runs = app
        .store()
        .runs_of_case(&granted(Permission::CaseRead), case.id)
        .await
        .unwrap();
    assert_eq!(runs.len(), 1);
    assert_eq!(runs[0].state, RunState::Succeeded);
    let replay = app
        .replay_run(&granted(Permission::CaseRead), runs[0].id)
        .await
        .unwrap();
    assert!(replay.identical, "{:?}", replay.divergence);
}

/// The store is exclusive: it is free once the last task of the former application has let go of it.
pub async fn reopened(house: &House) -> updraft_app::App {
    until("the store is free", async || match house.open(512).await {
        Ok((app, drivers)) => {
            drivers.start().await.unwrap();
            Some(app)
        }
        Err(error) => {
            eprintln!("not yet: {error}");
            None
        }
    })
    .await
}

/// Everything of the application ends between two instructions, as with a killed process.
fn crash_when(house: &House, text: &'static str, ready: impl Fn(&House) -> bool) {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        let app = house.first().await;
        receive(&app, text).await;
        until("the moment to crash", async || ready(house).then_some(())).await;
    });
    runtime.shutdown_timeout(Duration::from_millis(200));
}

fn open_again(house: &House, check: impl AsyncFnOnce(updraft_app::App)) {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        let app = reopened(house).await;
        check(app).await;
    });
}

#[test]
fn a_ticket_whose_answer_was_lost_in_the_crash_is_found_and_not_opened_twice() {
    let house = House::new();
    // Jira opens the issue and never says so.
    house
        .vendors
        .fault(Rule::new("POST", "/jira/rest/api/2/issue", Fault::Mute).times(1));
    crash_when(&house, BAD, |house| house.jira.issues() == 1);
    house.vendors.heal();
    open_again(&house, async |app| {
        let case = settled(&app, 1, 1).await.remove(0);
        let tickets = app
            .store()
            .tickets(&granted(Permission::CaseRead), case.id)
            .await
            .unwrap();
        assert_eq!(tickets.len(), 1);
        assert_eq!(tickets[0].external_id, "SEC-1");
        let runs = app
            .store()
            .runs_of_case(&granted(Permission::CaseRead), case.id)
            .await
            .unwrap();
        let replay = app
            .replay_run(&granted(Permission::CaseRead), runs[0].id)
            .await
            .unwrap();
        assert!(replay.identical, "{:?}", replay.divergence);
    });
    assert_eq!(house.jira.issues(), 1);
    assert_eq!(
        house.jira.attached("SEC-1").0,
        1,
        "the report is attached once"
    );
}

#[test]
fn a_ticket_that_the_crash_kept_from_being_opened_is_opened_once() {
    let house = House::new();
    house
        .vendors
        .fault(Rule::new("POST", "/jira/rest/api/2/issue", Fault::Hang).times(1));
    crash_when(&house, BAD, |house| {
        house.vendors.count("POST", "/jira/rest/api/2/issue") == 1
    });
    house.vendors.heal();
    open_again(&house, async |app| {
        settled(&app, 1, 1).await;
    });
    assert_eq!(house.jira.issues(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_alert_that_was_only_stored_is_worked_off_at_the_next_start() {
    let house = House::new();
    let (app, drivers) = house.open(512).await.unwrap();
    house.connect(&app).await;
    for n in 0..20 {
        receive(&app, &format!("118.25.8.{n}")).await;
    }
    assert!(cases(&app).await.is_empty());
    app.close().await;
    drop((app, drivers));
    let app = reopened(&house).await;
    settled(&app, 20, 20).await;
    assert_eq!(house.jira.issues(), 20);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_run_that_is_cancelled_ends_at_once_and_says_why() {
    let house = House::new();
    house
        .vendors
        .fault(Rule::new("GET", "/abuse/", Fault::Hang));
    let app = house.first().await;
    receive(&app, BAD).await;
    until("the provider is asked", async || {
        (house.vendors.count("GET", "/abuse/") > 0).then_some(())
    })
    .await;
    let run = app.store().unfinished_runs().await.unwrap().remove(0);
    app.cancel_run(&granted(Permission::CaseWrite), run.id, "a drill")
        .await
        .unwrap();
    let ended = until("the run is cancelled", async || {
        let run = app
            .store()
            .run(&granted(Permission::CaseRead), run.id)
            .await
            .unwrap()
            .unwrap();
        run.state.is_over().then_some(run)
    })
    .await;
    assert_eq!(ended.state, RunState::Cancelled);
    assert_eq!(house.jira.issues(), 0);
    until("its place is free again", async || {
        (app.queue_lengths() == (0, 0)).then_some(())
    })
    .await;
    // The case is no dead end: its next run works as any other.
    house.vendors.heal();
    let case = cases(&app).await.remove(0).id.to_string();
    app.rerun_case(&granted(Permission::CaseWrite), &case)
        .await
        .unwrap();
    settled(&app, 1, 1).await;
    assert_eq!(house.jira.issues(), 1);
    // A run that is over cannot be cancelled.
    let late = app
        .cancel_run(&granted(Permission::CaseWrite), run.id, "")
        .await;
    assert!(late.is_err());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_case_of_a_cancelled_run_is_closed_and_says_so() {
    let house = House::new();
    house
        .vendors
        .fault(Rule::new("GET", "/abuse/", Fault::Hang));
    let app = house.first().await;
    receive(&app, BAD).await;
    until("the provider is asked", async || {
        (house.vendors.count("GET", "/abuse/") > 0).then_some(())
    })
    .await;
    let run = app.store().unfinished_runs().await.unwrap().remove(0);
    app.cancel_run(&granted(Permission::CaseWrite), run.id, "a drill")
        .await
        .unwrap();
    until("the run is over", async || {
        app.store()
            .unfinished_runs()
            .await
            .unwrap()
            .is_empty()
            .then_some(())
    })
    .await;
    let case = cases(&app).await.remove(0);
    let timeline = app
        .case_timeline(
            &granted(Permission::CaseRead),
            &case.id.to_string(),
            updraft_store::Page::first(50),
        )
        .await
        .unwrap();
    let kinds: Vec<&str> = timeline
        .items
        .iter()
        .map(|row| row.entry.kind.as_str())
        .collect();
    assert_eq!(kinds, ["run_finished", "closed", "alert"]);
    assert_eq!(case.status, CaseStatus::Closed);
    assert_eq!(case.close_reason, Some(CloseReason::Error));
    assert!(case.close_note.contains("a drill"), "{}", case.close_note);
}

async fn state_of(app: &updraft_app::App, run: updraft_model::RunId) -> RunState {
    let reader = granted(Permission::CaseRead);
    let run = app.store().run(&reader, run).await.unwrap();
    run.unwrap().state
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_wish_to_stop_a_run_outlives_the_process_that_took_it() {
    let house = House::new();
    house
        .vendors
        .fault(Rule::new("GET", "/abuse/", Fault::Hang));
    let app = house.first().await;
    receive(&app, BAD).await;
    until("the provider is asked", async || {
        (house.vendors.count("GET", "/abuse/") > 0).then_some(())
    })
    .await;
    let run = app.store().unfinished_runs().await.unwrap().remove(0).id;
    app.stop();
    app.close().await;
    drop(app);
    // Nothing works here: the wish is taken, and the process ends before anybody could act on it.
    let (app, drivers) = until("the store is free", async || house.open(512).await.ok()).await;
    app.cancel_run(&granted(Permission::CaseWrite), run, "a drill")
        .await
        .unwrap();
    assert!(!state_of(&app, run).await.is_over());
    drop((app, drivers));
    let asked = house.vendors.count("GET", "/abuse/");
    let app = reopened(&house).await;
    until("the run is stopped", async || {
        state_of(&app, run).await.is_over().then_some(())
    })
    .await;
    assert_eq!(state_of(&app, run).await, RunState::Cancelled);
    assert_eq!(house.vendors.count("GET", "/abuse/"), asked);
    assert_eq!(app.store().runs_with_wishes().await.unwrap(), []);
    let replay = app.replay_run(&granted(Permission::CaseRead), run).await;
    assert!(replay.unwrap().identical);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_run_that_sleeps_for_an_hour_is_stopped_at_once_and_so_is_one_behind_it() {
    let house = House::new();
    house
        .vendors
        .fault(Rule::new("GET", "/abuse/", Fault::RateLimited(3_600)));
    let app = house.first().await;
    receive(&app, BAD).await;
    let first = until("the run sleeps", async || {
        let runs = app.store().unfinished_runs().await.unwrap();
        let asleep = runs.iter().find(|run| run.state == RunState::Waiting);
        asleep.map(|run| run.id)
    })
    .await;
    let asked = house.vendors.count("GET", "/abuse/");
    let writer = granted(Permission::CaseWrite);
    let case = only_case(&app).await;
    let second = app.rerun_case(&writer, &case).await.unwrap().id;
    // The second waits for the first: it is stopped when its turn comes, before it has asked anybody.
    app.cancel_run(&writer, second, "not needed").await.unwrap();
    app.cancel_run(&writer, first, "a drill").await.unwrap();
    for run in [first, second] {
        until("the run is stopped", async || {
            (state_of(&app, run).await == RunState::Cancelled).then_some(())
        })
        .await;
    }
    assert_eq!(house.vendors.count("GET", "/abuse/"), asked);
    until("its place is free again", async || {
        (app.queue_lengths() == (0, 0)).then_some(())
    })
    .await;
}

/// The only case.
async fn only_case(app: &updraft_app::App) -> String {
    cases(app).await.remove(0).id.to_string()
}
