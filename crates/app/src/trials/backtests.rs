//! A version on the runs of the last days: asked for, looked at, stopped. [`super::driver`] does the work.

use serde_json::json;
use updraft_model::{Backtest, BacktestId, BacktestState, BlobHash, Granted, Severity};
use updraft_store::{Op, Tx};

use super::Candidate;
use crate::{App, Error, clock, error::Result, events::Change, new_id, sources::audit};

/// The longest period of a backtest, days: as long as journals are kept.
pub const BACKTEST_DAYS_MAX: u32 = 90;
/// The most runs that one backtest plays.
pub const BACKTEST_RUNS_MAX: u32 = 100_000;
/// How many it plays when nothing is said.
pub const BACKTEST_RUNS_DEFAULT: u32 = 10_000;
/// Backtests of one tenant that may wait or work.
const OPEN_MAX: usize = 20;

/// A backtest that somebody wants.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewBacktest {
    /// What is tried.
    pub candidate: Candidate,
    /// Runs that began in the last so many days.
    pub days: u32,
    /// At most so many of them, the newest first.
    pub limit: u32,
}

impl App {
    /// Starts a backtest in the background.
    ///
    /// # Errors
    /// [`Error::NotFound`] when there is no such text, [`Error::Invalid`] when it cannot be tried or the period is not
    /// one.
    pub async fn start_backtest(
        &self,
        granted: &Granted,
        playbook: &str,
        wanted: NewBacktest,
    ) -> Result<BacktestId> {
        if !(1..=BACKTEST_DAYS_MAX).contains(&wanted.days) {
            return Err(Error::invalid(
                "backtest.days",
                format!("a backtest goes back 1 to {BACKTEST_DAYS_MAX} days"),
                "journals are not kept for longer",
            ));
        }
        if !(1..=BACKTEST_RUNS_MAX).contains(&wanted.limit) {
            return Err(Error::invalid(
                "backtest.limit",
                format!("a backtest plays 1 to {BACKTEST_RUNS_MAX} runs"),
                "leave `limit` out for the usual number",
            ));
        }
        let open = self.store().unfinished_backtests().await?;
        let own = open.iter().filter(|one| one.tenant == granted.tenant());
        if own.count() >= OPEN_MAX {
            return Err(Error::Busy { retry_after_s: 60 });
        }
        let tried = self.candidate(granted, playbook, wanted.candidate).await?;
        let bundle = self.bundle_of(granted, &tried)?;
        let now = clock::now();
        let backtest = Backtest {
            id: new_id!(BacktestId),
            tenant: granted.tenant(),
            playbook: playbook.to_owned(),
            source: tried.source,
            digest: tried.digest,
            bundle: BlobHash::of(&bundle),
            days: wanted.days,
            limit: wanted.limit,
            by: granted.actor().clone(),
            created_at: now,
            ended_at: None,
            state: BacktestState::Queued,
            looked_at: 0,
            matched: 0,
            more: false,
            result: json!(null),
            error: String::new(),
        };
        let id = backtest.id;
        let detail = json!({ "backtest": id, "days": wanted.days, "digest": backtest.digest });
        let tx = Tx::new(granted.tenant())
            .priority(Severity::High)
            .with(Op::PutContentVersion {
                digest: backtest.bundle,
                kind: "backtest".into(),
                name: playbook.to_owned(),
                body: bundle.into(),
            })
            .with(Op::PutBacktest(Box::new(backtest)))
            .with(audit(granted, "backtest.start", playbook, detail, now));
        self.store().commit(tx).await?;
        self.0.trials.wake();
        self.tell_backtest(granted, playbook);
        Ok(id)
    }

    /// The text and those that it calls, as the driver reads them again.
    fn bundle_of(&self, granted: &Granted, tried: &super::Tried) -> Result<Vec<u8>> {
        let picture = self.catalog().now();
        let mut texts = std::collections::BTreeMap::new();
        for id in tried.plans.called.keys() {
            let own = picture.own_live(granted.tenant(), id);
            let text = match own {
                Some(live) => Some(live.text.to_string()),
                None => picture.shipped(id).map(|shipped| shipped.text),
            };
            let text = text.ok_or_else(|| Error::not_found("playbook", id))?;
            texts.insert(id.clone(), text);
        }
        texts.insert(tried.plans.main.id().to_owned(), tried.text.clone());
        serde_json::to_vec(&texts)
            .map_err(|error| Error::Internal(format!("a text cannot be written as JSON: {error}")))
    }

    pub(super) fn tell_backtest(&self, granted: &Granted, playbook: &str) {
        let id = playbook.to_owned();
        self.events()
            .tell(granted.tenant(), Change::Playbook { id });
    }

    /// One backtest as it stands.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub async fn backtest(&self, granted: &Granted, id: BacktestId) -> Result<Backtest> {
        let found = self.store().backtest(granted, id).await?;
        found.ok_or_else(|| Error::not_found("backtest", id))
    }

    /// The latest backtests of a playbook, the newest first.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub async fn backtests(&self, granted: &Granted, playbook: &str) -> Result<Vec<Backtest>> {
        Ok(self.store().backtests(granted, playbook).await?)
    }

    /// Stops a backtest; what it found until then is kept. One that is over stays as it is.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub async fn cancel_backtest(&self, granted: &Granted, id: BacktestId) -> Result<()> {
        // The driver writes its progress under the same lock: neither takes the other's word back.
        let _turn = self.0.trials.turn().lock().await;
        let mut backtest = self.backtest(granted, id).await?;
        if backtest.state.is_over() {
            return Ok(());
        }
        let now = clock::now();
        backtest.state = BacktestState::Cancelled;
        backtest.ended_at = Some(now);
        let playbook = backtest.playbook.clone();
        let detail = json!({ "backtest": id });
        let tx = Tx::new(granted.tenant())
            .priority(Severity::High)
            .with(Op::PutBacktest(Box::new(backtest)))
            .with(audit(granted, "backtest.cancel", &playbook, detail, now));
        self.store().commit(tx).await?;
        self.0.trials.cancel(id);
        self.tell_backtest(granted, &playbook);
        Ok(())
    }
}
