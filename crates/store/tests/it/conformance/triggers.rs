//! Schedules that move once for each moment, decisions that are found and forgotten, runs that sleep by the page.

use updraft_model::{
    AlertId, Decision, DecisionOutcome, RunId, RunState, ScheduleState, Severity, Timestamp,
};
use updraft_store::{AsleepRun, Conflict, DecisionFilter, Error, Op, Retention, Store};

use super::{commit, promises, refusal};
use crate::builders::{TENANT, alert, at, case, granted, run, stranger};

promises!(
    a_moment_of_a_schedule_is_taken_once,
    decisions_are_found_by_what_they_are_about_and_go_in_their_time,
    sleeping_runs_are_read_by_the_page_and_by_their_moment,
    a_run_counts_against_its_playbook_from_its_beginning_to_its_end,
);

fn schedule(due: i64) -> Box<ScheduleState> {
    Box::new(ScheduleState {
        tenant: TENANT,
        playbook: "nightly".into(),
        key: "0 7 * * * UTC".into(),
        due_at: at(due),
        last_at: None,
        last_run: None,
    })
}

async fn a_moment_of_a_schedule_is_taken_once(store: &Store) {
    let put = |due, expected: Option<i64>| Op::PutSchedule {
        schedule: schedule(due),
        expected: expected.map(at),
    };
    commit(store, [put(100, None)]).await;
    let twice = refusal(store, [put(100, None)]).await;
    let lost = |error: Error| {
        matches!(
            error,
            Error::Conflict(Conflict::Changed {
                what: "schedule",
                ..
            })
        )
    };
    assert!(lost(twice));
    let made = run(case("x").id);
    commit(
        store,
        [put(200, Some(100)), Op::InsertRun(Box::new(made.clone()))],
    )
    .await;
    // Whoever comes later with the same moment makes no run.
    let second = run(made.case);
    let late = refusal(
        store,
        [put(200, Some(100)), Op::InsertRun(Box::new(second.clone()))],
    )
    .await;
    assert!(lost(late));
    assert_eq!(store.run(&granted(), second.id).await.unwrap(), None);
    assert_eq!(store.schedules().await.unwrap(), [*schedule(200)]);
    assert_eq!(
        store.schedules_of(&granted(), "nightly").await.unwrap(),
        [*schedule(200)]
    );
    assert_eq!(store.schedules_of(&granted(), "other").await.unwrap(), []);
    assert_eq!(
        store.schedules_of(&stranger(), "nightly").await.unwrap(),
        []
    );
    let drop = || Op::DropSchedule {
        playbook: "nightly".into(),
        key: "0 7 * * * UTC".into(),
    };
    commit(store, [drop()]).await;
    commit(store, [drop()]).await;
    assert_eq!(store.schedules().await.unwrap(), []);
}

fn decision(playbook: &str, alert: Option<AlertId>, when: Timestamp) -> Decision {
    Decision {
        at: when,
        playbook: playbook.into(),
        kind: "alert".into(),
        trigger: "any alert".into(),
        alert,
        case: None,
        run: None,
        outcome: DecisionOutcome::Condition,
        reason: "the condition does not hold".into(),
        read: vec![("alert.severity".into(), "\"low\"".into())],
        more: 0,
    }
}

async fn decisions_are_found_by_what_they_are_about_and_go_in_their_time(store: &Store) {
    let about = alert(Severity::Low).id;
    let of_case = case("c").id;
    let first = decision("a", Some(about), at(0));
    let second = Decision {
        case: Some(of_case),
        ..decision("b", Some(about), at(1))
    };
    let third = decision("a", None, at(2));
    commit(
        store,
        [&first, &second, &third].map(|one| Op::Decide(Box::new(one.clone()))),
    )
    .await;
    let found =
        async |filter: DecisionFilter| store.decisions(&granted(), filter, 50).await.unwrap();
    let all = DecisionFilter::default();
    assert_eq!(
        found(all.clone()).await,
        [third.clone(), second.clone(), first.clone()]
    );
    let of_a = DecisionFilter {
        playbook: Some("a".into()),
        ..all.clone()
    };
    assert_eq!(found(of_a.clone()).await, [third.clone(), first.clone()]);
    let of_alert = DecisionFilter {
        alert: Some(about),
        ..all.clone()
    };
    assert_eq!(
        found(of_alert.clone()).await,
        [second.clone(), first.clone()]
    );
    let both = DecisionFilter {
        playbook: Some("a".into()),
        ..of_alert
    };
    assert_eq!(found(both).await, [first]);
    let in_case = DecisionFilter {
        case: Some(of_case),
        ..all.clone()
    };
    assert_eq!(found(in_case).await, [second]);
    assert_eq!(
        store.decisions(&stranger(), all.clone(), 50).await.unwrap(),
        []
    );
    assert_eq!(
        store.decisions(&granted(), all.clone(), 1).await.unwrap(),
        [third]
    );

    // Of one playbook a thousand stay.
    let many = (0..1_100).map(|n| Op::Decide(Box::new(decision("flood", None, at(10 + n)))));
    commit(store, many).await;
    let swept = store.sweep(at(2_000), Retention::default()).await.unwrap();
    assert_eq!(swept.decisions, 100);
    let newest = found(DecisionFilter {
        playbook: Some("flood".into()),
        ..all.clone()
    })
    .await;
    assert_eq!(newest[0].at, at(10 + 1_099));
    // And none for ever.
    let month = 31 * 86_400_000;
    let swept = store.sweep(at(month), Retention::default()).await.unwrap();
    assert_eq!(swept.decisions, 1_003);
    assert_eq!(found(all).await, []);
}

async fn sleeping_runs_are_read_by_the_page_and_by_their_moment(store: &Store) {
    let mut runs: Vec<_> = (0..6).map(|n| run(case(&format!("s{n}")).id)).collect();
    // Two at one moment, one without any, one at work.
    for (place, wake) in [
        (0, Some(30)),
        (1, Some(10)),
        (2, Some(10)),
        (3, Some(20)),
        (4, None),
    ] {
        runs[place].state = RunState::Waiting;
        runs[place].wake_at = wake.map(at);
    }
    commit(
        store,
        runs.iter().cloned().map(|run| Op::InsertRun(Box::new(run))),
    )
    .await;
    let seen = |place: usize| AsleepRun {
        wake_at: runs[place].wake_at,
        run: runs[place].id,
        case: runs[place].case,
        tenant: TENANT,
        priority: runs[place].priority,
        aside: false,
        watches: false,
    };
    let nothing = RunId::from_bytes([0; 16]);
    let before_all = (Timestamp::from_micros(i64::MIN), nothing);
    let page = store.asleep(before_all, 2).await.unwrap();
    assert_eq!(page, [seen(1), seen(2)]);
    let after = (at(10), page[0].run);
    assert_eq!(
        store.asleep(after, 9).await.unwrap(),
        [seen(2), seen(3), seen(0)]
    );
    assert_eq!(
        store.asleep_without_end(nothing, 9).await.unwrap(),
        [seen(4)]
    );
    assert_eq!(store.asleep_without_end(runs[4].id, 9).await.unwrap(), []);
    assert_eq!(store.working_runs().await.unwrap(), [runs[5].clone()]);
}

async fn a_run_counts_against_its_playbook_from_its_beginning_to_its_end(store: &Store) {
    let mut bounded = run(case("slot").id);
    bounded.at_once = Some(3);
    let queued = bounded.clone();
    let free = run(case("free").id);
    commit(
        store,
        [bounded.clone(), free].map(|run| Op::InsertRun(Box::new(run))),
    )
    .await;
    assert_eq!(store.runs_with_a_slot().await.unwrap(), []);
    bounded.state = RunState::Waiting;
    bounded.started_at = Some(at(5));
    bounded.wake_at = Some(at(50));
    commit(store, [Op::UpdateRun(Box::new(bounded.clone()))]).await;
    assert_eq!(store.runs_with_a_slot().await.unwrap(), [bounded.clone()]);
    assert_eq!(queued.at_once, Some(3));
    bounded.state = RunState::Succeeded;
    bounded.ended_at = Some(at(60));
    commit(store, [Op::UpdateRun(Box::new(bounded))]).await;
    assert_eq!(store.runs_with_a_slot().await.unwrap(), []);
}
