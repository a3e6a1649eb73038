//! Versions of playbooks tried on past runs: each is one record that is replaced as it goes on.

use updraft_model::{Backtest, BacktestId, Granted};

use crate::{
    Error, Store,
    heads::Scope,
    seam::{Db, Row, Val},
};

/// The most backtests that are listed.
pub const BACKTESTS_MAX: i64 = 100;
const DAY_MICROS: i64 = 24 * 60 * 60 * 1_000_000;

pub(crate) fn put(
    db: &mut dyn Db,
    scope: &Scope<'_>,
    backtest: &Backtest,
    body: &str,
) -> Result<(), Error> {
    db.send(
        "INSERT INTO backtests (tenant, id, playbook, state, created_at, body) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
         ON CONFLICT (tenant, id) DO UPDATE SET state = excluded.state, body = excluded.body",
        &[
            Val::Int(scope.tenant),
            Val::Bytes(&backtest.id.to_bytes()),
            Val::Text(&backtest.playbook),
            Val::Int(i64::from(backtest.state.as_u8())),
            Val::time(backtest.created_at),
            Val::Text(body),
        ],
        None,
    )
}

/// Removes those that are over and older than the first day that is kept.
pub(crate) fn forget_before(db: &mut dyn Db, day: i64) -> Result<u64, Error> {
    db.run(
        "DELETE FROM backtests WHERE created_at < ?1 AND state >= 2",
        &[Val::Int(day.saturating_mul(DAY_MICROS))],
    )
}

fn backtest(row: &Row) -> Result<Backtest, Error> {
    serde_json::from_str(row.text(0)?).map_err(|error| Error::corrupt("backtest", error))
}

impl Store {
    /// One backtest.
    ///
    /// # Errors
    /// [`Error`] when the database cannot be read.
    pub async fn backtest(
        &self,
        granted: &Granted,
        id: BacktestId,
    ) -> Result<Option<Backtest>, Error> {
        let found = self.scoped(granted, move |db, tenant| {
            db.row(
                "SELECT body FROM backtests WHERE tenant = ?1 AND id = ?2",
                &[Val::Int(tenant), Val::Bytes(&id.to_bytes())],
            )?
            .map(|row| backtest(&row))
            .transpose()
        });
        found.await
    }

    /// The latest 100 backtests of a playbook, the newest first.
    ///
    /// # Errors
    /// [`Error`] when the database cannot be read.
    pub async fn backtests(
        &self,
        granted: &Granted,
        playbook: &str,
    ) -> Result<Vec<Backtest>, Error> {
        let playbook = playbook.to_owned();
        let found = self.scoped(granted, move |db, tenant| {
            db.rows(
                "SELECT body FROM backtests WHERE tenant = ?1 AND playbook = ?2 ORDER BY id DESC LIMIT ?3",
                &[
                    Val::Int(tenant),
                    Val::Text(&playbook),
                    Val::Int(BACKTESTS_MAX),
                ],
            )?
            .iter()
            .map(backtest)
            .collect()
        });
        found.await
    }

    /// The backtests of all tenants that are not over, the oldest first. For the driver only; each says whose it is.
    ///
    /// # Errors
    /// [`Error`] when the database cannot be read.
    pub async fn unfinished_backtests(&self) -> Result<Vec<Backtest>, Error> {
        self.read(|db| {
            db.rows(
                "SELECT body FROM backtests WHERE state < 2 ORDER BY id LIMIT ?1",
                &[Val::Int(BACKTESTS_MAX)],
            )?
            .iter()
            .map(backtest)
            .collect()
        })
        .await
    }
}
