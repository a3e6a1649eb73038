//! What a run asks of people and says to others: tasks, reminders, events.

use serde_json::{Value, json};
use updraft_engine::{AskKind, Input, StepKey};
use updraft_model::{Task, TaskChange, TaskId, TaskKind, TaskState, Timestamp};
use updraft_store::Op;

use super::{Actor, hear::title_of};
use crate::{clock, error::Result, new_id, runs::mailbox};

impl Actor {
    /// Opens the task of a step.
    pub(super) fn ask_people(
        &mut self,
        key: &StepKey,
        kind: AskKind,
        request: &Value,
        deadline: Option<Timestamp>,
    ) {
        let now = clock::now();
        let title = title_of(request, key);
        let why = request.get("why").and_then(Value::as_str);
        let task = Task {
            id: new_id!(TaskId),
            tenant: self.run.tenant,
            run: self.run.id,
            path: key.path.clone(),
            attempt: key.attempt,
            case: self.run.case,
            playbook: self.run.playbook.clone(),
            kind: match kind {
                AskKind::Manual => TaskKind::Manual,
                AskKind::Ask => TaskKind::Ask,
                AskKind::Approve => TaskKind::Approve,
            },
            title: title.clone(),
            why: why.unwrap_or_default().to_owned(),
            request: request.clone(),
            roles: whom(request),
            state: TaskState::Open,
            asked_at: now,
            deadline,
            reminded: 0,
            answered: Vec::new(),
            closed_at: None,
        };
        let data = json!({ "run": self.run.id, "task": task.id, "step": key.path });
        self.tx.ops.push(Op::OpenTask(Box::new(task)));
        self.tasks_changed = true;
        self.timeline("asked", format!("Waits for people: {title}"), data, now);
    }

    /// A moment to remind of a question has come.
    pub(super) fn remind_people(&mut self, key: &StepKey, number: u32) {
        self.change_task(key, TaskChange::Reminded { number });
        let title = match self.machine.question(key) {
            Some((_, request)) => title_of(&request, key),
            None => key.path.clone(),
        };
        let data = json!({ "run": self.run.id, "step": key.path, "number": number });
        let text = format!("Reminder {number}: {title}");
        self.timeline("reminder", text, data, clock::now());
    }

    /// Nobody waits for this any more: a call that is under way, or a question.
    pub(super) fn abandon(&mut self, key: &StepKey) {
        if let Some(abort) = self.aborts.remove(key) {
            abort.abort();
        }
        self.writes.retain(|order| order.key != *key);
        self.intended.retain(|order| order.key != *key);
        let step = key.path.rsplit('/').next().unwrap_or_default();
        if step.contains('@') {
            return;
        }
        let state = match self.expired.remove(&key.path) {
            true => TaskState::Expired,
            false => TaskState::Withdrawn,
        };
        let at = clock::now();
        self.change_task(key, TaskChange::Closed { state, at });
    }

    /// Tells the other runs of the case, in the transaction of what led to it.
    pub(super) fn emit(&mut self, event: String, payload: &Value) -> Result<()> {
        let at = clock::now();
        let data = json!({ "run": self.run.id, "payload": payload });
        self.timeline("event", event.clone(), data, at);
        let signal = Input::Signal {
            name: event,
            payload: payload.clone(),
            at,
        };
        self.tx.ops.push(Op::TellCase {
            case: self.run.case,
            except: Some(self.run.id),
            wish: mailbox::wish(&signal)?,
        });
        Ok(())
    }
}

/// The roles or people that a question is for.
fn whom(request: &Value) -> Vec<String> {
    let roles = request.get("roles").and_then(Value::as_array);
    let texts = roles.into_iter().flatten().filter_map(Value::as_str);
    let assignee = request.get("assignee").and_then(Value::as_str);
    let named = texts.chain(assignee).map(str::trim);
    named
        .filter(|name| !name.is_empty())
        .map(str::to_owned)
        .collect()
}
