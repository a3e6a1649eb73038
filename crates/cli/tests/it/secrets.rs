//! A secret goes in and never comes out.

use std::path::Path;

use serde_json::{Value, json};
use updraft_testkit::vendor::{Fault, Rule};

use crate::ground::Ground;

const SECRET: &str = "planted-7f3a9c-secret";

fn holds(bytes: &[u8]) -> bool {
    bytes
        .windows(SECRET.len())
        .any(|window| window == SECRET.as_bytes())
}

fn search(folder: &Path, found: &mut Vec<String>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            search(&path, found);
        } else if holds(&std::fs::read(&path).unwrap()) {
            found.push(path.display().to_string());
        }
    }
}

#[test]
fn a_secret_is_in_no_file_no_answer_and_no_log() {
    let mut ground = Ground::bare(&[]);
    let provider = |id: &str| {
        json!({"connector": id, "name": id, "base_url": ground.vendors.server.url(&format!("/{id}")),
            "secrets": {"api_key": SECRET}, "allow_private": true})
    };
    let connection = ground.updraft.connect(&provider("lookout"));
    ground.updraft.connect(&provider("broken"));
    ground.updraft.connect(&json!({
        "connector": "jira_data_center", "name": "tickets", "secrets": {"token": SECRET}, "allow_private": true,
        "settings": {"url": ground.vendors.server.url("/jira"), "project": "SEC"},
    }));
    // A vendor that says the secret back in an error.
    let echo = format!(
        "HTTP/1.1 401 No\r\ncontent-length: {}\r\n\r\n{SECRET}",
        SECRET.len()
    );
    ground
        .vendors
        .server
        .fault(Rule::new("GET", "/broken", Fault::Raw(echo.into_bytes())));
    let case = ground.case_of("45.60.0.1 and {{ secret.api_key }} {{ secrets }}");
    let sent = ground.vendors.server.log();
    assert!(
        sent.iter()
            .any(|asked| asked.headers.values().any(|value| value.contains(SECRET))),
        "it is used"
    );
    ground.updraft.command(&["doctor"]);
    let id = case["id"].as_str().unwrap();
    let run = case["runs"][0]["id"].as_str().unwrap();
    let mut paths = vec![
        "/api/v1/connections".to_owned(),
        format!("/api/v1/connections/{connection}"),
        format!("/api/v1/cases/{id}"),
        format!("/api/v1/cases/{id}/timeline"),
        format!("/api/v1/cases/{id}/report?format=json"),
        format!("/api/v1/runs/{run}"),
        "/api/v1/audit".into(),
        "/api/v1/alerts".into(),
        "/api/v1/doctor".into(),
        "/metrics".into(),
    ];
    let steps = ground.updraft.get(&format!("/api/v1/runs/{run}"));
    for step in steps["steps"].as_array().unwrap() {
        let path = step["path"]
            .as_str()
            .unwrap()
            .replace('[', "%5B")
            .replace(']', "%5D");
        paths.push(format!("/api/v1/runs/{run}/step?path={path}"));
    }
    for path in &paths {
        let reply = ground.updraft.send("GET", path, &Value::Null);
        assert_eq!(reply.status, 200, "{path}");
        assert!(
            !holds(&reply.body),
            "{path} tells the secret: {}",
            reply.text()
        );
    }
    ground.updraft.terminate();
    let mut found = Vec::new();
    search(&ground.updraft.data, &mut found);
    assert!(found.is_empty(), "{found:?}");
    assert!(
        !holds(&std::fs::read(&ground.updraft.log).unwrap()),
        "the log tells it"
    );
    for asked in &sent {
        assert!(
            !String::from_utf8_lossy(&asked.body).contains(SECRET),
            "{} {}",
            asked.method,
            asked.target
        );
    }
}
