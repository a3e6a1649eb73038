//! When schedules are due, and what was decided when something happened that may start a playbook.
//!
//! A schedule moves to its next moment in the transaction that makes its run, and only from the moment that the
//! writer had read: so each moment has one run, whoever else tries and whenever the program is killed.
//! Decisions are an aid for people: the newest of each playbook are kept, for a while.

use updraft_model::{AlertId, CaseId, Decision, Granted, ScheduleState, Timestamp};

use crate::{
    Conflict, Error, Store,
    heads::Scope,
    seam::{Db, Row, Val},
};

/// The most decisions of one playbook that are kept.
pub const DECISIONS_MAX: i64 = 1_000;
/// The most decisions that are listed at once.
pub const DECISIONS_LISTED_MAX: u32 = 200;
/// The most schedules of one installation.
pub const SCHEDULES_MAX: i64 = 100_000;

/// Which decisions are wanted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DecisionFilter {
    /// Only about this playbook.
    pub playbook: Option<String>,
    /// Only about this alert.
    pub alert: Option<AlertId>,
    /// Only about this case.
    pub case: Option<CaseId>,
}

pub(crate) fn put_schedule(
    db: &mut dyn Db,
    scope: &Scope<'_>,
    schedule: &ScheduleState,
    expected: Option<Timestamp>,
    body: &str,
) -> Result<(), Error> {
    let changed = Conflict::Changed {
        what: "schedule",
        name: format!("{} {}", schedule.playbook, schedule.key),
    };
    let mut values = vec![
        Val::Int(scope.tenant),
        Val::Text(&schedule.playbook),
        Val::Text(&schedule.key),
        Val::time(schedule.due_at),
        Val::Text(body),
    ];
    let sql = match expected {
        None => {
            "INSERT INTO schedules (tenant, playbook, key, due_at, body) VALUES (?1, ?2, ?3, ?4, ?5)
             ON CONFLICT DO NOTHING"
        }
        Some(expected) => {
            values.push(Val::time(expected));
            "UPDATE schedules SET due_at = ?4, body = ?5
             WHERE tenant = ?1 AND playbook = ?2 AND key = ?3 AND due_at = ?6"
        }
    };
    db.send(sql, &values, Some(changed))
}

pub(crate) fn drop_schedule(
    db: &mut dyn Db,
    scope: &Scope<'_>,
    playbook: &str,
    key: &str,
) -> Result<(), Error> {
    db.send(
        "DELETE FROM schedules WHERE tenant = ?1 AND playbook = ?2 AND key = ?3",
        &[Val::Int(scope.tenant), Val::Text(playbook), Val::Text(key)],
        None,
    )
}

pub(crate) fn decide(
    db: &mut dyn Db,
    scope: &Scope<'_>,
    decision: &Decision,
    body: &str,
) -> Result<(), Error> {
    let alert = decision.alert.map(AlertId::to_bytes);
    let case = decision.case.map(CaseId::to_bytes);
    db.send(
        "INSERT INTO decisions (tenant, playbook, alert, case_id, at, body) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        &[
            Val::Int(scope.tenant),
            Val::Text(&decision.playbook),
            Val::opt_bytes(alert.as_ref().map(|id| &id[..])),
            Val::opt_bytes(case.as_ref().map(|id| &id[..])),
            Val::time(decision.at),
            Val::Text(body),
        ],
        None,
    )
}

/// Removes what is older than `cutoff`, and of each playbook all but the newest.
pub(crate) fn sweep_decisions(db: &mut dyn Db, cutoff: i64, rows: i64) -> Result<u64, Error> {
    let mut gone = db.run(
        "DELETE FROM decisions WHERE seq IN
             (SELECT seq FROM decisions WHERE at < ?1 ORDER BY seq LIMIT ?2)",
        &[Val::Int(cutoff), Val::Int(rows)],
    )?;
    let full = db.rows(
        "SELECT tenant, playbook FROM decisions GROUP BY tenant, playbook HAVING COUNT(*) > ?1",
        &[Val::Int(DECISIONS_MAX)],
    )?;
    for of in &full {
        gone += db.run(
            "DELETE FROM decisions WHERE seq IN
                 (SELECT seq FROM decisions WHERE tenant = ?1 AND playbook = ?2 AND seq <=
                     (SELECT seq FROM decisions WHERE tenant = ?1 AND playbook = ?2
                      ORDER BY seq DESC LIMIT 1 OFFSET ?3)
                  ORDER BY seq LIMIT ?4)",
            &[
                Val::Int(of.int(0)?),
                Val::Text(of.text(1)?),
                Val::Int(DECISIONS_MAX),
                Val::Int(rows),
            ],
        )?;
    }
    Ok(gone)
}

fn schedules(rows: &[Row]) -> Result<Vec<ScheduleState>, Error> {
    let read = |row: &Row| {
        serde_json::from_str(row.text(0)?).map_err(|error| Error::corrupt("schedule", error))
    };
    rows.iter().map(read).collect()
}

fn decisions(rows: &[Row]) -> Result<Vec<Decision>, Error> {
    let read = |row: &Row| {
        serde_json::from_str(row.text(0)?).map_err(|error| Error::corrupt("decision", error))
    };
    rows.iter().map(read).collect()
}

impl Store {
    /// Every schedule of every tenant. For the driver only; a schedule says whose it is.
    ///
    /// # Errors
    /// [`Error`] when the database cannot be read.
    pub async fn schedules(&self) -> Result<Vec<ScheduleState>, Error> {
        self.read(|db| {
            schedules(&db.rows(
                "SELECT body FROM schedules ORDER BY tenant, playbook, key LIMIT ?1",
                &[Val::Int(SCHEDULES_MAX)],
            )?)
        })
        .await
    }

    /// The schedules of one playbook, by key.
    ///
    /// # Errors
    /// [`Error`] when the database cannot be read.
    pub async fn schedules_of(
        &self,
        granted: &Granted,
        playbook: &str,
    ) -> Result<Vec<ScheduleState>, Error> {
        let playbook = playbook.to_owned();
        let found = self.scoped(granted, move |db, tenant| {
            schedules(&db.rows(
                "SELECT body FROM schedules WHERE tenant = ?1 AND playbook = ?2 ORDER BY key",
                &[Val::Int(tenant), Val::Text(&playbook)],
            )?)
        });
        found.await
    }

    /// The newest decisions, the newest first, at most 200.
    ///
    /// # Errors
    /// [`Error`] when the database cannot be read.
    pub async fn decisions(
        &self,
        granted: &Granted,
        filter: DecisionFilter,
        limit: u32,
    ) -> Result<Vec<Decision>, Error> {
        let limit = Val::Int(i64::from(limit.min(DECISIONS_LISTED_MAX)));
        let found = self.scoped(granted, move |db, tenant| {
            let tenant = Val::Int(tenant);
            let of = |playbook: &Option<String>, decision: &Decision| {
                playbook.as_ref().is_none_or(|id| *id == decision.playbook)
            };
            let (sql, subject) = match (filter.alert, filter.case) {
                (Some(alert), _) => (
                    "SELECT body FROM decisions WHERE tenant = ?1 AND alert = ?3 ORDER BY seq DESC LIMIT ?2",
                    alert.to_bytes(),
                ),
                (None, Some(case)) => (
                    "SELECT body FROM decisions WHERE tenant = ?1 AND case_id = ?3 ORDER BY seq DESC LIMIT ?2",
                    case.to_bytes(),
                ),
                (None, None) => {
                    let rows = match &filter.playbook {
                        Some(playbook) => db.rows(
                            "SELECT body FROM decisions WHERE tenant = ?1 AND playbook = ?3
                             ORDER BY seq DESC LIMIT ?2",
                            &[tenant, limit, Val::Text(playbook)],
                        )?,
                        None => db.rows(
                            "SELECT body FROM decisions WHERE tenant = ?1 ORDER BY seq DESC LIMIT ?2",
                            &[tenant, limit],
                        )?,
                    };
                    return decisions(&rows);
                }
            };
            // Few are about one subject: what else is asked for is looked at here.
            let mut found = decisions(&db.rows(sql, &[tenant, limit, Val::Bytes(&subject)])?)?;
            found.retain(|decision| {
                of(&filter.playbook, decision)
                    && filter.case.is_none_or(|case| decision.case == Some(case))
            });
            Ok(found)
        });
        found.await
    }
}
