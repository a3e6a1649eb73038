//! The summary report of one run: the same bytes whenever it is made again.
//!
//! [`Report`] is plain data, put together from the case, the run and the answers; [`html`], [`markdown`] and
//! [`json`] only lay it out. The moment it carries is the run's own, never the clock's. A report knows no
//! secrets: requests and connection settings are not part of its data.

mod escape;
mod html;
mod markdown;

use serde::{Deserialize, Serialize};
use updraft_intel::Merged;
use updraft_model::{
    Answer, AnswerOutcome, BlobHash, Case, CaseId, Observable, Run, RunId, Severity, Ticket,
    TimelineEntry, Timestamp, VerdictLevel,
};

pub use html::html;
pub use markdown::markdown;

/// Most observables that are laid out; the rest is counted.
pub const OBSERVABLES_MAX: usize = 200;
/// Most timeline entries that are laid out.
pub const TIMELINE_MAX: usize = 200;

/// Everything that a report says.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Report {
    /// The case's title.
    pub title: String,
    /// The number that people say aloud.
    pub case_number: u64,
    /// The case.
    pub case: CaseId,
    /// Its type.
    pub case_type: String,
    /// Where a person opens it; may be empty.
    pub url: String,
    /// How bad it may be.
    pub severity: Severity,
    /// How many alerts it stands for.
    pub occurrences: u64,
    /// When it was first opened.
    pub opened_at: Timestamp,
    /// The merged level.
    pub level: VerdictLevel,
    /// The merged score.
    pub score: u8,
    /// Why, in words.
    pub explanation: String,
    /// How many look-ups ended how.
    pub counts: Counts,
    /// What was asked about, worst first.
    pub observables: Vec<Section>,
    /// What was found in the alert and not asked about, with the list that says so.
    pub excluded: Vec<Observable>,
    /// Tickets in outside systems.
    pub tickets: Vec<Ticket>,
    /// What happened, oldest first.
    pub timeline: Vec<TimelineEntry>,
    /// The run that this is about.
    pub run: RunId,
    /// The playbook.
    pub playbook: String,
    /// Its pinned version.
    pub playbook_version: BlobHash,
    /// The moment in the run at which the report was asked for.
    pub at: Timestamp,
}

/// How many look-ups ended how.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    /// With an opinion or at least a record.
    pub answered: usize,
    /// The provider does not know the value.
    pub not_found: usize,
    /// Asked in vain.
    pub failed: usize,
    /// Not asked.
    pub skipped: usize,
}

/// One observable and what everybody said about it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Section {
    /// The value.
    pub observable: Observable,
    /// Its merged level.
    pub level: VerdictLevel,
    /// Its merged score.
    pub score: u8,
    /// Why, in words.
    pub explanation: String,
    /// One row for each connection, in the order of provider, connection and action.
    pub rows: Vec<Row>,
}

/// What one connection said about one observable.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Row {
    /// The connector's id.
    pub provider: String,
    /// The connection's name.
    pub connection: String,
    /// The action.
    pub action: String,
    /// How it ended.
    pub outcome: AnswerOutcome,
    /// Its opinion's level, if it has one.
    pub level: Option<VerdictLevel>,
    /// Its opinion's score, if it has one.
    pub score: Option<u8>,
    /// The rule that fired, or why there is no answer.
    pub reason: String,
    /// Milliseconds from call to answer.
    pub latency_ms: u64,
    /// True when a recent answer was used again.
    pub cached: bool,
    /// Where a person can read on; only http and https.
    pub link: Option<String>,
}

impl Report {
    /// Puts a report together. `at` is the moment in the run's log, `url` the case's page.
    pub fn of(
        case: &Case,
        run: &Run,
        answers: &[Answer],
        merged: &Merged,
        url: &str,
        at: Timestamp,
    ) -> Self {
        Self {
            title: case.title.clone(),
            case_number: case.number,
            case: case.id,
            case_type: case.kind.as_str().to_owned(),
            url: url.to_owned(),
            severity: case.severity,
            occurrences: case.occurrences,
            opened_at: case.opened_at,
            level: merged.level,
            score: merged.score,
            explanation: merged.explanation.clone(),
            counts: Counts {
                answered: merged.answered,
                not_found: merged.not_found,
                failed: merged.failed,
                skipped: merged.skipped,
            },
            observables: sections(case, answers, merged),
            excluded: case
                .observables
                .iter()
                .filter(|o| o.excluded.is_some())
                .cloned()
                .collect(),
            tickets: Vec::new(),
            timeline: Vec::new(),
            run: run.id,
            playbook: run.playbook.clone(),
            playbook_version: run.playbook_version,
            at,
        }
    }

    /// Adds the tickets, in the order of their purpose.
    #[must_use]
    pub fn with_tickets(mut self, tickets: &[Ticket]) -> Self {
        self.tickets = tickets.to_vec();
        self.tickets
            .sort_by(|a, b| (&a.purpose, &a.connection).cmp(&(&b.purpose, &b.connection)));
        self
    }

    /// Adds what happened up to the report's moment, oldest first.
    #[must_use]
    pub fn with_timeline(mut self, timeline: &[TimelineEntry]) -> Self {
        let until = timeline.iter().filter(|entry| entry.at <= self.at);
        self.timeline = until.cloned().collect();
        self.timeline.sort_by_key(|entry| entry.at);
        self
    }
}

/// The data as JSON, indented.
pub fn json(report: &Report) -> String {
    let mut text = serde_json::to_string_pretty(report).unwrap_or_default();
    text.push('\n');
    text
}

fn sections(case: &Case, answers: &[Answer], merged: &Merged) -> Vec<Section> {
    let mut asked: Vec<&Observable> = answers.iter().map(|answer| &answer.observable).collect();
    asked.extend(
        case.observables
            .iter()
            .filter(|observable| observable.excluded.is_none()),
    );
    asked.sort_by(|a, b| (&a.kind, &a.value).cmp(&(&b.kind, &b.value)));
    asked.dedup_by(|a, b| a.kind == b.kind && a.value == b.value);
    let mut sections: Vec<Section> = asked
        .into_iter()
        .map(|observable| {
            let is_it = |other: &Observable| {
                other.kind == observable.kind && other.value == observable.value
            };
            let verdict = merged
                .by_observable
                .iter()
                .find(|found| is_it(&found.observable));
            let mut rows: Vec<Row> = answers
                .iter()
                .filter(|answer| is_it(&answer.observable))
                .map(Row::of)
                .collect();
            rows.sort_by(|a, b| {
                (&a.provider, &a.connection, &a.action).cmp(&(
                    &b.provider,
                    &b.connection,
                    &b.action,
                ))
            });
            Section {
                observable: observable.clone(),
                level: verdict.map_or(VerdictLevel::Unknown, |verdict| verdict.level),
                score: verdict.map_or(0, |verdict| verdict.score),
                explanation: verdict.map_or_else(
                    || "Nobody was asked about it.".to_owned(),
                    |verdict| verdict.explanation.clone(),
                ),
                rows,
            }
        })
        .collect();
    sections.sort_by_key(|section| std::cmp::Reverse((section.level, section.score)));
    sections
}

impl Row {
    fn of(answer: &Answer) -> Self {
        let verdict = answer.verdict.as_ref();
        Self {
            provider: answer.provider.clone(),
            connection: answer.connection.clone(),
            action: answer.action.clone(),
            outcome: answer.outcome,
            level: verdict.map(|verdict| verdict.level),
            score: verdict.map(|verdict| verdict.score),
            reason: match verdict {
                Some(verdict) if answer.reason.is_empty() => verdict.explanation.clone(),
                _ => answer.reason.clone(),
            },
            latency_ms: answer.latency_ms,
            cached: answer.cached,
            link: answer.link.clone().filter(|link| escape::is_web_link(link)),
        }
    }
}

/// "3 of 6 look-ups answered, 1 does not know it, 1 failed, 1 was skipped."
fn counted(counts: &Counts) -> String {
    let all = counts.answered + counts.not_found + counts.failed + counts.skipped;
    if all == 0 {
        return "Nobody was asked.".to_owned();
    }
    let mut text = format!("{} of {all} look-ups answered", counts.answered);
    for (count, words) in [
        (counts.not_found, "did not know the value"),
        (counts.failed, "failed"),
        (counts.skipped, "were skipped"),
    ] {
        if count > 0 {
            text.push_str(&format!(", {count} {words}"));
        }
    }
    text.push('.');
    text
}

fn outcome_word(outcome: AnswerOutcome) -> &'static str {
    match outcome {
        AnswerOutcome::Answered => "answered",
        AnswerOutcome::NotFound => "not known",
        AnswerOutcome::Failed => "failed",
        AnswerOutcome::Skipped => "skipped",
    }
}

/// `412 ms`, `reused` for an answer that was used again, nothing for what was not asked.
fn time_word(row: &Row) -> String {
    match row.outcome {
        AnswerOutcome::Skipped => String::new(),
        _ if row.cached => "reused".to_owned(),
        _ => format!("{} ms", row.latency_ms),
    }
}

/// The first hexadecimal digits of a version, enough to tell versions apart.
fn short(version: &BlobHash) -> String {
    version.to_string().chars().take(12).collect()
}
