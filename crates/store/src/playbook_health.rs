//! How the runs of each playbook went: counters by day, outcome and duration, moved when a run ends.
//!
//! A run is counted in the transaction that ends it, once. Durations are kept as the number of a bucket (four to
//! each doubling), so that a median over a million runs is a walk along a few hundred counters.

use std::collections::BTreeMap;

use updraft_model::{Granted, Run, RunId, RunState, Timestamp};

use crate::{
    Error, Store,
    heads::Scope,
    seam::{Db, Val},
};

const DAY_MICROS: i64 = 24 * 60 * 60 * 1_000_000;
/// Days that the counters are kept.
const DAYS_MAX: i64 = 400;
/// Buckets to each doubling of the duration.
const BUCKETS_PER_DOUBLING: f64 = 4.0;
/// The most counters that one question reads.
pub(crate) const COUNTERS_MAX: i64 = 500_000;
/// By how much a median may be off, as a share: half a bucket.
pub const MEDIAN_ERROR: f64 = 0.1;

/// How a playbook's runs went.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Health {
    /// Runs that ended.
    pub runs: u64,
    /// Of them: ended well.
    pub succeeded: u64,
    /// Of them: failed.
    pub failed: u64,
    /// Of them: stopped by a person.
    pub cancelled: u64,
    /// Of them: ended well and no person took part.
    pub automatic: u64,
    /// The median time from start to end of the runs that ended well, milliseconds, within [`MEDIAN_ERROR`].
    pub median_ms: Option<u64>,
    /// When the last one ended.
    pub last_at: Option<Timestamp>,
    /// The last one.
    pub last_run: Option<RunId>,
}

/// WIRE: the outcome above bit 8, the bucket of the duration below.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Outcome {
    Automatic = 0,
    WithPeople = 1,
    Failed = 2,
    Cancelled = 3,
}

impl Outcome {
    fn of(run: &Run) -> Self {
        match run.state {
            RunState::Failed => Outcome::Failed,
            RunState::Cancelled => Outcome::Cancelled,
            _ if run.people > 0 => Outcome::WithPeople,
            _ => Outcome::Automatic,
        }
    }
    fn from_number(number: i64) -> Self {
        match number {
            0 => Outcome::Automatic,
            1 => Outcome::WithPeople,
            2 => Outcome::Failed,
            _ => Outcome::Cancelled,
        }
    }
}

pub(crate) fn bucket(ms: i64) -> i64 {
    let ms = ms.max(0) as f64;
    (((ms + 1.0).log2() * BUCKETS_PER_DOUBLING) as i64).clamp(0, 255)
}

/// The middle of a bucket.
pub(crate) fn middle(bucket: i64) -> u64 {
    let ms = ((bucket as f64 + 0.5) / BUCKETS_PER_DOUBLING).exp2() - 1.0;
    ms.round().max(0.0) as u64
}

pub(crate) fn day(at: Timestamp) -> i64 {
    at.micros().div_euclid(DAY_MICROS)
}

/// The first day whose counters are kept.
pub(crate) fn oldest_day(now: Timestamp) -> i64 {
    day(now) - DAYS_MAX
}

/// Counts a run that ends, unless the store knows already that it is over.
pub(crate) fn count(db: &mut dyn Db, scope: &Scope<'_>, run: &Run) -> Result<(), Error> {
    let ended = run.ended_at.unwrap_or(run.created_at);
    let took = ended.millis_since(run.started_at.unwrap_or(run.created_at));
    let cell = ((Outcome::of(run) as i64) << 8) | bucket(took);
    db.send(
        "INSERT INTO run_counters (tenant, day, playbook, cell, n, last_at, last_run)
         SELECT ?1, ?2, ?3, ?4, 1, ?5, ?6 FROM runs WHERE tenant = ?1 AND id = ?6 AND state < 3
         ON CONFLICT (tenant, day, playbook, cell) DO UPDATE SET
             n = run_counters.n + 1, last_at = excluded.last_at, last_run = excluded.last_run",
        &[
            Val::Int(scope.tenant),
            Val::Int(day(ended)),
            Val::Text(&run.playbook),
            Val::Int(cell),
            Val::time(ended),
            Val::Bytes(&run.id.to_bytes()),
        ],
        None,
    )
}

#[derive(Default)]
struct Tally {
    health: Health,
    durations: BTreeMap<i64, u64>,
}

impl Tally {
    fn add(&mut self, cell: i64, n: u64, (at, run): (Timestamp, RunId)) {
        let health = &mut self.health;
        health.runs += n;
        match Outcome::from_number(cell >> 8) {
            Outcome::Automatic => {
                health.succeeded += n;
                health.automatic += n;
            }
            Outcome::WithPeople => health.succeeded += n,
            Outcome::Failed => health.failed += n,
            Outcome::Cancelled => health.cancelled += n,
        }
        if cell >> 8 <= Outcome::WithPeople as i64 {
            *self.durations.entry(cell & 0xff).or_default() += n;
        }
        if health.last_at.is_none_or(|last| at >= last) {
            health.last_at = Some(at);
            health.last_run = Some(run);
        }
    }

    fn finish(self) -> Health {
        let all: u64 = self.durations.values().sum();
        let mut seen = 0;
        let mut half = self.durations.into_iter().find(|(_, n)| {
            seen += n;
            seen * 2 >= all
        });
        Health {
            median_ms: half.take().map(|(bucket, _)| middle(bucket)),
            ..self.health
        }
    }
}

impl Store {
    /// How the runs of every playbook went that ended on the day of `since` or later (days in UTC), by playbook.
    /// Reads counters only: the answer takes the same time at a million runs as at ten.
    ///
    /// # Errors
    /// [`Error`] when the database cannot be read.
    pub async fn playbook_health(
        &self,
        granted: &Granted,
        since: Timestamp,
    ) -> Result<BTreeMap<String, Health>, Error> {
        let found = self.scoped(granted, move |db, tenant| {
            let rows = db.rows(
                "SELECT playbook, cell, n, last_at, last_run FROM run_counters
                 WHERE tenant = ?1 AND day >= ?2 ORDER BY day, playbook, cell LIMIT ?3",
                &[
                    Val::Int(tenant),
                    Val::Int(day(since)),
                    Val::Int(COUNTERS_MAX),
                ],
            )?;
            let mut tallies: BTreeMap<String, Tally> = BTreeMap::new();
            for row in &rows {
                let last = (row.time(3)?, RunId::from_bytes(row.id(4)?));
                let tally = tallies.entry(row.text(0)?.to_owned()).or_default();
                tally.add(row.int(1)?, row.count(2)?, last);
            }
            let healths = tallies.into_iter().map(|(id, tally)| (id, tally.finish()));
            Ok(healths.collect())
        });
        found.await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bucket_is_off_by_less_than_it_says() {
        for ms in [0, 1, 9, 63, 64, 1_000, 59_999, 86_400_000, i64::MAX / 2] {
            let shown = middle(bucket(ms)) as f64;
            let off = (shown - ms as f64).abs();
            assert!(off <= ms as f64 * MEDIAN_ERROR + 1.0, "{ms}: {shown}");
        }
    }
}
