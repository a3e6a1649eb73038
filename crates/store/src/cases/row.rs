//! How a case's row becomes a [`Case`] or a [`CaseSummary`] again.
//!
//! `body` holds the record with its first observables; columns that move without rewriting it (number, version,
//! occurrences, time of the last change) win over what the record says.

use updraft_model::{Case, Observable};

use super::list::CaseSummary;
use crate::{error::Error, prepare::observable_key, seam::Row};

macro_rules! case_columns {
    ($condition:literal) => {
        concat!(
            "SELECT number, version, occurrences, updated_at, body, observables FROM cases WHERE ",
            $condition
        )
    };
}

pub(crate) const CASE_COLUMNS_BY_ID: &str = case_columns!("tenant = ?1 AND id = ?2");
pub(super) const CASE_COLUMNS_BY_KEY: &str =
    case_columns!("tenant = ?1 AND dedup_key = ?2 AND dedup_key <> ''");
pub(super) const CASE_COLUMNS_BY_NUMBER: &str = case_columns!("tenant = ?1 AND number = ?2");
pub(super) const CASE_COLUMNS_BY_PARENT: &str =
    case_columns!("tenant = ?1 AND parent = ?2 ORDER BY id LIMIT 100");
pub(super) const SUMMARY_BY_SEQ: &str = "SELECT number, version, occurrences, updated_at, body, observable_count FROM cases WHERE seq = ?1";

pub(super) fn case(row: &Row) -> Result<Case, Error> {
    let mut case = short(row)?;
    if let Some(all) = row.opt_text(5)? {
        case.observables = observables(all)?;
    }
    Ok(case)
}

pub(super) fn summary(row: &Row) -> Result<CaseSummary, Error> {
    let case = short(row)?;
    Ok(CaseSummary {
        id: case.id,
        number: case.number,
        kind: case.kind,
        title: case.title,
        severity: case.severity,
        status: case.status,
        verdict: case.verdict,
        score: case.score,
        occurrences: case.occurrences,
        owner: case.owner,
        opened_at: case.opened_at,
        updated_at: case.updated_at,
        closed_at: case.closed_at,
        close_reason: case.close_reason,
        observables: case.observables,
        observable_count: row.count(5)?,
    })
}

fn short(row: &Row) -> Result<Case, Error> {
    let mut case: Case =
        serde_json::from_str(row.text(4)?).map_err(|error| Error::corrupt("case", error))?;
    case.number = row.count(0)?;
    case.version = row.count(1)?;
    case.occurrences = row.count(2)?;
    case.updated_at = row.time(3)?;
    Ok(case)
}

fn observables(json: &str) -> Result<Vec<Observable>, Error> {
    serde_json::from_str(json).map_err(|error| Error::corrupt("list of observables", error))
}

/// The identities of the observables that a stored row names.
pub(super) fn observable_keys(body: &str, all: Option<&str>) -> Result<Vec<[u8; 16]>, Error> {
    let case = with_observables(body, all)?;
    Ok(case.observables.iter().map(observable_key).collect())
}

/// The record with all its observables; what columns hold apart may be out of date in it.
pub(super) fn with_observables(body: &str, all: Option<&str>) -> Result<Case, Error> {
    let mut case: Case =
        serde_json::from_str(body).map_err(|error| Error::corrupt("case", error))?;
    if let Some(all) = all {
        case.observables = observables(all)?;
    }
    Ok(case)
}
