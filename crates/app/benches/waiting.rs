//! A million runs that wait: how long the program starts with them, and how much memory it takes; and how many turns
//! the scheduler gives in a second.
//!
//! `cargo bench -p updraft-app --bench waiting`; `RUNS=n` sets how many. The store is filled once, in the temporary
//! folder (`TMPDIR`); then a process of its own opens it, so that its memory is its own.
#![allow(clippy::unwrap_used, clippy::print_stdout, missing_docs)]

use std::{
    path::Path,
    process::Command,
    time::{Duration, Instant},
};

use updraft_app::{
    App, Config, clock,
    runs::{Scheduler, Waiting},
    setup::{Opening, Outside},
};
use updraft_model::{BlobHash, CaseId, Run, RunId, RunState, Severity, TenantId};
use updraft_store::{Op, SqliteOptions, Store, Tx};

const RUNS: u64 = 1_000_000;
const AT_ONCE: u64 = 5_000;
const OPENED: &str = "--opened";

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .unwrap();
    if let Some(place) = arguments.iter().position(|word| word == OPENED) {
        return runtime.block_on(open(Path::new(&arguments[place + 1])));
    }
    let count = std::env::var("RUNS")
        .ok()
        .and_then(|text| text.parse().ok());
    let count: u64 = count.unwrap_or(RUNS);
    turns();
    let folder = std::env::temp_dir().join(format!("updraft-waiting-{}", std::process::id()));
    let begun = Instant::now();
    runtime.block_on(fill(&folder, count));
    println!(
        "filled with {count} sleeping runs in {:.1} s",
        begun.elapsed().as_secs_f64()
    );
    let status = Command::new(std::env::current_exe().unwrap())
        .args([OPENED, folder.to_str().unwrap()])
        .status()
        .unwrap();
    std::fs::remove_dir_all(&folder).unwrap();
    assert!(status.success());
}

/// Runs of two severities and eight tenants go through the scheduler.
fn turns() {
    let scheduler = Scheduler::default();
    let waiting = |number: u128| Waiting {
        run: RunId::new(1, number),
        case: CaseId::new(1, number),
        tenant: TenantId::new(1, number % 8),
        priority: Severity::from_u8((number % 5) as u8),
        slot: None,
    };
    const TURNS: u128 = 500_000;
    let begun = Instant::now();
    for number in 0..TURNS {
        scheduler.submit(waiting(number));
    }
    let submitted = begun.elapsed();
    let begun = Instant::now();
    let mut taken = 0u128;
    while let Some(turn) = scheduler.take(usize::MAX / 16) {
        scheduler.finished(&turn);
        taken += 1;
    }
    assert_eq!(taken, TURNS);
    let each = |time: Duration| time.as_nanos() as f64 / TURNS as f64;
    println!(
        "scheduler with {TURNS} runs waiting: {:.0} ns to submit, {:.0} ns for a turn and its end",
        each(submitted),
        each(begun.elapsed())
    );
}

async fn fill(folder: &Path, count: u64) {
    std::fs::create_dir_all(folder).unwrap();
    let store = Store::open_sqlite(folder, SqliteOptions::default())
        .await
        .unwrap();
    let now = clock::now();
    let mut number = 0u64;
    while number < count {
        let mut tx = Tx::new(TenantId::DEFAULT);
        while number < count && tx.ops.len() < AT_ONCE as usize {
            tx.ops.push(Op::InsertRun(Box::new(Run {
                id: RunId::new(now.millis(), u128::from(number)),
                tenant: TenantId::DEFAULT,
                case: CaseId::new(now.millis(), u128::from(number)),
                alert: None,
                playbook: "enrichment-only".into(),
                playbook_version: BlobHash::of(b"playbook"),
                playbook_number: 0,
                state: RunState::Waiting,
                priority: Severity::Medium,
                created_at: now,
                started_at: Some(now),
                ended_at: None,
                // Spread over four weeks, in no order; the first in an hour.
                wake_at: Some(
                    now.plus_millis(3_600_000 + (number * 7_919 % count * 2_419_200) as i64),
                ),
                waiting_for: "the answer of somebody who is away (approve)".into(),
                error: String::new(),
                steps: 12,
                people: 0,
                watches: false,
                aside: false,
                origin: None,
                cause: None,
                at_once: None,
            })));
            number += 1;
        }
        store.commit(tx).await.unwrap();
    }
    store.close().await;
}

async fn open(folder: &Path) {
    let opening = Opening {
        config: Config {
            data: folder.to_owned(),
            ..Config::default()
        },
        database: None,
        content: None,
        key: None,
        outside: Outside::default(),
    };
    let begun = Instant::now();
    let (app, drivers, _) = App::open(opening).await.unwrap();
    drivers.start().await.unwrap();
    let started = begun.elapsed();
    println!(
        "started in {:.2} s with {} sleeping runs; resident memory {} MiB, at most {} MiB",
        started.as_secs_f64(),
        app.sleeping_runs(),
        kib("VmRSS:") / 1_024,
        kib("VmHWM:") / 1_024
    );
    app.stop();
    app.close().await;
}

/// A line of this process's status, in KiB.
fn kib(name: &str) -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix(name));
    line.and_then(|rest| rest.split_whitespace().next()?.parse().ok())
        .unwrap_or(0)
}
