//! The kinds of steps: one file each, with the kind's shape in YAML, its check and its movement.
//!
//! A kind takes part in a run at three doors: it is started; a block inside it ended; a call that it
//! opened was answered. At each it says [`Flow::Wait`] or how the step ends. A new kind is a new file
//! and an arm in each function here; the compiler names the places.

mod action;
mod approve;
mod ask;
mod bot;
mod call;
mod emit;
mod fail;
mod fan_out;
mod finish;
mod for_each;
mod form;
mod loop_until;
mod manual;
mod parallel;
mod people;
mod request;
mod retry;
mod rollback;
mod set;
mod stop;
mod switch;
mod try_catch;
mod wait;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{
    ActionResult, StepError, Target,
    machine::{End, Failure, FrameId, Turn},
    plan::{Bound, Fields, Parser, Step},
};

pub(crate) use crate::machine::Flow;
pub(crate) use fan_out::error_of;
pub(crate) use form::TYPES as FIELD_TYPES;
pub use form::{FieldFault, form_faults};
pub(crate) use people::{Told, check_answer, told};
pub use request::HOST_NOUNS;
pub(crate) use request::Text;
pub(crate) use retry::Retry;
pub(crate) use switch::Case;
pub(crate) use try_catch::{clean_up, part_failed};
pub(crate) use wait::Wait;

/// How a kind is recognised and what else it may say.
pub(crate) struct KindKey {
    /// The field that makes a step one of this kind.
    pub name: &'static str,
    /// The fields that go with it.
    pub fields: &'static [&'static str],
    /// True when it may wait, so that a timeout has a meaning.
    pub takes_time: bool,
}

/// All kinds.
pub(crate) const KIND_KEYS: &[KindKey] = &[
    action::KEY,
    fan_out::KEY,
    for_each::KEY,
    parallel::KEY,
    switch::KEY,
    wait::KEY,
    set::KEY,
    call::KEY,
    rollback::KEY,
    finish::KEY,
    loop_until::KEY,
    try_catch::KEY,
    manual::KEY,
    ask::KEY,
    approve::KEY,
    bot::KEY,
    emit::KEY,
    fail::KEY,
    stop::KEY,
];

/// What a step does.
#[derive(Debug, Clone)]
pub(crate) enum Kind {
    /// One action of one connection, or of the host.
    Action(action::Action),
    /// A capability of every connection that has it.
    FanOut(fan_out::FanOut),
    /// Steps for each item of a list.
    ForEach(for_each::ForEach),
    /// Branches at the same time.
    Parallel(parallel::Parallel),
    /// The first branch whose condition holds.
    Switch(switch::Switch),
    /// A pause.
    Wait(wait::Wait),
    /// Variables.
    Set(set::Set),
    /// Another playbook.
    Call(call::Call),
    /// What earlier steps did is taken back.
    Rollback(rollback::Rollback),
    /// The end.
    Finish(finish::Finish),
    /// Rounds until a condition holds.
    Loop(loop_until::Loop),
    /// Steps, their failure caught, their end never missed.
    Try(try_catch::Try),
    /// A task for a person.
    Manual(manual::Manual),
    /// A question to somebody.
    Ask(ask::Ask),
    /// Nothing without approval.
    Approve(approve::Approve),
    /// A script.
    Bot(bot::Bot),
    /// Something that others wait for.
    Emit(emit::Emit),
    /// A failure.
    Fail(fail::Fail),
    /// The end of the whole run.
    Stop(stop::Stop),
}

/// What a step keeps while it is under way.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) enum Live {
    /// Nothing.
    Idle,
    /// See [`action`].
    Action(action::Live),
    /// See [`fan_out`].
    FanOut(fan_out::Live),
    /// See [`for_each`].
    ForEach(for_each::Live),
    /// See [`parallel`].
    Parallel(parallel::Live),
    /// See [`rollback`].
    Rollback(Box<crate::machine::Rolling>),
    /// See [`loop_until`].
    Loop(loop_until::Live),
    /// See [`try_catch`].
    Try(Box<try_catch::Live>),
    /// It failed; the steps of its `on_error` run.
    Handling,
}

/// What an enclosing step wants to know of a block that ended well.
pub(crate) enum Collect<'a> {
    /// Nothing.
    Nothing,
    /// The output of its last step.
    Last,
    /// This, evaluated in the block's scope.
    Template(&'a Bound<updraft_expr::Template>),
    /// The outputs of the playbook that the block is.
    Outputs,
    /// Whether this holds in the block's scope, and the output of its last step, as a pair.
    Round(&'a Bound<updraft_expr::Expr>),
}

impl Kind {
    /// Reads the kind that `key` names.
    pub(crate) fn parse(p: &mut Parser, key: &KindKey, fields: &Fields<'_>) -> Option<Self> {
        match key.name {
            "action" => action::parse(p, fields).map(Kind::Action),
            "capability" => fan_out::parse(p, fields).map(Kind::FanOut),
            "for_each" => for_each::parse(p, fields).map(Kind::ForEach),
            "parallel" => parallel::parse(p, fields).map(Kind::Parallel),
            "switch" => switch::parse(p, fields).map(Kind::Switch),
            "wait" => wait::parse(p, fields).map(Kind::Wait),
            "set" => set::parse(p, fields).map(Kind::Set),
            "call" => call::parse(p, fields).map(Kind::Call),
            "rollback" => rollback::parse(p, fields).map(Kind::Rollback),
            "finish" => finish::parse(p, fields).map(Kind::Finish),
            "loop" => loop_until::parse(p, fields).map(Kind::Loop),
            "try" => try_catch::parse(p, fields).map(Kind::Try),
            "manual" => manual::parse(p, fields).map(Kind::Manual),
            "ask" => ask::parse(p, fields).map(Kind::Ask),
            "approve" => approve::parse(p, fields).map(Kind::Approve),
            "bot" => bot::parse(p, fields).map(Kind::Bot),
            "emit" => emit::parse(p, fields).map(Kind::Emit),
            "fail" => fail::parse(p, fields).map(Kind::Fail),
            "stop" => stop::parse(p, fields).map(Kind::Stop),
            _ => None,
        }
    }
    /// The field that makes a step one of this kind.
    pub(crate) fn word(&self) -> &'static str {
        match self {
            Kind::Action(_) => "action",
            Kind::FanOut(_) => "capability",
            Kind::ForEach(_) => "for_each",
            Kind::Parallel(_) => "parallel",
            Kind::Switch(_) => "switch",
            Kind::Wait(_) => "wait",
            Kind::Set(_) => "set",
            Kind::Call(_) => "call",
            Kind::Rollback(_) => "rollback",
            Kind::Finish(_) => "finish",
            Kind::Loop(_) => "loop",
            Kind::Try(_) => "try",
            Kind::Manual(_) => "manual",
            Kind::Ask(_) => "ask",
            Kind::Approve(_) => "approve",
            Kind::Bot(_) => "bot",
            Kind::Emit(_) => "emit",
            Kind::Fail(_) => "fail",
            Kind::Stop(_) => "stop",
        }
    }
    /// What it names, for people.
    pub(crate) fn subject(&self) -> String {
        match self {
            Kind::Action(step) => step.action.shown(),
            Kind::FanOut(step) => step.capability.shown(),
            Kind::Call(step) => step.playbook.to_string(),
            Kind::Bot(step) => step.name.clone(),
            Kind::Emit(step) => step.event.shown(),
            Kind::ForEach(_)
            | Kind::Parallel(_)
            | Kind::Switch(_)
            | Kind::Wait(_)
            | Kind::Set(_)
            | Kind::Rollback(_)
            | Kind::Finish(_)
            | Kind::Loop(_)
            | Kind::Try(_)
            | Kind::Manual(_)
            | Kind::Ask(_)
            | Kind::Approve(_)
            | Kind::Fail(_)
            | Kind::Stop(_) => String::new(),
        }
    }
    /// The blocks inside it, with what leads there.
    pub(crate) fn blocks(&self) -> Vec<(String, u32)> {
        match self {
            Kind::ForEach(step) => vec![("do".into(), step.block)],
            Kind::Parallel(step) => step.branches.clone(),
            Kind::Switch(step) => step.blocks(),
            Kind::Loop(step) => vec![("do".into(), step.block)],
            Kind::Try(step) => step.blocks(),
            Kind::Action(_)
            | Kind::FanOut(_)
            | Kind::Wait(_)
            | Kind::Set(_)
            | Kind::Call(_)
            | Kind::Rollback(_)
            | Kind::Finish(_)
            | Kind::Manual(_)
            | Kind::Ask(_)
            | Kind::Approve(_)
            | Kind::Bot(_)
            | Kind::Emit(_)
            | Kind::Fail(_)
            | Kind::Stop(_) => Vec::new(),
        }
    }
    /// The fields that it asks people to fill in, with their types.
    pub(crate) fn form(&self) -> Option<&[(String, String)]> {
        match self {
            Kind::Manual(step) => step.sheet.form_fields(),
            Kind::Ask(step) => step.sheet.form_fields(),
            _ => None,
        }
    }
    /// True when it says by which key a repetition is known.
    pub(crate) fn has_key(&self) -> bool {
        match self {
            Kind::Action(step) => step.request.key.is_some(),
            Kind::FanOut(step) => step.request.key.is_some(),
            Kind::Bot(step) => step.request.key.is_some(),
            _ => false,
        }
    }
    /// The way its calls are repeated.
    pub(crate) fn retry(&self) -> Option<&Retry> {
        match self {
            Kind::Action(step) => step.request.retry.as_ref(),
            Kind::FanOut(step) => step.request.retry.as_ref(),
            Kind::Bot(step) => step.request.retry.as_ref(),
            Kind::ForEach(_)
            | Kind::Parallel(_)
            | Kind::Switch(_)
            | Kind::Wait(_)
            | Kind::Set(_)
            | Kind::Call(_)
            | Kind::Rollback(_)
            | Kind::Finish(_)
            | Kind::Emit(_)
            | Kind::Loop(_)
            | Kind::Try(_)
            | Kind::Manual(_)
            | Kind::Ask(_)
            | Kind::Approve(_)
            | Kind::Fail(_)
            | Kind::Stop(_) => None,
        }
    }
    /// True when its timeout bounds each of its calls, not the step as a whole.
    pub(crate) fn times_out_by_call(&self) -> bool {
        matches!(
            self,
            Kind::Action(_)
                | Kind::FanOut(_)
                | Kind::Wait(_)
                | Kind::Bot(_)
                | Kind::Manual(_)
                | Kind::Ask(_)
                | Kind::Approve(_)
        )
    }
    /// True when it ends the run, not only itself.
    pub(crate) fn ends_the_run(&self) -> bool {
        matches!(self, Kind::Finish(_) | Kind::Stop(_))
    }
    /// True when it takes back what others did.
    pub(crate) fn rolls_back(&self) -> bool {
        matches!(self, Kind::Rollback(_))
    }
    /// True when the output of a step of this kind shows that no connection was asked.
    pub(crate) fn asked_nobody(&self, output: &Value) -> bool {
        matches!(self, Kind::FanOut(_)) && fan_out::asked_nobody(output)
    }
    /// True when it asks the host whom it may ask.
    pub(crate) fn resolves(&self) -> bool {
        matches!(self, Kind::Action(_) | Kind::FanOut(_) | Kind::Bot(_))
    }
    /// What it wants to know of a block that ended well.
    pub(crate) fn collect(&self, output_used: bool) -> Collect<'_> {
        match self {
            Kind::ForEach(step) => match &step.collect {
                Some(template) => Collect::Template(template),
                None if output_used => Collect::Last,
                None => Collect::Nothing,
            },
            Kind::Call(_) => Collect::Outputs,
            Kind::Loop(step) => Collect::Round(&step.until),
            Kind::Parallel(_) | Kind::Switch(_) | Kind::Try(_) if output_used => Collect::Last,
            Kind::Parallel(_)
            | Kind::Switch(_)
            | Kind::Try(_)
            | Kind::Action(_)
            | Kind::FanOut(_)
            | Kind::Wait(_)
            | Kind::Set(_)
            | Kind::Rollback(_)
            | Kind::Finish(_)
            | Kind::Manual(_)
            | Kind::Ask(_)
            | Kind::Approve(_)
            | Kind::Bot(_)
            | Kind::Emit(_)
            | Kind::Fail(_)
            | Kind::Stop(_) => Collect::Nothing,
        }
    }
}

/// A step begins.
pub(crate) fn start(turn: &mut Turn<'_>, frame: FrameId, step: &Step) -> Flow {
    let flow = match &step.kind {
        Kind::Action(kind) => action::start(turn, frame, kind),
        Kind::FanOut(kind) => fan_out::start(turn, frame, kind),
        Kind::ForEach(kind) => for_each::start(turn, frame, kind),
        Kind::Parallel(kind) => parallel::start(turn, frame, kind),
        Kind::Switch(kind) => switch::start(turn, frame, kind),
        Kind::Wait(kind) => wait::start(turn, frame, step, kind),
        Kind::Set(kind) => set::start(turn, frame, kind),
        Kind::Call(kind) => call::start(turn, frame, kind),
        Kind::Rollback(kind) => rollback::start(turn, frame, kind),
        Kind::Finish(kind) => finish::start(turn, frame, kind),
        Kind::Loop(kind) => loop_until::start(turn, frame, kind),
        Kind::Try(kind) => try_catch::start(turn, frame, kind),
        Kind::Manual(kind) => manual::start(turn, frame, step, kind),
        Kind::Ask(kind) => ask::start(turn, frame, step, kind),
        Kind::Approve(kind) => approve::start(turn, frame, step, kind),
        Kind::Bot(kind) => bot::start(turn, frame, kind),
        Kind::Emit(kind) => emit::start(turn, frame, kind),
        Kind::Fail(kind) => fail::start(turn, frame, kind),
        Kind::Stop(kind) => stop::start(turn, frame, kind),
    };
    flow.unwrap_or_else(|error| Flow::End(End::Failed(turn.failure(frame, error))))
}

/// A block inside a step ended; it was the `slot`-th.
pub(crate) fn block_ended(
    turn: &mut Turn<'_>,
    frame: FrameId,
    step: &Step,
    slot: u32,
    result: Result<Value, Failure>,
) -> Flow {
    match &step.kind {
        Kind::ForEach(kind) => for_each::block_ended(turn, frame, step, kind, slot, result),
        Kind::Parallel(kind) => parallel::block_ended(turn, frame, step, kind, slot, result),
        Kind::Rollback(_) => rollback::block_ended(turn, frame, result),
        Kind::Loop(kind) => loop_until::block_ended(turn, frame, kind, result),
        Kind::Try(kind) => try_catch::block_ended(turn, frame, kind, result),
        Kind::Switch(_) | Kind::Call(_) => Flow::End(match result {
            Ok(output) => End::Done(crate::machine::Done::output(output)),
            Err(failure) => End::Failed(failure),
        }),
        Kind::Action(_)
        | Kind::FanOut(_)
        | Kind::Wait(_)
        | Kind::Set(_)
        | Kind::Finish(_)
        | Kind::Manual(_)
        | Kind::Ask(_)
        | Kind::Approve(_)
        | Kind::Bot(_)
        | Kind::Emit(_)
        | Kind::Fail(_)
        | Kind::Stop(_) => Flow::Wait,
    }
}

/// The host said whom a step may ask.
pub(crate) fn resolved(
    turn: &mut Turn<'_>,
    frame: FrameId,
    step: &Step,
    targets: &[Target],
) -> Flow {
    match &step.kind {
        Kind::Action(_) | Kind::Bot(_) => action::resolved(turn, frame, targets),
        Kind::FanOut(kind) => fan_out::resolved(turn, frame, kind, targets),
        Kind::ForEach(_)
        | Kind::Parallel(_)
        | Kind::Switch(_)
        | Kind::Wait(_)
        | Kind::Set(_)
        | Kind::Call(_)
        | Kind::Rollback(_)
        | Kind::Finish(_)
        | Kind::Loop(_)
        | Kind::Try(_)
        | Kind::Manual(_)
        | Kind::Ask(_)
        | Kind::Approve(_)
        | Kind::Emit(_)
        | Kind::Fail(_)
        | Kind::Stop(_) => Flow::Wait,
    }
}

/// A call of a step ended for good.
pub(crate) fn answered(
    turn: &mut Turn<'_>,
    frame: FrameId,
    step: &Step,
    slot: u32,
    result: &ActionResult,
) -> Flow {
    match &step.kind {
        Kind::Action(_) | Kind::Bot(_) => action::answered(turn, frame, result),
        Kind::Loop(kind) => loop_until::answered(turn, frame, kind, slot),
        // The host cannot ask people.
        Kind::Manual(_) | Kind::Ask(_) | Kind::Approve(_) => wait::answered(turn, frame, result),
        Kind::FanOut(kind) => fan_out::answered(turn, frame, kind, slot, result),
        Kind::Wait(_) => wait::answered(turn, frame, result),
        Kind::ForEach(_)
        | Kind::Parallel(_)
        | Kind::Switch(_)
        | Kind::Set(_)
        | Kind::Call(_)
        | Kind::Rollback(_)
        | Kind::Finish(_)
        | Kind::Try(_)
        | Kind::Emit(_)
        | Kind::Fail(_)
        | Kind::Stop(_) => Flow::Wait,
    }
}

/// Whether what a step waits for holds on the case.
pub(crate) fn case_holds(
    turn: &mut Turn<'_>,
    frame: FrameId,
    step: &Step,
) -> Result<bool, StepError> {
    match &step.kind {
        Kind::Wait(kind) => wait::holds(turn, frame, kind),
        _ => Ok(false),
    }
}
