//! From a stored alert to a case with a run: normalise, observe, apply the triage rules, commit once.
//!
//! Alerts with the same dedup key are admitted one after the other, so that the second one sees the
//! case of the first; the store's unique key stands behind that as the last guard.

use std::sync::{Arc, atomic::Ordering};

use serde_json::json;
use tokio::sync::mpsc;
use updraft_cases::Admission;
use updraft_ingest::Normalized;
use updraft_model::{
    Actor, Alert, AlertId, AlertState, BlobHash, Case, CaseId, CaseStatus, CaseType, Run, RunId,
    RunState, TenantId, TimelineEntry, Timestamp,
};
use updraft_store::{Conflict, Op, Tx};

use crate::{
    App, Error, clock,
    error::Result,
    events::Change,
    new_id,
    triggers::{Fired, Happened, What},
};

/// How often an admission that lost a race is tried again before it is left to the next sweep.
const ADMIT_TRIES: usize = 8;
/// Items above this size are parsed on a thread that may block.
const BIG_ITEM_BYTES: usize = 256 << 10;
/// How many alerts one sweep of the store brings back into memory.
const SWEEP_ALERTS: u32 = 1_000;
/// Pause between two looks whether they are taken.
const SWEEP_PAUSE: std::time::Duration = std::time::Duration::from_millis(100);

/// What a sweep has brought back.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Swept {
    /// All that waited.
    Everything,
    /// As much as one sweep may; more may wait.
    Part,
}

/// A stored alert on its way to its case.
#[derive(Debug)]
pub struct Arrival {
    /// Whose.
    pub tenant: TenantId,
    /// As stored.
    pub alert: Alert,
    /// Its bytes, if they are still at hand.
    pub bytes: Option<Arc<[u8]>>,
}

impl App {
    /// Takes arrivals until the application stops. Several of these run side by side.
    pub(crate) async fn drive_inbox(
        self,
        arrivals: Arc<tokio::sync::Mutex<mpsc::Receiver<Arrival>>>,
    ) {
        loop {
            let next = arrivals.lock().await.recv().await;
            let Some(arrival) = next else { return };
            if self.is_stopping() {
                return;
            }
            let id = arrival.alert.id;
            if let Err(error) = self.admit(arrival).await {
                tracing::error!(alert.id = %id, error = %error, "Alert `{id}` stays in the inbox and is tried again");
                self.0.inbox_missed.notify_one();
            }
        }
    }

    /// Brings alerts that are stored but not in memory back: after a start, an overflow or an error.
    pub(crate) async fn sweep_inbox(&self) -> Result<Swept> {
        let waiting = self.0.store.driver_inbox(SWEEP_ALERTS).await?;
        let swept = match waiting.len() < SWEEP_ALERTS as usize {
            true => Swept::Everything,
            false => Swept::Part,
        };
        for updraft_store::InboxItem { tenant, alert } in waiting {
            let arrival = Arrival {
                tenant,
                alert,
                bytes: None,
            };
            if self.0.inbox.send(arrival).await.is_err() {
                break;
            }
        }
        Ok(swept)
    }

    /// Waits until what is in memory is taken: only then does the store show what stands behind it. Returns at
    /// the latest when the application stops.
    pub(crate) async fn inbox_is_empty(&self) {
        let inbox = &self.0.inbox;
        loop {
            tokio::time::sleep(SWEEP_PAUSE).await;
            if self.is_stopping() || inbox.capacity() == inbox.max_capacity() {
                return;
            }
        }
    }

    /// Makes the alert part of a case. Doing it again for an alert that is already admitted does nothing.
    pub(crate) async fn admit(&self, arrival: Arrival) -> Result<()> {
        let Arrival {
            tenant,
            mut alert,
            bytes,
        } = arrival;
        let bytes = match bytes {
            Some(bytes) => bytes,
            None => self.raw_bytes(tenant, &alert).await?,
        };
        let normalized = self.normalize(&alert, &bytes);
        fill(&mut alert, &normalized);
        let key = (tenant, normalized.dedup_key.clone());
        let _turn = self.0.key_locks.lock(&key).await;
        for _ in 0..ADMIT_TRIES {
            match self.admit_once(tenant, &alert, &normalized).await {
                Err(Error::Store(updraft_store::Error::Conflict(conflict))) => match conflict {
                    Conflict::AlertSettled { .. } => return Ok(()),
                    other => tracing::debug!(?other, "Admission lost a race and is tried again"),
                },
                other => return other,
            }
        }
        Err(Error::Conflict(format!(
            "the case of alert {} keeps changing",
            alert.id
        )))
    }

    fn normalize(&self, alert: &Alert, bytes: &Arc<[u8]>) -> Normalized {
        let picture = self.catalog().now();
        let mapping = self
            .source_by_id(alert.source)
            .map_or_else(|| "auto".to_owned(), |source| source.mapping.clone());
        let work = || {
            let item = updraft_ingest::Item::recognise(bytes, &alert.content_type);
            picture.content.mappings.normalize(
                &mapping,
                &item,
                alert.received_at,
                &self.0.observer,
                &self.0.exclusions,
            )
        };
        if bytes.len() > BIG_ITEM_BYTES {
            tokio::task::block_in_place(work)
        } else {
            work()
        }
    }

    async fn raw_bytes(&self, tenant: TenantId, alert: &Alert) -> Result<Arc<[u8]>> {
        match self.0.store.blob(&App::driver(tenant), alert.raw).await? {
            Some(bytes) => Ok(bytes.into()),
            None => Err(Error::Internal(format!(
                "the bytes of alert {} are gone",
                alert.id
            ))),
        }
    }

    async fn admit_once(
        &self,
        tenant: TenantId,
        alert: &Alert,
        normalized: &Normalized,
    ) -> Result<()> {
        let existing = self
            .0
            .store
            .case_by_key(&App::driver(tenant), normalized.dedup_key.clone())
            .await?;
        let _case_turn = match &existing {
            Some(case) => Some(self.0.case_locks.lock(&case.id).await),
            None => None,
        };
        let queued = existing
            .as_ref()
            .map_or(0, |case| self.0.scheduler.queued_of(case.id));
        let now = clock::now();
        let admission = updraft_cases::admit(
            &self.0.rules,
            alert,
            &normalized.dedup_key,
            existing.as_ref(),
            queued,
            now,
        );
        let mut admitted = Admitted::new(tenant, alert.clone());
        match (admission, existing) {
            (Admission::Ignore { reason }, _) => admitted.ignore(reason),
            (Admission::Open { kind, playbook }, _) => {
                let playbook = self.playbook_for(tenant, &kind, &playbook);
                let case = updraft_cases::open(
                    new_id!(CaseId),
                    tenant,
                    kind,
                    alert,
                    &normalized.dedup_key,
                    now,
                );
                let run = self.new_run(tenant, &case, &playbook, Some(alert.id), now)?;
                let fired =
                    self.fire(&admitted.happened(What::Opened, &case, now), &[&playbook])?;
                admitted.open(case, run, now);
                admitted.fired = fired;
            }
            (Admission::Rerun { playbook, .. }, Some(case)) => {
                let playbook = self.playbook_for(tenant, &case.kind, &playbook);
                let run = self.new_run(tenant, &case, &playbook, Some(alert.id), now)?;
                let fired = self.fire(&admitted.happened(What::Again, &case, now), &[&playbook])?;
                admitted.rerun(&case, run, now);
                admitted.fired = fired;
            }
            (Admission::Attach { reason, .. }, Some(case)) => {
                let run = self.0.scheduler.last_queued_of(case.id);
                let fired = self.fire(&admitted.happened(What::Attached, &case, now), &[])?;
                admitted.attach(&case, run, &reason, now);
                admitted.fired = fired;
            }
            (Admission::Rerun { .. } | Admission::Attach { .. }, None) => {
                return Err(Error::Internal(
                    "a rule re-runs a case that is not there".into(),
                ));
            }
        }
        admitted.attachments(normalized);
        self.commit_admitted(admitted).await
    }

    async fn commit_admitted(&self, admitted: Admitted) -> Result<()> {
        let Admitted {
            tx,
            alert,
            run,
            case,
            fired,
            ..
        } = admitted;
        let tenant = tx.tenant;
        let mut tx = tx;
        tx.ops
            .extend(case.and_then(|case| self.tell_watchers(case)));
        if let Some(run) = &run {
            self.pin_playbook(&mut tx, run)?;
        }
        let mut runs: Vec<Run> = run.into_iter().collect();
        runs.extend(fired.add_to(self, &mut tx)?);
        self.0.store.commit(tx).await?;
        self.meters()
            .alerts_admitted
            .fetch_add(1, Ordering::Relaxed);
        self.0.events.tell(tenant, Change::Alert { id: alert });
        if let Some(case) = case {
            self.ring_watchers(case);
            self.0.events.tell(tenant, Change::Case { id: case });
        }
        self.queue_runs(&runs);
        Ok(())
    }

    /// The playbook that a case of this type runs.
    fn playbook_for(&self, tenant: TenantId, kind: &CaseType, preferred: &str) -> String {
        let picture = self.catalog().now();
        picture.playbook_for(tenant, kind, preferred).to_owned()
    }

    /// The head of a new run of the playbook's version that is live now. Its text is pinned in the run's
    /// transaction ([`App::pin_playbook`]), also when another version has become live in between.
    pub(crate) fn new_run(
        &self,
        tenant: TenantId,
        case: &Case,
        playbook: &str,
        alert: Option<AlertId>,
        now: updraft_model::Timestamp,
    ) -> Result<Run> {
        let picture = self.catalog().now();
        let Some(published) = picture.published(tenant, playbook) else {
            return Err(Error::Internal(format!(
                "the playbook `{playbook}` is neither live nor in the content"
            )));
        };
        self.0.plans.taken(published);
        Ok(Run {
            id: new_id!(RunId),
            tenant,
            case: case.id,
            alert,
            playbook: playbook.to_owned(),
            playbook_version: published.digest,
            playbook_number: published.number,
            state: RunState::Queued,
            priority: case.severity,
            created_at: now,
            started_at: None,
            ended_at: None,
            wake_at: None,
            waiting_for: String::new(),
            error: String::new(),
            steps: 0,
            people: 0,
            watches: false,
            aside: false,
            origin: None,
            cause: None,
            at_once: published.plans.main.run_limits().concurrency,
        })
    }
}

fn fill(alert: &mut Alert, normalized: &Normalized) {
    alert.title.clone_from(&normalized.title);
    alert.severity = normalized.severity.unwrap_or(alert.severity);
    alert.occurred_at = normalized.occurred_at;
    alert.fields = normalized.fields.clone();
    alert.observables.clone_from(&normalized.observables);
    alert.diagnostics.clone_from(&normalized.diagnostics);
}

/// One admission's transaction while it is put together.
struct Admitted {
    tx: Tx,
    alert: AlertId,
    stored: Alert,
    case: Option<CaseId>,
    run: Option<Run>,
    /// What else the alert starts.
    fired: Fired,
}

impl Admitted {
    fn happened<'a>(&'a self, what: What<'a>, case: &'a Case, at: Timestamp) -> Happened<'a> {
        Happened {
            tenant: self.tx.tenant,
            what,
            case,
            alert: Some(&self.stored),
            inside: None,
            at,
        }
    }

    fn new(tenant: TenantId, stored: Alert) -> Self {
        Self {
            tx: Tx::new(tenant).priority(stored.severity),
            alert: stored.id,
            stored,
            case: None,
            run: None,
            fired: Fired::default(),
        }
    }

    fn ignore(&mut self, reason: String) {
        self.stored.state = AlertState::Ignored;
        self.stored
            .diagnostics
            .push(format!("ignored by a triage rule: {reason}"));
        self.finish();
    }

    fn open(&mut self, case: Case, run: Run, now: updraft_model::Timestamp) {
        self.link(case.id, Some(run.id));
        let mut case = case;
        case.last_run = Some(run.id);
        case.status = CaseStatus::InProgress;
        let text = format!("Alert “{}” opened the case", self.stored.title);
        let id = case.id;
        self.tx.ops.push(Op::InsertCase(Box::new(case)));
        self.tx.ops.push(Op::Timeline {
            case: id,
            entry: self.entry("alert", text, now),
        });
        self.tx.ops.push(Op::InsertRun(Box::new(run.clone())));
        self.run = Some(run);
        self.finish();
    }

    fn rerun(&mut self, case: &Case, run: Run, now: updraft_model::Timestamp) {
        self.link(case.id, Some(run.id));
        let text = format!(
            "Seen again: alert “{}” runs the playbook again",
            self.stored.title
        );
        self.tx.ops.push(Op::AddOccurrence {
            case: case.id,
            alert: self.alert,
            at: now,
        });
        self.tx.ops.push(Op::Timeline {
            case: case.id,
            entry: self.entry("occurrence", text, now),
        });
        self.tx.ops.push(Op::InsertRun(Box::new(run.clone())));
        self.run = Some(run);
        self.finish();
    }

    fn attach(
        &mut self,
        case: &Case,
        run: Option<RunId>,
        reason: &str,
        now: updraft_model::Timestamp,
    ) {
        self.link(case.id, run);
        let text = format!("Seen again: alert “{}” ({reason})", self.stored.title);
        self.tx.ops.push(Op::AddOccurrence {
            case: case.id,
            alert: self.alert,
            at: now,
        });
        self.tx.ops.push(Op::Timeline {
            case: case.id,
            entry: self.entry("occurrence", text, now),
        });
        self.finish();
    }

    fn attachments(&mut self, normalized: &Normalized) {
        for attachment in &normalized.attachments {
            let bytes: Arc<[u8]> = Arc::from(attachment.bytes.as_ref());
            self.tx.ops.push(Op::PutBlob {
                hash: BlobHash::of(&bytes),
                bytes,
            });
        }
    }

    fn link(&mut self, case: CaseId, run: Option<RunId>) {
        self.case = Some(case);
        self.stored.state = AlertState::Admitted;
        self.stored.case = Some(case);
        self.stored.run = run;
    }

    fn entry(&self, kind: &str, text: String, at: updraft_model::Timestamp) -> TimelineEntry {
        let actor = Actor::system("intake");
        let data = json!({ "alert": self.alert, "run": self.stored.run });
        TimelineEntry {
            at,
            kind: kind.into(),
            actor,
            text,
            data,
        }
    }

    fn finish(&mut self) {
        self.tx.ops.push(Op::SettleAlert(self.stored.clone()));
    }
}
