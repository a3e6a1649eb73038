//! Which alerts become one case, also when they come at the same moment.

use std::collections::BTreeSet;

use futures_util::future::join_all;
use updraft_model::{CaseStatus, Permission};

use crate::house::{BAD, House, cases, granted, receive, settled, source};

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn fifty_alerts_about_one_new_ioc_at_once_are_one_case_and_one_ticket() {
    let house = House::new();
    let app = house.first().await;
    source(&app, "siem", updraft_model::Severity::Medium).await;
    let spellings = [
        BAD,
        "118[.]25[.]6[.]39",
        " 118.25.6.39 ",
        "118(.)25.6.39",
        "118[dot]25[dot]6[dot]39",
    ];
    let sending = (0..50).map(|n| {
        let app = app.clone();
        tokio::spawn(async move { receive(&app, spellings[n % spellings.len()]).await })
    });
    let ids: BTreeSet<_> = join_all(sending)
        .await
        .into_iter()
        .map(Result::unwrap)
        .collect();
    assert_eq!(ids.len(), 50);
    let cases = settled(&app, 1, 50).await;
    assert_eq!(cases[0].observables.len(), 1);
    assert_eq!(house.jira.issues(), 1);
    let runs = app
        .store()
        .runs_of_case(&granted(Permission::CaseRead), cases[0].id)
        .await
        .unwrap();
    assert!((1..=50).contains(&runs.len()), "{} runs", runs.len());
    for alert in ids {
        let alert = app
            .alert(&granted(Permission::CaseRead), alert)
            .await
            .unwrap();
        assert_eq!(alert.case, Some(cases[0].id));
        assert!(
            alert
                .run
                .is_some_and(|run| runs.iter().any(|other| other.id == run))
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn fifty_alerts_about_fifty_iocs_at_once_are_fifty_cases() {
    let house = House::new();
    let app = house.first().await;
    source(&app, "siem", updraft_model::Severity::Medium).await;
    let sending = (0..50).map(|n| {
        let app = app.clone();
        tokio::spawn(async move { receive(&app, &format!("118.25.7.{n}")).await })
    });
    join_all(sending).await;
    let cases = settled(&app, 50, 50).await;
    let numbers: BTreeSet<u64> = cases.iter().map(|case| case.number).collect();
    assert_eq!(numbers.len(), 50);
    assert_eq!(house.jira.issues(), 50);
    assert_eq!(house.jira.duplicates("updraft-"), []);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_case_that_a_person_closes_and_reopens_during_the_race_is_not_doubled() {
    let house = House::new();
    let app = house.first().await;
    receive(&app, BAD).await;
    let case = settled(&app, 1, 1).await.remove(0);
    let writer = granted(Permission::CaseWrite);
    let id = case.id.to_string();
    let people = async {
        for _ in 0..10 {
            // Either may come at the wrong moment; that is said and harms nothing.
            let _ = app.reopen_case(&writer, &id, "").await;
            let reason = updraft_model::CloseReason::from_u8(0);
            let _ = app.close_case(&writer, &id, reason, "").await;
        }
    };
    let alerts = join_all((0..10).map(|_| receive(&app, BAD)));
    tokio::join!(people, alerts);
    let after = crate::house::until("the runs are over", async || {
        let found = cases(&app).await;
        let rest = app.store().unfinished_runs().await.unwrap();
        (rest.is_empty() && found.iter().all(|case| case.occurrences == 11)).then_some(found)
    })
    .await;
    assert_eq!(after.len(), 1);
    assert_eq!(after[0].status, CaseStatus::Closed);
    assert_eq!(house.jira.issues(), 1);
}
