//! Intakes and their tokens.

use axum::{
    Json,
    extract::{Path, State},
    http::StatusCode,
};
use serde::{Deserialize, Serialize};
use updraft_app::{App, sources::SourceDraft};
use updraft_model::{Severity, Source};
use utoipa::ToSchema;

use super::severity;
use crate::{
    auth::{ConfigReader, ConfigWriter},
    error::{Answer, Problem},
};

/// A configured intake.
#[derive(Debug, Serialize, ToSchema)]
pub struct SourceView {
    /// Its id.
    pub id: String,
    /// The name in the URL.
    pub name: String,
    /// The mapping, or `auto`.
    pub mapping: String,
    /// For alerts that say none.
    pub default_severity: String,
    /// False refuses alerts.
    pub enabled: bool,
    /// When it was configured.
    pub created_at: String,
    /// When its last alert came.
    pub last_alert_at: Option<String>,
}

/// What to set on an intake.
#[derive(Debug, Deserialize, ToSchema)]
pub struct SourceInput {
    /// The name in the URL; fixed once it is made.
    #[serde(default)]
    pub name: String,
    /// The mapping, or `auto`.
    #[serde(default = "auto")]
    pub mapping: String,
    /// For alerts that say none.
    pub default_severity: Option<String>,
    /// False refuses alerts.
    #[serde(default = "yes")]
    pub enabled: bool,
}

/// A source and the token that is shown this once.
#[derive(Debug, Serialize, ToSchema)]
pub struct SourceWithToken {
    /// The source.
    pub source: SourceView,
    /// Its token; it cannot be read again.
    pub token: String,
}

/// A new token, shown this once.
#[derive(Debug, Serialize, ToSchema)]
pub struct NewToken {
    /// The token; it cannot be read again.
    pub token: String,
}

fn auto() -> String {
    "auto".into()
}
fn yes() -> bool {
    true
}

fn view(source: &Source) -> SourceView {
    SourceView {
        id: source.id.to_string(),
        name: source.name.clone(),
        mapping: source.mapping.clone(),
        default_severity: source.default_severity.to_string(),
        enabled: source.enabled,
        created_at: source.created_at.to_string(),
        last_alert_at: source.last_alert_at.map(|at| at.to_string()),
    }
}

fn draft(input: SourceInput) -> Answer<SourceDraft> {
    let default_severity = match &input.default_severity {
        Some(word) => severity(word)?,
        None => Severity::Medium,
    };
    let SourceInput {
        name,
        mapping,
        enabled,
        ..
    } = input;
    Ok(SourceDraft {
        name,
        mapping,
        default_severity,
        enabled,
    })
}

/// All intakes.
#[utoipa::path(
    get, path = "/api/v1/sources", tag = "sources",
    responses((status = 200, body = Vec<SourceView>)), security(("session" = []))
)]
pub async fn list(State(app): State<App>, caller: ConfigReader) -> Json<Vec<SourceView>> {
    Json(
        app.sources(&caller.granted)
            .iter()
            .map(|source| view(source))
            .collect(),
    )
}

/// Configure an intake; its token is answered once.
#[utoipa::path(
    post, path = "/api/v1/sources", tag = "sources", request_body = SourceInput,
    responses((status = 201, body = SourceWithToken), (status = 400, body = Problem), (status = 409, body = Problem)),
    security(("session" = []))
)]
pub async fn create(
    State(app): State<App>,
    caller: ConfigWriter,
    Json(input): Json<SourceInput>,
) -> Answer<(StatusCode, Json<SourceWithToken>)> {
    let (source, token) = app.create_source(&caller.granted, draft(input)?).await?;
    Ok((
        StatusCode::CREATED,
        Json(SourceWithToken {
            source: view(&source),
            token,
        }),
    ))
}

/// Change an intake.
#[utoipa::path(
    put, path = "/api/v1/sources/{name}", tag = "sources", params(("name" = String, Path)),
    request_body = SourceInput, responses((status = 200, body = SourceView), (status = 404, body = Problem)),
    security(("session" = []))
)]
pub async fn change(
    State(app): State<App>,
    caller: ConfigWriter,
    Path(name): Path<String>,
    Json(mut input): Json<SourceInput>,
) -> Answer<Json<SourceView>> {
    input.name.clone_from(&name);
    Ok(Json(view(
        &app.change_source(&caller.granted, &name, draft(input)?)
            .await?,
    )))
}

/// A new token; the old one stops working at once.
#[utoipa::path(
    post, path = "/api/v1/sources/{name}/token", tag = "sources", params(("name" = String, Path)),
    responses((status = 201, body = NewToken), (status = 404, body = Problem)), security(("session" = []))
)]
pub async fn new_token(
    State(app): State<App>,
    caller: ConfigWriter,
    Path(name): Path<String>,
) -> Answer<(StatusCode, Json<NewToken>)> {
    let token = app.new_source_token(&caller.granted, &name).await?;
    Ok((StatusCode::CREATED, Json(NewToken { token })))
}
