//! How fast past runs are played: proven byte for byte, folded, compared, tried. The run is a real one: an alert with
//! many addresses, worked off against vendors on loopback. Items are steps of the run.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout
)]

#[path = "../tests/it/house.rs"]
#[allow(dead_code)]
mod house;

use std::time::{Duration, Instant};

use house::{House, granted, receive, settled};
use updraft_app::{
    App,
    trials::{Candidate, NewBacktest},
};
use updraft_model::{Permission, Run};

/// Addresses in the alert: each is asked about by two steps in three records.
const ADDRESSES: usize = 250;
/// How long each thing is measured.
const MEASURED: Duration = Duration::from_secs(3);

fn main() {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(measure());
}

async fn measure() {
    let house = House::new();
    let app = house.first().await;
    let text: String = (0..ADDRESSES)
        .map(|n| format!("118.25.{}.{}\n", n / 250, n % 250 + 1))
        .collect();
    receive(&app, &text).await;
    let case = settled(&app, 1, 1).await.remove(0);
    let reader = granted(Permission::CaseRead);
    let runs = app.store().runs_of_case(&reader, case.id).await.unwrap();
    let run = runs.into_iter().next().unwrap();
    let journal = app.store().journal(&reader, run.id).await.unwrap();
    println!(
        "a run of {} steps, {} journal entries",
        run.steps,
        journal.len()
    );
    rate("replay, byte for byte", &run, async || {
        let report = app.replay_run(&reader, run.id).await.unwrap();
        assert!(report.identical, "{:?}", report.divergence);
    })
    .await;
    rate("fold of the journal", &run, async || {
        fold(&app, &run, &journal).await
    })
    .await;
    rate("compare", &run, async || {
        let live = Candidate::Side("live".into());
        let found = app.compare_run(&reader, run.id, None, live).await.unwrap();
        assert!(found.comparison.identical);
    })
    .await;
    rate("backtest", &run, async || backtest(&app).await).await;
    app.stop();
    app.close().await;
}

async fn fold(app: &App, run: &Run, journal: &[(u64, Vec<u8>)]) {
    let picture = app.catalog().now();
    let published = picture.published(run.tenant, &run.playbook).unwrap();
    let steps = updraft_app::trials::fold(published.plans.clone(), journal).unwrap();
    assert_eq!(steps, run.steps);
}

async fn backtest(app: &App) {
    let writer = granted(Permission::ConfigWrite);
    let wanted = NewBacktest {
        candidate: Candidate::Side("live".into()),
        days: 1,
        limit: 10,
    };
    let id = app
        .start_backtest(&writer, "enrichment-only", wanted)
        .await
        .unwrap();
    loop {
        let found = app.backtest(&writer, id).await.unwrap();
        if found.state.is_over() {
            assert_eq!(found.result["same"], 1, "{:#}", found.result);
            return;
        }
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
}

async fn rate(what: &str, run: &Run, work: impl AsyncFn()) {
    work().await;
    let (begun, mut times) = (Instant::now(), 0u64);
    while begun.elapsed() < MEASURED {
        work().await;
        times += 1;
    }
    let each = begun.elapsed() / u32::try_from(times).unwrap();
    let steps = run.steps as f64 / each.as_secs_f64();
    println!("{what:<22} {steps:>12.0} steps/s   {each:?} a run");
}
