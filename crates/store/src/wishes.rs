//! The mailbox of each run: what people, other runs and its case want of it, from the request until the run has
//! taken it in. A crash in between loses no wish, and a wish is taken in once: the row goes in the transaction that
//! writes it into the run's journal.

use serde_json::Value;
use updraft_model::{CaseId, Granted, RunId, WishId};

use crate::{
    Conflict, Error, Store,
    heads::Scope,
    seam::{Db, Val},
};

/// The most wishes that wait for one run; a run takes them in as soon as it works.
pub const WISHES_MAX: i64 = 1_000;
/// The most runs of one case that hear of one thing.
const TOLD_MAX: i64 = 1_000;

/// Something that a run is to be told. What it says is the caller's business.
#[derive(Debug, Clone, PartialEq)]
pub struct Wish {
    /// Its identifier.
    pub id: WishId,
    /// What it says.
    pub body: Value,
}

/// Adds a wish to a run's mailbox.
pub(crate) fn want(
    db: &mut dyn Db,
    scope: &Scope<'_>,
    (run, id): (RunId, WishId),
    body: &str,
) -> Result<(), Error> {
    let over = Conflict::Missing {
        what: "run that is not over and has room for a wish",
        name: run.to_string(),
    };
    db.send(
        "INSERT INTO wishes (tenant, run, id, body)
         SELECT tenant, id, ?3, CAST(?4 AS TEXT) FROM runs WHERE tenant = ?1 AND id = ?2 AND state < 3
             AND (SELECT COUNT(*) FROM wishes AS w WHERE w.tenant = ?1 AND w.run = ?2) < ?5",
        &[
            Val::Int(scope.tenant),
            Val::Bytes(&run.to_bytes()),
            Val::Bytes(&id.to_bytes()),
            Val::Text(body),
            Val::Int(WISHES_MAX),
        ],
        Some(over),
    )
}

/// Adds a wish to the mailbox of every run of a case that is not over. A mailbox that is full takes no more.
pub(crate) fn tell_case(
    db: &mut dyn Db,
    scope: &mut Scope<'_>,
    (case, except): (CaseId, Option<RunId>),
    id: WishId,
    body: &str,
) -> Result<(), Error> {
    let rows = db.rows(
        "SELECT id FROM runs WHERE tenant = ?1 AND case_id = ?2 AND state < 3
             AND (SELECT COUNT(*) FROM wishes AS w WHERE w.tenant = ?1 AND w.run = runs.id) < ?3
         ORDER BY seq LIMIT ?4",
        &[
            Val::Int(scope.tenant),
            Val::Bytes(&case.to_bytes()),
            Val::Int(WISHES_MAX),
            Val::Int(TOLD_MAX),
        ],
    )?;
    for row in &rows {
        let run = RunId::from_bytes(row.id(0)?);
        if Some(run) == except {
            continue;
        }
        db.send(
            "INSERT INTO wishes (tenant, run, id, body) VALUES (?1, ?2, ?3, ?4)",
            &[
                Val::Int(scope.tenant),
                Val::Bytes(&run.to_bytes()),
                Val::Bytes(&id.to_bytes()),
                Val::Text(body),
            ],
            None,
        )?;
        scope.committed.told.push(run);
    }
    Ok(())
}

/// Adds a wish to the mailbox of every run that watches the case, unless the same one waits there already.
pub(crate) fn tell_watchers(
    db: &mut dyn Db,
    scope: &Scope<'_>,
    case: CaseId,
    id: WishId,
    body: &str,
) -> Result<(), Error> {
    db.send(
        "INSERT INTO wishes (tenant, run, id, body)
         SELECT tenant, id, ?3, CAST(?4 AS TEXT) FROM runs
         WHERE tenant = ?1 AND case_id = ?2 AND state < 3 AND watches = 1 AND NOT EXISTS
             (SELECT 1 FROM wishes AS w WHERE w.tenant = ?1 AND w.run = runs.id AND w.body = ?4)",
        &[
            Val::Int(scope.tenant),
            Val::Bytes(&case.to_bytes()),
            Val::Bytes(&id.to_bytes()),
            Val::Text(body),
        ],
        None,
    )
}

/// The run has taken a wish in.
pub(crate) fn take(
    db: &mut dyn Db,
    scope: &Scope<'_>,
    run: RunId,
    id: WishId,
) -> Result<(), Error> {
    let gone = Conflict::Missing {
        what: "wish to a run",
        name: id.to_string(),
    };
    db.send(
        "DELETE FROM wishes WHERE tenant = ?1 AND run = ?2 AND id = ?3",
        &[
            Val::Int(scope.tenant),
            Val::Bytes(&run.to_bytes()),
            Val::Bytes(&id.to_bytes()),
        ],
        Some(gone),
    )
}

/// The run is over: nothing can be wanted of it any more.
pub(crate) fn forget(db: &mut dyn Db, scope: &Scope<'_>, run: RunId) -> Result<(), Error> {
    db.send(
        "DELETE FROM wishes WHERE tenant = ?1 AND run = ?2",
        &[Val::Int(scope.tenant), Val::Bytes(&run.to_bytes())],
        None,
    )
}

impl Store {
    /// What a run is to be told, in the order in which it was wanted.
    ///
    /// # Errors
    /// [`Error`] when the database cannot be read.
    pub async fn wishes(&self, granted: &Granted, run: RunId) -> Result<Vec<Wish>, Error> {
        self.point(granted, move |db, tenant| {
            let rows = db.rows(
                "SELECT id, body FROM wishes WHERE tenant = ?1 AND run = ?2 ORDER BY seq",
                &[Val::Int(tenant), Val::Bytes(&run.to_bytes())],
            )?;
            rows.iter()
                .map(|row| {
                    let body = serde_json::from_str(row.text(1)?)
                        .map_err(|error| Error::corrupt("wish to a run", error))?;
                    let id = WishId::from_bytes(row.id(0)?);
                    Ok(Wish { id, body })
                })
                .collect()
        })
        .await
    }

    /// All runs of which something is wanted, of all tenants. For the driver's start only.
    ///
    /// # Errors
    /// [`Error`] when the database cannot be read.
    pub async fn runs_with_wishes(&self) -> Result<Vec<RunId>, Error> {
        self.read(|db| {
            let rows = db.rows(
                "SELECT DISTINCT wishes.run FROM wishes
                 JOIN runs ON runs.tenant = wishes.tenant AND runs.id = wishes.run WHERE runs.state < 3",
                &[],
            )?;
            rows.iter()
                .map(|row| Ok(RunId::from_bytes(row.id(0)?)))
                .collect()
        })
        .await
    }
}
