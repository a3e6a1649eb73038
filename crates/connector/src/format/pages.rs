//! `paginate`: five ways to say "more".

use super::RESPONSE_ROOTS;
use crate::shape::{Field, Object, Shape, Tagged, may, must};

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

pub(super) const ITEMS: Field = must(
    "items",
    Shape::Template(RESPONSE_ROOTS),
    "The page's elements, a list.",
);

pub(super) const MAX_PAGES: Field = may(
    "max_pages",
    Shape::Integer(1, 200),
    "Pages at most; 10 unless said otherwise.",
);

pub(super) const STOP_WHEN: Field = may(
    "stop_when",
    Shape::Condition(RESPONSE_ROOTS),
    "Holds on the last page.",
);

pub(super) const LIMIT_PARAM: Field = may(
    "limit_param",
    Shape::Text,
    "The parameter for the page's size.",
);

pub(super) const PAGE_SIZE: Field = may(
    "page_size",
    Shape::Integer(1, 10_000),
    "Elements a page. A shorter page is the last.",
);

pub(super) const INTO: Field = may(
    "in",
    Shape::Word(&["query", "json"]),
    "Whether parameters go to the query or into the JSON body; `query` unless said otherwise.",
);

pub(super) static PAGE_CURSOR: Object = Object {
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

pub(super) static PAGE_OFFSET: Object = Object {
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

pub(super) static PAGE_NUMBER: Object = Object {
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

pub(super) static PAGE_NEXT_URL: Object = Object {
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

pub(super) static PAGE_LINK_HEADER: Object = Object {
    title: "link_header",
    summary: "RFC 8288: `Link: <…>; rel=\"next\"`.",
    fields: &[ITEMS, LIMIT_PARAM, PAGE_SIZE, MAX_PAGES, STOP_WHEN],
};
