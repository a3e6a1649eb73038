//! From a playbook to a document: blocks become steps that name each other.
//!
//! A playbook that was imported and not changed is given back as it came. Any other is written anew, and carries its
//! own text in an extension, so that Updraft reads it back to the letter; what other products make of it is the
//! workflow, in which everything that CACAO has no command for is said in words to a person.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};
use updraft_model::{BlobHash, Timestamp};

use super::{KEPT, Unmapped, ids, import, text};

/// Milliseconds that a step may be delayed.
const DELAY_MS_MAX: i64 = 366 * 24 * 3600 * 1000;
/// Characters of a command.
const COMMAND_CHARS_MAX: usize = 16_000;

/// A document made of a playbook.
#[derive(Debug, Clone, PartialEq)]
pub struct Exported {
    /// The document.
    pub document: Value,
    /// What it says otherwise than the playbook.
    pub report: Vec<Unmapped>,
}

/// Under which extension our own text stands.
fn extension() -> String {
    ids::id("extension-definition", "playbook")
}

/// Writes a playbook (`value`, whose text is `source`) as a document. `known` names the playbooks that are here by
/// their CACAO identifiers; the times are those of its first and of this version.
pub fn export(
    value: &Value,
    source: &str,
    known: &BTreeMap<String, String>,
    (created, modified): (Timestamp, Timestamp),
) -> Exported {
    if let Some(document) = as_it_came(value, known) {
        return Exported {
            document,
            report: Vec::new(),
        };
    }
    let id = text(value, "id").unwrap_or("playbook");
    let mut writer = Writer {
        playbook: id,
        workflow: Map::new(),
        variables: Map::new(),
        report: Vec::new(),
        handlers: Vec::new(),
    };
    writer.inputs(value);
    let end = writer.end("end", "End");
    let first = writer.block(value.get("steps"), "steps", &end);
    let start = ids::id("start", id);
    writer.put(&start, json!({"type": "start", "on_completion": first}));
    let (workflow, variables) = (writer.workflow, writer.variables);
    let mut document = base(value, id, (created, modified));
    document.insert("workflow_start".into(), json!(start));
    document.insert("workflow".into(), workflow.into());
    if !variables.is_empty() {
        document.insert("playbook_variables".into(), variables.into());
    }
    let mut document = Value::from(document);
    let digest = digest(&document);
    document["playbook_extensions"] = json!({extension(): {"playbook": source, "digest": digest}});
    Exported {
        document,
        report: writer.report,
    }
}

/// The document of a playbook that was imported and not changed since.
fn as_it_came(value: &Value, known: &BTreeMap<String, String>) -> Option<Value> {
    let kept = value.get(KEPT)?;
    let mut document = kept.get("document")?.clone();
    let mut workflow = kept.get("workflow")?.as_object()?.clone();
    collect(value.get("steps")?, &mut workflow);
    document
        .as_object_mut()?
        .insert("workflow".into(), workflow.into());
    let again = import(&document, known, true).ok()?;
    (again.value == *value).then_some(document)
}

/// The originals of the steps in a block and below.
fn collect(value: &Value, workflow: &mut Map<String, Value>) {
    match value {
        Value::Array(list) => list.iter().for_each(|value| collect(value, workflow)),
        Value::Object(map) => {
            let kept = map.get(KEPT);
            if let (Some(id), Some(step)) = (
                kept.and_then(|kept| text(kept, "id")),
                kept.and_then(|kept| kept.get("step")),
            ) {
                workflow.insert(id.to_owned(), step.clone());
            }
            let inner = map.iter().filter(|(key, _)| *key != KEPT);
            inner.for_each(|(_, value)| collect(value, workflow));
        }
        _ => {}
    }
}

/// The text that a document written here carries, if nobody changed the document since.
pub(super) fn own_text(document: &Value) -> Option<&str> {
    let kept = document.get("playbook_extensions")?.get(extension())?;
    let same = text(kept, "digest")? == digest(document);
    text(kept, "playbook").filter(|_| same)
}

/// The address of what a document says beside the extension: equal documents have equal ones, in whatever order.
fn digest(document: &Value) -> String {
    fn sorted(value: &Value) -> Value {
        match value {
            Value::Array(list) => list.iter().map(sorted).collect(),
            Value::Object(map) => {
                let map: BTreeMap<&String, Value> = map
                    .iter()
                    .map(|(key, value)| (key, sorted(value)))
                    .collect();
                map.into_iter()
                    .map(|(key, value)| (key.clone(), value))
                    .collect()
            }
            other => other.clone(),
        }
    }
    let mut rest = document.clone();
    if let Some(map) = rest.as_object_mut() {
        map.shift_remove("playbook_extensions");
        // A signature is put beside what it signs.
        map.shift_remove("signatures");
    }
    BlobHash::of(sorted(&rest).to_string().as_bytes()).to_string()
}

/// What a document says beside its workflow.
fn base(
    value: &Value,
    id: &str,
    (created, modified): (Timestamp, Timestamp),
) -> Map<String, Value> {
    let author = ids::id("identity", "updraft");
    let mut document = Map::new();
    let kept = value.get(KEPT).and_then(|kept| kept.get("document"));
    if let Some(kept) = kept.and_then(Value::as_object) {
        document.clone_from(kept);
    }
    for key in [
        "workflow_exception",
        "signatures",
        "playbook_processing_summary",
    ] {
        document.shift_remove(key);
    }
    let mut default = |key: &str, value: Value| {
        document.entry(key).or_insert(value);
    };
    default("type", json!("playbook"));
    default("spec_version", json!("cacao-2.0"));
    default("id", json!(ids::playbook_id(id)));
    default("created_by", json!(author));
    default("created", json!(created.to_string()));
    document.insert("modified".into(), json!(modified.to_string()));
    document.insert("name".into(), json!(text(value, "title").unwrap_or(id)));
    if let Some(description) = text(value, "description") {
        document.insert("description".into(), json!(description));
    }
    if let Some(tags) = value
        .get("tags")
        .filter(|tags| tags.as_array().is_some_and(|t| !t.is_empty()))
    {
        document.insert("labels".into(), tags.clone());
    }
    let agent = json!({"type": "group", "name": "SOC analysts"});
    insert_under(&mut document, "agent_definitions", &agent_id(), agent);
    let definition = json!({
        "type": "extension-definition",
        "name": "Updraft playbook",
        "description": "The text of the playbook in Updraft's own format, and the digest of the document that was made of it",
        "created_by": author,
        "schema": "https://github.com/updraft-soar/updraft/blob/main/docs/reference/cacao.md",
        "version": "1",
    });
    insert_under(
        &mut document,
        "extension_definitions",
        &extension(),
        definition,
    );
    document
}

fn insert_under(document: &mut Map<String, Value>, key: &str, id: &str, value: Value) {
    let map = document.entry(key).or_insert_with(|| json!({}));
    if let Some(map) = map.as_object_mut() {
        map.insert(id.to_owned(), value);
    }
}

fn agent_id() -> String {
    ids::id("group", "analysts")
}

struct Writer<'p> {
    playbook: &'p str,
    workflow: Map<String, Value>,
    variables: Map<String, Value>,
    report: Vec<Unmapped>,
    /// Where a failing step goes on, by the `try` steps around it.
    handlers: Vec<String>,
}

impl Writer<'_> {
    /// What is put in beside the playbook's own steps has a `~` in its path, which no step's id has.
    fn id(&self, kind: &str, path: &str) -> String {
        ids::id(kind, &format!("{}/{path}", self.playbook))
    }
    fn put(&mut self, id: &str, step: Value) {
        self.workflow.insert(id.to_owned(), step);
    }
    fn end(&mut self, path: &str, name: &str) -> String {
        let id = self.id("end", path);
        self.put(&id, json!({"type": "end", "name": name}));
        id
    }
    fn told(&mut self, path: &str, what: &str, why: &str) {
        let note = Unmapped::new(path, what, why);
        if !self.report.contains(&note) {
            self.report.push(note);
        }
    }

    fn inputs(&mut self, value: &Value) {
        for (name, spec) in value
            .get("inputs")
            .and_then(Value::as_object)
            .into_iter()
            .flatten()
        {
            let mut variable = json!({"type": "string", "external": true});
            if let Some(summary) = text(spec, "summary") {
                variable["description"] = json!(summary);
            }
            // What is secret or restricted has no place in a document.
            let open = !matches!(text(spec, "type"), Some("secret" | "restricted"));
            match spec
                .get("default")
                .filter(|default| open && !default.is_null())
            {
                Some(Value::String(default)) => variable["value"] = json!(default),
                Some(default) => variable["value"] = json!(default.to_string()),
                None => {}
            }
            self.variables.insert(format!("__{name}__"), variable);
        }
    }

    fn variable(&mut self, name: &str, description: &str) -> String {
        let name = format!("__{name}__");
        let made = json!({"type": "string", "description": description, "constant": false});
        self.variables.insert(name.clone(), made);
        name
    }

    /// The first step of a block whose last goes on with `next`.
    fn block(&mut self, steps: Option<&Value>, path: &str, next: &str) -> String {
        let steps = steps
            .and_then(Value::as_array)
            .map_or(&[][..], Vec::as_slice);
        let mut next = next.to_owned();
        for (index, step) in steps.iter().enumerate().rev() {
            let own = text(step, "id").map_or_else(|| index.to_string(), str::to_owned);
            next = self.step(step, &format!("{path}/{own}"), &next);
        }
        next
    }

    /// The first step of a block that is a branch: it ends by itself.
    fn branch(&mut self, steps: Option<&Value>, path: &str) -> String {
        let end = self.end(&format!("{path}~end"), "End of the branch");
        self.block(steps, path, &end)
    }

    fn step(&mut self, step: &Value, path: &str, next: &str) -> String {
        let Some(when) = step.get("when").filter(|when| !when.is_null()) else {
            return self.inner(step, path, next);
        };
        let own = text(step, "id").unwrap_or("step");
        let end = self.end(&format!("{path}~when~end"), "End of the branch");
        let body = self.inner(step, path, &end);
        let said = when
            .as_str()
            .map_or_else(|| when.to_string(), str::to_owned);
        let variable = self.variable(&format!("{own}_when"), "Whether the step is done");
        let branch = self.id("if-condition", &format!("{path}~when"));
        self.put(
            &branch,
            json!({"type": "if-condition", "name": format!("Is `{own}` done?"),
                   "condition": format!("{variable}:value = 'true'"), "on_true": body, "on_completion": next}),
        );
        self.decision(
            &format!("{path}~when~decide"),
            &format!("Say true if this holds, else false: {said}"),
            &variable,
            &branch,
        )
    }

    /// A person says what an expression gives.
    fn decision(&mut self, path: &str, command: &str, variable: &str, next: &str) -> String {
        self.told(
            path,
            "expression",
            "a person says what it gives, CACAO has no such expressions",
        );
        let id = self.id("action", path);
        let command: String = command.chars().take(COMMAND_CHARS_MAX).collect();
        self.put(
            &id,
            json!({"type": "action", "name": "Decide", "commands": [{"type": "manual", "command": command}],
                   "agent": agent_id(), "out_args": [variable], "on_completion": next}),
        );
        id
    }

    fn inner(&mut self, step: &Value, path: &str, next: &str) -> String {
        let has = |key: &str| step.get(key).is_some_and(|value| !value.is_null());
        if has("switch") {
            self.switch(step, path, next)
        } else if has("parallel") {
            self.parallel(step, path, next)
        } else if has("for_each") {
            let items = step
                .get("for_each")
                .map(Value::to_string)
                .unwrap_or_default();
            let ask = format!("Say true while an item is left in {items}, and take the next one");
            self.repeat(step.get("do"), &ask, (step, path), next)
        } else if has("loop") {
            let inner = step.get("loop").unwrap_or(&Value::Null);
            let until = text(inner, "until").unwrap_or_default();
            let ask = format!("Say false once this holds: {until}");
            self.repeat(inner.get("do"), &ask, (step, path), next)
        } else if has("try") {
            self.attempt(step, path, next)
        } else if has("call") {
            self.call(step, path, next)
        } else if has("finish") || has("fail") || has("stop") {
            self.told(
                path,
                "end",
                "the document ends here in any case, with the outcome in the name",
            );
            let key = ["finish", "fail", "stop"].into_iter().find(|key| has(key));
            let name = format!("{}: {}", title(step), key.unwrap_or("end"));
            self.end(path, &name)
        } else {
            self.action(step, path, next)
        }
    }

    fn action(&mut self, step: &Value, path: &str, next: &str) -> String {
        let id = self.id("action", path);
        let mut made = Map::new();
        made.insert("type".into(), json!("action"));
        made.insert("name".into(), json!(title(step)));
        if let Some(why) = text(step, "why") {
            made.insert("description".into(), json!(why));
        }
        let wait = step.get("wait").and_then(|wait| text(wait, "delay"));
        let delay = wait.and_then(updraft_engine::parse_duration_ms);
        let command = match delay.filter(|delay| (1..=DELAY_MS_MAX).contains(delay)) {
            Some(delay) => {
                made.insert("delay".into(), json!(delay));
                "Go on after the delay".to_owned()
            }
            None => self.words(step, path),
        };
        let timeout = text(step, "timeout").and_then(updraft_engine::parse_duration_ms);
        if let Some(timeout) = timeout {
            made.insert("timeout".into(), json!(timeout));
        }
        made.insert(
            "commands".into(),
            json!([{"type": "manual", "command": command}]),
        );
        made.insert("agent".into(), json!(agent_id()));
        self.lead_on(step, path, next, &mut made);
        self.put(&id, made.into());
        id
    }

    /// What a step does, in words and as it is written.
    fn words(&mut self, step: &Value, path: &str) -> String {
        let manual = step.get("manual").and_then(|manual| text(manual, "how"));
        if let Some(how) = manual {
            return how.chars().take(COMMAND_CHARS_MAX).collect();
        }
        self.told(
            path,
            "command",
            "it is said to a person; CACAO has no command of this kind",
        );
        let common = [
            "id",
            "title",
            "why",
            "when",
            "on_error",
            "timeout",
            "retry",
            "undo",
            "phase",
            "technique",
            KEPT,
        ];
        let own = step.as_object().into_iter().flatten();
        let own: Map<String, Value> = own
            .filter(|(key, _)| !common.contains(&key.as_str()))
            .map(|(key, value)| (key.clone(), value.clone()))
            .collect();
        let text = crate::yaml::write(&own.into());
        text.chars().take(COMMAND_CHARS_MAX).collect()
    }

    /// What follows a step, also when it fails.
    fn lead_on(&mut self, step: &Value, path: &str, next: &str, made: &mut Map<String, Value>) {
        let handled = match step.get("on_error") {
            Some(Value::Object(map)) => {
                Some(self.block(map.get("do"), &format!("{path}/on_error"), next))
            }
            Some(Value::String(word)) if word == "continue" => Some(next.to_owned()),
            _ => self.handlers.last().cloned(),
        };
        match handled {
            Some(failed) if failed != next => {
                made.insert("on_success".into(), json!(next));
                made.insert("on_failure".into(), json!(failed));
            }
            _ => {
                made.insert("on_completion".into(), json!(next));
            }
        }
    }

    fn switch(&mut self, step: &Value, path: &str, next: &str) -> String {
        let own = text(step, "id").unwrap_or("step");
        let variable = self.variable(&format!("{own}_case"), "The first case that holds, from 1");
        let (mut cases, mut said) = (Map::new(), String::new());
        let list = step.get("switch").and_then(Value::as_array);
        for (index, case) in list.into_iter().flatten().enumerate() {
            let first = self.branch(case.get("do"), &format!("{path}/{index}"));
            let key = match case.get("when") {
                Some(when) => {
                    let when = when
                        .as_str()
                        .map_or_else(|| when.to_string(), str::to_owned);
                    said.push_str(&format!("\n{}: {when}", index + 1));
                    (index + 1).to_string()
                }
                None => "default".to_owned(),
            };
            cases.insert(key, json!(first));
        }
        let id = self.id("switch-condition", path);
        self.put(
            &id,
            json!({"type": "switch-condition", "name": title(step), "switch": format!("{variable}:value"),
                   "cases": cases, "on_completion": next}),
        );
        let ask = format!("Give the number of the first that holds, or 0:{said}");
        self.decision(&format!("{path}~decide"), &ask, &variable, &id)
    }

    fn parallel(&mut self, step: &Value, path: &str, next: &str) -> String {
        let body = step.get("parallel").unwrap_or(&Value::Null);
        let branches = match body {
            Value::Object(map) => {
                if map.get("wait").is_some_and(|wait| wait != "all") {
                    self.told(path, "wait", "CACAO waits for all branches");
                }
                map.get("branches").unwrap_or(&Value::Null)
            }
            other => other,
        };
        let all: Vec<(String, &Value)> = match branches {
            Value::Array(list) => {
                let numbered = list.iter().enumerate();
                numbered.map(|(n, block)| (n.to_string(), block)).collect()
            }
            Value::Object(map) => map
                .iter()
                .map(|(name, block)| (name.clone(), block))
                .collect(),
            _ => Vec::new(),
        };
        if let [(name, only)] = all.as_slice() {
            return self.block(Some(only), &format!("{path}/{name}"), next);
        }
        let first: Vec<String> = all
            .iter()
            .map(|(name, block)| self.branch(Some(block), &format!("{path}/{name}")))
            .collect();
        let id = self.id("parallel", path);
        self.put(
            &id,
            json!({"type": "parallel", "name": title(step), "next_steps": first, "on_completion": next}),
        );
        id
    }

    fn repeat(
        &mut self,
        body: Option<&Value>,
        ask: &str,
        (step, path): (&Value, &str),
        next: &str,
    ) -> String {
        let own = text(step, "id").unwrap_or("step");
        let variable = self.variable(&format!("{own}_more"), "Whether there is another round");
        let id = self.id("while-condition", path);
        let end = self.end(&format!("{path}~end"), "End of the round");
        let again = self.decision(&format!("{path}~again"), ask, &variable, &end);
        let first = self.block(body, path, &again);
        self.put(
            &id,
            json!({"type": "while-condition", "name": title(step), "condition": format!("{variable}:value = 'true'"),
                   "on_true": first, "on_completion": next}),
        );
        self.decision(&format!("{path}~decide"), ask, &variable, &id)
    }

    fn attempt(&mut self, step: &Value, path: &str, next: &str) -> String {
        let after = match step.get("finally") {
            Some(last) => self.block(Some(last), &format!("{path}/finally"), next),
            None => next.to_owned(),
        };
        let handler = match step.get("catch") {
            Some(caught) => self.block(Some(caught), &format!("{path}/catch"), &after),
            None => {
                self.told(
                    path,
                    "finally",
                    "after a failure the run goes on with it, and does not fail then",
                );
                after.clone()
            }
        };
        self.handlers.push(handler);
        let first = self.block(step.get("try"), &format!("{path}/try"), &after);
        self.handlers.pop();
        first
    }

    fn call(&mut self, step: &Value, path: &str, next: &str) -> String {
        let call = step.get("call").unwrap_or(&Value::Null);
        let Some(playbook) = text(call, "playbook") else {
            return self.action(step, path, next);
        };
        let id = self.id("playbook-action", path);
        let mut made = Map::new();
        made.insert("type".into(), json!("playbook-action"));
        made.insert("name".into(), json!(title(step)));
        made.insert("playbook_id".into(), json!(ids::playbook_id(playbook)));
        self.lead_on(step, path, next, &mut made);
        self.put(&id, made.into());
        id
    }
}

fn title(step: &Value) -> &str {
    text(step, "title")
        .or_else(|| text(step, "id"))
        .unwrap_or("Step")
}
