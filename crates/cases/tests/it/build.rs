//! Alerts, cases and runs for tests.

use serde_json::json;
use updraft_model::*;

pub fn at(second: i64) -> Timestamp {
    Timestamp::from_millis(1_795_163_400_000 + second * 1_000)
}

pub fn alert(key: &str, severity: Severity) -> Alert {
    Alert {
        id: AlertId::new(1, 1),
        source: SourceId::new(1, 1),
        received_at: at(0),
        raw: BlobHash::of(b"raw"),
        raw_bytes: 3,
        content_type: String::new(),
        state: AlertState::Received,
        title: format!("Alert about {key}"),
        severity,
        occurred_at: None,
        fields: json!({"kind": "test"}),
        observables: vec![Observable::new(ObservableType::Domain, key)],
        diagnostics: Vec::new(),
        case: None,
        run: None,
    }
}

pub fn run(case: CaseId) -> Run {
    Run {
        id: RunId::new(1_795_163_400_000, 7),
        tenant: TenantId::DEFAULT,
        case,
        alert: None,
        playbook: "enrichment-only".into(),
        playbook_version: BlobHash::of(b"playbook"),
        playbook_number: 0,
        state: RunState::Running,
        priority: Severity::High,
        created_at: at(0),
        started_at: Some(at(1)),
        ended_at: None,
        wake_at: None,
        waiting_for: String::new(),
        error: String::new(),
        steps: 9,
        people: 0,
        watches: false,
        aside: false,
        origin: None,
        cause: None,
        at_once: None,
    }
}
