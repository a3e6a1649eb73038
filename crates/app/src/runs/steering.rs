//! Steering a run: pause, resume, step, run to, skip, retry, roll back, cancel, add a step, signal.
//!
//! A wish is checked against the run as it stands (its journal folded, and what waits in its mailbox on top), then it
//! is durable in the run's mailbox with its audit entry, and the run takes it in at once.

use serde_json::{Value, json};
use updraft_engine::{
    ControlOp, Input, Machine,
    limits::{ID_CHARS_MAX, MESSAGE_CHARS_MAX},
};
use updraft_model::{Granted, Run, RunId, Severity, TimelineEntry, Timestamp};
use updraft_store::{Conflict, Op, Tx};

use super::{mailbox, mailbox::Letter};
use crate::{App, Error, clock, error::Result, sources::audit};

/// Approximate bytes of a signal's payload.
const PAYLOAD_BYTES_MAX: usize = 64 << 10;

fn over() -> Error {
    Error::invalid(
        "run.over",
        "this run is over already",
        "a run that is over can be done again from one of its steps, or rolled back",
    )
}

impl App {
    /// Stops a run. What it has in flight is abandoned; what it did stays done, and can be taken back. The wish is
    /// durable when this returns, and the run ends at once.
    ///
    /// # Errors
    /// [`Error::NotFound`], or [`Error::Invalid`] when it is over.
    pub async fn cancel_run(&self, granted: &Granted, id: RunId, reason: &str) -> Result<()> {
        let run = self.open_run(granted, id).await?;
        if reason.chars().count() > MESSAGE_CHARS_MAX {
            return Err(too_long("the reason"));
        }
        let input = Input::Cancel {
            by: granted.actor().clone(),
            reason: reason.to_owned(),
            at: clock::now(),
        };
        let detail = json!({ "reason": reason });
        self.want(granted, &run, &input, ("run.cancel", detail), Vec::new())
            .await?;
        // It need not wait for the earlier runs of its case to be ended.
        self.0.scheduler.out_of_turn(id, run.case);
        Ok(())
    }

    /// Steers a run.
    ///
    /// # Errors
    /// [`Error::NotFound`]; [`Error::Invalid`] when the run is over, or when it cannot be done to it as it stands.
    pub async fn control_run(&self, granted: &Granted, id: RunId, op: ControlOp) -> Result<()> {
        let run = self.open_run(granted, id).await?;
        let _turn = self.0.wish_locks.lock(&id).await;
        let machine = self.as_it_stands(granted, &run).await?;
        let input = Input::Control {
            op: op.clone(),
            by: granted.actor().clone(),
            at: clock::now(),
        };
        if !machine.fits(&input) {
            return Err(does_not_fit(&machine, &op));
        }
        let action = match &op {
            ControlOp::Pause => "run.pause",
            ControlOp::Resume => "run.resume",
            ControlOp::Step => "run.step",
            ControlOp::RunTo { .. } => "run.run_to",
            ControlOp::Skip { .. } => "run.skip",
            ControlOp::Retry { .. } => "run.retry",
            ControlOp::Rollback => "run.rollback",
        };
        let detail = serde_json::to_value(&op).unwrap_or_default();
        self.want(granted, &run, &input, (action, detail), Vec::new())
            .await
    }

    /// Tells one run that something happened.
    ///
    /// # Errors
    /// [`Error::NotFound`]; [`Error::Invalid`] when it is over, or for a name or payload that is none.
    pub async fn signal_run(
        &self,
        granted: &Granted,
        id: RunId,
        name: &str,
        payload: Value,
    ) -> Result<()> {
        let run = self.open_run(granted, id).await?;
        let signal = signal(name, payload)?;
        let detail = json!({ "name": name, "run": id });
        let line = signalled(granted, name, detail.clone());
        let case = run.case;
        let lines = vec![Op::Timeline { case, entry: line }];
        self.want(granted, &run, &signal, ("run.signal", detail), lines)
            .await
    }

    /// Tells every run of a case that is not over that something happened; answers which.
    ///
    /// # Errors
    /// [`Error::NotFound`]; [`Error::Invalid`] for a name or payload that is none.
    pub async fn signal_case(
        &self,
        granted: &Granted,
        id_or_number: &str,
        name: &str,
        payload: Value,
    ) -> Result<Vec<RunId>> {
        let case = self.case(granted, id_or_number).await?.id;
        let signal = signal(name, payload)?;
        let detail = json!({ "name": name });
        let now = clock::now();
        let tx = Tx::new(granted.tenant())
            .priority(Severity::High)
            .with(Op::TellCase {
                case,
                except: None,
                wish: mailbox::wish(&signal)?,
            })
            .with(Op::Timeline {
                case,
                entry: signalled(granted, name, detail.clone()),
            })
            .with(audit(
                granted,
                "case.signal",
                &case.to_string(),
                detail,
                now,
            ));
        let committed = self.0.store.commit(tx).await?;
        self.ring_others(&committed, None);
        Ok(committed.told)
    }

    /// A run that is not over.
    pub(crate) async fn open_run(&self, granted: &Granted, id: RunId) -> Result<Run> {
        let run = self.0.store.run(granted, id).await?;
        let run = run.ok_or_else(|| Error::not_found("run", id))?;
        match run.state.is_over() {
            true => Err(over()),
            false => Ok(run),
        }
    }

    /// The run with everything that it has recorded and that waits in its mailbox.
    pub(crate) async fn as_it_stands(&self, granted: &Granted, run: &Run) -> Result<Machine> {
        let mut machine = self.folded(granted, run, false).await?;
        for wish in self.0.store.wishes(granted, run.id).await? {
            if let Ok(Letter::Input(input)) = Letter::read(&wish.body) {
                machine.handle(&input);
            }
        }
        Ok(machine)
    }

    /// Puts a wish into a run's mailbox, with its audit entry, and rings.
    pub(crate) async fn want(
        &self,
        granted: &Granted,
        run: &Run,
        input: &Input,
        (action, detail): (&str, Value),
        more: Vec<Op>,
    ) -> Result<()> {
        let now = input.at();
        let wish = mailbox::wish(input)?;
        let mut tx = Tx::new(granted.tenant()).priority(Severity::High);
        tx.ops.push(Op::Want { run: run.id, wish });
        tx.ops.extend(more);
        tx.ops
            .push(audit(granted, action, &run.id.to_string(), detail, now));
        match self.0.store.commit(tx).await {
            Ok(_) => {}
            Err(updraft_store::Error::Conflict(Conflict::Missing { .. })) => {
                // It came to its end meanwhile, or it has more to read than it may have.
                self.open_run(granted, run.id).await?;
                return Err(Error::Busy { retry_after_s: 5 });
            }
            Err(error) => {
                // It may be durable all the same.
                self.ring(run.id);
                return Err(error.into());
            }
        }
        self.ring(run.id);
        let ended = self.0.store.run(granted, run.id).await?;
        if ended.is_none_or(|run| run.state.is_over()) {
            self.0.mailbox.forget(run.id, run.case);
        }
        Ok(())
    }
}

fn too_long(what: &str) -> Error {
    Error::invalid(
        "run.too_long",
        format!("{what} is longer than {MESSAGE_CHARS_MAX} characters"),
        "say it shorter; a comment on the case has room for more",
    )
}

/// Why a run cannot be steered like this, and what can be done.
fn does_not_fit(machine: &Machine, op: &ControlOp) -> Error {
    if machine.outcome().is_some() {
        return over();
    }
    let refused = |message: String, hint: String| Error::invalid("run.control", message, hint);
    let held = || match machine.held_steps() {
        steps if steps.is_empty() => "no step waits to begin".to_owned(),
        steps => format!("what waits to begin: {}", steps.join(", ")),
    };
    match op {
        ControlOp::Pause => {
            let by = machine.paused_by().unwrap_or("somebody");
            let text = format!("the run is paused already, by {by}");
            refused(text, "resume it, or take one step".into())
        }
        ControlOp::Resume => refused("the run is not paused".into(), String::new()),
        ControlOp::Step if machine.paused_by().is_none() => {
            refused("the run is not paused".into(), "pause it first".into())
        }
        ControlOp::Step => refused("no step waits to begin".into(), machine.waiting_for()),
        ControlOp::RunTo { .. } => refused(
            "this is no path of a step".into(),
            "as in the run: `lookups[3]/ask`; without `[3]` it means every round".into(),
        ),
        ControlOp::Skip { reason, .. } if reason.trim().is_empty() => refused(
            "a step is skipped for a reason".into(),
            "say why; the record and the case's timeline show it".into(),
        ),
        ControlOp::Skip { reason, .. } if reason.chars().count() > MESSAGE_CHARS_MAX => {
            too_long("the reason")
        }
        ControlOp::Skip { path, .. } => refused(
            format!("the step `{path}` is neither under way nor next"),
            held(),
        ),
        ControlOp::Retry { path } => refused(
            format!("the step `{path}` has no call that could be made again"),
            "a call can be made again while it is under way or waits to be repeated; a run that \
             is over can be done again from a step"
                .into(),
        ),
        ControlOp::Rollback => refused(
            "there is nothing to take back, or it is being taken back already".into(),
            "only steps with an `undo` block that succeeded can be taken back".into(),
        ),
    }
}

/// A signal, checked.
fn signal(name: &str, mut payload: Value) -> Result<Input> {
    crate::sealing::disarm(&mut payload);
    let sound = |c: char| !c.is_whitespace() && !c.is_control();
    if name.is_empty() || name.len() > ID_CHARS_MAX || !name.chars().all(sound) {
        return Err(Error::invalid(
            "signal.name",
            format!(
                "`{}` is no name for a signal",
                name.chars().take(80).collect::<String>()
            ),
            format!("1 to {ID_CHARS_MAX} characters without spaces"),
        ));
    }
    if payload.to_string().len() > PAYLOAD_BYTES_MAX {
        return Err(Error::invalid(
            "signal.too_large",
            "the payload of the signal is too large",
            format!("at most {PAYLOAD_BYTES_MAX} bytes"),
        ));
    }
    Ok(Input::Signal {
        name: name.to_owned(),
        payload,
        at: clock::now(),
    })
}

fn signalled(granted: &Granted, name: &str, data: Value) -> TimelineEntry {
    let at: Timestamp = clock::now();
    TimelineEntry {
        at,
        kind: "signal".into(),
        actor: granted.actor().clone(),
        text: format!("Signal `{name}`"),
        data,
    }
}
