//! The service under test: an application on a temporary folder, the router over it, and people who ask.
//!
//! Every answer is held against what must be true of all of them: the security headers are there, a refusal
//! of the API is a problem document, and no secret that a test has planted is in it.

use std::time::{Duration, Instant};

use axum::{
    Router,
    body::{Body, Bytes},
    http::{HeaderMap, Method, Request, StatusCode, header},
};
use http_body_util::BodyExt;
use serde_json::{Value, json};
use tempfile::TempDir;
use tower::ServiceExt;
use updraft_app::{
    App, Config,
    accounts::hash_token,
    connections::ConnectionDraft,
    setup::{Drivers, Opening, Outside},
};
use updraft_model::{Granted, Permission, Role, TenantId, Timestamp, UserId, users::User};
use updraft_server::{auth::COOKIE, router};
use updraft_store::{Op, Session, Tx};
use updraft_testkit::vendor::{Asked, Reply, Server};

/// Planted as every secret: it must never come back.
pub const SECRET: &str = "planted-secret-4d1c";
/// The address that the provider knows as bad.
pub const BAD: &str = "118.25.6.39";
/// How long anything may take that the drivers do.
const PATIENCE: Duration = Duration::from_secs(30);

/// A running service.
pub struct Rig {
    pub app: App,
    pub admin_password: String,
    pub service: Router,
    folder: Option<TempDir>,
    drivers: Option<Drivers>,
    people: std::sync::atomic::AtomicU64,
}

/// Somebody who asks, by bearer token.
#[derive(Debug, Clone)]
pub struct Person {
    pub id: UserId,
    pub name: String,
    pub tenant: TenantId,
    pub token: String,
}

/// An answer.
#[derive(Debug)]
pub struct Said {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub bytes: Bytes,
}

impl Said {
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.bytes)
            .unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(&self.bytes)))
    }
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.bytes).into_owned()
    }
    pub fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default()
    }
    /// The answer's JSON, after its status was checked.
    #[track_caller]
    pub fn expect(self, status: u16) -> Value {
        assert_eq!(self.status.as_u16(), status, "{}", self.text());
        if self.bytes.is_empty() {
            Value::Null
        } else {
            self.json()
        }
    }
    /// A problem document with this code; answers it.
    #[track_caller]
    pub fn refused(self, status: u16, code: &str) -> Value {
        let problem = self.expect(status);
        assert_eq!(problem["code"], code, "{problem}");
        problem
    }
    /// As [`Said::refused`], and it says how to mend it.
    #[track_caller]
    pub fn refused_with_hint(self, status: u16, code: &str) -> Value {
        let problem = self.refused(status, code);
        assert_ne!(problem["hint"], "", "{problem}");
        problem
    }
}

impl Rig {
    /// A fresh installation at rest: what is received stays in the inbox.
    pub async fn new() -> Self {
        Self::with(Config::default()).await
    }

    pub async fn with(config: Config) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path().join("data");
        let mut rig = Self::opened(opening(Config { data, ..config })).await;
        rig.folder = Some(folder);
        rig
    }

    /// An installation in a folder that the test keeps.
    pub async fn opened(opening: Opening) -> Self {
        let (app, drivers, first) = App::open(opening).await.unwrap();
        assert!(
            first.content_problems.is_empty(),
            "{:?}",
            first.content_problems
        );
        Self {
            service: router(app.clone()),
            admin_password: first.admin_password.unwrap_or_default(),
            app,
            folder: None,
            drivers: Some(drivers),
            people: Default::default(),
        }
    }

    /// A fresh installation that works, with one provider that knows [`BAD`].
    pub async fn working() -> (Self, Server) {
        let mut rig = Self::new().await;
        let vendor = Server::start(std::sync::Arc::new(abuse));
        let granted = Granted::system(TenantId::DEFAULT, "test", Permission::ConfigWrite);
        let draft = ConnectionDraft {
            name: Some("Abuse".into()),
            base_url: Some(vendor.url("")),
            secrets: [("api_key".to_owned(), SECRET.to_owned())].into(),
            allow_private: Some(true),
            ..ConnectionDraft::default()
        };
        let made = rig
            .app
            .create_connection(&granted, "abuseipdb", draft)
            .await;
        assert_eq!(made.unwrap().problem, None);
        rig.start().await;
        (rig, vendor)
    }

    /// Starts the drivers.
    pub async fn start(&mut self) {
        self.drivers.take().unwrap().start().await.unwrap();
    }

    pub fn data(&self) -> std::path::PathBuf {
        self.app.config().data.clone()
    }

    /// Somebody of the default tenant.
    pub async fn person(&self, role: Role) -> Person {
        self.person_of(TenantId::DEFAULT, role, false).await
    }

    /// Somebody with a session, made behind the API's back: hashing passwords is slow on purpose.
    pub async fn person_of(&self, tenant: TenantId, role: Role, one_time: bool) -> Person {
        let n = self
            .people
            .fetch_add(1, std::sync::atomic::Ordering::Relaxed)
            + 1;
        let id = UserId::new(1, u128::from(n));
        let name = format!("{}-{n}", role.as_str());
        let user = User {
            id,
            tenant,
            name: name.clone(),
            role,
            must_change_password: one_time,
            enabled: true,
            created_at: Timestamp::from_millis(0),
        };
        let put = Op::PutUser {
            user,
            password_hash: None,
        };
        self.app
            .store()
            .commit(Tx::new(tenant).with(put))
            .await
            .unwrap();
        let mut person = Person {
            id,
            name,
            tenant,
            token: String::new(),
        };
        person.token = self.session(&person).await;
        person
    }

    /// A further session.
    pub async fn session(&self, person: &Person) -> String {
        let n = self
            .people
            .fetch_add(1, std::sync::atomic::Ordering::Relaxed)
            + 1;
        let token = format!("upd_test_{n}");
        let session = Session {
            tenant: person.tenant,
            user: person.id,
            created_at: Timestamp::from_millis(0),
            expires_at: Timestamp::from_millis(4_000_000_000_000),
            data: json!({}),
        };
        let put = Op::PutSession {
            hash: hash_token(&token),
            session,
        };
        let tx = Tx::new(person.tenant).with(put);
        self.app.store().commit(tx).await.unwrap();
        token
    }

    /// Sends a request and gives the answer's head and unread body.
    pub async fn open(&self, request: Request<Body>) -> axum::response::Response {
        self.service.clone().oneshot(request).await.unwrap()
    }

    /// Sends a request; what must be true of every answer is checked.
    pub async fn send(&self, request: Request<Body>) -> Said {
        let what = format!("{} {}", request.method(), request.uri());
        let is_api = request.uri().path().starts_with("/api/");
        let (head, body) = self.open(request).await.into_parts();
        let bytes = body.collect().await.unwrap().to_bytes();
        let reply = Said {
            status: head.status,
            headers: head.headers,
            bytes,
        };
        assert_eq!(reply.header("x-content-type-options"), "nosniff", "{what}");
        assert_eq!(reply.header("referrer-policy"), "no-referrer", "{what}");
        assert_eq!(
            reply.header("cross-origin-opener-policy"),
            "same-origin",
            "{what}"
        );
        assert!(
            reply.headers.contains_key("content-security-policy"),
            "{what}"
        );
        assert!(!reply.text().contains(SECRET), "{what} tells a secret");
        if is_api && (reply.status.is_client_error() || reply.status.is_server_error()) {
            assert_eq!(
                reply.header("content-type"),
                "application/problem+json",
                "{what}: {}",
                reply.text()
            );
            let problem = reply.json();
            for field in ["code", "title", "detail"] {
                let text = problem[field].as_str().unwrap_or_default();
                assert!(!text.is_empty(), "{what}: no {field} in {problem}");
            }
        }
        reply
    }

    pub async fn get(&self, person: &Person, path: &str) -> Said {
        self.send(ask(Method::GET, path, Some(&person.token), None))
            .await
    }

    pub async fn post(&self, person: &Person, path: &str, body: Value) -> Said {
        self.send(ask(Method::POST, path, Some(&person.token), Some(body)))
            .await
    }

    pub async fn call(&self, person: &Person, method: Method, path: &str, body: Value) -> Said {
        self.send(ask(method, path, Some(&person.token), Some(body)))
            .await
    }

    /// Makes a source and answers its token.
    pub async fn source(&self, engineer: &Person, name: &str) -> String {
        let made = self
            .post(engineer, "/api/v1/sources", json!({"name": name}))
            .await;
        made.expect(201)["token"].as_str().unwrap().to_owned()
    }

    /// Hands bytes in.
    pub async fn deliver(&self, source: &str, token: &str, kind: &str, bytes: &[u8]) -> Said {
        let request = Request::post(format!("/api/v1/sources/{source}/alerts"))
            .header(header::AUTHORIZATION, format!("Bearer {token}"))
            .header(header::CONTENT_TYPE, kind)
            .body(Body::from(bytes.to_vec()))
            .unwrap();
        self.send(request).await
    }

    /// Hands one IOC in and answers its alert's id.
    pub async fn ioc(&self, source: &str, token: &str, ioc: &str) -> String {
        let receipt = self
            .deliver(source, token, "text/plain", ioc.as_bytes())
            .await
            .expect(202);
        receipt["alerts"][0]["id"].as_str().unwrap().to_owned()
    }

    /// Asks again until the answer fits.
    pub async fn until(&self, person: &Person, path: &str, fits: impl Fn(&Value) -> bool) -> Value {
        let begun = Instant::now();
        loop {
            let answer = self.get(person, path).await.expect(200);
            if fits(&answer) {
                return answer;
            }
            assert!(begun.elapsed() < PATIENCE, "{path} stays {answer:#}");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// The actions of the audit record, newest first, and the proof that nobody tampered with it.
    pub async fn audited(&self, tenant: TenantId) -> Vec<String> {
        let granted = Granted::system(tenant, "test", Permission::AuditRead);
        let report = self.app.store().audit_verify(&granted).await.unwrap();
        assert_eq!(report.broken, None);
        let page = updraft_store::Page::first(200);
        let found = self.app.store().audit(&granted, page).await.unwrap();
        assert_eq!(report.sound as usize, found.items.len());
        found
            .items
            .into_iter()
            .map(|row| row.entry.action)
            .collect()
    }
}

/// AbuseIPDB as far as it matters here.
fn abuse(asked: &Asked) -> Reply {
    let bad = asked.param("ipAddress").as_deref() == Some(BAD);
    let (score, reports) = if bad { (100, 57) } else { (0, 0) };
    let data = json!({
        "ipAddress": asked.param("ipAddress"), "isPublic": true, "isWhitelisted": false,
        "abuseConfidenceScore": score, "totalReports": reports,
    });
    Reply::json(200, &json!({"data": data}))
}

/// How an installation is opened in a test.
pub fn opening(config: Config) -> Opening {
    Opening {
        config,
        database: None,
        content: None,
        key: None,
        outside: Outside::default(),
    }
}

/// A request with a bearer token and a JSON body.
pub fn ask(method: Method, path: &str, token: Option<&str>, body: Option<Value>) -> Request<Body> {
    let mut request = Request::builder().method(method).uri(path);
    if let Some(token) = token {
        request = request.header(header::AUTHORIZATION, format!("Bearer {token}"));
    }
    match body {
        Some(body) => request
            .header(header::CONTENT_TYPE, "application/json")
            .body(Body::from(body.to_string())),
        None => request.body(Body::empty()),
    }
    .unwrap()
}

/// The same with the session cookie of a browser, and the header that only our own pages can send.
pub fn browse(method: Method, path: &str, token: &str, csrf: bool, body: Value) -> Request<Body> {
    let mut request = Request::builder()
        .method(method)
        .uri(path)
        .header(header::COOKIE, format!("other=1; {COOKIE}={token}"))
        .header(header::CONTENT_TYPE, "application/json");
    if csrf {
        request = request.header("X-Updraft-Csrf", "1");
    }
    request.body(Body::from(body.to_string())).unwrap()
}
