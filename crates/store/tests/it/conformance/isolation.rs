//! No read finds a row of another tenant, and no write reaches one.

use serde_json::json;
use updraft_model::{BlobHash, Severity, Ticket, TicketState};
use updraft_store::{AlertFilter, CaseFilter, Conflict, Error, Op, Page, Store, Tx, WhichRun};

use super::{commit, promises, settings};
use crate::builders::{
    TENANT, alert, answer, at, audit, case, granted, line, other_tenant, run, stranger,
};

promises!(a_stranger_finds_nothing, a_stranger_changes_nothing);

async fn a_stranger_finds_nothing(store: &Store) {
    let (case, alert) = (case("secret"), alert(Severity::High));
    let (run, blob) = (run(case.id), BlobHash::of(b"payload"));
    let ticket = Ticket {
        case: case.id,
        purpose: "p".into(),
        connection: "c".into(),
        connector: "c".into(),
        state: TicketState::Created,
        external_id: "X-1".into(),
        url: String::new(),
        at: at(0),
    };
    let (user, source, connection) = (
        settings::user(1, "ana"),
        settings::source(1, "siem"),
        settings::connection(1, "vt"),
    );
    commit(
        store,
        [
            Op::PutBlob {
                hash: blob,
                bytes: b"payload".to_vec().into(),
            },
            Op::InsertAlert(alert.clone()),
            Op::InsertCase(Box::new(case.clone())),
            Op::Timeline {
                case: case.id,
                entry: line("x"),
            },
            Op::InsertRun(Box::new(run.clone())),
            Op::AppendJournal {
                run: run.id,
                entries: vec![vec![1]],
                first_seq: 0,
            },
            Op::PutAnswers {
                case: case.id,
                run: run.id,
                answers: vec![answer("a", "x")],
            },
            Op::IntendEffect {
                key: "k".into(),
                run: run.id,
                at: at(0),
            },
            Op::PutTicket(ticket),
            Op::PutReport {
                case: case.id,
                run: run.id,
                format: "html".into(),
                blob,
            },
            Op::PutContentVersion {
                digest: blob,
                kind: "k".into(),
                name: "n".into(),
                body: b"b".to_vec().into(),
            },
            Op::Audit(audit(TENANT, "a")),
            Op::PutUser {
                user: user.clone(),
                password_hash: None,
            },
            Op::PutSource(source.clone()),
            Op::PutConnection {
                connection: connection.clone(),
                sealed: None,
            },
            Op::PutSetting {
                name: "s".into(),
                value: json!(1),
            },
        ],
    )
    .await;
    // The stranger's tenant must exist, or it would find nothing for the wrong reason.
    store
        .commit(Tx::new(other_tenant()).with(Op::Audit(audit(other_tenant(), "own"))))
        .await
        .unwrap();

    for (who, there) in [(granted(), 1), (stranger(), 0)] {
        let who = &who;
        let observable = case.observables[0].clone();
        let found = [
            usize::from(store.alert(who, alert.id).await.unwrap().is_some()),
            store
                .alerts(who, AlertFilter::default(), Page::default())
                .await
                .unwrap()
                .items
                .len(),
            store
                .alerts(
                    who,
                    AlertFilter {
                        source: Some(alert.source),
                        ..AlertFilter::default()
                    },
                    Page::default(),
                )
                .await
                .unwrap()
                .items
                .len(),
            usize::from(store.case(who, case.id).await.unwrap().is_some()),
            usize::from(store.case_by_key(who, "secret").await.unwrap().is_some()),
            usize::from(store.case_by_number(who, 1).await.unwrap().is_some()),
            store
                .cases(who, CaseFilter::default(), Page::default())
                .await
                .unwrap()
                .items
                .len(),
            store
                .cases(
                    who,
                    CaseFilter {
                        text: "secret".into(),
                        ..CaseFilter::default()
                    },
                    Page::default(),
                )
                .await
                .unwrap()
                .items
                .len(),
            store
                .cases(
                    who,
                    CaseFilter {
                        text: "1".into(),
                        ..CaseFilter::default()
                    },
                    Page::default(),
                )
                .await
                .unwrap()
                .items
                .len(),
            store
                .cases(
                    who,
                    CaseFilter {
                        opened_from: Some(at(0)),
                        ..CaseFilter::default()
                    },
                    Page::default(),
                )
                .await
                .unwrap()
                .items
                .len(),
            store
                .case_counts(who, CaseFilter::default())
                .await
                .unwrap()
                .total as usize,
            store
                .timeline(who, case.id, Page::default())
                .await
                .unwrap()
                .items
                .len(),
            usize::from(store.run(who, run.id).await.unwrap().is_some()),
            store.runs_of_case(who, case.id).await.unwrap().len(),
            store.queued_runs_of_case(who, case.id).await.unwrap().len(),
            store.journal(who, run.id).await.unwrap().len(),
            store
                .answers(who, case.id, WhichRun::Latest)
                .await
                .unwrap()
                .len(),
            store
                .answers(who, case.id, WhichRun::Run(run.id))
                .await
                .unwrap()
                .len(),
            usize::from(store.effect(who, "k").await.unwrap().is_some()),
            store.tickets(who, case.id).await.unwrap().len(),
            usize::from(store.ticket_of(who, case.id, "p").await.unwrap().is_some()),
            store.reports(who, case.id).await.unwrap().len(),
            usize::from(store.blob(who, blob).await.unwrap().is_some()),
            usize::from(store.content_version(who, blob).await.unwrap().is_some()),
            usize::from(
                store
                    .observables_seen(who, observable.kind, observable.value)
                    .await
                    .unwrap()
                    .is_some(),
            ),
            store.users(who).await.unwrap().len(),
            usize::from(store.user(who, user.id).await.unwrap().is_some()),
            store.sources(who).await.unwrap().len(),
            usize::from(store.source(who, source.id).await.unwrap().is_some()),
            usize::from(store.source_by_name(who, "siem").await.unwrap().is_some()),
            store.connections(who).await.unwrap().len(),
            usize::from(
                store
                    .connection(who, connection.id)
                    .await
                    .unwrap()
                    .is_some(),
            ),
            usize::from(store.setting(who, "s").await.unwrap().is_some()),
        ];
        for (read, found) in found.into_iter().enumerate() {
            assert_eq!(found, there, "read {read}");
        }
    }
}

async fn a_stranger_changes_nothing(store: &Store) {
    let (case, alert) = (case("mine"), alert(Severity::High));
    let run = run(case.id);
    let own = [
        Op::InsertAlert(alert.clone()),
        Op::InsertCase(Box::new(case.clone())),
        Op::InsertRun(Box::new(run.clone())),
        Op::IntendEffect {
            key: "k".into(),
            run: run.id,
            at: at(0),
        },
    ];
    commit(store, own).await;
    let as_stranger = async |op: Op| {
        store
            .commit(Tx::new(other_tenant()).with(op))
            .await
            .unwrap_err()
    };
    let mut stolen_case = case.clone();
    stolen_case.tenant = other_tenant();
    let mut stolen_run = run.clone();
    stolen_run.tenant = other_tenant();
    for op in [
        Op::UpdateAlert(alert.clone()),
        Op::UpdateCase {
            case: Box::new(stolen_case),
            expected_version: 1,
        },
        Op::AddOccurrence {
            case: case.id,
            alert: alert.id,
            at: at(1),
        },
        Op::UpdateRun(Box::new(stolen_run)),
        Op::FinishEffect {
            key: "k".into(),
            result: vec![],
        },
    ] {
        let refused = as_stranger(op).await;
        assert!(
            matches!(refused, Error::Conflict(Conflict::Missing { .. })),
            "{refused}"
        );
    }
    for op in [
        Op::InsertCase(Box::new(case.clone())),
        Op::InsertRun(Box::new(run.clone())),
        Op::PutUser {
            user: settings::user(9, "x"),
            password_hash: None,
        },
        Op::PutSource(settings::source(9, "x")),
        Op::PutConnection {
            connection: settings::connection(9, "x"),
            sealed: None,
        },
    ] {
        assert!(matches!(as_stranger(op).await, Error::Invalid { .. }));
    }
    let stored = store.case(&granted(), case.id).await.unwrap().unwrap();
    assert_eq!((stored.occurrences, stored.version), (1, 1));
}
