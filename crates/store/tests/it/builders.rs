//! Small, whole things to store.

use std::sync::atomic::{AtomicU64, Ordering};

use serde_json::json;
use updraft_model::{
    Actor, Alert, AlertId, AlertState, Answer, AnswerOutcome, AuditEntry, BlobHash, Case, CaseId,
    CaseStatus, CaseType, Granted, Observable, ObservableType, Permission, Run, RunId, RunState,
    Severity, SourceId, TenantId, TimelineEntry, Timestamp, VerdictLevel,
};

pub const TENANT: TenantId = TenantId::DEFAULT;

pub fn granted() -> Granted {
    Granted::system(TENANT, "test", Permission::CaseRead)
}

pub fn other_tenant() -> TenantId {
    TenantId::new(1, 77)
}

pub fn stranger() -> Granted {
    Granted::system(other_tenant(), "test", Permission::CaseRead)
}

pub fn at(ms: i64) -> Timestamp {
    Timestamp::from_millis(1_790_000_000_000 + ms)
}

fn next() -> u64 {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    NEXT.fetch_add(1, Ordering::Relaxed)
}

pub fn case(key: &str) -> Case {
    let n = next();
    Case {
        id: CaseId::new(at(0).millis(), u128::from(n)),
        tenant: TENANT,
        number: 0,
        kind: CaseType::enrichment(),
        title: format!("Look up {key}"),
        severity: Severity::Medium,
        status: CaseStatus::New,
        verdict: VerdictLevel::Unknown,
        score: 0,
        explanation: String::new(),
        dedup_key: key.to_owned(),
        occurrences: 1,
        owner: None,
        parent: None,
        opened_at: at(0),
        updated_at: at(0),
        closed_at: None,
        close_reason: None,
        close_note: String::new(),
        last_run: None,
        version: 1,
        observables: vec![Observable::new(
            ObservableType::Domain,
            format!("{key}.example.com"),
        )],
    }
}

pub fn run(case: CaseId) -> Run {
    Run {
        id: RunId::new(at(0).millis(), u128::from(next())),
        tenant: TENANT,
        case,
        alert: None,
        playbook: "enrichment-only".into(),
        playbook_version: BlobHash::of(b"playbook"),
        playbook_number: 0,
        state: RunState::Queued,
        priority: Severity::Medium,
        created_at: at(0),
        started_at: None,
        ended_at: None,
        wake_at: None,
        waiting_for: String::new(),
        error: String::new(),
        steps: 0,
        people: 0,
        watches: false,
        aside: false,
        origin: None,
        cause: None,
        at_once: None,
    }
}

pub fn alert(severity: Severity) -> Alert {
    Alert {
        id: AlertId::new(at(0).millis(), u128::from(next())),
        source: SourceId::new(1, 1),
        received_at: at(0),
        raw: BlobHash::of(b"raw"),
        raw_bytes: 3,
        content_type: "text/plain".into(),
        state: AlertState::Received,
        title: "an alert".into(),
        severity,
        occurred_at: None,
        fields: json!({"a": 1}),
        observables: vec![],
        diagnostics: vec![],
        case: None,
        run: None,
    }
}

pub fn answer(provider: &str, value: &str) -> Answer {
    Answer {
        observable: Observable::new(ObservableType::Domain, value),
        provider: provider.into(),
        connection: provider.into(),
        action: "lookup_domain".into(),
        outcome: AnswerOutcome::Answered,
        reason: String::new(),
        verdict: None,
        output: json!({"score": 7}),
        latency_ms: 12,
        cached: false,
        raw: None,
        link: None,
        at: at(0),
    }
}

pub fn audit(tenant: TenantId, action: &str) -> AuditEntry {
    AuditEntry {
        tenant,
        at: at(0),
        actor: Actor::system("test"),
        action: action.into(),
        object: "thing".into(),
        detail: json!({"b": 1, "a": 2}),
    }
}

pub fn line(text: &str) -> TimelineEntry {
    TimelineEntry {
        at: at(0),
        kind: "comment".into(),
        actor: Actor::system("test"),
        text: text.into(),
        data: json!({}),
    }
}
