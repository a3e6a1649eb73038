//! What differs between two texts of a playbook: by lines, by steps, and in the tests.

use std::collections::BTreeSet;

use updraft_content::compare::{Hunk, StepChange, by_lines, by_steps, unified};
use updraft_model::{Granted, PlaybookText};

use crate::{App, Error, error::Result};

/// The differences of two texts.
#[derive(Debug)]
pub struct Difference {
    /// The older side, as it was asked for.
    pub from: String,
    /// The newer side.
    pub to: String,
    /// The usual unified text; empty when the texts are the same.
    pub unified: String,
    /// The same as data.
    pub hunks: Vec<Hunk>,
    /// By steps; `None` when one of the texts is no YAML.
    pub steps: Option<Vec<StepChange>>,
    /// The files with tests that differ.
    pub tests: Vec<TestDifference>,
}

/// A file with tests that differs.
#[derive(Debug)]
pub struct TestDifference {
    /// Its name.
    pub name: String,
    /// The unified text.
    pub unified: String,
}

/// One side of a comparison.
#[derive(Debug, Clone, Copy)]
enum Side {
    Number(u32),
    Draft,
    Live,
    Shipped,
}

impl Side {
    fn of(word: &str) -> Result<Self> {
        match word {
            "draft" => Ok(Side::Draft),
            "live" => Ok(Side::Live),
            "shipped" => Ok(Side::Shipped),
            number => match number.parse() {
                Ok(number) => Ok(Side::Number(number)),
                Err(_) => Err(Error::invalid(
                    "playbook.side",
                    format!("`{}` is no version", word.escape_debug()),
                    "use a version's number, `draft`, `live` or `shipped`",
                )),
            },
        }
    }
}

impl App {
    /// What differs between two of: a version's number, `draft`, `live`, `shipped`.
    ///
    /// # Errors
    /// [`Error::Invalid`] for another word, [`Error::NotFound`] when there is no such text.
    pub async fn playbook_difference(
        &self,
        granted: &Granted,
        id: &str,
        from: &str,
        to: &str,
    ) -> Result<Difference> {
        let old = self.playbook_text(granted, id, from).await?;
        let new = self.playbook_text(granted, id, to).await?;
        let work = {
            let (from, to) = (from.to_owned(), to.to_owned());
            move || difference(&old, &new, from, to)
        };
        // Texts that share little take a while to compare.
        tokio::task::spawn_blocking(work)
            .await
            .map_err(|error| Error::Internal(format!("comparing broke off: {error}")))
    }

    /// One text of a playbook: a version's number, `draft`, `live` or `shipped`.
    ///
    /// # Errors
    /// As [`App::playbook_difference`].
    pub async fn playbook_text(
        &self,
        granted: &Granted,
        id: &str,
        side: &str,
    ) -> Result<PlaybookText> {
        let missing = || Error::not_found("text of this playbook", side);
        match Side::of(side)? {
            Side::Number(number) => Ok(self.playbook_version(granted, id, number).await?.1),
            Side::Draft => {
                let found = self.0.store.playbook(granted, id).await?;
                found.and_then(|(_, draft)| draft).ok_or_else(missing)
            }
            Side::Live => {
                let picture = self.catalog().now();
                match picture.own_live(granted.tenant(), id) {
                    Some(live) => {
                        let number = live.number;
                        Ok(self.playbook_version(granted, id, number).await?.1)
                    }
                    None => picture.shipped(id).ok_or_else(missing),
                }
            }
            Side::Shipped => self.catalog().now().shipped(id).ok_or_else(missing),
        }
    }
}

fn difference(old: &PlaybookText, new: &PlaybookText, from: String, to: String) -> Difference {
    let hunks = by_lines(&old.text, &new.text);
    let names: BTreeSet<&String> = old.tests.keys().chain(new.tests.keys()).collect();
    let tests = names.into_iter().filter_map(|name| {
        let side = |tests: &PlaybookText| tests.tests.get(name).cloned().unwrap_or_default();
        let hunks = by_lines(&side(old), &side(new));
        (!hunks.is_empty()).then(|| TestDifference {
            name: name.clone(),
            unified: unified(
                &hunks,
                &format!("{from}/tests/{name}"),
                &format!("{to}/tests/{name}"),
            ),
        })
    });
    Difference {
        tests: tests.collect(),
        unified: unified(
            &hunks,
            &format!("{from}/playbook.yaml"),
            &format!("{to}/playbook.yaml"),
        ),
        steps: by_steps(&old.text, &new.text),
        hunks,
        from,
        to,
    }
}
