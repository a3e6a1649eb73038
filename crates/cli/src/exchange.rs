//! Playbooks that come in and go out as files, also from and for other products.

use std::{fs, io::Write, path::Path, process::ExitCode};

use anyhow::{Context, bail};
use serde_json::{Value, json};
use updraft_content::cacao;
use updraft_model::Level;

use crate::{
    Server,
    keep::{self, FileArgs},
    output::{self, field},
    remote::Remote,
};

/// A document is not larger than this, bytes.
const DOCUMENT_BYTES_MAX: u64 = 16 << 20;

fn document(file: &Path) -> anyhow::Result<Value> {
    let size = fs::metadata(file).with_context(|| format!("cannot read {}", file.display()))?;
    if size.len() > DOCUMENT_BYTES_MAX {
        bail!(
            "{} is larger than {DOCUMENT_BYTES_MAX} bytes",
            file.display()
        );
    }
    let bytes = fs::read(file).with_context(|| format!("cannot read {}", file.display()))?;
    serde_json::from_slice(&bytes).with_context(|| format!("{} is no JSON", file.display()))
}

/// Says what is wrong with a document.
pub fn validate(file: &Path, json: bool) -> anyhow::Result<ExitCode> {
    let found = cacao::validate(&document(file)?, None);
    let bad = found.iter().any(|problem| problem.level == Level::Error);
    if json {
        output::json(&json!({ "valid": !bad, "problems": found }))?;
    } else {
        for problem in &found {
            let level = match problem.level {
                Level::Error => "error",
                Level::Warning => "warning",
            };
            output::line(format!("{level}[{}]: {}", problem.code, problem.message))?;
            output::line(format!("  --> {}#{}", file.display(), problem.pointer))?;
            if !problem.hint.is_empty() {
                output::line(format!("hint: {}", problem.hint))?;
            }
        }
        if !bad {
            output::line(format!("{} is a valid CACAO v2.0 playbook", file.display()))?;
        }
    }
    Ok(ExitCode::from(u8::from(bad)))
}

/// Makes a playbook of a document, and adds it.
pub async fn import_foreign(
    args: FileArgs,
    format: &str,
    lenient: bool,
    json: bool,
) -> anyhow::Result<ExitCode> {
    let remote = Remote::find(&args.server)?;
    let input = json!({ "format": format, "document": document(&args.file)?, "lenient": lenient });
    let path = "/api/v1/playbooks/import";
    let mut read = remote.change("POST", path, &input).await?;
    if !json {
        for problem in read["problems"].as_array().into_iter().flatten() {
            output::line(format!(
                "{}[{}]: {} ({})",
                field(problem, "level"),
                field(problem, "code"),
                field(problem, "message"),
                field(problem, "pointer")
            ))?;
        }
        for note in read["report"].as_array().into_iter().flatten() {
            let (step, what, why) = (field(note, "step"), field(note, "what"), field(note, "why"));
            output::line(format!("not mapped: {what} {step}: {why}"))?;
        }
    }
    if read["text"].is_null() {
        if json {
            output::json(&read)?;
        } else {
            output::line("the document is refused; --lenient takes it as far as it can be read")?;
        }
        return Ok(ExitCode::FAILURE);
    }
    let name = args.file.file_name().unwrap_or_default().to_string_lossy();
    let new =
        json!({ "text": read["text"], "file": name, "message": args.message.unwrap_or_default() });
    let made = remote.change("POST", "/api/v1/playbooks", &new).await?;
    if json {
        read["made"] = made;
        output::json(&read)?;
    } else {
        output::line(format!("{} added", field(&made, "id")))?;
    }
    Ok(ExitCode::SUCCESS)
}

/// Adds a playbook from a file, a bundle or a folder.
pub async fn import(args: FileArgs, json: bool) -> anyhow::Result<ExitCode> {
    let mut input = keep::read(&args.file)?;
    let name = args.file.file_name().unwrap_or_default().to_string_lossy();
    input["file"] = json!(name);
    input["message"] = json!(args.message.unwrap_or_default());
    let remote = Remote::find(&args.server)?;
    let made = remote.change("POST", "/api/v1/playbooks", &input).await?;
    keep::told(&made, format!("{} added", field(&made, "id")), json)
}

/// Prints a playbook as a file.
pub async fn export(
    server: &Server,
    id: &str,
    (format, version): (&str, &str),
) -> anyhow::Result<ExitCode> {
    let path = format!("/api/v1/playbooks/{id}/export?format={format}&version={version}");
    let document = Remote::find(server)?.document(&path).await?;
    // A file goes out as it is, whatever is in it.
    std::io::stdout().lock().write_all(&document)?;
    Ok(ExitCode::SUCCESS)
}
