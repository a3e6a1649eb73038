//! What starts a playbook: `triggers`, `case_types` as their short form, and what bounds its runs.
//!
//! A trigger is data; who watches for cases, alerts, moments and ends of runs is the host. It asks
//! [`Trigger::judge`] with what it knows, and gets back not only yes or no but the values that the condition read,
//! so that a person who asks "why did it not start" sees them.

use jiff::tz::TimeZone;
use serde::Serialize;
use serde_json::{Map, Value};
use updraft_expr::{Expr, Fuel, JsonTemplate, Reference, Scope, Segment};
use updraft_model::Timestamp;

use super::{Cron, Plan};
use crate::limits::{EVALUATION_BYTES_MAX, FUEL_PER_TRIGGER, READ_CHARS_MAX, READ_VALUES_MAX};

pub(super) const OVERLAPS: [(&str, Overlap); 3] = [
    ("skip", Overlap::Skip),
    ("queue", Overlap::Queue),
    ("cancel", Overlap::Cancel),
];
pub(super) const ENDS: [(&str, RunEnd); 4] = [
    ("succeeded", RunEnd::Succeeded),
    ("failed", RunEnd::Failed),
    ("cancelled", RunEnd::Cancelled),
    ("any", RunEnd::Any),
];

/// One way to start the playbook.
#[derive(Debug, Clone)]
pub struct Trigger {
    pub(super) kind: TriggerKind,
    pub(super) when: Option<Expr>,
    pub(super) inputs: Option<JsonTemplate>,
    pub(super) pointer: Box<str>,
}

/// What must happen.
#[derive(Debug, Clone)]
pub enum TriggerKind {
    /// A case of this type is opened, or an alert makes its playbook run again.
    CaseType(String),
    /// An alert got a case.
    Alert {
        /// Only of the source with this name.
        source: Option<String>,
    },
    /// A moment has come.
    Schedule(Box<Schedule>),
    /// A person presses a button on a case.
    Button {
        /// What it says.
        title: String,
    },
    /// A program asks by the API.
    Api,
    /// A run of another playbook ended.
    Run {
        /// Of which playbook.
        playbook: String,
        /// How it ended.
        outcome: RunEnd,
    },
}

/// When a schedule is due, and what it makes.
#[derive(Debug, Clone)]
pub struct Schedule {
    pub(super) cron: Cron,
    pub(super) zone: TimeZone,
    pub(super) zone_name: String,
    /// What happens when the run before is not over.
    pub overlap: Overlap,
    /// The type of the case that is opened for its run.
    pub case_type: String,
    /// That case's title; empty for the playbook's.
    pub title: String,
}

/// What a schedule does while its run before is not over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Overlap {
    /// No run this time.
    Skip,
    /// The new run waits until the one before is over.
    Queue,
    /// The run before is cancelled.
    Cancel,
}

/// How a run must end to start another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum RunEnd {
    /// Well.
    Succeeded,
    /// With an error.
    Failed,
    /// Stopped by a person.
    Cancelled,
    /// However.
    Any,
}

/// What a trigger says of what happened.
#[derive(Debug, Clone, PartialEq)]
pub enum Judgement {
    /// It starts the playbook.
    Holds,
    /// Its condition does not hold.
    Fails {
        /// The condition.
        condition: String,
        /// What the condition read: path and value as JSON, cut to a length that a person reads.
        read: Vec<(String, String)>,
    },
    /// Its condition, or a template of its inputs, cannot be evaluated.
    Broken {
        /// Why, with the names at fault and without values.
        message: String,
    },
}

impl Schedule {
    /// The expression as written.
    pub fn cron(&self) -> &str {
        self.cron.source()
    }
    /// The time zone's name.
    pub fn zone(&self) -> &str {
        &self.zone_name
    }
    /// The first moment after `after`; `None` at the end of the calendar.
    pub fn next(&self, after: Timestamp) -> Option<Timestamp> {
        self.cron.next(after, &self.zone)
    }
}

impl RunEnd {
    /// The word used in playbooks.
    pub fn word(self) -> &'static str {
        ENDS.iter()
            .find(|(_, end)| *end == self)
            .map_or("any", |(word, _)| word)
    }
}

impl Overlap {
    /// The word used in playbooks.
    pub fn word(self) -> &'static str {
        OVERLAPS
            .iter()
            .find(|(_, overlap)| *overlap == self)
            .map_or("skip", |(word, _)| word)
    }
}

impl Trigger {
    /// What must happen.
    pub fn kind(&self) -> &TriggerKind {
        &self.kind
    }
    /// The word of its kind in playbooks: `case_type`, `alert`, `schedule`, `button`, `api`, `run`.
    pub fn word(&self) -> &'static str {
        match &self.kind {
            TriggerKind::CaseType(_) => "case_type",
            TriggerKind::Alert { .. } => "alert",
            TriggerKind::Schedule(_) => "schedule",
            TriggerKind::Button { .. } => "button",
            TriggerKind::Api => "api",
            TriggerKind::Run { .. } => "run",
        }
    }
    /// JSON pointer to it in the document.
    pub fn pointer(&self) -> &str {
        &self.pointer
    }
    /// Its condition as written.
    pub fn condition(&self) -> Option<&str> {
        self.when.as_ref().map(Expr::source)
    }
    /// What it is, for people, in one line.
    pub fn text(&self) -> String {
        let what = match &self.kind {
            TriggerKind::CaseType(name) => format!("case of type {name}"),
            TriggerKind::Alert { source: None } => "any alert".into(),
            TriggerKind::Alert { source: Some(name) } => format!("alert of {name}"),
            TriggerKind::Schedule(schedule) => {
                format!("schedule {} ({})", schedule.cron(), schedule.zone())
            }
            TriggerKind::Button { title } => format!("button “{title}”"),
            TriggerKind::Api => "request by API".into(),
            TriggerKind::Run { playbook, outcome } => {
                format!("end of {playbook} ({})", outcome.word())
            }
        };
        match self.condition() {
            Some(condition) => format!("{what} when {condition}"),
            None => what,
        }
    }

    /// Whether it starts the playbook, given the names that its condition may use.
    pub fn judge(&self, scope: &dyn Scope) -> Judgement {
        let Some(when) = &self.when else {
            return Judgement::Holds;
        };
        match when.eval_bool(scope, &mut fuel()) {
            Ok(true) => Judgement::Holds,
            Ok(false) => Judgement::Fails {
                condition: when.source().to_owned(),
                read: read(&when.references(), scope),
            },
            Err(error) => Judgement::Broken {
                message: error.message,
            },
        }
    }

    /// What its run takes.
    ///
    /// # Errors
    /// The field at fault and why it cannot be evaluated.
    pub fn inputs(&self, scope: &dyn Scope) -> Result<Map<String, Value>, String> {
        match self.inputs.as_ref().map(|t| t.eval(scope, &mut fuel())) {
            None => Ok(Map::new()),
            Some(Ok(Value::Object(map))) => Ok(map),
            Some(Ok(_)) => Err("the inputs are no map".into()),
            Some(Err((place, error))) => Err(format!("inputs{place}: {}", error.message)),
        }
    }
}

fn fuel() -> Fuel {
    Fuel::new(FUEL_PER_TRIGGER, EVALUATION_BYTES_MAX)
}

/// The values behind an expression's references, cut short.
fn read(references: &[Reference], scope: &dyn Scope) -> Vec<(String, String)> {
    let mut found: Vec<(String, String)> = Vec::new();
    for reference in references {
        let mut path = reference.root().to_owned();
        let mut value = scope.get(&path);
        for segment in reference.path.iter().skip(1) {
            match segment {
                Segment::Key(key) => {
                    path.push('.');
                    path.push_str(key);
                    value = value.and_then(|value| value.get(key));
                }
                Segment::Index(index) => {
                    path.push_str(&format!("[{index}]"));
                    let at = |list: &Vec<Value>| {
                        let place = match usize::try_from(*index) {
                            Ok(index) => Some(index),
                            Err(_) => list.len().checked_sub(index.unsigned_abs() as usize),
                        };
                        place.filter(|place| *place < list.len())
                    };
                    value = value
                        .and_then(Value::as_array)
                        .and_then(|list| list.get(at(list)?));
                }
                // What is computed is shown as far as its path is written out.
                Segment::Dynamic => break,
            }
        }
        if found.len() < READ_VALUES_MAX && !found.iter().any(|(known, _)| *known == path) {
            let text = value.map_or_else(|| "missing".to_owned(), shown);
            found.push((path, text));
        }
    }
    found
}

/// A value as JSON, cut short; a long list or map is only counted.
fn shown(value: &Value) -> String {
    let text = match value {
        Value::Array(list) if list.len() > READ_VALUES_MAX => {
            return format!("a list of {}", list.len());
        }
        Value::Object(map) if map.len() > READ_VALUES_MAX => {
            return format!("a map of {}", map.len());
        }
        other => other.to_string(),
    };
    match text.char_indices().nth(READ_CHARS_MAX) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text,
    }
}

/// How long and how much one run may work, and how many runs at once.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct RunLimits {
    /// Runs of the playbook that are at work at once; the others wait. Each tenant by itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub concurrency: Option<u32>,
    /// From its first step to its end, in milliseconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub wall_time_ms: Option<i64>,
    /// Steps begun, those of called playbooks and further attempts included.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub steps: Option<u64>,
}

impl Trigger {
    /// Whether it waits for just the same.
    pub(super) fn same_as(&self, other: &Trigger) -> bool {
        self.text() == other.text()
    }
}

impl Plan {
    /// What starts it, `case_types` first, in the order in which they are written.
    pub fn triggers(&self) -> &[Trigger] {
        &self.triggers
    }
    /// What bounds its runs.
    pub fn run_limits(&self) -> RunLimits {
        self.run_limits
    }
}
