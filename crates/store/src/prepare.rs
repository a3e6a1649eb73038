//! The work that a transaction needs before it meets the writer, done on the caller's side: checks, JSON, compression,
//! search words. The writer is one thread; everything that can happen elsewhere does.

use serde::Serialize;
use updraft_model::{Case, CaseId, Observable, TenantId};

use crate::{
    blobs::RecentBlobs,
    cases::search,
    error::Error,
    packed,
    playbooks::DraftText,
    tx::{KEY_BYTES_MAX, Op, TX_BYTES_MAX, TX_OPS_MAX, Tx},
};

/// How many observables a case's short record carries; the rest is kept beside it.
pub(crate) const OBSERVABLES_SHORT: usize = 3;

/// A transaction that is ready to be applied.
#[derive(Debug)]
pub(crate) struct Ready {
    pub(crate) tenant: TenantId,
    pub(crate) ops: Vec<ReadyOp>,
    pub(crate) bytes: usize,
}

/// An operation and its serialised form.
#[derive(Debug)]
pub(crate) struct ReadyOp {
    pub(crate) op: Op,
    pub(crate) body: Body,
}

#[derive(Debug)]
pub(crate) enum Body {
    None,
    Text(String),
    Bytes(Vec<u8>),
    /// A playbook's head, and its draft's text.
    Draft(String, Vec<u8>),
    Case(Box<CaseBody>),
}

/// A case as its row holds it.
#[derive(Debug)]
pub(crate) struct CaseBody {
    /// The case with its first observables only.
    pub(crate) short: String,
    /// All observables, if there are more than the short record carries.
    pub(crate) observables: Option<String>,
    /// The identities of its observables, sorted.
    pub(crate) keys: Vec<[u8; 16]>,
    /// The words it is found by.
    pub(crate) words: Vec<String>,
    /// Tells whether the words changed.
    pub(crate) words_digest: i64,
}

impl Body {
    pub(crate) fn text(&self) -> &str {
        match self {
            Body::Text(text) | Body::Draft(text, _) => text,
            _ => "",
        }
    }
    pub(crate) fn bytes(&self) -> &[u8] {
        match self {
            Body::Bytes(bytes) | Body::Draft(_, bytes) => bytes,
            _ => &[],
        }
    }
    fn len(&self) -> usize {
        match self {
            Body::None => 0,
            Body::Text(text) => text.len(),
            Body::Bytes(bytes) => bytes.len(),
            Body::Draft(text, bytes) => text.len() + bytes.len(),
            Body::Case(case) => {
                case.short.len()
                    + case.observables.as_ref().map_or(0, String::len)
                    + case.words.iter().map(String::len).sum::<usize>()
            }
        }
    }
}

pub(crate) fn prepare(tx: Tx, recent: &RecentBlobs) -> Result<Ready, Error> {
    if tx.ops.len() > TX_OPS_MAX {
        return Err(Error::TooLarge {
            what: "the transaction's list of operations",
            actual: tx.ops.len(),
            limit: TX_OPS_MAX,
        });
    }
    let mut bytes = 0;
    let mut ops = Vec::with_capacity(tx.ops.len());
    for op in tx.ops {
        check(&op, tx.tenant)?;
        bytes += raw_bytes(&op);
        if bytes > TX_BYTES_MAX {
            return Err(Error::TooLarge {
                what: "the transaction",
                actual: bytes,
                limit: TX_BYTES_MAX,
            });
        }
        let body = body(&op, tx.tenant, recent)?;
        bytes += body.len() + 64;
        ops.push(ReadyOp { op, body });
    }
    Ok(Ready {
        tenant: tx.tenant,
        ops,
        bytes,
    })
}

fn raw_bytes(op: &Op) -> usize {
    match op {
        Op::PutBlob { bytes, .. } | Op::PutContentVersion { body: bytes, .. } => bytes.len(),
        Op::AppendJournal { entries, .. } => entries.iter().map(Vec::len).sum(),
        Op::FinishEffect { result, .. } => result.len(),
        Op::PutConnection { sealed, .. } => sealed.as_ref().map_or(0, Vec::len),
        Op::PutPlaybook {
            draft: DraftText::Put(draft),
            ..
        } => draft.text.len() + draft.tests.values().map(String::len).sum::<usize>(),
        _ => 0,
    }
}

fn body(op: &Op, tenant: TenantId, recent: &RecentBlobs) -> Result<Body, Error> {
    Ok(match op {
        Op::PutBlob { hash, bytes } if !recent.holds(tenant, *hash) => {
            Body::Bytes(packed::pack(bytes))
        }
        Op::PutContentVersion { body, .. } => Body::Bytes(packed::pack(body)),
        Op::AppendJournal { entries, .. } => Body::Bytes(packed::pack(&packed::join(entries))),
        Op::FinishEffect { result, .. } => Body::Bytes(packed::pack(result)),
        Op::PutAnswers { answers, .. } => {
            Body::Bytes(packed::pack(json("answers", answers)?.as_bytes()))
        }
        Op::InsertAlert(alert) | Op::UpdateAlert(alert) | Op::SettleAlert(alert) => {
            Body::Text(json("alert", alert)?)
        }
        Op::InsertCase(case) | Op::UpdateCase { case, .. } => {
            Body::Case(Box::new(case_body(case)?))
        }
        Op::Timeline { entry, .. } => Body::Text(json("timeline entry", entry)?),
        Op::InsertRun(run) | Op::UpdateRun(run) => Body::Text(json("run", run)?),
        Op::Want { wish, .. } | Op::TellCase { wish, .. } | Op::TellWatchers { wish, .. } => {
            Body::Text(json("wish to a run", &wish.body)?)
        }
        Op::OpenTask(task) => Body::Text(json("task", task)?),
        Op::PutTicket(ticket) => Body::Text(json("ticket", ticket)?),
        Op::PutPlaybook {
            playbook, draft, ..
        } => {
            let record = json("playbook", playbook)?;
            match draft {
                DraftText::Put(draft) => {
                    let draft = json("playbook draft", draft.as_ref())?;
                    Body::Draft(record, packed::pack(draft.as_bytes()))
                }
                DraftText::Keep | DraftText::Drop => Body::Text(record),
            }
        }
        Op::AddPlaybookVersion { version, .. } => Body::Text(json("playbook version", version)?),
        Op::AddActivation { activation, .. } => Body::Text(json("activation", activation)?),
        Op::PutBacktest(backtest) => Body::Text(json("backtest", backtest)?),
        Op::PutSchedule { schedule, .. } => Body::Text(json("schedule", schedule)?),
        Op::Decide(decision) => Body::Text(json("decision", decision)?),
        Op::Audit(entry) => Body::Text(json("audit entry", entry)?),
        Op::PutUser { user, .. } => Body::Text(json("account", user)?),
        Op::PutSession { session, .. } => Body::Text(json("session", session)?),
        Op::PutToken { token, .. } => Body::Text(json("token", token)?),
        Op::PutSource(source) => Body::Text(json("source", source)?),
        Op::PutConnection { connection, .. } => Body::Text(json("connection", connection)?),
        Op::PutSetting { value, .. } => Body::Text(json("setting", value)?),
        _ => Body::None,
    })
}

fn json(what: &'static str, value: &impl Serialize) -> Result<String, Error> {
    serde_json::to_string(value).map_err(|error| Error::Invalid {
        detail: format!("the {what} cannot be written as JSON: {error}"),
    })
}

fn case_body(case: &Case) -> Result<CaseBody, Error> {
    let (short, observables) = if case.observables.len() > OBSERVABLES_SHORT {
        let mut short = Case {
            observables: Vec::new(),
            ..case_without_observables(case)
        };
        short
            .observables
            .extend(case.observables.iter().take(OBSERVABLES_SHORT).cloned());
        (
            json("case", &short)?,
            Some(json("observables", &case.observables)?),
        )
    } else {
        (json("case", case)?, None)
    };
    let mut keys: Vec<_> = case.observables.iter().map(observable_key).collect();
    keys.sort_unstable();
    keys.dedup();
    let words = search::words_of(case);
    let words_digest = search::digest(&words);
    Ok(CaseBody {
        short,
        observables,
        keys,
        words,
        words_digest,
    })
}

/// A copy that does not clone thousands of observables first.
fn case_without_observables(case: &Case) -> Case {
    Case {
        kind: case.kind.clone(),
        title: case.title.clone(),
        explanation: case.explanation.clone(),
        dedup_key: case.dedup_key.clone(),
        owner: case.owner.clone(),
        close_note: case.close_note.clone(),
        observables: Vec::new(),
        ..*case
    }
}

/// The first half of the SHA-256 of `type:value`.
pub(crate) fn observable_key(observable: &Observable) -> [u8; 16] {
    let hash = updraft_model::BlobHash::of(observable.key().as_bytes());
    let mut key = [0; 16];
    key.copy_from_slice(&hash.as_bytes()[..16]);
    key
}

fn check(op: &Op, tenant: TenantId) -> Result<(), Error> {
    match op {
        Op::InsertCase(case) | Op::UpdateCase { case, .. } => {
            same(tenant, case.tenant, "case")?;
            if let Some(parent) = case.parent {
                not_itself(case.id, parent)?;
            }
            short("a case's deduplication key", &case.dedup_key)?;
            short("a case's type", case.kind.as_str())?;
            case.owner
                .as_deref()
                .map_or(Ok(()), |owner| short("an owner's name", owner))
        }
        Op::InsertRun(run) | Op::UpdateRun(run) => same(tenant, run.tenant, "run"),
        Op::OpenTask(task) => same(tenant, task.tenant, "task"),
        Op::Audit(entry) => same(tenant, entry.tenant, "audit entry"),
        Op::PutUser { user, .. } => {
            same(tenant, user.tenant, "account")?;
            short("an account's name", &user.name)
        }
        Op::PutSession { session, .. } => same(tenant, session.tenant, "session"),
        Op::PutToken { token, .. } => same(tenant, token.tenant, "token"),
        Op::PutSource(source) => {
            same(tenant, source.tenant, "source")?;
            short("a source's name", &source.name)
        }
        Op::PutConnection { connection, .. } => {
            same(tenant, connection.tenant, "connection")?;
            short("a connection's name", &connection.name)
        }
        Op::IntendEffect { key, .. } | Op::FinishEffect { key, .. } => {
            short("an effect's key", key)
        }
        Op::PutTicket(ticket) => short("a ticket's purpose", &ticket.purpose),
        Op::PutReport { format, .. } => short("a report's format", format),
        Op::PutContentVersion { kind, name, .. } => {
            short("a content's kind", kind)?;
            short("a content's name", name)
        }
        Op::PutPlaybook { playbook, .. } => {
            same(tenant, playbook.tenant, "playbook")?;
            short("a playbook's id", &playbook.id)
        }
        Op::AddPlaybookVersion { playbook, .. } | Op::AddActivation { playbook, .. } => {
            short("a playbook's id", playbook)
        }
        Op::PutBacktest(backtest) => {
            same(tenant, backtest.tenant, "backtest")?;
            short("a playbook's id", &backtest.playbook)
        }
        Op::PutRunPath {
            path: Some(path), ..
        } => {
            short("a case's type", &path.case_type)?;
            short("a playbook's id", &path.playbook)
        }
        Op::PutSchedule { schedule, .. } => {
            same(tenant, schedule.tenant, "schedule")?;
            short("a playbook's id", &schedule.playbook)?;
            short("a schedule's key", &schedule.key)
        }
        Op::Decide(decision) => short("a playbook's id", &decision.playbook),
        Op::PutSetting { name, .. } => short("a setting's name", name),
        _ => Ok(()),
    }
}

fn same(expected: TenantId, found: TenantId, what: &str) -> Result<(), Error> {
    if expected == found {
        return Ok(());
    }
    Err(Error::Invalid {
        detail: format!("the {what} belongs to {found}, the transaction to {expected}"),
    })
}

fn not_itself(case: CaseId, parent: CaseId) -> Result<(), Error> {
    if case != parent {
        return Ok(());
    }
    Err(Error::Invalid {
        detail: format!("{case} is its own parent"),
    })
}

fn short(what: &'static str, text: &str) -> Result<(), Error> {
    if text.len() <= KEY_BYTES_MAX {
        return Ok(());
    }
    Err(Error::TooLarge {
        what,
        actual: text.len(),
        limit: KEY_BYTES_MAX,
    })
}
