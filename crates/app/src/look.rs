//! Plain reads for pages and commands: lists of runs, accounts, audit entries, connectors.

use updraft_model::{BlobHash, CaseId, Granted, Run, RunId, RunState, User};
use updraft_store::{AuditPage, Cursor, Page, RunFilter};

use crate::{App, Error, error::Result, runs::Entry};

/// A page of runs.
#[derive(Debug)]
pub struct RunPage {
    /// Newest first.
    pub items: Vec<Run>,
    /// Where the next page starts.
    pub next: Option<Cursor>,
}

/// A product that the content knows.
#[derive(Debug, Clone)]
pub struct ConnectorInfo {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Who makes it.
    pub vendor: String,
    /// Its category.
    pub category: String,
    /// What it is good for.
    pub summary: String,
    /// Where its API is.
    pub base_url: String,
    /// Name, title, effect and capabilities of each action.
    pub actions: Vec<(String, String, String, Vec<String>)>,
    /// Name, summary and necessity of each secret.
    pub secrets: Vec<(String, String, bool)>,
    /// The settings as declared.
    pub settings: serde_json::Value,
}

impl App {
    /// A page of runs, newest first.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub async fn run_list(
        &self,
        granted: &Granted,
        case: Option<CaseId>,
        state: Option<RunState>,
        page: Page,
    ) -> Result<RunPage> {
        let found = self
            .0
            .store
            .runs(granted, RunFilter { case, state }, page)
            .await?;
        Ok(RunPage {
            items: found.items,
            next: found.next,
        })
    }

    /// A payload that belongs to a run's exchanges or files.
    ///
    /// # Errors
    /// [`Error::NotFound`] also for payloads of other runs.
    pub async fn run_blob(&self, granted: &Granted, run: RunId, hash: BlobHash) -> Result<Vec<u8>> {
        let missing = || Error::not_found("payload", hash);
        let text = hash.to_string();
        let journal = self.0.store.journal(granted, run).await?;
        let mentioned = journal.iter().any(|(_, bytes)| {
            Entry::decode(bytes).is_ok()
                && bytes
                    .windows(text.len())
                    .any(|window| window == text.as_bytes())
        });
        if !mentioned {
            return Err(missing());
        }
        self.0.store.blob(granted, hash).await?.ok_or_else(missing)
    }

    /// All accounts of the tenant.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub async fn users(&self, granted: &Granted) -> Result<Vec<User>> {
        Ok(self.0.store.users(granted).await?)
    }

    /// A page of the audit record, newest first.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub async fn audit_list(&self, granted: &Granted, page: Page) -> Result<AuditPage> {
        Ok(self.0.store.audit(granted, page).await?)
    }

    /// How many runs are at work, and how many wait for a place.
    pub fn queue_lengths(&self) -> (usize, usize) {
        (self.0.scheduler.active(), self.0.scheduler.waiting())
    }

    /// How many runs sleep.
    pub fn sleeping_runs(&self) -> usize {
        self.0.scheduler.asleep_now()
    }

    /// The products that the content knows, by id.
    pub fn connectors(&self) -> Vec<ConnectorInfo> {
        let picture = self.catalog().now();
        picture
            .library()
            .connectors
            .values()
            .map(|connector| info(connector))
            .collect()
    }
}

fn info(connector: &updraft_connector::Connector) -> ConnectorInfo {
    let manifest = &connector.manifest;
    ConnectorInfo {
        id: manifest.id.clone(),
        name: manifest.name.clone(),
        vendor: manifest.vendor.clone(),
        category: manifest.category.clone(),
        summary: manifest.summary.clone(),
        base_url: connector
            .base_url(&updraft_connector::Environment::default())
            .unwrap_or_default(),
        actions: connector
            .actions
            .values()
            .map(|action| {
                let effect = action.effect.as_str().to_owned();
                (
                    action.name.clone(),
                    action.title.clone(),
                    effect,
                    action.capabilities.clone(),
                )
            })
            .collect(),
        secrets: manifest
            .secrets
            .iter()
            .map(|(name, secret)| (name.clone(), secret.summary.clone(), secret.required))
            .collect(),
        settings: settings(manifest),
    }
}

fn settings(manifest: &updraft_connector::Manifest) -> serde_json::Value {
    let of = |spec: &updraft_connector::ValueSpec| {
        serde_json::json!({
            "type": spec.kind.as_str(),
            "required": spec.required,
            "default": spec.default,
            "title": spec.title,
            "summary": spec.summary,
            "example": spec.example,
            "enum": spec.allowed,
            "minimum": spec.minimum,
            "maximum": spec.maximum,
        })
    };
    manifest
        .settings
        .iter()
        .map(|(name, spec)| (name.clone(), of(spec)))
        .collect()
}
