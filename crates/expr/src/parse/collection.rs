//! Lists, comprehensions and objects; those made only of literals are folded into one.

use serde_json::{Map, Value};

use super::{Parsed, Parser, RESERVED, literal};
use crate::ast::{For, Key, Kind, Node};
use crate::lex::Kind as Lexeme;

impl Parser {
    pub(super) fn list(&mut self, start: usize) -> Parsed<Node> {
        self.at += 1;
        let mut items = Vec::new();
        if !self.is_mark("]") {
            let first = self.expression()?;
            if self.is_word("for") {
                return self.comprehension(first, start);
            }
            items.push(first);
            if self.eat(",") {
                self.list_until("]", &mut items)?;
            } else {
                self.expect("]")?;
            }
        } else {
            self.at += 1;
        }
        let span = self.since(start);
        let below = items.iter().map(|node| node.height).max().unwrap_or(0);
        if items
            .iter()
            .all(|item| matches!(item.kind, Kind::Literal(_)))
        {
            let folded = items.into_iter().filter_map(into_literal).collect();
            return self.node(literal(Value::Array(folded)), span, below);
        }
        self.node(Kind::List(items), span, below)
    }

    fn comprehension(&mut self, body: Node, start: usize) -> Parsed<Node> {
        self.at += 1;
        let token = self.peek().clone();
        let name = match token.kind {
            Lexeme::Name(name) if !RESERVED.contains(&name.as_str()) => name,
            _ => return Err(self.unexpected("a name after `for`")),
        };
        self.at += 1;
        if !self.eat_word("in") {
            return Err(self.unexpected("`in`"));
        }
        // Not `expression`: the `if` that follows is the condition, not a choice.
        let list = self.inner(0)?;
        let condition = match self.eat_word("if") {
            true => Some(self.inner(0)?),
            false => None,
        };
        self.expect("]")?;
        let below = body.height.max(list.height);
        let below = condition
            .as_ref()
            .map_or(below, |node| below.max(node.height));
        let inner = For {
            body,
            name: name.into(),
            list,
            condition,
        };
        self.node(Kind::For(Box::new(inner)), self.since(start), below)
    }

    pub(super) fn object(&mut self, start: usize) -> Parsed<Node> {
        self.at += 1;
        let mut entries: Vec<(Key, Node)> = Vec::new();
        let mut below = 0;
        while !self.eat("}") {
            let key = self.object_key()?;
            self.expect(":")?;
            let value = self.expression()?;
            below = below.max(value.height);
            if let Key::Computed(node) = &key {
                below = below.max(node.height);
            }
            entries.push((key, value));
            if !self.eat(",") {
                self.expect("}")?;
                break;
            }
        }
        let span = self.since(start);
        let fixed = |(key, value): &(Key, Node)| {
            matches!(key, Key::Fixed(_)) && matches!(value.kind, Kind::Literal(_))
        };
        if entries.iter().all(fixed) {
            let folded = entries.into_iter().filter_map(|(key, value)| match key {
                Key::Fixed(key) => into_literal(value).map(|value| (key.into(), value)),
                Key::Computed(_) => None,
            });
            let folded: Map<String, Value> = folded.collect();
            return self.node(literal(Value::Object(folded)), span, below);
        }
        self.node(Kind::Object(entries), span, below)
    }

    fn object_key(&mut self) -> Parsed<Key> {
        let key = match &self.peek().kind {
            Lexeme::Name(key) | Lexeme::Text(key) => Key::Fixed(key.as_str().into()),
            Lexeme::Mark("[") => {
                self.at += 1;
                let key = self.expression()?;
                self.expect("]")?;
                return Ok(Key::Computed(key));
            }
            _ => return Err(self.unexpected("a key")),
        };
        self.at += 1;
        Ok(key)
    }
}

fn into_literal(node: Node) -> Option<Value> {
    match node.kind {
        Kind::Literal(value) => Some(*value),
        _ => None,
    }
}
