//! The built-in actions on a played case: they do what they do in a real run, without a store.
//!
//! `case.verdict` merges answers with the same arithmetic; `case.close` knows the same reasons. What a built-in
//! action writes is kept in a [`CaseLog`] instead of in a case.

use serde::Serialize;
use serde_json::{Value, json};
use updraft_engine::{ActionResult, Input, Status, StepError};
use updraft_intel::{Policy, answers_of, merge};
use updraft_model::{BlobHash, CloseReason, Severity, Timestamp};

use super::drive::Calling;

/// What a play did to its case.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct CaseLog {
    /// Its verdict; empty if none was reached.
    pub verdict: String,
    /// Its verdict's score.
    pub score: Option<u64>,
    /// Why it was closed, if it was.
    pub closed: Option<String>,
    /// What was said at closing.
    pub note: String,
    /// What was written on its timeline.
    pub comments: Vec<String>,
    /// The titles of the Investigation cases that were opened.
    pub escalated: Vec<String>,
    /// The other cases that were opened, each with `key`, `type`, `title`, `severity`, `playbook` and `inputs`.
    pub opened: Vec<Value>,
    /// Its severity, if the run changed it.
    pub severity: Option<String>,
    /// Its owner, if the run changed it.
    pub owner: Option<String>,
    /// How many reports were written.
    pub reports: u32,
    #[serde(skip)]
    before: (String, Option<u64>),
}

/// What became of a built-in action.
pub(super) enum Hosted {
    /// It ended.
    Done(Box<ActionResult>),
    /// There is no stand-in for it.
    Unknown,
}

type Outcome = Result<Value, StepError>;

impl CaseLog {
    /// The case as the run finds it.
    pub(super) fn of(start: &Input) -> CaseLog {
        let mut log = CaseLog::default();
        if let Input::Started { context, .. } = start {
            let case = &context["case"];
            let verdict = case["verdict"].as_str().unwrap_or("unknown").to_owned();
            let score = case["score"].as_u64();
            let fresh = (verdict == "unknown").then_some(0);
            log.before = (verdict, score.or(fresh));
        }
        log
    }

    /// Performs a built-in action.
    pub(super) fn perform(&mut self, calling: &Calling, at: Timestamp) -> Hosted {
        let input = &calling.input;
        let done = match calling.action.as_str() {
            "case.verdict" => self.conclude(input, at),
            "case.close" => self.close(input),
            "case.comment" => self.comment(input),
            "case.escalate" => Ok(self.escalate(input)),
            "case.open" => self.open(input),
            "case.update" => self.update(input),
            "report.build" => Ok(self.report()),
            _ => return Hosted::Unknown,
        };
        Hosted::Done(Box::new(match done {
            Ok(output) => ActionResult::ok(output),
            Err(error) => ActionResult::failed(error),
        }))
    }

    /// Keeps what a scripted or recorded answer of a built-in action says about the case.
    pub(super) fn note(&mut self, calling: &Calling, result: &ActionResult, at: Timestamp) {
        if result.status != Status::Ok {
            return;
        }
        match calling.action.as_str() {
            "case.verdict" => {
                let level = result.output["level"].as_str();
                self.verdict = level.unwrap_or_default().to_owned();
                self.score = result.output["score"].as_u64();
            }
            // What these write is in their input; their outputs only name it.
            "case.close" | "case.comment" | "case.escalate" | "case.open" | "case.update"
            | "report.build" => {
                let _ = self.perform(calling, at);
            }
            _ => {}
        }
    }

    fn conclude(&mut self, input: &Value, at: Timestamp) -> Outcome {
        let word = input["policy"].as_str().unwrap_or("any-malicious");
        let Some(policy) = Policy::from_word(word) else {
            let text = format!("`{word}` is no verdict policy");
            return Err(StepError::new("invalid_input", text)
                .hint("use any-malicious or reliability-weighted"));
        };
        let answers = answers_of(&input["answers"], at)
            .map_err(|why| StepError::new("invalid_input", why))?;
        let merged = merge(&policy, &answers);
        let after = (merged.level.to_string(), Some(u64::from(merged.score)));
        let before = std::mem::replace(&mut self.before, after.clone());
        (self.verdict, self.score) = after.clone();
        let changed = before.0 != after.0 || before.1.is_some_and(|score| Some(score) != after.1);
        Ok(json!({
            "level": merged.level,
            "score": merged.score,
            "explanation": merged.explanation,
            "answered": merged.answered,
            "not_found": merged.not_found,
            "failed": merged.failed,
            "skipped": merged.skipped,
            "by_observable": merged.by_observable,
            "changed": changed,
            "before": before.0,
        }))
    }

    fn close(&mut self, input: &Value) -> Outcome {
        let word = input["reason"].as_str().unwrap_or_default();
        if CloseReason::from_word(word).is_none() {
            let text = format!("`{word}` is no reason to close a case");
            return Err(StepError::new("invalid_input", text));
        }
        if self.closed.is_some() {
            let text = "the case is closed already";
            return Err(StepError::new("case_state", text));
        }
        self.closed = Some(word.to_owned());
        self.note = input["note"].as_str().unwrap_or_default().to_owned();
        Ok(json!({ "reason": word }))
    }

    fn comment(&mut self, input: &Value) -> Outcome {
        let text = input["text"].as_str().unwrap_or_default();
        if text.trim().is_empty() {
            return Err(StepError::new("invalid_input", "a comment needs `text`"));
        }
        self.comments.push(text.to_owned());
        Ok(Value::Null)
    }

    fn escalate(&mut self, input: &Value) -> Value {
        let created = self.escalated.is_empty();
        if created {
            let title = input["title"].as_str().unwrap_or("Investigation");
            self.escalated.push(title.to_owned());
        }
        json!({ "id": "case_00000000000000000000000000", "number": 2, "created": created })
    }

    fn open(&mut self, input: &Value) -> Outcome {
        let text = |name: &str| input[name].as_str().unwrap_or_default();
        for name in ["key", "type", "title"] {
            if text(name).trim().is_empty() {
                let why = format!("a case needs `{name}`");
                return Err(StepError::new("invalid_input", why));
            }
        }
        let known = |opened: &Value| opened["key"] == input["key"];
        let created = !self.opened.iter().any(known);
        if created {
            self.opened.push(input.clone());
        }
        let number = 1 + self.opened.len();
        Ok(json!({ "id": format!("case_{number:026}"), "number": number, "created": created }))
    }

    fn update(&mut self, input: &Value) -> Outcome {
        let text = |name: &str| input[name].as_str().map(str::to_owned);
        if let Some(word) = text("severity") {
            if Severity::from_word(&word).is_none() {
                let why = format!("`{word}` is no severity");
                return Err(StepError::new("invalid_input", why));
            }
            self.severity = Some(word);
        }
        if let Some(owner) = text("owner") {
            self.owner = Some(owner);
        }
        Ok(Value::Null)
    }

    fn report(&mut self) -> Value {
        self.reports += 1;
        let text = format!(
            "Summary report (played). Verdict: {}",
            if self.verdict.is_empty() {
                "none"
            } else {
                &self.verdict
            }
        );
        let mut output = json!({ "title": "Summary report", "text": text });
        for (format, extension, content_type) in [
            ("html", "html", "text/html"),
            ("markdown", "md", "text/markdown"),
            ("json", "json", "application/json"),
        ] {
            output[format] = json!({
                "blob": BlobHash::of(format!("{format} {text}").as_bytes()),
                "name": format!("report.{extension}"),
                "content_type": content_type,
                "bytes": text.len(),
            });
        }
        output
    }
}
