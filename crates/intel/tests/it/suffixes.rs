//! The public suffix list's own tests.

use updraft_intel::registrable_domain;

#[test]
fn the_lists_own_tests_hold() {
    let mut checked = 0;
    for line in include_str!("../data/psl_tests.txt").lines() {
        let line = line.trim();
        if line.is_empty() || line.starts_with("//") {
            continue;
        }
        let (name, expected) = line.split_once(' ').unwrap();
        let expected = Some(expected.trim())
            .filter(|e| *e != "null")
            .map(str::to_lowercase);
        let found = Some(name)
            .filter(|n| *n != "null")
            .and_then(registrable_domain)
            .map(str::to_lowercase);
        assert_eq!(found, expected, "{line}");
        checked += 1;
    }
    assert!(checked > 70);
}

#[test]
fn hostile_names_are_refused() {
    for name in [
        "",
        ".",
        "..",
        "a..b",
        &"a.".repeat(5000),
        "\u{0}.\u{1}",
        &"ü".repeat(600),
    ] {
        assert_eq!(registrable_domain(name), None);
    }
}
