//! What only SQLite can show: a restart, a full disk, the folder's lock, backups, a tampered file.

use std::path::Path;

use updraft_model::{BlobHash, CaseStatus};
use updraft_store::{
    CaseFilter, DATABASE_FILE, Error, Op, SqliteOptions, Store, Tx, check_file, restore_from,
};

use crate::builders::{TENANT, audit, case, granted};

async fn open(folder: &Path) -> Store {
    Store::open_sqlite(folder, SqliteOptions::default())
        .await
        .unwrap()
}

fn open_case(key: &str) -> Tx {
    Tx::new(TENANT)
        .with(Op::InsertCase(Box::new(case(key))))
        .with(Op::Audit(audit(TENANT, "case.open")))
}

fn edit(folder: &Path, sql: &str) {
    let file = rusqlite::Connection::open(folder.join(DATABASE_FILE)).unwrap();
    file.execute_batch(sql).unwrap();
}

#[tokio::test]
async fn what_was_committed_is_there_after_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path()).await;
    for n in 0..20 {
        store.commit(open_case(&format!("k{n}"))).await.unwrap();
    }
    store.close().await;
    drop(store);
    let store = open(folder.path()).await;
    assert_eq!(store.stats().await.unwrap().cases, 20);
    let committed = store.commit(open_case("next")).await.unwrap();
    assert_eq!(committed.case_numbers[0].1, 21);
    assert_eq!(store.audit_verify(&granted()).await.unwrap().sound, 21);
    store.close().await;
}

#[tokio::test]
async fn a_full_disk_refuses_loses_nothing_and_heals() {
    let folder = tempfile::tempdir().unwrap();
    let small = SqliteOptions {
        pages_max: Some(300),
        ..SqliteOptions::default()
    };
    let store = Store::open_sqlite(folder.path(), small).await.unwrap();
    let noise: Vec<u8> = (0..3_000_u32)
        .flat_map(|n| BlobHash::of(&n.to_le_bytes()).as_bytes()[..16].to_vec())
        .collect();
    let mut acknowledged = vec![];
    let full = loop {
        let key = format!("k{}", acknowledged.len());
        let mut bytes = noise.clone();
        bytes.extend(key.as_bytes());
        let tx = open_case(&key).with(Op::PutBlob {
            hash: BlobHash::of(&bytes),
            bytes: bytes.into(),
        });
        match store.commit(tx).await {
            Ok(_) => acknowledged.push(key),
            Err(error) => break error,
        }
        assert!(acknowledged.len() < 1_000);
    };
    assert!(matches!(full, Error::Full { .. }), "{full}");
    assert!(full.to_string().contains("free space"));
    assert!(acknowledged.len() > 5);
    // All of a batch are told.
    let bytes: std::sync::Arc<[u8]> = noise.into();
    let waiting: Vec<_> = (0..20)
        .map(|n| {
            store.commit_nowait(open_case(&format!("batch{n}")).with(Op::PutBlob {
                hash: BlobHash::of(&[n]),
                bytes: bytes.clone(),
            }))
        })
        .collect();
    for one in waiting {
        assert!(matches!(one.await, Err(Error::Full { .. })));
    }
    let counts = store
        .case_counts(&granted(), CaseFilter::default())
        .await
        .unwrap();
    assert_eq!(counts.total, acknowledged.len() as u64);
    store.close().await;
    drop(store);

    let store = open(folder.path()).await;
    for key in &acknowledged {
        assert!(
            store
                .case_by_key(&granted(), key.as_str())
                .await
                .unwrap()
                .is_some()
        );
    }
    store.commit(open_case("after")).await.unwrap();
    assert_eq!(
        store.audit_verify(&granted()).await.unwrap().sound,
        acknowledged.len() as u64 + 1
    );
    store.close().await;
}

#[tokio::test]
async fn a_second_program_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path()).await;
    let second = Store::open_sqlite(folder.path(), SqliteOptions::default()).await;
    assert!(matches!(second, Err(Error::InUse { .. })));
    store.close().await;
    open(folder.path()).await.close().await;
}

#[tokio::test]
async fn a_newer_schema_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    open(folder.path()).await.close().await;
    edit(folder.path(), "INSERT INTO schema_version VALUES (99)");
    let newer = Store::open_sqlite(folder.path(), SqliteOptions::default())
        .await
        .unwrap_err();
    assert!(matches!(newer, Error::NewerSchema { found: 99, .. }));
    assert!(matches!(
        check_file(&folder.path().join(DATABASE_FILE)),
        Err(Error::NewerSchema { .. })
    ));
}

#[tokio::test]
async fn a_changed_or_missing_audit_row_is_found() {
    for (damage, place) in [
        (
            "UPDATE audit SET body = replace(body, 'case.open', 'case.shut') WHERE seq = 4",
            4,
        ),
        ("DELETE FROM audit WHERE seq = 7", 7),
        ("DELETE FROM audit WHERE seq = 10", 10),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let store = open(folder.path()).await;
        for n in 0..10 {
            store.commit(open_case(&format!("k{n}"))).await.unwrap();
        }
        store.close().await;
        edit(folder.path(), damage);
        let report = store.audit_verify(&granted()).await.unwrap();
        assert_eq!(report.broken.map(|(at, _)| at), Some(place), "{damage}");
    }
}

#[tokio::test]
async fn a_backup_made_while_writing_is_whole() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(&folder.path().join("data")).await;
    for n in 0..50 {
        store.commit(open_case(&format!("k{n}"))).await.unwrap();
    }
    let writer = tokio::spawn({
        let store = store.clone();
        async move {
            for n in 50..150 {
                store.commit(open_case(&format!("k{n}"))).await.unwrap();
            }
        }
    });
    let backup = folder.path().join("backup.db");
    store.backup_to(&backup).await.unwrap();
    assert!(matches!(
        store.backup_to(&backup).await,
        Err(Error::Invalid { .. })
    ));
    writer.await.unwrap();
    store.close().await;

    check_file(&backup).unwrap();
    let restored = folder.path().join("restored");
    restore_from(&backup, &restored).unwrap();
    assert!(matches!(
        restore_from(&backup, &restored),
        Err(Error::Invalid { .. })
    ));
    let store = open(&restored).await;
    let cases = store.stats().await.unwrap().cases;
    assert!((50..=150).contains(&cases));
    assert_eq!(store.audit_verify(&granted()).await.unwrap().sound, cases);
    store.close().await;

    let bytes = std::fs::read(&backup).unwrap();
    std::fs::write(&backup, &bytes[..bytes.len() / 2]).unwrap();
    assert!(check_file(&backup).is_err());
    std::fs::write(&backup, b"no database").unwrap();
    assert!(check_file(&backup).is_err());
}

#[tokio::test]
async fn the_log_stays_bounded_under_load() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path()).await;
    let mut waiting = vec![];
    for n in 0..600_u32 {
        let bytes: Vec<u8> = (0..8_000_u32)
            .flat_map(|m| (m.wrapping_mul(n * 2_654_435 + 1)).to_le_bytes())
            .collect();
        waiting.push(store.commit_nowait(Tx::new(TENANT).with(Op::PutBlob {
            hash: BlobHash::of(&bytes),
            bytes: bytes.into(),
        })));
        if n % 50 == 49 {
            for one in waiting.drain(..) {
                one.await.unwrap();
            }
            // LIMIT: 64 MiB before it is emptied, and what one look apart may add.
            assert!(store.stats().await.unwrap().wal_bytes < 160 * 1024 * 1024);
        }
    }
    let mut changed = case("x");
    changed.status = CaseStatus::Closed;
    store.close().await;
}
