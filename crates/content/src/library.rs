//! The whole content folder: connectors, playbooks and source mappings that can be used.

use std::{collections::BTreeMap, sync::Arc};

use updraft_connector::{Connector, ReplayBook, Sample};
use updraft_engine::Plan;
use updraft_ingest::Mapping;
use updraft_model::{BlobHash, Diagnostic, Level, Problem};

use crate::{Files, capabilities::Capabilities, connectors};

/// Everything that content provides. What is broken is left out.
#[derive(Debug, Default)]
pub struct Library {
    /// By id.
    pub connectors: BTreeMap<String, Arc<Connector>>,
    /// Recorded conversations, by connector.
    pub samples: BTreeMap<String, Vec<Sample>>,
    /// README.md of each connector.
    pub readmes: BTreeMap<String, String>,
    /// By id.
    pub playbooks: BTreeMap<String, Playbook>,
    /// How sources are read, by id.
    pub mappings: BTreeMap<String, Arc<Mapping>>,
    /// The vendor-neutral verbs.
    pub capabilities: Capabilities,
}

/// A playbook, and the text that a run pins.
#[derive(Debug, Clone)]
pub struct Playbook {
    /// Checked and compiled.
    pub plan: Arc<Plan>,
    /// The YAML as written.
    pub source: String,
    /// The version: SHA-256 of the source.
    pub digest: BlobHash,
    /// Its path under `content/`.
    pub file: String,
}

impl Library {
    /// A stand-in for the products, from all recorded conversations.
    pub fn replay_book(&self) -> ReplayBook {
        ReplayBook::new(self.connectors.iter().map(|(id, connector)| {
            (
                connector,
                self.samples.get(id).map(Vec::as_slice).unwrap_or_default(),
            )
        }))
    }

    /// The actions that provide a capability: connector, action.
    pub fn providing(&self, capability: &str) -> Vec<(&Arc<Connector>, &str)> {
        let actions = self.connectors.values().filter_map(|connector| {
            Some((connector, connector.providing(capability)?.name.as_str()))
        });
        actions.collect()
    }
}

/// Reads a content folder: paths such as `connectors/virustotal/connector.yaml` to bytes.
pub fn load(files: &Files) -> (Library, Vec<Diagnostic>) {
    let mut library = Library {
        capabilities: crate::builtin_capabilities(),
        ..Library::default()
    };
    let mut diagnostics = Vec::new();
    if let Some(bytes) = files.get("capabilities.yaml") {
        match capabilities(bytes) {
            Ok(capabilities) => library.capabilities = capabilities,
            Err(diagnostic) => diagnostics.push(*diagnostic),
        }
    }
    for (name, own) in folders(files, "connectors/") {
        let prefix = format!("connectors/{name}/");
        let folder = connectors::read(&prefix, &own, &library.capabilities);
        diagnostics.extend(folder.diagnostics);
        if let Some(connector) = folder.connector {
            library.readmes.insert(name.clone(), folder.readme);
            library.samples.insert(name.clone(), folder.samples);
            library.connectors.insert(name, connector);
        }
    }
    for (path, bytes) in files {
        if path.starts_with("playbooks/") && path.ends_with("/playbook.yaml") {
            let source = String::from_utf8_lossy(bytes).into_owned();
            match parse_playbook(path, &source) {
                Ok(plan) => {
                    let playbook = Playbook {
                        digest: BlobHash::of(source.as_bytes()),
                        plan: Arc::new(plan),
                        source,
                        file: path.clone(),
                    };
                    library
                        .playbooks
                        .insert(playbook.plan.id().to_owned(), playbook);
                }
                Err(found) => diagnostics.extend(found),
            }
        } else if path.starts_with("sources/") && path.ends_with("/mapping.yaml") {
            match parse_mapping(path, &String::from_utf8_lossy(bytes)) {
                Ok(mapping) => {
                    library
                        .mappings
                        .insert(mapping.id().to_owned(), Arc::new(mapping));
                }
                Err(found) => diagnostics.extend(found),
            }
        }
    }
    (library, diagnostics)
}

/// The folders under a place, each with its files relative to itself.
pub fn folders(files: &Files, place: &str) -> BTreeMap<String, Files> {
    let mut found: BTreeMap<String, Files> = BTreeMap::new();
    for (path, bytes) in files {
        if let Some((name, rest)) = path
            .strip_prefix(place)
            .and_then(|path| path.split_once('/'))
        {
            found
                .entry(name.to_owned())
                .or_default()
                .insert(rest.to_owned(), bytes.clone());
        }
    }
    found
}

/// Reads one playbook; warnings are let pass.
pub fn parse_playbook(file: &str, text: &str) -> Result<Plan, Vec<Diagnostic>> {
    let (plan, found) = lint_playbook(file, text);
    plan.map_err(|()| found)
}

/// Everything that is wrong with a playbook, and the plan if it can be used.
pub fn lint_playbook(file: &str, text: &str) -> (Result<Plan, ()>, Vec<Diagnostic>) {
    let document = match crate::yaml::parse(file, text) {
        Ok(document) => document,
        Err(diagnostic) => return (Err(()), vec![*diagnostic]),
    };
    let (plan, problems) = Plan::from_value(&document.value);
    let found = problems
        .iter()
        .map(|problem| document.spans.diagnostic(problem))
        .collect();
    (plan.ok_or(()), found)
}

/// Reads one source mapping; warnings are let pass.
pub fn parse_mapping(file: &str, text: &str) -> Result<Mapping, Vec<Diagnostic>> {
    let document = crate::yaml::parse(file, text).map_err(|diagnostic| vec![*diagnostic])?;
    let (mapping, problems) = Mapping::from_value(&document.value);
    mapping.ok_or_else(|| {
        problems
            .iter()
            .map(|problem| document.spans.diagnostic(problem))
            .collect()
    })
}

/// `capabilities.yaml`.
pub(crate) fn capabilities(bytes: &[u8]) -> Result<Capabilities, Box<Diagnostic>> {
    let file = "capabilities.yaml";
    let document = connectors::parse(file, bytes)?;
    Capabilities::from_value(&document.value).map_err(|fault| {
        let mut diagnostic = document
            .spans
            .diagnostic(&Problem::error("UC015", "", fault));
        diagnostic.level = Level::Error;
        Box::new(diagnostic)
    })
}
