//! What playbooks take, and the values that this team gives.

use std::{collections::BTreeMap, sync::Arc};

use arc_swap::ArcSwap;
use serde_json::{Map, Value, json};
use updraft_engine::{InputSpec, Plan};
use updraft_model::{Granted, Permission, Run, Severity, TenantId};
use updraft_store::{Op, Tx};

use crate::{
    App, Error, clock,
    error::Result,
    sealing::{reseal, without_boxes},
    secrets::Keyring,
    sources::audit,
};

/// The values that tenants give to playbook inputs.
#[derive(Debug, Default)]
pub struct PlaybookInputs(ArcSwap<BTreeMap<(TenantId, String), Value>>);

fn setting(id: &str) -> String {
    format!("playbook.{id}.inputs")
}

/// What people see of sealed values.
pub(super) fn seen(mut given: Value) -> Value {
    without_boxes(&mut given);
    given
}

impl App {
    /// The values that the tenant gives to a playbook's inputs.
    pub(crate) fn playbook_inputs(&self, tenant: TenantId, id: &str) -> Value {
        let inputs = self.0.playbook_inputs.0.load();
        inputs
            .get(&(tenant, id.to_owned()))
            .cloned()
            .unwrap_or_else(|| json!({}))
    }

    /// What this run starts with: what it was given, over what the tenant gives.
    pub(crate) fn inputs_given(&self, run: &Run, plan: &Plan) -> Value {
        let mut given = self.inputs_of_run(run.tenant, &run.playbook, plan);
        // Whoever asked for this very run knows best; a value that does not fit fails it, with the reason.
        if let (Value::Object(given), Some(Value::Object(own))) =
            (&mut given, run.cause.as_ref().map(|cause| &cause.inputs))
        {
            given.extend(own.clone());
        }
        given
    }

    /// What a run of this plan starts with: of the values that the tenant gives those that this version
    /// takes. A value that was set for another version must not keep every run from starting.
    pub(crate) fn inputs_of_run(&self, tenant: TenantId, id: &str, plan: &Plan) -> Value {
        let Value::Object(mut given) = self.playbook_inputs(tenant, id) else {
            return json!({});
        };
        given.retain(|name, value| {
            let takes = |spec: &InputSpec| {
                spec.name == *name
                    && spec.kind.fits(value)
                    && (spec.options.is_empty() || spec.options.contains(value))
            };
            let kept = plan.inputs().iter().any(takes);
            if !kept {
                tracing::warn!(playbook = %id, input = %name, "The playbook `{id}` no longer takes the value that is set for `{name}`");
            }
            kept
        });
        Value::Object(given)
    }

    /// Sets the values that new runs of a playbook start with; a null takes a value away.
    ///
    /// # Errors
    /// [`Error::NotFound`] for an unknown playbook, [`Error::Invalid`] for a value that it does not take.
    pub async fn set_playbook_inputs(
        &self,
        granted: &Granted,
        id: &str,
        values: Map<String, Value>,
    ) -> Result<Value> {
        let _turn = self.0.settings_turn.lock().await;
        let picture = self.catalog().now();
        let published = picture
            .published(granted.tenant(), id)
            .ok_or_else(|| Error::not_found("playbook", id))?;
        let known = published.plans.main.inputs();
        let mut given = match self.playbook_inputs(granted.tenant(), id) {
            Value::Object(given) => given,
            _ => Map::new(),
        };
        for (name, value) in values {
            let Some(spec) = known.iter().find(|spec| spec.name == name) else {
                let names: Vec<&str> = known.iter().map(|spec| spec.name.as_str()).collect();
                return Err(Error::invalid(
                    "playbook.input",
                    format!("the playbook `{id}` has no input `{name}`"),
                    format!("it takes: {}", names.join(", ")),
                ));
            };
            if value.is_null() {
                given.remove(&name);
                continue;
            }
            let value = self.seal_input(granted.tenant(), spec, value)?;
            if !spec.kind.fits(&value) {
                return Err(Error::invalid(
                    "playbook.input",
                    format!("`{name}` takes a value of the type {}", spec.kind.word()),
                    &spec.summary,
                ));
            }
            if !spec.options.is_empty() && !spec.options.contains(&value) {
                let options: Vec<String> = spec.options.iter().map(Value::to_string).collect();
                return Err(Error::invalid(
                    "playbook.input",
                    format!("{value} is no value of `{name}`"),
                    format!("use one of: {}", options.join(", ")),
                ));
            }
            given.insert(name, value);
        }
        let given = Value::Object(given);
        let now = clock::now();
        let tx = Tx::new(granted.tenant())
            .priority(Severity::High)
            .with(Op::PutSetting {
                name: setting(id),
                value: given.clone(),
            })
            .with(audit(
                granted,
                "playbook.inputs",
                id,
                seen(given.clone()),
                now,
            ));
        self.0.store.commit(tx).await?;
        let key = (granted.tenant(), id.to_owned());
        self.0.playbook_inputs.0.rcu(|inputs| {
            let mut inputs = BTreeMap::clone(inputs);
            inputs.insert(key.clone(), given.clone());
            inputs
        });
        Ok(seen(given))
    }

    /// Seals what the tenants give with the newest key; says how many playbooks that concerned.
    pub(crate) async fn reseal_playbook_inputs(&self, keyring: &Keyring) -> Result<usize> {
        let mut resealed = 0;
        let all = BTreeMap::clone(&self.0.playbook_inputs.0.load());
        for ((tenant, id), mut given) in all {
            if !reseal(keyring, tenant, &mut given)? {
                continue;
            }
            let granted = Granted::system(tenant, "key rotation", Permission::ConfigWrite);
            let now = clock::now();
            let tx = Tx::new(tenant)
                .priority(Severity::High)
                .with(Op::PutSetting {
                    name: setting(&id),
                    value: given.clone(),
                })
                .with(audit(&granted, "playbook.reseal", &id, json!({}), now));
            self.0.store.commit(tx).await?;
            self.0.playbook_inputs.0.rcu(|inputs| {
                let mut inputs = BTreeMap::clone(inputs);
                inputs.insert((tenant, id.clone()), given.clone());
                inputs
            });
            resealed += 1;
        }
        Ok(resealed)
    }

    /// Reads what the tenant gives from the store, at the start: also for playbooks that become live later.
    pub(crate) async fn load_playbook_inputs(&self, tenant: TenantId) -> Result<()> {
        let settings = self.0.store.settings(&App::driver(tenant)).await?;
        let inputs = settings.into_iter().filter_map(|(name, value)| {
            let id = name.strip_prefix("playbook.")?.strip_suffix(".inputs")?;
            Some(((tenant, id.to_owned()), value))
        });
        self.0.playbook_inputs.0.store(Arc::new(inputs.collect()));
        Ok(())
    }
}
