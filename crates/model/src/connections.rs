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

/// What a team's plan with a vendor allows; `None` keeps the manifest's number, 0 is no limit.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Pace {
    /// Exchanges a second, on average.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub per_second: Option<f64>,
    /// Exchanges in any 60 seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub per_minute: Option<f64>,
    /// Exchanges in any hour.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub per_hour: Option<f64>,
    /// Exchanges in any 24 hours.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub per_day: Option<f64>,
    /// Exchanges that may start together after a rest.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub burst: Option<u32>,
    /// Exchanges under way at the same time.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub concurrent: Option<u32>,
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
    /// The pace that the team's plan allows, where it differs from the manifest's.
    #[serde(default)]
    pub pace: Pace,
    /// False keeps it out of every fan-out.
    pub enabled: bool,
    /// True allows loopback, link-local and private addresses for this connection.
    pub allow_private: bool,
    /// When it was configured.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
}
