//! The paths that runs really took, and the decisions of people that always came out the same.
//!
//! A run that ends owes its path; a driver reads it from the journal when there is time, and whoever asks makes it catch
//! up first. Questions are answered from counters.

use std::{collections::BTreeMap, time::Duration};

use serde::Serialize;
use serde_json::{Value, json};
use updraft_content::{paths, trials::Recording};
use updraft_model::{BlobHash, Granted, HumanDecision, Run, RunId, RunPath, Timestamp};
use updraft_store::{Op, Tx};

use crate::{
    App, Error, clock,
    error::Result,
    trials::{blocking, inputs_of},
};

/// Days that a question may go back.
pub const PATH_DAYS_MAX: u32 = 400;
/// A path that fewer runs than this share took is rare.
pub const RARE_SHARE: f64 = 0.05;
/// Answers below which nothing is said about a decision.
pub const ANSWERED_MIN: u64 = 5;
/// The share of one answer from which a decision hardly varies.
pub const SAME_SHARE_MIN: f64 = 0.9;
/// Counter-examples that are listed of one decision.
const COUNTER_EXAMPLES_MAX: usize = 10;
/// Decisions that are listed.
const CANDIDATES_MAX: usize = 200;
/// Paths that are read at a time.
const OWED_AT_ONCE: u32 = 50;
/// Paths that are read before a question is answered; the rest follows.
const CATCH_UP_MAX: usize = 2_000;
const LOOK_EVERY: Duration = Duration::from_secs(2);
const DAY_MS: i64 = 24 * 60 * 60 * 1_000;
/// The 95 % point of the normal distribution, one-sided.
const Z_95: f64 = 1.644_853_6;

/// The paths of one case type.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PathsView {
    /// The case type.
    pub case_type: String,
    /// How many days back.
    pub days: u32,
    /// Runs that ended.
    pub runs: u64,
    /// The paths, the most frequent first.
    pub paths: Vec<PathView>,
}

/// One path.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PathView {
    /// The same for the same steps.
    pub hash: BlobHash,
    /// Its playbook.
    pub playbook: String,
    /// Its steps in the order of the playbook.
    pub steps: Vec<String>,
    /// Runs that took it.
    pub count: u64,
    /// Their share, 0 to 1.
    pub share: f64,
    /// True when fewer than one in twenty took it.
    pub rare: bool,
    /// The median time from start to end, milliseconds.
    pub median_ms: Option<u64>,
    /// When the last one ended.
    pub last_at: Timestamp,
    /// Some of the runs, the newest first.
    pub runs: Vec<RunId>,
    /// What was not as written, of the latest runs.
    pub deviations: Vec<DeviationView>,
}

/// What was not as written in one run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DeviationView {
    /// `skipped`, `retried`, `ad_hoc`, `cancelled` or `failed`.
    pub what: String,
    /// The step; empty for the run as a whole.
    pub step: String,
    /// Who did it; empty when nobody did.
    pub by: String,
    /// In which run.
    pub run: RunId,
}

/// A decision of people whose answer hardly ever varied.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct AutomateNext {
    /// The playbook.
    pub playbook: String,
    /// The id of the step.
    pub step: String,
    /// Its title.
    pub title: String,
    /// `manual`, `ask`, `approve` or `switch`.
    pub kind: String,
    /// How often it was answered.
    pub answered: u64,
    /// How often with the usual answer.
    pub same: u64,
    /// The usual answer.
    pub answer: String,
    /// Its share, 0 to 1.
    pub share: f64,
    /// The share that it has at least, with 95 % confidence.
    pub lower_bound: f64,
    /// The median time that people took, milliseconds.
    pub median_ms: i64,
    /// All of that time, milliseconds.
    pub total_ms: i64,
    /// When it was answered otherwise.
    pub counter_examples: Vec<CounterExample>,
    /// What to write in the playbook, as YAML.
    pub suggestion: String,
}

/// A run in which people answered otherwise.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CounterExample {
    /// Which.
    pub run: RunId,
    /// Their answer.
    pub answer: String,
    /// Who.
    pub by: String,
}

/// Reads the paths of runs that are over, as they end.
pub(crate) async fn drive_paths(app: App) {
    loop {
        tokio::select! {
            () = tokio::time::sleep(LOOK_EVERY) => {}
            () = app.0.stop.notified() => return,
        }
        // Runs come first: what is owed stays owed.
        while !app.is_stopping() && app.0.scheduler.waiting() == 0 {
            match app.read_owed_paths().await {
                Ok(0) => break,
                Ok(_) => tokio::task::yield_now().await,
                Err(error) => {
                    tracing::error!(error = %error, "The paths of runs cannot be read");
                    break;
                }
            }
        }
        if app.is_stopping() {
            return;
        }
    }
}

impl App {
    /// Reads a few of the paths that are owed; says how many.
    async fn read_owed_paths(&self) -> Result<usize> {
        let _turn = self.0.trials.paths_turn().lock().await;
        let owed = self.store().owed_paths(OWED_AT_ONCE).await?;
        for run in &owed {
            let path = match self.path_of(run).await {
                Ok(path) => path,
                Err(error @ Error::Store(_)) => return Err(error),
                Err(error) => {
                    tracing::warn!(run.id = %run.id, error = %error, "Run `{}` has no path", run.id);
                    None
                }
            };
            let op = Op::PutRunPath {
                run: run.id,
                path: path.map(Box::new),
            };
            self.store().commit(Tx::new(run.tenant).with(op)).await?;
        }
        Ok(owed.len())
    }

    /// The path of a run that is over; `None` when its journal is gone or plays no playbook.
    async fn path_of(&self, run: &Run) -> Result<Option<RunPath>> {
        let driver = App::driver(run.tenant);
        let Some(case) = self.store().case(&driver, run.case).await? else {
            return Ok(None);
        };
        let journal = self.store().journal(&driver, run.id).await?;
        if journal.is_empty() {
            return Ok(None);
        }
        let plans = self.plans_of(run).await?;
        let outline = plans.main.outline();
        let taken = blocking(move || {
            let inputs = inputs_of(&journal).ok()?;
            let recording = Recording::of(plans, &inputs).ok()?;
            Some(paths::taken(&recording, &outline))
        })
        .await?;
        let Some(taken) = taken else { return Ok(None) };
        let ended_at = run.ended_at.unwrap_or(run.created_at);
        let decisions = taken.decisions.into_iter().map(|one| HumanDecision {
            step: one.step,
            title: one.title,
            kind: one.kind,
            answer: one.answer,
            human_ms: one.human_ms,
            by: one.by,
        });
        Ok(Some(RunPath {
            case_type: case.kind.as_str().to_owned(),
            playbook: run.playbook.clone(),
            took_ms: ended_at.millis_since(run.started_at.unwrap_or(run.created_at)),
            ended_at,
            hash: taken.hash,
            steps: taken.steps,
            deviation_count: u32::try_from(taken.deviations.len()).unwrap_or(u32::MAX),
            deviations: json!(taken.deviations),
            decisions: decisions.collect(),
        }))
    }

    async fn catch_up(&self) -> Result<()> {
        let mut read = 0;
        while read < CATCH_UP_MAX {
            match self.read_owed_paths().await? {
                0 => break,
                some => read += some,
            }
        }
        Ok(())
    }

    /// The paths that runs of cases of one type took in the last days.
    ///
    /// # Errors
    /// [`Error::Invalid`] for a period that is none.
    pub async fn paths(&self, granted: &Granted, case_type: &str, days: u32) -> Result<PathsView> {
        let since = since(days)?;
        self.catch_up().await?;
        let (counts, all) = self.store().path_counts(granted, case_type, since).await?;
        let deviating = self
            .store()
            .deviating_runs(granted, case_type, since)
            .await?;
        let mut deviations: BTreeMap<BlobHash, Vec<DeviationView>> = BTreeMap::new();
        for one in deviating {
            let list: Vec<paths::Deviation> =
                serde_json::from_value(one.deviations).unwrap_or_default();
            let views = list.into_iter().map(|deviation| DeviationView {
                what: deviation.what,
                step: deviation.step,
                by: deviation.by,
                run: one.run,
            });
            deviations.entry(one.hash).or_default().extend(views);
        }
        let paths = counts.into_iter().map(|count| {
            let share = count.runs as f64 / all.max(1) as f64;
            PathView {
                deviations: deviations.get(&count.hash).cloned().unwrap_or_default(),
                hash: count.hash,
                playbook: count.playbook,
                steps: count.steps,
                count: count.runs,
                share,
                rare: share < RARE_SHARE,
                median_ms: count.median_ms,
                last_at: count.last_at,
                runs: count.examples,
            }
        });
        Ok(PathsView {
            case_type: case_type.to_owned(),
            days,
            runs: all,
            paths: paths.collect(),
        })
    }

    /// The decisions of people that hardly ever varied in the last days, the ones that cost most time first.
    ///
    /// # Errors
    /// [`Error::Invalid`] for a period that is none.
    pub async fn automate_next(&self, granted: &Granted, days: u32) -> Result<Vec<AutomateNext>> {
        let since = since(days)?;
        self.catch_up().await?;
        let decided = self.store().human_decisions(granted, since).await?;
        let mut points: BTreeMap<(String, String), Point> = BTreeMap::new();
        for one in decided {
            let key = (one.playbook, one.decision.step.clone());
            points.entry(key).or_default().add(one.run, one.decision);
        }
        let mut found: Vec<AutomateNext> = points
            .into_iter()
            .filter_map(|((playbook, step), point)| point.finish(playbook, step))
            .collect();
        found.sort_by(|a, b| {
            b.total_ms
                .cmp(&a.total_ms)
                .then_with(|| a.step.cmp(&b.step))
        });
        found.truncate(CANDIDATES_MAX);
        Ok(found)
    }
}

fn since(days: u32) -> Result<Timestamp> {
    if !(1..=PATH_DAYS_MAX).contains(&days) {
        return Err(Error::invalid(
            "paths.days",
            format!("a period is 1 to {PATH_DAYS_MAX} days long"),
            "older counters are not kept",
        ));
    }
    Ok(clock::now().plus_millis(-i64::from(days) * DAY_MS))
}

/// Everything that was decided at one step.
#[derive(Default)]
struct Point {
    title: String,
    kind: String,
    times: Vec<i64>,
    answers: BTreeMap<String, u64>,
    examples: BTreeMap<String, Vec<CounterExample>>,
}

impl Point {
    fn add(&mut self, run: RunId, decision: HumanDecision) {
        if self.kind.is_empty() {
            (self.title, self.kind) = (decision.title, decision.kind);
        }
        self.times.push(decision.human_ms);
        let examples = self.examples.entry(decision.answer.clone()).or_default();
        if examples.len() < COUNTER_EXAMPLES_MAX {
            examples.push(CounterExample {
                run,
                answer: decision.answer.clone(),
                by: decision.by,
            });
        }
        *self.answers.entry(decision.answer).or_default() += 1;
    }

    fn finish(mut self, playbook: String, step: String) -> Option<AutomateNext> {
        let answered = self.times.len() as u64;
        let (answer, same) = self.answers.iter().max_by_key(|(_, count)| **count)?;
        let (answer, same) = (answer.clone(), *same);
        let share = same as f64 / answered as f64;
        if answered < ANSWERED_MIN || share < SAME_SHARE_MIN {
            return None;
        }
        self.times.sort_unstable();
        let median_ms = self.times.get(self.times.len() / 2).copied().unwrap_or(0);
        let others = self
            .examples
            .into_iter()
            .filter(|(said, _)| *said != answer);
        let counter_examples: Vec<CounterExample> = others
            .flat_map(|(_, examples)| examples)
            .take(COUNTER_EXAMPLES_MAX)
            .collect();
        Some(AutomateNext {
            suggestion: suggestion(&step, &self.kind, &answer, same, answered),
            total_ms: self.times.iter().sum(),
            lower_bound: lower_bound(same, answered),
            playbook,
            step,
            title: self.title,
            kind: self.kind,
            answered,
            same,
            answer,
            share,
            median_ms,
            counter_examples,
        })
    }
}

/// The share that an answer has at least with 95 % confidence, when it was given `same` of `all` times: the exact
/// bound when it never varied, else Wilson's.
pub fn lower_bound(same: u64, all: u64) -> f64 {
    if all == 0 {
        return 0.0;
    }
    let n = all as f64;
    if same >= all {
        return 0.05_f64.powf(1.0 / n);
    }
    let share = same as f64 / n;
    let z2 = Z_95 * Z_95;
    let middle = share + z2 / (2.0 * n);
    let spread = Z_95 * (share * (1.0 - share) / n + z2 / (4.0 * n * n)).sqrt();
    ((middle - spread) / (1.0 + z2 / n)).max(0.0)
}

/// What to write in the playbook so that the usual answer needs nobody; a person reads it first.
fn suggestion(step: &str, kind: &str, answer: &str, same: u64, answered: u64) -> String {
    let why = format!(
        "# {same} of {answered} times the answer was {}\n",
        comment(answer)
    );
    match (kind, answer) {
        ("approve", "approved") => {
            format!("{why}- id: {step}\n  approve: {{default: approve}}\n  timeout: 15m\n")
        }
        ("approve", "denied") => {
            format!("{why}- id: {step}\n  approve: {{default: deny}}\n  timeout: 15m\n")
        }
        ("switch", condition) => {
            let condition = Value::from(condition);
            format!("{why}- id: {step}\n  when: {condition}\n")
        }
        ("manual" | "ask", values) if values.starts_with('{') => {
            format!("{why}- id: {step}\n  {kind}: {{default: {values}}}\n  timeout: 15m\n")
        }
        ("manual" | "ask", "skipped") => format!("{why}- id: {step}\n  when: \"false\"\n"),
        ("manual" | "ask", _) => {
            format!("{why}- id: {step}\n  {kind}: {{default: {{}}}}\n  timeout: 15m\n")
        }
        _ => why,
    }
}

fn comment(answer: &str) -> String {
    answer.replace(['\n', '\r'], " ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decision(answer: &str, human_ms: i64) -> HumanDecision {
        HumanDecision {
            step: "gate".into(),
            title: "Block?".into(),
            kind: "approve".into(),
            answer: answer.into(),
            human_ms,
            by: "ann".into(),
        }
    }

    #[test]
    fn an_answer_that_never_varied_has_the_exact_bound() {
        assert!((lower_bound(214, 214) - 0.9861).abs() < 0.0001);
        assert!((lower_bound(5, 5) - 0.5493).abs() < 0.0001);
        assert!(
            (lower_bound(95, 100) - 0.9008).abs() < 0.001,
            "{}",
            lower_bound(95, 100)
        );
        assert!(lower_bound(0, 10).abs() < 1e-9);
        assert!(lower_bound(0, 0).abs() < 1e-9);
    }

    #[test]
    fn a_decision_that_hardly_varies_is_named_with_its_counter_examples() {
        let mut point = Point::default();
        for n in 0..19 {
            point.add(RunId::new(1, n), decision("approved", 60_000));
        }
        point.add(RunId::new(2, 1), decision("denied", 1_000));
        let found = point.finish("block".into(), "gate".into()).unwrap();
        assert_eq!(
            (found.answered, found.same, found.median_ms),
            (20, 19, 60_000)
        );
        assert_eq!(found.counter_examples.len(), 1);
        assert_eq!(found.counter_examples[0].run, RunId::new(2, 1));
        assert!(
            found.suggestion.contains("default: approve"),
            "{}",
            found.suggestion
        );
    }

    #[test]
    fn a_decision_that_varies_or_was_made_seldom_is_not_named() {
        let mut point = Point::default();
        for n in 0..4 {
            point.add(RunId::new(1, n), decision("approved", 1));
        }
        assert_eq!(point.finish("p".into(), "s".into()), None);
        let mut point = Point::default();
        for n in 0..10 {
            let answer = if n % 3 == 0 { "denied" } else { "approved" };
            point.add(RunId::new(1, n), decision(answer, 1));
        }
        assert_eq!(point.finish("p".into(), "s".into()), None);
    }

    #[test]
    fn a_suggestion_is_yaml_whatever_the_answer_was() {
        for (kind, answer) in [
            ("approve", "approved"),
            ("approve", "denied"),
            ("ask", "{\"a\":\"x: [\"}"),
            ("manual", "done"),
            ("manual", "skipped"),
            ("switch", "steps.a.output.values.b == 'c'\n- x"),
        ] {
            let text = suggestion("gate", kind, answer, 9, 9);
            assert!(updraft_content::yaml::parse("s", &text).is_ok(), "{text}");
        }
    }
}
