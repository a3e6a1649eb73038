//! What starts playbooks: cases of a type, alerts, the ends of other runs; and what was decided about each of them.
//!
//! When something happens that may start playbooks, [`App::fire`] looks up which of the tenant's live playbooks wait
//! for it, judges their conditions and gives back runs and decisions as operations for the transaction in which the
//! thing itself becomes durable: so it starts a playbook exactly when it happened, and once.
//!
//! - `table` knows which playbooks wait for what, so that an alert that concerns none costs one look-up;
//! - `decisions` keeps an alert flood from becoming a flood of decisions;
//! - `by_hand` starts a playbook for a person or a program, and knows the buttons of a case;
//! - `why` answers "why did it not start?".

mod by_hand;
mod decisions;
mod table;
mod why;

use serde_json::{Map, Value, json};
use updraft_engine::Judgement;
use updraft_model::{
    Alert, Case, Cause, Decision, DecisionOutcome, Run, RunId, TenantId, Timestamp,
};
use updraft_store::{Op, Tx};

use crate::{App, error::Result, runs::Waiting};

pub use by_hand::{Button, Start};
pub use decisions::Decisions;
pub(crate) use table::{Candidate, Table, Tables};
pub use why::{TriggerView, Why, WouldStart};

/// How many runs may lead to one another by triggers. A playbook that starts itself, or two that start each other,
/// come to their end here.
pub const CHAIN_MAX: u32 = 8;
/// Most runs of one case that wait; triggers add none beyond.
const QUEUED_MAX: u32 = updraft_cases::RERUNS_QUEUED_MAX;

/// Something that may start playbooks.
pub(crate) struct Happened<'a> {
    pub tenant: TenantId,
    pub what: What<'a>,
    /// The case that the runs are to work on.
    pub case: &'a Case,
    /// The alert that it is about.
    pub alert: Option<&'a Alert>,
    /// The run in which it happened.
    pub inside: Option<&'a Run>,
    pub at: Timestamp,
}

/// What happened.
pub(crate) enum What<'a> {
    /// A case was opened.
    Opened,
    /// A case that was there runs again for an alert.
    Again,
    /// An alert became part of a case without a run of its own.
    Attached,
    /// A run ended.
    Ended {
        /// Which; its head says how.
        run: &'a Run,
        /// What it gave back.
        output: &'a Value,
    },
}

/// What follows: operations for the transaction, and runs to be queued once it is durable.
#[derive(Debug, Default)]
pub(crate) struct Fired {
    pub ops: Vec<Op>,
    pub runs: Vec<Run>,
}

impl Fired {
    /// Adds everything to the transaction.
    pub(crate) fn add_to(self, app: &App, tx: &mut Tx) -> Result<Vec<Run>> {
        tx.ops.extend(self.ops);
        for run in &self.runs {
            app.pin_playbook(tx, run)?;
        }
        Ok(self.runs)
    }
}

impl App {
    /// The runs of a committed transaction take their place in the queues.
    pub(crate) fn queue_runs(&self, runs: &[Run]) {
        for run in runs {
            self.playbook_is_pinned(run);
            self.0.scheduler.submit(Waiting::of(run));
        }
    }

    /// Which playbooks this starts. Those in `already` were started by the same thing on another way.
    pub(crate) fn fire(&self, happened: &Happened<'_>, already: &[&str]) -> Result<Fired> {
        let candidates = self.candidates(happened, already);
        let mut fired = Fired::default();
        if candidates.is_empty() {
            return Ok(fired);
        }
        let scope = self.scope_of(happened);
        for candidate in candidates {
            let id = candidate.playbook();
            let started = fired.runs.iter().any(|run| run.playbook == id);
            if started || already.contains(&id) {
                continue;
            }
            let judged = self.judge(happened, &candidate, &scope, &fired);
            let run = match judged.outcome {
                DecisionOutcome::Started => {
                    let mut run = self.new_run(
                        happened.tenant,
                        happened.case,
                        id,
                        happened.alert.map(|alert| alert.id),
                        happened.at,
                    )?;
                    run.cause = Some(Box::new(happened.cause(candidate.word(), judged.inputs)));
                    Some(run)
                }
                DecisionOutcome::Condition
                | DecisionOutcome::Error
                | DecisionOutcome::Overlap
                | DecisionOutcome::Limit => None,
            };
            let decision = Decision {
                at: happened.at,
                playbook: id.to_owned(),
                kind: candidate.word().to_owned(),
                trigger: candidate.text(),
                alert: happened.alert.map(|alert| alert.id),
                case: Some(happened.case.id),
                run: run.as_ref().map(|run| run.id),
                outcome: judged.outcome,
                reason: judged.reason,
                read: judged.read,
                more: 0,
            };
            if let Some(run) = run {
                fired.ops.push(Op::InsertRun(Box::new(run.clone())));
                fired.runs.push(run);
            }
            fired.ops.extend(self.decided(happened.tenant, decision));
        }
        Ok(fired)
    }

    /// Which playbooks the end of a run starts on its case.
    pub(crate) fn fire_end(&self, run: &Run, case: &Case, output: &Value) -> Result<Fired> {
        if !self.table_of(run.tenant).has_end(&run.playbook) {
            return Ok(Fired::default());
        }
        let happened = Happened {
            tenant: run.tenant,
            what: What::Ended { run, output },
            case,
            alert: None,
            inside: Some(run),
            at: run.ended_at.unwrap_or(run.created_at),
        };
        self.fire(&happened, &[])
    }

    /// An operation that keeps a decision; none when too many like it were kept just now.
    pub(crate) fn decided(&self, tenant: TenantId, mut decision: Decision) -> Option<Op> {
        decision.more = self.0.decisions.admit(tenant, &decision)?;
        Some(Op::Decide(Box::new(decision)))
    }

    fn candidates(&self, happened: &Happened<'_>, already: &[&str]) -> Vec<Candidate> {
        let table = self.table_of(happened.tenant);
        let source = || {
            let alert = happened.alert?;
            Some(self.source_by_id(alert.source)?.name.clone())
        };
        match &happened.what {
            What::Opened | What::Again => {
                let mut found = table.of_case_type(happened.case.kind.as_str());
                // One playbook is the one for the type; where a case is opened for a run, that run is it.
                let picture = self.catalog().now();
                let own = match already {
                    [] => picture.playbook_for(happened.tenant, &happened.case.kind, ""),
                    _ => "",
                };
                found.retain(|one| !one.is_short() || one.playbook() == own);
                if happened.alert.is_some() && table.has_alerts() {
                    found.extend(table.of_alert(source().as_deref()));
                }
                found
            }
            What::Attached if table.has_alerts() => table.of_alert(source().as_deref()),
            What::Attached => Vec::new(),
            What::Ended { run, .. } => table.of_end(&run.playbook, run.state),
        }
    }

    fn judge(
        &self,
        happened: &Happened<'_>,
        candidate: &Candidate,
        scope: &Map<String, Value>,
        fired: &Fired,
    ) -> Judged {
        let trigger = candidate.trigger();
        let mut judged = Judged::of(trigger.judge(scope));
        if judged.outcome != DecisionOutcome::Started {
            return judged;
        }
        match trigger.inputs(scope) {
            Ok(inputs) if inputs.is_empty() => {}
            Ok(inputs) => {
                let specs = candidate.plan().inputs();
                match self.seal_inputs(happened.tenant, specs, Value::Object(inputs)) {
                    Ok(sealed) => judged.inputs = sealed,
                    Err(error) => {
                        return Judged::no(DecisionOutcome::Error, error.to_string());
                    }
                }
            }
            Err(message) => return Judged::no(DecisionOutcome::Error, message),
        }
        if happened.depth() > CHAIN_MAX {
            let text =
                format!("{CHAIN_MAX} runs have led to one another already; the chain ends here");
            return Judged::no(DecisionOutcome::Limit, text);
        }
        let waiting = self.0.scheduler.queued_of(happened.case.id);
        if waiting as usize + fired.runs.len() >= QUEUED_MAX as usize {
            let text = format!("{waiting} runs of the case wait already");
            return Judged::no(DecisionOutcome::Limit, text);
        }
        judged
    }

    /// The names that conditions may use.
    fn scope_of(&self, happened: &Happened<'_>) -> Map<String, Value> {
        let context = self.context_of(happened.case, happened.alert, &[]);
        let mut scope = match context {
            Value::Object(scope) => scope,
            _ => Map::new(),
        };
        if let What::Ended { run, output } = &happened.what {
            let ended = json!({
                "id": run.id,
                "playbook": run.playbook,
                "outcome": run.state,
                "error": run.error,
                "output": output,
                "steps": run.steps,
                "started_at": run.started_at,
                "ended_at": run.ended_at,
            });
            scope.insert("run".into(), ended);
        }
        scope
    }
}

impl Happened<'_> {
    /// How many runs led to one another, this one included, before a run that it starts.
    pub(crate) fn depth(&self) -> u32 {
        let before = match (&self.what, self.inside) {
            (What::Ended { run, .. }, _) => run,
            (_, Some(run)) => run,
            (_, None) => return 0,
        };
        before.cause.as_ref().map_or(0, |cause| cause.depth) + 1
    }

    pub(crate) fn cause(&self, trigger: &str, inputs: Value) -> Cause {
        let run: Option<RunId> = match &self.what {
            What::Ended { run, .. } => Some(run.id),
            What::Opened | What::Again | What::Attached => self.inside.map(|run| run.id),
        };
        Cause {
            trigger: trigger.to_owned(),
            by: None,
            run,
            depth: self.depth(),
            inputs,
        }
    }
}

/// How a trigger's condition came out.
struct Judged {
    outcome: DecisionOutcome,
    reason: String,
    read: Vec<(String, String)>,
    inputs: Value,
}

impl Judged {
    fn no(outcome: DecisionOutcome, reason: String) -> Self {
        Self {
            outcome,
            reason,
            read: Vec::new(),
            inputs: Value::Null,
        }
    }

    fn of(judgement: Judgement) -> Self {
        match judgement {
            Judgement::Holds => Self::no(DecisionOutcome::Started, "it started".into()),
            Judgement::Fails { condition, read } => Self {
                read,
                ..Self::no(
                    DecisionOutcome::Condition,
                    format!("the condition does not hold: {condition}"),
                )
            },
            Judgement::Broken { message } => Self::no(
                DecisionOutcome::Error,
                format!("the condition cannot be evaluated: {message}"),
            ),
        }
    }
}
