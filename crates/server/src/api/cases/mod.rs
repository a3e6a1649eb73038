//! Cases: the list, one case, its timeline and report, and what people do to it. `shapes` is how they look on
//! the wire, `fill` puts the application's answers into those shapes.

mod fill;
mod shapes;

use std::collections::BTreeMap;

use axum::{
    Json,
    extract::{Path, Query, State},
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use updraft_app::{
    App,
    store::{CaseFilter, Page},
};
use updraft_model::{CaseStatus, CloseReason, VerdictLevel};

use fill::{detail_of, line_of, summary_of_row};
pub use shapes::*;

use super::{bad, id, limit, runs::RunSummary, severity};
use crate::{
    auth::{CaseReader, CaseWriter},
    error::{Answer, Problem},
};

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
    let cases = found.items.iter().map(|row| row.id).collect();
    let tickets = app.tickets_of_cases(&caller.granted, cases).await?;
    let rows = found.items.iter();
    let items = rows
        .map(|row| summary_of_row(row, tickets.get(&row.id)))
        .collect();
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

/// What happened to a case, newest first.
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
    let numbers = app.case_numbers(&caller.granted, vec![run.case]).await?;
    let number = numbers.get(&run.case).copied();
    Ok((StatusCode::ACCEPTED, Json(RunSummary::of(&run, number))))
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
