//! Providers that fail, hang, have no key or come later.

use std::time::Duration;

use serde_json::Value;
use updraft_testkit::vendor::{Fault, Rule};

use crate::ground::Ground;

fn answer<'a>(case: &'a Value, provider: &str) -> &'a Value {
    let answers = case["observables"][0]["answers"].as_array().unwrap();
    answers
        .iter()
        .find(|answer| answer["provider"] == provider)
        .unwrap_or(&Value::Null)
}

#[test]
fn a_provider_that_fails_hangs_or_has_no_key_blocks_nobody_and_is_named() {
    let ground = Ground::new();
    for provider in ["broken", "hanging"] {
        ground.updraft.connect_provider(provider, &ground.vendors);
    }
    let keyless = serde_json::json!({"connector": "keyless", "name": "keyless", "base_url": ground.vendors.server.url("/keyless"), "allow_private": true});
    ground.updraft.connect(&keyless);
    ground
        .vendors
        .server
        .fault(Rule::new("GET", "/broken", Fault::Status(500)));
    ground
        .vendors
        .server
        .fault(Rule::new("GET", "/hanging", Fault::Hang));
    let case = ground.case_of("45.20.0.1");
    assert_eq!(case["verdict"], "malicious", "one provider is enough");
    let outcomes = ["lookout", "broken", "hanging", "keyless"]
        .map(|provider| answer(&case, provider)["outcome"].as_str());
    assert_eq!(
        outcomes,
        [
            Some("answered"),
            Some("failed"),
            Some("failed"),
            Some("skipped")
        ],
        "{case:#}"
    );
    let report = ground.report(&case, "md");
    for provider in ["broken", "hanging", "keyless"] {
        let reason = answer(&case, provider)["reason"].as_str().unwrap();
        assert!(!reason.is_empty(), "{provider} has no reason");
        assert!(report.contains(provider), "{provider} is not in the report");
    }
    assert!(ground.vendors.looked_up("keyless").is_empty());
    assert_eq!(ground.vendors.jira.issues(), 1);
}

#[test]
fn broken_answers_of_a_vendor_are_failures_of_that_vendor_only() {
    let ground = Ground::new();
    ground.updraft.connect_provider("broken", &ground.vendors);
    let faults = [
        Fault::Garbage,
        Fault::Cut,
        Fault::Huge(64 << 20),
        Fault::Endless,
        Fault::Headers(100_000),
        Fault::Drip(Duration::from_millis(300)),
    ];
    for (index, fault) in faults.into_iter().enumerate() {
        ground.vendors.server.heal();
        ground
            .vendors
            .server
            .fault(Rule::new("GET", "/broken", fault.clone()));
        let case = ground.case_of(&format!("23.20.1.{index}"));
        assert_eq!(answer(&case, "lookout")["outcome"], "answered", "{fault:?}");
        assert_eq!(answer(&case, "broken")["outcome"], "failed", "{fault:?}");
    }
    assert!(
        ground.updraft.peak_mib() < 250,
        "{} MiB",
        ground.updraft.peak_mib()
    );
}

#[test]
fn a_provider_that_is_connected_at_run_time_is_asked_about_the_next_alert() {
    let ground = Ground::new();
    let before = ground.case_of("23.20.2.1");
    assert!(answer(&before, "latecomer").is_null());
    let connection = ground
        .updraft
        .connect_provider("latecomer", &ground.vendors);
    let after = ground.case_of("23.20.2.2");
    assert_eq!(answer(&after, "latecomer")["outcome"], "answered");
    assert_eq!(ground.vendors.looked_up("latecomer"), ["23.20.2.2"]);
    let off = ground.updraft.send(
        "PATCH",
        &format!("/api/v1/connections/{connection}"),
        &serde_json::json!({"enabled": false}),
    );
    assert_eq!(off.status, 200);
    ground.case_of("23.20.2.3");
    assert_eq!(
        ground.vendors.looked_up("latecomer"),
        ["23.20.2.2"],
        "one that is switched off is not asked"
    );
}

#[test]
fn a_ticket_whose_answer_was_lost_is_found_instead_of_opened_again() {
    let ground = Ground::new();
    ground
        .vendors
        .server
        .fault(Rule::new("POST", "/jira/rest/api/2/issue", Fault::Lost).times(1));
    let case = ground.case_of("45.20.3.1");
    assert_eq!(ground.vendors.jira.issues(), 1);
    assert_eq!(case["tickets"][0]["id"], "SEC-1");
    assert_eq!(ground.vendors.jira.attached("SEC-1"), (1, 0));
}
