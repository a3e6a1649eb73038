//! Making a version of a draft: its text and its tests never change from then on.

use serde_json::json;
use updraft_model::{BlobHash, Granted, Origin, PlaybookText, PlaybookVersion, Severity};
use updraft_store::{DraftText, Op, TESTS_KIND, TEXT_KIND, Tx};

use super::{
    check::{Checked, tests_content},
    check_message,
    drafts::{archived, new_head},
    put_head,
};
use crate::{App, Error, clock, error::Result, sources::audit};

/// Errors of a text that a refusal names.
const NAMED_MAX: usize = 3;

impl App {
    /// Makes a version of the draft; of a shipped playbook without one, an unchanged copy.
    ///
    /// # Errors
    /// [`Error::Refused`] when there is nothing new to keep, [`Error::Invalid`] while the draft has errors.
    pub async fn make_playbook_version(
        &self,
        granted: &Granted,
        id: &str,
        message: &str,
    ) -> Result<PlaybookVersion> {
        check_message(message)?;
        let _turn = self.0.playbook_turn.lock().await;
        let now = clock::now();
        let shipped = self.catalog().now().shipped(id);
        let own = self.0.store.playbook(granted, id).await?;
        let read = own.as_ref().map(|(head, _)| head.revision);
        let (mut head, draft) = match own {
            Some((head, draft)) => (head, draft),
            None if shipped.is_some() => (new_head(granted, id, now), None),
            None => return Err(Error::not_found("playbook", id)),
        };
        self.refuse_git(granted, &head).await?;
        if head.archived {
            return Err(archived(id));
        }
        let copy = || shipped.clone().filter(|_| head.newest == 0);
        let bundle = draft.or_else(copy).ok_or_else(|| nothing_new(id))?;
        let checked = self.checked(granted, &bundle);
        if !checked.sound {
            return Err(has_errors(&checked));
        }
        let parent = match head.newest {
            0 => shipped
                .as_ref()
                .map(|one| BlobHash::of(one.text.as_bytes())),
            newest => Some(self.playbook_version(granted, id, newest).await?.0.digest),
        };
        let draft = head.draft.take();
        let origin = match (&draft, shipped) {
            (_, Some(shipped)) if shipped == bundle => Origin::Shipped,
            (Some(draft), _) if draft.imported.is_some() => Origin::Import {
                file: draft.imported.clone().unwrap_or_default(),
            },
            _ => Origin::Editor,
        };
        let version = PlaybookVersion {
            number: head.newest + 1,
            digest: BlobHash::of(bundle.text.as_bytes()),
            tests: None,
            parent,
            author: granted.actor().clone(),
            authors: draft.map(|draft| draft.authors).unwrap_or_default(),
            at: now,
            message: message.trim().to_owned(),
            origin,
        };
        let (version, ops) = keep_version(id, version, &bundle)?;
        head.newest = version.number;
        head.title = checked.title().chars().take(200).collect();
        head.updated_at = now;
        let detail = json!({ "number": version.number, "digest": version.digest, "message": version.message });
        let mut tx = Tx::new(granted.tenant()).priority(Severity::High);
        tx.ops.extend(ops);
        tx.ops.push(put_head(head, read, DraftText::Drop));
        tx.ops
            .push(audit(granted, "playbook.version", id, detail, now));
        self.commit_playbook(granted, id, tx).await?;
        Ok(version)
    }
}

/// A version with the digest of its tests, and what keeps it, its text and its tests.
pub(crate) fn keep_version(
    id: &str,
    mut version: PlaybookVersion,
    bundle: &PlaybookText,
) -> Result<(PlaybookVersion, Vec<Op>)> {
    let mut ops = vec![Op::PutContentVersion {
        digest: version.digest,
        kind: TEXT_KIND.into(),
        name: id.to_owned(),
        body: bundle.text.as_bytes().into(),
    }];
    if let Some((digest, body)) = tests_content(bundle)? {
        version.tests = Some(digest);
        ops.push(Op::PutContentVersion {
            digest,
            kind: TESTS_KIND.into(),
            name: id.to_owned(),
            body,
        });
    }
    ops.push(Op::AddPlaybookVersion {
        playbook: id.to_owned(),
        version: Box::new(version.clone()),
    });
    Ok((version, ops))
}

fn nothing_new(id: &str) -> Error {
    Error::refused(
        "playbook.nothing_new",
        format!("`{id}` has no draft to make a version of"),
        "change something and save it first",
    )
}

pub(crate) fn has_errors(checked: &Checked) -> Error {
    let errors = checked.errors();
    let named: Vec<&str> = errors.iter().take(NAMED_MAX).map(String::as_str).collect();
    Error::invalid(
        "playbook.errors",
        format!("the text has {} errors: {}", errors.len(), named.join("; ")),
        "correct them; a version can be run",
    )
}
