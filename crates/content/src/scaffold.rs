//! The beginning of a new connector: a folder that passes lint and its own tests.

use std::collections::BTreeMap;

/// The files of a new connector's folder: `updraft connector new ID`.
pub fn scaffold(id: &str) -> BTreeMap<String, String> {
    let fill = |text: &str| text.replace("ID", id);
    let mut files = BTreeMap::from([
        ("connector.yaml".to_owned(), fill(CONNECTOR)),
        ("actions/lookup_ip.yaml".to_owned(), ACTION.to_owned()),
        ("README.md".to_owned(), fill(README)),
    ]);
    for (case, status, body, expect) in CASES {
        let sample = format!(
            "case: {case}\nsource: invented, replace it with a recorded answer\ninput: {{ip: 203.0.113.7}}\n\
             exchanges:\n  - request: {{method: GET, path: /ips/203.0.113.7}}\n    \
             response: {{status: {status}, {body}, derived: true}}\nexpect: {expect}\n"
        );
        files.insert(format!("samples/lookup_ip/{case}.yaml"), sample);
    }
    files
}

const CASES: &[(&str, u16, &str, &str)] = &[
    (
        "hit",
        200,
        "json: {score: 97, reports: 4}",
        "{status: ok, verdict: {level: malicious, score: 97}, output: {reports: 4}}",
    ),
    ("miss", 404, "json: {error: unknown}", "{status: not_found}"),
    (
        "unauthorized",
        401,
        "json: {error: bad key}",
        "{status: error, error: {code: auth}}",
    ),
    (
        "rate_limited",
        429,
        "headers: {retry-after: 30}, json: {error: slow down}",
        "{status: error, error: {code: rate_limited, retry_after_ms: 30000}}",
    ),
    (
        "malformed",
        200,
        "text: <html>",
        "{status: error, error: {code: malformed}}",
    ),
];

const CONNECTOR: &str = "\
format: 1
id: ID
name: ID
category: threat_intelligence
summary: One sentence about what it is good for.
website: https://ID.example
base_url: https://api.ID.example/v1
settings:
  malicious_score: {type: integer, default: 75, minimum: 1, maximum: 100, summary: Score from which it is malicious}
secrets:
  api_key: {summary: Where to get the key}
auth: {kind: header, name: X-Api-Key, value: \"{{ secret.api_key }}\"}
limits: {per_minute: 60, concurrent: 2}
timeout: 20s
reliability: C
ping: {action: lookup_ip, input: {ip: 1.1.1.1}}
errors:
  - {when: status == 401, code: auth, message: \"{{ body?.error ?? 'the key was refused' }}\", hint: Check the API key of this connection.}
tags: [ip]
";

const ACTION: &str = "\
action: lookup_ip
title: Look up an IP address
summary: Says what is known about an IP address.
capabilities: [reputation.ip]
effect: read
acts_on: ip
cache: 1h
inputs:
  ip: {type: ip, required: true, summary: The address, example: 1.1.1.1}
request: {method: GET, path: \"/ips/{{ input.ip }}\"}
not_found: status == 404
outputs:
  score: {type: integer, summary: 0 to 100, value: \"{{ body.score }}\"}
  reports: {type: integer, summary: How many people reported it, value: \"{{ body.reports }}\"}
verdict:
  - {when: output.score >= settings.malicious_score, level: malicious, score: \"{{ output.score }}\", explain: \"score {{ output.score }} (threshold {{ settings.malicious_score }})\"}
  - {level: benign, score: \"{{ output.score }}\", explain: \"score {{ output.score }} is below {{ settings.malicious_score }}\"}
";

const README: &str = "# ID\n\nWhy you want it, and how to get a key.\n";
