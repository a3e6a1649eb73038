//! The mailboxes of runs: no wish is lost, none is taken in twice.

use serde_json::json;
use updraft_model::{RunId, RunState, WishId};
use updraft_store::{Conflict, Error, Op, Store, WISHES_MAX, Wish};

use super::{commit, promises, refusal};
use crate::builders::{case, granted, run, stranger};

promises!(
    a_wish_waits_in_order_and_is_taken_once,
    nothing_is_wanted_of_a_run_that_is_over_or_unknown,
    a_mailbox_has_a_limit,
    what_a_case_is_told_reaches_its_runs_that_are_not_over,
    a_change_of_the_case_reaches_those_who_watch_it_once,
);

fn wish(number: u128, text: &str) -> Wish {
    Wish {
        id: WishId::new(1, number),
        body: json!({ "text": text }),
    }
}

fn want(run: RunId, wish: Wish) -> Op {
    Op::Want { run, wish }
}

async fn texts(store: &Store, run: RunId) -> Vec<String> {
    let found = store.wishes(&granted(), run).await.unwrap();
    let texts = found.iter().map(|wish| wish.body["text"].as_str().unwrap());
    texts.map(str::to_owned).collect()
}

async fn a_wish_waits_in_order_and_is_taken_once(store: &Store) {
    let run = run(case("wished").id);
    commit(store, [Op::InsertRun(Box::new(run.clone()))]).await;
    // The identifiers say nothing about the order.
    for number in [3, 1, 2] {
        commit(store, [want(run.id, wish(number, &number.to_string()))]).await;
    }
    assert_eq!(texts(store, run.id).await, ["3", "1", "2"]);
    assert_eq!(store.wishes(&stranger(), run.id).await.unwrap(), []);
    assert_eq!(store.runs_with_wishes().await.unwrap(), [run.id]);
    let take = |number| Op::TakeWish {
        run: run.id,
        id: WishId::new(1, number),
    };
    commit(store, [take(3)]).await;
    let entry = Op::AppendJournal {
        run: run.id,
        entries: vec![b"x".to_vec()],
        first_seq: 0,
    };
    let twice = refusal(store, [entry, take(3)]).await;
    assert!(matches!(twice, Error::Conflict(Conflict::Missing { .. })));
    assert_eq!(store.journal(&granted(), run.id).await.unwrap(), []);
    assert_eq!(texts(store, run.id).await, ["1", "2"]);
    // A place that is free again is a place at the end.
    commit(store, [take(2), want(run.id, wish(4, "4"))]).await;
    assert_eq!(texts(store, run.id).await, ["1", "4"]);
}

async fn nothing_is_wanted_of_a_run_that_is_over_or_unknown(store: &Store) {
    let mut run = run(case("over").id);
    let unknown = refusal(store, [want(run.id, wish(1, "early"))]).await;
    assert!(matches!(unknown, Error::Conflict(Conflict::Missing { .. })));
    commit(store, [Op::InsertRun(Box::new(run.clone()))]).await;
    commit(store, [want(run.id, wish(2, "in time"))]).await;
    run.state = RunState::Cancelled;
    commit(store, [Op::UpdateRun(Box::new(run.clone()))]).await;
    assert_eq!(store.runs_with_wishes().await.unwrap(), []);
    let late = refusal(store, [want(run.id, wish(3, "late"))]).await;
    assert!(matches!(late, Error::Conflict(Conflict::Missing { .. })));
    commit(store, [Op::ForgetWishes { run: run.id }]).await;
    assert_eq!(texts(store, run.id).await, Vec::<String>::new());
}

async fn a_mailbox_has_a_limit(store: &Store) {
    let case = case("full");
    let run = run(case.id);
    commit(store, [Op::InsertRun(Box::new(run.clone()))]).await;
    let many = (0..WISHES_MAX).map(|n| want(run.id, wish(n as u128, "x")));
    commit(store, many).await;
    let more = refusal(store, [want(run.id, wish(5_000, "more"))]).await;
    assert!(matches!(more, Error::Conflict(Conflict::Missing { .. })));
    let told = commit(
        store,
        [Op::TellCase {
            case: case.id,
            except: None,
            wish: wish(5_001, "told"),
        }],
    )
    .await;
    assert_eq!(told.told, []);
}

async fn what_a_case_is_told_reaches_its_runs_that_are_not_over(store: &Store) {
    let (case, other) = (case("told"), case("other"));
    let mut runs: Vec<_> = (0..3).map(|_| run(case.id)).collect();
    runs[2].state = RunState::Succeeded;
    let elsewhere = run(other.id);
    let all = runs.iter().chain([&elsewhere]);
    commit(store, all.cloned().map(|run| Op::InsertRun(Box::new(run)))).await;
    let tell = |except| Op::TellCase {
        case: case.id,
        except,
        wish: wish(if except.is_some() { 1 } else { 2 }, "news"),
    };
    let told = commit(store, [tell(Some(runs[0].id)), tell(None)])
        .await
        .told;
    assert_eq!(told, [runs[1].id, runs[0].id, runs[1].id]);
    assert_eq!(texts(store, runs[0].id).await, ["news"]);
    assert_eq!(texts(store, runs[1].id).await, ["news", "news"]);
    for silent in [&runs[2], &elsewhere] {
        assert_eq!(texts(store, silent.id).await, Vec::<String>::new());
    }
}

async fn a_change_of_the_case_reaches_those_who_watch_it_once(store: &Store) {
    let case = case("watched");
    let (mut watcher, busy) = (run(case.id), run(case.id));
    watcher.watches = true;
    for run in [&watcher, &busy] {
        commit(store, [Op::InsertRun(Box::new(run.clone()))]).await;
        commit(store, [Op::UpdateRun(Box::new(run.clone()))]).await;
    }
    let tell = |number, text| Op::TellWatchers {
        case: case.id,
        wish: wish(number, text),
    };
    commit(store, [tell(1, "look")]).await;
    commit(store, [tell(2, "look"), tell(3, "elsewhere")]).await;
    assert_eq!(texts(store, watcher.id).await, ["look", "elsewhere"]);
    assert_eq!(texts(store, busy.id).await, Vec::<String>::new());
    watcher.watches = false;
    commit(store, [Op::UpdateRun(Box::new(watcher.clone()))]).await;
    commit(store, [tell(4, "too late")]).await;
    assert_eq!(texts(store, watcher.id).await, ["look", "elsewhere"]);
}
