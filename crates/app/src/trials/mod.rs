//! What recorded runs are good for: a run against another version, a run made into a test, a version on the runs of
//! the last days.
//!
//! All of it is played by [`updraft_content::trials`] from what journals hold. Nothing here calls egress: a trial has no
//! way to send anything.

mod backtests;
mod compare;
mod driver;
mod starts;

use updraft_content::trials::{Recording, RecordingError};
use updraft_engine::{Input, Machine, PlanSet};
use updraft_model::{BlobHash, Granted, PlaybookText, Run, RunId};

pub use backtests::{BACKTEST_DAYS_MAX, BACKTEST_RUNS_DEFAULT, BACKTEST_RUNS_MAX, NewBacktest};
pub use compare::{Compared, MadeTest};
pub(crate) use driver::{Trials, drive_backtests};

use crate::{App, Error, error::Result, runs::Entry};

/// Which text of a playbook is tried.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Candidate {
    /// A version's number, `draft`, `live` or `shipped`.
    Side(String),
    /// One that is handed in.
    Text(String),
}

/// A text that is tried, with everything that it calls.
pub(crate) struct Tried {
    pub plans: PlanSet,
    pub text: String,
    pub digest: BlobHash,
    pub source: String,
}

impl App {
    /// The text and the plans of a candidate.
    ///
    /// # Errors
    /// [`Error::NotFound`] when there is no such text, [`Error::Invalid`] when it has errors or is of another playbook.
    pub(crate) async fn candidate(
        &self,
        granted: &Granted,
        playbook: &str,
        candidate: Candidate,
    ) -> Result<Tried> {
        let (bundle, source) = match candidate {
            Candidate::Side(side) => (self.playbook_text(granted, playbook, &side).await?, side),
            Candidate::Text(text) => {
                let bundle = PlaybookText {
                    text,
                    ..PlaybookText::default()
                };
                crate::playbooks::check_sizes(&bundle)?;
                (bundle, "text".to_owned())
            }
        };
        let text = bundle.text;
        let plan = updraft_content::parse_playbook("playbook.yaml", &text).map_err(|found| {
            let first = found.first().map(ToString::to_string);
            Error::invalid(
                "playbook.errors",
                format!(
                    "a playbook with errors cannot be tried: {}",
                    first.unwrap_or_default()
                ),
                "correct what `updraft playbook lint` says",
            )
        })?;
        if plan.id() != playbook {
            return Err(Error::invalid(
                "playbook.id",
                format!(
                    "the text is of the playbook `{}`, not of `{playbook}`",
                    plan.id()
                ),
                "name the playbook that the text is of",
            ));
        }
        let picture = self.catalog().now();
        let plans = picture
            .plans_around(granted.tenant(), plan.into())
            .map_err(|missing| {
                Error::invalid(
                    "playbook.calls",
                    format!(
                        "the playbook calls what is not there: {}",
                        missing.join(", ")
                    ),
                    "activate the called playbooks first",
                )
            })?;
        Ok(Tried {
            digest: BlobHash::of(text.as_bytes()),
            plans,
            text,
            source,
        })
    }

    /// A run, the plans that it is pinned to, and the inputs of its journal in order.
    ///
    /// # Errors
    /// [`Error::NotFound`] when there is no such run, [`Error::Invalid`] when its journal cannot be read any more.
    pub(crate) async fn run_inputs(
        &self,
        granted: &Granted,
        id: RunId,
    ) -> Result<(Run, PlanSet, Vec<Input>)> {
        let run = self.store().run(granted, id).await?;
        let run = run.ok_or_else(|| Error::not_found("run", id))?;
        let plans = self.plans_of(&run).await?;
        let journal = self.store().journal(granted, id).await?;
        let inputs = inputs_of(&journal).map_err(|why| unreadable(id, &why))?;
        if inputs.is_empty() && run.started_at.is_some() {
            return Err(unreadable(id, "retention has removed it"));
        }
        Ok((run, plans, inputs))
    }

    /// A run as a recording.
    ///
    /// # Errors
    /// As [`App::run_inputs`].
    pub(crate) async fn recording(
        &self,
        granted: &Granted,
        id: RunId,
    ) -> Result<(Run, PlanSet, Recording)> {
        let (run, plans, inputs) = self.run_inputs(granted, id).await?;
        if !run.state.is_over() {
            return Err(Error::invalid(
                "run.not_over",
                "this run is not over yet",
                "wait until it has ended, or cancel it",
            ));
        }
        let folded = plans.clone();
        let recording = blocking(move || Recording::of(folded, &inputs)).await?;
        let recording = recording.map_err(|why| match why {
            RecordingError::Rollback => Error::invalid(
                "run.rollback",
                why.to_string(),
                "name the run that it took back",
            ),
            RecordingError::NotStarted | RecordingError::TooLong => {
                unreadable(id, &why.to_string())
            }
        })?;
        Ok((run, plans, recording))
    }
}

/// The inputs that a journal holds.
pub(crate) fn inputs_of(journal: &[(u64, Vec<u8>)]) -> std::result::Result<Vec<Input>, String> {
    let mut inputs = Vec::with_capacity(journal.len());
    for (seq, bytes) in journal {
        match Entry::decode(bytes) {
            Ok(Entry::Input(input)) => inputs.push(*input),
            Ok(Entry::End { .. }) => {}
            Err(error) => return Err(format!("entry {seq} is unreadable: {error}")),
        }
    }
    Ok(inputs)
}

fn unreadable(id: RunId, why: &str) -> Error {
    Error::invalid(
        "run.journal",
        format!("the journal of {id} cannot be played: {why}"),
        "journals are kept for 90 days after the end of their run",
    )
}

/// Work that keeps a thread busy.
pub(crate) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T> {
    let done = tokio::task::spawn_blocking(work).await;
    done.map_err(|error| Error::Internal(format!("a trial broke off: {error}")))
}

/// Folds a journal without keeping what people see of it; answers how many steps are over.
#[doc(hidden)]
pub fn fold(plans: PlanSet, journal: &[(u64, Vec<u8>)]) -> std::result::Result<u64, String> {
    let mut machine = Machine::new(plans, false);
    for input in inputs_of(journal)? {
        machine.handle(&input);
    }
    Ok(machine.steps_done())
}
