//! What the journal of a run holds: every input of the engine, and at the end the proof of its state.

use serde::{Deserialize, Serialize};
use updraft_engine::Input;
use updraft_model::{BlobHash, Timestamp};

/// One entry of a run's journal.
// WIRE: stored data; fields are only ever added.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Entry {
    /// The run is over: what a replay must arrive at.
    End {
        /// The engine's digest of its whole state.
        digest: BlobHash,
        /// When.
        at: Timestamp,
    },
    /// Something that the engine was told.
    Input(Box<Input>),
}

impl Entry {
    /// The stored form.
    ///
    /// # Errors
    /// A time outside the years -9999 to 9999.
    pub fn encode(&self) -> Result<Vec<u8>, serde_json::Error> {
        serde_json::to_vec(self)
    }

    /// Reads the stored form.
    ///
    /// # Errors
    /// The bytes are no journal entry.
    pub fn decode(bytes: &[u8]) -> Result<Self, serde_json::Error> {
        serde_json::from_slice(bytes)
    }
}
