//! From an alert of any kind to a closed case, its report and its ticket.

use serde_json::{Value, json};

use updraft_testkit::vendor::{Fault, Rule};

use crate::ground::{Ground, PUBLIC_URL, wait_for};

const MAIL: &str = "From: Billing <billing@evil-mailer.com>\r\nTo: someone@fine-corp.com\r\nSubject: Your invoice\r\n\
    Date: Fri, 20 Nov 2026 10:00:00 +0000\r\nMessage-ID: <1@evil-mailer.com>\r\nMIME-Version: 1.0\r\n\
    Content-Type: text/plain; charset=utf-8\r\n\r\nPlease open hxxp://pay.evil-corp[.]com/invoice today.\r\n";

#[test]
fn an_alert_of_every_kind_becomes_a_closed_case_with_a_report() {
    let ground = Ground::new();
    let json = json!({"title": "Beacon", "severity": "high", "src_ip": "45.10.0.1"}).to_string();
    let cef = "<134>Nov 20 10:00:00 fw CEF:0|Acme|Wall|1|100|Blocked call home|8|src=23.10.0.2 dst=45.10.0.2 act=blocked";
    let kinds: [(&str, &str, &[u8], &str); 4] = [
        (
            "a bare indicator",
            "text/plain",
            b"45[.]10[.]0[.]3",
            "45.10.0.3",
        ),
        (
            "a JSON alert",
            "application/json",
            json.as_bytes(),
            "45.10.0.1",
        ),
        ("a log line", "text/plain", cef.as_bytes(), "45.10.0.2"),
        (
            "a mail",
            "message/rfc822",
            MAIL.as_bytes(),
            "http://pay.evil-corp.com/invoice",
        ),
    ];
    for (what, content_type, body, observable) in kinds {
        let alerts = ground.alert_of(content_type, body);
        assert_eq!(alerts.len(), 1, "{what}");
        let case = ground.closed(&alerts[0]);
        assert_eq!(
            (case["type"].as_str(), case["verdict"].as_str()),
            (Some("Enrichment"), Some("malicious")),
            "{what}: {case:#}"
        );
        let known: Vec<&Value> = case["observables"]
            .as_array()
            .unwrap()
            .iter()
            .map(|found| &found["value"])
            .collect();
        assert!(known.contains(&&json!(observable)), "{what}: {known:?}");
        for format in ["html", "md", "json"] {
            let report = ground.report(&case, format);
            assert!(report.contains("lookout"), "{what}, {format}: {report}");
            assert_eq!(
                report,
                ground.report(&case, format),
                "{what}: a report that is read again is the same"
            );
        }
        let report: Value = serde_json::from_str(&ground.report(&case, "json")).unwrap();
        assert!(report.is_object(), "{what}");
        let alert = ground.updraft.get(&format!("/api/v1/alerts/{}", alerts[0]));
        assert_eq!(alert["raw_bytes"], body.len(), "{what}");
    }
}

#[test]
fn a_batch_becomes_one_case_for_each_alert() {
    let ground = Ground::new();
    let batch = "{\"title\":\"a\",\"ip\":\"23.11.0.1\"}\n{\"title\":\"b\",\"ip\":\"23.11.0.2\"}\n{\"title\":\"c\",\"ip\":\"23.11.0.3\"}\n";
    let alerts = ground.alert_of("application/x-ndjson", batch.as_bytes());
    assert_eq!(alerts.len(), 3);
    alerts.iter().for_each(|alert| drop(ground.closed(alert)));
    assert_eq!(ground.updraft.all("/api/v1/cases").len(), 3);
}

#[test]
fn what_is_malicious_gets_exactly_one_ticket_with_the_report_and_a_way_back() {
    let ground = Ground::new();
    let case = ground.case_of("45.10.1.1");
    assert_eq!(case["close_reason"], "escalated");
    assert_eq!(ground.vendors.jira.issues(), 1);
    let ticket = case["tickets"][0]["id"].as_str().unwrap();
    assert_eq!(ground.vendors.jira.attached(ticket), (1, 0));
    let sent = &ground.vendors.issues_sent()[0]["fields"];
    let description = sent["description"].as_str().unwrap();
    let back = format!("{PUBLIC_URL}/cases/{}", case["id"].as_str().unwrap());
    assert!(description.contains(&back), "{description}");
    assert!(
        sent["summary"].as_str().unwrap().contains("45.10.1.1"),
        "{sent}"
    );
}

#[test]
fn a_case_that_has_a_ticket_is_commented_on_when_its_verdict_changes() {
    let ground = Ground::new();
    let first = ground.case_of("45.10.2.1");
    let ticket = first["tickets"][0]["id"].as_str().unwrap();
    let second = ground.case_of("45.10.2.1");
    assert_eq!(
        ground.vendors.jira.attached(ticket),
        (1, 0),
        "nothing changed, nothing to say"
    );
    assert_eq!(second["runs"].as_array().unwrap().len(), 2);
    ground.vendors.absolve();
    let third = ground.case_of("45.10.2.1");
    assert_ne!(third["verdict"], "malicious");
    assert_eq!(
        (
            ground.vendors.jira.issues(),
            third["tickets"].as_array().unwrap().len()
        ),
        (1, 1)
    );
    assert_eq!(ground.vendors.jira.attached(ticket), (1, 1));
}

#[test]
fn a_person_can_run_a_case_again_without_a_second_ticket() {
    let ground = Ground::new();
    let case = ground.case_of("45.10.3.1");
    let id = case["id"].as_str().unwrap();
    let reply = ground
        .updraft
        .send("POST", &format!("/api/v1/cases/{id}/rerun"), &Value::Null);
    assert!(matches!(reply.status, 200..=202), "{}", reply.text());
    ground.updraft.rest();
    let again = ground.updraft.get(&format!("/api/v1/cases/{id}"));
    assert_eq!(
        (again["status"].as_str(), again["occurrences"].as_u64()),
        (Some("closed"), Some(1))
    );
    assert_eq!(again["runs"].as_array().unwrap().len(), 2);
    assert_eq!(ground.vendors.jira.issues(), 1);
}

#[test]
fn without_a_ticket_system_an_internal_investigation_is_opened() {
    let ground = Ground::bare(&[]);
    ground.updraft.connect_provider("lookout", &ground.vendors);
    let case = ground.case_of("45.10.4.1");
    let investigations = ground.updraft.all("/api/v1/cases?type=Investigation");
    assert_eq!(investigations.len(), 1);
    let id = investigations[0]["id"].as_str().unwrap();
    let investigation = ground.updraft.get(&format!("/api/v1/cases/{id}"));
    assert_eq!(investigation["parent"], case["id"]);
    assert_ne!(investigation["status"], "closed");
    ground.case_of("45.10.4.1");
    assert_eq!(
        ground.updraft.all("/api/v1/cases?type=Investigation").len(),
        1
    );
}

#[test]
fn with_nothing_connected_the_case_is_closed_and_says_that_nobody_was_asked() {
    let ground = Ground::bare(&[]);
    let case = ground.case_of("45.10.5.1");
    assert_eq!(
        (case["verdict"].as_str(), case["close_reason"].as_str()),
        (Some("unknown"), Some("inconclusive"))
    );
    assert!(!ground.report(&case, "md").is_empty());
}

#[test]
fn a_ticket_system_that_refuses_is_replaced_by_an_internal_investigation() {
    let ground = Ground::new();
    ground
        .vendors
        .server
        .fault(Rule::new("*", "/jira", Fault::Status(401)));
    let case = ground.case_of("45.10.6.1");
    assert_eq!(case["close_reason"], "escalated");
    assert_eq!(case["tickets"], json!([]));
    let investigations = ground.updraft.all("/api/v1/cases?type=Investigation");
    assert_eq!(investigations.len(), 1);
    assert_eq!(ground.vendors.jira.issues(), 0);
}

#[test]
fn a_report_that_cannot_be_attached_keeps_no_case_open() {
    let ground = Ground::new();
    ground.vendors.server.fault(Rule::new(
        "POST",
        "/jira/rest/api/2/issue/",
        Fault::Status(403),
    ));
    let case = ground.case_of("45.10.7.1");
    assert_eq!(case["close_reason"], "escalated");
    let ticket = case["tickets"][0]["id"].as_str().unwrap();
    assert_eq!(ground.vendors.jira.attached(ticket), (0, 0));
}

#[test]
fn two_ticket_systems_get_one_ticket_together() {
    let ground = Ground::new();
    let second = json!({
        "connector": "jira_data_center", "name": "more tickets", "secrets": {"token": "jira-token"},
        "settings": {"url": ground.vendors.server.url("/jira"), "project": "OPS"}, "allow_private": true,
    });
    ground.updraft.connect(&second);
    let case = ground.case_of("45.10.8.1");
    assert_eq!(ground.vendors.jira.issues(), 1);
    assert_eq!(case["tickets"].as_array().unwrap().len(), 1);
}

#[test]
fn a_run_that_is_cancelled_ends_at_once_and_the_case_stays_workable() {
    let ground = Ground::new();
    ground
        .vendors
        .server
        .fault(Rule::new("GET", "/lookout", Fault::Hang));
    ground.alert("45.10.9.1");
    let mut run = String::new();
    wait_for("the look-up to begin", || {
        let runs = ground.updraft.all("/api/v1/runs");
        run = runs
            .first()
            .map_or_else(String::new, |run| run["id"].as_str().unwrap().to_owned());
        !ground.vendors.looked_up("lookout").is_empty()
    });
    let path = format!("/api/v1/runs/{run}/cancel");
    let reply = ground
        .updraft
        .send("POST", &path, &json!({"reason": "a test"}));
    assert_eq!(reply.status, 202, "{}", reply.text());
    wait_for("the run to end", || {
        ground.updraft.get(&format!("/api/v1/runs/{run}"))["ended_at"].is_string()
    });
    assert_eq!(
        ground.updraft.get(&format!("/api/v1/runs/{run}"))["state"],
        "cancelled"
    );
    ground.vendors.server.heal();
    let again = ground.case_of("45.10.9.1");
    assert_eq!(again["close_reason"], "escalated");
    assert_eq!(ground.vendors.jira.issues(), 1);
}
