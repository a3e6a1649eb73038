//! `retry`: whether a failed call is repeated, and when.
//!
//! `retry: {max: 3, delay: 2s, factor: 2, delay_max: 60s, jitter: 0.2, on: [rate_limited, timeout]}`:
//! up to `max` further attempts, the first after `delay`, each pause `factor` times as long as the
//! one before, at most `delay_max`, made up to `jitter` longer or shorter. Without `on` the errors
//! that say of themselves that a repetition may help are repeated. A vendor's `Retry-After` is the
//! least pause. The jitter is drawn from the run's seed, the path and the attempt, so replay agrees.

use crate::{
    StepError,
    limits::{RETRIES_MAX, RETRY_AFTER_MS_MAX},
    plan::{Fields, Parser},
};

/// How a call is repeated.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Retry {
    /// Further attempts.
    pub max: u32,
    delay_ms: i64,
    factor: f64,
    delay_max_ms: i64,
    jitter: f64,
    on: Option<Vec<String>>,
}

const FIELDS: &[&str] = &["max", "delay", "factor", "delay_max", "jitter", "on"];

/// Reads `retry:`.
pub(super) fn parse(p: &mut Parser, fields: &Fields<'_>) -> Option<Retry> {
    let retry = p.object(fields.get("retry")?, &fields.at("retry"), "`retry`")?;
    p.known_fields(&retry, &[FIELDS]);
    let delay_ms = p.duration(&retry, "delay").unwrap_or(1_000);
    Some(Retry {
        max: p
            .integer(&retry, "max", (0, RETRIES_MAX))
            .and_then(|max| u32::try_from(max).ok())
            .unwrap_or(3),
        delay_ms,
        factor: p.number(&retry, "factor", (1.0, 10.0)).unwrap_or(2.0),
        delay_max_ms: p
            .duration(&retry, "delay_max")
            .unwrap_or(60_000)
            .max(delay_ms),
        jitter: p.number(&retry, "jitter", (0.0, 1.0)).unwrap_or(0.2),
        on: p.texts(&retry, "on"),
    })
}

impl Retry {
    /// The pause before the next attempt, or none if this error is final.
    pub(crate) fn pause_ms(
        &self,
        error: &StepError,
        attempt: u32,
        seed: u64,
        path: &str,
    ) -> Option<i64> {
        let wanted = match &self.on {
            Some(codes) => codes.contains(&error.code),
            None => error.retryable,
        };
        if !wanted || attempt > self.max {
            return None;
        }
        let mut pause = self.delay_ms as f64;
        for _ in 1..attempt {
            pause *= self.factor;
        }
        let pause = pause.min(self.delay_max_ms as f64);
        let spread = 2.0 * draw(seed, path, attempt) - 1.0;
        let pause = (pause * (1.0 + self.jitter * spread)) as i64;
        let asked = error.retry_after_ms.unwrap_or(0);
        let asked = i64::try_from(asked)
            .unwrap_or(i64::MAX)
            .min(RETRY_AFTER_MS_MAX);
        Some(pause.max(asked).max(0))
    }
}

/// A number from 0 to 1 that depends on nothing but its arguments.
fn draw(seed: u64, path: &str, attempt: u32) -> f64 {
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    for byte in path.bytes() {
        hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    }
    let mut z = seed
        .wrapping_add(hash)
        .wrapping_add(u64::from(attempt).wrapping_mul(0x9e37_79b9_7f4a_7c15));
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^= z >> 31;
    (z >> 11) as f64 / (1u64 << 53) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn retry() -> Retry {
        Retry {
            max: 3,
            delay_ms: 1_000,
            factor: 2.0,
            delay_max_ms: 3_000,
            jitter: 0.2,
            on: None,
        }
    }

    fn error(retryable: bool, after: Option<u64>) -> StepError {
        StepError {
            retryable,
            retry_after_ms: after,
            ..StepError::new("unavailable", "x")
        }
    }

    #[test]
    fn pauses_grow_up_to_the_longest_and_stay_within_the_jitter() {
        for seed in 0..200 {
            let pause = |attempt| retry().pause_ms(&error(true, None), attempt, seed, "a@b");
            assert!((800..=1_200).contains(&pause(1).unwrap()));
            assert!((1_600..=2_400).contains(&pause(2).unwrap()));
            assert!((2_400..=3_600).contains(&pause(3).unwrap()));
            assert_eq!(pause(4), None);
            assert_eq!(pause(1), pause(1));
        }
    }

    #[test]
    fn the_vendors_wish_is_the_least_pause_and_capped() {
        let pause = |after| {
            retry()
                .pause_ms(&error(true, Some(after)), 1, 1, "a")
                .unwrap()
        };
        assert_eq!(pause(30_000), 30_000);
        assert_eq!(pause(u64::MAX), RETRY_AFTER_MS_MAX);
    }

    #[test]
    fn only_listed_errors_are_repeated_when_a_list_is_given() {
        let only = Retry {
            on: Some(vec!["timeout".into()]),
            ..retry()
        };
        assert_eq!(only.pause_ms(&error(true, None), 1, 1, "a"), None);
        assert_eq!(retry().pause_ms(&error(false, None), 1, 1, "a"), None);
    }
}
