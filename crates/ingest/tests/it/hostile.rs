//! Bytes that mean harm, and bytes that mean nothing.

use proptest::prelude::*;
use updraft_ingest::{Item, Kind, Limits, split};

use crate::content::Intake;

const TYPES: [&str; 6] = [
    "",
    "application/json",
    "text/plain",
    "message/rfc822",
    "application/x-ndjson",
    "application/x-www-form-urlencoded",
];

fn survives(bytes: &[u8], content_type: &str) {
    thread_local!(static INTAKE: Intake = Intake::shipped());
    INTAKE.with(|intake| {
        for kind in [Kind::Ioc, Kind::Json, Kind::Log, Kind::Mail, Kind::File] {
            let item = Item {
                bytes: bytes.into(),
                kind,
                note: None,
            };
            let alert = intake.normalize("auto", &item);
            assert!(!alert.title.is_empty() && !alert.dedup_key.is_empty());
            assert_eq!(
                intake.normalize("auto", &item),
                alert,
                "the same bytes give the same alert"
            );
        }
        Item::recognise(bytes, content_type);
        let Ok(items) = split(bytes, content_type, &Limits::default()) else {
            return;
        };
        assert!(!items.is_empty());
        for item in items {
            for part in intake.mappings.expand("auto", item).unwrap() {
                intake.normalize("auto", &part);
            }
        }
    });
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn arbitrary_bytes_become_alerts(bytes in proptest::collection::vec(any::<u8>(), 0..400), kind in 0..6usize) {
        survives(&bytes, TYPES[kind]);
    }

    #[test]
    fn mixtures_of_known_pieces_become_alerts(pieces in proptest::collection::vec(0..PIECES.len(), 0..30), kind in 0..6usize) {
        let bytes: Vec<u8> = pieces.iter().flat_map(|piece| PIECES[*piece].bytes()).collect();
        survives(&bytes, TYPES[kind]);
    }
}

const PIECES: [&str; 40] = [
    "{",
    "}",
    "[",
    "]",
    "\"",
    "\\",
    ":",
    ",",
    "\"a\"",
    "1e999",
    "-",
    "99999999999999999999999",
    "null",
    "\u{0}",
    "é",
    "<13>",
    "1 ",
    "2026-11-21T00:00:00Z",
    "CEF:0|",
    "|",
    "LEEF:2.0|",
    "k=v ",
    "\n",
    "\r\n",
    "\r\n\r\n",
    "Content-Type: multipart/mixed; boundary=b\r\n",
    "--b\r\n",
    "--b--",
    "Content-Type: message/rfc822\r\n",
    "From: a@b.com\r\n",
    "Subject: =?utf-8?q?x?=\r\n",
    "Content-Transfer-Encoding: base64\r\n",
    "<a href=\"",
    "http://evil.com/",
    ">",
    "<!--",
    "&#x41;",
    "198.51.100.7",
    "Nov 21 08:30:00 ",
    "\u{feff}",
];

#[test]
fn a_hundred_kilobytes_of_one_piece_are_read_in_no_time() {
    for piece in PIECES {
        let bytes = piece.repeat(100_000 / piece.len());
        let start = std::time::Instant::now();
        survives(bytes.as_bytes(), "");
        assert!(
            start.elapsed().as_secs() < 20,
            "{piece:?} took {:?}",
            start.elapsed()
        );
    }
}

#[test]
fn alert_fields_are_data_and_never_templates() {
    let intake = Intake::shipped();
    let body =
        br#"{"title": "{{ 1 + 1 }} {{ body.secret }}", "secret": "s", "severity": "{{ 'high' }}"}"#;
    let alert = &intake.take("auto", body, "application/json")[0];
    assert_eq!(alert.title, "{{ 1 + 1 }} {{ body.secret }}");
}

#[test]
fn a_value_finds_its_case_in_any_spelling() {
    let intake = Intake::shipped();
    for (spellings, key) in [
        (
            &[
                "evil.example.com",
                "EVIL[.]Example[.]COM",
                "\"evil.example.com\"",
                " evil.example.com. ",
                "evil(dot)example(dot)com",
            ][..],
            "domain:evil.example.com",
        ),
        (
            &["198.51.100.7", "198[.]51[.]100[.]7"][..],
            "ipv4:198.51.100.7",
        ),
    ] {
        for spelling in spellings {
            let alerts = intake.take("auto", spelling.as_bytes(), "application/json");
            let shown: Vec<_> = alerts[0]
                .observables
                .iter()
                .map(|o| (o.key(), o.excluded.clone()))
                .collect();
            // Documentation addresses are excluded by default: their identity is that of the bytes.
            if shown.iter().all(|(_, excluded)| excluded.is_none()) {
                assert_eq!(alerts[0].dedup_key, key, "{spelling} {shown:?}");
            }
        }
    }
}
