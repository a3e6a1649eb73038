//! Runs that belong to an earlier one: done again from a step on, or taking back what it did.
//!
//! The earlier run's journal is closed and proven, so both are runs of their own. What they begin with is written when
//! they are made: a rerun with the recorded prefix, a rollback with the list of what is to be taken back.

use serde_json::{Value, json};
use updraft_engine::{Effect, Input, Machine, Origin, PlanSet, Rerun, RerunError, rerun};
use updraft_model::{
    Case, Granted, OriginKind, Run, RunId, RunOrigin, RunState, Severity, TimelineEntry, Timestamp,
};
use updraft_store::{Op, Tx};

use super::{Entry, Waiting};
use crate::{App, Error, clock, error::Result, events::Change, new_id, sources::audit};

impl App {
    /// Does a run that is over again from one of its steps on, with everything that was answered before. With `paused`
    /// the new run waits for a person before the step.
    ///
    /// # Errors
    /// [`Error::NotFound`]; [`Error::Invalid`] when the run is not over, never came to the step, or left a write whose
    /// outcome is unknown.
    pub async fn rerun_run(
        &self,
        granted: &Granted,
        id: RunId,
        from: &str,
        paused: bool,
    ) -> Result<Run> {
        let old = self.ended_run(granted, id, "be done again").await?;
        let journal = self.inputs_of(granted, &old).await?;
        let now = clock::now();
        let new = new_id!(RunId);
        let (plans, by, from) = (
            self.plans_of(&old).await?,
            granted.actor().clone(),
            from.to_owned(),
        );
        let wanted = from.clone();
        let prefix = tokio::task::spawn_blocking(move || {
            let wanted = Rerun {
                run: new,
                of: id,
                from: &wanted,
                by,
                at: now,
                paused,
            };
            prefix_of(plans, &journal, &wanted)
        });
        let prefix = prefix
            .await
            .map_err(|error| Error::Internal(error.to_string()))??;
        let case = self.case(granted, &old.case.to_string()).await?;
        let origin = RunOrigin {
            kind: OriginKind::Rerun,
            of: id,
            from,
            by: granted.actor().clone(),
        };
        let run = run_after(&old, new, &case, origin, now);
        self.begin_after(granted, run, &prefix, now).await
    }

    /// Takes back what a run that is over did, in a run of its own: the `undo` blocks of the steps that succeeded, the
    /// last one first, under the earlier run's idempotency keys.
    ///
    /// # Errors
    /// [`Error::NotFound`]; [`Error::Invalid`] when the run is not over, or there is nothing to take back.
    pub async fn rollback_run(&self, granted: &Granted, id: RunId) -> Result<Run> {
        let old = self.ended_run(granted, id, "be rolled back").await?;
        let journal = self.inputs_of(granted, &old).await?;
        let machine = self.folded(granted, &old, false).await?;
        if machine.undoable().is_empty() {
            return Err(Error::invalid(
                "run.nothing_to_take_back",
                "nothing that this run did can be taken back",
                "only steps with an `undo` block that succeeded can",
            ));
        }
        let now = clock::now();
        let by = granted.actor().clone();
        let origin = RunOrigin {
            kind: OriginKind::Rollback,
            of: id,
            from: String::new(),
            by: by.clone(),
        };
        let case = self.case(granted, &old.case.to_string()).await?;
        let run = run_after(&old, new_id!(RunId), &case, origin, now);
        let inputs = match journal.into_iter().next() {
            Some(Input::Started { inputs, .. }) => inputs,
            _ => json!({}),
        };
        let started = Input::Started {
            run: run.id,
            inputs,
            context: self.run_context(&run, &case).await?,
            seed: clock::random_u128() as u64,
            at: now,
            origin: Some(Box::new(Origin::Rollback {
                of: id,
                undo: machine.undoable().to_vec(),
                ad_hoc: machine.ad_hoc_steps().to_vec(),
                by,
            })),
        };
        self.begin_after(granted, run, &[started], now).await
    }

    async fn ended_run(&self, granted: &Granted, id: RunId, what: &str) -> Result<Run> {
        let run = self.store().run(granted, id).await?;
        let run = run.ok_or_else(|| Error::not_found("run", id))?;
        if !run.state.is_over() {
            return Err(Error::invalid(
                "run.not_over",
                format!("the run is not over, so it cannot {what}"),
                "cancel it first, or steer it: skip, retry, roll back",
            ));
        }
        match &run.origin {
            Some(origin) if origin.kind == OriginKind::Rollback => Err(Error::invalid(
                "run.is_rollback",
                format!("a run that takes back another cannot {what}"),
                format!("do it to the run that it belongs to: {}", origin.of),
            )),
            _ => Ok(run),
        }
    }

    async fn inputs_of(&self, granted: &Granted, run: &Run) -> Result<Vec<Input>> {
        let mut inputs = Vec::new();
        for (seq, bytes) in self.store().journal(granted, run.id).await? {
            match Entry::decode(&bytes) {
                Ok(Entry::Input(input)) => inputs.push(*input),
                Ok(Entry::End { .. }) => {}
                Err(error) => {
                    let text = format!(
                        "entry {seq} of the journal of {} is unreadable: {error}",
                        run.id
                    );
                    return Err(Error::Internal(text));
                }
            }
        }
        if inputs.is_empty() {
            return Err(Error::invalid(
                "run.no_journal",
                "what this run did is not recorded any more",
                "journals are kept for a year; run the case's playbook again",
            ));
        }
        Ok(inputs)
    }

    async fn begin_after(
        &self,
        granted: &Granted,
        run: Run,
        inputs: &[Input],
        now: Timestamp,
    ) -> Result<Run> {
        let mut entries = Vec::new();
        for input in inputs {
            let entry = Entry::Input(Box::new(input.clone())).encode();
            entries.push(entry.map_err(|error| Error::Internal(error.to_string()))?);
        }
        let Some(origin) = run.origin.as_deref() else {
            return Err(Error::Internal("the run has no origin".into()));
        };
        let (action, text) = match origin.kind {
            OriginKind::Rerun => (
                "run.rerun",
                format!("Run again from `{}` by {}", origin.from, origin.by.label()),
            ),
            OriginKind::Rollback => (
                "run.rollback",
                format!("Rollback of a run by {}", origin.by.label()),
            ),
        };
        let data = json!({ "run": run.id, "of": origin.of, "from": origin.from });
        let entry = TimelineEntry {
            at: now,
            kind: origin.kind.as_str().into(),
            actor: origin.by.clone(),
            text,
            data: data.clone(),
        };
        let tx = Tx::new(run.tenant)
            .priority(Severity::High)
            .with(Op::InsertRun(Box::new(run.clone())))
            .with(Op::AppendJournal {
                run: run.id,
                entries,
                first_seq: 0,
            })
            .with(Op::Timeline {
                case: run.case,
                entry,
            })
            .with(audit(granted, action, &origin.of.to_string(), data, now));
        self.0.store.commit(tx).await?;
        self.0.scheduler.submit(Waiting::of(&run));
        self.0
            .events
            .tell(run.tenant, Change::Case { id: run.case });
        Ok(run)
    }
}

fn run_after(old: &Run, id: RunId, case: &Case, origin: RunOrigin, now: Timestamp) -> Run {
    Run {
        id,
        state: RunState::Queued,
        priority: case.severity,
        created_at: now,
        started_at: None,
        ended_at: None,
        wake_at: None,
        waiting_for: String::new(),
        error: String::new(),
        steps: 0,
        people: 1,
        watches: false,
        aside: false,
        origin: Some(Box::new(origin)),
        ..old.clone()
    }
}

fn prefix_of(plans: PlanSet, journal: &[Input], wanted: &Rerun<'_>) -> Result<Vec<Input>> {
    let prefix = rerun(plans.clone(), journal, wanted).map_err(|error| match error {
        RerunError::NotStarted => Error::invalid(
            "run.not_started",
            error.to_string(),
            "run the playbook again",
        ),
        RerunError::NotReached(_) => Error::invalid(
            "run.not_reached",
            error.to_string(),
            "name a step as the run shows it: `lookups[3]/ask`",
        ),
    })?;
    let mut machine = Machine::new(plans, false);
    for input in &prefix {
        machine.handle(input);
    }
    // The old run's key would have to be used to look whether it happened, and the new run has its own.
    let unknown = machine
        .pending()
        .into_iter()
        .find_map(|effect| match effect {
            Effect::Invoke {
                key,
                target,
                begun: true,
                ..
            } if super::actor::is_write(&target) => Some(key.path),
            _ => None,
        });
    match unknown {
        None => Ok(prefix),
        Some(path) => Err(Error::invalid(
            "run.unknown_outcome",
            format!(
                "the outcome of `{path}` is unknown: the earlier run ended while it was under way"
            ),
            "look in the product whether it happened, then run again from that step or from one after it",
        )),
    }
}

/// The earlier runs whose recorded answers a run may hold, the nearest first.
pub(super) async fn ancestors(app: &App, granted: &Granted, run: &Run) -> Result<Vec<RunId>> {
    let mut found = Vec::new();
    let mut origin = run.origin.clone();
    while let Some(of) = origin.filter(|origin| origin.kind == OriginKind::Rerun) {
        if found.len() >= ANCESTORS_MAX || found.contains(&of.of) {
            break;
        }
        found.push(of.of);
        let earlier = app.store().run(granted, of.of).await?;
        origin = earlier.and_then(|run| run.origin);
    }
    Ok(found)
}

/// Reruns of reruns that a replay follows.
const ANCESTORS_MAX: usize = 64;

/// The origin of a run as the API shows it.
pub fn origin_view(run: &Run) -> Value {
    match &run.origin {
        None => Value::Null,
        Some(origin) => json!({
            "kind": origin.kind,
            "of": origin.of,
            "from": origin.from,
            "by": origin.by.label(),
        }),
    }
}
