//! Schedules: one run for each moment, whatever happens in between; time is an argument.

use updraft_app::{App, store::DecisionFilter};
use updraft_model::{DecisionOutcome, Permission, Run, RunId, RunState, Timestamp};

use crate::house::{House, granted, until};

const DAY_MS: i64 = 86_400_000;
const SLOW: &str = "  - id: sleep\n    wait: {delay: 2h}\n";

fn schedule(overlap: &str) -> String {
    format!(
        "title: The round\ntriggers:\n  - schedule: {{cron: \"0 7 * * *\", zone: Europe/Berlin, overlap: {overlap}, case_type: Hunt}}"
    )
}

async fn next(app: &App, id: &str) -> Timestamp {
    until("the schedule is known", async || {
        let triggers = app
            .triggers_of(&granted(Permission::ConfigRead), id)
            .await
            .ok()?;
        triggers.first().and_then(|trigger| trigger.next_at)
    })
    .await
}

async fn run(app: &App, id: RunId) -> Run {
    app.store()
        .run(&granted(Permission::CaseRead), id)
        .await
        .unwrap()
        .unwrap()
}

async fn over(app: &App, id: RunId, state: RunState) -> Run {
    until(&format!("{id} is {}", state.as_str()), async || {
        let run = run(app, id).await;
        (run.state == state).then_some(run)
    })
    .await
}

async fn outcomes(app: &App, id: &str) -> Vec<(DecisionOutcome, String)> {
    let filter = DecisionFilter {
        playbook: Some(id.into()),
        ..DecisionFilter::default()
    };
    let found = app
        .trigger_decisions(&granted(Permission::CaseRead), filter, 50)
        .await
        .unwrap();
    found
        .into_iter()
        .map(|decision| (decision.outcome, decision.reason))
        .collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_moment_makes_one_run_with_a_case_of_its_own() {
    let house = House::new();
    house.playbook("round", &schedule("skip"));
    let app = house.first().await;
    let due = next(&app, "round").await;
    assert_eq!(app.turn_schedules(due.plus_millis(-1)).await.unwrap(), []);
    let made = app.turn_schedules(due).await.unwrap();
    assert_eq!(made.len(), 1);
    assert_eq!(app.turn_schedules(due).await.unwrap(), []);
    let run = over(&app, made[0], RunState::Succeeded).await;
    assert_eq!(run.cause.unwrap().trigger, "schedule");
    let case = app
        .case(&granted(Permission::CaseRead), &run.case.to_string())
        .await
        .unwrap();
    assert_eq!(
        (case.title.as_str(), case.kind.as_str(), case.occurrences),
        ("The round", "Hunt", 0)
    );
    let triggers = app
        .triggers_of(&granted(Permission::ConfigRead), "round")
        .await
        .unwrap();
    assert_eq!(triggers[0].last_at, Some(due));
    let later = triggers[0].next_at.unwrap().millis_since(due);
    assert!(
        (23 * 3_600_000..=25 * 3_600_000).contains(&later),
        "{later}"
    );
    // Two look at the same moment: the store lets one of them.
    let due = triggers[0].next_at.unwrap();
    let (one, other) = tokio::join!(app.turn_schedules(due), app.turn_schedules(due));
    assert_eq!(one.unwrap().len() + other.unwrap().len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_missed_while_the_program_was_down_is_one_run() {
    let house = House::new();
    house.playbook("round", &schedule("skip"));
    let app = house.first().await;
    let due = next(&app, "round").await;
    app.stop();
    app.close().await;
    drop(app);
    // Four days later, by an application whose own drivers do not run.
    let (app, _drivers) = house.open(8).await.unwrap();
    let late = due.plus_millis(4 * DAY_MS + 90_000);
    let made = app.turn_schedules(late).await.unwrap();
    assert_eq!(made.len(), 1);
    assert_eq!(app.turn_schedules(late).await.unwrap(), []);
    let (outcome, reason) = outcomes(&app, "round").await.remove(0);
    assert_eq!(outcome, DecisionOutcome::Started);
    assert!(reason.contains("minutes late"), "{reason}");
    assert!(next(&app, "round").await > late);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_schedule_of_a_playbook_that_is_gone_is_forgotten() {
    let house = House::new();
    house.playbook("round", &schedule("skip"));
    let app = house.first().await;
    next(&app, "round").await;
    app.stop();
    app.close().await;
    drop(app);
    std::fs::remove_dir_all(house.content()).unwrap();
    let (app, _drivers) = house.open(8).await.unwrap();
    let far = "2040-01-01T00:00:00Z".parse().unwrap();
    assert_eq!(app.turn_schedules(far).await.unwrap(), []);
    assert_eq!(app.store().schedules().await.unwrap(), []);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn while_the_run_before_is_not_over_a_schedule_skips_queues_or_cancels() {
    let house = House::new();
    for overlap in ["skip", "queue", "cancel"] {
        house.playbook_of(overlap, &schedule(overlap), SLOW);
    }
    let app = house.first().await;
    let due = next(&app, "skip").await;
    let first = app.turn_schedules(due).await.unwrap();
    assert_eq!(first.len(), 3);
    for id in &first {
        over(&app, *id, RunState::Waiting).await;
    }
    let of = async |id: &str| {
        let mut found = None;
        for run_id in &first {
            if run(&app, *run_id).await.playbook == id {
                found = Some(*run_id);
            }
        }
        found.unwrap()
    };
    let (queued, cancelled) = (of("queue").await, of("cancel").await);
    let due = next(&app, "skip").await;
    let second = app.turn_schedules(due).await.unwrap();
    assert_eq!(second.len(), 1, "the one that cancels");
    assert_eq!(run(&app, second[0]).await.playbook, "cancel");
    over(&app, cancelled, RunState::Cancelled).await;
    assert_eq!(outcomes(&app, "skip").await[0].0, DecisionOutcome::Overlap);
    assert_eq!(outcomes(&app, "queue").await[0].0, DecisionOutcome::Overlap);
    // The moment that was skipped is gone; the one that is queued comes when the run before is over.
    assert!(next(&app, "skip").await > due);
    assert_eq!(next(&app, "queue").await, due);
    let writer = granted(Permission::CaseWrite);
    app.cancel_run(&writer, queued, "enough").await.unwrap();
    over(&app, queued, RunState::Cancelled).await;
    let third = app.turn_schedules(due.plus_millis(60_000)).await.unwrap();
    assert_eq!(third.len(), 1);
    assert_eq!(run(&app, third[0]).await.playbook, "queue");
}
