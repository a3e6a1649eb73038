//! A playbook as nodes and arrows, for drawing: which step follows which, and why.

use serde::Serialize;

use crate::tree::{Tree, TreeStep};

/// Where every run starts.
pub const START: &str = "start";
/// Where every run ends.
pub const END: &str = "end";

/// Nodes and arrows.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Graph {
    /// The steps, in the order of the text.
    pub nodes: Vec<Node>,
    /// What follows what.
    pub edges: Vec<Edge>,
}

/// One step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Node {
    /// JSON pointer to the step; unique also while ids are not.
    pub key: String,
    /// The step's id.
    pub id: String,
    /// Its kind.
    pub kind: String,
    /// Its title, or what it names.
    pub label: String,
    /// True when a condition can skip it.
    pub conditional: bool,
    /// The key of the step around it; empty at the top.
    pub parent: String,
    /// The place of its block inside that step; empty at the top.
    pub branch: String,
    /// Its first line, from 1.
    pub line: u32,
}

/// One arrow.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Edge {
    /// The key of a node, or [`START`].
    pub from: String,
    /// The key of a node, or [`END`].
    pub to: String,
    /// `next`, `branch`, `loop`, `error` or `undo`.
    pub kind: &'static str,
    /// What leads there; may be empty.
    pub label: String,
}

/// An arrow whose end is not known yet.
#[derive(Debug, Clone)]
struct Loose {
    from: String,
    kind: &'static str,
    label: String,
}

fn loose(from: &str, kind: &'static str, label: &str) -> Loose {
    Loose {
        from: from.to_owned(),
        kind,
        label: label.to_owned(),
    }
}

/// The graph of a tree.
pub fn graph(tree: &Tree) -> Graph {
    let mut graph = Graph::default();
    let exits = graph.block(&tree.steps, ("", ""), vec![loose(START, "next", "")]);
    graph.tie(exits, END);
    graph
}

impl Graph {
    fn tie(&mut self, loose: Vec<Loose>, to: &str) {
        for one in loose {
            let edge = Edge {
                from: one.from,
                to: to.to_owned(),
                kind: one.kind,
                label: one.label,
            };
            if !self.edges.contains(&edge) {
                self.edges.push(edge);
            }
        }
    }

    fn block(
        &mut self,
        steps: &[TreeStep],
        inside: (&str, &str),
        entries: Vec<Loose>,
    ) -> Vec<Loose> {
        let mut entries = entries;
        for step in steps {
            entries = self.step(step, inside, entries);
        }
        entries
    }

    fn step(
        &mut self,
        step: &TreeStep,
        (parent, branch): (&str, &str),
        entries: Vec<Loose>,
    ) -> Vec<Loose> {
        let key = step.pointer.as_str();
        let label = match step.title.as_str() {
            "" => &step.subject,
            title => title,
        };
        self.nodes.push(Node {
            key: key.to_owned(),
            id: step.id.clone(),
            kind: step.kind.clone(),
            label: label.to_owned(),
            conditional: !step.when.is_empty(),
            parent: parent.to_owned(),
            branch: branch.to_owned(),
            line: step.line,
        });
        self.tie(entries, key);
        let mut exits = match step.kind.as_str() {
            "switch" => self.switch(step),
            "parallel" => self.branches(step, "parallel", "branch"),
            "for_each" | "loop" => {
                for back in self.branches(step, "", "branch") {
                    self.tie(vec![loose(&back.from, "loop", &back.label)], key);
                }
                vec![loose(key, "next", "")]
            }
            "try" => self.guarded(step),
            "finish" | "stop" => {
                self.tie(vec![loose(key, "next", &step.kind)], END);
                Vec::new()
            }
            "fail" => {
                self.tie(vec![loose(key, "error", "fails")], END);
                Vec::new()
            }
            _ => vec![loose(key, "next", "")],
        };
        if exits.is_empty() && step.branches.is_empty() && is_composite(&step.kind) {
            exits.push(loose(key, "next", ""));
        }
        exits.extend(self.branches(step, "on_error", "error"));
        // Taking back is no part of the way of a run that goes well.
        self.branches(step, "undo", "undo");
        exits
    }

    /// The blocks of one field; an empty name means the step's own body.
    fn branches(&mut self, step: &TreeStep, field: &str, kind: &'static str) -> Vec<Loose> {
        let mut exits = Vec::new();
        for branch in &step.branches {
            let first = branch.key.split('/').next().unwrap_or_default();
            let wanted = match field {
                "" => !matches!(first, "on_error" | "undo"),
                field => first == field,
            };
            if wanted {
                let entry = loose(&step.pointer, kind, &branch.label);
                let inside = (step.pointer.as_str(), branch.key.as_str());
                exits.extend(self.block(&branch.steps, inside, vec![entry]));
            }
        }
        exits
    }

    fn switch(&mut self, step: &TreeStep) -> Vec<Loose> {
        let mut exits = self.branches(step, "switch", "branch");
        if !step.branches.iter().any(|branch| branch.label == "else") {
            exits.push(loose(&step.pointer, "next", "otherwise"));
        }
        exits
    }

    fn guarded(&mut self, step: &TreeStep) -> Vec<Loose> {
        let mut exits = self.branches(step, "try", "branch");
        exits.extend(self.branches(step, "catch", "error"));
        let finally = |branch: &&crate::tree::TreeBranch| branch.key == "finally";
        match step.branches.iter().find(finally) {
            Some(branch) => self.block(&branch.steps, (&step.pointer, &branch.key), exits),
            None => exits,
        }
    }
}

fn is_composite(kind: &str) -> bool {
    matches!(kind, "parallel" | "try")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree::tree;

    fn arrows(text: &str) -> Vec<String> {
        let tree = tree(text).unwrap();
        let graph = graph(&tree);
        let name = |key: &str| {
            let node = graph.nodes.iter().find(|node| node.key == key);
            node.map_or_else(|| key.to_owned(), |node| node.id.clone())
        };
        let edges = graph.edges.iter();
        edges
            .map(|edge| format!("{}-{}-{}", name(&edge.from), edge.kind, name(&edge.to)))
            .collect()
    }

    #[test]
    fn a_switch_parts_and_joins_and_a_loop_comes_back() {
        let found = arrows(
            "steps:\n  - id: s\n    switch:\n      - when: a\n        do: [{id: x, set: {a: 1}}]\n      - when: b\n        do: [{id: y, stop: enough}]\n  - id: l\n    for_each: list\n    do: [{id: z, set: {a: 1}}]\n",
        );
        assert_eq!(
            found,
            [
                "start-next-s",
                "s-branch-x",
                "s-branch-y",
                "y-next-end",
                "x-next-l",
                "s-next-l",
                "l-branch-z",
                "z-loop-l",
                "l-next-end"
            ]
        );
    }

    #[test]
    fn errors_and_undo_have_arrows_of_their_own() {
        let found = arrows(
            "steps:\n  - id: t\n    try: [{id: a, action: x.y}]\n    catch: [{id: b, set: {a: 1}}]\n    finally: [{id: c, set: {a: 1}}]\n  - id: d\n    action: x.y\n    undo: [{id: u, action: x.z}]\n    on_error: {do: [{id: e, set: {a: 1}}]}\n",
        );
        assert_eq!(
            found,
            [
                "start-next-t",
                "t-branch-a",
                "t-error-b",
                "a-next-c",
                "b-next-c",
                "c-next-d",
                "d-error-e",
                "d-undo-u",
                "d-next-end",
                "e-next-end"
            ]
        );
    }
}
