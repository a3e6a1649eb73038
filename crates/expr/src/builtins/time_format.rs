//! Calendar arithmetic: days to civil dates and back, after Howard Hinnant's algorithms.

use std::fmt::Write;

use crate::number::Num;

pub(super) const MILLIS_A_DAY: i64 = 86_400_000;
/// 0000-01-01 and 10000-01-01 in days since 1970.
const DAYS: std::ops::Range<i64> = -719_528..2_932_897;

const WEEKDAYS: [&str; 7] = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"];
const MONTHS: [&str; 12] = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
];

/// A time in the years 0 to 9999, in milliseconds since 1970.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Moment(i64);

impl Moment {
    pub fn millis(self) -> i64 {
        self.0
    }

    /// From a number of units of `scale` milliseconds.
    pub fn from_millis(number: Num, scale: i64) -> Option<Moment> {
        let millis = match number {
            Num::Int(int) => i64::try_from(int).ok()?.checked_mul(scale)?,
            Num::Float(float) => (float * scale as f64).round() as i64,
        };
        DAYS.contains(&millis.div_euclid(MILLIS_A_DAY))
            .then_some(Moment(millis))
    }

    /// `2024-05-01T12:00:00[.123](Z|+02:00)`; a blank may stand for the T.
    pub fn parse(source: &str) -> Option<Moment> {
        let source = source.trim();
        let number = |from: usize, to: usize| -> Option<i64> {
            let digits = source.get(from..to)?;
            let all = digits.bytes().all(|b| b.is_ascii_digit());
            if all { digits.parse().ok() } else { None }
        };
        let mark = |at: usize, any: &[u8]| source.as_bytes().get(at).filter(|b| any.contains(b));
        let (year, month, day) = (number(0, 4)?, number(5, 7)?, number(8, 10)?);
        let (hour, minute, second) = (number(11, 13)?, number(14, 16)?, number(17, 19)?);
        mark(4, b"-").and(mark(7, b"-")).and(mark(10, b"Tt "))?;
        mark(13, b":").and(mark(16, b":"))?;
        let days_known = (1..=12).contains(&month) && (1..=days_in(year, month)).contains(&day);
        // A leap second counts as the first of the next minute.
        if !days_known || hour > 23 || minute > 59 || second > 60 {
            return None;
        }
        let mut rest = source.get(19..)?;
        let mut millis = 0;
        if let Some(fraction) = rest.strip_prefix('.') {
            let length = fraction.bytes().take_while(u8::is_ascii_digit).count();
            let digits = fraction.get(..length).filter(|digits| !digits.is_empty())?;
            let padded: String = digits.chars().chain("000".chars()).take(3).collect();
            millis = padded.parse().ok()?;
            rest = fraction.get(length..)?;
        }
        let offset = offset_minutes(rest)?;
        let minutes = (days_from_civil(year, month, day) * 24 + hour) * 60 + minute - offset;
        Moment::from_millis(
            Num::Int(((minutes * 60 + second) * 1_000 + millis).into()),
            1,
        )
    }

    pub fn rfc3339(self) -> String {
        let civil = self.civil();
        let mut out = String::with_capacity(24);
        let (date, time) = ((civil.year, civil.month, civil.day), civil.time);
        // Writing to a String cannot fail.
        let _ = write!(out, "{:04}-{:02}-{:02}", date.0, date.1, date.2);
        let _ = write!(out, "T{:02}:{:02}:{:02}", time.0, time.1, time.2);
        let millis = self.0.rem_euclid(1_000);
        if millis != 0 {
            let _ = write!(out, ".{millis:03}");
        }
        out.push('Z');
        out
    }

    fn civil(self) -> Civil {
        let days = self.0.div_euclid(MILLIS_A_DAY);
        let seconds = self.0.rem_euclid(MILLIS_A_DAY) / 1_000;
        let (year, month, day) = civil_from_days(days);
        let time = (seconds / 3_600, seconds / 60 % 60, seconds % 60);
        Civil {
            year,
            month,
            day,
            time,
            days,
        }
    }
}

struct Civil {
    year: i64,
    month: i64,
    day: i64,
    /// Hour, minute, second.
    time: (i64, i64, i64),
    /// Since 1970.
    days: i64,
}

/// None for an unknown `%` sign.
pub(super) fn format_moment(moment: Moment, format: &str) -> Option<String> {
    let civil = moment.civil();
    let (hour, minute, second) = civil.time;
    let mut out = String::with_capacity(format.len() + 16);
    let mut chars = format.chars();
    while let Some(c) = chars.next() {
        if c != '%' {
            out.push(c);
            continue;
        }
        // Writing to a String cannot fail.
        let _ = match chars.next()? {
            'Y' => write!(out, "{:04}", civil.year),
            'm' => write!(out, "{:02}", civil.month),
            'd' => write!(out, "{:02}", civil.day),
            'H' => write!(out, "{hour:02}"),
            'M' => write!(out, "{minute:02}"),
            'S' => write!(out, "{second:02}"),
            'F' => write!(out, "{:04}-{:02}-{:02}", civil.year, civil.month, civil.day),
            'T' => write!(out, "{hour:02}:{minute:02}:{second:02}"),
            'j' => {
                let first = days_from_civil(civil.year, 1, 1);
                write!(out, "{:03}", civil.days - first + 1)
            }
            'a' => out.write_str(name(&WEEKDAYS, civil.days.rem_euclid(7))),
            'b' => out.write_str(name(&MONTHS, civil.month - 1)),
            '%' => out.write_str("%"),
            _ => return None,
        };
    }
    Some(out)
}

fn name<'n>(names: &[&'n str], at: i64) -> &'n str {
    usize::try_from(at)
        .ok()
        .and_then(|at| names.get(at))
        .copied()
        .unwrap_or("")
}

fn offset_minutes(zone: &str) -> Option<i64> {
    if zone.eq_ignore_ascii_case("z") {
        return Some(0);
    }
    let sign = match zone.as_bytes().first()? {
        b'+' => 1,
        b'-' => -1,
        _ => return None,
    };
    // `+0200` is not RFC 3339, but many products write it.
    let digits: String = zone.get(1..)?.chars().filter(|c| *c != ':').collect();
    if digits.len() != 4 || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let (hours, minutes): (i64, i64) = (
        digits.get(..2)?.parse().ok()?,
        digits.get(2..)?.parse().ok()?,
    );
    (hours <= 23 && minutes <= 59).then_some(sign * (hours * 60 + minutes))
}

fn days_in(year: i64, month: i64) -> i64 {
    match month {
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * 146_097 + day_of_era - 719_468
}

fn civil_from_days(days: i64) -> (i64, i64, i64) {
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let day_of_era = shifted.rem_euclid(146_097);
    let year_of_era =
        (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 {
        shifted_month + 3
    } else {
        shifted_month - 9
    };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    (year, month, day)
}

#[cfg(test)]
mod tests {
    use super::{DAYS, Moment, civil_from_days, days_from_civil, days_in};
    use crate::number::Num;

    #[test]
    fn every_day_of_ten_thousand_years_round_trips() {
        let mut expected = (0, 1, 1);
        for days in DAYS {
            let civil = civil_from_days(days);
            assert_eq!(civil, expected);
            assert_eq!(days_from_civil(civil.0, civil.1, civil.2), days);
            let (year, month, day) = civil;
            expected = match (day == days_in(year, month), month) {
                (false, _) => (year, month, day + 1),
                (true, 12) => (year + 1, 1, 1),
                (true, _) => (year, month + 1, 1),
            };
        }
    }

    #[test]
    fn times_that_do_not_exist_are_refused() {
        for wrong in [
            "",
            "2024",
            "2023-02-29T00:00:00Z",
            "2024-13-01T00:00:00Z",
            "2024-01-01T24:00:00Z",
            "2024-01-01T00:00:00",
            "2024-01-01T00:00:00.Z",
            "2024-01-01T00:00:00+9:00",
            "2024-01-01T00:00:00+24:00",
            "2024-01-01X00:00:00Z",
            "é024-01-01T00:00:00Z",
            "+024-01-01T00:00:00Z",
            "9999-12-31T23:59:59-01:00",
        ] {
            assert_eq!(Moment::parse(wrong), None, "{wrong}");
        }
        assert_eq!(Moment::from_millis(Num::Float(1e300), 1_000), None);
    }
}
