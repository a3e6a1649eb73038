//! What a run leaves behind: its journal, its head, its case and the timeline, one transaction at a time.

use std::sync::atomic::Ordering;

use serde_json::Value;
use tokio::time::Instant;
use updraft_engine::RunOutcome;
use updraft_model::{Actor as Who, Case, CaseId, CaseStatus, RunState, TimelineEntry, Timestamp};
use updraft_store::{Op, Tx};

use super::{Actor, COMMITS_UNCONFIRMED_MAX, LINGER, OpenCase};
use crate::{
    App, Error, clock,
    error::Result,
    events::Change,
    runs::{End, Entry},
    triggers::Fired,
};

impl Actor {
    /// The case to be changed, locked until the next commit.
    pub async fn case(&mut self) -> Result<&mut Case> {
        let open = self.open_case().await?;
        open.changed = true;
        Ok(&mut open.case)
    }

    pub(super) async fn open_case(&mut self) -> Result<&mut OpenCase> {
        if self.case.is_none() {
            let turn = self.app.0.case_locks.lock(&self.run.case).await;
            let case = self
                .app
                .0
                .store
                .case(&App::driver(self.run.tenant), self.run.case)
                .await?;
            let case = case.ok_or_else(|| {
                Error::Internal(format!("{} belongs to a case that is gone", self.run.id))
            })?;
            let version = case.version;
            self.case = Some(OpenCase {
                case: Box::new(case),
                version,
                changed: false,
                _turn: turn,
            });
        }
        let open = self.case.as_mut();
        open.ok_or_else(|| Error::Internal("the case was not opened".into()))
    }

    pub fn case_id(&self) -> CaseId {
        self.run.case
    }

    pub fn timeline(&mut self, kind: &str, text: impl Into<String>, data: Value, at: Timestamp) {
        let actor = Who::Run {
            id: self.run.id,
            playbook: self.run.playbook.clone(),
        };
        self.timeline_of(actor, kind, text, data, at);
    }

    pub(super) fn timeline_of(
        &mut self,
        actor: Who,
        kind: &str,
        text: impl Into<String>,
        data: Value,
        at: Timestamp,
    ) {
        let entry = TimelineEntry {
            at,
            kind: kind.into(),
            actor,
            text: text.into(),
            data,
        };
        self.tx.ops.push(Op::Timeline {
            case: self.run.case,
            entry,
        });
    }

    /// Makes everything so far durable, if there is a reason to.
    pub(super) async fn commit(&mut self) -> Result<()> {
        let must = self.over || !self.intended.is_empty() || !self.started.is_empty();
        if self.entries.is_empty() && self.tx.ops.is_empty() && !must {
            return Ok(());
        }
        let since = *self.pending_since.get_or_insert_with(Instant::now);
        // With only reads under way, what is lost by waiting is at worst asked again. Most often the next commit,
        // which must be, takes it along.
        if !must && !self.aborts.is_empty() && since.elapsed() < LINGER {
            return Ok(());
        }
        self.pending_since = None;
        let open = self.case.take();
        let mut changed = false;
        if let Some(open) = &open {
            changed = open.changed;
            if open.changed {
                let case = open.case.clone();
                self.tx.ops.push(Op::UpdateCase {
                    case,
                    expected_version: open.version,
                });
            }
        }
        if !self.entries.is_empty() {
            let entries = std::mem::take(&mut self.entries);
            let first_seq = self.next_seq;
            self.next_seq += entries.len() as u64;
            self.tx.ops.push(Op::AppendJournal {
                run: self.run.id,
                entries,
                first_seq,
            });
        }
        self.run.steps = self.machine.steps_done();
        if self.run.watches && !self.machine.watches_case() {
            self.run.watches = false;
            self.head_changed = true;
            self.app.0.mailbox.unwatch(self.run.id, self.run.case);
        }
        if self.head_changed || self.over {
            self.tx.ops.push(Op::UpdateRun(Box::new(self.run.clone())));
        }
        self.head_changed = false;
        if changed {
            // After the run's own head: what has ended, or watches no more, hears nothing.
            self.tx.ops.extend(self.app.tell_watchers(self.run.case));
        }
        let tx = std::mem::replace(
            &mut self.tx,
            Tx::new(self.run.tenant).priority(self.run.priority),
        );
        let durable = self.app.0.store.commit_nowait(tx);
        let pins = std::mem::take(&mut self.pins);
        let turns = std::mem::take(&mut self.turns);
        self.uncommitted += 1;
        self.expired.clear();
        let app = self.app.clone();
        let watched = changed.then_some(self.run.case);
        if must || self.uncommitted >= COMMITS_UNCONFIRMED_MAX {
            app.ring_others(&durable.await?, watched);
            self.uncommitted = 0;
            self.heard.clear();
            for digest in pins {
                self.app.0.plans.pinned(self.run.tenant, digest);
            }
            let started = std::mem::take(&mut self.started);
            self.app.queue_runs(&started);
        } else {
            // In order behind everything this run commits later; a failure shows there as a gap in the
            // journal's sequence, and the run begins again from what is durable. The case stays locked
            // until then.
            self.app.0.background.spawn(async move {
                let committed = durable.await?;
                drop((open, turns));
                app.ring_others(&committed, watched);
                Ok(committed)
            });
        }
        let tenant = self.run.tenant;
        if changed {
            self.app
                .0
                .events
                .tell(tenant, Change::Case { id: self.run.case });
        }
        let change = Change::Run {
            id: self.run.id,
            case: self.run.case,
            state: self.run.state,
        };
        self.app.0.events.tell(tenant, change);
        self.tell_of_tasks();
        Ok(())
    }

    /// Leaves memory until a moment, or, with none, until something is wanted of the run.
    pub(super) async fn park(mut self, until: Option<Timestamp>) -> Result<End> {
        let aside = self.machine.waits_for_others();
        self.run.state = RunState::Waiting;
        self.run.wake_at = until;
        self.run.aside = aside;
        self.run.waiting_for = self.machine.waiting_for();
        self.run.steps = self.machine.steps_done();
        self.tx.ops.push(Op::UpdateRun(Box::new(self.run.clone())));
        let tx = std::mem::replace(
            &mut self.tx,
            Tx::new(self.run.tenant).priority(self.run.priority),
        );
        self.app.0.store.commit(tx).await?;
        let change = Change::Run {
            id: self.run.id,
            case: self.run.case,
            state: self.run.state,
        };
        self.app.0.events.tell(self.run.tenant, change);
        Ok(End::Asleep { until, aside })
    }

    pub(super) async fn finish(
        &mut self,
        outcome: RunOutcome,
        message: String,
        output: Value,
    ) -> Result<()> {
        let now = clock::now();
        let meters = self.app.meters();
        self.run.state = match outcome {
            RunOutcome::Succeeded => RunState::Succeeded,
            RunOutcome::Failed => RunState::Failed,
            RunOutcome::Cancelled => RunState::Cancelled,
        };
        match outcome {
            RunOutcome::Succeeded => meters.runs_succeeded.fetch_add(1, Ordering::Relaxed),
            RunOutcome::Failed | RunOutcome::Cancelled => {
                meters.runs_failed.fetch_add(1, Ordering::Relaxed)
            }
        };
        meters
            .steps
            .fetch_add(self.machine.steps_done(), Ordering::Relaxed);
        self.run.ended_at = Some(now);
        self.run.aside = false;
        self.run.wake_at = None;
        self.run.waiting_for = String::new();
        self.run.error = if outcome == RunOutcome::Succeeded {
            String::new()
        } else {
            message
        };
        self.close_after_failure(outcome, now).await?;
        let mut data = serde_json::json!({ "run": self.run.id, "output": &output });
        crate::sealing::without_boxes(&mut data);
        let text = match outcome {
            RunOutcome::Succeeded => format!("Playbook {} ended", self.run.playbook),
            RunOutcome::Failed => {
                format!("Playbook {} failed: {}", self.run.playbook, self.run.error)
            }
            RunOutcome::Cancelled => {
                format!(
                    "Playbook {} was cancelled: {}",
                    self.run.playbook, self.run.error
                )
            }
        };
        self.timeline("run_finished", text, data, now);
        let case = self.open_case().await?.case.clone();
        let fired = self.app.fire_end(&self.run, &case, &output)?;
        self.take_on(fired)?;
        let entry = Entry::End {
            digest: self.machine.digest(),
            at: now,
        }
        .encode();
        self.entries
            .push(entry.map_err(|error| Error::Internal(error.to_string()))?);
        if !self.heard.is_empty() || self.app.0.mailbox.has_mail(self.run.id) {
            self.tx.ops.push(Op::ForgetWishes { run: self.run.id });
        }
        self.over = true;
        Ok(())
    }

    /// Runs that this one started become durable with its own next commit, and work after it.
    pub(in crate::runs) fn take_on(&mut self, fired: Fired) -> Result<()> {
        let app = self.app.clone();
        self.started.extend(fired.add_to(&app, &mut self.tx)?);
        Ok(())
    }

    /// A run that fails may not leave an Enrichment case open with nobody to look at it.
    async fn close_after_failure(&mut self, outcome: RunOutcome, now: Timestamp) -> Result<()> {
        if outcome == RunOutcome::Succeeded {
            return Ok(());
        }
        // Another run of the case looks after it.
        let (run, case) = (self.run.id, self.run.case);
        if self.app.0.scheduler.last_of_case(run, case) && !self.takes_back() {
            self.close_case_after_failure(now).await?;
        }
        Ok(())
    }

    async fn close_case_after_failure(&mut self, now: Timestamp) -> Result<()> {
        let note = self.run.error.clone();
        let case = self.case().await?;
        let was_open = case.status != CaseStatus::Closed;
        updraft_cases::close_after_failure(case, &note, now);
        if was_open && let (CaseStatus::Closed, Some(reason)) = (case.status, case.close_reason) {
            let text = format!("Closed: {}", reason.as_str());
            let data = serde_json::json!({ "run": self.run.id, "reason": reason });
            self.timeline("closed", text, data, now);
        }
        Ok(())
    }
}
