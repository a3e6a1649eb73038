//! The audit record.

use axum::{
    Json,
    extract::{Query, State},
};
use serde::Serialize;
use serde_json::Value;
use updraft_app::App;
use utoipa::ToSchema;

use super::cases::{PageQuery, page_of};
use crate::{auth::AuditReader, error::Answer};

/// One entry.
#[derive(Debug, Serialize, ToSchema)]
pub struct AuditLine {
    /// When.
    pub at: String,
    /// Who.
    pub actor: String,
    /// What.
    pub action: String,
    /// To which thing.
    pub object: String,
    /// More about it.
    pub detail: Value,
}

/// A page of the record.
#[derive(Debug, Serialize, ToSchema)]
pub struct AuditList {
    /// Newest first.
    pub items: Vec<AuditLine>,
    /// For `after`, if there is more.
    pub next: Option<String>,
}

/// The audit record, newest first.
#[utoipa::path(
    get, path = "/api/v1/audit", tag = "audit", params(PageQuery),
    responses((status = 200, body = AuditList)), security(("session" = []))
)]
pub async fn list(
    State(app): State<App>,
    caller: AuditReader,
    Query(query): Query<PageQuery>,
) -> Answer<Json<AuditList>> {
    let page = page_of(query.after, query.limit)?;
    let found = app.audit_list(&caller.granted, page).await?;
    let items = found
        .items
        .iter()
        .map(|row| &row.entry)
        .map(|entry| AuditLine {
            at: entry.at.to_string(),
            actor: entry.actor.label(),
            action: entry.action.clone(),
            object: entry.object.clone(),
            detail: entry.detail.clone(),
        })
        .collect();
    Ok(Json(AuditList {
        items,
        next: found.next.map(|cursor| cursor.to_string()),
    }))
}
