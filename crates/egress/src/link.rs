//! One configured connection, as the caller hands it in: who, which connector, with which secrets.

use std::{collections::BTreeMap, fmt, sync::Arc};

use sha2::{Digest, Sha256};
use updraft_connector::{Connector, Environment, Limits};
use updraft_model::{ConnectionId, Reliability, TenantId};
use zeroize::Zeroizing;

/// A connection that can be used. Made again, and handed in as a new `Arc`, when its configuration changes.
#[derive(Debug, Clone)]
pub struct Link {
    /// Whose it is.
    pub tenant: TenantId,
    /// Which one.
    pub connection: ConnectionId,
    /// What people call it.
    pub name: String,
    /// What it speaks.
    pub connector: Arc<Connector>,
    /// Its settings and base URL.
    pub environment: Arc<Environment>,
    /// Its credentials.
    pub secrets: Secrets,
    /// True lets it reach loopback, link-local and private addresses.
    pub allow_private: bool,
    /// How far its verdicts are trusted.
    pub reliability: Reliability,
    /// The pace: the manifest's, or what the team's plan with the vendor allows.
    pub limits: Limits,
}

impl Link {
    /// Changes whenever anything that matters on the wire does.
    pub(crate) fn fingerprint(&self) -> [u8; 32] {
        let mut digest = Sha256::new();
        digest.update(self.connector.digest.as_bytes());
        digest.update(self.environment.settings.to_string());
        digest.update([0, u8::from(self.allow_private)]);
        digest.update(self.environment.base_url.as_deref().unwrap_or_default());
        for (name, value) in self.secrets.0.iter() {
            digest.update([0]);
            digest.update(name);
            digest.update([0]);
            digest.update(value.as_bytes());
        }
        digest.finalize().into()
    }
}

/// The values of a connection's secrets. They can be sent, not printed; their memory is wiped when the last
/// holder is gone.
#[derive(Clone, Default)]
pub struct Secrets(Arc<BTreeMap<String, Zeroizing<String>>>);

impl Secrets {
    /// Takes names and values.
    pub fn new(values: impl IntoIterator<Item = (String, String)>) -> Self {
        let values = values
            .into_iter()
            .map(|(name, value)| (name, Zeroizing::new(value)));
        Self(Arc::new(values.collect()))
    }
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(|value| value.as_str())
    }
    pub(crate) fn values(&self) -> impl Iterator<Item = &str> {
        self.0.values().map(|value| value.as_str())
    }
}

impl fmt::Debug for Secrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map()
            .entries(self.0.keys().map(|name| (name, "***")))
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_print_their_names_only() {
        let secrets = Secrets::new([("api_key".into(), "hunter2-hunter2".into())]);
        assert_eq!(format!("{secrets:?}"), r#"{"api_key": "***"}"#);
        assert_eq!(secrets.get("api_key"), Some("hunter2-hunter2"));
    }
}
