//! Why a playbook started or did not: what was decided, and what would be decided now.

use std::sync::Arc;

use serde_json::{Map, Value};
use updraft_engine::{Plan, TriggerKind};
use updraft_model::{
    Alert, AlertId, Case, CaseId, Decision, DecisionOutcome, Granted, TenantId, Timestamp,
};
use updraft_store::DecisionFilter;

use super::{Judged, table::schedule_key};
use crate::{App, Error, error::Result};

/// A trigger of a playbook.
#[derive(Debug, Clone)]
pub struct TriggerView {
    /// `case_type`, `alert`, `schedule`, `button`, `api` or `run`.
    pub kind: &'static str,
    /// What it is, in one line.
    pub text: String,
    /// Its condition as written, if it has one.
    pub condition: Option<String>,
    /// True while a live version of the playbook has it.
    pub enabled: bool,
    /// When a schedule is due next.
    pub next_at: Option<Timestamp>,
    /// When it last decided or, a schedule, last made a run.
    pub last_at: Option<Timestamp>,
}

/// What one trigger would say now.
#[derive(Debug, Clone)]
pub struct WouldStart {
    /// The kind of trigger.
    pub kind: &'static str,
    /// The trigger in one line.
    pub trigger: String,
    /// Whether it would start the playbook.
    pub starts: bool,
    /// Why, in one sentence.
    pub reason: String,
    /// What the condition read: path and value.
    pub read: Vec<(String, String)>,
}

/// The answer to "why did it not start?".
#[derive(Debug, Clone)]
pub struct Why {
    /// What was decided, the newest first.
    pub decisions: Vec<Decision>,
    /// What each trigger would say now.
    pub now: Vec<WouldStart>,
    /// What stands against it as a whole; empty if nothing does.
    pub obstacle: String,
}

impl App {
    /// The plan that new runs of a playbook take.
    pub(crate) fn live_plan(&self, tenant: TenantId, id: &str) -> Option<Arc<Plan>> {
        let picture = self.catalog().now();
        let published = picture.published(tenant, id)?;
        Some(Arc::clone(&published.plans.main))
    }

    /// The triggers of a live playbook.
    ///
    /// # Errors
    /// [`Error::NotFound`] when no version of it is live.
    pub async fn triggers_of(&self, granted: &Granted, id: &str) -> Result<Vec<TriggerView>> {
        let plan = self
            .live_plan(granted.tenant(), id)
            .ok_or_else(|| Error::not_found("playbook", id))?;
        let schedules = self.0.store.schedules_of(granted, id).await?;
        let filter = DecisionFilter {
            playbook: Some(id.to_owned()),
            ..DecisionFilter::default()
        };
        let lately = self.0.store.decisions(granted, filter, u32::MAX).await?;
        let views = plan.triggers().iter().map(|trigger| {
            let state = match trigger.kind() {
                TriggerKind::Schedule(schedule) => {
                    let key = schedule_key(schedule);
                    schedules.iter().find(|state| state.key == key)
                }
                _ => None,
            };
            let text = trigger.text();
            let decided = lately.iter().find(|decision| decision.trigger == text);
            TriggerView {
                kind: trigger.word(),
                condition: trigger.condition().map(str::to_owned),
                enabled: true,
                next_at: state.map(|state| state.due_at),
                last_at: state
                    .and_then(|state| state.last_at)
                    .or(decided.map(|decision| decision.at)),
                text,
            }
        });
        Ok(views.collect())
    }

    /// What was decided about playbooks, the newest first.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub async fn trigger_decisions(
        &self,
        granted: &Granted,
        filter: DecisionFilter,
        limit: u32,
    ) -> Result<Vec<Decision>> {
        Ok(self.0.store.decisions(granted, filter, limit).await?)
    }

    /// Why a playbook started for an alert or a case, or why not.
    ///
    /// # Errors
    /// [`Error::NotFound`] for an alert or case that is not there.
    pub async fn why(
        &self,
        granted: &Granted,
        id: &str,
        alert: Option<AlertId>,
        case: Option<&str>,
    ) -> Result<Why> {
        let alert = match alert {
            Some(alert) => {
                let found = self.0.store.alert(granted, alert).await?;
                Some(found.ok_or_else(|| Error::not_found("alert", alert))?)
            }
            None => None,
        };
        let of_alert: Option<CaseId> = alert.as_ref().and_then(|alert| alert.case);
        let case = match (case, of_alert) {
            (Some(case), _) => Some(self.case(granted, case).await?),
            (None, Some(case)) => self.0.store.case(granted, case).await?,
            (None, None) => None,
        };
        let filter = DecisionFilter {
            playbook: Some(id.to_owned()),
            alert: alert.as_ref().map(|alert| alert.id),
            case: match alert {
                Some(_) => None,
                None => case.as_ref().map(|case| case.id),
            },
        };
        let decisions = self.0.store.decisions(granted, filter, 50).await?;
        let Some(plan) = self.live_plan(granted.tenant(), id) else {
            return Ok(Why {
                decisions,
                now: Vec::new(),
                obstacle: format!(
                    "no version of the playbook `{id}` is live: activate one, then it starts"
                ),
            });
        };
        let obstacle = match (&alert, &case) {
            (Some(alert), None) => format!("the alert has no case: {}", state_of(alert)),
            _ if plan.triggers().is_empty() => {
                "the playbook has no trigger: it is started by hand or by a triage rule".into()
            }
            _ => String::new(),
        };
        let now = match &case {
            Some(case) => self.would_start(&plan, case, alert.as_ref()),
            None => Vec::new(),
        };
        Ok(Why {
            decisions,
            now,
            obstacle,
        })
    }

    fn would_start(&self, plan: &Plan, case: &Case, alert: Option<&Alert>) -> Vec<WouldStart> {
        let scope = match self.context_of(case, alert, &[]) {
            Value::Object(scope) => scope,
            _ => Map::new(),
        };
        let source = alert
            .and_then(|alert| self.source_by_id(alert.source))
            .map(|source| source.name.clone());
        plan.triggers()
            .iter()
            .map(|trigger| {
                let no = |reason: String| Judged::no(DecisionOutcome::Condition, reason);
                let judged = match trigger.kind() {
                    TriggerKind::CaseType(wanted) if *wanted != case.kind.as_str() => {
                        no(format!("the case is of type {}", case.kind.as_str()))
                    }
                    TriggerKind::Alert { .. } if alert.is_none() => {
                        no("it waits for an alert; name one".into())
                    }
                    TriggerKind::Alert {
                        source: Some(wanted),
                    } if source.as_deref() != Some(wanted.as_str()) => no(format!(
                        "the alert came from {}",
                        source.as_deref().unwrap_or("a source that is gone")
                    )),
                    TriggerKind::Schedule(_) => no("it waits for its moment".into()),
                    TriggerKind::Button { .. } => match Judged::of(trigger.judge(&scope)) {
                        judged if judged.outcome == DecisionOutcome::Started => {
                            no("the button is there; it waits for somebody to press it".into())
                        }
                        judged => judged,
                    },
                    TriggerKind::Api => no("it waits for a request".into()),
                    TriggerKind::Run { playbook, .. } => {
                        no(format!("it waits for the end of a run of {playbook}"))
                    }
                    TriggerKind::CaseType(_) | TriggerKind::Alert { .. } => {
                        let mut judged = Judged::of(trigger.judge(&scope));
                        if judged.outcome == DecisionOutcome::Started {
                            judged.reason = "it would start".into();
                        }
                        judged
                    }
                };
                WouldStart {
                    kind: trigger.word(),
                    trigger: trigger.text(),
                    starts: judged.outcome == DecisionOutcome::Started,
                    reason: judged.reason,
                    read: judged.read,
                }
            })
            .collect()
    }
}

fn state_of(alert: &Alert) -> String {
    use updraft_model::AlertState;
    match alert.state {
        AlertState::Received => "it waits in the inbox".into(),
        AlertState::Admitted => "its case is gone".into(),
        AlertState::Ignored => alert
            .diagnostics
            .last()
            .cloned()
            .unwrap_or_else(|| "a triage rule ignores it".into()),
    }
}
