//! Title, severity and time of a JSON document that nobody wrote a mapping for.
//!
//! Products name the same thing in many ways and wrap it differently. Every key is compared, without
//! case and punctuation, with a ranked list; a good name near the root beats a better one deep inside.

use std::collections::VecDeque;

use serde_json::Value;
use updraft_model::{Severity, Timestamp};

use crate::{levels, moments, text};

/// Most values that are looked at.
const NODES_MAX: usize = 5_000;
/// Deepest level that is looked at.
const DEPTH_MAX: u32 = 6;
/// Most elements of one list that are looked at.
const ELEMENTS_MAX: usize = 3;
/// What one level of depth costs, in ranks times two.
const DEPTH_COST: u32 = 3;

/// Most values, entries of one object, and characters of one value in a title made of values.
const PIECES_MAX: usize = 4;
const ENTRIES_MAX: usize = 50;
const PIECE_CHARS_MAX: usize = 60;

const TITLES: &[&[&str]] = &[
    &[
        "title",
        "alerttitle",
        "incidenttitle",
        "findingtitle",
        "headline",
        "alarmname",
    ],
    &[
        "alertname",
        "rulename",
        "ruletitle",
        "detectionname",
        "signaturename",
        "signature",
        "policyname",
        "threatname",
        "monitorname",
        "checkname",
        "riskeventname",
        "secrettypedisplayname",
        "alertdisplayname",
        "detectname",
    ],
    &[],
    &["summary", "subject", "displaymessage", "searchname", "info"],
    &["message", "msg", "shortmessage", "text", "intro", "body"],
    &[
        "name",
        "eventname",
        "eventtype",
        "event",
        "operation",
        "activity",
        "actionlabel",
        "log",
    ],
    &["description", "details", "reason", "remarks"],
    &["type", "category", "action", "kind", "alerttype"],
];

/// Parents whose `name` or `title` names the alert.
const NAMING_PARENTS: &[&str] = &[
    "rule",
    "alert",
    "detection",
    "signature",
    "sourcerule",
    "policy",
    "monitor",
    "check",
    "search",
    "threat",
    "finding",
    "incident",
];

const SEVERITIES: &[&[&str]] = &[
    &[
        "severity",
        "alertseverity",
        "severitylevel",
        "severityname",
        "eventseverity",
        "sev",
    ],
    &[
        "urgency",
        "priority",
        "risklevel",
        "threatlevel",
        "criticality",
        "risk",
        "alertpriority",
    ],
    &[
        "level",
        "loglevel",
        "riskscore",
        "score",
        "impact",
        "threatlevelid",
    ],
];

const TIMES: &[&[&str]] = &[
    &[
        "eventtime",
        "timestamp",
        "time",
        "occurredat",
        "detectedat",
        "eventtimestamp",
        "ts",
    ],
    &[
        "createdat",
        "created",
        "creationtime",
        "createdtime",
        "alertcreationtime",
        "eventdate",
    ],
    &[
        "firstseen",
        "eventfirstseen",
        "starttime",
        "startsat",
        "date",
        "published",
        "datetime",
    ],
    &[
        "firstobservedat",
        "backendtimestamp",
        "messagetime",
        "creationtimestamp",
        "receivedat",
    ],
    &[
        "lastseen",
        "updatedat",
        "updated",
        "peventtime",
        "eventtimedt",
        "createtimedt",
    ],
];

/// What was found.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Found {
    pub title: Option<String>,
    pub severity: Option<Severity>,
    pub time: Option<Timestamp>,
}

/// Looks through a document.
pub(crate) fn look(body: &Value, now: Timestamp) -> Found {
    let mut best: (Best<String>, Best<Severity>, Best<Timestamp>) = Default::default();
    let mut queue = VecDeque::from([(body, String::new(), 0)]);
    let mut nodes = 0;
    while let Some((value, parent, depth)) = queue.pop_front() {
        match value {
            Value::Object(object) => {
                for (key, value) in object {
                    nodes += 1;
                    if nodes > NODES_MAX {
                        break;
                    }
                    let key = plain(key);
                    best.0
                        .offer(title_rank(&parent, &key), depth, || title(value));
                    best.1.offer(rank(SEVERITIES, &key), depth, || {
                        severity(&parent, &key, value)
                    });
                    best.2
                        .offer(rank(TIMES, &key), depth, || moments::read(value, now));
                    if depth < DEPTH_MAX && (value.is_object() || value.is_array()) {
                        queue.push_back((value, key, depth + 1));
                    }
                }
            }
            // A list does not make its elements lie deeper than the key that names it.
            Value::Array(list) => queue.extend(
                list.iter()
                    .take(ELEMENTS_MAX)
                    .filter(|element| element.is_object())
                    .map(|element| (element, parent.clone(), depth)),
            ),
            _ => {}
        }
    }
    Found {
        title: best.0.value,
        severity: best.1.value,
        time: best.2.value,
    }
}

/// A title made of the first plain values, for a document that names nothing.
pub(crate) fn first_values(body: &Value) -> String {
    let mut pieces = Vec::new();
    let mut queue = VecDeque::from([body]);
    while let Some(value) = queue.pop_front().filter(|_| pieces.len() < PIECES_MAX) {
        let inner: Vec<(Option<&String>, &Value)> = match value {
            Value::Object(object) => object.iter().map(|(key, v)| (Some(key), v)).collect(),
            Value::Array(list) => list.iter().take(ELEMENTS_MAX).map(|v| (None, v)).collect(),
            _ => continue,
        };
        for (key, value) in inner.into_iter().take(ENTRIES_MAX) {
            let said = match value {
                Value::String(text) => text::one_line(text, PIECE_CHARS_MAX),
                Value::Number(_) | Value::Bool(_) => value.to_string(),
                Value::Null => continue,
                Value::Array(_) | Value::Object(_) => {
                    queue.push_back(value);
                    continue;
                }
            };
            match key {
                Some(key) if !said.is_empty() => pieces.push(format!("{key}: {said}")),
                None if !said.is_empty() => pieces.push(said),
                _ => {}
            }
        }
    }
    pieces.truncate(PIECES_MAX);
    match pieces.is_empty() {
        true => "JSON without content".to_owned(),
        false => text::one_line(&pieces.join(", "), crate::limits::TITLE_CHARS_MAX),
    }
}

/// The cheapest offer so far; the first of equals stays.
struct Best<T> {
    cost: u32,
    value: Option<T>,
}

impl<T> Default for Best<T> {
    fn default() -> Self {
        Self {
            cost: u32::MAX,
            value: None,
        }
    }
}

impl<T> Best<T> {
    fn offer(&mut self, rank: Option<u32>, depth: u32, read: impl FnOnce() -> Option<T>) {
        let Some(rank) = rank else { return };
        let cost = rank * 2 + depth * DEPTH_COST;
        if cost < self.cost
            && let Some(value) = read()
        {
            *self = Self {
                cost,
                value: Some(value),
            };
        }
    }
}

/// Letters and digits of a key, lower case.
pub(crate) fn plain(key: &str) -> String {
    key.chars()
        .filter(char::is_ascii_alphanumeric)
        .take(64)
        .map(|c| c.to_ascii_lowercase())
        .collect()
}

fn rank(tiers: &[&[&str]], key: &str) -> Option<u32> {
    tiers
        .iter()
        .position(|tier| tier.contains(&key))
        .map(|rank| rank as u32)
}

fn title_rank(parent: &str, key: &str) -> Option<u32> {
    let named = matches!(key, "name" | "title" | "description") && NAMING_PARENTS.contains(&parent);
    match named {
        true if key != "description" => Some(1),
        true => Some(3),
        false => rank(TITLES, key),
    }
}

fn title(value: &Value) -> Option<String> {
    let written = value.as_str()?;
    let line = text::one_line(written, crate::limits::TITLE_CHARS_MAX);
    let says_nothing = matches!(
        line.as_str(),
        "" | "-" | "--" | "null" | "None" | "N/A" | "n/a"
    ) || (line.starts_with(['{', '['])
        && crate::json::is_valid(written.as_bytes()))
        || line.starts_with("http://")
        || line.starts_with("https://");
    (!says_nothing).then_some(line)
}

fn severity(parent: &str, key: &str, value: &Value) -> Option<Severity> {
    let number = value
        .as_f64()
        .or_else(|| value.as_str()?.trim().parse().ok());
    match (parent, key, number) {
        // MISP counts downwards and stops at three.
        (_, "threatlevelid", Some(1.0)) => Some(Severity::High),
        (_, "threatlevelid", Some(2.0)) => Some(Severity::Medium),
        (_, "threatlevelid", Some(3.0)) => Some(Severity::Low),
        (_, "threatlevelid", _) => None,
        // Wazuh's rule levels go up to 15.
        ("rule", "level", Some(n)) => levels::from_number(n / 1.5),
        (_, "level" | "score" | "impact", Some(_)) => None,
        _ => levels::read(value),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_best_name_near_the_root_wins() {
        let now = Timestamp::from_millis(1_795_163_405_000);
        for (body, title, severity) in [
            (
                json!({"message": "m", "title": "t", "severity": "HIGH"}),
                Some("t"),
                Some("high"),
            ),
            (
                json!({"payload": {"rule": {"name": "r", "level": 12}}, "name": ""}),
                Some("r"),
                Some("high"),
            ),
            (
                json!({"object": {"name": "guid", "properties": {"title": "t", "severity": "Medium"}}}),
                Some("t"),
                Some("medium"),
            ),
            (
                json!({"result": {"rule_name": "r", "urgency": "high"}, "search_name": "s"}),
                Some("r"),
                Some("high"),
            ),
            (
                json!({"Event": {"threat_level_id": "1", "info": "i"}}),
                Some("i"),
                Some("high"),
            ),
            (
                json!({"alerts": [{"labels": {"alertname": "a", "severity": "critical"}}]}),
                Some("a"),
                Some("critical"),
            ),
            (json!({"a": 1}), None, None),
        ] {
            let found = look(&body, now);
            assert_eq!(found.title.as_deref(), title, "{body}");
            assert_eq!(found.severity.map(Severity::as_str), severity, "{body}");
        }
    }
}
