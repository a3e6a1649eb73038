//! Log formats over published vectors; the full sets when `UPDRAFT_CORPORA` is set.

use serde_json::{Value, json};

use crate::content::Intake;

fn fields(line: &str) -> Value {
    let item = updraft_ingest::Item {
        bytes: line.as_bytes().into(),
        kind: updraft_ingest::Kind::Log,
        note: None,
    };
    Intake::shipped().normalize("generic", &item).fields
}

#[test]
fn cef_values_end_where_the_next_key_begins() {
    let found = fields(
        r"CEF:0|Acme|Web \| Gateway|1.2|200|Suc\\cess|2|rt=Sep 07 2018 14:50:39 cat=Access Log request='https://foo.example.com/b?x=1' msg=a \= b \n c cs1= cs1Label=Foo Bar",
    );
    assert_eq!(found["cef"]["product"], "Web | Gateway");
    assert_eq!(found["cef"]["name"], r"Suc\cess");
    let extension = json!({
        "rt": "Sep 07 2018 14:50:39", "cat": "Access Log", "request": "'https://foo.example.com/b?x=1'",
        "msg": "a = b \n c", "cs1": "", "cs1Label": "Foo Bar",
    });
    assert_eq!(found["cef"]["extension"], extension);
}

#[test]
fn syslog_headers_of_both_kinds_are_peeled_off() {
    let five = fields(
        "<29>1 2016-02-21T04:32:57+00:00 web1 some - - [meta seq=\"1\\\"4\"] GET /v1 HTTP/1.1",
    );
    assert_eq!(five["syslog"]["structured_data"]["meta"]["seq"], "1\"4");
    assert_eq!(
        (&five["syslog"]["host"], &five["message"]),
        (&json!("web1"), &json!("GET /v1 HTTP/1.1"))
    );
    let three = fields("<34>Oct 11 22:14:15 mymachine su[12]: 'su root' failed");
    assert_eq!(
        three["syslog"],
        json!({
            "priority": 34, "facility": 4, "severity": 2, "timestamp": "Oct 11 22:14:15",
            "host": "mymachine", "app": "su", "procid": "12",
        })
    );
    assert_eq!(three["message"], "'su root' failed");
}

#[test]
fn published_vectors_are_read_as_they_say() {
    let Some(corpora) = std::env::var_os("UPDRAFT_CORPORA").map(std::path::PathBuf::from) else {
        return;
    };
    let read = |name: &str| -> Vec<Value> {
        serde_json::from_slice(&std::fs::read(corpora.join("logs").join(name)).unwrap()).unwrap()
    };
    let mut wrong = Vec::new();
    let mut total = 0;
    for vector in read("cef_leef_vectors.json") {
        total += 1;
        let found = fields(vector["raw"].as_str().unwrap());
        let leef = vector["format"] == "LEEF";
        let inner = &found[if leef { "leef" } else { "cef" }];
        let mut header = inner.clone();
        let extension = header
            .as_object_mut()
            .and_then(|h| h.remove("extension"))
            .unwrap_or_default();
        if let Some(id) = header.as_object_mut().and_then(|h| h.remove("event_id")) {
            header["signature_id"] = id;
        }
        if header != vector["header"] || extension != vector["extension"] {
            wrong.push(format!(
                "{}:\n {header}\n {}\n {extension}\n {}",
                vector["name"], vector["header"], vector["extension"]
            ));
        }
    }
    for vector in read("syslog_vectors.json") {
        if vector["valid_strict"] != true || vector["enc"] != "utf8" {
            continue;
        }
        total += 1;
        let found = fields(vector["raw"].as_str().unwrap());
        let syslog = &found["syslog"];
        let expected = &vector["expected"];
        for (theirs, ours) in [
            ("priority", "priority"),
            ("hostname", "host"),
            ("appname", "app"),
            ("procid", "procid"),
            ("msgid", "msgid"),
            ("structured_data", "structured_data"),
            ("timestamp", "timestamp"),
        ] {
            let same = syslog[ours] == expected[theirs]
                || theirs == "timestamp"
                    && syslog[ours].is_string() == expected[theirs].is_string();
            if !same {
                wrong.push(format!(
                    "{}: {theirs}: {} != {}",
                    vector["raw"], syslog[ours], expected[theirs]
                ));
            }
        }
    }
    println!(
        "{total} vectors, {} differences\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}
