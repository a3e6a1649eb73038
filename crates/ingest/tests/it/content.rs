//! The shipped mappings, each over its own samples.
//!
//! A sample `x.json` has its expectation beside it in `x.json.expect.yaml`: `title`, `severity`,
//! `dedup_key`, `observables` (as `type:value`, excluded ones left out), and optionally `mapping` when the
//! mapping must be found by `auto`, and `items` when the document holds several alerts.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use saphyr_parser::{Event, Parser, ScalarStyle};
use serde_json::{Map, Value};
use updraft_ingest::{Item, Limits, Mapping, Mappings, Normalized, reference_list, split};
use updraft_intel::{Exclusions, Observer};
use updraft_model::Timestamp;

pub fn now() -> Timestamp {
    "2026-11-21T09:00:00Z".parse().unwrap()
}

pub struct Intake {
    pub mappings: Mappings,
    observer: Observer,
    exclusions: Exclusions,
}

impl Intake {
    pub fn shipped() -> Self {
        let mut list = Vec::new();
        for folder in folders() {
            let text = std::fs::read_to_string(folder.join("mapping.yaml")).unwrap();
            let (mapping, problems) = Mapping::from_value(&yaml(&text));
            assert!(problems.is_empty(), "{}: {problems:#?}", folder.display());
            list.push(mapping.unwrap());
        }
        Self {
            mappings: Mappings::new(list),
            observer: Observer::new(Vec::new()),
            exclusions: Exclusions::with(&[reference_list()]),
        }
    }

    pub fn take(&self, mapping: &str, bytes: &[u8], content_type: &str) -> Vec<Normalized> {
        let items = split(bytes, content_type, &Limits::default()).unwrap();
        items
            .into_iter()
            .flat_map(|item| self.mappings.expand(mapping, item).unwrap())
            .map(|item| self.normalize(mapping, &item))
            .collect()
    }

    pub fn normalize(&self, mapping: &str, item: &Item<'_>) -> Normalized {
        self.mappings
            .normalize(mapping, item, now(), &self.observer, &self.exclusions)
    }
}

fn folders() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../content/sources");
    let mut folders: Vec<_> = std::fs::read_dir(root)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.join("mapping.yaml").exists())
        .collect();
    folders.sort();
    folders
}

#[test]
fn every_shipped_sample_becomes_the_alert_beside_it() {
    let intake = Intake::shipped();
    let mut count = 0;
    for folder in folders() {
        let id = folder.file_name().unwrap().to_str().unwrap().to_owned();
        for entry in std::fs::read_dir(folder.join("samples")).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_str().unwrap().to_owned();
            if name.ends_with(".expect.yaml") || name.ends_with(".md") {
                continue;
            }
            let beside = path.with_file_name(format!("{name}.expect.yaml"));
            let expected = std::fs::read_to_string(&beside).unwrap_or_default();
            let alerts = intake.take("auto", &std::fs::read(&path).unwrap(), "");
            if std::env::var_os("UPDRAFT_BLESS").is_some() && expected.is_empty() {
                bless(&beside, &alerts);
                continue;
            }
            check(&format!("{id}/{name}"), &id, &alerts, &yaml(&expected));
            count += 1;
        }
    }
    assert!(count >= 10, "{count} samples");
}

/// Writes what came out as the expectation of a new sample; read it before you believe it.
fn bless(path: &Path, alerts: &[Normalized]) {
    let alert = &alerts[0];
    let mut text = format!(
        "title: {:?}\nseverity: {}\noccurred_at: {}\ndedup_key: {:?}\nobservables:\n",
        alert.title,
        serde_json::to_string(&alert.severity).unwrap(),
        serde_json::to_string(&alert.occurred_at.map(|at| at.to_string())).unwrap(),
        alert.dedup_key,
    );
    for observable in alert.observables.iter().filter(|o| o.excluded.is_none()) {
        text += &format!("  - {:?}\n", observable.key());
    }
    if !text.ends_with("\"\n") {
        text = text.replace("observables:\n", "observables: []\n");
    }
    if alerts.len() > 1 {
        text += &format!("items: {}\n", alerts.len());
    }
    std::fs::write(path, text).unwrap();
}

fn check(name: &str, mapping: &str, alerts: &[Normalized], expected: &Value) {
    assert_eq!(
        alerts.len() as u64,
        expected["items"].as_u64().unwrap_or(1),
        "{name}"
    );
    let alert = &alerts[0];
    let mut got = Map::new();
    got.insert("mapping".into(), alert.mapping.clone().into());
    got.insert("title".into(), alert.title.clone().into());
    got.insert(
        "severity".into(),
        serde_json::to_value(alert.severity).unwrap(),
    );
    got.insert("dedup_key".into(), alert.dedup_key.clone().into());
    got.insert(
        "occurred_at".into(),
        serde_json::to_value(alert.occurred_at.map(|at| at.to_string())).unwrap(),
    );
    let observables = alert.observables.iter().filter(|o| o.excluded.is_none());
    got.insert("observables".into(), observables.map(|o| o.key()).collect());
    let mut wanted = expected.as_object().cloned().unwrap_or_default();
    wanted.remove("items");
    wanted.remove("source");
    wanted.entry("mapping").or_insert(mapping.into());
    let got: Map<_, _> = got
        .into_iter()
        .filter(|(key, _)| wanted.contains_key(key) || expected.is_null())
        .collect();
    assert_eq!(
        serde_json::to_string_pretty(&Value::Object(sorted(got))).unwrap(),
        serde_json::to_string_pretty(&Value::Object(sorted(wanted))).unwrap(),
        "{name}"
    );
}

fn sorted(map: Map<String, Value>) -> Map<String, Value> {
    map.into_iter()
        .collect::<BTreeMap<_, _>>()
        .into_iter()
        .collect()
}

/// Plain YAML to a value: no anchors, tags or several documents.
pub fn yaml(text: &str) -> Value {
    let mut stack: Vec<(Value, Option<String>)> = Vec::new();
    let mut root = Value::Null;
    for event in Parser::new_from_str(text) {
        let done = match event.unwrap().0 {
            Event::MappingStart(..) => {
                stack.push((Value::Object(Map::new()), None));
                continue;
            }
            Event::SequenceStart(..) => {
                stack.push((Value::Array(Vec::new()), None));
                continue;
            }
            Event::MappingEnd | Event::SequenceEnd => stack.pop().unwrap().0,
            Event::Scalar(text, ScalarStyle::Plain, ..) => match text.as_ref() {
                "" | "null" | "~" => Value::Null,
                "true" => true.into(),
                "false" => false.into(),
                plain => plain
                    .parse::<i64>()
                    .map(Value::from)
                    .or_else(|_| plain.parse::<f64>().map(Value::from))
                    .unwrap_or_else(|_| plain.into()),
            },
            Event::Scalar(text, ..) => Value::String(text.into_owned()),
            _ => continue,
        };
        match stack.last_mut() {
            None => root = done,
            Some((Value::Array(list), _)) => list.push(done),
            Some((Value::Object(object), key)) => match key.take() {
                None => {
                    *key = Some(
                        done.as_str()
                            .map_or_else(|| done.to_string(), str::to_owned),
                    )
                }
                Some(key) => {
                    object.insert(key, done);
                }
            },
            Some(_) => unreachable!(),
        }
    }
    root
}
