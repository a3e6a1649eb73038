//! How a test names steps: by id, or by a path in which a loop without `[n]` means every iteration.

/// A name for one or several steps of a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Pattern {
    text: String,
    /// Path components without `[…]`, and the iteration if one is meant.
    parts: Vec<(String, Option<String>)>,
    by_path: bool,
}

fn part(text: &str) -> (String, Option<String>) {
    match text.split_once('[') {
        Some((name, rest)) => {
            let index = rest.trim_end_matches(']');
            (name.to_owned(), (index != "*").then(|| index.to_owned()))
        }
        None => (text.to_owned(), None),
    }
}

impl Pattern {
    pub(super) fn new(text: &str) -> Pattern {
        Pattern {
            parts: text.split('/').map(part).collect(),
            by_path: text.contains(['/', '[']),
            text: text.to_owned(),
        }
    }

    /// As written.
    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// Whether the step with this path (without a target) is meant.
    pub(super) fn matches(&self, path: &str) -> bool {
        let parts: Vec<(String, Option<String>)> = path.split('/').map(part).collect();
        if !self.by_path {
            return parts.last().map(|(name, _)| name) == self.parts.first().map(|(name, _)| name);
        }
        parts.len() == self.parts.len()
            && parts.iter().zip(&self.parts).all(|(real, wanted)| {
                real.0 == wanted.0 && (wanted.1.is_none() || real.1 == wanted.1)
            })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_step_is_named_by_id_by_path_or_by_iteration() {
        let matches = |pattern: &str, path: &str| Pattern::new(pattern).matches(path);
        assert!(matches("ask", "lookups[3]/both/ask"));
        assert!(!matches("ask", "lookups[3]/both/asks"));
        assert!(matches("lookups/both/ask", "lookups[3]/both/ask"));
        assert!(matches("lookups[*]/both/ask", "lookups[3]/both/ask"));
        assert!(matches("lookups[3]/both/ask", "lookups[3]/both/ask"));
        assert!(!matches("lookups[2]/both/ask", "lookups[3]/both/ask"));
        assert!(!matches("both/ask", "lookups[3]/both/ask"));
    }
}
