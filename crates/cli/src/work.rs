//! Alerts, cases and runs from the command line.

use std::{io::Read, path::PathBuf, process::ExitCode};

use anyhow::Context;
use clap::{Args, Subcommand};
use serde_json::{Value, json};

use crate::{
    Server,
    output::{self, field},
    remote::Remote,
    trust,
};

/// The source of what is handed in here without naming one; made at its first use.
const COMMAND_LINE: &str = "command-line";

#[derive(Debug, Args)]
pub struct IngestArgs {
    /// The file; `-` is standard input.
    file: PathBuf,
    /// The source that takes it.
    #[arg(long, default_value = COMMAND_LINE)]
    source: String,
    /// What the bytes are; recognised by looking when not given.
    #[arg(long)]
    content_type: Option<String>,
    #[command(flatten)]
    server: Server,
}

#[derive(Debug, Subcommand)]
pub enum CaseCommand {
    /// Cases, newest change first.
    List {
        /// Comma-separated: new, in_progress, waiting, closed.
        #[arg(long)]
        status: Option<String>,
        /// Comma-separated: Enrichment, Investigation, …
        #[arg(long = "type")]
        kind: Option<String>,
        /// Comma-separated: unknown, benign, suspicious, malicious.
        #[arg(long)]
        verdict: Option<String>,
        /// Comma-separated: informational to critical.
        #[arg(long)]
        severity: Option<String>,
        /// Words in number, title or observables.
        #[arg(long)]
        search: Option<String>,
        /// At most this many, up to 200.
        #[arg(long, default_value_t = 50)]
        limit: u32,
        /// `next` of the page before.
        #[arg(long)]
        after: Option<String>,
        #[command(flatten)]
        server: Server,
    },
    /// One case.
    Show {
        /// Its number or id.
        case: String,
        #[command(flatten)]
        server: Server,
    },
    /// The summary report.
    Report {
        /// Its number or id.
        case: String,
        /// html, md or json.
        #[arg(long, default_value = "md")]
        format: String,
        #[command(flatten)]
        server: Server,
    },
    /// Run the playbook again.
    Rerun {
        /// Its number or id.
        case: String,
        #[command(flatten)]
        server: Server,
    },
}

#[derive(Debug, Subcommand)]
pub enum RunCommand {
    /// A run and its steps.
    Show {
        /// Its id.
        run: String,
        #[command(flatten)]
        server: Server,
    },
    #[command(flatten)]
    Steer(crate::steer::SteerCommand),
    /// Prove a run from its journal, without network.
    Replay {
        /// Its id.
        run: String,
        #[command(flatten)]
        server: Server,
    },
    #[command(flatten)]
    Trust(trust::RunTrustCommand),
}

pub async fn ingest(args: IngestArgs, json: bool) -> anyhow::Result<ExitCode> {
    let mut bytes = Vec::new();
    if args.file.as_os_str() == "-" {
        std::io::stdin().read_to_end(&mut bytes)?;
    } else {
        bytes = std::fs::read(&args.file)
            .with_context(|| format!("{} cannot be read", args.file.display()))?;
    }
    let guessed = match args
        .file
        .extension()
        .and_then(|extension| extension.to_str())
    {
        Some("eml") => "message/rfc822",
        Some("json") => "application/json",
        Some("ndjson" | "jsonl") => "application/x-ndjson",
        _ => "",
    };
    let content_type = args.content_type.as_deref().unwrap_or(guessed);
    let remote = Remote::find(&args.server)?;
    if args.source == COMMAND_LINE && !has_source(&remote).await? {
        let body = json!({ "name": COMMAND_LINE });
        remote.change("POST", "/api/v1/sources", &body).await?;
    }
    let path = format!("/api/v1/sources/{}/alerts", segment(&args.source));
    let receipt = remote.hand_in(&path, content_type, bytes).await?;
    if json {
        output::json(&receipt)?;
    } else {
        for alert in receipt["alerts"].as_array().into_iter().flatten() {
            output::line(field(alert, "id"))?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// True when there is a source for what the command line hands in, or when the token may not look.
async fn has_source(remote: &Remote) -> anyhow::Result<bool> {
    let Ok(sources) = remote.get("/api/v1/sources").await else {
        return Ok(true);
    };
    let mut names = sources
        .as_array()
        .into_iter()
        .flatten()
        .map(|source| field(source, "name"));
    Ok(names.any(|name| name == COMMAND_LINE))
}

pub async fn case(command: CaseCommand, json: bool) -> anyhow::Result<ExitCode> {
    match command {
        CaseCommand::List {
            status,
            kind,
            verdict,
            severity,
            search,
            limit,
            after,
            server,
        } => {
            let filters = [
                ("status", status),
                ("type", kind),
                ("verdict", verdict),
                ("severity", severity),
                ("q", search),
                ("after", after),
            ];
            let query: String = filters
                .into_iter()
                .filter_map(|(name, value)| Some(format!("&{name}={}", segment(&value?))))
                .collect();
            let path = format!("/api/v1/cases?limit={limit}{query}");
            let list = Remote::find(&server)?.get(&path).await?;
            if json {
                output::json(&list)?
            } else {
                print_cases(&list)?
            }
        }
        CaseCommand::Show { case, server } => {
            let path = format!("/api/v1/cases/{}", segment(&case));
            let detail = Remote::find(&server)?.get(&path).await?;
            if json {
                output::json(&detail)?
            } else {
                print_case(&detail)?
            }
        }
        CaseCommand::Report {
            case,
            format,
            server,
        } => {
            let path = format!(
                "/api/v1/cases/{}/report?format={}",
                segment(&case),
                segment(&format)
            );
            let document = Remote::find(&server)?.document(&path).await?;
            output::text(&String::from_utf8_lossy(&document))?;
        }
        CaseCommand::Rerun { case, server } => {
            let path = format!("/api/v1/cases/{}/rerun", segment(&case));
            let run = Remote::find(&server)?
                .change("POST", &path, &json!({}))
                .await?;
            if json {
                output::json(&run)?
            } else {
                output::line(field(&run, "id"))?
            }
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn print_cases(list: &Value) -> std::io::Result<()> {
    let rows: Vec<Vec<String>> = list["items"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|case| {
            vec![
                format!("#{}", field(case, "number")),
                field(case, "type"),
                field(case, "status"),
                format!("{} {}", field(case, "verdict"), field(case, "score")),
                field(case, "severity"),
                field(case, "occurrences"),
                field(case, "updated_at"),
                field(case, "title").chars().take(60).collect(),
            ]
        })
        .collect();
    let heading = [
        "case", "type", "status", "verdict", "severity", "seen", "updated", "title",
    ];
    output::table(&heading, &rows)?;
    if let Some(next) = list["next"].as_str() {
        output::line(format!("more: --after {next}"))?;
    }
    Ok(())
}

fn print_case(case: &Value) -> std::io::Result<()> {
    output::line(format!(
        "#{} {}",
        field(case, "number"),
        field(case, "title")
    ))?;
    for name in [
        "id",
        "type",
        "status",
        "severity",
        "verdict",
        "score",
        "explanation",
        "occurrences",
        "close_reason",
        "close_note",
        "opened_at",
        "updated_at",
    ] {
        let value = field(case, name);
        if !value.is_empty() {
            output::line(format!("  {name:<12} {value}"))?;
        }
    }
    for ticket in case["tickets"].as_array().into_iter().flatten() {
        output::line(format!(
            "  ticket       {} {}",
            field(ticket, "id"),
            field(ticket, "url")
        ))?;
    }
    for observable in case["observables"].as_array().into_iter().flatten() {
        output::line("")?;
        output::line(format!(
            "  {} {}",
            field(observable, "type"),
            field(observable, "value")
        ))?;
        for answer in observable["answers"].as_array().into_iter().flatten() {
            let verdict = &answer["verdict"];
            let said = match verdict.is_null() {
                true => field(answer, "reason"),
                false => format!(
                    "{}: {}",
                    field(verdict, "level"),
                    field(verdict, "explanation")
                ),
            };
            output::line(format!(
                "    {:<24} {:<10} {said}",
                field(answer, "connection"),
                field(answer, "outcome")
            ))?;
        }
    }
    for run in case["runs"].as_array().into_iter().flatten() {
        output::line("")?;
        output::line(format!(
            "  run {} {} {}",
            field(run, "id"),
            field(run, "state"),
            field(run, "error")
        ))?;
    }
    Ok(())
}

pub async fn run(command: RunCommand, json: bool) -> anyhow::Result<ExitCode> {
    match command {
        RunCommand::Trust(command) => trust::run(command, json).await,
        RunCommand::Show { run, server } => {
            let detail = Remote::find(&server)?
                .get(&format!("/api/v1/runs/{}", segment(&run)))
                .await?;
            if json {
                output::json(&detail)?;
            } else {
                print_run(&detail)?;
            }
            Ok(ExitCode::SUCCESS)
        }
        RunCommand::Steer(command) => crate::steer::steer(command, json).await,
        RunCommand::Replay { run, server } => {
            let path = format!("/api/v1/runs/{}/replay", segment(&run));
            let result = Remote::find(&server)?
                .change("POST", &path, &json!({}))
                .await?;
            let identical = result["identical"].as_bool().unwrap_or(false);
            if json {
                output::json(&result)?;
            } else if identical {
                output::line(format!(
                    "identical: {} entries folded, {} exchanges compared byte for byte, state {}",
                    field(&result, "entries"),
                    field(&result, "exchanges"),
                    field(&result, "digest")
                ))?;
            } else {
                output::line("different; the first difference:")?;
                output::json(&result["divergence"])?;
            }
            Ok(if identical {
                ExitCode::SUCCESS
            } else {
                ExitCode::FAILURE
            })
        }
    }
}

fn print_run(run: &Value) -> std::io::Result<()> {
    output::line(format!(
        "{} {} {} ({} steps)",
        field(run, "id"),
        field(run, "playbook"),
        field(run, "state"),
        field(run, "step_count")
    ))?;
    for step in run["steps"].as_array().into_iter().flatten() {
        let path = field(step, "path");
        let depth = path.matches(['/', '@']).count();
        let name = path
            .rsplit(['/', '@'])
            .next()
            .unwrap_or_default()
            .to_owned();
        let name = match field(step, "round") {
            round if round.is_empty() => name,
            round => format!("{name} ({round})"),
        };
        let indent = "  ".repeat(depth + 1);
        let error = &step["error"];
        let said = match error.is_null() {
            true => String::new(),
            false => format!("– {} ({})", field(error, "message"), field(error, "code")),
        };
        output::line(format!(
            "{indent}{:<10} {name} {said}",
            field(step, "status")
        ))?;
        let hint = field(error, "hint");
        if !hint.is_empty() {
            output::line(format!("{indent}           hint: {hint}"))?;
        }
    }
    Ok(())
}

/// A value as one segment of a path or a query.
pub fn segment(text: &str) -> String {
    let mut out = String::new();
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(byte as char);
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}
