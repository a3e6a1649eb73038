//! Applies one transaction's operations, each by its noun.

use updraft_model::TenantId;

use crate::{
    alerts, answers, audit, backtests, blobs,
    blobs::RecentBlobs,
    cases, connections, content_versions, effects,
    error::Error,
    heads::Scope,
    playbooks,
    prepare::{Body, Ready, ReadyOp},
    reports, run_paths, runs,
    seam::Db,
    sessions, settings, sources, tasks, tickets, timeline, triggers,
    tx::Op,
    users, wishes,
};

pub(crate) fn apply(
    db: &mut dyn Db,
    scope: &mut Scope<'_>,
    recent: &RecentBlobs,
    ready: &Ready,
) -> Result<(), Error> {
    for op in &ready.ops {
        one(db, scope, recent, ready.tenant, op)?;
    }
    Ok(())
}

fn one(
    db: &mut dyn Db,
    scope: &mut Scope<'_>,
    recent: &RecentBlobs,
    tenant: TenantId,
    ready: &ReadyOp,
) -> Result<(), Error> {
    let (text, bytes) = (ready.body.text(), ready.body.bytes());
    match &ready.op {
        Op::PutBlob { hash, bytes } => {
            blobs::put(db, scope, recent, (tenant, *hash), (bytes, ready))
        }
        Op::InsertAlert(alert) => alerts::insert(db, scope, alert, text),
        Op::UpdateAlert(alert) => alerts::update(db, scope, alert, text),
        Op::SettleAlert(alert) => alerts::settle(db, scope, alert, text),
        Op::InsertCase(case) => match &ready.body {
            Body::Case(body) => cases::insert(db, scope, case, body),
            _ => Ok(()),
        },
        Op::UpdateCase {
            case,
            expected_version,
        } => match &ready.body {
            Body::Case(body) => cases::update(db, scope, case, body, *expected_version),
            _ => Ok(()),
        },
        Op::AddOccurrence { case, at, .. } => cases::add_occurrence(db, scope, *case, *at),
        Op::Timeline { case, .. } => timeline::add(db, scope, *case, text),
        Op::InsertRun(run) => runs::insert(db, scope, run, text),
        Op::UpdateRun(run) => runs::update(db, scope, run, text),
        Op::AppendJournal {
            run,
            entries,
            first_seq,
        } => runs::append(db, scope, *run, *first_seq, (entries.len(), bytes)),
        Op::Want { run, wish } => wishes::want(db, scope, (*run, wish.id), text),
        Op::TellCase { case, except, wish } => {
            wishes::tell_case(db, scope, (*case, *except), wish.id, text)
        }
        Op::TellWatchers { case, wish } => wishes::tell_watchers(db, scope, *case, wish.id, text),
        Op::TakeWish { run, id } => wishes::take(db, scope, *run, *id),
        Op::ForgetWishes { run } => wishes::forget(db, scope, *run),
        Op::OpenTask(task) => tasks::open(db, scope, task, text),
        Op::ChangeTask {
            run,
            path,
            attempt,
            change,
        } => tasks::change(db, scope, (*run, path, *attempt), change),
        Op::CloseTasks { run, change } => tasks::withdraw(db, scope, *run, change),
        Op::PutAnswers { case, run, .. } => answers::put(db, scope, *case, *run, bytes),
        Op::IntendEffect { key, run, at } => effects::intend(db, scope, key, *run, *at),
        Op::FinishEffect { key, .. } => effects::finish(db, scope, key, bytes),
        Op::ForgetEffect { key } => effects::forget(db, scope, key),
        Op::PutTicket(ticket) => tickets::put(db, scope, ticket, text),
        Op::PutReport {
            case,
            run,
            format,
            blob,
        } => reports::put(db, scope, (*case, *run), format, *blob),
        Op::PutContentVersion {
            digest, kind, name, ..
        } => content_versions::put(db, scope, *digest, (kind, name), bytes),
        Op::PutPlaybook {
            playbook,
            expected,
            draft,
        } => playbooks::put(db, scope, playbook, *expected, (draft, bytes), text),
        Op::AddPlaybookVersion { playbook, version } => {
            playbooks::add_version(db, scope, playbook, version, text)
        }
        Op::AddActivation { playbook, .. } => playbooks::add_activation(db, scope, playbook, text),
        Op::PutBacktest(backtest) => backtests::put(db, scope, backtest, text),
        Op::PutRunPath { run, path } => run_paths::put(db, scope, *run, path.as_deref()),
        Op::PutSchedule { schedule, expected } => {
            triggers::put_schedule(db, scope, schedule, *expected, text)
        }
        Op::DropSchedule { playbook, key } => triggers::drop_schedule(db, scope, playbook, key),
        Op::Decide(decision) => triggers::decide(db, scope, decision, text),
        Op::Audit(entry) => audit::add(db, scope, entry, text),
        Op::PutUser {
            user,
            password_hash,
        } => users::put(db, scope, user, password_hash.as_deref(), text),
        Op::PutSession { hash, session } => sessions::put_session(db, scope, hash, session, text),
        Op::DeleteSession { hash } => sessions::delete_session(db, scope, hash),
        Op::DeleteSessionsOf { user } => sessions::delete_sessions_of(db, scope, *user),
        Op::PutToken { hash, token } => sessions::put_token(db, scope, hash, token, text),
        Op::DeleteToken { id } => sessions::delete_token(db, scope, *id),
        Op::HeardSource { source, at } => sources::heard(db, scope, *source, *at),
        Op::PutSource(source) => sources::put(db, scope, source, text),
        Op::PutConnection { connection, sealed } => {
            connections::put(db, scope, connection, sealed.as_deref(), text)
        }
        Op::DeleteConnection { id } => connections::delete(db, scope, *id),
        Op::PutSetting { name, .. } => settings::put(db, scope, name, text),
    }
}
