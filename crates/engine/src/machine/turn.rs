//! One turn: an input is taken in and everything that follows from it at once is done.
//!
//! Blocks and steps end by way of a queue, not by calling each other, so that the depth of a playbook
//! costs no stack. When a part of the tree is let go, what the queue holds for it goes too.

use std::{collections::VecDeque, sync::Arc};

use serde_json::{Map, Value};
use updraft_model::Timestamp;

use super::{
    Done, End, Flow,
    state::{Activation, Body, Closing, Failure, Frame, FrameId, Level, State, size_of_value},
};
use crate::{
    Effect, StepError, StepStatus,
    limits::{CALL_DEPTH_MAX, MESSAGE_CHARS_MAX, RUN_BYTES_MAX},
    plan::{OnError, Plan, Step, bind_inputs},
    records::History,
    steps::{self, Live},
};

/// What is still to be done in this turn.
pub(super) enum Work {
    /// The next step of a block.
    Advance(FrameId),
    /// A block is over.
    BlockEnded(FrameId, Result<(), Failure>),
    /// A step is over.
    StepEnded(FrameId, End),
}

impl Work {
    pub(super) fn frame(&self) -> FrameId {
        match self {
            Work::Advance(frame) | Work::BlockEnded(frame, _) | Work::StepEnded(frame, _) => *frame,
        }
    }
}

/// One turn of one run.
pub(crate) struct Turn<'a> {
    pub(super) plans: &'a [Arc<Plan>],
    pub(super) base_plans: usize,
    pub(super) state: &'a mut State,
    pub(super) history: Option<&'a mut History>,
    pub(super) now: Timestamp,
    pub(super) effects: Vec<Effect>,
    pub(super) work: VecDeque<Work>,
    /// A held block that may begin one step.
    pub(super) permit: Option<FrameId>,
}

/// The step with which a block goes on.
pub(super) struct Next<'a> {
    pub index: u32,
    pub step: &'a Step,
    pub path: Arc<str>,
    level: u32,
}

/// The path of a step in a block.
pub(super) fn step_path(block: &Arc<str>, step: &Arc<str>) -> Arc<str> {
    match block.is_empty() {
        true => Arc::clone(step),
        false => format!("{block}/{step}").into(),
    }
}

impl<'a> Turn<'a> {
    /// When the input happened.
    pub(crate) fn now(&self) -> Timestamp {
        self.now
    }
    /// A step's path.
    pub(crate) fn path(&self, frame: FrameId) -> Arc<str> {
        self.state
            .frame(frame)
            .map_or_else(|| Arc::from(""), |f| Arc::clone(&f.path))
    }
    /// A failure of this step.
    pub(crate) fn failure(&self, frame: FrameId, mut error: StepError) -> Failure {
        for text in [&mut error.message, &mut error.hint] {
            if let Some((place, _)) = text.char_indices().nth(MESSAGE_CHARS_MAX) {
                text.truncate(place);
            }
        }
        Failure {
            path: self.path(frame),
            error,
        }
    }
    pub(super) fn plan_of_level(&self, level: u32) -> Option<&'a Plan> {
        let activation = self.state.levels.get(level)?.activation;
        let plan = self.state.activations.get(activation)?.plan;
        self.plans.get(plan as usize).map(|plan| &**plan)
    }
    pub(super) fn step(&self, frame: FrameId) -> Option<(u32, &'a Step)> {
        let frame = self.state.frame(frame)?;
        let Body::Step { step, .. } = frame.body else {
            return None;
        };
        Some((step, self.plan_of_level(frame.level)?.step(step)?))
    }
    /// What a step keeps.
    pub(crate) fn set_live(&mut self, frame: FrameId, new: Live) {
        if let Some(Frame {
            body: Body::Step { live, .. },
            ..
        }) = self.state.frames.get_mut(frame.0)
        {
            *live = new;
        }
    }
    /// What a step kept; it keeps nothing until it is given back.
    pub(crate) fn take_live(&mut self, frame: FrameId) -> Live {
        match self.state.frames.get_mut(frame.0) {
            Some(Frame {
                body: Body::Step { live, .. },
                ..
            }) => std::mem::replace(live, Live::Idle),
            _ => Live::Idle,
        }
    }

    /// Begins a playbook; gives an error if its inputs do not fit.
    pub(super) fn activate(
        &mut self,
        caller: Option<FrameId>,
        plan: u32,
        inputs: &Value,
    ) -> Result<(), StepError> {
        let Some(source) = self.plans.get(plan as usize) else {
            return Ok(());
        };
        let inputs = bind_inputs(&source.inputs, inputs, source)?;
        let depth = match caller.and_then(|frame| self.state.activation_of(frame)) {
            Some(outer) => self.state.activations.get(outer).map_or(0, |a| a.depth) + 1,
            None => 0,
        };
        if depth as usize > CALL_DEPTH_MAX {
            let text = format!("playbooks call each other more than {CALL_DEPTH_MAX} deep");
            return Err(StepError::new("limit", text));
        }
        let bytes = size_of_value(&inputs).unwrap_or(RUN_BYTES_MAX);
        self.state.bytes += bytes;
        let activation = self.state.activations.insert(Activation {
            plan,
            inputs,
            vars: Value::Object(Map::new()),
            root: FrameId(u32::MAX),
            depth,
            bytes,
        });
        let level = self.level(None, activation, Vec::new());
        let path = caller.map_or_else(|| Arc::from(""), |frame| self.path(frame));
        let root = self.block_frame(caller, 0, source.root, level, path, true);
        if let Some(activation) = self.state.activations.get_mut(activation) {
            activation.root = root;
        }
        Ok(())
    }

    /// Begins the playbook that a step calls.
    pub(crate) fn call_playbook(
        &mut self,
        frame: FrameId,
        playbook: &str,
        inputs: &Value,
    ) -> Result<(), StepError> {
        let Some(plan) = (0u32..)
            .zip(self.plans)
            .find(|(_, plan)| plan.id == playbook)
        else {
            let text = format!("there is no playbook `{playbook}`");
            return Err(StepError::new("no_playbook", text));
        };
        self.activate(Some(frame), plan.0, inputs)
    }

    pub(super) fn level(
        &mut self,
        parent: Option<u32>,
        activation: u32,
        locals: Vec<(Arc<str>, Value)>,
    ) -> u32 {
        let bytes = locals
            .iter()
            .filter_map(|(_, value)| size_of_value(value))
            .sum();
        self.state.bytes += bytes;
        let results = Vec::new();
        self.state.levels.insert(Level {
            parent,
            activation,
            results,
            locals,
            bytes,
        })
    }

    /// Begins a block inside a step.
    pub(crate) fn spawn_block(&mut self, parent: FrameId, slot: u32, block: u32) {
        if let Some(frame) = self.state.frame(parent) {
            let (level, path) = (frame.level, Arc::clone(&frame.path));
            self.block_frame(Some(parent), slot, block, level, path, false);
        }
    }

    /// Begins a block inside a step, with names of its own.
    pub(crate) fn spawn_scope(
        &mut self,
        parent: FrameId,
        slot: u32,
        block: u32,
        locals: Vec<(Arc<str>, Value)>,
    ) {
        if let Some(frame) = self.state.frame(parent) {
            let path = Arc::clone(&frame.path);
            self.spawn_level(parent, slot, block, locals, path);
        }
    }

    /// Begins a loop's iteration, with names of its own.
    pub(crate) fn spawn_iteration(
        &mut self,
        parent: FrameId,
        slot: u32,
        block: u32,
        locals: Vec<(Arc<str>, Value)>,
    ) {
        let Some(frame) = self.state.frame(parent) else {
            return;
        };
        let path = format!("{}[{slot}]", frame.path);
        self.spawn_level(parent, slot, block, locals, path.into());
    }

    fn spawn_level(
        &mut self,
        parent: FrameId,
        slot: u32,
        block: u32,
        locals: Vec<(Arc<str>, Value)>,
        path: Arc<str>,
    ) {
        let Some(outer) = self.state.frame(parent).map(|frame| frame.level) else {
            return;
        };
        let Some(activation) = self.state.levels.get(outer).map(|level| level.activation) else {
            return;
        };
        let level = self.level(Some(outer), activation, locals);
        self.block_frame(Some(parent), slot, block, level, path, true);
    }

    pub(super) fn block_frame(
        &mut self,
        parent: Option<FrameId>,
        slot: u32,
        block: u32,
        level: u32,
        path: Arc<str>,
        owns_level: bool,
    ) -> FrameId {
        let body = Body::Block {
            block,
            next: 0,
            owns_level,
        };
        let id = FrameId(self.state.frames.insert(Frame {
            parent,
            slot,
            level,
            path,
            body,
        }));
        self.work.push_back(Work::Advance(id));
        id
    }

    /// Does everything that is to be done.
    pub(super) fn drain(&mut self) {
        while let Some(work) = self.work.pop_front() {
            match work {
                Work::Advance(frame) => self.advance(frame),
                Work::BlockEnded(frame, result) => self.block_ended(frame, result),
                Work::StepEnded(frame, end) => self.step_ended(frame, end),
            }
        }
    }

    pub(super) fn flow(&mut self, frame: FrameId, flow: Flow) {
        if let Flow::End(end) = flow {
            self.work.push_back(Work::StepEnded(frame, end));
        }
    }

    fn advance(&mut self, id: FrameId) {
        let Some(next) = self.next_of(id) else {
            return self.work.push_back(Work::BlockEnded(id, Ok(())));
        };
        let permitted = self.permit == Some(id);
        if self.holds_back(id, &next.path) {
            return;
        }
        let step = next.step;
        let frame = self.take_next(id, next);
        if permitted {
            self.note_let_go(frame);
        }
        self.start_step(frame, step);
    }

    /// The step with which a block goes on; none when it is over.
    pub(super) fn next_of(&self, id: FrameId) -> Option<Next<'a>> {
        let frame = self.state.frame(id)?;
        let plan = self.plan_of_level(frame.level)?;
        let Body::Block { block, next, .. } = frame.body else {
            return None;
        };
        let index = plan.block(block).get(next as usize).copied()?;
        let step = plan.step(index)?;
        Some(Next {
            index,
            step,
            path: step_path(&frame.path, &step.id),
            level: frame.level,
        })
    }

    /// The block goes on: a frame for its next step.
    pub(super) fn take_next(&mut self, id: FrameId, taken: Next<'a>) -> FrameId {
        if let Some(Frame {
            body: Body::Block { next, .. },
            ..
        }) = self.state.frames.get_mut(id.0)
        {
            *next += 1;
        }
        let body = Body::Step {
            step: taken.index,
            live: Live::Idle,
        };
        FrameId(self.state.frames.insert(Frame {
            parent: Some(id),
            slot: 0,
            level: taken.level,
            path: taken.path,
            body,
        }))
    }

    fn start_step(&mut self, frame: FrameId, step: &'a Step) {
        if !self.count_execution(frame) {
            return;
        }
        self.record_start(frame, step);
        if let Some(when) = &step.when {
            match self.holds(frame, when) {
                Ok(true) => {}
                Ok(false) => return self.flow(frame, Flow::End(End::Skipped)),
                Err(error) => {
                    let failure = self.failure(frame, error);
                    return self.flow(frame, Flow::End(End::Failed(failure)));
                }
            }
        }
        if let Some(timeout) = step.timeout_ms.filter(|_| !step.kind.times_out_by_call()) {
            self.open_guard(frame, timeout);
        }
        let flow = steps::start(self, frame, step);
        self.flow(frame, flow);
    }

    /// Counts one start or attempt; false when the run has used them up and is over.
    pub(super) fn count_execution(&mut self, frame: FrameId) -> bool {
        self.state.executions += 1;
        let limit = self.executions_max();
        if self.state.executions <= limit {
            return true;
        }
        let text = format!("a run may start {limit} steps and attempts");
        let failure = self.failure(frame, StepError::new("limit", text));
        self.fail_run(&failure);
        false
    }

    fn step_ended(&mut self, id: FrameId, end: End) {
        let (Some((index, step)), Some(frame)) = (self.step(id), self.state.frame(id)) else {
            return;
        };
        let handling = matches!(
            frame.body,
            Body::Step {
                live: Live::Handling,
                ..
            }
        );
        self.close_guard(id);
        if self.must_clean_up_first(id) {
            return self.after_cleaning(id, Closing::Step(end));
        }
        if self.skipped_midway(id, &end) {
            return;
        }
        let Some(block) = self.state.frame(id).and_then(|frame| frame.parent) else {
            return;
        };
        let next = match end {
            End::Finish(ending) => return self.finish(id, ending),
            End::Stop(message) => return self.stop(id, message),
            End::Skipped => {
                self.store(id, index, StepStatus::Skipped, Done::output(Value::Null));
                Work::Advance(block)
            }
            // The failure is on record already; its handler mended it.
            End::Done(_) if handling => Work::Advance(block),
            End::Done(done) => {
                let status = match done.all_failed {
                    true => StepStatus::Failed,
                    false => StepStatus::Succeeded,
                };
                if status == StepStatus::Succeeded {
                    self.remember_undo(id, index, step, &done.output);
                }
                self.store(id, index, status, done);
                Work::Advance(block)
            }
            End::Failed(failure) if handling => Work::BlockEnded(block, Err(failure)),
            End::Failed(failure) => {
                let mut done = Done::output(Value::Null);
                done.failure = Some(failure.clone());
                self.store(id, index, StepStatus::Failed, done);
                match step.on_error {
                    OnError::Fail => Work::BlockEnded(block, Err(failure)),
                    OnError::Continue => Work::Advance(block),
                    OnError::Do(handler) => {
                        if self.state.outcome.is_none() {
                            self.set_live(id, Live::Handling);
                            self.spawn_block(id, 0, handler);
                        }
                        return;
                    }
                }
            }
        };
        // Storing may have ended the run.
        if self.state.outcome.is_some() {
            return;
        }
        self.state.done += 1;
        self.state.frames.remove(id.0);
        self.state.control.forget(id);
        self.work.push_back(next);
    }

    fn block_ended(&mut self, id: FrameId, result: Result<(), Failure>) {
        let Some(frame) = self.state.frame(id) else {
            return;
        };
        let (parent, slot) = (frame.parent, frame.slot);
        let Some(parent) = parent else {
            return self.run_ended(id, result);
        };
        if self.state.dying.contains(&parent) || self.state.closing.contains_key(&parent) {
            self.remove_block(id);
            return self.unwound(parent);
        }
        let Some((_, step)) = self.step(parent) else {
            return;
        };
        let body = self.state.frame(parent).map(|frame| &frame.body);
        let handling = matches!(
            body,
            Some(Body::Step {
                live: Live::Handling,
                ..
            })
        );
        let result = match result {
            Ok(()) if handling => Ok(Value::Null),
            Ok(()) => self.collect(id, parent, step),
            Err(failure) => Err(failure),
        };
        self.remove_block(id);
        if handling {
            let end = match result {
                Ok(_) => End::Done(Done::output(Value::Null)),
                Err(failure) => End::Failed(failure),
            };
            return self.work.push_back(Work::StepEnded(parent, end));
        }
        let flow = steps::block_ended(self, parent, step, slot, result);
        self.flow(parent, flow);
    }
}
