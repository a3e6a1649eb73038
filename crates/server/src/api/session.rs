//! Signing in and out.

use axum::{
    Json,
    extract::State,
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde::{Deserialize, Serialize};
use updraft_app::App;
use updraft_model::{Permission, access, users::User};
use utoipa::ToSchema;

use crate::{
    auth::{COOKIE, Caller},
    error::{Answer, Problem, Refusal},
};

/// Name and password.
#[derive(Deserialize, ToSchema)]
#[allow(missing_debug_implementations)]
pub struct SignIn {
    /// The account's name.
    pub name: String,
    /// Its password.
    pub password: String,
}

/// The present and the next password.
#[derive(Deserialize, ToSchema)]
#[allow(missing_debug_implementations)]
pub struct PasswordChange {
    /// The present one.
    pub current: String,
    /// The next one, at least 12 characters.
    pub new: String,
}

/// Who is signed in.
#[derive(Debug, Serialize, ToSchema)]
pub struct Me {
    /// The account's id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// `auditor`, `analyst`, `engineer` or `admin`.
    pub role: String,
    /// The tenant.
    pub tenant: String,
    /// True until the one-time password has been replaced; nothing else works before.
    pub must_change_password: bool,
    /// What the role may do.
    pub permissions: Vec<String>,
}

impl Me {
    fn of(user: &User) -> Self {
        let permissions = Permission::ALL
            .into_iter()
            .filter(|permission| access::allows(user.role, *permission))
            .filter_map(|permission| {
                serde_json::to_value(permission)
                    .ok()?
                    .as_str()
                    .map(str::to_owned)
            })
            .collect();
        Self {
            id: user.id.to_string(),
            name: user.name.clone(),
            role: user.role.as_str().to_owned(),
            tenant: user.tenant.to_string(),
            must_change_password: user.must_change_password,
            permissions,
        }
    }
}

/// Sign in: sets the session cookie.
#[utoipa::path(
    post, path = "/api/v1/session", tag = "session", request_body = SignIn,
    responses((status = 200, body = Me), (status = 401, body = Problem), (status = 429, body = Problem))
)]
pub async fn sign_in(
    State(app): State<App>,
    headers: HeaderMap,
    Json(given): Json<SignIn>,
) -> Answer<Response> {
    let opened = app.sign_in(&given.name, &given.password).await?;
    let secure = headers
        .get("x-forwarded-proto")
        .is_some_and(|proto| proto.as_bytes() == b"https")
        || app.config().public_url.starts_with("https://");
    let secure = if secure { "; Secure" } else { "" };
    let seconds = updraft_app::accounts::SESSION_MS / 1000;
    let cookie = format!(
        "{COOKIE}={}; Path=/; HttpOnly; SameSite=Strict; Max-Age={seconds}{secure}",
        opened.token
    );
    with_cookie(Json(Me::of(&opened.user)).into_response(), &cookie)
}

/// Who am I?
#[utoipa::path(
    get, path = "/api/v1/session", tag = "session",
    responses((status = 200, body = Me), (status = 401, body = Problem)), security(("session" = []))
)]
pub async fn me(caller: Caller) -> Json<Me> {
    Json(Me::of(&caller.user))
}

/// Sign out: ends the session and clears the cookie.
#[utoipa::path(
    delete, path = "/api/v1/session", tag = "session",
    responses((status = 204), (status = 401, body = Problem)), security(("session" = []))
)]
pub async fn sign_out(State(app): State<App>, caller: Caller) -> Answer<Response> {
    app.sign_out(&caller.user, &caller.token).await?;
    let cookie = format!("{COOKIE}=; Path=/; HttpOnly; SameSite=Strict; Max-Age=0");
    with_cookie(StatusCode::NO_CONTENT.into_response(), &cookie)
}

/// Replace one's own password; every session of the account ends.
#[utoipa::path(
    post, path = "/api/v1/session/password", tag = "session", request_body = PasswordChange,
    responses((status = 204), (status = 400, body = Problem), (status = 401, body = Problem)),
    security(("session" = []))
)]
pub async fn change_password(
    State(app): State<App>,
    caller: Caller,
    Json(change): Json<PasswordChange>,
) -> Answer<StatusCode> {
    app.change_password(&caller.user, &change.current, &change.new)
        .await?;
    Ok(StatusCode::NO_CONTENT)
}

fn with_cookie(mut response: Response, cookie: &str) -> Answer<Response> {
    let value = HeaderValue::from_str(cookie).map_err(|_| {
        Refusal::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "internal",
            "no cookie could be set",
            "",
        )
    })?;
    response.headers_mut().insert(header::SET_COOKIE, value);
    Ok(response)
}
