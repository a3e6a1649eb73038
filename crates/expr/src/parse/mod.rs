//! Tokens to tree: precedence climbing with every recursion and every node counted.

mod collection;

use serde_json::Value;

use crate::ast::{Access, COMPARISON, Kind, NOT, Node, Operator, PIPE, Step};
use crate::builtins;
use crate::error::{Error, ErrorKind, closest, quoted};
use crate::lex::{Kind as Lexeme, Token};
use crate::number::Num;
use crate::{AST_DEPTH_MAX, AST_NODES_MAX, Span};

/// Words that cannot be names of values.
pub(crate) const RESERVED: [&str; 11] = [
    "null", "true", "false", "omit", "and", "or", "not", "in", "if", "else", "for",
];

/// Deepest recursion of the parser: one level of the tree takes two at most, for a parenthesis and for
/// the right side of an operator.
const RECURSION_MAX: u16 = 2 * AST_DEPTH_MAX;

/// Boxed, because every byte of a frame counts in code that recurses.
type Parsed<T> = Result<T, Box<Error>>;

pub(crate) fn parse(tokens: Vec<Token>) -> Result<Node, Error> {
    parse_all(tokens).map_err(|error| *error)
}

fn parse_all(tokens: Vec<Token>) -> Parsed<Node> {
    let end = tokens.last().map_or((0, 0), |token| token.span);
    let end = Token {
        kind: Lexeme::End,
        span: end,
    };
    let mut parser = Parser {
        tokens,
        end,
        at: 0,
        nodes: 0,
        depth: 0,
    };
    if parser.peek().kind == Lexeme::End {
        let hint = "write a value, for example `alert.title`";
        return Err(Error::syntax("the expression is empty", hint, parser.peek().span).into());
    }
    let root = parser.expression()?;
    match parser.peek().kind {
        Lexeme::End => Ok(root),
        _ => Err(parser.unexpected("the end of the expression")),
    }
}

struct Parser {
    tokens: Vec<Token>,
    end: Token,
    at: usize,
    nodes: usize,
    depth: u16,
}

impl Parser {
    fn peek(&self) -> &Token {
        self.tokens.get(self.at).unwrap_or(&self.end)
    }

    fn after(&self) -> &Token {
        self.tokens.get(self.at + 1).unwrap_or(&self.end)
    }

    /// Where the last token read ends.
    fn behind(&self) -> usize {
        self.at
            .checked_sub(1)
            .and_then(|at| self.tokens.get(at))
            .map_or(0, |token| token.span.1)
    }

    fn since(&self, start: usize) -> Span {
        (start, self.behind())
    }

    fn is_mark(&self, mark: &str) -> bool {
        matches!(self.peek().kind, Lexeme::Mark(found) if found == mark)
    }

    fn is_word(&self, word: &str) -> bool {
        matches!(&self.peek().kind, Lexeme::Name(found) if found == word)
    }

    fn eat(&mut self, mark: &str) -> bool {
        let found = self.is_mark(mark);
        self.at += usize::from(found);
        found
    }

    fn eat_word(&mut self, word: &str) -> bool {
        let found = self.is_word(word);
        self.at += usize::from(found);
        found
    }

    fn expect(&mut self, mark: &str) -> Parsed<()> {
        match self.eat(mark) {
            true => Ok(()),
            false => Err(self.unexpected(&format!("`{mark}`"))),
        }
    }

    fn unexpected(&self, wanted: &str) -> Box<Error> {
        let token = self.peek();
        let (found, hint) = match &token.kind {
            Lexeme::End => ("the end".to_owned(), ""),
            Lexeme::Name(name) if name == "for" => (
                "`for`".to_owned(),
                "a comprehension needs brackets: `[x.id for x in list]`",
            ),
            Lexeme::Name(name) => (format!("`{}`", quoted(name)), ""),
            Lexeme::Text(_) => ("text".to_owned(), "join text with `~`"),
            Lexeme::Number(_) => ("a number".to_owned(), ""),
            Lexeme::Mark("(") => {
                let hint = "there are no methods; write `x | name(...)` or `name(x, ...)`";
                ("`(`".to_owned(), hint)
            }
            Lexeme::Mark(mark) => (format!("`{mark}`"), ""),
        };
        let message = format!("expected {wanted}, found {found}");
        Box::new(Error::syntax(message, hint, token.span))
    }

    fn node(&mut self, kind: Kind, span: Span, below: u16) -> Parsed<Node> {
        self.nodes += 1;
        if self.nodes > AST_NODES_MAX {
            let message = format!("the expression has more than {AST_NODES_MAX} parts");
            return Err(Error::limit(message, "split it into several `set` values")
                .at(span)
                .into());
        }
        if below >= AST_DEPTH_MAX {
            return Err(too_deep(span));
        }
        Ok(Node {
            kind,
            span,
            height: below + 1,
        })
    }

    fn enter(&mut self) -> Parsed<()> {
        self.depth += 1;
        match self.depth > RECURSION_MAX {
            true => Err(too_deep(self.peek().span)),
            false => Ok(()),
        }
    }

    fn leave(&mut self) {
        self.depth = self.depth.saturating_sub(1);
    }

    /// Everything, down to the choices.
    fn expression(&mut self) -> Parsed<Node> {
        self.enter()?;
        let start = self.peek().span.0;
        let first = self.binary(0)?;
        let node = if self.eat("?") {
            let then = self.expression()?;
            self.expect(":")?;
            let otherwise = self.expression()?;
            self.choice(first, then, otherwise, start)?
        } else if self.eat_word("if") {
            let condition = self.inner(0)?;
            if !self.eat_word("else") {
                let error = self.unexpected("`else`");
                return Err(error
                    .hinted("say what else: `a if c else b`, with `omit` or null")
                    .into());
            }
            let otherwise = self.expression()?;
            self.choice(condition, first, otherwise, start)?
        } else {
            first
        };
        self.leave();
        Ok(node)
    }

    fn choice(
        &mut self,
        condition: Node,
        then: Node,
        otherwise: Node,
        start: usize,
    ) -> Parsed<Node> {
        let below = condition.height.max(then.height).max(otherwise.height);
        let kind = Kind::If(Box::new([condition, then, otherwise]));
        self.node(kind, self.since(start), below)
    }

    /// Operators that bind at least as tightly as `least`.
    fn binary(&mut self, least: u8) -> Parsed<Node> {
        let start = self.peek().span.0;
        let mut left = self.operand()?;
        loop {
            if PIPE >= least && self.eat("|") {
                left = self.pipe(left, start)?;
                continue;
            }
            let Some((operator, width)) = self.operator() else {
                return Ok(left);
            };
            let power = operator.power();
            if power < least {
                return Ok(left);
            }
            self.at += width;
            let right = self.inner(power + 1)?;
            let below = left.height.max(right.height);
            let kind = Kind::Binary(operator, Box::new([left, right]));
            left = self.node(kind, self.since(start), below)?;
            let next = self.operator().map(|(next, _)| next.power());
            if power == COMPARISON && next == Some(COMPARISON) {
                let hint = "join them: `a < b and b < c`";
                return Err(
                    Error::syntax("comparisons do not chain", hint, self.peek().span).into(),
                );
            }
        }
    }

    /// As `binary`, one level of recursion further down.
    fn inner(&mut self, least: u8) -> Parsed<Node> {
        self.enter()?;
        let node = self.binary(least)?;
        self.leave();
        Ok(node)
    }

    /// The binary operator ahead and how many tokens it takes.
    fn operator(&self) -> Option<(Operator, usize)> {
        let operator = match &self.peek().kind {
            Lexeme::Name(name) => match name.as_str() {
                "or" => Operator::Or,
                "and" => Operator::And,
                "in" => Operator::In,
                "not" if matches!(&self.after().kind, Lexeme::Name(next) if next == "in") => {
                    return Some((Operator::NotIn, 2));
                }
                _ => return None,
            },
            Lexeme::Mark(mark) => match *mark {
                "||" => Operator::Or,
                "&&" => Operator::And,
                "==" => Operator::Equal,
                "!=" => Operator::NotEqual,
                "<" => Operator::Less,
                "<=" => Operator::LessOrEqual,
                ">" => Operator::Greater,
                ">=" => Operator::GreaterOrEqual,
                "~" => Operator::Concat,
                "+" => Operator::Add,
                "-" => Operator::Subtract,
                "*" => Operator::Multiply,
                "/" => Operator::Divide,
                "%" => Operator::Remainder,
                "??" => Operator::Coalesce,
                _ => return None,
            },
            Lexeme::Text(_) | Lexeme::Number(_) | Lexeme::End => return None,
        };
        Some((operator, 1))
    }

    fn pipe(&mut self, left: Node, start: usize) -> Parsed<Node> {
        let token = self.peek().clone();
        let Lexeme::Name(name) = token.kind else {
            return Err(self.unexpected("the name of a filter"));
        };
        self.at += 1;
        let mut arguments = vec![left];
        if self.eat("(") {
            self.list_until(")", &mut arguments)?;
        }
        self.call(&name, token.span, arguments, start)
    }

    fn call(
        &mut self,
        name: &str,
        name_span: Span,
        arguments: Vec<Node>,
        start: usize,
    ) -> Parsed<Node> {
        let span = self.since(start);
        let Some(builtin) = builtins::find(name) else {
            return Err(unknown(name, name_span));
        };
        let count = arguments.len();
        if count < builtin.arguments_min || count > builtin.arguments_max {
            let message = format!("`{}` does not take {count} argument(s)", builtin.name);
            let hint = format!("it is `{}`; the piped value counts", builtin.signature);
            return Err(Error::syntax(message, hint, span).into());
        }
        if builtin.coalesces() {
            return self.coalesce(arguments, span);
        }
        let below = arguments.iter().map(|node| node.height).max().unwrap_or(0);
        self.node(Kind::Call(builtin, arguments), span, below)
    }

    /// `default` and `coalesce` are `??`, because only an operator can catch what is undefined.
    fn coalesce(&mut self, arguments: Vec<Node>, span: Span) -> Parsed<Node> {
        let mut arguments = arguments.into_iter();
        let Some(mut left) = arguments.next() else {
            return self.node(Kind::Omit, span, 0);
        };
        for right in arguments {
            let below = left.height.max(right.height);
            let kind = Kind::Binary(Operator::Coalesce, Box::new([left, right]));
            left = self.node(kind, span, below)?;
        }
        Ok(left)
    }

    /// Prefix operators, then a primary with its path.
    fn operand(&mut self) -> Parsed<Node> {
        let start = self.peek().span.0;
        let (negate, least) = match &self.peek().kind {
            Lexeme::Name(name) if name == "not" => (false, Some(NOT)),
            Lexeme::Mark("!") => (false, None),
            Lexeme::Mark("-") => (true, None),
            _ => return self.path(),
        };
        self.at += 1;
        self.enter()?;
        let operand = match least {
            Some(least) => self.binary(least)?,
            None => self.operand()?,
        };
        self.leave();
        let span = self.since(start);
        if negate
            && let Kind::Literal(value) = &operand.kind
            && let Value::Number(number) = value.as_ref()
        {
            let negative = Num::of(number).negate().and_then(Num::into_value);
            return self.node(literal(negative.map_err(|e| e.at(span))?), span, 0);
        }
        let below = operand.height;
        let operand = Box::new(operand);
        self.node(
            if negate {
                Kind::Negate(operand)
            } else {
                Kind::Not(operand)
            },
            span,
            below,
        )
    }

    fn path(&mut self) -> Parsed<Node> {
        let start = self.peek().span.0;
        let base = self.primary()?;
        let mut below = base.height;
        let mut steps = Vec::new();
        loop {
            let from = self.peek().span.0;
            let safe = self.is_mark("?.") || self.is_mark("?[");
            let access = if self.eat(".") || self.eat("?.") {
                self.key_after_dot()?
            } else if self.eat("[") || self.eat("?[") {
                let index = self.expression()?;
                self.expect("]")?;
                below = below.max(index.height);
                access(index)
            } else {
                break;
            };
            self.nodes += 1;
            steps.push(Step {
                access,
                safe,
                span: self.since(from),
            });
        }
        match steps.is_empty() {
            true => Ok(base),
            false => self.node(Kind::Path(Box::new(base), steps), self.since(start), below),
        }
    }

    fn key_after_dot(&mut self) -> Parsed<Access> {
        let Lexeme::Name(name) = &self.peek().kind else {
            let hint = "write `[0]` for a place in a list, `[\"a key\"]` for unusual keys";
            return Err(self.unexpected("a key after the dot").hinted(hint).into());
        };
        let key = name.as_str().into();
        self.at += 1;
        Ok(Access::Key(key))
    }

    fn primary(&mut self) -> Parsed<Node> {
        let start = self.peek().span.0;
        match &self.peek().kind {
            Lexeme::Mark("(") => {
                self.at += 1;
                let inner = self.expression()?;
                self.expect(")")?;
                Ok(inner)
            }
            Lexeme::Mark("[") => self.list(start),
            Lexeme::Mark("{") => self.object(start),
            Lexeme::Name(name) => {
                let (name, span) = (name.clone(), self.peek().span);
                self.word(name, span)
            }
            _ => self.scalar(),
        }
    }

    fn scalar(&mut self) -> Parsed<Node> {
        let token = self.peek().clone();
        let value = match token.kind {
            Lexeme::Text(text) => Value::String(text),
            Lexeme::Number(number) => Value::Number(number),
            Lexeme::Name(_) | Lexeme::Mark(_) | Lexeme::End => {
                return Err(self.unexpected("a value"));
            }
        };
        self.at += 1;
        self.node(literal(value), token.span, 0)
    }

    fn word(&mut self, name: String, span: Span) -> Parsed<Node> {
        let kind = match name.as_str() {
            "null" => literal(Value::Null),
            "true" => literal(Value::Bool(true)),
            "false" => literal(Value::Bool(false)),
            "omit" => Kind::Omit,
            reserved if RESERVED.contains(&reserved) => return Err(self.unexpected("a value")),
            _ => {
                self.at += 1;
                if self.eat("(") {
                    let mut arguments = Vec::new();
                    self.list_until(")", &mut arguments)?;
                    return self.call(&name, span, arguments, span.0);
                }
                return self.node(Kind::Name(name.into()), span, 0);
            }
        };
        self.at += 1;
        self.node(kind, span, 0)
    }

    fn list_until(&mut self, close: &str, items: &mut Vec<Node>) -> Parsed<()> {
        while !self.eat(close) {
            items.push(self.expression()?);
            if !self.eat(",") {
                return self.expect(close);
            }
        }
        Ok(())
    }
}

fn access(index: Node) -> Access {
    let Kind::Literal(value) = &index.kind else {
        return Access::Dynamic(index);
    };
    match value.as_ref() {
        Value::String(key) => Access::Key(key.as_str().into()),
        Value::Number(number) => match number.as_i64() {
            Some(place) => Access::Index(place),
            None => Access::Dynamic(index),
        },
        _ => Access::Dynamic(index),
    }
}

fn literal(value: Value) -> Kind {
    Kind::Literal(Box::new(value))
}

fn unknown(name: &str, span: Span) -> Box<Error> {
    let names: Vec<&str> = builtins::builtins()
        .iter()
        .map(|builtin| builtin.name)
        .collect();
    let hint = match closest(name, &names) {
        Some(close) => format!("did you mean `{close}`?"),
        None => "the language reference lists all functions".to_owned(),
    };
    let message = format!("there is no function `{}`", quoted(name));
    Box::new(Error::new(ErrorKind::Undefined, message, hint).at(span))
}

fn too_deep(span: Span) -> Box<Error> {
    let message = format!("the expression is nested deeper than {AST_DEPTH_MAX} levels");
    Box::new(Error::limit(message, "split it into several `set` values").at(span))
}
