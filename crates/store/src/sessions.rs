//! Signed-in browsers and bearer tokens. Both are found by the hash of a secret that is never stored.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use updraft_model::{Granted, SourceId, TenantId, Timestamp, TokenId, UserId};

use crate::{
    Error, Store,
    heads::Scope,
    seam::{Db, Row, Val},
};

/// The most tokens that are listed.
const TOKENS_MAX: i64 = 10_000;

/// A signed-in browser.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Session {
    /// Whose.
    pub tenant: TenantId,
    /// Who signed in.
    pub user: UserId,
    /// When.
    pub created_at: Timestamp,
    /// It is refused from this moment on; the caller compares.
    pub expires_at: Timestamp,
    /// What else belongs to it.
    #[serde(default)]
    pub data: Value,
}

/// For whom a token speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", content = "id", rename_all = "snake_case")]
pub enum TokenOwner {
    /// An intake: it may hand in alerts.
    Source(SourceId),
    /// A person: it may do what they may.
    User(UserId),
}

/// A bearer token.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Token {
    /// Its identifier, by which it is listed and revoked.
    pub id: TokenId,
    /// Whose.
    pub tenant: TenantId,
    /// For whom it speaks.
    pub owner: TokenOwner,
    /// What people call it.
    pub name: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// It is refused from this moment on; the caller compares.
    pub expires_at: Option<Timestamp>,
}

pub(crate) fn put_session(
    db: &mut dyn Db,
    scope: &Scope<'_>,
    hash: &[u8; 32],
    session: &Session,
    body: &str,
) -> Result<(), Error> {
    db.send(
        "INSERT INTO sessions (hash, tenant, user_id, expires_at, body) VALUES (?1, ?2, ?3, ?4, ?5)
         ON CONFLICT (hash) DO UPDATE SET expires_at = excluded.expires_at, body = excluded.body
             WHERE sessions.tenant = excluded.tenant AND sessions.user_id = excluded.user_id",
        &[
            Val::Bytes(hash),
            Val::Int(scope.tenant),
            Val::Bytes(&session.user.to_bytes()),
            Val::time(session.expires_at),
            Val::Text(body),
        ],
        None,
    )
}

pub(crate) fn delete_session(
    db: &mut dyn Db,
    scope: &Scope<'_>,
    hash: &[u8; 32],
) -> Result<(), Error> {
    db.send(
        "DELETE FROM sessions WHERE hash = ?1 AND tenant = ?2",
        &[Val::Bytes(hash), Val::Int(scope.tenant)],
        None,
    )
}

pub(crate) fn delete_sessions_of(
    db: &mut dyn Db,
    scope: &Scope<'_>,
    user: UserId,
) -> Result<(), Error> {
    db.send(
        "DELETE FROM sessions WHERE tenant = ?1 AND user_id = ?2",
        &[Val::Int(scope.tenant), Val::Bytes(&user.to_bytes())],
        None,
    )
}

pub(crate) fn put_token(
    db: &mut dyn Db,
    scope: &Scope<'_>,
    hash: &[u8; 32],
    token: &Token,
    body: &str,
) -> Result<(), Error> {
    db.run(
        "INSERT INTO tokens (hash, tenant, id, body) VALUES (?1, ?2, ?3, ?4)
         ON CONFLICT (hash) DO UPDATE SET body = excluded.body
             WHERE tokens.tenant = excluded.tenant AND tokens.id = excluded.id",
        &[
            Val::Bytes(hash),
            Val::Int(scope.tenant),
            Val::Bytes(&token.id.to_bytes()),
            Val::Text(body),
        ],
    )?;
    Ok(())
}

pub(crate) fn delete_token(db: &mut dyn Db, scope: &Scope<'_>, id: TokenId) -> Result<(), Error> {
    db.send(
        "DELETE FROM tokens WHERE tenant = ?1 AND id = ?2",
        &[Val::Int(scope.tenant), Val::Bytes(&id.to_bytes())],
        None,
    )
}

fn token(row: &Row) -> Result<Token, Error> {
    serde_json::from_str(row.text(0)?).map_err(|error| Error::corrupt("token", error))
}

impl Store {
    /// The session with this secret's hash. It takes no grant: it is what one is made from.
    ///
    /// # Errors
    /// [`Error`] when the database cannot be read.
    pub async fn session(&self, hash: [u8; 32]) -> Result<Option<Session>, Error> {
        let read = self.read(move |db| {
            db.row(
                "SELECT body FROM sessions WHERE hash = ?1",
                &[Val::Bytes(&hash)],
            )?
            .map(|row| {
                serde_json::from_str(row.text(0)?).map_err(|error| Error::corrupt("session", error))
            })
            .transpose()
        });
        read.await
    }

    /// The token with this secret's hash. It takes no grant: it is what one is made from.
    ///
    /// # Errors
    /// [`Error`] when the database cannot be read.
    pub async fn token(&self, hash: [u8; 32]) -> Result<Option<Token>, Error> {
        let read = self.read(move |db| {
            db.row(
                "SELECT body FROM tokens WHERE hash = ?1",
                &[Val::Bytes(&hash)],
            )?
            .map(|row| token(&row))
            .transpose()
        });
        read.await
    }

    /// The tenant's tokens, the oldest first.
    ///
    /// # Errors
    /// [`Error`] when the database cannot be read.
    pub async fn tokens(&self, granted: &Granted) -> Result<Vec<Token>, Error> {
        let found = self.scoped(granted, |db, tenant| {
            db.rows(
                "SELECT body FROM tokens WHERE tenant = ?1 ORDER BY id LIMIT ?2",
                &[Val::Int(tenant), Val::Int(TOKENS_MAX)],
            )?
            .iter()
            .map(token)
            .collect()
        });
        found.await
    }
}
