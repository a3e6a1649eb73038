//! Playbooks and the values that a team gives to their inputs.

use axum::{
    Json,
    extract::{Path, State},
};
use serde::Serialize;
use serde_json::{Map, Value};
use updraft_app::App;
use utoipa::ToSchema;

use crate::{
    auth::{ConfigReader, ConfigWriter},
    error::{Answer, Problem},
};

/// A playbook and the values it runs with.
#[derive(Debug, Serialize, ToSchema)]
pub struct PlaybookView {
    /// Its id.
    pub id: String,
    /// Its title.
    pub title: String,
    /// What it does.
    pub description: String,
    /// The version that new runs take.
    pub version: String,
    /// What it takes: a list of `{name, type, required, default, options, summary}`.
    pub inputs: Value,
    /// What this team gives.
    pub given: Value,
}

/// All playbooks.
#[utoipa::path(
    get, path = "/api/v1/playbooks", tag = "playbooks",
    responses((status = 200, body = Vec<PlaybookView>)), security(("session" = []))
)]
pub async fn list(State(app): State<App>, caller: ConfigReader) -> Json<Vec<PlaybookView>> {
    let views = app
        .playbooks(&caller.granted)
        .into_iter()
        .map(|playbook| PlaybookView {
            id: playbook.id,
            title: playbook.title,
            description: playbook.description,
            version: playbook.version.to_string(),
            inputs: playbook.inputs,
            given: playbook.given,
        });
    Json(views.collect())
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
