//! One past run: against another version, and as a test.

use updraft_content::trials::{Comparison, MakeError, compare, make_test};
use updraft_model::{BlobHash, Granted, RunId};

use super::{Candidate, blocking};
use crate::{App, Error, error::Result};

/// A run against another version.
#[derive(Debug, Clone, PartialEq)]
pub struct Compared {
    /// The playbook.
    pub playbook: String,
    /// What it was compared with: a version's number, `draft`, `live`, `shipped` or `text`.
    pub with: String,
    /// SHA-256 of that text.
    pub digest: BlobHash,
    /// What was found.
    pub comparison: Comparison,
}

/// A run as a test.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MadeTest {
    /// A name for its file among the playbook's tests, with `.yaml`.
    pub name: String,
    /// The document.
    pub text: String,
    /// Inputs whose values are masked.
    pub masked: Vec<String>,
}

/// Characters of a test's name.
const NAME_CHARS_MAX: usize = 100;

impl App {
    /// Plays a past run with another version, answered from its journal; calls nobody.
    ///
    /// # Errors
    /// [`Error::NotFound`] when there is no such run or text, [`Error::Invalid`] when one of them cannot be played.
    pub async fn compare_run(
        &self,
        granted: &Granted,
        id: RunId,
        playbook: Option<&str>,
        with: Candidate,
    ) -> Result<Compared> {
        let (run, _, recording) = self.recording(granted, id).await?;
        let playbook = playbook.unwrap_or(&run.playbook).to_owned();
        let tried = self.candidate(granted, &playbook, with).await?;
        let (picture, plans) = (self.catalog().now(), tried.plans);
        let comparison = blocking(move || compare(&recording, plans, picture.library())).await?;
        Ok(Compared {
            playbook,
            with: tried.source,
            digest: tried.digest,
            comparison,
        })
    }

    /// Makes a test of a past run that passes against the version that it ran.
    ///
    /// # Errors
    /// [`Error::NotFound`] when there is no such run, [`Error::Invalid`] when no test can be made of it.
    pub async fn test_of_run(
        &self,
        granted: &Granted,
        id: RunId,
        name: Option<&str>,
    ) -> Result<MadeTest> {
        let (run, plans, recording) = self.recording(granted, id).await?;
        let title = match name.map(str::trim).filter(|name| !name.is_empty()) {
            Some(name) => name.chars().take(NAME_CHARS_MAX).collect(),
            None => format!("As it went in {id}"),
        };
        let file = file_name(name.unwrap_or_default(), run.id);
        let picture = self.catalog().now();
        let made = blocking(move || make_test(&recording, &plans, picture.library(), &title));
        let made = made.await?.map_err(|error| {
            let hint = match error {
                MakeError::NotOver => "wait until it has ended",
                MakeError::Differs { .. } => {
                    "the content has changed since, or the run depends on what a test cannot say"
                }
                MakeError::Fails(_) => {
                    "write the test by hand; the run's page shows what to answer"
                }
            };
            Error::invalid("run.test", error.to_string(), hint)
        })?;
        Ok(MadeTest {
            name: file,
            text: made.text,
            masked: made.masked,
        })
    }
}

/// The name of a test's file: what people say, in letters that every file system has.
fn file_name(name: &str, run: RunId) -> String {
    let mut slug = String::new();
    let name = name.trim().trim_end_matches(".yaml");
    for c in name.chars().take(NAME_CHARS_MAX) {
        match c {
            'a'..='z' | '0'..='9' | '-' | '_' => slug.push(c),
            'A'..='Z' => slug.push(c.to_ascii_lowercase()),
            _ if slug.ends_with('-') => {}
            _ => slug.push('-'),
        }
    }
    let slug = slug.trim_matches('-');
    match slug.is_empty() {
        true => format!("{}.yaml", run.to_string().to_ascii_lowercase()),
        false => format!("{slug}.yaml"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_test_is_named_in_letters_that_every_file_system_has() {
        let run = RunId::new(1, 1);
        assert_eq!(
            file_name("Denied by the Lead!", run),
            "denied-by-the-lead.yaml"
        );
        assert_eq!(file_name("../../etc/passwd", run), "etc-passwd.yaml");
        assert_eq!(file_name("night.yaml", run), "night.yaml");
        assert!(file_name("???", run).starts_with("run_"));
    }
}
