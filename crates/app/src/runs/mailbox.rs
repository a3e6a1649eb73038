//! The mailboxes of runs: what people, other runs and the case want of a run that may be at work, asleep, or not
//! begun.
//!
//! A wish is a row of the store from the moment in which it is acknowledged until the run has written it into its
//! journal, in the same transaction. What is here is only the knowledge which runs have unread wishes, and the bell
//! that rings at a run that works; both are made again from the store at the start.

use std::{
    collections::{BTreeSet, HashMap, HashSet},
    future::Future,
    sync::Arc,
};

use parking_lot::Mutex;
use serde_json::{Value, json};
use tokio::sync::Notify;
use updraft_engine::Input;
use updraft_model::{CaseId, RunId, TenantId, WishId};
use updraft_store::{Committed, Op, Wish};

use crate::{App, Error, error::Result, new_id};

/// Which runs have unread wishes, which work, and which watch their case.
#[derive(Debug, Default)]
pub struct Mailbox(Mutex<Boxes>);

#[derive(Debug, Default)]
struct Boxes {
    unread: HashSet<RunId>,
    bells: HashMap<RunId, Arc<Notify>>,
    watchers: HashMap<CaseId, BTreeSet<RunId>>,
}

/// A run at work, from the moment in which it hears its bell until it is dropped.
pub(super) struct AtWork {
    app: App,
    run: RunId,
    bell: Arc<Notify>,
}

impl AtWork {
    pub(super) fn new(app: App, run: RunId) -> Self {
        let bell = Arc::new(Notify::new());
        app.0.mailbox.0.lock().bells.insert(run, Arc::clone(&bell));
        Self { app, run, bell }
    }

    /// The bell; a ring that nobody waited for is kept.
    pub(super) fn bell(&self) -> Arc<Notify> {
        Arc::clone(&self.bell)
    }
}

impl Drop for AtWork {
    fn drop(&mut self) {
        self.app.0.mailbox.0.lock().bells.remove(&self.run);
    }
}

impl Mailbox {
    /// True when the run has wishes that it may not have read.
    pub(crate) fn has_mail(&self, run: RunId) -> bool {
        self.0.lock().unread.contains(&run)
    }

    /// Every run that has wishes that it may not have read.
    pub(crate) fn unread(&self) -> Vec<RunId> {
        self.0.lock().unread.iter().copied().collect()
    }

    /// The run is about to read all of its wishes; true when there may be some.
    pub(super) fn read(&self, run: RunId) -> bool {
        self.0.lock().unread.remove(&run)
    }

    /// The run may have wishes: it will look before it goes on.
    pub(crate) fn mark(&self, run: RunId) {
        let mut boxes = self.0.lock();
        boxes.unread.insert(run);
        if let Some(bell) = boxes.bells.get(&run) {
            bell.notify_one();
        }
    }

    /// The run is over.
    pub(crate) fn forget(&self, run: RunId, case: CaseId) {
        self.0.lock().unread.remove(&run);
        self.unwatch(run, case);
    }

    /// The run wants to hear of every change of its case.
    pub(crate) fn watch(&self, run: RunId, case: CaseId) {
        self.0.lock().watchers.entry(case).or_default().insert(run);
    }

    /// The run does not want that any more.
    pub(super) fn unwatch(&self, run: RunId, case: CaseId) {
        let mut boxes = self.0.lock();
        if let Some(watchers) = boxes.watchers.get_mut(&case) {
            watchers.remove(&run);
            if watchers.is_empty() {
                boxes.watchers.remove(&case);
            }
        }
    }

    fn watchers(&self, case: CaseId) -> Vec<RunId> {
        let boxes = self.0.lock();
        let watchers = boxes.watchers.get(&case);
        watchers.map_or(Vec::new(), |runs| runs.iter().copied().collect())
    }
}

/// What a wish says.
pub(super) enum Letter {
    /// Something that the engine is to be told.
    Input(Box<Input>),
    /// The case has changed: look at it again.
    Look,
}

// WIRE: stored data.
const LOOK: &str = "look";

impl Letter {
    pub(super) fn read(body: &Value) -> Result<Self> {
        if body.get(LOOK).is_some() {
            return Ok(Letter::Look);
        }
        let input = serde_json::from_value(body.clone());
        input
            .map(|input| Letter::Input(Box::new(input)))
            .map_err(|error| Error::Internal(format!("a wish is unreadable: {error}")))
    }
}

/// A wish that says this.
pub(super) fn wish(input: &Input) -> Result<Wish> {
    let body = serde_json::to_value(input);
    Ok(Wish {
        id: new_id!(WishId),
        body: body.map_err(|error| Error::Internal(error.to_string()))?,
    })
}

/// Commits that nobody waits for: a failure is logged, and shows as a conflict at the run's next commit.
#[derive(Debug, Default)]
pub struct Background;

impl Background {
    pub(super) fn spawn(&self, commit: impl Future<Output = Result<Committed>> + Send + 'static) {
        tokio::spawn(async move {
            if let Err(error) = commit.await {
                tracing::warn!(error = %error, "Steps of a run could not be recorded; it begins again from its journal");
            }
        });
    }
}

impl App {
    /// Rings at a run: what is wanted of it is durable.
    pub(crate) fn ring(&self, run: RunId) {
        self.0.mailbox.mark(run);
        self.0.scheduler.rouse(run);
    }

    /// To be part of the transaction that changes a case: the runs that watch it are to look again. Empty when there
    /// are none.
    pub(crate) fn tell_watchers(&self, case: CaseId) -> Option<Op> {
        if self.0.mailbox.watchers(case).is_empty() {
            return None;
        }
        let wish = Wish {
            id: new_id!(WishId),
            body: json!({ LOOK: "case" }),
        };
        Some(Op::TellWatchers { case, wish })
    }

    /// The change of the case is durable: rings at the runs that watch it.
    pub(crate) fn ring_watchers(&self, case: CaseId) {
        for run in self.0.mailbox.watchers(case) {
            self.ring(run);
        }
    }

    /// What a transaction of a run means to others is durable.
    pub(super) fn ring_others(&self, committed: &Committed, changed: Option<CaseId>) {
        for run in &committed.told {
            self.ring(*run);
        }
        if let Some(case) = changed {
            self.ring_watchers(case);
        }
    }

    /// Brings back what was wanted before the start.
    pub(crate) async fn recover_mailbox(&self) -> Result<()> {
        for run in self.0.store.runs_with_wishes().await? {
            self.0.mailbox.mark(run);
        }
        Ok(())
    }

    /// What is wanted of a run, in order.
    pub(super) async fn wishes_of(&self, tenant: TenantId, run: RunId) -> Result<Vec<Wish>> {
        Ok(self.0.store.wishes(&App::driver(tenant), run).await?)
    }
}
