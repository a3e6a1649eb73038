//! Payloads under their hash: raw alerts, responses, reports, attachments.
//!
//! A payload is stored once per tenant, compressed when that helps. The hashes of the payloads that were stored last
//! are remembered, so that the same response a thousand times costs neither compression nor a row. How long a payload
//! lives is said in `retention.rs`.

use std::num::NonZeroUsize;

use lru::LruCache;
use parking_lot::Mutex;
use updraft_model::{BlobHash, Granted, TenantId};

use crate::{
    Error, Store,
    heads::Scope,
    packed,
    prepare::ReadyOp,
    seam::{Db, Val},
};

/// How many hashes are remembered.
const RECENT_MAX: NonZeroUsize = match NonZeroUsize::new(16_384) {
    Some(limit) => limit,
    None => NonZeroUsize::MIN,
};
/// A payload that comes again after this long is marked as young again.
const REFRESH_MS: i64 = 12 * 60 * 60 * 1_000;

/// Payloads up to this size, as stored, are read where they are asked for.
const SHORT_BYTES: i64 = 32 * 1024;

/// A payload, unless it is too long to be read at once.
#[derive(Default)]
enum Short {
    #[default]
    Absent,
    TooLong,
    Found(Vec<u8>),
}

/// The payloads that are known to be on the disk.
#[derive(Debug)]
pub(crate) struct RecentBlobs(Mutex<LruCache<(TenantId, BlobHash), i64>>);

impl Default for RecentBlobs {
    fn default() -> Self {
        Self(Mutex::new(LruCache::sparse(RECENT_MAX)))
    }
}

impl RecentBlobs {
    pub(crate) fn holds(&self, tenant: TenantId, hash: BlobHash) -> bool {
        self.0.lock().contains(&(tenant, hash))
    }
    /// True when the payload is there and young; moves it to the front.
    fn is_young(&self, tenant: TenantId, hash: BlobHash, now_ms: i64) -> bool {
        let put_ms = self.0.lock().get(&(tenant, hash)).copied();
        put_ms.is_some_and(|put_ms| (0..REFRESH_MS).contains(&(now_ms - put_ms)))
    }
    /// To be called when the payload is durable.
    pub(crate) fn remember(&self, tenant: TenantId, hash: BlobHash, now_ms: i64) {
        let mut recent = self.0.lock();
        if !recent.contains(&(tenant, hash)) {
            recent.put((tenant, hash), now_ms);
        }
    }
    pub(crate) fn forget_all(&self) {
        self.0.lock().clear();
    }
}

pub(crate) fn put(
    db: &mut dyn Db,
    scope: &Scope<'_>,
    recent: &RecentBlobs,
    (tenant, hash): (TenantId, BlobHash),
    (bytes, op): (&[u8], &ReadyOp),
) -> Result<(), Error> {
    if recent.is_young(tenant, hash, scope.now_ms) {
        return Ok(());
    }
    let fallback;
    let packed = match op.body.bytes() {
        // It was remembered when the transaction was prepared and has been forgotten since.
        [] => {
            fallback = packed::pack(bytes);
            &fallback[..]
        }
        packed => packed,
    };
    db.send(
        "INSERT INTO blobs (tenant, hash, put_ms, body) VALUES (?1, ?2, ?3, ?4)
         ON CONFLICT (tenant, hash) DO UPDATE SET put_ms = excluded.put_ms
             WHERE blobs.put_ms < excluded.put_ms - ?5",
        &[
            Val::Int(scope.tenant),
            Val::Bytes(hash.as_bytes()),
            Val::Int(scope.now_ms),
            Val::Bytes(packed),
            Val::Int(REFRESH_MS / 2),
        ],
        None,
    )
}

impl Store {
    /// A payload, `None` if this tenant has none with this hash or retention has removed it.
    ///
    /// # Errors
    /// [`Error`] when the database cannot be read or the payload is damaged.
    pub async fn blob(&self, granted: &Granted, hash: BlobHash) -> Result<Option<Vec<u8>>, Error> {
        let short = self.point(granted, move |db, tenant| {
            let row = db.row(
                "SELECT CASE WHEN length(body) <= ?3 THEN body END FROM blobs WHERE tenant = ?1 AND hash = ?2",
                &[Val::Int(tenant), Val::Bytes(hash.as_bytes()), Val::Int(SHORT_BYTES)],
            )?;
            let Some(row) = row else { return Ok(Short::Absent) };
            match row.opt_bytes(0)? {
                Some(body) => Ok(Short::Found(packed::unpack("payload", body)?)),
                None => Ok(Short::TooLong),
            }
        });
        match short.await? {
            Short::Absent => return Ok(None),
            Short::Found(bytes) => return Ok(Some(bytes)),
            Short::TooLong => {}
        }
        let found = self.scoped(granted, move |db, tenant| {
            db.row(
                "SELECT body FROM blobs WHERE tenant = ?1 AND hash = ?2",
                &[Val::Int(tenant), Val::Bytes(hash.as_bytes())],
            )?
            .map(|row| packed::unpack("payload", row.bytes(0)?))
            .transpose()
        });
        found.await
    }
}
