//! The list of playbooks: what new runs take, what people work on, how the runs went, what the tests say.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};
use updraft_engine::Plan;
use updraft_model::{BlobHash, Draft, Granted, Playbook, TenantId};
use updraft_store::Health;

use super::{
    backtest::{self, LastBacktest},
    check::TestSummary,
};
use crate::{App, Error, catalog::Picture, clock, error::Result};

/// Days that the health of a playbook speaks of.
pub const HEALTH_DAYS: i64 = 30;
const DAY_MS: i64 = 24 * 60 * 60 * 1_000;

/// One playbook of the list.
#[derive(Debug, Clone)]
pub struct PlaybookHead {
    /// Its id.
    pub id: String,
    /// Its title.
    pub title: String,
    /// What it does.
    pub description: String,
    /// `shipped`, `own` or `git`.
    pub origin: &'static str,
    /// The case types that it is for.
    pub case_types: Vec<String>,
    /// Words that it is found by.
    pub tags: Vec<String>,
    /// What new runs take, with everything that it calls; `None` when they cannot.
    pub version: Option<BlobHash>,
    /// The team's own version that new runs take; `None` when that is the shipped one, or none.
    pub live: Option<u32>,
    /// The newest version; 0 when there is none.
    pub newest: u32,
    /// Counts every change; 0 when the team has none of its own.
    pub revision: u64,
    /// What people work on.
    pub draft: Option<Draft>,
    /// True when it was put away.
    pub archived: bool,
    /// True when one of this id ships with the program.
    pub shipped: bool,
    /// The repository's file that it comes from.
    pub git_file: Option<String>,
    /// What it takes: a list of `{name, type, required, default, options, summary}`.
    pub inputs: Value,
    /// What this team gives.
    pub given: Value,
    /// What starts it.
    pub triggers: Vec<TriggerLine>,
    /// How its runs of the last 30 days went; `None` when there were none.
    pub health: Option<Health>,
    /// What its tests say; `None` while they are being played, and when there are none.
    pub tests: Option<TestSummary>,
    /// The last backtest.
    pub backtest: Option<LastBacktest>,
}

/// What starts a playbook, in a few words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TriggerLine {
    /// `case_type`, …
    pub kind: String,
    /// In words.
    pub text: String,
}

impl App {
    /// All playbooks by id; those that were put away on request.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub async fn playbooks(&self, granted: &Granted, archived: bool) -> Result<Vec<PlaybookHead>> {
        let store = &self.0.store;
        let since = clock::now().plus_millis(-HEALTH_DAYS * DAY_MS);
        let (heads, mut health, settings) = tokio::try_join!(
            store.playbooks(granted),
            store.playbook_health(granted, since),
            store.settings(granted),
        )?;
        let heads: BTreeMap<String, Playbook> = heads
            .into_iter()
            .map(|head| (head.id.clone(), head))
            .collect();
        let picture = self.catalog().now();
        let tenant = granted.tenant();
        let served = picture.all_published(tenant).keys();
        let ids: BTreeSet<&String> = served.chain(heads.keys()).collect();
        let mut found = Vec::new();
        for id in ids {
            let own = heads.get(id);
            let is_away = own.is_some_and(|head| head.archived);
            if is_away && !archived && picture.published(tenant, id).is_none() {
                continue;
            }
            let mut line = self.line(&picture, tenant, id, own);
            line.health = health.remove(id);
            let kept = settings.get(&backtest::setting(id)).cloned();
            line.backtest = kept.map(backtest::read).transpose()?;
            found.push(line);
        }
        Ok(found)
    }

    /// One playbook as the list shows it.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub async fn playbook_head(&self, granted: &Granted, id: &str) -> Result<PlaybookHead> {
        let store = &self.0.store;
        let own = store.playbook(granted, id).await?.map(|(head, _)| head);
        let picture = self.catalog().now();
        let tenant = granted.tenant();
        if own.is_none() && picture.published(tenant, id).is_none() {
            return Err(Error::not_found("playbook", id));
        }
        let since = clock::now().plus_millis(-HEALTH_DAYS * DAY_MS);
        let mut line = self.line(&picture, tenant, id, own.as_ref());
        line.health = store.playbook_health(granted, since).await?.remove(id);
        line.backtest = self.last_backtest(granted, id).await?;
        Ok(line)
    }

    fn line(
        &self,
        picture: &Picture,
        tenant: TenantId,
        id: &str,
        own: Option<&Playbook>,
    ) -> PlaybookHead {
        let published = picture.published(tenant, id);
        let plan = published.map(|published| &published.plans.main);
        let is_own = own.filter(|head| head.newest > 0 || head.draft.is_some());
        let title = match plan {
            Some(plan) => plan.title().to_owned(),
            None => own.map_or_else(|| id.to_owned(), |head| head.title.clone()),
        };
        PlaybookHead {
            id: id.to_owned(),
            title,
            description: plan.map_or_else(String::new, |plan| plan.description().to_owned()),
            origin: match is_own {
                None => "shipped",
                Some(head) if head.git_file.is_some() => "git",
                Some(_) => "own",
            },
            case_types: plan.map_or_else(Vec::new, |plan| plan.case_types().to_vec()),
            tags: plan.map_or_else(Vec::new, |plan| plan.tags().to_vec()),
            version: published.map(|published| published.digest),
            live: own.and_then(|head| head.live),
            newest: own.map_or(0, |head| head.newest),
            revision: own.map_or(0, |head| head.revision),
            draft: own.and_then(|head| head.draft.clone()),
            archived: own.is_some_and(|head| head.archived),
            shipped: picture.library().playbooks.contains_key(id),
            git_file: own.and_then(|head| head.git_file.clone()),
            inputs: plan.map_or_else(|| json!([]), |plan| json!(plan.inputs())),
            given: super::inputs::seen(self.playbook_inputs(tenant, id)),
            triggers: plan.map_or_else(Vec::new, |plan| triggers(plan)),
            health: None,
            tests: self
                .live_tests(picture, tenant, id)
                .filter(|tests| tests.count > 0),
            backtest: None,
        }
    }
}

/// What starts a playbook.
fn triggers(plan: &Plan) -> Vec<TriggerLine> {
    let lines = plan.triggers().iter().map(|trigger| TriggerLine {
        kind: trigger.word().to_owned(),
        text: trigger.text(),
    });
    lines.collect()
}
