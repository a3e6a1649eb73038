//! What many providers said becomes one opinion, and the way there is told in words.
//!
//! Under **any-malicious** one malicious answer is enough. Under **reliability-weighted** each answer's score
//! counts with the weight of its source (A 1.0 … E 0.2, F 0.1) and two thresholds divide the mean.
//! A provider that does not know the value says nothing: if nobody knows it, the verdict is *unknown*, which is
//! not benign. The merged verdict of several observables is that of the worst one.
//! Invariant: the result does not depend on the order of the answers.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use updraft_model::{Answer, AnswerOutcome, Observable, Reliability, Verdict, VerdictLevel};

/// Most sources named in an explanation.
pub const NAMED_MAX: usize = 5;
/// Where a weighted score becomes malicious, unless said otherwise.
pub const MALICIOUS_AT: u8 = 70;
/// Where a weighted score becomes suspicious, unless said otherwise.
pub const SUSPICIOUS_AT: u8 = 35;

/// How answers are merged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum Policy {
    /// One malicious answer is enough.
    #[default]
    AnyMalicious,
    /// The mean of the scores, weighted by the sources' reliability.
    ReliabilityWeighted {
        /// Malicious from this score.
        malicious_at: u8,
        /// Suspicious from this score.
        suspicious_at: u8,
    },
}

impl Policy {
    /// The policy of that name with its default thresholds: `any-malicious` or `reliability-weighted`.
    pub fn from_word(word: &str) -> Option<Self> {
        match word {
            "any-malicious" => Some(Policy::AnyMalicious),
            "reliability-weighted" => Some(Policy::ReliabilityWeighted {
                malicious_at: MALICIOUS_AT,
                suspicious_at: SUSPICIOUS_AT,
            }),
            _ => None,
        }
    }

    /// The policy's name.
    pub const fn as_str(&self) -> &'static str {
        match self {
            Policy::AnyMalicious => "any-malicious",
            Policy::ReliabilityWeighted { .. } => "reliability-weighted",
        }
    }
}

/// The opinion on everything asked about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Merged {
    /// The level of the worst observable.
    pub level: VerdictLevel,
    /// The score of the worst observable.
    pub score: u8,
    /// Why, in words.
    pub explanation: String,
    /// The opinion on each observable, ordered by kind and value.
    pub by_observable: Vec<ObservableVerdict>,
    /// Providers' parts that ended with an opinion or at least a record.
    pub answered: usize,
    /// Parts that ended with "not known".
    pub not_found: usize,
    /// Parts that failed.
    pub failed: usize,
    /// Parts that were not asked.
    pub skipped: usize,
}

/// The opinion on one observable.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ObservableVerdict {
    /// What was asked about.
    pub observable: Observable,
    /// The merged level.
    pub level: VerdictLevel,
    /// The merged score.
    pub score: u8,
    /// Why, in words.
    pub explanation: String,
    /// Who said what, worst first.
    pub sources: Vec<SourceVerdict>,
}

/// One provider's opinion on one observable.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SourceVerdict {
    /// The connector's id.
    pub provider: String,
    /// The connection's name.
    pub connection: String,
    /// The action that was called.
    pub action: String,
    /// Its level.
    pub level: VerdictLevel,
    /// Its score.
    pub score: u8,
    /// How far it is trusted.
    pub reliability: Reliability,
    /// The rule that fired.
    pub explanation: String,
}

/// Merges all answers of a run.
pub fn merge(policy: &Policy, answers: &[Answer]) -> Merged {
    let mut groups: BTreeMap<(&updraft_model::ObservableType, &str), Vec<&Answer>> =
        BTreeMap::new();
    let count = |outcome: AnswerOutcome| answers.iter().filter(|a| a.outcome == outcome).count();
    for answer in answers {
        let key = (&answer.observable.kind, answer.observable.value.as_str());
        groups.entry(key).or_default().push(answer);
    }
    let by_observable: Vec<ObservableVerdict> = groups
        .into_values()
        .filter_map(|group| of_observable(policy, &group))
        .collect();
    let mut merged = Merged {
        level: VerdictLevel::Unknown,
        score: 0,
        explanation: String::new(),
        by_observable,
        answered: count(AnswerOutcome::Answered),
        not_found: count(AnswerOutcome::NotFound),
        failed: count(AnswerOutcome::Failed),
        skipped: count(AnswerOutcome::Skipped),
    };
    // The first of equals in the order of kind and value, so that nothing hangs on the order of answers.
    let worst = merged
        .by_observable
        .iter()
        .rev()
        .max_by_key(|one| (one.level, one.score));
    (merged.level, merged.score) =
        worst.map_or((VerdictLevel::Unknown, 0), |one| (one.level, one.score));
    merged.explanation = match (worst, merged.by_observable.len()) {
        (None, _) => "Nobody was asked.".to_owned(),
        (Some(one), 1) => one.explanation.clone(),
        (Some(one), all) => {
            let same = merged
                .by_observable
                .iter()
                .filter(|other| other.level == one.level)
                .count();
            format!(
                "{same} of {all} observables are {}; first {}: {}",
                one.level, one.observable.value, one.explanation
            )
        }
    };
    merged
}

fn of_observable(policy: &Policy, answers: &[&Answer]) -> Option<ObservableVerdict> {
    let observable = answers
        .iter()
        .map(|answer| &answer.observable)
        .min()?
        .clone();
    let mut sources: Vec<SourceVerdict> =
        answers.iter().filter_map(|answer| source(answer)).collect();
    sources.sort_by(|a, b| {
        order(b)
            .cmp(&order(a))
            .then_with(|| texts(a).cmp(&texts(b)))
    });
    let (level, score, explanation) = match policy {
        _ if sources.is_empty() => (VerdictLevel::Unknown, 0, nobody(answers)),
        Policy::AnyMalicious => any_malicious(&sources),
        Policy::ReliabilityWeighted {
            malicious_at,
            suspicious_at,
        } => weighted(&sources, *malicious_at, *suspicious_at),
    };
    Some(ObservableVerdict {
        observable,
        level,
        score,
        explanation,
        sources,
    })
}

/// An answer's opinion; a provider that calls a value unknown has none.
fn source(answer: &Answer) -> Option<SourceVerdict> {
    let verdict: &Verdict = answer
        .verdict
        .as_ref()
        .filter(|_| answer.outcome == AnswerOutcome::Answered)?;
    (verdict.level != VerdictLevel::Unknown).then(|| SourceVerdict {
        provider: answer.provider.clone(),
        connection: answer.connection.clone(),
        action: answer.action.clone(),
        level: verdict.level,
        score: verdict.score.min(100),
        reliability: verdict.reliability,
        explanation: verdict.explanation.clone(),
    })
}

fn order(source: &SourceVerdict) -> (VerdictLevel, u8, u32) {
    (source.level, source.score, weight(source.reliability))
}

fn texts(source: &SourceVerdict) -> (&str, &str, &str, &str) {
    (
        &source.provider,
        &source.connection,
        &source.action,
        &source.explanation,
    )
}

fn nobody(answers: &[&Answer]) -> String {
    let count = |outcome| answers.iter().filter(|a| a.outcome == outcome).count();
    let no_opinion = count(AnswerOutcome::Answered);
    format!(
        "Nobody knows it: {} not found, {no_opinion} without an opinion, {} failed, {} skipped.",
        count(AnswerOutcome::NotFound),
        count(AnswerOutcome::Failed),
        count(AnswerOutcome::Skipped),
    )
}

fn any_malicious(sources: &[SourceVerdict]) -> (VerdictLevel, u8, String) {
    let level = sources
        .iter()
        .map(|source| source.level)
        .max()
        .unwrap_or_default();
    let saying: Vec<&SourceVerdict> = sources
        .iter()
        .filter(|source| source.level == level)
        .collect();
    let score = saying.iter().map(|source| source.score).max().unwrap_or(0);
    let named: Vec<String> = saying
        .iter()
        .take(NAMED_MAX)
        .map(|source| named(source))
        .collect();
    let more = saying.len().saturating_sub(NAMED_MAX);
    let more = if more > 0 {
        format!(" and {more} more")
    } else {
        String::new()
    };
    let count = format!(
        "{} of {} sources with an opinion call it {level}",
        saying.len(),
        sources.len()
    );
    (level, score, format!("{count}: {}{more}", named.join("; ")))
}

fn named(source: &SourceVerdict) -> String {
    let who = if source.connection.is_empty() {
        &source.provider
    } else {
        &source.connection
    };
    if source.explanation.is_empty() {
        return format!("{who} (score {})", source.score);
    }
    format!("{who} ({})", source.explanation)
}

/// The weight of a reliability, in tenths.
const fn weight(reliability: Reliability) -> u32 {
    match reliability {
        Reliability::A => 10,
        Reliability::B => 8,
        Reliability::C => 6,
        Reliability::D => 4,
        Reliability::E => 2,
        Reliability::F => 1,
    }
}

fn weighted(
    sources: &[SourceVerdict],
    malicious_at: u8,
    suspicious_at: u8,
) -> (VerdictLevel, u8, String) {
    let weights: u64 = sources
        .iter()
        .map(|source| u64::from(weight(source.reliability)))
        .sum();
    let sum: u64 = sources
        .iter()
        .map(|source| u64::from(weight(source.reliability)) * u64::from(source.score))
        .sum();
    // Rounded to the nearest whole number; `weights` is at least 1 as there is at least one source.
    let score = ((sum * 2 + weights) / (weights * 2).max(1)).min(100) as u8;
    let (level, compared) = if score >= malicious_at {
        (VerdictLevel::Malicious, format!("at least {malicious_at}"))
    } else if score >= suspicious_at {
        (
            VerdictLevel::Suspicious,
            format!("from {suspicious_at} to below {malicious_at}"),
        )
    } else {
        (VerdictLevel::Benign, format!("below {suspicious_at}"))
    };
    let terms: Vec<String> = sources.iter().take(NAMED_MAX).map(term).collect();
    let more = sources.len().saturating_sub(NAMED_MAX);
    let more = if more > 0 {
        format!(" + {more} more")
    } else {
        String::new()
    };
    let explanation = format!(
        "({}{more}) / {} = {score}, {compared}: {level}",
        terms.join(" + "),
        tenths(weights),
    );
    (level, score, explanation)
}

fn term(source: &SourceVerdict) -> String {
    let who = if source.connection.is_empty() {
        &source.provider
    } else {
        &source.connection
    };
    let weight = tenths(u64::from(weight(source.reliability)));
    format!(
        "{} × {weight} [{who}, {:?}]",
        source.score, source.reliability
    )
}

fn tenths(value: u64) -> String {
    format!("{}.{}", value / 10, value % 10)
}
