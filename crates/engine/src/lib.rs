//! The playbook machine: what a playbook is and how a run of it moves.
//!
//! A [`Plan`] is one playbook, read from its YAML value, checked, with every expression compiled.
//! A [`Machine`] is one run: it takes an [`Input`] and gives back the [`Effect`]s that the host must
//! perform. It is a pure fold: it reads no clock (each input brings its time), draws no randomness
//! (the first input brings a seed) and does no I/O. So the list of inputs is the run's journal:
//! folding it again gives the same state and the same effects, byte for byte.
//!
//! Inside, a run is a small tree of frames (a block of steps, a step, a loop's iterations, a called
//! playbook) that shrinks as work ends; a step's result stays in its scope level until the loop
//! iteration or the playbook that owns the level is over. Everything a run waits for (an answer, a
//! moment, a signal) is one entry of the table of open calls, keyed by the step's path.
//!
//! Laws: an input that does not fit (late, duplicate, out of place) changes nothing and has no
//! effects; no input makes the machine panic; everything that can grow has a limit in [`limits`];
//! after any prefix of a journal [`Machine::pending`] names exactly what is still unanswered.

#[cfg(feature = "defects")]
pub mod defects;
mod effect;
mod input;
pub mod limits;
pub mod lint;
mod machine;
mod plan;
mod records;
mod replay;
mod rerun;
mod steps;

pub use effect::{AskKind, Effect, RunOutcome};
pub use input::{
    ActionResult, ControlOp, Exchange, Input, Origin, Status, StepError, StepKey, Target, TimerKey,
    TimerKind,
};
pub use machine::{AdHocStep, Machine, Outcome, SnapshotError, Undo};
pub use plan::{
    Branch, BranchSign, Cron, CronError, EXPRESSION_ROOTS, InputSpec, InputType, Judgement,
    Outline, OutlineBranch, OutlineStep, OutlineTrigger, OutputSpec, Overlap, Plan, PlanSet,
    RunEnd, RunLimits, Schedule, Trigger, TriggerKind, is_playbook_id, parse_duration_ms, schema,
};
pub use records::{Attempt, ControlRecord, Steered, StepRecord, StepStatus, TargetName};
pub use replay::{ReplayError, Replayed, replay};
pub use rerun::{Rerun, RerunError, rerun};
pub use steps::{FieldFault, HOST_NOUNS, form_faults};
