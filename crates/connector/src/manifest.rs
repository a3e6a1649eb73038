//! `connector.yaml` in memory: who the product is, how to reach it, how fast.

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer, de};
use serde_json::Value;
use updraft_model::Reliability;

use crate::{
    auth::Auth,
    error::ErrorCode,
    exchange::Transport,
    templates::{Condition, Text},
    units,
    values::ValueSpec,
};

/// How long one exchange may take unless the manifest says otherwise.
pub const TIMEOUT_MS_DEFAULT: u64 = 30_000;
/// How long an answer may be unless the manifest says otherwise.
pub const RESPONSE_BYTES_DEFAULT: u64 = 8 << 20;

/// The connector's own document.
#[derive(Debug, Clone, Deserialize)]
pub struct Manifest {
    /// Stable identifier.
    pub id: String,
    /// The product's name.
    pub name: String,
    /// Who makes it.
    #[serde(default)]
    pub vendor: String,
    /// `threat_intelligence`, `ticketing`, …
    pub category: String,
    /// One sentence.
    pub summary: String,
    /// More, in Markdown.
    #[serde(default)]
    pub description: String,
    /// Where to read on.
    #[serde(default)]
    pub website: String,
    /// How bytes travel.
    #[serde(default)]
    pub transport: Transport,
    /// Start of every request's address.
    #[serde(default)]
    pub base_url: Option<Text>,
    /// Further hosts that may be reached.
    #[serde(default)]
    pub allowed_hosts: Vec<Text>,
    /// Headers of every request.
    #[serde(default)]
    pub headers: BTreeMap<String, Text>,
    /// Configuration of a connection that is not secret.
    #[serde(default)]
    pub settings: BTreeMap<String, ValueSpec>,
    /// Credentials of a connection.
    #[serde(default)]
    pub secrets: BTreeMap<String, SecretSpec>,
    /// How a request proves who we are.
    pub auth: Auth,
    /// The pace.
    #[serde(default)]
    pub limits: Limits,
    /// For one exchange, milliseconds.
    #[serde(default = "timeout_default", deserialize_with = "duration")]
    pub timeout: u64,
    /// A longer answer is an error.
    #[serde(default = "response_bytes_default", deserialize_with = "size")]
    pub response_bytes_max: u64,
    /// Grade of a new connection.
    #[serde(default)]
    pub reliability: Reliability,
    /// The most restricted information that may be sent there.
    #[serde(default)]
    pub max_tlp: Option<String>,
    /// The call that shows that a connection works.
    #[serde(default)]
    pub ping: Option<Ping>,
    /// Error rules for every action.
    #[serde(default)]
    pub errors: Vec<ErrorRule>,
    /// Words to find it by.
    #[serde(default)]
    pub tags: Vec<String>,
    /// Lint warnings that do not apply: code to reason.
    #[serde(default)]
    pub exempt: BTreeMap<String, String>,
}

/// A declared credential.
#[derive(Debug, Clone, Deserialize)]
pub struct SecretSpec {
    /// Label in forms.
    #[serde(default)]
    pub title: String,
    /// What it is and where to get it.
    pub summary: String,
    /// False for a credential that only some set-ups need.
    #[serde(default = "yes")]
    pub required: bool,
}

/// The pace a connection keeps.
#[derive(Debug, Clone, Copy, Default, PartialEq, Deserialize)]
pub struct Limits {
    /// Requests a second.
    #[serde(default)]
    pub per_second: Option<f64>,
    /// Requests a minute.
    #[serde(default)]
    pub per_minute: Option<f64>,
    /// Requests an hour.
    #[serde(default)]
    pub per_hour: Option<f64>,
    /// Requests a day.
    #[serde(default)]
    pub per_day: Option<f64>,
    /// Requests at once after a pause.
    #[serde(default)]
    pub burst: Option<u32>,
    /// Requests in flight.
    #[serde(default)]
    pub concurrent: Option<u32>,
}

/// A harmless call.
#[derive(Debug, Clone, Deserialize)]
pub struct Ping {
    /// A `read` action.
    pub action: String,
    /// Its input.
    #[serde(default)]
    pub input: Value,
}

/// What an unsuccessful answer means.
#[derive(Debug, Clone, Deserialize)]
pub struct ErrorRule {
    /// Holds for the answers it is about.
    #[serde(default)]
    pub when: Option<Condition>,
    /// What kind of failure.
    pub code: ErrorCode,
    /// What happened.
    #[serde(default)]
    pub message: Option<Text>,
    /// What to do about it.
    #[serde(default)]
    pub hint: Option<Text>,
    /// Whether the same call may work later.
    #[serde(default)]
    pub retryable: Option<bool>,
    /// Seconds or an HTTP date.
    #[serde(default)]
    pub retry_after: Option<Text>,
}

fn timeout_default() -> u64 {
    TIMEOUT_MS_DEFAULT
}
fn response_bytes_default() -> u64 {
    RESPONSE_BYTES_DEFAULT
}
fn yes() -> bool {
    true
}

pub(crate) fn duration<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u64, D::Error> {
    units::duration_ms(&String::deserialize(deserializer)?).map_err(de::Error::custom)
}
pub(crate) fn duration_option<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<u64>, D::Error> {
    duration(deserializer).map(Some)
}
pub(crate) fn size<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u64, D::Error> {
    units::size_bytes(&String::deserialize(deserializer)?).map_err(de::Error::custom)
}
pub(crate) fn size_option<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<u64>, D::Error> {
    size(deserializer).map(Some)
}
