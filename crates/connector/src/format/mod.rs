//! Connector format 1: every field of `connector.yaml`, `actions/*.yaml` and `samples/*/*.yaml`.

use crate::shape::{Object, Roots, Shape, may, must};

mod action;
mod auth;
mod exchange;
mod pages;
mod sample;

pub use action::ACTION;
pub use auth::AUTH;
pub use pages::PAGINATE;
pub use sample::SAMPLE;

/// The version of the format that this crate reads.
pub const FORMAT: i64 = 1;

const SETTINGS: Roots = &["settings"];

const AUTH_ROOTS: Roots = &["settings", "secret"];

/// `inject` of a login sees what was captured as well; the check adds those names.
const INJECT: Roots = &["settings", "secret"];

const REQUEST_ROOTS: Roots = &["input", "settings", "captured", "idempotency_key"];

const RESPONSE_ROOTS: Roots = &[
    "input",
    "settings",
    "captured",
    "idempotency_key",
    "status",
    "headers",
    "body",
    "text",
    "items",
];

const VERDICT_ROOTS: Roots = &[
    "input",
    "settings",
    "captured",
    "idempotency_key",
    "status",
    "headers",
    "body",
    "text",
    "items",
    "output",
];

const AFTER_ROOTS: Roots = &["input", "settings", "output", "captured"];

const FIND_ROOTS: Roots = &["input", "settings", "idempotency_key"];

const ERROR_CODES: &[&str] = &[
    "auth",
    "forbidden",
    "rate_limited",
    "quota",
    "invalid_input",
    "not_found",
    "conflict",
    "unavailable",
    "malformed",
    "timeout",
    "refused",
    "failed",
];

/// The types of inputs, settings and outputs.
pub const TYPES: &[&str] = &[
    "string", "integer", "number", "boolean", "ip", "ipv4", "ipv6", "domain", "url", "email",
    "hash", "file", "list", "object", "any",
];

/// The areas a product may belong to.
pub const CATEGORIES: &[&str] = &[
    "threat_intelligence",
    "sandbox",
    "ticketing",
    "siem",
    "edr",
    "firewall",
    "messaging",
    "email",
    "identity",
    "cloud",
    "network",
    "vulnerability",
    "asset",
    "registry",
    "other",
];

/// The kinds of thing an action acts on.
pub const THINGS: &[&str] = &[
    "ip", "domain", "url", "file", "hash", "email", "host", "user", "ticket", "mail", "cve",
    "alert", "message", "rule", "device", "other",
];

/// The effect classes, from harmless to final.
pub const EFFECTS: &[&str] = &[
    "read",
    "notify",
    "write",
    "contain_reversible",
    "irreversible",
];

const METHODS: &[&str] = &["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD"];

const GRADES: &[&str] = &["A", "B", "C", "D", "E", "F"];

const DECODERS: &[&str] = &["json", "text", "xml", "ndjson", "none", "binary"];

const LEVELS: &[&str] = &["unknown", "benign", "suspicious", "malicious"];

const TLP: &[&str] = &["clear", "green", "amber", "amber_strict", "red"];

/// `connector.yaml`.
pub static CONNECTOR: Object = Object {
    title: "connector.yaml",
    summary: "One product: who it is, how to reach it, how to prove who we are.",
    fields: &[
        must(
            "format",
            Shape::Integer(FORMAT, FORMAT),
            "Version of this format: 1.",
        ),
        must("id", Shape::Name, "Stable identifier, the folder's name."),
        must("name", Shape::Text, "The product's name as people know it."),
        may("vendor", Shape::Text, "Who makes it."),
        must(
            "category",
            Shape::Word(CATEGORIES),
            "The area it belongs to.",
        ),
        must("summary", Shape::Text, "One sentence: what it is good for."),
        may("description", Shape::Text, "More, in Markdown."),
        may("website", Shape::Text, "Where to read on."),
        may(
            "transport",
            Shape::Word(&["http", "whois"]),
            "How bytes travel; `http` unless said otherwise.",
        ),
        may(
            "base_url",
            Shape::Template(SETTINGS),
            "Start of every request's address; may hold `{{ settings.x }}`.",
        ),
        may(
            "allowed_hosts",
            Shape::List(&Shape::Template(SETTINGS)),
            "Further hosts that requests and redirects may reach; `*.example.com` covers sub-domains. The host of `base_url` is always allowed.",
        ),
        may(
            "headers",
            Shape::Headers(&Shape::Template(SETTINGS)),
            "Headers of every request.",
        ),
        may(
            "settings",
            Shape::Map(&Shape::Object(&VALUE)),
            "Configuration of a connection that is not secret.",
        ),
        may(
            "secrets",
            Shape::Map(&Shape::Object(&SECRET)),
            "Credentials of a connection; visible in `auth` only.",
        ),
        must(
            "auth",
            Shape::Tagged(&AUTH),
            "How a request proves who we are.",
        ),
        may(
            "limits",
            Shape::Object(&LIMITS),
            "How fast the product may be asked.",
        ),
        may(
            "timeout",
            Shape::Duration,
            "For one exchange; 30s unless said otherwise.",
        ),
        may(
            "response_bytes_max",
            Shape::Size,
            "A longer answer is an error; 8MiB unless said otherwise.",
        ),
        may(
            "reliability",
            Shape::Word(GRADES),
            "Admiralty grade of a new connection; C unless said otherwise.",
        ),
        may(
            "max_tlp",
            Shape::Word(TLP),
            "The most restricted information that may be sent there.",
        ),
        may(
            "ping",
            Shape::Object(&PING),
            "The call that shows that a connection works.",
        ),
        may(
            "errors",
            Shape::List(&Shape::Object(&ERROR)),
            "Error rules for every action, tried after the action's own; the first that holds wins.",
        ),
        may("tags", Shape::List(&Shape::Text), "Words to find it by."),
        may(
            "exempt",
            Shape::Map(&Shape::Text),
            "Lint warnings that do not apply here: code to reason.",
        ),
    ],
};

/// An input, a setting.
pub static VALUE: Object = Object {
    title: "Value",
    summary: "The type and the limits of an input or a setting.",
    fields: &[
        must(
            "type",
            Shape::Word(TYPES),
            "What it is. `ip`, `domain` and `hash` are brought to canonical form.",
        ),
        may(
            "required",
            Shape::Flag,
            "True when it must be given; false unless said otherwise.",
        ),
        may("default", Shape::Any, "Taken when it is not given."),
        may("title", Shape::Text, "Label in forms."),
        may("summary", Shape::Text, "What it is for."),
        may("example", Shape::Any, "A value as people would give it."),
        may("enum", Shape::List(&Shape::Any), "The only values allowed."),
        may("minimum", Shape::Number, "Smallest number."),
        may("maximum", Shape::Number, "Biggest number."),
        may(
            "max_length",
            Shape::Integer(1, 10_000_000),
            "Longest text (characters) or list (elements).",
        ),
        may(
            "pattern_like",
            Shape::Text,
            "A glob (`*`, `?`) that the text must match.",
        ),
        may("items", Shape::Word(TYPES), "Type of a list's elements."),
    ],
};

static SECRET: Object = Object {
    title: "Secret",
    summary: "A credential. Its value never appears in a request that is stored, a log or a template outside `auth`.",
    fields: &[
        must("summary", Shape::Text, "What it is and where to get it."),
        may("title", Shape::Text, "Label in forms."),
        may(
            "required",
            Shape::Flag,
            "False for a credential that only some set-ups need; true unless said otherwise.",
        ),
    ],
};

static LIMITS: Object = Object {
    title: "Limits",
    summary: "The pace a connection keeps.",
    fields: &[
        may("per_second", Shape::Number, "Requests a second."),
        may("per_minute", Shape::Number, "Requests a minute."),
        may("per_hour", Shape::Number, "Requests an hour."),
        may("per_day", Shape::Number, "Requests a day."),
        may(
            "burst",
            Shape::Integer(1, 10_000),
            "Requests at once after a pause.",
        ),
        may(
            "concurrent",
            Shape::Integer(1, 10_000),
            "Requests in flight.",
        ),
    ],
};

static PING: Object = Object {
    title: "Ping",
    summary: "A harmless call.",
    fields: &[
        must("action", Shape::Name, "A `read` action of this connector."),
        may("input", Shape::Any, "Its input."),
    ],
};

static ERROR: Object = Object {
    title: "Error rule",
    summary: "What an unsuccessful answer means.",
    fields: &[
        may(
            "when",
            Shape::Condition(RESPONSE_ROOTS),
            "Holds for the answers this rule is about; without it, for all.",
        ),
        must(
            "code",
            Shape::Word(ERROR_CODES),
            "What kind of failure it is.",
        ),
        may(
            "message",
            Shape::Template(RESPONSE_ROOTS),
            "What happened, one sentence.",
        ),
        may(
            "hint",
            Shape::Template(RESPONSE_ROOTS),
            "What to do about it.",
        ),
        may(
            "retryable",
            Shape::Flag,
            "Whether the same call may work later; the code decides unless said otherwise.",
        ),
        may(
            "retry_after",
            Shape::Template(RESPONSE_ROOTS),
            "Seconds to wait, or an HTTP date.",
        ),
    ],
};

/// The three documents, for schema and reference.
pub static DOCUMENTS: &[(&str, &Object)] = &[
    ("connector", &CONNECTOR),
    ("action", &ACTION),
    ("sample", &SAMPLE),
];
