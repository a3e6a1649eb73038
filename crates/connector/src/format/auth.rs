//! `auth`: how a request proves who we are.

use super::{AUTH_ROOTS, INJECT, METHODS};
use crate::shape::{Object, Shape, Tagged, may, must};

/// `auth`.
pub static AUTH: Tagged = Tagged {
    title: "Auth",
    tag: "kind",
    variants: &[
        (
            "none",
            &Object {
                title: "none",
                summary: "Anybody may ask.",
                fields: &[],
            },
        ),
        ("header", &AUTH_HEADER),
        ("query", &AUTH_QUERY),
        ("basic", &AUTH_BASIC),
        ("bearer", &AUTH_BEARER),
        ("oauth2", &AUTH_OAUTH2),
        ("login", &AUTH_LOGIN),
        ("choice", &AUTH_CHOICE),
    ],
};

pub(super) static AUTH_HEADER: Object = Object {
    title: "header",
    summary: "One or several headers: `name` and `value`, or `headers`.",
    fields: &[
        may("name", Shape::HeaderName, "The header."),
        may(
            "value",
            Shape::Template(AUTH_ROOTS),
            "Its value: `Token {{ secret.key }}`.",
        ),
        may(
            "headers",
            Shape::Headers(&Shape::Template(AUTH_ROOTS)),
            "Several headers.",
        ),
    ],
};

pub(super) static AUTH_QUERY: Object = Object {
    title: "query",
    summary: "Query parameters; they are added after everything else and never stored.",
    fields: &[must(
        "params",
        Shape::Map(&Shape::Template(AUTH_ROOTS)),
        "Name to value.",
    )],
};

pub(super) static AUTH_BASIC: Object = Object {
    title: "basic",
    summary: "HTTP Basic.",
    fields: &[
        must("username", Shape::Template(AUTH_ROOTS), "User name."),
        must(
            "password",
            Shape::Template(AUTH_ROOTS),
            "Password or token.",
        ),
    ],
};

pub(super) static AUTH_BEARER: Object = Object {
    title: "bearer",
    summary: "`Authorization: Bearer …`.",
    fields: &[must("token", Shape::Template(AUTH_ROOTS), "The token.")],
};

pub(super) static AUTH_OAUTH2: Object = Object {
    title: "oauth2",
    summary: "A token is fetched, kept for its lifetime and sent as a bearer token.",
    fields: &[
        must(
            "grant",
            Shape::Word(&["client_credentials", "password"]),
            "Which grant.",
        ),
        must(
            "token_url",
            Shape::Template(AUTH_ROOTS),
            "Absolute, or a path after `base_url`.",
        ),
        may("client_id", Shape::Template(AUTH_ROOTS), "The client."),
        may("client_secret", Shape::Template(AUTH_ROOTS), "Its secret."),
        may(
            "username",
            Shape::Template(AUTH_ROOTS),
            "For the password grant.",
        ),
        may(
            "password",
            Shape::Template(AUTH_ROOTS),
            "For the password grant.",
        ),
        may(
            "scope",
            Shape::Template(AUTH_ROOTS),
            "Scopes, separated by spaces.",
        ),
        may(
            "params",
            Shape::Map(&Shape::Template(AUTH_ROOTS)),
            "Further form fields (`audience`, `resource`).",
        ),
        may(
            "client_auth",
            Shape::Word(&["body", "basic"]),
            "Where the client's secret goes; `body` unless said otherwise.",
        ),
        may(
            "base_url_from",
            Shape::Text,
            "The field of the token answer that holds the address for all requests.",
        ),
        may(
            "lifetime",
            Shape::Duration,
            "When the answer has no `expires_in`; 30m unless said otherwise.",
        ),
    ],
};

pub(super) static AUTH_LOGIN: Object = Object {
    title: "login",
    summary: "A login request, values captured from its answer, and where they go in every request.",
    fields: &[
        must("request", Shape::Object(&LOGIN_REQUEST), "The login."),
        must(
            "capture",
            Shape::Map(&Shape::Object(&CAPTURE)),
            "What to keep of the answer: name to place.",
        ),
        must(
            "inject",
            Shape::Object(&LOGIN_INJECT),
            "Where it goes; sees the captured names.",
        ),
        may(
            "lifetime",
            Shape::Duration,
            "How long a session is used; 15m unless said otherwise.",
        ),
        may(
            "relogin_on",
            Shape::List(&Shape::Integer(400, 599)),
            "Statuses after which to log in once more; [401] unless said otherwise.",
        ),
    ],
};

pub(super) static LOGIN_REQUEST: Object = Object {
    title: "Login request",
    summary: "Sees settings and secrets.",
    fields: &[
        may(
            "method",
            Shape::Word(METHODS),
            "POST unless said otherwise.",
        ),
        must(
            "path",
            Shape::Template(AUTH_ROOTS),
            "After `base_url`, or absolute.",
        ),
        may(
            "headers",
            Shape::Headers(&Shape::Template(AUTH_ROOTS)),
            "Headers.",
        ),
        may("body", Shape::Object(&LOGIN_BODY), "What is sent."),
        may(
            "auth",
            Shape::Object(&AUTH_BASIC),
            "HTTP Basic for the login itself.",
        ),
    ],
};

pub(super) static LOGIN_BODY: Object = Object {
    title: "Login body",
    summary: "One of the two.",
    fields: &[
        may("json", Shape::Json(AUTH_ROOTS), "A JSON document."),
        may("form", Shape::Map(&Shape::Template(AUTH_ROOTS)), "A form."),
    ],
};

pub(super) static CAPTURE: Object = Object {
    title: "Capture",
    summary: "One place of a login answer.",
    fields: &[
        may("header", Shape::HeaderName, "A response header."),
        may(
            "json",
            Shape::Condition(&["body", "status", "headers"]),
            "An expression: `body.token`.",
        ),
        may("cookie", Shape::Text, "A cookie's name."),
        may("text", Shape::Flag, "The whole body."),
    ],
};

pub(super) static LOGIN_INJECT: Object = Object {
    title: "Inject",
    summary: "Where the session goes.",
    fields: &[
        may(
            "headers",
            Shape::Headers(&Shape::Template(INJECT)),
            "Headers.",
        ),
        may(
            "query",
            Shape::Map(&Shape::Template(INJECT)),
            "Query parameters.",
        ),
    ],
};

pub(super) static AUTH_CHOICE: Object = Object {
    title: "choice",
    summary: "A setting decides.",
    fields: &[
        must(
            "setting",
            Shape::Name,
            "The setting; its `enum` holds the choices.",
        ),
        must(
            "choices",
            Shape::Map(&Shape::Tagged(&AUTH)),
            "Value of the setting to auth.",
        ),
    ],
};
