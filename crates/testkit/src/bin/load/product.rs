//! The server under load: started, configured through its API, its processor time and memory read from `/proc`.

use std::{
    path::{Path, PathBuf},
    process::Stdio,
    time::{Duration, Instant},
};

use serde_json::{Value, json};
use tokio::process::{Child, Command};

use crate::client::Client;

/// Kernel ticks a second, fixed on Linux.
const TICKS_PER_SECOND: f64 = 100.0;

/// A server that this program started.
#[derive(Debug)]
pub struct Product {
    child: Child,
    data: PathBuf,
    keep: bool,
    /// Where it listens.
    pub url: String,
    /// The token of its own machine.
    pub token: String,
    /// Seconds from the start of the process to the first `ready`.
    pub start_up_s: f64,
}

impl Product {
    /// Starts the binary on a data folder and waits until it is ready.
    pub async fn start(binary: &Path, data: PathBuf, keep: bool) -> Result<Self, String> {
        let content = Path::new(env!("CARGO_MANIFEST_DIR")).join("content");
        std::fs::create_dir_all(&data).map_err(|error| format!("{}: {error}", data.display()))?;
        let log = std::fs::File::create(data.join("server.log"))
            .map_err(|error| format!("{}: {error}", data.display()))?;
        let began = Instant::now();
        let child = Command::new(binary)
            .args(["serve", "--listen", "127.0.0.1:0", "--data"])
            .arg(&data)
            .arg("--content")
            .arg(content)
            .stdout(Stdio::null())
            .stderr(log)
            .kill_on_drop(true)
            .spawn()
            .map_err(|error| format!("{}: {error}", binary.display()))?;
        let mut product = Self {
            child,
            data,
            keep,
            url: String::new(),
            token: String::new(),
            start_up_s: 0.0,
        };
        while !product.is_ready().await {
            if began.elapsed() > Duration::from_secs(30) {
                return Err("the server was not ready within 30 s".into());
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        product.start_up_s = began.elapsed().as_secs_f64();
        Ok(product)
    }

    async fn is_ready(&mut self) -> bool {
        let Ok(note) = std::fs::read(self.data.join("server.json")) else {
            return false;
        };
        let note: Value = serde_json::from_slice(&note).unwrap_or_default();
        let text = |name: &str| note[name].as_str().unwrap_or_default().to_owned();
        (self.url, self.token) = (text("url"), text("token"));
        let answer = Client::new(&self.url, &self.token).text("/readyz").await;
        matches!(answer, Ok((200, _)))
    }

    /// Configures providers, Jira and a source; answers the source's token.
    pub async fn configure(&self, vendors: &str, intel: &[&str]) -> Result<String, String> {
        let mut client = Client::new(&self.url, &self.token);
        // No vendor's allowance: the server is measured, not the waiting.
        let pace = json!({"per_second": 0, "per_minute": 0, "per_hour": 0, "per_day": 0, "concurrent": 64});
        for connector in intel {
            let mount = if connector.starts_with("bench_intel") {
                "bench_intel"
            } else {
                connector
            };
            let connection = json!({
                "connector": connector, "name": connector, "base_url": format!("{vendors}/{mount}"),
                "secrets": {"api_key": "load"}, "pace": pace, "allow_private": true,
            });
            client
                .json("POST", "/api/v1/connections", &connection)
                .await?;
        }
        let jira = json!({
            "connector": "jira_data_center", "name": "jira",
            "settings": {"url": format!("{vendors}/jira"), "project": "SEC"},
            "secrets": {"token": "load"}, "pace": pace, "allow_private": true,
        });
        client.json("POST", "/api/v1/connections", &jira).await?;
        let source = json!({"name": "load"});
        let made = client.json("POST", "/api/v1/sources", &source).await?;
        Ok(made["token"].as_str().unwrap_or_default().to_owned())
    }

    /// Its process number.
    pub fn pid(&self) -> u32 {
        self.child.id().unwrap_or_default()
    }

    /// One counter or gauge of `/metrics`.
    pub async fn metric(&self, name: &str) -> f64 {
        let mut client = Client::new(&self.url, &self.token);
        let text = client
            .text("/metrics")
            .await
            .map_or_else(|_| String::new(), |(_, text)| text);
        let value = text.lines().find_map(|line| line.strip_prefix(name));
        value
            .and_then(|value| value.trim().parse().ok())
            .unwrap_or(0.0)
    }

    /// Ends it by signal and takes its data away.
    pub async fn end(mut self) {
        let pid = self.pid().to_string();
        let _ = Command::new("kill").args(["-TERM", &pid]).status().await;
        let _ = tokio::time::timeout(Duration::from_secs(10), self.child.wait()).await;
        if !self.keep {
            let _ = std::fs::remove_dir_all(&self.data);
        }
    }
}

/// Processor seconds that a process has used, in user and kernel mode.
pub fn cpu(pid: u32) -> (f64, f64) {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    let fields: Vec<&str> = stat
        .rsplit_once(')')
        .map_or("", |(_, rest)| rest)
        .split_whitespace()
        .collect();
    let ticks = |at: usize| {
        let text = fields.get(at).copied().unwrap_or_default();
        text.parse::<f64>().unwrap_or(0.0) / TICKS_PER_SECOND
    };
    (ticks(11), ticks(12))
}

/// Resident memory of a process in MiB.
pub fn resident_mib(pid: u32) -> f64 {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kib = line.and_then(|line| line.split_whitespace().next()?.parse::<f64>().ok());
    kib.unwrap_or(0.0) / 1_024.0
}
