//! Configured intakes.

use serde::{Deserialize, Serialize};

use crate::{Severity, SourceId, TenantId, Timestamp};

/// A configured intake. Its token is kept as a hash and never shown again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Source {
    /// Its identifier.
    pub id: SourceId,
    /// Whose it is.
    pub tenant: TenantId,
    /// The name in the URL: lower-case letters, digits and hyphens.
    pub name: String,
    /// The mapping's name in the content, or `auto` to choose by looking at the item.
    pub mapping: String,
    /// The severity of an alert that says none.
    pub default_severity: Severity,
    /// False refuses new alerts.
    pub enabled: bool,
    /// When it was configured.
    pub created_at: Timestamp,
    /// When its last alert came.
    pub last_alert_at: Option<Timestamp>,
}
