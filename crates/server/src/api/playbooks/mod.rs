//! Playbooks as a team keeps them: the list with their health, drafts, versions, what is live.

pub mod exchange;
pub mod rules;
pub mod shapes;
pub mod trial;
pub mod versions;

use std::collections::BTreeMap;

use axum::{
    Json,
    extract::{Path, Query, State},
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use updraft_app::{App, playbooks::NewPlaybook, playbooks::bundle};
use updraft_model::PlaybookText;
use utoipa::{IntoParams, ToSchema};

use super::bad;
use crate::{
    auth::{ConfigReader, ConfigWriter},
    error::{Answer, Problem},
};
use shapes::{Graph, PlaybookFinding, PlaybookView};

/// A playbook as an editor opens it.
#[derive(Debug, Serialize, ToSchema)]
pub struct PlaybookDetail {
    /// As in the list.
    #[serde(flatten)]
    pub head: PlaybookView,
    /// The text: of the draft, else of the live version, else of the newest one, else of the shipped one.
    pub text: String,
    /// The tests beside it: file name to text.
    pub test_files: BTreeMap<String, String>,
    /// `draft`, `live`, `newest` or `shipped`: which text it is.
    pub source: String,
    /// What whoever saves a draft gives as `base`.
    pub digest: String,
    /// What is to be said about text and tests.
    pub diagnostics: Vec<PlaybookFinding>,
    /// The steps as nodes and arrows.
    pub graph: Graph,
    /// The steps with their places in the text: `{id, title, steps: [{id, kind, line, end_line, branches, …}]}`; null
    /// when the text is no YAML.
    pub tree: Value,
}

/// A new playbook: a text with tests, or a bundle.
#[derive(Debug, Deserialize, ToSchema)]
pub struct PlaybookInput {
    /// The YAML; it says its id.
    #[serde(default)]
    pub text: String,
    /// The tests beside it: file name to text.
    #[serde(default)]
    pub tests: BTreeMap<String, String>,
    /// Instead of both: `{"playbook.yaml": "…", "tests/NAME.yaml": "…"}`, as an export gives it.
    pub bundle: Option<BTreeMap<String, String>>,
    /// What it is, in the author's words. With a message a version is made at once; without one it stays a draft.
    #[serde(default)]
    pub message: String,
    /// The name of the file that it was read from.
    pub file: Option<String>,
}

/// The id of a playbook that was made.
#[derive(Debug, Serialize, ToSchema)]
pub struct NewId {
    /// The id.
    pub id: String,
}

/// A text to save.
#[derive(Debug, Deserialize, ToSchema)]
pub struct DraftInput {
    /// The YAML; it may have errors.
    pub text: String,
    /// The tests beside it: file name to text.
    #[serde(default)]
    pub tests: BTreeMap<String, String>,
    /// The `digest` of what was read before; null when there was nothing.
    pub base: Option<String>,
}

/// A draft that was saved.
#[derive(Debug, Serialize, ToSchema)]
pub struct SavedDraft {
    /// The `base` of the next save.
    pub digest: String,
    /// The playbook's revision.
    pub revision: u64,
    /// What is to be said about text and tests.
    pub diagnostics: Vec<PlaybookFinding>,
    /// The steps as nodes and arrows.
    pub graph: Graph,
    /// The steps with their places; null when the text is no YAML.
    pub tree: Value,
}

/// What to list.
#[derive(Debug, Deserialize, IntoParams)]
pub struct ListQuery {
    /// True to see also those that were put away.
    #[serde(default)]
    archived: bool,
}

/// How to hand a playbook out.
#[derive(Debug, Deserialize, IntoParams)]
pub struct ExportQuery {
    /// `yaml` (the text alone), `bundle` (with its tests), `cacao` (a CACAO v2.0 document) or `cacao-report` (what that
    /// document says otherwise).
    #[serde(default = "yaml")]
    format: String,
    /// A version's number, `draft`, `live` or `shipped`.
    #[serde(default = "live")]
    version: String,
}

fn yaml() -> String {
    "yaml".into()
}
fn live() -> String {
    "live".into()
}

/// All playbooks with their health.
#[utoipa::path(
    get, path = "/api/v1/playbooks", tag = "playbooks", params(ListQuery),
    responses((status = 200, body = Vec<PlaybookView>)), security(("session" = []))
)]
pub async fn list(
    State(app): State<App>,
    caller: ConfigReader,
    Query(query): Query<ListQuery>,
) -> Answer<Json<Vec<PlaybookView>>> {
    let heads = app.playbooks(&caller.granted, query.archived).await?;
    Ok(Json(heads.into_iter().map(PlaybookView::of).collect()))
}

/// Add a playbook; its text says its id.
#[utoipa::path(
    post, path = "/api/v1/playbooks", tag = "playbooks", request_body = PlaybookInput,
    responses((status = 201, body = NewId), (status = 400, body = Problem), (status = 409, body = Problem)),
    security(("session" = []))
)]
pub async fn create(
    State(app): State<App>,
    caller: ConfigWriter,
    Json(input): Json<PlaybookInput>,
) -> Answer<(StatusCode, Json<NewId>)> {
    let text = match input.bundle {
        Some(files) => bundle::of_files(files)?,
        None => PlaybookText {
            text: input.text,
            tests: input.tests,
        },
    };
    let new = NewPlaybook {
        bundle: text,
        message: input.message,
        file: input.file,
    };
    let id = app.create_playbook(&caller.granted, new).await?;
    Ok((StatusCode::CREATED, Json(NewId { id })))
}

/// One playbook with the text that an editor shows.
#[utoipa::path(
    get, path = "/api/v1/playbooks/{id}", tag = "playbooks", params(("id" = String, Path)),
    responses((status = 200, body = PlaybookDetail), (status = 404, body = Problem)), security(("session" = []))
)]
pub async fn show(
    State(app): State<App>,
    caller: ConfigReader,
    Path(id): Path<String>,
) -> Answer<Json<PlaybookDetail>> {
    let head = app.playbook_head(&caller.granted, &id).await?;
    let opened = app.open_playbook(&caller.granted, &id).await?;
    Ok(Json(PlaybookDetail {
        head: PlaybookView::of(head),
        text: opened.bundle.text,
        test_files: opened.bundle.tests,
        source: opened.source.as_str().to_owned(),
        digest: opened.digest.to_string(),
        diagnostics: shapes::findings(&opened.checked.diagnostics),
        tree: shapes::tree(&opened.checked),
        graph: Graph::of(opened.checked.graph),
    }))
}

/// Save a draft. `base` is the digest of what was read before; 409 says who saved meanwhile.
#[utoipa::path(
    put, path = "/api/v1/playbooks/{id}/draft", tag = "playbooks", params(("id" = String, Path)),
    request_body = DraftInput,
    responses((status = 200, body = SavedDraft), (status = 400, body = Problem), (status = 409, body = Problem)),
    security(("session" = []))
)]
pub async fn save_draft(
    State(app): State<App>,
    caller: ConfigWriter,
    Path(id): Path<String>,
    Json(input): Json<DraftInput>,
) -> Answer<Json<SavedDraft>> {
    let base = input.base.as_deref().map(str::parse).transpose();
    let base = base.map_err(|fault: String| {
        bad("playbook.base", fault, "give the `digest` of what was read")
    })?;
    let bundle = PlaybookText {
        text: input.text,
        tests: input.tests,
    };
    let saved = app
        .save_playbook_draft(&caller.granted, &id, bundle, base)
        .await?;
    Ok(Json(SavedDraft {
        digest: saved.digest.to_string(),
        revision: saved.revision,
        diagnostics: shapes::findings(&saved.checked.diagnostics),
        tree: shapes::tree(&saved.checked),
        graph: Graph::of(saved.checked.graph),
    }))
}

/// Throw the draft away. A playbook without a version goes with it.
#[utoipa::path(
    delete, path = "/api/v1/playbooks/{id}/draft", tag = "playbooks", params(("id" = String, Path)),
    responses((status = 204), (status = 404, body = Problem), (status = 409, body = Problem)),
    security(("session" = []))
)]
pub async fn discard_draft(
    State(app): State<App>,
    caller: ConfigWriter,
    Path(id): Path<String>,
) -> Answer<StatusCode> {
    app.discard_playbook_draft(&caller.granted, &id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// A playbook as a file: its text, or a bundle with its tests.
#[utoipa::path(
    get, path = "/api/v1/playbooks/{id}/export", tag = "playbooks",
    params(("id" = String, Path), ExportQuery),
    responses((status = 200, content_type = "application/yaml", body = String), (status = 404, body = Problem)),
    security(("session" = []))
)]
pub async fn export(
    State(app): State<App>,
    caller: ConfigReader,
    Path(id): Path<String>,
    Query(query): Query<ExportQuery>,
) -> Answer<Response> {
    if matches!(query.format.as_str(), "cacao" | "cacao-report") {
        let exported = app
            .playbook_as_cacao(&caller.granted, &id, &query.version)
            .await?;
        if query.format == "cacao" {
            return Ok(Json(exported.document).into_response());
        }
        let report = exported.report.into_iter();
        let report: Vec<exchange::NotMapped> = report.map(Into::into).collect();
        return Ok(Json(report).into_response());
    }
    let text = app
        .playbook_text(&caller.granted, &id, &query.version)
        .await?;
    match query.format.as_str() {
        "yaml" => {
            let kind = [(header::CONTENT_TYPE, "application/yaml; charset=utf-8")];
            Ok((kind, text.text).into_response())
        }
        "bundle" => Ok(Json(bundle::files_of(&text)).into_response()),
        other => Err(bad(
            "playbook.format",
            format!("there is no format `{}`", other.escape_debug()),
            "use yaml, bundle, cacao or cacao-report",
        )),
    }
}

/// Set the values that new runs start with; a null takes a value away.
#[utoipa::path(
    patch, path = "/api/v1/playbooks/{id}/inputs", tag = "playbooks", params(("id" = String, Path)),
    request_body = Object, responses((status = 200, body = Object), (status = 400, body = Problem), (status = 404, body = Problem)),
    security(("session" = []))
)]
pub async fn set_inputs(
    State(app): State<App>,
    caller: ConfigWriter,
    Path(id): Path<String>,
    Json(values): Json<Map<String, Value>>,
) -> Answer<Json<Value>> {
    Ok(Json(
        app.set_playbook_inputs(&caller.granted, &id, values)
            .await?,
    ))
}
