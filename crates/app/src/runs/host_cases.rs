//! The built-in actions that open other cases and change this one.
//!
//! `case.open` opens one case for each key, whoever asks and however often: the key is the case's identity in the store.
//! The playbook that it is to start begins in the same transaction, so that a case is never there without its run.

use serde_json::{Value, json};
use updraft_engine::StepError;
use updraft_model::{
    Case, CaseId, CaseType, Decision, DecisionOutcome, Observable, Severity, TimelineEntry,
    Timestamp,
};
use updraft_store::Op;

use super::{actor::Actor, host::Done, host::text_of};
use crate::{
    error::Result,
    new_id,
    triggers::{CHAIN_MAX, Fired, Happened, What},
};

/// Most characters of a case's key, type, title and owner.
const WORDS_CHARS_MAX: usize = 300;
/// Most observables that a case is opened with.
const OBSERVABLES_MAX: usize = 100;
/// Before the keys of cases that playbooks open, so that they never meet those of alerts.
const KEY_PREFIX: &str = "opened:";

impl Actor {
    /// Opens a case, unless one was opened with the same key before.
    pub(super) async fn host_open(&mut self, input: &Value, at: Timestamp) -> Result<Done> {
        let wish = match Wish::read(input) {
            Ok(wish) => wish,
            Err(error) => return Ok(Err(error)),
        };
        let known = |op: &Op| match op {
            Op::InsertCase(case) if case.dedup_key == wish.key => Some((case.id, 0)),
            _ => None,
        };
        let mut existing = self.tx.ops.iter().find_map(known);
        if existing.is_none() {
            let store = self.app.store().clone();
            let driver = crate::App::driver(self.run.tenant);
            let found = store.case_by_key(&driver, wish.key.clone()).await?;
            existing = found.map(|case| (case.id, case.number));
        }
        if let Some((id, number)) = existing {
            let number = (number > 0).then_some(number);
            return Ok(Ok(json!({ "id": id, "number": number, "created": false })));
        }
        let start = match self.to_start(wish.playbook, wish.inputs) {
            Ok(start) => start,
            Err(error) => return Ok(Err(error)),
        };
        let parent = self.case().await?.clone();
        let id = new_id!(CaseId);
        let mut case =
            updraft_cases::escalate(id, &parent, &wish.key, &wish.title, wish.severity, at);
        case.kind = CaseType(wish.kind);
        case.verdict = updraft_model::VerdictLevel::Unknown;
        case.score = 0;
        case.explanation = String::new();
        case.observables = wish.observables;
        let run = self.run.id;
        let entry = TimelineEntry {
            at,
            kind: "opened".into(),
            actor: updraft_model::Actor::Run {
                id: run,
                playbook: self.run.playbook.clone(),
            },
            text: opened_by(&wish.description, parent.number),
            data: json!({ "parent": parent.id, "run": run }),
        };
        let text = format!("Case opened: {}", case.title);
        self.tx.ops.push(Op::InsertCase(Box::new(case.clone())));
        self.tx.ops.push(Op::Timeline { case: id, entry });
        let fired = self.started_with(&case, start, at)?;
        self.take_on(fired)?;
        self.timeline("opened", text, json!({ "case": id, "run": run }), at);
        Ok(Ok(json!({ "id": id, "number": null, "created": true })))
    }

    /// The playbook that a new case is to start, and its inputs, sealed where they have to be.
    fn to_start(&self, playbook: Option<String>, inputs: Value) -> Done<Option<(String, Value)>> {
        let wrong = |text: String| StepError::new("invalid_input", text);
        let Some(playbook) = playbook else {
            return Ok(None);
        };
        let tenant = self.run.tenant;
        let plan = self.app.live_plan(tenant, &playbook).ok_or_else(|| {
            wrong(format!(
                "there is no playbook `{playbook}` to start on the case"
            ))
        })?;
        let sealed = self.app.seal_inputs(tenant, plan.inputs(), inputs);
        let inputs = sealed.map_err(|error| wrong(error.to_string()))?;
        Ok(Some((playbook, inputs)))
    }

    /// The runs of a case that was just opened: of the playbook that was asked for, and of those that wait for its type.
    fn started_with(
        &self,
        case: &Case,
        start: Option<(String, Value)>,
        at: Timestamp,
    ) -> Result<Fired> {
        let tenant = self.run.tenant;
        let happened = Happened {
            tenant,
            what: What::Opened,
            case,
            alert: None,
            inside: Some(&self.run),
            at,
        };
        let already: Vec<&str> = start
            .iter()
            .map(|(playbook, _)| playbook.as_str())
            .collect();
        let mut fired = self.app.fire(&happened, &already)?;
        let Some((playbook, inputs)) = start else {
            return Ok(fired);
        };
        let mut decision = Decision {
            at,
            playbook,
            kind: "run".into(),
            trigger: "case.open".into(),
            alert: None,
            case: Some(case.id),
            run: None,
            outcome: DecisionOutcome::Limit,
            reason: format!(
                "{CHAIN_MAX} runs have led to one another already; the chain ends here"
            ),
            read: Vec::new(),
            more: 0,
        };
        // Playbooks that start each other for ever come to their end here; the case is there for a person.
        if happened.depth() <= CHAIN_MAX {
            let mut run = self
                .app
                .new_run(tenant, case, &decision.playbook, None, at)?;
            run.cause = Some(Box::new(happened.cause("run", inputs)));
            decision.run = Some(run.id);
            decision.outcome = DecisionOutcome::Started;
            decision.reason = format!("asked for by the playbook {}", self.run.playbook);
            fired.ops.push(Op::InsertRun(Box::new(run.clone())));
            fired.runs.push(run);
        }
        fired.ops.extend(self.app.decided(tenant, decision));
        Ok(fired)
    }

    /// Changes the severity or the owner of the run's case.
    pub(super) async fn host_update(&mut self, input: &Value, at: Timestamp) -> Result<Done> {
        let severity = match input["severity"].as_str() {
            None => None,
            Some(word) => match Severity::from_word(word) {
                Some(severity) => Some(severity),
                None => {
                    let text = format!("`{}` is no severity", cut(word));
                    return Ok(Err(StepError::new("invalid_input", text)));
                }
            },
        };
        let owner = input["owner"].as_str().map(cut);
        let case = self.case().await?;
        let mut said = Vec::new();
        if let Some(severity) = severity.filter(|severity| *severity != case.severity) {
            said.push(format!(
                "Severity {} instead of {}",
                severity, case.severity
            ));
            case.severity = severity;
        }
        if let Some(owner) = owner.filter(|owner| case.owner.as_deref() != Some(owner.as_str())) {
            said.push(format!("Owner {owner}"));
            case.owner = Some(owner).filter(|owner| !owner.is_empty());
        }
        if !said.is_empty() {
            case.updated_at = at;
            let run = self.run.id;
            self.timeline("updated", said.join("; "), json!({ "run": run }), at);
        }
        Ok(Ok(Value::Null))
    }
}

/// What `case.open` is to open.
struct Wish {
    key: String,
    kind: String,
    title: String,
    description: String,
    severity: Option<Severity>,
    observables: Vec<Observable>,
    playbook: Option<String>,
    inputs: Value,
}

impl Wish {
    fn read(input: &Value) -> Done<Wish> {
        let wrong = |text: String| StepError::new("invalid_input", text);
        let word = |name: &str| {
            let text = input[name].as_str().map(cut).unwrap_or_default();
            match text.trim() {
                "" => Err(wrong(format!("a case needs `{name}`"))),
                text => Ok(text.to_owned()),
            }
        };
        let severity = match input["severity"].as_str() {
            None => None,
            Some(word) => Some(
                Severity::from_word(word)
                    .ok_or_else(|| wrong(format!("`{}` is no severity", cut(word))))?,
            ),
        };
        let observable = |item: &Value| {
            let item = json!({ "type": item["type"], "value": item["value"], "excluded": null });
            serde_json::from_value::<Observable>(item)
                .map_err(|error| wrong(format!("this is no observable: {error}")))
        };
        let observables = input["observables"].as_array();
        let observables = observables.into_iter().flatten().take(OBSERVABLES_MAX);
        Ok(Wish {
            key: format!("{KEY_PREFIX}{}", word("key")?),
            kind: word("type")?,
            title: word("title")?,
            description: text_of(&input["description"]),
            severity,
            observables: observables.map(observable).collect::<Done<_>>()?,
            playbook: input["playbook"]
                .as_str()
                .map(cut)
                .filter(|id| !id.is_empty()),
            inputs: input["inputs"].clone(),
        })
    }
}

fn opened_by(description: &str, parent: u64) -> String {
    match description {
        "" => format!("Opened from case #{parent}"),
        text => text.to_owned(),
    }
}

fn cut(text: &str) -> String {
    text.chars().take(WORDS_CHARS_MAX).collect()
}
