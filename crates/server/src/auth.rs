//! Who is asking, and whether they may: every handler of the API takes an [`Allowed`] with its permission.
//!
//! A browser brings a cookie; then a request that changes something must also bring the header
//! `X-Updraft-Csrf`, which a page of another origin cannot send without being asked first.

use axum::{
    extract::FromRequestParts,
    http::{HeaderMap, Method, StatusCode, header, request::Parts},
};
use updraft_app::App;
use updraft_model::{Granted, Permission, Principal, access, users::User};

use crate::error::Refusal;

/// The name of the session cookie.
pub const COOKIE: &str = "updraft_session";
/// The header that a state-changing request with a cookie must carry.
pub const CSRF_HEADER: &str = "x-updraft-csrf";

/// Somebody who was authenticated.
#[derive(Debug)]
pub struct Caller {
    /// Who they are.
    pub principal: Principal,
    /// Their account.
    pub user: User,
    /// The token they came with, to end the session by.
    pub token: String,
}

impl FromRequestParts<App> for Caller {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Refusal> {
        let (token, from_cookie) = token_of(&parts.headers).ok_or_else(|| {
            Refusal::new(
                StatusCode::UNAUTHORIZED,
                "unauthenticated",
                "sign in first",
                "",
            )
        })?;
        let reads = matches!(parts.method, Method::GET | Method::HEAD | Method::OPTIONS);
        if from_cookie && !reads && !parts.headers.contains_key(CSRF_HEADER) {
            return Err(Refusal::new(
                StatusCode::FORBIDDEN,
                "csrf",
                "a request that changes something must carry the header X-Updraft-Csrf",
                "send `X-Updraft-Csrf: 1`, or use a bearer token instead of the cookie",
            ));
        }
        let (principal, user) = app.authenticate(&token).await?;
        Ok(Self {
            principal,
            user,
            token,
        })
    }
}

/// A bearer token, or the session cookie (then the flag is true).
fn token_of(headers: &HeaderMap) -> Option<(String, bool)> {
    if let Some(token) = bearer(headers) {
        return Some((token.to_owned(), false));
    }
    let cookies = headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok());
    cookies
        .flat_map(|line| line.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(name, _)| *name == COOKIE)
        .map(|(_, value)| (value.to_owned(), true))
}

/// The refusal of an account that has not replaced its one-time password yet.
pub fn one_time() -> Refusal {
    Refusal::new(
        StatusCode::FORBIDDEN,
        "password.one_time",
        "the one-time password must be replaced first",
        "POST /api/v1/session/password",
    )
}

/// The bearer token of a request.
pub fn bearer(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

/// Somebody who may do one thing. The number is the permission's place in [`Permission::ALL`].
#[derive(Debug)]
pub struct Allowed<const PERMISSION: usize> {
    /// The proof that `app` and the store ask for.
    pub granted: Granted,
    /// Their account.
    pub user: User,
}

/// May see cases.
pub type CaseReader = Allowed<0>;
/// May change cases.
pub type CaseWriter = Allowed<1>;
/// May see the configuration.
pub type ConfigReader = Allowed<3>;
/// May change the configuration.
pub type ConfigWriter = Allowed<4>;
/// May see accounts.
pub type UserReader = Allowed<5>;
/// May change accounts.
pub type UserWriter = Allowed<6>;
/// May read the audit record.
pub type AuditReader = Allowed<7>;

impl<const PERMISSION: usize> FromRequestParts<App> for Allowed<PERMISSION> {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Refusal> {
        let caller = Caller::from_request_parts(parts, app).await?;
        if caller.user.must_change_password {
            return Err(one_time());
        }
        let permission = Permission::ALL[PERMISSION];
        let granted = access::authorize(&caller.principal, permission)
            .map_err(|denied| Refusal::from(updraft_app::Error::from(denied)))?;
        Ok(Self {
            granted,
            user: caller.user,
        })
    }
}
