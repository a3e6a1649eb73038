//! Tests of playbooks: the shipped ones, and what they say when something is not as expected.

use updraft_content::{
    embedded, load,
    trials::{Tested, Tried, plans_of, run_tests, test_folder},
};

fn library() -> &'static updraft_content::Library {
    static LIBRARY: std::sync::LazyLock<updraft_content::Library> =
        std::sync::LazyLock::new(|| load(&embedded()).0);
    &LIBRARY
}

/// Plays tests of a playbook that is written here.
pub fn tested(playbook: &str, tests: &str) -> Tested {
    let plan = updraft_content::parse_playbook("playbook.yaml", playbook).unwrap_or_else(|found| {
        panic!(
            "{}",
            found.iter().map(ToString::to_string).collect::<String>()
        )
    });
    let plans = plans_of(plan.into(), library());
    let tried = Tried {
        file: "playbook.yaml",
        text: playbook,
        plans: &plans,
    };
    run_tests(tried, &[("test.yaml".into(), tests.into())], library())
}

/// What the tests complain about.
pub fn faults(playbook: &str, tests: &str) -> String {
    let tested = tested(playbook, tests);
    let faults = tested.tests.iter().flat_map(|test| &test.faults);
    faults.map(|fault| format!("{fault}\n")).collect()
}

#[test]
fn the_tests_of_every_shipped_playbook_pass_and_take_nine_of_ten_branches() {
    let mut wrong = String::new();
    for tested in test_folder(&embedded(), library(), None) {
        for test in tested.tests.iter().filter(|test| !test.passed) {
            wrong += &format!("{}: {}\n", tested.playbook, test.title);
            for fault in &test.faults {
                wrong += &format!("{fault}\n");
            }
        }
        if tested.coverage.percent < 90 {
            wrong += &format!(
                "{}: {} of {} branches\n{:#?}\n",
                tested.playbook,
                tested.coverage.taken,
                tested.coverage.total,
                tested.coverage.missing
            );
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

const BLOCK: &str = "\
format: 1
id: block
title: Block an address
inputs: {ip: {type: string, required: true}}
outputs: {blocked: \"{{ steps.block.status == 'succeeded' }}\"}
steps:
  - id: look
    action: abuseipdb.lookup_ip
    with: {ip: \"{{ inputs.ip }}\"}
    on_error: continue
  - id: block
    when: (steps.look.output?.score ?? 0) > 50
    action: acme.block
    with: {ip: \"{{ inputs.ip }}\"}
  - id: pause
    wait: {delay: 30d}
";

fn block(test: &str) -> String {
    format!("title: A test\ntrigger: {{inputs: {{ip: 203.0.113.7}}}}\n{test}")
}

#[test]
fn what_is_not_as_expected_is_said_with_its_place_and_both_values() {
    let test = block(
        "answers:
  - {step: look, ok: {score: 90}}
  - {step: block, ok: {}}
expect:
  state: failed
  outputs: {blocked: false}
  steps: {block: {is: skipped, input: {ip: 198.51.100.1}}, look: {output: {score: 10}}}
  order: [block, look]
  calls: [{action: acme.block, times: 2}]
",
    );
    insta::assert_snapshot!(faults(BLOCK, &test));
}

#[test]
fn a_call_that_nothing_answers_fails_the_test_and_shows_what_to_add() {
    let test = block("expect: {state: succeeded}\n");
    insta::assert_snapshot!(faults(BLOCK, &test));
}

#[test]
fn an_answer_that_nobody_asks_for_fails_the_test() {
    let test = block(
        "answers:
  - {step: look, not_found: true}
  - {step: block, ok: {}}
expect: {state: succeeded}
",
    );
    assert!(
        faults(BLOCK, &test).contains("UT004"),
        "{}",
        faults(BLOCK, &test)
    );
}

#[test]
fn a_test_that_expects_nothing_or_is_misspelt_is_refused() {
    assert!(faults(BLOCK, &block("expect: {}\n")).contains("cannot fail"));
    assert!(faults(BLOCK, "title: x\n").contains("`expect` is missing"));
    let typo = faults(BLOCK, &block("anwsers: []\nexpect: {state: succeeded}\n"));
    assert!(typo.contains("did you mean `answers`?"), "{typo}");
}

#[test]
fn a_wait_of_a_month_takes_no_time_and_a_test_gives_the_same_result_every_time() {
    let test = block(
        "answers:
  - {step: look, ok: {score: 90}, delay: 3s}
  - {step: block, error: {code: refused, message: no}}
expect: {state: failed, message: \"step `block` failed\", steps: {block: {error: refused}, pause: never}}
",
    );
    let once = tested(BLOCK, &test);
    assert_eq!(
        once.tests
            .iter()
            .map(|test| test.faults.len())
            .sum::<usize>(),
        0,
        "{once:#?}"
    );
    assert_eq!(once, tested(BLOCK, &test));
    let quiet = block(
        "answers: [{step: look, not_found: true}]\nexpect: {state: succeeded, steps: {pause: ran}}\n",
    );
    assert_eq!(faults(BLOCK, &quiet), "");
}

#[test]
fn coverage_names_what_no_test_takes_with_its_place() {
    let test = block("answers: [{step: look, not_found: true}]\nexpect: {state: succeeded}\n");
    let coverage = tested(BLOCK, &test).coverage;
    assert_eq!(
        (coverage.taken, coverage.total, coverage.percent),
        (1, 3, 33)
    );
    let missing: Vec<String> = coverage
        .missing
        .iter()
        .map(|branch| {
            format!(
                "{}:{} {}: {}",
                branch.line, branch.column, branch.step, branch.branch
            )
        })
        .collect();
    assert_eq!(
        missing,
        ["10:15 look: on error: continue", "12:11 block: when holds"]
    );
}

const GATE: &str = "\
format: 1
id: gate
inputs: {host: {type: string, required: true}}
outputs: {isolated: \"{{ (steps.isolate.output?.answered ?? 0) > 0 }}\"}
steps:
  - id: owner
    ask: {to: \"owner@example.com\", subject: Yours?, message: Is it yours?, break_out: true, form: [{name: mine, type: boolean, required: true}]}
    timeout: 1d
    on_error: continue
  - id: gate
    approve: {question: \"Isolate {{ inputs.host }}?\", needs: 2, default: deny}
    timeout: 4h
  - id: isolate
    when: steps.gate.output.approved
    capability: host.isolate
    fan_out: one
    with: {id: \"{{ inputs.host }}\", reason: test}
    undo:
      - id: release
        capability: host.release
        fan_out: one
        with: {id: \"{{ undo.input.id }}\", reason: test}
  - id: look
    manual: {how: Look., form: [{name: clean, type: boolean, required: true}]}
  - id: back
    when: steps.look.output.skipped == null and steps.look.output.values.clean
    rollback: {of: [isolate]}
";

fn gate(people: &str, expect: &str) -> String {
    format!(
        "title: A test\ntrigger: {{inputs: {{host: ws-1}}}}\nanswers:\n  - {{step: isolate, connection: edr, ok: {{id: a}}}}\n  - {{step: release, connection: edr, ok: {{}}}}\npeople:\n{people}expect: {expect}\n"
    )
}

#[test]
fn people_answer_approve_and_do_tasks_and_every_decision_is_a_branch() {
    let people = "  - {step: owner, answer: {values: {mine: true}}, by: owner, delay: 2h}
  - {step: gate, answer: {approved: true}, by: anna, delay: 1h}
  - {step: gate, answer: {approved: true}, by: ben, delay: 10m}
  - {step: look, answer: {values: {clean: true}}, by: anna}
";
    let good = gate(
        people,
        "{state: succeeded, outputs: {isolated: true}, steps: {back: succeeded, release: succeeded, gate: {output: {by: [anna, ben]}}}}",
    );
    assert_eq!(faults(GATE, &good), "");
    let coverage = tested(GATE, &good).coverage;
    let missing: Vec<String> = coverage
        .missing
        .iter()
        .map(|branch| format!("{}: {}", branch.step, branch.branch))
        .collect();
    assert_eq!(
        missing,
        [
            "owner: broke out",
            "owner: deadline passed",
            "owner: on error: continue",
            "gate: denied",
            "gate: deadline passed",
            "isolate: when does not hold",
            "look: skipped",
            "back: when does not hold",
        ]
    );
    let [isolate, release] = &coverage.destructive[..] else {
        panic!("{coverage:#?}");
    };
    assert_eq!(
        (
            &*isolate.effect,
            isolate.reached,
            isolate.approved,
            isolate.denied
        ),
        ("contain_reversible", true, true, false)
    );
    assert!(release.reached);
}

#[test]
fn silence_lets_deadlines_pass_and_a_signal_breaks_out() {
    let test = "title: A test
trigger: {inputs: {host: ws-1}}
people:
  - {step: owner, silence: true}
  - {step: gate, silence: true}
  - {step: look, answer: {skipped: no time}}
expect:
  state: succeeded
  steps: {owner: {is: failed, error: deadline}, gate: {output: {approved: false, defaulted: true}}, isolate: skipped, back: skipped}
";
    assert_eq!(faults(GATE, test), "");
    let test = test
        .replace(
            "{is: failed, error: deadline}",
            "{output: {broke_out: true}}",
        )
        .replace(
            "expect:",
            "signals: [{name: break_out, after: 1h}]\nexpect:",
        );
    assert_eq!(faults(GATE, &test), "");
}

#[test]
fn an_answer_that_does_not_fit_or_is_missing_fails_the_test() {
    let wrong = gate(
        "  - {step: owner, answer: {values: {mine: perhaps}}}\n",
        "{state: succeeded}",
    );
    assert!(
        faults(GATE, &wrong).contains("UT005"),
        "{}",
        faults(GATE, &wrong)
    );
    let one = gate(
        "  - {step: owner, answer: {values: {mine: true}}}\n  - {step: gate, answer: {approved: true}, by: anna}\n",
        "{state: succeeded}",
    );
    assert!(
        faults(GATE, &one).contains("nothing answers `approve` of step `gate`"),
        "{}",
        faults(GATE, &one)
    );
}
