//! What recorded runs are good for, from the command line: compare, make a test, backtest, paths, automate next.

use std::{
    path::{Path, PathBuf},
    process::ExitCode,
    time::Duration,
};

use anyhow::{Context, bail};
use clap::{Args, Subcommand};
use serde_json::{Value, json};

use crate::{
    Server,
    output::{self, field},
    remote::Remote,
    work::segment,
};

/// Pause between two looks at a backtest that is under way.
const LOOK_EVERY: Duration = Duration::from_millis(500);
/// Differences that are shown to people; `--json` has all.
const SHOWN_MAX: usize = 20;
/// Characters of a value that is shown.
const VALUE_CHARS_MAX: usize = 100;

#[derive(Debug, Subcommand)]
pub enum RunTrustCommand {
    /// Play a past run with another version of its playbook, answered from its journal; calls nobody.
    Compare {
        /// Its id.
        run: String,
        /// A version's number, `draft`, `live`, `shipped`, or a file with a playbook.
        #[arg(long, default_value = "live")]
        with: String,
        #[command(flatten)]
        server: Server,
    },
    /// Make a test of a past run that passes against the version that it ran.
    ToTest {
        /// Its id.
        run: String,
        /// What the test shows; its file is named after it.
        #[arg(long)]
        name: Option<String>,
        /// Where to write it: a file, or a folder; standard output without it.
        #[arg(short, long)]
        output: Option<PathBuf>,
        #[command(flatten)]
        server: Server,
    },
}

#[derive(Debug, Args)]
pub struct BacktestArgs {
    /// The playbook's id.
    id: String,
    /// Try the draft; this is what happens without another choice.
    #[arg(long, conflicts_with_all = ["with", "file"])]
    draft: bool,
    /// Try this version: a number, `live` or `shipped`.
    #[arg(long, conflicts_with = "file")]
    with: Option<String>,
    /// Try the playbook in this file.
    #[arg(long)]
    file: Option<PathBuf>,
    /// Runs that began in the last so many days.
    #[arg(long, default_value_t = 30)]
    days: u32,
    /// At most so many runs, the newest first.
    #[arg(long)]
    limit: Option<u32>,
    /// Say only which backtest was begun.
    #[arg(long)]
    no_wait: bool,
    #[command(flatten)]
    server: Server,
}

#[derive(Debug, Args)]
pub struct PathsArgs {
    /// Of cases of this type.
    #[arg(long)]
    case_type: String,
    /// Of runs that ended in the last so many days.
    #[arg(long, default_value_t = 30)]
    days: u32,
    #[command(flatten)]
    server: Server,
}

#[derive(Debug, Args)]
pub struct AutomateArgs {
    /// Of runs that ended in the last so many days.
    #[arg(long, default_value_t = 30)]
    days: u32,
    #[command(flatten)]
    server: Server,
}

pub async fn run(command: RunTrustCommand, json: bool) -> anyhow::Result<ExitCode> {
    match command {
        RunTrustCommand::Compare { run, with, server } => {
            let body = match Path::new(&with).is_file() {
                true => json!({ "text": read(Path::new(&with))? }),
                false => json!({ "version": with }),
            };
            let path = format!("/api/v1/runs/{}/compare", segment(&run));
            let found = Remote::find(&server)?.change("POST", &path, &body).await?;
            let identical = found["identical"].as_bool().unwrap_or(false);
            match json {
                true => output::json(&found)?,
                false => print_comparison(&found)?,
            }
            Ok(match identical {
                true => ExitCode::SUCCESS,
                false => ExitCode::FAILURE,
            })
        }
        RunTrustCommand::ToTest {
            run,
            name,
            output: target,
            server,
        } => {
            let path = format!("/api/v1/runs/{}/test", segment(&run));
            let body = json!({ "name": name });
            let made = Remote::find(&server)?.change("POST", &path, &body).await?;
            write_test(&made, target.as_deref(), json)
        }
    }
}

fn read(file: &Path) -> anyhow::Result<String> {
    std::fs::read_to_string(file).with_context(|| format!("{} cannot be read", file.display()))
}

fn write_test(made: &Value, target: Option<&Path>, json: bool) -> anyhow::Result<ExitCode> {
    let Some(target) = target else {
        match json {
            true => output::json(made)?,
            false => output::text(&field(made, "text"))?,
        }
        return Ok(ExitCode::SUCCESS);
    };
    let file = match target.is_dir() {
        true => target.join(field(made, "name")),
        false => target.to_owned(),
    };
    if file.exists() {
        bail!("{} exists already; give another file", file.display());
    }
    std::fs::write(&file, field(made, "text"))
        .with_context(|| format!("{} cannot be written", file.display()))?;
    output::line(format!("written: {}", file.display()))?;
    for input in list(&made["masked"]) {
        let name = input.as_str().unwrap_or_default();
        output::line(format!("masked: the value of the input `{name}`"))?;
    }
    Ok(ExitCode::SUCCESS)
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

fn short(value: &Value) -> String {
    let text = match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    match text.char_indices().nth(VALUE_CHARS_MAX) {
        Some((place, _)) => format!("{}…", text.get(..place).unwrap_or_default()),
        None => text,
    }
}

fn place(path: &str, what: &str, at: &str) -> String {
    let path = if path.is_empty() { "the run" } else { path };
    match at.is_empty() {
        true => format!("{path}: {what}"),
        false => format!("{path}: {what} {at}"),
    }
}

fn print_comparison(found: &Value) -> std::io::Result<()> {
    let with = format!("{} ({})", field(found, "playbook"), field(found, "with"));
    if found["identical"] == true {
        return output::line(format!("identical with {with}"));
    }
    let first = &found["first"];
    output::line(format!("goes another way with {with}, first at"))?;
    let name = |one: &Value| place(&field(one, "path"), &field(one, "what"), &field(one, "at"));
    output::line(format!("  {}", name(first)))?;
    output::line(format!("    then: {}", short(&first["then"])))?;
    output::line(format!("    now:  {}", short(&first["now"])))?;
    let missing = list(&found["unanswered"]);
    if !missing.is_empty() {
        output::line(format!("{} without a recording:", missing.len()))?;
        for one in missing.iter().take(SHOWN_MAX) {
            let via = field(one, "connection");
            let via = if via.is_empty() {
                via
            } else {
                format!(" through {via}")
            };
            output::line(format!(
                "  {}: {}{via}",
                field(one, "step"),
                field(one, "wanted")
            ))?;
        }
    }
    let steps = list(&found["steps"]);
    output::line(format!("{} steps differ:", steps.len()))?;
    for step in steps.iter().take(SHOWN_MAX) {
        let status = |side: &str| field(&step[side], "status");
        let what: Vec<String> = list(&step["differs"])
            .iter()
            .map(|one| field(one, "what"))
            .collect();
        let more = match field(step, "change").as_str() {
            "added" => status("after"),
            "removed" => status("before"),
            _ => what.join(", "),
        };
        output::line(format!(
            "  {:<8} {} ({more})",
            field(step, "change"),
            field(step, "path")
        ))?;
    }
    if steps.len() > SHOWN_MAX {
        output::line(format!(
            "  and {} more; --json shows all",
            steps.len() - SHOWN_MAX
        ))?;
    }
    Ok(())
}

/// Begins a backtest, waits for it unless told not to, and shows what it found.
pub async fn backtest(args: BacktestArgs, json: bool) -> anyhow::Result<ExitCode> {
    let mut body = json!({ "days": args.days });
    match (&args.file, &args.with) {
        (Some(file), _) => body["text"] = Value::from(read(file)?),
        (None, Some(version)) => body["source"] = Value::from(version.as_str()),
        (None, None) => body["source"] = Value::from("draft"),
    }
    if let Some(limit) = args.limit {
        body["limit"] = Value::from(limit);
    }
    let remote = Remote::find(&args.server)?;
    let path = format!("/api/v1/playbooks/{}/backtests", segment(&args.id));
    let begun = remote.change("POST", &path, &body).await?;
    let id = field(&begun, "id");
    if args.no_wait {
        match json {
            true => output::json(&begun)?,
            false => output::line(&id)?,
        }
        return Ok(ExitCode::SUCCESS);
    }
    let path = format!("/api/v1/backtests/{}", segment(&id));
    let found = loop {
        let found = remote.get(&path).await?;
        if !matches!(field(&found, "state").as_str(), "queued" | "running") {
            break found;
        }
        tokio::time::sleep(LOOK_EVERY).await;
    };
    match json {
        true => output::json(&found)?,
        false => print_backtest(&found)?,
    }
    Ok(match field(&found, "state").as_str() {
        "done" => ExitCode::SUCCESS,
        _ => ExitCode::FAILURE,
    })
}

fn print_backtest(found: &Value) -> std::io::Result<()> {
    let (result, table) = (&found["result"], &found["result"]["table"]);
    let state = field(found, "state");
    output::line(format!(
        "{} ({}), {} days: {state}{}",
        field(found, "playbook"),
        field(found, "source"),
        field(found, "days"),
        match field(found, "error") {
            error if error.is_empty() => String::new(),
            error => format!(" – {error}"),
        }
    ))?;
    let count = |name: &str| result[name].as_u64().unwrap_or(0);
    output::line(format!(
        "{} of {} runs were played",
        count("played"),
        field(found, "looked_at")
    ))?;
    output::line(format!("unknown     {}", count("unknown")))?;
    for one in list(&result["unknowns"]).iter().take(SHOWN_MAX) {
        let via = field(one, "connection");
        let via = if via.is_empty() {
            "nobody could be asked".into()
        } else {
            via
        };
        output::line(format!(
            "  {} runs: {} ({via}, step {})",
            field(one, "runs"),
            field(one, "wanted"),
            field(one, "step")
        ))?;
    }
    let names = |value: &Value| {
        let names = list(value).iter().take(SHOWN_MAX).map(short);
        names.collect::<Vec<_>>().join(", ")
    };
    let counts = |value: &Value| {
        let all = value.as_object().into_iter().flatten();
        let all: Vec<String> = all.map(|(name, n)| format!("{name} {n}")).collect();
        all.join(", ")
    };
    let rows = [
        ("close", field(table, "closed"), counts(&table["closed_as"])),
        ("escalate", field(table, "escalated"), String::new()),
        (
            "contain",
            field(table, "contain_runs"),
            names(&table["contained"]),
        ),
        ("ask", field(table, "asked"), counts(&table["asked_whom"])),
        ("tickets", field(table, "tickets"), String::new()),
        ("fail", field(table, "failed"), String::new()),
    ];
    for (what, number, more) in rows {
        let more = if more.is_empty() {
            more
        } else {
            format!("  {more}")
        };
        output::line(format!("{:<11} {number}{more}", format!("would {what}")))?;
    }
    output::line(format!("the same    {}", count("same")))?;
    output::line(format!("different   {}", count("different")))?;
    for one in list(&result["differs"]).iter().take(SHOWN_MAX) {
        output::line(format!(
            "  case #{}: {} was {}, would be {} ({})",
            field(one, "case_number"),
            field(one, "what"),
            short(&one["then"]),
            short(&one["now"]),
            field(one, "run")
        ))?;
    }
    Ok(())
}

/// The paths that runs took.
pub async fn paths(args: PathsArgs, json: bool) -> anyhow::Result<ExitCode> {
    let path = format!(
        "/api/v1/paths?case_type={}&days={}",
        segment(&args.case_type),
        args.days
    );
    let found = Remote::find(&args.server)?.get(&path).await?;
    if json {
        output::json(&found)?;
        return Ok(ExitCode::SUCCESS);
    }
    output::line(format!(
        "{} runs of {} cases in {} days",
        field(&found, "runs"),
        args.case_type,
        args.days
    ))?;
    for path in list(&found["paths"]) {
        let share = path["share"].as_f64().unwrap_or(0.0) * 100.0;
        let rare = if path["rare"] == true { ", rare" } else { "" };
        let median = path["median_ms"].as_u64().map(duration).unwrap_or_default();
        output::line(format!(
            "{:>6} runs ({share:.1} %{rare}), median {median}, {}",
            field(path, "count"),
            field(path, "playbook")
        ))?;
        let steps: Vec<String> = list(&path["steps"]).iter().map(short).collect();
        output::line(format!("       {}", steps.join(" → ")))?;
        for one in list(&path["deviations"]).iter().take(SHOWN_MAX) {
            let by = field(one, "by");
            let by = if by.is_empty() {
                by
            } else {
                format!(" by {by}")
            };
            output::line(format!(
                "       {} {}{by} ({})",
                field(one, "what"),
                field(one, "step"),
                field(one, "run")
            ))?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// The decisions of people that hardly ever varied.
pub async fn automate_next(args: AutomateArgs, json: bool) -> anyhow::Result<ExitCode> {
    let path = format!("/api/v1/automate-next?days={}", args.days);
    let found = Remote::find(&args.server)?.get(&path).await?;
    if json {
        output::json(&found)?;
        return Ok(ExitCode::SUCCESS);
    }
    if list(&found).is_empty() {
        output::line("no decision was answered often enough in the same way")?;
    }
    for one in list(&found) {
        let bound = one["lower_bound"].as_f64().unwrap_or(0.0) * 100.0;
        let total = one["total_ms"].as_u64().map(duration).unwrap_or_default();
        output::line(format!(
            "{} / {}: {} of {} times {} (at least {bound:.1} %), {total} of people's time",
            field(one, "playbook"),
            field(one, "step"),
            field(one, "same"),
            field(one, "answered"),
            short(&one["answer"]),
        ))?;
        for example in list(&one["counter_examples"]) {
            output::line(format!(
                "  otherwise: {} by {} ({})",
                short(&example["answer"]),
                field(example, "by"),
                field(example, "run")
            ))?;
        }
        for line in field(one, "suggestion").lines() {
            output::line(format!("  {line}"))?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// A time for people.
fn duration(millis: u64) -> String {
    match millis {
        0..1_000 => format!("{millis} ms"),
        1_000..60_000 => format!("{:.1} s", millis as f64 / 1_000.0),
        60_000..3_600_000 => format!("{} min", millis / 60_000),
        _ => format!("{:.1} h", millis as f64 / 3_600_000.0),
    }
}
