//! What runs ask of people: the inbox of tasks, and answering.

use std::{collections::BTreeMap, time::Duration};

use serde_json::{Map, Value, json};
use updraft_engine::{Input, StepKey, form_faults};
use updraft_model::{Actor, CaseId, Granted, Role, RunId, Task, TaskId, TaskKind, TaskState};
use updraft_store::{Page, TaskFilter, TaskPage};

use crate::{App, Error, clock, error::Result, events::Change};

/// How long an answer waits for the run to take it in before the caller hears that it will.
const TAKE_IN_WAIT: Duration = Duration::from_secs(1);
/// The word for whoever leads: engineers and administrators.
const LEAD: &str = "lead";

/// Which tasks are wanted.
#[derive(Debug, Clone, Default)]
pub struct TaskQuery {
    /// Only those that wait (`true`), or only those that do not.
    pub open: Option<bool>,
    /// Only of this kind.
    pub kind: Option<TaskKind>,
    /// Only of this case.
    pub case: Option<CaseId>,
    /// Only of this run.
    pub run: Option<RunId>,
    /// Only those that name the asker or the asker's role, or nobody.
    pub mine: bool,
}

/// A page of tasks and the numbers of their cases.
#[derive(Debug)]
pub struct TaskList {
    /// The page.
    pub page: TaskPage,
    /// The numbers that people say.
    pub case_numbers: BTreeMap<CaseId, u64>,
}

impl App {
    /// A page of tasks, the newest first.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub async fn task_list(
        &self,
        granted: &Granted,
        role: Role,
        query: TaskQuery,
        page: Page,
    ) -> Result<TaskList> {
        let mut for_whom = Vec::new();
        if query.mine {
            for_whom.extend([name_of(granted.actor()), role.as_str().to_owned()]);
            for_whom.extend(leads(role).then(|| LEAD.to_owned()));
        }
        let filter = TaskFilter {
            open: query.open,
            kind: query.kind,
            case: query.case,
            run: query.run,
            for_whom,
        };
        let page = self.0.store.tasks(granted, filter, page).await?;
        let cases = page.items.iter().map(|task| task.case).collect();
        let case_numbers = self.case_numbers(granted, cases).await?;
        Ok(TaskList { page, case_numbers })
    }

    /// One task.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub async fn task(&self, granted: &Granted, id: TaskId) -> Result<Task> {
        let task = self.0.store.task(granted, id).await?;
        task.ok_or_else(|| Error::not_found("task", id))
    }

    /// Answers a task. The answer is durable when this returns, and most often the run has gone on; the task is as it
    /// is then.
    ///
    /// # Errors
    /// [`Error::NotFound`]; [`Error::Conflict`] when it is not open any more; [`Error::Forbidden`] when it is for
    /// others; [`Error::Form`] with what is wrong with each field; [`Error::Invalid`] for any other answer that does
    /// not fit.
    pub async fn answer_task(
        &self,
        granted: &Granted,
        role: Role,
        id: TaskId,
        answer: Value,
    ) -> Result<Task> {
        let task = self.task(granted, id).await?;
        is_open(&task)?;
        may_answer(&task, granted.actor(), role)?;
        let answer = self.seal_answer(granted.tenant(), &task.request, answer)?;
        check_form(&task, &answer)?;
        let run = self.open_run(granted, task.run).await?;
        let mut changes = self.events().listen();
        {
            let _turn = self.0.wish_locks.lock(&task.run).await;
            let machine = self.as_it_stands(granted, &run).await?;
            let key = StepKey {
                path: task.path.clone(),
                attempt: task.attempt,
            };
            machine
                .check_answer(&key, granted.actor(), &answer)
                .map_err(|error| match error.code.as_str() {
                    "not_asked" => Error::Conflict(error.message),
                    _ => Error::invalid("task.answer", error.message, error.hint),
                })?;
            let input = Input::Answered {
                key,
                by: granted.actor().clone(),
                answer: answer.clone(),
                at: clock::now(),
            };
            let mut detail = json!({ "task": id, "step": task.path, "answer": answer, "to": task.request.get("to") });
            crate::sealing::without_boxes(&mut detail);
            self.want(granted, &run, &input, ("task.answer", detail), Vec::new())
                .await?;
        }
        let taken_in = async {
            while let Ok(event) = changes.recv().await {
                let of_run = matches!(event.change, Change::Task { run, .. } if run == task.run);
                if of_run && self.task(granted, id).await? != task {
                    break;
                }
            }
            Ok::<(), Error>(())
        };
        if let Ok(done) = tokio::time::timeout(TAKE_IN_WAIT, taken_in).await {
            done?;
        }
        self.task(granted, id).await
    }

    /// How many tasks wait for an answer. For the metrics.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub async fn open_tasks(&self) -> Result<u64> {
        Ok(self.0.store.open_tasks().await?)
    }
}

fn name_of(actor: &Actor) -> String {
    match actor {
        Actor::User { name, .. } => name.clone(),
        Actor::Source { .. } | Actor::Run { .. } | Actor::System { .. } => actor.label(),
    }
}

/// Until teams say more, engineers and administrators lead.
pub(crate) fn leads(role: Role) -> bool {
    matches!(role, Role::Engineer | Role::Admin)
}

fn is_open(task: &Task) -> Result<()> {
    let last = || {
        let last = task.answered.last();
        last.map_or_else(String::new, |last| {
            format!(" by {} at {}", last.by.label(), last.at)
        })
    };
    Err(Error::Conflict(match task.state {
        TaskState::Open => return Ok(()),
        TaskState::Answered => format!("the task was answered{}", last()),
        TaskState::Expired => "the deadline of the task has passed".into(),
        TaskState::Withdrawn => "the run needs no answer to this task any more".into(),
    }))
}

/// Whether this person may answer: an approval is for the roles and people that the playbook names, anything else for
/// everybody who may change cases.
fn may_answer(task: &Task, actor: &Actor, role: Role) -> Result<()> {
    if task.kind != TaskKind::Approve || task.roles.is_empty() || role == Role::Admin {
        return Ok(());
    }
    let name = name_of(actor).to_lowercase();
    let fits = |word: &String| {
        let word = word.trim().to_lowercase();
        word == name || word == role.as_str() || (word == LEAD && leads(role))
    };
    if task.roles.iter().any(fits) {
        return Ok(());
    }
    Err(Error::Forbidden {
        message: format!("this approval is for: {}", task.roles.join(", ")),
        hint: "ask one of them, or an administrator".into(),
    })
}

/// What is wrong with each field that was filled in.
fn check_form(task: &Task, answer: &Value) -> Result<()> {
    if task.kind == TaskKind::Approve || answer.get("skipped").is_some_and(|why| !why.is_null()) {
        return Ok(());
    }
    let none = Map::new();
    let values = match answer.get("values") {
        None | Some(Value::Null) => &none,
        Some(Value::Object(values)) => values,
        Some(_) => return Ok(()),
    };
    let faults = form_faults(&task.request, values);
    match faults.is_empty() {
        true => Ok(()),
        false => Err(Error::Form {
            message: match faults.as_slice() {
                [one] => one.message.clone(),
                more => format!("{} fields do not fit", more.len()),
            },
            faults,
        }),
    }
}

#[cfg(test)]
mod tests {
    use updraft_model::UserId;

    use super::*;

    fn approval(roles: &[&str]) -> Task {
        Task {
            id: TaskId::new(1, 1),
            tenant: updraft_model::TenantId::DEFAULT,
            run: RunId::new(1, 1),
            path: "gate".into(),
            attempt: 1,
            case: CaseId::new(1, 1),
            playbook: "p".into(),
            kind: TaskKind::Approve,
            title: "Isolate?".into(),
            why: String::new(),
            request: json!({}),
            roles: roles.iter().map(|role| (*role).to_owned()).collect(),
            state: TaskState::Open,
            asked_at: updraft_model::Timestamp::from_millis(0),
            deadline: None,
            reminded: 0,
            answered: Vec::new(),
            closed_at: None,
        }
    }

    #[test]
    fn an_approval_is_for_whom_the_playbook_names() {
        let ann = Actor::User {
            id: UserId::new(1, 1),
            name: "Ann".into(),
        };
        let may = |roles: &[&str], role| may_answer(&approval(roles), &ann, role).is_ok();
        assert!(may(&[], Role::Analyst));
        assert!(may(&["analyst"], Role::Analyst));
        assert!(may(&["lead", "ann"], Role::Analyst));
        assert!(may(&["Lead"], Role::Engineer));
        assert!(may(&["ciso"], Role::Admin));
        assert!(!may(&["lead"], Role::Analyst));
        assert!(!may(&["ciso"], Role::Engineer));
        assert!(!may(&["admin"], Role::Engineer));
    }
}
