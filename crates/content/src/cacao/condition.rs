//! Conditions: comparison expressions of STIX patterning over variables, as expressions of a playbook.
//!
//! `__count__:value > 3 AND NOT (__site__:value IN ('a', 'b'))` becomes
//! `float(vars.count) > 3 and not (vars.site in ['a', 'b'])`. Values are texts, as they are in documents. What is
//! not of this kind has no translation.

/// How deep parentheses may nest.
const DEPTH_MAX: usize = 32;
/// Bytes of a condition.
const BYTES_MAX: usize = 4_000;

#[derive(Debug, Clone, PartialEq)]
enum Token {
    Variable(String),
    Text(String),
    Number(String),
    Word(String),
    Sign(&'static str),
}

/// The condition as an expression; `name` gives the name under `vars` of a variable.
pub(super) fn translate(
    condition: &str,
    name: &mut dyn FnMut(&str) -> Option<String>,
) -> Option<String> {
    if condition.len() > BYTES_MAX {
        return None;
    }
    let tokens = tokens(condition)?;
    let mut reader = Reader {
        tokens: &tokens,
        at: 0,
        name,
    };
    let bracketed = reader.take_sign("[");
    let expression = reader.any(0)?;
    if bracketed && !reader.take_sign("]") {
        return None;
    }
    (reader.at == tokens.len()).then_some(expression)
}

fn tokens(text: &str) -> Option<Vec<Token>> {
    let mut found = Vec::new();
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        let length = match first {
            '\'' => {
                let (value, length) = quoted(rest)?;
                found.push(Token::Text(value));
                length
            }
            '_' if rest.starts_with("__") => {
                let end = rest.find(":value")?;
                let name = rest.get(..end)?;
                if !super::rules::is_variable(name) {
                    return None;
                }
                found.push(Token::Variable(name.to_owned()));
                end + ":value".len()
            }
            '0'..='9' | '-' | '+' => {
                let end = rest
                    .char_indices()
                    .skip(1)
                    .find(|(_, c)| !(c.is_ascii_digit() || *c == '.'))
                    .map_or(rest.len(), |(end, _)| end);
                let number = rest.get(..end)?.trim_start_matches('+');
                number.parse::<f64>().ok()?;
                found.push(Token::Number(number.to_owned()));
                end
            }
            'a'..='z' | 'A'..='Z' => {
                let end = rest
                    .find(|c: char| !c.is_ascii_alphabetic())
                    .unwrap_or(rest.len());
                found.push(Token::Word(rest.get(..end)?.to_ascii_uppercase()));
                end
            }
            _ => {
                let signs = [
                    "!=", "<>", "<=", ">=", "==", "=", "<", ">", "(", ")", "[", "]", ",",
                ];
                let sign = signs.into_iter().find(|sign| rest.starts_with(sign))?;
                found.push(Token::Sign(sign));
                sign.len()
            }
        };
        rest = rest.get(length..)?.trim_start();
    }
    Some(found)
}

/// A text in quotes, `\` before what is meant as it is.
fn quoted(text: &str) -> Option<(String, usize)> {
    let mut value = String::new();
    let mut escaped = false;
    for (place, c) in text.char_indices().skip(1) {
        match c {
            '\\' if !escaped => escaped = true,
            '\'' if !escaped => return Some((value, place + 1)),
            c => {
                value.push(c);
                escaped = false;
            }
        }
    }
    None
}

/// A text of the expression language.
pub(super) fn literal(text: &str) -> String {
    let mut out = String::from("'");
    for c in text.chars() {
        match c {
            '\\' => out.push_str("\\\\"),
            '\'' => out.push_str("\\'"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c => out.push(c),
        }
    }
    out.push('\'');
    out
}

struct Reader<'t, 'n> {
    tokens: &'t [Token],
    at: usize,
    name: &'n mut dyn FnMut(&str) -> Option<String>,
}

impl Reader<'_, '_> {
    fn peek(&self) -> Option<&Token> {
        self.tokens.get(self.at)
    }
    fn take_sign(&mut self, sign: &str) -> bool {
        let fits = matches!(self.peek(), Some(Token::Sign(s)) if *s == sign);
        self.at += usize::from(fits);
        fits
    }
    fn take_word(&mut self, word: &str) -> bool {
        let fits = matches!(self.peek(), Some(Token::Word(w)) if w == word);
        self.at += usize::from(fits);
        fits
    }

    fn any(&mut self, depth: usize) -> Option<String> {
        let mut all = vec![self.every(depth)?];
        while self.take_word("OR") {
            all.push(self.every(depth)?);
        }
        Some(joined(all, " or "))
    }
    fn every(&mut self, depth: usize) -> Option<String> {
        let mut all = vec![self.one(depth)?];
        while self.take_word("AND") {
            all.push(self.one(depth)?);
        }
        Some(joined(all, " and "))
    }
    fn one(&mut self, depth: usize) -> Option<String> {
        if depth >= DEPTH_MAX {
            return None;
        }
        if self.take_word("NOT") {
            return Some(format!("not ({})", self.one(depth + 1)?));
        }
        if self.take_sign("(") {
            let inner = self.any(depth + 1)?;
            return self.take_sign(")").then(|| format!("({inner})"));
        }
        self.comparison()
    }

    fn comparison(&mut self) -> Option<String> {
        let Some(Token::Variable(variable)) = self.peek().cloned() else {
            return None;
        };
        self.at += 1;
        let left = format!("vars.{}", (self.name)(&variable)?);
        let not = self.take_word("NOT");
        let said = if self.take_word("IN") {
            format!("{left} in [{}]", self.list()?.join(", "))
        } else if self.take_word("LIKE") {
            let Some(Token::Text(pattern)) = self.peek().cloned() else {
                return None;
            };
            self.at += 1;
            // STIX says % and _, we say * and ?; a pattern that has ours in it has no translation.
            if pattern.contains(['*', '?']) {
                return None;
            }
            let pattern = pattern.replace('%', "*").replace('_', "?");
            format!("{left} | like({})", literal(&pattern))
        } else {
            let Some(Token::Sign(sign)) = self.peek().cloned() else {
                return None;
            };
            self.at += 1;
            let sign = match sign {
                "=" | "==" => "==",
                "!=" | "<>" => "!=",
                "<" | ">" | "<=" | ">=" => sign,
                _ => return None,
            };
            let (right, number) = self.operand()?;
            match number {
                true => format!("float({left}) {sign} {right}"),
                false => format!("{left} {sign} {right}"),
            }
        };
        Some(match not {
            true => format!("not ({said})"),
            false => said,
        })
    }

    /// A value, and whether it is a number.
    fn operand(&mut self) -> Option<(String, bool)> {
        let token = self.peek().cloned()?;
        self.at += 1;
        match token {
            Token::Text(text) => Some((literal(&text), false)),
            Token::Number(number) => Some((number, true)),
            Token::Variable(variable) => Some((format!("vars.{}", (self.name)(&variable)?), false)),
            Token::Word(word) if word == "TRUE" || word == "FALSE" => {
                Some((literal(&word.to_ascii_lowercase()), false))
            }
            Token::Word(_) | Token::Sign(_) => None,
        }
    }

    fn list(&mut self) -> Option<Vec<String>> {
        if !self.take_sign("(") {
            return None;
        }
        let mut items = vec![self.operand()?.0];
        while self.take_sign(",") {
            items.push(self.operand()?.0);
        }
        self.take_sign(")").then_some(items)
    }
}

fn joined(mut all: Vec<String>, with: &str) -> String {
    match all.len() {
        1 => all.remove(0),
        _ => all.join(with),
    }
}

#[cfg(test)]
mod tests {
    use super::translate;

    fn said(condition: &str) -> Option<String> {
        let mut name = |name: &str| Some(name.trim_matches('_').to_owned());
        translate(condition, &mut name)
    }

    #[test]
    fn comparisons_become_expressions() {
        for (condition, expected) in [
            ("__x__:value = 'a'", "vars.x == 'a'"),
            ("__x__:value != '01-01-2025'", "vars.x != '01-01-2025'"),
            ("[__x__:value = true]", "vars.x == 'true'"),
            ("__n__:value >= 3", "float(vars.n) >= 3"),
            (
                "__x__:value IN ('a', 'it\\'s')",
                "vars.x in ['a', 'it\\'s']",
            ),
            ("__x__:value NOT IN ('a')", "not (vars.x in ['a'])"),
            ("__x__:value LIKE 'a%b_'", "vars.x | like('a*b?')"),
            ("__a__:value = __b__:value", "vars.a == vars.b"),
            (
                "__a__:value = 'x' AND (__b__:value = 'y' OR NOT __c__:value = 'z')",
                "vars.a == 'x' and (vars.b == 'y' or not (vars.c == 'z'))",
            ),
        ] {
            assert_eq!(said(condition).as_deref(), Some(expected), "{condition}");
        }
    }

    #[test]
    fn what_is_no_comparison_has_no_translation() {
        for condition in [
            "",
            "__x__:value",
            "ipv4-addr:value = '1.2.3.4'",
            "__x__:value = 'open",
            "__x__:value MATCHES '.*'",
            "__x__:value = 'a' garbage",
            "(__x__:value = 'a'",
            "{{ 1 }}",
        ] {
            assert_eq!(said(condition), None, "{condition}");
        }
        let deep = format!("{}__x__:value = 'a'{}", "(".repeat(100), ")".repeat(100));
        assert_eq!(said(&deep), None);
    }
}
