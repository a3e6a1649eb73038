//! The built-in actions of a playbook: what it does to its own case.
//!
//! | action | input | output |
//! |---|---|---|
//! | `case.verdict` | `answers`: list of `{observable, answers}`, `policy` | `level`, `score`, `explanation`, `answered`, `not_found`, `failed`, `skipped`, `changed` |
//! | `case.close` | `reason`, `note` | `reason` |
//! | `case.comment` | `text` | – |
//! | `case.escalate` | `title`, `description` | `id`, `number`, `created` |
//! | `case.open` | `key`, `type`, `title`, `severity`, `description`, `observables`, `playbook`, `inputs` | `id`, `number`, `created` |
//! | `case.update` | `severity`, `owner` | – |
//! | `report.build` | – | `html`, `markdown`, `json` (files), `title`, `text` |
//!
//! All of them happen inside the run's own transaction: they are done exactly when their step is recorded.

use serde_json::{Value, json};
use updraft_cases::report::{self, Report};
use updraft_engine::{ActionResult, StepError, StepKey};
use updraft_intel::{Policy, answers_of, merge};
use updraft_model::{CaseId, CloseReason, Severity, Timestamp};
use updraft_store::{Op, WhichRun};

use super::actor::Actor;
use crate::{
    error::Result,
    new_id,
    triggers::{Happened, What},
};

/// Longest comment or note that a playbook writes, characters.
const TEXT_CHARS_MAX: usize = 10_000;

impl Actor {
    /// Performs a built-in action. A wrong input is the step's error, not the application's.
    pub(super) async fn host(
        &mut self,
        _key: &StepKey,
        action: &str,
        input: &Value,
        at: Timestamp,
    ) -> Result<ActionResult> {
        let done = match action {
            "case.verdict" => self.host_verdict(input, at).await?,
            "case.close" => self.host_close(input, at).await?,
            "case.comment" => self.host_comment(input, at),
            "case.escalate" => self.host_escalate(input, at).await?,
            "case.open" => self.host_open(input, at).await?,
            "case.update" => self.host_update(input, at).await?,
            "report.build" => self.host_report(at).await?,
            other => Err(
                StepError::new("unknown_action", format!("there is no action `{other}`"))
                    .hint("see the list of built-in actions in docs/reference/playbook.md"),
            ),
        };
        Ok(match done {
            Ok(output) => ActionResult::ok(output),
            Err(error) => ActionResult::failed(error),
        })
    }

    async fn host_verdict(&mut self, input: &Value, at: Timestamp) -> Result<Done> {
        let word = input["policy"].as_str().unwrap_or("any-malicious");
        let Some(policy) = Policy::from_word(word) else {
            return Ok(Err(StepError::new(
                "invalid_input",
                format!("`{word}` is no verdict policy"),
            )
            .hint("use any-malicious or reliability-weighted")));
        };
        let answers = match answers_of(&input["answers"], at) {
            Ok(answers) => answers,
            Err(why) => return Ok(Err(StepError::new("invalid_input", why))),
        };
        let merged = merge(&policy, &answers);
        let run = self.run.id;
        let case_id = self.case_id();
        let case = self.case().await?;
        let before = (case.verdict, case.score);
        updraft_cases::apply_verdict(case, &merged, at);
        let changed = before != (case.verdict, case.score);
        let output = json!({
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
        });
        let text = format!(
            "Verdict {} (score {}): {}",
            merged.level, merged.score, merged.explanation
        );
        self.timeline(
            "verdict",
            text,
            json!({ "run": run, "level": merged.level }),
            at,
        );
        self.tx.ops.push(Op::PutAnswers {
            case: case_id,
            run,
            answers: answers.clone(),
        });
        self.answers = Some(answers);
        self.merged = Some(merged);
        Ok(Ok(output))
    }

    async fn host_close(&mut self, input: &Value, at: Timestamp) -> Result<Done> {
        let word = input["reason"].as_str().unwrap_or_default();
        let Some(reason) = CloseReason::from_word(word) else {
            return Ok(Err(StepError::new(
                "invalid_input",
                format!("`{word}` is no reason to close a case"),
            )));
        };
        let note = text_of(&input["note"]);
        let run = self.run.id;
        let case = self.case().await?;
        if let Err(error) = updraft_cases::close(case, reason, &note, at) {
            return Ok(Err(StepError::new("case_state", error.to_string())));
        }
        let text = if note.is_empty() {
            format!("Closed: {}", reason.as_str())
        } else {
            format!("Closed: {} – {note}", reason.as_str())
        };
        self.timeline("closed", text, json!({ "run": run, "reason": reason }), at);
        Ok(Ok(json!({ "reason": reason })))
    }

    fn host_comment(&mut self, input: &Value, at: Timestamp) -> Done {
        let text = text_of(&input["text"]);
        if text.trim().is_empty() {
            return Err(StepError::new("invalid_input", "a comment needs `text`"));
        }
        let run = self.run.id;
        self.timeline("comment", text, json!({ "run": run }), at);
        Ok(Value::Null)
    }

    /// Opens the internal Investigation case, once for each case however often it is asked for.
    async fn host_escalate(&mut self, input: &Value, at: Timestamp) -> Result<Done> {
        let parent = self.case().await?.clone();
        let key = format!("investigation:{}", parent.id);
        let store = self.app.store().clone();
        let driver = crate::App::driver(self.run.tenant);
        if let Some(existing) = store.case_by_key(&driver, key.clone()).await? {
            let output = json!({ "id": existing.id, "number": existing.number, "created": false });
            return Ok(Ok(output));
        }
        let title = match text_of(&input["title"]) {
            title if title.is_empty() => format!("Investigate: {}", parent.title),
            title => title,
        };
        let severity = input["severity"].as_str().and_then(Severity::from_word);
        let child = updraft_cases::escalate(new_id!(CaseId), &parent, &key, &title, severity, at);
        let id = child.id;
        let run = self.run.id;
        let actor = updraft_model::Actor::Run {
            id: run,
            playbook: self.run.playbook.clone(),
        };
        let entry = updraft_model::TimelineEntry {
            at,
            kind: "escalated".into(),
            actor,
            text: match text_of(&input["description"]) {
                text if text.is_empty() => format!("Escalated from case #{}", parent.number),
                text => text,
            },
            data: json!({ "parent": parent.id, "run": run }),
        };
        self.tx.ops.push(Op::InsertCase(Box::new(child.clone())));
        self.tx.ops.push(Op::Timeline { case: id, entry });
        let happened = Happened {
            tenant: self.run.tenant,
            what: What::Opened,
            case: &child,
            alert: None,
            inside: Some(&self.run),
            at,
        };
        let fired = self.app.fire(&happened, &[])?;
        self.take_on(fired)?;
        let text = format!("Investigation case opened: {title}");
        self.timeline("escalated", text, json!({ "case": id, "run": run }), at);
        Ok(Ok(json!({ "id": id, "created": true })))
    }

    async fn host_report(&mut self, at: Timestamp) -> Result<Done> {
        let report = self.report_data(at).await?;
        let name = format!("case-{}-{}", report.case_number, self.run.id);
        let title = report.title.clone();
        let text = report::markdown(&report);
        let mut output = json!({ "title": title, "text": text });
        let documents = [
            ("html", "text/html", report::html(&report)),
            ("markdown", "text/markdown", text),
            ("json", "application/json", report::json(&report)),
        ];
        for (format, content_type, document) in documents {
            let bytes: std::sync::Arc<[u8]> = document.into_bytes().into();
            let hash = updraft_model::BlobHash::of(&bytes);
            let extension = if format == "markdown" { "md" } else { format };
            output[format] = json!({
                "blob": hash,
                "name": format!("{name}.{extension}"),
                "content_type": content_type,
                "bytes": bytes.len(),
            });
            self.tx.ops.push(Op::PutBlob { hash, bytes });
            self.tx.ops.push(Op::PutReport {
                case: self.run.case,
                run: self.run.id,
                format: extension.to_owned(),
                blob: hash,
            });
        }
        let run = self.run.id;
        self.timeline(
            "report",
            "Summary report written",
            json!({ "run": run }),
            at,
        );
        Ok(Ok(output))
    }

    async fn report_data(&mut self, at: Timestamp) -> Result<Report> {
        let driver = crate::App::driver(self.run.tenant);
        if self.answers.is_none() {
            let store = self.app.store().clone();
            self.answers = Some(
                store
                    .answers(&driver, self.run.case, WhichRun::Run(self.run.id))
                    .await?,
            );
        }
        let answers = self.answers.clone().unwrap_or_default();
        let merged = match &self.merged {
            Some(merged) => merged.clone(),
            None => merge(&Policy::default(), &answers),
        };
        let run = self.run.clone();
        let url = self.app.case_url(self.run.case);
        let case = self.case().await?;
        Ok(Report::of(case, &run, &answers, &merged, &url, at))
    }
}

/// How a built-in action ends.
pub(super) type Done<T = Value> = std::result::Result<T, StepError>;

/// A text of a playbook, not longer than a comment may be.
pub(super) fn text_of(value: &Value) -> String {
    value
        .as_str()
        .unwrap_or_default()
        .chars()
        .take(TEXT_CHARS_MAX)
        .collect()
}
