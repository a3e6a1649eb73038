//! Every file in `tests/scenarios`: a playbook as JSON, then inputs (`>`) and the effects (`<`) that
//! must follow each. Run with `UPDATE_SCENARIOS=1` to write what follows now; then read the difference.

use std::{fmt::Write, fs, path::Path};

use updraft_engine::Machine;

use crate::host;

fn play(text: &str) -> String {
    let (document, script) = text.split_once("\n---\n").expect("playbook and script");
    let json: String = document
        .lines()
        .filter(|l| !l.starts_with('#'))
        .collect::<Vec<_>>()
        .join("\n");
    let document_value = serde_json::from_str(&json).expect("the playbook is JSON");
    let mut machine = Machine::new(host::plans(&document_value), true);
    let mut now = host::T0;
    let mut out = format!("{document}\n---\n");
    let inputs = script
        .lines()
        .filter(|line| line.starts_with('>') || line.starts_with('#'));
    for line in inputs {
        writeln!(out, "{line}").unwrap();
        if let Some(input) = line.strip_prefix('>') {
            let read = host::input(input, &mut now);
            // A refused answer says why, as people hear it.
            if let updraft_engine::Input::Answered {
                key, by, answer, ..
            } = &read
                && let Err(error) = machine.check_answer(key, by, answer)
            {
                writeln!(out, "! {error} ({})", error.hint).unwrap();
            }
            for effect in machine.handle(&read).iter().map(host::line) {
                writeln!(out, "< {effect}").unwrap();
            }
        }
    }
    if machine.outcome().is_none() {
        writeln!(out, "= {}", machine.waiting_for()).unwrap();
    }
    out
}

#[test]
fn every_scenario_plays_as_written() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/scenarios");
    let mut files: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|file| file.unwrap().path())
        .collect();
    files.sort();
    assert!(files.len() >= 10);
    let mut wrong = String::new();
    for file in files {
        let written = fs::read_to_string(&file).unwrap();
        let played = play(&written);
        if std::env::var_os("UPDATE_SCENARIOS").is_some() {
            fs::write(&file, &played).unwrap();
        } else if played != written {
            write!(wrong, "{}:\n{played}\n", file.display()).unwrap();
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}
