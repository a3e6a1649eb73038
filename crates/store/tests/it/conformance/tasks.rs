//! Tasks: opened once, changed only while they are open, found by whom they are for.

use serde_json::json;
use updraft_model::{
    Actor, CaseId, RunId, Task, TaskAnswer, TaskChange, TaskId, TaskKind, TaskState,
};
use updraft_store::{Op, Page, Store, TaskFilter};

use super::{commit, promises};
use crate::builders::{TENANT, at, case, granted, run, stranger};

promises!(
    a_task_is_opened_once_and_read_back,
    a_task_takes_answers_until_it_is_closed,
    tasks_are_found_by_state_kind_place_and_people,
    the_tasks_of_a_run_are_withdrawn_together,
);

fn task(number: u128, (case, run): (CaseId, RunId), path: &str) -> Task {
    Task {
        id: TaskId::new(1, number),
        tenant: TENANT,
        run,
        path: path.into(),
        attempt: 1,
        case,
        playbook: "phishing".into(),
        kind: TaskKind::Manual,
        title: format!("Do {path}"),
        why: String::new(),
        request: json!({ "form": [] }),
        roles: Vec::new(),
        state: TaskState::Open,
        asked_at: at(0),
        deadline: Some(at(1_000)),
        reminded: 0,
        answered: Vec::new(),
        closed_at: None,
    }
}

fn open(task: &Task) -> Op {
    Op::OpenTask(Box::new(task.clone()))
}

fn change(task: &Task, change: TaskChange) -> Op {
    Op::ChangeTask {
        run: task.run,
        path: task.path.clone(),
        attempt: task.attempt,
        change,
    }
}

fn answer(name: &str) -> TaskAnswer {
    TaskAnswer {
        by: Actor::system(name),
        at: at(7),
        answer: json!({ "approved": true }),
    }
}

async fn found(store: &Store, filter: TaskFilter) -> Vec<String> {
    let page = store.tasks(&granted(), filter, Page::first(50)).await;
    let tasks = page.unwrap().items.into_iter();
    tasks.map(|task| task.path).collect()
}

async fn a_task_is_opened_once_and_read_back(store: &Store) {
    let case = case("asked").id;
    let run = run(case).id;
    let first = task(1, (case, run), "call_user");
    let again = task(2, (case, run), "call_user");
    commit(store, [open(&first)]).await;
    commit(store, [open(&again)]).await;
    let read = store.task(&granted(), first.id).await.unwrap();
    assert_eq!(read, Some(first.clone()));
    assert_eq!(store.task(&granted(), again.id).await.unwrap(), None);
    assert_eq!(store.task(&stranger(), first.id).await.unwrap(), None);
    assert_eq!(store.open_tasks().await.unwrap(), 1);
}

async fn a_task_takes_answers_until_it_is_closed(store: &Store) {
    let case = case("answered").id;
    let run = run(case).id;
    let asked = task(1, (case, run), "gate");
    commit(store, [open(&asked)]).await;
    let answered = |name, closes| TaskChange::Answered {
        answer: answer(name),
        closes,
    };
    commit(
        store,
        [
            change(&asked, TaskChange::Reminded { number: 1 }),
            change(&asked, answered("ann", false)),
            change(&asked, answered("bob", true)),
        ],
    )
    .await;
    let late = TaskChange::Closed {
        state: TaskState::Expired,
        at: at(9),
    };
    commit(
        store,
        [change(&asked, late), change(&asked, answered("cid", true))],
    )
    .await;
    let read = store.task(&granted(), asked.id).await.unwrap().unwrap();
    assert_eq!(read.state, TaskState::Answered);
    assert_eq!(read.closed_at, Some(at(7)));
    assert_eq!(read.reminded, 1);
    assert_eq!(read.answered, [answer("ann"), answer("bob")]);
    // A step that asks nobody has nothing to change.
    let nobody = task(2, (case, run), "elsewhere");
    commit(store, [change(&nobody, TaskChange::Reminded { number: 1 })]).await;
}

async fn tasks_are_found_by_state_kind_place_and_people(store: &Store) {
    let (one, two) = (case("one").id, case("two").id);
    let (first, second) = (run(one).id, run(two).id);
    let for_whom = |mut task: Task, roles: &[&str]| {
        task.roles = roles.iter().map(|role| (*role).to_owned()).collect();
        task
    };
    let mut gate = for_whom(task(1, (one, first), "gate"), &["lead", "Shift Owner"]);
    gate.kind = TaskKind::Approve;
    let call = for_whom(task(2, (one, first), "call"), &["ann"]);
    let look = task(3, (two, second), "look");
    commit(store, [open(&gate), open(&call), open(&look)]).await;
    let closed = TaskChange::Closed {
        state: TaskState::Withdrawn,
        at: at(3),
    };
    commit(store, [change(&call, closed)]).await;
    let all = TaskFilter::default;
    assert_eq!(found(store, all()).await, ["look", "call", "gate"]);
    let open = TaskFilter {
        open: Some(true),
        ..all()
    };
    assert_eq!(found(store, open.clone()).await, ["look", "gate"]);
    let done = TaskFilter {
        open: Some(false),
        ..all()
    };
    assert_eq!(found(store, done).await, ["call"]);
    let kind = TaskFilter {
        kind: Some(TaskKind::Approve),
        ..all()
    };
    assert_eq!(found(store, kind).await, ["gate"]);
    let of_case = TaskFilter {
        case: Some(two),
        ..all()
    };
    assert_eq!(found(store, of_case).await, ["look"]);
    let of_run = TaskFilter {
        run: Some(first),
        ..all()
    };
    assert_eq!(found(store, of_run).await, ["call", "gate"]);
    let mine = |names: &[&str]| TaskFilter {
        for_whom: names.iter().map(|name| (*name).to_owned()).collect(),
        ..all()
    };
    assert_eq!(found(store, mine(&["ann"])).await, ["look", "call"]);
    assert_eq!(found(store, mine(&["bob", "LEAD"])).await, ["look", "gate"]);
    assert_eq!(found(store, mine(&["shift owner"])).await, ["look", "gate"]);
    assert_eq!(found(store, mine(&["shift%"])).await, ["look"]);
    let page = store.tasks(&granted(), open.clone(), Page::first(1)).await;
    let page = page.unwrap();
    let next = Page::after(page.next.unwrap(), 1);
    let page = store.tasks(&granted(), open, next).await.unwrap();
    assert_eq!(page.items, [gate]);
    assert_eq!(page.next, None);
}

async fn the_tasks_of_a_run_are_withdrawn_together(store: &Store) {
    let case = case("ended").id;
    let (run, other) = (run(case).id, run(case).id);
    let tasks = [
        task(1, (case, run), "a"),
        task(2, (case, run), "b"),
        task(3, (case, other), "c"),
    ];
    commit(store, tasks.iter().map(open)).await;
    let change = TaskChange::Closed {
        state: TaskState::Withdrawn,
        at: at(5),
    };
    commit(store, [Op::CloseTasks { run, change }]).await;
    let waiting = TaskFilter {
        open: Some(true),
        ..TaskFilter::default()
    };
    assert_eq!(found(store, waiting).await, ["c"]);
}
