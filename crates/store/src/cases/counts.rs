//! How many cases there are of each kind: one counter per cell, moved in the transaction that changes a case.
//!
//! A few hundred counters answer every total, at a million cases as at ten.

use std::collections::BTreeMap;

use updraft_model::{CaseStatus, CaseType, Granted, Severity, VerdictLevel};

use super::list::CaseFilter;
use crate::{
    Store,
    error::Error,
    seam::{Db, Val},
};

/// What a cell number stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Cell {
    pub(crate) tenant: i64,
    pub(crate) kind: i64,
    pub(crate) status: CaseStatus,
    pub(crate) severity: Severity,
    pub(crate) verdict: VerdictLevel,
}

impl Cell {
    /// WIRE: tenant above bit 24, type in 12 bits, then 4 bits each for status, severity and verdict.
    pub(crate) fn pack(self) -> i64 {
        (self.tenant << 24)
            | ((self.kind & 0xfff) << 12)
            | (i64::from(self.status.as_u8()) << 8)
            | (i64::from(self.severity.as_u8()) << 4)
            | i64::from(self.verdict.as_u8())
    }
    pub(crate) fn unpack(cell: i64) -> Self {
        let nibble = |shift: u32| u8::try_from((cell >> shift) & 0xf).unwrap_or(0);
        Self {
            tenant: cell >> 24,
            kind: (cell >> 12) & 0xfff,
            status: CaseStatus::from_u8(nibble(8)),
            severity: Severity::from_u8(nibble(4)),
            verdict: VerdictLevel::from_u8(nibble(0)),
        }
    }
}

/// A tenant's cells that hold at least one case, with their counts.
pub(crate) fn cells(db: &mut dyn Db, tenant: i64) -> Result<Vec<(i64, u64)>, Error> {
    db.rows(
        "SELECT cell, n FROM case_counters WHERE cell >= ?1 AND cell < ?2 AND n > 0 ORDER BY cell",
        &[Val::Int(tenant << 24), Val::Int((tenant + 1) << 24)],
    )?
    .iter()
    .map(|row| Ok((row.int(0)?, row.count(1)?)))
    .collect()
}

/// Totals of the cases that a filter lets through, for the list's header and its facets.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CaseCounts {
    /// All of them.
    pub total: u64,
    /// By status; only those that occur.
    pub by_status: BTreeMap<&'static str, u64>,
    /// By type; only those that occur.
    pub by_type: BTreeMap<String, u64>,
    /// By severity; only those that occur.
    pub by_severity: BTreeMap<&'static str, u64>,
    /// By verdict; only those that occur.
    pub by_verdict: BTreeMap<&'static str, u64>,
}

impl Store {
    /// Totals under the filter's status, type, severity and verdict. Text, owner and time range are not counted by,
    /// so that the answer is immediate at any size.
    ///
    /// # Errors
    /// [`Error`] when the database cannot be read.
    pub async fn case_counts(
        &self,
        granted: &Granted,
        filter: CaseFilter,
    ) -> Result<CaseCounts, Error> {
        let names = self.names();
        let counts = self.scoped(granted, move |db, tenant| {
            let types = names.case_types(db)?;
            let mut counts = CaseCounts::default();
            for (cell, n) in cells(db, tenant)? {
                let cell = Cell::unpack(cell);
                let kind = types.get(&cell.kind).cloned().unwrap_or_default();
                if !filter.admits(&cell, &kind) {
                    continue;
                }
                counts.total += n;
                *counts.by_status.entry(cell.status.as_str()).or_default() += n;
                *counts
                    .by_severity
                    .entry(cell.severity.as_str())
                    .or_default() += n;
                *counts.by_verdict.entry(cell.verdict.as_str()).or_default() += n;
                *counts.by_type.entry(kind).or_default() += n;
            }
            Ok(counts)
        });
        counts.await
    }
}

impl CaseFilter {
    /// True when cases of this cell may be in the list.
    pub(crate) fn admits(&self, cell: &Cell, kind: &str) -> bool {
        fn any<T: PartialEq>(wanted: &[T], found: &T) -> bool {
            wanted.is_empty() || wanted.contains(found)
        }
        any(&self.status, &cell.status)
            && any(&self.severity, &cell.severity)
            && any(&self.verdict, &cell.verdict)
            && any(&self.kind, &CaseType(kind.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_unpacks_to_what_was_packed() {
        let cell = Cell {
            tenant: 5_999,
            kind: 4_000,
            status: CaseStatus::Closed,
            severity: Severity::Critical,
            verdict: VerdictLevel::Malicious,
        };
        assert_eq!(Cell::unpack(cell.pack()), cell);
    }
}
