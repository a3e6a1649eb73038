//! What there is around a playbook: what it may call, with the shapes of what goes in and comes out.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use updraft_expr::Type;

use crate::Plan;

/// What a call changes outside, mildest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Effect {
    /// Nothing.
    Read,
    /// Somebody is told.
    Notify,
    /// A record is written.
    Write,
    /// Something is stopped, and can be started again.
    ContainReversible,
    /// Something is changed for good.
    Irreversible,
}

/// One input of a call.
#[derive(Debug, Clone, PartialEq)]
pub struct Takes {
    /// Its kind.
    pub kind: Type,
    /// True when the call fails without it.
    pub required: bool,
}

/// A capability or an action.
#[derive(Debug, Clone, PartialEq)]
pub struct Verb {
    /// What it takes, by name; nothing else is taken.
    pub inputs: BTreeMap<String, Takes>,
    /// What it gives.
    pub output: Type,
    /// The strongest effect of those that provide it.
    pub effect: Effect,
    /// True when a repeated call does not act twice.
    pub repeatable: bool,
}

/// What there is. What is `None` is not known and not checked.
#[derive(Debug, Clone, Default)]
pub struct World {
    /// By name: `reputation.ip`.
    pub capabilities: BTreeMap<String, Verb>,
    /// By name: `virustotal.lookup_ip`.
    pub actions: BTreeMap<String, Verb>,
    /// The bots.
    pub bots: Option<BTreeSet<String>>,
    /// The other playbooks, by id.
    pub playbooks: BTreeMap<String, Arc<Plan>>,
    /// Events that somebody emits.
    pub events: BTreeSet<String>,
}

/// An action that the host performs itself.
#[derive(Debug, Clone, Copy)]
pub struct HostAction {
    /// `case.close`.
    pub name: &'static str,
    /// What it takes: name, type (`?` at the end: may be left out).
    pub inputs: &'static [(&'static str, &'static str)],
    /// What it gives: name, type; empty when it gives nothing.
    pub outputs: &'static [(&'static str, &'static str)],
}

/// The actions of the host.
pub const HOST_ACTIONS: &[HostAction] = &[
    HostAction {
        name: "case.verdict",
        inputs: &[("answers", "list"), ("policy", "string?")],
        outputs: &[
            ("level", "string"),
            ("score", "number"),
            ("explanation", "string"),
            ("answered", "number"),
            ("not_found", "number"),
            ("failed", "number"),
            ("skipped", "number"),
            ("by_observable", "any"),
            ("changed", "boolean"),
            ("before", "string"),
        ],
    },
    HostAction {
        name: "case.close",
        inputs: &[("reason", "string"), ("note", "string?")],
        outputs: &[("reason", "string")],
    },
    HostAction {
        name: "case.comment",
        inputs: &[("text", "string")],
        outputs: &[],
    },
    HostAction {
        name: "case.escalate",
        inputs: &[
            ("title", "string?"),
            ("description", "string?"),
            ("severity", "string?"),
        ],
        outputs: &[
            ("id", "string"),
            ("number", "number"),
            ("created", "boolean"),
        ],
    },
    HostAction {
        name: "case.open",
        inputs: &[
            ("key", "string"),
            ("type", "string"),
            ("title", "string"),
            ("severity", "string?"),
            ("description", "string?"),
            ("observables", "list?"),
            ("playbook", "string?"),
            ("inputs", "object?"),
        ],
        outputs: &[
            ("id", "string"),
            ("number", "number"),
            ("created", "boolean"),
        ],
    },
    HostAction {
        name: "case.update",
        inputs: &[("severity", "string?"), ("owner", "string?")],
        outputs: &[],
    },
    HostAction {
        name: "report.build",
        inputs: &[],
        outputs: &[
            ("title", "string"),
            ("text", "string"),
            ("html", "object"),
            ("markdown", "object"),
            ("json", "object"),
        ],
    },
];

impl HostAction {
    pub(super) fn find(name: &str) -> Option<&'static HostAction> {
        HOST_ACTIONS.iter().find(|action| action.name == name)
    }
    pub(super) fn verb(&self) -> Verb {
        let takes = |(name, word): &(&str, &str)| {
            let required = !word.ends_with('?');
            let kind = kind(word.trim_end_matches('?'));
            (String::from(*name), Takes { kind, required })
        };
        let gives = |(name, word): &(&str, &str)| (String::from(*name), kind(word));
        Verb {
            inputs: self.inputs.iter().map(takes).collect(),
            output: match self.outputs {
                [] => Type::Any,
                outputs => Type::closed(outputs.iter().map(gives)),
            },
            effect: Effect::Read,
            repeatable: true,
        }
    }
}

fn kind(word: &str) -> Type {
    match word {
        "string" => Type::Text,
        "number" => Type::Number,
        "boolean" => Type::Boolean,
        "list" => Type::list(Type::Any),
        "object" => Type::open::<String>([]),
        _ => Type::Any,
    }
}
