//! Versions of a playbook, what differs between them, and which of them is live.

use std::collections::BTreeMap;

use axum::{
    Json,
    extract::{Path, Query, State},
    http::StatusCode,
};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use updraft_app::App;
use updraft_model::{Activation, Actor, Origin, PlaybookVersion};
use utoipa::{IntoParams, ToSchema};

use crate::{
    auth::{ConfigReader, ConfigWriter},
    error::{Answer, Problem},
};

/// One version.
#[derive(Debug, Serialize, ToSchema)]
pub struct VersionView {
    /// From 1, without gaps.
    pub number: u32,
    /// SHA-256 of the text.
    pub digest: String,
    /// SHA-256 of the text that it was made from.
    pub parent: Option<String>,
    /// Who made it a version.
    pub author: String,
    /// Everybody who wrote on it.
    pub authors: Vec<String>,
    /// When.
    pub at: String,
    /// What changed and why.
    pub message: String,
    /// Where the text came from: `{kind: shipped|editor|import|git, file?, commit?, author?, signed?}`.
    #[schema(value_type = Object)]
    pub origin: Origin,
    /// True when it has tests.
    pub has_tests: bool,
}

/// A version with its text.
#[derive(Debug, Serialize, ToSchema)]
pub struct VersionDetail {
    /// As in the list.
    #[serde(flatten)]
    pub version: VersionView,
    /// The YAML.
    pub text: String,
    /// Its tests: file name to text.
    pub tests: BTreeMap<String, String>,
}

/// A change of what is live.
#[derive(Debug, Serialize, ToSchema)]
pub struct ActivationView {
    /// The version that became live; null when the playbook was taken out of service.
    pub number: Option<u32>,
    /// The version that was live before.
    pub before: Option<u32>,
    /// Who did it.
    pub by: String,
    /// When.
    pub at: String,
    /// Why.
    pub message: String,
    /// True when an earlier version came back.
    pub rollback: bool,
}

/// What differs between two texts.
#[derive(Debug, Serialize, ToSchema)]
pub struct DiffView {
    /// The older side, as it was asked for.
    pub from: String,
    /// The newer side.
    pub to: String,
    /// The unified text; empty when the texts are the same.
    pub unified: String,
    /// The same as data.
    pub hunks: Vec<HunkView>,
    /// By steps; null when one of the texts is no YAML.
    pub steps: Option<Vec<StepChangeView>>,
    /// The files with tests that differ.
    pub tests: Vec<TestDiffView>,
}

/// One stretch of changed lines with some around it.
#[derive(Debug, Serialize, ToSchema)]
pub struct HunkView {
    /// First line in the old text, from 1.
    pub old_start: usize,
    /// First line in the new text, from 1.
    pub new_start: usize,
    /// Its lines.
    pub lines: Vec<LineView>,
}

/// One line.
#[derive(Debug, Serialize, ToSchema)]
pub struct LineView {
    /// ` ` in both, `-` in the old only, `+` in the new only.
    pub op: String,
    /// The line.
    pub text: String,
}

/// What happened to one step.
#[derive(Debug, Serialize, ToSchema)]
pub struct StepChangeView {
    /// The step's id; empty for the playbook's own fields.
    pub id: String,
    /// `added`, `removed`, `moved` or `changed`.
    pub change: String,
    /// Where it stood, in words.
    pub from: String,
    /// Where it stands.
    pub to: String,
    /// What changed in it.
    pub fields: Vec<FieldChangeView>,
}

/// One field that changed.
#[derive(Debug, Serialize, ToSchema)]
pub struct FieldChangeView {
    /// The path in the step: `with.ip`.
    pub path: String,
    /// The old value; null when it is new.
    pub before: Value,
    /// The new value; null when it is gone.
    pub after: Value,
}

/// A file with tests that differs.
#[derive(Debug, Serialize, ToSchema)]
pub struct TestDiffView {
    /// Its name.
    pub name: String,
    /// The unified text.
    pub unified: String,
}

/// Why something is done.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(default)]
pub struct MessageInput {
    /// In the words of whoever does it.
    pub message: String,
}

/// Which version becomes live.
#[derive(Debug, Deserialize, ToSchema)]
pub struct ActivateInput {
    /// Its number.
    pub number: u32,
    /// Why.
    #[serde(default)]
    pub message: String,
}

/// Whether to put away or to take out again.
#[derive(Debug, Deserialize, ToSchema)]
pub struct ArchiveInput {
    /// False takes it out of the archive.
    #[serde(default = "yes")]
    pub archived: bool,
}

fn yes() -> bool {
    true
}

/// Which versions.
#[derive(Debug, Deserialize, IntoParams)]
pub struct VersionsQuery {
    /// Only those below this number; 0 starts at the newest.
    #[serde(default)]
    before: u32,
}

/// What to compare: a version's number, `draft`, `live` or `shipped`.
#[derive(Debug, Deserialize, IntoParams)]
pub struct DiffQuery {
    /// The older side.
    from: String,
    /// The newer side.
    to: String,
}

impl VersionView {
    fn of(version: PlaybookVersion) -> Self {
        Self {
            number: version.number,
            digest: version.digest.to_string(),
            parent: version.parent.map(|parent| parent.to_string()),
            author: version.author.label(),
            authors: version.authors.iter().map(Actor::label).collect(),
            at: version.at.to_string(),
            message: version.message,
            origin: version.origin,
            has_tests: version.tests.is_some(),
        }
    }
}

impl ActivationView {
    fn of(activation: Activation) -> Self {
        Self {
            number: activation.number,
            before: activation.before,
            by: activation.actor.label(),
            at: activation.at.to_string(),
            message: activation.message,
            rollback: activation.rollback,
        }
    }
}

/// Make a version of the draft; of a shipped playbook without one, an unchanged copy.
#[utoipa::path(
    post, path = "/api/v1/playbooks/{id}/versions", tag = "playbooks", params(("id" = String, Path)),
    request_body = MessageInput,
    responses((status = 201, body = VersionView), (status = 400, body = Problem), (status = 404, body = Problem),
        (status = 409, body = Problem)),
    security(("session" = []))
)]
pub async fn make(
    State(app): State<App>,
    caller: ConfigWriter,
    Path(id): Path<String>,
    Json(input): Json<MessageInput>,
) -> Answer<(StatusCode, Json<VersionView>)> {
    let made = app
        .make_playbook_version(&caller.granted, &id, &input.message)
        .await?;
    Ok((StatusCode::CREATED, Json(VersionView::of(made))))
}

/// The versions, the newest first, at most 500.
#[utoipa::path(
    get, path = "/api/v1/playbooks/{id}/versions", tag = "playbooks",
    params(("id" = String, Path), VersionsQuery),
    responses((status = 200, body = Vec<VersionView>), (status = 404, body = Problem)), security(("session" = []))
)]
pub async fn list(
    State(app): State<App>,
    caller: ConfigReader,
    Path(id): Path<String>,
    Query(query): Query<VersionsQuery>,
) -> Answer<Json<Vec<VersionView>>> {
    let found = app
        .playbook_versions(&caller.granted, &id, query.before)
        .await?;
    Ok(Json(found.into_iter().map(VersionView::of).collect()))
}

/// One version with its text and tests.
#[utoipa::path(
    get, path = "/api/v1/playbooks/{id}/versions/{number}", tag = "playbooks",
    params(("id" = String, Path), ("number" = u32, Path)),
    responses((status = 200, body = VersionDetail), (status = 404, body = Problem)), security(("session" = []))
)]
pub async fn show(
    State(app): State<App>,
    caller: ConfigReader,
    Path((id, number)): Path<(String, String)>,
) -> Answer<Json<VersionDetail>> {
    let missing = || updraft_app::Error::not_found("version of this playbook", &number);
    let number: u32 = number.parse().map_err(|_| missing())?;
    let (version, bundle) = app.playbook_version(&caller.granted, &id, number).await?;
    Ok(Json(VersionDetail {
        version: VersionView::of(version),
        text: bundle.text,
        tests: bundle.tests,
    }))
}

/// Make a version live. 409 lists every point of the policy that is not met, and how to meet it.
#[utoipa::path(
    post, path = "/api/v1/playbooks/{id}/activate", tag = "playbooks", params(("id" = String, Path)),
    request_body = ActivateInput,
    responses((status = 200, body = ActivationView), (status = 404, body = Problem), (status = 409, body = Problem)),
    security(("session" = []))
)]
pub async fn activate(
    State(app): State<App>,
    caller: ConfigWriter,
    Path(id): Path<String>,
    Json(input): Json<ActivateInput>,
) -> Answer<Json<ActivationView>> {
    let done = app
        .activate_playbook(&caller.granted, &id, input.number, &input.message)
        .await?;
    Ok(Json(ActivationView::of(done)))
}

/// Make the version live that was live before.
#[utoipa::path(
    post, path = "/api/v1/playbooks/{id}/rollback", tag = "playbooks", params(("id" = String, Path)),
    request_body = MessageInput,
    responses((status = 200, body = ActivationView), (status = 404, body = Problem), (status = 409, body = Problem)),
    security(("session" = []))
)]
pub async fn roll_back(
    State(app): State<App>,
    caller: ConfigWriter,
    Path(id): Path<String>,
    Json(input): Json<MessageInput>,
) -> Answer<Json<ActivationView>> {
    let done = app
        .roll_back_playbook(&caller.granted, &id, &input.message)
        .await?;
    Ok(Json(ActivationView::of(done)))
}

/// Take a playbook out of service; new runs take the shipped one of its id, if there is one.
#[utoipa::path(
    post, path = "/api/v1/playbooks/{id}/deactivate", tag = "playbooks", params(("id" = String, Path)),
    request_body = MessageInput,
    responses((status = 200, body = ActivationView), (status = 404, body = Problem), (status = 409, body = Problem)),
    security(("session" = []))
)]
pub async fn deactivate(
    State(app): State<App>,
    caller: ConfigWriter,
    Path(id): Path<String>,
    Json(input): Json<MessageInput>,
) -> Answer<Json<ActivationView>> {
    let done = app
        .deactivate_playbook(&caller.granted, &id, &input.message)
        .await?;
    Ok(Json(ActivationView::of(done)))
}

/// Put a playbook away, or take it out of the archive.
#[utoipa::path(
    post, path = "/api/v1/playbooks/{id}/archive", tag = "playbooks", params(("id" = String, Path)),
    request_body = ArchiveInput,
    responses((status = 204), (status = 404, body = Problem), (status = 409, body = Problem)),
    security(("session" = []))
)]
pub async fn archive(
    State(app): State<App>,
    caller: ConfigWriter,
    Path(id): Path<String>,
    Json(input): Json<ArchiveInput>,
) -> Answer<StatusCode> {
    app.archive_playbook(&caller.granted, &id, input.archived)
        .await?;
    Ok(StatusCode::NO_CONTENT)
}

/// What was live when, the newest change first, at most 500.
#[utoipa::path(
    get, path = "/api/v1/playbooks/{id}/activations", tag = "playbooks", params(("id" = String, Path)),
    responses((status = 200, body = Vec<ActivationView>), (status = 404, body = Problem)), security(("session" = []))
)]
pub async fn activations(
    State(app): State<App>,
    caller: ConfigReader,
    Path(id): Path<String>,
) -> Answer<Json<Vec<ActivationView>>> {
    let found = app.playbook_activations(&caller.granted, &id).await?;
    Ok(Json(found.into_iter().map(ActivationView::of).collect()))
}

/// What differs between two texts of a playbook.
#[utoipa::path(
    get, path = "/api/v1/playbooks/{id}/diff", tag = "playbooks", params(("id" = String, Path), DiffQuery),
    responses((status = 200, body = DiffView), (status = 400, body = Problem), (status = 404, body = Problem)),
    security(("session" = []))
)]
pub async fn diff(
    State(app): State<App>,
    caller: ConfigReader,
    Path(id): Path<String>,
    Query(query): Query<DiffQuery>,
) -> Answer<Json<DiffView>> {
    let found = app
        .playbook_difference(&caller.granted, &id, &query.from, &query.to)
        .await?;
    let hunks = found.hunks.into_iter().map(|hunk| {
        let lines = hunk.lines.into_iter().map(|line| LineView {
            op: line.op.to_string(),
            text: line.text,
        });
        HunkView {
            old_start: hunk.old_start,
            new_start: hunk.new_start,
            lines: lines.collect(),
        }
    });
    let steps = found.steps.map(|steps| {
        let steps = steps.into_iter().map(|step| StepChangeView {
            id: step.id,
            change: step.change.to_owned(),
            from: step.from,
            to: step.to,
            fields: step.fields.into_iter().map(field).collect(),
        });
        steps.collect()
    });
    let tests = found.tests.into_iter().map(|test| TestDiffView {
        name: test.name,
        unified: test.unified,
    });
    Ok(Json(DiffView {
        from: found.from,
        to: found.to,
        unified: found.unified,
        hunks: hunks.collect(),
        steps,
        tests: tests.collect(),
    }))
}

fn field(change: updraft_app::playbooks::shapes::FieldChange) -> FieldChangeView {
    FieldChangeView {
        path: change.path,
        before: change.before.unwrap_or_default(),
        after: change.after.unwrap_or_default(),
    }
}
