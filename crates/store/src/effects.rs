//! The ledger of writes to the outside: before a write is sent, its key is here; when its answer is known, so is that.
//!
//! After a crash, an intended write without an answer is the one whose outcome must be read back before it is sent
//! again.

use updraft_model::{Granted, RunId, Timestamp};

use crate::{
    Conflict, Error, Store,
    heads::Scope,
    packed,
    seam::{Db, Val},
};

/// How far a write has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EffectState {
    /// It may have been sent.
    Intended,
    /// Its answer is known.
    Finished,
}

/// What is known of a write.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EffectRow {
    /// The run that sends it.
    pub run: RunId,
    /// When it was intended.
    pub at: Timestamp,
    /// How far it has come.
    pub state: EffectState,
    /// Its answer, if known.
    pub result: Option<Vec<u8>>,
}

pub(crate) fn intend(
    db: &mut dyn Db,
    scope: &mut Scope<'_>,
    key: &str,
    run: RunId,
    at: Timestamp,
) -> Result<(), Error> {
    let inserted = db.run(
        "INSERT INTO effects (tenant, key, run, at) VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO NOTHING",
        &[
            Val::Int(scope.tenant),
            Val::Text(key),
            Val::Bytes(&run.to_bytes()),
            Val::time(at),
        ],
    )?;
    if inserted == 0 {
        let known = effect(db, scope.tenant, key)?;
        let result = known.and_then(|row| row.result);
        scope.committed.effects.push((key.to_owned(), result));
    }
    Ok(())
}

pub(crate) fn finish(
    db: &mut dyn Db,
    scope: &Scope<'_>,
    key: &str,
    result: &[u8],
) -> Result<(), Error> {
    let missing = Conflict::Missing {
        what: "intended effect",
        name: key.to_owned(),
    };
    db.send(
        "UPDATE effects SET result = COALESCE(result, ?3) WHERE tenant = ?1 AND key = ?2",
        &[Val::Int(scope.tenant), Val::Text(key), Val::Bytes(result)],
        Some(missing),
    )
}

pub(crate) fn forget(db: &mut dyn Db, scope: &Scope<'_>, key: &str) -> Result<(), Error> {
    db.send(
        "DELETE FROM effects WHERE tenant = ?1 AND key = ?2 AND result IS NULL",
        &[Val::Int(scope.tenant), Val::Text(key)],
        None,
    )
}

fn effect(db: &mut dyn Db, tenant: i64, key: &str) -> Result<Option<EffectRow>, Error> {
    let row = db.row(
        "SELECT run, at, result FROM effects WHERE tenant = ?1 AND key = ?2",
        &[Val::Int(tenant), Val::Text(key)],
    )?;
    let Some(row) = row else { return Ok(None) };
    let result = row
        .opt_bytes(2)?
        .map(|stored| packed::unpack("effect's answer", stored))
        .transpose()?;
    Ok(Some(EffectRow {
        run: RunId::from_bytes(row.id(0)?),
        at: row.time(1)?,
        state: match result {
            Some(_) => EffectState::Finished,
            None => EffectState::Intended,
        },
        result,
    }))
}

impl Store {
    /// What is known of the write with this key.
    ///
    /// # Errors
    /// [`Error`] when the database cannot be read.
    pub async fn effect(
        &self,
        granted: &Granted,
        key: impl Into<String>,
    ) -> Result<Option<EffectRow>, Error> {
        let key = key.into();
        self.point(granted, move |db, tenant| effect(db, tenant, &key))
            .await
    }
}
