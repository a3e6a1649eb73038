//! The end of a call: outputs, verdict, link and the way back.

use std::sync::Arc;

use serde_json::{Map, Value};
use updraft_expr::Fuel;
use updraft_model::{Verdict, VerdictLevel};

use super::{Answer, Call, CallResult, CallScope, CallStatus, State, UndoCall, answer};
use crate::{
    action::Action,
    error::CallError,
    templates::fuel,
    values::{Type, plain},
};

/// Longest explanation of a verdict, in characters.
const EXPLANATION_CHARS_MAX: usize = 500;

impl Call {
    pub(super) fn end_ok(&mut self, action: &Action) {
        let answer = self.last.take().unwrap_or_else(Answer::empty);
        let result = self.result(action, &answer);
        self.last = Some(answer);
        match result {
            Ok(result) => self.state = State::Done(Box::new(result)),
            Err(error) => self.fail(error),
        }
    }

    pub(super) fn end_not_found(&mut self, action: &Action) {
        let scope = self.scope(self.last.as_ref());
        let link = link(action, &scope, &mut fuel());
        self.state = State::Done(Box::new(CallResult {
            status: CallStatus::NotFound,
            output: Value::Null,
            verdict: None,
            link,
            error: None,
            undo: None,
        }));
    }

    fn result(&self, action: &Action, last: &Answer) -> Result<CallResult, CallError> {
        let mut fuel = fuel();
        let output = self.outputs(action, last, &mut fuel)?;
        let scope = CallScope {
            call: self,
            answer: Some(last),
            output: Some(&output),
            no_body: false,
        };
        let verdict = self.verdict(action, &scope, &mut fuel)?;
        let link = link(action, &scope, &mut fuel);
        // The write has happened: a way back that cannot be put together must not hide that.
        let undo = action.undo.as_ref().and_then(|undo| {
            let input = match &undo.input {
                Some(template) => template.eval(&scope, &mut fuel).ok()?,
                None => Value::Object(Map::new()),
            };
            Some(UndoCall {
                action: undo.action.clone(),
                input,
            })
        });
        Ok(CallResult {
            status: CallStatus::Ok,
            output,
            verdict,
            link,
            error: None,
            undo,
        })
    }

    fn outputs(&self, action: &Action, last: &Answer, fuel: &mut Fuel) -> Result<Value, CallError> {
        let scope = self.scope(Some(last));
        let mut output = Map::new();
        for (name, spec) in &action.outputs {
            let value = spec
                .value
                .eval(&scope, fuel)
                .map_err(|(_, error)| answer::unexpected(&format!("output `{name}`"), &error))?;
            let value = typed(spec.kind, value)
                .map_err(|fault| answer::malformed(&format!("output `{name}` {fault}"), ""))?;
            output.insert(name.clone(), value);
        }
        Ok(Value::Object(output))
    }

    fn verdict(
        &self,
        action: &Action,
        scope: &CallScope<'_>,
        fuel: &mut Fuel,
    ) -> Result<Option<Verdict>, CallError> {
        if action.verdict.is_empty() {
            return Ok(None);
        }
        let connector = Arc::clone(&self.connector);
        let opinion = |level, score, explanation: String| Verdict {
            level,
            score,
            source: connector.manifest.id.clone(),
            reliability: connector.manifest.reliability,
            explanation: explanation.chars().take(EXPLANATION_CHARS_MAX).collect(),
        };
        for rule in &action.verdict {
            let fault = |error| answer::unexpected("verdict", &error);
            let holds = match &rule.when {
                Some(when) => when.holds(scope, fuel).map_err(fault)?,
                None => true,
            };
            if holds {
                let score = match &rule.score {
                    Some(template) => number(&template.eval(scope, fuel).map_err(fault)?)?,
                    None => default_score(rule.level),
                };
                let explanation = rule.explain.text(scope, fuel).map_err(fault)?;
                return Ok(Some(opinion(rule.level, score, explanation)));
            }
        }
        Ok(Some(opinion(
            VerdictLevel::Unknown,
            0,
            "no verdict rule applies to the answer".into(),
        )))
    }
}

fn link(action: &Action, scope: &CallScope<'_>, fuel: &mut Fuel) -> Option<String> {
    let link = action.link.as_ref()?.text(scope, fuel).ok()?;
    let web = link.starts_with("https://") || link.starts_with("http://");
    (web && !link.contains(|c: char| c.is_control() || c == ' ')).then_some(link)
}

/// The value, if it is of the declared type; null always is.
fn typed(kind: Type, value: Value) -> Result<Value, String> {
    match (kind, value) {
        (_, Value::Null) => Ok(Value::Null),
        // Text from a vendor is not ours to bring into form: only numbers are made whole.
        (Type::Integer, value) if !value.is_string() => Type::Integer.admit(value),
        (Type::Number, Value::Number(number)) => Ok(Value::Number(number)),
        (Type::Integer | Type::Number, _) => {
            Err("is not a number; use `| int` or `| float`".into())
        }
        (Type::Boolean, Value::Bool(flag)) => Ok(Value::Bool(flag)),
        (Type::List, Value::Array(list)) => Ok(Value::Array(list)),
        (Type::Object, Value::Object(map)) => Ok(Value::Object(map)),
        (Type::Any, value) => Ok(value),
        (Type::File, value) => Type::File.admit(value),
        (Type::Boolean | Type::List | Type::Object, _) => {
            Err(format!("is not of the type {}", kind.as_str()))
        }
        (_, Value::String(text)) => Ok(Value::String(text)),
        (_, _) => Err("is not a text".into()),
    }
}

fn default_score(level: VerdictLevel) -> u8 {
    match level {
        VerdictLevel::Malicious => 90,
        VerdictLevel::Suspicious => 50,
        VerdictLevel::Benign | VerdictLevel::Unknown => 0,
    }
}

fn number(value: &Value) -> Result<u8, CallError> {
    let number = value
        .as_f64()
        .or_else(|| plain(value).trim().parse().ok())
        .filter(|number| number.is_finite())
        .ok_or_else(|| answer::malformed("the verdict's score is not a number", ""))?;
    Ok(number.round().clamp(0.0, 100.0) as u8)
}
