//! Short numbers for long names: a tenant's id and a case type's word are kept once, rows carry their number.
//!
//! Numbers are never reused or changed, so every part of the program may remember them.

use std::collections::BTreeMap;

use parking_lot::RwLock;
use updraft_model::TenantId;

use crate::{
    error::Error,
    seam::{Db, Val},
};

/// The most case types of one installation: their number has twelve bits in a counter's cell.
pub(crate) const CASE_TYPES_MAX: i64 = 4_000;
/// The most tenants of one installation: each has one character of its own in the search index.
pub(crate) const TENANTS_MAX: i64 = 6_000;

#[derive(Debug, Default)]
pub(crate) struct Names {
    tenants: RwLock<BTreeMap<TenantId, i64>>,
    types: RwLock<BTreeMap<String, i64>>,
}

impl Names {
    /// The tenant's number, `None` if it has never written anything.
    pub(crate) fn tenant(&self, db: &mut dyn Db, id: TenantId) -> Result<Option<i64>, Error> {
        if let Some(no) = self.tenants.read().get(&id) {
            return Ok(Some(*no));
        }
        let row = db.row(
            "SELECT tenant_no FROM tenants WHERE id = ?1",
            &[Val::Bytes(&id.to_bytes())],
        )?;
        let Some(row) = row else { return Ok(None) };
        let no = row.int(0)?;
        self.tenants.write().insert(id, no);
        Ok(Some(no))
    }

    /// The tenant behind a number.
    pub(crate) fn tenant_id(&self, db: &mut dyn Db, no: i64) -> Result<TenantId, Error> {
        let known = |map: &BTreeMap<TenantId, i64>| {
            map.iter()
                .find(|(_, other)| **other == no)
                .map(|(id, _)| *id)
        };
        if let Some(id) = known(&self.tenants.read()) {
            return Ok(id);
        }
        let row = db
            .row(
                "SELECT id FROM tenants WHERE tenant_no = ?1",
                &[Val::Int(no)],
            )?
            .ok_or_else(|| Error::corrupt("tenant", format_args!("number {no} is unknown")))?;
        let id = TenantId::from_bytes(row.id(0)?);
        self.tenants.write().insert(id, no);
        Ok(id)
    }

    /// The case type's number, `None` if no case ever had it.
    pub(crate) fn case_type(&self, db: &mut dyn Db, name: &str) -> Result<Option<i64>, Error> {
        if let Some(no) = self.types.read().get(name) {
            return Ok(Some(*no));
        }
        self.load_types(db)?;
        Ok(self.types.read().get(name).copied())
    }

    /// All case types by number.
    pub(crate) fn case_types(&self, db: &mut dyn Db) -> Result<BTreeMap<i64, String>, Error> {
        self.load_types(db)?;
        let types = self.types.read();
        Ok(types.iter().map(|(name, no)| (*no, name.clone())).collect())
    }

    fn load_types(&self, db: &mut dyn Db) -> Result<(), Error> {
        let rows = db.rows("SELECT type_no, name FROM case_types", &[])?;
        let mut types = self.types.write();
        for row in rows {
            types.insert(row.text(1)?.to_owned(), row.int(0)?);
        }
        Ok(())
    }

    /// Gives the tenant a number. Call it in a transaction of its own, and forget nothing if that fails.
    pub(crate) fn add_tenant(&self, db: &mut dyn Db, id: TenantId) -> Result<(), Error> {
        db.run(
            "INSERT INTO tenants (tenant_no, id, next_number, audit_seq, audit_hash)
             SELECT COALESCE(MAX(tenant_no), 0) + 1, ?1, 1, 0, ?2 FROM tenants WHERE TRUE
             ON CONFLICT DO NOTHING",
            &[Val::Bytes(&id.to_bytes()), Val::Bytes(&[0; 32])],
        )?;
        Ok(())
    }

    /// Gives the case type a number, as `add_tenant`.
    pub(crate) fn add_case_type(&self, db: &mut dyn Db, name: &str) -> Result<(), Error> {
        db.run(
            "INSERT INTO case_types (type_no, name)
             SELECT COALESCE(MAX(type_no), 0) + 1, ?1 FROM case_types WHERE TRUE
             ON CONFLICT DO NOTHING",
            &[Val::Text(name)],
        )?;
        let row = db.row("SELECT MAX(type_no) FROM case_types", &[])?;
        if row.map_or(Ok(0), |row| row.int(0))? > CASE_TYPES_MAX {
            return Err(Error::Invalid {
                detail: format!("there are more than {CASE_TYPES_MAX} case types"),
            });
        }
        Ok(())
    }
}
