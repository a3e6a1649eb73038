//! Finding cases by words: which words a case is found by, and how the two databases look for them.
//!
//! A word is looked up by its beginning. So that `example.com` finds `mail.example.com`, a domain is kept with each of
//! its parents; so that nobody has to type `https://`, URLs are kept without their scheme. Every word is written behind
//! one character that stands for the tenant, so a search never even walks over another tenant's cases.

use std::collections::BTreeSet;

use updraft_model::{BlobHash, Case, ObservableType};

use crate::{
    error::Error,
    names::TENANTS_MAX,
    seam::{Db, Dialect, Row, Val},
};

/// The most words that one case is found by.
pub(crate) const WORDS_MAX: usize = 256;
/// Longer words are cut; a search for one cuts it too.
pub(crate) const WORD_CHARS_MAX: usize = 64;
/// The most words of a search.
const SEARCH_WORDS_MAX: usize = 8;
/// The first characters of a private area of Unicode, where no real text is.
const TENANT_CHARS: u32 = 0xE000;

/// The words that a case is found by, sorted.
pub(crate) fn words_of(case: &Case) -> Vec<String> {
    let mut words = BTreeSet::new();
    add_text(&mut words, &case.title);
    for observable in &case.observables {
        if words.len() >= WORDS_MAX {
            break;
        }
        let value = without_scheme(&observable.value);
        add_text(&mut words, value);
        let host = match &observable.kind {
            ObservableType::Domain => value,
            ObservableType::Url => value.split(['/', '?', '#', ':']).next().unwrap_or(value),
            ObservableType::Email => value.rsplit('@').next().unwrap_or(value),
            _ => continue,
        };
        let mut rest = host;
        while words.len() < WORDS_MAX {
            add_text(&mut words, rest);
            let Some((_, parent)) = rest.split_once('.').filter(|(_, up)| up.contains('.')) else {
                break;
            };
            rest = parent;
        }
    }
    words.into_iter().take(WORDS_MAX).collect()
}

/// A number that changes when the words do.
pub(crate) fn digest(words: &[String]) -> i64 {
    let hash = BlobHash::of(words.join(" ").as_bytes());
    let (first, _) = hash.as_bytes().split_at(8);
    first
        .iter()
        .fold(0_i64, |sum, byte| (sum << 8) | i64::from(*byte))
}

fn without_scheme(text: &str) -> &str {
    text.split_once("://").map_or(text, |(_, rest)| rest)
}

fn add_text(words: &mut BTreeSet<String>, text: &str) {
    for word in split(text) {
        if words.len() >= WORDS_MAX {
            return;
        }
        words.insert(word);
    }
}

/// Lower-case words: letters, digits and ASCII punctuation; quotes and brackets around them fall off.
fn split(text: &str) -> impl Iterator<Item = String> + '_ {
    text.split(|c: char| !(c.is_alphanumeric() || c.is_ascii_graphic()) || "\"'\\`*".contains(c))
        .map(|word| word.trim_matches(|c: char| "()[]{}<>,;:!?.".contains(c)))
        .map(without_scheme)
        .filter(|word| !word.is_empty())
        .map(|word| {
            word.chars()
                .flat_map(char::to_lowercase)
                .take(WORD_CHARS_MAX)
                .collect()
        })
}

fn tenant_char(tenant: i64) -> char {
    let offset = u32::try_from(tenant.clamp(0, TENANTS_MAX)).unwrap_or(0);
    char::from_u32(TENANT_CHARS + offset).unwrap_or('\u{E000}')
}

/// All words, each behind the tenant's character.
fn document(tenant: i64, words: &[String]) -> String {
    let mark = tenant_char(tenant);
    let mut text = String::with_capacity(words.iter().map(|word| word.len() + 4).sum());
    for word in words {
        if !text.is_empty() {
            text.push(' ');
        }
        text.push(mark);
        text.push_str(word);
    }
    text
}

/// PostgreSQL's literal form of a word: in quotes, quotes and backslashes cannot occur in it.
fn lexemes(tenant: i64, words: &[String]) -> String {
    let mark = tenant_char(tenant);
    let mut text = String::new();
    for word in words {
        text.push('\'');
        text.push(mark);
        text.push_str(word);
        text.push_str("' ");
    }
    text
}

pub(crate) fn put(db: &mut dyn Db, tenant: i64, seq: i64, words: &[String]) -> Result<(), Error> {
    match db.dialect() {
        Dialect::Sqlite => db.send(
            "INSERT INTO case_search (rowid, words) VALUES (?1, ?2)",
            &[Val::Int(seq), Val::Text(&document(tenant, words))],
            None,
        ),
        Dialect::Postgres => db.send(
            "UPDATE cases SET search = CAST(CAST(?2 AS TEXT) AS TSVECTOR) WHERE seq = ?1",
            &[Val::Int(seq), Val::Text(&lexemes(tenant, words))],
            None,
        ),
    }
}

pub(crate) fn replace(
    db: &mut dyn Db,
    tenant: i64,
    seq: i64,
    words: &[String],
) -> Result<(), Error> {
    remove(db, seq)?;
    put(db, tenant, seq, words)
}

pub(crate) fn remove(db: &mut dyn Db, seq: i64) -> Result<(), Error> {
    match db.dialect() {
        Dialect::Sqlite => db.send(
            "DELETE FROM case_search WHERE rowid = ?1",
            &[Val::Int(seq)],
            None,
        ),
        // The words are a column of the case's own row.
        Dialect::Postgres => Ok(()),
    }
}

/// What a list needs to know of a hit. Columns: seq, cell, opened_at, owner.
pub(super) const CANDIDATE_BY_SEQ: &str =
    "SELECT seq, cell, opened_at, owner FROM cases WHERE seq = ?1";

/// The case whose number the text is (`42`, `#42`).
pub(super) fn by_number(db: &mut dyn Db, tenant: i64, text: &str) -> Result<Option<Row>, Error> {
    let text = text.trim();
    let Ok(number) = text.strip_prefix('#').unwrap_or(text).parse::<i64>() else {
        return Ok(None);
    };
    db.row(
        "SELECT seq, cell, opened_at, owner FROM cases WHERE tenant = ?1 AND number = ?2",
        &[Val::Int(tenant), Val::Int(number)],
    )
}

/// How SQLite looks for the words of a search.
///
/// The index keeps a list of cases for every word and for every beginning of [`PREFIX_CHARS`] length; reading such a
/// list from its newest end is immediate. Any other beginning makes SQLite merge the lists of all words that begin so,
/// however many cases they name. So a long beginning that is frequent is looked for by a shorter one that has a list,
/// and each hit is checked; a rare one is cheap to merge.
#[derive(Debug)]
pub(super) struct Plan {
    terms: String,
    /// Words that a hit must be checked for.
    check: Vec<String>,
}

/// WIRE: the lengths in the index (`prefix=` in the schema) less the tenant's character.
const PREFIX_CHARS: [usize; 4] = [6, 4, 3, 2];
/// How many cases tell whether a beginning is frequent, and how many of them must have it.
const SAMPLE: usize = 200;
const FREQUENT: usize = 20;

impl Plan {
    /// `None` when there is nothing to look for.
    pub(super) fn new(db: &mut dyn Db, tenant: i64, text: &str) -> Result<Option<Self>, Error> {
        let words: Vec<String> = split(text).take(SEARCH_WORDS_MAX).collect();
        if words.is_empty() {
            return Ok(None);
        }
        let mark = tenant_char(tenant);
        let mut plan = Self {
            terms: String::new(),
            check: Vec::new(),
        };
        for word in words {
            let (term, glue) = match db.dialect() {
                Dialect::Sqlite => (plan.sqlite_term(db, mark, word)?, " AND "),
                Dialect::Postgres => {
                    let star = if open_ended(&word) { ":*" } else { "" };
                    (format!("'{mark}{word}'{star}"), " & ")
                }
            };
            if !plan.terms.is_empty() {
                plan.terms.push_str(glue);
            }
            plan.terms.push_str(&term);
        }
        Ok(Some(plan))
    }

    fn sqlite_term(&mut self, db: &mut dyn Db, mark: char, word: String) -> Result<String, Error> {
        let length = word.chars().count();
        let whole = format!("\"{mark}{word}\"");
        if !open_ended(&word) {
            return Ok(whole);
        }
        let listed = PREFIX_CHARS.into_iter().find(|chars| *chars <= length);
        let Some(listed) = listed.filter(|chars| *chars < length) else {
            return Ok(format!("{whole}*"));
        };
        let beginning: String = word.chars().take(listed).collect();
        let shorter = format!("\"{mark}{beginning}\"*");
        let sample = hits(db, &shorter, i64::MAX, SAMPLE)?;
        if sample.len() < SAMPLE {
            return Ok(format!("{whole}*"));
        }
        let words = std::slice::from_ref(&word);
        let having = matching(db, &sample, words)?;
        if having.len() < FREQUENT {
            return Ok(format!("{whole}*"));
        }
        self.check.push(word);
        Ok(shorter)
    }

    /// The next cases below a place, the newest first: how far it looked, and which of them have all words.
    pub(super) fn next(
        &self,
        db: &mut dyn Db,
        below: i64,
        limit: usize,
    ) -> Result<(Vec<i64>, BTreeSet<i64>), Error> {
        let looked_at = hits(db, &self.terms, below, limit)?;
        let found = if self.check.is_empty() {
            looked_at.iter().copied().collect()
        } else {
            matching(db, &looked_at, &self.check)?
        };
        Ok((looked_at, found))
    }
}

fn hits(db: &mut dyn Db, terms: &str, below: i64, limit: usize) -> Result<Vec<i64>, Error> {
    let sql = match db.dialect() {
        Dialect::Sqlite => {
            "SELECT rowid FROM case_search WHERE case_search MATCH ?1 AND rowid < ?2
             ORDER BY rowid DESC LIMIT ?3"
        }
        Dialect::Postgres => {
            "SELECT seq FROM cases WHERE search @@ CAST(CAST(?1 AS TEXT) AS TSQUERY) AND seq < ?2
             ORDER BY seq DESC LIMIT ?3"
        }
    };
    let params = [Val::Text(terms), Val::Int(below), Val::count(limit as u64)];
    db.rows(sql, &params)?
        .iter()
        .map(|row| row.int(0))
        .collect()
}

/// Those of the cases that have a word with each of the beginnings.
fn matching(db: &mut dyn Db, seqs: &[i64], beginnings: &[String]) -> Result<BTreeSet<i64>, Error> {
    let keys: Vec<Vec<Val<'_>>> = seqs.iter().map(|seq| vec![Val::Int(*seq)]).collect();
    let rows = db.many(
        "SELECT seq, body, observables FROM cases WHERE seq = ?1",
        &keys,
    )?;
    let mut found = BTreeSet::new();
    for row in rows.iter().flatten() {
        let case = super::row::with_observables(row.text(1)?, row.opt_text(2)?)?;
        let words = words_of(&case);
        let has = |beginning: &String| {
            words
                .iter()
                .any(|word| word.starts_with(beginning.as_str()))
        };
        if beginnings.iter().all(has) {
            found.insert(row.int(0)?);
        }
    }
    Ok(found)
}

/// One letter begins half of all words: it only stands for itself.
fn open_ended(word: &str) -> bool {
    word.chars().nth(1).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_lose_quotes_brackets_and_schemes() {
        let words: Vec<String> =
            split("Login (\"HTTPS://Evil.example/a?b=1\"), 'x' it's").collect();
        assert_eq!(words, ["login", "evil.example/a?b=1", "x", "it", "s"]);
    }

    #[test]
    fn each_tenant_has_its_own_character() {
        assert_ne!(tenant_char(1), tenant_char(2));
        assert_ne!(tenant_char(TENANTS_MAX), tenant_char(TENANTS_MAX - 1));
    }
}
