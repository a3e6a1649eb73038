//! Accounts: one-time passwords, roles, and that somebody always may administer.

use axum::http::Method;
use serde_json::{Value, json};
use updraft_model::{Role, TenantId};

use crate::rig::{Person, Rig, ask};

async fn first_admin_id(rig: &Rig, admin: &Person) -> String {
    let users = rig.get(admin, "/api/v1/users").await.expect(200);
    let of_setup = |user: &&Value| user["name"] == "admin";
    let found = users.as_array().unwrap().iter().find(of_setup).unwrap();
    found["id"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn an_account_is_made_with_a_password_that_is_shown_once() {
    let rig = Rig::new().await;
    let admin = rig.person(Role::Admin).await;
    let ada = json!({"name": "Ada@Example.com", "role": "analyst"});
    let made = rig
        .post(&admin, "/api/v1/users", ada.clone())
        .await
        .expect(201);
    let password = made["one_time_password"].as_str().unwrap();
    assert_eq!(made["user"]["name"], "ada@example.com");
    assert_eq!(made["user"]["must_change_password"], true);
    let list = rig.get(&admin, "/api/v1/users").await.expect(200);
    assert!(!list.to_string().contains(password));
    assert!(!list.to_string().contains("argon2"));
    rig.post(&admin, "/api/v1/users", ada)
        .await
        .refused_with_hint(409, "conflict");
    for (name, role, code) in [
        ("", "analyst", "user.name"),
        ("two words", "analyst", "user.name"),
        ("bob", "boss", "user.role"),
    ] {
        let body = json!({"name": name, "role": role});
        rig.post(&admin, "/api/v1/users", body)
            .await
            .refused_with_hint(400, code);
    }
    let sign_in = json!({"name": "ada@example.com", "password": password});
    let request = ask(Method::POST, "/api/v1/session", None, Some(sign_in));
    let me = rig.send(request).await.expect(200);
    assert_eq!(me["role"], "analyst");
    let path = format!(
        "/api/v1/users/{}/password-reset",
        me["id"].as_str().unwrap()
    );
    let reset = rig.post(&admin, &path, json!(null)).await.expect(200);
    assert_ne!(reset["one_time_password"], password);
    assert_eq!(
        rig.audited(TenantId::DEFAULT).await,
        [
            "user.password_reset",
            "session.open",
            "user.create",
            "user.create"
        ]
    );
}

#[tokio::test]
async fn an_account_that_is_switched_off_is_out_at_once() {
    let rig = Rig::new().await;
    let admin = rig.person(Role::Admin).await;
    let analyst = rig.person(Role::Analyst).await;
    rig.get(&analyst, "/api/v1/cases").await.expect(200);
    let path = format!("/api/v1/users/{}", analyst.id);
    let change = |body| rig.call(&admin, Method::PATCH, &path, body);
    let off = change(json!({"enabled": false})).await.expect(200);
    assert_eq!(off["enabled"], false);
    rig.get(&analyst, "/api/v1/cases")
        .await
        .refused(401, "unauthenticated");
    change(json!({"enabled": true, "role": "auditor"}))
        .await
        .expect(200);
    // The old session does not come back to life.
    rig.get(&analyst, "/api/v1/cases")
        .await
        .refused(401, "unauthenticated");
    let token = rig.session(&analyst).await;
    let request = ask(Method::GET, "/api/v1/session", Some(&token), None);
    assert_eq!(rig.send(request).await.expect(200)["role"], "auditor");
    change(json!({"role": "boss"}))
        .await
        .refused_with_hint(400, "user.role");
    rig.call(&admin, Method::PATCH, "/api/v1/users/nobody", json!({}))
        .await
        .refused(404, "not_found");
}

#[tokio::test]
async fn the_last_administrator_stays() {
    let rig = Rig::new().await;
    let admin = rig.person(Role::Admin).await;
    let first = first_admin_id(&rig, &admin).await;
    let path = format!("/api/v1/users/{first}");
    rig.call(&admin, Method::PATCH, &path, json!({"enabled": false}))
        .await
        .expect(200);
    let own = format!("/api/v1/users/{}", admin.id);
    for change in [json!({"role": "engineer"}), json!({"enabled": false})] {
        rig.call(&admin, Method::PATCH, &own, change)
            .await
            .refused_with_hint(400, "user.last_admin");
    }
}

#[tokio::test]
async fn two_administrators_who_demote_each_other_leave_one() {
    let rig = Rig::new().await;
    let admin = rig.person(Role::Admin).await;
    let first = first_admin_id(&rig, &admin).await;
    let (own, other) = (
        format!("/api/v1/users/{}", admin.id),
        format!("/api/v1/users/{first}"),
    );
    let demote = |path| rig.call(&admin, Method::PATCH, path, json!({"enabled": false}));
    let (one, two) = tokio::join!(demote(&own), demote(&other));
    let done = [one.status.as_u16(), two.status.as_u16()];
    assert_eq!(
        done.iter().filter(|status| **status == 200).count(),
        1,
        "{done:?}"
    );
}

#[tokio::test]
async fn of_two_accounts_of_one_name_made_at_once_one_is_made() {
    let rig = Rig::new().await;
    let admin = rig.person(Role::Admin).await;
    let ada = json!({"name": "ada", "role": "analyst"});
    let make = || rig.post(&admin, "/api/v1/users", ada.clone());
    let (one, two) = tokio::join!(make(), make());
    let mut done = [one.status.as_u16(), two.status.as_u16()];
    done.sort_unstable();
    assert_eq!(done, [201, 409]);
}
