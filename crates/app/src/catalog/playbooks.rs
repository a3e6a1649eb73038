//! Which text of a playbook new runs take: the tenant's own live version before the shipped one of the same id.
//!
//! A published playbook carries everything that it calls. So a change of one own playbook changes every playbook that
//! calls it, shipped ones too, for this tenant and for nobody else.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use updraft_content::{Library, World};
use updraft_engine::{Plan, PlanSet};
use updraft_model::{BlobHash, CaseType, PlaybookText, TenantId, Timestamp};

use super::{Content, Picture};

/// A playbook version with everything that it calls.
#[derive(Debug, Clone)]
pub struct Published {
    /// SHA-256 of the bundle.
    pub digest: BlobHash,
    /// The YAML texts as JSON: playbook id to text.
    pub bundle: Arc<[u8]>,
    /// Checked and compiled.
    pub plans: PlanSet,
    /// The number of the tenant's own version; 0 for a shipped one.
    pub number: u32,
}

/// A tenant's own version that is live.
#[derive(Debug, Clone)]
pub struct OwnLive {
    /// Checked and compiled.
    pub plan: Arc<Plan>,
    /// Its text.
    pub text: Arc<str>,
    /// SHA-256 of its tests as they are kept; `None` when it has none.
    pub tests: Option<BlobHash>,
    /// Its number.
    pub number: u32,
    /// When it became live; the latest one of a case type stands first.
    pub activated_at: Timestamp,
}

/// What one tenant's runs take.
#[derive(Debug, Default)]
pub(super) struct Shelf {
    own: BTreeMap<String, OwnLive>,
    published: BTreeMap<String, Arc<Published>>,
    world: Arc<World>,
}

impl Shelf {
    pub(super) fn new(content: &Content, own: BTreeMap<String, OwnLive>) -> Self {
        let published = publish_all(&content.library, &own);
        let mut world = World::clone(&content.world);
        for (id, live) in &own {
            world.events.extend(live.plan.events());
            world.playbooks.insert(id.clone(), live.plan.clone());
        }
        Self {
            own,
            published,
            world: world.into(),
        }
    }
    pub(super) fn own(&self) -> &BTreeMap<String, OwnLive> {
        &self.own
    }
}

/// Every playbook that can be started, with the own ones over the shipped.
pub(super) fn publish_all(
    library: &Library,
    own: &BTreeMap<String, OwnLive>,
) -> BTreeMap<String, Arc<Published>> {
    let ids = library.playbooks.keys().chain(own.keys());
    ids.filter_map(|id| Some((id.clone(), Arc::new(publish(library, own, id)?))))
        .collect()
}

/// The playbook and everything that it calls; `None` when something called is missing.
fn publish(library: &Library, own: &BTreeMap<String, OwnLive>, id: &str) -> Option<Published> {
    let find = |id: &str| match own.get(id) {
        Some(live) => Some((live.plan.clone(), &*live.text)),
        None => {
            let playbook = library.playbooks.get(id)?;
            Some((playbook.plan.clone(), playbook.source.as_str()))
        }
    };
    let (main, text) = find(id)?;
    let mut called = BTreeMap::new();
    let mut texts = BTreeMap::from([(id.to_owned(), text)]);
    let mut open = main.calls();
    while let Some(next) = open.pop() {
        if next == id || called.contains_key(&next) {
            continue;
        }
        let (plan, text) = find(&next)?;
        open.extend(plan.calls());
        texts.insert(next.clone(), text);
        called.insert(next, plan);
    }
    let bundle: Arc<[u8]> = serde_json::to_vec(&texts).ok()?.into();
    Some(Published {
        digest: BlobHash::of(&bundle),
        bundle,
        plans: PlanSet { main, called },
        number: own.get(id).map_or(0, |live| live.number),
    })
}

impl Picture {
    /// The version of a playbook that the tenant's new runs take.
    pub fn published(&self, tenant: TenantId, id: &str) -> Option<&Arc<Published>> {
        self.all_published(tenant).get(id)
    }

    /// Every playbook that the tenant's new runs can take, by id.
    pub fn all_published(&self, tenant: TenantId) -> &BTreeMap<String, Arc<Published>> {
        match self.shelves.get(&tenant) {
            Some(shelf) => &shelf.published,
            None => &self.content.published,
        }
    }

    /// Whose playbooks there are: the tenant that every installation has, and those with live ones of their own.
    pub fn tenants(&self) -> BTreeSet<TenantId> {
        let own = self.shelves.keys().copied();
        own.chain([TenantId::DEFAULT]).collect()
    }

    /// What a playbook of the tenant may call.
    pub fn world(&self, tenant: TenantId) -> &Arc<World> {
        match self.shelves.get(&tenant) {
            Some(shelf) => &shelf.world,
            None => &self.content.world,
        }
    }

    /// The tenant's own live version of a playbook.
    pub fn own_live(&self, tenant: TenantId, id: &str) -> Option<&OwnLive> {
        self.shelves.get(&tenant)?.own.get(id)
    }

    /// The playbook that a new case of this type runs: of the own ones for the type the one that was activated
    /// last; else `preferred`, which the triage rule names; else a shipped one for the type.
    pub fn playbook_for<'p>(
        &'p self,
        tenant: TenantId,
        kind: &CaseType,
        preferred: &'p str,
    ) -> &'p str {
        let is_for = |plan: &Plan| plan.case_types().iter().any(|one| one == kind.as_str());
        let own = self.shelves.get(&tenant).into_iter();
        let own = own
            .flat_map(|shelf| &shelf.own)
            .filter(|(id, live)| is_for(&live.plan) && self.published(tenant, id).is_some())
            .max_by_key(|(_, live)| live.activated_at);
        if let Some((id, _)) = own {
            return id;
        }
        if self.published(tenant, preferred).is_some() {
            return preferred;
        }
        let mut shipped = self.all_published(tenant).iter();
        let found = shipped.find(|(_, published)| is_for(&published.plans.main));
        found.map_or(preferred, |(id, _)| id.as_str())
    }

    /// A shipped playbook as it is written, with its tests.
    pub fn shipped(&self, id: &str) -> Option<PlaybookText> {
        let playbook = self.content.library.playbooks.get(id)?;
        Some(PlaybookText {
            text: playbook.source.clone(),
            tests: self.content.tests.get(id).cloned().unwrap_or_default(),
        })
    }

    /// A plan with what it calls, as the tenant has it; or the ids of what is missing.
    pub fn plans_around(
        &self,
        tenant: TenantId,
        main: Arc<Plan>,
    ) -> std::result::Result<PlanSet, Vec<String>> {
        let mut called = BTreeMap::new();
        let mut missing = Vec::new();
        let mut open = main.calls();
        while let Some(next) = open.pop() {
            if next == main.id() || called.contains_key(&next) || missing.contains(&next) {
                continue;
            }
            let own = self.own_live(tenant, &next).map(|live| live.plan.clone());
            let shipped = || {
                let playbook = self.content.library.playbooks.get(&next)?;
                Some(playbook.plan.clone())
            };
            match own.or_else(shipped) {
                Some(plan) => {
                    open.extend(plan.calls());
                    called.insert(next, plan);
                }
                None => missing.push(next),
            }
        }
        match missing.is_empty() {
            true => Ok(PlanSet { main, called }),
            false => Err(missing),
        }
    }

    /// The tenant's own live playbooks that call this one, directly or through others.
    pub fn own_callers(&self, tenant: TenantId, id: &str) -> Vec<String> {
        let Some(shelf) = self.shelves.get(&tenant) else {
            return Vec::new();
        };
        let calls = |other: &&String| {
            let published = shelf.published.get(*other);
            **other != id && published.is_some_and(|one| one.plans.called.contains_key(id))
        };
        shelf.own.keys().filter(calls).cloned().collect()
    }
}
