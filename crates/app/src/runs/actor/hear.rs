//! What a run hears while it works: the wishes of people, the news of other runs and of its case.
//!
//! A wish is taken in with the transaction that writes it into the journal, so it counts once, whatever crashes. What
//! does not fit any more when its turn comes is not journaled; the case's timeline says that it came too late.

use serde_json::{Value, json};
use updraft_engine::{AskKind, ControlOp, Effect, Input, StepKey};
use updraft_model::{Actor as Who, TaskAnswer, TaskChange, Timestamp};
use updraft_store::Op;

use super::Actor;
use crate::{clock, error::Result, events::Change, runs::mailbox::Letter};

impl Actor {
    /// Takes in what is wanted of the run, if anything is.
    pub(super) async fn hear(&mut self) -> Result<()> {
        if !self.app.0.mailbox.read(self.run.id) {
            return Ok(());
        }
        let wishes = self.app.wishes_of(self.run.tenant, self.run.id).await?;
        for wish in wishes {
            if self.machine.outcome().is_some() {
                break;
            }
            // Its transaction may still be on the way to the disk.
            if !self.heard.insert(wish.id) {
                continue;
            }
            let id = wish.id;
            self.tx.ops.push(Op::TakeWish {
                run: self.run.id,
                id,
            });
            match Letter::read(&wish.body) {
                Ok(Letter::Input(input)) => self.take_in(*input)?,
                Ok(Letter::Look) => self.look_again().await?,
                Err(error) => {
                    tracing::error!(run.id = %self.run.id, wish.id = %id, error = %error, "A wish to a run was dropped");
                }
            }
        }
        self.drop_stale();
        Ok(())
    }

    fn take_in(&mut self, mut input: Input) -> Result<()> {
        let now = clock::now();
        restamp(&mut input, now);
        if !self.machine.fits(&input) {
            self.came_too_late(&input, now);
            return Ok(());
        }
        let asked = match &input {
            Input::Answered { key, .. } => self.machine.question(key),
            _ => None,
        };
        self.feed(input.clone())?;
        match &input {
            Input::Answered {
                key, by, answer, ..
            } => {
                self.took_part();
                self.answered(asked, key, (by, answer), now);
            }
            Input::Control { op, by, .. } => {
                self.took_part();
                let text = steered(op);
                let data = json!({ "run": self.run.id, "control": op });
                self.timeline_of(by.clone(), "steered", text, data, now);
            }
            Input::AdHoc { step, by, .. } => {
                self.took_part();
                let id = step.get("id").and_then(Value::as_str).unwrap_or("?");
                let text = format!("Step `{id}` added to the run");
                let data = json!({ "run": self.run.id, "step": id });
                self.timeline_of(by.clone(), "step_added", text, data, now);
            }
            Input::Cancel { .. } => self.took_part(),
            // What is emitted or signalled is on the timeline since it was said.
            _ => {}
        }
        Ok(())
    }

    /// Somebody changed the run's course.
    fn took_part(&mut self) {
        self.run.people = self.run.people.saturating_add(1);
        self.head_changed = true;
    }

    fn answered(
        &mut self,
        asked: Option<(AskKind, std::sync::Arc<Value>)>,
        key: &StepKey,
        (by, answer): (&Who, &Value),
        at: Timestamp,
    ) {
        let closes = self.machine.question(key).is_none();
        // The journal keeps what is sealed; the task shows that it is there.
        let mut answer = answer.clone();
        crate::sealing::without_boxes(&mut answer);
        self.change_task(
            key,
            TaskChange::Answered {
                answer: TaskAnswer {
                    by: by.clone(),
                    at,
                    answer: answer.clone(),
                },
                closes,
            },
        );
        let title = asked.map_or_else(|| key.path.clone(), |(_, request)| title_of(&request, key));
        let said = match (answer.get("approved"), answer.get("skipped")) {
            (Some(Value::Bool(true)), _) => "approved".to_owned(),
            (Some(_), _) => "denied".to_owned(),
            (None, Some(Value::String(why))) if why.is_empty() => "skipped".to_owned(),
            (None, Some(Value::String(why))) => format!("skipped ({why})"),
            (None, _) => "answered".to_owned(),
        };
        let data = json!({ "run": self.run.id, "step": key.path });
        self.timeline_of(by.clone(), "answered", format!("{title}: {said}"), data, at);
    }

    pub(super) fn change_task(&mut self, key: &StepKey, change: TaskChange) {
        self.tx.ops.push(Op::ChangeTask {
            run: self.run.id,
            path: key.path.clone(),
            attempt: key.attempt,
            change,
        });
        self.tasks_changed = true;
    }

    pub(super) fn tell_of_tasks(&mut self) {
        if std::mem::take(&mut self.tasks_changed) {
            let change = Change::Task {
                run: self.run.id,
                case: self.run.case,
            };
            self.app.0.events.tell(self.run.tenant, change);
        }
    }

    fn came_too_late(&mut self, input: &Input, at: Timestamp) {
        let (by, what) = match input {
            Input::Answered { key, by, .. } => {
                (by.clone(), format!("the answer to `{}`", key.path))
            }
            Input::Control { op, by, .. } => (by.clone(), format!("“{}”", steered(op))),
            Input::AdHoc { by, .. } => (by.clone(), "the added step".to_owned()),
            _ => return,
        };
        let text = format!("Too late: the run had gone on before {what}");
        let data = json!({ "run": self.run.id });
        self.timeline_of(by, "steering_refused", text, data, at);
    }

    /// Tells the machine of the case as it is now, if it wants to know.
    pub(super) async fn look_again(&mut self) -> Result<()> {
        if !self.machine.watches_case() {
            return Ok(());
        }
        let case = self.open_case().await?.case.clone();
        let context = self.app.watched_context(&self.run, &case).await?;
        let at = clock::now();
        self.feed(Input::CaseChanged { context, at })
    }

    /// What was asked for before a person intervened is not performed if nobody waits for it any more.
    fn drop_stale(&mut self) {
        let owed = self.machine.pending();
        let owed: Vec<&StepKey> = owed.iter().filter_map(key_of_request).collect();
        self.effects
            .retain(|effect| key_of_request(effect).is_none_or(|key| owed.contains(&key)));
    }
}

/// The step for which an effect wants an answer.
fn key_of_request(effect: &Effect) -> Option<&StepKey> {
    match effect {
        Effect::Resolve { key, .. }
        | Effect::Invoke { key, .. }
        | Effect::Host { key, .. }
        | Effect::Resume { key, .. }
        | Effect::Ask { key, .. }
        | Effect::Watch { key } => Some(key),
        Effect::Remind { .. }
        | Effect::Emit { .. }
        | Effect::Abandon { .. }
        | Effect::Finished { .. } => None,
    }
}

/// What a question is about, in a few words.
pub(super) fn title_of(request: &Value, key: &StepKey) -> String {
    let text = |name: &str| {
        request
            .get(name)
            .and_then(Value::as_str)
            .unwrap_or_default()
    };
    let found = ["title", "subject", "question"].into_iter().map(text);
    let title = found.into_iter().find(|text| !text.is_empty());
    let id = key.path.rsplit('/').next().unwrap_or(&key.path);
    title.unwrap_or(id).to_owned()
}

/// A journal's times never go back.
fn restamp(input: &mut Input, now: Timestamp) {
    match input {
        Input::Cancel { at, .. }
        | Input::Control { at, .. }
        | Input::AdHoc { at, .. }
        | Input::Signal { at, .. }
        | Input::Answered { at, .. } => *at = now,
        Input::Started { .. }
        | Input::Resolved { .. }
        | Input::Begun { .. }
        | Input::Progress { .. }
        | Input::Done { .. }
        | Input::Timer { .. }
        | Input::CaseChanged { .. } => {}
    }
}

/// What somebody did to a run, in words.
fn steered(op: &ControlOp) -> String {
    match op {
        ControlOp::Pause => "Run paused".into(),
        ControlOp::Resume => "Run resumed".into(),
        ControlOp::Step => "One step of the paused run".into(),
        ControlOp::RunTo { path } => format!("Run up to `{path}`"),
        ControlOp::Skip { path, reason } => format!("Step `{path}` skipped: {reason}"),
        ControlOp::Retry { path } => format!("Step `{path}` tried again"),
        ControlOp::Rollback => "Rollback of the run".into(),
    }
}
