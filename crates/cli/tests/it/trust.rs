//! What recorded runs are good for, with the real program: run, compare, make a test, play it, try another policy.

use std::{fs, process::Output};

use serde_json::{Value, json};

use crate::ground::Ground;

fn json_of(output: &Output) -> Value {
    serde_json::from_slice(&output.stdout).unwrap_or_else(|_| {
        panic!(
            "{}{}",
            String::from_utf8_lossy(&output.stdout),
            String::from_utf8_lossy(&output.stderr)
        )
    })
}

fn text_of(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
}

const PLAYBOOK: &str = include_str!("../../../../content/playbooks/enrichment-only/playbook.yaml");

/// A provider that says malicious and one that says harmless; the policy decides.
fn doubtful() -> (Ground, Value) {
    let ground = Ground::new();
    ground.updraft.connect_provider("doubter", &ground.vendors);
    let case = ground.case_of("45.60.0.1");
    assert_eq!(case["verdict"], "malicious", "{case:#}");
    (ground, case)
}

#[test]
fn a_run_is_compared_made_into_a_test_and_another_policy_is_tried_on_it() {
    let (ground, case) = doubtful();
    let run = case["runs"][0]["id"].as_str().unwrap().to_owned();
    let folder = ground.updraft.data.parent().unwrap().join("mine");
    let place = folder.join("enrichment-only");
    fs::create_dir_all(place.join("tests")).unwrap();
    let weighted = PLAYBOOK.replace(
        "policy: \"{{ inputs.policy }}\"",
        "policy: reliability-weighted",
    );
    assert_ne!(weighted, PLAYBOOK);
    fs::write(place.join("playbook.yaml"), PLAYBOOK).unwrap();
    let other = folder.join("weighted.yaml");
    fs::write(&other, weighted).unwrap();
    let other = other.to_str().unwrap();
    let asked = ground.vendors.server.requests();

    let same = ground.updraft.command(&["run", "compare", &run]);
    assert!(same.status.success(), "{}", text_of(&same));
    let parted = ground
        .updraft
        .command(&["run", "compare", &run, "--with", other, "--json"]);
    assert!(!parted.status.success());
    let parted = json_of(&parted);
    assert_eq!(parted["first"]["path"], "verdict", "{parted:#}");
    assert_eq!(
        (&parted["first"]["what"], &parted["first"]["at"]),
        (&json!("input"), &json!("policy"))
    );
    assert_eq!(parted["unanswered"], json!([]));
    assert_eq!(
        parted["now"]["case"]["closed"], "inconclusive",
        "{:#}",
        parted["now"]
    );

    let tests = place.join("tests");
    let tests = tests.to_str().unwrap();
    let made =
        ground
            .updraft
            .command(&["run", "to-test", &run, "--name", "One of two", "-o", tests]);
    assert!(made.status.success(), "{}", text_of(&made));
    let text = fs::read_to_string(place.join("tests/one-of-two.yaml")).unwrap();
    assert!(text.contains("closed: escalated"), "{text}");
    let again =
        ground
            .updraft
            .command(&["run", "to-test", &run, "--name", "One of two", "-o", tests]);
    assert!(
        !again.status.success(),
        "a test that is there is not written over"
    );
    let played = std::process::Command::new(env!("CARGO_BIN_EXE_updraft"))
        .args([
            "playbook",
            "test",
            place.to_str().unwrap(),
            "--json",
            "--content",
        ])
        .arg(&ground.content)
        .output()
        .unwrap();
    assert!(played.status.success(), "{}\n{text}", text_of(&played));
    assert_eq!(json_of(&played)[0]["tests"][0]["passed"], true);

    let tried = ground.updraft.command(&[
        "playbook",
        "backtest",
        "enrichment-only",
        "--file",
        other,
        "--days",
        "3",
        "--json",
    ]);
    assert!(tried.status.success(), "{}", text_of(&tried));
    let tried = json_of(&tried);
    let result = &tried["result"];
    assert_eq!(
        (&result["played"], &result["unknown"], &result["different"]),
        (&json!(1), &json!(0), &json!(1)),
        "{tried:#}"
    );
    assert_eq!(result["table"]["tickets"], 0);
    let verdict = result["differs"]
        .as_array()
        .unwrap()
        .iter()
        .find(|one| one["what"] == "verdict")
        .unwrap();
    assert_eq!(
        (&verdict["then"], &verdict["now"]),
        (&json!("malicious"), &json!("suspicious"))
    );
    let shown =
        ground
            .updraft
            .command(&["playbook", "backtest", "enrichment-only", "--with", "live"]);
    let shown = text_of(&shown);
    for line in [
        "unknown     0",
        "would close 1  escalated 1",
        "the same    1",
        "different   0",
    ] {
        assert!(shown.contains(line), "{shown}");
    }
    assert_eq!(
        ground.vendors.server.requests(),
        asked,
        "a trial asks nobody"
    );
    assert_eq!(ground.vendors.jira.issues(), 1);
}

#[test]
fn the_paths_of_runs_are_shown_and_nothing_is_to_be_automated_where_nobody_decides() {
    let (ground, case) = doubtful();
    let paths = ground
        .updraft
        .command(&["paths", "--case-type", "Enrichment"]);
    let shown = text_of(&paths);
    assert!(paths.status.success(), "{shown}");
    assert!(
        shown.contains("1 runs of Enrichment cases") && shown.contains("route: ticket"),
        "{shown}"
    );
    let paths = ground
        .updraft
        .command(&["paths", "--case-type", "Enrichment", "--json"]);
    assert_eq!(
        json_of(&paths)["paths"][0]["runs"][0],
        case["runs"][0]["id"]
    );
    let next = ground.updraft.command(&["automate-next"]);
    assert!(text_of(&next).contains("no decision"), "{}", text_of(&next));
}
