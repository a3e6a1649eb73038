//! Cases: the list, one case, its timeline and report, and what people do to it.

use std::collections::BTreeMap;

use axum::{
    Json,
    extract::{Path, Query, State},
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use updraft_app::store::{CaseFilter, CaseSummary as Row, Page};
use updraft_app::{App, cases::CaseView};
use updraft_model::{
    Answer as Said, Case, CaseStatus, CloseReason, Observable, Ticket, TimelineEntry, VerdictLevel,
};
use utoipa::{IntoParams, ToSchema};

use super::{bad, id, limit, runs::RunSummary, severity};
use crate::{
    auth::{CaseReader, CaseWriter},
    error::{Answer, Problem},
};

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
    /// Oldest first.
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

/// Cases, newest change first.
#[utoipa::path(
    get, path = "/api/v1/cases", tag = "cases", params(CaseQuery),
    responses((status = 200, body = CaseList), (status = 400, body = Problem)), security(("session" = []))
)]
pub async fn list(
    State(app): State<App>,
    caller: CaseReader,
    Query(query): Query<CaseQuery>,
) -> Answer<Json<CaseList>> {
    let (filter, page) = filter_of(query)?;
    let found = app.case_list(&caller.granted, filter, page).await?;
    let items = found.items.iter().map(summary_of_row).collect();
    Ok(Json(CaseList {
        items,
        next: found.next.map(|cursor| cursor.to_string()),
    }))
}

/// How many cases there are, by each filter.
#[utoipa::path(
    get, path = "/api/v1/cases/counts", tag = "cases",
    responses((status = 200, body = CaseCounts)), security(("session" = []))
)]
pub async fn counts(State(app): State<App>, caller: CaseReader) -> Answer<Json<CaseCounts>> {
    let counts = app.case_counts(&caller.granted).await?;
    Ok(Json(CaseCounts {
        total: counts.total,
        by_status: owned(counts.by_status),
        by_type: counts.by_type,
        by_severity: owned(counts.by_severity),
        by_verdict: owned(counts.by_verdict),
    }))
}

/// One case, by its id or number.
#[utoipa::path(
    get, path = "/api/v1/cases/{id}", tag = "cases", params(("id" = String, Path)),
    responses((status = 200, body = CaseDetail), (status = 404, body = Problem)), security(("session" = []))
)]
pub async fn show(
    State(app): State<App>,
    caller: CaseReader,
    Path(id): Path<String>,
) -> Answer<Json<CaseDetail>> {
    Ok(Json(detail_of(app.case_view(&caller.granted, &id).await?)))
}

/// What happened to a case, oldest first.
#[utoipa::path(
    get, path = "/api/v1/cases/{id}/timeline", tag = "cases", params(("id" = String, Path), PageQuery),
    responses((status = 200, body = Timeline), (status = 404, body = Problem)), security(("session" = []))
)]
pub async fn timeline(
    State(app): State<App>,
    caller: CaseReader,
    Path(id): Path<String>,
    Query(query): Query<PageQuery>,
) -> Answer<Json<Timeline>> {
    let page = page_of(query.after, query.limit)?;
    let found = app.case_timeline(&caller.granted, &id, page).await?;
    let items = found.items.iter().map(|row| line_of(&row.entry)).collect();
    Ok(Json(Timeline {
        items,
        next: found.next.map(|cursor| cursor.to_string()),
    }))
}

/// The summary report as a document.
#[utoipa::path(
    get, path = "/api/v1/cases/{id}/report", tag = "cases", params(("id" = String, Path), ReportQuery),
    responses((status = 200, description = "The document", body = String, content_type = "text/html"),
              (status = 404, body = Problem)), security(("session" = []))
)]
pub async fn report(
    State(app): State<App>,
    caller: CaseReader,
    Path(case): Path<String>,
    Query(query): Query<ReportQuery>,
) -> Answer<Response> {
    let run = query.run.as_deref().map(|run| id(run, "run")).transpose()?;
    let format = query.format.as_deref().unwrap_or("html");
    let document = app.case_report(&caller.granted, &case, format, run).await?;
    let mut response = document.bytes.into_response();
    let headers = response.headers_mut();
    headers.insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static(document.content_type),
    );
    if let Ok(name) = HeaderValue::from_str(&format!("inline; filename=\"{}\"", document.name)) {
        headers.insert(header::CONTENT_DISPOSITION, name);
    }
    // A report shows what strangers sent: nothing in it may run or load.
    headers.insert(
        header::CONTENT_SECURITY_POLICY,
        HeaderValue::from_static(
            "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'self'; sandbox",
        ),
    );
    Ok(response)
}

/// Add a comment.
#[utoipa::path(
    post, path = "/api/v1/cases/{id}/comments", tag = "cases", params(("id" = String, Path)),
    request_body = NewComment, responses((status = 204), (status = 404, body = Problem)), security(("session" = []))
)]
pub async fn comment(
    State(app): State<App>,
    caller: CaseWriter,
    Path(id): Path<String>,
    Json(comment): Json<NewComment>,
) -> Answer<StatusCode> {
    app.comment(&caller.granted, &id, &comment.text).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Run the case's playbook again.
#[utoipa::path(
    post, path = "/api/v1/cases/{id}/rerun", tag = "cases", params(("id" = String, Path)),
    responses((status = 202, body = RunSummary), (status = 404, body = Problem)), security(("session" = []))
)]
pub async fn rerun(
    State(app): State<App>,
    caller: CaseWriter,
    Path(id): Path<String>,
) -> Answer<(StatusCode, Json<RunSummary>)> {
    let run = app.rerun_case(&caller.granted, &id).await?;
    Ok((StatusCode::ACCEPTED, Json(RunSummary::of(&run))))
}

/// Close a case.
#[utoipa::path(
    post, path = "/api/v1/cases/{id}/close", tag = "cases", params(("id" = String, Path)),
    request_body = Closing, responses((status = 200, body = CaseDetail), (status = 400, body = Problem)),
    security(("session" = []))
)]
pub async fn close(
    State(app): State<App>,
    caller: CaseWriter,
    Path(id): Path<String>,
    Json(closing): Json<Closing>,
) -> Answer<Json<CaseDetail>> {
    let reason = CloseReason::from_word(&closing.reason).ok_or_else(|| {
        let words: Vec<&str> = (0..8).map(|n| CloseReason::from_u8(n).as_str()).collect();
        bad(
            "close.reason",
            format!("`{}` is no reason", closing.reason),
            &words.join(", "),
        )
    })?;
    app.close_case(&caller.granted, &id, reason, &closing.note)
        .await?;
    Ok(Json(detail_of(app.case_view(&caller.granted, &id).await?)))
}

/// Open a closed case again.
#[utoipa::path(
    post, path = "/api/v1/cases/{id}/reopen", tag = "cases", params(("id" = String, Path)),
    request_body = Reopening, responses((status = 200, body = CaseDetail), (status = 400, body = Problem)),
    security(("session" = []))
)]
pub async fn reopen(
    State(app): State<App>,
    caller: CaseWriter,
    Path(id): Path<String>,
    Json(reopening): Json<Reopening>,
) -> Answer<Json<CaseDetail>> {
    app.reopen_case(&caller.granted, &id, &reopening.note)
        .await?;
    Ok(Json(detail_of(app.case_view(&caller.granted, &id).await?)))
}

/// Change title, severity or owner.
#[utoipa::path(
    patch, path = "/api/v1/cases/{id}", tag = "cases", params(("id" = String, Path)),
    request_body = CaseEdit, responses((status = 200, body = CaseDetail), (status = 400, body = Problem)),
    security(("session" = []))
)]
pub async fn edit(
    State(app): State<App>,
    caller: CaseWriter,
    Path(id): Path<String>,
    Json(change): Json<CaseEdit>,
) -> Answer<Json<CaseDetail>> {
    let level = change.severity.as_deref().map(severity).transpose()?;
    let owner = change
        .owner
        .map(|owner| (!owner.is_empty()).then_some(owner));
    app.edit_case(&caller.granted, &id, change.title, level, owner)
        .await?;
    Ok(Json(detail_of(app.case_view(&caller.granted, &id).await?)))
}

fn owned(counts: BTreeMap<&'static str, u64>) -> BTreeMap<String, u64> {
    counts
        .into_iter()
        .map(|(word, count)| (word.to_owned(), count))
        .collect()
}

fn words(list: Option<&str>) -> impl Iterator<Item = &str> {
    list.into_iter()
        .flat_map(|list| list.split(','))
        .map(str::trim)
        .filter(|word| !word.is_empty())
}

pub(crate) fn page_of(after: Option<String>, asked: Option<u32>) -> Answer<Page> {
    let after = after.map(|text| text.parse()).transpose().map_err(|_| {
        bad(
            "page.after",
            "`after` is no place in this list",
            "use `next` of the page before",
        )
    })?;
    Ok(Page {
        after,
        limit: limit(asked),
    })
}

fn filter_of(query: CaseQuery) -> Answer<(CaseFilter, Page)> {
    let mut filter = CaseFilter {
        text: query.q.unwrap_or_default(),
        ..CaseFilter::default()
    };
    for word in words(query.status.as_deref()) {
        let status = CaseStatus::ALL
            .into_iter()
            .find(|status| status.as_str() == word);
        filter.status.push(status.ok_or_else(|| {
            bad(
                "status",
                format!("`{word}` is no status"),
                "new, in_progress, waiting, closed",
            )
        })?);
    }
    for word in words(query.severity.as_deref()) {
        filter.severity.push(severity(word)?);
    }
    for word in words(query.verdict.as_deref()) {
        let level = (0..4)
            .map(VerdictLevel::from_u8)
            .find(|level| level.as_str() == word);
        filter.verdict.push(level.ok_or_else(|| {
            bad(
                "verdict",
                format!("`{word}` is no verdict"),
                "unknown, benign, suspicious, malicious",
            )
        })?);
    }
    filter.kind = words(query.kind.as_deref())
        .map(|word| updraft_model::CaseType(word.to_owned()))
        .collect();
    filter.owner = query.owner.filter(|owner| !owner.is_empty());
    Ok((filter, page_of(query.after, query.limit)?))
}

fn ticket_of(ticket: &Ticket) -> TicketRef {
    TicketRef {
        id: ticket.external_id.clone(),
        url: ticket.url.clone(),
        connection: ticket.connection.clone(),
        purpose: ticket.purpose.clone(),
    }
}

fn observable_ref(observable: &Observable) -> ObservableRef {
    ObservableRef {
        kind: observable.kind.to_string(),
        value: observable.value.clone(),
    }
}

fn summary_of_row(row: &Row) -> CaseSummary {
    CaseSummary {
        id: row.id.to_string(),
        number: row.number,
        kind: row.kind.0.clone(),
        title: row.title.clone(),
        severity: row.severity.to_string(),
        status: row.status.as_str().to_owned(),
        verdict: row.verdict.to_string(),
        score: row.score,
        occurrences: row.occurrences,
        owner: row.owner.clone(),
        opened_at: row.opened_at.to_string(),
        updated_at: row.updated_at.to_string(),
        closed_at: row.closed_at.map(|at| at.to_string()),
        close_reason: row.close_reason.map(|reason| reason.as_str().to_owned()),
        observables_count: row.observable_count,
        first_observable: row.observables.first().map(observable_ref),
    }
}

fn summary_of(case: &Case) -> CaseSummary {
    CaseSummary {
        id: case.id.to_string(),
        number: case.number,
        kind: case.kind.0.clone(),
        title: case.title.clone(),
        severity: case.severity.to_string(),
        status: case.status.as_str().to_owned(),
        verdict: case.verdict.to_string(),
        score: case.score,
        occurrences: case.occurrences,
        owner: case.owner.clone(),
        opened_at: case.opened_at.to_string(),
        updated_at: case.updated_at.to_string(),
        closed_at: case.closed_at.map(|at| at.to_string()),
        close_reason: case.close_reason.map(|reason| reason.as_str().to_owned()),
        observables_count: case.observables.len() as u64,
        first_observable: case.observables.first().map(observable_ref),
    }
}

fn opinion_of(answer: &Said) -> Option<Opinion> {
    answer.verdict.as_ref().map(|verdict| Opinion {
        level: verdict.level.to_string(),
        score: verdict.score,
        explanation: verdict.explanation.clone(),
        reliability: Some(format!("{:?}", verdict.reliability)),
    })
}

fn provider_answer(answer: &Said) -> ProviderAnswer {
    let outcome = serde_json::to_value(answer.outcome).ok();
    ProviderAnswer {
        provider: answer.provider.clone(),
        connection: answer.connection.clone(),
        action: answer.action.clone(),
        outcome: outcome
            .and_then(|word| word.as_str().map(str::to_owned))
            .unwrap_or_default(),
        reason: answer.reason.clone(),
        verdict: opinion_of(answer),
        output: answer.output.clone(),
        latency_ms: answer.latency_ms,
        cached: answer.cached,
        link: answer.link.clone(),
        at: answer.at.to_string(),
    }
}

fn observable_of(observable: &Observable, answers: &[Said]) -> CaseObservable {
    let about: Vec<&Said> = answers
        .iter()
        .filter(|answer| {
            answer.observable.kind == observable.kind && answer.observable.value == observable.value
        })
        .collect();
    let strongest = about
        .iter()
        .filter(|answer| answer.verdict.is_some())
        .max_by_key(|answer| {
            answer
                .verdict
                .as_ref()
                .map(|verdict| (verdict.level, verdict.score))
        });
    CaseObservable {
        kind: observable.kind.to_string(),
        value: observable.value.clone(),
        excluded: observable.excluded.clone(),
        verdict: strongest.and_then(|answer| opinion_of(answer)),
        answers: about.into_iter().map(provider_answer).collect(),
    }
}

fn detail_of(view: CaseView) -> CaseDetail {
    let CaseView {
        case,
        answers,
        tickets,
        runs,
        reports,
    } = view;
    CaseDetail {
        explanation: case.explanation.clone(),
        close_note: case.close_note.clone(),
        dedup_key: case.dedup_key.clone(),
        parent: case.parent.map(|parent| parent.to_string()),
        observables: case
            .observables
            .iter()
            .map(|observable| observable_of(observable, &answers))
            .collect(),
        tickets: tickets.iter().map(ticket_of).collect(),
        runs: runs.iter().map(RunSummary::of).collect(),
        reports: reports
            .iter()
            .map(|row| ReportRef {
                format: row.format.clone(),
                run: row.run.to_string(),
            })
            .collect(),
        summary: summary_of(&case),
    }
}

fn line_of(entry: &TimelineEntry) -> TimelineLine {
    TimelineLine {
        at: entry.at.to_string(),
        kind: entry.kind.clone(),
        actor: entry.actor.label(),
        text: entry.text.clone(),
        data: entry.data.clone(),
    }
}
