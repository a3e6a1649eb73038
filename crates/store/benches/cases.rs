//! How fast the case list answers: fills a database with cases (1,000,000 by default; `CASES=n` changes it), then
//! asks each kind of question many times and prints the median and the 95th percentile.
//!
//! `cargo bench -p updraft-store --bench cases`; `DATABASE_FOLDER=path` keeps the database for the next time.
#![allow(clippy::unwrap_used, clippy::print_stdout, missing_docs)]

use std::{path::PathBuf, time::Instant};

use updraft_model::{
    Case, CaseId, CaseStatus, CaseType, Granted, Observable, ObservableType, Permission, Severity,
    TenantId, Timestamp, VerdictLevel,
};
use updraft_store::{CaseFilter, Op, Page, SqliteOptions, Store, Tx};

const START_MS: i64 = 1_790_000_000_000;
const TX_CASES: usize = 500;

/// A small generator, so that every run asks the same.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % sides
    }
}

fn case(n: u64, dice: &mut Dice) -> Case {
    let opened = Timestamp::from_millis(START_MS + n as i64 * 1_000);
    let closed = dice.roll(100) < 97;
    let malicious = dice.roll(1_000) < 8;
    let value = format!(
        "{}.{}.{}.{}",
        dice.roll(223) + 1,
        dice.roll(256),
        dice.roll(256),
        dice.roll(256)
    );
    let domain = format!("host{}.zone{}.example", dice.roll(200_000), dice.roll(500));
    Case {
        id: CaseId::new(opened.millis(), u128::from(n)),
        tenant: TenantId::DEFAULT,
        number: 0,
        kind: if dice.roll(200) == 0 {
            CaseType::investigation()
        } else {
            CaseType::enrichment()
        },
        title: format!("Enrichment of {value}"),
        severity: Severity::from_u8((dice.roll(10).min(4)) as u8),
        status: if closed {
            CaseStatus::Closed
        } else {
            CaseStatus::from_u8(dice.roll(3) as u8)
        },
        verdict: if malicious {
            VerdictLevel::Malicious
        } else {
            VerdictLevel::from_u8(dice.roll(3) as u8)
        },
        score: dice.roll(101) as u8,
        explanation: "no provider holds anything against it".into(),
        dedup_key: format!("ioc:{n}"),
        occurrences: 1,
        owner: (dice.roll(300) == 0).then(|| format!("analyst{}", dice.roll(10))),
        parent: None,
        opened_at: opened,
        updated_at: opened.plus_millis(dice.roll(3_600_000) as i64),
        closed_at: None,
        close_reason: None,
        close_note: String::new(),
        last_run: None,
        version: 1,
        observables: vec![
            Observable::new(ObservableType::Ipv4, value),
            Observable::new(ObservableType::Domain, domain),
        ],
    }
}

async fn fill(store: &Store, cases: u64) {
    let (mut dice, began) = (Dice(7), Instant::now());
    let mut waiting = Vec::new();
    let mut tx = Tx::new(TenantId::DEFAULT);
    for n in 0..cases {
        tx.ops.push(Op::InsertCase(Box::new(case(n, &mut dice))));
        if tx.ops.len() == TX_CASES || n + 1 == cases {
            let full = std::mem::replace(&mut tx, Tx::new(TenantId::DEFAULT));
            waiting.push(store.commit_nowait(full));
            if waiting.len() >= 8 {
                for one in waiting.drain(..) {
                    one.await.unwrap();
                }
            }
        }
    }
    for one in waiting {
        one.await.unwrap();
    }
    let seconds = began.elapsed().as_secs_f64();
    println!(
        "filled {cases} cases in {seconds:.1} s: {:.0} cases/s",
        cases as f64 / seconds
    );
}

async fn ask(store: &Store, name: &str, times: usize, mut filter: impl FnMut(usize) -> CaseFilter) {
    let granted = Granted::system(TenantId::DEFAULT, "bench", Permission::CaseRead);
    let (mut took, mut found, mut more) = (Vec::new(), 0, 0);
    for n in 0..times {
        let filter = filter(n);
        let began = Instant::now();
        let page = store
            .cases(&granted, filter, Page::first(50))
            .await
            .unwrap();
        took.push(began.elapsed());
        found += page.items.len();
        more += usize::from(page.next.is_some());
    }
    report(
        name,
        took,
        &format!(
            "{:.1} rows a page, {more} of {times} go on",
            found as f64 / times as f64
        ),
    );
}

fn report(name: &str, mut took: Vec<std::time::Duration>, note: &str) {
    took.sort();
    let at = |share: f64| took[((took.len() - 1) as f64 * share) as usize].as_secs_f64() * 1e3;
    println!(
        "{name:<34} p50 {:7.2} ms  p95 {:7.2} ms  max {:7.2} ms  {note}",
        at(0.5),
        at(0.95),
        at(1.0)
    );
}

async fn questions(store: &Store, cases: u64) {
    let all = CaseFilter::default;
    ask(store, "no filter", 200, |_| all()).await;
    for status in CaseStatus::ALL {
        ask(store, &format!("status {}", status.as_str()), 50, |_| {
            CaseFilter {
                status: vec![status],
                ..all()
            }
        })
        .await;
    }
    ask(store, "type Investigation", 50, |_| CaseFilter {
        kind: vec![CaseType::investigation()],
        ..all()
    })
    .await;
    ask(store, "each severity", 50, |n| CaseFilter {
        severity: vec![Severity::from_u8((n % 5) as u8)],
        ..all()
    })
    .await;
    ask(store, "each verdict", 50, |n| CaseFilter {
        verdict: vec![VerdictLevel::from_u8((n % 4) as u8)],
        ..all()
    })
    .await;
    ask(store, "malicious, critical, not closed", 50, |_| {
        CaseFilter {
            verdict: vec![VerdictLevel::Malicious],
            severity: vec![Severity::Critical],
            status: vec![CaseStatus::New, CaseStatus::InProgress, CaseStatus::Waiting],
            ..all()
        }
    })
    .await;
    ask(store, "owner", 50, |n| CaseFilter {
        owner: Some(format!("analyst{}", n % 10)),
        ..all()
    })
    .await;
    ask(store, "owner, malicious", 50, |n| CaseFilter {
        owner: Some(format!("analyst{}", n % 10)),
        verdict: vec![VerdictLevel::Malicious],
        ..all()
    })
    .await;
    let moment =
        |share: f64| Timestamp::from_millis(START_MS + (cases as f64 * share * 1e3) as i64);
    ask(store, "opened in one hour", 50, |n| CaseFilter {
        opened_from: Some(moment(0.01 * n as f64)),
        opened_before: Some(moment(0.01 * n as f64).plus_millis(3_600_000)),
        ..all()
    })
    .await;
    ask(store, "opened in the last tenth", 50, |_| CaseFilter {
        opened_from: Some(moment(0.9)),
        ..all()
    })
    .await;
    ask(store, "opened in the first half", 20, |_| CaseFilter {
        opened_before: Some(moment(0.5)),
        ..all()
    })
    .await;
    ask(store, "word in every title", 50, |_| CaseFilter {
        text: "enrichment".into(),
        ..all()
    })
    .await;
    ask(store, "beginning of it (enric)", 50, |_| CaseFilter {
        text: "enric".into(),
        ..all()
    })
    .await;
    ask(store, "two letters (ho)", 50, |_| CaseFilter {
        text: "ho".into(),
        ..all()
    })
    .await;
    ask(store, "five letters (host1)", 50, |_| CaseFilter {
        text: "host1".into(),
        ..all()
    })
    .await;
    ask(store, "part of an address", 50, |n| CaseFilter {
        text: format!("{}.{}.", n + 10, n),
        ..all()
    })
    .await;
    ask(store, "a domain (zone7.example)", 50, |n| CaseFilter {
        text: format!("zone{}.example", n * 7),
        ..all()
    })
    .await;
    ask(store, "two words", 50, |n| CaseFilter {
        text: format!("enrichment zone{}.example", n * 7),
        ..all()
    })
    .await;
    ask(store, "nothing like it", 50, |n| CaseFilter {
        text: format!("absent{n}"),
        ..all()
    })
    .await;
    ask(store, "word in every title, malicious", 50, |_| {
        CaseFilter {
            text: "enrichment".into(),
            verdict: vec![VerdictLevel::Malicious],
            ..all()
        }
    })
    .await;
    ask(store, "a number", 50, |n| CaseFilter {
        text: format!("#{}", n * 1_000 + 1),
        ..all()
    })
    .await;
}

async fn page_through(store: &Store) {
    let granted = Granted::system(TenantId::DEFAULT, "bench", Permission::CaseRead);
    let (mut page, mut took, mut seen) = (Page::first(200), Vec::new(), 0);
    while seen < 100_000 {
        let began = Instant::now();
        let found = store
            .cases(&granted, CaseFilter::default(), page)
            .await
            .unwrap();
        took.push(began.elapsed());
        seen += found.items.len();
        let Some(next) = found.next else { break };
        page = Page::after(next, 200);
    }
    report("paging through, 200 a page", took, &format!("{seen} rows"));
    let mut took = Vec::new();
    for _ in 0..100 {
        let began = Instant::now();
        store
            .case_counts(&granted, CaseFilter::default())
            .await
            .unwrap();
        took.push(began.elapsed());
    }
    report("counts of all facets", took, "");
    let mut took = Vec::new();
    for n in 0..1_000 {
        let began = Instant::now();
        store
            .case_by_key(&granted, format!("ioc:{}", n * 97))
            .await
            .unwrap()
            .unwrap();
        took.push(began.elapsed());
    }
    report("one case by its key", took, "");
}

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() {
    let cases: u64 = std::env::var("CASES")
        .ok()
        .and_then(|n| n.parse().ok())
        .unwrap_or(1_000_000);
    let temporary = tempfile::tempdir().unwrap();
    let folder = std::env::var("DATABASE_FOLDER")
        .map_or_else(|_| temporary.path().to_owned(), PathBuf::from);
    let store = Store::open_sqlite(&folder, SqliteOptions::default())
        .await
        .unwrap();
    if store.stats().await.unwrap().cases == 0 {
        fill(&store, cases).await;
    }
    let stats = store.stats().await.unwrap();
    println!(
        "{} cases, {} MB",
        stats.cases,
        stats.database_bytes / 1_000_000
    );
    questions(&store, stats.cases).await;
    page_through(&store).await;
    store.close().await;
}
