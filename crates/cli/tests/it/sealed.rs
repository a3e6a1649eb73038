//! Secret and restricted values of a playbook: used where they are meant to be, and seen nowhere.

use std::{fs, path::Path};

use serde_json::{Value, json};
use updraft_testkit::vendor::{Fault, Rule};

use crate::ground::Ground;

/// What must not be seen: a secret input, a restricted input, a restricted output.
const CANARIES: [&str; 3] = [
    "canary-secret-51d0aa",
    "canary-card-77c3ff",
    "canary-phone-0be4e1",
];

const ACTION: &str = r#"
action: verify_pin
title: Verify a PIN
summary: Says whose PIN it is.
effect: read
inputs:
  pin: {type: string, required: true, summary: The PIN}
  card: {type: string, required: true, summary: The card}
request: {method: POST, path: /verify, query: {card: "{{ input.card }}"}, body: {json: {pin: "{{ input.pin }}"}}}
outputs:
  phone: {type: string, restricted: true, summary: Whom to call, value: "{{ body.phone }}"}
"#;

const PLAYBOOK: &str = r#"
format: 1
id: enrichment-only
case_types: [Enrichment]
inputs:
  token: {type: secret, required: false}
  card: {type: restricted, required: false}
outputs:
  phone: {type: restricted, value: "{{ steps.verify.output?.phone }}"}
steps:
  - id: keep
    set: {token: "{{ inputs.token }}", both: ["{{ inputs.token }}", "{{ inputs.card }}"]}
  - id: verify
    action: lookout.verify_pin
    with: {pin: "{{ vars.token }}", card: "{{ inputs.card }}"}
  - id: tell
    action: case.comment
    with: {text: "card {{ inputs.card | mask }} ({{ inputs.card | count }}), phone {{ steps.verify.output.phone | mask }}"}
  - id: leak
    action: case.comment
    with: {text: "{{ vars.both | json }}"}
    on_error: continue
  - id: leak_whole
    action: case.comment
    with: {text: "{{ inputs.token }}"}
    on_error: continue
  - id: compare
    when: (inputs.card ~ '') == 'x'
    wait: {delay: 1s}
    on_error: continue
  - id: close
    action: case.close
    with: {reason: clean, note: "{{ steps.verify.output.phone | fingerprint }}"}
"#;

fn holds(bytes: &[u8]) -> Option<&'static str> {
    let inside = |canary: &&str| {
        bytes
            .windows(canary.len())
            .any(|part| part == canary.as_bytes())
    };
    CANARIES.iter().copied().find(|canary| inside(canary))
}

fn search(folder: &Path, found: &mut Vec<String>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            search(&path, found);
        } else if let Some(canary) = holds(&fs::read(&path).unwrap()) {
            found.push(format!("{canary} in {}", path.display()));
        }
    }
}

#[test]
fn sealed_values_reach_the_vendor_and_nobody_else() {
    let folder = tempfile::tempdir().unwrap();
    let write = |path: &str, text: &str| {
        let path = folder.path().join("content").join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    };
    write("connectors/lookout/actions/verify_pin.yaml", ACTION);
    write("playbooks/enrichment-only/playbook.yaml", PLAYBOOK);
    let data = folder.path().join("data");
    let mut ground = Ground::on(folder, &data, &[]);
    ground.updraft.connect_provider("lookout", &ground.vendors);
    // The vendor says everything back.
    let body = json!({"phone": CANARIES[2], "pin": CANARIES[0], "card": CANARIES[1]}).to_string();
    let answer = format!(
        "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nx-echo: {}\r\ncontent-length: {}\r\n\r\n{body}",
        CANARIES[0],
        body.len()
    );
    let fault = Fault::Raw(answer.into_bytes());
    ground
        .vendors
        .server
        .fault(Rule::new("POST", "/lookout/verify", fault));

    let inputs = json!({"token": CANARIES[0], "card": CANARIES[1]});
    let path = "/api/v1/playbooks/enrichment-only/inputs";
    let set = ground.updraft.send("PATCH", path, &inputs);
    assert_eq!(set.status, 200, "{}", set.text());
    assert_eq!(holds(&set.body), None, "{}", set.text());
    assert!(!set.text().contains("\"box\""), "{}", set.text());
    // A handle cannot be handed in.
    let forged = json!({"token": {"$sealed": "secret", "id": "x", "box": "00"}});
    assert_eq!(ground.updraft.send("PATCH", path, &forged).status, 400);

    let case = ground.case_of("45.60.0.1");
    let sent = ground.vendors.server.log();
    let verified = sent
        .iter()
        .find(|asked| asked.target.starts_with("/lookout/verify"));
    let verified = verified.expect("the vendor was asked");
    assert_eq!(verified.json(), json!({"pin": CANARIES[0]}));
    assert_eq!(verified.param("card").as_deref(), Some(CANARIES[1]));

    let id = case["id"].as_str().unwrap();
    let run = case["runs"][0]["id"].as_str().unwrap();
    let steps = ground.updraft.get(&format!("/api/v1/runs/{run}"));
    let state = |step: &str| {
        let all = steps["steps"].as_array().unwrap();
        let found = all.iter().find(|one| one["path"] == step).unwrap();
        found["status"].as_str().unwrap().to_owned()
    };
    assert_eq!(state("verify"), "succeeded", "{steps:#}");
    for leak in ["leak", "leak_whole", "compare"] {
        assert_eq!(state(leak), "failed", "{leak}");
    }
    let mut paths: Vec<String> = ["timeline", "report?format=json"]
        .map(|rest| format!("/api/v1/cases/{id}/{rest}"))
        .into();
    paths.extend([
        format!("/api/v1/cases/{id}"),
        format!("/api/v1/runs/{run}"),
        "/api/v1/playbooks".to_owned(),
        "/api/v1/audit".to_owned(),
        "/metrics".to_owned(),
    ]);
    for step in steps["steps"].as_array().unwrap() {
        paths.push(format!(
            "/api/v1/runs/{run}/step?path={}",
            step["path"].as_str().unwrap()
        ));
    }
    let mut told = String::new();
    for path in &paths {
        let reply = ground.updraft.send("GET", path, &Value::Null);
        assert!(reply.status == 200 || path.contains("report"), "{path}");
        assert_eq!(holds(&reply.body), None, "{path}: {}", reply.text());
        assert!(
            !reply.text().contains("\"box\""),
            "{path}: {}",
            reply.text()
        );
        told += &reply.text();
    }
    assert!(
        told.contains("card c***f (18), phone c***1"),
        "the masks are shown"
    );

    let replay = ground.updraft.command(&["run", "replay", run]);
    assert!(
        replay.status.success(),
        "{}",
        String::from_utf8_lossy(&replay.stdout)
    );
    assert_eq!(holds(&replay.stdout), None);

    ground.updraft.terminate();
    let mut found = Vec::new();
    search(&ground.updraft.data, &mut found);
    assert!(found.is_empty(), "{found:?}");
    assert_eq!(
        holds(&fs::read(&ground.updraft.log).unwrap()),
        None,
        "the log"
    );
}
