//! Merging what providers said.

use proptest::prelude::*;
use updraft_intel::{Policy, merge};
use updraft_model::{
    Answer, AnswerOutcome, Observable, ObservableType as Kind, Reliability, Timestamp, Verdict,
    VerdictLevel,
};

fn answer(
    value: &str,
    provider: &str,
    outcome: AnswerOutcome,
    verdict: Option<(VerdictLevel, u8, Reliability)>,
) -> Answer {
    Answer {
        observable: Observable::new(Kind::Ipv4, value),
        provider: provider.to_owned(),
        connection: format!("{provider} (main)"),
        action: "lookup_ip".to_owned(),
        outcome,
        reason: String::new(),
        verdict: verdict.map(|(level, score, reliability)| Verdict {
            level,
            score,
            source: provider.to_owned(),
            reliability,
            explanation: format!("rule of {provider}"),
        }),
        output: serde_json::Value::Null,
        latency_ms: 1,
        cached: false,
        raw: None,
        link: None,
        at: Timestamp::from_millis(0),
    }
}

fn said(
    value: &str,
    provider: &str,
    level: VerdictLevel,
    score: u8,
    reliability: Reliability,
) -> Answer {
    answer(
        value,
        provider,
        AnswerOutcome::Answered,
        Some((level, score, reliability)),
    )
}

use Reliability::{A, B, C, F};
use VerdictLevel::{Benign, Malicious, Suspicious, Unknown};

#[test]
fn one_malicious_answer_is_enough_and_is_named() {
    let answers = [
        said("8.8.8.8", "alpha", Benign, 0, A),
        said("8.8.8.8", "beta", Malicious, 90, F),
        answer("8.8.8.8", "gamma", AnswerOutcome::Failed, None),
        answer("8.8.8.8", "delta", AnswerOutcome::Skipped, None),
        answer("8.8.8.8", "epsilon", AnswerOutcome::NotFound, None),
    ];
    let merged = merge(&Policy::AnyMalicious, &answers);
    assert_eq!((merged.level, merged.score), (Malicious, 90));
    assert_eq!(
        merged.explanation,
        "1 of 2 sources with an opinion call it malicious: beta (main) (rule of beta)"
    );
    assert_eq!(
        (
            merged.answered,
            merged.not_found,
            merged.failed,
            merged.skipped
        ),
        (2, 1, 1, 1)
    );
}

#[test]
fn nobody_knowing_it_is_not_benign() {
    let answers = [
        answer("8.8.8.8", "alpha", AnswerOutcome::NotFound, None),
        said("8.8.8.8", "beta", Unknown, 0, A),
        answer("8.8.8.8", "gamma", AnswerOutcome::Failed, None),
    ];
    for word in ["any-malicious", "reliability-weighted"] {
        let merged = merge(&Policy::from_word(word).unwrap(), &answers);
        assert_eq!((merged.level, merged.score), (Unknown, 0));
        assert_eq!(
            merged.explanation,
            "Nobody knows it: 1 not found, 1 without an opinion, 1 failed, 0 skipped."
        );
    }
    assert_eq!(
        merge(&Policy::AnyMalicious, &[]).explanation,
        "Nobody was asked."
    );
}

#[test]
fn the_weighted_explanation_shows_the_arithmetic() {
    let answers = [
        said("8.8.8.8", "alpha", Malicious, 90, A),
        said("8.8.8.8", "beta", Benign, 0, C),
    ];
    let merged = merge(
        &Policy::from_word("reliability-weighted").unwrap(),
        &answers,
    );
    assert_eq!((merged.level, merged.score), (Suspicious, 56));
    assert_eq!(
        merged.explanation,
        "(90 × 1.0 [alpha (main), A] + 0 × 0.6 [beta (main), C]) / 1.6 = 56, from 35 to below 70: suspicious"
    );
}

#[test]
fn a_weak_source_cannot_outvote_a_strong_one() {
    let answers = [
        said("8.8.8.8", "alpha", Malicious, 100, A),
        said("8.8.8.8", "beta", Benign, 0, F),
    ];
    let merged = merge(
        &Policy::from_word("reliability-weighted").unwrap(),
        &answers,
    );
    assert_eq!(merged.level, Malicious);
}

#[test]
fn the_worst_observable_gives_the_verdict() {
    let answers = [
        said("8.8.8.8", "alpha", Benign, 0, A),
        said("9.9.9.9", "alpha", Malicious, 80, B),
    ];
    let merged = merge(&Policy::AnyMalicious, &answers);
    assert_eq!(merged.level, Malicious);
    assert!(
        merged
            .explanation
            .starts_with("1 of 2 observables are malicious; first 9.9.9.9: ")
    );
    assert_eq!(merged.by_observable.len(), 2);
}

#[test]
fn an_unknown_policy_is_refused() {
    assert_eq!(Policy::from_word("vote"), None);
}

fn any_answer() -> impl Strategy<Value = Answer> {
    let level = prop::sample::select(vec![Unknown, Benign, Suspicious, Malicious]);
    let reliability = prop::sample::select(vec![A, B, C, F]);
    let outcome = prop::sample::select(vec![
        AnswerOutcome::Answered,
        AnswerOutcome::Answered,
        AnswerOutcome::NotFound,
        AnswerOutcome::Failed,
        AnswerOutcome::Skipped,
    ]);
    (
        "[12]\\.1\\.1\\.1",
        "[a-c]",
        level,
        0u8..=255,
        reliability,
        outcome,
    )
        .prop_map(|(value, provider, level, score, reliability, outcome)| {
            let verdict =
                (outcome == AnswerOutcome::Answered).then_some((level, score, reliability));
            answer(&value, &provider, outcome, verdict)
        })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_order_of_answers_does_not_matter(
        (answers, shuffled) in prop::collection::vec(any_answer(), 0..12)
            .prop_flat_map(|answers| (Just(answers.clone()), Just(answers).prop_shuffle()))
    ) {
        for word in ["any-malicious", "reliability-weighted"] {
            let policy = Policy::from_word(word).unwrap();
            let merged = merge(&policy, &answers);
            prop_assert_eq!(&merged, &merge(&policy, &shuffled));
            prop_assert!(merged.score <= 100);
        }
    }
}
