//! What arrived: the list, one alert, its bytes.

use axum::{
    Json,
    extract::{Path, Query, State},
    http::{HeaderValue, header},
    response::{IntoResponse, Response},
};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use updraft_app::App;
use updraft_model::Alert;
use utoipa::{IntoParams, ToSchema};

use super::{cases::page_of, id};
use crate::{
    auth::CaseReader,
    error::{Answer, Problem},
};

/// One received item.
#[derive(Debug, Serialize, ToSchema)]
pub struct AlertView {
    /// Its id.
    pub id: String,
    /// The intake's id.
    pub source: String,
    /// When it was durable.
    pub received_at: String,
    /// How many bytes came.
    pub raw_bytes: u64,
    /// What the sender said they are.
    pub content_type: String,
    /// `received`, `admitted` or `ignored`.
    pub state: String,
    /// What a person reads first.
    pub title: String,
    /// `informational` to `critical`.
    pub severity: String,
    /// The typed values found in it: `{type, value, excluded}`.
    pub observables: Value,
    /// What could not be understood.
    pub diagnostics: Vec<String>,
    /// Its case.
    pub case: Option<String>,
    /// The run it started or joined.
    pub run: Option<String>,
    /// The mapped fields.
    pub fields: Value,
}

/// A page of alerts.
#[derive(Debug, Serialize, ToSchema)]
pub struct AlertList {
    /// Newest first.
    pub items: Vec<AlertView>,
    /// For `after`, if there is more.
    pub next: Option<String>,
}

/// Which alerts.
#[derive(Debug, Deserialize, IntoParams)]
pub struct AlertQuery {
    /// Only of this case.
    pub case: Option<String>,
    /// `next` of the page before.
    pub after: Option<String>,
    /// At most this many, up to 200.
    pub limit: Option<u32>,
}

fn view(alert: &Alert) -> AlertView {
    let state = serde_json::to_value(alert.state).ok();
    AlertView {
        id: alert.id.to_string(),
        source: alert.source.to_string(),
        received_at: alert.received_at.to_string(),
        raw_bytes: alert.raw_bytes,
        content_type: alert.content_type.clone(),
        state: state
            .and_then(|word| word.as_str().map(str::to_owned))
            .unwrap_or_default(),
        title: alert.title.clone(),
        severity: alert.severity.to_string(),
        observables: serde_json::to_value(&alert.observables).unwrap_or_default(),
        diagnostics: alert.diagnostics.clone(),
        case: alert.case.map(|case| case.to_string()),
        run: alert.run.map(|run| run.to_string()),
        fields: alert.fields.clone(),
    }
}

/// Alerts, newest first.
#[utoipa::path(
    get, path = "/api/v1/alerts", tag = "alerts", params(AlertQuery),
    responses((status = 200, body = AlertList), (status = 400, body = Problem)), security(("session" = []))
)]
pub async fn list(
    State(app): State<App>,
    caller: CaseReader,
    Query(query): Query<AlertQuery>,
) -> Answer<Json<AlertList>> {
    let case = query
        .case
        .as_deref()
        .map(|case| id(case, "case"))
        .transpose()?;
    let page = page_of(query.after, query.limit)?;
    let found = app.alert_list(&caller.granted, case, page).await?;
    let items = found.items.iter().map(view).collect();
    Ok(Json(AlertList {
        items,
        next: found.next.map(|cursor| cursor.to_string()),
    }))
}

/// One alert.
#[utoipa::path(
    get, path = "/api/v1/alerts/{id}", tag = "alerts", params(("id" = String, Path)),
    responses((status = 200, body = AlertView), (status = 404, body = Problem)), security(("session" = []))
)]
pub async fn show(
    State(app): State<App>,
    caller: CaseReader,
    Path(alert): Path<String>,
) -> Answer<Json<AlertView>> {
    Ok(Json(view(
        &app.alert(&caller.granted, id(&alert, "alert")?).await?,
    )))
}

/// The bytes as they came, as a download.
#[utoipa::path(
    get, path = "/api/v1/alerts/{id}/raw", tag = "alerts", params(("id" = String, Path)),
    responses((status = 200, description = "The bytes", body = String, content_type = "application/octet-stream"),
              (status = 404, body = Problem)), security(("session" = []))
)]
pub async fn raw(
    State(app): State<App>,
    caller: CaseReader,
    Path(alert): Path<String>,
) -> Answer<Response> {
    let bytes = app.alert_raw(&caller.granted, id(&alert, "alert")?).await?;
    let mut response = bytes.into_response();
    let headers = response.headers_mut();
    headers.insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("application/octet-stream"),
    );
    headers.insert(
        header::CONTENT_DISPOSITION,
        HeaderValue::from_static("attachment"),
    );
    Ok(response)
}
