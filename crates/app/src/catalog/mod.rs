//! The content and the connections as one picture: who provides which capability right now.
//!
//! The picture is replaced as a whole when content or a connection changes; a run keeps the connector
//! and playbook versions that it started with because it names them by their digest.
//!
//! A tenant's own live playbooks lie over the shipped ones (`playbooks.rs`): new runs, and calls between playbooks,
//! take them first.

mod playbooks;

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use arc_swap::ArcSwap;
use parking_lot::Mutex;
use serde_json::{Value, json};
use updraft_connector::{Connector, Environment, Limits};
use updraft_content::{Files, Library, World};
use updraft_egress::{Link, Secrets};
use updraft_engine::Target;
use updraft_ingest::Mappings;
use updraft_model::{BlobHash, Connection, ConnectionId, TenantId, connections::Pace};

use crate::secrets::Secret;

pub use playbooks::{OwnLive, Published};
use playbooks::{Shelf, publish_all};

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
    /// What tenants have live of their own, over the content.
    shelves: BTreeMap<TenantId, Arc<Shelf>>,
}

/// The content as it was read, with what runs pin of it.
#[derive(Debug, Default)]
pub struct Content {
    /// Connectors, playbooks and mappings.
    pub library: Library,
    /// The mappings in the order in which `auto` asks them.
    pub mappings: Mappings,
    /// The shipped playbooks that can be started, by id; what a tenant's runs take is [`Picture::published`].
    pub published: BTreeMap<String, Arc<Published>>,
    /// What the shipped playbooks may call; what a tenant's may is [`Picture::world`].
    pub world: Arc<World>,
    /// The tests of the shipped playbooks: file name to text, by playbook.
    pub tests: BTreeMap<String, BTreeMap<String, String>>,
    /// The documents of each connector as JSON: file name to YAML text.
    pub connector_texts: BTreeMap<String, Arc<[u8]>>,
}

impl Content {
    /// Makes ready what was loaded from `files`.
    pub fn new(library: Library, files: &Files) -> Self {
        let mappings: Vec<_> = library
            .mappings
            .values()
            .map(|mapping| (**mapping).clone())
            .collect();
        let published = publish_all(&library, &BTreeMap::new());
        let world = Arc::new(updraft_content::world(&library));
        let tests = library
            .playbooks
            .iter()
            .map(|(id, playbook)| (id.clone(), tests_beside(files, &playbook.file)))
            .collect();
        let connector_texts = library
            .connectors
            .keys()
            .map(|id| (id.clone(), texts(files, &format!("connectors/{id}/"))))
            .collect();
        Self {
            mappings: Mappings::new(mappings),
            published,
            world,
            tests,
            connector_texts,
            library,
        }
    }
}

/// The tests in the folder of a playbook's file, by their names in it.
fn tests_beside(files: &Files, file: &str) -> BTreeMap<String, String> {
    let folder = file.rsplit_once('/').map_or("", |(folder, _)| folder);
    let place = format!("{folder}/tests/");
    updraft_content::trials::tests_of_folder(files, folder)
        .into_iter()
        .filter_map(|(path, text)| Some((path.strip_prefix(&place)?.to_owned(), text)))
        .collect()
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

    /// Replaces content and connections; what tenants have live of their own lies over it anew.
    pub fn replace(&self, content: Arc<Content>, connections: Vec<Configured>) {
        self.change(|now| {
            let connections = connections
                .into_iter()
                .map(|configured| {
                    let key = (configured.connection.tenant, configured.connection.id);
                    (key, Arc::new(wire(&content.library, configured)))
                })
                .collect();
            let shelves = now.shelves.iter().map(|(tenant, shelf)| {
                let shelf = Shelf::new(&content, shelf.own().clone());
                (*tenant, Arc::new(shelf))
            });
            Picture::new(content.clone(), connections, shelves.collect())
        });
    }

    /// Adds or replaces a connection.
    pub fn put(&self, configured: Configured) {
        self.change(|now| {
            let mut connections = now.connections.clone();
            let key = (configured.connection.tenant, configured.connection.id);
            connections.insert(key, Arc::new(wire(&now.content.library, configured)));
            Picture::new(now.content.clone(), connections, now.shelves.clone())
        });
    }

    /// Takes a connection out.
    pub fn remove(&self, tenant: TenantId, id: ConnectionId) {
        self.change(|now| {
            let mut connections = now.connections.clone();
            connections.remove(&(tenant, id));
            Picture::new(now.content.clone(), connections, now.shelves.clone())
        });
    }

    /// Changes what a tenant has live of its own, all of it at once: `None` takes a playbook out.
    pub fn put_live(&self, tenant: TenantId, changes: Vec<(String, Option<OwnLive>)>) {
        self.change(|now| {
            let mut shelves = now.shelves.clone();
            let mut own = shelves
                .get(&tenant)
                .map(|shelf| shelf.own().clone())
                .unwrap_or_default();
            for (id, live) in changes {
                match live {
                    Some(live) => own.insert(id, live),
                    None => own.remove(&id),
                };
            }
            shelves.insert(tenant, Arc::new(Shelf::new(&now.content, own)));
            Picture::new(now.content.clone(), now.connections.clone(), shelves)
        });
    }

    fn change(&self, next: impl FnOnce(&Picture) -> Picture) {
        let _one_at_a_time = self.change.lock();
        let now = self.now.load_full();
        self.now.store(Arc::new(next(&now)));
    }
}

impl Picture {
    fn new(
        content: Arc<Content>,
        connections: BTreeMap<(TenantId, ConnectionId), Arc<Wired>>,
        shelves: BTreeMap<TenantId, Arc<Shelf>>,
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
            shelves,
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
