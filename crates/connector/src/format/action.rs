//! `actions/*.yaml`: one thing the product can do.

use super::{
    AFTER_ROOTS, EFFECTS, ERROR, FIND_ROOTS, LEVELS, RESPONSE_ROOTS, THINGS, TYPES, VALUE,
    VERDICT_ROOTS,
    exchange::{REQUEST, RESPONSE, STEP},
    pages::PAGINATE,
};
use crate::shape::{Object, Shape, may, must};

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

pub(super) static OUTPUT: Object = Object {
    title: "Output",
    summary: "A value for playbooks. null is allowed; a missing field or a wrong type makes the answer malformed.",
    fields: &[
        must("type", Shape::Word(TYPES), "What it is."),
        must("value", Shape::Json(RESPONSE_ROOTS), "Where it comes from."),
        may("summary", Shape::Text, "What it says."),
        may("title", Shape::Text, "Label in reports."),
        may(
            "restricted",
            Shape::Flag,
            "Nobody may see it: a playbook gets a handle of it, and no answer that holds it is kept.",
        ),
    ],
};

pub(super) static VERDICT: Object = Object {
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

pub(super) static IDEMPOTENCY: Object = Object {
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

pub(super) static UNDO: Object = Object {
    title: "Undo",
    summary: "The call that takes it back.",
    fields: &[
        must("action", Shape::Name, "An action of this connector."),
        may("input", Shape::Map(&Shape::Json(AFTER_ROOTS)), "Its input."),
    ],
};

pub(super) static VERIFY: Object = Object {
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
