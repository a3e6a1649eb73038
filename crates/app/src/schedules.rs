//! Schedules: each moment of a live playbook's schedule makes one case with one run.
//!
//! When a schedule is due next stands in the store. It moves on in the transaction that makes the run, from the
//! moment that was read: whoever is killed in between, or tries the same at the same time, makes no second run.
//! What was missed while the program was down makes one run when it is up again. All this is one function of the
//! present moment, [`App::turn_schedules`], which the driver calls every second.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use serde_json::{Value, json};
use updraft_engine::{Overlap, Schedule};
use updraft_model::{
    Actor, Case, CaseId, CaseType, Cause, Decision, DecisionOutcome, Granted, Permission, Run,
    RunId, ScheduleState, TenantId, TimelineEntry, Timestamp,
};
use updraft_store::{Conflict, Op, Tx};

use crate::{
    App, Error,
    catalog::Picture,
    clock,
    error::Result,
    events::Change,
    new_id,
    triggers::{Candidate, Happened, What},
};

/// Pause between two looks at the clock and the catalog.
const LOOK_EVERY: Duration = Duration::from_secs(1);

type Key = (TenantId, String, String);

/// The schedules of the live playbooks, as the store has them.
#[derive(Debug, Default)]
pub struct Schedules(tokio::sync::Mutex<Known>);

#[derive(Debug, Default)]
struct Known {
    states: BTreeMap<Key, ScheduleState>,
    /// The picture that they were made to agree with; `None` when the store has to be read again.
    of: Option<Arc<Picture>>,
}

/// A schedule whose moment has come.
struct Due<'a> {
    state: &'a ScheduleState,
    candidate: &'a Candidate,
    schedule: &'a Schedule,
    /// When it is due after this.
    next: Timestamp,
    now: Timestamp,
}

pub(crate) async fn drive_schedules(app: App) {
    loop {
        if let Err(error) = app.turn_schedules(clock::now()).await {
            tracing::error!(error = %error, "The schedules cannot be looked after; they are tried again");
        }
        tokio::select! {
            biased;
            () = tokio::time::sleep(LOOK_EVERY) => {}
            () = app.0.stop.notified() => return,
        }
        if app.is_stopping() {
            return;
        }
    }
}

impl App {
    /// Makes the schedules agree with the live playbooks and starts what is due at `now`. Returns the runs that it
    /// made.
    ///
    /// # Errors
    /// [`Error::Store`]; what was not done is done by the next turn.
    pub async fn turn_schedules(&self, now: Timestamp) -> Result<Vec<RunId>> {
        let mut known = self.0.schedules.0.lock().await;
        let (picture, tables) = self.all_tables();
        if !known
            .of
            .as_ref()
            .is_some_and(|of| Arc::ptr_eq(of, &picture))
        {
            known.of = None;
            known.states = self
                .0
                .store
                .schedules()
                .await?
                .into_iter()
                .map(|state| (key_of(&state), state))
                .collect();
            self.agree(&mut known.states, &tables, now).await?;
            known.of = Some(picture);
        }
        let mut made = Vec::new();
        for (tenant, table) in &tables {
            for (candidate, schedule, key) in table.schedules() {
                let key = (*tenant, candidate.playbook().to_owned(), key);
                let Some(state) = known.states.get(&key).filter(|state| state.due_at <= now) else {
                    continue;
                };
                // Moments that passed meanwhile are one.
                let Some(next) = schedule.next(now.max(state.due_at)) else {
                    continue;
                };
                let due = Due {
                    state,
                    candidate,
                    schedule,
                    next,
                    now,
                };
                match self.come_due(&due).await {
                    Ok((state, run)) => {
                        made.extend(run);
                        known.states.insert(key, state);
                    }
                    // Another program was first: what it left is read again.
                    Err(Error::Store(updraft_store::Error::Conflict(Conflict::Changed {
                        ..
                    }))) => known.of = None,
                    Err(error) => return Err(error),
                }
            }
        }
        Ok(made)
    }

    /// Schedules of live playbooks get their first moment; those of others go.
    async fn agree(
        &self,
        states: &mut BTreeMap<Key, ScheduleState>,
        tables: &[(TenantId, Arc<crate::triggers::Table>)],
        now: Timestamp,
    ) -> Result<()> {
        let mut wanted = BTreeMap::new();
        for (tenant, table) in tables {
            for (candidate, schedule, key) in table.schedules() {
                let place = (*tenant, candidate.playbook().to_owned(), key);
                wanted.insert(place, schedule.next(now));
            }
        }
        let gone: Vec<Key> = states
            .keys()
            .filter(|key| !wanted.contains_key(*key))
            .cloned()
            .collect();
        for key in gone {
            let tx = Tx::new(key.0).with(Op::DropSchedule {
                playbook: key.1.clone(),
                key: key.2.clone(),
            });
            self.0.store.commit(tx).await?;
            states.remove(&key);
        }
        for (key, due_at) in wanted {
            let Some(due_at) = due_at.filter(|_| !states.contains_key(&key)) else {
                continue;
            };
            let state = ScheduleState {
                tenant: key.0,
                playbook: key.1.clone(),
                key: key.2.clone(),
                due_at,
                last_at: None,
                last_run: None,
            };
            let tx = Tx::new(key.0).with(Op::PutSchedule {
                schedule: Box::new(state.clone()),
                expected: None,
            });
            self.0.store.commit(tx).await?;
            states.insert(key, state);
        }
        Ok(())
    }

    /// One moment: a run, or why there is none. Gives back where the schedule stands then.
    async fn come_due(&self, due: &Due<'_>) -> Result<(ScheduleState, Option<RunId>)> {
        let driver = App::driver(due.state.tenant);
        let before = match due.state.last_run {
            Some(run) => self.0.store.run(&driver, run).await?,
            None => None,
        };
        let Some(before) = before.filter(|run| !run.state.is_over()) else {
            return self.start_due(due, None).await;
        };
        match due.schedule.overlap {
            Overlap::Skip => self.skip_due(due, before.id).await,
            Overlap::Queue => {
                let text = format!("{} is not over; the next run begins after it", before.id);
                let decision = due.decision(DecisionOutcome::Overlap, text, None);
                if let Some(op) = self.decided(due.state.tenant, decision) {
                    let tx = Tx::new(due.state.tenant).with(op);
                    self.0.store.commit(tx).await?;
                }
                Ok((due.state.clone(), None))
            }
            Overlap::Cancel => {
                let granted = Granted::system(due.state.tenant, "schedules", Permission::CaseWrite);
                let why = "the next moment of its schedule has come";
                match self.cancel_run(&granted, before.id, why).await {
                    // It came to its end meanwhile.
                    Ok(()) | Err(Error::Invalid { .. } | Error::NotFound { .. }) => {}
                    Err(error) => return Err(error),
                }
                self.start_due(due, Some(before.id)).await
            }
        }
    }

    async fn skip_due(
        &self,
        due: &Due<'_>,
        before: RunId,
    ) -> Result<(ScheduleState, Option<RunId>)> {
        let state = ScheduleState {
            due_at: due.next,
            ..due.state.clone()
        };
        let text = format!("{before} is not over; the moment is skipped");
        let decision = due.decision(DecisionOutcome::Overlap, text, None);
        let mut tx = Tx::new(state.tenant).with(Op::PutSchedule {
            schedule: Box::new(state.clone()),
            expected: Some(due.state.due_at),
        });
        tx.ops.extend(self.decided(state.tenant, decision));
        self.0.store.commit(tx).await?;
        Ok((state, None))
    }

    async fn start_due(
        &self,
        due: &Due<'_>,
        cancelled: Option<RunId>,
    ) -> Result<(ScheduleState, Option<RunId>)> {
        let tenant = due.state.tenant;
        let id = due.candidate.playbook();
        let inputs = match due.candidate.trigger().inputs(&serde_json::Map::new()) {
            Ok(inputs) if inputs.is_empty() => Value::Null,
            Ok(inputs) => {
                let specs = due.candidate.plan().inputs();
                self.seal_inputs(tenant, specs, Value::Object(inputs))?
            }
            Err(message) => return self.broken(due, message).await,
        };
        let case = due.case();
        let mut run = self.new_run(tenant, &case, id, None, due.now)?;
        run.cause = Some(Box::new(Cause {
            trigger: "schedule".into(),
            by: None,
            run: None,
            depth: 0,
            inputs,
        }));
        let state = ScheduleState {
            due_at: due.next,
            last_at: Some(due.state.due_at),
            last_run: Some(run.id),
            ..due.state.clone()
        };
        let mut text = match due.now.millis_since(due.state.due_at) / 60_000 {
            0 => format!("due at {}", due.state.due_at),
            late => format!("due at {}, {late} minutes late", due.state.due_at),
        };
        if let Some(before) = cancelled {
            text.push_str(&format!("; {before} was cancelled for it"));
        }
        let mut tx = Tx::new(tenant)
            .with(Op::PutSchedule {
                schedule: Box::new(state.clone()),
                expected: Some(due.state.due_at),
            })
            .with(Op::InsertCase(Box::new(case.clone())))
            .with(due.opened(&case, &run))
            .with(Op::InsertRun(Box::new(run.clone())));
        tx.ops.extend(self.decided(
            tenant,
            Decision {
                case: Some(case.id),
                ..due.decision(DecisionOutcome::Started, text, Some(run.id))
            },
        ));
        self.pin_playbook(&mut tx, &run)?;
        let happened = Happened {
            tenant,
            what: What::Opened,
            case: &case,
            alert: None,
            inside: None,
            at: due.now,
        };
        let mut runs = vec![run.clone()];
        runs.extend(self.fire(&happened, &[id])?.add_to(self, &mut tx)?);
        self.0.store.commit(tx).await?;
        self.queue_runs(&runs);
        self.0.events.tell(tenant, Change::Case { id: case.id });
        Ok((state, Some(run.id)))
    }

    /// The inputs cannot be made: the moment passes, and says why.
    async fn broken(
        &self,
        due: &Due<'_>,
        message: String,
    ) -> Result<(ScheduleState, Option<RunId>)> {
        let state = ScheduleState {
            due_at: due.next,
            ..due.state.clone()
        };
        let mut tx = Tx::new(state.tenant).with(Op::PutSchedule {
            schedule: Box::new(state.clone()),
            expected: Some(due.state.due_at),
        });
        let decision = due.decision(DecisionOutcome::Error, message, None);
        tx.ops.extend(self.decided(state.tenant, decision));
        self.0.store.commit(tx).await?;
        Ok((state, None))
    }
}

fn key_of(state: &ScheduleState) -> Key {
    (state.tenant, state.playbook.clone(), state.key.clone())
}

impl Due<'_> {
    fn case(&self) -> Case {
        let title = match self.schedule.title.as_str() {
            "" => self.candidate.plan().title(),
            title => title,
        };
        updraft_cases::open_without_alert(
            new_id!(CaseId),
            self.state.tenant,
            CaseType(self.schedule.case_type.clone()),
            title.to_owned(),
            self.now,
        )
    }

    fn opened(&self, case: &Case, run: &Run) -> Op {
        let text = format!(
            "The schedule of {} opened the case",
            self.candidate.playbook()
        );
        Op::Timeline {
            case: case.id,
            entry: TimelineEntry {
                at: self.now,
                kind: "opened".into(),
                actor: Actor::system("schedules"),
                text,
                data: json!({ "run": run.id, "due_at": self.state.due_at }),
            },
        }
    }

    fn decision(&self, outcome: DecisionOutcome, reason: String, run: Option<RunId>) -> Decision {
        Decision {
            at: self.now,
            playbook: self.candidate.playbook().to_owned(),
            kind: "schedule".into(),
            trigger: self.candidate.text(),
            alert: None,
            case: None,
            run,
            outcome,
            reason,
            read: Vec::new(),
            more: 0,
        }
    }
}
