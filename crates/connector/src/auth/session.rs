//! Sessions: the request that opens one, what is kept of its answer, and for how long.

use std::{collections::BTreeMap, fmt};

use serde_json::{Map, Value};

use super::{Auth, ClientAuth, Credentials, Grant, Login, Oauth2, Place};
use crate::{
    encode,
    error::{CallError, ErrorCode},
    exchange::{Body, Request, Response, Transport},
    templates::{Text, fuel},
};

/// How long a token is used when its answer has no `expires_in`.
pub const TOKEN_LIFETIME_MS_DEFAULT: u64 = 30 * 60_000;
/// A token is renewed this long before it expires.
pub const TOKEN_MARGIN_MS: u64 = 30_000;
/// Longest captured value, in bytes.
pub const CAPTURED_BYTES_MAX: usize = 64 << 10;
const LOGIN_TIMEOUT_MS: u64 = 30_000;
const LOGIN_RESPONSE_BYTES_MAX: u64 = 1 << 20;

/// What a login gave. Prints without values.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Session {
    values: BTreeMap<String, String>,
    /// How long it may be used from now on, milliseconds.
    pub lifetime_ms: u64,
    /// The address for all requests, where the answer names one.
    pub base_url: Option<String>,
}

impl Session {
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.values.get(name).map(String::as_str)
    }
    pub(crate) fn values(&self) -> impl Iterator<Item = (&str, &str)> {
        self.values
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
    }
}

impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Session")
            .field(
                "values",
                &self
                    .values
                    .keys()
                    .map(|name| format!("{name}: ***"))
                    .collect::<Vec<_>>(),
            )
            .field("lifetime_ms", &self.lifetime_ms)
            .field("base_url", &self.base_url)
            .finish()
    }
}

/// A request that holds credentials: it can be sent, and neither printed nor stored.
#[derive(Clone)]
pub struct LoginRequest(Request);

impl LoginRequest {
    /// The request, for the socket only.
    pub fn expose(&self) -> &Request {
        &self.0
    }
}

impl fmt::Debug for LoginRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "LoginRequest({} ***)", self.0.method)
    }
}

/// The request that opens a session; `None` for kinds that need none.
pub fn login_request(
    auth: &Auth,
    settings: &Value,
    secret: &dyn Fn(&str) -> Option<String>,
    base_url: Option<&str>,
) -> Result<Option<LoginRequest>, CallError> {
    let scope = Credentials {
        settings,
        secret,
        session: None,
    };
    match auth.chosen(settings)? {
        Auth::Oauth2(spec) => oauth2(spec, &scope, base_url).map(Some),
        Auth::Login(login) => form_login(login, &scope, base_url).map(Some),
        _ => Ok(None),
    }
}

/// Statuses after which the session is opened once more.
pub fn relogin_on<'a>(auth: &'a Auth, settings: &Value) -> &'a [u16] {
    match auth.chosen(settings) {
        Ok(Auth::Login(login)) => &login.relogin_on,
        Ok(Auth::Oauth2(_)) => &[401],
        _ => &[],
    }
}

fn oauth2(
    spec: &Oauth2,
    scope: &Credentials<'_>,
    base_url: Option<&str>,
) -> Result<LoginRequest, CallError> {
    let grant = match spec.grant {
        Grant::ClientCredentials => "client_credentials",
        Grant::Password => "password",
    };
    let mut form = vec![("grant_type".to_owned(), grant.to_owned())];
    let mut headers = vec![("accept".to_owned(), "application/json".to_owned())];
    let mut add = |name: &str, value: &Option<Text>| -> Result<(), CallError> {
        if let Some(value) = value {
            let value = scope.text(value)?;
            if !value.is_empty() {
                form.push((name.to_owned(), value));
            }
        }
        Ok(())
    };
    match (spec.client_auth, &spec.client_id, &spec.client_secret) {
        (ClientAuth::Basic, Some(id), Some(secret)) => {
            let basic = super::Basic {
                username: id.clone(),
                password: secret.clone(),
            };
            headers.push(scope.basic(&basic)?);
        }
        (_, id, secret) => {
            add("client_id", id)?;
            add("client_secret", secret)?;
        }
    }
    add("username", &spec.username)?;
    add("password", &spec.password)?;
    add("scope", &spec.scope)?;
    for (name, value) in &spec.params {
        add(name, &Some(value.clone()))?;
    }
    let url = absolute(&scope.text(&spec.token_url)?, base_url)?;
    Ok(request("POST", url, headers, form_body(&form)))
}

fn form_login(
    login: &Login,
    scope: &Credentials<'_>,
    base_url: Option<&str>,
) -> Result<LoginRequest, CallError> {
    let spec = &login.request;
    let mut headers = Vec::new();
    for (name, value) in &spec.headers {
        headers.push(scope.header(name, value)?);
    }
    if let Some(basic) = &spec.auth {
        headers.push(scope.basic(basic)?);
    }
    let body = match &spec.body {
        None => Body::None,
        Some(body) => match &body.json {
            Some(json) => Body::Bytes {
                content_type: "application/json".into(),
                data: serde_json::to_vec(&scope.json(json)?).unwrap_or_default(),
            },
            None => {
                let mut form = Vec::new();
                for (name, value) in &body.form {
                    form.push((name.clone(), scope.text(value)?));
                }
                form_body(&form)
            }
        },
    };
    let url = absolute(&scope.text(&spec.path)?, base_url)?;
    Ok(request(&spec.method, url, headers, body))
}

fn request(method: &str, url: String, headers: Vec<(String, String)>, body: Body) -> LoginRequest {
    LoginRequest(Request {
        transport: Transport::Http,
        method: method.to_owned(),
        url,
        headers,
        body,
        timeout_ms: LOGIN_TIMEOUT_MS,
        response_bytes_max: LOGIN_RESPONSE_BYTES_MAX,
    })
}

fn form_body(form: &[(String, String)]) -> Body {
    Body::Bytes {
        content_type: "application/x-www-form-urlencoded".into(),
        data: encode::pairs(form).into_bytes(),
    }
}

fn absolute(url: &str, base_url: Option<&str>) -> Result<String, CallError> {
    if url.starts_with("https://") || url.starts_with("http://") {
        return Ok(url.to_owned());
    }
    match base_url {
        Some(base) => Ok(format!(
            "{}/{}",
            base.trim_end_matches('/'),
            url.trim_start_matches('/')
        )),
        None => Err(CallError::new(
            ErrorCode::Auth,
            "the login address needs a `base_url`",
        )),
    }
}

/// What is kept of a login answer.
pub fn capture(auth: &Auth, settings: &Value, response: &Response) -> Result<Session, CallError> {
    if !(200..400).contains(&response.status) {
        let code = match response.status {
            429 => ErrorCode::RateLimited,
            500.. => ErrorCode::Unavailable,
            _ => ErrorCode::Auth,
        };
        return Err(CallError::new(
            code,
            format!("the login was answered with status {}", response.status),
        )
        .hint("check the credentials of the connection"));
    }
    match auth.chosen(settings)? {
        Auth::Oauth2(spec) => oauth2_session(spec, response),
        Auth::Login(login) => login_session(login, response),
        _ => Ok(Session::default()),
    }
}

fn oauth2_session(spec: &Oauth2, response: &Response) -> Result<Session, CallError> {
    let body: Value = serde_json::from_slice(&response.body).unwrap_or_default();
    let text = |name: &str| body.get(name).and_then(Value::as_str).map(str::to_owned);
    let token = text("access_token")
        .filter(|token| !token.is_empty() && token.len() <= CAPTURED_BYTES_MAX)
        .ok_or_else(|| nothing("access_token"))?;
    let seconds = body.get("expires_in").and_then(|value| {
        value
            .as_u64()
            .or_else(|| value.as_str().and_then(|text| text.parse().ok()))
    });
    let lifetime = seconds
        .map(|seconds| seconds.saturating_mul(1_000))
        .or(spec.lifetime)
        .unwrap_or(TOKEN_LIFETIME_MS_DEFAULT);
    let base_url = match &spec.base_url_from {
        Some(field) => Some(text(field).ok_or_else(|| nothing(field))?),
        None => None,
    };
    Ok(Session {
        values: BTreeMap::from([("token".to_owned(), token)]),
        lifetime_ms: lifetime.saturating_sub(TOKEN_MARGIN_MS.min(lifetime / 2)),
        base_url,
    })
}

fn login_session(login: &Login, response: &Response) -> Result<Session, CallError> {
    let mut values = BTreeMap::new();
    for (name, place) in &login.capture {
        let value = pick(place, response)
            .filter(|value| !value.is_empty() && value.len() <= CAPTURED_BYTES_MAX)
            .ok_or_else(|| nothing(name))?;
        values.insert(name.clone(), value);
    }
    Ok(Session {
        values,
        lifetime_ms: login.lifetime,
        base_url: None,
    })
}

fn pick(place: &Place, response: &Response) -> Option<String> {
    if let Some(header) = &place.header {
        return response
            .header(&header.to_ascii_lowercase())
            .map(str::to_owned);
    }
    if let Some(cookie) = &place.cookie {
        return response
            .headers
            .iter()
            .filter(|(name, _)| name == "set-cookie")
            .find_map(|(_, value)| {
                let pair = value.split(';').next()?;
                let (name, value) = pair.split_once('=')?;
                (name.trim() == cookie).then(|| value.trim().to_owned())
            });
    }
    if let Some(expr) = &place.json {
        let mut scope = Map::new();
        scope.insert("body".into(), serde_json::from_slice(&response.body).ok()?);
        scope.insert("status".into(), response.status.into());
        scope.insert("headers".into(), encode::headers_value(&response.headers));
        let value = expr.0.eval(&scope, &mut fuel()).ok()?;
        return Some(crate::values::plain(&value));
    }
    place
        .text
        .then(|| String::from_utf8_lossy(&response.body).trim().to_owned())
}

fn nothing(name: &str) -> CallError {
    CallError::new(ErrorCode::Auth, format!("the login answer has no `{name}`"))
        .hint("check the credentials of the connection")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn oauth2_asks_for_a_token_and_keeps_it_for_its_lifetime() {
        let auth: Auth = serde_json::from_value(json!({
            "kind": "oauth2", "grant": "client_credentials", "token_url": "/oauth2/token",
            "client_id": "{{ settings.client }}", "client_secret": "{{ secret.s }}", "base_url_from": "instance_url",
        }))
        .unwrap();
        let settings = json!({"client": "c&1"});
        let secret = |_: &str| Some("geheim".to_owned());
        let login = login_request(&auth, &settings, &secret, Some("https://x.example"))
            .unwrap()
            .unwrap();
        assert_eq!(login.expose().url, "https://x.example/oauth2/token");
        assert_eq!(
            login.expose().body,
            form_body(&[
                ("grant_type".into(), "client_credentials".into()),
                ("client_id".into(), "c&1".into()),
                ("client_secret".into(), "geheim".into())
            ])
        );
        assert!(!format!("{login:?}").contains("geheim"));
        let answer =
            br#"{"access_token":"tok","expires_in":"3600","instance_url":"https://na1.example"}"#;
        let session = capture(&auth, &settings, &Response::new(200, answer.to_vec())).unwrap();
        assert_eq!(session.lifetime_ms, 3_570_000);
        assert_eq!(session.base_url.as_deref(), Some("https://na1.example"));
        assert!(!format!("{session:?}").contains("tok,"));
        let applied = super::super::apply(&auth, &settings, &secret, Some(&session)).unwrap();
        assert_eq!(applied.headers[0].1, "Bearer tok");
    }

    #[test]
    fn a_login_captures_header_cookie_json_and_text() {
        let auth: Auth = serde_json::from_value(json!({
            "kind": "login",
            "request": {"path": "/login", "auth": {"username": "u", "password": "{{ secret.p }}"}},
            "capture": {"a": {"header": "X-Token"}, "b": {"cookie": "JSESSIONID"}, "c": {"json": "body.t"}},
            "inject": {"headers": {"X-Token": "{{ a }}", "Cookie": "JSESSIONID={{ b }}; c={{ c }}"}},
        }))
        .unwrap();
        let mut response = Response::new(200, br#"{"t": 5}"#.to_vec());
        response.headers = vec![
            ("x-token".into(), "T".into()),
            ("set-cookie".into(), "JSESSIONID=J; Path=/".into()),
        ];
        let session = capture(&auth, &json!({}), &response).unwrap();
        let applied = super::super::apply(&auth, &json!({}), &|_| None, Some(&session)).unwrap();
        assert!(
            applied
                .headers
                .contains(&("cookie".into(), "JSESSIONID=J; c=5".into()))
        );
        let error = capture(&auth, &json!({}), &Response::new(401, Vec::new())).unwrap_err();
        assert_eq!(error.code, ErrorCode::Auth);
    }
}
