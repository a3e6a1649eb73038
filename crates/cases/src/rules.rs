//! Triage rules as data: which alerts open a case of which type, and which are dropped.
//!
//! ```yaml
//! format: 1
//! rules:
//!   - name: Heartbeats
//!     when: {field: {kind: heartbeat}, severity_at_most: informational}
//!     then: {ignore: A heartbeat is no alert}
//!   - name: Reported phishing
//!     when: {field: {subject: "*[phish]*"}, observable: [url, domain]}
//!     then: {open: Phishing, playbook: phishing}
//!   - name: Port scans
//!     when: {title: "*port scan*"}
//!     then: {attach: Counted, not run again}
//! otherwise: {open: Enrichment, playbook: enrichment-only}
//! ```
//! The first rule whose conditions all hold decides. In texts `*` stands for anything, and case does not matter.

use serde_json::{Map, Value};
use updraft_model::{Alert, CaseType, Level, ObservableType, Problem, Severity};

/// Most rules.
pub const RULES_MAX: usize = 500;
/// The playbook of the standard rules.
const STANDARD_PLAYBOOK: &str = "enrichment-only";

const CONDITIONS: [&str; 6] = [
    "source",
    "observable",
    "severity_at_least",
    "severity_at_most",
    "title",
    "field",
];

/// Triage rules, checked.
#[derive(Debug, Clone, PartialEq)]
pub struct Rules {
    rules: Vec<Rule>,
    otherwise: Then,
}

#[derive(Debug, Clone, PartialEq)]
struct Rule {
    when: Matcher,
    then: Then,
}

/// What happens to an alert.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Then {
    Open { kind: CaseType, playbook: String },
    Attach { reason: String },
    Ignore { reason: String },
}

/// All that is given must hold.
#[derive(Debug, Clone, Default, PartialEq)]
struct Matcher {
    sources: Vec<String>,
    observables: Vec<ObservableType>,
    severity_at_least: Option<Severity>,
    severity_at_most: Option<Severity>,
    title: Option<String>,
    fields: Vec<(String, Value)>,
}

impl Rules {
    /// Every alert opens an Enrichment case that runs `enrichment-only`.
    pub fn standard() -> Self {
        let otherwise = Then::Open {
            kind: CaseType::enrichment(),
            playbook: STANDARD_PLAYBOOK.into(),
        };
        Self {
            rules: Vec::new(),
            otherwise,
        }
    }

    /// Reads rules; `None` when a problem is an error.
    pub fn from_value(value: &Value) -> (Option<Self>, Vec<Problem>) {
        let mut reader = Reader {
            problems: Vec::new(),
        };
        let rules = reader.rules(value);
        let failed = reader
            .problems
            .iter()
            .any(|problem| problem.level == Level::Error);
        ((!failed).then_some(rules), reader.problems)
    }

    pub(crate) fn first_match(&self, alert: &Alert) -> &Then {
        let found = self.rules.iter().find(|rule| rule.when.holds(alert));
        found.map_or(&self.otherwise, |rule| &rule.then)
    }

    /// Type and playbook of a case that no rule about opening speaks of.
    pub(crate) fn opening(&self) -> (CaseType, &str) {
        match &self.otherwise {
            Then::Open { kind, playbook } => (kind.clone(), playbook),
            Then::Attach { .. } | Then::Ignore { .. } => {
                (CaseType::enrichment(), STANDARD_PLAYBOOK)
            }
        }
    }
}

impl Matcher {
    fn holds(&self, alert: &Alert) -> bool {
        let source = alert.source.to_string();
        let has_type = || {
            let mut looked_up = alert.observables.iter().filter(|o| o.excluded.is_none());
            looked_up.any(|observable| self.observables.contains(&observable.kind))
        };
        (self.sources.is_empty() || self.sources.contains(&source))
            && (self.observables.is_empty() || has_type())
            && self
                .severity_at_least
                .is_none_or(|least| alert.severity >= least)
            && self
                .severity_at_most
                .is_none_or(|most| alert.severity <= most)
            && self
                .title
                .as_ref()
                .is_none_or(|pattern| like(pattern, &alert.title))
            && self
                .fields
                .iter()
                .all(|(path, wanted)| field_holds(&alert.fields, path, wanted))
    }
}

fn field_holds(fields: &Value, path: &str, wanted: &Value) -> bool {
    let found = path
        .split('.')
        .try_fold(fields, |value, key| value.get(key));
    match (found, wanted) {
        (Some(Value::String(text)), Value::String(pattern)) => like(pattern, text),
        (Some(found), wanted) => found == wanted,
        (None, wanted) => wanted.is_null(),
    }
}

/// `*` matches any text, everything else itself, without regard to case. Linear for each `*`-free piece.
fn like(pattern: &str, text: &str) -> bool {
    let (pattern, text) = (pattern.to_lowercase(), text.to_lowercase());
    let mut pieces = pattern.split('*');
    let Some(rest) = text.strip_prefix(pieces.next().unwrap_or_default()) else {
        return false;
    };
    let mut rest = rest;
    let mut pieces = pieces.peekable();
    if pieces.peek().is_none() {
        return rest.is_empty();
    }
    while let Some(piece) = pieces.next() {
        if pieces.peek().is_none() {
            return rest.ends_with(piece);
        }
        match rest.find(piece).and_then(|at| rest.get(at + piece.len()..)) {
            Some(after) => rest = after,
            None => return false,
        }
    }
    true
}

struct Reader {
    problems: Vec<Problem>,
}

impl Reader {
    fn error(&mut self, at: &str, message: impl Into<String>, hint: &str) {
        self.problems
            .push(Problem::error("US101", at, message).hint(hint));
    }

    fn unknown_keys(&mut self, at: &str, object: &Map<String, Value>, known: &[&str]) {
        for key in object.keys().filter(|key| !known.contains(&key.as_str())) {
            let place = format!("{at}/{}", key.replace('~', "~0").replace('/', "~1"));
            let problem = Problem::error("US102", place, format!("there is no `{key}` here"));
            self.problems.push(
                problem
                    .at_key()
                    .hint(format!("known: {}", known.join(", "))),
            );
        }
    }

    fn rules(&mut self, value: &Value) -> Rules {
        let mut rules = Rules::standard();
        let Some(object) = value.as_object() else {
            self.error(
                "",
                "triage rules are a set of keys and values",
                "start with `format: 1`",
            );
            return rules;
        };
        self.unknown_keys("", object, &["format", "rules", "otherwise"]);
        if object.get("format") != Some(&Value::from(1)) {
            self.error(
                "/format",
                "the format of these rules is not 1",
                "write `format: 1`",
            );
        }
        match object.get("rules") {
            None => {}
            Some(Value::Array(list)) if list.len() <= RULES_MAX => {
                for (index, rule) in list.iter().enumerate() {
                    rules
                        .rules
                        .extend(self.rule(&format!("/rules/{index}"), rule));
                }
            }
            Some(_) => self.error(
                "/rules",
                format!("this must be a list of at most {RULES_MAX}"),
                "",
            ),
        }
        if let Some(otherwise) = object.get("otherwise") {
            rules.otherwise = self
                .then("/otherwise", otherwise)
                .unwrap_or(rules.otherwise);
        }
        rules
    }

    fn rule(&mut self, at: &str, value: &Value) -> Option<Rule> {
        let Some(object) = value.as_object() else {
            self.error(at, "a rule is a set of keys and values", "name, when, then");
            return None;
        };
        self.unknown_keys(at, object, &["name", "when", "then"]);
        let when = self.when(&format!("{at}/when"), object.get("when"));
        let then = self.then(
            &format!("{at}/then"),
            object.get("then").unwrap_or(&Value::Null),
        );
        Some(Rule { when, then: then? })
    }

    fn when(&mut self, at: &str, value: Option<&Value>) -> Matcher {
        let mut matcher = Matcher::default();
        let Some(Value::Object(object)) = value else {
            self.error(
                at,
                "a rule needs conditions",
                "put what always holds under `otherwise`",
            );
            return matcher;
        };
        self.unknown_keys(at, object, &CONDITIONS);
        if object.is_empty() {
            self.error(
                at,
                "a rule needs conditions",
                "put what always holds under `otherwise`",
            );
        }
        matcher.sources = words(object.get("source"));
        matcher.observables = words(object.get("observable"))
            .iter()
            .flat_map(|word| match word.as_str() {
                "ip" => vec![ObservableType::Ipv4, ObservableType::Ipv6],
                "hash" => ObservableType::built_in()
                    .filter(ObservableType::is_hash)
                    .collect(),
                word => word.parse().into_iter().collect(),
            })
            .collect();
        for (key, slot) in [
            ("severity_at_least", &mut matcher.severity_at_least),
            ("severity_at_most", &mut matcher.severity_at_most),
        ] {
            if let Some(word) = object.get(key) {
                let mut all = Severity::ALL.into_iter();
                *slot = all.find(|severity| Some(severity.as_str()) == word.as_str());
                if slot.is_none() {
                    self.error(
                        &format!("{at}/{key}"),
                        "this is no severity",
                        "informational, low, medium, high or critical",
                    );
                }
            }
        }
        matcher.title = object
            .get("title")
            .and_then(Value::as_str)
            .map(str::to_owned);
        if let Some(Value::Object(fields)) = object.get("field") {
            let pairs = fields
                .iter()
                .map(|(path, wanted)| (path.clone(), wanted.clone()));
            matcher.fields = pairs.collect();
        }
        matcher
    }

    fn then(&mut self, at: &str, value: &Value) -> Option<Then> {
        let text = |key: &str| value.get(key).and_then(Value::as_str).map(str::to_owned);
        if let Some(object) = value.as_object() {
            self.unknown_keys(at, object, &["open", "playbook", "attach", "ignore"]);
        }
        match (text("open"), text("attach"), text("ignore")) {
            (Some(kind), None, None) => {
                let Some(playbook) = text("playbook") else {
                    self.error(
                        at,
                        "a case needs a playbook",
                        "add `playbook: enrichment-only`",
                    );
                    return None;
                };
                Some(Then::Open {
                    kind: CaseType(kind),
                    playbook,
                })
            }
            (None, Some(reason), None) => Some(Then::Attach { reason }),
            (None, None, Some(reason)) => Some(Then::Ignore { reason }),
            _ => {
                self.error(
                    at,
                    "say one of `open`, `attach` and `ignore`",
                    "`{open: Enrichment, playbook: enrichment-only}`",
                );
                None
            }
        }
    }
}

fn words(value: Option<&Value>) -> Vec<String> {
    match value {
        Some(Value::String(word)) => vec![word.clone()],
        Some(Value::Array(list)) => list
            .iter()
            .filter_map(Value::as_str)
            .map(str::to_owned)
            .collect(),
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn stars_match_anything_and_case_does_not_matter() {
        for (pattern, text, holds) in [
            ("*port scan*", "Inbound PORT SCAN seen", true),
            ("a*b*c", "a-x-b-y-c", true),
            ("a*b", "a-b-x", false),
            ("abc", "abc", true),
            ("abc", "abcd", false),
            ("*", "", true),
            ("a*a", "a", false),
        ] {
            assert_eq!(like(pattern, text), holds, "{pattern} on {text}");
        }
    }

    #[test]
    fn every_mistake_is_named_with_its_place() {
        let (rules, problems) = Rules::from_value(&json!({
            "format": 1,
            "rules": [
                {"when": {"sevrity": "high"}, "then": {"ignore": "x"}},
                {"when": {"severity_at_least": "bad"}, "then": {"open": "Enrichment"}},
                {"when": {}, "then": {"open": "a", "ignore": "b"}},
            ],
        }));
        assert!(rules.is_none());
        let found: Vec<_> = problems
            .iter()
            .map(|problem| problem.pointer.as_str())
            .collect();
        assert_eq!(
            found,
            [
                "/rules/0/when/sevrity",
                "/rules/1/when/severity_at_least",
                "/rules/1/then",
                "/rules/2/when",
                "/rules/2/then"
            ]
        );
    }
}
