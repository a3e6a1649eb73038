//! The demo is set up at each start and must not pile up.

use serde_json::json;
use updraft_app::demo;
use updraft_model::{Permission, TenantId};

use crate::house::{House, granted};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_demo_set_up_twice_is_the_demo_set_up_once() {
    let house = House::new();
    let (app, _drivers) = house.open(8).await.unwrap();
    let reader = granted(Permission::ConfigRead);
    let vendors = house.vendors.address().to_string();
    let first = app.set_up_demo(&vendors, "127.0.0.1:43").await.unwrap();
    let before = app.connections(&reader);
    assert!(before.len() >= 14, "{}", before.len());
    for view in &before {
        assert_eq!(view.problem, None, "{}", view.connection.name);
    }
    let second = app.set_up_demo(&vendors, "127.0.0.1:43").await.unwrap();
    let after = app.connections(&reader);
    let ids = |views: &[updraft_app::connections::ConnectionView]| -> Vec<_> {
        views
            .iter()
            .map(|view| (view.connection.id, view.connection.name.clone()))
            .collect()
    };
    assert_eq!(ids(&before), ids(&after));
    assert_eq!(app.sources(&reader).len(), 1);
    assert_ne!(first, second);
    assert!(app.authenticate_source(demo::SOURCE, &first).await.is_err());
    let (principal, _) = app
        .authenticate_source(demo::SOURCE, &second)
        .await
        .unwrap();
    assert_eq!(principal.tenant, TenantId::DEFAULT);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_recorded_answer_is_found_though_the_connections_key_is_in_the_address() {
    let house = House::new();
    let (app, _drivers) = house.open(8).await.unwrap();
    let body = json!({
        "client": {"clientId": "updraft", "clientVersion": "1"},
        "threatInfo": {
            "threatTypes": ["MALWARE", "SOCIAL_ENGINEERING", "UNWANTED_SOFTWARE", "POTENTIALLY_HARMFUL_APPLICATION"],
            "platformTypes": ["ANY_PLATFORM"], "threatEntryTypes": ["URL"],
            "threatEntries": [{"url": "http://www.urltocheck1.org/"}],
        }
    });
    let path = "/v4/threatMatches:find?key=demo-api_key-0000000000000000";
    let answer = app
        .recordings()
        .answer(
            "google_safe_browsing",
            "POST",
            path,
            body.to_string().as_bytes(),
        )
        .unwrap();
    let found: serde_json::Value = serde_json::from_slice(&answer.body).unwrap();
    assert_eq!(found["matches"][0]["threatType"], "MALWARE");
}
