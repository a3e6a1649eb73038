//! Jira that remembers: issues, labels, comments, attachments and statuses, over REST v2 (Data Center) and v3
//! (Cloud) on the same paths.
//!
//! It counts what was created per label, so that a test can prove *exactly one* after crashes and lost answers.
//! As in a cluster, the search index may lag behind ([`Jira::index_lag`]).

use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

use parking_lot::Mutex;
use serde_json::{Map, Value, json};

use super::{
    Asked, Reply, Vendor,
    jql::{self, Clause, Operator},
};

/// Name, number and category of each status; issues begin with the first.
const STATUSES: [(&str, &str, &str); 3] = [
    ("To Do", "11", "new"),
    ("In Progress", "21", "indeterminate"),
    ("Done", "31", "done"),
];
const NO_ISSUE: &str = "Issue Does Not Exist";
/// A fixed moment: nobody reads it, and answers stay the same from run to run.
const CREATED: &str = "2026-11-21T08:00:00.000+0000";

struct Issue {
    number: u64,
    project: String,
    fields: Map<String, Value>,
    labels: Vec<String>,
    status: usize,
    comments: Vec<Value>,
    attachments: Vec<Value>,
    created: Instant,
}

impl Issue {
    fn key(&self) -> String {
        format!("{}-{}", self.project, self.number)
    }
}

#[derive(Default)]
struct State {
    issues: Vec<Issue>,
    by_key: BTreeMap<String, usize>,
    by_label: BTreeMap<String, Vec<usize>>,
    parts: u64,
    lag: Duration,
}

/// A Jira.
#[derive(Default)]
pub struct Jira {
    state: Mutex<State>,
}

impl std::fmt::Debug for Jira {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Jira({} issues)", self.state.lock().issues.len())
    }
}

impl Jira {
    /// New issues are found by search only after this.
    pub fn index_lag(&self, lag: Duration) {
        self.state.lock().lag = lag;
    }
    /// How many issues exist.
    pub fn issues(&self) -> usize {
        self.state.lock().issues.len()
    }
    /// How many issues were created per label.
    pub fn created_by_label(&self) -> BTreeMap<String, usize> {
        let state = self.state.lock();
        state
            .by_label
            .iter()
            .map(|(label, issues)| (label.clone(), issues.len()))
            .collect()
    }
    /// Labels that start like this and more than one issue has: must be empty.
    pub fn duplicates(&self, prefix: &str) -> Vec<(String, usize)> {
        let labels = self.created_by_label().into_iter();
        labels
            .filter(|(label, count)| label.starts_with(prefix) && *count > 1)
            .collect()
    }
    /// Attachments and comments of an issue.
    pub fn attached(&self, key: &str) -> (usize, usize) {
        let state = self.state.lock();
        let issue = state
            .by_key
            .get(key)
            .and_then(|index| state.issues.get(*index));
        issue.map_or((0, 0), |issue| {
            (issue.attachments.len(), issue.comments.len())
        })
    }

    /// How many issues, attachments and comments there are, and how many labels more than one issue has.
    pub fn stats(&self) -> Value {
        let state = self.state.lock();
        let duplicates = state
            .by_label
            .values()
            .filter(|issues| issues.len() > 1)
            .count();
        let attachments: usize = state
            .issues
            .iter()
            .map(|issue| issue.attachments.len())
            .sum();
        let comments: usize = state.issues.iter().map(|issue| issue.comments.len()).sum();
        let labels: BTreeMap<&String, usize> = state
            .by_label
            .iter()
            .map(|(label, issues)| (label, issues.len()))
            .collect();
        json!({
            "issues": state.issues.len(), "attachments": attachments, "comments": comments,
            "labels_twice": duplicates, "labels": labels,
        })
    }
}

impl Vendor for Jira {
    fn answer(&self, asked: &Asked) -> Reply {
        if asked.path() == "/__jira" {
            return Reply::json(200, &self.stats());
        }
        if !asked.headers.contains_key("authorization") {
            return Reply::text(
                401,
                "text/html",
                "<html><body>Unauthorized (401)</body></html>",
            );
        }
        let Some((_, path)) = asked.path().split_once("/rest/api/") else {
            return error(404, "no such resource");
        };
        let segments: Vec<&str> = path.split('/').skip(1).collect();
        let mut state = self.state.lock();
        match (asked.method.as_str(), segments.as_slice()) {
            ("POST", ["issue"]) => state.create(&asked.json()),
            ("GET" | "POST", ["search"] | ["search", "jql"]) => state.search(asked),
            ("GET", ["myself"]) => {
                let me = json!({"name": "updraft", "accountId": "5b10a2844c20165700ede21g", "displayName": "Updraft", "active": true});
                Reply::json(200, &me)
            }
            (method, ["issue", key, rest @ ..]) => state.on_issue(method, key, rest, asked),
            _ => error(404, "no such resource"),
        }
    }
}

impl State {
    fn create(&mut self, body: &Value) -> Reply {
        let fields = body
            .get("fields")
            .and_then(Value::as_object)
            .cloned()
            .unwrap_or_default();
        let text =
            |value: Option<&Value>| value.and_then(Value::as_str).unwrap_or_default().to_owned();
        let project = text(fields.get("project").and_then(|project| project.get("key")));
        let summary = text(fields.get("summary"));
        for (wrong, field, message) in [
            (project.is_empty(), "project", "project is required"),
            (
                summary.is_empty(),
                "summary",
                "You must specify a summary of the issue.",
            ),
            (
                summary.contains('\n'),
                "summary",
                "The summary is invalid because it contains newline characters.",
            ),
            (
                summary.chars().count() > 255,
                "summary",
                "Summary must be less than 255 characters.",
            ),
        ] {
            if wrong {
                return Reply::json(
                    400,
                    &json!({"errorMessages": [], "errors": {field: message}}),
                );
            }
        }
        let labels: Vec<String> = fields
            .get("labels")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
            .filter_map(|label| label.as_str().map(str::to_owned))
            .collect();
        if let Some(label) = labels
            .iter()
            .find(|label| label.contains(' ') || label.len() > 255)
        {
            let message = format!("The label '{label}' contains spaces or is too long.");
            return Reply::json(
                400,
                &json!({"errorMessages": [], "errors": {"labels": message}}),
            );
        }
        let index = self.issues.len();
        let issue = Issue {
            number: index as u64 + 1,
            project,
            fields,
            labels,
            status: 0,
            comments: Vec::new(),
            attachments: Vec::new(),
            created: Instant::now(),
        };
        let key = issue.key();
        self.by_key.insert(key.clone(), index);
        for label in &issue.labels {
            self.by_label.entry(label.clone()).or_default().push(index);
        }
        let id = (10_000 + issue.number).to_string();
        self.issues.push(issue);
        Reply::json(
            201,
            &json!({"id": id, "key": key, "self": format!("http://jira/rest/api/2/issue/{id}")}),
        )
    }

    fn search(&self, asked: &Asked) -> Reply {
        let body = asked.json();
        let given = |name: &str| {
            let from_body = body.get(name).map(|value| {
                value
                    .as_str()
                    .map_or_else(|| value.to_string(), str::to_owned)
            });
            asked.param(name).or(from_body)
        };
        let clauses = match jql::parse(&given("jql").unwrap_or_default()) {
            Ok(clauses) => clauses,
            Err(why) => return error(400, &format!("Error in the JQL Query: {why}")),
        };
        let number = |name: &str, default: usize| {
            given(name)
                .and_then(|text| text.parse().ok())
                .unwrap_or(default)
        };
        let (start, max) = (number("startAt", 0), number("maxResults", 50));
        let label = clauses
            .iter()
            .find(|clause| clause.field == "labels" && clause.operator == Operator::Is);
        // By label when there is one: a test with many thousand issues asks for one of them each time.
        let candidates: Vec<usize> = match label.and_then(|clause| clause.values.first()) {
            Some(label) => self.by_label.get(label).cloned().unwrap_or_default(),
            None => (0..self.issues.len()).collect(),
        };
        let found: Vec<&Issue> = candidates
            .into_iter()
            .filter_map(|index| self.issues.get(index))
            .filter(|issue| issue.created.elapsed() >= self.lag)
            .filter(|issue| clauses.iter().all(|clause| holds(clause, issue)))
            .collect();
        let page: Vec<Value> = found
            .iter()
            .skip(start)
            .take(max)
            .map(|issue| shown(issue, false))
            .collect();
        if asked.path().ends_with("/search/jql") {
            return Reply::json(
                200,
                &json!({"issues": page, "isLast": start + max >= found.len()}),
            );
        }
        let answer = json!({"expand": "schema,names", "startAt": start, "maxResults": max, "total": found.len(), "issues": page});
        Reply::json(200, &answer)
    }

    fn on_issue(&mut self, method: &str, key: &str, rest: &[&str], asked: &Asked) -> Reply {
        let numbered = key
            .parse::<usize>()
            .ok()
            .and_then(|id| id.checked_sub(10_001));
        let index = self.by_key.get(key).copied().or(numbered);
        self.parts += 1;
        let part = self.parts;
        let Some(issue) = index.and_then(|index| self.issues.get_mut(index)) else {
            return error(404, NO_ISSUE);
        };
        match (method, rest) {
            ("GET", []) => {
                let expand = asked.param("expand").unwrap_or_default();
                Reply::json(200, &shown(issue, expand.contains("transitions")))
            }
            ("PUT", []) => {
                if let Some(fields) = asked.json().get("fields").and_then(Value::as_object) {
                    issue.fields.extend(fields.clone());
                }
                Reply::empty(204)
            }
            ("GET", ["comment"]) => {
                let newest_first = asked
                    .param("orderBy")
                    .is_some_and(|order| order.starts_with('-'));
                let mut comments = issue.comments.clone();
                if newest_first {
                    comments.reverse();
                }
                let total = comments.len();
                Reply::json(
                    200,
                    &json!({"startAt": 0, "maxResults": 1000, "total": total, "comments": comments}),
                )
            }
            ("POST", ["comment"]) => match asked.json().get("body") {
                Some(body) if !body.is_null() && body != "" => {
                    let comment = json!({"id": (20_000 + part).to_string(), "body": body, "created": CREATED});
                    issue.comments.push(comment.clone());
                    Reply::json(201, &comment)
                }
                _ => Reply::json(
                    400,
                    &json!({"errorMessages": [], "errors": {"comment": "Comment body can not be empty!"}}),
                ),
            },
            ("POST", ["attachments"]) => attach(issue, asked, part),
            ("GET", ["transitions"]) => Reply::json(
                200,
                &json!({"expand": "transitions", "transitions": transitions()}),
            ),
            ("POST", ["transitions"]) => {
                let body = asked.json();
                let id = body
                    .get("transition")
                    .and_then(|transition| transition.get("id"));
                let id = id.and_then(Value::as_str).unwrap_or_default();
                match STATUSES.iter().position(|(_, known, _)| *known == id) {
                    Some(status) => {
                        issue.status = status;
                        Reply::empty(204)
                    }
                    None => error(
                        400,
                        &format!(
                            "It seems that you have tried to perform a workflow operation ({id}) that is not valid"
                        ),
                    ),
                }
            }
            _ => error(405, "Method Not Allowed"),
        }
    }
}

fn attach(issue: &mut Issue, asked: &Asked, part: u64) -> Reply {
    let header = |name: &str| asked.headers.get(name).cloned().unwrap_or_default();
    if header("x-atlassian-token") != "no-check" {
        return Reply::text(403, "text/plain", "XSRF check failed");
    }
    let content_type = header("content-type");
    let Some((_, boundary)) = content_type.split_once("boundary=") else {
        return error(400, "no multipart boundary");
    };
    let files = files_of(&asked.body, boundary.trim_matches('"'));
    if files.is_empty() {
        return error(400, "no file part");
    }
    let attached: Vec<Value> = files
        .into_iter()
        .map(|(name, bytes)| {
            let id = 30_000 + part;
            json!({"id": id.to_string(), "filename": name, "size": bytes, "created": CREATED, "content": format!("http://jira/secure/attachment/{id}/{name}")})
        })
        .collect();
    issue.attachments.extend(attached.iter().cloned());
    Reply::json(200, &json!(attached))
}

/// Name and size of each part called `file`.
fn files_of(body: &[u8], boundary: &str) -> Vec<(String, usize)> {
    let mark = format!("--{boundary}").into_bytes();
    let mut marks = Vec::new();
    let mut at = 0;
    while let Some(found) = body.get(at..).and_then(|rest| find(rest, &mark)) {
        marks.push(at + found);
        at += found + mark.len();
    }
    marks
        .windows(2)
        .filter_map(|pair| {
            let part = body.get(pair.first()? + mark.len() + 2..pair.last()?.checked_sub(2)?)?;
            let end = find(part, b"\r\n\r\n")?;
            let head = String::from_utf8_lossy(part.get(..end)?).into_owned();
            let name = head
                .split("filename=\"")
                .nth(1)?
                .split('"')
                .next()?
                .to_owned();
            head.contains("name=\"file\"")
                .then_some((name, part.len() - end - 4))
        })
        .collect()
}

fn find(text: &[u8], pattern: &[u8]) -> Option<usize> {
    text.windows(pattern.len())
        .position(|window| window == pattern)
}

fn holds(clause: &Clause, issue: &Issue) -> bool {
    let text = |name: &str| {
        issue
            .fields
            .get(name)
            .and_then(Value::as_str)
            .unwrap_or_default()
            .to_owned()
    };
    let (status, _, category) = STATUSES.get(issue.status).copied().unwrap_or_default();
    let have: Vec<String> = match clause.field.as_str() {
        "labels" => issue.labels.clone(),
        "project" => vec![issue.project.clone()],
        "key" | "issuekey" | "id" => vec![issue.key()],
        "status" => vec![status.to_owned()],
        "statuscategory" => vec![category.to_owned(), status.to_owned()],
        other => vec![text(other)],
    };
    let equal = |value: &String| have.iter().any(|known| known.eq_ignore_ascii_case(value));
    let within = |value: &String| {
        have.iter()
            .any(|known| known.to_lowercase().contains(&value.to_lowercase()))
    };
    match clause.operator {
        Operator::Is | Operator::In => clause.values.iter().any(equal),
        Operator::IsNot | Operator::NotIn => !clause.values.iter().any(equal),
        Operator::Contains => clause.values.iter().any(within),
    }
}

fn status_of(index: usize) -> Value {
    let (name, id, category) = STATUSES.get(index).copied().unwrap_or_default();
    json!({"id": id, "name": name, "statusCategory": {"key": category, "name": name}})
}

fn transitions() -> Value {
    let all = STATUSES.iter().enumerate();
    all.map(|(index, (name, id, _))| json!({"id": id, "name": name, "to": status_of(index)}))
        .collect()
}

fn shown(issue: &Issue, with_transitions: bool) -> Value {
    let mut fields = issue.fields.clone();
    fields.insert("status".into(), status_of(issue.status));
    fields.insert("created".into(), CREATED.into());
    fields.insert("updated".into(), CREATED.into());
    fields.insert("attachment".into(), Value::Array(issue.attachments.clone()));
    fields.insert(
        "comment".into(),
        json!({"comments": issue.comments, "total": issue.comments.len()}),
    );
    let id = (10_000 + issue.number).to_string();
    let mut shown = json!({"id": id, "key": issue.key(), "self": format!("http://jira/rest/api/2/issue/{id}"), "fields": fields});
    if with_transitions && let Some(map) = shown.as_object_mut() {
        map.insert("transitions".into(), transitions());
    }
    shown
}

fn error(status: u16, message: &str) -> Reply {
    Reply::json(status, &json!({"errorMessages": [message], "errors": {}}))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ask(jira: &Jira, method: &str, target: &str, body: Value) -> (u16, Value) {
        let headers = BTreeMap::from([("authorization".to_owned(), "Bearer x".to_owned())]);
        let body = if body.is_null() {
            Vec::new()
        } else {
            body.to_string().into_bytes()
        };
        let reply = jira.answer(&Asked {
            method: method.into(),
            target: target.into(),
            headers,
            body,
        });
        (
            reply.status,
            serde_json::from_slice(&reply.body).unwrap_or_default(),
        )
    }
    fn issue(label: &str) -> Value {
        json!({"fields": {"project": {"key": "SEC"}, "summary": "s", "labels": [label]}})
    }

    #[test]
    fn an_issue_is_created_found_moved_and_counted() {
        let jira = Jira::default();
        let (status, created) = ask(&jira, "POST", "/rest/api/2/issue", issue("updraft-1"));
        assert_eq!((status, created["key"].as_str()), (201, Some("SEC-1")));
        let found = "/rest/api/2/search?jql=project+%3D+%22SEC%22+AND+labels+%3D+%22updraft-1%22+ORDER+BY+created";
        assert_eq!(
            ask(&jira, "GET", found, Value::Null).1["issues"][0]["key"],
            "SEC-1"
        );
        let moved = ask(
            &jira,
            "POST",
            "/rest/api/2/issue/SEC-1/transitions",
            json!({"transition": {"id": "31"}}),
        );
        assert_eq!(moved.0, 204);
        let read = ask(
            &jira,
            "GET",
            "/rest/api/2/issue/SEC-1?expand=transitions",
            Value::Null,
        )
        .1;
        assert_eq!(read["fields"]["status"]["name"], "Done");
        assert_eq!(read["transitions"][0]["to"]["name"], "To Do");
        ask(&jira, "POST", "/rest/api/3/issue", issue("updraft-1"));
        assert_eq!(jira.duplicates("updraft-"), [("updraft-1".to_owned(), 2)]);
    }

    #[test]
    fn what_jira_refuses_is_refused() {
        let jira = Jira::default();
        assert_eq!(
            jira.answer(&Asked {
                method: "GET".into(),
                target: "/rest/api/2/myself".into(),
                ..Asked::default()
            })
            .status,
            401
        );
        assert_eq!(ask(&jira, "POST", "/rest/api/2/issue", json!({})).0, 400);
        assert_eq!(
            ask(&jira, "POST", "/rest/api/2/issue", issue("two words")).0,
            400
        );
        assert_eq!(
            ask(&jira, "GET", "/rest/api/2/issue/SEC-9", Value::Null).0,
            404
        );
        assert_eq!(
            ask(&jira, "GET", "/rest/api/2/search?jql=labels", Value::Null).0,
            400
        );
    }

    #[test]
    fn an_attachment_needs_its_header_and_is_measured() {
        let jira = Jira::default();
        ask(&jira, "POST", "/rest/api/2/issue", issue("l"));
        let mut asked = Asked {
            method: "POST".into(),
            target: "/rest/api/2/issue/SEC-1/attachments".into(),
            headers: BTreeMap::from([("authorization".into(), "x".into()), ("content-type".into(), "multipart/form-data; boundary=b".into())]),
            body: b"--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"r.html\"\r\n\r\n<p>\r\n--b--\r\n".to_vec(),
        };
        assert_eq!(jira.answer(&asked).status, 403);
        asked
            .headers
            .insert("x-atlassian-token".into(), "no-check".into());
        let reply: Value = serde_json::from_slice(&jira.answer(&asked).body).unwrap();
        assert_eq!(
            (reply[0]["filename"].as_str(), reply[0]["size"].as_u64()),
            (Some("r.html"), Some(3))
        );
        assert_eq!(jira.attached("SEC-1"), (1, 0));
    }
}
