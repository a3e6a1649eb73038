//! Accounts.

use updraft_model::{Granted, TenantId, User, UserId};

use crate::{
    Error, Store,
    heads::Scope,
    seam::{Db, Row, Val},
    tx::KEY_BYTES_MAX,
};

/// The most accounts that are listed.
const USERS_MAX: i64 = 10_000;

/// An account and what its password is compared with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UserRow {
    /// The account.
    pub user: User,
    /// The password's hash; `None` where no password was ever set.
    pub password_hash: Option<String>,
}

pub(crate) fn put(
    db: &mut dyn Db,
    scope: &Scope<'_>,
    user: &User,
    password_hash: Option<&str>,
    body: &str,
) -> Result<(), Error> {
    db.run(
        "INSERT INTO users (tenant, id, name, password_hash, body) VALUES (?1, ?2, ?3, ?4, ?5)
         ON CONFLICT (tenant, id) DO UPDATE SET name = excluded.name, body = excluded.body,
             password_hash = COALESCE(excluded.password_hash, users.password_hash)",
        &[
            Val::Int(scope.tenant),
            Val::Bytes(&user.id.to_bytes()),
            Val::Text(&user.name),
            Val::opt_text(password_hash),
            Val::Text(body),
        ],
    )?;
    Ok(())
}

fn user(row: &Row) -> Result<UserRow, Error> {
    Ok(UserRow {
        user: serde_json::from_str(row.text(0)?)
            .map_err(|error| Error::corrupt("account", error))?,
        password_hash: row.opt_text(1)?.map(str::to_owned),
    })
}

impl Store {
    /// The tenant's accounts by name.
    ///
    /// # Errors
    /// [`Error`] when the database cannot be read.
    pub async fn users(&self, granted: &Granted) -> Result<Vec<User>, Error> {
        let found = self.scoped(granted, |db, tenant| {
            db.rows(
                "SELECT body, NULL FROM users WHERE tenant = ?1 ORDER BY name LIMIT ?2",
                &[Val::Int(tenant), Val::Int(USERS_MAX)],
            )?
            .iter()
            .map(|row| Ok(user(row)?.user))
            .collect()
        });
        found.await
    }

    /// One account.
    ///
    /// # Errors
    /// [`Error`] when the database cannot be read.
    pub async fn user(&self, granted: &Granted, id: UserId) -> Result<Option<UserRow>, Error> {
        let found = self.scoped(granted, move |db, tenant| {
            db.row(
                "SELECT body, password_hash FROM users WHERE tenant = ?1 AND id = ?2",
                &[Val::Int(tenant), Val::Bytes(&id.to_bytes())],
            )?
            .map(|row| user(&row))
            .transpose()
        });
        found.await
    }

    /// The account that signs in with this name. It takes a tenant and no grant: signing in is what comes before one.
    ///
    /// # Errors
    /// [`Error`] when the database cannot be read.
    pub async fn user_by_name(
        &self,
        tenant: TenantId,
        name: impl Into<String>,
    ) -> Result<Option<UserRow>, Error> {
        let name = name.into();
        if name.len() > KEY_BYTES_MAX {
            return Ok(None);
        }
        let found = self.of_tenant(tenant, move |db, tenant| {
            db.row(
                "SELECT body, password_hash FROM users WHERE tenant = ?1 AND name = ?2",
                &[Val::Int(tenant), Val::Text(&name)],
            )?
            .map(|row| user(&row))
            .transpose()
        });
        found.await
    }
}
