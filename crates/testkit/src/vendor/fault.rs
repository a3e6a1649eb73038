//! Damage on command: which request, what happens to it, how often.

use std::{str::FromStr, time::Duration};

/// What happens to a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fault {
    /// Answered with this status and no more; the vendor never sees it.
    Status(u16),
    /// 429 with `Retry-After: seconds`; the vendor never sees it.
    RateLimited(u32),
    /// Answered, later.
    Delay(Duration),
    /// Never answered, never seen by the vendor.
    Hang,
    /// Done by the vendor, never answered.
    Mute,
    /// Done by the vendor, then the connection is closed without an answer.
    Lost,
    /// Closed before anything is done.
    Refuse,
    /// Answered by half, then closed.
    Cut,
    /// Bytes that are not HTTP.
    Garbage,
    /// A JSON string of this many bytes.
    Huge(u64),
    /// A chunked body that never ends.
    Endless,
    /// One byte in this time.
    Drip(Duration),
    /// This many header lines.
    Headers(u32),
    /// Exactly these bytes, then closed.
    Raw(Vec<u8>),
}

/// Which requests a fault hits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule {
    /// The method; `*` for any.
    pub method: String,
    /// The start of the path.
    pub path: String,
    /// What happens.
    pub fault: Fault,
    /// Every which matching request; 1 for each.
    pub every: u32,
    /// How often at most.
    pub times: u32,
    seen: u32,
    hit: u32,
}

impl Rule {
    /// A rule for every request of that method and path.
    pub fn new(method: &str, path: &str, fault: Fault) -> Self {
        Self {
            method: method.into(),
            path: path.into(),
            fault,
            every: 1,
            times: u32::MAX,
            seen: 0,
            hit: 0,
        }
    }
    /// At most so often.
    #[must_use]
    pub fn times(mut self, times: u32) -> Self {
        self.times = times;
        self
    }
    /// Only every n-th matching request.
    #[must_use]
    pub fn every(mut self, every: u32) -> Self {
        self.every = every.max(1);
        self
    }

    /// What happens to this request, if the rule is about it.
    pub(super) fn strike(&mut self, method: &str, path: &str) -> Option<Fault> {
        let matches = (self.method == "*" || self.method == method) && path.starts_with(&self.path);
        if !matches || self.hit >= self.times {
            return None;
        }
        self.seen += 1;
        if !self.seen.is_multiple_of(self.every) {
            return None;
        }
        self.hit += 1;
        Some(self.fault.clone())
    }
}

/// `POST /jira/rest lost every=7 times=3`; faults: `status=503 rate_limited=30 delay=200ms hang mute lost refuse
/// cut garbage huge=100000000 endless drip=100ms headers=1000000`.
impl FromStr for Rule {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let mut words = text.split_whitespace();
        let (Some(method), Some(path), Some(fault)) = (words.next(), words.next(), words.next())
        else {
            return Err(format!(
                "`{text}` is not METHOD PATH FAULT [every=N] [times=N]"
            ));
        };
        let mut rule = Rule::new(method, path, fault_of(fault)?);
        for word in words {
            match word.split_once('=') {
                Some(("every", n)) => rule = rule.every(number(n)?),
                Some(("times", n)) => rule = rule.times(number(n)?),
                _ => return Err(format!("`{word}` is neither every=N nor times=N")),
            }
        }
        Ok(rule)
    }
}

fn fault_of(word: &str) -> Result<Fault, String> {
    let (name, value) = word.split_once('=').unwrap_or((word, ""));
    Ok(match name {
        "status" => Fault::Status(number(value)?),
        "rate_limited" => Fault::RateLimited(number(value)?),
        "delay" => Fault::Delay(millis(value)?),
        "hang" => Fault::Hang,
        "mute" => Fault::Mute,
        "lost" => Fault::Lost,
        "refuse" => Fault::Refuse,
        "cut" => Fault::Cut,
        "garbage" => Fault::Garbage,
        "huge" => Fault::Huge(number(value)?),
        "endless" => Fault::Endless,
        "drip" => Fault::Drip(millis(value)?),
        "headers" => Fault::Headers(number(value)?),
        _ => return Err(format!("`{name}` is not a fault")),
    })
}

fn number<N: FromStr>(text: &str) -> Result<N, String> {
    text.parse()
        .map_err(|_| format!("`{text}` is not a number"))
}

fn millis(text: &str) -> Result<Duration, String> {
    number(text.trim_end_matches("ms")).map(Duration::from_millis)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rule_is_read_and_strikes_as_often_as_it_says() {
        let mut rule: Rule = "POST /jira lost every=2 times=2".parse().unwrap();
        let hits: Vec<bool> = (0..8)
            .map(|_| rule.strike("POST", "/jira/x").is_some())
            .collect();
        assert_eq!(hits, [false, true, false, true, false, false, false, false]);
        assert_eq!(rule.strike("GET", "/jira/x"), None);
        let delay: Rule = "* / delay=20ms".parse().unwrap();
        assert_eq!(delay.fault, Fault::Delay(Duration::from_millis(20)));
        for wrong in [
            "",
            "GET /",
            "GET / explode",
            "GET / hang sometimes",
            "GET / status=x",
        ] {
            assert!(wrong.parse::<Rule>().is_err(), "{wrong}");
        }
    }
}
