//! Content from anybody: nothing panics.

use proptest::prelude::*;
use serde_json::Value;
use updraft_content::{lint_connector, test_connector, yaml};

fn any_value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        "[ -~é{}]{0,12}".prop_map(Value::from),
        prop::sample::select(vec![
            "{{ input.ip }}",
            "{{",
            "status == 404",
            "read",
            "http",
            "json",
            "1h",
            "ip"
        ])
        .prop_map(Value::from),
    ];
    let keys = prop::sample::select(vec![
        "format",
        "id",
        "auth",
        "kind",
        "request",
        "path",
        "query",
        "body",
        "json",
        "steps",
        "poll",
        "paginate",
        "outputs",
        "value",
        "type",
        "verdict",
        "when",
        "level",
        "errors",
        "undo",
        "action",
        "input",
        "verify",
        "idempotency",
        "find",
        "settings",
        "secrets",
        "choices",
        "capture",
        "exempt",
        "UC017",
        "ping",
        "capabilities",
    ]);
    leaf.prop_recursive(5, 64, 6, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            prop::collection::vec((keys.clone(), inner), 0..8).prop_map(|entries| {
                Value::Object(
                    entries
                        .into_iter()
                        .map(|(key, value)| (key.to_owned(), value))
                        .collect(),
                )
            }),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn reading_any_text_as_yaml_never_panics(text in "[ -~\n\té:'\"{}\\[\\]|>&*!#%-]{0,200}") {
        if let Ok(document) = yaml::parse("t.yaml", &text) {
            let problem = updraft_model::Problem::error("UC001", "/a/0", "m").within(1, 3);
            let _ = document.spans.diagnostic(&problem).to_string();
        }
    }

    #[test]
    fn linting_any_documents_never_panics(root in any_value(), action in any_value(), sample in any_value()) {
        let files = crate::files(&[
            ("connector.yaml", &root.to_string()),
            ("actions/x.yaml", &action.to_string()),
            ("samples/x/hit.yaml", &sample.to_string()),
        ]);
        let _ = lint_connector(&files);
        let _ = test_connector(&files);
    }

    #[test]
    fn changing_any_byte_of_a_good_folder_never_panics(file in 0usize..8, at in any::<prop::sample::Index>(), byte in any::<u8>()) {
        let mut files = crate::scaffold();
        let count = files.len();
        if let Some(bytes) = files.values_mut().nth(file % count) {
            let index = at.index(bytes.len());
            bytes[index] = byte;
        }
        let _ = lint_connector(&files);
        let _ = test_connector(&files);
    }
}
