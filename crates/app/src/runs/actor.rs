//! One run at work: feed the engine one input, do all it asks for, record, act, wait for the next.
//!
//! Reads may be under way before their step is on disk: doing them again after a crash harms nobody.
//! A write is first intended, in the journal and in the ledger, and sent only when that is durable.
//! When anything goes wrong with the store, the actor is dropped and the run begins again from its
//! journal; so recovery is the one path, used after a crash and after a full disk alike.

use std::{
    collections::{BTreeMap, VecDeque},
    sync::{Arc, atomic::Ordering},
    time::{Duration, Instant},
};

use futures_util::{
    StreamExt,
    future::{AbortHandle, Abortable, BoxFuture},
    stream::FuturesUnordered,
};
use serde_json::Value;
use tokio::sync::OwnedMutexGuard;
use updraft_engine::{
    ActionResult, Effect, Input, Machine, RunOutcome, StepError, StepKey, Target,
};
use updraft_model::{
    Actor as Who, Answer, BlobHash, Case, CaseId, CaseStatus, Run, RunState, TimelineEntry,
    Timestamp,
};
use updraft_store::{CancelWish, Op, Tx};

use super::{
    End, Entry, Waiting,
    invoke::{Landed, Ledger, Order},
};
use crate::{App, Error, clock, error::Result, events::Change};

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
    in_flight: FuturesUnordered<BoxFuture<'static, Option<Landed>>>,
    aborts: BTreeMap<StepKey, AbortHandle>,
    pub tx: Tx,
    /// Texts that the present transaction pins.
    pins: Vec<BlobHash>,
    entries: Vec<Vec<u8>>,
    next_seq: u64,
    case: Option<OpenCase>,
    /// What the providers said in this run, as far as this process knows it.
    pub answers: Option<Vec<Answer>>,
    /// The merged verdict of this run, as far as this process knows it.
    pub merged: Option<updraft_intel::Merged>,
    over: bool,
    /// The run was told that it shall stop.
    stop_heard: bool,
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
        let plans = app.plans_of(&run).await?;
        let mut machine = Machine::new(plans, false);
        let fresh = run.started_at.is_none();
        let journal = if fresh {
            Vec::new()
        } else {
            store.journal(&driver, run.id).await?
        };
        let next_seq = journal.last().map_or(0, |(seq, _)| seq + 1);
        let mut stop_heard = false;
        for (seq, bytes) in &journal {
            match Entry::decode(bytes) {
                Ok(Entry::Input(input)) => {
                    stop_heard |= matches!(*input, Input::Cancel { .. });
                    machine.handle(&input);
                }
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
            tx,
            pins: Vec::new(),
            entries: Vec::new(),
            next_seq,
            case: None,
            answers: None,
            merged: None,
            over: false,
            stop_heard,
            head_changed: false,
            uncommitted: 0,
            pending_since: None,
        };
        if journal.is_empty() {
            actor.begin().await?;
        } else {
            actor.effects.extend(actor.machine.pending());
        }
        // Before anything is asked or done for a run that shall not go on.
        if let Some(wish) = actor.app.0.cancels.of(actor.run.id)
            && !actor.stop_heard
        {
            actor.effects.clear();
            actor.hear_stop(wish);
        }
        Ok(Some(actor))
    }

    async fn begin(&mut self) -> Result<()> {
        let now = clock::now();
        let (app, run) = (self.app.clone(), self.run.clone());
        let context = app.run_context(&run, &self.open_case().await?.case).await?;
        let plans = self.app.plans_of(&self.run).await?;
        let inputs = self
            .app
            .inputs_of_run(self.run.tenant, &self.run.playbook, &plans.main);
        self.take_up_case(now).await?;
        self.run.started_at = Some(now);
        self.run.state = RunState::Running;
        self.head_changed = true;
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

    /// A closed case is open while a run works on it; a new one is in progress.
    async fn take_up_case(&mut self, now: Timestamp) -> Result<()> {
        let run = self.run.id;
        let case = &self.open_case().await?.case;
        if case.status == CaseStatus::InProgress && case.last_run == Some(run) {
            return Ok(());
        }
        let case = self.case().await?;
        let mut reopened = false;
        if case.status == CaseStatus::Closed {
            reopened = updraft_cases::reopen(case, now).is_ok();
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
                match deadline {
                    Some(at) if at.millis_since(clock::now()) > PARK_AFTER_MS => {
                        return self.park(at).await;
                    }
                    Some(_) => {}
                    None => {
                        return Err(Error::Internal(format!(
                            "{} waits for nothing",
                            self.run.id
                        )));
                    }
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
        let cancelled = app.0.cancels.wanted(self.run.id);
        let heard = self.stop_heard;
        tokio::select! {
            Some(landed) = self.in_flight.next(), if !self.in_flight.is_empty() => {
                if let Some(landed) = landed {
                    self.land(landed);
                }
            }
            () = timer => {
                let now = clock::now();
                for key in self.machine.due_timers(now) {
                    self.inputs.push_back(Input::Timer { key, at: now });
                }
            }
            wish = cancelled, if !heard => self.hear_stop(wish),
            () = app.0.stop.notified() => {}
        }
        // Whatever else is there already belongs to the same commit.
        while let Some(Some(landed)) = futures_util::FutureExt::now_or_never(self.in_flight.next())
        {
            if let Some(landed) = landed {
                self.land(landed);
            }
        }
    }

    /// Somebody wants the run stopped; it is told once.
    fn hear_stop(&mut self, wish: CancelWish) {
        self.stop_heard = true;
        self.inputs.push_back(Input::Cancel {
            by: wish.by,
            reason: wish.reason,
            at: clock::now(),
        });
    }

    fn land(&mut self, landed: Landed) {
        self.aborts.remove(&landed.key);
        let input = self.app.record_landed(&mut self.tx, &self.run, landed);
        self.inputs.push_back(input);
    }

    /// Feeds all inputs, answers what can be answered here, commits, and only then sends writes.
    async fn settle(&mut self) -> Result<()> {
        while !self.over {
            while let Some(input) = self.inputs.pop_front() {
                self.feed(input)?;
            }
            match self.effects.pop_front() {
                Some(effect) => self.perform(effect).await?,
                None if self.writes.is_empty() => break,
                None => self.intend_writes().await?,
            }
        }
        if self.over {
            // What a run that was stopped had not sent yet is not sent.
            self.writes.clear();
            self.intended.clear();
        }
        self.commit().await?;
        for order in std::mem::take(&mut self.intended) {
            self.launch(order);
        }
        Ok(())
    }

    fn feed(&mut self, input: Input) -> Result<()> {
        self.effects.extend(self.machine.handle(&input));
        let entry = Entry::Input(Box::new(input)).encode();
        self.entries
            .push(entry.map_err(|error| Error::Internal(error.to_string()))?);
        Ok(())
    }

    async fn perform(&mut self, effect: Effect) -> Result<()> {
        match effect {
            Effect::Resolve {
                key,
                capability,
                action,
                connection,
                ..
            } => {
                let targets = self.app.resolve(
                    (&mut self.tx, &mut self.pins),
                    self.run.tenant,
                    capability.as_deref(),
                    action.as_deref(),
                    connection.as_deref(),
                );
                self.inputs.push_back(Input::Resolved {
                    key,
                    targets,
                    at: clock::now(),
                });
            }
            Effect::Host {
                key, action, input, ..
            } => {
                let at = clock::now();
                let result = self.host(&key, &action, &input, at).await?;
                self.inputs.push_back(Input::Done { key, result, at });
            }
            Effect::Invoke {
                key,
                target,
                input,
                idempotency_key,
                deadline,
                begun,
            } => {
                let order = Order {
                    key,
                    target,
                    input,
                    idempotency_key,
                    deadline,
                    state: None,
                    begun,
                };
                if is_write(&order.target) {
                    self.writes.push(order)
                } else {
                    self.launch(order)
                }
            }
            Effect::Resume {
                key,
                target,
                input,
                idempotency_key,
                deadline,
                state,
            } => {
                let order = Order {
                    key,
                    target,
                    input,
                    idempotency_key,
                    deadline,
                    state: Some(state),
                    begun: true,
                };
                // A call that polls has sent its write already; going on is a read.
                self.launch(order);
            }
            Effect::Ask { key, .. } => {
                let at = clock::now();
                let error = StepError::new("unsupported", "this program cannot ask people yet");
                let result = ActionResult::failed(error);
                self.inputs.push_back(Input::Done { key, result, at });
            }
            Effect::Remind { .. } => {}
            Effect::Watch { .. } => {
                let case = self.open_case().await?.case.clone();
                let context = self.app.run_context(&self.run, &case).await?;
                let at = clock::now();
                self.inputs.push_back(Input::CaseChanged { context, at });
            }
            Effect::Emit { event, payload, .. } => {
                let data = serde_json::json!({ "run": self.run.id, "payload": *payload });
                self.timeline("event", event, data, clock::now());
            }
            Effect::Abandon { key } => {
                if let Some(abort) = self.aborts.remove(&key) {
                    abort.abort();
                }
            }
            Effect::Finished {
                outcome,
                message,
                output,
            } => {
                self.finish(outcome, message, output).await?;
            }
        }
        Ok(())
    }

    fn launch(&mut self, order: Order) {
        let key = order.key.clone();
        let work = self.app.clone().invoke(self.run.clone(), order);
        let (abort, registration) = AbortHandle::new_pair();
        self.aborts.insert(key, abort);
        let work = Abortable::new(work, registration);
        self.in_flight
            .push(Box::pin(async move { work.await.ok() }));
    }

    /// Looks every write up in the ledger: done long ago, begun with an unknown outcome, or new.
    async fn intend_writes(&mut self) -> Result<()> {
        for mut order in std::mem::take(&mut self.writes) {
            let at = clock::now();
            match self
                .app
                .ledger(self.run.tenant, &order.idempotency_key)
                .await?
            {
                Ledger::Done(result) => {
                    self.inputs.push_back(Input::Done {
                        key: order.key,
                        result: *result,
                        at,
                    });
                    continue;
                }
                Ledger::Unknown => order.begun = true,
                Ledger::New => order.begun = false,
            }
            self.feed(Input::Begun {
                key: order.key.clone(),
                at,
            })?;
            self.tx.ops.push(Op::IntendEffect {
                key: order.idempotency_key.clone(),
                run: self.run.id,
                at,
            });
            self.intended.push(order);
        }
        Ok(())
    }

    /// The case to be changed, locked until the next commit.
    pub async fn case(&mut self) -> Result<&mut Case> {
        let open = self.open_case().await?;
        open.changed = true;
        Ok(&mut open.case)
    }

    async fn open_case(&mut self) -> Result<&mut OpenCase> {
        if self.case.is_none() {
            let turn = self.app.0.case_locks.lock(&self.run.case).await;
            let case = self
                .app
                .0
                .store
                .case(&App::driver(self.run.tenant), self.run.case)
                .await?;
            let case = case.ok_or_else(|| {
                Error::Internal(format!("{} belongs to a case that is gone", self.run.id))
            })?;
            let version = case.version;
            self.case = Some(OpenCase {
                case: Box::new(case),
                version,
                changed: false,
                _turn: turn,
            });
        }
        let open = self.case.as_mut();
        open.ok_or_else(|| Error::Internal("the case was not opened".into()))
    }

    pub fn case_id(&self) -> CaseId {
        self.run.case
    }

    pub fn timeline(&mut self, kind: &str, text: impl Into<String>, data: Value, at: Timestamp) {
        let actor = Who::Run {
            id: self.run.id,
            playbook: self.run.playbook.clone(),
        };
        let entry = TimelineEntry {
            at,
            kind: kind.into(),
            actor,
            text: text.into(),
            data,
        };
        self.tx.ops.push(Op::Timeline {
            case: self.run.case,
            entry,
        });
    }

    /// Makes everything so far durable, if there is a reason to.
    async fn commit(&mut self) -> Result<()> {
        let must = self.over || !self.intended.is_empty();
        if self.entries.is_empty() && self.tx.ops.is_empty() && !must {
            return Ok(());
        }
        let since = *self.pending_since.get_or_insert_with(Instant::now);
        // With only reads under way, what is lost by waiting is at worst asked again. Most often the next commit,
        // which must be, takes it along.
        if !must && !self.aborts.is_empty() && since.elapsed() < LINGER {
            return Ok(());
        }
        self.pending_since = None;
        let open = self.case.take();
        let mut changed = false;
        if let Some(open) = &open {
            changed = open.changed;
            if open.changed {
                let case = open.case.clone();
                self.tx.ops.push(Op::UpdateCase {
                    case,
                    expected_version: open.version,
                });
            }
        }
        if !self.entries.is_empty() {
            let entries = std::mem::take(&mut self.entries);
            let first_seq = self.next_seq;
            self.next_seq += entries.len() as u64;
            self.tx.ops.push(Op::AppendJournal {
                run: self.run.id,
                entries,
                first_seq,
            });
        }
        self.run.steps = self.machine.steps_done();
        if self.head_changed || self.over {
            self.tx.ops.push(Op::UpdateRun(Box::new(self.run.clone())));
        }
        self.head_changed = false;
        let tx = std::mem::replace(
            &mut self.tx,
            Tx::new(self.run.tenant).priority(self.run.priority),
        );
        let durable = self.app.0.store.commit_nowait(tx);
        let pins = std::mem::take(&mut self.pins);
        self.uncommitted += 1;
        if must || self.uncommitted >= COMMITS_UNCONFIRMED_MAX {
            durable.await?;
            self.uncommitted = 0;
            for digest in pins {
                self.app.0.plans.pinned(self.run.tenant, digest);
            }
        } else {
            // In order behind everything this run commits later; a failure shows there as a gap in the
            // journal's sequence, and the run begins again from what is durable. The case stays locked
            // until then.
            self.app.0.background.spawn(async move {
                let committed = durable.await;
                drop(open);
                committed
            });
        }
        let tenant = self.run.tenant;
        if changed {
            self.app
                .0
                .events
                .tell(tenant, Change::Case { id: self.run.case });
        }
        let change = Change::Run {
            id: self.run.id,
            case: self.run.case,
            state: self.run.state,
        };
        self.app.0.events.tell(tenant, change);
        Ok(())
    }

    async fn park(mut self, until: Timestamp) -> Result<End> {
        self.run.state = RunState::Waiting;
        self.run.wake_at = Some(until);
        self.run.waiting_for = self.machine.waiting_for();
        self.run.steps = self.machine.steps_done();
        self.tx.ops.push(Op::UpdateRun(Box::new(self.run.clone())));
        let tx = std::mem::replace(
            &mut self.tx,
            Tx::new(self.run.tenant).priority(self.run.priority),
        );
        self.app.0.store.commit(tx).await?;
        Ok(End::Asleep(until))
    }

    async fn finish(&mut self, outcome: RunOutcome, message: String, output: Value) -> Result<()> {
        let now = clock::now();
        let meters = self.app.meters();
        self.run.state = match outcome {
            RunOutcome::Succeeded => RunState::Succeeded,
            RunOutcome::Failed => RunState::Failed,
            RunOutcome::Cancelled => RunState::Cancelled,
        };
        match outcome {
            RunOutcome::Succeeded => meters.runs_succeeded.fetch_add(1, Ordering::Relaxed),
            RunOutcome::Failed | RunOutcome::Cancelled => {
                meters.runs_failed.fetch_add(1, Ordering::Relaxed)
            }
        };
        meters
            .steps
            .fetch_add(self.machine.steps_done(), Ordering::Relaxed);
        self.run.ended_at = Some(now);
        self.run.wake_at = None;
        self.run.waiting_for = String::new();
        self.run.error = if outcome == RunOutcome::Succeeded {
            String::new()
        } else {
            message
        };
        self.close_after_failure(outcome, now).await?;
        let data = serde_json::json!({ "run": self.run.id, "output": output });
        let text = match outcome {
            RunOutcome::Succeeded => format!("Playbook {} ended", self.run.playbook),
            RunOutcome::Failed => {
                format!("Playbook {} failed: {}", self.run.playbook, self.run.error)
            }
            RunOutcome::Cancelled => {
                format!(
                    "Playbook {} was cancelled: {}",
                    self.run.playbook, self.run.error
                )
            }
        };
        self.timeline("run_finished", text, data, now);
        let entry = Entry::End {
            digest: self.machine.digest(),
            at: now,
        }
        .encode();
        self.entries
            .push(entry.map_err(|error| Error::Internal(error.to_string()))?);
        if self.app.0.cancels.of(self.run.id).is_some() {
            self.tx.ops.push(Op::ForgetCancel { run: self.run.id });
        }
        self.over = true;
        Ok(())
    }

    /// A run that fails may not leave an Enrichment case open with nobody to look at it.
    async fn close_after_failure(&mut self, outcome: RunOutcome, now: Timestamp) -> Result<()> {
        if outcome == RunOutcome::Succeeded {
            return Ok(());
        }
        let note = self.run.error.clone();
        let case = self.case().await?;
        let was_open = case.status != CaseStatus::Closed;
        updraft_cases::close_after_failure(case, &note, now);
        if was_open && let (CaseStatus::Closed, Some(reason)) = (case.status, case.close_reason) {
            let text = format!("Closed: {}", reason.as_str());
            let data = serde_json::json!({ "run": self.run.id, "reason": reason });
            self.timeline("closed", text, data, now);
        }
        Ok(())
    }
}

/// Everything but a read is intended first.
pub(super) fn is_write(target: &Arc<Target>) -> bool {
    target.effect != "read"
}
