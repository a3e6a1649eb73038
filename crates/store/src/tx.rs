//! Changes as data: what a caller wants to be durable, all of it or nothing.

use std::sync::Arc;

use serde_json::Value;
use updraft_model::{
    Activation, Alert, AlertId, Answer, AuditEntry, Backtest, BlobHash, Case, CaseId, Connection,
    ConnectionId, Decision, Playbook, PlaybookVersion, Run, RunId, RunPath, ScheduleState,
    Severity, Source, SourceId, Task, TaskChange, TenantId, Ticket, TimelineEntry, Timestamp,
    TokenId, User, UserId, WishId,
};

use crate::{
    playbooks::DraftText,
    sessions::{Session, Token},
    wishes::Wish,
};

/// The most operations of one transaction.
pub const TX_OPS_MAX: usize = 20_000;
/// The most bytes of one transaction, all its payloads together.
pub const TX_BYTES_MAX: usize = 128 * 1024 * 1024;
/// The most bytes of a key, a name or a purpose.
pub const KEY_BYTES_MAX: usize = 1_024;

/// One transaction of one tenant: all of it becomes durable, or nothing.
#[derive(Debug, Clone)]
pub struct Tx {
    /// Whose data it touches; an operation on another tenant's thing is refused.
    pub tenant: TenantId,
    /// What to do, in this order.
    pub ops: Vec<Op>,
    /// Its place in the queue when more is waiting than one batch takes. Transactions of equal priority keep their order.
    pub priority: Severity,
}

impl Tx {
    /// An empty transaction of normal priority.
    pub fn new(tenant: TenantId) -> Self {
        Self {
            tenant,
            ops: Vec::new(),
            priority: Severity::default(),
        }
    }
    /// The same with one more operation.
    #[must_use]
    pub fn with(mut self, op: Op) -> Self {
        self.ops.push(op);
        self
    }
    /// The same in another place of the queue.
    #[must_use]
    pub fn priority(mut self, priority: Severity) -> Self {
        self.priority = priority;
        self
    }
}

/// One change.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum Op {
    /// Keeps a payload under its hash, compressed when that helps; a payload that is there already costs nothing.
    PutBlob {
        /// SHA-256 of the bytes.
        hash: BlobHash,
        /// The bytes.
        bytes: Arc<[u8]>,
    },
    /// Adds an alert. Guard: its id is new.
    InsertAlert(Alert),
    /// Replaces an alert's record. Guard: it exists.
    UpdateAlert(Alert),
    /// Replaces the record of an alert that waits in the inbox: it is admitted or ignored from now on. Guard: it
    /// still waits there, so no alert is admitted twice.
    SettleAlert(Alert),
    /// Adds a case and gives it its number (the one inside is ignored). Guards: its id is new, and its
    /// `dedup_key`, unless empty, belongs to no other case.
    InsertCase(Box<Case>),
    /// Replaces a case. The stored version becomes `expected_version + 1`; the number and the key's owner never
    /// change; `occurrences` and `updated_at` never go back. Guard: the stored version is the expected one.
    UpdateCase {
        /// The new content.
        case: Box<Case>,
        /// The version that the writer had read.
        expected_version: u64,
    },
    /// One more alert for the case, without looking at its version. Guard: the case exists.
    AddOccurrence {
        /// Which case.
        case: CaseId,
        /// The alert that came.
        alert: AlertId,
        /// When.
        at: Timestamp,
    },
    /// Adds a line to a case's timeline.
    Timeline {
        /// Which case.
        case: CaseId,
        /// The line.
        entry: TimelineEntry,
    },
    /// Adds the head of a run. Guard: its id is new.
    InsertRun(Box<Run>),
    /// Replaces the head of a run. Guard: it exists.
    UpdateRun(Box<Run>),
    /// Adds entries to a run's journal. Guard: `first_seq` is the next free position, so no entry is ever written
    /// twice or left out.
    AppendJournal {
        /// Whose journal.
        run: RunId,
        /// The entries.
        entries: Vec<Vec<u8>>,
        /// The position of the first of them; a journal starts at 0.
        first_seq: u64,
    },
    /// Puts a wish into a run's mailbox. Guard: the run is not over, and has fewer than
    /// [`WISHES_MAX`](crate::WISHES_MAX) wishes.
    Want {
        /// Which run.
        run: RunId,
        /// What it is to be told.
        wish: Wish,
    },
    /// Puts a wish into the mailbox of every run of a case that is not over; [`Committed::told`] names them. A mailbox
    /// that is full takes no more.
    TellCase {
        /// Which case.
        case: CaseId,
        /// The run that says it, which needs not be told.
        except: Option<RunId>,
        /// What they are to be told.
        wish: Wish,
    },
    /// Puts a wish into the mailbox of every run that watches a case; a wish with the same text that waits already is
    /// enough.
    TellWatchers {
        /// Which case.
        case: CaseId,
        /// What they are to be told.
        wish: Wish,
    },
    /// The run has taken a wish in: to be written in the transaction of the journal entry. Guard: the wish is there,
    /// so that none is taken in twice.
    TakeWish {
        /// Whose wish.
        run: RunId,
        /// Which.
        id: WishId,
    },
    /// The run is over: nothing can be wanted of it any more.
    ForgetWishes {
        /// Which run.
        run: RunId,
    },
    /// Adds a task; one that the same step has already stays as it is.
    OpenTask(Box<Task>),
    /// Changes the open task of a step, if it has one.
    ChangeTask {
        /// Whose task.
        run: RunId,
        /// The step's path.
        path: String,
        /// Which attempt of the step.
        attempt: u32,
        /// What happened.
        change: TaskChange,
    },
    /// Closes whatever tasks of a run are open.
    CloseTasks {
        /// Which run.
        run: RunId,
        /// What happened.
        change: TaskChange,
    },
    /// Adds answers of a run. A later answer to the same question replaces the earlier one when read.
    PutAnswers {
        /// The case they are for.
        case: CaseId,
        /// The run that asked.
        run: RunId,
        /// The answers.
        answers: Vec<Answer>,
    },
    /// Records that a write to the outside is about to be sent. The same key again changes nothing;
    /// [`Committed::effects`] then says what is known of it.
    IntendEffect {
        /// The idempotency key.
        key: String,
        /// The run that sends it.
        run: RunId,
        /// When.
        at: Timestamp,
    },
    /// Records the answer to a write. Guard: it was intended. The first answer stays.
    FinishEffect {
        /// The idempotency key.
        key: String,
        /// The answer.
        result: Vec<u8>,
    },
    /// Takes an intention back whose write certainly did not happen; an answer that is known stays.
    ForgetEffect {
        /// The idempotency key.
        key: String,
    },
    /// Adds a ticket or says more about it. Guard: a ticket that exists outside is not replaced by another.
    PutTicket(Ticket),
    /// Names the payload that is a run's report in one format.
    PutReport {
        /// The case reported on.
        case: CaseId,
        /// The run that made it.
        run: RunId,
        /// `html`, `md` or `json`.
        format: String,
        /// The payload, put before or in the same transaction.
        blob: BlobHash,
    },
    /// Keeps a pinned text: a playbook or a manifest that runs refer to.
    PutContentVersion {
        /// SHA-256 of the text.
        digest: BlobHash,
        /// `playbook`, `connector`, …
        kind: String,
        /// Its name.
        name: String,
        /// The text.
        body: Arc<[u8]>,
    },
    /// Adds or replaces the head of a playbook. Guard: the stored revision is the expected one, or there is none.
    PutPlaybook {
        /// The head, with its new revision.
        playbook: Box<Playbook>,
        /// The revision that the writer had read; `None` for a playbook that is new.
        expected: Option<u64>,
        /// What becomes of the draft's text.
        draft: DraftText,
    },
    /// Adds a version of a playbook; its text is put as content in the same transaction. Guard: the number is new.
    AddPlaybookVersion {
        /// Of which playbook.
        playbook: String,
        /// The version.
        version: Box<PlaybookVersion>,
    },
    /// Adds a line to the history of what was live.
    AddActivation {
        /// Of which playbook.
        playbook: String,
        /// What became live.
        activation: Activation,
    },
    /// Adds or replaces a backtest.
    PutBacktest(Box<Backtest>),
    /// Keeps the way that a run took, once, and that nothing is owed about it any more; without a path only that.
    PutRunPath {
        /// Which run.
        run: RunId,
        /// The way it took.
        path: Option<Box<RunPath>>,
    },
    /// Adds a schedule, or moves it on. Guard: it is due at the moment that the writer had read; there is none yet
    /// where the writer expects none. So no moment has two runs.
    PutSchedule {
        /// Where it stands from now on.
        schedule: Box<ScheduleState>,
        /// When it was due as the writer read it; `None` for a new one.
        expected: Option<Timestamp>,
    },
    /// Removes a schedule; one that is gone already is fine.
    DropSchedule {
        /// Whose.
        playbook: String,
        /// Which.
        key: String,
    },
    /// Keeps what was decided about a playbook.
    Decide(Box<Decision>),
    /// Adds an entry to the tenant's audit chain.
    Audit(AuditEntry),
    /// Adds or replaces an account. Guard: the name is free.
    PutUser {
        /// The account.
        user: User,
        /// The password's hash; `None` keeps the one that is stored.
        password_hash: Option<String>,
    },
    /// Adds or replaces a session, found by its secret's hash.
    PutSession {
        /// SHA-256 of the secret.
        hash: [u8; 32],
        /// The session.
        session: Session,
    },
    /// Ends a session; one that is gone already is fine.
    DeleteSession {
        /// SHA-256 of the secret.
        hash: [u8; 32],
    },
    /// Ends all sessions of an account.
    DeleteSessionsOf {
        /// Whose.
        user: UserId,
    },
    /// Adds or replaces a token, found by its secret's hash.
    PutToken {
        /// SHA-256 of the secret.
        hash: [u8; 32],
        /// The token.
        token: Token,
    },
    /// Revokes a token; one that is gone already is fine.
    DeleteToken {
        /// Which.
        id: TokenId,
    },
    /// Adds or replaces an intake. Guard: the name is free.
    PutSource(Source),
    /// Records that an alert came through an intake; the latest moment stays.
    HeardSource {
        /// Which intake.
        source: SourceId,
        /// When.
        at: Timestamp,
    },
    /// Adds or replaces a connection. Guard: the name is free.
    PutConnection {
        /// The connection.
        connection: Connection,
        /// Its sealed secrets; `None` keeps those that are stored.
        sealed: Option<Vec<u8>>,
    },
    /// Removes a connection and its sealed secrets; one that is gone already is fine.
    DeleteConnection {
        /// Which.
        id: ConnectionId,
    },
    /// Sets a setting.
    PutSetting {
        /// Its name.
        name: String,
        /// Its value.
        value: Value,
    },
}

/// What a committed transaction found out.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Committed {
    /// The numbers that new cases were given, in the order of the operations.
    pub case_numbers: Vec<(CaseId, u64)>,
    /// Intended effects that were known already, in the order of the operations: the key, and the recorded answer
    /// if there is one.
    pub effects: Vec<(String, Option<Vec<u8>>)>,
    /// The runs in whose mailbox [`Op::TellCase`] put a wish.
    pub told: Vec<RunId>,
}
