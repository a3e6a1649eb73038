//! Alerts: the inbox's order, states, lists.

use updraft_model::{AlertState, Severity};
use updraft_store::{AlertFilter, Conflict, Error, Op, Page, Store};

use super::{commit, promises, refusal};
use crate::builders::{TENANT, alert, case, granted};

promises!(
    the_inbox_is_by_severity_and_then_by_arrival,
    lists_are_newest_first_and_filtered,
    an_alert_is_inserted_once_and_updated_only_if_it_exists,
);

async fn the_inbox_is_by_severity_and_then_by_arrival(store: &Store) {
    let severities = [
        Severity::Low,
        Severity::High,
        Severity::Low,
        Severity::Critical,
    ];
    let alerts: Vec<_> = severities.into_iter().map(alert).collect();
    commit(store, alerts.iter().cloned().map(Op::InsertAlert)).await;
    let inbox = store.driver_inbox(10).await.unwrap();
    let order: Vec<_> = inbox.iter().map(|item| item.alert.id).collect();
    assert_eq!(
        order,
        [alerts[3].id, alerts[1].id, alerts[0].id, alerts[2].id]
    );
    assert!(inbox.iter().all(|item| item.tenant == TENANT));
    assert_eq!(store.driver_inbox(2).await.unwrap().len(), 2);
    let mut seen = alerts[3].clone();
    seen.state = AlertState::Ignored;
    commit(store, [Op::UpdateAlert(seen)]).await;
    assert_eq!(
        store.driver_inbox(10).await.unwrap()[0].alert.id,
        alerts[1].id
    );
}

async fn lists_are_newest_first_and_filtered(store: &Store) {
    let case = case("list");
    let mut alerts: Vec<_> = (0..300).map(|_| alert(Severity::Low)).collect();
    for alert in alerts.iter_mut().step_by(3) {
        alert.case = Some(case.id);
        alert.state = AlertState::Admitted;
    }
    commit(store, alerts.iter().cloned().map(Op::InsertAlert)).await;
    for (filter, expected) in [
        (AlertFilter::default(), 300),
        (
            AlertFilter {
                case: Some(case.id),
                ..AlertFilter::default()
            },
            100,
        ),
        (
            AlertFilter {
                state: Some(AlertState::Received),
                ..AlertFilter::default()
            },
            200,
        ),
    ] {
        let (mut seen, mut page) = (vec![], Page::first(45));
        loop {
            let found = store
                .alerts(&granted(), filter.clone(), page)
                .await
                .unwrap();
            seen.extend(found.items.iter().map(|alert| alert.id));
            let Some(next) = found.next else { break };
            page = Page::after(next, 45);
        }
        assert_eq!(seen.len(), expected);
        assert!(seen.is_sorted_by(|a, b| a > b));
    }
}

async fn an_alert_is_inserted_once_and_updated_only_if_it_exists(store: &Store) {
    let one = alert(Severity::Low);
    commit(store, [Op::InsertAlert(one.clone())]).await;
    let again = refusal(store, [Op::InsertAlert(one.clone())]).await;
    assert!(matches!(
        again,
        Error::Conflict(Conflict::Duplicate { what: "alert", .. })
    ));
    let unknown = refusal(store, [Op::UpdateAlert(alert(Severity::Low))]).await;
    assert!(matches!(
        unknown,
        Error::Conflict(Conflict::Missing { what: "alert", .. })
    ));
    assert_eq!(store.alert(&granted(), one.id).await.unwrap(), Some(one));
}
