//! The report as one HTML page: no scripts, nothing loaded from anywhere, readable in light and dark.

use std::fmt::Write;

use super::escape::html as text;
use super::{
    OBSERVABLES_MAX, Report, Section, TIMELINE_MAX, counted, outcome_word, short, time_word,
};

const STYLE: &str = "\
:root{color-scheme:light dark;--bg:#fff;--ink:#1b1f24;--soft:#57606a;--line:#d8dee4;--card:#f6f8fa;\
--malicious:#b42318;--suspicious:#9a5b00;--benign:#1a7f37;--unknown:#57606a}\
@media(prefers-color-scheme:dark){:root{--bg:#0f1419;--ink:#e6edf3;--soft:#9aa4af;--line:#30363d;--card:#161b22;\
--malicious:#ff7b72;--suspicious:#e3b341;--benign:#56d364;--unknown:#9aa4af}}\
body{margin:0;background:var(--bg);color:var(--ink);font:15px/1.5 system-ui,sans-serif}\
main{max-width:960px;margin:0 auto;padding:24px;overflow-wrap:anywhere}\
h1{font-size:22px;margin:0 0 12px}h2{font-size:17px;margin:32px 0 8px}\
.verdict{border:1px solid var(--line);border-left:6px solid var(--c);background:var(--card);padding:12px 16px;border-radius:6px}\
.verdict strong,.level{color:var(--c);font-weight:600}\
.malicious{--c:var(--malicious)}.suspicious{--c:var(--suspicious)}.benign{--c:var(--benign)}.unknown{--c:var(--unknown)}\
dl{display:grid;grid-template-columns:max-content 1fr;gap:4px 16px;margin:16px 0}dt{color:var(--soft)}dd{margin:0}\
table{border-collapse:collapse;width:100%;margin:8px 0}\
th,td{text-align:left;vertical-align:top;padding:6px 8px;border-bottom:1px solid var(--line);overflow-wrap:break-word}\
th{color:var(--soft);font-weight:600;white-space:nowrap}td.time{white-space:nowrap}\
td.text{overflow-wrap:anywhere;width:50%;min-width:12em}\
@media(max-width:640px){table{display:block;overflow-x:auto}}\
code{font:13px ui-monospace,monospace;overflow-wrap:anywhere}a{color:inherit}\
footer{margin-top:32px;border-top:1px solid var(--line);padding-top:12px;color:var(--soft);font-size:13px}";

/// Lays the report out as a page that stands alone.
pub fn html(report: &Report) -> String {
    let mut out = String::new();
    // Writing to a String cannot fail.
    let _ = write(&mut out, report);
    out
}

fn write(out: &mut String, report: &Report) -> std::fmt::Result {
    let title = text(&report.title);
    let level = report.level.as_str();
    writeln!(
        out,
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">"
    )?;
    writeln!(
        out,
        "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">"
    )?;
    writeln!(
        out,
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">"
    )?;
    writeln!(out, "<meta name=\"referrer\" content=\"no-referrer\">")?;
    writeln!(
        out,
        "<title>Case #{}: {title}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n<main>",
        report.case_number
    )?;
    writeln!(out, "<h1>{title}</h1>")?;
    writeln!(
        out,
        "<div class=\"verdict {level}\"><strong>Verdict: {level}</strong>, score {} of 100.<br>{}<br>{}</div>",
        report.score,
        text(&report.explanation),
        counted(&report.counts)
    )?;
    facts(out, report)?;
    for section in report.observables.iter().take(OBSERVABLES_MAX) {
        observable(out, section)?;
    }
    if report.observables.len() > OBSERVABLES_MAX {
        writeln!(
            out,
            "<p>{} more observables are in the JSON report.</p>",
            report.observables.len() - OBSERVABLES_MAX
        )?;
    }
    if !report.excluded.is_empty() {
        writeln!(
            out,
            "<h2>Not asked about</h2>\n<table>\n<tr><th>Type</th><th>Value</th><th>On the list</th></tr>"
        )?;
        for observable in report.excluded.iter().take(OBSERVABLES_MAX) {
            let list = observable.excluded.as_deref().unwrap_or_default();
            writeln!(
                out,
                "<tr><td>{}</td><td><code>{}</code></td><td>{}</td></tr>",
                text(observable.kind.as_str()),
                text(&observable.value),
                text(list)
            )?;
        }
        writeln!(out, "</table>")?;
    }
    if !report.timeline.is_empty() {
        writeln!(
            out,
            "<h2>Timeline</h2>\n<table>\n<tr><th>When</th><th>Who</th><th>What</th></tr>"
        )?;
        for entry in report.timeline.iter().take(TIMELINE_MAX) {
            writeln!(
                out,
                "<tr><td class=\"time\">{}</td><td>{}</td><td class=\"text\">{}</td></tr>",
                entry.at,
                text(&entry.actor.label()),
                text(&entry.text)
            )?;
        }
        writeln!(out, "</table>")?;
    }
    writeln!(
        out,
        "<footer>Run <code>{}</code> of playbook {}, version <code>{}</code>, at {}.</footer>\n</main>\n</body>\n</html>",
        report.run,
        text(&report.playbook),
        short(&report.playbook_version),
        report.at
    )
}

fn facts(out: &mut String, report: &Report) -> std::fmt::Result {
    let number = format!("#{}", report.case_number);
    let case = match super::escape::is_web_link(&report.url) {
        true => format!("<a href=\"{}\">{number}</a>", text(&report.url)),
        false => number,
    };
    writeln!(
        out,
        "<dl>\n<dt>Case</dt><dd>{case} ({})</dd>",
        text(&report.case_type)
    )?;
    writeln!(out, "<dt>Severity</dt><dd>{}</dd>", report.severity)?;
    writeln!(out, "<dt>Opened</dt><dd>{}</dd>", report.opened_at)?;
    writeln!(out, "<dt>Occurrences</dt><dd>{}</dd>", report.occurrences)?;
    for ticket in &report.tickets {
        let id = text(&ticket.external_id);
        let shown = match super::escape::is_web_link(&ticket.url) {
            true => format!(
                "<a href=\"{}\" rel=\"noreferrer\">{id}</a>",
                text(&ticket.url)
            ),
            false => id,
        };
        writeln!(
            out,
            "<dt>Ticket</dt><dd>{shown} in {}</dd>",
            text(&ticket.connection)
        )?;
    }
    writeln!(out, "</dl>")
}

fn observable(out: &mut String, section: &Section) -> std::fmt::Result {
    let value = &section.observable;
    let level = section.level.as_str();
    writeln!(
        out,
        "<h2>{} <code>{}</code></h2>",
        text(value.kind.as_str()),
        text(&value.value)
    )?;
    writeln!(
        out,
        "<p class=\"{level}\"><span class=\"level\">{level}</span>, score {}. {}</p>",
        section.score,
        text(&section.explanation)
    )?;
    if section.rows.is_empty() {
        return Ok(());
    }
    writeln!(
        out,
        "<table>\n<tr><th>Source</th><th>Outcome</th><th>Verdict</th><th>Why</th><th>Time</th></tr>"
    )?;
    for row in &section.rows {
        let name = text(&row.connection);
        let name = match &row.link {
            Some(link) => format!("<a href=\"{}\" rel=\"noreferrer\">{name}</a>", text(link)),
            None => name,
        };
        let verdict = match (row.level, row.score) {
            (Some(level), Some(score)) => {
                format!(
                    "<span class=\"{level}\"><span class=\"level\">{level}</span></span> ({score})"
                )
            }
            _ => String::new(),
        };
        let outcome = outcome_word(row.outcome);
        let (why, time) = (text(&row.reason), time_word(row));
        writeln!(
            out,
            "<tr><td>{name}</td><td>{outcome}</td><td>{verdict}</td><td class=\"text\">{why}</td><td class=\"time\">{time}</td></tr>"
        )?;
    }
    writeln!(out, "</table>")
}
