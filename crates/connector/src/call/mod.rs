//! One call of an action as a state machine: it says what to do next, the caller does it.
//!
//! `step` names the next thing (send a request, wait, done) and changes nothing; `response`, `failed` and
//! `woken` move on. So a call can be asked again after a restart, saved while it waits, and driven from
//! recorded answers in a test. It reads no clock: a poll's limit counts the pauses, not the exchanges.

mod answer;
mod finish;
mod page;
mod saved;

use std::{cell::OnceCell, sync::Arc};

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use updraft_expr::Scope;
use updraft_model::Verdict;

use self::{answer::Judged, page::Pages};
use crate::{
    Connector,
    action::{Action, Decode, Poll, Step as Stage},
    encode,
    error::{CallError, ErrorCode, Failure},
    exchange::{Request, Response},
    request::{Builder, PageParams},
    templates::fuel,
    values::admit_all,
};

/// Most exchanges of one call: a connector that never comes to an end is stopped.
pub const EXCHANGES_MAX: u32 = 2_000;
/// Longest pause that a vendor's `Retry-After` may ask of a poll.
pub const PAUSE_MS_MAX: u64 = 15 * 60_000;
/// A product that is still working is not asked sooner than this, whatever it says.
const PAUSE_ASKED_MS_MIN: u64 = 1_000;

/// A connection's part of a call.
#[derive(Debug, Clone, Default)]
pub struct Environment {
    /// With defaults filled: [`Connector::settings`].
    pub settings: Value,
    /// Instead of the manifest's: a session that names its address, a test server.
    pub base_url: Option<String>,
    /// The key of a write.
    pub idempotency_key: Option<String>,
}

/// What to do now.
#[derive(Debug, Clone, PartialEq)]
pub enum Step {
    /// Send this; then `response` or `failed`.
    Exchange(Request),
    /// Wait; then `woken`.
    Wait {
        /// How long.
        millis: u64,
        /// What for, for people.
        reason: String,
    },
    /// It is over.
    Done(CallResult),
}

/// How a call ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CallStatus {
    /// There is an answer.
    Ok,
    /// The product does not know the thing.
    NotFound,
    /// It failed.
    Error,
}

/// What a call gave.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CallResult {
    /// How it ended.
    pub status: CallStatus,
    /// The declared outputs; null unless `ok`.
    pub output: Value,
    /// The product's opinion; its source is the connector's id.
    pub verdict: Option<Verdict>,
    /// Where a person can read on.
    pub link: Option<String>,
    /// Why it failed.
    pub error: Option<CallError>,
    /// The call that takes it back.
    pub undo: Option<UndoCall>,
}

/// The call that takes another one back.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct UndoCall {
    /// An action of the same connector.
    pub action: String,
    /// Its input.
    pub input: Value,
}

#[derive(Debug, Clone, PartialEq)]
enum State {
    Send,
    Wait { millis: u64, reason: String },
    Done(Box<CallResult>),
}

/// One call.
#[derive(Debug)]
pub struct Call {
    connector: Arc<Connector>,
    action: String,
    env: Arc<Environment>,
    input: Value,
    key: Value,
    captured: Value,
    stage: usize,
    state: State,
    /// Pauses of the poll so far, and the next one.
    waited_ms: u64,
    pause_ms: u64,
    exchanges: u32,
    pages: Pages,
    last: Option<Answer>,
}

/// A response as expressions see it.
#[derive(Debug)]
struct Answer {
    status: Value,
    headers: Value,
    body: Value,
    raw: Arc<[u8]>,
    text: OnceCell<Value>,
}

impl Answer {
    fn of(response: Response, body: Value) -> Self {
        Self {
            status: response.status.into(),
            headers: encode::headers_value(&response.headers),
            body,
            raw: response.body,
            text: OnceCell::new(),
        }
    }
    fn empty() -> Self {
        Self::of(Response::new(0, Vec::new()), Value::Null)
    }
}

/// The names that a template of a call can see; borrowed, so that a big answer is never copied.
struct CallScope<'a> {
    call: &'a Call,
    answer: Option<&'a Answer>,
    output: Option<&'a Value>,
    /// The body is no value: a condition about it is not about this answer.
    no_body: bool,
}

impl Scope for CallScope<'_> {
    fn get(&self, name: &str) -> Option<&Value> {
        Some(match name {
            "input" => &self.call.input,
            "settings" => &self.call.env.settings,
            "captured" => &self.call.captured,
            "idempotency_key" => &self.call.key,
            "output" => self.output?,
            "items" => &self.call.pages.items,
            "status" => &self.answer?.status,
            "headers" => &self.answer?.headers,
            "body" if self.no_body => return None,
            "body" => &self.answer?.body,
            "text" => {
                let answer = self.answer?;
                answer
                    .text
                    .get_or_init(|| crate::decode::text(&answer.raw).into_owned().into())
            }
            _ => return None,
        })
    }

    fn names(&self) -> Vec<String> {
        let mut names = vec!["input", "settings", "captured", "idempotency_key"];
        if self.answer.is_some() {
            names.extend(["status", "headers", "body", "text", "items"]);
        }
        if self.output.is_some() {
            names.push("output");
        }
        names.into_iter().map(str::to_owned).collect()
    }
}

impl Call {
    /// A call that has sent nothing. Checks the input and brings it to canonical form.
    pub fn start(
        connector: Arc<Connector>,
        action: &str,
        input: Value,
        env: Arc<Environment>,
    ) -> Result<Call, CallError> {
        let spec = connector
            .action(action)
            .ok_or_else(|| no_action(&connector, action))?;
        let input = admit_all("input", &spec.inputs, input)
            .map_err(|faults| CallError::new(ErrorCode::InvalidInput, faults.join("; ")))?;
        let mut call = Call::blank(connector, action, input, env);
        call.enter(0);
        Ok(call)
    }

    fn blank(connector: Arc<Connector>, action: &str, input: Value, env: Arc<Environment>) -> Call {
        Call {
            connector,
            action: action.to_owned(),
            key: env
                .idempotency_key
                .clone()
                .map_or(Value::Null, Value::String),
            env,
            input,
            captured: Value::Object(Map::new()),
            stage: 0,
            state: State::Send,
            waited_ms: 0,
            pause_ms: 0,
            exchanges: 0,
            pages: Pages::default(),
            last: None,
        }
    }

    /// What to do now. Asking twice gives the same answer.
    pub fn step(&mut self) -> Step {
        match &self.state {
            State::Wait { millis, reason } => Step::Wait {
                millis: *millis,
                reason: reason.clone(),
            },
            State::Done(result) => Step::Done(result.as_ref().clone()),
            State::Send => match self.request() {
                Ok(request) => Step::Exchange(request),
                Err(error) => {
                    self.fail(error);
                    self.step()
                }
            },
        }
    }

    /// The answer to [`Step::Exchange`].
    pub fn response(&mut self, response: Response) {
        if self.state != State::Send {
            return;
        }
        self.exchanges = self.exchanges.saturating_add(1);
        let connector = Arc::clone(&self.connector);
        let Some((action, stage)) = self.current(&connector) else {
            return;
        };
        match self.judge(action, stage, response) {
            Judged::Good => self.advance(action, stage),
            Judged::NotFound => self.end_not_found(action),
            Judged::Pending => self.pause(stage.poll.as_ref(), None),
            Judged::Error(error) if error.retryable && stage.poll.is_some() => {
                self.pause(stage.poll.as_ref(), Some(error));
            }
            Judged::Error(error) => self.fail(error),
        }
    }

    /// The exchange failed in transport: no answer came.
    pub fn failed(&mut self, failure: Failure) {
        if self.state != State::Send {
            return;
        }
        self.exchanges = self.exchanges.saturating_add(1);
        let connector = Arc::clone(&self.connector);
        let poll = self
            .current(&connector)
            .and_then(|(_, stage)| stage.poll.as_ref());
        let error = CallError::from(failure);
        if poll.is_some() && error.retryable {
            self.pause(poll, Some(error));
        } else {
            self.fail(error);
        }
    }

    /// [`Step::Wait`] is over.
    pub fn woken(&mut self) {
        if matches!(self.state, State::Wait { .. }) {
            self.state = State::Send;
        }
    }

    /// The action's name.
    pub fn action(&self) -> &str {
        &self.action
    }
    /// The input as admitted: canonical, with defaults.
    pub fn input(&self) -> &Value {
        &self.input
    }
    /// How many exchanges were performed.
    pub fn exchanges(&self) -> u32 {
        self.exchanges
    }

    fn current<'c>(&self, connector: &'c Connector) -> Option<(&'c Action, &'c Stage)> {
        let action = connector.action(&self.action)?;
        Some((action, action.steps.get(self.stage)?))
    }

    fn scope<'a>(&'a self, answer: Option<&'a Answer>) -> CallScope<'a> {
        CallScope {
            call: self,
            answer,
            output: None,
            no_body: false,
        }
    }

    fn request(&self) -> Result<Request, CallError> {
        let (action, stage) = self
            .current(&self.connector)
            .ok_or_else(|| no_action(&self.connector, &self.action))?;
        let spec = stage.request().ok_or_else(|| {
            CallError::new(
                ErrorCode::Failed,
                format!("the step `{}` has no request", stage.id),
            )
        })?;
        if self.exchanges >= EXCHANGES_MAX {
            return Err(CallError::new(
                ErrorCode::Failed,
                format!("the call needed more than {EXCHANGES_MAX} exchanges"),
            ));
        }
        let scope = self.scope(None);
        let builder = Builder {
            manifest: &self.connector.manifest,
            action,
            scope: &scope,
            settings: &self.env.settings,
            base_url: self.env.base_url.as_deref(),
            idempotency_key: self.env.idempotency_key.as_deref(),
            accept: answer::reading(action, stage)
                .map_or(Decode::Json, |spec| spec.decode)
                .accept(),
        };
        let params = match &stage.paginate {
            Some(paginate) => self.pages.params(paginate),
            None => PageParams::default(),
        };
        builder.build(spec, &params)
    }

    /// Goes to stage `index` or the next one whose `when` holds; behind the last, the call is over.
    fn enter(&mut self, index: usize) {
        let connector = Arc::clone(&self.connector);
        let Some(action) = connector.action(&self.action) else {
            return;
        };
        self.stage = index;
        while let Some(stage) = action.steps.get(self.stage) {
            let holds = match &stage.when {
                None => Ok(true),
                Some(when) => when.holds(&self.scope(None), &mut fuel()),
            };
            match holds {
                Ok(true) => {
                    self.pages = Pages::keeping(std::mem::take(&mut self.pages), stage);
                    self.waited_ms = 0;
                    self.pause_ms = stage.poll.as_ref().map_or(0, |poll| poll.every);
                    self.state = State::Send;
                    if let Some(delay) = stage.poll.as_ref().and_then(|poll| poll.delay) {
                        let millis = self.pause_asked().unwrap_or(delay);
                        self.waited_ms = millis;
                        self.state = State::Wait {
                            millis,
                            reason: format!("before the first question of `{}`", stage.id),
                        };
                    }
                    return;
                }
                Ok(false) => self.stage += 1,
                Err(error) => {
                    return self.fail(CallError::new(
                        ErrorCode::Malformed,
                        format!("step `{}` when: {}", stage.id, error.message),
                    ));
                }
            }
        }
        self.end_ok(action);
    }

    /// A good answer: capture, next page or next stage.
    fn advance(&mut self, action: &Action, stage: &Stage) {
        if let Some(paginate) = &stage.paginate {
            match self.turn_page(paginate) {
                Ok(true) => return,
                Ok(false) => {}
                Err(error) => return self.fail(error),
            }
        }
        if let Err(error) = self.keep(stage) {
            return self.fail(error);
        }
        if self.stage + 1 < action.steps.len() {
            self.enter(self.stage + 1);
        } else {
            self.stage += 1;
            self.end_ok(action);
        }
    }

    /// Writes down what the stage captures.
    fn keep(&mut self, stage: &Stage) -> Result<(), CallError> {
        let mut found = Vec::new();
        let mut fuel = fuel();
        for (name, template) in &stage.capture {
            let scope = self.scope(self.last.as_ref());
            let value = template.eval(&scope, &mut fuel).map_err(|error| {
                answer::malformed(
                    &format!("captured `{name}`: {}", error.message),
                    &error.hint,
                )
            })?;
            found.push((name.clone(), value));
        }
        if let Value::Object(captured) = &mut self.captured {
            captured.extend(found);
        }
        Ok(())
    }

    /// When the product itself says, with a good answer, when to ask again: it knows better than the action.
    fn pause_asked(&self) -> Option<u64> {
        let asked = self.last.as_ref()?.asked_to_wait()?;
        Some(asked.clamp(PAUSE_ASKED_MS_MIN, PAUSE_MS_MAX))
    }

    /// Waits for the next question, unless the poll's time is used up.
    fn pause(&mut self, poll: Option<&Poll>, error: Option<CallError>) {
        let Some(poll) = poll else {
            return;
        };
        let millis = match &error {
            Some(error) => {
                let asked = error.retry_after_ms.unwrap_or(0);
                self.pause_ms.max(asked.min(PAUSE_MS_MAX))
            }
            None => self.pause_asked().unwrap_or(self.pause_ms),
        };
        if self.waited_ms.saturating_add(millis) > poll.limit {
            let mut late = CallError::new(
                ErrorCode::Timeout,
                format!("the product was not done after {} s", poll.limit / 1_000),
            )
            .hint("it may still finish; the action's `for` says how long to wait");
            late.retryable = false;
            if let Some(error) = error {
                late.message = format!("{}; last: {}", late.message, error.message);
            }
            return self.fail(late);
        }
        self.waited_ms += millis;
        self.pause_ms = grown(self.pause_ms, poll);
        let reason = match &error {
            None => "the product is still working".to_owned(),
            Some(error) => error.message.clone(),
        };
        self.state = State::Wait { millis, reason };
    }

    fn fail(&mut self, error: CallError) {
        self.state = State::Done(Box::new(CallResult {
            status: CallStatus::Error,
            output: Value::Null,
            verdict: None,
            link: None,
            error: Some(error),
            undo: None,
        }));
    }
}

/// The next pause of a poll.
fn grown(pause_ms: u64, poll: &Poll) -> u64 {
    let factor = poll.backoff.clamp(1.0, 10.0);
    // Float to integer casts saturate; a pause is bounded by `every_max` and the poll's limit.
    let next = (pause_ms as f64 * factor).round() as u64;
    next.min(poll.every_max.unwrap_or(poll.limit)).max(1)
}

fn no_action(connector: &Connector, action: &str) -> CallError {
    let name = crate::check::short(action);
    let error = CallError::new(
        ErrorCode::InvalidInput,
        format!(
            "the connector `{}` has no action `{name}`",
            connector.manifest.id
        ),
    );
    match crate::shape::closest(action, connector.actions.keys().map(String::as_str)) {
        Some(near) => error.hint(format!("did you mean `{near}`?")),
        None => error,
    }
}
