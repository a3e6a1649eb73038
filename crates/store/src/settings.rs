//! Settings: a name and a JSON value per tenant.

use std::collections::BTreeMap;

use serde_json::Value;
use updraft_model::Granted;

use crate::{
    Error, Store,
    heads::Scope,
    seam::{Db, Val},
};

pub(crate) fn put(db: &mut dyn Db, scope: &Scope<'_>, name: &str, body: &str) -> Result<(), Error> {
    db.send(
        "INSERT INTO settings (tenant, name, value) VALUES (?1, ?2, ?3)
         ON CONFLICT (tenant, name) DO UPDATE SET value = excluded.value",
        &[Val::Int(scope.tenant), Val::Text(name), Val::Text(body)],
        None,
    )
}

/// The most settings that are read at once.
const SETTINGS_MAX: i64 = 20_000;

impl Store {
    /// Every setting of the tenant by name.
    ///
    /// # Errors
    /// [`Error`] when the database cannot be read.
    pub async fn settings(&self, granted: &Granted) -> Result<BTreeMap<String, Value>, Error> {
        let found = self.scoped(granted, |db, tenant| {
            db.rows(
                "SELECT name, value FROM settings WHERE tenant = ?1 ORDER BY name LIMIT ?2",
                &[Val::Int(tenant), Val::Int(SETTINGS_MAX)],
            )?
            .iter()
            .map(|row| {
                let value = serde_json::from_str(row.text(1)?)
                    .map_err(|error| Error::corrupt("setting", error))?;
                Ok((row.text(0)?.to_owned(), value))
            })
            .collect()
        });
        found.await
    }

    /// The value of a setting.
    ///
    /// # Errors
    /// [`Error`] when the database cannot be read.
    pub async fn setting(
        &self,
        granted: &Granted,
        name: impl Into<String>,
    ) -> Result<Option<Value>, Error> {
        let name = name.into();
        let found = self.scoped(granted, move |db, tenant| {
            db.row(
                "SELECT value FROM settings WHERE tenant = ?1 AND name = ?2",
                &[Val::Int(tenant), Val::Text(&name)],
            )?
            .map(|row| {
                serde_json::from_str(row.text(0)?).map_err(|error| Error::corrupt("setting", error))
            })
            .transpose()
        });
        found.await
    }
}
