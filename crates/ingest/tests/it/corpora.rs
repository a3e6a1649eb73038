//! Large corpora that are not in the repository. Set `UPDRAFT_CORPORA` to their folder to run these.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::time::Instant;

use serde_json::Value;

use crate::content::Intake;

fn corpora() -> Option<PathBuf> {
    std::env::var_os("UPDRAFT_CORPORA").map(PathBuf::from)
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut todo = vec![folder.to_owned()];
    while let Some(folder) = todo.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                todo.push(path)
            } else {
                found.push(path)
            }
        }
    }
    found.sort();
    found
}

#[test]
fn every_alert_file_becomes_an_alert_with_a_title_and_a_severity() {
    let Some(corpora) = corpora() else { return };
    let intake = Intake::shipped();
    let (mut alerts, mut severities, mut untitled) = (0, 0, Vec::new());
    let mut slowest = (0, PathBuf::new());
    for path in files(&corpora.join("alerts")) {
        let bytes = std::fs::read(&path).unwrap();
        let payload = serde_json::from_slice::<Value>(&bytes)
            .ok()
            .and_then(|value| Some(value.get("payload").or_else(|| value.get("raw"))?.clone()));
        let payload = payload.map(|p| match p {
            Value::String(text) => text.into_bytes(),
            other => other.to_string().into_bytes(),
        });
        for bytes in [Some(bytes), payload]
            .into_iter()
            .flatten()
            .filter(|b| !b.trim_ascii().is_empty())
        {
            let start = Instant::now();
            for alert in intake.take("auto", &bytes, "application/json") {
                alerts += 1;
                severities += usize::from(alert.severity.is_some());
                if alert.title.ends_with("without a title") || alert.title.starts_with(['{', '[']) {
                    untitled.push(format!("{}: {}", path.display(), alert.title));
                }
                assert!(!alert.title.is_empty() && !alert.dedup_key.is_empty());
                if std::env::var_os("UPDRAFT_SHOW").is_some() {
                    let keys: Vec<_> = alert
                        .observables
                        .iter()
                        .map(|o| {
                            format!("{}{}", if o.excluded.is_some() { "-" } else { "" }, o.key())
                        })
                        .collect();
                    println!(
                        "{}\n   {} | {:?} | {:?} | {}\n   {:?}\n   {:?}",
                        path.display(),
                        alert.title,
                        alert.severity,
                        alert.occurred_at.map(|t| t.to_string()),
                        alert.mapping,
                        keys.iter().take(30).collect::<Vec<_>>(),
                        alert.diagnostics
                    );
                }
            }
            slowest = slowest.max((start.elapsed().as_millis(), path.clone()));
        }
    }
    assert!(
        alerts > 600 && untitled.len() < 10,
        "{alerts} {untitled:#?}"
    );
    println!("{alerts} alerts, {severities} with a severity of their own, slowest {slowest:?}");
    println!("untitled {}:\n{}", untitled.len(), untitled.join("\n"));
}

#[test]
fn mails_are_read_as_the_gold_says() {
    let Some(corpora) = corpora() else { return };
    let intake = Intake::shipped();
    let gold = std::fs::read(corpora.join("email/gold_headers.json")).unwrap();
    let gold: Vec<Value> = serde_json::from_slice(&gold).unwrap();
    let mut totals: BTreeMap<String, (usize, usize)> = BTreeMap::new();
    let mut wrong = Vec::new();
    for entry in &gold {
        let file = entry["file"].as_str().unwrap();
        let Ok(bytes) = std::fs::read(corpora.join("email").join(file)) else {
            continue;
        };
        if bytes.trim_ascii().is_empty() {
            continue;
        }
        let alerts = intake.take("auto", &bytes, "message/rfc822");
        let fields = &alerts[0].fields;
        for sure in entry["sure"].as_array().unwrap() {
            let name = sure.as_str().unwrap();
            let wanted = &entry["expected"][name];
            let text = |value: &Value| {
                value
                    .as_str()
                    .unwrap_or_default()
                    .split_whitespace()
                    .collect::<Vec<_>>()
                    .join(" ")
            };
            let hashes = |list: &Value| -> BTreeSet<String> {
                let list = list.as_array().cloned().unwrap_or_default();
                list.iter().map(|file| text(&file["sha256"])).collect()
            };
            let (got, want) = match name {
                "from" => (
                    text(&fields["from"][0]["address"]).to_lowercase(),
                    text(wanted).to_lowercase(),
                ),
                "subject" => (text(&fields["subject"]), text(wanted)),
                "message_id" => {
                    let bare = |value: &Value| text(value).trim_matches(['<', '>']).to_owned();
                    (bare(&fields["message_id"]), bare(wanted))
                }
                "attachments" => (
                    format!("{:?}", hashes(&fields["attachments"])),
                    format!("{:?}", hashes(wanted)),
                ),
                "received_hops" => (
                    fields["hops"].as_array().unwrap().len().to_string(),
                    wanted.to_string(),
                ),
                _ => continue,
            };
            let total = totals.entry(name.to_owned()).or_default();
            total.1 += 1;
            if got == want {
                total.0 += 1
            } else {
                wrong.push(format!("{file} {name}: {got} != {want}"))
            }
        }
    }
    println!("{totals:#?}\n{}", wrong.join("\n"));
    // What remains are files whose gold is empty where something can be read, and pictures without a name.
    assert!(
        totals.values().all(|(right, all)| right * 100 >= all * 97),
        "{totals:?}"
    );
}

#[test]
fn every_mail_is_read_without_a_panic() {
    let Some(corpora) = corpora() else { return };
    let intake = Intake::shipped();
    let start = Instant::now();
    let (mut count, mut bytes_read, mut observables, mut files_kept) = (0, 0, 0, 0);
    for path in files(&corpora.join("email")) {
        let bytes = std::fs::read(&path).unwrap();
        if bytes.trim_ascii().is_empty() || path.extension().is_some_and(|e| e == "json") {
            continue;
        }
        bytes_read += bytes.len();
        for alert in intake.take("auto", &bytes, "message/rfc822") {
            count += 1;
            observables += alert.observables.len();
            files_kept += alert.attachments.len();
        }
    }
    println!(
        "{count} mails, {bytes_read} bytes, {observables} observables, {files_kept} files, {:?}",
        start.elapsed()
    );
}

#[test]
fn webhooks_become_what_they_are_expected_to() {
    let Some(corpora) = corpora() else { return };
    let intake = Intake::shipped();
    let hooks = std::fs::read(corpora.join("alerts/webhooks/webhooks.json")).unwrap();
    let hooks: Vec<Value> = serde_json::from_slice(&hooks).unwrap();
    let mut wrong = Vec::new();
    for hook in &hooks {
        let content_type = hook["headers"]["Content-Type"].as_str().unwrap_or_default();
        let alerts = intake.take(
            "auto",
            hook["body"].as_str().unwrap().as_bytes(),
            content_type,
        );
        let (alert, expect) = (&alerts[0], &hook["expect"]);
        let mut differs = |what: &str, got: String, want: &Value| {
            wrong.push(format!("{} {what}: {got} != {want}", hook["name"]));
        };
        if expect["title"].is_string() && expect["title"] != alert.title {
            differs("title", alert.title.clone(), &expect["title"]);
        }
        let severity = alert
            .severity
            .map_or("medium", |severity| severity.as_str());
        if expect["severity"]
            .as_str()
            .is_some_and(|words| !words.split('|').any(|word| word == severity))
        {
            differs("severity", severity.to_owned(), &expect["severity"]);
        }
        let keys: Vec<String> = alert.observables.iter().map(|o| o.key()).collect();
        for wanted in expect["observables"].as_array().into_iter().flatten() {
            let found = keys
                .iter()
                .any(|key| key.ends_with(wanted[1].as_str().unwrap()));
            if !found {
                differs("observables", format!("{keys:?}"), wanted);
            }
        }
        println!("{} {keys:?} {}", hook["name"], alert.dedup_key);
    }
    println!("{}", wrong.join("\n"));
}
