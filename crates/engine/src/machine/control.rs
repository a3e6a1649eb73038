//! How people steer a run: pause, resume, step, run to, skip, retry.
//!
//! A paused run takes in the answers of what is under way and starts nothing: a block that would go on
//! is *held*, a call that would leave is *held*. So a pause needs no place of its own in the kinds of
//! steps; both doors, the next step of a block and the opening of a call, are here. A step that
//! somebody lets go while the run is paused may call, its inner steps are held in turn.
//!
//! Clocks run on during a pause: a `wait` that is over is over, a step's `timeout` strikes. Only a
//! held call's own timeout begins when it leaves.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use serde::{Deserialize, Serialize};
use serde_json::Value;
use updraft_model::{Actor, RunId};

use super::{
    End, Flow, Machine, Turn,
    ad_hoc::AdHocStep,
    calls::effect_of,
    ending::Verdict,
    state::{Body, FrameId, Open, Phase, State},
    turn::Work,
    undo::{Rolling, Undo},
};
use crate::{
    ControlOp, ControlRecord, Effect, Steered, StepKey,
    limits::{MESSAGE_CHARS_MAX, PATH_CHARS_MAX},
};

/// What people changed about a run's course. A run that nobody steers and that has nothing to take
/// back keeps nothing here, and its snapshot does not show it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Control {
    /// Who paused it, in words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub paused: Option<String>,
    /// Blocks whose next step waits for the end of the pause.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub held: BTreeSet<FrameId>,
    /// Steps that may call although the run is paused.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub let_go: BTreeSet<FrameId>,
    /// Before this step the run pauses; and for whom.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stop_at: Option<(String, String)>,
    /// The step from which a run is done again: held until the run is resumed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub again_from: Option<String>,
    /// What succeeded and can be taken back, oldest first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub undo: Vec<Undo>,
    /// The inputs of steps under way that can be taken back.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub inputs: BTreeMap<FrameId, Arc<Value>>,
    /// The rollback of the whole run that is under way.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rolling: Option<Rolling>,
    /// The run whose effects this one takes back.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rolls_back: Option<RunId>,
    /// Steps that people added, in order.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub ad_hoc: Vec<AdHocStep>,
    /// Added steps under way.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub ad_hoc_roots: BTreeSet<FrameId>,
    /// How the playbook ended while added steps are still under way.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ending: Option<Verdict>,
}

impl Control {
    /// True when there is nothing to keep.
    pub(super) fn is_idle(&self) -> bool {
        *self == Self::default()
    }
    /// A frame is gone; its number will be used again.
    pub(super) fn forget(&mut self, frame: FrameId) {
        self.held.remove(&frame);
        self.let_go.remove(&frame);
        self.inputs.remove(&frame);
        self.ad_hoc_roots.remove(&frame);
    }
    /// The run is over: what was done, and can still be taken back, stays known.
    pub(super) fn ended(&mut self) {
        if let Some(rolling) = self.rolling.take() {
            self.give_back(rolling);
        }
        *self = Self {
            undo: std::mem::take(&mut self.undo),
            ad_hoc: std::mem::take(&mut self.ad_hoc),
            rolls_back: self.rolls_back,
            ..Self::default()
        };
    }
}

impl Machine {
    /// Who paused the run, if it is paused.
    pub fn paused_by(&self) -> Option<&str> {
        self.state.control.paused.as_deref()
    }

    /// The paths of the steps that would start if the run were resumed.
    pub fn held_steps(&self) -> Vec<String> {
        let control = &self.state.control;
        let steps = control
            .held
            .iter()
            .filter_map(|block| self.next_path(*block));
        let calls = self.state.open.iter().filter(|(_, open)| open.is_held());
        steps
            .chain(calls.map(|(path, _)| path.to_string()))
            .collect()
    }

    pub(super) fn control_fits(&self, op: &ControlOp) -> bool {
        let control = &self.state.control;
        let place = |path: &String| !path.is_empty() && path.chars().count() <= PATH_CHARS_MAX;
        match op {
            ControlOp::Pause => control.paused.is_none(),
            ControlOp::Resume => control.paused.is_some() || control.again_from.is_some(),
            ControlOp::Step => control.paused.is_some() && !self.held_steps().is_empty(),
            ControlOp::RunTo { path } => place(path),
            ControlOp::Skip { path, reason } => {
                let said = !reason.trim().is_empty() && reason.chars().count() <= MESSAGE_CHARS_MAX;
                said && (self.state.step_at(path).is_some() || self.held_at(path).is_some())
            }
            ControlOp::Retry { path } => self
                .state
                .open
                .iter()
                .any(|(at, open)| self.state.repeats(path, at, open)),
            ControlOp::Rollback => control.rolling.is_none() && self.state.can_roll_back(),
        }
    }

    fn held_at(&self, path: &str) -> Option<FrameId> {
        let mut held = self.state.control.held.iter().copied();
        held.find(|block| self.next_path(*block).as_deref() == Some(path))
    }

    /// The path of the step with which a block would go on.
    fn next_path(&self, block: FrameId) -> Option<String> {
        let frame = self.state.frame(block)?;
        let Body::Block { block, next, .. } = frame.body else {
            return None;
        };
        let activation = self.state.levels.get(frame.level)?.activation;
        let plan = self
            .plans
            .get(self.state.activations.get(activation)?.plan as usize)?;
        let step = plan.step(*plan.block(block).get(next as usize)?)?;
        Some(super::turn::step_path(&frame.path, &step.id).to_string())
    }
}

impl State {
    /// The step under way at this path.
    fn step_at(&self, path: &str) -> Option<FrameId> {
        let mut all = self.frames.ids().map(FrameId);
        all.find(|id| {
            let frame = self.frame(*id);
            frame.is_some_and(|f| *f.path == *path && matches!(f.body, Body::Step { .. }))
        })
    }

    /// True for a call that a retry of `wanted` concerns: the step's, or one of its targets'.
    fn repeats(&self, wanted: &str, at: &str, open: &Open) -> bool {
        let of_step = || {
            let frame = self.frame(open.frame);
            frame.is_some_and(|frame| *frame.path == *wanted)
        };
        let called = open.phase().is_some_and(|phase| *phase != Phase::Held);
        called && (at == wanted || of_step())
    }
}

impl Open {
    /// True for a call that waits for the end of a pause.
    pub(super) fn is_held(&self) -> bool {
        matches!(self.phase(), Some(Phase::Held))
    }
}

impl Turn<'_> {
    pub(super) fn on_control(&mut self, op: &ControlOp, by: &Actor) {
        self.record_control(op, by);
        match op {
            ControlOp::Pause => self.state.control.paused = Some(by.label()),
            ControlOp::Resume => self.resume(),
            ControlOp::Step => self.single_step(),
            ControlOp::RunTo { path } => {
                self.state.control.stop_at = Some((path.clone(), by.label()));
                self.resume();
            }
            ControlOp::Skip { path, .. } => self.skip(path, op, by),
            ControlOp::Retry { path } => self.retry(path, op, by),
            ControlOp::Rollback => self.roll_back_run(&by.label()),
        }
    }

    fn record_control(&mut self, op: &ControlOp, by: &Actor) {
        let at = self.now;
        if let Some(history) = self.history.as_deref_mut() {
            history.control(ControlRecord {
                op: op.clone(),
                by: by.clone(),
                at,
            });
        }
    }

    /// Whether the block must wait before this step. `permit` lets one step of it pass.
    pub(super) fn holds_back(&mut self, block: FrameId, path: &str) -> bool {
        if self.permit.take_if(|permit| *permit == block).is_some() {
            return false;
        }
        let control = &mut self.state.control;
        if let Some((wanted, by)) = &control.stop_at
            && same_place(path, wanted)
        {
            control.paused = Some(by.clone());
            control.stop_at = None;
        }
        let again = control.again_from.as_deref() == Some(path);
        if control.paused.is_some() || again {
            control.held.insert(block);
            return true;
        }
        false
    }

    /// Whether a call of this step must wait.
    pub(super) fn holds_calls_of(&self, frame: FrameId) -> bool {
        let control = &self.state.control;
        control.paused.is_some() && !control.let_go.contains(&frame)
    }

    fn resume(&mut self) {
        let control = &mut self.state.control;
        control.paused = None;
        control.let_go.clear();
        let held = std::mem::take(&mut control.held);
        let again = control.again_from.take().is_some();
        self.work.extend(held.into_iter().map(Work::Advance));
        if again {
            self.renew_deadlines();
        }
        let calls: Vec<Arc<str>> = self.held_calls().collect();
        for path in calls {
            self.release(&path);
        }
    }

    fn held_calls(&self) -> impl Iterator<Item = Arc<str>> {
        let held = self.state.open.iter().filter(|(_, open)| open.is_held());
        held.map(|(path, _)| Arc::clone(path))
    }

    fn release(&mut self, path: &Arc<str>) {
        let Some(frame) = self.state.open.get(path).map(|open| open.frame) else {
            return;
        };
        let deadline = self.call_deadline(frame);
        self.change(path, |open| {
            open.deadline = deadline;
            open.set_phase(Phase::Running(None));
        });
        let effect = self
            .state
            .open
            .get(path)
            .and_then(|open| effect_of(path, open));
        self.effects.extend(effect);
    }

    /// What was bounded at the time of the recorded run is bounded from now on.
    fn renew_deadlines(&mut self) {
        let bounded = self
            .state
            .open
            .iter()
            .filter(|(_, open)| open.deadline.is_some());
        let paths: Vec<Arc<str>> = bounded.map(|(path, _)| Arc::clone(path)).collect();
        for path in paths {
            let frame = self.state.open.get(&path).map(|open| open.frame);
            let deadline = frame.and_then(|frame| self.call_deadline(frame));
            self.change(&path, |open| open.deadline = deadline);
        }
    }

    fn single_step(&mut self) {
        let held = self.state.control.held.pop_first();
        if let Some(block) = held {
            self.permit = Some(block);
            self.work.push_back(Work::Advance(block));
            return;
        }
        let first = self.held_calls().next();
        if let Some(path) = first {
            if let Some(open) = self.state.open.get(&path) {
                self.state.control.let_go.insert(open.frame);
            }
            self.release(&path);
        }
    }

    /// A step that was let go while the run is paused may call.
    pub(super) fn note_let_go(&mut self, frame: FrameId) {
        if self.state.control.paused.is_some() {
            self.state.control.let_go.insert(frame);
        }
    }

    fn skip(&mut self, path: &str, op: &ControlOp, by: &Actor) {
        let frame = match self.state.step_at(path) {
            Some(frame) => frame,
            None => match self.begin_to_skip(path) {
                Some(frame) => frame,
                None => return,
            },
        };
        self.drop_children(frame);
        self.close_calls_of(frame);
        self.work.retain(|work| work.frame() != frame);
        self.record_steered(path, op, by);
        self.flow(frame, Flow::End(End::Skipped));
    }

    /// The step with which a held block would go on is begun only to be skipped.
    fn begin_to_skip(&mut self, path: &str) -> Option<FrameId> {
        let held: Vec<FrameId> = self.state.control.held.iter().copied().collect();
        for block in held {
            let Some(next) = self.next_of(block).filter(|next| *next.path == *path) else {
                continue;
            };
            self.state.control.held.remove(&block);
            let step = next.step;
            let frame = self.take_next(block, next);
            if !self.count_execution(frame) {
                return None;
            }
            self.record_start(frame, step);
            return Some(frame);
        }
        None
    }

    fn close_calls_of(&mut self, frame: FrameId) {
        let own = self
            .state
            .open
            .iter()
            .filter(|(_, open)| open.frame == frame);
        let paths: Vec<Arc<str>> = own.map(|(path, _)| Arc::clone(path)).collect();
        for path in paths {
            self.close(&path, true);
        }
    }

    /// Another attempt at once: of a call that waits to be repeated, or in place of one under way.
    fn retry(&mut self, wanted: &str, op: &ControlOp, by: &Actor) {
        let open = self.state.open.iter();
        let found = open.filter(|(path, open)| self.state.repeats(wanted, path, open));
        let paths: Vec<Arc<str>> = found.map(|(path, _)| Arc::clone(path)).collect();
        for path in paths {
            let Some(open) = self.state.open.get(&path) else {
                continue;
            };
            let (frame, attempt) = (open.frame, open.attempt);
            if matches!(open.phase(), Some(Phase::Running(_) | Phase::Asleep(_))) {
                self.effects.push(Effect::Abandon {
                    key: StepKey {
                        path: path.to_string(),
                        attempt,
                    },
                });
            }
            // Who asks for another attempt while the run is paused wants it made.
            self.note_let_go(frame);
            self.record_given_up(&path, attempt);
            self.try_again(&path);
        }
        self.record_steered(wanted, op, by);
    }

    fn record_steered(&mut self, path: &str, op: &ControlOp, by: &Actor) {
        let at = self.now;
        let Some(history) = self.history.as_deref_mut() else {
            return;
        };
        let (what, reason) = match op {
            ControlOp::Skip { reason, .. } => ("skip", reason.clone()),
            _ => ("retry", String::new()),
        };
        history.steered(
            path,
            Steered {
                what: what.to_owned(),
                reason,
                by: by.clone(),
                at,
            },
        );
    }
}

/// True when a step's path is the wanted one, or is it in whatever iteration.
fn same_place(path: &str, wanted: &str) -> bool {
    if path == wanted {
        return true;
    }
    if wanted.contains('[') {
        return false;
    }
    let mut rest = path;
    let mut want = wanted;
    while let Some((before, after)) = rest.split_once('[') {
        let Some(left) = want.strip_prefix(before) else {
            return false;
        };
        let Some((_, after)) = after.split_once(']') else {
            return false;
        };
        (rest, want) = (after, left);
    }
    rest == want
}

#[cfg(test)]
mod tests {
    use super::same_place;

    #[test]
    fn a_place_is_meant_in_every_iteration_unless_one_is_named() {
        assert!(same_place("each[3]/ask", "each/ask"));
        assert!(same_place("each[3]/inner[0]/ask", "each/inner/ask"));
        assert!(same_place("each[3]/ask", "each[3]/ask"));
        assert!(!same_place("each[3]/ask", "each[4]/ask"));
        assert!(!same_place("each[3]/ask", "each/ask2"));
        assert!(!same_place("each[3", "each"));
        assert!(same_place("ask", "ask"));
    }
}
