//! Talking to a running server: on this machine through the token that it left in its data folder, or
//! anywhere with an address and an API token.

use std::{io, path::Path, time::Duration};

use anyhow::{Context, bail};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use updraft_app::operator::{Client, Reply};

use crate::Server;

/// The file in the data folder by which a command finds its server.
const FILE: &str = "server.json";
/// How long to wait for room on a full disk before the note is tried again.
const AGAIN_AFTER: Duration = Duration::from_secs(1);

/// What a server leaves for the commands of its own machine.
#[derive(Debug, Serialize, Deserialize)]
pub struct Local {
    /// Its address.
    pub url: String,
    /// A token that is good as long as it runs.
    pub token: String,
}

impl Local {
    /// Leaves the note, readable by the owner only. On a full disk the server works all the same, so that what
    /// frees space can be asked for; the note follows when there is room.
    pub fn leave(self, data: &Path) -> anyhow::Result<()> {
        let path = data.join(FILE);
        match self.write(&path) {
            Ok(()) => Ok(()),
            Err(error) if is_full(&error) => {
                tracing::warn!(
                    "{} cannot be written, for the disk is full: commands on this machine find this server \
                     once there is room, at least 4 KiB",
                    path.display()
                );
                tokio::spawn(async move {
                    while self.write(&path).is_err() {
                        tokio::time::sleep(AGAIN_AFTER).await;
                    }
                });
                Ok(())
            }
            Err(error) => {
                Err(error).with_context(|| format!("{} cannot be written", path.display()))
            }
        }
    }

    /// Whole or not at all: nobody may read half a note.
    fn write(&self, path: &Path) -> io::Result<()> {
        use std::{io::Write, os::unix::fs::OpenOptionsExt};
        let beside = path.with_extension("new");
        let _ = std::fs::remove_file(&beside);
        let mut options = std::fs::OpenOptions::new();
        let written = options
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(&beside)
            .and_then(|mut file| file.write_all(&serde_json::to_vec(self)?))
            .and_then(|()| std::fs::rename(&beside, path));
        if written.is_err() {
            let _ = std::fs::remove_file(&beside);
            // The note of an earlier start names a server that is gone.
            let _ = std::fs::remove_file(path);
        }
        written
    }

    /// Takes the note away.
    pub fn take_away(data: &Path) {
        let _ = std::fs::remove_file(data.join(FILE));
    }
}

fn is_full(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded
    )
}

/// A server to talk to.
#[derive(Debug)]
pub struct Remote {
    client: Client,
    url: String,
    token: String,
}

impl Remote {
    /// Finds the server.
    pub fn find(server: &Server) -> anyhow::Result<Self> {
        let client = Client::new()?;
        if let Some(url) = &server.url {
            let token = server
                .token
                .clone()
                .context("--url needs --token or UPDRAFT_TOKEN")?;
            return Ok(Self {
                client,
                url: url.trim_end_matches('/').to_owned(),
                token,
            });
        }
        let path = server.data.join(FILE);
        let Ok(text) = std::fs::read(&path) else {
            bail!(
                "no server runs on {}: start one with `updraft serve --data {}`, or give --url and --token",
                server.data.display(),
                server.data.display()
            );
        };
        let local: Local = serde_json::from_slice(&text)
            .with_context(|| format!("{} is damaged; restart the server", path.display()))?;
        let token = server.token.clone().unwrap_or(local.token);
        Ok(Self {
            client,
            url: local.url,
            token,
        })
    }

    /// True when a server answers there.
    pub async fn is_up(&self) -> bool {
        let reply = self
            .client
            .send("GET", &format!("{}/healthz", self.url), None, None)
            .await;
        reply.is_ok_and(|reply| reply.status == 200)
    }

    /// Asks for JSON.
    pub async fn get(&self, path: &str) -> anyhow::Result<Value> {
        let reply = self.send("GET", path, None).await?;
        Ok(serde_json::from_slice(&reply.body)?)
    }

    /// Asks for JSON that may not be there.
    pub async fn find_json(&self, path: &str) -> anyhow::Result<Option<Value>> {
        let url = format!("{}{path}", self.url);
        let reply = self.client.send("GET", &url, Some(&self.token), None).await;
        if reply.is_ok_and(|reply| reply.status == 404) {
            return Ok(None);
        }
        self.get(path).await.map(Some)
    }

    /// Asks for a document as it is.
    pub async fn document(&self, path: &str) -> anyhow::Result<Vec<u8>> {
        Ok(self.send("GET", path, None).await?.body)
    }

    /// Sends JSON; answers JSON, or null when there is none.
    pub async fn change(&self, method: &str, path: &str, body: &Value) -> anyhow::Result<Value> {
        let bytes = serde_json::to_vec(body)?;
        let reply = self
            .send(method, path, Some(("application/json", bytes)))
            .await?;
        if reply.body.is_empty() {
            return Ok(Value::Null);
        }
        Ok(serde_json::from_slice(&reply.body)?)
    }

    /// Sends bytes; answers JSON.
    pub async fn hand_in(
        &self,
        path: &str,
        content_type: &str,
        bytes: Vec<u8>,
    ) -> anyhow::Result<Value> {
        let reply = self.send("POST", path, Some((content_type, bytes))).await?;
        Ok(serde_json::from_slice(&reply.body)?)
    }

    async fn send(
        &self,
        method: &str,
        path: &str,
        body: Option<(&str, Vec<u8>)>,
    ) -> anyhow::Result<Reply> {
        let url = format!("{}{path}", self.url);
        let reply = self
            .client
            .send(method, &url, Some(&self.token), body)
            .await
            .map_err(|why| anyhow::anyhow!("the server at {} does not answer: {why}", self.url))?;
        if (200..300).contains(&reply.status) {
            return Ok(reply);
        }
        let problem: Value = serde_json::from_slice(&reply.body).unwrap_or_default();
        let detail = crate::output::field(&problem, "detail");
        let hint = crate::output::field(&problem, "hint");
        let hint = if hint.is_empty() {
            String::new()
        } else {
            format!("\nhint: {hint}")
        };
        match detail.as_str() {
            "" => bail!("the server answered {}", reply.status),
            detail => bail!("{detail}{hint}"),
        }
    }
}
