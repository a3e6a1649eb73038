//! Where an observable was seen before.

use updraft_model::{CaseId, Granted, Observable, ObservableType, Timestamp};

use crate::{
    Error, Store,
    prepare::observable_key,
    seam::{Db, Val},
};

/// The most cases that are named.
pub const CASES_NAMED_MAX: usize = 100;
/// Cases are counted up to here; "this many" then means "this many or more".
pub const CASES_COUNTED_MAX: u64 = 10_000;

/// Where an observable was seen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sighting {
    /// When the first case with it was opened.
    pub first_seen: Timestamp,
    /// When the latest cases with it last changed.
    pub last_seen: Timestamp,
    /// In how many cases, up to [`CASES_COUNTED_MAX`].
    pub cases: u64,
    /// The latest of them, the newest first, at most [`CASES_NAMED_MAX`].
    pub case_ids: Vec<CaseId>,
}

impl Store {
    /// Where this value was seen; `None` if no case has it. `value` is canonical.
    ///
    /// # Errors
    /// [`Error`] when the database cannot be read.
    pub async fn observables_seen(
        &self,
        granted: &Granted,
        kind: ObservableType,
        value: impl Into<String>,
    ) -> Result<Option<Sighting>, Error> {
        let key = observable_key(&Observable::new(kind, value));
        self.scoped(granted, move |db, tenant| seen(db, tenant, &key))
            .await
    }
}

fn seen(db: &mut dyn Db, tenant: i64, key: &[u8; 16]) -> Result<Option<Sighting>, Error> {
    let place = [Val::Int(tenant), Val::Bytes(key)];
    let first = db.row(
        "SELECT c.opened_at FROM case_observables o JOIN cases c ON c.seq = o.case_seq
         WHERE o.tenant = ?1 AND o.key = ?2 ORDER BY o.case_seq LIMIT 1",
        &place,
    )?;
    let Some(first) = first else { return Ok(None) };
    let latest = db.rows(
        "SELECT c.id, c.updated_at FROM case_observables o JOIN cases c ON c.seq = o.case_seq
         WHERE o.tenant = ?1 AND o.key = ?2 ORDER BY o.case_seq DESC LIMIT ?3",
        &[place[0], place[1], Val::count(CASES_NAMED_MAX as u64)],
    )?;
    let count = db.row(
        "SELECT COUNT(*) FROM (SELECT 1 FROM case_observables WHERE tenant = ?1 AND key = ?2 LIMIT ?3) AS counted",
        &[place[0], place[1], Val::count(CASES_COUNTED_MAX)],
    )?;
    let mut sighting = Sighting {
        first_seen: first.time(0)?,
        last_seen: first.time(0)?,
        cases: count.map_or(Ok(0), |row| row.count(0))?,
        case_ids: Vec::with_capacity(latest.len()),
    };
    for row in &latest {
        sighting.case_ids.push(CaseId::from_bytes(row.id(0)?));
        sighting.last_seen = sighting.last_seen.max(row.time(1)?);
    }
    Ok(Some(sighting))
}
