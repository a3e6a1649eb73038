//! Starting, ending, starting again.

use std::{
    io::{Read, Write},
    time::Duration,
};

use serde_json::Value;

use crate::{
    ground::{Ground, wait_for},
    http,
};

#[test]
fn a_restart_keeps_everything_and_goes_on() {
    let mut ground = Ground::new();
    let before = ground.case_of("45.40.0.1");
    let report = ground.report(&before, "html");
    ground.updraft.terminate();
    ground.restart(&[]);
    let id = before["id"].as_str().unwrap();
    assert_eq!(ground.updraft.get(&format!("/api/v1/cases/{id}")), before);
    assert_eq!(ground.report(&before, "html"), report);
    let again = ground.case_of("45[.]40[.]0[.]1");
    assert_eq!(
        (again["id"].as_str(), again["occurrences"].as_u64()),
        (Some(id), Some(2))
    );
    assert_eq!(ground.vendors.jira.issues(), 1);
}

#[test]
fn a_stop_is_clean_and_quick_even_while_somebody_listens() {
    let mut ground = Ground::new();
    let mut listener = http::connect(ground.updraft.address).unwrap();
    let ask = format!(
        "GET /api/v1/events HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {}\r\n\r\n",
        ground.updraft.token
    );
    listener.write_all(ask.as_bytes()).unwrap();
    let mut start = [0; 12];
    listener.read_exact(&mut start).unwrap();
    assert_eq!(&start, b"HTTP/1.1 200");
    ground.case_of("23.40.1.1");
    let mut heard = [0; 4096];
    let bytes = listener.read(&mut heard).unwrap();
    assert!(bytes > 0, "events arrive");
    let took = ground.updraft.terminate();
    assert!(took < Duration::from_secs(6), "{took:?}");
    assert!(
        !ground.updraft.data.join("server.json").exists(),
        "the note is taken away"
    );
    ground.restart(&[]);
    assert_eq!(ground.updraft.all("/api/v1/cases").len(), 1);
}

#[test]
fn a_second_server_on_the_same_data_folder_is_refused() {
    let ground = Ground::new();
    let note = std::fs::read(ground.updraft.data.join("server.json")).unwrap();
    let second = crate::ground::Updraft::try_start(&ground.updraft.data, &ground.content, &[]);
    let log = second
        .err()
        .expect("two servers must not write one database");
    assert!(log.contains("error"), "{log}");
    std::fs::write(ground.updraft.data.join("server.json"), note).unwrap();
    ground.case_of("23.40.2.1");
}

#[test]
fn the_commands_show_what_the_server_knows() {
    let ground = Ground::new();
    let case = ground.case_of("45.40.3.1");
    let run = |args: &[&str]| -> Value {
        let output = ground.updraft.command(args);
        assert!(
            output.status.success(),
            "{args:?}: {}",
            String::from_utf8_lossy(&output.stderr)
        );
        serde_json::from_slice(&output.stdout).unwrap()
    };
    assert!(
        run(&["case", "list", "--json"])
            .to_string()
            .contains("45.40.3.1")
    );
    assert_eq!(run(&["case", "show", "1", "--json"])["id"], case["id"]);
    let id = case["runs"][0]["id"].as_str().unwrap();
    assert_eq!(run(&["run", "show", id, "--json"])["state"], "succeeded");
    let doctor = run(&["doctor", "--json"]).to_string();
    assert!(doctor.contains("unbroken"), "{doctor}");
    let report = ground.updraft.command(&["case", "report", "1"]);
    assert_eq!(
        String::from_utf8_lossy(&report.stdout).trim(),
        ground.report(&case, "md").trim()
    );
}

#[test]
fn the_demo_closes_its_cases_and_every_run_of_it_replays() {
    let ground = Ground::bare(&["--demo"]);
    let runs = || ground.updraft.all("/api/v1/runs");
    // The recorded sandboxes too: they say when they are to be asked again.
    wait_for("the demo's runs", || {
        runs().len() >= 8 && runs().iter().all(|run| run["ended_at"].is_string())
    });
    for run in runs() {
        assert_eq!(run["state"], "succeeded", "{run:#}");
        let case = ground
            .updraft
            .get(&format!("/api/v1/cases/{}", run["case"].as_str().unwrap()));
        assert_eq!(case["status"], "closed", "{case:#}");
        let path = format!("/api/v1/runs/{}/replay", run["id"].as_str().unwrap());
        let replay = ground.updraft.send("POST", &path, &Value::Null).json();
        assert_eq!(replay["identical"], true, "{replay:#}");
    }
    let malicious = ground.updraft.all("/api/v1/cases?verdict=malicious");
    assert!(!malicious.is_empty());
}
