//! Single steps of a document as steps of a playbook: what a person or another playbook is to do.

use base64::{Engine, prelude::BASE64_STANDARD};
use serde_json::{Map, Value, json};

use super::{Unmapped, import::Importer, text};

/// Characters of a command that a task shows.
const COMMAND_CHARS_MAX: usize = 16_000;
/// The longest delay and timeout: 366 days, in milliseconds.
const MILLIS_MAX: u64 = 366 * 24 * 3600 * 1000;

/// A duration of a playbook; none for nothing, or for more than a playbook may wait.
pub(super) fn duration(step: &Value, key: &str) -> Option<String> {
    let millis = step.get(key)?.as_u64()?;
    (1..=MILLIS_MAX)
        .contains(&millis)
        .then(|| match millis % 1000 {
            0 => format!("{}s", millis / 1000),
            _ => format!("{millis}ms"),
        })
}

/// What a command says, as a person can read it.
fn said(command: &Value) -> String {
    if let Some(plain) = text(command, "command") {
        return plain.to_owned();
    }
    let Some(encoded) = text(command, "command_b64") else {
        return String::new();
    };
    let decoded = BASE64_STANDARD.decode(encoded).ok();
    match decoded.and_then(|bytes| String::from_utf8(bytes).ok()) {
        Some(text) => text,
        None => format!("(base64) {encoded}"),
    }
}

impl Importer<'_> {
    /// An `action`: a task that carries the commands.
    pub(super) fn action(&mut self, id: &str, step: &Value) -> Vec<Value> {
        let commands = step.get("commands").and_then(Value::as_array);
        let commands: &[Value] = commands.map_or(&[], Vec::as_slice);
        let targets = self.targets(step);
        let mut how = String::new();
        for command in commands {
            let kind = text(command, "type").unwrap_or("unknown");
            if kind != "manual" {
                let why = format!("`{kind}` is not run by Updraft; a task asks a person to do it");
                self.unmapped(id, "command", why);
            }
            if !how.is_empty() {
                how.push_str("\n\n");
            }
            if let Some(description) = text(command, "description") {
                how.push_str(description);
                how.push('\n');
            }
            if kind != "manual" {
                let place = match targets.is_empty() {
                    true => String::new(),
                    false => format!(" on {}", targets.join(", ")),
                };
                how.push_str(&format!("With {kind}{place}:\n"));
            }
            how.extend(said(command).chars().take(COMMAND_CHARS_MAX));
        }
        if commands.is_empty() {
            self.unmapped(
                id,
                "command",
                "the step names no command; a task asks a person",
            );
            how.push_str(text(step, "name").unwrap_or("Do this step"));
        }
        self.task(id, step, &how)
    }

    fn targets(&self, step: &Value) -> Vec<String> {
        let named = step.get("targets").and_then(Value::as_array);
        let ids = named.into_iter().flatten().filter_map(Value::as_str);
        let name = |id: &str| {
            let maps = ["target_definitions", "agent_definitions"];
            let mut maps = maps.iter().filter_map(|key| self.document.get(*key));
            let party = maps.find_map(|map| map.get(id));
            party
                .and_then(|party| text(party, "name"))
                .unwrap_or(id)
                .to_owned()
        };
        ids.map(name).collect()
    }

    /// A `playbook-action`: a call of a playbook that is here, else a task.
    pub(super) fn playbook_action(&mut self, id: &str, step: &Value) -> Vec<Value> {
        let named = text(step, "playbook_id").unwrap_or_default();
        let Some(known) = self.known.get(named).cloned() else {
            let why = format!("the playbook `{named}` is not here; a task asks a person to run it");
            self.unmapped(id, "playbook", why);
            return self.task(id, step, &format!("Run the playbook {named}"));
        };
        let inputs: Map<String, Value> = self
            .arguments(step, "in_args")
            .map(|(name, var)| (name, json!(format!("{{{{ vars.{var} }}}}"))))
            .collect();
        let mut call = json!({"playbook": known});
        if !inputs.is_empty() {
            call["inputs"] = inputs.into();
        }
        let own = self.step_id(id, step);
        let values: Map<String, Value> = self
            .arguments(step, "out_args")
            .map(|(name, var)| {
                let value = format!("{{{{ steps.{own}.output?.{name} ?? vars.{var} }}}}");
                (var, json!(value))
            })
            .collect();
        let main = self.head(id, &own, step, "call", call);
        self.with_parts(id, step, &own, main, values)
    }

    /// A task with a form for what it gives back.
    pub(super) fn task(&mut self, id: &str, step: &Value, how: &str) -> Vec<Value> {
        let own = self.step_id(id, step);
        let mut manual = json!({"how": self.template(how)});
        let mut fields = Vec::new();
        let mut values = Map::new();
        let outputs: Vec<(String, String)> = self.arguments(step, "out_args").collect();
        for (name, var) in outputs {
            let variable = self.variable(step, &name);
            let mut field = json!({"name": var, "type": "text"});
            if variable.and_then(|v| text(v, "type")) == Some("bool") {
                field = json!({"name": var, "type": "choice", "options": ["true", "false"]});
            }
            if let Some(label) = variable.and_then(|v| text(v, "description")) {
                field["label"] = json!(self.template(label));
            }
            fields.push(field);
            let value = format!("{{{{ steps.{own}.output?.values?.{var} ?? vars.{var} }}}}");
            values.insert(var, json!(value));
        }
        if !fields.is_empty() {
            manual["form"] = fields.into();
        }
        let mut main = self.head(id, &own, step, "manual", manual);
        if let Some(timeout) = duration(step, "timeout")
            && let Some(map) = main.as_object_mut()
        {
            map.insert("timeout".into(), json!(timeout));
        }
        self.with_parts(id, step, &own, main, values)
    }

    /// What belongs around a step: its delay and own variables before it, what it gives back after it.
    fn with_parts(
        &mut self,
        id: &str,
        step: &Value,
        own: &str,
        main: Value,
        values: Map<String, Value>,
    ) -> Vec<Value> {
        let mut all = self.before(id, step, own);
        all.push(main);
        if !values.is_empty() {
            let name = self.names.fresh(&format!("{own}_values"), "values");
            all.push(json!({"id": name, "set": values, "x-cacao": {"part_of": id}}));
        }
        all
    }

    /// A step's delay, and the variables that it gives a value.
    pub(super) fn before(&mut self, id: &str, step: &Value, own: &str) -> Vec<Value> {
        let mut all = Vec::new();
        let part = json!({"part_of": id});
        if let Some(delay) = duration(step, "delay") {
            let name = self.names.fresh(&format!("{own}_delay"), "delay");
            all.push(json!({"id": name, "wait": {"delay": delay}, "x-cacao": part}));
        }
        let own_variables = step.get("step_variables").and_then(Value::as_object);
        let mut values = Map::new();
        for (name, variable) in own_variables.into_iter().flatten() {
            let var = self.var(name);
            if let Some(value) = text(variable, "value") {
                values.insert(var, json!(self.template(value)));
            }
        }
        if !values.is_empty() {
            let name = self.names.fresh(&format!("{own}_variables"), "variables");
            all.push(json!({"id": name, "set": values, "x-cacao": part}));
        }
        all
    }

    /// Notes what is said otherwise.
    pub(super) fn unmapped(&mut self, id: &str, what: &str, why: impl Into<String>) {
        let note = Unmapped::new(id, what, why);
        if !self.report.contains(&note) {
            self.report.push(note);
        }
    }
}
