//! The events of the parser, put together to a value and to places.

use std::collections::BTreeMap;

use saphyr_parser::{Event, Parser, ScalarStyle, ScanError, Span, Tag};
use serde_json::{Map, Value};

use super::{DEPTH_MAX, Entry, NODES_MAX, Place, Style, scalar::plain};

/// A mapping or a list that is being read.
enum Open {
    Map {
        map: Map<String, Value>,
        key: Option<(String, Place)>,
    },
    List(Vec<Value>),
}

/// One pass over the events.
pub(super) struct Reader<'a> {
    parser: Parser<'a, saphyr_parser::StrInput<'a>>,
    stack: Vec<(Open, String, Option<Place>, Place)>,
    entries: BTreeMap<String, Entry>,
    with_places: bool,
    nodes: usize,
    root: Option<Value>,
}

impl<'a> Reader<'a> {
    pub fn new(text: &'a str, with_places: bool) -> Self {
        Self {
            parser: Parser::new_from_str(text),
            stack: Vec::new(),
            entries: BTreeMap::new(),
            with_places,
            nodes: 0,
            root: None,
        }
    }

    pub fn document(mut self) -> Result<(Value, BTreeMap<String, Entry>), Fault> {
        while let Some(event) = self.parser.next_event() {
            let (event, span) = event?;
            match event {
                Event::DocumentStart(_) if self.root.is_some() => {
                    return Err(Fault::at("UY006", "a second document starts here", &span)
                        .hint("one file holds one document"));
                }
                Event::Alias(_) => return Err(anchor(&span)),
                Event::Scalar(text, style, anchor_id, tag) => {
                    if anchor_id != 0 {
                        return Err(anchor(&span));
                    }
                    self.scalar(&text, style, tag.as_deref(), &span)?;
                }
                Event::SequenceStart(anchor_id, tag) => {
                    self.begin(Open::List(Vec::new()), anchor_id, tag.as_deref(), &span)?;
                }
                Event::MappingStart(anchor_id, tag) => {
                    let open = Open::Map {
                        map: Map::new(),
                        key: None,
                    };
                    self.begin(open, anchor_id, tag.as_deref(), &span)?;
                }
                Event::SequenceEnd | Event::MappingEnd => self.end(&span)?,
                Event::Nothing
                | Event::StreamStart
                | Event::StreamEnd
                | Event::DocumentStart(_)
                | Event::DocumentEnd => {}
            }
        }
        Ok((self.root.unwrap_or(Value::Null), self.entries))
    }

    fn begin(
        &mut self,
        open: Open,
        anchor_id: usize,
        tag: Option<&Tag>,
        span: &Span,
    ) -> Result<(), Fault> {
        if anchor_id != 0 {
            return Err(anchor(span));
        }
        if tag.is_some() {
            return Err(Fault::at("UY003", "tags are not read", span));
        }
        if self.stack.len() >= DEPTH_MAX {
            return Err(Fault::at(
                "UY004",
                format!("nested deeper than {DEPTH_MAX}"),
                span,
            ));
        }
        let place = place(span, Style::Other);
        let (pointer, key) = self.next_pointer(span)?;
        self.stack.push((open, pointer, key, place));
        Ok(())
    }

    fn end(&mut self, span: &Span) -> Result<(), Fault> {
        let Some((open, pointer, key, place)) = self.stack.pop() else {
            return Err(Fault::at("UY001", "an end without a start", span));
        };
        let value = match open {
            Open::List(list) => Value::Array(list),
            Open::Map { map, .. } => Value::Object(map),
        };
        self.put(value, pointer, key, place);
        Ok(())
    }

    fn scalar(
        &mut self,
        text: &str,
        style: ScalarStyle,
        tag: Option<&Tag>,
        span: &Span,
    ) -> Result<(), Fault> {
        let shape = match style {
            ScalarStyle::Plain => Style::Plain,
            ScalarStyle::SingleQuoted => Style::Quoted,
            ScalarStyle::DoubleQuoted => Style::DoubleQuoted,
            ScalarStyle::Literal => Style::Block,
            ScalarStyle::Folded => Style::Other,
        };
        let place = place(span, shape);
        if let Some((
            Open::Map {
                map,
                key: key @ None,
            },
            ..,
        )) = self.stack.last_mut()
        {
            if map.contains_key(text) {
                let name: String = text.chars().take(60).collect();
                return Err(Fault::at(
                    "UY002",
                    format!("the key `{name}` is there twice"),
                    span,
                ));
            }
            *key = Some((text.to_owned(), place));
            return Ok(());
        }
        let as_text = tag.is_some_and(|tag| tag.is_yaml_core_schema() && tag.suffix == "str");
        if tag.is_some() && !as_text {
            return Err(Fault::at("UY003", "tags are not read", span));
        }
        let value = match style {
            ScalarStyle::Plain if !as_text => plain(text),
            _ => Value::String(text.to_owned()),
        };
        let (pointer, key) = self.next_pointer(span)?;
        self.put(value, pointer, key, place);
        Ok(())
    }

    /// The pointer of the value that comes now, and its key's place.
    fn next_pointer(&mut self, span: &Span) -> Result<(String, Option<Place>), Fault> {
        self.nodes += 1;
        if self.nodes > NODES_MAX {
            return Err(Fault::at(
                "UY004",
                format!("more than {NODES_MAX} values"),
                span,
            ));
        }
        let with_places = self.with_places;
        match self.stack.last() {
            None if self.root.is_some() => Err(Fault::at("UY006", "a second value", span)),
            None => Ok((String::new(), None)),
            Some((Open::List(list), at, ..)) => {
                let pointer = if with_places {
                    format!("{at}/{}", list.len())
                } else {
                    String::new()
                };
                Ok((pointer, None))
            }
            Some((
                Open::Map {
                    key: Some((key, place)),
                    ..
                },
                at,
                ..,
            )) => {
                let pointer = if with_places {
                    format!("{at}/{}", key.replace('~', "~0").replace('/', "~1"))
                } else {
                    String::new()
                };
                Ok((pointer, Some(*place)))
            }
            Some((Open::Map { key: None, .. }, ..)) => {
                Err(Fault::at("UY005", "a key must be a text", span))
            }
        }
    }

    fn put(&mut self, value: Value, pointer: String, key: Option<Place>, place: Place) {
        if self.with_places {
            self.entries.insert(pointer, Entry { key, value: place });
        }
        match self.stack.last_mut() {
            None => self.root = Some(value),
            Some((Open::List(list), ..)) => list.push(value),
            Some((Open::Map { map, key }, ..)) => {
                if let Some((key, _)) = key.take() {
                    map.insert(key, value);
                }
            }
        }
    }
}

fn anchor(span: &Span) -> Fault {
    Fault::at("UY003", "anchors and aliases are not read", span).hint("write the value out")
}

fn place(span: &Span, style: Style) -> Place {
    let (line, column) = position(span.start.line(), span.start.col());
    let width = if span.start.line() == span.end.line() {
        u32::try_from(span.end.col().saturating_sub(span.start.col()))
            .unwrap_or(1)
            .max(1)
    } else {
        1
    };
    Place {
        line,
        column,
        width,
        style,
    }
}

/// Why a text is no document.
#[derive(Debug)]
pub(super) struct Fault {
    pub code: &'static str,
    pub message: String,
    pub hint: &'static str,
    pub line: u32,
    pub column: u32,
}

impl Fault {
    pub fn at_start(code: &'static str, message: String) -> Self {
        Self {
            code,
            message,
            hint: "",
            line: 1,
            column: 1,
        }
    }
    fn at(code: &'static str, message: impl Into<String>, span: &Span) -> Self {
        let (line, column) = position(span.start.line(), span.start.col());
        Self {
            code,
            message: message.into(),
            hint: "",
            line,
            column,
        }
    }
    fn hint(mut self, hint: &'static str) -> Self {
        self.hint = hint;
        self
    }
}

impl From<ScanError> for Fault {
    fn from(error: ScanError) -> Self {
        let (line, column) = position(error.marker().line(), error.marker().col());
        Self {
            code: "UY001",
            message: error.info().to_owned(),
            hint: "",
            line,
            column,
        }
    }
}

fn position(line: usize, col: usize) -> (u32, u32) {
    let line = u32::try_from(line).unwrap_or(u32::MAX).max(1);
    (
        line,
        u32::try_from(col).unwrap_or(u32::MAX).saturating_add(1),
    )
}
