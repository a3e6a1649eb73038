//! PostgreSQL.
use crate::{
    error::{Conflict, Error},
    seam::{Backend, Db, Dialect, Row, Val},
};
/// How PostgreSQL is used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PostgresOptions {
    /// How many reads go on at once.
    pub readers: usize,
}
impl Default for PostgresOptions {
    fn default() -> Self {
        Self { readers: 8 }
    }
}
pub(crate) struct Readers;
impl Readers {
    pub(crate) fn new(_url: &str, _options: &PostgresOptions) -> Result<Self, Error> {
        Err(Error::Closed)
    }
    pub(crate) async fn read<T: Send + 'static>(
        &self,
        _read: impl FnOnce(&mut dyn Db) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        Err(Error::Closed)
    }
}
pub(crate) struct Postgres;
pub(crate) fn open(_url: &str, _options: &PostgresOptions) -> Result<Postgres, Error> {
    Err(Error::Closed)
}
impl Db for Postgres {
    fn dialect(&self) -> Dialect {
        Dialect::Postgres
    }
    fn rows(&mut self, _: &'static str, _: &[Val<'_>]) -> Result<Vec<Row>, Error> {
        Err(Error::Closed)
    }
    fn many(&mut self, _: &'static str, _: &[Vec<Val<'_>>]) -> Result<Vec<Vec<Row>>, Error> {
        Err(Error::Closed)
    }
    fn run(&mut self, _: &'static str, _: &[Val<'_>]) -> Result<u64, Error> {
        Err(Error::Closed)
    }
    fn send(&mut self, _: &'static str, _: &[Val<'_>], _: Option<Conflict>) -> Result<(), Error> {
        Err(Error::Closed)
    }
    fn settle(&mut self) -> Result<(), Error> {
        Err(Error::Closed)
    }
    fn script(&mut self, _: &str) -> Result<(), Error> {
        Err(Error::Closed)
    }
}
impl Backend for Postgres {
    fn begin(&mut self) -> Result<(), Error> {
        Err(Error::Closed)
    }
    fn commit(&mut self) -> Result<(), Error> {
        Err(Error::Closed)
    }
    fn rollback(&mut self) {}
    fn may_retry(&self, _: &Error) -> bool {
        false
    }
    fn between(&mut self, _: bool) {}
}
