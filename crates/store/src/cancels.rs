//! Runs that somebody wants stopped, from the request until the run is over: a crash in between loses no wish.

use serde::{Deserialize, Serialize};
use updraft_model::{Actor, RunId, Timestamp};

use crate::{
    Conflict, Error, Store,
    heads::Scope,
    seam::{Db, Val},
};

/// That a run shall stop.
// WIRE: stored data; fields are only ever added.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CancelWish {
    /// Who wants it.
    pub by: Actor,
    /// Why; may be empty.
    pub reason: String,
    /// Since when.
    pub at: Timestamp,
}

pub(crate) fn want(
    db: &mut dyn Db,
    scope: &Scope<'_>,
    run: RunId,
    body: &str,
) -> Result<(), Error> {
    let over = Conflict::Missing {
        what: "run that is not over",
        name: run.to_string(),
    };
    // Wanted twice is wanted once: the first to ask is named.
    db.send(
        "INSERT INTO cancels (tenant, run, body)
         SELECT tenant, id, CAST(?3 AS TEXT) FROM runs WHERE tenant = ?1 AND id = ?2 AND state < 3
         ON CONFLICT (tenant, run) DO UPDATE SET body = cancels.body",
        &[
            Val::Int(scope.tenant),
            Val::Bytes(&run.to_bytes()),
            Val::Text(body),
        ],
        Some(over),
    )
}

pub(crate) fn forget(db: &mut dyn Db, scope: &Scope<'_>, run: RunId) -> Result<(), Error> {
    db.send(
        "DELETE FROM cancels WHERE tenant = ?1 AND run = ?2",
        &[Val::Int(scope.tenant), Val::Bytes(&run.to_bytes())],
        None,
    )
}

impl Store {
    /// All runs that shall stop and are not over, of all tenants. For the driver's start only.
    ///
    /// # Errors
    /// [`Error`] when the database cannot be read.
    pub async fn wanted_cancels(&self) -> Result<Vec<(RunId, CancelWish)>, Error> {
        self.read(|db| {
            let rows = db.rows(
                "SELECT cancels.run, cancels.body FROM cancels
                 JOIN runs ON runs.tenant = cancels.tenant AND runs.id = cancels.run WHERE runs.state < 3",
                &[],
            )?;
            rows.iter()
                .map(|row| {
                    let wish = serde_json::from_str(row.text(1)?)
                        .map_err(|error| Error::corrupt("wish to stop a run", error))?;
                    Ok((RunId::from_bytes(row.id(0)?), wish))
                })
                .collect()
        })
        .await
    }
}
