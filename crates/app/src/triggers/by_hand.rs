//! Starting a playbook for a person or a program: on a case, or with a case of its own.

use serde_json::{Map, Value, json};
use updraft_engine::{InputSpec, Judgement, Plan, TriggerKind};
use updraft_model::{
    Case, CaseId, CaseType, Cause, Decision, DecisionOutcome, Granted, Run, Severity, TimelineEntry,
};
use updraft_store::{Op, Tx};

use super::{Happened, What};
use crate::{App, Error, clock, error::Result, events::Change, new_id, sources::audit};

/// The type of a case that is opened for a playbook that is for none.
const OWN_CASE_TYPE: &str = "Operations";
/// Characters of such a case's title.
const TITLE_CHARS_MAX: usize = 200;

/// What somebody wants started.
#[derive(Debug, Clone, Default)]
pub struct Start {
    /// On which case, by number or id; without one a case is opened for the run.
    pub case: Option<String>,
    /// Values of inputs, over those that the team gives.
    pub inputs: Map<String, Value>,
    /// The title of the case that is opened.
    pub title: String,
    /// The title of the button that was pressed, if one was.
    pub button: Option<String>,
    /// True when a program asks, or a person by way of one.
    pub by_program: bool,
}

/// A button of a case.
#[derive(Debug, Clone)]
pub struct Button {
    /// The playbook behind it.
    pub playbook: String,
    /// What it says.
    pub title: String,
    /// What the playbook takes.
    pub inputs: Vec<InputSpec>,
}

impl App {
    /// Starts a playbook. It is durable when this returns.
    ///
    /// # Errors
    /// [`Error::NotFound`] for a playbook that is not live or a case that is not there, [`Error::Invalid`] for inputs
    /// that it does not take, or a button that is not there for this case.
    pub async fn start_playbook(
        &self,
        granted: &Granted,
        id: &str,
        mut start: Start,
    ) -> Result<Run> {
        let plan = self
            .live_plan(granted.tenant(), id)
            .ok_or_else(|| Error::not_found("playbook", id))?;
        let given = Value::Object(std::mem::take(&mut start.inputs));
        if let Value::Object(sealed) = self.seal_inputs(granted.tenant(), plan.inputs(), given)? {
            start.inputs = sealed;
        }
        check_inputs(
            &plan,
            &start.inputs,
            &self.playbook_inputs(granted.tenant(), id),
        )?;
        let now = clock::now();
        let mut tx = Tx::new(granted.tenant()).priority(Severity::High);
        let existing = match &start.case {
            Some(case) => Some(self.case(granted, case).await?),
            None => None,
        };
        let trigger = trigger_of(&plan, &start, existing.as_ref(), self)?;
        let opened = existing.is_none();
        let case = match existing {
            Some(case) => case,
            None => {
                let case = own_case(granted, &plan, &start.title, now);
                tx.ops.push(Op::InsertCase(Box::new(case.clone())));
                case
            }
        };
        let mut run = self.new_run(granted.tenant(), &case, id, None, now)?;
        run.cause = Some(Box::new(Cause {
            trigger: trigger.to_owned(),
            by: Some(granted.actor().clone()),
            run: None,
            depth: 0,
            inputs: match start.inputs.is_empty() {
                true => Value::Null,
                false => Value::Object(start.inputs),
            },
        }));
        tx.ops.push(Op::InsertRun(Box::new(run.clone())));
        let text = format!("Playbook {id} started by {}", granted.actor().label());
        tx.ops.push(Op::Timeline {
            case: case.id,
            entry: TimelineEntry {
                at: now,
                kind: "run_requested".into(),
                actor: granted.actor().clone(),
                text,
                data: json!({ "run": run.id, "playbook": id }),
            },
        });
        let detail = json!({ "run": run.id, "case": case.id, "by": trigger });
        tx.ops
            .push(audit(granted, "playbook.start", id, detail, now));
        tx.ops.extend(self.decided(
            granted.tenant(),
            Decision {
                at: now,
                playbook: id.to_owned(),
                kind: trigger.to_owned(),
                trigger: start.button.clone().unwrap_or_else(|| trigger.to_owned()),
                alert: None,
                case: Some(case.id),
                run: Some(run.id),
                outcome: DecisionOutcome::Started,
                reason: format!("asked for by {}", granted.actor().label()),
                read: Vec::new(),
                more: 0,
            },
        ));
        self.pin_playbook(&mut tx, &run)?;
        let mut runs = vec![run.clone()];
        if opened {
            let happened = Happened {
                tenant: granted.tenant(),
                what: What::Opened,
                case: &case,
                alert: None,
                inside: None,
                at: now,
            };
            let fired = self.fire(&happened, &[id])?;
            runs.extend(fired.add_to(self, &mut tx)?);
        }
        self.0.store.commit(tx).await?;
        self.queue_runs(&runs);
        let change = Change::Case { id: case.id };
        self.0.events.tell(granted.tenant(), change);
        Ok(run)
    }

    /// The buttons that a case has now.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub async fn buttons_of_case(&self, granted: &Granted, case: &str) -> Result<Vec<Button>> {
        let case = self.case(granted, case).await?;
        let table = self.table_of(granted.tenant());
        if table.buttons().is_empty() {
            return Ok(Vec::new());
        }
        let scope = self.context_of(&case, None, &[]);
        let Value::Object(scope) = scope else {
            return Ok(Vec::new());
        };
        let shown = table
            .buttons()
            .iter()
            .filter(|button| button.trigger().judge(&scope) == Judgement::Holds);
        let buttons = shown.filter_map(|button| match button.trigger().kind() {
            TriggerKind::Button { title } => Some(Button {
                playbook: button.playbook().to_owned(),
                title: title.clone(),
                inputs: button.plan().inputs().to_vec(),
            }),
            _ => None,
        });
        Ok(buttons.collect())
    }
}

/// The word of the trigger by which this start comes; refuses one that may not be.
fn trigger_of(plan: &Plan, start: &Start, case: Option<&Case>, app: &App) -> Result<&'static str> {
    if let Some(title) = &start.button {
        let button = plan.triggers().iter().find(
            |trigger| matches!(trigger.kind(), TriggerKind::Button { title: known } if known == title),
        );
        let (Some(button), Some(case)) = (button, case) else {
            return Err(Error::invalid(
                "playbook.button",
                format!(
                    "the playbook `{}` has no button “{title}” for this",
                    plan.id()
                ),
                "a button stands on a case; see `GET /cases/{id}/buttons`",
            ));
        };
        let scope = app.context_of(case, None, &[]);
        let judged = scope.as_object().map(|scope| button.judge(scope));
        if judged != Some(Judgement::Holds) {
            return Err(Error::invalid(
                "playbook.button",
                format!("the button “{title}” is not there for this case"),
                button.condition().unwrap_or_default(),
            ));
        }
        return Ok("button");
    }
    let has_api = plan
        .triggers()
        .iter()
        .any(|trigger| matches!(trigger.kind(), TriggerKind::Api));
    Ok(match start.by_program && has_api {
        true => "api",
        false => "hand",
    })
}

fn check_inputs(plan: &Plan, given: &Map<String, Value>, team: &Value) -> Result<()> {
    let wrong = |text: String, hint: String| Err(Error::invalid("playbook.input", text, hint));
    let known = plan.inputs();
    for (name, value) in given {
        let Some(spec) = known.iter().find(|spec| spec.name == *name) else {
            let names: Vec<&str> = known.iter().map(|spec| spec.name.as_str()).collect();
            let shown: String = name.chars().take(80).collect();
            let text = format!("the playbook `{}` has no input `{shown}`", plan.id());
            return wrong(text, format!("it takes: {}", names.join(", ")));
        };
        if !value.is_null() && !spec.kind.fits(value) {
            let text = format!("`{name}` takes a value of the type {}", spec.kind.word());
            return wrong(text, spec.summary.clone());
        }
        if !value.is_null() && !spec.options.is_empty() && !spec.options.contains(value) {
            let options: Vec<String> = spec.options.iter().map(Value::to_string).collect();
            let text = format!("this is no value of `{name}`");
            return wrong(text, format!("use one of: {}", options.join(", ")));
        }
    }
    let has = |name: &String| {
        let own = given.get(name).filter(|value| !value.is_null());
        own.is_some() || team.get(name).is_some_and(|value| !value.is_null())
    };
    match known.iter().find(|spec| spec.required && !has(&spec.name)) {
        Some(spec) => wrong(
            format!(
                "the playbook `{}` needs the input `{}`",
                plan.id(),
                spec.name
            ),
            spec.summary.clone(),
        ),
        None => Ok(()),
    }
}

/// A case for a run that nobody gave one.
fn own_case(granted: &Granted, plan: &Plan, title: &str, now: updraft_model::Timestamp) -> Case {
    let kind = plan.case_types().first().cloned();
    let title = match title.trim() {
        "" => plan.title(),
        title => title,
    };
    updraft_cases::open_without_alert(
        new_id!(CaseId),
        granted.tenant(),
        CaseType(kind.unwrap_or_else(|| OWN_CASE_TYPE.into())),
        title.chars().take(TITLE_CHARS_MAX).collect(),
        now,
    )
}
