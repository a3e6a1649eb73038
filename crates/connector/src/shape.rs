//! The vocabulary in which [`crate::format`] describes documents.
//!
//! One description of every field is the source of four things: the check that points at mistakes
//! ([`crate::check`]), the JSON Schema for editors ([`crate::schema`]), the reference page and the lint table.
//! The structs that serde fills are the only other place that knows the fields.

use serde_json::Value;

/// The names that an expression at some place can see.
pub type Roots = &'static [&'static str];

/// What a value must look like.
#[derive(Debug, Clone, Copy)]
pub enum Shape {
    /// Plain text, no template.
    Text,
    /// An identifier: `[a-z][a-z0-9_]*`.
    Name,
    /// An HTTP header name.
    HeaderName,
    /// true or false.
    Flag,
    /// A whole number in a range.
    Integer(i64, i64),
    /// Any number.
    Number,
    /// `30s`.
    Duration,
    /// `8MiB`.
    Size,
    /// One of a few words.
    Word(&'static [&'static str]),
    /// A text with holes that see these roots.
    Template(Roots),
    /// A bare expression that sees these roots.
    Condition(Roots),
    /// Any JSON whose strings are templates that see these roots.
    Json(Roots),
    /// Any JSON, taken as it is.
    Any,
    /// A list.
    List(&'static Shape),
    /// A mapping whose keys are names the author chooses.
    Map(&'static Shape),
    /// Like `Map`, with HTTP header names as keys.
    Headers(&'static Shape),
    /// A mapping with known fields.
    Object(&'static Object),
    /// A mapping whose tag field says which fields it has.
    Tagged(&'static Tagged),
    /// The first alternative that fits the value's JSON type.
    Either(&'static [Shape]),
}

/// A mapping with known fields.
#[derive(Debug)]
pub struct Object {
    /// What it is called in the reference.
    pub title: &'static str,
    /// What it is for.
    pub summary: &'static str,
    /// In the order of the reference.
    pub fields: &'static [Field],
}

/// One field.
#[derive(Debug)]
pub struct Field {
    /// The key.
    pub name: &'static str,
    /// What its value looks like.
    pub shape: Shape,
    /// True when it must be there.
    pub required: bool,
    /// What it is for.
    pub summary: &'static str,
}

/// A mapping of several kinds.
#[derive(Debug)]
pub struct Tagged {
    /// What it is called in the reference.
    pub title: &'static str,
    /// The field that names the kind.
    pub tag: &'static str,
    /// The kinds; their fields do not list the tag.
    pub variants: &'static [(&'static str, &'static Object)],
}

/// A field that must be there.
pub(crate) const fn must(name: &'static str, shape: Shape, summary: &'static str) -> Field {
    Field {
        name,
        shape,
        required: true,
        summary,
    }
}

/// A field that may be there.
pub(crate) const fn may(name: &'static str, shape: Shape, summary: &'static str) -> Field {
    Field {
        name,
        shape,
        required: false,
        summary,
    }
}

impl Shape {
    /// What a value of this shape is called in a message.
    pub fn noun(&self) -> String {
        match self {
            Shape::Text | Shape::Name | Shape::HeaderName => "text".into(),
            Shape::Flag => "true or false".into(),
            Shape::Integer(..) => "a whole number".into(),
            Shape::Number => "a number".into(),
            Shape::Duration => "a duration such as 30s".into(),
            Shape::Size => "a size such as 8MiB".into(),
            Shape::Word(words) => format!("one of {}", words.join(", ")),
            Shape::Template(_) => "a text or template".into(),
            Shape::Condition(_) => "an expression".into(),
            Shape::Json(_) | Shape::Any => "any value".into(),
            Shape::List(_) => "a list".into(),
            Shape::Map(_) | Shape::Headers(_) | Shape::Object(_) | Shape::Tagged(_) => {
                "a mapping".into()
            }
            Shape::Either(options) => {
                let nouns: Vec<String> = options.iter().map(Shape::noun).collect();
                nouns.join(" or ")
            }
        }
    }

    /// True when the value's JSON type is one that this shape can take.
    pub fn accepts(&self, value: &Value) -> bool {
        match self {
            Shape::Text
            | Shape::Name
            | Shape::HeaderName
            | Shape::Duration
            | Shape::Size
            | Shape::Word(_) => value.is_string(),
            Shape::Flag => value.is_boolean(),
            Shape::Integer(..) => value.is_i64() || value.is_u64(),
            Shape::Number => value.is_number(),
            Shape::Template(_) => value.is_string() || value.is_number() || value.is_boolean(),
            Shape::Condition(_) => value.is_string() || value.is_boolean(),
            Shape::Json(_) | Shape::Any => true,
            Shape::List(_) => value.is_array(),
            Shape::Map(_) | Shape::Headers(_) | Shape::Object(_) | Shape::Tagged(_) => {
                value.is_object()
            }
            Shape::Either(options) => options.iter().any(|option| option.accepts(value)),
        }
    }
}

/// The known word nearest to what was written, if it is near enough to be a slip of the finger.
pub fn closest<'a>(written: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    if written.len() > 64 {
        return None;
    }
    let allowed = (written.chars().count() / 3).max(1);
    known
        .into_iter()
        .map(|word| (distance(written, word), word))
        .filter(|(far, _)| *far <= allowed)
        .min_by_key(|(far, _)| *far)
        .map(|(_, word)| word)
}

/// Levenshtein distance; both words are short.
fn distance(left: &str, right: &str) -> usize {
    let right: Vec<char> = right.chars().collect();
    let mut row: Vec<usize> = (0..=right.len()).collect();
    for (index, a) in left.chars().enumerate() {
        let mut diagonal = index;
        let mut before = index + 1;
        for (cell, b) in row.iter_mut().skip(1).zip(&right) {
            let above = *cell;
            *cell = (diagonal + usize::from(a != *b))
                .min(above + 1)
                .min(before + 1);
            diagonal = above;
            before = *cell;
        }
        if let Some(first) = row.first_mut() {
            *first = index + 1;
        }
    }
    row.last().copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_of_the_finger_finds_its_word() {
        assert_eq!(closest("sumary", ["summary", "title"]), Some("summary"));
        assert_eq!(
            closest("cahce", ["cache"]),
            None.or(Some("cache"))
                .filter(|_| distance("cahce", "cache") <= 1)
        );
        assert_eq!(closest("zebra", ["summary", "title"]), None);
        assert_eq!(distance("kitten", "sitting"), 3);
    }
}
