//! Configured connectors, each with its sealed secrets beside it. The store never opens a seal.

use std::fmt;

use updraft_model::{Connection, ConnectionId, Granted};

use crate::{
    Error, Store,
    heads::Scope,
    seam::{Db, Row, Val},
};

/// The most connections that are listed.
const CONNECTIONS_MAX: i64 = 10_000;

/// A connection with its sealed secrets.
#[derive(Clone, PartialEq)]
pub struct SealedConnection {
    /// The connection.
    pub connection: Connection,
    /// Its secrets, sealed; `None` where none were ever set.
    pub sealed: Option<Vec<u8>>,
}

impl fmt::Debug for SealedConnection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SealedConnection")
            .field("connection", &self.connection)
            .field("sealed", &self.sealed.as_ref().map(|_| "***"))
            .finish()
    }
}

pub(crate) fn put(
    db: &mut dyn Db,
    scope: &Scope<'_>,
    connection: &Connection,
    sealed: Option<&[u8]>,
    body: &str,
) -> Result<(), Error> {
    db.run(
        "INSERT INTO connections (tenant, id, name, sealed, body) VALUES (?1, ?2, ?3, ?4, ?5)
         ON CONFLICT (tenant, id) DO UPDATE SET name = excluded.name, body = excluded.body,
             sealed = COALESCE(excluded.sealed, connections.sealed)",
        &[
            Val::Int(scope.tenant),
            Val::Bytes(&connection.id.to_bytes()),
            Val::Text(&connection.name),
            Val::opt_bytes(sealed),
            Val::Text(body),
        ],
    )?;
    Ok(())
}

pub(crate) fn delete(db: &mut dyn Db, scope: &Scope<'_>, id: ConnectionId) -> Result<(), Error> {
    db.send(
        "DELETE FROM connections WHERE tenant = ?1 AND id = ?2",
        &[Val::Int(scope.tenant), Val::Bytes(&id.to_bytes())],
        None,
    )
}

fn connection(row: &Row) -> Result<SealedConnection, Error> {
    Ok(SealedConnection {
        connection: serde_json::from_str(row.text(0)?)
            .map_err(|error| Error::corrupt("connection", error))?,
        sealed: row.opt_bytes(1)?.map(<[u8]>::to_vec),
    })
}

impl Store {
    /// The tenant's connections by name, each with its sealed secrets.
    ///
    /// # Errors
    /// [`Error`] when the database cannot be read.
    pub async fn connections(&self, granted: &Granted) -> Result<Vec<SealedConnection>, Error> {
        let found = self.scoped(granted, |db, tenant| {
            db.rows(
                "SELECT body, sealed FROM connections WHERE tenant = ?1 ORDER BY name LIMIT ?2",
                &[Val::Int(tenant), Val::Int(CONNECTIONS_MAX)],
            )?
            .iter()
            .map(connection)
            .collect()
        });
        found.await
    }

    /// One connection with its sealed secrets.
    ///
    /// # Errors
    /// [`Error`] when the database cannot be read.
    pub async fn connection(
        &self,
        granted: &Granted,
        id: ConnectionId,
    ) -> Result<Option<SealedConnection>, Error> {
        let found = self.scoped(granted, move |db, tenant| {
            db.row(
                "SELECT body, sealed FROM connections WHERE tenant = ?1 AND id = ?2",
                &[Val::Int(tenant), Val::Bytes(&id.to_bytes())],
            )?
            .map(|row| connection(&row))
            .transpose()
        });
        found.await
    }
}
