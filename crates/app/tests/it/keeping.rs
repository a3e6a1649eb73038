//! Playbooks as a team keeps them: what new runs take, what runs under way keep, who may save and activate.

use serde_json::json;
use updraft_app::{
    App, Error,
    playbooks::{LastBacktest, NewPlaybook, PlaybookPolicy, TextSource},
};
use updraft_model::{
    Actor, BlobHash, CaseStatus, Granted, Origin, Permission, PlaybookText, Principal, Role, Run,
    RunState, TenantId, Timestamp, UserId, access,
};
use updraft_store::{Op, Tx};

use crate::{
    house::{BAD, House, cases, granted, receive, until},
    recovery::reopened,
};

/// A playbook with these steps, for Enrichment cases.
pub fn playbook(id: &str, steps: &str) -> String {
    format!("format: 1\nid: {id}\ntitle: The {id}\ncase_types: [Enrichment]\nsteps:\n{steps}")
}

/// Closes its case at once.
pub const CLOSE: &str = "  - id: close\n    action: case.close\n    with: {reason: clean}\n";
/// Waits for a week and closes its case then.
const WAIT: &str = "  - id: pause\n    wait: {delay: 7d}\n  - id: close\n    action: case.close\n    with: {reason: clean}\n";
/// A test of a playbook that closes its case.
pub const CLOSES: &str = "title: It closes\ntrigger: {case: {type: Enrichment}}\nexpect:\n  state: succeeded\n  steps: {close: ran}\n";

/// Somebody who writes playbooks.
pub fn person(n: u128, name: &str) -> Granted {
    let principal = Principal {
        tenant: TenantId::DEFAULT,
        actor: Actor::User {
            id: UserId::new(1, n),
            name: name.into(),
        },
        role: Some(Role::Engineer),
    };
    access::authorize(&principal, Permission::ConfigWrite).unwrap()
}

pub fn bundle(text: &str, tests: &[(&str, &str)]) -> PlaybookText {
    PlaybookText {
        text: text.into(),
        tests: tests
            .iter()
            .map(|(name, test)| ((*name).into(), (*test).into()))
            .collect(),
    }
}

async fn create(app: &App, who: &Granted, bundle: PlaybookText) -> String {
    let new = NewPlaybook {
        bundle,
        message: "first".into(),
        file: None,
    };
    app.create_playbook(who, new).await.unwrap()
}

/// Saves a further text and makes a version of it.
async fn version(app: &App, who: &Granted, id: &str, bundle: PlaybookText) -> u32 {
    let opened = app.open_playbook(who, id).await.unwrap();
    let saved = app.save_playbook_draft(who, id, bundle, Some(opened.digest));
    saved.await.unwrap();
    let made = app.make_playbook_version(who, id, "next").await.unwrap();
    made.number
}

/// The code of a refusal, and the codes of its points.
fn refusal<T: std::fmt::Debug>(result: Result<T, Error>) -> (&'static str, Vec<&'static str>) {
    match result.unwrap_err() {
        Error::Refused { code, points, .. } => {
            (code, points.iter().map(|point| point.code).collect())
        }
        other => panic!("{other}"),
    }
}

async fn runs(app: &App) -> Vec<Run> {
    let mut all = Vec::new();
    for case in cases(app).await {
        let reader = granted(Permission::CaseRead);
        all.extend(app.store().runs_of_case(&reader, case.id).await.unwrap());
    }
    all.sort_by_key(|run| run.id);
    all
}

/// The one run that is in this state.
async fn run_in(app: &App, state: RunState) -> Run {
    until(&format!("a run is {state:?}"), async || {
        runs(app).await.into_iter().find(|run| run.state == state)
    })
    .await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_run_keeps_its_version_while_another_becomes_live() {
    let house = House::new();
    let app = house.first().await;
    let anna = person(1, "anna");
    let id = create(&app, &anna, bundle(&playbook("hold", WAIT), &[])).await;
    app.activate_playbook(&anna, &id, 1, "").await.unwrap();
    receive(&app, BAD).await;
    let first = run_in(&app, RunState::Waiting).await;
    assert_eq!(
        (first.playbook.as_str(), first.playbook_number),
        ("hold", 1)
    );
    let number = version(&app, &anna, &id, bundle(&playbook("hold", CLOSE), &[])).await;
    app.activate_playbook(&anna, &id, number, "faster")
        .await
        .unwrap();
    receive(&app, "192.0.2.7").await;
    let second = run_in(&app, RunState::Succeeded).await;
    assert_eq!(
        (second.playbook.as_str(), second.playbook_number),
        ("hold", 2)
    );
    assert_ne!(second.playbook_version, first.playbook_version);
    app.stop();
    app.close().await;
    drop(app);

    // The stored version is served again, and the run under way still has its own text.
    let app = reopened(&house).await;
    let picture = app.catalog().now();
    let served = picture.published(TenantId::DEFAULT, "hold").unwrap();
    assert_eq!((served.number, served.digest), (2, second.playbook_version));
    let reader = granted(Permission::CaseRead);
    let view = app.run(&reader, first.id).await.unwrap();
    assert_eq!(view.run.state, RunState::Waiting);
    let steps: Vec<_> = view
        .outline
        .steps
        .iter()
        .map(|step| step.id.as_str())
        .collect();
    assert_eq!(steps, ["pause", "close"]);
    let replay = app.replay_run(&reader, first.id).await.unwrap();
    assert!(replay.divergence.is_none(), "{:?}", replay.divergence);
    let closed = cases(&app)
        .await
        .iter()
        .filter(|case| case.status == CaseStatus::Closed)
        .count();
    assert_eq!(closed, 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_own_playbook_stands_before_the_shipped_one_and_the_latest_before_others() {
    let house = House::new();
    let (app, _drivers) = house.open(8).await.unwrap();
    let anna = person(1, "anna");
    let tenant = TenantId::DEFAULT;
    let enrichment = updraft_model::CaseType::enrichment();
    let chosen = |app: &App| {
        let picture = app.catalog().now();
        let id = picture
            .playbook_for(tenant, &enrichment, "enrichment-only")
            .to_owned();
        let number = picture.published(tenant, &id).unwrap().number;
        (id, number)
    };
    assert_eq!(chosen(&app), ("enrichment-only".to_owned(), 0));
    for id in ["zulu", "alpha"] {
        create(&app, &anna, bundle(&playbook(id, CLOSE), &[])).await;
        assert_ne!(chosen(&app).0, id, "a version alone is not live");
        app.activate_playbook(&anna, id, 1, "").await.unwrap();
        assert_eq!(chosen(&app), (id.to_owned(), 1));
    }
    let copy = app
        .make_playbook_version(&anna, "enrichment-only", "ours")
        .await
        .unwrap();
    assert_eq!(copy.origin, Origin::Shipped);
    app.activate_playbook(&anna, "enrichment-only", 1, "")
        .await
        .unwrap();
    assert_eq!(chosen(&app), ("enrichment-only".to_owned(), 1));
    let shipped = &app.catalog().now().content.published["enrichment-only"];
    let own = app
        .catalog()
        .now()
        .published(tenant, "enrichment-only")
        .unwrap()
        .clone();
    assert_eq!(own.digest, shipped.digest, "the copy is unchanged");
    app.deactivate_playbook(&anna, "enrichment-only", "")
        .await
        .unwrap();
    app.archive_playbook(&anna, "alpha", true).await.unwrap();
    assert_eq!(chosen(&app), ("zulu".to_owned(), 1));
    app.deactivate_playbook(&anna, "zulu", "").await.unwrap();
    assert_eq!(chosen(&app), ("enrichment-only".to_owned(), 0));
    let stranger = TenantId::new(2, 2);
    assert!(app.catalog().now().published(stranger, "zulu").is_none());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_call_takes_the_own_version_of_what_it_calls() {
    let house = House::new();
    let (app, _drivers) = house.open(8).await.unwrap();
    let anna = person(1, "anna");
    let caller = playbook("caller", "  - id: inner\n    call: {playbook: helper}\n");
    create(&app, &anna, bundle(&caller, &[])).await;
    let (code, points) = refusal(app.activate_playbook(&anna, "caller", 1, "").await);
    assert_eq!((code, points), ("playbook.policy", vec!["calls"]));
    create(&app, &anna, bundle(&playbook("helper", CLOSE), &[])).await;
    app.activate_playbook(&anna, "helper", 1, "").await.unwrap();
    app.activate_playbook(&anna, "caller", 1, "").await.unwrap();
    let tenant = TenantId::DEFAULT;
    let digest = |app: &App| {
        app.catalog()
            .now()
            .published(tenant, "caller")
            .unwrap()
            .digest
    };
    let before = digest(&app);
    version(
        &app,
        &anna,
        "helper",
        bundle(&playbook("helper", WAIT), &[]),
    )
    .await;
    assert_eq!(digest(&app), before);
    app.activate_playbook(&anna, "helper", 2, "").await.unwrap();
    let picture = app.catalog().now();
    let caller = picture.published(tenant, "caller").unwrap();
    assert_ne!(caller.digest, before, "the caller pins what it calls");
    assert_eq!(caller.plans.called["helper"].step_count(), 2);
    // What is called cannot be taken away under its caller.
    let (code, _) = refusal(app.deactivate_playbook(&anna, "helper", "").await);
    assert_eq!(code, "playbook.called");
    app.deactivate_playbook(&anna, "caller", "").await.unwrap();
    app.deactivate_playbook(&anna, "helper", "").await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_editors_do_not_overwrite_each_other() {
    let house = House::new();
    let (app, _drivers) = house.open(8).await.unwrap();
    let (anna, ben) = (person(1, "anna"), person(2, "ben"));
    let opened = app.open_playbook(&anna, "enrichment-only").await.unwrap();
    assert_eq!(opened.source, TextSource::Shipped);
    let base = Some(opened.digest);
    let changed = |note: &str| {
        let text = format!("{}# {note}\n", opened.bundle.text);
        PlaybookText {
            text,
            tests: opened.bundle.tests.clone(),
        }
    };
    let save = |who: &Granted, note: &str, base: Option<BlobHash>| {
        let (app, who, text) = (app.clone(), who.clone(), changed(note));
        async move {
            app.save_playbook_draft(&who, "enrichment-only", text, base)
                .await
        }
    };
    let saved = save(&anna, "anna was here", base).await.unwrap();
    let error = save(&ben, "ben was here", base).await.unwrap_err();
    assert!(
        error
            .to_string()
            .starts_with("anna saved `enrichment-only` at "),
        "{error}"
    );
    // The same again, because the first answer was lost, is no conflict.
    save(&anna, "anna was here", base).await.unwrap();
    let second = save(&ben, "both were here", Some(saved.digest))
        .await
        .unwrap();
    assert_ne!(second.digest, saved.digest);
    // At the same time only one of them.
    let base = Some(second.digest);
    let both = tokio::join!(save(&anna, "third a", base), save(&ben, "third b", base));
    assert!(both.0.is_ok() != both.1.is_ok(), "{both:?}");
    let made = app
        .make_playbook_version(&ben, "enrichment-only", "all of it")
        .await
        .unwrap();
    let names: Vec<_> = made.authors.iter().map(Actor::label).collect();
    assert_eq!(names, ["anna", "ben"]);
    let (kept, text) = app
        .playbook_version(&ben, "enrichment-only", 1)
        .await
        .unwrap();
    assert_eq!(kept, made);
    assert_eq!(text.tests, opened.bundle.tests, "the tests went along");
    assert_eq!(
        made.parent,
        Some(BlobHash::of(opened.bundle.text.as_bytes()))
    );
    let (code, _) = refusal(
        app.make_playbook_version(&ben, "enrichment-only", "again")
            .await,
    );
    assert_eq!(code, "playbook.nothing_new");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_policy_names_every_point_that_is_not_met() {
    let house = House::new();
    let (app, _drivers) = house.open(8).await.unwrap();
    let (anna, ben) = (person(1, "anna"), person(2, "ben"));
    let policy = PlaybookPolicy {
        tests: true,
        coverage_min: 90,
        destructive: true,
        second_person: true,
        backtest_days: Some(30),
        ..PlaybookPolicy::default()
    };
    let steps = "  - id: tell\n    when: case.severity == 'high'\n    action: jira_data_center.create_ticket\n    with: {title: x, description: y}\n";
    let text = playbook("tell", &format!("{steps}{CLOSE}"));
    create(&app, &anna, bundle(&text, &[])).await;
    app.activate_playbook(&anna, "tell", 1, "nothing is asked")
        .await
        .unwrap();
    app.set_playbook_policy(&anna, policy.clone())
        .await
        .unwrap();
    assert_eq!(app.playbook_policy(&ben).await.unwrap(), policy);
    let test = format!("{CLOSES}  case: {{closed: clean}}\n");
    let number = version(
        &app,
        &anna,
        "tell",
        bundle(&text, &[("closes.yaml", &test)]),
    )
    .await;
    assert_eq!(number, 2);
    let (code, points) = refusal(app.activate_playbook(&anna, "tell", 2, "").await);
    assert_eq!(code, "playbook.policy");
    assert_eq!(
        points,
        ["coverage", "destructive", "second_person", "backtest"]
    );
    let (_, points) = refusal(app.activate_playbook(&anna, "tell", 1, "").await);
    assert_eq!(
        points,
        [
            "tests",
            "coverage",
            "destructive",
            "second_person",
            "backtest"
        ]
    );
    // A failing test is named with its place.
    let wrong = CLOSES.replace("close: ran", "close: skipped");
    version(
        &app,
        &anna,
        "tell",
        bundle(&text, &[("wrong.yaml", &wrong)]),
    )
    .await;
    let Err(Error::Refused { points, .. }) = app.activate_playbook(&ben, "tell", 3, "").await
    else {
        panic!("a failing test lets it through");
    };
    assert!(
        points[0]
            .what
            .starts_with("1 of 1 tests fail, first `It closes`: tests/wrong.yaml:"),
        "{}",
        points[0].what
    );
    // All of it met: both ways of the condition, the step reached, another person, a backtest of this text.
    let high = "title: It tells\ntrigger: {case: {type: Enrichment, severity: high}}\nanswers:\n  - {step: tell, connection: jira, ok: {id: \"1\"}}\nexpect:\n  state: succeeded\n  steps: {tell: succeeded}\n";
    let tests = [("closes.yaml", CLOSES), ("tells.yaml", high)];
    version(&app, &anna, "tell", bundle(&text, &tests)).await;
    let backtest = |digest, at: Timestamp| LastBacktest {
        id: "bt_1".into(),
        at,
        days: 30,
        verdict: "nothing differs".into(),
        digest,
    };
    let now = updraft_app::clock::now();
    let digest = BlobHash::of(text.as_bytes());
    let old = now.plus_millis(-31 * 24 * 3_600_000);
    for (backtest, wanted) in [
        (
            backtest(BlobHash::of(b"another text"), now),
            vec!["backtest"],
        ),
        (backtest(digest, old), vec!["backtest"]),
        (backtest(digest, now), vec![]),
    ] {
        let put = Op::PutSetting {
            name: "playbook.tell.backtest".into(),
            value: json!(backtest),
        };
        app.store()
            .commit(Tx::new(TenantId::DEFAULT).with(put))
            .await
            .unwrap();
        let points = match app.activate_playbook(&ben, "tell", 4, "").await {
            Ok(_) => Vec::new(),
            refused => refusal(refused).1,
        };
        assert_eq!(points, wanted);
    }
    // Going back is not held up by what is asked for meanwhile.
    let back = app
        .roll_back_playbook(&anna, "tell", "it was too loud")
        .await
        .unwrap();
    assert_eq!(
        (back.number, back.before, back.rollback),
        (Some(1), Some(4), true)
    );
    let head = app.playbook_head(&anna, "tell").await.unwrap();
    assert_eq!((head.live, head.newest), (Some(1), 4));
    assert_eq!(head.backtest.unwrap().verdict, "nothing differs");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_list_shows_health_and_tests_of_what_is_live() {
    let house = House::new();
    let app = house.first().await;
    let anna = person(1, "anna");
    let text = playbook("quick", CLOSE);
    create(&app, &anna, bundle(&text, &[("closes.yaml", CLOSES)])).await;
    app.activate_playbook(&anna, "quick", 1, "").await.unwrap();
    receive(&app, BAD).await;
    let run = run_in(&app, RunState::Succeeded).await;
    let line = until("the tests were played", async || {
        let list = app.playbooks(&anna, false).await.unwrap();
        let line = list.into_iter().find(|line| line.id == "quick").unwrap();
        (line.tests.is_some() && line.health.is_some()).then_some(line)
    })
    .await;
    let tests = line.tests.unwrap();
    assert_eq!((tests.count, tests.passed, tests.coverage), (1, 1, 100));
    let health = line.health.unwrap();
    assert_eq!((health.runs, health.succeeded, health.automatic), (1, 1, 1));
    assert_eq!(health.last_run, Some(run.id));
    assert_eq!(
        (line.origin, line.live, line.triggers[0].kind.as_str()),
        ("own", Some(1), "case_type")
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_broken_draft_is_kept_and_never_made_a_version() {
    let house = House::new();
    let (app, _drivers) = house.open(8).await.unwrap();
    let anna = person(1, "anna");
    let new = NewPlaybook {
        bundle: bundle(&playbook("odd", "  - id: a\n    action: nonsense\n"), &[]),
        ..NewPlaybook::default()
    };
    let id = app.create_playbook(&anna, new).await.unwrap();
    let opened = app.open_playbook(&anna, &id).await.unwrap();
    assert_eq!(opened.source, TextSource::Draft);
    assert!(!opened.checked.sound && !opened.checked.diagnostics.is_empty());
    let refused = app.make_playbook_version(&anna, &id, "").await.unwrap_err();
    assert!(
        matches!(
            refused,
            Error::Invalid {
                code: "playbook.errors",
                ..
            }
        ),
        "{refused}"
    );
    let yaml = app
        .save_playbook_draft(&anna, &id, bundle("a: [", &[]), Some(opened.digest))
        .await;
    assert!(yaml.unwrap().checked.tree.is_none());
    app.discard_playbook_draft(&anna, &id).await.unwrap();
    let list = app.playbooks(&anna, false).await.unwrap();
    assert!(
        list.iter().all(|line| line.id != "odd"),
        "it went with its draft"
    );
    for text in ["steps: []", "id: Not Good\n", "id: [", ""] {
        let new = NewPlaybook {
            bundle: bundle(text, &[]),
            ..NewPlaybook::default()
        };
        let refused = app.create_playbook(&anna, new).await.unwrap_err();
        assert!(
            matches!(
                refused,
                Error::Invalid {
                    code: "playbook.id",
                    ..
                }
            ),
            "{text}: {refused}"
        );
    }
}
