//! Cases: found, read, edited, closed, opened again; their reports and timeline.

use axum::http::Method;
use serde_json::{Value, json};
use updraft_model::{Role, TenantId};
use updraft_testkit::vendor::Server;

use crate::rig::{BAD, Person, Rig};

/// A service that has worked off one alert.
pub struct Worked {
    pub rig: Rig,
    pub analyst: Person,
    pub token: String,
    /// The Enrichment case, closed.
    pub case: Value,
    _vendor: Server,
}

impl Worked {
    pub async fn off() -> Self {
        let (rig, vendor) = Rig::working().await;
        let engineer = rig.person(Role::Engineer).await;
        let token = rig.source(&engineer, "siem").await;
        rig.ioc("siem", &token, BAD).await;
        let analyst = rig.person(Role::Analyst).await;
        let case = closed(&rig, &analyst, 1).await;
        Self {
            rig,
            analyst,
            token,
            case,
            _vendor: vendor,
        }
    }
    pub fn path(&self, rest: &str) -> String {
        format!("/api/v1/cases/{}{rest}", self.case["id"].as_str().unwrap())
    }
    pub async fn get(&self, path: &str) -> Value {
        self.rig.get(&self.analyst, path).await.expect(200)
    }
}

/// The one Enrichment case, once it stands for so many alerts and is closed.
pub async fn closed(rig: &Rig, person: &Person, occurrences: u64) -> Value {
    let list = rig
        .until(person, "/api/v1/cases?type=Enrichment", |list| {
            list["items"][0]["status"] == "closed" && list["items"][0]["occurrences"] == occurrences
        })
        .await;
    assert_eq!(list["items"].as_array().unwrap().len(), 1, "{list:#}");
    let path = format!("/api/v1/cases/{}", list["items"][0]["id"].as_str().unwrap());
    rig.get(person, &path).await.expect(200)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_alert_becomes_a_closed_case_that_is_found_by_every_filter() {
    let worked = Worked::off().await;
    let case = &worked.case;
    assert_eq!(case["number"], 1);
    assert_eq!(case["verdict"], "malicious", "{case:#}");
    assert_eq!(case["observables"][0]["value"], BAD);
    let answers = case["observables"][0]["answers"].as_array().unwrap();
    assert!(
        answers
            .iter()
            .any(|answer| answer["provider"] == "abuseipdb"
                && answer["connection"] == "Abuse"
                && answer["outcome"] == "answered")
    );
    let id = &case["id"];
    let has = async |query: &str| {
        let list = worked.get(&format!("/api/v1/cases?{query}")).await;
        let items = list["items"].as_array().unwrap();
        items.iter().any(|item| item["id"] == *id)
    };
    for (query, found) in [
        ("", true),
        ("status=closed", true),
        ("status=new,%20closed", true),
        ("status=new,waiting", false),
        ("type=Enrichment", true),
        ("type=Phishing", false),
        ("verdict=malicious", true),
        ("verdict=benign,unknown", false),
        ("q=118.25.6.39", true),
        ("q=118.25", true),
        ("q=zebra", false),
        ("q=%22%27%3B--%20OR%201", false),
        ("owner=ada", false),
        ("owner=", true),
    ] {
        assert_eq!(has(query).await, found, "{query}");
    }
    let by_number = worked.get("/api/v1/cases/1").await;
    assert_eq!(by_number["id"], *id);
    let counts = worked.get("/api/v1/cases/counts").await;
    assert_eq!(counts["by_type"]["Enrichment"], 1);
    assert_eq!(counts["by_verdict"]["malicious"], counts["total"]);
    let seen = worked
        .get("/api/v1/observables?value=118[.]25[.]6[.]39")
        .await;
    assert_eq!(
        (&seen["type"], &seen["value"]),
        (&json!("ipv4"), &json!(BAD))
    );
    assert!(seen["cases"].as_u64().unwrap() >= 1);
}

#[tokio::test]
async fn words_that_no_list_knows_are_refused_with_those_it_does() {
    let rig = Rig::new().await;
    let analyst = rig.person(Role::Analyst).await;
    for (query, code) in [
        ("cases?status=open", "status"),
        ("cases?severity=urgent", "severity"),
        ("cases?verdict=bad", "verdict"),
        ("cases?after=here", "page.after"),
        ("cases?limit=many", "request"),
        ("alerts?after=here", "page.after"),
        ("runs?state=hanging", "state"),
        ("observables?value=%20", "observable.value"),
        ("observables", "request"),
    ] {
        let said = rig.get(&analyst, &format!("/api/v1/{query}")).await;
        said.refused_with_hint(400, code);
    }
    for path in [
        "cases/7",
        "cases/nothing",
        "cases/case_00000000000000000000000001",
        "cases/1/timeline",
        "cases/1/report",
        "alerts/nothing",
        "alerts?case=nothing",
        "runs/nothing",
        "runs/run_00000000000000000000000001",
        "nothing",
    ] {
        let said = rig.get(&analyst, &format!("/api/v1/{path}")).await;
        said.refused(404, "not_found");
    }
    let said = rig
        .call(&analyst, Method::PUT, "/api/v1/cases", json!({}))
        .await;
    assert_eq!(said.header("allow"), "GET,HEAD");
    said.refused_with_hint(405, "method");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_report_comes_in_three_formats_and_nothing_in_it_runs() {
    let worked = Worked::off().await;
    for (format, kind) in [
        ("html", "text/html; charset=utf-8"),
        ("md", "text/markdown; charset=utf-8"),
        ("json", "application/json"),
    ] {
        let path = worked.path(&format!("/report?format={format}"));
        let report = worked.rig.get(&worked.analyst, &path).await;
        assert_eq!(report.status, 200);
        assert_eq!(report.header("content-type"), kind);
        assert_eq!(
            report.header("content-security-policy"),
            "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'self'; sandbox"
        );
        let name = format!("inline; filename=\"updraft-case-1.{format}\"");
        assert_eq!(report.header("content-disposition"), name);
        assert!(report.text().contains("118"), "{}", report.text());
        let run = worked.case["reports"][0]["run"].as_str().unwrap();
        let again = worked
            .rig
            .get(&worked.analyst, &format!("{path}&run={run}"))
            .await;
        assert_eq!(again.bytes, report.bytes);
    }
    let get = |path| worked.rig.get(&worked.analyst, path);
    let pdf = worked.path("/report?format=pdf");
    get(&pdf).await.refused_with_hint(400, "report.format");
    let other = worked.path("/report?run=run_00000000000000000000000001");
    get(&other).await.refused(404, "not_found");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn people_edit_comment_close_and_reopen_and_everything_is_recorded() {
    let worked = Worked::off().await;
    let (rig, analyst) = (&worked.rig, &worked.analyst);
    let base = worked.path("");
    let patch = |body| rig.call(analyst, Method::PATCH, &base, body);
    let close = async |body| rig.post(analyst, &worked.path("/close"), body).await;
    let reopen = async |body| rig.post(analyst, &worked.path("/reopen"), body).await;
    let comment = async |body| rig.post(analyst, &worked.path("/comments"), body).await;

    close(json!({"reason": "clean"}))
        .await
        .refused(400, "case.state");
    let open = reopen(json!({"note": "look again"})).await.expect(200);
    assert_ne!(open["status"], "closed");
    assert_eq!(open["closed_at"], Value::Null);
    reopen(json!({})).await.refused(400, "case.state");
    let edited = patch(json!({"title": "  Scanner  ", "severity": "high", "owner": "ada"})).await;
    let edited = edited.expect(200);
    assert_eq!(edited["title"], "Scanner");
    assert_eq!(
        (&edited["severity"], &edited["owner"]),
        (&json!("high"), &json!("ada"))
    );
    let bare = patch(json!({"owner": ""})).await.expect(200);
    assert_eq!(bare["owner"], Value::Null);
    assert_eq!(bare["title"], "Scanner");
    patch(json!({"severity": "urgent"}))
        .await
        .refused_with_hint(400, "severity");
    patch(json!({"title": " "}))
        .await
        .refused(400, "case.title");
    patch(json!({"title": "a".repeat(501)}))
        .await
        .refused(400, "case.title");
    comment(json!({"text": "<b>seen</b>"})).await.expect(204);
    comment(json!({"text": "  "}))
        .await
        .refused_with_hint(400, "comment.length");
    comment(json!({"text": "a".repeat(20_001)}))
        .await
        .refused_with_hint(400, "comment.length");
    let problem = close(json!({"reason": "bored"}))
        .await
        .refused(400, "close.reason");
    assert!(
        problem["hint"].as_str().unwrap().contains("false_positive"),
        "{problem}"
    );
    let closed = close(json!({"reason": "false_positive", "note": "ours"}))
        .await
        .expect(200);
    assert_eq!(
        (&closed["status"], &closed["close_reason"]),
        (&json!("closed"), &json!("false_positive"))
    );
    assert_eq!(closed["close_note"], "ours");

    let timeline = worked.get(&worked.path("/timeline?limit=200")).await;
    let by_analyst: Vec<&str> = timeline["items"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|line| line["actor"] == analyst.name)
        .map(|line| line["kind"].as_str().unwrap())
        .collect();
    assert_eq!(
        by_analyst,
        ["closed", "comment", "edited", "edited", "reopened"]
    );
    let actions = rig.audited(TenantId::DEFAULT).await;
    let of_cases: Vec<&str> = actions
        .iter()
        .map(String::as_str)
        .filter(|action| {
            ["case.close", "case.comment", "case.edit", "case.reopen"].contains(action)
        })
        .collect();
    assert_eq!(
        of_cases,
        [
            "case.close",
            "case.comment",
            "case.edit",
            "case.edit",
            "case.reopen"
        ]
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_timeline_pages_without_gap_or_repeat() {
    let worked = Worked::off().await;
    let whole = worked.get(&worked.path("/timeline?limit=200")).await;
    let whole = whole["items"].as_array().unwrap().clone();
    assert!(whole.len() >= 3, "{whole:#?}");
    let mut paged = Vec::new();
    let mut after = String::new();
    loop {
        let page = worked
            .get(&worked.path(&format!("/timeline?limit=1{after}")))
            .await;
        paged.extend(page["items"].as_array().unwrap().clone());
        match page["next"].as_str() {
            Some(next) => after = format!("&after={next}"),
            None => break,
        }
    }
    assert_eq!(paged, whole);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_same_value_in_another_spelling_is_the_same_case_once_more() {
    let worked = Worked::off().await;
    worked
        .rig
        .ioc("siem", &worked.token, "118[.]25[.]6[.]39")
        .await;
    let again = closed(&worked.rig, &worked.analyst, 2).await;
    assert_eq!(again["id"], worked.case["id"]);
    assert_eq!(again["runs"].as_array().unwrap().len(), 2);
    let run = worked
        .rig
        .post(&worked.analyst, &worked.path("/rerun"), json!({}))
        .await;
    let run = run.expect(202);
    let path = format!("/api/v1/runs/{}", run["id"].as_str().unwrap());
    worked
        .rig
        .until(&worked.analyst, &path, |run| run["state"] == "succeeded")
        .await;
    let case = worked.get(&worked.path("")).await;
    assert_eq!(case["occurrences"], 2);
    assert_eq!(case["runs"].as_array().unwrap().len(), 3);
    let alerts = format!("/api/v1/alerts?case={}", case["id"].as_str().unwrap());
    assert_eq!(
        worked.get(&alerts).await["items"].as_array().unwrap().len(),
        2
    );
    let actions = worked.rig.audited(TenantId::DEFAULT).await;
    assert!(actions.contains(&"case.rerun".to_owned()));
}
