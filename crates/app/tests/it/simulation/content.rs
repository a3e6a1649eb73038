//! The content of a seed: the simulated product, and the seed's playbooks.

use std::sync::{Arc, OnceLock};

use serde_json::Value;
use updraft_app::catalog::Content;
use updraft_content::{Files, Library, Playbook};
use updraft_model::BlobHash;

fn base() -> &'static (Library, Files) {
    static BASE: OnceLock<(Library, Files)> = OnceLock::new();
    BASE.get_or_init(|| {
        let files: Files = updraft_testkit::sim::content::files()
            .into_iter()
            .map(|(path, text)| (path, text.into_bytes()))
            .collect();
        let (library, found) = updraft_content::load(&files);
        let wrong: Vec<_> = found
            .iter()
            .filter(|one| one.level == updraft_model::Level::Error)
            .collect();
        assert!(wrong.is_empty(), "{wrong:#?}");
        assert_eq!(library.connectors.len(), 1);
        (library, files)
    })
}

/// The product and these playbooks.
pub fn library(playbooks: Vec<Value>) -> Arc<Content> {
    let (base, files) = base();
    let mut library = Library {
        connectors: base.connectors.clone(),
        ..Library::default()
    };
    for document in playbooks {
        let source = document.to_string();
        let plan = updraft_content::parse_playbook("playbook.yaml", &source)
            .unwrap_or_else(|found| panic!("{found:#?}\n{document:#}"));
        let playbook = Playbook {
            digest: BlobHash::of(source.as_bytes()),
            plan: Arc::new(plan),
            source,
            file: "playbook.yaml".into(),
        };
        library
            .playbooks
            .insert(playbook.plan.id().to_owned(), playbook);
    }
    Arc::new(Content::new(library, files))
}
