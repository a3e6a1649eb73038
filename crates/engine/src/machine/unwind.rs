//! Letting go of a part of a run, without forgetting its `finally` blocks.
//!
//! What is let go is dropped at once, except the `try` steps whose `finally` is still to come and the
//! frames around them: those are *dying*. They take no further step of their own; when the `finally`
//! of the innermost is over they go, inside out, and each `try` on the way runs its own. The frame
//! that let go of them (a `parallel` that has enough, a step that timed out, the whole run) waits with
//! what it was about to do: its [`Closing`].

use std::{collections::BTreeSet, sync::Arc};

use serde_json::Value;

use super::{
    End, Turn,
    state::{Body, Closing, FrameId},
    turn::Work,
};
use crate::{
    RunOutcome, StepError,
    plan::Step,
    steps::{self, Flow, Kind, Live},
};

impl Turn<'_> {
    /// Lets go of everything inside a frame; `finally` blocks run to their end.
    pub(crate) fn drop_children(&mut self, id: FrameId) {
        let inside = self.inside(id);
        let (dying, running) = self.survivors(&inside, id);
        if dying.is_empty() {
            return self.drop_frames(&inside);
        }
        let doomed: Vec<FrameId> = inside
            .into_iter()
            .filter(|frame| !dying.contains(frame) && !running.contains(frame))
            .collect();
        self.drop_frames(&doomed);
        self.work.retain(|work| !dying.contains(&work.frame()));
        self.close_calls(|frame| dying.contains(&frame));
        for frame in &dying {
            self.state.closing.remove(frame);
            self.state.control.forget(*frame);
        }
        self.state.dying.extend(dying.iter().copied());
        // Those with nothing left inside begin to clean up.
        for frame in dying {
            if self.state.dying.contains(&frame) {
                self.unwound(frame);
            }
        }
    }

    fn close_calls(&mut self, of: impl Fn(FrameId) -> bool) {
        let open = self.state.open.iter();
        let calls: Vec<_> = open
            .filter(|(_, open)| of(open.frame))
            .map(|(path, _)| Arc::clone(path))
            .collect();
        for path in calls {
            self.close(&path, true);
        }
    }

    /// Lets go of everything inside a frame, `finally` blocks included.
    pub(super) fn drop_all_inside(&mut self, id: FrameId) {
        let inside = self.inside(id);
        self.drop_frames(&inside);
    }

    /// Sorted.
    fn inside(&self, id: FrameId) -> Vec<FrameId> {
        let all = self.state.frames.ids().map(FrameId);
        all.filter(|frame| self.state.is_inside(*frame, id))
            .collect()
    }

    /// The frames that stay for the sake of a `finally`, and those inside one that runs already.
    fn survivors(&self, inside: &[FrameId], id: FrameId) -> (BTreeSet<FrameId>, BTreeSet<FrameId>) {
        let (mut dying, mut running) = (BTreeSet::new(), BTreeSet::new());
        for frame in inside {
            let Some(cleans) = self.cleans_up(*frame) else {
                continue;
            };
            if self.is_cleaning_up(*frame, id) {
                continue;
            }
            if cleans {
                running.extend(self.inside(*frame));
            }
            let mut at = Some(*frame);
            while let Some(up) = at.filter(|up| *up != id) {
                dying.insert(up);
                at = self.state.frame(up).and_then(|frame| frame.parent);
            }
        }
        (dying, running)
    }

    /// For a `try` that has a `finally` not yet over: whether it runs already.
    fn cleans_up(&self, id: FrameId) -> Option<bool> {
        let (_, step) = self.step(id)?;
        let Kind::Try(kind) = &step.kind else {
            return None;
        };
        kind.finally?;
        match &self.state.frame(id)?.body {
            Body::Step {
                live: Live::Try(live),
                ..
            } => Some(live.in_finally()),
            _ => None,
        }
    }

    /// True for a frame inside a `finally` that runs, itself inside `top`.
    pub(super) fn is_cleaning_up(&self, id: FrameId, top: FrameId) -> bool {
        let mut at = self.state.frame(id).and_then(|frame| frame.parent);
        while let Some(up) = at.filter(|up| *up != top) {
            if self.cleans_up(up) == Some(true) {
                return true;
            }
            at = self.state.frame(up).and_then(|frame| frame.parent);
        }
        false
    }

    fn has_children(&self, id: FrameId) -> bool {
        self.state.frames.ids().any(|frame| {
            self.state
                .frame(FrameId(frame))
                .is_some_and(|frame| frame.parent == Some(id))
        })
    }

    /// Starts the `finally` of a dying step; false if it has none, or had it.
    fn begin_finally(&mut self, id: FrameId) -> bool {
        if self.cleans_up(id) != Some(false) {
            return false;
        }
        if let Some((
            _,
            Step {
                kind: Kind::Try(kind),
                ..
            },
        )) = self.step(id)
        {
            steps::clean_up(self, id, kind);
        }
        true
    }

    /// A person skips a `try`: what must be done in any case is done first.
    pub(super) fn skipped_midway(&mut self, id: FrameId, end: &End) -> bool {
        if !matches!(end, End::Skipped) || !self.begin_finally(id) {
            return false;
        }
        self.after_cleaning(id, Closing::Step(End::Skipped));
        true
    }

    /// True for a step that ended while something inside it is still being cleaned up.
    pub(super) fn must_clean_up_first(&self, id: FrameId) -> bool {
        !self.state.dying.is_empty() && self.has_children(id)
    }

    /// What follows when nothing is left inside; the first one counts.
    pub(super) fn after_cleaning(&mut self, id: FrameId, closing: Closing) {
        self.state.closing.entry(id).or_insert(closing);
    }

    /// Something inside this frame is gone for good.
    pub(super) fn unwound(&mut self, from: FrameId) {
        let mut at = Some(from);
        while let Some(id) = at.filter(|id| !self.has_children(*id)) {
            if let Some(closing) = self.state.closing.remove(&id) {
                return self.cleaned_up(id, closing);
            }
            if !self.state.dying.contains(&id) || self.begin_finally(id) {
                return;
            }
            at = self.state.frame(id).and_then(|frame| frame.parent);
            self.state.dying.remove(&id);
            self.save_rollings(&[id]);
            self.state.control.forget(id);
            match self.state.frame(id).map(|frame| &frame.body) {
                Some(Body::Block { .. }) => self.remove_block(id),
                Some(Body::Step { .. }) => {
                    self.record_cancelled(id);
                    self.state.frames.remove(id.0);
                }
                None => {}
            }
        }
    }

    fn cleaned_up(&mut self, id: FrameId, closing: Closing) {
        match closing {
            Closing::Step(end) => self.work.push_back(Work::StepEnded(id, end)),
            Closing::Part(failure) => {
                if let Some((
                    _,
                    Step {
                        kind: Kind::Try(kind),
                        ..
                    },
                )) = self.step(id)
                {
                    let flow = steps::part_failed(self, id, kind, failure);
                    self.flow(id, flow);
                }
            }
            Closing::Run {
                outcome,
                message,
                output,
            } => self.end_playbook(id, outcome, message, output),
            Closing::Whole {
                outcome,
                message,
                output,
            } => self.finish_run(outcome, message, output),
        }
    }

    /// A step with others inside took too long. A `try` may catch that.
    pub(super) fn guard_ended(&mut self, frame: FrameId, error: StepError) {
        let failure = self.failure(frame, error);
        let Some((_, step)) = self.step(frame) else {
            return;
        };
        // The pause of a loop is its own.
        self.close_calls(|of| of == frame);
        let Kind::Try(kind) = &step.kind else {
            self.drop_children(frame);
            return self.flow(frame, Flow::End(End::Failed(failure)));
        };
        // A `finally` is never cut short.
        if self.cleans_up(frame) == Some(true) {
            return;
        }
        self.drop_children(frame);
        if self.has_children(frame) {
            return self.after_cleaning(frame, Closing::Part(failure));
        }
        let flow = steps::part_failed(self, frame, kind, failure);
        self.flow(frame, flow);
    }

    /// The block with which the run's own playbook begins.
    pub(super) fn root(&self) -> Option<FrameId> {
        let control = &self.state.control;
        self.state.frames.ids().map(FrameId).find(|id| {
            let root = self.state.frame(*id);
            root.is_some_and(|frame| frame.parent.is_none()) && !control.ad_hoc_roots.contains(id)
        })
    }

    /// A playbook that nobody called ends: at once, or when the `finally` blocks under way are over.
    pub(super) fn end_root(&mut self, root: FrameId, from: Option<FrameId>, closing: Closing) {
        if from.is_none_or(|id| !self.is_cleaning_up(id, root)) {
            self.drop_children(root);
            if self.has_children(root) {
                return self.after_cleaning(root, closing);
            }
        }
        self.cleaned_up(root, closing);
    }

    /// The whole run ends, in the same manner. A second end is at once, a rollback is cut short.
    pub(super) fn end_run(&mut self, outcome: RunOutcome, message: String, output: Value) {
        let root = self
            .root()
            .filter(|root| !self.state.closing.contains_key(root));
        let Some(root) = root.filter(|_| self.state.control.rolling.is_none()) else {
            return self.finish_run(outcome, message, output);
        };
        // A run that is over in a moment is not held any more.
        self.state.control.paused = None;
        self.state.control.stop_at = None;
        let all: Vec<FrameId> = self.state.control.ad_hoc_roots.iter().copied().collect();
        for beside in all {
            self.drop_children(beside);
        }
        self.drop_children(root);
        match self.has_children(root) {
            true => self.after_cleaning(
                root,
                Closing::Whole {
                    outcome,
                    message,
                    output,
                },
            ),
            false => self.finish_run(outcome, message, output),
        }
    }
}
