//! What starts playbooks, from the command line: triggers, why one did not start, starting one.

use std::process::ExitCode;

use clap::Subcommand;
use serde_json::{Map, Value, json};

use crate::{
    Server,
    output::{self, field},
    remote::Remote,
    work::segment,
};

#[derive(Debug, Subcommand)]
pub enum StartCommand {
    /// What starts a playbook, and when its schedules are due.
    Triggers {
        /// The playbook's id.
        id: String,
        #[command(flatten)]
        server: Server,
    },
    /// Why a playbook started, or why not: what was decided, and what its triggers would say now.
    Why {
        /// The playbook's id.
        id: String,
        /// About this alert.
        #[arg(long)]
        alert: Option<String>,
        /// About this case: its number or id.
        #[arg(long)]
        case: Option<String>,
        #[command(flatten)]
        server: Server,
    },
    /// Start a playbook, on a case or with a case of its own.
    Run {
        /// The playbook's id.
        id: String,
        /// The case: its number or id.
        #[arg(long)]
        case: Option<String>,
        /// An input, `name=value`; a value that is JSON is taken as such. Can be given several times.
        #[arg(long = "input", value_parser = pair)]
        inputs: Vec<(String, String)>,
        /// The title of the case that is opened.
        #[arg(long, default_value = "")]
        title: String,
        #[command(flatten)]
        server: Server,
    },
}

fn pair(text: &str) -> Result<(String, String), String> {
    let (name, value) = text.split_once('=').ok_or("write name=value")?;
    Ok((name.to_owned(), value.to_owned()))
}

pub async fn start(command: StartCommand, json: bool) -> anyhow::Result<ExitCode> {
    match command {
        StartCommand::Triggers { id, server } => {
            let path = format!("/api/v1/playbooks/{}/triggers", segment(&id));
            let found = Remote::find(&server)?.get(&path).await?;
            match json {
                true => output::json(&found)?,
                false => print_triggers(&found)?,
            }
        }
        StartCommand::Why {
            id,
            alert,
            case,
            server,
        } => {
            let about: Vec<String> = [("alert", alert), ("case", case)]
                .into_iter()
                .filter_map(|(name, value)| Some(format!("{name}={}", segment(&value?))))
                .collect();
            let path = format!("/api/v1/playbooks/{}/why?{}", segment(&id), about.join("&"));
            let found = Remote::find(&server)?.get(&path).await?;
            match json {
                true => output::json(&found)?,
                false => print_why(&found)?,
            }
        }
        StartCommand::Run {
            id,
            case,
            inputs,
            title,
            server,
        } => {
            let inputs: Map<String, Value> = inputs
                .into_iter()
                .map(|(name, text)| {
                    let value = serde_json::from_str(&text).unwrap_or(Value::String(text));
                    (name, value)
                })
                .collect();
            let body = json!({ "case": case, "inputs": inputs, "title": title });
            let path = format!("/api/v1/playbooks/{}/runs", segment(&id));
            let run = Remote::find(&server)?.change("POST", &path, &body).await?;
            match json {
                true => output::json(&run)?,
                false => output::line(format!(
                    "{} on case #{}",
                    field(&run, "id"),
                    field(&run, "case_number")
                ))?,
            }
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn items(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

fn print_triggers(found: &Value) -> std::io::Result<()> {
    let rows: Vec<Vec<String>> = items(found)
        .iter()
        .map(|one| {
            ["kind", "text", "next_at", "last_at"]
                .map(|name| field(one, name))
                .to_vec()
        })
        .collect();
    match rows.is_empty() {
        true => output::line("Nothing starts it but a person or a triage rule."),
        false => output::table(&["KIND", "TRIGGER", "NEXT", "LAST"], &rows),
    }
}

fn print_why(found: &Value) -> std::io::Result<()> {
    let obstacle = field(found, "obstacle");
    if !obstacle.is_empty() {
        output::line(obstacle)?;
    }
    for (heading, list) in [("Decided", "decisions"), ("Now", "now")] {
        if items(&found[list]).is_empty() {
            continue;
        }
        output::line(format!("{heading}:"))?;
        for one in items(&found[list]) {
            let when = field(one, "at");
            let trigger = field(one, "trigger");
            let reason = field(one, "reason");
            let text = format!("{when} {trigger}: {reason}");
            output::line(format!("  {}", text.trim_start()))?;
            for read in items(&one["read"]) {
                let (path, value) = (field(read, "path"), field(read, "value"));
                output::line(format!("    {path} is {value}"))?;
            }
            match one["more"].as_u64() {
                Some(more) if more > 0 => {
                    output::line(format!("    and {more} more like it before"))?
                }
                _ => {}
            }
        }
    }
    Ok(())
}
