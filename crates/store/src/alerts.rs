//! Alerts: what arrived, and the inbox of what nobody has looked at yet.

use updraft_model::{Alert, AlertId, AlertState, CaseId, Granted, SourceId, TenantId};

use crate::{
    Conflict, Error, Page, Store,
    heads::Scope,
    page::{Cursor, Place},
    seam::{Db, Row, Val},
};

/// The most rows that one page of alerts looks at.
const SCAN_MAX: usize = 10_000;
const SCAN_CHUNK: usize = 250;

/// An alert that waits to be looked at, with the tenant it belongs to.
#[derive(Debug, Clone, PartialEq)]
pub struct InboxItem {
    /// Whose alert.
    pub tenant: TenantId,
    /// The alert.
    pub alert: Alert,
}

/// Which alerts a list shows; `None` means "all".
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AlertFilter {
    /// Only those of this case.
    pub case: Option<CaseId>,
    /// Only those that came this far.
    pub state: Option<AlertState>,
    /// Only those that came through this intake.
    pub source: Option<SourceId>,
}

/// One page of alerts.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct AlertPage {
    /// The alerts.
    pub items: Vec<Alert>,
    /// Where the next page starts; `None` at the end. A page may be short and still have a next one.
    pub next: Option<Cursor>,
}

pub(crate) fn insert(
    db: &mut dyn Db,
    scope: &Scope<'_>,
    alert: &Alert,
    body: &str,
) -> Result<(), Error> {
    let duplicate = Conflict::Duplicate {
        what: "alert",
        name: alert.id.to_string(),
    };
    db.send(
        "INSERT INTO alerts (tenant, id, state, severity, case_id, body) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
         ON CONFLICT DO NOTHING",
        &values(scope.tenant, alert, &alert.id.to_bytes(), case_bytes(alert).as_ref(), body),
        Some(duplicate),
    )
}

pub(crate) fn update(
    db: &mut dyn Db,
    scope: &Scope<'_>,
    alert: &Alert,
    body: &str,
) -> Result<(), Error> {
    let missing = Conflict::Missing {
        what: "alert",
        name: alert.id.to_string(),
    };
    db.send(
        "UPDATE alerts SET state = ?3, severity = ?4, case_id = ?5, body = ?6 WHERE tenant = ?1 AND id = ?2",
        &values(scope.tenant, alert, &alert.id.to_bytes(), case_bytes(alert).as_ref(), body),
        Some(missing),
    )
}

pub(crate) fn settle(
    db: &mut dyn Db,
    scope: &Scope<'_>,
    alert: &Alert,
    body: &str,
) -> Result<(), Error> {
    db.send(
        "UPDATE alerts SET state = ?3, severity = ?4, case_id = ?5, body = ?6
         WHERE tenant = ?1 AND id = ?2 AND state = 0",
        &values(
            scope.tenant,
            alert,
            &alert.id.to_bytes(),
            case_bytes(alert).as_ref(),
            body,
        ),
        Some(Conflict::AlertSettled { alert: alert.id }),
    )
}

fn case_bytes(alert: &Alert) -> Option<[u8; 16]> {
    alert.case.map(CaseId::to_bytes)
}

fn values<'a>(
    tenant: i64,
    alert: &Alert,
    id: &'a [u8; 16],
    case: Option<&'a [u8; 16]>,
    body: &'a str,
) -> [Val<'a>; 6] {
    [
        Val::Int(tenant),
        Val::Bytes(id),
        Val::Int(i64::from(alert.state.as_u8())),
        Val::Int(i64::from(alert.severity.as_u8())),
        Val::opt_bytes(case.map(|id| &id[..])),
        Val::Text(body),
    ]
}

fn alert(row: &Row, column: usize) -> Result<Alert, Error> {
    serde_json::from_str(row.text(column)?).map_err(|error| Error::corrupt("alert", error))
}

impl AlertFilter {
    fn admits(&self, alert: &Alert) -> bool {
        self.case.is_none_or(|case| alert.case == Some(case))
            && self.state.is_none_or(|state| alert.state == state)
            && self.source.is_none_or(|source| alert.source == source)
    }
}

impl Store {
    /// One alert.
    ///
    /// # Errors
    /// [`Error`] when the database cannot be read.
    pub async fn alert(&self, granted: &Granted, id: AlertId) -> Result<Option<Alert>, Error> {
        let found = self.point(granted, move |db, tenant| {
            db.row(
                "SELECT body FROM alerts WHERE tenant = ?1 AND id = ?2",
                &[Val::Int(tenant), Val::Bytes(&id.to_bytes())],
            )?
            .map(|row| alert(&row, 0))
            .transpose()
        });
        found.await
    }

    /// A page of alerts, the newest first.
    ///
    /// # Errors
    /// [`Error`] when the database cannot be read.
    pub async fn alerts(
        &self,
        granted: &Granted,
        filter: AlertFilter,
        page: Page,
    ) -> Result<AlertPage, Error> {
        let found = self.scoped(granted, move |db, tenant| {
            alerts(db, tenant, &filter, &page)
        });
        found.await
    }

    /// What waits to be looked at, of all tenants: the most severe first, then the oldest. For the driver only,
    /// which acts for every tenant and hands each item on with a grant of its own tenant.
    ///
    /// # Errors
    /// [`Error`] when the database cannot be read.
    pub async fn driver_inbox(&self, limit: u32) -> Result<Vec<InboxItem>, Error> {
        let names = self.names();
        let read = self.read(move |db| {
            db.rows(
                "SELECT tenant, body FROM alerts WHERE state = 0 ORDER BY severity DESC, seq LIMIT ?1",
                &[Val::Int(i64::from(limit))],
            )?
            .iter()
            .map(|row| {
                Ok(InboxItem {
                    tenant: names.tenant_id(db, row.int(0)?)?,
                    alert: alert(row, 1)?,
                })
            })
            .collect()
        });
        read.await
    }
}

fn alerts(
    db: &mut dyn Db,
    tenant: i64,
    filter: &AlertFilter,
    page: &Page,
) -> Result<AlertPage, Error> {
    let mut below = match page.after.map(|cursor| cursor.0) {
        Some(Place::At(_, id)) => id,
        _ => [0xff; 16],
    };
    let case = filter.case.map(CaseId::to_bytes);
    let mut found = AlertPage::default();
    let mut looked_at = 0;
    loop {
        let rows = match &case {
            Some(case) => db.rows(
                "SELECT body FROM alerts WHERE tenant = ?1 AND case_id = ?4 AND id < ?2
                 ORDER BY id DESC LIMIT ?3",
                &[
                    Val::Int(tenant),
                    Val::Bytes(&below),
                    Val::count(SCAN_CHUNK as u64),
                    Val::Bytes(case),
                ],
            )?,
            None => db.rows(
                "SELECT body FROM alerts WHERE tenant = ?1 AND id < ?2 ORDER BY id DESC LIMIT ?3",
                &[
                    Val::Int(tenant),
                    Val::Bytes(&below),
                    Val::count(SCAN_CHUNK as u64),
                ],
            )?,
        };
        for row in &rows {
            if found.items.len() >= page.rows() {
                found.next = Some(Cursor::at(0, below));
                return Ok(found);
            }
            let alert = alert(row, 0)?;
            below = alert.id.to_bytes();
            if filter.admits(&alert) {
                found.items.push(alert);
            }
        }
        looked_at += rows.len();
        if rows.len() < SCAN_CHUNK {
            return Ok(found);
        }
        if looked_at >= SCAN_MAX {
            found.next = Some(Cursor::at(0, below));
            return Ok(found);
        }
    }
}
