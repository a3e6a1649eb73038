//! What `manual`, `ask` and `approve` have in common: the request to the host, answers, the deadline.
//!
//! `timeout` is the deadline. At it `default` is the answer (`output.defaulted` is true); without a
//! default the step fails with the code `deadline`. `reminder` is one distance, repeated three times,
//! or a list of distances from the start.

use serde_json::{Map, Value, json};
use updraft_expr::{JsonTemplate, sealed_inside};
use updraft_model::Timestamp;

use super::{Text, form};
use crate::{
    AskKind, StepError,
    limits::{ANSWER_BYTES_MAX, REMINDERS_DEFAULT, REMINDERS_MAX},
    machine::{Done, End, Flow, FrameId, Turn, size_of_value},
    plan::{Bound, Fields, Parser, Step, parse_duration_ms, suggest_hint},
};

/// How a question ended, beside the answer itself.
#[derive(Debug, Clone, Default)]
pub(crate) struct Told {
    /// Who answered.
    pub by: Vec<String>,
    /// What they said beside it.
    pub note: String,
    /// Nobody answered in time.
    pub defaulted: bool,
    /// Somebody ended the question without an answer.
    pub broke_out: bool,
}

/// When people are reminded, in milliseconds from the start.
#[derive(Debug, Clone, Default)]
pub(super) struct Reminders(Vec<i64>);

impl Reminders {
    /// Reads `reminder:`.
    pub(super) fn parse(p: &mut Parser, fields: &Fields<'_>) -> Self {
        let pointer = fields.at("reminder");
        match fields.get("reminder") {
            None => Self::default(),
            Some(Value::Array(list)) => {
                if list.len() > REMINDERS_MAX {
                    let text = format!("a step may remind {REMINDERS_MAX} times");
                    p.error("UP013", &pointer, text);
                }
                let mut all = Vec::new();
                for (index, item) in list.iter().enumerate() {
                    match item.as_str().and_then(parse_duration_ms) {
                        Some(millis) if millis > 0 => all.push(millis),
                        _ => wrong_duration(p, &format!("{pointer}/{index}")),
                    }
                }
                all.sort_unstable();
                all.dedup();
                Self(all)
            }
            Some(_) => match p.duration(fields, "reminder") {
                Some(millis) if millis > 0 => {
                    let times = 1..=i64::try_from(REMINDERS_DEFAULT).unwrap_or(1);
                    Self(times.map(|n| millis.saturating_mul(n)).collect())
                }
                Some(_) => {
                    wrong_duration(p, &pointer);
                    Self::default()
                }
                None => Self::default(),
            },
        }
    }

    /// The moments.
    pub(super) fn moments(&self, now: Timestamp) -> Vec<Timestamp> {
        self.0
            .iter()
            .map(|millis| now.plus_millis(*millis))
            .collect()
    }
}

fn wrong_duration(p: &mut Parser, pointer: &str) {
    p.error(
        "UP011",
        pointer,
        "a reminder comes after a duration such as 4h",
    );
}

/// What people are asked to fill in, and what counts if nobody does.
#[derive(Debug, Clone)]
pub(crate) struct Sheet {
    form: Option<form::Form>,
    default: Option<Bound<JsonTemplate>>,
}

impl Sheet {
    /// The names of the fields with their types.
    pub(crate) fn form_fields(&self) -> Option<&[(String, String)]> {
        self.form.as_ref().map(|form| form.fields.as_slice())
    }
    /// Reads `form` and `default`.
    pub(super) fn parse(p: &mut Parser, fields: &Fields<'_>) -> Self {
        let before = p.problem_count();
        let form = form::parse(p, fields);
        let sound = p.problem_count() == before;
        let literal = |key: &str| {
            let value = fields
                .get(key)
                .filter(|value| !value.to_string().contains("{{"));
            value.cloned()
        };
        match fields.get("default") {
            None | Some(Value::Object(_)) => {}
            Some(Value::String(text)) if text.contains("{{") => {}
            Some(_) => {
                p.error("UP001", &fields.at("default"), "`default` must be a map");
            }
        }
        if sound && let Some(Value::Object(default)) = literal("default") {
            let fields_of = |form: Value| form.as_array().cloned().unwrap_or_default();
            let form = match fields.get("form") {
                None => Some(Vec::new()),
                Some(_) => literal("form").map(fields_of),
            };
            if let Some(Err(error)) = form.map(|form| form::check_values(&form, &default)) {
                let problem = p.error("UP019", &fields.at("default"), error.message);
                problem.hint = error.hint;
            }
        }
        Self {
            form,
            default: p.json_template(fields, "default"),
        }
    }

    /// Adds the rendered form and default to a request.
    pub(super) fn render(
        &self,
        turn: &mut Turn<'_>,
        frame: FrameId,
        request: &mut Map<String, Value>,
    ) -> Result<(), StepError> {
        let form = match &self.form {
            Some(form) => form.render(turn, frame)?,
            None => Vec::new(),
        };
        if let Some(default) = &self.default {
            let Value::Object(default) = turn.eval(frame, default)? else {
                return Err(StepError::new("expression", "`default` gives no map"));
            };
            form::check_values(&form, &default).map_err(|error| {
                let text = format!("`default` does not fit: {}", error.message);
                StepError::new("expression", text).hint(error.hint)
            })?;
            request.insert("default".into(), Value::Object(default));
        }
        request.insert("form".into(), Value::Array(form));
        Ok(())
    }
}

/// Puts a rendered text into a request.
pub(super) fn put_text(
    turn: &mut Turn<'_>,
    frame: FrameId,
    request: &mut Map<String, Value>,
    name: &str,
    text: Option<&Text>,
) -> Result<(), StepError> {
    let text = match text {
        Some(text) => text.eval(turn, frame)?,
        None => String::new(),
    };
    request.insert(name.into(), Value::from(text));
    Ok(())
}

/// Puts the question to the host.
pub(super) fn open(
    turn: &mut Turn<'_>,
    frame: FrameId,
    step: &Step,
    kind: AskKind,
    mut request: Map<String, Value>,
    reminders: &Reminders,
) -> Result<Flow, StepError> {
    request.insert("title".into(), Value::from(step.title.as_str()));
    request.insert("why".into(), Value::from(step.why.as_str()));
    let request = Value::Object(request);
    if sealed_inside(&request).is_some() {
        let text = "a secret or restricted value cannot be shown to people";
        return Err(StepError::new("expression", text)
            .hint("show `{{ x | mask }}`, and let the form have a restricted field"));
    }
    if size_of_value(&request).is_none_or(|size| size > ANSWER_BYTES_MAX) {
        let text = "what people are asked is too large";
        return Err(StepError::new("limit", text).hint(format!("at most {ANSWER_BYTES_MAX} bytes")));
    }
    let moments = reminders.moments(turn.now());
    turn.open_ask(frame, kind, request, step.timeout_ms, moments);
    Ok(Flow::Wait)
}

/// Whether an answer fits a request.
pub(crate) fn check_answer(
    kind: AskKind,
    request: &Value,
    answer: &Value,
) -> Result<(), StepError> {
    if size_of_value(answer).is_none_or(|size| size > ANSWER_BYTES_MAX) {
        return Err(form::wrong("the answer is too large")
            .hint(format!("at most {ANSWER_BYTES_MAX} bytes")));
    }
    let Value::Object(answer) = answer else {
        return Err(form::wrong("an answer is a map")
            .hint(r#"{"values": {…}}, {"skipped": "why"} or {"approved": true}"#));
    };
    let known: &[&str] = match kind {
        AskKind::Manual => &["values", "note", "skipped"],
        AskKind::Ask => &["values", "note"],
        AskKind::Approve => &["approved", "note"],
    };
    if let Some(odd) = answer.keys().find(|key| !known.contains(&key.as_str())) {
        let odd: String = odd.chars().take(80).collect();
        let hint = suggest_hint(&odd, known);
        return Err(form::wrong(format!("an answer has no `{odd}` here")).hint(hint));
    }
    if answer
        .get("note")
        .is_some_and(|note| !note.is_string() && !note.is_null())
    {
        return Err(form::wrong("`note` must be a text"));
    }
    if kind == AskKind::Approve {
        return match answer.get("approved") {
            Some(Value::Bool(_)) => Ok(()),
            _ => Err(form::wrong("`approved` must be true or false")),
        };
    }
    if let Some(skipped) = answer.get("skipped").filter(|skipped| !skipped.is_null()) {
        return check_skip(request, skipped, answer.contains_key("values"));
    }
    let form = request.get("form").and_then(Value::as_array);
    let form = form.map_or(&[][..], Vec::as_slice);
    match answer.get("values") {
        None | Some(Value::Null) => form::check_values(form, &Map::new()),
        Some(Value::Object(values)) => form::check_values(form, values),
        Some(_) => Err(form::wrong("`values` must be a map")),
    }
}

fn check_skip(request: &Value, skipped: &Value, values: bool) -> Result<(), StepError> {
    let mandatory = request.get("mandatory") == Some(&Value::Bool(true));
    match skipped {
        _ if values => Err(form::wrong("a task is either done or skipped")),
        Value::String(reason) if reason.trim().is_empty() && mandatory => {
            Err(form::wrong("this task is mandatory: say why it is skipped"))
        }
        Value::String(reason) if reason.len() > ANSWER_BYTES_MAX / 4 => {
            Err(form::wrong("the reason is too long"))
        }
        Value::String(_) => Ok(()),
        _ => Err(form::wrong("`skipped` is the reason, a text")),
    }
}

/// A question is over: the step ends with this.
pub(crate) fn told(
    turn: &Turn<'_>,
    frame: FrameId,
    kind: AskKind,
    request: &Value,
    answer: Option<&Value>,
    told: Told,
) -> Flow {
    let default = request.get("default");
    if told.defaulted && default.is_none() {
        let error = StepError::new("deadline", "nobody answered in time")
            .hint("give the step a `default`, or catch this with `on_error` or `try`");
        return Flow::End(End::Failed(turn.failure(frame, error)));
    }
    let field = |name: &str| answer.and_then(|answer| answer.get(name)).cloned();
    let values = || {
        let given = field("values").or_else(|| default.cloned());
        given.filter(Value::is_object).unwrap_or_else(|| json!({}))
    };
    let by = told.by.first().cloned();
    let output = match kind {
        AskKind::Manual => json!({
            "values": values(),
            "note": told.note,
            "skipped": field("skipped").unwrap_or_default(),
            "by": by,
            "defaulted": told.defaulted,
        }),
        AskKind::Ask => json!({
            "values": values(),
            "note": told.note,
            "by": by,
            "defaulted": told.defaulted,
            "broke_out": told.broke_out,
        }),
        AskKind::Approve => json!({
            "approved": match told.defaulted {
                true => Value::Bool(default == Some(&Value::from("approve"))),
                false => field("approved").unwrap_or(Value::Bool(false)),
            },
            "by": told.by,
            "note": told.note,
            "defaulted": told.defaulted,
        }),
    };
    Flow::End(End::Done(Done::output(output)))
}

/// A `default` without a deadline is never used.
pub(super) fn check_default(p: &mut Parser, step: &Fields<'_>, inner: &Fields<'_>) {
    if inner.get("default").is_some() && step.get("timeout").is_none() {
        let text = "the default is never used: there is no deadline";
        p.warning("UP021", &inner.at("default"), text).hint = "give the step a `timeout`".into();
    }
}
