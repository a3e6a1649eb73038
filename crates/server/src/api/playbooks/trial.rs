//! Texts on trial: what is to be said about them, how their tests go, and the words that an editor completes with.
//! Nothing here stores anything.

use std::collections::BTreeMap;

use axum::{Json, extract::State};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use updraft_app::{
    App,
    playbooks::{PlayedTests, shapes as content},
    probe,
};
use updraft_model::PlaybookText;
use utoipa::ToSchema;

use super::shapes::{self, Graph, PlaybookFinding};
use crate::{
    auth::{ConfigReader, ConfigWriter},
    error::{Answer, Problem},
};

/// A text on trial.
#[derive(Debug, Deserialize, ToSchema)]
pub struct TrialInput {
    /// The YAML.
    pub text: String,
    /// The tests beside it: file name to text.
    #[serde(default)]
    pub tests: BTreeMap<String, String>,
}

/// What is to be said about a text.
#[derive(Debug, Serialize, ToSchema)]
pub struct Check {
    /// What is wrong with text and tests, with places.
    pub diagnostics: Vec<PlaybookFinding>,
    /// The steps as nodes and arrows.
    pub graph: Graph,
    /// The steps with their places; null when the text is no YAML.
    pub tree: Value,
    /// The steps as a run shows them; null while the text has errors.
    pub outline: Value,
}

/// How tests went.
#[derive(Debug, Serialize, ToSchema)]
pub struct TestReport {
    /// True when there are tests, and all passed.
    pub passed: bool,
    /// Each test.
    pub tests: Vec<TestLine>,
    /// How far they go.
    pub coverage: CoverageView,
}

/// One test.
#[derive(Debug, Serialize, ToSchema)]
pub struct TestLine {
    /// `tests/NAME.yaml`.
    pub file: String,
    /// What it shows.
    pub title: String,
    /// True when everything was as expected.
    pub passed: bool,
    /// `succeeded`, `failed`, `cancelled` or `waiting`: how the run ended.
    pub state: String,
    /// Steps that the run began.
    pub steps: usize,
    /// What was not as expected.
    pub faults: Vec<PlaybookFinding>,
}

/// How far tests go.
#[derive(Debug, Serialize, ToSchema)]
pub struct CoverageView {
    /// Hundredths of the branches that are taken.
    pub percent: u32,
    /// Branches that some test takes.
    pub taken: usize,
    /// All branches.
    pub total: usize,
    /// The branches that no test takes.
    pub missing: Vec<MissingBranch>,
    /// The steps that change something outside.
    pub destructive: Vec<DestructiveStep>,
}

/// A branch that no test takes.
#[derive(Debug, Serialize, ToSchema)]
pub struct MissingBranch {
    /// The step where the ways part.
    pub step: String,
    /// Which way.
    pub label: String,
    /// Its line.
    pub line: u32,
    /// Its column.
    pub column: u32,
}

/// A step that changes something outside.
#[derive(Debug, Serialize, ToSchema)]
pub struct DestructiveStep {
    /// Its id.
    pub step: String,
    /// What it does.
    pub action: String,
    /// `write`, `contain_reversible` or `irreversible`.
    pub effect: String,
    /// True when a test runs it.
    pub reached: bool,
    /// True when a test runs it after somebody approved.
    pub approved: bool,
    /// True when a test denies that approval, and the step does not run.
    pub denied: bool,
}

impl TestReport {
    fn of(played: &PlayedTests) -> Self {
        let content::Tested {
            tests, coverage, ..
        } = &played.tested;
        let lines = tests.iter().map(|test| TestLine {
            file: test.file.clone(),
            title: test.title.clone(),
            passed: test.passed,
            state: test.state.clone(),
            steps: test.steps,
            faults: shapes::findings(&test.faults),
        });
        Self {
            passed: !tests.is_empty() && played.passed() == tests.len(),
            tests: lines.collect(),
            coverage: CoverageView::of(coverage),
        }
    }
}

impl CoverageView {
    fn of(coverage: &content::Coverage) -> Self {
        let missing = coverage.missing.iter().map(|branch| MissingBranch {
            step: branch.step.clone(),
            label: branch.branch.clone(),
            line: branch.line,
            column: branch.column,
        });
        let destructive = coverage.destructive.iter().map(|step| DestructiveStep {
            step: step.step.clone(),
            action: step.action.clone(),
            effect: step.effect.clone(),
            reached: step.reached,
            approved: step.approved,
            denied: step.denied,
        });
        Self {
            percent: coverage.percent,
            taken: coverage.taken,
            total: coverage.total,
            missing: missing.collect(),
            destructive: destructive.collect(),
        }
    }
}

/// What is to be said about a text and its tests; stores nothing.
#[utoipa::path(
    post, path = "/api/v1/playbooks/check", tag = "playbooks", request_body = TrialInput,
    responses((status = 200, body = Check), (status = 400, body = Problem)), security(("session" = []))
)]
pub async fn check(
    State(app): State<App>,
    caller: ConfigReader,
    Json(input): Json<TrialInput>,
) -> Answer<Json<Check>> {
    let bundle = PlaybookText {
        text: input.text,
        tests: input.tests,
    };
    let checked = app.check_playbook(&caller.granted, &bundle)?;
    Ok(Json(Check {
        diagnostics: shapes::findings(&checked.diagnostics),
        tree: shapes::tree(&checked),
        outline: serde_json::to_value(checked.outline()).unwrap_or_default(),
        graph: Graph::of(checked.graph),
    }))
}

/// Play the tests of a text; stores nothing, and nothing is sent anywhere.
#[utoipa::path(
    post, path = "/api/v1/playbooks/test", tag = "playbooks", request_body = TrialInput,
    responses((status = 200, body = TestReport), (status = 400, body = Problem), (status = 409, body = Problem)),
    security(("session" = []))
)]
pub async fn test(
    State(app): State<App>,
    caller: ConfigWriter,
    Json(input): Json<TrialInput>,
) -> Answer<Json<TestReport>> {
    let bundle = PlaybookText {
        text: input.text,
        tests: input.tests,
    };
    let played = app.play_playbook_tests(&caller.granted, &bundle).await?;
    Ok(Json(TestReport::of(&played)))
}

/// The JSON Schema of a playbook.
#[utoipa::path(
    get, path = "/api/v1/playbook-schema", tag = "playbooks",
    responses((status = 200, body = Object)), security(("session" = []))
)]
pub async fn schema(_caller: ConfigReader) -> Json<Value> {
    Json(probe::playbook_schema())
}

/// The words that a playbook can be written with: `{capabilities, actions, functions, roots, kinds, nouns, playbooks,
/// bots, connections}`.
#[utoipa::path(
    get, path = "/api/v1/playbook-vocabulary", tag = "playbooks",
    responses((status = 200, body = Object)), security(("session" = []))
)]
pub async fn vocabulary(State(app): State<App>, caller: ConfigReader) -> Json<Value> {
    Json(app.playbook_vocabulary(&caller.granted))
}
