//! The content and the connections as one picture: who provides which capability right now.
//!
//! The picture is replaced as a whole when content or a connection changes; a run keeps the connector
//! and playbook versions that it started with because it names them by their digest.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use arc_swap::ArcSwap;
use parking_lot::Mutex;
use serde_json::{Value, json};
use updraft_connector::{Connector, Environment, Limits};
use updraft_content::{Files, Library};
use updraft_egress::{Link, Secrets};
use updraft_engine::{PlanSet, Target};
use updraft_ingest::Mappings;
use updraft_model::{BlobHash, Connection, ConnectionId, TenantId, connections::Pace};

use crate::secrets::Secret;

/// A connection ready to be used, or the reason why it is not.
#[derive(Debug, Clone)]
pub struct Wired {
    /// The configured instance.
    pub connection: Connection,
    /// The link that egress uses; `None` if it cannot be used.
    pub link: Option<Arc<Link>>,
    /// Why it cannot be used.
    pub problem: Option<String>,
    /// The address of the document that pins connector version, settings and base URL.
    pub digest: BlobHash,
    /// That document.
    pub pinned: Arc<[u8]>,
}

/// One consistent picture.
#[derive(Debug, Default)]
pub struct Picture {
    /// Connectors, playbooks and mappings.
    pub content: Arc<Content>,
    /// Connections by tenant and id.
    pub connections: BTreeMap<(TenantId, ConnectionId), Arc<Wired>>,
    providing: BTreeMap<(TenantId, String), Vec<(ConnectionId, String)>>,
}

/// The content as it was read, with what runs pin of it.
#[derive(Debug, Default)]
pub struct Content {
    /// Connectors, playbooks and mappings.
    pub library: Library,
    /// The mappings in the order in which `auto` asks them.
    pub mappings: Mappings,
    /// The playbooks that can be started, by id.
    pub published: BTreeMap<String, Published>,
    /// The documents of each connector as JSON: file name to YAML text.
    pub connector_texts: BTreeMap<String, Arc<[u8]>>,
}

/// A playbook version with everything that it calls.
#[derive(Debug, Clone)]
pub struct Published {
    /// SHA-256 of the bundle.
    pub digest: BlobHash,
    /// The YAML texts as JSON: playbook id to text.
    pub bundle: Arc<[u8]>,
    /// Checked and compiled.
    pub plans: PlanSet,
}

impl Content {
    /// Makes ready what was loaded from `files`.
    pub fn new(library: Library, files: &Files) -> Self {
        let mappings: Vec<_> = library
            .mappings
            .values()
            .map(|mapping| (**mapping).clone())
            .collect();
        let published = library
            .playbooks
            .keys()
            .filter_map(|id| Some((id.clone(), publish(&library, id)?)))
            .collect();
        let connector_texts = library
            .connectors
            .keys()
            .map(|id| (id.clone(), texts(files, &format!("connectors/{id}/"))))
            .collect();
        Self {
            mappings: Mappings::new(mappings),
            published,
            connector_texts,
            library,
        }
    }
}

/// The playbook and everything that it calls; `None` when something called is missing.
fn publish(library: &Library, id: &str) -> Option<Published> {
    let main = library.playbooks.get(id)?.plan.clone();
    let mut called = BTreeMap::new();
    let mut texts = BTreeMap::from([(id.to_owned(), library.playbooks.get(id)?.source.clone())]);
    let mut open = main.calls();
    while let Some(next) = open.pop() {
        if next == id || called.contains_key(&next) {
            continue;
        }
        let playbook = library.playbooks.get(&next)?;
        open.extend(playbook.plan.calls());
        texts.insert(next.clone(), playbook.source.clone());
        called.insert(next, playbook.plan.clone());
    }
    let bundle: Arc<[u8]> = serde_json::to_vec(&texts).ok()?.into();
    Some(Published {
        digest: BlobHash::of(&bundle),
        bundle,
        plans: PlanSet { main, called },
    })
}

fn texts(files: &Files, prefix: &str) -> Arc<[u8]> {
    let documents: BTreeMap<&str, String> = files
        .iter()
        .filter_map(|(path, bytes)| {
            let name = path.strip_prefix(prefix)?;
            let wanted = name == "connector.yaml" || name.starts_with("actions/");
            wanted.then(|| (name, String::from_utf8_lossy(bytes).into_owned()))
        })
        .collect();
    serde_json::to_vec(&documents).unwrap_or_default().into()
}

/// Reads the pinned texts of a connector back.
pub fn connector_of_texts(texts: &[u8]) -> Option<Arc<Connector>> {
    let texts: BTreeMap<String, String> = serde_json::from_slice(texts).ok()?;
    let mut documents = BTreeMap::new();
    for (name, text) in texts {
        documents.insert(
            name.clone(),
            updraft_content::yaml::parse(&name, &text).ok()?.value,
        );
    }
    Connector::parse(&documents).0.map(Arc::new)
}

/// The current picture and the way to replace it.
#[derive(Debug, Default)]
pub struct Catalog {
    now: ArcSwap<Picture>,
    change: Mutex<()>,
}

/// A stored connection with its opened secrets.
#[derive(Debug, Clone)]
pub struct Configured {
    /// The configured instance.
    pub connection: Connection,
    /// Its secrets.
    pub secrets: BTreeMap<String, Secret>,
}

impl Catalog {
    /// The picture as it is now.
    pub fn now(&self) -> Arc<Picture> {
        self.now.load_full()
    }

    /// Replaces content and connections.
    pub fn replace(&self, content: Arc<Content>, connections: Vec<Configured>) {
        let _one_at_a_time = self.change.lock();
        let connections = connections
            .into_iter()
            .map(|configured| {
                let key = (configured.connection.tenant, configured.connection.id);
                (key, Arc::new(wire(&content.library, configured)))
            })
            .collect();
        self.now.store(Arc::new(Picture::new(content, connections)));
    }

    /// Replaces the content and wires the same connections to it.
    pub fn put(&self, configured: Configured) {
        let _one_at_a_time = self.change.lock();
        let now = self.now.load_full();
        let mut connections = now.connections.clone();
        let key = (configured.connection.tenant, configured.connection.id);
        connections.insert(key, Arc::new(wire(&now.content.library, configured)));
        self.now
            .store(Arc::new(Picture::new(now.content.clone(), connections)));
    }

    /// Takes a connection out.
    pub fn remove(&self, tenant: TenantId, id: ConnectionId) {
        let _one_at_a_time = self.change.lock();
        let now = self.now.load_full();
        let mut connections = now.connections.clone();
        connections.remove(&(tenant, id));
        self.now
            .store(Arc::new(Picture::new(now.content.clone(), connections)));
    }
}

impl Picture {
    fn new(
        content: Arc<Content>,
        connections: BTreeMap<(TenantId, ConnectionId), Arc<Wired>>,
    ) -> Self {
        let mut providing: BTreeMap<(TenantId, String), Vec<(ConnectionId, String)>> =
            BTreeMap::new();
        for ((tenant, id), wired) in &connections {
            let Some(connector) = content.library.connectors.get(&wired.connection.connector)
            else {
                continue;
            };
            for action in connector.actions.values() {
                for capability in &action.capabilities {
                    let entry = providing.entry((*tenant, capability.clone())).or_default();
                    entry.push((*id, action.name.clone()));
                }
            }
        }
        Self {
            content,
            connections,
            providing,
        }
    }

    /// Connectors, playbooks and mappings.
    pub fn library(&self) -> &Library {
        &self.content.library
    }

    /// Every connection that provides the capability, the unusable ones with their reason.
    pub fn targets(&self, tenant: TenantId, capability: &str) -> Vec<Target> {
        let providing = self.providing.get(&(tenant, capability.to_owned()));
        let mut targets: Vec<Target> = providing
            .into_iter()
            .flatten()
            .filter_map(|(id, action)| {
                let wired = self.connections.get(&(tenant, *id))?;
                self.target(wired, action)
            })
            .collect();
        targets.sort_by(|a, b| a.name.cmp(&b.name));
        targets
    }

    /// The connections of one connector that offer `action`, or the named one only.
    pub fn targets_of_action(
        &self,
        tenant: TenantId,
        connector: &str,
        action: &str,
        connection: Option<&str>,
    ) -> Vec<Target> {
        self.connections
            .iter()
            .filter(|((of, _), wired)| {
                *of == tenant
                    && wired.connection.connector == connector
                    && connection.is_none_or(|name| wired.connection.name == name)
            })
            .filter_map(|(_, wired)| self.target(wired, action))
            .collect()
    }

    fn target(&self, wired: &Wired, action: &str) -> Option<Target> {
        let connector = self.library().connectors.get(&wired.connection.connector)?;
        let action = connector.action(action)?;
        Some(Target {
            name: wired.connection.name.clone(),
            connection: Some(wired.connection.id),
            connector: wired.connection.connector.clone(),
            action: action.name.clone(),
            digest: wired.digest,
            effect: action.effect.as_str().to_owned(),
            skipped: wired.problem.clone(),
        })
    }

    /// A connection by its id.
    pub fn connection(&self, tenant: TenantId, id: ConnectionId) -> Option<&Arc<Wired>> {
        self.connections.get(&(tenant, id))
    }

    /// All capabilities that somebody provides.
    pub fn capabilities(&self, tenant: TenantId) -> BTreeSet<&str> {
        self.providing
            .keys()
            .filter(|(of, _)| *of == tenant)
            .map(|(_, capability)| capability.as_str())
            .collect()
    }
}

/// What a run pins of a connection: everything a replay needs, and no secret.
pub fn pinned_document(
    connector: &Connector,
    settings: &Value,
    base_url: Option<&str>,
) -> Arc<[u8]> {
    let document = json!({
        "connector": connector.digest,
        "settings": settings,
        "base_url": base_url,
    });
    serde_json::to_vec(&document).unwrap_or_default().into()
}

fn wire(library: &Library, configured: Configured) -> Wired {
    let Configured {
        connection,
        secrets,
    } = configured;
    let unusable = |connection: Connection, problem: String| Wired {
        connection,
        link: None,
        problem: Some(problem),
        digest: BlobHash::of(b""),
        pinned: Arc::from(&b""[..]),
    };
    let Some(connector) = library.connectors.get(&connection.connector).cloned() else {
        let problem = format!(
            "the connector `{}` is not in the content",
            connection.connector
        );
        return unusable(connection, problem);
    };
    if !connection.enabled {
        return unusable(connection, "the connection is switched off".into());
    }
    let missing: Vec<&str> = connector
        .manifest
        .secrets
        .iter()
        .filter(|(name, secret)| secret.required && !secrets.contains_key(*name))
        .map(|(name, _)| name.as_str())
        .collect();
    if !missing.is_empty() {
        return unusable(connection, format!("no {} is set", missing.join(", ")));
    }
    let overrides = json!(connection.settings);
    let settings = match connector.settings(&overrides) {
        Ok(settings) => settings,
        Err(problems) => return unusable(connection, problems.join("; ")),
    };
    let base_url = (!connection.base_url.is_empty()).then(|| connection.base_url.clone());
    let pinned = pinned_document(&connector, &settings, base_url.as_deref());
    let environment = Environment {
        settings,
        base_url,
        idempotency_key: None,
    };
    let limits = paced(connector.manifest.limits, &connection.pace);
    let link = Link {
        tenant: connection.tenant,
        connection: connection.id,
        name: connection.name.clone(),
        connector,
        environment: Arc::new(environment),
        secrets: Secrets::new(
            secrets
                .iter()
                .map(|(name, value)| (name.clone(), value.reveal().to_owned())),
        ),
        allow_private: connection.allow_private,
        reliability: connection.reliability,
        limits,
    };
    Wired {
        connection,
        link: Some(Arc::new(link)),
        problem: None,
        digest: BlobHash::of(&pinned),
        pinned,
    }
}

/// The manifest's pace with what the team's plan says over it.
fn paced(manifest: Limits, plan: &Pace) -> Limits {
    Limits {
        per_second: plan.per_second.or(manifest.per_second),
        per_minute: plan.per_minute.or(manifest.per_minute),
        per_hour: plan.per_hour.or(manifest.per_hour),
        per_day: plan.per_day.or(manifest.per_day),
        burst: plan.burst.or(manifest.burst),
        concurrent: plan.concurrent.or(manifest.concurrent),
    }
}
