//! What starts playbooks: cases, alerts, ends of other runs, people; and what is said when nothing starts.

use serde_json::{Map, Value, json};
use updraft_app::{
    App,
    store::{DecisionFilter, Page},
    triggers::{CHAIN_MAX, Start},
};
use updraft_model::{AlertId, Case, DecisionOutcome, Permission, Run, RunState};

use crate::house::{BAD, House, at_rest, granted, receive, receive_as};

/// An installation with these playbooks over the shipped ones: id, and further fields of its head.
async fn house(playbooks: &[(&str, &str)]) -> (House, App) {
    let house = House::new();
    for (id, more) in playbooks {
        house.playbook(id, more);
    }
    let app = house.first().await;
    (house, app)
}

async fn runs_of(app: &App, case: &Case) -> Vec<Run> {
    app.case_view(&granted(Permission::CaseRead), &case.id.to_string())
        .await
        .unwrap()
        .runs
}

fn names(runs: &[Run]) -> Vec<&str> {
    let mut names: Vec<&str> = runs.iter().map(|run| run.playbook.as_str()).collect();
    names.sort_unstable();
    names
}

async fn why(app: &App, playbook: &str, alert: AlertId) -> updraft_app::triggers::Why {
    app.why(&granted(Permission::CaseRead), playbook, Some(alert), None)
        .await
        .unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_case_of_a_type_starts_its_playbooks_each_once_and_again_with_the_next_alert() {
    let (_house, app) = house(&[
        (
            "also",
            "triggers:\n  - case_type: Enrichment\n    when: case.severity == 'medium'",
        ),
        ("other", "case_types: [Phishing]"),
    ])
    .await;
    receive(&app, BAD).await;
    let case = at_rest(&app, 1).await.remove(0);
    assert_eq!(
        names(&runs_of(&app, &case).await),
        ["also", "enrichment-only"]
    );
    let also = runs_of(&app, &case)
        .await
        .into_iter()
        .find(|run| run.playbook == "also")
        .unwrap();
    assert_eq!(also.state, RunState::Succeeded);
    assert_eq!(also.cause.unwrap().trigger, "case_type");
    receive(&app, BAD).await;
    at_rest(&app, 2).await;
    assert_eq!(
        names(&runs_of(&app, &case).await),
        ["also", "also", "enrichment-only", "enrichment-only"]
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_alert_starts_what_waits_for_it_once_and_what_did_not_start_says_why() {
    let (_house, app) = house(&[
        ("watch", "inputs: {who: {type: string}}\ntriggers:\n  - alert: {source: siem}\n    when: alert.fields.user == 'ana'\n    inputs: {who: \"{{ alert.fields.user }}\"}"),
        ("elsewhere", "triggers:\n  - alert: {source: mail}"),
        ("broken", "triggers:\n  - alert: {}\n    when: alert.fields.nothing == 1"),
    ])
    .await;
    let first = receive_as(
        &app,
        "application/json",
        r#"{"src": "118.25.6.39", "user": "ana"}"#,
    )
    .await;
    let second = receive_as(
        &app,
        "application/json",
        r#"{"src": "118.25.6.40", "user": "bob"}"#,
    )
    .await;
    let cases = at_rest(&app, 2).await;
    let mut all = Vec::new();
    for case in &cases {
        all.extend(runs_of(&app, case).await);
    }
    assert_eq!(names(&all), ["enrichment-only", "enrichment-only", "watch"]);
    let run = all.iter().find(|run| run.playbook == "watch").unwrap();
    assert_eq!((run.alert, run.state), (Some(first), RunState::Succeeded));
    assert_eq!(run.cause.as_ref().unwrap().inputs, json!({"who": "ana"}));

    let started = why(&app, "watch", first).await;
    assert_eq!(started.decisions[0].outcome, DecisionOutcome::Started);
    assert_eq!(started.decisions[0].run, Some(run.id));
    let not = why(&app, "watch", second).await;
    assert_eq!(not.decisions[0].outcome, DecisionOutcome::Condition);
    assert_eq!(
        not.decisions[0].read,
        [("alert.fields.user".into(), "\"bob\"".into())]
    );
    assert_eq!(not.now[0].read, not.decisions[0].read);
    let broken = why(&app, "broken", second).await;
    assert_eq!(broken.decisions[0].outcome, DecisionOutcome::Error);
    assert!(
        broken.decisions[0].reason.contains("nothing"),
        "{}",
        broken.decisions[0].reason
    );
    let elsewhere = why(&app, "elsewhere", second).await;
    assert_eq!(elsewhere.decisions.len(), 0);
    assert_eq!(elsewhere.now[0].reason, "the alert came from siem");
    let gone = why(&app, "gone", second).await;
    assert!(gone.obstacle.contains("no version"), "{}", gone.obstacle);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_end_of_a_run_starts_another_and_a_circle_comes_to_its_end() {
    let (_house, app) = house(&[
        ("after", "triggers:\n  - run: {playbook: enrichment-only, outcome: any}\n    when: run.outcome == 'succeeded'"),
        ("circle", "triggers:\n  - run: {playbook: after}\n  - run: {playbook: circle}"),
        ("never", "triggers:\n  - run: {playbook: after, outcome: failed}"),
    ])
    .await;
    receive(&app, BAD).await;
    let case = at_rest(&app, 1).await.remove(0);
    let runs = runs_of(&app, &case).await;
    let count = |id: &str| runs.iter().filter(|run| run.playbook == id).count();
    assert_eq!((count("after"), count("never")), (1, 0));
    assert_eq!(count("circle") as u32, CHAIN_MAX - 1);
    let filter = DecisionFilter {
        playbook: Some("circle".into()),
        ..DecisionFilter::default()
    };
    let decisions = app
        .trigger_decisions(&granted(Permission::CaseRead), filter, 50)
        .await
        .unwrap();
    assert_eq!(
        decisions[0].outcome,
        DecisionOutcome::Limit,
        "{decisions:#?}"
    );
    let causes: Vec<_> = runs.iter().filter_map(|run| run.cause.as_ref()).collect();
    assert!(
        causes
            .iter()
            .all(|cause| cause.run.is_some() && cause.trigger == "run")
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_person_starts_a_playbook_on_a_case_or_with_a_case_of_its_own() {
    let (_house, app) = house(&[
        ("ask", "title: Ask them\ninputs:\n  who: {type: string}\n  often: {type: integer, default: 1}\ntriggers:\n  - button: {title: Ask}\n    when: case.type == 'Enrichment'\n  - button: {title: Never}\n    when: case.type == 'Nothing'"),
        ("joins", "triggers:\n  - case_type: Operations"),
    ])
    .await;
    let writer = granted(Permission::CaseWrite);
    receive(&app, BAD).await;
    let case = at_rest(&app, 1).await.remove(0);
    let number = case.number.to_string();
    let buttons = app.buttons_of_case(&writer, &number).await.unwrap();
    let own: Vec<_> = buttons.iter().filter(|b| b.playbook == "ask").collect();
    assert_eq!(
        own.iter().map(|b| b.title.as_str()).collect::<Vec<_>>(),
        ["Ask"]
    );
    assert_eq!(own[0].inputs.len(), 2);

    let inputs = |text: &str| serde_json::from_str::<Map<String, Value>>(text).unwrap();
    let on_case = |values: &str, button: Option<&str>| Start {
        case: Some(number.clone()),
        inputs: inputs(values),
        button: button.map(str::to_owned),
        ..Start::default()
    };
    for (values, what) in [
        ("{}", "needs the input `who`"),
        (r#"{"who": 1}"#, "type string"),
        (r#"{"whom": "x"}"#, "no input `whom`"),
    ] {
        let error = app
            .start_playbook(&writer, "ask", on_case(values, None))
            .await
            .unwrap_err();
        assert!(error.to_string().contains(what), "{error}");
    }
    let hidden = app
        .start_playbook(&writer, "ask", on_case(r#"{"who": "x"}"#, Some("Never")))
        .await;
    assert!(hidden.unwrap_err().to_string().contains("not there"));
    assert!(
        app.start_playbook(&writer, "nothing", Start::default())
            .await
            .is_err()
    );

    let pressed = app
        .start_playbook(&writer, "ask", on_case(r#"{"who": "x"}"#, Some("Ask")))
        .await
        .unwrap();
    assert_eq!(pressed.case, case.id);
    assert_eq!(pressed.cause.as_ref().unwrap().trigger, "button");
    let own = Start {
        inputs: inputs(r#"{"who": "y", "often": 2}"#),
        title: "By hand".into(),
        ..Start::default()
    };
    let alone = app.start_playbook(&writer, "ask", own).await.unwrap();
    assert_ne!(alone.case, case.id);
    at_rest(&app, 1).await;
    let view = app
        .case_view(&writer, &alone.case.to_string())
        .await
        .unwrap();
    assert_eq!(
        (view.case.title.as_str(), view.case.kind.as_str()),
        ("By hand", "Operations")
    );
    // The case that was opened starts what waits for its type, and not the asked for twice.
    assert_eq!(names(&view.runs), ["ask", "joins"]);
    assert!(
        view.runs.iter().all(|run| run.state == RunState::Succeeded),
        "{:#?}",
        view.runs
    );
    let audit = app
        .audit_list(
            &granted(Permission::AuditRead),
            Page {
                after: None,
                limit: 50,
            },
        )
        .await
        .unwrap();
    let starts = audit
        .items
        .iter()
        .filter(|row| row.entry.action == "playbook.start")
        .count();
    assert_eq!(starts, 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_alert_flood_keeps_few_decisions_and_starts_everything() {
    let (_house, app) = house(&[(
        "flooded",
        "triggers:\n  - alert: {}\n    when: alert.severity == 'critical'",
    )])
    .await;
    for number in 1..=60 {
        receive(&app, &format!("203.0.113.{number}")).await;
    }
    at_rest(&app, 60).await;
    let filter = DecisionFilter {
        playbook: Some("flooded".into()),
        ..DecisionFilter::default()
    };
    let decisions = app
        .trigger_decisions(&granted(Permission::CaseRead), filter, 200)
        .await
        .unwrap();
    assert!((20..=40).contains(&decisions.len()), "{}", decisions.len());
}
