//! Taking back what a run did: the ledger of what succeeded, and a rollback through it.
//!
//! A step with an `undo` block enters the ledger when it succeeds, with what it was given and what it
//! gave. A rollback walks the ledger from its end: one entry after the other, each as a block beside the
//! playbook that sees `undo` (`path`, `input`, `output`) and the playbook's inputs. What was taken back
//! leaves the ledger; what could not be taken back stays in it, is reported, and stops nothing.
//!
//! The same walk serves a `rollback` step, a person's wish while the run is under way, and a run that
//! only takes back what an earlier one did. The latter is a run of its own because the earlier run's
//! journal is closed and proven by its digest. It uses the idempotency keys of the earlier run, so
//! that two rollbacks of one run do nothing twice.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use updraft_model::RunId;

use super::{
    Machine, Turn,
    control::Control,
    state::{Body, Failure, FrameId, State, size_of_value},
};
use crate::{
    RunOutcome, StepError,
    limits::{RUN_BYTES_MAX, UNDO_MAX},
    plan::Step,
};

/// Between a step's path and those of the steps that take it back.
const MARK: &str = "~undo";

/// A step that succeeded and can be taken back.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Undo {
    /// The step's path.
    pub path: String,
    /// What it was given.
    pub input: Value,
    /// What it gave.
    pub output: Value,
    /// The inputs of its playbook.
    pub inputs: Value,
    /// Which of the run's playbooks it belongs to.
    pub(super) plan: u32,
    /// Its number there.
    pub(super) step: u32,
    /// How often it was tried to take it back.
    #[serde(default)]
    pub(super) tries: u32,
}

impl Undo {
    /// The path of the taking back; the second try has another than the first.
    fn walk(&self) -> String {
        match self.tries {
            0 | 1 => format!("{}{MARK}", self.path),
            more => format!("{}{MARK}{more}", self.path),
        }
    }
}

/// True for the path of the taking back of a step.
pub(super) fn is_walk(path: &str) -> bool {
    let tail = path.rsplit_once(MARK).map(|(_, tail)| tail);
    tail.is_some_and(|tail| tail.bytes().all(|b| b.is_ascii_digit()))
}

/// A walk through the ledger.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Rolling {
    /// What is still to be taken back, the next one last.
    left: Vec<Undo>,
    /// What is being taken back.
    now: Option<Undo>,
    done: Vec<String>,
    failed: Vec<(String, StepError)>,
    /// For whom; empty for a step of the playbook.
    by: String,
}

impl Rolling {
    /// What came of it.
    pub(crate) fn output(&self) -> Value {
        let failed = self.failed.iter();
        let failed: Vec<Value> = failed
            .map(|(step, error)| {
                json!({"step": step, "error": {"code": error.code, "message": error.message}})
            })
            .collect();
        json!({"undone": self.done, "failed": failed})
    }
    /// What could not be taken back, as one error.
    pub(crate) fn error(&self) -> Option<StepError> {
        let (step, first) = self.failed.first()?;
        let more = match self.failed.len() {
            1 => String::new(),
            all => format!(" and {} more", all - 1),
        };
        let text = format!("could not be taken back: {step} ({first}){more}");
        Some(StepError::new("undo", text).hint(
            "look at the steps of the rollback; take back by hand what is left, or roll back again",
        ))
    }
}

impl Control {
    /// A walk that nobody waits for any more: what is left can still be taken back.
    pub(super) fn give_back(&mut self, rolling: Rolling) {
        let mut back = rolling.left;
        back.extend(rolling.now);
        back.append(&mut self.undo);
        self.undo = back;
    }
}

impl State {
    /// True when something can be taken back, or a `rollback` step is at it.
    pub(super) fn can_roll_back(&self) -> bool {
        let mut frames = self.frames.ids().filter_map(|id| self.frames.get(id));
        !self.control.undo.is_empty()
            || frames.any(|frame| {
                matches!(
                    &frame.body,
                    Body::Step {
                        live: crate::steps::Live::Rollback(_),
                        ..
                    }
                )
            })
    }
}

impl Machine {
    /// What succeeded and can be taken back, oldest first. It outlives the end of the run.
    pub fn undoable(&self) -> &[Undo] {
        &self.state.control.undo
    }
}

impl Turn<'_> {
    /// A step with an undo block was given this.
    pub(super) fn remember_input(&mut self, frame: FrameId, input: &Arc<Value>) {
        if self
            .step(frame)
            .is_some_and(|(_, step)| step.undo.is_some())
        {
            let inputs = &mut self.state.control.inputs;
            inputs.insert(frame, Arc::clone(input));
        }
    }

    /// A step with an undo block succeeded.
    pub(super) fn remember_undo(
        &mut self,
        frame: FrameId,
        index: u32,
        step: &Step,
        output: &Value,
    ) {
        if step.undo.is_none() {
            return;
        }
        // Where nobody was asked, nothing was done: taking it back would be a deed of its own.
        if step.kind.asked_nobody(output) {
            self.state.control.inputs.remove(&frame);
            return;
        }
        let given = self.state.control.inputs.remove(&frame);
        let activation = self.state.activation_of(frame);
        let Some(activation) = activation.and_then(|a| self.state.activations.get(a)) else {
            return;
        };
        let undo = Undo {
            path: self.path(frame).to_string(),
            input: given.map_or(Value::Null, Arc::unwrap_or_clone),
            output: output.clone(),
            inputs: activation.inputs.clone(),
            plan: activation.plan,
            step: index,
            tries: 0,
        };
        let size = |value| size_of_value(value).unwrap_or(RUN_BYTES_MAX);
        let bytes = size(&undo.input) + size(&undo.output) + size(&undo.inputs);
        let full = self.state.control.undo.len() >= UNDO_MAX;
        if full || self.state.bytes.saturating_add(bytes) > RUN_BYTES_MAX {
            // A step that cannot be taken back must not pass for one that can.
            let text = format!(
                "a run remembers {UNDO_MAX} steps that can be taken back, and {RUN_BYTES_MAX} bytes in all"
            );
            let failure = self.failure(frame, StepError::new("limit", text));
            return self.fail_run(&failure);
        }
        self.state.bytes += bytes;
        self.state.control.undo.push(undo);
    }

    /// Takes entries out of the ledger for a walk: those of the playbook around `frame`, and of what
    /// it called; only the steps with these ids, if any are named.
    pub(crate) fn take_undo(&mut self, frame: FrameId, of: Option<&[String]>) -> Rolling {
        let root = self.state.activation_of(frame);
        let root = root.and_then(|a| self.state.activations.get(a).map(|a| a.root));
        let base = root.map_or_else(|| Arc::from(""), |root| self.path(root));
        let inside = |path: &str| {
            base.is_empty()
                || path
                    .strip_prefix(&*base)
                    .is_some_and(|rest| rest.starts_with('/'))
        };
        let own = root.and_then(|root| self.state.activation_of(root));
        let own = own.and_then(|a| self.state.activations.get(a).map(|a| a.plan));
        let named = |undo: &Undo| {
            let id = undo.path.rsplit('/').next().unwrap_or(&undo.path);
            let here = |of: &[String]| Some(undo.plan) == own && of.iter().any(|of| of == id);
            of.is_none_or(here)
        };
        let ledger = std::mem::take(&mut self.state.control.undo);
        let (left, kept) = ledger
            .into_iter()
            .partition(|undo| inside(&undo.path) && named(undo));
        self.state.control.undo = kept;
        rolling(left, String::new())
    }

    /// Begins to take back the next entry; false when none is left.
    pub(crate) fn next_undo(&mut self, parent: Option<FrameId>, rolling: &mut Rolling) -> bool {
        while let Some(mut undo) = rolling.left.pop() {
            let step = self.plans.get(undo.plan as usize);
            let block = step.and_then(|plan| plan.step(undo.step)?.undo);
            let Some(block) = block else {
                let error = StepError::new("undo", "the playbook does not say how");
                rolling.failed.push((undo.path.clone(), error));
                self.keep_undo(undo);
                continue;
            };
            undo.tries += 1;
            let path: Arc<str> = undo.walk().into();
            let seen = json!({"path": undo.path, "input": undo.input, "output": undo.output});
            let locals = vec![(Arc::from("undo"), seen)];
            self.record_undo(&path, parent, &undo.path);
            self.begin_beside(
                parent,
                0,
                (undo.plan, block),
                undo.inputs.clone(),
                locals,
                path,
            );
            rolling.now = Some(undo);
            return true;
        }
        false
    }

    /// An entry was taken back, or was not.
    pub(crate) fn undo_done(&mut self, rolling: &mut Rolling, result: Result<(), &Failure>) {
        let Some(undo) = rolling.now.take() else {
            return;
        };
        self.record_undo_end(&undo.walk(), result.err());
        match result {
            Ok(()) => rolling.done.push(undo.path),
            Err(failure) => {
                rolling
                    .failed
                    .push((undo.path.clone(), failure.error.clone()));
                self.keep_undo(undo);
            }
        }
    }

    /// What was not taken back stays in the ledger, in its order.
    fn keep_undo(&mut self, undo: Undo) {
        self.state.control.undo.insert(0, undo);
    }

    /// A person's wish: everything under way is let go, everything that succeeded is taken back.
    pub(super) fn roll_back_run(&mut self, by: &str) {
        let all: Vec<FrameId> = self.state.frames.ids().map(FrameId).collect();
        self.drop_frames(&all);
        self.work.clear();
        self.state.signals.clear();
        let control = &mut self.state.control;
        control.ended();
        let ledger = std::mem::take(&mut control.undo);
        control.rolling = Some(rolling(ledger, by.to_owned()));
        self.roll_on();
    }

    /// A run that takes back what another did.
    pub(super) fn roll_back_other(&mut self, of: RunId, undo: &[Undo], by: &str) {
        self.state.control.rolls_back = Some(of);
        self.state.control.rolling = Some(rolling(undo.to_vec(), by.to_owned()));
        self.roll_on();
    }

    fn roll_on(&mut self) {
        let Some(mut rolling) = self.state.control.rolling.take() else {
            return;
        };
        if self.next_undo(None, &mut rolling) {
            self.state.control.rolling = Some(rolling);
            return;
        }
        let (done, failed) = (rolling.done.len(), rolling.failed.len());
        let mut message = format!("rolled back by {}: {done} taken back", rolling.by);
        if let Some(error) = rolling.error() {
            message = format!("{message}, {failed} left: {}", error.message);
        }
        let own = self.state.control.rolls_back.is_none();
        let outcome = match (own, failed) {
            (true, _) => RunOutcome::Cancelled,
            (false, 0) => RunOutcome::Succeeded,
            (false, _) => RunOutcome::Failed,
        };
        self.finish_run(outcome, message, rolling.output());
    }

    /// True when the block was part of a rollback of the run: its end is not the run's.
    pub(super) fn undo_ended(&mut self, root: FrameId, result: &Result<(), Failure>) -> bool {
        let Some(mut rolling) = self.state.control.rolling.take() else {
            return false;
        };
        self.remove_block(root);
        self.undo_done(&mut rolling, result.as_ref().copied());
        self.state.control.rolling = Some(rolling);
        self.roll_on();
        true
    }

    /// The run for which a call's key stands, and the call's path in it. Another try at taking the same
    /// step back is the same deed.
    pub(super) fn key_of_call(&self, path: &str) -> String {
        let run = self.state.control.rolls_back.or(self.state.run);
        let path = match path.split_once(MARK) {
            Some((before, after)) => {
                let after = after.trim_start_matches(|c: char| c.is_ascii_digit());
                format!("{before}{MARK}{after}")
            }
            None => path.to_owned(),
        };
        match run {
            Some(run) => format!("{run}:{path}"),
            None => path,
        }
    }

    /// Walks of `rollback` steps among these frames that are about to be let go.
    pub(super) fn save_rollings(&mut self, doomed: &[FrameId]) {
        for id in doomed {
            let Some(frame) = self.state.frame(*id) else {
                continue;
            };
            if matches!(
                &frame.body,
                Body::Step {
                    live: crate::steps::Live::Rollback(_),
                    ..
                }
            ) && let crate::steps::Live::Rollback(rolling) = self.take_live(*id)
            {
                self.state.control.give_back(*rolling);
            }
        }
    }
}

fn rolling(left: Vec<Undo>, by: String) -> Rolling {
    Rolling {
        left,
        now: None,
        done: Vec::new(),
        failed: Vec::new(),
        by,
    }
}
