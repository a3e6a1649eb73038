//! An installation with its surroundings: the data folder and the vendors outlive the application, so that a
//! test can stop it, or drop it, and open it again.

use std::{
    path::PathBuf,
    sync::Arc,
    time::{Duration, Instant},
};

use serde_json::json;
use tempfile::TempDir;
use updraft_app::{
    App, Config,
    connections::ConnectionDraft,
    setup::{Drivers, Opening, Outside},
    sources::SourceDraft,
    store::{CaseFilter, Page},
};
use updraft_model::{
    AlertId, Case, CaseStatus, Granted, Permission, Severity, Source, TenantId, connections::Pace,
};
use updraft_testkit::vendor::{Asked, Jira, Mounts, Reply, Server};

/// The address that the provider knows as bad.
pub const BAD: &str = "118.25.6.39";
/// The provider's key, as the connection has it.
pub const API_KEY: &str = "provider-key-77";
/// How long anything may take that the drivers do.
const PATIENCE: Duration = Duration::from_secs(60);

/// The data folder, a provider at `/abuse` and a Jira at `/jira`.
pub struct House {
    folder: TempDir,
    pub vendors: Server,
    pub jira: Arc<Jira>,
}

/// AbuseIPDB as far as it matters here.
fn abuse(asked: &Asked) -> Reply {
    let ip = asked.param("ipAddress").unwrap_or_default();
    // Everything in the bad one's network is bad.
    let score = if ip.starts_with("118.25.") { 100 } else { 0 };
    let data = json!({
        "ipAddress": ip, "isPublic": true, "isWhitelisted": false,
        "abuseConfidenceScore": score, "totalReports": score,
    });
    Reply::json(200, &json!({"data": data}))
}

/// A vendor on loopback has no quota.
fn no_pace() -> Pace {
    Pace {
        per_second: Some(0.0),
        per_minute: Some(0.0),
        per_hour: Some(0.0),
        per_day: Some(0.0),
        burst: Some(0),
        concurrent: Some(64),
    }
}

/// The right to do something for the tenant that every installation has.
pub fn granted(permission: Permission) -> Granted {
    Granted::system(TenantId::DEFAULT, "test", permission)
}

impl House {
    pub fn new() -> Self {
        let jira = Arc::new(Jira::default());
        let mounts = Mounts::default()
            .with("/abuse", Arc::new(abuse))
            .with("/jira", jira.clone());
        Self {
            folder: tempfile::tempdir().unwrap(),
            vendors: Server::start(Arc::new(mounts)),
            jira,
        }
    }

    /// The steps that alerts start in this house, instead of those that are shipped.
    pub fn with_steps(self, steps: &str) -> Self {
        let place = self.folder.path().join("content/playbooks/enrichment-only");
        std::fs::create_dir_all(&place).unwrap();
        let text = format!("format: 1\nid: enrichment-only\ntitle: A test\nsteps:\n{steps}");
        std::fs::write(place.join("playbook.yaml"), text).unwrap();
        self
    }

    /// The folder that lies over the built-in content.
    pub fn content(&self) -> PathBuf {
        self.folder.path().join("content")
    }

    pub fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// Puts a playbook of one step there, a comment that says who it is, with further fields of its head.
    pub fn playbook(&self, id: &str, more: &str) {
        let step = format!(
            "  - id: say\n    action: case.comment\n    with: {{text: \"{id} was here\"}}\n"
        );
        self.playbook_of(id, more, &step);
    }

    /// Puts a playbook with these steps there.
    pub fn playbook_of(&self, id: &str, more: &str, steps: &str) {
        let folder = self.content().join("playbooks").join(id);
        std::fs::create_dir_all(&folder).unwrap();
        let text = format!("format: 1\nid: {id}\n{more}\nsteps:\n{steps}");
        std::fs::write(folder.join("playbook.yaml"), text).unwrap();
    }

    /// Opens the application; nothing works yet.
    pub async fn open(&self, runs_active_max: usize) -> updraft_app::error::Result<(App, Drivers)> {
        let config = Config {
            data: self.data(),
            runs_active_max,
            ..Config::default()
        };
        let opening = Opening {
            config,
            database: None,
            content: self.content().exists().then(|| self.content()),
            key: None,
            outside: Outside::default(),
        };
        App::open(opening)
            .await
            .map(|(app, drivers, _)| (app, drivers))
    }

    /// Opens the application for the first time, with its connections, at work.
    pub async fn first(&self) -> App {
        let (app, drivers) = self.open(512).await.unwrap();
        self.connect(&app).await;
        drivers.start().await.unwrap();
        app
    }

    /// Connects both vendors.
    pub async fn connect(&self, app: &App) {
        let writer = granted(Permission::ConfigWrite);
        let abuse = ConnectionDraft {
            name: Some("Abuse".into()),
            base_url: Some(self.vendors.url("/abuse")),
            secrets: [("api_key".to_owned(), API_KEY.to_owned())].into(),
            allow_private: Some(true),
            pace: Some(no_pace()),
            ..ConnectionDraft::default()
        };
        let made = app.create_connection(&writer, "abuseipdb", abuse).await;
        assert_eq!(made.unwrap().problem, None);
        let settings = [
            ("url", self.vendors.url("/jira")),
            ("project", "SEC".to_owned()),
        ];
        let jira = ConnectionDraft {
            name: Some("Jira".into()),
            settings: Some(
                settings
                    .map(|(name, value)| (name.to_owned(), json!(value)))
                    .into(),
            ),
            secrets: [("token".to_owned(), "jira-token".to_owned())].into(),
            allow_private: Some(true),
            pace: Some(no_pace()),
            ..ConnectionDraft::default()
        };
        let made = app
            .create_connection(&writer, "jira_data_center", jira)
            .await;
        assert_eq!(made.unwrap().problem, None);
    }
}

/// A source of this name, made if it is not there.
pub async fn source(app: &App, name: &str, default_severity: Severity) -> Arc<Source> {
    if let Ok(source) = app.source_by_name(TenantId::DEFAULT, name) {
        return source;
    }
    let draft = SourceDraft {
        name: name.into(),
        mapping: "auto".into(),
        default_severity,
        enabled: true,
    };
    let writer = granted(Permission::ConfigWrite);
    app.create_source(&writer, draft).await.unwrap();
    app.source_by_name(TenantId::DEFAULT, name).unwrap()
}

/// Hands one text in.
pub async fn receive(app: &App, text: &str) -> AlertId {
    receive_as(app, "text/plain", text).await
}

/// Hands something in that is of this media type.
pub async fn receive_as(app: &App, kind: &str, text: &str) -> AlertId {
    let source = source(app, "siem", Severity::Medium).await;
    let submit = granted(Permission::AlertSubmit);
    let receipt = app.receive(&submit, &source, kind, text.as_bytes()).await;
    receipt.unwrap().accepted[0]
}

/// Waits until all Enrichment cases stand for so many alerts and no run is left.
pub async fn at_rest(app: &App, occurrences: u64) -> Vec<Case> {
    until(
        &format!("{occurrences} alerts and no run left"),
        async || {
            let found = cases(app).await;
            let sum: u64 = found.iter().map(|case| case.occurrences).sum();
            let rest = app.store().unfinished_runs().await.unwrap();
            (sum == occurrences && rest.is_empty()).then_some(found)
        },
    )
    .await
}

/// All Enrichment cases in full.
pub async fn cases(app: &App) -> Vec<Case> {
    let reader = granted(Permission::CaseRead);
    let filter = CaseFilter {
        kind: vec![updraft_model::CaseType("Enrichment".into())],
        ..CaseFilter::default()
    };
    let page = Page {
        after: None,
        limit: 200,
    };
    let found = app.case_list(&reader, filter, page).await.unwrap();
    let mut cases = Vec::new();
    for row in found.items {
        cases.push(app.case(&reader, &row.id.to_string()).await.unwrap());
    }
    cases
}

/// Waits until so many Enrichment cases are there, all closed, standing for so many alerts, with no run left.
pub async fn settled(app: &App, count: usize, occurrences: u64) -> Vec<Case> {
    until(
        &format!("{count} closed cases of {occurrences} alerts"),
        async || {
            let found = cases(app).await;
            let closed = found.iter().all(|case| case.status == CaseStatus::Closed);
            let sum: u64 = found.iter().map(|case| case.occurrences).sum();
            let rest = app.store().unfinished_runs().await.unwrap();
            let done = found.len() == count && closed && sum == occurrences && rest.is_empty();
            done.then_some(found)
        },
    )
    .await
}

/// Asks again until there is an answer.
pub async fn until<T>(what: &str, ask: impl AsyncFn() -> Option<T>) -> T {
    let begun = Instant::now();
    loop {
        if let Some(found) = ask().await {
            return found;
        }
        assert!(begun.elapsed() < PATIENCE, "in vain: {what}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}
