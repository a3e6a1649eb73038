//! Connector actions on behalf of a run: who can be asked, asking, and settling unknown outcomes.

use std::{sync::Arc, time::Duration};

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tokio::{sync::OwnedMutexGuard, time::Instant};
use updraft_connector::{
    Action, Call, CallError, CallResult, CallStatus, Environment, ErrorCode, IdempotencyKind,
};
use updraft_egress::{Ended, Filling, Link, Performed, Recorded};
#[cfg(feature = "simulation")]
use updraft_engine::defects::{self, Defect};
use updraft_engine::{
    ActionResult, Exchange, Input, InputType, Status, StepError, StepKey, Target,
};
use updraft_model::{BlobHash, Run, TenantId, Ticket, TicketState, Timestamp};
use updraft_store::{EffectState, Op, Tx};

use crate::{App, clock, error::Result, sealing, upkeep::TenantBlobs};

/// An action that a run wants done.
pub(super) struct Order {
    pub key: StepKey,
    pub target: Arc<Target>,
    pub input: Arc<Value>,
    pub idempotency_key: String,
    pub deadline: Option<Timestamp>,
    pub state: Option<Value>,
    pub begun: bool,
    /// The turn of a write: nobody else has a write with this key under way.
    pub turn: Option<KeyTurn>,
}

/// The turn of an idempotency key, from the look into the ledger until the outcome is in it.
pub(super) type KeyTurn = OwnedMutexGuard<()>;

/// What an actor waited for.
#[allow(clippy::large_enum_variant)] // One per call, and most are the large one.
pub(super) enum Came {
    /// An action came back.
    Landed(Landed),
    /// It is this write's turn.
    Turn(Order),
}

/// An action that came back.
pub(super) struct Landed {
    pub key: StepKey,
    /// The turn of a write, to be given on when its outcome is durable.
    pub turn: Option<KeyTurn>,
    order: Order,
    performed: Performed,
    /// True when all that was done is to look whether an earlier attempt had happened, without finding out.
    undecided: bool,
}

/// What the ledger of writes knows about a key.
pub(super) enum Ledger {
    New,
    Unknown,
    Done(Box<ActionResult>),
}

/// What is kept of a finished write.
// WIRE: stored data; fields are only ever added.
#[derive(Serialize, Deserialize)]
struct Finished {
    result: ActionResult,
}

impl App {
    /// Who can be asked. What a target pins is made part of the run's transaction.
    pub(super) fn resolve(
        &self,
        (tx, pins): (&mut Tx, &mut Vec<BlobHash>),
        tenant: TenantId,
        capability: Option<&str>,
        action: Option<&str>,
        connection: Option<&str>,
    ) -> Vec<Target> {
        let picture = self.catalog().now();
        let targets = match (capability, action) {
            (Some(capability), _) => {
                let mut targets = picture.targets(tenant, capability);
                targets.retain(|target| connection.is_none_or(|name| target.name == name));
                targets
            }
            (None, Some(action)) => match action.split_once('.') {
                Some((connector, _)) if picture.library().connectors.contains_key(connector) => {
                    let name = action.split_once('.').map_or("", |(_, name)| name);
                    picture.targets_of_action(tenant, connector, name, connection)
                }
                _ => vec![host_target(action)],
            },
            (None, None) => Vec::new(),
        };
        for target in &targets {
            let Some(wired) = target
                .connection
                .and_then(|id| picture.connection(tenant, id))
            else {
                continue;
            };
            self.pin(
                (&mut *tx, &mut *pins),
                tenant,
                "connection",
                &target.name,
                wired.digest,
                &wired.pinned,
            );
            if let Some(connector) = picture.library().connectors.get(&target.connector)
                && let Some(source) = picture.content.connector_texts.get(&target.connector)
            {
                self.pin(
                    (&mut *tx, &mut *pins),
                    tenant,
                    "connector",
                    &target.connector,
                    connector.digest,
                    source,
                );
            }
        }
        targets
    }

    fn pin(
        &self,
        (tx, pins): (&mut Tx, &mut Vec<BlobHash>),
        tenant: TenantId,
        kind: &str,
        name: &str,
        digest: BlobHash,
        body: &Arc<[u8]>,
    ) {
        if self.0.plans.is_pinned(tenant, digest) || pins.contains(&digest) {
            return;
        }
        tx.ops.push(Op::PutContentVersion {
            digest,
            kind: kind.into(),
            name: name.into(),
            body: body.clone(),
        });
        pins.push(digest);
    }

    /// What is known about a write with this key.
    pub(super) async fn ledger(&self, tenant: TenantId, key: &str) -> Result<Ledger> {
        let Some(row) = self.0.store.effect(&App::driver(tenant), key).await? else {
            return Ok(Ledger::New);
        };
        Ok(match (row.state, row.result) {
            (EffectState::Finished, Some(bytes)) => {
                match serde_json::from_slice::<Finished>(&bytes) {
                    Ok(finished) => Ledger::Done(Box::new(finished.result)),
                    Err(_) => Ledger::Unknown,
                }
            }
            _ => Ledger::Unknown,
        })
    }

    /// Performs one action; never fails: what went wrong is in what lands.
    pub(super) async fn invoke(self, run: Run, mut order: Order) -> Landed {
        let (performed, undecided) = match self.filling(run.tenant, &order.input) {
            Ok(filling) => {
                if !filling.is_empty() {
                    order.input = Arc::new(sealing::tokens(&order.input));
                }
                self.perform_order(&run, &order, &filling).await
            }
            Err(error) => {
                let error = CallError::new(ErrorCode::Refused, error.to_string());
                (Performed::failed(error), order.begun)
            }
        };
        Landed {
            key: order.key.clone(),
            turn: order.turn.take(),
            order,
            performed,
            undecided,
        }
    }

    /// What became of it, and whether it is still unknown if it had been done before.
    async fn perform_order(
        &self,
        run: &Run,
        order: &Order,
        filling: &Filling,
    ) -> (Performed, bool) {
        let picture = self.catalog().now();
        let wired = order
            .target
            .connection
            .and_then(|id| picture.connection(run.tenant, id));
        let Some(link) = wired.and_then(|wired| wired.link.clone()) else {
            let problem = wired.and_then(|wired| wired.problem.clone());
            let message = problem.unwrap_or_else(|| "the connection is gone".into());
            let performed = Performed::failed(CallError::new(ErrorCode::Refused, message));
            return (performed, order.begun);
        };
        let deadline = order.deadline.map(|at| {
            let left = at.millis_since(clock::now()).max(0) as u64;
            Instant::now() + Duration::from_millis(left)
        });
        let environment = Arc::new(Environment {
            idempotency_key: Some(order.idempotency_key.clone()),
            ..(*link.environment).clone()
        });
        let blobs = TenantBlobs::new(self, run.tenant);
        // Asking twice harms nobody.
        let writes = super::actor::is_write(&order.target);
        let unknown = order.begun && order.state.is_none() && writes;
        #[cfg(feature = "simulation")]
        let unknown = unknown && !defects::has(Defect::SendAgain);
        if unknown {
            match self
                .read_back(&link, order, &environment, &blobs, (deadline, filling))
                .await
            {
                ReadBack::Found(performed) => return (*performed, false),
                ReadBack::Absent => {}
                ReadBack::Undecided(performed) => return (*performed, true),
            }
        }
        let call = match &order.state {
            Some(state) => Call::restore(link.connector.clone(), state, environment),
            None => Call::start(
                link.connector.clone(),
                &order.target.action,
                (*order.input).clone(),
                environment,
            ),
        };
        let performed = match call {
            Ok(call) => {
                let egress = &self.0.egress;
                egress
                    .perform_filled(&link, call, &blobs, deadline, filling)
                    .await
            }
            Err(error) => Performed::failed(error),
        };
        (performed, false)
    }

    /// A write whose outcome is unknown: look whether it happened before it is sent again.
    async fn read_back(
        &self,
        link: &Arc<Link>,
        order: &Order,
        environment: &Arc<Environment>,
        blobs: &TenantBlobs,
        way: (Option<Instant>, &Filling),
    ) -> ReadBack {
        let Some(action) = link.connector.action(&order.target.action) else {
            return ReadBack::Absent;
        };
        match action.idempotency.kind {
            IdempotencyKind::Natural | IdempotencyKind::Key => ReadBack::Absent,
            IdempotencyKind::None => {
                let mut error = CallError::new(
                    ErrorCode::Conflict,
                    "the outcome of an earlier attempt is unknown and this action cannot be looked up",
                );
                error.hint =
                    "look in the product whether it happened, then run the step again".into();
                ReadBack::Undecided(Box::new(Performed::failed(error)))
            }
            IdempotencyKind::Find => {
                let performed = self
                    .find(link, action, order, environment, blobs, way)
                    .await;
                self.judge_find(link, action, performed)
            }
        }
    }

    async fn find(
        &self,
        link: &Arc<Link>,
        action: &Action,
        order: &Order,
        environment: &Arc<Environment>,
        blobs: &TenantBlobs,
        (deadline, filling): (Option<Instant>, &Filling),
    ) -> Performed {
        let looking = match link.connector.find_call(action, &order.input, environment) {
            Ok(Some(looking)) => looking,
            Ok(None) => {
                let message = format!("`{}` does not say how to look it up", action.name);
                return Performed::failed(CallError::new(ErrorCode::Conflict, message));
            }
            Err(error) => return Performed::failed(error),
        };
        tokio::time::sleep(Duration::from_millis(looking.settle_ms)).await;
        let call = Call::start(
            link.connector.clone(),
            &looking.action,
            looking.input,
            environment.clone(),
        );
        match call {
            Ok(call) if filling.is_empty() => {
                self.0
                    .egress
                    .perform_uncached(link, call, blobs, deadline)
                    .await
            }
            Ok(call) => {
                self.0
                    .egress
                    .perform_filled(link, call, blobs, deadline, filling)
                    .await
            }
            Err(error) => Performed::failed(error),
        }
    }

    fn judge_find(&self, link: &Arc<Link>, action: &Action, performed: Performed) -> ReadBack {
        let Some(result) = performed.result() else {
            let message = "the looking action does not come to an end at once";
            let error = CallError::new(ErrorCode::Conflict, message);
            return ReadBack::Undecided(Box::new(Performed::failed(error)));
        };
        match result.status {
            CallStatus::NotFound => ReadBack::Absent,
            CallStatus::Error => ReadBack::Undecided(Box::new(performed)),
            CallStatus::Ok => match link.connector.found(action, &result.output) {
                Ok(None) => ReadBack::Absent,
                Ok(Some(output)) => {
                    let mut found = performed.clone();
                    found.end = Ended::Done(CallResult {
                        output,
                        ..result.clone()
                    });
                    ReadBack::Found(Box::new(found))
                }
                Err(error) => ReadBack::Undecided(Box::new(Performed::failed(error))),
            },
        }
    }

    /// Turns what landed into the engine's input, with everything to be stored beside it.
    pub(super) fn record_landed(&self, tx: &mut Tx, run: &Run, landed: Landed) -> Input {
        let Landed {
            key,
            order,
            performed,
            undecided,
            ..
        } = landed;
        let landed_reliability = order
            .target
            .connection
            .and_then(|id| self.catalog().now().connection(run.tenant, id).cloned())
            .map(|wired| wired.connection.reliability);
        let at = clock::now();
        self.count_call(&performed);
        // What refused a look said nothing about the write that it looked for.
        let unknown = undecided || performed.outcome_unknown();
        let restricted = self.restricted_outputs(&order);
        let exchanges = performed
            .exchanges
            .iter()
            .map(|one| record_exchange(tx, one, restricted.is_empty()))
            .collect();
        let result = match performed.end {
            Ended::Wait { state, millis, .. } => {
                let wake_at = Some(at.plus_millis(millis as i64));
                return Input::Progress {
                    key,
                    state,
                    wake_at,
                    exchanges,
                    at,
                };
            }
            Ended::Done(result) => result,
        };
        let mut result = action_result(result, exchanges, performed.cached, performed.latency_ms);
        self.seal_outputs(run.tenant, &restricted, &mut result);
        if let (Some(verdict), Some(reliability)) = (&mut result.verdict, landed_reliability) {
            verdict.reliability = reliability;
        }
        if super::actor::is_write(&order.target) {
            let written = Written {
                run,
                order: &order,
                input: &order.input,
                result: &result,
                at,
            };
            self.settle_effect(tx, &written, unknown);
        }
        Input::Done { key, result, at }
    }

    /// The outputs of an action that nobody may see.
    fn restricted_outputs(&self, order: &Order) -> Vec<String> {
        let picture = self.catalog().now();
        let connector = picture.library().connectors.get(&order.target.connector);
        let action = connector.and_then(|connector| connector.action(&order.target.action));
        action.map(restricted_of).unwrap_or_default()
    }

    fn seal_outputs(&self, tenant: TenantId, restricted: &[String], result: &mut ActionResult) {
        for name in restricted {
            let Some(value) = result.output.get_mut(name).filter(|value| !value.is_null()) else {
                continue;
            };
            match self.seal(tenant, InputType::Restricted, value) {
                Ok(handle) => *value = handle,
                // What cannot be sealed is not kept.
                Err(error) => {
                    let text = format!("the output `{name}` could not be sealed: {error}");
                    let exchanges = std::mem::take(&mut result.exchanges);
                    *result = ActionResult::failed(StepError::new("too_large", text));
                    result.exchanges = exchanges;
                    return;
                }
            }
        }
    }

    fn count_call(&self, performed: &Performed) {
        use std::sync::atomic::Ordering;
        let meters = self.meters();
        if performed.cached {
            meters.calls_cached.fetch_add(1, Ordering::Relaxed);
        } else {
            meters
                .calls
                .fetch_add(performed.exchanges.len() as u64, Ordering::Relaxed);
        }
    }

    fn settle_effect(&self, tx: &mut Tx, written: &Written<'_>, unknown: bool) {
        let result = written.result;
        let key = written.order.idempotency_key.clone();
        match &result.error {
            None => {
                let kept = ActionResult {
                    exchanges: Vec::new(),
                    ..result.clone()
                };
                let bytes = serde_json::to_vec(&Finished { result: kept }).unwrap_or_default();
                tx.ops.push(Op::FinishEffect { key, result: bytes });
                self.link_ticket(tx, written);
            }
            Some(error) if !unknown && did_not_happen(error) => {
                tx.ops.push(Op::ForgetEffect { key })
            }
            Some(_) => {}
        }
    }

    fn link_ticket(&self, tx: &mut Tx, written: &Written<'_>) {
        let Written {
            run,
            order,
            input,
            result,
            at,
        } = *written;
        let picture = self.catalog().now();
        let connector = picture.library().connectors.get(&order.target.connector);
        let creates = connector
            .and_then(|connector| connector.action(&order.target.action))
            .is_some_and(|action| {
                action
                    .capabilities
                    .iter()
                    .any(|name| name == "ticket.create")
            });
        if !creates {
            return;
        }
        let text = |name: &str| match &result.output[name] {
            Value::String(text) => text.clone(),
            Value::Null => String::new(),
            other => other.to_string(),
        };
        let external_id = text("id");
        let url = if text("url").is_empty() {
            result.link.clone().unwrap_or_default()
        } else {
            text("url")
        };
        let purpose = order
            .idempotency_key
            .rsplit_once(':')
            .map_or("investigation", |(_, purpose)| purpose);
        tx.ops.push(Op::PutTicket(Ticket {
            case: run.case,
            purpose: purpose.to_owned(),
            connection: order.target.name.clone(),
            connector: order.target.connector.clone(),
            state: TicketState::Created,
            external_id: external_id.clone(),
            url: url.clone(),
            at,
        }));
        let title = input["title"].as_str().unwrap_or_default();
        let actor = updraft_model::Actor::Run {
            id: run.id,
            playbook: run.playbook.clone(),
        };
        let entry = updraft_model::TimelineEntry {
            at,
            kind: "ticket".into(),
            actor,
            text: format!(
                "Ticket {external_id} opened in {}: {title}",
                order.target.name
            ),
            data: json!({ "ticket": external_id, "url": url, "run": run.id }),
        };
        tx.ops.push(Op::Timeline {
            case: run.case,
            entry,
        });
    }
}

/// A write that came back.
struct Written<'a> {
    run: &'a Run,
    order: &'a Order,
    input: &'a Value,
    result: &'a ActionResult,
    at: Timestamp,
}

enum ReadBack {
    Found(Box<Performed>),
    Absent,
    Undecided(Box<Performed>),
}

/// Errors after which the vendor certainly did nothing.
fn did_not_happen(error: &StepError) -> bool {
    matches!(
        error.code.as_str(),
        "auth" | "forbidden" | "rate_limited" | "quota" | "invalid_input" | "not_found" | "refused"
    )
}

fn host_target(action: &str) -> Target {
    Target {
        name: action.to_owned(),
        connection: None,
        connector: Target::HOST.to_owned(),
        action: action.to_owned(),
        digest: BlobHash::of(b"host"),
        effect: "host".into(),
        skipped: None,
    }
}

/// The outputs of an action that nobody may see.
pub(super) fn restricted_of(action: &Action) -> Vec<String> {
    let outputs = action.outputs.iter();
    let restricted = outputs.filter(|(_, spec)| spec.restricted);
    restricted.map(|(name, _)| name.clone()).collect()
}

/// Keeps an exchange; its answer is left out where it holds what nobody may see.
fn record_exchange(tx: &mut Tx, recorded: &Recorded, whole: bool) -> Exchange {
    let mut blob = |bytes: &Arc<[u8]>| {
        let hash = BlobHash::of(bytes);
        tx.ops.push(Op::PutBlob {
            hash,
            bytes: bytes.clone(),
        });
        hash
    };
    let request_body = recorded.request_body.as_ref().map(&mut blob);
    let (status, response_headers, response_body) = match &recorded.response {
        Some(response) => {
            let body = (whole && !response.body.is_empty()).then(|| blob(&response.body));
            let headers = match whole {
                true => json!(response.headers),
                false => json!([]),
            };
            (response.status, headers, body)
        }
        None => (0, Value::Null, None),
    };
    Exchange {
        request: recorded.request_head(),
        request_body,
        status,
        response_headers,
        response_body,
        failure: recorded.failure.as_ref().map(|failure| json!(failure)),
        started_at: recorded.started_at,
        ended_at: recorded.ended_at,
    }
}

pub(super) fn action_result(
    result: CallResult,
    exchanges: Vec<Exchange>,
    cached: bool,
    latency_ms: u64,
) -> ActionResult {
    let mut output = result.output;
    sealing::disarm(&mut output);
    ActionResult {
        status: match result.status {
            CallStatus::Ok => Status::Ok,
            CallStatus::NotFound => Status::NotFound,
            CallStatus::Error => Status::Error,
        },
        output,
        verdict: result.verdict,
        error: result.error.map(|error| StepError {
            code: error.code.as_str().to_owned(),
            message: error.message,
            hint: error.hint,
            retryable: error.retryable,
            retry_after_ms: error.retry_after_ms,
        }),
        exchanges,
        cached,
        link: result.link,
        latency_ms,
    }
}
