//! The promises, one noun a file; every function is run on SQLite and on PostgreSQL.

mod alerts;
mod audit;
mod cases;
mod commits;
mod counters;
mod isolation;
mod paging;
mod playbooks;
mod retention;
mod runs;
mod settings;
mod tasks;
mod trials;
mod triggers;
mod wishes;

use updraft_store::{PostgresOptions, SqliteOptions, Store};

pub async fn on_sqlite<F: AsyncFnOnce(&Store)>(check: F) {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open_sqlite(folder.path(), SqliteOptions::default())
        .await
        .unwrap();
    check(&store).await;
    store.close().await;
}

pub async fn on_postgres<F: AsyncFnOnce(&Store)>(check: F) {
    let url = crate::postgres::database().await;
    let store = Store::open_postgres(&url, PostgresOptions { readers: 4 })
        .await
        .unwrap();
    check(&store).await;
    store.close().await;
}

/// Makes two tests of each function.
macro_rules! promises {
    ($($name:ident),* $(,)?) => {
        mod on_sqlite {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() { crate::conformance::on_sqlite(super::$name).await; })*
        }
        mod on_postgres {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() { crate::conformance::on_postgres(super::$name).await; })*
        }
    };
}
pub(crate) use promises;

pub async fn commit(
    store: &Store,
    ops: impl IntoIterator<Item = updraft_store::Op>,
) -> updraft_store::Committed {
    let mut tx = updraft_store::Tx::new(crate::builders::TENANT);
    tx.ops.extend(ops);
    store.commit(tx).await.unwrap()
}

pub async fn refusal(
    store: &Store,
    ops: impl IntoIterator<Item = updraft_store::Op>,
) -> updraft_store::Error {
    let mut tx = updraft_store::Tx::new(crate::builders::TENANT);
    tx.ops.extend(ops);
    store.commit(tx).await.unwrap_err()
}
