//! What became of a call: its end, and every exchange on the way, as the run log keeps them.

use std::sync::Arc;

use serde_json::{Value, json};
use updraft_connector::{Body, CallError, CallResult, CallStatus, Failure, Request, Response};
use updraft_model::{BlobHash, Timestamp};

/// How a call left the hands of egress.
#[derive(Debug, Clone, PartialEq)]
#[allow(clippy::large_enum_variant)] // One per call, and most are the large one.
pub enum Ended {
    /// It is over.
    Done(CallResult),
    /// The vendor works on it: restore the call from `state` after `millis` and perform it again.
    Wait {
        /// The call; it has been woken already.
        state: Value,
        /// How long to wait.
        millis: u64,
        /// What for, for people.
        reason: String,
    },
}

/// One exchange with the vendor. Credentials were never in it, and echoes of them are `***`.
#[derive(Debug, Clone, PartialEq)]
pub struct Recorded {
    /// What was asked for, before authentication.
    pub request: Request,
    /// The bytes of a body that is not a stored file or a form with parts.
    pub request_body: Option<Arc<[u8]>>,
    /// The answer.
    pub response: Option<Response>,
    /// Why there is none.
    pub failure: Option<Failure>,
    /// False only if the vendor certainly saw nothing of the request.
    pub reached: bool,
    /// When it began, waiting for a turn included.
    pub started_at: Timestamp,
    /// When it was over.
    pub ended_at: Timestamp,
}

impl Recorded {
    /// The request as JSON; a body of bytes is named by its hash.
    pub fn request_head(&self) -> Value {
        let request = &self.request;
        let body = match &request.body {
            Body::Bytes { content_type, data } => json!({
                "kind": "bytes",
                "content_type": content_type,
                "hash": BlobHash::of(data),
            }),
            other => json!(other),
        };
        json!({
            "transport": request.transport,
            "method": request.method,
            "url": request.url,
            "headers": request.headers,
            "body": body,
            "timeout_ms": request.timeout_ms,
            "response_bytes_max": request.response_bytes_max,
        })
    }
}

/// A session that was opened on the way. Neither its request nor its answer is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Login {
    /// Where.
    pub host: String,
    /// The status of the answer.
    pub status: Option<u16>,
    /// Why it failed.
    pub failure: Option<Failure>,
    /// When it began.
    pub started_at: Timestamp,
    /// When it was over.
    pub ended_at: Timestamp,
}

/// What became of a call.
#[derive(Debug, Clone, PartialEq)]
pub struct Performed {
    /// How it ended.
    pub end: Ended,
    /// The exchanges, in order. Of a cached result: those of the call that fetched it.
    pub exchanges: Vec<Recorded>,
    /// The sessions opened for it.
    pub logins: Vec<Login>,
    /// True when another call's answer was used: one still kept, or one that was under way.
    pub cached: bool,
    /// From the call to its end, milliseconds.
    pub latency_ms: u64,
}

impl Performed {
    /// A call that failed before anything was sent.
    pub fn failed(error: CallError) -> Self {
        Self {
            end: Ended::Done(CallResult {
                status: CallStatus::Error,
                output: Value::Null,
                verdict: None,
                link: None,
                error: Some(error),
                undo: None,
            }),
            exchanges: Vec::new(),
            logins: Vec::new(),
            cached: false,
            latency_ms: 0,
        }
    }

    /// The result, if the call is over.
    pub fn result(&self) -> Option<&CallResult> {
        match &self.end {
            Ended::Done(result) => Some(result),
            Ended::Wait { .. } => None,
        }
    }

    /// True if a request may have arrived whose answer did not: what it asked for may have happened.
    pub fn outcome_unknown(&self) -> bool {
        self.exchanges
            .iter()
            .any(|exchange| exchange.reached && exchange.response.is_none())
    }

    /// What keeping it costs.
    pub(crate) fn bytes(&self) -> usize {
        let exchanges: usize = self
            .exchanges
            .iter()
            .map(|one| {
                let response = one.response.as_ref().map_or(0, |response| {
                    let headers = response.headers.iter().map(|(n, v)| n.len() + v.len() + 48);
                    response.body.len() + headers.sum::<usize>()
                });
                let request = one.request_body.as_ref().map_or(0, |body| body.len() * 2);
                512 + one.request.url.len() + request + response
            })
            .sum();
        let output = self.result().map_or(0, |result| weight(&result.output));
        512 + exchanges + output
    }
}

/// Roughly the memory of a value.
fn weight(value: &Value) -> usize {
    let inner: usize = match value {
        Value::Null | Value::Bool(_) | Value::Number(_) => 0,
        Value::String(text) => text.len(),
        Value::Array(list) => list.iter().map(weight).sum(),
        Value::Object(map) => map
            .iter()
            .map(|(name, value)| name.len() + 24 + weight(value))
            .sum(),
    };
    inner + 32
}
