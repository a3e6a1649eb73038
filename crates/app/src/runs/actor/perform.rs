//! What the engine asks for, performed: reads at once, writes only after they are intended on disk.

use futures_util::future::{AbortHandle, Abortable};
#[cfg(feature = "simulation")]
use updraft_engine::defects::{self, Defect};
use updraft_engine::{Effect, Input, StepKey, TimerKind};
use updraft_store::Op;

use super::{Actor, is_write};
use crate::{
    Error, clock,
    error::Result,
    runs::{
        Entry,
        invoke::{Came, Ledger, Order},
    },
};

impl Actor {
    /// Feeds all inputs, answers what can be answered here, commits, and only then sends writes.
    pub(super) async fn settle(&mut self) -> Result<()> {
        while !self.over {
            while let Some(input) = self.inputs.pop_front() {
                self.feed(input)?;
            }
            self.hear().await?;
            match self.effects.pop_front() {
                Some(effect) => self.perform(effect).await?,
                None if self.writes.is_empty() => break,
                None => self.intend_writes().await?,
            }
        }
        if self.over {
            // What a run that was stopped had not sent yet is not sent.
            self.writes.clear();
            self.intended.clear();
        }
        #[cfg(feature = "simulation")]
        if defects::has(Defect::SendBeforeIntent) {
            for order in std::mem::take(&mut self.intended) {
                self.launch(order);
            }
        }
        self.commit().await?;
        for order in std::mem::take(&mut self.intended) {
            self.launch(order);
        }
        Ok(())
    }

    pub(super) fn feed(&mut self, input: Input) -> Result<()> {
        if let Input::Timer { key, .. } = &input
            && key.kind == TimerKind::Timeout
            && !key.path.contains('@')
        {
            self.expired.insert(key.path.clone());
        }
        self.effects.extend(self.machine.handle(&input));
        let entry = Entry::Input(Box::new(input)).encode();
        self.entries
            .push(entry.map_err(|error| Error::Internal(error.to_string()))?);
        Ok(())
    }

    async fn perform(&mut self, effect: Effect) -> Result<()> {
        match effect {
            Effect::Resolve {
                key,
                capability,
                action,
                connection,
                ..
            } => {
                let targets = self.app.resolve(
                    (&mut self.tx, &mut self.pins),
                    self.run.tenant,
                    capability.as_deref(),
                    action.as_deref(),
                    connection.as_deref(),
                );
                self.inputs.push_back(Input::Resolved {
                    key,
                    targets,
                    at: clock::now(),
                });
            }
            Effect::Host {
                key, action, input, ..
            } => {
                let at = clock::now();
                let result = self.host(&key, &action, &input, at).await?;
                self.inputs.push_back(Input::Done { key, result, at });
            }
            Effect::Invoke {
                key,
                target,
                input,
                idempotency_key,
                deadline,
                begun,
            } => {
                let order = Order {
                    key,
                    target,
                    input,
                    idempotency_key,
                    deadline,
                    state: None,
                    begun,
                    turn: None,
                };
                if is_write(&order.target) {
                    self.writes.push(order)
                } else {
                    self.launch(order)
                }
            }
            Effect::Resume {
                key,
                target,
                input,
                idempotency_key,
                deadline,
                state,
            } => {
                let order = Order {
                    key,
                    target,
                    input,
                    idempotency_key,
                    deadline,
                    state: Some(state),
                    begun: true,
                    turn: None,
                };
                // A call that polls has sent its write already; going on is a read.
                self.launch(order);
            }
            Effect::Ask {
                key,
                kind,
                request,
                deadline,
                ..
            } => self.ask_people(&key, kind, &request, deadline),
            Effect::Remind { key, number } => self.remind_people(&key, number),
            Effect::Watch { .. } => {
                // Whoever changes the case from now on tells the run; until the commit nobody can.
                self.open_case().await?;
                self.app.0.mailbox.watch(self.run.id, self.run.case);
                self.run.watches = true;
                self.head_changed = true;
                self.look_again().await?;
            }
            Effect::Emit { event, payload, .. } => self.emit(event, &payload)?,
            Effect::Abandon { key } => self.abandon(&key),
            Effect::Finished {
                outcome,
                message,
                output,
            } => {
                self.finish(outcome, message, output).await?;
            }
        }
        Ok(())
    }

    fn launch(&mut self, order: Order) {
        let key = order.key.clone();
        let work = self.app.clone().invoke(self.run.clone(), order);
        self.expect(key, async move { Came::Landed(work.await) });
    }

    /// The actor goes on meanwhile, and hears of it when it comes, unless it is abandoned.
    fn expect(&mut self, key: StepKey, coming: impl Future<Output = Came> + Send + 'static) {
        let (abort, registration) = AbortHandle::new_pair();
        self.aborts.insert(key, abort);
        let coming = Abortable::new(coming, registration);
        self.in_flight
            .push(Box::pin(async move { coming.await.ok() }));
    }

    /// The turn of a write's key; while another write has it, this one waits beside the run's other work.
    fn turn_of(&mut self, mut order: Order) -> Option<Order> {
        if order.turn.is_some() {
            return Some(order);
        }
        let app = self.app.clone();
        let key = (self.run.tenant, order.idempotency_key.clone());
        order.turn = app.0.effect_locks.try_lock(&key);
        if order.turn.is_some() {
            return Some(order);
        }
        self.expect(order.key.clone(), async move {
            order.turn = Some(app.0.effect_locks.lock(&key).await);
            Came::Turn(order)
        });
        None
    }

    /// Looks every write up in the ledger: done long ago, begun with an unknown outcome, or new.
    async fn intend_writes(&mut self) -> Result<()> {
        for order in std::mem::take(&mut self.writes) {
            let Some(mut order) = self.turn_of(order) else {
                continue;
            };
            let at = clock::now();
            match self
                .app
                .ledger(self.run.tenant, &order.idempotency_key)
                .await?
            {
                Ledger::Done(result) => {
                    self.inputs.push_back(Input::Done {
                        key: order.key,
                        result: *result,
                        at,
                    });
                    continue;
                }
                Ledger::Unknown => order.begun = true,
                Ledger::New => order.begun = false,
            }
            self.feed(Input::Begun {
                key: order.key.clone(),
                at,
            })?;
            self.tx.ops.push(Op::IntendEffect {
                key: order.idempotency_key.clone(),
                run: self.run.id,
                at,
            });
            self.intended.push(order);
        }
        Ok(())
    }
}
