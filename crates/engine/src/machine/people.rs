//! Waiting for what others do: questions to people, signals, conditions on the case, rounds.

use std::sync::Arc;

use serde_json::Value;
use updraft_model::{Actor, Timestamp};

use super::{
    Machine, Turn,
    state::{Approval, FrameId, Open, Wants, size_of_value},
};
use crate::{
    ActionResult, AskKind, Effect, StepError, StepKey,
    limits::{RUN_BYTES_MAX, SIGNALS_MAX},
    steps::{self, Flow, Told},
};

/// The signal that ends questions with `break_out: true`.
const BREAK_OUT: &str = "break_out";

impl Machine {
    /// Whether an answer would be taken: its step asks, and it fits what is asked.
    ///
    /// # Errors
    /// `not_asked` when nobody waits for it, `answered` when this person approved already,
    /// `invalid_answer` with what is wrong with it otherwise.
    pub fn check_answer(&self, key: &StepKey, by: &Actor, answer: &Value) -> Result<(), StepError> {
        let gone = || {
            StepError::new("not_asked", "nobody waits for this answer any more")
                .hint("the question was answered, its deadline passed, or the run went on")
        };
        let open = self.open_at(key).ok_or_else(gone)?;
        let Wants::Ask {
            kind,
            request,
            approved,
            ..
        } = &open.wants
        else {
            return Err(gone());
        };
        if approved.iter().any(|known| known.by == *by) {
            let text = "this person approved already";
            return Err(StepError::new("answered", text).hint("somebody else must approve, too"));
        }
        steps::check_answer(*kind, request, answer)
    }

    /// What a step asks of people, if it does.
    pub fn question(&self, key: &StepKey) -> Option<(AskKind, Arc<Value>)> {
        match &self.open_at(key)?.wants {
            Wants::Ask { kind, request, .. } => Some((*kind, Arc::clone(request))),
            _ => None,
        }
    }
}

impl Turn<'_> {
    /// Waits until a moment between two rounds of a loop; known by the path of the round to come.
    pub(crate) fn open_round(&mut self, frame: FrameId, round: u32, until: Timestamp) {
        let mut open = Open::new(frame, round, Wants::Pause);
        open.due = Some(until);
        let path = format!("{}[{round}]", self.path(frame));
        self.open(path.into(), open);
    }

    /// Waits for a condition on the case.
    pub(crate) fn open_case(&mut self, frame: FrameId, timeout: Option<i64>) {
        let mut open = Open::new(frame, 0, Wants::Case);
        open.deadline = timeout.map(|millis| self.now.plus_millis(millis));
        self.open(self.path(frame), open);
    }

    pub(super) fn on_signal(&mut self, name: &str, payload: &Value) {
        let waiting = |wants: &Wants| matches!(wants, Wants::Signal { name: n } if n == name);
        let paths: Vec<Arc<str>> = self
            .state
            .open
            .iter()
            .filter(|(_, open)| waiting(&open.wants))
            .map(|(path, _)| Arc::clone(path))
            .collect();
        let broke_out = name == BREAK_OUT && self.break_out(payload);
        if paths.is_empty() && !broke_out {
            let room = self.state.signals.len() < SIGNALS_MAX;
            if room || self.state.signals.contains_key(name) {
                self.state.signals.insert(name.to_owned(), payload.clone());
            }
            return;
        }
        for path in paths {
            self.call_ended(&path, &ActionResult::ok(payload.clone()));
        }
    }

    /// Asks people.
    pub(crate) fn open_ask(
        &mut self,
        frame: FrameId,
        kind: AskKind,
        request: Value,
        timeout: Option<i64>,
        mut reminders: Vec<Timestamp>,
    ) {
        let request = Arc::new(request);
        self.record_input(frame, &request);
        self.record_waiting(frame);
        let deadline = timeout.map(|millis| self.now.plus_millis(millis));
        reminders.retain(|at| *at > self.now && deadline.is_none_or(|deadline| *at < deadline));
        let first = (!reminders.is_empty()).then(|| reminders.remove(0));
        let wants = Wants::Ask {
            kind,
            request,
            reminders,
            reminded: 0,
            approved: Vec::new(),
        };
        let mut open = Open::new(frame, 0, wants);
        open.deadline = deadline;
        open.due = first;
        self.open(self.path(frame), open);
    }

    pub(super) fn remind(&mut self, path: &Arc<str>) {
        let mut effect = None;
        self.change(path, |open| {
            let attempt = open.attempt;
            if let Wants::Ask {
                reminders,
                reminded,
                ..
            } = &mut open.wants
            {
                *reminded += 1;
                open.due = (!reminders.is_empty()).then(|| reminders.remove(0));
                let key = StepKey {
                    path: path.to_string(),
                    attempt,
                };
                effect = Some(Effect::Remind {
                    key,
                    number: *reminded,
                });
            }
        });
        self.effects.extend(effect);
    }

    pub(super) fn on_answered(&mut self, key: &StepKey, by: &Actor, answer: &Value) {
        let Some(path) = self.known(&key.path) else {
            return;
        };
        let note = answer.get("note").and_then(Value::as_str).unwrap_or("");
        let yes = answer.get("approved") == Some(&Value::Bool(true));
        let mut told = Told {
            by: vec![by.label()],
            note: note.to_owned(),
            ..Told::default()
        };
        let mut enough = true;
        self.change(&path, |open| {
            if let Wants::Ask {
                kind: AskKind::Approve,
                request,
                approved,
                ..
            } = &mut open.wants
                && yes
            {
                approved.push(Approval {
                    by: by.clone(),
                    note: note.to_owned(),
                });
                let needs = request.get("needs").and_then(Value::as_u64).unwrap_or(1);
                enough = approved.len() as u64 >= needs;
                told.by = approved.iter().map(|known| known.by.label()).collect();
                let notes = approved.iter().map(|known| known.note.as_str());
                let notes: Vec<&str> = notes.filter(|note| !note.is_empty()).collect();
                told.note = notes.join("\n");
            }
        });
        if enough {
            self.told(&path, Some(answer), told, false);
        }
    }

    /// A question is over; `abandon` tells the host, who did not end it.
    fn told(&mut self, path: &Arc<str>, answer: Option<&Value>, told: Told, abandon: bool) {
        let Some(open) = self.close(path, abandon) else {
            return;
        };
        if let Wants::Ask { kind, request, .. } = &open.wants {
            let flow = steps::told(self, open.frame, *kind, request, answer, told);
            self.flow(open.frame, flow);
        }
    }

    /// The deadline has passed: the default is the answer.
    pub(super) fn nobody_answered(&mut self, path: &Arc<str>) {
        let told = Told {
            defaulted: true,
            ..Told::default()
        };
        self.told(path, None, told, true);
    }

    /// Ends the questions that allow it, all or the one of `payload.step`; true if there was one.
    fn break_out(&mut self, payload: &Value) -> bool {
        let step = payload.get("step").and_then(Value::as_str);
        let note = payload.get("note").and_then(Value::as_str).unwrap_or("");
        let allows = |open: &Open| match &open.wants {
            Wants::Ask { request, .. } => request.get("break_out") == Some(&Value::Bool(true)),
            _ => false,
        };
        let named = |path: &str| {
            step.is_none_or(|step| step == path || path.rsplit('/').next() == Some(step))
        };
        let open = self.state.open.iter();
        let paths: Vec<Arc<str>> = open
            .filter(|(path, open)| allows(open) && named(path))
            .map(|(path, _)| Arc::clone(path))
            .collect();
        for path in &paths {
            let told = Told {
                broke_out: true,
                note: note.to_owned(),
                ..Told::default()
            };
            self.told(path, None, told, true);
        }
        !paths.is_empty()
    }

    /// The case is another one now; the steps that wait for it look again.
    pub(super) fn on_case_changed(&mut self, context: &Value) {
        let (Value::Object(new), Value::Object(known)) = (context, &mut self.state.context) else {
            return;
        };
        let before = size_of_value(&Value::Object(known.clone())).unwrap_or(0);
        for (name, value) in new {
            known.insert(name.clone(), value.clone());
        }
        let after = size_of_value(&self.state.context).unwrap_or(RUN_BYTES_MAX);
        self.state.bytes = (self.state.bytes + after).saturating_sub(before);
        let open = self.state.open.iter();
        let waiting: Vec<(Arc<str>, FrameId)> = open
            .filter(|(_, open)| matches!(open.wants, Wants::Case))
            .map(|(path, open)| (Arc::clone(path), open.frame))
            .collect();
        for (path, frame) in waiting {
            let Some((_, step)) = self.step(frame) else {
                continue;
            };
            match steps::case_holds(self, frame, step) {
                Ok(false) => {}
                Ok(true) => {
                    self.close(&path, true);
                    let result = ActionResult::ok(Value::Null);
                    let flow = steps::answered(self, frame, step, 0, &result);
                    self.flow(frame, flow);
                }
                Err(error) => {
                    self.close(&path, true);
                    let failure = self.failure(frame, error);
                    self.flow(frame, Flow::End(super::End::Failed(failure)));
                }
            }
        }
    }

    /// Tells the outside, and the steps of this run that wait for it now.
    pub(crate) fn emit(&mut self, frame: FrameId, event: &str, payload: Value) {
        let key = StepKey {
            path: self.path(frame).to_string(),
            attempt: 1,
        };
        let waiting = |open: &Open| matches!(&open.wants, Wants::Signal { name } if name == event);
        let open = self.state.open.iter();
        let paths: Vec<Arc<str>> = open
            .filter(|(_, open)| waiting(open))
            .map(|(path, _)| Arc::clone(path))
            .collect();
        for path in paths {
            self.call_ended(&path, &ActionResult::ok(payload.clone()));
        }
        self.effects.push(Effect::Emit {
            key,
            event: event.to_owned(),
            payload: Arc::new(payload),
        });
    }
}
