//! Configured intakes.

use updraft_model::{Granted, Source, SourceId, Timestamp};

use crate::{
    Error, Store,
    heads::Scope,
    seam::{Db, Row, Val},
};

/// The most intakes that are listed.
const SOURCES_MAX: i64 = 10_000;

pub(crate) fn put(
    db: &mut dyn Db,
    scope: &Scope<'_>,
    source: &Source,
    body: &str,
) -> Result<(), Error> {
    db.run(
        "INSERT INTO sources (tenant, id, name, body) VALUES (?1, ?2, ?3, ?4)
         ON CONFLICT (tenant, id) DO UPDATE SET name = excluded.name, body = excluded.body",
        &[
            Val::Int(scope.tenant),
            Val::Bytes(&source.id.to_bytes()),
            Val::Text(&source.name),
            Val::Text(body),
        ],
    )?;
    Ok(())
}

/// An alert came; what is configured stays as it is.
pub(crate) fn heard(
    db: &mut dyn Db,
    scope: &Scope<'_>,
    source: SourceId,
    at: Timestamp,
) -> Result<(), Error> {
    db.send(
        "UPDATE sources SET last_alert_at = ?3
         WHERE tenant = ?1 AND id = ?2 AND COALESCE(last_alert_at, 0) < ?3",
        &[
            Val::Int(scope.tenant),
            Val::Bytes(&source.to_bytes()),
            Val::time(at),
        ],
        None,
    )
}

fn source(row: &Row) -> Result<Source, Error> {
    let mut source: Source =
        serde_json::from_str(row.text(0)?).map_err(|error| Error::corrupt("source", error))?;
    let last = row.int(1)?;
    source.last_alert_at = (last > 0).then(|| Timestamp::from_micros(last));
    Ok(source)
}

impl Store {
    /// The tenant's intakes by name.
    ///
    /// # Errors
    /// [`Error`] when the database cannot be read.
    pub async fn sources(&self, granted: &Granted) -> Result<Vec<Source>, Error> {
        let found = self.scoped(granted, |db, tenant| {
            db.rows(
                "SELECT body, COALESCE(last_alert_at, 0) FROM sources WHERE tenant = ?1 ORDER BY name LIMIT ?2",
                &[Val::Int(tenant), Val::Int(SOURCES_MAX)],
            )?
            .iter()
            .map(source)
            .collect()
        });
        found.await
    }

    /// One intake.
    ///
    /// # Errors
    /// [`Error`] when the database cannot be read.
    pub async fn source(&self, granted: &Granted, id: SourceId) -> Result<Option<Source>, Error> {
        let found = self.scoped(granted, move |db, tenant| {
            db.row(
                "SELECT body, COALESCE(last_alert_at, 0) FROM sources WHERE tenant = ?1 AND id = ?2",
                &[Val::Int(tenant), Val::Bytes(&id.to_bytes())],
            )?
            .map(|row| source(&row))
            .transpose()
        });
        found.await
    }

    /// The intake with this name.
    ///
    /// # Errors
    /// [`Error`] when the database cannot be read.
    pub async fn source_by_name(
        &self,
        granted: &Granted,
        name: impl Into<String>,
    ) -> Result<Option<Source>, Error> {
        let name = name.into();
        let found = self.scoped(granted, move |db, tenant| {
            db.row(
                "SELECT body, COALESCE(last_alert_at, 0) FROM sources WHERE tenant = ?1 AND name = ?2",
                &[Val::Int(tenant), Val::Text(&name)],
            )?
            .map(|row| source(&row))
            .transpose()
        });
        found.await
    }
}
