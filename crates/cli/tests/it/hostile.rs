//! What attackers send: a clear answer, bounded memory, and the next alert is served as ever.

use std::{
    io::Write,
    time::{Duration, Instant},
};

use serde_json::{Value, json};

use crate::{
    bombs::{base64, zip_of_zeros},
    ground::Ground,
    http,
};

/// Peak resident memory that hostile deliveries may cost, debug build.
const PEAK_MIB_MAX: u64 = 200;

/// An ordinary alert still becomes a closed case.
fn still_serves(ground: &Ground, address: &str) {
    assert_eq!(ground.case_of(address)["status"], "closed");
}

#[test]
fn a_body_of_a_gigabyte_is_refused_without_being_kept() {
    let ground = Ground::new();
    let head = |length: &str| {
        format!(
            "POST /api/v1/sources/tests/alerts HTTP/1.1\r\nhost: x\r\nconnection: close\r\nauthorization: Bearer {}\r\n{length}\r\n\r\n",
            ground.source_token
        )
    };
    let mut declared = http::connect(ground.updraft.address).unwrap();
    declared
        .write_all(head("content-length: 1073741824").as_bytes())
        .unwrap();
    assert_eq!(
        http::read(&mut declared).unwrap().status,
        413,
        "refused by its length"
    );

    let mut streamed = http::connect(ground.updraft.address).unwrap();
    streamed
        .write_all(head("transfer-encoding: chunked").as_bytes())
        .unwrap();
    let mut answers = streamed.try_clone().unwrap();
    let reading = std::thread::spawn(move || http::read(&mut answers));
    let mut chunk = b"10000\r\n".to_vec();
    chunk.extend([b'x'; 0x10000]);
    chunk.extend(b"\r\n");
    let mut sent = 0u64;
    while sent < 1 << 30 && streamed.write_all(&chunk).is_ok() {
        sent += 0x10000;
    }
    let reply = reading.join().unwrap().unwrap();
    assert_eq!(
        (reply.status, reply.json()["code"].as_str()),
        (413, Some("alert.too_large"))
    );
    let peak = ground.updraft.peak_mib();
    assert!(peak < PEAK_MIB_MAX, "{peak} MiB");
    assert!(ground.updraft.all("/api/v1/alerts").is_empty());
    still_serves(&ground, "23.80.0.1");
}

#[test]
fn ten_thousand_levels_of_json_harm_nobody() {
    let ground = Ground::new();
    for (open, close) in [("[", "]"), ("{\"a\":", "}")] {
        let deep = format!(
            "{}\"45.80.1.1\"{}",
            open.repeat(10_000),
            close.repeat(10_000)
        );
        let reply =
            ground
                .updraft
                .deliver(&ground.source_token, "application/json", deep.as_bytes());
        match reply.status {
            202 => drop(ground.closed(reply.json()["alerts"][0]["id"].as_str().unwrap())),
            400 => assert!(!reply.json()["detail"].as_str().unwrap().is_empty()),
            other => panic!("{other}: {}", reply.text()),
        }
        let api = ground.updraft.bare(
            "POST",
            "/api/v1/connections",
            &[
                ("authorization", &format!("Bearer {}", ground.updraft.token)),
                ("content-type", "application/json"),
            ],
            deep.as_bytes(),
        );
        assert!((400..500).contains(&api.status), "{}", api.status);
    }
    still_serves(&ground, "23.80.1.2");
}

#[test]
fn bytes_that_are_no_text_are_read_as_far_as_they_go() {
    let ground = Ground::new();
    let bodies: [&[u8]; 5] = [
        b"\xfe\xc3\x28 beacon to 45.80.2.1 \x80\x01",
        b"\xff\xfe4\x005\x00.\x008\x000\x00.\x002\x00.\x001\x00",
        b"{\"ip\": \"45.80.2.1\", \"x\": \"\xff\xff\"}",
        b"From: \xff\xfe@x\r\nSubject: =?utf-8?B?////?=\r\nContent-Type: text/plain; charset=nonsense\r\n\r\n45.80.2.1 \xed\xa0\x80",
        b"{\"ip\": \"45.80.2.1\", \"x\": \"\\ud800\"",
    ];
    for body in bodies {
        let alerts = ground.alert_of("", body);
        let case = ground.closed(&alerts[0]);
        let known = case["observables"].to_string();
        assert!(
            known.contains("45.80.2.1"),
            "{:?}: {known}",
            String::from_utf8_lossy(body)
        );
        let raw = ground.updraft.send(
            "GET",
            &format!("/api/v1/alerts/{}/raw", alerts[0]),
            &Value::Null,
        );
        assert_eq!(raw.body, body, "the bytes are kept as they came");
    }
    // Bytes with zeros are a file, known by its hash.
    let file = ground.closed(&ground.alert_of("", b"MZ\x00\x00 45.80.2.1 \x00")[0]);
    assert_eq!(file["observables"][0]["type"], "sha256", "{file:#}");
}

#[test]
fn a_zip_bomb_in_a_mail_is_kept_closed() {
    let ground = Ground::new();
    let bomb = zip_of_zeros(1 << 30);
    assert!(bomb.len() < 8 << 20);
    let mail = format!(
        "From: a@evil-mailer.com\r\nSubject: invoice\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n\
         --b\r\nContent-Type: text/plain\r\n\r\nsee attachment\r\n--b\r\nContent-Type: application/zip; name=a.zip\r\n\
         Content-Disposition: attachment; filename=a.zip\r\nContent-Transfer-Encoding: base64\r\n\r\n{}\r\n--b--\r\n",
        base64(&bomb)
    );
    let case = ground.closed(&ground.alert_of("message/rfc822", mail.as_bytes())[0]);
    assert!(!case["observables"].as_array().unwrap().is_empty());
    let peak = ground.updraft.peak_mib();
    assert!(peak < PEAK_MIB_MAX, "{peak} MiB");
}

#[test]
fn texts_that_hang_careless_matchers_are_read_in_passing() {
    let ground = Ground::new();
    let texts = [
        "a".repeat(900_000) + "!",
        "a@".repeat(450_000),
        "http://".repeat(125_000),
        "[.]".repeat(250_000),
        "1.".repeat(450_000),
        "(".repeat(900_000),
        "\\x41%41&#65;".repeat(1 << 16),
        "xn--".repeat(200_000),
        ":".repeat(900_000),
    ];
    let begun = Instant::now();
    for text in &texts {
        let body = json!({"title": &text[..1000], "message": text, "ip": "23.80.4.1"}).to_string();
        let alerts = ground.alert_of("application/json", body.as_bytes());
        ground.closed(&alerts[0]);
    }
    let took = begun.elapsed();
    assert!(took < Duration::from_secs(40), "{took:?}");
}

#[test]
fn templates_in_alerts_stay_text() {
    let ground = Ground::new();
    let title = "{{ 7*7 }} {{ secret.api_key }} {{ settings }} ${7*7} <b>x</b>";
    let alert = json!({"title": title, "ip": "45.80.5.1", "message": "{{ case.id }}"}).to_string();
    let case = ground.closed(&ground.alert_of("application/json", alert.as_bytes())[0]);
    assert_eq!(case["title"], title);
    let summary = ground.vendors.issues_sent()[0]["fields"]["summary"]
        .as_str()
        .unwrap()
        .to_owned();
    assert!(
        summary.contains("{{ 7*7 }} {{ secret.api_key }}"),
        "{summary}"
    );
    let html = ground.report(&case, "html");
    assert!(
        html.contains("{{ 7*7 }}") && !html.contains("<b>x</b>"),
        "{html}"
    );
    let sent: String = ground
        .vendors
        .server
        .log()
        .iter()
        .map(|asked| String::from_utf8_lossy(&asked.body).into_owned())
        .collect();
    assert!(!sent.contains("jira-token") && !sent.contains("lookout-key"));
}

#[test]
fn line_breaks_in_alerts_become_no_headers() {
    let ground = Ground::new();
    let alerts = [
        json!({"title": "a\r\nX-Injected: 1\r\n\r\nGET / HTTP/1.1", "ip": "45.80.6.1"}),
        json!({"title": "b", "url": "http://evil-corp.com/\r\nX-Injected: 1", "domain": "evil-corp.com\r\nX-Injected: 1"}),
        json!({"title": "c", "url": "http://evil-corp.com/%0d%0aX-Injected:%201", "user": "x\u{0}\u{1b}[2J"}),
    ];
    for alert in &alerts {
        ground.closed(&ground.alert_of("application/json", alert.to_string().as_bytes())[0]);
    }
    for asked in ground.vendors.server.log() {
        assert!(!asked.headers.contains_key("x-injected"), "{asked:?}");
        assert!(
            asked.target.starts_with("/lookout/") || asked.target.starts_with("/jira/"),
            "{asked:?}"
        );
    }
    let issues = ground.vendors.issues_sent();
    assert_eq!(issues.len(), 3);
    for issue in issues {
        assert!(
            !issue["fields"]["summary"]
                .as_str()
                .unwrap()
                .contains(['\r', '\n'])
        );
    }
    let secret = json!({"connector": "latecomer", "name": "latecomer", "base_url": ground.vendors.server.url("/latecomer"),
        "secrets": {"api_key": "a\r\nX-Injected: 1"}, "allow_private": true});
    ground.updraft.send("POST", "/api/v1/connections", &secret);
    ground.case_of("23.80.6.2");
    assert!(
        ground
            .vendors
            .server
            .log()
            .iter()
            .all(|asked| !asked.headers.contains_key("x-injected"))
    );
}

#[test]
fn nothing_inside_is_reached_through_an_alert_or_a_connection() {
    let ground = Ground::new();
    ground.case_of("http://169.254.169.254/latest/meta-data/ and http://127.0.0.1:1/ and http://localhost/admin");
    let asked = ground.vendors.server.log();
    assert!(
        asked
            .iter()
            .all(|asked| asked.target.starts_with("/lookout/")),
        "{asked:?}"
    );
    assert_eq!(
        ground.vendors.looked_up("lookout"),
        Vec::<String>::new(),
        "what is inside is nobody's business outside"
    );

    let url = ground.vendors.server.url("/latecomer");
    let port = ground.vendors.server.address().port();
    let addresses = [
        url.clone(),
        format!("http://localhost:{port}/latecomer"),
        format!("http://[::ffff:127.0.0.1]:{port}/latecomer"),
        format!("http://2130706433:{port}/latecomer"),
        format!("http://0x7f.1:{port}/latecomer"),
        format!("http://0.0.0.0:{port}/latecomer"),
        "http://169.254.169.254/latest".to_owned(),
    ];
    let make = |address: &str| json!({"connector": "latecomer", "name": "latecomer", "base_url": address, "secrets": {"api_key": "k"}});
    let connection = ground.updraft.connect(&make(&addresses[0]));
    for (index, address) in addresses.iter().enumerate() {
        let changed = ground.updraft.send(
            "PATCH",
            &format!("/api/v1/connections/{connection}"),
            &make(address),
        );
        assert_eq!(changed.status, 200, "{}", changed.text());
        let case = ground.case_of(&format!("23.80.7.{index}"));
        let run = case["runs"][0]["id"].as_str().unwrap();
        let steps = ground.updraft.get(&format!("/api/v1/runs/{run}"));
        let mut asking = steps["steps"].as_array().unwrap().iter();
        let step = asking.find(|step| step["target"] == "latecomer").unwrap();
        assert_eq!(step["status"], "failed", "{address}");
        assert!(
            step["error"]["code"] == "refused" && step["error"]["message"].is_string(),
            "{address}: {step}"
        );
    }
    assert!(ground.vendors.looked_up("latecomer").is_empty());
    let allowed = ground.updraft.send(
        "PATCH",
        &format!("/api/v1/connections/{connection}"),
        &json!({"base_url": url, "allow_private": true}),
    );
    assert_eq!(allowed.status, 200);
    ground.case_of("23.80.7.100");
    assert_eq!(ground.vendors.looked_up("latecomer"), ["23.80.7.100"]);
}
