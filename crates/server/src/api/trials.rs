//! What recorded runs are good for: compared with another version, made into tests, and to try a version on.

use axum::{
    Json,
    extract::{Path, State},
    http::StatusCode,
};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use updraft_app::{
    App,
    trials::{BACKTEST_RUNS_DEFAULT, Candidate, NewBacktest},
};
use updraft_model::{Backtest, BacktestId, RunId};
use utoipa::ToSchema;

use super::{bad, id};
use crate::{
    auth::{CaseReader, ConfigReader, ConfigWriter},
    error::{Answer, Problem, Refusal},
};

/// With what a run is compared; without anything: with what new runs take.
#[derive(Debug, Default, Deserialize, ToSchema)]
pub struct Comparing {
    /// The playbook; that of the run if left out.
    pub playbook: Option<String>,
    /// A version's number, `draft`, `live` or `shipped`.
    pub version: Option<String>,
    /// The text itself instead.
    pub text: Option<String>,
}

/// A past run against another version.
#[derive(Debug, Serialize, ToSchema)]
pub struct ComparisonView {
    /// The run.
    pub run: String,
    /// The playbook.
    pub playbook: String,
    /// What it was compared with: a version's number, `draft`, `live`, `shipped` or `text`.
    pub with: String,
    /// SHA-256 of that text.
    pub digest: String,
    /// True when every step went the same way with the same values.
    pub identical: bool,
    /// The first place where the two part: `{path, what, at, then, now}`; `what` is `added`, `removed`, `input`, `branch`,
    /// `status`, `output`, `error` or `end`.
    pub first: Option<FirstDifferenceView>,
    /// Steps that differ, in the order of the run.
    pub steps: Vec<StepDifferenceView>,
    /// Differing steps that are not listed.
    pub left_out: usize,
    /// Calls and questions that the recording has no answer to.
    pub unanswered: Vec<MissingView>,
    /// How the run ended: `{state, message, output, case}`.
    pub then: Value,
    /// How it ends with the other version.
    pub now: Value,
}

/// Where two versions part.
#[derive(Debug, Serialize, ToSchema)]
pub struct FirstDifferenceView {
    /// The step's path; empty for the end of the run.
    pub path: String,
    /// What differs.
    pub what: String,
    /// The place inside of the value; empty for the whole.
    pub at: String,
    /// What the run had.
    pub then: Value,
    /// What the other version gives.
    pub now: Value,
}

/// What became of one step.
#[derive(Debug, Serialize, ToSchema)]
pub struct StepDifferenceView {
    /// Its path.
    pub path: String,
    /// Its id.
    pub id: String,
    /// Its kind, or `target`.
    pub kind: String,
    /// `added`, `removed` or `changed`.
    pub change: String,
    /// What it was in the run: `{status, branch, error}`.
    pub before: Option<Value>,
    /// What it is with the other version.
    pub after: Option<Value>,
    /// What differs in a changed step: a list of `{what, at, then, now}`.
    pub differs: Value,
}

/// Something that the recording does not know.
#[derive(Debug, Serialize, ToSchema)]
pub struct MissingView {
    /// The step's path.
    pub step: String,
    /// An action, a capability, `manual`, `ask` or `approve`.
    pub wanted: String,
    /// The connection, if one was asked.
    pub connection: Option<String>,
    /// What was asked.
    pub input: Value,
}

/// What the test is called.
#[derive(Debug, Default, Deserialize, ToSchema)]
pub struct MakingTest {
    /// Its title, from which its file's name follows.
    pub name: Option<String>,
}

/// A test made of a run.
#[derive(Debug, Serialize, ToSchema)]
pub struct MadeTestView {
    /// The name of its file among the playbook's tests.
    pub name: String,
    /// The YAML document.
    pub text: String,
    /// Inputs whose values are masked.
    pub masked: Vec<String>,
}

/// A backtest that is wanted.
#[derive(Debug, Deserialize, ToSchema)]
pub struct Backtesting {
    /// Runs that began in the last so many days, 1 to 90.
    pub days: u32,
    /// A version's number, `draft`, `live` or `shipped`; `draft` if left out.
    pub source: Option<String>,
    /// The text itself instead.
    pub text: Option<String>,
    /// At most so many runs, the newest first; 10,000 if left out.
    pub limit: Option<u32>,
}

/// The id of what was begun.
#[derive(Debug, Serialize, ToSchema)]
pub struct BacktestBegun {
    /// For `/api/v1/backtests/{id}`.
    pub id: String,
}

/// A version tried on past runs.
#[derive(Debug, Serialize, ToSchema)]
pub struct BacktestView {
    /// Its id.
    pub id: String,
    /// The playbook.
    pub playbook: String,
    /// What is tried: a version's number, `draft`, `live`, `shipped` or `text`.
    pub source: String,
    /// SHA-256 of the text that is tried.
    pub digest: String,
    /// How many days back.
    pub days: u32,
    /// At most so many runs.
    pub limit: u32,
    /// Who wanted it.
    pub by: String,
    /// When.
    pub created_at: String,
    /// When it ended.
    pub ended_at: Option<String>,
    /// `queued`, `running`, `done`, `cancelled` or `failed`.
    pub state: String,
    /// Why it could not go on; may be empty.
    pub error: String,
    /// Past runs that were looked at so far.
    pub looked_at: u64,
    /// Of them: those that the version would have been started for.
    pub matched: u64,
    /// True when there were more than `limit`.
    pub more: bool,
    /// What was found so far; `null` before the first run.
    #[schema(value_type = Option<TallyView>)]
    pub result: Value,
}

/// What a backtest found. Unknowns come first: nothing is said about those runs.
#[derive(Debug, ToSchema)]
#[allow(dead_code)]
pub struct TallyView {
    /// Runs that were played.
    pub played: u64,
    /// Of them: with calls that have no recording.
    pub unknown: u64,
    /// Runs without a readable journal.
    pub unreadable: u64,
    /// What would be done in the others.
    pub table: TableView,
    /// Runs in which everything would be as it was.
    pub same: u64,
    /// Runs in which something would differ.
    pub different: u64,
    /// What would differ, at most 500 entries.
    pub differs: Vec<DiffersView>,
    /// Differences that are not listed.
    pub differs_left_out: u64,
    /// Calls without a recording, the most frequent first.
    pub unknowns: Vec<UnknownView>,
    /// Steps that were played.
    pub steps: u64,
}

/// What a version would do in the runs whose every call is known.
#[derive(Debug, ToSchema)]
#[allow(dead_code)]
pub struct TableView {
    /// Runs that would close their case.
    pub closed: u64,
    /// The same by reason.
    pub closed_as: std::collections::BTreeMap<String, u64>,
    /// Runs that would open an internal Investigation case.
    pub escalated: u64,
    /// What would be contained, each once.
    pub contained: Vec<String>,
    /// Runs that would contain something.
    pub contain_runs: u64,
    /// Runs that would ask people.
    pub asked: u64,
    /// Questions by whom they go to.
    pub asked_whom: std::collections::BTreeMap<String, u64>,
    /// Runs that would wait for people and go no further.
    pub waiting: u64,
    /// Tickets that would be opened.
    pub tickets: u64,
    /// Runs that would fail.
    pub failed: u64,
}

/// One difference between what was done and what would be done.
#[derive(Debug, ToSchema)]
#[allow(dead_code)]
pub struct DiffersView {
    /// The run.
    pub run: String,
    /// Its case.
    pub case: String,
    /// The number that people say.
    pub case_number: u64,
    /// `state`, `verdict`, `closed`, `tickets`, `escalated` or `contained`.
    pub what: String,
    /// What was done.
    pub then: Value,
    /// What would be done.
    pub now: Value,
}

/// One kind of call without a recording.
#[derive(Debug, ToSchema)]
#[allow(dead_code)]
pub struct UnknownView {
    /// The action or the capability.
    pub wanted: String,
    /// The connection; empty when nobody could be asked.
    pub connection: String,
    /// The id of the step that asks.
    pub step: String,
    /// Runs in which it happens.
    pub runs: u64,
    /// One of them: `{run, case, case_number}`.
    pub example: Value,
}

fn candidate(
    side: Option<String>,
    text: Option<String>,
    usual: &str,
) -> Result<Candidate, Refusal> {
    match (side, text) {
        (Some(_), Some(_)) => Err(bad(
            "candidate",
            "a version is named or handed in, not both",
            "leave out one of the two",
        )),
        (None, Some(text)) => Ok(Candidate::Text(text)),
        (Some(side), None) => Ok(Candidate::Side(side)),
        (None, None) => Ok(Candidate::Side(usual.to_owned())),
    }
}

fn json(value: &impl Serialize) -> Value {
    serde_json::to_value(value).unwrap_or_default()
}

/// Play a past run with another version; answers come from its journal, nobody is called.
#[utoipa::path(
    post, path = "/api/v1/runs/{id}/compare", tag = "runs", params(("id" = String, Path)),
    request_body = Comparing,
    responses((status = 200, body = ComparisonView), (status = 400, body = Problem), (status = 404, body = Problem)),
    security(("session" = []))
)]
pub async fn compare(
    State(app): State<App>,
    caller: CaseReader,
    Path(run): Path<String>,
    Json(wanted): Json<Comparing>,
) -> Answer<Json<ComparisonView>> {
    let run: RunId = id(&run, "run")?;
    let with = candidate(wanted.version, wanted.text, "live")?;
    let playbook = wanted.playbook.as_deref();
    let found = app
        .compare_run(&caller.granted, run, playbook, with)
        .await?;
    let comparison = found.comparison;
    Ok(Json(ComparisonView {
        run: run.to_string(),
        playbook: found.playbook,
        with: found.with,
        digest: found.digest.to_string(),
        identical: comparison.identical,
        first: comparison.first.map(|first| FirstDifferenceView {
            path: first.path,
            what: first.what.to_owned(),
            at: first.at,
            then: first.then,
            now: first.now,
        }),
        steps: comparison
            .steps
            .into_iter()
            .map(|step| StepDifferenceView {
                before: step.before.as_ref().map(json),
                after: step.after.as_ref().map(json),
                differs: json(&step.differs),
                path: step.path,
                id: step.id,
                kind: step.kind,
                change: step.change.to_owned(),
            })
            .collect(),
        left_out: comparison.left_out,
        unanswered: comparison
            .unanswered
            .into_iter()
            .map(|missing| MissingView {
                step: missing.step,
                wanted: missing.wanted,
                connection: missing.connection,
                input: missing.input,
            })
            .collect(),
        then: json(&comparison.then),
        now: json(&comparison.now),
    }))
}

/// Make a test of a past run. It is handed back and not stored.
#[utoipa::path(
    post, path = "/api/v1/runs/{id}/test", tag = "runs", params(("id" = String, Path)),
    request_body = MakingTest,
    responses((status = 200, body = MadeTestView), (status = 400, body = Problem), (status = 404, body = Problem)),
    security(("session" = []))
)]
pub async fn make_test(
    State(app): State<App>,
    caller: CaseReader,
    Path(run): Path<String>,
    Json(wanted): Json<MakingTest>,
) -> Answer<Json<MadeTestView>> {
    let run: RunId = id(&run, "run")?;
    let name = wanted.name.as_deref();
    let made = app.test_of_run(&caller.granted, run, name).await?;
    Ok(Json(MadeTestView {
        name: made.name,
        text: made.text,
        masked: made.masked,
    }))
}

fn view(backtest: Backtest) -> BacktestView {
    BacktestView {
        id: backtest.id.to_string(),
        playbook: backtest.playbook,
        source: backtest.source,
        digest: backtest.digest.to_string(),
        days: backtest.days,
        limit: backtest.limit,
        by: backtest.by.label(),
        created_at: backtest.created_at.to_string(),
        ended_at: backtest.ended_at.map(|at| at.to_string()),
        state: backtest.state.as_str().to_owned(),
        error: backtest.error,
        looked_at: backtest.looked_at,
        matched: backtest.matched,
        more: backtest.more,
        result: backtest.result,
    }
}

/// Try a version on the runs of the last days, in the background.
#[utoipa::path(
    post, path = "/api/v1/playbooks/{id}/backtests", tag = "playbooks", params(("id" = String, Path)),
    request_body = Backtesting,
    responses((status = 202, body = BacktestBegun), (status = 400, body = Problem), (status = 404, body = Problem)),
    security(("session" = []))
)]
pub async fn begin_backtest(
    State(app): State<App>,
    caller: ConfigWriter,
    Path(playbook): Path<String>,
    Json(wanted): Json<Backtesting>,
) -> Answer<(StatusCode, Json<BacktestBegun>)> {
    let wanted = NewBacktest {
        candidate: candidate(wanted.source, wanted.text, "draft")?,
        days: wanted.days,
        limit: wanted.limit.unwrap_or(BACKTEST_RUNS_DEFAULT),
    };
    let id = app
        .start_backtest(&caller.granted, &playbook, wanted)
        .await?;
    let begun = BacktestBegun { id: id.to_string() };
    Ok((StatusCode::ACCEPTED, Json(begun)))
}

/// The latest backtests of a playbook, newest first.
#[utoipa::path(
    get, path = "/api/v1/playbooks/{id}/backtests", tag = "playbooks", params(("id" = String, Path)),
    responses((status = 200, body = Vec<BacktestView>)), security(("session" = []))
)]
pub async fn list_backtests(
    State(app): State<App>,
    caller: ConfigReader,
    Path(playbook): Path<String>,
) -> Answer<Json<Vec<BacktestView>>> {
    let found = app.backtests(&caller.granted, &playbook).await?;
    Ok(Json(found.into_iter().map(view).collect()))
}

/// One backtest as it stands.
#[utoipa::path(
    get, path = "/api/v1/backtests/{id}", tag = "playbooks", params(("id" = String, Path)),
    responses((status = 200, body = BacktestView), (status = 404, body = Problem)), security(("session" = []))
)]
pub async fn show_backtest(
    State(app): State<App>,
    caller: ConfigReader,
    Path(backtest): Path<String>,
) -> Answer<Json<BacktestView>> {
    let backtest: BacktestId = id(&backtest, "backtest")?;
    Ok(Json(view(app.backtest(&caller.granted, backtest).await?)))
}

/// Stop a backtest; what it found until then is kept.
#[utoipa::path(
    post, path = "/api/v1/backtests/{id}/cancel", tag = "playbooks", params(("id" = String, Path)),
    responses((status = 202), (status = 404, body = Problem)), security(("session" = []))
)]
pub async fn cancel_backtest(
    State(app): State<App>,
    caller: ConfigWriter,
    Path(backtest): Path<String>,
) -> Answer<StatusCode> {
    let backtest: BacktestId = id(&backtest, "backtest")?;
    app.cancel_backtest(&caller.granted, backtest).await?;
    Ok(StatusCode::ACCEPTED)
}
