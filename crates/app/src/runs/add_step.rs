//! A step that somebody adds to a run under way, within what the tenant's policy allows.
//!
//! What a step may do outside is the sum of what its actions do: the effect class of a connector's action, of every
//! action behind a capability, of the playbook's own actions. An analyst may look up and notify; whoever leads may
//! write as well. The tenant's policy (`ad_hoc` in the setting `playbooks.policy`) says what is allowed at all.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use updraft_engine::{HOST_NOUNS, Input, Outline, OutlineStep, Plan};
use updraft_model::{Granted, Problem, Role, RunId};

use crate::{App, Error, clock, error::Result, tasks::leads};

/// The setting that holds the tenant's policy for playbooks.
const POLICY: &str = "playbooks.policy";
/// What may be added where the tenant has said nothing.
const ALLOWED_BY_DEFAULT: [&str; 3] = ["read", "notify", "write"];
/// What analysts may add, of what is allowed.
const FOR_ANALYSTS: [&str; 2] = ["read", "notify"];
/// Longest note to an added step, characters.
const NOTE_CHARS_MAX: usize = 2_000;
/// Problems that an error names.
const PROBLEMS_NAMED_MAX: usize = 3;

impl App {
    /// Adds a step to a run. It begins at once, beside what is under way, and is marked with who added it.
    ///
    /// # Errors
    /// [`Error::NotFound`]; [`Error::Invalid`] when the run is over or the step cannot be read; [`Error::Forbidden`]
    /// when it would do more than the policy allows.
    pub async fn add_step(
        &self,
        granted: &Granted,
        role: Role,
        id: RunId,
        step: Value,
        note: &str,
    ) -> Result<()> {
        let run = self.open_run(granted, id).await?;
        if note.chars().count() > NOTE_CHARS_MAX {
            return Err(Error::invalid(
                "step.note",
                format!("the note is longer than {NOTE_CHARS_MAX} characters"),
                "comment on the case instead",
            ));
        }
        let _turn = self.0.wish_locks.lock(&id).await;
        let machine = self.as_it_stands(granted, &run).await?;
        machine.check_ad_hoc(&step).map_err(|found| wrong(&found))?;
        let effects = self.effects_of(granted, &step)?;
        let allowed = self.allowed_ad_hoc(granted, role).await?;
        let beyond: Vec<&str> = effects
            .iter()
            .map(String::as_str)
            .filter(|effect| !allowed.contains(*effect))
            .collect();
        if !beyond.is_empty() {
            let may: Vec<&str> = allowed.iter().map(String::as_str).collect();
            return Err(Error::Forbidden {
                message: format!("a step that you add may not do this: {}", beyond.join(", ")),
                hint: format!(
                    "allowed: {}. Ask somebody who leads, or change `ad_hoc` in the policy for playbooks",
                    may.join(", ")
                ),
            });
        }
        let input = Input::AdHoc {
            step: step.clone(),
            by: granted.actor().clone(),
            at: clock::now(),
        };
        let detail = json!({ "step": step, "note": note, "effects": effects });
        self.want(granted, &run, &input, ("run.add_step", detail), Vec::new())
            .await
    }

    async fn allowed_ad_hoc(&self, granted: &Granted, role: Role) -> Result<BTreeSet<String>> {
        let policy = self.store().setting(granted, POLICY).await?;
        let listed = policy
            .as_ref()
            .and_then(|policy| policy["ad_hoc"].as_array());
        let allowed: BTreeSet<String> = match listed {
            Some(list) => list
                .iter()
                .filter_map(Value::as_str)
                .map(str::to_owned)
                .collect(),
            None => ALLOWED_BY_DEFAULT.map(str::to_owned).into(),
        };
        Ok(match leads(role) {
            true => allowed,
            false => allowed
                .into_iter()
                .filter(|effect| FOR_ANALYSTS.contains(&effect.as_str()))
                .collect(),
        })
    }

    /// The effect classes of a step and of everything inside it.
    fn effects_of(&self, granted: &Granted, step: &Value) -> Result<BTreeSet<String>> {
        let document = json!({ "format": 1, "id": "added", "steps": [step] });
        let (plan, found) = Plan::from_value(&document);
        let plan = plan.ok_or_else(|| wrong(&found))?;
        let mut effects = BTreeSet::new();
        self.gather(granted, &plan.outline(), &mut effects, &mut BTreeSet::new())?;
        Ok(effects)
    }

    fn gather(
        &self,
        granted: &Granted,
        outline: &Outline,
        effects: &mut BTreeSet<String>,
        called: &mut BTreeSet<String>,
    ) -> Result<()> {
        let mut open: Vec<&OutlineStep> = outline.steps.iter().collect();
        while let Some(step) = open.pop() {
            open.extend(step.children.iter().flat_map(|branch| &branch.steps));
            match step.kind.as_str() {
                "action" | "capability" => effects.extend(self.effects_of_request(step)?),
                "manual" | "ask" | "approve" => drop(effects.insert("notify".into())),
                "call" if called.insert(step.subject.clone()) => {
                    let picture = self.catalog().now();
                    let playbook = picture.published(granted.tenant(), &step.subject);
                    let playbook = playbook
                        .ok_or_else(|| Error::not_found("playbook", step.subject.clone()))?;
                    self.gather(granted, &playbook.plans.main.outline(), effects, called)?;
                }
                // They move nothing outside.
                _ => drop(effects.insert("read".into())),
            }
        }
        Ok(())
    }

    fn effects_of_request(&self, step: &OutlineStep) -> Result<Vec<String>> {
        let name = step.subject.as_str();
        let picture = self.catalog().now();
        let library = picture.library();
        if step.kind == "capability" {
            let providing = library.providing(name);
            let effects = providing.iter().filter_map(|(connector, action)| {
                Some(connector.action(action)?.effect.as_str().to_owned())
            });
            return Ok(effects.collect());
        }
        let unknown = || {
            Error::invalid(
                "step.action",
                format!(
                    "what the added step `{}` does is not known: `{name}`",
                    step.id
                ),
                "write the action out, as connector.action",
            )
        };
        let (noun, action) = name.split_once('.').ok_or_else(unknown)?;
        if HOST_NOUNS.contains(&noun) {
            // A comment and a report change nothing that anybody relies on.
            let mild = matches!(name, "case.comment" | "report.build");
            return Ok(vec![if mild { "notify" } else { "write" }.to_owned()]);
        }
        let connector = library.connectors.get(noun).ok_or_else(unknown)?;
        let action = connector.action(action).ok_or_else(unknown)?;
        Ok(vec![action.effect.as_str().to_owned()])
    }
}

fn wrong(found: &[Problem]) -> Error {
    let named = found.iter().take(PROBLEMS_NAMED_MAX);
    let texts: Vec<String> = named
        .map(|problem| match problem.pointer.as_str() {
            "" => problem.message.clone(),
            place => format!("{place}: {}", problem.message),
        })
        .collect();
    let hints = found.iter().map(|problem| problem.hint.as_str());
    let hint = hints.into_iter().find(|hint| !hint.is_empty());
    Error::invalid("step.invalid", texts.join("; "), hint.unwrap_or_default())
}
