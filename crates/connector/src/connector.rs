//! A connector: its documents, checked and compiled.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Map, Value};
use updraft_model::{BlobHash, Level, Problem};

use crate::{
    action::Action,
    call::Environment,
    check::{Check, Names, fits, keys},
    coherence, encode,
    error::{CallError, ErrorCode},
    format,
    manifest::Manifest,
    request, rules,
    shape::Shape,
    templates::fuel,
    values::admit_all,
};

/// Most actions of one connector.
pub const ACTIONS_MAX: usize = 200;

/// One product's API, ready to be called.
#[derive(Debug)]
pub struct Connector {
    /// `connector.yaml`.
    pub manifest: Manifest,
    /// `actions/*.yaml`, by name.
    pub actions: BTreeMap<String, Action>,
    /// Of the canonical JSON of all documents: the version that a run pins.
    pub digest: BlobHash,
}

/// A finding in one of a connector's documents.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DocProblem {
    /// `connector.yaml`, `actions/lookup_ip.yaml`.
    pub document: String,
    /// What and where.
    pub problem: Problem,
}

/// A call that belongs to another one: look first, verify afterwards.
#[derive(Debug, Clone, PartialEq)]
pub struct FollowUpCall {
    /// An action of the same connector.
    pub action: String,
    /// Its input.
    pub input: Value,
    /// How long to wait before, milliseconds.
    pub settle_ms: u64,
}

impl Connector {
    /// Reads `connector.yaml` and `actions/*.yaml`. All problems at once; no connector if one is an error.
    pub fn parse(docs: &BTreeMap<String, Value>) -> (Option<Connector>, Vec<DocProblem>) {
        let mut found = Vec::new();
        let mut report = |document: &str, problem: Problem| {
            found.push(DocProblem {
                document: document.to_owned(),
                problem,
            });
        };
        if let Some((document, _)) = docs.iter().find(|(_, value)| !fits(value)) {
            report(
                document,
                Problem::error(rules::TOO_BIG, "", "nested too deep or too big"),
            );
            return (None, found);
        }
        let Some(root) = docs.get("connector.yaml") else {
            let problem = Problem::error(rules::MISSING_FIELD, "", "there is no connector.yaml");
            report("connector.yaml", problem);
            return (None, found);
        };
        let actions = action_documents(docs);
        if actions.len() > ACTIONS_MAX {
            let text = format!("more than {ACTIONS_MAX} actions");
            report("connector.yaml", Problem::error(rules::TOO_BIG, "", text));
            return (None, found);
        }
        for (document, problem) in examine(root, &actions) {
            report(&document, problem);
        }
        if found
            .iter()
            .any(|found| found.problem.level == Level::Error)
        {
            return (None, found);
        }
        match compile(root, &actions) {
            Ok((manifest, compiled)) => {
                let fine = coherence::compiled(&manifest, &compiled, root, &actions);
                found.extend(fine);
                let switched_off = |code: &str| manifest.exempt.contains_key(code);
                found.retain(|DocProblem { problem, .. }| {
                    problem.level == Level::Error || !switched_off(problem.code)
                });
                if found
                    .iter()
                    .any(|found| found.problem.level == Level::Error)
                {
                    return (None, found);
                }
                let digest = digest(docs);
                (
                    Some(Connector {
                        manifest,
                        actions: compiled,
                        digest,
                    }),
                    found,
                )
            }
            Err((document, text)) => {
                found.push(DocProblem {
                    document,
                    problem: Problem::error(rules::INTERNAL, "", text),
                });
                (None, found)
            }
        }
    }

    /// The action of that name.
    pub fn action(&self, name: &str) -> Option<&Action> {
        self.actions.get(name)
    }

    /// The action that provides a capability; the first by name.
    pub fn providing(&self, capability: &str) -> Option<&Action> {
        self.actions
            .values()
            .find(|action| action.capabilities.iter().any(|known| known == capability))
    }

    /// A connection's settings with defaults filled, or everything that is wrong with them.
    pub fn settings(&self, overrides: &Value) -> Result<Value, Vec<String>> {
        admit_all("setting", &self.manifest.settings, overrides.clone())
    }

    /// The address that paths start from, for these settings.
    pub fn base_url(&self, env: &Environment) -> Option<String> {
        if let Some(url) = &env.base_url {
            return Some(request::overridden(&self.manifest, url));
        }
        let mut scope = Map::new();
        scope.insert("settings".into(), env.settings.clone());
        self.manifest
            .base_url
            .as_ref()?
            .text(&scope, &mut fuel())
            .ok()
    }

    /// The hosts that requests and redirects may reach: that of the base address and `allowed_hosts`.
    /// Compare with [`crate::host_matches`].
    pub fn hosts(&self, env: &Environment) -> Vec<String> {
        let mut hosts = request::allowed_hosts(&self.manifest, &env.settings);
        let base = self
            .base_url(env)
            .and_then(|base| url::Url::parse(&base).ok());
        hosts.extend(base.and_then(|url| url.host_str().map(str::to_owned)));
        hosts
    }

    /// The call that looks whether a write with an unknown outcome has happened (`idempotency.find`).
    pub fn find_call(
        &self,
        action: &Action,
        input: &Value,
        env: &Environment,
    ) -> Result<Option<FollowUpCall>, CallError> {
        let Some(find) = &action.idempotency.find else {
            return Ok(None);
        };
        let mut scope = Map::new();
        scope.insert("input".into(), input.clone());
        scope.insert("settings".into(), env.settings.clone());
        let key = env
            .idempotency_key
            .clone()
            .map_or(Value::Null, Value::String);
        scope.insert("idempotency_key".into(), key);
        let input = match &action.idempotency.find_input {
            Some(template) => template
                .eval(&scope, &mut fuel())
                .map_err(|(_, e)| fault(&e))?,
            None => Value::Object(Map::new()),
        };
        let settle_ms = action.idempotency.settle.unwrap_or(0);
        Ok(Some(FollowUpCall {
            action: find.clone(),
            input,
            settle_ms,
        }))
    }

    /// The write's own outputs, taken from what the looking action gave; `None`: it has not happened.
    pub fn found(&self, action: &Action, output: &Value) -> Result<Option<Value>, CallError> {
        let mut scope = Map::new();
        scope.insert("output".into(), output.clone());
        let holds = match &action.idempotency.found {
            Some(found) => found
                .holds(&scope, &mut fuel())
                .map_err(|error| fault(&error))?,
            None => true,
        };
        Ok(holds.then(|| {
            let of = |name: &String| output.get(name).cloned().unwrap_or_default();
            action
                .outputs
                .keys()
                .map(|name| (name.clone(), of(name)))
                .collect::<Map<_, _>>()
                .into()
        }))
    }

    /// The call that shows that an action happened (`verify`).
    pub fn verify_call(
        &self,
        action: &Action,
        input: &Value,
        output: &Value,
        env: &Environment,
    ) -> Result<Option<FollowUpCall>, CallError> {
        let Some(verify) = &action.verify else {
            return Ok(None);
        };
        let mut scope = Map::new();
        scope.insert("input".into(), input.clone());
        scope.insert("output".into(), output.clone());
        scope.insert("settings".into(), env.settings.clone());
        let input = match &verify.input {
            Some(template) => template
                .eval(&scope, &mut fuel())
                .map_err(|(_, e)| fault(&e))?,
            None => Value::Object(Map::new()),
        };
        Ok(Some(FollowUpCall {
            action: verify.action.clone(),
            input,
            settle_ms: 0,
        }))
    }

    /// Whether the verifying action's output shows that it happened.
    pub fn verified(
        &self,
        action: &Action,
        input: &Value,
        verify_output: &Value,
        env: &Environment,
    ) -> Result<bool, CallError> {
        let Some(verify) = &action.verify else {
            return Ok(true);
        };
        let mut scope = Map::new();
        scope.insert("input".into(), input.clone());
        scope.insert("output".into(), verify_output.clone());
        scope.insert("settings".into(), env.settings.clone());
        verify
            .holds
            .holds(&scope, &mut fuel())
            .map_err(|error| fault(&error))
    }
}

fn fault(error: &updraft_expr::Error) -> CallError {
    CallError::new(ErrorCode::Malformed, error.message.clone()).hint(error.hint.clone())
}

/// Walks every document with what it declares, then looks at what belongs together.
fn examine(root: &Value, actions: &BTreeMap<&str, &Value>) -> Vec<(String, Problem)> {
    let mut found = Vec::new();
    let names = Names {
        settings: Some(keys(root.get("settings"))),
        secrets: Some(keys(root.get("secrets"))),
        ..Names::default()
    };
    let mut problems = Vec::new();
    let mut check = Check::new(names.clone(), &mut problems);
    check.walk(&Shape::Object(&format::CONNECTOR), root, "");
    let mut used = check.used;
    coherence::connector(root, actions, &mut problems);
    for (name, document) in actions {
        let mut problems = Vec::new();
        let mut check = Check::new(
            Names {
                inputs: Some(keys(document.get("inputs"))),
                outputs: Some(keys(document.get("outputs"))),
                captured: Some(captured(document)),
                ..names.clone()
            },
            &mut problems,
        );
        check.walk(&Shape::Object(&format::ACTION), document, "");
        let seen = check.used;
        coherence::action(name, document, root, actions, &seen, &mut problems);
        used.extend(seen);
        let path = format!("actions/{name}.yaml");
        found.extend(problems.into_iter().map(|problem| (path.clone(), problem)));
    }
    coherence::unused(root, &used, &mut problems);
    let first = problems
        .into_iter()
        .map(|problem| ("connector.yaml".to_owned(), problem));
    first.chain(found).collect()
}

/// The names that any step captures.
fn captured(document: &Value) -> std::collections::BTreeSet<String> {
    let steps = document.get("steps").and_then(Value::as_array);
    steps
        .into_iter()
        .flatten()
        .flat_map(|step| keys(step.get("capture")))
        .collect()
}

type Compiled = (Manifest, BTreeMap<String, Action>);

fn compile(root: &Value, actions: &BTreeMap<&str, &Value>) -> Result<Compiled, (String, String)> {
    let manifest = Manifest::deserialize(root)
        .map_err(|error| ("connector.yaml".to_owned(), error.to_string()))?;
    let mut compiled = BTreeMap::new();
    for (name, document) in actions {
        let action = Action::deserialize(*document)
            .map_err(|error| (format!("actions/{name}.yaml"), error.to_string()))?;
        compiled.insert((*name).to_owned(), action);
    }
    Ok((manifest, compiled))
}

/// Action name to document.
fn action_documents(docs: &BTreeMap<String, Value>) -> BTreeMap<&str, &Value> {
    docs.iter()
        .filter_map(|(path, value)| {
            let name = path.strip_prefix("actions/")?.strip_suffix(".yaml")?;
            Some((name, value))
        })
        .collect()
}

fn digest(docs: &BTreeMap<String, Value>) -> BlobHash {
    let mut text = String::new();
    for (path, value) in docs {
        if path == "connector.yaml" || path.starts_with("actions/") {
            text.push_str(path);
            text.push('\n');
            encode::canonical_json(value, &mut text);
            text.push('\n');
        }
    }
    BlobHash::of(text.as_bytes())
}
