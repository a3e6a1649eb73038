//! The handle: hands transactions to the writer and reads to the readers.

use std::{
    fmt,
    future::Future,
    path::Path,
    sync::{Arc, Mutex},
    thread::JoinHandle,
};

use parking_lot::Mutex as FastMutex;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot};
use updraft_model::{Granted, Severity, TenantId};

use crate::{
    error::Error,
    heads::Heads,
    names::Names,
    postgres::{self, PostgresOptions},
    prepare::prepare,
    queue::{Item, Work},
    seam::Db,
    sqlite::{self, SqliteOptions},
    tx::{Committed, Tx},
    writer::{self, Shared},
};

/// Room for waiting transactions, in KiB.
const QUEUE_KIB_MAX: u32 = 128 * 1024;
/// What the smallest transaction takes of it.
const TX_KIB_MIN: usize = 4;

/// Everything that survives a restart. Cheap to clone; all clones are the same store.
#[derive(Clone)]
pub struct Store {
    inner: Arc<Inner>,
}

struct Inner {
    shared: Arc<Shared>,
    room: Arc<Semaphore>,
    readers: Readers,
    writer: FastMutex<Option<JoinHandle<()>>>,
}

enum Readers {
    Sqlite(sqlite::Readers),
    Postgres(postgres::Readers),
}

impl fmt::Debug for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = match self.inner.readers {
            Readers::Sqlite(_) => "sqlite",
            Readers::Postgres(_) => "postgres",
        };
        write!(
            f,
            "Store({kind}, {} waiting)",
            self.inner.shared.queue.waiting()
        )
    }
}

/// Without its writer a program would take alerts that it can never store. It ends at once instead: whatever
/// watches over it starts it again, and it takes up its work from what is on the disk.
struct EndsTheProcess;

impl Drop for EndsTheProcess {
    fn drop(&mut self) {
        if std::thread::panicking() {
            tracing::error!(
                "The store's writer failed; the program ends and is to be started again"
            );
            std::process::abort();
        }
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        self.shared.queue.close();
    }
}

impl Store {
    /// Opens (or makes) the database in a data folder and brings it to the newest schema.
    ///
    /// # Errors
    /// [`Error::NewerSchema`] for a database of a newer program, [`Error::InUse`] when another process has the folder,
    /// [`Error::Io`] and [`Error::Full`] from the disk.
    pub async fn open_sqlite(folder: &Path, options: SqliteOptions) -> Result<Store, Error> {
        let folder = folder.to_owned();
        off_thread(move || {
            let (mut backend, readers) = sqlite::open(&folder, &options)?;
            Self::start(Readers::Sqlite(readers), move |shared| {
                writer::drive(&mut backend, shared);
            })
        })
        .await
    }

    /// Opens the database behind a URL (`postgres://user:password@host/database`) and brings it to the newest schema.
    ///
    /// # Errors
    /// [`Error::Unreachable`] when no server answers, [`Error::NewerSchema`] for a database of a newer program.
    pub async fn open_postgres(url: &str, options: PostgresOptions) -> Result<Store, Error> {
        let url = url.to_owned();
        let readers = postgres::Readers::new(&url, &options)?;
        off_thread(move || {
            let mut backend = postgres::open(&url)?;
            Self::start(Readers::Postgres(readers), move |shared| {
                writer::drive(&mut backend, shared);
            })
        })
        .await
    }

    /// A store whose batches are committed by the simulation that holds the other end.
    #[cfg(feature = "simulation")]
    pub(crate) fn simulated(readers: sqlite::Readers) -> (Store, Arc<Shared>) {
        let shared = Arc::new(Shared::default());
        let store = Store {
            inner: Arc::new(Inner {
                shared: Arc::clone(&shared),
                room: Arc::new(Semaphore::new(QUEUE_KIB_MAX as usize)),
                readers: Readers::Sqlite(readers),
                writer: FastMutex::new(None),
            }),
        };
        (store, shared)
    }

    fn start(
        readers: Readers,
        work: impl FnOnce(&Shared) + Send + 'static,
    ) -> Result<Store, Error> {
        let shared = Arc::new(Shared::default());
        let writer = std::thread::Builder::new()
            .name("store-writer".into())
            .spawn({
                let shared = Arc::clone(&shared);
                move || {
                    let _alive = EndsTheProcess;
                    work(&shared);
                }
            });
        let writer = writer.map_err(|error| Error::Io {
            detail: format!("the writer's thread could not be started: {error}"),
        })?;
        Ok(Store {
            inner: Arc::new(Inner {
                shared,
                room: Arc::new(Semaphore::new(QUEUE_KIB_MAX as usize)),
                readers,
                writer: FastMutex::new(Some(writer)),
            }),
        })
    }

    /// Makes a transaction durable: when this returns `Ok`, it is on the disk. Waits while the queue is full.
    ///
    /// # Errors
    /// [`Error::Conflict`] when a guard refused it; other errors mean that nothing of it was written, except
    /// [`Error::OutcomeUnknown`].
    pub async fn commit(&self, tx: Tx) -> Result<Committed, Error> {
        let priority = tx.priority;
        let ready = prepare(tx, &self.inner.shared.recent)?;
        let bytes = ready.bytes;
        let room = Arc::clone(&self.inner.room).acquire_many_owned(room_for(bytes));
        let room = room.await.map_err(|_| Error::Closed)?;
        self.enqueue(priority, Work::Tx(ready), bytes, Some(room))
            .await
    }

    /// The same, put into the queue before this returns: transactions of equal priority are applied in the order of
    /// the calls, so a caller need not wait for one before handing in the next. It does not wait for room.
    pub fn commit_nowait(
        &self,
        tx: Tx,
    ) -> impl Future<Output = Result<Committed, Error>> + Send + 'static {
        let priority = tx.priority;
        let queued = prepare(tx, &self.inner.shared.recent).map(|ready| {
            let bytes = ready.bytes;
            let room = Arc::clone(&self.inner.room).try_acquire_many_owned(room_for(bytes));
            self.enqueue(priority, Work::Tx(ready), bytes, room.ok())
        });
        async move { queued?.await }
    }

    fn enqueue(
        &self,
        priority: Severity,
        work: Work,
        bytes: usize,
        room: Option<OwnedSemaphorePermit>,
    ) -> impl Future<Output = Result<Committed, Error>> + Send + 'static {
        let (answer, answered) = oneshot::channel();
        let pushed = self.inner.shared.queue.push(
            priority,
            Item {
                work,
                bytes,
                answer,
                room,
            },
        );
        async move {
            pushed?;
            answered.await.unwrap_or(Err(Error::Closed))
        }
    }

    /// How full the queue of writes is, 0 to 1. Intake answers "try again later" when it nears 1.
    pub fn pressure(&self) -> f32 {
        let total = f64::from(QUEUE_KIB_MAX);
        let free = self.inner.room.available_permits() as f64;
        (1.0 - free / total).clamp(0.0, 1.0) as f32
    }

    /// Takes no more writes, finishes those that wait, and returns when the database is at rest.
    pub async fn close(&self) {
        self.inner.shared.queue.close();
        let writer = self.inner.writer.lock().take();
        if let Some(writer) = writer {
            let _ = tokio::task::spawn_blocking(move || writer.join()).await;
        }
    }

    /// Runs a piece of housekeeping as the writer, durable when it returns.
    pub(crate) async fn job<T: Send + 'static>(
        &self,
        mut job: impl FnMut(&mut dyn Db, &mut Heads) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        let found = Arc::new(Mutex::new(None));
        let slot = Arc::clone(&found);
        let work: crate::queue::Job = Box::new(move |db, heads| {
            let result = job(db, heads)?;
            if let Ok(mut slot) = slot.lock() {
                *slot = Some(result);
            }
            Ok(())
        });
        self.enqueue(Severity::Informational, Work::Job(work), 0, None)
            .await?;
        let found = found.lock().ok().and_then(|mut slot| slot.take());
        found.ok_or(Error::Closed)
    }

    /// Reads for the holder of a grant: the closure gets the tenant's number, and a tenant that never wrote anything
    /// has nothing to find.
    pub(crate) async fn scoped<T: Default + Send + 'static>(
        &self,
        granted: &Granted,
        read: impl FnOnce(&mut dyn Db, i64) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        self.of_tenant(granted.tenant(), read).await
    }

    pub(crate) async fn of_tenant<T: Default + Send + 'static>(
        &self,
        tenant: TenantId,
        read: impl FnOnce(&mut dyn Db, i64) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        let names = self.names();
        self.read(move |db| match names.tenant(db, tenant)? {
            Some(tenant) => read(db, tenant),
            None => Ok(T::default()),
        })
        .await
    }

    /// The same for one statement that finds a few rows by their key.
    pub(crate) async fn point<T: Default + Send + 'static>(
        &self,
        granted: &Granted,
        read: impl FnOnce(&mut dyn Db, i64) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        let (names, tenant) = (self.names(), granted.tenant());
        let read = move |db: &mut dyn Db| match names.tenant(db, tenant)? {
            Some(tenant) => read(db, tenant),
            None => Ok(T::default()),
        };
        match &self.inner.readers {
            Readers::Sqlite(readers) => readers.point(read).await,
            Readers::Postgres(readers) => readers.read(read).await,
        }
    }

    pub(crate) async fn read<T: Send + 'static>(
        &self,
        read: impl FnOnce(&mut dyn Db) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        match &self.inner.readers {
            Readers::Sqlite(readers) => readers.read(read).await,
            Readers::Postgres(readers) => readers.read(read).await,
        }
    }

    pub(crate) fn names(&self) -> Arc<Names> {
        Arc::clone(&self.inner.shared.names)
    }

    /// Writes a consistent copy of the whole database into a new file while everything goes on (SQLite only; for
    /// PostgreSQL use its own tools).
    ///
    /// # Errors
    /// [`Error::Io`] and [`Error::Full`] from the disk; [`Error::Invalid`] on PostgreSQL or if the file exists.
    pub async fn backup_to(&self, path: &Path) -> Result<(), Error> {
        match &self.inner.readers {
            Readers::Sqlite(readers) => readers.backup_to(path).await,
            Readers::Postgres(_) => Err(Error::Invalid {
                detail: "a PostgreSQL database is backed up with pg_dump or pg_basebackup".into(),
            }),
        }
    }

    pub(crate) fn waiting(&self) -> usize {
        self.inner.shared.queue.waiting()
    }

    pub(crate) fn file_sizes(&self) -> Option<(u64, u64)> {
        match &self.inner.readers {
            Readers::Sqlite(readers) => Some(readers.file_sizes()),
            Readers::Postgres(_) => None,
        }
    }
}

fn room_for(bytes: usize) -> u32 {
    let kib = (bytes / 1024).max(TX_KIB_MIN);
    // A transaction may be as large as the whole queue; it then waits until it is alone.
    u32::try_from(kib)
        .unwrap_or(QUEUE_KIB_MAX)
        .min(QUEUE_KIB_MAX)
}

async fn off_thread<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Error> + Send + 'static,
) -> Result<T, Error> {
    match tokio::task::spawn_blocking(work).await {
        Ok(result) => result,
        Err(_) => Err(Error::Closed),
    }
}

#[cfg(test)]
mod tests {
    use updraft_model::{Permission, RunId};

    use super::*;
    use crate::Op;

    fn append(first_seq: u64, bytes: usize) -> Tx {
        Tx::new(TenantId::DEFAULT).with(Op::AppendJournal {
            run: RunId::new(1, 1),
            entries: vec![vec![7; bytes]],
            first_seq,
        })
    }

    #[tokio::test]
    async fn a_defect_in_the_writer_fails_its_batch_and_no_other() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open_sqlite(folder.path(), SqliteOptions::default())
            .await
            .unwrap();
        store.commit(append(0, 1)).await.unwrap();
        let broken = store.job::<()>(|_, _| panic!("a defect")).await;
        assert!(matches!(broken, Err(Error::Refused { .. })));
        store.commit(append(1, 1)).await.unwrap();
        let granted = Granted::system(TenantId::DEFAULT, "test", Permission::CaseRead);
        let journal = store.journal(&granted, RunId::new(1, 1)).await.unwrap();
        assert_eq!(journal.len(), 2);
        store.close().await;
    }

    #[tokio::test]
    async fn a_full_queue_shows_as_pressure_and_empties_again() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open_sqlite(folder.path(), SqliteOptions::default())
            .await
            .unwrap();
        let (hold, held) = std::sync::mpsc::channel::<()>();
        let (started, at_work) = oneshot::channel();
        let mut started = Some(started);
        let waits = tokio::spawn({
            let store = store.clone();
            async move {
                let job = store.job(move |_, _| {
                    started.take().map(|started| started.send(()));
                    Ok(held.recv().is_err())
                });
                job.await
            }
        });
        at_work.await.unwrap();
        let appended: Vec<_> = (0..60)
            .map(|seq| store.commit_nowait(append(seq, 2_000_000)))
            .collect();
        assert!(store.pressure() > 0.8, "{}", store.pressure());
        drop(hold);
        assert!(waits.await.unwrap().unwrap());
        for one in appended {
            one.await.unwrap();
        }
        assert!(store.pressure() < 0.01);
        store.close().await;
    }
}
