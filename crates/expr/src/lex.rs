//! Source text to tokens. A template hole ends at the first `}}` outside of strings and braces.

use serde_json::Number;

use crate::Span;
use crate::error::{Error, quoted};

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Kind {
    Name(String),
    Text(String),
    Number(Number),
    Mark(&'static str),
    End,
}

#[derive(Clone, Debug)]
pub(crate) struct Token {
    pub kind: Kind,
    pub span: Span,
}

/// Longest first, so that the first that fits is the right one.
const MARKS: [&str; 27] = [
    "??", "?.", "==", "!=", "<=", ">=", "&&", "||", "<", ">", "+", "-", "*", "/", "%", "~", "|",
    "!", "?", ":", ",", ".", "(", ")", "[", "]", "{",
];

/// All tokens of a bare expression, `End` last.
pub(crate) fn tokens(source: &str) -> Result<Vec<Token>, Error> {
    let mut lexer = Lexer {
        source,
        at: 0,
        braces: 0,
        hole: None,
    };
    lexer.run()
}

/// The tokens of a hole whose `{{` starts at `open`, and where the text goes on after its `}}`.
pub(crate) fn hole(source: &str, open: usize) -> Result<(Vec<Token>, usize), Error> {
    let mut lexer = Lexer {
        source,
        at: open + 2,
        braces: 0,
        hole: Some(open),
    };
    let tokens = lexer.run()?;
    Ok((tokens, lexer.at))
}

struct Lexer<'s> {
    source: &'s str,
    at: usize,
    braces: usize,
    hole: Option<usize>,
}

impl<'s> Lexer<'s> {
    fn rest(&self) -> &'s str {
        self.source.get(self.at..).unwrap_or("")
    }

    fn run(&mut self) -> Result<Vec<Token>, Error> {
        let mut tokens = Vec::new();
        loop {
            let blank = self.rest().len() - self.rest().trim_start().len();
            self.at += blank;
            let start = self.at;
            let kind = self.token(blank > 0)?;
            let end = if kind == Kind::End { start } else { self.at };
            let last = kind == Kind::End;
            tokens.push(Token {
                kind,
                span: (start, end),
            });
            if last {
                return Ok(tokens);
            }
        }
    }

    fn token(&mut self, after_blank: bool) -> Result<Kind, Error> {
        let rest = self.rest();
        let Some(first) = rest.chars().next() else {
            return match self.hole {
                Some(open) => Err(Error::syntax(
                    "this `{{` is never closed",
                    "close it with `}}`; for the text `{{` itself write `{{ '{{' }}`",
                    (open, open + 2),
                )),
                None => Ok(Kind::End),
            };
        };
        if first == '}' {
            return Ok(self.close_brace());
        }
        if first == '\'' || first == '"' {
            return self.text(first);
        }
        if first.is_ascii_digit() {
            return self.number();
        }
        if first.is_alphabetic() || first == '_' {
            let end = rest
                .find(|c: char| !c.is_alphanumeric() && c != '_')
                .unwrap_or(rest.len());
            self.at += end;
            return Ok(Kind::Name(rest.get(..end).unwrap_or("").to_owned()));
        }
        // `c ? [1] : [2]` is a choice, `a?["b"]` a safe path: the blank tells them apart.
        if rest.starts_with("?[") && !after_blank {
            self.at += 2;
            return Ok(Kind::Mark("?["));
        }
        let Some(mark) = MARKS.into_iter().find(|mark| rest.starts_with(mark)) else {
            return Err(self.unexpected(first));
        };
        self.at += mark.len();
        if mark == "{" {
            self.braces += 1;
        }
        Ok(Kind::Mark(mark))
    }

    fn close_brace(&mut self) -> Kind {
        if self.braces == 0 && self.hole.is_some() && self.rest().starts_with("}}") {
            self.at += 2;
            return Kind::End;
        }
        self.braces = self.braces.saturating_sub(1);
        self.at += 1;
        Kind::Mark("}")
    }

    fn unexpected(&self, c: char) -> Error {
        let span = (self.at, self.at + c.len_utf8());
        let hint = match c {
            '=' => "compare with `==`",
            '&' => "write `and`",
            ';' => "write one expression only",
            '`' | '“' | '”' | '‘' | '’' => "use plain quotes: ' or \"",
            _ => "",
        };
        let shown = quoted(&c.to_string());
        Error::syntax(format!("`{shown}` has no meaning here"), hint, span)
    }

    fn number(&mut self) -> Result<Kind, Error> {
        let start = self.at;
        let bytes = self.source.as_bytes();
        let digits = |mut at: usize| {
            while bytes.get(at).is_some_and(u8::is_ascii_digit) {
                at += 1;
            }
            at
        };
        let mut end = digits(start);
        let mut float = false;
        if bytes.get(end) == Some(&b'.') && bytes.get(end + 1).is_some_and(u8::is_ascii_digit) {
            end = digits(end + 1);
            float = true;
        }
        if matches!(bytes.get(end), Some(b'e' | b'E')) {
            let signed = usize::from(matches!(bytes.get(end + 1), Some(b'+' | b'-')));
            if bytes.get(end + 1 + signed).is_some_and(u8::is_ascii_digit) {
                end = digits(end + 1 + signed);
                float = true;
            }
        }
        self.at = end;
        let text = self.source.get(start..end).unwrap_or("");
        let number = match float {
            true => text.parse().ok().and_then(Number::from_f64),
            false => text.parse::<u64>().ok().map(Number::from),
        };
        let follows = self.rest().chars().next();
        if follows.is_some_and(|c| c.is_alphanumeric() || c == '_') {
            let hint = "names start with a letter; quote it if it is text";
            return Err(Error::syntax(
                "a number runs into a name",
                hint,
                (start, end),
            ));
        }
        let too_large = || Error::syntax("the number is too large", "", (start, end));
        number.map(Kind::Number).ok_or_else(too_large)
    }

    fn text(&mut self, quote: char) -> Result<Kind, Error> {
        let start = self.at;
        self.at += 1;
        let mut text = String::new();
        loop {
            let Some(c) = self.rest().chars().next() else {
                let hint = "close it with the same quote";
                return Err(Error::syntax(
                    "this text is never closed",
                    hint,
                    (start, start + 1),
                ));
            };
            self.at += c.len_utf8();
            match c {
                '\\' => text.push(self.escape()?),
                c if c == quote => return Ok(Kind::Text(text)),
                c => text.push(c),
            }
        }
    }

    fn escape(&mut self) -> Result<char, Error> {
        let start = self.at - 1;
        let c = self.rest().chars().next().unwrap_or(' ');
        self.at += c.len_utf8().min(self.rest().len());
        let plain = match c {
            'n' => '\n',
            't' => '\t',
            'r' => '\r',
            'b' => '\u{8}',
            'f' => '\u{c}',
            '0' => '\0',
            '\\' | '\'' | '"' | '/' => c,
            'u' => return self.unicode(start),
            _ => {
                let hint = "for a backslash itself write `\\\\`";
                return Err(Error::syntax(
                    "unknown escape in text",
                    hint,
                    (start, self.at),
                ));
            }
        };
        Ok(plain)
    }

    fn unicode(&mut self, start: usize) -> Result<char, Error> {
        let high = self.hex4();
        let code = match high {
            Some(high @ 0xd800..=0xdbff) if self.rest().starts_with("\\u") => {
                self.at += 2;
                self.hex4()
                    .filter(|low| (0xdc00..=0xdfff).contains(low))
                    .map(|low| 0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00))
            }
            other => other,
        };
        let at = self.at;
        let wrong = || {
            let hint = "write four hexadecimal digits, as in \\u00e9";
            Error::syntax("`\\u` names no character", hint, (start, at))
        };
        code.and_then(char::from_u32).ok_or_else(wrong)
    }

    fn hex4(&mut self) -> Option<u32> {
        let digits = self.rest().get(..4)?;
        if !digits.bytes().all(|b| b.is_ascii_hexdigit()) {
            return None;
        }
        self.at += 4;
        u32::from_str_radix(digits, 16).ok()
    }
}
