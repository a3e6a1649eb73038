//! Intakes and their tokens. A token is shown once and kept as a SHA-256 hash only.

use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
};

use arc_swap::ArcSwap;
use parking_lot::Mutex;
use serde_json::json;
use updraft_model::{
    Actor, AuditEntry, Granted, Principal, Severity, Source, SourceId, TenantId, Timestamp, TokenId,
};
use updraft_store::{Op, Token, TokenOwner, Tx};

use crate::{App, Error, accounts::hash_token, clock, error::Result, new_id, secrets::hex};

/// Longest name of a source.
const NAME_CHARS_MAX: usize = 64;

/// The sources of all tenants in memory, with the hashes of their tokens.
#[derive(Debug, Default)]
pub struct Sources(ArcSwap<Known>, Heard);

/// When an alert came through each source: the last one, and the last that is on disk.
type Heard = Mutex<HashMap<SourceId, (Timestamp, Timestamp)>>;

/// A busy source has the time of its last alert written this seldom, milliseconds.
const HEARD_EVERY_MS: i64 = 60_000;

#[derive(Debug, Default, Clone)]
struct Known {
    by_id: BTreeMap<SourceId, Arc<Source>>,
    by_token: BTreeMap<[u8; 32], SourceId>,
}

/// What can be set on a source.
#[derive(Debug, Clone)]
pub struct SourceDraft {
    /// The name in the URL.
    pub name: String,
    /// The mapping, or `auto`.
    pub mapping: String,
    /// For alerts that say none.
    pub default_severity: Severity,
    /// False refuses alerts.
    pub enabled: bool,
}

impl Sources {
    /// Replaces all.
    pub fn replace(&self, sources: Vec<Source>) {
        let by_id = sources
            .into_iter()
            .map(|source| (source.id, Arc::new(source)))
            .collect();
        self.0.store(Arc::new(Known {
            by_id,
            by_token: BTreeMap::new(),
        }));
    }

    /// An alert came. True when that is to be written down with it.
    pub(crate) fn heard(&self, source: &Source, at: Timestamp) -> bool {
        let mut heard = self.1.lock();
        let stored = source.last_alert_at.unwrap_or(Timestamp::from_micros(0));
        let (last, written) = heard.entry(source.id).or_insert((stored, stored));
        *last = at.max(*last);
        let due = at.millis_since(*written) >= HEARD_EVERY_MS;
        if due {
            *written = at;
        }
        due
    }

    /// The source as people see it: with the time of its last alert.
    fn seen(&self, source: &Arc<Source>) -> Arc<Source> {
        match self.1.lock().get(&source.id) {
            Some((last, _)) => Arc::new(Source {
                last_alert_at: Some(*last),
                ..Source::clone(source)
            }),
            None => Arc::clone(source),
        }
    }

    fn change(&self, change: impl Fn(&mut Known)) {
        self.0.rcu(|known| {
            let mut known = Known::clone(known);
            change(&mut known);
            known
        });
    }
}

impl App {
    /// A source by its id.
    pub fn source_by_id(&self, id: SourceId) -> Option<Arc<Source>> {
        self.0.sources.0.load().by_id.get(&id).cloned()
    }

    /// Who hands in an alert: the source that the token belongs to, which must be the one in the URL.
    ///
    /// # Errors
    /// [`Error::Unauthenticated`], the same for a wrong token and for a source that does not exist.
    pub async fn authenticate_source(
        &self,
        name: &str,
        token: &str,
    ) -> Result<(Principal, Arc<Source>)> {
        let hash = hash_token(token);
        let known = self.0.sources.0.load().by_token.get(&hash).copied();
        let owner = match known {
            Some(id) => Some(id),
            None => self.source_of_token(hash).await?,
        };
        let source = owner
            .and_then(|id| self.source_by_id(id))
            .filter(|source| source.name == name);
        let Some(source) = source else {
            return Err(Error::Unauthenticated(
                "this token does not belong to a source of that name".into(),
            ));
        };
        let actor = Actor::Source {
            id: source.id,
            name: source.name.clone(),
        };
        Ok((
            Principal {
                tenant: source.tenant,
                actor,
                role: None,
            },
            source,
        ))
    }

    async fn source_of_token(&self, hash: [u8; 32]) -> Result<Option<SourceId>> {
        let Some(token) = self.0.store.token(hash).await? else {
            return Ok(None);
        };
        let TokenOwner::Source(id) = token.owner else {
            return Ok(None);
        };
        if token.expires_at.is_some_and(|end| end <= clock::now()) {
            return Ok(None);
        }
        if token.expires_at.is_none() {
            self.0.sources.change(|known| {
                known.by_token.insert(hash, id);
            });
        }
        Ok(Some(id))
    }

    /// A source of the tenant by its name.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub fn source_by_name(&self, tenant: TenantId, name: &str) -> Result<Arc<Source>> {
        let known = self.0.sources.0.load();
        known
            .by_id
            .values()
            .find(|source| source.tenant == tenant && source.name == name)
            .cloned()
            .ok_or_else(|| Error::not_found("source", name))
    }

    /// All sources of the tenant, by name.
    pub fn sources(&self, granted: &Granted) -> Vec<Arc<Source>> {
        let known = self.0.sources.0.load();
        let mut sources: Vec<_> = known
            .by_id
            .values()
            .filter(|source| source.tenant == granted.tenant())
            .map(|source| self.0.sources.seen(source))
            .collect();
        sources.sort_by(|a, b| a.name.cmp(&b.name));
        sources
    }

    /// Makes a source and its first token, which is answered once and never again.
    ///
    /// # Errors
    /// [`Error::Invalid`] for a bad name or mapping, [`Error::Conflict`] for a name that is taken.
    pub async fn create_source(
        &self,
        granted: &Granted,
        draft: SourceDraft,
    ) -> Result<(Source, String)> {
        let _turn = self.0.settings_turn.lock().await;
        self.check_source(&draft)?;
        if self.source_by_name(granted.tenant(), &draft.name).is_ok() {
            return Err(Error::Conflict(format!(
                "there is a source `{}` already",
                draft.name
            )));
        }
        let source = Source {
            id: new_id!(SourceId),
            tenant: granted.tenant(),
            name: draft.name,
            mapping: draft.mapping,
            default_severity: draft.default_severity,
            enabled: draft.enabled,
            created_at: clock::now(),
            last_alert_at: None,
        };
        let token = self
            .save_source(granted, &source, "source.create", true)
            .await?;
        Ok((source, token.unwrap_or_default()))
    }

    /// Changes a source.
    ///
    /// # Errors
    /// As [`App::create_source`].
    pub async fn change_source(
        &self,
        granted: &Granted,
        name: &str,
        draft: SourceDraft,
    ) -> Result<Source> {
        let _turn = self.0.settings_turn.lock().await;
        self.check_source(&draft)?;
        let mut source = (*self.source_by_name(granted.tenant(), name)?).clone();
        source.mapping = draft.mapping;
        source.default_severity = draft.default_severity;
        source.enabled = draft.enabled;
        self.save_source(granted, &source, "source.change", false)
            .await?;
        Ok(source)
    }

    /// A new token; the old ones stop working.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub async fn new_source_token(&self, granted: &Granted, name: &str) -> Result<String> {
        let _turn = self.0.settings_turn.lock().await;
        let source = (*self.source_by_name(granted.tenant(), name)?).clone();
        let token = self
            .save_source(granted, &source, "source.token", true)
            .await?;
        Ok(token.unwrap_or_default())
    }

    async fn save_source(
        &self,
        granted: &Granted,
        source: &Source,
        action: &str,
        with_token: bool,
    ) -> Result<Option<String>> {
        let now = clock::now();
        let mut tx = Tx::new(source.tenant).priority(Severity::High);
        tx.ops.push(Op::PutSource(source.clone()));
        let token = with_token.then(|| format!("ups_{}", hex(&clock::random_bytes::<24>())));
        if let Some(token) = &token {
            let owner = TokenOwner::Source(source.id);
            for old in self.0.store.tokens(granted).await? {
                if old.owner == owner {
                    tx.ops.push(Op::DeleteToken { id: old.id });
                }
            }
            let made = Token {
                id: new_id!(TokenId),
                tenant: source.tenant,
                owner,
                name: source.name.clone(),
                created_at: now,
                expires_at: None,
            };
            tx.ops.push(Op::PutToken {
                hash: hash_token(token),
                token: made,
            });
        }
        tx.ops.push(audit(
            granted,
            action,
            &source.name,
            json!({ "mapping": source.mapping }),
            now,
        ));
        self.0.store.commit(tx).await?;
        let source = Arc::new(source.clone());
        let hash = token.as_deref().map(hash_token);
        self.0.sources.change(|known| {
            known.by_id.insert(source.id, source.clone());
            if let Some(hash) = hash {
                known.by_token.retain(|_, id| *id != source.id);
                known.by_token.insert(hash, source.id);
            }
        });
        Ok(token)
    }

    fn check_source(&self, draft: &SourceDraft) -> Result<()> {
        let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        if draft.name.is_empty()
            || draft.name.len() > NAME_CHARS_MAX
            || !draft.name.chars().all(fits)
        {
            return Err(Error::invalid(
                "source.name",
                "the name of a source is 1 to 64 lower-case letters, digits and hyphens",
                "for example siem-prod",
            ));
        }
        let picture = self.catalog().now();
        if draft.mapping != "auto" && !picture.library().mappings.contains_key(&draft.mapping) {
            let known: Vec<&str> = picture
                .library()
                .mappings
                .keys()
                .map(String::as_str)
                .collect();
            return Err(Error::invalid(
                "source.mapping",
                format!("there is no mapping `{}`", draft.mapping),
                format!("use auto or one of: {}", known.join(", ")),
            ));
        }
        Ok(())
    }
}

/// An audit entry by whoever was granted the permission.
pub(crate) fn audit(
    granted: &Granted,
    action: &str,
    object: &str,
    detail: serde_json::Value,
    at: Timestamp,
) -> Op {
    Op::Audit(AuditEntry {
        tenant: granted.tenant(),
        at,
        actor: granted.actor().clone(),
        action: action.to_owned(),
        object: object.to_owned(),
        detail,
    })
}
