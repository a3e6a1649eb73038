//! The reference page of one connector, in Markdown: what it can do, what it needs, what it gives.

use crate::{Action, Connector, Effect, IdempotencyKind, ValueSpec, values::plain};

/// The page.
pub fn reference(connector: &Connector) -> String {
    let manifest = &connector.manifest;
    let mut page = format!("# {}\n\n{}\n", manifest.name, manifest.summary);
    if !manifest.description.is_empty() {
        page.push_str(&format!("\n{}\n", manifest.description.trim()));
    }
    let mut fact = |name: &str, value: String| {
        if !value.is_empty() {
            page.push_str(&format!("\n- {name}: {value}"));
        }
    };
    fact("Identifier", format!("`{}`", manifest.id));
    fact("Vendor", manifest.vendor.clone());
    fact("Category", manifest.category.clone());
    fact("Website", manifest.website.clone());
    fact(
        "Reliability of a new connection",
        format!("{:?}", manifest.reliability),
    );
    fact("Limits", limits(connector));
    page.push('\n');
    if !manifest.secrets.is_empty() {
        page.push_str("\n## Secrets\n\n| name | | |\n|---|---|---|\n");
        for (name, secret) in &manifest.secrets {
            let must = if secret.required {
                "required"
            } else {
                "optional"
            };
            page.push_str(&format!(
                "| `{name}` | {must} | {} |\n",
                cell(&secret.summary)
            ));
        }
    }
    if !manifest.settings.is_empty() {
        page.push_str("\n## Settings\n");
        page.push_str(&values(
            manifest
                .settings
                .iter()
                .map(|(name, spec)| (name.as_str(), spec)),
        ));
    }
    page.push_str("\n## Actions\n");
    for action in connector.actions.values() {
        page.push_str(&described(action));
    }
    page
}

fn described(action: &Action) -> String {
    let mut page = format!(
        "\n### `{}` {}\n\n{}\n",
        action.name, action.title, action.summary
    );
    if !action.description.is_empty() {
        page.push_str(&format!("\n{}\n", action.description.trim()));
    }
    page.push_str(&format!("\n- Effect: `{}`", action.effect.as_str()));
    if !action.capabilities.is_empty() {
        page.push_str(&format!(
            "\n- Provides: `{}`",
            action.capabilities.join("`, `")
        ));
    }
    if let Some(cache_ms) = action.cache_ms {
        page.push_str(&format!(
            "\n- Answers are used again for {} s",
            cache_ms / 1_000
        ));
    }
    if action.effect > Effect::Notify {
        let twice = match action.idempotency.kind {
            IdempotencyKind::Natural => "a repeated call changes nothing more",
            IdempotencyKind::Key => "the product recognises a repeated call by its key",
            IdempotencyKind::Find => "after an unknown outcome Updraft looks first",
            IdempotencyKind::None => "a repeated call happens twice",
        };
        page.push_str(&format!("\n- Repetition: {twice}"));
        let undo = action
            .undo
            .as_ref()
            .map_or("no way back", |undo| undo.action.as_str());
        page.push_str(&format!("\n- Undo: `{undo}`"));
    }
    page.push('\n');
    if !action.inputs.is_empty() {
        page.push_str("\nInputs:\n");
        page.push_str(&values(
            action
                .inputs
                .iter()
                .map(|(name, spec)| (name.as_str(), spec)),
        ));
    }
    if !action.outputs.is_empty() {
        page.push_str("\nOutputs:\n\n| name | type | |\n|---|---|---|\n");
        for (name, output) in &action.outputs {
            page.push_str(&format!(
                "| `{name}` | {} | {} |\n",
                output.kind.as_str(),
                cell(&output.summary)
            ));
        }
    }
    page
}

fn values<'a>(specs: impl Iterator<Item = (&'a str, &'a ValueSpec)>) -> String {
    let mut table = String::from("\n| name | type | default | |\n|---|---|---|---|\n");
    for (name, spec) in specs {
        let default = match (&spec.default, spec.required) {
            (Some(value), _) => format!("`{}`", cell(&plain(value))),
            (None, true) => "required".into(),
            (None, false) => String::new(),
        };
        table.push_str(&format!(
            "| `{name}` | {} | {default} | {} |\n",
            spec.kind.as_str(),
            cell(&spec.summary)
        ));
    }
    table
}

fn limits(connector: &Connector) -> String {
    let limits = &connector.manifest.limits;
    let rates = [
        (limits.per_second, "a second"),
        (limits.per_minute, "a minute"),
        (limits.per_hour, "an hour"),
        (limits.per_day, "a day"),
    ];
    let list: Vec<String> = rates
        .iter()
        .filter_map(|(rate, unit)| rate.map(|rate| format!("{rate} requests {unit}")))
        .collect();
    list.join(", ")
}

fn cell(text: &str) -> String {
    text.replace('|', "\\|").replace('\n', " ")
}
