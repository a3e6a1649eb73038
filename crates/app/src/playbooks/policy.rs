//! What is asked of a version before it becomes live. The team decides; errors are always in the way.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::json;
use updraft_content::trials::{Coverage, Destructive};
use updraft_engine::Plan;
use updraft_model::{Actor, Granted, PlaybookText, PlaybookVersion, Severity, Timestamp};
use updraft_store::{Op, Tx};

use super::check::{self, PlayedTests};
use crate::{App, Error, clock, error::Point, error::Result, sources::audit};

/// WIRE: the setting that holds it.
const SETTING: &str = "playbooks.policy";
/// Longest age of a backtest that can be asked for, days.
const BACKTEST_DAYS_MAX: u32 = 365;
/// What actions do outside, least first.
const EFFECTS: [&str; 5] = [
    "read",
    "notify",
    "write",
    "contain_reversible",
    "irreversible",
];
/// Things of one kind that a point names.
const NAMED_MAX: usize = 5;
const DAY_MS: i64 = 24 * 60 * 60 * 1_000;

/// What the team asks for. All of it is off at first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct PlaybookPolicy {
    /// There are tests, and all of them pass.
    pub tests: bool,
    /// Hundredths of the branches that tests take; 0 asks for nothing.
    pub coverage_min: u32,
    /// Every step that changes something outside is reached by a test; one that contains, or cannot be taken
    /// back, with an approval given and with the same one denied.
    pub destructive: bool,
    /// Whoever activates is none of those who wrote it.
    pub second_person: bool,
    /// A backtest of this very text, at most so many days old.
    pub backtest_days: Option<u32>,
    /// What steps that an analyst adds to a running case may do outside.
    pub ad_hoc: Vec<String>,
}

impl Default for PlaybookPolicy {
    fn default() -> Self {
        Self {
            tests: false,
            coverage_min: 0,
            destructive: false,
            second_person: false,
            backtest_days: None,
            ad_hoc: ["read", "notify", "write", "contain_reversible"]
                .map(String::from)
                .to_vec(),
        }
    }
}

impl PlaybookPolicy {
    fn check(&self) -> Result<()> {
        let invalid =
            |message: String, hint: &str| Err(Error::invalid("playbook.policy", message, hint));
        if self.coverage_min > 100 {
            return invalid("more than 100 % of the branches cannot be taken".into(), "");
        }
        if let Some(days) = self.backtest_days
            && !(1..=BACKTEST_DAYS_MAX).contains(&days)
        {
            let text = format!("a backtest is 1 to {BACKTEST_DAYS_MAX} days old");
            return invalid(text, "use null to ask for none");
        }
        let unknown = |effect: &&String| !EFFECTS.contains(&effect.as_str());
        if let Some(effect) = self.ad_hoc.iter().find(unknown) {
            let hint = format!("use some of: {}", EFFECTS.join(", "));
            return invalid(format!("`{}` is no effect", effect.escape_debug()), &hint);
        }
        Ok(())
    }

    fn asks_for_tests(&self) -> bool {
        self.tests || self.coverage_min > 0 || self.destructive
    }
}

/// A version that is to become live.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Candidate<'c> {
    pub version: &'c PlaybookVersion,
    pub bundle: &'c PlaybookText,
    pub activator: &'c Actor,
    /// True when it comes from the repository: its tests must pass, and who reviews is the repository's matter.
    pub from_git: bool,
}

impl App {
    /// What the team asks for before a version becomes live.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub async fn playbook_policy(&self, granted: &Granted) -> Result<PlaybookPolicy> {
        let stored = self.0.store.setting(granted, SETTING).await?;
        let Some(stored) = stored else {
            return Ok(PlaybookPolicy::default());
        };
        // What cannot be read must not count as "nothing is asked for".
        serde_json::from_value(stored)
            .map_err(|error| Error::Internal(format!("the playbook policy is unreadable: {error}")))
    }

    /// Sets what the team asks for. What is live stays live.
    ///
    /// # Errors
    /// [`Error::Invalid`] for values out of range.
    pub async fn set_playbook_policy(
        &self,
        granted: &Granted,
        policy: PlaybookPolicy,
    ) -> Result<PlaybookPolicy> {
        policy.check()?;
        let _turn = self.0.playbook_turn.lock().await;
        let before = self.playbook_policy(granted).await?;
        let now = clock::now();
        let detail = json!({ "before": before, "after": policy });
        let tx = Tx::new(granted.tenant())
            .priority(Severity::High)
            .with(Op::PutSetting {
                name: SETTING.into(),
                value: json!(policy),
            })
            .with(audit(granted, "playbook.policy", "playbooks", detail, now));
        self.0.store.commit(tx).await?;
        Ok(policy)
    }

    /// Everything that stands against making a version live. The plan comes with the answer when nothing does.
    pub(crate) async fn unmet(
        &self,
        granted: &Granted,
        candidate: Candidate<'_>,
        policy: &PlaybookPolicy,
    ) -> Result<std::result::Result<Arc<Plan>, Vec<Point>>> {
        let checked = self.checked(granted, candidate.bundle);
        let Some(plan) = checked.plan.clone() else {
            return Ok(Err(vec![errors(&checked.errors())]));
        };
        let picture = self.catalog().now();
        let plans = picture.plans_around(granted.tenant(), plan.clone());
        if let Err(missing) = plans {
            return Ok(Err(vec![Point {
                code: "calls",
                what: format!("it calls what is not live: {}", missing.join(", ")),
                hint: "activate those playbooks first, or correct their names".into(),
            }]));
        }
        if !checked.fits {
            return Ok(Err(vec![errors(&checked.errors())]));
        }
        let mut points = Vec::new();
        if policy.asks_for_tests() || candidate.from_git {
            let played = self
                .played_tests(granted.tenant(), plan.clone(), candidate.bundle)
                .await?;
            let wants_tests = policy.tests || candidate.from_git && !played.tested.tests.is_empty();
            points.extend(wants_tests.then(|| failing(&played)).flatten());
            points.extend(too_little(&played.tested.coverage, policy.coverage_min));
            let steps = played.tested.coverage.destructive.iter();
            points.extend(steps.filter(|_| policy.destructive).filter_map(untried));
        }
        if policy.second_person && !candidate.from_git {
            points.extend(same_person(candidate.version, candidate.activator));
        }
        if let Some(days) = policy.backtest_days {
            let last = self.last_backtest(granted, plan.id()).await?;
            let fits = last.as_ref().is_some_and(|last| {
                last.digest == candidate.version.digest && is_young(last.at, clock::now(), days)
            });
            points.extend((!fits).then(|| no_backtest(days)));
        }
        Ok(match points.is_empty() {
            true => Ok(plan),
            false => Err(points),
        })
    }
}

fn is_young(at: Timestamp, now: Timestamp, days: u32) -> bool {
    now.millis_since(at) <= i64::from(days) * DAY_MS
}

fn errors(found: &[String]) -> Point {
    let named: Vec<&str> = found.iter().take(NAMED_MAX).map(String::as_str).collect();
    Point {
        code: "errors",
        what: format!("the text has {} errors: {}", found.len(), named.join("; ")),
        hint: "correct them in the draft and make a new version".into(),
    }
}

fn failing(played: &PlayedTests) -> Option<Point> {
    let tests = &played.tested.tests;
    let failed: Vec<_> = tests.iter().filter(|test| !test.passed).collect();
    let (what, hint) = match failed.first() {
        _ if tests.is_empty() => (
            "there are no tests".to_owned(),
            "write tests beside the playbook, or make one of a past run".to_owned(),
        ),
        None => return None,
        Some(first) => {
            let fault = first.faults.first().map(check::in_short);
            let what = format!(
                "{} of {} tests fail, first `{}`: {}",
                failed.len(),
                tests.len(),
                first.title,
                fault.unwrap_or_default()
            );
            (what, "correct the playbook or its tests".to_owned())
        }
    };
    let code = "tests";
    Some(Point { code, what, hint })
}

fn too_little(coverage: &Coverage, wanted: u32) -> Option<Point> {
    if coverage.percent >= wanted {
        return None;
    }
    let missing = coverage.missing.iter().take(NAMED_MAX);
    let missing: Vec<String> = missing
        .map(|branch| format!("line {}, {}: {}", branch.line, branch.step, branch.branch))
        .collect();
    Some(Point {
        code: "coverage",
        what: format!(
            "the tests take {} % of the branches, and {wanted} % are asked for",
            coverage.percent
        ),
        hint: format!("add tests that take: {}", missing.join("; ")),
    })
}

fn untried(step: &Destructive) -> Option<Point> {
    let contains = matches!(step.effect.as_str(), "contain_reversible" | "irreversible");
    let lacks = match contains {
        _ if !step.reached => "no test reaches it",
        true if !step.approved => "no test reaches it after an approval",
        true if !step.denied => "no test denies the approval before it",
        _ => return None,
    };
    Some(Point {
        code: "destructive",
        what: format!(
            "`{}` ({}, {}) changes something outside, and {lacks}",
            step.step, step.action, step.effect
        ),
        hint: match contains {
            true => "ask for an approval before it; add a test that approves and one that denies",
            false => "add a test that reaches it",
        }
        .into(),
    })
}

fn same_person(version: &PlaybookVersion, activator: &Actor) -> Option<Point> {
    let mut authors = version.authors.iter().chain([&version.author]);
    authors.any(|author| author == activator).then(|| Point {
        code: "second_person",
        what: format!("{} wrote on this version", activator.label()),
        hint: "let somebody activate it who did not write on it".into(),
    })
}

fn no_backtest(days: u32) -> Point {
    Point {
        code: "backtest",
        what: format!("there is no backtest of this text from the last {days} days"),
        hint: "run a backtest of this version".into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_policy_out_of_range_is_refused() {
        let wrong = [
            PlaybookPolicy {
                coverage_min: 101,
                ..Default::default()
            },
            PlaybookPolicy {
                backtest_days: Some(0),
                ..Default::default()
            },
            PlaybookPolicy {
                ad_hoc: vec!["everything".into()],
                ..Default::default()
            },
        ];
        assert!(wrong.iter().all(|policy| policy.check().is_err()));
        PlaybookPolicy::default().check().unwrap();
    }

    #[test]
    fn a_write_must_be_reached_and_a_containment_decided_both_ways() {
        let step = |effect: &str, reached, approved, denied| Destructive {
            step: "s".into(),
            action: "x.y".into(),
            effect: effect.into(),
            reached,
            approved,
            denied,
        };
        assert!(untried(&step("write", false, false, false)).is_some());
        assert!(untried(&step("write", true, false, false)).is_none());
        assert!(untried(&step("irreversible", true, true, false)).is_some());
        assert!(untried(&step("contain_reversible", true, false, true)).is_some());
        assert!(untried(&step("contain_reversible", true, true, true)).is_none());
    }

    #[test]
    fn a_backtest_grows_old() {
        let now = Timestamp::from_millis(10 * DAY_MS);
        assert!(is_young(Timestamp::from_millis(3 * DAY_MS), now, 7));
        assert!(!is_young(Timestamp::from_millis(3 * DAY_MS - 1), now, 7));
    }
}
