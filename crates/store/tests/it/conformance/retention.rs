//! What the policy forgets, and what it must not.

use updraft_model::{AlertState, BlobHash, CaseStatus, RunState, Severity};
use updraft_store::{CaseFilter, Op, Page, Retention, Store, Swept};

use super::{commit, promises};
use crate::builders::{alert, at, case, granted, line, run};

promises!(
    a_closed_case_goes_with_everything_that_is_its_own,
    journals_and_payloads_go_in_their_time,
);

const DAY_MS: i64 = 86_400_000;

async fn a_closed_case_goes_with_everything_that_is_its_own(store: &Store) {
    let mut gone = case("gone");
    gone.status = CaseStatus::Closed;
    let open = case("open");
    let report = BlobHash::of(b"report");
    for case in [&gone, &open] {
        let mut alert = alert(Severity::Low);
        alert.case = Some(case.id);
        alert.state = AlertState::Admitted;
        let run = run(case.id);
        let mut ops = vec![
            Op::InsertCase(Box::new(case.clone())),
            Op::InsertAlert(alert),
            Op::AppendJournal {
                run: run.id,
                entries: vec![vec![1]],
                first_seq: 0,
            },
            Op::IntendEffect {
                key: case.dedup_key.clone(),
                run: run.id,
                at: at(0),
            },
            Op::PutBlob {
                hash: report,
                bytes: b"report".to_vec().into(),
            },
            Op::PutReport {
                case: case.id,
                run: run.id,
                format: "md".into(),
                blob: report,
            },
            Op::InsertRun(Box::new(run)),
        ];
        ops.extend((0..100).map(|_| Op::Timeline {
            case: case.id,
            entry: line("x"),
        }));
        commit(store, ops).await;
    }
    let none = store
        .sweep(at(364 * DAY_MS), Retention::default())
        .await
        .unwrap();
    assert_eq!(none.cases, 0);
    let swept = store
        .sweep(at(366 * DAY_MS), Retention::default())
        .await
        .unwrap();
    assert_eq!(swept.cases, 1);
    let granted = granted();
    assert_eq!(store.case(&granted, gone.id).await.unwrap(), None);
    assert_eq!(store.runs_of_case(&granted, gone.id).await.unwrap(), []);
    assert_eq!(store.reports(&granted, gone.id).await.unwrap(), []);
    assert_eq!(store.effect(&granted, "gone").await.unwrap(), None);
    assert!(
        store
            .timeline(&granted, gone.id, Page::default())
            .await
            .unwrap()
            .items
            .is_empty()
    );
    let search = CaseFilter {
        text: "gone".into(),
        ..CaseFilter::default()
    };
    assert!(
        store
            .cases(&granted, search, Page::default())
            .await
            .unwrap()
            .items
            .is_empty()
    );
    let counts = store
        .case_counts(&granted, CaseFilter::default())
        .await
        .unwrap();
    assert_eq!(counts.total, 1);
    assert!(store.case(&granted, open.id).await.unwrap().is_some());
    assert_eq!(
        store
            .timeline(&granted, open.id, Page::first(200))
            .await
            .unwrap()
            .items
            .len(),
        100
    );
    // The other case's report is the same payload: it stays.
    assert!(store.blob(&granted, report).await.unwrap().is_some());
    commit(store, [Op::InsertCase(Box::new(case("gone")))]).await;
}

async fn journals_and_payloads_go_in_their_time(store: &Store) {
    let case = case("keep").id;
    let (mut over, young) = (run(case), run(case));
    over.state = RunState::Succeeded;
    over.ended_at = Some(at(0));
    let (raw, report) = (BlobHash::of(b"raw"), BlobHash::of(b"report"));
    let mut ignored = alert(Severity::Low);
    ignored.state = AlertState::Ignored;
    let waiting = alert(Severity::Low);
    let append = |run| Op::AppendJournal {
        run,
        entries: vec![vec![1]],
        first_seq: 0,
    };
    commit(
        store,
        [
            append(over.id),
            append(young.id),
            Op::InsertRun(Box::new(over.clone())),
            Op::InsertRun(Box::new(young.clone())),
            Op::PutBlob {
                hash: raw,
                bytes: b"raw".to_vec().into(),
            },
            Op::PutBlob {
                hash: report,
                bytes: b"report".to_vec().into(),
            },
            Op::PutReport {
                case,
                run: over.id,
                format: "md".into(),
                blob: report,
            },
            Op::InsertAlert(ignored.clone()),
            Op::InsertAlert(waiting.clone()),
        ],
    )
    .await;
    // Payloads are dated by the wall clock, far from the tests' own time.
    let later = at(40_000 * DAY_MS);
    let granted = granted();
    let swept = store.sweep(later, Retention::default()).await.unwrap();
    assert_eq!(
        swept,
        Swept {
            journals: 1,
            alerts: 1,
            ..Swept::default()
        }
    );
    assert!(
        store.blob(&granted, raw).await.unwrap().is_some(),
        "a run that is not over may need it"
    );
    assert_eq!(store.journal(&granted, over.id).await.unwrap(), []);
    assert_eq!(store.journal(&granted, young.id).await.unwrap().len(), 1);
    assert!(store.run(&granted, over.id).await.unwrap().is_some());
    assert_eq!(store.alert(&granted, ignored.id).await.unwrap(), None);
    assert!(store.alert(&granted, waiting.id).await.unwrap().is_some());

    let mut ended = young;
    ended.state = RunState::Failed;
    ended.ended_at = Some(at(0));
    commit(store, [Op::UpdateRun(Box::new(ended.clone()))]).await;
    let swept = store.sweep(later, Retention::default()).await.unwrap();
    assert_eq!(
        swept,
        Swept {
            journals: 1,
            payloads: 1,
            ..Swept::default()
        }
    );
    assert!(
        store.blob(&granted, report).await.unwrap().is_some(),
        "a report goes with its case"
    );
    commit(
        store,
        [Op::PutBlob {
            hash: raw,
            bytes: b"raw".to_vec().into(),
        }],
    )
    .await;
    assert!(
        store.blob(&granted, raw).await.unwrap().is_some(),
        "what was forgotten is stored again"
    );
}
