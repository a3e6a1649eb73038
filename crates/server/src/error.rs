//! Errors on the wire: RFC 9457 problem documents that say what is wrong and how to mend it.

use axum::{
    Json,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde::Serialize;
use updraft_app::Error;
use utoipa::ToSchema;

/// A problem document (RFC 9457).
#[derive(Debug, Serialize, ToSchema)]
pub struct Problem {
    /// A stable word for programs: `case.state`, `not_found`, …
    pub code: String,
    /// The status in words.
    pub title: String,
    /// What is wrong, one sentence.
    pub detail: String,
    /// How to mend it; may be empty.
    pub hint: String,
    /// All that stands against it, each with how to meet it; left out when there is one reason only.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub points: Vec<Point>,
    /// What is wrong with each field of a form that was filled in.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub fields: Vec<FieldProblem>,
}

/// One of several things that stand against a request.
#[derive(Debug, Serialize, ToSchema)]
pub struct Point {
    /// A stable word for programs: `tests`, `coverage`, …
    pub code: String,
    /// What is missing.
    pub what: String,
    /// How to meet it.
    pub hint: String,
}

/// What is wrong with one field of a form.
#[derive(Debug, Serialize, ToSchema)]
pub struct FieldProblem {
    /// The field's name.
    pub field: String,
    /// What is wrong, one sentence.
    pub message: String,
    /// How to mend it; may be empty.
    pub hint: String,
}

/// An error on its way to the wire.
#[derive(Debug)]
pub struct Refusal {
    status: StatusCode,
    /// Boxed, so that every answer that can be refused stays small.
    problem: Box<Problem>,
    retry_after_s: Option<u32>,
}

impl Refusal {
    /// A refusal with everything given.
    pub fn new(status: StatusCode, code: &str, detail: impl Into<String>, hint: &str) -> Self {
        let title = status.canonical_reason().unwrap_or("Error").to_owned();
        let problem = Problem {
            code: code.to_owned(),
            title,
            detail: detail.into(),
            hint: hint.to_owned(),
            points: Vec::new(),
            fields: Vec::new(),
        };
        Self {
            status,
            problem: Box::new(problem),
            retry_after_s: None,
        }
    }
}

impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        let text = error.to_string();
        match error {
            Error::NotFound { .. } => Self::new(StatusCode::NOT_FOUND, "not_found", text, ""),
            Error::Invalid { code, hint, .. } => {
                let status = match code {
                    "alert.too_large" => StatusCode::PAYLOAD_TOO_LARGE,
                    _ => StatusCode::BAD_REQUEST,
                };
                Self::new(status, code, text, &hint)
            }
            Error::Refused {
                code, hint, points, ..
            } => {
                let mut refusal = Self::new(StatusCode::CONFLICT, code, text, &hint);
                let points = points.into_iter().map(|point| Point {
                    code: point.code.to_owned(),
                    what: point.what,
                    hint: point.hint,
                });
                refusal.problem.points = points.collect();
                refusal
            }
            Error::Form { faults, .. } => {
                let hint = "`fields` says what is wrong with each";
                let mut refusal = Self::new(StatusCode::BAD_REQUEST, "form", text, hint);
                let problem = |fault: updraft_app::engine::FieldFault| FieldProblem {
                    field: fault.field,
                    message: fault.message,
                    hint: fault.hint,
                };
                refusal.problem.fields = faults.into_iter().map(problem).collect();
                refusal
            }
            Error::Forbidden { hint, .. } => {
                Self::new(StatusCode::FORBIDDEN, "denied", text, &hint)
            }
            Error::Conflict(_) => {
                Self::new(StatusCode::CONFLICT, "conflict", text, "read it again")
            }
            Error::Denied(_) => Self::new(
                StatusCode::FORBIDDEN,
                "denied",
                text,
                "ask an administrator for a role that may do this",
            ),
            Error::Unauthenticated(_) => {
                Self::new(StatusCode::UNAUTHORIZED, "unauthenticated", text, "")
            }
            Error::Busy { retry_after_s } => {
                let mut refusal = Self::new(
                    StatusCode::TOO_MANY_REQUESTS,
                    "busy",
                    text,
                    "nothing was taken; send it again after the time in Retry-After",
                );
                refusal.retry_after_s = Some(retry_after_s);
                refusal
            }
            Error::Store(_) => {
                tracing::error!(error = %text, "A request failed in the store");
                let mut refusal = Self::new(
                    StatusCode::SERVICE_UNAVAILABLE,
                    "store",
                    text,
                    "nothing was taken; `updraft doctor` says what to look at",
                );
                refusal.retry_after_s = Some(5);
                refusal
            }
            Error::Secret(_) | Error::Internal(_) => {
                tracing::error!(error = %text, "A request failed");
                Self::new(
                    StatusCode::INTERNAL_SERVER_ERROR,
                    "internal",
                    "this did not work; the log says why",
                    "",
                )
            }
        }
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let mut response = (self.status, Json(self.problem)).into_response();
        let headers = response.headers_mut();
        headers.insert(
            header::CONTENT_TYPE,
            HeaderValue::from_static("application/problem+json"),
        );
        if let Some(seconds) = self.retry_after_s {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}

/// The result of a handler.
pub type Answer<T> = Result<T, Refusal>;
