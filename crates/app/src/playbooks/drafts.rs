//! Drafts: opening what people work on, saving it, throwing it away, and new playbooks.
//!
//! Whoever saves names the digest of what they had read. So nobody overwrites what somebody else saved meanwhile;
//! the refusal says who that was.

use serde_json::json;
use updraft_model::{Actor, BlobHash, Draft, Granted, Playbook, PlaybookText, Severity, Timestamp};
use updraft_store::{Conflict, DraftText, Tx};

use super::{check::Checked, check_message, check_sizes, put_head};
use crate::{App, Error, clock, error::Result, events::Change, sources::audit};

/// Most people who are remembered as authors of one draft.
const AUTHORS_MAX: usize = 100;

/// Where a text was taken from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TextSource {
    /// What people work on.
    Draft,
    /// The version that new runs take.
    Live,
    /// The newest version; none is live.
    Newest,
    /// What ships with the program.
    Shipped,
}

impl TextSource {
    /// The word of the API.
    pub const fn as_str(self) -> &'static str {
        match self {
            TextSource::Draft => "draft",
            TextSource::Live => "live",
            TextSource::Newest => "newest",
            TextSource::Shipped => "shipped",
        }
    }
}

/// A playbook as an editor opens it.
#[derive(Debug)]
pub struct Opened {
    /// Text and tests: of the draft, else of the live version, else of the newest, else of the shipped one.
    pub bundle: PlaybookText,
    /// Which of them.
    pub source: TextSource,
    /// What whoever saves must name.
    pub digest: BlobHash,
    /// What is to be said about it.
    pub checked: Checked,
}

/// A draft that was saved.
#[derive(Debug)]
pub struct Saved {
    /// What whoever saves next must name.
    pub digest: BlobHash,
    /// The head's revision.
    pub revision: u64,
    /// What is to be said about it.
    pub checked: Checked,
}

/// A playbook that is new here.
#[derive(Debug, Clone, Default)]
pub struct NewPlaybook {
    /// Its text and tests; the text says its id.
    pub bundle: PlaybookText,
    /// Makes a version at once when it is not empty.
    pub message: String,
    /// The file that it was read from.
    pub file: Option<String>,
}

/// What people have in front of them.
struct Working {
    bundle: PlaybookText,
    source: TextSource,
    /// Who is behind it, and since when; `None` for a shipped one.
    by: Option<(Actor, Timestamp)>,
}

impl App {
    /// A playbook as an editor opens it.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub async fn open_playbook(&self, granted: &Granted, id: &str) -> Result<Opened> {
        let own = self.0.store.playbook(granted, id).await?;
        let working = self.working(granted, id, own.as_ref()).await?;
        let working = working.ok_or_else(|| Error::not_found("playbook", id))?;
        Ok(Opened {
            digest: working.bundle.digest(),
            checked: self.checked(granted, &working.bundle),
            source: working.source,
            bundle: working.bundle,
        })
    }

    async fn working(
        &self,
        granted: &Granted,
        id: &str,
        own: Option<&(Playbook, Option<PlaybookText>)>,
    ) -> Result<Option<Working>> {
        if let Some((head, draft)) = own {
            if let (Some(draft), Some(text)) = (&head.draft, draft) {
                return Ok(Some(Working {
                    bundle: text.clone(),
                    source: TextSource::Draft,
                    by: Some((draft.author.clone(), draft.at)),
                }));
            }
            if head.newest > 0 {
                let number = head.live.unwrap_or(head.newest);
                let (version, bundle) = self.playbook_version(granted, id, number).await?;
                return Ok(Some(Working {
                    bundle,
                    source: match head.live {
                        Some(_) => TextSource::Live,
                        None => TextSource::Newest,
                    },
                    by: Some((version.author, version.at)),
                }));
            }
        }
        let shipped = self.catalog().now().shipped(id);
        Ok(shipped.map(|bundle| Working {
            bundle,
            source: TextSource::Shipped,
            by: None,
        }))
    }

    /// Adds a playbook from a text, as a draft; with a message a version is made of it at once.
    ///
    /// # Errors
    /// [`Error::Invalid`] when the text says no id or is too large, [`Error::Refused`] when there is one of this id.
    pub async fn create_playbook(&self, granted: &Granted, new: NewPlaybook) -> Result<String> {
        let NewPlaybook {
            bundle,
            message,
            file,
        } = new;
        check_sizes(&bundle)?;
        check_message(&message)?;
        let checked = self.checked(granted, &bundle);
        let id = checked.id().to_owned();
        if !is_id(&id) {
            return Err(Error::invalid(
                "playbook.id",
                "the text does not say which playbook it is",
                "write `id:` with lower-case letters, digits and `-` at its top",
            ));
        }
        let message = message.trim();
        if !message.is_empty() && !checked.sound {
            return Err(super::versions::has_errors(&checked));
        }
        {
            let _turn = self.0.playbook_turn.lock().await;
            let own = self.0.store.playbook(granted, &id).await?;
            if own.as_ref().is_some_and(|(head, _)| !head.archived) {
                return Err(Error::refused(
                    "playbook.exists",
                    format!("there is a playbook `{id}` already"),
                    "save a draft of it, or give this one another id",
                ));
            }
            let head = own.map(|(head, _)| head);
            self.write_draft(granted, (&id, head), bundle, &checked, file)
                .await?;
        }
        if !message.is_empty() {
            self.make_playbook_version(granted, &id, message).await?;
        }
        Ok(id)
    }

    /// Saves a draft. `base` is the digest of what the writer had read; `None` when there was nothing.
    ///
    /// # Errors
    /// [`Error::Refused`] when somebody saved meanwhile (and who), or when the playbook comes from the repository;
    /// [`Error::Invalid`] when the text is too large or that of another playbook.
    pub async fn save_playbook_draft(
        &self,
        granted: &Granted,
        id: &str,
        bundle: PlaybookText,
        base: Option<BlobHash>,
    ) -> Result<Saved> {
        check_sizes(&bundle)?;
        let checked = self.checked(granted, &bundle);
        if !is_id(id) {
            return Err(Error::not_found("playbook", id));
        }
        if !checked.id().is_empty() && checked.id() != id {
            return Err(Error::invalid(
                "playbook.id",
                format!("this is the text of `{}`, not of `{id}`", checked.id()),
                "an id stays; make a new playbook for another one",
            ));
        }
        let _turn = self.0.playbook_turn.lock().await;
        let own = self.0.store.playbook(granted, id).await?;
        let working = self.working(granted, id, own.as_ref()).await?;
        let there = working.as_ref().map(|working| working.bundle.digest());
        let digest = bundle.digest();
        if let Some((head, _)) = &own {
            self.refuse_git(granted, head).await?;
            if head.archived {
                return Err(archived(id));
            }
            if there == Some(digest) && head.draft.is_some() {
                // Said again, perhaps because the first answer was lost.
                let revision = head.revision;
                return Ok(Saved {
                    digest,
                    revision,
                    checked,
                });
            }
        }
        if there != base {
            return Err(saved_meanwhile(id, working.as_ref()));
        }
        let head = own.map(|(head, _)| head);
        let revision = self
            .write_draft(granted, (id, head), bundle, &checked, None)
            .await?;
        Ok(Saved {
            digest,
            revision,
            checked,
        })
    }

    /// Writes the draft under a head that was read in this turn; answers the new revision.
    async fn write_draft(
        &self,
        granted: &Granted,
        (id, own): (&str, Option<Playbook>),
        bundle: PlaybookText,
        checked: &Checked,
        file: Option<String>,
    ) -> Result<u64> {
        let now = clock::now();
        let read = own.as_ref().map(|head| head.revision);
        let mut head = own.unwrap_or_else(|| new_head(granted, id, now));
        let digest = bundle.digest();
        let same_as_newest = match head.newest {
            0 => false,
            newest => self.playbook_version(granted, id, newest).await?.1.digest() == digest,
        };
        let imported = file
            .map(|file| file.chars().take(200).collect())
            .or_else(|| head.draft.as_ref().and_then(|draft| draft.imported.clone()));
        let before = head.draft.take();
        let text = match same_as_newest {
            // Nothing is left to do in it.
            true => DraftText::Drop,
            false => {
                head.draft = Some(Draft {
                    digest,
                    author: granted.actor().clone(),
                    authors: authors(before, granted.actor()),
                    at: now,
                    sound: checked.sound,
                    imported,
                });
                DraftText::Put(bundle.into())
            }
        };
        if !checked.title().is_empty() {
            head.title = checked.title().chars().take(200).collect();
        }
        head.archived = false;
        head.git_file = None;
        head.updated_at = now;
        let detail = json!({ "digest": digest, "sound": checked.sound });
        let tx = Tx::new(granted.tenant())
            .priority(Severity::High)
            .with(put_head(head, read, text))
            .with(audit(granted, "playbook.draft", id, detail, now));
        self.commit_playbook(granted, id, tx).await?;
        Ok(read.unwrap_or(0) + 1)
    }

    /// Throws the draft away. A playbook that has no version goes with it.
    ///
    /// # Errors
    /// [`Error::NotFound`] when there is no draft.
    pub async fn discard_playbook_draft(&self, granted: &Granted, id: &str) -> Result<()> {
        let _turn = self.0.playbook_turn.lock().await;
        let (mut head, _) = self.own_head(granted, id).await?;
        self.refuse_git(granted, &head).await?;
        let Some(draft) = head.draft.take() else {
            return Err(Error::not_found("draft of the playbook", id));
        };
        let now = clock::now();
        head.archived = head.archived || head.newest == 0;
        head.updated_at = now;
        let read = head.revision;
        let detail = json!({ "digest": draft.digest });
        let tx = Tx::new(granted.tenant())
            .priority(Severity::High)
            .with(put_head(head, Some(read), DraftText::Drop))
            .with(audit(granted, "playbook.discard", id, detail, now));
        self.commit_playbook(granted, id, tx).await
    }

    /// Commits a change of one playbook and tells who watches.
    pub(crate) async fn commit_playbook(&self, granted: &Granted, id: &str, tx: Tx) -> Result<()> {
        match self.0.store.commit(tx).await {
            Ok(_) => {
                let id = id.to_owned();
                let change = Change::Playbook { id };
                self.0.events.tell(granted.tenant(), change);
                Ok(())
            }
            Err(updraft_store::Error::Conflict(
                Conflict::Changed { .. } | Conflict::Duplicate { .. },
            )) => Err(Error::Conflict(format!(
                "the playbook `{id}` was changed meanwhile"
            ))),
            Err(error) => Err(error.into()),
        }
    }
}

/// A head that says nothing yet.
pub(crate) fn new_head(granted: &Granted, id: &str, now: Timestamp) -> Playbook {
    Playbook {
        tenant: granted.tenant(),
        id: id.to_owned(),
        title: id.to_owned(),
        revision: 0,
        draft: None,
        newest: 0,
        live: None,
        activated_at: None,
        archived: false,
        git_file: None,
        created_at: now,
        created_by: granted.actor().clone(),
        updated_at: now,
    }
}

/// Everybody who worked on it, each once.
fn authors(before: Option<Draft>, now: &Actor) -> Vec<Actor> {
    let mut authors = before.map(|draft| draft.authors).unwrap_or_default();
    if !authors.contains(now) && authors.len() < AUTHORS_MAX {
        authors.push(now.clone());
    }
    authors
}

pub(crate) fn archived(id: &str) -> Error {
    Error::refused(
        "playbook.archived",
        format!("`{id}` is archived"),
        "take it out of the archive first",
    )
}

fn saved_meanwhile(id: &str, working: Option<&Working>) -> Error {
    let message = match working.and_then(|working| working.by.as_ref()) {
        Some((by, at)) => format!("{} saved `{id}` at {at}, after you had read it", by.label()),
        None if working.is_some() => format!("`{id}` is not what you had read"),
        None => format!("what you had read of `{id}` is not there any more"),
    };
    Error::refused(
        "playbook.changed",
        message,
        "read it again, compare, and save what you still want",
    )
}

/// True for what can be the id of a playbook.
pub(crate) fn is_id(id: &str) -> bool {
    updraft_engine::is_playbook_id(id)
}
