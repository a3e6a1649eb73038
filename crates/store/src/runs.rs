//! Runs: their heads, and their journals, the list of everything that ever came into a run.
//!
//! A journal grows at its end only. What one operation appends is one row, its entries behind each other: a step's
//! three entries cost one row, and the guard that none is written twice or left out is one look at the last row.

use updraft_model::{CaseId, Granted, Run, RunId, RunState, Severity, TenantId, Timestamp};

use crate::{
    Conflict, Error, Store,
    heads::Scope,
    names::Names,
    packed,
    page::{Cursor, Page, Place},
    playbook_health, run_paths,
    seam::{Db, Dialect, Row, Val},
};

/// The most runs of a case that are listed.
const RUNS_OF_CASE_MAX: i64 = 200;
/// The most entries of one journal.
pub const JOURNAL_ENTRIES_MAX: u64 = 1_000_000;

const LAST_ENTRY: &str = "SELECT first_seq + n FROM journal WHERE tenant = ?1 AND run = ?2 ORDER BY first_seq DESC LIMIT 1";
/// With a bare parameter beside ORDER BY, SQLite looks at its value when it plans, and so prepares the statement anew
/// for each value, at several times the cost of running it. The plus hides the parameter; the plan is the same.
const LAST_ENTRY_SQLITE: &str = "SELECT first_seq + n FROM journal WHERE tenant = +?1 AND run = +?2 ORDER BY first_seq DESC LIMIT 1";

pub(crate) fn insert(
    db: &mut dyn Db,
    scope: &Scope<'_>,
    run: &Run,
    body: &str,
) -> Result<(), Error> {
    let duplicate = Conflict::Duplicate {
        what: "run",
        name: run.id.to_string(),
    };
    db.send(
        "INSERT INTO runs (tenant, id, case_id, state, priority, wake_at, created_at, ended_at, body, slot,
             watches, aside)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12) ON CONFLICT DO NOTHING",
        &[
            Val::Int(scope.tenant),
            Val::Bytes(&run.id.to_bytes()),
            Val::Bytes(&run.case.to_bytes()),
            Val::Int(i64::from(run.state.as_u8())),
            Val::Int(i64::from(run.priority.as_u8())),
            Val::opt_time(run.wake_at),
            Val::time(run.created_at),
            Val::opt_time(run.ended_at),
            Val::Text(body),
            Val::opt_text(run.at_once.map(|_| run.playbook.as_str())),
            Val::Int(i64::from(run.watches)),
            Val::Int(i64::from(run.aside)),
        ],
        Some(duplicate),
    )
}

pub(crate) fn update(
    db: &mut dyn Db,
    scope: &Scope<'_>,
    run: &Run,
    body: &str,
) -> Result<(), Error> {
    let missing = Conflict::Missing {
        what: "run",
        name: run.id.to_string(),
    };
    if run.state.is_over() {
        playbook_health::count(db, scope, run)?;
        run_paths::owe(db, scope, run.id)?;
    }
    db.send(
        "UPDATE runs SET state = ?3, wake_at = ?4, ended_at = ?5, body = ?6, watches = ?7, aside = ?8
         WHERE tenant = ?1 AND id = ?2",
        &[
            Val::Int(scope.tenant),
            Val::Bytes(&run.id.to_bytes()),
            Val::Int(i64::from(run.state.as_u8())),
            Val::opt_time(run.wake_at),
            Val::opt_time(run.ended_at),
            Val::Text(body),
            Val::Int(i64::from(run.watches)),
            Val::Int(i64::from(run.aside)),
        ],
        Some(missing),
    )
}

pub(crate) fn append(
    db: &mut dyn Db,
    scope: &Scope<'_>,
    run: RunId,
    first_seq: u64,
    (entries, body): (usize, &[u8]),
) -> Result<(), Error> {
    if entries == 0 {
        return Ok(());
    }
    let last_entry = match db.dialect() {
        Dialect::Sqlite => LAST_ENTRY_SQLITE,
        Dialect::Postgres => LAST_ENTRY,
    };
    let last = db.row(
        last_entry,
        &[Val::Int(scope.tenant), Val::Bytes(&run.to_bytes())],
    )?;
    let expected = last.map_or(Ok(0), |row| row.count(0))?;
    let conflict = Conflict::JournalPosition {
        run,
        expected,
        given: first_seq,
    };
    if expected != first_seq {
        return Err(conflict.into());
    }
    if first_seq.saturating_add(entries as u64) > JOURNAL_ENTRIES_MAX {
        return Err(Error::Invalid {
            detail: format!("the journal of {run} has more than {JOURNAL_ENTRIES_MAX} entries"),
        });
    }
    db.send(
        "INSERT INTO journal (tenant, run, first_seq, n, body) VALUES (?1, ?2, ?3, ?4, ?5)
         ON CONFLICT DO NOTHING",
        &[
            Val::Int(scope.tenant),
            Val::Bytes(&run.to_bytes()),
            Val::count(first_seq),
            Val::count(entries as u64),
            Val::Bytes(body),
        ],
        Some(conflict),
    )
}

fn run(row: &Row) -> Result<Run, Error> {
    serde_json::from_str(row.text(0)?).map_err(|error| Error::corrupt("run", error))
}

fn runs(rows: &[Row]) -> Result<Vec<Run>, Error> {
    rows.iter().map(run).collect()
}

/// What a driver must know of a run that sleeps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AsleepRun {
    /// When it wakes; `None` when something else than a moment wakes it.
    pub wake_at: Option<Timestamp>,
    /// Which.
    pub run: RunId,
    /// Whose later runs may wait behind it.
    pub case: CaseId,
    /// Whose.
    pub tenant: TenantId,
    /// Its place in the queues.
    pub priority: Severity,
    /// True when the case's later runs may work meanwhile.
    pub aside: bool,
    /// True when it waits for something to hold on its case.
    pub watches: bool,
}

impl AsleepRun {
    fn read(db: &mut dyn Db, names: &Names, row: &Row) -> Result<Self, Error> {
        Ok(Self {
            wake_at: row.opt_time(0)?,
            run: RunId::from_bytes(row.id(1)?),
            case: CaseId::from_bytes(row.id(2)?),
            tenant: names.tenant_id(db, row.int(3)?)?,
            priority: Severity::from_u8(row.small(4)?),
            aside: row.opt_int(5)?.is_some_and(|aside| aside != 0),
            watches: row.int(6)? != 0,
        })
    }
}

/// Which runs are wanted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct RunFilter {
    /// Only of this case.
    pub case: Option<CaseId>,
    /// Only in this state.
    pub state: Option<RunState>,
}

/// A page of runs.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct RunPage {
    /// Newest first.
    pub items: Vec<Run>,
    /// Where the next page starts.
    pub next: Option<Cursor>,
}

fn page_of_runs(
    db: &mut dyn Db,
    tenant: i64,
    filter: RunFilter,
    page: &Page,
) -> Result<RunPage, Error> {
    let below = match page.after.map(|cursor| cursor.0) {
        Some(Place::At(_, id)) => id,
        _ => [0xff; 16],
    };
    let wanted = page.rows() as u64 + 1;
    let case = filter.case.map(CaseId::to_bytes);
    let low = filter.state.map_or(0, |state| i64::from(state.as_u8()));
    let high = filter
        .state
        .map_or(i64::from(u8::MAX), |state| i64::from(state.as_u8()));
    let mut values = vec![
        Val::Int(tenant),
        Val::Bytes(&below),
        Val::Int(low),
        Val::Int(high),
        Val::count(wanted),
    ];
    let rows = match &case {
        Some(case) => {
            values.push(Val::Bytes(case));
            db.rows(
                "SELECT body FROM runs WHERE tenant = ?1 AND id < ?2 AND state BETWEEN ?3 AND ?4
                 AND case_id = ?6 ORDER BY id DESC LIMIT ?5",
                &values,
            )?
        }
        None => db.rows(
            "SELECT body FROM runs WHERE tenant = ?1 AND id < ?2 AND state BETWEEN ?3 AND ?4
             ORDER BY id DESC LIMIT ?5",
            &values,
        )?,
    };
    let mut items = runs(&rows)?;
    let more = items.len() > page.rows();
    items.truncate(page.rows());
    let last = items.last().map(|run| Cursor::at(0, run.id.to_bytes()));
    Ok(RunPage {
        next: last.filter(|_| more),
        items,
    })
}

impl Store {
    /// A page of runs, the newest first.
    ///
    /// # Errors
    /// [`Error`] when the database cannot be read.
    pub async fn runs(
        &self,
        granted: &Granted,
        filter: RunFilter,
        page: Page,
    ) -> Result<RunPage, Error> {
        self.scoped(granted, move |db, tenant| {
            page_of_runs(db, tenant, filter, &page)
        })
        .await
    }

    /// The head of one run.
    ///
    /// # Errors
    /// [`Error`] when the database cannot be read.
    pub async fn run(&self, granted: &Granted, id: RunId) -> Result<Option<Run>, Error> {
        let found = self.point(granted, move |db, tenant| {
            db.row(
                "SELECT body FROM runs WHERE tenant = ?1 AND id = ?2",
                &[Val::Int(tenant), Val::Bytes(&id.to_bytes())],
            )?
            .map(|row| run(&row))
            .transpose()
        });
        found.await
    }

    /// A run's journal from one position on: positions and entries. Empty when there is no such run, or when
    /// retention has removed it.
    ///
    /// # Errors
    /// [`Error`] when the database cannot be read.
    pub async fn journal(
        &self,
        granted: &Granted,
        run: RunId,
    ) -> Result<Vec<(u64, Vec<u8>)>, Error> {
        let found = self.scoped(granted, move |db, tenant| {
            let rows = db.rows(
                "SELECT first_seq, body FROM journal WHERE tenant = ?1 AND run = ?2 ORDER BY first_seq",
                &[Val::Int(tenant), Val::Bytes(&run.to_bytes())],
            )?;
            let mut journal = Vec::new();
            for row in &rows {
                let joined = packed::unpack("journal", row.bytes(1)?)?;
                let entries = packed::split("journal", &joined)?;
                journal.extend((row.count(0)?..).zip(entries));
            }
            Ok(journal)
        });
        found.await
    }

    /// The latest 200 runs of a case, the newest first.
    ///
    /// # Errors
    /// [`Error`] when the database cannot be read.
    pub async fn runs_of_case(&self, granted: &Granted, case: CaseId) -> Result<Vec<Run>, Error> {
        let found = self.scoped(granted, move |db, tenant| {
            runs(&db.rows(
                "SELECT body FROM runs WHERE tenant = ?1 AND case_id = ?2 ORDER BY seq DESC LIMIT ?3",
                &[
                    Val::Int(tenant),
                    Val::Bytes(&case.to_bytes()),
                    Val::Int(RUNS_OF_CASE_MAX),
                ],
            )?)
        });
        found.await
    }

    /// The runs of a case that have not begun, in the order in which they were made, at most 200.
    ///
    /// # Errors
    /// [`Error`] when the database cannot be read.
    pub async fn queued_runs_of_case(
        &self,
        granted: &Granted,
        case: CaseId,
    ) -> Result<Vec<Run>, Error> {
        let found = self.scoped(granted, move |db, tenant| {
            runs(&db.rows(
                "SELECT body FROM runs WHERE tenant = ?1 AND case_id = ?2 AND state = 0 ORDER BY seq LIMIT ?3",
                &[
                    Val::Int(tenant),
                    Val::Bytes(&case.to_bytes()),
                    Val::Int(RUNS_OF_CASE_MAX),
                ],
            )?)
        });
        found.await
    }

    /// The heads of all runs that are not over, of all tenants, in the order in which they were made. It reads them
    /// all: for tests and repairs.
    ///
    /// # Errors
    /// [`Error`] when the database cannot be read.
    pub async fn unfinished_runs(&self) -> Result<Vec<Run>, Error> {
        self.read(|db| runs(&db.rows("SELECT body FROM runs WHERE state < 3 ORDER BY seq", &[])?))
            .await
    }

    /// The heads of the runs that are at work or wait for a place, of all tenants, in the order in which they were
    /// made. For the driver's start only; a head says whose it is.
    ///
    /// # Errors
    /// [`Error`] when the database cannot be read.
    pub async fn working_runs(&self) -> Result<Vec<Run>, Error> {
        self.read(|db| runs(&db.rows("SELECT body FROM runs WHERE state < 2 ORDER BY seq", &[])?))
            .await
    }

    /// A page of the runs that sleep until a moment, of all tenants, in the order in which they wake: those behind
    /// `after`. Read from an index alone, for a driver that has a million of them to know.
    ///
    /// # Errors
    /// [`Error`] when the database cannot be read.
    pub async fn asleep(
        &self,
        after: (Timestamp, RunId),
        limit: u32,
    ) -> Result<Vec<AsleepRun>, Error> {
        let names = self.names();
        self.read(move |db| {
            let rows = db.rows(
                "SELECT wake_at, id, case_id, tenant, priority, aside, watches FROM runs
                 WHERE state = 2 AND (wake_at, id) > (?1, ?2) ORDER BY wake_at, id LIMIT ?3",
                &[
                    Val::time(after.0),
                    Val::Bytes(&after.1.to_bytes()),
                    Val::Int(i64::from(limit)),
                ],
            )?;
            rows.iter()
                .map(|row| AsleepRun::read(db, &names, row))
                .collect()
        })
        .await
    }

    /// A page of the runs that sleep until something else than a moment wakes them, of all tenants, by id.
    ///
    /// # Errors
    /// [`Error`] when the database cannot be read.
    pub async fn asleep_without_end(
        &self,
        after: RunId,
        limit: u32,
    ) -> Result<Vec<AsleepRun>, Error> {
        let names = self.names();
        self.read(move |db| {
            let rows = db.rows(
                "SELECT wake_at, id, case_id, tenant, priority, aside, watches FROM runs
                 WHERE state = 2 AND wake_at IS NULL AND id > ?1 ORDER BY id LIMIT ?2",
                &[Val::Bytes(&after.to_bytes()), Val::Int(i64::from(limit))],
            )?;
            rows.iter()
                .map(|row| AsleepRun::read(db, &names, row))
                .collect()
        })
        .await
    }

    /// The heads of the runs that have begun, are not over, and count against a bound of their playbook.
    ///
    /// # Errors
    /// [`Error`] when the database cannot be read.
    pub async fn runs_with_a_slot(&self) -> Result<Vec<Run>, Error> {
        self.read(|db| {
            let mut found = runs(&db.rows(
                "SELECT body FROM runs WHERE slot IS NOT NULL AND state < 3",
                &[],
            )?)?;
            found.retain(|run| run.started_at.is_some());
            Ok(found)
        })
        .await
    }

    /// The runs of all tenants whose moment has come, the earliest first. For the driver only.
    ///
    /// # Errors
    /// [`Error`] when the database cannot be read.
    pub async fn due_runs(&self, now: Timestamp, limit: u32) -> Result<Vec<Run>, Error> {
        self.read(move |db| {
            runs(&db.rows(
                "SELECT body FROM runs WHERE state = 2 AND wake_at <= ?1 ORDER BY wake_at LIMIT ?2",
                &[Val::time(now), Val::Int(i64::from(limit))],
            )?)
        })
        .await
    }
}
