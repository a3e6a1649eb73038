//! Cases: one key, one case; versions; paging; counters; search.

use updraft_model::{CaseStatus, Observable, ObservableType, Severity};
use updraft_store::{CaseFilter, Conflict, Error, Op, Page, Store, Tx};

use super::promises;
use crate::builders::{TENANT, at, case, granted, stranger};

promises!(
    fifty_inserts_with_one_key_make_one_case,
    an_update_with_an_old_version_is_refused,
    every_page_is_there_once_while_cases_arrive,
    words_of_title_and_observables_find_a_case,
    a_case_comes_back_as_it_was_stored,
);

async fn fifty_inserts_with_one_key_make_one_case(store: &Store) {
    let tasks: Vec<_> = (0..50)
        .map(|_| {
            let store = store.clone();
            let case = case("one");
            tokio::spawn(async move {
                let id = case.id;
                let tx = Tx::new(TENANT).with(Op::InsertCase(Box::new(case)));
                (id, store.commit(tx).await)
            })
        })
        .collect();
    let (mut won, mut lost) = (vec![], vec![]);
    for task in tasks {
        match task.await.unwrap() {
            (id, Ok(committed)) => {
                assert_eq!(committed.case_numbers, [(id, 1)]);
                won.push(id);
            }
            (_, Err(Error::Conflict(Conflict::CaseKey { existing }))) => lost.push(existing),
            (_, Err(other)) => panic!("{other}"),
        }
    }
    assert_eq!(won.len(), 1);
    assert_eq!(lost, vec![won[0]; 49]);
    let counts = store
        .case_counts(&granted(), CaseFilter::default())
        .await
        .unwrap();
    assert_eq!(counts.total, 1);
}

async fn an_update_with_an_old_version_is_refused(store: &Store) {
    let mut case = case("v");
    store
        .commit(Tx::new(TENANT).with(Op::InsertCase(Box::new(case.clone()))))
        .await
        .unwrap();
    case.status = CaseStatus::Closed;
    let update = Tx::new(TENANT).with(Op::UpdateCase {
        case: Box::new(case.clone()),
        expected_version: 1,
    });
    store.commit(update.clone()).await.unwrap();
    let refused = store.commit(update).await.unwrap_err();
    assert_eq!(
        refused,
        Conflict::CaseVersion {
            case: case.id,
            expected: 1,
            actual: 2
        }
        .into()
    );
    let stored = store.case(&granted(), case.id).await.unwrap().unwrap();
    assert_eq!((stored.status, stored.version), (CaseStatus::Closed, 2));
}

async fn every_page_is_there_once_while_cases_arrive(store: &Store) {
    let mut ids = vec![];
    for n in 0..120 {
        let mut case = case(&format!("page{n}"));
        case.updated_at = at(n / 3);
        case.severity = Severity::from_u8((n % 5) as u8);
        ids.push(case.id);
        store
            .commit(Tx::new(TENANT).with(Op::InsertCase(Box::new(case))))
            .await
            .unwrap();
    }
    let mut seen = vec![];
    let mut page = Page::first(7);
    loop {
        let found = store
            .cases(&granted(), CaseFilter::default(), page)
            .await
            .unwrap();
        seen.extend(found.items.iter().map(|case| (case.updated_at, case.id)));
        let mut newer = case(&format!("newer{}", seen.len()));
        newer.updated_at = at(1_000);
        store
            .commit(Tx::new(TENANT).with(Op::InsertCase(Box::new(newer))))
            .await
            .unwrap();
        match found.next {
            Some(next) => page = Page::after(next, 7),
            None => break,
        }
    }
    assert!(seen.is_sorted_by(|a, b| a > b));
    let mut found: Vec<_> = seen.iter().map(|(_, id)| *id).collect();
    found.sort();
    assert_eq!(found, ids);
    assert!(
        store
            .cases(&stranger(), CaseFilter::default(), Page::first(7))
            .await
            .unwrap()
            .items
            .is_empty()
    );
}

async fn words_of_title_and_observables_find_a_case(store: &Store) {
    let mut first = case("first");
    first.title = "Beacon to (EVIL.example) \"quoted\"".into();
    first.observables = vec![
        Observable::new(ObservableType::Url, "https://mail.bad.example/login?x=1"),
        Observable::new(ObservableType::Ipv4, "203.0.113.77"),
    ];
    let second = case("second");
    for case in [&first, &second] {
        store
            .commit(Tx::new(TENANT).with(Op::InsertCase(Box::new(case.clone()))))
            .await
            .unwrap();
    }
    let search = async |text: &str| {
        let filter = CaseFilter {
            text: text.into(),
            ..CaseFilter::default()
        };
        let page = store
            .cases(&granted(), filter, Page::first(10))
            .await
            .unwrap();
        page.items
            .into_iter()
            .map(|case| case.id)
            .collect::<Vec<_>>()
    };
    for text in [
        "beacon",
        "BEAC",
        "evil.example",
        "\"quoted\"",
        "203.0.113",
        "bad.example",
        "mail.bad",
        "https://mail.bad.example/log",
        "beacon 203.0.113.77",
        "#1",
        "1",
    ] {
        assert_eq!(search(text).await, [first.id], "{text}");
    }
    for text in ["beacon second", "x'; DROP", "AND OR NOT *", "'", "\0", ""] {
        let found = search(text).await;
        assert!(
            found.is_empty() || text.trim().is_empty() || text == "'" || text == "\0",
            "{text:?} {found:?}"
        );
    }
    assert_eq!(search("example.com").await, [second.id]);

    let mut changed = first.clone();
    changed.observables.remove(0);
    changed.title = "Renamed".into();
    store
        .commit(Tx::new(TENANT).with(Op::UpdateCase {
            case: Box::new(changed),
            expected_version: 1,
        }))
        .await
        .unwrap();
    assert!(search("beacon").await.is_empty() && search("bad.example").await.is_empty());
    assert_eq!(search("renamed 203.0").await, [first.id]);
    let seen = async |kind, value: &str| {
        store
            .observables_seen(&granted(), kind, value)
            .await
            .unwrap()
    };
    assert!(
        seen(ObservableType::Url, "https://mail.bad.example/login?x=1")
            .await
            .is_none()
    );
    assert_eq!(
        seen(ObservableType::Ipv4, "203.0.113.77")
            .await
            .unwrap()
            .case_ids,
        [first.id]
    );
}

async fn a_case_comes_back_as_it_was_stored(store: &Store) {
    let parent = case("parent");
    let mut case = case("whole \u{0} key");
    case.parent = Some(parent.id);
    case.owner = Some("ana".into());
    case.title = "nul \u{0} and emoji 🦀".into();
    case.observables = (0..40)
        .map(|n| Observable::new(ObservableType::Ipv4, format!("198.51.100.{n}")))
        .collect();
    let tx = Tx::new(TENANT)
        .with(Op::InsertCase(Box::new(parent.clone())))
        .with(Op::InsertCase(Box::new(case.clone())));
    store.commit(tx).await.unwrap();
    case.number = 2;
    let granted = granted();
    assert_eq!(
        store.case(&granted, case.id).await.unwrap(),
        Some(case.clone())
    );
    assert_eq!(
        store.case_by_number(&granted, 2).await.unwrap(),
        Some(case.clone())
    );
    assert_eq!(
        store
            .case_by_key(&granted, "whole \u{0} key")
            .await
            .unwrap(),
        Some(case.clone())
    );
    assert_eq!(store.case_by_key(&granted, "").await.unwrap(), None);
    assert_eq!(
        store.children(&granted, parent.id).await.unwrap(),
        [case.clone()]
    );
    for nothing in [
        store.case(&stranger(), case.id).await.unwrap(),
        store.case_by_number(&stranger(), 2).await.unwrap(),
        store
            .case_by_key(&stranger(), "whole \u{0} key")
            .await
            .unwrap(),
    ] {
        assert_eq!(nothing, None);
    }
}
