//! What past runs are good for: compared with other versions, made into tests, and to try a version on.

use serde_json::{Value, json};
use updraft_content::{
    Library, embedded, load,
    paths::{self, Taken},
    trials::{
        Comparison, Made, MakeError, Play, Recording, Source, Tally, Trial, Which, Writes,
        backtest, compare, make_test, plans_of, play, play_test, read_tests, tests_of_folder,
    },
};
use updraft_engine::PlanSet;

fn library() -> &'static Library {
    static LIBRARY: std::sync::LazyLock<Library> = std::sync::LazyLock::new(|| load(&embedded()).0);
    &LIBRARY
}

fn plans(text: &str) -> PlanSet {
    let plan = updraft_content::parse_playbook("playbook.yaml", text).unwrap_or_else(|found| {
        panic!(
            "{}",
            found.iter().map(ToString::to_string).collect::<String>()
        )
    });
    plans_of(plan.into(), library())
}

/// A run of a playbook with the answers of a test.
fn played(playbook: &str, test: &str) -> Play {
    let scripts = read_tests("test.yaml", test).unwrap_or_else(|found| panic!("{found:?}"));
    play_test(&scripts[0], &plans(playbook), library())
}

fn recorded(playbook: &str, test: &str) -> Recording {
    let played = played(playbook, test);
    Recording::of(plans(playbook), &played.journal).unwrap()
}

fn made(playbook: &str, test: &str) -> Made {
    let recording = recorded(playbook, test);
    make_test(&recording, &plans(playbook), library(), "As it went")
        .unwrap_or_else(|error| panic!("{error}"))
}

fn compared(playbook: &str, test: &str, other: &str) -> Comparison {
    compare(&recorded(playbook, test), plans(other), library())
}

#[test]
fn every_test_of_every_playbook_becomes_a_recording_that_compares_equal_and_a_test_that_passes() {
    let (files, library) = (embedded(), library());
    let mut tried = 0;
    for playbook in library.playbooks.values() {
        let plans = plans_of(playbook.plan.clone(), library);
        let folder = playbook.file.rsplit_once('/').unwrap().0;
        for (file, text) in tests_of_folder(&files, folder) {
            for script in read_tests(&file, &text).unwrap() {
                let what = format!("{file}: {}", script.title);
                let played = play_test(&script, &plans, library);
                let recording = Recording::of(plans.clone(), &played.journal).unwrap();
                assert_eq!(recording.records, played.records, "{what}");
                let comparison = compare(&recording, plans.clone(), library);
                assert!(comparison.identical, "{what}: {comparison:#?}");
                if played.outcome.is_none() {
                    let error = make_test(&recording, &plans, library, "x").unwrap_err();
                    assert_eq!(error, MakeError::NotOver, "{what}");
                    continue;
                }
                let made = make_test(&recording, &plans, library, &script.title)
                    .unwrap_or_else(|error| panic!("{what}: {error}"));
                let again = make_test(&recording, &plans, library, &script.title).unwrap();
                assert_eq!(made, again, "{what}");
                assert!(
                    made.text.len() < 3 * text.len().max(1_000),
                    "{what}:\n{}",
                    made.text
                );
                tried += 1;
            }
        }
    }
    assert!(tried >= 10, "{tried}");
}

const STEERED: &str = "\
format: 1
id: steered
title: Everything that people and time do
inputs: {host: {type: string, required: true}}
outputs: {ok: \"{{ steps.gate.output.approved }}\"}
steps:
  - id: look
    action: abuseipdb.lookup_ip
    with: {ip: 203.0.113.7}
    retry: {max: 2, delay: 3s, on: [rate_limited]}
  - id: slow
    action: otx.lookup_ip
    with: {ip: 203.0.113.7}
    timeout: 20s
    on_error: continue
  - id: gate
    approve: {question: \"Isolate {{ inputs.host }}?\", needs: 2, default: deny}
    timeout: 4h
  - id: form
    ask:
      to: owner@example.com
      subject: How bad?
      message: Say how bad it is.
      form: [{name: level, type: choice, options: [low, high]}]
      break_out: true
  - id: route
    switch:
      - when: steps.form.output.values.level == 'high'
        do:
          - id: tell
            emit: {event: contained, payload: {host: \"{{ inputs.host }}\"}}
          - id: heard
            wait: {signal: released}
      - else: true
        do:
          - id: quiet
            set: {v: 1}
  - id: rest
    wait: {case: \"case.severity == 'high'\"}
";

const STEERED_TEST: &str = "\
title: The whole way
trigger: {inputs: {host: ws-17}, case: {severity: low}}
answers:
  - {step: look, connection: abuseipdb, error: rate_limited, times: 1, delay: 700ms}
  - {step: look, connection: abuseipdb, ok: {score: 90, categories: [1, 2, 3], country: NL}, verdict: malicious, delay: 2s}
  - {step: slow, connection: otx, ok: {}, delay: 5m}
people:
  - {step: gate, answer: {approved: true, note: sure}, by: ann, delay: 10m}
  - {step: gate, answer: {approved: true}, by: bob, delay: 20m}
  - {step: form, answer: {values: {level: high}}, by: ann, delay: 3m}
signals:
  - {name: released, payload: {by: ann}, after: 2h}
  - {case: {severity: high}, after: 3h}
expect: {state: succeeded}
";

#[test]
fn a_run_with_people_timers_and_signals_compares_equal_with_its_own_version() {
    let same = compared(STEERED, STEERED_TEST, STEERED);
    assert!(same.identical, "{same:#?}");
    assert_eq!(same.then, same.now);
    assert_eq!(same.then.state, "succeeded");
}

#[test]
fn a_run_with_people_timers_and_signals_becomes_a_short_test() {
    insta::assert_snapshot!(made(STEERED, STEERED_TEST).text);
}

#[test]
fn what_a_person_did_to_the_run_is_part_of_its_test() {
    let test = STEERED_TEST.replace(
        "signals:\n",
        "signals:\n  - {control: {op: skip, path: slow, reason: known}, by: ann, after: 10s}\n",
    );
    let made = made(STEERED, &test);
    assert!(
        made.text.contains("op: skip") && made.text.contains("slow: skipped"),
        "{}",
        made.text
    );
}

#[test]
fn another_version_shows_the_first_step_that_parts_and_every_step_that_differs() {
    let other = STEERED
        .replace("level == 'high'", "level == 'low'")
        .replace("needs: 2", "needs: 1");
    let comparison = compared(STEERED, STEERED_TEST, &other);
    assert!(!comparison.identical);
    let first = comparison.first.as_ref().unwrap();
    assert_eq!(
        (first.path.as_str(), first.what),
        ("gate", "input"),
        "{first:#?}"
    );
    assert_eq!((&first.then, &first.now), (&json!(2), &json!(1)));
    assert_eq!(first.at, "needs");
    let changes: Vec<String> = comparison
        .steps
        .iter()
        .map(|step| {
            let what: Vec<&str> = step.differs.iter().map(|field| field.what).collect();
            format!("{} {} {}", step.path, step.change, what.join(","))
        })
        .collect();
    assert_eq!(
        changes,
        [
            "gate changed input,output",
            "route changed branch",
            "route/tell removed ",
            "route/quiet added ",
            "route/heard removed ",
        ]
    );
}

#[test]
fn a_call_without_a_recording_is_listed_and_never_made_up() {
    let other = STEERED.replace(
        "  - id: slow\n    action: otx.lookup_ip\n    with: {ip: 203.0.113.7}",
        "  - id: slow\n    action: otx.lookup_ip\n    with: {ip: 198.51.100.9}",
    );
    let comparison = compared(STEERED, STEERED_TEST, &other);
    let missing = &comparison.unanswered;
    assert_eq!(missing.len(), 1, "{missing:#?}");
    assert_eq!(
        (missing[0].step.as_str(), missing[0].wanted.as_str()),
        ("slow", "otx.lookup_ip")
    );
    assert_eq!(missing[0].input, json!({"ip": "198.51.100.9"}));
    let slow = comparison
        .steps
        .iter()
        .find(|step| step.path == "slow")
        .unwrap();
    assert_eq!(
        slow.after.as_ref().unwrap().error.as_deref(),
        Some("unanswered")
    );
}

#[test]
fn a_step_that_moved_still_finds_its_recorded_answer() {
    let other = "\
format: 1
id: steered
title: Moved
inputs: {host: {type: string, required: true}}
steps:
  - id: guarded
    try:
      - id: ask_again
        action: abuseipdb.lookup_ip
        with: {ip: 203.0.113.7}
        retry: {max: 2, delay: 1s, on: [rate_limited]}
    catch:
      - id: caught
        set: {v: 1}
";
    let comparison = compared(STEERED, STEERED_TEST, other);
    assert_eq!(comparison.unanswered, [], "{comparison:#?}");
    let added: Vec<&str> = comparison
        .steps
        .iter()
        .filter(|step| step.change == "added")
        .map(|step| step.path.as_str())
        .collect();
    assert!(added.contains(&"guarded/ask_again"), "{added:?}");
}

const LOOKUPS: &str = "\
format: 1
id: lookups
title: Look up and block
inputs: {limit: {type: integer, default: 50}, token: {type: secret}}
steps:
  - id: all
    for_each: \"{{ case.observables }}\"
    as: o
    collect: \"{{ steps.ask.output }}\"
    do:
      - id: ask
        capability: reputation.ip
        with: {ip: \"{{ o.value }}\"}
  - id: gate
    approve: {question: Block?, roles: [lead]}
  - id: decide
    switch:
      - when: steps.gate.output.approved
        do:
          - id: block
            action: acme.block
            with: {ip: \"{{ case.observables[0].value }}\"}
      - else: true
        do:
          - id: leave
            set: {v: 1}
  - id: close
    action: case.close
    with: {reason: resolved}
";

fn lookups_test(observables: usize) -> String {
    let list: Vec<String> = (0..observables)
        .map(|n| format!("{{type: ipv4, value: 203.0.113.{n}}}"))
        .collect();
    let pages = "x".repeat(3_000);
    format!(
        "title: Many
trigger: {{inputs: {{limit: 70, token: {{$sealed: secret, id: canary-4711}}}}, case: {{title: About canary-4711, observables: [{}]}}}}
answers:
  - {{step: ask, connection: abuseipdb, ok: {{score: 90, raw: {pages}}}, verdict: malicious, delay: 90ms}}
  - {{step: block, connection: acme, effect: contain_reversible, ok: {{}}}}
people:
  - {{step: gate, answer: {{approved: true}}, by: ann, delay: 7m}}
expect: {{state: succeeded}}
",
        list.join(", ")
    )
}

#[test]
fn a_made_test_keeps_what_the_playbook_reads_and_shows_no_secret() {
    let made = made(LOOKUPS, &lookups_test(4));
    assert_eq!(made.masked, ["token"]);
    assert!(!made.text.contains("canary"), "{}", made.text);
    assert!(made.text.len() < 2_000, "{}", made.text);
    insta::assert_snapshot!(made.text);
}

fn which(number: u64) -> Which {
    Which {
        run: format!("run_{number}"),
        case: format!("case_{number}"),
        case_number: number,
    }
}

fn tried(other: &str, test: &str) -> Trial {
    backtest(&recorded(LOOKUPS, test), plans(other), library(), None)
}

#[test]
fn a_backtest_of_the_same_version_would_do_what_was_done() {
    let trial = tried(LOOKUPS, &lookups_test(2));
    assert_eq!(trial.unknown, []);
    assert_eq!(trial.did, trial.would);
    assert_eq!(trial.would.contained, ["acme.block 203.0.113.0"]);
    assert_eq!(trial.would.closed.as_deref(), Some("resolved"));
    assert_eq!(trial.would.asked, ["lead"]);
}

#[test]
fn a_write_of_a_backtest_is_simulated_and_never_a_recorded_one() {
    let recording = recorded(LOOKUPS, &lookups_test(2));
    let other = LOOKUPS.replace("case.observables[0].value", "case.observables[1].value");
    let mut memory = updraft_content::trials::Memory::new(&recording, library(), Writes::Simulated);
    let played = play(plans(&other), &recording.start, &mut memory);
    let block = played
        .calls
        .iter()
        .find(|call| call.action == "acme.block")
        .unwrap();
    assert_eq!(block.source, Source::Simulated);
    assert!(played.unanswered.is_empty(), "{:?}", played.unanswered);
    let trial = tried(&other, &lookups_test(2));
    assert_eq!(trial.would.contained, ["acme.block 203.0.113.1"]);
}

#[test]
fn unknowns_are_counted_apart_and_differences_name_their_case() {
    let mut tally = Tally::default();
    tally.add(&which(1), &tried(LOOKUPS, &lookups_test(1)));
    let clean = LOOKUPS.replace("reason: resolved", "reason: clean");
    tally.add(&which(2), &tried(&clean, &lookups_test(1)));
    let curious = LOOKUPS.replace("{{ o.value }}", "{{ o.value }}1");
    tally.add(&which(3), &tried(&curious, &lookups_test(2)));
    assert_eq!(
        (tally.played, tally.unknown, tally.same, tally.different),
        (3, 1, 1, 1)
    );
    assert_eq!(tally.table.closed, 2);
    assert_eq!(tally.table.asked, 2);
    assert_eq!(tally.table.asked_whom["lead"], 2);
    let differs: Vec<(u64, &str, &Value, &Value)> = tally
        .differs
        .iter()
        .map(|one| {
            (
                one.which.case_number,
                one.what.as_str(),
                &one.then,
                &one.now,
            )
        })
        .collect();
    assert_eq!(
        differs,
        [(2, "closed", &json!("resolved"), &json!("clean"))]
    );
    assert_eq!(tally.unknowns.len(), 1);
    let unknown = &tally.unknowns[0];
    assert_eq!(
        (
            unknown.wanted.as_str(),
            unknown.connection.as_str(),
            unknown.runs
        ),
        ("abuseipdb.lookup_ip", "abuseipdb", 1)
    );
    let stored: Tally = serde_json::from_value(serde_json::to_value(&tally).unwrap()).unwrap();
    assert_eq!(stored, tally);
}

fn path(test: &str) -> Taken {
    let recording = recorded(LOOKUPS, test);
    paths::taken(&recording, &plans(LOOKUPS).main.outline())
}

#[test]
fn a_path_does_not_depend_on_how_many_rounds_there_were() {
    let (one, many) = (path(&lookups_test(1)), path(&lookups_test(5)));
    assert_eq!(one.hash, many.hash);
    assert_eq!(
        one.steps,
        [
            "all",
            "all/ask",
            "gate: approved",
            "decide: block",
            "decide/block",
            "close"
        ]
    );
    let denied = path(
        &lookups_test(1)
            .replace("approved: true", "approved: false")
            .replace(
                "  - {step: block, connection: acme, effect: contain_reversible, ok: {}}\n",
                "",
            ),
    );
    assert_ne!(denied.hash, one.hash);
    assert!(
        denied.steps.contains(&"gate: denied".to_owned()),
        "{:?}",
        denied.steps
    );
}

#[test]
fn decisions_of_people_are_kept_with_their_time_and_the_switch_that_follows_them() {
    let decisions: Vec<(String, String, String, i64)> = path(&lookups_test(1))
        .decisions
        .into_iter()
        .map(|one| (one.step, one.kind, one.answer, one.human_ms / 60_000))
        .collect();
    assert_eq!(
        decisions,
        [
            ("gate".into(), "approve".into(), "approved".into(), 7),
            (
                "decide".into(),
                "switch".into(),
                "steps.gate.output.approved".into(),
                7
            ),
        ]
    );
}

#[test]
fn deviations_say_who_did_what() {
    let test = lookups_test(2)
        .replace("people:\n  - {step: gate, answer: {approved: true}, by: ann, delay: 7m}\n", "")
        .replace(
            "expect:",
            "people: [{step: gate, silence: true}]\nsignals:\n  - {ad_hoc: {id: look, set: {v: 1}}, by: ann, after: 5s}\n  - {cancel: enough, by: bob, after: 9s}\nexpect:",
        );
    let found: Vec<(String, String, String)> = path(&test)
        .deviations
        .into_iter()
        .map(|one| (one.what, one.step, one.by))
        .collect();
    assert_eq!(
        found,
        [
            ("cancelled".into(), String::new(), "bob".into()),
            ("ad_hoc".into(), "look".into(), "ann".into()),
        ]
    );
}
