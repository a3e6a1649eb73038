//! What people get wrong, and what they are told.

use updraft_content::lint_connector;

/// The scaffold with one text replaced, and everything lint says about it.
fn lint_with(path: &str, from: &str, to: &str) -> String {
    let mut files = crate::scaffold();
    let text = String::from_utf8(files[path].clone()).unwrap();
    assert!(text.contains(from), "{from} is not in {path}");
    files.insert(path.to_owned(), text.replacen(from, to, 1).into_bytes());
    let found: Vec<String> = lint_connector(&files)
        .iter()
        .map(ToString::to_string)
        .collect();
    found.join("\n\n")
}

const ACTION: &str = "actions/lookup_ip.yaml";

#[test]
fn codes_of_single_mistakes() {
    for (code, path, from, to) in [
        ("UC001", ACTION, "cache:", "cach:"),
        ("UC002", ACTION, "title: Look up an IP address\n", ""),
        ("UC003", ACTION, "cache: 1h", "cache: [1]"),
        ("UC004", ACTION, "effect: read", "effect: reed"),
        ("UC005", ACTION, "  score: {type", "  Score: {type"),
        ("UC006", ACTION, "cache: 1h", "cache: 1 hour"),
        ("UC007", ACTION, "{{ body.score }}", "{{ body.score + }}"),
        ("UC008", ACTION, "{{ body.score }}", "{{ bodi.score }}"),
        ("UC009", ACTION, "{{ input.ip }}", "{{ input.ipp }}"),
        (
            "UC010",
            ACTION,
            ">= settings.malicious_score",
            ">= settings.malicous_score",
        ),
        ("UC011", "connector.yaml", "secret.api_key", "secret.apikey"),
        (
            "UC012",
            ACTION,
            "/ips/{{ input.ip }}",
            "/ips/{{ input.ip }}/{{ secret.api_key }}",
        ),
        ("UC013", ACTION, "when: output.score", "when: output.scores"),
        ("UC014", ACTION, "{{ body.score }}", "{{ captured.id }}"),
        ("UC015", ACTION, "reputation.ip]", "reputation.domain]"),
        ("UC015", ACTION, "reputation.ip]", "reputation.ips]"),
        ("UC016", ACTION, "effect: read\n", "effect: write\n"),
        (
            "UC017",
            ACTION,
            "effect: read\n",
            "effect: contain_reversible\n",
        ),
        (
            "UC018",
            "connector.yaml",
            "action: lookup_ip",
            "action: lookup_ipp",
        ),
        ("UC019", ACTION, "method: GET", "method: DELETE"),
        ("UC020", ACTION, "effect: read\n", "effect: notify\n"),
        (
            "UC021",
            "connector.yaml",
            "base_url: https://api.acme.example/v1\n",
            "",
        ),
        (
            "UC022",
            ACTION,
            "path:",
            "url: \"https://x.example\", path:",
        ),
        (
            "UC023",
            "connector.yaml",
            "input: {ip: 1.1.1.1}",
            "input: {addr: 1.1.1.1}",
        ),
        (
            "UC025",
            ACTION,
            "when: output.score >= settings.malicious_score, ",
            "",
        ),
        ("UC026", ACTION, "/ips/{{ input.ip }}", "/ips"),
        (
            "UC027",
            ACTION,
            "method: GET,",
            "method: GET, body: {text: x},",
        ),
        ("UC028", ACTION, "example: 1.1.1.1", "example: nowhere"),
        ("UC029", ACTION, "action: lookup_ip", "action: look_ip"),
        (
            "UC031",
            "samples/lookup_ip/hit.yaml",
            "json: {score: 97, reports: 4}",
            "file: gone.json",
        ),
        (
            "UC032",
            "connector.yaml",
            "tags: [ip]",
            "exempt: {UC001: because}",
        ),
        (
            "UC035",
            "connector.yaml",
            "ping: {action: lookup_ip, input: {ip: 1.1.1.1}}\n",
            "",
        ),
        (
            "UY002",
            ACTION,
            "effect: read\n",
            "effect: read\neffect: read\n",
        ),
    ] {
        let found = lint_with(path, from, to);
        assert!(found.contains(&format!("[{code}]")), "{code}: {found}");
    }
}

#[test]
fn a_missing_sample_is_a_warning_that_can_be_exempted() {
    let mut files = crate::scaffold();
    files.remove("samples/lookup_ip/malformed.yaml");
    assert!(
        lint_connector(&files)[0]
            .to_string()
            .starts_with("warning[UC030]: no sample for malformed")
    );
    let root = String::from_utf8(files["connector.yaml"].clone()).unwrap();
    files.insert(
        "connector.yaml".into(),
        format!("{root}exempt: {{UC030: no recording}}\n").into_bytes(),
    );
    assert_eq!(lint_connector(&files), []);
}

#[test]
fn an_unknown_field_is_pointed_at_with_the_nearest_name() {
    insta::assert_snapshot!(lint_with(ACTION, "cache:", "cach:"), @r#"
error[UC001]: unknown field `cach` in actions/<action>.yaml
  --> actions/lookup_ip.yaml:7:1
  |
7 | cach: 1h
  | ^^^^
hint: did you mean `cache`?
"#);
}

#[test]
fn a_mistake_inside_a_template_is_pointed_at_inside_the_text() {
    insta::assert_snapshot!(lint_with(ACTION, "threshold {{ settings.malicious_score }}", "threshold {{ settings.malicous_score }}"), @r#"
error[UC010]: unknown setting `malicous_score`
  --> actions/lookup_ip.yaml:16:150
   |
16 |   - {when: output.score >= settings.malicious_score, level: malicious, score: "{{ output.score }}", explain: "score {{ output.score }} (threshold {{ settings.malicous_score }})"}
   |                                                                                                                                                      ^^^^^^^^^^^^^^^^^^^^^^^
hint: did you mean `malicious_score`?
"#);
}

#[test]
fn a_syntax_error_is_pointed_at_inside_the_text() {
    insta::assert_snapshot!(lint_with(ACTION, "{{ body.score }}", "{{ body.score + }}"), @r#"
error[UC007]: expected a value, found the end
  --> actions/lookup_ip.yaml:13:69
   |
13 |   score: {type: integer, summary: 0 to 100, value: "{{ body.score + }}"}
   |                                                                     ^
"#);
}

#[test]
fn a_secret_outside_auth_is_explained() {
    insta::assert_snapshot!(lint_with(ACTION, "/ips/{{ input.ip }}", "/ips/{{ input.ip }}?key={{ secret.api_key }}"), @r#"
error[UC012]: secrets exist only in `auth`
  --> actions/lookup_ip.yaml:10:58
   |
10 | request: {method: GET, path: "/ips/{{ input.ip }}?key={{ secret.api_key }}"}
   |                                                          ^^^^^^^^^^^^^^
hint: say in `auth` where the credential goes
"#);
}

#[test]
fn braces_in_a_bare_expression_are_explained() {
    insta::assert_snapshot!(lint_with(ACTION, "not_found: status == 404", "not_found: \"{{ status == 404 }}\""), @r#"
error[UC007]: expected a key, found `{`
  --> actions/lookup_ip.yaml:11:14
   |
11 | not_found: "{{ status == 404 }}"
   |              ^
hint: this field is a bare expression: leave the braces out
"#);
}
