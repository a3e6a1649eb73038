//! Every filter against the plain answer: all cases in memory, filtered and sorted.

use updraft_model::{Case, CaseStatus, CaseType, Severity, VerdictLevel};
use updraft_store::{CaseFilter, Op, Page, Store};

use super::{commit, promises};
use crate::builders::{at, case, granted};

promises!(every_filter_gives_what_a_plain_look_would);

fn sample() -> Vec<Case> {
    (0..6_000_u64)
        .map(|n| {
            let dice = n.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 20;
            let mut case = case(&format!("p{n}"));
            case.kind = if dice.is_multiple_of(9) {
                CaseType::investigation()
            } else {
                CaseType::enrichment()
            };
            case.status = CaseStatus::from_u8((dice % 4) as u8);
            case.severity = Severity::from_u8((dice / 4 % 5) as u8);
            case.verdict = VerdictLevel::from_u8((dice / 20 % 4) as u8);
            case.owner = (dice % 3 == 0).then(|| "ana".to_owned());
            case.opened_at = at((dice % 1_000) as i64);
            case.updated_at = at((dice % 1_000 + dice / 80 % 50) as i64);
            case.title = format!(
                "{} item{n} frequently",
                if n % 2 == 0 { "even" } else { "odd" }
            );
            case
        })
        .collect()
}

fn filters() -> Vec<CaseFilter> {
    let all = CaseFilter::default;
    vec![
        all(),
        CaseFilter {
            status: vec![CaseStatus::Closed],
            ..all()
        },
        CaseFilter {
            status: vec![CaseStatus::New, CaseStatus::Waiting],
            verdict: vec![VerdictLevel::Malicious],
            ..all()
        },
        CaseFilter {
            kind: vec![CaseType::investigation()],
            ..all()
        },
        CaseFilter {
            kind: vec![CaseType("Unheard of".into())],
            ..all()
        },
        CaseFilter {
            severity: vec![Severity::Critical],
            ..all()
        },
        CaseFilter {
            owner: Some("ana".into()),
            ..all()
        },
        CaseFilter {
            owner: Some("ana".into()),
            severity: vec![Severity::Low],
            opened_from: Some(at(300)),
            ..all()
        },
        CaseFilter {
            owner: Some("nobody".into()),
            ..all()
        },
        CaseFilter {
            opened_from: Some(at(200)),
            opened_before: Some(at(260)),
            ..all()
        },
        CaseFilter {
            opened_before: Some(at(500)),
            status: vec![CaseStatus::Closed],
            ..all()
        },
        CaseFilter {
            text: "even".into(),
            ..all()
        },
        CaseFilter {
            text: "ODD".into(),
            verdict: vec![VerdictLevel::Benign],
            owner: Some("ana".into()),
            ..all()
        },
        CaseFilter {
            text: "frequent".into(),
            ..all()
        },
        CaseFilter {
            text: "frequentl item39".into(),
            ..all()
        },
        CaseFilter {
            text: "frequentx".into(),
            ..all()
        },
        CaseFilter {
            text: "item3".into(),
            opened_from: Some(at(100)),
            ..all()
        },
    ]
}

fn fits(filter: &CaseFilter, case: &Case) -> bool {
    let any = |empty: bool, has: bool| empty || has;
    any(
        filter.status.is_empty(),
        filter.status.contains(&case.status),
    ) && any(filter.kind.is_empty(), filter.kind.contains(&case.kind))
        && any(
            filter.severity.is_empty(),
            filter.severity.contains(&case.severity),
        )
        && any(
            filter.verdict.is_empty(),
            filter.verdict.contains(&case.verdict),
        )
        && any(filter.owner.is_none(), filter.owner == case.owner)
        && filter.opened_from.is_none_or(|from| case.opened_at >= from)
        && filter
            .opened_before
            .is_none_or(|before| case.opened_at < before)
        && (filter.text.is_empty()
            || filter.text.to_lowercase().split(' ').all(|beginning| {
                case.title
                    .split(' ')
                    .any(|word| word.starts_with(beginning))
            }))
}

async fn every_filter_gives_what_a_plain_look_would(store: &Store) {
    let cases = sample();
    commit(
        store,
        cases
            .iter()
            .cloned()
            .map(|case| Op::InsertCase(Box::new(case))),
    )
    .await;
    for filter in filters() {
        let mut expected: Vec<_> = cases.iter().filter(|case| fits(&filter, case)).collect();
        let ranged = filter.opened_from.is_some() || filter.opened_before.is_some();
        if filter.text.is_empty() && filter.owner.is_none() && ranged {
            expected.sort_by_key(|case| std::cmp::Reverse((case.opened_at, case.id)));
        } else if filter.text.is_empty() {
            expected.sort_by_key(|case| std::cmp::Reverse((case.updated_at, case.id)));
        } else {
            expected.reverse();
        }
        let (mut seen, mut page) = (vec![], Page::first(113));
        loop {
            let found = store.cases(&granted(), filter.clone(), page).await.unwrap();
            seen.extend(found.items.iter().map(|case| case.id));
            let Some(next) = found.next else { break };
            page = Page::after(next.to_string().parse().unwrap(), 113);
        }
        let expected: Vec<_> = expected.iter().map(|case| case.id).collect();
        assert_eq!(seen, expected, "{filter:?}");
    }
}
