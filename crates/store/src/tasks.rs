//! What runs ask of people: opened, reminded of, answered and closed in the transactions of their runs.

use updraft_model::{CaseId, Granted, RunId, Task, TaskChange, TaskId, TaskKind, TaskState};

use crate::{
    Error, Store,
    heads::Scope,
    page::{Cursor, Page, Place},
    seam::{Db, Row, Val},
};

/// Whose tasks are wanted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TaskFilter {
    /// Only those that wait (`true`), or only those that do not.
    pub open: Option<bool>,
    /// Only of this kind.
    pub kind: Option<TaskKind>,
    /// Only of this case.
    pub case: Option<CaseId>,
    /// Only of this run.
    pub run: Option<RunId>,
    /// Only those that are for one of these names and roles, or for nobody in particular. Empty means all.
    pub for_whom: Vec<String>,
}

/// A page of tasks.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct TaskPage {
    /// Newest first.
    pub items: Vec<Task>,
    /// Where the next page starts.
    pub next: Option<Cursor>,
}

/// How many names and roles a filter may hold.
const NAMES_MAX: usize = 3;

/// WIRE: ` name role `, small letters, a space around each; empty for everybody.
fn for_whom(task: &Task) -> String {
    if task.roles.is_empty() {
        return String::new();
    }
    let words = task.roles.iter().map(|word| one_word(word));
    words.fold(" ".to_owned(), |all, word| all + &word + " ")
}

fn one_word(text: &str) -> String {
    text.trim().to_lowercase().replace(' ', "_")
}

fn pattern(name: &str) -> String {
    let word = one_word(name);
    let escaped = word
        .replace('\\', "\\\\")
        .replace('%', "\\%")
        .replace('_', "\\_");
    format!("% {escaped} %")
}

/// Adds a task; one that the step has already stays as it is.
pub(crate) fn open(
    db: &mut dyn Db,
    scope: &Scope<'_>,
    task: &Task,
    body: &str,
) -> Result<(), Error> {
    db.send(
        "INSERT INTO tasks (tenant, id, run, path, attempt, case_id, kind, state, for_whom, body)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10) ON CONFLICT DO NOTHING",
        &[
            Val::Int(scope.tenant),
            Val::Bytes(&task.id.to_bytes()),
            Val::Bytes(&task.run.to_bytes()),
            Val::Text(&task.path),
            Val::Int(i64::from(task.attempt)),
            Val::Bytes(&task.case.to_bytes()),
            Val::Int(i64::from(task.kind.as_u8())),
            Val::Int(i64::from(task.state.as_u8())),
            Val::Text(&for_whom(task)),
            Val::Text(body),
        ],
        None,
    )
}

/// Changes the task of a step; a step without an open task is fine.
pub(crate) fn change(
    db: &mut dyn Db,
    scope: &Scope<'_>,
    (run, path, attempt): (RunId, &str, u32),
    change: &TaskChange,
) -> Result<(), Error> {
    let rows = db.rows(
        "SELECT body FROM tasks WHERE tenant = ?1 AND run = ?2 AND path = ?3 AND attempt = ?4 AND state = 0",
        &[
            Val::Int(scope.tenant),
            Val::Bytes(&run.to_bytes()),
            Val::Text(path),
            Val::Int(i64::from(attempt)),
        ],
    )?;
    rows.iter()
        .try_for_each(|row| write(db, scope, task(row)?, change))
}

/// The run is over: what it still asked is not asked any more.
pub(crate) fn withdraw(
    db: &mut dyn Db,
    scope: &Scope<'_>,
    run: RunId,
    closed: &TaskChange,
) -> Result<(), Error> {
    let rows = db.rows(
        "SELECT body FROM tasks WHERE tenant = ?1 AND run = ?2 AND state = 0",
        &[Val::Int(scope.tenant), Val::Bytes(&run.to_bytes())],
    )?;
    rows.iter()
        .try_for_each(|row| write(db, scope, task(row)?, closed))
}

fn write(
    db: &mut dyn Db,
    scope: &Scope<'_>,
    mut task: Task,
    change: &TaskChange,
) -> Result<(), Error> {
    if !task.change(change) {
        return Ok(());
    }
    let body = serde_json::to_string(&task).map_err(|error| Error::Invalid {
        detail: format!("the task cannot be written as JSON: {error}"),
    })?;
    db.send(
        "UPDATE tasks SET state = ?3, body = ?4 WHERE tenant = ?1 AND id = ?2",
        &[
            Val::Int(scope.tenant),
            Val::Bytes(&task.id.to_bytes()),
            Val::Int(i64::from(task.state.as_u8())),
            Val::Text(&body),
        ],
        None,
    )
}

fn task(row: &Row) -> Result<Task, Error> {
    serde_json::from_str(row.text(0)?).map_err(|error| Error::corrupt("task", error))
}

fn page_of_tasks(
    db: &mut dyn Db,
    tenant: i64,
    filter: &TaskFilter,
    page: &Page,
) -> Result<TaskPage, Error> {
    let below = match page.after.map(|cursor| cursor.0) {
        Some(Place::Seq(seq)) => seq,
        _ => i64::MAX,
    };
    let states = match filter.open {
        None => (0, i64::from(u8::MAX)),
        Some(true) => (0, 0),
        Some(false) => (i64::from(TaskState::Answered.as_u8()), i64::from(u8::MAX)),
    };
    let kinds = match filter.kind {
        None => (0, i64::from(u8::MAX)),
        Some(kind) => (i64::from(kind.as_u8()), i64::from(kind.as_u8())),
    };
    let ids = |id: Option<[u8; 16]>| (id.unwrap_or([0; 16]), id.unwrap_or([0xff; 16]));
    let (case, run) = (
        ids(filter.case.map(CaseId::to_bytes)),
        ids(filter.run.map(RunId::to_bytes)),
    );
    let everybody = || "%".to_owned();
    let mut patterns: Vec<String> = filter.for_whom.iter().map(|name| pattern(name)).collect();
    patterns.resize_with(NAMES_MAX, || match filter.for_whom.first() {
        Some(first) => pattern(first),
        None => everybody(),
    });
    let texts: Vec<&str> = patterns.iter().map(String::as_str).collect();
    let mut values = vec![
        Val::Int(tenant),
        Val::Int(below),
        Val::Int(states.0),
        Val::Int(states.1),
        Val::Int(kinds.0),
        Val::Int(kinds.1),
        Val::Bytes(&case.0),
        Val::Bytes(&case.1),
        Val::Bytes(&run.0),
        Val::Bytes(&run.1),
    ];
    values.extend(texts.iter().map(|text| Val::Text(text)));
    values.push(Val::count(page.rows() as u64 + 1));
    let rows = db.rows(
        "SELECT body, seq FROM tasks WHERE tenant = ?1 AND seq < ?2 AND state BETWEEN ?3 AND ?4
             AND kind BETWEEN ?5 AND ?6 AND case_id BETWEEN ?7 AND ?8 AND run BETWEEN ?9 AND ?10
             AND (for_whom = '' OR for_whom LIKE ?11 ESCAPE '\\' OR for_whom LIKE ?12 ESCAPE '\\'
                  OR for_whom LIKE ?13 ESCAPE '\\')
         ORDER BY seq DESC LIMIT ?14",
        &values,
    )?;
    let mut found = TaskPage::default();
    for row in rows.iter().take(page.rows()) {
        found.items.push(task(row)?);
        found.next = (rows.len() > page.rows()).then_some(Cursor::seq(row.int(1)?));
    }
    Ok(found)
}

impl Store {
    /// A page of tasks, the newest first.
    ///
    /// # Errors
    /// [`Error`] when the database cannot be read.
    pub async fn tasks(
        &self,
        granted: &Granted,
        filter: TaskFilter,
        page: Page,
    ) -> Result<TaskPage, Error> {
        self.scoped(granted, move |db, tenant| {
            page_of_tasks(db, tenant, &filter, &page)
        })
        .await
    }

    /// One task.
    ///
    /// # Errors
    /// [`Error`] when the database cannot be read.
    pub async fn task(&self, granted: &Granted, id: TaskId) -> Result<Option<Task>, Error> {
        self.point(granted, move |db, tenant| {
            db.row(
                "SELECT body FROM tasks WHERE tenant = ?1 AND id = ?2",
                &[Val::Int(tenant), Val::Bytes(&id.to_bytes())],
            )?
            .map(|row| task(&row))
            .transpose()
        })
        .await
    }

    /// How many tasks wait for an answer, of all tenants. For the metrics.
    ///
    /// # Errors
    /// [`Error`] when the database cannot be read.
    pub async fn open_tasks(&self) -> Result<u64, Error> {
        self.read(|db| {
            let row = db.row("SELECT COUNT(*) FROM tasks WHERE state = 0", &[])?;
            row.map_or(Ok(0), |row| row.count(0))
        })
        .await
    }
}
