//! What people do to cases, and what they see of them.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use updraft_model::{
    Alert, Answer, BlobHash, Case, CaseId, CloseReason, Granted, Run, Severity, Ticket,
    TimelineEntry, Timestamp,
};
use updraft_store::{
    CaseCounts, CaseFilter, CasePage, Conflict, Op, Page, ReportRow, TimelinePage, Tx, WhichRun,
};

use crate::{App, Error, clock, error::Result, events::Change, runs::Waiting, sources::audit};

/// How often a change that lost a race is tried again.
const CHANGE_TRIES: usize = 5;
const COMMENT_CHARS_MAX: usize = 20_000;
/// How many of the latest lines of a timeline are searched for a comment.
const LINES_LOOKED_AT: u32 = 200;

/// A case with everything that its page shows.
#[derive(Debug, Clone)]
pub struct CaseView {
    /// The case.
    pub case: Case,
    /// What the providers said in the latest run that asked them.
    pub answers: Vec<Answer>,
    /// The tickets in other systems.
    pub tickets: Vec<Ticket>,
    /// Its runs, newest first.
    pub runs: Vec<Run>,
    /// Its reports, newest first.
    pub reports: Vec<ReportRow>,
}

/// A report in one format.
#[derive(Debug, Clone)]
pub struct Document {
    /// Its media type.
    pub content_type: &'static str,
    /// A file name for it.
    pub name: String,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

impl App {
    /// A case by its id or by the number that people say.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub async fn case(&self, granted: &Granted, id_or_number: &str) -> Result<Case> {
        let found = if let Ok(id) = id_or_number.parse::<CaseId>() {
            self.0.store.case(granted, id).await?
        } else if let Ok(number) = id_or_number.trim_start_matches('#').parse::<u64>() {
            self.0.store.case_by_number(granted, number).await?
        } else {
            None
        };
        found.ok_or_else(|| Error::not_found("case", id_or_number))
    }

    /// A case with everything that its page shows.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub async fn case_view(&self, granted: &Granted, id_or_number: &str) -> Result<CaseView> {
        let case = self.case(granted, id_or_number).await?;
        let store = &self.0.store;
        let (answers, tickets, runs, reports) = tokio::try_join!(
            store.answers(granted, case.id, WhichRun::Latest),
            store.tickets(granted, case.id),
            store.runs_of_case(granted, case.id),
            store.reports(granted, case.id),
        )?;
        Ok(CaseView {
            case,
            answers,
            tickets,
            runs,
            reports,
        })
    }

    /// A page of cases, newest change first.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub async fn case_list(
        &self,
        granted: &Granted,
        filter: CaseFilter,
        page: Page,
    ) -> Result<CasePage> {
        Ok(self.0.store.cases(granted, filter, page).await?)
    }

    /// The ticket of each of these cases that has one.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub async fn tickets_of_cases(
        &self,
        granted: &Granted,
        cases: Vec<CaseId>,
    ) -> Result<BTreeMap<CaseId, Ticket>> {
        Ok(self.0.store.tickets_of_cases(granted, cases).await?)
    }

    /// The numbers that people say for these cases.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub async fn case_numbers(
        &self,
        granted: &Granted,
        cases: Vec<CaseId>,
    ) -> Result<BTreeMap<CaseId, u64>> {
        Ok(self.0.store.case_numbers(granted, cases).await?)
    }

    /// How many cases there are, by each filter.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub async fn case_counts(&self, granted: &Granted) -> Result<CaseCounts> {
        Ok(self
            .0
            .store
            .case_counts(granted, CaseFilter::default())
            .await?)
    }

    /// What happened to a case.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub async fn case_timeline(
        &self,
        granted: &Granted,
        id_or_number: &str,
        page: Page,
    ) -> Result<TimelinePage> {
        let case = self.case(granted, id_or_number).await?;
        Ok(self.0.store.timeline(granted, case.id, page).await?)
    }

    /// The summary report of a case in one format, of the latest run or of the one named.
    ///
    /// # Errors
    /// [`Error::NotFound`] when there is none yet.
    pub async fn case_report(
        &self,
        granted: &Granted,
        id_or_number: &str,
        format: &str,
        run: Option<updraft_model::RunId>,
    ) -> Result<Document> {
        let case = self.case(granted, id_or_number).await?;
        let (content_type, format) = match format {
            "html" => ("text/html; charset=utf-8", "html"),
            "md" | "markdown" => ("text/markdown; charset=utf-8", "md"),
            "json" => ("application/json", "json"),
            other => {
                return Err(Error::invalid(
                    "report.format",
                    format!("there is no report format `{other}`"),
                    "use html, md or json",
                ));
            }
        };
        let reports = self.0.store.reports(granted, case.id).await?;
        let row = reports
            .iter()
            .find(|row| row.format == format && run.is_none_or(|run| row.run == run))
            .ok_or_else(|| Error::not_found("report of case", case.number))?;
        let bytes = self
            .0
            .store
            .blob(granted, row.blob)
            .await?
            .ok_or_else(|| Error::not_found("report", row.blob))?;
        let name = format!("updraft-case-{}.{format}", case.number);
        Ok(Document {
            content_type,
            name,
            bytes,
        })
    }

    /// Adds a person's comment.
    ///
    /// # Errors
    /// [`Error::Invalid`] for an empty or endless text.
    pub async fn comment(&self, granted: &Granted, id: &str, text: &str) -> Result<()> {
        let text = text.trim();
        if text.is_empty() || text.chars().count() > COMMENT_CHARS_MAX {
            return Err(Error::invalid(
                "comment.length",
                format!("a comment has 1 to {COMMENT_CHARS_MAX} characters"),
                "attach longer texts as files",
            ));
        }
        let case = self.case(granted, id).await?;
        let now = clock::now();
        let mut tx = Tx::new(granted.tenant()).priority(Severity::High);
        tx.ops.push(entry(
            granted,
            case.id,
            "comment",
            text.to_owned(),
            json!({}),
            now,
        ));
        tx.ops.push(audit(
            granted,
            "case.comment",
            &case.id.to_string(),
            json!({}),
            now,
        ));
        // A comment changes nothing of the case itself, so nobody else has to wait; but a run that looks at the case
        // right now must not miss it.
        let _turn = self.0.case_locks.lock(&case.id).await;
        tx.ops.extend(self.tell_watchers(case.id));
        self.0.store.commit(tx).await?;
        self.ring_watchers(case.id);
        self.0
            .events
            .tell(granted.tenant(), Change::Case { id: case.id });
        Ok(())
    }

    /// Closes a case with a reason.
    ///
    /// # Errors
    /// [`Error::Invalid`] when it is closed already.
    pub async fn close_case(
        &self,
        granted: &Granted,
        id: &str,
        reason: CloseReason,
        note: &str,
    ) -> Result<Case> {
        let text = format!("Closed: {}. {note}", reason.as_str());
        let detail = json!({ "reason": reason, "note": note });
        self.change_case(
            granted,
            id,
            ("case.close", "closed", text, detail),
            |case, now| {
                updraft_cases::close(case, reason, note, now)
                    .map_err(|error| Error::invalid("case.state", error.to_string(), ""))
            },
        )
        .await
    }

    /// Opens a closed case again.
    ///
    /// # Errors
    /// [`Error::Invalid`] when it is open.
    pub async fn reopen_case(&self, granted: &Granted, id: &str, note: &str) -> Result<Case> {
        let text = format!("Reopened. {note}");
        let detail = json!({ "note": note });
        self.change_case(
            granted,
            id,
            ("case.reopen", "reopened", text, detail),
            |case, now| {
                updraft_cases::reopen(case, now)
                    .map_err(|error| Error::invalid("case.state", error.to_string(), ""))
            },
        )
        .await
    }

    /// Changes title, severity or owner.
    ///
    /// # Errors
    /// [`Error::Invalid`] for an empty title.
    pub async fn edit_case(
        &self,
        granted: &Granted,
        id: &str,
        title: Option<String>,
        severity: Option<Severity>,
        owner: Option<Option<String>>,
    ) -> Result<Case> {
        let mut what = Vec::new();
        if let Some(title) = &title {
            if title.trim().is_empty() || title.chars().count() > 500 {
                return Err(Error::invalid(
                    "case.title",
                    "a title has 1 to 500 characters",
                    "",
                ));
            }
            what.push(format!("title “{title}”"));
        }
        what.extend(severity.map(|severity| format!("severity {severity}")));
        what.extend(owner.as_ref().map(|owner| match owner {
            Some(owner) => format!("owner {owner}"),
            None => "no owner".to_owned(),
        }));
        if what.is_empty() {
            return self.case(granted, id).await;
        }
        let text = format!("Changed: {}", what.join(", "));
        let detail = json!({ "title": title, "severity": severity, "owner": owner });
        self.change_case(
            granted,
            id,
            ("case.edit", "edited", text, detail),
            |case, now| {
                if let Some(title) = &title {
                    title.trim().clone_into(&mut case.title);
                }
                case.severity = severity.unwrap_or(case.severity);
                if let Some(owner) = &owner {
                    case.owner.clone_from(owner);
                }
                case.updated_at = now;
                Ok(())
            },
        )
        .await
    }

    /// Runs the playbook of the case's latest run again.
    ///
    /// # Errors
    /// [`Error::Invalid`] when the case has never had a run, [`Error::Refused`] when its playbook is out of service
    /// and no other is for its type.
    pub async fn rerun_case(&self, granted: &Granted, id: &str) -> Result<Run> {
        let case = self.case(granted, id).await?;
        let runs = self.0.store.runs_of_case(granted, case.id).await?;
        let Some(last) = runs.first() else {
            return Err(Error::invalid(
                "case.no_playbook",
                "this case has never had a run",
                "cases that alerts open have one",
            ));
        };
        let now = clock::now();
        let tenant = granted.tenant();
        let picture = self.catalog().now();
        let playbook = match picture.published(tenant, &last.playbook) {
            Some(_) => &last.playbook,
            None => picture.playbook_for(tenant, &case.kind, &last.playbook),
        };
        if picture.published(tenant, playbook).is_none() {
            return Err(Error::refused(
                "case.playbook_gone",
                format!("the playbook `{playbook}` is out of service"),
                "activate a version of it, or a playbook for cases of this type",
            ));
        }
        let run = self.new_run(tenant, &case, playbook, last.alert, now)?;
        let mut tx = Tx::new(granted.tenant()).priority(Severity::High);
        let data = json!({ "run": run.id });
        let text = format!("Run again by {}", granted.actor().label());
        tx.ops.push(Op::InsertRun(Box::new(run.clone())));
        tx.ops
            .push(entry(granted, case.id, "rerun", text, data.clone(), now));
        tx.ops.push(audit(
            granted,
            "case.rerun",
            &case.id.to_string(),
            data,
            now,
        ));
        self.pin_playbook(&mut tx, &run)?;
        self.0.store.commit(tx).await?;
        self.playbook_is_pinned(&run);
        self.0.scheduler.submit(Waiting::of(&run));
        self.0
            .events
            .tell(granted.tenant(), Change::Case { id: case.id });
        Ok(run)
    }

    async fn change_case(
        &self,
        granted: &Granted,
        id: &str,
        (action, kind, text, detail): (&str, &str, String, Value),
        change: impl Fn(&mut Case, Timestamp) -> Result<()>,
    ) -> Result<Case> {
        for _ in 0..CHANGE_TRIES {
            let known = self.case(granted, id).await?;
            let _turn = self.0.case_locks.lock(&known.id).await;
            let mut case = self.case(granted, id).await?;
            let expected_version = case.version;
            let now = clock::now();
            change(&mut case, now)?;
            let mut tx = Tx::new(granted.tenant()).priority(Severity::High);
            tx.ops.push(Op::UpdateCase {
                case: Box::new(case.clone()),
                expected_version,
            });
            tx.ops.push(entry(
                granted,
                case.id,
                kind,
                text.clone(),
                detail.clone(),
                now,
            ));
            tx.ops.push(audit(
                granted,
                action,
                &case.id.to_string(),
                detail.clone(),
                now,
            ));
            tx.ops.extend(self.tell_watchers(case.id));
            match self.0.store.commit(tx).await {
                Ok(_) => {
                    self.ring_watchers(case.id);
                    self.0
                        .events
                        .tell(granted.tenant(), Change::Case { id: case.id });
                    return self.case(granted, id).await;
                }
                Err(updraft_store::Error::Conflict(Conflict::CaseVersion { .. })) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Err(Error::Conflict(
            "the case keeps changing; look at it again".into(),
        ))
    }

    /// How people reach the case's page.
    pub fn case_url(&self, id: CaseId) -> String {
        format!("{}/cases/{id}", self.config().public_url)
    }

    /// What a run that watches its case sees of it: the context, and the latest comment of a person.
    pub(crate) async fn watched_context(&self, run: &Run, case: &Case) -> Result<Value> {
        let mut context = self.run_context(run, case).await?;
        let driver = App::driver(run.tenant);
        let lines = self
            .0
            .store
            .timeline(&driver, run.case, Page::first(LINES_LOOKED_AT))
            .await?;
        let mut lines = lines.items.into_iter().map(|row| row.entry);
        let comment = lines.find(|line| {
            line.kind == "comment" && matches!(line.actor, updraft_model::Actor::User { .. })
        });
        context["case"]["comment"] = comment.map_or(
            Value::Null,
            |line| json!({ "text": line.text, "by": line.actor.label(), "at": line.at }),
        );
        Ok(context)
    }

    /// What a playbook sees of its case and of the alert that started the run.
    pub(crate) async fn run_context(&self, run: &Run, case: &Case) -> Result<Value> {
        let store = &self.0.store;
        let driver = App::driver(run.tenant);
        let tickets = store.tickets(&driver, run.case).await?;
        let alert = match run.alert {
            Some(alert) => store.alert(&driver, alert).await?,
            None => None,
        };
        Ok(self.context_of(case, alert.as_ref(), &tickets))
    }

    /// The same of what is at hand.
    pub(crate) fn context_of(
        &self,
        case: &Case,
        alert: Option<&Alert>,
        tickets: &[Ticket],
    ) -> Value {
        let observables: Vec<Value> = case
            .observables
            .iter()
            .map(updraft_intel::observable_context)
            .collect();
        let ticket = tickets
            .iter()
            .find(|ticket| ticket.purpose == "investigation");
        let files = alert.map_or(Value::Array(Vec::new()), |alert| files_of(&alert.fields));
        let mut context = json!({
            "case": {
                "id": case.id,
                "number": case.number,
                "type": case.kind,
                "title": case.title,
                "severity": case.severity,
                "status": case.status,
                "verdict": case.verdict,
                "score": case.score,
                "owner": case.owner,
                "occurrences": case.occurrences,
                "url": self.case_url(case.id),
                "observables": observables,
                "files": files,
                "ticket": ticket.map(|ticket| json!({
                    "id": ticket.external_id,
                    "url": ticket.url,
                    "connection": ticket.connection,
                    "connector": ticket.connector,
                })),
            },
            "alert": alert.map(|alert| json!({
                "id": alert.id,
                "title": alert.title,
                "severity": alert.severity,
                "received_at": alert.received_at,
                "occurred_at": alert.occurred_at,
                "fields": alert.fields,
            })),
        });
        // An alert may say whatever it likes; it does not hand over what is sealed.
        crate::sealing::disarm(&mut context);
        context
    }
}

/// The files that came with an alert, as playbooks hand them on.
fn files_of(fields: &Value) -> Value {
    let Value::Array(attachments) = &fields["attachments"] else {
        return Value::Array(Vec::new());
    };
    let file = |attachment: &Value| {
        let hash: BlobHash = serde_json::from_value(attachment["sha256"].clone()).ok()?;
        Some(json!({
            "blob": hash,
            "name": attachment["name"],
            "content_type": attachment["content_type"],
            "bytes": attachment["bytes"],
        }))
    };
    Value::Array(attachments.iter().filter_map(file).collect())
}

fn entry(
    granted: &Granted,
    case: CaseId,
    kind: &str,
    text: String,
    data: Value,
    at: Timestamp,
) -> Op {
    let actor = granted.actor().clone();
    let entry = TimelineEntry {
        at,
        kind: kind.into(),
        actor,
        text: text.trim().into(),
        data,
    };
    Op::Timeline { case, entry }
}
