//! A Git repository as the source of truth: playbooks are written there, reviewed there, and pulled from there.
//!
//! A pull reads the newest commit of one branch of a repository on this machine. What is new there becomes a version
//! and is activated, if its tests pass and the policy lets it; what fails stays a draft with its reasons, and is tried
//! again by the next pull. What is gone there is put away here. Texts that come from there are changed nowhere else;
//! taking one out of service or going back is possible here, and holds until its file changes.
//!
//! Each playbook is one transaction, and what was pulled already is recognised: a pull that is broken off is
//! completed by the next.

mod folder;
mod git;
mod take;

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use serde::{Deserialize, Serialize};
use serde_json::json;
use updraft_model::{BlobHash, Granted, Permission, Severity, TenantId, Timestamp};
use updraft_store::{Op, Tx};

use crate::{App, Error, clock, error::Result, sources::audit};
use git::Repository;

/// WIRE: the settings that hold the repository, and what the last pull did.
const SETTING: &str = "playbooks.repository";
const LAST: &str = "playbooks.repository.last";
/// How often the driver looks whether a pull is due.
const LOOK_EVERY: Duration = Duration::from_secs(15);
/// Longest pause between two pulls, minutes.
const EVERY_MINUTES_MAX: u32 = 7 * 24 * 60;
/// Longest list of signers, bytes.
const SIGNERS_BYTES_MAX: usize = 256 << 10;
/// Longest path, characters.
const PATH_CHARS_MAX: usize = 1_000;

/// Which repository, and how it is read.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct PlaybookRepository {
    /// The folder of a clone or a bare repository on the server's machine; an absolute path.
    pub folder: String,
    /// The branch; `origin/main` is the one of a remote as it was fetched last.
    pub branch: String,
    /// The folder inside the repository that holds `playbooks/`; empty for its root.
    pub path: String,
    /// True when the branch's newest commit must have a good signature.
    pub signed: bool,
    /// Whose SSH signatures count, as lines of an allowed-signers file; empty: what the configuration of Git of the
    /// server's account says.
    pub signers: String,
    /// Minutes between two pulls; 0 pulls on request only.
    pub every_minutes: u32,
}

/// What a pull did.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Pull {
    /// When.
    pub at: Option<Timestamp>,
    /// Who asked for it.
    pub by: String,
    /// The branch's newest commit; empty when it could not be read.
    pub commit: String,
    /// True when its signature was checked and good.
    pub signed: bool,
    /// What became live.
    pub changed: Vec<Pulled>,
    /// What could not be taken, or may not become live.
    pub refused: Vec<NotPulled>,
    /// The ids of those that are gone from the repository and were put away.
    pub removed: Vec<String>,
    /// How many were as they are here already.
    pub unchanged: usize,
    /// Why nothing could be read at all; empty when it could.
    pub error: String,
}

/// A playbook that became live.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pulled {
    /// Its id.
    pub id: String,
    /// Its new version.
    pub number: u32,
    /// Its file.
    pub file: String,
}

/// A playbook that did not become live.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NotPulled {
    /// Its id.
    pub id: String,
    /// Its file.
    pub file: String,
    /// Why, each with how to mend it.
    pub reasons: Vec<String>,
}

impl PlaybookRepository {
    fn check(&self) -> Result<()> {
        let wrong =
            |message: &str, hint: &str| Err(Error::invalid("playbook.repository", message, hint));
        if !Path::new(&self.folder).is_absolute() || self.folder.contains('\0') {
            return wrong(
                "the folder is no absolute path",
                "give the folder of a clone or a bare repository on the server's machine",
            );
        }
        if self.folder.len() > PATH_CHARS_MAX || self.path.len() > PATH_CHARS_MAX {
            return wrong("the path is too long", "");
        }
        if !git::is_branch(&self.branch) {
            return wrong(
                "this is no name of a branch",
                "such as `main` or `origin/main`",
            );
        }
        let parts = self.path.split('/');
        let is_part = |part: &str| !matches!(part, "" | "." | "..") && !part.contains(['\0', '\n']);
        if !self.path.is_empty() && !parts.clone().all(is_part) {
            return wrong(
                "the path inside the repository is no plain path",
                "such as `soc`; empty for the repository's root",
            );
        }
        if self.every_minutes > EVERY_MINUTES_MAX {
            return wrong(
                "that is more than a week between two pulls",
                "use 0 for none",
            );
        }
        if self.signers.len() > SIGNERS_BYTES_MAX || self.signers.contains('\0') {
            return wrong("the list of signers is too long", "");
        }
        Ok(())
    }
}

impl App {
    /// The repository that playbooks come from; `None` when there is none.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub async fn playbook_repository(
        &self,
        granted: &Granted,
    ) -> Result<Option<PlaybookRepository>> {
        let stored = self.0.store.setting(granted, SETTING).await?;
        let Some(stored) = stored.filter(|stored| !stored.is_null()) else {
            return Ok(None);
        };
        serde_json::from_value(stored).map(Some).map_err(|error| {
            Error::Internal(format!(
                "the setting of the repository is unreadable: {error}"
            ))
        })
    }

    /// Sets the repository; `None` keeps playbooks here from now on, with all versions that were pulled.
    ///
    /// # Errors
    /// [`Error::Invalid`] for a folder, branch or path that cannot be one.
    pub async fn set_playbook_repository(
        &self,
        granted: &Granted,
        repository: Option<PlaybookRepository>,
    ) -> Result<()> {
        if let Some(repository) = &repository {
            repository.check()?;
        }
        let _turn = self.0.playbook_turn.lock().await;
        let before = self.playbook_repository(granted).await?;
        let now = clock::now();
        let in_short = |one: Option<&PlaybookRepository>| {
            one.map(|one| PlaybookRepository {
                signers: BlobHash::of(one.signers.as_bytes()).to_string(),
                ..one.clone()
            })
        };
        let detail = json!({
            "before": in_short(before.as_ref()), "after": in_short(repository.as_ref()),
        });
        let tx = Tx::new(granted.tenant())
            .priority(Severity::High)
            .with(Op::PutSetting {
                name: SETTING.into(),
                value: json!(repository),
            })
            .with(audit(
                granted,
                "playbook.repository",
                "playbooks",
                detail,
                now,
            ));
        self.0.store.commit(tx).await?;
        Ok(())
    }

    /// What the last pull did; its time is that of the last look, also when nothing was new.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub async fn last_playbook_pull(&self, granted: &Granted) -> Result<Option<Pull>> {
        let stored = self.0.store.setting(granted, LAST).await?;
        let Some(stored) = stored else {
            return Ok(None);
        };
        let mut last: Pull = serde_json::from_value(stored)
            .map_err(|error| Error::Internal(format!("the last pull is unreadable: {error}")))?;
        let looked = self.0.pulled_at.lock().get(&granted.tenant()).copied();
        last.at = last.at.max(looked);
        Ok(Some(last))
    }

    /// Reads the branch's newest commit and takes what is new in it.
    ///
    /// # Errors
    /// [`Error::Refused`] when no repository is set. What goes wrong with the repository itself is in the answer.
    pub async fn pull_playbooks(&self, granted: &Granted) -> Result<Pull> {
        let _pull = self.0.pull_turn.lock().await;
        let Some(settings) = self.playbook_repository(granted).await? else {
            return Err(Error::refused(
                "playbook.no_repository",
                "playbooks come from no repository",
                "set its folder and branch first",
            ));
        };
        let before = self.last_playbook_pull(granted).await?;
        let mut pull = Pull {
            by: granted.actor().label(),
            ..Pull::default()
        };
        if let Err(fault) = self.pull_into(granted, &settings, &mut pull).await? {
            pull.error = fault;
        }
        let now = clock::now();
        pull.at = Some(now);
        self.0.pulled_at.lock().insert(granted.tenant(), now);
        let says_more = match &before {
            None => true,
            Some(before) => {
                !pull.changed.is_empty() || !pull.removed.is_empty() || pull.differs(before)
            }
        };
        if says_more {
            let detail = json!({
                "commit": pull.commit, "changed": pull.changed.len(), "refused": pull.refused.len(),
                "removed": pull.removed, "error": pull.error,
            });
            let tx = Tx::new(granted.tenant())
                .priority(Severity::High)
                .with(Op::PutSetting {
                    name: LAST.into(),
                    value: json!(pull),
                })
                .with(audit(granted, "playbook.pull", "playbooks", detail, now));
            self.0.store.commit(tx).await?;
        }
        Ok(pull)
    }

    /// The inner error is what is wrong with the repository, in words.
    async fn pull_into(
        &self,
        granted: &Granted,
        settings: &PlaybookRepository,
        pull: &mut Pull,
    ) -> Result<std::result::Result<(), String>> {
        let signers = match self.signers_file(granted.tenant(), settings) {
            Ok(signers) => signers,
            Err(fault) => return Ok(Err(fault)),
        };
        let repository = Repository::new(Path::new(&settings.folder), signers);
        let commit = match repository.newest(&settings.branch).await {
            Ok(commit) => commit,
            Err(fault) => return Ok(Err(fault)),
        };
        pull.commit.clone_from(&commit);
        if settings.signed {
            if let Err(fault) = repository.verify(&commit).await {
                let text = format!("the signature of the commit {commit} is not good: {fault}");
                return Ok(Err(text));
            }
            pull.signed = true;
        }
        let found = match folder::read(&repository, &commit, &settings.path).await {
            Ok(found) => found,
            Err(fault) => return Ok(Err(fault)),
        };
        self.take_all(granted, &repository, found, pull).await?;
        Ok(Ok(()))
    }

    /// The list of signers as a file for `git`.
    fn signers_file(
        &self,
        tenant: TenantId,
        settings: &PlaybookRepository,
    ) -> std::result::Result<Option<PathBuf>, String> {
        if !settings.signed || settings.signers.trim().is_empty() {
            return Ok(None);
        }
        let path = self.config().data.join(format!("signers-{tenant}"));
        let mut text = settings.signers.trim().to_owned();
        text.push('\n');
        std::fs::write(&path, text)
            .map_err(|error| format!("{} cannot be written: {error}", path.display()))?;
        // Git is started in the repository's folder.
        std::path::absolute(&path)
            .map(Some)
            .map_err(|error| format!("{}: {error}", path.display()))
    }
}

impl Pull {
    /// True when it says something that the one before did not.
    fn differs(&self, before: &Pull) -> bool {
        self.commit != before.commit
            || self.signed != before.signed
            || self.refused != before.refused
            || self.error != before.error
    }
}

/// Pulls when it is due, until the application stops.
pub(crate) async fn drive(app: App) {
    let granted = Granted::system(TenantId::DEFAULT, "git", Permission::ConfigWrite);
    loop {
        tokio::select! {
            () = tokio::time::sleep(LOOK_EVERY) => {}
            () = app.0.stop.notified() => return,
        }
        if app.is_stopping() {
            return;
        }
        if let Err(error) = app.pull_if_due(&granted, clock::now()).await {
            tracing::error!(error = %error, "The playbooks cannot be pulled from their repository");
        }
    }
}

impl App {
    /// Pulls when the pause that was set is over.
    pub(crate) async fn pull_if_due(&self, granted: &Granted, now: Timestamp) -> Result<()> {
        let Some(settings) = self.playbook_repository(granted).await? else {
            return Ok(());
        };
        let looked = self.0.pulled_at.lock().get(&granted.tenant()).copied();
        if !is_due(settings.every_minutes, looked, now) {
            return Ok(());
        }
        let pull = self.pull_playbooks(granted).await?;
        if !pull.error.is_empty() {
            tracing::warn!(
                "Nothing was pulled from {}: {}",
                settings.folder,
                pull.error
            );
        }
        Ok(())
    }
}

fn is_due(every_minutes: u32, looked: Option<Timestamp>, now: Timestamp) -> bool {
    let pause = i64::from(every_minutes) * 60_000;
    every_minutes > 0 && looked.is_none_or(|looked| now.millis_since(looked) >= pause)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pull_is_due_after_a_start_and_after_the_pause() {
        let at = Timestamp::from_millis;
        assert!(!is_due(0, None, at(0)));
        assert!(is_due(5, None, at(0)));
        assert!(!is_due(5, Some(at(0)), at(299_999)));
        assert!(is_due(5, Some(at(0)), at(300_000)));
    }

    #[test]
    fn a_repository_out_of_range_is_refused() {
        let good = PlaybookRepository {
            folder: "/srv/playbooks.git".into(),
            branch: "main".into(),
            path: "soc/team".into(),
            ..Default::default()
        };
        good.check().unwrap();
        let with = |change: &dyn Fn(&mut PlaybookRepository)| {
            let mut changed = good.clone();
            change(&mut changed);
            changed.check()
        };
        assert!(with(&|one| one.folder = "relative".into()).is_err());
        assert!(with(&|one| one.branch = "--upload-pack=x".into()).is_err());
        for path in ["..", "a/../b", "/a", "a/", "a//b"] {
            assert!(with(&|one| one.path = path.into()).is_err(), "{path}");
        }
        assert!(with(&|one| one.every_minutes = 1 << 20).is_err());
    }
}
