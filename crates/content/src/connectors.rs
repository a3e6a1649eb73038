//! One connector's folder: read, linted, tested.

use std::{collections::BTreeMap, sync::Arc};

use serde_json::Value;
use updraft_connector::{Action, Connector, DocProblem, Effect, Sample, rules, samples};
use updraft_model::{Diagnostic, Level, Problem};

use crate::{
    Files,
    capabilities::Capabilities,
    yaml::{self, Spans},
};

/// Most files of one connector's folder.
pub const FILES_MAX: usize = 2_000;

/// A folder that was read: what can be used and what is wrong.
#[derive(Debug, Default)]
pub(crate) struct Folder {
    pub connector: Option<Arc<Connector>>,
    pub samples: Vec<Sample>,
    pub readme: String,
    pub diagnostics: Vec<Diagnostic>,
}

/// How one sample went.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TestResult {
    /// The connector's id.
    pub connector: String,
    /// The action.
    pub action: String,
    /// The sample's case.
    pub case: String,
    /// True when everything was as recorded.
    pub passed: bool,
    /// What was not; empty when it passed.
    pub message: String,
}

/// Everything that is wrong with the files of one folder (`connector.yaml`, `actions/…`, `samples/…`).
pub fn lint_connector(files: &Files) -> Vec<Diagnostic> {
    read("", files, &crate::builtin_capabilities()).diagnostics
}

/// Plays every sample of one folder. A connector that cannot be read gives one failed result.
pub fn test_connector(files: &Files) -> Vec<TestResult> {
    let folder = read("", files, &crate::builtin_capabilities());
    let Some(connector) = folder.connector else {
        let first = folder
            .diagnostics
            .iter()
            .find(|found| found.level == Level::Error);
        return vec![TestResult {
            connector: String::new(),
            action: String::new(),
            case: String::new(),
            passed: false,
            message: first.map(ToString::to_string).unwrap_or_default(),
        }];
    };
    play(&connector, &folder.samples)
}

/// Plays samples against their connector.
pub fn play(connector: &Arc<Connector>, list: &[Sample]) -> Vec<TestResult> {
    list.iter()
        .map(|sample| {
            let faults = samples::check(connector, sample);
            TestResult {
                connector: connector.manifest.id.clone(),
                action: sample.action.clone(),
                case: sample.case.clone(),
                passed: faults.is_empty(),
                message: faults.join("\n"),
            }
        })
        .collect()
}

/// Reads the folder `prefix` (empty or ending in `/`); `files` are relative to it.
pub(crate) fn read(prefix: &str, files: &Files, capabilities: &Capabilities) -> Folder {
    let mut folder = Folder::default();
    if files.len() > FILES_MAX {
        let text = format!("more than {FILES_MAX} files");
        folder
            .diagnostics
            .push(whole(prefix, Problem::error("UC033", "", text)));
        return folder;
    }
    let (documents, spans) = documents(prefix, files, &mut folder.diagnostics);
    let broken = folder
        .diagnostics
        .iter()
        .any(|found| found.level == Level::Error);
    let (connector, problems) = Connector::parse(&documents);
    let exempt = exemptions(documents.get("connector.yaml"));
    let report = |folder: &mut Folder, found: DocProblem| {
        if found.problem.level == Level::Warning && exempt.contains_key(found.problem.code) {
            return;
        }
        folder.diagnostics.push(match spans.get(&found.document) {
            Some(spans) => spans.diagnostic(&found.problem),
            None => whole(&format!("{prefix}{}", found.document), found.problem),
        });
    };
    for problem in problems {
        report(&mut folder, problem);
    }
    if let Some(found) = misplaced(prefix, documents.get("connector.yaml")) {
        report(&mut folder, found);
    }
    read_samples(prefix, files, &documents, &mut folder);
    if let Some(text) = files.get("README.md") {
        folder.readme = String::from_utf8_lossy(text).into_owned();
    }
    if let Some(connector) = connector {
        let mut found = capabilities.check(&connector);
        found.extend(missing_cases(&connector, &folder.samples));
        let kept = !found
            .iter()
            .any(|found| found.problem.level == Level::Error);
        for problem in found {
            report(&mut folder, problem);
        }
        if kept && !broken {
            folder.connector = Some(Arc::new(connector));
        }
    }
    let order = |found: &Diagnostic| (found.file.clone(), found.line, found.column);
    folder.diagnostics.sort_by_key(order);
    folder
}

type Documents = BTreeMap<String, Value>;

fn documents(
    prefix: &str,
    files: &Files,
    out: &mut Vec<Diagnostic>,
) -> (Documents, BTreeMap<String, Spans>) {
    let (mut values, mut spans) = (BTreeMap::new(), BTreeMap::new());
    for (path, bytes) in files {
        if path != "connector.yaml" && !(path.starts_with("actions/") && path.ends_with(".yaml")) {
            continue;
        }
        match parse(&format!("{prefix}{path}"), bytes) {
            Ok(document) => {
                values.insert(path.clone(), document.value);
                spans.insert(path.clone(), document.spans);
            }
            Err(diagnostic) => out.push(*diagnostic),
        }
    }
    (values, spans)
}

/// Bytes as a YAML document.
pub(crate) fn parse(file: &str, bytes: &[u8]) -> Result<yaml::Document, Box<Diagnostic>> {
    match std::str::from_utf8(bytes) {
        Ok(text) => yaml::parse(file, text),
        Err(error) => {
            let text = format!("the file is not UTF-8 (byte {})", error.valid_up_to());
            Err(Box::new(whole(file, Problem::error("UY007", "", text))))
        }
    }
}

fn read_samples(prefix: &str, files: &Files, documents: &Documents, folder: &mut Folder) {
    for (path, bytes) in files {
        let Some(rest) = path.strip_prefix("samples/") else {
            continue;
        };
        let Some((action, name)) = rest.split_once('/') else {
            continue;
        };
        let Some(case) = name.strip_suffix(".yaml") else {
            continue;
        };
        let file = format!("{prefix}{path}");
        let document = match parse(&file, bytes) {
            Ok(document) => document,
            Err(diagnostic) => {
                folder.diagnostics.push(*diagnostic);
                continue;
            }
        };
        let (sample, mut problems) = Sample::parse(action, &document.value, &beside(files, action));
        if !documents.contains_key(&format!("actions/{action}.yaml")) {
            let text = format!("there is no action `{action}`");
            problems.push(Problem::error("UC031", "", text));
        }
        let written = document.value.get("case").and_then(Value::as_str);
        if written.is_some_and(|written| written != case) {
            problems.push(Problem::error(
                "UC029",
                "/case",
                format!("the file is `{name}`"),
            ));
        }
        folder
            .diagnostics
            .extend(problems.iter().map(|one| document.spans.diagnostic(one)));
        if problems.is_empty() {
            folder.samples.extend(sample);
        }
    }
}

/// The files beside an action's samples, by name.
fn beside(files: &Files, action: &str) -> BTreeMap<String, Vec<u8>> {
    let place = format!("samples/{action}/");
    files
        .range(place.clone()..)
        .take_while(|(path, _)| path.starts_with(&place))
        .filter(|(path, _)| !path.ends_with(".yaml"))
        .filter_map(|(path, bytes)| Some((path.strip_prefix(&place)?.to_owned(), bytes.clone())))
        .collect()
}

/// The id is the folder's name.
fn misplaced(prefix: &str, root: Option<&Value>) -> Option<DocProblem> {
    let folder = prefix
        .trim_end_matches('/')
        .rsplit('/')
        .next()
        .filter(|name| !name.is_empty())?;
    let id = root?.get("id")?.as_str()?;
    (id != folder).then(|| DocProblem {
        document: "connector.yaml".into(),
        problem: Problem::error("UC029", "/id", format!("the folder is `{folder}`")),
    })
}

fn exemptions(root: Option<&Value>) -> BTreeMap<String, String> {
    let list = root
        .and_then(|root| root.get("exempt"))
        .and_then(Value::as_object);
    list.into_iter()
        .flatten()
        .filter(|(code, _)| rules::rule(code).is_some_and(|rule| rule.exemptible))
        .map(|(code, reason)| (code.clone(), reason.to_string()))
        .collect()
}

/// The cases that every action is shown by.
fn missing_cases(connector: &Connector, list: &[Sample]) -> Vec<DocProblem> {
    let mut found = Vec::new();
    for (name, action) in &connector.actions {
        let has = |case: &str| {
            list.iter()
                .any(|sample| sample.action == *name && sample.case == case)
        };
        let missing: Vec<&str> = wanted(action)
            .into_iter()
            .filter(|case| !has(case))
            .collect();
        if !missing.is_empty() {
            found.push(DocProblem {
                document: format!("actions/{name}.yaml"),
                problem: Problem::warning(
                    "UC030",
                    "/action",
                    format!("no sample for {}", missing.join(", ")),
                )
                .hint(format!("samples/{name}/<case>.yaml")),
            });
        }
    }
    found
}

fn wanted(action: &Action) -> Vec<&'static str> {
    let mut cases = vec!["hit", "unauthorized", "rate_limited", "malformed"];
    let looks_up = action.effect == Effect::Read
        && action.capabilities.iter().any(|name| {
            ["reputation.", "whois.", "ticket.find", "ticket.get"]
                .iter()
                .any(|verb| name.starts_with(verb))
        });
    if looks_up {
        cases.push("miss");
    }
    cases
}

/// A problem of a file as a whole.
pub(crate) fn whole(file: &str, problem: Problem) -> Diagnostic {
    Diagnostic {
        level: problem.level,
        code: problem.code.to_owned(),
        file: file.to_owned(),
        line: 1,
        column: 1,
        message: problem.message,
        hint: problem.hint,
        source: String::new(),
        width: 1,
    }
}
