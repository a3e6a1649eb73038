//! Any run can be proved from its journal.

use serde_json::Value;

use crate::ground::Ground;

fn replay(ground: &Ground, run: &str) -> Value {
    let output = ground.updraft.command(&["run", "replay", run, "--json"]);
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    serde_json::from_slice(&output.stdout).unwrap()
}

#[test]
fn a_run_replays_byte_for_byte_even_without_its_vendors_and_connections() {
    let mut ground = Ground::bare(&[]);
    let lookout = ground.updraft.connect_provider("lookout", &ground.vendors);
    ground.updraft.connect_jira(&ground.vendors);
    let case = ground.case_of("45.30.0.1");
    let run = case["runs"][0]["id"].as_str().unwrap();
    let first = replay(&ground, run);
    assert_eq!(first["identical"], true, "{first:#}");
    assert!(
        first["exchanges"].as_u64().unwrap() >= 3,
        "a look-up, a ticket, an attachment: {first:#}"
    );
    let asked = ground.vendors.server.requests();
    let gone = ground.updraft.send(
        "DELETE",
        &format!("/api/v1/connections/{lookout}"),
        &Value::Null,
    );
    assert_eq!(gone.status, 204);
    assert_eq!(replay(&ground, run), first);
    assert_eq!(
        ground.vendors.server.requests(),
        asked,
        "a replay asks nobody"
    );
    ground.updraft.terminate();
    ground.vendors.server = updraft_testkit::vendor::Server::start(ground.vendors.jira.clone());
    ground.restart(&[]);
    assert_eq!(replay(&ground, run), first);
}
