//! Every folder under content/ is read, linted and played.

use updraft_content::{embedded, folders, lint_connector, lint_playbook, load, test_connector};
use updraft_model::Level;

#[test]
fn every_shipped_connector_passes_lint_and_its_samples() {
    let mut faults = Vec::new();
    for (id, files) in folders(&embedded(), "connectors/") {
        for found in lint_connector(&files) {
            faults.push(format!("content/connectors/{id}/ {found}"));
        }
        for result in test_connector(&files) {
            if !result.passed && !result.connector.is_empty() {
                faults.push(format!(
                    "content/connectors/{id}/samples/{}/{}.yaml: {}",
                    result.action, result.case, result.message
                ));
            }
        }
    }
    assert!(
        faults.is_empty(),
        "{} faults\n{}",
        faults.len(),
        faults.join("\n")
    );
}

#[test]
fn the_whole_folder_loads_without_errors() {
    let (library, diagnostics) = load(&embedded());
    let errors: Vec<String> = diagnostics
        .iter()
        .filter(|found| found.level == Level::Error)
        .map(ToString::to_string)
        .collect();
    assert!(errors.is_empty(), "{}", errors.join("\n"));
    assert!(library.connectors.contains_key("virustotal"));
    assert!(!library.capabilities.capabilities.is_empty());
}

#[test]
fn the_scaffold_of_a_new_connector_passes() {
    let files = crate::scaffold();
    let found: Vec<String> = lint_connector(&files)
        .iter()
        .map(ToString::to_string)
        .collect();
    assert!(found.is_empty(), "{}", found.join("\n"));
    let results = test_connector(&files);
    assert_eq!(results.len(), 5);
    for result in results {
        assert!(result.passed, "{}: {}", result.case, result.message);
    }
}

#[test]
fn shipped_playbooks_have_no_errors() {
    for (path, bytes) in embedded() {
        if path.starts_with("playbooks/") && path.ends_with("playbook.yaml") {
            let (plan, found) = lint_playbook(&path, &String::from_utf8(bytes).unwrap());
            let text: Vec<String> = found.iter().map(ToString::to_string).collect();
            assert!(plan.is_ok(), "{}", text.join("\n"));
        }
    }
}

#[test]
fn a_folder_of_your_own_replaces_the_shipped_one_as_a_whole() {
    let lower = crate::files(&[
        ("connectors/a/connector.yaml", "old"),
        ("connectors/a/actions/x.yaml", "old"),
        ("connectors/b/connector.yaml", "old"),
    ]);
    let upper = crate::files(&[("connectors/a/connector.yaml", "new")]);
    let merged = updraft_content::overlay(lower, upper);
    assert_eq!(
        merged.keys().collect::<Vec<_>>(),
        ["connectors/a/connector.yaml", "connectors/b/connector.yaml"]
    );
}
