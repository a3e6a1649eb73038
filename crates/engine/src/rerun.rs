//! A run done again from one of its steps on.
//!
//! The new run is the old one's journal folded once more, with the wanted step held back: every recorded
//! answer that still fits is taken over, also those of branches beside the step, so that nothing that
//! was answered is asked or done a second time. What came after the step does not fit any more and
//! falls away by itself. Then the run is let go, and begins the step at the present time.

use updraft_model::{Actor, RunId, Timestamp};

use crate::{ControlOp, Input, Machine, Origin, PlanSet, TimerKind};

/// Why a run cannot be done again from a step.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RerunError {
    /// The journal is not one of a run that began by itself.
    #[error("the journal does not begin with the start of a playbook")]
    NotStarted,
    /// The step was never reached, or the run would be over before it.
    #[error("the run does not come to the step `{0}`")]
    NotReached(String),
}

/// Which run is done again, from where, and for whom.
#[derive(Debug, Clone)]
pub struct Rerun<'a> {
    /// The new run.
    pub run: RunId,
    /// The old run.
    pub of: RunId,
    /// The path of the step with which it begins again.
    pub from: &'a str,
    /// Who wants it.
    pub by: Actor,
    /// When.
    pub at: Timestamp,
    /// True when it is to wait for a person before the step.
    pub paused: bool,
}

/// The beginning of the new run's journal: to be recorded as a whole, then folded, and what
/// [`Machine::pending`] says then is to be done.
///
/// # Errors
/// The old run does not come to the step.
pub fn rerun(
    plans: PlanSet,
    journal: &[Input],
    wanted: &Rerun<'_>,
) -> Result<Vec<Input>, RerunError> {
    let mut machine = Machine::new(plans, false);
    let mut taken = Vec::new();
    let mut take = |machine: &mut Machine, input: Input| {
        if machine.fits(&input) {
            machine.handle(&input);
            taken.push(input);
        }
    };
    let mut inputs = journal.iter();
    match inputs.next() {
        Some(Input::Started { origin, .. })
            if matches!(origin.as_deref(), Some(Origin::Rollback { .. })) =>
        {
            return Err(RerunError::NotStarted);
        }
        Some(started @ Input::Started { .. }) => {
            take(&mut machine, begin_again(started.clone(), wanted));
        }
        _ => return Err(RerunError::NotStarted),
    }
    for input in inputs.filter(|input| carries_over(input, wanted.from)) {
        take(&mut machine, input.clone());
    }
    let not_reached = || RerunError::NotReached(wanted.from.to_owned());
    if !machine.held_steps().iter().any(|path| path == wanted.from) {
        return Err(not_reached());
    }
    let op = match wanted.paused {
        true => ControlOp::Pause,
        false => ControlOp::Resume,
    };
    let (by, at) = (wanted.by.clone(), wanted.at);
    take(&mut machine, Input::Control { op, by, at });
    Ok(taken)
}

fn begin_again(mut started: Input, wanted: &Rerun<'_>) -> Input {
    if let Input::Started { run, origin, .. } = &mut started {
        *run = wanted.run;
        *origin = Some(Box::new(Origin::Rerun {
            of: wanted.of,
            from: wanted.from.to_owned(),
            by: wanted.by.clone(),
        }));
    }
    started
}

/// What people did to the old run's course stays with it, and so do the timeouts of what encloses the
/// step; the answers are what is taken over.
fn carries_over(input: &Input, from: &str) -> bool {
    let encloses = |path: &str| {
        from.strip_prefix(path)
            .is_some_and(|rest| rest.starts_with(['/', '[']))
    };
    match input {
        Input::Cancel { .. } | Input::Started { .. } => false,
        Input::Control { op, .. } => matches!(op, ControlOp::Skip { .. } | ControlOp::Retry { .. }),
        Input::Timer { key, .. } => key.kind != TimerKind::Timeout || !encloses(&key.path),
        Input::Resolved { .. }
        | Input::Begun { .. }
        | Input::Progress { .. }
        | Input::Done { .. }
        | Input::AdHoc { .. }
        | Input::Answered { .. }
        | Input::CaseChanged { .. }
        | Input::Signal { .. } => true,
    }
}
