//! The audit record: per tenant a chain in which every entry carries the hash of the one before.
//!
//! Entries are added in the transaction of the change they speak of; none is ever changed or removed, and a tampered
//! row breaks the chain at its place.

use updraft_model::{AuditEntry, BlobHash, Granted};

use crate::{
    Error, Page, Store,
    heads::Scope,
    page::{Cursor, Place},
    seam::{Db, Row, Val},
};

/// How many entries a verification reads at once.
const VERIFY_CHUNK: i64 = 2_000;

/// An entry and its link.
#[derive(Debug, Clone, PartialEq)]
pub struct AuditRow {
    /// Its position, from 1.
    pub seq: u64,
    /// Its link of the chain.
    pub hash: BlobHash,
    /// The entry.
    pub entry: AuditEntry,
}

/// One page of the audit record.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct AuditPage {
    /// The entries, the newest first.
    pub items: Vec<AuditRow>,
    /// Where the next page starts; `None` at the end.
    pub next: Option<Cursor>,
}

/// What a walk along the chain found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ChainReport {
    /// How many entries are linked without a break.
    pub sound: u64,
    /// The first position whose link does not follow from the entries before it, and why.
    pub broken: Option<(u64, String)>,
}

pub(crate) fn add(
    db: &mut dyn Db,
    scope: &mut Scope<'_>,
    entry: &AuditEntry,
    body: &str,
) -> Result<(), Error> {
    let link = entry.link(scope.head.audit_hash);
    let seq = scope.head.audit_seq + 1;
    db.send(
        "INSERT INTO audit (tenant, seq, hash, body) VALUES (?1, ?2, ?3, ?4)",
        &[
            Val::Int(scope.tenant),
            Val::Int(seq),
            Val::Bytes(link.as_bytes()),
            Val::Text(body),
        ],
        None,
    )?;
    scope.head.audit_seq = seq;
    scope.head.audit_hash = link;
    Ok(())
}

fn audit_row(row: &Row) -> Result<AuditRow, Error> {
    Ok(AuditRow {
        seq: row.count(0)?,
        hash: row.hash(1)?,
        entry: serde_json::from_str(row.text(2)?)
            .map_err(|error| Error::corrupt("audit entry", error))?,
    })
}

impl Store {
    /// A page of the audit record, the newest entry first.
    ///
    /// # Errors
    /// [`Error`] when the database cannot be read.
    pub async fn audit(&self, granted: &Granted, page: Page) -> Result<AuditPage, Error> {
        let below = match page.after.map(|cursor| cursor.0) {
            Some(Place::Seq(seq)) => seq,
            _ => i64::MAX,
        };
        let limit = page.rows();
        let found = self.scoped(granted, move |db, tenant| {
            let rows = db.rows(
                "SELECT seq, hash, body FROM audit WHERE tenant = ?1 AND seq < ?2 ORDER BY seq DESC LIMIT ?3",
                &[Val::Int(tenant), Val::Int(below), Val::count(limit as u64 + 1)],
            )?;
            let mut page = AuditPage::default();
            for row in rows.iter().take(limit) {
                page.items.push(audit_row(row)?);
                page.next = (rows.len() > limit).then_some(Cursor::seq(row.int(0)?));
            }
            Ok(page)
        });
        found.await
    }

    /// Walks along the tenant's whole chain and compares every link, and the end with the recorded one.
    ///
    /// # Errors
    /// [`Error`] when the database cannot be read; a broken chain is no error but the report's answer.
    pub async fn audit_verify(&self, granted: &Granted) -> Result<ChainReport, Error> {
        let mut report = ChainReport::default();
        let mut link = BlobHash::from_bytes([0; 32]);
        // The end is taken first: entries that are added during the walk are not missed, only not asked for.
        let end = self.scoped(granted, |db, tenant| {
            db.row(
                "SELECT audit_seq, audit_hash FROM tenants WHERE tenant_no = ?1",
                &[Val::Int(tenant)],
            )?
            .map(|row| Ok((row.int(0)?, row.hash(1)?)))
            .transpose()
        });
        let Some((last, end)) = end.await? else {
            return Ok(report);
        };
        let mut at = 0;
        while at < last {
            let rows = self.scoped(granted, move |db, tenant| {
                db.rows(
                    "SELECT seq, hash, body FROM audit WHERE tenant = ?1 AND seq > ?2 AND seq <= ?3
                     ORDER BY seq LIMIT ?4",
                    &[
                        Val::Int(tenant),
                        Val::Int(at),
                        Val::Int(last),
                        Val::Int(VERIFY_CHUNK),
                    ],
                )
            });
            let rows = rows.await?;
            if rows.is_empty() {
                report.broken = Some((report.sound + 1, "the entry is gone".into()));
                return Ok(report);
            }
            for row in &rows {
                if let Err(why) = follows(row, at, &mut link) {
                    report.broken = Some((report.sound + 1, why));
                    return Ok(report);
                }
                at += 1;
                report.sound += 1;
            }
        }
        if link != end {
            report.broken = Some((
                report.sound,
                "the chain's end is not the recorded one".into(),
            ));
        }
        Ok(report)
    }
}

fn follows(row: &Row, before: i64, link: &mut BlobHash) -> Result<(), String> {
    let stored = audit_row(row).map_err(|error| error.to_string())?;
    if row.int(0) != Ok(before + 1) {
        return Err("the entry is gone".into());
    }
    *link = stored.entry.link(*link);
    if *link != stored.hash {
        return Err("the entry is not the one that was written".into());
    }
    Ok(())
}
