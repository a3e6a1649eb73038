//! The machine: one run of one playbook.

mod ad_hoc;
mod calls;
mod control;
mod ending;
mod eval;
mod people;
mod results;
mod state;
mod timers;
mod trace;
mod turn;
mod undo;
mod unwind;
mod view;
mod wall;

use std::{borrow::Cow, collections::VecDeque, sync::Arc};

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use updraft_model::{BlobHash, Timestamp};

use crate::{
    ControlRecord, Effect, Input, Origin, RunOutcome, StepKey, StepRecord, TimerKey, TimerKind,
    limits::{ID_CHARS_MAX, OUTPUT_BYTES_MAX, RUN_BYTES_MAX},
    plan::{Plan, PlanSet},
    records::History,
};

pub use ad_hoc::AdHocStep;
pub(crate) use results::error_value;
pub use state::Outcome;
pub(crate) use state::{Failure, FrameId, size_of_value};
use state::{Phase, State, Wants};
pub(crate) use turn::Turn;
pub(crate) use undo::Rolling;
pub use undo::Undo;

/// What a step says when it is asked.
// It lives for a moment on the stack; a box would cost every step an allocation.
#[allow(clippy::large_enum_variant)]
#[derive(Debug)]
pub(crate) enum Flow {
    /// It is not over.
    Wait,
    /// It is over.
    End(End),
}

/// How a step ended.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) enum End {
    /// Well.
    Done(Done),
    /// Its condition did not hold.
    Skipped,
    /// Badly.
    Failed(Failure),
    /// And the playbook with it.
    Finish(Ending),
    /// And the whole run with it.
    Stop(String),
}

/// What a step that ended well leaves behind.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Done {
    pub output: Value,
    /// Further fields of its result.
    pub extra: Vec<(Cow<'static, str>, Value)>,
    /// What failed inside without failing the step.
    pub failure: Option<Failure>,
    /// True when nothing inside ended well.
    pub all_failed: bool,
}

impl Done {
    pub(crate) fn output(output: Value) -> Self {
        Self {
            output,
            extra: Vec::new(),
            failure: None,
            all_failed: false,
        }
    }
}

/// What a `finish` step says.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Ending {
    pub succeeded: bool,
    pub message: String,
    pub output: Value,
}

/// A snapshot that is not one of this playbook and version.
#[derive(Debug, thiserror::Error)]
#[error("the snapshot of the run cannot be read")]
pub struct SnapshotError(#[from] serde_json::Error);

/// One run: inputs in, effects out. See the crate's page.
#[derive(Debug, Clone)]
pub struct Machine {
    plans: Arc<[Arc<Plan>]>,
    /// How many of the plans are the run's own; the others are steps that people added.
    base_plans: usize,
    state: State,
    history: Option<Box<History>>,
}

impl Machine {
    /// A run that has not begun. With `history` it keeps records of its steps for people.
    pub fn new(plans: PlanSet, history: bool) -> Machine {
        let main = plans.main;
        let mut all = vec![Arc::clone(&main)];
        all.extend(
            plans
                .called
                .into_values()
                .filter(|plan| plan.id() != main.id()),
        );
        Machine {
            base_plans: all.len(),
            plans: all.into(),
            state: State::default(),
            history: history.then(Box::default),
        }
    }

    /// Takes in what happened and says what follows. An input that does not fit changes nothing.
    pub fn handle(&mut self, input: &Input) -> Vec<Effect> {
        if !self.fits(input) {
            return Vec::new();
        }
        self.take_in_steps(input);
        let plans = Arc::clone(&self.plans);
        let mut turn = Turn {
            plans: &plans,
            base_plans: self.base_plans,
            state: &mut self.state,
            history: self.history.as_deref_mut(),
            now: input.at(),
            effects: Vec::new(),
            work: VecDeque::new(),
            permit: None,
        };
        match input {
            Input::Started { .. } => turn.on_started(input),
            Input::Resolved { key, targets, .. } => turn.on_resolved(key, targets),
            Input::Begun { key, .. } => turn.on_begun(key),
            Input::Progress {
                key,
                state,
                wake_at,
                exchanges,
                ..
            } => {
                turn.on_progress(key, state, *wake_at, exchanges);
            }
            Input::Done { key, result, .. } => turn.on_done(key, result),
            Input::Timer { key, .. } => turn.on_timer(key),
            Input::Cancel { by, reason, .. } => {
                let message = match reason.is_empty() {
                    true => format!("stopped by {}", by.label()),
                    false => format!("stopped by {}: {reason}", by.label()),
                };
                turn.end_run(RunOutcome::Cancelled, message, Value::Null);
            }
            Input::Signal { name, payload, .. } => turn.on_signal(name, payload),
            Input::Control { op, by, .. } => turn.on_control(op, by),
            Input::AdHoc { .. } => turn.begin_ad_hoc(),
            Input::Answered {
                key, by, answer, ..
            } => turn.on_answered(key, by, answer),
            Input::CaseChanged { context, .. } => turn.on_case_changed(context),
        }
        turn.drain();
        turn.effects
    }

    /// Added steps become plans before the turn that begins them.
    fn take_in_steps(&mut self, input: &Input) {
        match input {
            Input::AdHoc { step, by, .. } => self.state.control.ad_hoc.push(AdHocStep {
                step: step.clone(),
                by: by.clone(),
            }),
            Input::Started {
                origin: Some(origin),
                ..
            } => {
                if let Origin::Rollback { ad_hoc, .. } = &**origin {
                    self.state.control.ad_hoc.clone_from(ad_hoc);
                }
            }
            _ => return,
        }
        self.learn_ad_hoc();
    }

    /// Whether [`Machine::handle`] would take this input in. What does not fit need not be journaled.
    pub fn fits(&self, input: &Input) -> bool {
        if self.state.outcome.is_some() {
            return false;
        }
        if self.state.run.is_none() {
            return matches!(input, Input::Started { .. });
        }
        match input {
            Input::Started { .. } => false,
            Input::Resolved { key, .. } => self
                .open_at(key)
                .is_some_and(|open| matches!(open.wants, Wants::Resolve { .. })),
            Input::Begun { key, .. } => self
                .open_at(key)
                .is_some_and(|open| matches!(open.phase(), Some(Phase::Running(_)))),
            Input::Progress { key, .. } => self.open_at(key).is_some_and(|open| {
                matches!(open.wants, Wants::Invoke { .. })
                    && !matches!(open.phase(), Some(Phase::Backoff | Phase::Held))
            }),
            Input::Done { key, result, .. } => {
                self.open_at(key).is_some_and(|open| match &open.wants {
                    Wants::Resolve { .. } => result.status == crate::Status::Error,
                    #[cfg(feature = "defects")]
                    Wants::Invoke { .. }
                        if crate::defects::has(crate::defects::Defect::TakeAnswersTwice) =>
                    {
                        true
                    }
                    Wants::Invoke { phase, .. } | Wants::Host { phase, .. } => {
                        !matches!(phase, Phase::Backoff | Phase::Held)
                    }
                    // A host that cannot ask people says so.
                    Wants::Ask { .. } => result.status == crate::Status::Error,
                    Wants::Pause | Wants::Signal { .. } | Wants::Case | Wants::Guard => false,
                })
            }
            Input::Timer { key, at } => self.timer_fits(key, *at),
            Input::Cancel { .. } => true,
            Input::Signal { name, payload, .. } => {
                name.len() <= ID_CHARS_MAX
                    && size_of_value(payload).is_some_and(|size| size <= OUTPUT_BYTES_MAX)
            }
            Input::Control { op, .. } => self.control_fits(op),
            Input::AdHoc { step, .. } => self.check_ad_hoc(step).is_ok(),
            Input::Answered {
                key, by, answer, ..
            } => self.check_answer(key, by, answer).is_ok(),
            Input::CaseChanged { context, .. } => {
                context.is_object()
                    && size_of_value(context).is_some_and(|size| size <= RUN_BYTES_MAX / 2)
            }
        }
    }

    fn open_at(&self, key: &StepKey) -> Option<&state::Open> {
        let open = self.state.open.get(&*key.path)?;
        (open.attempt == key.attempt).then_some(open)
    }

    fn timer_fits(&self, key: &TimerKey, at: Timestamp) -> bool {
        if key.path.is_empty() {
            let wall = self.state.wall.filter(|_| key.kind == TimerKind::Timeout);
            return wall.is_some_and(|due| due <= at);
        }
        let Some(open) = self.state.open.get(&*key.path) else {
            return false;
        };
        let set = match key.kind {
            TimerKind::Timeout => open.deadline,
            TimerKind::Wait | TimerKind::Retry | TimerKind::Wake | TimerKind::Reminder => {
                open.due.filter(|_| open.due_kind() == key.kind)
            }
        };
        set.is_some_and(|due| due <= at)
    }

    /// How the run ended, if it has.
    pub fn outcome(&self) -> Option<&Outcome> {
        self.state.outcome.as_ref()
    }

    /// What happened, for people; empty for a run without history. Parents come before children.
    pub fn records(&self) -> &[StepRecord] {
        self.history
            .as_ref()
            .map_or(&[], |history| history.records())
    }

    /// What people did to the run, in order; empty for a run without history.
    pub fn controls(&self) -> &[ControlRecord] {
        let history = self.history.as_ref();
        history.map_or(&[], |history| history.controls())
    }

    /// How many steps are over.
    pub fn steps_done(&self) -> u64 {
        self.state.done
    }

    /// The address of the whole state: equal states have equal digests.
    pub fn digest(&self) -> BlobHash {
        BlobHash::of(&self.snapshot())
    }

    /// The whole state without plans and history.
    pub fn snapshot(&self) -> Vec<u8> {
        // Plain data with text keys: writing it to memory cannot fail.
        serde_json::to_vec(&self.state).unwrap_or_default()
    }

    /// A run as it was when the snapshot was made; the plans must be the same.
    pub fn restore(plans: PlanSet, snapshot: &[u8]) -> Result<Machine, SnapshotError> {
        let mut machine = Machine::new(plans, false);
        machine.state = serde_json::from_slice(snapshot)?;
        machine.learn_ad_hoc();
        Ok(machine)
    }
}

impl Turn<'_> {
    fn on_started(&mut self, input: &Input) {
        let Input::Started {
            run,
            inputs,
            context,
            seed,
            at,
            origin,
        } = input
        else {
            return;
        };
        self.state.run = Some(*run);
        self.state.seed = *seed;
        self.state.about = json!({"id": run, "started_at": eval::rfc3339(*at)});
        let fail = |turn: &mut Self, error| {
            turn.fail_run(&Failure {
                path: Arc::from(""),
                error,
            });
        };
        match size_of_value(context) {
            Some(size) if size <= RUN_BYTES_MAX / 2 => {
                self.state.context = context.clone();
                self.state.bytes = size;
            }
            Some(_) | None => {
                let text = "the case is too large or nested too deep for a run";
                return fail(self, crate::StepError::new("limit", text));
            }
        }
        match origin.as_deref() {
            Some(Origin::Rollback { of, undo, by, .. }) => {
                return self.roll_back_other(*of, undo, &by.label());
            }
            Some(Origin::Rerun { from, .. }) => {
                self.state.control.again_from = Some(from.clone());
            }
            None => {}
        }
        self.start_the_clock();
        if let Err(error) = self.activate(None, 0, inputs) {
            fail(self, error);
        }
    }
}
