//! A run for people: its head, its steps as a tree, what can be done to it, and one step in full.

use std::sync::Arc;

use serde::Serialize;
use serde_json::Value;
use updraft_engine::{ControlOp, ControlRecord, Input, Machine, Outline, StepRecord};
use updraft_expr::sealed_inside;
use updraft_model::{Granted, OriginKind, Run, RunId};

use super::Entry;
use crate::{App, Error, clock, error::Result, sealing::without_boxes};

/// A run and its steps.
#[derive(Debug, Clone, Serialize)]
pub struct RunView {
    /// Its head.
    pub run: Run,
    /// The playbook as a tree.
    pub outline: Outline,
    /// What was done, in order; a tree by path.
    pub steps: Vec<StepRecord>,
    /// Who paused it, if it is paused.
    pub paused: Option<String>,
    /// The steps that would begin if it were resumed.
    pub held: Vec<String>,
    /// What can be done to it now.
    pub can: Can,
    /// The steps that succeeded and can be taken back, oldest first.
    pub undoable: Vec<String>,
    /// What people did to it, in order.
    pub controls: Vec<ControlRecord>,
}

/// What can be done to a run as it stands.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Can {
    /// It is not over.
    pub cancel: bool,
    /// Nothing new is to start.
    pub pause: bool,
    /// It is to go on.
    pub resume: bool,
    /// One step while it is paused.
    pub step: bool,
    /// It goes on to a step; also to be told a signal, and to have steps skipped and tried again.
    pub run_to: bool,
    /// What succeeded is to be taken back: in the run, or, when it is over, in a run of its own.
    pub rollback: bool,
    /// It is over and can be done again from one of its steps.
    pub rerun: bool,
    /// A step can be added.
    pub add_step: bool,
}

/// One step in full.
#[derive(Debug, Clone, Serialize)]
pub struct StepDetail {
    /// The step.
    pub step: StepRecord,
    /// What it was given.
    pub input: Value,
    /// What it gave.
    pub output: Value,
}

/// A record as people see it: handles of sealed values without their box.
fn seen(mut record: StepRecord) -> StepRecord {
    if sealed_inside(&record.input).is_some() {
        without_boxes(Arc::make_mut(&mut record.input));
    }
    without_boxes(&mut record.output);
    record
}

impl App {
    /// One run with its steps.
    ///
    /// # Errors
    /// [`Error::NotFound`] when there is no such run in the tenant.
    pub async fn run(&self, granted: &Granted, id: RunId) -> Result<RunView> {
        let (run, machine, outline) = self.fold(granted, id).await?;
        Ok(RunView {
            can: can(granted, &run, &machine),
            outline,
            steps: machine.records().iter().cloned().map(seen).collect(),
            paused: machine.paused_by().map(str::to_owned),
            held: machine.held_steps(),
            undoable: undoable(&run, &machine),
            controls: machine.controls().to_vec(),
            run,
        })
    }

    /// One step of a run, with what went in, what came out and what was said on the wire.
    ///
    /// # Errors
    /// [`Error::NotFound`] when there is no such run or step.
    pub async fn run_step(&self, granted: &Granted, id: RunId, path: &str) -> Result<StepDetail> {
        let (_, machine, _) = self.fold(granted, id).await?;
        let step = machine
            .records()
            .iter()
            .rev()
            .find(|record| record.path == path)
            .cloned()
            .map(seen)
            .ok_or_else(|| Error::not_found("step", path))?;
        Ok(StepDetail {
            input: (*step.input).clone(),
            output: step.output.clone(),
            step,
        })
    }

    async fn fold(&self, granted: &Granted, id: RunId) -> Result<(Run, Machine, Outline)> {
        let run = self
            .store()
            .run(granted, id)
            .await?
            .ok_or_else(|| Error::not_found("run", id))?;
        let outline = self.plans_of(&run).await?.main.outline();
        let machine = self.folded(granted, &run, true).await?;
        Ok((run, machine, outline))
    }

    /// The machine after everything that a run has recorded.
    pub(super) async fn folded(
        &self,
        granted: &Granted,
        run: &Run,
        history: bool,
    ) -> Result<Machine> {
        let id = run.id;
        let plans = self.plans_of(run).await?;
        let journal = self.store().journal(granted, id).await?;
        let fold = move || {
            let mut machine = Machine::new(plans, history);
            for (_, bytes) in &journal {
                if let Ok(Entry::Input(input)) = Entry::decode(bytes) {
                    machine.handle(&input);
                }
            }
            machine
        };
        tokio::task::spawn_blocking(fold).await.map_err(|error| {
            Error::Internal(format!("the journal of {id} cannot be folded: {error}"))
        })
    }
}

/// What a rollback would take back. A run that only takes back leaves that to the run that it belongs to.
fn undoable(run: &Run, machine: &Machine) -> Vec<String> {
    let own = run
        .origin
        .as_ref()
        .is_none_or(|origin| origin.kind != OriginKind::Rollback);
    let undo = machine.undoable().iter().filter(|_| own);
    undo.map(|undo| undo.path.clone()).collect()
}

fn can(granted: &Granted, run: &Run, machine: &Machine) -> Can {
    let at = clock::now();
    let fits = |op: ControlOp| {
        machine.fits(&Input::Control {
            op,
            by: granted.actor().clone(),
            at,
        })
    };
    let over = run.state.is_over();
    let own = run
        .origin
        .as_ref()
        .is_none_or(|origin| origin.kind != OriginKind::Rollback);
    Can {
        cancel: !over,
        pause: fits(ControlOp::Pause),
        resume: fits(ControlOp::Resume),
        step: fits(ControlOp::Step),
        run_to: machine.outcome().is_none() && !over,
        rollback: match over {
            true => own && !machine.undoable().is_empty(),
            false => fits(ControlOp::Rollback),
        },
        rerun: over && own && !machine.records().is_empty(),
        add_step: !over && run.started_at.is_some(),
    }
}
