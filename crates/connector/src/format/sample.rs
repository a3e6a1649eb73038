//! `samples/*/*.yaml`: recorded conversations.

use crate::shape::{Object, Shape, may, must};

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

pub(super) static SAMPLE_EXCHANGE: Object = Object {
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

pub(super) static SAMPLE_REQUEST: Object = Object {
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

pub(super) static SAMPLE_RESPONSE: Object = Object {
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

pub(super) static SAMPLE_EXPECT: Object = Object {
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
