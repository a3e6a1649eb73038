//! The application: what all use cases and drivers share.

use std::{
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64},
    },
};

use tokio::sync::{Notify, mpsc};
use updraft_egress::Egress;
use updraft_intel::{Exclusions, Observer};
use updraft_model::{CaseId, Granted, Permission, RunId, TenantId};
use updraft_store::Store;

use crate::{
    accounts::SignInGuard,
    catalog::Catalog,
    events::Events,
    inbox::Arrival,
    keyed_lock::KeyedLock,
    playbooks::{PlaybookInputs, TestCache},
    runs::{Background, Mailbox, Plans, Scheduler},
    schedules::Schedules,
    secrets::Keyring,
    sources::Sources,
    triggers::{Decisions, Tables},
};

/// How the application is set up; everything has a sensible default.
#[derive(Debug, Clone)]
pub struct Config {
    /// Where everything lives that is not in PostgreSQL.
    pub data: PathBuf,
    /// How people reach the pages; used in back links, without a slash at the end.
    pub public_url: String,
    /// Largest body of one intake request, bytes.
    pub intake_bytes_max: usize,
    /// Runs that are at work at the same time.
    pub runs_active_max: usize,
    /// Alerts and runs that may wait in memory before intake answers "try again".
    pub backlog_max: usize,
    /// Domains and networks that are ours: never looked up outside.
    pub own: Vec<String>,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            data: PathBuf::from("data"),
            public_url: "http://127.0.0.1:8080".into(),
            intake_bytes_max: 32 << 20,
            runs_active_max: 512,
            backlog_max: 50_000,
            own: Vec::new(),
        }
    }
}

/// Everything the use cases need. Cheap to clone.
#[derive(Clone)]
pub struct App(pub(crate) Arc<Inner>);

pub(crate) struct Inner {
    pub config: Config,
    pub store: Store,
    pub egress: Egress,
    pub catalog: Catalog,
    pub sources: Sources,
    pub plans: Plans,
    pub playbook_inputs: PlaybookInputs,
    pub test_cache: TestCache,
    /// Held while playbooks, their policy or their repository change, from what was read to what is served.
    pub playbook_turn: tokio::sync::Mutex<()>,
    /// Held while the repository is read: one pull at a time.
    pub pull_turn: tokio::sync::Mutex<()>,
    /// When the repository of each tenant was read last.
    pub pulled_at:
        parking_lot::Mutex<std::collections::BTreeMap<TenantId, updraft_model::Timestamp>>,
    pub mailbox: Mailbox,
    pub trials: crate::trials::Trials,
    pub background: Background,
    pub keyring: parking_lot::RwLock<Arc<Keyring>>,
    pub events: Events,
    pub observer: Observer,
    pub exclusions: Exclusions,
    pub rules: updraft_cases::Rules,
    pub inbox: mpsc::Sender<Arrival>,
    pub inbox_missed: Notify,
    pub key_locks: KeyedLock<(TenantId, String)>,
    pub case_locks: KeyedLock<CaseId>,
    /// One write at a time under one idempotency key.
    pub effect_locks: KeyedLock<(TenantId, String)>,
    /// Held from the check of a wish to a run until it is durable: two that fit only one at a time are told apart.
    pub wish_locks: KeyedLock<RunId>,
    pub scheduler: Scheduler,
    pub tables: Tables,
    pub decisions: Decisions,
    pub schedules: Schedules,
    pub sign_ins: SignInGuard,
    /// Held while accounts, sources or connections change: what was checked still holds when it is written.
    pub settings_turn: tokio::sync::Mutex<()>,
    pub meters: Meters,
    pub local_token: String,
    pub stopping: AtomicBool,
    pub stop: Notify,
}

/// Counters since the start, for `/metrics` and the bench.
#[derive(Debug, Default)]
pub struct Meters {
    /// Alerts stored.
    pub alerts_received: AtomicU64,
    /// Alerts that became part of a case.
    pub alerts_admitted: AtomicU64,
    /// Runs that ended well.
    pub runs_succeeded: AtomicU64,
    /// Runs that failed.
    pub runs_failed: AtomicU64,
    /// Steps done.
    pub steps: AtomicU64,
    /// Connector calls that went out.
    pub calls: AtomicU64,
    /// Answers taken from the cache.
    pub calls_cached: AtomicU64,
}

impl std::fmt::Debug for App {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "App({})", self.0.config.data.display())
    }
}

impl App {
    /// The configuration it was started with.
    pub fn config(&self) -> &Config {
        &self.0.config
    }
    /// What changes, as it changes.
    pub fn events(&self) -> &Events {
        &self.0.events
    }
    /// Counters since the start.
    pub fn meters(&self) -> &Meters {
        &self.0.meters
    }
    /// The content and the connections, as they are now.
    pub fn catalog(&self) -> &Catalog {
        &self.0.catalog
    }
    /// The store, for reads that carry no rule.
    pub fn store(&self) -> &Store {
        &self.0.store
    }
    /// True while a stop is under way.
    pub fn is_stopping(&self) -> bool {
        self.0.stopping.load(std::sync::atomic::Ordering::Relaxed)
    }
    /// How full the queues are, 0 to 1: what intake asks before it takes more.
    pub fn pressure(&self) -> f32 {
        let waiting = self.0.scheduler.waiting() as f32 / self.0.config.backlog_max as f32;
        let free = self.0.inbox.capacity() as f32 / self.0.inbox.max_capacity() as f32;
        waiting.max(1.0 - free).max(self.0.store.pressure())
    }
    /// The right of the program's own drivers to work for a tenant.
    pub(crate) fn driver(tenant: TenantId) -> Granted {
        Granted::system(tenant, "driver", Permission::CaseWrite)
    }
    pub(crate) fn enqueue(&self, arrival: Arrival) {
        if self.0.inbox.try_send(arrival).is_err() {
            // It is durable: the inbox driver finds it in the store when it catches up.
            self.0.inbox_missed.notify_one();
        }
    }
}
