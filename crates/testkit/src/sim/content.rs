//! The product of the simulation as a connector: reads, and writes of every kind of idempotency.

/// The connector's id.
pub const CONNECTOR: &str = "simulated_product";
/// Where its requests go.
pub const BASE_URL: &str = "https://vendor.example";
/// How long after it was sent a write can be found at the latest, milliseconds: the connector's `settle`.
pub const SETTLE_MS: u64 = 10_000;

/// Its files, as a content folder has them.
pub fn files() -> Vec<(String, String)> {
    let mut files = vec![("connector.yaml".to_owned(), MANIFEST.to_owned())];
    files.extend(ACTIONS.iter().map(|text| {
        let name = text
            .lines()
            .next()
            .and_then(|line| line.strip_prefix("action: "));
        let name = name.unwrap_or("unnamed");
        (format!("actions/{name}.yaml"), (*text).to_owned())
    }));
    files
        .into_iter()
        .map(|(name, text)| (format!("connectors/{CONNECTOR}/{name}"), text))
        .collect()
}

const MANIFEST: &str = r#"format: 1
id: simulated_product
name: Simulated product
vendor: Nobody
category: threat_intelligence
summary: What a simulation plays.
website: https://vendor.example
base_url: https://vendor.example
auth: {kind: none}
timeout: 20s
reliability: C
ping: {action: look, input: {n: 1}}
errors:
  - {when: status == 400, code: invalid_input, message: "refused"}
  - {when: status == 401, code: auth, message: "who are you"}
  - {when: status == 403, code: forbidden, message: "not you"}
  - {when: status == 429, code: rate_limited, message: "slowly", retry_after: "{{ headers?['retry-after'] ?? 5 }}"}
tags: [ip]
"#;

const ACTIONS: &[&str] = &[
    r#"action: look
title: Look
summary: Reads a number.
effect: read
inputs:
  n: {type: integer, required: true, summary: The number, example: 1}
request: {method: GET, path: /look, query: {n: "{{ input.n }}"}}
not_found: status == 404
outputs:
  n: {type: integer, summary: The answer, value: "{{ body.n }}"}
"#,
    r#"action: opinion
title: Opinion
summary: Says what it holds of an address.
capabilities: [reputation.ip]
effect: read
acts_on: ip
cache: 1m
inputs:
  ip: {type: ip, required: true, summary: The address, example: 192.0.2.1}
request: {method: GET, path: /opinion, query: {ip: "{{ input.ip }}"}}
not_found: status == 404
outputs:
  n: {type: integer, summary: The answer, value: "{{ body.n }}"}
verdict:
  - {when: output.n > 50, level: malicious, explain: bad}
  - {level: benign, explain: good}
"#,
    r#"action: write_key
title: Write with a key
summary: Writes once for each key.
effect: write
inputs:
  n: {type: integer, required: true, summary: The number, example: 1}
request: {method: POST, path: /write_key, query: {n: "{{ input.n }}", key: "{{ idempotency_key }}"}}
outputs:
  n: {type: integer, summary: The answer, value: "{{ body.n }}"}
idempotency: {kind: key}
undo: none
"#,
    r#"action: write_natural
title: Write a state
summary: Sets a state; a second time changes nothing.
effect: write
inputs:
  n: {type: integer, required: true, summary: The number, example: 1}
request: {method: PUT, path: /write_natural, query: {n: "{{ input.n }}", key: "{{ idempotency_key }}"}}
outputs:
  n: {type: integer, summary: The answer, value: "{{ body.n }}"}
idempotency: {kind: natural}
undo: none
"#,
    r#"action: write_find
title: Write something that can be found
summary: Makes a thing that carries the key of the call.
effect: write
inputs:
  n: {type: integer, required: true, summary: The number, example: 1}
request: {method: POST, path: /write_find, query: {n: "{{ input.n }}", key: "{{ idempotency_key }}"}}
outputs:
  n: {type: integer, summary: The answer, value: "{{ body.n }}"}
idempotency: {kind: find, find: find_written, find_input: {key: "{{ idempotency_key }}"}, found: output.n != null, settle: 10s}
undo: none
"#,
    r#"action: find_written
title: Find what was written
summary: Finds the thing by the key of the call that made it.
effect: read
inputs:
  key: {type: string, required: true, max_length: 500, summary: The key, example: a}
request: {method: GET, path: /find_written, query: {key: "{{ input.key }}"}}
not_found: status == 404
outputs:
  n: {type: integer, summary: The answer, value: "{{ body.n }}"}
"#,
    r#"action: write_none
title: Write something that leaves no trace
summary: Writes, and nobody can tell afterwards.
effect: write
inputs:
  n: {type: integer, required: true, summary: The number, example: 1}
request: {method: POST, path: /write_none, query: {n: "{{ input.n }}", key: "{{ idempotency_key }}"}}
outputs:
  n: {type: integer, summary: The answer, value: "{{ body.n }}"}
idempotency: {kind: none}
undo: none
"#,
    r#"action: job
title: Give a job
summary: Submits a job and waits for it.
effect: write
inputs:
  n: {type: integer, required: true, summary: The number, example: 1}
steps:
  - id: submit
    request: {method: POST, path: /job, query: {n: "{{ input.n }}", key: "{{ idempotency_key }}"}}
    capture: {job: "{{ body.n }}"}
  - id: wait
    poll:
      request: {method: GET, path: /job_state, query: {n: "{{ captured.job }}"}}
      delay: 4s
      every: 3s
      for: 5m
      done: body.n >= 0
outputs:
  n: {type: integer, summary: The answer, value: "{{ body.n }}"}
idempotency: {kind: natural}
undo: none
"#,
];
