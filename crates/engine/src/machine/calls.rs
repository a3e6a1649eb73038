//! What a run waits for: opening, answering, repeating and closing it.

use std::sync::Arc;

use serde_json::Value;
use updraft_model::Timestamp;

use super::{
    Turn,
    state::{FrameId, Open, Phase, Wants, size_of_value},
};
use crate::{
    ActionResult, Effect, Exchange, Status, StepError, StepKey, Target, TimerKey, TimerKind,
    limits::{CALL_STATE_BYTES_MAX, OUTPUT_BYTES_MAX, PROGRESS_MAX},
    machine::End,
    steps::{self, Flow},
};

/// The effect that asks for what this entry waits for, if the host owes anything now.
pub(super) fn effect_of(path: &Arc<str>, open: &Open) -> Option<Effect> {
    let key = StepKey {
        path: path.to_string(),
        attempt: open.attempt,
    };
    match &open.wants {
        Wants::Resolve {
            capability,
            action,
            connection,
            hint,
        } => Some(Effect::Resolve {
            key,
            capability: capability.clone(),
            action: action.clone(),
            connection: connection.clone(),
            hint: Arc::clone(hint),
        }),
        Wants::Invoke {
            target,
            input,
            idempotency_key,
            phase: Phase::Running(None),
        } => Some(Effect::Invoke {
            key,
            target: Arc::clone(target),
            input: Arc::clone(input),
            idempotency_key: idempotency_key.to_string(),
            deadline: open.deadline,
            begun: open.begun,
        }),
        Wants::Invoke {
            target,
            input,
            idempotency_key,
            phase: Phase::Running(Some(state)),
        } => Some(Effect::Resume {
            key,
            target: Arc::clone(target),
            input: Arc::clone(input),
            idempotency_key: idempotency_key.to_string(),
            deadline: open.deadline,
            state: state.clone(),
        }),
        Wants::Host {
            action,
            input,
            idempotency_key,
            phase: Phase::Running(_),
        } => Some(Effect::Host {
            key,
            action: action.clone(),
            input: Arc::clone(input),
            idempotency_key: idempotency_key.to_string(),
        }),
        Wants::Ask {
            kind,
            request,
            reminders,
            ..
        } => Some(Effect::Ask {
            key,
            kind: *kind,
            request: Arc::clone(request),
            deadline: open.deadline,
            reminders: open
                .due
                .into_iter()
                .chain(reminders.iter().copied())
                .collect(),
        }),
        Wants::Case => Some(Effect::Watch { key }),
        Wants::Invoke { .. }
        | Wants::Host { .. }
        | Wants::Pause
        | Wants::Signal { .. }
        | Wants::Guard => None,
    }
}

impl Turn<'_> {
    /// Asks the host whom a step may ask.
    pub(crate) fn open_resolve(
        &mut self,
        frame: FrameId,
        capability: Option<String>,
        action: Option<String>,
        connection: Option<String>,
        hint: Arc<Value>,
    ) {
        let wants = Wants::Resolve {
            capability,
            action,
            connection,
            hint,
        };
        self.open(self.path(frame), Open::new(frame, 0, wants));
    }

    /// Calls an action of a connector.
    pub(crate) fn open_invoke(
        &mut self,
        frame: FrameId,
        slot: u32,
        target: Arc<Target>,
        input: Arc<Value>,
        key: Option<Arc<str>>,
    ) {
        if !self.count_execution(frame) {
            return;
        }
        let path: Arc<str> = format!("{}@{}", self.path(frame), target.name).into();
        let idempotency_key = key.unwrap_or_else(|| self.default_key(&path));
        let phase = Phase::Running(None);
        let wants = Wants::Invoke {
            target,
            input,
            idempotency_key,
            phase,
        };
        let mut open = Open::new(frame, slot, wants);
        open.deadline = self.call_deadline(frame);
        self.record_target(frame, &path, &open);
        self.open(path, open);
    }

    /// Calls an action of the host.
    pub(crate) fn open_host(
        &mut self,
        frame: FrameId,
        action: String,
        input: Arc<Value>,
        key: Option<Arc<str>>,
    ) {
        let path = self.path(frame);
        let idempotency_key = key.unwrap_or_else(|| self.default_key(&path));
        let phase = Phase::Running(None);
        let wants = Wants::Host {
            action,
            input,
            idempotency_key,
            phase,
        };
        let mut open = Open::new(frame, 0, wants);
        open.deadline = self.call_deadline(frame);
        self.record_target(frame, &path, &open);
        self.open(path, open);
    }

    /// Waits until a moment.
    pub(crate) fn open_pause(&mut self, frame: FrameId, until: Timestamp, timeout: Option<i64>) {
        let mut open = Open::new(frame, 0, Wants::Pause);
        open.due = Some(until);
        open.deadline = timeout.map(|millis| self.now.plus_millis(millis));
        self.open(self.path(frame), open);
    }

    /// Waits for a signal.
    pub(crate) fn open_signal(&mut self, frame: FrameId, name: String, timeout: Option<i64>) {
        let mut open = Open::new(frame, 0, Wants::Signal { name });
        open.deadline = timeout.map(|millis| self.now.plus_millis(millis));
        self.open(self.path(frame), open);
    }

    /// Bounds a step that has others inside.
    pub(super) fn open_guard(&mut self, frame: FrameId, timeout: i64) {
        let mut open = Open::new(frame, 0, Wants::Guard);
        open.deadline = Some(self.now.plus_millis(timeout));
        self.open(self.path(frame), open);
    }

    /// The step is over, its bound too.
    pub(super) fn close_guard(&mut self, frame: FrameId) {
        if self
            .step(frame)
            .is_some_and(|(_, step)| step.timeout_ms.is_some())
        {
            let path = self.path(frame);
            let open = self.state.open.get(&path);
            if open.is_some_and(|open| matches!(open.wants, Wants::Guard)) {
                self.close(&path, false);
            }
        }
    }

    /// Nobody waits for this target of a step any more.
    pub(crate) fn let_go(&mut self, frame: FrameId, target: &str) {
        let path: Arc<str> = format!("{}@{target}", self.path(frame)).into();
        self.close(&path, true);
    }

    /// A signal that came earlier.
    pub(crate) fn take_signal(&mut self, name: &str) -> Option<Value> {
        self.state.signals.remove(name)
    }

    fn default_key(&self, path: &str) -> Arc<str> {
        self.key_of_call(path).into()
    }

    pub(super) fn call_deadline(&self, frame: FrameId) -> Option<Timestamp> {
        let (_, step) = self.step(frame)?;
        step.timeout_ms.map(|millis| self.now.plus_millis(millis))
    }

    pub(super) fn open(&mut self, path: Arc<str>, open: Open) {
        // Starting it may have ended the run.
        if self.state.outcome.is_some() {
            return;
        }
        let mut open = open;
        if open.phase().is_some() && self.holds_calls_of(open.frame) {
            open.deadline = None;
            open.set_phase(Phase::Held);
        }
        self.effects.extend(effect_of(&path, &open));
        self.set_timers(&path, &open);
        self.state.open.insert(path, open);
    }

    /// Takes an entry off the table; `abandon` tells the host if it is at work on it.
    pub(super) fn close(&mut self, path: &Arc<str>, abandon: bool) -> Option<Open> {
        let open = self.state.open.remove(path)?;
        self.clear_timers(path, &open);
        let at_work = matches!(open.phase(), Some(Phase::Running(_) | Phase::Asleep(_)))
            || matches!(open.wants, Wants::Ask { .. } | Wants::Case);
        if abandon {
            self.record_abandoned(path, &open);
            if at_work {
                let key = StepKey {
                    path: path.to_string(),
                    attempt: open.attempt,
                };
                self.effects.push(Effect::Abandon { key });
            }
        }
        Some(open)
    }

    /// Changes an entry and its timers together.
    pub(super) fn change(&mut self, path: &Arc<str>, change: impl FnOnce(&mut Open)) {
        let Some(mut open) = self.state.open.remove(path) else {
            return;
        };
        self.clear_timers(path, &open);
        change(&mut open);
        self.set_timers(path, &open);
        self.state.open.insert(Arc::clone(path), open);
    }

    /// The table's own copy of a path.
    pub(super) fn known(&self, path: &str) -> Option<Arc<str>> {
        self.state
            .open
            .get_key_value(path)
            .map(|(path, _)| Arc::clone(path))
    }

    pub(super) fn on_resolved(&mut self, key: &StepKey, targets: &[Target]) {
        let Some(path) = self.known(&key.path) else {
            return;
        };
        let Some(open) = self.close(&path, false) else {
            return;
        };
        if let Some((_, step)) = self.step(open.frame) {
            let flow = steps::resolved(self, open.frame, step, targets);
            self.flow(open.frame, flow);
        }
    }

    pub(super) fn on_begun(&mut self, key: &StepKey) {
        if let Some(open) = self.state.open.get_mut(&*key.path) {
            open.begun = true;
        }
    }

    pub(super) fn on_progress(
        &mut self,
        key: &StepKey,
        state: &Value,
        wake_at: Option<Timestamp>,
        exchanges: &[Exchange],
    ) {
        let Some(path) = self.known(&key.path) else {
            return;
        };
        self.record_exchanges(&path, exchanges);
        let count = self.state.open.get(&path).map_or(0, |open| open.progress) + 1;
        let fits = size_of_value(state).is_some_and(|size| size <= CALL_STATE_BYTES_MAX);
        if count > PROGRESS_MAX || !fits {
            let text = match fits {
                true => format!("the call is not done after {PROGRESS_MAX} steps"),
                false => "the state of the call is too large".to_owned(),
            };
            let result = ActionResult::failed(StepError::new("limit", text));
            return self.call_ended(&path, &result);
        }
        self.change(&path, |open| {
            open.progress = count;
            open.due = wake_at;
            open.set_phase(match wake_at {
                Some(_) => Phase::Asleep(state.clone()),
                None => Phase::Running(Some(state.clone())),
            });
        });
    }

    pub(super) fn on_done(&mut self, key: &StepKey, result: &ActionResult) {
        let Some(path) = self.known(&key.path) else {
            return;
        };
        let too_large = size_of_value(&result.output).is_none_or(|size| size > OUTPUT_BYTES_MAX);
        if too_large {
            let text = "the answer is too large";
            let error = StepError::new("too_large", text).hint(format!(
                "at most {OUTPUT_BYTES_MAX} bytes may come back from one call"
            ));
            let mut failed = ActionResult::failed(error);
            failed.exchanges.clone_from(&result.exchanges);
            return self.call_ended(&path, &failed);
        }
        self.call_ended(&path, result);
    }

    /// An attempt is over: it is repeated, or its step hears of it.
    pub(super) fn call_ended(&mut self, path: &Arc<str>, result: &ActionResult) {
        let Some(open) = self.state.open.get(path) else {
            return;
        };
        let (frame, slot, attempt) = (open.frame, open.slot, open.attempt);
        let repeatable = matches!(open.wants, Wants::Invoke { .. } | Wants::Host { .. });
        let Some((_, step)) = self.step(frame) else {
            return;
        };
        let pause = match (result.status, step.kind.retry()) {
            (Status::Error, Some(retry)) if repeatable => {
                let error = steps::error_of(result);
                retry.pause_ms(&error, attempt, self.state.seed, path)
            }
            _ => None,
        };
        self.record_attempt(path, attempt, result, pause.is_none());
        if let Some(pause) = pause {
            let until = self.now.plus_millis(pause);
            return self.change(path, |open| {
                open.set_phase(Phase::Backoff);
                open.deadline = None;
                open.due = Some(until);
            });
        }
        self.close(path, false);
        let flow = match self.resolve_failed(frame, result, repeatable) {
            Some(flow) => flow,
            None => steps::answered(self, frame, step, slot, result),
        };
        self.flow(frame, flow);
    }

    /// A host that cannot say whom to ask answers the question itself with an error.
    fn resolve_failed(
        &self,
        frame: FrameId,
        result: &ActionResult,
        repeatable: bool,
    ) -> Option<Flow> {
        let (_, step) = self.step(frame)?;
        if repeatable || !step.kind.resolves() {
            return None;
        }
        let error = steps::error_of(result);
        Some(Flow::End(End::Failed(self.failure(frame, error))))
    }

    pub(super) fn on_timer(&mut self, key: &TimerKey) {
        if key.path.is_empty() {
            return self.out_of_time();
        }
        let Some(path) = self.known(&key.path) else {
            return;
        };
        match key.kind {
            TimerKind::Timeout => self.timed_out(&path),
            TimerKind::Retry => self.try_again(&path),
            TimerKind::Wake => {
                self.change(&path, |open| {
                    open.due = None;
                    if let Some(Phase::Asleep(state)) = open.phase().cloned() {
                        open.set_phase(Phase::Running(Some(state)));
                    }
                });
                let effect = self
                    .state
                    .open
                    .get(&path)
                    .and_then(|open| effect_of(&path, open));
                self.effects.extend(effect);
            }
            TimerKind::Wait => {
                self.call_ended(&path, &ActionResult::ok(Value::Null));
            }
            TimerKind::Reminder => self.remind(&path),
        }
    }

    pub(super) fn try_again(&mut self, path: &Arc<str>) {
        let Some(frame) = self.state.open.get(path).map(|open| open.frame) else {
            return;
        };
        if !self.count_execution(frame) {
            return;
        }
        let deadline = self.call_deadline(frame);
        let held = self.holds_calls_of(frame);
        self.change(path, |open| {
            open.attempt += 1;
            open.due = None;
            open.deadline = deadline.filter(|_| !held);
            // Whether the attempt before reached its goal is not always known.
            open.begun = true;
            open.set_phase(match held {
                true => Phase::Held,
                false => Phase::Running(None),
            });
        });
        if let Some(open) = self.state.open.get(path) {
            self.effects.extend(effect_of(path, open));
        }
        self.record_try_again(path);
    }

    fn timed_out(&mut self, path: &Arc<str>) {
        let Some(open) = self.state.open.get(path) else {
            return;
        };
        let (frame, attempt) = (open.frame, open.attempt);
        let limit = self
            .step(frame)
            .and_then(|(_, step)| step.timeout_ms)
            .unwrap_or(0);
        let mut error = StepError::new("timeout", format!("no end within {limit} ms"));
        error.retryable = true;
        if matches!(open.wants, Wants::Guard) {
            self.close(path, false);
            return self.guard_ended(frame, error);
        }
        if matches!(open.wants, Wants::Ask { .. }) {
            return self.nobody_answered(path);
        }
        if matches!(open.wants, Wants::Case) {
            let key = StepKey {
                path: path.to_string(),
                attempt,
            };
            self.effects.push(Effect::Abandon { key });
        }
        if open.phase().is_some() {
            let key = StepKey {
                path: path.to_string(),
                attempt,
            };
            self.effects.push(Effect::Abandon { key });
        }
        self.call_ended(path, &ActionResult::failed(error));
    }
}
