//! A secret goes out in the request, and nowhere else.

use std::{
    io,
    sync::{Arc, Mutex},
};

use serde_json::json;
use updraft_testkit::vendor::{Asked, Fault, Reply, Rule, Server};

use crate::world::{SECRET, World, connector, lookup};

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Every way in which the secret could show.
fn spellings() -> Vec<String> {
    let form: String = url::form_urlencoded::byte_serialize(SECRET.as_bytes()).collect();
    let json = json!(SECRET).to_string().trim_matches('"').to_owned();
    use base64::{Engine, engine::general_purpose::STANDARD};
    let basic = STANDARD.encode(format!("me:{SECRET}"));
    vec![
        SECRET.to_owned(),
        form,
        json,
        STANDARD.encode(SECRET),
        basic,
    ]
}

#[tokio::test]
async fn an_echoed_secret_is_in_no_result_record_error_or_log() {
    // For the whole process: a subscriber of this thread alone would miss lines whose call site another test
    // was the first to reach.
    let log = Log::default();
    let writer = log.clone();
    let subscriber =
        tracing_subscriber::fmt().with_max_level(tracing_subscriber::filter::LevelFilter::TRACE);
    tracing::subscriber::set_global_default(
        subscriber.with_writer(move || writer.clone()).finish(),
    )
    .unwrap();
    let kinds = [
        json!({"kind": "header", "name": "x-key", "value": "Token {{ secret.key }}"}),
        json!({"kind": "query", "params": {"apikey": "{{ secret.key }}"}}),
        json!({"kind": "basic", "username": "me", "password": "{{ secret.key }}"}),
        json!({"kind": "bearer", "token": "{{ secret.key }}"}),
    ];
    for auth in kinds {
        // Headers, target and all: an answer that quotes the whole request.
        let server = Server::start(Arc::new(|asked: &Asked| {
            let echo = json!({"v": [asked.target, asked.headers], "message": SECRET});
            let status = if asked.path().ends_with("bad") {
                400
            } else {
                200
            };
            Reply::json(status, &echo)
                .header("x-echo", &asked.target)
                .header("set-cookie", SECRET.split('"').next().unwrap())
        }));
        let errors =
            json!([{"when": "status == 400", "code": "failed", "message": "{{ body.message }}"}]);
        let document = connector(
            json!({"auth": auth, "errors": errors}),
            &[lookup(json!({}))],
        );
        let world = World::new(&server.url(""), document);
        let mut text = String::new();
        for ip in ["good", "bad"] {
            let performed = world.lookup(ip).await;
            text += &format!("{performed:?} {}", performed.exchanges[0].request_head());
            let body = performed.exchanges[0]
                .response
                .as_ref()
                .map(|response| response.body.clone());
            text += &String::from_utf8_lossy(&body.unwrap_or_default());
        }
        server.fault(Rule::new("*", "/", Fault::Lost));
        text += &format!(
            "{:?} {world_link:?}",
            world.lookup("lost").await,
            world_link = world.link
        );
        let sent = format!("{:?}", server.log());
        assert!(text.contains("***"), "{auth}: something was covered");
        let logged = String::from_utf8_lossy(&log.0.lock().unwrap()).into_owned();
        assert!(logged.contains("failed"), "one line was logged");
        for spelling in spellings() {
            assert!(!text.contains(&spelling), "{auth}: {spelling} in {text}");
            assert!(
                !logged.contains(&spelling),
                "{auth}: {spelling} in the log {logged}"
            );
        }
        assert!(
            spellings().iter().any(
                |spelling| sent.contains(&format!("{spelling:?}").trim_matches('"').to_owned())
            ),
            "{auth}: it was sent: {sent}"
        );
        log.0.lock().unwrap().clear();
    }
}
