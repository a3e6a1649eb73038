//! What is known of one value across all cases.

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

/// Which value; any spelling finds it.
#[derive(Debug, Deserialize, IntoParams)]
pub struct ObservableQuery {
    /// The value, defanged or not.
    pub value: String,
}

/// Where a value has been seen.
#[derive(Debug, Serialize, ToSchema)]
pub struct ObservableView {
    /// `ipv4`, `domain`, …
    #[serde(rename = "type")]
    pub kind: String,
    /// The canonical value.
    pub value: String,
    /// When it was first seen; none if never.
    pub first_seen: Option<String>,
    /// When it was last seen.
    pub last_seen: Option<String>,
    /// How many cases it is part of.
    pub cases: u64,
}

/// Where a value has been seen.
#[utoipa::path(
    get, path = "/api/v1/observables", tag = "observables", params(ObservableQuery),
    responses((status = 200, body = ObservableView), (status = 400, body = Problem)), security(("session" = []))
)]
pub async fn show(
    State(app): State<App>,
    caller: CaseReader,
    Query(query): Query<ObservableQuery>,
) -> Answer<Json<ObservableView>> {
    let (observable, seen) = app.observable_seen(&caller.granted, &query.value).await?;
    Ok(Json(ObservableView {
        kind: observable.kind.to_string(),
        value: observable.value,
        first_seen: seen.as_ref().map(|seen| seen.first_seen.to_string()),
        last_seen: seen.as_ref().map(|seen| seen.last_seen.to_string()),
        cases: seen.map_or(0, |seen| seen.cases),
    }))
}
