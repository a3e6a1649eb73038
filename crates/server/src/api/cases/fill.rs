//! From the application's answers to the shapes on the wire.

use updraft_app::{cases::CaseView, store::CaseSummary as Row};
use updraft_model::{Answer as Said, Case, Observable, Ticket, TimelineEntry};

use super::shapes::{
    CaseDetail, CaseObservable, CaseSummary, ObservableRef, Opinion, ProviderAnswer, ReportRef,
    TicketRef, TimelineLine,
};
use crate::api::runs::RunSummary;

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

pub(super) fn summary_of_row(row: &Row, ticket: Option<&Ticket>) -> CaseSummary {
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
        ticket: ticket.map(ticket_of),
    }
}

fn summary_of(case: &Case, ticket: Option<&Ticket>) -> CaseSummary {
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
        ticket: ticket.map(ticket_of),
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

pub(super) fn detail_of(view: CaseView) -> CaseDetail {
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
        runs: runs
            .iter()
            .map(|run| RunSummary::of(run, Some(case.number)))
            .collect(),
        reports: reports
            .iter()
            .map(|row| ReportRef {
                format: row.format.clone(),
                run: row.run.to_string(),
            })
            .collect(),
        summary: summary_of(&case, tickets.first()),
    }
}

pub(super) fn line_of(entry: &TimelineEntry) -> TimelineLine {
    TimelineLine {
        at: entry.at.to_string(),
        kind: entry.kind.clone(),
        actor: entry.actor.label(),
        text: entry.text.clone(),
        data: entry.data.clone(),
    }
}
