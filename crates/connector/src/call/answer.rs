//! What an answer means: good, not found, not yet, or an error with a code.

use std::sync::Arc;

use updraft_expr::{ErrorKind, Fuel};

use super::{Answer, Call, CallScope};
use crate::{
    action::{Action, Decode, ResponseSpec, Step as Stage},
    decode,
    error::{CallError, ErrorCode},
    exchange::{Response, Transport},
    manifest::ErrorRule,
    retry_after,
    templates::{Condition, fuel},
};

/// How a stage's answer is read, where that is written down.
pub(super) fn reading<'a>(action: &'a Action, stage: &'a Stage) -> Option<&'a ResponseSpec> {
    stage
        .rules
        .response
        .as_ref()
        .or(action.rules.response.as_ref())
}

/// The judgment of one answer.
pub(super) enum Judged {
    Good,
    NotFound,
    Pending,
    Error(CallError),
}

impl Call {
    /// Reads the answer and judges it. It is then `last`, the one that outputs see.
    pub(super) fn judge(&mut self, action: &Action, stage: &Stage, response: Response) -> Judged {
        let mut default = ResponseSpec::default();
        if self.connector.manifest.transport == Transport::Whois {
            default.decode = Decode::Text;
        }
        let spec = reading(action, stage).unwrap_or(&default);
        let (body, broken) = match decode::decode(spec, &response.body) {
            Ok(body) => (body, None),
            Err(fault) => (serde_json::Value::Null, Some(fault)),
        };
        let status = response.status;
        let answer = Answer::of(response, body);
        let connector = Arc::clone(&self.connector);
        let judged = {
            let mut judge = Judge {
                scope: self.scope(Some(&answer)),
                fuel: fuel(),
                status,
                broken,
                errors: [
                    &stage.rules.errors,
                    &action.rules.errors,
                    &connector.manifest.errors,
                ],
            };
            judge.answer(action, stage)
        };
        self.last = Some(answer);
        judged
    }
}

impl Answer {
    fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.as_str()
    }

    /// How long the vendor asks to wait, milliseconds.
    pub(super) fn asked_to_wait(&self) -> Option<u64> {
        retry_after::millis(self.header("retry-after")?, self.header("date"))
    }
}

struct Judge<'a> {
    scope: CallScope<'a>,
    fuel: Fuel,
    status: u16,
    /// Why the body is no value.
    broken: Option<String>,
    errors: [&'a Vec<ErrorRule>; 3],
}

impl Judge<'_> {
    fn answer(&mut self, action: &Action, stage: &Stage) -> Judged {
        self.scope.no_body = self.broken.is_some();
        if let Some(pending) = stage.poll.as_ref().and_then(|poll| poll.pending.as_ref())
            && self.holds(pending)
        {
            return Judged::Pending;
        }
        let not_found = stage
            .rules
            .not_found
            .as_ref()
            .or(action.rules.not_found.as_ref());
        if not_found.is_some_and(|condition| self.holds(condition)) {
            return Judged::NotFound;
        }
        if let Some(fault) = &self.broken
            && (200..300).contains(&self.status)
        {
            let malformed = malformed(fault, "");
            return Judged::Error(self.ruled(true).unwrap_or(malformed));
        }
        let written = stage
            .rules
            .success
            .as_ref()
            .or(action.rules.success.as_ref());
        let success = match written {
            None => (200..300).contains(&self.status),
            Some(condition) => match condition.holds(&self.scope, &mut self.fuel) {
                Ok(holds) => holds,
                Err(_) if self.broken.is_some() || !(200..300).contains(&self.status) => false,
                Err(error) => {
                    return Judged::Error(malformed(
                        &format!("success: {}", error.message),
                        &error.hint,
                    ));
                }
            },
        };
        // A 2xx answer can still carry an error; a `success` that is written out decides alone.
        if !success || written.is_none() {
            if let Some(error) = self.ruled(success) {
                return Judged::Error(error);
            }
            if !success {
                return Judged::Error(self.fallback());
            }
        }
        match &stage.poll {
            None => Judged::Good,
            Some(poll) => self.polled(poll),
        }
    }

    fn polled(&mut self, poll: &crate::action::Poll) -> Judged {
        if let Some(failed) = &poll.failed
            && self.holds(failed)
        {
            let message = poll
                .failed_message
                .as_ref()
                .and_then(|template| template.text(&self.scope, &mut self.fuel).ok())
                .filter(|text| !text.trim().is_empty())
                .unwrap_or_else(|| "the product says that its work failed".to_owned());
            return Judged::Error(CallError::new(ErrorCode::Failed, message));
        }
        match poll.done.holds(&self.scope, &mut self.fuel) {
            Ok(true) => Judged::Good,
            Ok(false) => Judged::Pending,
            Err(error) => {
                Judged::Error(malformed(&format!("done: {}", error.message), &error.hint))
            }
        }
    }

    /// A rule about fields that this answer does not have is not about this answer.
    fn holds(&mut self, condition: &Condition) -> bool {
        condition
            .holds(&self.scope, &mut self.fuel)
            .unwrap_or(false)
    }

    fn ruled(&mut self, success: bool) -> Option<CallError> {
        for rules in self.errors {
            for rule in rules {
                // Without a body, a rule about a good status was not written for this answer,
                // unless it looks at the text.
                let blind = success && self.broken.is_some();
                let about_this = match &rule.when {
                    Some(when) => (!blind || when.reads("text")) && self.holds(when),
                    None => !success,
                };
                if about_this {
                    return Some(self.described(rule));
                }
            }
        }
        None
    }

    fn described(&mut self, rule: &ErrorRule) -> CallError {
        self.scope.no_body = false;
        let fallback = self.fallback();
        let mut text = |template: &Option<crate::templates::Text>| {
            template
                .as_ref()
                .and_then(|template| template.text(&self.scope, &mut self.fuel).ok())
                .filter(|text| !text.trim().is_empty())
        };
        let message = text(&rule.message);
        let hint = text(&rule.hint);
        let after = text(&rule.retry_after);
        let mut error = CallError::new(rule.code, message.unwrap_or(fallback.message));
        error = error.hint(hint.unwrap_or_else(|| advice(rule.code).to_owned()));
        error.retryable = rule.retryable.unwrap_or(rule.code.retryable());
        error.retry_after_ms = after
            .and_then(|text| {
                let date = self.scope.answer.and_then(|answer| answer.header("date"));
                retry_after::millis(&text, date)
            })
            .or_else(|| self.asked_to_wait());
        error
    }

    /// What the status alone says.
    fn fallback(&self) -> CallError {
        let (code, message) = match self.status {
            401 => (
                ErrorCode::Auth,
                "the product does not accept the credentials",
            ),
            403 => (ErrorCode::Forbidden, "the credentials do not allow this"),
            429 => (
                ErrorCode::RateLimited,
                "the product says: too many requests",
            ),
            408 | 500..=599 => (ErrorCode::Unavailable, "the product is not available"),
            _ => (ErrorCode::Failed, "the product answered with an error"),
        };
        let mut error =
            CallError::new(code, format!("{message} (status {})", self.status)).hint(advice(code));
        error.retry_after_ms = self.asked_to_wait();
        error
    }

    fn asked_to_wait(&self) -> Option<u64> {
        self.scope.answer?.asked_to_wait()
    }
}

fn advice(code: ErrorCode) -> &'static str {
    match code {
        ErrorCode::Auth => "check the credentials of this connection",
        ErrorCode::Forbidden => "check what the account of this connection may do",
        ErrorCode::RateLimited => "lower the connection's limits if this happens often",
        _ => "",
    }
}

/// An answer that the connector was not written for.
pub(super) fn malformed(fault: &str, hint: &str) -> CallError {
    CallError::new(
        ErrorCode::Malformed,
        format!("the answer is not as expected: {fault}"),
    )
    .hint(hint)
}

/// The error of an output, a verdict rule or a page.
pub(super) fn unexpected(place: &str, error: &updraft_expr::Error) -> CallError {
    let hint = if error.kind == ErrorKind::Limit {
        "the answer is too big for this rule"
    } else {
        &error.hint
    };
    malformed(&format!("{place}: {}", error.message), hint)
}
