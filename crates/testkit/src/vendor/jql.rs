//! As much of JQL as connectors use to find a ticket again: clauses joined by AND, with `=`, `!=`, `in`, `~`.

/// One clause.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Clause {
    /// Lower case.
    pub field: String,
    pub operator: Operator,
    pub values: Vec<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Operator {
    Is,
    IsNot,
    In,
    NotIn,
    Contains,
}

/// Reads a query; what follows ORDER BY is of no interest.
pub(super) fn parse(text: &str) -> Result<Vec<Clause>, String> {
    let words = words(text)?;
    let mut clauses = Vec::new();
    let mut rest = words.as_slice();
    while let [Word::Plain(field), tail @ ..] = rest {
        if field.eq_ignore_ascii_case("order") {
            break;
        }
        let (operator, tail) = operator(tail)?;
        let (values, tail) = values(tail, operator)?;
        clauses.push(Clause {
            field: field.to_ascii_lowercase(),
            operator,
            values,
        });
        rest = match tail {
            [Word::Plain(and), tail @ ..] if and.eq_ignore_ascii_case("and") => tail,
            [Word::Plain(order), ..] if order.eq_ignore_ascii_case("order") => &[],
            [] => &[],
            other => return Err(format!("expecting AND or ORDER BY but got {other:?}")),
        };
    }
    Ok(clauses)
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Word {
    Plain(String),
    Quoted(String),
    Sign(String),
}

fn operator(words: &[Word]) -> Result<(Operator, &[Word]), String> {
    let plain =
        |word: &Word, text: &str| matches!(word, Word::Plain(w) if w.eq_ignore_ascii_case(text));
    match words {
        [Word::Sign(sign), tail @ ..] => match sign.as_str() {
            "=" => Ok((Operator::Is, tail)),
            "!=" => Ok((Operator::IsNot, tail)),
            "~" => Ok((Operator::Contains, tail)),
            _ => Err(format!("`{sign}` is not supported here")),
        },
        [a, b, tail @ ..] if plain(a, "not") && plain(b, "in") => Ok((Operator::NotIn, tail)),
        [a, tail @ ..] if plain(a, "in") => Ok((Operator::In, tail)),
        other => Err(format!("expecting an operator but got {:?}", other.first())),
    }
}

fn values(words: &[Word], operator: Operator) -> Result<(Vec<String>, &[Word]), String> {
    let is_sign = |word: &Word, text: &str| matches!(word, Word::Sign(s) if s == text);
    match (operator, words) {
        (Operator::In | Operator::NotIn, [open, tail @ ..]) if is_sign(open, "(") => {
            let end = tail
                .iter()
                .position(|word| is_sign(word, ")"))
                .ok_or("a list is not closed")?;
            let (list, tail) = tail.split_at(end);
            let texts = list.iter().filter_map(|word| match word {
                Word::Plain(text) | Word::Quoted(text) => Some(text.clone()),
                Word::Sign(_) => None,
            });
            Ok((texts.collect(), tail.get(1..).unwrap_or_default()))
        }
        (_, [Word::Plain(text) | Word::Quoted(text), tail @ ..]) => Ok((vec![text.clone()], tail)),
        (_, other) => Err(format!("expecting a value but got {:?}", other.first())),
    }
}

fn words(text: &str) -> Result<Vec<Word>, String> {
    let mut words = Vec::new();
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            c if c.is_whitespace() => {}
            '"' | '\'' => {
                let mut quoted = String::new();
                loop {
                    match chars.next() {
                        None => return Err("a quoted string has not been completed".into()),
                        Some('\\') => quoted.extend(chars.next()),
                        Some(end) if end == c => break,
                        Some(other) => quoted.push(other),
                    }
                }
                words.push(Word::Quoted(quoted));
            }
            '!' if chars.peek() == Some(&'=') => {
                chars.next();
                words.push(Word::Sign("!=".into()));
            }
            '=' | '~' | '(' | ')' | ',' | '<' | '>' | '!' => words.push(Word::Sign(c.into())),
            c => {
                let mut plain = String::from(c);
                while let Some(next) = chars.peek()
                    && !next.is_whitespace()
                    && !"=~(),<>!\"'".contains(*next)
                {
                    plain.extend(chars.next());
                }
                words.push(Word::Plain(plain));
            }
        }
    }
    Ok(words)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_queries_of_connectors_are_read() {
        let clauses =
            parse(r#"project = SEC AND labels = "a\"b" AND status not in (Done, 'To Do')"#)
                .unwrap();
        assert_eq!(clauses[1].values, ["a\"b"]);
        assert_eq!(clauses[2].values, ["Done", "To Do"]);
        let clauses =
            parse(r#"project="SEC" and labels in ("a", b) AND summary ~ x ORDER BY created DESC"#)
                .unwrap();
        assert_eq!(clauses.len(), 3);
        assert_eq!(clauses[0].values, ["SEC"]);
        assert_eq!(
            (clauses[1].operator, clauses[1].values.as_slice()),
            (Operator::In, &["a".to_owned(), "b".into()][..])
        );
        assert!(parse("labels = ").is_err() && parse("labels \"x").is_err());
        assert_eq!(parse("order by created").unwrap(), []);
    }
}
