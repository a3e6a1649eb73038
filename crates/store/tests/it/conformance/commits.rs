//! What commit promises: all or nothing, alone or among others, in order.

use updraft_model::{BlobHash, Severity};
use updraft_store::{Conflict, Error, Op, Store, Tx};

use super::{commit, promises};
use crate::builders::{TENANT, alert, case, granted, line, run};

promises!(
    one_bad_transaction_among_a_hundred_good_ones_fails_alone,
    everything_of_a_refused_transaction_is_undone,
    transactions_of_one_caller_keep_their_order,
    a_payload_is_stored_once_and_comes_back,
    what_is_too_large_is_refused_with_its_limit,
    a_closed_store_says_so,
);

async fn one_bad_transaction_among_a_hundred_good_ones_fails_alone(store: &Store) {
    commit(store, [Op::InsertCase(Box::new(case("taken")))]).await;
    let waiting: Vec<_> = (0..101)
        .map(|n| {
            let key = if n == 50 {
                "taken".to_owned()
            } else {
                format!("good{n}")
            };
            let tx = Tx::new(TENANT)
                .with(Op::InsertAlert(alert(Severity::Low)))
                .with(Op::InsertCase(Box::new(case(&key))));
            store.commit_nowait(tx)
        })
        .collect();
    let mut numbers = vec![];
    for (n, one) in waiting.into_iter().enumerate() {
        match one.await {
            Ok(committed) => numbers.push(committed.case_numbers[0].1),
            Err(error) => {
                assert_eq!(n, 50);
                assert!(matches!(error, Error::Conflict(Conflict::CaseKey { .. })));
            }
        }
    }
    assert_eq!(numbers, (2..=101).collect::<Vec<_>>());
    assert_eq!(store.driver_inbox(1_000).await.unwrap().len(), 100);
}

async fn everything_of_a_refused_transaction_is_undone(store: &Store) {
    let (case, run, alert) = (case("undone"), run(case("x").id), alert(Severity::Low));
    let tx = Tx::new(TENANT)
        .with(Op::InsertAlert(alert.clone()))
        .with(Op::InsertCase(Box::new(case.clone())))
        .with(Op::InsertRun(Box::new(run.clone())))
        .with(Op::Timeline {
            case: case.id,
            entry: line("x"),
        })
        .with(Op::FinishEffect {
            key: "never intended".into(),
            result: vec![],
        });
    let refused = store.commit(tx).await.unwrap_err();
    assert!(matches!(
        refused,
        Error::Conflict(Conflict::Missing {
            what: "intended effect",
            ..
        })
    ));
    let granted = granted();
    assert_eq!(store.alert(&granted, alert.id).await.unwrap(), None);
    assert_eq!(store.case(&granted, case.id).await.unwrap(), None);
    assert_eq!(store.run(&granted, run.id).await.unwrap(), None);
    assert!(
        store
            .timeline(&granted, case.id, Default::default())
            .await
            .unwrap()
            .items
            .is_empty()
    );
    assert_eq!(store.stats().await.unwrap().cases, 0);
}

async fn transactions_of_one_caller_keep_their_order(store: &Store) {
    let run = run(case("x").id);
    let waiting: Vec<_> = (0..500)
        .map(|n: u64| {
            store.commit_nowait(Tx::new(TENANT).with(Op::AppendJournal {
                run: run.id,
                entries: vec![n.to_le_bytes().to_vec()],
                first_seq: n,
            }))
        })
        .collect();
    for one in waiting {
        one.await.unwrap();
    }
    let journal = store.journal(&granted(), run.id).await.unwrap();
    assert!(
        journal
            .iter()
            .enumerate()
            .all(|(n, (seq, entry))| { *seq == n as u64 && *entry == (n as u64).to_le_bytes() })
    );
    assert_eq!(journal.len(), 500);
}

async fn a_payload_is_stored_once_and_comes_back(store: &Store) {
    for bytes in [
        vec![],
        b"short".to_vec(),
        vec![7; 300_000],
        (0..70_000_u32).flat_map(u32::to_le_bytes).collect(),
    ] {
        let hash = BlobHash::of(&bytes);
        let put = || Op::PutBlob {
            hash,
            bytes: bytes.clone().into(),
        };
        commit(store, [put(), put()]).await;
        commit(store, [put()]).await;
        assert_eq!(store.blob(&granted(), hash).await.unwrap(), Some(bytes));
    }
    assert_eq!(
        store
            .blob(&granted(), BlobHash::of(b"never put"))
            .await
            .unwrap(),
        None
    );
}

async fn what_is_too_large_is_refused_with_its_limit(store: &Store) {
    let refused = store
        .commit(Tx::new(TENANT).with(Op::InsertCase(Box::new(case(&"k".repeat(2_000))))))
        .await;
    assert!(matches!(refused, Err(Error::TooLarge { limit: 1_024, .. })));
    let mut tx = Tx::new(TENANT);
    tx.ops = vec![Op::DeleteSession { hash: [0; 32] }; 20_001];
    assert!(matches!(
        store.commit(tx).await,
        Err(Error::TooLarge { limit: 20_000, .. })
    ));
    assert!(store.pressure() < 0.01);
}

async fn a_closed_store_says_so(store: &Store) {
    let last = store.commit_nowait(Tx::new(TENANT).with(Op::InsertCase(Box::new(case("last")))));
    store.close().await;
    last.await.unwrap();
    let late = store
        .commit(Tx::new(TENANT).with(Op::InsertCase(Box::new(case("late")))))
        .await;
    assert_eq!(late.unwrap_err(), Error::Closed);
}
