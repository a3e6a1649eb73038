//! Accounts.

use axum::{
    Json,
    extract::{Path, State},
    http::StatusCode,
};
use serde::{Deserialize, Serialize};
use updraft_app::App;
use updraft_model::{Role, users::User};
use utoipa::ToSchema;

use super::{bad, id};
use crate::{
    auth::{UserReader, UserWriter},
    error::{Answer, Problem},
};

/// An account.
#[derive(Debug, Serialize, ToSchema)]
pub struct UserView {
    /// Its id.
    pub id: String,
    /// What the person signs in with.
    pub name: String,
    /// `auditor`, `analyst`, `engineer` or `admin`.
    pub role: String,
    /// False refuses to sign in.
    pub enabled: bool,
    /// True until the one-time password has been replaced.
    pub must_change_password: bool,
    /// When it was made.
    pub created_at: String,
}

/// A new account.
#[derive(Debug, Deserialize, ToSchema)]
pub struct NewUser {
    /// What the person signs in with.
    pub name: String,
    /// `auditor`, `analyst`, `engineer` or `admin`.
    pub role: String,
}

/// What to change; what is left out stays.
#[derive(Debug, Deserialize, ToSchema)]
pub struct UserEdit {
    /// The role.
    pub role: Option<String>,
    /// False refuses to sign in and ends every session.
    pub enabled: Option<bool>,
}

/// An account and its one-time password, shown this once.
#[derive(Debug, Serialize, ToSchema)]
pub struct UserWithPassword {
    /// The account.
    pub user: UserView,
    /// Its one-time password.
    pub one_time_password: String,
}

/// A one-time password, shown this once.
#[derive(Debug, Serialize, ToSchema)]
pub struct OneTimePassword {
    /// The password.
    pub one_time_password: String,
}

fn view(user: &User) -> UserView {
    UserView {
        id: user.id.to_string(),
        name: user.name.clone(),
        role: user.role.as_str().to_owned(),
        enabled: user.enabled,
        must_change_password: user.must_change_password,
        created_at: user.created_at.to_string(),
    }
}

fn role(word: &str) -> Answer<Role> {
    Role::from_word(word).ok_or_else(|| {
        bad(
            "user.role",
            format!("`{word}` is no role"),
            "auditor, analyst, engineer or admin",
        )
    })
}

/// All accounts.
#[utoipa::path(
    get, path = "/api/v1/users", tag = "users",
    responses((status = 200, body = Vec<UserView>)), security(("session" = []))
)]
pub async fn list(State(app): State<App>, caller: UserReader) -> Answer<Json<Vec<UserView>>> {
    Ok(Json(
        app.users(&caller.granted).await?.iter().map(view).collect(),
    ))
}

/// Make an account; its one-time password is answered once.
#[utoipa::path(
    post, path = "/api/v1/users", tag = "users", request_body = NewUser,
    responses((status = 201, body = UserWithPassword), (status = 400, body = Problem), (status = 409, body = Problem)),
    security(("session" = []))
)]
pub async fn create(
    State(app): State<App>,
    caller: UserWriter,
    Json(new): Json<NewUser>,
) -> Answer<(StatusCode, Json<UserWithPassword>)> {
    let (user, one_time_password) = app
        .create_user(&caller.granted, &new.name, role(&new.role)?)
        .await?;
    Ok((
        StatusCode::CREATED,
        Json(UserWithPassword {
            user: view(&user),
            one_time_password,
        }),
    ))
}

/// Change an account.
#[utoipa::path(
    patch, path = "/api/v1/users/{id}", tag = "users", params(("id" = String, Path)),
    request_body = UserEdit, responses((status = 200, body = UserView), (status = 404, body = Problem)),
    security(("session" = []))
)]
pub async fn change(
    State(app): State<App>,
    caller: UserWriter,
    Path(user): Path<String>,
    Json(edit): Json<UserEdit>,
) -> Answer<Json<UserView>> {
    let new_role = edit.role.as_deref().map(role).transpose()?;
    let user = app
        .change_user(&caller.granted, id(&user, "user")?, new_role, edit.enabled)
        .await?;
    Ok(Json(view(&user)))
}

/// A new one-time password; the account's sessions end.
#[utoipa::path(
    post, path = "/api/v1/users/{id}/password-reset", tag = "users", params(("id" = String, Path)),
    responses((status = 200, body = OneTimePassword), (status = 404, body = Problem)), security(("session" = []))
)]
pub async fn reset_password(
    State(app): State<App>,
    caller: UserWriter,
    Path(user): Path<String>,
) -> Answer<Json<OneTimePassword>> {
    let one_time_password = app
        .reset_password(&caller.granted, id(&user, "user")?)
        .await?;
    Ok(Json(OneTimePassword { one_time_password }))
}
