//! SQLite: one file in the data folder, write-ahead log, every commit synced.
//!
//! One connection writes (the writer's thread), a few read, one copies the log back into the file in the background so
//! that the writer need not. The log never grows beyond a bound: past it, the writer itself empties it.

mod backup;
mod checkpoint;
mod connection;

use std::{
    fs::{File, TryLockError},
    path::{Path, PathBuf},
    sync::Arc,
    time::Instant,
};

use parking_lot::Mutex;
use tokio::sync::Semaphore;

pub use backup::{check_file, restore_from};
pub(crate) use connection::Sqlite;

use crate::{
    error::{Conflict, Error},
    schema,
    seam::{Backend, Db, Dialect, Row, Val},
};

/// The database's name in the data folder.
pub const DATABASE_FILE: &str = "updraft.db";
const LOCK_FILE: &str = "updraft.lock";
/// A read that takes longer is stopped.
pub(crate) const READ_MS_MAX: u64 = 10_000;

/// How SQLite is opened. The defaults suit one server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SqliteOptions {
    /// How many reads go on at once.
    pub readers: usize,
    /// Page cache of the writer.
    pub writer_cache_kib: u32,
    /// Page cache of each reader.
    pub reader_cache_kib: u32,
    /// The most pages (of 4 KiB) that the file may have; `None` leaves it to the disk.
    pub pages_max: Option<u32>,
}

impl Default for SqliteOptions {
    fn default() -> Self {
        Self {
            readers: 3,
            writer_cache_kib: 16 * 1024,
            reader_cache_kib: 4 * 1024,
            pages_max: None,
        }
    }
}

/// Opens the folder for this process alone, migrates, and gives the writer's side and the readers'.
pub(crate) fn open(folder: &Path, options: &SqliteOptions) -> Result<(Writer, Readers), Error> {
    let io = |error: std::io::Error| Error::Io {
        detail: format!("{}: {error}", folder.display()),
    };
    std::fs::create_dir_all(folder).map_err(io)?;
    let lock = File::create(folder.join(LOCK_FILE)).map_err(io)?;
    match lock.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => {
            return Err(Error::InUse {
                folder: folder.display().to_string(),
            });
        }
        Err(TryLockError::Error(error)) => return Err(io(error)),
    }
    let path = folder.join(DATABASE_FILE);
    let mut writer = Writer {
        sqlite: Sqlite::writer(&path, options)?,
        checkpointer: checkpoint::Checkpointer::start(&path)?,
        _lock: lock,
    };
    schema::migrate(&mut writer)?;
    Ok((writer, Readers::open(path, options)?))
}

/// The writer's side: its connection, and the folder's lock for as long as it works.
pub(crate) struct Writer {
    sqlite: Sqlite,
    checkpointer: checkpoint::Checkpointer,
    _lock: File,
}

impl Db for Writer {
    fn dialect(&self) -> Dialect {
        self.sqlite.dialect()
    }
    fn rows(&mut self, sql: &'static str, params: &[Val<'_>]) -> Result<Vec<Row>, Error> {
        self.sqlite.rows(sql, params)
    }
    fn many(&mut self, sql: &'static str, params: &[Vec<Val<'_>>]) -> Result<Vec<Vec<Row>>, Error> {
        self.sqlite.many(sql, params)
    }
    fn run(&mut self, sql: &'static str, params: &[Val<'_>]) -> Result<u64, Error> {
        self.sqlite.run(sql, params)
    }
    fn send(
        &mut self,
        sql: &'static str,
        params: &[Val<'_>],
        guard: Option<Conflict>,
    ) -> Result<(), Error> {
        self.sqlite.send(sql, params, guard)
    }
    fn settle(&mut self) -> Result<(), Error> {
        Ok(())
    }
    fn script(&mut self, sql: &str) -> Result<(), Error> {
        self.sqlite.script(sql)
    }
}

impl Backend for Writer {
    fn begin(&mut self) -> Result<(), Error> {
        self.run("BEGIN IMMEDIATE", &[]).map(drop)
    }
    fn commit(&mut self) -> Result<(), Error> {
        self.run("COMMIT", &[]).map(drop)
    }
    fn rollback(&mut self) {
        self.sqlite.rollback();
    }
    fn may_retry(&self, _error: &Error) -> bool {
        false
    }
    fn between(&mut self, idle: bool) {
        self.checkpointer.after_batch(&mut self.sqlite, idle);
    }
}

/// A few connections that only read.
pub(crate) struct Readers {
    path: PathBuf,
    free: Arc<Mutex<Vec<Sqlite>>>,
    places: Arc<Semaphore>,
    /// Every read is done where it is asked for.
    in_place: bool,
}

impl Readers {
    fn open(path: PathBuf, options: &SqliteOptions) -> Result<Self, Error> {
        let count = options.readers.clamp(1, 64);
        let free = (0..count)
            .map(|_| Sqlite::reader(&path, options.reader_cache_kib))
            .collect::<Result<Vec<_>, _>>()?;
        Ok(Self {
            path,
            free: Arc::new(Mutex::new(free)),
            places: Arc::new(Semaphore::new(count)),
            in_place: false,
        })
    }

    /// The readers of a simulation: no other thread takes part.
    #[cfg(feature = "simulation")]
    pub(crate) fn in_place(free: Arc<Mutex<Vec<Sqlite>>>) -> Self {
        let count = free.lock().len();
        Self {
            path: PathBuf::new(),
            free,
            places: Arc::new(Semaphore::new(count)),
            in_place: true,
        }
    }

    /// Runs a read off the async threads, in one short read transaction: it sees one moment of the database.
    pub(crate) async fn read<T: Send + 'static>(
        &self,
        read: impl FnOnce(&mut dyn Db) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        let place = Arc::clone(&self.places).acquire_owned().await;
        let place = place.map_err(|_| Error::Closed)?;
        let free = Arc::clone(&self.free);
        if self.in_place {
            let connection = free.lock().pop();
            let mut connection = connection.ok_or(Error::Closed)?;
            let result = connection.read_transaction(Instant::now(), read);
            free.lock().push(connection);
            return result;
        }
        let done = tokio::task::spawn_blocking(move || {
            let connection = free.lock().pop();
            let mut connection = connection.ok_or(Error::Closed)?;
            let result = connection.read_transaction(Instant::now(), read);
            free.lock().push(connection);
            drop(place);
            result
        });
        done.await.unwrap_or(Err(Error::Closed))
    }

    /// Runs a read of a few rows by their key, one statement, where it is asked for: it takes some microseconds, and
    /// the way to another thread and back costs several times that. When all connections are at work it waits like
    /// any other read.
    pub(crate) async fn point<T: Send + 'static>(
        &self,
        read: impl FnOnce(&mut dyn Db) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        let Ok(place) = self.places.try_acquire() else {
            return self.read(read).await;
        };
        let connection = self.free.lock().pop();
        let mut connection = connection.ok_or(Error::Closed)?;
        let result = connection.read_statement(read);
        self.free.lock().push(connection);
        drop(place);
        result
    }

    pub(crate) async fn backup_to(&self, target: &Path) -> Result<(), Error> {
        let (source, target) = (self.path.clone(), target.to_owned());
        let done = tokio::task::spawn_blocking(move || backup::copy(&source, &target));
        done.await.unwrap_or(Err(Error::Closed))
    }

    /// Bytes of the database and of its log.
    pub(crate) fn file_sizes(&self) -> (u64, u64) {
        let size = |path: &Path| std::fs::metadata(path).map_or(0, |meta| meta.len());
        (size(&self.path), size(&checkpoint::log_of(&self.path)))
    }
}
