//! The work on backtests: one at a time, the oldest first, in small pieces so that runs and people come first. A
//! backtest that a stop or a crash interrupted is begun again: it has no effects, and what it finds is the same.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::Duration,
};

use parking_lot::Mutex;
use serde_json::json;
use tokio::sync::Notify;
use updraft_content::trials::{Asking, Recording, Tally, Which, backtest};
use updraft_engine::{PlanSet, Target};
use updraft_model::{
    Backtest, BacktestId, BacktestState, Case, CaseId, Granted, Permission, Run, TenantId,
    Timestamp,
};
use updraft_store::{Cursor, Op, Page, RunFilter, Tx};

use super::{blocking, inputs_of, starts::would_start};
use crate::{
    App, Error, catalog::Picture, clock, error::Result, playbooks::LastBacktest,
    runs::parse_bundle, sources::audit,
};

/// Runs that are read at a time.
const PAGE_RUNS: u32 = 50;
/// Pages between two times that progress is written.
const PAGES_PER_NOTE: u32 = 4;
/// How long after an error of the store the work is taken up again.
const AGAIN_AFTER: Duration = Duration::from_secs(10);
const DAY_MS: i64 = 24 * 60 * 60 * 1_000;

/// What the driver of backtests and those who steer it share.
#[derive(Debug, Default)]
pub struct Trials {
    wake: Notify,
    cancelled: Mutex<BTreeSet<BacktestId>>,
    turn: tokio::sync::Mutex<()>,
    paths: tokio::sync::Mutex<()>,
}

impl Trials {
    /// There is something to do.
    pub(super) fn wake(&self) {
        self.wake.notify_one();
    }
    pub(super) fn turn(&self) -> &tokio::sync::Mutex<()> {
        &self.turn
    }
    /// Held while paths that are owed are read, so that no two read the same.
    pub(crate) fn paths_turn(&self) -> &tokio::sync::Mutex<()> {
        &self.paths
    }
    pub(super) fn cancel(&self, id: BacktestId) {
        self.cancelled.lock().insert(id);
    }
    fn is_cancelled(&self, id: BacktestId) -> bool {
        self.cancelled.lock().contains(&id)
    }
    fn forget(&self, id: BacktestId) {
        self.cancelled.lock().remove(&id);
    }
}

/// Works off backtests until the application stops.
pub(crate) async fn drive_backtests(app: App) {
    loop {
        let next = match app.store().unfinished_backtests().await {
            Ok(open) => open.into_iter().next(),
            Err(error) => {
                tracing::error!(error = %error, "Backtests cannot be read");
                None
            }
        };
        let worked = match next {
            Some(next) => app.work_backtest(next).await,
            None => false,
        };
        if app.is_stopping() {
            return;
        }
        if !worked {
            tokio::select! {
                () = app.0.trials.wake.notified() => {}
                () = tokio::time::sleep(AGAIN_AFTER) => {}
                () = app.0.stop.notified() => return,
            }
        }
    }
}

/// How the work on a backtest ended.
enum Worked {
    ToTheEnd,
    Stopped,
}

struct Work<'a> {
    app: &'a App,
    granted: Granted,
    backtest: Backtest,
    plans: PlanSet,
    picture: Arc<Picture>,
    since: Timestamp,
    tally: Tally,
    cases: BTreeMap<CaseId, Arc<Case>>,
}

impl App {
    /// Works on one backtest; false when it must be tried again later.
    async fn work_backtest(&self, mut backtest: Backtest) -> bool {
        let (id, playbook) = (backtest.id, backtest.playbook.clone());
        let granted = Granted::system(backtest.tenant, "backtest", Permission::CaseRead);
        backtest.state = BacktestState::Running;
        backtest.looked_at = 0;
        backtest.matched = 0;
        let worked = self.try_backtest(&granted, backtest.clone()).await;
        self.0.trials.forget(id);
        self.tell_backtest(&granted, &playbook);
        match worked {
            Ok(_) => true,
            Err(Error::Store(error)) => {
                tracing::error!(backtest.id = %id, error = %error, "Backtest `{id}` is begun again later");
                false
            }
            Err(error) => {
                tracing::warn!(backtest.id = %id, error = %error, "Backtest `{id}` could not go on");
                backtest.state = BacktestState::Failed;
                backtest.error = error.to_string();
                backtest.ended_at = Some(clock::now());
                self.put_backtest(&backtest, Vec::new()).await.is_ok()
            }
        }
    }

    async fn try_backtest(&self, granted: &Granted, backtest: Backtest) -> Result<Worked> {
        let bundle = self
            .store()
            .content_version(granted, backtest.bundle)
            .await?;
        let bundle = bundle.ok_or_else(|| Error::not_found("text", backtest.bundle))?;
        let plans = parse_bundle(&bundle.body, &backtest.playbook)?;
        let since = backtest
            .created_at
            .plus_millis(-i64::from(backtest.days) * DAY_MS);
        let mut work = Work {
            app: self,
            granted: granted.clone(),
            plans,
            picture: self.catalog().now(),
            since,
            tally: Tally::default(),
            cases: BTreeMap::new(),
            backtest,
        };
        work.go().await
    }

    /// Writes how a backtest stands, unless somebody has cancelled it meanwhile; then false.
    async fn put_backtest(&self, backtest: &Backtest, more: Vec<Op>) -> Result<bool> {
        let _turn = self.0.trials.turn().lock().await;
        if self.0.trials.is_cancelled(backtest.id) {
            return Ok(false);
        }
        let mut tx = Tx::new(backtest.tenant).with(Op::PutBacktest(Box::new(backtest.clone())));
        tx.ops.extend(more);
        self.store().commit(tx).await?;
        Ok(true)
    }
}

impl Work<'_> {
    async fn go(&mut self) -> Result<Worked> {
        let mut after: Option<Cursor> = None;
        let mut pages = 0;
        loop {
            if self.app.is_stopping() || self.app.0.trials.is_cancelled(self.backtest.id) {
                return Ok(Worked::Stopped);
            }
            let page = Page {
                after,
                limit: PAGE_RUNS,
            };
            let filter = RunFilter::default();
            let runs = self.app.store().runs(&self.granted, filter, page).await?;
            let mut old = false;
            for run in &runs.items {
                old = run.created_at < self.since;
                if old || self.backtest.more {
                    break;
                }
                self.look_at(run).await?;
            }
            self.cases.clear();
            pages += 1;
            after = runs.next;
            let over = old || self.backtest.more || after.is_none();
            if over {
                return self.finish().await;
            }
            if pages % PAGES_PER_NOTE == 0 {
                self.note().await?;
            }
            tokio::task::yield_now().await;
        }
    }

    /// Runs that are not over have no end to be compared with; later ones are no past.
    async fn look_at(&mut self, run: &Run) -> Result<()> {
        if !run.state.is_over() || run.created_at > self.backtest.created_at {
            return Ok(());
        }
        self.backtest.looked_at += 1;
        let Some(case) = self.case_of(run).await? else {
            return Ok(());
        };
        let journal = self.app.store().journal(&self.granted, run.id).await?;
        let Ok(inputs) = inputs_of(&journal) else {
            self.tally.unreadable += 1;
            return Ok(());
        };
        let same = run.playbook == self.backtest.playbook;
        let Some(start) = inputs.first() else {
            // Too old, or stopped before its first step: whether it would match is not known.
            self.tally.unreadable += u64::from(same);
            return Ok(());
        };
        if !would_start(&self.plans.main, start, same) {
            return Ok(());
        }
        if self.backtest.matched >= u64::from(self.backtest.limit) {
            self.backtest.more = true;
            return Ok(());
        }
        let own = match self.app.plans_of(run).await {
            Ok(own) => own,
            Err(Error::Internal(_)) => {
                self.tally.unreadable += 1;
                return Ok(());
            }
            Err(error) => return Err(error),
        };
        let given = self.inputs(same);
        let (plans, picture) = (self.plans.clone(), self.picture.clone());
        let tenant = self.backtest.tenant;
        let trial = blocking(move || {
            let mut recording = Recording::of(own, &inputs).ok()?;
            if let Some(given) = given
                && let updraft_engine::Input::Started { inputs, .. } = &mut recording.start
            {
                *inputs = given;
            }
            let connected = |asking: &Asking| targets(&picture, tenant, asking);
            let library = picture.library();
            Some(backtest(&recording, plans, library, Some(&connected)))
        })
        .await?;
        let Some(mut trial) = trial else {
            self.tally.unreadable += 1;
            return Ok(());
        };
        if let Some(reason) = closed_by_people(&case, run) {
            trial.did.closed = Some(reason);
        }
        self.backtest.matched += 1;
        let which = Which {
            run: run.id.to_string(),
            case: run.case.to_string(),
            case_number: case.number,
        };
        self.tally.add(&which, &trial);
        Ok(())
    }

    /// What a run of another playbook was given says nothing about this one: it starts as a new run would.
    fn inputs(&self, same: bool) -> Option<serde_json::Value> {
        let (tenant, plan) = (self.backtest.tenant, &self.plans.main);
        (!same).then(|| {
            self.app
                .inputs_of_run(tenant, &self.backtest.playbook, plan)
        })
    }

    async fn case_of(&mut self, run: &Run) -> Result<Option<Arc<Case>>> {
        if let Some(known) = self.cases.get(&run.case) {
            return Ok(Some(known.clone()));
        }
        let case = self.app.store().case(&self.granted, run.case).await?;
        let case = case.map(Arc::new);
        if let Some(case) = &case {
            self.cases.insert(run.case, case.clone());
        }
        Ok(case)
    }

    async fn note(&mut self) -> Result<()> {
        self.backtest.result = json!(self.tally);
        self.app.put_backtest(&self.backtest, Vec::new()).await?;
        self.app
            .tell_backtest(&self.granted, &self.backtest.playbook);
        Ok(())
    }

    async fn finish(&mut self) -> Result<Worked> {
        let now = clock::now();
        self.backtest.state = BacktestState::Done;
        self.backtest.ended_at = Some(now);
        self.backtest.result = json!(self.tally);
        let last = LastBacktest {
            id: self.backtest.id.to_string(),
            at: now,
            days: self.backtest.days,
            verdict: in_short(&self.tally),
            digest: self.backtest.digest,
        };
        let playbook = &self.backtest.playbook;
        let detail = json!({ "backtest": self.backtest.id, "verdict": last.verdict });
        let more = vec![
            Op::PutSetting {
                name: crate::playbooks::backtest_setting(playbook),
                value: json!(last),
            },
            audit(&self.granted, "backtest.done", playbook, detail, now),
        ];
        match self.app.put_backtest(&self.backtest, more).await? {
            true => Ok(Worked::ToTheEnd),
            false => Ok(Worked::Stopped),
        }
    }
}

/// Why people closed the case after its last run, if they did: what was decided, whatever the run had done.
fn closed_by_people(case: &Case, run: &Run) -> Option<String> {
    let after = case.closed_at.zip(run.ended_at);
    let after = after.is_some_and(|(closed, ended)| closed > ended);
    let reason = case
        .close_reason
        .filter(|_| after && case.last_run == Some(run.id));
    reason.map(|reason| reason.as_str().to_owned())
}

/// In a few words what would be different; what is not known stands first.
fn in_short(tally: &Tally) -> String {
    let mut words = Vec::new();
    if tally.unknown > 0 {
        words.push(format!("{} unknown", tally.unknown));
    }
    words.push(format!("{} different", tally.different));
    words.push(format!("{} the same", tally.same));
    format!("{} runs: {}", tally.played, words.join(", "))
}

/// Whom a step would ask with the connections of today; `None` for what no connector of the content does.
fn targets(picture: &Picture, tenant: TenantId, asking: &Asking) -> Option<Vec<Target>> {
    let wanted = asking.connection.as_deref();
    if let Some(capability) = &asking.capability {
        let mut targets = picture.targets(tenant, capability);
        targets.retain(|target| wanted.is_none_or(|name| target.name == name));
        return Some(targets);
    }
    let (connector, action) = asking.action.as_deref()?.split_once('.')?;
    let known = picture.library().connectors.contains_key(connector);
    known.then(|| picture.targets_of_action(tenant, connector, action, wanted))
}
