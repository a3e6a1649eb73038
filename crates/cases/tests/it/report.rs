//! Reports as documents. `UPDRAFT_BLESS=1` writes the expected files anew; read the difference.

use std::path::Path;

use updraft_cases::report::{Report, html, json, markdown};
use updraft_cases::{apply_verdict, open};
use updraft_intel::{Policy, merge};
use updraft_model::*;

use crate::build::{alert, at, run};

const HOSTILE: &str =
    "<script>alert(1)</script> | [x](javascript:1) `c` \u{202e}{{ 1 }} https://evil.example/ \"'&";

fn answer(
    value: &str,
    provider: &str,
    outcome: AnswerOutcome,
    level: Option<(VerdictLevel, u8)>,
) -> Answer {
    Answer {
        observable: Observable::new(ObservableType::Domain, value),
        provider: provider.into(),
        connection: format!("{provider} (main)"),
        action: "lookup_domain".into(),
        outcome,
        reason: match outcome {
            AnswerOutcome::Failed => "no answer within 30 s".into(),
            AnswerOutcome::Skipped => "no API key".into(),
            _ => String::new(),
        },
        verdict: level.map(|(level, score)| Verdict {
            level,
            score,
            source: provider.into(),
            reliability: Reliability::B,
            explanation: format!("{score} of 100 engines call it so"),
        }),
        output: serde_json::Value::Null,
        latency_ms: 412,
        cached: provider == "otx",
        raw: None,
        link: Some(if provider == "shodan" {
            "javascript:alert(1)".into()
        } else {
            format!("https://{provider}.example/d?q=({value})")
        }),
        at: at(2),
    }
}

fn answers() -> Vec<Answer> {
    use AnswerOutcome::*;
    vec![
        answer(
            "bad.example.com",
            "virustotal",
            Answered,
            Some((VerdictLevel::Malicious, 80)),
        ),
        answer("bad.example.com", "otx", NotFound, None),
        answer("bad.example.com", "shodan", Failed, None),
        answer(
            "good.example.com",
            "virustotal",
            Answered,
            Some((VerdictLevel::Benign, 0)),
        ),
        answer("good.example.com", "censys", Skipped, None),
    ]
}

fn report_of(answers: &[Answer]) -> Report {
    let mut alert = alert("bad.example.com", Severity::High);
    alert.title = format!("Beacon to bad.example.com {HOSTILE}");
    alert.observables.push(Observable {
        excluded: Some("private".into()),
        ..Observable::new(ObservableType::Ipv4, "10.0.0.7")
    });
    let mut case = open(
        CaseId::new(1_795_163_400_000, 1),
        TenantId::DEFAULT,
        CaseType::enrichment(),
        &alert,
        "k",
        at(0),
    );
    case.number = 42;
    let merged = merge(&Policy::AnyMalicious, answers);
    apply_verdict(&mut case, &merged, at(3));
    let ticket = Ticket {
        case: case.id,
        purpose: "investigation".into(),
        connection: "Jira".into(),
        connector: "jira".into(),
        state: TicketState::Created,
        external_id: "SEC-42".into(),
        url: "https://jira.example/browse/SEC-42".into(),
        at: at(3),
    };
    let entry = |second, text: &str| TimelineEntry {
        at: at(second),
        kind: "alert".into(),
        actor: Actor::system("intake"),
        text: text.into(),
        data: serde_json::Value::Null,
    };
    Report::of(
        &case,
        &run(case.id),
        answers,
        &merged,
        "https://updraft.example/cases/42",
        at(4),
    )
    .with_tickets(&[ticket])
    .with_timeline(&[
        entry(2, "Playbook started"),
        entry(0, HOSTILE),
        entry(9, "after the report"),
    ])
}

fn check(name: &str, document: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/it/expected")
        .join(name);
    if std::env::var_os("UPDRAFT_BLESS").is_some() {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, document).unwrap();
    }
    let expected = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        expected == document,
        "{name} differs from {}:\n{document}",
        path.display()
    );
}

#[test]
fn the_three_documents_are_as_expected() {
    let report = report_of(&answers());
    check("report.html", &html(&report));
    check("report.md", &markdown(&report));
    check("report.json", &json(&report));
    let again: Report = serde_json::from_str(&json(&report)).unwrap();
    assert_eq!((html(&again), again == report), (html(&report), true));
}

#[test]
fn the_order_of_answers_does_not_show() {
    let mut turned = answers();
    turned.reverse();
    assert_eq!(html(&report_of(&turned)), html(&report_of(&answers())));
    assert_eq!(json(&report_of(&turned)), json(&report_of(&answers())));
}

#[test]
fn text_from_outside_never_acts() {
    let report = report_of(&answers());
    let page = html(&report);
    assert!(
        !page.contains("<script")
            && !page.contains("javascript:alert")
            && !page.contains('\u{202e}')
    );
    let text = markdown(&report);
    assert!(!text.contains("<script") && !text.contains(" [x](") && !text.contains("https://evil"));
}
