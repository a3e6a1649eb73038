//! Which version new runs take: activating one, going back, taking a playbook out of service, putting it away.
//!
//! What is served follows what is stored: after every commit, also one whose outcome is unknown, the stored head is
//! read again and the catalog set to it.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use serde_json::json;
use updraft_model::{
    Activation, BlobHash, Granted, Permission, Playbook, PlaybookVersion, Severity, TenantId,
};
use updraft_store::{DraftText, Op, Tx};

use super::{
    PlaybookPolicy,
    check::{FILE, in_short},
    check_message,
    drafts::archived,
    policy::Candidate,
    put_head,
};
use crate::{App, Error, catalog::OwnLive, clock, error::Result, events::Change, sources::audit};

/// Pause before what is live is read again after a failure.
const SERVE_AGAIN: Duration = Duration::from_secs(1);

/// A change of what is live, before it is written.
pub(crate) struct Turn<'t> {
    pub head: Playbook,
    pub number: Option<u32>,
    pub message: &'t str,
    pub action: &'static str,
    pub rollback: bool,
}

impl App {
    /// Makes a version the one that new runs take. Runs that are under way keep theirs.
    ///
    /// # Errors
    /// [`Error::Refused`] with every point of the policy that is not met.
    pub async fn activate_playbook(
        &self,
        granted: &Granted,
        id: &str,
        number: u32,
        message: &str,
    ) -> Result<Activation> {
        check_message(message)?;
        // Once outside the turn: playing tests takes a while, and nobody else has to wait for it.
        self.refuse_unmet(granted, id, number).await?;
        let _turn = self.0.playbook_turn.lock().await;
        let (head, _) = self.own_head(granted, id).await?;
        if head.archived {
            return Err(archived(id));
        }
        self.refuse_unmet(granted, id, number).await?;
        let rollback = head.live.is_some_and(|live| number < live);
        let turn = Turn {
            head,
            number: Some(number),
            message,
            action: "playbook.activate",
            rollback,
        };
        self.turn_live(granted, turn).await
    }

    /// Refuses a version that does not meet what is asked for, with every point.
    async fn refuse_unmet(&self, granted: &Granted, id: &str, number: u32) -> Result<()> {
        let policy = self.playbook_policy(granted).await?;
        self.own_head(granted, id).await?;
        self.refuse_unmet_by(granted, (id, number), &policy).await
    }

    async fn refuse_unmet_by(
        &self,
        granted: &Granted,
        (id, number): (&str, u32),
        policy: &PlaybookPolicy,
    ) -> Result<()> {
        let (version, bundle) = self.playbook_version(granted, id, number).await?;
        let candidate = Candidate {
            version: &version,
            bundle: &bundle,
            activator: granted.actor(),
            from_git: false,
        };
        match self.unmet(granted, candidate, policy).await? {
            Ok(_) => Ok(()),
            Err(points) => Err(not_yet(id, number, points)),
        }
    }

    /// Makes the version live that was live before the one that is. It was let through once, so that the policy
    /// does not hold it up; errors do.
    ///
    /// # Errors
    /// [`Error::Refused`] when nothing was live before.
    pub async fn roll_back_playbook(
        &self,
        granted: &Granted,
        id: &str,
        message: &str,
    ) -> Result<Activation> {
        check_message(message)?;
        let _turn = self.0.playbook_turn.lock().await;
        let (head, _) = self.own_head(granted, id).await?;
        if head.archived {
            return Err(archived(id));
        }
        let history = self.0.store.playbook_activations(granted, id).await?;
        let before = went_before(&history, head.live);
        let Some(number) = before else {
            return Err(Error::refused(
                "playbook.no_earlier",
                format!("no other version of `{id}` was live before"),
                "activate a version by its number, or deactivate the playbook",
            ));
        };
        let nothing_asked = PlaybookPolicy::default();
        self.refuse_unmet_by(granted, (id, number), &nothing_asked)
            .await?;
        let turn = Turn {
            head,
            number: Some(number),
            message,
            action: "playbook.rollback",
            rollback: true,
        };
        self.turn_live(granted, turn).await
    }

    /// Takes a playbook out of service: new runs take the shipped one of its id, if there is one.
    ///
    /// # Errors
    /// [`Error::Refused`] when none of its versions is live, or when live playbooks call it and nothing stands behind.
    pub async fn deactivate_playbook(
        &self,
        granted: &Granted,
        id: &str,
        message: &str,
    ) -> Result<Activation> {
        check_message(message)?;
        let _turn = self.0.playbook_turn.lock().await;
        let (head, _) = self.own_head(granted, id).await?;
        if head.live.is_none() {
            return Err(Error::refused(
                "playbook.not_live",
                format!("no version of `{id}` is live"),
                "",
            ));
        }
        self.refuse_called(granted, id)?;
        let turn = Turn {
            head,
            number: None,
            message,
            action: "playbook.deactivate",
            rollback: false,
        };
        self.turn_live(granted, turn).await
    }

    /// Puts a playbook away, and takes it out of service with that; or takes it out of the archive.
    ///
    /// # Errors
    /// As [`App::deactivate_playbook`]; [`Error::Refused`] for one that comes from the repository.
    pub async fn archive_playbook(&self, granted: &Granted, id: &str, away: bool) -> Result<()> {
        let _turn = self.0.playbook_turn.lock().await;
        let (mut head, _) = self.own_head(granted, id).await?;
        self.refuse_git(granted, &head).await?;
        if head.archived == away {
            return Ok(());
        }
        head.archived = away;
        if head.live.is_some() {
            self.refuse_called(granted, id)?;
            let turn = Turn {
                head,
                number: None,
                message: "archived",
                action: "playbook.archive",
                rollback: false,
            };
            return self.turn_live(granted, turn).await.map(|_| ());
        }
        let now = clock::now();
        let action = match away {
            true => "playbook.archive",
            false => "playbook.unarchive",
        };
        head.updated_at = now;
        let read = head.revision;
        let tx = Tx::new(granted.tenant())
            .priority(Severity::High)
            .with(put_head(head, Some(read), DraftText::Keep))
            .with(audit(granted, action, id, json!({}), now));
        self.commit_playbook(granted, id, tx).await
    }

    /// What was live when, the newest change first, at most 500.
    ///
    /// # Errors
    /// [`Error::NotFound`] when the team has no such playbook of its own.
    pub async fn playbook_activations(
        &self,
        granted: &Granted,
        id: &str,
    ) -> Result<Vec<Activation>> {
        self.own_head(granted, id).await?;
        Ok(self.0.store.playbook_activations(granted, id).await?)
    }

    /// A playbook that others call stays, unless a shipped one takes its place.
    pub(crate) fn refuse_called(&self, granted: &Granted, id: &str) -> Result<()> {
        let picture = self.catalog().now();
        if picture.shipped(id).is_some() {
            return Ok(());
        }
        let callers = picture.own_callers(granted.tenant(), id);
        if callers.is_empty() {
            return Ok(());
        }
        Err(Error::refused(
            "playbook.called",
            format!("live playbooks call `{id}`: {}", callers.join(", ")),
            "deactivate those first, or activate versions of them that do without it",
        ))
    }

    /// Writes a change of what is live, with its line in the history, and serves it.
    async fn turn_live(&self, granted: &Granted, turn: Turn<'_>) -> Result<Activation> {
        let id = turn.head.id.clone();
        let mut tx = Tx::new(granted.tenant()).priority(Severity::High);
        let activation = activation_ops(granted, turn, DraftText::Keep, &mut tx);
        self.commit_live(granted, &id, tx).await?;
        Ok(activation)
    }

    /// Commits what changes what is live, and serves what is stored then.
    pub(crate) async fn commit_live(&self, granted: &Granted, id: &str, tx: Tx) -> Result<()> {
        let committed = self.commit_playbook(granted, id, tx).await;
        if let Err(error) = self.serve_stored(granted, id).await {
            tracing::error!(playbook = %id, error = %error, "What is live of the playbook `{id}` cannot be read; it is tried again");
            tokio::spawn(self.clone().serve_later(granted.clone(), id.to_owned()));
        }
        committed
    }

    async fn serve_later(self, granted: Granted, id: String) {
        while !self.is_stopping() {
            tokio::time::sleep(SERVE_AGAIN).await;
            let _turn = self.0.playbook_turn.lock().await;
            if self.serve_stored(&granted, &id).await.is_ok() {
                return;
            }
        }
    }

    /// Sets the catalog to what the store says is live.
    async fn serve_stored(&self, granted: &Granted, id: &str) -> Result<()> {
        let stored = self.0.store.playbook(granted, id).await?;
        let live = match stored.as_ref().and_then(|(head, _)| head.live) {
            None => None,
            Some(number) => {
                let (version, bundle) = self.playbook_version(granted, id, number).await?;
                let head = stored.as_ref().map(|(head, _)| head);
                head.and_then(|head| own_live(head, &version, &bundle.text))
            }
        };
        let tenant = granted.tenant();
        self.catalog().put_live(tenant, vec![(id.to_owned(), live)]);
        let id = id.to_owned();
        self.0.events.tell(tenant, Change::Playbook { id });
        Ok(())
    }

    /// Serves what tenants have live, at the start.
    pub(crate) async fn load_live_playbooks(&self) -> Result<()> {
        let mut all: BTreeMap<TenantId, Vec<(String, Option<OwnLive>)>> = BTreeMap::new();
        for stored in self.0.store.live_playbooks().await? {
            let head = &stored.playbook;
            let live = own_live(head, &stored.version, &stored.text);
            let of_tenant = all.entry(head.tenant).or_default();
            of_tenant.push((head.id.clone(), live));
        }
        for (tenant, live) in all {
            self.catalog().put_live(tenant, live);
        }
        Ok(())
    }

    /// The tenant's playbooks whose live version this program cannot use: id and version.
    pub(crate) async fn unusable_live(&self, tenant: TenantId) -> Result<Vec<(String, u32)>> {
        let reader = Granted::system(tenant, "doctor", Permission::ConfigRead);
        let picture = self.catalog().now();
        let heads = self.0.store.playbooks(&reader).await?;
        let lost = heads.into_iter().filter_map(|head| {
            let number = head.live?;
            let served = picture.published(tenant, &head.id);
            let is_served = served.is_some_and(|one| one.number == number);
            (!is_served).then_some((head.id, number))
        });
        Ok(lost.collect())
    }
}

/// The version that was live before `live` first came. So going back twice goes further back, not forth again.
fn went_before(history: &[Activation], live: Option<u32>) -> Option<u32> {
    let came = match live {
        None => 0,
        Some(_) => history
            .iter()
            .position(|one| one.number == live && !one.rollback)?,
    };
    let older = history.get(came..).unwrap_or_default().iter();
    older
        .filter_map(|one| one.number)
        .find(|number| Some(*number) != live)
}

/// Fills in a change of what is live: head, history, audit.
pub(crate) fn activation_ops(
    granted: &Granted,
    turn: Turn<'_>,
    draft: DraftText,
    tx: &mut Tx,
) -> Activation {
    let Turn {
        mut head,
        number,
        message,
        action,
        rollback,
    } = turn;
    let now = clock::now();
    let activation = Activation {
        number,
        before: head.live,
        actor: granted.actor().clone(),
        at: now,
        message: message.trim().to_owned(),
        rollback,
    };
    let id = head.id.clone();
    head.live = number;
    head.activated_at = number.map(|_| now);
    head.updated_at = now;
    let read = (head.revision > 0).then_some(head.revision);
    let detail =
        json!({ "number": number, "before": activation.before, "message": activation.message });
    tx.ops.push(put_head(head, read, draft));
    tx.ops.push(Op::AddActivation {
        playbook: id.clone(),
        activation: activation.clone(),
    });
    tx.ops.push(audit(granted, action, &id, detail, now));
    activation
}

/// A live version as the catalog serves it; `None`, and a line in the log, when this program cannot use it.
fn own_live(head: &Playbook, version: &PlaybookVersion, text: &str) -> Option<OwnLive> {
    let (id, number) = (&head.id, version.number);
    if BlobHash::of(text.as_bytes()) != version.digest {
        tracing::error!(playbook = %id, "The stored text of version {number} of the playbook `{id}` is damaged; it is not served");
        return None;
    }
    let plan = match updraft_content::parse_playbook(FILE, text) {
        Ok(plan) => Arc::new(plan),
        Err(found) => {
            let first = found.first().map(in_short).unwrap_or_default();
            tracing::error!(playbook = %id, "Version {number} of the playbook `{id}` cannot be used by this program, and is not served: {first}");
            return None;
        }
    };
    Some(OwnLive {
        plan,
        text: Arc::from(text),
        tests: version.tests,
        number,
        activated_at: head.activated_at.unwrap_or(version.at),
    })
}

fn not_yet(id: &str, number: u32, points: Vec<crate::error::Point>) -> Error {
    let count = points.len();
    Error::Refused {
        code: "playbook.policy",
        message: format!(
            "version {number} of `{id}` cannot become live: {count} {} not met",
            if count == 1 { "point is" } else { "points are" }
        ),
        hint: points
            .iter()
            .map(|point| format!("{}: {}", point.what, point.hint))
            .collect::<Vec<_>>()
            .join("\n"),
        points,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use updraft_model::{Actor, Timestamp};

    #[test]
    fn going_back_twice_goes_further_back() {
        let line = |number, rollback| Activation {
            number,
            before: None,
            actor: Actor::system("test"),
            at: Timestamp::from_millis(0),
            message: String::new(),
            rollback,
        };
        let mut history = vec![line(Some(1), false)];
        assert_eq!(went_before(&history, Some(1)), None);
        history.insert(0, line(Some(2), false));
        history.insert(0, line(None, false));
        assert_eq!(went_before(&history, None), Some(2));
        history.insert(0, line(Some(3), false));
        assert_eq!(went_before(&history, Some(3)), Some(2));
        history.insert(0, line(Some(2), true));
        assert_eq!(went_before(&history, Some(2)), Some(1));
        history.insert(0, line(Some(1), true));
        assert_eq!(went_before(&history, Some(1)), None);
    }
}
