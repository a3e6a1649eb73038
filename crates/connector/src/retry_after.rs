//! `Retry-After`: seconds, or an HTTP date measured against the answer's own `Date`.

/// Longest wait that is believed: one day.
pub const RETRY_AFTER_MS_MAX: u64 = 86_400_000;

/// Milliseconds to wait. A date needs the answer's `Date` header, for this crate has no clock.
pub fn millis(text: &str, date: Option<&str>) -> Option<u64> {
    let text = text.trim();
    if let Ok(seconds) = text.parse::<f64>() {
        // Float to integer casts saturate, NaN becomes 0.
        return Some(((seconds.max(0.0) * 1_000.0) as u64).min(RETRY_AFTER_MS_MAX));
    }
    let until = http_date(text)?;
    let now = http_date(date?)?;
    let seconds = u64::try_from(until.saturating_sub(now)).unwrap_or(0);
    Some(seconds.saturating_mul(1_000).min(RETRY_AFTER_MS_MAX))
}

/// Seconds since the epoch of `Sun, 06 Nov 1994 08:49:37 GMT`.
fn http_date(text: &str) -> Option<i64> {
    const MONTHS: &str = "JanFebMarAprMayJunJulAugSepOctNovDec";
    let mut words = text.split_once(", ")?.1.split(' ');
    let day: i64 = words.next()?.parse().ok()?;
    let name = words.next().filter(|name| name.len() == 3)?;
    let month = i64::try_from(MONTHS.find(name)?).ok()? / 3 + 1;
    let year: i64 = words
        .next()?
        .parse()
        .ok()
        .filter(|year| (1970..=9999).contains(year))?;
    let mut time = words
        .next()?
        .split(':')
        .map(|part| part.parse::<i64>().ok());
    let (hour, minute, second) = (time.next()??, time.next()??, time.next()??);
    let sane = (1..=31).contains(&day)
        && (0..24).contains(&hour)
        && (0..60).contains(&minute)
        && (0..61).contains(&second);
    // Days since the epoch of a civil date, with the year starting in March.
    let (y, m) = if month <= 2 {
        (year - 1, month + 9)
    } else {
        (year, month - 3)
    };
    let days = y * 365 + y / 4 - y / 100 + y / 400 + (m * 153 + 2) / 5 + day - 1 - 719_468;
    sane.then_some(days * 86_400 + hour * 3_600 + minute * 60 + second)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seconds_and_dates_are_understood() {
        assert_eq!(millis("120", None), Some(120_000));
        assert_eq!(millis("0.5", None), Some(500));
        assert_eq!(millis("-3", None), Some(0));
        assert_eq!(millis("1e300", None), Some(RETRY_AFTER_MS_MAX));
        assert_eq!(
            http_date("Sun, 06 Nov 1994 08:49:37 GMT"),
            Some(784_111_777)
        );
        let now = Some("Sun, 06 Nov 1994 08:49:37 GMT");
        assert_eq!(millis("Sun, 06 Nov 1994 08:50:07 GMT", now), Some(30_000));
        assert_eq!(millis("Sun, 06 Nov 1994 08:00:00 GMT", now), Some(0));
        assert_eq!(millis("soon", now), None);
    }
}
