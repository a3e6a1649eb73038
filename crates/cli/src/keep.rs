//! Playbooks of a running server from the command line: drafts, versions, what is live, the policy, the repository.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    process::ExitCode,
};

use anyhow::{Context, bail};
use clap::{Args, Subcommand};
use serde_json::{Value, json};

use crate::{
    Server, exchange,
    output::{self, field},
    remote::Remote,
};

#[derive(Debug, Subcommand)]
pub enum KeepCommand {
    /// The playbooks of a running server, and how their runs go.
    List {
        /// Also those that were put away.
        #[arg(long)]
        archived: bool,
        #[command(flatten)]
        server: Server,
    },
    /// A playbook's text: the draft, else what is live.
    Show {
        /// Its id.
        id: String,
        #[command(flatten)]
        server: Server,
    },
    /// What differs between two texts of a playbook.
    Diff {
        /// Its id.
        id: String,
        /// A version's number, draft, live or shipped.
        #[arg(default_value = "live")]
        from: String,
        /// The same.
        #[arg(default_value = "draft")]
        to: String,
        #[command(flatten)]
        server: Server,
    },
    /// Save a file or a folder as the draft of its playbook.
    Save(FileArgs),
    /// Make a version of the draft.
    Version {
        /// Its id.
        id: String,
        /// What changed and why.
        #[arg(long, short, default_value = "")]
        message: String,
        #[command(flatten)]
        server: Server,
    },
    /// Make a version live: new runs take it.
    Activate {
        /// Its id.
        id: String,
        /// The version's number; the newest when it is not given.
        number: Option<u32>,
        /// Why.
        #[arg(long, short, default_value = "")]
        message: String,
        #[command(flatten)]
        server: Server,
    },
    /// Make the version live that was live before.
    Rollback(WhyArgs),
    /// Take a playbook out of service; a shipped one of its id takes its place.
    Deactivate(WhyArgs),
    /// Put a playbook away.
    Archive {
        /// Its id.
        id: String,
        /// Take it out of the archive.
        #[arg(long)]
        undo: bool,
        #[command(flatten)]
        server: Server,
    },
    /// The versions of a playbook, and what was live when.
    History {
        /// Its id.
        id: String,
        #[command(flatten)]
        server: Server,
    },
    /// What is asked of a version before it becomes live; with options, set it.
    Policy(PolicyArgs),
    /// The repository that playbooks come from; with options, set it.
    Repository(RepositoryArgs),
    /// Take what is new in the repository.
    Pull {
        #[command(flatten)]
        server: Server,
    },
    /// Add a playbook from a file, a bundle or a folder, or from a document of another product.
    Import {
        #[command(flatten)]
        file: FileArgs,
        /// The document's format: cacao.
        #[arg(long)]
        from: Option<String>,
        /// Take a document with mistakes that do not keep it from being read.
        #[arg(long, requires = "from")]
        lenient: bool,
    },
    /// Say what is wrong with a CACAO document. Needs no server.
    ValidateCacao {
        /// A CACAO v2.0 document.
        file: PathBuf,
    },
    /// Hand a playbook out as a file, as a bundle with its tests, or as a CACAO document.
    Export {
        /// Its id.
        id: String,
        /// yaml, bundle, cacao, or cacao-report: what the CACAO document says otherwise.
        #[arg(long, default_value = "yaml")]
        format: String,
        /// A version's number, draft, live or shipped.
        #[arg(id = "of", long = "of", default_value = "live")]
        version: String,
        #[command(flatten)]
        server: Server,
    },
}

#[derive(Debug, Args)]
pub struct FileArgs {
    /// A playbook.yaml, a bundle (.json), or a folder with playbook.yaml and tests/.
    pub file: PathBuf,
    /// Make a version at once, with this message.
    #[arg(long, short)]
    pub message: Option<String>,
    #[command(flatten)]
    pub server: Server,
}

#[derive(Debug, Args)]
pub struct WhyArgs {
    /// Its id.
    id: String,
    /// Why.
    #[arg(long, short, default_value = "")]
    message: String,
    #[command(flatten)]
    server: Server,
}

#[derive(Debug, Args)]
pub struct PolicyArgs {
    /// There are tests and all pass.
    #[arg(long)]
    tests: Option<bool>,
    /// Hundredths of the branches that tests take.
    #[arg(long)]
    coverage: Option<u32>,
    /// Every step that changes something outside is tried.
    #[arg(long)]
    destructive: Option<bool>,
    /// Whoever activates did not write it.
    #[arg(long)]
    second_person: Option<bool>,
    /// A backtest not older than so many days; 0 asks for none.
    #[arg(long)]
    backtest_days: Option<u32>,
    /// What added steps may do outside: read, notify, write, contain_reversible, irreversible; comma-separated.
    #[arg(long)]
    ad_hoc: Option<String>,
    #[command(flatten)]
    server: Server,
}

#[derive(Debug, Args)]
pub struct RepositoryArgs {
    /// The folder of a clone or a bare repository on the server's machine; "" keeps playbooks in Updraft.
    #[arg(long)]
    folder: Option<String>,
    /// Its branch, such as main or origin/main.
    #[arg(long)]
    branch: Option<String>,
    /// The folder inside that holds playbooks/.
    #[arg(long)]
    path: Option<String>,
    /// The branch's newest commit must have a good signature.
    #[arg(long)]
    signed: Option<bool>,
    /// A file with allowed signers of SSH signatures.
    #[arg(long)]
    signers: Option<PathBuf>,
    /// Minutes between two pulls; 0 pulls on request only.
    #[arg(long)]
    every_minutes: Option<u32>,
    #[command(flatten)]
    server: Server,
}

pub async fn run(command: KeepCommand, json: bool) -> anyhow::Result<ExitCode> {
    match command {
        KeepCommand::List { archived, server } => list(&server, archived, json).await,
        KeepCommand::Show { id, server } => show(&server, &id, json).await,
        KeepCommand::Diff {
            id,
            from,
            to,
            server,
        } => diff(&server, &id, (&from, &to), json).await,
        KeepCommand::Save(args) => save(args, json).await,
        KeepCommand::Version {
            id,
            message,
            server,
        } => {
            let made = post(&server, &id, "versions", json!({ "message": message })).await?;
            let text = format!("version {} of {id}", field(&made, "number"));
            told(&made, text, json)
        }
        KeepCommand::Activate {
            id,
            number,
            message,
            server,
        } => activate(&server, &id, (number, &message), json).await,
        KeepCommand::Rollback(why) => turn(why, "rollback", json).await,
        KeepCommand::Deactivate(why) => turn(why, "deactivate", json).await,
        KeepCommand::Archive { id, undo, server } => {
            let body = json!({ "archived": !undo });
            let done = post(&server, &id, "archive", body).await?;
            let word = if undo {
                "out of the archive"
            } else {
                "archived"
            };
            told(&done, format!("{id} is {word}"), json)
        }
        KeepCommand::History { id, server } => history(&server, &id, json).await,
        KeepCommand::Policy(args) => policy(args, json).await,
        KeepCommand::Repository(args) => repository(args, json).await,
        KeepCommand::Pull { server } => pull(&server, json).await,
        KeepCommand::Import {
            file,
            from,
            lenient,
        } => match from {
            Some(format) => exchange::import_foreign(file, &format, lenient, json).await,
            None => exchange::import(file, json).await,
        },
        KeepCommand::ValidateCacao { file } => exchange::validate(&file, json),
        KeepCommand::Export {
            id,
            format,
            version,
            server,
        } => exchange::export(&server, &id, (&format, &version)).await,
    }
}

async fn post(server: &Server, id: &str, what: &str, body: Value) -> anyhow::Result<Value> {
    let path = format!("/api/v1/playbooks/{id}/{what}");
    Remote::find(server)?.change("POST", &path, &body).await
}

pub fn told(answer: &Value, text: String, json: bool) -> anyhow::Result<ExitCode> {
    match json {
        true => output::json(answer)?,
        false => output::line(text)?,
    }
    Ok(ExitCode::SUCCESS)
}

fn items(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

fn percent(share: &Value) -> String {
    share
        .as_f64()
        .map_or_else(String::new, |share| format!("{:.0} %", share * 100.0))
}

async fn list(server: &Server, archived: bool, json: bool) -> anyhow::Result<ExitCode> {
    let path = format!("/api/v1/playbooks?archived={archived}");
    let list = Remote::find(server)?.get(&path).await?;
    if json {
        output::json(&list)?;
        return Ok(ExitCode::SUCCESS);
    }
    let rows: Vec<Vec<String>> = items(&list)
        .map(|line| {
            let live = match (&line["live"], &line["version"]) {
                (Value::Number(number), _) => number.to_string(),
                (_, Value::String(version)) if version.is_empty() => "-".into(),
                _ => "shipped".into(),
            };
            let draft = match &line["draft"] {
                Value::Null => String::new(),
                draft => field(draft, "author"),
            };
            let tests = match &line["tests"] {
                Value::Null => String::new(),
                tests => format!(
                    "{}/{}, {} %",
                    tests["passed"], tests["count"], tests["coverage"]
                ),
            };
            vec![
                field(line, "id"),
                field(line, "origin"),
                live,
                draft,
                field(&line["health"], "runs"),
                percent(&line["health"]["failure_rate"]),
                percent(&line["health"]["automation"]),
                tests,
            ]
        })
        .collect();
    let heading = [
        "playbook",
        "origin",
        "live",
        "draft of",
        "runs",
        "failed",
        "automatic",
        "tests",
    ];
    output::table(&heading, &rows)?;
    Ok(ExitCode::SUCCESS)
}

async fn show(server: &Server, id: &str, json: bool) -> anyhow::Result<ExitCode> {
    let path = format!("/api/v1/playbooks/{id}");
    let found = Remote::find(server)?.get(&path).await?;
    match json {
        true => output::json(&found)?,
        false => output::text(&field(&found, "text"))?,
    }
    Ok(ExitCode::SUCCESS)
}

async fn diff(
    server: &Server,
    id: &str,
    (from, to): (&str, &str),
    json: bool,
) -> anyhow::Result<ExitCode> {
    let path = format!("/api/v1/playbooks/{id}/diff?from={from}&to={to}");
    let found = Remote::find(server)?.get(&path).await?;
    if json {
        output::json(&found)?;
        return Ok(ExitCode::SUCCESS);
    }
    output::text(&field(&found, "unified"))?;
    for test in items(&found["tests"]) {
        output::text(&field(test, "unified"))?;
    }
    for step in items(&found["steps"]) {
        let id = match field(step, "id") {
            id if id.is_empty() => "the playbook's head".into(),
            id => id,
        };
        let fields: Vec<String> = items(&step["fields"])
            .map(|change| field(change, "path"))
            .collect();
        let line = format!("{} {id} {}", field(step, "change"), fields.join(", "));
        output::line(line.trim_end())?;
    }
    Ok(ExitCode::SUCCESS)
}

/// Text and tests of a file, a bundle or a folder, as the API takes them.
pub fn read(file: &Path) -> anyhow::Result<Value> {
    let text_of = |path: &Path| {
        std::fs::read_to_string(path).with_context(|| format!("{} cannot be read", path.display()))
    };
    if file.is_dir() {
        let mut files = BTreeMap::new();
        files.insert(
            "playbook.yaml".to_owned(),
            text_of(&file.join("playbook.yaml"))?,
        );
        let tests = file.join("tests");
        if tests.is_dir() {
            for entry in std::fs::read_dir(&tests)? {
                let path = entry?.path();
                if path.extension().is_some_and(|ending| ending == "yaml") {
                    let name = path.file_name().unwrap_or_default().to_string_lossy();
                    files.insert(format!("tests/{name}"), text_of(&path)?);
                }
            }
        }
        return Ok(json!({ "bundle": files }));
    }
    let text = text_of(file)?;
    if file.extension().is_some_and(|ending| ending == "json") {
        let bundle: BTreeMap<String, String> = serde_json::from_str(&text)
            .with_context(|| format!("{} is no bundle", file.display()))?;
        return Ok(json!({ "bundle": bundle }));
    }
    Ok(json!({ "text": text, "tests": {} }))
}

/// The same as text and tests apart.
fn apart(input: &Value) -> (Value, Value) {
    let Value::Object(bundle) = &input["bundle"] else {
        return (input["text"].clone(), Value::Null);
    };
    let tests = bundle.iter().filter_map(|(path, text)| {
        let name = path.strip_prefix("tests/")?;
        Some((name.to_owned(), text.clone()))
    });
    let text = bundle.get("playbook.yaml").cloned().unwrap_or_default();
    (text, Value::Object(tests.collect()))
}

fn id_of(text: &str) -> anyhow::Result<String> {
    let tree = updraft_content::tree::tree(text);
    match tree.map(|tree| tree.id).filter(|id| !id.is_empty()) {
        Some(id) => Ok(id),
        None => bail!("the text does not say which playbook it is; write `id:` at its top"),
    }
}

async fn save(args: FileArgs, json: bool) -> anyhow::Result<ExitCode> {
    let (text, mut tests) = apart(&read(&args.file)?);
    let id = id_of(text.as_str().unwrap_or_default())?;
    let remote = Remote::find(&args.server)?;
    let path = format!("/api/v1/playbooks/{id}");
    let there = remote.find_json(&path).await?;
    let base = there
        .as_ref()
        .map_or(Value::Null, |there| there["digest"].clone());
    if tests.is_null() {
        // A text alone leaves the tests as they are.
        tests = there.map_or_else(|| json!({}), |there| there["test_files"].clone());
    }
    let body = json!({ "text": text, "tests": tests, "base": base });
    let mut answer = remote
        .change("PUT", &format!("{path}/draft"), &body)
        .await?;
    if !json {
        for found in items(&answer["diagnostics"]) {
            output::line(format!(
                "{}[{}]: {} ({}:{}:{})",
                field(found, "level"),
                field(found, "code"),
                field(found, "message"),
                field(found, "file"),
                field(found, "line"),
                field(found, "column")
            ))?;
        }
    }
    let mut text = format!("draft of {id} saved");
    if let Some(message) = args.message {
        let made = post(&args.server, &id, "versions", json!({ "message": message })).await?;
        text = format!("version {} of {id}", field(&made, "number"));
        answer["version"] = made;
    }
    told(&answer, text, json)
}

async fn activate(
    server: &Server,
    id: &str,
    (number, message): (Option<u32>, &str),
    json: bool,
) -> anyhow::Result<ExitCode> {
    let number = match number {
        Some(number) => json!(number),
        None => {
            let path = format!("/api/v1/playbooks/{id}");
            Remote::find(server)?.get(&path).await?["newest"].clone()
        }
    };
    let body = json!({ "number": number, "message": message });
    let done = post(server, id, "activate", body).await?;
    told(&done, live_line(id, &done), json)
}

async fn turn(why: WhyArgs, what: &str, json: bool) -> anyhow::Result<ExitCode> {
    let body = json!({ "message": why.message });
    let done = post(&why.server, &why.id, what, body).await?;
    told(&done, live_line(&why.id, &done), json)
}

fn live_line(id: &str, done: &Value) -> String {
    match (&done["number"], &done["before"]) {
        (Value::Null, _) => format!("{id} is out of service"),
        (number, Value::Null) => format!("version {number} of {id} is live"),
        (number, before) => format!("version {number} of {id} is live, {before} was before"),
    }
}

async fn history(server: &Server, id: &str, json: bool) -> anyhow::Result<ExitCode> {
    let remote = Remote::find(server)?;
    let versions = remote
        .get(&format!("/api/v1/playbooks/{id}/versions"))
        .await?;
    let activations = remote
        .get(&format!("/api/v1/playbooks/{id}/activations"))
        .await?;
    if json {
        output::json(&json!({ "versions": versions, "activations": activations }))?;
        return Ok(ExitCode::SUCCESS);
    }
    let rows: Vec<Vec<String>> = items(&versions)
        .map(|version| {
            let origin = match field(&version["origin"], "kind").as_str() {
                "git" => format!("git {}", field(&version["origin"], "commit")),
                kind => kind.to_owned(),
            };
            vec![
                field(version, "number"),
                field(version, "at"),
                field(version, "author"),
                origin,
                field(version, "message"),
            ]
        })
        .collect();
    output::table(&["version", "made", "by", "from", "message"], &rows)?;
    output::line("")?;
    let rows: Vec<Vec<String>> = items(&activations)
        .map(|one| {
            let what = match &one["number"] {
                Value::Null => "out of service".to_owned(),
                number if one["rollback"] == true => format!("back to {number}"),
                number => format!("{number} live"),
            };
            vec![
                field(one, "at"),
                what,
                field(one, "by"),
                field(one, "message"),
            ]
        })
        .collect();
    output::table(&["when", "what", "by", "why"], &rows)?;
    Ok(ExitCode::SUCCESS)
}

async fn policy(args: PolicyArgs, json: bool) -> anyhow::Result<ExitCode> {
    let remote = Remote::find(&args.server)?;
    let path = "/api/v1/playbook-policy";
    let before = remote.get(path).await?;
    let mut policy = before.clone();
    let changes = [
        ("tests", args.tests.map(|on| json!(on))),
        ("coverage_min", args.coverage.map(|least| json!(least))),
        ("destructive", args.destructive.map(|on| json!(on))),
        ("second_person", args.second_person.map(|on| json!(on))),
        (
            "backtest_days",
            args.backtest_days.map(|days| match days {
                0 => Value::Null,
                days => json!(days),
            }),
        ),
        (
            "ad_hoc",
            args.ad_hoc.map(|words| {
                let words = words.split(',').map(str::trim);
                json!(words.filter(|word| !word.is_empty()).collect::<Vec<_>>())
            }),
        ),
    ];
    for (name, value) in changes {
        if let Some(value) = value {
            policy[name] = value;
        }
    }
    if policy != before {
        policy = remote.change("PUT", path, &policy).await?;
    }
    if json {
        output::json(&policy)?;
        return Ok(ExitCode::SUCCESS);
    }
    let fields = policy.as_object().into_iter().flatten();
    let rows: Vec<Vec<String>> = fields
        .map(|(name, _)| vec![name.clone(), field(&policy, name)])
        .collect();
    output::table(&["before a version becomes live", ""], &rows)?;
    Ok(ExitCode::SUCCESS)
}

async fn repository(args: RepositoryArgs, json: bool) -> anyhow::Result<ExitCode> {
    let remote = Remote::find(&args.server)?;
    let path = "/api/v1/playbook-repository";
    let mut set = remote.get(path).await?;
    let signers = args.signers.as_ref().map(|file| {
        std::fs::read_to_string(file).with_context(|| format!("{} cannot be read", file.display()))
    });
    let changes = [
        ("folder", args.folder.map(|text| json!(text))),
        ("branch", args.branch.map(|text| json!(text))),
        ("path", args.path.map(|text| json!(text))),
        ("signed", args.signed.map(|on| json!(on))),
        ("signers", signers.transpose()?.map(|text| json!(text))),
        (
            "every_minutes",
            args.every_minutes.map(|every| json!(every)),
        ),
    ];
    let is_change = changes.iter().any(|(_, value)| value.is_some());
    for (name, value) in changes {
        if let Some(value) = value {
            set[name] = value;
        }
    }
    if is_change {
        if field(&set, "branch").is_empty() {
            set["branch"] = json!("main");
        }
        set = remote.change("PUT", path, &set).await?;
    }
    if json {
        output::json(&set)?;
        return Ok(ExitCode::SUCCESS);
    }
    if field(&set, "folder").is_empty() {
        output::line("playbooks come from no repository")?;
        return Ok(ExitCode::SUCCESS);
    }
    let names = ["folder", "branch", "path", "signed", "every_minutes"];
    let rows: Vec<Vec<String>> = names
        .iter()
        .map(|name| vec![(*name).to_owned(), field(&set, name)])
        .collect();
    output::table(&["repository", ""], &rows)?;
    if !set["last"].is_null() {
        output::line("")?;
        tell_pull(&set["last"])?;
    }
    Ok(ExitCode::SUCCESS)
}

async fn pull(server: &Server, json: bool) -> anyhow::Result<ExitCode> {
    let path = "/api/v1/playbook-repository/pull";
    let done = Remote::find(server)?
        .change("POST", path, &json!({}))
        .await?;
    match json {
        true => output::json(&done)?,
        false => tell_pull(&done)?,
    }
    let good = field(&done, "error").is_empty() && items(&done["refused"]).next().is_none();
    Ok(match good {
        true => ExitCode::SUCCESS,
        false => ExitCode::FAILURE,
    })
}

fn tell_pull(pull: &Value) -> anyhow::Result<()> {
    let error = field(pull, "error");
    if !error.is_empty() {
        output::line(format!("nothing was pulled: {error}"))?;
        return Ok(());
    }
    let signed = if pull["signed"] == true {
        ", signed"
    } else {
        ""
    };
    output::line(format!(
        "{} at {}{signed}",
        field(pull, "commit"),
        field(pull, "at")
    ))?;
    for one in items(&pull["changed"]) {
        output::line(format!(
            "  live     {} {}",
            field(one, "id"),
            field(one, "number")
        ))?;
    }
    for id in items(&pull["removed"]) {
        output::line(format!("  archived {}", id.as_str().unwrap_or_default()))?;
    }
    for one in items(&pull["refused"]) {
        output::line(format!("  refused  {}", field(one, "file")))?;
        for reason in items(&one["reasons"]) {
            output::line(format!(
                "           {}",
                reason.as_str().unwrap_or_default()
            ))?;
        }
    }
    output::line(format!("  {} unchanged", field(pull, "unchanged")))?;
    Ok(())
}
