//! Proving a run: fold its journal again and let every connector call ask for the same bytes again.
//!
//! No network and no clock: the answers come from the journal, the connector and playbook versions from
//! what the run pinned. What is compared: the engine's final state, every request that a call makes of its
//! recorded answers, and every result that it makes of them.

use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
};

use serde::Serialize;
use serde_json::{Value, json};
use updraft_connector::{Call, Connector, Environment, Failure, Request, Response, Step};
use updraft_engine::{
    ActionResult, ControlOp, Effect, Exchange, Input, Machine, Status, StepKey, Target,
};
use updraft_model::{BlobHash, Granted, RunId};

use super::Entry;
use crate::{App, Error, error::Result};

/// The first place where a replay differs from the record.
#[derive(Debug, Clone, Serialize)]
pub struct Divergence {
    /// The journal entry, from 0.
    pub seq: u64,
    /// The step, or empty for the run as a whole.
    pub path: String,
    /// What is compared: `request`, `payload`, `result`, `state`, `content`, `journal`.
    pub what: &'static str,
    /// What the record says.
    pub recorded: Value,
    /// What the replay gives.
    pub replayed: Value,
}

/// What a replay found.
#[derive(Debug, Clone, Serialize)]
pub struct ReplayReport {
    /// The run.
    pub run: RunId,
    /// True when nothing differs and the run is over.
    pub identical: bool,
    /// Journal entries folded.
    pub entries: usize,
    /// Exchanges whose request was made again and compared.
    pub exchanges: usize,
    /// The digest of the engine's final state.
    pub digest: BlobHash,
    /// The first difference.
    pub divergence: Option<Divergence>,
}

/// A call that the journal says was made.
struct Asked {
    target: Arc<Target>,
    input: Arc<Value>,
    idempotency_key: String,
    call: Option<Call>,
    /// True when the record is of looking whether it had happened.
    looked: bool,
}

/// What a connection was when the run asked it.
#[derive(Clone)]
struct Pinned {
    connector: Arc<Connector>,
    settings: Value,
    base_url: Option<String>,
}

struct Replaying<'a> {
    app: &'a App,
    granted: &'a Granted,
    asked: BTreeMap<StepKey, Asked>,
    pinned: HashMap<BlobHash, Option<Pinned>>,
    exchanges: usize,
    run: RunId,
    /// The earlier runs that may have sent what is recorded at the beginning of this one, under their own keys.
    earlier: Vec<RunId>,
}

impl App {
    /// Replays a run from its journal.
    ///
    /// # Errors
    /// [`Error::NotFound`] when there is no such run; what differs is in the report.
    pub async fn replay_run(&self, granted: &Granted, id: RunId) -> Result<ReplayReport> {
        let run = self
            .store()
            .run(granted, id)
            .await?
            .ok_or_else(|| Error::not_found("run", id))?;
        let journal = self.store().journal(granted, id).await?;
        let mut machine = Machine::new(self.plans_of(&run).await?, false);
        let mut replaying = Replaying {
            app: self,
            granted,
            asked: BTreeMap::new(),
            pinned: HashMap::new(),
            exchanges: 0,
            run: id,
            earlier: super::again::ancestors(self, granted, &run).await?,
        };
        let mut divergence = None;
        let mut ended = None;
        for (seq, bytes) in &journal {
            let entry = match Entry::decode(bytes) {
                Ok(entry) => entry,
                Err(error) => {
                    divergence.get_or_insert_with(|| unreadable(*seq, &error));
                    break;
                }
            };
            match entry {
                Entry::End { digest, .. } => ended = Some((*seq, digest)),
                Entry::Input(input) => {
                    if divergence.is_none() {
                        divergence = replaying.check(*seq, &input).await?;
                    }
                    let effects = machine.handle(&input);
                    replaying.remember(effects);
                    if let Input::Control { op, .. } = &*input
                        && matches!(op, ControlOp::Pause | ControlOp::Resume)
                    {
                        // With this the recorded part of a run that is done again is over.
                        replaying.earlier.clear();
                    }
                }
            }
        }
        let digest = machine.digest();
        if let (None, Some((seq, recorded))) = (&divergence, ended)
            && recorded != digest
        {
            divergence = Some(Divergence {
                seq,
                path: String::new(),
                what: "state",
                recorded: json!(recorded),
                replayed: json!(digest),
            });
        }
        Ok(ReplayReport {
            run: id,
            identical: divergence.is_none() && ended.is_some(),
            entries: journal.len(),
            exchanges: replaying.exchanges,
            digest,
            divergence,
        })
    }
}

fn unreadable(seq: u64, error: &serde_json::Error) -> Divergence {
    Divergence {
        seq,
        path: String::new(),
        what: "journal",
        recorded: Value::Null,
        replayed: json!(format!("the entry is unreadable: {error}")),
    }
}

impl Replaying<'_> {
    fn remember(&mut self, effects: Vec<Effect>) {
        for effect in effects {
            if let Effect::Invoke {
                key,
                target,
                input,
                idempotency_key,
                ..
            } = effect
            {
                self.asked.insert(
                    key,
                    Asked {
                        target,
                        input: Arc::new(crate::sealing::tokens(&input)),
                        idempotency_key,
                        call: None,
                        looked: false,
                    },
                );
            }
        }
    }

    async fn check(&mut self, seq: u64, input: &Input) -> Result<Option<Divergence>> {
        match input {
            Input::Done { key, result, .. } => {
                let asked = self.asked.remove(key);
                match asked {
                    Some(asked) if !result.exchanges.is_empty() => {
                        self.check_call(seq, key, asked, &result.exchanges, Some(result))
                            .await
                    }
                    _ => Ok(None),
                }
            }
            Input::Progress { key, exchanges, .. } => match self.asked.remove(key) {
                Some(asked) => self.check_call(seq, key, asked, exchanges, None).await,
                None => Ok(None),
            },
            _ => Ok(None),
        }
    }

    async fn check_call(
        &mut self,
        seq: u64,
        key: &StepKey,
        mut asked: Asked,
        exchanges: &[Exchange],
        result: Option<&ActionResult>,
    ) -> Result<Option<Divergence>> {
        let at = |what: &'static str, recorded: Value, replayed: Value| {
            Some(Divergence {
                seq,
                path: key.path.clone(),
                what,
                recorded,
                replayed,
            })
        };
        let Some(pinned) = self.pinned(asked.target.digest).await? else {
            let missing = json!(format!(
                "version {} of the connection is gone",
                asked.target.digest
            ));
            return Ok(at("content", json!(asked.target.digest), missing));
        };
        let mut call = match asked.call.take() {
            Some(call) => call,
            None => match self.begin_call(&pinned, &mut asked, exchanges) {
                Ok(call) => call,
                Err(error) => return Ok(at("request", json!(null), json!(error))),
            },
        };
        for exchange in exchanges {
            let request = match call.step() {
                Step::Exchange(request) => request,
                other => {
                    return Ok(at(
                        "request",
                        exchange.request.clone(),
                        json!(format!("{other:?}")),
                    ));
                }
            };
            let replayed = request_head(&request);
            if replayed != exchange.request {
                return Ok(at("request", exchange.request.clone(), replayed));
            }
            self.exchanges += 1;
            // The answer was not kept: it held what nobody may see.
            if is_withheld(&pinned, &asked) {
                return Ok(None);
            }
            if let Some(hash) = exchange.request_body {
                let body = payload(self.app, self.granted, hash).await?;
                if let Err(why) = body {
                    return Ok(at("payload", json!(hash), json!(why)));
                }
            }
            let body = match exchange.response_body {
                Some(hash) => match payload(self.app, self.granted, hash).await? {
                    Ok(body) => body,
                    Err(why) => return Ok(at("payload", json!(hash), json!(why))),
                },
                None => Vec::new(),
            };
            answer(&mut call, exchange, body)?;
        }
        match (result, call.step()) {
            (None, Step::Wait { .. }) => {
                call.woken();
                asked.call = Some(call);
                self.asked.insert(key.clone(), asked);
                Ok(None)
            }
            (Some(recorded), Step::Done(replayed)) => {
                let replayed = super::invoke::action_result(replayed, Vec::new(), false, 0);
                let (left, right) = (compared(recorded), compared(&replayed));
                let same = left == right
                    || asked.looked && is_read_back(&pinned, &asked, &replayed, recorded);
                Ok(if same {
                    None
                } else {
                    at("result", left, right)
                })
            }
            (_, other) => Ok(at("result", json!(null), json!(format!("{other:?}")))),
        }
    }

    /// Begins a call with the key under which it was sent: the run's own, or that of the earlier run that sent it.
    fn begin_call(
        &self,
        pinned: &Pinned,
        asked: &mut Asked,
        exchanges: &[Exchange],
    ) -> std::result::Result<Call, String> {
        let own = asked.idempotency_key.clone();
        let tail = own.strip_prefix(&self.run.to_string()).map(str::to_owned);
        let earlier = self.earlier.iter();
        let keys = earlier.filter_map(|run| Some(format!("{run}{}", tail.as_ref()?)));
        for key in std::iter::once(own.clone()).chain(keys) {
            asked.idempotency_key = key;
            let begun = first_call(pinned, asked, exchanges)?;
            if begun.fits {
                asked.looked = begun.looked;
                return Ok(begun.call);
            }
        }
        asked.idempotency_key = own;
        first_call(pinned, asked, exchanges).map(|begun| begun.call)
    }

    async fn pinned(&mut self, digest: BlobHash) -> Result<Option<Pinned>> {
        if let Some(known) = self.pinned.get(&digest) {
            return Ok(known.clone());
        }
        let found = load(self.app, self.granted, digest).await?;
        self.pinned.insert(digest, found.clone());
        Ok(found)
    }
}

fn is_withheld(pinned: &Pinned, asked: &Asked) -> bool {
    let action = pinned.connector.action(&asked.target.action);
    action.is_some_and(|action| !super::invoke::restricted_of(action).is_empty())
}

fn answer(call: &mut Call, exchange: &Exchange, body: Vec<u8>) -> Result<()> {
    if let Some(failure) = &exchange.failure {
        let failure: Failure = serde_json::from_value(failure.clone()).map_err(|error| {
            Error::Internal(format!("a recorded failure is unreadable: {error}"))
        })?;
        call.failed(failure);
        return Ok(());
    }
    let headers = serde_json::from_value(exchange.response_headers.clone()).unwrap_or_default();
    call.response(Response {
        status: exchange.status,
        headers,
        body: body.into(),
    });
    Ok(())
}

async fn load(app: &App, granted: &Granted, digest: BlobHash) -> Result<Option<Pinned>> {
    let store = app.store();
    let Some(version) = store.content_version(granted, digest).await? else {
        return Ok(None);
    };
    let Ok(document) = serde_json::from_slice::<Value>(&version.body) else {
        return Ok(None);
    };
    let Ok(wanted) = serde_json::from_value::<BlobHash>(document["connector"].clone()) else {
        return Ok(None);
    };
    let live = app.catalog().now();
    let live = live
        .library()
        .connectors
        .values()
        .find(|connector| connector.digest == wanted);
    let connector = match live {
        Some(connector) => connector.clone(),
        None => {
            let Some(source) = store.content_version(granted, wanted).await? else {
                return Ok(None);
            };
            match crate::catalog::connector_of_texts(&source.body) {
                Some(connector) => connector,
                None => return Ok(None),
            }
        }
    };
    let base_url = document["base_url"].as_str().map(str::to_owned);
    Ok(Some(Pinned {
        connector,
        settings: document["settings"].clone(),
        base_url,
    }))
}

/// A payload as it was recorded, or why it is not.
async fn payload(
    app: &App,
    granted: &Granted,
    hash: BlobHash,
) -> Result<std::result::Result<Vec<u8>, String>> {
    let found = app.store().blob(granted, hash).await;
    Ok(match found {
        Ok(Some(body)) if BlobHash::of(&body) == hash => Ok(body),
        Ok(Some(body)) => Err(format!(
            "the stored bytes are those of {}",
            BlobHash::of(&body)
        )),
        Ok(None) => Err("retention has removed it".into()),
        Err(updraft_store::Error::Corrupt { .. }) => Err("the stored bytes are damaged".into()),
        Err(error) => return Err(error.into()),
    })
}

fn environment(pinned: &Pinned, asked: &Asked) -> Arc<Environment> {
    Arc::new(Environment {
        settings: pinned.settings.clone(),
        base_url: pinned.base_url.clone(),
        idempotency_key: Some(asked.idempotency_key.clone()),
    })
}

/// A call as it was begun.
struct BegunCall {
    call: Call,
    /// True when it looked whether an earlier attempt had happened.
    looked: bool,
    /// True when it asks for what is recorded.
    fits: bool,
}

/// The call itself, or, after an unknown outcome, the one that looked whether it had happened.
fn first_call(
    pinned: &Pinned,
    asked: &Asked,
    exchanges: &[Exchange],
) -> std::result::Result<BegunCall, String> {
    let environment = environment(pinned, asked);
    let start = |action: &str, input: Value| {
        Call::start(pinned.connector.clone(), action, input, environment.clone())
            .map_err(|error| error.message)
    };
    let mut call = start(&asked.target.action, (*asked.input).clone())?;
    let recorded = exchanges.first().map(|exchange| &exchange.request);
    let asks_for = |call: &mut Call| matches!(call.step(), Step::Exchange(request) if Some(&request_head(&request)) == recorded);
    let fits = asks_for(&mut call);
    if !fits
        && let Some(action) = pinned.connector.action(&asked.target.action)
        && let Ok(Some(looking)) = pinned
            .connector
            .find_call(action, &asked.input, &environment)
    {
        let mut call = start(&looking.action, looking.input)?;
        let fits = asks_for(&mut call);
        let looked = true;
        return Ok(BegunCall { call, looked, fits });
    }
    let looked = false;
    Ok(BegunCall { call, looked, fits })
}

/// A write that was found by looking gives its own outputs, mapped from the looking action's.
fn is_read_back(
    pinned: &Pinned,
    asked: &Asked,
    replayed: &ActionResult,
    recorded: &ActionResult,
) -> bool {
    let Some(action) = pinned.connector.action(&asked.target.action) else {
        return false;
    };
    match pinned.connector.found(action, &replayed.output) {
        Ok(Some(output)) => recorded.status == Status::Ok && recorded.output == output,
        _ => false,
    }
}

/// What of a result must come out the same: everything but times and the connection's reliability.
fn compared(result: &ActionResult) -> Value {
    let verdict = result.verdict.as_ref();
    json!({
        "status": result.status,
        "output": result.output,
        "verdict": verdict.map(|verdict| json!([verdict.level, verdict.score, verdict.explanation])),
        "error": result.error.as_ref().map(|error| &error.code),
        "link": result.link,
    })
}

fn request_head(request: &Request) -> Value {
    let recorded = updraft_egress::Recorded {
        request: request.clone(),
        request_body: None,
        response: None,
        failure: None,
        reached: false,
        started_at: Default::default(),
        ended_at: Default::default(),
    };
    recorded.request_head()
}
