//! From a document to a playbook: the graph is walked once, each branching becomes a block.
//!
//! A step that several branches share stands in each of them, as often as it must; steps that lead back to an
//! earlier one, except the body of a `while-condition`, end in a step that fails and says so.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};
use updraft_model::{BlobHash, Level, Problem};

use super::{
    DEPTH_MAX, KEPT, STEPS_MAX, Unmapped, condition, export,
    flow::{Flow, branches},
    ids::kind_of,
    names::{Names, playbook_slug},
    text, validate, workflow,
};
use crate::yaml;

/// Steps that the playbook may have; the machine's own limit.
const PLAYBOOK_STEPS_MAX: usize = 500;
/// How deep its blocks may nest.
const NESTING_MAX: usize = 28;
/// Rounds of a `while-condition`.
const ROUNDS_MAX: u32 = 1_000;

/// A playbook made of a document.
#[derive(Debug, Clone, PartialEq)]
pub struct Imported {
    /// The playbook's id.
    pub id: String,
    /// The playbook.
    pub value: Value,
    /// The same as YAML.
    pub text: String,
    /// What it says otherwise than the document, or not at all.
    pub report: Vec<Unmapped>,
}

/// Makes a playbook of a document. `known` names the playbooks that are here by their CACAO identifiers. When
/// `lenient`, what is wrong with the document and does no harm to the walk is reported instead of refused.
///
/// # Errors
/// What is wrong with the document.
pub fn import(
    document: &Value,
    known: &BTreeMap<String, String>,
    lenient: bool,
) -> Result<Imported, Vec<Problem>> {
    let found = validate(document, None);
    let fatal = |problem: &Problem| {
        problem.level == Level::Error && (!lenient || matches!(problem.code, "UA001" | "UA015"))
    };
    if found.iter().any(fatal) && !(lenient && start_of(document).is_some()) {
        return Err(found);
    }
    if let Some(kept) = export::own_text(document) {
        return own(kept);
    }
    let mut report = Vec::new();
    for problem in found.iter().filter(|problem| problem.level == Level::Error) {
        let why = format!("{}: {}", problem.pointer, problem.message);
        report.push(Unmapped::new("", "invalid", why));
    }
    walk(document, known, report).map_err(|problem| vec![problem])
}

/// The first step, if it is there.
fn start_of(document: &Value) -> Option<&str> {
    let start = text(document, "workflow_start")?;
    workflow(document)?.contains_key(start).then_some(start)
}

/// A playbook that was written here and came back unchanged.
fn own(kept: &str) -> Result<Imported, Vec<Problem>> {
    let parsed = yaml::parse("playbook.yaml", kept).map_err(|found| {
        let text = format!(
            "the playbook that the document carries is broken: {}",
            found.message
        );
        vec![Problem::error("UA004", "/playbook_extensions", text)]
    })?;
    Ok(Imported {
        id: text(&parsed.value, "id").unwrap_or_default().to_owned(),
        text: kept.to_owned(),
        value: parsed.value,
        report: Vec::new(),
    })
}

pub(super) struct Importer<'d> {
    pub document: &'d Value,
    pub known: &'d BTreeMap<String, String>,
    pub names: Names,
    pub report: Vec<Unmapped>,
    steps: &'d Map<String, Value>,
    flow: Flow<'d>,
    vars: Names,
    used_vars: BTreeSet<String>,
    /// Steps whose original stands in the playbook.
    kept: BTreeSet<&'d str>,
    times: BTreeMap<String, u32>,
    way: Vec<&'d str>,
    made: usize,
}

fn walk(
    document: &Value,
    known: &BTreeMap<String, String>,
    report: Vec<Unmapped>,
) -> Result<Imported, Problem> {
    let none = || Problem::error("UA015", "/workflow_start", "there is no first step");
    let steps = workflow(document).ok_or_else(none)?;
    let start = start_of(document).ok_or_else(none)?;
    if steps.len() > STEPS_MAX {
        let text = format!("a document may have {STEPS_MAX} steps");
        return Err(Problem::error("UA001", "/workflow", text));
    }
    let mut importer = Importer {
        document,
        known,
        names: Names::default(),
        report,
        steps,
        flow: Flow::of(steps),
        vars: Names::default(),
        used_vars: BTreeSet::new(),
        kept: BTreeSet::new(),
        times: BTreeMap::new(),
        way: Vec::new(),
        made: 0,
    };
    let mut body = importer.chain(start, &[], 0)?;
    if let Some(exception) = text(document, "workflow_exception")
        && steps.contains_key(exception)
    {
        let caught = importer.chain(exception, &[], 1)?;
        if !caught.is_empty() && !body.is_empty() {
            let id = importer.names.fresh("workflow", "workflow");
            body = vec![json!({"id": id, "try": body, "catch": caught,
                               KEPT: {"part_of": exception}})];
        }
    }
    Ok(importer.finish(body))
}

impl<'d> Importer<'d> {
    /// The steps from `first` on, up to one of `stops` or an end.
    fn chain(
        &mut self,
        first: &'d str,
        stops: &[&'d str],
        depth: usize,
    ) -> Result<Vec<Value>, Problem> {
        let mut all = Vec::new();
        let before = self.way.len();
        let mut next = Some(first);
        while let Some(id) = next.filter(|id| !stops.contains(id)) {
            let Some(step) = self.steps.get(id) else {
                self.unmapped(id, "jump", "there is no such step; the branch ends here");
                break;
            };
            if self.way.contains(&id) || depth > NESTING_MAX {
                all.push(self.jump(id, depth > NESTING_MAX));
                break;
            }
            self.way.push(id);
            let (made, then) = self.step(id, step, stops, depth)?;
            self.made += made.len();
            if self.made > PLAYBOOK_STEPS_MAX {
                let text =
                    format!("as nested blocks the graph has more than {PLAYBOOK_STEPS_MAX} steps");
                let hint = "join branches again, or split the playbook with `playbook-action`";
                return Err(Problem::error("UA005", "/workflow", text).hint(hint));
            }
            all.extend(made);
            next = then;
        }
        self.way.truncate(before);
        Ok(all)
    }

    /// A way back that a structured playbook cannot go.
    fn jump(&mut self, id: &str, deep: bool) -> Value {
        let why = match deep {
            true => format!("blocks nest deeper than {NESTING_MAX} levels; the run fails here"),
            false => "the way leads back to an earlier step without a `while-condition`; the run fails here".to_owned(),
        };
        self.unmapped(id, "jump", why.clone());
        let own = self.names.fresh("not_mapped", "not_mapped");
        json!({"id": own, "fail": {"code": "not_mapped", "message": why}, KEPT: {"part_of": id}})
    }

    /// One step, and what follows it.
    fn step(
        &mut self,
        id: &'d str,
        step: &'d Value,
        stops: &[&'d str],
        depth: usize,
    ) -> Result<(Vec<Value>, Option<&'d str>), Problem> {
        let completed = text(step, "on_completion");
        let made = match text(step, "type").unwrap_or_else(|| kind_of(id)) {
            "end" => return Ok((Vec::new(), None)),
            "start" => return Ok((Vec::new(), completed.or_else(|| text(step, "on_success")))),
            "if-condition" => self.branching(id, step, stops, depth)?,
            "while-condition" => self.repeating(id, step, stops, depth)?,
            "switch-condition" => self.choosing(id, step, stops, depth)?,
            "parallel" => self.together(id, step, stops, depth)?,
            "playbook-action" => self.playbook_action(id, step),
            _ => self.action(id, step),
        };
        let Some(failed) = text(step, "on_failure") else {
            let joined = || self.flow.join(id).filter(|_| !branches(step).is_empty());
            let next = completed
                .or_else(|| text(step, "on_success"))
                .or_else(joined);
            return Ok((made, next));
        };
        let join = self.flow.join(id);
        let more = self.forked(
            id,
            (made, text(step, "on_success"), failed),
            (stops, join),
            depth,
        )?;
        Ok((more, join))
    }

    /// `on_success` and `on_failure`: the step goes on in any case, and a switch looks how it ended.
    fn forked(
        &mut self,
        id: &'d str,
        (mut made, succeeded, failed): (Vec<Value>, Option<&'d str>, &'d str),
        (stops, join): (&[&'d str], Option<&'d str>),
        depth: usize,
    ) -> Result<Vec<Value>, Problem> {
        let mut stops = stops.to_vec();
        stops.extend(join);
        let own = |step: &&mut Value| step[KEPT]["id"] == *id;
        let Some(main) = made.iter_mut().find(own) else {
            return Ok(made);
        };
        let name = text(main, "id").unwrap_or_default().to_owned();
        if let Some(map) = main.as_object_mut() {
            map.insert("on_error".into(), json!("continue"));
        }
        let bad = self.chain(failed, &stops, depth + 1)?;
        let good = match succeeded {
            Some(next) => self.chain(next, &stops, depth + 1)?,
            None => Vec::new(),
        };
        let when = format!("steps.{name}.status == 'failed'");
        if let Some(cases) = cases(&when, bad, good) {
            let route = self.names.fresh(&format!("{name}_ended"), "ended");
            made.push(json!({"id": route, "switch": cases, KEPT: {"part_of": id}}));
        }
        Ok(made)
    }

    /// Where the branches of a step stop, beside where those around it stop.
    fn inner_stops(&self, id: &str, step: &'d Value, stops: &[&'d str]) -> Vec<&'d str> {
        let mut all = stops.to_vec();
        all.extend(text(step, "on_completion").or_else(|| self.flow.join(id)));
        all
    }

    /// A condition as an expression; what cannot be translated a person decides.
    fn condition(&mut self, id: &str, step: &Value, own: &str) -> (Vec<Value>, String) {
        let said = text(step, "condition").unwrap_or_default();
        let translated = condition::translate(said, &mut |name| Some(self.var(name)));
        if let Some(expression) = translated {
            return (Vec::new(), expression);
        }
        self.unmapped(id, "condition", format!("`{said}` is asked of a person"));
        let name = self.names.fresh(&format!("{own}_decision"), "decision");
        let how = self.template(&format!("Decide whether this holds: {said}"));
        let form = json!([{"name": "holds", "type": "boolean", "required": true}]);
        let ask = json!({"id": name, "title": "Decide", "manual": {"how": how, "form": form},
                         KEPT: {"part_of": id}});
        (vec![ask], format!("steps.{name}.output.values.holds"))
    }

    fn branching(
        &mut self,
        id: &'d str,
        step: &'d Value,
        stops: &[&'d str],
        depth: usize,
    ) -> Result<Vec<Value>, Problem> {
        let own = self.step_id(id, step);
        let inner = self.inner_stops(id, step, stops);
        let mut made = self.before(id, step, &own);
        let (ask, when) = self.condition(id, step, &own);
        made.extend(ask);
        let mut sides = [Vec::new(), Vec::new()];
        for (side, key) in sides.iter_mut().zip(["on_true", "on_false"]) {
            if let Some(to) = text(step, key) {
                *side = self.chain(to, &inner, depth + 1)?;
            }
        }
        let [yes, no] = sides;
        if let Some(cases) = cases(&when, yes, no) {
            made.push(self.head(id, &own, step, "switch", cases));
        }
        Ok(made)
    }

    fn repeating(
        &mut self,
        id: &'d str,
        step: &'d Value,
        stops: &[&'d str],
        depth: usize,
    ) -> Result<Vec<Value>, Problem> {
        let own = self.step_id(id, step);
        let mut inner = self.inner_stops(id, step, stops);
        inner.push(id);
        let mut made = self.before(id, step, &own);
        let (ask, when) = self.condition(id, step, &own);
        made.extend(ask);
        let body = match text(step, "on_true") {
            Some(to) => self.chain(to, &inner, depth + 2)?,
            None => Vec::new(),
        };
        if body.is_empty() {
            return Ok(made);
        }
        let why = format!("at most {ROUNDS_MAX} rounds are made; then the step fails");
        self.unmapped(id, "loop", why);
        let rounds = self.names.fresh(&format!("{own}_rounds"), "rounds");
        let turn = json!({"id": rounds, "loop": {"max": ROUNDS_MAX, "until": format!("not ({when})"),
                          "do": body}, KEPT: {"part_of": id}});
        let cases = json!([{"when": when, "do": [turn]}]);
        made.push(self.head(id, &own, step, "switch", cases));
        Ok(made)
    }

    fn choosing(
        &mut self,
        id: &'d str,
        step: &'d Value,
        stops: &[&'d str],
        depth: usize,
    ) -> Result<Vec<Value>, Problem> {
        let own = self.step_id(id, step);
        let inner = self.inner_stops(id, step, stops);
        let mut made = self.before(id, step, &own);
        let said = text(step, "switch").unwrap_or_default();
        let named = said.strip_suffix(":value").unwrap_or(said);
        let value = match super::rules::is_variable(named) {
            true => format!("vars.{}", self.var(named)),
            false => {
                self.unmapped(
                    id,
                    "switch",
                    format!("what `{said}` is, is asked of a person"),
                );
                let name = self.names.fresh(&format!("{own}_decision"), "decision");
                let options: Vec<String> =
                    branches(step).into_iter().map(|(case, _)| case).collect();
                let form = json!([{"name": "case", "type": "choice", "options": options, "required": true}]);
                let how = self.template(&format!("Choose how to go on: {said}"));
                made.push(
                    json!({"id": name, "title": "Choose", "manual": {"how": how, "form": form},
                                 KEPT: {"part_of": id}}),
                );
                format!("steps.{name}.output.values.case")
            }
        };
        let mut cases = Vec::new();
        let mut otherwise = None;
        for (case, to) in branches(step) {
            let body = self.chain(to, &inner, depth + 1)?;
            if body.is_empty() {
                continue;
            }
            match case.as_str() {
                "default" => otherwise = Some(json!({"else": true, "do": body})),
                case => {
                    let when = format!("{value} == {}", condition::literal(case));
                    cases.push(json!({"when": when, "do": body}));
                }
            }
        }
        cases.extend(otherwise);
        if !cases.is_empty() {
            made.push(self.head(id, &own, step, "switch", cases.into()));
        }
        Ok(made)
    }

    fn together(
        &mut self,
        id: &'d str,
        step: &'d Value,
        stops: &[&'d str],
        depth: usize,
    ) -> Result<Vec<Value>, Problem> {
        let own = self.step_id(id, step);
        let inner = self.inner_stops(id, step, stops);
        let mut made = self.before(id, step, &own);
        let mut all = Vec::new();
        for (_, to) in branches(step) {
            let body = self.chain(to, &inner, depth + 1)?;
            if !body.is_empty() {
                all.push(Value::from(body));
            }
        }
        if !all.is_empty() {
            made.push(self.head(id, &own, step, "parallel", all.into()));
        }
        Ok(made)
    }

    /// The id of a step; one that stands in several branches gets another in each.
    pub(super) fn step_id(&mut self, id: &str, step: &Value) -> String {
        let times = self.times.entry(id.to_owned()).or_default();
        *times += 1;
        let key = format!("{id}#{times}");
        let kind = kind_of(id).replace('-', "_");
        self.names
            .of(&key, text(step, "name").unwrap_or(&kind), &kind)
    }

    /// A step with what all have in common.
    pub(super) fn head(
        &mut self,
        id: &str,
        own: &str,
        step: &Value,
        key: &str,
        body: Value,
    ) -> Value {
        let mut made = Map::new();
        made.insert("id".into(), json!(own));
        for (from, to) in [("name", "title"), ("description", "why")] {
            if let Some(text) = text(step, from) {
                made.insert(to.into(), json!(text));
            }
        }
        made.insert(key.into(), body);
        let mut kept = json!({"id": id});
        if let Some((known, _)) = self.steps.get_key_value(id)
            && self.kept.insert(known)
        {
            kept["step"] = step.clone();
        }
        made.insert(KEPT.into(), kept);
        made.into()
    }

    /// The name under `vars` of a variable.
    pub(super) fn var(&mut self, name: &str) -> String {
        self.used_vars.insert(name.to_owned());
        self.vars.of(name, name.trim_matches('_'), "value")
    }

    /// The variables that a step takes or gives, with their names under `vars`.
    pub(super) fn arguments(
        &mut self,
        step: &Value,
        key: &str,
    ) -> std::vec::IntoIter<(String, String)> {
        let named = step.get(key).and_then(Value::as_array);
        let names = named.into_iter().flatten().filter_map(Value::as_str);
        let names = names.map(|name| name.strip_suffix(":value").unwrap_or(name).to_owned());
        let all: Vec<(String, String)> = names
            .map(|name| {
                let var = self.var(&name);
                (name, var)
            })
            .collect();
        all.into_iter()
    }

    /// A variable as the step or the playbook declares it.
    pub(super) fn variable<'a>(&self, step: &'a Value, name: &str) -> Option<&'a Value>
    where
        'd: 'a,
    {
        let document: &'a Value = self.document;
        let own = step.get("step_variables").and_then(|map| map.get(name));
        own.or_else(|| document.get("playbook_variables")?.get(name))
    }

    /// A text as a template: braces as they are, variables in their place.
    pub(super) fn template(&mut self, text: &str) -> String {
        let escaped = text.replace("{{", "{{ '{{' }}");
        let mut out = String::new();
        let mut rest = escaped.as_str();
        while let Some(end) = rest.find("__:value") {
            let head = rest.get(..end + 2).unwrap_or_default();
            // The shortest name that ends here.
            let starts = head.match_indices("__").map(|(place, _)| place);
            let start = starts
                .filter(|place| head.get(*place..).is_some_and(super::rules::is_variable))
                .last();
            match start {
                Some(start) => {
                    let var = self.var(head.get(start..).unwrap_or_default());
                    out.push_str(head.get(..start).unwrap_or_default());
                    out.push_str(&format!("{{{{ vars.{var} }}}}"));
                }
                None => out.push_str(rest.get(..end + "__:value".len()).unwrap_or_default()),
            }
            rest = rest.get(end + "__:value".len()..).unwrap_or_default();
        }
        out.push_str(rest);
        out
    }

    /// The whole playbook.
    fn finish(mut self, mut body: Vec<Value>) -> Imported {
        let name = text(self.document, "name").unwrap_or("Imported");
        let given = text(self.document, "id").unwrap_or_default();
        let id = match playbook_slug(name) {
            slug if slug.is_empty() => format!(
                "imported-{}",
                &BlobHash::of(given.as_bytes()).to_string()[..8]
            ),
            slug => slug,
        };
        let mut made = Map::new();
        made.insert("format".into(), json!(1));
        made.insert("id".into(), json!(id));
        made.insert("title".into(), json!(name));
        if let Some(description) = text(self.document, "description") {
            made.insert("description".into(), json!(description));
        }
        let labels = self.document.get("labels").and_then(Value::as_array);
        if let Some(labels) = labels {
            made.insert("tags".into(), labels.clone().into());
        }
        let (inputs, first) = self.first_values();
        if !inputs.is_empty() {
            made.insert("inputs".into(), inputs.into());
        }
        if !first.is_empty() {
            let name = self.names.fresh("variables", "variables");
            body.insert(0, json!({"id": name, "set": first}));
        }
        if body.is_empty() {
            body.push(json!({"id": "nothing", "finish": {"message": "the playbook has no steps"}}));
        }
        let mut document = self.document.clone();
        let mut hidden = Map::new();
        if let Some(map) = document.as_object_mut() {
            map.shift_remove("workflow");
        }
        for (id, step) in self.steps {
            if !self.kept.contains(id.as_str()) {
                hidden.insert(id.clone(), step.clone());
            }
        }
        made.insert(
            KEPT.into(),
            json!({"document": document, "workflow": hidden}),
        );
        made.insert("steps".into(), body.into());
        let value = Value::from(made);
        debug_assert!(!super::deeper_than(&value, DEPTH_MAX * 3));
        Imported {
            id,
            text: yaml::write(&value),
            value,
            report: self.report,
        }
    }

    /// What the playbook takes, and what its variables are at first.
    fn first_values(&mut self) -> (Map<String, Value>, Map<String, Value>) {
        let declared = self
            .document
            .get("playbook_variables")
            .and_then(Value::as_object);
        let (mut inputs, mut first) = (Map::new(), Map::new());
        for (name, variable) in declared.into_iter().flatten() {
            let var = self.var(name);
            let value = text(variable, "value");
            if variable.get("external").and_then(Value::as_bool) == Some(true) {
                let mut spec = json!({"type": "string", "default": value.unwrap_or_default()});
                if let Some(summary) = text(variable, "description") {
                    spec["summary"] = json!(summary);
                }
                inputs.insert(var.clone(), spec);
                first.insert(var.clone(), json!(format!("{{{{ inputs.{var} }}}}")));
            } else {
                let value = value.map(|value| value.replace("{{", "{{ '{{' }}"));
                first.insert(var, json!(value));
            }
        }
        for name in self.used_vars.clone() {
            let var = self.var(&name);
            first.entry(var).or_insert(Value::Null);
        }
        (inputs, first)
    }
}

/// The cases of a switch with two sides; none when there is nothing to do on either.
fn cases(when: &str, yes: Vec<Value>, no: Vec<Value>) -> Option<Value> {
    match (yes.is_empty(), no.is_empty()) {
        (true, true) => None,
        (false, true) => Some(json!([{"when": when, "do": yes}])),
        (true, false) => Some(json!([{"when": format!("not ({when})"), "do": no}])),
        (false, false) => Some(json!([{"when": when, "do": yes}, {"else": true, "do": no}])),
    }
}
