//! The graph of steps as a structured program sees it: which step follows a branching in any case.
//!
//! A branching with `on_completion` says so itself: its branches end, then that step follows. One without is
//! joined where all its ways meet again, at its immediate post-dominator.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use super::{ids::kind_of, text};

/// Which step joins each branching.
#[derive(Debug, Default)]
pub(super) struct Flow<'d> {
    after: BTreeMap<&'d str, &'d str>,
}

/// Where a step leads, when what it contains is left out.
fn successors<'d>(id: &str, step: &'d Value) -> Vec<&'d str> {
    if kind_of(id) == "end" {
        return Vec::new();
    }
    let mut next: Vec<&str> = ["on_completion", "on_success", "on_failure"]
        .iter()
        .filter_map(|key| text(step, key))
        .collect();
    if text(step, "on_completion").is_none() && text(step, "on_success").is_none() {
        next.extend(branches(step).into_iter().map(|(_, to)| to));
    }
    next
}

/// The branches of a step: what leads there, and the first step.
pub(super) fn branches(step: &Value) -> Vec<(String, &str)> {
    let mut found = Vec::new();
    for key in ["on_true", "on_false"] {
        if let Some(to) = text(step, key) {
            found.push((key.to_owned(), to));
        }
    }
    let next = step.get("next_steps").and_then(Value::as_array);
    for (index, to) in next.into_iter().flatten().enumerate() {
        if let Some(to) = to.as_str() {
            found.push((index.to_string(), to));
        }
    }
    let cases = step.get("cases").and_then(Value::as_object);
    for (case, to) in cases.into_iter().flatten() {
        if let Some(to) = to.as_str() {
            found.push((case.clone(), to));
        }
    }
    found
}

impl<'d> Flow<'d> {
    /// Reads the graph.
    pub(super) fn of(steps: &'d Map<String, Value>) -> Self {
        let names: Vec<&str> = steps.keys().map(String::as_str).collect();
        let place: BTreeMap<&str, usize> =
            names.iter().enumerate().map(|(n, id)| (*id, n)).collect();
        let exit = names.len();
        let next: Vec<Vec<usize>> = steps
            .iter()
            .map(|(id, step)| {
                let to = successors(id, step);
                let to: Vec<usize> = to.iter().filter_map(|id| place.get(id).copied()).collect();
                match to.is_empty() {
                    true => vec![exit],
                    false => to,
                }
            })
            .collect();
        let dominators = post_dominators(&next);
        let mut after = BTreeMap::new();
        for (n, id) in names.iter().enumerate() {
            let own = dominators.get(n);
            let join = own.and_then(|own| nearest(n, own, &dominators));
            if let Some(name) = join.and_then(|join| names.get(join))
                && kind_of(name) != "end"
            {
                after.insert(*id, *name);
            }
        }
        Self { after }
    }

    /// The step that every way from this one comes to; none when they just end.
    pub(super) fn join(&self, id: &str) -> Option<&'d str> {
        self.after.get(id).copied()
    }
}

/// For each step the steps through which every way to the end leads; the end has the last number.
fn post_dominators(next: &[Vec<usize>]) -> Vec<BTreeSet<usize>> {
    let exit = next.len();
    let all: BTreeSet<usize> = (0..=exit).collect();
    let mut found: Vec<BTreeSet<usize>> = vec![all; exit];
    found.push(BTreeSet::from([exit]));
    loop {
        let mut changed = false;
        for n in (0..exit).rev() {
            let mut ways = next[n].iter().map(|to| &found[*to]);
            let mut own: BTreeSet<usize> = ways.next().cloned().unwrap_or_default();
            for way in ways {
                own = own.intersection(way).copied().collect();
            }
            own.insert(n);
            if own != found[n] {
                found[n] = own;
                changed = true;
            }
        }
        if !changed {
            return found;
        }
    }
}

/// The one of `own` that all its others lie behind.
fn nearest(n: usize, own: &BTreeSet<usize>, all: &[BTreeSet<usize>]) -> Option<usize> {
    let others: Vec<usize> = own.iter().copied().filter(|other| *other != n).collect();
    let exit = all.len().checked_sub(1)?;
    others.iter().copied().find(|one| {
        *one != exit
            && others
                .iter()
                .all(|other| all.get(*one).is_some_and(|d| d.contains(other)))
    })
}
