//! Reading a text and playing its tests, stored or not. Nothing here writes anything.
//!
//! Tests are played on threads that may block, few at a time, and once for each combination of text, tests and
//! called playbooks; the outcome is remembered.

use std::{collections::BTreeSet, num::NonZeroUsize, sync::Arc};

use lru::LruCache;
use parking_lot::Mutex;
use updraft_content::{
    World, check_playbook,
    graph::{Graph, graph},
    tree::{Tree, tree},
    trials::{Tested, Tried, read_tests, run_tests},
};
use updraft_engine::{Outline, Plan};
use updraft_model::{BlobHash, Diagnostic, Granted, Level, PlaybookText, TenantId, Timestamp};

use super::check_sizes;
use crate::{App, Error, catalog::Picture, clock, error::Result, events::Change};

/// Outcomes that are remembered.
const REMEMBERED_MAX: NonZeroUsize = NonZeroUsize::new(1_000).unwrap();
/// Playbooks whose tests are played at the same time.
const PLAYING_MAX: usize = 2;
/// The name of the text in what is said about it.
pub(crate) const FILE: &str = "playbook.yaml";

/// What is to be said about a text.
#[derive(Debug)]
pub struct Checked {
    /// What is wrong with the text and its tests, with places.
    pub diagnostics: Vec<Diagnostic>,
    /// The plan, if the text can be used.
    pub plan: Option<Arc<Plan>>,
    /// Its steps with places; `None` when it is no YAML.
    pub tree: Option<Tree>,
    /// Its steps as nodes and arrows.
    pub graph: Graph,
    /// True when the text has no errors by itself; warnings, and what is wrong with tests, do not count.
    pub sound: bool,
    /// True when it has none among what there is to call either.
    pub fits: bool,
}

impl Checked {
    /// The tree of steps as the machine sees it, if the text can be used.
    pub fn outline(&self) -> Option<Outline> {
        self.plan.as_ref().map(|plan| plan.outline())
    }
    /// The id that the text gives itself; empty if it gives none.
    pub(crate) fn id(&self) -> &str {
        self.tree.as_ref().map_or("", |tree| tree.id.as_str())
    }
    /// The title that the text gives itself, or its id.
    pub(crate) fn title(&self) -> &str {
        match &self.tree {
            Some(tree) if !tree.title.is_empty() => &tree.title,
            _ => self.id(),
        }
    }
    /// The errors in a few words.
    pub(crate) fn errors(&self) -> Vec<String> {
        let errors = self.diagnostics.iter();
        errors
            .filter(|one| one.level == Level::Error && one.file == FILE)
            .map(in_short)
            .collect()
    }
}

/// A finding in one line.
pub(crate) fn in_short(found: &Diagnostic) -> String {
    format!(
        "{}:{}:{}: {} [{}]",
        found.file, found.line, found.column, found.message, found.code
    )
}

/// How tests went, and when they were played.
#[derive(Debug)]
pub struct PlayedTests {
    /// The tests, and how far they go.
    pub tested: Tested,
    /// When they were played.
    pub at: Timestamp,
}

impl PlayedTests {
    /// How many passed.
    pub fn passed(&self) -> usize {
        let tests = self.tested.tests.iter();
        tests.filter(|test| test.passed).count()
    }
}

/// The tests of a version in numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TestSummary {
    /// How many there are.
    pub count: usize,
    /// How many pass.
    pub passed: usize,
    /// Hundredths of the branches that they take.
    pub coverage: u32,
    /// When they were played.
    pub at: Timestamp,
}

/// Outcomes by what was played.
#[derive(Debug)]
pub(crate) struct TestCache {
    outcomes: Mutex<LruCache<BlobHash, Arc<PlayedTests>>>,
    places: tokio::sync::Semaphore,
    /// What is being played in the background.
    playing: Mutex<BTreeSet<BlobHash>>,
}

impl Default for TestCache {
    fn default() -> Self {
        Self {
            outcomes: Mutex::new(LruCache::new(REMEMBERED_MAX)),
            places: tokio::sync::Semaphore::new(PLAYING_MAX),
            playing: Mutex::default(),
        }
    }
}

/// SHA-256 of tests as they are kept; `None` when there are none.
pub(crate) fn tests_content(bundle: &PlaybookText) -> Result<Option<(BlobHash, Arc<[u8]>)>> {
    if bundle.tests.is_empty() {
        return Ok(None);
    }
    let bytes = serde_json::to_vec(&bundle.tests)
        .map_err(|error| Error::Internal(format!("tests cannot be written as JSON: {error}")))?;
    Ok(Some((BlobHash::of(&bytes), bytes.into())))
}

/// Everything about a text and its tests that needs no playing.
pub(crate) fn check(bundle: &PlaybookText, world: &World) -> Checked {
    let (plan, mut diagnostics) = check_playbook(FILE, &bundle.text, world);
    let fits = diagnostics.iter().all(|one| one.level != Level::Error);
    for (name, text) in &bundle.tests {
        let found = read_tests(&format!("tests/{name}"), text).err();
        diagnostics.extend(found.unwrap_or_default());
    }
    let tree = tree(&bundle.text);
    let graph = tree.as_ref().map(graph).unwrap_or_default();
    Checked {
        diagnostics,
        sound: plan.is_ok(),
        fits: plan.is_ok() && fits,
        plan: plan.ok().map(Arc::new),
        tree,
        graph,
    }
}

impl App {
    /// What is to be said about a text; stores nothing.
    ///
    /// # Errors
    /// [`Error::Invalid`] when it is too large.
    pub fn check_playbook(&self, granted: &Granted, bundle: &PlaybookText) -> Result<Checked> {
        check_sizes(bundle)?;
        Ok(self.checked(granted, bundle))
    }

    /// What is to be said about a text among what the tenant has.
    pub(crate) fn checked(&self, granted: &Granted, bundle: &PlaybookText) -> Checked {
        check(bundle, self.catalog().now().world(granted.tenant()))
    }

    /// Plays the tests of a text; stores nothing.
    ///
    /// # Errors
    /// [`Error::Invalid`] when it is too large or has errors, [`Error::Refused`] when it calls what is not there.
    pub async fn play_playbook_tests(
        &self,
        granted: &Granted,
        bundle: &PlaybookText,
    ) -> Result<Arc<PlayedTests>> {
        check_sizes(bundle)?;
        let checked = self.checked(granted, bundle);
        let Some(plan) = checked.plan.clone().filter(|_| checked.sound) else {
            let first = checked.errors().into_iter().next().unwrap_or_default();
            return Err(Error::invalid(
                "playbook.errors",
                format!("a playbook with errors cannot be played: {first}"),
                "correct what /api/v1/playbooks/check says",
            ));
        };
        self.played_tests(granted.tenant(), plan, bundle).await
    }

    /// The outcome of the tests, played if it is not remembered.
    pub(crate) async fn played_tests(
        &self,
        tenant: TenantId,
        plan: Arc<Plan>,
        bundle: &PlaybookText,
    ) -> Result<Arc<PlayedTests>> {
        let picture = self.catalog().now();
        let plans = picture
            .plans_around(tenant, plan)
            .map_err(|missing| missing_calls(&missing))?;
        let tests = tests_content(bundle)?.map(|(digest, _)| digest);
        let text = BlobHash::of(bundle.text.as_bytes());
        let key = cache_key(&picture, tenant, (text, tests), plans.called.keys());
        if let Some(known) = self.remembered_tests(key) {
            return Ok(known);
        }
        let cache = &self.0.test_cache;
        let closed = |error| Error::Internal(format!("tests cannot be played: {error}"));
        let _place = cache.places.acquire().await.map_err(closed)?;
        if let Some(known) = self.remembered_tests(key) {
            return Ok(known);
        }
        let text = bundle.text.clone();
        let tests: Vec<(String, String)> = bundle
            .tests
            .iter()
            .map(|(name, text)| (format!("tests/{name}"), text.clone()))
            .collect();
        let tested = tokio::task::spawn_blocking(move || {
            let tried = Tried {
                file: FILE,
                text: &text,
                plans: &plans,
            };
            run_tests(tried, &tests, picture.library())
        })
        .await
        .map_err(|error| Error::Internal(format!("playing tests broke off: {error}")))?;
        let at = clock::now();
        let played = Arc::new(PlayedTests { tested, at });
        cache.outcomes.lock().put(key, played.clone());
        Ok(played)
    }

    fn remembered_tests(&self, key: BlobHash) -> Option<Arc<PlayedTests>> {
        self.0.test_cache.outcomes.lock().get(&key).cloned()
    }

    /// The tests of what new runs of a playbook take, if they are remembered; else they are played in the
    /// background, and who watches is told.
    pub(crate) fn live_tests(
        &self,
        picture: &Picture,
        tenant: TenantId,
        id: &str,
    ) -> Option<TestSummary> {
        let published = picture.published(tenant, id)?;
        let (text, tests) = match picture.own_live(tenant, id) {
            Some(own) => (BlobHash::of(own.text.as_bytes()), own.tests),
            None => {
                let bundle = picture.shipped(id)?;
                let tests = tests_content(&bundle).ok()?.map(|(digest, _)| digest);
                (BlobHash::of(bundle.text.as_bytes()), tests)
            }
        };
        let called = published.plans.called.keys();
        let key = cache_key(picture, tenant, (text, tests), called);
        if let Some(known) = self.remembered_tests(key) {
            return Some(TestSummary {
                count: known.tested.tests.len(),
                passed: known.passed(),
                coverage: known.tested.coverage.percent,
                at: known.at,
            });
        }
        if !self.0.test_cache.playing.lock().insert(key) {
            return None;
        }
        let app = self.clone();
        let id = id.to_owned();
        tokio::spawn(async move {
            let played = app.play_live_tests(tenant, &id).await;
            app.0.test_cache.playing.lock().remove(&key);
            match played {
                Ok(()) => app.0.events.tell(tenant, Change::Playbook { id }),
                Err(error) => {
                    tracing::warn!(playbook = %id, error = %error, "The tests of the playbook `{id}` cannot be played");
                }
            }
        });
        None
    }

    async fn play_live_tests(&self, tenant: TenantId, id: &str) -> Result<()> {
        let picture = self.catalog().now();
        let Some(published) = picture.published(tenant, id) else {
            return Ok(());
        };
        let bundle = match published.number {
            0 => picture.shipped(id).unwrap_or_default(),
            number => {
                let driver = App::driver(tenant);
                self.playbook_version(&driver, id, number).await?.1
            }
        };
        let plan = published.plans.main.clone();
        self.played_tests(tenant, plan, &bundle).await.map(|_| ())
    }
}

/// What an outcome is remembered by: the text, its tests, and the texts that it calls.
fn cache_key<'c>(
    picture: &Picture,
    tenant: TenantId,
    (text, tests): (BlobHash, Option<BlobHash>),
    called: impl Iterator<Item = &'c String>,
) -> BlobHash {
    let mut bytes = text.as_bytes().to_vec();
    bytes.push(u8::from(tests.is_some()));
    bytes.extend(tests.iter().flat_map(|tests| tests.as_bytes()));
    for id in called {
        let other = match picture.own_live(tenant, id) {
            Some(own) => BlobHash::of(own.text.as_bytes()),
            None => match picture.library().playbooks.get(id) {
                Some(shipped) => shipped.digest,
                None => continue,
            },
        };
        bytes.extend(other.as_bytes());
    }
    BlobHash::of(&bytes)
}

pub(crate) fn missing_calls(missing: &[String]) -> Error {
    Error::refused(
        "playbook.calls",
        format!("it calls what is not live: {}", missing.join(", ")),
        "activate those playbooks first, or correct their names",
    )
}
