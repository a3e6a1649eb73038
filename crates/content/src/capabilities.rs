//! The vendor-neutral verbs: what each takes and gives, from `capabilities.yaml`.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;
use updraft_connector::{Connector, DocProblem, Effect, ValueSpec, shape::closest};
use updraft_model::Problem;

/// All verbs that content knows, by name.
#[derive(Debug, Clone, Default, Deserialize)]
pub struct Capabilities {
    /// By name: `reputation.ip`.
    pub capabilities: BTreeMap<String, Capability>,
}

/// One verb.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Capability {
    /// One sentence.
    pub summary: String,
    /// Name to type: every action that provides it takes these.
    #[serde(default)]
    pub inputs: BTreeMap<String, String>,
    /// Name to type: every action that provides it gives these.
    #[serde(default)]
    pub outputs: BTreeMap<String, String>,
    /// What the actions that provide it change outside, at most.
    #[serde(default)]
    pub effect: Effect,
    /// True when an answer must carry a verdict.
    #[serde(default)]
    pub verdict: bool,
}

impl Capabilities {
    /// Reads the document; the error says what is wrong.
    pub fn from_value(value: &Value) -> Result<Capabilities, String> {
        Capabilities::deserialize(value).map_err(|error| error.to_string())
    }

    /// Where a connector's actions do not keep what their capabilities promise.
    pub(crate) fn check(&self, connector: &Connector) -> Vec<DocProblem> {
        let mut found = Vec::new();
        for (name, action) in &connector.actions {
            for (index, claimed) in action.capabilities.iter().enumerate() {
                let mut report = |text: String, hint: String| {
                    let at = format!("/capabilities/{index}");
                    found.push(DocProblem {
                        document: format!("actions/{name}.yaml"),
                        problem: Problem::error("UC015", at, text).hint(hint),
                    });
                };
                let Some(capability) = self.capabilities.get(claimed) else {
                    let near = closest(claimed, self.capabilities.keys().map(String::as_str));
                    let hint = near.map(|near| format!("did you mean `{near}`?"));
                    let shown: String = claimed.chars().take(60).collect();
                    report(
                        format!("unknown capability `{shown}`"),
                        hint.unwrap_or_default(),
                    );
                    continue;
                };
                for (input, kind) in &capability.inputs {
                    match action.inputs.get(input) {
                        Some(spec) if takes(spec, kind) => {}
                        Some(_) => report(
                            format!("`{claimed}` gives the input `{input}` as {kind}"),
                            String::new(),
                        ),
                        None => report(
                            format!("`{claimed}` needs the input `{input}`"),
                            "declare it; the product may have no use for it".into(),
                        ),
                    }
                }
                for (input, spec) in &action.inputs {
                    if spec.required
                        && spec.default.is_none()
                        && !capability.inputs.contains_key(input)
                    {
                        report(
                            format!("`{claimed}` never gives the required input `{input}`"),
                            "give it a default, or make it a setting".into(),
                        );
                    }
                }
                for output in capability.outputs.keys() {
                    if !action.outputs.contains_key(output) {
                        report(
                            format!("`{claimed}` needs the output `{output}`"),
                            String::new(),
                        );
                    }
                }
                if action.effect > capability.effect {
                    report(
                        format!(
                            "`{claimed}` is of effect {}, this action is {}",
                            capability.effect.as_str(),
                            action.effect.as_str()
                        ),
                        "who calls a capability must know the most that it may change".into(),
                    );
                }
                if capability.verdict && !action.gives_verdict() {
                    report(format!("`{claimed}` needs `verdict`"), String::new());
                }
            }
        }
        found
    }
}

/// True if the declared input can take a value of that type.
fn takes(spec: &ValueSpec, kind: &str) -> bool {
    let own = spec.kind.as_str();
    own == kind
        || own == "any"
        || (own == "string" && !matches!(kind, "file" | "list" | "object"))
        || (kind == "ip" && own == "ipv4")
}
