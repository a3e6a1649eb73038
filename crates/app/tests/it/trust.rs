//! What recorded runs are good for: compared, made into tests, tried on, counted by the way they took. Nobody is
//! ever called for any of it.

use std::{collections::BTreeMap, sync::Arc};

use serde_json::{Value, json};
use updraft_app::{
    App, Error,
    runs::Entry,
    trials::{Candidate, NewBacktest},
};
use updraft_content::trials::{plans_of, play_test, read_tests};
use updraft_model::{
    Backtest, BacktestId, BacktestState, BlobHash, Case, Granted, Permission, PlaybookText, Run,
    RunId, RunState, Timestamp,
};
use updraft_store::{Op, Tx};

use crate::{
    house::{BAD, House, granted, receive, settled, until},
    recovery::reopened,
};

const ID: &str = "enrichment-only";

fn reader() -> Granted {
    granted(Permission::CaseRead)
}

fn writer() -> Granted {
    granted(Permission::ConfigWrite)
}

async fn worked_off(house: &House) -> (App, Case, Run) {
    let app = house.first().await;
    receive(&app, BAD).await;
    let case = settled(&app, 1, 1).await.remove(0);
    let runs = app.store().runs_of_case(&reader(), case.id).await.unwrap();
    let run = runs.into_iter().next().unwrap();
    (app, case, run)
}

async fn shipped(app: &App) -> PlaybookText {
    app.playbook_text(&reader(), ID, "shipped").await.unwrap()
}

/// The playbook, but it escalates what is suspicious.
async fn lenient(app: &App) -> Candidate {
    let text = shipped(app).await.text;
    let other = text.replace(
        "level == 'malicious' and case.ticket",
        "level == 'suspicious' and case.ticket",
    );
    assert_ne!(text, other);
    Candidate::Text(other)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_real_run_compares_equal_and_parts_where_another_version_does() {
    let house = House::new();
    let (app, _, run) = worked_off(&house).await;
    let asked = house.vendors.log().len();
    let live = Candidate::Side("live".into());
    let same = app
        .compare_run(&reader(), run.id, None, live)
        .await
        .unwrap();
    assert!(same.comparison.identical, "{:#?}", same.comparison);
    let other = lenient(&app).await;
    let found = app
        .compare_run(&reader(), run.id, None, other)
        .await
        .unwrap();
    let first = found.comparison.first.clone().unwrap();
    assert_eq!(
        (first.path.as_str(), first.what),
        ("route", "branch"),
        "{first:#?}"
    );
    assert_eq!(found.comparison.unanswered, []);
    let removed: Vec<&str> = found
        .comparison
        .steps
        .iter()
        .filter(|step| step.change == "removed")
        .map(|step| step.path.as_str())
        .collect();
    assert!(removed.contains(&"route/ticket"), "{removed:?}");
    assert_eq!(house.vendors.log().len(), asked, "somebody was called");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_real_run_becomes_a_test_that_passes_at_once() {
    let house = House::new();
    let (app, _, run) = worked_off(&house).await;
    let made = app
        .test_of_run(&reader(), run.id, Some("One malicious address"))
        .await
        .unwrap();
    assert_eq!(made.name, "one-malicious-address.yaml");
    assert!(made.text.contains("closed: escalated"), "{}", made.text);
    assert!(made.text.lines().count() < 60, "{}", made.text);
    let mut bundle = shipped(&app).await;
    bundle.tests = BTreeMap::from([(made.name.clone(), made.text.clone())]);
    let played = app.play_playbook_tests(&reader(), &bundle).await.unwrap();
    assert_eq!(played.passed(), 1, "{:#?}", played.tested);
    let again = app
        .test_of_run(&reader(), run.id, Some("One malicious address"))
        .await;
    assert_eq!(again.unwrap(), made);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_cannot_be_played_is_refused_in_words() {
    let house = House::new();
    let (app, _, run) = worked_off(&house).await;
    let side = |word: &str| Candidate::Side(word.into());
    let missing = app
        .compare_run(&reader(), RunId::new(1, 1), None, side("live"))
        .await;
    assert!(matches!(missing, Err(Error::NotFound { .. })));
    let version = app.compare_run(&reader(), run.id, None, side("7")).await;
    assert!(matches!(version, Err(Error::NotFound { .. })));
    let broken = Candidate::Text("format: 1\nid: enrichment-only\nsteps: {}\n".into());
    let broken = app.compare_run(&reader(), run.id, None, broken).await;
    assert!(
        matches!(
            &broken,
            Err(Error::Invalid {
                code: "playbook.errors",
                ..
            })
        ),
        "{broken:?}"
    );
    let other = Candidate::Text("format: 1\nid: other\nsteps: [{id: a, set: {v: 1}}]\n".into());
    let other = app.compare_run(&reader(), run.id, None, other).await;
    assert!(matches!(
        other,
        Err(Error::Invalid {
            code: "playbook.id",
            ..
        })
    ));
    for (days, limit) in [(0, 1), (91, 1), (30, 0), (30, 1_000_000)] {
        let wanted = NewBacktest {
            candidate: side("shipped"),
            days,
            limit,
        };
        let refused = app.start_backtest(&writer(), ID, wanted).await;
        assert!(
            matches!(refused, Err(Error::Invalid { .. })),
            "{days} {limit}"
        );
    }
    assert!(matches!(
        app.paths(&reader(), "Enrichment", 0).await,
        Err(Error::Invalid { .. })
    ));
}

async fn begin(app: &App, candidate: Candidate) -> BacktestId {
    let wanted = NewBacktest {
        candidate,
        days: 30,
        limit: 100,
    };
    app.start_backtest(&writer(), ID, wanted).await.unwrap()
}

async fn over(app: &App, id: BacktestId) -> Backtest {
    until("the backtest to end", async || {
        let found = app.backtest(&reader(), id).await.unwrap();
        found.state.is_over().then_some(found)
    })
    .await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_backtest_tells_what_would_be_different_and_sends_nothing() {
    let house = House::new();
    let (app, case, run) = worked_off(&house).await;
    let (asked, issues) = (house.vendors.log().len(), house.jira.issues());
    let same = over(&app, begin(&app, Candidate::Side("live".into())).await).await;
    assert_eq!(same.state, BacktestState::Done, "{}", same.error);
    let result = &same.result;
    assert_eq!(
        (&result["played"], &result["same"], &result["unknown"]),
        (&json!(1), &json!(1), &json!(0)),
        "{result:#}"
    );
    assert_eq!(result["table"]["tickets"], 1);
    assert_eq!(result["table"]["closed_as"]["escalated"], 1);
    let other = over(&app, begin(&app, lenient(&app).await).await).await;
    let result = &other.result;
    assert_eq!(
        (&result["different"], &result["table"]["tickets"]),
        (&json!(1), &json!(0))
    );
    let differs = result["differs"].as_array().unwrap();
    let ticket = differs.iter().find(|one| one["what"] == "tickets").unwrap();
    assert_eq!((&ticket["then"], &ticket["now"]), (&json!(1), &json!(0)));
    assert_eq!(ticket["case_number"], case.number);
    assert_eq!(ticket["run"], run.id.to_string());
    assert_eq!(house.vendors.log().len(), asked, "somebody was called");
    assert_eq!(house.jira.issues(), issues);
    let last = app.last_backtest(&reader(), ID).await.unwrap().unwrap();
    assert_eq!((last.digest, last.days), (other.digest, 30));
    assert_eq!(last.verdict, "1 runs: 1 different, 0 the same");
    let list = app.backtests(&reader(), ID).await.unwrap();
    assert_eq!(list.len(), 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_never_asked_is_unknown_and_stands_first() {
    let house = House::new();
    let (app, ..) = worked_off(&house).await;
    let text = shipped(&app).await.text;
    let curious = text.replace(
        "  - id: verdict\n",
        "  - id: curious\n    action: abuseipdb.lookup_ip\n    with: {ip: 198.51.100.1}\n    on_error: continue\n  - id: verdict\n",
    );
    assert_ne!(text, curious);
    let found = over(&app, begin(&app, Candidate::Text(curious)).await).await;
    let result = &found.result;
    assert_eq!(
        (&result["played"], &result["unknown"]),
        (&json!(1), &json!(1)),
        "{result:#}"
    );
    assert_eq!(
        result["table"]["closed"], 0,
        "nothing is said about what is not known"
    );
    assert_eq!(result["unknowns"][0]["wanted"], "abuseipdb.lookup_ip");
    assert_eq!(result["unknowns"][0]["step"], "curious");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_backtest_survives_a_restart_and_one_that_was_stopped_stays_stopped() {
    let house = House::new();
    let (app, ..) = worked_off(&house).await;
    app.stop();
    app.close().await;
    drop(app);
    let (app, drivers) = house.open(8).await.unwrap();
    let kept = begin(&app, Candidate::Side("live".into())).await;
    let stopped = begin(&app, Candidate::Side("live".into())).await;
    app.cancel_backtest(&writer(), stopped).await.unwrap();
    app.cancel_backtest(&writer(), stopped).await.unwrap();
    app.close().await;
    drop((app, drivers));
    let app = reopened(&house).await;
    assert_eq!(over(&app, kept).await.state, BacktestState::Done);
    let stopped = app.backtest(&reader(), stopped).await.unwrap();
    assert_eq!(stopped.state, BacktestState::Cancelled);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_way_that_a_run_took_is_counted_when_it_is_over() {
    let house = House::new();
    let (app, _, run) = worked_off(&house).await;
    let found = app.paths(&reader(), "Enrichment", 30).await.unwrap();
    assert_eq!((found.runs, found.paths.len()), (1, 1));
    let path = &found.paths[0];
    assert_eq!(
        (path.count, path.rare, path.runs.as_slice()),
        (1, false, &[run.id][..])
    );
    assert!(
        path.steps.contains(&"route: ticket".to_owned()),
        "{:?}",
        path.steps
    );
    assert_eq!(app.paths(&reader(), "Phishing", 30).await.unwrap().runs, 0);
}

const GATED: &str = "\
format: 1
id: gated
title: Ask first
case_types: [Enrichment]
steps:
  - id: gate
    title: Block it?
    approve: {question: Block?, default: deny}
    timeout: 4h
  - id: route
    switch:
      - when: steps.gate.output.approved
        do: [{id: block, set: {v: 1}}]
      - else: true
        do: [{id: leave, set: {v: 2}}]
";

/// A run of the playbook as if it had happened, in which somebody answered so.
async fn happened(app: &App, like: &Run, number: u128, approved: bool) -> RunId {
    let plan = updraft_content::parse_playbook("gated", GATED).unwrap();
    let picture = app.catalog().now();
    let plans = plans_of(Arc::new(plan), picture.library());
    let test = format!(
        "title: t\npeople: [{{step: gate, answer: {{approved: {approved}}}, by: ann, delay: 6m}}]\nexpect: {{state: succeeded}}\n"
    );
    let script = read_tests("t", &test).unwrap().remove(0);
    let played = play_test(&script, &plans, picture.library());
    assert!(played.outcome.is_some());
    let bundle = serde_json::to_vec(&json!({ "gated": GATED })).unwrap();
    let ended: Timestamp = like.ended_at.unwrap();
    let mut run = Run {
        id: RunId::new(ended.millis(), number),
        playbook: "gated".into(),
        playbook_version: BlobHash::of(&bundle),
        state: RunState::Running,
        ..like.clone()
    };
    let entries = played.journal.iter().map(|input| {
        let entry = Entry::Input(Box::new(input.clone()));
        entry.encode().unwrap()
    });
    let tx = Tx::new(run.tenant)
        .with(Op::PutContentVersion {
            digest: run.playbook_version,
            kind: "playbook".into(),
            name: "gated".into(),
            body: bundle.into(),
        })
        .with(Op::InsertRun(Box::new(run.clone())))
        .with(Op::AppendJournal {
            run: run.id,
            entries: entries.collect(),
            first_seq: 0,
        });
    app.store().commit(tx).await.unwrap();
    run.state = RunState::Succeeded;
    let tx = Tx::new(run.tenant).with(Op::UpdateRun(Box::new(run.clone())));
    app.store().commit(tx).await.unwrap();
    run.id
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_decision_that_always_came_out_the_same_is_to_be_automated_next() {
    let house = House::new();
    let (app, _, run) = worked_off(&house).await;
    for number in 1..=19 {
        happened(&app, &run, number, true).await;
    }
    let odd = happened(&app, &run, 20, false).await;
    let found = app.automate_next(&reader(), 30).await.unwrap();
    let kinds: Vec<(&str, &str, u64, u64)> = found
        .iter()
        .map(|one| (one.step.as_str(), one.kind.as_str(), one.answered, one.same))
        .collect();
    assert_eq!(
        kinds,
        [("gate", "approve", 20, 19), ("route", "switch", 20, 19)]
    );
    let gate = &found[0];
    assert_eq!(
        (gate.answer.as_str(), gate.median_ms),
        ("approved", 360_000)
    );
    assert!(
        (0.80..0.81).contains(&gate.lower_bound),
        "{}",
        gate.lower_bound
    );
    assert_eq!(gate.counter_examples.len(), 1);
    assert_eq!(
        (
            gate.counter_examples[0].run,
            gate.counter_examples[0].by.as_str()
        ),
        (odd, "ann")
    );
    let paths = app.paths(&reader(), "Enrichment", 30).await.unwrap();
    assert_eq!(paths.runs, 21);
    let counts: Vec<(&str, u64, bool)> = paths
        .paths
        .iter()
        .map(|path| (path.playbook.as_str(), path.count, path.rare))
        .collect();
    assert_eq!(counts[0], ("gated", 19, false));
    assert!(counts.contains(&("gated", 1, true)), "{counts:?}");
    let decided = app
        .store()
        .human_decisions(&reader(), Timestamp::from_millis(0))
        .await;
    let decided: Vec<Value> = decided
        .unwrap()
        .into_iter()
        .map(|one| json!(one.decision.answer))
        .collect();
    assert_eq!(decided.len(), 40);
}
