//! What must hold of what is left when everything has come to its end.

use std::collections::{BTreeMap, BTreeSet};

use updraft_app::{App, runs::Entry};
use updraft_engine::{Effect, Input, Machine, Plan, PlanSet, RunOutcome, StepKey, StepStatus};
use updraft_model::{AlertState, Permission, Run, RunState};
use updraft_store::EffectState;
use updraft_testkit::sim::{
    author::{CONNECTION, Playbook},
    invariants,
    reference::{self, Answer, Call, Course, Ended, Honest, Oracle},
    vendors::{Effect as Written, Mood},
};

use super::{
    granted,
    world::{Delivery, World},
};

/// What was learned of a run.
#[derive(Debug)]
pub struct Seen {
    pub run: Run,
    pub digest: String,
    journal: Vec<Input>,
    machine: Machine,
    /// The key of each write's call.
    writes: BTreeMap<StepKey, String>,
    /// The keys that the ledger has an answer for.
    finished: BTreeSet<String>,
}

/// The playbooks of a seed.
#[derive(Debug)]
pub struct Played {
    /// If the course can be foreseen.
    pub foreseeable: Option<(Playbook, Playbook)>,
    pub plans: PlanSet,
    pub mood: Mood,
    /// Runs were begun again from their journals.
    pub crashed: bool,
    /// The disk refused something.
    pub disturbed: bool,
}

/// Looks at everything; what is wrong is a panic.
pub fn check(world: &mut World, played: &Played) -> Vec<Seen> {
    let deliveries = world.deliveries();
    let plans = played.plans.clone();
    let seen = world.look(async |app| store(app, &deliveries, &plans).await);
    let done = world.vendors(|vendors| vendors.done().to_vec());
    let mut wrong = invariants::writes_happen_once(&done);
    wrong.extend(invariants::one_thing_under_one_key(&done));
    assert!(wrong.is_empty(), "{wrong:#?}");
    let errors = world.errors();
    assert!(
        played.disturbed || errors.is_empty(),
        "an error was logged: {errors:#?}"
    );
    let cancelled = world.cancelled();
    for one in &seen {
        assert!(
            !one.run.error.contains("could not be carried on"),
            "{:#?}",
            one.run
        );
        if one.run.state == RunState::Cancelled {
            assert!(cancelled.contains(&one.run.id) || !cancelled.is_empty());
        } else if let Some(playbooks) = &played.foreseeable {
            foreseen(one, playbooks);
        }
    }
    seen.iter().for_each(ledger);
    if played.mood == Mood::Calm
        && let Some(playbooks) = &played.foreseeable
        && cancelled.is_empty()
    {
        honest(&seen, playbooks, &done, played.crashed);
    }
    seen
}

async fn store(app: &App, deliveries: &[Delivery], plans: &PlanSet) -> Vec<Seen> {
    let reader = granted(Permission::CaseRead);
    let store = app.store();
    let audit = store.audit_verify(&granted(Permission::AuditRead)).await;
    assert_eq!(audit.unwrap().broken, None);
    let mut runs = BTreeMap::new();
    for delivery in deliveries {
        let id = delivery
            .accepted
            .expect("every alert is acknowledged in the end");
        let alert = store.alert(&reader, id).await.unwrap();
        let alert = alert.expect("an acknowledged alert is there");
        assert_eq!(alert.state, AlertState::Admitted);
        let case = alert.case.expect("an admitted alert has a case");
        let case = store.case(&reader, case).await.unwrap().unwrap();
        let of_case = store.runs_of_case(&reader, case.id).await.unwrap();
        assert!(
            case.last_run
                .is_some_and(|last| of_case.iter().any(|run| run.id == last))
        );
        if let Some(run) = alert.run {
            assert!(
                of_case.iter().any(|other| other.id == run),
                "the alert's run is gone"
            );
        }
        for run in of_case {
            runs.insert(run.id, run);
        }
    }
    assert_eq!(store.runs_with_wishes().await.unwrap(), []);
    let mut seen = Vec::new();
    for (_, run) in runs {
        seen.push(one_run(app, run, plans).await);
    }
    seen
}

async fn one_run(app: &App, run: Run, plans: &PlanSet) -> Seen {
    let reader = granted(Permission::CaseRead);
    assert!(run.state.is_over(), "{run:#?}");
    assert!(run.ended_at.is_some() && run.wake_at.is_none(), "{run:#?}");
    let mut machine = Machine::new(plans.clone(), true);
    let (mut journal, mut ended) = (Vec::new(), None);
    let mut writes = BTreeMap::new();
    for (seq, bytes) in app.store().journal(&reader, run.id).await.unwrap() {
        assert_eq!(seq as usize, journal.len(), "the journal has a gap");
        match Entry::decode(&bytes).unwrap() {
            Entry::Input(input) => {
                for effect in machine.handle(&input) {
                    if let Effect::Invoke {
                        key,
                        target,
                        idempotency_key,
                        ..
                    } = effect
                        && target.effect != "read"
                    {
                        writes.insert(key, idempotency_key);
                    }
                }
                journal.push(*input);
            }
            Entry::End { digest, .. } => ended = Some(digest),
        }
    }
    let given_up = run.error.contains("could not be carried on");
    if !given_up {
        let outcome = machine.outcome().map(|outcome| outcome.outcome);
        let state = match outcome.expect("a run that is over has an outcome") {
            RunOutcome::Succeeded => RunState::Succeeded,
            RunOutcome::Failed => RunState::Failed,
            RunOutcome::Cancelled => RunState::Cancelled,
        };
        assert_eq!(run.state, state, "{run:#?}");
        assert_eq!(
            ended,
            Some(machine.digest()),
            "the journal folds to another state"
        );
        let replay = app.replay_run(&reader, run.id).await.unwrap();
        assert!(replay.identical, "{:#?}", replay.divergence);
    }
    let mut finished = BTreeSet::new();
    for key in writes.values() {
        let row = app.store().effect(&reader, key.clone()).await.unwrap();
        if row.is_some_and(|row| row.state == EffectState::Finished) {
            finished.insert(key.clone());
        }
    }
    Seen {
        digest: machine.digest().to_string(),
        run,
        journal,
        machine,
        writes,
        finished,
    }
}

/// What was written and is on record is in the ledger, too.
fn ledger(one: &Seen) {
    for input in &one.journal {
        if let Input::Done { key, result, .. } = input
            && result.error.is_none()
            && let Some(written) = one.writes.get(key)
        {
            assert!(
                one.finished.contains(written),
                "`{written}` was written and the ledger does not know it"
            );
        }
    }
}

/// The record of a run as the oracle.
struct Recorded(BTreeMap<(String, u32), Answer>);

impl Recorded {
    fn of(journal: &[Input]) -> Self {
        let ending = format!("@{CONNECTION}");
        let answers = journal.iter().filter_map(|input| match input {
            Input::Done { key, result, .. } => {
                let path = key.path.strip_suffix(&ending)?.to_owned();
                let answer = Answer {
                    n: result.output["n"].as_i64(),
                    failed: result.error.as_ref().map(|error| error.retryable),
                };
                Some(((path, key.attempt), answer))
            }
            _ => None,
        });
        // Of two answers to one call the first one counts.
        let mut known = BTreeMap::new();
        for (call, answer) in answers {
            known.entry(call).or_insert(answer);
        }
        Self(known)
    }
}

impl Oracle for Recorded {
    fn answer(&mut self, call: &Call) -> Option<Answer> {
        self.0.get(&(call.path.clone(), call.attempt)).cloned()
    }
}

/// The run did what the reference says that it had to do, given what it was answered.
fn foreseen(one: &Seen, (main, called): &(Playbook, Playbook)) {
    let mut record = Recorded::of(&one.journal);
    let course = reference::foresee(main, called, &mut record)
        .unwrap_or_else(|error| panic!("{error}\n{:#}", main.document()));
    compare(one, &course, main);
    let calls: BTreeSet<(String, u32)> = course
        .calls
        .iter()
        .map(|call| (call.path.clone(), call.attempt))
        .collect();
    let made: BTreeSet<(String, u32)> = record.0.into_keys().collect();
    assert_eq!(made, calls, "the run made other calls than it should");
}

fn compare(one: &Seen, course: &Course, main: &Playbook) {
    let outcome = one.machine.outcome().unwrap();
    let word = match outcome.outcome {
        RunOutcome::Succeeded => "succeeded",
        RunOutcome::Failed => "failed",
        RunOutcome::Cancelled => "cancelled",
    };
    let steps: BTreeMap<String, Ended> = one
        .machine
        .records()
        .iter()
        .filter_map(|record| {
            let ended = match record.status {
                StepStatus::Succeeded => Ended::Succeeded,
                StepStatus::Failed => Ended::Failed,
                StepStatus::Skipped => Ended::Skipped,
                _ => return None,
            };
            Some((record.path.clone(), ended))
        })
        .collect();
    let shown = || format!("{:#}\n{}", main.document(), outcome.message);
    assert_eq!(steps, course.steps, "steps ended otherwise: {}", shown());
    assert_eq!(word, course.outcome, "{}", shown());
    assert_eq!(outcome.output, course.output, "{}", shown());
}

/// With honest vendors a crash changes nothing, unless a write that leaves no trace was under way.
fn honest(seen: &[Seen], (main, called): &(Playbook, Playbook), done: &[Written], crashed: bool) {
    let course = reference::foresee(main, called, &mut Honest).unwrap();
    if crashed && course.calls.iter().any(|call| call.action == "write_none") {
        return;
    }
    for one in seen {
        compare(one, &course, main);
    }
    let mut expected: BTreeMap<(String, i64), usize> = BTreeMap::new();
    for call in &course.calls {
        let does = updraft_testkit::sim::vendors::honest(&call.action, call.n);
        let is_write = call.action.starts_with("write_") || call.action == "job";
        if is_write && matches!(does, updraft_testkit::sim::vendors::Said::Number(_)) {
            *expected.entry((call.action.clone(), call.n)).or_default() += seen.len();
        }
    }
    let mut happened: BTreeMap<(String, i64), usize> = BTreeMap::new();
    for effect in done {
        *happened
            .entry((effect.action.clone(), effect.n))
            .or_default() += 1;
    }
    for (what, times) in &expected {
        let found = happened.get(what).copied().unwrap_or(0);
        let again = matches!(what.0.as_str(), "write_natural" | "job") && crashed;
        let shared = what.0 == "write_find";
        assert!(found > 0, "{what:?} was never done");
        assert!(
            found == *times || (again && found > *times) || (shared && found < *times),
            "{what:?}: {found} of {times}"
        );
    }
    for what in happened.keys() {
        assert!(expected.contains_key(what), "{what:?} was not asked for");
    }
}

/// Plans as a machine wants them.
pub fn plans(main: &serde_json::Value, other: &serde_json::Value) -> PlanSet {
    let plan = |document: &serde_json::Value| {
        let (plan, problems) = Plan::from_value(document);
        plan.unwrap_or_else(|| {
            panic!("the author must write sound playbooks: {problems:#?}\n{document:#}")
        })
    };
    let mut plans = PlanSet::from(plan(main));
    let other = plan(other);
    plans.called.insert(other.id().to_owned(), other.into());
    plans
}
