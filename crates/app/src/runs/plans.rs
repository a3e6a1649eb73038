//! The playbook versions of runs: the live ones from the content, older ones from what was pinned.

use std::{
    collections::{BTreeMap, HashSet},
    num::NonZeroUsize,
    sync::Arc,
};

use lru::LruCache;
use parking_lot::Mutex;
use updraft_engine::PlanSet;
use updraft_model::{BlobHash, Run, TenantId};
use updraft_store::{Op, Tx};

use crate::{App, Error, catalog::Published, error::Result};

/// Versions kept parsed.
const PARSED_MAX: NonZeroUsize = NonZeroUsize::new(256).unwrap();
/// Versions that new runs took of late, kept until they are pinned.
const TAKEN_MAX: NonZeroUsize = NonZeroUsize::new(1_024).unwrap();
/// Digests remembered as already pinned in the store.
const PINNED_MAX: usize = 65_536;

/// Parsed versions, and which texts the store already holds.
#[derive(Debug)]
pub struct Plans {
    parsed: Mutex<LruCache<BlobHash, PlanSet>>,
    pinned: Mutex<HashSet<(TenantId, BlobHash)>>,
    taken: Mutex<LruCache<BlobHash, Arc<Published>>>,
}

impl Default for Plans {
    fn default() -> Self {
        Self {
            parsed: Mutex::new(LruCache::new(PARSED_MAX)),
            pinned: Mutex::default(),
            taken: Mutex::new(LruCache::new(TAKEN_MAX)),
        }
    }
}

impl Plans {
    /// A new run took this version: it is pinned in the run's transaction, whatever is live by then.
    pub(crate) fn taken(&self, published: &Arc<Published>) {
        let mut taken = self.taken.lock();
        if !taken.contains(&published.digest) {
            taken.put(published.digest, published.clone());
        }
    }

    /// True the first time; the caller then pins the text in its transaction.
    pub fn is_pinned(&self, tenant: TenantId, digest: BlobHash) -> bool {
        self.pinned.lock().contains(&(tenant, digest))
    }

    /// To be called once the transaction that pins it is durable.
    pub fn pinned(&self, tenant: TenantId, digest: BlobHash) {
        let mut pinned = self.pinned.lock();
        if pinned.len() >= PINNED_MAX {
            pinned.clear();
        }
        pinned.insert((tenant, digest));
    }
}

impl App {
    /// Adds the run's playbook text to the transaction, unless the store has it already.
    ///
    /// # Errors
    /// [`Error::Internal`] when the version is nowhere any more: the run must not be stored then.
    pub(crate) fn pin_playbook(&self, tx: &mut Tx, run: &Run) -> Result<()> {
        let digest = run.playbook_version;
        if self.0.plans.is_pinned(run.tenant, digest) {
            return Ok(());
        }
        let taken = self.0.plans.taken.lock().get(&digest).cloned();
        let live = || {
            let picture = self.catalog().now();
            let published = picture.published(run.tenant, &run.playbook).cloned();
            published.filter(|live| live.digest == digest)
        };
        let published = taken.or_else(live).ok_or_else(|| {
            let name = &run.playbook;
            Error::Internal(format!(
                "version {digest} of the playbook `{name}` is not at hand any more"
            ))
        })?;
        tx.ops.push(Op::PutContentVersion {
            digest,
            kind: "playbook".into(),
            name: run.playbook.clone(),
            body: published.bundle.clone(),
        });
        Ok(())
    }

    /// Remembers that the text is durable.
    pub(crate) fn playbook_is_pinned(&self, run: &Run) {
        self.0.plans.pinned(run.tenant, run.playbook_version);
    }

    /// The plans of a version, with everything that it calls.
    pub(crate) async fn plans_of(&self, run: &Run) -> Result<PlanSet> {
        if let Some(set) = self.0.plans.parsed.lock().get(&run.playbook_version) {
            return Ok(set.clone());
        }
        let picture = self.catalog().now();
        let live = picture.published(run.tenant, &run.playbook);
        if let Some(published) = live.filter(|live| live.digest == run.playbook_version) {
            return Ok(published.plans.clone());
        }
        let bundle = self
            .0
            .store
            .content_version(&App::driver(run.tenant), run.playbook_version)
            .await?
            .map(|version| version.body)
            .ok_or_else(|| {
                Error::Internal(format!(
                    "version {} of the playbook `{}` is neither live nor pinned",
                    run.playbook_version, run.playbook
                ))
            })?;
        let set = parse_bundle(&bundle, &run.playbook)?;
        self.0
            .plans
            .parsed
            .lock()
            .put(run.playbook_version, set.clone());
        Ok(set)
    }
}

/// A bundle is a JSON object, playbook id to its YAML text: the main one and everything it calls.
pub(crate) fn parse_bundle(bundle: &[u8], main: &str) -> Result<PlanSet> {
    let broken =
        |why: String| Error::Internal(format!("the pinned playbook `{main}` is unreadable: {why}"));
    let texts: BTreeMap<String, String> =
        serde_json::from_slice(bundle).map_err(|error| broken(error.to_string()))?;
    let mut called = BTreeMap::new();
    let mut main_plan = None;
    for (id, text) in texts {
        let plan = updraft_content::parse_playbook(&id, &text).map_err(|found| {
            broken(
                found
                    .first()
                    .map(|one| one.message.clone())
                    .unwrap_or_default(),
            )
        })?;
        if id == main {
            main_plan = Some(Arc::new(plan));
        } else {
            called.insert(id, Arc::new(plan));
        }
    }
    let main = main_plan.ok_or_else(|| broken("its own text is missing".into()))?;
    Ok(PlanSet { main, called })
}
