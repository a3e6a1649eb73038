//! The lint of playbooks against the content around them: connectors, capabilities, other playbooks.

use std::{collections::BTreeMap, sync::Arc};

use updraft_connector::{Action, Effect, IdempotencyKind, Type as Kind, ValueSpec};
use updraft_engine::{
    Plan,
    lint::{self, Takes, Type, Verb, World},
};
use updraft_model::Diagnostic;

use crate::{Capabilities, Library};

/// What playbooks of this library may call.
pub fn world(library: &Library) -> World {
    let mut world = World::default();
    let mut providers: BTreeMap<&str, Vec<&Action>> = BTreeMap::new();
    for (id, connector) in &library.connectors {
        for (name, action) in &connector.actions {
            world.actions.insert(format!("{id}.{name}"), verb(action));
            for capability in &action.capabilities {
                providers.entry(capability).or_default().push(action);
            }
        }
    }
    for name in library.capabilities.capabilities.keys() {
        let known = providers.get(name.as_str()).map_or(&[][..], Vec::as_slice);
        world
            .capabilities
            .extend(capability(&library.capabilities, name, known));
    }
    for (id, playbook) in &library.playbooks {
        world.events.extend(playbook.plan.events());
        world
            .playbooks
            .insert(id.clone(), Arc::clone(&playbook.plan));
    }
    world
}

/// Everything that is wrong with a playbook, on its own and among what is around it, in the order of the
/// text; and the plan if it can be used.
pub fn check_playbook(
    file: &str,
    text: &str,
    world: &World,
) -> (Result<Plan, ()>, Vec<Diagnostic>) {
    let document = match crate::yaml::parse(file, text) {
        Ok(document) => document,
        Err(diagnostic) => return (Err(()), vec![*diagnostic]),
    };
    let (plan, mut problems) = Plan::from_value(&document.value);
    if let Some(plan) = &plan {
        problems.extend(lint::lint(plan, world));
    }
    let found = problems
        .iter()
        .map(|problem| document.spans.diagnostic(problem));
    let mut found: Vec<Diagnostic> = found.collect();
    found.sort_by_key(|one| (one.line, one.column));
    (plan.ok_or(()), found)
}

fn verb(action: &Action) -> Verb {
    let takes = |(name, spec): (&String, &ValueSpec)| {
        let takes = Takes {
            kind: kind(spec.kind, spec.items),
            required: spec.required && spec.default.is_none(),
        };
        (name.clone(), takes)
    };
    let gives = action.outputs.iter().map(|(name, spec)| {
        let kind = match spec.restricted {
            true => Type::Restricted,
            false => kind(spec.kind, None),
        };
        (name.clone(), kind)
    });
    Verb {
        inputs: action.inputs.iter().map(takes).collect(),
        output: Type::closed(gives),
        effect: effect(action.effect),
        repeatable: action.effect == Effect::Read
            || action.idempotency.kind != IdempotencyKind::None,
    }
}

/// A capability: what it promises, and what those that provide it need and do.
fn capability(all: &Capabilities, name: &str, providers: &[&Action]) -> Option<(String, Verb)> {
    let capability = all.capabilities.get(name)?;
    let inputs = capability.inputs.iter().map(|(input, word)| {
        let needed = |action: &&Action| {
            let spec = action.inputs.get(input);
            spec.is_some_and(|spec| spec.required && spec.default.is_none())
        };
        let takes = Takes {
            kind: kind_of_word(word),
            required: providers.iter().any(needed),
        };
        (input.clone(), takes)
    });
    let outputs = capability.outputs.iter().map(|(output, word)| {
        let restricted = |action: &&Action| {
            action
                .outputs
                .get(output)
                .is_some_and(|spec| spec.restricted)
        };
        let kind = match providers.iter().any(restricted) {
            true => Type::Restricted,
            false => kind_of_word(word),
        };
        (output.clone(), kind)
    });
    // What the capability may change, whoever provides it.
    let effects = providers.iter().map(|action| action.effect);
    let effects = effects.chain([capability.effect]).map(effect);
    let verb = Verb {
        inputs: inputs.collect(),
        // Those that provide it may give more.
        output: Type::open(outputs),
        effect: effects.max().unwrap_or(lint::Effect::Read),
        repeatable: providers.iter().all(|action| verb(action).repeatable),
    };
    Some((name.to_owned(), verb))
}

fn effect(effect: Effect) -> lint::Effect {
    match effect {
        Effect::Read => lint::Effect::Read,
        Effect::Notify => lint::Effect::Notify,
        Effect::Write => lint::Effect::Write,
        Effect::ContainReversible => lint::Effect::ContainReversible,
        Effect::Irreversible => lint::Effect::Irreversible,
    }
}

fn kind(kind: Kind, items: Option<Kind>) -> Type {
    match kind {
        Kind::String
        | Kind::Ip
        | Kind::Ipv4
        | Kind::Ipv6
        | Kind::Domain
        | Kind::Url
        | Kind::Email
        | Kind::Hash => Type::Text,
        Kind::Integer | Kind::Number => Type::Number,
        Kind::Boolean => Type::Boolean,
        Kind::List => Type::list(items.map_or(Type::Any, |item| self::kind(item, None))),
        Kind::File | Kind::Object => Type::open::<String>([]),
        Kind::Any => Type::Any,
    }
}

fn kind_of_word(word: &str) -> Type {
    match word {
        "integer" | "number" => Type::Number,
        "boolean" => Type::Boolean,
        "list" => Type::list(Type::Any),
        "file" | "object" => Type::open::<String>([]),
        "any" => Type::Any,
        _ => Type::Text,
    }
}
