//! The shapes of playbooks on the wire.

use serde::Serialize;
use serde_json::Value;
use updraft_app::playbooks::{self, Checked, LastBacktest, PlaybookHead, TestSummary, shapes};
use updraft_model::{Diagnostic, Draft, Level};
use utoipa::ToSchema;

/// A playbook of the list.
#[derive(Debug, Serialize, ToSchema)]
pub struct PlaybookView {
    /// Its id.
    pub id: String,
    /// Its title.
    pub title: String,
    /// What it does.
    pub description: String,
    /// `shipped`, `own` or `git`.
    pub origin: String,
    /// The case types that it is for.
    pub case_types: Vec<String>,
    /// Words that it is found by.
    pub tags: Vec<String>,
    /// What new runs take, with everything that it calls; empty when they cannot take it.
    pub version: String,
    /// The number of the team's own version that new runs take; null when that is the shipped one, or none.
    pub live: Option<u32>,
    /// The newest version's number; 0 when there is none.
    pub newest: u32,
    /// Counts every change; 0 when the team has none of its own.
    pub revision: u64,
    /// What people work on.
    pub draft: Option<DraftView>,
    /// True when it was put away.
    pub archived: bool,
    /// True when one of this id ships with the program.
    pub shipped: bool,
    /// The repository's file that it comes from.
    pub git_file: Option<String>,
    /// What it takes: a list of `{name, type, required, default, options, summary}`.
    pub inputs: Value,
    /// What this team gives.
    pub given: Value,
    /// What starts it.
    pub triggers: Vec<Trigger>,
    /// How its runs of the last 30 days went; null when there were none.
    pub health: Option<Health>,
    /// What the tests of the version that new runs take say; null while they are played, and when there are none.
    pub tests: Option<Tests>,
    /// The last backtest.
    pub backtest: Option<Backtest>,
}

/// A draft in the list.
#[derive(Debug, Serialize, ToSchema)]
pub struct DraftView {
    /// Who saved it last.
    pub author: String,
    /// When.
    pub at: String,
    /// True when it has no errors.
    pub sound: bool,
    /// What whoever saves it names as `base`.
    pub digest: String,
}

/// What starts a playbook.
#[derive(Debug, Serialize, ToSchema)]
pub struct Trigger {
    /// `case_type`, …
    pub kind: String,
    /// In words.
    pub text: String,
}

/// How runs went.
#[derive(Debug, Serialize, ToSchema)]
pub struct Health {
    /// Runs that ended.
    pub runs: u64,
    /// Of them: ended well.
    pub succeeded: u64,
    /// Of them: failed.
    pub failed: u64,
    /// Of them: stopped by a person.
    pub cancelled: u64,
    /// The share that failed, 0 to 1.
    pub failure_rate: f64,
    /// The median time of those that ended well, milliseconds.
    pub median_ms: Option<u64>,
    /// The share of those that ended well in which no person took part, 0 to 1; null when none ended well.
    pub automation: Option<f64>,
    /// When the last one ended.
    pub last_at: Option<String>,
    /// The last one.
    pub last_run: Option<String>,
}

/// Tests in numbers.
#[derive(Debug, Serialize, ToSchema)]
pub struct Tests {
    /// How many there are.
    pub count: usize,
    /// How many pass.
    pub passed: usize,
    /// Hundredths of the branches that they take.
    pub coverage: u32,
    /// When they were played.
    pub at: String,
}

/// A backtest in the list.
#[derive(Debug, Serialize, ToSchema)]
pub struct Backtest {
    /// Its id.
    pub id: String,
    /// When it was finished.
    pub at: String,
    /// How many days of cases it went through.
    pub days: u32,
    /// What would be different, in a few words.
    pub verdict: String,
}

/// Something that is to be said about a text, with its place.
#[derive(Debug, Serialize, ToSchema)]
pub struct PlaybookFinding {
    /// `error` or `warning`.
    pub level: String,
    /// The finding's code.
    pub code: String,
    /// What is wrong.
    pub message: String,
    /// How to mend it; may be empty.
    pub hint: String,
    /// `playbook.yaml` or `tests/NAME.yaml`.
    pub file: String,
    /// Line, from 1.
    pub line: u32,
    /// Column in characters, from 1.
    pub column: u32,
    /// The line where it ends.
    pub end_line: u32,
    /// The column behind its last character.
    pub end_column: u32,
}

/// Steps as nodes and arrows.
#[derive(Debug, Serialize, ToSchema)]
pub struct Graph {
    /// The steps, in the order of the text.
    pub nodes: Vec<GraphNode>,
    /// What follows what; `start` and `end` are the ends of the playbook.
    pub edges: Vec<GraphEdge>,
}

/// One step.
#[derive(Debug, Serialize, ToSchema)]
pub struct GraphNode {
    /// JSON pointer to the step.
    pub key: String,
    /// Its id.
    pub id: String,
    /// Its kind.
    pub kind: String,
    /// Its title, or what it names.
    pub label: String,
    /// True when a condition can skip it.
    pub conditional: bool,
    /// The key of the step around it; empty at the top.
    pub parent: String,
    /// The place of its block inside that step.
    pub branch: String,
    /// Its first line.
    pub line: u32,
}

/// One arrow.
#[derive(Debug, Serialize, ToSchema)]
pub struct GraphEdge {
    /// The key of a node, or `start`.
    pub from: String,
    /// The key of a node, or `end`.
    pub to: String,
    /// `next`, `branch`, `loop`, `error` or `undo`.
    pub kind: String,
    /// What leads there; may be empty.
    pub label: String,
}

impl PlaybookView {
    /// The API's shape.
    pub fn of(head: PlaybookHead) -> Self {
        Self {
            id: head.id,
            title: head.title,
            description: head.description,
            origin: head.origin.to_owned(),
            case_types: head.case_types,
            tags: head.tags,
            version: head.version.map_or_else(String::new, |one| one.to_string()),
            live: head.live,
            newest: head.newest,
            revision: head.revision,
            draft: head.draft.as_ref().map(DraftView::of),
            archived: head.archived,
            shipped: head.shipped,
            git_file: head.git_file,
            inputs: head.inputs,
            given: head.given,
            triggers: head.triggers.into_iter().map(Trigger::of).collect(),
            health: head.health.map(Health::of),
            tests: head.tests.map(Tests::of),
            backtest: head.backtest.map(Backtest::of),
        }
    }
}

impl DraftView {
    fn of(draft: &Draft) -> Self {
        Self {
            author: draft.author.label(),
            at: draft.at.to_string(),
            sound: draft.sound,
            digest: draft.digest.to_string(),
        }
    }
}

impl Trigger {
    fn of(trigger: playbooks::TriggerLine) -> Self {
        let playbooks::TriggerLine { kind, text } = trigger;
        Self { kind, text }
    }
}

impl Health {
    fn of(health: shapes::Health) -> Self {
        let share = |part: u64, whole: u64| (whole > 0).then(|| part as f64 / whole as f64);
        Self {
            runs: health.runs,
            succeeded: health.succeeded,
            failed: health.failed,
            cancelled: health.cancelled,
            failure_rate: share(health.failed, health.runs).unwrap_or(0.0),
            median_ms: health.median_ms,
            automation: share(health.automatic, health.succeeded),
            last_at: health.last_at.map(|at| at.to_string()),
            last_run: health.last_run.map(|run| run.to_string()),
        }
    }
}

impl Tests {
    fn of(tests: TestSummary) -> Self {
        Self {
            count: tests.count,
            passed: tests.passed,
            coverage: tests.coverage,
            at: tests.at.to_string(),
        }
    }
}

impl Backtest {
    fn of(backtest: LastBacktest) -> Self {
        Self {
            id: backtest.id,
            at: backtest.at.to_string(),
            days: backtest.days,
            verdict: backtest.verdict,
        }
    }
}

impl Graph {
    /// The API's shape.
    pub fn of(graph: shapes::Graph) -> Self {
        let nodes = graph.nodes.into_iter().map(|node| GraphNode {
            key: node.key,
            id: node.id,
            kind: node.kind,
            label: node.label,
            conditional: node.conditional,
            parent: node.parent,
            branch: node.branch,
            line: node.line,
        });
        let edges = graph.edges.into_iter().map(|edge| GraphEdge {
            from: edge.from,
            to: edge.to,
            kind: edge.kind.to_owned(),
            label: edge.label,
        });
        Self {
            nodes: nodes.collect(),
            edges: edges.collect(),
        }
    }
}

/// The API's shape of what is to be said about a text.
pub fn findings(found: &[Diagnostic]) -> Vec<PlaybookFinding> {
    found.iter().map(finding).collect()
}

/// The API's shape of one finding.
pub fn finding(found: &Diagnostic) -> PlaybookFinding {
    let level = match found.level {
        Level::Error => "error",
        Level::Warning => "warning",
    };
    PlaybookFinding {
        level: level.to_owned(),
        code: found.code.clone(),
        message: found.message.clone(),
        hint: found.hint.clone(),
        file: found.file.clone(),
        line: found.line,
        column: found.column,
        end_line: found.line,
        end_column: found.column.saturating_add(found.width.max(1)),
    }
}

/// The steps with their places; null when the text is no YAML.
pub fn tree(checked: &Checked) -> Value {
    serde_json::to_value(&checked.tree).unwrap_or_default()
}
