//! Configured instances of connectors. Secrets go in and never come out.

use std::collections::BTreeMap;

use axum::{
    Json,
    extract::{Path, State},
    http::StatusCode,
};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use updraft_app::{
    App,
    connections::{ConnectionDraft, ConnectionView as Known},
};
use updraft_model::Reliability;
use utoipa::ToSchema;

use super::{bad, id};
use crate::{
    auth::{ConfigReader, ConfigWriter},
    error::{Answer, Problem},
};

/// A configured instance of a connector.
#[derive(Debug, Serialize, ToSchema)]
pub struct ConnectionView {
    /// Its id.
    pub id: String,
    /// The connector's id.
    pub connector: String,
    /// What people call it.
    pub name: String,
    /// Replaces the manifest's base URL; empty keeps it.
    pub base_url: String,
    /// The manifest's settings that were set.
    pub settings: BTreeMap<String, Value>,
    /// Which secrets are set; never their values.
    pub secrets: Vec<String>,
    /// Admiralty A to F.
    pub reliability: String,
    /// False keeps it out of every fan-out.
    pub enabled: bool,
    /// True allows private addresses.
    pub allow_private: bool,
    /// Why it cannot be used, if it cannot.
    pub problem: Option<String>,
    /// When it was last changed.
    pub updated_at: String,
}

/// What to set on a connection; what is left out stays. It holds secrets and does not print.
#[derive(Deserialize, ToSchema)]
#[allow(missing_debug_implementations)]
pub struct ConnectionInput {
    /// The connector's id; needed to make one, fixed afterwards.
    #[serde(default)]
    pub connector: String,
    /// What people call it.
    pub name: Option<String>,
    /// Replaces the manifest's base URL.
    pub base_url: Option<String>,
    /// The manifest's settings.
    pub settings: Option<BTreeMap<String, Value>>,
    /// Secrets to set; an empty text removes one.
    #[serde(default)]
    pub secrets: BTreeMap<String, String>,
    /// Admiralty A to F.
    pub reliability: Option<String>,
    /// The pace that the team's plan allows.
    pub pace: Option<Pace>,
    /// False keeps it out of every fan-out.
    pub enabled: Option<bool>,
    /// True allows private addresses.
    pub allow_private: Option<bool>,
}

/// What the team's plan with the vendor allows; what is left out is as the manifest says, 0 is no limit.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, ToSchema)]
pub struct Pace {
    /// Exchanges a second, on average.
    pub per_second: Option<f64>,
    /// Exchanges in any 60 seconds.
    pub per_minute: Option<f64>,
    /// Exchanges in any hour.
    pub per_hour: Option<f64>,
    /// Exchanges in any 24 hours.
    pub per_day: Option<f64>,
    /// Exchanges that may start together after a rest.
    pub burst: Option<u32>,
    /// Exchanges under way at the same time.
    pub concurrent: Option<u32>,
}

impl From<Pace> for updraft_model::connections::Pace {
    fn from(pace: Pace) -> Self {
        let Pace {
            per_second,
            per_minute,
            per_hour,
            per_day,
            burst,
            concurrent,
        } = pace;
        Self {
            per_second,
            per_minute,
            per_hour,
            per_day,
            burst,
            concurrent,
        }
    }
}

/// What the product said to a test.
#[derive(Debug, Serialize, ToSchema)]
pub struct TestResult {
    /// True when it answered as it should.
    pub ok: bool,
    /// What went wrong, in words.
    pub message: String,
    /// How to mend it.
    pub hint: String,
    /// Milliseconds.
    pub latency_ms: u64,
}

fn view(known: Known) -> ConnectionView {
    let Known {
        connection,
        problem,
    } = known;
    ConnectionView {
        id: connection.id.to_string(),
        connector: connection.connector,
        name: connection.name,
        base_url: connection.base_url,
        settings: connection.settings,
        secrets: connection.secrets,
        reliability: format!("{:?}", connection.reliability),
        enabled: connection.enabled,
        allow_private: connection.allow_private,
        problem,
        updated_at: connection.updated_at.to_string(),
    }
}

fn draft(input: ConnectionInput) -> Answer<ConnectionDraft> {
    let reliability = match input.reliability {
        Some(letter) => Some(
            serde_json::from_value::<Reliability>(Value::String(letter)).map_err(|_| {
                bad(
                    "connection.reliability",
                    "reliability is a letter from A to F",
                    "",
                )
            })?,
        ),
        None => None,
    };
    Ok(ConnectionDraft {
        name: input.name,
        base_url: input.base_url,
        settings: input.settings,
        secrets: input.secrets,
        reliability,
        pace: input.pace.map(Pace::into),
        enabled: input.enabled,
        allow_private: input.allow_private,
    })
}

/// All connections.
#[utoipa::path(
    get, path = "/api/v1/connections", tag = "connections",
    responses((status = 200, body = Vec<ConnectionView>)), security(("session" = []))
)]
pub async fn list(State(app): State<App>, caller: ConfigReader) -> Json<Vec<ConnectionView>> {
    Json(
        app.connections(&caller.granted)
            .into_iter()
            .map(view)
            .collect(),
    )
}

/// Configure an instance of a connector; it takes part in the next fan-out.
#[utoipa::path(
    post, path = "/api/v1/connections", tag = "connections", request_body = ConnectionInput,
    responses((status = 201, body = ConnectionView), (status = 400, body = Problem), (status = 409, body = Problem)),
    security(("session" = []))
)]
pub async fn create(
    State(app): State<App>,
    caller: ConfigWriter,
    Json(input): Json<ConnectionInput>,
) -> Answer<(StatusCode, Json<ConnectionView>)> {
    let connector = input.connector.clone();
    let known = app
        .create_connection(&caller.granted, &connector, draft(input)?)
        .await?;
    Ok((StatusCode::CREATED, Json(view(known))))
}

/// One connection.
#[utoipa::path(
    get, path = "/api/v1/connections/{id}", tag = "connections", params(("id" = String, Path)),
    responses((status = 200, body = ConnectionView), (status = 404, body = Problem)), security(("session" = []))
)]
pub async fn show(
    State(app): State<App>,
    caller: ConfigReader,
    Path(connection): Path<String>,
) -> Answer<Json<ConnectionView>> {
    Ok(Json(view(app.connection(
        &caller.granted,
        id(&connection, "connection")?,
    )?)))
}

/// Change a connection.
#[utoipa::path(
    patch, path = "/api/v1/connections/{id}", tag = "connections", params(("id" = String, Path)),
    request_body = ConnectionInput, responses((status = 200, body = ConnectionView), (status = 404, body = Problem)),
    security(("session" = []))
)]
pub async fn change(
    State(app): State<App>,
    caller: ConfigWriter,
    Path(connection): Path<String>,
    Json(input): Json<ConnectionInput>,
) -> Answer<Json<ConnectionView>> {
    let connection = id(&connection, "connection")?;
    Ok(Json(view(
        app.change_connection(&caller.granted, connection, draft(input)?)
            .await?,
    )))
}

/// Remove a connection and its secrets.
#[utoipa::path(
    delete, path = "/api/v1/connections/{id}", tag = "connections", params(("id" = String, Path)),
    responses((status = 204), (status = 404, body = Problem)), security(("session" = []))
)]
pub async fn remove(
    State(app): State<App>,
    caller: ConfigWriter,
    Path(connection): Path<String>,
) -> Answer<StatusCode> {
    app.delete_connection(&caller.granted, id(&connection, "connection")?)
        .await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Ask the product something harmless through this connection.
#[utoipa::path(
    post, path = "/api/v1/connections/{id}/test", tag = "connections", params(("id" = String, Path)),
    responses((status = 200, body = TestResult), (status = 404, body = Problem)), security(("session" = []))
)]
pub async fn test(
    State(app): State<App>,
    caller: ConfigWriter,
    Path(connection): Path<String>,
) -> Answer<Json<TestResult>> {
    let tested = app
        .test_connection(&caller.granted, id(&connection, "connection")?)
        .await?;
    Ok(Json(TestResult {
        ok: tested.ok,
        message: tested.message,
        hint: tested.hint,
        latency_ms: tested.latency_ms,
    }))
}
