//! Every spelling of a value is the same value.

use updraft_intel::{
    CustomSpec, CustomType, Normalise, Observer, Validate, canonical, classify, observe,
};
use updraft_model::ObservableType as Kind;

fn check(value: &str, expected: &str) {
    let found = classify(value).map(|found| found.key());
    assert_eq!(found.as_deref().unwrap_or("none"), expected, "{value}");
}

#[test]
fn one_domain_has_one_spelling() {
    for value in [
        "evil.example.com",
        "EVIL[.]Example[.]COM",
        "evil.example.com.",
        "  evil(dot)example(dot)com ",
        "evil\u{200b}.example.com",
        "\"evil.example.com\",",
    ] {
        check(value, "domain:evil.example.com");
    }
    for value in [
        "müller-bank.de",
        "MÜLLER-BANK[.]DE",
        "xn--mller-bank-9db.de",
        "XN--MLLER-BANK-9DB.de",
    ] {
        check(value, "domain:xn--mller-bank-9db.de");
    }
}

#[test]
fn one_url_has_one_spelling() {
    for value in [
        "https://evil.com/Path?q=1",
        "hxxps://EVIL[.]com/Path?q=1",
        "hXXps[:]//evil[.]com/Path?q=1",
        "https://evil.com:443/Path?q=1",
        "https[://]evil(.)com/Path?q=1",
    ] {
        check(value, "url:https://evil.com/Path?q=1");
    }
    check("http://evil.com", "url:http://evil.com/");
    check("http://evil.com:8080", "url:http://evil.com:8080/");
    check("evil.com/a.php", "url:http://evil.com/a.php");
    check("http://[2001:DB8:0:0::1]/x", "url:http://[2001:db8::1]/x");
    check("https://bücher.de/", "url:https://xn--bcher-kva.de/");
}

#[test]
fn one_address_has_one_spelling() {
    for value in [
        "198.51.100.7",
        "198[.]51[.]100[.]7",
        "198.51.100[.7",
        " 198(.)51(.)100(.)7 ",
    ] {
        check(value, "ipv4:198.51.100.7");
    }
    for value in [
        "2001:db8::1",
        "2001:0DB8:0:0:0:0:0:1",
        "[2001:db8::1]",
        "2001:db8[:]:1",
    ] {
        check(value, "ipv6:2001:db8::1");
    }
    check("10.1.2.3/8", "cidr:10.0.0.0/8");
    for value in ["00:1A:2b:3C:4d:5E", "00-1a-2b-3c-4d-5e", "001a.2b3c.4d5e"] {
        check(value, "mac:00:1a:2b:3c:4d:5e");
    }
    for value in ["as 64500", "ASN64500", "AS64500"] {
        check(value, "asn:AS64500");
    }
}

#[test]
fn other_kinds_are_told_apart() {
    for (value, expected) in [
        ("Bob@Evil.com", "email:bob@evil.com"),
        ("bob [at] evil [dot] com", "email:bob@evil.com"),
        (
            "9E107D9D372BB6826BD81D3542A419D6",
            "md5:9e107d9d372bb6826bd81d3542a419d6",
        ),
        ("cve-2021-44228", "cve:CVE-2021-44228"),
        ("t1059.001", "attack:T1059.001"),
        (
            "HKEY_LOCAL_MACHINE\\Software\\Run",
            "registry_key:HKLM\\software\\run",
        ),
        (
            "C:\\Windows\\System32\\cmd.exe",
            "file_path:c:\\windows\\system32\\cmd.exe",
        ),
        (
            "1BvBMSEYstWetqTFn5Au4m4GFg7xJaNVN2",
            "bitcoin:1BvBMSEYstWetqTFn5Au4m4GFg7xJaNVN2",
        ),
        (
            "BC1QAR0SRRR7XFKVY5L643LYDNW9RE59GTZZWF5MDQ",
            "bitcoin:bc1qar0srrr7xfkvy5l643lydnw9re59gtzzwf5mdq",
        ),
        ("1BvBMSEYstWetqTFn5Au4m4GFg7xJaNVN3", "none"),
        ("0.001234", "none"),
        ("CVE-1800-0000", "none"),
        ("CVE-2016-00000", "cve:CVE-2016-00000"),
        ("300.300.300.300", "none"),
        ("010.1.1.1", "none"),
        ("example.pumpkin", "none"),
        ("test.dll", "none"),
        ("test.py", "none"),
        ("12::34::56", "none"),
        ("", "none"),
        ("just some words", "none"),
    ] {
        check(value, expected);
    }
}

#[test]
fn a_value_that_is_not_of_its_kind_is_refused_with_a_reason() {
    let error = canonical(&Kind::Ipv4, "1.2.3.256").unwrap_err();
    assert_eq!(
        error.to_string(),
        "`1.2.3.256` is not a value of type ipv4: it needs four numbers from 0 to 255 without leading zeros"
    );
    assert!(canonical(&Kind::Domain, &"a".repeat(10_000)).is_err());
}

#[test]
fn a_find_shows_its_place_and_spelling_in_the_text() {
    let text = "Grüße, siehe hxxps://evil[.]com/a und 198[.]51[.]100[.]7.";
    let found = observe(text);
    let shown: Vec<(&str, &str, bool)> = found
        .iter()
        .map(|f| (f.original, f.value.as_ref(), f.within))
        .collect();
    assert_eq!(
        shown,
        [
            ("hxxps://evil[.]com/a", "https://evil.com/a", false),
            ("evil[.]com", "evil.com", true),
            ("198[.]51[.]100[.]7", "198.51.100.7", false),
        ]
    );
    assert!(found.iter().all(|f| &text[f.start..f.end] == f.original));
}

#[test]
fn a_url_that_leads_to_a_masked_one_keeps_all_of_its_path() {
    for (text, value) in [
        (
            "http://a.com/Über/éxxp/ü?to=hxxps://b.com/x",
            "http://a.com/Über/éxxp/ü?to=https://b.com/x",
        ),
        (
            "http://a.com/hxxp/hxxphxxp://b.com",
            "http://a.com/hxxp/hxxphttp://b.com",
        ),
    ] {
        assert_eq!(observe(text)[0].value, value);
    }
}

#[test]
fn custom_kinds_are_found_beside_the_built_in_ones() {
    let iban = CustomType::new(CustomSpec {
        name: "iban".to_owned(),
        pattern: r"\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){3,7}(?: ?[A-Z0-9]{1,3})?\b".to_owned(),
        normalise: vec![Normalise::RemoveBlanks, Normalise::Upper],
        validate: vec![Validate::Mod97],
    })
    .unwrap();
    let observer = Observer::new(vec![iban]);
    let text = "pay DE89 3704 0044 0532 0130 00 via evil.com, not DE00 3704 0044 0532 0130 00";
    let found: Vec<String> = observer
        .observe(text)
        .iter()
        .map(|f| f.observable().key())
        .collect();
    assert_eq!(found, ["iban:DE89370400440532013000", "domain:evil.com"]);
}

#[test]
fn a_custom_kind_with_a_bad_pattern_or_name_is_refused() {
    let spec = |name: &str, pattern: &str| CustomSpec {
        name: name.to_owned(),
        pattern: pattern.to_owned(),
        normalise: Vec::new(),
        validate: Vec::new(),
    };
    for (name, pattern) in [
        ("ipv4", "x"),
        ("Bad Name", "x"),
        ("x", "("),
        ("x", ""),
        ("x", r"(\w{1000}){1000}"),
    ] {
        assert!(
            CustomType::new(spec(name, pattern)).is_err(),
            "{name} {pattern}"
        );
    }
}
