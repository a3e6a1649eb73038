//! Runs of a test's own steps, and the people who have to do with them.

use serde_json::Value;
use updraft_app::{App, runs::RunView};
use updraft_model::{
    Actor, Granted, Permission, Principal, Role, Run, RunId, RunState, TenantId, UserId, access,
};
use updraft_store::{Page, RunFilter};

use crate::house::{BAD, House, granted, receive, until};

/// A person with a role, who may change cases.
pub fn person(name: &str, role: Role) -> Granted {
    let number = name
        .bytes()
        .fold(7u128, |sum, byte| sum * 31 + u128::from(byte));
    let principal = Principal {
        tenant: TenantId::DEFAULT,
        actor: Actor::User {
            id: UserId::new(1, number),
            name: name.into(),
        },
        role: Some(role),
    };
    access::authorize(&principal, Permission::CaseWrite).unwrap()
}

/// The run that an alert starts, as soon as it waits for others.
pub async fn waiting_run(app: &App) -> RunId {
    receive(app, BAD).await;
    parked(app).await
}

/// The only run that is not over, as soon as it waits.
pub async fn parked(app: &App) -> RunId {
    until("the run waits", async || {
        let runs = runs(app).await;
        let ended = !runs.is_empty() && runs.iter().all(|run| run.state.is_over());
        assert!(!ended, "it is over: {}", runs[0].error);
        let waiting = runs.iter().find(|run| run.state == RunState::Waiting);
        waiting.map(|run| run.id)
    })
    .await
}

pub async fn head(app: &App, run: RunId) -> Run {
    let reader = granted(Permission::CaseRead);
    app.store().run(&reader, run).await.unwrap().unwrap()
}

pub async fn view(app: &App, run: RunId) -> RunView {
    app.run(&granted(Permission::CaseRead), run).await.unwrap()
}

/// The run, once it is over; its replay comes out the same.
pub async fn over(app: &App, run: RunId) -> Run {
    let ended = until("the run is over", async || {
        let run = head(app, run).await;
        run.state.is_over().then_some(run)
    })
    .await;
    let replay = app.replay_run(&granted(Permission::CaseRead), run).await;
    let replay = replay.unwrap();
    assert!(replay.identical, "{:?}", replay.divergence);
    let left = app
        .store()
        .wishes(&granted(Permission::CaseRead), run)
        .await;
    assert_eq!(left.unwrap(), []);
    ended
}

/// The lines of the case's timeline, oldest first: kind and text.
pub async fn lines(app: &App, run: RunId) -> Vec<(String, String)> {
    let case = head(app, run).await.case.to_string();
    let reader = granted(Permission::CaseRead);
    let page = app.case_timeline(&reader, &case, Page::first(200)).await;
    let rows = page.unwrap().items.into_iter().rev();
    rows.map(|row| (row.entry.kind, row.entry.text)).collect()
}

/// The comments that the run made, in order: what its steps left behind.
pub async fn comments(app: &App, run: RunId) -> Vec<String> {
    let lines = lines(app, run).await.into_iter();
    lines
        .filter(|(kind, _)| kind == "comment")
        .map(|(_, text)| text)
        .collect()
}

/// The inputs in the run's journal, by their names.
pub async fn journal(app: &App, run: RunId) -> Vec<Value> {
    let journal = app
        .store()
        .journal(&granted(Permission::CaseRead), run)
        .await;
    let entries = journal.unwrap().into_iter();
    entries
        .map(|(_, bytes)| serde_json::from_slice(&bytes).unwrap())
        .collect()
}

/// All runs, newest first.
pub async fn runs(app: &App) -> Vec<Run> {
    let reader = granted(Permission::CaseRead);
    let page = app
        .store()
        .runs(&reader, RunFilter::default(), Page::first(50));
    page.await.unwrap().items
}

/// Everything ends between two instructions, as with a killed process; then the application is opened again.
pub fn crash_between(house: &House, before: impl AsyncFnOnce(App), after: impl AsyncFnOnce(App)) {
    let runtime = || {
        tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()
            .unwrap()
    };
    let first = runtime();
    first.block_on(async {
        let app = house.first().await;
        before(app).await;
    });
    first.shutdown_timeout(std::time::Duration::from_millis(200));
    let second = runtime();
    second.block_on(async {
        let app = crate::recovery::reopened(house).await;
        after(app).await;
    });
}
