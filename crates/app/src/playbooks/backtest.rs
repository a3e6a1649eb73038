//! The last backtest of a playbook, as the list and the activation policy ask for it.

use serde::{Deserialize, Serialize};
use updraft_model::{BlobHash, Granted, Timestamp};

use crate::{App, Error, error::Result};

/// A backtest that was finished.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LastBacktest {
    /// Its id.
    pub id: String,
    /// When it was finished.
    pub at: Timestamp,
    /// How many days of cases it went through.
    pub days: u32,
    /// In a few words what would be different.
    pub verdict: String,
    /// SHA-256 of the text that it tried.
    pub digest: BlobHash,
}

/// WIRE: the setting that holds it.
pub(crate) fn setting(id: &str) -> String {
    format!("playbook.{id}.backtest")
}

impl App {
    /// The last finished backtest of a playbook.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub async fn last_backtest(&self, granted: &Granted, id: &str) -> Result<Option<LastBacktest>> {
        let stored = self.0.store.setting(granted, setting(id)).await?;
        stored.map(read).transpose()
    }
}

pub(crate) fn read(value: serde_json::Value) -> Result<LastBacktest> {
    serde_json::from_value(value)
        .map_err(|error| Error::Internal(format!("the last backtest cannot be read: {error}")))
}
