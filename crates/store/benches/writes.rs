//! How much becomes durable in a second: journal entries with 1 to 1,000 callers at once, and whole enrichment runs.
//!
//! `cargo bench -p updraft-store --bench writes`; `SECONDS=n` sets how long each kind is measured. Every commit is
//! synced to the disk that holds the temporary folder (`TMPDIR`).
#![allow(clippy::unwrap_used, clippy::print_stdout, missing_docs)]

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use serde_json::json;
use updraft_model::{
    Actor, Alert, AlertId, AlertState, Answer, AnswerOutcome, AuditEntry, BlobHash, Case, CaseId,
    CaseStatus, CaseType, CloseReason, Observable, ObservableType, Run, RunId, RunState, Severity,
    SourceId, TenantId, Ticket, TicketState, TimelineEntry, Timestamp, VerdictLevel,
};
use updraft_store::{Op, SqliteOptions, Store, Tx};

const TENANT: TenantId = TenantId::DEFAULT;
const ENTRY_BYTES: usize = 300;

fn now() -> Timestamp {
    Timestamp::from_millis(1_790_000_000_000)
}

fn next() -> u64 {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    NEXT.fetch_add(1, Ordering::Relaxed)
}

/// Text that compresses as JSON does, and differs each time.
fn entry(n: u64) -> Vec<u8> {
    let mut text = format!(
        "{{\"input\":\"done\",\"key\":{{\"path\":\"lookups[{n}]/ask@virustotal\",\"attempt\":1}},\"result\":\""
    );
    while text.len() < ENTRY_BYTES {
        text.push_str(&BlobHash::of(&(n + text.len() as u64).to_le_bytes()).to_string());
    }
    text.truncate(ENTRY_BYTES);
    text.into_bytes()
}

/// One caller appends, waits until that is durable, appends again: its run's head and `per_tx` entries.
async fn journals(store: Store, until: Instant, per_tx: u64) -> (u64, Vec<Duration>) {
    let mut head = run(CaseId::new(now().millis(), u128::from(next())));
    store
        .commit(Tx::new(TENANT).with(Op::InsertRun(Box::new(head.clone()))))
        .await
        .unwrap();
    let (mut seq, mut took) = (0, Vec::new());
    while Instant::now() < until {
        let entries: Vec<_> = (0..per_tx).map(|n| entry(seq + n)).collect();
        head.steps = seq;
        let tx = Tx::new(TENANT)
            .with(Op::AppendJournal {
                run: head.id,
                entries,
                first_seq: seq,
            })
            .with(Op::UpdateRun(Box::new(head.clone())));
        let began = Instant::now();
        store.commit(tx).await.unwrap();
        took.push(began.elapsed());
        seq += per_tx;
    }
    (seq, took)
}

fn run(case: CaseId) -> Run {
    Run {
        id: RunId::new(now().millis(), u128::from(next())),
        tenant: TENANT,
        case,
        alert: None,
        playbook: "enrichment-only".into(),
        playbook_version: BlobHash::of(b"playbook"),
        playbook_number: 0,
        state: RunState::Running,
        priority: Severity::Medium,
        created_at: now(),
        started_at: Some(now()),
        ended_at: None,
        wake_at: None,
        waiting_for: "lookups[0]/ask@virustotal".into(),
        error: String::new(),
        steps: 0,
        people: 0,
        watches: false,
        aside: false,
        origin: None,
        cause: None,
        at_once: None,
    }
}

/// What one enrichment leaves behind: alert, case, run, three look-ups, report, ticket, closing; nine transactions.
async fn enrichment(store: &Store) {
    let n = next();
    let observable = Observable::new(ObservableType::Domain, format!("host{n}.bad.example"));
    let raw: Arc<[u8]> = format!(
        "{{\"indicator\":\"host{n}.bad.example\",\"pad\":\"{}\"}}",
        "x".repeat(200)
    )
    .into_bytes()
    .into();
    let mut alert = Alert {
        id: AlertId::new(now().millis(), u128::from(n)),
        source: SourceId::new(1, 1),
        received_at: now(),
        raw: BlobHash::of(&raw),
        raw_bytes: raw.len() as u64,
        content_type: "application/json".into(),
        state: AlertState::Received,
        title: format!("host{n}.bad.example"),
        severity: Severity::Medium,
        occurred_at: None,
        fields: json!({"indicator": format!("host{n}.bad.example")}),
        observables: vec![observable.clone()],
        diagnostics: vec![],
        case: None,
        run: None,
    };
    let tx = Tx::new(TENANT)
        .with(Op::PutBlob {
            hash: alert.raw,
            bytes: raw,
        })
        .with(Op::InsertAlert(alert.clone()));
    store.commit(tx).await.unwrap();

    let mut case = case(n, observable.clone());
    let mut head = run(case.id);
    alert.state = AlertState::Admitted;
    alert.case = Some(case.id);
    let tx = Tx::new(TENANT)
        .with(Op::InsertCase(Box::new(case.clone())))
        .with(Op::UpdateAlert(alert))
        .with(Op::InsertRun(Box::new(head.clone())))
        .with(line(case.id, "alert"))
        .with(Op::AppendJournal {
            run: head.id,
            entries: vec![entry(0)],
            first_seq: 0,
        })
        .with(audit(case.id, "case.open"));
    store.commit(tx).await.unwrap();

    for lookup in 0..3 {
        let body: Arc<[u8]> = format!(
            "{{\"n\":{n},\"lookup\":{lookup},\"data\":\"{}\"}}",
            "abcdefgh".repeat(250)
        )
        .into_bytes()
        .into();
        let tx = Tx::new(TENANT)
            .with(Op::PutBlob {
                hash: BlobHash::of(&body),
                bytes: body,
            })
            .with(Op::AppendJournal {
                run: head.id,
                entries: vec![entry(n), entry(n + 1)],
                first_seq: 1 + lookup * 2,
            })
            .with(Op::UpdateRun(Box::new(head.clone())));
        store.commit(tx).await.unwrap();
    }
    let key = format!("{}:investigation", case.id);
    let tx = Tx::new(TENANT)
        .with(Op::PutAnswers {
            case: case.id,
            run: head.id,
            answers: (0..3).map(|n| answer(&observable, n)).collect(),
        })
        .with(Op::IntendEffect {
            key: key.clone(),
            run: head.id,
            at: now(),
        })
        .with(Op::PutTicket(ticket(case.id, TicketState::Intended)))
        .with(Op::AppendJournal {
            run: head.id,
            entries: vec![entry(n)],
            first_seq: 7,
        });
    store.commit(tx).await.unwrap();
    let report: Arc<[u8]> = format!("<html>{n}{}</html>", "<tr><td>answer</td></tr>".repeat(100))
        .into_bytes()
        .into();
    let tx = Tx::new(TENANT)
        .with(Op::FinishEffect {
            key,
            result: b"{\"key\":\"SEC-42\"}".to_vec(),
        })
        .with(Op::PutTicket(ticket(case.id, TicketState::Created)))
        .with(Op::PutReport {
            case: case.id,
            run: head.id,
            format: "html".into(),
            blob: BlobHash::of(&report),
        })
        .with(Op::PutBlob {
            hash: BlobHash::of(&report),
            bytes: report,
        })
        .with(Op::AppendJournal {
            run: head.id,
            entries: vec![entry(n), entry(n + 1)],
            first_seq: 8,
        });
    store.commit(tx).await.unwrap();
    head.state = RunState::Succeeded;
    head.ended_at = Some(now());
    case.status = CaseStatus::Closed;
    case.close_reason = Some(CloseReason::Escalated);
    case.verdict = VerdictLevel::Malicious;
    let tx = Tx::new(TENANT)
        .with(line(case.id, "closed"))
        .with(audit(case.id, "case.close"))
        .with(Op::UpdateCase {
            case: Box::new(case),
            expected_version: 1,
        })
        .with(Op::UpdateRun(Box::new(head)));
    store.commit(tx).await.unwrap();
}

fn case(n: u64, observable: Observable) -> Case {
    Case {
        id: CaseId::new(now().millis(), u128::from(n)),
        tenant: TENANT,
        number: 0,
        kind: CaseType::enrichment(),
        title: format!("Enrichment of {}", observable.value),
        severity: Severity::Medium,
        status: CaseStatus::InProgress,
        verdict: VerdictLevel::Unknown,
        score: 0,
        explanation: String::new(),
        dedup_key: observable.key(),
        occurrences: 1,
        owner: None,
        parent: None,
        opened_at: now(),
        updated_at: now(),
        closed_at: None,
        close_reason: None,
        close_note: String::new(),
        last_run: None,
        version: 1,
        observables: vec![observable],
    }
}

fn line(case: CaseId, kind: &str) -> Op {
    Op::Timeline {
        case,
        entry: TimelineEntry {
            at: now(),
            kind: kind.into(),
            actor: Actor::system("bench"),
            text: "something happened to the case".into(),
            data: json!({"run": "run_01"}),
        },
    }
}

fn audit(case: CaseId, action: &str) -> Op {
    Op::Audit(AuditEntry {
        tenant: TENANT,
        at: now(),
        actor: Actor::system("bench"),
        action: action.into(),
        object: case.to_string(),
        detail: json!({}),
    })
}

fn answer(observable: &Observable, n: u32) -> Answer {
    Answer {
        observable: observable.clone(),
        provider: format!("provider{n}"),
        connection: format!("Provider {n}"),
        action: "lookup_domain".into(),
        outcome: AnswerOutcome::Answered,
        reason: String::new(),
        verdict: None,
        output: json!({"score": 7, "engines": 70, "tags": ["phishing", "recent"]}),
        latency_ms: 12,
        cached: false,
        raw: Some(BlobHash::of(b"body")),
        link: None,
        at: now(),
    }
}

fn ticket(case: CaseId, state: TicketState) -> Ticket {
    Ticket {
        case,
        purpose: "investigation".into(),
        connection: "Jira".into(),
        connector: "jira".into(),
        state,
        external_id: "SEC-42".into(),
        url: "https://jira.example/browse/SEC-42".into(),
        at: now(),
    }
}

fn quantiles(mut took: Vec<Duration>) -> String {
    took.sort();
    let at = |share: f64| took[((took.len() - 1) as f64 * share) as usize].as_secs_f64() * 1e3;
    format!(
        "p50 {:.2} ms, p95 {:.2} ms, p99 {:.2} ms",
        at(0.5),
        at(0.95),
        at(0.99)
    )
}

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() {
    let seconds = std::env::var("SECONDS")
        .ok()
        .and_then(|n| n.parse().ok())
        .unwrap_or(4);
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open_sqlite(folder.path(), SqliteOptions::default())
        .await
        .unwrap();
    for (callers, per_tx) in [(1, 1), (16, 1), (128, 1), (1_000, 1), (128, 4), (1_000, 4)] {
        let began = Instant::now();
        let until = began + Duration::from_secs(seconds);
        let tasks: Vec<_> = (0..callers)
            .map(|_| tokio::spawn(journals(store.clone(), until, per_tx)))
            .collect();
        let (mut entries, mut took) = (0, Vec::new());
        for task in tasks {
            let (n, times) = task.await.unwrap();
            entries += n;
            took.extend(times);
        }
        let elapsed = began.elapsed().as_secs_f64();
        println!(
            "journal: {callers:>4} callers, {per_tx} entries and a head each: {:>7.0} entries/s, {:>7.0} commits/s, {}",
            entries as f64 / elapsed,
            took.len() as f64 / elapsed,
            quantiles(took)
        );
    }
    for callers in [16, 256, 1_000] {
        let began = Instant::now();
        let until = began + Duration::from_secs(seconds);
        let tasks: Vec<_> = (0..callers)
            .map(|_| {
                let store = store.clone();
                tokio::spawn(async move {
                    let mut done = 0;
                    while Instant::now() < until {
                        enrichment(&store).await;
                        done += 1;
                    }
                    done
                })
            })
            .collect();
        let mut done = 0;
        for task in tasks {
            done += task.await.unwrap();
        }
        let stats = store.stats().await.unwrap();
        println!(
            "enrichment: {callers:>4} at once: {:>6.0} runs/s (log {} MB, database {} MB)",
            f64::from(done) / began.elapsed().as_secs_f64(),
            stats.wal_bytes / 1_000_000,
            stats.database_bytes / 1_000_000
        );
    }
    store.close().await;
}
