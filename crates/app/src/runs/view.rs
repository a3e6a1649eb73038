//! A run for people: its head, its steps as a tree, and one step in full.

use serde::Serialize;
use serde_json::Value;
use updraft_engine::{Machine, Outline, StepRecord};
use updraft_model::{Granted, Run, RunId};

use super::Entry;
use crate::{App, Error, error::Result};

/// A run and its steps.
#[derive(Debug, Clone, Serialize)]
pub struct RunView {
    /// Its head.
    pub run: Run,
    /// The playbook as a tree.
    pub outline: Outline,
    /// What was done, in order; a tree by path.
    pub steps: Vec<StepRecord>,
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

impl App {
    /// One run with its steps.
    ///
    /// # Errors
    /// [`Error::NotFound`] when there is no such run in the tenant.
    pub async fn run(&self, granted: &Granted, id: RunId) -> Result<RunView> {
        let (run, machine, outline) = self.fold(granted, id).await?;
        Ok(RunView {
            run,
            outline,
            steps: machine.records().to_vec(),
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
        let plans = self.plans_of(&run).await?;
        let outline = plans.main.outline();
        let journal = self.store().journal(granted, id).await?;
        let fold = move || {
            let mut machine = Machine::new(plans, true);
            for (_, bytes) in &journal {
                if let Ok(Entry::Input(input)) = Entry::decode(bytes) {
                    machine.handle(&input);
                }
            }
            machine
        };
        let machine = tokio::task::spawn_blocking(fold).await.map_err(|error| {
            Error::Internal(format!("the journal of {id} cannot be folded: {error}"))
        })?;
        Ok((run, machine, outline))
    }
}
