//! Receiving alerts: authenticate, store durably, then acknowledge.
//!
//! Nothing is understood here. The bytes are cut into items, each item becomes a blob and an inbox row in
//! one transaction, and only when that is on disk does the sender get its ids.

use std::sync::{Arc, atomic::Ordering};

use updraft_ingest::{Item, Limits};
use updraft_model::{
    Actor, Alert, AlertId, AlertState, AuditEntry, BlobHash, CaseId, Granted, Observable,
    Permission, Source, Timestamp,
};
use updraft_store::{AlertFilter, AlertPage, Op, Page, Sighting, Tx};

use crate::{App, Error, clock, error::Result, events::Change, inbox::Arrival, new_id};

/// Above this fill of the queues intake answers "try again".
const PRESSURE_MAX: f32 = 0.95;

/// What was taken of one delivery.
#[derive(Debug, Default)]
pub struct Receipt {
    /// The alerts that are durable now, in the order of the delivery.
    pub accepted: Vec<AlertId>,
}

impl App {
    /// Takes one delivery. When this returns, every accepted alert is on disk.
    ///
    /// # Errors
    /// [`Error::Busy`] when the queues are full, [`Error::Invalid`] when nothing in the delivery can be
    /// taken, [`Error::Store`] when it could not be made durable.
    pub async fn receive(
        &self,
        granted: &Granted,
        source: &Source,
        content_type: &str,
        bytes: &[u8],
    ) -> Result<Receipt> {
        if granted.permission() != Permission::AlertSubmit || granted.tenant() != source.tenant {
            return Err(Error::not_found("source", &source.name));
        }
        if !source.enabled {
            return Err(Error::invalid(
                "source.disabled",
                format!("the source `{}` is switched off", source.name),
                "switch it on under Sources, or send to another source",
            ));
        }
        if self.pressure() > PRESSURE_MAX {
            return Err(Error::Busy { retry_after_s: 2 });
        }
        let items =
            updraft_ingest::split(bytes, content_type, &Limits::default()).map_err(refused)?;
        let picture = self.catalog().now();
        let now = clock::now();
        let mut receipt = Receipt::default();
        let mut tx = Tx::new(source.tenant).priority(source.default_severity);
        let mut arrivals = Vec::with_capacity(items.len());
        for item in items {
            let parts = picture
                .content
                .mappings
                .expand(&source.mapping, item)
                .map_err(refused)?;
            for item in parts {
                let arrival = store_item(&mut tx, source, content_type, &item, now);
                receipt.accepted.push(arrival.alert.id);
                arrivals.push(arrival);
            }
        }
        if arrivals.is_empty() {
            return Err(Error::invalid(
                "alert.empty",
                "the delivery holds nothing",
                "send an IOC, a JSON alert, a log line or a mail",
            ));
        }
        if self.0.sources.heard(source, now) {
            tx.ops.push(Op::HeardSource {
                source: source.id,
                at: now,
            });
        }
        self.0.store.commit(tx).await?;
        self.meters()
            .alerts_received
            .fetch_add(arrivals.len() as u64, Ordering::Relaxed);
        for arrival in arrivals {
            self.0.events.tell(
                source.tenant,
                Change::Alert {
                    id: arrival.alert.id,
                },
            );
            self.enqueue(arrival);
        }
        Ok(receipt)
    }

    /// A page of alerts, newest first.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub async fn alert_list(
        &self,
        granted: &Granted,
        case: Option<CaseId>,
        page: Page,
    ) -> Result<AlertPage> {
        let filter = AlertFilter {
            case,
            ..AlertFilter::default()
        };
        Ok(self.0.store.alerts(granted, filter, page).await?)
    }

    /// One alert.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub async fn alert(&self, granted: &Granted, id: AlertId) -> Result<Alert> {
        self.0
            .store
            .alert(granted, id)
            .await?
            .ok_or_else(|| Error::not_found("alert", id))
    }

    /// The bytes of an alert as they came.
    ///
    /// # Errors
    /// [`Error::NotFound`], also when retention has removed them.
    pub async fn alert_raw(&self, granted: &Granted, id: AlertId) -> Result<Vec<u8>> {
        let alert = self.alert(granted, id).await?;
        let bytes = self.0.store.blob(granted, alert.raw).await?;
        bytes.ok_or_else(|| Error::not_found("payload of alert", id))
    }

    /// Where a value has been seen; any spelling finds it.
    ///
    /// # Errors
    /// [`Error::Invalid`] for a text that is no observable.
    pub async fn observable_seen(
        &self,
        granted: &Granted,
        value: &str,
    ) -> Result<(Observable, Option<Sighting>)> {
        let observable = updraft_intel::classify(value).ok_or_else(|| {
            Error::invalid(
                "observable.value",
                "this is no single observable",
                "give one address, domain, URL, hash, …; defanged spellings are fine",
            )
        })?;
        let kind = observable.kind.clone();
        let seen = self
            .0
            .store
            .observables_seen(granted, kind, observable.value.clone())
            .await?;
        Ok((observable, seen))
    }

    /// Records that somebody tried to hand in something with a wrong token.
    pub async fn audit_refused_delivery(&self, source: &Source, reason: &str) {
        let entry = AuditEntry {
            tenant: source.tenant,
            at: clock::now(),
            actor: Actor::Source {
                id: source.id,
                name: source.name.clone(),
            },
            action: "source.refused".into(),
            object: source.name.clone(),
            detail: serde_json::json!({ "reason": reason }),
        };
        let mut tx = Tx::new(source.tenant).priority(source.default_severity);
        tx.ops.push(Op::Audit(entry));
        if let Err(error) = self.0.store.commit(tx).await {
            tracing::error!(error = %error, "A refused delivery could not be audited");
        }
    }
}

fn store_item(
    tx: &mut Tx,
    source: &Source,
    content_type: &str,
    item: &Item<'_>,
    now: Timestamp,
) -> Arrival {
    let bytes: Arc<[u8]> = Arc::from(item.bytes.as_ref());
    let raw = BlobHash::of(&bytes);
    let alert = Alert {
        id: new_id!(AlertId),
        source: source.id,
        received_at: now,
        raw,
        raw_bytes: bytes.len() as u64,
        content_type: content_type.to_owned(),
        state: AlertState::Received,
        title: String::new(),
        severity: source.default_severity,
        occurred_at: None,
        fields: serde_json::Value::Null,
        observables: Vec::new(),
        diagnostics: Vec::new(),
        case: None,
        run: None,
    };
    tx.ops.push(Op::PutBlob {
        hash: raw,
        bytes: bytes.clone(),
    });
    tx.ops.push(Op::InsertAlert(alert.clone()));
    Arrival {
        tenant: source.tenant,
        alert,
        bytes: Some(bytes),
    }
}

/// A refusal in the words of the use case.
fn refused(rejected: updraft_ingest::Rejected) -> Error {
    Error::invalid(rejected.code, rejected.message, rejected.hint)
}
