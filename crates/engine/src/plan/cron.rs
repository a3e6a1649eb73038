//! Moments as a crontab writes them: five fields in the local time of a zone.
//!
//! What happens when clocks are changed is defined, not left to chance:
//! - an expression whose hours are all hours (`*/15 * * * *`) follows the time that really passes: what is skipped
//!   by the clocks does not come, what they repeat comes twice;
//! - any other expression names moments of the local day, each of which comes once: one that the clocks skip comes
//!   at the moment at which they are put forward (several of them together once), one that they repeat comes the
//!   first time.

use jiff::{Span, civil, tz::AmbiguousOffset, tz::TimeZone};
use updraft_model::Timestamp;

/// Characters of a cron expression.
pub const CRON_CHARS_MAX: usize = 200;
/// Days that are searched for the next moment. The longest distance is that of two 29 February on one day of the
/// week around 2100: 40 years.
const DAYS_AHEAD_MAX: usize = 41 * 366;

const MONTHS: [&str; 12] = [
    "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec",
];
const WEEKDAYS: [&str; 7] = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];
const SHORTHANDS: [(&str, &str); 5] = [
    ("@hourly", "0 * * * *"),
    ("@daily", "0 0 * * *"),
    ("@weekly", "0 0 * * 0"),
    ("@monthly", "0 0 1 * *"),
    ("@yearly", "0 0 1 1 *"),
];

/// One of the five fields: what it is called, from where to where it goes, and the names of its values.
struct Field {
    name: &'static str,
    low: u32,
    high: u32,
    names: &'static [&'static str],
}

const FIELDS: [Field; 5] = [
    Field {
        name: "minute",
        low: 0,
        high: 59,
        names: &[],
    },
    Field {
        name: "hour",
        low: 0,
        high: 23,
        names: &[],
    },
    Field {
        name: "day of the month",
        low: 1,
        high: 31,
        names: &[],
    },
    Field {
        name: "month",
        low: 1,
        high: 12,
        names: &MONTHS,
    },
    Field {
        name: "day of the week",
        low: 0,
        high: 7,
        names: &WEEKDAYS,
    },
];

/// What is wrong with an expression.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CronError {
    /// One sentence.
    pub message: String,
    /// How to mend it; may be empty.
    pub hint: String,
    /// Where in the text, in bytes.
    pub span: (usize, usize),
}

/// A checked expression.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cron {
    source: String,
    /// One bit for each value of each field; Sunday is 0.
    bits: [u64; 5],
    /// True where the field was `*`, possibly with a step.
    star: [bool; 5],
}

impl Cron {
    /// Reads an expression such as `0 7 * * 1-5`.
    ///
    /// # Errors
    /// [`CronError`], with the part at fault.
    pub fn parse(text: &str) -> Result<Self, CronError> {
        let whole = (0, text.len());
        if text.len() > CRON_CHARS_MAX {
            let message = format!("a cron expression has at most {CRON_CHARS_MAX} characters");
            return Err(wrong(message, "", whole));
        }
        let known = SHORTHANDS.iter().find(|(word, _)| *word == text.trim());
        let parts = words(known.map_or(text, |(_, meaning)| meaning));
        if parts.len() != FIELDS.len() {
            let message = format!(
                "a cron expression has five fields, this one has {}",
                parts.len()
            );
            let hint = "minute, hour, day of the month, month, day of the week: `0 7 * * 1-5`";
            return Err(wrong(message, hint, whole));
        }
        let mut cron = Self {
            source: text.trim().to_owned(),
            bits: [0; 5],
            star: [false; 5],
        };
        for (index, (field, (at, part))) in FIELDS.iter().zip(parts).enumerate() {
            let bits = field.parse(part, at)?;
            // Sunday has two numbers.
            let bits = match index {
                4 => (bits | (bits >> 7)) & 0x7f,
                _ => bits,
            };
            if let Some(place) = cron.bits.get_mut(index) {
                *place = bits;
            }
            if let Some(place) = cron.star.get_mut(index) {
                *place = part.starts_with('*');
            }
        }
        if !cron.ever() {
            let message = "no year has such a day";
            return Err(wrong(message.into(), "", whole));
        }
        Ok(cron)
    }

    /// The text it was read from.
    pub fn source(&self) -> &str {
        &self.source
    }

    /// The first moment after `after`; `None` at the end of the calendar only.
    pub fn next(&self, after: Timestamp, zone: &TimeZone) -> Option<Timestamp> {
        let start = jiff::Timestamp::from_microsecond(after.micros()).ok()?;
        let found = match self.every_hour() {
            true => self.next_by_clock(start, zone),
            false => self.next_of_days(start, zone),
        };
        found.map(|moment| Timestamp::from_micros(moment.as_microsecond()))
    }

    fn every_hour(&self) -> bool {
        self.bits[1] == (1 << 24) - 1
    }

    fn has(&self, field: usize, value: i8) -> bool {
        let bits = self.bits.get(field).copied().unwrap_or(0);
        u32::try_from(value).is_ok_and(|value| bits & (1u64 << value) != 0)
    }

    /// Of a day of the month and a day of the week that are both given, one is enough.
    fn holds_on(&self, day: civil::Date) -> bool {
        let month = self.has(2, day.day());
        let week = self.has(4, day.weekday().to_sunday_zero_offset());
        let either = !self.star[2] && !self.star[4];
        self.has(3, day.month()) && if either { month || week } else { month && week }
    }

    /// Whether some year has such a day: every date meets every day of the week sooner or later.
    fn ever(&self) -> bool {
        const LENGTHS: [i8; 12] = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
        if !self.star[2] && !self.star[4] {
            return true;
        }
        (1..)
            .zip(LENGTHS)
            .any(|(month, days)| self.has(3, month) && (1..=days).any(|day| self.has(2, day)))
    }

    /// Minute by minute along real time, by days where no minute can fit.
    fn next_by_clock(&self, start: jiff::Timestamp, zone: &TimeZone) -> Option<jiff::Timestamp> {
        let mut at = next_minute(start)?;
        let mut days = 0;
        while days <= DAYS_AHEAD_MAX {
            let local = zone.to_datetime(at);
            if !self.holds_on(local.date()) {
                let tomorrow = local.date().tomorrow().ok()?;
                at = moment_of(tomorrow.at(0, 0, 0, 0), zone)?.max(next_minute(at)?);
                days += 1;
                continue;
            }
            if self.has(0, local.minute()) && local.second() == 0 {
                return Some(at);
            }
            at = next_minute(at)?;
        }
        None
    }

    /// Day by day; begins a day early because clocks can be put forward across midnight.
    fn next_of_days(&self, start: jiff::Timestamp, zone: &TimeZone) -> Option<jiff::Timestamp> {
        let today = zone.to_datetime(start).date();
        let mut day = today.yesterday().unwrap_or(today);
        for _ in 0..=DAYS_AHEAD_MAX + 1 {
            if self.holds_on(day) {
                for hour in (0..24).filter(|hour| self.has(1, *hour)) {
                    for minute in (0..60).filter(|minute| self.has(0, *minute)) {
                        let moment = moment_of(day.at(hour, minute, 0, 0), zone)?;
                        if moment > start {
                            return Some(moment);
                        }
                    }
                }
            }
            day = day.tomorrow().ok()?;
        }
        None
    }
}

/// The moment of a local time: the first of two, the moment of the change for none.
fn moment_of(local: civil::DateTime, zone: &TimeZone) -> Option<jiff::Timestamp> {
    let ambiguous = zone.to_ambiguous_timestamp(local);
    match ambiguous.offset() {
        AmbiguousOffset::Unambiguous { offset } => offset.to_timestamp(local).ok(),
        AmbiguousOffset::Fold { before, .. } => before.to_timestamp(local).ok(),
        AmbiguousOffset::Gap { before, .. } => {
            // By the clock from before the change this moment lies behind it.
            let behind = before.to_timestamp(local).ok()?;
            let later = behind.checked_add(Span::new().nanoseconds(1)).ok()?;
            let change = zone.preceding(later).next()?;
            Some(change.timestamp())
        }
    }
}

/// The next full minute. Offsets that are no whole minutes are history.
fn next_minute(at: jiff::Timestamp) -> Option<jiff::Timestamp> {
    let second = at.as_second().div_euclid(60).checked_add(1)?;
    jiff::Timestamp::from_second(second.checked_mul(60)?).ok()
}

impl Field {
    fn parse(&self, text: &str, at: usize) -> Result<u64, CronError> {
        let mut bits = 0;
        let mut place = at;
        for item in text.split(',') {
            bits |= self.item(item, (place, place + item.len()))?;
            place += item.len() + 1;
        }
        Ok(bits)
    }

    /// `*`, `5`, `1-5`, each with `/step`.
    fn item(&self, item: &str, span: (usize, usize)) -> Result<u64, CronError> {
        let (range, step) = match item.split_once('/') {
            Some((range, step)) => (range, Some(step)),
            None => (item, None),
        };
        let (low, high) = match range.split_once('-') {
            _ if range == "*" => (self.low, self.highest()),
            Some((low, high)) => {
                let low = self.value(low, span)?;
                let high = self.value(high, span)?;
                let sunday = self.high == 7 && high == 0 && low > 0;
                (low, if sunday { 7 } else { high })
            }
            None => {
                let value = self.value(range, span)?;
                (
                    value,
                    if step.is_some() {
                        self.highest()
                    } else {
                        value
                    },
                )
            }
        };
        if low > high {
            let message = format!("a range of the {} goes upwards", self.name);
            return Err(wrong(
                message,
                "write two ranges with a comma between",
                span,
            ));
        }
        let step = match step.map(str::parse::<u32>) {
            None => 1,
            Some(Ok(step)) if (1..=self.high).contains(&step) && digits(item) => step,
            Some(_) => {
                let message = format!(
                    "a step of the {} is a number from 1 to {}",
                    self.name, self.high
                );
                return Err(wrong(message, "", span));
            }
        };
        Ok((low..=high)
            .step_by(step as usize)
            .fold(0, |bits, value| bits | (1u64 << value)))
    }

    /// The last value that `*` means: Sunday counts once.
    fn highest(&self) -> u32 {
        if self.high == 7 { 6 } else { self.high }
    }

    fn value(&self, text: &str, span: (usize, usize)) -> Result<u32, CronError> {
        let lower = text.to_ascii_lowercase();
        if let Some(index) = self.names.iter().position(|name| *name == lower) {
            return Ok(index as u32 + if self.low == 1 { 1 } else { 0 });
        }
        match text.parse::<u32>() {
            Ok(value) if digits(text) && (self.low..=self.high).contains(&value) => Ok(value),
            _ => {
                let shown: String = text.chars().take(20).collect();
                let message = format!("`{shown}` is no {}", self.name);
                let hint = match self.names.first().zip(self.names.last()) {
                    Some((first, last)) => {
                        format!("{} to {}, or {first} to {last}", self.low, self.high)
                    }
                    None => format!("{} to {}", self.low, self.high),
                };
                Err(wrong(message, &hint, span))
            }
        }
    }
}

/// Numbers are written without a sign.
fn digits(text: &str) -> bool {
    !text.contains('+')
}

fn wrong(message: String, hint: &str, span: (usize, usize)) -> CronError {
    CronError {
        message,
        hint: hint.into(),
        span,
    }
}

/// The words of a text with their places.
fn words(text: &str) -> Vec<(usize, &str)> {
    let mut found = Vec::new();
    let mut from = None;
    for (at, letter) in text.char_indices().chain([(text.len(), ' ')]) {
        match (letter.is_whitespace(), from) {
            (true, Some(start)) => {
                found.push((start, text.get(start..at).unwrap_or_default()));
                from = None;
            }
            (false, None) => from = Some(at),
            (true, None) | (false, Some(_)) => {}
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn moment(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn following(cron: &str, zone: &str, after: &str, count: usize) -> Vec<String> {
        let cron = Cron::parse(cron).unwrap();
        let zone = TimeZone::get(zone).unwrap();
        let mut at = moment(after);
        let mut found = Vec::new();
        for _ in 0..count {
            at = cron.next(at, &zone).unwrap();
            found.push(at.to_string().replace(":00.000Z", "Z"));
        }
        found
    }

    #[test]
    fn a_working_day_at_seven() {
        assert_eq!(
            following("0 7 * * 1-5", "Europe/Berlin", "2026-11-20T06:00:00Z", 3),
            [
                "2026-11-23T06:00Z",
                "2026-11-24T06:00Z",
                "2026-11-25T06:00Z"
            ]
        );
        assert_eq!(
            following(
                "0 7 * * mon-fri",
                "Europe/Berlin",
                "2026-11-20T05:59:59.999Z",
                1
            ),
            ["2026-11-20T06:00Z"]
        );
    }

    #[test]
    fn a_local_time_that_is_skipped_comes_when_the_clocks_are_put_forward() {
        // 29 March 2026: 02:00 becomes 03:00 in Berlin, at 01:00 UTC.
        assert_eq!(
            following("30 2 * * *", "Europe/Berlin", "2026-03-28T12:00:00Z", 2),
            ["2026-03-29T01:00Z", "2026-03-30T00:30Z"]
        );
        // Several skipped moments come together once.
        assert_eq!(
            following(
                "0,20,40 2,4 * * *",
                "Europe/Berlin",
                "2026-03-29T00:00:00Z",
                3
            ),
            [
                "2026-03-29T01:00Z",
                "2026-03-29T02:00Z",
                "2026-03-29T02:20Z"
            ]
        );
    }

    #[test]
    fn a_local_time_that_is_repeated_comes_the_first_time() {
        // 25 October 2026: 03:00 becomes 02:00 in Berlin, at 01:00 UTC.
        assert_eq!(
            following("30 2 * * *", "Europe/Berlin", "2026-10-24T12:00:00Z", 2),
            ["2026-10-25T00:30Z", "2026-10-26T01:30Z"]
        );
    }

    #[test]
    fn every_hour_follows_the_time_that_passes() {
        assert_eq!(
            following("30 * * * *", "Europe/Berlin", "2026-03-29T00:00:00Z", 3),
            [
                "2026-03-29T00:30Z",
                "2026-03-29T01:30Z",
                "2026-03-29T02:30Z"
            ]
        );
        assert_eq!(
            following("30 * * * *", "Europe/Berlin", "2026-10-25T00:00:00Z", 3),
            [
                "2026-10-25T00:30Z",
                "2026-10-25T01:30Z",
                "2026-10-25T02:30Z"
            ]
        );
        // Half an hour of daylight saving: no quarter is left out or doubled.
        let found = following(
            "*/15 * * * *",
            "Australia/Lord_Howe",
            "2026-04-04T14:00:00Z",
            8,
        );
        assert_eq!(found.first().map(String::as_str), Some("2026-04-04T14:15Z"));
        assert_eq!(found.last().map(String::as_str), Some("2026-04-04T16:00Z"));
    }

    #[test]
    fn a_day_that_a_country_left_out_comes_at_its_end() {
        // Samoa had no 30 December 2011.
        assert_eq!(
            following("0 7 * * *", "Pacific/Apia", "2011-12-29T18:00:00Z", 2),
            ["2011-12-30T10:00Z", "2011-12-30T17:00Z"]
        );
    }

    #[test]
    fn the_rarest_day_is_found_across_a_century() {
        assert_eq!(
            following("0 0 29 2 *", "UTC", "2096-03-01T00:00:00Z", 1),
            ["2104-02-29T00:00Z"]
        );
        assert_eq!(
            following("0 * 29 2 *", "UTC", "2096-03-01T00:00:00Z", 1),
            ["2104-02-29T00:00Z"]
        );
    }

    #[test]
    fn a_date_and_a_day_of_the_week_are_alternatives() {
        assert_eq!(
            following("0 0 13 * 5", "UTC", "2026-11-12T00:00:00Z", 3),
            [
                "2026-11-13T00:00Z",
                "2026-11-20T00:00Z",
                "2026-11-27T00:00Z"
            ]
        );
    }

    #[test]
    fn what_is_wrong_is_said_with_its_place() {
        let check = |text: &str, message: &str, span| {
            let error = Cron::parse(text).unwrap_err();
            assert_eq!(
                (error.message.as_str(), error.span),
                (message, span),
                "{text}"
            );
        };
        check(
            "0 7 * *",
            "a cron expression has five fields, this one has 4",
            (0, 7),
        );
        check("61 7 * * *", "`61` is no minute", (0, 2));
        check("0 7-5 * * *", "a range of the hour goes upwards", (2, 5));
        check("0 7 * * 1,mno", "`mno` is no day of the week", (10, 13));
        check(
            "*/0 * * * *",
            "a step of the minute is a number from 1 to 59",
            (0, 3),
        );
        check("0 7 * * +1", "`+1` is no day of the week", (8, 10));
        check("0 0 31 2,4 *", "no year has such a day", (0, 12));
        check(
            "",
            "a cron expression has five fields, this one has 0",
            (0, 0),
        );
        check(
            "@often",
            "a cron expression has five fields, this one has 1",
            (0, 6),
        );
    }

    #[test]
    fn names_steps_and_shorthands_mean_the_same_as_numbers() {
        let same = |a: &str, b: &str| {
            let (a, b) = (Cron::parse(a).unwrap(), Cron::parse(b).unwrap());
            assert_eq!(a.bits, b.bits, "{} {}", a.source, b.source);
        };
        same("0 0 * jan,DEC sun", "0 0 * 1,12 7");
        same("0 0 * * fri-sun", "0 0 * * 0,5,6");
        same("5/20 * * * *", "5,25,45 * * * *");
        same("10-30/10 * * * *", "10,20,30 * * * *");
        same("@weekly", "0 0 * * 0");
        same("  0  7\t* * *  ", "0 7 * * *");
    }

    proptest! {
        #[test]
        fn no_text_panics(text in "[ -~]{0,40}") {
            let _ = Cron::parse(&text);
        }

        /// Against a model that looks at every minute of three days around a change of the clocks.
        #[test]
        fn the_next_moment_is_the_first_that_a_minute_hand_meets(
            minute in 0u32..60, hour in 0u32..24, every in any::<bool>(), offset in 0i64..4_000,
            autumn in any::<bool>(),
        ) {
            let text = if every { format!("{minute} * * * *") } else { format!("{minute} {hour} * * *") };
            let cron = Cron::parse(&text).unwrap();
            let zone = TimeZone::get("America/New_York").unwrap();
            let day = if autumn { "2026-10-31T00:00:00Z" } else { "2026-03-07T00:00:00Z" };
            let after = moment(day).plus_millis(offset * 60_000);
            let found = cron.next(after, &zone).unwrap();
            let mut seen = std::collections::BTreeSet::new();
            let mut expected = None;
            for step in 0..6 * 1440 {
                let at = moment(day).plus_millis((step - 1440) * 60_000);
                let stamp = jiff::Timestamp::from_microsecond(at.micros()).unwrap();
                let local = zone.to_datetime(stamp);
                let skipped = {
                    let before = zone.to_datetime(stamp - Span::new().minutes(1));
                    let jump = local.duration_since(before).as_secs() / 60;
                    (1..jump).any(|back| {
                        let missed = local - Span::new().minutes(back);
                        missed.minute() as u32 == minute && missed.hour() as u32 == hour
                    })
                };
                let named = local.minute() as u32 == minute && (every || local.hour() as u32 == hour);
                let first = every || seen.insert(local);
                if at > after && ((named && first) || (skipped && !every)) {
                    expected = Some(at);
                    break;
                }
            }
            prop_assert_eq!(Some(found), expected);
        }
    }
}
