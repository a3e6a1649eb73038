//! Moments in time as products write them.
//!
//! [`read`] understands epochs in seconds, milli-, micro- and nanoseconds, ISO 8601 in its many
//! variants, RFC 2822, web server logs and BSD syslog. A text without a zone is taken as UTC; a date
//! without a year is the latest such date that is not in the future (a day of clock skew allowed).

use serde_json::Value;
use updraft_model::Timestamp;

const DAY_MS: i64 = 86_400_000;
const TEXT_BYTES_MAX: usize = 64;
const MONTHS: [&str; 12] = [
    "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec",
];

/// Reads a moment from a number or a text; `None` if it is none.
pub fn read(value: &Value, now: Timestamp) -> Option<Timestamp> {
    match value {
        Value::Number(number) => number
            .as_i64()
            .and_then(|whole| epoch(whole, 0))
            .or_else(|| epoch_float(number.as_f64()?)),
        Value::String(text) => read_text(text, now),
        _ => None,
    }
}

/// Reads a moment from a text; `None` if it is none.
pub fn read_text(text: &str, now: Timestamp) -> Option<Timestamp> {
    let text = text.trim();
    if text.len() > TEXT_BYTES_MAX || text.len() < 8 || !text.is_ascii() {
        return None;
    }
    if text
        .bytes()
        .all(|byte| byte.is_ascii_digit() || byte == b'.')
    {
        return match text.contains('.') {
            true => epoch_float(text.parse().ok()?),
            false if text.len() == 8 => compact(text),
            false => epoch(text.parse().ok()?, 0),
        };
    }
    if text.as_bytes().get(8) == Some(&b'T') && text.bytes().take(8).all(|b| b.is_ascii_digit()) {
        return compact(text);
    }
    Parts::of(text)?.moment(now)
}

/// Picks the unit by size: a moment between 1973 and the far future is unambiguous.
fn epoch(number: i64, fraction_micros: i64) -> Option<Timestamp> {
    let micros = match number {
        100_000_000..100_000_000_000 => number.checked_mul(1_000_000)? + fraction_micros,
        100_000_000_000..100_000_000_000_000 => number.checked_mul(1_000)?,
        100_000_000_000_000..100_000_000_000_000_000 => number,
        100_000_000_000_000_000.. => number / 1_000,
        _ => return None,
    };
    Some(Timestamp::from_micros(micros))
}

fn epoch_float(number: f64) -> Option<Timestamp> {
    let in_range = number.is_finite() && (1e8..9e18).contains(&number);
    in_range.then(|| epoch(number.trunc() as i64, (number.fract() * 1e6).round() as i64))?
}

/// `20261121` and `20261121T083000Z`.
fn compact(text: &str) -> Option<Timestamp> {
    let number = |range: std::ops::Range<usize>| text.get(range)?.parse::<i64>().ok();
    let mut parts = Parts {
        year: number(0..4),
        month: number(4..6),
        day: number(6..8),
        ..Parts::default()
    };
    if text.len() >= 15 {
        parts.clock = Some((number(9..11)?, number(11..13)?, number(13..15)?, 0));
    }
    parts.moment(Timestamp::default())
}

/// What has been recognised so far.
#[derive(Debug, Default)]
struct Parts {
    year: Option<i64>,
    month: Option<i64>,
    day: Option<i64>,
    clock: Option<(i64, i64, i64, i64)>,
    afternoon: Option<bool>,
    offset_minutes: i64,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Token<'a> {
    Number(&'a str),
    Word(&'a str),
    Mark(u8),
}

impl Parts {
    fn of(text: &str) -> Option<Self> {
        let tokens = tokens(text);
        let mut parts = Parts::default();
        let mut at = 0;
        while let Some(token) = tokens.get(at) {
            at += match token {
                Token::Word(word) => parts.word(word)?,
                Token::Number(digits) => parts.number(digits, tokens.get(at + 1..)?)?,
                Token::Mark(sign @ (b'+' | b'-')) if parts.clock.is_some() => {
                    parts.offset(*sign, tokens.get(at + 1..)?)?
                }
                Token::Mark(_) => 1,
            };
        }
        Some(parts)
    }

    fn word(&mut self, word: &str) -> Option<usize> {
        let lower = word.to_ascii_lowercase();
        let month = MONTHS.iter().position(|name| lower.get(..3) == Some(name));
        match (lower.as_str(), month) {
            ("am", _) => self.afternoon = Some(false),
            ("pm", _) => self.afternoon = Some(true),
            ("t" | "z" | "utc" | "gmt" | "at" | "on", _) => {}
            (_, Some(month)) if self.month.is_none() && self.year.is_none() => {
                self.month = Some(month as i64 + 1);
            }
            (name, _) if name.len() >= 3 && is_weekday(name) => {}
            (name, _) => self.offset_minutes = zone(name)? * 60,
        }
        Some(1)
    }

    /// A number means what its length, its followers and its place say.
    fn number(&mut self, digits: &str, next: &[Token<'_>]) -> Option<usize> {
        let value: i64 = digits.get(..digits.len().min(9))?.parse().ok()?;
        if digits.len() <= 2
            && self.clock.is_none()
            && let [Token::Mark(b':'), Token::Number(minute), rest @ ..] = next
        {
            return self.clock(value, minute, rest);
        }
        match digits.len() {
            4 if self.year.is_none() => self.year = Some(value),
            1 | 2 if self.year.is_some() && self.month.is_none() => self.month = Some(value),
            1 | 2 if self.day.is_none() => self.day = Some(value),
            _ => return None,
        }
        Some(1)
    }

    fn clock(&mut self, hour: i64, minute: &str, rest: &[Token<'_>]) -> Option<usize> {
        let minute = minute.parse().ok()?;
        let (second, mut used, rest) = match rest {
            [Token::Mark(b':'), Token::Number(second), rest @ ..] => {
                (second.parse().ok()?, 5, rest)
            }
            rest => (0, 3, rest),
        };
        let mut micros = 0;
        if let [Token::Mark(b'.' | b','), Token::Number(fraction), ..] = rest {
            let six: String = fraction.chars().chain("000000".chars()).take(6).collect();
            micros = six.parse().ok()?;
            used += 2;
        }
        self.clock = Some((hour, minute, second, micros));
        Some(used)
    }

    fn offset(&mut self, sign: u8, next: &[Token<'_>]) -> Option<usize> {
        let (minutes, used) = match next {
            [
                Token::Number(hours),
                Token::Mark(b':'),
                Token::Number(minutes),
                ..,
            ] => (
                hours.parse::<i64>().ok()? * 60 + minutes.parse::<i64>().ok()?,
                4,
            ),
            [Token::Number(both), ..] if both.len() == 4 => {
                let both: i64 = both.parse().ok()?;
                (both / 100 * 60 + both % 100, 2)
            }
            [Token::Number(hours), ..] if hours.len() == 2 => (hours.parse::<i64>().ok()? * 60, 2),
            _ => return None,
        };
        self.offset_minutes = if sign == b'-' { -minutes } else { minutes };
        Some(used)
    }

    fn moment(&self, now: Timestamp) -> Option<Timestamp> {
        let (month, day) = (self.month?, self.day?);
        let (mut hour, minute, second, micros) = match (self.clock, self.year) {
            (Some(clock), _) => clock,
            (None, Some(_)) => (0, 0, 0, 0),
            (None, None) => return None,
        };
        match self.afternoon {
            Some(true) if hour < 12 => hour += 12,
            Some(false) if hour == 12 => hour = 0,
            _ => {}
        }
        let ok = (0..24).contains(&hour)
            && (0..60).contains(&minute)
            && (0..=60).contains(&second)
            && self.offset_minutes.abs() <= 24 * 60;
        let in_year = |year: i64| {
            let exists = ok && (1..=12).contains(&month) && day >= 1 && day <= days_in(year, month);
            let seconds = days(year, month, day) * 86_400 + hour * 3_600 + minute * 60 + second;
            let micros = (seconds - self.offset_minutes * 60) * 1_000_000 + micros;
            exists.then(|| Timestamp::from_micros(micros))
        };
        match self.year {
            Some(year) => (1970..=9999).contains(&year).then(|| in_year(year))?,
            None => {
                let this = year_of(now);
                let latest = now.plus_millis(DAY_MS);
                let candidates = (0..5).filter_map(|back| in_year(this + 1 - back));
                candidates.into_iter().find(|moment| *moment <= latest)
            }
        }
    }
}

fn tokens(text: &str) -> Vec<Token<'_>> {
    let bytes = text.as_bytes();
    let mut tokens = Vec::new();
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        let run = |keep: fn(&u8) -> bool| {
            let length = bytes.iter().skip(at).take_while(|byte| keep(byte)).count();
            text.get(at..at + length).unwrap_or_default()
        };
        if byte.is_ascii_digit() {
            let digits = run(u8::is_ascii_digit);
            at += digits.len();
            tokens.push(Token::Number(digits));
        } else if byte.is_ascii_alphabetic() {
            let word = run(u8::is_ascii_alphabetic);
            at += word.len();
            tokens.push(Token::Word(word));
        } else {
            at += 1;
            if *byte != b' ' {
                tokens.push(Token::Mark(*byte));
            }
        }
    }
    tokens
}

fn is_weekday(name: &str) -> bool {
    let days = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];
    name.get(..3).is_some_and(|start| days.contains(&start))
}

/// Hours east of UTC of the zone names that mail and logs use.
fn zone(name: &str) -> Option<i64> {
    Some(match name {
        "est" => -5,
        "edt" | "ast" => -4,
        "cst" => -6,
        "cdt" => -5,
        "mst" => -7,
        "mdt" => -6,
        "pst" => -8,
        "pdt" => -7,
        "cet" | "bst" | "wat" => 1,
        "cest" | "eet" => 2,
        "eest" | "msk" => 3,
        "jst" | "kst" => 9,
        _ => return None,
    })
}

const fn is_leap(year: i64) -> bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
}

const fn days_in(year: i64, month: i64) -> i64 {
    match month {
        2 if is_leap(year) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Days since 1970-01-01 in the proleptic Gregorian calendar.
const fn days(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let of_era = year - era * 400;
    let shifted = (month + 9) % 12;
    let of_year = (153 * shifted + 2) / 5 + day - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

fn year_of(moment: Timestamp) -> i64 {
    let today = moment.millis().div_euclid(DAY_MS);
    let guess = 1970 + today.div_euclid(366);
    (guess..)
        .find(|year| days(year + 1, 1, 1) > today)
        .unwrap_or(1970)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn products_write_the_same_moment_in_many_ways() {
        let now: Timestamp = "2026-11-21T09:00:00Z".parse().unwrap();
        let expected = "2026-11-20T08:30:05.000Z";
        for text in [
            "2026-11-20T08:30:05Z",
            "2026-11-20T08:30:05.000000000Z",
            "2026-11-20 08:30:05",
            "2026-11-20 08:30:05.000",
            "2026-11-20 08:30:05 UTC",
            "2026-11-20 08:30:05 (UTC)",
            "2026/11/20 08:30:05",
            "2026-11-20T09:30:05.000000+0100",
            "2026-11-20T09:30:05+01:00",
            "2026-11-20T03:30:05-05",
            "20261120T083005Z",
            "20/Nov/2026:09:30:05 +0100",
            "Fri, 20 Nov 2026 08:30:05 +0000",
            "20 Nov 2026 08:30:05 GMT",
            "Fri, 20 Nov 2026 03:30:05 -0500 (EST)",
            "Nov 20 08:30:05",
            "Nov 20 2026 08:30:05",
            "November 20, 2026, 8:30:05 AM",
            "1795163405",
            "1795163405000",
            "1795163405000000",
            "1795163405000000000",
            "1795163405.0",
        ] {
            let found = read_text(text, now).map(|moment| moment.to_string());
            assert_eq!(found.as_deref(), Some(expected), "{text}");
        }
        let number = read(&json!(1_795_163_405), now).map(|moment| moment.to_string());
        assert_eq!(number.as_deref(), Some(expected));
    }

    #[test]
    fn a_date_without_a_year_is_the_last_one() {
        let now: Timestamp = "2026-01-02T00:00:00Z".parse().unwrap();
        let found = read_text("Dec 31 23:00:00", now).unwrap();
        assert_eq!(found.to_string(), "2025-12-31T23:00:00.000Z");
        let leap = read_text("Feb 29 10:00:00", now).unwrap();
        assert_eq!(leap.to_string(), "2024-02-29T10:00:00.000Z");
    }

    #[test]
    fn what_is_no_moment_is_none() {
        let now = Timestamp::from_millis(1_795_163_405_000);
        for text in [
            "",
            "yesterday",
            "10.0.0.1",
            "2026-13-01",
            "2026-02-30 10:00",
            "12345",
            "a-b-c-d-e-f",
        ] {
            assert_eq!(read_text(text, now), None, "{text}");
        }
    }
}
