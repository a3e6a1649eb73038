//! `actions/<name>.yaml` in memory: one thing the product can do, as a list of exchanges and rules.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{
    manifest::{ErrorRule, duration, duration_option, size_option},
    templates::{Condition, Json, Text},
    values::{Type, ValueSpec},
};
use updraft_model::VerdictLevel;

/// Most steps of an action.
pub const STEPS_MAX: usize = 20;
/// Pages at most unless the action says otherwise.
pub const PAGES_DEFAULT: u32 = 10;

/// What an action changes outside.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(rename_all = "snake_case")]
pub enum Effect {
    /// Nothing.
    #[default]
    Read,
    /// Somebody is told.
    Notify,
    /// A record is written.
    Write,
    /// Something is stopped, and can be started again.
    ContainReversible,
    /// Something is changed for good.
    Irreversible,
}

impl Effect {
    /// True when the intent must be recorded before the request is sent: everything but `read`.
    pub const fn needs_intent(self) -> bool {
        !matches!(self, Effect::Read)
    }
    /// The word in a manifest.
    pub const fn as_str(self) -> &'static str {
        match self {
            Effect::Read => "read",
            Effect::Notify => "notify",
            Effect::Write => "write",
            Effect::ContainReversible => "contain_reversible",
            Effect::Irreversible => "irreversible",
        }
    }
}

/// One thing the product can do.
#[derive(Debug, Clone, Deserialize)]
#[serde(from = "ActionDocument")]
pub struct Action {
    /// verb_noun.
    pub name: String,
    /// A few words for menus.
    pub title: String,
    /// One sentence.
    pub summary: String,
    /// More, in Markdown.
    pub description: String,
    /// The vendor-neutral verbs it provides.
    pub capabilities: Vec<String>,
    /// What it changes outside.
    pub effect: Effect,
    /// The kind of thing it is about.
    pub acts_on: Option<String>,
    /// How long an identical answer may be used again; `None`: never.
    pub cache_ms: Option<u64>,
    /// For one exchange; `None`: the connector's.
    pub timeout_ms: Option<u64>,
    /// A longer answer is an error; `None`: the connector's.
    pub response_bytes_max: Option<u64>,
    /// What it needs.
    pub inputs: BTreeMap<String, ValueSpec>,
    /// What a playbook gets.
    pub outputs: BTreeMap<String, OutputSpec>,
    /// What a repeated call does.
    pub idempotency: Idempotency,
    /// The call that takes it back.
    pub undo: Option<FollowUp>,
    /// The call that shows that it happened.
    pub verify: Option<Verify>,
    pub(crate) steps: Vec<Step>,
    pub(crate) rules: AnswerRules,
    pub(crate) verdict: Vec<VerdictRule>,
    pub(crate) link: Option<Text>,
}

impl Action {
    /// True when the answer carries an opinion about the thing.
    pub fn gives_verdict(&self) -> bool {
        !self.verdict.is_empty()
    }
    /// True when the product works on it for a while and is asked again (`poll`).
    pub fn polls(&self) -> bool {
        self.steps.iter().any(|step| step.poll.is_some())
    }
}

#[derive(Deserialize)]
struct ActionDocument {
    action: String,
    title: String,
    summary: String,
    #[serde(default)]
    description: String,
    #[serde(default)]
    capabilities: Vec<String>,
    effect: Effect,
    #[serde(default)]
    acts_on: Option<String>,
    #[serde(default, deserialize_with = "duration_option")]
    cache: Option<u64>,
    #[serde(default, deserialize_with = "duration_option")]
    timeout: Option<u64>,
    #[serde(default, deserialize_with = "size_option")]
    response_bytes_max: Option<u64>,
    #[serde(default)]
    inputs: BTreeMap<String, ValueSpec>,
    #[serde(default)]
    request: Option<RequestSpec>,
    #[serde(default)]
    paginate: Option<Paginate>,
    #[serde(default)]
    steps: Vec<Step>,
    #[serde(flatten)]
    rules: AnswerRules,
    #[serde(default)]
    outputs: BTreeMap<String, OutputSpec>,
    #[serde(default)]
    verdict: Vec<VerdictRule>,
    #[serde(default)]
    link: Option<Text>,
    #[serde(default)]
    idempotency: Idempotency,
    #[serde(default)]
    undo: Option<Undo>,
    #[serde(default)]
    verify: Option<Verify>,
}

impl From<ActionDocument> for Action {
    fn from(document: ActionDocument) -> Self {
        let mut steps = document.steps;
        if let Some(request) = document.request {
            steps.insert(
                0,
                Step {
                    id: "request".into(),
                    when: None,
                    request: Some(request),
                    poll: None,
                    paginate: document.paginate,
                    rules: AnswerRules::default(),
                    capture: BTreeMap::new(),
                },
            );
        }
        Action {
            name: document.action,
            title: document.title,
            summary: document.summary,
            description: document.description,
            capabilities: document.capabilities,
            effect: document.effect,
            acts_on: document.acts_on,
            cache_ms: document.cache,
            timeout_ms: document.timeout,
            response_bytes_max: document.response_bytes_max,
            inputs: document.inputs,
            outputs: document.outputs,
            idempotency: document.idempotency,
            undo: match document.undo {
                Some(Undo::Call(call)) => Some(call),
                Some(Undo::Word(_)) | None => None,
            },
            verify: document.verify,
            steps,
            rules: document.rules,
            verdict: document.verdict,
            link: document.link,
        }
    }
}

/// How an answer is read and judged; at a step, what is missing is the action's.
#[derive(Debug, Clone, Default, Deserialize)]
pub(crate) struct AnswerRules {
    #[serde(default)]
    pub response: Option<ResponseSpec>,
    #[serde(default)]
    pub success: Option<Condition>,
    #[serde(default)]
    pub not_found: Option<Condition>,
    #[serde(default)]
    pub errors: Vec<ErrorRule>,
}

#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Step {
    pub id: String,
    #[serde(default)]
    pub when: Option<Condition>,
    #[serde(default)]
    pub request: Option<RequestSpec>,
    #[serde(default)]
    pub poll: Option<Poll>,
    #[serde(default)]
    pub paginate: Option<Paginate>,
    #[serde(flatten)]
    pub rules: AnswerRules,
    #[serde(default)]
    pub capture: BTreeMap<String, Text>,
}

impl Step {
    pub fn request(&self) -> Option<&RequestSpec> {
        self.poll
            .as_ref()
            .map(|poll| &poll.request)
            .or(self.request.as_ref())
    }
}

#[derive(Debug, Clone, Deserialize)]
pub(crate) struct RequestSpec {
    #[serde(default = "get")]
    pub method: String,
    #[serde(default)]
    pub path: Option<Text>,
    #[serde(default)]
    pub url: Option<Text>,
    /// A mapping; for WHOIS a text.
    #[serde(default)]
    pub query: Option<Json>,
    #[serde(default)]
    pub headers: Option<Json>,
    #[serde(default)]
    pub body: Option<BodySpec>,
    #[serde(default)]
    pub server: Option<Text>,
    #[serde(default, deserialize_with = "duration_option")]
    pub timeout: Option<u64>,
}

#[derive(Debug, Clone, Default, Deserialize)]
pub(crate) struct BodySpec {
    #[serde(default)]
    pub json: Option<Json>,
    #[serde(default)]
    pub form: Option<Json>,
    #[serde(default)]
    pub multipart: Option<Vec<PartSpec>>,
    #[serde(default)]
    pub text: Option<Text>,
    #[serde(default)]
    pub raw_file: Option<Text>,
    #[serde(default)]
    pub content_type: Option<Text>,
}

#[derive(Debug, Clone, Deserialize)]
pub(crate) struct PartSpec {
    pub name: Text,
    #[serde(default)]
    pub file: Option<Text>,
    #[serde(default)]
    pub value: Option<Text>,
    #[serde(default)]
    pub json: Option<Json>,
    #[serde(default)]
    pub filename: Option<Text>,
    #[serde(default)]
    pub content_type: Option<Text>,
}

#[derive(Debug, Clone, Default, Deserialize)]
pub(crate) struct ResponseSpec {
    #[serde(default)]
    pub decode: Decode,
    #[serde(default)]
    pub strip_prefix: Option<String>,
    #[serde(default)]
    pub lists: Vec<String>,
}

/// How a body is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Decode {
    #[default]
    Json,
    Text,
    Xml,
    Ndjson,
    None,
    Binary,
}

impl Decode {
    /// What to ask for.
    pub fn accept(self) -> &'static str {
        match self {
            Decode::Json => "application/json",
            Decode::Xml => "application/xml, text/xml",
            Decode::Text | Decode::Ndjson | Decode::None | Decode::Binary => "*/*",
        }
    }
}

#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Poll {
    pub request: RequestSpec,
    #[serde(deserialize_with = "duration")]
    pub every: u64,
    #[serde(default, deserialize_with = "duration_option")]
    pub delay: Option<u64>,
    #[serde(default = "one")]
    pub backoff: f64,
    #[serde(default, deserialize_with = "duration_option")]
    pub every_max: Option<u64>,
    #[serde(rename = "for", deserialize_with = "duration")]
    pub limit: u64,
    pub done: Condition,
    #[serde(default)]
    pub failed: Option<Condition>,
    #[serde(default)]
    pub failed_message: Option<Text>,
    #[serde(default)]
    pub pending: Option<Condition>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum PageKind {
    Cursor,
    Offset,
    Page,
    NextUrl,
    LinkHeader,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum PageInto {
    #[default]
    Query,
    Json,
}

#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Paginate {
    pub kind: PageKind,
    pub items: Text,
    #[serde(default)]
    pub cursor: Option<Text>,
    #[serde(default)]
    pub next: Option<Text>,
    #[serde(default)]
    pub param: Option<String>,
    #[serde(default)]
    pub start: Option<u64>,
    #[serde(default)]
    pub limit_param: Option<String>,
    #[serde(default)]
    pub page_size: Option<u64>,
    #[serde(default)]
    pub max_pages: Option<u32>,
    #[serde(default)]
    pub stop_when: Option<Condition>,
    #[serde(default, rename = "in")]
    pub into: PageInto,
}

/// A value for playbooks.
#[derive(Debug, Clone, Deserialize)]
pub struct OutputSpec {
    /// What it is.
    #[serde(rename = "type")]
    pub kind: Type,
    /// What it says.
    #[serde(default)]
    pub summary: String,
    /// Label in reports.
    #[serde(default)]
    pub title: String,
    /// True when nobody may see it: playbooks get a handle, and no answer that holds it is kept.
    #[serde(default)]
    pub restricted: bool,
    pub(crate) value: Json,
}

#[derive(Debug, Clone, Deserialize)]
pub(crate) struct VerdictRule {
    #[serde(default)]
    pub when: Option<Condition>,
    pub level: VerdictLevel,
    #[serde(default)]
    pub score: Option<Text>,
    pub explain: Text,
}

/// How a repeated call behaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum IdempotencyKind {
    /// The second changes nothing.
    Natural,
    /// The product knows the key.
    Key,
    /// After an unknown outcome another action looks first.
    Find,
    /// It happens twice.
    #[default]
    None,
}

/// What a repeated call does.
#[derive(Debug, Clone, Default, Deserialize)]
pub struct Idempotency {
    /// Which kind.
    #[serde(default)]
    pub kind: IdempotencyKind,
    /// The header that takes the key.
    #[serde(default)]
    pub header: Option<String>,
    /// The action that looks.
    #[serde(default)]
    pub find: Option<String>,
    #[serde(default)]
    pub(crate) find_input: Option<Json>,
    #[serde(default)]
    pub(crate) found: Option<Condition>,
    /// How long to wait before looking, milliseconds.
    #[serde(default, deserialize_with = "duration_option")]
    pub settle: Option<u64>,
}

/// Another call that this one leads to.
#[derive(Debug, Clone, Deserialize)]
pub struct FollowUp {
    /// An action of this connector.
    pub action: String,
    #[serde(default)]
    pub(crate) input: Option<Json>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Undo {
    Call(FollowUp),
    /// `none`: there is no way back.
    Word(#[allow(dead_code)] String),
}

/// The call that shows that it happened.
#[derive(Debug, Clone, Deserialize)]
pub struct Verify {
    /// A `read` action of this connector.
    pub action: String,
    #[serde(default)]
    pub(crate) input: Option<Json>,
    pub(crate) holds: Condition,
}

fn get() -> String {
    "GET".into()
}
fn one() -> f64 {
    1.0
}
