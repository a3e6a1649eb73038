//! The moments at which a run wants to hear from the clock: one entry of the table may have two.

use std::sync::Arc;

use super::{Turn, state::Open};
use crate::TimerKind;

impl Turn<'_> {
    pub(super) fn set_timers(&mut self, path: &Arc<str>, open: &Open) {
        #[cfg(feature = "defects")]
        let open = &without_lost(open);
        if let Some(at) = open.deadline {
            self.state
                .timers
                .insert((at, Arc::clone(path), TimerKind::Timeout));
        }
        if let Some(at) = open.due {
            self.state
                .timers
                .insert((at, Arc::clone(path), open.due_kind()));
        }
    }

    pub(super) fn clear_timers(&mut self, path: &Arc<str>, open: &Open) {
        if let Some(at) = open.deadline {
            self.state
                .timers
                .remove(&(at, Arc::clone(path), TimerKind::Timeout));
        }
        if let Some(at) = open.due {
            self.state
                .timers
                .remove(&(at, Arc::clone(path), open.due_kind()));
        }
    }
}

/// A bug: some moments are forgotten.
#[cfg(feature = "defects")]
fn without_lost(open: &Open) -> Open {
    use crate::defects::{Defect, has};
    let mut open = open.clone();
    if has(Defect::IgnoreDeadlines) {
        open.deadline = None;
    }
    if has(Defect::LoseTimers) {
        open.due = None;
    }
    open
}
