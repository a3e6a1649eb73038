//! What holds for any input.

use proptest::prelude::*;
use updraft_intel::{Found, canonical, classify, observe, refang, samples::REPEATS};
use updraft_model::ObservableType as Kind;

/// Pieces that the rules look for, so that random texts reach them.
fn piece() -> impl Strategy<Value = String> {
    let fixed = prop::sample::select(vec![
        ".",
        "[.]",
        "(dot)",
        "[",
        "]",
        "(",
        ")",
        "{",
        "<",
        ">",
        " ",
        "\n",
        "@",
        "[at]",
        " AT ",
        " DOT ",
        "://",
        "hxxp",
        "https",
        ":",
        "/",
        "//",
        "\\",
        "\\.",
        "^.",
        ",",
        "-",
        "-dot-",
        "_",
        "%",
        "#",
        "com",
        "evil",
        "198.51.100.7",
        "1",
        "0",
        "255",
        "2001:db8::1",
        "::",
        "CVE-2021-44228",
        "CVE ",
        "AS",
        "AS 64500",
        "T1059",
        "HKLM\\",
        "C:\\",
        "\\\\",
        "bc1",
        "0x",
        "9e107d9d372bb6826bd81d3542a419d6",
        "imphash ",
        "ü",
        "。",
        "名",
        "\u{200b}",
        "\u{1}",
        "\u{2}",
        "\u{1f}",
        "–",
        "'",
        "|",
        "12288:aaaaaaa:bbbb",
        "xn--",
        "/24",
        "?a=",
        "DOT]",
    ]);
    prop_oneof![8 => fixed.prop_map(str::to_owned), 1 => ".{0,6}", 1 => "[a-z0-9.:@/-]{1,40}"]
}

fn text() -> impl Strategy<Value = String> {
    prop::collection::vec(piece(), 0..40).prop_map(|pieces| pieces.concat())
}

fn kinds() -> Vec<Kind> {
    Kind::built_in().collect()
}

proptest! {
    // At least so many; `make soak` asks for more.
    #![proptest_config(ProptestConfig {
        cases: ProptestConfig::default().cases.max(2_000), failure_persistence: None, ..ProptestConfig::default()
    })]

    #[test]
    fn finds_lie_in_the_text_in_order(text in text()) {
        let found: Vec<Found<'_>> = observe(&text);
        let mut last = 0;
        for one in &found {
            prop_assert_eq!(text.get(one.start..one.end), Some(one.original));
            prop_assert!(!one.original.is_empty() && !one.value.is_empty());
            prop_assert!(one.start >= last);
            last = one.start;
        }
    }

    #[test]
    fn a_found_value_is_already_canonical(text in text()) {
        for one in observe(&text) {
            prop_assert_eq!(canonical(&one.kind, &one.value), Ok(one.value.to_string()), "{:?}", one);
        }
    }

    #[test]
    fn canonical_is_idempotent(text in text()) {
        for kind in kinds() {
            if let Ok(value) = canonical(&kind, &text) {
                prop_assert_eq!(canonical(&kind, &value), Ok(value.clone()), "{:?}", kind);
            }
        }
    }

    #[test]
    fn a_classified_value_is_canonical(text in text()) {
        if let Some(known) = classify(&text) {
            prop_assert_eq!(canonical(&known.kind, &known.value), Ok(known.value.clone()));
        }
    }

    #[test]
    fn refanging_never_grows_a_text_much(text in text()) {
        prop_assert!(refang(&text).len() <= text.len() * 2 + 1);
    }

    #[test]
    fn a_domain_is_found_again_however_it_is_defanged(
        name in "[a-z]{3,10}", dot in prop::sample::select(vec![".", "[.]", "(.)", "[dot]", " [.] ", "{.}", "[.", "\\."]),
    ) {
        let text = format!("seen {name}{dot}com twice");
        let found = observe(&text);
        prop_assert!(found.iter().any(|one| one.value == format!("{name}.com")), "{text}: {found:?}");
    }
}

/// A repeat of ten thousand units must not find more than a constant per unit; the time is measured by the
/// bench, here only termination and order of size.
#[test]
fn repeats_end_and_find_no_more_than_they_hold() {
    for (_, unit) in REPEATS {
        let text = unit.repeat(20_000);
        assert!(observe(&text).len() <= 3 * 20_000, "{unit}");
    }
}

#[test]
fn a_value_beside_a_chunk_border_is_found() {
    for shift in 0..40 {
        let text = format!(
            "{} hxxp://evil[.]com/x and 198[.]51[.]100[.]7",
            "word ".repeat(13_100 + shift)
        );
        let found = observe(&text);
        let values: Vec<&str> = found.iter().map(|one| one.value.as_ref()).collect();
        assert_eq!(
            values,
            ["http://evil.com/x", "evil.com", "198.51.100.7"],
            "{shift}"
        );
    }
}
