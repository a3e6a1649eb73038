//! Every shipped playbook in a worse world than its tests describe: a crash after each input, every answer twice, each
//! call failing once. Whatever happens, a run ends, closes its case if it ends well, and does no deed under two keys.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use serde_json::{Value, json};
use updraft_content::{
    Files, Library, embedded, load,
    trials::{
        Asking, Calling, Given, Play, Question, Reply, Script, Source, World, plans_of, play,
        read_tests, tests_of_folder, world,
    },
};
use updraft_engine::{
    ActionResult, Effect, Input, Machine, PlanSet, RunOutcome, StepError, Target,
};
use updraft_model::{Actor, Timestamp};

/// A playbook with its tests.
struct Shipped {
    id: String,
    plans: PlanSet,
    scripts: Vec<Script>,
}

fn shipped(files: &Files, library: &Library) -> Vec<Shipped> {
    let all = library.playbooks.iter();
    let all = all.map(|(id, playbook)| {
        let folder = playbook.file.trim_end_matches("/playbook.yaml");
        let tests = tests_of_folder(files, folder);
        let scripts = tests
            .iter()
            .flat_map(|(file, text)| read_tests(file, text).unwrap());
        Shipped {
            id: id.clone(),
            plans: plans_of(Arc::clone(&playbook.plan), library),
            scripts: scripts.collect(),
        }
    });
    all.collect()
}

/// Runs `check` for every test of every playbook and gathers what it says.
fn every_test(check: impl Fn(&Shipped, &Script, &Library) -> Vec<String>) {
    let files = embedded();
    let (library, _) = load(&files);
    let mut wrong = Vec::new();
    let mut count = 0;
    for shipped in shipped(&files, &library) {
        for script in &shipped.scripts {
            count += 1;
            let found = check(&shipped, script, &library);
            let named = found
                .iter()
                .map(|text| format!("{}: {}: {text}", shipped.id, script.title));
            wrong.extend(named);
        }
    }
    assert!(count > 100, "only {count} tests");
    let shown: Vec<String> = wrong.iter().take(20).cloned().collect();
    assert!(
        wrong.is_empty(),
        "{} faults\n{}",
        wrong.len(),
        shown.join("\n")
    );
}

fn keys_of(effects: &[Effect]) -> BTreeMap<String, String> {
    let key = |effect: &Effect| match effect {
        Effect::Invoke {
            key,
            idempotency_key,
            ..
        }
        | Effect::Host {
            key,
            idempotency_key,
            ..
        }
        | Effect::Resume {
            key,
            idempotency_key,
            ..
        } => Some((key.path.clone(), idempotency_key.clone())),
        _ => None,
    };
    effects.iter().filter_map(key).collect()
}

#[test]
fn after_a_crash_at_any_moment_the_run_owes_the_same_and_ends_the_same() {
    every_test(|shipped, script, library| {
        let played = play(
            shipped.plans.clone(),
            &script.start,
            &mut world(script, library),
        );
        let mut wrong = Vec::new();
        let mut straight = Machine::new(shipped.plans.clone(), true);
        let mut keys: BTreeMap<String, String> = BTreeMap::new();
        for (place, input) in played.journal.iter().enumerate() {
            let effects = straight.handle(input);
            for (path, key) in keys_of(&effects) {
                let known = keys.entry(path.clone()).or_insert_with(|| key.clone());
                if *known != key {
                    wrong.push(format!("`{path}` has the keys {known} and {key}"));
                }
            }
            // Each prefix of a long journal would be a quadratic test; one in three of its later ones will do.
            if place > 40 && place % 3 != 0 {
                continue;
            }
            let mut folded = Machine::new(shipped.plans.clone(), true);
            for before in played.journal.iter().take(place + 1) {
                folded.handle(before);
            }
            if folded.digest() != straight.digest() || folded.pending() != straight.pending() {
                wrong.push(format!("another run after a crash at input {place}"));
            }
            for (path, key) in keys_of(&folded.pending()) {
                if keys.get(&path).is_some_and(|known| *known != key) {
                    wrong.push(format!("`{path}` would be done again under {key}"));
                }
            }
        }
        if straight.records() != played.records {
            wrong.push("the journal does not give the same records".into());
        }
        wrong
    });
}

#[test]
fn an_answer_that_comes_twice_changes_nothing() {
    every_test(|shipped, script, library| {
        let played = play(
            shipped.plans.clone(),
            &script.start,
            &mut world(script, library),
        );
        let mut wrong = Vec::new();
        let mut machine = Machine::new(shipped.plans.clone(), true);
        for input in &played.journal {
            machine.handle(input);
            let repeated = matches!(
                input,
                Input::Done { .. }
                    | Input::Resolved { .. }
                    | Input::Progress { .. }
                    | Input::Answered { .. }
                    | Input::Timer { .. }
            );
            // A second approval by the same person is refused before it gets here.
            if !repeated || (machine.fits(input) && matches!(input, Input::Answered { .. })) {
                continue;
            }
            let before = machine.digest();
            let effects = match machine.fits(input) {
                true => machine.handle(input),
                false => Vec::new(),
            };
            if !effects.is_empty() || machine.digest() != before {
                wrong.push(format!("{input:?} counts twice"));
            }
        }
        let same = machine.outcome() == played.outcome.as_ref();
        if !same || machine.records() != played.records {
            wrong.push("it ends otherwise".into());
        }
        wrong
    });
}

/// The world of a test in which one call fails, and what the test does not know is answered by nobody.
struct Worse<'w> {
    inner: &'w mut dyn World,
    fails: usize,
    code: &'static str,
    calls: usize,
    failed: Option<Calling>,
}

impl World for Worse<'_> {
    fn targets(&mut self, asking: &Asking) -> Option<Vec<Target>> {
        Some(self.inner.targets(asking).unwrap_or_default())
    }
    fn answer(&mut self, calling: &Calling) -> Option<Given> {
        let failed = |code: &str, retryable| {
            let mut error = StepError::new(code, "the world is worse than the test");
            error.retryable = retryable;
            Some(Given {
                result: ActionResult::failed(error),
                delay_ms: 0,
                delay_us: 0,
                source: Source::Script,
            })
        };
        if calling.target.is_some() {
            self.calls += 1;
            if self.calls == self.fails + 1 {
                self.failed = Some(calling.clone());
                return failed(self.code, self.code == "unavailable");
            }
        }
        let given = self.inner.answer(calling);
        match (given, &calling.target) {
            (None, Some(_)) => failed("refused", false),
            (given, _) => given,
        }
    }
    fn reply(&mut self, question: &Question) -> Reply {
        match self.inner.reply(question) {
            Reply::Unknown if question.has_deadline => Reply::Silence,
            Reply::Unknown => Reply::Answer {
                by: Actor::system("torture"),
                answer: match question.kind {
                    "manual" => json!({"skipped": "nobody has time"}),
                    "approve" => json!({"approved": false}),
                    _ => json!({"values": {}}),
                },
                delay_ms: 0,
            },
            reply => reply,
        }
    }
    fn events(&mut self, start: Timestamp) -> Vec<Input> {
        self.inner.events(start)
    }
}

/// Deeds that stop something or cannot be undone, and how many keys each was done under.
fn deeds_under_two_keys(played: &Play) -> Vec<String> {
    let mut deeds: BTreeMap<(String, String), BTreeSet<&str>> = BTreeMap::new();
    let contains = |effect: &str| matches!(effect, "contain_reversible" | "irreversible");
    for call in played.calls.iter().filter(|call| contains(&call.effect)) {
        let mut input = Value::clone(&call.input);
        if let Some(map) = input.as_object_mut() {
            map.remove("reason");
        }
        let name = call.capability.clone().unwrap_or(call.action.clone());
        let keys = deeds.entry((name, input.to_string())).or_default();
        keys.insert(&call.idempotency_key);
    }
    let twice = deeds.into_iter().filter(|(_, keys)| keys.len() > 1);
    twice
        .map(|((name, input), keys)| format!("{name} {input} under {keys:?}"))
        .collect()
}

/// Playbooks that fail on purpose when the call that they are about fails.
const MAY_FAIL: &[&str] = &["vulnerability-scan"];

/// Plays a test once for each of its calls to the outside and each way to fail, and says what goes wrong.
fn fail_each_call(shipped: &Shipped, script: &Script, library: &Library) -> Vec<String> {
    let mut wrong = Vec::new();
    let good = play(
        shipped.plans.clone(),
        &script.start,
        &mut world(script, library),
    );
    wrong.extend(deeds_under_two_keys(&good));
    let outcome = |played: &Play| played.outcome.as_ref().map(|end| end.outcome);
    let calls = good.calls.iter();
    let calls = calls.filter(|call| call.connection != Target::HOST).count();
    for (fails, code) in (0..calls).flat_map(|n| [(n, "unavailable"), (n, "forbidden")]) {
        let mut inner = world(script, library);
        let mut worse = Worse {
            inner: &mut inner,
            fails,
            code,
            calls: 0,
            failed: None,
        };
        let played = play(shipped.plans.clone(), &script.start, &mut worse);
        let what = worse.failed.map_or_else(String::new, |call| {
            format!("{} of {}", call.action, call.step)
        });
        let mut say = |text: String| wrong.push(format!("{what} fails ({code}): {text}"));
        match outcome(&played) {
            None => say(format!("it waits for {}", played.waiting_for)),
            Some(RunOutcome::Failed)
                if outcome(&good) != Some(RunOutcome::Failed)
                    && !MAY_FAIL.contains(&&*shipped.id) =>
            {
                let end = played.outcome.as_ref();
                say(format!(
                    "the run fails: {}",
                    end.map_or("", |end| &end.message)
                ));
            }
            Some(RunOutcome::Succeeded)
                if good.case.closed.is_some() && played.case.closed.is_none() =>
            {
                say("the case stays open".into());
            }
            Some(_) => {}
        }
        deeds_under_two_keys(&played).into_iter().for_each(say);
    }
    wrong
}

#[test]
fn a_run_in_which_any_call_fails_ends_and_closes_its_case() {
    every_test(fail_each_call);
}

#[test]
fn torture_finds_a_playbook_that_breaks_stays_open_or_acts_twice() {
    let (library, _) = load(&embedded());
    let tortured = |text: &str, test: &str| {
        let plan = updraft_content::parse_playbook("playbook.yaml", text).unwrap();
        let shipped = Shipped {
            id: "fragile".into(),
            plans: plans_of(plan.into(), &library),
            scripts: read_tests("test.yaml", test).unwrap(),
        };
        fail_each_call(&shipped, &shipped.scripts[0], &library).join("\n")
    };
    let head = "format: 1\nid: fragile\nsteps:\n";
    let block = "capability: ip.block, with: {ip: 203.0.113.7, hours: 1, reason: x}";
    let close = "action: case.close, with: {reason: clean}";
    let answers = "title: t\nanswers: [{capability: ip.block, connection: fw, ok: {}}]\nexpect: {state: succeeded}\n";
    let breaks = format!("{head}  - {{id: a, {block}, fan_out: first}}\n  - {{id: b, {close}}}\n");
    assert!(tortured(&breaks, answers).contains("the run fails"));
    let open = format!(
        "{head}  - {{id: a, {block}}}\n  - {{id: b, when: steps.a.output.answered > 0, {close}}}\n"
    );
    assert!(tortured(&open, answers).contains("the case stays open"));
    let twice = format!("{head}  - {{id: a, {block}}}\n  - {{id: b, {block}}}\n");
    assert!(tortured(&twice, answers).contains("ip.block"));
}
