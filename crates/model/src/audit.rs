//! Who did what: an append-only chain in which every entry carries the hash of the one before.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::{Actor, BlobHash, TenantId, Timestamp};

/// One entry of the audit record.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AuditEntry {
    /// Whose record.
    pub tenant: TenantId,
    /// When.
    pub at: Timestamp,
    /// Who.
    pub actor: Actor,
    /// What was done: `case.close`, `connection.create`, `session.refused`, …
    pub action: String,
    /// To which thing, by its id or name.
    pub object: String,
    /// More about it. Never a secret, a body or a password.
    pub detail: Value,
}

impl AuditEntry {
    /// The chain's next link: SHA-256 over the previous link and this entry's JSON.
    pub fn link(&self, previous: BlobHash) -> BlobHash {
        let mut hasher = Sha256::new();
        hasher.update(previous.as_bytes());
        // Serialising plain data to a vector cannot fail; an empty vector would only break the chain visibly.
        hasher.update(serde_json::to_vec(self).unwrap_or_default());
        BlobHash::from_bytes(hasher.finalize().into())
    }
}
