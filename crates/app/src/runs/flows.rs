//! Fair turns: the runs that may work, in flows of one tenant and one severity each.
//!
//! A flow has a pass, which grows by less the more severe it is each time that one of its runs is taken; the flow
//! with the smallest pass is next. A flow that was empty begins one turn after the present pass and not at its old
//! one: a severe one is next almost at once, and nobody saves up turns. What follows:
//! - a flood of one tenant, or of one severity, delays a new run of another flow by the runs of a moment, not by the
//!   flood;
//! - every flow with something to do is taken in its turn: at worst once in as many turns as all weights together
//!   make;
//! - within one flow the oldest run is next, by its id, so also one that slept and wakes.
//!
//! Two parts of the places are kept free: a quarter for severe runs, an eighth for other tenants than the one that
//! fills the rest.

use std::{
    cmp::Reverse,
    collections::{BTreeMap, BTreeSet, HashMap},
};

use updraft_model::{RunId, Severity, TenantId};

use super::fair::Waiting;

/// What one turn adds to the pass of a flow of weight 1.
const STRIDE: u64 = 1 << 20;
/// One place in so many is kept for runs of high and critical cases.
const KEPT_FOR_SEVERE: usize = 4;
/// One place in so many is kept for other tenants than the one that fills the rest.
const KEPT_FOR_OTHERS: usize = 8;

/// How many turns a severity gets while the least has one.
pub(super) const fn weight(severity: Severity) -> u64 {
    match severity {
        Severity::Informational => 1,
        Severity::Low => 2,
        Severity::Medium => 4,
        Severity::High => 8,
        Severity::Critical => 16,
    }
}

fn is_severe(severity: Severity) -> bool {
    severity >= Severity::High
}

type FlowKey = (TenantId, Severity);
/// Where a flow stands: by pass; of equal ones the most severe first.
type Place = (u64, Reverse<Severity>, TenantId);

#[derive(Debug, Default)]
struct Flow {
    pass: u64,
    runs: BTreeMap<RunId, Waiting>,
}

/// The runs that may work, and how many do.
#[derive(Debug, Default)]
pub(super) struct Flows {
    flows: HashMap<FlowKey, Flow>,
    severe: BTreeSet<Place>,
    other: BTreeSet<Place>,
    /// The pass of the flow that was taken last.
    pass: u64,
    ready: usize,
    active: usize,
    active_other: usize,
    active_of: HashMap<TenantId, usize>,
}

impl Flows {
    /// How many runs may work and do not.
    pub(super) fn ready(&self) -> usize {
        self.ready
    }

    /// How many runs are at work.
    pub(super) fn active(&self) -> usize {
        self.active
    }

    /// A run may work.
    pub(super) fn push(&mut self, waiting: Waiting) {
        let key = (waiting.tenant, waiting.priority);
        let flow = self.flows.entry(key).or_default();
        if flow.runs.is_empty() {
            flow.pass = flow.pass.max(self.pass + STRIDE / weight(key.1));
            let place = (flow.pass, Reverse(key.1), key.0);
            self.order(key.1).insert(place);
        }
        if let Some(flow) = self.flows.get_mut(&key)
            && flow.runs.insert(waiting.run, waiting).is_none()
        {
            self.ready += 1;
        }
    }

    /// Takes a run out again; false if it is not here.
    pub(super) fn remove(&mut self, waiting: &Waiting) -> bool {
        let key = (waiting.tenant, waiting.priority);
        let Some(flow) = self.flows.get_mut(&key) else {
            return false;
        };
        if flow.runs.remove(&waiting.run).is_none() {
            return false;
        }
        self.ready -= 1;
        if flow.runs.is_empty() {
            let place = (flow.pass, Reverse(key.1), key.0);
            self.order(key.1).remove(&place);
        }
        true
    }

    /// Takes out the run whose turn it is, if one of `places` is free for it.
    pub(super) fn pop(&mut self, places: usize) -> Option<Waiting> {
        let other_may = self.active_other < places - places / KEPT_FOR_SEVERE;
        let tenant_max = places - places / KEPT_FOR_OTHERS;
        // At most one tenant can have filled its part, so at most a few flows are passed over.
        let first = |order: &BTreeSet<Place>| {
            let active = |place: &Place| self.active_of.get(&place.2).copied().unwrap_or(0);
            order
                .iter()
                .find(|place| active(place) < tenant_max)
                .copied()
        };
        let severe = first(&self.severe);
        let other = other_may.then(|| first(&self.other)).flatten();
        let place = severe.into_iter().chain(other).min()?;
        let key = (place.2, place.1.0);
        self.order(key.1).remove(&place);
        self.pass = self.pass.max(place.0);
        // Counted from the present pass: what could not be taken for want of a place saves up one turn at most.
        let pass = self.pass + STRIDE / weight(key.1);
        let flow = self.flows.get_mut(&key)?;
        flow.pass = pass;
        let (_, waiting) = flow.runs.pop_first()?;
        let more = !flow.runs.is_empty();
        self.ready -= 1;
        if more {
            self.order(key.1).insert((pass, Reverse(key.1), key.0));
        }
        Some(waiting)
    }

    /// A run takes a place.
    pub(super) fn begin(&mut self, waiting: &Waiting) {
        self.active += 1;
        self.active_other += usize::from(!is_severe(waiting.priority));
        *self.active_of.entry(waiting.tenant).or_default() += 1;
    }

    /// It gives its place back.
    pub(super) fn end(&mut self, waiting: &Waiting) {
        self.active = self.active.saturating_sub(1);
        let other = usize::from(!is_severe(waiting.priority));
        self.active_other = self.active_other.saturating_sub(other);
        if let Some(active) = self.active_of.get_mut(&waiting.tenant) {
            *active -= 1;
            if *active == 0 {
                self.active_of.remove(&waiting.tenant);
            }
        }
    }

    fn order(&mut self, severity: Severity) -> &mut BTreeSet<Place> {
        match is_severe(severity) {
            true => &mut self.severe,
            false => &mut self.other,
        }
    }
}
