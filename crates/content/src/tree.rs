//! A playbook's steps as a tree with places in the text, for editors: as long as the YAML can be read there is a
//! tree, however wrong the playbook is.
//!
//! A block is recognised by what it holds (a list of objects with an `id` and the key of a kind), not by where it
//! stands, so a new kind of step with blocks of its own needs nothing here.

use std::sync::OnceLock;

use serde::Serialize;
use serde_json::{Map, Value};

use crate::yaml;

/// Longest text of a title, a subject or a condition, characters.
const TEXT_CHARS_MAX: usize = 200;
/// Values that hold data of the playbook's author and never steps.
const DATA: &[&str] = &[
    "with", "inputs", "outputs", "set", "payload", "default", "output", "collect", "form", "retry",
];
/// The kinds of the format; those of the schema are added.
const KINDS: &[&str] = &[
    "action",
    "capability",
    "for_each",
    "parallel",
    "switch",
    "wait",
    "set",
    "call",
    "finish",
    "loop",
    "try",
    "manual",
    "ask",
    "approve",
    "bot",
    "emit",
    "fail",
    "stop",
    "rollback",
];

/// A playbook's steps, with their places.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Tree {
    /// The playbook's id; empty if it has none.
    pub id: String,
    /// Its title; may be empty.
    pub title: String,
    /// Its steps in order.
    pub steps: Vec<TreeStep>,
}

/// One step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TreeStep {
    /// Its id; empty if it has none.
    pub id: String,
    /// Its title; may be empty.
    pub title: String,
    /// The key of its kind; empty if it has none.
    pub kind: String,
    /// What it names: an action, a capability, a playbook; may be empty.
    pub subject: String,
    /// Its condition; may be empty.
    pub when: String,
    /// JSON pointer to it.
    pub pointer: String,
    /// Its first line, from 1.
    pub line: u32,
    /// The column of its first key, from 1.
    pub column: u32,
    /// Its last line.
    pub end_line: u32,
    /// The blocks inside it.
    pub branches: Vec<TreeBranch>,
}

/// A block inside a step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TreeBranch {
    /// What leads there, in words: a condition, a branch's name, `on error`.
    pub label: String,
    /// The place inside the step: `do`, `switch/0/do`, `on_error/do`.
    pub key: String,
    /// JSON pointer to the list.
    pub pointer: String,
    /// Its steps in order.
    pub steps: Vec<TreeStep>,
}

/// The words that make a step's kind.
pub fn kinds() -> &'static [String] {
    static FOUND: OnceLock<Vec<String>> = OnceLock::new();
    FOUND.get_or_init(|| {
        let schema = updraft_engine::schema();
        let titles = schema
            .pointer("/$defs/step/oneOf")
            .and_then(Value::as_array);
        let titles = titles
            .into_iter()
            .flatten()
            .filter_map(|kind| kind["title"].as_str());
        let mut kinds: Vec<String> = KINDS
            .iter()
            .copied()
            .chain(titles)
            .map(str::to_owned)
            .collect();
        kinds.sort();
        kinds.dedup();
        kinds
    })
}

/// The tree of a text; `None` when it is no YAML.
pub fn tree(text: &str) -> Option<Tree> {
    let document = yaml::parse("", text).ok()?;
    let lines: Vec<&str> = text.lines().collect();
    let reader = Reader {
        document: &document,
        lines: &lines,
    };
    let word = |name: &str| text_of(document.value.get(name));
    Some(Tree {
        id: word("id"),
        title: word("title"),
        steps: match document.value.get("steps") {
            Some(Value::Array(steps)) => reader.steps(steps, "/steps"),
            _ => Vec::new(),
        },
    })
}

impl Tree {
    /// Every step, a step before what is inside it.
    pub fn all(&self) -> Vec<&TreeStep> {
        let mut found = Vec::new();
        gather(&self.steps, &mut found);
        found
    }

    /// The innermost step on a line.
    pub fn at_line(&self, line: u32) -> Option<&TreeStep> {
        let mut steps = self.all().into_iter();
        steps.rfind(|step| step.line <= line && line <= step.end_line)
    }
}

fn gather<'t>(steps: &'t [TreeStep], found: &mut Vec<&'t TreeStep>) {
    for step in steps {
        found.push(step);
        for branch in &step.branches {
            gather(&branch.steps, found);
        }
    }
}

/// The key of a step's kind.
pub(crate) fn kind_of(step: &Map<String, Value>) -> Option<&str> {
    let mut keys = step.keys();
    let is_kind = |key: &&String| kinds().binary_search(key).is_ok();
    keys.find(is_kind).map(String::as_str)
}

/// The blocks inside a step: the path from the step, and the list.
pub(crate) fn blocks(step: &Map<String, Value>) -> Vec<(Vec<String>, &Vec<Value>)> {
    let mut found = Vec::new();
    for (key, value) in step.iter().filter(|(key, _)| !DATA.contains(&key.as_str())) {
        find_blocks(value, &mut vec![key.clone()], &mut found);
    }
    found
}

fn find_blocks<'v>(
    value: &'v Value,
    path: &mut Vec<String>,
    found: &mut Vec<(Vec<String>, &'v Vec<Value>)>,
) {
    let mut inside = |name: String, value: &'v Value| {
        path.push(name);
        find_blocks(value, path, found);
        path.pop();
    };
    match value {
        Value::Array(items) if is_block(items) => found.push((path.clone(), items)),
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                inside(index.to_string(), item);
            }
        }
        Value::Object(fields) => {
            for (name, value) in fields {
                if !DATA.contains(&name.as_str()) {
                    inside(name.clone(), value);
                }
            }
        }
        _ => {}
    }
}

fn is_block(items: &[Value]) -> bool {
    let is_step = |item: &Value| {
        item.as_object()
            .is_some_and(|item| item.contains_key("id") && kind_of(item).is_some())
    };
    items.iter().any(is_step)
}

/// A path as the rest of a JSON pointer.
pub(crate) fn pointer(path: &[String]) -> String {
    let escaped = path
        .iter()
        .map(|part| part.replace('~', "~0").replace('/', "~1"));
    escaped.fold(String::new(), |all, part| all + "/" + &part)
}

fn text_of(value: Option<&Value>) -> String {
    match value {
        Some(Value::String(text)) => text.chars().take(TEXT_CHARS_MAX).collect(),
        Some(Value::Bool(yes)) => yes.to_string(),
        _ => String::new(),
    }
}

struct Reader<'d> {
    document: &'d yaml::Document,
    lines: &'d [&'d str],
}

impl Reader<'_> {
    fn steps(&self, items: &[Value], at: &str) -> Vec<TreeStep> {
        let steps = items.iter().enumerate().filter_map(|(index, item)| {
            let step = item.as_object()?;
            Some(self.step(step, format!("{at}/{index}")))
        });
        steps.collect()
    }

    fn step(&self, step: &Map<String, Value>, at: String) -> TreeStep {
        let kind = kind_of(step).unwrap_or_default().to_owned();
        let (line, column) = self
            .document
            .spans
            .place(&at)
            .map_or((1, 1), |place| (place.line, place.column));
        let branches = blocks(step)
            .into_iter()
            .map(|(path, items)| {
                let place = format!("{at}{}", pointer(&path));
                TreeBranch {
                    label: label(step, &path),
                    key: path.join("/"),
                    steps: self.steps(items, &place),
                    pointer: place,
                }
            })
            .collect();
        TreeStep {
            id: text_of(step.get("id")),
            title: text_of(step.get("title")),
            subject: subject(step.get(&kind)),
            when: text_of(step.get("when")),
            kind,
            end_line: self.end(line, column),
            pointer: at,
            line,
            column,
            branches,
        }
    }

    /// The last line that is indented as far as the step's keys.
    fn end(&self, line: u32, column: u32) -> u32 {
        let indent = (column as usize).saturating_sub(1);
        let mut end = line;
        for (index, text) in self.lines.iter().enumerate().skip(line as usize) {
            let own = text.trim_start();
            if own.is_empty() {
                continue;
            }
            if text.len() - own.len() < indent {
                break;
            }
            end = u32::try_from(index + 1).unwrap_or(u32::MAX);
        }
        end
    }
}

fn subject(value: Option<&Value>) -> String {
    match value {
        Some(Value::Object(fields)) => {
            let named = [
                "playbook", "question", "subject", "event", "code", "outcome", "how",
            ];
            let found = named.iter().find_map(|name| fields.get(*name));
            text_of(found)
        }
        other => text_of(other),
    }
}

/// What leads to a block, in words.
fn label(step: &Map<String, Value>, path: &[String]) -> String {
    let parts: Vec<&str> = path.iter().map(String::as_str).collect();
    match parts.as_slice() {
        ["switch", index, ..] => {
            let case = index
                .parse()
                .ok()
                .and_then(|index: usize| step.get("switch")?.get(index));
            match case.and_then(|case| case.get("when")) {
                Some(when) => text_of(Some(when)),
                None => "else".into(),
            }
        }
        ["parallel", "branches", name] | ["parallel", name] => match name.parse::<usize>() {
            Ok(index) => format!("branch {}", index + 1),
            Err(_) => (*name).to_owned(),
        },
        ["on_error", ..] => "on error".into(),
        [first, ..] => (*first).to_owned(),
        [] => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "format: 1\nid: t\nsteps:\n  - id: a\n    set: {x: 1}\n  - id: b\n    switch:\n      - when: vars.x == 1\n        do:\n          - id: c\n            action: case.note\n            with:\n              list: [{id: no, action: step}]\n      - else: true\n        do:\n          - id: d\n            set:\n              y: |\n                many\n                lines\n\n  - id: e\n    loop: {max: 3, do: [{id: f, set: {z: 1}}]}\n";

    #[test]
    fn steps_are_found_with_their_lines_and_branches() {
        let tree = tree(TEXT).unwrap();
        let all: Vec<_> = tree
            .all()
            .into_iter()
            .map(|step| (step.id.as_str(), step.line, step.end_line))
            .collect();
        assert_eq!(
            all,
            [
                ("a", 4, 5),
                ("b", 6, 20),
                ("c", 10, 13),
                ("d", 16, 20),
                ("e", 22, 23),
                ("f", 23, 23)
            ]
        );
        let b = &tree.steps[1];
        let labels: Vec<&str> = b
            .branches
            .iter()
            .map(|branch| branch.label.as_str())
            .collect();
        assert_eq!(labels, ["vars.x == 1", "else"]);
        assert_eq!(b.branches[1].pointer, "/steps/1/switch/1/do");
        assert_eq!(tree.at_line(12).unwrap().id, "c");
        assert_eq!(tree.at_line(14).unwrap().id, "b");
        assert!(tree.at_line(2).is_none());
    }

    #[test]
    fn a_broken_playbook_has_a_tree_and_broken_yaml_has_none() {
        let found = tree("steps:\n  - id: a\n    nonsense: 1\n  - just a text\n").unwrap();
        assert_eq!(found.steps.len(), 1);
        assert_eq!(found.steps[0].kind, "");
        assert!(tree("steps: [").is_none());
    }
}
