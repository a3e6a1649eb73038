//! The bounds that a playbook sets to its own runs: how long, and how many steps.
//!
//! The moment at which a run has had its time is a timer like any other, under the empty path, which no step has.
//! What must be done in any case (`finally`) is still done then, for a bounded time.

use std::sync::Arc;

use serde_json::Value;
use updraft_model::Timestamp;

use super::Turn;
use crate::{
    RunOutcome, StepError, TimerKind,
    limits::{CLEAN_UP_MS_MAX, EXECUTIONS_MAX},
};

impl Turn<'_> {
    /// The run begins: its time begins to pass, also while it waits or is held.
    pub(super) fn start_the_clock(&mut self) {
        let limits = self.plans.first().map(|plan| plan.run_limits);
        if let Some(millis) = limits.and_then(|limits| limits.wall_time_ms) {
            self.set_wall(Some(self.now.plus_millis(millis)));
        }
    }

    /// Sets or takes away the moment at which the run must be over.
    pub(super) fn set_wall(&mut self, at: Option<Timestamp>) {
        let entry = |at| (at, Arc::from(""), TimerKind::Timeout);
        if let Some(before) = std::mem::replace(&mut self.state.wall, at) {
            self.state.timers.remove(&entry(before));
        }
        if let Some(at) = at {
            self.state.timers.insert(entry(at));
        }
    }

    /// The run has had its time.
    pub(super) fn out_of_time(&mut self) {
        let limits = self.plans.first().map(|plan| plan.run_limits);
        let limit = limits.and_then(|limits| limits.wall_time_ms).unwrap_or(0);
        let text = format!("the run was not over within its wall time of {limit} ms");
        let error = StepError::new("limit", text);
        self.set_wall(Some(self.now.plus_millis(CLEAN_UP_MS_MAX)));
        self.end_run(RunOutcome::Failed, error.to_string(), Value::Null);
    }

    /// How many steps and attempts the run may begin.
    pub(super) fn executions_max(&self) -> u64 {
        let own = self.plans.first().and_then(|plan| plan.run_limits.steps);
        own.unwrap_or(EXECUTIONS_MAX).min(EXECUTIONS_MAX)
    }
}
