//! The words that a playbook can be written with, for completion in editors.

use serde_json::{Value, json};
use updraft_connector::ValueSpec;
use updraft_model::Granted;

use crate::App;

impl App {
    /// Capabilities, actions, functions, roots, kinds of steps and playbooks, each with what an editor shows.
    ///
    /// `{capabilities: [{name, summary, inputs, outputs, providers}], actions: [{name, title, summary, effect,
    /// capabilities, inputs}], functions: [{name, signature, summary, example}], roots, kinds, nouns, playbooks:
    /// [{id, title, inputs}], bots, connections: [{name, connector}]}`
    pub fn playbook_vocabulary(&self, granted: &Granted) -> Value {
        let picture = self.catalog().now();
        let tenant = granted.tenant();
        let library = picture.library();
        let capabilities = library.capabilities.capabilities.iter();
        let capabilities = capabilities.map(|(name, capability)| {
            let targets = picture.targets(tenant, name);
            let providers: Vec<&str> = targets.iter().map(|one| one.name.as_str()).collect();
            json!({
                "name": name,
                "summary": capability.summary,
                "inputs": capability.inputs,
                "outputs": capability.outputs,
                "providers": providers,
            })
        });
        let actions = library.connectors.iter().flat_map(|(id, connector)| {
            connector.actions.values().map(move |action| {
                let inputs = action.inputs.iter();
                let inputs: Vec<Value> = inputs.map(|(name, spec)| input(name, spec)).collect();
                json!({
                    "name": format!("{id}.{}", action.name),
                    "title": action.title,
                    "summary": action.summary,
                    "effect": action.effect.as_str(),
                    "capabilities": action.capabilities,
                    "inputs": inputs,
                })
            })
        });
        // What Updraft does itself, on the case.
        let host = updraft_engine::lint::HOST_ACTIONS.iter().map(|action| {
            let inputs = action.inputs.iter().map(|(name, word)| {
                json!({
                    "name": name,
                    "type": word.trim_end_matches('?'),
                    "required": !word.ends_with('?'),
                    "default": null, "summary": "", "enum": [],
                })
            });
            json!({
                "name": action.name, "title": "", "summary": "", "effect": "read", "capabilities": [],
                "inputs": inputs.collect::<Vec<_>>(),
            })
        });
        let functions = updraft_expr::builtins().iter().map(|function| {
            json!({
                "name": function.name,
                "signature": function.signature,
                "summary": function.summary,
                "example": function.example,
            })
        });
        let published = picture.all_published(tenant);
        let playbooks = published.iter().map(|(id, one)| {
            json!({ "id": id, "title": one.plans.main.title(), "inputs": one.plans.main.inputs() })
        });
        let mut bots: Vec<String> = published
            .values()
            .flat_map(|one| one.plans.main.bots())
            .collect();
        bots.sort();
        bots.dedup();
        let connections = picture.connections.iter();
        let connections = connections
            .filter(|((of, _), _)| *of == tenant)
            .map(|(_, wired)| {
                json!({ "name": wired.connection.name, "connector": wired.connection.connector })
            });
        json!({
            "capabilities": capabilities.collect::<Vec<_>>(),
            "actions": actions.chain(host).collect::<Vec<_>>(),
            "functions": functions.collect::<Vec<_>>(),
            "roots": updraft_engine::EXPRESSION_ROOTS,
            "kinds": updraft_content::tree::kinds(),
            "nouns": updraft_engine::HOST_NOUNS,
            "playbooks": playbooks.collect::<Vec<_>>(),
            "bots": bots,
            "connections": connections.collect::<Vec<_>>(),
        })
    }
}

fn input(name: &str, spec: &ValueSpec) -> Value {
    json!({
        "name": name,
        "type": spec.kind.as_str(),
        "required": spec.required,
        "default": spec.default,
        "summary": spec.summary,
        "enum": spec.allowed,
    })
}
