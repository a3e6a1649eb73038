//! What the standard says in prose: that what is named exists, that times are in order, that nothing goes in circles.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};
use updraft_model::{Problem, Timestamp};

use super::{ids::kind_of, text, values::misfit, workflow};

/// A key as a part of a JSON pointer.
fn escape(key: &str) -> String {
    key.replace('~', "~0").replace('/', "~1")
}

/// Everything that the rules find.
pub(super) fn check(document: &Value, now: Option<Timestamp>) -> Vec<Problem> {
    let mut rules = Rules {
        document,
        found: Vec::new(),
    };
    rules.times(now);
    rules.variables("", document.get("playbook_variables"));
    rules.definitions();
    let Some(steps) = workflow(document) else {
        return rules.found;
    };
    rules.entry(steps);
    for (id, step) in steps {
        rules.step(steps, id, step);
    }
    rules.circles(steps);
    rules.reach(steps);
    rules.found
}

struct Rules<'d> {
    document: &'d Value,
    found: Vec<Problem>,
}

/// Where a step can go next: the field's pointer inside the step, and the id.
pub(super) fn edges(step: &Value) -> Vec<(String, &str)> {
    let mut found = Vec::new();
    for key in [
        "on_completion",
        "on_success",
        "on_failure",
        "on_true",
        "on_false",
    ] {
        if let Some(next) = text(step, key) {
            found.push((format!("/{key}"), next));
        }
    }
    let next = step.get("next_steps").and_then(Value::as_array);
    for (index, next) in next.into_iter().flatten().enumerate() {
        if let Some(next) = next.as_str() {
            found.push((format!("/next_steps/{index}"), next));
        }
    }
    let cases = step.get("cases").and_then(Value::as_object);
    for (case, next) in cases.into_iter().flatten() {
        if let Some(next) = next.as_str() {
            found.push((format!("/cases/{}", escape(case)), next));
        }
    }
    found
}

impl Rules<'_> {
    fn error(&mut self, code: &'static str, pointer: impl Into<String>, message: String) {
        self.found.push(Problem::error(code, pointer, message));
    }
    fn warning(&mut self, code: &'static str, pointer: impl Into<String>, message: String) {
        self.found.push(Problem::warning(code, pointer, message));
    }

    fn times(&mut self, now: Option<Timestamp>) {
        let at =
            |key: &str| text(self.document, key).and_then(|text| text.parse::<Timestamp>().ok());
        let (created, modified) = (at("created"), at("modified"));
        let (from, until) = (at("valid_from"), at("valid_until"));
        if let (Some(created), Some(modified)) = (created, modified)
            && modified < created
        {
            let text = "`modified` is earlier than `created`".to_owned();
            self.error("UA010", "/modified", text);
        }
        if let (Some(from), Some(until)) = (from, until)
            && until <= from
        {
            let text = "`valid_until` is not later than `valid_from`".to_owned();
            self.error("UA010", "/valid_until", text);
        }
        let revoked = self.document.get("revoked").and_then(Value::as_bool);
        if revoked == Some(true) {
            let text = "the playbook is revoked and must not be run".to_owned();
            self.warning("UA020", "/revoked", text);
        } else if let (Some(until), Some(now)) = (until, now)
            && until < now
        {
            let text = "the playbook is not valid any more".to_owned();
            self.warning("UA021", "/valid_until", text);
        }
    }

    fn variables(&mut self, place: &str, variables: Option<&Value>) {
        for (name, variable) in variables.and_then(Value::as_object).into_iter().flatten() {
            let field = if place.is_empty() {
                "/playbook_variables".to_owned()
            } else {
                format!("{place}/step_variables")
            };
            let pointer = format!("{field}/{}", escape(name));
            if !is_variable(name) {
                let text = format!("`{name}` is no name of a variable");
                self.found.push(
                    Problem::error("UA011", pointer.clone(), text)
                        .hint("names are like __source_ip__"),
                );
            }
            let (Some(kind), Some(value)) = (text(variable, "type"), text(variable, "value"))
            else {
                continue;
            };
            if let Some(wanted) = misfit(kind, value) {
                let text = format!("the value of `{name}` is not {wanted}");
                self.error("UA012", format!("{pointer}/value"), text);
            }
        }
    }

    fn has(&self, definitions: &[&str], id: &str) -> bool {
        let mut maps = definitions.iter().filter_map(|key| self.document.get(key));
        maps.any(|map| map.get(id).is_some())
    }

    /// Agents and targets name authentication that is defined; extensions are defined.
    fn definitions(&mut self) {
        for key in ["agent_definitions", "target_definitions"] {
            let Some(map) = self.document.get(key).and_then(Value::as_object) else {
                continue;
            };
            for (id, party) in map {
                let pointer = format!("/{key}/{}", escape(id));
                self.own_kind(&pointer, id, party);
                let Some(named) = text(party, "authentication_info") else {
                    continue;
                };
                if !self.has(&["authentication_info_definitions"], named) {
                    let text = format!("no authentication is defined as `{named}`");
                    self.error("UA013", format!("{pointer}/authentication_info"), text);
                }
            }
        }
    }

    fn own_kind(&mut self, pointer: &str, id: &str, thing: &Value) {
        if let Some(kind) = text(thing, "type")
            && kind_of(id) != kind
        {
            let message = format!("`{id}` is of the type `{kind}`, and its id says otherwise");
            self.error("UA014", pointer, message);
        }
    }

    fn entry(&mut self, steps: &Map<String, Value>) {
        for (key, must_start) in [("workflow_start", true), ("workflow_exception", false)] {
            let Some(id) = text(self.document, key) else {
                continue;
            };
            match steps.get(id) {
                None => {
                    let text = format!("there is no step `{id}`");
                    self.error("UA015", format!("/{key}"), text);
                }
                Some(step) if must_start && text(step, "type") != Some("start") => {
                    let text = format!("`{id}` is not a step of the type `start`");
                    self.error("UA015", format!("/{key}"), text);
                }
                Some(_) => {}
            }
        }
    }

    fn step(&mut self, steps: &Map<String, Value>, id: &str, step: &Value) {
        let pointer = format!("/workflow/{}", escape(id));
        self.own_kind(&pointer, id, step);
        self.variables(&pointer, step.get("step_variables"));
        let also = |key: &str| step.get(key).is_some();
        if also("on_completion") && (also("on_success") || also("on_failure")) {
            let text =
                format!("`{id}` has `on_completion` together with `on_success` or `on_failure`");
            let hint = "`on_completion` goes on in any case; use it alone";
            self.found
                .push(Problem::error("UA016", pointer.clone(), text).hint(hint));
        }
        for (field, next) in edges(step) {
            if !steps.contains_key(next) {
                let text = format!("`{id}` goes on with `{next}`, which is no step");
                self.error("UA017", format!("{pointer}{field}"), text);
            }
        }
        if let Some(agent) = text(step, "agent")
            && !self.has(&["agent_definitions"], agent)
        {
            let text = format!("`{id}` names the agent `{agent}`, which is not defined");
            self.error("UA018", format!("{pointer}/agent"), text);
        }
        let targets = step.get("targets").and_then(Value::as_array);
        for (index, target) in targets.into_iter().flatten().enumerate() {
            let Some(target) = target.as_str() else {
                continue;
            };
            if !self.has(&["target_definitions", "agent_definitions"], target) {
                let text = format!("`{id}` names the target `{target}`, which is not defined");
                self.error("UA018", format!("{pointer}/targets/{index}"), text);
            }
        }
    }

    /// A step that leads to itself, unless through the body of a `while-condition`.
    fn circles(&mut self, steps: &Map<String, Value>) {
        // A body's end belongs to its `while-condition`, so an edge back to one is how a loop is written.
        let next = |id: &str| -> Vec<&str> {
            let found = steps.get(id).map(edges).unwrap_or_default();
            let goes_back = |to: &&str| kind_of(to) != "while-condition" || kind_of(id) == "start";
            found
                .into_iter()
                .map(|(_, to)| to)
                .filter(goes_back)
                .collect()
        };
        if let Some(id) = first_circle(steps, next) {
            let text = format!("the way from `{id}` leads back to it");
            self.found.push(
                Problem::error("UA019", format!("/workflow/{}", escape(&id)), text)
                    .hint("repeat steps with a `while-condition`"),
            );
        }
    }

    fn reach(&mut self, steps: &Map<String, Value>) {
        let mut seen = BTreeSet::new();
        let roots = ["workflow_start", "workflow_exception"];
        let mut todo: Vec<&str> = roots
            .iter()
            .filter_map(|key| text(self.document, key))
            .collect();
        while let Some(id) = todo.pop() {
            if let Some(step) = steps.get(id)
                && seen.insert(id)
            {
                todo.extend(edges(step).into_iter().map(|(_, next)| next));
            }
        }
        let lost: Vec<&String> = steps
            .keys()
            .filter(|id| !seen.contains(id.as_str()))
            .collect();
        for id in lost {
            let text = format!("no way leads to `{id}`");
            self.warning("UA022", format!("/workflow/{}", escape(id)), text);
        }
    }
}

/// The first step, by depth-first search, that can be reached from itself.
fn first_circle<'s>(
    steps: &'s Map<String, Value>,
    next: impl Fn(&str) -> Vec<&'s str>,
) -> Option<String> {
    // 1: on the present way, 2: done.
    let mut colour: BTreeMap<&str, u8> = BTreeMap::new();
    for root in steps.keys() {
        let mut way: Vec<(&str, Vec<&str>)> = Vec::new();
        if colour.contains_key(root.as_str()) {
            continue;
        }
        colour.insert(root, 1);
        way.push((root, next(root)));
        while let Some((id, open)) = way.last_mut() {
            let Some(to) = open.pop() else {
                colour.insert(*id, 2);
                way.pop();
                continue;
            };
            match colour.get(to) {
                Some(1) => return Some(to.to_owned()),
                Some(_) => {}
                None if steps.contains_key(to) => {
                    colour.insert(to, 1);
                    way.push((to, next(to)));
                }
                None => {}
            }
        }
    }
    None
}

/// True for `__name__`.
pub(super) fn is_variable(name: &str) -> bool {
    let inner = name
        .strip_prefix("__")
        .and_then(|name| name.strip_suffix("__"));
    inner.is_some_and(|inner| {
        inner.len() <= 200
            && inner.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
            && inner
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-'))
    })
}
