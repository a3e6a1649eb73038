//! People steer runs: what they want is durable, happens once, and is on record.

use serde_json::json;
use updraft_app::Error;
use updraft_engine::ControlOp;
use updraft_model::{OriginKind, Permission, Role, RunState};
use updraft_testkit::vendor::{Fault, Rule};

use crate::{
    house::{BAD, House, granted, receive, until},
    play::{comments, crash_between, head, journal, lines, over, person, runs, view, waiting_run},
    recovery::reopened,
};

const GATE: &str = r#"
  - id: first
    action: case.comment
    with: {text: one}
  - id: gate
    wait: {signal: go}
  - id: second
    action: case.comment
    with: {text: two}
  - id: third
    action: case.comment
    with: {text: three}
  - id: close
    action: case.close
    with: {reason: clean}
"#;

const UNDO: &str = r#"
  - id: block
    action: case.comment
    with: {text: blocked}
    undo:
      - id: unblock
        action: case.comment
        with: {text: "unblocked {{ undo.input.text }}"}
  - id: gate
    wait: {signal: go}
  - id: close
    action: case.close
    with: {reason: clean}
"#;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_paused_run_takes_one_step_at_a_time_and_goes_on_when_it_is_resumed() {
    let house = House::new().with_steps(GATE);
    let app = house.first().await;
    let run = waiting_run(&app).await;
    let ann = person("ann", Role::Analyst);
    app.control_run(&ann, run, ControlOp::Pause).await.unwrap();
    until("it is paused", async || view(&app, run).await.paused).await;
    app.signal_run(&ann, run, "go", json!(null)).await.unwrap();
    let held = until("the next step is held", async || {
        let held = view(&app, run).await.held;
        (!held.is_empty()).then_some(held)
    })
    .await;
    assert_eq!(held, ["second"]);
    let asleep = until("it sleeps, paused", async || {
        let run = head(&app, run).await;
        run.waiting_for.contains("paused").then_some(run)
    })
    .await;
    assert_eq!(
        asleep.wake_at, None,
        "a paused run waits for nobody's clock"
    );
    assert!(
        asleep.waiting_for.contains("paused by ann"),
        "{}",
        asleep.waiting_for
    );
    until("it holds no place", async || {
        (app.queue_lengths() == (0, 0)).then_some(())
    })
    .await;
    app.control_run(&ann, run, ControlOp::Step).await.unwrap();
    until("one step is taken", async || {
        (view(&app, run).await.held == ["third"]).then_some(())
    })
    .await;
    assert_eq!(comments(&app, run).await, ["one", "two"]);
    let can = view(&app, run).await.can;
    assert!(
        can.resume && can.step && can.cancel && !can.pause && !can.rerun,
        "{can:?}"
    );
    app.control_run(&ann, run, ControlOp::Resume).await.unwrap();
    let ended = over(&app, run).await;
    assert_eq!(ended.state, RunState::Succeeded);
    assert_eq!(ended.people, 3, "pause, step and resume");
    assert_eq!(comments(&app, run).await, ["one", "two", "three"]);
    let ops: Vec<ControlOp> = view(&app, run)
        .await
        .controls
        .into_iter()
        .map(|c| c.op)
        .collect();
    assert_eq!(ops, [ControlOp::Pause, ControlOp::Step, ControlOp::Resume]);
    let lines = lines(&app, run).await;
    assert!(
        lines.contains(&("steered".into(), "Run paused".into())),
        "{lines:?}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_run_goes_up_to_a_step_and_a_step_is_skipped_for_a_reason() {
    let house = House::new().with_steps(GATE);
    let app = house.first().await;
    let run = waiting_run(&app).await;
    let ann = person("ann", Role::Analyst);
    let to = ControlOp::RunTo {
        path: "third".into(),
    };
    app.control_run(&ann, run, to).await.unwrap();
    app.signal_run(&ann, run, "go", json!(null)).await.unwrap();
    until("it stands before the step", async || {
        (view(&app, run).await.held == ["third"]).then_some(())
    })
    .await;
    assert_eq!(comments(&app, run).await, ["one", "two"]);
    let skip = |reason: &str| ControlOp::Skip {
        path: "third".into(),
        reason: reason.into(),
    };
    let silent = app.control_run(&ann, run, skip(" ")).await.unwrap_err();
    assert!(silent.to_string().contains("for a reason"), "{silent}");
    app.control_run(&ann, run, skip("done by hand"))
        .await
        .unwrap();
    app.control_run(&ann, run, ControlOp::Resume).await.unwrap();
    assert_eq!(over(&app, run).await.state, RunState::Succeeded);
    assert_eq!(comments(&app, run).await, ["one", "two"]);
    let view = view(&app, run).await;
    let third = view.steps.iter().find(|step| step.path == "third").unwrap();
    assert_eq!(third.steered[0].reason, "done by hand");
    assert_eq!(third.steered[0].by, *ann.actor());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_cannot_be_done_to_a_run_is_refused_before_anybody_waits_for_it() {
    let house = House::new().with_steps(GATE);
    let app = house.first().await;
    let run = waiting_run(&app).await;
    let ann = person("ann", Role::Analyst);
    let said = async |op| match app.control_run(&ann, run, op).await {
        Err(Error::Invalid { message, .. }) => message,
        other => panic!("{other:?}"),
    };
    assert_eq!(said(ControlOp::Resume).await, "the run is not paused");
    assert_eq!(said(ControlOp::Step).await, "the run is not paused");
    let retry = ControlOp::Retry {
        path: "first".into(),
    };
    assert!(
        said(retry)
            .await
            .contains("no call that could be made again")
    );
    let skip = ControlOp::Skip {
        path: "close".into(),
        reason: "no".into(),
    };
    assert_eq!(
        said(skip).await,
        "the step `close` is neither under way nor next"
    );
    assert!(
        said(ControlOp::Rollback)
            .await
            .contains("nothing to take back")
    );
    let signal = app.signal_run(&ann, run, "two words", json!(1)).await;
    assert!(matches!(
        signal,
        Err(Error::Invalid {
            code: "signal.name",
            ..
        })
    ));
    let early = app.rerun_run(&ann, run, "first", false).await;
    assert!(matches!(
        early,
        Err(Error::Invalid {
            code: "run.not_over",
            ..
        })
    ));
    app.cancel_run(&ann, run, "enough").await.unwrap();
    over(&app, run).await;
    assert_eq!(said(ControlOp::Pause).await, "this run is over already");
    // Nothing of it was left on record.
    let actions: Vec<String> = journal(&app, run)
        .await
        .iter()
        .map(|entry| entry["input"].as_str().unwrap_or("end").to_owned())
        .collect();
    assert_eq!(actions, ["started", "done", "cancel", "end"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_call_that_hangs_is_made_again_when_a_person_says_so() {
    let house = House::new().with_steps(
        r#"
  - id: ask
    action: abuseipdb.lookup_ip
    with: {ip: 118.25.6.39}
    timeout: 1h
  - id: close
    action: case.close
    with: {reason: clean}
"#,
    );
    house
        .vendors
        .fault(Rule::new("GET", "/abuse/", Fault::Hang).times(1));
    let app = house.first().await;
    receive(&app, BAD).await;
    until("the provider is asked", async || {
        (house.vendors.count("GET", "/abuse/") == 1).then_some(())
    })
    .await;
    let run = app.store().unfinished_runs().await.unwrap()[0].id;
    let ann = person("ann", Role::Analyst);
    // The first attempt is in the journal only when the run has written it.
    until("the attempt is recorded and given up", async || {
        let retry = ControlOp::Retry { path: "ask".into() };
        app.control_run(&ann, run, retry).await.ok()
    })
    .await;
    let ended = over(&app, run).await;
    assert_eq!(ended.state, RunState::Succeeded, "{}", ended.error);
    assert_eq!(house.vendors.count("GET", "/abuse/"), 2);
    let view = view(&app, run).await;
    let ask = view.steps.iter().find(|step| step.path == "ask").unwrap();
    assert_eq!(ask.steered[0].what, "retry");
}

#[test]
fn a_wish_that_was_taken_before_a_crash_is_in_the_journal_once() {
    let house = House::new().with_steps(GATE);
    let (sender, receiver) = std::sync::mpsc::channel();
    crash_between(
        &house,
        async |app| {
            let run = waiting_run(&app).await;
            let ann = person("ann", Role::Analyst);
            sender.send(run).unwrap();
            // The process ends right after these were acknowledged.
            app.control_run(&ann, run, ControlOp::Pause).await.unwrap();
            app.signal_run(&ann, run, "go", json!({"n": 1}))
                .await
                .unwrap();
        },
        async |app| {
            let run = receiver.recv().unwrap();
            until("both wishes are taken in", async || {
                (view(&app, run).await.held == ["second"]).then_some(())
            })
            .await;
            let ann = person("ann", Role::Analyst);
            app.control_run(&ann, run, ControlOp::Resume).await.unwrap();
            assert_eq!(over(&app, run).await.state, RunState::Succeeded);
            let kinds: Vec<String> = journal(&app, run)
                .await
                .iter()
                .map(|entry| entry["input"].as_str().unwrap_or("end").to_owned())
                .collect();
            let count = |kind: &str| kinds.iter().filter(|other| *other == kind).count();
            assert_eq!((count("control"), count("signal")), (2, 1), "{kinds:?}");
            assert_eq!(comments(&app, run).await, ["one", "two", "three"]);
        },
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_wanted_while_nothing_worked_is_done_at_the_next_start() {
    let house = House::new().with_steps(GATE);
    let app = house.first().await;
    let run = waiting_run(&app).await;
    app.stop();
    app.close().await;
    drop(app);
    let ann = person("ann", Role::Analyst);
    let (app, drivers) = until("the store is free", async || house.open(512).await.ok()).await;
    app.control_run(&ann, run, ControlOp::Pause).await.unwrap();
    // The second one is checked on top of the first, which nobody has read yet.
    let again = app
        .control_run(&ann, run, ControlOp::Pause)
        .await
        .unwrap_err();
    assert!(
        again.to_string().contains("paused already, by ann"),
        "{again}"
    );
    assert_eq!(view(&app, run).await.paused, None);
    drop((app, drivers));
    let app = reopened(&house).await;
    until("it is paused", async || view(&app, run).await.paused).await;
    app.cancel_run(&ann, run, "enough").await.unwrap();
    assert_eq!(over(&app, run).await.state, RunState::Cancelled);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_run_that_waits_for_people_lets_the_next_one_of_its_case_work() {
    let house = House::new().with_steps(GATE);
    let app = house.first().await;
    let first = waiting_run(&app).await;
    let ann = person("ann", Role::Analyst);
    let case = head(&app, first).await.case.to_string();
    let second = app.rerun_case(&ann, &case).await.unwrap().id;
    until("both wait", async || {
        let unfinished = app.store().unfinished_runs().await.unwrap();
        let waiting = |run: &updraft_model::Run| run.state == RunState::Waiting;
        (unfinished.len() == 2 && unfinished.iter().all(waiting)).then_some(())
    })
    .await;
    // Of two runs of a case, one may fail without the case being closed under the other.
    app.cancel_run(&ann, second, "not needed").await.unwrap();
    assert_eq!(over(&app, second).await.state, RunState::Cancelled);
    let open = app.case(&ann, &case).await.unwrap();
    assert_eq!(open.status, updraft_model::CaseStatus::InProgress);
    app.signal_run(&ann, first, "go", json!(null))
        .await
        .unwrap();
    assert_eq!(over(&app, first).await.state, RunState::Succeeded);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_cancelled_run_offers_what_it_did_to_be_taken_back_and_that_is_proven_too() {
    let house = House::new().with_steps(UNDO);
    let app = house.first().await;
    let run = waiting_run(&app).await;
    let ann = person("ann", Role::Analyst);
    app.cancel_run(&ann, run, "wrong host").await.unwrap();
    assert_eq!(over(&app, run).await.state, RunState::Cancelled);
    let seen = view(&app, run).await;
    assert_eq!(seen.undoable, ["block"]);
    assert!(seen.can.rollback && seen.can.rerun, "{:?}", seen.can);
    let back = app.rollback_run(&ann, run).await.unwrap();
    let ended = over(&app, back.id).await;
    assert_eq!(ended.state, RunState::Succeeded, "{}", ended.error);
    let origin = ended.origin.unwrap();
    assert_eq!((origin.kind, origin.of), (OriginKind::Rollback, run));
    assert_eq!(comments(&app, run).await, ["blocked", "unblocked blocked"]);
    // The case of a rollback stays as it was.
    let case = app.case(&ann, &ended.case.to_string()).await.unwrap();
    assert_eq!(case.status, updraft_model::CaseStatus::Closed);
    let of_rollback = app.rollback_run(&ann, back.id).await.unwrap_err();
    assert!(matches!(
        of_rollback,
        Error::Invalid {
            code: "run.is_rollback",
            ..
        }
    ));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_run_under_way_is_rolled_back_in_place() {
    let house = House::new().with_steps(UNDO);
    let app = house.first().await;
    let run = waiting_run(&app).await;
    let ann = person("ann", Role::Analyst);
    app.control_run(&ann, run, ControlOp::Rollback)
        .await
        .unwrap();
    let ended = over(&app, run).await;
    assert_eq!(ended.state, RunState::Cancelled);
    assert!(
        ended.error.contains("rolled back by ann: 1 taken back"),
        "{}",
        ended.error
    );
    assert_eq!(comments(&app, run).await, ["blocked", "unblocked blocked"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_run_is_done_again_from_a_step_without_asking_the_vendor_twice() {
    let house = House::new().with_steps(
        r#"
  - id: ask
    action: abuseipdb.lookup_ip
    with: {ip: 118.25.6.39}
  - id: ticket
    action: jira_data_center.create_ticket
    with: {title: "{{ case.title }}", description: x}
  - id: gate
    action: case.comment
    with: {text: after}
  - id: fails
    fail: {code: broken, message: "no"}
"#,
    );
    let app = house.first().await;
    receive(&app, BAD).await;
    let first = until("the run is there", async || {
        runs(&app).await.first().map(|run| run.id)
    })
    .await;
    let ended = over(&app, first).await;
    assert_eq!(ended.state, RunState::Failed, "{}", ended.error);
    assert_eq!(house.jira.issues(), 1, "{}", ended.error);
    let asked = house.vendors.count("GET", "/abuse/");
    let ann = person("ann", Role::Analyst);
    let never = app
        .rerun_run(&ann, first, "nowhere", false)
        .await
        .unwrap_err();
    assert!(matches!(
        never,
        Error::Invalid {
            code: "run.not_reached",
            ..
        }
    ));
    let second = app.rerun_run(&ann, first, "gate", true).await.unwrap().id;
    until("it stands before the step", async || {
        (view(&app, second).await.held == ["gate"]).then_some(())
    })
    .await;
    app.control_run(&ann, second, ControlOp::Resume)
        .await
        .unwrap();
    assert_eq!(over(&app, second).await.state, RunState::Failed);
    // And once more, from a run that was itself done again.
    let third = app.rerun_run(&ann, second, "gate", false).await.unwrap().id;
    let ended = over(&app, third).await;
    assert_eq!(ended.origin.unwrap().of, second);
    assert_eq!(house.jira.issues(), 1);
    assert_eq!(house.vendors.count("GET", "/abuse/"), asked);
    assert_eq!(comments(&app, third).await, ["after", "after", "after"]);
    let replay = app
        .replay_run(&granted(Permission::CaseRead), third)
        .await
        .unwrap();
    assert!(
        replay.exchanges >= 2,
        "what was recorded earlier is compared, too: {replay:?}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_person_adds_a_step_within_what_the_policy_allows() {
    let house = House::new().with_steps(GATE);
    let app = house.first().await;
    let run = waiting_run(&app).await;
    let (ann, lea) = (person("ann", Role::Analyst), person("lea", Role::Engineer));
    let look = json!({"id": "look", "action": "abuseipdb.lookup_ip", "with": {"ip": "192.0.2.7"}});
    app.add_step(&ann, Role::Analyst, run, look, "is it known?")
        .await
        .unwrap();
    until("the step is done", async || {
        let steps = view(&app, run).await.steps;
        let look = steps.into_iter().find(|step| step.id == "look")?;
        look.ended_at.is_some().then_some(look)
    })
    .await;
    assert_eq!(house.vendors.count("GET", "/abuse/"), 1);
    let ticket = json!({"id": "ticket", "for_each": "{{ [1] }}", "do": [
        {"id": "open", "action": "jira_data_center.create_ticket", "with": {"title": "t", "description": "d"}}]});
    let refused = app
        .add_step(&ann, Role::Analyst, run, ticket.clone(), "")
        .await;
    assert!(
        matches!(&refused, Err(Error::Forbidden { message, .. }) if message.contains("write")),
        "{refused:?}"
    );
    app.add_step(&lea, Role::Engineer, run, ticket, "")
        .await
        .unwrap();
    until("the ticket is open", async || {
        (house.jira.issues() == 1).then_some(())
    })
    .await;
    let broken = json!({"id": "b", "action": "case.comment", "wit": {}});
    let refused = app
        .add_step(&lea, Role::Engineer, run, broken, "")
        .await
        .unwrap_err();
    assert!(
        matches!(
            &refused,
            Error::Invalid {
                code: "step.invalid",
                ..
            }
        ),
        "{refused}"
    );
    let computed =
        json!({"id": "c", "action": "{{ 'jira_data_center.create_ticket' }}", "with": {}});
    assert!(
        app.add_step(&lea, Role::Engineer, run, computed, "")
            .await
            .is_err()
    );
    app.signal_run(&ann, run, "go", json!(null)).await.unwrap();
    assert_eq!(over(&app, run).await.state, RunState::Succeeded);
    let view = view(&app, run).await;
    let look = view.steps.iter().find(|step| step.id == "look").unwrap();
    assert_eq!(look.added_by, Some(ann.actor().clone()));
}
