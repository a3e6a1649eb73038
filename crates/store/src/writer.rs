//! The writer: one thread that takes what waits, applies it in one database transaction, commits once, answers all.
//!
//! A guard that fails undoes its own transaction and is answered to its own caller. Guards rarely fail, so a batch is
//! first tried without savepoints, which would copy every page that they touch; when one does fail, the batch begins
//! again, each transaction under its own savepoint. A full or failing disk fails the batch, and everybody in it is told.
//! Nobody is answered before the commit. A defect that panics is caught, fails its batch, and the writer goes on.

use std::{
    collections::BTreeSet,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
    time::{SystemTime, UNIX_EPOCH},
};

use updraft_model::TenantId;

use crate::{
    apply::apply,
    blobs::RecentBlobs,
    error::Error,
    heads::{Heads, Scope},
    names::{Names, TENANTS_MAX},
    prepare::Ready,
    queue::{Item, Queue, Taken, Work},
    seam::Backend,
    tx::{Committed, Op},
};

/// How often a batch is tried when another program was in its way.
const ATTEMPTS_MAX: u32 = 5;

/// So many batches after one with a failed guard are careful from the start.
const CAREFUL_BATCHES: u32 = 8;

/// What the writer shares with the readers and the callers.
#[derive(Default)]
pub(crate) struct Shared {
    pub(crate) queue: Queue,
    pub(crate) names: Arc<Names>,
    pub(crate) recent: RecentBlobs,
}

pub(crate) type Outcomes = Vec<Result<Committed, Error>>;

/// Works until the queue is closed and empty.
pub(crate) fn drive(backend: &mut dyn Backend, shared: &Shared) {
    let mut wrote = false;
    let mut careful = 0;
    loop {
        match shared.queue.take() {
            Taken::Batch(items) => {
                careful = batch(backend, shared, items, careful);
                backend.between(false);
                wrote = true;
            }
            Taken::Idle if wrote => {
                backend.between(true);
                wrote = false;
            }
            Taken::Idle => shared.queue.sleep(),
            Taken::Closed => return backend.between(true),
        }
    }
}

/// Answers for how many batches care is worth its price.
fn batch(backend: &mut dyn Backend, shared: &Shared, mut items: Vec<Item>, careful: u32) -> u32 {
    let outcome = commit(backend, shared, &mut items, careful);
    let refused = match &outcome {
        Ok(outcomes) => outcomes.iter().any(Result::is_err),
        Err(_) => false,
    };
    answer(shared, items, outcome);
    match refused {
        true => CAREFUL_BATCHES,
        false => careful.saturating_sub(1),
    }
}

/// Makes a batch durable, or says why nothing of it is. Nobody is answered yet.
pub(crate) fn commit(
    backend: &mut dyn Backend,
    shared: &Shared,
    items: &mut [Item],
    careful: u32,
) -> Result<Outcomes, Error> {
    let mut attempt = 0;
    let mut way = match careful == 0 && items.len() > 1 {
        true => Way::Hopeful,
        false => Way::Careful,
    };
    loop {
        attempt += 1;
        let tried = catch_unwind(AssertUnwindSafe(|| {
            attempt_all(backend, shared, items, way)
        }));
        match tried {
            Ok(Ok(outcomes)) => return Ok(outcomes),
            Ok(Err(error)) if way == Way::Hopeful && !error.spoils_the_batch() => {
                backend.rollback();
                way = Way::Careful;
                attempt -= 1;
            }
            Ok(Err(error)) => {
                backend.rollback();
                if attempt >= ATTEMPTS_MAX || !backend.may_retry(&error) {
                    return Err(error);
                }
            }
            Err(_) => {
                backend.rollback();
                return Err(Error::Refused {
                    detail: "the writer panicked".into(),
                });
            }
        }
    }
}

/// Tells everybody what became of his transaction.
pub(crate) fn answer(shared: &Shared, items: Vec<Item>, outcome: Result<Outcomes, Error>) {
    match outcome {
        Ok(outcomes) => {
            for (item, outcome) in items.into_iter().zip(outcomes) {
                match &item.work {
                    Work::Tx(ready) if outcome.is_ok() => remember_blobs(shared, ready),
                    Work::Tx(_) => {}
                    Work::Job(_) => shared.recent.forget_all(),
                }
                let _ = item.answer.send(outcome);
            }
        }
        Err(error) => {
            if error.spoils_the_batch() {
                tracing::error!(batch.size = items.len(), %error, "Could not commit a batch");
            }
            for item in items {
                let _ = item.answer.send(Err(error.clone()));
            }
        }
    }
}

/// How a batch is tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    /// Nobody's guard will fail; if one does, nothing of the batch was done.
    Hopeful,
    /// Each transaction under its own savepoint.
    Careful,
}

fn remember_blobs(shared: &Shared, ready: &Ready) {
    for op in &ready.ops {
        if let Op::PutBlob { hash, .. } = op.op {
            shared.recent.remember(ready.tenant, hash, now_ms());
        }
    }
}

fn attempt_all(
    backend: &mut dyn Backend,
    shared: &Shared,
    items: &mut [Item],
    way: Way,
) -> Result<Outcomes, Error> {
    let refused = add_names(backend, &shared.names, items)?;
    backend.begin()?;
    let mut heads = Heads::default();
    let alone = items.len() == 1;
    let mut outcomes = Vec::with_capacity(items.len());
    for item in items.iter_mut() {
        let outcome = match &mut item.work {
            Work::Tx(ready) if refused.contains(&ready.tenant) => Err(Error::Invalid {
                detail: format!("there are more than {TENANTS_MAX} tenants"),
            }),
            // Alone, the whole transaction is the savepoint.
            work if alone || way == Way::Hopeful => Ok(one(backend, shared, &mut heads, work)?),
            work => guarded(backend, shared, &mut heads, work),
        };
        match outcome {
            Err(error) if error.spoils_the_batch() => return Err(error),
            outcome => outcomes.push(outcome),
        }
    }
    heads.flush(backend)?;
    backend.commit()?;
    Ok(outcomes)
}

fn guarded(
    backend: &mut dyn Backend,
    shared: &Shared,
    heads: &mut Heads,
    work: &mut Work,
) -> Result<Committed, Error> {
    // Before the savepoint: undoing to it would give back the lock on what the whole batch goes on using.
    if let Work::Tx(ready) = work
        && let Some(tenant) = shared.names.tenant(backend, ready.tenant)?
    {
        heads.head(backend, tenant).map_err(fatal)?;
    }
    backend.send("SAVEPOINT one", &[], None)?;
    let outcome = one(backend, shared, heads, work);
    match &outcome {
        Err(error) if error.spoils_the_batch() => return outcome,
        Err(_) => {
            // What was sent and not yet settled belongs to what is undone.
            let _ = backend.settle();
            backend
                .run("ROLLBACK TO SAVEPOINT one", &[])
                .map_err(fatal)?;
        }
        Ok(_) => {}
    }
    backend
        .send("RELEASE SAVEPOINT one", &[], None)
        .map_err(fatal)?;
    outcome
}

/// Without its savepoint the batch cannot go on, whatever the reason was.
fn fatal(error: Error) -> Error {
    if error.spoils_the_batch() {
        return error;
    }
    Error::Io {
        detail: error.to_string(),
    }
}

fn one(
    backend: &mut dyn Backend,
    shared: &Shared,
    heads: &mut Heads,
    work: &mut Work,
) -> Result<Committed, Error> {
    let ready = match work {
        Work::Job(job) => {
            // Housekeeping may remove payloads: what is remembered of them ends here, and once more after the commit.
            shared.recent.forget_all();
            job(backend, heads)?;
            backend.settle()?;
            return Ok(Committed::default());
        }
        Work::Tx(ready) => ready,
    };
    let tenant = shared.names.tenant(backend, ready.tenant)?;
    let tenant = tenant.ok_or_else(|| Error::corrupt("tenant", "it has no number"))?;
    let mut scope = Scope {
        names: &shared.names,
        tenant,
        head: heads.head(backend, tenant)?,
        counts: Vec::new(),
        committed: Committed::default(),
        now_ms: now_ms(),
    };
    apply(backend, &mut scope, &shared.recent, ready)?;
    backend.settle()?;
    let Scope {
        head,
        counts,
        committed,
        ..
    } = scope;
    heads.keep(tenant, head, counts);
    Ok(committed)
}

/// Gives numbers to tenants and case types that were never seen, each in a transaction of its own: a number that is
/// remembered must never be undone. Answers the tenants that there is no room for.
fn add_names(
    backend: &mut dyn Backend,
    names: &Names,
    items: &[Item],
) -> Result<BTreeSet<TenantId>, Error> {
    let mut refused = BTreeSet::new();
    let transactions = items.iter().filter_map(|item| match &item.work {
        Work::Tx(ready) => Some(ready),
        Work::Job(_) => None,
    });
    for ready in transactions {
        while !refused.contains(&ready.tenant) && names.tenant(backend, ready.tenant)?.is_none() {
            let full = backend.row("SELECT COUNT(*) FROM tenants", &[])?;
            if full.map_or(Ok(0), |row| row.int(0))? >= TENANTS_MAX {
                refused.insert(ready.tenant);
                break;
            }
            backend.begin()?;
            names.add_tenant(backend, ready.tenant)?;
            backend.commit()?;
        }
        for op in &ready.ops {
            let (Op::InsertCase(case) | Op::UpdateCase { case, .. }) = &op.op else {
                continue;
            };
            while names.case_type(backend, case.kind.as_str())?.is_none() {
                backend.begin()?;
                names.add_case_type(backend, case.kind.as_str())?;
                backend.commit()?;
            }
        }
    }
    Ok(refused)
}

fn now_ms() -> i64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .ok()
        .and_then(|since| i64::try_from(since.as_millis()).ok())
        .unwrap_or(0)
}
