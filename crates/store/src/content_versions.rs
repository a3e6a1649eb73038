//! Pinned texts: the version of a playbook or manifest that a run was started with, kept as long as it may be asked for.

use updraft_model::{BlobHash, Granted};

use crate::{
    Error, Store,
    heads::Scope,
    packed,
    seam::{Db, Val},
};

/// A pinned text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ContentVersion {
    /// SHA-256 of the text.
    pub digest: BlobHash,
    /// `playbook`, `connector`, …
    pub kind: String,
    /// Its name.
    pub name: String,
    /// The text.
    pub body: Vec<u8>,
}

pub(crate) fn put(
    db: &mut dyn Db,
    scope: &Scope<'_>,
    digest: BlobHash,
    (kind, name): (&str, &str),
    body: &[u8],
) -> Result<(), Error> {
    db.send(
        "INSERT INTO content_versions (tenant, digest, kind, name, body) VALUES (?1, ?2, ?3, ?4, ?5)
         ON CONFLICT DO NOTHING",
        &[
            Val::Int(scope.tenant),
            Val::Bytes(digest.as_bytes()),
            Val::Text(kind),
            Val::Text(name),
            Val::Bytes(body),
        ],
        None,
    )
}

impl Store {
    /// The text with this digest.
    ///
    /// # Errors
    /// [`Error`] when the database cannot be read.
    pub async fn content_version(
        &self,
        granted: &Granted,
        digest: BlobHash,
    ) -> Result<Option<ContentVersion>, Error> {
        let found = self.scoped(granted, move |db, tenant| {
            let row = db.row(
                "SELECT kind, name, body FROM content_versions WHERE tenant = ?1 AND digest = ?2",
                &[Val::Int(tenant), Val::Bytes(digest.as_bytes())],
            )?;
            let Some(row) = row else { return Ok(None) };
            Ok(Some(ContentVersion {
                digest,
                kind: row.text(0)?.to_owned(),
                name: row.text(1)?.to_owned(),
                body: packed::unpack("content", row.bytes(2)?)?,
            }))
        });
        found.await
    }
}
