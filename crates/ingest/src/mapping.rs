//! A source mapping: how one product's alerts become ours, as data.
//!
//! ```yaml
//! format: 1
//! id: guardduty
//! title: Amazon GuardDuty finding
//! detect: body?.service?.serviceName == 'guardduty'   # is this one of mine? for the mapping `auto`
//! items: "{{ body.findings ?? [body] }}"              # several alerts in one document
//! fields:                                             # title, severity, time and dedup have a meaning,
//!   title: "{{ body.title }}"                         # all others are stored as they are
//!   severity: "{{ body.severity }}"
//!   dedup: "{{ body.id }}"
//! severity_ranges: [{below: 4, is: low}, {below: 7, is: medium}, {is: high}]
//! severity_map: {Sev1: critical}
//! observables:
//!   - {type: ip, value: "{{ body.remote?.ip }}", role: attacker}
//!   - {from: "{{ body.description }}"}                # look for observables in this text
//! extract: all                                        # all (default), none, or a list of templates
//! skip: [resource]                                    # keys whose values are not searched
//! ```
//! Templates see `body`, `log`, `kind` and `text`. What a mapping leaves out is found as if there were
//! no mapping; what fails to evaluate is a diagnostic of the alert, never a lost alert.

use std::sync::Arc;

use serde_json::{Map, Value};
use updraft_expr::{Expr, JsonTemplate, Reference, Template};
use updraft_model::{Level, ObservableType, Problem, Severity};

use crate::observables::Wanted;
use crate::standard::plain;

/// Most observables rules, fields, ranges and skipped keys of one mapping, each.
pub const ENTRIES_MAX: usize = 200;
/// The names that templates of a mapping may use.
pub const NAMES: [&str; 4] = ["body", "log", "kind", "text"];

const KEYS: [&str; 11] = [
    "format",
    "id",
    "title",
    "summary",
    "detect",
    "items",
    "fields",
    "severity_map",
    "severity_ranges",
    "observables",
    "extract",
];
/// First parts of deduplication keys that are not a mapping's.
const RESERVED_IDS: [&str; 4] = ["auto", "raw", "set", "ioc"];

/// A compiled mapping. Cloning shares it.
#[derive(Debug, Clone)]
pub struct Mapping {
    pub(crate) inner: Arc<Compiled>,
}

#[derive(Debug, Default)]
pub(crate) struct Compiled {
    pub id: String,
    pub title: String,
    pub detect: Option<Expr>,
    pub items: Option<Template>,
    pub fields: Fields,
    pub severity_map: Vec<(String, Severity)>,
    pub severity_ranges: Vec<(f64, Severity)>,
    pub observables: Vec<Rule>,
    pub extract: Extract,
    pub skip: Vec<String>,
    pub needs_text: bool,
}

#[derive(Debug, Default)]
pub(crate) struct Fields {
    pub title: Option<Template>,
    pub severity: Option<Template>,
    pub time: Option<Template>,
    pub dedup: Option<Template>,
    /// All others; `None`: keep what was read.
    pub others: Option<Vec<(String, JsonTemplate)>>,
}

#[derive(Debug)]
pub(crate) enum Rule {
    Value {
        kind: Wanted,
        value: Template,
        role: Option<String>,
        when: Option<Expr>,
    },
    From(Template),
}

#[derive(Debug, Default)]
pub(crate) enum Extract {
    #[default]
    All,
    None,
    Parts(Vec<Template>),
}

impl Mapping {
    /// The mapping that names nothing: everything is found by looking.
    pub fn standard() -> Self {
        let inner = Compiled {
            id: "generic".into(),
            title: "Anything".into(),
            ..Compiled::default()
        };
        Self {
            inner: Arc::new(inner),
        }
    }

    /// Compiles a document; `None` when a problem is an error.
    pub fn from_value(value: &Value) -> (Option<Self>, Vec<Problem>) {
        let mut reader = Reader::default();
        let compiled = reader.mapping(value);
        let failed = reader
            .problems
            .iter()
            .any(|problem| problem.level == Level::Error);
        let mapping = (!failed).then(|| Self {
            inner: Arc::new(compiled),
        });
        (mapping, reader.problems)
    }

    /// Its name in the content and in a source's configuration.
    pub fn id(&self) -> &str {
        &self.inner.id
    }

    /// Its name for people.
    pub fn title(&self) -> &str {
        &self.inner.title
    }
}

/// Reads a document and notes every problem instead of stopping at the first.
#[derive(Default)]
struct Reader {
    problems: Vec<Problem>,
    needs_text: bool,
}

impl Reader {
    fn mapping(&mut self, value: &Value) -> Compiled {
        let mut compiled = Compiled::default();
        let Some(object) = value.as_object() else {
            self.error(
                "US001",
                "",
                "a mapping is a set of keys and values",
                "start with `format: 1`",
            );
            return compiled;
        };
        for key in object
            .keys()
            .filter(|key| !KEYS.contains(&key.as_str()) && *key != "skip")
        {
            let problem = Problem::error(
                "US002",
                pointer("", key),
                format!("a mapping has no `{key}`"),
            );
            self.problems.push(
                problem
                    .at_key()
                    .hint(format!("known: {}, skip", KEYS.join(", "))),
            );
        }
        if object.get("format") != Some(&Value::from(1)) {
            self.error(
                "US007",
                "/format",
                "the format of this mapping is not 1",
                "write `format: 1`",
            );
        }
        compiled.id = self.id(object);
        compiled.title = match object.get("title") {
            Some(Value::String(title)) => title.clone(),
            _ => compiled.id.clone(),
        };
        compiled.detect = object
            .get("detect")
            .and_then(|value| self.expr("/detect", value));
        compiled.items = object
            .get("items")
            .and_then(|value| self.template("/items", value));
        compiled.fields = self.fields(object.get("fields"));
        compiled.severity_map = self.severity_map(object.get("severity_map"));
        compiled.severity_ranges = self.severity_ranges(object.get("severity_ranges"));
        compiled.observables = self.observables(object.get("observables"));
        compiled.extract = self.extract(object.get("extract"));
        compiled.skip = self.skip(object.get("skip"));
        compiled.needs_text = self.needs_text;
        compiled
    }

    fn id(&mut self, object: &Map<String, Value>) -> String {
        let id = object.get("id").and_then(Value::as_str).unwrap_or_default();
        let letters = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
        if id.is_empty() || id.len() > 64 || !id.bytes().all(letters) {
            self.error(
                "US003",
                "/id",
                "the mapping has no usable `id`",
                "lower-case letters, digits and `_`, at most 64",
            );
        } else if RESERVED_IDS.contains(&id)
            || ObservableType::built_in().any(|kind| kind.as_str() == id)
        {
            self.error(
                "US003",
                "/id",
                format!("the id `{id}` has another meaning"),
                "name the product",
            );
        }
        id.to_owned()
    }

    fn fields(&mut self, value: Option<&Value>) -> Fields {
        let mut fields = Fields::default();
        let Some(object) = self.object("/fields", value) else {
            return fields;
        };
        let mut others = Vec::new();
        for (key, value) in object {
            let at = pointer("/fields", key);
            match key.as_str() {
                "title" => fields.title = self.template(&at, value),
                "severity" => fields.severity = self.template(&at, value),
                "time" => fields.time = self.template(&at, value),
                "dedup" => fields.dedup = self.template(&at, value),
                _ => match JsonTemplate::parse(value) {
                    Ok(template) => {
                        for (inner, reference) in template.references() {
                            self.reference(&format!("{at}{inner}"), &reference);
                        }
                        others.push((key.clone(), template));
                    }
                    Err((inner, error)) => self.expression(&format!("{at}{inner}"), &error),
                },
            }
        }
        fields.others = (!others.is_empty()).then_some(others);
        fields
    }

    fn severity_map(&mut self, value: Option<&Value>) -> Vec<(String, Severity)> {
        let object = self
            .object("/severity_map", value)
            .cloned()
            .unwrap_or_default();
        let entries = object.iter();
        entries
            .filter_map(|(word, value)| {
                let severity = self.severity(&pointer("/severity_map", word), value)?;
                Some((word.trim().to_lowercase(), severity))
            })
            .collect()
    }

    fn severity_ranges(&mut self, value: Option<&Value>) -> Vec<(f64, Severity)> {
        let mut ranges: Vec<(f64, Severity)> = Vec::new();
        for (index, range) in self.list("/severity_ranges", value).iter().enumerate() {
            let at = format!("/severity_ranges/{index}");
            let below = match range.get("below") {
                None => f64::INFINITY,
                Some(below) => match below.as_f64() {
                    Some(below) => below,
                    None => {
                        self.error("US001", &format!("{at}/below"), "`below` is no number", "");
                        continue;
                    }
                },
            };
            if ranges.last().is_some_and(|(before, _)| *before >= below) {
                self.error(
                    "US006",
                    &at,
                    "this range lies below the one before it",
                    "write the lowest range first, the open one last",
                );
            }
            let word = range.get("is").unwrap_or(&Value::Null);
            if let Some(severity) = self.severity(&format!("{at}/is"), word) {
                ranges.push((below, severity));
            }
        }
        ranges
    }

    fn severity(&mut self, at: &str, value: &Value) -> Option<Severity> {
        let found = value.as_str().and_then(|word| {
            Severity::ALL
                .into_iter()
                .find(|severity| severity.as_str() == word)
        });
        if found.is_none() {
            self.error(
                "US006",
                at,
                "this is no severity",
                "informational, low, medium, high or critical",
            );
        }
        found
    }

    fn observables(&mut self, value: Option<&Value>) -> Vec<Rule> {
        let mut rules = Vec::new();
        for (index, rule) in self.list("/observables", value).iter().enumerate() {
            let at = format!("/observables/{index}");
            let Some(object) = rule.as_object() else {
                self.error(
                    "US001",
                    &at,
                    "an observables rule is a set of keys",
                    "`{type: ip, value: …}` or `{from: …}`",
                );
                continue;
            };
            for key in object.keys() {
                if !["type", "value", "role", "when", "from"].contains(&key.as_str()) {
                    let problem = Problem::error(
                        "US002",
                        pointer(&at, key),
                        format!("an observables rule has no `{key}`"),
                    );
                    self.problems.push(
                        problem
                            .at_key()
                            .hint("known: type, value, role, when, from"),
                    );
                }
            }
            if let Some(from) = object.get("from") {
                rules.extend(self.template(&format!("{at}/from"), from).map(Rule::From));
                continue;
            }
            let (Some(kind), Some(value)) = (
                object.get("type").and_then(Value::as_str),
                object.get("value"),
            ) else {
                self.error(
                    "US003",
                    &at,
                    "an observables rule needs `type` and `value`, or `from`",
                    "",
                );
                continue;
            };
            let when = object
                .get("when")
                .and_then(|when| self.expr(&format!("{at}/when"), when));
            let kind = self.wanted(&format!("{at}/type"), kind);
            let role = object
                .get("role")
                .and_then(Value::as_str)
                .map(str::to_owned);
            if let Some(value) = self.template(&format!("{at}/value"), value) {
                rules.push(Rule::Value {
                    kind,
                    value,
                    role,
                    when,
                });
            }
        }
        rules
    }

    fn wanted(&mut self, at: &str, word: &str) -> Wanted {
        let wanted = Wanted::from_word(word);
        if let Wanted::One(ObservableType::Custom(name)) = &wanted {
            let problem = Problem::warning(
                "US005",
                at,
                format!("`{name}` is no built-in observable type"),
            );
            self.problems.push(problem.hint(
                "right if your content defines it; otherwise ip, hash, domain, url, email, …",
            ));
        }
        wanted
    }

    fn extract(&mut self, value: Option<&Value>) -> Extract {
        match value {
            None => Extract::All,
            Some(Value::String(word)) if word == "all" => Extract::All,
            Some(Value::String(word)) if word == "none" => Extract::None,
            Some(list @ Value::Array(_)) => {
                let parts = self.list("/extract", Some(list)).to_vec();
                let parts = parts.iter().enumerate().filter_map(|(index, part)| {
                    let at = format!("/extract/{index}");
                    let written = part.as_str().unwrap_or_default();
                    // A bare path is meant as one.
                    match written.contains("{{") {
                        true => self.template(&at, part),
                        false => self.template(&at, &format!("{{{{ {written} }}}}").into()),
                    }
                });
                Extract::Parts(parts.collect())
            }
            Some(_) => {
                self.error(
                    "US001",
                    "/extract",
                    "`extract` is neither `all`, `none` nor a list",
                    "",
                );
                Extract::All
            }
        }
    }

    fn skip(&mut self, value: Option<&Value>) -> Vec<String> {
        self.list("/skip", value)
            .iter()
            .filter_map(Value::as_str)
            .map(plain)
            .collect()
    }

    fn template(&mut self, at: &str, value: &Value) -> Option<Template> {
        let source = match value {
            Value::String(source) => source.clone(),
            Value::Number(number) => number.to_string(),
            Value::Bool(truth) => truth.to_string(),
            _ => {
                self.error("US001", at, "this must be a text or a template", "");
                return None;
            }
        };
        match Template::parse(&source) {
            Ok(template) => {
                for reference in template.references() {
                    self.reference(at, &reference);
                }
                Some(template)
            }
            Err(error) => {
                self.expression(at, &error);
                None
            }
        }
    }

    fn expr(&mut self, at: &str, value: &Value) -> Option<Expr> {
        let Some(source) = value.as_str() else {
            self.error(
                "US001",
                at,
                "this must be an expression",
                "put it in quotes",
            );
            return None;
        };
        match Expr::parse(source) {
            Ok(expr) => {
                for reference in expr.references() {
                    self.reference(at, &reference);
                }
                Some(expr)
            }
            Err(error) => {
                self.expression(at, &error);
                None
            }
        }
    }

    fn reference(&mut self, at: &str, reference: &Reference) {
        let root = reference.root();
        self.needs_text |= root == "text";
        if !NAMES.contains(&root) {
            let (start, end) = reference.span;
            let problem = Problem::error("US008", at, format!("there is no `{root}` here"));
            self.problems.push(
                problem
                    .within(start, end)
                    .hint(format!("known: {}", NAMES.join(", "))),
            );
        }
    }

    fn expression(&mut self, at: &str, error: &updraft_expr::Error) {
        let problem = Problem::error("US004", at, error.message.clone()).hint(error.hint.clone());
        self.problems
            .push(problem.within(error.span.0, error.span.1));
    }

    fn error(&mut self, code: &'static str, at: &str, message: impl Into<String>, hint: &str) {
        self.problems
            .push(Problem::error(code, at, message).hint(hint));
    }

    fn object<'v>(&mut self, at: &str, value: Option<&'v Value>) -> Option<&'v Map<String, Value>> {
        match value? {
            Value::Object(object) if object.len() <= ENTRIES_MAX => Some(object),
            Value::Object(_) => {
                self.error(
                    "US001",
                    at,
                    format!("there are more than {ENTRIES_MAX} entries"),
                    "",
                );
                None
            }
            _ => {
                self.error("US001", at, "this must be a set of keys and values", "");
                None
            }
        }
    }

    fn list<'v>(&mut self, at: &str, value: Option<&'v Value>) -> &'v [Value] {
        match value {
            None => &[],
            Some(Value::Array(list)) if list.len() <= ENTRIES_MAX => list,
            Some(_) => {
                self.error(
                    "US001",
                    at,
                    format!("this must be a list of at most {ENTRIES_MAX}"),
                    "",
                );
                &[]
            }
        }
    }
}

/// A JSON pointer one level deeper.
fn pointer(base: &str, key: &str) -> String {
    format!("{base}/{}", key.replace('~', "~0").replace('/', "~1"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn every_mistake_is_named_with_its_place() {
        let (mapping, problems) = Mapping::from_value(&json!({
            "format": 2, "id": "ipv4", "titel": "x",
            "detect": "body. ==",
            "fields": {"title": "{{ bdy.title }}", "extra": {"deep": "{{ 1 + }}"}},
            "severity_map": {"bad": "terrible"},
            "severity_ranges": [{"below": 5, "is": "low"}, {"below": 3, "is": "high"}],
            "observables": [{"typ": "ip"}, {"type": "usb_serial", "value": "{{ body.x }}"}],
            "extract": 3,
        }));
        assert!(mapping.is_none());
        let found: Vec<_> = problems
            .iter()
            .map(|p| (p.code, p.pointer.as_str()))
            .collect();
        assert_eq!(
            found,
            [
                ("US002", "/titel"),
                ("US007", "/format"),
                ("US003", "/id"),
                ("US004", "/detect"),
                ("US008", "/fields/title"),
                ("US004", "/fields/extra/deep"),
                ("US006", "/severity_map/bad"),
                ("US006", "/severity_ranges/1"),
                ("US002", "/observables/0/typ"),
                ("US003", "/observables/0"),
                ("US005", "/observables/1/type"),
                ("US001", "/extract"),
            ]
        );
    }
}
