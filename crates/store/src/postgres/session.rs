//! One PostgreSQL connection behind the seam.
//!
//! What is sent without a question is kept until the next question or the end, and then goes out with it in one
//! stretch: the server works through it while the answers come back in order.

use std::{
    collections::{BTreeMap, HashMap},
    future::{Future, poll_fn},
    ops::Deref,
    pin::Pin,
    sync::{Arc, PoisonError, RwLock},
    task::Poll,
};

use bytes::BytesMut;
use tokio::runtime;
use tokio_postgres::{
    Client, Statement,
    types::{FromSql, IsNull, ToSql, Type, to_sql_checked},
};

use super::failure::failure;
use crate::{
    error::{Conflict, Error},
    seam::{Cell, Db, Dialect, Row, Val},
};

/// The most statements that are kept back before they go out.
const KEPT_BACK_MAX: usize = 256;

/// Runs a future to its end on the present thread.
pub(super) trait Driver {
    fn wait<T>(&self, future: impl Future<Output = T>) -> T;
}

impl Driver for runtime::Runtime {
    fn wait<T>(&self, future: impl Future<Output = T>) -> T {
        self.block_on(future)
    }
}

impl Driver for runtime::Handle {
    fn wait<T>(&self, future: impl Future<Output = T>) -> T {
        self.block_on(future)
    }
}

/// A connection, the program's own or one of the pool's; each remembers its prepared statements.
pub(super) enum Link {
    Own {
        client: Client,
        prepared: BTreeMap<&'static str, Statement>,
    },
    Pooled(deadpool_postgres::Object),
}

impl Link {
    pub(super) fn own(client: Client) -> Self {
        Link::Own {
            client,
            prepared: BTreeMap::new(),
        }
    }

    async fn prepare(&mut self, sql: &'static str) -> Result<Statement, Error> {
        match self {
            Link::Pooled(client) => client
                .prepare_cached(&translated(sql))
                .await
                .map_err(failure),
            Link::Own { client, prepared } => {
                if let Some(statement) = prepared.get(sql) {
                    return Ok(statement.clone());
                }
                let statement = client.prepare(&translated(sql)).await.map_err(failure)?;
                prepared.insert(sql, statement.clone());
                Ok(statement)
            }
        }
    }
}

impl Deref for Link {
    type Target = Client;
    fn deref(&self) -> &Client {
        match self {
            Link::Own { client, .. } => client,
            Link::Pooled(client) => client,
        }
    }
}

/// The statement with PostgreSQL's parameters; no statement has a question mark for anything else.
fn translated(sql: &'static str) -> Arc<str> {
    static KNOWN: RwLock<Option<HashMap<&'static str, Arc<str>>>> = RwLock::new(None);
    let known = KNOWN.read().unwrap_or_else(PoisonError::into_inner);
    if let Some(text) = known.as_ref().and_then(|known| known.get(sql)) {
        return Arc::clone(text);
    }
    drop(known);
    let text: Arc<str> = sql.replace('?', "$").into();
    let mut known = KNOWN.write().unwrap_or_else(PoisonError::into_inner);
    known.get_or_insert_default().insert(sql, Arc::clone(&text));
    text
}

/// A connection and what it has not sent yet.
pub(super) struct Session<D> {
    driver: D,
    link: Link,
    kept_back: Vec<Sent>,
}

struct Sent {
    statement: Statement,
    params: Vec<Param>,
    guard: Option<Conflict>,
}

impl<D: Driver> Session<D> {
    pub(super) fn new(driver: D, link: Link) -> Self {
        Self {
            driver,
            link,
            kept_back: Vec::new(),
        }
    }
    pub(super) fn driver(&self) -> &D {
        &self.driver
    }
    pub(super) fn replace(&mut self, link: Link) {
        self.kept_back.clear();
        self.link = link;
    }
    pub(super) fn is_closed(&self) -> bool {
        self.link.is_closed()
    }
    /// What was kept back belongs to what is being undone.
    pub(super) fn forget_sent(&mut self) {
        self.kept_back.clear();
    }

    fn prepare(&mut self, sql: &'static str) -> Result<Statement, Error> {
        let Self { driver, link, .. } = self;
        driver.wait(link.prepare(sql))
    }

    /// Sends what was kept back and one question for each parameter list behind it, and collects all answers.
    fn ask(
        &mut self,
        statement: &Statement,
        params: &[Vec<Param>],
    ) -> Result<Vec<Vec<Row>>, Error> {
        let kept_back = std::mem::take(&mut self.kept_back);
        let Self { driver, link, .. } = self;
        let client: &Client = link;
        driver.wait(async {
            let mut first: Vec<_> = kept_back
                .iter()
                .map(|sent| InFlight::new(client.execute_raw(&sent.statement, &sent.params)))
                .collect();
            let mut then: Vec<_> = params
                .iter()
                .map(|params| {
                    let refs: Vec<&(dyn ToSql + Sync)> =
                        params.iter().map(|param| param as _).collect();
                    InFlight::new(async move { client.query(statement, &refs).await })
                })
                .collect();
            depart(&mut first).await;
            depart(&mut then).await;
            let mut wrong = None;
            for (sent, flight) in kept_back.iter().zip(first) {
                let verdict = match (flight.arrive().await, &sent.guard) {
                    (Ok(0), Some(conflict)) => Err(conflict.clone().into()),
                    (Ok(_), _) => Ok(()),
                    (Err(error), _) => Err(failure(error)),
                };
                wrong = wrong.or(verdict.err());
            }
            let mut answers = Vec::with_capacity(params.len());
            for flight in then {
                match flight
                    .arrive()
                    .await
                    .map_err(failure)
                    .and_then(|rows| rows.iter().map(row).collect())
                {
                    Ok(rows) => answers.push(rows),
                    Err(error) => wrong = wrong.or(Some(error)),
                }
            }
            wrong.map_or(Ok(answers), Err)
        })
    }
}

/// A future that is started now and waited for later.
enum InFlight<F: Future> {
    Going(Pin<Box<F>>),
    Landed(F::Output),
}

impl<F: Future> InFlight<F> {
    fn new(future: F) -> Self {
        Self::Going(Box::pin(future))
    }
    async fn arrive(self) -> F::Output {
        match self {
            InFlight::Going(future) => future.await,
            InFlight::Landed(output) => output,
        }
    }
}

/// Polls each once, in order: that puts its message on the wire.
async fn depart<F: Future>(flights: &mut [InFlight<F>]) {
    poll_fn(|context| {
        for flight in flights.iter_mut() {
            if let InFlight::Going(future) = flight
                && let Poll::Ready(output) = future.as_mut().poll(context)
            {
                *flight = InFlight::Landed(output);
            }
        }
        Poll::Ready(())
    })
    .await;
}

impl<D: Driver> Db for Session<D> {
    fn dialect(&self) -> Dialect {
        Dialect::Postgres
    }
    fn rows(&mut self, sql: &'static str, params: &[Val<'_>]) -> Result<Vec<Row>, Error> {
        let statement = self.prepare(sql)?;
        let answers = self.ask(&statement, &[owned(params)])?;
        Ok(answers.into_iter().next().unwrap_or_default())
    }
    fn many(&mut self, sql: &'static str, params: &[Vec<Val<'_>>]) -> Result<Vec<Vec<Row>>, Error> {
        let statement = self.prepare(sql)?;
        let params: Vec<_> = params.iter().map(|params| owned(params)).collect();
        self.ask(&statement, &params)
    }
    fn run(&mut self, sql: &'static str, params: &[Val<'_>]) -> Result<u64, Error> {
        self.settle()?;
        let statement = self.prepare(sql)?;
        let params = owned(params);
        let Self { driver, link, .. } = self;
        driver
            .wait(link.execute_raw(&statement, &params))
            .map_err(failure)
    }
    fn send(
        &mut self,
        sql: &'static str,
        params: &[Val<'_>],
        guard: Option<Conflict>,
    ) -> Result<(), Error> {
        let statement = self.prepare(sql)?;
        self.kept_back.push(Sent {
            statement,
            params: owned(params),
            guard,
        });
        if self.kept_back.len() >= KEPT_BACK_MAX {
            return self.settle();
        }
        Ok(())
    }
    fn settle(&mut self) -> Result<(), Error> {
        let Some(statement) = self.kept_back.first().map(|sent| sent.statement.clone()) else {
            return Ok(());
        };
        self.ask(&statement, &[]).map(drop)
    }
    fn script(&mut self, sql: &str) -> Result<(), Error> {
        self.settle()?;
        let Self { driver, link, .. } = self;
        driver.wait(link.batch_execute(sql)).map_err(failure)
    }
}

/// A parameter that outlives its question.
#[derive(Debug)]
enum Param {
    Null,
    Int(i64),
    Text(String),
    Bytes(Vec<u8>),
}

fn owned(params: &[Val<'_>]) -> Vec<Param> {
    params
        .iter()
        .map(|value| match *value {
            Val::Null => Param::Null,
            Val::Int(value) => Param::Int(value),
            // PostgreSQL keeps no NUL in a text; records are JSON, where it is written in six letters.
            Val::Text(text) => Param::Text(text.replace('\0', "\u{fffd}")),
            Val::Bytes(bytes) => Param::Bytes(bytes.to_vec()),
        })
        .collect()
}

impl ToSql for Param {
    fn to_sql(
        &self,
        kind: &Type,
        out: &mut BytesMut,
    ) -> Result<IsNull, Box<dyn std::error::Error + Sync + Send>> {
        match self {
            Param::Null => Ok(IsNull::Yes),
            Param::Int(value) if *kind == Type::INT4 => i32::try_from(*value)?.to_sql(kind, out),
            Param::Int(value) => value.to_sql(kind, out),
            Param::Text(text) => text.to_sql(kind, out),
            Param::Bytes(bytes) => bytes.to_sql(kind, out),
        }
    }
    fn accepts(kind: &Type) -> bool {
        [Type::INT4, Type::INT8, Type::TEXT, Type::BYTEA].contains(kind)
    }
    to_sql_checked!();
}

/// Any value that a row of ours can have.
struct Any(Cell);

impl<'a> FromSql<'a> for Any {
    fn from_sql(
        kind: &Type,
        raw: &'a [u8],
    ) -> Result<Self, Box<dyn std::error::Error + Sync + Send>> {
        Ok(Any(match *kind {
            Type::INT8 => Cell::Int(i64::from_sql(kind, raw)?),
            Type::INT4 => Cell::Int(i32::from_sql(kind, raw)?.into()),
            Type::BYTEA => Cell::Bytes(raw.to_vec()),
            _ => Cell::Text(String::from_sql(kind, raw)?),
        }))
    }
    fn from_sql_null(_: &Type) -> Result<Self, Box<dyn std::error::Error + Sync + Send>> {
        Ok(Any(Cell::Null))
    }
    fn accepts(kind: &Type) -> bool {
        [Type::INT4, Type::INT8, Type::TEXT, Type::BYTEA].contains(kind)
    }
}

fn row(row: &tokio_postgres::Row) -> Result<Row, Error> {
    (0..row.len())
        .map(|column| row.try_get::<_, Any>(column).map(|any| any.0))
        .collect::<Result<_, _>>()
        .map(Row)
        .map_err(failure)
}
