//! One SQLite connection behind the seam.

use std::{
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use rusqlite::{
    Connection, ErrorCode, OpenFlags, Statement, ToSql, ffi,
    types::{ToSqlOutput, ValueRef},
};

use super::{READ_MS_MAX, SqliteOptions};
use crate::{
    error::{Conflict, Error},
    seam::{Cell, Db, Dialect, Row, Val},
};

/// More distinct statements than the program has.
const STATEMENTS_MAX: usize = 256;
/// How long a statement waits for another process that holds the file (a backup tool, say).
const BUSY_WAIT: Duration = Duration::from_secs(5);
/// How many steps of SQLite's machine lie between two looks at the clock.
const CLOCK_EVERY_STEPS: i32 = 20_000;

/// A connection.
pub(crate) struct Sqlite {
    connection: Connection,
    /// Milliseconds after `opened` at which the running read is stopped; 0 for never.
    deadline_ms: Arc<AtomicU64>,
    opened: Instant,
}

impl Sqlite {
    /// The one connection that writes.
    pub(crate) fn writer(path: &Path, options: &SqliteOptions) -> Result<Self, Error> {
        let connection = Connection::open(path).map_err(failure)?;
        let this = Self::prepare(connection, options.writer_cache_kib)?;
        this.pragmas(
            "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 0;
             PRAGMA journal_size_limit = 67108864;",
        )?;
        if let Some(pages) = options.pages_max {
            this.pragmas(&format!("PRAGMA max_page_count = {pages};"))?;
        }
        Ok(this)
    }

    /// A connection that only reads.
    pub(crate) fn reader(path: &Path, cache_kib: u32) -> Result<Self, Error> {
        let connection = Connection::open(path).map_err(failure)?;
        let mut this = Self::prepare(connection, cache_kib)?;
        this.pragmas("PRAGMA query_only = ON;")?;
        let (deadline, opened) = (Arc::clone(&this.deadline_ms), this.opened);
        let late = move || {
            let deadline = deadline.load(Ordering::Relaxed);
            deadline != 0 && opened.elapsed().as_millis() > u128::from(deadline)
        };
        this.connection
            .progress_handler(CLOCK_EVERY_STEPS, Some(late))
            .map_err(failure)?;
        Ok(this)
    }

    fn prepare(connection: Connection, cache_kib: u32) -> Result<Self, Error> {
        connection.set_prepared_statement_cache_capacity(STATEMENTS_MAX);
        connection.busy_timeout(BUSY_WAIT).map_err(failure)?;
        let this = Self {
            connection,
            deadline_ms: Arc::default(),
            opened: Instant::now(),
        };
        this.pragmas(&format!(
            "PRAGMA cache_size = -{cache_kib}; PRAGMA mmap_size = 0; PRAGMA temp_store = MEMORY;"
        ))?;
        Ok(this)
    }

    fn pragmas(&self, sql: &str) -> Result<(), Error> {
        self.connection.execute_batch(sql).map_err(failure)
    }

    /// Runs a read that sees one moment of the database and is stopped when it takes too long.
    pub(crate) fn read_transaction<T>(
        &mut self,
        now: Instant,
        read: impl FnOnce(&mut dyn Db) -> Result<T, Error>,
    ) -> Result<T, Error> {
        let ends = now.saturating_duration_since(self.opened) + Duration::from_millis(READ_MS_MAX);
        let ends = u64::try_from(ends.as_millis()).unwrap_or(u64::MAX);
        self.deadline_ms.store(ends, Ordering::Relaxed);
        let result = self.run("BEGIN", &[]).and_then(|_| read(self));
        self.deadline_ms.store(0, Ordering::Relaxed);
        self.rollback();
        result
    }

    /// Runs a read of one statement, which sees one moment of the database by itself.
    pub(crate) fn read_statement<T>(
        &mut self,
        read: impl FnOnce(&mut dyn Db) -> Result<T, Error>,
    ) -> Result<T, Error> {
        read(self)
    }

    /// How carefully it syncs: 2 and more for every commit.
    #[cfg(feature = "simulation")]
    pub(crate) fn synchronous(&self) -> Result<i64, Error> {
        let level = self
            .connection
            .query_row("PRAGMA synchronous", [], |row| row.get(0));
        level.map_err(failure)
    }

    /// Makes this database the same as another one.
    #[cfg(feature = "simulation")]
    pub(crate) fn copy_from(&mut self, source: &Sqlite) -> Result<(), Error> {
        rusqlite::backup::Backup::new(&source.connection, &mut self.connection)
            .and_then(|backup| backup.step(-1).map(drop))
            .map_err(failure)
    }

    pub(crate) fn rollback(&mut self) {
        if !self.connection.is_autocommit() {
            // Fails only when there is nothing to undo.
            let _ = self.run("ROLLBACK", &[]);
        }
    }

    /// Copies the log into the file; with `empty` also cuts it to nothing. Answers false when readers were in the way.
    pub(crate) fn checkpoint(&self, empty: bool, wait: Duration) -> Result<bool, Error> {
        let mode = if empty { "TRUNCATE" } else { "PASSIVE" };
        self.connection.busy_timeout(wait).map_err(failure)?;
        let busy = self
            .connection
            .query_row(&format!("PRAGMA wal_checkpoint({mode})"), [], |row| {
                row.get::<_, i64>(0)
            })
            .map_err(failure);
        self.connection.busy_timeout(BUSY_WAIT).map_err(failure)?;
        Ok(busy? == 0)
    }

    fn bound<'c>(&'c self, sql: &'static str) -> Result<rusqlite::CachedStatement<'c>, Error> {
        self.connection.prepare_cached(sql).map_err(failure)
    }
}

impl Db for Sqlite {
    fn dialect(&self) -> Dialect {
        Dialect::Sqlite
    }
    fn rows(&mut self, sql: &'static str, params: &[Val<'_>]) -> Result<Vec<Row>, Error> {
        rows(&mut *self.bound(sql)?, params)
    }
    fn many(&mut self, sql: &'static str, params: &[Vec<Val<'_>>]) -> Result<Vec<Vec<Row>>, Error> {
        let mut statement = self.bound(sql)?;
        params
            .iter()
            .map(|params| rows(&mut statement, params))
            .collect()
    }
    fn run(&mut self, sql: &'static str, params: &[Val<'_>]) -> Result<u64, Error> {
        let mut statement = self.bound(sql)?;
        bind(&mut statement, params)?;
        let touched = statement.raw_execute().map_err(failure)?;
        Ok(touched as u64)
    }
    fn send(
        &mut self,
        sql: &'static str,
        params: &[Val<'_>],
        guard: Option<Conflict>,
    ) -> Result<(), Error> {
        match (self.run(sql, params)?, guard) {
            (0, Some(conflict)) => Err(conflict.into()),
            _ => Ok(()),
        }
    }
    fn settle(&mut self) -> Result<(), Error> {
        Ok(())
    }
    fn script(&mut self, sql: &str) -> Result<(), Error> {
        self.pragmas(sql)
    }
}

fn bind(statement: &mut Statement<'_>, params: &[Val<'_>]) -> Result<(), Error> {
    for (at, value) in params.iter().enumerate() {
        statement
            .raw_bind_parameter(at + 1, value)
            .map_err(failure)?;
    }
    Ok(())
}

fn rows(statement: &mut Statement<'_>, params: &[Val<'_>]) -> Result<Vec<Row>, Error> {
    bind(statement, params)?;
    let columns = statement.column_count();
    let mut cursor = statement.raw_query();
    let mut found = Vec::new();
    while let Some(row) = cursor.next().map_err(failure)? {
        let mut cells = Vec::with_capacity(columns);
        for column in 0..columns {
            cells.push(match row.get_ref(column).map_err(failure)? {
                ValueRef::Null => Cell::Null,
                ValueRef::Integer(value) => Cell::Int(value),
                ValueRef::Text(text) => Cell::Text(String::from_utf8_lossy(text).into_owned()),
                ValueRef::Blob(bytes) => Cell::Bytes(bytes.to_vec()),
                ValueRef::Real(_) => {
                    return Err(Error::corrupt("row", "it holds a fraction"));
                }
            });
        }
        found.push(Row(cells));
    }
    Ok(found)
}

impl ToSql for Val<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match *self {
            Val::Null => ValueRef::Null,
            Val::Int(value) => ValueRef::Integer(value),
            Val::Text(text) => ValueRef::Text(text.as_bytes()),
            Val::Bytes(bytes) => ValueRef::Blob(bytes),
        }))
    }
}

/// What SQLite's refusal means for us.
pub(crate) fn failure(error: rusqlite::Error) -> Error {
    let detail = error.to_string();
    let rusqlite::Error::SqliteFailure(cause, _) = &error else {
        return Error::Refused { detail };
    };
    match cause.code {
        ErrorCode::DiskFull => Error::Full { detail },
        ErrorCode::SystemIoFailure
        | ErrorCode::CannotOpen
        | ErrorCode::ReadOnly
        | ErrorCode::PermissionDenied
        | ErrorCode::OutOfMemory
        | ErrorCode::FileLockingProtocolFailed
        | ErrorCode::DatabaseBusy
        | ErrorCode::DatabaseLocked => Error::Io { detail },
        ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase => Error::Corrupt {
            what: "database",
            detail,
        },
        ErrorCode::OperationInterrupted => Error::TooSlow {
            limit_ms: READ_MS_MAX,
        },
        ErrorCode::ConstraintViolation if is_unique(cause) => Conflict::Duplicate {
            what: "name or id",
            name: detail.rsplit(": ").next().unwrap_or_default().to_owned(),
        }
        .into(),
        _ => Error::Refused { detail },
    }
}

fn is_unique(cause: &ffi::Error) -> bool {
    matches!(
        cause.extended_code,
        ffi::SQLITE_CONSTRAINT_UNIQUE | ffi::SQLITE_CONSTRAINT_PRIMARYKEY
    )
}

/// A connection for looking at a file that nobody works on.
pub(crate) fn inspect(path: &Path) -> Result<Connection, Error> {
    Connection::open_with_flags(
        path,
        OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX,
    )
    .map_err(failure)
}
