//! People with an account.

use serde::{Deserialize, Serialize};

use crate::{Role, TenantId, Timestamp, UserId};

/// A person with an account. The password's hash is kept beside it in the store and never travels.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct User {
    /// Their identifier.
    pub id: UserId,
    /// Where they belong.
    pub tenant: TenantId,
    /// What they sign in with, lower case.
    pub name: String,
    /// What they may do.
    pub role: Role,
    /// True until a one-time password has been replaced.
    pub must_change_password: bool,
    /// False refuses to sign in.
    pub enabled: bool,
    /// When the account was made.
    pub created_at: Timestamp,
}
