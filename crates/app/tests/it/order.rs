//! Who works first when not everybody can.

use std::time::Duration;

use updraft_model::{Permission, Severity};
use updraft_testkit::vendor::{Fault, Rule};

use crate::house::{House, granted, receive, settled, source, until};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_most_severe_works_first_and_equals_in_order_of_arrival() {
    let house = House::new();
    house
        .vendors
        .fault(Rule::new("GET", "/abuse/", Fault::Delay(Duration::from_secs(2))).times(1));
    let (app, drivers) = house.open(1).await.unwrap();
    house.connect(&app).await;
    drivers.start().await.unwrap();
    // Takes the only place while the others arrive.
    receive(&app, "45.33.32.200").await;
    until("the first one works", async || {
        (app.queue_lengths().0 == 1).then_some(())
    })
    .await;
    let submit = granted(Permission::AlertSubmit);
    let order = [
        ("a", Severity::Low),
        ("b", Severity::Critical),
        ("c", Severity::Low),
        ("d", Severity::Critical),
        ("e", Severity::High),
    ];
    for (n, (name, severity)) in (1..).zip(order) {
        let source = source(&app, name, severity).await;
        let ioc = format!("45.33.32.{n}");
        app.receive(&submit, &source, "text/plain", ioc.as_bytes())
            .await
            .unwrap();
        until("it waits", async || {
            (app.queue_lengths().1 == n).then_some(())
        })
        .await;
    }
    let cases = settled(&app, 6, 6).await;
    let mut started = Vec::new();
    for case in cases {
        let run = app
            .store()
            .runs_of_case(&granted(Permission::CaseRead), case.id)
            .await
            .unwrap()
            .remove(0);
        started.push((run.started_at, case.observables[0].value.clone()));
    }
    started.sort();
    let started: Vec<&str> = started
        .iter()
        .skip(1)
        .map(|(_, value)| value.rsplit('.').next().unwrap())
        .collect();
    assert_eq!(started, ["2", "4", "5", "1", "3"]);
}
