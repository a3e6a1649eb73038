//! One indicator, one case: whatever the spelling, however many senders, however often.

use std::{
    collections::BTreeSet,
    time::{Duration, Instant},
};

use serde_json::Value;
use updraft_testkit::vendor::{Fault, Rule};

use crate::ground::Ground;

fn cases(ground: &Ground) -> Vec<Value> {
    ground.updraft.all("/api/v1/cases?type=Enrichment")
}

#[test]
fn every_spelling_of_an_indicator_finds_its_case() {
    let ground = Ground::new();
    let table: &[(&str, &[&str])] = &[
        (
            "23.4.5.6",
            &[
                "23[.]4[.]5[.]6",
                "23.4[.]5.6",
                " 23.4.5.6\n",
                "23(.)4(.)5(.)6",
            ],
        ),
        (
            "2001:4860:4860::8888",
            &[
                "2001:4860:4860:0:0:0:0:8888",
                "2001:4860:4860::8888".to_uppercase().leak(),
            ],
        ),
        (
            "files.fine-corp.com",
            &[
                "FILES.Fine-Corp.COM",
                "files[.]fine-corp[.]com",
                "files.fine-corp.com.",
                "files{.}fine-corp(.)com",
            ],
        ),
        (
            "xn--mnchen-3ya.de",
            &["münchen.de", "MÜNCHEN.DE", "münchen[.]de"],
        ),
        (
            "http://fine-corp.com/a?b=c",
            &[
                "hxxp://fine-corp[.]com/a?b=c",
                "HTTP://Fine-Corp.com/a?b=c",
                "hxxp[://]fine-corp.com/a?b=c",
            ],
        ),
        (
            "44d88612fea8a8f36de82e1278abb02f",
            &["44D88612FEA8A8F36DE82E1278ABB02F"],
        ),
    ];
    for (index, (plain, spellings)) in table.iter().enumerate() {
        let mut alerts = ground.alert(plain);
        for spelling in *spellings {
            alerts.extend(ground.alert(spelling));
        }
        let expected = spellings.len() + 1;
        let found: BTreeSet<String> = alerts
            .iter()
            .map(|alert| ground.closed(alert)["id"].as_str().unwrap().to_owned())
            .collect();
        assert_eq!(found.len(), 1, "{plain} makes more than one case");
        let case = ground.closed(&alerts[0]);
        assert_eq!(case["occurrences"], expected, "{plain}");
        assert_eq!(case["runs"].as_array().unwrap().len(), expected, "{plain}");
        assert_eq!(case["observables"][0]["value"], *plain);
        assert_eq!(cases(&ground).len(), index + 1, "{plain}");
    }
}

#[test]
fn fifty_senders_of_one_new_indicator_make_one_case() {
    let ground = Ground::new();
    std::thread::scope(|scope| {
        for _ in 0..50 {
            scope.spawn(|| ground.alert("45.20.30.40"));
        }
    });
    ground.updraft.rest();
    let cases = cases(&ground);
    assert_eq!(cases.len(), 1);
    assert_eq!(cases[0]["occurrences"], 50);
    assert_eq!(cases[0]["status"], "closed");
    assert_eq!(ground.updraft.all("/api/v1/runs").len(), 50);
    assert_eq!(ground.vendors.jira.issues(), 1);
}

#[test]
fn a_closed_case_that_is_seen_again_is_reopened_and_closed_again() {
    let ground = Ground::new();
    let first = ground.case_of("23.1.2.3");
    assert_eq!(
        (
            first["occurrences"].as_u64(),
            first["close_reason"].as_str()
        ),
        (Some(1), Some("clean"))
    );
    let again = ground.case_of("23[.]1[.]2[.]3");
    assert_eq!(again["id"], first["id"]);
    assert_eq!(again["status"], "closed");
    assert_eq!(again["runs"].as_array().unwrap().len(), 2);
    let timeline = ground.updraft.all(&format!(
        "/api/v1/cases/{}/timeline",
        first["id"].as_str().unwrap()
    ));
    let kinds: Vec<&str> = timeline
        .iter()
        .map(|line| line["kind"].as_str().unwrap())
        .collect();
    let of = |kind: &str| kinds.iter().filter(|known| **known == kind).count();
    assert_eq!(
        (of("alert"), of("occurrence"), of("reopened"), of("closed")),
        (1, 1, 1, 2),
        "{kinds:?}"
    );
}

#[test]
fn a_report_that_the_ticket_would_not_take_is_attached_by_the_next_run_and_only_once() {
    let ground = Ground::new();
    // Too large, says Jira: nothing that waiting would mend.
    let refused = Rule::new("POST", "/jira/rest/api/2/issue/", Fault::Status(413));
    ground.vendors.server.fault(refused.times(1));
    let case = ground.case_of("45.20.30.41");
    let ticket = case["tickets"][0]["id"].as_str().unwrap();
    assert_eq!(ground.vendors.jira.attached(ticket), (0, 0));
    let path = format!("/api/v1/cases/{}/timeline", case["id"].as_str().unwrap());
    let said = |line: &Value| {
        line["text"]
            .as_str()
            .unwrap()
            .contains("could not be attached")
    };
    assert!(
        ground.updraft.all(&path).iter().any(said),
        "it goes unnoticed"
    );
    for _ in 0..2 {
        ground.case_of("45.20.30.41");
        assert_eq!(ground.vendors.jira.attached(ticket).0, 1);
    }
    assert_eq!(ground.vendors.jira.issues(), 1);
}

#[test]
fn a_report_that_a_ticket_has_got_is_not_sent_again() {
    let ground = Ground::new();
    let posted = || {
        ground
            .vendors
            .server
            .count("POST", "/jira/rest/api/2/issue/")
    };
    ground.case_of("45.20.30.42");
    assert_eq!(posted(), 1);
    let listed = cases(&ground).remove(0);
    assert_eq!(listed["ticket"]["id"], "SEC-1");
    assert!(
        listed["ticket"]["url"]
            .as_str()
            .unwrap()
            .ends_with("/browse/SEC-1")
    );
    ground.case_of("45.20.30.42");
    assert_eq!(posted(), 1);
}

#[test]
fn different_indicators_of_one_alert_are_looked_up_side_by_side() {
    let ground = Ground::new();
    ground.vendors.server.fault(Rule::new(
        "GET",
        "/lookout",
        Fault::Delay(Duration::from_millis(700)),
    ));
    let list: Vec<String> = (1..=12).map(|n| format!("23.9.9.{n}")).collect();
    let begun = Instant::now();
    let alert = serde_json::json!({"title": "Beacons", "addresses": list}).to_string();
    let case = ground.closed(&ground.alert_of("application/json", alert.as_bytes())[0]);
    let took = begun.elapsed();
    assert_eq!(case["observables"].as_array().unwrap().len(), 12);
    assert_eq!(ground.vendors.looked_up("lookout").len(), 12);
    assert!(
        took < Duration::from_millis(700 * 12 / 2),
        "one after the other: {took:?}"
    );
}
