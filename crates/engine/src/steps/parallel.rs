//! `parallel`: branches that run at the same time.
//!
//! ```yaml
//! - id: both
//!   parallel: [[ …steps… ], [ …steps… ]]
//! # or
//!   parallel: {branches: {mail: [ … ], logs: [ … ]}, wait: all}   # all | any | {n: 2}
//! ```
//! Output: the output of each branch's last step, as a list, or as a map when branches have names.
//! When as many branches as `wait` asks for ended well the others are let go. With `wait: all` the
//! first failure fails the step, unless it says `on_error: continue`; then the others go on.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::KindKey;
use crate::{
    StepError,
    limits::BRANCHES_MAX,
    machine::{Done, End, Failure, Flow, FrameId, Turn},
    plan::{Fields, OnError, Parser, Step},
};

pub(super) const KEY: KindKey = KindKey {
    name: "parallel",
    fields: &[],
    takes_time: true,
};

/// A parallel step.
#[derive(Debug, Clone)]
pub(crate) struct Parallel {
    /// The branches with their names.
    pub branches: Vec<(String, u32)>,
    /// True when they have names of their own.
    pub named: bool,
    /// How many branches must end well; none means all.
    pub needed: Option<u32>,
}

/// What the step keeps.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Live {
    outputs: Vec<Value>,
    running: u32,
    ended_well: u32,
    first_failure: Option<Failure>,
}

pub(super) fn parse(p: &mut Parser, fields: &Fields<'_>) -> Option<Parallel> {
    let pointer = fields.at("parallel");
    let mut needed = None;
    let mut named = false;
    let sources: Vec<(String, &Value, String)> = match fields.get("parallel")? {
        Value::Array(list) => numbered(list, &pointer),
        Value::Object(map) => {
            let inner = Fields {
                map,
                pointer: pointer.clone(),
            };
            p.known_fields(&inner, &[&["branches", "wait"]]);
            needed = parse_wait(p, &inner);
            match inner.get("branches") {
                Some(Value::Array(list)) => numbered(list, &inner.at("branches")),
                Some(Value::Object(branches)) => {
                    named = true;
                    let place = Fields {
                        map: branches,
                        pointer: inner.at("branches"),
                    };
                    let branch =
                        |(name, steps): (&String, _)| (name.clone(), steps, place.at(name));
                    branches.iter().map(branch).collect()
                }
                _ => {
                    p.missing(&inner, "branches");
                    return None;
                }
            }
        }
        _ => {
            p.error(
                "UP001",
                &pointer,
                "`parallel` is a list of branches, each a list of steps",
            );
            return None;
        }
    };
    if sources.is_empty() {
        p.error("UP010", &pointer, "there is no branch");
    }
    if sources.len() > BRANCHES_MAX {
        p.error(
            "UP013",
            &pointer,
            format!("a step may have {BRANCHES_MAX} branches"),
        );
        return None;
    }
    if needed.is_some_and(|needed| needed as usize > sources.len()) {
        p.error(
            "UP013",
            &pointer,
            "`wait` asks for more branches than there are",
        );
    }
    let first = p.next_step();
    let mut branches = Vec::with_capacity(sources.len());
    for (name, steps, place) in sources {
        let branch = p.next_step();
        if let Some(block) = p.block(steps, &place) {
            branches.push((name, block));
        }
        p.leave_branch(branch);
    }
    p.join_branches(first);
    Some(Parallel {
        branches,
        named,
        needed,
    })
}

fn numbered<'v>(list: &'v [Value], pointer: &str) -> Vec<(String, &'v Value, String)> {
    let branch = |(index, steps)| {
        (
            format!("branch {}", index + 1),
            steps,
            format!("{pointer}/{index}"),
        )
    };
    list.iter().enumerate().map(branch).collect()
}

fn parse_wait(p: &mut Parser, fields: &Fields<'_>) -> Option<u32> {
    match fields.get("wait")? {
        Value::String(word) if word == "all" => None,
        Value::String(word) if word == "any" => Some(1),
        Value::Object(map) => {
            let inner = Fields {
                map,
                pointer: fields.at("wait"),
            };
            p.known_fields(&inner, &[&["n"]]);
            if inner.get("n").is_none() {
                p.missing(&inner, "n");
            }
            let n = p.integer(&inner, "n", (1, BRANCHES_MAX as u64))?;
            u32::try_from(n).ok()
        }
        _ => {
            p.error("UP019", &fields.at("wait"), "`wait` is all, any or {n: 2}");
            None
        }
    }
}

pub(super) fn start(
    turn: &mut Turn<'_>,
    frame: FrameId,
    kind: &Parallel,
) -> Result<Flow, StepError> {
    let mut running = 0;
    for (_, block) in &kind.branches {
        turn.spawn_block(frame, running, *block);
        running += 1;
    }
    turn.set_live(
        frame,
        super::Live::Parallel(Live {
            outputs: vec![Value::Null; kind.branches.len()],
            running,
            ended_well: 0,
            first_failure: None,
        }),
    );
    Ok(Flow::Wait)
}

pub(super) fn block_ended(
    turn: &mut Turn<'_>,
    frame: FrameId,
    step: &Step,
    kind: &Parallel,
    slot: u32,
    result: Result<Value, Failure>,
) -> Flow {
    let super::Live::Parallel(mut live) = turn.take_live(frame) else {
        return Flow::Wait;
    };
    live.running = live.running.saturating_sub(1);
    match result {
        Ok(output) => {
            live.ended_well += 1;
            if let Some(place) = live.outputs.get_mut(slot as usize) {
                *place = output;
            }
        }
        Err(failure) => {
            live.first_failure.get_or_insert(failure);
        }
    }
    let patient = kind.needed.is_some() || step.on_error == OnError::Continue;
    let hopeless = match kind.needed {
        None => live.first_failure.is_some() && !patient,
        Some(needed) => live.ended_well + live.running < needed,
    };
    if hopeless && let Some(failure) = live.first_failure.take() {
        turn.drop_children(frame);
        return Flow::End(End::Failed(failure));
    }
    let enough = kind.needed.is_some_and(|needed| live.ended_well >= needed);
    if live.running > 0 && !enough {
        turn.set_live(frame, super::Live::Parallel(live));
        return Flow::Wait;
    }
    turn.drop_children(frame);
    let all_failed = live.ended_well == 0;
    let mut done = Done::output(output(kind, live.outputs));
    done.all_failed = all_failed && live.first_failure.is_some();
    done.failure = live.first_failure;
    Flow::End(End::Done(done))
}

fn output(kind: &Parallel, outputs: Vec<Value>) -> Value {
    if !kind.named {
        return Value::Array(outputs);
    }
    let names = kind.branches.iter().map(|(name, _)| name.clone());
    Value::Object(names.zip(outputs).collect::<Map<String, Value>>())
}
