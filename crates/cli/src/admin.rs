//! Sources, connections, secrets, accounts, and keeping the house.

use std::{collections::BTreeMap, path::PathBuf, process::ExitCode};

use anyhow::{Context, bail};
use clap::{Args, Subcommand};
use serde_json::{Value, json};
use updraft_app::{App, Config, setup};

use crate::{
    Server,
    output::{self, field},
    remote::Remote,
};

#[derive(Debug, Subcommand)]
pub enum SourceCommand {
    /// All intakes.
    List {
        #[command(flatten)]
        server: Server,
    },
    /// Make an intake; its token is printed once.
    Create {
        /// The name in the URL.
        name: String,
        /// The mapping, or auto.
        #[arg(long, default_value = "auto")]
        mapping: String,
        #[command(flatten)]
        server: Server,
    },
    /// A new token; the old one stops working.
    Token {
        /// The source's name.
        name: String,
        #[command(flatten)]
        server: Server,
    },
}

#[derive(Debug, Subcommand)]
pub enum ConnectionCommand {
    /// All configured products.
    List {
        #[command(flatten)]
        server: Server,
    },
    /// Configure a product.
    Create {
        /// The connector's id.
        connector: String,
        /// What people call it.
        #[arg(long)]
        name: Option<String>,
        /// Instead of the product's usual address.
        #[arg(long)]
        base_url: Option<String>,
        /// A setting, `name=value`. Can be given several times.
        #[arg(long = "set", value_parser = pair)]
        settings: Vec<(String, String)>,
        /// A secret, `name=value`, or `name=-` to be asked for it. Can be given several times.
        #[arg(long = "secret", value_parser = pair)]
        secrets: Vec<(String, String)>,
        /// What the team's plan allows: `per_minute=1000`; 0 is no limit. Can be given several times.
        #[arg(long, value_parser = pair)]
        pace: Vec<(String, String)>,
        /// Let it reach private addresses.
        #[arg(long)]
        allow_private: bool,
        #[command(flatten)]
        server: Server,
    },
    /// Change a connection; what is not given stays.
    Change {
        /// The connection's id.
        id: String,
        /// What people call it.
        #[arg(long)]
        name: Option<String>,
        /// Instead of the product's usual address.
        #[arg(long)]
        base_url: Option<String>,
        /// What the team's plan allows: `per_minute=1000`; 0 is no limit. Can be given several times.
        #[arg(long, value_parser = pair)]
        pace: Vec<(String, String)>,
        /// Admiralty A to F.
        #[arg(long)]
        reliability: Option<String>,
        /// Take it out of every fan-out, or back in.
        #[arg(long)]
        enabled: Option<bool>,
        #[command(flatten)]
        server: Server,
    },
    /// Ask the product something harmless.
    Test {
        /// The connection's id.
        id: String,
        #[command(flatten)]
        server: Server,
    },
    /// Remove a connection and its secrets.
    Delete {
        /// The connection's id.
        id: String,
        #[command(flatten)]
        server: Server,
    },
}

#[derive(Debug, Subcommand)]
pub enum SecretCommand {
    /// Which secrets are set; their values are never shown.
    List {
        #[command(flatten)]
        server: Server,
    },
    /// Set secrets of a connection.
    Set {
        /// The connection's id.
        connection: String,
        /// `name=value`, or `name=-` to be asked for it.
        #[arg(value_parser = pair, required = true)]
        secrets: Vec<(String, String)>,
        #[command(flatten)]
        server: Server,
    },
    /// Seal every stored secret with a new key and forget the old one. The server must be stopped.
    Rotate {
        /// The data folder.
        #[arg(long, env = "UPDRAFT_DATA", default_value = "data")]
        data: PathBuf,
    },
}

#[derive(Debug, Subcommand)]
pub enum UserCommand {
    /// All accounts.
    List {
        #[command(flatten)]
        server: Server,
    },
    /// Make an account; its one-time password is printed once.
    Create {
        /// What the person signs in with.
        name: String,
        /// auditor, analyst, engineer or admin.
        #[arg(long, default_value = "analyst")]
        role: String,
        #[command(flatten)]
        server: Server,
    },
    /// A new one-time password; the account's sessions end.
    ResetPassword {
        /// The account's name.
        name: String,
        #[command(flatten)]
        server: Server,
    },
    /// Let nobody sign in with the account.
    Disable {
        /// The account's name.
        name: String,
        #[command(flatten)]
        server: Server,
    },
}

#[derive(Debug, Args)]
pub struct BackupArgs {
    /// The file to write; it must not exist.
    file: PathBuf,
    #[command(flatten)]
    server: Server,
}

#[derive(Debug, Args)]
pub struct RestoreArgs {
    /// The backup.
    file: PathBuf,
    /// The data folder; it must not hold a database.
    #[arg(long, env = "UPDRAFT_DATA", default_value = "data")]
    data: PathBuf,
}

fn pair(text: &str) -> Result<(String, String), String> {
    let (name, value) = text.split_once('=').ok_or("write name=value")?;
    Ok((name.to_owned(), value.to_owned()))
}

/// Values of secrets; `-` asks at the terminal without showing what is typed.
pub fn secret_values(given: Vec<(String, String)>) -> anyhow::Result<BTreeMap<String, String>> {
    let ask = |(name, value): (String, String)| {
        let value = match value.as_str() {
            "-" => rpassword::prompt_password(format!("{name}: "))?,
            _ => value,
        };
        Ok((name, value))
    };
    given.into_iter().map(ask).collect()
}

pub async fn source(command: SourceCommand, json: bool) -> anyhow::Result<ExitCode> {
    match command {
        SourceCommand::List { server } => {
            let list = Remote::find(&server)?.get("/api/v1/sources").await?;
            print_list(
                &list,
                json,
                &[
                    "name",
                    "mapping",
                    "default_severity",
                    "enabled",
                    "last_alert_at",
                ],
            )?;
        }
        SourceCommand::Create {
            name,
            mapping,
            server,
        } => {
            let body = json!({ "name": name, "mapping": mapping });
            let made = Remote::find(&server)?
                .change("POST", "/api/v1/sources", &body)
                .await?;
            print_once(&made, json, "token")?;
        }
        SourceCommand::Token { name, server } => {
            let path = format!("/api/v1/sources/{name}/token");
            let made = Remote::find(&server)?
                .change("POST", &path, &json!({}))
                .await?;
            print_once(&made, json, "token")?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

pub async fn connection(command: ConnectionCommand, json: bool) -> anyhow::Result<ExitCode> {
    match command {
        ConnectionCommand::List { server } => {
            let list = Remote::find(&server)?.get("/api/v1/connections").await?;
            print_list(
                &list,
                json,
                &["id", "connector", "name", "enabled", "problem"],
            )?;
        }
        ConnectionCommand::Create {
            connector,
            name,
            base_url,
            settings,
            secrets,
            pace,
            allow_private,
            server,
        } => {
            let body = json!({
                "connector": connector,
                "name": name,
                "base_url": base_url,
                "settings": settings.into_iter().map(|(name, value)| (name, typed(value))).collect::<BTreeMap<_, _>>(),
                "secrets": secret_values(secrets)?,
                "pace": pace_of(pace),
                "allow_private": allow_private,
            });
            let made = Remote::find(&server)?
                .change("POST", "/api/v1/connections", &body)
                .await?;
            if json {
                output::json(&made)?
            } else {
                output::line(field(&made, "id"))?
            }
        }
        ConnectionCommand::Change {
            id,
            name,
            base_url,
            pace,
            reliability,
            enabled,
            server,
        } => {
            let body = json!({
                "name": name,
                "base_url": base_url,
                "pace": pace_of(pace),
                "reliability": reliability,
                "enabled": enabled,
            });
            let path = format!("/api/v1/connections/{id}");
            let changed = Remote::find(&server)?.change("PATCH", &path, &body).await?;
            if json {
                output::json(&changed)?;
            } else {
                output::line(field(&changed, "id"))?;
            }
        }
        ConnectionCommand::Test { id, server } => {
            let path = format!("/api/v1/connections/{id}/test");
            let result = Remote::find(&server)?
                .change("POST", &path, &json!({}))
                .await?;
            if json {
                output::json(&result)?;
            } else {
                output::line(format!(
                    "{} {}",
                    field(&result, "message"),
                    field(&result, "hint")
                ))?;
            }
            if result["ok"] != json!(true) {
                return Ok(ExitCode::FAILURE);
            }
        }
        ConnectionCommand::Delete { id, server } => {
            let path = format!("/api/v1/connections/{id}");
            Remote::find(&server)?
                .change("DELETE", &path, &json!({}))
                .await?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// The numbers of a plan with a vendor; nothing given changes nothing.
fn pace_of(given: Vec<(String, String)>) -> Value {
    if given.is_empty() {
        return Value::Null;
    }
    given
        .into_iter()
        .map(|(name, value)| (name, typed(value)))
        .collect()
}

/// A setting's value: a number, true or false where it looks like one, else text.
fn typed(value: String) -> Value {
    match serde_json::from_str::<Value>(&value) {
        Ok(value @ (Value::Number(_) | Value::Bool(_))) => value,
        _ => Value::String(value),
    }
}

pub async fn secret(command: SecretCommand, json: bool) -> anyhow::Result<ExitCode> {
    match command {
        SecretCommand::List { server } => {
            let list = Remote::find(&server)?.get("/api/v1/connections").await?;
            print_list(&list, json, &["id", "name", "secrets"])?;
        }
        SecretCommand::Set {
            connection,
            secrets,
            server,
        } => {
            let body = json!({ "secrets": secret_values(secrets)? });
            let path = format!("/api/v1/connections/{connection}");
            let changed = Remote::find(&server)?.change("PATCH", &path, &body).await?;
            if json {
                output::json(&changed)?;
            } else {
                output::line(format!("set: {}", field(&changed, "secrets")))?;
            }
        }
        SecretCommand::Rotate { data } => {
            if std::env::var_os("UPDRAFT_KEY").is_some() {
                bail!(
                    "the key comes from UPDRAFT_KEY: set it to `old,new`, restart, rotate, then to `new`"
                );
            }
            let app = open_stopped(data).await?;
            let resealed = app.rotate_key().await?;
            app.close().await;
            if json {
                output::json(&json!({ "resealed": resealed }))?;
            } else {
                output::line(format!(
                    "{resealed} connections sealed with a new key; keep a copy of the key file"
                ))?;
            }
        }
    }
    Ok(ExitCode::SUCCESS)
}

pub async fn user(command: UserCommand, json: bool) -> anyhow::Result<ExitCode> {
    match command {
        UserCommand::List { server } => {
            let list = Remote::find(&server)?.get("/api/v1/users").await?;
            print_list(&list, json, &["name", "role", "enabled", "created_at"])?;
        }
        UserCommand::Create { name, role, server } => {
            let body = json!({ "name": name, "role": role });
            let made = Remote::find(&server)?
                .change("POST", "/api/v1/users", &body)
                .await?;
            print_once(&made, json, "one_time_password")?;
        }
        UserCommand::ResetPassword { name, server } => {
            let remote = Remote::find(&server)?;
            let id = user_id(&remote, &name).await?;
            let path = format!("/api/v1/users/{id}/password-reset");
            let made = remote.change("POST", &path, &json!({})).await?;
            print_once(&made, json, "one_time_password")?;
        }
        UserCommand::Disable { name, server } => {
            let remote = Remote::find(&server)?;
            let id = user_id(&remote, &name).await?;
            let path = format!("/api/v1/users/{id}");
            remote
                .change("PATCH", &path, &json!({ "enabled": false }))
                .await?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

async fn user_id(remote: &Remote, name: &str) -> anyhow::Result<String> {
    let users = remote.get("/api/v1/users").await?;
    users
        .as_array()
        .into_iter()
        .flatten()
        .find(|user| field(user, "name") == name)
        .map(|user| field(user, "id"))
        .with_context(|| format!("there is no account `{name}`"))
}

pub async fn doctor(server: Server, json: bool) -> anyhow::Result<ExitCode> {
    let findings = match Remote::find(&server) {
        Ok(remote) if remote.is_up().await => remote.get("/api/v1/doctor").await?,
        _ => {
            let app = open_stopped(server.data).await?;
            let findings = serde_json::to_value(app.doctor().await)?;
            app.close().await;
            findings
        }
    };
    let mut sound = true;
    for finding in findings.as_array().into_iter().flatten() {
        let ok = finding["ok"].as_bool().unwrap_or(false);
        sound &= ok;
        if !json {
            let mark = if ok { "ok   " } else { "WRONG" };
            output::line(format!(
                "{mark} {:<14} {}",
                field(finding, "what"),
                field(finding, "found")
            ))?;
            if !ok {
                output::line(format!("      mend it: {}", field(finding, "hint")))?;
            }
        }
    }
    if json {
        output::json(&findings)?;
    }
    Ok(if sound {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

pub async fn backup(args: BackupArgs, json: bool) -> anyhow::Result<ExitCode> {
    if args.file.exists() {
        bail!("{} exists; a backup never overwrites", args.file.display());
    }
    match Remote::find(&args.server) {
        Ok(remote) if remote.is_up().await => {
            let made = remote.change("POST", "/api/v1/backups", &json!({})).await?;
            let made = PathBuf::from(field(&made, "path"));
            std::fs::copy(&made, &args.file)
                .with_context(|| format!("{} cannot be copied", made.display()))?;
            std::fs::remove_file(&made)?;
        }
        _ => {
            let app = open_stopped(args.server.data).await?;
            app.backup(&args.file).await?;
            app.close().await;
        }
    }
    let path = args.file.display().to_string();
    if json {
        output::json(&json!({ "file": path }))?;
    } else {
        output::line(format!(
            "{path}\nkeep the key file of the data folder with it: without it no secret opens"
        ))?;
    }
    Ok(ExitCode::SUCCESS)
}

pub fn restore(args: RestoreArgs, json: bool) -> anyhow::Result<ExitCode> {
    std::fs::create_dir_all(&args.data)?;
    updraft_app::upkeep::restore(&args.file, &args.data)?;
    let path = args.data.display().to_string();
    if json {
        output::json(&json!({ "data": path }))?;
    } else {
        output::line(format!(
            "restored into {path}; put the key file there before you start"
        ))?;
    }
    Ok(ExitCode::SUCCESS)
}

/// Opens the data folder for a command that works without a server.
async fn open_stopped(data: PathBuf) -> anyhow::Result<App> {
    if !data.exists() {
        bail!("there is no data folder {}", data.display());
    }
    let opening = setup::Opening {
        config: Config {
            data,
            ..Config::default()
        },
        database: std::env::var("UPDRAFT_DATABASE").ok(),
        content: None,
        key: std::env::var("UPDRAFT_KEY").ok(),
        outside: setup::Outside::default(),
    };
    let (app, _, _) = App::open(opening).await?;
    Ok(app)
}

fn print_list(list: &Value, json: bool, columns: &[&str]) -> std::io::Result<()> {
    if json {
        return output::json(list);
    }
    let rows: Vec<Vec<String>> = list
        .as_array()
        .into_iter()
        .flatten()
        .map(|row| columns.iter().map(|column| field(row, column)).collect())
        .collect();
    output::table(columns, &rows)
}

fn print_once(made: &Value, json: bool, name: &str) -> std::io::Result<()> {
    if json {
        output::json(made)
    } else {
        output::line(field(made, name))
    }
}
