//! What was added, removed, moved or changed, step by step: a step is followed by its id.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use serde_json::{Map, Value};

use crate::{tree, yaml};

/// Most changed fields that are named for one step.
const FIELDS_MAX: usize = 200;

/// What happened to one step.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct StepChange {
    /// The step's id; empty for the playbook's own fields.
    pub id: String,
    /// `added`, `removed`, `moved` or `changed`.
    pub change: &'static str,
    /// Where it stood, in words; empty for one that was added.
    pub from: String,
    /// Where it stands; empty for one that was removed.
    pub to: String,
    /// What changed in it.
    pub fields: Vec<FieldChange>,
}

/// One field that changed.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct FieldChange {
    /// The path in the step: `with.ip`.
    pub path: String,
    /// The old value; `None` when it is new.
    pub before: Option<Value>,
    /// The new value; `None` when it is gone.
    pub after: Option<Value>,
}

#[derive(Debug)]
struct Flat {
    /// The step around it and the place in it.
    place: String,
    index: usize,
    own: Value,
}

/// The differences by steps; `None` when one of the texts is no YAML.
pub fn by_steps(old: &str, new: &str) -> Option<Vec<StepChange>> {
    let old = yaml::parse("", old).ok()?.value;
    let new = yaml::parse("", new).ok()?.value;
    let mut changes = Vec::new();
    let fields = field_changes(&head(&old), &head(&new));
    if !fields.is_empty() {
        changes.push(StepChange {
            id: String::new(),
            change: "changed",
            from: String::new(),
            to: String::new(),
            fields,
        });
    }
    let ((old_order, old), (new_order, new)) = (flatten(&old), flatten(&new));
    let reordered = reordered(&old, &new, &new_order);
    for id in old_order.iter().filter(|id| !new.contains_key(*id)) {
        if let Some(step) = old.get(id) {
            changes.push(step_change(id, "removed", &step.place, ""));
        }
    }
    for id in &new_order {
        let Some(after) = new.get(id) else { continue };
        let Some(before) = old.get(id) else {
            changes.push(step_change(id, "added", "", &after.place));
            continue;
        };
        if before.place != after.place || reordered.contains(id) {
            let words = |step: &Flat| format!("{}, position {}", step.place, step.index + 1);
            changes.push(step_change(id, "moved", &words(before), &words(after)));
        }
        let fields = field_changes(&before.own, &after.own);
        if !fields.is_empty() {
            changes.push(StepChange {
                fields,
                ..step_change(id, "changed", &before.place, &after.place)
            });
        }
    }
    Some(changes)
}

fn step_change(id: &str, change: &'static str, from: &str, to: &str) -> StepChange {
    StepChange {
        id: id.to_owned(),
        change,
        from: from.to_owned(),
        to: to.to_owned(),
        fields: Vec::new(),
    }
}

/// The playbook without its steps.
fn head(value: &Value) -> Value {
    let mut head = value.as_object().cloned().unwrap_or_default();
    head.shift_remove("steps");
    Value::Object(head)
}

/// Every step by id, each without the steps inside it, and the ids in order. A repeated id counts once.
fn flatten(value: &Value) -> (Vec<String>, BTreeMap<String, Flat>) {
    let (mut order, mut found) = (Vec::new(), BTreeMap::new());
    if let Some(Value::Array(steps)) = value.get("steps") {
        flatten_block(steps, "steps", &mut order, &mut found);
    }
    (order, found)
}

fn flatten_block(
    steps: &[Value],
    place: &str,
    order: &mut Vec<String>,
    found: &mut BTreeMap<String, Flat>,
) {
    for (index, item) in steps.iter().enumerate() {
        let Some(step) = item.as_object() else {
            continue;
        };
        let Some(id) = step.get("id").and_then(Value::as_str) else {
            continue;
        };
        let blocks = tree::blocks(step);
        let mut own = Value::Object(step.clone());
        for (path, _) in &blocks {
            if let Some(block) = own.pointer_mut(&tree::pointer(path)) {
                *block = Value::Null;
            }
        }
        if !found.contains_key(id) {
            order.push(id.to_owned());
            found.insert(
                id.to_owned(),
                Flat {
                    place: place.to_owned(),
                    index,
                    own,
                },
            );
        }
        for (path, inside) in blocks {
            flatten_block(inside, &format!("{id}/{}", path.join("/")), order, found);
        }
    }
}

/// Steps that stay in their block but changed their place among those that stay with them: all but the longest
/// run of steps that kept their order.
fn reordered(
    old: &BTreeMap<String, Flat>,
    new: &BTreeMap<String, Flat>,
    new_order: &[String],
) -> BTreeSet<String> {
    let mut blocks: BTreeMap<&str, Vec<(&String, usize)>> = BTreeMap::new();
    for id in new_order {
        if let (Some(before), Some(after)) = (old.get(id), new.get(id))
            && before.place == after.place
        {
            let block = blocks.entry(after.place.as_str()).or_default();
            block.push((id, before.index));
        }
    }
    let mut moved = BTreeSet::new();
    for steps in blocks.values() {
        let kept = longest_rising(&steps.iter().map(|(_, index)| *index).collect::<Vec<_>>());
        for (at, (id, _)) in steps.iter().enumerate() {
            if !kept.contains(&at) {
                moved.insert((*id).clone());
            }
        }
    }
    moved
}

/// The positions of a longest rising sequence.
fn longest_rising(values: &[usize]) -> BTreeSet<usize> {
    let mut ends: Vec<usize> = Vec::new();
    let mut before: Vec<Option<usize>> = Vec::with_capacity(values.len());
    let value = |at: usize| values.get(at).copied().unwrap_or(0);
    for at in 0..values.len() {
        let place = ends.partition_point(|end| value(*end) < value(at));
        before.push(
            place
                .checked_sub(1)
                .and_then(|place| ends.get(place).copied()),
        );
        match ends.get_mut(place) {
            Some(end) => *end = at,
            None => ends.push(at),
        }
    }
    let mut kept = BTreeSet::new();
    let mut at = ends.last().copied();
    while let Some(place) = at {
        kept.insert(place);
        at = before.get(place).copied().flatten();
    }
    kept
}

fn field_changes(old: &Value, new: &Value) -> Vec<FieldChange> {
    let mut found = Vec::new();
    differ(Some(old), Some(new), &mut String::new(), &mut found);
    found.truncate(FIELDS_MAX);
    found
}

fn differ(
    old: Option<&Value>,
    new: Option<&Value>,
    path: &mut String,
    found: &mut Vec<FieldChange>,
) {
    if old == new || found.len() >= FIELDS_MAX {
        return;
    }
    let mut inside = |name: &str, old: Option<&Value>, new: Option<&Value>| {
        let length = path.len();
        if length > 0 {
            path.push('.');
        }
        path.push_str(name);
        differ(old, new, path, found);
        path.truncate(length);
    };
    match (old, new) {
        (Some(Value::Object(a)), Some(Value::Object(b))) => {
            for name in union(a, b) {
                inside(name, a.get(name), b.get(name));
            }
        }
        (Some(Value::Array(a)), Some(Value::Array(b))) if a.len() == b.len() => {
            for (index, (a, b)) in a.iter().zip(b).enumerate() {
                inside(&index.to_string(), Some(a), Some(b));
            }
        }
        _ => found.push(FieldChange {
            path: path.clone(),
            before: old.cloned(),
            after: new.cloned(),
        }),
    }
}

fn union<'m>(a: &'m Map<String, Value>, b: &'m Map<String, Value>) -> Vec<&'m str> {
    let more = b.keys().filter(|name| !a.contains_key(*name));
    a.keys().chain(more).map(String::as_str).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_step_is_followed_by_its_id_wherever_it_goes() {
        let old = "id: t\ntitle: A\nsteps:\n  - id: a\n    action: x.y\n    with: {ip: 1, n: [1, 2]}\n  - id: b\n    set: {v: 1}\n  - id: gone\n    set: {v: 1}\n  - id: s\n    switch:\n      - when: one\n        do: [{id: c, set: {v: 1}}]\n";
        let new = "id: t\ntitle: B\nsteps:\n  - id: b\n    set: {v: 1}\n  - id: a\n    action: x.y\n    with: {ip: 2, n: [1, 3]}\n  - id: c\n    set: {v: 1}\n  - id: s\n    switch:\n      - when: two\n        do: [{id: fresh, set: {v: 1}}]\n";
        let changes = by_steps(old, new).unwrap();
        let short: Vec<String> = changes
            .iter()
            .map(|change| {
                let fields: Vec<&str> = change
                    .fields
                    .iter()
                    .map(|field| field.path.as_str())
                    .collect();
                format!("{} {} {}", change.id, change.change, fields.join(","))
            })
            .collect();
        assert_eq!(
            short,
            [
                " changed title",
                "gone removed ",
                "b moved ",
                "a changed with.ip,with.n.1",
                "c moved ",
                "s changed switch.0.when",
                "fresh added "
            ]
        );
        assert!(by_steps("steps: [", new).is_none());
        assert!(by_steps(new, new).unwrap().is_empty());
    }
}
