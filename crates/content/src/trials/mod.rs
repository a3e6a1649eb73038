//! Trying a playbook without the outside: its tests, a past run against another version, a draft on past cases.
//!
//! All of them drive the real [`updraft_engine::Machine`] with answers from memory ([`World`]). This crate opens no
//! socket and links no client, so nothing that is tried here can be sent.
//!
//! Laws: a play is a function of the playbook, the start and the world, so it gives the same result every time; a
//! call that nothing answers is never made up silently; a test that expects nothing is refused.

mod backtest;
mod coverage;
mod drive;
mod expect;
mod fields;
mod host;
mod made;
mod made_expects;
mod memory;
mod pattern;
mod recorded_answers;
mod recording;
mod script;
mod scripted;
mod sealing;
mod simulated;
mod versus;

use std::{collections::BTreeMap, sync::Arc};

use serde::Serialize;
use updraft_engine::{Plan, PlanSet, StepRecord};
use updraft_model::{Diagnostic, Problem};

pub use backtest::{
    DIFFERS_MAX, Deeds, Differs, NAMES_MAX, Table, Tally, Trial, UNKNOWNS_MAX, UnknownCall,
    UnknownKind, Which, backtest,
};
pub use coverage::{Counter, Coverage, Destructive, MissingBranch};
pub use drive::{
    Asking, Call, Calling, Given, NEVER_MS, PLAY_INPUTS_MAX, Play, Question, Reply, Source,
    UNANSWERED, Unanswered, World, play,
};
pub use host::CaseLog;
pub use made::{MASK, Made, MakeError, SHRINK_STEPS_MAX, make_test};
pub use memory::{Connected, Memory, Writes};
pub use recording::{RECORDING_INPUTS_MAX, Recording, RecordingError};
pub use script::{ANSWERS_MAX, Script, TESTS_MAX};
pub use simulated::PRETENDED;
pub use versus::{
    Brief, Comparison, DIFFERENCES_MAX, Ending, FieldDifference, FirstDifference, Missing,
    SHOWN_BYTES_MAX, StepDifference, compare,
};

use crate::{Files, Library, yaml};

/// How one test went.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TestOutcome {
    /// The playbook's id.
    pub playbook: String,
    /// The file that the test stands in.
    pub file: String,
    /// What the test shows.
    pub title: String,
    /// True when everything was as expected.
    pub passed: bool,
    /// `succeeded`, `failed`, `cancelled` or `waiting`: how the run ended.
    pub state: String,
    /// Steps that the run began.
    pub steps: usize,
    /// What was not as expected, with its place in the test.
    pub faults: Vec<Diagnostic>,
}

/// How all tests of one playbook went.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Tested {
    /// The playbook's id.
    pub playbook: String,
    /// Its tests.
    pub tests: Vec<TestOutcome>,
    /// How far they go.
    pub coverage: Coverage,
}

/// A playbook with its plans and its text.
#[derive(Debug, Clone, Copy)]
pub struct Tried<'p> {
    /// Its file, as complaints name it.
    pub file: &'p str,
    /// Its text.
    pub text: &'p str,
    /// It and what it calls.
    pub plans: &'p PlanSet,
}

/// A plan with those it calls, as far as the library has them.
pub fn plans_of(main: Arc<Plan>, library: &Library) -> PlanSet {
    let mut called: BTreeMap<String, Arc<Plan>> = BTreeMap::new();
    let mut todo = main.calls();
    while let Some(id) = todo.pop() {
        if called.contains_key(&id) || id == main.id() {
            continue;
        }
        if let Some(other) = library.playbooks.get(&id) {
            todo.extend(other.plan.calls());
            called.insert(id, Arc::clone(&other.plan));
        }
    }
    PlanSet { main, called }
}

/// Reads the tests of one file. A problem is a diagnostic with its place.
pub fn read_tests(file: &str, text: &str) -> Result<Vec<Script>, Vec<Diagnostic>> {
    let document = yaml::parse(file, text).map_err(|found| vec![*found])?;
    let mut notes = fields::Notes::default();
    let scripts = script::scripts(&document.value, &mut notes);
    match notes.0.is_empty() {
        true => Ok(scripts.into_iter().map(|(_, script)| script).collect()),
        false => Err(diagnostics(&document.spans, &notes.0)),
    }
}

/// What answers the calls of a test, for whoever wants to play it in a worse world.
pub fn world<'s>(script: &'s Script, library: &'s Library) -> impl World + 's {
    scripted::Stage::new(script, library)
}

fn diagnostics(spans: &yaml::Spans, problems: &[Problem]) -> Vec<Diagnostic> {
    let found = problems.iter().map(|problem| spans.diagnostic(problem));
    found.collect()
}

/// Plays the tests of a playbook: file names and texts.
pub fn run_tests(tried: Tried<'_>, tests: &[(String, String)], library: &Library) -> Tested {
    let mut counter = Counter::new(&tried.plans.main, library);
    let playbook = tried.plans.main.id();
    let mut outcomes = Vec::new();
    for (file, text) in tests {
        let broken = |faults: Vec<Diagnostic>| TestOutcome {
            playbook: playbook.to_owned(),
            file: file.clone(),
            title: String::new(),
            passed: false,
            state: String::new(),
            steps: 0,
            faults,
        };
        let document = match yaml::parse(file, text) {
            Ok(document) => document,
            Err(found) => {
                outcomes.push(broken(vec![*found]));
                continue;
            }
        };
        let mut notes = fields::Notes::default();
        let scripts = script::scripts(&document.value, &mut notes);
        if !notes.0.is_empty() {
            outcomes.push(broken(diagnostics(&document.spans, &notes.0)));
            continue;
        }
        for (pointer, script) in scripts {
            let (records, problems, state) = run_one(&script, &pointer, tried.plans, library);
            counter.take(&records);
            outcomes.push(TestOutcome {
                playbook: playbook.to_owned(),
                file: file.clone(),
                title: script.title.clone(),
                passed: problems.is_empty(),
                state: state.to_owned(),
                steps: records.len(),
                faults: diagnostics(&document.spans, &problems),
            });
        }
    }
    let spans = yaml::parse(tried.file, tried.text).ok();
    Tested {
        playbook: playbook.to_owned(),
        tests: outcomes,
        coverage: counter.finish(spans.as_ref().map(|document| &document.spans)),
    }
}

fn run_one(
    script: &Script,
    pointer: &str,
    plans: &PlanSet,
    library: &Library,
) -> (Vec<StepRecord>, Vec<Problem>, &'static str) {
    let mut stage = scripted::Stage::new(script, library);
    let mut start = script.start.clone();
    if let updraft_engine::Input::Started { inputs, .. } = &mut start {
        sealing::inputs(&plans.main, inputs);
    }
    let played = play(plans.clone(), &start, &mut stage);
    let mut problems = Vec::new();
    if let Some(wanted) = script
        .playbook
        .as_deref()
        .filter(|id| *id != plans.main.id())
    {
        let text = format!("this is a test of `{wanted}`, not of `{}`", plans.main.id());
        problems.push(Problem::error("UT001", format!("{pointer}/playbook"), text));
    }
    for missing in played.unanswered.iter().chain(&played.open_questions) {
        problems.push(unanswered_problem(missing, pointer));
    }
    for (step, error) in &played.refused {
        let text = format!("the answer to `{step}` does not fit: {}", error.message);
        let problem = Problem::error("UT005", format!("{pointer}/people"), text);
        problems.push(problem.hint(error.hint.as_str()));
    }
    if problems.is_empty() {
        problems.extend(expect::check(&script.expect, &played));
    }
    if problems.is_empty() {
        for answer in stage.unused() {
            let text = "nothing asked for this answer";
            let problem = Problem::error("UT004", answer.pointer.as_str(), text);
            problems.push(problem.hint("take it out, or correct its step, connection or input"));
        }
        for person in stage.unspoken() {
            let text = format!("nobody was asked by `{}`", person.step.text());
            problems.push(Problem::error("UT004", person.pointer.as_str(), text));
        }
    }
    (played.records.clone(), problems, expect::state_of(&played))
}

/// Plays one test without looking at what it expects.
pub fn play_test(script: &Script, plans: &PlanSet, library: &Library) -> Play {
    let mut stage = scripted::Stage::new(script, library);
    play(plans.clone(), &script.start, &mut stage)
}

fn unanswered_problem(missing: &Unanswered, pointer: &str) -> Problem {
    let via = missing.connection.as_ref();
    let name = via
        .map(|name| format!(" through `{name}`"))
        .unwrap_or_default();
    let text = format!(
        "nothing answers `{}`{name} of step `{}`",
        missing.wanted, missing.step
    );
    let step = yaml::quoted(&missing.step);
    let snippet = match missing.wanted.as_str() {
        "manual" | "ask" => format!("people: [{{step: {step}, answer: {{values: {{}}}}}}]"),
        "approve" => format!("people: [{{step: {step}, answer: {{approved: true}}}}]"),
        _ => match via {
            Some(name) => format!(
                "- {{step: {step}, connection: {}, ok: {{}}}}",
                yaml::quoted(name)
            ),
            None => format!("- {{step: {step}, connection: NAME, ok: {{}}}}"),
        },
    };
    let place = format!("{pointer}/answers");
    Problem::error("UT003", place, text).hint(format!("add to the test: {snippet}"))
}

/// The tests of a playbook's folder: every YAML file under `tests/`, by name.
pub fn tests_of_folder(files: &Files, folder: &str) -> Vec<(String, String)> {
    let place = format!("{folder}/tests/");
    files
        .iter()
        .filter(|(path, _)| path.starts_with(&place) && path.ends_with(".yaml"))
        .map(|(path, bytes)| (path.clone(), String::from_utf8_lossy(bytes).into_owned()))
        .collect()
}

/// Plays the tests of every playbook that has some, or of one.
pub fn test_folder(files: &Files, library: &Library, only: Option<&str>) -> Vec<Tested> {
    let mut all = Vec::new();
    for (id, playbook) in &library.playbooks {
        if only.is_some_and(|only| only != id) {
            continue;
        }
        let folder = playbook
            .file
            .rsplit_once('/')
            .map_or("", |(folder, _)| folder);
        let plans = plans_of(Arc::clone(&playbook.plan), library);
        let tried = Tried {
            file: &playbook.file,
            text: &playbook.source,
            plans: &plans,
        };
        all.push(run_tests(tried, &tests_of_folder(files, folder), library));
    }
    all
}
