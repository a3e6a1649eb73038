//! Which payload is the report of which run.

use updraft_model::{BlobHash, CaseId, Granted, RunId};

use crate::{
    Error, Store,
    heads::Scope,
    seam::{Db, Val},
};

/// One report of a case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReportRow {
    /// The run that made it.
    pub run: RunId,
    /// `html`, `md` or `json`.
    pub format: String,
    /// The payload.
    pub blob: BlobHash,
}

pub(crate) fn put(
    db: &mut dyn Db,
    scope: &Scope<'_>,
    (case, run): (CaseId, RunId),
    format: &str,
    blob: BlobHash,
) -> Result<(), Error> {
    db.send(
        "INSERT INTO reports (tenant, case_id, run, format, blob_hash) VALUES (?1, ?2, ?3, ?4, ?5)
         ON CONFLICT (tenant, case_id, run, format) DO UPDATE SET blob_hash = excluded.blob_hash",
        &[
            Val::Int(scope.tenant),
            Val::Bytes(&case.to_bytes()),
            Val::Bytes(&run.to_bytes()),
            Val::Text(format),
            Val::Bytes(blob.as_bytes()),
        ],
        None,
    )
}

impl Store {
    /// A case's reports, the newest run's first, at most 200.
    ///
    /// # Errors
    /// [`Error`] when the database cannot be read.
    pub async fn reports(&self, granted: &Granted, case: CaseId) -> Result<Vec<ReportRow>, Error> {
        let found = self.scoped(granted, move |db, tenant| {
            db.rows(
                "SELECT run, format, blob_hash FROM reports WHERE tenant = ?1 AND case_id = ?2
                 ORDER BY run DESC, format LIMIT 200",
                &[Val::Int(tenant), Val::Bytes(&case.to_bytes())],
            )?
            .iter()
            .map(|row| {
                Ok(ReportRow {
                    run: RunId::from_bytes(row.id(0)?),
                    format: row.text(1)?.to_owned(),
                    blob: row.hash(2)?,
                })
            })
            .collect()
        });
        found.await
    }
}
