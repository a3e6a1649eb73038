//! The ways that runs took, counted when a run is over, and what people decided in them.
//!
//! A run that ends owes its path: that is noted in the transaction that ends it, so that none is forgotten, and read
//! from its journal later. Paths are counted by day and duration like the runs of a playbook
//! ([`crate::playbook_health`]): a question about a year reads counters, not runs.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use updraft_model::{BlobHash, Granted, HumanDecision, PathCount, Run, RunId, RunPath, Timestamp};

use crate::{
    Error, Store,
    heads::Scope,
    playbook_health::{COUNTERS_MAX, bucket, day, middle},
    seam::{Db, Row, Val},
};

/// The most different paths that one answer names.
pub const PATHS_MAX: usize = 500;
/// Runs that a path names as examples.
const EXAMPLES_MAX: usize = 5;
/// The most runs with deviations that are listed.
const DEVIATING_MAX: i64 = 500;
/// The most decisions that one question reads, the newest first.
pub const DECISIONS_READ_MAX: i64 = 200_000;

/// A run in which not everything was as written.
#[derive(Debug, Clone, PartialEq)]
pub struct Deviating {
    /// Which run.
    pub run: RunId,
    /// The path that it took.
    pub hash: BlobHash,
    /// What was not as written.
    pub deviations: Value,
}

/// One decision of people, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decided {
    /// In which run.
    pub run: RunId,
    /// Of which playbook.
    pub playbook: String,
    /// What.
    pub decision: HumanDecision,
}

/// WIRE: what a run's row holds.
#[derive(Serialize, Deserialize)]
struct Body {
    deviations: Value,
    took_ms: i64,
}

/// Notes that the path of a run is still to be read, unless the store knows already that the run is over.
pub(crate) fn owe(db: &mut dyn Db, scope: &Scope<'_>, run: RunId) -> Result<(), Error> {
    db.send(
        "INSERT INTO paths_owed (tenant, run)
         SELECT tenant, id FROM runs WHERE tenant = ?1 AND id = ?2 AND state < 3 ON CONFLICT DO NOTHING",
        &[Val::Int(scope.tenant), Val::Bytes(&run.to_bytes())],
        None,
    )
}

pub(crate) fn put(
    db: &mut dyn Db,
    scope: &Scope<'_>,
    run: RunId,
    path: Option<&RunPath>,
) -> Result<(), Error> {
    let key = run.to_bytes();
    let place = [Val::Int(scope.tenant), Val::Bytes(&key)];
    db.send(
        "DELETE FROM paths_owed WHERE tenant = ?1 AND run = ?2",
        &place,
        None,
    )?;
    let Some(path) = path else { return Ok(()) };
    let known = db.row(
        "SELECT 1 FROM run_paths WHERE tenant = ?1 AND run = ?2",
        &place,
    )?;
    if known.is_some() {
        return Ok(());
    }
    let day = day(path.ended_at);
    let body = Body {
        deviations: path.deviations.clone(),
        took_ms: path.took_ms,
    };
    db.send(
        "INSERT INTO run_paths (tenant, run, case_type, day, hash, deviations, body)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) ON CONFLICT DO NOTHING",
        &[
            place[0],
            place[1],
            Val::Text(&path.case_type),
            Val::Int(day),
            Val::Bytes(path.hash.as_bytes()),
            Val::Int(i64::from(path.deviation_count)),
            Val::Text(&text("path", &body)?),
        ],
        None,
    )?;
    db.send(
        "INSERT INTO path_steps (tenant, hash, body) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING",
        &[
            place[0],
            Val::Bytes(path.hash.as_bytes()),
            Val::Text(&text("path", &path.steps)?),
        ],
        None,
    )?;
    count(db, scope, run, path, day)?;
    for (number, decision) in path.decisions.iter().enumerate() {
        db.send(
            "INSERT INTO human_decisions (tenant, run, place, day, playbook, body)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT DO NOTHING",
            &[
                place[0],
                place[1],
                Val::count(number as u64),
                Val::Int(day),
                Val::Text(&path.playbook),
                Val::Text(&text("decision", decision)?),
            ],
            None,
        )?;
    }
    Ok(())
}

fn count(
    db: &mut dyn Db,
    scope: &Scope<'_>,
    run: RunId,
    path: &RunPath,
    day: i64,
) -> Result<(), Error> {
    db.send(
        "INSERT INTO path_counters (tenant, case_type, day, playbook, hash, cell, n, last_at, last_run)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, 1, ?7, ?8)
         ON CONFLICT (tenant, case_type, day, playbook, hash, cell) DO UPDATE SET
             n = path_counters.n + 1, last_at = excluded.last_at, last_run = excluded.last_run",
        &[
            Val::Int(scope.tenant),
            Val::Text(&path.case_type),
            Val::Int(day),
            Val::Text(&path.playbook),
            Val::Bytes(path.hash.as_bytes()),
            Val::Int(bucket(path.took_ms)),
            Val::time(path.ended_at),
            Val::Bytes(&run.to_bytes()),
        ],
        None,
    )
}

fn text(what: &'static str, value: &impl Serialize) -> Result<String, Error> {
    serde_json::to_string(value).map_err(|error| Error::Invalid {
        detail: format!("the {what} cannot be written as JSON: {error}"),
    })
}

/// A run is removed with its case: what names it goes too; the counters stay.
pub(crate) fn forget_run(db: &mut dyn Db, run: &[Val<'_>]) -> Result<(), Error> {
    for sql in [
        "DELETE FROM paths_owed WHERE tenant = ?1 AND run = ?2",
        "DELETE FROM run_paths WHERE tenant = ?1 AND run = ?2",
        "DELETE FROM human_decisions WHERE tenant = ?1 AND run = ?2",
    ] {
        db.send(sql, run, None)?;
    }
    Ok(())
}

/// Removes what is older than the first day that is kept.
pub(crate) fn forget_before(db: &mut dyn Db, oldest: i64) -> Result<(), Error> {
    for sql in [
        "DELETE FROM path_counters WHERE day < ?1",
        "DELETE FROM run_paths WHERE day < ?1",
        "DELETE FROM human_decisions WHERE day < ?1",
    ] {
        db.run(sql, &[Val::Int(oldest)])?;
    }
    Ok(())
}

#[derive(Default)]
struct Counted {
    runs: u64,
    durations: BTreeMap<i64, u64>,
    examples: Vec<(Timestamp, RunId)>,
}

impl Counted {
    fn add(&mut self, row: &Row) -> Result<(), Error> {
        let n = row.count(3)?;
        self.runs += n;
        *self.durations.entry(row.int(2)?).or_default() += n;
        let example = (row.time(4)?, RunId::from_bytes(row.id(5)?));
        self.examples.push(example);
        self.examples.sort_by(|a, b| b.cmp(a));
        self.examples.truncate(EXAMPLES_MAX);
        Ok(())
    }

    fn median(&self) -> Option<u64> {
        let mut seen = 0;
        let half = self.durations.iter().find(|(_, n)| {
            seen += **n;
            seen * 2 >= self.runs
        });
        half.map(|(bucket, _)| middle(*bucket))
    }
}

impl Store {
    /// The paths of runs of one case type that ended on the day of `since` or later (days in UTC), the most frequent
    /// first, at most 500; and how many runs there were on all paths together. Reads counters only.
    ///
    /// # Errors
    /// [`Error`] when the database cannot be read.
    pub async fn path_counts(
        &self,
        granted: &Granted,
        case_type: &str,
        since: Timestamp,
    ) -> Result<(Vec<PathCount>, u64), Error> {
        let case_type = case_type.to_owned();
        let found = self.scoped(granted, move |db, tenant| {
            let rows = db.rows(
                "SELECT playbook, hash, cell, n, last_at, last_run FROM path_counters
                 WHERE tenant = ?1 AND case_type = ?2 AND day >= ?3 LIMIT ?4",
                &[
                    Val::Int(tenant),
                    Val::Text(&case_type),
                    Val::Int(day(since)),
                    Val::Int(COUNTERS_MAX),
                ],
            )?;
            let mut paths: BTreeMap<(String, BlobHash), Counted> = BTreeMap::new();
            for row in &rows {
                let key = (row.text(0)?.to_owned(), row.hash(1)?);
                paths.entry(key).or_default().add(row)?;
            }
            let all = paths.values().map(|counted| counted.runs).sum();
            let mut paths: Vec<_> = paths.into_iter().collect();
            paths.sort_by(|a, b| b.1.runs.cmp(&a.1.runs).then_with(|| a.0.cmp(&b.0)));
            paths.truncate(PATHS_MAX);
            let mut counts = Vec::with_capacity(paths.len());
            for ((playbook, hash), counted) in paths {
                let steps = db.row(
                    "SELECT body FROM path_steps WHERE tenant = ?1 AND hash = ?2",
                    &[Val::Int(tenant), Val::Bytes(hash.as_bytes())],
                )?;
                let steps = match steps {
                    Some(row) => serde_json::from_str(row.text(0)?)
                        .map_err(|error| Error::corrupt("path", error))?,
                    None => Vec::new(),
                };
                counts.push(PathCount {
                    playbook,
                    hash,
                    steps,
                    runs: counted.runs,
                    median_ms: counted.median(),
                    last_at: counted.examples.first().map_or(since, |(at, _)| *at),
                    examples: counted.examples.iter().map(|(_, run)| *run).collect(),
                });
            }
            Ok((counts, all))
        });
        found.await
    }

    /// The latest 500 runs of one case type in which not everything was as written, from a day on.
    ///
    /// # Errors
    /// [`Error`] when the database cannot be read.
    pub async fn deviating_runs(
        &self,
        granted: &Granted,
        case_type: &str,
        since: Timestamp,
    ) -> Result<Vec<Deviating>, Error> {
        let case_type = case_type.to_owned();
        let found = self.scoped(granted, move |db, tenant| {
            let rows = db.rows(
                "SELECT run, hash, body FROM run_paths
                 WHERE tenant = ?1 AND case_type = ?2 AND deviations > 0 AND day >= ?3
                 ORDER BY run DESC LIMIT ?4",
                &[
                    Val::Int(tenant),
                    Val::Text(&case_type),
                    Val::Int(day(since)),
                    Val::Int(DEVIATING_MAX),
                ],
            )?;
            rows.iter()
                .map(|row| {
                    let body: Body = serde_json::from_str(row.text(2)?)
                        .map_err(|error| Error::corrupt("path", error))?;
                    Ok(Deviating {
                        run: RunId::from_bytes(row.id(0)?),
                        hash: row.hash(1)?,
                        deviations: body.deviations,
                    })
                })
                .collect()
        });
        found.await
    }

    /// What people decided from a day on, the newest first, at most 200,000 decisions.
    ///
    /// # Errors
    /// [`Error`] when the database cannot be read.
    pub async fn human_decisions(
        &self,
        granted: &Granted,
        since: Timestamp,
    ) -> Result<Vec<Decided>, Error> {
        let found = self.scoped(granted, move |db, tenant| {
            let rows = db.rows(
                "SELECT run, playbook, body FROM human_decisions WHERE tenant = ?1 AND day >= ?2
                 ORDER BY day DESC, run DESC, place LIMIT ?3",
                &[
                    Val::Int(tenant),
                    Val::Int(day(since)),
                    Val::Int(DECISIONS_READ_MAX),
                ],
            )?;
            rows.iter()
                .map(|row| {
                    Ok(Decided {
                        run: RunId::from_bytes(row.id(0)?),
                        playbook: row.text(1)?.to_owned(),
                        decision: serde_json::from_str(row.text(2)?)
                            .map_err(|error| Error::corrupt("decision", error))?,
                    })
                })
                .collect()
        });
        found.await
    }

    /// Runs of all tenants that are over and whose paths are still to be read. For the driver only; a head says whose
    /// it is.
    ///
    /// # Errors
    /// [`Error`] when the database cannot be read.
    pub async fn owed_paths(&self, limit: u32) -> Result<Vec<Run>, Error> {
        self.read(move |db| {
            let rows = db.rows(
                "SELECT runs.body FROM paths_owed
                 JOIN runs ON runs.tenant = paths_owed.tenant AND runs.id = paths_owed.run LIMIT ?1",
                &[Val::Int(i64::from(limit))],
            )?;
            rows.iter()
                .map(|row| {
                    serde_json::from_str(row.text(0)?).map_err(|error| Error::corrupt("run", error))
                })
                .collect()
        })
        .await
    }
}
