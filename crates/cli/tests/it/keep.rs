//! Playbooks of a running server from the command line, from a folder to live and back.

use std::{fs, path::Path, process::Output};

use serde_json::Value;

use crate::ground::Ground;

const TEXT: &str = "format: 1\nid: quick\ntitle: Quick\ncase_types: [Other]\nsteps:\n  - id: close\n    action: case.close\n    with: {reason: clean, note: one}\n";
const TEST: &str = "title: It closes\ntrigger: {case: {type: Enrichment}}\nexpect:\n  state: succeeded\n  steps: {close: ran}\n";

fn said(output: &Output) -> String {
    let all = [&output.stdout[..], &output.stderr[..]].concat();
    String::from_utf8(all).unwrap()
}

/// Runs `updraft playbook …`, which must work, and answers what it said.
fn playbook(ground: &Ground, args: &[&str]) -> String {
    let args = [&["playbook"], args].concat();
    let done = ground.updraft.command(&args);
    assert!(done.status.success(), "{args:?}: {}", said(&done));
    said(&done)
}

fn json(ground: &Ground, args: &[&str]) -> Value {
    let args = [args, &["--json"]].concat();
    serde_json::from_str(&playbook(ground, &args)).unwrap()
}

/// Runs `updraft playbook …`, which must be refused, and answers why.
fn refused(ground: &Ground, args: &[&str]) -> String {
    let args = [&["playbook"], args].concat();
    let done = ground.updraft.command(&args);
    assert!(!done.status.success(), "{args:?}: {}", said(&done));
    said(&done)
}

fn write(folder: &Path, text: &str) -> String {
    fs::create_dir_all(folder.join("tests")).unwrap();
    fs::write(folder.join("playbook.yaml"), text).unwrap();
    fs::write(folder.join("tests/closes.yaml"), TEST).unwrap();
    folder.display().to_string()
}

#[test]
fn a_folder_becomes_a_live_playbook_and_goes_back() {
    let ground = Ground::bare(&[]);
    let place = tempfile::tempdir().unwrap();
    let folder = write(&place.path().join("quick"), TEXT);
    assert_eq!(
        playbook(&ground, &["import", &folder, "-m", "first"]),
        "quick added\n"
    );
    assert!(refused(&ground, &["import", &folder]).contains("there is a playbook `quick` already"));
    assert_eq!(
        playbook(&ground, &["activate", "quick"]),
        "version 1 of quick is live\n"
    );
    write(
        &place.path().join("quick"),
        &TEXT.replace("note: one", "note: two"),
    );
    assert_eq!(
        playbook(&ground, &["save", &folder]),
        "draft of quick saved\n"
    );
    let diff = playbook(&ground, &["diff", "quick"]);
    assert!(
        diff.contains("+    with: {reason: clean, note: two}"),
        "{diff}"
    );
    assert!(diff.ends_with("changed close with.note\n"), "{diff}");
    playbook(&ground, &["version", "quick", "-m", "second"]);

    let asked = ["policy", "--tests", "true", "--second-person", "true"];
    assert!(playbook(&ground, &asked).contains("second_person"));
    let why = refused(&ground, &["activate", "quick", "2"]);
    assert!(
        why.contains("wrote on this version: let somebody activate it"),
        "{why}"
    );
    playbook(&ground, &["policy", "--second-person", "false"]);
    let live = json(&ground, &["activate", "quick", "2"]);
    assert_eq!(
        (&live["number"], &live["before"]),
        (&Value::from(2), &Value::from(1))
    );
    let back = playbook(&ground, &["rollback", "quick", "-m", "worse"]);
    assert_eq!(back, "version 1 of quick is live, 2 was before\n");
    let history = playbook(&ground, &["history", "quick"]);
    assert!(
        history.contains("back to 1") && history.contains("second"),
        "{history}"
    );
    assert_eq!(playbook(&ground, &["export", "quick"]), TEXT);
    let bundle = place.path().join("bundle.json");
    fs::write(
        &bundle,
        playbook(&ground, &["export", "quick", "--format", "bundle"]),
    )
    .unwrap();
    let text = fs::read_to_string(&bundle).unwrap();
    fs::write(&bundle, text.replace("id: quick", "id: other")).unwrap();
    playbook(&ground, &["import", &bundle.display().to_string()]);
    let other = json(&ground, &["show", "other"]);
    assert_eq!(
        (&other["source"], &other["test_files"]["closes.yaml"]),
        (&"draft".into(), &TEST.into())
    );
    playbook(&ground, &["deactivate", "quick"]);
    playbook(&ground, &["archive", "quick"]);
    let list = playbook(&ground, &["list"]);
    assert!(
        list.contains("enrichment-only") && !list.contains("quick"),
        "{list}"
    );
    let why = refused(&ground, &["pull"]);
    assert!(why.contains("playbooks come from no repository"), "{why}");
    let nowhere = place.path().join("nothing").display().to_string();
    playbook(&ground, &["repository", "--folder", &nowhere]);
    assert!(refused(&ground, &["pull"]).contains("nothing was pulled"));
}
