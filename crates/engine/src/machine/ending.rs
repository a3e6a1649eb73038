//! How parts of a run end: a block, a playbook, the run; and how what is under way is let go.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{
    Done, End, Ending, Turn,
    state::{Body, Closing, Failure, FrameId, Outcome},
    turn::Work,
};
use crate::{Effect, RunOutcome, StepError};

/// How the playbook ended, while something is still under way.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Verdict {
    pub outcome: RunOutcome,
    pub message: String,
    pub output: Value,
}

fn failed(failure: &Failure) -> String {
    match failure.path.is_empty() {
        true => failure.error.to_string(),
        false => format!("step `{}` failed: {}", failure.path, failure.error),
    }
}

impl Turn<'_> {
    pub(super) fn run_ended(&mut self, root: FrameId, result: Result<(), Failure>) {
        if self.ad_hoc_ended(root) || self.undo_ended(root, &result) {
            return;
        }
        let (outcome, message, output) = match result {
            Ok(()) => match self.outputs(root) {
                Ok(output) => (RunOutcome::Succeeded, String::new(), output),
                Err(error) => {
                    let text = format!("the outputs cannot be computed: {}", error.message);
                    (RunOutcome::Failed, text, Value::Null)
                }
            },
            Err(failure) => (RunOutcome::Failed, failed(&failure), Value::Null),
        };
        self.end_playbook(root, outcome, message, output);
    }

    /// The run's own playbook is over; the run ends with the steps that people added.
    pub(super) fn end_playbook(
        &mut self,
        root: FrameId,
        outcome: RunOutcome,
        message: String,
        output: Value,
    ) {
        if self.state.control.ad_hoc_roots.is_empty() {
            return self.finish_run(outcome, message, output);
        }
        self.drop_children(root);
        self.remove_block(root);
        self.state.control.ending = Some(Verdict {
            outcome,
            message,
            output,
        });
    }

    pub(super) fn remove_block(&mut self, id: FrameId) {
        let Some(frame) = self.state.frames.remove(id.0) else {
            return;
        };
        self.state.control.forget(id);
        if let Body::Block {
            owns_level: true, ..
        } = frame.body
            && let Some(level) = self.state.levels.remove(frame.level)
        {
            self.state.bytes = self.state.bytes.saturating_sub(level.bytes);
            if level.parent.is_none()
                && let Some(activation) = self.state.activations.remove(level.activation)
            {
                self.state.bytes = self.state.bytes.saturating_sub(activation.bytes);
            }
        }
    }

    /// `doomed` is sorted.
    pub(super) fn drop_frames(&mut self, doomed: &[FrameId]) {
        if doomed.is_empty() {
            return;
        }
        self.save_rollings(doomed);
        let gone = |frame: FrameId| doomed.binary_search(&frame).is_ok();
        let calls: Vec<Arc<str>> = self
            .state
            .open
            .iter()
            .filter(|(_, open)| gone(open.frame))
            .map(|(path, _)| Arc::clone(path))
            .collect();
        for path in calls {
            self.close(&path, true);
        }
        self.work.retain(|work| !gone(work.frame()));
        for id in doomed {
            self.state.control.forget(*id);
        }
        for id in doomed {
            self.record_cancelled(*id);
        }
        for id in doomed {
            self.state.dying.remove(id);
            self.state.closing.remove(id);
            match self.state.frame(*id).map(|frame| &frame.body) {
                Some(Body::Block { .. }) => self.remove_block(*id),
                Some(Body::Step { .. }) => drop(self.state.frames.remove(id.0)),
                None => {}
            }
        }
    }

    /// A `finish` step: its playbook is over.
    pub(super) fn finish(&mut self, id: FrameId, ending: Ending) {
        self.state.done += 1;
        self.record_finish(id);
        let Some(root) = self.root_of(id) else {
            return;
        };
        let Some(caller) = self.state.frame(root).and_then(|frame| frame.parent) else {
            let outcome = match ending.succeeded {
                true => RunOutcome::Succeeded,
                false => RunOutcome::Failed,
            };
            let closing = Closing::Run {
                outcome,
                message: ending.message,
                output: ending.output,
            };
            return self.end_root(root, Some(id), closing);
        };
        match self.is_cleaning_up(id, caller) {
            true => self.drop_all_inside(caller),
            false => self.drop_children(caller),
        }
        let end = match ending.succeeded {
            true => End::Done(Done::output(ending.output)),
            false => {
                let text = match ending.message.is_empty() {
                    true => "the called playbook ended as failed".to_owned(),
                    false => ending.message,
                };
                End::Failed(self.failure(caller, StepError::new("failed", text)))
            }
        };
        self.work.push_back(Work::StepEnded(caller, end));
    }

    /// A `stop` step: the whole run is over, and well.
    pub(super) fn stop(&mut self, id: FrameId, message: String) {
        self.state.done += 1;
        self.record_finish(id);
        let output = match self.root() {
            Some(root) => self.outputs(root).unwrap_or(Value::Null),
            None => Value::Null,
        };
        let outcome = RunOutcome::Succeeded;
        match self.is_cleaning_up(id, FrameId(u32::MAX)) {
            true => self.finish_run(outcome, message, output),
            false => self.end_run(outcome, message, output),
        }
    }

    /// The block with which the playbook of a frame begins.
    fn root_of(&self, id: FrameId) -> Option<FrameId> {
        let activation = self.state.activation_of(id)?;
        Some(self.state.activations.get(activation)?.root)
    }

    /// Nothing can catch this: the run is over.
    pub(super) fn fail_run(&mut self, failure: &Failure) {
        self.finish_run(RunOutcome::Failed, failed(failure), Value::Null);
    }

    pub(super) fn finish_run(&mut self, outcome: RunOutcome, message: String, output: Value) {
        if self.state.outcome.is_some() {
            return;
        }
        let all: Vec<FrameId> = self.state.frames.ids().map(FrameId).collect();
        self.drop_frames(&all);
        self.work.clear();
        self.set_wall(None);
        // A run that is over needs nothing of what it knew.
        let state = &mut *self.state;
        state.frames = Default::default();
        state.levels = Default::default();
        state.activations = Default::default();
        state.signals.clear();
        state.control.ended();
        state.dying.clear();
        state.closing.clear();
        state.context = Value::Null;
        state.bytes = 0;
        self.effects.push(Effect::Finished {
            outcome,
            message: message.clone(),
            output: output.clone(),
        });
        state.outcome = Some(Outcome {
            outcome,
            message,
            output,
            at: self.now,
        });
    }
}
