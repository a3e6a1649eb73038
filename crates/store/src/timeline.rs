//! What happened to a case, line by line.

use updraft_model::{CaseId, Granted, TimelineEntry};

use crate::{
    Error, Page, Store,
    heads::Scope,
    page::{Cursor, Place},
    seam::{Db, Val},
};

/// A line and its place.
#[derive(Debug, Clone, PartialEq)]
pub struct TimelineRow {
    /// Rises from line to line.
    pub seq: u64,
    /// The line.
    pub entry: TimelineEntry,
}

/// One page of a timeline.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct TimelinePage {
    /// The lines, the newest first.
    pub items: Vec<TimelineRow>,
    /// Where the next page starts; `None` at the end.
    pub next: Option<Cursor>,
}

pub(crate) fn add(
    db: &mut dyn Db,
    scope: &Scope<'_>,
    case: CaseId,
    body: &str,
) -> Result<(), Error> {
    db.send(
        "INSERT INTO timeline (tenant, case_id, body) VALUES (?1, ?2, ?3)",
        &[
            Val::Int(scope.tenant),
            Val::Bytes(&case.to_bytes()),
            Val::Text(body),
        ],
        None,
    )
}

impl Store {
    /// A page of a case's timeline, the newest line first.
    ///
    /// # Errors
    /// [`Error`] when the database cannot be read.
    pub async fn timeline(
        &self,
        granted: &Granted,
        case: CaseId,
        page: Page,
    ) -> Result<TimelinePage, Error> {
        let below = match page.after.map(|cursor| cursor.0) {
            Some(Place::Seq(seq)) => seq,
            _ => i64::MAX,
        };
        let limit = page.rows();
        let found = self.scoped(granted, move |db, tenant| {
            let rows = db.rows(
                "SELECT seq, body FROM timeline WHERE tenant = ?1 AND case_id = ?2 AND seq < ?3
                 ORDER BY seq DESC LIMIT ?4",
                &[
                    Val::Int(tenant),
                    Val::Bytes(&case.to_bytes()),
                    Val::Int(below),
                    Val::count(limit as u64 + 1),
                ],
            )?;
            let mut page = TimelinePage::default();
            for row in rows.iter().take(limit) {
                page.items.push(TimelineRow {
                    seq: row.count(0)?,
                    entry: serde_json::from_str(row.text(1)?)
                        .map_err(|error| Error::corrupt("timeline entry", error))?,
                });
                page.next = (rows.len() > limit).then_some(Cursor::seq(row.int(0)?));
            }
            Ok(page)
        });
        found.await
    }
}
