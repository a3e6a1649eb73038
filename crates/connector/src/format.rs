//! Connector format 1: every field of `connector.yaml`, `actions/*.yaml` and `samples/*/*.yaml`.

use crate::shape::{Object, Roots, Shape, Tagged, may, must};

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
static AUTH_HEADER: Object = Object {
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
static AUTH_QUERY: Object = Object {
    title: "query",
    summary: "Query parameters; they are added after everything else and never stored.",
    fields: &[must(
        "params",
        Shape::Map(&Shape::Template(AUTH_ROOTS)),
        "Name to value.",
    )],
};
static AUTH_BASIC: Object = Object {
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
static AUTH_BEARER: Object = Object {
    title: "bearer",
    summary: "`Authorization: Bearer …`.",
    fields: &[must("token", Shape::Template(AUTH_ROOTS), "The token.")],
};
static AUTH_OAUTH2: Object = Object {
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
static AUTH_LOGIN: Object = Object {
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
static LOGIN_REQUEST: Object = Object {
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
static LOGIN_BODY: Object = Object {
    title: "Login body",
    summary: "One of the two.",
    fields: &[
        may("json", Shape::Json(AUTH_ROOTS), "A JSON document."),
        may("form", Shape::Map(&Shape::Template(AUTH_ROOTS)), "A form."),
    ],
};
static CAPTURE: Object = Object {
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
static LOGIN_INJECT: Object = Object {
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
static AUTH_CHOICE: Object = Object {
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

/// `actions/<name>.yaml`.
pub static ACTION: Object = Object {
    title: "actions/<action>.yaml",
    summary: "One thing the product can do for us.",
    fields: &[
        must("action", Shape::Name, "verb_noun, the file's name."),
        must("title", Shape::Text, "A few words for menus."),
        must("summary", Shape::Text, "One sentence: what it does."),
        may("description", Shape::Text, "More, in Markdown."),
        may(
            "capabilities",
            Shape::List(&Shape::Text),
            "The vendor-neutral verbs it provides, from `content/capabilities.yaml`.",
        ),
        must("effect", Shape::Word(EFFECTS), "What it changes outside."),
        may(
            "acts_on",
            Shape::Word(THINGS),
            "The kind of thing it is about.",
        ),
        may(
            "cache",
            Shape::Duration,
            "How long an identical answer may be used again; only for `read`. Without it, never.",
        ),
        may(
            "timeout",
            Shape::Duration,
            "For one exchange; the connector's unless said otherwise.",
        ),
        may(
            "response_bytes_max",
            Shape::Size,
            "The connector's unless said otherwise.",
        ),
        may(
            "inputs",
            Shape::Map(&Shape::Object(&VALUE)),
            "What it needs.",
        ),
        may(
            "request",
            Shape::Object(&REQUEST),
            "The one exchange; or `steps`.",
        ),
        may(
            "paginate",
            Shape::Tagged(&PAGINATE),
            "The exchange is repeated for further pages; `items` holds the elements of all.",
        ),
        may(
            "steps",
            Shape::List(&Shape::Object(&STEP)),
            "Several exchanges in order.",
        ),
        may(
            "response",
            Shape::Object(&RESPONSE),
            "How the answer is read; JSON unless said otherwise.",
        ),
        may(
            "success",
            Shape::Condition(RESPONSE_ROOTS),
            "Holds for a good answer; status 200 to 299 unless said otherwise. Written out, it alone decides; otherwise an error rule with `when` also turns a 2xx answer into an error.",
        ),
        may(
            "not_found",
            Shape::Condition(RESPONSE_ROOTS),
            "Holds when the product does not know the thing; tried first.",
        ),
        may(
            "errors",
            Shape::List(&Shape::Object(&ERROR)),
            "Error rules of this action.",
        ),
        may(
            "outputs",
            Shape::Map(&Shape::Object(&OUTPUT)),
            "What a playbook gets.",
        ),
        may(
            "verdict",
            Shape::List(&Shape::Object(&VERDICT)),
            "The first rule that holds gives the verdict; none: unknown.",
        ),
        may(
            "link",
            Shape::Template(VERDICT_ROOTS),
            "Where a person can read on.",
        ),
        may(
            "idempotency",
            Shape::Object(&IDEMPOTENCY),
            "What a repeated call does; every effect but `read` and `notify` must say it.",
        ),
        may(
            "undo",
            Shape::Either(&[Shape::Object(&UNDO), Shape::Word(&["none"])]),
            "The call that takes it back, or `none`.",
        ),
        may(
            "verify",
            Shape::Object(&VERIFY),
            "The call that shows that it happened.",
        ),
    ],
};

static REQUEST: Object = Object {
    title: "Request",
    summary: "`path` or `url`; for WHOIS `server` and `query`.",
    fields: &[
        may("method", Shape::Word(METHODS), "GET unless said otherwise."),
        may(
            "path",
            Shape::Template(REQUEST_ROOTS),
            "After `base_url`. Each hole is encoded as one path segment; `.`, `..` and nothing are refused.",
        ),
        may(
            "url",
            Shape::Template(REQUEST_ROOTS),
            "Absolute; its host must be that of `base_url` or in `allowed_hosts`.",
        ),
        may(
            "query",
            Shape::Either(&[
                Shape::Map(&Shape::Json(REQUEST_ROOTS)),
                Shape::Template(REQUEST_ROOTS),
            ]),
            "Query parameters. A list repeats the key; null and `omit` leave it out. For WHOIS: the query line.",
        ),
        may(
            "headers",
            Shape::Headers(&Shape::Json(REQUEST_ROOTS)),
            "Headers; null and `omit` leave one out.",
        ),
        may("body", Shape::Object(&BODY), "What is sent."),
        may(
            "server",
            Shape::Template(REQUEST_ROOTS),
            "WHOIS server, `host` or `host:port`.",
        ),
        may("timeout", Shape::Duration, "For this exchange."),
    ],
};

static BODY: Object = Object {
    title: "Body",
    summary: "One of these.",
    fields: &[
        may("json", Shape::Json(REQUEST_ROOTS), "A JSON document."),
        may(
            "form",
            Shape::Map(&Shape::Json(REQUEST_ROOTS)),
            "`application/x-www-form-urlencoded`; a list repeats the key.",
        ),
        may(
            "multipart",
            Shape::List(&Shape::Object(&PART)),
            "`multipart/form-data`.",
        ),
        may(
            "text",
            Shape::Template(REQUEST_ROOTS),
            "Text; `content_type` is text/plain unless said otherwise.",
        ),
        may(
            "raw_file",
            Shape::Template(REQUEST_ROOTS),
            "The bytes of a file input.",
        ),
        may(
            "content_type",
            Shape::Template(REQUEST_ROOTS),
            "For `text`, `json` and `raw_file`.",
        ),
    ],
};

static PART: Object = Object {
    title: "Part",
    summary: "One part of a multipart body: `file`, `value` or `json`.",
    fields: &[
        must("name", Shape::Template(REQUEST_ROOTS), "The form field."),
        may(
            "file",
            Shape::Template(REQUEST_ROOTS),
            "A file input; null leaves the part out.",
        ),
        may(
            "value",
            Shape::Template(REQUEST_ROOTS),
            "A text; null leaves the part out.",
        ),
        may("json", Shape::Json(REQUEST_ROOTS), "A JSON document."),
        may(
            "filename",
            Shape::Template(REQUEST_ROOTS),
            "The file's name unless said otherwise.",
        ),
        may(
            "content_type",
            Shape::Template(REQUEST_ROOTS),
            "The file's type unless said otherwise.",
        ),
    ],
};

static RESPONSE: Object = Object {
    title: "Response",
    summary: "How the body is read. `body` is then a value; `text` always holds it as it came.",
    fields: &[
        may(
            "decode",
            Shape::Word(DECODERS),
            "`json`: a value; `xml`: attributes as `@name`, text as `#text`, repeated elements as a list; `ndjson`: a list; `text`; `binary`: base64; `none`: null.",
        ),
        may(
            "strip_prefix",
            Shape::Text,
            "Taken off the front before decoding, where present: `OK:`, `)]}'`.",
        ),
        may(
            "lists",
            Shape::List(&Shape::Text),
            "XML elements that are a list even when there is only one.",
        ),
    ],
};

static OUTPUT: Object = Object {
    title: "Output",
    summary: "A value for playbooks. null is allowed; a missing field or a wrong type makes the answer malformed.",
    fields: &[
        must("type", Shape::Word(TYPES), "What it is."),
        must("value", Shape::Json(RESPONSE_ROOTS), "Where it comes from."),
        may("summary", Shape::Text, "What it says."),
        may("title", Shape::Text, "Label in reports."),
    ],
};

static VERDICT: Object = Object {
    title: "Verdict rule",
    summary: "What an answer says about the thing.",
    fields: &[
        may(
            "when",
            Shape::Condition(VERDICT_ROOTS),
            "Holds for the answers this rule is about; the last rule may go without.",
        ),
        must("level", Shape::Word(LEVELS), "The verdict."),
        may(
            "score",
            Shape::Template(VERDICT_ROOTS),
            "0 to 100; 90 for malicious, 50 for suspicious, 0 otherwise unless said otherwise.",
        ),
        must(
            "explain",
            Shape::Template(VERDICT_ROOTS),
            "Which rule fired, with the numbers.",
        ),
    ],
};

static STEP: Object = Object {
    title: "Step",
    summary: "One exchange, or one that is repeated until the product is done. Fields that are missing are the action's.",
    fields: &[
        must("id", Shape::Name, "Unique in the action."),
        may(
            "when",
            Shape::Condition(REQUEST_ROOTS),
            "Left out when it does not hold.",
        ),
        may(
            "request",
            Shape::Object(&REQUEST),
            "The exchange; or `poll`.",
        ),
        may(
            "poll",
            Shape::Object(&POLL),
            "An exchange that is repeated.",
        ),
        may("paginate", Shape::Tagged(&PAGINATE), "Further pages."),
        may(
            "response",
            Shape::Object(&RESPONSE),
            "How the answer is read.",
        ),
        may(
            "success",
            Shape::Condition(RESPONSE_ROOTS),
            "Holds for a good answer.",
        ),
        may(
            "not_found",
            Shape::Condition(RESPONSE_ROOTS),
            "Holds when the product does not know the thing.",
        ),
        may(
            "errors",
            Shape::List(&Shape::Object(&ERROR)),
            "Error rules, tried before the action's.",
        ),
        may(
            "capture",
            Shape::Map(&Shape::Template(RESPONSE_ROOTS)),
            "Values for later steps: `captured.name`.",
        ),
    ],
};

static POLL: Object = Object {
    title: "Poll",
    summary: "Asked again until `done` holds. An error that may pass counts as pending.",
    fields: &[
        must("request", Shape::Object(&REQUEST), "The question."),
        must("every", Shape::Duration, "Pause between two questions."),
        may(
            "delay",
            Shape::Duration,
            "Pause before the first; none unless said otherwise.",
        ),
        may(
            "backoff",
            Shape::Number,
            "The pause grows by this factor; 1 unless said otherwise.",
        ),
        may("every_max", Shape::Duration, "Longest pause."),
        must(
            "for",
            Shape::Duration,
            "Sum of the pauses after which it is given up.",
        ),
        must(
            "done",
            Shape::Condition(RESPONSE_ROOTS),
            "Holds when the work is done.",
        ),
        may(
            "failed",
            Shape::Condition(RESPONSE_ROOTS),
            "Holds when the work failed.",
        ),
        may(
            "failed_message",
            Shape::Template(RESPONSE_ROOTS),
            "What then to say.",
        ),
        may(
            "pending",
            Shape::Condition(RESPONSE_ROOTS),
            "Holds for an answer that says \"not yet\"; tried first (`status == 404`).",
        ),
    ],
};

/// `paginate`.
pub static PAGINATE: Tagged = Tagged {
    title: "Pagination",
    tag: "kind",
    variants: &[
        ("cursor", &PAGE_CURSOR),
        ("offset", &PAGE_OFFSET),
        ("page", &PAGE_NUMBER),
        ("next_url", &PAGE_NEXT_URL),
        ("link_header", &PAGE_LINK_HEADER),
    ],
};
const ITEMS: crate::shape::Field = must(
    "items",
    Shape::Template(RESPONSE_ROOTS),
    "The page's elements, a list.",
);
const MAX_PAGES: crate::shape::Field = may(
    "max_pages",
    Shape::Integer(1, 200),
    "Pages at most; 10 unless said otherwise.",
);
const STOP_WHEN: crate::shape::Field = may(
    "stop_when",
    Shape::Condition(RESPONSE_ROOTS),
    "Holds on the last page.",
);
const LIMIT_PARAM: crate::shape::Field = may(
    "limit_param",
    Shape::Text,
    "The parameter for the page's size.",
);
const PAGE_SIZE: crate::shape::Field = may(
    "page_size",
    Shape::Integer(1, 10_000),
    "Elements a page. A shorter page is the last.",
);
const INTO: crate::shape::Field = may(
    "in",
    Shape::Word(&["query", "json"]),
    "Whether parameters go to the query or into the JSON body; `query` unless said otherwise.",
);
static PAGE_CURSOR: Object = Object {
    title: "cursor",
    summary: "The answer names the next page; no name, no next page.",
    fields: &[
        ITEMS,
        must(
            "cursor",
            Shape::Template(RESPONSE_ROOTS),
            "The next page's name; null or empty ends it.",
        ),
        must("param", Shape::Text, "The parameter that takes it."),
        LIMIT_PARAM,
        PAGE_SIZE,
        MAX_PAGES,
        STOP_WHEN,
        INTO,
    ],
};
static PAGE_OFFSET: Object = Object {
    title: "offset",
    summary: "The number of elements to skip; an empty or short page ends it.",
    fields: &[
        ITEMS,
        must("param", Shape::Text, "The parameter that takes the offset."),
        may(
            "start",
            Shape::Integer(0, 1),
            "The first offset; 0 unless said otherwise.",
        ),
        LIMIT_PARAM,
        PAGE_SIZE,
        MAX_PAGES,
        STOP_WHEN,
        INTO,
    ],
};
static PAGE_NUMBER: Object = Object {
    title: "page",
    summary: "The page's number; an empty or short page ends it.",
    fields: &[
        ITEMS,
        must("param", Shape::Text, "The parameter that takes the number."),
        may(
            "start",
            Shape::Integer(0, 1),
            "The first number; 1 unless said otherwise.",
        ),
        LIMIT_PARAM,
        PAGE_SIZE,
        MAX_PAGES,
        STOP_WHEN,
        INTO,
    ],
};
static PAGE_NEXT_URL: Object = Object {
    title: "next_url",
    summary: "The answer holds the next page's address, which must lie on an allowed host.",
    fields: &[
        ITEMS,
        must(
            "next",
            Shape::Template(RESPONSE_ROOTS),
            "The address; null or empty ends it.",
        ),
        LIMIT_PARAM,
        PAGE_SIZE,
        MAX_PAGES,
        STOP_WHEN,
    ],
};
static PAGE_LINK_HEADER: Object = Object {
    title: "link_header",
    summary: "RFC 8288: `Link: <…>; rel=\"next\"`.",
    fields: &[ITEMS, LIMIT_PARAM, PAGE_SIZE, MAX_PAGES, STOP_WHEN],
};

static IDEMPOTENCY: Object = Object {
    title: "Idempotency",
    summary: "What happens when the call is made twice.",
    fields: &[
        must(
            "kind",
            Shape::Word(&["natural", "key", "find", "none"]),
            "`natural`: the second changes nothing. `key`: the product knows the key. `find`: after an unknown outcome another action looks first. `none`: it happens twice.",
        ),
        may(
            "header",
            Shape::HeaderName,
            "The header that takes the key; or use `idempotency_key` in the request.",
        ),
        may("find", Shape::Name, "The action that looks."),
        may(
            "find_input",
            Shape::Map(&Shape::Json(FIND_ROOTS)),
            "Its input.",
        ),
        may(
            "found",
            Shape::Condition(&["output"]),
            "Holds when it was found; sees that action's outputs. Any `ok` unless said otherwise.",
        ),
        may(
            "settle",
            Shape::Duration,
            "How long to wait before looking, for products that index late.",
        ),
    ],
};

static UNDO: Object = Object {
    title: "Undo",
    summary: "The call that takes it back.",
    fields: &[
        must("action", Shape::Name, "An action of this connector."),
        may("input", Shape::Map(&Shape::Json(AFTER_ROOTS)), "Its input."),
    ],
};

static VERIFY: Object = Object {
    title: "Verify",
    summary: "The call that shows that it happened.",
    fields: &[
        must("action", Shape::Name, "A `read` action of this connector."),
        may("input", Shape::Map(&Shape::Json(AFTER_ROOTS)), "Its input."),
        must(
            "holds",
            Shape::Condition(&["input", "output", "settings"]),
            "Holds when it happened; `output` is that of the verifying action, `input` that of this one.",
        ),
    ],
};

/// `samples/<action>/<case>.yaml`.
pub static SAMPLE: Object = Object {
    title: "samples/<action>/<case>.yaml",
    summary: "A recorded conversation: test, demonstration and documentation at once.",
    fields: &[
        must(
            "case",
            Shape::Name,
            "The file's name: `hit`, `miss`, `unauthorized`, `rate_limited`, `malformed` or another.",
        ),
        may("summary", Shape::Text, "What it shows."),
        must(
            "source",
            Shape::Text,
            "Where the answer comes from, and how sure that is.",
        ),
        may("input", Shape::Any, "The action's input."),
        may(
            "settings",
            Shape::Any,
            "Settings that differ from the defaults.",
        ),
        may("idempotency_key", Shape::Text, "The key of a write."),
        must(
            "exchanges",
            Shape::List(&Shape::Object(&SAMPLE_EXCHANGE)),
            "What was asked and answered, in order.",
        ),
        must(
            "expect",
            Shape::Object(&SAMPLE_EXPECT),
            "What must come out.",
        ),
    ],
};
static SAMPLE_EXCHANGE: Object = Object {
    title: "Exchange",
    summary: "One request and its answer.",
    fields: &[
        must(
            "request",
            Shape::Object(&SAMPLE_REQUEST),
            "What must be asked.",
        ),
        must(
            "response",
            Shape::Object(&SAMPLE_RESPONSE),
            "What was answered.",
        ),
    ],
};
static SAMPLE_REQUEST: Object = Object {
    title: "Expected request",
    summary: "Parts that are not written are not compared, but for the query.",
    fields: &[
        may("method", Shape::Text, "GET unless said otherwise."),
        may("path", Shape::Text, "After `base_url`, encoded."),
        may("url", Shape::Text, "Absolute."),
        may(
            "query",
            Shape::Any,
            "All query parameters, decoded. For WHOIS the query line.",
        ),
        may(
            "headers",
            Shape::Headers(&Shape::Any),
            "Headers that must be there.",
        ),
        may(
            "body",
            Shape::Any,
            "`json:`, `form:`, `text:` or `multipart:`.",
        ),
        may("server", Shape::Text, "The WHOIS server."),
    ],
};
static SAMPLE_RESPONSE: Object = Object {
    title: "Recorded response",
    summary: "`json`, `text`, `base64` or `file`.",
    fields: &[
        may(
            "status",
            Shape::Integer(100, 599),
            "200 unless said otherwise.",
        ),
        may("headers", Shape::Headers(&Shape::Any), "Response headers."),
        may("json", Shape::Any, "The body as JSON."),
        may("text", Shape::Text, "The body as text."),
        may("base64", Shape::Text, "The body as bytes."),
        may(
            "file",
            Shape::Text,
            "The body is this file beside the sample.",
        ),
        may(
            "derived",
            Shape::Flag,
            "True when it was built from documentation, not recorded.",
        ),
    ],
};
static SAMPLE_EXPECT: Object = Object {
    title: "Expectation",
    summary: "What is written is compared.",
    fields: &[
        must(
            "status",
            Shape::Word(&["ok", "not_found", "error"]),
            "How the call ends.",
        ),
        may("output", Shape::Any, "Outputs; a subset."),
        may(
            "verdict",
            Shape::Any,
            "Fields of the verdict; a subset. null: none.",
        ),
        may("error", Shape::Any, "Fields of the error; a subset."),
        may("link", Shape::Text, "The link."),
        may(
            "undo",
            Shape::Any,
            "The call that would take it back; a subset.",
        ),
    ],
};

/// The three documents, for schema and reference.
pub static DOCUMENTS: &[(&str, &Object)] = &[
    ("connector", &CONNECTOR),
    ("action", &ACTION),
    ("sample", &SAMPLE),
];
