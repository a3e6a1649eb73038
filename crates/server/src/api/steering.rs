//! Steering runs: pause, resume, step, run to, skip, retry, roll back, run again, add a step, signal.

use axum::{
    Json,
    extract::{Path, State},
    http::StatusCode,
};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use updraft_app::{App, engine::ControlOp};
use utoipa::ToSchema;

use super::{bad, id, runs::RunSummary};
use crate::{
    auth::CaseWriter,
    error::{Answer, Problem, Refusal},
};

/// How a run is steered.
#[derive(Debug, Deserialize, ToSchema)]
pub struct Steering {
    /// `pause`, `resume`, `step`, `run_to`, `skip`, `retry` or `rollback`.
    pub op: String,
    /// The step's path, for `run_to`, `skip` and `retry`: `lookups[3]/ask`.
    pub path: Option<String>,
    /// Why, for `skip`.
    pub reason: Option<String>,
}

/// From where a run is done again.
#[derive(Debug, Deserialize, ToSchema)]
pub struct Again {
    /// The path of the step with which it begins: `lookups[3]/ask`.
    pub from: String,
    /// True when it is to wait for a person before the step.
    #[serde(default)]
    pub paused: bool,
}

/// A step that is added to a run.
#[derive(Debug, Deserialize, ToSchema)]
pub struct AddedStep {
    /// The step as in a playbook: `{id, action, with}`.
    pub step: Value,
    /// Why; for the record.
    #[serde(default)]
    pub note: String,
}

/// Something that happened.
#[derive(Debug, Deserialize, ToSchema)]
pub struct Signal {
    /// Its name: 1 to 64 characters without spaces.
    pub name: String,
    /// More about it.
    #[serde(default)]
    pub payload: Value,
}

/// Which runs were told.
#[derive(Debug, Serialize, ToSchema)]
pub struct Told {
    /// Their ids.
    pub runs: Vec<String>,
}

impl Steering {
    fn op(self) -> Result<ControlOp, Refusal> {
        let path = |path: Option<String>| {
            path.filter(|path| !path.is_empty()).ok_or_else(|| {
                bad(
                    "run.path",
                    "this takes the `path` of a step",
                    "as in the run: `lookups[3]/ask`",
                )
            })
        };
        Ok(match self.op.as_str() {
            "pause" => ControlOp::Pause,
            "resume" => ControlOp::Resume,
            "step" => ControlOp::Step,
            "run_to" => ControlOp::RunTo {
                path: path(self.path)?,
            },
            "skip" => ControlOp::Skip {
                path: path(self.path)?,
                reason: self.reason.unwrap_or_default(),
            },
            "retry" => ControlOp::Retry {
                path: path(self.path)?,
            },
            "rollback" => ControlOp::Rollback,
            other => {
                let word: String = other.chars().take(80).collect();
                return Err(bad(
                    "run.op",
                    format!("`{word}` is no way to steer a run"),
                    "use pause, resume, step, run_to, skip, retry or rollback; cancel has a path of its own",
                ));
            }
        })
    }
}

/// Steer a run that is not over.
#[utoipa::path(
    post, path = "/api/v1/runs/{id}/control", tag = "runs", params(("id" = String, Path)),
    request_body = Steering,
    responses((status = 202), (status = 400, body = Problem), (status = 404, body = Problem)),
    security(("session" = []))
)]
pub async fn control(
    State(app): State<App>,
    caller: CaseWriter,
    Path(run): Path<String>,
    Json(steering): Json<Steering>,
) -> Answer<StatusCode> {
    let run = id(&run, "run")?;
    app.control_run(&caller.granted, run, steering.op()?)
        .await?;
    Ok(StatusCode::ACCEPTED)
}

/// Do a run that is over again from one of its steps, with everything that was answered before.
#[utoipa::path(
    post, path = "/api/v1/runs/{id}/rerun", tag = "runs", params(("id" = String, Path)),
    request_body = Again,
    responses((status = 201, body = RunSummary), (status = 400, body = Problem), (status = 404, body = Problem)),
    security(("session" = []))
)]
pub async fn rerun(
    State(app): State<App>,
    caller: CaseWriter,
    Path(run): Path<String>,
    Json(again): Json<Again>,
) -> Answer<(StatusCode, Json<RunSummary>)> {
    let run = id(&run, "run")?;
    let made = app
        .rerun_run(&caller.granted, run, &again.from, again.paused)
        .await?;
    summary(&app, &caller, made).await
}

/// Take back what a run that is over did, in a run of its own.
#[utoipa::path(
    post, path = "/api/v1/runs/{id}/rollback", tag = "runs", params(("id" = String, Path)),
    responses((status = 201, body = RunSummary), (status = 400, body = Problem), (status = 404, body = Problem)),
    security(("session" = []))
)]
pub async fn rollback(
    State(app): State<App>,
    caller: CaseWriter,
    Path(run): Path<String>,
) -> Answer<(StatusCode, Json<RunSummary>)> {
    let made = app.rollback_run(&caller.granted, id(&run, "run")?).await?;
    summary(&app, &caller, made).await
}

async fn summary(
    app: &App,
    caller: &CaseWriter,
    run: updraft_model::Run,
) -> Answer<(StatusCode, Json<RunSummary>)> {
    let numbers = app.case_numbers(&caller.granted, vec![run.case]).await?;
    let summary = RunSummary::of(&run, numbers.get(&run.case).copied());
    Ok((StatusCode::CREATED, Json(summary)))
}

/// Add a step to a run that is not over.
#[utoipa::path(
    post, path = "/api/v1/runs/{id}/steps", tag = "runs", params(("id" = String, Path)),
    request_body = AddedStep,
    responses((status = 202), (status = 400, body = Problem), (status = 403, body = Problem), (status = 404, body = Problem)),
    security(("session" = []))
)]
pub async fn add_step(
    State(app): State<App>,
    caller: CaseWriter,
    Path(run): Path<String>,
    Json(added): Json<AddedStep>,
) -> Answer<StatusCode> {
    let run = id(&run, "run")?;
    let role = caller.user.role;
    app.add_step(&caller.granted, role, run, added.step, &added.note)
        .await?;
    Ok(StatusCode::ACCEPTED)
}

/// Tell a run that something happened.
#[utoipa::path(
    post, path = "/api/v1/runs/{id}/signals", tag = "runs", params(("id" = String, Path)),
    request_body = Signal,
    responses((status = 202), (status = 400, body = Problem), (status = 404, body = Problem)),
    security(("session" = []))
)]
pub async fn signal(
    State(app): State<App>,
    caller: CaseWriter,
    Path(run): Path<String>,
    Json(signal): Json<Signal>,
) -> Answer<StatusCode> {
    let run = id(&run, "run")?;
    app.signal_run(&caller.granted, run, &signal.name, signal.payload)
        .await?;
    Ok(StatusCode::ACCEPTED)
}

/// Tell every run of a case that something happened.
#[utoipa::path(
    post, path = "/api/v1/cases/{id}/signals", tag = "cases", params(("id" = String, Path)),
    request_body = Signal,
    responses((status = 202, body = Told), (status = 400, body = Problem), (status = 404, body = Problem)),
    security(("session" = []))
)]
pub async fn signal_case(
    State(app): State<App>,
    caller: CaseWriter,
    Path(case): Path<String>,
    Json(signal): Json<Signal>,
) -> Answer<(StatusCode, Json<Told>)> {
    let told = app
        .signal_case(&caller.granted, &case, &signal.name, signal.payload)
        .await?;
    let runs = told.iter().map(ToString::to_string).collect();
    Ok((StatusCode::ACCEPTED, Json(Told { runs })))
}
