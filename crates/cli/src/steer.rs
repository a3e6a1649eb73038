//! Steering runs and answering what they ask, from the command line.

use std::{path::PathBuf, process::ExitCode};

use anyhow::{Context, bail};
use clap::{Args, Subcommand};
use serde_json::{Map, Value, json};

use crate::{
    Server,
    output::{self, field},
    remote::Remote,
    work::segment,
};

/// Which run, on which server.
#[derive(Debug, Args)]
pub struct Which {
    /// The run's id.
    run: String,
    #[command(flatten)]
    server: Server,
}

#[derive(Debug, Subcommand)]
pub enum SteerCommand {
    /// Stop a run; what it did can be taken back.
    Cancel {
        #[command(flatten)]
        which: Which,
        /// Why.
        #[arg(long, default_value = "")]
        reason: String,
    },
    /// Nothing new starts until it is resumed.
    Pause(Which),
    /// A paused run goes on.
    Resume(Which),
    /// A paused run takes one step.
    Step(Which),
    /// It goes on, and pauses before a step.
    RunTo {
        #[command(flatten)]
        which: Which,
        /// The step's path, as `run show` has it.
        path: String,
    },
    /// Leave out a step that is under way or next.
    Skip {
        #[command(flatten)]
        which: Which,
        /// The step's path.
        path: String,
        /// Why; it stays on record.
        #[arg(long)]
        reason: String,
    },
    /// Make a call of a step again at once.
    Retry {
        #[command(flatten)]
        which: Which,
        /// The step's path.
        path: String,
    },
    /// Take back what a run did: in the run, or, when it is over, in a run of its own.
    Rollback(Which),
    /// Do a run that is over again from one of its steps.
    Rerun {
        #[command(flatten)]
        which: Which,
        /// The path of the step with which it begins.
        #[arg(long)]
        from: String,
        /// Wait for `run resume` before the step.
        #[arg(long)]
        paused: bool,
    },
    /// Add a step to a run.
    AddStep {
        #[command(flatten)]
        which: Which,
        /// The step as JSON: {"id": "look", "action": "…", "with": {…}}; @FILE reads it from a file.
        step: String,
        /// Why.
        #[arg(long, default_value = "")]
        note: String,
    },
    /// Tell a run, or every run of a case, that something happened.
    Signal {
        /// The run's id, or a case's number or id.
        run: String,
        /// The signal's name.
        name: String,
        /// More about it, as JSON.
        #[arg(long, default_value = "null")]
        payload: String,
        #[command(flatten)]
        server: Server,
    },
}

#[derive(Debug, Subcommand)]
pub enum TaskCommand {
    /// What runs ask of people, newest first.
    List {
        /// open or done; all when not given.
        #[arg(long)]
        state: Option<String>,
        /// manual, ask or approve.
        #[arg(long)]
        kind: Option<String>,
        /// Only of this case: its number or id.
        #[arg(long)]
        case: Option<String>,
        /// Only of this run.
        #[arg(long)]
        run: Option<String>,
        /// Only those that name you or your role, or nobody.
        #[arg(long)]
        mine: bool,
        /// At most this many, up to 200.
        #[arg(long, default_value_t = 50)]
        limit: u32,
        /// `next` of the page before.
        #[arg(long)]
        after: Option<String>,
        #[command(flatten)]
        server: Server,
    },
    /// One task with its form.
    Show {
        /// Its id.
        task: String,
        #[command(flatten)]
        server: Server,
    },
    /// Answer a task.
    Answer {
        /// Its id.
        task: String,
        /// A field of the form, NAME=VALUE; the value is JSON, or a text if it is none. May be repeated.
        #[arg(long = "set", value_name = "NAME=VALUE")]
        values: Vec<String>,
        /// Approve.
        #[arg(long, conflicts_with_all = ["deny", "skip", "values"])]
        approve: bool,
        /// Deny.
        #[arg(long, conflicts_with_all = ["skip", "values"])]
        deny: bool,
        /// Skip it, and why.
        #[arg(long, value_name = "REASON", conflicts_with = "values")]
        skip: Option<String>,
        /// More to say.
        #[arg(long)]
        note: Option<String>,
        #[command(flatten)]
        server: Server,
    },
}

pub async fn steer(command: SteerCommand, json: bool) -> anyhow::Result<ExitCode> {
    let control = |op: &str| json!({ "op": op });
    let (which, body) = match command {
        SteerCommand::Cancel { which, reason } => {
            let path = format!("/api/v1/runs/{}/cancel", segment(&which.run));
            let body = json!({ "reason": reason });
            return post(&which.server, &path, &body, json, "stopped").await;
        }
        SteerCommand::Rollback(which) => return rollback(which, json).await,
        SteerCommand::Rerun {
            which,
            from,
            paused,
        } => {
            let path = format!("/api/v1/runs/{}/rerun", segment(&which.run));
            let body = json!({ "from": from, "paused": paused });
            return made(&which.server, &path, &body, json).await;
        }
        SteerCommand::AddStep { which, step, note } => {
            let path = format!("/api/v1/runs/{}/steps", segment(&which.run));
            let body = json!({ "step": read_json(&step)?, "note": note });
            return post(&which.server, &path, &body, json, "added").await;
        }
        SteerCommand::Signal {
            run,
            name,
            payload,
            server,
        } => {
            let noun = if run.starts_with("run_") {
                "runs"
            } else {
                "cases"
            };
            let path = format!("/api/v1/{noun}/{}/signals", segment(&run));
            let body = json!({ "name": name, "payload": read_json(&payload)? });
            return post(&server, &path, &body, json, "signalled").await;
        }
        SteerCommand::Pause(which) => (which, control("pause")),
        SteerCommand::Resume(which) => (which, control("resume")),
        SteerCommand::Step(which) => (which, control("step")),
        SteerCommand::RunTo { which, path } => (which, json!({ "op": "run_to", "path": path })),
        SteerCommand::Skip {
            which,
            path,
            reason,
        } => (
            which,
            json!({ "op": "skip", "path": path, "reason": reason }),
        ),
        SteerCommand::Retry { which, path } => (which, json!({ "op": "retry", "path": path })),
    };
    let path = format!("/api/v1/runs/{}/control", segment(&which.run));
    post(&which.server, &path, &body, json, "accepted").await
}

async fn rollback(which: Which, json: bool) -> anyhow::Result<ExitCode> {
    let run = segment(&which.run);
    let head = Remote::find(&which.server)?
        .get(&format!("/api/v1/runs/{run}"))
        .await?;
    if head["ended_at"].is_null() {
        let path = format!("/api/v1/runs/{run}/control");
        let body = json!({ "op": "rollback" });
        return post(&which.server, &path, &body, json, "accepted").await;
    }
    let path = format!("/api/v1/runs/{run}/rollback");
    made(&which.server, &path, &json!({}), json).await
}

/// Sends a wish; says what became of it.
async fn post(
    server: &Server,
    path: &str,
    body: &Value,
    json: bool,
    done: &str,
) -> anyhow::Result<ExitCode> {
    let reply = Remote::find(server)?.change("POST", path, body).await?;
    match (json, reply.is_null()) {
        (true, true) => output::json(&json!({ "accepted": true }))?,
        (true, false) => output::json(&reply)?,
        (false, _) => output::line(done)?,
    }
    Ok(ExitCode::SUCCESS)
}

/// Makes a run of an earlier one; prints its id.
async fn made(server: &Server, path: &str, body: &Value, json: bool) -> anyhow::Result<ExitCode> {
    let run = Remote::find(server)?.change("POST", path, body).await?;
    match json {
        true => output::json(&run)?,
        false => output::line(field(&run, "id"))?,
    }
    Ok(ExitCode::SUCCESS)
}

/// JSON as it is, or from a file after `@`.
fn read_json(text: &str) -> anyhow::Result<Value> {
    let text = match text.strip_prefix('@') {
        Some(file) => std::fs::read_to_string(PathBuf::from(file))
            .with_context(|| format!("{file} cannot be read"))?,
        None => text.to_owned(),
    };
    serde_json::from_str(&text).context("this is no JSON")
}

pub async fn task(command: TaskCommand, json: bool) -> anyhow::Result<ExitCode> {
    match command {
        TaskCommand::List {
            state,
            kind,
            case,
            run,
            mine,
            limit,
            after,
            server,
        } => {
            let filters = [
                ("state", state),
                ("kind", kind),
                ("case", case),
                ("run", run),
                ("mine", mine.then(|| "true".to_owned())),
                ("after", after),
            ];
            let query: String = filters
                .into_iter()
                .filter_map(|(name, value)| Some(format!("&{name}={}", segment(&value?))))
                .collect();
            let path = format!("/api/v1/tasks?limit={limit}{query}");
            let list = Remote::find(&server)?.get(&path).await?;
            match json {
                true => output::json(&list)?,
                false => print_tasks(&list)?,
            }
        }
        TaskCommand::Show { task, server } => {
            let path = format!("/api/v1/tasks/{}", segment(&task));
            let task = Remote::find(&server)?.get(&path).await?;
            match json {
                true => output::json(&task)?,
                false => print_task(&task)?,
            }
        }
        TaskCommand::Answer {
            task,
            values,
            approve,
            deny,
            skip,
            note,
            server,
        } => {
            let mut body = Map::new();
            if approve || deny {
                body.insert("approved".into(), Value::Bool(approve));
            } else if let Some(reason) = skip {
                body.insert("skipped".into(), Value::from(reason));
            } else {
                body.insert("values".into(), Value::Object(values_of(&values)?));
            }
            body.extend(note.map(|note| ("note".to_owned(), Value::from(note))));
            let path = format!("/api/v1/tasks/{}/answer", segment(&task));
            let remote = Remote::find(&server)?;
            let task = remote.change("POST", &path, &Value::Object(body)).await?;
            match json {
                true => output::json(&task)?,
                false => output::line(field(&task, "state"))?,
            }
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn values_of(given: &[String]) -> anyhow::Result<Map<String, Value>> {
    let mut values = Map::new();
    for pair in given {
        let Some((name, text)) = pair.split_once('=') else {
            bail!("`{pair}` is not NAME=VALUE");
        };
        let value = serde_json::from_str(text).unwrap_or_else(|_| Value::from(text));
        values.insert(name.to_owned(), value);
    }
    Ok(values)
}

fn print_tasks(list: &Value) -> std::io::Result<()> {
    let rows: Vec<Vec<String>> = list["items"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|task| {
            let roles = task["roles"].as_array().into_iter().flatten();
            let roles: Vec<&str> = roles.filter_map(Value::as_str).collect();
            vec![
                field(task, "id"),
                field(task, "kind"),
                field(task, "state"),
                format!("#{}", field(task, "case_number")),
                field(task, "deadline"),
                roles.join(", "),
                field(task, "title").chars().take(60).collect(),
            ]
        })
        .collect();
    let heading = ["task", "kind", "state", "case", "deadline", "for", "title"];
    output::table(&heading, &rows)?;
    if let Some(next) = list["next"].as_str() {
        output::line(format!("more: --after {next}"))?;
    }
    Ok(())
}

fn print_task(task: &Value) -> std::io::Result<()> {
    output::line(format!("{} {}", field(task, "id"), field(task, "title")))?;
    for name in ["kind", "state", "why", "run", "path", "deadline"] {
        let value = field(task, name);
        if !value.is_empty() {
            output::line(format!("  {name:<10} {value}"))?;
        }
    }
    let request = &task["request"];
    for name in ["how", "expect", "subject", "message", "question"] {
        let value = field(request, name);
        if !value.is_empty() {
            output::line(format!("  {name:<10} {value}"))?;
        }
    }
    for form in request["form"].as_array().into_iter().flatten() {
        let required = if form["required"] == true {
            ", required"
        } else {
            ""
        };
        let options = match form["options"].is_null() {
            true => String::new(),
            false => format!(" of {}", form["options"]),
        };
        output::line(format!(
            "  --set {}=…  {} ({}{options}{required})",
            field(form, "name"),
            field(form, "label"),
            field(form, "type")
        ))?;
    }
    for answered in task["answered"].as_array().into_iter().flatten() {
        output::line(format!(
            "  answered   {} {} {}",
            field(answered, "by"),
            field(answered, "at"),
            answered["answer"]
        ))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_json_or_the_text_itself() {
        let given = ["known=true", "who=ann", "n=4", "text=a=b", "list=[\"x\"]"];
        let given = given.map(str::to_owned);
        let values = Value::Object(values_of(&given).unwrap_or_default());
        let expected = json!({"known": true, "who": "ann", "n": 4, "text": "a=b", "list": ["x"]});
        assert_eq!(values, expected);
        assert!(values_of(&["nothing".to_owned()]).is_err());
    }
}
