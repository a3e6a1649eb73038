//! Configured instances of connectors.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{ConnectionId, Reliability, TenantId, Timestamp};

/// The name of a secret as the connector's manifest declares it, `api_key`.
pub type SecretName = String;

/// Whether a connection can be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ConnectionState {
    /// Everything is there.
    Ready,
    /// A required secret or setting is missing.
    Incomplete,
    /// Somebody switched it off.
    Disabled,
}

/// A configured instance of a connector. Secrets live sealed beside it; only their names are here.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Connection {
    /// Its identifier.
    pub id: ConnectionId,
    /// Whose it is.
    pub tenant: TenantId,
    /// The connector's id, `virustotal`.
    pub connector: String,
    /// What people call it; unique in the tenant.
    pub name: String,
    /// Replaces the manifest's base URL; empty keeps it.
    pub base_url: String,
    /// The manifest's settings, thresholds and the like.
    pub settings: BTreeMap<String, Value>,
    /// Which secrets are set.
    pub secrets: Vec<SecretName>,
    /// How far its verdicts are trusted.
    pub reliability: Reliability,
    /// False keeps it out of every fan-out.
    pub enabled: bool,
    /// True allows loopback, link-local and private addresses for this connection.
    pub allow_private: bool,
    /// When it was configured.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
}
