//! Records in outside systems: at most one for each case and purpose.

use std::collections::BTreeMap;

use updraft_model::{CaseId, Granted, Ticket, TicketState};

use crate::{
    Conflict, Error, Store,
    heads::Scope,
    page::LIMIT_MAX,
    seam::{Db, Row, Val},
};

pub(crate) fn put(
    db: &mut dyn Db,
    scope: &Scope<'_>,
    ticket: &Ticket,
    body: &str,
) -> Result<(), Error> {
    let created = TicketState::Created as i64;
    let stored = db.run(
        "INSERT INTO tickets (tenant, case_id, purpose, state, external_id, body) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
         ON CONFLICT (tenant, case_id, purpose) DO UPDATE
             SET state = excluded.state, external_id = excluded.external_id, body = excluded.body
             WHERE tickets.state <> ?7
                OR (excluded.state = ?7 AND tickets.external_id = excluded.external_id)",
        &[
            Val::Int(scope.tenant),
            Val::Bytes(&ticket.case.to_bytes()),
            Val::Text(&ticket.purpose),
            Val::Int(ticket.state as i64),
            Val::Text(&ticket.external_id),
            Val::Text(body),
            Val::Int(created),
        ],
    )?;
    if stored > 0 {
        return Ok(());
    }
    let existing = find(db, scope.tenant, ticket.case, &ticket.purpose)?;
    Err(Conflict::Ticket {
        case: ticket.case,
        purpose: ticket.purpose.clone(),
        external_id: existing
            .map(|ticket| ticket.external_id)
            .unwrap_or_default(),
    }
    .into())
}

fn find(
    db: &mut dyn Db,
    tenant: i64,
    case: CaseId,
    purpose: &str,
) -> Result<Option<Ticket>, Error> {
    db.row(
        "SELECT body FROM tickets WHERE tenant = ?1 AND case_id = ?2 AND purpose = ?3",
        &[
            Val::Int(tenant),
            Val::Bytes(&case.to_bytes()),
            Val::Text(purpose),
        ],
    )?
    .map(|row| ticket(&row))
    .transpose()
}

fn ticket(row: &Row) -> Result<Ticket, Error> {
    serde_json::from_str(row.text(0)?).map_err(|error| Error::corrupt("ticket", error))
}

impl Store {
    /// A case's tickets.
    ///
    /// # Errors
    /// [`Error`] when the database cannot be read.
    pub async fn tickets(&self, granted: &Granted, case: CaseId) -> Result<Vec<Ticket>, Error> {
        let found = self.point(granted, move |db, tenant| {
            let rows = db.rows(
                "SELECT body FROM tickets WHERE tenant = ?1 AND case_id = ?2",
                &[Val::Int(tenant), Val::Bytes(&case.to_bytes())],
            )?;
            let mut tickets = rows.iter().map(ticket).collect::<Result<Vec<_>, _>>()?;
            // Here and not in the statement: SQLite would prepare it anew each time (see `runs::LAST_ENTRY_SQLITE`).
            tickets.sort_by(|a, b| a.purpose.cmp(&b.purpose));
            Ok(tickets)
        });
        found.await
    }

    /// The ticket of each of these cases that has one, the first by purpose; at most 200 cases are looked at.
    ///
    /// # Errors
    /// [`Error`] when the database cannot be read.
    pub async fn tickets_of_cases(
        &self,
        granted: &Granted,
        cases: Vec<CaseId>,
    ) -> Result<BTreeMap<CaseId, Ticket>, Error> {
        let found = self.scoped(granted, move |db, tenant| {
            let keys: Vec<[u8; 16]> = cases
                .into_iter()
                .take(LIMIT_MAX as usize)
                .map(CaseId::to_bytes)
                .collect();
            let each: Vec<_> = keys
                .iter()
                .map(|key| vec![Val::Int(tenant), Val::Bytes(key)])
                .collect();
            let rows = db.many(
                "SELECT body FROM tickets WHERE tenant = ?1 AND case_id = ?2",
                &each,
            )?;
            let mut first: BTreeMap<CaseId, Ticket> = BTreeMap::new();
            for row in rows.iter().flatten() {
                let ticket = ticket(row)?;
                let known = first.get(&ticket.case);
                if known.is_none_or(|known| ticket.purpose < known.purpose) {
                    first.insert(ticket.case, ticket);
                }
            }
            Ok(first)
        });
        found.await
    }

    /// A case's ticket for one purpose.
    ///
    /// # Errors
    /// [`Error`] when the database cannot be read.
    pub async fn ticket_of(
        &self,
        granted: &Granted,
        case: CaseId,
        purpose: impl Into<String>,
    ) -> Result<Option<Ticket>, Error> {
        let purpose = purpose.into();
        self.point(granted, move |db, tenant| find(db, tenant, case, &purpose))
            .await
    }
}
