//! The ways that a run can take through a playbook, for the coverage of its tests.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{OnError, Plan, Step};
use crate::{StepRecord, StepStatus, steps::Kind};

/// One way that a run takes or does not take.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Branch {
    /// The id of the step where the ways part.
    pub step: String,
    /// JSON pointer to the place in the playbook.
    pub pointer: String,
    /// Which way, in words: `when holds`, `case.severity == 'high'`, `denied`, …
    pub label: String,
    /// By what it is known that a run took it.
    pub sign: BranchSign,
}

/// By what it is known that a run took a branch.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(tag = "sign", content = "of", rename_all = "snake_case")]
pub enum BranchSign {
    /// The step's condition held.
    Ran,
    /// The step's condition did not hold.
    Skipped,
    /// The step with this id, the first of a block, began.
    Began(String),
    /// The step ended well and none of its blocks began.
    NoBlock,
    /// The step failed and the next one followed.
    Failed,
    /// The step failed with this code.
    FailedWith(String),
    /// This field of the step's output is true.
    Yes(String),
    /// This field of the step's output is false, or null.
    No(String),
    /// This field of the step's output is there.
    Given(String),
    /// The deadline of the question passed.
    Late,
    /// The rounds of the loop were not enough.
    Exhausted,
}

impl Plan {
    /// Every branch of the playbook, in the order in which its steps are written: both sides of each `when`,
    /// every case of a `switch` and none of them, every branch of a `parallel`, a loop with items and without,
    /// each way out of an error, and what people may decide. The steps of called playbooks are their own.
    pub fn branches(&self) -> Vec<Branch> {
        self.steps
            .iter()
            .flat_map(|step| self.branches_of(step))
            .collect()
    }

    fn branches_of(&self, step: &Step) -> Vec<Branch> {
        let mut found = Vec::new();
        let mut add = |place: String, label: &str, sign: BranchSign| {
            found.push(Branch {
                step: step.id.to_string(),
                pointer: format!("{}{place}", step.pointer),
                label: label.to_owned(),
                sign,
            });
        };
        if step.when.is_some() {
            add("/when".into(), "when holds", BranchSign::Ran);
            add("/when".into(), "when does not hold", BranchSign::Skipped);
        }
        let word = step.kind.word();
        for (place, (label, block)) in step.kind.blocks().into_iter().enumerate() {
            let Some(first) = self
                .block(block)
                .first()
                .and_then(|first| self.step(*first))
            else {
                continue;
            };
            let place = match &step.kind {
                Kind::Switch(_) | Kind::Parallel(_) => format!("/{word}/{place}"),
                _ => format!("/{word}"),
            };
            add(place, &label, BranchSign::Began(first.id.to_string()));
        }
        match &step.kind {
            Kind::Switch(switch) if !switch.has_else() => {
                add(format!("/{word}"), "no case holds", BranchSign::NoBlock);
            }
            Kind::ForEach(_) => add(format!("/{word}"), "no items", BranchSign::NoBlock),
            Kind::Manual(_) => {
                add(format!("/{word}"), "done", BranchSign::No("skipped".into()));
                let skipped = BranchSign::Given("skipped".into());
                add(format!("/{word}"), "skipped", skipped);
            }
            Kind::Ask(ask) => {
                add(
                    format!("/{word}"),
                    "answered",
                    BranchSign::Given("by".into()),
                );
                if ask.breaks_out() {
                    let out = BranchSign::Yes("broke_out".into());
                    add(format!("/{word}"), "broke out", out);
                }
            }
            Kind::Approve(_) => {
                let approved = || "approved".to_owned();
                add(format!("/{word}"), "approved", BranchSign::Yes(approved()));
                add(format!("/{word}"), "denied", BranchSign::No(approved()));
            }
            Kind::Loop(_) => add(format!("/{word}"), "rounds used up", BranchSign::Exhausted),
            _ => {}
        }
        if matches!(step.kind, Kind::Manual(_) | Kind::Ask(_) | Kind::Approve(_))
            && step.timeout_ms.is_some()
        {
            add("/timeout".into(), "deadline passed", BranchSign::Late);
        }
        if let Some(first) = step
            .undo
            .and_then(|block| self.block(block).first())
            .and_then(|at| self.step(*at))
        {
            let sign = BranchSign::Began(first.id.to_string());
            add("/undo".into(), "taken back", sign);
        }
        match step.on_error {
            OnError::Fail => {}
            OnError::Continue => add("/on_error".into(), "on error: continue", BranchSign::Failed),
            OnError::Do(block) => {
                if let Some(first) = self.block(block).first().and_then(|at| self.step(*at)) {
                    let sign = BranchSign::Began(first.id.to_string());
                    add("/on_error".into(), "on error: do", sign);
                }
            }
        }
        found
    }
}

impl Branch {
    /// Whether these records of a run show that it was taken. `records` are those of this playbook's own steps.
    pub fn is_taken(&self, records: &[&StepRecord]) -> bool {
        let mut own = records.iter().filter(|record| record.id == self.step);
        let code = |record: &StepRecord, wanted: &str| {
            let error = record.error.as_ref();
            error.is_some_and(|error| error.code == wanted)
        };
        let field = |record: &StepRecord, name: &str, wanted: bool| {
            record.output.get(name) == Some(&Value::Bool(wanted))
        };
        match &self.sign {
            BranchSign::Ran => own.any(|record| record.status != StepStatus::Skipped),
            BranchSign::Skipped => own.any(|record| record.status == StepStatus::Skipped),
            BranchSign::Began(first) => records.iter().any(|record| record.id == *first),
            BranchSign::NoBlock => own.any(|record| {
                record.status == StepStatus::Succeeded
                    && !records.iter().any(|inner| inner.parent == record.path)
            }),
            BranchSign::Failed => {
                own.any(|record| record.status == StepStatus::Failed && record.error.is_some())
            }
            BranchSign::FailedWith(wanted) => own.any(|record| code(record, wanted)),
            BranchSign::Yes(name) => own.any(|record| field(record, name, true)),
            BranchSign::No(name) => own.any(|record| match record.output.get(name) {
                Some(value) => matches!(value, Value::Bool(false) | Value::Null),
                None => false,
            }),
            BranchSign::Given(name) => own.any(|record| {
                let value = record.output.get(name);
                value.is_some_and(|value| !value.is_null())
            }),
            BranchSign::Late => {
                own.any(|record| field(record, "defaulted", true) || code(record, "deadline"))
            }
            BranchSign::Exhausted => {
                own.any(|record| field(record, "exhausted", true) || code(record, "exhausted"))
            }
        }
    }
}
