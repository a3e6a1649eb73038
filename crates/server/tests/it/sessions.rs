//! Signing in and out, one's own password, and what a guesser meets.

use std::time::Instant;

use axum::http::Method;
use serde_json::json;
use updraft_model::{Role, TenantId};

use crate::rig::{Rig, Said, ask, browse};

const PASSWORD: &str = "three unrelated words";

async fn sign_in(rig: &Rig, name: &str, password: &str) -> Said {
    let body = json!({"name": name, "password": password});
    rig.send(ask(Method::POST, "/api/v1/session", None, Some(body)))
        .await
}

fn cookie_of(said: &Said) -> String {
    let cookie = said.header("set-cookie");
    let value = cookie.strip_prefix("updraft_session=").unwrap();
    value.split(';').next().unwrap().to_owned()
}

/// The first administrator with a password of their own, and a session.
async fn settled() -> (Rig, String) {
    let rig = Rig::new().await;
    let said = sign_in(&rig, "admin", &rig.admin_password).await;
    let first = cookie_of(&said);
    let change = json!({"current": rig.admin_password, "new": PASSWORD});
    let request = browse(
        Method::POST,
        "/api/v1/session/password",
        &first,
        true,
        change,
    );
    rig.send(request).await.expect(204);
    let said = sign_in(&rig, "admin", PASSWORD).await;
    let session = cookie_of(&said);
    (rig, session)
}

#[tokio::test]
async fn the_first_administrator_replaces_the_one_time_password_before_anything_else() {
    let rig = Rig::new().await;
    let said = sign_in(&rig, " Admin ", &rig.admin_password).await;
    let session = cookie_of(&said);
    let me = said.expect(200);
    assert_eq!(me["name"], "admin");
    assert_eq!(me["role"], "admin");
    assert_eq!(me["must_change_password"], true);
    let asks = |path: &str| browse(Method::GET, path, &session, false, json!(null));
    rig.send(asks("/api/v1/cases"))
        .await
        .refused_with_hint(403, "password.one_time");
    assert_eq!(rig.send(asks("/api/v1/session")).await.expect(200), me);
    let change = |new: &str| {
        let body = json!({"current": rig.admin_password, "new": new});
        browse(
            Method::POST,
            "/api/v1/session/password",
            &session,
            true,
            body,
        )
    };
    rig.send(change("too short"))
        .await
        .refused_with_hint(400, "password.length");
    rig.send(change(&rig.admin_password))
        .await
        .refused(400, "password.same");
    rig.send(change(PASSWORD)).await.expect(204);
    rig.send(asks("/api/v1/session"))
        .await
        .refused(401, "unauthenticated");
    sign_in(&rig, "admin", &rig.admin_password)
        .await
        .refused(401, "unauthenticated");
    let me = sign_in(&rig, "admin", PASSWORD).await.expect(200);
    assert_eq!(me["must_change_password"], false);
    assert_eq!(
        rig.audited(TenantId::DEFAULT).await,
        [
            "session.open",
            "session.refused",
            "user.password",
            "session.open",
            "user.create"
        ]
    );
}

#[tokio::test]
async fn the_cookie_is_only_for_our_own_pages_and_not_for_scripts() {
    let (rig, _) = settled().await;
    let said = sign_in(&rig, "admin", PASSWORD).await;
    let flags: Vec<&str> = said.header("set-cookie").split("; ").skip(1).collect();
    assert_eq!(
        flags,
        ["Path=/", "HttpOnly", "SameSite=Strict", "Max-Age=43200"]
    );
    assert_eq!(said.header("cache-control"), "no-store");
    let body = json!({"name": "admin", "password": PASSWORD});
    let mut request = ask(Method::POST, "/api/v1/session", None, Some(body));
    request
        .headers_mut()
        .insert("x-forwarded-proto", "https".parse().unwrap());
    let behind_tls = rig.send(request).await;
    assert!(behind_tls.header("set-cookie").ends_with("; Secure"));
}

#[tokio::test]
async fn a_wrong_name_and_a_wrong_password_look_the_same_and_take_the_same_time() {
    let (rig, _) = settled().await;
    let mut took = Vec::new();
    let mut answers = Vec::new();
    for name in ["admin", "nobody-of-this-name"] {
        let begun = Instant::now();
        for _ in 0..3 {
            let said = sign_in(&rig, name, "wrong but long enough").await;
            answers.push(said.refused(401, "unauthenticated"));
        }
        took.push(begun.elapsed().as_secs_f64());
    }
    answers.dedup();
    assert_eq!(answers.len(), 1);
    let ratio = took[0] / took[1];
    assert!(
        (0.25..4.0).contains(&ratio),
        "the names can be told apart: {took:?}"
    );
}

#[tokio::test]
async fn guessing_is_slowed_down_for_that_name_only() {
    let (rig, _) = settled().await;
    for _ in 0..5 {
        sign_in(&rig, "admin", "wrong but long enough")
            .await
            .refused(401, "unauthenticated");
    }
    let said = sign_in(&rig, "admin", PASSWORD).await;
    let seconds: u32 = said.header("retry-after").parse().unwrap();
    assert!((1..=2).contains(&seconds));
    said.refused_with_hint(429, "busy");
    sign_in(&rig, "somebody-else", "wrong but long enough")
        .await
        .refused(401, "unauthenticated");
}

#[tokio::test]
async fn guesses_side_by_side_are_counted_too() {
    let (rig, _) = settled().await;
    let guesses = (0..20).map(|_| sign_in(&rig, "admin", "wrong but long enough"));
    let said = futures_util::future::join_all(guesses).await;
    let tried = said.iter().filter(|said| said.status == 401).count();
    assert!(tried <= 5 + 4, "{tried} guesses went through at once");
}

#[tokio::test]
async fn signing_out_ends_that_session_and_a_new_password_ends_all() {
    let (rig, first) = settled().await;
    let second = cookie_of(&sign_in(&rig, "admin", PASSWORD).await);
    let me = |session: &str| browse(Method::GET, "/api/v1/session", session, false, json!(null));
    let out = browse(Method::DELETE, "/api/v1/session", &first, true, json!(null));
    let said = rig.send(out).await;
    assert!(said.header("set-cookie").contains("Max-Age=0"));
    said.expect(204);
    rig.send(me(&first)).await.refused(401, "unauthenticated");
    rig.send(me(&second)).await.expect(200);
    let third = cookie_of(&sign_in(&rig, "admin", PASSWORD).await);
    let wrong = json!({"current": "not the present one", "new": "another three words"});
    let request = browse(
        Method::POST,
        "/api/v1/session/password",
        &third,
        true,
        wrong,
    );
    rig.send(request).await.refused(401, "unauthenticated");
    let change = json!({"current": PASSWORD, "new": "another three words"});
    let request = browse(
        Method::POST,
        "/api/v1/session/password",
        &third,
        true,
        change,
    );
    rig.send(request).await.expect(204);
    for session in [&second, &third] {
        rig.send(me(session)).await.refused(401, "unauthenticated");
    }
}

#[tokio::test]
async fn what_is_no_json_is_refused_in_words() {
    let rig = Rig::new().await;
    let admin = rig.person(Role::Admin).await;
    let path = "/api/v1/users";
    let mut request = ask(
        Method::POST,
        path,
        Some(&admin.token),
        Some(json!({"name": "ada"})),
    );
    rig.send(request).await.refused_with_hint(400, "request");
    request = ask(
        Method::POST,
        path,
        Some(&admin.token),
        Some(json!("not an object")),
    );
    rig.send(request).await.refused_with_hint(400, "request");
    request = ask(Method::POST, path, Some(&admin.token), None);
    rig.send(request)
        .await
        .refused_with_hint(415, "content_type");
    let large = json!({"name": "a".repeat(2 << 20), "role": "admin"});
    request = ask(Method::POST, path, Some(&admin.token), Some(large));
    rig.send(request)
        .await
        .refused_with_hint(413, "body.too_large");
}
