//! Cases: the row, its guards and the reads by identity. Lists are in `list.rs`, the text search in `search.rs`,
//! the counters in `counts.rs`.
//!
//! A case's tenant, type, status, severity and verdict are packed into one number, its *cell*. One index on
//! (cell, time) then serves every combination of these filters, and one counter per cell serves every total.

mod counts;
mod list;
mod row;
pub(crate) mod search;

use std::collections::BTreeMap;

use updraft_model::{Case, CaseId, Granted, Timestamp};

pub use counts::CaseCounts;
pub(crate) use counts::Cell as CaseCell;
pub use list::{CaseFilter, CasePage, CaseSummary};
pub(crate) use row::CASE_COLUMNS_BY_ID;

use crate::{
    Conflict, Error, Store,
    heads::Scope,
    page::LIMIT_MAX,
    prepare::CaseBody,
    seam::{Db, Dialect, Val},
};

pub(crate) fn insert(
    db: &mut dyn Db,
    scope: &mut Scope<'_>,
    case: &Case,
    body: &CaseBody,
) -> Result<(), Error> {
    let number = scope.head.next_number;
    let cell = cell_of(db, scope, case)?;
    let inserted = db.row(
        "INSERT INTO cases (tenant, id, number, version, cell, occurrences, opened_at, updated_at, owner, parent,
             dedup_key, words_digest, observable_count, body, observables)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15)
         ON CONFLICT DO NOTHING RETURNING seq",
        &[
            Val::Int(scope.tenant),
            Val::Bytes(&case.id.to_bytes()),
            Val::Int(number),
            Val::count(case.version),
            Val::Int(cell),
            Val::count(case.occurrences),
            Val::time(case.opened_at),
            Val::time(case.updated_at),
            Val::opt_text(case.owner.as_deref()),
            Val::opt_bytes(case.parent.map(CaseId::to_bytes).as_ref().map(|id| &id[..])),
            Val::Text(&case.dedup_key),
            Val::Int(body.words_digest),
            Val::count(case.observables.len() as u64),
            Val::Text(&body.short),
            Val::opt_text(body.observables.as_deref()),
        ],
    )?;
    let Some(row) = inserted else {
        return Err(taken(db, scope, case)?.into());
    };
    let seq = row.int(0)?;
    put_observables(db, scope.tenant, seq, &body.keys)?;
    search::put(db, scope.tenant, seq, &body.words)?;
    scope.counts.push((cell, 1));
    scope.head.next_number += 1;
    scope
        .committed
        .case_numbers
        .push((case.id, u64::try_from(number).unwrap_or(0)));
    Ok(())
}

/// Which of its identities another case holds.
fn taken(db: &mut dyn Db, scope: &Scope<'_>, case: &Case) -> Result<Conflict, Error> {
    if !case.dedup_key.is_empty() {
        let row = db.row(
            "SELECT id FROM cases WHERE tenant = ?1 AND dedup_key = ?2 AND dedup_key <> ''",
            &[Val::Int(scope.tenant), Val::Text(&case.dedup_key)],
        )?;
        if let Some(row) = row {
            return Ok(Conflict::CaseKey {
                existing: CaseId::from_bytes(row.id(0)?),
            });
        }
    }
    Ok(Conflict::Duplicate {
        what: "case",
        name: case.id.to_string(),
    })
}

pub(crate) fn update(
    db: &mut dyn Db,
    scope: &mut Scope<'_>,
    case: &Case,
    body: &CaseBody,
    expected: u64,
) -> Result<(), Error> {
    let sql = match db.dialect() {
        Dialect::Sqlite => {
            "SELECT seq, version, cell, words_digest, body, observables FROM cases WHERE tenant = ?1 AND id = ?2"
        }
        Dialect::Postgres => {
            "SELECT seq, version, cell, words_digest, body, observables FROM cases WHERE tenant = ?1 AND id = ?2 FOR UPDATE"
        }
    };
    let old = db
        .row(
            sql,
            &[Val::Int(scope.tenant), Val::Bytes(&case.id.to_bytes())],
        )?
        .ok_or_else(|| missing(case.id))?;
    let (seq, actual, old_cell) = (old.int(0)?, old.count(1)?, old.int(2)?);
    if actual != expected {
        return Err(Conflict::CaseVersion {
            case: case.id,
            expected,
            actual,
        }
        .into());
    }
    let cell = cell_of(db, scope, case)?;
    db.send(
        "UPDATE cases SET version = ?2, cell = ?3,
             occurrences = CASE WHEN ?4 > occurrences THEN ?4 ELSE occurrences END,
             updated_at = CASE WHEN ?5 > updated_at THEN ?5 ELSE updated_at END,
             owner = ?6, words_digest = ?7, observable_count = ?8, body = ?9, observables = ?10
         WHERE seq = ?1",
        &[
            Val::Int(seq),
            Val::count(expected.saturating_add(1)),
            Val::Int(cell),
            Val::count(case.occurrences),
            Val::time(case.updated_at),
            Val::opt_text(case.owner.as_deref()),
            Val::Int(body.words_digest),
            Val::count(case.observables.len() as u64),
            Val::Text(&body.short),
            Val::opt_text(body.observables.as_deref()),
        ],
        None,
    )?;
    if cell != old_cell {
        scope.counts.push((old_cell, -1));
        scope.counts.push((cell, 1));
    }
    // The words cover the observables, so equal words mean equal observables.
    if old.int(3)? != body.words_digest {
        let known = row::observable_keys(old.text(4)?, old.opt_text(5)?)?;
        for key in known.iter().filter(|key| !body.keys.contains(key)) {
            remove_observable(db, scope.tenant, seq, key)?;
        }
        put_observables(db, scope.tenant, seq, &body.keys)?;
        search::replace(db, scope.tenant, seq, &body.words)?;
    }
    Ok(())
}

pub(crate) fn add_occurrence(
    db: &mut dyn Db,
    scope: &Scope<'_>,
    case: CaseId,
    at: Timestamp,
) -> Result<(), Error> {
    let missing = missing(case);
    db.send(
        "UPDATE cases SET occurrences = occurrences + 1,
             updated_at = CASE WHEN ?3 > updated_at THEN ?3 ELSE updated_at END
         WHERE tenant = ?1 AND id = ?2",
        &[
            Val::Int(scope.tenant),
            Val::Bytes(&case.to_bytes()),
            Val::time(at),
        ],
        Some(missing),
    )
}

fn missing(case: CaseId) -> Conflict {
    Conflict::Missing {
        what: "case",
        name: case.to_string(),
    }
}

fn cell_of(db: &mut dyn Db, scope: &Scope<'_>, case: &Case) -> Result<i64, Error> {
    let kind = scope.names.case_type(db, case.kind.as_str())?;
    let kind = kind.ok_or_else(|| {
        Error::corrupt(
            "case type",
            format_args!("`{}` has no number", case.kind.as_str()),
        )
    })?;
    Ok(counts::Cell {
        tenant: scope.tenant,
        kind,
        status: case.status,
        severity: case.severity,
        verdict: case.verdict,
    }
    .pack())
}

fn put_observables(db: &mut dyn Db, tenant: i64, seq: i64, keys: &[[u8; 16]]) -> Result<(), Error> {
    for key in keys {
        db.send(
            "INSERT INTO case_observables (tenant, key, case_seq) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING",
            &[Val::Int(tenant), Val::Bytes(key), Val::Int(seq)],
            None,
        )?;
    }
    Ok(())
}

pub(crate) fn remove_observable(
    db: &mut dyn Db,
    tenant: i64,
    seq: i64,
    key: &[u8; 16],
) -> Result<(), Error> {
    db.send(
        "DELETE FROM case_observables WHERE tenant = ?1 AND key = ?2 AND case_seq = ?3",
        &[Val::Int(tenant), Val::Bytes(key), Val::Int(seq)],
        None,
    )
}

/// The identities of the observables in a stored row.
pub(crate) fn stored_keys(body: &str, observables: Option<&str>) -> Result<Vec<[u8; 16]>, Error> {
    row::observable_keys(body, observables)
}

impl Store {
    /// One case, `None` if this tenant has no such case.
    ///
    /// # Errors
    /// [`Error`] when the database cannot be read.
    pub async fn case(&self, granted: &Granted, id: CaseId) -> Result<Option<Case>, Error> {
        let found = self.point(granted, move |db, tenant| {
            db.row(
                CASE_COLUMNS_BY_ID,
                &[Val::Int(tenant), Val::Bytes(&id.to_bytes())],
            )?
            .map(|row| row::case(&row))
            .transpose()
        });
        found.await
    }

    /// The numbers that people say for these cases; at most 200 are looked up.
    ///
    /// # Errors
    /// [`Error`] when the database cannot be read.
    pub async fn case_numbers(
        &self,
        granted: &Granted,
        cases: Vec<CaseId>,
    ) -> Result<BTreeMap<CaseId, u64>, Error> {
        let found = self.scoped(granted, move |db, tenant| {
            let keys: Vec<[u8; 16]> = cases
                .into_iter()
                .take(LIMIT_MAX as usize)
                .map(CaseId::to_bytes)
                .collect();
            let each: Vec<_> = keys
                .iter()
                .map(|key| vec![Val::Int(tenant), Val::Bytes(key)])
                .collect();
            let rows = db.many(
                "SELECT id, number FROM cases WHERE tenant = ?1 AND id = ?2",
                &each,
            )?;
            rows.iter()
                .flatten()
                .map(|row| Ok((CaseId::from_bytes(row.id(0)?), row.count(1)?)))
                .collect()
        });
        found.await
    }

    /// The case that a deduplication key belongs to.
    ///
    /// # Errors
    /// [`Error`] when the database cannot be read.
    pub async fn case_by_key(
        &self,
        granted: &Granted,
        key: impl Into<String>,
    ) -> Result<Option<Case>, Error> {
        let key = key.into();
        let found = self.point(granted, move |db, tenant| {
            db.row(
                row::CASE_COLUMNS_BY_KEY,
                &[Val::Int(tenant), Val::Text(&key)],
            )?
            .map(|row| row::case(&row))
            .transpose()
        });
        found.await
    }

    /// The case with this number.
    ///
    /// # Errors
    /// [`Error`] when the database cannot be read.
    pub async fn case_by_number(
        &self,
        granted: &Granted,
        number: u64,
    ) -> Result<Option<Case>, Error> {
        let found = self.scoped(granted, move |db, tenant| {
            db.row(
                row::CASE_COLUMNS_BY_NUMBER,
                &[Val::Int(tenant), Val::count(number)],
            )?
            .map(|row| row::case(&row))
            .transpose()
        });
        found.await
    }

    /// The cases that were escalated from this one, oldest first, at most 100.
    ///
    /// # Errors
    /// [`Error`] when the database cannot be read.
    pub async fn children(&self, granted: &Granted, parent: CaseId) -> Result<Vec<Case>, Error> {
        let found = self.scoped(granted, move |db, tenant| {
            db.rows(
                row::CASE_COLUMNS_BY_PARENT,
                &[Val::Int(tenant), Val::Bytes(&parent.to_bytes())],
            )?
            .iter()
            .map(row::case)
            .collect()
        });
        found.await
    }
}
