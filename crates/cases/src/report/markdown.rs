//! The report as Markdown, for tickets and mails.

use std::fmt::Write;

use super::escape::{code, markdown as text, target};
use super::{
    OBSERVABLES_MAX, Report, Section, TIMELINE_MAX, counted, outcome_word, short, time_word,
};

/// Lays the report out as Markdown.
pub fn markdown(report: &Report) -> String {
    let mut out = String::new();
    // Writing to a String cannot fail.
    let _ = write(&mut out, report);
    out
}

fn write(out: &mut String, report: &Report) -> std::fmt::Result {
    writeln!(
        out,
        "# {}: {}\n",
        title_case(report.level.as_str()),
        text(&report.title)
    )?;
    writeln!(
        out,
        "**Verdict: {}**, score {} of 100. {}\n",
        report.level,
        report.score,
        text(&report.explanation)
    )?;
    writeln!(out, "{}\n", counted(&report.counts))?;
    writeln!(out, "| | |\n|---|---|")?;
    match report.url.is_empty() {
        true => writeln!(
            out,
            "| Case | #{} ({}) |",
            report.case_number,
            text(&report.case_type)
        )?,
        false => writeln!(
            out,
            "| Case | [#{}]({}) ({}) |",
            report.case_number,
            target(&report.url),
            text(&report.case_type)
        )?,
    }
    writeln!(out, "| Severity | {} |", report.severity)?;
    writeln!(out, "| Opened | {} |", report.opened_at)?;
    writeln!(out, "| Occurrences | {} |", report.occurrences)?;
    for ticket in &report.tickets {
        writeln!(
            out,
            "| Ticket | [{}]({}) in {} |",
            text(&ticket.external_id),
            target(&ticket.url),
            text(&ticket.connection)
        )?;
    }
    for section in report.observables.iter().take(OBSERVABLES_MAX) {
        observable(out, section)?;
    }
    if report.observables.len() > OBSERVABLES_MAX {
        writeln!(
            out,
            "\n{} more observables are in the JSON report.",
            report.observables.len() - OBSERVABLES_MAX
        )?;
    }
    if !report.excluded.is_empty() {
        writeln!(out, "\n## Not asked about\n")?;
        for observable in report.excluded.iter().take(OBSERVABLES_MAX) {
            let list = observable.excluded.as_deref().unwrap_or_default();
            writeln!(
                out,
                "- {} {}: on the list {}",
                observable.kind,
                code(&observable.value),
                text(list)
            )?;
        }
    }
    if !report.timeline.is_empty() {
        writeln!(out, "\n## Timeline\n")?;
        for entry in report.timeline.iter().take(TIMELINE_MAX) {
            writeln!(
                out,
                "- {} {}: {}",
                entry.at,
                text(&entry.actor.label()),
                text(&entry.text)
            )?;
        }
    }
    writeln!(
        out,
        "\n---\nRun {} of playbook {}, version {}, at {}.",
        report.run,
        text(&report.playbook),
        short(&report.playbook_version),
        report.at
    )
}

fn observable(out: &mut String, section: &Section) -> std::fmt::Result {
    let value = &section.observable;
    writeln!(
        out,
        "\n## {} {}\n",
        text(value.kind.as_str()),
        code(&value.value)
    )?;
    writeln!(
        out,
        "**{}**, score {}. {}",
        section.level,
        section.score,
        text(&section.explanation)
    )?;
    if section.rows.is_empty() {
        return Ok(());
    }
    writeln!(
        out,
        "\n| Source | Outcome | Verdict | Why | Time |\n|---|---|---|---|---|"
    )?;
    for row in &section.rows {
        let name = text(&row.connection);
        let name = match &row.link {
            Some(link) => format!("[{name}]({})", target(link)),
            None => name,
        };
        let verdict = match (row.level, row.score) {
            (Some(level), Some(score)) => format!("{level} ({score})"),
            _ => String::new(),
        };
        let (outcome, time) = (outcome_word(row.outcome), time_word(row));
        writeln!(
            out,
            "| {name} | {outcome} | {verdict} | {} | {time} |",
            text(&row.reason)
        )?;
    }
    Ok(())
}

fn title_case(word: &str) -> String {
    let mut chars = word.chars();
    chars.next().map_or_else(String::new, |first| {
        first.to_uppercase().chain(chars).collect()
    })
}
