//! Taking a connection's secrets out of everything that comes back.
//!
//! Vendors echo: an error page quotes the API key, a debug answer lists the request's headers. Before an answer
//! is looked at, recorded or logged, every known spelling of every secret in it becomes `***`: as it is,
//! percent-encoded, escaped for JSON, in base64, and inside a Basic header. Values that are so short that they
//! would hit ordinary text are left alone; nobody can call those secret.

use std::{collections::BTreeSet, sync::Arc};

use aho_corasick::{AhoCorasick, MatchKind};
use base64::{Engine, engine::general_purpose::STANDARD};

/// Shorter values are not looked for.
const SECRET_BYTES_MIN: usize = 6;
/// What stands in the place of a secret.
pub const STARS: &str = "***";

/// Finds and covers secrets.
#[derive(Clone, Default)]
pub struct Scrubber {
    finder: Option<Arc<AhoCorasick>>,
}

impl std::fmt::Debug for Scrubber {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Scrubber")
    }
}

impl Scrubber {
    /// Looks for these values, and for words of `sent` (headers, parameters) that hold one in base64.
    pub fn new<'a>(
        secrets: impl IntoIterator<Item = &'a str>,
        sent: impl IntoIterator<Item = &'a str>,
    ) -> Self {
        let mut spellings = BTreeSet::new();
        let secrets: Vec<&str> = secrets
            .into_iter()
            .filter(|value| value.len() >= SECRET_BYTES_MIN)
            .collect();
        for value in &secrets {
            spell(value, &mut spellings);
        }
        for word in sent.into_iter().flat_map(str::split_whitespace) {
            let Ok(plain) = STANDARD.decode(word) else {
                continue;
            };
            let plain = String::from_utf8_lossy(&plain);
            if secrets.iter().any(|secret| plain.contains(secret)) {
                spell(word, &mut spellings);
            }
        }
        if spellings.is_empty() {
            return Self::default();
        }
        let finder = AhoCorasick::builder()
            .match_kind(MatchKind::LeftmostLongest)
            .build(&spellings)
            .ok()
            .map(Arc::new);
        Self { finder }
    }

    /// The text without secrets.
    pub fn text(&self, text: String) -> String {
        match &self.finder {
            Some(finder) if finder.is_match(&text) => {
                let stars = vec![STARS; finder.patterns_len()];
                finder.replace_all(&text, &stars)
            }
            _ => text,
        }
    }

    /// The bytes without secrets, if there were any in them.
    pub fn bytes(&self, bytes: &[u8]) -> Option<Vec<u8>> {
        let finder = self
            .finder
            .as_ref()
            .filter(|finder| finder.is_match(bytes))?;
        let stars = vec![STARS.as_bytes(); finder.patterns_len()];
        Some(finder.replace_all_bytes(bytes, &stars))
    }
}

/// Every way in which an answer may quote the value.
fn spell(value: &str, spellings: &mut BTreeSet<String>) {
    let form: String = url::form_urlencoded::byte_serialize(value.as_bytes()).collect();
    let json = serde_json::Value::from(value).to_string();
    spellings.insert(form.replace('+', "%20"));
    spellings.insert(form.to_ascii_lowercase());
    spellings.insert(form);
    spellings.insert(json.trim_matches('"').replace('/', "\\/"));
    spellings.insert(json.trim_matches('"').to_owned());
    spellings.insert(STANDARD.encode(value));
    spellings.insert(STANDARD.encode(value).trim_end_matches('=').to_owned());
    spellings.insert(value.to_owned());
    spellings.retain(|spelling| spelling.len() >= SECRET_BYTES_MIN);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_spelling_of_a_secret_is_covered() {
        let secret = "s3cr/et+\"k\u{e9}y=";
        let scrubber = Scrubber::new([secret], []);
        let form: String = url::form_urlencoded::byte_serialize(secret.as_bytes()).collect();
        for text in [
            format!("key {secret} is wrong"),
            format!("?key={form}&x"),
            serde_json::json!({"error": format!("bad {secret}!")}).to_string(),
            format!("x {} y", STANDARD.encode(secret)),
        ] {
            let clean = scrubber.text(text.clone());
            assert!(
                clean.contains(STARS) && !clean.contains("s3cr"),
                "{text} -> {clean}"
            );
            assert_eq!(scrubber.bytes(text.as_bytes()), Some(clean.into_bytes()));
        }
    }

    #[test]
    fn a_basic_header_is_covered_although_it_holds_more_than_the_secret() {
        let header = format!(
            "Basic {}",
            STANDARD.encode("analyst@example.com:tok3n-value")
        );
        let scrubber = Scrubber::new(["tok3n-value"], [header.as_str()]);
        assert_eq!(scrubber.text(format!("got {header}")), "got Basic ***");
    }

    #[test]
    fn short_values_and_ordinary_text_stay() {
        let scrubber = Scrubber::new(["abc", ""], ["application/json"]);
        assert_eq!(
            scrubber.text("abc application/json".into()),
            "abc application/json"
        );
        assert_eq!(Scrubber::default().bytes(&[0xff]), None);
    }

    #[test]
    fn the_longest_secret_wins_when_one_is_part_of_another() {
        let scrubber = Scrubber::new(["tokens", "tokens-long"], []);
        assert_eq!(scrubber.text("tokens-long tokens".into()), "*** ***");
    }
}
