//! Who may do what.

use serde_json::{Value, json};

use crate::{ground::Ground, http::Reply};

/// Makes an account and signs it in with a password of its own; answers its cookie.
fn sign_in(ground: &Ground, role: &str) -> String {
    let name = format!("some-{role}");
    let made = ground.updraft.send(
        "POST",
        "/api/v1/users",
        &json!({"name": name, "role": role}),
    );
    assert_eq!(made.status, 201, "{}", made.text());
    let first = made.json()["one_time_password"]
        .as_str()
        .unwrap()
        .to_owned();
    let next = "a long enough password";
    let cookie = open_session(ground, &name, &first);
    let early = with_cookie(ground, &cookie, "GET", "/api/v1/cases", &Value::Null, true);
    assert_eq!(
        early.status, 403,
        "the one-time password must be replaced first"
    );
    let changed = with_cookie(
        ground,
        &cookie,
        "POST",
        "/api/v1/session/password",
        &json!({"current": first, "new": next}),
        true,
    );
    assert_eq!(changed.status, 204, "{}", changed.text());
    open_session(ground, &name, next)
}

fn open_session(ground: &Ground, name: &str, password: &str) -> String {
    let body = json!({"name": name, "password": password}).to_string();
    let reply = ground.updraft.bare(
        "POST",
        "/api/v1/session",
        &[("content-type", "application/json")],
        body.as_bytes(),
    );
    assert_eq!(reply.status, 200, "{}", reply.text());
    let cookie = reply.header("set-cookie").unwrap();
    assert!(
        cookie.contains("HttpOnly") && cookie.contains("SameSite=Strict"),
        "{cookie}"
    );
    cookie.split(';').next().unwrap().to_owned()
}

fn with_cookie(
    ground: &Ground,
    cookie: &str,
    method: &str,
    path: &str,
    body: &Value,
    csrf: bool,
) -> Reply {
    let bytes = if body.is_null() {
        Vec::new()
    } else {
        body.to_string().into_bytes()
    };
    let mut headers = vec![("cookie", cookie), ("content-type", "application/json")];
    if csrf {
        headers.push(("x-updraft-csrf", "1"));
    }
    ground.updraft.bare(method, path, &headers, &bytes)
}

#[test]
fn each_role_may_do_what_it_may_and_no_more() {
    let ground = Ground::new();
    let case = ground.case_of("23.50.0.1")["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let comment = format!("/api/v1/cases/{case}/comments");
    let reopen = format!("/api/v1/cases/{case}/reopen");
    let close = format!("/api/v1/cases/{case}/close");
    let text = json!({"text": "seen"});
    let closing = json!({"reason": "clean"});
    let source = json!({"name": "another"});
    let user = json!({"name": "somebody", "role": "auditor"});
    let none = Value::Null;
    // (who, what, allowed)
    let matrix: [(&str, &str, &str, &Value, bool); 17] = [
        ("auditor", "GET", "/api/v1/cases", &none, true),
        ("auditor", "GET", "/api/v1/audit", &none, true),
        ("auditor", "POST", &comment, &text, false),
        ("auditor", "POST", &reopen, &json!({}), false),
        ("auditor", "POST", "/api/v1/sources", &source, false),
        ("auditor", "POST", "/api/v1/users", &user, false),
        ("analyst", "POST", &comment, &text, true),
        ("analyst", "POST", &reopen, &json!({}), true),
        ("auditor", "POST", &close, &closing, false),
        ("analyst", "POST", &close, &closing, true),
        ("analyst", "POST", "/api/v1/sources", &source, false),
        ("analyst", "POST", "/api/v1/users", &user, false),
        ("engineer", "GET", "/api/v1/connections", &none, true),
        ("engineer", "POST", "/api/v1/sources", &source, true),
        ("engineer", "POST", "/api/v1/users", &user, false),
        ("admin", "POST", "/api/v1/users", &user, true),
        ("admin", "GET", "/api/v1/audit", &none, true),
    ];
    let cookies: Vec<(&str, String)> = ["auditor", "analyst", "engineer", "admin"]
        .into_iter()
        .map(|role| (role, sign_in(&ground, role)))
        .collect();
    for (role, method, path, body, allowed) in matrix {
        let cookie = &cookies.iter().find(|(known, _)| *known == role).unwrap().1;
        let reply = with_cookie(&ground, cookie, method, path, body, true);
        let expected = if allowed { 200..=299 } else { 403..=403 };
        assert!(
            expected.contains(&reply.status),
            "{role} {method} {path}: {} {}",
            reply.status,
            reply.text()
        );
    }
}

#[test]
fn a_change_with_a_cookie_needs_the_header_that_other_pages_cannot_send() {
    let ground = Ground::new();
    let case = ground.case_of("23.50.1.1")["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let cookie = sign_in(&ground, "analyst");
    let path = format!("/api/v1/cases/{case}/comments");
    let text = json!({"text": "seen"});
    let without = with_cookie(&ground, &cookie, "POST", &path, &text, false);
    assert_eq!(
        (without.status, without.json()["code"].as_str()),
        (403, Some("csrf"))
    );
    assert!(with_cookie(&ground, &cookie, "POST", &path, &text, true).status < 300);
    assert_eq!(
        with_cookie(
            &ground,
            &cookie,
            "GET",
            "/api/v1/cases",
            &Value::Null,
            false
        )
        .status,
        200
    );
    assert_eq!(
        with_cookie(
            &ground,
            &cookie,
            "DELETE",
            "/api/v1/session",
            &Value::Null,
            true
        )
        .status,
        204
    );
    assert_eq!(
        with_cookie(
            &ground,
            &cookie,
            "GET",
            "/api/v1/cases",
            &Value::Null,
            false
        )
        .status,
        401,
        "signed out"
    );
}

#[test]
fn without_the_right_token_nothing_is_taken_and_nothing_told() {
    let ground = Ground::new();
    let paths = [
        "/api/v1/cases",
        "/api/v1/alerts",
        "/api/v1/runs",
        "/api/v1/connections",
        "/api/v1/audit",
        "/api/v1/events",
        "/api/v1/doctor",
    ];
    for path in paths {
        assert_eq!(
            ground.updraft.bare("GET", path, &[], b"").status,
            401,
            "{path}"
        );
        assert_eq!(
            ground
                .updraft
                .bare("GET", path, &[("authorization", "Bearer upl_wrong")], b"")
                .status,
            401,
            "{path}"
        );
        let source = format!("Bearer {}", ground.source_token);
        assert_eq!(
            ground
                .updraft
                .bare("GET", path, &[("authorization", &source)], b"")
                .status,
            401,
            "{path} with a source's token"
        );
    }
    assert_eq!(
        ground
            .updraft
            .deliver("wrong", "text/plain", b"23.50.2.1")
            .status,
        401
    );
    assert_eq!(
        ground
            .updraft
            .bare("POST", "/api/v1/sources/tests/alerts", &[], b"23.50.2.1")
            .status,
        401
    );
    let other = ground
        .updraft
        .send("POST", "/api/v1/sources", &json!({"name": "other"}));
    let other = other.json()["token"].as_str().unwrap().to_owned();
    assert_eq!(
        ground
            .updraft
            .deliver(&other, "text/plain", b"23.50.2.1")
            .status,
        401,
        "another source's token"
    );
    let renewed = ground
        .updraft
        .send("POST", "/api/v1/sources/tests/token", &Value::Null);
    assert_eq!(renewed.status, 201);
    assert_eq!(
        ground
            .updraft
            .deliver(&ground.source_token, "text/plain", b"23.50.2.1")
            .status,
        401,
        "the old token"
    );
    assert!(ground.updraft.all("/api/v1/alerts").is_empty());
}
