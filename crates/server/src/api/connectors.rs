//! What products the content knows.

use axum::{Json, extract::State};
use serde::Serialize;
use serde_json::Value;
use updraft_app::App;
use utoipa::ToSchema;

use crate::auth::ConfigReader;

/// One action of a connector.
#[derive(Debug, Serialize, ToSchema)]
pub struct ActionView {
    /// Its name.
    pub name: String,
    /// What it does.
    pub title: String,
    /// `read`, `notify`, `write`, `contain_reversible` or `irreversible`.
    pub effect: String,
    /// The capabilities it provides.
    pub capabilities: Vec<String>,
}

/// One secret that a connection needs.
#[derive(Debug, Serialize, ToSchema)]
pub struct SecretView {
    /// Its name.
    pub name: String,
    /// What it is.
    pub summary: String,
    /// True when nothing works without it.
    pub required: bool,
}

/// One product.
#[derive(Debug, Serialize, ToSchema)]
pub struct ConnectorView {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Who makes it.
    pub vendor: String,
    /// `threat_intelligence`, `sandbox`, `ticketing`, …
    pub category: String,
    /// What it is good for.
    pub summary: String,
    /// Where its API is, unless a connection says otherwise.
    pub base_url: String,
    /// What it can do.
    pub actions: Vec<ActionView>,
    /// The secrets that a connection needs.
    pub secrets: Vec<SecretView>,
    /// The settings that a connection may set, as declared in the manifest.
    pub settings: Value,
}

/// All products that the content knows.
#[utoipa::path(
    get, path = "/api/v1/connectors", tag = "connections",
    responses((status = 200, body = Vec<ConnectorView>)), security(("session" = []))
)]
pub async fn list(State(app): State<App>, _caller: ConfigReader) -> Json<Vec<ConnectorView>> {
    let views = app.connectors().into_iter().map(|connector| ConnectorView {
        id: connector.id,
        name: connector.name,
        vendor: connector.vendor,
        category: connector.category,
        summary: connector.summary,
        base_url: connector.base_url,
        actions: connector
            .actions
            .into_iter()
            .map(|(name, title, effect, capabilities)| ActionView {
                name,
                title,
                effect,
                capabilities,
            })
            .collect(),
        secrets: connector
            .secrets
            .into_iter()
            .map(|(name, summary, required)| SecretView {
                name,
                summary,
                required,
            })
            .collect(),
        settings: connector.settings,
    });
    Json(views.collect())
}
