//! Settings: a name and a JSON value per tenant.

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

impl Store {
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
