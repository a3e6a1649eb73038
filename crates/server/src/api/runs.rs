//! Runs: the head, the steps as a tree, one step in full, cancel and replay.

use axum::{
    Json,
    extract::{Path, Query, State},
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use updraft_app::{
    App,
    engine::{ControlRecord, StepRecord},
    runs::{RunView, origin_view},
};
use updraft_model::{BlobHash, Run, RunId};
use utoipa::{IntoParams, ToSchema};

use super::{bad, cases::page_of, id, rounds::Rounds};
use crate::{
    auth::{CaseReader, CaseWriter},
    error::{Answer, Problem},
};

/// The head of a run.
#[derive(Debug, Serialize, ToSchema)]
pub struct RunSummary {
    /// Its id.
    pub id: String,
    /// Its case.
    pub case: String,
    /// The number that people say for its case.
    pub case_number: Option<u64>,
    /// The playbook's name.
    pub playbook: String,
    /// The pinned version.
    pub playbook_version: String,
    /// `queued`, `running`, `waiting`, `succeeded`, `failed` or `cancelled`.
    pub state: String,
    /// Its place in the queues.
    pub priority: String,
    /// When it was made.
    pub created_at: String,
    /// When its first step started.
    pub started_at: Option<String>,
    /// When it ended.
    pub ended_at: Option<String>,
    /// For what it waits.
    pub waiting_for: String,
    /// Until when.
    pub wake_at: Option<String>,
    /// What went wrong.
    pub error: String,
    /// How many steps it has done.
    pub step_count: u64,
    /// How often a person took part.
    pub people: u32,
    /// The earlier run to which it belongs: `{kind: rerun | rollback, of, from, by}`.
    pub origin: Option<Value>,
}

impl RunSummary {
    /// The API's shape of a run of the case with this number.
    pub fn of(run: &Run, case_number: Option<u64>) -> Self {
        Self {
            id: run.id.to_string(),
            case: run.case.to_string(),
            case_number,
            playbook: run.playbook.clone(),
            playbook_version: run.playbook_version.to_string(),
            state: run.state.as_str().to_owned(),
            priority: run.priority.to_string(),
            created_at: run.created_at.to_string(),
            started_at: run.started_at.map(|at| at.to_string()),
            ended_at: run.ended_at.map(|at| at.to_string()),
            waiting_for: run.waiting_for.clone(),
            wake_at: run.wake_at.map(|at| at.to_string()),
            error: run.error.clone(),
            step_count: run.steps,
            people: run.people,
            origin: Some(origin_view(run)).filter(|origin| !origin.is_null()),
        }
    }
}

/// A page of runs.
#[derive(Debug, Serialize, ToSchema)]
pub struct RunList {
    /// Newest first.
    pub items: Vec<RunSummary>,
    /// For `after`, if there is more.
    pub next: Option<String>,
}

/// A run with its steps.
#[derive(Debug, Serialize, ToSchema)]
pub struct RunDetail {
    /// Its head.
    #[serde(flatten)]
    pub run: RunSummary,
    /// The playbook as a tree: `{id, title, steps: [{id, title, kind, steps, …}]}`.
    pub outline: Value,
    /// What was done, in order; `parent` makes it a tree.
    pub steps: Vec<StepLine>,
    /// Who paused it, if it is paused.
    pub paused: Option<String>,
    /// The paths of the steps that would begin if it were resumed.
    pub held: Vec<String>,
    /// What can be done to it now.
    pub can: CanView,
    /// The paths of the steps that succeeded and can be taken back, oldest first.
    pub undoable: Vec<String>,
    /// What people did to it, in order.
    pub controls: Vec<ControlView>,
}

/// What can be done to a run as it stands.
#[derive(Debug, Serialize, ToSchema)]
pub struct CanView {
    /// It is not over.
    pub cancel: bool,
    /// `control` with `pause`.
    pub pause: bool,
    /// `control` with `resume`.
    pub resume: bool,
    /// `control` with `step`.
    pub step: bool,
    /// `control` with `run_to`, `skip` and `retry`, where the step allows it; and signals.
    pub run_to: bool,
    /// `control` with `rollback`, or, for a run that is over, `rollback`.
    pub rollback: bool,
    /// `rerun`.
    pub rerun: bool,
    /// `steps`.
    pub add_step: bool,
}

/// What somebody did to a run.
#[derive(Debug, Serialize, ToSchema)]
pub struct ControlView {
    /// `pause`, `resume`, `step`, `run_to`, `skip`, `retry` or `rollback`.
    pub op: String,
    /// The step, if it is about one.
    pub path: Option<String>,
    /// Why; only for `skip`.
    pub reason: Option<String>,
    /// Who.
    pub by: String,
    /// When.
    pub at: String,
}

/// What somebody did to a step.
#[derive(Debug, Serialize, ToSchema)]
pub struct SteeredView {
    /// `skip` or `retry`.
    pub what: String,
    /// Why; may be empty.
    pub reason: String,
    /// Who.
    pub by: String,
    /// When.
    pub at: String,
}

/// One step of a run.
#[derive(Debug, Serialize, ToSchema)]
pub struct StepLine {
    /// The way down the tree: `lookups[3]/ask@virustotal`.
    pub path: String,
    /// The path of the step around it.
    pub parent: Option<String>,
    /// Which attempt it is at, from 1.
    pub attempt: u32,
    /// The step's id in the playbook.
    pub id: String,
    /// Its title.
    pub title: String,
    /// `action`, `capability`, `for_each`, …
    pub kind: String,
    /// The index in a loop.
    pub iteration: Option<u32>,
    /// `pending`, `running`, `waiting`, `succeeded`, `failed`, `skipped` or `cancelled`.
    pub status: String,
    /// Through which connection.
    pub target: Option<String>,
    /// What the round of the loop is about, in a few words: the value of an observable, the name of a file.
    pub round: Option<String>,
    /// What went wrong.
    pub error: Option<StepFailure>,
    /// When it started.
    pub started_at: Option<String>,
    /// When it ended.
    pub ended_at: Option<String>,
    /// True when a recent answer was used again.
    pub cached: bool,
    /// How many exchanges with the outside it made.
    pub exchanges: usize,
    /// Who added it to the run; null for a step of the playbook.
    pub added_by: Option<String>,
    /// What people did to it, in order.
    pub steered: Vec<SteeredView>,
}

/// Why a step failed.
#[derive(Debug, Serialize, ToSchema)]
pub struct StepFailure {
    /// One word: `auth`, `rate_limited`, `timeout`, …
    pub code: String,
    /// What happened, in a sentence.
    pub message: String,
    /// What to do about it; may be empty.
    pub hint: String,
}

/// One request and its answer.
#[derive(Debug, Serialize, ToSchema)]
pub struct ExchangeView {
    /// Method, URL and headers; never a secret.
    pub request: Value,
    /// The request's body, if it had one.
    pub request_body: Option<String>,
    /// The answer's status; 0 when there was none.
    pub status: u16,
    /// The answer's headers.
    pub response_headers: Value,
    /// The answer's body: its address for `/api/v1/runs/{id}/blobs/{hash}`.
    pub response_body: Option<String>,
    /// Why there was no answer.
    pub failure: Option<Value>,
    /// When it went out.
    pub started_at: String,
    /// When it was complete.
    pub ended_at: String,
}

/// One step in full.
#[derive(Debug, Serialize, ToSchema)]
pub struct StepDetail {
    /// As in the run.
    #[serde(flatten)]
    pub step: StepLine,
    /// What it was given.
    pub input: Value,
    /// What it gave.
    pub output: Value,
    /// What was said on the wire.
    pub wire: Vec<ExchangeView>,
}

/// Which step.
#[derive(Debug, Deserialize, IntoParams)]
pub struct StepQuery {
    /// The step's path.
    pub path: String,
}

/// Which runs.
#[derive(Debug, Deserialize, IntoParams)]
pub struct RunQuery {
    /// Only of this case.
    pub case: Option<String>,
    /// Only in this state.
    pub state: Option<String>,
    /// `next` of the page before.
    pub after: Option<String>,
    /// At most this many, up to 200.
    pub limit: Option<u32>,
}

/// Why a run is stopped.
#[derive(Debug, Deserialize, ToSchema)]
pub struct Cancelling {
    /// Why.
    #[serde(default)]
    pub reason: String,
}

/// What a replay found.
#[derive(Debug, Serialize, ToSchema)]
pub struct ReplayResult {
    /// True when every request, every result and the final state came out the same, byte for byte.
    pub identical: bool,
    /// How many journal entries were folded.
    pub entries: usize,
    /// How many exchanges were compared.
    pub exchanges: usize,
    /// The digest of the final state.
    pub digest: String,
    /// The first difference.
    pub divergence: Option<Value>,
}

/// Runs, newest first.
#[utoipa::path(
    get, path = "/api/v1/runs", tag = "runs", params(RunQuery),
    responses((status = 200, body = RunList), (status = 400, body = Problem)), security(("session" = []))
)]
pub async fn list(
    State(app): State<App>,
    caller: CaseReader,
    Query(query): Query<RunQuery>,
) -> Answer<Json<RunList>> {
    let case = query
        .case
        .as_deref()
        .map(|case| id(case, "case"))
        .transpose()?;
    let state = match query.state.as_deref() {
        None | Some("") => None,
        Some(word) => Some(
            (0..6)
                .map(updraft_model::RunState::from_u8)
                .find(|state| state.as_str() == word)
                .ok_or_else(|| {
                    let words: Vec<&str> = (0..6)
                        .map(|n| updraft_model::RunState::from_u8(n).as_str())
                        .collect();
                    bad(
                        "state",
                        format!("`{word}` is no state of a run"),
                        &words.join(", "),
                    )
                })?,
        ),
    };
    let page = page_of(query.after, query.limit)?;
    let found = app.run_list(&caller.granted, case, state, page).await?;
    let cases = found.items.iter().map(|run| run.case).collect();
    let numbers = app.case_numbers(&caller.granted, cases).await?;
    let of = |run: &Run| RunSummary::of(run, numbers.get(&run.case).copied());
    let items = found.items.iter().map(of).collect();
    Ok(Json(RunList {
        items,
        next: found.next.map(|cursor| cursor.to_string()),
    }))
}

/// One run with its steps.
#[utoipa::path(
    get, path = "/api/v1/runs/{id}", tag = "runs", params(("id" = String, Path)),
    responses((status = 200, body = RunDetail), (status = 404, body = Problem)), security(("session" = []))
)]
pub async fn show(
    State(app): State<App>,
    caller: CaseReader,
    Path(run): Path<String>,
) -> Answer<Json<RunDetail>> {
    let RunView {
        run,
        outline,
        steps,
        paused,
        held,
        can,
        undoable,
        controls,
    } = app.run(&caller.granted, id(&run, "run")?).await?;
    let numbers = app.case_numbers(&caller.granted, vec![run.case]).await?;
    let rounds = Rounds::of(&steps);
    Ok(Json(RunDetail {
        run: RunSummary::of(&run, numbers.get(&run.case).copied()),
        outline: serde_json::to_value(outline).unwrap_or_default(),
        steps: steps.iter().map(|step| step_line(step, &rounds)).collect(),
        paused,
        held,
        can: CanView {
            cancel: can.cancel,
            pause: can.pause,
            resume: can.resume,
            step: can.step,
            run_to: can.run_to,
            rollback: can.rollback,
            rerun: can.rerun,
            add_step: can.add_step,
        },
        undoable,
        controls: controls.iter().map(control_view).collect(),
    }))
}

/// One step of a run with input, output and everything said on the wire.
#[utoipa::path(
    get, path = "/api/v1/runs/{id}/step", tag = "runs", params(("id" = String, Path), StepQuery),
    responses((status = 200, body = StepDetail), (status = 404, body = Problem)), security(("session" = []))
)]
pub async fn step(
    State(app): State<App>,
    caller: CaseReader,
    Path(run): Path<String>,
    Query(query): Query<StepQuery>,
) -> Answer<Json<StepDetail>> {
    let run: RunId = id(&run, "run")?;
    let detail = app.run_step(&caller.granted, run, &query.path).await?;
    let wire = detail
        .step
        .attempts
        .iter()
        .flat_map(|attempt| &attempt.exchanges)
        .map(|exchange| ExchangeView {
            request: exchange.request.clone(),
            request_body: exchange.request_body.map(|hash| hash.to_string()),
            status: exchange.status,
            response_headers: exchange.response_headers.clone(),
            response_body: exchange.response_body.map(|hash| hash.to_string()),
            failure: exchange.failure.clone(),
            started_at: exchange.started_at.to_string(),
            ended_at: exchange.ended_at.to_string(),
        })
        .collect();
    let step = step_line(&detail.step, &Rounds::default());
    Ok(Json(StepDetail {
        step,
        input: detail.input,
        output: detail.output,
        wire,
    }))
}

/// A payload of the run's exchanges, as a download.
#[utoipa::path(
    get, path = "/api/v1/runs/{id}/blobs/{hash}", tag = "runs",
    params(("id" = String, Path), ("hash" = String, Path)),
    responses((status = 200, description = "The bytes", body = String, content_type = "application/octet-stream"),
              (status = 404, body = Problem)), security(("session" = []))
)]
pub async fn blob(
    State(app): State<App>,
    caller: CaseReader,
    Path((run, hash)): Path<(String, String)>,
) -> Answer<Response> {
    let run: RunId = id(&run, "run")?;
    let hash: BlobHash = id(&hash, "payload")?;
    let bytes = app.run_blob(&caller.granted, run, hash).await?;
    let mut response = bytes.into_response();
    let headers = response.headers_mut();
    headers.insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("application/octet-stream"),
    );
    headers.insert(
        header::CONTENT_DISPOSITION,
        HeaderValue::from_static("attachment"),
    );
    Ok(response)
}

/// Stop a run.
#[utoipa::path(
    post, path = "/api/v1/runs/{id}/cancel", tag = "runs", params(("id" = String, Path)),
    request_body = Cancelling, responses((status = 202), (status = 400, body = Problem)), security(("session" = []))
)]
pub async fn cancel(
    State(app): State<App>,
    caller: CaseWriter,
    Path(run): Path<String>,
    Json(cancelling): Json<Cancelling>,
) -> Answer<StatusCode> {
    app.cancel_run(&caller.granted, id(&run, "run")?, &cancelling.reason)
        .await?;
    Ok(StatusCode::ACCEPTED)
}

/// Prove a run from its journal, without network.
#[utoipa::path(
    post, path = "/api/v1/runs/{id}/replay", tag = "runs", params(("id" = String, Path)),
    responses((status = 200, body = ReplayResult), (status = 404, body = Problem)), security(("session" = []))
)]
pub async fn replay(
    State(app): State<App>,
    caller: CaseReader,
    Path(run): Path<String>,
) -> Answer<Json<ReplayResult>> {
    let report = app.replay_run(&caller.granted, id(&run, "run")?).await?;
    Ok(Json(ReplayResult {
        identical: report.identical,
        entries: report.entries,
        exchanges: report.exchanges,
        digest: report.digest.to_string(),
        divergence: report
            .divergence
            .and_then(|found| serde_json::to_value(found).ok()),
    }))
}

fn step_line(record: &StepRecord, rounds: &Rounds<'_>) -> StepLine {
    let word = |value: Option<Value>| {
        value
            .and_then(|value| value.as_str().map(str::to_owned))
            .unwrap_or_default()
    };
    StepLine {
        path: record.path.clone(),
        parent: (!record.parent.is_empty()).then(|| record.parent.clone()),
        attempt: record.attempts.last().map_or(1, |attempt| attempt.attempt),
        id: record.id.clone(),
        title: record.title.clone(),
        kind: word(serde_json::to_value(&record.kind).ok()),
        iteration: record.iteration,
        status: word(serde_json::to_value(record.status).ok()),
        target: record.target.as_ref().map(|target| target.name.clone()),
        round: rounds.label(record),
        error: record.error.as_ref().map(|error| StepFailure {
            code: error.code.clone(),
            message: error.message.clone(),
            hint: error.hint.clone(),
        }),
        started_at: Some(record.started_at.to_string()),
        ended_at: record.ended_at.map(|at| at.to_string()),
        cached: record.attempts.iter().any(|attempt| attempt.cached),
        exchanges: record
            .attempts
            .iter()
            .map(|attempt| attempt.exchanges.len())
            .sum(),
        added_by: record.added_by.as_ref().map(|by| by.label()),
        steered: record
            .steered
            .iter()
            .map(|steered| SteeredView {
                what: steered.what.clone(),
                reason: steered.reason.clone(),
                by: steered.by.label(),
                at: steered.at.to_string(),
            })
            .collect(),
    }
}

fn control_view(control: &ControlRecord) -> ControlView {
    let op = serde_json::to_value(&control.op).unwrap_or_default();
    let text = |name: &str| op[name].as_str().map(str::to_owned);
    ControlView {
        op: text("op").unwrap_or_default(),
        path: text("path"),
        reason: text("reason"),
        by: control.by.label(),
        at: control.at.to_string(),
    }
}
