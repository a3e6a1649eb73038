//! A write whose answer is lost says so, and can be found again.

use std::sync::Arc;

use serde_json::json;
use updraft_connector::{Call, PartContent};
use updraft_egress::{Blobs, Fetching, NoBlobs};
use updraft_model::BlobHash;
use updraft_testkit::vendor::{Fault, Jira, Rule, Server};

use crate::world::{World, connector, outcome, result};

struct File(Arc<[u8]>);
impl Blobs for File {
    fn get(&self, hash: BlobHash) -> Fetching<'_> {
        let found = (BlobHash::of(&self.0) == hash).then(|| self.0.clone());
        Box::pin(std::future::ready(found))
    }
}

fn jira(server: &Server) -> World {
    let create = json!({
        "action": "create_ticket", "title": "Create", "summary": "Creates.", "effect": "write",
        "inputs": {"title": {"type": "string", "required": true, "summary": "Title"}},
        "request": {"method": "POST", "path": "/issue", "body": {"json": {"fields": {
            "project": {"key": "SEC"}, "issuetype": {"name": "Task"}, "summary": "{{ input.title }}",
            "labels": ["updraft-{{ idempotency_key }}"]}}}},
        "outputs": {"id": {"type": "string", "summary": "Key", "value": "{{ body.key }}"}},
        "idempotency": {"kind": "find", "find": "find_ticket", "find_input": {"key": "{{ idempotency_key }}"}, "found": "output.count > 0"},
        "undo": "none",
    });
    let find = json!({
        "action": "find_ticket", "title": "Find", "summary": "Finds.", "effect": "read",
        "inputs": {"key": {"type": "string", "required": true, "summary": "Key"}},
        "request": {"method": "GET", "path": "/search", "query": {"jql": "project = SEC AND labels = \"updraft-{{ input.key }}\""}},
        "not_found": "status == 200 and len(body.issues) == 0",
        "outputs": {"id": {"type": "string", "summary": "Key", "value": "{{ body.issues[0].key }}"},
            "count": {"type": "integer", "summary": "How many", "value": "{{ len(body.issues) }}"}},
    });
    let attach = json!({
        "action": "attach_file", "title": "Attach", "summary": "Attaches.", "effect": "write",
        "inputs": {"ticket": {"type": "string", "required": true, "summary": "Key"}, "file": {"type": "file", "required": true, "summary": "File"}},
        "request": {"method": "POST", "path": "/issue/{{ input.ticket }}/attachments", "headers": {"X-Atlassian-Token": "no-check"},
            "body": {"multipart": [{"name": "file", "file": "{{ input.file }}"}]}},
        "outputs": {"bytes": {"type": "integer", "summary": "Size", "value": "{{ body[0].size }}"}},
        "idempotency": {"kind": "none"}, "undo": "none",
    });
    let auth =
        json!({"auth": {"kind": "bearer", "token": "{{ secret.key }}"}, "category": "ticketing"});
    let actions = [
        ("create_ticket", create),
        ("find_ticket", find),
        ("attach_file", attach),
    ];
    World::new(&server.url("/rest/api/2"), connector(auth, &actions))
}

#[tokio::test]
async fn a_lost_answer_after_creation_is_unknown_and_the_ticket_is_found() {
    let vendor = Arc::new(Jira::default());
    let server = Server::start(vendor.clone());
    let world = jira(&server);
    server.fault(Rule::new("POST", "/rest/api/2/issue", Fault::Lost).times(1));
    let lost = world.perform("create_ticket", json!({"title": "t"})).await;
    assert!(
        lost.outcome_unknown() && outcome(&lost).starts_with("unavailable"),
        "{}",
        outcome(&lost)
    );
    let link = &world.link;
    let action = link.connector.action("create_ticket").unwrap();
    let find = link
        .connector
        .find_call(action, &json!({"title": "t"}), &link.environment)
        .unwrap()
        .unwrap();
    let call = Call::start(
        link.connector.clone(),
        &find.action,
        find.input,
        link.environment.clone(),
    )
    .unwrap();
    let found = world
        .egress
        .perform_uncached(link, call, &NoBlobs, None)
        .await;
    assert_eq!(
        result(&found).output,
        json!({"id": "SEC-1", "count": 1}),
        "{}",
        outcome(&found)
    );
    assert_eq!(
        (vendor.issues(), vendor.duplicates("updraft-")),
        (1, vec![])
    );
}

#[tokio::test]
async fn a_file_is_attached_with_the_bytes_of_the_store() {
    let vendor = Arc::new(Jira::default());
    let server = Server::start(vendor.clone());
    let world = jira(&server);
    world.perform("create_ticket", json!({"title": "t"})).await;
    let file = File(vec![b'x'; 300_000].into());
    let hash = BlobHash::of(&file.0);
    let input = json!({"ticket": "SEC-1", "file": {"blob": hash, "name": "r.html", "content_type": "text/html", "bytes": 300_000}});
    let performed = world
        .egress
        .perform(
            &world.link,
            world.call("attach_file", input.clone()),
            &file,
            None,
        )
        .await;
    assert_eq!(
        result(&performed).output,
        json!({"bytes": 300_000}),
        "{}",
        outcome(&performed)
    );
    let updraft_connector::Body::Multipart { parts } = &performed.exchanges[0].request.body else {
        panic!("a form")
    };
    assert_eq!(parts[0].content, PartContent::Blob(hash));
    let gone = world.perform("attach_file", input).await;
    assert!(outcome(&gone).contains("not in the store") && !gone.exchanges[0].reached);
    assert_eq!(vendor.attached("SEC-1"), (1, 0));
}
