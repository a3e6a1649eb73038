//! What runs ask of people: opened with the step, answered once, closed with the run.

use serde_json::{Value, json};
use updraft_app::{App, Error, tasks::TaskQuery};
use updraft_engine::ControlOp;
use updraft_model::{Permission, Role, RunId, RunState, Task, TaskState};
use updraft_store::Page;

use crate::{
    house::{House, granted, until},
    play::{crash_between, head, lines, over, person, view, waiting_run},
};

const CALL: &str = r#"
  - id: call
    title: Call the user back
    why: The mail may be forged
    manual:
      how: Take the number from the directory
      assignee: analyst
      mandatory: true
      form:
        - {name: known, type: boolean, required: true}
        - {name: when, type: date}
        - {name: who, type: choice, options: [ann, bob]}
      reminder: 1h
      default: {known: false}
    timeout: 8h
  - id: note
    action: case.comment
    with: {text: "{{ steps.call.output.by }}: {{ steps.call.output.values.known }} {{ steps.call.output.skipped }}"}
  - id: close
    action: case.close
    with: {reason: clean}
"#;

const GATE: &str = r#"
  - id: gate
    approve:
      question: Isolate the host?
      roles: [lead, ann]
      needs: 2
  - id: note
    action: case.comment
    with: {text: "{{ steps.gate.output.approved }} by {{ steps.gate.output.by | join(' and ') }}"}
  - id: close
    action: case.close
    with: {reason: clean}
"#;

async fn tasks(app: &App, open: Option<bool>) -> Vec<Task> {
    let query = TaskQuery {
        open,
        ..TaskQuery::default()
    };
    let reader = granted(Permission::CaseRead);
    let list = app
        .task_list(&reader, Role::Auditor, query, Page::first(50))
        .await;
    list.unwrap().page.items
}

async fn only_task(app: &App) -> (RunId, Task) {
    let run = waiting_run(app).await;
    let task = tasks(app, Some(true)).await.remove(0);
    assert_eq!(task.run, run);
    (run, task)
}

async fn comment(app: &App, run: RunId) -> String {
    crate::play::comments(app, run).await.remove(0)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_manual_step_is_a_task_until_somebody_says_what_came_of_it() {
    let house = House::new().with_steps(CALL);
    let app = house.first().await;
    let (run, task) = only_task(&app).await;
    assert_eq!(task.title, "Call the user back");
    assert_eq!(task.why, "The mail may be forged");
    assert_eq!(task.roles, ["analyst"]);
    assert!(task.deadline.is_some());
    assert_eq!(app.open_tasks().await.unwrap(), 1);
    let ann = person("ann", Role::Analyst);
    let wrong = json!({"values": {"when": "soon", "who": "cid", "other": 1}});
    let refused = app.answer_task(&ann, Role::Analyst, task.id, wrong).await;
    let Err(Error::Form { faults, .. }) = refused else {
        panic!("{refused:?}");
    };
    let fields: Vec<&str> = faults.iter().map(|fault| fault.field.as_str()).collect();
    assert_eq!(fields, ["other", "known", "when", "who"]);
    let silent = app
        .answer_task(&ann, Role::Analyst, task.id, json!({"skipped": " "}))
        .await;
    assert!(
        matches!(
            silent,
            Err(Error::Invalid {
                code: "task.answer",
                ..
            })
        ),
        "{silent:?}"
    );
    let answer = json!({"values": {"known": true, "who": "bob"}, "note": "he knew"});
    let done = app
        .answer_task(&ann, Role::Analyst, task.id, answer.clone())
        .await
        .unwrap();
    assert_eq!(done.state, TaskState::Answered);
    assert_eq!(done.answered[0].by, *ann.actor());
    assert_eq!(done.answered[0].answer, answer);
    let ended = over(&app, run).await;
    assert_eq!((ended.state, ended.people), (RunState::Succeeded, 1));
    assert_eq!(comment(&app, run).await, "ann: true ");
    let late = app.answer_task(&ann, Role::Analyst, task.id, answer).await;
    let Err(Error::Conflict(said)) = late else {
        panic!("{late:?}");
    };
    assert!(
        said.starts_with("the task was answered by ann at "),
        "{said}"
    );
    assert_eq!(app.open_tasks().await.unwrap(), 0);
    let lines = lines(&app, run).await;
    let kinds: Vec<&str> = lines.iter().map(|(kind, _)| kind.as_str()).collect();
    assert_eq!(
        kinds,
        [
            "alert",
            "asked",
            "answered",
            "comment",
            "closed",
            "run_finished"
        ]
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_mandatory_task_is_skipped_only_for_a_reason() {
    let house = House::new().with_steps(CALL);
    let app = house.first().await;
    let (run, task) = only_task(&app).await;
    let ann = person("ann", Role::Analyst);
    let skipped = json!({"skipped": "on leave"});
    app.answer_task(&ann, Role::Analyst, task.id, skipped)
        .await
        .unwrap();
    assert_eq!(over(&app, run).await.state, RunState::Succeeded);
    assert_eq!(comment(&app, run).await, "ann: false on leave");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_approval_needs_different_people_of_the_roles_that_it_names() {
    let house = House::new().with_steps(GATE);
    let app = house.first().await;
    let (run, task) = only_task(&app).await;
    let yes = || json!({"approved": true});
    let bob = person("bob", Role::Analyst);
    let refused = app.answer_task(&bob, Role::Analyst, task.id, yes()).await;
    assert!(
        matches!(refused, Err(Error::Forbidden { .. })),
        "{refused:?}"
    );
    let ann = person("ann", Role::Analyst);
    let half = app
        .answer_task(&ann, Role::Analyst, task.id, yes())
        .await
        .unwrap();
    assert_eq!(half.state, TaskState::Open);
    assert_eq!(half.answered.len(), 1);
    let again = app
        .answer_task(&ann, Role::Analyst, task.id, yes())
        .await
        .unwrap_err();
    assert!(again.to_string().contains("approved already"), "{again}");
    let lea = person("lea", Role::Engineer);
    let full = app
        .answer_task(&lea, Role::Engineer, task.id, yes())
        .await
        .unwrap();
    assert_eq!(full.state, TaskState::Answered);
    assert_eq!(over(&app, run).await.people, 2);
    assert_eq!(comment(&app, run).await, "true by ann and lea");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_person_who_denies_is_enough() {
    let house = House::new().with_steps(GATE);
    let app = house.first().await;
    let (run, task) = only_task(&app).await;
    let lea = person("lea", Role::Engineer);
    let no = json!({"approved": false, "note": "a server"});
    app.answer_task(&lea, Role::Engineer, task.id, no)
        .await
        .unwrap();
    over(&app, run).await;
    assert_eq!(comment(&app, run).await, "false by lea");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn at_the_deadline_the_default_counts_and_the_task_is_over() {
    let short = CALL
        .replace("8h", "3s")
        .replace("reminder: 1h", "reminder: 1s");
    let house = House::new().with_steps(&short);
    let app = house.first().await;
    crate::house::receive(&app, crate::house::BAD).await;
    let task = until("it asks", async || tasks(&app, None).await.pop()).await;
    let run = task.run;
    assert_eq!(over(&app, run).await.people, 0);
    let task = app
        .task(&granted(Permission::CaseRead), task.id)
        .await
        .unwrap();
    assert_eq!((task.state, task.reminded), (TaskState::Expired, 2));
    assert_eq!(comment(&app, run).await, ": false ");
    let lines = lines(&app, run).await;
    let reminders: Vec<&str> = lines
        .iter()
        .filter(|(kind, _)| kind == "reminder")
        .map(|(_, text)| text.as_str())
        .collect();
    assert_eq!(
        reminders,
        [
            "Reminder 1: Call the user back",
            "Reminder 2: Call the user back"
        ]
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_task_that_the_run_needs_no_more_is_withdrawn() {
    let house = House::new().with_steps(CALL);
    let app = house.first().await;
    let (run, task) = only_task(&app).await;
    let ann = person("ann", Role::Analyst);
    let skip = ControlOp::Skip {
        path: "call".into(),
        reason: "solved".into(),
    };
    app.control_run(&ann, run, skip).await.unwrap();
    over(&app, run).await;
    let task = app.task(&ann, task.id).await.unwrap();
    assert_eq!(task.state, TaskState::Withdrawn);
    let late = app
        .answer_task(
            &ann,
            Role::Analyst,
            task.id,
            json!({"values": {"known": true}}),
        )
        .await;
    assert!(matches!(late, Err(Error::Conflict(_))), "{late:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_question_to_somebody_outside_is_answered_for_them_and_that_is_on_record() {
    let house = House::new().with_steps(
        r#"
  - id: ask
    ask:
      to: ["user@example.com"]
      subject: Did you sign in from Lisbon?
      message: We saw a sign-in.
      form: [{name: me, type: choice, options: ["yes", "no"], required: true}]
      break_out: true
    timeout: 1d
  - id: note
    action: case.comment
    with: {text: "{{ steps.ask.output.values.me }}"}
  - id: close
    action: case.close
    with: {reason: clean}
"#,
    );
    let app = house.first().await;
    let (run, task) = only_task(&app).await;
    assert_eq!(task.title, "Did you sign in from Lisbon?");
    let ann = person("ann", Role::Analyst);
    let answer = json!({"values": {"me": "no"}, "note": "by phone"});
    app.answer_task(&ann, Role::Analyst, task.id, answer)
        .await
        .unwrap();
    over(&app, run).await;
    assert_eq!(comment(&app, run).await, "no");
    let reader = granted(Permission::AuditRead);
    let audit = app
        .store()
        .audit(&reader, Page::first(20))
        .await
        .unwrap()
        .items;
    let entry = audit
        .iter()
        .find(|row| row.entry.action == "task.answer")
        .unwrap();
    assert_eq!(entry.entry.actor, *ann.actor());
    assert_eq!(entry.entry.detail["to"], json!(["user@example.com"]));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tasks_are_found_by_whom_they_are_for() {
    let house = House::new().with_steps(GATE);
    let app = house.first().await;
    waiting_run(&app).await;
    let mine = async |name: &str, role| {
        let query = TaskQuery {
            open: Some(true),
            mine: true,
            ..TaskQuery::default()
        };
        let list = app
            .task_list(&person(name, role), role, query, Page::first(5))
            .await
            .unwrap();
        assert_eq!(list.case_numbers.len(), list.page.items.len());
        list.page.items.len()
    };
    assert_eq!(mine("ann", Role::Analyst).await, 1);
    assert_eq!(mine("lea", Role::Engineer).await, 1);
    assert_eq!(mine("bob", Role::Analyst).await, 0);
}

#[test]
fn an_answer_that_was_acknowledged_before_a_crash_counts_once() {
    let house = House::new().with_steps(GATE);
    let (sender, receiver) = std::sync::mpsc::channel();
    crash_between(
        &house,
        async |app| {
            let (run, task) = only_task(&app).await;
            let ann = person("ann", Role::Analyst);
            let yes: Value = json!({"approved": true});
            app.answer_task(&ann, Role::Analyst, task.id, yes)
                .await
                .unwrap();
            sender.send((run, task.id)).unwrap();
        },
        async |app| {
            let (run, task) = receiver.recv().unwrap();
            let (ann, lea) = (person("ann", Role::Analyst), person("lea", Role::Engineer));
            let again = app
                .answer_task(&ann, Role::Analyst, task, json!({"approved": true}))
                .await;
            assert!(again.is_err(), "{again:?}");
            app.answer_task(&lea, Role::Engineer, task, json!({"approved": true}))
                .await
                .unwrap();
            assert_eq!(over(&app, run).await.people, 2);
            let answered = app.task(&ann, task).await.unwrap().answered;
            assert_eq!(answered.len(), 2);
            assert_eq!(tasks(&app, None).await.len(), 1, "it was asked once");
        },
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_run_that_is_done_again_before_a_question_asks_it_anew() {
    let house = House::new().with_steps(CALL);
    let app = house.first().await;
    let (run, first) = only_task(&app).await;
    let ann = person("ann", Role::Analyst);
    app.cancel_run(&ann, run, "again").await.unwrap();
    over(&app, run).await;
    assert_eq!(
        app.task(&ann, first.id).await.unwrap().state,
        TaskState::Withdrawn
    );
    let again = app.rerun_run(&ann, run, "call", false).await.unwrap().id;
    let task = until("it asks", async || tasks(&app, Some(true)).await.pop()).await;
    assert_eq!((task.run, head(&app, run).await.case), (again, task.case));
    app.answer_task(
        &ann,
        Role::Analyst,
        task.id,
        json!({"values": {"known": true}}),
    )
    .await
    .unwrap();
    assert_eq!(over(&app, again).await.state, RunState::Succeeded);
    assert!(view(&app, again).await.paused.is_none());
}
