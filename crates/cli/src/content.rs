//! Connectors and playbooks from the command line: check, try, start, document. No server, no store.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    process::ExitCode,
    sync::Arc,
};

use anyhow::{Context, bail};
use clap::{Args, Subcommand};
use serde_json::{Value, json};
use updraft_app::{probe, setup};
use updraft_model::{Diagnostic, Level};

use crate::{Server, admin::secret_values, keep, output, remote::Remote, starts, trials};

#[derive(Debug, Subcommand)]
pub enum ConnectorCommand {
    /// The connectors that the content knows.
    List {
        /// A folder with content over the built-in one.
        #[arg(long)]
        content: Option<PathBuf>,
    },
    /// Everything that is wrong with a connector's folder, with places.
    Lint {
        /// Folders of connectors; nothing lints all built-in ones.
        folders: Vec<PathBuf>,
    },
    /// Play a connector's samples against its manifest, without network.
    Test {
        /// Folders of connectors; nothing tests all built-in ones.
        folders: Vec<PathBuf>,
    },
    /// Start a new connector in a folder of its own.
    New {
        /// Its id: lower-case letters, digits and underscores.
        id: String,
        /// The folder in which the connector's folder is made.
        #[arg(long, default_value = "content/connectors")]
        into: PathBuf,
    },
    /// The reference page of a connector.
    Docs {
        /// Its id.
        id: String,
        /// A folder with content over the built-in one.
        #[arg(long)]
        content: Option<PathBuf>,
    },
    /// Perform one action through the real client, without a server.
    Call(CallArgs),
}

#[derive(Debug, Args)]
pub struct CallArgs {
    /// The connector's id.
    connector: String,
    /// The action's name.
    action: String,
    /// An input, `name=value`; `name=@file` sends a file. Can be given several times.
    #[arg(long = "input", num_args = 1.., value_parser = pair)]
    inputs: Vec<(String, String)>,
    /// A setting, `name=value`.
    #[arg(long = "set", num_args = 1.., value_parser = pair)]
    settings: Vec<(String, String)>,
    /// A secret, `name=value`, or `name=-` to be asked for it.
    #[arg(long = "secret", num_args = 1.., value_parser = pair)]
    secrets: Vec<(String, String)>,
    /// Instead of the product's usual address. It may be a private one.
    #[arg(long)]
    base_url: Option<String>,
    /// The key of a write.
    #[arg(long)]
    idempotency_key: Option<String>,
    /// A folder with content over the built-in one.
    #[arg(long)]
    content: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
pub enum PlaybookCommand {
    /// Everything that is wrong with a playbook, with places.
    Lint {
        /// Playbook files; nothing lints all built-in ones.
        files: Vec<PathBuf>,
    },
    #[command(flatten)]
    Trial(trials::TrialCommand),
    #[command(flatten)]
    Keep(keep::KeepCommand),
    /// Try a version on the runs of the last days: what it would close, escalate, contain and ask.
    Backtest(crate::trust::BacktestArgs),
    #[command(flatten)]
    Start(starts::StartCommand),
    /// Set what new runs of a playbook start with, such as the verdict policy.
    Set {
        /// The playbook's id.
        id: String,
        /// `name=value`; an empty value goes back to the default.
        #[arg(value_parser = pair, required = true)]
        values: Vec<(String, String)>,
        #[command(flatten)]
        server: Server,
    },
}

#[derive(Debug, Args)]
pub struct DocsArgs {
    /// Write the files; without it only say which are stale.
    #[arg(long)]
    write: bool,
    /// The root of the repository.
    #[arg(long, default_value = ".")]
    root: PathBuf,
}

fn pair(text: &str) -> Result<(String, String), String> {
    let (name, value) = text.split_once('=').ok_or("write name=value")?;
    Ok((name.to_owned(), value.to_owned()))
}

pub async fn connector(command: ConnectorCommand, json: bool) -> anyhow::Result<ExitCode> {
    match command {
        ConnectorCommand::List { content } => list(content.as_deref(), json),
        ConnectorCommand::Lint { folders } => {
            let mut found = Vec::new();
            for (name, files) in connector_folders(&folders)? {
                let own = updraft_content::lint_connector(&files);
                found.extend(own.into_iter().map(|one| named(one, &name)));
            }
            report(&found, json)
        }
        ConnectorCommand::Test { folders } => test(&folders, json),
        ConnectorCommand::New { id, into } => new(&id, &into),
        ConnectorCommand::Docs { id, content } => {
            let (content, _) = setup::read_content(content.as_deref())?;
            let connector = content.library.connectors.get(&id);
            let connector = connector.with_context(|| format!("there is no connector `{id}`"))?;
            output::text(&updraft_connector::reference(connector))?;
            Ok(ExitCode::SUCCESS)
        }
        ConnectorCommand::Call(args) => call(args, json).await,
    }
}

fn named(mut diagnostic: Diagnostic, folder: &str) -> Diagnostic {
    if !diagnostic.file.starts_with(folder) {
        diagnostic.file = format!("{folder}/{}", diagnostic.file);
    }
    diagnostic
}

fn list(content: Option<&Path>, json: bool) -> anyhow::Result<ExitCode> {
    let (content, _) = setup::read_content(content)?;
    let connectors = content.library.connectors.values();
    if json {
        let all: Vec<Value> = connectors
            .map(|connector| {
                json!({
                    "id": connector.manifest.id,
                    "name": connector.manifest.name,
                    "category": connector.manifest.category,
                    "summary": connector.manifest.summary,
                    "actions": connector.actions.values().map(|action| json!({
                        "name": action.name,
                        "effect": action.effect.as_str(),
                        "capabilities": action.capabilities,
                        "inputs": action.inputs.keys().collect::<Vec<_>>(),
                    })).collect::<Vec<_>>(),
                })
            })
            .collect();
        output::json(&Value::Array(all))?;
    } else {
        let rows: Vec<Vec<String>> = connectors
            .map(|connector| {
                let actions: Vec<&str> = connector.actions.keys().map(String::as_str).collect();
                vec![
                    connector.manifest.id.clone(),
                    connector.manifest.category.clone(),
                    actions.join(" "),
                ]
            })
            .collect();
        output::table(&["connector", "category", "actions"], &rows)?;
    }
    Ok(ExitCode::SUCCESS)
}

/// Prints diagnostics; a failure when one of them is an error.
fn report(found: &[Diagnostic], json: bool) -> anyhow::Result<ExitCode> {
    if json {
        output::json(&serde_json::to_value(found)?)?;
    } else {
        for diagnostic in found {
            output::text(&diagnostic.to_string())?;
            output::line("")?;
        }
        let errors = found.iter().filter(|one| one.level == Level::Error).count();
        let warnings = found.len() - errors;
        output::line(format!("{errors} errors, {warnings} warnings"))?;
    }
    let failed = found.iter().any(|one| one.level == Level::Error);
    Ok(if failed {
        ExitCode::FAILURE
    } else {
        ExitCode::SUCCESS
    })
}

fn connector_folders(
    folders: &[PathBuf],
) -> anyhow::Result<BTreeMap<String, BTreeMap<String, Vec<u8>>>> {
    if folders.is_empty() {
        let all = updraft_content::embedded();
        let own = updraft_content::folders(&all, "connectors/");
        return Ok(own
            .into_iter()
            .map(|(name, files)| (format!("content/connectors/{name}"), files))
            .collect());
    }
    let mut found = BTreeMap::new();
    for folder in folders {
        let mut files = BTreeMap::new();
        setup::read_folder(folder, folder, &mut files)
            .with_context(|| format!("{} cannot be read", folder.display()))?;
        if !files.contains_key("connector.yaml") {
            bail!("{} holds no connector.yaml", folder.display());
        }
        found.insert(
            folder
                .display()
                .to_string()
                .trim_end_matches('/')
                .to_owned(),
            files,
        );
    }
    Ok(found)
}

fn test(folders: &[PathBuf], json: bool) -> anyhow::Result<ExitCode> {
    let mut results = Vec::new();
    for files in connector_folders(folders)?.into_values() {
        results.extend(updraft_content::test_connector(&files));
    }
    let failed = results.iter().filter(|result| !result.passed).count();
    if json {
        let all: Vec<Value> = results
            .iter()
            .map(|result| {
                json!({
                    "connector": result.connector,
                    "action": result.action,
                    "case": result.case,
                    "passed": result.passed,
                    "message": result.message,
                })
            })
            .collect();
        output::json(&Value::Array(all))?;
    } else {
        for result in results.iter().filter(|result| !result.passed) {
            output::line(format!(
                "FAILED {} {} {}",
                result.connector, result.action, result.case
            ))?;
            output::text(&result.message)?;
        }
        output::line(format!(
            "{} passed, {failed} failed",
            results.len() - failed
        ))?;
    }
    Ok(if failed == 0 && !results.is_empty() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

fn new(id: &str, into: &Path) -> anyhow::Result<ExitCode> {
    let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
    if id.is_empty() || id.len() > 64 || !id.chars().all(fits) {
        bail!("a connector's id has 1 to 64 lower-case letters, digits and underscores");
    }
    let folder = into.join(id);
    if folder.exists() {
        bail!("{} exists already", folder.display());
    }
    for (name, text) in updraft_content::scaffold(id) {
        let path = folder.join(&name);
        if let Some(parent) = path.parent() {
            std::fs::create_dir_all(parent)?;
        }
        std::fs::write(&path, text)?;
        output::line(path.display().to_string())?;
    }
    Ok(ExitCode::SUCCESS)
}

async fn call(args: CallArgs, json: bool) -> anyhow::Result<ExitCode> {
    let (content, _) = setup::read_content(args.content.as_deref())?;
    let connector = content.library.connectors.get(&args.connector).cloned();
    let connector = connector.with_context(|| {
        format!(
            "there is no connector `{}`; see `updraft connector list`",
            args.connector
        )
    })?;
    let mut files = probe::Files::default();
    let mut input = serde_json::Map::new();
    for (name, value) in args.inputs {
        let spec = connector
            .action(&args.action)
            .and_then(|action| action.inputs.get(&name));
        let value = match value.strip_prefix('@') {
            Some(path) => files
                .add(Path::new(path))
                .with_context(|| format!("{path} cannot be read"))?,
            None => probe::typed(&value, spec),
        };
        input.insert(name, value);
    }
    let settings: serde_json::Map<String, Value> = args
        .settings
        .into_iter()
        .map(|(name, value)| {
            let value = probe::typed(&value, connector.manifest.settings.get(&name));
            (name, value)
        })
        .collect();
    let request = probe::Request {
        connector: Arc::clone(&connector),
        action: args.action,
        input: Value::Object(input),
        settings: Value::Object(settings),
        secrets: secret_values(args.secrets)?,
        base_url: args.base_url,
        idempotency_key: args.idempotency_key,
        files,
    };
    let answer = probe::call(request).await?;
    if json {
        output::json(&answer)?;
    } else {
        output::line(format!(
            "{} after {} exchanges",
            output::field(&answer, "status"),
            answer["exchanges"]
        ))?;
        for part in ["verdict", "error", "output"] {
            if !answer[part].is_null() {
                output::line(part)?;
                output::json(&answer[part])?;
            }
        }
    }
    let failed = answer["status"] == "error";
    Ok(if failed {
        ExitCode::FAILURE
    } else {
        ExitCode::SUCCESS
    })
}

pub async fn playbook(command: PlaybookCommand, json: bool) -> anyhow::Result<ExitCode> {
    match command {
        PlaybookCommand::Lint { files } => lint_playbooks(files, json),
        PlaybookCommand::Trial(command) => trials::run(command, json).await,
        PlaybookCommand::Keep(command) => keep::run(command, json).await,
        PlaybookCommand::Backtest(args) => crate::trust::backtest(args, json).await,
        PlaybookCommand::Start(command) => starts::start(command, json).await,
        PlaybookCommand::Set { id, values, server } => {
            let value = |text: String| match text.as_str() {
                "" => Value::Null,
                _ => probe::typed(&text, None),
            };
            let values: serde_json::Map<String, Value> = values
                .into_iter()
                .map(|(name, text)| (name, value(text)))
                .collect();
            let path = format!("/api/v1/playbooks/{id}/inputs");
            let given = Remote::find(&server)?
                .change("PATCH", &path, &json!(values))
                .await?;
            output::json(&given)?;
            Ok(ExitCode::SUCCESS)
        }
    }
}

fn lint_playbooks(files: Vec<PathBuf>, json: bool) -> anyhow::Result<ExitCode> {
    let mut texts = BTreeMap::new();
    if files.is_empty() {
        for (path, bytes) in updraft_content::embedded() {
            if path.starts_with("playbooks/") && path.ends_with("/playbook.yaml") {
                texts.insert(format!("content/{path}"), bytes);
            }
        }
    }
    for file in files {
        let bytes =
            std::fs::read(&file).with_context(|| format!("{} cannot be read", file.display()))?;
        texts.insert(file.display().to_string(), bytes);
    }
    let mut world = world_around(texts.keys())?;
    // Playbooks that are given together may call each other.
    for (file, bytes) in &texts {
        if let Ok(plan) = updraft_content::parse_playbook(file, &String::from_utf8_lossy(bytes)) {
            world.events.extend(plan.events());
            world.playbooks.insert(plan.id().to_owned(), plan.into());
        }
    }
    let mut found = Vec::new();
    for (file, bytes) in texts {
        let text = String::from_utf8_lossy(&bytes);
        found.extend(updraft_content::check_playbook(&file, &text, &world).1);
    }
    report(&found, json)
}

/// What there is to call: the content that ships, and on top of it the folder in which the first of these
/// files stands (`FOLDER/playbooks/name/playbook.yaml`).
fn world_around<'f>(
    files: impl Iterator<Item = &'f String>,
) -> anyhow::Result<updraft_content::World> {
    let folder = files
        .filter_map(|file| {
            let mut around = Path::new(file).ancestors();
            around.find(|at| at.ends_with("playbooks"))
        })
        .find_map(|playbooks| playbooks.parent())
        .filter(|folder| folder.is_dir());
    let (content, _) = setup::read_content(folder)?;
    Ok(updraft_content::world(&content.library))
}

pub fn docs(args: DocsArgs) -> anyhow::Result<ExitCode> {
    let mut stale = 0;
    for (path, text) in documents()? {
        let path = args.root.join(path);
        if std::fs::read_to_string(&path).is_ok_and(|there| there == text) {
            continue;
        }
        stale += 1;
        output::line(path.display().to_string())?;
        if args.write {
            if let Some(parent) = path.parent() {
                std::fs::create_dir_all(parent)?;
            }
            std::fs::write(&path, text)?;
        }
    }
    Ok(if stale > 0 && !args.write {
        ExitCode::FAILURE
    } else {
        ExitCode::SUCCESS
    })
}

/// Every generated document: path from the root of the repository, and text.
pub fn documents() -> anyhow::Result<Vec<(String, String)>> {
    let (content, _) = setup::read_content(None)?;
    let pretty = |value: &Value| serde_json::to_string_pretty(value).map(|text| text + "\n");
    let mut documents = vec![
        (
            "api/openapi.json".to_owned(),
            pretty(&serde_json::to_value(updraft_server::openapi())?)?,
        ),
        (
            "docs/reference/expressions.md".to_owned(),
            probe::expression_reference(),
        ),
        (
            "docs/reference/playbook_schema.json".to_owned(),
            pretty(&probe::playbook_schema())?,
        ),
    ];
    for (id, connector) in &content.library.connectors {
        let page = updraft_connector::reference(connector);
        documents.push((format!("docs/reference/connectors/{id}.md"), page));
    }
    Ok(documents)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Generated files are committed; this fails when one is stale.
    #[test]
    fn the_generated_documents_are_fresh() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        let stale: Vec<String> = documents()
            .unwrap()
            .into_iter()
            .filter(|(path, text)| {
                std::fs::read_to_string(root.join(path)).ok().as_deref() != Some(text.as_str())
            })
            .map(|(path, _)| path)
            .collect();
        assert!(stale.is_empty(), "run `make docs`; stale: {stale:?}");
    }
}
