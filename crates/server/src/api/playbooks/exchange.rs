//! Playbooks from and for other products.

use std::collections::BTreeMap;

use axum::{Json, extract::State};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use updraft_app::{App, playbooks::cacao::Unmapped};
use updraft_model::{Level, Problem as Found};
use utoipa::ToSchema;

use crate::{
    api::bad,
    auth::ConfigWriter,
    error::{Answer, Problem},
};

/// A document of another product.
#[derive(Debug, Deserialize, ToSchema)]
pub struct ForeignDocument {
    /// `cacao`: OASIS CACAO v2.0.
    pub format: String,
    /// The document.
    pub document: Value,
    /// True to take it with mistakes that do not keep it from being read.
    #[serde(default)]
    pub lenient: bool,
}

/// A playbook that was made of a document; nothing is stored.
#[derive(Debug, Serialize, ToSchema)]
pub struct ReadPlaybook {
    /// The playbook's id; null when the document is refused.
    pub id: Option<String>,
    /// Its YAML; null when the document is refused.
    pub text: Option<String>,
    /// Its tests: file name to text.
    pub tests: BTreeMap<String, String>,
    /// What the playbook says otherwise than the document, or not at all.
    pub report: Vec<NotMapped>,
    /// What is wrong with the document, errors first.
    pub problems: Vec<DocumentProblem>,
}

/// Something that does not map from one format to the other.
#[derive(Debug, Serialize, ToSchema)]
pub struct NotMapped {
    /// The step's id or path; empty for the whole.
    pub step: String,
    /// What it is: `command`, `condition`, `jump`, …
    pub what: String,
    /// What became of it, and why.
    pub why: String,
}

impl From<Unmapped> for NotMapped {
    fn from(note: Unmapped) -> Self {
        Self {
            step: note.step,
            what: note.what,
            why: note.why,
        }
    }
}

/// A mistake in a document.
#[derive(Debug, Serialize, ToSchema)]
pub struct DocumentProblem {
    /// `error` or `warning`.
    pub level: &'static str,
    /// `UA…`.
    pub code: &'static str,
    /// JSON pointer to the place.
    pub pointer: String,
    /// What is wrong.
    pub message: String,
    /// How to mend it; may be empty.
    pub hint: String,
}

impl From<Found> for DocumentProblem {
    fn from(found: Found) -> Self {
        Self {
            level: match found.level {
                Level::Error => "error",
                Level::Warning => "warning",
            },
            code: found.code,
            pointer: found.pointer,
            message: found.message,
            hint: found.hint,
        }
    }
}

/// Read a document of another product as a playbook, without storing it.
#[utoipa::path(
    post, path = "/api/v1/playbooks/import", tag = "playbooks", request_body = ForeignDocument,
    responses((status = 200, body = ReadPlaybook), (status = 400, body = Problem)),
    security(("session" = []))
)]
pub async fn read(
    State(app): State<App>,
    caller: ConfigWriter,
    Json(input): Json<ForeignDocument>,
) -> Answer<Json<ReadPlaybook>> {
    if input.format != "cacao" {
        let text = format!("there is no format `{}`", input.format.escape_debug());
        return Err(bad("playbook.format", text, "use cacao"));
    }
    let found = app.read_cacao(&caller.granted, &input.document, input.lenient);
    let problems = found.problems.into_iter().map(Into::into).collect();
    let (id, text, report) = match found.playbook {
        Some(playbook) => (Some(playbook.id), Some(playbook.text), playbook.report),
        None => (None, None, Vec::new()),
    };
    Ok(Json(ReadPlaybook {
        id,
        text,
        tests: BTreeMap::new(),
        report: report.into_iter().map(Into::into).collect(),
        problems,
    }))
}
