//! PostgreSQL: the same tables and the same statements behind the same seam.
//!
//! One writer commits batches as it does for SQLite; what it need not wait for is pipelined (`session.rs`), so a
//! transaction costs one round trip for each question it asks, not for each row it writes. Several programs may share
//! one database: counters, numbers and versions are guarded by row locks, and a batch that lost a deadlock is tried
//! again.
//!
//! The seam is synchronous: the writer drives its connection from its own thread, readers drive theirs from the
//! threads for blocking work.

mod failure;
mod session;

use std::{sync::Arc, time::Duration};

use deadpool_postgres::{Manager, ManagerConfig, Pool, RecyclingMethod, Runtime};
use tokio::{runtime, sync::Semaphore};
use tokio_postgres::{Config, NoTls};

use crate::{
    error::{Conflict, Error},
    schema,
    seam::{Backend, Db, Dialect, Row, Val},
};
use failure::failure;
use session::{Link, Session};

/// How long connecting may take.
const CONNECT_WAIT: Duration = Duration::from_secs(10);
/// A read that takes longer is stopped by the server.
pub(crate) const READ_MS_MAX: u64 = 10_000;

/// How PostgreSQL is used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PostgresOptions {
    /// How many reads go on at once, each on a connection of its own.
    pub readers: usize,
}

impl Default for PostgresOptions {
    fn default() -> Self {
        Self { readers: 8 }
    }
}

fn config(url: &str) -> Result<Config, Error> {
    let mut config: Config = url.parse().map_err(|error: tokio_postgres::Error| {
        // The URL may hold a password: only the parser's reason is shown.
        Error::Unreachable {
            detail: format!("the URL is wrong: {error}"),
        }
    })?;
    config.connect_timeout(CONNECT_WAIT);
    config.application_name("updraft");
    Ok(config)
}

/// The writer's side. Connects again when its connection was lost.
pub(crate) struct Writer {
    config: Config,
    session: Session<runtime::Runtime>,
    broken: bool,
}

pub(crate) fn open(url: &str) -> Result<Writer, Error> {
    let config = config(url)?;
    let runtime = runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| Error::Io {
            detail: error.to_string(),
        })?;
    let link = connect(&runtime, &config)?;
    let mut writer = Writer {
        config,
        session: Session::new(runtime, link),
        broken: false,
    };
    schema::migrate(&mut writer)?;
    Ok(writer)
}

fn connect(runtime: &runtime::Runtime, config: &Config) -> Result<Link, Error> {
    let connected = runtime.block_on(config.connect(NoTls));
    let (client, connection) = connected.map_err(failure)?;
    // The connection ends when its client does, or with an error that the client reports as well.
    runtime.spawn(connection);
    Ok(Link::own(client))
}

impl Db for Writer {
    fn dialect(&self) -> Dialect {
        Dialect::Postgres
    }
    fn rows(&mut self, sql: &'static str, params: &[Val<'_>]) -> Result<Vec<Row>, Error> {
        self.session.rows(sql, params)
    }
    fn many(&mut self, sql: &'static str, params: &[Vec<Val<'_>>]) -> Result<Vec<Vec<Row>>, Error> {
        self.session.many(sql, params)
    }
    fn run(&mut self, sql: &'static str, params: &[Val<'_>]) -> Result<u64, Error> {
        self.session.run(sql, params)
    }
    fn send(
        &mut self,
        sql: &'static str,
        params: &[Val<'_>],
        guard: Option<Conflict>,
    ) -> Result<(), Error> {
        self.session.send(sql, params, guard)
    }
    fn settle(&mut self) -> Result<(), Error> {
        self.session.settle()
    }
    fn script(&mut self, sql: &str) -> Result<(), Error> {
        self.session.script(sql)
    }
}

impl Backend for Writer {
    fn begin(&mut self) -> Result<(), Error> {
        if self.broken || self.session.is_closed() {
            let link = connect(self.session.driver(), &self.config)?;
            self.session.replace(link);
            self.broken = false;
        }
        self.session.send("BEGIN", &[], None)
    }
    fn commit(&mut self) -> Result<(), Error> {
        // Nothing may be in flight: an error before the commit is certain, an error in it is not.
        self.session.settle()?;
        self.session.script("COMMIT").map_err(|error| match error {
            Error::Unreachable { detail } => Error::OutcomeUnknown { detail },
            other => other,
        })
    }
    fn rollback(&mut self) {
        self.session.forget_sent();
        // A connection that cannot even roll back is of no more use.
        self.broken = self.session.script("ROLLBACK").is_err();
    }
    fn may_retry(&self, error: &Error) -> bool {
        // A deadlock or a serialisation failure; or the connection was lost before the commit was sent.
        matches!(error, Error::Busy { .. } | Error::Unreachable { .. })
    }
    fn between(&mut self, _idle: bool) {}
}

/// Connections for reading, from a pool.
pub(crate) struct Readers {
    pool: Pool,
    places: Arc<Semaphore>,
}

impl Readers {
    pub(crate) fn new(url: &str, options: &PostgresOptions) -> Result<Self, Error> {
        let count = options.readers.clamp(1, 64);
        let mut config = config(url)?;
        let given = config.get_options().unwrap_or_default().to_owned();
        config.options(format!(
            "{given} -c statement_timeout={READ_MS_MAX} -c default_transaction_read_only=on"
        ));
        let recycling_method = RecyclingMethod::Fast;
        let manager = Manager::from_config(config, NoTls, ManagerConfig { recycling_method });
        let pool = Pool::builder(manager)
            .max_size(count)
            .runtime(Runtime::Tokio1)
            .build()
            .map_err(|error| Error::Unreachable {
                detail: error.to_string(),
            })?;
        Ok(Self {
            pool,
            places: Arc::new(Semaphore::new(count)),
        })
    }

    pub(crate) async fn read<T: Send + 'static>(
        &self,
        read: impl FnOnce(&mut dyn Db) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        let place = Arc::clone(&self.places).acquire_owned().await;
        let place = place.map_err(|_| Error::Closed)?;
        let client = self.pool.get().await.map_err(|error| Error::Unreachable {
            detail: error.to_string(),
        })?;
        let handle = runtime::Handle::current();
        let done = tokio::task::spawn_blocking(move || {
            let mut session = Session::new(handle, Link::Pooled(client));
            let result = read(&mut session);
            drop((session, place));
            result
        });
        done.await.unwrap_or(Err(Error::Closed))
    }
}
