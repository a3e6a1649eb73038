//! Configured instances of connectors, and their secrets.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use updraft_connector::{Call, CallError, ErrorCode};
use updraft_egress::Performed;
use updraft_model::{Connection, ConnectionId, Granted, Reliability, Severity, connections::Pace};
use updraft_store::{Op, Tx};

use crate::{
    App, Error, catalog::Configured, clock, error::Result, new_id, secrets::Secret, sources::audit,
};

/// What can be set on a connection; `None` keeps what is there.
#[derive(Debug, Clone, Default)]
pub struct ConnectionDraft {
    /// What people call it.
    pub name: Option<String>,
    /// Replaces the manifest's base URL; empty keeps the manifest's.
    pub base_url: Option<String>,
    /// The manifest's settings.
    pub settings: Option<BTreeMap<String, Value>>,
    /// Secrets to set; an empty value removes one.
    pub secrets: BTreeMap<String, String>,
    /// How far its verdicts are trusted.
    pub reliability: Option<Reliability>,
    /// The pace that the team's plan allows.
    pub pace: Option<Pace>,
    /// False keeps it out of every fan-out.
    pub enabled: Option<bool>,
    /// True allows private addresses.
    pub allow_private: Option<bool>,
}

/// What the product said to a test.
#[derive(Debug, Clone)]
pub struct Tested {
    /// True when it answered as it should.
    pub ok: bool,
    /// In words.
    pub message: String,
    /// How to mend it; may be empty.
    pub hint: String,
    /// Milliseconds.
    pub latency_ms: u64,
}

/// A connection and whether it can be used.
#[derive(Debug, Clone)]
pub struct ConnectionView {
    /// The configured instance.
    pub connection: Connection,
    /// Why it cannot be used, if it cannot.
    pub problem: Option<String>,
}

impl App {
    /// All connections of the tenant, by name.
    pub fn connections(&self, granted: &Granted) -> Vec<ConnectionView> {
        let picture = self.catalog().now();
        let mut views: Vec<ConnectionView> = picture
            .connections
            .iter()
            .filter(|((tenant, _), _)| *tenant == granted.tenant())
            .map(|(_, wired)| ConnectionView {
                connection: wired.connection.clone(),
                problem: wired.problem.clone(),
            })
            .collect();
        views.sort_by(|a, b| a.connection.name.cmp(&b.connection.name));
        views
    }

    /// One connection.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub fn connection(&self, granted: &Granted, id: ConnectionId) -> Result<ConnectionView> {
        let picture = self.catalog().now();
        let wired = picture
            .connection(granted.tenant(), id)
            .ok_or_else(|| Error::not_found("connection", id))?;
        Ok(ConnectionView {
            connection: wired.connection.clone(),
            problem: wired.problem.clone(),
        })
    }

    /// Configures a new instance of a connector. It takes part in the next fan-out.
    ///
    /// # Errors
    /// [`Error::Invalid`] for an unknown connector, setting or secret, [`Error::Conflict`] for a taken name.
    pub async fn create_connection(
        &self,
        granted: &Granted,
        connector: &str,
        draft: ConnectionDraft,
    ) -> Result<ConnectionView> {
        let _turn = self.0.settings_turn.lock().await;
        let picture = self.catalog().now();
        let Some(manifest) = picture.library().connectors.get(connector) else {
            return Err(Error::invalid(
                "connection.connector",
                format!("there is no connector `{connector}`"),
                "see the list under Connections, or `updraft connector list`",
            ));
        };
        let now = clock::now();
        let connection = Connection {
            id: new_id!(ConnectionId),
            tenant: granted.tenant(),
            connector: connector.to_owned(),
            name: draft
                .name
                .clone()
                .unwrap_or_else(|| manifest.manifest.name.clone()),
            base_url: String::new(),
            settings: BTreeMap::new(),
            secrets: Vec::new(),
            reliability: manifest.manifest.reliability,
            pace: Pace::default(),
            enabled: true,
            allow_private: false,
            created_at: now,
            updated_at: now,
        };
        self.save_connection(
            granted,
            connection,
            BTreeMap::new(),
            draft,
            "connection.create",
        )
        .await
    }

    /// Changes a connection.
    ///
    /// # Errors
    /// As [`App::create_connection`].
    pub async fn change_connection(
        &self,
        granted: &Granted,
        id: ConnectionId,
        draft: ConnectionDraft,
    ) -> Result<ConnectionView> {
        let _turn = self.0.settings_turn.lock().await;
        let connection = self.connection(granted, id)?.connection;
        let secrets = self.open_secrets(&connection).await?;
        self.save_connection(granted, connection, secrets, draft, "connection.change")
            .await
    }

    /// Removes a connection and its secrets.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub async fn delete_connection(&self, granted: &Granted, id: ConnectionId) -> Result<()> {
        let _turn = self.0.settings_turn.lock().await;
        let view = self.connection(granted, id)?;
        let mut tx = Tx::new(granted.tenant()).priority(Severity::High);
        tx.ops.push(Op::DeleteConnection { id });
        let name = &view.connection.name;
        tx.ops.push(audit(
            granted,
            "connection.delete",
            name,
            json!({}),
            clock::now(),
        ));
        self.0.store.commit(tx).await?;
        self.catalog().remove(granted.tenant(), id);
        Ok(())
    }

    /// Performs the connector's `ping` through the connection as it is now.
    ///
    /// # Errors
    /// [`Error::NotFound`]; what the product says is in the answer.
    pub async fn test_connection(&self, granted: &Granted, id: ConnectionId) -> Result<Tested> {
        let performed = self.ping(granted, id).await?;
        let error = performed.result().and_then(|result| result.error.clone());
        Ok(Tested {
            ok: error.is_none(),
            message: error
                .as_ref()
                .map_or_else(|| "it answers".to_owned(), |e| e.message.clone()),
            hint: error.map(|error| error.hint).unwrap_or_default(),
            latency_ms: performed.latency_ms,
        })
    }

    async fn ping(&self, granted: &Granted, id: ConnectionId) -> Result<Performed> {
        let picture = self.catalog().now();
        let wired = picture
            .connection(granted.tenant(), id)
            .ok_or_else(|| Error::not_found("connection", id))?;
        let Some(link) = &wired.link else {
            let problem = wired.problem.clone().unwrap_or_default();
            return Ok(Performed::failed(CallError::new(
                ErrorCode::Refused,
                problem,
            )));
        };
        let Some(ping) = &link.connector.manifest.ping else {
            let message = "this connector declares no harmless action to test with";
            return Ok(Performed::failed(CallError::new(
                ErrorCode::Refused,
                message,
            )));
        };
        let call = Call::start(
            link.connector.clone(),
            &ping.action,
            ping.input.clone(),
            link.environment.clone(),
        );
        let blobs = crate::upkeep::TenantBlobs::new(self, granted.tenant());
        Ok(match call {
            Ok(call) => {
                self.0
                    .egress
                    .perform_uncached(link, call, &blobs, None)
                    .await
            }
            Err(error) => Performed::failed(error),
        })
    }

    async fn save_connection(
        &self,
        granted: &Granted,
        mut connection: Connection,
        mut secrets: BTreeMap<String, Secret>,
        draft: ConnectionDraft,
        action: &str,
    ) -> Result<ConnectionView> {
        let changed: Vec<String> = draft.secrets.keys().cloned().collect();
        apply(&mut connection, &mut secrets, draft)?;
        self.check_connection(&connection, &secrets)?;
        let now = clock::now();
        connection.updated_at = now;
        connection.secrets = secrets.keys().cloned().collect();
        let keyring = self.0.keyring.read().clone();
        let sealed = keyring.seal(&place(connection.id), &secrets);
        let mut tx = Tx::new(granted.tenant()).priority(Severity::High);
        tx.ops.push(Op::PutConnection {
            connection: connection.clone(),
            sealed: Some(sealed),
        });
        let detail = json!({
            "connector": connection.connector,
            "secrets_set": changed,
            "enabled": connection.enabled,
            "allow_private": connection.allow_private,
        });
        tx.ops
            .push(audit(granted, action, &connection.name, detail, now));
        self.0.store.commit(tx).await?;
        let id = connection.id;
        self.catalog().put(Configured {
            connection,
            secrets,
        });
        self.connection(granted, id)
    }

    fn check_connection(
        &self,
        connection: &Connection,
        secrets: &BTreeMap<String, Secret>,
    ) -> Result<()> {
        let picture = self.catalog().now();
        let clash = picture.connections.iter().any(|((tenant, id), other)| {
            *tenant == connection.tenant
                && *id != connection.id
                && other.connection.name == connection.name
        });
        if clash {
            return Err(Error::Conflict(format!(
                "there is a connection `{}` already",
                connection.name
            )));
        }
        let Some(connector) = picture.library().connectors.get(&connection.connector) else {
            return Ok(());
        };
        let known = &connector.manifest.secrets;
        if let Some(name) = secrets.keys().find(|name| !known.contains_key(*name)) {
            let names: Vec<&str> = known.keys().map(String::as_str).collect();
            return Err(Error::invalid(
                "connection.secret",
                format!("{} has no secret `{name}`", connector.manifest.name),
                format!("it knows: {}", names.join(", ")),
            ));
        }
        connector
            .settings(&json!(connection.settings))
            .map_err(|problems| {
                Error::invalid(
                    "connection.settings",
                    problems.join("; "),
                    "see the connector's page",
                )
            })?;
        Ok(())
    }

    pub(crate) async fn open_secrets(
        &self,
        connection: &Connection,
    ) -> Result<BTreeMap<String, Secret>> {
        let sealed = self
            .0
            .store
            .connection(&App::driver(connection.tenant), connection.id)
            .await?;
        let sealed = sealed.and_then(|row| row.sealed);
        let keyring = self.0.keyring.read().clone();
        match sealed {
            Some(sealed) => Ok(keyring.open(&place(connection.id), &sealed)?),
            None => Ok(BTreeMap::new()),
        }
    }
}

/// What a sealed value is bound to.
pub(crate) fn place(id: ConnectionId) -> String {
    format!("connection:{id}")
}

fn apply(
    connection: &mut Connection,
    secrets: &mut BTreeMap<String, Secret>,
    draft: ConnectionDraft,
) -> Result<()> {
    if let Some(name) = draft.name {
        if name.trim().is_empty() || name.chars().count() > 100 {
            return Err(Error::invalid(
                "connection.name",
                "a connection's name has 1 to 100 characters",
                "",
            ));
        }
        connection.name = name.trim().to_owned();
    }
    if let Some(base_url) = draft.base_url {
        connection.base_url = base_url.trim().trim_end_matches('/').to_owned();
    }
    if let Some(settings) = draft.settings {
        connection.settings = settings;
    }
    for (name, value) in draft.secrets {
        if value.is_empty() {
            secrets.remove(&name);
        } else {
            secrets.insert(name, Secret::new(value));
        }
    }
    connection.reliability = draft.reliability.unwrap_or(connection.reliability);
    connection.pace = draft.pace.unwrap_or(connection.pace);
    connection.enabled = draft.enabled.unwrap_or(connection.enabled);
    connection.allow_private = draft.allow_private.unwrap_or(connection.allow_private);
    Ok(())
}
