//! Generated pages are committed; this fails when one is stale. `UPDATE_PAGES=1` writes them anew.

use std::{fs, path::Path};

#[test]
fn generated_reference_pages_are_fresh() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/reference");
    let schemas = serde_json::to_string_pretty(&updraft_connector::schemas()).unwrap();
    for (name, text) in [
        ("lint.md", updraft_connector::rules::markdown()),
        ("playbook_lint.md", updraft_content::rules::markdown()),
        ("connector_format.md", updraft_connector::format_reference()),
        ("connector_schema.json", format!("{schemas}\n")),
    ] {
        let path = root.join(name);
        if std::env::var_os("UPDATE_PAGES").is_some() {
            fs::create_dir_all(&root).unwrap();
            fs::write(&path, &text).unwrap();
        }
        let committed = fs::read_to_string(&path).unwrap_or_default();
        assert!(
            committed == text,
            "docs/reference/{name} is stale: run with UPDATE_PAGES=1"
        );
    }
}

#[test]
fn every_connector_has_a_reference_page() {
    let (library, _) = updraft_content::load(&updraft_content::embedded());
    for connector in library.connectors.values() {
        let page = updraft_connector::reference(connector);
        assert!(page.starts_with(&format!("# {}\n", connector.manifest.name)));
        for action in connector.actions.keys() {
            assert!(page.contains(&format!("### `{action}`")), "{action}");
        }
    }
}

#[test]
fn the_list_of_playbooks_is_fresh_and_names_every_one() {
    let (library, _) = updraft_content::load(&updraft_content::embedded());
    let page = updraft_content::catalogue(&library);
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/playbooks/README.md");
    if std::env::var_os("UPDATE_PAGES").is_some() {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, &page).unwrap();
    }
    for id in library.playbooks.keys() {
        assert!(page.contains(&format!("`{id}`")), "{id}");
    }
    let committed = fs::read_to_string(&path).unwrap_or_default();
    assert!(
        committed == page,
        "docs/playbooks/README.md is stale: run with UPDATE_PAGES=1"
    );
}
