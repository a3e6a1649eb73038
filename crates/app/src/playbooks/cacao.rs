//! Playbooks from and for other products, as CACAO documents.

use std::collections::BTreeMap;

use serde_json::Value;
use updraft_content::{cacao, yaml};
use updraft_model::{Granted, Problem, TenantId, Timestamp};

use crate::{App, Error, clock, error::Result};

pub use updraft_content::cacao::{Exported, Unmapped};

/// What became of a document.
#[derive(Debug, Clone, PartialEq)]
pub struct ReadDocument {
    /// The playbook; none when the document is refused.
    pub playbook: Option<cacao::Imported>,
    /// What is wrong with the document, errors first.
    pub problems: Vec<Problem>,
}

impl App {
    /// Makes a playbook of a CACAO document. Nothing is stored. When `lenient`, mistakes that do not keep it from
    /// being read are only reported.
    pub fn read_cacao(&self, granted: &Granted, document: &Value, lenient: bool) -> ReadDocument {
        let problems = cacao::validate(document, Some(clock::now()));
        let known = self.known_to_cacao(granted.tenant());
        match cacao::import(document, &known, lenient) {
            Ok(playbook) => ReadDocument {
                playbook: Some(playbook),
                problems,
            },
            Err(found) => ReadDocument {
                playbook: None,
                problems: match problems.is_empty() {
                    true => found,
                    false => problems,
                },
            },
        }
    }

    /// A text of a playbook (`live`, `draft`, `shipped` or a version's number) as a CACAO document.
    ///
    /// # Errors
    /// [`Error::NotFound`] when there is no such text, [`Error::Invalid`] when it is no YAML.
    pub async fn playbook_as_cacao(
        &self,
        granted: &Granted,
        id: &str,
        side: &str,
    ) -> Result<Exported> {
        let text = self.playbook_text(granted, id, side).await?.text;
        let read = yaml::parse("playbook.yaml", &text).map_err(|found| {
            Error::invalid(
                "playbook.text",
                format!("the text is no YAML: {}", found.message),
                "mend it in the editor first",
            )
        })?;
        // What ships with the program has no times of its own; the same document must come out every time.
        let own = self.0.store.playbook(granted, id).await?;
        let times = own.map_or((Timestamp::default(), Timestamp::default()), |(head, _)| {
            (head.created_at, head.updated_at)
        });
        let known = self.known_to_cacao(granted.tenant());
        Ok(cacao::export(&read.value, &text, &known, times))
    }

    /// The playbooks that can be called, by their CACAO identifiers.
    fn known_to_cacao(&self, tenant: TenantId) -> BTreeMap<String, String> {
        let picture = self.catalog().now();
        let all = picture.all_published(tenant).keys();
        all.map(|id| (cacao::playbook_id(id), id.clone())).collect()
    }
}
