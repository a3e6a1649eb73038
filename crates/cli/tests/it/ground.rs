//! The ground that the tests stand on: the real program on a free port with a data folder of its own, and made-up
//! vendors in the process of the test, which remember what they were asked and misbehave on command.
//!
//! Addresses 45.* and names with `evil` in them are malicious to the vendors, everything else is harmless.

use std::{
    fs,
    net::SocketAddr,
    path::{Path, PathBuf},
    process::{Child, Command, Output, Stdio},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use serde_json::{Value, json};
use tempfile::TempDir;
use updraft_testkit::vendor::{Asked, Jira, Mounts, Reply as VendorReply, Server};

use crate::http::{self, Reply};

/// How long anything may take to happen.
pub const PATIENCE: Duration = Duration::from_secs(60);
/// How people reach the server of the tests, in links.
pub const PUBLIC_URL: &str = "https://updraft.example";
/// The source of the tests.
pub const SOURCE: &str = "tests";

/// The providers that can be connected: all the same but for their names and what happens to them.
const PROVIDERS: [&str; 6] = [
    "lookout",
    "latecomer",
    "broken",
    "hanging",
    "keyless",
    "doubter",
];

/// The made-up vendors.
pub struct Vendors {
    pub server: Server,
    pub jira: Arc<Jira>,
    harmless: Arc<AtomicBool>,
}

impl Vendors {
    pub fn start() -> Self {
        let jira = Arc::new(Jira::default());
        let harmless = Arc::new(AtomicBool::new(false));
        let absolved = harmless.clone();
        let providers = move |asked: &Asked| score(asked, absolved.load(Ordering::Relaxed));
        let mounts = Mounts::default()
            .with("/jira", jira.clone())
            .with("/", Arc::new(providers));
        Self {
            server: Server::start(Arc::new(mounts)),
            jira,
            harmless,
        }
    }

    /// From here on the providers call everything harmless.
    pub fn absolve(&self) {
        self.harmless.store(true, Ordering::Relaxed);
    }

    /// Everything that was posted to Jira as a new issue.
    pub fn issues_sent(&self) -> Vec<Value> {
        let log = self.server.log();
        let sent = log
            .iter()
            .filter(|asked| asked.method == "POST" && asked.path() == "/jira/rest/api/2/issue");
        sent.map(Asked::json).collect()
    }

    /// What was looked up at a provider, in the order it was asked.
    pub fn looked_up(&self, provider: &str) -> Vec<String> {
        let mount = format!("/{provider}/");
        let log = self.server.log();
        log.iter()
            .filter(|asked| asked.target.starts_with(&mount))
            .filter_map(|asked| asked.param("value"))
            .collect()
    }
}

fn score(asked: &Asked, harmless: bool) -> VendorReply {
    let value = asked.param("value").unwrap_or_default();
    let harmless = harmless || asked.target.starts_with("/doubter/");
    let malicious = !harmless && (value.starts_with("45.") || value.contains("evil"));
    VendorReply::json(200, &json!({ "score": if malicious { 95 } else { 0 } }))
}

/// Writes the tests' connector into a content folder, under any name.
fn add_provider(content: &Path, id: &str) {
    let from = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/content/connectors/lookout");
    copy_folder(&from, &content.join("connectors").join(id), &|text| {
        text.replace("id: lookout", &format!("id: {id}"))
            .replace("name: Lookout", &format!("name: {id}"))
    });
}

/// Writes Jira's connector into a content folder with short pauses for a search index that lags behind. The
/// pause must outlast the slowest create of the fake (120 ms): a program that is back before a create of its
/// previous life has arrived would look in vain and create again.
fn add_fast_jira(content: &Path) {
    let from =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../../content/connectors/jira_data_center");
    copy_folder(
        &from,
        &content.join("connectors/jira_data_center"),
        &|text| {
            text.replace("settle: 10s", "settle: 500ms")
                .replace("settle: 5s", "settle: 500ms")
        },
    );
}

fn copy_folder(from: &Path, to: &Path, change: &dyn Fn(String) -> String) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let target = to.join(path.file_name().unwrap());
        match path.is_dir() {
            true => copy_folder(&path, &target, change),
            false => fs::write(target, change(fs::read_to_string(&path).unwrap())).unwrap(),
        }
    }
}

/// The program that was just built, or the one that `UPDRAFT_TEST_PROGRAM` names: a release, say.
fn program() -> String {
    let built = env!("CARGO_BIN_EXE_updraft");
    std::env::var("UPDRAFT_TEST_PROGRAM").unwrap_or_else(|_| built.to_owned())
}

/// A running program.
pub struct Updraft {
    child: Child,
    pub data: PathBuf,
    pub address: SocketAddr,
    /// The token of this process for commands of its own machine: an administrator's.
    pub token: String,
    pub log: PathBuf,
}

impl Updraft {
    /// Starts the program on a data folder and waits until it is ready.
    pub fn start(data: &Path, content: &Path, args: &[&str]) -> Self {
        Self::try_start(data, content, args)
            .unwrap_or_else(|log| panic!("the server does not start:\n{log}"))
    }

    /// As [`Updraft::start`]; answers the log when the program ends instead.
    pub fn try_start(data: &Path, content: &Path, args: &[&str]) -> Result<Self, String> {
        Self::meet(Self::spawn(data, content, "127.0.0.1:0", args), data)
    }

    /// Waits until a started program is ready; answers the log when it ends instead.
    pub fn meet(mut child: Child, data: &Path) -> Result<Self, String> {
        let note = data.join("server.json");
        let log = data.with_extension("log");
        let begun = Instant::now();
        loop {
            if child.try_wait().unwrap().is_some() || begun.elapsed() > PATIENCE {
                let _ = child.kill();
                let _ = child.wait();
                return Err(fs::read_to_string(&log).unwrap_or_default());
            }
            let found: Option<Value> = fs::read(&note)
                .ok()
                .and_then(|text| serde_json::from_slice(&text).ok());
            if let Some(found) = found {
                let address = found["url"]
                    .as_str()
                    .unwrap()
                    .trim_start_matches("http://")
                    .parse()
                    .unwrap();
                let ready = http::send(address, "GET", "/readyz", &[], b"");
                if ready.is_ok_and(|reply| reply.status == 200) {
                    let token = found["token"].as_str().unwrap().to_owned();
                    return Ok(Self {
                        child,
                        data: data.to_owned(),
                        address,
                        token,
                        log,
                    });
                }
            }
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    /// Starts the program where it cannot even leave the note that says where it listens; answers once it does.
    pub fn start_without_room(data: &Path, content: &Path) -> (Child, SocketAddr) {
        let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let address = free.local_addr().unwrap();
        drop(free);
        let mut child = Self::spawn(data, content, &address.to_string(), &[]);
        wait_for("the program to listen on a full disk", || {
            assert!(
                child.try_wait().unwrap().is_none(),
                "the program does not start on a full disk"
            );
            http::send(address, "GET", "/healthz", &[], b"").is_ok()
        });
        assert!(!data.join("server.json").exists(), "there was room");
        (child, address)
    }

    fn spawn(data: &Path, content: &Path, listen: &str, args: &[&str]) -> Child {
        let _ = fs::remove_file(data.join("server.json"));
        let log = fs::OpenOptions::new()
            .create(true)
            .append(true)
            .open(data.with_extension("log"))
            .unwrap();
        Command::new(program())
            .args(["serve", "--listen", listen])
            .args(["--public-url", PUBLIC_URL])
            .arg("--data")
            .arg(data)
            .arg("--content")
            .arg(content)
            .args(args)
            .env_remove("UPDRAFT_KEY")
            .env_remove("UPDRAFT_LOG")
            .stdin(Stdio::null())
            .stdout(log.try_clone().unwrap())
            .stderr(log)
            .spawn()
            .unwrap()
    }

    /// Starts the program and kills it soon after, ready or not.
    pub fn start_and_kill(data: &Path, content: &Path, after: Duration) {
        let mut child = Self::spawn(data, content, "127.0.0.1:0", &[]);
        std::thread::sleep(after);
        let _ = child.kill();
        let _ = child.wait();
    }

    /// The process id.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// The end that nothing can prepare for.
    pub fn kill(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }

    /// Asks it to end, as a service manager does, and says how long that took.
    pub fn terminate(&mut self) -> Duration {
        let begun = Instant::now();
        let sent = Command::new("kill")
            .args(["-TERM", &self.pid().to_string()])
            .status()
            .unwrap();
        assert!(sent.success());
        while self.child.try_wait().unwrap().is_none() {
            assert!(begun.elapsed() < PATIENCE, "it does not end");
            std::thread::sleep(Duration::from_millis(10));
        }
        begun.elapsed()
    }

    /// Peak resident memory in MiB.
    pub fn peak_mib(&self) -> u64 {
        let status = fs::read_to_string(format!("/proc/{}/status", self.pid())).unwrap();
        let line = status
            .lines()
            .find(|line| line.starts_with("VmHWM:"))
            .unwrap();
        line.split_whitespace()
            .nth(1)
            .unwrap()
            .parse::<u64>()
            .unwrap()
            / 1024
    }

    /// Runs a command of the program against this server.
    pub fn command(&self, args: &[&str]) -> Output {
        Command::new(program())
            .args(args)
            .arg("--data")
            .arg(&self.data)
            .output()
            .unwrap()
    }

    /// Sends with these headers only.
    pub fn bare(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Reply {
        http::send(self.address, method, path, headers, body).unwrap()
    }

    /// Sends JSON as the administrator.
    pub fn send(&self, method: &str, path: &str, body: &Value) -> Reply {
        let bytes = if body.is_null() {
            Vec::new()
        } else {
            body.to_string().into_bytes()
        };
        let bearer = format!("Bearer {}", self.token);
        self.bare(
            method,
            path,
            &[
                ("authorization", &bearer),
                ("content-type", "application/json"),
            ],
            &bytes,
        )
    }

    /// Reads JSON as the administrator; anything but 200 fails the test.
    pub fn get(&self, path: &str) -> Value {
        let reply = self.send("GET", path, &Value::Null);
        assert_eq!(reply.status, 200, "GET {path}: {}", reply.text());
        reply.json()
    }

    /// All of a list, page by page.
    pub fn all(&self, path: &str) -> Vec<Value> {
        let (mut items, mut next) = (Vec::new(), String::new());
        let join = if path.contains('?') { '&' } else { '?' };
        loop {
            let page = self.get(&format!("{path}{join}limit=200{next}"));
            items.extend(page["items"].as_array().unwrap().iter().cloned());
            match page["next"].as_str() {
                Some(after) => next = format!("&after={after}"),
                None => return items,
            }
        }
    }

    /// Hands in one delivery.
    pub fn deliver(&self, token: &str, content_type: &str, body: &[u8]) -> Reply {
        let bearer = format!("Bearer {token}");
        let headers = [
            ("authorization", bearer.as_str()),
            ("content-type", content_type),
        ];
        self.bare(
            "POST",
            &format!("/api/v1/sources/{SOURCE}/alerts"),
            &headers,
            body,
        )
    }

    /// Makes a connection; answers its id.
    pub fn connect(&self, connection: &Value) -> String {
        let reply = self.send("POST", "/api/v1/connections", connection);
        assert_eq!(reply.status, 201, "{}", reply.text());
        reply.json()["id"].as_str().unwrap().to_owned()
    }

    /// Connects one of the tests' providers, without limits of pace.
    pub fn connect_provider(&self, id: &str, vendors: &Vendors) -> String {
        self.connect(&json!({
            "connector": id, "name": id, "base_url": vendors.server.url(&format!("/{id}")),
            "secrets": {"api_key": "lookout-key"}, "allow_private": true, "pace": no_pace(),
        }))
    }

    /// Connects the Jira, without limits of pace.
    pub fn connect_jira(&self, vendors: &Vendors) -> String {
        self.connect(&json!({
            "connector": "jira_data_center", "name": "tickets", "secrets": {"token": "jira-token"},
            "settings": {"url": vendors.server.url("/jira"), "project": "SEC"},
            "allow_private": true, "pace": no_pace(),
        }))
    }

    /// Waits until nothing is under way any more.
    pub fn rest(&self) {
        wait_for("everything to come to rest", || self.rests());
    }

    /// True when every alert has its case and every run is over.
    pub fn rests(&self) -> bool {
        let working = |state: &str| {
            let page = self.get(&format!("/api/v1/runs?limit=1&state={state}"));
            !page["items"].as_array().unwrap().is_empty()
        };
        !["queued", "running", "waiting"]
            .iter()
            .any(|state| working(state))
            && self
                .all("/api/v1/alerts")
                .iter()
                .all(|alert| alert["state"] != "received")
    }
}

impl Drop for Updraft {
    fn drop(&mut self) {
        self.kill();
        let log = fs::read_to_string(&self.log).unwrap_or_default();
        if !std::thread::panicking() {
            assert!(!log.contains("panicked at"), "the server panicked:\n{log}");
        }
    }
}

fn no_pace() -> Value {
    json!({"per_second": 0, "per_minute": 0, "per_hour": 0, "per_day": 0, "burst": 0, "concurrent": 64})
}

/// A server with a source, vendors, and a content folder over the built-in one.
pub struct Ground {
    pub updraft: Updraft,
    pub vendors: Vendors,
    pub source_token: String,
    pub content: PathBuf,
    /// Dropped last.
    _folder: TempDir,
}

impl Ground {
    /// One provider and a Jira.
    pub fn new() -> Self {
        let ground = Self::bare(&[]);
        ground.updraft.connect_provider("lookout", &ground.vendors);
        ground.updraft.connect_jira(&ground.vendors);
        ground
    }

    /// Nothing connected; with these arguments.
    pub fn bare(args: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path().join("data");
        Self::on(folder, &data, args)
    }

    /// Nothing connected, with this data folder.
    pub fn on(folder: TempDir, data: &Path, args: &[&str]) -> Self {
        let content = folder.path().join("content");
        for id in PROVIDERS {
            add_provider(&content, id);
        }
        add_fast_jira(&content);
        let updraft = Updraft::start(data, &content, args);
        let made = updraft.send("POST", "/api/v1/sources", &json!({"name": SOURCE}));
        assert_eq!(made.status, 201, "{}", made.text());
        let source_token = made.json()["token"].as_str().unwrap().to_owned();
        Self {
            updraft,
            vendors: Vendors::start(),
            source_token,
            content,
            _folder: folder,
        }
    }

    /// Hands in one text; answers the alerts' ids.
    pub fn alert(&self, body: &str) -> Vec<String> {
        self.alert_of("text/plain", body.as_bytes())
    }

    /// Hands in one delivery; answers the alerts' ids.
    pub fn alert_of(&self, content_type: &str, body: &[u8]) -> Vec<String> {
        let reply = self.updraft.deliver(&self.source_token, content_type, body);
        assert_eq!(reply.status, 202, "{}", reply.text());
        let ids = reply.json()["alerts"].as_array().unwrap().clone();
        ids.iter()
            .map(|alert| alert["id"].as_str().unwrap().to_owned())
            .collect()
    }

    /// Hands in one text and waits until its case is closed; answers the case.
    pub fn case_of(&self, body: &str) -> Value {
        let alert = self.alert(body).remove(0);
        self.closed(&alert)
    }

    /// The case of an alert once it is closed and the alert's run is over.
    pub fn closed(&self, alert: &str) -> Value {
        let mut case = Value::Null;
        wait_for(&format!("the case of {alert} to be closed"), || {
            let alert = self.updraft.get(&format!("/api/v1/alerts/{alert}"));
            let Some(id) = alert["case"].as_str() else {
                return false;
            };
            case = self.updraft.get(&format!("/api/v1/cases/{id}"));
            let over = |run: &Value| run["ended_at"].is_string();
            case["status"] == "closed" && case["runs"].as_array().unwrap().iter().all(over)
        });
        case
    }

    /// A report of a case.
    pub fn report(&self, case: &Value, format: &str) -> String {
        let id = case["id"].as_str().unwrap();
        let reply = self.updraft.send(
            "GET",
            &format!("/api/v1/cases/{id}/report?format={format}"),
            &Value::Null,
        );
        assert_eq!(reply.status, 200, "{}", reply.text());
        reply.text()
    }

    /// Starts the program again on the same folders, after it ended or was killed.
    pub fn restart(&mut self, args: &[&str]) {
        let data = self.updraft.data.clone();
        self.updraft = Updraft::start(&data, &self.content, args);
    }
}

/// Waits until something holds; fails the test when it never does.
pub fn wait_for(what: &str, holds: impl FnMut() -> bool) {
    wait_for_long(what, PATIENCE, holds);
}

/// As [`wait_for`], with other patience.
pub fn wait_for_long(what: &str, patience: Duration, mut holds: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !holds() {
        assert!(begun.elapsed() < patience, "waited too long for {what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}
