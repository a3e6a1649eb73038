//! One run at work: feed the engine one input, do all it asks for, record, act, wait for the next.
//!
//! Reads may be under way before their step is on disk: doing them again after a crash harms nobody.
//! A write is first intended, in the journal and in the ledger, and sent only when that is durable.
//! When anything goes wrong with the store, the actor is dropped and the run begins again from its
//! journal; so recovery is the one path, used after a crash and after a full disk alike.

mod hear;
mod people;
mod perform;
mod record;

use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    sync::Arc,
    time::Duration,
};

use futures_util::{
    StreamExt,
    future::{AbortHandle, BoxFuture},
    stream::FuturesUnordered,
};
use tokio::{sync::OwnedMutexGuard, time::Instant};
#[cfg(feature = "simulation")]
use updraft_engine::defects::{self, Defect};
use updraft_engine::{Effect, Input, Machine, StepKey, Target};
use updraft_model::{
    Answer, BlobHash, Case, CaseStatus, OriginKind, Run, RunState, Timestamp, WishId,
};
use updraft_store::Tx;

use super::{
    End, Entry, Waiting,
    invoke::{Came, KeyTurn, Landed, Order},
    mailbox::{AtWork, Letter},
};
use crate::{App, Error, clock, error::Result};

/// A run with nothing to do for longer than this leaves memory.
const PARK_AFTER_MS: i64 = 2_000;
/// Answers of reads wait this long for further ones before they are recorded together.
const LINGER: Duration = Duration::from_millis(20);
/// Commits under way that nobody waits for; the next one is waited for.
const COMMITS_UNCONFIRMED_MAX: u32 = 16;

/// One run at work.
pub(crate) struct Actor {
    pub app: App,
    pub run: Run,
    machine: Machine,
    inputs: VecDeque<Input>,
    effects: VecDeque<Effect>,
    writes: Vec<Order>,
    intended: Vec<Order>,
    in_flight: FuturesUnordered<BoxFuture<'static, Option<Came>>>,
    aborts: BTreeMap<StepKey, AbortHandle>,
    /// Turns of writes that came back, until their outcome is durable.
    turns: Vec<KeyTurn>,
    pub tx: Tx,
    /// Texts that the present transaction pins.
    pins: Vec<BlobHash>,
    /// Runs that this one started, until they are durable.
    started: Vec<Run>,
    entries: Vec<Vec<u8>>,
    next_seq: u64,
    case: Option<OpenCase>,
    /// What the providers said in this run, as far as this process knows it.
    pub answers: Option<Vec<Answer>>,
    /// The merged verdict of this run, as far as this process knows it.
    pub merged: Option<updraft_intel::Merged>,
    over: bool,
    /// The place where it hears what is wanted of it.
    at_work: AtWork,
    /// Wishes that were taken in and whose transaction may not be durable yet.
    heard: BTreeSet<WishId>,
    /// Questions whose deadline has passed in this transaction.
    expired: BTreeSet<String>,
    tasks_changed: bool,
    head_changed: bool,
    uncommitted: u32,
    /// Since when something waits to be recorded.
    pending_since: Option<Instant>,
}

/// The run's case while it is being changed; nobody else changes it until the commit.
struct OpenCase {
    case: Box<Case>,
    version: u64,
    changed: bool,
    _turn: OwnedMutexGuard<()>,
}

impl Actor {
    /// Reads the run and folds its journal; a new run is told that it starts.
    pub async fn load(app: App, waiting: &Waiting) -> Result<Option<Self>> {
        let store = &app.0.store;
        let driver = App::driver(waiting.tenant);
        let Some(run) = store.run(&driver, waiting.run).await? else {
            return Ok(None);
        };
        if run.state.is_over() {
            return Ok(None);
        }
        let at_work = AtWork::new(app.clone(), run.id);
        let plans = app.plans_of(&run).await?;
        let mut machine = Machine::new(plans, false);
        let fresh = run.started_at.is_none();
        // A run that belongs to an earlier one begins with what was recorded there.
        let journal = if fresh && run.origin.is_none() {
            Vec::new()
        } else {
            store.journal(&driver, run.id).await?
        };
        let next_seq = journal.last().map_or(0, |(seq, _)| seq + 1);
        for (seq, bytes) in &journal {
            match Entry::decode(bytes) {
                Ok(Entry::Input(input)) => drop(machine.handle(&input)),
                Ok(Entry::End { .. }) => {}
                Err(error) => {
                    return Err(Error::Internal(format!(
                        "entry {seq} of the journal of {} is unreadable: {error}",
                        run.id
                    )));
                }
            }
        }
        let tx = Tx::new(run.tenant).priority(run.priority);
        let mut actor = Self {
            app,
            run,
            machine,
            inputs: VecDeque::new(),
            effects: VecDeque::new(),
            writes: Vec::new(),
            intended: Vec::new(),
            in_flight: FuturesUnordered::new(),
            aborts: BTreeMap::new(),
            turns: Vec::new(),
            tx,
            pins: Vec::new(),
            started: Vec::new(),
            entries: Vec::new(),
            next_seq,
            case: None,
            answers: None,
            merged: None,
            over: false,
            at_work,
            heard: BTreeSet::new(),
            expired: BTreeSet::new(),
            tasks_changed: false,
            head_changed: false,
            uncommitted: 0,
            pending_since: None,
        };
        if fresh {
            actor.begin(journal.is_empty()).await?;
        }
        actor.effects.extend(actor.machine.pending());
        if !fresh {
            // Those were asked, and the case is watched, since the journal has them.
            let known =
                |effect: &Effect| matches!(effect, Effect::Ask { .. } | Effect::Watch { .. });
            actor.effects.retain(|effect| !known(effect));
        }
        Ok(Some(actor))
    }

    /// The run's first work; `empty` when nothing of an earlier run is recorded in it.
    async fn begin(&mut self, empty: bool) -> Result<()> {
        let now = clock::now();
        // A run that only takes back, or that was stopped before it began, leaves its case in the state that it has.
        let ends = self.is_to_be_ended().await?;
        if !ends && !self.takes_back() {
            self.take_up_case(now).await?;
        }
        self.run.started_at = Some(now);
        self.run.state = RunState::Running;
        self.head_changed = true;
        if !empty {
            return Ok(());
        }
        let (app, run) = (self.app.clone(), self.run.clone());
        let context = app.run_context(&run, &self.open_case().await?.case).await?;
        let plans = self.app.plans_of(&self.run).await?;
        let inputs = self.app.inputs_given(&self.run, &plans.main);
        self.inputs.push_back(Input::Started {
            run: self.run.id,
            inputs,
            context,
            seed: clock::random_u128() as u64,
            at: now,
            origin: None,
        });
        Ok(())
    }

    /// True for a run that takes back what an earlier one did.
    pub(super) fn takes_back(&self) -> bool {
        let origin = self.run.origin.as_deref();
        origin.is_some_and(|origin| origin.kind == OriginKind::Rollback)
    }

    /// True when somebody stopped the run before it began.
    async fn is_to_be_ended(&mut self) -> Result<bool> {
        if !self.app.0.mailbox.has_mail(self.run.id) {
            return Ok(false);
        }
        let wishes = self.app.wishes_of(self.run.tenant, self.run.id).await?;
        let ends = |wish: &updraft_store::Wish| {
            let letter = Letter::read(&wish.body);
            matches!(letter, Ok(Letter::Input(input)) if matches!(*input, Input::Cancel { .. }))
        };
        Ok(wishes.iter().any(ends))
    }

    /// A closed case is open while a run works on it; a new one is in progress.
    async fn take_up_case(&mut self, now: Timestamp) -> Result<()> {
        let run = self.run.id;
        let case = &self.open_case().await?.case;
        if case.status == CaseStatus::InProgress && case.last_run == Some(run) {
            return Ok(());
        }
        // What merely accompanies a case does not open it again.
        let cause = self.run.cause.as_ref().map(|cause| cause.trigger.as_str());
        let reopens = self.run.origin.is_some() || !matches!(cause, Some("alert" | "run"));
        let case = self.case().await?;
        let mut reopened = false;
        if case.status == CaseStatus::Closed {
            reopened = reopens && updraft_cases::reopen(case, now).is_ok();
        } else {
            case.status = CaseStatus::InProgress;
            case.updated_at = now;
        }
        case.last_run = Some(run);
        if reopened {
            let data = serde_json::json!({ "run": run });
            self.timeline("reopened", "Reopened for another run", data, now);
        }
        Ok(())
    }

    /// Works until the run is over, sleeps, or the application stops.
    pub async fn work(mut self) -> Result<End> {
        loop {
            self.settle().await?;
            if self.over {
                return Ok(End::Over);
            }
            if self.app.is_stopping() && self.writes_in_flight() == 0 {
                return Ok(End::Stopped);
            }
            let deadline = self.machine.next_deadline().map(|(at, _)| at);
            if self.in_flight.is_empty() {
                let soon =
                    deadline.is_some_and(|at| at.millis_since(clock::now()) <= PARK_AFTER_MS);
                if deadline.is_none() && self.machine.waiting_for().is_empty() {
                    let text = format!("{} waits for nothing", self.run.id);
                    return Err(Error::Internal(text));
                }
                if !soon && !self.app.0.mailbox.has_mail(self.run.id) {
                    return self.park(deadline).await;
                }
            }
            self.wait(deadline).await;
        }
    }

    fn writes_in_flight(&self) -> usize {
        self.aborts.len()
    }

    async fn wait(&mut self, deadline: Option<Timestamp>) {
        let deadline = deadline.map(|at| at.millis_since(clock::now()).max(0) as u64);
        let linger = self
            .pending_since
            .map(|since| LINGER.saturating_sub(since.elapsed()));
        let pause = deadline
            .map(Duration::from_millis)
            .into_iter()
            .chain(linger)
            .min();
        let timer = async {
            match pause {
                Some(pause) => tokio::time::sleep(pause).await,
                None => std::future::pending().await,
            }
        };
        let app = self.app.clone();
        let bell = self.at_work.bell();
        tokio::select! {
            biased;
            Some(came) = self.in_flight.next(), if !self.in_flight.is_empty() => self.came(came),
            () = timer => {
                let now = clock::now();
                for key in self.machine.due_timers(now) {
                    self.inputs.push_back(Input::Timer { key, at: now });
                }
            }
            () = bell.notified() => {}
            () = app.0.stop.notified() => {}
        }
        // Whatever else is there already belongs to the same commit.
        while let Some(Some(came)) = futures_util::FutureExt::now_or_never(self.in_flight.next()) {
            self.came(came);
        }
    }

    /// What was abandoned meanwhile is nothing.
    fn came(&mut self, came: Option<Came>) {
        match came {
            Some(Came::Landed(landed)) => self.land(landed),
            Some(Came::Turn(order)) => {
                self.aborts.remove(&order.key);
                self.writes.push(order);
            }
            None => {}
        }
    }

    fn land(&mut self, mut landed: Landed) {
        self.aborts.remove(&landed.key);
        self.turns.extend(landed.turn.take());
        let input = self.app.record_landed(&mut self.tx, &self.run, landed);
        #[cfg(feature = "simulation")]
        if defects::has(Defect::TakeAnswersTwice) {
            self.inputs.push_back(input.clone());
        }
        self.inputs.push_back(input);
    }
}

/// Everything but a read is intended first.
pub(super) fn is_write(target: &Arc<Target>) -> bool {
    target.effect != "read"
}
