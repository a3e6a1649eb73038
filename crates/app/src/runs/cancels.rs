//! Stopping a run from outside, and commits that nobody waits for.

use std::{collections::HashMap, future::Future};

use parking_lot::Mutex;
use serde_json::json;
use tokio::sync::Notify;
use updraft_model::{Actor, Granted, RunId, Severity};
use updraft_store::{Committed, Tx};

use crate::{App, Error, clock, error::Result, sources::audit};

/// Runs that somebody wants stopped.
#[derive(Debug, Default)]
pub struct Cancels {
    wanted: Mutex<HashMap<RunId, (Actor, String)>>,
    changed: Notify,
}

impl Cancels {
    fn want(&self, run: RunId, by: Actor, reason: String) {
        self.wanted.lock().insert(run, (by, reason));
        self.changed.notify_waiters();
    }

    /// Answers when somebody wants this run stopped.
    pub(super) async fn wanted(&self, run: RunId) -> (Actor, String) {
        loop {
            let changed = self.changed.notified();
            if let Some(found) = self.wanted.lock().remove(&run) {
                return found;
            }
            changed.await;
        }
    }
}

/// Commits that nobody waits for: a failure is logged, and shows as a conflict at the run's next commit.
#[derive(Debug, Default)]
pub struct Background;

impl Background {
    pub(super) fn spawn(
        &self,
        commit: impl Future<Output = std::result::Result<Committed, updraft_store::Error>>
        + Send
        + 'static,
    ) {
        tokio::spawn(async move {
            if let Err(error) = commit.await {
                tracing::warn!(error = %error, "Steps of a run could not be recorded; it begins again from its journal");
            }
        });
    }
}

impl App {
    /// Stops a run. What it has in flight is abandoned; what it did stays done.
    ///
    /// # Errors
    /// [`Error::NotFound`], or [`Error::Invalid`] when it is over.
    pub async fn cancel_run(&self, granted: &Granted, id: RunId, reason: &str) -> Result<()> {
        let run = self
            .0
            .store
            .run(granted, id)
            .await?
            .ok_or_else(|| Error::not_found("run", id))?;
        if run.state.is_over() {
            return Err(Error::invalid("run.over", "this run is over already", ""));
        }
        let detail = json!({ "reason": reason });
        let tx = Tx::new(granted.tenant())
            .priority(Severity::High)
            .with(audit(
                granted,
                "run.cancel",
                &id.to_string(),
                detail,
                clock::now(),
            ));
        self.0.store.commit(tx).await?;
        self.0
            .cancels
            .want(id, granted.actor().clone(), reason.to_owned());
        self.0.scheduler.rouse(id);
        Ok(())
    }
}
