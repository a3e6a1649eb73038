//! What just changed, for everybody who watches: pages, tests, metrics. Hints, not data: a listener
//! that missed some reads the state again.

use serde::Serialize;
use tokio::sync::broadcast;
use updraft_model::{AlertId, CaseId, RunId, RunState, TenantId};

/// How many events a slow listener may lie behind.
const BACKLOG: usize = 4_096;

/// One change.
#[derive(Debug, Clone, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Change {
    /// An alert was stored or normalised.
    Alert {
        /// Which.
        id: AlertId,
    },
    /// A case was opened or changed.
    Case {
        /// Which.
        id: CaseId,
    },
    /// A run moved on.
    Run {
        /// Which.
        id: RunId,
        /// Its case.
        case: CaseId,
        /// Where it stands.
        state: RunState,
    },
    /// A playbook's draft, versions, live version or tests changed.
    Playbook {
        /// Which.
        id: String,
    },
    /// A run asked people something, was answered, or needs no answer any more.
    Task {
        /// Which run.
        run: RunId,
        /// Its case.
        case: CaseId,
    },
}

/// A change and whose it is.
#[derive(Debug, Clone)]
pub struct Event {
    /// Whose.
    pub tenant: TenantId,
    /// What.
    pub change: Change,
}

/// Hands changes to whoever listens.
#[derive(Debug, Clone)]
pub struct Events(broadcast::Sender<Event>);

impl Default for Events {
    fn default() -> Self {
        Self(broadcast::channel(BACKLOG).0)
    }
}

impl Events {
    /// Tells everybody; nobody listening is fine.
    pub fn tell(&self, tenant: TenantId, change: Change) {
        if self.0.receiver_count() > 0 {
            let _ = self.0.send(Event { tenant, change });
        }
    }
    /// Listens from now on.
    pub fn listen(&self) -> broadcast::Receiver<Event> {
        self.0.subscribe()
    }
}
