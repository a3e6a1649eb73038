//! The promises, one noun a file; every function is run on SQLite and on PostgreSQL.

mod cases;

use updraft_store::{SqliteOptions, Store};

pub async fn on_sqlite<F: AsyncFnOnce(&Store)>(check: F) {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open_sqlite(folder.path(), SqliteOptions::default())
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
    };
}
pub(crate) use promises;
