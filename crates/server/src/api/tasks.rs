//! Tasks: what runs ask of people, and the answers.

use axum::{
    Json,
    extract::{Path, Query, State},
};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use updraft_app::{App, tasks::TaskQuery};
use updraft_model::{Task, TaskKind, TaskState};
use utoipa::{IntoParams, ToSchema};

use super::{bad, cases::page_of, id};
use crate::{
    auth::{CaseReader, CaseWriter},
    error::{Answer, Problem},
};

/// What a run asks of people.
#[derive(Debug, Serialize, ToSchema)]
pub struct TaskView {
    /// Its id.
    pub id: String,
    /// `manual`, `ask` or `approve`.
    pub kind: String,
    /// The run that asks.
    pub run: String,
    /// The step that asks.
    pub path: String,
    /// The case that it is about.
    pub case: String,
    /// The number that people say for it.
    pub case_number: Option<u64>,
    /// The run's playbook.
    pub playbook: String,
    /// What it is about.
    pub title: String,
    /// Why it is asked; may be empty.
    pub why: String,
    /// The rendered step. `manual`: `how`, `expect`, `assignee`, `mandatory`, `form`, `default`; `ask`: `to`, `subject`,
    /// `message`, `form`, `default`, `break_out`; `approve`: `question`, `roles`, `needs`, `default`. A `form` is a list
    /// of `{name, label, type, options, required, help}`.
    pub request: Value,
    /// `open`, `answered`, `expired` or `withdrawn`.
    pub state: String,
    /// Until when an answer is of use.
    pub deadline: Option<String>,
    /// How often people were reminded.
    pub reminded: u32,
    /// Since when.
    pub asked_at: String,
    /// Since when it is not open any more.
    pub closed_at: Option<String>,
    /// The answers so far.
    pub answered: Vec<TaskAnswerView>,
    /// The answer that counted, once it is answered.
    pub answer: Option<Value>,
    /// The roles or people that it is for; empty for everybody who may change cases.
    pub roles: Vec<String>,
}

/// One person's answer.
#[derive(Debug, Serialize, ToSchema)]
pub struct TaskAnswerView {
    /// Who.
    pub by: String,
    /// When.
    pub at: String,
    /// `{values, note}`, `{skipped}` or `{approved, note}`.
    pub answer: Value,
}

impl TaskView {
    fn of(task: &Task, case_number: Option<u64>) -> Self {
        let last = task.answered.last();
        let counted = last.filter(|_| task.state == TaskState::Answered);
        Self {
            id: task.id.to_string(),
            kind: task.kind.as_str().to_owned(),
            run: task.run.to_string(),
            path: task.path.clone(),
            case: task.case.to_string(),
            case_number,
            playbook: task.playbook.clone(),
            title: task.title.clone(),
            why: task.why.clone(),
            request: task.request.clone(),
            state: task.state.as_str().to_owned(),
            deadline: task.deadline.map(|at| at.to_string()),
            reminded: task.reminded,
            asked_at: task.asked_at.to_string(),
            closed_at: task.closed_at.map(|at| at.to_string()),
            answered: task
                .answered
                .iter()
                .map(|answer| TaskAnswerView {
                    by: answer.by.label(),
                    at: answer.at.to_string(),
                    answer: answer.answer.clone(),
                })
                .collect(),
            answer: counted.map(|answer| answer.answer.clone()),
            roles: task.roles.clone(),
        }
    }
}

/// A page of tasks.
#[derive(Debug, Serialize, ToSchema)]
pub struct TaskList {
    /// Newest first.
    pub items: Vec<TaskView>,
    /// For `after`, if there is more.
    pub next: Option<String>,
}

/// Which tasks.
#[derive(Debug, Deserialize, IntoParams)]
pub struct TaskListQuery {
    /// `open` or `done`.
    pub state: Option<String>,
    /// `manual`, `ask` or `approve`.
    pub kind: Option<String>,
    /// Only of this case: its id or number.
    pub case: Option<String>,
    /// Only of this run.
    pub run: Option<String>,
    /// Only those that name you or your role, or nobody.
    #[serde(default)]
    pub mine: bool,
    /// `next` of the page before.
    pub after: Option<String>,
    /// At most this many, up to 200.
    pub limit: Option<u32>,
}

/// An answer: `values` of the form, or `skipped` with the reason, or `approved`.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TaskReply {
    /// What was filled in, by the names of the form's fields.
    pub values: Option<Map<String, Value>>,
    /// True to approve, false to deny.
    pub approved: Option<bool>,
    /// Why it is skipped; a mandatory task takes a reason.
    pub skipped: Option<String>,
    /// More to say.
    pub note: Option<String>,
}

impl TaskReply {
    /// The answer as the run takes it: only what was given.
    fn answer(self) -> Value {
        let mut answer = Map::new();
        let given = [
            ("values", self.values.map(Value::Object)),
            ("approved", self.approved.map(Value::Bool)),
            ("skipped", self.skipped.map(Value::String)),
            ("note", self.note.map(Value::String)),
        ];
        for (name, value) in given {
            answer.extend(value.map(|value| (name.to_owned(), value)));
        }
        Value::Object(answer)
    }
}

/// Tasks, newest first.
#[utoipa::path(
    get, path = "/api/v1/tasks", tag = "tasks", params(TaskListQuery),
    responses((status = 200, body = TaskList), (status = 400, body = Problem)), security(("session" = []))
)]
pub async fn list(
    State(app): State<App>,
    caller: CaseReader,
    Query(query): Query<TaskListQuery>,
) -> Answer<Json<TaskList>> {
    let open = match query.state.as_deref() {
        None | Some("") => None,
        Some("open") => Some(true),
        Some("done") => Some(false),
        Some(word) => {
            let text = format!("`{word}` is no state of a task");
            return Err(bad("state", text, "open, done"));
        }
    };
    let kind = match query.kind.as_deref() {
        None | Some("") => None,
        Some(word) => Some(TaskKind::from_word(word).ok_or_else(|| {
            let text = format!("`{word}` is no kind of task");
            bad("kind", text, "manual, ask, approve")
        })?),
    };
    let case = match query.case.as_deref() {
        None | Some("") => None,
        Some(case) => Some(app.case(&caller.granted, case).await?.id),
    };
    let run = query.run.as_deref().filter(|run| !run.is_empty());
    let wanted = TaskQuery {
        open,
        kind,
        case,
        run: run.map(|run| id(run, "run")).transpose()?,
        mine: query.mine,
    };
    let page = page_of(query.after, query.limit)?;
    let found = app
        .task_list(&caller.granted, caller.user.role, wanted, page)
        .await?;
    let number = |task: &Task| found.case_numbers.get(&task.case).copied();
    let items = found.page.items.iter();
    Ok(Json(TaskList {
        items: items.map(|task| TaskView::of(task, number(task))).collect(),
        next: found.page.next.map(|cursor| cursor.to_string()),
    }))
}

/// One task.
#[utoipa::path(
    get, path = "/api/v1/tasks/{id}", tag = "tasks", params(("id" = String, Path)),
    responses((status = 200, body = TaskView), (status = 404, body = Problem)), security(("session" = []))
)]
pub async fn show(
    State(app): State<App>,
    caller: CaseReader,
    Path(task): Path<String>,
) -> Answer<Json<TaskView>> {
    let task = app.task(&caller.granted, id(&task, "task")?).await?;
    let numbers = app.case_numbers(&caller.granted, vec![task.case]).await?;
    let number = numbers.get(&task.case).copied();
    Ok(Json(TaskView::of(&task, number)))
}

/// Answer a task. The answer is durable with the 200; most often the run has gone on by then.
#[utoipa::path(
    post, path = "/api/v1/tasks/{id}/answer", tag = "tasks", params(("id" = String, Path)),
    request_body = TaskReply,
    responses((status = 200, body = TaskView), (status = 400, body = Problem), (status = 403, body = Problem),
              (status = 404, body = Problem), (status = 409, body = Problem)),
    security(("session" = []))
)]
pub async fn answer(
    State(app): State<App>,
    caller: CaseWriter,
    Path(task): Path<String>,
    Json(reply): Json<TaskReply>,
) -> Answer<Json<TaskView>> {
    let (task, role) = (id(&task, "task")?, caller.user.role);
    let task = app
        .answer_task(&caller.granted, role, task, reply.answer())
        .await?;
    let numbers = app.case_numbers(&caller.granted, vec![task.case]).await?;
    let number = numbers.get(&task.case).copied();
    Ok(Json(TaskView::of(&task, number)))
}
