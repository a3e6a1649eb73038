//! How a request proves who we are.
//!
//! The manifest describes it as data ([`Auth`]). The owner of the socket calls [`apply`] with the connection's
//! secrets and gets headers and query parameters to add; the request that is stored never has them.
//! Kinds that need a session (`oauth2`, `login`) say so through [`login_request`]; the answer goes through
//! [`capture`], and the [`Session`] is kept for its lifetime. Nothing here does I/O, and everything that
//! holds a credential prints as `***`.

mod session;

use std::{collections::BTreeMap, fmt};

use base64::{Engine, engine::general_purpose::STANDARD};
use serde::Deserialize;
use serde_json::{Map, Value};

pub use session::{LoginRequest, Session, capture, login_request, relogin_on};

use crate::{
    error::{CallError, ErrorCode},
    manifest::{duration, duration_option},
    templates::{Condition, Json, Text, fuel},
};

/// How a request proves who we are, as the manifest says it.
#[derive(Debug, Clone, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Auth {
    /// Anybody may ask.
    None,
    /// Headers.
    Header(Headers),
    /// Query parameters.
    Query(Query),
    /// HTTP Basic.
    Basic(Basic),
    /// A bearer token.
    Bearer(Bearer),
    /// OAuth 2.
    Oauth2(Box<Oauth2>),
    /// A login request and what it gives.
    Login(Box<Login>),
    /// A setting decides.
    Choice(Choice),
}

/// `kind: header`.
#[derive(Debug, Clone, Deserialize)]
pub struct Headers {
    #[serde(default)]
    pub(crate) name: Option<String>,
    #[serde(default)]
    pub(crate) value: Option<Text>,
    #[serde(default)]
    pub(crate) headers: BTreeMap<String, Text>,
}

/// `kind: query`.
#[derive(Debug, Clone, Deserialize)]
pub struct Query {
    pub(crate) params: BTreeMap<String, Text>,
}

/// `kind: basic`.
#[derive(Debug, Clone, Deserialize)]
pub struct Basic {
    pub(crate) username: Text,
    pub(crate) password: Text,
}

/// `kind: bearer`.
#[derive(Debug, Clone, Deserialize)]
pub struct Bearer {
    pub(crate) token: Text,
}

/// `kind: oauth2`.
#[derive(Debug, Clone, Deserialize)]
pub struct Oauth2 {
    pub(crate) grant: Grant,
    pub(crate) token_url: Text,
    #[serde(default)]
    pub(crate) client_id: Option<Text>,
    #[serde(default)]
    pub(crate) client_secret: Option<Text>,
    #[serde(default)]
    pub(crate) username: Option<Text>,
    #[serde(default)]
    pub(crate) password: Option<Text>,
    #[serde(default)]
    pub(crate) scope: Option<Text>,
    #[serde(default)]
    pub(crate) params: BTreeMap<String, Text>,
    #[serde(default)]
    pub(crate) client_auth: ClientAuth,
    #[serde(default)]
    pub(crate) base_url_from: Option<String>,
    #[serde(default, deserialize_with = "duration_option")]
    pub(crate) lifetime: Option<u64>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Grant {
    ClientCredentials,
    Password,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum ClientAuth {
    #[default]
    Body,
    Basic,
}

/// `kind: login`.
#[derive(Debug, Clone, Deserialize)]
pub struct Login {
    pub(crate) request: LoginSpec,
    pub(crate) capture: BTreeMap<String, Place>,
    pub(crate) inject: Inject,
    #[serde(default = "lifetime_default", deserialize_with = "duration")]
    pub(crate) lifetime: u64,
    #[serde(default = "relogin_default")]
    pub(crate) relogin_on: Vec<u16>,
}

#[derive(Debug, Clone, Deserialize)]
pub(crate) struct LoginSpec {
    #[serde(default = "post")]
    pub method: String,
    pub path: Text,
    #[serde(default)]
    pub headers: BTreeMap<String, Text>,
    #[serde(default)]
    pub body: Option<LoginBody>,
    #[serde(default)]
    pub auth: Option<Basic>,
}

#[derive(Debug, Clone, Deserialize)]
pub(crate) struct LoginBody {
    #[serde(default)]
    pub json: Option<Json>,
    #[serde(default)]
    pub form: BTreeMap<String, Text>,
}

#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Place {
    #[serde(default)]
    pub header: Option<String>,
    #[serde(default)]
    pub json: Option<Condition>,
    #[serde(default)]
    pub cookie: Option<String>,
    #[serde(default)]
    pub text: bool,
}

#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Inject {
    #[serde(default)]
    pub headers: BTreeMap<String, Text>,
    #[serde(default)]
    pub query: BTreeMap<String, Text>,
}

/// `kind: choice`.
#[derive(Debug, Clone, Deserialize)]
pub struct Choice {
    pub(crate) setting: String,
    pub(crate) choices: BTreeMap<String, Auth>,
}

impl Auth {
    /// The kind that these settings choose.
    pub fn chosen(&self, settings: &Value) -> Result<&Auth, CallError> {
        let mut auth = self;
        while let Auth::Choice(choice) = auth {
            let value = settings
                .get(&choice.setting)
                .map(crate::values::plain)
                .unwrap_or_default();
            auth = choice.choices.get(&value).ok_or_else(|| {
                CallError::new(
                    ErrorCode::Auth,
                    format!("the setting `{}` chooses no way to sign in", choice.setting),
                )
                .hint(format!(
                    "one of {}",
                    choice
                        .choices
                        .keys()
                        .cloned()
                        .collect::<Vec<_>>()
                        .join(", ")
                ))
            })?;
        }
        Ok(auth)
    }
    /// True when a session must be opened before the first request.
    pub fn needs_session(&self, settings: &Value) -> bool {
        matches!(self.chosen(settings), Ok(Auth::Oauth2(_) | Auth::Login(_)))
    }
}

/// What to add to a request. Prints without values.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Applied {
    /// Lower-case names.
    pub headers: Vec<(String, String)>,
    /// Decoded names and values.
    pub query: Vec<(String, String)>,
}

impl fmt::Debug for Applied {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = |list: &[(String, String)]| -> Vec<String> {
            list.iter()
                .map(|(name, _)| format!("{name}: ***"))
                .collect()
        };
        f.debug_struct("Applied")
            .field("headers", &names(&self.headers))
            .field("query", &names(&self.query))
            .finish()
    }
}

/// The headers and query parameters that prove who we are.
pub fn apply(
    auth: &Auth,
    settings: &Value,
    secret: &dyn Fn(&str) -> Option<String>,
    session: Option<&Session>,
) -> Result<Applied, CallError> {
    let scope = Credentials {
        settings,
        secret,
        session,
    };
    let mut applied = Applied::default();
    match auth.chosen(settings)? {
        Auth::None | Auth::Choice(_) => {}
        Auth::Header(spec) => {
            if let (Some(name), Some(value)) = (&spec.name, &spec.value) {
                applied.headers.push(scope.header(name, value)?);
            }
            for (name, value) in &spec.headers {
                applied.headers.push(scope.header(name, value)?);
            }
        }
        Auth::Query(spec) => {
            for (name, value) in &spec.params {
                applied.query.push((name.clone(), scope.text(value)?));
            }
        }
        Auth::Basic(spec) => applied.headers.push(scope.basic(spec)?),
        Auth::Bearer(spec) => applied.headers.push(bearer(&scope.text(&spec.token)?)?),
        Auth::Oauth2(_) => applied.headers.push(bearer(
            session
                .and_then(|session| session.get("token"))
                .ok_or_else(no_session)?,
        )?),
        Auth::Login(login) => {
            session.ok_or_else(no_session)?;
            for (name, value) in &login.inject.headers {
                applied.headers.push(scope.header(name, value)?);
            }
            for (name, value) in &login.inject.query {
                applied.query.push((name.clone(), scope.text(value)?));
            }
        }
    }
    Ok(applied)
}

fn no_session() -> CallError {
    CallError::new(ErrorCode::Auth, "there is no session with the product")
}

fn bearer(token: &str) -> Result<(String, String), CallError> {
    Ok((
        "authorization".into(),
        clean("authorization", format!("Bearer {token}"))?,
    ))
}

/// What templates of `auth` see.
pub(crate) struct Credentials<'a> {
    pub settings: &'a Value,
    pub secret: &'a dyn Fn(&str) -> Option<String>,
    pub session: Option<&'a Session>,
}

impl Credentials<'_> {
    /// Only the secrets that the template names are read.
    fn scope(&self, names: &[String]) -> Map<String, Value> {
        let secrets: Map<String, Value> = names
            .iter()
            .filter_map(|name| (self.secret)(name).map(|value| (name.clone(), value.into())))
            .collect();
        let mut scope = Map::new();
        if let Some(session) = self.session {
            for (name, value) in session.values() {
                scope.insert(name.to_owned(), value.into());
            }
        }
        scope.insert("settings".into(), self.settings.clone());
        scope.insert("secret".into(), Value::Object(secrets));
        scope
    }

    /// The text of a template.
    pub fn text(&self, template: &Text) -> Result<String, CallError> {
        let scope = self.scope(&template.secrets);
        for name in &template.secrets {
            let known = scope.get("secret").and_then(|secrets| secrets.get(name));
            if known.is_none() && !template.guards_secret(name) {
                return Err(CallError::new(
                    ErrorCode::Auth,
                    format!("the connection has no secret `{name}`"),
                )
                .hint("set it in the connection"));
            }
        }
        template
            .text(&scope, &mut fuel())
            .map_err(|error| fault(&error))
    }

    /// A JSON document of a login.
    pub fn json(&self, template: &Json) -> Result<Value, CallError> {
        let scope = self.scope(&template.secrets());
        template
            .eval(&scope, &mut fuel())
            .map_err(|(_, error)| fault(&error))
    }

    pub fn header(&self, name: &str, value: &Text) -> Result<(String, String), CallError> {
        let name = name.to_ascii_lowercase();
        let value = clean(&name, self.text(value)?)?;
        Ok((name, value))
    }

    pub fn basic(&self, spec: &Basic) -> Result<(String, String), CallError> {
        let pair = format!(
            "{}:{}",
            self.text(&spec.username)?,
            self.text(&spec.password)?
        );
        Ok((
            "authorization".into(),
            format!("Basic {}", STANDARD.encode(pair)),
        ))
    }
}

/// An expression error never quotes a value, so its message is safe to pass on.
fn fault(error: &updraft_expr::Error) -> CallError {
    CallError::new(
        ErrorCode::Auth,
        format!("the credentials cannot be put together: {}", error.message),
    )
    .hint("check the settings and secrets of the connection")
}

/// A header value without the characters that would start another header.
pub(crate) fn clean(name: &str, value: String) -> Result<String, CallError> {
    if value.bytes().any(|b| matches!(b, b'\r' | b'\n' | 0)) {
        return Err(CallError::new(
            ErrorCode::InvalidInput,
            format!("the value for the header `{name}` has a line break or a NUL character"),
        )
        .hint("remove it; a secret is often pasted with a trailing line break"));
    }
    Ok(value)
}

fn lifetime_default() -> u64 {
    15 * 60_000
}
fn relogin_default() -> Vec<u16> {
    vec![401]
}
fn post() -> String {
    "POST".into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn auth(document: Value) -> Auth {
        serde_json::from_value(document).unwrap()
    }
    fn secrets(name: &str) -> Option<String> {
        (name == "key").then(|| "s3cr3t".to_owned())
    }

    #[test]
    fn credentials_go_where_the_manifest_says_and_print_as_stars() {
        let header =
            auth(json!({"kind": "header", "name": "X-Key", "value": "Token {{ secret.key }}"}));
        let applied = apply(&header, &json!({}), &secrets, None).unwrap();
        assert_eq!(
            applied.headers,
            [("x-key".to_owned(), "Token s3cr3t".to_owned())]
        );
        assert!(!format!("{applied:?}").contains("s3cr3t"));
        let query = auth(json!({"kind": "query", "params": {"k": "{{ secret.key }}"}}));
        let applied = apply(&query, &json!({}), &secrets, None).unwrap();
        assert_eq!(applied.query, [("k".to_owned(), "s3cr3t".to_owned())]);
        let basic = auth(
            json!({"kind": "basic", "username": "{{ settings.user }}", "password": "{{ secret.key }}"}),
        );
        let applied = apply(&basic, &json!({"user": "me"}), &secrets, None).unwrap();
        assert_eq!(applied.headers[0].1, "Basic bWU6czNjcjN0");
    }

    #[test]
    fn a_missing_secret_or_a_line_break_is_an_error_that_names_it() {
        let missing = auth(json!({"kind": "bearer", "token": "{{ secret.nope }}"}));
        let error = apply(&missing, &json!({}), &secrets, None).unwrap_err();
        assert_eq!(
            (error.code, error.message.as_str()),
            (ErrorCode::Auth, "the connection has no secret `nope`")
        );
        let bearer = auth(json!({"kind": "bearer", "token": "{{ secret.key }}"}));
        let broken = |_: &str| Some("a\r\nb".to_owned());
        assert_eq!(
            apply(&bearer, &json!({}), &broken, None).unwrap_err().code,
            ErrorCode::InvalidInput
        );
    }

    #[test]
    fn an_optional_secret_may_be_absent_when_the_template_says_what_then() {
        let optional = auth(
            json!({"kind": "header", "name": "x", "value": "{{ secret.nope ?? 'anonymous' }}"}),
        );
        let applied = apply(&optional, &json!({}), &secrets, None).unwrap();
        assert_eq!(applied.headers[0].1, "anonymous");
    }

    #[test]
    fn a_setting_chooses() {
        let choice = auth(
            json!({"kind": "choice", "setting": "deployment", "choices": {
            "cloud": {"kind": "basic", "username": "a", "password": "b"},
            "server": {"kind": "bearer", "token": "{{ secret.key }}"}}}),
        );
        let applied = apply(&choice, &json!({"deployment": "server"}), &secrets, None).unwrap();
        assert_eq!(applied.headers[0].1, "Bearer s3cr3t");
        assert_eq!(
            apply(&choice, &json!({}), &secrets, None).unwrap_err().code,
            ErrorCode::Auth
        );
    }
}
