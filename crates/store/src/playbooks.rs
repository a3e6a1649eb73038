//! A tenant's own playbooks: heads with their drafts, versions, and the history of what was live.
//!
//! A version's text is content under its digest, and so are its tests, so that the same twice costs one row; a draft
//! with its tests lies beside its head and is replaced by the next one.

use std::{collections::BTreeMap, sync::Arc};

use updraft_model::{Activation, BlobHash, Granted, Playbook, PlaybookText, PlaybookVersion};

use crate::{
    Conflict, Error, Store,
    heads::Scope,
    packed,
    seam::{Db, Row, Val},
};

/// The most playbooks of a tenant that are listed.
const PLAYBOOKS_MAX: i64 = 5_000;
/// The most versions, and the most activations, of one playbook that are listed at once.
pub const HISTORY_MAX: i64 = 500;

/// The kind of the content that holds a version's text.
pub const TEXT_KIND: &str = "playbook_text";
/// The kind of the content that holds a version's tests: file name to text, as JSON.
pub const TESTS_KIND: &str = "playbook_tests";

/// What becomes of a draft when its head is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DraftText {
    /// It stays as it is.
    Keep,
    /// It is replaced.
    Put(Arc<PlaybookText>),
    /// There is none any more.
    Drop,
}

/// A playbook with the text that is live.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LivePlaybook {
    /// Its head.
    pub playbook: Playbook,
    /// The version that is live.
    pub version: PlaybookVersion,
    /// That version's text; its tests are read when they are played.
    pub text: String,
}

pub(crate) fn put(
    db: &mut dyn Db,
    scope: &Scope<'_>,
    playbook: &Playbook,
    expected: Option<u64>,
    (draft, packed): (&DraftText, &[u8]),
    body: &str,
) -> Result<(), Error> {
    let name = playbook.id.clone();
    let live = playbook
        .live
        .map_or(Val::Null, |live| Val::Int(i64::from(live)));
    let text = match draft {
        DraftText::Put(_) => Val::Bytes(packed),
        DraftText::Keep | DraftText::Drop => Val::Null,
    };
    let Some(expected) = expected else {
        let taken = Conflict::Duplicate {
            what: "playbook",
            name,
        };
        return db.send(
            "INSERT INTO playbooks (tenant, id, revision, live, draft, body)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT DO NOTHING",
            &[
                Val::Int(scope.tenant),
                Val::Text(&playbook.id),
                Val::count(playbook.revision),
                live,
                text,
                Val::Text(body),
            ],
            Some(taken),
        );
    };
    let changed = Conflict::Changed {
        what: "playbook",
        name,
    };
    let sql = match draft {
        DraftText::Keep => {
            "UPDATE playbooks SET revision = ?3, live = ?4, body = ?5
             WHERE tenant = ?1 AND id = ?2 AND revision = ?6"
        }
        DraftText::Put(_) | DraftText::Drop => {
            "UPDATE playbooks SET revision = ?3, live = ?4, body = ?5, draft = ?7
             WHERE tenant = ?1 AND id = ?2 AND revision = ?6"
        }
    };
    let mut values = vec![
        Val::Int(scope.tenant),
        Val::Text(&playbook.id),
        Val::count(playbook.revision),
        live,
        Val::Text(body),
        Val::count(expected),
    ];
    if *draft != DraftText::Keep {
        values.push(text);
    }
    db.send(sql, &values, Some(changed))
}

pub(crate) fn add_version(
    db: &mut dyn Db,
    scope: &Scope<'_>,
    playbook: &str,
    version: &PlaybookVersion,
    body: &str,
) -> Result<(), Error> {
    let taken = Conflict::Duplicate {
        what: "version",
        name: format!("{playbook} {}", version.number),
    };
    db.send(
        "INSERT INTO playbook_versions (tenant, playbook, number, digest, body)
         VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT DO NOTHING",
        &[
            Val::Int(scope.tenant),
            Val::Text(playbook),
            Val::Int(i64::from(version.number)),
            Val::Bytes(version.digest.as_bytes()),
            Val::Text(body),
        ],
        Some(taken),
    )
}

pub(crate) fn add_activation(
    db: &mut dyn Db,
    scope: &Scope<'_>,
    playbook: &str,
    body: &str,
) -> Result<(), Error> {
    db.send(
        "INSERT INTO playbook_activations (tenant, playbook, body) VALUES (?1, ?2, ?3)",
        &[Val::Int(scope.tenant), Val::Text(playbook), Val::Text(body)],
        None,
    )
}

fn read<T: serde::de::DeserializeOwned>(
    row: &Row,
    column: usize,
    what: &'static str,
) -> Result<T, Error> {
    serde_json::from_str(row.text(column)?).map_err(|error| Error::corrupt(what, error))
}

fn text(bytes: &[u8]) -> Result<String, Error> {
    String::from_utf8(packed::unpack("playbook", bytes)?)
        .map_err(|error| Error::corrupt("playbook", error))
}

fn bundle(bytes: &[u8]) -> Result<PlaybookText, Error> {
    serde_json::from_slice(&packed::unpack("playbook draft", bytes)?)
        .map_err(|error| Error::corrupt("playbook draft", error))
}

fn tests(
    db: &mut dyn Db,
    tenant: i64,
    digest: BlobHash,
) -> Result<BTreeMap<String, String>, Error> {
    let row = db.row(
        "SELECT body FROM content_versions WHERE tenant = ?1 AND digest = ?2",
        &[Val::Int(tenant), Val::Bytes(digest.as_bytes())],
    )?;
    let row = row.ok_or_else(|| Error::corrupt("playbook tests", "they are gone"))?;
    serde_json::from_slice(&packed::unpack("playbook tests", row.bytes(0)?)?)
        .map_err(|error| Error::corrupt("playbook tests", error))
}

impl Store {
    /// The heads of the tenant's own playbooks by id, those that were put away too.
    ///
    /// # Errors
    /// [`Error`] when the database cannot be read.
    pub async fn playbooks(&self, granted: &Granted) -> Result<Vec<Playbook>, Error> {
        let found = self.scoped(granted, |db, tenant| {
            db.rows(
                "SELECT body FROM playbooks WHERE tenant = ?1 ORDER BY id LIMIT ?2",
                &[Val::Int(tenant), Val::Int(PLAYBOOKS_MAX)],
            )?
            .iter()
            .map(|row| read(row, 0, "playbook"))
            .collect()
        });
        found.await
    }

    /// The head of one playbook, and its draft if it has one.
    ///
    /// # Errors
    /// [`Error`] when the database cannot be read.
    pub async fn playbook(
        &self,
        granted: &Granted,
        id: &str,
    ) -> Result<Option<(Playbook, Option<PlaybookText>)>, Error> {
        let id = id.to_owned();
        let found = self.scoped(granted, move |db, tenant| {
            db.row(
                "SELECT body, draft FROM playbooks WHERE tenant = ?1 AND id = ?2",
                &[Val::Int(tenant), Val::Text(&id)],
            )?
            .map(|row| {
                let draft = row.opt_bytes(1)?.map(bundle).transpose()?;
                Ok((read(&row, 0, "playbook")?, draft))
            })
            .transpose()
        });
        found.await
    }

    /// The newest 500 versions below `before`, the newest first; 0 starts at the newest of all.
    ///
    /// # Errors
    /// [`Error`] when the database cannot be read.
    pub async fn playbook_versions(
        &self,
        granted: &Granted,
        id: &str,
        before: u32,
    ) -> Result<Vec<PlaybookVersion>, Error> {
        let id = id.to_owned();
        let below = match before {
            0 => i64::MAX,
            before => i64::from(before),
        };
        let found = self.scoped(granted, move |db, tenant| {
            db.rows(
                "SELECT body FROM playbook_versions WHERE tenant = ?1 AND playbook = ?2 AND number < ?3
                 ORDER BY number DESC LIMIT ?4",
                &[Val::Int(tenant), Val::Text(&id), Val::Int(below), Val::Int(HISTORY_MAX)],
            )?
            .iter()
            .map(|row| read(row, 0, "playbook version"))
            .collect()
        });
        found.await
    }

    /// One version with its text and its tests.
    ///
    /// # Errors
    /// [`Error`] when the database cannot be read.
    pub async fn playbook_version(
        &self,
        granted: &Granted,
        id: &str,
        number: u32,
    ) -> Result<Option<(PlaybookVersion, PlaybookText)>, Error> {
        let id = id.to_owned();
        let found = self.scoped(granted, move |db, tenant| {
            let row = db.row(
                "SELECT v.body, c.body FROM playbook_versions v
                 JOIN content_versions c ON c.tenant = v.tenant AND c.digest = v.digest
                 WHERE v.tenant = ?1 AND v.playbook = ?2 AND v.number = ?3",
                &[
                    Val::Int(tenant),
                    Val::Text(&id),
                    Val::Int(i64::from(number)),
                ],
            )?;
            let Some(row) = row else { return Ok(None) };
            let version: PlaybookVersion = read(&row, 0, "playbook version")?;
            let tests = version
                .tests
                .map(|digest| tests(db, tenant, digest))
                .transpose()?;
            let text = text(row.bytes(1)?)?;
            let tests = tests.unwrap_or_default();
            Ok(Some((version, PlaybookText { text, tests })))
        });
        found.await
    }

    /// The number of the newest version with this text, if there is one.
    ///
    /// # Errors
    /// [`Error`] when the database cannot be read.
    pub async fn playbook_version_of(
        &self,
        granted: &Granted,
        id: &str,
        digest: BlobHash,
    ) -> Result<Option<u32>, Error> {
        let id = id.to_owned();
        let found = self.scoped(granted, move |db, tenant| {
            let row = db.row(
                "SELECT number FROM playbook_versions
                 WHERE tenant = ?1 AND playbook = ?2 AND digest = ?3 ORDER BY number DESC LIMIT 1",
                &[
                    Val::Int(tenant),
                    Val::Text(&id),
                    Val::Bytes(digest.as_bytes()),
                ],
            )?;
            row.map(|row| Ok(u32::try_from(row.int(0)?).unwrap_or(0)))
                .transpose()
        });
        found.await
    }

    /// The newest 500 changes of what was live, the newest first.
    ///
    /// # Errors
    /// [`Error`] when the database cannot be read.
    pub async fn playbook_activations(
        &self,
        granted: &Granted,
        id: &str,
    ) -> Result<Vec<Activation>, Error> {
        let id = id.to_owned();
        let found = self.scoped(granted, move |db, tenant| {
            db.rows(
                "SELECT body FROM playbook_activations WHERE tenant = ?1 AND playbook = ?2
                 ORDER BY seq DESC LIMIT ?3",
                &[Val::Int(tenant), Val::Text(&id), Val::Int(HISTORY_MAX)],
            )?
            .iter()
            .map(|row| read(row, 0, "activation"))
            .collect()
        });
        found.await
    }

    /// Every playbook of every tenant that has a live version, with its text. For the driver's start only; a head
    /// says whose it is.
    ///
    /// # Errors
    /// [`Error`] when the database cannot be read.
    pub async fn live_playbooks(&self) -> Result<Vec<LivePlaybook>, Error> {
        self.read(|db| {
            db.rows(
                "SELECT p.body, v.body, c.body FROM playbooks p
                 JOIN playbook_versions v
                   ON v.tenant = p.tenant AND v.playbook = p.id AND v.number = p.live
                 JOIN content_versions c ON c.tenant = v.tenant AND c.digest = v.digest
                 WHERE p.live IS NOT NULL ORDER BY p.tenant, p.id",
                &[],
            )?
            .iter()
            .map(|row| {
                Ok(LivePlaybook {
                    playbook: read(row, 0, "playbook")?,
                    version: read(row, 1, "playbook version")?,
                    text: text(row.bytes(2)?)?,
                })
            })
            .collect()
        })
        .await
    }
}
