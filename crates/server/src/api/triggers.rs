//! What starts playbooks: their triggers, what was decided, starting one, the buttons of a case.

use axum::{
    Json,
    extract::{Path, Query, State},
    http::{HeaderMap, StatusCode},
};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use updraft_app::{
    App,
    store::DecisionFilter,
    triggers::{Start, TriggerView},
};
use updraft_model::{AlertId, Decision};
use utoipa::{IntoParams, ToSchema};

use super::{id, runs::RunSummary};
use crate::{
    auth::{self, CaseReader, CaseWriter, ConfigReader},
    error::{Answer, Problem},
};

/// The most decisions in one answer.
const DECISIONS_MAX: u32 = 200;

/// A trigger of a live playbook.
#[derive(Debug, Serialize, ToSchema)]
pub struct TriggerLine {
    /// `case_type`, `alert`, `schedule`, `button`, `api` or `run`.
    pub kind: String,
    /// What it is, in one line.
    pub text: String,
    /// Its condition as written.
    pub condition: Option<String>,
    /// True while a live version of the playbook has it.
    pub enabled: bool,
    /// When a schedule is due next.
    pub next_at: Option<String>,
    /// When it last decided; of a schedule, the moment for which it last made a run.
    pub last_at: Option<String>,
}

impl From<TriggerView> for TriggerLine {
    fn from(view: TriggerView) -> Self {
        Self {
            kind: view.kind.to_owned(),
            text: view.text,
            condition: view.condition,
            enabled: view.enabled,
            next_at: view.next_at.map(|at| at.to_string()),
            last_at: view.last_at.map(|at| at.to_string()),
        }
    }
}

/// A value that a condition read.
#[derive(Debug, Serialize, ToSchema)]
pub struct ReadValue {
    /// Where: `alert.severity`.
    pub path: String,
    /// What it was, as JSON, cut short; `missing` if there was none.
    pub value: String,
}

fn read_values(read: Vec<(String, String)>) -> Vec<ReadValue> {
    let values = read.into_iter();
    values
        .map(|(path, value)| ReadValue { path, value })
        .collect()
}

/// What was decided about a playbook when something happened that may start it.
#[derive(Debug, Serialize, ToSchema)]
pub struct DecisionLine {
    /// When.
    pub at: String,
    /// Which playbook.
    pub playbook: String,
    /// The kind of trigger; `hand` for a person's wish.
    pub kind: String,
    /// The trigger in one line.
    pub trigger: String,
    /// The alert that it was about.
    pub alert: Option<String>,
    /// The case that it was about.
    pub case: Option<String>,
    /// Whether a run was made.
    pub started: bool,
    /// Which run.
    pub run: Option<String>,
    /// `started`, `condition`, `error`, `overlap` or `limit`.
    pub outcome: String,
    /// Why, in one sentence.
    pub reason: String,
    /// What the condition read, if it did not hold.
    pub read: Vec<ReadValue>,
    /// How many like it came before and were only counted.
    pub more: u64,
}

impl From<Decision> for DecisionLine {
    fn from(decision: Decision) -> Self {
        let outcome = serde_json::to_value(decision.outcome);
        Self {
            at: decision.at.to_string(),
            playbook: decision.playbook,
            kind: decision.kind,
            trigger: decision.trigger,
            alert: decision.alert.map(|alert| alert.to_string()),
            case: decision.case.map(|case| case.to_string()),
            started: decision.run.is_some(),
            run: decision.run.map(|run| run.to_string()),
            outcome: match outcome {
                Ok(Value::String(word)) => word,
                _ => String::new(),
            },
            reason: decision.reason,
            read: read_values(decision.read),
            more: decision.more,
        }
    }
}

/// What one trigger would say now.
#[derive(Debug, Serialize, ToSchema)]
pub struct WouldStart {
    /// The kind of trigger.
    pub kind: String,
    /// The trigger in one line.
    pub trigger: String,
    /// Whether it would start the playbook.
    pub starts: bool,
    /// Why, in one sentence.
    pub reason: String,
    /// What the condition read.
    pub read: Vec<ReadValue>,
}

/// Why a playbook started, or why not.
#[derive(Debug, Serialize, ToSchema)]
pub struct Why {
    /// What stands against it as a whole; empty if nothing does.
    pub obstacle: String,
    /// What was decided, the newest first.
    pub decisions: Vec<DecisionLine>,
    /// What each trigger would say now.
    pub now: Vec<WouldStart>,
}

/// A button of a case.
#[derive(Debug, Serialize, ToSchema)]
pub struct ButtonView {
    /// The playbook behind it.
    pub playbook: String,
    /// What it says.
    pub title: String,
    /// What the playbook takes: a list of `{name, type, required, default, options, summary}`.
    pub inputs: Value,
}

/// What to start.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct StartRequest {
    /// On which case, by number or id; without one a case is opened for the run.
    pub case: Option<String>,
    /// Values of inputs, over those that the team gives.
    #[serde(default)]
    #[schema(value_type = Object)]
    pub inputs: Map<String, Value>,
    /// The title of the case that is opened; default: the playbook's.
    #[serde(default)]
    pub title: String,
    /// The title of the button that was pressed.
    pub button: Option<String>,
}

/// Which decisions.
#[derive(Debug, Deserialize, IntoParams)]
pub struct DecisionQuery {
    /// Only about this playbook.
    pub playbook: Option<String>,
    /// Only about this alert.
    pub alert: Option<String>,
    /// Only about this case, by number or id.
    pub case: Option<String>,
    /// At most this many, up to 200.
    pub limit: Option<u32>,
}

/// About what.
#[derive(Debug, Deserialize, IntoParams)]
pub struct WhyQuery {
    /// About this alert.
    pub alert: Option<String>,
    /// About this case, by number or id.
    pub case: Option<String>,
}

/// The triggers of a live playbook, `case_types` first.
#[utoipa::path(
    get, path = "/api/v1/playbooks/{id}/triggers", tag = "playbooks", params(("id" = String, Path)),
    responses((status = 200, body = Vec<TriggerLine>), (status = 404, body = Problem)), security(("session" = []))
)]
pub async fn list(
    State(app): State<App>,
    caller: ConfigReader,
    Path(playbook): Path<String>,
) -> Answer<Json<Vec<TriggerLine>>> {
    let triggers = app.triggers_of(&caller.granted, &playbook).await?;
    Ok(Json(triggers.into_iter().map(TriggerLine::from).collect()))
}

/// What was decided when something happened that may start a playbook, the newest first.
#[utoipa::path(
    get, path = "/api/v1/trigger-decisions", tag = "playbooks", params(DecisionQuery),
    responses((status = 200, body = Vec<DecisionLine>), (status = 404, body = Problem)), security(("session" = []))
)]
pub async fn decisions(
    State(app): State<App>,
    caller: CaseReader,
    Query(query): Query<DecisionQuery>,
) -> Answer<Json<Vec<DecisionLine>>> {
    let case = match &query.case {
        Some(case) => Some(app.case(&caller.granted, case).await?.id),
        None => None,
    };
    let filter = DecisionFilter {
        playbook: query.playbook,
        alert: alert_id(query.alert.as_deref())?,
        case,
    };
    let limit = query.limit.unwrap_or(50).clamp(1, DECISIONS_MAX);
    let found = app
        .trigger_decisions(&caller.granted, filter, limit)
        .await?;
    Ok(Json(found.into_iter().map(DecisionLine::from).collect()))
}

fn alert_id(text: Option<&str>) -> Answer<Option<AlertId>> {
    text.map(|text| id(text, "alert")).transpose()
}

/// Why a playbook started for an alert or a case, or why not: what was decided, and what its triggers would say now.
#[utoipa::path(
    get, path = "/api/v1/playbooks/{id}/why", tag = "playbooks", params(("id" = String, Path), WhyQuery),
    responses((status = 200, body = Why), (status = 404, body = Problem)), security(("session" = []))
)]
pub async fn why(
    State(app): State<App>,
    caller: CaseReader,
    Path(playbook): Path<String>,
    Query(query): Query<WhyQuery>,
) -> Answer<Json<Why>> {
    let alert = alert_id(query.alert.as_deref())?;
    let found = app
        .why(&caller.granted, &playbook, alert, query.case.as_deref())
        .await?;
    let now = found.now.into_iter().map(|one| WouldStart {
        kind: one.kind.to_owned(),
        trigger: one.trigger,
        starts: one.starts,
        reason: one.reason,
        read: read_values(one.read),
    });
    Ok(Json(Why {
        obstacle: found.obstacle,
        decisions: found
            .decisions
            .into_iter()
            .map(DecisionLine::from)
            .collect(),
        now: now.collect(),
    }))
}

/// Start a playbook: on a case, or with a case of its own.
#[utoipa::path(
    post, path = "/api/v1/playbooks/{id}/runs", tag = "playbooks", params(("id" = String, Path)),
    request_body = StartRequest,
    responses((status = 201, body = RunSummary), (status = 400, body = Problem), (status = 404, body = Problem)),
    security(("session" = []))
)]
pub async fn start(
    State(app): State<App>,
    caller: CaseWriter,
    headers: HeaderMap,
    Path(playbook): Path<String>,
    Json(request): Json<StartRequest>,
) -> Answer<(StatusCode, Json<RunSummary>)> {
    let start = Start {
        case: request.case,
        inputs: request.inputs,
        title: request.title,
        button: request.button,
        by_program: auth::bearer(&headers).is_some(),
    };
    let run = app
        .start_playbook(&caller.granted, &playbook, start)
        .await?;
    let number = app
        .case(&caller.granted, &run.case.to_string())
        .await?
        .number;
    Ok((
        StatusCode::CREATED,
        Json(RunSummary::of(&run, Some(number))),
    ))
}

/// The buttons that a case has now: playbooks that are started from it.
#[utoipa::path(
    get, path = "/api/v1/cases/{id}/buttons", tag = "cases", params(("id" = String, Path)),
    responses((status = 200, body = Vec<ButtonView>), (status = 404, body = Problem)), security(("session" = []))
)]
pub async fn buttons(
    State(app): State<App>,
    caller: CaseReader,
    Path(case): Path<String>,
) -> Answer<Json<Vec<ButtonView>>> {
    let buttons = app.buttons_of_case(&caller.granted, &case).await?;
    let views = buttons.into_iter().map(|button| ButtonView {
        playbook: button.playbook,
        title: button.title,
        inputs: serde_json::to_value(button.inputs).unwrap_or_default(),
    });
    Ok(Json(views.collect()))
}
