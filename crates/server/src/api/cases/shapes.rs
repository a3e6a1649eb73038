//! How cases look on the wire.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};

use crate::api::runs::RunSummary;

/// A typed value, as lists show it.
#[derive(Debug, Serialize, ToSchema)]
pub struct ObservableRef {
    /// `ipv4`, `domain`, …
    #[serde(rename = "type")]
    pub kind: String,
    /// The canonical value.
    pub value: String,
}

/// One line of the case list.
#[derive(Debug, Serialize, ToSchema)]
pub struct CaseSummary {
    /// Its id.
    pub id: String,
    /// The number that people say.
    pub number: u64,
    /// Its type: `Enrichment`, `Investigation`, …
    #[serde(rename = "type")]
    pub kind: String,
    /// What a person reads first.
    pub title: String,
    /// `informational` to `critical`.
    pub severity: String,
    /// `new`, `in_progress`, `waiting` or `closed`.
    pub status: String,
    /// `unknown`, `benign`, `suspicious` or `malicious`.
    pub verdict: String,
    /// 0 to 100.
    pub score: u8,
    /// How many alerts it stands for.
    pub occurrences: u64,
    /// Who owns it.
    pub owner: Option<String>,
    /// When it was opened.
    pub opened_at: String,
    /// When anything last changed.
    pub updated_at: String,
    /// When it was closed.
    pub closed_at: Option<String>,
    /// Why it was closed.
    pub close_reason: Option<String>,
    /// How many observables it has.
    pub observables_count: u64,
    /// The first of them.
    pub first_observable: Option<ObservableRef>,
    /// Its ticket in another system, the first if it has several.
    pub ticket: Option<TicketRef>,
}

/// A ticket, as lists show it.
#[derive(Debug, Serialize, ToSchema)]
pub struct TicketRef {
    /// Their id, `SEC-42`.
    pub id: String,
    /// Where a person opens it.
    pub url: String,
    /// The connection's name.
    pub connection: String,
    /// What it is for.
    pub purpose: String,
}

/// A page of cases.
#[derive(Debug, Serialize, ToSchema)]
pub struct CaseList {
    /// Newest change first.
    pub items: Vec<CaseSummary>,
    /// For `after`, if there is more.
    pub next: Option<String>,
}

/// How many cases there are, by each filter.
#[derive(Debug, Serialize, ToSchema)]
pub struct CaseCounts {
    /// All.
    pub total: u64,
    /// By status.
    pub by_status: BTreeMap<String, u64>,
    /// By type.
    pub by_type: BTreeMap<String, u64>,
    /// By severity.
    pub by_severity: BTreeMap<String, u64>,
    /// By verdict.
    pub by_verdict: BTreeMap<String, u64>,
}

/// One source's or the merged opinion.
#[derive(Debug, Serialize, ToSchema)]
pub struct Opinion {
    /// `unknown`, `benign`, `suspicious` or `malicious`.
    pub level: String,
    /// 0 to 100.
    pub score: u8,
    /// Which rule fired, in words.
    pub explanation: String,
    /// Admiralty A to F.
    pub reliability: Option<String>,
}

/// What one provider said about one observable.
#[derive(Debug, Serialize, ToSchema)]
pub struct ProviderAnswer {
    /// The connector's id.
    pub provider: String,
    /// The connection's name.
    pub connection: String,
    /// The action.
    pub action: String,
    /// `answered`, `not_found`, `failed` or `skipped`.
    pub outcome: String,
    /// Why it failed or was skipped.
    pub reason: String,
    /// Its opinion.
    pub verdict: Option<Opinion>,
    /// The action's outputs.
    pub output: Value,
    /// Milliseconds.
    pub latency_ms: u64,
    /// True when a recent answer was used again.
    pub cached: bool,
    /// Where a person can read on.
    pub link: Option<String>,
    /// When it answered.
    pub at: String,
}

/// An observable of a case with everything said about it.
#[derive(Debug, Serialize, ToSchema)]
pub struct CaseObservable {
    /// `ipv4`, `domain`, …
    #[serde(rename = "type")]
    pub kind: String,
    /// The canonical value.
    pub value: String,
    /// Why it is never looked up outside, if so.
    pub excluded: Option<String>,
    /// The strongest opinion; none while nobody has answered.
    pub verdict: Option<Opinion>,
    /// Each provider's answer in the latest run.
    pub answers: Vec<ProviderAnswer>,
}

/// A report that can be fetched.
#[derive(Debug, Serialize, ToSchema)]
pub struct ReportRef {
    /// `html`, `md` or `json`.
    pub format: String,
    /// The run that wrote it.
    pub run: String,
}

/// One case with everything that its page shows.
#[derive(Debug, Serialize, ToSchema)]
pub struct CaseDetail {
    /// As in the list.
    #[serde(flatten)]
    pub summary: CaseSummary,
    /// Which rule led to the verdict, in words.
    pub explanation: String,
    /// More about the closing.
    pub close_note: String,
    /// The identity by which the next alert finds this case.
    pub dedup_key: String,
    /// The case it was escalated from.
    pub parent: Option<String>,
    /// What it is about.
    pub observables: Vec<CaseObservable>,
    /// Tickets in other systems.
    pub tickets: Vec<TicketRef>,
    /// Runs, newest first.
    pub runs: Vec<RunSummary>,
    /// Reports, newest first.
    pub reports: Vec<ReportRef>,
}

/// One line of what happened.
#[derive(Debug, Serialize, ToSchema)]
pub struct TimelineLine {
    /// When.
    pub at: String,
    /// A stable word: `alert`, `verdict`, `ticket`, `closed`, …
    pub kind: String,
    /// Who.
    pub actor: String,
    /// One sentence.
    pub text: String,
    /// References.
    pub data: Value,
}

/// A page of the timeline.
#[derive(Debug, Serialize, ToSchema)]
pub struct Timeline {
    /// Newest first.
    pub items: Vec<TimelineLine>,
    /// For `after`, if there is more.
    pub next: Option<String>,
}

/// Which cases.
#[derive(Debug, Deserialize, IntoParams)]
pub struct CaseQuery {
    /// Comma-separated statuses.
    pub status: Option<String>,
    /// Comma-separated types.
    #[serde(rename = "type")]
    #[param(rename = "type")]
    pub kind: Option<String>,
    /// Comma-separated severities.
    pub severity: Option<String>,
    /// Comma-separated verdicts.
    pub verdict: Option<String>,
    /// An owner's name.
    pub owner: Option<String>,
    /// Words in number, title or observables; the last word may be unfinished.
    pub q: Option<String>,
    /// `next` of the page before.
    pub after: Option<String>,
    /// At most this many, up to 200.
    pub limit: Option<u32>,
}

/// A page within a list.
#[derive(Debug, Deserialize, IntoParams)]
pub struct PageQuery {
    /// `next` of the page before.
    pub after: Option<String>,
    /// At most this many, up to 200.
    pub limit: Option<u32>,
}

/// Which report.
#[derive(Debug, Deserialize, IntoParams)]
pub struct ReportQuery {
    /// `html` (the default), `md` or `json`.
    pub format: Option<String>,
    /// Of this run instead of the latest.
    pub run: Option<String>,
}

/// A comment.
#[derive(Debug, Deserialize, ToSchema)]
pub struct NewComment {
    /// Its text.
    pub text: String,
}

/// Why a case is closed.
#[derive(Debug, Deserialize, ToSchema)]
pub struct Closing {
    /// `clean`, `resolved`, `false_positive`, `duplicate`, `inconclusive`, …
    pub reason: String,
    /// More about it.
    #[serde(default)]
    pub note: String,
}

/// Why a case is opened again.
#[derive(Debug, Deserialize, ToSchema)]
pub struct Reopening {
    /// Why.
    #[serde(default)]
    pub note: String,
}

/// What to change; what is left out stays.
#[derive(Debug, Deserialize, ToSchema)]
pub struct CaseEdit {
    /// The title.
    pub title: Option<String>,
    /// The severity.
    pub severity: Option<String>,
    /// The owner's name; an empty one takes the owner away.
    pub owner: Option<String>,
}
