//! Names: from what people write to what a playbook allows, each once.

use std::collections::{BTreeMap, BTreeSet};

/// Longest name that is made.
const CHARS_MAX: usize = 48;
/// Names that mean something else in a playbook's expressions.
const TAKEN: &[&str] = &[
    "steps", "vars", "inputs", "case", "alert", "run", "now", "index",
];

/// Names that are given out.
#[derive(Debug, Default)]
pub(super) struct Names {
    used: BTreeSet<String>,
    given: BTreeMap<String, String>,
}

impl Names {
    /// The name of `key`: always the same; made of `wish`, or of `otherwise` when nothing of it can be used.
    pub(super) fn of(&mut self, key: &str, wish: &str, otherwise: &str) -> String {
        if let Some(name) = self.given.get(key) {
            return name.clone();
        }
        let name = self.fresh(wish, otherwise);
        self.given.insert(key.to_owned(), name.clone());
        name
    }

    /// A name that nobody has.
    pub(super) fn fresh(&mut self, wish: &str, otherwise: &str) -> String {
        let base = match slug(wish) {
            base if base.is_empty() => otherwise.to_owned(),
            base => base,
        };
        let free = |name: &String| !self.used.contains(name) && !TAKEN.contains(&name.as_str());
        let numbered = (2u32..).map(|n| format!("{base}_{n}"));
        let name = std::iter::once(base.clone()).chain(numbered).find(free);
        let name = name.unwrap_or(base);
        self.used.insert(name.clone());
        name
    }
}

/// Small letters, digits and `_`, a letter first; empty when nothing is left.
pub(super) fn slug(text: &str) -> String {
    let mut out = String::new();
    for c in text.chars().flat_map(char::to_lowercase) {
        if c.is_ascii_lowercase() || (c.is_ascii_digit() && !out.is_empty()) {
            out.push(c);
        } else if !out.is_empty() && !out.ends_with('_') {
            out.push('_');
        }
        if out.len() >= CHARS_MAX {
            break;
        }
    }
    out.trim_end_matches('_').to_owned()
}

/// The id of a playbook: like [`slug`] with `-`.
pub(super) fn playbook_slug(text: &str) -> String {
    slug(text).replace('_', "-")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_allowed_and_given_once() {
        let mut names = Names::default();
        assert_eq!(
            names.of("a", "Find Malware: FuzzyPanda!", "step"),
            "find_malware_fuzzypanda"
        );
        assert_eq!(
            names.of("b", "find malware fuzzypanda", "step"),
            "find_malware_fuzzypanda_2"
        );
        assert_eq!(
            names.of("a", "something else", "step"),
            "find_malware_fuzzypanda"
        );
        assert_eq!(names.fresh("42 – ½", "step"), "step");
        assert_eq!(names.fresh("Case", "step"), "case_2");
    }
}
