//! Keeping the house from afar: the doctor's findings and a backup on the server's own disk.

use axum::{Json, extract::State, http::StatusCode};
use serde::Serialize;
use updraft_app::App;
use utoipa::ToSchema;

use crate::{
    auth::{ConfigReader, UserWriter},
    error::{Answer, Problem},
};

/// One finding of the doctor.
#[derive(Debug, Serialize, ToSchema)]
pub struct Finding {
    /// What was looked at.
    pub what: String,
    /// True when it is as it should be.
    pub ok: bool,
    /// What was found.
    pub found: String,
    /// What to do about it.
    pub hint: String,
}

/// A backup that was made.
#[derive(Debug, Serialize, ToSchema)]
pub struct Backup {
    /// The file on the server's disk.
    pub path: String,
}

/// What keeps the installation from working.
#[utoipa::path(
    get, path = "/api/v1/doctor", tag = "upkeep",
    responses((status = 200, body = Vec<Finding>)), security(("session" = []))
)]
pub async fn doctor(State(app): State<App>, caller: ConfigReader) -> Json<Vec<Finding>> {
    let findings = app
        .doctor_of(&caller.granted)
        .await
        .into_iter()
        .map(|finding| Finding {
            what: finding.what.to_owned(),
            ok: finding.ok,
            found: finding.found,
            hint: finding.hint,
        });
    Json(findings.collect())
}

/// Copy the database into the data folder's `backups` while everything goes on.
#[utoipa::path(
    post, path = "/api/v1/backups", tag = "upkeep",
    responses((status = 201, body = Backup), (status = 503, body = Problem)), security(("session" = []))
)]
pub async fn backup(
    State(app): State<App>,
    caller: UserWriter,
) -> Answer<(StatusCode, Json<Backup>)> {
    let path = app.backup_here(&caller.granted).await?;
    Ok((
        StatusCode::CREATED,
        Json(Backup {
            path: path.display().to_string(),
        }),
    ))
}
