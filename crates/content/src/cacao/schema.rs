//! The schemas of OASIS, compiled once.

use std::sync::OnceLock;

use boon::{Compiler, Draft, SchemaIndex, Schemas, ValidationError};
use serde_json::Value;
use updraft_model::Problem;

use super::FINDINGS_MAX;

/// Where the schemas say that they live; nothing is fetched from there.
const HOME: &str = "https://raw.githubusercontent.com/oasis-open/cacao-json-schemas/main/schemas/";
/// Characters of a finding that are kept.
const MESSAGE_CHARS_MAX: usize = 300;

static FILES: &[(&str, &str)] = &[
    (
        "agent-target/agent-target.json",
        include_str!("oasis/agent-target/agent-target.json"),
    ),
    (
        "agent-target/group.json",
        include_str!("oasis/agent-target/group.json"),
    ),
    (
        "agent-target/http-api.json",
        include_str!("oasis/agent-target/http-api.json"),
    ),
    (
        "agent-target/individual.json",
        include_str!("oasis/agent-target/individual.json"),
    ),
    (
        "agent-target/linux.json",
        include_str!("oasis/agent-target/linux.json"),
    ),
    (
        "agent-target/location.json",
        include_str!("oasis/agent-target/location.json"),
    ),
    (
        "agent-target/net-address.json",
        include_str!("oasis/agent-target/net-address.json"),
    ),
    (
        "agent-target/organization.json",
        include_str!("oasis/agent-target/organization.json"),
    ),
    (
        "agent-target/sector.json",
        include_str!("oasis/agent-target/sector.json"),
    ),
    (
        "agent-target/security-category.json",
        include_str!("oasis/agent-target/security-category.json"),
    ),
    (
        "agent-target/ssh.json",
        include_str!("oasis/agent-target/ssh.json"),
    ),
    (
        "authentication-info/authentication-info.json",
        include_str!("oasis/authentication-info/authentication-info.json"),
    ),
    (
        "authentication-info/http-basic.json",
        include_str!("oasis/authentication-info/http-basic.json"),
    ),
    (
        "authentication-info/oauth2.json",
        include_str!("oasis/authentication-info/oauth2.json"),
    ),
    (
        "authentication-info/user-auth.json",
        include_str!("oasis/authentication-info/user-auth.json"),
    ),
    (
        "commands/bash.json",
        include_str!("oasis/commands/bash.json"),
    ),
    (
        "commands/caldera-cmd.json",
        include_str!("oasis/commands/caldera-cmd.json"),
    ),
    (
        "commands/command-data.json",
        include_str!("oasis/commands/command-data.json"),
    ),
    (
        "commands/elastic.json",
        include_str!("oasis/commands/elastic.json"),
    ),
    (
        "commands/http-api.json",
        include_str!("oasis/commands/http-api.json"),
    ),
    (
        "commands/jupyter.json",
        include_str!("oasis/commands/jupyter.json"),
    ),
    (
        "commands/kestrel.json",
        include_str!("oasis/commands/kestrel.json"),
    ),
    (
        "commands/manual.json",
        include_str!("oasis/commands/manual.json"),
    ),
    (
        "commands/openc2-http.json",
        include_str!("oasis/commands/openc2-http.json"),
    ),
    (
        "commands/powershell.json",
        include_str!("oasis/commands/powershell.json"),
    ),
    (
        "commands/sigma.json",
        include_str!("oasis/commands/sigma.json"),
    ),
    ("commands/ssh.json", include_str!("oasis/commands/ssh.json")),
    (
        "commands/yara.json",
        include_str!("oasis/commands/yara.json"),
    ),
    (
        "data-markings/data-marking.json",
        include_str!("oasis/data-markings/data-marking.json"),
    ),
    (
        "data-markings/marking-iep.json",
        include_str!("oasis/data-markings/marking-iep.json"),
    ),
    (
        "data-markings/marking-statement.json",
        include_str!("oasis/data-markings/marking-statement.json"),
    ),
    (
        "data-markings/marking-tlp.json",
        include_str!("oasis/data-markings/marking-tlp.json"),
    ),
    (
        "data-types/civic-location.json",
        include_str!("oasis/data-types/civic-location.json"),
    ),
    (
        "data-types/contact.json",
        include_str!("oasis/data-types/contact.json"),
    ),
    (
        "data-types/external-reference.json",
        include_str!("oasis/data-types/external-reference.json"),
    ),
    (
        "data-types/identifier.json",
        include_str!("oasis/data-types/identifier.json"),
    ),
    (
        "data-types/playbook-processing-summary.json",
        include_str!("oasis/data-types/playbook-processing-summary.json"),
    ),
    (
        "data-types/signature.json",
        include_str!("oasis/data-types/signature.json"),
    ),
    (
        "data-types/timestamp.json",
        include_str!("oasis/data-types/timestamp.json"),
    ),
    (
        "data-types/variable.json",
        include_str!("oasis/data-types/variable.json"),
    ),
    (
        "extension-definition/extension-definition.json",
        include_str!("oasis/extension-definition/extension-definition.json"),
    ),
    ("playbook.json", include_str!("oasis/playbook.json")),
    (
        "workflows/action.json",
        include_str!("oasis/workflows/action.json"),
    ),
    (
        "workflows/end.json",
        include_str!("oasis/workflows/end.json"),
    ),
    (
        "workflows/if-condition.json",
        include_str!("oasis/workflows/if-condition.json"),
    ),
    (
        "workflows/parallel.json",
        include_str!("oasis/workflows/parallel.json"),
    ),
    (
        "workflows/playbook-action.json",
        include_str!("oasis/workflows/playbook-action.json"),
    ),
    (
        "workflows/start.json",
        include_str!("oasis/workflows/start.json"),
    ),
    (
        "workflows/switch-condition.json",
        include_str!("oasis/workflows/switch-condition.json"),
    ),
    (
        "workflows/while-condition.json",
        include_str!("oasis/workflows/while-condition.json"),
    ),
    (
        "workflows/workflow-step.json",
        include_str!("oasis/workflows/workflow-step.json"),
    ),
];

static COMPILED: OnceLock<Result<Compiled, String>> = OnceLock::new();

struct Compiled {
    schemas: Schemas,
    playbook: SchemaIndex,
}

/// What the schemas find wrong.
pub(super) fn check(document: &Value) -> Vec<Problem> {
    let compiled = match COMPILED.get_or_init(compile) {
        Ok(compiled) => compiled,
        Err(error) => {
            let text = format!("the schemas of OASIS cannot be used: {error}");
            return vec![Problem::error("UA002", "", text)];
        }
    };
    let mut found = Vec::new();
    if let Err(error) = compiled.schemas.validate(document, compiled.playbook) {
        leaves(&error, &mut found);
    }
    found
}

/// The causes that have no causes of their own: the first ones are nearest to the mistake.
fn leaves(error: &ValidationError<'_, '_>, found: &mut Vec<Problem>) {
    if found.len() >= FINDINGS_MAX {
        return;
    }
    if !error.causes.is_empty() {
        return error.causes.iter().for_each(|cause| leaves(cause, found));
    }
    let said = error.kind.to_string();
    let mut text: String = said.chars().take(MESSAGE_CHARS_MAX).collect();
    if text.len() < said.len() {
        text.push('…');
    }
    let problem = Problem::error("UA003", error.instance_location.to_string(), text);
    if !found.contains(&problem) {
        found.push(problem);
    }
}

fn compile() -> Result<Compiled, String> {
    let mut compiler = Compiler::new();
    // They say draft 7, and mean it: `unevaluatedProperties`, which came later and stands in them, would refuse
    // what the schemas that build on others add.
    compiler.set_default_draft(Draft::V7);
    for (name, text) in FILES {
        let schema: Value = serde_json::from_str(text).map_err(|e| e.to_string())?;
        compiler
            .add_resource(&format!("{HOME}{name}"), schema)
            .map_err(|e| e.to_string())?;
    }
    let mut schemas = Schemas::new();
    let playbook = compiler
        .compile(&format!("{HOME}playbook.json"), &mut schemas)
        .map_err(|e| e.to_string())?;
    Ok(Compiled { schemas, playbook })
}
