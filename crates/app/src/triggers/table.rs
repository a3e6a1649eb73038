//! Which playbooks wait for what: made once for each picture of the catalog, looked up by every alert.

use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
};

use parking_lot::Mutex;
use updraft_engine::{Plan, RunEnd, Schedule, Trigger, TriggerKind};
use updraft_model::{RunState, TenantId};

use crate::{App, catalog::Picture};

/// A trigger of a live playbook.
#[derive(Debug, Clone)]
pub(crate) struct Candidate {
    plan: Arc<Plan>,
    index: usize,
}

impl Candidate {
    pub fn playbook(&self) -> &str {
        self.plan.id()
    }
    pub fn plan(&self) -> &Plan {
        &self.plan
    }
    #[allow(clippy::indexing_slicing)]
    pub fn trigger(&self) -> &Trigger {
        // The index comes from walking along these very triggers.
        &self.plan.triggers()[self.index]
    }
    /// True for the short form: it makes the playbook the one for cases of the type, and does not stand beside it.
    pub fn is_short(&self) -> bool {
        self.trigger().pointer().starts_with("/case_types/")
    }
    pub fn word(&self) -> &'static str {
        self.trigger().word()
    }
    pub fn text(&self) -> String {
        self.trigger().text()
    }
}

/// The triggers of one tenant's live playbooks, by what they wait for.
#[derive(Debug, Default)]
pub(crate) struct Table {
    case_types: HashMap<String, Vec<Candidate>>,
    alerts: Vec<(Option<String>, Candidate)>,
    ends: HashMap<String, Vec<(RunEnd, Candidate)>>,
    buttons: Vec<Candidate>,
    schedules: Vec<Candidate>,
}

impl Table {
    fn of(picture: &Picture, tenant: TenantId) -> Self {
        let mut table = Self::default();
        for plan in live(picture, tenant) {
            for (index, trigger) in plan.triggers().iter().enumerate() {
                let candidate = Candidate {
                    plan: Arc::clone(&plan),
                    index,
                };
                match trigger.kind() {
                    TriggerKind::CaseType(name) => {
                        let of_type = table.case_types.entry(name.clone()).or_default();
                        of_type.push(candidate);
                    }
                    TriggerKind::Alert { source } => table.alerts.push((source.clone(), candidate)),
                    TriggerKind::Schedule(_) => table.schedules.push(candidate),
                    TriggerKind::Button { .. } => table.buttons.push(candidate),
                    TriggerKind::Run { playbook, outcome } => {
                        let of_run = table.ends.entry(playbook.clone()).or_default();
                        of_run.push((*outcome, candidate));
                    }
                    TriggerKind::Api => {}
                }
            }
        }
        table
    }

    pub fn of_case_type(&self, name: &str) -> Vec<Candidate> {
        self.case_types.get(name).cloned().unwrap_or_default()
    }

    pub fn has_alerts(&self) -> bool {
        !self.alerts.is_empty()
    }

    pub fn of_alert(&self, source: Option<&str>) -> Vec<Candidate> {
        let fits = |wanted: &Option<String>| wanted.is_none() || wanted.as_deref() == source;
        let found = self.alerts.iter().filter(|(wanted, _)| fits(wanted));
        found.map(|(_, candidate)| candidate.clone()).collect()
    }

    pub fn has_end(&self, playbook: &str) -> bool {
        self.ends.contains_key(playbook)
    }

    pub fn of_end(&self, playbook: &str, state: RunState) -> Vec<Candidate> {
        let fits = |end: RunEnd| match end {
            RunEnd::Any => true,
            RunEnd::Succeeded => state == RunState::Succeeded,
            RunEnd::Failed => state == RunState::Failed,
            RunEnd::Cancelled => state == RunState::Cancelled,
        };
        let of_run = self.ends.get(playbook).into_iter().flatten();
        of_run
            .filter(|(end, _)| fits(*end))
            .map(|(_, candidate)| candidate.clone())
            .collect()
    }

    pub fn buttons(&self) -> &[Candidate] {
        &self.buttons
    }

    /// Each schedule with the key that tells it from the playbook's others.
    pub fn schedules(&self) -> impl Iterator<Item = (&Candidate, &Schedule, String)> {
        self.schedules
            .iter()
            .filter_map(|candidate| match candidate.trigger().kind() {
                TriggerKind::Schedule(schedule) => {
                    Some((candidate, &**schedule, schedule_key(schedule)))
                }
                _ => None,
            })
    }
}

/// What tells a schedule from the others of its playbook: its moments.
pub(crate) fn schedule_key(schedule: &Schedule) -> String {
    format!("{} {}", schedule.cron(), schedule.zone())
}

/// The playbooks that new runs of a tenant take.
fn live(picture: &Picture, tenant: TenantId) -> Vec<Arc<Plan>> {
    let published = picture.all_published(tenant).values();
    published.map(|one| Arc::clone(&one.plans.main)).collect()
}

/// The tables of a picture.
#[derive(Debug, Default)]
pub(crate) struct Tables(Mutex<Made>);

#[derive(Debug, Default)]
struct Made {
    of: Option<Arc<Picture>>,
    by_tenant: BTreeMap<TenantId, Arc<Table>>,
}

impl App {
    /// What the tenant's live playbooks wait for, as they are now.
    pub(crate) fn table_of(&self, tenant: TenantId) -> Arc<Table> {
        let picture = self.catalog().now();
        let mut made = self.0.tables.0.lock();
        if !made.of.as_ref().is_some_and(|of| Arc::ptr_eq(of, &picture)) {
            made.by_tenant.clear();
            made.of = Some(Arc::clone(&picture));
        }
        let table = made.by_tenant.entry(tenant);
        Arc::clone(table.or_insert_with(|| Arc::new(Table::of(&picture, tenant))))
    }

    /// The tables of all tenants with the picture that they are made of.
    pub(crate) fn all_tables(&self) -> (Arc<Picture>, Vec<(TenantId, Arc<Table>)>) {
        let picture = self.catalog().now();
        let tables = picture
            .tenants()
            .into_iter()
            .map(|tenant| (tenant, self.table_of(tenant)))
            .collect();
        (picture, tables)
    }
}
