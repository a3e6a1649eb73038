//! Stopping a run from outside, and commits that nobody waits for.

use std::{collections::HashMap, future::Future};

use parking_lot::Mutex;
use serde_json::json;
use tokio::sync::Notify;
use updraft_model::{Granted, RunId, Severity};
use updraft_store::{CancelWish, Committed, Conflict, Op, Tx};

use crate::{App, Error, clock, error::Result, sources::audit};

/// Runs that somebody wants stopped: what the store keeps, at hand. A wish stays until its run is over, so that
/// a run that begins again from its journal still finds it.
#[derive(Debug, Default)]
pub struct Cancels {
    wanted: Mutex<HashMap<RunId, CancelWish>>,
    changed: Notify,
}

impl Cancels {
    fn want(&self, run: RunId, wish: CancelWish) {
        self.wanted.lock().entry(run).or_insert(wish);
        self.changed.notify_waiters();
    }

    /// What is wanted of this run.
    pub(crate) fn of(&self, run: RunId) -> Option<CancelWish> {
        self.wanted.lock().get(&run).cloned()
    }

    /// Answers when somebody wants this run stopped.
    pub(super) async fn wanted(&self, run: RunId) -> CancelWish {
        loop {
            let changed = self.changed.notified();
            if let Some(found) = self.of(run) {
                return found;
            }
            changed.await;
        }
    }

    /// The run is over.
    pub(crate) fn forget(&self, run: RunId) {
        self.wanted.lock().remove(&run);
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

fn over() -> Error {
    Error::invalid("run.over", "this run is over already", "")
}

impl App {
    /// Stops a run. What it has in flight is abandoned; what it did stays done. The wish is durable when this
    /// returns; the run ends at once, or, while it waits for its turn, when that comes.
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
            return Err(over());
        }
        let now = clock::now();
        let wish = CancelWish {
            by: granted.actor().clone(),
            reason: reason.to_owned(),
            at: now,
        };
        let detail = json!({ "reason": reason });
        let tx = Tx::new(granted.tenant())
            .priority(Severity::High)
            .with(Op::WantCancel {
                run: id,
                wish: wish.clone(),
            })
            .with(audit(granted, "run.cancel", &id.to_string(), detail, now));
        match self.0.store.commit(tx).await {
            Ok(_) => {}
            // It came to its end meanwhile.
            Err(updraft_store::Error::Conflict(Conflict::Missing { .. })) => return Err(over()),
            Err(error) => return Err(error.into()),
        }
        self.0.cancels.want(id, wish);
        self.0.scheduler.rouse(id);
        let now_over = self.0.store.run(granted, id).await?;
        if now_over.is_none_or(|run| run.state.is_over()) {
            self.0.cancels.forget(id);
        }
        Ok(())
    }

    /// Brings back what was wanted before the start.
    pub(crate) async fn recover_cancels(&self) -> Result<()> {
        for (run, wish) in self.0.store.wanted_cancels().await? {
            self.0.cancels.want(run, wish);
        }
        Ok(())
    }
}
