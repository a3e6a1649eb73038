//! The seam between the nouns and a database: statements and values in, rows out.
//!
//! Both databases get the same SQL text with `?1`-style parameters; PostgreSQL's is derived from it. Values have four
//! shapes only (nothing, whole number, text, bytes), so that a row means the same in both.
//!
//! A write that needs no answer goes through [`Db::send`]: SQLite does it at once, PostgreSQL may delay it until the
//! next question or the end of the transaction, so that a transaction costs one round trip instead of ten.

use updraft_model::{BlobHash, Timestamp};

use crate::error::{Conflict, Error};

/// Which database speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Dialect {
    Sqlite,
    Postgres,
}

/// A parameter.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Val<'a> {
    Null,
    Int(i64),
    Text(&'a str),
    Bytes(&'a [u8]),
}

impl<'a> Val<'a> {
    pub(crate) fn opt_text(value: Option<&'a str>) -> Self {
        value.map_or(Val::Null, Val::Text)
    }
    pub(crate) fn opt_bytes(value: Option<&'a [u8]>) -> Self {
        value.map_or(Val::Null, Val::Bytes)
    }
    pub(crate) fn opt_time(value: Option<Timestamp>) -> Self {
        value.map_or(Val::Null, |at| Val::Int(at.micros()))
    }
    pub(crate) fn time(value: Timestamp) -> Self {
        Val::Int(value.micros())
    }
    /// A count; more than `i64::MAX` does not exist.
    pub(crate) fn count(value: u64) -> Self {
        Val::Int(i64::try_from(value).unwrap_or(i64::MAX))
    }
}

/// One value of a row.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Cell {
    Null,
    Int(i64),
    Text(String),
    Bytes(Vec<u8>),
}

/// One row, its values in the order of the statement's columns.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Row(pub(crate) Vec<Cell>);

impl Row {
    fn wrong<T>(&self, column: usize, wanted: &str) -> Result<T, Error> {
        Err(Error::corrupt(
            "row",
            format_args!("column {column} is not {wanted}"),
        ))
    }
    pub(crate) fn int(&self, column: usize) -> Result<i64, Error> {
        match self.0.get(column) {
            Some(Cell::Int(value)) => Ok(*value),
            _ => self.wrong(column, "a number"),
        }
    }
    pub(crate) fn count(&self, column: usize) -> Result<u64, Error> {
        Ok(u64::try_from(self.int(column)?).unwrap_or(0))
    }
    pub(crate) fn small(&self, column: usize) -> Result<u8, Error> {
        Ok(u8::try_from(self.int(column)?).unwrap_or(u8::MAX))
    }
    pub(crate) fn time(&self, column: usize) -> Result<Timestamp, Error> {
        Ok(Timestamp::from_micros(self.int(column)?))
    }
    pub(crate) fn opt_int(&self, column: usize) -> Result<Option<i64>, Error> {
        match self.0.get(column) {
            Some(Cell::Null) => Ok(None),
            _ => self.int(column).map(Some),
        }
    }
    pub(crate) fn opt_time(&self, column: usize) -> Result<Option<Timestamp>, Error> {
        Ok(self.opt_int(column)?.map(Timestamp::from_micros))
    }
    pub(crate) fn text(&self, column: usize) -> Result<&str, Error> {
        match self.0.get(column) {
            Some(Cell::Text(value)) => Ok(value),
            _ => self.wrong(column, "a text"),
        }
    }
    pub(crate) fn opt_text(&self, column: usize) -> Result<Option<&str>, Error> {
        match self.0.get(column) {
            Some(Cell::Null) => Ok(None),
            _ => self.text(column).map(Some),
        }
    }
    pub(crate) fn bytes(&self, column: usize) -> Result<&[u8], Error> {
        match self.0.get(column) {
            Some(Cell::Bytes(value)) => Ok(value),
            _ => self.wrong(column, "a byte string"),
        }
    }
    pub(crate) fn opt_bytes(&self, column: usize) -> Result<Option<&[u8]>, Error> {
        match self.0.get(column) {
            Some(Cell::Null) => Ok(None),
            _ => self.bytes(column).map(Some),
        }
    }
    /// An identifier's sixteen bytes.
    pub(crate) fn id(&self, column: usize) -> Result<[u8; 16], Error> {
        self.bytes(column)?
            .try_into()
            .or_else(|_| self.wrong(column, "sixteen bytes"))
    }
    pub(crate) fn hash(&self, column: usize) -> Result<BlobHash, Error> {
        match self.bytes(column)?.try_into() {
            Ok(bytes) => Ok(BlobHash::from_bytes(bytes)),
            Err(_) => self.wrong(column, "thirty-two bytes"),
        }
    }
}

/// A connection to a database.
pub(crate) trait Db {
    fn dialect(&self) -> Dialect;
    /// Asks and waits for all rows.
    fn rows(&mut self, sql: &'static str, params: &[Val<'_>]) -> Result<Vec<Row>, Error>;
    /// Asks the same question with several parameter lists; the answers come in that order.
    fn many(&mut self, sql: &'static str, params: &[Vec<Val<'_>>]) -> Result<Vec<Vec<Row>>, Error>;
    /// Writes and says how many rows were touched.
    fn run(&mut self, sql: &'static str, params: &[Val<'_>]) -> Result<u64, Error>;
    /// Writes, now or before the transaction ends; with a guard, touching no row is that conflict.
    fn send(
        &mut self,
        sql: &'static str,
        params: &[Val<'_>],
        guard: Option<Conflict>,
    ) -> Result<(), Error>;
    /// Brings everything that was sent to its end and says what went wrong first.
    fn settle(&mut self) -> Result<(), Error>;
    /// Runs several statements without parameters.
    fn script(&mut self, sql: &str) -> Result<(), Error>;

    /// Asks for at most one row.
    fn row(&mut self, sql: &'static str, params: &[Val<'_>]) -> Result<Option<Row>, Error> {
        Ok(self.rows(sql, params)?.into_iter().next())
    }
}

/// A connection that may write: the writer's own.
pub(crate) trait Backend: Db {
    fn begin(&mut self) -> Result<(), Error>;
    fn commit(&mut self) -> Result<(), Error>;
    /// Leaves the connection without an open transaction, whatever happened before.
    fn rollback(&mut self);
    /// True when the same batch may be tried again after this error.
    fn may_retry(&self, error: &Error) -> bool;
    /// Called between batches; `idle` says that nothing is waiting.
    fn between(&mut self, idle: bool);
}
