//! Runs, journals, answers, the ledger of effects, tickets.

use serde_json::json;
use updraft_model::{AnswerOutcome, RunState, Ticket, TicketState};
use updraft_store::{Conflict, EffectState, Error, Op, Store, WhichRun};

use super::{commit, promises, refusal};
use crate::builders::{answer, at, case, granted, run};

promises!(
    unfinished_due_and_queued_runs_are_found,
    a_journal_grows_at_its_end_only,
    a_later_answer_takes_the_place_of_the_earlier,
    an_effect_is_intended_once_and_keeps_its_first_answer,
    a_case_has_one_ticket_for_each_purpose,
);

async fn unfinished_due_and_queued_runs_are_found(store: &Store) {
    let case = case("runs").id;
    let mut runs: Vec<_> = (0..4).map(|_| run(case)).collect();
    commit(
        store,
        runs.iter().cloned().map(|run| Op::InsertRun(Box::new(run))),
    )
    .await;
    runs[0].state = RunState::Waiting;
    runs[0].wake_at = Some(at(100));
    runs[1].state = RunState::Succeeded;
    runs[1].wake_at = Some(at(1));
    runs[1].ended_at = Some(at(50));
    commit(
        store,
        runs[..2]
            .iter()
            .cloned()
            .map(|run| Op::UpdateRun(Box::new(run))),
    )
    .await;
    let granted = granted();
    assert_eq!(
        store.unfinished_runs().await.unwrap(),
        [runs[0].clone(), runs[2].clone(), runs[3].clone()]
    );
    assert_eq!(
        store.queued_runs_of_case(&granted, case).await.unwrap(),
        runs[2..]
    );
    assert_eq!(store.due_runs(at(99), 10).await.unwrap(), []);
    assert_eq!(store.due_runs(at(100), 10).await.unwrap(), runs[..1]);
    let newest_first: Vec<_> = runs.iter().rev().cloned().collect();
    assert_eq!(
        store.runs_of_case(&granted, case).await.unwrap(),
        newest_first
    );
    assert_eq!(
        store.run(&granted, runs[1].id).await.unwrap(),
        Some(runs[1].clone())
    );
    let again = refusal(store, [Op::InsertRun(Box::new(runs[1].clone()))]).await;
    assert!(matches!(
        again,
        Error::Conflict(Conflict::Duplicate { what: "run", .. })
    ));
    let unknown = refusal(store, [Op::UpdateRun(Box::new(run(case)))]).await;
    assert!(matches!(
        unknown,
        Error::Conflict(Conflict::Missing { what: "run", .. })
    ));
}

async fn a_journal_grows_at_its_end_only(store: &Store) {
    let run = run(case("x").id).id;
    let append = |first_seq, entries: &[&[u8]]| Op::AppendJournal {
        run,
        entries: entries.iter().map(|entry| entry.to_vec()).collect(),
        first_seq,
    };
    commit(store, [append(0, &[b"a", b"b"]), append(2, &[b""])]).await;
    commit(store, [append(3, &[&[7; 5_000]])]).await;
    for wrong in [0, 1, 3, 5] {
        let refused = refusal(store, [append(wrong, &[b"x"])]).await;
        assert_eq!(
            refused,
            Conflict::JournalPosition {
                run,
                expected: 4,
                given: wrong
            }
            .into()
        );
    }
    let journal = store.journal(&granted(), run).await.unwrap();
    let expected = [
        (0, b"a".to_vec()),
        (1, b"b".to_vec()),
        (2, vec![]),
        (3, vec![7; 5_000]),
    ];
    assert_eq!(journal, expected);
}

async fn a_later_answer_takes_the_place_of_the_earlier(store: &Store) {
    let case = case("answers").id;
    let (first, second) = (run(case).id, run(case).id);
    let put = |run, answers| Op::PutAnswers { case, run, answers };
    commit(
        store,
        [put(first, vec![answer("a", "x"), answer("b", "x")])],
    )
    .await;
    let mut changed = answer("a", "x");
    changed.outcome = AnswerOutcome::Failed;
    commit(store, [put(first, vec![changed.clone(), answer("a", "y")])]).await;
    let granted = granted();
    let answers = store
        .answers(&granted, case, WhichRun::Latest)
        .await
        .unwrap();
    assert_eq!(
        answers,
        [changed.clone(), answer("b", "x"), answer("a", "y")]
    );
    commit(store, [put(second, vec![answer("c", "x")])]).await;
    assert_eq!(
        store
            .answers(&granted, case, WhichRun::Latest)
            .await
            .unwrap(),
        [answer("c", "x")]
    );
    assert_eq!(
        store
            .answers(&granted, case, WhichRun::Run(first))
            .await
            .unwrap()
            .len(),
        3
    );
}

async fn an_effect_is_intended_once_and_keeps_its_first_answer(store: &Store) {
    let run = run(case("x").id).id;
    let intend = || Op::IntendEffect {
        key: "case:ticket".into(),
        run,
        at: at(0),
    };
    let finish = |result: &[u8]| Op::FinishEffect {
        key: "case:ticket".into(),
        result: result.to_vec(),
    };
    assert!(commit(store, [intend()]).await.effects.is_empty());
    assert_eq!(
        commit(store, [intend()]).await.effects,
        [("case:ticket".to_owned(), None)]
    );
    let granted = granted();
    let row = store
        .effect(&granted, "case:ticket")
        .await
        .unwrap()
        .unwrap();
    assert_eq!(
        (row.state, row.result, row.run),
        (EffectState::Intended, None, run)
    );
    commit(store, [finish(b"first")]).await;
    commit(store, [finish(b"second")]).await;
    let known = commit(store, [intend()]).await.effects;
    assert_eq!(known, [("case:ticket".to_owned(), Some(b"first".to_vec()))]);
    let row = store
        .effect(&granted, "case:ticket")
        .await
        .unwrap()
        .unwrap();
    assert_eq!(
        (row.state, row.result),
        (EffectState::Finished, Some(b"first".to_vec()))
    );
}

async fn a_case_has_one_ticket_for_each_purpose(store: &Store) {
    let case = case("ticket").id;
    let ticket = |state, external_id: &str| Ticket {
        case,
        purpose: "investigation".into(),
        connection: "Jira".into(),
        connector: "jira".into(),
        state,
        external_id: external_id.into(),
        url: json!("x").to_string(),
        at: at(0),
    };
    let (intended, created) = (
        ticket(TicketState::Intended, ""),
        ticket(TicketState::Created, "SEC-1"),
    );
    commit(store, [Op::PutTicket(intended.clone())]).await;
    commit(store, [Op::PutTicket(intended.clone())]).await;
    commit(store, [Op::PutTicket(created.clone())]).await;
    commit(store, [Op::PutTicket(created.clone())]).await;
    for other in [intended, ticket(TicketState::Created, "SEC-2")] {
        let refused = refusal(store, [Op::PutTicket(other)]).await;
        assert!(
            matches!(refused, Error::Conflict(Conflict::Ticket { external_id, .. }) if external_id == "SEC-1")
        );
    }
    let granted = granted();
    assert_eq!(
        store.tickets(&granted, case).await.unwrap(),
        std::slice::from_ref(&created)
    );
    assert_eq!(
        store
            .ticket_of(&granted, case, "investigation")
            .await
            .unwrap(),
        Some(created)
    );
    assert_eq!(
        store.ticket_of(&granted, case, "other").await.unwrap(),
        None
    );
}
