//! Refusals that the framework makes by itself (a body that is no JSON, a query with a wrong number, a path or
//! method that nobody serves) leave as problem documents too, so that a client has one form to read.

use axum::{
    extract::Request,
    http::{StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
};

use crate::error::Refusal;

/// How much of the framework's own words is read.
const WORDS_BYTES_MAX: usize = 4_096;

/// Gives every refusal under `/api/` the form of a problem document.
pub async fn as_problem(request: Request, next: Next) -> Response {
    let is_api = request.uri().path().starts_with("/api/");
    let response = next.run(request).await;
    let status = response.status();
    if !is_api || !(status.is_client_error() || status.is_server_error()) {
        return response;
    }
    let kind = response.headers().get(header::CONTENT_TYPE);
    if kind.is_some_and(|kind| kind.as_bytes() == b"application/problem+json") {
        return response;
    }
    let allow = response.headers().get(header::ALLOW).cloned();
    let words = axum::body::to_bytes(response.into_body(), WORDS_BYTES_MAX).await;
    let words = String::from_utf8_lossy(&words.unwrap_or_default()).into_owned();
    let mut response = refusal(status, words).into_response();
    if let Some(allow) = allow {
        response.headers_mut().insert(header::ALLOW, allow);
    }
    response
}

fn refusal(status: StatusCode, words: String) -> Refusal {
    let (status, code, detail, hint) = match status {
        StatusCode::NOT_FOUND => (
            status,
            "not_found",
            "nothing is served here",
            "GET /api/openapi.json lists every path",
        ),
        StatusCode::METHOD_NOT_ALLOWED => (
            status,
            "method",
            "this path does not take that method",
            "the header Allow lists those that it takes",
        ),
        StatusCode::PAYLOAD_TOO_LARGE => (
            status,
            "body.too_large",
            "the body is too large",
            "a request of the API may have 1 MiB",
        ),
        StatusCode::UNSUPPORTED_MEDIA_TYPE => (
            status,
            "content_type",
            "the body is not of the expected type",
            "send JSON with `Content-Type: application/json`",
        ),
        // A field of the wrong type is as wrong as a missing brace.
        StatusCode::BAD_REQUEST | StatusCode::UNPROCESSABLE_ENTITY => (
            StatusCode::BAD_REQUEST,
            "request",
            "the request cannot be read",
            "GET /api/openapi.json describes what belongs into it",
        ),
        other => (other, "refused", "this did not work", ""),
    };
    let detail = if words.is_empty() {
        detail.to_owned()
    } else {
        words
    };
    Refusal::new(status, code, detail, hint)
}
