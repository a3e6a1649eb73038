//! The paths that runs really took, and the decisions that could be automated next.

use axum::{
    Json,
    extract::{Query, State},
};
use serde::{Deserialize, Serialize};
use updraft_app::App;
use utoipa::{IntoParams, ToSchema};

use crate::{
    auth::CaseReader,
    error::{Answer, Problem},
};

/// How many days back when nothing is said.
const DAYS_DEFAULT: u32 = 30;

/// Which paths.
#[derive(Debug, Deserialize, IntoParams)]
pub struct PathsQuery {
    /// Of cases of this type.
    pub case_type: String,
    /// Of runs that ended in the last so many days, 1 to 400; 30 if left out.
    pub days: Option<u32>,
}

/// Which decisions.
#[derive(Debug, Deserialize, IntoParams)]
pub struct DecisionsQuery {
    /// Of runs that ended in the last so many days, 1 to 400; 30 if left out.
    pub days: Option<u32>,
}

/// The paths of one case type.
#[derive(Debug, Serialize, ToSchema)]
pub struct PathsView {
    /// The case type.
    pub case_type: String,
    /// How many days back.
    pub days: u32,
    /// Runs that ended.
    pub runs: u64,
    /// The paths, the most frequent first, at most 500.
    pub paths: Vec<PathView>,
}

/// One path.
#[derive(Debug, Serialize, ToSchema)]
pub struct PathView {
    /// The same for the same steps.
    pub hash: String,
    /// Its playbook.
    pub playbook: String,
    /// Its steps in the order of the playbook: `lookups`, `route: ticket`, `gate: denied`.
    pub steps: Vec<String>,
    /// Runs that took it.
    pub count: u64,
    /// Their share, 0 to 1.
    pub share: f64,
    /// True when fewer than one in twenty took it.
    pub rare: bool,
    /// The median time from start to end, milliseconds.
    pub median_ms: Option<u64>,
    /// When the last one ended.
    pub last_at: String,
    /// Some of the runs, the newest first.
    pub runs: Vec<String>,
    /// What was not as written, of the latest runs.
    pub deviations: Vec<DeviationView>,
}

/// What was not as written in one run.
#[derive(Debug, Serialize, ToSchema)]
pub struct DeviationView {
    /// `skipped`, `retried`, `ad_hoc`, `cancelled` or `failed`.
    pub what: String,
    /// The step; empty for the run as a whole.
    pub step: String,
    /// Who did it; empty when nobody did.
    pub by: String,
    /// In which run.
    pub run: String,
}

/// A decision of people whose answer hardly ever varied.
#[derive(Debug, Serialize, ToSchema)]
pub struct AutomateNextView {
    /// The playbook.
    pub playbook: String,
    /// The id of the step.
    pub step: String,
    /// Its title.
    pub title: String,
    /// `manual`, `ask`, `approve` or `switch`.
    pub kind: String,
    /// How often it was answered.
    pub answered: u64,
    /// How often with the usual answer.
    pub same: u64,
    /// The usual answer.
    pub answer: String,
    /// Its share, 0 to 1.
    pub share: f64,
    /// The share that it has at least, with 95 % confidence.
    pub lower_bound: f64,
    /// The median time that people took, milliseconds.
    pub median_ms: i64,
    /// All of that time, milliseconds.
    pub total_ms: i64,
    /// When it was answered otherwise.
    pub counter_examples: Vec<CounterExampleView>,
    /// What to write in the playbook, as YAML.
    pub suggestion: String,
}

/// A run in which people answered otherwise.
#[derive(Debug, Serialize, ToSchema)]
pub struct CounterExampleView {
    /// Which.
    pub run: String,
    /// Their answer.
    pub answer: String,
    /// Who.
    pub by: String,
}

/// The paths that runs of cases of one type took.
#[utoipa::path(
    get, path = "/api/v1/paths", tag = "runs", params(PathsQuery),
    responses((status = 200, body = PathsView), (status = 400, body = Problem)), security(("session" = []))
)]
pub async fn paths(
    State(app): State<App>,
    caller: CaseReader,
    Query(query): Query<PathsQuery>,
) -> Answer<Json<PathsView>> {
    let days = query.days.unwrap_or(DAYS_DEFAULT);
    let found = app.paths(&caller.granted, &query.case_type, days).await?;
    let paths = found.paths.into_iter().map(|path| PathView {
        hash: path.hash.to_string(),
        playbook: path.playbook,
        steps: path.steps,
        count: path.count,
        share: path.share,
        rare: path.rare,
        median_ms: path.median_ms,
        last_at: path.last_at.to_string(),
        runs: path.runs.iter().map(ToString::to_string).collect(),
        deviations: path
            .deviations
            .into_iter()
            .map(|one| DeviationView {
                what: one.what,
                step: one.step,
                by: one.by,
                run: one.run.to_string(),
            })
            .collect(),
    });
    Ok(Json(PathsView {
        case_type: found.case_type,
        days: found.days,
        runs: found.runs,
        paths: paths.collect(),
    }))
}

/// Decisions of people that hardly ever varied, those that cost most time first.
#[utoipa::path(
    get, path = "/api/v1/automate-next", tag = "runs", params(DecisionsQuery),
    responses((status = 200, body = Vec<AutomateNextView>), (status = 400, body = Problem)), security(("session" = []))
)]
pub async fn automate_next(
    State(app): State<App>,
    caller: CaseReader,
    Query(query): Query<DecisionsQuery>,
) -> Answer<Json<Vec<AutomateNextView>>> {
    let days = query.days.unwrap_or(DAYS_DEFAULT);
    let found = app.automate_next(&caller.granted, days).await?;
    let views = found.into_iter().map(|one| AutomateNextView {
        playbook: one.playbook,
        step: one.step,
        title: one.title,
        kind: one.kind,
        answered: one.answered,
        same: one.same,
        answer: one.answer,
        share: one.share,
        lower_bound: one.lower_bound,
        median_ms: one.median_ms,
        total_ms: one.total_ms,
        counter_examples: one
            .counter_examples
            .into_iter()
            .map(|example| CounterExampleView {
                run: example.run.to_string(),
                answer: example.answer,
                by: example.by,
            })
            .collect(),
        suggestion: one.suggestion,
    });
    Ok(Json(views.collect()))
}
