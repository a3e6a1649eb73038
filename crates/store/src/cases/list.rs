//! The case list: any filter, page by page; the last changed first, but with a range of opening times the last
//! opened, and with words the newest.
//!
//! Four ways lead to a page, each with bounded work:
//! - *cells*: the index (cell, time) is read once for each cell that the filter admits, and the strands are merged;
//! - *owner*: the owner's index is read and filtered;
//! - *opened*: a range of opening times is read from its newest end and filtered, or few cases are collected;
//! - *text*: the search index is read, the newest case first, and filtered.
//!
//! When a filter is so sparse that a page is not full after [`SCAN_MAX`] rows, the page comes short, with a place to
//! go on from: never an unbounded query.

use std::collections::BTreeSet;

use updraft_model::{
    CaseId, CaseStatus, CaseType, CloseReason, Granted, Observable, Severity, Timestamp,
    VerdictLevel,
};

use super::{
    counts::{Cell, cells},
    row::{SUMMARY_BY_SEQ, summary},
    search,
};
use crate::{
    Store,
    error::Error,
    names::Names,
    page::{Cursor, Page, Place},
    seam::{Db, Row, Val},
};

/// The most rows that one page looks at.
pub(crate) const SCAN_MAX: usize = 20_000;
/// When a filter admits at most this many cases, a list in another order collects and sorts them.
const COLLECT_MAX: u64 = 5_000;
/// How many rows a strand brings at first, and later.
const STRAND_FIRST: usize = 8;
const STRAND_NEXT: usize = 64;
/// How many rows a scan brings at once.
const SCAN_CHUNK: usize = 500;

/// Which cases a list shows. Empty lists and `None` mean "all".
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CaseFilter {
    /// Any of these.
    pub status: Vec<CaseStatus>,
    /// Any of these.
    pub kind: Vec<CaseType>,
    /// Any of these.
    pub severity: Vec<Severity>,
    /// Any of these.
    pub verdict: Vec<VerdictLevel>,
    /// All of these words, each at the start of a word of the title or of an observable; or a case's number.
    /// A list with words is ordered by number, the newest first.
    pub text: String,
    /// Owned by exactly this person.
    pub owner: Option<String>,
    /// Opened at this moment or later. A list with a range of opening times and no words or owner is ordered by them,
    /// the last opened first.
    pub opened_from: Option<Timestamp>,
    /// Opened before this moment.
    pub opened_before: Option<Timestamp>,
}

/// One line of the case list.
#[derive(Debug, Clone, PartialEq)]
pub struct CaseSummary {
    /// Its identifier.
    pub id: CaseId,
    /// The number that people say aloud.
    pub number: u64,
    /// Its type.
    pub kind: CaseType,
    /// What a person reads first.
    pub title: String,
    /// How bad it may be.
    pub severity: Severity,
    /// Where it stands.
    pub status: CaseStatus,
    /// The merged verdict.
    pub verdict: VerdictLevel,
    /// 0 to 100.
    pub score: u8,
    /// How many alerts it stands for.
    pub occurrences: u64,
    /// Who owns it.
    pub owner: Option<String>,
    /// When it was opened.
    pub opened_at: Timestamp,
    /// When anything last changed.
    pub updated_at: Timestamp,
    /// When it was last closed.
    pub closed_at: Option<Timestamp>,
    /// Why it was closed.
    pub close_reason: Option<CloseReason>,
    /// Its first three observables.
    pub observables: Vec<Observable>,
    /// How many it has in all.
    pub observable_count: u64,
}

/// One page of the case list.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct CasePage {
    /// The lines.
    pub items: Vec<CaseSummary>,
    /// Where the next page starts; `None` at the end. A page may be short and still have a next one.
    pub next: Option<Cursor>,
    /// How many there are in all, when that is known without counting.
    pub total: Option<u64>,
}

/// A case as the lists find it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Found {
    /// When it was last changed, or opened: what the list is ordered by.
    at: i64,
    id: [u8; 16],
    seq: i64,
}

impl Found {
    fn cursor(self) -> Cursor {
        Cursor::at(self.at, self.id)
    }
}

/// What a way found: the page's cases, and where to go on.
type Way = (Vec<i64>, Option<Cursor>);

impl Store {
    /// A page of cases, the last changed first (with words in the filter: the newest first).
    ///
    /// # Errors
    /// [`Error`] when the database cannot be read.
    pub async fn cases(
        &self,
        granted: &Granted,
        filter: CaseFilter,
        page: Page,
    ) -> Result<CasePage, Error> {
        let names = self.names();
        let found = self.scoped(granted, move |db, tenant| {
            cases(db, &names, tenant, &filter, &page)
        });
        found.await
    }
}

fn cases(
    db: &mut dyn Db,
    names: &Names,
    tenant: i64,
    filter: &CaseFilter,
    page: &Page,
) -> Result<CasePage, Error> {
    let types = names.case_types(db)?;
    let admitted: Vec<(i64, u64)> = cells(db, tenant)?
        .into_iter()
        .filter(|(cell, _)| {
            let cell = Cell::unpack(*cell);
            let kind = types.get(&cell.kind).map_or("", String::as_str);
            filter.admits(&cell, kind)
        })
        .collect();
    let query = Query {
        tenant,
        filter,
        cells: admitted.iter().map(|(cell, _)| *cell).collect(),
        admitted: admitted.iter().map(|(_, n)| n).sum(),
        limit: page.rows(),
    };
    let ranged = filter.opened_from.is_some() || filter.opened_before.is_some();
    let plain = filter.text.trim().is_empty() && filter.owner.is_none() && !ranged;
    let total = plain.then_some(query.admitted);
    let (seqs, next) = if admitted.is_empty() {
        (Vec::new(), None)
    } else if !filter.text.trim().is_empty() {
        query.by_text(db, page)?
    } else {
        let after = match page.after.map(|cursor| cursor.0) {
            Some(Place::At(at, id)) => (at, id),
            // A place of another list, or none: from the top.
            _ => (i64::MAX, [0xff; 16]),
        };
        match &filter.owner {
            Some(owner) => query.by_owner(db, owner, after)?,
            None if ranged => query.by_opened(db, after)?,
            None => query.by_cells(db, after)?,
        }
    };
    let keys: Vec<Vec<Val<'_>>> = seqs.iter().map(|seq| vec![Val::Int(*seq)]).collect();
    let items = db
        .many(SUMMARY_BY_SEQ, &keys)?
        .iter()
        .flatten()
        .map(summary)
        .collect::<Result<_, _>>()?;
    Ok(CasePage { items, next, total })
}

struct Query<'a> {
    tenant: i64,
    filter: &'a CaseFilter,
    cells: BTreeSet<i64>,
    /// How many cases these cells hold.
    admitted: u64,
    limit: usize,
}

/// The rows of one cell, the last changed first, brought in portions.
struct Strand {
    cell: i64,
    /// In reverse: the next one is at the end.
    rows: Vec<Found>,
    last: (i64, [u8; 16]),
    finished: bool,
}

impl Query<'_> {
    fn opened_fits(&self, opened_at: i64) -> bool {
        let from = self.filter.opened_from.map_or(i64::MIN, Timestamp::micros);
        let before = self
            .filter
            .opened_before
            .map_or(i64::MAX, Timestamp::micros);
        (from..before).contains(&opened_at)
    }

    /// Merges the strands of all admitted cells.
    fn by_cells(&self, db: &mut dyn Db, after: (i64, [u8; 16])) -> Result<Way, Error> {
        let mut strands: Vec<Strand> = self
            .cells
            .iter()
            .map(|cell| Strand {
                cell: *cell,
                rows: Vec::new(),
                last: after,
                finished: false,
            })
            .collect();
        let first = if strands.len() == 1 {
            self.limit + 1
        } else {
            STRAND_FIRST
        };
        let all: Vec<usize> = (0..strands.len()).collect();
        refill(db, &mut strands, &all, first)?;
        let mut heap: BTreeSet<(Found, usize)> = strands
            .iter()
            .enumerate()
            .filter_map(|(at, strand)| Some((*strand.rows.last()?, at)))
            .collect();
        let (mut seqs, mut last) = (Vec::new(), None::<Found>);
        loop {
            let Some((found, at)) = heap.pop_last() else {
                return Ok((seqs, None));
            };
            if seqs.len() >= self.limit {
                return Ok((seqs, last.map(Found::cursor)));
            }
            let Some(strand) = strands.get_mut(at) else {
                continue;
            };
            strand.rows.pop();
            seqs.push(found.seq);
            last = Some(found);
            if strand.rows.is_empty() && !strand.finished {
                refill(db, &mut strands, &[at], STRAND_NEXT)?;
            }
            if let Some(next) = strands.get(at).and_then(|strand| strand.rows.last()) {
                heap.insert((*next, at));
            }
        }
    }

    /// Reads the owner's cases, the last changed first.
    fn by_owner(
        &self,
        db: &mut dyn Db,
        owner: &str,
        mut after: (i64, [u8; 16]),
    ) -> Result<Way, Error> {
        let (mut seqs, mut looked_at) = (Vec::new(), 0);
        loop {
            let rows = db.rows(
                "SELECT updated_at, id, seq, cell, opened_at FROM cases
                 WHERE tenant = ?1 AND owner = ?2 AND (updated_at, id) < (?3, ?4)
                 ORDER BY updated_at DESC, id DESC LIMIT ?5",
                &[
                    Val::Int(self.tenant),
                    Val::Text(owner),
                    Val::Int(after.0),
                    Val::Bytes(&after.1),
                    Val::count(SCAN_CHUNK as u64),
                ],
            )?;
            for row in &rows {
                if seqs.len() >= self.limit {
                    return Ok((seqs, Some(Cursor::at(after.0, after.1))));
                }
                let found = found(row)?;
                after = (found.at, found.id);
                if self.cells.contains(&row.int(3)?) && self.opened_fits(row.int(4)?) {
                    seqs.push(found.seq);
                }
            }
            looked_at += rows.len();
            if rows.len() < SCAN_CHUNK {
                return Ok((seqs, None));
            }
            if looked_at >= SCAN_MAX {
                return Ok((seqs, Some(Cursor::at(after.0, after.1))));
            }
        }
    }

    /// Reads the range of opening times from its newest end; or, when the filter admits few cases, collects and sorts
    /// those.
    fn by_opened(&self, db: &mut dyn Db, after: (i64, [u8; 16])) -> Result<Way, Error> {
        if self.admitted <= COLLECT_MAX {
            return self.by_opened_of_few(db, after);
        }
        let from = self.filter.opened_from.map_or(i64::MIN, Timestamp::micros);
        let before = self
            .filter
            .opened_before
            .map_or(i64::MAX, Timestamp::micros);
        let mut after = if after.0 < before {
            after
        } else {
            (before, [0; 16])
        };
        let (mut seqs, mut looked_at) = (Vec::new(), 0);
        loop {
            let rows = db.rows(
                "SELECT opened_at, id, seq, cell FROM cases
                 WHERE tenant = ?1 AND (opened_at, id) < (?2, ?3) AND opened_at >= ?4
                 ORDER BY opened_at DESC, id DESC LIMIT ?5",
                &[
                    Val::Int(self.tenant),
                    Val::Int(after.0),
                    Val::Bytes(&after.1),
                    Val::Int(from),
                    Val::count(SCAN_CHUNK as u64),
                ],
            )?;
            for row in &rows {
                if seqs.len() >= self.limit {
                    return Ok((seqs, Some(Cursor::at(after.0, after.1))));
                }
                let found = found(row)?;
                after = (found.at, found.id);
                if self.cells.contains(&row.int(3)?) {
                    seqs.push(found.seq);
                }
            }
            looked_at += rows.len();
            if rows.len() < SCAN_CHUNK {
                return Ok((seqs, None));
            }
            if looked_at >= SCAN_MAX {
                return Ok((seqs, Some(Cursor::at(after.0, after.1))));
            }
        }
    }

    fn by_opened_of_few(&self, db: &mut dyn Db, after: (i64, [u8; 16])) -> Result<Way, Error> {
        let cells: Vec<Vec<Val<'_>>> = self
            .cells
            .iter()
            .map(|cell| vec![Val::Int(*cell)])
            .collect();
        let rows = db.many(
            "SELECT opened_at, id, seq FROM cases WHERE cell = ?1",
            &cells,
        )?;
        let mut all = Vec::new();
        for row in rows.iter().flatten() {
            let found = found(row)?;
            if (found.at, found.id) < after && self.opened_fits(found.at) {
                all.push(found);
            }
        }
        all.sort_unstable_by(|a, b| b.cmp(a));
        let more = all.len() > self.limit;
        all.truncate(self.limit);
        let next = all.last().filter(|_| more).map(|last| last.cursor());
        Ok((all.iter().map(|found| found.seq).collect(), next))
    }

    /// Reads the search index, the newest case first.
    fn by_text(&self, db: &mut dyn Db, page: &Page) -> Result<Way, Error> {
        let mut below = match page.after.map(|cursor| cursor.0) {
            Some(Place::Seq(seq)) => seq,
            _ => i64::MAX,
        };
        let mut seqs = Vec::new();
        let mut numbered = None;
        if let Some(row) = search::by_number(db, self.tenant, &self.filter.text)?
            && self.fits(&row)?
        {
            // It leads the first page and is left out of all that follows.
            numbered = Some(row.int(0)?);
            if below == i64::MAX {
                seqs.extend(numbered);
            }
        }
        let Some(plan) = search::Plan::new(db, self.tenant, &self.filter.text)? else {
            return Ok((seqs, None));
        };
        let mut looked_at = 0;
        loop {
            let (hits, having) = plan.next(db, below, SCAN_CHUNK)?;
            let keys: Vec<Vec<Val<'_>>> = hits.iter().map(|seq| vec![Val::Int(*seq)]).collect();
            let rows = db.many(search::CANDIDATE_BY_SEQ, &keys)?;
            for (seq, row) in hits.iter().zip(rows.iter().map(|rows| rows.first())) {
                if seqs.len() >= self.limit {
                    return Ok((seqs, Some(Cursor::seq(below))));
                }
                below = *seq;
                if let Some(row) = row
                    && having.contains(seq)
                    && Some(*seq) != numbered
                    && self.fits(row)?
                {
                    seqs.push(*seq);
                }
            }
            looked_at += hits.len();
            if hits.len() < SCAN_CHUNK {
                return Ok((seqs, None));
            }
            if looked_at >= SCAN_MAX {
                return Ok((seqs, Some(Cursor::seq(below))));
            }
        }
    }

    /// Columns: seq, cell, opened_at, owner.
    fn fits(&self, row: &Row) -> Result<bool, Error> {
        Ok(self.cells.contains(&row.int(1)?)
            && self.opened_fits(row.int(2)?)
            && (self.filter.owner.is_none() || self.filter.owner.as_deref() == row.opt_text(3)?))
    }
}

fn found(row: &Row) -> Result<Found, Error> {
    Ok(Found {
        at: row.int(0)?,
        id: row.id(1)?,
        seq: row.int(2)?,
    })
}

fn refill(
    db: &mut dyn Db,
    strands: &mut [Strand],
    which: &[usize],
    limit: usize,
) -> Result<(), Error> {
    let places: Vec<_> = which
        .iter()
        .filter_map(|at| strands.get(*at))
        .map(|strand| (strand.cell, strand.last))
        .collect();
    let params: Vec<Vec<Val<'_>>> = places
        .iter()
        .map(|(cell, (at, id))| {
            vec![
                Val::Int(*cell),
                Val::Int(*at),
                Val::Bytes(id),
                Val::count(limit as u64),
            ]
        })
        .collect();
    let portions = db.many(
        "SELECT updated_at, id, seq FROM cases
         WHERE cell = ?1 AND (updated_at, id) < (?2, ?3)
         ORDER BY updated_at DESC, id DESC LIMIT ?4",
        &params,
    )?;
    for (at, portion) in which.iter().zip(portions) {
        let Some(strand) = strands.get_mut(*at) else {
            continue;
        };
        strand.finished = portion.len() < limit;
        for row in portion.iter().rev() {
            strand.rows.push(found(row)?);
        }
        if let Some(oldest) = strand.rows.first() {
            strand.last = (oldest.at, oldest.id);
        }
    }
    Ok(())
}
