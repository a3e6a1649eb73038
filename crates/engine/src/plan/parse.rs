//! From a document to a plan: one walk, top to bottom, that reports everything it finds.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use serde_json::Value;
use updraft_model::{Level, Problem};

use super::{Fields, OnError, Plan, Step, check::Sight, inputs, outputs, suggest};
use crate::{
    limits::{DOCUMENT_DEPTH_MAX, ID_CHARS_MAX, NESTING_MAX, STEPS_MAX},
    steps::{KIND_KEYS, Kind},
};

const PLAN_FIELDS: &[&str] = &[
    "format",
    "id",
    "title",
    "description",
    "case_types",
    "triggers",
    "concurrency",
    "limits",
    "inputs",
    "outputs",
    "steps",
    "tags",
    "exempt",
];
const STEP_FIELDS: &[&str] = &[
    "id",
    "title",
    "why",
    "phase",
    "technique",
    "when",
    "timeout",
    "on_error",
    "undo",
    "exempt",
];
/// The phases of NIST SP 800-61, with the third one whole or in parts.
const PHASES: &[&str] = &[
    "preparation",
    "detection_analysis",
    "containment_eradication_recovery",
    "containment",
    "eradication",
    "recovery",
    "post_incident_activity",
];
/// What every expression can begin with; a loop variable must not hide one.
pub const EXPRESSION_ROOTS: &[&str] = &[
    "case", "alert", "settings", "inputs", "steps", "vars", "run", "now", "index",
];

/// What is known while reading.
pub(crate) struct Parser {
    pub(super) problems: Vec<Problem>,
    pub(super) steps: Vec<Option<Step>>,
    pub(super) blocks: Vec<Vec<u32>>,
    pub(super) ids: BTreeMap<String, u32>,
    pub(super) sights: Vec<Sight>,
    pub(super) used: BTreeSet<u32>,
    pub(super) all_used: bool,
    pub(super) locals: Vec<Arc<str>>,
    pub(super) inputs: Vec<String>,
    pub(super) vars: BTreeSet<String>,
    pub(super) unresolved: Vec<super::check::Unresolved>,
    /// True inside an `undo` block.
    pub(super) undoing: bool,
    /// What `rollback` steps name, and where.
    pub(super) rolled_back: Vec<(String, String)>,
    depth: usize,
    /// How many `finally` blocks are around this place.
    finally: usize,
    /// Every expression so far.
    pub(super) sites: Vec<super::Site>,
    /// The steps that are being read, outermost first.
    pub(super) reading: Vec<u32>,
    /// The warnings that the playbook lives with.
    pub(super) exemptions: Vec<super::Exemption>,
}

pub(super) fn plan(value: &Value) -> (Option<Plan>, Vec<Problem>) {
    if deeper_than(value, DOCUMENT_DEPTH_MAX) {
        let text = format!("the document nests deeper than {DOCUMENT_DEPTH_MAX} levels");
        return (None, vec![Problem::error("UP013", "", text)]);
    }
    let mut p = Parser::new();
    let plan = p.plan(value);
    super::exempt::apply(&p.exemptions, &mut p.problems);
    let broken = p
        .problems
        .iter()
        .any(|problem| problem.level == Level::Error);
    (plan.filter(|_| !broken), p.problems)
}

impl Parser {
    fn new() -> Self {
        Self {
            problems: Vec::new(),
            steps: Vec::new(),
            blocks: Vec::new(),
            ids: BTreeMap::new(),
            sights: Vec::new(),
            used: BTreeSet::new(),
            all_used: false,
            locals: Vec::new(),
            inputs: Vec::new(),
            vars: BTreeSet::new(),
            unresolved: Vec::new(),
            undoing: false,
            rolled_back: Vec::new(),
            depth: 0,
            finally: 0,
            sites: Vec::new(),
            reading: Vec::new(),
            exemptions: Vec::new(),
        }
    }

    /// How many problems there are so far.
    pub(crate) fn problem_count(&self) -> usize {
        self.problems.len()
    }
    /// A `finally` is read.
    pub(crate) fn enter_finally(&mut self) {
        self.finally += 1;
    }
    /// It was read.
    pub(crate) fn leave_finally(&mut self) {
        self.finally = self.finally.saturating_sub(1);
    }
    /// Complains about a step that would end what `finally` must not end.
    pub(crate) fn refuse_in_finally(&mut self, kind: &str, pointer: &str) {
        if self.finally > 0 {
            let text = format!("a `{kind}` step must not stand in a `finally`");
            self.error("UP026", pointer, text).hint =
                "a `finally` is for what must be done in any case; decide after it".into();
        }
    }

    pub(super) fn note(&mut self, problem: Problem) -> &mut Problem {
        let place = self.problems.len();
        self.problems.push(problem);
        &mut self.problems[place]
    }

    fn plan(&mut self, value: &Value) -> Option<Plan> {
        let fields = self.object(value, "", "a playbook")?;
        self.known_fields(&fields, &[PLAN_FIELDS]);
        match fields.get("format") {
            None => self.missing(&fields, "format"),
            Some(format) if format.as_u64() == Some(1) => {}
            Some(_) => {
                self.error(
                    "UP017",
                    "/format",
                    "this version knows the playbook format 1 only",
                );
            }
        }
        let id = self
            .required_text(&fields, "id")
            .unwrap_or_default()
            .to_owned();
        if !id.is_empty() && !is_playbook_id(&id) {
            self.error("UP004", "/id", "this is not an id for a playbook")
                .hint = "use small letters, digits, `-` and `_`, at most 64".into();
        }
        let specs = inputs::parse(self, &fields);
        self.inputs = specs.iter().map(|spec| spec.name.clone()).collect();
        let root = match fields.get("steps") {
            None => {
                self.missing(&fields, "steps");
                None
            }
            Some(steps) => self.block(steps, "/steps"),
        };
        let (output_specs, outputs) = outputs::parse(self, &fields);
        self.exempt(&fields);
        let title = self.text(&fields, "title").unwrap_or(&id).to_owned();
        let description = self
            .text(&fields, "description")
            .unwrap_or_default()
            .to_owned();
        let case_types = self.texts(&fields, "case_types").unwrap_or_default();
        let triggers = self.triggers(&fields, &case_types);
        let run_limits = self.run_limits(&fields);
        let tags = self.texts(&fields, "tags").unwrap_or_default();
        self.resolve_the_rest();
        self.check_rolled_back();
        let mut steps = std::mem::take(&mut self.steps)
            .into_iter()
            .collect::<Option<Vec<Step>>>()?;
        for (index, step) in (0u32..).zip(&mut steps) {
            step.output_used = self.all_used || step.undo.is_some() || self.used.contains(&index);
        }
        Some(Plan {
            id,
            title,
            description,
            case_types,
            triggers,
            run_limits,
            tags,
            inputs: specs,
            outputs,
            output_specs,
            sites: std::mem::take(&mut self.sites),
            exemptions: std::mem::take(&mut self.exemptions),
            steps,
            blocks: std::mem::take(&mut self.blocks),
            root: root?,
        })
    }

    /// A list of steps; gives the block's index.
    pub(crate) fn block(&mut self, value: &Value, pointer: &str) -> Option<u32> {
        let list = self.list(value, pointer, "a block of steps")?;
        if list.is_empty() {
            self.error("UP010", pointer, "there is no step in this block");
            return None;
        }
        if self.depth >= NESTING_MAX {
            let text = format!("steps nest deeper than {NESTING_MAX} levels");
            self.error("UP013", pointer, text).hint =
                "move the inner part to a playbook of its own and `call` it".into();
            return None;
        }
        self.depth += 1;
        let mut steps = Vec::with_capacity(list.len());
        let mut ended = false;
        for (index, item) in list.iter().enumerate() {
            let place = format!("{pointer}/{index}");
            if self.steps.len() >= STEPS_MAX {
                let text = format!("a playbook may have {STEPS_MAX} steps");
                self.error("UP013", &place, text).hint = "split it and `call` the parts".into();
                break;
            }
            if ended {
                self.warning(
                    "UP021",
                    &place,
                    "this step is never reached: the one before does not go on",
                );
                ended = false;
            }
            if let Some(step) = self.step(item, &place) {
                ended = self.always_ends(step);
                steps.push(step);
            }
        }
        self.depth -= 1;
        let block = u32::try_from(self.blocks.len()).ok()?;
        self.blocks.push(steps);
        Some(block)
    }

    fn always_ends(&self, step: u32) -> bool {
        matches!(
            self.steps.get(step as usize),
            Some(Some(
                Step {
                    kind: Kind::Finish(_) | Kind::Stop(_),
                    when: None,
                    ..
                } | Step {
                    kind: Kind::Fail(_),
                    when: None,
                    on_error: OnError::Fail,
                    ..
                }
            ))
        )
    }

    fn step(&mut self, value: &Value, pointer: &str) -> Option<u32> {
        let fields = self.object(value, pointer, "a step")?;
        let index = u32::try_from(self.steps.len()).ok()?;
        self.steps.push(None);
        self.sights.push(Sight::Open);
        self.reading.push(index);
        let step = self.step_at(&fields, index);
        self.reading.pop();
        *self.steps.get_mut(index as usize)? = Some(step?);
        Some(index)
    }

    fn step_at(&mut self, fields: &Fields<'_>, index: u32) -> Option<Step> {
        let id = self.step_id(fields, index);
        let kind_key = self.kind_key(fields)?;
        self.step_fields(fields, kind_key);
        let when = self.condition(fields, "when");
        let timeout_ms = self.duration(fields, "timeout");
        if timeout_ms == Some(0) {
            self.error(
                "UP011",
                &fields.at("timeout"),
                "a timeout of nothing lets nothing happen",
            );
        }
        if timeout_ms.is_some() && !kind_key.takes_time {
            let text = format!("a `{}` step takes no time", kind_key.name);
            self.error("UP012", &fields.at("timeout"), text).at_key = true;
        }
        let kind = Kind::parse(self, kind_key, fields);
        if let Some(kind) = &kind {
            self.check_in_undo(kind, fields);
        }
        self.saw(index);
        let on_error = self.on_error(fields);
        let undo = self.undo(fields);
        self.check_phase(fields);
        self.exempt(fields);
        Some(Step {
            id,
            pointer: fields.pointer.as_str().into(),
            title: self.text(fields, "title").unwrap_or_default().to_owned(),
            why: self.text(fields, "why").unwrap_or_default().to_owned(),
            phase: self.text(fields, "phase").unwrap_or_default().to_owned(),
            technique: self
                .text(fields, "technique")
                .unwrap_or_default()
                .to_owned(),
            when,
            timeout_ms,
            on_error: on_error?,
            undo,
            kind: kind?,
            output_used: false,
        })
    }

    /// `retry` on a step that calls nothing deserves more than "unknown field".
    fn step_fields(&mut self, fields: &Fields<'_>, key: &crate::steps::KindKey) {
        let misplaced = fields.map.contains_key("retry") && !key.fields.contains(&"retry");
        if misplaced {
            let text = format!("a `{}` step cannot be repeated", key.name);
            let problem = self.error("UP012", &fields.at("retry"), text);
            problem.at_key = true;
            problem.hint = "`retry` belongs to `action` and `capability` steps".into();
        }
        let retry: &[&str] = if misplaced { &["retry"] } else { &[] };
        self.known_fields(fields, &[STEP_FIELDS, &[key.name], key.fields, retry]);
    }

    fn step_id(&mut self, fields: &Fields<'_>, index: u32) -> Arc<str> {
        let Some(id) = self.required_text(fields, "id") else {
            return format!("step{index}").into();
        };
        if !is_name(id) {
            self.error("UP004", &fields.at("id"), "this is not an id for a step")
                .hint = "use small letters, digits and `_`, a letter first, at most 64".into();
        } else if self.ids.contains_key(id) {
            let text = format!("another step has the id `{id}`");
            self.error("UP005", &fields.at("id"), text).hint =
                "ids are unique in the whole playbook".into();
        } else {
            self.ids.insert(id.to_owned(), index);
        }
        id.into()
    }

    fn kind_key(&mut self, fields: &Fields<'_>) -> Option<&'static crate::steps::KindKey> {
        let mut found = KIND_KEYS
            .iter()
            .filter(|key| fields.map.contains_key(key.name));
        let names: Vec<&str> = KIND_KEYS.iter().map(|key| key.name).collect();
        let pointer = fields.pointer.clone();
        let Some(first) = found.next() else {
            let near = fields
                .map
                .keys()
                .find_map(|key| suggest::closest(key, names.iter().copied()));
            self.error("UP009", &pointer, "the step says nothing to do")
                .hint = match near {
                Some(word) => format!("did you mean `{word}`?"),
                None => format!("give it one of {}", names.join(", ")),
            };
            return None;
        };
        if let Some(second) = found.next() {
            let text = format!(
                "a step does one thing, not `{}` and `{}`",
                first.name, second.name
            );
            self.error("UP009", &pointer, text).hint = "make two steps of it".into();
            return None;
        }
        Some(first)
    }

    fn on_error(&mut self, fields: &Fields<'_>) -> Option<OnError> {
        let pointer = fields.at("on_error");
        match fields.get("on_error") {
            None => Some(OnError::Fail),
            Some(Value::String(word)) => match word.as_str() {
                "fail" => Some(OnError::Fail),
                "continue" => Some(OnError::Continue),
                other => {
                    let hint = suggest::hint(other, &["fail", "continue"]);
                    self.error(
                        "UP019",
                        &pointer,
                        "`on_error` is fail, continue or {do: [steps]}",
                    )
                    .hint = hint;
                    None
                }
            },
            Some(value) => {
                let handler = self.object(value, &pointer, "`on_error`")?;
                self.known_fields(&handler, &[&["do"]]);
                match handler.get("do") {
                    Some(steps) => self.block(steps, &handler.at("do")).map(OnError::Do),
                    None => {
                        self.missing(&handler, "do");
                        None
                    }
                }
            }
        }
    }

    fn check_phase(&mut self, fields: &Fields<'_>) {
        if let Some(phase) = self.text(fields, "phase")
            && !PHASES.contains(&phase)
        {
            let hint = suggest::hint(phase, PHASES);
            self.warning("UP016", &fields.at("phase"), "no phase of NIST SP 800-61")
                .hint = hint;
        }
        if let Some(technique) = self.text(fields, "technique")
            && !is_technique(technique)
        {
            self.warning(
                "UP016",
                &fields.at("technique"),
                "no technique of MITRE ATT&CK",
            )
            .hint = "T and four digits, for a sub-technique a dot and three more: T1566.001".into();
        }
    }
}

/// `[a-z][a-z0-9_]*`, at most 64.
pub(crate) fn is_name(text: &str) -> bool {
    text.len() <= ID_CHARS_MAX
        && text.starts_with(|c: char| c.is_ascii_lowercase())
        && text
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
}

/// True for what can be a playbook's id: `[a-z0-9][a-z0-9_-]*`, at most 64 characters.
pub fn is_playbook_id(text: &str) -> bool {
    text.len() <= ID_CHARS_MAX
        && text.starts_with(|c: char| c.is_ascii_lowercase() || c.is_ascii_digit())
        && text
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_' || b == b'-')
}

fn is_technique(text: &str) -> bool {
    let digits =
        |part: &str, count| part.len() == count && part.bytes().all(|b| b.is_ascii_digit());
    match text
        .strip_prefix('T')
        .map(|rest| rest.split_once('.').unwrap_or((rest, "000")))
    {
        Some((technique, sub)) => digits(technique, 4) && digits(sub, 3),
        None => false,
    }
}

/// Looks down a document without recursion.
fn deeper_than(value: &Value, limit: usize) -> bool {
    let mut todo = vec![(value, 0usize)];
    while let Some((value, depth)) = todo.pop() {
        if depth > limit {
            return true;
        }
        match value {
            Value::Array(list) => todo.extend(list.iter().map(|v| (v, depth + 1))),
            Value::Object(map) => todo.extend(map.values().map(|v| (v, depth + 1))),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
        }
    }
    false
}
