//! Forgetting by policy, in small portions between other people's writes.
//!
//! - A closed case goes, with everything that belongs to it, when nothing has changed for `closed_cases_ms`.
//! - The journal of a run goes `journals_ms` after the run ended; its head, answers and reports stay with the case.
//! - A payload goes `payloads_ms` after it was last handed in, but never before the journals that may name it, never
//!   while a run that is older than it is unfinished, and never while it is a report's.
//! - Alerts that were ignored go with the payloads; sessions go when they have expired.
//! - The audit record and pinned content stay.
//!
//! Payloads are found by mark, not by count: journals name them in a language that the store does not read.

use std::time::Instant;

use updraft_model::{AlertId, AlertState, CaseStatus, Timestamp};

use crate::{
    Store,
    cases::{CaseCell, remove_observable, search, stored_keys},
    error::Error,
    heads::Heads,
    playbook_health,
    seam::{Db, Row, Val},
    triggers,
};

const DAY_MS: i64 = 24 * 60 * 60 * 1_000;
/// The shortest life of a payload: hashes are remembered for less than this without asking the database.
pub const PAYLOADS_MS_MIN: i64 = DAY_MS;
/// How long one portion may keep the writer.
const PORTION_MS: u128 = 8;
/// How many rows are looked at before the clock is.
const ROWS_AT_ONCE: i64 = 40;
/// How many decisions go in one portion.
const DECISIONS_AT_ONCE: i64 = 500;

/// How long things are kept. The default: a year of cases, 90 days of journals and payloads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Retention {
    /// Closed cases, after their last change.
    pub closed_cases_ms: i64,
    /// Journals, after the run's end.
    pub journals_ms: i64,
    /// Payloads, after they were last handed in; at least as long as journals and [`PAYLOADS_MS_MIN`].
    pub payloads_ms: i64,
    /// What was decided about playbooks, and of each playbook the newest only.
    pub decisions_ms: i64,
}

impl Default for Retention {
    fn default() -> Self {
        Self {
            closed_cases_ms: 365 * DAY_MS,
            journals_ms: 90 * DAY_MS,
            payloads_ms: 90 * DAY_MS,
            decisions_ms: 30 * DAY_MS,
        }
    }
}

/// What a sweep removed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Swept {
    /// Closed cases with everything that belonged to them.
    pub cases: u64,
    /// Journals of runs that are over.
    pub journals: u64,
    /// Payloads.
    pub payloads: u64,
    /// Alerts that had been ignored.
    pub alerts: u64,
    /// Decisions about playbooks.
    pub decisions: u64,
    /// Expired sessions.
    pub sessions: u64,
}

impl Store {
    /// Removes what the policy no longer keeps, in portions of a few milliseconds; other writes go on in between.
    ///
    /// # Errors
    /// [`Error`] when the database fails; what was removed until then stays removed.
    pub async fn sweep(&self, now: Timestamp, policy: Retention) -> Result<Swept, Error> {
        let keep = |ms: i64| now.plus_millis(-ms.max(0)).micros();
        let cases = keep(policy.closed_cases_ms);
        let journals = keep(policy.journals_ms);
        let payloads = policy.payloads_ms.max(policy.journals_ms);
        let payloads = keep(payloads.max(PAYLOADS_MS_MIN));
        let oldest = self.read(oldest_unfinished).await?.unwrap_or(i64::MAX);
        let mut swept = Swept::default();
        loop {
            let (gone, more) = self
                .job(move |db, heads| closed_cases(db, heads, cases))
                .await?;
            swept.cases += gone;
            if !more {
                break;
            }
        }
        swept.journals = self.walk(&JOURNALS, journals).await?;
        swept.payloads = self.walk(&PAYLOADS, payloads.min(oldest)).await?;
        swept.alerts = self.walk(&ALERTS, payloads).await?;
        let decisions = keep(policy.decisions_ms);
        loop {
            let sweep = move |db: &mut dyn Db, _: &mut Heads| {
                triggers::sweep_decisions(db, decisions, DECISIONS_AT_ONCE)
            };
            match self.job(sweep).await? {
                0 => break,
                gone => swept.decisions += gone,
            }
        }
        let oldest_day = playbook_health::oldest_day(now);
        self.job(move |db, _| {
            db.run(
                "DELETE FROM run_counters WHERE day < ?1",
                &[Val::Int(oldest_day)],
            )?;
            crate::run_paths::forget_before(db, oldest_day)?;
            crate::backtests::forget_before(db, oldest_day)
        })
        .await?;
        let now = now.micros();
        swept.sessions = self
            .job(move |db, _| {
                db.run(
                    "DELETE FROM sessions WHERE expires_at < ?1",
                    &[Val::Int(now)],
                )
            })
            .await?;
        Ok(swept)
    }

    /// Walks along one table from where everything before is settled.
    async fn walk(&self, table: &'static Table, cutoff: i64) -> Result<u64, Error> {
        let mut gone = 0;
        let mut place = None;
        loop {
            let step = self
                .job(move |db, _| portion(db, table, cutoff, place))
                .await?;
            gone += step.gone;
            if step.finished {
                return Ok(gone);
            }
            place = Some((step.mark, step.settled));
        }
    }
}

/// A table that is walked along in the order of arrival.
struct Table {
    /// Under which its mark is kept.
    name: &'static str,
    /// Rows behind a mark: `seq` first.
    next: &'static str,
    /// What becomes of a row.
    judge: fn(&mut dyn Db, &Row, i64) -> Result<Fate, Error>,
}

enum Fate {
    /// Removed now.
    Gone,
    /// Nothing to do, now or later: something else removes it.
    Settled,
    /// It has to be looked at again.
    Later,
    /// Too young; so is, sooner or later, everything behind it.
    Young,
}

struct Step {
    gone: u64,
    mark: i64,
    /// True while nothing before the mark has to be looked at again.
    settled: bool,
    finished: bool,
}

static JOURNALS: Table = Table {
    name: "journals",
    next: "SELECT seq, tenant, id, state, ended_at, created_at FROM runs WHERE seq > ?1 ORDER BY seq LIMIT ?2",
    judge: |db, row, cutoff| {
        if row.int(5)? >= cutoff {
            return Ok(Fate::Young);
        }
        if row.int(3)? < 3 || row.int(4).unwrap_or(i64::MAX) >= cutoff {
            return Ok(Fate::Later);
        }
        let gone = db.run(
            "DELETE FROM journal WHERE tenant = ?1 AND run = ?2",
            &[Val::Int(row.int(1)?), Val::Bytes(row.bytes(2)?)],
        )?;
        Ok(if gone > 0 { Fate::Gone } else { Fate::Settled })
    },
};

static PAYLOADS: Table = Table {
    name: "payloads",
    next: "SELECT seq, tenant, hash, put_ms FROM blobs WHERE seq > ?1 ORDER BY seq LIMIT ?2",
    judge: |db, row, cutoff| {
        if row.int(3)? >= cutoff.div_euclid(1_000) {
            return Ok(Fate::Young);
        }
        // A report's payload goes with its case.
        let gone = db.run(
            "DELETE FROM blobs WHERE seq = ?1
             AND NOT EXISTS (SELECT 1 FROM reports WHERE tenant = ?2 AND blob_hash = ?3)",
            &[
                Val::Int(row.int(0)?),
                Val::Int(row.int(1)?),
                Val::Bytes(row.bytes(2)?),
            ],
        )?;
        Ok(if gone > 0 { Fate::Gone } else { Fate::Settled })
    },
};

static ALERTS: Table = Table {
    name: "alerts",
    next: "SELECT seq, state, id FROM alerts WHERE seq > ?1 ORDER BY seq LIMIT ?2",
    judge: |db, row, cutoff| {
        if AlertId::from_bytes(row.id(2)?).unix_ms() >= cutoff.div_euclid(1_000) {
            return Ok(Fate::Young);
        }
        match AlertState::from_u8(row.small(1)?) {
            AlertState::Received => Ok(Fate::Later),
            AlertState::Admitted => Ok(Fate::Settled),
            AlertState::Ignored => {
                db.run(
                    "DELETE FROM alerts WHERE seq = ?1",
                    &[Val::Int(row.int(0)?)],
                )?;
                Ok(Fate::Gone)
            }
        }
    },
};

fn portion(
    db: &mut dyn Db,
    table: &Table,
    cutoff: i64,
    place: Option<(i64, bool)>,
) -> Result<Step, Error> {
    let began = Instant::now();
    let (mark, settled) = match place {
        Some(place) => place,
        None => (stored_mark(db, table.name)?, true),
    };
    let mut step = Step {
        gone: 0,
        mark,
        settled,
        finished: false,
    };
    while !step.finished && began.elapsed().as_millis() < PORTION_MS {
        let rows = db.rows(table.next, &[Val::Int(step.mark), Val::Int(ROWS_AT_ONCE)])?;
        let mut young = 0;
        for row in &rows {
            match (table.judge)(db, row, cutoff)? {
                Fate::Gone => step.gone += 1,
                Fate::Settled => {}
                Fate::Later => step.settled = false,
                Fate::Young => {
                    step.settled = false;
                    young += 1;
                }
            }
            step.mark = row.int(0)?;
            if step.settled {
                store_mark(db, table.name, step.mark)?;
            }
        }
        step.finished = young == rows.len();
    }
    Ok(step)
}

fn stored_mark(db: &mut dyn Db, name: &str) -> Result<i64, Error> {
    let row = db.row(
        "SELECT at FROM sweep_marks WHERE name = ?1",
        &[Val::Text(name)],
    )?;
    row.map_or(Ok(0), |row| row.int(0))
}

fn store_mark(db: &mut dyn Db, name: &str, at: i64) -> Result<(), Error> {
    db.send(
        "INSERT INTO sweep_marks (name, at) VALUES (?1, ?2) ON CONFLICT (name) DO UPDATE SET at = excluded.at",
        &[Val::Text(name), Val::Int(at)],
        None,
    )
}

/// When the oldest run that is not over was made, in microseconds.
fn oldest_unfinished(db: &mut dyn Db) -> Result<Option<i64>, Error> {
    // Each is answered from its own index.
    let at_work = db.row("SELECT MIN(created_at) FROM runs WHERE state < 2", &[])?;
    let asleep = db.row("SELECT MIN(created_at) FROM runs WHERE state = 2", &[])?;
    let oldest = [at_work, asleep].into_iter().flatten();
    Ok(oldest.filter_map(|row| row.int(0).ok()).min())
}

/// Removes closed cases until the time is up; says how many, and whether there are more.
fn closed_cases(db: &mut dyn Db, heads: &mut Heads, cutoff: i64) -> Result<(u64, bool), Error> {
    let began = Instant::now();
    let mut gone = 0;
    let cells = db.rows("SELECT cell FROM case_counters WHERE n > 0", &[])?;
    for cell in &cells {
        let cell = cell.int(0)?;
        if CaseCell::unpack(cell).status != CaseStatus::Closed {
            continue;
        }
        while let Some(case) = db.row(
            "SELECT seq, tenant, id, body, observables FROM cases WHERE cell = ?1 AND updated_at < ?2
             ORDER BY updated_at LIMIT 1",
            &[Val::Int(cell), Val::Int(cutoff)],
        )? {
            if !empty_case(db, &case, began)? {
                return Ok((gone, true));
            }
            let seq = case.int(0)?;
            for key in stored_keys(case.text(3)?, case.opt_text(4)?)? {
                remove_observable(db, case.int(1)?, seq, &key)?;
            }
            search::remove(db, seq)?;
            db.run("DELETE FROM cases WHERE seq = ?1", &[Val::Int(seq)])?;
            heads.count(cell, -1);
            gone += 1;
        }
    }
    Ok((gone, false))
}

/// Removes everything that belongs to a case; false when the time was up before all was gone.
fn empty_case(db: &mut dyn Db, case: &Row, began: Instant) -> Result<bool, Error> {
    let place = [
        Val::Int(case.int(1)?),
        Val::Bytes(case.bytes(2)?),
        Val::Int(ROWS_AT_ONCE),
    ];
    for step in [
        runs_of, reports_of, alerts_of, lines_of, answers_of, tickets_of,
    ] {
        loop {
            if began.elapsed().as_millis() >= PORTION_MS {
                return Ok(false);
            }
            if step(db, &place)? == 0 {
                break;
            }
        }
    }
    Ok(true)
}

type Place<'a> = [Val<'a>; 3];

fn runs_of(db: &mut dyn Db, place: &Place<'_>) -> Result<u64, Error> {
    let runs = db.rows(
        "SELECT seq, id FROM runs WHERE tenant = ?1 AND case_id = ?2 ORDER BY seq LIMIT ?3",
        place,
    )?;
    for run in &runs {
        let of_run = [place[0], Val::Bytes(run.bytes(1)?)];
        db.send(
            "DELETE FROM journal WHERE tenant = ?1 AND run = ?2",
            &of_run,
            None,
        )?;
        db.send(
            "DELETE FROM effects WHERE tenant = ?1 AND run = ?2",
            &of_run,
            None,
        )?;
        db.send(
            "DELETE FROM wishes WHERE tenant = ?1 AND run = ?2",
            &of_run,
            None,
        )?;
        db.send(
            "DELETE FROM tasks WHERE tenant = ?1 AND run = ?2",
            &of_run,
            None,
        )?;
        crate::run_paths::forget_run(db, &of_run)?;
        db.run("DELETE FROM runs WHERE seq = ?1", &[Val::Int(run.int(0)?)])?;
    }
    Ok(runs.len() as u64)
}

fn reports_of(db: &mut dyn Db, place: &Place<'_>) -> Result<u64, Error> {
    let reports = db.rows(
        "SELECT run, format, blob_hash FROM reports WHERE tenant = ?1 AND case_id = ?2 LIMIT ?3",
        place,
    )?;
    for report in &reports {
        db.run(
            "DELETE FROM reports WHERE tenant = ?1 AND case_id = ?2 AND run = ?3 AND format = ?4",
            &[
                place[0],
                place[1],
                Val::Bytes(report.bytes(0)?),
                Val::Text(report.text(1)?),
            ],
        )?;
        db.run(
            "DELETE FROM blobs WHERE tenant = ?1 AND hash = ?2
             AND NOT EXISTS (SELECT 1 FROM reports WHERE tenant = ?1 AND blob_hash = ?2)",
            &[place[0], Val::Bytes(report.bytes(2)?)],
        )?;
    }
    Ok(reports.len() as u64)
}

fn alerts_of(db: &mut dyn Db, place: &Place<'_>) -> Result<u64, Error> {
    db.run(
        "DELETE FROM alerts WHERE seq IN
             (SELECT seq FROM alerts WHERE tenant = ?1 AND case_id = ?2 LIMIT ?3)",
        place,
    )
}

fn lines_of(db: &mut dyn Db, place: &Place<'_>) -> Result<u64, Error> {
    db.run(
        "DELETE FROM timeline WHERE seq IN
             (SELECT seq FROM timeline WHERE tenant = ?1 AND case_id = ?2 LIMIT ?3)",
        place,
    )
}

fn answers_of(db: &mut dyn Db, place: &Place<'_>) -> Result<u64, Error> {
    db.run(
        "DELETE FROM answers WHERE seq IN
             (SELECT seq FROM answers WHERE tenant = ?1 AND case_id = ?2 LIMIT ?3)",
        place,
    )
}

fn tickets_of(db: &mut dyn Db, place: &Place<'_>) -> Result<u64, Error> {
    db.run(
        "DELETE FROM tickets WHERE tenant = ?1 AND case_id = ?2",
        &place[..2],
    )
}
