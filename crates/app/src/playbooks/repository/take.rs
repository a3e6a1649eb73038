//! Taking the playbooks of a commit: one after the other, those that others call first.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::json;
use updraft_model::{
    BlobHash, Draft, Granted, Origin, Playbook, PlaybookText, PlaybookVersion, Severity,
};
use updraft_store::{DraftText, Tx};

use super::{
    super::{
        PlaybookPolicy,
        drafts::new_head,
        live::{Turn, activation_ops},
        policy::Candidate,
        put_head,
        versions::keep_version,
    },
    NotPulled, Pull, Pulled,
    folder::Found,
    git::{Change, Repository},
};
use crate::{App, clock, error::Point, error::Result, sources::audit};

/// What became of one playbook.
enum Taken {
    Unchanged,
    Live(u32),
    Refused(Vec<String>),
    /// It calls what is not live yet; another playbook of the same commit may be that.
    Waits,
}

/// One playbook of the commit.
struct Offer<'o> {
    id: &'o str,
    file: String,
    bundle: &'o PlaybookText,
    change: &'o Change,
    signed: bool,
}

impl App {
    /// Takes every playbook of a commit, and puts those away that are gone.
    pub(super) async fn take_all(
        &self,
        granted: &Granted,
        repository: &Repository,
        found: Vec<Found>,
        pull: &mut Pull,
    ) -> Result<()> {
        let policy = self.playbook_policy(granted).await?;
        let ids: BTreeSet<String> = found.iter().map(|one| one.id.clone()).collect();
        let mut open = Vec::new();
        for one in found {
            match &one.bundle {
                Ok(_) => open.push(one),
                Err(reasons) => {
                    let reasons = reasons.clone();
                    pull.refuse(&one, reasons);
                }
            }
        }
        loop {
            let before = open.len();
            let mut waits = Vec::new();
            for one in open {
                let last = false;
                match self
                    .take(granted, repository, (&one, pull), &policy, last)
                    .await?
                {
                    Taken::Waits => waits.push(one),
                    taken => pull.note(&one, taken),
                }
            }
            open = waits;
            if open.len() == before || open.is_empty() {
                break;
            }
        }
        for one in open {
            let taken = self
                .take(granted, repository, (&one, pull), &policy, true)
                .await?;
            pull.note(&one, taken);
        }
        self.put_away_gone(granted, &ids, pull).await
    }

    async fn take(
        &self,
        granted: &Granted,
        repository: &Repository,
        (found, pull): (&Found, &Pull),
        policy: &PlaybookPolicy,
        last: bool,
    ) -> Result<Taken> {
        let Ok(bundle) = &found.bundle else {
            return Ok(Taken::Refused(Vec::new()));
        };
        if let Some(taken) = self.is_settled(granted, found, bundle).await?.0 {
            return Ok(taken);
        }
        // Once outside the turn: playing tests takes a while, and nobody else has to wait for it. What goes wrong
        // goes wrong again below.
        let _ = self.play_playbook_tests(granted, bundle).await;
        let _turn = self.0.playbook_turn.lock().await;
        let (settled, head) = self.is_settled(granted, found, bundle).await?;
        if let Some(taken) = settled {
            return Ok(taken);
        }
        let change = match repository.last_change(&pull.commit, &found.folder).await {
            Ok(change) => change,
            Err(fault) => return Ok(Taken::Refused(vec![fault])),
        };
        let offer = Offer {
            id: &found.id,
            file: found.file(),
            bundle,
            change: &change,
            signed: pull.signed,
        };
        self.take_offer(granted, offer, head, policy, last).await
    }

    /// An answer that needs no writing (it is here already, or somebody's draft is in the way), and the head.
    async fn is_settled(
        &self,
        granted: &Granted,
        found: &Found,
        bundle: &PlaybookText,
    ) -> Result<(Option<Taken>, Option<Playbook>)> {
        let Some((head, draft)) = self.0.store.playbook(granted, &found.id).await? else {
            return Ok((None, None));
        };
        if let (Some(draft), None) = (&head.draft, &head.git_file) {
            let text = format!(
                "{} works on a draft of it here: make it a part of the repository, or discard it",
                draft.author.label()
            );
            return Ok((Some(Taken::Refused(vec![text])), Some(head)));
        }
        if draft.is_some() || head.newest == 0 || head.archived {
            return Ok((None, Some(head)));
        }
        let (_, newest) = self
            .playbook_version(granted, &head.id, head.newest)
            .await?;
        let same = newest == *bundle && head.git_file.as_deref() == Some(&found.file());
        Ok((same.then_some(Taken::Unchanged), Some(head)))
    }

    async fn take_offer(
        &self,
        granted: &Granted,
        offer: Offer<'_>,
        own: Option<Playbook>,
        policy: &PlaybookPolicy,
        last: bool,
    ) -> Result<Taken> {
        let now = clock::now();
        let mut head = own.unwrap_or_else(|| new_head(granted, offer.id, now));
        let newest = match head.newest {
            0 => None,
            number => Some(self.playbook_version(granted, offer.id, number).await?),
        };
        // What comes back as it was needs no further version.
        let same = newest.as_ref().filter(|(_, newest)| newest == offer.bundle);
        let version = match same {
            Some((version, _)) => version.clone(),
            None => offer.version(granted, &head, newest.as_ref().map(|(newest, _)| newest)),
        };
        let checked = self.checked(granted, offer.bundle);
        let reasons = if checked.id() != offer.id && !checked.id().is_empty() {
            vec![format!(
                "its text says the id `{}`: name the folder so, or correct the text",
                checked.id()
            )]
        } else {
            let candidate = Candidate {
                version: &version,
                bundle: offer.bundle,
                activator: granted.actor(),
                from_git: true,
            };
            match self.unmet(granted, candidate, policy).await? {
                Ok(_) => Vec::new(),
                Err(points) if !last && calls_only(&points) => return Ok(Taken::Waits),
                Err(points) => points.iter().map(reason).collect(),
            }
        };
        if !reasons.is_empty() {
            self.keep_as_draft(granted, &offer, head, checked.sound)
                .await?;
            return Ok(Taken::Refused(reasons));
        }
        let mut tx = Tx::new(granted.tenant()).priority(Severity::High);
        let (version, ops) = match same {
            Some(_) => (version, Vec::new()),
            None => keep_version(offer.id, version, offer.bundle)?,
        };
        tx.ops.extend(ops);
        head.draft = None;
        head.newest = version.number;
        head.archived = false;
        head.title = checked.title().chars().take(200).collect();
        head.git_file = Some(offer.file.clone());
        if same.is_some() && head.live == Some(version.number) {
            // It runs already; only where it comes from is new, or a draft is settled.
            head.updated_at = now;
            let read = head.revision;
            let detail = json!({ "file": offer.file, "commit": offer.change.commit });
            tx.ops.push(put_head(head, Some(read), DraftText::Drop));
            tx.ops
                .push(audit(granted, "playbook.taken_over", offer.id, detail, now));
            self.commit_playbook(granted, offer.id, tx).await?;
            return Ok(Taken::Unchanged);
        }
        let turn = Turn {
            head,
            number: Some(version.number),
            message: &format!("commit {}", offer.change.commit),
            action: "playbook.pulled",
            rollback: false,
        };
        activation_ops(granted, turn, DraftText::Drop, &mut tx);
        self.commit_live(granted, offer.id, tx).await?;
        Ok(Taken::Live(version.number))
    }

    /// What may not become live stays a draft, so that it can be looked at, played and backtested here.
    async fn keep_as_draft(
        &self,
        granted: &Granted,
        offer: &Offer<'_>,
        mut head: Playbook,
        sound: bool,
    ) -> Result<()> {
        let digest = offer.bundle.digest();
        let is_kept = head
            .draft
            .as_ref()
            .is_some_and(|draft| draft.digest == digest);
        if is_kept && head.git_file.as_deref() == Some(&offer.file) {
            return Ok(());
        }
        let now = clock::now();
        let read = (head.revision > 0).then_some(head.revision);
        head.draft = Some(Draft {
            digest,
            author: granted.actor().clone(),
            authors: vec![granted.actor().clone()],
            at: now,
            sound,
            imported: None,
        });
        head.archived = false;
        head.git_file = Some(offer.file.clone());
        head.updated_at = now;
        let detail = json!({ "digest": digest, "sound": sound, "commit": offer.change.commit });
        let draft = DraftText::Put(offer.bundle.clone().into());
        let tx = Tx::new(granted.tenant())
            .priority(Severity::High)
            .with(put_head(head, read, draft))
            .with(audit(granted, "playbook.draft", offer.id, detail, now));
        self.commit_playbook(granted, offer.id, tx).await
    }

    /// What came from the repository and is gone from it is put away.
    async fn put_away_gone(
        &self,
        granted: &Granted,
        there: &BTreeSet<String>,
        pull: &mut Pull,
    ) -> Result<()> {
        let heads = self.0.store.playbooks(granted).await?;
        let gone = heads
            .into_iter()
            .filter(|head| head.git_file.is_some() && !head.archived && !there.contains(&head.id));
        let mut open: BTreeMap<String, String> = gone
            .map(|head| (head.id, head.git_file.unwrap_or_default()))
            .collect();
        // Those that call others go first.
        loop {
            let before = open.len();
            for (id, file) in std::mem::take(&mut open) {
                let _turn = self.0.playbook_turn.lock().await;
                if self.refuse_called(granted, &id).is_err() {
                    open.insert(id, file);
                    continue;
                }
                self.put_away(granted, &id).await?;
                pull.removed.push(id);
            }
            if open.is_empty() || open.len() == before {
                break;
            }
        }
        for (id, file) in open {
            let reasons = match self.refuse_called(granted, &id) {
                Err(error) => vec![format!("it is gone from the repository, but {error}")],
                Ok(()) => Vec::new(),
            };
            pull.refused.push(NotPulled { id, file, reasons });
        }
        Ok(())
    }

    async fn put_away(&self, granted: &Granted, id: &str) -> Result<()> {
        let Some((mut head, _)) = self.0.store.playbook(granted, id).await? else {
            return Ok(());
        };
        head.archived = true;
        head.git_file = None;
        head.draft = None;
        let turn = Turn {
            head,
            number: None,
            message: "gone from the repository",
            action: "playbook.archive",
            rollback: false,
        };
        let mut tx = Tx::new(granted.tenant()).priority(Severity::High);
        activation_ops(granted, turn, DraftText::Drop, &mut tx);
        self.commit_live(granted, id, tx).await
    }
}

impl Offer<'_> {
    fn version(
        &self,
        granted: &Granted,
        head: &Playbook,
        newest: Option<&PlaybookVersion>,
    ) -> PlaybookVersion {
        PlaybookVersion {
            number: head.newest + 1,
            digest: BlobHash::of(self.bundle.text.as_bytes()),
            tests: None,
            parent: newest.map(|newest| newest.digest),
            author: granted.actor().clone(),
            authors: Vec::new(),
            at: clock::now(),
            message: format!("{} by {}", self.change.commit, self.change.author),
            origin: Origin::Git {
                commit: self.change.commit.clone(),
                author: self.change.author.clone(),
                file: self.file.clone(),
                signed: self.signed,
            },
        }
    }
}

impl Pull {
    fn refuse(&mut self, found: &Found, reasons: Vec<String>) {
        let (id, file) = (found.id.clone(), found.file());
        self.refused.push(NotPulled { id, file, reasons });
    }

    fn note(&mut self, found: &Found, taken: Taken) {
        match taken {
            Taken::Unchanged => self.unchanged += 1,
            Taken::Live(number) => self.changed.push(Pulled {
                id: found.id.clone(),
                number,
                file: found.file(),
            }),
            Taken::Refused(reasons) => self.refuse(found, reasons),
            Taken::Waits => {}
        }
    }
}

fn calls_only(points: &[Point]) -> bool {
    points.iter().all(|point| point.code == "calls")
}

fn reason(point: &Point) -> String {
    match point.hint.as_str() {
        "" => point.what.clone(),
        hint => format!("{} ({hint})", point.what),
    }
}
