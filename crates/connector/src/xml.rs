//! XML as a JSON value: attributes are `@name`, text is `#text`, a repeated element is a list.
//!
//! An element with nothing but text is that text; an empty one is null. Prefixes are kept. A document type
//! is refused, and no entity but the five of XML and character references is known: nothing expands.

use quick_xml::{
    Reader,
    escape::unescape,
    events::{BytesStart, Event},
};
use serde_json::{Map, Value};

/// Deepest nesting.
pub const DEPTH_MAX: usize = 128;
/// Most elements and attributes.
pub const NODES_MAX: usize = 200_000;

/// An element that is being read.
struct Open {
    name: String,
    children: Map<String, Value>,
    text: String,
}

/// The document as a mapping with the root's name; `lists` are elements that are always a list.
pub(crate) fn decode(text: &str, lists: &[String]) -> Result<Value, String> {
    let mut reader = Reader::from_str(text);
    let mut stack: Vec<Open> = vec![open(String::new())];
    let mut nodes = 0usize;
    loop {
        match reader
            .read_event()
            .map_err(|error| format!("it is not XML: {error}"))?
        {
            Event::Start(start) => {
                if stack.len() > DEPTH_MAX {
                    return Err(format!("it is nested deeper than {DEPTH_MAX}"));
                }
                stack.push(element(&start, &mut nodes)?);
            }
            Event::Empty(start) => {
                let element = element(&start, &mut nodes)?;
                close(element, &mut stack, lists);
            }
            Event::End(_) => {
                if let Some(element) = stack.pop() {
                    close(element, &mut stack, lists);
                }
            }
            Event::Text(piece) => push(&mut stack, &piece.xml10_content()),
            Event::CData(piece) => push(&mut stack, &piece.xml10_content()),
            Event::GeneralRef(reference) => {
                let name = format!("&{};", &*reference);
                let text = unescape(&name).map_err(|error| format!("it is not XML: {error}"))?;
                push(&mut stack, &text);
            }
            Event::DocType(_) => return Err("it has a document type, which is not read".into()),
            Event::Comment(_) | Event::Decl(_) | Event::PI(_) => {}
            Event::Eof => break,
        }
    }
    match stack.pop() {
        Some(root) if stack.is_empty() && !root.children.is_empty() => {
            Ok(Value::Object(root.children))
        }
        _ => Err("it is not XML: an element is not closed, or there is none".into()),
    }
}

fn open(name: String) -> Open {
    Open {
        name,
        children: Map::new(),
        text: String::new(),
    }
}

fn element(start: &BytesStart<'_>, nodes: &mut usize) -> Result<Open, String> {
    let mut element = open(start.name().0.to_owned());
    *nodes += 1;
    for attribute in start.attributes() {
        let attribute = attribute.map_err(|error| format!("it is not XML: {error}"))?;
        let value =
            unescape(&attribute.value).map_err(|error| format!("it is not XML: {error}"))?;
        element.children.insert(
            format!("@{}", attribute.key.0),
            Value::String(value.into_owned()),
        );
        *nodes += 1;
    }
    if *nodes > NODES_MAX {
        return Err(format!("it has more than {NODES_MAX} elements"));
    }
    Ok(element)
}

fn push(stack: &mut [Open], text: &str) {
    if let Some(element) = stack.last_mut() {
        element.text.push_str(text);
    }
}

fn close(element: Open, stack: &mut [Open], lists: &[String]) {
    let Some(parent) = stack.last_mut() else {
        return;
    };
    let text = element.text.trim();
    let value = if element.children.is_empty() {
        if text.is_empty() {
            Value::Null
        } else {
            Value::String(text.to_owned())
        }
    } else {
        let mut map = element.children;
        if !text.is_empty() {
            map.insert("#text".into(), Value::String(text.to_owned()));
        }
        Value::Object(map)
    };
    let always = lists.contains(&element.name);
    match parent.children.get_mut(&element.name) {
        Some(Value::Array(list)) => list.push(value),
        Some(first) => {
            let first_value = first.take();
            *first = Value::Array(vec![first_value, value]);
        }
        None => {
            let value = if always {
                Value::Array(vec![value])
            } else {
                value
            };
            parent.children.insert(element.name, value);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn elements_attributes_and_repeats_become_json() {
        let text = r#"<?xml version="1.0"?><r a="1 &amp; 2"><x>one</x><x>t&lt;wo</x><y/><z k="v">t<![CDATA[<raw>]]></z><only>1</only></r>"#;
        let lists = ["only".to_owned()];
        assert_eq!(
            decode(text, &lists),
            Ok(json!({"r": {"@a": "1 & 2", "x": ["one", "t<wo"], "y": null,
                "z": {"@k": "v", "#text": "t<raw>"}, "only": ["1"]}}))
        );
    }

    #[test]
    fn bombs_and_broken_documents_are_refused() {
        let deep = format!("{}{}", "<a>".repeat(5_000), "</a>".repeat(5_000));
        assert!(decode(&deep, &[]).unwrap_err().contains("deeper"));
        let bomb = "<!DOCTYPE r [<!ENTITY a \"aaaa\">]><r>&a;</r>";
        assert!(decode(bomb, &[]).unwrap_err().contains("document type"));
        for broken in ["<a>", "", "text", "<a>&nbsp;</a>", "<a></b>"] {
            assert!(decode(broken, &[]).is_err(), "{broken}");
        }
    }
}
