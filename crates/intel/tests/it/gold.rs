//! The scorer's measure over rows that are free to copy.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use updraft_intel::{observe, scorer_name};

type Sets = BTreeMap<String, BTreeSet<String>>;

struct Row {
    id: String,
    text: String,
    expected: Sets,
    allowed: Sets,
}

fn rows(json: &str) -> Vec<Row> {
    let rows: Vec<Value> = serde_json::from_str(json).unwrap();
    rows.iter()
        .map(|row| Row {
            id: row["id"].as_str().unwrap().to_owned(),
            text: row["text"].as_str().unwrap().to_owned(),
            expected: sets(&row["expected"]),
            allowed: sets(&row["allowed"]),
        })
        .collect()
}

fn sets(value: &Value) -> Sets {
    let Some(object) = value.as_object() else {
        return Sets::new();
    };
    object
        .iter()
        .map(|(kind, values)| {
            let values = values.as_array().unwrap().iter();
            (
                kind.clone(),
                values.map(|v| normal(kind, v.as_str().unwrap())).collect(),
            )
        })
        .collect()
}

/// The scorer's own normal form.
fn normal(kind: &str, value: &str) -> String {
    match kind {
        "url" => {
            let lower = match value.split_once("://") {
                Some((scheme, rest)) => {
                    let (host, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
                    format!("{}://{}{path}", scheme.to_lowercase(), host.to_lowercase())
                }
                None => value.to_lowercase(),
            };
            lower
                .trim_end_matches(['/', '?', '#', '.', ',', ';', ':', ')', '\'', '"', '*', ']'])
                .to_owned()
        }
        "cve" | "attack" => value.to_uppercase(),
        "registry" => value.to_uppercase().trim_end_matches('\\').to_owned(),
        "btc" | "xmr" | "ssdeep" => value.to_owned(),
        _ => value.trim().to_lowercase().trim_end_matches('.').to_owned(),
    }
}

fn found(text: &str) -> Sets {
    let mut sets = Sets::new();
    for found in observe(text) {
        let kind = scorer_name(&found.kind).to_owned();
        let value = normal(&kind, &found.as_written());
        sets.entry(kind).or_default().insert(value);
    }
    // Paths are not scored.
    sets.remove("filepath");
    sets
}

/// Hosts of URLs, domains of mail addresses and their parents are never punished.
fn derived(row: &Row) -> BTreeSet<String> {
    let of = |kind: &str| {
        row.expected
            .get(kind)
            .into_iter()
            .chain(row.allowed.get(kind))
            .flatten()
    };
    let hosts = of("url")
        .filter_map(|url| url.split_once("://"))
        .map(|(_, rest)| rest.split(['/', '?', '#']).next().unwrap_or_default())
        .map(|authority| authority.rsplit('@').next().unwrap_or_default())
        .map(|host| host.split(':').next().unwrap_or_default().to_owned());
    let domains = of("email").filter_map(|mail| Some(mail.rsplit_once('@')?.1.to_owned()));
    let mut all: BTreeSet<String> = hosts.chain(domains).collect();
    for name in all.clone().iter().chain(of("domain")) {
        let mut rest = name.as_str();
        while let Some((_, parent)) = rest.split_once('.') {
            all.insert(parent.to_owned());
            rest = parent;
        }
    }
    all
}

struct Score {
    expected: usize,
    hit: usize,
    wrong: Vec<String>,
    missed: Vec<String>,
}

fn score(rows: &[Row]) -> Score {
    let mut score = Score {
        expected: 0,
        hit: 0,
        wrong: Vec::new(),
        missed: Vec::new(),
    };
    for row in rows {
        let (found, derived) = (found(&row.text), derived(row));
        for (kind, expected) in &row.expected {
            score.expected += expected.len();
            for value in expected {
                if found.get(kind).is_some_and(|set| set.contains(value)) {
                    score.hit += 1;
                } else {
                    score.missed.push(format!("{} {kind} {value}", row.id));
                }
            }
        }
        for (kind, values) in &found {
            let holds = |sets: &Sets, value: &str| {
                sets.get(kind)
                    .is_some_and(|set| set.contains(value) || set.contains("*"))
            };
            let wrong = values.iter().filter(|value| {
                !holds(&row.expected, value)
                    && !holds(&row.allowed, value)
                    && !derived.contains(*value)
            });
            score
                .wrong
                .extend(wrong.map(|value| format!("{} {kind} {value}", row.id)));
        }
    }
    score
}

#[test]
fn tricky_values_are_found_in_every_disguise() {
    let score = score(&rows(include_str!("../data/tricky_positive.json")));
    let recall = score.hit as f64 / score.expected as f64;
    assert!(recall >= 0.97, "recall {recall}: {:?}", score.missed);
    assert!(score.wrong.len() <= 2, "{:?}", score.wrong);
}

#[test]
fn look_alikes_are_left_alone() {
    let score = score(&rows(include_str!("../data/tricky_negative.json")));
    assert!(score.wrong.len() <= 2, "{:?}", score.wrong);
}

#[test]
fn a_defanged_text_and_its_plain_form_hold_the_same_values() {
    let pairs: Vec<Value> =
        serde_json::from_str(include_str!("../data/refang_pairs.json")).unwrap();
    let values = |text: &str| -> BTreeSet<(String, String)> {
        observe(text)
            .into_iter()
            .map(|found| (found.kind.to_string(), found.value.into_owned()))
            .collect()
    };
    let failed: Vec<&str> = pairs
        .iter()
        .filter(|pair| {
            let (given, plain) = (pair["in"].as_str().unwrap(), pair["out"].as_str().unwrap());
            values(given) != values(plain)
        })
        .map(|pair| pair["in"].as_str().unwrap())
        .collect();
    let rate = 1.0 - failed.len() as f64 / pairs.len() as f64;
    assert!(rate >= 0.98, "{rate}: {failed:?}");
}
