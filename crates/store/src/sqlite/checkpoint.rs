//! Keeping the write-ahead log short.
//!
//! A thread of its own copies finished parts of the log into the database file whenever a few megabytes have been
//! written, while the writer goes on writing. Only when the log has outgrown its bound does the writer wait for it to
//! be emptied; most of it has been copied by then.

use std::{
    path::{Path, PathBuf},
    sync::mpsc::{SyncSender, sync_channel},
    time::Duration,
};

use super::{Sqlite, connection::failure};
use crate::error::Error;

/// The log that makes a copy in the background worth while.
const COPY_AT_BYTES: u64 = 4 * 1024 * 1024;
/// The log that the writer itself empties.
const EMPTY_AT_BYTES: u64 = 64 * 1024 * 1024;
/// How many batches lie between two looks at the log's size.
const LOOK_EVERY: u32 = 16;
/// How long the writer lets readers keep it from emptying the log.
const EMPTY_WAIT: Duration = Duration::from_millis(20);

pub(crate) struct Checkpointer {
    log: PathBuf,
    wake: SyncSender<()>,
    batches: u32,
}

impl Checkpointer {
    pub(crate) fn start(path: &Path) -> Result<Self, Error> {
        let connection = rusqlite::Connection::open(path).map_err(failure)?;
        // Copying must reach the disk before the log may be written over.
        connection
            .execute_batch("PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 0; PRAGMA cache_size = -512;")
            .map_err(failure)?;
        let (wake, woken) = sync_channel::<()>(1);
        std::thread::Builder::new()
            .name("store-checkpoint".into())
            .spawn(move || {
                while woken.recv().is_ok() {
                    let copied = connection
                        .query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |_| Ok(()));
                    if let Err(error) = copied {
                        tracing::warn!(%error, "Could not copy the database's log; it grows until this works");
                    }
                }
            })
            .map_err(|error| Error::Io {
                detail: format!("the checkpoint thread could not be started: {error}"),
            })?;
        Ok(Self {
            log: log_of(path),
            wake,
            batches: 0,
        })
    }

    /// To be called by the writer between two batches.
    pub(crate) fn after_batch(&mut self, writer: &mut Sqlite, idle: bool) {
        self.batches += 1;
        if !idle && self.batches < LOOK_EVERY {
            return;
        }
        self.batches = 0;
        let size = std::fs::metadata(&self.log).map_or(0, |meta| meta.len());
        if size >= EMPTY_AT_BYTES {
            if let Err(error) = writer.checkpoint(true, EMPTY_WAIT) {
                tracing::warn!(%error, log.bytes = size, "Could not empty the database's log");
            }
        } else if size >= COPY_AT_BYTES || (idle && size > 0) {
            // A full channel means that the thread is at work already.
            let _ = self.wake.try_send(());
        }
    }
}

/// The log's file beside the database's.
pub(crate) fn log_of(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push("-wal");
    name.into()
}
