//! A store for simulations: no thread, and a disk that the simulation holds.
//!
//! [`Disk`] is what survives the program: a database in memory. [`Disk::open`] gives a [`Store`] as a start of the
//! program would, and its [`Writer`], which commits a batch when it is told to. So one thread decides the order of
//! everything, and a crash can be put before a commit, or between a commit and its answer.
//!
//! The disk forgets what was not synced: when the connection that writes does not sync every commit, a crash undoes
//! the last one.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use parking_lot::Mutex;

use crate::{
    error::{Conflict, Error},
    prepare::Body,
    queue::{Item, Work},
    schema,
    seam::{Backend, Db, Dialect, Row, Val},
    sqlite::{Readers, Sqlite, SqliteOptions},
    store::Store,
    tx::Op,
    writer::{self, Outcomes, Shared},
};

/// Connections that read; one thread needs no more.
const READERS: usize = 2;
/// From this on SQLite syncs every commit (`FULL`).
const SYNCS_EVERY_COMMIT: i64 = 2;

static NEXT: AtomicU64 = AtomicU64::new(0);

/// Bugs that a store could have, to be found by whoever simulates.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Defect {
    /// Commits are not synced.
    NoSync,
    /// A write is not entered in the ledger before it is sent.
    ForgetIntents,
    /// The answer of a write is not entered in the ledger.
    ForgetAnswers,
    /// The entries of a run's journal that are written together are written in the wrong order.
    ReverseJournal,
    /// Everybody is answered before the commit.
    AnswerFirst,
}

/// What is left when the program is gone.
#[derive(Clone)]
pub struct Disk(Arc<Parts>);

struct Parts {
    writer: Mutex<Sqlite>,
    readers: Arc<Mutex<Vec<Sqlite>>>,
    /// The database as it was synced, while the last commit is not.
    synced: Mutex<Option<Sqlite>>,
}

impl std::fmt::Debug for Disk {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Disk")
    }
}

fn name() -> std::path::PathBuf {
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    format!("file:/simulated-{number}?vfs=memdb").into()
}

impl Disk {
    /// An empty disk.
    ///
    /// # Errors
    /// SQLite cannot be used.
    pub fn empty() -> Result<Self, Error> {
        let disk = Self::new()?;
        schema::migrate(&mut Direct(&mut disk.0.writer.lock()))?;
        Ok(disk)
    }

    /// Another disk with the same content.
    ///
    /// # Errors
    /// SQLite cannot be used.
    pub fn copy(&self) -> Result<Self, Error> {
        let copy = Self::new()?;
        copy.0.writer.lock().copy_from(&self.0.writer.lock())?;
        Ok(copy)
    }

    fn new() -> Result<Self, Error> {
        let (name, options) = (name(), SqliteOptions::default());
        let writer = Sqlite::writer(&name, &options)?;
        let readers = (0..READERS).map(|_| Sqlite::reader(&name, options.reader_cache_kib));
        Ok(Self(Arc::new(Parts {
            writer: Mutex::new(writer),
            readers: Arc::new(Mutex::new(readers.collect::<Result<_, _>>()?)),
            synced: Mutex::new(None),
        })))
    }

    /// Opens it as a start of the program does.
    ///
    /// # Errors
    /// The database cannot be read.
    pub fn open(&self, defect: Option<Defect>) -> Result<(Store, Writer), Error> {
        let (store, shared) = Store::simulated(Readers::in_place(Arc::clone(&self.0.readers)));
        let mut writer = self.0.writer.lock();
        writer.rollback();
        if defect == Some(Defect::NoSync) {
            writer.script("PRAGMA synchronous = OFF")?;
        }
        drop(writer);
        let writer = Writer {
            disk: self.clone(),
            shared,
            defect,
            unanswered: Vec::new(),
        };
        Ok((store, writer))
    }

    /// The program ends between two instructions, and the machine with it: what was not synced is gone.
    ///
    /// # Errors
    /// SQLite cannot be used.
    pub fn crash(&self) -> Result<(), Error> {
        let mut writer = self.0.writer.lock();
        writer.rollback();
        match self.0.synced.lock().take() {
            Some(synced) => writer.copy_from(&synced),
            None => Ok(()),
        }
    }
}

/// The writer of a store, moved by hand.
pub struct Writer {
    disk: Disk,
    shared: Arc<Shared>,
    defect: Option<Defect>,
    unanswered: Vec<(Vec<Item>, Result<Outcomes, Error>)>,
}

impl std::fmt::Debug for Writer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Writer({} waiting)", self.waiting())
    }
}

impl Writer {
    /// Transactions that wait.
    pub fn waiting(&self) -> usize {
        self.shared.queue.waiting()
    }

    /// Returns when something waits.
    pub async fn arrived(&mut self) {
        while self.waiting() == 0 {
            self.shared.queue.pushed.notified().await;
        }
    }

    /// Commits what waits; nobody is answered yet. False when nothing waited.
    ///
    /// # Errors
    /// The disk cannot be looked at.
    pub fn commit(&mut self) -> Result<bool, Error> {
        let mut items = self.shared.queue.take_waiting();
        if items.is_empty() {
            return Ok(false);
        }
        for item in &mut items {
            spoil(self.defect, item);
        }
        let mut writer = self.disk.0.writer.lock();
        if writer.synchronous()? < SYNCS_EVERY_COMMIT {
            let mut synced = Sqlite::writer(&name(), &SqliteOptions::default())?;
            synced.copy_from(&writer)?;
            *self.disk.0.synced.lock() = Some(synced);
        }
        let outcome = writer::commit(&mut Direct(&mut writer), &self.shared, &mut items, 0);
        self.unanswered.push((items, outcome));
        Ok(true)
    }

    /// The disk is full: what waits is refused, and nothing of it is written.
    pub fn refuse(&mut self) {
        for item in self.shared.queue.take_waiting() {
            let _ = item.answer.send(Err(Error::Full {
                detail: "the simulated disk is full".into(),
            }));
        }
    }

    /// A bug: answers what waits as if it were committed.
    pub fn answers_first(&self) -> bool {
        self.defect == Some(Defect::AnswerFirst)
    }

    /// Answers everybody whose transaction was committed, or refused.
    pub fn answer(&mut self) {
        for (items, outcome) in self.unanswered.drain(..) {
            writer::answer(&self.shared, items, outcome);
        }
    }

    /// Answers that everything which waits is done, and does nothing of it yet: what a crash now loses was promised.
    pub fn promise(&mut self) {
        let promised = self.shared.queue.take_waiting();
        for item in promised {
            let _ = item.answer.send(Ok(crate::Committed::default()));
            let (answer, _) = tokio::sync::oneshot::channel();
            let again = Item {
                work: item.work,
                bytes: item.bytes,
                answer,
                room: item.room,
            };
            let _ = self
                .shared
                .queue
                .push(updraft_model::Severity::Critical, again);
        }
    }
}

/// What a defect makes of a transaction.
fn spoil(defect: Option<Defect>, item: &mut Item) {
    let Work::Tx(ready) = &mut item.work else {
        return;
    };
    match defect {
        Some(Defect::ForgetIntents) => ready
            .ops
            .retain(|op| !matches!(op.op, Op::IntendEffect { .. })),
        Some(Defect::ForgetAnswers) => ready
            .ops
            .retain(|op| !matches!(op.op, Op::FinishEffect { .. })),
        Some(Defect::ReverseJournal) => {
            for op in &mut ready.ops {
                if let Op::AppendJournal { entries, .. } = &mut op.op {
                    entries.reverse();
                    op.body = Body::Bytes(crate::packed::pack(&crate::packed::join(entries)));
                }
            }
        }
        Some(Defect::NoSync | Defect::AnswerFirst) | None => {}
    }
}

/// The connection as the writer's thread would have it.
struct Direct<'a>(&'a mut Sqlite);

impl Db for Direct<'_> {
    fn dialect(&self) -> Dialect {
        self.0.dialect()
    }
    fn rows(&mut self, sql: &'static str, params: &[Val<'_>]) -> Result<Vec<Row>, Error> {
        self.0.rows(sql, params)
    }
    fn many(&mut self, sql: &'static str, params: &[Vec<Val<'_>>]) -> Result<Vec<Vec<Row>>, Error> {
        self.0.many(sql, params)
    }
    fn run(&mut self, sql: &'static str, params: &[Val<'_>]) -> Result<u64, Error> {
        self.0.run(sql, params)
    }
    fn send(
        &mut self,
        sql: &'static str,
        params: &[Val<'_>],
        guard: Option<Conflict>,
    ) -> Result<(), Error> {
        self.0.send(sql, params, guard)
    }
    fn settle(&mut self) -> Result<(), Error> {
        self.0.settle()
    }
    fn script(&mut self, sql: &str) -> Result<(), Error> {
        self.0.script(sql)
    }
}

impl Backend for Direct<'_> {
    fn begin(&mut self) -> Result<(), Error> {
        self.run("BEGIN IMMEDIATE", &[]).map(drop)
    }
    fn commit(&mut self) -> Result<(), Error> {
        self.run("COMMIT", &[]).map(drop)
    }
    fn rollback(&mut self) {
        self.0.rollback();
    }
    fn may_retry(&self, _error: &Error) -> bool {
        false
    }
    fn between(&mut self, _idle: bool) {}
}

#[cfg(test)]
mod tests {
    use updraft_model::{Granted, Permission, RunId, TenantId};

    use super::*;
    use crate::Tx;

    fn append(first_seq: u64) -> Tx {
        Tx::new(TenantId::DEFAULT).with(Op::AppendJournal {
            run: RunId::new(1, 1),
            entries: vec![vec![7]],
            first_seq,
        })
    }

    async fn entries(disk: &Disk) -> usize {
        let (store, _writer) = disk.open(None).unwrap();
        let granted = Granted::system(TenantId::DEFAULT, "test", Permission::CaseRead);
        store
            .journal(&granted, RunId::new(1, 1))
            .await
            .unwrap()
            .len()
    }

    #[tokio::test]
    async fn what_was_committed_outlives_a_crash_and_what_waited_does_not() {
        let disk = Disk::empty().unwrap();
        let (store, mut writer) = disk.open(None).unwrap();
        let first = store.commit_nowait(append(0));
        assert!(writer.commit().unwrap());
        writer.answer();
        first.await.unwrap();
        let _second = store.commit_nowait(append(1));
        drop((store, writer));
        disk.crash().unwrap();
        assert_eq!(entries(&disk).await, 1);
        let copy = disk.copy().unwrap();
        assert_eq!(entries(&copy).await, 1);
    }

    #[tokio::test]
    async fn a_disk_that_does_not_sync_forgets_the_last_commit() {
        let disk = Disk::empty().unwrap();
        let (store, mut writer) = disk.open(Some(Defect::NoSync)).unwrap();
        for seq in 0..2 {
            let committed = store.commit_nowait(append(seq));
            assert!(writer.commit().unwrap());
            writer.answer();
            committed.await.unwrap();
        }
        drop((store, writer));
        disk.crash().unwrap();
        assert_eq!(entries(&disk).await, 1);
    }

    #[tokio::test]
    async fn a_full_disk_refuses_and_takes_the_same_again_later() {
        let disk = Disk::empty().unwrap();
        let (store, mut writer) = disk.open(None).unwrap();
        let refused = store.commit_nowait(append(0));
        writer.refuse();
        assert!(matches!(refused.await, Err(Error::Full { .. })));
        let taken = store.commit_nowait(append(0));
        assert!(writer.commit().unwrap());
        writer.answer();
        taken.await.unwrap();
        assert_eq!(entries(&disk).await, 1);
    }

    #[tokio::test]
    async fn a_promise_is_kept_only_without_a_crash() {
        let disk = Disk::empty().unwrap();
        let (store, mut writer) = disk.open(Some(Defect::AnswerFirst)).unwrap();
        let promised = store.commit_nowait(append(0));
        assert!(writer.answers_first());
        writer.promise();
        promised.await.unwrap();
        disk.crash().unwrap();
        assert_eq!(entries(&disk).await, 0);
        assert!(writer.commit().unwrap());
        assert_eq!(entries(&disk).await, 1);
        drop(store);
    }
}
