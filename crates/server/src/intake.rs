//! The intake: bytes in, durable, ids out.

use axum::{
    Json,
    body::Body,
    extract::{Path, State},
    http::{HeaderMap, StatusCode, header},
};
use http_body_util::BodyExt;
use serde::Serialize;
use updraft_app::App;
use updraft_model::{Permission, access};
use utoipa::ToSchema;

use crate::{
    auth::{self, bearer},
    error::{Answer, Problem, Refusal},
};

/// One alert that is durable.
#[derive(Debug, Serialize, ToSchema)]
pub struct AcceptedAlert {
    /// Its id.
    pub id: String,
}

/// What was taken of a delivery.
#[derive(Debug, Serialize, ToSchema)]
pub struct Receipt {
    /// The alerts that are on disk now, in the order of the delivery.
    pub alerts: Vec<AcceptedAlert>,
    /// How many those are.
    pub accepted: usize,
}

/// Hand in alerts: a bare IOC, a JSON alert, a log line or a mail; or several of them.
///
/// Answers 202 with the ids once everything accepted is on disk.
#[utoipa::path(
    post, path = "/api/v1/sources/{source}/alerts", tag = "intake",
    params(("source" = String, Path, description = "The source's name")),
    request_body(content = String, description = "Anything: text, JSON, a mail", content_type = "*/*"),
    responses(
        (status = 202, body = Receipt), (status = 400, body = Problem), (status = 401, body = Problem),
        (status = 413, body = Problem), (status = 429, body = Problem), (status = 503, body = Problem)
    ),
    security(("source_token" = []))
)]
pub async fn receive(
    State(app): State<App>,
    Path(source): Path<String>,
    headers: HeaderMap,
    body: Body,
) -> Answer<(StatusCode, Json<Receipt>)> {
    let token = bearer(&headers).ok_or_else(|| {
        Refusal::new(
            StatusCode::UNAUTHORIZED,
            "unauthenticated",
            "a delivery needs the source's token",
            "send `Authorization: Bearer <token of the source>`",
        )
    })?;
    let (principal, source) = match app.authenticate_source(&source, token).await {
        Ok(found) => found,
        // A person's API token may hand in alerts as well, if their role may.
        Err(refused) => match app.authenticate(token).await {
            Ok((_, user)) if user.must_change_password => return Err(auth::one_time()),
            Ok((principal, _)) => {
                access::authorize(&principal, Permission::AlertSubmit)
                    .map_err(|denied| Refusal::from(updraft_app::Error::from(denied)))?;
                let source = app.source_by_name(principal.tenant, &source)?;
                (principal, source)
            }
            Err(_) => return Err(refused.into()),
        },
    };
    let granted = access::authorize(&principal, Permission::AlertSubmit)
        .map_err(|denied| Refusal::from(updraft_app::Error::from(denied)))?;
    let content_type = headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.split(';').next())
        .map(|value| value.trim().to_ascii_lowercase())
        .unwrap_or_default();
    let bytes = read_body(body, app.config().intake_bytes_max).await?;
    let receipt = app
        .receive(&granted, &source, &content_type, &bytes)
        .await?;
    let alerts: Vec<AcceptedAlert> = receipt
        .accepted
        .iter()
        .map(|id| AcceptedAlert { id: id.to_string() })
        .collect();
    Ok((
        StatusCode::ACCEPTED,
        Json(Receipt {
            accepted: alerts.len(),
            alerts,
        }),
    ))
}

/// Reads a body up to a limit; a declared length above it is refused before a byte is read.
async fn read_body(body: Body, limit: usize) -> Answer<Vec<u8>> {
    use http_body::Body as _;
    let too_large = || {
        Refusal::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            "alert.too_large",
            format!("a delivery may have {limit} bytes"),
            "send fewer alerts at once, or raise --intake-bytes-max",
        )
    };
    if body.size_hint().lower() > limit as u64 {
        return Err(too_large());
    }
    let mut bytes = Vec::with_capacity(body.size_hint().lower() as usize);
    let mut body = body;
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|error| {
            Refusal::new(
                StatusCode::BAD_REQUEST,
                "body",
                format!("the body broke off: {error}"),
                "",
            )
        })?;
        if let Ok(data) = frame.into_data() {
            if bytes.len() + data.len() > limit {
                return Err(too_large());
            }
            bytes.extend_from_slice(&data);
        }
    }
    Ok(bytes)
}
