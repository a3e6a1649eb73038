//! What a batch remembers between its transactions: per tenant the next case number and the end of the audit chain,
//! and per cell how the case counters move. It is written once, right before the batch commits.

use std::collections::BTreeMap;

use updraft_model::BlobHash;

use crate::{
    error::Error,
    names::Names,
    seam::{Db, Dialect, Val},
    tx::Committed,
};

/// A tenant's running numbers.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Head {
    pub(crate) next_number: i64,
    pub(crate) audit_seq: i64,
    pub(crate) audit_hash: BlobHash,
}

/// The part that one batch shares.
#[derive(Debug, Default)]
pub(crate) struct Heads {
    heads: BTreeMap<i64, Head>,
    counts: BTreeMap<i64, i64>,
}

/// What one transaction of the batch works with.
#[derive(Debug)]
pub(crate) struct Scope<'a> {
    pub(crate) names: &'a Names,
    pub(crate) tenant: i64,
    pub(crate) head: Head,
    pub(crate) counts: Vec<(i64, i64)>,
    pub(crate) committed: Committed,
    /// Wall-clock milliseconds, for the age of payloads only.
    pub(crate) now_ms: i64,
}

impl Heads {
    /// The tenant's head, read (and, on PostgreSQL, locked) at its first use in the batch.
    pub(crate) fn head(&mut self, db: &mut dyn Db, tenant: i64) -> Result<Head, Error> {
        if let Some(head) = self.heads.get(&tenant) {
            return Ok(*head);
        }
        let sql = match db.dialect() {
            Dialect::Sqlite => {
                "SELECT next_number, audit_seq, audit_hash FROM tenants WHERE tenant_no = ?1"
            }
            Dialect::Postgres => {
                "SELECT next_number, audit_seq, audit_hash FROM tenants WHERE tenant_no = ?1 FOR UPDATE"
            }
        };
        let row = db
            .row(sql, &[Val::Int(tenant)])?
            .ok_or_else(|| Error::corrupt("tenant", format_args!("number {tenant} is gone")))?;
        let head = Head {
            next_number: row.int(0)?,
            audit_seq: row.int(1)?,
            audit_hash: row.hash(2)?,
        };
        self.heads.insert(tenant, head);
        Ok(head)
    }

    /// Keeps what a transaction that went well has changed.
    pub(crate) fn keep(&mut self, tenant: i64, head: Head, counts: Vec<(i64, i64)>) {
        self.heads.insert(tenant, head);
        for (cell, change) in counts {
            self.count(cell, change);
        }
    }

    /// Moves one counter.
    pub(crate) fn count(&mut self, cell: i64, change: i64) {
        *self.counts.entry(cell).or_default() += change;
    }

    /// Writes everything that moved; in key order, so that two programs never wait for each other crosswise.
    pub(crate) fn flush(&mut self, db: &mut dyn Db) -> Result<(), Error> {
        for (tenant, head) in std::mem::take(&mut self.heads) {
            db.send(
                "UPDATE tenants SET next_number = ?2, audit_seq = ?3, audit_hash = ?4 WHERE tenant_no = ?1",
                &[
                    Val::Int(tenant),
                    Val::Int(head.next_number),
                    Val::Int(head.audit_seq),
                    Val::Bytes(head.audit_hash.as_bytes()),
                ],
                None,
            )?;
        }
        for (cell, change) in std::mem::take(&mut self.counts) {
            if change != 0 {
                db.send(
                    "INSERT INTO case_counters (cell, n) VALUES (?1, ?2)
                     ON CONFLICT (cell) DO UPDATE SET n = case_counters.n + excluded.n",
                    &[Val::Int(cell), Val::Int(change)],
                    None,
                )?;
            }
        }
        db.settle()
    }
}
