//! Requests, answers and steps.

use super::{DECODERS, ERROR, METHODS, REQUEST_ROOTS, RESPONSE_ROOTS, pages::PAGINATE};
use crate::shape::{Object, Shape, may, must};

pub(super) static REQUEST: Object = Object {
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

pub(super) static BODY: Object = Object {
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

pub(super) static PART: Object = Object {
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

pub(super) static RESPONSE: Object = Object {
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

pub(super) static STEP: Object = Object {
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

pub(super) static POLL: Object = Object {
    title: "Poll",
    summary: "Asked again until `done` holds. An error that may pass counts as pending.",
    fields: &[
        must("request", Shape::Object(&REQUEST), "The question."),
        must(
            "every",
            Shape::Duration,
            "Pause between two questions; a `Retry-After` of the answer goes before it.",
        ),
        may(
            "delay",
            Shape::Duration,
            "Pause before the first; none unless said otherwise. A `Retry-After` of the answer before it goes before it.",
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
