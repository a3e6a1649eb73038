//! YAML as people write it, with places: a document becomes a JSON value, and every value can be found again.
//!
//! A strict reading of YAML 1.2 core: `no` and `on` are texts, a repeated key is an error, keys are texts,
//! anchors, aliases and foreign tags are refused (so nothing expands), and bytes, depth and values are limited.
//! Places are worked out when somebody asks for one: loading good content costs nothing for them.

mod reader;
mod scalar;
mod writer;

pub use writer::{quoted, write};

use std::{cell::OnceCell, collections::BTreeMap};

use serde_json::Value;
use updraft_model::{Diagnostic, Level, Problem};

use reader::{Fault, Reader};

/// Biggest document.
pub const BYTES_MAX: usize = 4 << 20;
/// Deepest nesting.
pub const DEPTH_MAX: usize = 64;
/// Most values in one document.
pub const NODES_MAX: usize = 200_000;

/// A document: its value, and where each part of it stands.
#[derive(Debug)]
pub struct Document {
    /// The content.
    pub value: Value,
    /// The places.
    pub spans: Spans,
}

/// Where a key or a value stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// Line, from 1.
    pub line: u32,
    /// Column in characters, from 1.
    pub column: u32,
    /// Characters on that line, at least 1.
    pub width: u32,
    style: Style,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Style {
    Plain,
    Quoted,
    DoubleQuoted,
    Block,
    Other,
}

#[derive(Debug, Clone, Copy)]
struct Entry {
    key: Option<Place>,
    value: Place,
}

/// The places of a document, by JSON pointer.
#[derive(Debug)]
pub struct Spans {
    file: String,
    text: String,
    entries: OnceCell<BTreeMap<String, Entry>>,
}

/// Reads one document.
pub fn parse(file: &str, text: &str) -> Result<Document, Box<Diagnostic>> {
    let spans = Spans {
        file: file.to_owned(),
        text: text.to_owned(),
        entries: OnceCell::new(),
    };
    if text.len() > BYTES_MAX {
        let text = format!("the file is bigger than {BYTES_MAX} bytes");
        return Err(spans.fault(Fault::at_start("UY004", text)));
    }
    match Reader::new(text, false).document() {
        Ok((value, _)) => Ok(Document { value, spans }),
        Err(fault) => Err(spans.fault(fault)),
    }
}

impl Spans {
    fn entries(&self) -> &BTreeMap<String, Entry> {
        self.entries.get_or_init(|| {
            Reader::new(&self.text, true)
                .document()
                .map(|(_, entries)| entries)
                .unwrap_or_default()
        })
    }

    /// Where the value at a JSON pointer stands.
    pub fn place(&self, pointer: &str) -> Option<Place> {
        self.entries().get(pointer).map(|entry| entry.value)
    }

    /// A problem of this document as a diagnostic with its line and column.
    pub fn diagnostic(&self, problem: &Problem) -> Diagnostic {
        let entries = self.entries();
        let mut pointer = problem.pointer.as_str();
        let mut exact = true;
        let entry = loop {
            if let Some(entry) = entries.get(pointer) {
                break Some(entry);
            }
            exact = false;
            match pointer.rfind('/') {
                Some(at) => pointer = pointer.get(..at).unwrap_or_default(),
                None => break None,
            }
        };
        let start = Place {
            line: 1,
            column: 1,
            width: 1,
            style: Style::Other,
        };
        let place = match entry {
            None => start,
            Some(entry) => match (problem.at_key && exact, entry.key, problem.span) {
                (true, Some(key), _) => key,
                (_, _, Some(span)) if exact => self.within(entry.value, span),
                // A mapping is pointed at by its key: its value starts somewhere below.
                (_, Some(key), None) if entry.value.style == Style::Other => key,
                _ => entry.value,
            },
        };
        Diagnostic {
            level: problem.level,
            code: problem.code.to_owned(),
            file: self.file.clone(),
            line: place.line,
            column: place.column,
            message: problem.message.clone(),
            hint: problem.hint.clone(),
            source: self.line(place.line),
            width: place.width.max(1),
        }
    }

    /// The place of a byte range inside a text value. Folded text is pointed at as a whole.
    fn within(&self, place: Place, (start, end): (usize, usize)) -> Place {
        let line = self.line(place.line);
        let width_of = |text: &str| u32::try_from(text.chars().count()).unwrap_or(1).max(1);
        let offset = |column: u32, chars: usize| column + u32::try_from(chars).unwrap_or(0);
        match place.style {
            Style::Plain | Style::Quoted | Style::DoubleQuoted => {
                let quote = usize::from(place.style != Style::Plain);
                let skip = (place.column as usize - 1) + quote;
                let raw: String = line.chars().skip(skip).collect();
                let Some((from, to)) = raw_range(&raw, place.style, start, end) else {
                    return place;
                };
                let before = raw.get(..from).unwrap_or_default().chars().count();
                let marked = raw.get(from..to).unwrap_or_default();
                Place {
                    column: offset(place.column, before + quote),
                    width: width_of(marked),
                    ..place
                }
            }
            Style::Block => self.within_block(place, start, end).unwrap_or(place),
            Style::Other => place,
        }
    }

    fn within_block(&self, place: Place, start: usize, end: usize) -> Option<Place> {
        // The header (`|`) stands on the line before; find it, then count the lines of the text.
        let lines: Vec<&str> = self.text.lines().collect();
        let first = place.line as usize;
        let first = if lines
            .get(first - 1)?
            .trim_end()
            .ends_with(['|', '-', '+', '>'])
        {
            first + 1
        } else {
            first
        };
        let indent = lines
            .iter()
            .skip(first - 1)
            .find(|line| !line.trim().is_empty())?;
        let indent = indent.len() - indent.trim_start().len();
        let mut left = start;
        for (index, line) in lines.iter().enumerate().skip(first - 1) {
            let text = line.get(indent..).unwrap_or_default();
            if left <= text.len() {
                let before = text.get(..left)?.chars().count();
                let rest = text.get(left..(left + end.saturating_sub(start)).min(text.len()))?;
                return Some(Place {
                    line: u32::try_from(index + 1).ok()?,
                    column: u32::try_from(indent + before + 1).ok()?,
                    width: u32::try_from(rest.chars().count()).ok()?.max(1),
                    style: Style::Block,
                });
            }
            left -= text.len() + 1;
        }
        None
    }

    fn line(&self, number: u32) -> String {
        let line = self
            .text
            .lines()
            .nth((number as usize).saturating_sub(1))
            .unwrap_or_default();
        line.chars().take(400).collect()
    }

    fn fault(&self, fault: Fault) -> Box<Diagnostic> {
        Box::new(Diagnostic {
            level: Level::Error,
            code: fault.code.to_owned(),
            file: self.file.clone(),
            line: fault.line,
            column: fault.column,
            message: fault.message,
            hint: fault.hint.to_owned(),
            source: self.line(fault.line),
            width: 1,
        })
    }
}

/// Byte range in the raw text of a scalar for a byte range of its value.
fn raw_range(raw: &str, style: Style, start: usize, end: usize) -> Option<(usize, usize)> {
    let (mut value_at, mut from) = (0usize, None);
    let mut chars = raw.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        if value_at >= start && from.is_none() {
            from = Some(at);
        }
        if value_at >= end {
            return Some((from?, at.max(from? + 1)));
        }
        match (style, c) {
            (Style::Quoted, '\'') => match chars.peek() {
                Some((_, '\'')) => {
                    chars.next();
                    value_at += 1;
                }
                _ => return Some((from?, at.max(from?))),
            },
            (Style::DoubleQuoted, '"') => return Some((from?, at.max(from?))),
            (Style::DoubleQuoted, '\\') => match chars.next() {
                Some((_, '"' | '\\' | '/' | 'n' | 't' | 'r' | '0')) => value_at += 1,
                _ => return None,
            },
            _ => value_at += c.len_utf8(),
        }
    }
    from.map(|from| (from, raw.len()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn value(text: &str) -> Value {
        parse("t.yaml", text)
            .map_err(|d| d.to_string())
            .unwrap()
            .value
    }

    #[test]
    fn scalars_follow_the_core_schema() {
        assert_eq!(
            value(
                "[no, on, yes, true, ~, 12, -3, 0x1f, 1.5, 1e3, 1.1.1.1, '7', 12345678901234567890123, 0o17, .5, 007, 0, 0.5]"
            ),
            json!([
                "no",
                "on",
                "yes",
                true,
                null,
                12,
                -3,
                31,
                1.5,
                1000.0,
                "1.1.1.1",
                "7",
                "12345678901234567890123",
                15,
                0.5,
                "007",
                0,
                0.5
            ])
        );
        assert_eq!(value(""), Value::Null);
        assert_eq!(value("a: !!str 5"), json!({"a": "5"}));
    }

    #[test]
    fn tricks_of_yaml_are_refused_with_a_place() {
        let code = |text: &str| parse("t.yaml", text).unwrap_err().code;
        assert_eq!(code("a: 1\na: 2"), "UY002");
        assert_eq!(code("a: &x 1\nb: *x"), "UY003");
        assert_eq!(code("a: 1\n---\nb: 2"), "UY006");
        assert_eq!(code("? [a]\n: 1"), "UY005");
        assert_eq!(
            code(&format!("{}{}", "[".repeat(100), "]".repeat(100))),
            "UY004"
        );
        assert_eq!(code("a: [1"), "UY001");
        assert_eq!(code(&"[".repeat(100_000)), "UY001");
        assert_eq!(parse("t.yaml", "a: 1\nb: 2\na: 3").unwrap_err().line, 3);
    }

    #[test]
    fn places_inside_texts_are_found_in_every_style() {
        let text = "plain: ab {{ x }} cd\nsingle: 'it''s {{ x }}'\ndouble: \"a\\\"b {{ x }}\"\nblock: |\n  one\n  two {{ x }}\n";
        let document = parse("t.yaml", text).unwrap();
        for (pointer, line, column) in [
            ("/plain", 1, 14),
            ("/single", 2, 19),
            ("/double", 3, 18),
            ("/block", 6, 10),
        ] {
            let value = document
                .value
                .pointer(pointer)
                .and_then(Value::as_str)
                .unwrap();
            let at = value.find('x').unwrap();
            let problem = Problem::error("UC008", pointer, "m").within(at, at + 1);
            let found = document.spans.diagnostic(&problem);
            assert_eq!(
                (found.line, found.column, found.width),
                (line, column, 1),
                "{pointer}: {found}"
            );
        }
    }
}
