//! The turn's hooks into the history: what people see of a run.

use std::sync::Arc;

use serde_json::Value;

use super::{
    Done, Turn,
    state::{Body, Failure, FrameId, Open, Wants},
};
use crate::{
    ActionResult, Exchange, StepStatus,
    plan::Step,
    records::{Begin, TargetName},
    steps::{Kind, Live},
};

impl Turn<'_> {
    pub(super) fn record_start(&mut self, frame: FrameId, step: &Step) {
        if self.history.is_none() {
            return;
        }
        let path = self.path(frame);
        let block = self.state.frame(frame).and_then(|f| f.parent);
        let block = block.and_then(|id| self.state.frame(id));
        let outer = block.and_then(|block| block.parent);
        let around = match block {
            Some(block) if super::undo::is_walk(&block.path) => Arc::clone(&block.path),
            _ => Arc::from(""),
        };
        let parent = outer
            .map(|id| self.path(id))
            .filter(|_| around.is_empty())
            .unwrap_or(around);
        let looped = outer.and_then(|id| self.step(id));
        let looped =
            looped.is_some_and(|(_, step)| matches!(step.kind, Kind::ForEach(_) | Kind::Loop(_)));
        let iteration = block.filter(|_| looped).map(|block| block.slot);
        let now = self.now;
        let added = self.state.ad_hoc_of(frame, self.base_plans);
        let added = added.and_then(|number| self.state.control.ad_hoc.get(number));
        let added = added.map(|added| added.by.clone());
        if let Some(history) = self.history.as_deref_mut() {
            history.begin(
                Begin {
                    path: &path,
                    id: &step.id,
                    title: &step.title,
                    kind: step.kind.word(),
                    parent: &parent,
                    iteration,
                },
                now,
            );
            if let Some(by) = added {
                history.added(&path, by);
            }
        }
    }

    /// The taking back of one step is a record of its own, around the steps that do it.
    pub(super) fn record_undo(&mut self, path: &Arc<str>, parent: Option<FrameId>, of: &str) {
        let parent = parent.map_or_else(|| Arc::from(""), |frame| self.path(frame));
        let title = format!("Undo of {of}");
        let now = self.now;
        if let Some(history) = self.history.as_deref_mut() {
            history.begin(
                Begin {
                    path,
                    id: of.rsplit('/').next().unwrap_or(of),
                    title: &title,
                    kind: "undo",
                    parent: &parent,
                    iteration: None,
                },
                now,
            );
        }
    }

    pub(super) fn record_undo_end(&mut self, path: &str, failure: Option<&Failure>) {
        let status = match failure {
            None => StepStatus::Succeeded,
            Some(_) => StepStatus::Failed,
        };
        let now = self.now;
        if let Some(history) = self.history.as_deref_mut() {
            let error = failure.map(|failure| &failure.error);
            history.ended(path, status, &Value::Null, error, now);
        }
    }

    /// A person gave up on an attempt.
    pub(super) fn record_given_up(&mut self, path: &Arc<str>, attempt: u32) {
        let Some(record) = self.record_of(path) else {
            return;
        };
        let now = self.now;
        if let Some(history) = self.history.as_deref_mut() {
            history.given_up(&record, attempt, now);
        }
    }

    /// What a loop walks: nothing but people needs it, so that only a machine that keeps records copies it.
    pub(crate) fn record_items(&mut self, frame: FrameId, items: &[Value]) {
        if self.history.is_some() {
            let path = self.path(frame);
            let items = Arc::new(Value::Array(items.to_vec()));
            if let Some(history) = self.history.as_deref_mut() {
                history.input(&path, &items);
            }
        }
    }

    pub(crate) fn record_input(&mut self, frame: FrameId, input: &Arc<Value>) {
        self.remember_input(frame, input);
        let path = self.path(frame);
        if let Some(history) = self.history.as_deref_mut() {
            history.input(&path, input);
        }
    }

    /// People are asked.
    pub(super) fn record_waiting(&mut self, frame: FrameId) {
        let path = self.path(frame);
        if let Some(history) = self.history.as_deref_mut() {
            history.waiting(&path);
        }
    }

    /// Where the record of a call is: an action's own, a fan-out's one for each target.
    fn record_path(&self, path: &Arc<str>, open: &Open) -> Arc<str> {
        match self.step(open.frame) {
            Some((
                _,
                Step {
                    kind: Kind::FanOut(_),
                    ..
                },
            )) => Arc::clone(path),
            _ => self.path(open.frame),
        }
    }

    pub(super) fn record_target(&mut self, frame: FrameId, path: &Arc<str>, open: &Open) {
        if self.history.is_none() {
            return;
        }
        let record = self.record_path(path, open);
        let parent = self.path(frame);
        let (name, input) = match &open.wants {
            Wants::Invoke { target, input, .. } => (TargetName::of(target), input),
            Wants::Host { action, input, .. } => (TargetName::host(action), input),
            Wants::Resolve { .. }
            | Wants::Pause
            | Wants::Signal { .. }
            | Wants::Case
            | Wants::Ask { .. }
            | Wants::Guard => return,
        };
        let now = self.now;
        if let Some(history) = self.history.as_deref_mut() {
            if record != parent {
                history.begin(
                    Begin {
                        path: &record,
                        id: &name.name,
                        title: "",
                        kind: "target",
                        parent: &parent,
                        iteration: None,
                    },
                    now,
                );
                history.input(&record, input);
            }
            history.target(&record, name);
            history.attempt(&record, open.attempt, now);
        }
    }

    fn record_of(&self, path: &Arc<str>) -> Option<Arc<str>> {
        self.history.as_ref()?;
        Some(self.record_path(path, self.state.open.get(path)?))
    }

    pub(super) fn record_try_again(&mut self, path: &Arc<str>) {
        let Some(record) = self.record_of(path) else {
            return;
        };
        let attempt = self.state.open.get(path).map_or(1, |open| open.attempt);
        let now = self.now;
        if let Some(history) = self.history.as_deref_mut() {
            history.attempt(&record, attempt, now);
        }
    }

    pub(super) fn record_exchanges(&mut self, path: &Arc<str>, exchanges: &[Exchange]) {
        let Some(record) = self.record_of(path) else {
            return;
        };
        if let Some(history) = self.history.as_deref_mut() {
            history.exchanges(&record, exchanges);
        }
    }

    pub(super) fn record_attempt(
        &mut self,
        path: &Arc<str>,
        attempt: u32,
        result: &ActionResult,
        last: bool,
    ) {
        let Some(record) = self.record_of(path) else {
            return;
        };
        // Between two rounds of a loop, or while a signal is awaited, nothing is attempted.
        let attempted = self
            .state
            .open
            .get(path)
            .is_some_and(|open| open.phase().is_some());
        if !attempted {
            return;
        }
        let target = record.contains('@');
        let now = self.now;
        if let Some(history) = self.history.as_deref_mut() {
            history.attempt_ended(&record, attempt, result, now);
            if target && last {
                history.target_ended(&record, result, now);
            }
        }
    }

    pub(super) fn record_abandoned(&mut self, path: &Arc<str>, open: &Open) {
        if self.history.is_none() || open.phase().is_none() {
            return;
        }
        let record = self.record_path(path, open);
        let now = self.now;
        if let Some(history) = self.history.as_deref_mut() {
            history.cancelled(&record, now);
        }
    }

    pub(super) fn record_end(&mut self, frame: FrameId, status: StepStatus, done: &Done) {
        let path = self.path(frame);
        let now = self.now;
        if let Some(history) = self.history.as_deref_mut() {
            let error = done.failure.as_ref().map(|failure| &failure.error);
            history.ended(&path, status, &done.output, error, now);
        }
    }

    pub(super) fn record_cancelled(&mut self, frame: FrameId) {
        let step = self
            .state
            .frame(frame)
            .is_some_and(|f| matches!(f.body, Body::Step { .. }));
        let path = self.path(frame);
        let now = self.now;
        if let Some(history) = self.history.as_deref_mut().filter(|_| step) {
            history.cancelled(&path, now);
        }
    }

    /// A `finish` step ended well, and so did the steps around it; one whose handler it is in has failed before.
    pub(super) fn record_finish(&mut self, frame: FrameId) {
        if self.history.is_none() {
            return;
        }
        let mut at = Some(frame);
        while let Some(id) = at {
            let Some(found) = self.state.frame(id) else {
                return;
            };
            at = found.parent;
            let inside_call = self
                .step(id)
                .is_some_and(|(_, s)| matches!(s.kind, Kind::Call(_)));
            if inside_call {
                return;
            }
            let ends = match &found.body {
                Body::Step { live, .. } => !matches!(live, Live::Handling),
                Body::Block { .. } => false,
            };
            if ends {
                self.record_end(id, StepStatus::Succeeded, &Done::output(Value::Null));
            }
        }
    }
}
