//! Backtests, the paths of runs, and what people decided in them.

use serde_json::json;
use updraft_model::{
    Actor, Backtest, BacktestId, BacktestState, BlobHash, HumanDecision, Run, RunPath, RunState,
};
use updraft_store::{Op, Retention, Store};

use super::{commit, promises};
use crate::builders::{TENANT, at, case, granted, run, stranger};

promises!(
    a_backtest_is_replaced_as_it_goes_on_and_found_until_it_is_over,
    a_run_that_ends_owes_its_path_until_it_is_put,
    a_path_is_counted_once_however_often_it_is_put,
    what_is_known_of_a_run_goes_with_its_case,
);

fn backtest(number: u128) -> Backtest {
    Backtest {
        id: BacktestId::new(at(0).millis(), number),
        tenant: TENANT,
        playbook: "block".into(),
        source: "draft".into(),
        digest: BlobHash::of(b"text"),
        bundle: BlobHash::of(b"bundle"),
        days: 30,
        limit: 1_000,
        by: Actor::system("test"),
        created_at: at(0),
        ended_at: None,
        state: BacktestState::Queued,
        looked_at: 0,
        matched: 0,
        more: false,
        result: json!(null),
        error: String::new(),
    }
}

async fn a_backtest_is_replaced_as_it_goes_on_and_found_until_it_is_over(store: &Store) {
    let (mut first, second) = (backtest(1), backtest(2));
    let put = |one: &Backtest| Op::PutBacktest(Box::new(one.clone()));
    commit(store, [put(&first), put(&second)]).await;
    assert_eq!(
        store.unfinished_backtests().await.unwrap(),
        [first.clone(), second.clone()]
    );
    first.state = BacktestState::Done;
    first.result = json!({"played": 7});
    commit(store, [put(&first)]).await;
    assert_eq!(
        store.unfinished_backtests().await.unwrap(),
        std::slice::from_ref(&second)
    );
    let found = store.backtest(&granted(), first.id).await.unwrap();
    assert_eq!(found, Some(first.clone()));
    let list = store.backtests(&granted(), "block").await.unwrap();
    assert_eq!(list, [second, first.clone()]);
    assert_eq!(store.backtest(&stranger(), first.id).await.unwrap(), None);
    assert!(
        store
            .backtests(&stranger(), "block")
            .await
            .unwrap()
            .is_empty()
    );
}

fn path(steps: &[&str], took_ms: i64) -> RunPath {
    RunPath {
        case_type: "Phishing".into(),
        playbook: "block".into(),
        ended_at: at(0),
        took_ms,
        hash: BlobHash::of(steps.join("\n").as_bytes()),
        steps: steps.iter().map(|step| (*step).to_owned()).collect(),
        deviations: json!([]),
        deviation_count: 0,
        decisions: Vec::new(),
    }
}

fn put(run: &Run, path: Option<RunPath>) -> Op {
    Op::PutRunPath {
        run: run.id,
        path: path.map(Box::new),
    }
}

/// A run that is over, of a case of its own.
async fn over(store: &Store, key: &str) -> Run {
    let case = case(key);
    let mut run = run(case.id);
    commit(
        store,
        [
            Op::InsertCase(Box::new(case)),
            Op::InsertRun(Box::new(run.clone())),
        ],
    )
    .await;
    run.state = RunState::Succeeded;
    run.ended_at = Some(at(0));
    commit(store, [Op::UpdateRun(Box::new(run.clone()))]).await;
    run
}

async fn owed(store: &Store) -> Vec<Run> {
    store.owed_paths(10).await.unwrap()
}

async fn a_run_that_ends_owes_its_path_until_it_is_put(store: &Store) {
    let run = over(store, "a").await;
    assert_eq!(owed(store).await, std::slice::from_ref(&run));
    commit(store, [Op::UpdateRun(Box::new(run.clone()))]).await;
    assert_eq!(owed(store).await.len(), 1);
    commit(store, [put(&run, Some(path(&["look"], 1_000)))]).await;
    assert!(owed(store).await.is_empty());
    commit(store, [Op::UpdateRun(Box::new(run.clone()))]).await;
    assert!(owed(store).await.is_empty(), "it was over already");
    let other = over(store, "b").await;
    commit(store, [put(&other, None)]).await;
    assert!(owed(store).await.is_empty());
}

async fn a_path_is_counted_once_however_often_it_is_put(store: &Store) {
    let mut runs = Vec::new();
    for key in ["a", "b", "c"] {
        runs.push(over(store, key).await);
    }
    let mut odd = path(&["look", "gate: denied"], 60_000);
    odd.deviations = json!([{"what": "retried", "step": "look", "by": "ann"}]);
    odd.deviation_count = 1;
    let decision = HumanDecision {
        step: "gate".into(),
        title: "Gate".into(),
        kind: "approve".into(),
        answer: "denied".into(),
        human_ms: 5_000,
        by: "ann".into(),
    };
    odd.decisions = vec![decision.clone()];
    let usual = path(&["look"], 1_000);
    for _ in 0..2 {
        let all = [
            put(&runs[0], Some(usual.clone())),
            put(&runs[1], Some(usual.clone())),
            put(&runs[2], Some(odd.clone())),
        ];
        commit(store, all).await;
    }
    let (paths, all) = store
        .path_counts(&granted(), "Phishing", at(0))
        .await
        .unwrap();
    assert_eq!(all, 3);
    let short: Vec<(&[String], u64)> = paths
        .iter()
        .map(|path| (path.steps.as_slice(), path.runs))
        .collect();
    assert_eq!(
        short,
        [(usual.steps.as_slice(), 2), (odd.steps.as_slice(), 1)]
    );
    assert!(
        paths[0]
            .median_ms
            .is_some_and(|ms| (800..1_200).contains(&ms))
    );
    assert_eq!(paths[1].examples, [runs[2].id]);
    let deviating = store
        .deviating_runs(&granted(), "Phishing", at(0))
        .await
        .unwrap();
    assert_eq!(deviating.len(), 1);
    assert_eq!(
        (deviating[0].run, &deviating[0].deviations),
        (runs[2].id, &odd.deviations)
    );
    let decided = store.human_decisions(&granted(), at(0)).await.unwrap();
    assert_eq!(decided.len(), 1);
    assert_eq!(
        (decided[0].run, &decided[0].decision),
        (runs[2].id, &decision)
    );
    for foreign in [
        store
            .path_counts(&stranger(), "Phishing", at(0))
            .await
            .unwrap()
            .1,
        store
            .path_counts(&granted(), "Malware", at(0))
            .await
            .unwrap()
            .1,
        store
            .human_decisions(&stranger(), at(0))
            .await
            .unwrap()
            .len() as u64,
        store
            .path_counts(&granted(), "Phishing", at(86_400_000 * 2))
            .await
            .unwrap()
            .1,
    ] {
        assert_eq!(foreign, 0);
    }
}

async fn what_is_known_of_a_run_goes_with_its_case(store: &Store) {
    let run = over(store, "a").await;
    let mut odd = path(&["look"], 1_000);
    odd.deviation_count = 1;
    odd.deviations = json!([1]);
    commit(store, [put(&run, Some(odd))]).await;
    let owing = over(store, "b").await;
    let mut closed = Vec::new();
    for id in [run.case, owing.case] {
        let mut case = store.case(&granted(), id).await.unwrap().unwrap();
        case.status = updraft_model::CaseStatus::Closed;
        closed.push(Op::UpdateCase {
            expected_version: case.version,
            case: Box::new(case),
        });
    }
    commit(store, closed).await;
    let policy = Retention {
        closed_cases_ms: 0,
        ..Retention::default()
    };
    store.sweep(at(86_400_000), policy).await.unwrap();
    assert!(owed(store).await.is_empty());
    let left = store
        .deviating_runs(&granted(), "Phishing", at(0))
        .await
        .unwrap();
    assert!(left.is_empty());
    let (_, all) = store
        .path_counts(&granted(), "Phishing", at(0))
        .await
        .unwrap();
    assert_eq!(all, 1, "counters name nobody and stay");
}
